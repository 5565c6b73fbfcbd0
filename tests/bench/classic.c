// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "classic.h"

struct tc_request {
	struct nlmsghdr nlh;
	struct tcmsg tcm;
	char attrs[256];
};

static void tc_put(struct tc_request *req, struct rtattr **nest, int type,
		   const void *data, int len)
{
	struct rtattr *attr =
		(void *)((char *)req + NLMSG_ALIGN(req->nlh.nlmsg_len));

	attr->rta_type = type;
	attr->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(attr), data, len);
	req->nlh.nlmsg_len = NLMSG_ALIGN(req->nlh.nlmsg_len) +
			     RTA_ALIGN(attr->rta_len);
	if (nest)
		*nest = attr;
}

static void tc_put_end(struct tc_request *req, struct rtattr *nest)
{
	nest->rta_len = (char *)req + req->nlh.nlmsg_len - (char *)nest;
}

static int sock = -1;

void classic_forget(void)
{
	if (sock >= 0)
		close(sock);
	sock = -1;
}

static int tc_request(struct tc_request *req)
{
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr err;
		char rest[512];
	} answer;

	if (sock < 0)
		sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			      NETLINK_ROUTE);
	if (sock < 0 || send(sock, req, req->nlh.nlmsg_len, 0) < 0 ||
	    recv(sock, &answer, sizeof(answer), 0) < 0)
		return -errno;
	if (answer.nlh.nlmsg_type == NLMSG_ERROR)
		return answer.err.error;
	/* Asked for a filter, it answers with one. */
	return answer.nlh.nlmsg_type == RTM_NEWTFILTER ? 0 : -EPROTO;
}

static struct tc_request tc_request_init(int type, int flags, int dev)
{
	return (struct tc_request) {
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(struct tcmsg)),
		.nlh.nlmsg_type = type,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
		.tcm.tcm_ifindex = dev,
	};
}

int clsact_add(int dev)
{
	struct tc_request req = tc_request_init(RTM_NEWQDISC,
						NLM_F_CREATE | NLM_F_EXCL, dev);

	req.tcm.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	req.tcm.tcm_parent = TC_H_CLSACT;
	tc_put(&req, NULL, TCA_KIND, "clsact", sizeof("clsact"));
	return tc_request(&req);
}

int clsact_del(int dev)
{
	struct tc_request req = tc_request_init(RTM_DELQDISC, 0, dev);

	req.tcm.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	req.tcm.tcm_parent = TC_H_CLSACT;
	return tc_request(&req);
}

static struct tc_request filter_init(int type, int flags, int dev, bool ingress,
				     int pref)
{
	struct tc_request req = tc_request_init(type, flags, dev);

	req.tcm.tcm_parent = TC_H_MAKE(TC_H_CLSACT, ingress ? TC_H_MIN_INGRESS :
							      TC_H_MIN_EGRESS);
	req.tcm.tcm_handle = 1;
	req.tcm.tcm_info = TC_H_MAKE(pref << 16, htons(ETH_P_ALL));
	tc_put(&req, NULL, TCA_KIND, "bpf", sizeof("bpf"));
	return req;
}

static int filter_set(int mode, int dev, bool ingress, int pref, int prog)
{
	struct tc_request req = filter_init(RTM_NEWTFILTER, mode, dev,
					    ingress, pref);
	__u32 flags = TCA_BPF_FLAG_ACT_DIRECT;
	struct rtattr *options;

	tc_put(&req, &options, TCA_OPTIONS, NULL, 0);
	tc_put(&req, NULL, TCA_BPF_FD, &prog, sizeof(prog));
	tc_put(&req, NULL, TCA_BPF_NAME, "bench", sizeof("bench"));
	tc_put(&req, NULL, TCA_BPF_FLAGS, &flags, sizeof(flags));
	tc_put_end(&req, options);
	return tc_request(&req);
}

int filter_add(int dev, bool ingress, int pref, int prog)
{
	return filter_set(NLM_F_CREATE | NLM_F_EXCL, dev, ingress, pref, prog);
}

int filter_replace(int dev, bool ingress, int pref, int prog)
{
	return filter_set(NLM_F_REPLACE, dev, ingress, pref, prog);
}

int filter_get(int dev, bool ingress, int pref)
{
	struct tc_request req = filter_init(RTM_GETTFILTER, 0, dev, ingress,
					    pref);

	req.nlh.nlmsg_flags &= ~NLM_F_ACK;
	return tc_request(&req);
}

int filter_del(int dev, bool ingress, int pref)
{
	struct tc_request req = filter_init(RTM_DELTFILTER, 0, dev, ingress,
					    pref);

	return tc_request(&req);
}
