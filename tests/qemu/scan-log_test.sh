#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Tests of qemu/scan-log and of its pattern lists: TAP, then a line "N passed, N failed".
set -eu
top=$(dirname "$(realpath "$0")")/../..
scan=$top/qemu/scan-log
# shellcheck source=tests/lib/tap.sh
. "$top/tests/lib/tap.sh"
trap 'rm -rf "$tmp"' EXIT

# gives STATUS ARGUMENT...: scan-log ends with that status.
gives() {
	expected=$1
	shift
	status=0
	"$scan" "$@" >"$tmp/out" 2>&1 || status=$?
	cat "$tmp/out"
	[ "$status" -eq "$expected" ]
}

prints() {
	cat "$tmp/out"
	grep -qF -e "$1" "$tmp/out"
}

silent() {
	cat "$tmp/out"
	[ ! -s "$tmp/out" ]
}

# log LINE...: a log in which these lines stand between harmless ones; lines end as on a serial console.
log() {
	{
		printf '%s\r\n' '[    0.000000] Linux version 6.1.0' '[    0.100000] Freeing SMP alternatives memory: 40K'
		printf '[    1.000000] %s\r\n' "$@"
		printf '%s\r\n' '[    2.000000] reboot: Power down'
	} >"$tmp/log"
}

