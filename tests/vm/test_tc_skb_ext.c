// SPDX-License-Identifier: GPL-2.0
/*
 * tc_skb_ext: where the kernel has it and Open vSwitch asked for it, a packet
 * that classic tc leaves in a chain without an answer carries the chain's
 * number, and at the next ingress with filters it begins there. What tcx puts
 * around classic tc must neither lose that number nor use it up.
 *
 * Debian's kernels are built without it; the same packets then begin at chain 0.
 */
#include <linux/genetlink.h>
#include <linux/openvswitch.h>

#include "datapath.h"
#include "module.h"
#include "tc_net.h"

struct genl_req {
	struct nlmsghdr nh;
	struct genlmsghdr genl;
	char rest[512];
};

/* The kernel's answer replaces the request. */
static int genl_talk(struct genl_req *req)
{
	struct nlmsgerr *err = (void *)&req->genl;
	int fd, ret = 0;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0 || send(fd, req, req->nh.nlmsg_len, 0) < 0 ||
	    recv(fd, req, sizeof(*req), 0) < 0)
		ret = -errno;
	else if (req->nh.nlmsg_type == NLMSG_ERROR)
		ret = err->error;
	close(fd);
	return ret;
}

static void genl_init(struct genl_req *req, int family, int cmd)
{
	memset(req, 0, sizeof(*req));
	req->nh.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	req->nh.nlmsg_type = family;
	req->nh.nlmsg_flags = NLM_F_REQUEST;
	req->genl.cmd = cmd;
	req->genl.version = 1;
}

static void genl_put(struct genl_req *req, int type, const void *data, int len)
{
	struct rtattr *rta = (void *)req + NLMSG_ALIGN(req->nh.nlmsg_len);

	rta->rta_type = type;
	rta->rta_len = RTA_LENGTH(len);
	memcpy(RTA_DATA(rta), data, len);
	req->nh.nlmsg_len = NLMSG_ALIGN(req->nh.nlmsg_len) +
			    RTA_ALIGN(rta->rta_len);
}

