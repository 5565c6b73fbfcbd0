// SPDX-License-Identifier: GPL-2.0
/* The programs of scenarios, and how they are attached. */
#include "scenario.h"

#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

static void *map_memory(struct bpf_object *obj, const char *section, size_t size)
{
	struct bpf_map *map;
	void *memory;

	bpf_object__for_each_map(map, obj) {
		const char *name = bpf_map__name(map);
		size_t len = strlen(name), want = strlen(section);

		if (len < want || strcmp(name + len - want, section))
			continue;
		memory = mmap(NULL, bpf_map__value_size(map),
			      PROT_READ | PROT_WRITE, MAP_SHARED,
			      bpf_map__fd(map), 0);
		if (memory == MAP_FAILED || bpf_map__value_size(map) < size)
			break;
		return memory;
	}
	fail("no memory %s: %m", section);
}

/* A program that this kernel cannot load has fd < 0, and watchers say so. */
struct prog prog_load(const char *name)
{
	static struct dp_data no_dp;
	static struct px_data no_px;
	struct prog prog = { .fd = -1 };
	struct bpf_program *pos;
	int err;

	prog.obj = bpf_object__open_file(path_beside("progs.bpf.o"), NULL);
	if (!prog.obj)
		fail("progs.bpf.o: %m");
	bpf_object__for_each_program(pos, prog.obj)
		bpf_program__set_autoload(pos, !strcmp(bpf_program__name(pos),
						       name));
	pos = bpf_object__find_program_by_name(prog.obj, name);
	if (!pos)
		fail("no program %s", name);
	err = bpf_object__load(prog.obj);
	if (err) {
		prog.fd = err;
		prog.dp = &no_dp;
		prog.px = &no_px;
		return prog;
	}
	prog.fd = bpf_program__fd(pos);
	prog.dp = map_memory(prog.obj, ".bss", sizeof(*prog.dp));
	prog.px = map_memory(prog.obj, ".data.px", sizeof(*prog.px));
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

struct prog prog_view(int verdict)
{
	struct prog prog = prog_load("view");

	prog.dp->verdict = verdict;
	return prog;
}

void prog_free(struct prog *prog)
{
	bpf_object__close(prog->obj);
	prog->obj = NULL;
}

void forget(const struct prog *prog)
{
	size_t start = offsetof(struct dp_data, packets);

	memset((char *)prog->dp + start, 0, sizeof(*prog->dp) - start);
	start = offsetof(struct px_data, gso_segs);
	memset((char *)prog->px + start, 0, sizeof(*prog->px) - start);
}

/* Attachments. */

static struct {
	int	ifindex, type, fd, priority;
} attached[160];

void tc_filter(const char *dev, int type, const struct prog *prog)
{
	tc_filter_fd(dev, type, prog->fd, 1);
}

void attach(const char *dev, int type, const struct prog *prog)
{
	static int priority;
	unsigned int i;
	int err;

	if (prog->fd < 0)
		return;
	if (!cls) {
		err = sys_prog_attach(dev_index(dev), type, prog->fd, 0, 0, 0,
				      0);
		if (err)
			fail("attaching to %s: %s", dev, strerror(-err));
		return;
	}
	tc_hook_ensure(dev);
	for (i = 0; attached[i].fd; i++)
		if (i == ARRAY_SIZE(attached) - 1)
			fail("too many programs");
	attached[i].ifindex = dev_index(dev);
	attached[i].type = type;
	attached[i].fd = prog->fd;
	attached[i].priority = ++priority;
	tc_filter_fd(dev, type, prog->fd, priority);
}

void detach(const char *dev, int type, const struct prog *prog)
{
	int ifindex = dev_index(dev), err;
	unsigned int i;

	if (prog->fd < 0)
		return;
	if (!cls) {
		err = sys_prog_detach(dev_index(dev), type, prog->fd, 0, 0, 0);
		if (err)
			fail("detaching from %s: %s", dev, strerror(-err));
		return;
	}
	for (i = 0; i < ARRAY_SIZE(attached); i++) {
		if (attached[i].ifindex != ifindex ||
		    attached[i].type != type || attached[i].fd != prog->fd)
			continue;
		tc_filter_del(ifindex, type, attached[i].priority);
		attached[i].fd = 0;
		return;
	}
	fail("not attached to %s", dev);
}
