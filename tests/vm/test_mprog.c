// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of an attach point: where a program goes, which one comes off,
 * what a query says, what the revision does, and the errno of every refusal.
 *
 * Most of it is a table. A row holds the programs attached before, a request
 * in words, what it must answer, and the programs attached afterwards if it
 * succeeds; the letters A to F are programs, in the order in which they run.
 * After every row the array and the revision are compared, so a refused
 * request that changed anything is seen too.
 *
 *   attach X, detach X, detach       the request; X is an object
 *   before, after, id, link          set BPF_F_BEFORE and so on
 *   replace X                        BPF_F_REPLACE, and X in replace_prog_fd
 *   rel X                            the relative: X's id after "id", else fd
 *   rev now|old|next                 expected_revision
 *   junk X                           X in replace_prog_fd, without the flag
 *   nodev, badtype, badflag          no such device, attach type, flag
 *
 * Objects: the programs; xdp, a program of another type; xdplink and tplink,
 * links of other types; map and file, fds of something else; closed, an fd
 * that is not open; gone, an id that nobody has; none, 0.
 */
#include <limits.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "netns.h"
#include "point.h"

#define PROGS	6
#define BADFLAG	(1U << 1)	/* BPF_F_ALLOW_MULTI: known, but not here */
#define BADTYPE	200

enum object_kind {
	OBJ_XDP = PROGS,
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

struct row {
	const char *start;
	const char *request;
	int ret;
	const char *end;	/* where ret is 0 */
};

struct request {
	bool detach;
	int ifindex;
	int type;
	int prog_fd;
	__u32 flags;
	int replace_fd;
	__u32 relative;
	__u64 revision;
};

FIXTURE(mprog) {
	struct point point;
	bool keeps_revision;	/* a qdisc keeps an emptied point's counter */
	struct object objects[OBJECTS];
};

FIXTURE_VARIANT(mprog) {
	int type;
	const char *qdisc;
};

FIXTURE_VARIANT_ADD(mprog, ingress) {
	.type = BPF_TCX_INGRESS,
};

FIXTURE_VARIANT_ADD(mprog, egress) {
	.type = BPF_TCX_EGRESS,
};

FIXTURE_VARIANT_ADD(mprog, ingress_clsact) {
	.type = BPF_TCX_INGRESS,
	.qdisc = "clsact",
};

FIXTURE_VARIANT_ADD(mprog, egress_clsact) {
	.type = BPF_TCX_EGRESS,
	.qdisc = "clsact",
};

FIXTURE_SETUP(mprog)
{
	struct object *objects = self->objects;
	int i, tp;

	ASSERT_GE(netns_new(), 0);
	self->point.type = variant->type;
	self->point.ifindex = dummy_add("dev");
	ASSERT_GT(self->point.ifindex, 0);
	if (variant->qdisc) {
		ASSERT_EQ(0, qdisc_add(self->point.ifindex, variant->qdisc));
		self->keeps_revision = true;
	}

	for (i = 0; i < OBJECTS; i++)
		objects[i] = (struct object){ FD_CLOSED, 0x7fffffff };
	for (i = 0; i < PROGS; i++)
		objects[i].fd = cls_load();
	objects[OBJ_XDP].fd = prog_load(BPF_PROG_TYPE_XDP, 2);
	for (i = 0; i <= OBJ_XDP; i++) {
		ASSERT_GT(objects[i].fd, 0);
		objects[i].id = prog_id(objects[i].fd);
		ASSERT_GT((int)objects[i].id, 0);
	}

	objects[OBJ_XDPLINK].fd = xdp_link_create(objects[OBJ_XDP].fd,
						  self->point.ifindex);
	tp = prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0);
	objects[OBJ_TPLINK].fd = raw_tp_link_create(tp, "sched_process_exit");
	for (i = OBJ_XDPLINK; i <= OBJ_TPLINK; i++) {
		ASSERT_GT(objects[i].fd, 0);
		objects[i].id = link_id(objects[i].fd);
		ASSERT_GT((int)objects[i].id, 0);
	}

	objects[OBJ_MAP].fd = map_create();
	objects[OBJ_FILE].fd = open("/dev/null", O_RDWR);
	ASSERT_GT(objects[OBJ_MAP].fd, 0);
	ASSERT_GT(objects[OBJ_FILE].fd, 0);
	objects[OBJ_NONE] = (struct object){ 0, 0 };
}

FIXTURE_TEARDOWN(mprog)
{
}

