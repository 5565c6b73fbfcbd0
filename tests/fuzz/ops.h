/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The operations, and what must hold of every answer whatever the request: an
 * errno that the interface documents, or that the kernel around it may answer;
 * a query that makes sense.
 */
#ifndef TESTS_FUZZ_OPS_H
#define TESTS_FUZZ_OPS_H

#include <stdatomic.h>

#include "sequence.h"

struct outcome {
	_Atomic unsigned long done, succeeded;
};

/* By enum kind; the second ones are of netkit's attach types. */
#define NETKIT_KINDS	(LINK_CREATE + 1)
extern struct outcome outcomes[KINDS], netkit_outcomes[NETKIT_KINDS];

/* How many answers there were that must not be. */
extern _Atomic unsigned int surprises;

/* Reports one of them. */
__attribute__((format(printf, 1, 2)))
void surprise(const char *fmt, ...);

/* A device goes, moves or comes. */
int op_device(const struct op *op);

/* The same of classic tc's qdiscs and filters. */
int op_qdisc(const struct op *op);

/* Does what the operation says, and judges the answer. */
void op_do(const struct op *op);

#endif /* TESTS_FUZZ_OPS_H */
