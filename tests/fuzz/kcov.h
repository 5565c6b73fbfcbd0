/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which code a thread's own system calls have reached, on kernels with kcov. Only
 * what was built with it is seen: the module, and nothing else, as
 * KCOV_INSTRUMENT_ALL is off.
 */
#ifndef TESTS_FUZZ_KCOV_H
#define TESTS_FUZZ_KCOV_H

#include <stdatomic.h>
#include <stdint.h>

#define PLACES_BITS	16

struct kcov {
	int fd;
	uint64_t *area;		/* NULL: there is none */
};

/* All threads': places that have been reached, an open hash table. */
extern _Atomic uint64_t places[1 << PLACES_BITS];
extern _Atomic unsigned int places_count;

/* Opens it for the calling thread. */
void kcov_open(struct kcov *k);

/* Forgets what was reached before. */
void kcov_begin(struct kcov *k);

/* How many places have been reached for the first time. */
unsigned int kcov_end(struct kcov *k);

#endif /* TESTS_FUZZ_KCOV_H */
