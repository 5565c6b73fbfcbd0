/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of execute() share. Each operation writes what came of it into
 * @text.
 */
#ifndef TESTS_DIFFERENTIAL_EXECUTE_H
#define TESTS_DIFFERENTIAL_EXECUTE_H

#include "differ.h"

/* execute.c */

/* What the request says. */
int ifindex_of(const struct op *op);

/* Writes what was answered; returns how long that is. */
int answer(char *text, size_t size, int ret);

/* From here to the end without capabilities, if the operation says so. */
bool user_begin(const struct op *op);
void user_end(bool begun);

/* When a link lets go of its program is uncertain. What is closed while it is
 * attached, to see when it goes, is no link's.
 */
bool kept_from_links(enum ref prog);

/* query.c */
int query(struct world *w, const struct op *op, char *text, size_t size);

/* links.c */

/* A request to a link itself. */
int on_link(struct world *w, const struct op *op, char *text, size_t size);

/* References to a link: closed, pinned, taken again. */
int on_reference(struct world *w, const struct op *op);

#endif /* TESTS_DIFFERENTIAL_EXECUTE_H */
