// SPDX-License-Identifier: GPL-2.0
/*
 * In which order programs run, as opposed to what a query says. Every program
 * appends its number, and the device it ran for, to a list that all of them
 * share. A frame sent out of one end of a pair passes the egress of that end
 * and the ingress of the other; on a netkit pair, between these, the programs of
 * the end that sends, for which it is at the other end already.
 */
#include <net/ethernet.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>

#include "differ.h"

#define PROTOCOL	0x88b5	/* nothing else on these devices has it */
#define TRACE_MAX	256	/* three full attach points */
#define PATIENCE_MS	5000

struct trace {
	__u32 count;
	struct {
		__u8 prog;
		__u8 ifindex;
	} ran[TRACE_MAX];
};

static int map = -1, tx = -1, rx = -1;
static volatile struct trace *trace;

int trace_open(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = sizeof(struct trace),
		.max_entries = 1,
		.map_flags = BPF_F_MMAPABLE,
	};

	map = sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
	if (map < 0)
		return map;
	trace = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
		     MAP_SHARED, map, 0);
	return trace == MAP_FAILED ? -errno : 0;
}

int trace_prog_load(int number)
{
	const int ran = offsetof(struct trace, ran);
	const struct bpf_insn insns[] = {
		{ BPF_LDX | BPF_MEM | BPF_W, 0, 1,
		  offsetof(struct __sk_buff, protocol), 0 },
		{ BPF_JMP | BPF_JNE | BPF_K, 0, 0, 12, htons(PROTOCOL) },
		{ BPF_LDX | BPF_MEM | BPF_W, 4, 1,
		  offsetof(struct __sk_buff, ifindex), 0 },
		{ BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_VALUE, 0, map },
		{ 0 },
		{ BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0 },
		{ BPF_ALU64 | BPF_AND | BPF_K, 2, 0, 0, TRACE_MAX - 1 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, 3, 1, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_X, 3, 2, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_X, 3, 2, 0, 0 },
		{ BPF_ST | BPF_MEM | BPF_B, 3, 0, ran, number },
		{ BPF_STX | BPF_MEM | BPF_B, 3, 4, ran + 1, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, 1 },
		{ BPF_STX | BPF_MEM | BPF_W, 1, 2, 0, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, TCX_NEXT },
		{ BPF_JMP | BPF_EXIT },
	};

	return insns_load(BPF_PROG_TYPE_SCHED_CLS, insns);
}

int packets_open(void)
{
	tx = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	rx = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(PROTOCOL));
	return tx < 0 || rx < 0 ? -errno : 0;
}

static int frame_send(int dev)
{
	const struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = IFINDEX(dev),
	};
	const char frame[ETH_ZLEN] = { [0 ... 5] = 0xff, [6] = 2,
		[12] = PROTOCOL >> 8, [13] = PROTOCOL & 0xff };

	return sendto(tx, frame, sizeof(frame), 0, (void *)&to,
		      sizeof(to)) < 0 ? -errno : 0;
}

/* @wait: milliseconds */
static bool frame_receive(int wait)
{
	struct pollfd fd = { .fd = rx, .events = POLLIN };
	char frame[2 * ETH_ZLEN];

	return poll(&fd, 1, wait) == 1 && recv(rx, frame, sizeof(frame), 0) > 0;
}

/* A new device drops what it has to send until a worker has seen its carrier,
 * and whether it has is not to be seen. So try.
 */
static bool dev_ready(int dev)
{
	int tries;

	for (tries = 0; tries < PATIENCE_MS; tries++)
		if (!frame_send(dev) && frame_receive(1)) {
			while (frame_receive(0))
				;
			return true;
		}
	return false;
}

/* Continues @text with what ran for device @at; says whether a query has it so.
 * Programs of a netkit end are told from those at the other's ingress by their
 * number.
 */
static int ran_print(struct world *w, int dev, enum type type, int at,
		     char *text, size_t size, __u32 *i)
{
	static const char * const names[] = { "in", "out", "primary", "peer" };
	__u32 count = trace->count, in_order = 0;
	struct seen seen = {};
	int ret, n;

	ret = look(w, dev, type, &seen);
	if (type_is_netkit(type) && count > *i + seen.count)
		count = *i + seen.count;
	n = snprintf(text, size, " dev%d %s:", dev, names[type]);
	for (; *i < count && trace->ran[*i].ifindex == IFINDEX(at); ++*i) {
		__u8 prog = trace->ran[*i].prog;

		n += snprintf(text + n, size - n, " p%d", prog);
		if (in_order < seen.count && seen.prog[in_order] == prog)
			in_order++;
		else
			in_order = CAPACITY;
	}
	if (ret || in_order != seen.count)
		n += snprintf(text + n, size - n, " NOT AS QUERIED");
	return n;
}

void packet_run(struct world *w, int dev, char *text, size_t size)
{
	int peer = dev_peer(dev), ret, n;
	__u32 i = 0;

	if (!w->dev[dev].there || w->dev[dev].far || w->dev[peer].far) {
		snprintf(text, size, " no device");
		return;
	}
	if (!w->dev[dev].ready && !(dev_ready(dev) && dev_ready(peer))) {
		snprintf(text, size, " NOT READY");
		return;
	}
	w->dev[dev].ready = true;
	w->dev[peer].ready = true;
	trace->count = 0;
	ret = frame_send(dev);
	if (ret || !frame_receive(PATIENCE_MS)) {
		snprintf(text, size, " LOST: %s", strerrorname_np(-ret));
		return;
	}
	n = ran_print(w, dev, OUT, dev, text, size, &i);
	if (dev >= NETKIT)
		n += ran_print(w, NETKIT, dev == NETKIT ? PRIMARY : PEER, peer,
			       text + n, size - n, &i);
	n += ran_print(w, peer, IN, peer, text + n, size - n, &i);
	if (i != trace->count)
		snprintf(text + n, size - n, " and more: NOT AS QUERIED");
}
