// SPDX-License-Identifier: GPL-2.0
/*
 * libtcx's third backend: classic tc in place of tcx, on every kernel, whether it
 * has tcx, the module, or neither. Who gets it and who does not, and what it says
 * it gives; what is refused, and that this changes nothing.
 */
#include <limits.h>
#include <sched.h>

#include "kselftest_harness.h"

#include "credentials.h"
#include "legacy_fixture.h"
#include "module.h"
#include "tc_net.h"

/* Who gets it */

TEST_F(legacy, never_by_itself)
{
	TCX_OPTS(tcx_backend_info, info);
	int kind;

	tcx_set_backend(TCX_BACKEND_AUTO);
	tcx_set_legacy(TCX_LEGACY_NO);
	kind = tcx_backend();
	EXPECT_EQ(is_native() ? TCX_BACKEND_NATIVE : TCX_BACKEND_MODULE, kind);
	/* Whoever sets the environment is not the program. */
	setenv("LIBTCX_BACKEND", "legacy", 1);
	EXPECT_EQ(kind, tcx_backend());
	unsetenv("LIBTCX_BACKEND");
	/* Where there is tcx, being allowed changes nothing. */
	tcx_set_legacy(TCX_LEGACY_BEST);
	EXPECT_EQ(kind, tcx_backend());
	EXPECT_EQ(0, tcx_backend_info(&info));
	EXPECT_EQ(kind, info.backend);
	EXPECT_EQ(TCX_GIVES_PLACES | TCX_GIVES_EXACT | TCX_GIVES_SEPARATE |
		  TCX_GIVES_LINKS, info.gives);
	EXPECT_EQ(0, tcx_prog_attach(self->ifindex, EGRESS, self->prog[0], NULL));
	tcx_set_backend(TCX_BACKEND_LEGACY);
	EXPECT_TRUE(HAS_NONE);
	EXPECT_EQ(0, tcx_set_backend(kind));
	EXPECT_EQ(0, tcx_prog_detach(self->ifindex, EGRESS, self->prog[0], NULL));
}

TEST_F(legacy, last_of_three)
{
	TCX_OPTS(tcx_backend_info, info);
	bool kernel_has = is_native() || file_read_char(SWITCH) == 'Y';
	int otherwise = kernel_has ? TCX_BACKEND_NATIVE : TCX_BACKEND_LEGACY;

	tcx_set_backend(TCX_BACKEND_AUTO);
	setenv("LIBTCX_DEVICE", "/none/tcx", 1);
	EXPECT_EQ(otherwise, tcx_backend());
	tcx_set_legacy(TCX_LEGACY_NO);
	EXPECT_EQ(kernel_has ? TCX_BACKEND_NATIVE : TCX_BACKEND_NONE,
		  tcx_backend());
	EXPECT_EQ(kernel_has ? 0 : -EOPNOTSUPP, tcx_backend_info(&info));
	tcx_set_legacy(TCX_LEGACY_STRICT);
	EXPECT_EQ(0, tcx_prog_attach(self->ifindex, EGRESS, self->prog[0], NULL));
	EXPECT_EQ(1, legacy_list(self->ifindex, EGRESS).count);
	EXPECT_EQ(0, tcx_prog_detach(self->ifindex, EGRESS, self->prog[0], NULL));
	EXPECT_EQ(0, tcx_backend_info(&info));
	EXPECT_EQ(otherwise, info.backend);
	/* What is chosen is what one gets. */
	tcx_set_backend(TCX_BACKEND_MODULE);
	EXPECT_EQ(-EOPNOTSUPP, tcx_prog_attach(self->ifindex, EGRESS,
					       self->prog[0], NULL));
	tcx_set_backend(TCX_BACKEND_AUTO);
	/* A module that is there, in whatever state, is not passed over. */
	setenv("LIBTCX_DEVICE", "/dev/null", 1);
	EXPECT_EQ(kernel_has ? TCX_BACKEND_NATIVE : -EPROTO, tcx_backend());
	unsetenv("LIBTCX_DEVICE");
}

