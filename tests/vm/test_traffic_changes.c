// SPDX-License-Identifier: GPL-2.0
/*
 * While packets flow, devices vanish and arrays of programs change. What single
 * packets meet is printed by tests/datapath.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "datapath.h"

/* A process that sends the test frame from a to b until it is killed, or until
 * it may not any more; what it could send it counts in @sent. It is never more
 * than a batch ahead of @seen, lest a queue overflows.
 */
static pid_t flood(volatile __u64 *sent, volatile __u64 *seen,
		   volatile __u64 *limit)
{
	struct frame frame = test_frame("b", "a");
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(DP_PROTO),
		.sll_ifindex = dev_index("a"),
		.sll_halen = ETH_ALEN,
	};
	pid_t pid;
	int fd;

	fflush(NULL);
	pid = fork();
	if (pid)
		return pid;
	alarm(25);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	memcpy(addr.sll_addr, frame.bytes, ETH_ALEN);
	while (!limit || *sent < *limit) {
		if (seen && *sent - *seen >= 64) {
			usleep(100);
			continue;
		}
		if (sendto(fd, frame.bytes, frame.len, 0, (void *)&addr,
			   sizeof(addr)) == frame.len)
			++*sent;
	}
	_exit(0);
}

static volatile __u64 *shared_counters(void)
{
	void *counters = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (counters == MAP_FAILED)
		fail("mmap: %m");
	return counters;
}

static bool prog_is_alive(__u32 id)
{
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

TEST(device_vanishes)
{
	volatile __u64 *sent = shared_counters();
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	struct prog prog;
	pid_t sender;
	__u64 count;
	int i;

	ns_new();
	prog = prog_step();
	ASSERT_EQ(0, bpf_obj_get_info_by_fd(prog.fd, &info, &len));
	for (i = 0; i < 5; i++) {
		dev_pair("a", "b", -1);
		attach("a", EGRESS, &prog);
		attach("b", INGRESS, &prog);
		count = *sent;
		sender = flood(sent, NULL, NULL);
		EXPECT_TRUE(wait_for(*sent > count + 100));
		ip("link del dev %s\n", i % 2 ? "a" : "b");
		kill(sender, SIGKILL);
		waitpid(sender, NULL, 0);
	}
	EXPECT_LE(*sent, prog.dp->packets);
	/* Nobody holds the program any more. */
	EXPECT_TRUE(prog_is_alive(info.id));
	prog_free(&prog);
	EXPECT_TRUE(wait_for(!prog_is_alive(info.id)));
}

/* 200 changes around a program that must see every single packet. */
TEST(array_changes)
{
	enum { CHANGES = 200 };
	volatile __u64 *shared = shared_counters();
	volatile __u64 *sent = &shared[0], *limit = &shared[1];
	int type[] = { INGRESS, EGRESS }, status, i;
	struct prog all[2], other[2];
	pid_t sender;
	__u64 before;

	ns_new();
	dev_pair("a", "b", -1);
	for (i = 0; i < 2; i++) {
		all[i] = prog_step();
		other[i] = prog_step();
		attach(scene_dev(type[i]), type[i], &all[i]);
	}
	*limit = UINT64_MAX;
	sender = flood(sent, &all[0].dp->packets, limit);
	ASSERT_TRUE(wait_for(*sent > 100));
	for (i = 0; i < CHANGES; i++) {
		/* In turn: attach before or after, replace, detach. */
		int t = i / 3 % 2, err;
		int dev = dev_index(scene_dev(type[t]));
		__u32 where = i / 6 % 2 ? BPF_F_BEFORE : BPF_F_AFTER;

		switch (i % 3) {
		case 0:
			err = sys_prog_attach(dev, type[t], other[0].fd, where,
					      0, all[t].fd, 0);
			break;
		case 1:
			err = sys_prog_attach(dev, type[t], other[1].fd,
					      BPF_F_REPLACE, other[0].fd, 0, 0);
			break;
		default:
			err = sys_prog_detach(dev, type[t], other[1].fd, 0, 0,
					      0);
			break;
		}
		ASSERT_EQ(0, err)
			TH_LOG("change %d", i);
		/* One may have been on its way, the next one meets it. */
		before = *sent;
		ASSERT_TRUE(wait_for(*sent >= before + 2));
	}
	EXPECT_LT(0, other[0].dp->packets);
	EXPECT_LT(0, other[1].dp->packets);
	*limit = 0;
	EXPECT_EQ(sender, waitpid(sender, &status, 0));
	EXPECT_EQ(0, status);
	wait_for(all[0].dp->packets == *sent);
	EXPECT_EQ(*sent, all[0].dp->packets);
	EXPECT_EQ(*sent, all[1].dp->packets);
}

TEST_HARNESS_MAIN
