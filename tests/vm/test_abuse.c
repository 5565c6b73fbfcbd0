// SPDX-License-Identifier: GPL-2.0
/*
 * Callers who mean no good, or do not know what they do: memory that comes and
 * goes under a request, descriptors closed and exchanged in the middle of it,
 * sizes and numbers that nobody needs, requests from inside a container and
 * from whoever was handed a program. Each is answered as natively, nothing is
 * left of it, and nothing is disclosed: what comes back is ids, the count and
 * the revision, and no byte beside them.
 *
 *   ABUSE_SECONDS	how long each race takes (5)
 *
 * Kept to what the others do not have: test_authority asks who may do what,
 * test_abi and test_bpf_syscall what a single bad request gets.
 */
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "bpf_attr.h"
#include "link.h"
#include "netns.h"

#define SECONDS		5
#define SENTINEL	0x5a
#define SENTINEL_ID	0x5a5a5a5aU
#define LONG		120	/* seconds that a case may take on a busy host */

/* What all requests have in common, whatever the door. */
struct ask {
	__u32 ifindex, type;
	__u32 prog_fd, flags, replace_fd, relative;
	/* A query's. */
	__u32 count;
	__u32 *prog_ids, *prog_flags, *link_ids, *link_flags;
};

static const unsigned long ioctls[REQUESTS] = {
	[ATTACH] = TCX_BACKPORT_PROG_ATTACH,
	[DETACH] = TCX_BACKPORT_PROG_DETACH,
	[QUERY] = TCX_BACKPORT_PROG_QUERY,
	[LINK_CREATE] = TCX_BACKPORT_LINK_CREATE,
};

static struct ask ask_of(const struct point *p, int prog_fd)
{
	return (struct ask){
		.ifindex = p->ifindex, .type = p->type, .prog_fd = prog_fd,
	};
}

/* Writes the request as its door wants it; returns how long it is. */
static unsigned int ask_ioctl(enum request request, const struct ask *ask,
			      void *at)
{
	const struct tcx_backport_prog_attach attach = {
		.ifindex = ask->ifindex,
		.attach_type = ask->type,
		.prog_fd = ask->prog_fd,
		.flags = ask->flags,
		.replace_prog_fd = ask->replace_fd,
		.relative_fd = ask->relative,
	};
	const struct tcx_backport_prog_query query = {
		.ifindex = ask->ifindex,
		.attach_type = ask->type,
		.count = ask->count,
		.prog_ids = (uintptr_t)ask->prog_ids,
		.prog_attach_flags = (uintptr_t)ask->prog_flags,
		.link_ids = (uintptr_t)ask->link_ids,
		.link_attach_flags = (uintptr_t)ask->link_flags,
	};
	/* That of a detach is the same. */
	const struct tcx_backport_link_create link = {
		.ifindex = ask->ifindex,
		.attach_type = ask->type,
		.prog_fd = ask->prog_fd,
		.flags = ask->flags,
		.relative_fd = ask->relative,
	};

	switch (request) {
	case ATTACH:
		memcpy(at, &attach, sizeof(attach));
		return sizeof(attach);
	case QUERY:
		memcpy(at, &query, sizeof(query));
		return sizeof(query);
	default:
		memcpy(at, &link, sizeof(link));
		return sizeof(link);
	}
}

static unsigned int ask_bpf(enum request request, const struct ask *ask,
			    void *at)
{
	const struct point p = { ask->ifindex, ask->type };
	union sys_attr attr = attr_of(request, &p, ask->prog_fd);

	switch (request) {
	case QUERY:
		attr.query.count = ask->count;
		attr.query.prog_ids = (uintptr_t)ask->prog_ids;
		attr.query.prog_attach_flags = (uintptr_t)ask->prog_flags;
		attr.query.link_ids = (uintptr_t)ask->link_ids;
		attr.query.link_attach_flags = (uintptr_t)ask->link_flags;
		memcpy(at, &attr, sizeof(attr.query));
		return sizeof(attr.query);
	case LINK_CREATE:
		attr.link_create.flags = ask->flags;
		attr.link_create.relative = ask->relative;
		memcpy(at, &attr, sizeof(attr.link_create));
		return sizeof(attr.link_create);
	default:
		attr.attach.attach_flags = ask->flags;
		attr.attach.replace_bpf_fd = ask->replace_fd;
		attr.attach.relative = ask->relative;
		memcpy(at, &attr, sizeof(attr.attach));
		return sizeof(attr.attach);
	}
}

static unsigned int ask_write(enum request request, const struct ask *ask,
			      void *at)
{
	return sys_door_is_ioctl() ? ask_ioctl(request, ask, at) :
				     ask_bpf(request, ask, at);
}

/* -1 where there is none. */
static int door_open(void)
{
	return sys_door_is_ioctl() ?
	       open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC) : -1;
}

