// SPDX-License-Identifier: GPL-2.0
/*
 * What one sees of a link and of the requests for one: flags and the probes of
 * libraries, info, ids, fdinfo and iterators; and that a refused request, for
 * want of an fd even, leaves nothing. Where a link goes is tested in
 * test_link_order.c, how long it stays in test_link_lifetime.c.
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>

#include <bpf/libbpf.h>

#include "kselftest_harness.h"

#include "link_fixture.h"

TEST_F(link, flags_of_each_interface)
{
	bool ioctls = sys_interface_is_ioctl();
	const __u32 known = BPF_F_REPLACE | BPF_F_BEFORE | BPF_F_AFTER |
			    BPF_F_ID | BPF_F_LINK;
	int bit, fd;

	for (bit = 0; bit < 32; bit++) {
		__u32 flag = 1U << bit;

		if (flag & known)
			continue;
		EXPECT_EQ(-EINVAL, sys_link_create(self->in.ifindex,
						   self->in.type,
						   self->progs[0], flag, 0, 0));
		/* bpf(2) asks what the flags mean together, not each. */
		fd = sys_link_create(self->in.ifindex, self->in.type,
				     self->progs[0], flag | BPF_F_BEFORE, 0, 0);
		if (ioctls) {
			EXPECT_EQ(-EINVAL, fd);
			EXPECT_EQ(-EINVAL,
				  sys_link_create(IFINDEX_NONE, self->in.type,
						  FD_CLOSED, flag, 0, 0));
		} else {
			EXPECT_GT(fd, 0) {
				TH_LOG("flag %#x", flag);
			}
			EXPECT_EQ(-EBADF,
				  sys_link_create(IFINDEX_NONE, self->in.type,
						  FD_CLOSED, flag, 0, 0));
		}
		if (fd >= 0)
			close(fd);
	}
	expect_count(&self->in, 0);
	EXPECT_EQ(self->links, links_count());
}

/* What a library asks in order to find out whether tcx is there. */
TEST_F(link, probe)
{
	int type;

	for (type = BPF_TCX_INGRESS; type <= BPF_TCX_EGRESS; type++) {
		EXPECT_EQ(-ENODEV, sys_link_create(-1, type, self->progs[0], 0,
						   0, 0));
		EXPECT_EQ(-ENODEV, sys_link_create(0, type, self->progs[0], 0,
						   0, 0));
		EXPECT_EQ(-EBADF, sys_link_create(-1, type, FD_CLOSED, 0, 0,
						  0));
		EXPECT_EQ(-EBADF, sys_link_create(-1, type, -1, 0, 0, 0));
	}
}

TEST_F(link, close_on_exec)
{
	int fd = point_link(&self->in, self->progs[0]);

	ASSERT_GT(fd, 0);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
}

TEST_F(link, info)
{
	char junk[80];
	int i;

	for (i = 0; i < 2; i++) {
		const struct point *p = self->points[i];
		int fd = point_link(p, self->progs[i]), len;
		struct tcx_link_info info;

		ASSERT_GT(fd, 0);
		for (len = 24; len <= 64; len += 8) {
			memset(&info, 0, sizeof(info));
			EXPECT_EQ(0, info_get(fd, &info, len));
			EXPECT_EQ(BPF_LINK_TYPE_TCX, info.type);
			EXPECT_GT(info.id, 0);
			EXPECT_EQ(self->ids[i], info.prog_id);
			EXPECT_EQ(p->ifindex, info.ifindex);
			EXPECT_EQ(p->type, info.attach_type);
		}
		/* Written no further than asked for. */
		memset(&info, 0, sizeof(info));
		EXPECT_EQ(0, info_get(fd, &info, 16));
		EXPECT_EQ(0, info.ifindex);
		/* Longer than known: zero after what is known, or refused. */
		memset(junk, 0, sizeof(junk));
		EXPECT_EQ(0, info_get(fd, junk, sizeof(junk)));
		junk[sizeof(junk) - 1] = 1;
		EXPECT_EQ(-E2BIG, info_get(fd, junk, sizeof(junk)));
		EXPECT_EQ(0, tcx_link_update(fd, self->progs[2 + i]));
		EXPECT_EQ(self->ids[2 + i], tcx_link_info(fd).prog_id);
	}
}

