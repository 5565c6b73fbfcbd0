// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that can happen to attach points and links, in random order and
 * several at a time, with traffic. On devices that come and go: links created
 * beside each other, updated, detached, closed, pinned, unpinned; their owners
 * killed in the middle of it; programs attached and detached beside them;
 * qdiscs and filters; devices removed, and moved between namespaces; namespaces
 * removed. Every answer must be one that the moment allows, what belongs to one
 * worker alone must be as that worker left it. At the same time, on two devices
 * that stay: what churn_exact.h says, where not one packet may be missed. In
 * the end nothing may be left: no link, no program, no reference to the module.
 *
 * Then the module itself, loaded and unloaded under traffic (churn_load.h).
 *
 *   CHURN_SECONDS	how long (60)
 *   CHURN_SEED		where chance begins. It fixes what each worker tries,
 *			not how the workers interleave
 *   LOAD_CYCLES	how often the module is loaded (100; through bpf(2) 10)
 *
 * tests/vm/run --set CHURN_SECONDS=600 --set TEST_SECONDS=1000 test_link_churn
 */
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "churn_exact.h"
#include "churn_jobs.h"
#include "churn_load.h"
#include "link.h"
#include "netns.h"
#include "point.h"

#define SECONDS		60
#define WORKERS		3
#define SLOTS		8	/* links of one worker */
#define PROGS		10	/* programs of one worker */
#define DEVICES		4	/* two dummies and the ends of a veth */
#define FIRST_IFINDEX	201
#define SPACES		2

enum op {
	OP_CREATE, OP_UPDATE, OP_DETACH, OP_CLOSE, OP_PIN, OP_UNPIN, OP_LOOK,
	OP_OWNER, OP_KILL, OP_ATTACH, OP_PROG_DETACH, OP_DEVICE_REMOVE,
	OP_DEVICE_MOVE, OP_NAMESPACE, OP_QDISC, OP_FILTER, OPS,
};

/* What the workers tell. */
struct tale {
	unsigned int done[OPS];
	unsigned int refused[OPS];
	__u32 prog_ids[PROGS];
	int strange;		/* an op, or OPS */
	int strange_ret;
	int strange_line;
};

struct slot {
	int fd;		/* -1: none */
	__u32 id;
	int prog;	/* index */
	bool pinned;
	bool detached;
};

struct worker {
	int number;
	unsigned int seed;
	int spaces[SPACES];
	int counters;
	int progs[PROGS];
	struct slot slots[SLOTS];
	pid_t owner;	/* 0: none */
	struct tale *tale;
	enum op op;
};

static int below(struct worker *w, int n)
{
	return rand_r(&w->seed) / (RAND_MAX + 1.0) * n;
}

static bool chance(struct worker *w, int percent)
{
	return below(w, 100) < percent;
}

/* Ends the worker, and with it the test. */
static void strange(struct worker *w, int ret, int line)
{
	w->tale->strange = w->op;
	w->tale->strange_ret = ret;
	w->tale->strange_line = line;
	_exit(1);
}

#define must(cond, ret) do {						\
	if (!(cond))							\
		strange(w, ret, __LINE__);				\
} while (0)

/* An answer is one of the errnos listed, or none. */
#define answer(ret, ...) do {						\
	static const int allowed[] = { 0, __VA_ARGS__ };		\
	int __i, __ret = (ret) < 0 ? -(ret) : 0;			\
									\
	for (__i = 0; __i < (int)ARRAY_SIZE(allowed); __i++)		\
		if (__ret == allowed[__i])				\
			break;						\
	must(__i < (int)ARRAY_SIZE(allowed), -__ret);			\
	if (__ret)							\
		w->tale->refused[w->op]++;				\
	else								\
		w->tale->done[w->op]++;					\
} while (0)

static void enter(struct worker *w, int space)
{
	must(!netns_enter(w->spaces[space]), -errno);
}

/* One of the devices, from the namespace where it is, or was just now. */
static struct point some_point(struct worker *w)
{
	struct point p = {
		FIRST_IFINDEX + below(w, DEVICES),
		chance(w, 50) ? BPF_TCX_INGRESS : BPF_TCX_EGRESS,
	};
	int space = below(w, SPACES);
	char name[IFNAMSIZ];

	enter(w, space);
	if (!if_indextoname(p.ifindex, name))
		enter(w, !space);
	return p;
}

static struct slot *some_slot(struct worker *w, bool used)
{
	int i = below(w, SLOTS), n;

	for (n = 0; n < SLOTS; n++, i = (i + 1) % SLOTS)
		if ((w->slots[i].fd >= 0) == used)
			return &w->slots[i];
	return NULL;
}