static int issue(int door, enum request request, void *at, unsigned int size)
{
	unsigned long cmd = ioctls[request];
	int ret;

	if (!sys_door_is_ioctl())
		return sys_bpf(requests[request].cmd, at, size);
	ret = ioctl(door, (cmd & ~((unsigned long)_IOC_SIZEMASK <<
				   _IOC_SIZESHIFT)) |
			  (unsigned long)size << _IOC_SIZESHIFT, at);
	return ret < 0 ? -errno : ret;
}

static int ask(int door, enum request request, const struct ask *what)
{
	char at[256] = {};
	unsigned int size = ask_write(request, what, at);

	return issue(door, request, at, size);
}

/* Is an answer one of those listed? Success always is. */
#define allowed(ret, ...) ({						\
	static const int __list[] = { __VA_ARGS__ };			\
	bool __found = (ret) >= 0;					\
	size_t __i;							\
									\
	for (__i = 0; __i < ARRAY_SIZE(__list); __i++)			\
		__found |= (ret) == -__list[__i];			\
	__found;							\
})

/* Threads that all stop after a while, and say what went wrong. */
#define THREADS		8

struct gang {
	_Atomic bool stop;
	_Atomic int line, ret;	/* of the first that went wrong */
	pthread_t threads[THREADS];
	int nr;
};

#define gang_must(gang, cond, value) do {				\
	if (!(cond) && !(gang)->line) {					\
		(gang)->ret = (value);					\
		(gang)->line = __LINE__;				\
	}								\
} while (0)

#define gang_start(gang, fn, arg)					\
	ASSERT_EQ(0, pthread_create(&(gang)->threads[(gang)->nr++],	\
				    NULL, fn, arg))

#define gang_run(gang) do {						\
	int __left = env_number("ABUSE_SECONDS", SECONDS) * 20, __i;	\
									\
	while (__left-- && !(gang)->line)				\
		sleep_ms(50);						\
	(gang)->stop = true;						\
	for (__i = 0; __i < (gang)->nr; __i++)				\
		ASSERT_EQ(0, pthread_join((gang)->threads[__i], NULL));	\
	EXPECT_EQ(0, (gang)->line) {					\
		TH_LOG("line %d: %d", (gang)->line, (gang)->ret);	\
	}								\
} while (0)