static const struct object *find_object(const struct object *objects,
					const char *name)
{
	int i;

	for (i = 0; i < OBJECTS; i++)
		if (name && !strcmp(name, object_names[i]))
			return &objects[i];
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

/* "detach" alone names no program: what follows is a word, not an object. */
static bool is_object(const char *word)
{
	int i;

	for (i = 0; word && i < OBJECTS; i++)
		if (!strcmp(word, object_names[i]))
			return true;
	return false;
}

static struct request parse(const char *text, const struct object *objects,
			    const struct point *point, __u64 now)
{
	struct request req = { .ifindex = point->ifindex, .type = point->type };
	char copy[128], *save, *word, *next;
	const struct object *relative = NULL;

	snprintf(copy, sizeof(copy), "%s", text);
#define NEXT() strtok_r(NULL, " ", &save)
	word = strtok_r(copy, " ", &save);
	req.detach = !strcmp(word, "detach");
	next = NEXT();
	if (is_object(next)) {
		req.prog_fd = find_object(objects, next)->fd;
		next = NEXT();
	}
	while ((word = next)) {
		if (!strcmp(word, "before")) {
			req.flags |= BPF_F_BEFORE;
		} else if (!strcmp(word, "after")) {
			req.flags |= BPF_F_AFTER;
		} else if (!strcmp(word, "id")) {
			req.flags |= BPF_F_ID;
		} else if (!strcmp(word, "link")) {
			req.flags |= BPF_F_LINK;
		} else if (!strcmp(word, "replace")) {
			req.flags |= BPF_F_REPLACE;
			req.replace_fd = find_object(objects, NEXT())->fd;
		} else if (!strcmp(word, "junk")) {
			req.replace_fd = find_object(objects, NEXT())->fd;
		} else if (!strcmp(word, "rel")) {
			relative = find_object(objects, NEXT());
		} else if (!strcmp(word, "rev")) {
			req.revision = parse_revision(NEXT(), now);
		} else if (!strcmp(word, "nodev")) {
			req.ifindex = IFINDEX_NONE;
		} else if (!strcmp(word, "badtype")) {
			req.type = BADTYPE;
		} else if (!strcmp(word, "badflag")) {
			req.flags |= BADFLAG;
		} else {
			fprintf(stderr, "# unknown word '%s'\n", word);
			exit(KSFT_FAIL);
		}
		next = NEXT();
	}
#undef NEXT
	if (relative)
		req.relative = req.flags & BPF_F_ID ? relative->id :
						      (__u32)relative->fd;
	return req;
}

static int issue(const struct request *req)
{
	if (req->detach)
		return sys_prog_detach(req->ifindex, req->type, req->prog_fd,
				       req->flags, req->relative,
				       req->revision);
	return sys_prog_attach(req->ifindex, req->type, req->prog_fd,
			       req->flags, req->replace_fd, req->relative,
			       req->revision);
}

/* The attached programs as letters, '?' for one that is none of ours. */
static struct point_state get_order(const struct object *objects,
				    const struct point *point, char *order)
{
	struct point_state state = point_query(point);
	__u32 i, k;

	for (i = 0; !state.ret && i < state.count; i++) {
		for (k = 0; k < PROGS && objects[k].id != state.ids[i];)
			k++;
		*order++ = k < PROGS ? 'A' + (char)k : '?';
	}
	*order = 0;
	return state;
}

static void arrange(struct __test_metadata *_metadata,
		    const struct object *objects, const struct point *point,
		    const char *wanted)
{
	char order[65];

	get_order(objects, point, order);
	if (!strcmp(order, wanted))
		return;
	for (; *order; get_order(objects, point, order))
		ASSERT_EQ(0, point_detach(point, objects[*order - 'A'].fd));
	for (; *wanted; wanted++)
		ASSERT_EQ(0, point_attach(point, objects[*wanted - 'A'].fd));
}

static void expect_row(struct __test_metadata *_metadata,
		       const struct object *objects, const struct point *point,
		       bool keeps_revision, const struct row *row)
{
	const char *end = row->ret ? row->start : row->end;
	struct point_state before, after;
	struct request req;
	__u64 revision;
	char order[65];
	int ret;

	arrange(_metadata, objects, point, row->start);
	before = get_order(objects, point, order);
	ASSERT_EQ(0, before.ret);
	ASSERT_STREQ(row->start, order);

	req = parse(row->request, objects, point, before.revision);
	ret = issue(&req);
	EXPECT_EQ(row->ret, ret) {
		TH_LOG("\"%s\": %s", row->start, row->request);
	}

	after = get_order(objects, point, order);
	EXPECT_STREQ(end, order) {
		TH_LOG("\"%s\": %s", row->start, row->request);
	}
	revision = before.revision + !row->ret;
	if (!row->ret && !*end && !keeps_revision)
		revision = 1;
	EXPECT_EQ(revision, after.revision) {
		TH_LOG("\"%s\": %s", row->start, row->request);
	}
}

#define expect_rows(rows) do {						\
	size_t __i;							\
									\
	for (__i = 0; __i < ARRAY_SIZE(rows); __i++)			\
		expect_row(_metadata, self->objects, &self->point,	\
			   self->keeps_revision, &(rows)[__i]);		\
} while (0)

TEST_F(mprog, attach_position)
{
	static const struct row rows[] = {
		{ "", "attach A", 0, "A" },
		{ "", "attach A before", 0, "A" },
		{ "", "attach A after", 0, "A" },
		{ "AB", "attach C", 0, "ABC" },
		{ "AB", "attach C after", 0, "ABC" },
		{ "AB", "attach C before", 0, "CAB" },
		{ "ABC", "attach D before rel A", 0, "DABC" },
		{ "ABC", "attach D before rel B", 0, "ADBC" },
		{ "ABC", "attach D before rel C", 0, "ABDC" },
		{ "ABC", "attach D after rel A", 0, "ADBC" },
		{ "ABC", "attach D after rel B", 0, "ABDC" },
		{ "ABC", "attach D after rel C", 0, "ABCD" },
		{ "ABC", "attach D before id rel B", 0, "ADBC" },
		{ "ABC", "attach D after id rel B", 0, "ABDC" },
		{ "A", "attach B before id rel A", 0, "BA" },
		{ "A", "attach B rev now", 0, "AB" },
		{ "A", "attach B before rel A rev now", 0, "BA" },
		/* Nobody looks at it without BPF_F_REPLACE. */
		{ "AB", "attach C junk closed", 0, "ABC" },
		{ "AB", "attach C junk A", 0, "ABC" },
	};

	expect_rows(rows);
}

