// SPDX-License-Identifier: GPL-2.0
/*
 * Everything on a control path that may fail is made to fail, one by one: for
 * N = 1, 2, 3 ... the Nth call fails, until the request gets through untouched.
 * Each time the request answers the errno that the failure calls for, nothing
 * has changed, nothing is left, and the next try succeeds.
 *
 * The same for loading the module. calls.h lists what can fail, and the last
 * check is that no place in the module calls one of these functions without some
 * case having made it fail there: a new allocation without a case is found.
 *
 * Every case runs in a child, in a network namespace of its own, through each door
 * and with each hook that the kernel has. The module is loaded anew for each.
 */
#include <sched.h>
#include <signal.h>
#include <stdarg.h>

#include "link.h"
#include "module.h"
#include "inject.h"

/* Where N ends if nothing else ends it. */
#define NTH_MAX		2000

struct world {
	int dev;
	int prog[4];
	int prog1_id;
	int link;
	int link_id;
	int link2;
};

/* A control path. @request returns what the system call did, @undo leads back
 * to where it can be issued again. @prepare is called once.
 */
struct path {
	const char *name;
	int (*prepare)(struct world *w);
	int (*request)(struct world *w);
	int (*undo)(struct world *w, int ret);
	bool no_alloc;		/* runs without memory: a detach cannot fail */
};

static int problems;

static void __attribute__((format(printf, 1, 2))) problem(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("# FAULT: ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	problems++;
}

/* What must be the same after a request that failed. */

struct point_state {
	int ret;
	__u32 count;
	__u64 revision;
	__u32 progs[64], links[64];
};

struct state {
	struct point_state point[2];
	int attached;
	int references;
	int links;
	int progs;
	int fds;
	int tail;	/* no padding */
};

static int cls_count(void)
{
	union bpf_attr attr = {};
	int count = 0;

	while (!sys_bpf(BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr))) {
		attr.start_id = attr.next_id;
		count++;
	}
	return count;
}

static struct state state_now(const struct world *w)
{
	struct tcx_backport_info info = {};
	struct state s;
	int i;

	memset(&s, 0, sizeof(s));
	for (i = 0; i < 2; i++) {
		struct point_state *p = &s.point[i];
		struct sys_query q = {
			.count = 64,
			.prog_ids = p->progs,
			.link_ids = p->links,
		};

		p->ret = sys_prog_query(w->dev, BPF_TCX_INGRESS + i, &q);
		p->count = q.count;
		p->revision = q.revision;
	}
	sys_ioctl(TCX_BACKPORT_INFO, &info);
	s.attached = info.progs;
	s.references = module_references();
	s.links = links_count();
	s.progs = cls_count();
	s.fds = fds_count();
	return s;
}

/* What the case before has left dies by and by, and links are freed from an RCU
 * callback. Then every reference to the module is known: the door, what is
 * attached, the links.
 */
static struct state state_settled(const struct world *w)
{
	struct state now;
	int tries;

	for (tries = 0; tries < 250; tries++) {
		now = state_now(w);
		if (now.progs == 4 &&
		    now.attached == (int)(now.point[0].count +
					  now.point[1].count) &&
		    now.references == 1 + now.attached + now.links)
			return now;
		sleep_ms(20);
	}
	problem("%d programs, %d attached, %d links, but %d references",
		now.progs, now.attached, now.links, now.references);
	return now;
}

static bool state_is(const struct world *w, const struct state *want,
		     const char *when)
{
	struct state now;
	int tries;

	for (tries = 0; tries < 150; tries++) {
		now = state_now(w);
		if (!memcmp(&now, want, sizeof(now)))
			return true;
		sleep_ms(20);
	}
	problem("%s: changed from %u/%u programs, revision %llu/%llu, %d attached, %d references, %d links, %d progs, %d fds to %u/%u, %llu/%llu, %d, %d, %d, %d, %d",
		when, want->point[0].count, want->point[1].count,
		want->point[0].revision, want->point[1].revision,
		want->attached, want->references, want->links, want->progs,
		want->fds, now.point[0].count, now.point[1].count,
		now.point[0].revision, now.point[1].revision, now.attached,
		now.references, now.links, now.progs, now.fds);
	return false;
}