static unsigned int step(unsigned int *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

/* ---- memory ---------------------------------------------------------------
 *
 * Two pages that are unmapped, mapped again and made inaccessible, all the
 * time; requests and results lie across the border between them. The pages are
 * those of a file that is mapped a second time, where they can be looked at.
 */
#define RESIDENTS	6
#define ISSUERS		3

FIXTURE(memory) {
	struct gang gang;
	struct point point;
	size_t page;
	int door, file;
	char *shaky[ISSUERS], *firm[ISSUERS];
	int residents[RESIDENTS];
	int progs[ISSUERS];
	__u32 ids[RESIDENTS + ISSUERS];
	int next;
	unsigned long served, faults;
};

typedef FIXTURE_DATA(memory) memory_data;

FIXTURE_SETUP(memory)
{
	int i;

	ASSERT_GE(netns_new(), 0);
	self->point = (struct point){ dummy_add("dev"), BPF_TCX_INGRESS };
	ASSERT_GT(self->point.ifindex, 0);
	self->door = door_open();
	for (i = 0; i < RESIDENTS; i++) {
		self->residents[i] = cls_load();
		ASSERT_EQ(0, point_attach(&self->point, self->residents[i]));
		self->ids[i] = prog_id(self->residents[i]);
	}
	for (i = 0; i < ISSUERS; i++) {
		self->progs[i] = cls_load();
		ASSERT_GT(self->progs[i], 0);
		self->ids[RESIDENTS + i] = prog_id(self->progs[i]);
	}
	self->page = sysconf(_SC_PAGESIZE);
	self->file = memfd_create("shaky", MFD_CLOEXEC);
	ASSERT_EQ(0, ftruncate(self->file, ISSUERS * 2 * self->page));
	for (i = 0; i < ISSUERS; i++) {
		off_t offset = i * 2 * self->page;

		self->shaky[i] = mmap(NULL, 2 * self->page,
				      PROT_READ | PROT_WRITE, MAP_SHARED,
				      self->file, offset);
		self->firm[i] = mmap(NULL, 2 * self->page,
				     PROT_READ | PROT_WRITE, MAP_SHARED,
				     self->file, offset);
		ASSERT_NE(MAP_FAILED, (void *)self->shaky[i]);
		ASSERT_NE(MAP_FAILED, (void *)self->firm[i]);
	}
}

FIXTURE_TEARDOWN(memory)
{
}

/* Nothing else is mapped meanwhile, so that the hole stays one. */
static void *shaker(void *arg)
{
	memory_data *self = arg;
	unsigned int state = 1;

	while (!self->gang.stop) {
		int i = step(&state) % ISSUERS;
		size_t which = step(&state) % 2;
		char *at = self->shaky[i] + which * self->page;
		off_t offset = (2 * i + which) * self->page;

		switch (step(&state) % 4) {
		case 0:
			mprotect(at, self->page, PROT_NONE);
			break;
		case 1:
			mprotect(at, self->page, PROT_READ);
			break;
		case 2:
			munmap(at, self->page);
			break;
		}
		if (step(&state) % 2)
			sched_yield();
		gang_must(&self->gang,
			  mmap(at, self->page, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_FIXED, self->file, offset) ==
			  (void *)at, errno);
		/* Gone from the page table, though not from the file. */
		madvise(at, self->page, MADV_DONTNEED);
	}
	return NULL;
}

/* So many bytes before the border. */
static char *across(memory_data *self, char *pages, size_t bytes)
{
	return pages + self->page - bytes;
}

enum { IDS, FLAGS, LINKS, LINK_FLAGS, ARRAYS };

/* Tests before this one may have made millions. */
#define LINK_ID_MAX	(1U << 26)

/* The first are the residents, then come programs of the issuers, some of them
 * by links, which nobody else makes.
 */
static bool entry_fits(const memory_data *self, int array, unsigned int n,
		       __u32 value)
{
	int i;

	if (n < RESIDENTS)
		return value == (array == IDS ? self->ids[n] : 0);
	if (array == LINKS)
		return value < LINK_ID_MAX;
	if (array != IDS)
		return !value;
	for (i = 0; i < ISSUERS; i++)
		if (self->ids[RESIDENTS + i] == value)
			return true;
	return false;
}

static void memory_query(memory_data *self, int i, unsigned int *state)
{
	const unsigned int capacity = 2 * (RESIDENTS + ISSUERS);
	char *shaky = self->shaky[i], *firm = self->firm[i];
	unsigned int size, k, n, split = step(state) % 72;
	struct ask what = ask_of(&self->point, 0);
	__u32 *arrays[ARRAYS];
	char before[256] = {};
	__u32 count = 0;
	int ret;

	/* Arrays before and behind the request, one of them across the border
	 * whenever the request is not.
	 */
	memset(firm, SENTINEL, 2 * self->page);
	for (k = 0; k < ARRAYS; k++)
		arrays[k] = (__u32 *)(step(state) % 2 ?
				      shaky + 256 + k * 256 :
				      across(self, shaky, 16) + 256 + k * 256);
	if (split == 0)
		arrays[step(state) % ARRAYS] =
			(__u32 *)across(self, shaky, 12);
	what.count = capacity;
	what.prog_ids = arrays[IDS];
	what.prog_flags = arrays[FLAGS];
	what.link_ids = arrays[LINKS];
	what.link_flags = arrays[LINK_FLAGS];
	if (split == 0)
		split = 1000;
	size = ask_write(QUERY, &what, before);
	memcpy(across(self, firm, split), before, size);

	ret = issue(self->door, QUERY, across(self, shaky, split), size);
	gang_must(&self->gang, allowed(ret, EFAULT), ret);
	if (ret == 0)
		self->served++;
	else
		self->faults++;

	/* What has become of the fixed part: the count may be new. */
	if (sys_door_is_ioctl()) {
		struct tcx_backport_prog_query q;

		memcpy(&q, across(self, firm, split), sizeof(q));
		count = q.count;
	} else {
		union sys_attr attr;

		memcpy(&attr, across(self, firm, split), sizeof(attr.query));
		count = attr.query.count;
	}
	gang_must(&self->gang, count == capacity ||
		  (count >= RESIDENTS && count <= RESIDENTS + ISSUERS), count);
	gang_must(&self->gang, ret || count != capacity, count);

	for (k = 0; k < ARRAYS; k++) {
		__u32 *at = (__u32 *)(firm + ((char *)arrays[k] - shaky));

		for (n = 0; n < capacity; n++) {
			if (!ret && n < count)
				gang_must(&self->gang,
					  entry_fits(self, k, n, at[n]), at[n]);
			else if (n >= RESIDENTS + ISSUERS || !ret)
				gang_must(&self->gang, at[n] == SENTINEL_ID,
					  at[n]);
		}
	}
	/* And around it. */
	for (n = 0; n < 64; n++) {
		char *behind = across(self, firm, split) + size;

		gang_must(&self->gang, behind[n] == SENTINEL, behind[n]);
	}
}

static void *memory_issuer(void *arg)
{
	memory_data *self = arg;
	int i = self->next++;
	char *shaky = self->shaky[i], *firm = self->firm[i];
	struct ask what = ask_of(&self->point, self->progs[i]);
	unsigned int state = i, size, split;
	int ret;

	while (!self->gang.stop) {
		enum request request = step(&state) % REQUESTS;

		if (request == QUERY) {
			memory_query(self, i, &state);
			continue;
		}
		split = step(&state) % 48;
		size = ask_write(request, &what, across(self, firm, split));
		ret = issue(self->door, request, across(self, shaky, split),
			    size);
		gang_must(&self->gang, allowed(ret, EFAULT, EEXIST, ENOENT),
			  ret);
		if (request == LINK_CREATE && ret >= 0)
			close(ret);
	}
	return NULL;
}

TEST_F_TIMEOUT(memory, comes_and_goes, LONG)
{
	struct point_state state;
	int i;

	gang_start(&self->gang, shaker, self);
	for (i = 0; i < ISSUERS; i++) {
		gang_start(&self->gang, memory_issuer, self);
		while (self->next == i)
			sched_yield();
	}
	gang_run(&self->gang);
	TH_LOG("queries: %lu served, %lu with a fault", self->served,
	       self->faults);
	EXPECT_GT(self->served, 10);
	EXPECT_GT(self->faults, 10);

	/* Whatever failed, failed whole. */
	for (i = 0; i < ISSUERS; i++)
		point_detach(&self->point, self->progs[i]);
	state = point_query(&self->point);
	EXPECT_EQ(RESIDENTS, state.count);
	EXPECT_EQ(0, memcmp(state.ids, self->ids,
			    RESIDENTS * sizeof(state.ids[0])));
	for (i = 0; i < ISSUERS; i++) {
		close(self->progs[i]);
		EXPECT_TRUE(prog_gone(self->ids[RESIDENTS + i]));
	}
}

/* Room for more than there is: what is behind the last one stays as it was. */
TEST_F(memory, more_room_than_programs)
{
	static const __u32 rooms[] = {
		RESIDENTS, RESIDENTS + 1, 63, 64, 65, 1000, 0x3fffffff,
		0x40000000, 0x40000001, 0x7fffffff, 0x80000000, 0xffffffff,
	};
	__u32 arrays[4][1024];
	size_t k, n, i;

	for (k = 0; k < ARRAY_SIZE(rooms); k++) {
		struct sys_query q = {
			.count = rooms[k],
			.prog_ids = arrays[0],
			.prog_attach_flags = arrays[1],
			.link_ids = arrays[2],
			.link_attach_flags = arrays[3],
		};

		memset(arrays, SENTINEL, sizeof(arrays));
		EXPECT_EQ(0, sys_prog_query(self->point.ifindex,
					    self->point.type, &q));
		EXPECT_EQ(RESIDENTS, q.count);
		for (n = 0; n < RESIDENTS; n++) {
			EXPECT_EQ(self->ids[n], arrays[0][n]);
			for (i = 1; i < 4; i++) {
				EXPECT_EQ(0, arrays[i][n]);
			}
		}
		for (i = 0; i < 4; i++) {
			for (n = RESIDENTS; n < 1024; n++) {
				ASSERT_EQ(SENTINEL_ID, arrays[i][n]) {
					TH_LOG("room for %u, array %zu, entry %zu",
					       rooms[k], i, n);
				}
			}
		}
	}
}

/* Results where the request is, and in each other's place: later ones win. */
TEST_F(memory, overlapping)
{
	char *at = self->firm[0];
	struct ask what = ask_of(&self->point, 0);
	__u32 *words = (__u32 *)at;
	unsigned int size;
	int i;

	what.count = RESIDENTS;
	what.prog_ids = words;
	size = ask_write(QUERY, &what, at);
	EXPECT_EQ(0, issue(self->door, QUERY, at, size));
	for (i = 0; i < RESIDENTS; i++) {
		EXPECT_EQ(self->ids[i], words[i]);
	}

	what.prog_ids = words + 128;
	what.link_ids = words + 128;
	memset(words + 128, SENTINEL, 256);
	size = ask_write(QUERY, &what, at);
	EXPECT_EQ(0, issue(self->door, QUERY, at, size));
	for (i = 0; i < RESIDENTS; i++) {
		EXPECT_EQ(0, words[128 + i]);
	}
	EXPECT_EQ(SENTINEL_ID, words[128 + RESIDENTS]);
}

/* Results in memory that is the kernel's, or nobody's. */
TEST_F(memory, not_the_callers)
{
	static const unsigned long places[] = {
		8, 0x7ffffffff000, 0x8000000000000000, 0xffff888000000000,
		0xffffffff81000000, 0xfffffffffffff000, 0xfffffffffffffffc,
	};
	__u32 ids[RESIDENTS];
	size_t k, n;

	for (k = 0; k < ARRAY_SIZE(places); k++) {
		__u32 *bad = (__u32 *)places[k];

		for (n = 0; n < 4; n++) {
			struct ask what = ask_of(&self->point, 0);

			what.count = RESIDENTS;
			what.prog_ids = n == 0 ? bad : ids;
			what.prog_flags = n == 1 ? bad : NULL;
			what.link_ids = n == 2 ? bad : NULL;
			what.link_flags = n == 3 ? bad : NULL;
			EXPECT_EQ(-EFAULT, ask(self->door, QUERY, &what)) {
				TH_LOG("array %zu at %p", n, bad);
			}
		}
	}
}

/* Every size there is. A request for a device that does not exist is well
 * formed as soon as it is long enough, and whatever stands behind what the
 * kernel knows must be zero.
 */
TEST_F_TIMEOUT(memory, every_size, LONG)
{
	static const unsigned int least_ioctl[] = {
		[ATTACH] = 32, [DETACH] = 32, [QUERY] = 64, [LINK_CREATE] = 32,
	};
	bool ioctls = sys_door_is_ioctl();
	unsigned int longest = ioctls ? (1 << _IOC_SIZEBITS) - 1 :
					self->page + 32;
	char *at = calloc(1, longest + 64);
	struct point nowhere = { IFINDEX_NONE, BPF_TCX_EGRESS };
	unsigned int size;
	int request;

	for (request = 0; request < REQUESTS; request++) {
		struct ask what = ask_of(&nowhere, self->progs[0]);
		unsigned int end = ioctls ? least_ioctl[request] : ATTR_END;
		unsigned int least = ioctls ? end : 64;

		memset(at, 0, longest + 64);
		ask_write(request, &what, at);
		for (size = ioctls ? 0 : least; size <= longest; size++) {
			int want = -ENODEV, ret;

			if (!ioctls && size > self->page)
				want = -E2BIG;
			else if (size < least)
				want = -EINVAL;
			ret = issue(self->door, request, at, size);
			ASSERT_EQ(want, ret) {
				TH_LOG("%s of %u", requests[request].name,
				       size);
			}
			if (size <= end)
				continue;
			at[size - 1] = size;
			if (!at[size - 1])
				at[size - 1] = 1;
			ret = issue(self->door, request, at, size);
			at[size - 1] = 0;
			ASSERT_EQ(-E2BIG, ret) {
				TH_LOG("%s of %u, not zero",
				       requests[request].name, size);
			}
		}
	}
	free(at);
}

/* ---- descriptors ----------------------------------------------------------
 *
 * Numbers that requests name, and what is behind them changes all the time.
 */
enum { SLOT_PROG = 700, SLOT_OTHER, SLOT_LINK, SLOT_DOOR, SLOTS_END };

#define OWN_PROGS	3

FIXTURE(descriptors) {
	struct gang gang;
	struct point points[2];
	int door, map, null, xdp, raw_tp;
	int progs[OWN_PROGS];
	__u32 ids[OWN_PROGS];
	int links;
	_Atomic unsigned long done[5], refused[5];
};

typedef FIXTURE_DATA(descriptors) descriptors_data;

FIXTURE_SETUP(descriptors)
{
	int i;

	ASSERT_GE(netns_new(), 0);
	self->points[0] = (struct point){ dummy_add("dev"), BPF_TCX_INGRESS };
	ASSERT_GT(self->points[0].ifindex, 0);
	self->points[1] = self->points[0];
	self->points[1].type = BPF_TCX_EGRESS;
	self->door = door_open();
	self->map = map_create();
	self->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	self->xdp = xdp_link_create(prog_load(BPF_PROG_TYPE_XDP, 2),
				    self->points[0].ifindex);
	ASSERT_GT(self->map, 0);
	ASSERT_GT(self->null, 0);
	ASSERT_GT(self->xdp, 0);
	for (i = 0; i < OWN_PROGS; i++) {
		self->progs[i] = cls_load();
		ASSERT_GT(self->progs[i], 0);
		self->ids[i] = prog_id(self->progs[i]);
	}
	self->links = links_count();
}

FIXTURE_TEARDOWN(descriptors)
{
}

static void *exchanger(void *arg)
{
	descriptors_data *self = arg;
	unsigned int state = 7;

	while (!self->gang.stop) {
		int slot = SLOT_PROG + step(&state) % (SLOTS_END - SLOT_PROG);
		unsigned int what = step(&state) % 8;
		int fd = -1;

		if (what == 0)
			fd = self->map;
		else if (what == 1)
			fd = self->null;
		else if (what == 2)
			fd = self->xdp;
		else if (what < 7 && slot == SLOT_DOOR)
			fd = self->door;
		else if (what < 7 && slot != SLOT_LINK)
			fd = self->progs[step(&state) % OWN_PROGS];
		/* Links that others have put there go with whatever comes. */
		if (fd >= 0)
			dup2(fd, slot);
		else
			close(slot);
		if (step(&state) % 4 == 0)
			sched_yield();
	}
	return NULL;
}

/* ENOTTY: what is there is no door. */
#define fd_allowed(ret)							\
	allowed(ret, EBADF, EINVAL, EEXIST, ENOENT, EBUSY, ENOTTY, ERANGE, \
		EAGAIN)

static void *fd_issuer(void *arg)
{
	static const __u32 places[] = {
		0, BPF_F_BEFORE, BPF_F_AFTER, BPF_F_BEFORE | BPF_F_LINK,
		BPF_F_AFTER | BPF_F_LINK,
	};
	descriptors_data *self = arg;
	unsigned int state = (uintptr_t)&state >> 8;

	while (!self->gang.stop) {
		const struct point *p = &self->points[step(&state) % 2];
		struct ask what = ask_of(p, SLOT_PROG);
		int op = step(&state) % 5, ret;

		what.flags = places[step(&state) % ARRAY_SIZE(places)];
		if (what.flags & BPF_F_LINK)
			what.relative = SLOT_LINK;
		else if (what.flags)
			what.relative = step(&state) % 2 ? SLOT_OTHER : 0;
		switch (op) {
		case 0:
			if (step(&state) % 3 == 0) {
				what.flags = BPF_F_REPLACE;
				what.relative = 0;
				what.replace_fd = SLOT_OTHER;
			}
			ret = ask(SLOT_DOOR, ATTACH, &what);
			break;
		case 1:
			ret = ask(SLOT_DOOR, DETACH, &what);
			break;
		case 2:
			ret = ask(SLOT_DOOR, QUERY, &what);
			break;
		case 3:
			ret = ask(SLOT_DOOR, LINK_CREATE, &what);
			if (ret >= 0) {
				dup2(ret, SLOT_LINK);
				close(ret);
			}
			break;
		default:
			/* Of whatever type: an XDP link refuses the program. */
			ret = tcx_link_update(SLOT_LINK, SLOT_OTHER);
			break;
		}
		gang_must(&self->gang, fd_allowed(ret) ||
			  (op == 4 && ret == -ENOLINK), ret);
		if (ret >= 0)
			self->done[op]++;
		else
			self->refused[op]++;
	}
	return NULL;
}

TEST_F_TIMEOUT(descriptors, closed_meanwhile, LONG)
{
	static const char *const names[] = {
		"attach", "detach", "query", "create", "update",
	};
	int i, k;

	for (i = 0; i < 2; i++)
		gang_start(&self->gang, exchanger, self);
	for (i = 0; i < 3; i++)
		gang_start(&self->gang, fd_issuer, self);
	gang_run(&self->gang);
	for (i = 0; i < 5; i++) {
		TH_LOG("%s: %lu done, %lu refused", names[i], self->done[i],
		       self->refused[i]);
		EXPECT_GT(self->done[i], 0);
		/* Through bpf(2) a query needs no descriptor. */
		if (i != 2 || sys_door_is_ioctl()) {
			EXPECT_GT(self->refused[i], 0);
		}
	}

	/* Every reference that a request has taken was given back. */
	for (i = SLOT_PROG; i < SLOTS_END; i++)
		close(i);
	EXPECT_EQ(self->links, links_settle(self->links));
	for (k = 0; k < 2; k++) {
		for (i = 0; i < OWN_PROGS; i++)
			point_detach(&self->points[k], self->progs[i]);
		EXPECT_EQ(0, point_query(&self->points[k]).count);
	}
	for (i = 0; i < OWN_PROGS; i++) {
		close(self->progs[i]);
		EXPECT_TRUE(prog_gone(self->ids[i]));
	}
}

/* ---- devices --------------------------------------------------------------
 */

/* Numbers that are none of the caller's devices, in each request. */
TEST_F(descriptors, device_numbers)
{
	struct point other = { .type = BPF_TCX_INGRESS };
	int home = netns_open(), away, request, door = self->door;
	size_t k;

	away = netns_new();
	ASSERT_GE(away, 0);
	other.ifindex = link_add("dummy", "other", 4321);
	ASSERT_EQ(4321, other.ifindex);
	ASSERT_EQ(0, point_attach(&other, self->progs[1]));
	ASSERT_EQ(0, netns_enter(home));

	const __u32 numbers[] = {
		4321, 0, -1U, -4321U, INT_MAX, INT_MIN, 0x10000,
		(__u32)-self->points[0].ifindex,
		self->points[0].ifindex | 0x80000000,
	};
	for (k = 0; k < ARRAY_SIZE(numbers); k++) {
		for (request = 0; request < REQUESTS; request++) {
			struct ask what = {
				.ifindex = numbers[k],
				.type = BPF_TCX_INGRESS,
				.prog_fd = self->progs[1],
			};

			EXPECT_EQ(-ENODEV, ask(door, request, &what)) {
				TH_LOG("%s, %#x", requests[request].name,
				       numbers[k]);
			}
		}
	}
	ASSERT_EQ(0, netns_enter(away));
	expect_count(&other, 1);
	expect_revision(&other, 2);
}

/* ---- people ---------------------------------------------------------------
 *
 * A container: namespaces of its own of every kind that matters, and a root
 * who is nobody outside. It has what it inherits: fds of programs, of a link,
 * and the open door.
 */
#define CONTAINER	(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS |	\
			 CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)

