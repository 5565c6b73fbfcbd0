/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What test_lsm tells its security policy, and what that has seen.
 */
#ifndef TESTS_VM_PROGS_BPF_LSM_H
#define TESTS_VM_PROGS_BPF_LSM_H

#define LSM_ATTR	64	/* bytes of the attributes */

struct lsm_policy {
	/* in: whom it looks at, and what it forbids him */
	__u32 tgid;
	__u32 forbidden_cmd;	/* LSM_ANY: every one, LSM_NONE */
	__u32 forbidden_type;	/* of attachment, or LSM_ANY */
	/* out: how often it was asked, and what about the last time */
	__u32 asked;
	__u32 cmd;
	__u32 size;
	__u8 attr[LSM_ATTR];
};

#define LSM_ANY		0xffffffffU
#define LSM_NONE	0xfffffffeU

#endif /* TESTS_VM_PROGS_BPF_LSM_H */
