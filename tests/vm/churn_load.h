/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module loaded and unloaded, over and over, while packets pass from all
 * CPUs at the place where it hooks in and while classic tc's filters change.
 * The same two devices as in churn_exact.h, each with a classic filter that has
 * to see every packet, whatever comes and goes in front of it. In each cycle a
 * program and a link are attached to both, see the packets that are sent then,
 * and are detached again.
 *
 * Natively the cycle is the same, without a module.
 */
#ifndef TESTS_VM_CHURN_LOAD_H
#define TESTS_VM_CHURN_LOAD_H

#include "churn_exact.h"

#define MARK_CYCLE	1
#define CYCLE_PACKETS	3

/* Attaches, sends, detaches: in a process of its own, which holds the module only
 * so long. @progs count in @map by the mark, at 2 * point + program. Returns 0,
 * or says on stderr what went wrong.
 */
int cycle_attach(struct exact *e, const int progs[][2], int map);

#endif /* TESTS_VM_CHURN_LOAD_H */
