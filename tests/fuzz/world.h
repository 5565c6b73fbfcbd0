/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the threads share and fight for: programs, links, maps, devices in two
 * network namespaces, open devices. Selectors, the bytes of an operation, choose from
 * these, or now and then something that does not belong there. The tables change
 * under the threads' hands: a descriptor that was chosen may be closed by the
 * time it is used, and mean something else.
 */
#ifndef TESTS_FUZZ_WORLD_H
#define TESTS_FUZZ_WORLD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGS		12
#define LINKS		32
#define NODES		4
#define DEVICES		8	/* the last ones: a veth pair, a netkit pair */
#define VETH		(DEVICES - 4)
#define NETKIT		(DEVICES - 2)
#define PINS		8
#define FIRST_IFINDEX	200

extern struct world {
	int prog[PROGS];	/* SCHED_CLS */
	int prog_ids[PROGS];
	int xdp, filter, map, closed;
	_Atomic int link[LINKS];
	_Atomic int link_ids[LINKS];
	_Atomic int node[NODES];
	int netns[2];
	_Atomic int wire;	/* the other end of device 0 */
	char *guarded;		/* a page; the one after it is not there */
	size_t page;
} world;

/* An fd of a program, mostly. */
int world_prog(uint8_t sel);

/* An fd of a link, mostly. */
int world_link(uint8_t sel);

/* Fewer devices than selectors, so that requests meet. */
uint32_t world_ifindex(uint8_t sel);

/* An attach type, mostly one of tcx or, less often, of netkit. */
uint32_t world_type(uint8_t sel);
bool type_is_netkit(uint32_t type);

/* A device for that attach type: netkit's mostly meet the only one that takes
 * them.
 */
uint32_t world_target(uint8_t sel, uint8_t type_sel);

/* Flags of a request; @odd may add one that is unknown. */
uint32_t world_flags(uint8_t sel, uint8_t odd);

/* An fd or id of a relative, mostly what the flags say it is. */
uint32_t world_relative(uint8_t sel, uint32_t flags);

/* Keeps a link's fd, instead of another one. */
void world_keep_link(uint8_t sel, int fd);

/* Memory to be read or written by a request: of @size bytes, good or bad. */
void *world_memory(uint8_t odd, unsigned int size, void *good);

/* Makes the nth device, in the namespace that the caller is in. */
int device_add(unsigned int nth);

/* Classic tc: its filters come and go through the redirected function. */
int classic_filter(int ifindex, bool egress, int prog_fd);

/* All of it; false where that is not possible. */
bool world_make(void);

/* What outlives the process. */
void world_unpin(void);

#endif /* TESTS_FUZZ_WORLD_H */