TEST_F(mprog, attach_refused)
{
	static const struct row rows[] = {
		{ "A", "attach B badtype", -EINVAL },
		{ "A", "attach B badflag", -EINVAL },
		{ "A", "attach none", -EINVAL },	/* an fd of no program */
		{ "A", "attach closed", -EBADF },
		{ "A", "attach file", -EINVAL },
		{ "A", "attach map", -EINVAL },
		{ "A", "attach xdp", -EINVAL },
		{ "A", "attach xdplink", -EINVAL },
		{ "A", "attach B nodev", -ENODEV },
		{ "A", "attach B rev old", -ESTALE },
		{ "A", "attach B rev next", -ESTALE },
		{ "AB", "attach A", -EEXIST },
		{ "AB", "attach B before", -EEXIST },
		{ "AB", "attach A after rel B", -EEXIST },

		/* A relative alone says no position. */
		{ "AB", "attach C rel A", -EINVAL },
		{ "AB", "attach C id rel A", -EINVAL },
		{ "AB", "attach C id", -ENOENT },
		{ "AB", "attach C link", -EINVAL },

		/* Never the same position. */
		{ "", "attach A before after", -ERANGE },
		{ "AB", "attach C before after", -ERANGE },
		{ "AB", "attach C before after rel A", -ERANGE },
		{ "AB", "attach C before after rel B", -ERANGE },
		{ "AB", "attach C before after rel D", -ENOENT },

		{ "", "attach A before rel B", -ENOENT },
		{ "", "attach A after rel B", -ENOENT },
		{ "", "attach A before rel A", -ENOENT },
		{ "AB", "attach C before rel D", -ENOENT },
		{ "AB", "attach C after rel D", -ENOENT },
		{ "AB", "attach C before rel C", -ENOENT },
		{ "AB", "attach C before id rel D", -ENOENT },
		{ "AB", "attach C before id rel gone", -ENOENT },
		{ "AB", "attach C after id rel gone", -ENOENT },
		{ "AB", "attach C before id", -ENOENT },
		{ "AB", "attach C after id rel none", -ENOENT },
		{ "AB", "attach C before rel closed", -EBADF },
		{ "AB", "attach C after rel closed", -EBADF },
		{ "AB", "attach C before rel file", -EINVAL },
		{ "AB", "attach C before rel map", -EINVAL },
		{ "AB", "attach C before rel xdp", -EINVAL },
		{ "AB", "attach C before rel xdplink", -EINVAL },
		{ "AB", "attach C before id rel xdp", -EINVAL },
	};

	expect_rows(rows);
}

TEST_F(mprog, attach_link_relative)
{
	static const struct row rows[] = {
		{ "AB", "attach C before link", -EINVAL },
		{ "AB", "attach C after link rel none", -EINVAL },
		{ "AB", "attach C before link rel A", -EINVAL },
		{ "AB", "attach C before link rel file", -EINVAL },
		{ "AB", "attach C before link rel map", -EINVAL },
		{ "AB", "attach C before link rel closed", -EBADF },
		{ "AB", "attach C after link rel closed", -EBADF },
		{ "AB", "attach C before link rel xdplink", -EINVAL },
		{ "AB", "attach C after link rel tplink", -EINVAL },
		{ "AB", "attach C link rel xdplink", -EINVAL },
		{ "AB", "attach C before link id", -ENOENT },
		{ "AB", "attach C before link id rel gone", -ENOENT },
		{ "AB", "attach C before link id rel xdplink", -EINVAL },
		{ "AB", "attach C after link id rel tplink", -EINVAL },
		{ "AB", "attach C replace A link rel xdplink", -EINVAL },
		{ "AB", "attach C replace A link rel closed", -EBADF },
		{ "AB", "attach C replace A link", -EINVAL },
	};

	expect_rows(rows);
}

TEST_F(mprog, replace)
{
	static const struct row rows[] = {
		{ "A", "attach B replace A", 0, "B" },
		{ "ABC", "attach D replace A", 0, "DBC" },
		{ "ABC", "attach D replace B", 0, "ADC" },
		{ "ABC", "attach D replace C", 0, "ABD" },
		{ "ABC", "attach D replace C rev now", 0, "ABD" },

		/* Positions that agree. */
		{ "ABC", "attach D replace A before rel B", 0, "DBC" },
		{ "ABC", "attach D replace B before rel C", 0, "ADC" },
		{ "ABC", "attach D replace B after rel A", 0, "ADC" },
		{ "ABC", "attach D replace C after rel B", 0, "ABD" },
		{ "ABC", "attach D replace B before id rel C", 0, "ADC" },

		/* Positions that do not. */
		{ "ABC", "attach D replace A before", -ERANGE },
		{ "ABC", "attach D replace C after", -ERANGE },
		{ "A", "attach B replace A before", -ERANGE },
		{ "A", "attach B replace A after", -ERANGE },
		{ "ABC", "attach D replace B before rel A", -ERANGE },
		{ "ABC", "attach D replace B before rel B", -ERANGE },
		{ "ABC", "attach D replace B after rel B", -ERANGE },
		{ "ABC", "attach D replace B after rel C", -ERANGE },
		{ "ABC", "attach D replace B before after rel A", -ERANGE },
		{ "ABC", "attach D replace A before after rel B", -ERANGE },

		/* A relative without a position must exist, and that is all. */
		{ "ABC", "attach D replace B rel A", 0, "ADC" },
		{ "ABC", "attach D replace B rel E", 0, "ADC" },
		{ "ABC", "attach D replace B id rel E", 0, "ADC" },
		{ "ABC", "attach D replace B rel closed", -EBADF },
		{ "ABC", "attach D replace B rel xdp", -EINVAL },
		{ "ABC", "attach D replace B id rel gone", -ENOENT },
		{ "ABC", "attach D replace B id", -ENOENT },

		{ "", "attach A replace B", -ENOENT },
		{ "ABC", "attach D replace E", -ENOENT },
		{ "ABC", "attach D replace D", -ENOENT },
		{ "ABC", "attach D replace E before rel F", -ENOENT },
		{ "ABC", "attach D replace A before rel F", -ENOENT },
		{ "ABC", "attach D replace A after rel F", -ENOENT },
		{ "ABC", "attach A replace A", -EEXIST },
		{ "ABC", "attach A replace B", -EEXIST },
		{ "ABC", "attach D replace closed", -EBADF },
		{ "ABC", "attach D replace none", -EINVAL },
		{ "ABC", "attach D replace file", -EINVAL },
		{ "ABC", "attach D replace map", -EINVAL },
		{ "ABC", "attach D replace xdp", -EINVAL },
		{ "ABC", "attach D replace B rev old", -ESTALE },
	};

	expect_rows(rows);
}

