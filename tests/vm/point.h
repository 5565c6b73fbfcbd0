/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An attach point and its links as a test sees them. Include it behind
 * kselftest_harness.h: the expectations report through the harness.
 */
#ifndef TESTS_VM_POINT_H
#define TESTS_VM_POINT_H

#include "bpf_progs.h"
#include "netns.h"

/* An ifindex that no namespace of these tests has. */
#define IFINDEX_NONE	0x7ffffff0

/* An fd that is not open. */
#define FD_CLOSED	900

struct point {
	int ifindex;
	int type;	/* BPF_TCX_INGRESS or BPF_TCX_EGRESS */
};

struct point_state {
	int ret;
	__u32 count;
	__u64 revision;
	__u32 ids[64];
};

/* Enters a new namespace, of which this returns an fd; @p becomes the ingress
 * of its only device.
 */
static inline int point_new(struct point *p)
{
	int space = netns_new();

	if (space < 0)
		return space;
	*p = (struct point){ dummy_add("dev"), BPF_TCX_INGRESS };
	return p->ifindex < 0 ? p->ifindex : space;
}

static inline struct point_state point_query(const struct point *p)
{
	struct point_state state = {};
	struct sys_query q = { .count = 64, .prog_ids = state.ids };

	state.ret = sys_prog_query(p->ifindex, p->type, &q);
	state.count = q.count;
	state.revision = q.revision;
	return state;
}

static inline int point_attach(const struct point *p, int prog_fd)
{
	return sys_prog_attach(p->ifindex, p->type, prog_fd, 0, 0, 0, 0);
}

static inline int point_detach(const struct point *p, int prog_fd)
{
	return sys_prog_detach(p->ifindex, p->type, prog_fd, 0, 0, 0);
}

/* Returns the link's fd. */
static inline int point_link(const struct point *p, int prog_fd)
{
	return sys_link_create(p->ifindex, p->type, prog_fd, 0, 0, 0);
}

/* /proc/self/fdinfo in reads of @step bytes. */
static inline int fdinfo_read(int fd, char *text, size_t size, size_t step)
{
	char path[64];
	size_t len = 0;
	ssize_t n;
	int file;

	snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", fd);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -errno;
	do {
		n = read(file, text + len, step < size - 1 - len ?
					   step : size - 1 - len);
		len += n > 0 ? n : 0;
	} while (n > 0);
	close(file);
	text[len] = '\0';
	return n < 0 ? -errno : 0;
}

/* What bpf(2) adds to a file's lines, as native tcx words it. */
static inline void fdinfo_expected(int fd, const struct point *p, int prog_fd,
				   char *text, size_t size)
{
	struct bpf_prog_info info = {};
	char tag[2 * BPF_TAG_SIZE + 1];
	int i;

	info_get(prog_fd, &info, sizeof(info));
	for (i = 0; i < BPF_TAG_SIZE; i++)
		sprintf(tag + 2 * i, "%02x", info.tag[i]);
	snprintf(text, size,
		 "link_type:\ttcx\nlink_id:\t%d\nprog_tag:\t%s\n"
		 "prog_id:\t%u\nifindex:\t%d\nattach_type:\t%d (%s)\n",
		 link_id(fd), tag, info.id, p->ifindex, p->type,
		 p->type == BPF_TCX_INGRESS ? "ingress" : "egress");
}

#define expect_count(point, want) do {					\
	struct point_state __state = point_query(point);		\
									\
	EXPECT_EQ(0, __state.ret);					\
	EXPECT_EQ(want, __state.count);					\
} while (0)

#define expect_revision(point, want) do {				\
	struct point_state __state = point_query(point);		\
									\
	EXPECT_EQ(0, __state.ret);					\
	EXPECT_EQ(want, __state.revision);				\
} while (0)

#endif /* TESTS_VM_POINT_H */
