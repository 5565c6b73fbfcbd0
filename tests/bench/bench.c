// SPDX-License-Identifier: GPL-2.0
/*
 * What measures, in the guest or on the machine that it runs on; tests/bench/run
 * starts it.
 *
 *   bench tcx|cls_bpf SUBJECT[=HOW]...
 *
 * Programs are attached by tcx, through the interface that sys.h finds (/dev/tcx
 * or bpf(2)), or as direct-action filters of cls_bpf under a clsact qdisc of
 * ours. In the environment: BENCH_COUNTING=1 under icount, where guest time is
 * executed instructions; BENCH_PERF=1 for `perf stat`; BENCH_WATCH=0 not to watch
 * RTNL in requests. stdout has a line of tab-separated values per result;
 * COUNT is of instructions under icount, of nanoseconds otherwise.
 *
 * packet[=short]	what programs add to a packet's path (packet.c)
 *	packet	DIRECTION VERDICT SIZE PROGRAMS	COUNT, COUNT without programs
 *	perf	the same	INSTRUCTIONS, INSTRUCTIONS without, CYCLES, ...
 * syscall		what bpf_syscall=1 adds to bpf(2) of others (syscall.c)
 *	syscall	COMMAND	COUNT, COUNT without
 * first		attaching where nothing is attached on the machine (first.c)
 *	first	DIRECTION	MICROSECONDS to attach, to detach
 * operations=N,N...	single requests where N devices have programs, and how
 *			long it took to attach them (operations.c)
 *	operation	NAME DEVICES	MICROSECONDS
 *	rtnl	NAME DEVICES	MICROSECONDS that it is held
 *	scale	NAME DEVICES	SECONDS
 * removals=N		devices and namespaces that go with their programs, N
 *			devices in a namespace (removals.c)
 * unloading		of the module, in a process that has not used it
 *	removal	NAME DEVICES	MILLISECONDS
 * memory=N		of attach points, programs, links (memory.c)
 *	memory	NAME	BYTES
 * show=N,M		tcxctl show, for N devices and M processes (show.c)
 *	show	NAME COUNT	SECONDS
 * account=...		packets for tests/bench/account (account.c)
 *
 * Before them come lines "env NAME VALUE" about the system.
 */
#include <stdarg.h>
#include <stdio.h>

#include "bench.h"
#include "bpf_progs.h"
#include "netns.h"
#include "population.h"

int progs[MAX_PROGS + 1];
int ifindex, other_ifindex;
bool use_cls_bpf, counting;

static const struct subject {
	const char *name;
	void (*measure)(const char *how);
} subjects[] = {
	{ "packet", packet },
	{ "syscall", syscalls },
	{ "first", first },
	{ "operations", operations },
	{ "removals", removals },
	{ "unloading", unloading },
	{ "memory", memory },
	{ "show", show },
	{ "account", account },
	{}
};

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

int expect_ok(int ret, const char *what)
{
	if (ret < 0)
		die("%s: %s", what, strerror(-ret));
	return ret;
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

static void environment(void)
{
	env("release", "/proc/sys/kernel/osrelease");
	env("spectre_v2", "/sys/devices/system/cpu/vulnerabilities/spectre_v2");
	env("retbleed", "/sys/devices/system/cpu/vulnerabilities/retbleed");
	env("bpf_jit_enable", "/proc/sys/net/core/bpf_jit_enable");
	env("bpf_stats_enabled", "/proc/sys/kernel/bpf_stats_enabled");
	env("clocksource",
	    "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	if (!use_cls_bpf && sys_interface_is_ioctl())
		env("module version", "/sys/module/tcx_backport/version");
}

/* The namespace has no packets but those that are sent to be measured. */
static void scene(void)
{
	expect_ok(netns_new(), "a network namespace");
	devices_silent();	/* without IPv6 there is nothing to silence */
	ifindex = expect_ok(dummy_add(DEVICE), DEVICE);
	other_ifindex = expect_ok(dummy_add(OTHER_DEVICE), OTHER_DEVICE);
	for (int i = 0; i <= OTHER_PROG; i++)
		progs[i] = expect_ok(cls_load(), "loading a program");
}

static void measure(char *word)
{
	const char *name = strsep(&word, "=");
	const struct subject *s;

	for (s = subjects; s->name; s++)
		if (!strcmp(s->name, name))
			break;
	if (!s->name)
		die("there is no subject '%s'; see %s", name, __FILE__);
	s->measure(word ?: "");
}

int main(int argc, char **argv)
{
	if (argc < 3)
		die("usage: bench tcx|cls_bpf SUBJECT[=HOW]...");
	use_cls_bpf = !strcmp(argv[1], "cls_bpf");
	counting = env_number("BENCH_COUNTING", 0);
	setvbuf(stdout, NULL, _IOLBF, 0);

	environment();
	scene();
	for (int i = 2; i < argc; i++)
		measure(argv[i]);
	if (population_size())
		printf("scale\tdetach %d\t%.4f\n", population_size(),
		       population_end());
	return 0;
}
