// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>

#include "nfqueue.h"

struct nfq_req {
	struct nlmsghdr nh;
	struct nfgenmsg nfg;
	char attrs[64];
};

static void nfq_init(struct nfq_req *req, int type, int flags, int queue)
{
	*req = (struct nfq_req) {
		.nh.nlmsg_len = NLMSG_LENGTH(sizeof(req->nfg)),
		.nh.nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | type,
		.nh.nlmsg_flags = NLM_F_REQUEST | flags,
		.nfg.nfgen_family = AF_UNSPEC,
		.nfg.version = NFNETLINK_V0,
		.nfg.res_id = htons(queue),
	};
}

static void nfq_put(struct nfq_req *req, int type, const void *data, int size)
{
	struct nlattr *nla = (void *)req + NLMSG_ALIGN(req->nh.nlmsg_len);

	nla->nla_type = type;
	nla->nla_len = NLA_HDRLEN + size;
	memcpy((void *)nla + NLA_HDRLEN, data, size);
	req->nh.nlmsg_len = NLMSG_ALIGN(req->nh.nlmsg_len) +
			    NLA_ALIGN(nla->nla_len);
}

int nfq_open(int queue)
{
	struct nfqnl_msg_config_cmd cmd = { .command = NFQNL_CFG_CMD_BIND };
	struct nfqnl_msg_config_params params = {
		.copy_mode = NFQNL_COPY_META,
	};
	struct {
		struct nlmsghdr nh;
		struct nlmsgerr err;
		char rest[512];
	} reply;
	struct nfq_req req;
	int fd, ret;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd < 0)
		return -errno;
	nfq_init(&req, NFQNL_MSG_CONFIG, NLM_F_ACK, queue);
	nfq_put(&req, NFQA_CFG_CMD, &cmd, sizeof(cmd));
	nfq_put(&req, NFQA_CFG_PARAMS, &params, sizeof(params));
	if (send(fd, &req, req.nh.nlmsg_len, 0) < 0 ||
	    recv(fd, &reply, sizeof(reply), 0) < 0)
		ret = -errno;
	else
		ret = reply.nh.nlmsg_type == NLMSG_ERROR ? reply.err.error :
							   -EPROTO;
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}

int nfq_waiting(int queue)
{
	FILE *file = fopen("/proc/thread-self/net/netfilter/nfnetlink_queue", "r");
	int number, owner, waiting, ret = -ENOENT;

	if (!file)
		return -errno;
	while (fscanf(file, "%d %d %d %*[^\n]", &number, &owner, &waiting) == 3)
		if (number == queue)
			ret = waiting;
	fclose(file);
	return ret;
}

int nfq_accept(int fd, int queue, int sent)
{
	struct nfqnl_msg_verdict_hdr verdict = {
		.verdict = htonl(NF_ACCEPT),
		.id = htonl(sent),
	};
	struct nfq_req req;

	nfq_init(&req, NFQNL_MSG_VERDICT_BATCH, 0, queue);
	nfq_put(&req, NFQA_VERDICT_HDR, &verdict, sizeof(verdict));
	return send(fd, &req, req.nh.nlmsg_len, 0) < 0 ? -errno : 0;
}
