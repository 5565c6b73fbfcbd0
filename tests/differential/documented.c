// SPDX-License-Identifier: GPL-2.0
/*
 * Where the ioctls differ from bpf(2) on purpose, as the interface's manual
 * (uapi/linux/tcx_backport.h) says. There is one such request:
 *
 *   LINK_CREATE with unknown flags: "EINVAL unknown flag". bpf(2) does not look
 *   at them, so that native tcx refuses them only where no other flag states a
 *   position, and there not before everything else is found in order.
 *
 * The ioctl has to refuse it, and then is asked for what native tcx takes it
 * for, so that both worlds go on alike.
 */
#include "differ.h"

#define KNOWN_FLAGS	(BPF_F_REPLACE | BPF_F_BEFORE | BPF_F_AFTER |	\
			 BPF_F_ID | BPF_F_LINK)

int create(int ifindex, int type, int prog_fd, __u32 flags, __u32 relative,
	   __u64 revision, bool *undocumented)
{
	if (flags & ~KNOWN_FLAGS && sys_interface_is_ioctl()) {
		if (sys_link_create(ifindex, type, prog_fd, flags, relative,
				    revision) != -EINVAL)
			*undocumented = true;
		flags &= KNOWN_FLAGS;
		/* A relative without a flag that wants one comes as late. */
		if (!flags && !relative)
			relative = prog_fd;
	}
	return sys_link_create(ifindex, type, prog_fd, flags, relative,
			       revision);
}
