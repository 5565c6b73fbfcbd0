// SPDX-License-Identifier: GPL-2.0
/* Requests that fail: what they return, whoever asks, and what is said of it. */
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

static char text[512];

/* Attaches, and keeps what is said of it. */
static int attach(int prog, struct tcx_attach_opts *opts)
{
	TCX_OPTS(tcx_explain_opts, what, .op = TCX_OP_ATTACH, .ifindex = LO,
		 .attach_type = TYPE, .prog_fd = prog, .flags = opts->flags,
		 .relative_fd = opts->relative_fd);
	int err = tcx_prog_attach(LO, TYPE, prog, opts);

	tcx_explain(err, &what, text, sizeof(text));
	return err;
}

static int detach(int prog, __u32 flags)
{
	TCX_OPTS(tcx_detach_opts, opts, .flags = flags);
	TCX_OPTS(tcx_explain_opts, what, .op = TCX_OP_DETACH, .ifindex = LO,
		 .attach_type = TYPE, .prog_fd = prog, .flags = flags);
	int err = tcx_prog_detach(LO, TYPE, prog, &opts);

	tcx_explain(err, &what, text, sizeof(text));
	return err;
}

static void relatives(int prog, int other)
{
	TCX_OPTS(tcx_attach_opts, opts, .flags = BPF_F_BEFORE);
	int link = tcx_link_create(LO, TYPE, prog, NULL);

	opts.relative_fd = link;
	CHECK("relative, a link without the flag",
	      attach(other, &opts) == -EINVAL &&
	      strstr(text, "is a link; add BPF_F_LINK"));
	opts.relative_fd = load(BPF_PROG_TYPE_XDP);
	CHECK("relative, an XDP program", attach(other, &opts) == -EINVAL &&
	      strstr(text, "the relative, program id ") &&
	      strstr(text, "has type number 6"));
	opts.relative_fd = STDERR_FILENO;
	CHECK("relative, another file", attach(other, &opts) == -EINVAL &&
	      strstr(text, "the relative, fd 2, is not a BPF program"));
	opts.relative_fd = 999;
	CHECK("relative, closed", attach(other, &opts) == -EBADF &&
	      strstr(text, "the relative, fd 999, is not an open file"));
	opts.relative_fd = -1;
	CHECK("relative, -1", attach(other, &opts) == -EBADF &&
	      strstr(text, "the relative, fd -1, is not an open file"));

	opts.flags |= BPF_F_LINK;
	CHECK("relative, no link, -1", attach(other, &opts) == -EBADF &&
	      strstr(text, "the relative, fd -1, is not an open file"));
	opts.relative_fd = prog;
	CHECK("relative, a program with BPF_F_LINK",
	      attach(other, &opts) == -EINVAL &&
	      strstr(text, "is a program; leave BPF_F_LINK out"));
	opts.relative_fd = STDERR_FILENO;
	CHECK("relative, no link", attach(other, &opts) == -EINVAL &&
	      strstr(text, "the relative, fd 2, is not a BPF link"));
	opts.relative_fd = 0;
	CHECK("relative, no link, 0", attach(other, &opts) == -EINVAL &&
	      strstr(text, "BPF_F_LINK is given, but no relative"));
	opts.flags ^= BPF_F_LINK | BPF_F_ID;
	CHECK("relative, no id", attach(other, &opts) == -ENOENT &&
	      strstr(text, "BPF_F_ID is given, but no relative"));
	opts.flags ^= BPF_F_LINK | BPF_F_ID;
	opts.relative_fd = link;
	CHECK("relative, a link with the flag", !attach(other, &opts));
	tcx_prog_detach(LO, TYPE, other, NULL);
	close(link);
}

static void options(int prog)
{
	TCX_OPTS(tcx_attach_opts, none);

	none.sz = 0;
	CHECK("options without a size", attach(prog, &none) == -EINVAL &&
	      strstr(text, "may not have been declared with TCX_OPTS()"));
	CHECK("attach", !tcx_prog_attach(LO, TYPE, prog, NULL));
	CHECK("detach that replaces", detach(prog, BPF_F_REPLACE) == -EINVAL &&
	      strstr(text, "a detach replaces nothing; leave BPF_F_REPLACE out"));
	CHECK("detach", !detach(prog, 0));
}

/* What no request returns, or not to these options */
static void odd(void)
{
	TCX_OPTS(tcx_explain_opts, what, .op = TCX_OP_ATTACH, .ifindex = LO,
		 .attach_type = TYPE);
	TCX_OPTS(tcx_link_info, info);

	tcx_explain(0, &what, text, sizeof(text));
	CHECK("no error", !strcmp(text, "nothing has failed: the error is 0"));
	tcx_explain(-ESTALE, &what, text, sizeof(text));
	CHECK("no revision was expected", strstr(text, "has changed since") &&
	      !strstr(text, "not 0"));
	what.op = 77;
	tcx_explain(-EINVAL, &what, text, sizeof(text));
	CHECK("no such operation",
	      strstr(text, "operation 77 is unknown to libtcx"));
	CHECK("link_next, beyond all ids",
	      tcx_link_next(0x7fffffff, &info) == -ENOENT &&
	      tcx_link_next(-1, &info) == -ENOENT);
}

/* Run without capabilities: 0 if what is said of the request names them. */
static int names_capability(__u32 op)
{
	TCX_OPTS(tcx_explain_opts, what, .op = op, .ifindex = LO,
		 .attach_type = TYPE);

	tcx_explain(-EPERM, &what, text, sizeof(text));
	return strstr(text, "CAP_NET_ADMIN") && strstr(text, "run this as root") &&
	       !strstr(text, "CAP_BPF") && !strstr(text, "module") ? 0 : -1;
}

/* The last program, of as many as there is room for */
static void full(void)
{
	int i, fd = -1;

	for (i = 0; i < TCX_BACKPORT_MAX_PROGS; i++) {
		fd = load(BPF_PROG_TYPE_SCHED_CLS);
		if (tcx_prog_attach(LO, TYPE, fd, NULL))
			break;
	}
	CHECK("full", i == TCX_BACKPORT_MAX_PROGS);
	CHECK("full, detach the last", detach(0, 0) == -ERANGE &&
	      strstr(text, "the last of 63 programs cannot be named by its place; name the program"));
	CHECK("full, detach the last, by flag",
	      detach(0, BPF_F_AFTER) == -ERANGE && strstr(text, "name the program"));
	CHECK("full, detach the last by place and name",
	      detach(fd, BPF_F_AFTER) == -ERANGE && strstr(text, "leave BPF_F_AFTER out"));
	CHECK("full, detach it by name", !detach(fd, 0));
	for (; i > 1; i--)
		if (detach(0, 0))
			break;
	CHECK("empty", detach(0, 0) == -ENOENT);
}

int main(void)
{
	int prog = load(BPF_PROG_TYPE_SCHED_CLS);
	int other = load(BPF_PROG_TYPE_SCHED_CLS);

	setlinebuf(stdout);
	tcx_set_print(NULL);
	nobody(prog, other);
	CHECK("nobody, a query is explained",
	      !as_nobody(names_capability(TCX_OP_QUERY)));
	CHECK("nobody, a detach without a program is explained",
	      !as_nobody(names_capability(TCX_OP_DETACH)));
	relatives(prog, other);
	odd();
	options(prog);
	full();
	return 0;
}
