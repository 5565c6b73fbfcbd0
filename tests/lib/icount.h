/* SPDX-License-Identifier: GPL-2.0 */
/* Time, where it is measured: under icount it counts instructions. */
#ifndef TESTS_LIB_ICOUNT_H
#define TESTS_LIB_ICOUNT_H

#include <stdint.h>

/* Now, in nanoseconds. */
uint64_t now_ns(void);

/* Nanoseconds of guest time per instruction: 1 but for the tick. The least of
 * several, in between which the kernel may finish what it still has to do after
 * booting. Ends the process where instructions are not counted.
 */
double ns_per_instruction(void);

#endif /* TESTS_LIB_ICOUNT_H */