# One sample per deny pattern, as kernels print them.
cat >"$tmp/samples" <<'END'
BUG: kernel NULL pointer dereference, address: 0000000000000010
BUG: Bad page state in process tc  pfn:0a3f2
BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580
BUG: scheduling while atomic: swapper/0/1/0x00000002
BUG: KASAN: slab-out-of-bounds in tcx_run+0x1f/0x40 [tcx_backport]
BUG: KASAN: slab-use-after-free in tcx_detach+0x12/0x90
BUG: KASAN: use-after-free in tcx_detach+0x12/0x90
BUG: KCSAN: data-race in tcx_attach [tcx_backport] / b
BUG: KCSAN: data-race in a / tcx_run [tcx_backport]
BUG: KCSAN: data-race in tcx_run [tcx_backport]
BUG: KFENCE: memory corruption in tcx_link_release+0x1/0x2
BUG: KMSAN: uninit-value in tcx_run+0x1/0x2
BUG: TASK stack guard page was hit at 00000000a1b2c3d4 (stack is 1..2)
BUG kmalloc-64 (Tainted: G    B      ): Poison overwritten
BUG: Bad page map in process tcxctl  pte:1 pmd:2
kernel BUG at net/core/dev.c:11112!
Oops: 0002 [#1] PREEMPT SMP NOPTI
Kernel panic - not syncing: Fatal exception in interrupt
general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1] SMP
traps: PANIC: double fault, error_code: 0x0
invalid opcode: 0000 [#1] PREEMPT SMP
divide error: 0000 [#1] SMP
stack segment: 0000 [#1] SMP
int3: 0000 [#1] PREEMPT SMP NOPTI
Unable to handle kernel paging request at virtual address dead000000000100
RIP: 0010:tcx_run+0x1f/0x40 [tcx_backport]
Call Trace:
WARNING: CPU: 0 PID: 88 at kernel/bpf/syscall.c:2600 bpf_link_show_fdinfo+0x10/0x20
------------[ cut here ]------------
------------[ ftrace bug ]------------
refcount_t: underflow; use-after-free.
list_del corruption. prev->next should be ffff8880, but was dead000000000122
list_add corruption. next->prev should be prev
ODEBUG: free active (active state 0) object type: timer_list hint: 0x0
usercopy: Kernel memory exposure attempt detected from SLUB object 'kmalloc-64'!
UBSAN: array-index-out-of-bounds in net/core/filter.c:12:3
kernel stack overflow (double-fault): 0000 [#1]
Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: tcx_run
WARNING: possible circular locking dependency detected
WARNING: possible recursive locking detected
WARNING: possible irq lock inversion dependency detected
WARNING: inconsistent lock state
WARNING: held lock freed!
WARNING: bad unlock balance detected!
WARNING: suspicious RCU usage
INFO: trying to register non-static key.
turning off the locking correctness validator.
DEBUG_LOCKS_WARN_ON(lock->magic != lock)
rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
rcu_tasks_wait_gp: rcu_tasks grace period number 9 (since boot) is 2 jiffies old, stall
INFO: task tcxctl:91 blocked for more than 120 seconds.
watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [tcxctl:91]
NMI watchdog: Watchdog detected hard LOCKUP on cpu 0
BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 31s!
unregister_netdevice: waiting for veth0 to become free. Usage count = 2
unreferenced object 0xffff888003a1c400 (size 64):
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
ref_tracker: leaked reference.
ref_tracker: veth0@00000000 has 1/1 users at
Out of memory: Killed process 99 (iperf)
END
while IFS= read -r line; do
	log "$line"
	ok "splat: $line" gives 1 "$tmp/log"
done <"$tmp/samples"

# A pattern that no sample matches is untested, or cannot match.
sed '/^[[:space:]]*#/d; /^[[:space:]]*$/d' "$top/qemu/splats.deny" >"$tmp/deny"
while IFS= read -r pattern; do
	ok "pattern has a sample: $pattern" grep -qE -e "$pattern" "$tmp/samples"
done <"$tmp/deny"

# Lines of ordinary boots that resemble splats.
while IFS= read -r line; do
	log "$line"
	ok "harmless: $line" gives 0 "$tmp/log"
done <<'END'
Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible via Spectre v2 BHB attacks!
kasan: KernelAddressSanitizer initialized
kcsan: enabled early
kmemleak: Kernel memory leak detector initialized (mem pool available: 15731)
Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar
Running RCU self tests
rcu: Preemptible hierarchical RCU implementation.
rcu: RCU lockdep checking is enabled.
rcu: 	RCU debug extended QS entry/exit.
Freeing unused kernel image (initmem) memory: 2612K
ACPI: Early table checksum verification disabled
tcx_backport: loading out-of-tree module taints kernel.
BUG: KCSAN: data-race in a / b
BUG: KCSAN: data-race in a [veth] / b [tcp_diag]
BUG: KCSAN: data-race in a
RCU callback double-/use-after-free debug is enabled.
tcx_backport: module verification failed: signature and/or required key missing - tainting kernel
NMI watchdog: Perf NMI watchdog permanently disabled
Kernel command line: console=ttyS0 panic=-1 oops=panic
SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=2, Nodes=1
Warning: unable to open an initial console.
ACPI BIOS Warning (bug): Optional FADT field Pm2ControlBlock has valid Length but zero Address
END

log 'harmless'
ok "a clean log is clean" gives 0 "$tmp/log"
ok "and nothing is printed" silent
log 'one' 'BUG: two' 'three'
ok "a splat among other lines" gives 1 "$tmp/log"
ok "the splat is marked" prints '> [    1.000000] BUG: two'
ok "the lines around it are shown" prints '  [    1.000000] three'
printf 'x\0\377 BUG: binary\n' >"$tmp/log"
ok "a log with binary bytes" gives 1 "$tmp/log"

echo 'WARNING: CPU: [0-9]+ PID: [0-9]+ at expected_' >"$tmp/allow"
block() {
	log '------------[ cut here ]------------' "WARNING: CPU: 1 PID: 5 at $1+0x1/0x2" 'RIP: 0010:x+0x1/0x2' \
		'Call Trace:' '---[ end trace 0000000000000000 ]---' "${2:-end}"
}
block expected_place
ok "a block is a splat unless allowed" gives 1 "$tmp/log"
ok "an allowed line allows its block" gives 0 --allow "$tmp/allow" "$tmp/log"
block other_place
ok "but not another block" gives 1 --allow "$tmp/allow" "$tmp/log"
block expected_place 'BUG: later'
ok "nor what follows the block" gives 1 --allow "$tmp/allow" "$tmp/log"
ok "of which only that is printed as splat" prints '> [    1.000000] BUG: later'
printf '# comment\n\n' >"$tmp/allow"
ok "comments and blank lines allow nothing" gives 1 --allow "$tmp/allow" "$tmp/log"

log 'harmless'
ok "a missing log" gives 2 "$tmp/none"
: >"$tmp/empty"
ok "an empty log" gives 2 "$tmp/empty"
ok "no log named" gives 2
ok "an unknown option" gives 2 --deny "$tmp/allow" "$tmp/log"
ok "a missing extra list" gives 2 --allow "$tmp/none" "$tmp/log"
echo '(' >"$tmp/allow"
ok "a broken pattern" gives 2 --allow "$tmp/allow" "$tmp/log"

mkdir "$tmp/lists"
export SPLATS="$tmp/lists"
ok "both lists missing" gives 2 "$tmp/log"
cp "$top/qemu/splats.deny" "$tmp/lists/"
ok "the allow list missing" gives 2 "$tmp/log"
ok "and the message names it" prints splats.allow
cp "$top/qemu/splats.allow" "$tmp/lists/"
ok "both lists there" gives 0 "$tmp/log"
rm "$tmp/lists/splats.deny"
ok "the deny list missing" gives 2 "$tmp/log"
echo '# nothing' >"$tmp/lists/splats.deny"
ok "a deny list without a pattern" gives 2 "$tmp/log"

echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
