// SPDX-License-Identifier: GPL-2.0
/*
 * Attaching to the ends of a netkit pair: what is refused, in which order, and
 * what becomes of revisions and links.
 */
#include "bpf_progs.h"
#include "link.h"
#include "netkit_scenario.h"
#include "credentials.h"

#define IFINDEX_NONE	0x7ffffff0
#define FD_CLOSED	900

static const int types[] = { NK_PRIMARY, NK_PEER };

static void say_result(const char *watcher, int ret)
{
	say(watcher, "%s", ret > 0 ? "fd" : result(ret));
	if (ret > 0)
		close(ret);
}

/* Programs by the order in which they were loaded: ids are the kernel's. */
static int progs[70];

static void say_query(const char *watcher, const char *dev, int type)
{
	__u32 ids[64] = {}, links[64] = {};
	struct sys_query q = {
		.count = 64, .prog_ids = ids, .link_ids = links,
	};
	char text[256] = "";
	unsigned int i, j;
	int err;

	err = sys_prog_query(dev_index(dev), type, &q);
	for (i = 0; !err && i < q.count && i < 12; i++) {
		for (j = 0; j < ARRAY_SIZE(progs); j++)
			if (progs[j] && (__u32)prog_id(progs[j]) == ids[i])
				break;
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 " %u%s", j, links[i] ? "/link" : "");
	}
	say(watcher, "%s revision=%llu count=%u%s", result(err),
	    (unsigned long long)q.revision, q.count, text);
}

/* What is looked at before the device, and what after it. */
static void errors(void)
{
	struct {
		const char *name;
		int ifindex;
	} devs[5];
	unsigned int i, t;
	int prog, other, fd;

	ip("link add name d type dummy\n");
	nk_scene(NETKIT_BACKPORT_L3, 0, NULL);
	prog = cls_load();
	other = cls_load();
	fd = verdict_load(BPF_PROG_TYPE_XDP, 2);
	devs[0].name = "none";
	devs[0].ifindex = IFINDEX_NONE;
	devs[1].name = "probe";
	devs[1].ifindex = -1;
	devs[2].name = "dummy";
	devs[2].ifindex = dev_index("d");
	devs[3].name = "q";
	devs[3].ifindex = dev_index("q");
	devs[4].name = "p";
	devs[4].ifindex = dev_index("p");
	for (t = 0; t < ARRAY_SIZE(types); t++) {
		for (i = 0; i < ARRAY_SIZE(devs); i++) {
			int dev = devs[i].ifindex, type = types[t];
			struct sys_query q = {};

			step("%s,%s", nk_end_name(type), devs[i].name);
			say_result("closed fd", sys_prog_attach(dev, type,
					FD_CLOSED, 0, 0, 0, 0));
			say_result("xdp", sys_prog_attach(dev, type, fd, 0, 0,
					0, 0));
			say_result("unknown flag", sys_prog_attach(dev, type,
					prog, 1U << 20, 0, 0, 0));
			say_result("replace closed", sys_prog_attach(dev, type,
					prog, BPF_F_REPLACE, FD_CLOSED, 0, 0));
			say_result("replace xdp", sys_prog_attach(dev, type,
					prog, BPF_F_REPLACE, fd, 0, 0));
			say_result("replace absent", sys_prog_attach(dev, type,
					prog, BPF_F_REPLACE, other, 0, 0));
			say_result("revision 7", sys_prog_attach(dev, type,
					prog, 0, 0, 0, 7));
			say_result("closed relative", sys_prog_attach(dev, type,
					prog, BPF_F_BEFORE, 0, FD_CLOSED, 0));
			say_result("link", sys_link_create(dev, type, prog, 0,
					0, 7));
			say_result("link, closed fd", sys_link_create(dev, type,
					FD_CLOSED, 0, 0, 0));
			say_result("link, xdp", sys_link_create(dev, type, fd,
					0, 0, 0));
			say_result("link, replace", sys_link_create(dev, type,
					prog, BPF_F_REPLACE, 0, 0));
			say_result("detach", sys_prog_detach(dev, type, prog,
					0, 0, 0));
			say_result("detach, closed fd", sys_prog_detach(dev,
					type, FD_CLOSED, 0, 0, 0));
			say_result("detach, none", sys_prog_detach(dev, type,
					0, 0, 0, 0));
			say_result("detach, replace", sys_prog_detach(dev, type,
					prog, BPF_F_REPLACE, 0, 0));
			say_result("detach, unknown flag", sys_prog_detach(dev,
					type, prog, 1U << 20, 0, 0));
			say_result("detach, revision", sys_prog_detach(dev,
					type, prog, 0, 0, 7));
			say_result("query", sys_prog_query(dev, type, &q));
			q.query_flags = 1;
			say_result("query, effective", sys_prog_query(dev, type,
					&q));
			q.query_flags = 2;
			say_result("query, unknown flag", sys_prog_query(dev,
					type, &q));
		}
	}
	/* The same where something is attached. */
	for (t = 0; t < ARRAY_SIZE(types); t++) {
		int dev = dev_index("p"), type = types[t];

		step("%s,attached", nk_end_name(type));
		say_result("attach", sys_prog_attach(dev, type, other, 0, 0, 0,
						     0));
		say_result("again", sys_prog_attach(dev, type, other, 0, 0, 0,
						    0));
		say_result("again, revision 7", sys_prog_attach(dev, type,
				other, 0, 0, 0, 7));
		say_result("replace itself", sys_prog_attach(dev, type, other,
				BPF_F_REPLACE, other, 0, 0));
		say_result("before closed", sys_prog_attach(dev, type, prog,
				BPF_F_BEFORE, 0, FD_CLOSED, 0));
		say_result("before absent", sys_prog_attach(dev, type, prog,
				BPF_F_BEFORE, 0, prog, 0));
		say_result("before and after", sys_prog_attach(dev, type, prog,
				BPF_F_BEFORE | BPF_F_AFTER, 0, 0, 0));
		say_result("relative alone", sys_prog_attach(dev, type, prog,
				0, 0, other, 0));
		say_result("detach absent", sys_prog_detach(dev, type, prog,
				0, 0, 0));
		say_result("detach, replace", sys_prog_detach(dev, type, other,
				BPF_F_REPLACE, 0, 0));
		say_result("detach, revision 7", sys_prog_detach(dev, type,
				other, 0, 0, 7));
		say_result("link, same program", sys_link_create(dev, type,
				other, 0, 0, 0));
		say_result("detach, none", sys_prog_detach(dev, type, 0, 0, 0,
				0));
		say_query("query", "p", type);
	}
}

