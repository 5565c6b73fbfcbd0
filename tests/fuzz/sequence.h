/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is fuzzed with: short sequences of operations. An operation is a kind and
 * a few selectors, which world.h turns into file descriptors, ids and the like at
 * the time of the call. So a sequence means something whatever the world is like
 * just then, and its content depends on nothing but
 *
 *   the seed, the thread, the sequence's index, and that thread's corpus,
 *
 * which are those of its earlier sequences that have reached new code, if there
 * is kcov; without it the corpus is empty.
 */
#ifndef TESTS_FUZZ_SEQUENCE_H
#define TESTS_FUZZ_SEQUENCE_H

#include <stdint.h>

enum kind {
	/* through either interface */
	ATTACH, DETACH, QUERY, LINK_CREATE,
	INFO,
	/* bpf(2), on links */
	LINK_UPDATE, LINK_DETACH, LINK_INFO, LINK_BY_ID, LINK_NEXT_ID,
	LINK_PIN, LINK_GET, LINK_UNPIN, LINK_CLOSE, LINK_FDINFO,
	/* the interfaces as bytes */
	RAW_IOCTL, RAW_BPF,
	/* what is around */
	NODE, NETNS, DEVICE, QDISC, PACKET,
	KINDS
};

/* By enum kind. */
extern const char *const kind_names[KINDS];

struct op {
	uint8_t kind;
	uint8_t interface;	/* even: ioctl */
	uint8_t dev;
	uint8_t type;
	uint8_t prog;
	uint8_t other;		/* replaced program, old program, ... */
	uint8_t relative;
	uint8_t revision;
	uint8_t flags;		/* known ones, see world.h */
	uint8_t odd;		/* what is wrong with it, if anything */
	uint16_t extra;
};

#define OPS_MAX		8

struct sequence {
	unsigned int count;
	struct op ops[OPS_MAX];
};

#define CORPUS_MAX	512

struct corpus {
	unsigned int count;
	struct sequence sequences[CORPUS_MAX];
};

/* The next of a sequence of random numbers. */
uint64_t rng_next(uint64_t *rng);

/* The next one, smaller than @n. */
unsigned int rng_below(uint64_t *rng, unsigned int n);

/* A sequence, by its index, from the seed and the thread's corpus. */
struct sequence sequence_make(uint64_t seed, unsigned int thread,
			      uint64_t index, const struct corpus *corpus);

/* As hexadecimal digits. */
void sequence_print(const struct sequence *s, char *text);

/* What sequence_print() printed; -1 if it is no sequence. */
int sequence_parse(struct sequence *s, const char *text);

#endif /* TESTS_FUZZ_SEQUENCE_H */
