// SPDX-License-Identifier: GPL-2.0
/*
 * Links: who owns a place in an attach point, for how long, and what the
 * kernel's own bpf(2) does with it.
 *
 * Where a link goes, what replaces or removes what, and the errno of every
 * refusal is a table, as in test_mprog.c. A row holds what is attached before,
 * a request in words, its answer, and what is attached afterwards if it
 * succeeds. A capital letter is a program that is attached by itself, a small
 * letter the same program owned by a link: "aB" is A with a link, then B.
 *
 *   create X, attach X, detach X, detach   link or program
 *   update x Y                       the link x gets the program Y
 *   old Y, junk Y                    old_prog_fd, with and without the flag
 *   replace, replace X               BPF_F_REPLACE, and X in replace_prog_fd
 *   before, after, id, link          set BPF_F_BEFORE and so on
 *   rel X                            the relative: X's id after "id", else fd
 *   rev now|old|next                 expected_revision
 *   nodev, badtype, badflag          no such device, attach type, flag
 *
 * Objects: programs A to F and their links a to f; other, a link on another
 * attach point; defunct, one that was detached; xdp, a program of another
 * type; xdplink and tplink, links of other types; map and file; closed, an fd
 * that is not open; gone, an id that nobody has; none, 0.
 *
 * After every row the array, the revision, the number of links on the host and
 * of open fds are compared: what was refused has left nothing.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <bpf/libbpf.h>

#include "kselftest_harness.h"

#include "link.h"
#include "netns.h"
#include "point.h"

#define PROGS		6
#define BADFLAG		(1U << 1)	/* BPF_F_ALLOW_MULTI */
#define BADTYPE		200
#define SENTINEL	0xdeadbeefU

/* A case that needs longer than the harness's 30 s. */
#define LONG		120

/* LINK_RACE_SECONDS in the environment says otherwise: the guest's init gets it
 * from the kernel's command line.
 */
#define RACE_SECONDS	60

enum object_kind {
	OBJ_LINK = PROGS,
	OBJ_OTHER = OBJ_LINK + PROGS,
	OBJ_DEFUNCT,
	OBJ_XDP,
	OBJ_XDPLINK,
	OBJ_TPLINK,
	OBJ_MAP,
	OBJ_FILE,
	OBJ_CLOSED,
	OBJ_GONE,
	OBJ_NONE,
	OBJECTS,
};

static const char *const object_names[OBJECTS] = {
	"A", "B", "C", "D", "E", "F",
	"a", "b", "c", "d", "e", "f",
	[OBJ_OTHER] = "other",
	[OBJ_DEFUNCT] = "defunct",
	[OBJ_XDP] = "xdp",
	[OBJ_XDPLINK] = "xdplink",
	[OBJ_TPLINK] = "tplink",
	[OBJ_MAP] = "map",
	[OBJ_FILE] = "file",
	[OBJ_CLOSED] = "closed",
	[OBJ_GONE] = "gone",
	[OBJ_NONE] = "none",
};

struct object {
	int fd;
	__u32 id;
};

static const struct object nobody = { FD_CLOSED, 0x7fffffff };

struct row {
	const char *start;
	const char *request;
	int ret;
	const char *end;	/* where ret is 0 */
};

enum verb { CREATE, ATTACH, DETACH, UPDATE };

struct request {
	enum verb verb;
	int ifindex;
	int type;
	int subject;	/* an object's number; OBJ_NONE where none is named */
	int prog;	/* the same, of an update */
	int second_fd;	/* replace_prog_fd or old_prog_fd */
	__u32 flags;
	__u32 relative;
	__u64 revision;
};

FIXTURE(order) {
	struct point point;
	int links;	/* on the host, without those of a row */
	struct object objects[OBJECTS];
};

FIXTURE_VARIANT(order) {
	int type;
};

FIXTURE_VARIANT_ADD(order, ingress) {
	.type = BPF_TCX_INGRESS,
};

FIXTURE_VARIANT_ADD(order, egress) {
	.type = BPF_TCX_EGRESS,
};

static int create(const struct point *p, int prog_fd)
{
	return sys_link_create(p->ifindex, p->type, prog_fd, 0, 0, 0);
}

FIXTURE_SETUP(order)
{
	struct object *o = self->objects;
	struct point elsewhere;
	int i, tp;

	ASSERT_GE(netns_new(), 0);
	self->point.type = variant->type;
	self->point.ifindex = dummy_add("dev");
	ASSERT_GT(self->point.ifindex, 0);
	elsewhere = (struct point){ dummy_add("elsewhere"), variant->type };

	for (i = 0; i < OBJECTS; i++)
		o[i] = nobody;
	o[OBJ_NONE] = (struct object){ 0, 0 };
	for (i = 0; i < PROGS; i++)
		o[i].fd = cls_load();
	o[OBJ_XDP].fd = prog_load(BPF_PROG_TYPE_XDP, 2);
	o[OBJ_OTHER].fd = create(&elsewhere, o[0].fd);
	o[OBJ_DEFUNCT].fd = create(&elsewhere, o[1].fd);
	ASSERT_EQ(0, tcx_link_detach(o[OBJ_DEFUNCT].fd));
	o[OBJ_XDPLINK].fd = xdp_link_create(o[OBJ_XDP].fd,
					    self->point.ifindex);
	tp = prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0);
	o[OBJ_TPLINK].fd = raw_tp_link_create(tp, "sched_process_exit");
	o[OBJ_MAP].fd = map_create();
	o[OBJ_FILE].fd = open("/dev/null", O_RDWR);

	for (i = 0; i < OBJECTS; i++) {
		if (i >= OBJ_LINK && i < OBJ_OTHER)
			continue;
		if (i >= OBJ_MAP)
			break;
		ASSERT_GT(o[i].fd, 0);
		o[i].id = i < PROGS || i == OBJ_XDP ? prog_id(o[i].fd) :
						      link_id(o[i].fd);
		ASSERT_GT((int)o[i].id, 0);
	}
	ASSERT_GT(o[OBJ_MAP].fd, 0);
	ASSERT_GT(o[OBJ_FILE].fd, 0);
	self->links = links_count();
}

FIXTURE_TEARDOWN(order)
{
}

static int find_object(const char *name)
{
	int i;

	for (i = 0; name && i < OBJECTS; i++)
		if (!strcmp(name, object_names[i]))
			return i;
	return -1;
}

static int need_object(const char *name)
{
	int i = find_object(name);

	if (i >= 0)
		return i;
	fprintf(stderr, "# a row names no object '%s'\n", name);
	exit(KSFT_FAIL);
}

static __u64 parse_revision(const char *when, __u64 now)
{
	if (!strcmp(when, "now"))
		return now;
	if (!strcmp(when, "next"))
		return now + 1;
	/* Never 0, which would mean any. */
	return now > 1 ? now - 1 : now + 2;
}

