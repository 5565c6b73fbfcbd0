// SPDX-License-Identifier: GPL-2.0
/* Programs to attach, and two that cannot be */
#define SEC(name) __attribute__((section(name), used))
#define PROG(name, where, ret) SEC(where) int name(void *ctx) { return ret; }
PROG(one, "tcx/ingress", -1)
PROG(two, "tc", 0)
PROG(three, "tcx/egress", -1)
PROG(four, "classifier", -1)
PROG(lost, "somewhere", 0)
PROG(xdp_prog, "xdp", 2)
char _license[] SEC("license") = "Dual BSD/GPL";
