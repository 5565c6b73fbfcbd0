// SPDX-License-Identifier: GPL-2.0
/*
 * The module's switch that makes bpf(2) an interface to tcx, and the removal of the
 * module: moved and removed while requests are asleep, under load, and beside
 * what else traces bpf(2).
 *
 * In the environment, for runs by hand (tests/vm/run -- --append NAME=VALUE):
 * SWITCHES, how often the switch is moved under load (100).
 */
#include <pthread.h>
#include <stdio.h>

#include "kselftest_harness.h"

#include "bpf_interface.h"
#include "bpf_load.h"
#include "memory.h"

#define SLEEPERS	64

FIXTURE(change) {
	struct point points[2];		/* ingress, egress */
	struct point in;
	int progs[SLEEPERS];
	bool native;
};

FIXTURE_SETUP(change)
{
	int i;

	self->native = is_native();
	ASSERT_GE(point_new(&self->in), 0);
	self->points[0] = self->in;
	self->points[1] = (struct point){ self->in.ifindex, BPF_TCX_EGRESS };
	for (i = 0; i < SLEEPERS; i++) {
		self->progs[i] = cls_load();
		ASSERT_GT(self->progs[i], 0);
	}
}

FIXTURE_TEARDOWN(change)
{
	if (!self->native)
		switch_to(true);
}

#define need_switch() do {						\
	if (self->native)						\
		SKIP(return, "the kernel's own tcx has no switch");	\
	ASSERT_EQ('Y', file_read_char(SWITCH));				\
} while (0)

/* As the others want to find it. */
static int load_again(void)
{
	return module_load_with(getenv("TCX_MODULE_ARGS") ?: "bpf_syscall=1");
}

static bool info_says_on(void)
{
	struct tcx_backport_info info = {};
	int fd = open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC);

	ioctl(fd, TCX_BACKPORT_INFO, &info);
	close(fd);
	return info.features & TCX_BACKPORT_FEAT_BPF_SYSCALL;
}

TEST_F_TIMEOUT(change, off_and_on, 90)
{
	static const char *const words[] = { "2", "maybe", "", "\n" };
	size_t k;
	int i;

	need_switch();
	EXPECT_TRUE(info_says_on());
	EXPECT_EQ(0, switch_to(true));
	for (k = 0; k < 3; k++) {
		ASSERT_EQ(0, attr_issue(ATTACH, &self->in, self->progs[0]));
		ASSERT_EQ(0, switch_to(false));
		EXPECT_EQ('N', file_read_char(SWITCH));
		EXPECT_FALSE(info_says_on());
		for_each_request(i) {
			EXPECT_EQ(-EINVAL, attr_issue(i, &self->in,
						      self->progs[1]));
		}
		EXPECT_EQ(0, switch_to(false));
		ASSERT_EQ(0, switch_to(true));
		EXPECT_EQ('Y', file_read_char(SWITCH));
		EXPECT_TRUE(info_says_on());
		/* What was attached has stayed. */
		expect_count(&self->in, 1);
		EXPECT_EQ(0, attr_issue(DETACH, &self->in, self->progs[0]));
	}
	for (k = 0; k < ARRAY_SIZE(words); k++)
		EXPECT_EQ(*words[k] ? -EINVAL : 0, file_write(SWITCH,
							      words[k]));
	EXPECT_EQ('Y', file_read_char(SWITCH));
}

/* Sleepers: each issues one query and keeps its answer. */

struct sleeper {
	pthread_t thread;
	struct point point;
	void *attr;	/* NULL: one of its own, whose answer goes to @ids */
	void *ids;
	int ret;
};

static void *sleeper_run(void *arg)
{
	struct sleeper *s = arg;
	union sys_attr attr = attr_of(QUERY, &s->point, 0);

	attr.query.count = 1;
	attr.query.prog_ids = (uintptr_t)s->ids;
	s->ret = sys_bpf(BPF_PROG_QUERY, s->attr ?: &attr, sizeof(attr));
	return NULL;
}

struct writer {
	pthread_t thread;
	int (*act)(void);
	int ret;
	volatile bool done;
};

