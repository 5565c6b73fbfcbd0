// SPDX-License-Identifier: GPL-2.0
#include "dice.h"

static __u32 draw(struct dice *d)
{
	__u64 z = d->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31)) >> 32;
}

int below(struct dice *d, int n)
{
	return (__u64)draw(d) * n >> 32;
}

bool chance(struct dice *d, int percent)
{
	return below(d, 100) < percent;
}

/* Netkit's more often than by chance: they are two of fourteen. */
void some_point(struct dice *d, int *dev, enum type *type)
{
	*dev = below(d, DEVS);
	*type = below(d, 2);
	if (chance(d, 30)) {
		*dev = NETKIT;
		*type = PRIMARY + below(d, 2);
	}
}

void dice_seed(struct dice *d, __u64 seed, __u64 world)
{
	static const int depths[] = { 3, 5, 8, 16, 32, 64, 64 };

	d->state = seed;
	d->state = (__u64)draw(d) << 32 | draw(d);
	d->state ^= world;
	d->deep = depths[below(d, sizeof(depths) / sizeof(depths[0]))];
	some_point(d, &d->focus_dev, &d->focus_type);
	d->packet_next = 0;
}

int choose(struct dice *d, const int *weights)
{
	int i, n, sum = 0;

	for (i = 0; weights[i] >= 0; i++)
		sum += weights[i];
	n = below(d, sum);
	for (i = 0; n >= weights[i]; i++)
		n -= weights[i];
	return i;
}