/* The counter goes on where nothing is attached, though a query does not say so. */
static void revision(void)
{
	unsigned int i, t;

	nk_scene(NETKIT_BACKPORT_L3, 0, NULL);
	for (i = 0; i < 4; i++)
		progs[i] = cls_load();
	for (t = 0; t < ARRAY_SIZE(types); t++) {
		int p = dev_index("p"), type = types[t];

		step("%s", nk_end_name(type));
		say_query("new", "p", type);
		say_result("attach at 2", sys_prog_attach(p, type, progs[0], 0,
							  0, 0, 2));
		say_result("attach at 1", sys_prog_attach(p, type, progs[0], 0,
							  0, 0, 1));
		say_query("one", "p", type);
		say_result("attach at 1 again", sys_prog_attach(p, type,
				progs[1], 0, 0, 0, 1));
		say_result("attach at 2 again", sys_prog_attach(p, type,
				progs[1], BPF_F_BEFORE, 0, 0, 2));
		say_query("two", "p", type);
		say_result("replace", sys_prog_attach(p, type, progs[2],
				BPF_F_REPLACE, progs[0], 0, 3));
		say_query("replaced", "p", type);
		say_result("detach", sys_prog_detach(p, type, progs[1], 0, 0,
						     4));
		say_result("detach last", sys_prog_detach(p, type, progs[2], 0,
							  0, 5));
		say_query("emptied", "p", type);
		say_result("emptied, attach at 1", sys_prog_attach(p, type,
				progs[0], 0, 0, 0, 1));
		say_result("emptied, detach at 1", sys_prog_detach(p, type,
				progs[0], 0, 0, 1));
		say_result("emptied, attach at 6", sys_prog_attach(p, type,
				progs[0], 0, 0, 0, 6));
		say_query("one more", "p", type);
		say_result("clear", sys_prog_detach(p, type, 0, 0, 0, 0));
		/* A qdisc plays no part. */
		tc("qdisc add dev p clsact\n");
		say_query("clsact", "p", type);
		say_result("clsact, detach", sys_prog_detach(p, type, progs[0],
				0, 0, 0));
		tc("qdisc del dev p clsact\n");
	}
	/* Both ends have counters of their own. */
	step("both");
	say_result("primary", sys_prog_attach(dev_index("p"), NK_PRIMARY,
					      progs[0], 0, 0, 0, 0));
	say_query("primary:query", "p", NK_PRIMARY);
	say_query("peer:query", "p", NK_PEER);
	say_query("peer through itself", "q", NK_PEER);
}

