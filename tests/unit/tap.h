/* SPDX-License-Identifier: GPL-2.0 */
/* Results as TAP has them, the plan last. */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

void tap_begin(void);

/* @why: what is wrong, where it is not ok. */
void tap_result(bool ok, const char *what, const char *why);

/* The status to end with. */
int tap_end(void);

#endif
