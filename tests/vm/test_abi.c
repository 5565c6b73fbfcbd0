// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls of /dev/tcx as an interface: layout, growth, reserved members,
 * unknown bits, pointers that lead nowhere. What the requests do is tested
 * elsewhere. Module only.
 */
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "compat.h"
#include "memory.h"
#include "point.h"

/* The sizes that the ABI began with; no structure may ever get smaller. */
#define INFO_SIZE	64
#define ATTACH_SIZE	32
#define DETACH_SIZE	32
#define QUERY_SIZE	64

#define LONGEST		((1 << _IOC_SIZEBITS) - 1)

#define KNOWN_FLAGS \
	(BPF_F_REPLACE | BPF_F_BEFORE | BPF_F_AFTER | BPF_F_ID | BPF_F_LINK)

static int wait_for_progs(int node, __u32 wanted)
{
	struct tcx_backport_info info = {};
	int tries;

	for (tries = 0; tries < 500; tries++) {
		if (ioctl(node, TCX_BACKPORT_INFO, &info))
			return -errno;
		if (info.progs == wanted)
			return 0;
		sleep_ms(10);
	}
	return -ETIMEDOUT;
}

FIXTURE(abi) {
	int node;
	struct point point;
	int prog, other;
	size_t page;
	char *arg;	/* one page, below 4 GiB, and a hole after it */
};

FIXTURE_SETUP(abi)
{
	ASSERT_GE(point_new(&self->point), 0);
	self->node = open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_GE(self->node, 0);
	/* It counts all namespaces, and the last case's dies unseen. */
	ASSERT_EQ(0, wait_for_progs(self->node, 0));
	self->prog = cls_load();
	self->other = cls_load();
	ASSERT_GT(self->prog, 0);
	ASSERT_GT(self->other, 0);
	ASSERT_EQ(0, point_attach(&self->point, self->other));
	self->page = sysconf(_SC_PAGESIZE);
	self->arg = page_before_hole();
	ASSERT_NE(NULL, self->arg);
}

FIXTURE_TEARDOWN(abi)
{
}

/* What every refusal must leave behind. */
#define expect_untouched() do {						\
	expect_count(&self->point, 1);					\
	expect_revision(&self->point, 2);				\
} while (0)

static int request(int node, unsigned long cmd, unsigned int size, void *arg)
{
	return ioctl(node, ioctl_resized(cmd, size), arg) ? -errno : 0;
}

