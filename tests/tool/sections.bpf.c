// SPDX-License-Identifier: GPL-2.0
/* A program in each section that says where it belongs */
#define SEC(name) __attribute__((section(name), used))
#define PROG(name, where) SEC(where) int name(void *ctx) { return -1; }
PROG(a, "tcx/egress")
PROG(b, "tc/ingress")
PROG(c, "tc/egress")
PROG(d, "tc")
PROG(e, "classifier")
PROG(f, "classifier/x")
PROG(g, "netkit/primary")
PROG(h, "netkit/peer")
char _license[] SEC("license") = "Dual BSD/GPL";
