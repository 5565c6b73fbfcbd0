// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "seccomp_calls.h"

#define IF_EQUAL(what, otherwise) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, what, 0, otherwise)
#define LOAD(member) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define ANSWER(what)	BPF_STMT(BPF_RET | BPF_K, what)

/* From now on these instructions decide about system calls. */
#define filter_calls(...) ({						\
	struct sock_filter code[] = { __VA_ARGS__ };			\
	const struct sock_fprog prog = {				\
		.len = sizeof(code) / sizeof(code[0]),			\
		.filter = code,						\
	};								\
									\
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ?:			\
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);		\
})

int no_verifier(void)
{
	return filter_calls(LOAD(nr), IF_EQUAL(__NR_bpf, 3),
			    LOAD(args[0]), IF_EQUAL(BPF_PROG_LOAD, 1),
			    ANSWER(SECCOMP_RET_ERRNO | EAGAIN),
			    ANSWER(SECCOMP_RET_ALLOW));
}

int no_kcmp(void)
{
	return filter_calls(LOAD(nr), IF_EQUAL(__NR_kcmp, 1),
			    ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
			    ANSWER(SECCOMP_RET_ALLOW));
}
