/* SPDX-License-Identifier: GPL-2.0 */
/*
 * BPF links as bpf(2) knows them, a bpffs to pin them in, programs that count
 * packets, and a stream of packets to be counted. Functions return 0, an fd or
 * an id, or a negative errno.
 */
#ifndef TESTS_VM_LINK_H
#define TESTS_VM_LINK_H

#include <arpa/inet.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "module.h"
#include "netns.h"

/* struct bpf_link_info as of Linux 6.12; older ones end behind 48 bytes. */
struct tcx_link_info {
	__u32 type;
	__u32 id;
	__u32 prog_id;
	__u32 pad;
	__u32 ifindex;
	__u32 attach_type;
	__u8 rest[40];
};

_Static_assert(sizeof(struct tcx_link_info) == 64, "as native");
_Static_assert(offsetof(struct tcx_link_info, ifindex) == 16, "as native");

static inline struct tcx_link_info tcx_link_info(int fd)
{
	struct tcx_link_info info = {};

	if (info_get(fd, &info, sizeof(info)))
		memset(&info, 0xff, sizeof(info));
	return info;
}

static inline int tcx_link_update_flags(int fd, int prog_fd, __u32 flags,
					int old_fd)
{
	union bpf_attr attr = {
		.link_update.link_fd = fd,
		.link_update.new_prog_fd = prog_fd,
		.link_update.flags = flags,
		.link_update.old_prog_fd = old_fd,
	};

	return sys_bpf(BPF_LINK_UPDATE, &attr, sizeof(attr));
}

static inline int tcx_link_update(int fd, int prog_fd)
{
	return tcx_link_update_flags(fd, prog_fd, 0, 0);
}

static inline int tcx_link_detach(int fd)
{
	union bpf_attr attr = { .link_detach.link_fd = fd };

	return sys_bpf(BPF_LINK_DETACH, &attr, sizeof(attr));
}

static inline int tcx_link_by_id(__u32 id)
{
	union bpf_attr attr = { .link_id = id };

	return sys_bpf(BPF_LINK_GET_FD_BY_ID, &attr, sizeof(attr));
}

/* The next id behind @id; -ENOENT where there is none. */
static inline int tcx_link_next_id(__u32 id)
{
	union bpf_attr attr = { .start_id = id };
	int ret = sys_bpf(BPF_LINK_GET_NEXT_ID, &attr, sizeof(attr));

	return ret ?: (int)attr.next_id;
}

static inline int obj_pin(int fd, const char *path)
{
	union bpf_attr attr = {
		.pathname = (uintptr_t)path,
		.bpf_fd = fd,
	};

	return sys_bpf(BPF_OBJ_PIN, &attr, sizeof(attr));
}

static inline int obj_get(const char *path)
{
	union bpf_attr attr = { .pathname = (uintptr_t)path };

	return sys_bpf(BPF_OBJ_GET, &attr, sizeof(attr));
}

/* All links of the host, of whatever type. */
static inline int links_count(void)
{
	int count = 0, id = 0;

	while ((id = tcx_link_next_id(id)) > 0)
		count++;
	return count;
}

/* Native tcx drops some references from a worker: poll, but not for ever. */
static inline int links_settle(int want)
{
	int tries;

	for (tries = 0; links_count() != want && tries < 500; tries++)
		sleep_ms(20);
	return links_count();
}

static inline int fds_count(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

/*
 * A bpffs in a mount namespace of the caller's own, so that pins of a case that
 * dies do not outlive it.
 */
#define BPFFS	"/tmp/bpffs"

static inline int bpffs_new(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -errno;
	if (mkdir(BPFFS, 0700) && errno != EEXIST)
		return -errno;
	return mount("bpf", BPFFS, "bpf", 0, NULL) ? -errno : 0;
}

/* Counters that programs increment. */
static inline int counters_create(int slots)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = slots,
	};

	return sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