static void *writer_run(void *arg)
{
	struct writer *w = arg;

	w->ret = w->act();
	w->done = true;
	return NULL;
}

static int switch_off(void)
{
	return switch_to(false);
}

/* Puts SLEEPERS tasks to sleep inside and lets @act do what it does, for which
 * it must not wait for them; wakes them, and what they are answered has to be as
 * if nothing had been.
 */
static void change_asleep(struct __test_metadata *_metadata,
			  FIXTURE_DATA(change) *self, bool early,
			  int (*act)(void), int act_want)
{
	struct sleeper sleepers[SLEEPERS];
	struct writer w = { .act = act };
	union sys_attr attr = attr_of(QUERY, &self->in, 0);
	struct hold hold = {};
	int i;

	ASSERT_EQ(0, hold_new(&hold));
	for (i = 0; i < SLEEPERS; i++) {
		sleepers[i] = (struct sleeper){
			.point = self->in,
			.attr = early ? hold.page : NULL,
			.ids = early ? NULL : hold.page + 4 * i,
		};
		ASSERT_EQ(0, pthread_create(&sleepers[i].thread, NULL,
					    sleeper_run, &sleepers[i]));
	}
	ASSERT_EQ(0, hold_wait(&hold, SLEEPERS));
	ASSERT_EQ(0, pthread_create(&w.thread, NULL, writer_run, &w));
	for (i = 0; i < 1000 && !w.done; i++)
		sleep_ms(10);
	EXPECT_TRUE(w.done);
	ASSERT_EQ(0, hold_release(&hold, &attr, early ? sizeof(attr) : 0));
	for (i = 0; i < SLEEPERS; i++) {
		pthread_join(sleepers[i].thread, NULL);
		EXPECT_EQ(0, sleepers[i].ret) {
			TH_LOG("sleeper %d", i);
		}
	}
	pthread_join(w.thread, NULL);
	EXPECT_EQ(act_want, w.ret);
	hold_free(&hold);
}

/* Where the kernel learns what the request is about, and where it writes the
 * answer. Who is inside gets through.
 */
TEST_F_TIMEOUT(change, off_while_asleep, 90)
{
	int i;

	need_switch();
	ASSERT_EQ(0, point_attach(&self->in, self->progs[0]));
	for (i = 0; i < 4; i++) {
		change_asleep(_metadata, self, i & 1, switch_off, 0);
		EXPECT_EQ(-EINVAL, attr_issue(QUERY, &self->in, 0));
		EXPECT_EQ('N', file_read_char(SWITCH));
		ASSERT_EQ(0, switch_to(true));
	}
	EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
}

static int switch_often(void)
{
	int i, ret = 0;

	for (i = 0; i < 6 && !ret; i++)
		ret = switch_to(i & 1);
	return ret;
}

TEST_F_TIMEOUT(change, off_and_on_while_asleep, 90)
{
	need_switch();
	change_asleep(_metadata, self, true, switch_often, 0);
	EXPECT_EQ('Y', file_read_char(SWITCH));
	EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
}

/* Nothing is attached: they are all that holds the module. */
TEST_F_TIMEOUT(change, unload_while_asleep, 90)
{
	int i;

	need_switch();
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, module_references_settle());
		change_asleep(_metadata, self, true, module_try_unload,
			      -EWOULDBLOCK);
		EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
		EXPECT_EQ(0, module_references_settle());
		EXPECT_EQ(0, module_try_unload());
		EXPECT_NE(0, access("/sys/module/" MODULE, F_OK));
		EXPECT_EQ(-EINVAL, attr_issue(QUERY, &self->in, 0));
		ASSERT_EQ(0, load_again());
	}
	EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
}

static void expect_served(struct __test_metadata *_metadata, struct load *l)
{
	unsigned long served = 0, refused = 0;
	int i;

	load_stop(l);
	for (i = 0; i < l->count; i++) {
		struct load_worker *w = &l->workers[i];

		EXPECT_EQ(NULL, w->complaint) {
			TH_LOG("%s: %d", w->complaint, w->ret);
		}
		served += w->served;
		refused += w->refused;
	}
	TH_LOG("%lu requests served, %lu refused, RTNL held %d times", served,
	       refused, l->disturber.rounds);
	EXPECT_LT(0, served);
	EXPECT_LT(0, refused);
}

