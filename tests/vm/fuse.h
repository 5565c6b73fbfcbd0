/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A page of a file whose server never says what is in it: whoever touches it
 * waits until he is killed, or until the server goes. The protocol of /dev/fuse
 * as far as a mount with one file of one page needs it.
 */
#ifndef TESTS_VM_FUSE_H
#define TESTS_VM_FUSE_H

#include <sys/types.h>

#define FUSE_PAGE	4096

struct fuse {
	char dir[32];
	char file[48];
	pid_t server;
	_Atomic int *reads;	/* that wait for their answer */
};

/* The mount and its server are the nobody's. */
int fuse_new(struct fuse *f);

/* Who waits gets an error. */
void fuse_abort(struct fuse *f);

/* Unmounts it; who waits gets an error. */
void fuse_free(struct fuse *f);

#endif /* TESTS_VM_FUSE_H */
