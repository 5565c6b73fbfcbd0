#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the scripts of tests/vm say about names and output, on a host whose kernel has tcx; and the verifier's log.

set -u
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"

# --- real names ------------------------------------------------------------------------------------------------------

vm() { # SCRIPT
	local kind name
	mkdir -p vm
	cp "$here/tests/lib/tap.sh" "$here/tests/vm/names.sh" "$here/tests/vm/$1" vm/
	# shellcheck disable=SC2016 # the inner shell expands it
	DEVICE_TYPE=bridge PATH=$O:$PATH timeout 600 unshare -n -m sh -c \
		'mount -t bpf none /sys/fs/bpf && exec "$@"' - "vm/$1" > vm.out 2> err
	while IFS= read -r kind; do
		name=${kind#* - }
		case $kind in
		'ok '*) result 0 "$1: $name" ;;
		'not ok '*) result 1 "$1: $name" ;;
		esac
	done < <(grep -aE '^(not )?ok ' vm.out)
	[ "$(grep -acE '^(not )?ok ' vm.out)" = "$(sed -n 's/^1\.\.//p' vm.out)" ]
	result $? "$1: as many results as announced"
}

"$O/tcxctl" version > out
if ! grep -q "^backend *native" out; then
	skip "real names" "the host's kernel has no tcx of its own"
elif ! unshare -n -m true 2> err; then
	skip "real names" "no namespaces can be made here"
elif ! make -s -C "$here/tests/vm" OUT="$tmp/vm" KSELFTEST=. "$tmp/vm/names" "$tmp/vm/progs/names.bpf.o" \
	"$tmp/vm/progs/traffic.bpf.o" > out 2> err; then
	result 1 "the helpers of tests/vm build"
else
	compile refused.o
	"$O/tcxctl" attach lo ingress obj refused.o > out 2> err
	# The log is the message's second and further lines.
	[ $? = 1 ] && grep -q '^  .*no such place.*\\x09\\x5c' err && ! grep -vqE '^(tcxctl: |libbpf: |  )' err
	result $? "the verifier's log, with a line of source"
	"$O/tcxctl" -j attach lo ingress obj refused.o > out 2> err
	python3 -c '
import json
log = json.load(open("out"))["log"]
assert r"no such place */ /* a\x09\x5c" in log
assert all(line[:2] == "  " or line[:7] == "libbpf:" for line in log.splitlines()), log' 2>> err
	result $? "the verifier's log, as JSON"
	vm tcxctl_device_names.sh
	vm tcxctl_pin_names.sh
	vm tcxctl_output.sh
fi

finish