/* The request once more, with nothing in its way, and back. */
static void once_more(const struct path *p, struct world *w, const char *after)
{
	int ret = p->request(w);

	if (ret < 0)
		problem("%s: the next try answers %s", after, strerror(-ret));
	ret = p->undo(w, ret);
	if (ret < 0)
		problem("%s: cannot be undone: %s", after, strerror(-ret));
}

static void judge(const struct path *p, struct world *w, unsigned int nth,
		  const struct hit *hit, int ret, const struct state *before)
{
	char after[400];

	snprintf(after, sizeof(after), "%u: %s from %s", nth, hit->function,
		 hit->caller);
	if (hit->want)
		printf("# %s: %s\n", after,
		       ret < 0 ? strerror(-ret) : "succeeded");
	if (hit->alloc && p->no_alloc)
		problem("%s: needs memory", after);
	if (hit->want && ret != -hit->want)
		problem("%s: answers %d, not %d", after, ret, -hit->want);
	if (!hit->want && ret < 0 && ret != -EFAULT &&
	    (p->no_alloc || (ret != -ENOMEM && ret != -ENFILE)))
		problem("%s: answers %s", after, strerror(-ret));
	if (ret < 0)
		state_is(w, before, after);
	else if (p->undo(w, ret) < 0)
		problem("%s: cannot be undone", after);
	once_more(p, w, after);
}

/* Returns how many failures there were. */
static unsigned int fail_one_by_one(const struct path *p, struct world *w,
				    bool by_nth)
{
	struct state before;
	struct hit hit = { .hit = true };
	unsigned int nth;
	int ret;

	for (nth = 1; hit.hit && nth < NTH_MAX && !problems; nth++) {
		before = state_settled(w);
		ret = by_nth ? nth_arm(nth) : call_arm(nth, INJECTED, 1, "");
		if (ret) {
			problem("cannot arm: %s", strerror(-ret));
			break;
		}
		ret = p->request(w);
		hit = by_nth ? nth_disarm() : call_disarm();
		if (hit.hit)
			judge(p, w, nth, &hit, ret, &before);
		else if (ret < 0)
			problem("%u: nothing failed, but: %s", nth,
				strerror(-ret));
		else if (p->undo(w, ret) < 0)
			problem("cannot be undone");
	}
	return nth - 2;
}

/* The paths. */

#define IN	BPF_TCX_INGRESS

static int none(struct world *w)
{
	return 0;
}

static int undo_nothing(struct world *w, int ret)
{
	return 0;
}

static int attach(struct world *w, int prog, __u32 flags, int replace, int rel)
{
	return sys_prog_attach(w->dev, IN, w->prog[prog], flags, replace, rel,
			       0);
}

static int detach(struct world *w, int prog)
{
	return sys_prog_detach(w->dev, IN, w->prog[prog], 0, 0, 0);
}

static int with_one(struct world *w)
{
	return attach(w, 1, 0, 0, 0);
}

static int with_three(struct world *w)
{
	return attach(w, 1, 0, 0, 0) ?: attach(w, 2, 0, 0, 0) ?:
	       attach(w, 0, 0, 0, 0);
}

static int with_link(struct world *w)
{
	w->link = sys_link_create(w->dev, IN, w->prog[1], 0, 0, 0);
	w->link_id = link_id(w->link);
	return w->link < 0 ? w->link : 0;
}

/* Beside the last one there is another, so that its release allocates. */
static int with_two_links(struct world *w)
{
	w->link2 = sys_link_create(w->dev, IN, w->prog[2], 0, 0, 0);
	return w->link2 < 0 ? w->link2 : with_link(w);
}

static int attach_first(struct world *w)
{
	return attach(w, 0, 0, 0, 0);
}

static int attach_egress(struct world *w)
{
	return sys_prog_attach(w->dev, BPF_TCX_EGRESS, w->prog[0], 0, 0, 0, 0);
}

static int attach_after_fd(struct world *w)
{
	return attach(w, 0, BPF_F_AFTER, 0, w->prog[1]);
}

static int attach_before_id(struct world *w)
{
	return attach(w, 0, BPF_F_BEFORE | BPF_F_ID, 0, w->prog1_id);
}

