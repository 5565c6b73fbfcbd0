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
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <linux/tcx_backport.h>

#include "core/attach.h"
#include "core/family.h"
#include "core/ksym.h"
#include "core/request.h"
#include "interface/bpf_attr.h"
#include "interface/bpf_syscall.h"
#include "interface/chardev.h"
#include "tcx/tcx.h"

/* The argument of whichever request. */
union tcx_ioctl_arg {
	struct tcx_backport_info	info;
	struct tcx_backport_prog_attach	prog_attach;
	struct tcx_backport_prog_detach	prog_detach;
	struct tcx_backport_prog_query	prog_query;
	struct tcx_backport_link_create	link_create;
};

/* Write an argument back, as much of it as the caller knows. */
static int tcx_ioctl_answer(void __user *uarg, size_t usize, const void *src,
			    size_t size)
{
	size_t known = min(usize, size);

	if (copy_to_user(uarg, src, known) ||
	    clear_user(uarg + known, usize - known))
		return -EFAULT;
	return 0;
}

static int tcx_ioctl_info(union tcx_ioctl_arg *arg, void __user *uarg,
			  size_t usize)
{
	struct tcx_backport_info *info = &arg->info;

	*info = (struct tcx_backport_info) {
		.magic		= TCX_BACKPORT_MAGIC,
		.abi		= TCX_BACKPORT_ABI,
		.features	= TCX_BACKPORT_FEAT_INGRESS |
				  TCX_BACKPORT_FEAT_EGRESS |
				  tcx_family_features(),
		.hook		= tcx_hook_id(),
		.attach_flags	= TCX_ATTACH_FLAGS,
		.max_progs	= TCX_MPROG_MAX,
		.progs		= tcx_progs_attached(),
	};

	BUILD_BUG_ON(sizeof(TCX_BACKPORT_VERSION) > sizeof(info->version));
	BUILD_BUG_ON(TCX_BACKPORT_MAX_PROGS != TCX_MPROG_MAX);
	if (tcx_ksym_have(KSYM_FOR_LINK))
		info->features |= TCX_BACKPORT_FEAT_LINK;
	if (tcx_bpf_syscall_enabled())
		info->features |= TCX_BACKPORT_FEAT_BPF_SYSCALL;
	strscpy(info->version, TCX_BACKPORT_VERSION, sizeof(info->version));
	return tcx_ioctl_answer(uarg, usize, info, sizeof(*info));
}

/* The first thing after the argument has been read: security modules are asked
 * about what native tcx would be asked for.
 */
static int tcx_ioctl_security(int cmd, union tcx_bpf_attr *attr)
{
	return tcx_bpf_attr_security(cmd, attr, TCX_BPF_ATTR_SIZE);
}

static int tcx_ioctl_prog_attach(union tcx_ioctl_arg *uni, void __user *uarg,
				 size_t usize)
{
	const struct tcx_backport_prog_attach *arg = &uni->prog_attach;
	union tcx_bpf_attr attr;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.attach = (struct tcx_bpf_attach_attr) {
		.target_ifindex		= arg->ifindex,
		.attach_bpf_fd		= arg->prog_fd,
		.attach_type		= arg->attach_type,
		.attach_flags		= arg->flags,
		.replace_bpf_fd		= arg->replace_prog_fd,
		.relative		= arg->relative_fd,
		.expected_revision	= arg->expected_revision,
	};
	err = tcx_ioctl_security(BPF_PROG_ATTACH, &attr);
	if (err < 0)
		return err;
	return tcx_bpf_attr_attach(&attr);
}

static int tcx_ioctl_prog_detach(union tcx_ioctl_arg *uni, void __user *uarg,
				 size_t usize)
{
	const struct tcx_backport_prog_detach *arg = &uni->prog_detach;
	union tcx_bpf_attr attr;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.attach = (struct tcx_bpf_attach_attr) {
		.target_ifindex		= arg->ifindex,
		.attach_bpf_fd		= arg->prog_fd,
		.attach_type		= arg->attach_type,
		.attach_flags		= arg->flags,
		.relative		= arg->relative_fd,
		.expected_revision	= arg->expected_revision,
	};
	err = tcx_ioctl_security(BPF_PROG_DETACH, &attr);
	if (err < 0)
		return err;
	if (arg->reserved)
		return -EINVAL;
	return tcx_bpf_attr_detach(&attr);
}