static struct request parse(const char *text, const struct object *objects,
			    const struct point *point, __u64 now)
{
	static const char *const verbs[] = {
		[CREATE] = "create",
		[ATTACH] = "attach",
		[DETACH] = "detach",
		[UPDATE] = "update",
	};
	static const struct {
		const char *word;
		__u32 flag;
	} flags[] = {
		{ "before", BPF_F_BEFORE },
		{ "after", BPF_F_AFTER },
		{ "id", BPF_F_ID },
		{ "link", BPF_F_LINK },
		{ "replace", BPF_F_REPLACE },
		{ "old", BPF_F_REPLACE },
		{ "badflag", BADFLAG },
	};
	struct request req = {
		.ifindex = point->ifindex,
		.type = point->type,
		.subject = OBJ_NONE,
		.prog = OBJ_NONE,
	};
	char copy[128], *save, *word;
	int relative = -1;
	size_t i;

	snprintf(copy, sizeof(copy), "%s", text);
	word = strtok_r(copy, " ", &save);
	while (req.verb < UPDATE && strcmp(word, verbs[req.verb]))
		req.verb++;
	word = strtok_r(NULL, " ", &save);
	if (find_object(word) >= 0) {
		req.subject = find_object(word);
		word = strtok_r(NULL, " ", &save);
	}
	if (req.verb == UPDATE) {
		req.prog = need_object(word);
		word = strtok_r(NULL, " ", &save);
	}
	while (word) {
		char *value = strtok_r(NULL, " ", &save);
		bool takes_value = true;

		for (i = 0; i < ARRAY_SIZE(flags); i++)
			if (!strcmp(word, flags[i].word))
				break;
		if (i < ARRAY_SIZE(flags)) {
			req.flags |= flags[i].flag;
			takes_value = flags[i].flag == BPF_F_REPLACE &&
				      find_object(value) >= 0;
			if (takes_value)
				req.second_fd = objects[find_object(value)].fd;
		} else if (!strcmp(word, "junk")) {
			req.second_fd = objects[need_object(value)].fd;
		} else if (!strcmp(word, "rel")) {
			relative = need_object(value);
		} else if (!strcmp(word, "rev")) {
			req.revision = parse_revision(value, now);
		} else if (!strcmp(word, "nodev")) {
			req.ifindex = IFINDEX_NONE;
			takes_value = false;
		} else if (!strcmp(word, "badtype")) {
			req.type = BADTYPE;
			takes_value = false;
		} else {
			fprintf(stderr, "# unknown word '%s'\n", word);
			exit(KSFT_FAIL);
		}
		word = takes_value ? strtok_r(NULL, " ", &save) : value;
	}
	if (relative >= 0)
		req.relative = req.flags & BPF_F_ID ?
			       objects[relative].id :
			       (__u32)objects[relative].fd;
	return req;
}

/* Keeps track of the links: one is known by the program that it runs. */
static int issue(const struct request *req, struct object *objects)
{
	int fd = objects[req->subject].fd, ret;

	switch (req->verb) {
	case ATTACH:
		return sys_prog_attach(req->ifindex, req->type, fd, req->flags,
				       req->second_fd, req->relative,
				       req->revision);
	case DETACH:
		return sys_prog_detach(req->ifindex, req->type, fd, req->flags,
				       req->relative, req->revision);
	case UPDATE:
		ret = tcx_link_update_flags(fd, objects[req->prog].fd,
					    req->flags, req->second_fd);
		if (!ret && req->prog != req->subject - OBJ_LINK) {
			objects[OBJ_LINK + req->prog] = objects[req->subject];
			objects[req->subject] = nobody;
		}
		return ret;
	default:
		ret = sys_link_create(req->ifindex, req->type, fd, req->flags,
				      req->relative, req->revision);
		if (ret < 0)
			return ret;
		objects[OBJ_LINK + req->subject] =
			(struct object){ ret, link_id(ret) };
		return 0;
	}
}

/* What is attached as letters; '?' for what is none of ours, '!' for a link
 * other than the one that should own the program.
 */
static struct sys_query get_order(const struct object *objects,
				  const struct point *point, char *order)
{
	__u32 ids[64], flags[64], links[64], link_flags[64], i, k;
	struct sys_query q = {
		.count = 64,
		.prog_ids = ids,
		.prog_attach_flags = flags,
		.link_ids = links,
		.link_attach_flags = link_flags,
	};

	memset(flags, 0xff, sizeof(flags));
	memset(link_flags, 0xff, sizeof(link_flags));
	if (sys_prog_query(point->ifindex, point->type, &q)) {
		strcpy(order, "query failed");
		return q;
	}
	for (i = 0; i < q.count; i++, order++) {
		for (k = 0; k < PROGS && objects[k].id != ids[i];)
			k++;
		if (k == PROGS || flags[i] || link_flags[i])
			*order = '?';
		else if (!links[i])
			*order = 'A' + (char)k;
		else if (links[i] == objects[OBJ_LINK + k].id)
			*order = 'a' + (char)k;
		else
			*order = '!';
	}
	*order = 0;
	return q;
}

static void arrange(struct __test_metadata *_metadata, struct object *objects,
		    const struct point *point, const char *wanted)
{
	char order[65], *pos;
	int i;

	get_order(objects, point, order);
	if (!strcmp(order, wanted))
		return;
	for (i = OBJ_LINK; i < OBJ_OTHER; i++) {
		if (objects[i].fd != FD_CLOSED)
			close(objects[i].fd);
		objects[i] = nobody;
	}
	get_order(objects, point, order);
	for (pos = order; *pos; pos++)
		ASSERT_EQ(0, point_detach(point, objects[*pos - 'A'].fd));
	for (; *wanted; wanted++) {
		struct request req = {
			.verb = *wanted >= 'a' ? CREATE : ATTACH,
			.ifindex = point->ifindex,
			.type = point->type,
			.subject = (*wanted | 0x20) - 'a',
		};

		ASSERT_EQ(0, issue(&req, objects));
	}
}

static int count_small(const char *order)
{
	int count = 0;

	for (; *order; order++)
		count += *order >= 'a';
	return count;
}

static void expect_row(struct __test_metadata *_metadata,
		       struct object *objects, const struct point *point,
		       int links, const struct row *row)
{
	const char *end = row->ret ? row->start : row->end;
	struct sys_query before, after;
	struct request req;
	char order[65];
	__u64 revision;
	int fds, ret;

	arrange(_metadata, objects, point, row->start);
	before = get_order(objects, point, order);
	ASSERT_STREQ(row->start, order);
	ASSERT_EQ(links + count_small(order), links_count());

	fds = fds_count();
	req = parse(row->request, objects, point, before.revision);
	ret = issue(&req, objects);
	EXPECT_EQ(row->ret, ret) {
		TH_LOG("\"%s\": %s", row->start, row->request);
	}

	after = get_order(objects, point, order);
	EXPECT_STREQ(end, order) {
		TH_LOG("\"%s\": %s", row->start, row->request);
	}
	/* What changes nothing is no step, also where it succeeds. */
	revision = before.revision + !!strcmp(row->start, end);
	if (!*end)
		revision = 1;
	EXPECT_EQ(revision, after.revision) {
		TH_LOG("\"%s\": %s", row->start, row->request);
	}
	EXPECT_EQ(links + count_small(end), links_count()) {
		TH_LOG("\"%s\": %s", row->start, row->request);
	}
	EXPECT_EQ(fds + (!row->ret && req.verb == CREATE), fds_count()) {
		TH_LOG("\"%s\": %s", row->start, row->request);
	}
}

#define expect_rows(rows) do {						\
	size_t __i;							\
									\
	for (__i = 0; __i < ARRAY_SIZE(rows); __i++)			\
		expect_row(_metadata, self->objects, &self->point,	\
			   self->links, &(rows)[__i]);			\
} while (0)