static int attach_after_link(struct world *w)
{
	return attach(w, 0, BPF_F_AFTER | BPF_F_LINK, 0, w->link);
}

static int attach_after_link_id(struct world *w)
{
	return attach(w, 0, BPF_F_AFTER | BPF_F_LINK | BPF_F_ID, 0,
		      w->link_id);
}

static int undo_attach(struct world *w, int ret)
{
	return detach(w, 0);
}

/* An attach point lives as long as its device: for the first program of the next
 * try there has to be another one.
 */
static int device_renew(struct world *w)
{
	int ret = link_del(w->dev);

	if (ret)
		return ret;
	w->dev = dummy_add("fault0");
	return w->dev < 0 ? w->dev : 0;
}

static int undo_attach_first(struct world *w, int ret)
{
	return detach(w, 0) ?: device_renew(w);
}

static int undo_attach_egress(struct world *w, int ret)
{
	return sys_prog_detach(w->dev, BPF_TCX_EGRESS, w->prog[0], 0, 0, 0) ?:
	       device_renew(w);
}

static int replace(struct world *w)
{
	return attach(w, 0, BPF_F_REPLACE, w->prog[1], 0);
}

static int undo_replace(struct world *w, int ret)
{
	return attach(w, 1, BPF_F_REPLACE, w->prog[0], 0);
}

static int detach_named(struct world *w)
{
	return detach(w, 1);
}

static int detach_unnamed(struct world *w)
{
	return sys_prog_detach(w->dev, IN, 0, BPF_F_BEFORE, 0, 0);
}

static int undo_detach(struct world *w, int ret)
{
	return attach(w, 1, BPF_F_BEFORE, 0, 0);
}

static int query(struct world *w)
{
	__u32 ids[64], links[64], flags[64], link_flags[64];
	struct sys_query q = {
		.count = 64,
		.prog_ids = ids,
		.prog_attach_flags = flags,
		.link_ids = links,
		.link_attach_flags = link_flags,
	};

	return sys_prog_query(w->dev, IN, &q);
}

static int info(struct world *w)
{
	struct tcx_backport_info arg = {};

	return sys_ioctl(TCX_BACKPORT_INFO, &arg);
}

