// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "tc.h"

/* Of a dump during which something changed, which is then not to be trusted */
#define TRIES 8

#define PARENT(direction) \
	TC_H_MAKE(TC_H_CLSACT, (direction) == TC_INGRESS ? TC_H_MIN_INGRESS : \
							   TC_H_MIN_EGRESS)

struct attributes {
	const struct nlattr *by_type[64];
};

static int collect(const struct nlattr *attr, void *data)
{
	struct attributes *all = data;
	unsigned int type = mnl_attr_get_type(attr);

	if (type < sizeof(all->by_type) / sizeof(all->by_type[0]))
		all->by_type[type] = attr;
	return MNL_CB_OK;
}

static __u32 number(const struct attributes *all, unsigned int type)
{
	const struct nlattr *attr = all->by_type[type];

	return attr && mnl_attr_get_payload_len(attr) >= sizeof(__u32) ?
	       mnl_attr_get_u32(attr) : 0;
}

static bool is_kind(const struct attributes *all, const char *kind)
{
	const struct nlattr *attr = all->by_type[TCA_KIND];

	return attr && !strcmp(mnl_attr_get_str(attr), kind);
}

/* Messages go to @fn; it returns MNL_CB_OK, or MNL_CB_ERROR with errno. */
static int dump_once(struct mnl_socket *nl, int type, const struct tcmsg *what,
		     mnl_cb_t fn, void *data)
{
	static unsigned int seq;
	char buf[32768];
	struct nlmsghdr *head = mnl_nlmsg_put_header(buf);
	ssize_t n;
	int ret;

	if (!seq)
		seq = time(NULL);
	head->nlmsg_type = type;
	head->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	head->nlmsg_seq = ++seq;
	memcpy(mnl_nlmsg_put_extra_header(head, sizeof(*what)), what,
	       sizeof(*what));
	if (mnl_socket_sendto(nl, head, head->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		ret = n < 0 ? -1 :
		      mnl_cb_run(buf, n, seq, mnl_socket_get_portid(nl), fn,
				 data);
	} while (ret > 0);
	return ret < 0 ? -errno : 0;
}

/* -EINTR: the list changed meanwhile. A new socket, in which no rest of that is. */
static int dump(int type, const struct tcmsg *what, mnl_cb_t fn, void *data)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	int err;

	if (!nl)
		return -errno;
	err = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno :
	      dump_once(nl, type, what, fn, data);
	mnl_socket_close(nl);
	return err;
}

static int add_qdisc(const struct nlmsghdr *head, void *data)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(head);
	struct tc_qdiscs *qdiscs = data;
	struct attributes attrs = {};
	struct tc_qdisc *all;

	mnl_attr_parse(head, sizeof(*tcm), collect, &attrs);
	if (!is_kind(&attrs, "clsact") && !is_kind(&attrs, "ingress"))
		return MNL_CB_OK;
	all = realloc(qdiscs->all, (qdiscs->count + 1) * sizeof(*all));
	if (!all)
		return MNL_CB_ERROR;
	qdiscs->all = all;
	all[qdiscs->count++] = (struct tc_qdisc){
		.ifindex = tcm->tcm_ifindex,
		.clsact = is_kind(&attrs, "clsact"),
		.blocks = {
			[TC_INGRESS] = number(&attrs, TCA_INGRESS_BLOCK),
			[TC_EGRESS] = number(&attrs, TCA_EGRESS_BLOCK),
		},
	};
	return MNL_CB_OK;
}

int tc_find_qdiscs(struct tc_qdiscs *qdiscs)
{
	struct tcmsg what = { .tcm_family = AF_UNSPEC };
	int i, err = -EINTR;

	memset(qdiscs, 0, sizeof(*qdiscs));
	for (i = 0; i < TRIES && err == -EINTR; i++) {
		qdiscs->count = 0;
		err = dump(RTM_GETQDISC, &what, add_qdisc, qdiscs);
	}
	return err;
}

const struct tc_qdisc *tc_qdisc_of(const struct tc_qdiscs *qdiscs, int ifindex)
{
	size_t i;

	for (i = 0; i < qdiscs->count; i++)
		if (qdiscs->all[i].ifindex == ifindex)
			return &qdiscs->all[i];
	return NULL;
}

static void read_bpf(struct tc_filter *filter, const struct nlattr *options)
{
	struct attributes attrs = {};

	mnl_attr_parse_nested(options, collect, &attrs);
	filter->direct = number(&attrs, TCA_BPF_FLAGS) &
			 TCA_BPF_FLAG_ACT_DIRECT;
	filter->bytecode = attrs.by_type[TCA_BPF_OPS];
	filter->actions = attrs.by_type[TCA_BPF_ACT] ||
			  attrs.by_type[TCA_BPF_POLICE];
	filter->classid = number(&attrs, TCA_BPF_CLASSID);
	filter->flags = number(&attrs, TCA_BPF_FLAGS_GEN);
	filter->prog_id = number(&attrs, TCA_BPF_ID);
}

static int add_filter(const struct nlmsghdr *head, void *data)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(head);
	struct tc_filters *filters = data;
	const struct nlattr *options;
	struct attributes attrs = {};
	struct tc_filter *all, *filter;

	mnl_attr_parse(head, sizeof(*tcm), collect, &attrs);
	options = attrs.by_type[TCA_OPTIONS];
	/* Before the filters of a priority comes what they have in common. */
	if (!attrs.by_type[TCA_KIND] || (!tcm->tcm_handle && !options))
		return MNL_CB_OK;
	all = realloc(filters->all, (filters->count + 1) * sizeof(*all));
	if (!all)
		return MNL_CB_ERROR;
	filters->all = all;
	filter = &all[filters->count++];
	*filter = (struct tc_filter){
		.chain = number(&attrs, TCA_CHAIN),
		.prio = TC_H_MAJ(tcm->tcm_info) >> 16,
		.protocol = ntohs(TC_H_MIN(tcm->tcm_info)),
		.handle = tcm->tcm_handle,
	};
	snprintf(filter->kind, sizeof(filter->kind), "%s",
		 mnl_attr_get_str(attrs.by_type[TCA_KIND]));
	if (options && is_kind(&attrs, "bpf"))
		read_bpf(filter, options);
	return MNL_CB_OK;
}

int tc_find_filters(struct tc_filters *filters, int ifindex,
		    enum tc_direction direction)
{
	struct tcmsg what = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = ifindex,
		.tcm_parent = PARENT(direction),
	};
	int i, err = -EINTR;

	memset(filters, 0, sizeof(*filters));
	for (i = 0; i < TRIES && err == -EINTR; i++) {
		filters->count = 0;
		err = dump(RTM_GETTFILTER, &what, add_filter, filters);
	}
	return err;
}

const char *tc_direction(enum tc_direction direction)
{
	return direction == TC_INGRESS ? "ingress" : "egress";
}
