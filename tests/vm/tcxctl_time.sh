#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# about the tool
# needs: ip tcxctl
#
# What `tcxctl show` costs where there is much, in CPU time: less than a second with 2,000 devices, each with a program by a
# link that is pinned, and 500 processes. tcxctl_many.sh has the system calls, this has all that is done with what they say.
# Runs unchanged with the module and on a kernel with native tcx. It ends with status 0 only if nothing failed.
#
#   DEVICES, PROCESSES    how many (2000, 500)
#   LIMIT                 hundredths of a second that are too long (100)

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
# shellcheck source=tests/vm/tool.sh
. "$here/tool.sh"
object=$(realpath "$here/progs/traffic.bpf.o")
own=/sys/fs/bpf/tcxctl-$(stat -L -c %i /proc/self/ns/net)
devices=${DEVICES:-2000} processes=${PROCESSES:-500}
limit=${LIMIT:-100}
group=7 # of the devices: all are deleted at once
children=

cleanup() {
	# shellcheck disable=SC2086 # one word per process
	[ -z "$children" ] || kill -KILL $children 2>/dev/null
	ip link del group $group 2>/dev/null
	rm -rf "$tmp" "$own"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

make_devices() {
	i=0
	while [ "$i" -lt "$devices" ]; do
		echo "link add name m$i group $group type dummy"
		i=$((i + 1))
	done >"$tmp/batch"
	ip -batch "$tmp/batch" || return 1
	cat >"$tmp/all.yaml" <<-END
		attachments:
		- {name: all, object: $object, program: drop_udp, devices: 'm*', directions: ingress}
	END
	tcxctl apply "$tmp/all.yaml" >/dev/null
}

# cpu COMMAND...: its output is in $tmp/shown; prints how many hundredths of a second it and the kernel for it took.
cpu() {
	time -p "$@" >"$tmp/shown" 2>"$tmp/time" || { cat "$tmp/time" >&2 && return 1; }
	awk '/^(user|sys) / { took += $2 } END { printf "%.0f\n", took * 100 }' "$tmp/time"
}

# allowed: the limit as this guest is now. It holds where what is measured here takes 13 hundredths, as by QEMU that counts
# 10^9 instructions a second (tests/vm/run ... -- --icount), or less. An emulated guest of a busy host has more.
allowed() {
	pace=$(cpu dd if=/dev/zero of=/dev/null bs=1 count=100000) || return 1
	[ "$pace" -gt 13 ] || pace=13
	echo $((limit * pace / 13))
}

# shown_in_time REGEX OPTION...: what is printed has the regular expression once for each device, in the time that is allowed;
# one of five tries is enough, since the host may be busy.
shown_in_time() {
	regex=$1 tries=5
	shift
	while [ "$tries" -gt 0 ]; do
		tries=$((tries - 1))
		most=$(allowed) && took=$(cpu tcxctl show "$@") || return 1
		seen=$(grep -oE -e "$regex" "$tmp/shown" | wc -l)
		echo "$took hundredths of a second, allowed are $most; $seen devices" >>"$tmp/took"
		[ "$seen" = "$devices" ] || return 1
		[ "$took" -ge "$most" ] || return 0
	done
	return 1
}

# timed REGEX [OPTION...]: says in any case how long it took.
timed() {
	: >"$tmp/took"
	ok "tcxctl show${2:+ $2} of $devices devices" shown_in_time "$@"
	sed 's/^/# /' "$tmp/took"
}

echo "TAP version 13"
echo "1..6"
ok "$devices devices with a link each" make_devices
ok "$processes processes" sleepers "$processes"
timed '^m[0-9]+ ingress'
timed '"device": ?"m[0-9]+"' --json
timed '^tcx_program_info[{].*device="m[0-9]+"' --openmetrics
timed '^ *m[0-9]+ ingress' --all-netns
echo "$((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
