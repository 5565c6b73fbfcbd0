#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What doctor finds out from files: here they say what the test wants. What it finds on a kernel with the module, and
# with classic tc, is in tests/vm/tcxctl_doctor.sh.

set -u
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/tool/live.sh
. "$here/tests/tool/live.sh"

version=$(cat "$here/VERSION")
release=$(uname -r)

# finds NAME STATUS REGEX CHECK: this, and a reason and a command with it. Everything is on standard output.
finds() {
	local name=$1 status=$2 regex=$3 got
	shift 3
	run doctor "$@"
	got=$?
	[ "$got" = "$status" ] && [ ! -s err ] && grep -qE -- "$regex" out && grep -q '^  why:  .' out && grep -q '^  mend: .' out
	result $? "$name"
}

# silent NAME CHECK: it finds nothing.
silent() {
	run doctor "$2"
	[ $? = 0 ] && [ "$(cat out)" = "0 problems, 0 warnings, 0 unknown, 0 notes" ]
	result $? "$1"
}

none() { LIBTCX_BACKEND=none "$@"; }

expect "no such check" 2 "no check 'frob'; 'tcxctl help doctor' lists them" doctor module frob
expect "help lists the checks" 0 "^  two-planes  " help doctor
run doctor --json
python3 -c 'import json; print("\n".join(json.load(open("out"))["checks"]))' > checks
run help doctor
sed -n '/^CHECK is one of/,/^Without/s/^  \([a-z-]*\)  .*/\1/p' out | cmp -s - checks
result $? "help lists those that there are, in order"

# module
none finds "no tcx at all" 6 "^problem: module: backend none was chosen" module
none expect_json "as JSON" 6 \
	"[f['check'] for f in v['findings']] == ['module'] and v['findings'][0]['level'] == 'problem' and 'modprobe tcx_backport' in v['findings'][0]['mend'] and v['findings'][0]['why'] and v['findings'][0]['what']" \
	doctor module
if have_module; then
	with_module finds "a module of another version" 5 "^warning: module: .* version 9.8.7, tcxctl $version" module
	FAKE_VERSION=$version with_module silent "one of the same" module
	# A host with tcx would do without that module.
	with_this_module() { LIBTCX_BACKEND=module LIBTCX_DEVICE=/dev/null LD_PRELOAD=$fake "$@"; }
	FAKE_ABI=7 with_this_module finds "of another ABI" 6 "ABI version 7" module
	with_module finds "hook=netfilter" 0 "^note: hook: packets reach the programs by netfilter's hooks" hook
	FAKE_HOOK_TC=1 with_module silent "hook=tc" hook
	with_module finds "bpf(2) does not accept tcx" 0 "^note: bpf-syscall: " bpf-syscall
	FAKE_BPF_SYSCALL=1 with_module silent "it does" bpf-syscall
else
	result 1 "the stand-in for the module compiles"
fi

if [ "$TCXCTL_TEST_INSIDE" = no ]; then
	skip "files of the kernel" "no namespaces can be made here"
	finish
	exit
fi

# put TEXT FILE: in folders that are of this test alone
put() {
	mkdir -p "${2%/*}"
	printf '%s\n' "$1" > "$2"
}
mkdir -p files && mount -t tmpfs none files

# What was found before is gone again.
over() { mount --bind "$1" "$2"; }
mkdir -p files/modules files/kernel files/lib
mkdir -p /lib/modules
over files/modules /sys/module
over files/lib /lib/modules

