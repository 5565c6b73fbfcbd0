// SPDX-License-Identifier: GPL-2.0
/*
 * A program out of an object file. All that libbpf would load is loaded, not
 * just the program that was chosen: the others may be reached by tail calls
 * through a map that the object fills. What is attached keeps the program,
 * and the program keeps its maps; but of some maps the kernel keeps only what
 * user space holds, see maps.c. So the object stays open.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "maps.h"
#include "object.h"
#include "refuse.h"

struct choice {
	const char *file;
	const char *section;	/* or NULL */
	const char *name;	/* or NULL */
};

/* An object file may give a program no name. The empty one is nobody's here:
 * completion asks for it to be told of the others, and nothing is to be loaded.
 */
static bool is_called(const char *name, const char *wanted)
{
	return *wanted && !strcmp(name, wanted);
}

static bool matches(const struct choice *choice, const struct bpf_program *prog)
{
	if (choice->section)
		return is_called(bpf_program__section_name(prog),
				 choice->section);
	if (choice->name)
		return is_called(bpf_program__name(prog), choice->name);
	return true;
}

/* Lists the programs that match, as "a (section x), b (section y)". */
static char *list(const struct choice *choice, struct bpf_object *obj)
{
	struct bpf_program *prog;
	const char *comma = "";
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	bpf_object__for_each_program(prog, obj) {
		if (!matches(choice, prog))
			continue;
		fprintf(f, "%s%s (section %s)", comma, bpf_program__name(prog),
			bpf_program__section_name(prog));
		comma = ", ";
	}
	fclose(f);
	return text;
}

static struct bpf_program *refuse_choice(const struct choice *choice,
					 struct bpf_object *obj, int found)
{
	const struct choice any = { .file = choice->file };
	char *text = list(found ? choice : &any, obj);

	if (!text)
		refuse("out of memory");
	else if (!*text)
		refuse("%s contains no program; compile one into it, in a section such as \"tcx/ingress\"",
		       choice->file);
	else if (found)
		refuse("%s contains several programs%s: %s; choose one with 'program NAME'%s",
		       choice->file, choice->section ? " in this section" : "",
		       text, choice->section ? "" : " or 'section NAME'");
	else
		refuse("%s contains no program with this %s, but %s; choose one of these",
		       choice->file, choice->section ? "section" : "name", text);
	free(text);
	return NULL;
}

static struct bpf_program *choose(const struct choice *choice,
				  struct bpf_object *obj)
{
	struct bpf_program *prog, *chosen = NULL;
	int found = 0;

	bpf_object__for_each_program(prog, obj) {
		if (!matches(choice, prog))
			continue;
		chosen = prog;
		found++;
	}
	return found == 1 ? chosen : refuse_choice(choice, obj, found);
}

/* Where the section does not say it is of the only type that can be attached, as
 * for 'tc filter ... bpf section NAME': objects for that are taken as they are.
 */
static int check_type(const struct choice *choice, struct bpf_program *prog)
{
	enum bpf_prog_type type = bpf_program__type(prog);
	const char *section = bpf_program__section_name(prog);
	const char *name = bpf_program__name(prog);

	if (type == BPF_PROG_TYPE_SCHED_CLS)
		return EXIT_DONE;
	if (type == BPF_PROG_TYPE_UNSPEC &&
	    !bpf_program__set_type(prog, BPF_PROG_TYPE_SCHED_CLS))
		return EXIT_DONE;
	refuse_errno(EINVAL);
	return refuse("program %s in %s: its section \"%s\" makes it a program of type %s, and only sched_cls can be attached; put it in \"tcx/ingress\", \"tcx/egress\" or \"tc\"",
		      name, choice->file, section,
		      libbpf_bpf_prog_type_str(type));
}

static int refuse_load(const struct choice *choice, int err)
{
	refuse_errno(err);
	if (err == -EPERM)
		return refuse("%s cannot be loaded: the kernel does not permit it; run this as root on the host (CAP_BPF and CAP_NET_ADMIN in the initial user namespace)",
			      choice->file);
	return refuse("%s cannot be loaded: %s; what the kernel and libbpf say stands below",
		      choice->file, strerror(-err));
}

static int load(const struct choice *choice, struct bpf_object *obj,
		struct maps *maps)
{
	struct bpf_program *prog, *other;
	int err, fd;

	prog = choose(choice, obj);
	if (!prog)
		return -EXIT_REFUSED;
	err = check_type(choice, prog);
	if (err)
		return -err;

	bpf_object__for_each_program(other, obj)
		if (bpf_program__type(other) == BPF_PROG_TYPE_UNSPEC)
			bpf_program__set_autoload(other, false);
	bpf_program__set_autoload(prog, true);

	err = bpf_object__load(obj);
	if (err)
		return -refuse_load(choice, err);
	fd = fcntl(bpf_program__fd(prog), F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return -refuse("out of file descriptors: %s", strerror(errno));
	err = maps_find(maps, obj, fd);
	if (err) {
		close(fd);
		refuse_errno(err);
		return -refuse("which maps of %s have to be kept cannot be found out: %s",
			       choice->file, strerror(-err));
	}
	return fd;
}

static int refuse_open(const struct choice *choice, int err)
{
	refuse_errno(err);
	switch (err) {
	case ENOENT:
		return refuse("there is no file %s", choice->file);
	case EACCES:
		return refuse("%s may not be read", choice->file);
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return refuse("%s cannot be opened: %s", choice->file,
			      strerror(err));
	}
	/* libbpf has errno values of its own from 4000 on for such files. */
	return refuse("%s is not a BPF object file; compile it with 'clang -O2 -g -target bpf -mcpu=v2 -c'",
		      choice->file);
}

static int parse(char **words, int n, struct choice *choice)
{
	if (n < 1)
		return usage("'obj' needs a file");
	choice->file = words[0];
	if (n == 1)
		return EXIT_DONE;
	if (!strcmp(words[1], "section"))
		choice->section = n > 2 ? words[2] : NULL;
	else if (!strcmp(words[1], "program"))
		choice->name = n > 2 ? words[2] : NULL;
	else
		return usage("after 'obj FILE' comes 'section' or 'program', not '%s'",
			     words[1]);
	if (n < 3)
		return usage("'%s' needs a name", words[1]);
	return n > 3 ? usage("'%s' is one word too many", words[3]) : EXIT_DONE;
}

static int open_object(const struct choice *choice, struct bpf_object **obj)
{
	/* libbpf's own words for this do not name the cause. */
	if (access(choice->file, R_OK))
		return refuse_open(choice, errno);
	*obj = tcx_object_open(choice->file, NULL);
	return *obj ? EXIT_DONE : refuse_open(choice, errno);
}

/* On success the object stays open, as maps->obj. */
int prog_from_object(char **words, int n, struct maps *maps)
{
	struct choice choice = {};
	struct bpf_object *obj;
	int fd, code;

	code = parse(words, n, &choice);
	if (!code)
		code = open_object(&choice, &obj);
	if (code)
		return -code;
	fd = load(&choice, obj, maps);
	if (fd < 0)
		bpf_object__close(obj);
	return fd;
}

int object_check(char **words, int n)
{
	struct choice choice = {};
	struct bpf_program *prog;
	struct bpf_object *obj;
	int code;

	code = parse(words, n, &choice);
	if (!code)
		code = open_object(&choice, &obj);
	if (code)
		return code;
	prog = choose(&choice, obj);
	code = prog ? check_type(&choice, prog) : EXIT_REFUSED;
	bpf_object__close(obj);
	return code;
}
