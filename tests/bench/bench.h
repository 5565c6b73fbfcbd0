/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the benchmark share. Everything happens in a network
 * namespace of its own, which goes with the process.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "icount.h"

#define MAX_PROGS	32

/* Programs that hand the packet on: [0] to [MAX_PROGS - 1] are for the device
 * that is measured, the last one for others.
 */
#define OTHER_PROG	MAX_PROGS
extern int progs[MAX_PROGS + 1];

/* DEVICE is the one that packets pass, OTHER_DEVICE another one. */
#define DEVICE		"bench0"
#define OTHER_DEVICE	"bench1"
extern int ifindex, other_ifindex;

/* Programs are cls_bpf filters, instead of tcx. */
extern bool use_cls_bpf;

/* Guest time is executed instructions: QEMU counts them. */
extern bool counting;

/* Subjects: what is measured. @how is what stands after "=" in the name of the
 * subject, or "". See bench.c.
 */
void packet(const char *how);
void syscalls(const char *how);
void first(const char *how);
void operations(const char *how);
void removals(const char *how);
void unloading(const char *how);
void memory(const char *how);
void show(const char *how);
void account(const char *how);

/* Says why, and ends. */
__attribute__((noreturn, format(printf, 1, 2)))
void die(const char *fmt, ...);

/* Ends if that is an error. Returns what it is given. */
int expect_ok(int ret, const char *what);

/* attach.c */

/* @nth: programs that the device has already, without this one. With cls_bpf
 * the first of both directions brings the qdisc along, unless it is there.
 * Functions return 0, or a negative errno.
 */
int attach(int dev, bool ingress, int nth, int prog);
int detach(int dev, bool ingress, int nth, int prog);

/* Another program in the place of the nth, without a link. */
int replace(int dev, bool ingress, int nth, int prog, int old);

/* What is attached, or with cls_bpf the nth filter. */
int query(int dev, bool ingress, int nth);

/* The classic qdisc, with cls_bpf, for what is going to be attached. */
int prepare(int dev);
int unprepare(int dev);

#endif /* TESTS_BENCH_BENCH_H */
