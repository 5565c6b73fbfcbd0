// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include <bpf/libbpf.h>

#include "bpf_progs.h"
#include "legacy.h"

static int quiet(enum tcx_print_level level, const char *format, va_list args)
{
	return 0;
}

void legacy_quiet(void)
{
	tcx_set_print(quiet);
	libbpf_set_print(NULL);
}

void legacy_best(void)
{
	tcx_set_legacy(TCX_LEGACY_BEST);
}

int egress_put(int ifindex, int fd, __u32 flags, int relative)
{
	TCX_OPTS(tcx_attach_opts, opts, .flags = flags, .relative_fd = relative);

	return tcx_prog_attach(ifindex, EGRESS, fd, &opts);
}

int egress_take(int ifindex, int fd, __u32 flags, int relative)
{
	TCX_OPTS(tcx_detach_opts, opts, .flags = flags, .relative_fd = relative);

	return tcx_prog_detach(ifindex, EGRESS, fd, &opts);
}

struct listed legacy_list(int ifindex, int type)
{
	struct listed l = { .revision = ~0ULL };
	TCX_OPTS(tcx_query_opts, query, .count = 64, .prog_ids = l.ids,
		 .prog_attach_flags = l.flags, .link_ids = l.links);

	memset(l.flags, 0xff, sizeof(l.flags));
	memset(l.links, 0xff, sizeof(l.links));
	l.ret = tcx_prog_query(ifindex, type, &query);
	l.count = query.count;
	l.revision = query.revision;
	return l;
}

bool egress_has(int ifindex, int n, const int *fds)
{
	struct listed l = legacy_list(ifindex, EGRESS);
	int i;

	if (l.ret || l.count != (__u32)n || l.revision)
		return false;
	for (i = 0; i < n; i++)
		if (l.ids[i] != (__u32)prog_id(fds[i]) || l.flags[i] ||
		    l.links[i])
			return false;
	return true;
}
