// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's half of the benchmark; tests/bench/run starts it.
 *
 *   bench packet BACKEND	instructions per packet, by programs attached
 *   bench control BACKEND	microseconds to attach and to detach
 *   bench syscall tcx	instructions per bpf(2) that is not about tcx
 *
 * BACKEND is "tcx" (through the interface that sys.h finds: /dev/tcx or bpf(2))
 * or "cls_bpf" (direct-action filters under a clsact qdisc of ours).
 *
 * stdout has a line of tab-separated values per result:
 *
 *   packet	DIRECTION	CASE	INSTRUCTIONS
 *   control	DIRECTION	CASE	ATTACH	DETACH
 *   syscall	COMMAND	CASE	INSTRUCTIONS
 *   env	NAME	VALUE
 *
 * packet, under icount: pktgen sends packets into one side of a dummy device
 * and says how long that took; guest time is executed instructions. The scale
 * is taken from a loop of known length, so that the timer tick cancels out. INSTRUCTIONS are the whole path's; the cases to
 * subtract are "nothing" (no program on any device, static keys off) and
 * "other" (one on another device). Otherwise CASE is the number of programs.
 *
 * control, without icount: CASE says what is there already. "first": nothing
 * on any device, and with the module no static key switched on by it either;
 * "other": something on another device; "more": 8 programs on this device.
 *
 * syscall, under icount, with the module loaded: CASE says whether it makes
 * bpf(2) accept tcx, "off" or "on". COMMAND is "update", of a map's element,
 * which stands for all that the module leaves alone, or "query", of an attach
 * type that no kernel has: one of the four that it has a look at and hands on.
 */
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>

#include <linux/bpf.h>

#include "bench.h"
#include "sys.h"

int progs[MAX_PROGS];
int other_prog;
int ifindex, other_ifindex;
bool use_cls_bpf;

__attribute__((noreturn, format(printf, 1, 2)))
void die(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, fmt);
	fputs("bench: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

void expect_ok(int err, const char *what)
{
	if (err < 0)
		die("%s: %s", what, strerror(-err));
}

/* r0 = -1 (TCX_NEXT, TC_ACT_UNSPEC); exit */
static int prog_load(void)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = (uintptr_t)insns,
		.insn_cnt = sizeof(insns) / sizeof(insns[0]),
		.license = (uintptr_t)"GPL",
	};
	int fd = sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));

	expect_ok(fd, "loading a program");
	return fd;
}

static void env(const char *name, const char *path)
{
	char line[512] = "?";
	FILE *f = fopen(path, "r");

	if (f && fgets(line, sizeof(line), f))
		line[strcspn(line, "\n")] = 0;
	if (f)
		fclose(f);
	printf("env\t%s\t%s\n", name, line);
}

int main(int argc, char **argv)
{
	bool is_packet = argc == 3 && !strcmp(argv[1], "packet");
	bool is_syscall = argc == 3 && !strcmp(argv[1], "syscall");

	if (!is_packet && !is_syscall &&
	    !(argc == 3 && !strcmp(argv[1], "control"))) {
		fputs("usage: bench {packet|control|syscall} {tcx|cls_bpf}\n",
		      stderr);
		return 2;
	}
	use_cls_bpf = !strcmp(argv[2], "cls_bpf");
	setvbuf(stdout, NULL, _IOLBF, 0);

	env("release", "/proc/sys/kernel/osrelease");
	env("spectre_v2", "/sys/devices/system/cpu/vulnerabilities/spectre_v2");
	env("bpf_jit_enable", "/proc/sys/net/core/bpf_jit_enable");
	env("bpf_stats_enabled", "/proc/sys/kernel/bpf_stats_enabled");
	env("clocksource",
	    "/sys/devices/system/clocksource/clocksource0/current_clocksource");

	ifindex = if_nametoindex(DEVICE);
	other_ifindex = if_nametoindex(OTHER_DEVICE);
	if (!ifindex || !other_ifindex)
		die("no %s or no %s", DEVICE, OTHER_DEVICE);
	for (int i = 0; i < MAX_PROGS; i++)
		progs[i] = prog_load();
	other_prog = prog_load();

	if (is_packet)
		packet();
	else if (is_syscall)
		syscalls();
	else
		control();
	return 0;
}