static int open_door(struct world *w)
{
	int fd = open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int undo_fd(struct world *w, int ret)
{
	close(ret);
	return 0;
}

static int link_create(struct world *w)
{
	return sys_link_create(w->dev, IN, w->prog[0], 0, 0, 0);
}

static int link_create_before_link(struct world *w)
{
	return sys_link_create(w->dev, IN, w->prog[0],
			       BPF_F_BEFORE | BPF_F_LINK, w->link, 0);
}

/* It is freed later than it is closed; then its references are given back. */
static int undo_link(struct world *w, int ret)
{
	int links = links_count(), references = module_references(), tries;

	close(ret);
	for (tries = 0; tries < 150; tries++) {
		if (links_count() < links && module_references() < references)
			return 0;
		sleep_ms(20);
	}
	return -ETIMEDOUT;
}

static int undo_link_first(struct world *w, int ret)
{
	return undo_link(w, ret) ?: device_renew(w);
}

static int link_update(struct world *w)
{
	return tcx_link_update(w->link, w->prog[0]);
}

static int undo_link_update(struct world *w, int ret)
{
	return tcx_link_update(w->link, w->prog[1]);
}

static int link_detach(struct world *w)
{
	return tcx_link_detach(w->link);
}

static int undo_link_gone(struct world *w, int ret)
{
	if (w->link >= 0)
		undo_link(w, w->link);
	return with_link(w);
}

/* Its answer says nothing: look whether the program has gone. */
static int link_close(struct world *w)
{
	int fd = w->link;

	w->link = -1;
	return close(fd) ? -errno : 0;
}

static int undo_link_close(struct world *w, int ret)
{
	struct sys_query q = { 0 };
	int err = sys_prog_query(w->dev, IN, &q);

	if (err || q.count != 1) {
		problem("closed, but %u programs are attached", q.count);
		return -EBUSY;
	}
	return with_link(w);
}

static const struct path paths[] = {
	{ "attach, the first one", none, attach_first, undo_attach_first },
	{ "attach, egress", none, attach_egress, undo_attach_egress },
	{ "attach after a program", with_one, attach_after_fd, undo_attach },
	{ "attach before an id", with_one, attach_before_id, undo_attach },
	{ "attach after a link", with_link, attach_after_link, undo_attach },
	{ "attach after a link's id", with_link, attach_after_link_id,
	  undo_attach },
	{ "replace", with_one, replace, undo_replace },
	{ "detach", with_three, detach_named, undo_detach, true },
	{ "detach, the last one", with_one, detach_named, undo_detach, true },
	{ "detach by position", with_three, detach_unnamed, undo_detach, true },
	{ "query", with_three, query, undo_nothing, true },
	{ "query of links", with_two_links, query, undo_nothing, true },
	{ "info", none, info, undo_nothing, true },
	{ "open", none, open_door, undo_fd },
	{ "link create, the first one", none, link_create, undo_link_first },
	{ "link create before a link", with_link, link_create_before_link,
	  undo_link },
	{ "link update", with_link, link_update, undo_link_update },
	{ "link detach", with_two_links, link_detach, undo_link_gone, true },
	{ "link close", with_two_links, link_close, undo_link_close, true },
};

/* One path in a world of its own; the exit status of a child. */
static int path_run(const struct path *p, bool by_nth)
{
	struct world w = { .link = -1, .link2 = -1 };
	unsigned int i, failures;
	int ret;

	ret = netns_new();
	w.dev = ret < 0 ? ret : dummy_add("fault0");
	for (i = 0; i < 4; i++)
		w.prog[i] = cls_load();
	if (w.dev < 0 || w.prog[3] < 0)
		problem("no world: %d, %d", w.dev, w.prog[3]);
	w.prog1_id = prog_id(w.prog[1]);
	ret = p->prepare(&w);
	if (ret)
		problem("cannot be prepared: %s", strerror(-ret));
	if (!problems && by_nth && !nth_available())
		problem("no fail-nth");
	if (!problems) {
		once_more(p, &w, "at first");
		failures = fail_one_by_one(p, &w, by_nth);
		if (!problems)
			printf("# %u failures\n", failures);
	}
	fflush(stdout);
	return !!problems;
}

/* The switch: bpf(2) accepts tcx, or no longer. */

/* Functions of the kernel that the module has redirected. */
static int redirected(void)
{
	FILE *file = fopen("/sys/kernel/tracing/enabled_functions", "r");
	char line[512];
	int count = 0;

	while (file && fgets(line, sizeof(line), file))
		count += !strncmp(line, "mini_qdisc_pair_swap ", 21) ||
			 !strncmp(line, "__x64_sys_bpf ", 14) ||
			 !strncmp(line, "__ia32_sys_bpf ", 15);
	if (file)
		fclose(file);
	return count;
}

static int switch_run(bool by_nth)
{
	int idle = redirected(), ret, on;
	struct hit hit = { .hit = true };
	unsigned int nth;

	if (by_nth && !nth_available())
		problem("no fail-nth");
	ret = file_write(SWITCH, "1");
	on = redirected();
	if (ret || on <= idle || file_write(SWITCH, "0"))
		problem("cannot be switched: %d", ret);
	for (nth = 1; hit.hit && nth < NTH_MAX && !problems; nth++) {
		ret = by_nth ? nth_arm(nth) : call_arm(nth, INJECTED, 1, "");
		ret = file_write(SWITCH, "1");
		hit = by_nth ? nth_disarm() : call_disarm();
		if (hit.want)
			printf("# %u: %s from %s: %s\n", nth, hit.function,
			       hit.caller, strerror(-ret));
		if (hit.want && ret != -hit.want)
			problem("answers %d, not %d", ret, -hit.want);
		if (redirected() != (ret ? idle : on))
			problem("%u: %s: answered %d, %d functions are redirected",
				nth, hit.function, ret, redirected());
		if (ret && file_write(SWITCH, "1"))
			problem("%u: the next try fails", nth);
		if (redirected() != on)
			problem("%u: the next try redirects %d functions", nth,
				redirected());
		if (by_nth)
			nth_arm(nth);
		if (file_write(SWITCH, "0") && !by_nth)
			problem("%u: cannot be switched off", nth);
		if (by_nth) {
			nth_disarm();
			file_write(SWITCH, "0");
		}
		if (redirected() != idle)
			problem("%u: switched off, %d functions are redirected",
				nth, redirected());
	}
	if (!problems)
		printf("# %u failures\n", nth - 2);

	/* While others change what is traced: tried again. */
	if (!by_nth && !problems) {
		call_arm(1, EAGAIN, 3, "register_ftrace_function");
		ret = file_write(SWITCH, "1");
		if (!call_disarm().hit || ret || file_write(SWITCH, "0"))
			problem("not tried again after EAGAIN: %d", ret);
	}
	fflush(stdout);
	return !!problems;
}

/* Off: ftrace refuses to take a redirection away. Then the switch stays on, with
 * both entries redirected, and the next try succeeds.
 */
static int switch_off_run(void)
{
	int idle = redirected(), on, ret;
	unsigned int nth;

	if (file_write(SWITCH, "1"))
		problem("cannot be switched on");
	on = redirected();
	for (nth = 1; nth <= (unsigned int)(on - idle) && !problems; nth++) {
		call_arm(nth, INJECTED, 1, "unregister_ftrace_function");
		ret = file_write(SWITCH, "0");
		if (!call_disarm().hit || ret != -INJECTED)
			problem("%u: answers %d", nth, ret);
		if (redirected() != on || file_read_char(SWITCH) != 'Y')
			problem("%u: refused, but %d functions of %d are redirected",
				nth, redirected(), on);
		if (file_write(SWITCH, "0") || redirected() != idle)
			problem("%u: cannot be switched off", nth);
		if (file_write(SWITCH, "1") || redirected() != on)
			problem("%u: cannot be switched on", nth);
	}
	if (file_write(SWITCH, "0") || redirected() != idle)
		problem("cannot be switched off");
	fflush(stdout);
	return !!problems;
}

/* Loading. The module is not loaded when this begins and when it ends. */

static bool load_undone(void)
{
	return !module_loaded() && access(TCX_BACKPORT_DEVICE, F_OK) &&
	       !redirected();
}

static void load_judge(unsigned int nth, const struct hit *hit, int ret)
{
	if (hit->want)
		printf("# %u: %s from %s: %s\n", nth, hit->function,
		       hit->caller, strerror(-ret));
	if (hit->want && ret != -hit->want)
		problem("%u: answers %d, not %d", nth, ret, -hit->want);
	if (!hit->hit && ret)
		problem("%u: nothing failed, but: %s", nth, strerror(-ret));
	if (ret && !load_undone())
		problem("%u: something is left", nth);
	if (ret && module_load())
		problem("%u: the next try fails", nth);
	if (module_unload() || !load_undone())
		problem("%u: cannot be unloaded", nth);
}

/* Returns how many failures there were. */
static unsigned int load_calls(void)
{
	struct hit hit = { .hit = true };
	unsigned int nth;
	int ret;

	for (nth = 1; hit.hit && nth < NTH_MAX && !problems; nth++) {
		call_arm(nth, INJECTED, 1, "");
		ret = module_load();
		hit = call_disarm();
		load_judge(nth, &hit, ret);
	}
	return nth - 2;
}

/* A load makes hundreds of allocations, most of them the kernel's own affair.
 * From the last one back, until a load fails in which the module has not made a
 * single call: what is before that is before our code has run.
 */
static unsigned int load_nths(void)
{
	unsigned int nth, failures = 0;
	bool early = false;
	struct hit hit;
	int ret;

	nth_arm(NTH_MAX);
	if (module_load())
		problem("cannot be loaded");
	nth = NTH_MAX - nth_left();
	nth_disarm();
	module_unload();
	printf("# %u allocations and copies\n", nth);

	for (; nth && !early && !problems; nth--) {
		call_arm(NTH_MAX, INJECTED, 1, "");
		nth_arm(nth);
		ret = module_load();
		hit = nth_disarm();
		early = !call_disarm().calls;
		printf("# %u: %s\n", nth, strerror(-ret));
		failures += ret && !early;
		load_judge(nth, &hit, ret);
	}
	if (!early)
		problem("no load has failed early");
	return failures;
}

static int load_run(const char *args, bool by_nth)
{
	unsigned int failures;

	setenv("TCX_MODULE_ARGS", args, 1);
	if (by_nth && !nth_available())
		problem("no fail-nth");
	nth_setting("fail_page_alloc", "ignore-gfp-wait", "Y");
	failures = by_nth ? load_nths() : load_calls();
	printf("# %u failures\n", failures);
	if (!failures)
		problem("nothing was made to fail");
	if (module_load() || module_unload())
		problem("cannot be loaded afterwards");
	fflush(stdout);
	return !!problems;
}

/* Every place in the module that calls one of the functions. */

static bool sites_of_one_suffice(const char *function)
{
	/* The others take the filter away, when there is nothing to be told. */
	return !strcmp(function, "ftrace_set_filter_ip");
}

/* What another hook or another kernel than this one would reach. */
static bool site_unreachable(const char *function, bool netfilter)
{
	return !netfilter && !strcmp(function, "nf_register_net_hook");
}

static int sites_run(bool netfilter)
{
	char function[64], caller[256], line[512], done[64] = "";
	unsigned int calls, failed;
	int missing = 0, count = 0;
	unsigned long offset;
	FILE *file;

	if (module_load())
		problem("cannot be loaded");
	file = fopen(FAIL_CALL_DIR "sites", "r");
	while (file && fscanf(file, "%63s %u %u %lx %255[^\n]", function,
			      &calls, &failed, &offset, caller) == 5) {
		/* Behind static calls, which are patched to go past it. */
		if (!strncmp(caller, "__SCT__", 7))
			continue;
		printf("# %-28s called %5u, failed %4u, at %#6lx in %s\n",
		       function, calls, failed, offset, caller);
		count++;
		if (failed && sites_of_one_suffice(function))
			strcpy(done, function);
		if (failed || site_unreachable(function, netfilter) ||
		    sites_of_one_suffice(function))
			continue;
		problem("%s in %s: no case makes it fail", function, caller);
	}
	if (file)
		fclose(file);
	if (count < 10 || !*done)
		problem("%d places found", count);
	module_unload();

	/* A function that cannot be probed cannot be made to fail. */
	file = fopen(FAIL_CALL_DIR "missing", "r");
	while (file && fgets(line, sizeof(line), file)) {
		printf("# not in this kernel: %s", line);
		missing++;
		if (strncmp(line, "kmalloc_trace", 13) &&
		    strncmp(line, "kmem_cache_alloc_trace", 22))
			problem("cannot be made to fail: %s", line);
	}
	if (file)
		fclose(file);
	if (missing > 1)
		problem("neither of two names of one function");
	fflush(stdout);
	return !!problems;
}

/* All of it. */

static unsigned int count, failed;
static const char *only = "";

static bool wanted(const char *name)
{
	return strstr(name, only);
}

static void result(bool ok, const char *what, const char *config, bool by_nth)
{
	count++;
	failed += !ok;
	printf("%s %u - %s%s%s%s\n", ok ? "ok" : "not ok", count, what,
	       *config ? ", " : "", config, by_nth ? ", fail-nth" : "");
	fflush(stdout);
}

static const char *const doors[] = { "ioctl", "bpf" };

static void paths_all(const char *hook, bool by_nth)
{
	char config[64];
	unsigned int i, door;

	for (door = 0; door < 2; door++) {
		snprintf(config, sizeof(config), "hook=%s bpf_syscall=%u", hook,
			 door);
		setenv("TCX_MODULE_ARGS", config, 1);
		setenv("TCX_DOOR", doors[door], 1);
		if (module_load()) {
			result(false, "load", config, by_nth);
			continue;
		}
		for (i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
			if (!wanted(paths[i].name))
				continue;
			printf("# %s\n", paths[i].name);
			result(!in_child(path_run(&paths[i], by_nth)),
			       paths[i].name, config, by_nth);
		}
		if (!door && wanted("switch")) {
			printf("# switch\n");
			result(!in_child(switch_run(by_nth)), "switch", config,
			       by_nth);
			if (!by_nth)
				result(!in_child(switch_off_run()),
				       "switch off", config, false);
		}
		result(!module_unload(), "unload", config, by_nth);
	}
}

/* For fail-nth one set of parameters, that with the most steps. */
static void loads_all(bool netfilter, bool by_nth)
{
	static const char *const args[] = {
		"bpf_syscall=1 hook=tc", "hook=netfilter", "",
	};
	unsigned int i;

	for (i = 0; i < (by_nth ? 1 : 3) && wanted("load"); i++) {
		if (!netfilter && strstr(args[i], "netfilter"))
			continue;
		printf("# load %s\n", args[i]);
		result(!in_child(load_run(args[i], by_nth)), "load", args[i],
		       by_nth);
	}
}

/* The module's text must not be freed while the kernel calls it, though neither
 * exit nor the unwinding of a load can refuse to end: they stay, for ever, and
 * all else works. After this the guest is good for nothing more.
 */

static char task_state(pid_t pid)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (file)
		fclose(file);
	return state;
}

