/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs of progs/datapath.bpf.c in the tests' hands, and what every data
 * path test starts with.
 */
#ifndef TESTS_VM_DATAPATH_H
#define TESTS_VM_DATAPATH_H

#include "datapath_prog.h"
#include "packet.h"
#include "sys.h"

#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>

#include "kselftest_harness.h"

#define INGRESS	BPF_TCX_INGRESS
#define EGRESS	BPF_TCX_EGRESS

static const char *const direction[] = {
	[INGRESS] = "ingress",
	[EGRESS] = "egress",
};

/* The netfilter hook differs from native tcx where classic tc and nftables are
 * concerned (docs/differences.md). A test that meets such a
 * difference has an expectation for either.
 */
static inline bool hook_is_netfilter(void)
{
	struct tcx_backport_info info = {};
	int err;

	if (!sys_door_is_ioctl())
		return false;
	err = sys_ioctl(TCX_BACKPORT_INFO, &info);
	if (err)
		fail("TCX_BACKPORT_INFO: %s", strerror(-err));
	return info.hook == TCX_BACKPORT_HOOK_NETFILTER;
}

struct prog {
	struct bpf_object	*obj;
	int			fd;
	volatile struct dp_data	*dp;
};

/* Each call loads a program of its own, with a struct dp_data of its own. */
static inline struct prog prog_load(const char *name)
{
	struct prog prog = { .fd = -1 };
	struct bpf_program *pos;
	struct bpf_map *map;

	prog.obj = bpf_object__open_file(path_beside("progs/datapath.bpf.o"),
					 NULL);
	if (!prog.obj)
		fail("progs/datapath.bpf.o: %m");
	bpf_object__for_each_program(pos, prog.obj)
		bpf_program__set_autoload(pos, !strcmp(bpf_program__name(pos),
						       name));
	if (bpf_object__load(prog.obj))
		fail("program %s does not load: %m", name);
	pos = bpf_object__find_program_by_name(prog.obj, name);
	prog.fd = bpf_program__fd(pos);
	map = bpf_object__find_map_by_name(prog.obj, ".bss");
	if (!map)
		map = bpf_object__next_map(prog.obj, NULL);
	/* The kernel's map itself, not libbpf's copy of its first contents. */
	prog.dp = mmap(NULL, bpf_map__value_size(map), PROT_READ | PROT_WRITE,
		       MAP_SHARED, bpf_map__fd(map), 0);
	if (prog.dp == MAP_FAILED || bpf_map__value_size(map) < sizeof(*prog.dp))
		fail("program %s has no struct dp_data: %m", name);
	prog.dp->proto = DP_PROTO;
	prog.dp->verdict = TCX_NEXT;
	return prog;
}

static inline struct prog prog_verdict(int verdict)
{
	struct prog prog = prog_load("step");

	prog.dp->verdict = verdict;
	return prog;
}

static inline struct prog prog_step(void)
{
	return prog_verdict(TCX_NEXT);
}

static inline void prog_free(struct prog *prog)
{
	munmap((void *)prog->dp, sizeof(*prog->dp));
	bpf_object__close(prog->obj);
	prog->fd = -1;
}

static inline void attach(const char *dev, int type, const struct prog *prog)
{
	int err = sys_prog_attach(dev_index(dev), type, prog->fd, 0, 0, 0, 0);

	if (err)
		fail("attaching to %s: %s", dev, strerror(-err));
}

static inline void detach(const char *dev, int type, const struct prog *prog)
{
	int err = sys_prog_detach(dev_index(dev), type, prog->fd, 0, 0, 0);

	if (err)
		fail("detaching from %s: %s", dev, strerror(-err));
}

/* Classic tc: clsact, and a cls_bpf filter in direct action mode. */

static inline void tc_hook(const char *dev)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = dev_index(dev),
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err = bpf_tc_hook_create(&hook);

	if (err)
		fail("clsact on %s: %s", dev, strerror(-err));
}

static inline void tc_unhook(const char *dev)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = dev_index(dev),
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err = bpf_tc_hook_destroy(&hook);

	if (err)
		fail("deleting clsact of %s: %s", dev, strerror(-err));
}

static inline void tc_filter(const char *dev, int type, const struct prog *prog)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = dev_index(dev),
		    .attach_point = type == EGRESS ? BPF_TC_EGRESS :
						     BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog->fd);
	int err = bpf_tc_attach(&hook, &opts);

	if (err)
		fail("filter on %s: %s", dev, strerror(-err));
}

/* Waits for the first packets, not for more: call packet_count() before. */
static inline int seen(const struct prog *prog, int want)
{
	wait_for(prog->dp->packets >= (__u64)want);
	return prog->dp->packets;
}

static inline void forget(const struct prog *prog)
{
	prog->dp->packets = 0;
	prog->dp->bytes = 0;
	prog->dp->nonlinear = 0;
	prog->dp->max_gso_segs = 0;
	prog->dp->max_gso_size = 0;
	prog->dp->ret = 0;
}

/* Around the checks of one row of a table: names the row if one of them fails.
 * As the harness's macros are several statements, they need braces behind if.
 */
static inline int row_begin(struct __test_metadata *_metadata)
{
	int before = _metadata->passed;

	_metadata->passed = 1;
	return before;
}

#define row_end(metadata, before, fmt, ...)			\
do {								\
	if (!(metadata)->passed)				\
		TH_LOG("in row: " fmt, ##__VA_ARGS__);		\
	(metadata)->passed &= (before);				\
} while (0)

/* The test's ordinary packet, sent by @src to @dst on the same wire. */
static inline struct frame test_frame(const char *dst, const char *src)
{
	struct frame frame;

	frame_eth(&frame, dst, src, DP_PROTO);
	frame_fill(&frame, 100);
	return frame;
}

static inline int send_test_frame(const char *dst, const char *src)
{
	struct frame frame = test_frame(dst, src);

	return packet_send(src, &frame);
}

/* The scene of most tests: "a" sends, "b" receives, all in one namespace. At
 * "a" programs are on egress, at "b" on ingress.
 */
static inline void scene_pair(void)
{
	one_cpu();
	ns_new();
	dev_pair("a", "b", -1);
}

static inline const char *scene_dev(int type)
{
	return type == EGRESS ? "a" : "b";
}

#endif /* TESTS_VM_DATAPATH_H */
