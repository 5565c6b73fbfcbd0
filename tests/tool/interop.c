// SPDX-License-Identifier: GPL-2.0
/* One link in the hands of libbpf and of libtcx. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <libtcx.h>

#define CHECK(name, ok) \
	printf("%s %s\n", (ok) ? "yes" : "no", name)

struct seen {
	__u32 id;
	int pins;
	int holders;
};

static int count_pin(const struct tcx_link_pin *pin, void *ctx)
{
	struct seen *seen = ctx;

	seen->pins += pin->link_id == seen->id && strstr(pin->path, "/interop");
	return 0;
}

static int count_holder(const struct tcx_link_holder *holder, void *ctx)
{
	struct seen *seen = ctx;

	seen->holders += holder->link_id == seen->id &&
			 holder->pid == (__u32)getpid() &&
			 !strcmp(holder->command, "interop");
	return 0;
}

static int stop(const struct tcx_link_holder *holder, void *ctx)
{
	(void)holder;
	(void)ctx;
	return 17;
}

int main(int argc, char **argv)
{
	struct bpf_object *obj = tcx_object_open("prog.o", NULL);
	struct bpf_program *one, *three, *prog;
	DECLARE_LIBBPF_OPTS(bpf_link_update_opts, old, .flags = BPF_F_REPLACE);
	TCX_OPTS(tcx_link_info, info);
	TCX_OPTS(tcx_link_info, next);
	struct seen seen = {};
	struct bpf_link *link;
	char text[512];
	__u32 id;
	int fd;

	TCX_OPTS(tcx_explain_opts, what, .op = TCX_OP_LINK_UPDATE);

	(void)argc;
	bpf_object__for_each_program(prog, obj)
		if (bpf_program__type(prog) != BPF_PROG_TYPE_SCHED_CLS)
			bpf_program__set_autoload(prog, false);
	CHECK("load", !bpf_object__load(obj));
	one = bpf_object__find_program_by_name(obj, "one");
	three = bpf_object__find_program_by_name(obj, "three");
	fd = tcx_link_create(1, BPF_TCX_INGRESS, bpf_program__fd(one), NULL);
	CHECK("create", fd > 0);
	CHECK("info", !tcx_link_info(fd, &info) && info.ifindex == 1 &&
	      info.attach_type == BPF_TCX_INGRESS && info.prog_id && info.id);
	next.id = info.id - 1;
	CHECK("next", !tcx_link_next(info.id - 1, &next) && next.id >= info.id);
	CHECK("next, the last", tcx_link_next(0x7ffffff0, &next) == -ENOENT);
	CHECK("exists", tcx_link_create(1, BPF_TCX_INGRESS, bpf_program__fd(one),
					NULL) == -EEXIST);
	id = info.prog_id;
	old.old_prog_fd = bpf_program__fd(three);
	CHECK("update, wrong old program",
	      bpf_link_update(fd, bpf_program__fd(three), &old) == -EPERM);
	what.link_fd = fd;
	what.prog_fd = what.replace_prog_fd = bpf_program__fd(three);
	what.flags = BPF_F_REPLACE;
	tcx_explain(-EPERM, &what, text, sizeof(text));
	CHECK("explain, wrong old program", strstr(text, "is not the present one, which is id"));
	old.old_prog_fd = bpf_program__fd(one);
	CHECK("update", !bpf_link_update(fd, bpf_program__fd(three), &old));
	CHECK("updated", !tcx_link_info(fd, &info) && info.prog_id != id);
	CHECK("pin", !bpf_obj_pin(fd, argv[1]));
	seen.id = info.id;
	CHECK("find the pin", !tcx_link_walk_pins(count_pin, &seen) && seen.pins == 1);
	CHECK("find the holder",
	      !tcx_link_walk_holders(count_holder, &seen) && seen.holders == 1);
	CHECK("stop a walk", tcx_link_walk_holders(stop, NULL) == 17);
	close(fd);
	link = bpf_link__open(argv[1]);
	CHECK("bpf_link__open", link);
	CHECK("bpf_link__update_program", !bpf_link__update_program(link, one));
	CHECK("again", !tcx_link_info(bpf_link__fd(link), &info) && info.prog_id == id);
	CHECK("bpf_link__detach", !bpf_link__detach(link));
	CHECK("defunct", !tcx_link_info(bpf_link__fd(link), &info) && !info.ifindex);
	CHECK("update of a defunct link", bpf_link__update_program(link, three) == -ENOLINK);
	what.link_fd = bpf_link__fd(link);
	tcx_explain(-ENOLINK, &what, text, sizeof(text));
	CHECK("explain, defunct", strstr(text, "it is defunct"));
	CHECK("bpf_link__unpin", !bpf_link__unpin(link) && access(argv[1], F_OK));
	CHECK("bpf_link__destroy", !bpf_link__destroy(link));
	bpf_object__close(obj);
	return 0;
}
