// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <sys/mman.h>

#include <linux/pkt_cls.h>

#include "link.h"
#include "netkit.h"
#include "world.h"

struct world world;

int world_prog(uint8_t sel)
{
	switch (sel >> 4) {
	case 14:
		return sel & 1 ? world.xdp : world.filter;
	case 15:
		switch (sel & 7) {
		case 0:
			return 0;
		case 1:
			return -1;
		case 2:
			return world.map;
		case 3:
			return world.closed;
		case 4:
			return world.node[0];
		case 5:
			return world.netns[0];
		default:
			return world.link[sel % LINKS];
		}
	default:
		return world.prog[sel % PROGS];
	}
}

int world_link(uint8_t sel)
{
	if (sel >> 4 == 15)
		return world_prog(sel * 7);
	return world.link[sel % LINKS];
}

uint32_t world_ifindex(uint8_t sel)
{
	static const uint32_t odd[] = { 0, 1, -1, 0x7fffffff, 0x80000000 };

	if (sel >= 250)
		return odd[sel - 250 < 5 ? sel - 250 : 4];
	return FIRST_IFINDEX + sel % DEVICES;
}

uint32_t world_type(uint8_t sel)
{
	static const uint32_t odd[] = { 0, 1, 45, 48, 0xffffffff, 37, 2, 3 };

	if (sel >= 248)
		return odd[sel - 248];
	if (sel >= 192)
		return sel & 1 ? NK_PEER : NK_PRIMARY;
	return sel & 1 ? BPF_TCX_EGRESS : BPF_TCX_INGRESS;
}

bool type_is_netkit(uint32_t type)
{
	return type == NK_PRIMARY || type == NK_PEER;
}

uint32_t world_target(uint8_t sel, uint8_t type_sel)
{
	if (type_is_netkit(world_type(type_sel)) && sel < 192)
		return FIRST_IFINDEX + NETKIT;
	return world_ifindex(sel);
}

uint32_t world_flags(uint8_t sel, uint8_t odd)
{
	static const uint32_t known[5] = {
		BPF_F_BEFORE, BPF_F_AFTER, BPF_F_REPLACE, BPF_F_ID, BPF_F_LINK,
	};
	uint32_t flags = 0;
	int i;

	for (i = 0; i < 5; i++)
		if (sel & 1 << i)
			flags |= known[i];
	if (odd >= 240)
		flags |= 1U << (odd & 31);
	return flags;
}

uint32_t world_relative(uint8_t sel, uint32_t flags)
{
	if (sel < 64)
		return 0;
	if (sel >= 248)
		flags ^= BPF_F_ID;
	if (sel >= 240)
		flags ^= BPF_F_LINK;
	if (flags & BPF_F_LINK)
		return flags & BPF_F_ID ? world.link_ids[sel % LINKS] :
					  world.link[sel % LINKS];
	return flags & BPF_F_ID ? world.prog_ids[sel % PROGS] :
				  world_prog(sel);
}

void world_keep_link(uint8_t sel, int fd)
{
	int slot = sel % LINKS;

	world.link_ids[slot] = link_id(fd);
	fd = atomic_exchange(&world.link[slot], fd);
	if (fd >= 0)
		close(fd);
}

void *world_memory(uint8_t odd, unsigned int size, void *good)
{
	switch (odd >> 2) {
	case 60:
		return NULL;
	case 61:
		return (void *)0xffff800000000000UL;
	case 62:	/* ends after the first bytes */
		return world.guarded + world.page - (odd & 3) * 8;
	case 63:	/* ends with the page, at an odd place */
		return world.guarded + world.page - size - (odd & 1);
	default:
		return good;
	}
}

/* A pair, so that there are packets that come in. */
static int device_pair_add(void)
{
	int ret = veth_create("fuzz-a", FIRST_IFINDEX + VETH, 0,
			      "fuzz-b", FIRST_IFINDEX + VETH + 1);

	device_up(FIRST_IFINDEX + VETH);
	device_up(FIRST_IFINDEX + VETH + 1);
	return ret;
}

static int device_netkit_add(bool l2)
{
	struct nk_new new = {
		.end = { .name = "fuzzn", .ifindex = FIRST_IFINDEX + NETKIT },
		.peer = {
			.name = "fuzzm",
			.ifindex = FIRST_IFINDEX + NETKIT + 1,
		},
		.attrs = { { NETKIT_BACKPORT_MODE, l2 ? NETKIT_BACKPORT_L2 :
							NETKIT_BACKPORT_L3 } },
	};
	int ret = nk_create(&new);

	device_up(FIRST_IFINDEX + NETKIT);
	device_up(FIRST_IFINDEX + NETKIT + 1);
	return ret;
}

