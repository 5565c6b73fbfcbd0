// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <bpf/libbpf.h>

#include "command.h"
#include "json.h"
#include "options.h"
#include "print.h"
#include "refuse.h"

static const struct {
	__u64 bit;
	const char *name;
} features[] = {
	{ TCX_BACKPORT_FEAT_INGRESS, "ingress" },
	{ TCX_BACKPORT_FEAT_EGRESS, "egress" },
	{ TCX_BACKPORT_FEAT_LINK, "link" },
	{ TCX_BACKPORT_FEAT_BPF_SYSCALL, "bpf_syscall" },
	{ TCX_BACKPORT_FEAT_NETKIT, "netkit" },
};

#define FEATURES (sizeof(features) / sizeof(features[0]))

static const char *hook_name(__u32 hook)
{
	switch (hook) {
	case TCX_BACKPORT_HOOK_NETFILTER:
		return "netfilter";
	case TCX_BACKPORT_HOOK_TC:
		return "tc";
	}
	return "unknown";
}

struct state {
	struct utsname uts;
	int backend;		/* or a negative errno */
	int module;		/* 0, or why nothing is known about it */
	struct tcx_module_info info;
	char why[1024];		/* why requests would fail, escaped; or empty */
	struct tcx_backend_info gives;	/* no sentences: nobody is there */
};

/* 1, 0, or -1 if nothing works anyway */
static int have_links(const struct state *s)
{
	if (s->backend == TCX_BACKEND_NATIVE)
		return 1;
	if (s->backend != TCX_BACKEND_MODULE)
		return -1;
	return !!(s->info.features & TCX_BACKPORT_FEAT_LINK);
}

static void find_out(struct state *s)
{
	TCX_OPTS(tcx_module_info, info);
	TCX_OPTS(tcx_backend_info, gives);
	TCX_OPTS(tcx_explain_opts, nothing);

	if (uname(&s->uts))
		strcpy(s->uts.release, "unknown");
	s->module = tcx_module_info(&info);
	s->info = info;
	s->backend = tcx_backend();
	if (!tcx_backend_info(&gives))
		s->gives = gives;
	if (s->backend < 0)
		tcx_explain(s->backend, &nothing, s->why, sizeof(s->why));
	else if (s->backend == TCX_BACKEND_NONE)
		tcx_explain(-EOPNOTSUPP, &nothing, s->why, sizeof(s->why));
}

static json_t *module_json(const struct state *s)
{
	json_t *module, *list;
	size_t i;

	if (s->module && !s->info.version[0])
		return json_pack("{s:b}", "loaded", s->module != -EOPNOTSUPP);
	module = json_pack("{s:b, s:o, s:I}", "loaded", 1,
			   "version", text_json(s->info.version),
			   "abi", (json_int_t)s->info.abi);
	if (s->module)
		return module;

	list = json_array();
	for (i = 0; i < FEATURES; i++)
		if (s->info.features & features[i].bit)
			put_element(list, json_string(features[i].name));
	put_member(module, "hook", json_string(hook_name(s->info.hook)));
	put_member(module, "features", list);
	put_member(module, "max_progs", json_integer(s->info.max_progs));
	put_member(module, "progs", json_integer(s->info.progs));
	return module;
}

static void print_state_json(const struct state *s)
{
	json_t *object;

	object = json_pack("{s:s, s:s, s:s, s:o, s:i, s:s, s:o}",
			   "tcxctl", TCXCTL_VERSION,
			   "libtcx", tcx_version(),
			   "libbpf", libbpf_version_string(),
			   "kernel", text_json(s->uts.release),
			   "abi", TCX_BACKPORT_ABI,
			   "backend", tcx_backend_name(s->backend),
			   "module", module_json(s));
	if (have_links(s) >= 0)
		put_member(object, "links", json_boolean(have_links(s)));
	if (s->gives.lifetime) {
		put_member(object, "lifetime", text_json(s->gives.lifetime));
		put_member(object, "order", text_json(s->gives.order));
	}
	if (s->why[0])
		put_member(object, "problem", json_string(s->why));
	print_json(object);
}

static void print_module(const struct state *s)
{
	size_t i;

	if (s->module == -EOPNOTSUPP) {
		print("module    not loaded%s\n",
		      s->backend == TCX_BACKEND_NATIVE ?
		      " (nor needed)" : "");
		return;
	}
	if (s->info.version[0])
		print("module    %s, ABI %u\n", s->info.version, s->info.abi);
	if (s->module) {
		if (!s->info.version[0])
			print("module    unknown: %s\n", strerror(-s->module));
		return;
	}
	print("hook      %s\n", hook_name(s->info.hook));
	print("features ");
	for (i = 0; i < FEATURES; i++)
		if (s->info.features & features[i].bit)
			print(" %s", features[i].name);
	print("\nattached  %u programs, at most %u at a point\n",
	      s->info.progs, s->info.max_progs);
}

static void print_state(const struct state *s)
{
	static const char * const meanings[] = {
		[TCX_BACKEND_NONE] = "none",
		[TCX_BACKEND_NATIVE] = "native (the kernel has tcx)",
		[TCX_BACKEND_MODULE] = "module (tcx_backport)",
		[TCX_BACKEND_LEGACY] = "legacy (classic tc in place of tcx)",
	};

	print("tcxctl    %s\n", TCXCTL_VERSION);
	print("libtcx    %s, ABI %u\n", tcx_version(), TCX_BACKPORT_ABI);
	print("libbpf    %s\n", libbpf_version_string() + 1);
	print("kernel    %s\n", s->uts.release);
	print("backend   %s\n",
	      s->backend < 0 ? "unknown" : meanings[s->backend]);
	print_module(s);
	if (!have_links(s))
		print("links     not available: this kernel lacks a function that they need, 'dmesg | grep tcx_backport' names it\n");
	else if (have_links(s) > 0)
		print("links     available\n");
	if (s->gives.lifetime)
		print("lifetime  %s\norder     %s\n", s->gives.lifetime,
		      s->gives.order);
	if (!s->why[0])
		return;
	print("problem   ");
	print_as_is(s->why);	/* names in it are escaped already */
	print("\n");
}

static int run(char **words, int n)
{
	struct state state = {};

	if (n)
		return usage("version takes no '%s'", words[0]);
	find_out(&state);
	if (options.json)
		print_state_json(&state);
	else
		print_state(&state);
	return EXIT_DONE;
}

const struct command command_version = {
	.name = "version",
	.forms = { { "", "say what is in use, and which version of it" } },
	.run = run,
};
