// SPDX-License-Identifier: GPL-2.0
#ifdef __x86_64__
#include "compat.h"

static int compat_call(long number, unsigned long a, unsigned long b,
		       unsigned long c)
{
	long ret;

	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "0"(number), "b"(a), "c"(b), "d"(c)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}

int compat_bpf(unsigned long cmd, unsigned long attr, unsigned long size)
{
	return compat_call(357, cmd, attr, size);
}

int compat_ioctl(int fd, unsigned long cmd, void *arg)
{
	return compat_call(54, fd, cmd, (unsigned long)arg);
}
#endif