TEST_F(link, ids)
{
	int fd = point_link(&self->in, self->progs[0]);
	int other = point_link(&self->out, self->progs[0]);
	int id = link_id(fd), again, seen = 0, next = 0;
	__u32 links[2] = {};
	struct sys_query q = { .count = 2, .prog_ids = links,
			       .link_ids = links };

	ASSERT_GT(fd, 0);
	ASSERT_GT(other, 0);
	EXPECT_NE(id, link_id(other));
	EXPECT_EQ(0, sys_prog_query(self->in.ifindex, self->in.type, &q));
	EXPECT_EQ(1, q.count);
	EXPECT_EQ(id, links[0]);
	while ((next = tcx_link_next_id(next)) > 0)
		seen += next == id || next == link_id(other);
	EXPECT_EQ(-ENOENT, next);
	EXPECT_EQ(2, seen);

	again = tcx_link_by_id(id);
	ASSERT_GT(again, 0);
	EXPECT_EQ(FD_CLOEXEC, fcntl(again, F_GETFD));
	EXPECT_EQ(id, link_id(again));
	EXPECT_EQ(0, tcx_link_update(again, self->progs[1]));
	EXPECT_EQ(self->ids[1], tcx_link_info(fd).prog_id);

	close(fd);
	expect_count(&self->in, 1);
	close(again);
	expect_count(&self->in, 0);
	EXPECT_EQ(-ENOENT, tcx_link_by_id(id));
}

TEST_F(link, fdinfo)
{
	static const size_t steps[] = { 4096, 64, 7, 1 };
	char text[1024], want[1024];
	size_t s;
	int i;

	for (i = 0; i < 2; i++) {
		struct point p = *self->points[i];
		int fd = point_link(&p, self->progs[i]);

		ASSERT_GT(fd, 0);
		fdinfo_expected(fd, &p, self->progs[i], want, sizeof(want));
		for (s = 0; s < ARRAY_SIZE(steps); s++) {
			ASSERT_EQ(0, fdinfo_read(fd, text, sizeof(text),
						 steps[s]));
			ASSERT_NE(NULL, strstr(text, "link_type"));
			EXPECT_STREQ(want, strstr(text, "link_type"));
			EXPECT_EQ(0, strncmp(text, "pos:\t0\n", 7));
		}
		EXPECT_EQ(0, tcx_link_detach(fd));
		p.ifindex = 0;
		fdinfo_expected(fd, &p, self->progs[i], want, sizeof(want));
		ASSERT_EQ(0, fdinfo_read(fd, text, sizeof(text), 4096));
		EXPECT_STREQ(want, strstr(text, "link_type"));
	}
}

#define READERS		4
#define READS		2000

struct reader {
	int fd;
	const char *head;	/* what does not change */
	const char *tail;
	unsigned int bad;
	pthread_t thread;
};

static void *read_fdinfo(void *arg)
{
	struct reader *r = arg;
	char text[1024], *head;
	int i;

	for (i = 0; i < READS; i++) {
		if (fdinfo_read(r->fd, text, sizeof(text), 4096)) {
			r->bad++;
			continue;
		}
		head = strstr(text, "link_type");
		if (!head || strncmp(head, r->head, strlen(r->head)) ||
		    !strstr(head, r->tail))
			r->bad++;
	}
	return NULL;
}

/* Many readers at once, of a link that gets other programs meanwhile. */
TEST_F_TIMEOUT(link, fdinfo_concurrently, LONG)
{
	struct reader readers[READERS];
	char head[64], tail[64];
	int fd, i;

	fd = point_link(&self->in, self->progs[0]);
	ASSERT_GT(fd, 0);
	snprintf(head, sizeof(head), "link_type:\ttcx\nlink_id:\t%d\nprog_tag:",
		 link_id(fd));
	snprintf(tail, sizeof(tail),
		 "\nifindex:\t%d\nattach_type:\t46 (ingress)\n",
		 self->in.ifindex);
	for (i = 0; i < READERS; i++) {
		readers[i] = (struct reader){ fd, head, tail };
		ASSERT_EQ(0, pthread_create(&readers[i].thread, NULL,
					    read_fdinfo, &readers[i]));
	}
	for (i = 0; i < 500; i++)
		EXPECT_EQ(0, tcx_link_update(fd, self->progs[i & 1]));
	for (i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		EXPECT_EQ(0, readers[i].bad);
	}
}