/* The call in a load at which it has all but succeeded. */
static unsigned int load_last_call(void)
{
	struct hit hit = { .hit = true };
	unsigned int nth;

	for (nth = 1; hit.hit && nth < NTH_MAX; nth++) {
		call_arm(nth, INJECTED, 1, "");
		if (!module_load())
			module_unload();
		hit = call_disarm();
		if (!strcmp(hit.function, "misc_register"))
			return nth;
	}
	problem("no load registers the device");
	return 0;
}

static int stuck_run(bool load)
{
	struct sys_query q = {};
	int log = log_open(), tries;
	pid_t pid;

	setenv("TCX_MODULE_ARGS", "bpf_syscall=1 hook=tc", 1);
	setenv("TCX_DOOR", "bpf", 1);
	if (load)
		call_arm(load_last_call(), INJECTED, 1000, "");
	else if (module_load())
		problem("cannot be loaded");
	else
		call_arm(1, INJECTED, 1000, "unregister_ftrace_function");
	if (problems)
		return 1;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		/* The guest's end waits until nobody has its output. */
		close(1);
		close(2);
		_exit(load ? module_load() : module_try_unload());
	}
	for (tries = 0; tries < 1000 && task_state(pid) != 'I'; tries++)
		sleep_ms(20);
	sleep_ms(500);
	call_disarm();
	if (task_state(pid) != 'I')
		problem("is in state %c", task_state(pid));
	if (!log_has(log, "which therefore cannot be unloaded"))
		problem("the log does not say why");
	if (!redirected() || !module_loaded())
		problem("%d redirected, %sloaded", redirected(),
			module_loaded() ? "" : "not ");
	/* As if there were no module. */
	for (tries = 0; tries < 1000; tries++)
		if (sys_prog_query(1, BPF_TCX_INGRESS, &q) != -EINVAL)
			problem("bpf(2) accepts tcx");
	if (cls_load() < 0)
		problem("no program can be loaded");
	if (kill(pid, SIGKILL) || task_state(pid) != 'I')
		problem("has gone");
	return !!problems;
}