TEST_F_TIMEOUT(change, switched_under_load, 3600)
{
	int switches = env_number("SWITCHES", 100), i;
	struct load l = {};

	need_switch();
	ASSERT_EQ(0, load_start(&l, self->points, self->progs, SLEEPERS, 50000));
	for (i = 0; i < switches; i++) {
		ASSERT_EQ(0, switch_to(i & 1)) {
			l.stop = true;
		}
	}
	ASSERT_EQ(0, switch_to(true));
	sleep_ms(100);
	expect_served(_metadata, &l);
}

/* Attachments and requests hold the module, so it goes only where there is a
 * moment without: fewer workers, which pause.
 */
TEST_F_TIMEOUT(change, unloaded_under_load, 120)
{
	struct load l = {};
	int i, ret, gone = 0;

	need_switch();
	ASSERT_EQ(0, module_references_settle());
	ASSERT_EQ(0, load_start(&l, self->points, self->progs, 8, 20000));
	for (i = 0; i < 20000 && gone < 10; i++) {
		/* Now and then as an administrator does: off, then away. */
		if (i % 50 == 49 && switch_to(false))
			break;
		ret = module_try_unload();
		if (!ret) {
			gone++;
			ASSERT_EQ(0, load_again());
			sleep_ms(50);
		} else if (ret != -EWOULDBLOCK) {
			break;
		} else if (i % 50 == 49) {
			switch_to(true);
		}
		sleep_ms(1);
	}
	TH_LOG("unloaded %d times in %d attempts", gone, i);
	EXPECT_EQ(10, gone);
	expect_served(_metadata, &l);
	EXPECT_EQ(0, module_references_settle());
}

/* Tracing programs on the entry function: newer kernels share it, older ones
 * refuse whoever comes second.
 */
static void change_traced(struct __test_metadata *_metadata,
			  FIXTURE_DATA(change) *self, enum bpf_attach_type type)
{
	int prog = fentry_load(SYS_BPF_ENTRY, type), link, ret;

	ASSERT_GT(prog, 0);
	link = raw_tp_link_create(prog, NULL);
	if (link < 0) {
		ASSERT_EQ(-EBUSY, link);
		EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
		ASSERT_EQ(0, switch_to(false));
		/* What has been refused once these kernels take for attached. */
		close(prog);
		prog = fentry_load(SYS_BPF_ENTRY, type);
		ASSERT_GT(prog, 0);
		link = raw_tp_link_create(prog, NULL);
		ASSERT_LT(0, link);
		EXPECT_EQ(-EBUSY, switch_to(true));
		EXPECT_EQ('N', file_read_char(SWITCH));
		EXPECT_EQ(-EINVAL, attr_issue(QUERY, &self->in, 0));
		close(link);
		TH_LOG("refused either way");
	} else {
		EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
		EXPECT_EQ(0, attr_issue(ATTACH, &self->in, self->progs[0]));
		ASSERT_EQ(0, switch_to(false));
		EXPECT_EQ(-EINVAL, attr_issue(QUERY, &self->in, 0));
		ASSERT_EQ(0, switch_to(true));
		EXPECT_EQ(0, attr_issue(DETACH, &self->in, self->progs[0]));
		close(link);
		TH_LOG("shared");
	}
	close(prog);
	/* The link is dropped after a grace period. */
	for (ret = -EBUSY, link = 0; ret == -EBUSY && link < 250; link++) {
		ret = switch_to(true);
		sleep_ms(20);
	}
	EXPECT_EQ(0, ret);
	EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
}

TEST_F_TIMEOUT(change, traced_entry, 90)
{
	need_switch();
	if (!functions_traceable())
		SKIP(return, "this kernel attaches no program to a function");
	change_traced(_metadata, self, BPF_TRACE_FENTRY);
}