static void pin_path(const struct worker *w, const struct slot *slot,
		     char *path, size_t size)
{
	snprintf(path, size, BPFFS "/%d-%d", w->number,
		 (int)(slot - w->slots));
}

/* A place: none in particular, or beside something of one's own, or beside
 * whatever link there is, which its owner may be closing.
 */
static __u32 some_place(struct worker *w, __u32 *relative)
{
	struct slot *slot = some_slot(w, true);
	__u32 flags = chance(w, 50) ? BPF_F_BEFORE : BPF_F_AFTER;
	int id;

	*relative = 0;
	switch (below(w, 6)) {
	case 0:
		return 0;
	case 1:
		return flags;
	case 2:
		*relative = w->progs[below(w, PROGS)];
		return flags;
	case 3:
		if (!slot)
			return 0;
		*relative = slot->fd;
		return flags | BPF_F_LINK;
	default:
		id = tcx_link_next_id(below(w, slot ? slot->id + 20 : 1));
		if (id < 0)
			return flags;
		*relative = id;
		return flags | BPF_F_LINK | BPF_F_ID;
	}
}

static int create_somewhere(struct worker *w, int prog)
{
	struct point p = some_point(w);
	__u32 relative, flags = some_place(w, &relative);

	return sys_link_create(p.ifindex, p.type, w->progs[prog], flags,
			       relative, 0);
}

static void slot_take(struct slot *slot, int fd, int prog)
{
	*slot = (struct slot){ .fd = fd, .id = link_id(fd), .prog = prog };
}

static void do_create(struct worker *w)
{
	struct slot *slot = some_slot(w, false);
	int prog = below(w, PROGS), fd;

	if (!slot)
		return;
	fd = create_somewhere(w, prog);
	/* EAGAIN: the link named was just being made. */
	answer(fd, ENODEV, EEXIST, ENOENT, EAGAIN);
	if (fd >= 0)
		slot_take(slot, fd, prog);
}

static void do_update(struct worker *w)
{
	struct slot *slot = some_slot(w, true);
	int prog = below(w, PROGS), old, ret;
	struct tcx_link_info info;

	if (!slot)
		return;
	switch (below(w, 3)) {
	case 0:
		ret = tcx_link_update(slot->fd, w->progs[prog]);
		break;
	case 1:
		ret = tcx_link_update_flags(slot->fd, w->progs[prog],
					    BPF_F_REPLACE,
					    w->progs[slot->prog]);
		break;
	default:
		old = (slot->prog + 1) % PROGS;
		ret = tcx_link_update_flags(slot->fd, w->progs[prog],
					    BPF_F_REPLACE, w->progs[old]);
		must(ret == -EPERM || ret == -ENOLINK, ret);
		break;
	}
	answer(ret, EEXIST, ENOLINK, EPERM);
	must(!slot->detached || ret == -ENOLINK, ret);
	if (!ret)
		slot->prog = prog;
	info = tcx_link_info(slot->fd);
	must(info.prog_id == w->tale->prog_ids[slot->prog], info.prog_id);
}

static void do_detach(struct worker *w)
{
	struct slot *slot = some_slot(w, true);

	if (!slot)
		return;
	answer(tcx_link_detach(slot->fd), 0);
	slot->detached = true;
	must(!tcx_link_info(slot->fd).ifindex, 0);
}

/* Pinned ones are fetched again, like by a successor of their owner. */
static void do_close(struct worker *w)
{
	struct slot *slot = some_slot(w, true);
	char path[64];
	int fd;

	if (!slot)
		return;
	close(slot->fd);
	w->tale->done[w->op]++;
	slot->fd = -1;
	if (!slot->pinned)
		return;
	pin_path(w, slot, path, sizeof(path));
	fd = obj_get(path);
	must(fd >= 0, fd);
	must(link_id(fd) == (int)slot->id, link_id(fd));
	slot->fd = fd;
}

static void do_pin(struct worker *w)
{
	struct slot *slot = some_slot(w, true);
	char path[64];

	if (!slot || slot->pinned)
		return;
	pin_path(w, slot, path, sizeof(path));
	answer(obj_pin(slot->fd, path), 0);
	slot->pinned = true;
}

/* Closed first: then it is the pin's end that is the link's. */
static void slot_unpin(struct worker *w, struct slot *slot)
{
	char path[64];

	pin_path(w, slot, path, sizeof(path));
	close(slot->fd);
	slot->fd = -1;
	slot->pinned = false;
	must(!unlink(path), -errno);
}

