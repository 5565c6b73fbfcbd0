// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "tc_traffic.h"

void send_ingress(struct tc_traffic *t, long packets)
{
	struct frame frame = test_frame("t", "z");

	while (packets--)
		if (write(t->tap, frame.bytes, 60) != 60)
			fail("writing to the tap device: %m");
}

void send_egress(struct tc_traffic *t, long packets)
{
	struct frame frame = test_frame("z", "u");
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(DP_PROTO),
		.sll_ifindex = t->points[1].ifindex,
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (void *)&addr, sizeof(addr)))
		fail("packet socket: %m");
	while (packets--)
		if (send(fd, frame.bytes, 60, 0) != 60)
			fail("sending: %m");
}

void worker(struct tc_traffic *t, work_fn fn, int id)
{
	long round;
	pid_t pid = fork();

	if (pid < 0)
		fail("fork: %m");
	if (pid) {
		t->workers[t->nr_workers++] = pid;
		return;
	}
	/* It ends with what it began undone, at both points. */
	for (round = 0; round & 3 || !*t->stop; round++)
		if (!fn(t, round & 1, id, round >> 1))
			_exit(1);
	_exit(round < 8 ? 2 : 0);
}

/* With the qdisc going and coming, requests for filters come too late. */
static bool filter_ret_ok(int ret)
{
	return !ret || ret == -EINVAL || ret == -ENOENT || ret == -EEXIST ||
	       ret == -EBUSY;
}

bool work_flower(struct tc_traffic *t, int i, int id, long round)
{
	const struct point *p = &t->points[i];

	return filter_ret_ok(round & 1 ?
			     filter_del(p->ifindex, p->type, 10 + id) :
			     filter_flower(p->ifindex, p->type, 10 + id));
}

bool work_replace_filter(struct tc_traffic *t, int i, int id, long round)
{
	const struct point *p = &t->points[i];

	return filter_ret_ok(filter_bpf(p->ifindex, p->type, PRIO_REPLACED,
					t->replaced[i][round & 1].fd, 0));
}

bool work_qdisc(struct tc_traffic *t, int i, int id, long round)
{
	int ifindex = t->points[i].ifindex;
	int ret = round & 1 ? qdisc_del(ifindex) : qdisc_add(ifindex, "clsact");

	/* -EBUSY: a filter request is under way; the next round meets it. */
	return !ret || ret == -EBUSY || ret == -EEXIST;
}

bool work_other(struct tc_traffic *t, int i, int id, long round)
{
	const struct point *p = &t->points[i];

	return !(round & 1 ?
		 sys_prog_detach(p->ifindex, p->type, t->other[i].fd, 0, 0,
				 0) :
		 sys_prog_attach(p->ifindex, p->type, t->other[i].fd,
				 BPF_F_BEFORE, 0, 0, 0));
}

bool work_replace_plain(struct tc_traffic *t, int i, int id, long round)
{
	const struct point *p = &t->points[i];
	int from = round & 1;

	return !sys_prog_attach(p->ifindex, p->type, t->plain[i][!from].fd,
				BPF_F_REPLACE, t->plain[i][from].fd, 0, 0);
}

bool work_link_update(struct tc_traffic *t, int i, int id, long round)
{
	return !bpf_link_update(t->link[i],
				t->by_link[i][!(round & 1)].fd, NULL);
}

void attach_exact(struct tc_traffic *t)
{
	int i;

	for (i = 0; i < 2; i++) {
		const struct point *p = &t->points[i];

		t->link[i] = sys_link_create(p->ifindex, p->type,
					     t->by_link[i][0].fd, 0, 0, 0);
		if (t->link[i] < 0 ||
		    sys_prog_attach(p->ifindex, p->type, t->plain[i][0].fd,
				    0, 0, 0, 0))
			fail("attaching");
	}
}

int run_traffic(struct tc_traffic *t, long packets)
{
	void (*const senders[])(struct tc_traffic *, long) = {
		send_ingress, send_egress,
	};
	struct timespec begin, end;
	pid_t pids[2];
	int i, status, ret = 0;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (i = 0; i < 2; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			senders[i](t, packets);
			_exit(0);
		}
	}
	for (i = 0; i < 2; i++)
		if (waitpid(pids[i], &status, 0) != pids[i] || status)
			ret = -1;
	clock_gettime(CLOCK_MONOTONIC, &end);
	*t->stop = true;
	for (i = 0; i < t->nr_workers; i++)
		if (waitpid(t->workers[i], &status, 0) != t->workers[i] ||
		    status) {
			fprintf(stderr, "# worker %d: status %#x\n", i, status);
			ret = -1;
		}
	fprintf(stderr, "# %ld packets in each direction in %ld s\n", packets,
		(long)(end.tv_sec - begin.tv_sec));
	return ret;
}

__u64 both(const struct prog *progs)
{
	return progs[0].dp->packets + progs[1].dp->packets;
}

bool no_module_user(const char *module)
{
	char path[96];
	int count = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", module);
	file = fopen(path, "r");
	if (!file)
		return true;
	if (fscanf(file, "%d", &count) != 1)
		count = -1;
	fclose(file);
	return !count;
}

void add_exact_filters(struct tc_traffic *t)
{
	int i;

	for (i = 0; i < 2; i++)
		if (filter_bpf(t->points[i].ifindex, t->points[i].type,
			       PRIO_EXACT, t->exact[i].fd, NLM_F_EXCL))
			fail("adding a filter");
}
