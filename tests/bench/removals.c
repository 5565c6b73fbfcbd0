// SPDX-License-Identifier: GPL-2.0
/*
 * What takes programs along: a device that is deleted, a namespace that dies.
 * Beside each, the same without programs. And unloading, at the end of all.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "bench.h"
#include "classic.h"
#include "module.h"
#include "netns.h"
#include "population.h"
#include "rtnl.h"

#define SAMPLES		9
#define DEVICES_MAX	1024

/* In the namespace that dies, and its other end outside. The kernel deletes the
 * namespace's devices together, in a worker: when that end is gone and RTNL can
 * be had again, they are.
 */
#define INSIDE		"inside"
#define OUTSIDE		"outside"

static void both_ways(int dev)
{
	expect_ok(prepare(dev), "clsact");
	expect_ok(attach(dev, true, 0, progs[0]), "attach");
	expect_ok(attach(dev, false, 0, progs[0]), "attach");
}

static void device(const char *name, bool with)
{
	double ms[SAMPLES], held[SAMPLES];
	int dev;

	for (int i = 0; i < SAMPLES; i++) {
		uint64_t start;

		devices_add(&dev, 1, "goes");
		if (with)
			both_ways(dev);
		rtnl_watch();
		start = now_ns();
		expect_ok(link_del(dev), "deleting a device");
		ms[i] = (now_ns() - start) / 1e6;
		held[i] = rtnl_longest();
	}
	printf("removal\t%s 1\t%.2f\n", name, median(ms, SAMPLES));
	printf("rtnl\t%s 1\t%.0f\n", name, median(held, SAMPLES));
}

/* Ends when @go is closed. */
__attribute__((noreturn))
static void inhabit(int n, bool with, int outside, int ready, int go)
{
	static int devs[DEVICES_MAX];
	char c = 0;

	classic_forget();
	expect_ok(netns_new(), "a network namespace");
	devices_silent();
	expect_ok(veth_add(INSIDE, OUTSIDE), "veth");
	expect_ok(link_move(if_nametoindex(OUTSIDE), outside), "moving a veth");
	devices_add(devs, n, "dies");
	for (int i = 0; i < n && with; i++)
		both_ways(devs[i]);
	if (write(ready, &c, 1) != 1)
		_exit(1);
	_exit(read(go, &c, 1) != 0);
}

static void namespace(const char *name, int n, bool with)
{
	int ready[2], go[2], outside = expect_ok(netns_open(), "namespace");
	uint64_t start;
	double ms;
	pid_t pid;
	char c;

	if (pipe(ready) || pipe(go))
		die("pipe: %s", strerror(errno));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(go[1]);
		inhabit(n, with, outside, ready[1], go[0]);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		die("the namespace could not be filled");
	rtnl_watch();
	start = now_ns();
	close(go[1]);
	waitpid(pid, NULL, 0);
	while (if_nametoindex(OUTSIDE))
		usleep(1000);
	expect_ok(device_up(ifindex), "RTNL");
	ms = (now_ns() - start) / 1e6;
	printf("removal\t%s %d\t%.1f\n", name, n, ms);
	printf("rtnl\t%s %d\t%.0f\n", name, n, rtnl_longest());
	close(ready[0]);
	close(go[0]);
	close(outside);
}

void removals(const char *how)
{
	int n = atoi(how);

	if (n < 1 || n > DEVICES_MAX)
		die("removals=%s: 1 to %d devices", how, DEVICES_MAX);
	device("device without", false);
	device("device", true);
	namespace("namespace without", n, false);
	namespace("namespace", n, true);
}

/* In a process that has asked the module nothing, and so does not hold it. */
void unloading(const char *how)
{
	uint64_t start;

	rtnl_watch();
	start = now_ns();
	expect_ok(module_unload(), "unloading");
	printf("removal\tunloading 1\t%.1f\n", (now_ns() - start) / 1e6);
	printf("rtnl\tunloading 1\t%.0f\n", rtnl_longest());
}
