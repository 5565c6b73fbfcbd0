# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests of real attachments: a script sources it after lib.sh, and hands its
# function to both_ways. The host's kernel has to have tcx of its own.

# Whether there can be any; if not, says so.
can_attach() {
	"$O/tcxctl" version > out
	# valgrind takes the probe's ifindex for an fd, and refuses it.
	[ -z "${RUNNER-}" ] || export LIBTCX_BACKEND=native
	if [ "$TCXCTL_TEST_INSIDE" = no ]; then
		skip "real attachments" "no namespaces can be made here"
	elif ! grep -q "^backend *native" out; then
		skip "real attachments" "the host's kernel has no tcx of its own"
	elif ! compile prog.o sections.o; then
		skip "real attachments" "no clang for BPF"
	else
		return 0
	fi
	return 1
}

# A folder bpf, which is bpffs, with a program and a map pinned in it
mount_bpffs() {
	local id

	mkdir bpf
	mount -t bpf none bpf 2> err || return
	run attach lo ingress obj prog.o program three --json
	id=$(python3 -c 'import json; print(json.load(open("out"))["program"]["id"])')
	bpftool prog pin id "$id" bpf/three 2> err
	bpftool map create bpf/map type array key 4 value 4 entries 1 name m 2> err
	run detach lo ingress first
}

# both_ways FUNCTION: called with "native", and where that can be with "module"
both_ways() {
	"$1" native
	[ -z "$fake" ] || with_module "$1" module
}