/* Where a program goes and which one comes off. */
static void positions(void)
{
	unsigned int i, t;

	for (t = 0; t < ARRAY_SIZE(types); t++) {
		int type = types[t], p, ret, link;

		ns_new();
		nk_scene(NETKIT_BACKPORT_L3, 0, NULL);
		p = dev_index("p");
		for (i = 0; i < ARRAY_SIZE(progs); i++)
			progs[i] = cls_load();
		step("%s", nk_end_name(type));
		say_result("0", sys_prog_attach(p, type, progs[0], 0, 0, 0, 0));
		say_result("1 before all", sys_prog_attach(p, type, progs[1],
				BPF_F_BEFORE, 0, 0, 0));
		say_result("2 after 1", sys_prog_attach(p, type, progs[2],
				BPF_F_AFTER, 0, progs[1], 0));
		say_result("3 before id of 0", sys_prog_attach(p, type, progs[3],
				BPF_F_BEFORE | BPF_F_ID, 0, prog_id(progs[0]),
				0));
		link = sys_link_create(p, type, progs[4], BPF_F_AFTER,
				       progs[2], 0);
		say("4 by link", "%s", link > 0 ? "fd" : result(link));
		say_result("5 before link", sys_prog_attach(p, type, progs[5],
				BPF_F_BEFORE | BPF_F_LINK, 0, link, 0));
		say_query("order", "p", type);
		say_result("detach link's", sys_prog_detach(p, type, progs[4],
				0, 0, 0));
		say_result("replace link's", sys_prog_attach(p, type, progs[6],
				BPF_F_REPLACE, progs[4], 0, 0));
		say_result("detach first", sys_prog_detach(p, type, 0,
				BPF_F_BEFORE, 0, 0));
		say_result("detach last", sys_prog_detach(p, type, 0, 0, 0, 0));
		say_result("detach after 2", sys_prog_detach(p, type, 0,
				BPF_F_AFTER, progs[2], 0));
		say_query("less", "p", type);
		for (i = 6, ret = 0; !ret && i < ARRAY_SIZE(progs); i++)
			ret = sys_prog_attach(p, type, progs[i], 0, 0, 0, 0);
		say("full", "%u %s", i, result(ret));
		say_result("replace in full", sys_prog_attach(p, type,
				progs[0], BPF_F_REPLACE, progs[6], 0, 0));
		say_result("link in full", sys_link_create(p, type, progs[1],
				0, 0, 0));
		say_result("detach the end of full", sys_prog_detach(p, type,
				0, 0, 0, 0));
		say_query("many", "p", type);
		close(link);
		for (i = 0; i < ARRAY_SIZE(progs); i++)
			close(progs[i]);
	}
}

static void say_link(const char *watcher, int fd, int p, int q)
{
	struct tcx_link_info info = tcx_link_info(fd);
	char path[64], line[128], text[256] = "";
	FILE *f;

	say(watcher, "type=%u ifindex=%s attach_type=%u", info.type,
	    !info.ifindex ? "0" : (int)info.ifindex == p ? "p" :
	    (int)info.ifindex == q ? "q" : "?", info.attach_type);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "link_type:", 10) ||
		    !strncmp(line, "attach_type:", 12))
			snprintf(text + strlen(text),
				 sizeof(text) - strlen(text), " [%s]", line);
		if (!strncmp(line, "ifindex:", 8))
			snprintf(text + strlen(text),
				 sizeof(text) - strlen(text), " %s",
				 atoi(line + 8) == p ? "p" :
				 atoi(line + 8) == q ? "q" :
				 atoi(line + 8) ? "?" : "0");
	}
	if (f)
		fclose(f);
	snprintf(line, sizeof(line), "%s:fdinfo", watcher);
	say(line, "%s", text);
}