static void do_unpin(struct worker *w)
{
	struct slot *slot = some_slot(w, true);

	if (!slot || !slot->pinned)
		return;
	slot_unpin(w, slot);
	w->tale->done[w->op]++;
}

static void do_look(struct worker *w)
{
	struct slot *slot = some_slot(w, true);
	struct tcx_link_info info;
	char text[512] = "";
	char path[64];
	int fd;

	if (!slot)
		return;
	info = tcx_link_info(slot->fd);
	must(info.type == BPF_LINK_TYPE_TCX, info.type);
	must(info.id == slot->id, info.id);
	must(info.prog_id == w->tale->prog_ids[slot->prog], info.prog_id);
	must(!slot->detached || !info.ifindex, info.ifindex);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", slot->fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0, -errno);
	close(fd);
	must(strstr(text, "link_type:\ttcx\n"), 0);

	/* Anybody's, which may be gone in between. */
	fd = tcx_link_by_id(slot->id + below(w, 10));
	answer(fd, ENOENT, EAGAIN);
	if (fd >= 0)
		close(fd);
}

/* Somebody else, with links of his own until he is killed, whatever he is
 * doing then.
 */
static void owner(struct worker *w)
{
	int fds[2] = { -1, -1 }, i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	w->seed += 7919;
	for (i = 0; i < SLOTS; i++)
		close(w->slots[i].fd);
	for (;;) {
		i = below(w, 2);
		if (fds[i] < 0) {
			fds[i] = create_somewhere(w, below(w, PROGS));
		} else if (chance(w, 60)) {
			tcx_link_update(fds[i], w->progs[below(w, PROGS)]);
		} else if (chance(w, 50)) {
			close(fds[i]);
			fds[i] = -1;
		} else {
			usleep(below(w, 20000));
		}
	}
}

static void owner_kill(struct worker *w)
{
	if (!w->owner)
		return;
	kill(w->owner, SIGKILL);
	waitpid(w->owner, NULL, 0);
	w->owner = 0;
}

static void do_owner(struct worker *w)
{
	if (w->owner)
		return;
	w->owner = fork();
	if (!w->owner)
		owner(w);
	w->tale->done[w->op]++;
}

static void do_kill(struct worker *w)
{
	if (!w->owner)
		return;
	owner_kill(w);
	w->tale->done[w->op]++;
}

static void do_attach(struct worker *w)
{
	struct point p = some_point(w);
	__u32 relative, flags = some_place(w, &relative);
	int prog = w->progs[below(w, PROGS)], replace = 0;

	if (chance(w, 40)) {
		flags = BPF_F_REPLACE;
		relative = 0;
		replace = w->progs[below(w, PROGS)];
	}
	answer(sys_prog_attach(p.ifindex, p.type, prog, flags, replace,
			       relative, 0),
	       ENODEV, EEXIST, ENOENT, EAGAIN, EBUSY);
}

static void do_prog_detach(struct worker *w)
{
	struct point p = some_point(w);
	int prog = chance(w, 50) ? w->progs[below(w, PROGS)] : 0;

	answer(sys_prog_detach(p.ifindex, p.type, prog,
			       prog ? 0 : BPF_F_BEFORE, 0, 0),
	       ENODEV, ENOENT, EBUSY);
}

/* In the namespace that the caller is in. */
static int device_make(int device)
{
	const int left = FIRST_IFINDEX + 2, right = FIRST_IFINDEX + 3;
	int ret;

	if (device >= 2)
		return veth_create("left", left, IFF_UP, "right", right) ?:
		       device_up(right);
	ret = link_add("dummy", device ? "dummy1" : "dummy0",
		       FIRST_IFINDEX + device);
	return ret < 0 ? ret : 0;
}

/* Its number, or its peer's, may be taken in the other namespace: then there
 * are two of them for a while.
 */
static void do_device_remove(struct worker *w)
{
	int device = below(w, DEVICES), ret, space;

	for (space = 0; space < SPACES; space++) {
		enter(w, space);
		ret = link_del(FIRST_IFINDEX + device);
		answer(ret, ENODEV);
	}
	enter(w, below(w, SPACES));
	answer(device_make(device), EEXIST, EBUSY, ENODEV);
}

static void do_device_move(struct worker *w)
{
	int device = below(w, DEVICES), from = below(w, SPACES), ret;

	enter(w, from);
	ret = link_move(FIRST_IFINDEX + device, w->spaces[!from]);
	answer(ret, ENODEV, EEXIST);
	enter(w, !from);
	device_up(FIRST_IFINDEX + device);
}