# signature
put OE /sys/module/tcx_backport/taint
FAKE_HOOK_TC=1 with_module finds "not signed" 0 "^note: signature: the module that is loaded is not signed" signature
put Y /sys/module/module/parameters/sig_enforce
with_module finds "and it has to be" 6 "^problem: signature: .*" signature
grep -q "module.sig_enforce forbids that" out
result $? "by what"
put O /sys/module/tcx_backport/taint
with_module silent "signed" signature
rm /sys/module/tcx_backport/taint
with_module finds "it cannot be told" 4 "^unknown: signature: /sys/module/tcx_backport/taint cannot be looked at" signature
rm -r /sys/module/tcx_backport
none silent "not even installed" signature
put "updates/tcx_backport.ko: kernel/a.ko" "/lib/modules/$release/modules.dep"
put "a module that ends in anything but a mark" "/lib/modules/$release/updates/tcx_backport.ko"
none finds "a file without a signature" 6 "^problem: signature: /lib/modules/$release/updates/tcx_backport.ko is not signed" signature
grep -q "^  mend: have dkms sign what it builds, " out
result $? "where dkms has no key"
none finds "a module that is installed" 6 "^  mend: modprobe tcx_backport\$" module
put "~Module signature appended~" "/lib/modules/$release/updates/tcx_backport.ko"
none silent "a file with one" signature
# dkms's key: the part of its certificate that names it
mkdir -p files/var/dkms /var/lib
over files/var /var/lib
printf '...\006\003\125\035\016\004\026\004\024ABCDEFGHIJKLMNOPQRST...' > /var/lib/dkms/mok.pub
put "0a I------     1 perm 1f030000     0     0 asymmetri Debian Secure Boot CA: 6ccece7e4c6c0d1f: X509.rsa 6ccece7e []" files/keys
over files/keys /proc/keys
none finds "a key that is not enrolled" 6 "^problem: signature: /lib/modules/$release/updates/tcx_backport.ko is signed, and this kernel does not know dkms's key" signature
grep -q "^  mend: mokutil --import /var/lib/dkms/mok.pub" out
result $? "how to enrol it"
put "0b I------     1 perm 1f030000     0     0 asymmetri DKMS: 4142434445464748494a4b4c4d4e4f5051525354: X509.rsa 51525354 []" files/keys
none silent "one that is" signature
put "0c I--Q---     1 perm 3f010000     0     0 user      secret: 4" files/keys
none silent "no key may be seen" signature
put N /sys/module/module/parameters/sig_enforce
put "0d I------     1 perm 1f030000     0     0 asymmetri Debian: 6c: X509.rsa 6c []" files/keys
none silent "no signature is wanted" signature
put Y /sys/module/module/parameters/sig_enforce
put "updates/tcx_backport.ko.xz:" "/lib/modules/$release/modules.dep"
none finds "one that is compressed" 4 "^unknown: signature: whether .*tcx_backport.ko.xz is signed is not known" signature
none silent "only the running kernel" other-kernels
put "" "/lib/modules/$release/build/Makefile"
put "kernel/a.ko:" "/lib/modules/$release/modules.dep"
none finds "headers, and no module" 6 "^  mend: dkms autoinstall && modprobe tcx_backport\$" module

# other-kernels
put "kernel/a.ko:" /lib/modules/6.1.0-99-amd64/modules.dep
none finds "a kernel without the module" 5 "^warning: other-kernels: the kernel 6.1.0-99-amd64 is installed, but" other-kernels
put "updates/tcx_backport.ko:" /lib/modules/6.1.0-99-amd64/modules.dep
put "kernel/a.ko:" /lib/modules/6.12.0-99-amd64/modules.dep
mkdir -p /lib/modules/6.1.0-98-amd64
none silent "one with it, one that has tcx, one that was removed" other-kernels

# redirected
over files/kernel /sys/kernel
put 'schedule (1)            	tramp: 0xffffffffc0000000' /sys/kernel/tracing/enabled_functions
none silent "nobody at these functions" redirected
put 'mini_qdisc_pair_swap (1) R I     	tramp: ftrace_regs_caller' /sys/kernel/tracing/enabled_functions
FAKE_HOOK_TC=1 with_module silent "the module alone" redirected
none finds "somebody else redirects it" 5 "^warning: redirected: mini_qdisc_pair_swap\(\) is taken by a live patch" redirected
put '__x64_sys_bpf (1)    D     	tramp: 0xffffffffc0000000' /sys/kernel/tracing/enabled_functions
none finds "a BPF program is there" 5 "^warning: redirected: __x64_sys_bpf\(\) is taken" redirected
FAKE_BPF_SYSCALL=1 with_module silent "the module alone, for bpf(2)" redirected
put 'mini_qdisc_pair_swap (3) R I     	ftrace_ops_list_func' /sys/kernel/tracing/enabled_functions
FAKE_HOOK_TC=1 with_module finds "others trace it too" 0 "^note: redirected: 2 others trace mini_qdisc_pair_swap" redirected
put 'schedule (1)' /sys/kernel/tracing/enabled_functions
mkdir -p /sys/kernel/livepatch/fix/vmlinux/mini_qdisc_pair_swap,1
none finds "a live patch" 5 "^warning: redirected: a live patch has mini_qdisc_pair_swap\(\): /sys/kernel/livepatch/fix" redirected
rm -r /sys/kernel/livepatch /sys/kernel/tracing
none finds "nothing to be seen" 4 "^unknown: redirected: enabled_functions of tracefs cannot be looked at" redirected

# What a kernel with tcx of its own lets others do
if can_attach; then
	silent "this kernel's detaching" native-detach
	if compile detachable.so; then
		export LD_PRELOAD=$tmp/detachable.so
		finds "anybody may detach" 6 "^problem: native-detach: this kernel lets anybody detach" native-detach
		unset LD_PRELOAD
	else
		result 1 "the older kernel compiles"
	fi
	without_right() { setpriv --bounding-set=-setuid,-setgid --inh-caps=-setuid,-setgid "$O/tcxctl" "$@" > out 2> err; }
	without_right doctor native-detach
	[ $? = 4 ] && grep -q "^unknown: native-detach: who may detach cannot be looked at" out
	result $? "it cannot be tried"
	silent "nothing is asked of a module that is not needed" hook
	# In this mount namespace, which is not init's, or nobody can tell
	finds "no bpffs to be seen" 4 "^unknown: dead-pins: no bpffs is mounted at /sys/fs/bpf in this mount namespace" dead-pins
fi

umount -l /sys/module /sys/kernel /lib/modules files
finish
