// SPDX-License-Identifier: GPL-2.0
/* Functions and sections whose names are somebody's choice. */
#include <linux/bpf.h>

#define NAMED(function, name, section_name)				\
	int function(void *ctx) __asm__(name);				\
	__attribute__((section(section_name), used))			\
	int function(void *ctx)

NAMED(escape, "a\033[31mred", "tcx/ingress")
{
	return -1;
}

NAMED(lines, "b\nlibbpf: all is well\n\\x41", "tc")
{
	return -1;
}

/* Not all of the rest is UTF-8; nothing says what the type of these is. */
NAMED(bytes, "c\377\233", "some\033]0;where\007\342\200\256")
{
	return 0;
}

NAMED(wrong, "d\342\200\213x", "xdp")
{
	return 2;
}

NAMED(section, "e", "classifier/x\033\n\377")
{
	return -1;
}

char _license[] __attribute__((section("license"), used)) = "Dual BSD/GPL";