static int genl_family(const char *name)
{
	struct genl_req req;
	struct rtattr *rta;
	int err, len;

	genl_init(&req, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	genl_put(&req, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	err = genl_talk(&req);
	if (err)
		return err;
	len = req.nh.nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN);
	for (rta = (void *)req.rest; RTA_OK(rta, len); rta = RTA_NEXT(rta, len))
		if (rta->rta_type == CTRL_ATTR_FAMILY_ID)
			return *(__u16 *)RTA_DATA(rta);
	return -EPROTO;
}

/* A datapath that wants to know how far tc has come with a packet. It goes with
 * the namespace.
 */
static int datapath_share_recirculation(void)
{
	const __u32 features = OVS_DP_F_TC_RECIRC_SHARING, nobody = 0;
	const struct ovs_header header = {};
	int family = genl_family(OVS_DATAPATH_FAMILY);
	struct genl_req req;

	if (family < 0)
		return family;
	genl_init(&req, family, OVS_DP_CMD_NEW);
	req.nh.nlmsg_flags |= NLM_F_ACK;
	req.genl.version = OVS_DATAPATH_VERSION;
	memcpy(req.rest, &header, sizeof(header));
	req.nh.nlmsg_len += sizeof(header);
	genl_put(&req, OVS_DP_ATTR_NAME, "ovs", 4);
	genl_put(&req, OVS_DP_ATTR_UPCALL_PID, &nobody, sizeof(nobody));
	genl_put(&req, OVS_DP_ATTR_USER_FEATURES, &features, sizeof(features));
	return genl_talk(&req);
}

FIXTURE(skb_ext) {
	const char *next;	/* the device of the second hook */
	bool carries;
	int arrived;
};

FIXTURE_VARIANT(skb_ext) {
	int type;		/* of the second hook */
};

FIXTURE_VARIANT_ADD(skb_ext, ingress) { .type = INGRESS };
FIXTURE_VARIANT_ADD(skb_ext, egress) { .type = EGRESS };

/* a ---- b | bridge r | c ---- d: the first hook is b's ingress, the second is
 * r's ingress or c's egress. Chain 0 of the second lets the test's packets pass,
 * chain 5 drops them.
 */
FIXTURE_SETUP(skb_ext)
{
	int err;

	scene_pair();
	err = datapath_share_recirculation();
	/* clsact does not tell the egress hook the block to look it up in. */
	self->carries = !err && variant->type == INGRESS;
	if (err && err != -EOPNOTSUPP)
		fail("a datapath of Open vSwitch: %s", strerror(-err));
	dev_pair("c", "d", -1);
	ip("link add name r type bridge\n"
	   "link set dev r promisc on\n"
	   "link set dev r up\n"
	   "link set dev b master r\n"
	   "link set dev c master r\n");
	self->next = variant->type == INGRESS ? "r" : "c";
	self->arrived = packet_socket(variant->type == INGRESS ? "r" : "d",
				      DP_PROTO);
	tc("qdisc add dev b clsact\n"
	   "qdisc add dev %s clsact\n"
	   "filter add dev b ingress pref 1 protocol 0x88b5 matchall action goto chain 5\n"
	   "filter add dev b ingress pref 1 chain 5 flower dst_mac 02:00:00:00:00:7b action drop\n",
	   self->next);
	tc("filter add dev %s %s pref 1 protocol 0x88b5 matchall action pass\n"
	   "filter add dev %s %s pref 1 protocol 0x88b5 chain 5 matchall action drop\n",
	   self->next, direction[variant->type],
	   self->next, direction[variant->type]);
}

FIXTURE_TEARDOWN(skb_ext)
{
}

static unsigned int hits(const char *hook, int chain)
{
	char filters[64];

	snprintf(filters, sizeof(filters), "%s chain %d", hook, chain);
	return action_count(filters).packets;
}

TEST_F(skb_ext, chain_is_carried)
{
	static const struct {
		const char *name;
		int first, next;	/* verdicts; -2: no program */
	} rows[] = {
		{ "no program", -2, -2 },
		{ "next at the first", TCX_NEXT, -2 },
		{ "next at the second", -2, TCX_NEXT },
		{ "next at both", TCX_NEXT, TCX_NEXT },
		{ "unknown at both", 99, 99 },
		{ "pass at the first", TCX_PASS, -2 },
		{ "pass at the second", -2, TCX_PASS },
	};
	struct prog first = prog_step(), next = prog_step();
	unsigned int i, in_0, in_5;
	char next_hook[32];

	snprintf(next_hook, sizeof(next_hook), "dev %s %s", self->next,
		 direction[variant->type]);
	/* No more than the bridge needs to forward on new ports. */
	wait_for((send_test_frame("z", "a"), hits(next_hook, 0) +
		  hits(next_hook, 5)));
	/* The last of these may still be on its way. */
	do {
		in_0 = hits(next_hook, 0);
		usleep(200000);
	} while (hits(next_hook, 0) != in_0);

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int before = row_begin(_metadata);
		bool classic_skipped = !hook_is_netfilter() &&
				       (rows[i].first == TCX_PASS ||
					rows[i].next == TCX_PASS);
		bool arrives = !self->carries || classic_skipped;

		if (rows[i].first != -2) {
			first.dp->verdict = rows[i].first;
			attach("b", INGRESS, &first);
		}
		if (rows[i].next != -2) {
			next.dp->verdict = rows[i].next;
			attach(self->next, variant->type, &next);
		}
		/* The last row's, or the bridge's beginnings. */
		packet_count(self->arrived, 0);
		in_0 = hits(next_hook, 0);
		in_5 = hits(next_hook, 5);
		send_test_frame("z", "a");
		EXPECT_EQ(arrives, packet_count(self->arrived, arrives));
		in_0 = hits(next_hook, 0) - in_0;
		in_5 = hits(next_hook, 5) - in_5;
		EXPECT_EQ(!arrives, in_5);
		EXPECT_EQ(arrives && !(rows[i].next == TCX_PASS &&
				       !hook_is_netfilter()), in_0);
		if (rows[i].first != -2)
			detach("b", INGRESS, &first);
		if (rows[i].next != -2)
			detach(self->next, variant->type, &next);
		row_end(_metadata, before, "%s", rows[i].name);
	}
}

TEST_HARNESS_MAIN
