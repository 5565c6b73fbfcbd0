// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>

#include "link.h"
#include "ops.h"
#include "world.h"

struct outcome outcomes[KINDS], netkit_outcomes[NETKIT_KINDS];
_Atomic unsigned int surprises;

void surprise(const char *fmt, ...)
{
	va_list args;

	if (surprises++ > 20)
		return;
	va_start(args, fmt);
	printf("# SURPRISE: ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
}

static bool errno_known(int err)
{
	static const short known[] = {
		EPERM, ENOENT, E2BIG, EBADF, ENOMEM, EFAULT, EBUSY, EEXIST,
		ENODEV, EINVAL, ENFILE, EMFILE, ENOTTY, ENOSPC, ERANGE,
		ENOLINK, ESTALE, EOPNOTSUPP,
		ENXIO, EACCES,	/* netkit: another kind of device, the peer */
		EBADFD,	/* the kernel, of an fd that is not open */
	};
	unsigned int i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (err == known[i])
			return true;
	return false;
}

static int node_ioctl(const struct op *op, unsigned long cmd, void *arg)
{
	int ret = ioctl(world.node[op->interface / 2 % NODES], cmd, arg);

	return ret < 0 ? -errno : ret;
}

static uint64_t revision(const struct op *op, uint32_t ifindex, uint32_t type)
{
	struct tcx_backport_prog_query q = {
		.ifindex = ifindex,
		.attach_type = type,
	};

	if (op->revision < 200)
		return 0;
	if (op->revision >= 250)
		return op->revision - 249;
	node_ioctl(op, TCX_BACKPORT_PROG_QUERY, &q);
	return q.revision;
}

static int op_attach(const struct op *op)
{
	uint32_t flags = world_flags(op->flags, op->odd);
	struct tcx_backport_prog_attach arg = {
		.ifindex = world_target(op->dev, op->type),
		.attach_type = world_type(op->type),
		.prog_fd = world_prog(op->prog),
		.flags = flags,
		.replace_prog_fd = world_prog(op->other),
		.relative_fd = world_relative(op->relative, flags),
	};
	union sys_attr attr = {};

	arg.expected_revision = revision(op, arg.ifindex, arg.attach_type);
	if (!(op->interface & 1))
		return node_ioctl(op, TCX_BACKPORT_PROG_ATTACH,
				  world_memory(op->odd, sizeof(arg), &arg));
	attr.attach.target_ifindex = arg.ifindex;
	attr.attach.attach_bpf_fd = arg.prog_fd;
	attr.attach.attach_type = arg.attach_type;
	attr.attach.attach_flags = flags;
	attr.attach.replace_bpf_fd = arg.replace_prog_fd;
	attr.attach.relative = arg.relative_fd;
	attr.attach.expected_revision = arg.expected_revision;
	return sys_bpf(BPF_PROG_ATTACH, &attr, op->odd % 3 ? 32 : sizeof(attr));
}

static int op_detach(const struct op *op)
{
	uint32_t flags = world_flags(op->flags, op->odd);
	struct tcx_backport_prog_detach arg = {
		.ifindex = world_target(op->dev, op->type),
		.attach_type = world_type(op->type),
		.prog_fd = op->extra % 3 ? world_prog(op->prog) : 0,
		.flags = flags,
		.relative_fd = world_relative(op->relative, flags),
		.reserved = op->odd == 200,
	};
	union sys_attr attr = {};

	arg.expected_revision = revision(op, arg.ifindex, arg.attach_type);
	if (!(op->interface & 1))
		return node_ioctl(op, TCX_BACKPORT_PROG_DETACH,
				  world_memory(op->odd, sizeof(arg), &arg));
	attr.attach.target_ifindex = arg.ifindex;
	attr.attach.attach_bpf_fd = arg.prog_fd;
	attr.attach.attach_type = arg.attach_type;
	attr.attach.attach_flags = flags;
	attr.attach.replace_bpf_fd = op->odd == 200;
	attr.attach.relative = arg.relative_fd;
	attr.attach.expected_revision = arg.expected_revision;
	return sys_bpf(BPF_PROG_DETACH, &attr, op->odd % 3 ? 32 : sizeof(attr));
}

static void query_check(uint32_t capacity, uint32_t count, uint64_t revision,
			const uint32_t *ids)
{
	uint32_t i, j;

	if (count > TCX_BACKPORT_MAX_PROGS || !revision)
		surprise("query: %u programs, revision %llu", count,
			 (unsigned long long)revision);
	for (i = 0; i < count && i < capacity; i++)
		for (j = 0; j < i; j++)
			if (ids[i] == ids[j] || !ids[i])
				surprise("query: program %u twice", ids[i]);
}

static int op_query(const struct op *op)
{
	static const uint32_t capacities[8] = { 64, 64, 63, 0, 1, 3, -1, 64 };
	uint32_t ids[64] = {}, flags[64], links[64], link_flags[64];
	struct tcx_backport_prog_query arg = {
		.ifindex = world_target(op->dev, op->type),
		.attach_type = world_type(op->type),
		.query_flags = op->odd == 201,
		.attach_flags = op->odd == 202,
		.count = capacities[op->extra & 7],
		.reserved = op->odd == 203,
		.prog_ids = (uintptr_t)ids,
	};
	struct sys_query q = { 0 };
	bool plain = op->odd >> 2 < 60;
	union sys_attr attr = {};
	int ret;

	if (op->other & 1)
		arg.prog_attach_flags = (uintptr_t)world_memory(op->relative,
								256, flags);
	if (op->other & 2)
		arg.link_ids = (uintptr_t)world_memory(op->prog, 256, links);
	if (op->other & 4)
		arg.link_attach_flags = (uintptr_t)world_memory(op->revision,
								256, link_flags);
	if (!plain)
		arg.prog_ids = (uintptr_t)world_memory(op->odd, 256, ids);
	q.count = arg.count;
	if (!(op->interface & 1)) {
		ret = node_ioctl(op, TCX_BACKPORT_PROG_QUERY, &arg);
		if (plain && (!ret || ret == -ENOSPC))
			query_check(q.count, arg.count, arg.revision, ids);
		return ret;
	}
	attr.query.target_ifindex = arg.ifindex;
	attr.query.attach_type = arg.attach_type;
	attr.query.query_flags = arg.query_flags;
	attr.query.attach_flags = arg.attach_flags;
	attr.query.count = arg.count;
	attr.query.prog_ids = arg.prog_ids;
	attr.query.prog_attach_flags = arg.prog_attach_flags;
	attr.query.link_ids = arg.link_ids;
	attr.query.link_attach_flags = arg.link_attach_flags;
	ret = sys_bpf(BPF_PROG_QUERY, &attr,
		      op->odd % 3 ? 64 : op->odd % 5 ? sizeof(attr) : 40);
	/* Switched off, the kernel answers as one without tcx. */
	if (plain && op->odd % 3 && (!ret || ret == -ENOSPC))
		query_check(q.count, attr.query.count, attr.query.revision, ids);
	return ret;
}

static int op_link_create(const struct op *op)
{
	uint32_t flags = world_flags(op->flags, op->odd);
	struct tcx_backport_link_create arg = {
		.ifindex = world_target(op->dev, op->type),
		.attach_type = world_type(op->type),
		.prog_fd = world_prog(op->prog),
		.flags = flags,
		.relative_fd = world_relative(op->relative, flags),
		.reserved = op->odd == 200,
	};
	union sys_attr attr = {};
	int ret;

	arg.expected_revision = revision(op, arg.ifindex, arg.attach_type);
	if (!(op->interface & 1)) {
		ret = node_ioctl(op, TCX_BACKPORT_LINK_CREATE,
				 world_memory(op->odd, sizeof(arg), &arg));
	} else {
		attr.link_create.prog_fd = arg.prog_fd;
		attr.link_create.target_ifindex = arg.ifindex;
		attr.link_create.attach_type = arg.attach_type;
		attr.link_create.flags = flags;
		attr.link_create.relative = arg.relative_fd;
		attr.link_create.pad = op->odd == 200;
		attr.link_create.expected_revision = arg.expected_revision;
		ret = sys_bpf(BPF_LINK_CREATE, &attr,
			      op->odd % 3 ? 60 : sizeof(attr));
	}
	if (ret >= 0)
		world_keep_link(op->extra, ret);
	return ret;
}

static int op_raw_ioctl(const struct op *op)
{
	static const uint16_t sizes[8] = { 0, 4, 31, 32, 40, 64, 128, 4096 };
	unsigned int size = sizes[op->extra & 7];
	unsigned char buf[4096] = {};
	uint64_t rng = op->extra << 16 | op->other << 8 | op->relative;
	unsigned int i, nr = op->dev % 8;

	/* The beginning of a request, so that more than the length is judged. */
	((uint32_t *)buf)[0] = world_ifindex(op->other);
	((uint32_t *)buf)[1] = world_type(op->type);
	((uint32_t *)buf)[2] = world_prog(op->prog);
	for (i = 0; i < op->revision % 8; i++)
		buf[rng_below(&rng, size ? size : 1)] = rng_next(&rng);
	if (op->revision & 0x80) {
		char *end = world.guarded + world.page - (size < world.page ?
							  size : world.page);

		memcpy(end, buf, size < world.page ? size : world.page);
		return node_ioctl(op, _IOC(op->flags & 3,
					   TCX_BACKPORT_IOC_MAGIC, nr, size),
				  end);
	}
	return node_ioctl(op, _IOC(op->flags & 3, op->odd == 99 ? 'x' :
				   TCX_BACKPORT_IOC_MAGIC, nr, size),
			  world_memory(op->odd, size, buf));
}

static int op_raw_bpf(const struct op *op)
{
	static const int cmds[4] = {
		BPF_PROG_ATTACH, BPF_PROG_DETACH, BPF_PROG_QUERY,
		BPF_LINK_CREATE,
	};
	static const uint16_t sizes[16] = {
		0, 8, 11, 12, 16, 20, 31, 32, 40, 60, 64, 65, 120, 152, 160, 4096,
	};
	unsigned int size = sizes[op->extra & 15], i;
	uint64_t rng = op->extra << 16 | op->other << 8 | op->relative;
	int cmd = cmds[op->dev & 3];
	uint32_t words[1025] = {};
	void *where;

	words[0] = cmd == BPF_LINK_CREATE ? (uint32_t)world_prog(op->prog) :
					    world_ifindex(op->other);
	words[1] = cmd == BPF_PROG_QUERY ? world_type(op->type) :
		   cmd == BPF_LINK_CREATE ? world_ifindex(op->other) :
					    (uint32_t)world_prog(op->prog);
	if (cmd != BPF_PROG_QUERY)
		words[2] = world_type(op->type);
	for (i = 0; i < op->revision % 8; i++)
		((char *)words)[rng_below(&rng, size ? size : 1)] =
			rng_next(&rng);
	if (op->odd == 77)
		size = 4100;
	where = world_memory(op->odd, size, words);
	if (where != words && size <= world.page && op->odd >> 2 == 63)
		memcpy(where, words, size);
	i = sys_bpf(cmd, where, size);
	/* It is tcx's own or nobody's: no other type is asked for, mostly. */
	if (cmd == BPF_LINK_CREATE && (int)i >= 0)
		close(i);
	return i;
}

int op_device(const struct op *op)
{
	int dev = FIRST_IFINDEX + op->dev % DEVICES;

	switch (op->extra % 6) {
	case 0:
		return link_del(dev);
	case 1:
		return link_move(dev, world.netns[op->extra / 6 % 2]);
	default:
		return device_add(op->dev % DEVICES);
	}
}

static int op_fdinfo(const struct op *op)
{
	char path[64], text[1024];
	int fd, ret;

	snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d",
		 world_link(op->prog));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = read(fd, text, sizeof(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static int op_node(const struct op *op)
{
	int fd = open(TCX_BACKPORT_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(atomic_exchange(&world.node[op->extra % NODES], fd));
	return 0;
}

static int op_packet(const struct op *op)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), ret, i;

	if (fd < 0)
		return -errno;
	for (i = ret = 0; i < 4; i++)
		ret = traffic_send(fd, FIRST_IFINDEX + (op->dev + i) % DEVICES);
	close(fd);
	if (write(world.wire, traffic_frame, sizeof(traffic_frame)) < 0)
		return -errno;
	return ret;
}

static int op_link(const struct op *op)
{
	union bpf_attr attr = {};
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "/sys/fs/bpf/fuzz%d", op->extra % PINS);
	switch (op->kind) {
	case LINK_UPDATE:
		return tcx_link_update_flags(world_link(op->relative),
					     world_prog(op->prog),
					     op->flags & 4 ? BPF_F_REPLACE : 0,
					     op->flags & 4 ?
					     world_prog(op->other) : 0);
	case LINK_DETACH:
		return tcx_link_detach(world_link(op->relative));
	case LINK_INFO:
		ret = info_get(world_link(op->relative), &attr,
			       op->extra % sizeof(attr));
		return ret;
	case LINK_BY_ID:
		ret = tcx_link_by_id(world.link_ids[op->relative % LINKS]);
		break;
	case LINK_NEXT_ID:
		ret = tcx_link_next_id(op->extra % 4 ?
				       world.link_ids[op->relative % LINKS] - 1 :
				       op->extra);
		return ret > 0 ? 0 : ret;
	case LINK_PIN:
		return obj_pin(world_link(op->relative), path);
	case LINK_GET:
		ret = obj_get(path);
		break;
	case LINK_UNPIN:
		return unlink(path) ? -errno : 0;
	default:
		ret = atomic_exchange(&world.link[op->relative % LINKS], -1);
		return ret < 0 ? -ENOENT : close(ret) ? -errno : 0;
	}
	if (ret >= 0)
		world_keep_link(op->extra >> 8, ret);
	return ret;
}

int op_qdisc(const struct op *op)
{
	int dev = FIRST_IFINDEX + op->dev % DEVICES;

	switch (op->extra % 8) {
	case 0:
		return qdisc_del(dev);
	case 1:
		return qdisc_add(dev, "ingress");
	case 2:
	case 3:
		return qdisc_add(dev, "clsact");
	case 4:
		return classic_filter(dev, op->extra & 8, 0);
	default:
		return classic_filter(dev, op->extra & 8,
				      world.prog[op->prog % PROGS]);
	}
}

static int op_info(const struct op *op)
{
	struct tcx_backport_info info = {};
	int ret = node_ioctl(op, TCX_BACKPORT_INFO,
			     world_memory(op->odd, sizeof(info), &info));

	if (!ret && op->odd >> 2 < 60 && info.magic != TCX_BACKPORT_MAGIC)
		surprise("info: magic %#x", info.magic);
	return ret;
}

static void count(struct outcome *outcome, int ret)
{
	outcome->done++;
	outcome->succeeded += ret >= 0;
}

void op_do(const struct op *op)
{
	bool ours = true;
	int ret;

	switch (op->kind) {
	case ATTACH:
		ret = op_attach(op);
		break;
	case DETACH:
		ret = op_detach(op);
		break;
	case QUERY:
		ret = op_query(op);
		break;
	case LINK_CREATE:
		ret = op_link_create(op);
		break;
	case INFO:
		ret = op_info(op);
		break;
	case RAW_IOCTL:
		ret = op_raw_ioctl(op);
		break;
	case RAW_BPF:
		ret = op_raw_bpf(op);
		break;
	case NODE:
		ret = op_node(op);
		break;
	case NETNS:
		ret = netns_enter(world.netns[op->extra & 1]);
		ours = false;
		break;
	case DEVICE:
		ret = op_device(op);
		ours = false;
		break;
	case QDISC:
		ret = op_qdisc(op);
		ours = false;
		break;
	case PACKET:
		ret = op_packet(op);
		ours = false;
		break;
	case LINK_FDINFO:
		ret = op_fdinfo(op);
		break;
	default:
		ret = op_link(op);
	}
	count(&outcomes[op->kind], ret);
	if (op->kind < NETKIT_KINDS && type_is_netkit(world_type(op->type)))
		count(&netkit_outcomes[op->kind], ret);
	if (ret < 0 && ours && !errno_known(-ret))
		surprise("%s: %s (%d)", kind_names[op->kind], strerror(-ret),
			 -ret);
}
