// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kcov.h>

#include "kcov.h"

#define KCOV_WORDS	(64 << 10)

_Atomic uint64_t places[1 << PLACES_BITS];
_Atomic unsigned int places_count;

void kcov_open(struct kcov *k)
{
	k->area = NULL;
	k->fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (k->fd < 0 || ioctl(k->fd, KCOV_INIT_TRACE, KCOV_WORDS))
		return;
	k->area = mmap(NULL, KCOV_WORDS * sizeof(*k->area),
		       PROT_READ | PROT_WRITE, MAP_SHARED, k->fd, 0);
	if (k->area == MAP_FAILED || ioctl(k->fd, KCOV_ENABLE, KCOV_TRACE_PC)) {
		perror("kcov");
		k->area = NULL;
	}
}

void kcov_begin(struct kcov *k)
{
	if (k->area)
		__atomic_store_n(&k->area[0], 0, __ATOMIC_RELAXED);
}

static bool place_new(uint64_t pc)
{
	unsigned int at = pc * 0x9e3779b97f4a7c15ULL >> (64 - PLACES_BITS);
	uint64_t there;

	if (places_count > (1 << PLACES_BITS) / 2)
		return false;
	for (;; at = (at + 1) % (1 << PLACES_BITS)) {
		there = 0;
		if (places[at] == pc)
			return false;
		if (atomic_compare_exchange_strong(&places[at], &there, pc))
			break;
		if (there == pc)
			return false;
	}
	places_count++;
	return true;
}

unsigned int kcov_end(struct kcov *k)
{
	unsigned int new = 0;
	uint64_t i, n;

	if (!k->area)
		return 0;
	n = __atomic_load_n(&k->area[0], __ATOMIC_RELAXED);
	for (i = 1; i <= n && i < KCOV_WORDS; i++)
		new += place_new(k->area[i]);
	return new;
}