TEST_F(legacy, says_what_it_gives)
{
	TCX_OPTS(tcx_backend_info, info);

	EXPECT_EQ(-EINVAL, tcx_backend_info(NULL));
	EXPECT_EQ(-EINVAL, tcx_set_legacy(7));
	EXPECT_EQ(TCX_BACKEND_LEGACY, tcx_backend());
	EXPECT_STREQ("legacy", tcx_backend_name(TCX_BACKEND_LEGACY));
	ASSERT_EQ(0, tcx_backend_info(&info));
	EXPECT_EQ(TCX_BACKEND_LEGACY, info.backend);
	EXPECT_EQ(0, info.gives);
	EXPECT_NE(NULL, strstr(info.lifetime, "anybody deletes it"));
	EXPECT_NE(NULL, strstr(info.order, "priorities"));
	legacy_best();
	ASSERT_EQ(0, tcx_backend_info(&info));
	EXPECT_EQ(TCX_GIVES_PLACES, info.gives);
	/* Chosen, it need not be allowed too. */
	tcx_set_legacy(TCX_LEGACY_NO);
	ASSERT_EQ(0, tcx_backend_info(&info));
	EXPECT_EQ(0, info.gives);
}

/* Refusals */

TEST_F(legacy, refuses)
{
	TCX_OPTS(tcx_attach_opts, revision, .expected_revision = 1);
	TCX_OPTS(tcx_attach_opts, link, .flags = BPF_F_BEFORE | BPF_F_LINK,
		 .relative_id = 1);
	TCX_OPTS(tcx_detach_opts, down, .expected_revision = 1);
	TCX_OPTS(tcx_query_opts, query);
	int *p = self->prog, round;
	char *before, *after;

	ASSERT_EQ(0, egress_put(self->ifindex, p[0], 0, 0));
	ASSERT_EQ(0, egress_put(self->ifindex, p[1], 0, 0));
	before = output_of("tc filter show dev " DEV " egress");
	for (round = 0; round < 2; round++) {
		/* Whatever one puts up with */
		EXPECT_EQ(-EOPNOTSUPP, tcx_link_create(self->ifindex, EGRESS, p[2],
						       NULL));
		EXPECT_EQ(-EOPNOTSUPP, tcx_prog_attach(self->ifindex, EGRESS, p[2],
						       &revision));
		EXPECT_EQ(-EOPNOTSUPP, tcx_prog_attach(self->ifindex, EGRESS, p[2],
						       &link));
		EXPECT_EQ(-EOPNOTSUPP, tcx_prog_detach(self->ifindex, EGRESS, p[0],
						       &down));
		EXPECT_EQ(-EOPNOTSUPP, tcx_prog_attach(self->ifindex,
						       TCX_BACKPORT_NETKIT_PEER,
						       p[2], NULL));
		EXPECT_EQ(-EOPNOTSUPP, tcx_prog_query(self->ifindex,
						      TCX_BACKPORT_NETKIT_PRIMARY,
						      &query));
		EXPLAINS(-EOPNOTSUPP, "has no links;", .op = TCX_OP_LINK_CREATE);
		EXPLAINS(-EOPNOTSUPP, "has no revisions", .op = TCX_OP_ATTACH,
			 .expected_revision = 1);
		EXPLAINS(-EOPNOTSUPP, "no links to stand beside", .op = TCX_OP_ATTACH,
			 .flags = BPF_F_BEFORE | BPF_F_LINK, .relative_id = 1);
		legacy_best();
	}
	tcx_set_legacy(TCX_LEGACY_STRICT);
	EXPECT_EQ(-EOPNOTSUPP, egress_put(self->ifindex, p[2], BPF_F_BEFORE, 0));
	EXPECT_EQ(-EOPNOTSUPP, egress_put(self->ifindex, p[2], BPF_F_AFTER, p[0]));
	EXPECT_EQ(-EOPNOTSUPP, egress_put(self->ifindex, p[2], 0, p[0]));
	EXPECT_EQ(-EOPNOTSUPP, egress_take(self->ifindex, 0, 0, 0));
	EXPECT_EQ(-EOPNOTSUPP, egress_take(self->ifindex, 0, BPF_F_BEFORE, 0));
	EXPECT_EQ(-EOPNOTSUPP, egress_take(self->ifindex, p[1], BPF_F_AFTER, p[0]));
	EXPLAINS(-EOPNOTSUPP, "priorities for places", .op = TCX_OP_ATTACH,
		 .flags = BPF_F_BEFORE);
	EXPLAINS(-EOPNOTSUPP, "name the one", .op = TCX_OP_DETACH);
	after = output_of("tc filter show dev " DEV " egress");
	EXPECT_STREQ(before, after);
	free(before);
	free(after);
}

