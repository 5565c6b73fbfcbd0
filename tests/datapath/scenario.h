/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The transcript: what the scenarios are written with.
 *
 * A scenario is a function that runs in a process and a network namespace of
 * its own. It sets a scene, registers who watches, and then for each step sends
 * something and calls observe(), which prints one line per watcher:
 *
 *   LAYER SCENARIO/STEP WATCHER: what it saw
 *
 * The part before the colon is the line's key: no two lines of a
 * transcript have the same one, and every kernel prints the same keys. What
 * stands after it may hold nothing that two runs of one kernel could differ
 * in: no ids, times, ports or addresses that the kernel chose.
 *
 * A scenario attaches its programs with attach(), which is tcx in the first
 * transcript of a kernel ("tcx") and cls_bpf in direct action mode in the
 * second ("cls"). That one shows what is the kernel's own doing.
 */
#ifndef TESTS_DATAPATH_SCENARIO_H
#define TESTS_DATAPATH_SCENARIO_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <stdbool.h>

#include "clsact.h"
#include "packet.h"
#include "datapath_prog.h"
#include "sys.h"
#include "params.h"

#include <linux/pkt_cls.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

#define for_each_row(row, rows)						\
	for (row = (rows); row < (rows) + ARRAY_SIZE(rows); row++)

struct scenario {
	const char	*name;
	void		(*run)(void);
	bool		tcx_only;	/* classic tc has a part of its own */
	bool		cls_only;	/* see probes.c */
};

extern const struct scenario order_scenarios[];
extern const struct scenario classic_scenarios[];
extern const struct scenario redirect_scenarios[];
extern const struct scenario peer_scenarios[];
extern const struct scenario device_scenarios[];
extern const struct scenario packet_scenarios[];
extern const struct scenario large_scenarios[];
extern const struct scenario field_scenarios[];
extern const struct scenario sender_scenarios[];
extern const struct scenario probe_scenarios[];

/* attach() means cls_bpf. */
extern bool cls;

struct prog {
	struct bpf_object	*obj;
	int			fd;	/* or why it could not be loaded */
	volatile struct dp_data	*dp;
	volatile struct px_data	*px;
};

struct prog prog_load(const char *name);
struct prog prog_view(int verdict);
struct prog prog_verdict(int verdict);
void prog_free(struct prog *prog);
void forget(const struct prog *prog);

/* @type: INGRESS or EGRESS. Later programs run later. */
void attach(const char *dev, int type, const struct prog *prog);
void detach(const char *dev, int type, const struct prog *prog);

/* Classic tc as itself (clsact.h), in a scenario that is tcx_only. */
void tc_filter(const char *dev, int type, const struct prog *prog);

/* The step of the scenario that the lines to come belong to. */
__attribute__((format(printf, 1, 2))) void step(const char *fmt, ...);

/* Prints a line. */
__attribute__((format(printf, 2, 3)))
void say(const char *watcher, const char *fmt, ...);

/* An errno's name, "0" or a number. */
const char *result(int ret);

/* Watchers. Device names are looked up in the namespace that is entered when
 * the watcher is registered.
 */
void watch(const char *name, const struct prog *prog);
void watch_reset(void);		/* no watchers any more */
void place(const char *dev, int proto);
void place_named(const char *name, const char *dev, int proto);
void place_fd(const char *name, int fd, bool l3);
void counters(const char *dev);
void drops(int proto);		/* reasons for which packets of it are dropped */
void queues(int proto);		/* the queues that packets of it are sent by */

/* Instead of drops(): was one freed on behalf of this function of the kernel's? */
void drops_stack(int proto);
bool dropped_through(const char *function);

/* Where drops() and queues() look: made and removed around all scenarios,
 * switched off after each.
 */
void trace_begin(void);
void trace_end(void);
void trace_off(void);

/* Lets the packets arrive, prints what everyone saw, and forgets it. */
void observe(void);
void settle(void);

/* send_test_frame(), the line about it, and observe(). */
void send_observe(const char *dst, const char *src);
void frame_observe(const char *dev, const struct frame *frame);

/* "a" sends, "b" receives, both here. */
void scene_pair(void);
/* Where programs are on that scene. */
const char *scene_dev(int type);

void make_l3_hosts(int *here, int *there);

#endif /* TESTS_DATAPATH_SCENARIO_H */
