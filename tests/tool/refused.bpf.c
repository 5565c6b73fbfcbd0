// SPDX-License-Identifier: GPL-2.0
/* The verifier refuses it, and quotes the line. */
__attribute__((section("tc"), used)) int refused(void *ctx)
{
	int ret;

	__asm__ volatile("%0 = *(u32 *)(r10 - 600)" : "=r"(ret)); /* no such place */ /* a	\ */
	return ret;
}
char _license[] __attribute__((section("license"), used)) = "GPL";
