/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_BPF_H
#define SHIM_LINUX_BPF_H

/* The flags are all that is needed. Programs and links stay incomplete types:
 * the code under test has no business inside them.
 */
#include_next <linux/bpf.h>

#endif
