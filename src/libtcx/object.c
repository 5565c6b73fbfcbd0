// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * Section names that this libbpf may not know.
 *
 * libbpf has a hook for that, libbpf_register_prog_handler(), but what is
 * registered there holds for the whole process and may not be taken back
 * while an object lives. Setting the types of one object's programs between
 * open and load affects nobody else.
 */
#include <errno.h>
#include <stdbool.h>

#include <bpf/libbpf.h>

#include "internal.h"

static const struct section {
	const char *name;
	bool prefix;		/* anything may follow the name */
	__u32 attach_type;
} sections[] = {
	{ "tcx/ingress", false, BPF_TCX_INGRESS },
	{ "tcx/egress", false, BPF_TCX_EGRESS },
	{ "tc/ingress", false, BPF_TCX_INGRESS },
	{ "tc/egress", false, BPF_TCX_EGRESS },
	{ "netkit/primary", false, TCX_BACKPORT_NETKIT_PRIMARY },
	{ "netkit/peer", false, TCX_BACKPORT_NETKIT_PEER },
	{ "tc", false, 0 },
	{ "classifier", false, 0 },
	/* libbpf took these before 1.0, other loaders still do */
	{ "classifier/", true, 0 },
};

static const struct section *find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		const struct section *s = &sections[i];

		if (s->prefix ? !strncmp(name, s->name, strlen(s->name)) :
				!strcmp(name, s->name))
			return s;
	}
	return NULL;
}

int tcx_object_prepare(struct bpf_object *obj)
{
	struct bpf_program *prog;
	int err;

	if (!obj)
		return -EINVAL;
	bpf_object__for_each_program(prog, obj) {
		const char *name = bpf_program__section_name(prog);
		const struct section *s;

		/* What libbpf knows, it knows best. */
		if (bpf_program__type(prog) != BPF_PROG_TYPE_UNSPEC)
			continue;
		s = find(name);
		if (!s) {
			pr_debug("program %s: section \"%s\" says nothing about its type\n",
				 bpf_program__name(prog), name);
			continue;
		}
		err = bpf_program__set_type(prog, BPF_PROG_TYPE_SCHED_CLS);
		if (!err)
			err = bpf_program__set_expected_attach_type(prog,
					(enum bpf_attach_type)s->attach_type);
		if (err)
			return err;
	}
	return 0;
}

struct bpf_object *tcx_object_open(const char *path,
				   const struct bpf_object_open_opts *opts)
{
	struct bpf_object *obj;
	int err;

	obj = bpf_object__open_file(path, opts);
	if (!obj)
		return NULL;
	err = tcx_object_prepare(obj);
	if (err) {
		bpf_object__close(obj);
		errno = -err;
		return NULL;
	}
	return obj;
}
