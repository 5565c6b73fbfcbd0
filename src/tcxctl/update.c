// SPDX-License-Identifier: GPL-2.0
#include <net/if.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "tcxctl.h"

static void report(const struct tcx_link_info *info, int prog_fd)
{
	struct prog_details details;
	char name[IF_NAMESIZE];
	struct point point;
	json_t *object;
	__u32 id = prog_id_of(prog_fd);
	bool here = !point_of_link(&point, info, name);

	prog_describe(prog_fd, &details);
	if (options.json) {
		object = json_pack("{s:{s:I}, s:o}", "link", "id",
				   (json_int_t)info->id,
				   "program", prog_json(id, &details));
		if (info->prog_id != id)
			json_object_set_new(object, "replaced",
					    json_pack("{s:I}", "id",
						      (json_int_t)info->prog_id));
		print_json(object);
		return;
	}
	if (here)
		printf("%s %s: ", point.device, point_direction(&point));
	if (info->prog_id == id)
		printf("link id %u has program id %u %s already\n", info->id,
		       id, prog_name(&details));
	else
		printf("link id %u has program id %u %s now, in the place of id %u\n",
		       info->id, id, prog_name(&details), info->prog_id);
}

/* Returns an fd, 0 if none is asked for, or minus an exit code. */
static int old_program(void)
{
	struct ref ref;
	int err;

	if (!options.old_ref)
		return 0;
	err = ref_parse(&ref, options.old_ref, "--old");
	if (err)
		return -err;
	if (ref.kind == REF_ID)
		return prog_by_id(ref.id);
	if (ref.kind == REF_PINNED)
		return prog_by_path(ref.path);
	return -usage("--old takes id:N or pinned:PATH, not '%s'",
		      options.old_ref);
}

static int update(int link_fd, const struct tcx_link_info *info, int prog_fd,
		  int old_fd)
{
	DECLARE_LIBBPF_OPTS(bpf_link_update_opts, opts,
		.flags = old_fd ? BPF_F_REPLACE : 0,
		.old_prog_fd = old_fd,
	);
	TCX_OPTS(tcx_explain_opts, what,
		.op = TCX_OP_LINK_UPDATE,
		.link_fd = link_fd,
		.prog_fd = prog_fd,
		.flags = old_fd ? BPF_F_REPLACE : 0,
		.replace_prog_fd = old_fd,
	);
	int err = bpf_link_update(link_fd, prog_fd, &opts);

	if (err)
		return refuse_request(err, &what);
	report(info, prog_fd);
	return EXIT_DONE;
}

int do_update(char **words, int n)
{
	struct tcx_link_info info;
	int link_fd, prog_fd, old_fd, code;

	link_fd = link_from_words(words, n);
	if (link_fd < 0)
		return -link_fd;
	code = link_check(link_fd, &info);
	if (code)
		goto out_link;
	old_fd = old_program();
	if (old_fd < 0) {
		code = -old_fd;
		goto out_link;
	}
	prog_fd = prog_from_words(words + 2, n - 2);
	if (prog_fd < 0) {
		code = -prog_fd;
		goto out_old;
	}
	code = update(link_fd, &info, prog_fd, old_fd);
	close(prog_fd);
out_old:
	if (old_fd)
		close(old_fd);
out_link:
	close(link_fd);
	return code;
}
