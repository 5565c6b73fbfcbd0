// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "sequence.h"

const char *const kind_names[KINDS] = {
	"attach", "detach", "query", "link create", "info", "link update",
	"link detach", "link info", "link by id", "link next id", "link pin",
	"link get", "link unpin", "link close", "link fdinfo", "raw ioctl",
	"raw bpf", "node", "netns", "device", "qdisc", "packet",
};

/* How often, out of the sum of all. */
static const uint8_t kind_weights[KINDS] = {
	40, 24, 12, 24, 2, 12, 6, 4, 4, 2, 4, 4, 4, 12, 2, 8, 8, 2, 3, 3, 3, 4,
};

uint64_t rng_next(uint64_t *rng)
{
	uint64_t z = *rng += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

unsigned int rng_below(uint64_t *rng, unsigned int n)
{
	return rng_next(rng) % n;
}

static uint8_t kind_make(uint64_t *rng)
{
	unsigned int i, sum = 0, at;

	for (i = 0; i < KINDS; i++)
		sum += kind_weights[i];
	at = rng_below(rng, sum);
	for (i = 0; at >= kind_weights[i]; i++)
		at -= kind_weights[i];
	return i;
}

/* Mostly one flag or two, as requests that succeed have. */
static uint8_t flags_make(uint64_t *rng)
{
	unsigned int n = rng_below(rng, 8), i;
	uint8_t flags = 0;

	if (n < 3)
		return 0;
	for (i = 3; i <= n; i += 2)
		flags |= 1 << rng_below(rng, 5);
	return flags;
}

static struct op op_make(uint64_t *rng)
{
	struct op op = {
		.kind = kind_make(rng),
		.interface = rng_next(rng),
		.dev = rng_next(rng),
		.type = rng_next(rng),
		.prog = rng_next(rng),
		.other = rng_next(rng),
		.relative = rng_next(rng),
		.revision = rng_next(rng),
		.flags = flags_make(rng),
		.odd = rng_below(rng, 8) ? 0 : rng_next(rng),
		.extra = rng_next(rng),
	};

	return op;
}

static void sequence_mutate(struct sequence *s, const struct corpus *c,
			    uint64_t *rng)
{
	unsigned int at = rng_below(rng, s->count), n;
	uint8_t *bytes = (uint8_t *)&s->ops[at];
	const struct sequence *other;

	switch (rng_below(rng, 6)) {
	case 0:
		bytes[rng_below(rng, sizeof(struct op))] = rng_next(rng);
		break;
	case 1:
		bytes[rng_below(rng, sizeof(struct op))] ^=
			1 << rng_below(rng, 8);
		break;
	case 2:
		s->ops[at] = op_make(rng);
		break;
	case 3:
		if (s->count < OPS_MAX)
			s->ops[s->count++] = rng_below(rng, 2) ? op_make(rng) :
								 s->ops[at];
		break;
	case 4:
		if (s->count > 1) {
			memmove(&s->ops[at], &s->ops[at + 1],
				(s->count - at - 1) * sizeof(s->ops[0]));
			s->count--;
		}
		break;
	default:
		other = &c->sequences[rng_below(rng, c->count)];
		n = OPS_MAX - s->count < other->count ? OPS_MAX - s->count :
							other->count;
		memcpy(&s->ops[s->count], other->ops, n * sizeof(s->ops[0]));
		s->count += n;
	}
	for (n = 0; n < s->count; n++)
		s->ops[n].kind %= KINDS;
}

struct sequence sequence_make(uint64_t seed, unsigned int thread,
			      uint64_t index, const struct corpus *corpus)
{
	uint64_t rng = seed ^ (uint64_t)thread << 56 ^ index << 8;
	struct sequence s = {};
	unsigned int n;

	rng_next(&rng);
	if (corpus->count && rng_below(&rng, 3)) {
		s = corpus->sequences[rng_below(&rng, corpus->count)];
		for (n = 1 + rng_below(&rng, 3); n; n--)
			sequence_mutate(&s, corpus, &rng);
		return s;
	}
	s.count = 1 + rng_below(&rng, OPS_MAX);
	for (n = 0; n < s.count; n++)
		s.ops[n] = op_make(&rng);
	return s;
}

void sequence_print(const struct sequence *s, char *text)
{
	const uint8_t *bytes = (const uint8_t *)s->ops;
	unsigned int i;

	for (i = 0; i < s->count * sizeof(s->ops[0]); i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
}

int sequence_parse(struct sequence *s, const char *text)
{
	unsigned int i, byte, len = strlen(text) / 2;
	uint8_t *bytes = (uint8_t *)s->ops;

	if (!len || len % sizeof(s->ops[0]) || len > sizeof(s->ops))
		return -1;
	for (i = 0; i < len; i++) {
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return -1;
		bytes[i] = byte;
	}
	s->count = len / sizeof(s->ops[0]);
	for (i = 0; i < s->count; i++)
		s->ops[i].kind %= KINDS;
	return 0;
}
