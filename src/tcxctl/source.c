// SPDX-License-Identifier: GPL-2.0
/* Programs that exist already: by id, by path. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "maps.h"
#include "object.h"
#include "options.h"
#include "pin.h"
#include "ref.h"
#include "refuse.h"
#include "source.h"

int prog_by_id(__u32 id)
{
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd >= 0)
		return fd;
	refuse_errno(fd);
	switch (-fd) {
	case ENOENT:
		return -refuse("there is no program with id %u; 'tcxctl show' lists those that are attached, 'bpftool prog' those that are loaded",
			       id);
	case EPERM:
		return -refuse("program id %u may not be opened: that takes CAP_SYS_ADMIN in the initial user namespace; run this as root on the host, or name the program by a pinned path",
			       id);
	}
	return -refuse("program id %u cannot be opened: %s", id, strerror(-fd));
}

int prog_by_path(const char *path)
{
	enum pin_kind kind;
	int fd = pin_open(path, &kind);

	if (fd < 0 || kind == PIN_PROG)
		return fd;
	close(fd);
	refuse_errno(EINVAL);
	return -refuse("%s is a BPF map or link and not a program; give the path of a pinned program",
		       path);
}

const char source_help[] =
"\n"
"PROGRAM is one of\n"
"  obj FILE                      the only program of an object file\n"
"  obj FILE program NAME         the function with this name\n"
"  obj FILE section NAME         the program in this section\n"
"  id N                          a program that is loaded already\n"
"  pinned PATH                   a program pinned in bpffs\n";

/* maps: where an object can be named, what its program needs of it */
int prog_from_words(char **words, int n, struct maps *maps)
{
	__u32 id;
	int err;

	if (n < 1)
		return -usage("no program is named: obj FILE, id N or pinned PATH is missing");
	if (!strcmp(words[0], "obj"))
		return prog_from_object(words + 1, n - 1, maps);
	if (strcmp(words[0], "id") && strcmp(words[0], "pinned"))
		return -usage("a program is named by obj, id or pinned, not by '%s'",
			      words[0]);
	if (options.pin_maps)
		return -usage("--pin-maps is for a program from an object file; the maps of one that is loaded already are with whoever loaded it");
	if (n < 2)
		return -usage("'%s' needs a value", words[0]);
	if (n > 2)
		return -usage("'%s' is one word too many", words[2]);
	if (!strcmp(words[0], "pinned"))
		return prog_by_path(words[1]);
	err = ref_id_parse(&id, words[1]);
	return err ? -err : prog_by_id(id);
}

int source_check(char **words, int n)
{
	int fd;

	if (!strcmp(words[0], "obj"))
		return object_check(words + 1, n - 1);
	fd = prog_by_path(words[1]);
	if (fd < 0)
		return -fd;
	close(fd);
	return EXIT_DONE;
}
