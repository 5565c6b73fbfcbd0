// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/fuse.h>

#include "credentials.h"
#include "fuse.h"

#define FUSE_FILE	"page"
#define FUSE_INODE	2

static struct fuse_attr fuse_attr_of(uint64_t inode)
{
	bool dir = inode == FUSE_ROOT_ID;

	return (struct fuse_attr){
		.ino = inode,
		.size = dir ? 0 : FUSE_PAGE,
		.blocks = dir ? 0 : 8,
		.mode = dir ? S_IFDIR | 0755 : S_IFREG | 0666,
		.nlink = 1,
		.blksize = FUSE_PAGE,
	};
}

static void fuse_reply(int dev, uint64_t unique, int error, const void *data,
		       size_t len)
{
	struct fuse_out_header header = {
		.len = sizeof(header) + (error ? 0 : len),
		.error = error,
		.unique = unique,
	};
	struct iovec iov[2] = {
		{ &header, sizeof(header) }, { (void *)data, len },
	};

	/* Fails for what has been interrupted meanwhile. */
	if (writev(dev, iov, error || !len ? 1 : 2) < 0)
		return;
}

static void fuse_serve_one(const struct fuse *f, int dev,
			   const struct fuse_in_header *in)
{
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = 26,	/* of the layouts that are used here */
		.max_readahead = FUSE_PAGE,
		.max_write = FUSE_PAGE,
	};
	struct fuse_attr_out attr = { .attr = fuse_attr_of(in->nodeid) };
	struct fuse_entry_out entry = {
		.nodeid = FUSE_INODE,
		.attr = fuse_attr_of(FUSE_INODE),
	};
	/* Otherwise opening it again would wait for the page. */
	struct fuse_open_out opened = { .open_flags = FOPEN_KEEP_CACHE };

	switch (in->opcode) {
	case FUSE_INIT:
		fuse_reply(dev, in->unique, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		fuse_reply(dev, in->unique,
			   strcmp((const char *)(in + 1), FUSE_FILE) ? -ENOENT :
								      0,
			   &entry, sizeof(entry));
		break;
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		fuse_reply(dev, in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		fuse_reply(dev, in->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		(*f->reads)++;
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		fuse_reply(dev, in->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		fuse_reply(dev, in->unique, -ENOSYS, NULL, 0);
	}
}

static void fuse_serve(const struct fuse *f, int dev)
{
	char buf[FUSE_MIN_READ_BUFFER + FUSE_PAGE];
	ssize_t len;

	while ((len = read(dev, buf, sizeof(buf))) > 0 || errno == EINTR ||
	       errno == ENOENT)
		if (len > 0)
			fuse_serve_one(f, dev, (void *)buf);
	_exit(0);
}

int fuse_new(struct fuse *f)
{
	char options[128];
	int dev;

	strcpy(f->dir, "/tmp/fuse-XXXXXX");
	if (!mkdtemp(f->dir))
		return -errno;
	snprintf(f->file, sizeof(f->file), "%s/" FUSE_FILE, f->dir);
	f->reads = mmap(NULL, sizeof(*f->reads), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (f->reads == MAP_FAILED)
		return -errno;
	/* Fails for want of options, after the kernel has loaded what it needs. */
	mount("none", f->dir, "fuse", 0, "");
	dev = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (dev < 0)
		return -errno;
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=65534,group_id=65534,allow_other",
		 dev);
	if (mount("none", f->dir, "fuse", MS_NOSUID | MS_NODEV, options))
		return -errno;
	f->server = fork();
	if (!f->server) {
		if (become_nobody())
			_exit(1);
		fuse_serve(f, dev);
	}
	/* The server's is the last one: the connection ends with it. */
	close(dev);
	return f->server < 0 ? -errno : 0;
}

void fuse_abort(struct fuse *f)
{
	if (f->server > 0) {
		kill(f->server, SIGKILL);
		waitpid(f->server, NULL, 0);
	}
	f->server = -1;
}

void fuse_free(struct fuse *f)
{
	fuse_abort(f);
	umount2(f->dir, MNT_DETACH);
	rmdir(f->dir);
	munmap(f->reads, sizeof(*f->reads));
}
