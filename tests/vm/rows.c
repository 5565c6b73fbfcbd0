// SPDX-License-Identifier: GPL-2.0
#include "kselftest.h"

#include "rows.h"

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

static const struct object nobody = { FD_CLOSED, 0x7fffffff };

enum verb { CREATE, ATTACH, DETACH, UPDATE, VERBS };

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

const char *scene_make(struct scene *scene, int type)
{
	struct object *o = scene->objects;
	struct point another;
	int i, tp;

	if (netns_new() < 0)
		return "no namespace";
	scene->point.type = type;
	scene->point.ifindex = dummy_add("dev");
	if (scene->point.ifindex <= 0)
		return "no device";
	another = (struct point){ dummy_add("another"), type };

	for (i = 0; i < OBJECTS; i++)
		o[i] = nobody;
	o[OBJ_NONE] = (struct object){ 0, 0 };
	for (i = 0; i < PROGS; i++)
		o[i].fd = cls_load();
	o[OBJ_XDP].fd = verdict_load(BPF_PROG_TYPE_XDP, 2);
	o[OBJ_OTHER].fd = point_link(&another, o[0].fd);
	o[OBJ_DEFUNCT].fd = point_link(&another, o[1].fd);
	if (tcx_link_detach(o[OBJ_DEFUNCT].fd))
		return object_names[OBJ_DEFUNCT];
	o[OBJ_XDPLINK].fd = xdp_link_create(o[OBJ_XDP].fd,
					    scene->point.ifindex);
	tp = verdict_load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0);
	o[OBJ_TPLINK].fd = raw_tp_link_create(tp, "sched_process_exit");
	o[OBJ_MAP].fd = map_create();
	o[OBJ_FILE].fd = open("/dev/null", O_RDWR);

	for (i = 0; i < OBJ_MAP; i++) {
		if (i >= OBJ_LINK && i < OBJ_OTHER)
			continue;
		if (o[i].fd <= 0)
			return object_names[i];
		o[i].id = i < PROGS || i == OBJ_XDP ? prog_id(o[i].fd) :
						      link_id(o[i].fd);
		if ((int)o[i].id <= 0)
			return object_names[i];
	}
	if (o[OBJ_MAP].fd <= 0 || o[OBJ_FILE].fd <= 0)
		return object_names[OBJ_MAP];
	scene->links = links_count();
	return "";
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

static enum verb need_verb(const char *word)
{
	static const char *const verbs[VERBS] = {
		[CREATE] = "create",
		[ATTACH] = "attach",
		[DETACH] = "detach",
		[UPDATE] = "update",
	};
	enum verb verb;

	for (verb = 0; verb < VERBS; verb++)
		if (!strcmp(word, verbs[verb]))
			return verb;
	fprintf(stderr, "# a row begins with '%s'\n", word);
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

static struct request parse(const char *text, const struct scene *scene,
			    __u64 now)
{
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
	const struct object *objects = scene->objects;
	struct request req = {
		.ifindex = scene->point.ifindex,
		.type = scene->point.type,
		.subject = OBJ_NONE,
		.prog = OBJ_NONE,
	};
	char copy[128], *save, *word;
	int relative = -1;
	size_t i;

	snprintf(copy, sizeof(copy), "%s", text);
	req.verb = need_verb(strtok_r(copy, " ", &save));
	word = strtok_r(NULL, " ", &save);
	/* "detach" alone names no program: a word follows, not an object. */
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
static struct sys_query get_order(const struct scene *scene, char *order)
{
	__u32 ids[64], flags[64], links[64], link_flags[64], i, k;
	const struct object *objects = scene->objects;
	struct sys_query q = {
		.count = 64,
		.prog_ids = ids,
		.prog_attach_flags = flags,
		.link_ids = links,
		.link_attach_flags = link_flags,
	};

	memset(flags, 0xff, sizeof(flags));
	memset(link_flags, 0xff, sizeof(link_flags));
	if (sys_prog_query(scene->point.ifindex, scene->point.type, &q)) {
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

static int count_small(const char *order)
{
	int count = 0;

	for (; *order; order++)
		count += *order >= 'a';
	return count;
}

static int arrange(struct scene *scene, const char *wanted)
{
	struct object *objects = scene->objects;
	char order[65], *pos;
	int i, ret;

	get_order(scene, order);
	if (!strcmp(order, wanted))
		return 0;
	for (i = OBJ_LINK; i < OBJ_OTHER; i++) {
		if (objects[i].fd != FD_CLOSED)
			close(objects[i].fd);
		objects[i] = nobody;
	}
	get_order(scene, order);
	for (pos = order; *pos; pos++) {
		ret = point_detach(&scene->point, objects[*pos - 'A'].fd);
		if (ret)
			return ret;
	}
	for (; *wanted; wanted++) {
		struct request req = {
			.verb = *wanted >= 'a' ? CREATE : ATTACH,
			.ifindex = scene->point.ifindex,
			.type = scene->point.type,
			.subject = (*wanted | 0x20) - 'a',
		};

		ret = issue(&req, objects);
		if (ret)
			return ret;
	}
	return 0;
}

const char *row_arrange(struct scene *scene, const struct row *row)
{
	static char order[65];

	if (arrange(scene, row->start))
		return "what is attached could not be arranged";
	get_order(scene, order);
	if (strcmp(row->start, order))
		return order;
	if (links_count() != scene->links + count_small(order))
		return "there are links of somebody else";
	return "";
}

struct row_result row_issue(struct scene *scene, const struct row *row)
{
	const char *end = row->ret ? row->start : row->end;
	struct sys_query before, after;
	struct row_result result;
	struct request req;
	char order[65];
	int fds;

	before = get_order(scene, order);
	fds = fds_count();
	req = parse(row->request, scene, before.revision);
	result.ret = issue(&req, scene->objects);

	after = get_order(scene, result.order);
	result.want.order = end;
	/* What changes nothing is no step, also where it succeeds. */
	result.want.revision = before.revision + !!strcmp(row->start, end);
	if (!*end && !scene->keeps_revision)
		result.want.revision = 1;
	result.revision = after.revision;
	result.want.links = scene->links + count_small(end);
	result.links = links_count();
	result.want.fds = fds + (!row->ret && req.verb == CREATE);
	result.fds = fds_count();
	return result;
}