/* Every row is wrong in all that is checked later, too. */
TEST_F(mprog, attach_precedence)
{
	static const struct row rows[] = {
		{ "AB", "attach closed badflag nodev replace closed rev old before rel closed", -EINVAL },
		{ "AB", "attach closed badtype nodev replace closed rev old before rel closed", -EINVAL },
		{ "AB", "attach closed nodev replace closed rev old before rel closed", -EBADF },
		{ "AB", "attach xdp nodev replace closed rev old before rel closed", -EINVAL },
		{ "AB", "attach A nodev replace closed rev old before rel closed", -ENODEV },
		{ "AB", "attach A replace closed rev old before rel closed",
		  -EBADF },
		{ "AB", "attach A replace xdp rev old before rel closed",
		  -EINVAL },
		{ "AB", "attach A replace D rev old before rel closed",
		  -ESTALE },
		{ "AB", "attach A rev old before after rel closed", -ESTALE },
		{ "AB", "attach A replace D before rel closed", -EEXIST },
		{ "AB", "attach A link", -EEXIST },
		{ "AB", "attach C replace D before rel closed", -EBADF },
		{ "AB", "attach C replace D before rel xdp", -EINVAL },
		{ "AB", "attach C replace D before after", -ENOENT },
		{ "AB", "attach C replace B before after rel D", -ENOENT },
		{ "", "attach A rev old before rel closed", -ESTALE },
		{ "", "attach A rev now before rel closed", -EBADF },
	};

	expect_rows(rows);
}

TEST_F(mprog, detach)
{
	static const struct row rows[] = {
		{ "A", "detach A", 0, "" },
		{ "ABC", "detach A", 0, "BC" },
		{ "ABC", "detach B", 0, "AC" },
		{ "ABC", "detach C", 0, "AB" },
		{ "ABC", "detach C rev now", 0, "AB" },

		/* A position beside the program must be the program's. */
		{ "ABC", "detach A before rel B", 0, "BC" },
		{ "ABC", "detach B before rel C", 0, "AC" },
		{ "ABC", "detach B after rel A", 0, "AC" },
		{ "ABC", "detach C after id rel B", 0, "AB" },
		{ "ABC", "detach B before rel B", -ERANGE },
		{ "ABC", "detach B after rel B", -ERANGE },
		{ "ABC", "detach B before after rel A", -ERANGE },
		{ "ABC", "detach A before", -ERANGE },
		{ "ABC", "detach C after", -ERANGE },

		/* A relative without a position must exist, and that is all. */
		{ "ABC", "detach A rel B", 0, "BC" },
		{ "ABC", "detach A rel F", 0, "BC" },
		{ "ABC", "detach A id rel F", 0, "BC" },
		{ "ABC", "detach A rel closed", -EBADF },
		{ "ABC", "detach A rel xdp", -EINVAL },
		{ "ABC", "detach A id rel gone", -ENOENT },
		{ "ABC", "detach A id", -ENOENT },
		{ "ABC", "detach A link", -EINVAL },
		{ "ABC", "detach A link rel A", -EINVAL },
		{ "ABC", "detach A link rel closed", -EBADF },
		{ "ABC", "detach A link rel xdplink", -EINVAL },
		{ "ABC", "detach A before link id rel tplink", -EINVAL },
		{ "ABC", "detach A link id rel gone", -ENOENT },

		{ "ABC", "detach D", -ENOENT },
		{ "ABC", "detach D before rel F", -ENOENT },
		{ "ABC", "detach A before rel F", -ENOENT },
		{ "ABC", "detach A after rel F", -ENOENT },
		{ "ABC", "detach closed", -EBADF },
		{ "ABC", "detach file", -EINVAL },
		{ "ABC", "detach map", -EINVAL },
		{ "ABC", "detach xdp", -EINVAL },
		{ "ABC", "detach A badtype", -EINVAL },
		{ "ABC", "detach A badflag", -EINVAL },
		{ "ABC", "detach A nodev", -ENODEV },
		{ "ABC", "detach A replace B", -EINVAL },
		{ "ABC", "detach A rev old", -ESTALE },
		{ "ABC", "detach A rev next", -ESTALE },

		/* Wrong in more than one way. */
		{ "ABC", "detach closed badflag nodev", -EINVAL },
		{ "ABC", "detach closed nodev", -EBADF },
		{ "ABC", "detach xdp nodev", -EINVAL },
		{ "ABC", "detach D nodev replace B rev old", -ENODEV },
		{ "ABC", "detach D replace B rev old", -EINVAL },
		{ "ABC", "detach D rev old before rel closed", -ESTALE },
		{ "ABC", "detach D before rel closed", -EBADF },
		{ "ABC", "detach D before after", -ENOENT },
	};

	expect_rows(rows);
}

