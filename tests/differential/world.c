// SPDX-License-Identifier: GPL-2.0
/*
 * What operations are carried out on: the programs, which are loaded once, and
 * a world's devices and links. Translates between names, and fds and ids.
 */
#include <stdio.h>

#include "differ.h"
#include "netkit.h"

struct prog progs[PROGS];
__u32 deepest, deepest_netkit;

static int tools[REF_P];	/* fds of what is fit for nothing */
static __u32 xdp_id, xdplink_id;
static int spaces[2];		/* network namespaces: near and far */
static bool in_far;

/* Programs and links by the low bits of their ids, as a first guess. */
#define GUESSES	4096
static __u8 prog_guess[GUESSES];

void space_enter(bool far)
{
	if (far == in_far)
		return;
	netns_enter(spaces[far]);
	in_far = far;
}

static int prog_adopt(int number, int fd)
{
	int id = fd < 0 ? fd : prog_id(fd);

	if (id < 0)
		return id;
	progs[number] = (struct prog){ .fd = fd, .id = id };
	prog_guess[id % GUESSES] = number;
	return 0;
}

/* In the place of one that has gone. */
int prog_renew(int number)
{
	return prog_adopt(number, trace_prog_load(number));
}

static int space_new(void)
{
	int fd = netns_new(), conf;

	/* No packets of the kernel's own. */
	conf = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY);
	if (conf >= 0 && write(conf, "1", 1) != 1)
		fd = -errno;
	close(conf);
	return fd;
}

int tools_make(void)
{
	struct tcx_backport_info info;
	int i, ret;

	spaces[1] = space_new();
	spaces[0] = space_new();
	if (spaces[0] < 0 || spaces[1] < 0)
		return -EIO;
	ret = bpffs_new() ?: trace_open() ?: packets_open();
	if (ret)
		return ret;
	for (i = 0; i < PROGS; i++) {
		ret = prog_renew(i);
		if (ret)
			return ret;
	}
	/* The device is open, lest somebody without capabilities has to. */
	if (sys_interface_is_ioctl() && sys_ioctl(TCX_BACKPORT_INFO, &info))
		return -ENOTTY;
	tools[REF_CLOSED] = FD_CLOSED;
	tools[REF_MINUS] = -1;
	tools[REF_DEVNULL] = open("/dev/null", O_RDWR | O_CLOEXEC);
	tools[REF_MAP] = map_create();
	tools[REF_XDP] = verdict_load(BPF_PROG_TYPE_XDP, 2);
	tools[REF_XDPLINK] = xdp_link_create(tools[REF_XDP],
					     if_nametoindex("lo"));
	for (i = REF_DEVNULL; i < REF_P; i++)
		if (tools[i] < 0)
			return tools[i];
	xdp_id = prog_id(tools[REF_XDP]);
	xdplink_id = link_id(tools[REF_XDPLINK]);
	return 0;
}

int ref_fd(const struct world *w, enum ref ref)
{
	int fd;

	if (ref < REF_P)
		return tools[ref];
	fd = ref < REF_L ? progs[ref - REF_P].fd : w->link[ref - REF_L].fd;
	return fd < 0 ? FD_CLOSED : fd;
}

/* Things that have an id keep it when they are gone. */
__u32 ref_id(const struct world *w, enum ref ref)
{
	if (ref >= REF_L)
		return w->link[ref - REF_L].id;
	if (ref >= REF_P)
		return progs[ref - REF_P].id;
	switch (ref) {
	case REF_NONE:
		return 0;
	case REF_XDP:
		return xdp_id;
	case REF_XDPLINK:
		return xdplink_id;
	default:
		return ID_NONE;
	}
}

int prog_number(__u32 id)
{
	int i = prog_guess[id % GUESSES];

	if (progs[i].id == id)
		return i;
	for (i = 0; i < PROGS; i++)
		if (progs[i].id == id)
			return i;
	return PROGS;
}

int link_number(const struct world *w, __u32 id)
{
	int i;

	for (i = 0; i < LINKS; i++)
		if (w->link[i].id == id)
			return i;
	return LINKS;
}

int type_value(enum type type)
{
	static const int values[] = {
		[IN] = BPF_TCX_INGRESS, [OUT] = BPF_TCX_EGRESS,
		[PRIMARY] = NK_PRIMARY, [PEER] = NK_PEER,
	};

	return type < TYPE_BAD ? values[type] : 999;
}

/* The whole of an attach point, in names; the namespace is the device's. */
int look(struct world *w, int dev, enum type type, struct seen *seen)
{
	__u32 ids[CAPACITY], links[CAPACITY], i;
	struct sys_query q = {
		.count = CAPACITY,
		.prog_ids = ids,
		.link_ids = links,
	};
	int ret;

	space_enter(w->dev[dev].far);
	ret = sys_prog_query(IFINDEX(dev), type_value(type), &q);
	space_enter(false);
	if (ret)
		return ret;
	seen->count = q.count;
	seen->revision = q.revision;
	if (q.count)
		seen->last = q.revision;
	if (q.count > deepest)
		deepest = q.count;
	if (type_is_netkit(type) && q.count > deepest_netkit)
		deepest_netkit = q.count;
	for (i = 0; i < q.count; i++) {
		seen->prog[i] = prog_number(ids[i]);
		seen->link[i] = links[i] ? link_number(w, links[i]) : LINKS;
	}
	return 0;
}

