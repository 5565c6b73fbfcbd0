// SPDX-License-Identifier: GPL-2.0
/* The library's own checks, which need no kernel with tcx. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <libtcx.h>

static int level = -1, messages;
static char message[256];

static int catch(enum tcx_print_level l, const char *format, va_list args)
{
	vsnprintf(message, sizeof(message), format, args);
	messages++;
	level = l;
	return 0;
}

#define CHECK(name, ok) \
	printf("%s %s\n", (ok) ? "yes" : "no", name)

/* The environment is looked at by each request. */
static int warnings(const char *word)
{
	int i;

	messages = 0;
	setenv("LIBTCX_BACKEND", word, 1);
	for (i = 0; i < 3; i++)
		tcx_prog_attach(1, 9999, 999, NULL);
	unsetenv("LIBTCX_BACKEND");
	return messages;
}

int main(void)
{
	struct {
		struct tcx_attach_opts known;
		__u64 unknown;
	} longer = { .known.sz = sizeof(longer) };
	TCX_OPTS(tcx_attach_opts, both, .relative_fd = 3, .relative_id = 4);
	TCX_OPTS(tcx_link_create_opts, twice, .relative_fd = 3, .relative_id = 4);
	TCX_OPTS(tcx_link_create_opts, reserved, .reserved = 1);
	TCX_OPTS(tcx_link_info, info);
	TCX_OPTS(tcx_backend_info, gives);
	TCX_OPTS(tcx_query_opts, query, .reserved = 1);
	TCX_OPTS(tcx_explain_opts, what, .op = TCX_OP_ATTACH, .ifindex = 1,
		 .device = "eth9", .attach_type = BPF_TCX_EGRESS);
	struct tcx_attach_opts tiny = { .sz = 4 };
	char small[8], text[512], other[512];
	int n;

	CHECK("print callback: the old one is returned", tcx_set_print(catch));
	CHECK("what the environment says in vain is told once",
	      warnings("legacy") == 1 && warnings("quick") == 1);
	CHECK("backend none", !tcx_set_backend(TCX_BACKEND_NONE) &&
	      tcx_backend() == TCX_BACKEND_NONE);
	CHECK("backend out of range", tcx_set_backend(17) == -EINVAL);
	CHECK("backend names", !strcmp(tcx_backend_name(TCX_BACKEND_MODULE), "module") &&
	      tcx_backend_name(-5));
	CHECK("nothing to be told of none",
	      tcx_backend_info(&gives) == -EOPNOTSUPP &&
	      tcx_backend_info(NULL) == -EINVAL);
	CHECK("legacy out of range", tcx_set_legacy(3) == -EINVAL &&
	      tcx_set_legacy(-1) == -EINVAL);
	CHECK("legacy is not what was chosen", !tcx_set_legacy(TCX_LEGACY_BEST) &&
	      tcx_backend() == TCX_BACKEND_NONE);
	CHECK("request without a backend",
	      tcx_prog_attach(1, BPF_TCX_INGRESS, 0, NULL) == -EOPNOTSUPP);
	CHECK("longer opts, zero tail",
	      tcx_prog_attach(1, BPF_TCX_INGRESS, 0, &longer.known) == -EOPNOTSUPP);
	longer.unknown = 1;
	level = -1;
	CHECK("longer opts, tail set",
	      tcx_prog_attach(1, BPF_TCX_INGRESS, 0, &longer.known) == -EINVAL);
	CHECK("the warning reaches the callback", level == TCX_WARN);
	CHECK("the warning names both causes",
	      strstr(message, "newer libtcx, or declare them with TCX_OPTS()"));
	CHECK("opts too small",
	      tcx_prog_attach(1, BPF_TCX_INGRESS, 0, &tiny) == -EINVAL);
	tiny.sz = sizeof(size_t);
	CHECK("opts with nothing but a size",
	      tcx_prog_attach(1, BPF_TCX_INGRESS, 0, &tiny) == -EOPNOTSUPP);
	CHECK("relative by fd and id",
	      tcx_prog_attach(1, BPF_TCX_INGRESS, 0, &both) == -EINVAL);
	CHECK("link without a backend",
	      tcx_link_create(1, BPF_TCX_INGRESS, 0, NULL) == -EOPNOTSUPP);
	CHECK("link, relative by fd and id",
	      tcx_link_create(1, BPF_TCX_INGRESS, 0, &twice) == -EINVAL);
	CHECK("link, reserved member",
	      tcx_link_create(1, BPF_TCX_INGRESS, 0, &reserved) == -EINVAL);
	CHECK("link_info without opts", tcx_link_info(0, NULL) == -EINVAL);
	CHECK("link_info of no link", tcx_link_info(0, &info) == -EINVAL);
	CHECK("link_info of no file", tcx_link_info(999, &info) == -EBADF);
	CHECK("walks without a callback",
	      tcx_link_walk_pins(NULL, NULL) == -EINVAL &&
	      tcx_link_walk_holders(NULL, NULL) == -EINVAL);
	CHECK("reserved member", tcx_prog_query(1, BPF_TCX_INGRESS, &query) == -EINVAL);
	CHECK("query without opts", tcx_prog_query(1, BPF_TCX_INGRESS, NULL) == -EINVAL);
	CHECK("module_info without opts", tcx_module_info(NULL) == -EINVAL);
	n = tcx_explain(-ENODEV, &what, text, sizeof(text));
	CHECK("explain", n == (int)strlen(text) &&
	      !strncmp(text, "cannot attach to eth9 egress: ", 30));
	CHECK("explain says how long it is",
	      tcx_explain(-ENODEV, &what, small, sizeof(small)) == n &&
	      !small[7]);
	CHECK("explain without a buffer", tcx_explain(-ENODEV, &what, NULL, 0) == n);
	CHECK("explain without options", tcx_explain(-EXDEV, NULL, text, sizeof(text)) > 0);
	tcx_explain(-EEXIST, &what, text, sizeof(text));
	tcx_explain(EEXIST, &what, other, sizeof(other));
	CHECK("explain takes errno as well", !strcmp(text, other));
	what.reserved = 1;
	CHECK("explain with options that are invalid",
	      tcx_explain(-EEXIST, &what, text, sizeof(text)) == -EINVAL &&
	      !strcmp(text, strerror(EEXIST)));
	what.reserved = 0;
	for (n = 1; n < 134; n++)
		if (tcx_explain(-n, &what, text, sizeof(text)) <= 30)
			break;
	for (what.op = TCX_OP_LINK_CREATE; what.op <= TCX_OP_LINK_DETACH; what.op++)
		if (tcx_explain(-ENOLINK, &what, text, sizeof(text)) <= 30 ||
		    strncmp(text, "cannot ", 7))
			break;
	CHECK("explain knows the operations of links", what.op > TCX_OP_LINK_DETACH);
	CHECK("explain knows something about each errno", n == 134);
	CHECK("prepare without an object", tcx_object_prepare(NULL) == -EINVAL);
	CHECK("version", strchr(tcx_version(), '.'));
	return 0;
}