TEST_F(mprog, detach_position)
{
	static const struct row rows[] = {
		{ "A", "detach", 0, "" },
		{ "A", "detach before", 0, "" },
		{ "A", "detach after", 0, "" },
		{ "ABC", "detach", 0, "AB" },
		{ "ABC", "detach rev now", 0, "AB" },
		{ "ABC", "detach after", 0, "AB" },
		{ "ABC", "detach before", 0, "BC" },
		{ "ABC", "detach before rel B", 0, "BC" },
		{ "ABC", "detach before rel C", 0, "AC" },
		{ "ABC", "detach after rel A", 0, "AC" },
		{ "ABC", "detach after rel B", 0, "AB" },
		{ "ABC", "detach after id rel B", 0, "AB" },

		/* Beyond either end: the relative itself. */
		{ "ABC", "detach before rel A", 0, "BC" },
		{ "ABC", "detach after rel C", 0, "AB" },
		{ "A", "detach before rel A", 0, "" },

		{ "ABC", "detach before after", -ERANGE },
		{ "ABC", "detach before after rel B", -ERANGE },
		{ "ABC", "detach rel A", -EINVAL },
		{ "ABC", "detach id rel A", -EINVAL },
		{ "ABC", "detach id", -ENOENT },
		{ "ABC", "detach link", -EINVAL },
		{ "ABC", "detach before rel D", -ENOENT },
		{ "ABC", "detach before id rel gone", -ENOENT },
		{ "ABC", "detach before rel closed", -EBADF },
		{ "ABC", "detach after rel file", -EINVAL },

		/* Without a program, the relative's type is not compared. */
		{ "ABC", "detach before rel xdp", -ENOENT },
		{ "ABC", "detach before link rel xdplink", -ENOENT },
		{ "ABC", "detach after link id rel tplink", -ENOENT },
		{ "ABC", "detach link rel xdplink", -EINVAL },

		{ "ABC", "detach badtype", -EINVAL },
		{ "ABC", "detach badflag", -EINVAL },
		{ "ABC", "detach nodev", -ENODEV },
		{ "ABC", "detach replace A", -EINVAL },
		{ "ABC", "detach rev old", -ESTALE },
	};

	expect_rows(rows);
}

/* A qdisc lets native tcx keep the point, and with it the later checks. */
TEST_F(mprog, detach_from_empty)
{
	static const struct row bare[] = {
		{ "", "detach A", -ENOENT },
		{ "", "detach", -ENOENT },
		{ "", "detach before", -ENOENT },
		{ "", "detach A rev old", -ENOENT },
		{ "", "detach A replace B", -ENOENT },
		{ "", "detach A rel closed", -ENOENT },
		{ "", "detach closed", -EBADF },
		{ "", "detach A nodev", -ENODEV },
		{ "", "detach A badflag", -EINVAL },
	};
	static const struct row kept[] = {
		{ "", "detach A", -ENOENT },
		{ "", "detach", -ENOENT },
		{ "", "detach A rev now", -ENOENT },
		{ "", "detach A rel closed", -ENOENT },
		{ "", "detach A replace B rev old", -EINVAL },
		{ "", "detach A rev old", -ESTALE },
		{ "", "detach closed", -EBADF },
		{ "", "detach A nodev", -ENODEV },
	};

	if (variant->qdisc)
		expect_rows(kept);
	else
		expect_rows(bare);
}

TEST_F(mprog, same_point_twice_other_points_not)
{
	struct point other = {
		self->point.ifindex,
		self->point.type == BPF_TCX_INGRESS ? BPF_TCX_EGRESS :
						      BPF_TCX_INGRESS,
	};
	struct point elsewhere = { dummy_add("elsewhere"), self->point.type };
	__u64 revision = point_query(&other).revision;
	int a = self->objects[0].fd, b = self->objects[1].fd;

	ASSERT_GT(elsewhere.ifindex, 0);
	ASSERT_EQ(0, point_attach(&self->point, a));
	ASSERT_EQ(-EEXIST, point_attach(&self->point, a));
	expect_count(&other, 0);
	expect_revision(&other, revision);
	EXPECT_EQ(-ENOENT, point_detach(&other, a));

	ASSERT_EQ(0, point_attach(&other, a));
	ASSERT_EQ(0, point_attach(&other, b));
	ASSERT_EQ(0, point_attach(&elsewhere, a));
	expect_revision(&other, revision + 2);
	expect_count(&self->point, 1);
	expect_count(&elsewhere, 1);

	ASSERT_EQ(0, point_detach(&self->point, a));
	expect_count(&other, 2);
	expect_count(&elsewhere, 1);
	EXPECT_EQ(0, point_detach(&other, a));
	EXPECT_EQ(0, point_detach(&other, b));
	EXPECT_EQ(0, point_detach(&elsewhere, a));
}

