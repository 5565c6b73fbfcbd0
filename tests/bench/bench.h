/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the benchmark share.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#define DEVICE		"dummy0"
#define OTHER_DEVICE	"dummy1"
#define MAX_PROGS	32
#define RUNS		3	/* the least disturbed one counts */

extern int progs[MAX_PROGS];
extern int other_prog;
extern int ifindex, other_ifindex;
extern bool use_cls_bpf;

/* What is measured. */
void packet(void);
void control(void);
void syscalls(void);

/* Says why, and ends. */
__attribute__((noreturn, format(printf, 1, 2)))
void die(const char *fmt, ...);

/* Ends if that is an error. */
void expect_ok(int err, const char *what);

/* time.c */

/* Now, in nanoseconds. */
uint64_t now_ns(void);

/* Nanoseconds of guest time per instruction: 1 but for the tick. The least of
 * several, in between which the kernel may finish what it still has to do after
 * booting.
 */
double ns_per_instruction(void);

/* attach.c */

/* @nth: programs that the device has already, without this one. With cls_bpf
 * the first brings the qdisc along.
 */
int attach(int dev, bool ingress, int nth, int prog);
int detach(int dev, bool ingress, int nth, int prog);

#endif /* TESTS_BENCH_BENCH_H */
