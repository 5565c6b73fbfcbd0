// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * Reading, by rtnetlink, a device's ingress or clsact qdisc and its filters.
 * Only chain 0 is looked at: packets begin there, and the library's filters are
 * nowhere else.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "tc_filters.h"

/* The kernel fills at most so much at a time. */
#define BUFFER	(32 << 10)

struct request {
	struct nlmsghdr nh;
	struct tcmsg tc;
};

struct reader {
	struct tcx__filters *filters;
	int err;
};

typedef void (*take_t)(const struct nlmsghdr *nh, struct reader *reader);

/* Attributes by their type; what is above @most is left out. */
static void sort_attributes(struct rtattr *rta, int len,
			    const struct rtattr **sorted, int most)
{
	memset(sorted, 0, (most + 1) * sizeof(*sorted));
	for (; RTA_OK(rta, len); rta = RTA_NEXT(rta, len))
		if ((rta->rta_type & NLA_TYPE_MASK) <= most)
			sorted[rta->rta_type & NLA_TYPE_MASK] = rta;
}

static __u32 number_of(const struct rtattr *rta)
{
	__u32 number = 0;

	if (rta && RTA_PAYLOAD(rta) >= sizeof(number))
		memcpy(&number, RTA_DATA(rta), sizeof(number));
	return number;
}

static bool is_text(const struct rtattr *rta, const char *text)
{
	return rta && RTA_PAYLOAD(rta) > strlen(text) &&
	       !memcmp(RTA_DATA(rta), text, strlen(text) + 1);
}

static void attributes_of(const struct nlmsghdr *nh,
			  const struct rtattr **sorted)
{
	sort_attributes(TCA_RTA(NLMSG_DATA(nh)), TCA_PAYLOAD(nh), sorted,
			TCA_MAX);
}

static void take_qdisc(const struct nlmsghdr *nh, struct reader *reader)
{
	const struct rtattr *sorted[TCA_MAX + 1];

	if (nh->nlmsg_type != RTM_NEWQDISC)
		return;
	attributes_of(nh, sorted);
	if (is_text(sorted[TCA_KIND], "clsact"))
		reader->filters->qdisc = TCX__QDISC_CLSACT;
	else if (is_text(sorted[TCA_KIND], "ingress"))
		reader->filters->qdisc = TCX__QDISC_INGRESS;
}

static void take_ours(struct reader *reader, const struct rtattr *options,
		      __u32 priority)
{
	const struct rtattr *sorted[TCA_BPF_MAX + 1];
	struct tcx__filters *filters = reader->filters;
	struct tcx__filter *filter;

	sort_attributes(RTA_DATA(options), RTA_PAYLOAD(options), sorted,
			TCA_BPF_MAX);
	if (!(number_of(sorted[TCA_BPF_FLAGS]) & TCA_BPF_FLAG_ACT_DIRECT))
		return;
	if (filters->count == sizeof(filters->ours) / sizeof(*filters->ours)) {
		reader->err = -E2BIG;
		return;
	}
	filter = &filters->ours[filters->count++];
	filter->priority = priority;
	filter->prog_id = number_of(sorted[TCA_BPF_ID]);
}

/* They come in the order of their priorities. */
static void take_filter(const struct nlmsghdr *nh, struct reader *reader)
{
	const struct tcmsg *tc = NLMSG_DATA(nh);
	__u32 priority = TC_H_MAJ(tc->tcm_info) >> 16;
	const struct rtattr *sorted[TCA_MAX + 1];

	if (nh->nlmsg_type != RTM_NEWTFILTER)
		return;
	attributes_of(nh, sorted);
	if (number_of(sorted[TCA_CHAIN]))
		return;
	reader->filters->taken[priority / 8] |= 1 << priority % 8;
	if (tc->tcm_handle == TCX__FILTER_HANDLE && sorted[TCA_OPTIONS] &&
	    is_text(sorted[TCA_KIND], "bpf"))
		take_ours(reader, sorted[TCA_OPTIONS], priority);
}