TEST_F(mprog, full)
{
	const struct point *p = &self->point;
	__u64 revision = point_query(p).revision;
	int fds[TCX_BACKPORT_MAX_PROGS + 2], last, spare, more, i;
	struct point_state state;

	for (i = 0; i < (int)ARRAY_SIZE(fds); i++) {
		fds[i] = cls_load();
		ASSERT_GT(fds[i], 0);
	}
	for (i = 0; i < TCX_BACKPORT_MAX_PROGS; i++)
		ASSERT_EQ(0, point_attach(p, fds[i]));
	last = fds[TCX_BACKPORT_MAX_PROGS - 1];
	spare = fds[TCX_BACKPORT_MAX_PROGS];
	more = fds[TCX_BACKPORT_MAX_PROGS + 1];
	revision += TCX_BACKPORT_MAX_PROGS;

	state = point_query(p);
	EXPECT_EQ(0, state.ret);
	EXPECT_EQ(TCX_BACKPORT_MAX_PROGS, state.count);
	for (i = 0; i < TCX_BACKPORT_MAX_PROGS; i++)
		EXPECT_EQ(prog_id(fds[i]), state.ids[i]);

#define attach(fd, flags, replace, relative) \
	sys_prog_attach(p->ifindex, p->type, fd, flags, replace, relative, 0)
#define detach(fd, flags, relative) \
	sys_prog_detach(p->ifindex, p->type, fd, flags, relative, 0)
	EXPECT_EQ(-ERANGE, attach(spare, 0, 0, 0));
	EXPECT_EQ(-ERANGE, attach(spare, BPF_F_BEFORE, 0, 0));
	EXPECT_EQ(-ERANGE, attach(spare, BPF_F_BEFORE, 0, fds[0]));
	EXPECT_EQ(-ERANGE, attach(spare, BPF_F_BEFORE, 0, more));
	EXPECT_EQ(-EBADF, attach(spare, BPF_F_BEFORE, 0, FD_CLOSED));
	EXPECT_EQ(-EEXIST, attach(fds[0], 0, 0, 0));
	expect_revision(p, revision);

	/* One goes, one comes. */
	EXPECT_EQ(0, attach(spare, BPF_F_REPLACE, last, 0));
	EXPECT_EQ(0, attach(last, BPF_F_REPLACE, spare, 0));
	EXPECT_EQ(0, attach(spare, BPF_F_REPLACE | BPF_F_BEFORE, fds[0],
			    fds[1]));
	expect_revision(p, revision + 3);

	/* The place behind the last of 63 is out of range to native tcx, so
	 * there the last program comes off by its name only.
	 */
	EXPECT_EQ(-ERANGE, detach(0, 0, 0));
	EXPECT_EQ(-ERANGE, detach(0, BPF_F_AFTER, 0));
	EXPECT_EQ(-ERANGE, detach(0, BPF_F_AFTER, last));
	expect_revision(p, revision + 3);
	EXPECT_EQ(0, detach(last, 0, 0));
	EXPECT_EQ(0, detach(0, 0, 0));
	EXPECT_EQ(0, detach(0, BPF_F_BEFORE, 0));
	expect_count(p, TCX_BACKPORT_MAX_PROGS - 3);
	expect_revision(p, revision + 6);
#undef attach
#undef detach
}

FIXTURE(query) {
	struct point point;
	int fds[3];
	__u32 ids[3];
};

FIXTURE_VARIANT(query) {
	int type;
};

FIXTURE_VARIANT_ADD(query, ingress) {
	.type = BPF_TCX_INGRESS,
};

FIXTURE_VARIANT_ADD(query, egress) {
	.type = BPF_TCX_EGRESS,
};

FIXTURE_SETUP(query)
{
	int i;

	ASSERT_GE(netns_new(), 0);
	self->point.type = variant->type;
	self->point.ifindex = dummy_add("dev");
	ASSERT_GT(self->point.ifindex, 0);
	for (i = 0; i < 3; i++) {
		self->fds[i] = cls_load();
		ASSERT_GT(self->fds[i], 0);
		self->ids[i] = prog_id(self->fds[i]);
		ASSERT_EQ(0, point_attach(&self->point, self->fds[i]));
	}
}

FIXTURE_TEARDOWN(query)
{
}

#define SENTINEL	0xdeadbeefU

TEST_F(query, capacity)
{
	__u32 count, i;

	for (count = 0; count < 6; count++) {
		__u32 ids[6], flags[6], links[6], link_flags[6];
		struct sys_query q = {
			.count = count,
			.prog_ids = ids,
			.prog_attach_flags = flags,
			.link_ids = links,
			.link_attach_flags = link_flags,
		};

		for (i = 0; i < 6; i++)
			ids[i] = flags[i] = links[i] = link_flags[i] = SENTINEL;
		EXPECT_EQ(count && count < 3 ? -ENOSPC : 0,
			  sys_prog_query(self->point.ifindex, self->point.type,
					 &q));
		EXPECT_EQ(3, q.count);
		EXPECT_EQ(4, q.revision);
		EXPECT_EQ(0, q.attach_flags);
		for (i = 0; i < 6; i++) {
			bool filled = i < count && i < 3;

			EXPECT_EQ(filled ? self->ids[i] : SENTINEL, ids[i]);
			EXPECT_EQ(filled ? 0 : SENTINEL, flags[i]);
			EXPECT_EQ(filled ? 0 : SENTINEL, links[i]);
			EXPECT_EQ(filled ? 0 : SENTINEL, link_flags[i]);
		}
	}
}