/* A namespace that dies with a device and a link in it. */
static void do_namespace(struct worker *w)
{
	struct slot *slot = some_slot(w, false);
	int space, fd, prog = below(w, PROGS);
	struct point p = { .type = BPF_TCX_INGRESS };

	if (!slot)
		return;
	space = netns_new();
	must(space >= 0, space);
	p.ifindex = dummy_add("brief");
	must(p.ifindex > 0, p.ifindex);
	fd = sys_link_create(p.ifindex, p.type, w->progs[prog], 0, 0, 0);
	must(fd >= 0, fd);
	slot_take(slot, fd, prog);
	point_attach(&p, w->progs[(prog + 1) % PROGS]);
	enter(w, 0);
	close(space);
	w->tale->done[w->op]++;
}

static void do_qdisc(struct worker *w)
{
	struct point p = some_point(w);

	if (chance(w, 50))
		answer(qdisc_add(p.ifindex, chance(w, 70) ? "clsact" :
							    "ingress"),
		       ENODEV, EEXIST, EBUSY);
	else
		answer(qdisc_del(p.ifindex), ENODEV, EINVAL, ENOENT, EBUSY);
}

static void do_filter(struct worker *w)
{
	struct point p = some_point(w);
	int prio = 1 + below(w, 3);

	switch (below(w, 3)) {
	case 0:
		answer(filter_flower(p.ifindex, p.type, prio),
		       ENODEV, EINVAL, ENOENT, EEXIST, EBUSY);
		break;
	case 1:
		answer(filter_bpf(p.ifindex, p.type, prio,
				  w->progs[below(w, PROGS)], 0),
		       ENODEV, EINVAL, ENOENT, EEXIST, EBUSY);
		break;
	default:
		answer(filter_del(p.ifindex, p.type, prio),
		       ENODEV, EINVAL, ENOENT, EBUSY);
	}
}

static const struct {
	const char *name;
	void (*run)(struct worker *w);
	int weight;
} ops[OPS] = {
	[OP_CREATE]		= { "create", do_create, 40 },
	[OP_UPDATE]		= { "update", do_update, 40 },
	[OP_DETACH]		= { "detach", do_detach, 4 },
	[OP_CLOSE]		= { "close", do_close, 12 },
	[OP_PIN]		= { "pin", do_pin, 6 },
	[OP_UNPIN]		= { "unpin", do_unpin, 8 },
	[OP_LOOK]		= { "look", do_look, 8 },
	[OP_OWNER]		= { "owner", do_owner, 3 },
	[OP_KILL]		= { "kill", do_kill, 3 },
	[OP_ATTACH]		= { "attach program", do_attach, 10 },
	[OP_PROG_DETACH]	= { "detach program", do_prog_detach, 10 },
	[OP_DEVICE_REMOVE]	= { "remove device", do_device_remove, 1 },
	[OP_DEVICE_MOVE]	= { "move device", do_device_move, 2 },
	[OP_NAMESPACE]		= { "remove namespace", do_namespace, 1 },
	[OP_QDISC]		= { "qdisc", do_qdisc, 4 },
	[OP_FILTER]		= { "filter", do_filter, 6 },
};

static enum op some_op(struct worker *w)
{
	int total = 0, pick, i;

	for (i = 0; i < OPS; i++)
		total += ops[i].weight;
	pick = below(w, total);
	for (i = 0; pick >= ops[i].weight; i++)
		pick -= ops[i].weight;
	return i;
}

static void work(struct worker *w, time_t end)
{
	int i;

	for (i = 0; i < SLOTS; i++)
		w->slots[i].fd = -1;
	for (i = 0; i < PROGS; i++) {
		w->progs[i] = counter_load(w->counters, 0);
		must(w->progs[i] > 0, w->progs[i]);
		w->tale->prog_ids[i] = prog_id(w->progs[i]);
	}
	while (time(NULL) < end) {
		w->op = some_op(w);
		ops[w->op].run(w);
	}

	owner_kill(w);
	for (i = 0; i < SLOTS; i++)
		if (w->slots[i].pinned)
			slot_unpin(w, &w->slots[i]);
	/* The rest ends with the process. */
	_exit(0);
}

FIXTURE(churn) {
	struct exact exact;
	int spaces[SPACES];
	int links;
};

FIXTURE_SETUP(churn)
{
	int i;

	ASSERT_EQ(0, bpffs_new());
	for (i = 0; i < SPACES; i++) {
		self->spaces[i] = netns_new();
		ASSERT_GE(self->spaces[i], 0);
	}
	for (i = 0; i < DEVICES - 1; i++)
		ASSERT_EQ(0, device_make(i));
	exact_devices(&self->exact);
	ASSERT_EQ(0, native_keys_hold(if_nametoindex("lo")));
	self->links = links_count();
}