/* An iterator over all links (5.19) that writes the id of each. */
static int iter_load(void)
{
	const struct bpf_insn insns[] = {
		/* r6 = ctx->meta, r7 = ctx->link; none at the end */
		{ BPF_LDX | BPF_MEM | BPF_DW, 6, 1, 0, 0 },
		{ BPF_LDX | BPF_MEM | BPF_DW, 7, 1, 8, 0 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 7, 0 },
		/* bpf_seq_write(meta->seq, &link->id, 4) */
		{ BPF_LDX | BPF_MEM | BPF_DW, 1, 6, 0, 0 },
		{ BPF_LDX | BPF_MEM | BPF_W, 7, 7, 8, 0 },
		{ BPF_STX | BPF_MEM | BPF_W, 10, 7, -4, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 4 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_seq_write },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT },
	};
	int id = libbpf_find_vmlinux_btf_id("bpf_link", BPF_TRACE_ITER);

	if (id < 0)
		return -ENOENT;
	return insns_load(BPF_PROG_TYPE_TRACING, insns,
			  .expected_attach_type = BPF_TRACE_ITER,
			  .attach_btf_id = id);
}

static int iter_link_create(int prog_fd)
{
	union bpf_attr attr = {
		.link_create.prog_fd = prog_fd,
		.link_create.attach_type = BPF_TRACE_ITER,
	};

	return sys_bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
}

static int iter_open(int link)
{
	union bpf_attr attr = { .iter_create.link_fd = link };

	return sys_bpf(BPF_ITER_CREATE, &attr, sizeof(attr));
}

TEST_F(link, iterator)
{
	int fds[20], prog, link, iter, seen = 0, i, k, round;
	__u32 ids[64];
	ssize_t n;

	libbpf_set_print(NULL);
	prog = iter_load();
	if (prog == -ENOENT) {
		TH_LOG("this kernel has no iterator over links");
		return;
	}
	ASSERT_GT(prog, 0);
	for (i = 0; i < 20; i++) {
		fds[i] = point_link(self->points[i & 1], cls_load());
		ASSERT_GT(fds[i], 0);
	}
	ASSERT_EQ(0, tcx_link_detach(fds[0]));
	link = iter_link_create(prog);
	ASSERT_GT(link, 0);
	/* Whole, and in pieces between which links go. */
	for (round = 0; round < 2; round++) {
		iter = iter_open(link);
		ASSERT_GT(iter, 0);
		n = read(iter, ids, round ? 4 : sizeof(ids));
		ASSERT_GT(n, 0);
		for (i = 0; !round && i < 20; i++)
			for (k = 0; k < n / 4; k++)
				seen += (int)ids[k] == link_id(fds[i]);
		for (i = 0; round && i < 20; i++) {
			close(fds[i]);
			EXPECT_GE(read(iter, ids, 4), 0);
		}
		close(iter);
	}
	EXPECT_EQ(20, seen);
	close(link);
	EXPECT_EQ(self->links, links_settle(self->links));
}

