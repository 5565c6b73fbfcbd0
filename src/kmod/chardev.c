// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls of /dev/tcx, documented in uapi/linux/tcx_backport.h. It translates
 * requests into those of bpf(2), and answers, nothing else.
 *
 * An open file pins the module (fops.owner), and so does every request, which
 * needs one.
 */
#include <linux/build_bug.h>
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <linux/tcx_backport.h>

#include "bpf_attr.h"
#include "bpf_syscall.h"
#include "chardev.h"
#include "ksym.h"
#include "tcx.h"

/* The sizes with which these structures entered the ABI. */
#define TCX_INFO_SIZE_V1	64
#define TCX_PROG_ATTACH_SIZE_V1	32
#define TCX_PROG_DETACH_SIZE_V1	32
#define TCX_PROG_QUERY_SIZE_V1	64
#define TCX_LINK_CREATE_SIZE_V1	32

/* Read an argument of whatever age: see 'Growth' in the uapi header. */
static int tcx_arg_read(void *dst, size_t size, size_t min_size,
			const void __user *uarg, size_t usize)
{
	if (usize < min_size)
		return -EINVAL;
	return copy_struct_from_user(dst, size, uarg, usize);
}

/* Write an argument back, as much of it as the caller knows. */
static int tcx_arg_write(void __user *uarg, size_t usize, const void *src,
			 size_t size)
{
	size_t known = min(usize, size);

	if (copy_to_user(uarg, src, known) ||
	    clear_user(uarg + known, usize - known))
		return -EFAULT;
	return 0;
}

static int tcx_ioctl_info(void __user *uarg, size_t usize)
{
	struct tcx_backport_info info = {
		.magic		= TCX_BACKPORT_MAGIC,
		.abi		= TCX_BACKPORT_ABI,
		.features	= TCX_BACKPORT_FEAT_INGRESS |
				  TCX_BACKPORT_FEAT_EGRESS,
		.hook		= tcx_hook_id(),
		.attach_flags	= TCX_ATTACH_FLAGS,
		.max_progs	= TCX_MPROG_MAX,
		.progs		= tcx_progs_attached(),
	};

	BUILD_BUG_ON(sizeof(info) != TCX_INFO_SIZE_V1);
	BUILD_BUG_ON(sizeof(TCX_BACKPORT_VERSION) > sizeof(info.version));
	BUILD_BUG_ON(TCX_BACKPORT_MAX_PROGS != TCX_MPROG_MAX);
	if (usize < TCX_INFO_SIZE_V1)
		return -EINVAL;
	if (tcx_ksym_have(KSYM_FOR_LINK))
		info.features |= TCX_BACKPORT_FEAT_LINK;
	if (tcx_bpf_syscall_enabled())
		info.features |= TCX_BACKPORT_FEAT_BPF_SYSCALL;
	strscpy(info.version, TCX_BACKPORT_VERSION, sizeof(info.version));
	return tcx_arg_write(uarg, usize, &info, sizeof(info));
}

/* The caller of each of these has read the argument. Security modules are asked
 * next, about what native tcx would be asked for.
 */
static int tcx_arg_security(int cmd, union tcx_bpf_attr *attr)
{
	return tcx_bpf_attr_security(cmd, attr, TCX_BPF_ATTR_SIZE);
}

static int tcx_ioctl_prog_attach(const void __user *uarg, size_t usize)
{
	struct tcx_backport_prog_attach arg;
	union tcx_bpf_attr attr;
	int err;

	BUILD_BUG_ON(sizeof(arg) != TCX_PROG_ATTACH_SIZE_V1);
	err = tcx_arg_read(&arg, sizeof(arg), TCX_PROG_ATTACH_SIZE_V1, uarg,
			   usize);
	if (err)
		return err;

	memset(&attr, 0, sizeof(attr));
	attr.attach = (struct tcx_bpf_attach_attr) {
		.target_ifindex		= arg.ifindex,
		.attach_bpf_fd		= arg.prog_fd,
		.attach_type		= arg.attach_type,
		.attach_flags		= arg.flags,
		.replace_bpf_fd		= arg.replace_prog_fd,
		.relative		= arg.relative_fd,
		.expected_revision	= arg.expected_revision,
	};
	err = tcx_arg_security(BPF_PROG_ATTACH, &attr);
	if (err < 0)
		return err;
	return tcx_bpf_attr_attach(&attr);
}

static int tcx_ioctl_prog_detach(const void __user *uarg, size_t usize)
{
	struct tcx_backport_prog_detach arg;
	union tcx_bpf_attr attr;
	int err;

	BUILD_BUG_ON(sizeof(arg) != TCX_PROG_DETACH_SIZE_V1);
	err = tcx_arg_read(&arg, sizeof(arg), TCX_PROG_DETACH_SIZE_V1, uarg,
			   usize);
	if (err)
		return err;

	memset(&attr, 0, sizeof(attr));
	attr.attach = (struct tcx_bpf_attach_attr) {
		.target_ifindex		= arg.ifindex,
		.attach_bpf_fd		= arg.prog_fd,
		.attach_type		= arg.attach_type,
		.attach_flags		= arg.flags,
		.relative		= arg.relative_fd,
		.expected_revision	= arg.expected_revision,
	};
	err = tcx_arg_security(BPF_PROG_DETACH, &attr);
	if (err < 0)
		return err;
	if (arg.reserved)
		return -EINVAL;
	return tcx_bpf_attr_detach(&attr);
}