FIXTURE(people) {
	struct point point;	/* the host's */
	int door, a, b, link;
	__u32 link_id, b_id;
};

typedef FIXTURE_DATA(people) people_data;

FIXTURE_SETUP(people)
{
	int c = cls_load();

	ASSERT_GE(netns_new(), 0);
	self->point = (struct point){ link_add("dummy", "dev", 4712),
				      BPF_TCX_INGRESS };
	ASSERT_EQ(4712, self->point.ifindex);
	self->door = door_open();
	self->a = cls_load();
	self->b = cls_load();
	ASSERT_GT(self->a, 0);
	ASSERT_GT(self->b, 0);
	self->b_id = prog_id(self->b);
	ASSERT_EQ(0, point_attach(&self->point, self->b));
	self->link = sys_link_create(self->point.ifindex, self->point.type, c,
				     0, 0, 0);
	ASSERT_GT(self->link, 0);
	self->link_id = link_id(self->link);
}

FIXTURE_TEARDOWN(people)
{
}

static int become_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
	    setresuid(65534, 65534, 65534))
		return -errno;
	return prctl(PR_SET_DUMPABLE, 1) ? -errno : 0;
}

static int container_enter(void)
{
	int ret = become_nobody();

	if (ret)
		return ret;
	if (unshare(CONTAINER))
		return -errno;
	if (file_write("/proc/self/setgroups", "deny") ||
	    file_write("/proc/self/uid_map", "0 65534 1") ||
	    file_write("/proc/self/gid_map", "0 65534 1"))
		return -EPERM;
	return getuid() ? -EPERM : 0;
}