/* The first is one where a packet comes in while its sender writes it: the rest
 * come in in a softirq, of which kcov sees nothing.
 */
static int device_tap_add(void)
{
	int fd = tun_add("fuzz0", FIRST_IFINDEX, IFF_TAP);

	if (fd < 0)
		return fd;
	fd = atomic_exchange(&world.wire, fd);
	if (fd >= 0)
		close(fd);
	return device_up(FIRST_IFINDEX);
}

int device_add(unsigned int nth)
{
	char name[16];

	if (!nth)
		return device_tap_add();
	if (nth >= NETKIT)
		return device_netkit_add(nth & 1);
	if (nth >= VETH)
		return device_pair_add();
	snprintf(name, sizeof(name), "fuzz%u", nth);
	return link_add("dummy", name, FIRST_IFINDEX + nth);
}

int classic_filter(int ifindex, bool egress, int prog_fd)
{
	const __u32 direct = TCA_BPF_FLAG_ACT_DIRECT;
	struct rtattr *nest;
	struct nl_req req;

	if (prog_fd)
		nl_init(&req, RTM_NEWTFILTER, NLM_F_CREATE, sizeof(req.tc));
	else
		nl_init(&req, RTM_DELTFILTER, 0, sizeof(req.tc));
	req.tc.tcm_ifindex = ifindex;
	req.tc.tcm_parent = TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS :
							    TC_H_MIN_INGRESS);
	req.tc.tcm_info = TC_H_MAKE(1 << 16, htons(ETH_P_ALL));
	if (!prog_fd)
		return nl_talk(&req);
	nl_put_str(&req, TCA_KIND, "bpf");
	nest = nl_nest(&req, TCA_OPTIONS);
	nl_put(&req, TCA_BPF_FD, &prog_fd, sizeof(prog_fd));
	nl_put_str(&req, TCA_BPF_NAME, "fuzz");
	nl_put(&req, TCA_BPF_FLAGS, &direct, sizeof(direct));
	nl_nest_end(&req, nest);
	return nl_talk(&req);
}

/* To a device where packets end: elsewhere one might go round for ever. */
static int redirecting_load(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1,
		  .imm = FIRST_IFINDEX + 1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return insns_load(BPF_PROG_TYPE_SCHED_CLS, insns);
}

bool world_make(void)
{
	unsigned int i;

	world.page = sysconf(_SC_PAGESIZE);
	world.guarded = mmap(NULL, 2 * world.page, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (world.guarded == MAP_FAILED ||
	    munmap(world.guarded + world.page, world.page))
		return false;
	world.closed = 900;
	world.wire = -1;
	world.netns[1] = netns_new();
	world.netns[0] = netns_new();
	for (i = 0; i < PROGS; i++) {
		static const int verdicts[] = {
			TCX_NEXT, TCX_PASS, TCX_NEXT, TCX_DROP,
			TCX_NEXT, TCX_REDIRECT, TCX_NEXT, TC_ACT_STOLEN,
		};
		int verdict = verdicts[i % 8];

		world.prog[i] = verdict == TCX_REDIRECT ? redirecting_load() :
				verdict_load(BPF_PROG_TYPE_SCHED_CLS, verdict);
		world.prog_ids[i] = prog_id(world.prog[i]);
	}
	world.xdp = verdict_load(BPF_PROG_TYPE_XDP, 2);
	world.filter = verdict_load(BPF_PROG_TYPE_SOCKET_FILTER, 0);
	world.map = map_create();
	for (i = 0; i < LINKS; i++)
		world.link[i] = -1;
	for (i = 0; i < NODES; i++)
		world.node[i] = open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC);
	for (i = 0; i <= VETH; i++)
		if (device_add(i) < 0)
			return false;
	if (device_add(NETKIT) < 0)
		return false;
	return world.netns[0] >= 0 && world.netns[1] >= 0 &&
	       world.prog[PROGS - 1] >= 0 && world.xdp >= 0 &&
	       world.filter >= 0 && world.map >= 0 && world.node[0] >= 0;
}

void world_unpin(void)
{
	char path[64];
	int i;

	for (i = 0; i < PINS; i++) {
		snprintf(path, sizeof(path), "/sys/fs/bpf/fuzz%d", i);
		unlink(path);
	}
}
