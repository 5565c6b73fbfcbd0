// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the transcript: transcript tcx|cls [SCENARIO]... See scenario.h.
 */
#include "netkit_scenario.h"
#include "process.h"
#include "scenario.h"

#include <sys/wait.h>

#include <bpf/libbpf.h>

/* For one scenario, on a kernel without sanitisers. */
#define LIMIT_S		180

bool cls;

static const struct scenario *scenario;
static char step_name[64];

/* The transcript. */

void step(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(step_name, sizeof(step_name), fmt, ap);
	va_end(ap);
}

void say(const char *watcher, const char *fmt, ...)
{
	va_list ap;

	printf("%s %s/%s %s: ", cls ? "cls" : "tcx", scenario->name, step_name,
	       watcher);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

const char *result(int ret)
{
	static char text[16];

	if (ret < 0 && ret > -4096 && strerrorname_np(-ret))
		snprintf(text, sizeof(text), "-%s", strerrorname_np(-ret));
	else
		snprintf(text, sizeof(text), "%d", ret);
	return text;
}

/* Packets and scenes. */

void frame_observe(const char *dev, const struct frame *frame)
{
	say("send", "%s", result(packet_send(dev, frame)));
	observe();
}

void send_observe(const char *dst, const char *src)
{
	struct frame frame = test_frame(dst, src);

	frame_observe(src, &frame);
}

void scene_pair(void)
{
	watch_reset();
	ns_new();
	dev_pair("a", "b", -1);
}

const char *scene_dev(int type)
{
	return type == EGRESS ? "a" : "b";
}

/* 10.0.0.1 on "a" here, 10.0.0.2 on "b" there; they know each other. */
void make_l3_hosts(int *here, int *there)
{
	watch_reset();
	*there = ns_new();
	*here = ns_new();
	dev_pair("a", "b", *there);
	ip("addr add 10.0.0.1/24 dev a\n"
	   "neigh add 10.0.0.2 lladdr 02:00:00:00:00:62 dev a\n");
	ns_enter(*there);
	ip("addr add 10.0.0.2/24 dev b\n"
	   "neigh add 10.0.0.1 lladdr 02:00:00:00:00:61 dev b\n");
	ns_enter(*here);
}

static int run_scenario(void)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		alarm(LIMIT_S * env_number("TCX_SLOWNESS", 1));
		one_cpu();
		ns_new();
		scenario->run();
		exit(0);
	}
	waitpid(pid, &status, 0);
	trace_off();
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	printf("broken %s status %x\n", scenario->name, status);
	return 1;
}

static bool wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 2; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc <= 2;
}

static int no_message(enum libbpf_print_level level, const char *fmt,
		      va_list ap)
{
	return 0;
}

int main(int argc, char **argv)
{
	static const struct scenario *const tables[] = {
		order_scenarios, classic_scenarios, redirect_scenarios,
		peer_scenarios, device_scenarios, packet_scenarios,
		large_scenarios, field_scenarios, sender_scenarios,
		netkit_create_scenarios, netkit_device_scenarios,
		netkit_attach_scenarios, netkit_packet_scenarios,
		netkit_redirect_scenarios, netkit_stack_scenarios,
		probe_scenarios,
	};
	int broken = 0;
	unsigned int i;

	if (argc < 2)
		return 2;
	cls = !strcmp(argv[1], "cls");
	/* What a kernel cannot load is an observation. */
	libbpf_set_print(no_message);
	trace_begin();
	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		for (scenario = tables[i]; scenario->name; scenario++) {
			if ((cls ? scenario->tcx_only :
				   scenario->cls_only) ||
			    !wanted(scenario->name, argc, argv))
				continue;
			broken += run_scenario();
		}
	}
	trace_end();
	printf("end %s\n", argv[1]);
	return !!broken;
}