TEST_F_TIMEOUT(order, create_position, LONG)
{
	static const struct row rows[] = {
		{ "", "create A", 0, "a" },
		{ "", "create A before", 0, "a" },
		{ "", "create A after", 0, "a" },
		{ "", "create A rev now", 0, "a" },
		{ "ab", "create C", 0, "abc" },
		{ "ab", "create C after", 0, "abc" },
		{ "ab", "create C before", 0, "cab" },
		{ "Ab", "create C", 0, "Abc" },
		{ "Ab", "create C before", 0, "cAb" },
		{ "Ab", "create C rev now", 0, "Abc" },

		/* Beside a link. */
		{ "abD", "create C before link rel a", 0, "cabD" },
		{ "abD", "create C after link rel a", 0, "acbD" },
		{ "abD", "create C before link rel b", 0, "acbD" },
		{ "abD", "create C after link rel b", 0, "abcD" },
		{ "abD", "create C before link id rel b", 0, "acbD" },
		{ "abD", "create C after link id rel b", 0, "abcD" },

		/* Beside a program, also one that a link owns. */
		{ "abD", "create C before rel D", 0, "abcD" },
		{ "abD", "create C after rel D", 0, "abDc" },
		{ "abD", "create C before id rel D", 0, "abcD" },
		{ "abD", "create C after rel A", 0, "acbD" },
		{ "abD", "create C before id rel A", 0, "cabD" },

		/* Two rules that mean the same place. */
		{ "", "create A before rev now", 0, "a" },
		{ "ab", "create C before link rel b rev now", 0, "acb" },

		/* Programs beside links. */
		{ "ab", "attach C before link rel b", 0, "aCb" },
		{ "ab", "attach C after link rel a", 0, "aCb" },
		{ "ab", "attach C before link id rel a", 0, "Cab" },
		{ "ab", "attach C after link id rel b", 0, "abC" },
		{ "ab", "attach C before rel B", 0, "aCb" },
		{ "ab", "attach C after id rel A", 0, "aCb" },
		{ "ab", "attach C", 0, "abC" },
		{ "ab", "attach C before", 0, "Cab" },
	};

	expect_rows(rows);
}

TEST_F_TIMEOUT(order, create_refused, LONG)
{
	static const struct row rows[] = {
		{ "Ab", "create C badtype", -EINVAL },
		{ "Ab", "create C badflag", -EINVAL },
		{ "Ab", "create none", -EINVAL },	/* an fd of no program */
		{ "Ab", "create closed", -EBADF },
		{ "Ab", "create file", -EINVAL },
		{ "Ab", "create map", -EINVAL },
		{ "Ab", "create b", -EINVAL },
		{ "Ab", "create xdp", -EINVAL },
		{ "Ab", "create xdplink", -EINVAL },
		{ "Ab", "create C nodev", -ENODEV },
		{ "Ab", "create C rev old", -ESTALE },
		{ "Ab", "create C rev next", -ESTALE },
		{ "", "create A rev next", -ESTALE },

		/* The same program, whoever owns it. */
		{ "Ab", "create A", -EEXIST },
		{ "Ab", "create B", -EEXIST },
		{ "Ab", "create B before", -EEXIST },
		{ "Ab", "attach B", -EEXIST },
		{ "Ab", "attach B after link rel b", -EEXIST },

		/* A link replaces nothing. */
		{ "", "create A replace", -ENOENT },
		{ "Ab", "create C replace", -ENOENT },
		{ "Ab", "create C replace before", -ENOENT },
		{ "Ab", "create C replace before after", -ENOENT },
		{ "Ab", "create C replace rel A", -ENOENT },
		{ "Ab", "create C replace after rel A", -ENOENT },
		{ "Ab", "create C replace link rel b", -ENOENT },
		{ "Ab", "create C replace before link id rel b", -ENOENT },

		/* A relative alone says no position. */
		{ "Ab", "create C rel A", -EINVAL },
		{ "Ab", "create C id rel A", -EINVAL },
		{ "Ab", "create C link rel b", -EINVAL },
		{ "Ab", "create C link id rel b", -EINVAL },
		{ "Ab", "create C id", -ENOENT },
		{ "Ab", "create C link", -EINVAL },

		/* Never the same position. */
		{ "", "create A before after", -ERANGE },
		{ "Ab", "create C before after", -ERANGE },
		{ "Ab", "create C before after rel A", -ERANGE },
		{ "Ab", "create C before after link rel b", -ERANGE },

		/* Not attached here. */
		{ "", "create A before rel B", -ENOENT },
		{ "Ab", "create C before rel D", -ENOENT },
		{ "Ab", "create C after rel D", -ENOENT },
		{ "Ab", "create C before rel C", -ENOENT },
		{ "Ab", "create C after id rel D", -ENOENT },
		{ "Ab", "create C before after rel D", -ENOENT },
		{ "Ab", "create C before link rel other", -ENOENT },
		{ "Ab", "create C after link rel other", -ENOENT },
		{ "Ab", "create C after link id rel other", -ENOENT },
		{ "Ab", "create C before link rel defunct", -ENOENT },
		{ "Ab", "create C before link id rel defunct", -ENOENT },
		{ "Ab", "attach C after link rel other", -ENOENT },
		{ "Ab", "attach C after link rel defunct", -ENOENT },

		/* Nothing of the kind. */
		{ "Ab", "create C before id rel gone", -ENOENT },
		{ "Ab", "create C before id", -ENOENT },
		{ "Ab", "create C before rel closed", -EBADF },
		{ "Ab", "create C before rel file", -EINVAL },
		{ "Ab", "create C before rel map", -EINVAL },
		{ "Ab", "create C before rel xdp", -EINVAL },
		{ "Ab", "create C before rel b", -EINVAL },
		{ "Ab", "create C before id rel xdp", -EINVAL },
		{ "Ab", "create C before link", -EINVAL },
		{ "Ab", "create C before link rel A", -EINVAL },
		{ "Ab", "create C before link rel B", -EINVAL },
		{ "Ab", "create C before link rel file", -EINVAL },
		{ "Ab", "create C before link rel closed", -EBADF },
		{ "Ab", "create C before link rel xdplink", -EINVAL },
		{ "Ab", "create C after link rel tplink", -EINVAL },
		{ "Ab", "create C before link id", -ENOENT },
		{ "Ab", "create C before link id rel gone", -ENOENT },
		{ "Ab", "create C before link id rel xdplink", -EINVAL },
		{ "Ab", "create C after link id rel tplink", -EINVAL },
	};

	expect_rows(rows);
}

/* Every row is wrong in all that is checked later, too. */
TEST_F_TIMEOUT(order, create_precedence, LONG)
{
	static const struct row rows[] = {
		{ "Ab", "create closed badtype nodev replace rev old rel closed", -EBADF },
		{ "Ab", "create map badtype nodev replace rev old rel closed", -EINVAL },
		{ "Ab", "create A badtype nodev replace rev old rel closed", -EINVAL },
		{ "Ab", "create closed nodev replace rev old rel closed", -EBADF },
		{ "Ab", "create xdp nodev replace rev old rel closed",
		  -EINVAL },
		{ "Ab", "create B nodev replace rev old rel closed", -ENODEV },
		{ "Ab", "create B replace rev old before rel closed",
		  -ESTALE },
		{ "Ab", "create B rev old link before after rel xdplink",
		  -ESTALE },
		{ "Ab", "create B replace before rel closed", -EEXIST },
		{ "Ab", "create A before after link rel xdplink", -EEXIST },
		{ "Ab", "create C replace before after rel closed", -EBADF },
		{ "Ab", "create C replace before after link rel xdplink",
		  -EINVAL },
		{ "Ab", "create C replace before after rel D", -ENOENT },
		{ "", "create A rev next before rel closed", -ESTALE },
		{ "", "create A rev now before rel closed", -EBADF },
	};

	expect_rows(rows);
}