TEST_F(query, which_arrays)
{
	__u32 ids[3] = {}, other[3] = { SENTINEL, SENTINEL, SENTINEL };
	struct sys_query none = { .count = 3 };
	struct sys_query no_ids = {
		.count = 1,
		.prog_attach_flags = other,
		.link_ids = other,
		.link_attach_flags = other,
	};
	struct sys_query only_ids = { .count = 3, .prog_ids = ids };

	EXPECT_EQ(0, sys_prog_query(self->point.ifindex, self->point.type,
				    &none));
	EXPECT_EQ(3, none.count);
	EXPECT_EQ(4, none.revision);

	/* Without prog_ids the others are not written, and nothing is short. */
	EXPECT_EQ(0, sys_prog_query(self->point.ifindex, self->point.type,
				    &no_ids));
	EXPECT_EQ(3, no_ids.count);
	EXPECT_EQ(SENTINEL, other[0]);

	EXPECT_EQ(0, sys_prog_query(self->point.ifindex, self->point.type,
				    &only_ids));
	EXPECT_EQ(0, memcmp(ids, self->ids, sizeof(ids)));
}

TEST_F(query, bad_pointers)
{
	int ifindex = self->point.ifindex, type = self->point.type, which;
	size_t page = sysconf(_SC_PAGESIZE);
	__u32 *end;
	char *map;

	map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)map);
	ASSERT_EQ(0, munmap(map + page, page));
	/* Room for two entries; the third lies behind the mapping. */
	end = (__u32 *)(map + page) - 2;

	for (which = 0; which < 4; which++) {
		__u32 ids[3];
		struct sys_query q = { .count = 3, .prog_ids = ids };
		__u32 **arrays[] = {
			&q.prog_ids, &q.prog_attach_flags,
			&q.link_ids, &q.link_attach_flags,
		};

		*arrays[which] = (__u32 *)8;
		EXPECT_EQ(-EFAULT, sys_prog_query(ifindex, type, &q));

		q.count = 3;
		*arrays[which] = end;
		EXPECT_EQ(-EFAULT, sys_prog_query(ifindex, type, &q));

		/* Only the part within the capacity is touched. */
		q.count = 2;
		EXPECT_EQ(-ENOSPC, sys_prog_query(ifindex, type, &q));
	}
	expect_count(&self->point, 3);
	expect_revision(&self->point, 4);
}

TEST_F(query, empty)
{
	__u32 ids[3] = { SENTINEL, SENTINEL, SENTINEL };
	struct sys_query q = { .count = 3, .prog_ids = ids };
	struct point point = { dummy_add("empty"), self->point.type };

	EXPECT_EQ(0, sys_prog_query(point.ifindex, point.type, &q));
	EXPECT_EQ(0, q.count);
	EXPECT_EQ(1, q.revision);
	EXPECT_EQ(SENTINEL, ids[0]);

	/* An array that nobody writes may be anywhere. */
	q = (struct sys_query){ .count = 3, .prog_ids = (__u32 *)8 };
	EXPECT_EQ(0, sys_prog_query(point.ifindex, point.type, &q));
}

TEST_F(query, refused)
{
	const struct {
		bool nodev, badtype;
		__u32 query_flags, attach_flags;
		int ret;
	} rows[] = {
		{ .nodev = true, .ret = -ENODEV },
		{ .badtype = true, .ret = -EINVAL },
		{ .badtype = true, .nodev = true, .ret = -EINVAL },
		{ .query_flags = 1, .ret = -EINVAL },
		{ .query_flags = 2, .ret = -EINVAL },
		{ .query_flags = 2, .nodev = true, .ret = -EINVAL },
		{ .attach_flags = 1, .ret = -EINVAL },
		/* BPF_F_QUERY_EFFECTIVE is a flag, but not of tcx. */
		{ .query_flags = 1, .nodev = true, .ret = -ENODEV },
		{ .attach_flags = BPF_F_BEFORE, .nodev = true,
		  .ret = -ENODEV },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		__u32 ids[3] = { SENTINEL };
		struct sys_query q = {
			.query_flags = rows[i].query_flags,
			.attach_flags = rows[i].attach_flags,
			.count = 3,
			.prog_ids = ids,
		};

		EXPECT_EQ(rows[i].ret,
			  sys_prog_query(rows[i].nodev ? IFINDEX_NONE :
							 self->point.ifindex,
					 rows[i].badtype ? BADTYPE :
							   self->point.type,
					 &q)) {
			TH_LOG("row %zu", i);
		}
		EXPECT_EQ(SENTINEL, ids[0]);
		EXPECT_EQ(3, q.count);
	}
}

FIXTURE(revision) {
	int ifindex;
	struct point in, out;
	int a, b;
};

FIXTURE_SETUP(revision)
{
	ASSERT_GE(netns_new(), 0);
	self->ifindex = dummy_add("dev");
	ASSERT_GT(self->ifindex, 0);
	self->in = (struct point){ self->ifindex, BPF_TCX_INGRESS };
	self->out = (struct point){ self->ifindex, BPF_TCX_EGRESS };
	self->a = cls_load();
	self->b = cls_load();
	ASSERT_GT(self->a, 0);
	ASSERT_GT(self->b, 0);
}

FIXTURE_TEARDOWN(revision)
{
}

/* Attach and detach once: two steps. */
static void come_and_go(struct __test_metadata *_metadata,
			const struct point *point, int prog_fd)
{
	ASSERT_EQ(0, point_attach(point, prog_fd));
	ASSERT_EQ(0, point_detach(point, prog_fd));
}

TEST_F(revision, starts_anew)
{
	expect_revision(&self->in, 1);
	ASSERT_EQ(0, point_attach(&self->in, self->a));
	expect_revision(&self->in, 2);
	expect_revision(&self->out, 1);
	ASSERT_EQ(0, point_attach(&self->in, self->b));
	expect_revision(&self->in, 3);
	ASSERT_EQ(0, point_detach(&self->in, self->a));
	expect_revision(&self->in, 4);
	ASSERT_EQ(0, point_detach(&self->in, self->b));
	expect_revision(&self->in, 1);
	come_and_go(_metadata, &self->in, self->a);
	expect_revision(&self->in, 1);
}

