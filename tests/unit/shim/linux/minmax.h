/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_MINMAX_H
#define SHIM_LINUX_MINMAX_H

#define min(a, b) ({				\
	__typeof__(a) __a = (a);		\
	__typeof__(b) __b = (b);		\
	__a < __b ? __a : __b; })

#define max(a, b) ({				\
	__typeof__(a) __a = (a);		\
	__typeof__(b) __b = (b);		\
	__a > __b ? __a : __b; })

#define clamp(val, lo, hi) ({			\
	__typeof__(val) __val = (val);		\
	__typeof__(lo) __lo = (lo);		\
	__typeof__(hi) __hi = (hi);		\
	__val < __lo ? __lo : __val > __hi ? __hi : __val; })

#endif