TEST_F_TIMEOUT(order, ownership, LONG)
{
	static const struct row rows[] = {
		/* Programs replace programs, and nothing else. */
		{ "aB", "attach C replace B", 0, "aC" },
		{ "aB", "attach C replace B after link rel a", 0, "aC" },
		{ "aBc", "attach D replace B before link id rel c", 0, "aDc" },
		{ "aB", "attach C replace A", -EBUSY },
		{ "a", "attach C replace A", -EBUSY },
		{ "aB", "attach C replace A before rel B", -EBUSY },
		{ "aB", "attach C replace A before", -EBUSY },
		{ "aB", "attach C replace a", -EINVAL },
		{ "aB", "attach A replace A", -EEXIST },
		{ "aB", "attach A replace B", -EEXIST },
		{ "aB", "attach C replace A rev old", -ESTALE },
		{ "aB", "attach C replace A before after rel D", -EBUSY },
		{ "aB", "attach C replace A rel closed", -EBADF },

		/* A link's program comes off with the link only. */
		{ "aB", "detach A", -EBUSY },
		{ "a", "detach A", -EBUSY },
		{ "aB", "detach a", -EINVAL },
		{ "aB", "detach A rev now", -EBUSY },
		{ "aB", "detach A rev old", -ESTALE },
		{ "aB", "detach A before rel B", -EBUSY },
		{ "aB", "detach A before", -EBUSY },
		{ "aB", "detach A rel closed", -EBADF },

		/* Not by its position either. */
		{ "a", "detach", -EBUSY },
		{ "a", "detach before", -EBUSY },
		{ "a", "detach after", -EBUSY },
		{ "aB", "detach before", -EBUSY },
		{ "aB", "detach before rel B", -EBUSY },
		{ "aB", "detach before id rel B", -EBUSY },
		{ "Ba", "detach", -EBUSY },
		{ "Ba", "detach after", -EBUSY },
		{ "Ba", "detach after rel B", -EBUSY },
		{ "ab", "detach before rel A", -EBUSY },
		{ "ab", "detach after link rel b", -EBUSY },
		{ "ab", "detach before link id rel b", -EBUSY },
		{ "aB", "detach before after link rel a", -ERANGE },
		{ "aB", "detach link rel a", -EINVAL },

		/* A link as relative; what goes is a program. */
		{ "aB", "detach", 0, "a" },
		{ "aB", "detach B", 0, "a" },
		{ "aB", "detach after", 0, "a" },
		{ "aB", "detach after link rel a", 0, "a" },
		{ "aB", "detach after link id rel a", 0, "a" },
		{ "aB", "detach B after link rel a", 0, "a" },
		{ "aBc", "detach before link rel c", 0, "ac" },
		{ "aBc", "detach B before link id rel c", 0, "ac" },
		{ "aBc", "detach B before link rel a", -ERANGE },
		{ "aBc", "detach B link rel a", 0, "ac" },
		{ "aBc", "detach after link rel other", -ENOENT },
		{ "aBc", "detach B after link rel defunct", -ENOENT },
	};

	expect_rows(rows);
}

TEST_F_TIMEOUT(order, update, LONG)
{
	static const struct row rows[] = {
		{ "a", "update a B", 0, "b" },
		{ "Abc", "update b D", 0, "Adc" },
		{ "Abc", "update c D", 0, "Abd" },
		{ "Abc", "update b D old B", 0, "Adc" },
		{ "Abc", "update b D old C", -EPERM },
		{ "Abc", "update b D old A", -EPERM },
		{ "Abc", "update b D old D", -EPERM },
		{ "Abc", "update b D old xdp", -EPERM },

		/* The same program again is nothing to do. */
		{ "Abc", "update b B", 0, "Abc" },
		{ "Abc", "update b B old B", 0, "Abc" },
		{ "Abc", "update b B old C", -EPERM },

		/* On the hook already, whoever owns it. */
		{ "Abc", "update b A", -EEXIST },
		{ "Abc", "update b C", -EEXIST },
		{ "Abc", "update b C old B", -EEXIST },
		{ "Abc", "update b C old C", -EPERM },

		{ "Abc", "update b xdp", -EINVAL },
		{ "Abc", "update b xdp old B", -EINVAL },
		{ "Abc", "update b xdp old C", -EPERM },
		{ "Abc", "update b map", -EINVAL },
		{ "Abc", "update b file", -EINVAL },
		{ "Abc", "update b c", -EINVAL },
		{ "Abc", "update b closed", -EBADF },
		{ "Abc", "update b closed old closed", -EBADF },
		{ "Abc", "update b D old closed", -EBADF },
		{ "Abc", "update b D old map", -EINVAL },
		{ "Abc", "update b D junk B", -EINVAL },
		{ "Abc", "update b D badflag", -EINVAL },
		{ "Abc", "update b D before", -EINVAL },
		{ "Abc", "update closed D", -EBADF },
		{ "Abc", "update B D", -EINVAL },
		{ "Abc", "update file D", -EINVAL },

		{ "Abc", "update defunct D", -ENOLINK },
		{ "Abc", "update defunct B old C", -ENOLINK },
		{ "Abc", "update defunct A", -ENOLINK },
		{ "Abc", "update defunct xdp", -ENOLINK },
		{ "Abc", "update defunct closed", -EBADF },
	};

	expect_rows(rows);
}

TEST_F_TIMEOUT(order, full, LONG)
{
	const struct point *p = &self->point;
	const struct object *o = self->objects;
	int progs[TCX_BACKPORT_MAX_PROGS + 1], links[TCX_BACKPORT_MAX_PROGS];
	int spare, fds, i, middle = TCX_BACKPORT_MAX_PROGS / 2;
	__u64 revision = 1 + TCX_BACKPORT_MAX_PROGS;

	/* Every third is attached without a link. */
	for (i = 0; i < TCX_BACKPORT_MAX_PROGS; i++) {
		progs[i] = cls_load();
		ASSERT_GT(progs[i], 0);
		if (i % 3) {
			links[i] = create(p, progs[i]);
			ASSERT_GT(links[i], 0);
		} else {
			links[i] = -1;
			ASSERT_EQ(0, point_attach(p, progs[i]));
		}
	}
	spare = cls_load();
	ASSERT_GT(spare, 0);
	expect_count(p, TCX_BACKPORT_MAX_PROGS);

	const struct {
		__u32 flags, relative;
		__u64 revision;
		int ret;
	} rows[] = {
		{ 0, 0, 0, -ERANGE },
		{ BPF_F_BEFORE, 0, 0, -ERANGE },
		{ BPF_F_AFTER, progs[0], 0, -ERANGE },
		{ BPF_F_BEFORE | BPF_F_LINK, links[1], 0, -ERANGE },
		/* Position and flags do not matter any more. */
		{ BPF_F_BEFORE | BPF_F_AFTER, 0, 0, -ERANGE },
		{ 0, progs[0], 0, -ERANGE },
		{ BPF_F_BEFORE, o[0].fd, 0, -ERANGE },
		{ BPF_F_REPLACE, 0, 0, -ENOENT },
		{ BPF_F_BEFORE, FD_CLOSED, 0, -EBADF },
		{ 0, 0, revision - 1, -ESTALE },
	};

	fds = fds_count();
	for (i = 0; i < (int)ARRAY_SIZE(rows); i++)
		EXPECT_EQ(rows[i].ret,
			  sys_link_create(p->ifindex, p->type, spare,
					  rows[i].flags, rows[i].relative,
					  rows[i].revision)) {
			TH_LOG("row %d", i);
		}
	EXPECT_EQ(-EEXIST, create(p, progs[0]));
	EXPECT_EQ(-EEXIST, create(p, progs[1]));
	EXPECT_EQ(fds, fds_count());
	EXPECT_EQ(self->links + 2 * TCX_BACKPORT_MAX_PROGS / 3, links_count());
	expect_revision(p, revision);

	/* One in its place, one out and in: first, last and in between. */
	EXPECT_EQ(0, tcx_link_update(links[1], spare));
	EXPECT_EQ(0, tcx_link_update(links[1], progs[1]));
	EXPECT_EQ(prog_id(progs[1]), point_query(p).ids[1]);
	close(links[TCX_BACKPORT_MAX_PROGS - 1]);
	expect_count(p, TCX_BACKPORT_MAX_PROGS - 1);
	links[TCX_BACKPORT_MAX_PROGS - 1] = create(p, spare);
	EXPECT_GT(links[TCX_BACKPORT_MAX_PROGS - 1], 0);
	EXPECT_EQ(-ERANGE, create(p, progs[TCX_BACKPORT_MAX_PROGS - 1]));
	EXPECT_EQ(0, tcx_link_detach(links[middle]));
	EXPECT_EQ(0, point_attach(p, progs[middle]));
	expect_revision(p, revision + 6);
}

