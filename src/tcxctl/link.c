// SPDX-License-Identifier: GPL-2.0
/* Links that exist already: by id, by path. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "link.h"
#include "pin.h"
#include "ref.h"
#include "refuse.h"

int link_by_id(__u32 id)
{
	int fd = bpf_link_get_fd_by_id(id);

	if (fd >= 0)
		return fd;
	refuse_errno(fd);
	switch (-fd) {
	case ENOENT:
		return -refuse("there is no link with id %u; 'tcxctl show' lists those of tcx",
			       id);
	case EPERM:
		return -refuse("link id %u may not be opened: that takes CAP_SYS_ADMIN in the initial user namespace; run this as root on the host, or name the link by a pinned path",
			       id);
	}
	return -refuse("link id %u cannot be opened: %s", id, strerror(-fd));
}

static int link_by_path(const char *path)
{
	enum pin_kind kind;
	int fd = pin_open(path, &kind);

	if (fd < 0 || kind == PIN_LINK)
		return fd;
	close(fd);
	refuse_errno(EINVAL);
	if (kind == PIN_PROG)
		return -refuse("%s is a pinned program and not a link; a program belongs to a device and a direction, so name these too",
			       path);
	return -refuse("%s is a BPF map and not a link; give the path of a pinned link",
		       path);
}

/* Returns an fd, or minus an exit code. Takes the first two words. */
int link_from_words(char **words, int n)
{
	__u32 id;
	int err;

	if (n < 1 || (strcmp(words[0], "link") && strcmp(words[0], "pinned")))
		return -usage("a link is named by link N or pinned PATH%s%s%s",
			      n ? ", not by '" : "", n ? words[0] : "",
			      n ? "'" : "");
	if (n < 2)
		return -usage("'%s' needs a value", words[0]);
	if (!strcmp(words[0], "pinned"))
		return link_by_path(words[1]);
	err = ref_id_parse(&id, words[1]);
	return err ? -err : link_by_id(id);
}

int link_refuse(int err, __u32 op, int fd)
{
	TCX_OPTS(tcx_explain_opts, what, .op = op, .link_fd = fd);

	return refuse_request(err, &what);
}

/* Links of other types can be named too; they are not ours to change. */
int link_check(int fd, struct tcx_link_info *info)
{
	TCX_OPTS(tcx_link_info, found);
	int err = tcx_link_info(fd, &found);

	*info = found;
	if (!err)
		return EXIT_DONE;
	refuse_errno(err);
	if (err == -EINVAL)
		return refuse("this is not a link of tcx; 'bpftool link' lists links of every kind and changes them");
	return refuse("the link cannot be asked what it is: %s", strerror(-err));
}