/* fault stuck exit|load: see above.
 *
 * fault [WAY [ONLY]]: call or nth, one of the two ways, or both if it is empty;
 * only the paths whose name has ONLY in it.
 */
int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "";
	bool by_call = strcmp(way, "nth");
	bool by_nth = strcmp(way, "call") && nth_available();
	bool netfilter;

	if (argc > 2)
		only = argv[2];

	setbuf(stdout, NULL);
	if (!strcmp(way, "stuck")) {
		result(!stuck_run(!strcmp(only, "load")),
		       "what the kernel still calls stays", only, false);
		return !!failed;
	}
	if (!by_call && !by_nth)
		result(false, "this kernel has no fail-nth", "", true);
	module_unload();
	setenv("TCX_MODULE_ARGS", "hook=netfilter", 1);
	netfilter = !module_load();
	if (netfilter)
		module_unload();

	if (by_call) {
		if (access(FAIL_CALL_DIR "arm", W_OK))
			result(false, "fail_call is not loaded", "", false);
		loads_all(netfilter, false);
		paths_all("tc", false);
		if (netfilter)
			paths_all("netfilter", false);
		if (!*only)
			result(!in_child(sites_run(netfilter)),
			       "every call that may fail has failed", "",
			       false);
	}
	if (by_nth) {
		paths_all("tc", true);
		if (netfilter)
			paths_all("netfilter", true);
		loads_all(netfilter, true);
	}
	printf("1..%u\n", count);
	return !!failed;
}
