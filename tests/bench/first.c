// SPDX-License-Identifier: GPL-2.0
/*
 * Attaching where nothing is attached on the machine, and with the module no
 * static key is on from before: it is loaded anew each time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "bench.h"
#include "population.h"
#include "sys.h"

#define SAMPLES	7

struct times {
	double attach, detach;	/* microseconds */
};

static struct times time_once(bool ingress)
{
	uint64_t start = now_ns(), attached, end;

	expect_ok(prepare(ifindex), "clsact");
	expect_ok(attach(ifindex, ingress, 0, progs[0]), "attach");
	attached = now_ns();
	expect_ok(detach(ifindex, ingress, 0, progs[0]), "detach");
	expect_ok(unprepare(ifindex), "clsact");
	end = now_ns();
	return (struct times) {
		.attach = (attached - start) / 1e3,
		.detach = (end - attached) / 1e3,
	};
}

/* In a process of its own, which holds no file of the module's afterwards. */
static struct times time_first(bool ingress)
{
	bool is_module = !use_cls_bpf && sys_interface_is_ioctl();
	struct times t;
	int fds[2], status;
	pid_t pid;

	if (is_module &&
	    system("rmmod tcx_backport && modprobe tcx_backport $MODULE_ARGS"))
		die("cannot reload the module");
	if (pipe(fds))
		die("pipe: %s", strerror(errno));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (is_module)
			query(ifindex, true, 0);	/* opens the device */
		t = time_once(ingress);
		_exit(write(fds[1], &t, sizeof(t)) != sizeof(t));
	}
	if (waitpid(pid, &status, 0) != pid || status ||
	    read(fds[0], &t, sizeof(t)) != sizeof(t))
		die("the first attachment failed");
	close(fds[0]);
	close(fds[1]);
	return t;
}

void first(const char *how)
{
	for (int ingress = 1; ingress >= 0; ingress--) {
		double attaching[SAMPLES], detaching[SAMPLES];

		for (int i = 0; i < SAMPLES; i++) {
			struct times t = time_first(ingress);

			attaching[i] = t.attach;
			detaching[i] = t.detach;
		}
		printf("first\t%s\t%.1f\t%.1f\n",
		       ingress ? "ingress" : "egress",
		       median(attaching, SAMPLES), median(detaching, SAMPLES));
	}
}
