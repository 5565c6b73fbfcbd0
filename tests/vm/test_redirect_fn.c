// SPDX-License-Identifier: GPL-2.0
/*
 * The redirection of mini_qdisc_pair_swap(), which the tc hook lives on: it is
 * there as long as the module is, gets on with others who trace the function,
 * cannot be switched off by them, keeps the module while tasks sleep in it, and
 * goes without a trace. With the netfilter hook nothing is redirected: then the
 * same things have to work, and what the redirection forbids is allowed.
 *
 *   TCX_CYCLES		how often the module is unloaded and loaded (8)
 */
#include <signal.h>
#include <sys/sysinfo.h>

#include "bpf_interface.h"
#include "datapath.h"
#include "module.h"
#include "swap_tracers.h"
#include "tc_net.h"

#define FTRACE_ENABLED	"/proc/sys/kernel/ftrace_enabled"
#define WORKERS		4

FIXTURE(redirection) {
	bool netfilter;
	bool redirects;		/* does the module redirect anything? */
};

FIXTURE_SETUP(redirection)
{
	/* After a case that failed half way. */
	ASSERT_TRUE(module_loaded() || !module_load());
	/* In a child: this process must not hold the device. */
	self->netfilter = in_child(hook_is_netfilter());
	self->redirects = !self->netfilter ||
			  strstr(module_args(), "bpf_syscall=1");
	scene_pair();
}

FIXTURE_TEARDOWN(redirection)
{
}

/* One packet; which of the programs has seen it. */
static int who_sees(struct prog *tcx, struct prog *classic)
{
	forget(tcx);
	forget(classic);
	send_test_frame("b", "a");
	wait_for(tcx->dp->packets || classic->dp->packets);
	return !!tcx->dp->packets + 2 * !!classic->dp->packets;
}

/* The tc hook at work: were a swap not redirected, clsact would put the attach
 * point out of its slot. To be run in a child; the number of the first step
 * that goes wrong, or 0.
 */
static int hook_works(bool netfilter)
{
	struct prog tcx = prog_step(), classic = prog_classic();
	int passed = netfilter ? 3 : 1, step = 1;

#define step_is(condition) do {						\
	if (!(condition))						\
		return step;						\
	step++;								\
} while (0)
	attach("b", INGRESS, &tcx);
	step_is(who_sees(&tcx, &classic) == 1);
	tc_hook("b");
	step_is(who_sees(&tcx, &classic) == 1);
	tc_filter("b", INGRESS, &classic);
	step_is(who_sees(&tcx, &classic) == 3);
	tcx.dp->verdict = TCX_PASS;
	step_is(who_sees(&tcx, &classic) == passed);
	/* A second filter in front, and away: another two swaps. */
	step_is(!filter_flower(dev_index("b"), INGRESS, 1));
	step_is(who_sees(&tcx, &classic) == passed);
	step_is(!filter_del(dev_index("b"), INGRESS, 1));
	step_is(who_sees(&tcx, &classic) == passed);
	detach("b", INGRESS, &tcx);
	step_is(who_sees(&tcx, &classic) == 2);
	tcx.dp->verdict = TCX_NEXT;
	attach("b", INGRESS, &tcx);
	tc_unhook("b");
	step_is(who_sees(&tcx, &classic) == 1);
	detach("b", INGRESS, &tcx);
	step_is(who_sees(&tcx, &classic) == 0);
	return 0;
#undef step_is
}

/* Classic tc alone, without the module. */
static int classic_works(void)
{
	struct prog none = prog_step(), classic = prog_classic();
	int seen;

	tc_hook("b");
	tc_filter("b", INGRESS, &classic);
	seen = who_sees(&none, &classic);
	tc_unhook("b");
	return seen != 2 || who_sees(&none, &classic) != 0;
}

#define expect_hook_works() EXPECT_EQ(0, in_child(hook_works(self->netfilter)))

/* Switched off while the module relies on it, ftrace would let swaps through. */
TEST_F_TIMEOUT(redirection, ftrace_stays_enabled, 60)
{
	int want = self->redirects ? -EBUSY : 0;

	ASSERT_TRUE(file_has(FTRACE_ENABLED, "1"));
	EXPECT_EQ(want, file_write(FTRACE_ENABLED, "0"));
	EXPECT_TRUE(file_has(FTRACE_ENABLED, want ? "1" : "0"));
	expect_hook_works();
	EXPECT_EQ(0, file_write(FTRACE_ENABLED, "1"));

	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(0, file_write(FTRACE_ENABLED, "0"));
	EXPECT_TRUE(file_has(FTRACE_ENABLED, "0"));
	EXPECT_EQ(0, file_write(FTRACE_ENABLED, "1"));
	ASSERT_EQ(0, module_load());
	expect_hook_works();
}