static int tcx_ioctl_prog_query(void __user *uarg, size_t usize)
{
	struct tcx_backport_prog_query arg;
	struct tcx_prog_query_result res;
	struct tcx_prog_query req;
	union tcx_bpf_attr attr;
	int err;

	BUILD_BUG_ON(sizeof(arg) != TCX_PROG_QUERY_SIZE_V1);
	err = tcx_arg_read(&arg, sizeof(arg), TCX_PROG_QUERY_SIZE_V1, uarg,
			   usize);
	if (err)
		return err;

	memset(&attr, 0, sizeof(attr));
	attr.query = (struct tcx_bpf_query_attr) {
		.target_ifindex		= arg.ifindex,
		.attach_type		= arg.attach_type,
		.query_flags		= arg.query_flags,
		.attach_flags		= arg.attach_flags,
		.prog_ids		= arg.prog_ids,
		.count			= arg.count,
		.prog_attach_flags	= arg.prog_attach_flags,
		.link_ids		= arg.link_ids,
		.link_attach_flags	= arg.link_attach_flags,
	};
	err = tcx_arg_security(BPF_PROG_QUERY, &attr);
	if (err < 0)
		return err;
	if (arg.reserved)
		return -EINVAL;
	err = tcx_bpf_attr_query(&attr, &req, &res);
	if (err)
		return err;

	arg.count = res.count;
	arg.revision = res.revision;
	err = tcx_arg_write(uarg, usize, &arg, sizeof(arg));
	if (err)
		return err;
	return tcx_prog_query_copy_arrays(&req, &res);
}

static int tcx_ioctl_link_create(const void __user *uarg, size_t usize)
{
	struct tcx_backport_link_create arg;
	union tcx_bpf_attr attr;
	int err;

	BUILD_BUG_ON(sizeof(arg) != TCX_LINK_CREATE_SIZE_V1);
	err = tcx_arg_read(&arg, sizeof(arg), TCX_LINK_CREATE_SIZE_V1, uarg,
			   usize);
	if (err)
		return err;

	memset(&attr, 0, sizeof(attr));
	attr.link_create = (struct tcx_bpf_link_create_attr) {
		.prog_fd		= arg.prog_fd,
		.target_ifindex		= arg.ifindex,
		.attach_type		= arg.attach_type,
		.flags			= arg.flags,
		.relative		= arg.relative_fd,
		.expected_revision	= arg.expected_revision,
	};
	err = tcx_arg_security(BPF_LINK_CREATE, &attr);
	if (err < 0)
		return err;
	if (arg.reserved || arg.flags & ~TCX_ATTACH_FLAGS)
		return -EINVAL;
	return tcx_bpf_attr_link_create(&attr);
}

/* Requests are told apart by their number alone: the size, part of the ioctl
 * command as well, is that of the caller's structure.
 */
static long tcx_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;
	size_t usize = _IOC_SIZE(cmd);

#define TCX_IOC(cmd)	((cmd) & ~IOCSIZE_MASK)
	switch (TCX_IOC(cmd)) {
	case TCX_IOC(TCX_BACKPORT_INFO):
		return tcx_ioctl_info(uarg, usize);
	case TCX_IOC(TCX_BACKPORT_PROG_ATTACH):
		return tcx_ioctl_prog_attach(uarg, usize);
	case TCX_IOC(TCX_BACKPORT_PROG_DETACH):
		return tcx_ioctl_prog_detach(uarg, usize);
	case TCX_IOC(TCX_BACKPORT_PROG_QUERY):
		return tcx_ioctl_prog_query(uarg, usize);
	case TCX_IOC(TCX_BACKPORT_LINK_CREATE):
		return tcx_ioctl_link_create(uarg, usize);
	default:
		return -ENOTTY;
	}
#undef TCX_IOC
}

/* Set by the module's init, which cannot fail any more once the device can be
 * opened: no long wait.
 */
static DECLARE_COMPLETION(tcx_chardev_opened);

static int tcx_open(struct inode *inode, struct file *file)
{
	wait_for_completion(&tcx_chardev_opened);
	return 0;
}

static const struct file_operations tcx_fops = {
	.owner		= THIS_MODULE,
	.open		= tcx_open,
	.unlocked_ioctl	= tcx_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.llseek		= noop_llseek,
};

static struct miscdevice tcx_miscdev = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "tcx",
	.fops	= &tcx_fops,
	.mode	= 0600,
};

int tcx_chardev_init(void)
{
	return misc_register(&tcx_miscdev);
}

void tcx_chardev_open(void)
{
	complete_all(&tcx_chardev_opened);
}

void tcx_chardev_exit(void)
{
	misc_deregister(&tcx_miscdev);
}
