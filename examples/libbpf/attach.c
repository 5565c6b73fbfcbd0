// SPDX-License-Identifier: GPL-2.0
/*
 * Attaches a program by a link and pins the link, so that it stays; called
 * again, gives that link the program anew, in its place: an upgrade without a
 * packet missed. A link whose device is gone is replaced by a new one. libbpf
 * alone, over bpf(2).
 *
 *	attach OBJECT DEV PIN
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* BPF_TCX_INGRESS of Linux 6.6: older headers lack it. */
#define TCX_INGRESS	46

static struct bpf_program *load(const char *path)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *prog;

	if (!obj)
		return NULL;
	prog = bpf_object__find_program_by_name(obj, "count");
	if (!prog)
		return NULL;
	/* What libbpf 1.3 and later take from the section's name */
	bpf_program__set_type(prog, BPF_PROG_TYPE_SCHED_CLS);
	bpf_program__set_expected_attach_type(prog, TCX_INGRESS);
	return bpf_object__load(obj) ? NULL : prog;
}

/* What goes wrong is said where it does. */
static int refused(int err)
{
	if (err == -EINVAL)
		fprintf(stderr, "attach: this kernel's bpf(2) knows no tcx; 'modprobe tcx_backport bpf_syscall=1' teaches it, after 'modprobe -r tcx_backport' if it is loaded already\n");
	else
		fprintf(stderr, "attach: %s\n", strerror(-err));
	return err;
}

static int about_pin(const char *pin, int err)
{
	if (err)
		fprintf(stderr, "attach: pin %s: %s\n", pin, strerror(-err));
	return err;
}

static int upgrade(const struct bpf_program *prog, const char *pin)
{
	struct bpf_link *link = bpf_link__open(pin);
	int err;

	if (!link)
		return -errno;
	err = bpf_link__update_program(link, (struct bpf_program *)prog);
	bpf_link__destroy(link);	/* closes it; the pin stays */
	return err;
}

static int attach(const struct bpf_program *prog, int ifindex, const char *pin)
{
#if LIBBPF_MAJOR_VERSION > 1 || LIBBPF_MINOR_VERSION >= 3
	LIBBPF_OPTS(bpf_tcx_opts, opts);
	struct bpf_link *link;
	int err;

	link = bpf_program__attach_tcx(prog, ifindex, &opts);
	if (!link)
		return refused(-errno);
	err = about_pin(pin, bpf_link__pin(link, pin));
	bpf_link__destroy(link);
	return err;
#else
	/* Debian 12's libbpf has no function for tcx, but passes the type on. */
	int fd = bpf_link_create(bpf_program__fd(prog), ifindex, TCX_INGRESS, NULL);
	int err;

	if (fd < 0)
		return refused(fd);
	err = about_pin(pin, bpf_obj_pin(fd, pin));
	close(fd);
	return err;
#endif
}

int main(int argc, char **argv)
{
	struct bpf_program *prog;
	int ifindex, err;
	bool pinned;

	if (argc != 4) {
		fprintf(stderr, "usage: attach OBJECT DEV PIN\n");
		return 2;
	}
	prog = load(argv[1]);
	if (!prog) {
		perror("attach: the program cannot be loaded");
		return 1;
	}
	pinned = !access(argv[3], F_OK);
	ifindex = if_nametoindex(argv[2]);
	err = pinned ? upgrade(prog, argv[3]) : 0;
	if (err == -ENOLINK) {
		/* Nothing brings it back, also if the device is made anew. */
		pinned = false;
		err = unlink(argv[3]) ? -errno : 0;
	}
	err = about_pin(argv[3], err);
	if (!err && !pinned)
		err = attach(prog, ifindex, argv[3]);
	if (!err)
		printf("%s %s\n", pinned ? "upgraded" : "attached", argv[2]);
	return err ? 1 : 0;
}
