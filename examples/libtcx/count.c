// SPDX-License-Identifier: GPL-2.0
/*
 * Counts what comes in at a device, until it gets SIGINT or SIGTERM: a BPF
 * skeleton, attached through libtcx.
 *
 *	count DEV		with tcx, of the kernel or of the module
 *	count --legacy DEV	where there is none, with classic tc
 */
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libtcx.h>

#include "count.skel.h"

static int fail(int err, __u32 op, const char *dev, int prog)
{
	TCX_OPTS(tcx_explain_opts, what, .op = op, .device = dev,
		 .ifindex = dev ? if_nametoindex(dev) : 0,
		 .attach_type = BPF_TCX_INGRESS, .prog_fd = prog);
	char text[1024];

	tcx_explain(err, &what, text, sizeof(text));
	fprintf(stderr, "count: %s\n", text);
	return 1;
}

/* With a link, the program goes when this process does, however it ends. What
 * has none is detached at the end.
 */
static int attach(int ifindex, int prog, bool links)
{
	if (links)
		return tcx_link_create(ifindex, BPF_TCX_INGRESS, prog, NULL);
	return tcx_prog_attach(ifindex, BPF_TCX_INGRESS, prog, NULL);
}

static int count(struct count_bpf *skel, const char *dev, bool links)
{
	int ifindex = if_nametoindex(dev), prog, link, signal;
	sigset_t signals;

	prog = bpf_program__fd(skel->progs.count);
	/* Blocked from here on, so that none is lost. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);

	link = attach(ifindex, prog, links);
	if (link < 0)
		return fail(link, links ? TCX_OP_LINK_CREATE : TCX_OP_ATTACH,
			    dev, prog);
	printf("counting on %s%s\n", dev, links ? ", by a link" : "");
	sigwait(&signals, &signal);
	if (links)
		close(link);
	else
		tcx_prog_detach(ifindex, BPF_TCX_INGRESS, prog, NULL);
	printf("%llu packets, %llu bytes\n",
	       (unsigned long long)skel->bss->packets,
	       (unsigned long long)skel->bss->bytes);
	return 0;
}

int main(int argc, char **argv)
{
	TCX_OPTS(tcx_backend_info, info);
	struct count_bpf *skel;
	int err, status = 1;

	setlinebuf(stdout);
	if (argc > 1 && !strcmp(argv[1], "--legacy")) {
		tcx_set_legacy(TCX_LEGACY_STRICT);
		argc--, argv++;
	}
	if (argc != 2) {
		fprintf(stderr, "usage: count [--legacy] DEV\n");
		return 2;
	}
	/* What there is, and no other from now on: the module may come or go. */
	err = tcx_backend_info(&info);
	if (err)
		return fail(err, TCX_OP_NONE, NULL, 0);
	tcx_set_backend(info.backend);
	printf("backend %s\n", tcx_backend_name(info.backend));

	skel = count_bpf__open();
	/* libbpf before 1.3 has not heard of the section tcx/ingress. */
	if (skel && !tcx_object_prepare(skel->obj) && !count_bpf__load(skel))
		status = count(skel, argv[1], info.gives & TCX_GIVES_LINKS);
	else
		perror("count: the program cannot be loaded");
	count_bpf__destroy(skel);
	return status;
}