/* No fd left: refused where native tcx finds out, and nothing is left. */
TEST_F(link, no_fd_left)
{
	const struct point *p = &self->in;
	struct rlimit limit;
	int first, fd, i, id;

	ASSERT_EQ(0, point_attach(p, self->progs[0]));
	fd = point_link(&self->out, self->progs[1]);
	ASSERT_GT(fd, 0);
	id = link_id(fd);
	first = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ASSERT_GT(first, 0);
	close(first);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = first;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));

	const struct {
		int ifindex, prog;
		__u32 flags, relative;
		__u64 revision;
		int ret;
	} rows[] = {
		{ p->ifindex, self->progs[2], 0, 0, 0, -EMFILE },
		{ p->ifindex, self->progs[2], BPF_F_AFTER, self->progs[0], 0,
		  -EMFILE },
		{ p->ifindex, self->progs[2], BPF_F_AFTER | BPF_F_LINK, fd, 0,
		  -EMFILE },
		{ p->ifindex, self->progs[2], BPF_F_AFTER | BPF_F_LINK |
		  BPF_F_ID, id, 0, -EMFILE },
		/* Known before what the attach point says, after the device. */
		{ p->ifindex, self->progs[0], 0, 0, 0, -EMFILE },
		{ p->ifindex, self->progs[2], 0, 0, 9, -EMFILE },
		{ p->ifindex, self->progs[2], BPF_F_BEFORE, FD_CLOSED, 0,
		  -EMFILE },
		{ p->ifindex, self->progs[2], BPF_F_REPLACE, 0, 0, -EMFILE },
		{ IFINDEX_NONE, self->progs[2], 0, 0, 0, -ENODEV },
		{ p->ifindex, FD_CLOSED, 0, 0, 0, -EBADF },
	};

	for (i = 0; i < (int)ARRAY_SIZE(rows) * 10; i++) {
		int k = i % ARRAY_SIZE(rows);

		EXPECT_EQ(rows[k].ret,
			  sys_link_create(rows[k].ifindex, p->type,
					  rows[k].prog, rows[k].flags,
					  rows[k].relative,
					  rows[k].revision)) {
			TH_LOG("row %d", k);
		}
	}
	limit.rlim_cur = limit.rlim_max;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	expect_count(p, 1);
	expect_revision(p, 2);
	EXPECT_EQ(self->links + 1, links_count());
	forget_prog(2);
	EXPECT_TRUE(prog_gone(self->ids[2]));

	/* The anchor was given back, too. */
	forget_prog(1);
	close(fd);
	EXPECT_TRUE(prog_gone(self->ids[1]));
	expect_count(&self->out, 0);
}

/* Whatever a refused request has looked up it gives back. */
TEST_F(link, refused_leaves_nothing)
{
	int anchor = point_link(&self->in, self->progs[1]), i;
	int stray = point_link(&self->out, self->progs[2]);
	int id = link_id(anchor), fds;

	ASSERT_GT(anchor, 0);
	ASSERT_GT(stray, 0);

	const struct {
		int ifindex;
		__u32 flags, relative;
		__u64 revision;
		int ret;
	} rows[] = {
		{ IFINDEX_NONE, BPF_F_AFTER | BPF_F_LINK, anchor, 0, -ENODEV },
		{ self->in.ifindex, BPF_F_AFTER | BPF_F_LINK, anchor, 9,
		  -ESTALE },
		{ self->in.ifindex, BPF_F_AFTER | BPF_F_LINK | BPF_F_ID, id, 9,
		  -ESTALE },
		{ self->in.ifindex, BPF_F_AFTER | BPF_F_LINK, stray, 0,
		  -ENOENT },
		{ self->in.ifindex, BPF_F_AFTER | BPF_F_BEFORE | BPF_F_LINK,
		  anchor, 0, -ERANGE },
		{ self->in.ifindex, BPF_F_AFTER | BPF_F_BEFORE,
		  self->progs[1], 0, -ERANGE },
		{ self->in.ifindex, BPF_F_LINK, anchor, 0, -EINVAL },
		{ self->in.ifindex, BPF_F_ID, self->ids[1], 0, -EINVAL },
		{ self->in.ifindex, BPF_F_REPLACE | BPF_F_LINK, anchor, 0,
		  -ENOENT },
	};

	fds = fds_count();
	for (i = 0; i < (int)ARRAY_SIZE(rows) * 20; i++) {
		int k = i % ARRAY_SIZE(rows);

		EXPECT_EQ(rows[k].ret,
			  sys_link_create(rows[k].ifindex, self->in.type,
					  self->progs[0], rows[k].flags,
					  rows[k].relative,
					  rows[k].revision)) {
			TH_LOG("row %d", k);
		}
	}
	EXPECT_EQ(fds, fds_count());
	EXPECT_EQ(self->links + 2, links_count());
	for (i = 0; i < 3; i++)
		forget_prog(i);
	EXPECT_TRUE(prog_gone(self->ids[0]));
	close(anchor);
	close(stray);
	EXPECT_TRUE(prog_gone(self->ids[1]));
	EXPECT_TRUE(prog_gone(self->ids[2]));
	expect_count(&self->in, 0);
}

TEST_HARNESS_MAIN
