/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs of progs/datapath.bpf.c in the tests' hands, and the scene of most
 * data path tests. What cannot be set up ends the test's process.
 */
#ifndef TESTS_VM_DATAPATH_PROGS_H
#define TESTS_VM_DATAPATH_PROGS_H

#include "clsact.h"
#include "datapath_prog.h"
#include "packet.h"
#include "sys.h"

#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>

struct prog {
	struct bpf_object	*obj;
	int			fd;
	volatile struct dp_data	*dp;
};

/* Each call loads a program of its own, with a struct dp_data of its own. */
struct prog prog_load(const char *name);

/* A program that returns @verdict; what it sees is in its struct dp_data. */
struct prog prog_verdict(int verdict);

/* One that lets the next program have the packet. */
struct prog prog_step(void);

/* Unloads a program, unless somebody else has it. */
void prog_free(struct prog *prog);

/* Attaches a program to a device, after those that are there. */
void attach(const char *dev, int type, const struct prog *prog);

/* Detaches it. */
void detach(const char *dev, int type, const struct prog *prog);

/* Adds a filter of classic tc with that program. */
void tc_filter(const char *dev, int type, const struct prog *prog);

/* Waits for the first packets, not for more: call packet_count() before. */
int seen(const struct prog *prog, int want);

/* What the program has seen so far no longer counts. */
void forget(const struct prog *prog);

/* The scene of most tests: "a" sends, "b" receives, all in one namespace. At
 * "a" programs are on egress, at "b" on ingress.
 */
void scene_pair(void);

/* Where programs of that direction are on that scene. */
const char *scene_dev(int type);

#endif /* TESTS_VM_DATAPATH_PROGS_H */
