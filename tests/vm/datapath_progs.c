// SPDX-License-Identifier: GPL-2.0
#include "datapath_progs.h"

struct prog prog_load(const char *name)
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

struct prog prog_verdict(int verdict)
{
	struct prog prog = prog_load("step");

	prog.dp->verdict = verdict;
	return prog;
}

struct prog prog_step(void)
{
	return prog_verdict(TCX_NEXT);
}

void prog_free(struct prog *prog)
{
	munmap((void *)prog->dp, sizeof(*prog->dp));
	bpf_object__close(prog->obj);
	prog->fd = -1;
}

void attach(const char *dev, int type, const struct prog *prog)
{
	int err = sys_prog_attach(dev_index(dev), type, prog->fd, 0, 0, 0, 0);

	if (err)
		fail("attaching to %s: %s", dev, strerror(-err));
}

void detach(const char *dev, int type, const struct prog *prog)
{
	int err = sys_prog_detach(dev_index(dev), type, prog->fd, 0, 0, 0);

	if (err)
		fail("detaching from %s: %s", dev, strerror(-err));
}

void tc_filter(const char *dev, int type, const struct prog *prog)
{
	tc_filter_fd(dev, type, prog->fd, 0);
}

int seen(const struct prog *prog, int want)
{
	wait_for(prog->dp->packets >= (__u64)want);
	return prog->dp->packets;
}

void forget(const struct prog *prog)
{
	prog->dp->packets = 0;
	prog->dp->bytes = 0;
	prog->dp->nonlinear = 0;
	prog->dp->max_gso_segs = 0;
	prog->dp->max_gso_size = 0;
	prog->dp->ret = 0;
}

void scene_pair(void)
{
	one_cpu();
	ns_new();
	dev_pair("a", "b", -1);
}

const char *scene_dev(int type)
{
	return type == EGRESS ? "a" : "b";
}