/* What an emptied point answers can be given back to the next attach. */
TEST_F(revision, expected_of_empty)
{
	struct point_state state = point_query(&self->in);

	EXPECT_EQ(-ESTALE, sys_prog_attach(self->ifindex, BPF_TCX_INGRESS,
					   self->a, 0, 0, 0,
					   state.revision + 1));
	EXPECT_EQ(0, sys_prog_attach(self->ifindex, BPF_TCX_INGRESS, self->a,
				     0, 0, 0, state.revision));
	EXPECT_EQ(-ESTALE, sys_prog_attach(self->ifindex, BPF_TCX_INGRESS,
					   self->b, 0, 0, 0, state.revision));
}

TEST_F(revision, clsact_keeps_both)
{
	ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
	come_and_go(_metadata, &self->in, self->a);
	come_and_go(_metadata, &self->out, self->a);
	come_and_go(_metadata, &self->out, self->b);
	expect_revision(&self->in, 3);
	expect_revision(&self->out, 5);
	expect_count(&self->out, 0);

	/* Without the qdisc an empty point is nothing. */
	ASSERT_EQ(0, qdisc_del(self->ifindex));
	expect_revision(&self->in, 1);
	expect_revision(&self->out, 1);
}

TEST_F(revision, ingress_keeps_ingress)
{
	ASSERT_EQ(0, qdisc_add(self->ifindex, "ingress"));
	come_and_go(_metadata, &self->in, self->a);
	come_and_go(_metadata, &self->out, self->a);
	expect_revision(&self->in, 3);
	expect_revision(&self->out, 1);
}

TEST_F(revision, qdisc_comes_later)
{
	ASSERT_EQ(0, point_attach(&self->in, self->a));
	ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
	expect_revision(&self->in, 2);
	ASSERT_EQ(0, point_detach(&self->in, self->a));
	expect_revision(&self->in, 3);
}

TEST_F(revision, qdisc_goes_earlier)
{
	ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
	ASSERT_EQ(0, point_attach(&self->in, self->a));
	ASSERT_EQ(0, qdisc_del(self->ifindex));
	expect_revision(&self->in, 2);
	ASSERT_EQ(0, point_detach(&self->in, self->a));
	expect_revision(&self->in, 1);
}

/* Nobody asks between the qdisc's end and the next one's beginning. */
TEST_F(revision, qdisc_replaced)
{
	ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
	come_and_go(_metadata, &self->in, self->a);
	ASSERT_EQ(0, qdisc_del(self->ifindex));
	ASSERT_EQ(0, qdisc_add(self->ifindex, "clsact"));
	expect_revision(&self->in, 1);
}

/* Programs that a link owns are none of the fd requests' business. */
TEST_F(mprog, link_owned)
{
	const struct object *o = self->objects;
	struct point *p = &self->point;
	__u32 ids[3] = {}, links[3] = {};
	struct sys_query q = { .count = 3, .prog_ids = ids, .link_ids = links };
	int link, lid;
	size_t i;

	ASSERT_EQ(0, point_attach(p, o[0].fd));
	link = sys_link_create(p->ifindex, p->type, o[1].fd, 0, 0, 0);
	ASSERT_GT(link, 0);
	lid = link_id(link);
	ASSERT_EQ(0, point_attach(p, o[2].fd));

	const struct {
		bool detach;
		int prog, replace;
		__u32 flags, relative;
		int ret;
	} rows[] = {
		{ true, o[1].fd, 0, 0, 0, -EBUSY },
		{ true, 0, 0, BPF_F_BEFORE, o[2].fd, -EBUSY },
		{ true, 0, 0, BPF_F_AFTER, o[0].fd, -EBUSY },
		{ false, o[3].fd, o[1].fd, BPF_F_REPLACE, 0, -EBUSY },
		{ false, o[1].fd, 0, 0, 0, -EEXIST },
		{ false, o[3].fd, 0, BPF_F_LINK, link, -EINVAL },
		{ false, o[3].fd, o[0].fd, BPF_F_REPLACE | BPF_F_BEFORE |
		  BPF_F_LINK, link, 0 },
		{ true, o[3].fd, 0, 0, 0, 0 },
		{ false, o[3].fd, 0, BPF_F_BEFORE | BPF_F_LINK, link, 0 },
		{ true, 0, 0, BPF_F_BEFORE | BPF_F_LINK | BPF_F_ID, lid, 0 },
		{ false, o[3].fd, 0, BPF_F_BEFORE, o[1].fd, 0 },
	};

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct request req = {
			.detach = rows[i].detach,
			.ifindex = p->ifindex,
			.type = p->type,
			.prog_fd = rows[i].prog,
			.replace_fd = rows[i].replace,
			.flags = rows[i].flags,
			.relative = rows[i].relative,
		};

		EXPECT_EQ(rows[i].ret, issue(&req)) {
			TH_LOG("row %zu", i);
		}
	}
	EXPECT_EQ(0, sys_prog_query(p->ifindex, p->type, &q));
	EXPECT_EQ(3, q.count);
	EXPECT_EQ(o[3].id, ids[0]);
	EXPECT_EQ(o[1].id, ids[1]);
	EXPECT_EQ(o[2].id, ids[2]);
	EXPECT_EQ(0, links[0]);
	EXPECT_EQ(lid, links[1]);
	EXPECT_EQ(0, links[2]);
	close(link);
	expect_count(p, 2);
}

TEST_HARNESS_MAIN