/* A child that reports in which line something was other than it should be. */
#define person_must(cond, value) do {					\
	if (!(cond)) {							\
		printf("# line %d: %d\n", __LINE__, (int)(value));	\
		fflush(stdout);						\
		return 1;						\
	}								\
} while (0)

/* No device, no program and no link of the host's is within reach. */
static int see_nothing(people_data *self)
{
	struct ask what = ask_of(&self->point, self->a);
	union bpf_attr attr = { .prog_id = self->b_id };
	int request, ret;

	for (request = 0; request < REQUESTS; request++) {
		ret = ask(self->door, request, &what);
		person_must(ret == (request == QUERY ? -EPERM : -ENODEV), ret);
	}
	ret = sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
	person_must(ret == -EPERM, ret);
	ret = tcx_link_by_id(self->link_id);
	person_must(ret == -EPERM, ret);
	ret = tcx_link_next_id(0);
	person_must(ret == -EPERM, ret);
	return 0;
}

/* A door that was not handed on cannot be opened. */
static int find_no_door(void)
{
	struct stat st;
	int fd;

	if (!sys_door_is_ioctl())
		return 0;
	person_must(!stat(TCX_BACKPORT_DEVICE, &st), errno);
	fd = open(TCX_BACKPORT_DEVICE, O_RDWR);
	person_must(fd < 0 && errno == EACCES, fd);
	person_must(!mount("tmp", "/tmp", "tmpfs", 0, NULL), errno);
	person_must(mknod("/tmp/tcx", S_IFCHR | 0600, st.st_rdev) &&
		    errno == EPERM, errno);
	return 0;
}