FIXTURE(link) {
	int home;	/* the namespace that the case begins in */
	struct point in, out;
	struct point *points[2];
	int progs[4];
	__u32 ids[4];
	int links;	/* on the host at the beginning */
};

FIXTURE_SETUP(link)
{
	int i;

	self->home = netns_new();
	ASSERT_GE(self->home, 0);
	ASSERT_EQ(0, bpffs_new());
	self->in.ifindex = dummy_add("dev");
	ASSERT_GT(self->in.ifindex, 0);
	self->out.ifindex = self->in.ifindex;
	self->in.type = BPF_TCX_INGRESS;
	self->out.type = BPF_TCX_EGRESS;
	self->points[0] = &self->in;
	self->points[1] = &self->out;
	for (i = 0; i < 4; i++) {
		self->progs[i] = cls_load();
		ASSERT_GT(self->progs[i], 0);
		self->ids[i] = prog_id(self->progs[i]);
	}
	self->links = links_count();
}

FIXTURE_TEARDOWN(link)
{
}

/* The program has only its link to keep it alive. */
#define forget_prog(i) do {						\
	close(self->progs[i]);						\
	self->progs[i] = -1;						\
} while (0)

#define expect_defunct(fd, prog) do {					\
	struct tcx_link_info __info = tcx_link_info(fd);		\
									\
	EXPECT_EQ(BPF_LINK_TYPE_TCX, __info.type);			\
	EXPECT_EQ(0, __info.ifindex);					\
	EXPECT_EQ(prog, __info.prog_id);				\
	EXPECT_EQ(-ENOLINK, tcx_link_update(fd, self->progs[3]));	\
} while (0)

TEST_F(link, flags_of_each_door)
{
	bool ioctls = sys_door_is_ioctl();
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
	int fd = create(&self->in, self->progs[0]);

	ASSERT_GT(fd, 0);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
}

