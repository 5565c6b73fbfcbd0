// SPDX-License-Identifier: GPL-2.0
#include "point.h"

int point_new(struct point *p)
{
	int space = netns_new();

	if (space < 0)
		return space;
	*p = (struct point){ dummy_add("dev"), BPF_TCX_INGRESS };
	return p->ifindex < 0 ? p->ifindex : space;
}

struct point_state point_query(const struct point *p)
{
	struct point_state state = {};
	struct sys_query q = { .count = 64, .prog_ids = state.ids };

	state.ret = sys_prog_query(p->ifindex, p->type, &q);
	state.count = q.count;
	state.revision = q.revision;
	return state;
}

int point_attach(const struct point *p, int prog_fd)
{
	return sys_prog_attach(p->ifindex, p->type, prog_fd, 0, 0, 0, 0);
}

int point_detach(const struct point *p, int prog_fd)
{
	return sys_prog_detach(p->ifindex, p->type, prog_fd, 0, 0, 0);
}

int point_link(const struct point *p, int prog_fd)
{
	return sys_link_create(p->ifindex, p->type, prog_fd, 0, 0, 0);
}

int fdinfo_read(int fd, char *text, size_t size, size_t step)
{
	char path[64];
	size_t len = 0;
	ssize_t n;
	int file;

	snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", fd);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -errno;
	do {
		n = read(file, text + len, step < size - 1 - len ?
					   step : size - 1 - len);
		len += n > 0 ? n : 0;
	} while (n > 0);
	close(file);
	text[len] = '\0';
	return n < 0 ? -errno : 0;
}

void fdinfo_expected(int fd, const struct point *p, int prog_fd, char *text,
		     size_t size)
{
	struct bpf_prog_info info = {};
	char tag[2 * BPF_TAG_SIZE + 1];
	int i;

	info_get(prog_fd, &info, sizeof(info));
	for (i = 0; i < BPF_TAG_SIZE; i++)
		sprintf(tag + 2 * i, "%02x", info.tag[i]);
	snprintf(text, size,
		 "link_type:\ttcx\nlink_id:\t%d\nprog_tag:\t%s\n"
		 "prog_id:\t%u\nifindex:\t%d\nattach_type:\t%d (%s)\n",
		 link_id(fd), tag, info.id, p->ifindex, p->type,
		 p->type == BPF_TCX_INGRESS ? "ingress" : "egress");
}
