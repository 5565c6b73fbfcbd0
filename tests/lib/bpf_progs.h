/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs and links without libbpf: two instructions are all that a test of
 * the control path needs. Every function returns an fd (or an id) or a
 * negative errno.
 */
#ifndef TESTS_LIB_BPF_PROGS_H
#define TESTS_LIB_BPF_PROGS_H

#include <time.h>

#include "sys.h"

/* A program of the instructions in the array @code. More members of the
 * attribute may follow.
 */
#define insns_load(type, code, ...) ({					\
	union bpf_attr __attr = {					\
		.prog_type = (type),					\
		.insns = (uintptr_t)(code),				\
		.insn_cnt = sizeof(code) / sizeof((code)[0]),		\
		.license = (uintptr_t)"GPL",				\
		##__VA_ARGS__						\
	};								\
									\
	sys_bpf(BPF_PROG_LOAD, &__attr, sizeof(__attr));		\
})

/* A program that returns @verdict, and does nothing else. */
int verdict_load(enum bpf_prog_type type, int verdict);

/* What the tests attach: lets every packet pass on to the next program. */
int cls_load(void);

/* An array of one element, for those who need a map. */
int map_create(void);

/* BPF_OBJ_GET_INFO_BY_FD of a program, map or link; returns 0. */
int info_get(int fd, void *info, __u32 size);

/* The id of a program. */
int prog_id(int fd);

/* The id of a link. */
int link_id(int fd);

/* A link of another type: an XDP program on a device. */
int xdp_link_create(int prog_fd, int ifindex);

/* Since Linux 5.8 what this returns is a link. */
int raw_tp_link_create(int prog_fd, const char *name);

/* Is there a program of this id? */
bool prog_alive(__u32 id);

/* The last reference is dropped after a grace period, or, where a network
 * namespace dies, by a worker: so poll, but not for ever.
 */
bool prog_gone(__u32 id);

#endif /* TESTS_LIB_BPF_PROGS_H */