TEST_F(link, info)
{
	char junk[80];
	int i;

	for (i = 0; i < 2; i++) {
		const struct point *p = self->points[i];
		int fd = create(p, self->progs[i]), len;
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
		/* Longer than known: zero behind what is known, or refused. */
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
	int fd = create(&self->in, self->progs[0]);
	int other = create(&self->out, self->progs[0]);
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

/* /proc/self/fdinfo in reads of @step bytes. */
static int fdinfo_read(int fd, char *text, size_t size, size_t step)
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
static void fdinfo_expected(int fd, const struct point *p, int prog_fd,
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

TEST_F(link, fdinfo)
{
	static const size_t steps[] = { 4096, 64, 7, 1 };
	char text[1024], want[1024];
	size_t s;
	int i;

	for (i = 0; i < 2; i++) {
		struct point p = *self->points[i];
		int fd = create(&p, self->progs[i]);

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

	fd = create(&self->in, self->progs[0]);
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

TEST_F(link, detach)
{
	int fd = create(&self->in, self->progs[0]);
	int more = create(&self->in, self->progs[1]);
	int id = link_id(fd), again;

	ASSERT_GT(fd, 0);
	ASSERT_GT(more, 0);
	forget_prog(0);
	ASSERT_EQ(0, tcx_link_detach(fd));
	expect_count(&self->in, 1);
	EXPECT_EQ(self->ids[1], point_query(&self->in).ids[0]);
	expect_revision(&self->in, 4);
	expect_defunct(fd, self->ids[0]);
	EXPECT_EQ(BPF_TCX_INGRESS, tcx_link_info(fd).attach_type);

	/* Nothing happens any more, but it is a link still. */
	EXPECT_EQ(0, tcx_link_detach(fd));
	EXPECT_EQ(0, tcx_link_detach(fd));
	expect_revision(&self->in, 4);
	again = tcx_link_by_id(id);
	EXPECT_GT(again, 0);
	close(again);
	EXPECT_EQ(0, obj_pin(fd, BPFFS "/defunct"));
	again = obj_get(BPFFS "/defunct");
	EXPECT_EQ(id, link_id(again));
	close(again);
	EXPECT_TRUE(prog_alive(self->ids[0]));

	/* The program may come back, on its own or with another link. */
	again = sys_prog_attach(self->in.ifindex, self->in.type,
				self->progs[2], 0, 0, 0, 0);
	EXPECT_EQ(0, again);
	EXPECT_EQ(0, unlink(BPFFS "/defunct"));
	close(fd);
	EXPECT_TRUE(prog_gone(self->ids[0]));
	expect_count(&self->in, 2);
	expect_revision(&self->in, 5);
}

TEST_F(link, detach_frees_the_place)
{
	int fd = create(&self->in, self->progs[0]), second;

	ASSERT_GT(fd, 0);
	EXPECT_EQ(-EEXIST, create(&self->in, self->progs[0]));
	EXPECT_EQ(0, tcx_link_detach(fd));
	second = create(&self->in, self->progs[0]);
	ASSERT_GT(second, 0);
	/* The defunct one is no owner. */
	close(fd);
	expect_count(&self->in, 1);
	close(second);
	expect_count(&self->in, 0);
}

TEST_F(link, last_close_detaches)
{
	int fd = create(&self->in, self->progs[0]);
	int copy = dup(fd), id = link_id(fd);

	ASSERT_GT(fd, 0);
	forget_prog(0);
	close(fd);
	expect_count(&self->in, 1);
	EXPECT_TRUE(prog_alive(self->ids[0]));
	close(copy);
	expect_count(&self->in, 0);
	EXPECT_EQ(-ENOENT, tcx_link_by_id(id));
	EXPECT_TRUE(prog_gone(self->ids[0]));
	EXPECT_EQ(self->links, links_count());
}

/* An update gives the old program back, the last close the new one. */
TEST_F(link, update_is_a_reference)
{
	int fd = create(&self->in, self->progs[0]);

	ASSERT_GT(fd, 0);
	forget_prog(0);
	EXPECT_EQ(-EPERM, tcx_link_update_flags(fd, self->progs[1],
						BPF_F_REPLACE, self->progs[2]));
	EXPECT_EQ(0, tcx_link_update(fd, self->progs[1]));
	EXPECT_EQ(0, tcx_link_update(fd, self->progs[1]));
	EXPECT_TRUE(prog_gone(self->ids[0]));
	forget_prog(1);
	forget_prog(2);
	EXPECT_TRUE(prog_gone(self->ids[2]));
	EXPECT_TRUE(prog_alive(self->ids[1]));
	close(fd);
	EXPECT_TRUE(prog_gone(self->ids[1]));
}

TEST_F(link, pin)
{
	int fd = create(&self->in, self->progs[0]), id = link_id(fd), again;

	ASSERT_GT(fd, 0);
	forget_prog(0);
	ASSERT_EQ(0, obj_pin(fd, BPFFS "/one"));
	EXPECT_EQ(-EEXIST, obj_pin(fd, BPFFS "/one"));
	ASSERT_EQ(0, obj_pin(fd, BPFFS "/two"));
	close(fd);
	expect_count(&self->in, 1);

	again = obj_get(BPFFS "/two");
	ASSERT_GT(again, 0);
	EXPECT_EQ(id, link_id(again));
	EXPECT_EQ(self->in.ifindex, tcx_link_info(again).ifindex);
	EXPECT_EQ(0, tcx_link_update(again, self->progs[1]));
	EXPECT_TRUE(prog_gone(self->ids[0]));
	forget_prog(1);
	close(again);
	ASSERT_EQ(0, unlink(BPFFS "/one"));
	expect_count(&self->in, 1);
	EXPECT_TRUE(prog_alive(self->ids[1]));
	ASSERT_EQ(0, unlink(BPFFS "/two"));
	EXPECT_TRUE(prog_gone(self->ids[1]));
	expect_count(&self->in, 0);
	EXPECT_EQ(self->links, links_settle(self->links));
}

TEST_F(link, unmount_unpins)
{
	int fd = create(&self->in, self->progs[0]);

	ASSERT_GT(fd, 0);
	ASSERT_EQ(0, obj_pin(fd, BPFFS "/one"));
	close(fd);
	forget_prog(0);
	expect_count(&self->in, 1);
	ASSERT_EQ(0, umount(BPFFS));
	EXPECT_TRUE(prog_gone(self->ids[0]));
	expect_count(&self->in, 0);
}

/* What the child says that it has done so far. */
static int told(int pipe)
{
	char c;

	return read(pipe, &c, 1) == 1 ? c : -1;
}

static void tell(int pipe, char c)
{
	if (write(pipe, &c, 1) != 1)
		_exit(9);
}

/* A child that makes a link, pins it at @path unless that is NULL, and waits
 * for its end. Nobody else has the link's fd.
 */
static pid_t owner_start(const struct point *p, int prog_fd, const char *path)
{
	int ends[2], fd;
	pid_t pid;
	char c;

	if (pipe(ends))
		return -1;
	pid = fork();
	if (!pid) {
		fd = create(p, prog_fd);
		if (fd < 0 || (path && obj_pin(fd, path)))
			_exit(1);
		tell(ends[1], 'o');
		for (;;)
			pause();
	}
	close(ends[1]);
	c = told(ends[0]);
	close(ends[0]);
	return c == 'o' ? pid : -1;
}

static void owner_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST_F_TIMEOUT(link, owner_killed_under_traffic, LONG)
{
	int left = veth_add("left", "right"), right = if_nametoindex("right");
	struct point p[2] = {
		{ right, BPF_TCX_INGRESS },
		{ left, BPF_TCX_EGRESS },
	};
	struct traffic traffic = { .ifindex = { left } };
	int map = counters_create(2), i, k;

	ASSERT_GT(left, 0);
	ASSERT_EQ(0, device_up(left));
	ASSERT_EQ(0, device_up(right));
	ASSERT_EQ(0, native_keys_hold(self->in.ifindex));
	ASSERT_EQ(0, traffic_start(&traffic));
	for (i = 0; i < 20; i++) {
		int prog = counter_load(map, i & 1);
		int id = prog_id(prog);
		__u64 before = counter_read(map, i & 1);
		pid_t pid;

		ASSERT_GT(prog, 0);
		pid = owner_start(&p[i & 1], prog, NULL);
		ASSERT_GT(pid, 0);
		close(prog);
		expect_count(&p[i & 1], 1);
		for (k = 0; k < 500 && counter_read(map, i & 1) == before; k++)
			sleep_ms(10);
		EXPECT_GT(counter_read(map, i & 1), before);
		owner_kill(pid);
		expect_count(&p[i & 1], 0);
		EXPECT_TRUE(prog_gone(id));
	}
	traffic_stop(&traffic);
	EXPECT_EQ(self->links, links_settle(self->links));
}

TEST_F(link, pinned_outlives_its_owner)
{
	pid_t pid = owner_start(&self->in, self->progs[0], BPFFS "/owned");
	int fd;

	ASSERT_GT(pid, 0);
	forget_prog(0);
	owner_kill(pid);
	sleep_ms(100);
	expect_count(&self->in, 1);
	EXPECT_TRUE(prog_alive(self->ids[0]));
	fd = obj_get(BPFFS "/owned");
	ASSERT_GT(fd, 0);
	EXPECT_EQ(self->in.ifindex, tcx_link_info(fd).ifindex);
	close(fd);
	ASSERT_EQ(0, unlink(BPFFS "/owned"));
	EXPECT_TRUE(prog_gone(self->ids[0]));
	expect_count(&self->in, 0);
}

/* A link and a program on the device, and the link held by an fd and by a pin;
 * the device goes in one way or another.
 */
#define attach_before_the_end() ({					\
	int __fd = create(&self->in, self->progs[0]);			\
	int __pinned = create(&self->out, self->progs[1]);		\
									\
	ASSERT_GT(__fd, 0);						\
	ASSERT_GT(__pinned, 0);						\
	ASSERT_EQ(0, obj_pin(__pinned, BPFFS "/pinned"));		\
	close(__pinned);						\
	ASSERT_EQ(0, point_attach(&self->in, self->progs[2]));		\
	forget_prog(0);							\
	forget_prog(1);							\
	forget_prog(2);							\
	__fd;								\
})

#define expect_clean_end(fd) do {					\
	int __pinned = obj_get(BPFFS "/pinned");			\
									\
	ASSERT_GT(__pinned, 0);						\
	EXPECT_TRUE(prog_gone(self->ids[2]));				\
	expect_defunct(fd, self->ids[0]);				\
	expect_defunct(__pinned, self->ids[1]);				\
	EXPECT_EQ(0, tcx_link_detach(fd));				\
	EXPECT_EQ(0, tcx_link_detach(fd));				\
	EXPECT_EQ(self->links + 2, links_count());			\
	EXPECT_TRUE(prog_alive(self->ids[0]));				\
	close(fd);							\
	EXPECT_TRUE(prog_gone(self->ids[0]));				\
	close(__pinned);						\
	EXPECT_TRUE(prog_alive(self->ids[1]));				\
	EXPECT_EQ(0, unlink(BPFFS "/pinned"));				\
	EXPECT_TRUE(prog_gone(self->ids[1]));				\
	EXPECT_EQ(self->links, links_settle(self->links));		\
} while (0)

TEST_F_TIMEOUT(link, device_removed, LONG)
{
	int fd = attach_before_the_end();

	ASSERT_EQ(0, link_del(self->in.ifindex));
	/* The number comes again: the link has nothing to do with that one. */
	ASSERT_EQ(self->in.ifindex, link_add("dummy", "dev", self->in.ifindex));
	expect_clean_end(fd);
	expect_count(&self->in, 0);
	expect_revision(&self->in, 1);
}

TEST_F_TIMEOUT(link, device_with_clsact_removed, LONG)
{
	int fd;

	ASSERT_EQ(0, qdisc_add(self->in.ifindex, "clsact"));
	fd = attach_before_the_end();
	ASSERT_EQ(0, link_del(self->in.ifindex));
	expect_clean_end(fd);
}

TEST_F_TIMEOUT(link, namespace_removed, LONG)
{
	int fd = attach_before_the_end(), tries;

	ASSERT_GE(netns_new(), 0);
	sleep_ms(100);
	EXPECT_EQ(self->in.ifindex, tcx_link_info(fd).ifindex);
	close(self->home);
	for (tries = 0; tries < 1000 && tcx_link_info(fd).ifindex; tries++)
		sleep_ms(20);
	expect_clean_end(fd);
}

/* Closed while the namespace is dying: either comes first. */
TEST_F_TIMEOUT(link, closed_while_the_namespace_dies, LONG)
{
	int keep, i;

	keep = netns_new();
	ASSERT_GE(keep, 0);
	for (i = 0; i < 20; i++) {
		int ns = netns_new(), fd;
		struct point p = { dummy_add("dev"), BPF_TCX_INGRESS + (i & 1) };

		ASSERT_GE(ns, 0);
		fd = create(&p, self->progs[i & 1]);
		ASSERT_GT(fd, 0);
		ASSERT_EQ(0, netns_enter(keep));
		close(ns);
		sleep_ms(i * 2);
		close(fd);
	}
	EXPECT_EQ(self->links, links_settle(self->links));
}

/* Moved to where its number is taken: the link tells the new one. */
TEST_F_TIMEOUT(link, device_moved, LONG)
{
	int map = counters_create(1), prog = counter_load(map, 0);
	int away, fd, i, old = self->in.ifindex, new, sock;
	struct point p = self->out;
	char text[1024], want[1024];

	ASSERT_GT(prog, 0);
	fd = create(&p, prog);
	ASSERT_GT(fd, 0);
	away = netns_new();
	ASSERT_GE(away, 0);
	ASSERT_EQ(old, link_add("dummy", "taken", old));
	ASSERT_EQ(0, netns_enter(self->home));
	ASSERT_EQ(0, link_move(old, away));
	EXPECT_EQ(-ENODEV, point_query(&p).ret);

	/* From wherever one asks. */
	new = tcx_link_info(fd).ifindex;
	EXPECT_GT(new, 0);
	EXPECT_NE(old, new);
	ASSERT_EQ(0, netns_enter(away));
	EXPECT_EQ(if_nametoindex("dev"), new);
	p.ifindex = new;
	expect_count(&p, 1);
	expect_revision(&p, 2);
	EXPECT_EQ(prog_id(prog), point_query(&p).ids[0]);
	fdinfo_expected(fd, &p, prog, want, sizeof(want));
	ASSERT_EQ(0, fdinfo_read(fd, text, sizeof(text), 4096));
	EXPECT_STREQ(want, strstr(text, "link_type"));

	/* And it sees packets there. */
	ASSERT_EQ(0, device_up(new));
	sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	for (i = 0; i < 10; i++)
		EXPECT_EQ(0, traffic_send(sock, new));
	EXPECT_GE(counter_read(map, 0), 10);
	close(sock);

	EXPECT_EQ(0, tcx_link_update(fd, self->progs[0]));
	EXPECT_EQ(self->ids[0], point_query(&p).ids[0]);
	ASSERT_EQ(0, link_move(new, self->home));
	ASSERT_EQ(0, netns_enter(self->home));
	p.ifindex = if_nametoindex("dev");
	EXPECT_EQ(p.ifindex, tcx_link_info(fd).ifindex);
	expect_count(&p, 1);
	close(fd);
	expect_count(&p, 0);
}

/* The namespace that it was made in is gone, the link is not. */
TEST_F_TIMEOUT(link, device_moved_and_namespace_removed, LONG)
{
	int fd = create(&self->in, self->progs[0]), away = netns_new();

	ASSERT_GT(fd, 0);
	ASSERT_GE(away, 0);
	ASSERT_EQ(0, netns_enter(self->home));
	ASSERT_EQ(0, link_move(self->in.ifindex, away));
	ASSERT_EQ(0, netns_enter(away));
	close(self->home);
	sleep_ms(500);
	EXPECT_EQ(self->in.ifindex, tcx_link_info(fd).ifindex);
	EXPECT_EQ(0, tcx_link_update(fd, self->progs[1]));
	expect_count(&self->in, 1);
	ASSERT_EQ(0, link_del(self->in.ifindex));
	expect_defunct(fd, self->ids[1]);
	close(fd);
	EXPECT_EQ(self->links, links_settle(self->links));
}

/*
 * Two versions of a program take turns in one place, between two others that
 * count, too: each packet has met exactly one of the two.
 */
#define UPDATES	600

FIXTURE(atomic) {
	int left, right;
};

FIXTURE_VARIANT(atomic) {
	bool ingress;
};

FIXTURE_VARIANT_ADD(atomic, ingress) {
	.ingress = true,
};

FIXTURE_VARIANT_ADD(atomic, egress) {
	.ingress = false,
};

FIXTURE_SETUP(atomic)
{
	ASSERT_GE(netns_new(), 0);
	self->left = veth_add("left", "right");
	self->right = if_nametoindex("right");
	ASSERT_GT(self->left, 0);
	ASSERT_EQ(0, device_up(self->left));
	ASSERT_EQ(0, device_up(self->right));
}

FIXTURE_TEARDOWN(atomic)
{
}

enum { FIRST, VERSION1, VERSION2, LAST, SLOTS };

static bool settled(int map)
{
	__u64 before = counter_read(map, FIRST);

	sleep_ms(100);
	return counter_read(map, FIRST) == before &&
	       counter_read(map, LAST) == before;
}

TEST_F_TIMEOUT(atomic, update, LONG)
{
	struct point p = {
		variant->ingress ? self->right : self->left,
		variant->ingress ? BPF_TCX_INGRESS : BPF_TCX_EGRESS,
	};
	struct traffic traffic[2] = {
		{ .ifindex = { self->left } },
		{ .ifindex = { self->left } },
	};
	int map = counters_create(SLOTS), progs[SLOTS], link, i;
	__u64 counts[SLOTS];

	for (i = 0; i < SLOTS; i++) {
		progs[i] = counter_load(map, i);
		ASSERT_GT(progs[i], 0);
	}
	ASSERT_EQ(0, point_attach(&p, progs[FIRST]));
	link = create(&p, progs[VERSION1]);
	ASSERT_GT(link, 0);
	ASSERT_EQ(0, point_attach(&p, progs[LAST]));

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, traffic_start(&traffic[i]));
	for (i = 0; i < UPDATES; i++) {
		bool second = i & 1;

		EXPECT_EQ(0, tcx_link_update_flags(link,
						   progs[VERSION2 - second],
						   BPF_F_REPLACE,
						   progs[VERSION1 + second]));
		if (i % 5 == 0)
			sleep_ms(5);
	}
	for (i = 0; i < 2; i++)
		traffic_stop(&traffic[i]);
	for (i = 0; i < 50 && !settled(map); i++)
		;
	for (i = 0; i < SLOTS; i++)
		counts[i] = counter_read(map, i);
	TH_LOG("%llu packets, %llu and %llu of them by version",
	       (unsigned long long)counts[FIRST],
	       (unsigned long long)counts[VERSION1],
	       (unsigned long long)counts[VERSION2]);
	EXPECT_GT(counts[VERSION1], 0);
	EXPECT_GT(counts[VERSION2], 0);
	EXPECT_EQ(counts[FIRST], counts[VERSION1] + counts[VERSION2]);
	EXPECT_EQ(counts[FIRST], counts[LAST]);
	expect_revision(&p, 4 + UPDATES);
}

/* No fd left: refused where native tcx finds out, and nothing is left. */
TEST_F(link, no_fd_left)
{
	const struct point *p = &self->in;
	struct rlimit limit;
	int first, fd, i, id;

	ASSERT_EQ(0, point_attach(p, self->progs[0]));
	fd = create(&self->out, self->progs[1]);
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
		/* Known before what the attach point says, behind the device. */
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
	int anchor = create(&self->in, self->progs[1]), i;
	int stray = create(&self->out, self->progs[2]);
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
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_TRACING,
		.insns = (uintptr_t)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (uintptr_t)"GPL",
		.expected_attach_type = BPF_TRACE_ITER,
		.attach_btf_id = id,
	};

	if (id < 0)
		return -ENOENT;
	return sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
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
		fds[i] = create(self->points[i & 1], cls_load());
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

/*
 * An owner makes and closes a link over and over, while others name it as the
 * relative of theirs. The last reference is then often theirs to drop: on a
 * kernel that frees a link at once that calls release(), which takes RTNL.
 */
struct race {
	const struct point *point;
	int prog;
	bool by_id;
	_Atomic int *anchor_fd, *anchor_id;
	_Atomic bool *stop;
	unsigned long made, missed, strange;
	int strange_ret;
	pthread_t thread;
};

static void *race_owner(void *arg)
{
	struct race *r = arg;

	while (!*r->stop) {
		int fd = create(r->point, r->prog);

		/* A neighbour has not yet let go of the one before. */
		if (fd == -EEXIST) {
			r->missed++;
			continue;
		}
		if (fd < 0) {
			r->strange++;
			r->strange_ret = fd;
			continue;
		}
		r->made++;
		*r->anchor_fd = fd;
		*r->anchor_id = link_id(fd);
		if (r->made % 4 == 0)
			sched_yield();
		close(fd);
	}
	return NULL;
}

static void *race_neighbour(void *arg)
{
	struct race *r = arg;

	while (!*r->stop) {
		__u32 flags = BPF_F_LINK | (r->by_id ? BPF_F_ID : 0) |
			      (r->made & 1 ? BPF_F_BEFORE : BPF_F_AFTER);
		__u32 anchor = r->by_id ? *r->anchor_id : *r->anchor_fd;
		int ret = sys_link_create(r->point->ifindex, r->point->type,
					  r->prog, flags, anchor, 0);

		if (ret >= 0) {
			r->made++;
			close(ret);
		} else if (ret == -ENOENT || ret == -EBADF || ret == -EINVAL ||
			   ret == -EAGAIN || ret == -EEXIST) {
			/* Gone; or the number is now of something else, of the
			 * other neighbour's link even, which then lives on for
			 * a moment.
			 */
			r->missed++;
		} else {
			r->strange++;
			r->strange_ret = ret;
		}
	}
	return NULL;
}

static unsigned int now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

TEST_F_TIMEOUT(link, anchor_closed_meanwhile, 300)
{
	_Atomic int anchor_fd = FD_CLOSED, anchor_id = 0x7fffffff;
	int seconds = env_number("LINK_RACE_SECONDS", RACE_SECONDS), i, fd;
	_Atomic bool stop = false;
	struct race racers[3];
	unsigned int start;

	for (i = 0; i < 3; i++) {
		racers[i] = (struct race){
			.point = &self->in,
			.prog = self->progs[i],
			.by_id = i == 2,
			.anchor_fd = &anchor_fd,
			.anchor_id = &anchor_id,
			.stop = &stop,
		};
		ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL,
					    i ? race_neighbour : race_owner,
					    &racers[i]));
	}
	sleep_ms(seconds * 1000);

	/* Everything still answers, already while it goes on. */
	start = now_ms();
	EXPECT_GT(dummy_add("answers"), 0);
	EXPECT_LT(now_ms() - start, 5000);
	stop = true;
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, pthread_join(racers[i].thread, NULL));
		TH_LOG("%s: %lu made, %lu refused", i == 0 ? "owner" :
		       i == 1 ? "by fd" : "by id", racers[i].made,
		       racers[i].missed);
		EXPECT_EQ(0, racers[i].strange) {
			TH_LOG("%d", racers[i].strange_ret);
		}
		EXPECT_GT(racers[i].made, 0);
	}
	EXPECT_EQ(self->links, links_settle(self->links));

	start = now_ms();
	EXPECT_GT(dummy_add("after"), 0);
	fd = create(&self->in, self->progs[0]);
	EXPECT_GT(fd, 0);
	EXPECT_EQ(0, point_attach(&self->in, self->progs[3]));
	expect_count(&self->in, 2);
	close(fd);
	EXPECT_EQ(0, link_del(self->in.ifindex));
	EXPECT_LT(now_ms() - start, 1000);
}

