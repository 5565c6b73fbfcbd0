// SPDX-License-Identifier: GPL-2.0
/* Requests that fail: what they return, whoever asks. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <libtcx.h>

#define LO		1
#define NOBODY		65534
#define TYPE		BPF_TCX_INGRESS

#define CHECK(name, ok) \
	printf("%s %s\n", (ok) ? "yes" : "no", name)

static int load(enum bpf_prog_type type)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 2 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(type, NULL, "GPL", pass, 2, NULL);
}

/* In a child without capabilities: the errno of a request, or 255. */
#define as_nobody(request) ({						\
	pid_t pid = fork();						\
	int status = 0;							\
									\
	if (!pid)							\
		_exit(setresuid(NOBODY, NOBODY, NOBODY) ? 255 : -(request)); \
	waitpid(pid, &status, 0);					\
	WEXITSTATUS(status);						\
})

static void nobody(int prog, int other)
{
	TCX_OPTS(tcx_attach_opts, stale, .expected_revision = 9999);
	TCX_OPTS(tcx_attach_opts, far, .flags = BPF_F_BEFORE,
		 .relative_fd = other);
	int link = tcx_link_create(LO, TYPE, prog, NULL);

	CHECK("nobody, attach and detach", !as_nobody(
		tcx_prog_attach(LO, TYPE, other, NULL) ?:
		tcx_prog_detach(LO, TYPE, other, NULL)));
	CHECK("nobody, attach twice", as_nobody(
		tcx_prog_attach(LO, TYPE, prog, NULL)) == EEXIST);
	CHECK("nobody, link twice", as_nobody(
		tcx_link_create(LO, TYPE, prog, NULL)) == EEXIST);
	CHECK("nobody, detach what a link owns", as_nobody(
		tcx_prog_detach(LO, TYPE, prog, NULL)) == EBUSY);
	CHECK("nobody, stale revision", as_nobody(
		tcx_prog_attach(LO, TYPE, other, &stale)) == ESTALE);
	CHECK("nobody, no device", as_nobody(
		tcx_prog_attach(9999, TYPE, other, NULL)) == ENODEV);
	CHECK("nobody, detach what is not attached", as_nobody(
		tcx_prog_detach(LO, TYPE, other, NULL)) == ENOENT);
	CHECK("nobody, no such relative", as_nobody(
		tcx_prog_attach(LO, TYPE, other, &far)) == ENOENT);
	CHECK("nobody, no open file", as_nobody(
		tcx_prog_attach(LO, TYPE, 999, NULL)) == EBADF);
	CHECK("nobody, detach without a program", as_nobody(
		tcx_prog_detach(LO, TYPE, 0, NULL)) == EPERM);
	close(link);
}

int main(void)
{
	int prog = load(BPF_PROG_TYPE_SCHED_CLS);
	int other = load(BPF_PROG_TYPE_SCHED_CLS);

	setlinebuf(stdout);
	tcx_set_print(NULL);
	nobody(prog, other);
	return 0;
}
