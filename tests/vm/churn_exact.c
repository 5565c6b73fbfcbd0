// SPDX-License-Identifier: GPL-2.0
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "churn_exact.h"

int marked_counter_load(int map, int base)
{
	const struct bpf_insn insns[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0 },
		{ BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, MARK_OFFSET },
		{ BPF_ALU64 | BPF_ADD | BPF_K, 0, 0, 0, base },
		{ BPF_STX | BPF_MEM | BPF_W, 10, 0, -4, 0 },
		COUNT_AND_PASS(map),
	};

	return insns_load(BPF_PROG_TYPE_SCHED_CLS, insns);
}

int exact_slot(int i, enum stayer stayer)
{
	return (i * STAYERS + stayer) * MARKS;
}

void marked_frame(unsigned char *frame, int mark)
{
	static const unsigned char header[MARK_OFFSET] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5,
	};

	memset(frame, 0, ETH_ZLEN);
	memcpy(frame, header, sizeof(header));
	frame[MARK_OFFSET] = mark;
}

int exact_send(struct exact *e, int i, int mark, int packets)
{
	unsigned char frame[ETH_ZLEN];
	int fd = i ? e->socket : e->tap;

	marked_frame(frame, mark);
	for (; packets; packets--) {
		if (write(fd, frame, sizeof(frame)) != sizeof(frame))
			return -errno;
		e->ledger->sent[i][mark]++;
	}
	return 0;
}

int tap_open(const char *name)
{
	int fd = tun_add(name, 0, IFF_TAP);

	if (fd < 0 || device_up(dev_index(name)))
		fail("no tap device %s", name);
	return fd;
}

int egress_socket(int ifindex)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_ifindex = ifindex,
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (void *)&addr, sizeof(addr)))
		fail("packet socket: %m");
	return fd;
}

void exact_devices(struct exact *e)
{
	memset(e, 0, sizeof(*e));
	e->ledger = mmap(NULL, sizeof(*e->ledger), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (e->ledger == MAP_FAILED)
		fail("mmap: %m");
	e->space = ns_new();
	e->tap = tap_open("t");
	if (dummy_add("u") < 0)
		fail("dummy: %m");
	e->points[0] = (struct point){ dev_index("t"), BPF_TCX_INGRESS };
	e->points[1] = (struct point){ dev_index("u"), BPF_TCX_EGRESS };
	e->socket = egress_socket(e->points[1].ifindex);
}

void exact_stayers(struct exact *e)
{
	int i, k, twin;

	e->counters = counters_create(2 * STAYERS * MARKS);
	for (i = 0; i < 2; i++) {
		const struct point *p = &e->points[i];

		for (k = 0; k < STAYERS; k++) {
			for (twin = 0; twin < 2; twin++) {
				int fd = marked_counter_load(e->counters,
							     exact_slot(i, k));

				if (fd < 0)
					fail("loading: %s", strerror(-fd));
				e->progs[i][k][twin] = fd;
				e->ids[i][k][twin] = prog_id(fd);
			}
		}
		if (change(e, i, 1, point_attach(p, e->progs[i][STAYS][0])) ||
		    change(e, i, 1, point_attach(p, e->progs[i][REPLACED][0])))
			fail("attaching");
		e->links[i] = change(e, i, 1,
				     sys_link_create(p->ifindex, p->type,
						     e->progs[i][UPDATED][0],
						     0, 0, 0));
		if (e->links[i] < 0)
			fail("creating a link: %s", strerror(-e->links[i]));
		e->link_ids[i] = link_id(e->links[i]);
	}
}

void exact_spawn(struct exact *e, const char *name, exact_job job, int id)
{
	int index = e->nr_workers++;
	struct exact_worker w = {
		.e = e,
		.index = index,
		.id = id,
		.seed = e->seed * EXACT_WORKERS + index,
		.rounds = &e->ledger->tales[index].rounds,
	};

	e->workers[index].name = name;
	e->workers[index].pid = fork();
	if (e->workers[index].pid < 0)
		fail("fork: %m");
	if (e->workers[index].pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	job(&w);
	_exit(0);
}

long slab_kib(void)
{
	if (!access("/sys/kernel/debug/kmemleak", F_OK))
		return 0;
	return number_from("cat /proc/meminfo", "SUnreclaim:");
}

long slab_growth(long before)
{
	int tries;

	for (tries = 0; slab_kib() - before > SLAB_LIMIT && tries < 100; tries++)
		sleep_ms(100);
	return slab_kib() - before;
}

void exact_end(struct exact *e)
{
	int i, k;

	for (i = 0; i < 2; i++) {
		close(e->links[i]);
		link_del(e->points[i].ifindex);
		for (k = 0; k < STAYERS; k++) {
			close(e->progs[i][k][0]);
			close(e->progs[i][k][1]);
		}
	}
	close(e->socket);
	close(e->tap);
	close(e->counters);
}