static int create_and_pin(const struct point *p, int prog_fd)
{
	int fd = create(p, prog_fd);

	return fd < 0 ? -fd : -obj_pin(fd, BPFFS "/held");
}

/* A link keeps the module, whether it is attached or defunct, and no longer.
 * The child does what opens the door.
 */
TEST_F_TIMEOUT(link, holds_the_module, LONG)
{
	int fd;

	if (access(TCX_BACKPORT_DEVICE, F_OK)) {
		TH_LOG("there is no module to be held");
		return;
	}
	ASSERT_EQ(0, module_references_settle());
	ASSERT_EQ(0, in_child(create_and_pin(&self->in, self->progs[0])));
	EXPECT_GT(module_references(), 0);
	EXPECT_EQ(-1, syscall(SYS_delete_module, MODULE, O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
	fd = obj_get(BPFFS "/held");
	ASSERT_GT(fd, 0);
	ASSERT_EQ(0, unlink(BPFFS "/held"));
	EXPECT_GT(module_references(), 0);
	ASSERT_EQ(0, tcx_link_detach(fd));
	EXPECT_EQ(1, module_references());
	EXPECT_EQ(-1, syscall(SYS_delete_module, MODULE, O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
	close(fd);
	EXPECT_EQ(0, module_references_settle());

	/* Not even a refused request keeps it. */
	EXPECT_EQ(ENODEV, in_child(-sys_link_create(IFINDEX_NONE, self->in.type,
						    self->progs[0], 0, 0, 0)));
	EXPECT_EQ(ESTALE, in_child(-sys_link_create(self->in.ifindex,
						    self->in.type,
						    self->progs[0], 0, 0, 9)));
	EXPECT_EQ(0, module_references_settle());
}

TEST_HARNESS_MAIN
