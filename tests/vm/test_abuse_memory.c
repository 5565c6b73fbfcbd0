// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers that go away, and sizes that nobody needs: two pages are unmapped,
 * mapped again and made inaccessible, all the time; requests and results lie
 * across the border between them. The pages are those of a file that is mapped
 * a second time, where they can be looked at. See abuse.h.
 */
#include <sys/mman.h>

#include "kselftest_harness.h"

#include "abuse.h"

#define SENTINEL	0x5a
#define SENTINEL_ID	0x5a5a5a5aU

#define RESIDENTS	6
#define ISSUERS		3

FIXTURE(memory) {
	struct gang gang;
	struct point point;
	size_t page;
	int node, file;
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

	ASSERT_GE(point_new(&self->point), 0);
	self->node = node_open();
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

	/* Arrays before and after the request, one of them across the border
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

	ret = issue(self->node, QUERY, across(self, shaky, split), size);
	gang_must(&self->gang, allowed(ret, EFAULT), ret);
	if (ret == 0)
		self->served++;
	else
		self->faults++;

	/* What has become of the fixed part: the count may be new. */
	if (sys_interface_is_ioctl()) {
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
		char *after = across(self, firm, split) + size;

		gang_must(&self->gang, after[n] == SENTINEL, after[n]);
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
		ret = issue(self->node, request, across(self, shaky, split),
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

/* Room for more than there is: what is after the last one stays as it was. */
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
	EXPECT_EQ(0, issue(self->node, QUERY, at, size));
	for (i = 0; i < RESIDENTS; i++) {
		EXPECT_EQ(self->ids[i], words[i]);
	}

	what.prog_ids = words + 128;
	what.link_ids = words + 128;
	memset(words + 128, SENTINEL, 256);
	size = ask_write(QUERY, &what, at);
	EXPECT_EQ(0, issue(self->node, QUERY, at, size));
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
			EXPECT_EQ(-EFAULT, ask(self->node, QUERY, &what)) {
				TH_LOG("array %zu at %p", n, bad);
			}
		}
	}
}

/* Every size there is. A request for a device that does not exist is well
 * formed as soon as it is long enough, and whatever stands after what the
 * kernel knows must be zero.
 */
TEST_F_TIMEOUT(memory, every_size, LONG)
{
	static const unsigned int least_ioctl[] = {
		[ATTACH] = 32, [DETACH] = 32, [QUERY] = 64, [LINK_CREATE] = 32,
	};
	bool ioctls = sys_interface_is_ioctl();
	unsigned int longest = ioctls ? (1 << _IOC_SIZEBITS) - 1 :
					self->page + 32;
	char *at = calloc(1, longest + 64);
	struct point nowhere = { IFINDEX_NONE, BPF_TCX_EGRESS };
	unsigned int size;
	int request;

	for (request = 0; request < REQUESTS; request++) {
		struct ask what = ask_of(&nowhere, self->progs[0]);
		unsigned int end = ioctls ? least_ioctl[request] : attr_end();
		unsigned int least = ioctls ? end : 64;

		memset(at, 0, longest + 64);
		ask_write(request, &what, at);
		for (size = ioctls ? 0 : least; size <= longest; size++) {
			int want = -ENODEV, ret;

			if (!ioctls && size > self->page)
				want = -E2BIG;
			else if (size < least)
				want = -EINVAL;
			ret = issue(self->node, request, at, size);
			ASSERT_EQ(want, ret) {
				TH_LOG("%s of %u", requests[request].name,
				       size);
			}
			if (size <= end)
				continue;
			at[size - 1] = size;
			if (!at[size - 1])
				at[size - 1] = 1;
			ret = issue(self->node, request, at, size);
			at[size - 1] = 0;
			ASSERT_EQ(-E2BIG, ret) {
				TH_LOG("%s of %u, not zero",
				       requests[request].name, size);
			}
		}
	}
	free(at);
}

TEST_HARNESS_MAIN