TEST_F_TIMEOUT(change, traced_exit, 90)
{
	need_switch();
	if (!functions_traceable())
		SKIP(return, "this kernel attaches no program to a function");
	change_traced(_metadata, self, BPF_TRACE_FEXIT);
}

/* Tracers on the entry function, there before the switch is moved or after. A
 * call is seen once, whichever way it takes then; but the graph tracer of older
 * kernels takes a diverted one for a call of the function it is diverted to, as
 * it does with live patches, and the filter leaves that out.
 */
#define TRACING		"/sys/kernel/tracing/"

static const struct tracer {
	const char *name, *file, *begin, *enable, *on, *off, *end;
} tracers[] = {
	{ "kprobe", TRACING "kprobe_events", "p:tcx_probe " SYS_BPF_ENTRY,
	  TRACING "events/kprobes/tcx_probe/enable", "1", "0", "\n" },
	{ "kretprobe", TRACING "kprobe_events", "r:tcx_probe " SYS_BPF_ENTRY,
	  TRACING "events/kprobes/tcx_probe/enable", "1", "0", "\n" },
	{ "function", TRACING "set_ftrace_filter", SYS_BPF_ENTRY,
	  TRACING "current_tracer", "function", "nop", "\n" },
	{ "graph", TRACING "set_ftrace_filter", SYS_BPF_ENTRY,
	  TRACING "current_tracer", "function_graph", "nop", "\n" },
};

static int tracer_begin(const struct tracer *t)
{
	return file_write(t->file, t->begin) ?: file_write(t->enable, t->on);
}

static int tracer_end(const struct tracer *t)
{
	int fd, ret = file_write(t->enable, t->off);

	/* Opened for writing, it is emptied. */
	fd = open(t->file, O_WRONLY | O_TRUNC | O_CLOEXEC);
	close(fd);
	return ret;
}

/* How often a query and a command that nobody diverts are seen. */
static int tracer_hits(const struct point *p)
{
	int hits = 0, fd = open(TRACING "trace", O_WRONLY | O_TRUNC);
	char line[512];
	FILE *file;

	close(fd);
	attr_issue(QUERY, p, 0);
	sys_bpf(NO_CMD, NULL, 0);
	file = fopen(TRACING "trace", "r");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file))
		if (*line != '#' && (strstr(line, SYS_BPF_ENTRY) ||
				     strstr(line, "tcx_probe")))
			hits++;
	fclose(file);
	return hits;
}

#define expect_hits(t, on) do {						\
	int __hits = tracer_hits(&self->in);				\
									\
	EXPECT_GE(2, __hits);						\
	EXPECT_LE((on) && !strcmp((t)->name, "graph") ? 1 : 2, __hits);	\
} while (0)

TEST_F_TIMEOUT(change, tracers, 90)
{
	const struct tracer *t;
	int twice;

	need_switch();
	for (t = tracers; t < tracers + ARRAY_SIZE(tracers); t++) {
		TH_LOG("%s", t->name);
		ASSERT_EQ(0, switch_to(false));
		for (twice = 0; twice < 2; twice++) {
			/* First it comes before the switch, then after it. */
			ASSERT_EQ(0, tracer_begin(t));
			expect_hits(t, twice);
			ASSERT_EQ(0, switch_to(!twice));
			expect_hits(t, !twice);
			EXPECT_EQ(twice ? -EINVAL : 0,
				  attr_issue(QUERY, &self->in, 0));
			ASSERT_EQ(0, tracer_end(t));
			EXPECT_EQ(twice ? -EINVAL : 0,
				  attr_issue(QUERY, &self->in, 0));
		}
		/* The module goes while it is traced. */
		ASSERT_EQ(0, switch_to(true));
		ASSERT_EQ(0, tracer_begin(t));
		ASSERT_EQ(0, module_references_settle());
		ASSERT_EQ(0, module_try_unload());
		expect_hits(t, false);
		ASSERT_EQ(0, load_again());
		expect_hits(t, true);
		EXPECT_EQ(0, attr_issue(QUERY, &self->in, 0));
		ASSERT_EQ(0, tracer_end(t));
	}
}

TEST_HARNESS_MAIN