/* On a device of its own: what holding a program's fd allows, and no more. */
static int use_what_it_holds(people_data *self)
{
	struct point own = { link_add("dummy", "own", 99), BPF_TCX_EGRESS };
	struct ask what = ask_of(&own, self->a);
	int ret, link;

	person_must(own.ifindex == 99, own.ifindex);
	ret = ask(self->door, ATTACH, &what);
	person_must(!ret, ret);
	ret = ask(self->door, ATTACH, &what);
	person_must(ret == -EEXIST, ret);
	ret = ask(self->door, QUERY, &what);
	person_must(ret == -EPERM, ret);
	what.prog_fd = 0;
	ret = ask(self->door, DETACH, &what);
	person_must(ret == -EPERM, ret);

	/* An id is a number to anybody, but names only what is here. */
	what = ask_of(&own, self->b);
	what.flags = BPF_F_BEFORE | BPF_F_ID;
	what.relative = self->b_id;
	ret = ask(self->door, LINK_CREATE, &what);
	person_must(ret == -ENOENT, ret);
	what.relative = 0x7ffffff0;
	ret = ask(self->door, LINK_CREATE, &what);
	person_must(ret == -ENOENT, ret);
	what.flags |= BPF_F_LINK;
	what.relative = self->link_id;
	ret = ask(self->door, LINK_CREATE, &what);
	person_must(ret == -ENOENT, ret);

	what = ask_of(&own, self->b);
	what.flags = BPF_F_BEFORE;
	what.relative = self->a;
	link = ask(self->door, LINK_CREATE, &what);
	person_must(link > 0, link);
	/* It has the link, and the program, and yet: the link owns it. */
	what = ask_of(&own, self->b);
	ret = ask(self->door, DETACH, &what);
	person_must(ret == -EBUSY, ret);
	close(link);
	ret = ask(self->door, DETACH, &what);
	person_must(ret == -ENOENT, ret);
	/* The program a is still attached when the container dies. */
	return 0;
}

