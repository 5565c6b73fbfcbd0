// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's counters of a program never go back, so a while is the difference
 * between two looks. Whether somebody else has switched statistics on, by a file
 * descriptor, cannot be seen: ours is opened in any case, and they are off again
 * when the last one is closed, also if tcxctl is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "refuse.h"
#include "stats.h"

#define SYSCTL	"/proc/sys/kernel/bpf_stats_enabled"

static bool are_on(void)
{
	int fd = open(SYSCTL, O_RDONLY | O_CLOEXEC);
	char value = '0';

	if (fd < 0)
		return false;
	if (read(fd, &value, 1) != 1)
		value = '0';
	close(fd);
	return value == '1';
}

static void look(__u32 id, struct prog_details *details, void *ctx)
{
	struct prog_details now;

	(void)ctx;
	prog_describe_id(id, &now);
	details->sampled = now.known && details->known;
	details->sample_runs = now.runs;
	details->sample_time_ns = now.run_time_ns;
}

/* Those that have gone meanwhile, with their device or their owner, have none. */
static void look_again(__u32 id, struct prog_details *details, void *ctx)
{
	const double *seconds = ctx;
	struct prog_details now;

	prog_describe_id(id, &now);
	details->sampled &= now.known;
	details->sample_runs = now.runs - details->sample_runs;
	details->sample_time_ns = now.run_time_ns - details->sample_time_ns;
	details->sample_seconds = *seconds;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void wait_seconds(unsigned int seconds)
{
	struct timespec left = { .tv_sec = seconds };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

int stats_sample(struct described *programs, unsigned int seconds)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	double begin, took;

	if (fd < 0 && !are_on()) {
		refuse_errno(errno);
		return refuse("BPF statistics are off and cannot be switched on: %s; that takes CAP_SYS_ADMIN: run this as root, or set kernel.bpf_stats_enabled=1 for as long as they are wanted",
			      strerror(errno));
	}
	begin = now();
	described_each(programs, look, NULL);
	wait_seconds(seconds);
	took = now() - begin;
	described_each(programs, look_again, &took);
	if (fd >= 0)
		close(fd);
	return EXIT_DONE;
}

__u64 stats_time(const struct prog_details *details)
{
	if (!details->sample_runs)
		return 0;
	return (details->sample_time_ns + details->sample_runs / 2) /
	       details->sample_runs;
}
