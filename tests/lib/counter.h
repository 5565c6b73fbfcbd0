/* SPDX-License-Identifier: GPL-2.0 */
/* Programs that count packets, and the map they count in. */
#ifndef TESTS_LIB_COUNTER_H
#define TESTS_LIB_COUNTER_H

#include "bpf_progs.h"

/* A map of so many counters; returns its fd. */
int counters_create(int slots);

/* The counter in a slot; all ones where there is none. */
__u64 counter_read(int map, __u32 slot);

/* The end of a program: counts in the slot of @map whose number is at r10 - 4,
 * and lets the next program have the packet.
 */
#define COUNT_AND_PASS(map)						\
	{ BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map },	\
	{ 0 },								\
	{ BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0 },			\
	{ BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4 },			\
	{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem },	\
	{ BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, 0 },			\
	{ BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 1 },			\
	{ BPF_STX | BPF_ATOMIC | BPF_DW, 0, 1, 0, BPF_ADD },		\
	{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, TCX_NEXT },		\
	{ BPF_JMP | BPF_EXIT }

/* A program that counts every packet in @slot and lets the next one have it. */
int counter_load(int map, int slot);

#endif /* TESTS_LIB_COUNTER_H */
