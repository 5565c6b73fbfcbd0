/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the generator share.
 */
#ifndef TESTS_DIFFERENTIAL_DICE_H
#define TESTS_DIFFERENTIAL_DICE_H

#include "differ.h"

/* dice.c */

/* A number less than @n. */
int below(struct dice *d, int n);

/* True so often, in percent. */
bool chance(struct dice *d, int percent);

/* Which of several things, by weight; the weights end with a negative one. */
int choose(struct dice *d, const int *weights);

/* An attach point that exists if its device does. */
void some_point(struct dice *d, int *dev, enum type *type);

/* generate.c */

/* The attach point that an operation is about, as it was last seen. */
const struct seen *seen_at(const struct world *w, const struct op *op);

/* The program at @idx; REF_NONE if it is none of ours. */
enum ref prog_ref(const struct seen *seen, int idx);

enum bill { LINK_FREE, LINK_OPEN, LINK_CLOSED, LINK_PINNED, LINK_ANY };

/* A link that fits the bill; REF_NONE if there is none. */
enum ref some_link(struct dice *d, const struct world *w, enum bill bill);

/* Anything that can be named. */
enum ref some_ref(struct dice *d, const struct world *w);

/* wrong.c */

/* One fault more. */
void fault(struct dice *d, const struct world *w, struct op *op);

/* Updates name a link instead of a place. */
void fault_update(struct dice *d, const struct world *w, struct op *op);

/* What is not about tcx is the kernel's to answer, which kernels do in their
 * own way: leave one fault alone there. And of programs kept from links.
 */
void confine(struct dice *d, struct op *op);

#endif /* TESTS_DIFFERENTIAL_DICE_H */