TEST_F(abi, layout)
{
#define expect_member(type, member, at, bytes) do {			\
	EXPECT_EQ(at, offsetof(struct tcx_backport_##type, member));	\
	EXPECT_EQ(bytes,						\
		  sizeof(((struct tcx_backport_##type *)0)->member));	\
} while (0)
	expect_member(info, magic, 0, 4);
	expect_member(info, abi, 4, 4);
	expect_member(info, version, 8, 32);
	expect_member(info, features, 40, 8);
	expect_member(info, hook, 48, 4);
	expect_member(info, attach_flags, 52, 4);
	expect_member(info, max_progs, 56, 4);
	expect_member(info, progs, 60, 4);
	EXPECT_LE(INFO_SIZE, sizeof(struct tcx_backport_info));

	expect_member(prog_attach, ifindex, 0, 4);
	expect_member(prog_attach, attach_type, 4, 4);
	expect_member(prog_attach, prog_fd, 8, 4);
	expect_member(prog_attach, flags, 12, 4);
	expect_member(prog_attach, replace_prog_fd, 16, 4);
	expect_member(prog_attach, relative_fd, 20, 4);
	expect_member(prog_attach, relative_id, 20, 4);
	expect_member(prog_attach, expected_revision, 24, 8);
	EXPECT_LE(ATTACH_SIZE, sizeof(struct tcx_backport_prog_attach));

	expect_member(prog_detach, ifindex, 0, 4);
	expect_member(prog_detach, attach_type, 4, 4);
	expect_member(prog_detach, prog_fd, 8, 4);
	expect_member(prog_detach, flags, 12, 4);
	expect_member(prog_detach, relative_fd, 16, 4);
	expect_member(prog_detach, relative_id, 16, 4);
	expect_member(prog_detach, reserved, 20, 4);
	expect_member(prog_detach, expected_revision, 24, 8);
	EXPECT_LE(DETACH_SIZE, sizeof(struct tcx_backport_prog_detach));

	expect_member(prog_query, ifindex, 0, 4);
	expect_member(prog_query, attach_type, 4, 4);
	expect_member(prog_query, query_flags, 8, 4);
	expect_member(prog_query, attach_flags, 12, 4);
	expect_member(prog_query, count, 16, 4);
	expect_member(prog_query, reserved, 20, 4);
	expect_member(prog_query, prog_ids, 24, 8);
	expect_member(prog_query, prog_attach_flags, 32, 8);
	expect_member(prog_query, link_ids, 40, 8);
	expect_member(prog_query, link_attach_flags, 48, 8);
	expect_member(prog_query, revision, 56, 8);
	EXPECT_LE(QUERY_SIZE, sizeof(struct tcx_backport_prog_query));
#undef expect_member

	EXPECT_EQ(46, BPF_TCX_INGRESS);
	EXPECT_EQ(47, BPF_TCX_EGRESS);
	EXPECT_EQ(0x203c, KNOWN_FLAGS);
	EXPECT_EQ(0xb7, _IOC_TYPE(TCX_BACKPORT_INFO));
	EXPECT_EQ(0, _IOC_NR(TCX_BACKPORT_INFO));
	EXPECT_EQ(1, _IOC_NR(TCX_BACKPORT_PROG_ATTACH));
	EXPECT_EQ(2, _IOC_NR(TCX_BACKPORT_PROG_DETACH));
	EXPECT_EQ(3, _IOC_NR(TCX_BACKPORT_PROG_QUERY));
}

TEST_F(abi, node)
{
	struct stat st;

	ASSERT_EQ(0, stat(TCX_BACKPORT_DEVICE, &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0600, st.st_mode & 07777);
	EXPECT_EQ(0, st.st_uid);
	EXPECT_EQ(0, st.st_gid);
	EXPECT_EQ(-1, read(self->node, self->arg, 1));
	EXPECT_EQ(-1, write(self->node, self->arg, 1));
}

TEST_F(abi, info)
{
	struct tcx_backport_info info = {};
	struct point out = { self->point.ifindex, BPF_TCX_EGRESS };
	char version[64] = {};
	int fd;

	ASSERT_EQ(0, request(self->node, TCX_BACKPORT_INFO, sizeof(info),
			     &info));
	EXPECT_EQ(TCX_BACKPORT_MAGIC, info.magic);
	EXPECT_EQ(TCX_BACKPORT_ABI, info.abi);
	EXPECT_EQ(TCX_BACKPORT_FEAT_INGRESS, info.features &
					     TCX_BACKPORT_FEAT_INGRESS);
	EXPECT_EQ(TCX_BACKPORT_FEAT_EGRESS, info.features &
					    TCX_BACKPORT_FEAT_EGRESS);
	EXPECT_TRUE(info.hook == TCX_BACKPORT_HOOK_NETFILTER ||
		    info.hook == TCX_BACKPORT_HOOK_TC);
	EXPECT_EQ(KNOWN_FLAGS, info.attach_flags);
	EXPECT_EQ(TCX_BACKPORT_MAX_PROGS, info.max_progs);
	EXPECT_EQ(1, info.progs);

	fd = open("/sys/module/tcx_backport/version", O_RDONLY);
	ASSERT_GE(fd, 0);
	ASSERT_GT(read(fd, version, sizeof(version) - 1), 0);
	close(fd);
	version[strcspn(version, "\n")] = 0;
	EXPECT_NE(NULL, memchr(info.version, 0, sizeof(info.version)));
	EXPECT_STREQ(version, info.version);

	ASSERT_EQ(0, point_attach(&out, self->prog));
	ASSERT_EQ(0, point_attach(&out, self->other));
	ASSERT_EQ(0, request(self->node, TCX_BACKPORT_INFO, sizeof(info),
			     &info));
	EXPECT_EQ(3, info.progs);
}

TEST_F(abi, no_such_request)
{
	static const unsigned long cmds[] = {
		_IO(TCX_BACKPORT_IOC_MAGIC, 0),
		_IO(TCX_BACKPORT_IOC_MAGIC, 255),
		_IOW(TCX_BACKPORT_IOC_MAGIC, 0x40, struct tcx_backport_info),
		_IOWR(TCX_BACKPORT_IOC_MAGIC, 1,
		      struct tcx_backport_prog_attach),
		_IOR(TCX_BACKPORT_IOC_MAGIC, 3,
		     struct tcx_backport_prog_query),
		_IOR(TCX_BACKPORT_IOC_MAGIC + 1, 0, struct tcx_backport_info),
		0x5401,	/* TCGETS: is it a terminal? */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		errno = 0;
		EXPECT_EQ(-1, ioctl(self->node, cmds[i], self->arg));
		EXPECT_EQ(ENOTTY, errno) {
			TH_LOG("%#lx", cmds[i]);
		}
	}
}

/* The requests that read their argument, each of them valid. */
static const struct {
	const char *name;
	unsigned long cmd;
	unsigned int size;
} requests[] = {
	{ "attach", TCX_BACKPORT_PROG_ATTACH, ATTACH_SIZE },
	{ "detach", TCX_BACKPORT_PROG_DETACH, DETACH_SIZE },
	{ "query", TCX_BACKPORT_PROG_QUERY, QUERY_SIZE },
};

static void fill(char *arg, unsigned long cmd, const struct point *p, int fd)
{
	struct tcx_backport_prog_attach attach = {
		.ifindex = p->ifindex, .attach_type = p->type, .prog_fd = fd,
	};
	struct tcx_backport_prog_detach detach = {
		.ifindex = p->ifindex, .attach_type = p->type, .prog_fd = fd,
	};
	struct tcx_backport_prog_query query = {
		.ifindex = p->ifindex, .attach_type = p->type,
	};

	if (cmd == TCX_BACKPORT_PROG_ATTACH)
		memcpy(arg, &attach, sizeof(attach));
	else if (cmd == TCX_BACKPORT_PROG_DETACH)
		memcpy(arg, &detach, sizeof(detach));
	else
		memcpy(arg, &query, sizeof(query));
}

/* Attach, detach and query in turn: each leaves what the next one needs. */
TEST_F(abi, size)
{
	static const unsigned int extra[] = { 1, 4, 8, 100, LONGEST };
	char *arg = calloc(1, LONGEST);
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		unsigned long cmd = requests[i].cmd;
		unsigned int first = requests[i].size, size;
		__u64 revision = point_query(&self->point).revision;

		fill(arg, cmd, &self->point, self->prog);
		for (size = 0; size < first; size++) {
			EXPECT_EQ(-EINVAL, request(self->node, cmd, size,
						   arg)) {
				TH_LOG("%s of %u", requests[i].name, size);
			}
		}
		for (k = 0; k < ARRAY_SIZE(extra); k++) {
			size = extra[k] == LONGEST ? LONGEST :
			       _IOC_SIZE(cmd) + extra[k];
			arg[size - 1] = 1;
			EXPECT_EQ(-E2BIG, request(self->node, cmd, size,
						  arg)) {
				TH_LOG("%s of %u", requests[i].name, size);
			}
			arg[size - 1] = 0;
		}
		expect_revision(&self->point, revision);

		EXPECT_EQ(0, request(self->node, cmd, first, arg));
		if (cmd == TCX_BACKPORT_PROG_QUERY)
			continue;
		/* The same again, longer. */
		for (k = 0; k < ARRAY_SIZE(extra); k++) {
			if (cmd == TCX_BACKPORT_PROG_ATTACH)
				point_detach(&self->point, self->prog);
			else
				point_attach(&self->point, self->prog);
			size = extra[k] == LONGEST ? LONGEST :
			       _IOC_SIZE(cmd) + extra[k];
			EXPECT_EQ(0, request(self->node, cmd, size, arg)) {
				TH_LOG("%s of %u", requests[i].name, size);
			}
		}
	}
	free(arg);
}

TEST_F(abi, query_of_other_size)
{
	struct {
		struct tcx_backport_prog_query query;
		__u64 tail[2];
	} arg = {
		.query.ifindex = self->point.ifindex,
		.query.attach_type = self->point.type,
	};

	EXPECT_EQ(0, request(self->node, TCX_BACKPORT_PROG_QUERY, sizeof(arg),
			     &arg));
	EXPECT_EQ(1, arg.query.count);
	EXPECT_EQ(2, arg.query.revision);
	EXPECT_EQ(0, arg.tail[0] | arg.tail[1]);

	/* Nothing is written after what was passed. */
	memset(&arg, 0, sizeof(arg));
	arg.query.ifindex = self->point.ifindex;
	arg.query.attach_type = self->point.type;
	memset((char *)&arg + QUERY_SIZE, 0x5a, sizeof(arg) - QUERY_SIZE);
	EXPECT_EQ(0, request(self->node, TCX_BACKPORT_PROG_QUERY, QUERY_SIZE,
			     &arg));
	EXPECT_EQ(1, arg.query.count);
	EXPECT_EQ(0x5a5a5a5a5a5a5a5aULL, arg.tail[1]);
}

TEST_F(abi, info_of_other_size)
{
	struct {
		struct tcx_backport_info info;
		__u64 tail[2];
	} arg;

	/* It is only written: what the caller had there does not matter. */
	memset(&arg, 0x5a, sizeof(arg));
	EXPECT_EQ(0, request(self->node, TCX_BACKPORT_INFO, sizeof(arg),
			     &arg));
	EXPECT_EQ(TCX_BACKPORT_MAGIC, arg.info.magic);
	EXPECT_EQ(1, arg.info.progs);
	EXPECT_EQ(0, arg.tail[0] | arg.tail[1]);

	memset(&arg, 0x5a, sizeof(arg));
	EXPECT_EQ(0, request(self->node, TCX_BACKPORT_INFO, INFO_SIZE, &arg));
	EXPECT_EQ(TCX_BACKPORT_MAGIC, arg.info.magic);
	EXPECT_EQ(0x5a5a5a5a5a5a5a5aULL, arg.tail[1]);

	/* Shorter than the first version: refused, as for every request. */
	memset(&arg, 0x5a, sizeof(arg));
	EXPECT_EQ(-EINVAL, request(self->node, TCX_BACKPORT_INFO,
				   INFO_SIZE - 1, &arg));
	EXPECT_EQ(-EINVAL, request(self->node, TCX_BACKPORT_INFO, 0, &arg));
	EXPECT_EQ(0x5a5a5a5a, arg.info.magic);
}

TEST_F(abi, reserved)
{
	struct tcx_backport_prog_detach detach = {
		.ifindex = self->point.ifindex,
		.attach_type = self->point.type,
		.prog_fd = self->other,
	};
	struct tcx_backport_prog_query query = {
		.ifindex = self->point.ifindex,
		.attach_type = self->point.type,
	};
	int bit;

	for (bit = 0; bit < 32; bit++) {
		detach.reserved = query.reserved = 1U << bit;
		EXPECT_EQ(-EINVAL, request(self->node, TCX_BACKPORT_PROG_DETACH,
					   sizeof(detach), &detach));
		EXPECT_EQ(-EINVAL, request(self->node, TCX_BACKPORT_PROG_QUERY,
					   sizeof(query), &query));
	}
	expect_untouched();
}

TEST_F(abi, unknown_bits)
{
	int ifindex = self->point.ifindex, in = BPF_TCX_INGRESS, type, bit;

	for (bit = 0; bit < 32; bit++) {
		struct sys_query q = { .query_flags = 1U << bit };

		if (!(1U << bit & KNOWN_FLAGS)) {
			__u32 flags = 1U << bit | BPF_F_BEFORE;

			EXPECT_EQ(-EINVAL, sys_prog_attach(ifindex, in,
							   self->prog, flags,
							   0, 0, 0)) {
				TH_LOG("bit %d", bit);
			}
			EXPECT_EQ(-EINVAL, sys_prog_detach(ifindex, in,
							   self->other, flags,
							   0, 0)) {
				TH_LOG("bit %d", bit);
			}
		}
		EXPECT_EQ(-EINVAL, sys_prog_query(ifindex, in, &q));
		q = (struct sys_query){ .attach_flags = 1U << bit };
		EXPECT_EQ(-EINVAL, sys_prog_query(ifindex, in, &q));
	}
	for (type = -1; type < 80; type++) {
		struct point p = { ifindex, type };

		if (type == BPF_TCX_INGRESS || type == BPF_TCX_EGRESS)
			continue;
		EXPECT_EQ(-EINVAL, point_attach(&p, self->prog));
		EXPECT_EQ(-EINVAL, point_detach(&p, self->other));
		EXPECT_EQ(-EINVAL, point_query(&p).ret);
	}
	expect_untouched();
}

TEST_F(abi, bad_pointers)
{
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		unsigned long cmd = requests[i].cmd;
		unsigned int size = _IOC_SIZE(cmd);
		char *cut = self->arg + self->page - size / 2;
		char *whole = self->arg + self->page - size;
		char valid[256] = {};
		void *const bad[] = {
			NULL, (void *)8, self->arg + self->page,
			(void *)-4096L, (void *)0xffff888000000000UL,
			(void *)0x8000000000000000UL, cut,
		};

		fill(valid, cmd, &self->point, self->prog);
		memcpy(cut, valid, size / 2);
		for (k = 0; k < ARRAY_SIZE(bad); k++) {
			EXPECT_EQ(-EFAULT, request(self->node, cmd, size,
						   bad[k])) {
				TH_LOG("%s at %p", requests[i].name, bad[k]);
			}
		}
		/* The tail of a longer argument counts as well. */
		memcpy(whole, valid, size);
		EXPECT_EQ(-EFAULT, request(self->node, cmd, size + 8, whole));
	}
	EXPECT_EQ(-EFAULT, request(self->node, TCX_BACKPORT_INFO, INFO_SIZE,
				   NULL));
	EXPECT_EQ(-EFAULT, request(self->node, TCX_BACKPORT_INFO, INFO_SIZE,
				   self->arg + self->page - INFO_SIZE / 2));
	expect_untouched();
}

/* The argument may be read-only for what is only read. */
TEST_F(abi, read_only_argument)
{
	fill(self->arg, TCX_BACKPORT_PROG_ATTACH, &self->point, self->prog);
	ASSERT_EQ(0, mprotect(self->arg, self->page, PROT_READ));
	EXPECT_EQ(0, request(self->node, TCX_BACKPORT_PROG_ATTACH, ATTACH_SIZE,
			     self->arg));
	EXPECT_EQ(-EFAULT, request(self->node, TCX_BACKPORT_INFO, INFO_SIZE,
				   self->arg));
}

#ifdef __x86_64__
TEST_F(abi, compat)
{
	struct tcx_backport_prog_query *query = (void *)self->arg;
	struct tcx_backport_info *info = (void *)self->arg;
	__u32 *ids = (__u32 *)(self->arg + 1024);

	EXPECT_EQ(0, compat_ioctl(self->node, TCX_BACKPORT_INFO, info));
	EXPECT_EQ(TCX_BACKPORT_MAGIC, info->magic);
	EXPECT_EQ(1, info->progs);

	fill(self->arg, TCX_BACKPORT_PROG_ATTACH, &self->point, self->prog);
	EXPECT_EQ(0, compat_ioctl(self->node, TCX_BACKPORT_PROG_ATTACH,
				  self->arg));
	EXPECT_EQ(-EEXIST, compat_ioctl(self->node, TCX_BACKPORT_PROG_ATTACH,
					self->arg));

	fill(self->arg, TCX_BACKPORT_PROG_QUERY, &self->point, 0);
	query->count = 2;
	query->prog_ids = (uintptr_t)ids;
	EXPECT_EQ(0, compat_ioctl(self->node, TCX_BACKPORT_PROG_QUERY, query));
	EXPECT_EQ(2, query->count);
	EXPECT_EQ(3, query->revision);
	EXPECT_EQ(prog_id(self->other), ids[0]);
	EXPECT_EQ(prog_id(self->prog), ids[1]);

	fill(self->arg, TCX_BACKPORT_PROG_DETACH, &self->point, self->prog);
	EXPECT_EQ(0, compat_ioctl(self->node, TCX_BACKPORT_PROG_DETACH,
				  self->arg));
	EXPECT_EQ(-EFAULT, compat_ioctl(self->node, TCX_BACKPORT_INFO, NULL));
}
#endif

TEST_HARNESS_MAIN
