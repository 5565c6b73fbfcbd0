// SPDX-License-Identifier: GPL-2.0
/*
 * `tcxctl show` where many devices have links, and with many processes beside
 * that which hold one each.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "population.h"
#include "sys.h"

#define SAMPLES		5

static void show_once(void)
{
	int fd = open("/dev/null", O_WRONLY);

	dup2(fd, 1);
	execlp("tcxctl", "tcxctl", "show", (char *)NULL);
	_exit(127);
}

static double seconds(void)
{
	double s[SAMPLES];
	int status;

	for (int i = 0; i < SAMPLES; i++) {
		uint64_t start = now_ns();
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (!pid)
			show_once();
		if (waitpid(pid, &status, 0) != pid || status)
			die("tcxctl show: status %d", status);
		s[i] = (now_ns() - start) / 1e9;
	}
	return median(s, SAMPLES);
}

/* Holds a link, and not much else, and says so; or that it has none. */
__attribute__((noreturn))
static void hold(int dev, int ready)
{
	int link = sys_link_create(dev, INGRESS, progs[0], 0, 0, 0);
	char c = link < 0;

	for (int fd = 3; fd < 256; fd++)
		if (fd != link && fd != ready)
			close(fd);
	if (write(ready, &c, 1) == 1)
		pause();
	_exit(1);
}

/* A group of processes, whose first one lets go of the population's links, so
 * that each of the others holds one only.
 */
static pid_t holders_start(int n)
{
	int ready[2];
	char failed;
	pid_t group;

	if (pipe(ready))
		die("no pipe");
	fflush(stdout);
	group = fork();
	if (!group) {
		setpgid(0, 0);
		population_forget();
		for (int i = 0; i < n; i++)
			if (!fork())
				hold(population_dev(i % population_size()),
				     ready[1]);
		pause();
		_exit(1);
	}
	setpgid(group, group);
	for (int i = 0; i < n; i++)
		if (read(ready[0], &failed, 1) != 1 || failed)
			die("process %d has no link", i);
	close(ready[0]);
	close(ready[1]);
	return group;
}

void show(const char *how)
{
	int devices, holders;
	pid_t group;

	if (sscanf(how, "%d,%d", &devices, &holders) != 2)
		die("show=%s: devices, processes", how);
	if (use_cls_bpf)
		return;
	population_grow(devices);
	printf("show\tdevices %d\t%.3f\n", population_size(), seconds());
	group = holders_start(holders);
	printf("show\tprocesses %d\t%.3f\n", holders, seconds());
	kill(-group, SIGKILL);
	waitpid(group, NULL, 0);
}
