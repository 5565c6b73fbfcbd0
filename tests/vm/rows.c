// SPDX-License-Identifier: GPL-2.0
#include "kselftest.h"

#include "rows.h"

static const struct object nobody = { FD_CLOSED, 0x7fffffff };

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
		return object_name(OBJ_DEFUNCT);
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
			return object_name(i);
		o[i].id = i < PROGS || i == OBJ_XDP ? prog_id(o[i].fd) :
						      link_id(o[i].fd);
		if ((int)o[i].id <= 0)
			return object_name(i);
	}
	if (o[OBJ_MAP].fd <= 0 || o[OBJ_FILE].fd <= 0)
		return object_name(OBJ_MAP);
	scene->links = links_count();
	return "";
}

/* Keeps track of the links: one is known by the program that it runs. */
static int issue(struct scene *scene, const struct request *req, __u64 now)
{
	int ifindex = req->nodev ? IFINDEX_NONE : scene->point.ifindex;
	int type = req->badtype ? BADTYPE : scene->point.type;
	struct object *objects = scene->objects;
	int fd = objects[req->subject].fd, second = objects[req->second].fd;
	__u64 revision = row_revision(req->revision, now);
	__u32 relative = req->flags & BPF_F_ID ?
			 objects[req->relative].id :
			 (__u32)objects[req->relative].fd;
	int ret;

	if (req->by != OBJ_NONE || req->nomem)
		return -ENOSYS;	/* of mprog.c alone */
	switch (req->verb) {
	case ATTACH:
		return sys_prog_attach(ifindex, type, fd, req->flags, second,
				       relative, revision);
	case DETACH:
		return sys_prog_detach(ifindex, type, fd, req->flags, relative,
				       revision);
	case UPDATE:
		ret = tcx_link_update_flags(fd, objects[req->prog].fd,
					    req->flags, second);
		if (!ret && req->prog != req->subject - OBJ_LINK) {
			objects[OBJ_LINK + req->prog] = objects[req->subject];
			objects[req->subject] = nobody;
		}
		return ret;
	case CLOSE:
		objects[req->subject] = nobody;
		return close(fd);
	default:
		ret = sys_link_create(ifindex, type, fd, req->flags, relative,
				      revision);
		if (ret < 0)
			return ret;
		objects[OBJ_LINK + req->subject] =
			(struct object){ ret, link_id(ret) };
		return 0;
	}
}

struct attached {
	__u64 revision;
	int count;
	int objects[SPARES];	/* OBJ_NONE: none of ours, or not so owned */
};

static int find_attached(const struct object *objects, __u32 prog, __u32 link)
{
	int i;

	for (i = 0; i < PROGS; i++) {
		if (objects[i].id != prog)
			continue;
		if (!link)
			return i;
		return objects[OBJ_LINK + i].id == link ? OBJ_LINK + i :
							  OBJ_NONE;
	}
	for (i = OBJ_SPARE; i < OBJECTS; i++)
		if (objects[i].id == prog)
			return link ? OBJ_NONE : i;
	return OBJ_NONE;
}

static bool look(const struct scene *scene, struct attached *now)
{
	__u32 ids[SPARES], flags[SPARES], links[SPARES], link_flags[SPARES];
	struct sys_query q = {
		.count = SPARES,
		.prog_ids = ids,
		.prog_attach_flags = flags,
		.link_ids = links,
		.link_attach_flags = link_flags,
	};
	__u32 i;

	memset(flags, 0xff, sizeof(flags));
	memset(link_flags, 0xff, sizeof(link_flags));
	if (sys_prog_query(scene->point.ifindex, scene->point.type, &q))
		return false;
	now->revision = q.revision;
	now->count = (int)q.count;
	for (i = 0; i < q.count; i++)
		now->objects[i] = flags[i] || link_flags[i] ? OBJ_NONE :
				  find_attached(scene->objects, ids[i],
						links[i]);
	return true;
}

static __u64 get_order(const struct scene *scene, char *order)
{
	struct attached now = {};

	if (look(scene, &now))
		state_write(now.objects, now.count, order);
	else
		strcpy(order, "query failed");
	return now.revision;
}

static int count_links(const char *order)
{
	int count = 0;

	for (; *order; order++)
		count += *order >= 'a';
	return count;
}

/* Takes off what comes after the first @keep, and closes all other links. */
static bool take_off(struct scene *scene, int keep)
{
	struct object *objects = scene->objects;
	struct attached now;
	int i, k;

	if (!look(scene, &now))
		return false;
	for (i = OBJ_LINK; i < OBJ_OTHER; i++) {
		for (k = 0; k < keep && now.objects[k] != i;)
			k++;
		if (k < keep || objects[i].fd == FD_CLOSED)
			continue;
		close(objects[i].fd);
		objects[i] = nobody;
	}
	if (!look(scene, &now))
		return false;
	while (now.count > keep) {
		i = now.objects[--now.count];
		if (point_detach(&scene->point, objects[i].fd))
			return false;
	}
	return true;
}

static bool put_on(struct scene *scene, int object)
{
	struct object *o = &scene->objects[object];

	if (object >= OBJ_LINK && object < OBJ_OTHER) {
		o->fd = point_link(&scene->point,
				   scene->objects[object - OBJ_LINK].fd);
		if (o->fd < 0) {
			*o = nobody;
			return false;
		}
		o->id = link_id(o->fd);
		return true;
	}
	if (object >= OBJ_SPARE && o->fd == FD_CLOSED) {
		o->fd = cls_load();
		o->id = prog_id(o->fd);
	}
	return !point_attach(&scene->point, o->fd);
}

/* What both have in common at the beginning stays. */
static bool arrange(struct scene *scene, const char *wanted)
{
	int want[SPARES], count = state_read(wanted, want), keep;
	struct attached now;

	if (!look(scene, &now))
		return false;
	for (keep = 0; keep < count && keep < now.count; keep++)
		if (want[keep] != now.objects[keep])
			break;
	if (keep < now.count && !take_off(scene, keep))
		return false;
	for (; keep < count; keep++)
		if (!put_on(scene, want[keep]))
			return false;
	return true;
}

const char *row_arrange(struct scene *scene, const struct row *row)
{
	static char order[STATE_SIZE];

	if (!arrange(scene, row->start))
		return "what is attached could not be arranged";
	get_order(scene, order);
	if (strcmp(row->start, order))
		return order;
	if (links_count() != scene->links + count_links(order))
		return "there are links of somebody else";
	return "";
}

struct row_result row_issue(struct scene *scene, const struct row *row)
{
	const char *end = row->ret ? row->start : row->end;
	struct request req = row_request(row);
	struct row_result result;
	char order[STATE_SIZE];
	__u64 before;
	int fds;

	before = get_order(scene, order);
	fds = fds_count();
	result.ret = issue(scene, &req, before);

	result.revision = get_order(scene, result.order);
	result.want.order = end;
	/* What changes nothing is no step, also where it succeeds. */
	result.want.revision = before + !!strcmp(row->start, end);
	if (!*end && !scene->keeps_revision)
		result.want.revision = 1;
	result.want.links = scene->links + count_links(end);
	result.links = links_count();
	result.want.fds = fds;
	if (!row->ret)
		result.want.fds += (req.verb == CREATE) - (req.verb == CLOSE);
	result.fds = fds_count();
	return result;
}