/* A load that fails says why and leaves nothing behind. */
TEST_F_TIMEOUT(redirection, refused_without_ftrace, 60)
{
	int i, ret, log;

	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, file_write(FTRACE_ENABLED, "0"));
	for (i = 0; i < 3; i++) {
		log = log_open();
		ret = module_load();
		EXPECT_EQ(self->redirects ? -EBUSY : 0, ret);
		EXPECT_EQ(self->redirects, log_has(log, "cannot redirect"));
		EXPECT_EQ(!ret, module_loaded());
		EXPECT_EQ(ret, access("/dev/tcx", F_OK) ? -EBUSY : 0);
		close(log);
		EXPECT_EQ(0, ret ? 0 : module_unload());
		EXPECT_EQ(0, in_child(classic_works()));
	}
	ASSERT_EQ(0, file_write(FTRACE_ENABLED, "1"));
	ASSERT_EQ(0, module_load());
	expect_hook_works();
}

/*
 * Others on the function.
 */
TEST_F_TIMEOUT(redirection, with_tracers, 200)
{
	unsigned int i, inside = 0;

	ASSERT_EQ(0, module_unload());
	for (i = 0; i < TRACERS; i++) {
		const struct tracer *t = &tracers[i];
		/* A graph tracer that is no user of ftrace like others passes
		 * over what is redirected, by a live patch, say.
		 */
		bool sees = !t->graph || !self->redirects ||
			    kernel_has("ftrace_graph_func");
		int before = row_begin(_metadata), err;

		/* They come first. */
		err = tracer_set(t, true);
		if (t->inside && err == -EILSEQ) {
			row_end(_metadata, before, "%s", t->name);
			continue;
		}
		inside += t->inside;
		EXPECT_EQ(0, err);
		EXPECT_EQ(0, in_child(classic_works()));
		EXPECT_TRUE(tracer_sees());
		ASSERT_EQ(0, module_load());
		expect_hook_works();
		EXPECT_EQ(sees, tracer_sees());
		EXPECT_EQ(0, tracer_set(t, false));
		expect_hook_works();

		/* They come later, and stay when the module goes. */
		EXPECT_EQ(0, tracer_set(t, true));
		expect_hook_works();
		EXPECT_EQ(sees, tracer_sees());
		ASSERT_EQ(0, module_unload());
		EXPECT_EQ(0, in_child(classic_works()));
		EXPECT_TRUE(tracer_sees());
		EXPECT_EQ(0, tracer_set(t, false));
		row_end(_metadata, before, "%s", t->name);
	}
	EXPECT_LE(1, inside);
	ASSERT_EQ(0, module_load());
	expect_hook_works();
}

static struct bpf_object *tracing_load(void)
{
	const char *path = path_beside("progs/tc_trace.bpf.o");
	struct bpf_object *obj = bpf_object__open_file(path, NULL);

	if (!obj || bpf_object__load(obj))
		fail("%s does not load: %m", path);
	/* From here on refusals are expected: no word about them. */
	libbpf_set_print(NULL);
	return obj;
}

static struct bpf_link *attach_by_name(struct bpf_object *obj, const char *name)
{
	return bpf_program__attach(bpf_object__find_program_by_name(obj, name));
}

/* The kernel lets redirection and fentry share a function where trampolines are asked
 * to; elsewhere whoever comes first keeps the other out, which then says so.
 */
TEST_F_TIMEOUT(redirection, with_fentry, 120)
{
	bool shares = !self->redirects ||
		      kernel_has("bpf_tramp_ftrace_ops_func");
	struct bpf_link *entry, *exit;
	struct bpf_object *obj;
	int ret, log;

	if (!functions_traceable())
		SKIP(return, "this kernel attaches no program to a function");
	/* The module is first. */
	obj = tracing_load();
	entry = attach_by_name(obj, "on_entry");
	EXPECT_EQ(shares, !!entry);
	expect_hook_works();
	bpf_link__destroy(entry);
	expect_hook_works();
	/* 5.10 never again attaches a program that it has refused once. */
	bpf_object__close(obj);
	obj = tracing_load();

	/* It is second. */
	ASSERT_EQ(0, module_unload());
	entry = attach_by_name(obj, "on_entry");
	exit = attach_by_name(obj, "on_exit");
	ASSERT_NE(NULL, entry);
	ASSERT_NE(NULL, exit);
	EXPECT_EQ(0, in_child(classic_works()));
	log = log_open();
	ret = module_load();
	EXPECT_EQ(shares ? 0 : -EBUSY, ret);
	EXPECT_EQ(!shares, log_has(log, "cannot redirect"));
	close(log);
	if (!ret) {
		expect_hook_works();
		/* It goes while they stay, and comes back. */
		ASSERT_EQ(0, module_unload());
		EXPECT_EQ(0, in_child(classic_works()));
		ASSERT_EQ(0, module_load());
		expect_hook_works();
	}
	bpf_link__destroy(entry);
	bpf_link__destroy(exit);
	bpf_object__close(obj);
	ASSERT_EQ(0, ret ? module_load() : 0);
	expect_hook_works();
}

