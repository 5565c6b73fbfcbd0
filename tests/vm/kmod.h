/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel modules of kmod/, as a test handles them. The test names them in a
 * comment, " * kmod: NAME", so that the guest has them.
 */
#ifndef TESTS_VM_KMOD_H
#define TESTS_VM_KMOD_H

#include <stddef.h>

/* Loads one, with these parameters. */
int kmod_load(const char *name, const char *args);

/* Unloads it; -EWOULDBLOCK while somebody holds it. */
int kmod_unload(const char *name);

/* Writes a parameter. */
int kmod_param_set(const char *name, const char *param, const char *value);

/* Reads a parameter's line into @value; returns its length. */
int kmod_param_get(const char *name, const char *param, char *value,
		   size_t size);

#endif /* TESTS_VM_KMOD_H */