TEST_F(legacy, ingress_qdisc_has_no_egress)
{
	ASSERT_EQ(0, qdisc_add(self->ifindex, "ingress"));
	EXPECT_EQ(0, tcx_prog_attach(self->ifindex, INGRESS, self->prog[0], NULL));
	EXPECT_EQ(1, legacy_list(self->ifindex, INGRESS).count);
	/* The kernel would put it on ingress, and show it so. */
	EXPECT_TRUE(HAS_NONE);
	EXPECT_EQ(-ENOENT, egress_take(self->ifindex, self->prog[0], 0, 0));
	EXPECT_EQ(-EOPNOTSUPP, egress_put(self->ifindex, self->prog[1], 0, 0));
	EXPLAINS(-EOPNOTSUPP, "has the qdisc ingress", .op = TCX_OP_ATTACH);
	EXPECT_EQ(1, legacy_list(self->ifindex, INGRESS).count);
}

TEST_F(legacy, shared_block)
{
	ip("link add two type dummy");
	tc("qdisc add dev " DEV " egress_block 7 clsact");
	tc("qdisc add dev two egress_block 7 clsact");
	EXPECT_EQ(-EOPNOTSUPP, egress_put(self->ifindex, self->prog[0], 0, 0));
	EXPLAINS(-EOPNOTSUPP, "shares with other devices", .op = TCX_OP_ATTACH);
}

static int without_rights(int ifindex, int fd)
{
	if (unshare(CLONE_NEWUSER))
		return 1;
	return egress_put(ifindex, fd, 0, 0) == -EPERM ? 0 : 2;
}

TEST_F(legacy, without_rights)
{
	tc_hook(DEV);
	EXPECT_EQ(0, in_child(without_rights(self->ifindex, self->prog[0])));
	EXPECT_TRUE(HAS_NONE);
}

/* Does the kernel turn back who lacks CAP_BPF before it looks at what he wants? */
static bool bpf_is_shut(void)
{
	char attr[1] = {};

	return sys_bpf(INT_MAX, attr, sizeof(attr)) == -EPERM;
}

/* CAP_NET_ADMIN alone: who lets nobody into bpf(2) without CAP_BPF is named. */
static int only_net_admin(int ifindex, int fd)
{
	TCX_OPTS(tcx_explain_opts, what, .op = TCX_OP_ATTACH, .ifindex = ifindex,
		 .attach_type = EGRESS, .prog_fd = fd);
	char text[1024];
	bool shut;

	if (set_caps(1ULL << CAP_NET_ADMIN))
		return 1;
	shut = bpf_is_shut();
	if (egress_put(ifindex, fd, 0, 0) != (shut ? -EPERM : 0))
		return 2;
	tcx_explain(-EPERM, &what, text, sizeof(text));
	if (!!strstr(text, "and, on this kernel, CAP_BPF") != shut)
		return 3;
	/* A query takes none. */
	return set_caps(0) || legacy_list(ifindex, EGRESS).ret ||
	       !legacy_list(ifindex, EGRESS).count ? 4 : 0;
}

TEST_F(legacy, only_net_admin)
{
	ASSERT_EQ(0, egress_put(self->ifindex, self->prog[1], 0, 0));
	EXPECT_EQ(0, in_child(only_net_admin(self->ifindex, self->prog[0])));
}

/* A program at fd 0, and a socket that would land there */
static int at_fd_0(int ifindex, int prog)
{
	int fd;

	for (fd = 0; fd < 3; fd++)
		close(fd);
	if (fcntl(prog, F_DUPFD, 0))
		return 1;
	if (egress_put(ifindex, 0, 0, 0) || legacy_list(ifindex, EGRESS).count != 1)
		return 2;
	if (fcntl(1, F_GETFD) >= 0 || fcntl(2, F_GETFD) >= 0)
		return 3;
	return egress_take(ifindex, prog, 0, 0) ? 4 : 0;
}

TEST_F(legacy, program_at_fd_0)
{
	EXPECT_EQ(0, in_child(at_fd_0(self->ifindex, self->prog[0])));
	EXPECT_TRUE(HAS_NONE);
}

TEST_HARNESS_MAIN