/*
 * Loading and unloading while tasks are in the function all the time.
 */
struct shared {
	_Atomic bool stop;
	_Atomic long sent;
};

/* Swaps on one device, forever: heads change by flower filters without RTNL,
 * and one worker has the whole qdisc come and go.
 */
static int swap_for_ever(struct shared *shared, int id, int ifindex)
{
	long round;
	int ret;

	for (round = 0; round & 1 || !shared->stop; round++) {
		if (!id)
			ret = round & 1 ? qdisc_del(ifindex) :
					  qdisc_add(ifindex, "clsact");
		else
			ret = round & 1 ? filter_del(ifindex, EGRESS, 10 + id) :
					  filter_flower(ifindex, EGRESS,
							10 + id);
		if (ret)
			return 1;
		if (!id && !(round & 1) &&
		    filter_flower(ifindex, INGRESS, 1))
			return 2;
	}
	return 0;
}

static int send_for_ever(struct shared *shared, const char *dev)
{
	struct frame frame = test_frame("z", dev);
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(DP_PROTO),
		.sll_ifindex = dev_index(dev),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (void *)&addr, sizeof(addr)))
		return 1;
	while (!shared->stop) {
		if (send(fd, frame.bytes, 60, 0) != 60)
			return 2;
		shared->sent++;
	}
	return 0;
}

/* How many of the workers are asleep in the replacement just now. */
static int asleep_inside(const pid_t *pids)
{
	char path[64];
	int i, n = 0;

	for (i = 0; i < WORKERS; i++) {
		snprintf(path, sizeof(path), "/proc/%d/stack", pids[i]);
		n += file_has(path, "tcx_tc_swap");
	}
	return n;
}

static int attach_and_detach(struct prog *prog, int cycle)
{
	attach("u", EGRESS, prog);
	attach("v", EGRESS, prog);
	if (cycle & 1)
		attach("v", INGRESS, prog);
	usleep(30000);
	detach("u", EGRESS, prog);
	if (cycle & 1)
		detach("v", INGRESS, prog);
	detach("v", EGRESS, prog);
	return 0;
}

TEST_F_TIMEOUT(redirection, load_and_unload_under_way, 300)
{
	struct prog classic = prog_classic(), tcx = prog_step();
	long cycles = env_number("TCX_CYCLES", 8), i, inside = 0, sleepers;
	long refused = 0;
	pid_t pids[WORKERS], sender;
	struct shared *shared;
	int k, status, tries;
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), &all);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)shared);
	/* u keeps its qdisc, v does not. */
	ASSERT_GT(dummy_add("u"), 0);
	ASSERT_GT(dummy_add("v"), 0);
	ASSERT_EQ(0, qdisc_add(dev_index("u"), "clsact"));
	ASSERT_EQ(0, filter_bpf(dev_index("u"), EGRESS, 100, classic.fd,
				NLM_F_EXCL));
	sender = fork();
	if (!sender)
		_exit(send_for_ever(shared, "u"));
	for (k = 0; k < WORKERS; k++) {
		pids[k] = fork();
		if (!pids[k])
			_exit(swap_for_ever(shared, k,
					    dev_index(k ? "u" : "v")));
	}
	for (i = 0; i < cycles; i++) {
		EXPECT_EQ(0, in_child(attach_and_detach(&tcx, i)));
		/* Unload when somebody is inside, if that happens soon. */
		for (tries = 0; tries < 50; tries++) {
			sleepers = asleep_inside(pids);
			if (sleepers)
				break;
		}
		inside += !!sleepers;
		/* They hold it, and are out before long. */
		status = module_try_unload();
		refused += status == -EWOULDBLOCK;
		ASSERT_EQ(0, status == -EWOULDBLOCK ? module_unload() : status);
		EXPECT_FALSE(module_loaded());
		/* Some swaps go where they always went. */
		usleep(i % 3 * 20000);
		ASSERT_EQ(0, module_load());
	}
	shared->stop = true;
	for (k = 0; k < WORKERS; k++) {
		ASSERT_EQ(pids[k], waitpid(pids[k], &status, 0));
		EXPECT_EQ(0, status) {
			TH_LOG("worker %d", k);
		}
	}
	ASSERT_EQ(sender, waitpid(sender, &status, 0));
	EXPECT_EQ(0, status);
	TH_LOG("%ld of %ld unloads with tasks asleep inside, %ld refused at first; %ld packets, %llu seen by tcx",
	       inside, cycles, refused, shared->sent,
	       (unsigned long long)tcx.dp->packets);
	EXPECT_GT(tcx.dp->packets, 0);
	/* Through all that classic tc has not missed a packet. */
	EXPECT_EQ(shared->sent, classic.dp->packets);
	/* On one CPU nobody sleeps inside: what they wait for, a grace period, is over at once. */
	EXPECT_TRUE(self->netfilter || get_nprocs() == 1 ||
		    (inside && refused));
	expect_hook_works();
}

TEST_HARNESS_MAIN