static int container(people_data *self)
{
	int ret = container_enter(), status;
	pid_t pid;

	person_must(!ret, ret);
	/* The first process of the new pid namespace. */
	pid = fork();
	if (!pid) {
		person_must(getpid() == 1, getpid());
		_exit(see_nothing(self) || find_no_door() ||
		      use_what_it_holds(self));
	}
	person_must(waitpid(pid, &status, 0) == pid, errno);
	return status ? 1 : 0;
}

TEST_F_TIMEOUT(people, container, LONG)
{
	__u32 a_id = prog_id(self->a);

	EXPECT_EQ(0, in_child(container(self)));
	expect_count(&self->point, 2);
	expect_revision(&self->point, 3);
	EXPECT_EQ((int)tcx_link_info(self->link).ifindex, self->point.ifindex);
	/* With it went what it had attached. */
	close(self->a);
	EXPECT_TRUE(prog_gone(a_id));
}

/* Root in a user namespace that still is in the host's network namespace. */
static int namespace_root(people_data *self)
{
	struct ask what = ask_of(&self->point, self->a);
	int ret, link;

	person_must(!unshare(CLONE_NEWUSER), errno);
	link = ask(self->door, LINK_CREATE, &what);
	person_must(link > 0, link);
	ret = ask(self->door, QUERY, &what);
	person_must(ret == -EPERM, ret);
	what.prog_fd = 0;
	what.flags = BPF_F_BEFORE;
	ret = ask(self->door, DETACH, &what);
	person_must(ret == -EPERM, ret);
	ret = tcx_link_by_id(self->link_id);
	person_must(ret == -EPERM, ret);
	return 0;
}

