// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "process.h"
#include "rtnl.h"

#define TRACING		"/sys/kernel/tracing/"
#define INSTANCE	TRACING "instances/tcx_bench"
#define EVENTS		INSTANCE "/events/tcx_bench"

/* rtnl_lock() is inlined where most requests call it, so the mutex itself is
 * looked at. rtnl_unlock() gives it back in __rtnl_unlock(), and then does more.
 * rtnl_trylock() is left out: nothing here tries.
 */
static const char *const probes[] = {
	"p:tcx_bench/asked mutex_lock lock=%di:x64",
	"p:tcx_bench/killable mutex_lock_killable lock=%di:x64",
	"p:tcx_bench/given __rtnl_unlock",
};

/* Who has asked for RTNL, and when. */
#define TASKS_MAX	64
static struct asked {
	int pid;
	double at;
} asked[TASKS_MAX];

static int probe_add(const char *text)
{
	int fd = open(TRACING "kprobe_events", O_WRONLY | O_APPEND), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static void clean_up(void)
{
	file_write(EVENTS "/enable", "0");
	rmdir(INSTANCE);
	probe_add("-:tcx_bench/asked");
	probe_add("-:tcx_bench/killable");
	probe_add("-:tcx_bench/given");
}

/* "lock==ADDRESS", for the address of rtnl_mutex. */
static void filter_set(const char *event)
{
	char line[256], path[128], filter[64] = "";
	unsigned long long address;
	FILE *f = fopen("/proc/kallsyms", "r");

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, " rtnl_mutex\n") &&
		    sscanf(line, "%llx", &address) == 1 && address)
			snprintf(filter, sizeof(filter), "lock==0x%llx",
				 address);
	if (f)
		fclose(f);
	if (!*filter)
		die("/proc/kallsyms does not tell where rtnl_mutex is");
	snprintf(path, sizeof(path), EVENTS "/%s/filter", event);
	expect_ok(file_write(path, filter), path);
}

/* Children do not clean up: they end by _exit(). */
static void set_up(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	atexit(clean_up);
	for (int i = 0; i < 3; i++)
		expect_ok(probe_add(probes[i]), probes[i]);
	if (mkdir(INSTANCE, 0700))
		die("cannot make " INSTANCE);
	filter_set("asked");
	filter_set("killable");
	expect_ok(file_write(INSTANCE "/trace_clock", "mono"), "trace_clock");
	expect_ok(file_write(INSTANCE "/buffer_size_kb", "4096"),
		  "buffer_size_kb");
}

void rtnl_watch(void)
{
	FILE *f;

	set_up();
	f = fopen(INSTANCE "/trace", "w");	/* forgets what it has */
	if (!f)
		die("cannot open " INSTANCE "/trace");
	fclose(f);
	expect_ok(file_write(EVENTS "/enable", "1"), EVENTS);
}

/* A line is "task-pid [cpu] flags seconds: event: ..."; @event is where the last
 * part begins. Returns the seconds, in front of it.
 */
static double seconds_before(const char *line, const char *event)
{
	const char *p = event;

	while (p > line && p[-1] != ' ')
		p--;
	return strtod(p, NULL);
}

/* "task-pid [cpu] ..." */
static int pid_of(const char *line)
{
	const char *p = strstr(line, " [");

	while (p && p > line && p[-1] == ' ')
		p--;
	while (p && p > line && p[-1] != '-')
		p--;
	return p ? atoi(p) : 0;
}

static struct asked *asked_by(int pid)
{
	struct asked *free_one = NULL;

	for (int i = 0; i < TASKS_MAX; i++) {
		if (asked[i].pid == pid)
			return &asked[i];
		if (!asked[i].pid)
			free_one = &asked[i];
	}
	if (!free_one)
		die("RTNL: more than %d tasks want it", TASKS_MAX);
	free_one->pid = pid;
	return free_one;
}

/* A task has it from when it asked, or from when the one before gave it back. */
double rtnl_longest(void)
{
	double given = 0, longest = 0;
	const char *event, *given_back;
	char line[512];
	FILE *f;

	expect_ok(file_write(EVENTS "/enable", "0"), EVENTS);
	memset(asked, 0, sizeof(asked));
	f = fopen(INSTANCE "/trace", "r");
	if (!f)
		die("cannot open " INSTANCE "/trace");
	while (fgets(line, sizeof(line), f)) {
		struct asked *by;

		if (*line == '#')
			continue;
		by = asked_by(pid_of(line));
		event = strstr(line, ": asked:") ?: strstr(line, ": killable:");
		given_back = strstr(line, ": given:");
		if (event) {
			by->at = seconds_before(line, event);
		} else if (given_back) {
			double now = seconds_before(line, given_back);
			double since = by->at > given ? by->at : given;

			if (by->at && now - since > longest)
				longest = now - since;
			given = now;
			by->pid = 0;
			by->at = 0;
		} else if (strstr(line, "LOST")) {
			die("RTNL: the record has gaps");
		}
	}
	fclose(f);
	return longest * 1e6;
}