static void links(void)
{
	int there = 0, here = ns_open(), p, q, fd, fd2, t;
	unsigned int i;

	if (bpffs_new())
		fail("no bpffs");
	for (t = 0; t < (int)ARRAY_SIZE(types); t++) {
		int type = types[t];

		there = ns_new();
		/* The peer's index means something else here. */
		ip("link add name d type dummy\n"
		   "link add name e type dummy\n"
		   "link add name f type dummy\n");
		here = ns_new();
		nk_scene(NETKIT_BACKPORT_L3, there, NULL);
		p = dev_index("p");
		ns_enter(there);
		q = dev_index("q");
		ns_enter(here);
		for (i = 0; i < 4; i++)
			progs[i] = cls_load();
		step("%s", nk_end_name(type));
		fd = sys_link_create(p, type, progs[0], 0, 0, 1);
		say("create", "%s", fd > 0 ? "fd" : result(fd));
		say_link("link", fd, p, q);
		ns_enter(there);
		say_link("link there", fd, p, q);
		ns_enter(here);
		say_result("update", tcx_link_update(fd, progs[1]));
		say_query("updated", "p", type);
		say_result("update to itself", tcx_link_update(fd, progs[1]));
		say_result("update, wrong old", tcx_link_update_flags(fd,
				progs[2], BPF_F_REPLACE, progs[0]));
		say_result("update, right old", tcx_link_update_flags(fd,
				progs[2], BPF_F_REPLACE, progs[1]));
		fd2 = sys_link_create(p, type, progs[3], BPF_F_BEFORE, 0, 0);
		say("second", "%s", fd2 > 0 ? "fd" : result(fd2));
		say_result("update to the other's", tcx_link_update(fd,
				progs[3]));
		say_query("two", "p", type);
		say_result("detach", tcx_link_detach(fd2));
		say_link("detached", fd2, p, q);
		say_result("detach again", tcx_link_detach(fd2));
		say_result("update detached", tcx_link_update(fd2, progs[0]));
		close(fd2);
		unlink(BPFFS "/link");
		say_result("pin", obj_pin(fd, BPFFS "/link"));
		close(fd);
		usleep(30000);
		say_query("pinned", "p", type);
		fd = obj_get(BPFFS "/link");
		say("get", "%s", fd > 0 ? "fd" : result(fd));
		/* Moves take everything along. */
		step("%s,moved", nk_end_name(type));
		say_result("move", link_move(p, there));
		say_query("peer", "lo", type);
		ns_enter(there);
		say_query("there", "p", type);
		say_link("link", fd, dev_index("p"), q);
		say_result("move back", link_move(dev_index("p"), here));
		ns_enter(here);
		say_query("back", "p", type);
		/* Programs without a link go, links become defunct. */
		step("%s,deleted", nk_end_name(type));
		say_result("attach", sys_prog_attach(dev_index("p"), type,
				progs[0], 0, 0, 0, 0));
		say_result("del", link_del(dev_index("p")));
		say_link("link", fd, p, q);
		say_result("update", tcx_link_update(fd, progs[1]));
		say_result("detach", tcx_link_detach(fd));
		close(fd);
		for (i = 0; i < 4; i++)
			close(progs[i]);
	}
}

/* Who may: whoever holds a program, but for what names none. */
static int nobody(int p, int type, int prog)
{
	struct sys_query q = {};
	int link;

	if (become_nobody())
		return 1;
	say_result("attach", sys_prog_attach(p, type, prog, 0, 0, 0, 0));
	say_result("detach, none", sys_prog_detach(p, type, 0, 0, 0, 0));
	say_result("query", sys_prog_query(p, type, &q));
	say_result("query, no device", sys_prog_query(IFINDEX_NONE, type, &q));
	say_result("detach", sys_prog_detach(p, type, prog, 0, 0, 0));
	link = sys_link_create(p, type, prog, 0, 0, 0);
	say_result("link", link);
	return 0;
}

static void authority(void)
{
	unsigned int t;
	int prog, p, status;

	nk_scene(NETKIT_BACKPORT_L3, 0, NULL);
	p = dev_index("p");
	prog = cls_load();
	/* Opened by who may, where that takes an open file. */
	sys_prog_detach(p, NK_PRIMARY, prog, 0, 0, 0);
	for (t = 0; t < ARRAY_SIZE(types); t++) {
		step("%s", nk_end_name(types[t]));
		status = in_child(nobody(p, types[t], prog));
		say("child", "%d", status);
	}
}

const struct scenario netkit_attach_scenarios[] = {
	{ "netkit_errors", errors, true },
	{ "netkit_revision", revision, true },
	{ "netkit_positions", positions, true },
	{ "netkit_links", links, true },
	{ "netkit_authority", authority, true },
	{}
};
