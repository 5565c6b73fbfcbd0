// SPDX-License-Identifier: GPL-2.0
/*
 * src/kmod/core/mprog.c against the model, over requests that libFuzzer makes up:
 * a byte for the first revision, then one struct op after the other.
 */
#include <stdlib.h>
#include <string.h>

#include "world.h"

static const uint64_t revisions[] = { 1, 0xfffffffe, 1ULL << 63, 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Tell what the input means, up to where it goes wrong. */
static void explain(const uint8_t *data, size_t size, const char *why)
{
	struct op op;

	for (; size >= sizeof(op); data += sizeof(op), size -= sizeof(op)) {
		memcpy(&op, data, sizeof(op));
		fprintf(stderr, "# ");
		world_print_op(stderr, &op);
	}
	fprintf(stderr, "# wrong: %s\n", why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 1;
	struct world w;
	struct op op;

	if (!size)
		return 0;
	world_init(&w, revisions[data[0] % 4]);
	while (at + sizeof(op) <= size) {
		memcpy(&op, data + at, sizeof(op));
		at += sizeof(op);
		if (!world_step(&w, &op)) {
			explain(data + 1, at - 1, w.why);
			abort();
		}
	}
	world_exit(&w);
	return 0;
}