static int tcx_ioctl_prog_query(union tcx_ioctl_arg *uni, void __user *uarg,
				size_t usize)
{
	struct tcx_backport_prog_query *arg = &uni->prog_query;
	struct tcx_query_result res;
	struct tcx_query query;
	union tcx_bpf_attr attr;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.query = (struct tcx_bpf_query_attr) {
		.target_ifindex		= arg->ifindex,
		.attach_type		= arg->attach_type,
		.query_flags		= arg->query_flags,
		.attach_flags		= arg->attach_flags,
		.prog_ids		= arg->prog_ids,
		.count			= arg->count,
		.prog_attach_flags	= arg->prog_attach_flags,
		.link_ids		= arg->link_ids,
		.link_attach_flags	= arg->link_attach_flags,
	};
	err = tcx_ioctl_security(BPF_PROG_QUERY, &attr);
	if (err < 0)
		return err;
	if (arg->reserved)
		return -EINVAL;
	err = tcx_bpf_attr_query(&attr, &query, &res);
	if (err)
		return err;

	arg->count = res.count;
	arg->revision = res.revision;
	err = tcx_ioctl_answer(uarg, usize, arg, sizeof(*arg));
	if (err)
		return err;
	return tcx_prog_query_copy_arrays(&query, &res);
}

static int tcx_ioctl_link_create(union tcx_ioctl_arg *uni, void __user *uarg,
				 size_t usize)
{
	const struct tcx_backport_link_create *arg = &uni->link_create;
	union tcx_bpf_attr attr;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.link_create = (struct tcx_bpf_link_create_attr) {
		.prog_fd		= arg->prog_fd,
		.target_ifindex		= arg->ifindex,
		.attach_type		= arg->attach_type,
		.flags			= arg->flags,
		.relative		= arg->relative_fd,
		.expected_revision	= arg->expected_revision,
	};
	err = tcx_ioctl_security(BPF_LINK_CREATE, &attr);
	if (err < 0)
		return err;
	if (arg->reserved || arg->flags & ~TCX_ATTACH_FLAGS)
		return -EINVAL;
	return tcx_bpf_attr_link_create(&attr);
}

/* A request: how large its structure is and was when it entered the ABI. Nothing
 * of what is only written is read.
 */
struct tcx_ioctl {
	unsigned int	cmd;
	size_t		min_size;
	bool		reads;
	int		(*handler)(union tcx_ioctl_arg *arg, void __user *uarg,
				   size_t usize);
};

static const struct tcx_ioctl tcx_ioctls[] = {
	{ TCX_BACKPORT_INFO, 64, false, tcx_ioctl_info },
	{ TCX_BACKPORT_PROG_ATTACH, 32, true, tcx_ioctl_prog_attach },
	{ TCX_BACKPORT_PROG_DETACH, 32, true, tcx_ioctl_prog_detach },
	{ TCX_BACKPORT_PROG_QUERY, 64, true, tcx_ioctl_prog_query },
	{ TCX_BACKPORT_LINK_CREATE, 32, true, tcx_ioctl_link_create },
};

/* Requests are told apart by their number alone: the size, part of the ioctl
 * command as well, is that of the caller's structure.
 */
static const struct tcx_ioctl *tcx_ioctl_find(unsigned int cmd)
{
	const struct tcx_ioctl *ioctl;

	for (ioctl = tcx_ioctls; ioctl < tcx_ioctls + ARRAY_SIZE(tcx_ioctls);
	     ioctl++)
		if (!((ioctl->cmd ^ cmd) & ~IOCSIZE_MASK))
			return ioctl;
	return NULL;
}

/* Set by the module's init, which cannot fail any more once the device can be
 * opened, but may wait for somebody: see tcx_hook_open(). Requests wait for it,
 * and open() does not, since misc_open() holds misc_mtx meanwhile, and with it
 * keeps everybody from opening any misc device.
 */
static DECLARE_COMPLETION(tcx_chardev_opened);

static long tcx_ioctl(struct file *file, unsigned int cmd, unsigned long uarg)
{
	const struct tcx_ioctl *ioctl = tcx_ioctl_find(cmd);
	void __user *user = (void __user *)uarg;
	size_t usize = _IOC_SIZE(cmd);
	union tcx_ioctl_arg arg;
	int err;

	err = wait_for_completion_killable(&tcx_chardev_opened);
	if (err)
		return err;
	if (!ioctl)
		return -ENOTTY;
	if (usize < ioctl->min_size)
		return -EINVAL;
	if (ioctl->reads) {
		/* Of whatever age: see 'Growth' in the uapi header. */
		err = copy_struct_from_user(&arg, _IOC_SIZE(ioctl->cmd), user,
					    usize);
		if (err)
			return err;
	}
	return ioctl->handler(&arg, user, usize);
}

static const struct file_operations tcx_fops = {
	.owner		= THIS_MODULE,
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