static int dev_up(int dev)
{
	struct nl_req req;

	nl_init(&req, RTM_NEWLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = IFINDEX(dev);
	req.ifi.ifi_flags = IFF_UP;
	req.ifi.ifi_change = IFF_UP;
	return nl_talk(&req);
}

static int veth_add_at(int dev)
{
	struct ifinfomsg ifi = { .ifi_index = IFINDEX(dev + 1) };
	struct rtattr *info, *data, *nest;
	char name[IFNAMSIZ];
	struct nl_req req;

	nl_init(&req, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(req.ifi));
	req.ifi.ifi_index = IFINDEX(dev);
	snprintf(name, sizeof(name), "d%d", dev);
	nl_put_str(&req, IFLA_IFNAME, name);
	info = nl_nest(&req, IFLA_LINKINFO);
	nl_put_str(&req, IFLA_INFO_KIND, "veth");
	data = nl_nest(&req, IFLA_INFO_DATA);
	nest = nl_put(&req, VETH_INFO_PEER | NLA_F_NESTED, &ifi, sizeof(ifi));
	snprintf(name, sizeof(name), "d%d", dev + 1);
	nl_put_str(&req, IFLA_IFNAME, name);
	nl_nest_end(&req, nest);
	nl_nest_end(&req, data);
	nl_nest_end(&req, info);
	return nl_talk(&req) ?: dev_up(dev) ?: dev_up(dev + 1);
}

static int netkit_add(void)
{
	const struct nk_new new = {
		.end = { .name = "d4", .ifindex = IFINDEX(NETKIT) },
		.peer = { .name = "d5", .ifindex = IFINDEX(NETKIT + 1) },
	};

	return nk_create(&new) ?: dev_up(NETKIT) ?: dev_up(NETKIT + 1);
}

/* Both ends of the pair, here. */
int dev_make(struct world *w, int dev)
{
	enum type type;
	int i, ret;

	dev &= ~1;
	if (w->dev[dev].there)
		return -EEXIST;
	ret = dev == NETKIT ? netkit_add() : veth_add_at(dev);
	if (ret)
		return ret;
	for (i = dev; i < dev + 2; i++) {
		w->dev[i] = (struct device){ .there = true };
		for (type = 0; type < TYPE_BAD; type++)
			w->seen[i][type] = (struct seen){ .revision = 1 };
	}
	return 0;
}

/* Both ends, by this one. */
int dev_remove(struct world *w, int dev)
{
	int i, ret;

	if (!w->dev[dev].there)
		return -ENODEV;
	space_enter(w->dev[dev].far);
	ret = link_del(IFINDEX(dev));
	space_enter(false);
	if (ret)
		return ret;
	dev &= ~1;
	for (i = dev; i < dev + 2; i++)
		w->dev[i].there = false;
	for (i = 0; i < LINKS; i++)
		if ((w->link[i].dev & ~1) == dev)
			w->link[i].attached = false;
	return 0;
}

/* Both ends of a veth pair, that end of a netkit pair. */
int dev_move(struct world *w, int dev)
{
	bool far = w->dev[dev].far;
	int i, end = dev + 1, ret = 0;

	if (!w->dev[dev].there)
		return -ENODEV;
	if (dev < NETKIT) {
		dev &= ~1;
		end = dev + 2;
	}
	space_enter(far);
	for (i = dev; i < end && !ret; i++)
		ret = link_move(IFINDEX(i), spaces[!far]);
	/* It arrives switched off. */
	space_enter(!far);
	for (i = dev; i < end; i++) {
		ret = ret ?: dev_up(i);
		w->dev[i].far = !far;
		/* The other end has been without carrier meanwhile. */
		w->dev[i].ready = false;
		w->dev[dev_peer(i)].ready = false;
		/* The kernel removes qdiscs when a device moves. */
		w->dev[i].qdisc = false;
	}
	space_enter(false);
	return ret;
}

int world_begin(struct world *w)
{
	int i, ret = 0;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < LINKS; i++)
		w->link[i] = (struct link){ .fd = -1, .dev = -1 };
	for (i = 0; i < DEVS && !ret; i += 2)
		ret = dev_make(w, i);
	return ret;
}

void world_end(struct world *w)
{
	char path[64];
	int i;

	for (i = 0; i < DEVS; i += 2)
		if (w->dev[i].there)
			dev_remove(w, i);
	for (i = 0; i < LINKS; i++) {
		if (w->link[i].fd >= 0)
			close(w->link[i].fd);
		if (!w->link[i].pinned)
			continue;
		snprintf(path, sizeof(path), BPFFS "/l%d", i);
		unlink(path);
	}
	for (i = 0; i < PROGS; i++)
		if (progs[i].fd < 0)
			prog_renew(i);
}