static inline __u64 counter_read(int map, __u32 slot)
{
	__u64 value = 0;
	union bpf_attr attr = {
		.map_fd = map,
		.key = (uintptr_t)&slot,
		.value = (uintptr_t)&value,
	};

	return sys_bpf(BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)) ? ~0ULL :
								   value;
}

/* The end of a program: counts in the slot of @map whose number is at r10 - 4,
 * and lets the next program have the packet.
 */
#define COUNT_AND_PASS(map)						\
	{ BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map },	\
	{ 0 },								\
	{ BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0 },			\
	{ BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4 },			\
	{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem },	\
	{ BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, 0 },			\
	{ BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 1 },			\
	{ BPF_STX | BPF_ATOMIC | BPF_DW, 0, 1, 0, BPF_ADD },		\
	{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, TCX_NEXT },		\
	{ BPF_JMP | BPF_EXIT }

/* Counts every packet in @slot and lets the next program have it. */
static inline int counter_load(int map, int slot)
{
	const struct bpf_insn insns[] = {
		{ BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, slot },
		COUNT_AND_PASS(map),
	};

	return insns_load(BPF_PROG_TYPE_SCHED_CLS, insns);
}

/* Devices made after this send no packets of their own, which would be counted. */
static inline int devices_silent(void)
{
	return file_write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
}

/* Packets for nobody, until stopped, out of the devices given: the egress of
 * each sees them, and the ingress of its peer if it has one.
 */
#define TRAFFIC_DEVICES	8

struct traffic {
	int fd;
	int ifindex[TRAFFIC_DEVICES];
	int pause_us;	/* between rounds, where others need the CPU */
	pthread_t thread;
	_Atomic bool stop;
	_Atomic unsigned long sent;
};

static const unsigned char traffic_frame[ETH_ZLEN] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5,
};

static inline int traffic_send(int fd, int ifindex)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(0x88b5),	/* for local experiments */
		.sll_ifindex = ifindex,
		.sll_halen = ETH_ALEN,
		.sll_addr = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	};

	return sendto(fd, traffic_frame, sizeof(traffic_frame), MSG_DONTWAIT,
		      (void *)&to, sizeof(to)) < 0 ? -errno : 0;
}

/* A device may be away or down: then there is no packet. */
static inline void *traffic_loop(void *arg)
{
	struct traffic *t = arg;
	int i;

	while (!t->stop) {
		for (i = 0; i < TRAFFIC_DEVICES; i++)
			if (t->ifindex[i] &&
			    !traffic_send(t->fd, t->ifindex[i]))
				t->sent++;
		if (t->pause_us)
			usleep(t->pause_us);
	}
	return NULL;
}

/* The socket belongs to the namespace that the caller is in. */
static inline int traffic_start(struct traffic *t)
{
	int ret;

	t->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return -errno;
	ret = pthread_create(&t->thread, NULL, traffic_loop, t);
	return -ret;
}

static inline void traffic_stop(struct traffic *t)
{
	t->stop = true;
	pthread_join(t->thread, NULL);
	close(t->fd);
}

static inline int device_up(int ifindex)
{
	struct nl_req req;

	nl_init(&req, RTM_NEWLINK, 0, sizeof(req.ifi));
	req.ifi.ifi_index = ifindex;
	req.ifi.ifi_flags = IFF_UP;
	req.ifi.ifi_change = IFF_UP;
	return nl_talk(&req);
}

/* Native tcx patches the kernel's code at the first attachment of the host and
 * at the last detachment. An emulated CPU that runs that code meanwhile, for
 * traffic, may stumble over a breakpoint that is not there any more. So hold an
 * attachment in either direction there; the module keeps its keys by itself.
 */
static inline int native_keys_hold(int ifindex)
{
	int prog, ret;

	if (!is_native())
		return 0;
	prog = cls_load();
	ret = sys_prog_attach(ifindex, BPF_TCX_INGRESS, prog, 0, 0, 0, 0) ?:
	      sys_prog_attach(ifindex, BPF_TCX_EGRESS, prog, 0, 0, 0, 0);
	close(prog);
	return ret;
}

#endif /* TESTS_VM_LINK_H */
