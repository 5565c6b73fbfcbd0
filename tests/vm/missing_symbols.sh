#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip tcxctl
#
# Kernels that lack a function the module looks up by name. None of ours does, so
# the name is changed in the module instead: to one of the same length that no
# kernel has.

here=$(dirname "$0")
# shellcheck source=tests/lib/tap.sh
. "$here/tap.sh"
module=/lib/modules/$(uname -r)/updates/tcx_backport.ko
object=$here/progs/traffic.bpf.o
trap 'rm -rf "$tmp"' EXIT

# load_changed SCRIPT [PARAMETER]: the module with other names in it
load_changed() {
	sed "$1" "$module" >"$tmp/changed.ko"
	insmod "$tmp/changed.ko" ${2:+"$2"}
}

# load_without NAME [PARAMETER]: the module as on a kernel without that function
load_without() {
	load_changed "s/$1/$(echo "$1" | sed 's/.$/~/')/g" ${2:+"$2"}
}

# Whatever way this kernel calls bpf(2), it is not found.
load_untried() {
	load_changed 's/x64_sys_call/x64_sys_cal~/g;s/sys_call_table/sys_call_tabl~/g' bpf_syscall=1
}

nothing_redirected() {
	! grep -E '_sys_b|mini_qdisc' /sys/kernel/tracing/enabled_functions
}

# log_says TEXT TIMES...: a load that fails may be tried twice by busybox's insmod.
log_says() {
	times=$(dmesg | grep -cF "tcx_backport: $1")
	echo "the log says so $times times"
	shift
	case " $* " in *" $times "*) ;; *) return 1 ;; esac
}

link_refused() {
	! tcxctl attach d0 egress obj "$object" program pass --link --timeout 1 &&
		tcxctl attach d0 egress obj "$object" program pass --link --timeout 1 2>&1 | grep 'links'
}

cases=15
[ "$(uname -m)" != x86_64 ] || cases=19
echo "1..$cases"
rmmod tcx_backport
ip link add d0 type dummy

dmesg -c >/dev/null
ok "without a function for links it loads" load_without bpf_link_settle
ok "the log names it once" log_says 'this kernel has no bpf_link_settl~(): BPF links are not available' 1
ok "tcxctl version does not offer links" not grep -q 'features.*link' /dev/stdin <<END
$(tcxctl version)
END
ok "programs can be attached" tcxctl attach d0 ingress obj "$object" program pass
ok "links cannot, and a sentence says why" link_refused
ok "detach" tcxctl detach d0 ingress last
ok "unload" rmmod tcx_backport

ok "without another function it does not load" not load_without skb_do_redirect
ok "the log names that" log_says 'this kernel has no skb_do_redirec~(), which tcx_backport needs' 1 2
ok "nothing is left of it" [ ! -e /dev/tcx ]

ok "without ftrace_location() the tc hook is refused" not load_without ftrace_location hook=tc

dmesg -c >/dev/null
if [ "$(uname -m)" = x86_64 ]; then
	# As if the compiler had put bpf(2) into its caller: what is redirected is another function, which the trial does not
	# meet. (Elsewhere the kernel may call the entry through a table alone, by its name.)
	ok "a redirection that is not met is refused" not load_changed 's/__x64_sys_bpf/__x64_sys_brk/g' bpf_syscall=1
	ok "the log says so" log_says '__x64_sys_brk() is redirected, but a call of it has not met that' 1 2
	ok "so is that of 32-bit programs" not load_changed 's/__ia32_sys_bpf/__ia32_sys_brk/g' bpf_syscall=1
	ok "the log says that too" log_says '__ia32_sys_brk() is redirected, but a call of it has not met that' 1 2
	ok "without the way to bpf(2) it cannot be tried" not load_untried
	ok "the log says what is missing" log_says 'cannot tell how this kernel calls bpf(2)' 1 2
else
	ok "without an entry of bpf(2) it is refused" not load_without __arm64_sys_bpf bpf_syscall=1
	ok "the log names it" log_says 'this kernel has no __arm64_sys_bp~() that could be redirected' 1 2
fi
ok "nothing is redirected" nothing_redirected
# shellcheck disable=SC2086 # one word per parameter
ok "the module as it is loads" modprobe tcx_backport $TCX_MODULE_ARGS

ip link del d0
[ "$failed" -eq 0 ]