/* A message's error, or what a list ends with. */
static int result_of(const struct nlmsghdr *nh)
{
	int err = 0;

	if (nh->nlmsg_len >= NLMSG_LENGTH(sizeof(err)))
		memcpy(&err, NLMSG_DATA(nh), sizeof(err));
	return err;
}

/* Messages up to the one that ends an answer, a list's last one or the
 * acknowledgment. Returns 1 if there are more to come, 0, or a negative errno.
 */
static int take_messages(struct nlmsghdr *nh, unsigned int len, take_t take,
			 struct reader *reader)
{
	for (; NLMSG_OK(nh, len); nh = NLMSG_NEXT(nh, len)) {
		if (nh->nlmsg_type == NLMSG_DONE ||
		    nh->nlmsg_type == NLMSG_ERROR)
			return result_of(nh);
		if (nh->nlmsg_len >= NLMSG_LENGTH(sizeof(struct tcmsg)))
			take(nh, reader);
	}
	return 1;
}

static int exchange(int fd, const struct request *req, take_t take,
		    struct reader *reader)
{
	char buffer[BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n;
	int ret;

	if (send(fd, req, req->nh.nlmsg_len, 0) < 0)
		return -errno;
	do {
		do {
			n = recv(fd, buffer, sizeof(buffer), MSG_TRUNC);
		} while (n < 0 && errno == EINTR);
		if (n < 0)
			return -errno;
		if (n > (ssize_t)sizeof(buffer))
			return -EMSGSIZE;
		ret = take_messages((void *)buffer, n, take, reader);
	} while (ret > 0);
	return ret;
}

static int read_qdisc(int fd, __u32 ifindex, struct reader *reader)
{
	struct request req = {
		.nh.nlmsg_len = sizeof(req),
		.nh.nlmsg_type = RTM_GETQDISC,
		/* Whoever listens is answered; with ECHO, who asks, too. About a
		 * qdisc that has gone some kernels say nothing: ACK.
		 */
		.nh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ECHO | NLM_F_ACK,
		.tc.tcm_ifindex = ifindex,
		.tc.tcm_parent = TC_H_CLSACT,
	};
	int err = exchange(fd, &req, take_qdisc, reader);

	/* Never had one; has one no more. */
	return err == -ENOENT || err == -EINVAL ? 0 : err;
}

static int read_filters(int fd, __u32 ifindex, __u32 attach_type,
			struct reader *reader)
{
	struct request req = {
		.nh.nlmsg_len = sizeof(req),
		.nh.nlmsg_type = RTM_GETTFILTER,
		.nh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.tc.tcm_ifindex = ifindex,
		.tc.tcm_parent = TC_H_MAKE(TC_H_CLSACT,
					   attach_type == BPF_TCX_EGRESS ?
					   TC_H_MIN_EGRESS : TC_H_MIN_INGRESS),
	};

	return exchange(fd, &req, take_filter, reader);
}

int tcx__filters_read(struct tcx__filters *filters, __u32 ifindex,
		      __u32 attach_type)
{
	struct reader reader = { .filters = filters };
	int fd, err;

	memset(filters, 0, sizeof(*filters));
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	fd = tcx__fd_above_std(fd < 0 ? -errno : fd);
	if (fd < 0)
		return fd;
	err = read_qdisc(fd, ifindex, &reader);
	/* An ingress qdisc would answer about the egress with its ingress. */
	if (!err && (filters->qdisc == TCX__QDISC_CLSACT ||
		     (filters->qdisc == TCX__QDISC_INGRESS &&
		      attach_type == BPF_TCX_INGRESS)))
		err = read_filters(fd, ifindex, attach_type, &reader);
	close(fd);
	return err ? err : reader.err;
}

bool tcx__filters_taken(const struct tcx__filters *filters, __u32 priority)
{
	return filters->taken[priority / 8] & 1 << priority % 8;
}
