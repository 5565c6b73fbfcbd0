// SPDX-License-Identifier: GPL-2.0
#include "credentials.h"

int set_caps(__u64 caps)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = caps, .permitted = caps },
		{ .effective = caps >> 32, .permitted = caps >> 32 },
	};

	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

int become_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
	    setresuid(65534, 65534, 65534))
		return -errno;
	return 0;
}

int become_nobody_with(__u64 caps)
{
	if (prctl(PR_SET_KEEPCAPS, 1))
		return -errno;
	return become_nobody() ?: set_caps(caps);
}

int fds_pass(int sock, int *fds, int count, bool send)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(4 * sizeof(int))];
	} control = {};
	struct iovec iov = { &(char){ 0 }, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};
	struct cmsghdr *cmsg;

	if (!send && recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -EIO;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg)
		return -EBADMSG;
	if (!send) {
		memcpy(fds, CMSG_DATA(cmsg), count * sizeof(int));
		return 0;
	}
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, count * sizeof(int));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -errno;
}