TEST_F(people, root_of_a_user_namespace)
{
	EXPECT_EQ(0, in_child(namespace_root(self)));
	expect_count(&self->point, 2);
}

/* One who has no more than what came through a socket. */
static int fds_pass(int sock, int *fds, int count, bool send)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(4 * sizeof(int))];
	} control = {};
	struct iovec iov = { &(char){ 0 }, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};
	struct cmsghdr *cmsg;

	if (!send && recvmsg(sock, &msg, 0) != 1)
		return -errno;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg)
		return -EBADMSG;
	if (!send) {
		memcpy(fds, CMSG_DATA(cmsg), count * sizeof(int));
		return 0;
	}
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, count * sizeof(int));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -errno;
}

static int stranger(people_data *self, int sock, bool with_door)
{
	int fds[2] = { -1, -1 }, ret, link;
	struct ask what;

	close(self->a);
	close(self->b);
	close(self->link);
	if (self->door >= 0)
		close(self->door);
	person_must(!become_nobody(), errno);
	ret = fds_pass(sock, fds, with_door ? 2 : 1, false);
	person_must(!ret, ret);

	what = ask_of(&self->point, fds[0]);
	ret = ask(fds[1], ATTACH, &what);
	person_must(!ret, ret);
	ret = ask(fds[1], QUERY, &what);
	person_must(ret == -EPERM, ret);
	ret = ask(fds[1], DETACH, &what);
	person_must(!ret, ret);
	link = ask(fds[1], LINK_CREATE, &what);
	person_must(link > 0, link);
	/* The others' programs are out of reach: by place, by number, by link. */
	what.prog_fd = 0;
	what.flags = BPF_F_BEFORE;
	ret = ask(fds[1], DETACH, &what);
	person_must(ret == -EPERM, ret);
	what.flags = BPF_F_AFTER | BPF_F_ID;
	what.relative = self->b_id;
	ret = ask(fds[1], DETACH, &what);
	person_must(ret == -EPERM, ret);
	what = ask_of(&self->point, link);
	ret = ask(fds[1], DETACH, &what);
	person_must(ret == -EINVAL, ret);
	ret = tcx_link_by_id(self->link_id);
	person_must(ret == -EPERM, ret);
	return 0;
}

TEST_F(people, handed_a_program)
{
	bool with_door = sys_door_is_ioctl();
	int fds[2] = { self->a, self->door }, pair[2], status;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	pid = fork();
	if (!pid)
		_exit(stranger(self, pair[1], with_door));
	EXPECT_EQ(0, fds_pass(pair[0], fds, with_door ? 2 : 1, true));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	/* His link went with him. */
	expect_count(&self->point, 2);
	expect_revision(&self->point, 3 + 4);
}

TEST_HARNESS_MAIN
