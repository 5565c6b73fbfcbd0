// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "clsact.h"
#include "packet.h"
#include "sys.h"

#define HANDLE	1

static enum bpf_tc_attach_point side(int type)
{
	return type == EGRESS ? BPF_TC_EGRESS : BPF_TC_INGRESS;
}

static int hook_create(const char *dev)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = dev_index(dev),
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	return bpf_tc_hook_create(&hook);
}

void tc_hook(const char *dev)
{
	int err = hook_create(dev);

	if (err)
		fail("clsact on %s: %s", dev, strerror(-err));
}

void tc_hook_ensure(const char *dev)
{
	int err = hook_create(dev);

	if (err && err != -EEXIST)
		fail("clsact on %s: %s", dev, strerror(-err));
}

void tc_unhook(const char *dev)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = dev_index(dev),
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err = bpf_tc_hook_destroy(&hook);

	if (err)
		fail("deleting clsact of %s: %s", dev, strerror(-err));
}

void tc_filter_fd(const char *dev, int type, int prog_fd, int priority)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = dev_index(dev),
		    .attach_point = side(type));
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog_fd,
		    .handle = priority ? HANDLE : 0, .priority = priority);
	int err = bpf_tc_attach(&hook, &opts);

	if (err)
		fail("filter on %s: %s", dev, strerror(-err));
}

void tc_filter_del(int ifindex, int type, int priority)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = side(type));
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE, .priority = priority);
	int err = bpf_tc_detach(&hook, &opts);

	if (err)
		fail("filter of device %d: %s", ifindex, strerror(-err));
}
