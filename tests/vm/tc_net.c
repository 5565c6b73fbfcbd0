// SPDX-License-Identifier: GPL-2.0
#include "tc_net.h"

char *output_of(const char *command)
{
	size_t size = 1 << 16, len;
	char *text = calloc(1, size);
	FILE *pipe;

	fflush(NULL);
	pipe = popen(command, "r");
	if (!text || !pipe)
		fail("'%s': %m", command);
	len = fread(text, 1, size - 1, pipe);
	if (pclose(pipe))
		fail("'%s' failed:\n%s", command, text);
	if (len == size - 1)
		fail("'%s' prints more than a test reads", command);
	return text;
}

struct tc_count action_count(const char *filters)
{
	struct tc_count count = {};
	char command[128], *text, *pos;

	snprintf(command, sizeof(command), "tc -s filter show %s", filters);
	text = output_of(command);
	pos = strstr(text, "Sent ");
	if (!pos || sscanf(pos, "Sent %llu bytes %u pkt (dropped %u",
			   &count.bytes, &count.packets, &count.drops) != 3)
		fail("'%s' shows no statistics:\n%s", command, text);
	free(text);
	return count;
}

struct tc_count qdisc_count(const char *dev)
{
	struct {
		struct nlmsghdr nh;
		struct tcmsg tc;
		char attrs[4096];
	} reply;
	struct tc_count count = {};
	struct tc_stats *stats;
	struct rtattr *rta;
	struct nl_req req;
	int fd, len;

	nl_init(&req, RTM_GETQDISC, NLM_F_ECHO, sizeof(req.tc));
	req.nh.nlmsg_flags &= ~NLM_F_ACK;
	qdisc_name(&req.tc, dev_index(dev));
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0 || send(fd, &req, req.nh.nlmsg_len, 0) < 0 ||
	    recv(fd, &reply, sizeof(reply), 0) < 0)
		fail("asking for the qdisc of %s: %m", dev);
	close(fd);
	if (reply.nh.nlmsg_type != RTM_NEWQDISC)
		fail("%s has no qdisc to ask for", dev);
	len = reply.nh.nlmsg_len - NLMSG_LENGTH(sizeof(reply.tc));
	for (rta = (void *)reply.attrs; RTA_OK(rta, len);
	     rta = RTA_NEXT(rta, len)) {
		if (rta->rta_type != TCA_STATS)
			continue;
		stats = RTA_DATA(rta);
		count.bytes = stats->bytes;
		count.packets = stats->packets;
		count.drops = stats->drops;
		return count;
	}
	fail("the qdisc of %s shows no statistics", dev);
}

int qdisc_modify(int ifindex, const char *kind, int flags, __u32 handle)
{
	struct nl_req req;

	nl_init(&req, RTM_NEWQDISC, flags, sizeof(req.tc));
	qdisc_name(&req.tc, ifindex);
	req.tc.tcm_handle = handle;
	nl_put_str(&req, TCA_KIND, kind);
	return nl_talk(&req);
}

struct prog prog_classic(void)
{
	return prog_verdict(TC_ACT_UNSPEC);
}

/* Where filters stand. */
static __u32 filter_parent(int type)
{
	return TC_H_MAKE(TC_H_CLSACT, type == EGRESS ? TC_H_MIN_EGRESS :
						       TC_H_MIN_INGRESS);
}

void filter_name(struct nl_req *req, int ifindex, __u32 parent, int prio)
{
	req->tc.tcm_ifindex = ifindex;
	req->tc.tcm_parent = parent;
	req->tc.tcm_handle = 1;
	req->tc.tcm_info = TC_H_MAKE(prio << 16, htons(ETH_P_ALL));
}

void filter_bpf_put(struct nl_req *req, int prog_fd)
{
	const __u32 direct = TCA_BPF_FLAG_ACT_DIRECT;
	struct rtattr *nest;

	nl_put_str(req, TCA_KIND, "bpf");
	nest = nl_nest(req, TCA_OPTIONS);
	nl_put(req, TCA_BPF_FD, &prog_fd, sizeof(prog_fd));
	nl_put_str(req, TCA_BPF_NAME, "test");
	nl_put(req, TCA_BPF_FLAGS, &direct, sizeof(direct));
	nl_nest_end(req, nest);
}

int filter_bpf(int ifindex, int type, int prio, int prog_fd, int flags)
{
	struct nl_req req;

	nl_init(&req, RTM_NEWTFILTER, NLM_F_CREATE | flags, sizeof(req.tc));
	filter_name(&req, ifindex, filter_parent(type), prio);
	filter_bpf_put(&req, prog_fd);
	return nl_talk(&req);
}

int filter_flower(int ifindex, int type, int prio)
{
	const __u32 flags = TCA_CLS_FLAGS_SKIP_HW;
	const __be16 proto = htons(ETH_P_LOOPBACK);
	struct rtattr *nest;
	struct nl_req req;

	nl_init(&req, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL,
		sizeof(req.tc));
	filter_name(&req, ifindex, filter_parent(type), prio);
	nl_put_str(&req, TCA_KIND, "flower");
	nest = nl_nest(&req, TCA_OPTIONS);
	nl_put(&req, TCA_FLOWER_KEY_ETH_TYPE, &proto, sizeof(proto));
	nl_put(&req, TCA_FLOWER_FLAGS, &flags, sizeof(flags));
	nl_nest_end(&req, nest);
	return nl_talk(&req);
}

int filter_del(int ifindex, int type, int prio)
{
	struct nl_req req;

	nl_init(&req, RTM_DELTFILTER, 0, sizeof(req.tc));
	filter_name(&req, ifindex, filter_parent(type), prio);
	req.tc.tcm_handle = 0;
	return nl_talk(&req);
}
