// SPDX-License-Identifier: GPL-2.0
/* Microseconds to attach and to detach. */
#include <stdio.h>
#include <sys/wait.h>

#include "bench.h"
#include "sys.h"

#define SAMPLES		51
#define SAMPLES_FIRST	7	/* each reloads the module */

struct times {
	double attach, detach;	/* microseconds */
};

static struct times time_once(bool ingress, int nth, int prog)
{
	uint64_t start = now_ns(), attached, end;

	expect_ok(attach(ifindex, ingress, nth, prog), "attach");
	attached = now_ns();
	expect_ok(detach(ifindex, ingress, nth, prog), "detach");
	end = now_ns();
	return (struct times) {
		.attach = (attached - start) / 1000.0,
		.detach = (end - attached) / 1000.0,
	};
}

/* In a process of its own, which holds no file of the module's afterwards. */
static struct times time_first(bool ingress)
{
	struct times t;
	int fds[2], status;
	pid_t pid;

	if (!use_cls_bpf && sys_interface_is_ioctl() &&
	    system("rmmod tcx_backport && modprobe tcx_backport $MODULE_ARGS"))
		die("cannot reload the module");
	if (pipe(fds))
		die("pipe: %s", strerror(errno));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (!use_cls_bpf && sys_interface_is_ioctl()) {
			struct sys_query q = {};

			sys_prog_query(ifindex, BPF_TCX_INGRESS, &q); /* opens */
		}
		t = time_once(ingress, 0, progs[0]);
		_exit(write(fds[1], &t, sizeof(t)) != sizeof(t));
	}
	if (waitpid(pid, &status, 0) != pid || status ||
	    read(fds[0], &t, sizeof(t)) != sizeof(t))
		die("the first attachment failed");
	close(fds[0]);
	close(fds[1]);
	return t;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void report(bool ingress, const char *name, const struct times *t, int n)
{
	double attach[SAMPLES], detach[SAMPLES];

	for (int i = 0; i < n; i++) {
		attach[i] = t[i].attach;
		detach[i] = t[i].detach;
	}
	qsort(attach, n, sizeof(*attach), compare);
	qsort(detach, n, sizeof(*detach), compare);
	printf("control\t%s\t%s\t%.1f\t%.1f\n", ingress ? "ingress" : "egress",
	       name, attach[n / 2], detach[n / 2]);
}

static void control_first(bool ingress)
{
	struct times t[SAMPLES_FIRST];

	for (int i = 0; i < SAMPLES_FIRST; i++)
		t[i] = time_first(ingress);
	report(ingress, "first", t, SAMPLES_FIRST);
}

static void control_more(bool ingress)
{
	struct times t[SAMPLES];
	int attached = 0;

	expect_ok(attach(other_ifindex, ingress, 0, other_prog), "attach");
	for (int i = 0; i < SAMPLES; i++)
		t[i] = time_once(ingress, 0, progs[0]);
	report(ingress, "other", t, SAMPLES);
	for (; attached < 8; attached++)
		expect_ok(attach(ifindex, ingress, attached, progs[attached]),
			  "attach");
	for (int i = 0; i < SAMPLES; i++)
		t[i] = time_once(ingress, attached, progs[attached]);
	report(ingress, "more", t, SAMPLES);
	while (attached--)
		expect_ok(detach(ifindex, ingress, attached, progs[attached]),
			  "detach");
	expect_ok(detach(other_ifindex, ingress, 0, other_prog), "detach");
}

void control(void)
{
	control_first(true);
	control_first(false);
	control_more(true);
	control_more(false);
}