FIXTURE_TEARDOWN(churn)
{
}

/* Longer than anybody asks for; the script has its own limit. */
TEST_F_TIMEOUT(churn, everything, 7200)
{
	int seconds = env_number("CHURN_SECONDS", SECONDS), i, k, status;
	unsigned int seed = env_number("CHURN_SEED", time(NULL) & 0xffffff);
	struct traffic traffic[SPACES] = {};
	int counters = counters_create(1);
	pid_t pids[WORKERS];
	struct exact *exact = &self->exact;
	struct tale *tales;
	long slab = slab_kib();
	time_t end;

	TH_LOG("CHURN_SEED=%u CHURN_SECONDS=%d", seed, seconds);
	tales = mmap(NULL, WORKERS * sizeof(*tales), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)tales);
	exact_stayers(exact);
	end = time(NULL) + seconds;
	exact_start(exact, end, seed);
	for (i = 0; i < WORKERS; i++) {
		struct worker w = {
			.number = i,
			.seed = seed * WORKERS + i,
			.counters = counters,
			.tale = &tales[i],
		};

		tales[i].strange = OPS;
		memcpy(w.spaces, self->spaces, sizeof(w.spaces));
		pids[i] = fork();
		if (!pids[i])
			work(&w, end);
	}
	for (i = 0; i < SPACES; i++) {
		for (k = 0; k < DEVICES; k++)
			traffic[i].ifindex[k] = FIRST_IFINDEX + k;
		traffic[i].pause_us = 300;
		ASSERT_EQ(0, netns_enter(self->spaces[i]));
		ASSERT_EQ(0, traffic_start(&traffic[i]));
	}
	for (i = 0; i < WORKERS; i++) {
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		EXPECT_EQ(0, status);
		EXPECT_EQ(OPS, tales[i].strange) {
			TH_LOG("worker %d, %s: %d, line %d", i,
			       tales[i].strange < OPS ?
			       ops[tales[i].strange].name : "-",
			       tales[i].strange_ret, tales[i].strange_line);
		}
	}
	for (i = 0; i < OPS; i++) {
		unsigned int done = 0, refused = 0;

		for (k = 0; k < WORKERS; k++) {
			done += tales[k].done[i];
			refused += tales[k].refused[i];
		}
		TH_LOG("%-16s %6u done %6u refused", ops[i].name, done,
		       refused);
		if (seconds >= SECONDS) {
			EXPECT_GT(done, 0) {
				TH_LOG("%s", ops[i].name);
			}
		}
	}
	exact_join(_metadata, exact, seconds >= SECONDS);
	for (i = 0; i < SPACES; i++)
		traffic_stop(&traffic[i]);
	TH_LOG("%lu packets, of which programs saw %llu times",
	       traffic[0].sent + traffic[1].sent,
	       (unsigned long long)counter_read(counters, 0));
	EXPECT_GT(counter_read(counters, 0), 0);

	/* The links are gone with the workers, programs without link with
	 * their devices, and then there is nothing left.
	 */
	EXPECT_EQ(self->links + 2, links_settle(self->links + 2));
	ASSERT_EQ(0, netns_enter(exact->space));
	exact_check(_metadata, exact);
	exact_end(exact);
	EXPECT_EQ(self->links, links_settle(self->links));
	for (i = 0; i < SPACES; i++) {
		ASSERT_EQ(0, netns_enter(self->spaces[i]));
		for (k = 0; k < DEVICES; k++)
			link_del(FIRST_IFINDEX + k);
	}
	for (i = 0; i < WORKERS; i++)
		for (k = 0; k < PROGS; k++)
			EXPECT_TRUE(prog_gone(tales[i].prog_ids[k]));
	slab = slab_growth(slab);
	TH_LOG("%ld KiB more in use", slab);
	EXPECT_LE(slab, SLAB_LIMIT);
	/* That nothing holds the module shows the next case, which unloads it. */
}

FIXTURE(load) {
	struct exact exact;
};

FIXTURE_SETUP(load)
{
	exact_devices(&self->exact);
	ASSERT_EQ(0, native_keys_hold(if_nametoindex("lo")));
}

FIXTURE_TEARDOWN(load)
{
}

TEST_F_TIMEOUT(load, cycles, 7200)
{
	cycles_run(_metadata, &self->exact, env_number("LOAD_CYCLES", CYCLES));
}

TEST_HARNESS_MAIN
