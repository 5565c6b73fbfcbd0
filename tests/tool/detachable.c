// SPDX-License-Identifier: GPL-2.0
/* Preloaded: a kernel that looks for the device before it looks at who wants to
 * detach, as those before 6.12.114 and 6.18.14 do.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bpf.h>

long syscall(long number, ...)
{
	long (*real)(long number, ...) = dlsym(RTLD_NEXT, "syscall");
	long a[6];
	va_list args;
	int i;

	va_start(args, number);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (number != __NR_bpf || a[0] != BPF_PROG_DETACH)
		return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	errno = ENODEV;
	return -1;
}
