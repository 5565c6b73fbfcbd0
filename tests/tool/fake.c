// SPDX-License-Identifier: GPL-2.0
/* Preloaded: plays the module's device, whose ioctls it turns into bpf(2). */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/tcx_backport.h>

static int request(int cmd, __u32 *a, unsigned int size)
{
	return syscall(__NR_bpf, cmd, a, size);
}

int ioctl(int fd, unsigned long cmd, ...)
{
	int (*real)(int fd, unsigned long cmd, ...) = dlsym(RTLD_NEXT, "ioctl");
	const char *abi = getenv("FAKE_ABI"), *links = getenv("FAKE_NO_LINKS");
	const char *version = getenv("FAKE_VERSION");
	struct tcx_backport_link_create *li;
	struct tcx_backport_prog_attach *at;
	struct tcx_backport_prog_detach *de;
	struct tcx_backport_prog_query *q;
	struct tcx_backport_info *info;
	va_list args;
	void *arg;
	int err;

	va_start(args, cmd);
	arg = va_arg(args, void *);
	va_end(args);
	if (_IOC_TYPE(cmd) != TCX_BACKPORT_IOC_MAGIC)
		return real(fd, cmd, arg);
	switch (cmd) {
	case TCX_BACKPORT_INFO:
		info = arg;
		*info = (struct tcx_backport_info){
			.magic = TCX_BACKPORT_MAGIC,
			.abi = abi ? atoi(abi) : TCX_BACKPORT_ABI,
			.version = "9.8.7",
			.features = TCX_BACKPORT_FEAT_INGRESS | TCX_BACKPORT_FEAT_EGRESS |
				    (links ? 0 : TCX_BACKPORT_FEAT_LINK) |
				    (getenv("FAKE_BPF_SYSCALL") ? TCX_BACKPORT_FEAT_BPF_SYSCALL : 0),
			.hook = getenv("FAKE_HOOK_TC") ? TCX_BACKPORT_HOOK_TC :
							 TCX_BACKPORT_HOOK_NETFILTER,
			.max_progs = 63,
		};
		if (version)
			strncpy(info->version, version, sizeof(info->version) - 1);
		return 0;
	case TCX_BACKPORT_PROG_ATTACH:
		at = arg;
		__u32 a[8] = { at->ifindex, at->prog_fd, at->attach_type, at->flags,
			       at->replace_prog_fd, at->relative_fd };
		memcpy(&a[6], &at->expected_revision, 8);
		return request(BPF_PROG_ATTACH, a, sizeof(a));
	case TCX_BACKPORT_PROG_DETACH:
		de = arg;
		__u32 d[8] = { de->ifindex, de->prog_fd, de->attach_type, de->flags,
			       0, de->relative_fd };
		memcpy(&d[6], &de->expected_revision, 8);
		return request(BPF_PROG_DETACH, d, sizeof(d));
	case TCX_BACKPORT_PROG_QUERY:
		q = arg;
		__u32 b[16] = { q->ifindex, q->attach_type, q->query_flags, q->attach_flags };
		memcpy(&b[4], &q->prog_ids, 8);
		b[6] = q->count;
		memcpy(&b[8], &q->prog_attach_flags, 8);
		memcpy(&b[10], &q->link_ids, 8);
		memcpy(&b[12], &q->link_attach_flags, 8);
		err = request(BPF_PROG_QUERY, b, sizeof(b));
		q->count = b[6];
		memcpy(&q->revision, &b[14], 8);
		return err;
	}
	if (cmd == TCX_BACKPORT_LINK_CREATE && !links) {
		li = arg;
		__u32 c[8] = { li->prog_fd, li->ifindex, li->attach_type, li->flags,
			       li->relative_fd };
		memcpy(&c[6], &li->expected_revision, 8);
		return request(BPF_LINK_CREATE, c, sizeof(c));
	}
	errno = links ? atoi(links) : ENOTTY;
	return -1;
}
