#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tcxctl and libtcx that need no module: the command line, sentences
# and exit codes; what the library makes of each way in which /dev/tcx can be
# missing or wrong; and, on a host whose kernel has tcx, real attachments in a
# network namespace of their own, through both backends. The module's device is
# then played by a preloaded library that turns its ioctls into bpf(2).
#
# Usage: tests/unit/tcxctl_test.sh
# Environment: O, the build directory (default: build); V=1, print all output;
# RUNNER, a command to run the tool under, such as "valgrind -q".

set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
O=$(realpath -m "${O:-$here/build}")
CC=${CC:-gcc}

if [ -z "${TCXCTL_TEST_INSIDE-}" ]; then
	if ! make -s -C "$here/src/libtcx" O="$O" || ! make -s -C "$here/src/tcxctl" O="$O"; then
		echo "Bail out! tcxctl does not build"
		exit 1
	fi
	if unshare -n -m true 2>/dev/null; then
		TCXCTL_TEST_INSIDE=1 exec unshare -n -m "$0" "$@"
	fi
	export TCXCTL_TEST_INSIDE=no
fi

tmp=$(mktemp -d)
# The mount namespace takes bpffs away.
trap 'umount "$tmp/bpf" 2>/dev/null; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

passed=0 failed=0 skipped=0 number=0

result() { # OK NAME
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
		echo "ok $number - $2"
	else
		failed=$((failed + 1))
		echo "not ok $number - $2"
	fi
	if [ "$1" != 0 ] || [ "${V:-0}" = 1 ]; then
		sed 's/^/# /' out err 2>/dev/null
	fi
}

skip() { # NAME REASON
	number=$((number + 1)) skipped=$((skipped + 1))
	echo "ok $number - $1 # SKIP $2"
}

run() {
	# shellcheck disable=SC2086 # RUNNER is a command and its arguments
	${RUNNER-} "$O/tcxctl" "$@" > out 2> err
}

# expect NAME CODE REGEX ARGUMENTS...: the exit code, and a line of output or,
# when it is not 0, of standard error and of nothing else.
expect() {
	local name=$1 code=$2 regex=$3 got file=out
	shift 3
	run "$@"
	got=$?
	[ "$code" = 0 ] || file=err
	[ "$got" = "$code" ] && grep -qE -- "$regex" "$file" &&
		{ [ "$code" = 0 ] || [ ! -s out ]; }
	result $? "$name"
}

# expect_json NAME CODE EXPRESSION ARGUMENTS...: the output is one JSON value
# and the Python expression on it, v, holds; standard error is empty.
expect_json() {
	local name=$1 code=$2 expression=$3 got
	shift 3
	run --json "$@"
	got=$?
	[ "$got" = "$code" ] && [ ! -s err ] && python3 -c '
import json, sys
v = json.load(sys.stdin)
sys.exit(not eval(sys.argv[1]))' "$expression" < out 2>> err
	result $? "$name"
}

echo "TAP version 13"

# The command line

expect "no command" 2 "no command given"
expect "unknown command" 2 "no command 'frob'" frob
expect "unknown long option" 2 "no option --frob" show --frob
expect "unknown short option" 2 "no option -q" show -q
expect "option of another command" 2 "--before does not go with 'show'" show --before
expect "value missing" 2 "needs a value" attach lo ingress id 1 --replace
expect "bad direction" 2 "ingress or egress, not 'up'" attach lo up id 1
expect "no program" 2 "no program is named" attach lo ingress
expect "bad program word" 2 "by obj, id or pinned, not by 'fd'" attach lo ingress fd 3
expect "bad id" 2 "'1x' is not an id" attach lo ingress id 1x
expect "id 0" 2 "'0' is not an id" attach lo ingress id 0
expect "id too large" 2 "is not an id" attach lo ingress id 4294967296
expect "too many words" 2 "'3' is one word too many" attach lo ingress id 1 3
expect "bad word after obj" 2 "not 'sec'" attach lo ingress obj x.o sec tc
expect "section without a name" 2 "'section' needs a name" attach lo ingress obj x.o section
expect "bad reference" 2 "id:N, link:N, pinned:PATH, first or last, not 'id 3'" attach lo ingress id 1 --before='id 3'
expect "two references" 2 "cannot both name" attach lo ingress id 1 --before=id:1 --after=id:2
expect "revision 0" 2 "number above 0, not '0'" detach lo ingress first --expected-revision 0
expect "revision in words" 2 "not 'three'" detach lo ingress first --expected-revision=three
expect "detach without a program" 2 "detach needs" detach lo ingress
expect "detach takes no object" 2 "not by 'obj'" detach lo ingress obj x.o
expect "pin without a link" 2 "--pin is for a link; add --link" attach lo ingress id 1 --pin /x
expect "timeout without a link" 2 "--timeout is for a link" attach lo ingress id 1 --timeout=3
expect "timeout 0" 2 "--timeout takes a number above 0, not '0'" attach lo ingress id 1 --link --timeout=0
expect "timeout in words" 2 "not '3s'" attach lo ingress id 1 --link --timeout 3s
expect "pin and timeout" 2 "stays until it is unpinned" attach lo ingress id 1 --link --pin /x --timeout 3
expect "pins of maps for what is loaded" 2 "for a program from an object file" attach lo ingress id 1 --pin-maps /x
expect "pins of maps of another command" 2 "--pin-maps does not go with 'detach'" detach link 3 --pin-maps=/x
expect "pins of maps nowhere" 2 "needs a value" update link 3 obj x.o --pin-maps
expect "a link replaces nothing" 2 "'tcxctl update' changes" attach lo ingress id 1 --link --replace=id:2
expect "replace a link" 2 "with 'tcxctl update link 4'" attach lo ingress id 1 --replace=link:4
expect "bad link reference" 2 "'x' is not an id" attach lo ingress id 1 --before=link:x
expect "link of another command" 2 "--link does not go with 'show'" show --link
expect "update without a link" 2 "named by link N or pinned PATH" update
expect "update of a program" 2 "not by 'id'" update id 3 id 4
expect "update without a number" 2 "'link' needs a value" update link
expect "update, bad id" 2 "'0' is not an id" update link 0 id 4
expect "old of another command" 2 "--old does not go with 'attach'" attach lo ingress id 1 --old=id:2
expect "detach: bad link id" 2 "'x' is not an id" detach link x
expect "detach: a link with a device" 2 "'detach link 3' is all" detach lo ingress link 3
expect "detach: a link and a revision" 2 "at any revision" detach link 3 --expected-revision 4
expect "detach: no such pinned link" 1 "there is no /none/pin" detach pinned /none/pin
expect "help for a command with two forms" 0 "tcxctl detach [{]link N" help detach
expect "help for update" 0 "--old=REF" help update
expect "two devices" 2 "not 'eth0' too" show lo eth0
expect "help" 0 "tcxctl attach DEV" help
expect "--help" 0 "tcxctl attach DEV" --help
expect "help for a command" 0 "--expected-revision=N" help detach
expect "--help after a command" 0 "pinned PATH" attach --help
expect "help for no command" 2 "no command 'frob'" help frob
expect_json "usage as JSON" 2 "\"'frob'\" in v['error']" frob
expect_json "usage as JSON, bad option" 2 "'--frob' in v['error']" show --frob

# execve(2) with no argument at all, as kernels before 5.18 pass it on: what stands behind argv[0] is not ours.
cat > empty.c <<'C'
#include <dlfcn.h>
#include <stddef.h>

static int (*real_main)(int, char **, char **);

static int empty_main(int argc, char **argv, char **envp)
{
	static char *none[2];

	(void)argc;
	(void)argv;
	return real_main(0, none, envp);
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv,
		      int (*init)(int, char **, char **), void (*fini)(void),
		      void (*rtld_fini)(void), void *end)
{
	int (*real)(int (*)(int, char **, char **), int, char **, int (*)(int, char **, char **),
		    void (*)(void), void (*)(void), void *) = dlsym(RTLD_NEXT, "__libc_start_main");

	real_main = main;
	return real(empty_main, argc, argv, init, fini, rtld_fini, end);
}
C
$CC -shared -fPIC -D_GNU_SOURCE -o empty.so empty.c -ldl 2> err
result $? "a program that starts others so"
# For the tool alone, not for what looks at its output.
RUNNER="env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$tmp/empty.so" \
	expect "no argument at all" 2 "no command given"

# without FDS ARGUMENTS...: with these closed
without() {
	local fds=$1 fd
	shift
	(
		exec > out 2> err
		for fd in $fds; do
			case $fd in
			0) exec <&- ;;
			1) exec >&- ;;
			2) exec 2>&- ;;
			esac
		done
		# shellcheck disable=SC2086 # RUNNER is a command and its arguments
		exec ${RUNNER-} "$O/tcxctl" "$@"
	)
}

for fds in 0 2 "0 2"; do
	without "$fds" version
	[ $? = 0 ] && grep -q "^tcxctl" out
	result $? "without $fds: version"
done
for fds in 1 "0 1" "1 2" "0 1 2"; do
	without "$fds" version
	[ $? != 0 ] && [ ! -s out ]
	result $? "without $fds: version cannot be written"
done

# Files

expect "no such object" 1 "no file none.o" attach lo ingress obj none.o
echo "not an object" > text.o
expect "not an object" 1 "text.o is not a BPF object" attach lo ingress obj text.o
expect "pin that is not there" 1 "there is no /none/pin" attach lo ingress pinned /none/pin
expect_json "failure as JSON" 1 "v['errno'] == 'ENOENT'" attach lo ingress obj none.o
run version > /dev/null
"$O/tcxctl" version > /dev/full 2> err
[ $? = 1 ] && grep -q "cannot write" err
result $? "output that cannot be written is a failure"

# Without a module

export LIBTCX_BACKEND=none
expect "no backend: show" 1 "tcx_backport is not loaded; .*run 'modprobe" show lo
expect "no backend: version" 0 "^backend +none" version
expect "no backend: version says why" 0 "^problem .*not loaded" version
expect_json "no backend: version as JSON" 0 \
	"v['backend'] == 'none' and v['module']['loaded'] == False and 'problem' in v" version
expect_json "no backend: error as JSON" 1 "v['errno'] == 'EOPNOTSUPP'" show
export LIBTCX_BACKEND=module LIBTCX_DEVICE=/none/tcx
expect "device missing" 1 "not loaded" show lo
export LIBTCX_DEVICE=/dev/null
expect "another device" 1 "/dev/null is not the device of tcx_backport" show lo
expect "another device: version" 0 "^problem .*not the device" version
unset LIBTCX_BACKEND
chmod 755 "$tmp"
: > locked
chmod 600 locked
export LIBTCX_DEVICE=$tmp/locked
if [ "$(id -u)" = 0 ] && RUNNER="setpriv --reuid 65534 --clear-groups" run version; then
	RUNNER="setpriv --reuid 65534 --clear-groups" \
		expect "device may not be opened" 1 "may not be opened; run this as root" show lo
	unset LIBTCX_DEVICE
	if [ ! -e /dev/tcx ] && [ "$(cat /proc/sys/kernel/unprivileged_bpf_disabled)" != 0 ]; then
		RUNNER="setpriv --reuid 65534 --clear-groups" \
			expect "no module, may not ask" 1 "cannot be found out .* run this as root" show lo
	fi
else
	skip "device may not be opened" "needs root"
fi
unset LIBTCX_DEVICE
LIBTCX_BACKEND=quick run version
grep -q "^tcxctl" out
result $? "a backend that does not exist is ignored"

# A stand-in for the module

cat > fake.c <<'C'
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/tcx_backport.h>

static int door(int cmd, __u32 *a, unsigned int size)
{
	return syscall(__NR_bpf, cmd, a, size);
}

int ioctl(int fd, unsigned long cmd, ...)
{
	int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
	const char *abi = getenv("FAKE_ABI"), *links = getenv("FAKE_NO_LINKS");
	struct tcx_backport_link_create *li;
	struct tcx_backport_prog_attach *at;
	struct tcx_backport_prog_detach *de;
	struct tcx_backport_prog_query *q;
	struct tcx_backport_info *info;
	va_list args;
	void *arg;
	int err;

	va_start(args, cmd);
	arg = va_arg(args, void *);
	va_end(args);
	if (_IOC_TYPE(cmd) != TCX_BACKPORT_IOC_MAGIC)
		return real(fd, cmd, arg);
	switch (cmd) {
	case TCX_BACKPORT_INFO:
		info = arg;
		*info = (struct tcx_backport_info){
			.magic = TCX_BACKPORT_MAGIC,
			.abi = abi ? atoi(abi) : TCX_BACKPORT_ABI,
			.version = "9.8.7",
			.features = TCX_BACKPORT_FEAT_INGRESS | TCX_BACKPORT_FEAT_EGRESS |
				    (links ? 0 : TCX_BACKPORT_FEAT_LINK),
			.hook = TCX_BACKPORT_HOOK_NETFILTER,
			.max_progs = 63,
		};
		return 0;
	case TCX_BACKPORT_PROG_ATTACH:
		at = arg;
		__u32 a[8] = { at->ifindex, at->prog_fd, at->attach_type, at->flags,
			       at->replace_prog_fd, at->relative_fd };
		memcpy(&a[6], &at->expected_revision, 8);
		return door(BPF_PROG_ATTACH, a, sizeof(a));
	case TCX_BACKPORT_PROG_DETACH:
		de = arg;
		__u32 d[8] = { de->ifindex, de->prog_fd, de->attach_type, de->flags,
			       0, de->relative_fd };
		memcpy(&d[6], &de->expected_revision, 8);
		return door(BPF_PROG_DETACH, d, sizeof(d));
	case TCX_BACKPORT_PROG_QUERY:
		q = arg;
		__u32 b[16] = { q->ifindex, q->attach_type, q->query_flags, q->attach_flags };
		memcpy(&b[4], &q->prog_ids, 8);
		b[6] = q->count;
		memcpy(&b[8], &q->prog_attach_flags, 8);
		memcpy(&b[10], &q->link_ids, 8);
		memcpy(&b[12], &q->link_attach_flags, 8);
		err = door(BPF_PROG_QUERY, b, sizeof(b));
		q->count = b[6];
		memcpy(&q->revision, &b[14], 8);
		return err;
	}
	if (cmd == TCX_BACKPORT_LINK_CREATE && !links) {
		li = arg;
		__u32 c[8] = { li->prog_fd, li->ifindex, li->attach_type, li->flags,
			       li->relative_fd };
		memcpy(&c[6], &li->expected_revision, 8);
		return door(BPF_LINK_CREATE, c, sizeof(c));
	}
	errno = links ? atoi(links) : ENOTTY;
	return -1;
}
C
fake=
if $CC -shared -fPIC -D_GNU_SOURCE -I"$here/uapi" -o fake.so fake.c -ldl 2> err; then
	fake=$tmp/fake.so
fi
export ASAN_OPTIONS=verify_asan_link_order=0
with_module() {
	LIBTCX_BACKEND=auto LIBTCX_DEVICE=/dev/null LD_PRELOAD=$fake "$@"
}

if [ "$fake" ]; then
	with_module expect "module: version" 0 "^module +9.8.7, ABI 1" version
	with_module expect "module: backend" 0 "^backend +module" version
	with_module expect "module: hook" 0 "^hook +netfilter" version
	with_module expect_json "module: version as JSON" 0 \
		"v['module']['features'] == ['ingress', 'egress', 'link'] and v['links'] == True and v['backend'] == 'module'" version
	FAKE_NO_LINKS=95 with_module expect "module without links" 0 \
		"^links +not available: this kernel lacks a function" version
	FAKE_NO_LINKS=95 with_module expect_json "module without links, as JSON" 0 \
		"v['links'] == False and 'link' not in v['module']['features']" version
	FAKE_ABI=2 LIBTCX_BACKEND=module LIBTCX_DEVICE=/dev/null LD_PRELOAD=$fake \
		expect "module newer than the library" 1 "ABI version 2 and .* has 1; upgrade libtcx" show lo
	FAKE_ABI=0 LIBTCX_BACKEND=module LIBTCX_DEVICE=/dev/null LD_PRELOAD=$fake \
		expect "module older than the library" 1 "upgrade the module" show lo
	FAKE_ABI=2 LIBTCX_BACKEND=module LIBTCX_DEVICE=/dev/null LD_PRELOAD=$fake \
		expect_json "ABI mismatch in version" 0 \
		"v['module']['abi'] == 2 and 'problem' in v" version
else
	skip "module" "the stand-in does not compile"
fi

# The library's own checks

cat > lib.c <<'C'
#include <errno.h>
#include <stdio.h>
#include <libtcx.h>

static int level = -1;

static int catch(enum tcx_print_level l, const char *format, va_list args)
{
	(void)format;
	(void)args;
	level = l;
	return 0;
}

#define CHECK(name, ok) \
	printf("%s %s\n", (ok) ? "yes" : "no", name)

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
	TCX_OPTS(tcx_query_opts, query, .reserved = 1);
	TCX_OPTS(tcx_explain_opts, what, .op = TCX_OP_ATTACH, .ifindex = 1,
		 .device = "eth9", .attach_type = BPF_TCX_EGRESS);
	struct tcx_attach_opts tiny = { .sz = 4 };
	char small[8], text[512];
	int n;

	CHECK("print callback: the old one is returned", tcx_set_print(catch));
	CHECK("backend none", !tcx_set_backend(TCX_BACKEND_NONE) &&
	      tcx_backend() == TCX_BACKEND_NONE);
	CHECK("backend out of range", tcx_set_backend(17) == -EINVAL);
	CHECK("backend names", !strcmp(tcx_backend_name(TCX_BACKEND_MODULE), "module") &&
	      tcx_backend_name(-5));
	CHECK("request without a backend",
	      tcx_prog_attach(1, BPF_TCX_INGRESS, 0, NULL) == -EOPNOTSUPP);
	CHECK("longer opts, zero tail",
	      tcx_prog_attach(1, BPF_TCX_INGRESS, 0, &longer.known) == -EOPNOTSUPP);
	longer.unknown = 1;
	level = -1;
	CHECK("longer opts, tail set",
	      tcx_prog_attach(1, BPF_TCX_INGRESS, 0, &longer.known) == -EINVAL);
	CHECK("the warning reaches the callback", level == TCX_WARN);
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
C
for kind in so.1 a; do
	rm -f lib
	# shellcheck disable=SC2086 # CFLAGS is a list
	if $CC ${CFLAGS-} -D_GNU_SOURCE -Wall -Wextra -I"$here/include" -I"$here/uapi" -o lib lib.c \
		-Wl,-rpath,"$O" "$O/libtcx.$kind" -lbpf 2> err; then
		: > out
		# shellcheck disable=SC2086 # as above
		${RUNNER-} ./lib > lib.out 2> err
		result $? "libtcx.$kind: runs"
		while read -r answer name; do
			[ "$answer" = yes ]
			result $? "libtcx.$kind: $name"
		done < lib.out
	else
		result 1 "libtcx.$kind: links"
	fi
done

# Real attachments

cat > interop.c <<'C'
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
C

links() {
	local holder id name=$1 prog

	if [ ! -d "$tmp/bpf" ] || ! mountpoint -q "$tmp/bpf"; then
		skip "$name: links" "no bpffs"
		return
	fi
	./interop "$tmp/bpf/interop" > interop.out 2> err
	result $? "$name: libbpf and libtcx on one link"
	while read -r answer what; do
		[ "$answer" = yes ]
		result $? "$name: libbpf and libtcx: $what"
	done < interop.out

	expect_json "$name: link, pinned" 0 "v['link']['pinned'] == ['bpf/link'] and v['program']['name'] == 'one'" \
		attach lo ingress obj prog.o program one --link --pin bpf/link
	expect "$name: the pin is taken" 1 "bpf/link is there already" \
		attach lo ingress obj prog.o program two --link --pin bpf/link
	expect "$name: pin outside bpffs" 1 "cannot be pinned in \., which is not in bpffs" \
		attach lo ingress obj prog.o program two --link --pin link
	expect "$name: no folder for the pin" 1 "make the folder first" \
		attach lo ingress obj prog.o program two --link --pin bpf/none/link
	expect "$name: a pin with a dot" 1 "bpf/v1.2 cannot be a pin: bpffs allows no dot in a name" \
		attach lo ingress obj prog.o program two --link --pin bpf/v1.2
	expect "$name: a folder with a dot" 1 "bpffs allows no dot in a name" \
		attach lo ingress obj prog.o program two --link --pin bpf/v1.2/link
	expect "$name: show says where it is pinned" 0 "^ +pinned $tmp/bpf/link$" show lo
	run --json show lo
	read -r id prog < <(python3 -c '
import json; p = json.load(open("out"))[0]["programs"][0]; print(p["link"]["id"], p["id"])')
	expect "$name: others cannot detach it" 1 "owned by link id $id, .*'tcxctl detach link $id'" \
		detach lo ingress id "$prog"
	expect "$name: nor replace it" 1 "owned by link id $id, .*'tcxctl update link $id'" \
		attach lo ingress obj prog.o program two --replace=id:"$prog"
	expect "$name: a link as the relative" 0 "two" \
		attach lo ingress obj prog.o program two --before=link:"$id"
	expect "$name: a pinned link as the relative" 0 "three" \
		attach lo ingress obj prog.o program three --before=pinned:bpf/link
	expect_json "$name: order" 0 "[p['name'] for p in v[0]['programs']] == ['two', 'three', 'one']" show lo
	expect "$name: update by pin" 0 "link id $id has program id [0-9]+ four now, in the place of id $prog" \
		update pinned bpf/link obj prog.o program four
	run --json show lo
	prog=$(python3 -c 'import json; print(json.load(open("out"))[0]["programs"][2]["id"])')
	expect "$name: update by id, the old program right" 0 "one now, in the place of id $prog" \
		update link "$id" obj prog.o program one --old=id:"$prog"
	run --json show lo
	prog=$(python3 -c 'import json; print(json.load(open("out"))[0]["programs"][0]["id"])')
	expect_json "$name: update, the old program wrong" 1 \
		"v['errno'] == 'EPERM' and 'id $prog, is not the present one' in v['error']" \
		update link "$id" obj prog.o program four --old=id:"$prog"
	expect "$name: update to what is there" 1 "id $prog is attached already where the link is, at place 1" \
		update link "$id" id "$prog"
	expect "$name: update, old without sense" 2 "--old takes id:N or pinned:PATH" \
		update link "$id" id "$prog" --old=first
	expect "$name: no such link" 1 "no link with id 4294967295" update link 4294967295 id 1
	if [ -e bpf/three ]; then
		expect "$name: a program's pin is no link" 1 "name these too" detach pinned bpf/three
		expect "$name: a map's pin is no link" 1 "is a BPF map" update pinned bpf/map id 1
	fi
	expect "$name: attached elsewhere" 1 "is not attached to lo egress" detach lo egress pinned bpf/link
	expect "$name: detach by the pin" 0 "of link id $id; the link remains, defunct, until it is unpinned" \
		detach lo ingress pinned bpf/link
	expect "$name: update of a defunct link" 1 "it is defunct: its device is gone, or it was detached" \
		update link "$id" obj prog.o program one
	expect_json "$name: show has it still" 0 \
		"any(p['link']['id'] == $id for e in v if not e['device'] for p in e['programs'])" show
	expect "$name: detach again" 0 "link id $id was defunct already" detach link "$id"
	rm bpf/link
	if [ -z "${RUNNER-}" ]; then
		without 0 attach lo ingress obj prog.o program four --link --pin bpf/low
		[ $? = 0 ] && [ -e bpf/low ] && without 0 detach pinned bpf/low
		result $? "$name: pinned without stdin"
		rm -f bpf/low
	fi
	expect "$name: unpinned it is gone" 1 "no link with id $id" detach link "$id"

	# The name is the script's own, so that it is the tool that is killed.
	LIBTCX_BACKEND=${LIBTCX_BACKEND-} "$O/tcxctl" attach lo ingress obj prog.o program one --link > hold &
	holder=$!
	for ((i = 0; i < 100; i++)); do
		grep -q held hold && break
		sleep 0.05
	done
	grep -q "held until SIGINT or SIGTERM$" hold
	result $? "$name: a link in the foreground"
	expect "$name: show says who holds it" 0 "^ +held by $holder \(tcxctl\)$" show lo
	expect_json "$name: and as JSON" 0 \
		"v[0]['programs'][2]['link']['held_by'] == [{'pid': $holder, 'command': 'tcxctl'}]" show lo
	run --json show lo
	id=$(python3 -c 'import json; print(json.load(open("out"))[0]["programs"][2]["link"]["id"])')
	expect "$name: detach by id" 0 "until it is let go of:" detach link "$id"
	kill -TERM $holder
	wait $holder
	result $? "$name: the holder ends with status 0"
	[ -n "${RUNNER-}" ] || [ "$name" != native ] ||
		expect "$name: timeout" 0 "held for 1 s, or until SIGINT or SIGTERM" \
			attach lo ingress obj prog.o program one --link --timeout 1
	run detach lo ingress last
	run detach lo ingress last
	expect_json "$name: no link is left" 0 "not v[0]['programs']" show lo
}

# Whatever of it fails: the steps by which maps are pinned, and what they are pinned for.
cat > fail.c <<'C'
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/types.h>

static int fails(void)
{
	static int count;
	const char *at = getenv("FAIL_AT");

	if (!at || ++count != atoi(at))
		return 0;
	fclose(fopen("fired", "w"));
	errno = EIO;
	return 1;
}

#define FAILS(ret, name, parameters, arguments)				\
	int name parameters						\
	{								\
		int (*real) parameters = dlsym(RTLD_NEXT, #name);	\
									\
		return fails() ? ret : real arguments;			\
	}

FAILS(-EIO, bpf_obj_pin, (int fd, const char *path), (fd, path))
FAILS(-EIO, bpf_link_update, (int fd, int prog, const void *opts), (fd, prog, opts))
FAILS(-1, mkdir, (const char *path, mode_t mode), (path, mode))
FAILS(-1, flock, (int fd, int how), (fd, how))
FAILS(-1, symlinkat, (const char *to, int fd, const char *path), (to, fd, path))
FAILS(-1, rename, (const char *from, const char *to), (from, to))
C

attached() { "$O/tcxctl" show lo | sed 's/ revision.*//; s/  tag.*//'; }

# each_fails NAME ARGUMENT...: the command, with its first step failing, then its second, and so on until none does. One
# that is refused has changed nothing, and one that is not has what it needs.
each_fails() {
	local name=$1 before after fired=0 wrong=0 k code
	shift
	for ((k = 1; k < 50; k++)); do
		before=$(find bpf | sort; attached)
		rm -f fired
		FAIL_AT=$k LD_PRELOAD=$tmp/fail.so run "$@"
		code=$?
		[ -e fired ] || break
		fired=$((fired + 1))
		after=$(find bpf | sort; attached)
		if [ $code != 0 ]; then
			[ "$before" = "$after" ]
		else
			# What could not be tidied up is by the next one.
			find bpf/f_maps -name jumps | grep -q . && run "$@" && [ -z "$(find bpf/f_maps -name 'new-*')" ]
		fi || {
			wrong=$((wrong + 1))
			printf 'step %d, status %d, left:\n%s\n' $k $code "$after" >> wrong
		}
	done
	[ $code = 0 ] && [ $fired -ge 2 ] && [ $wrong = 0 ]
	code=$?
	cat wrong >> err 2> /dev/null
	rm -f wrong
	result $code "$name: none of $fired failures leaves anything behind"
}

maps() {
	local name=$1

	if [ ! -d bpf ] || ! mountpoint -q bpf; then
		skip "$name: maps" "no bpffs"
		return
	fi
	expect "$name: maps: an attachment without a link" 1 "depends on its map jumps \(prog_array\).*--pin-maps DIR" \
		attach lo egress obj maps_tail.o program caller
	expect_json "$name: maps: pinned where one likes" 0 "v['pinned_maps'] == ['bpf/m/jumps']" \
		attach lo egress obj maps_tail.o program caller --pin-maps bpf/m
	run detach lo egress first
	rm -r bpf/m
	if [ "$name" = native ] && [ -z "${RUNNER-}" ]; then
		$CC -shared -fPIC -D_GNU_SOURCE -o fail.so fail.c -ldl 2> err
		result $? "$name: maps: what fails compiles"
		each_fails "$name: maps: pinned where one likes" attach lo egress obj maps_tail.o program caller --pin-maps bpf/m
		run detach lo egress first
		rm -r bpf/m
		each_fails "$name: maps: link" attach lo egress obj maps_tail.o program caller --link --pin bpf/f
		each_fails "$name: maps: update" update pinned bpf/f obj maps_tail.o program caller_two
		expect "$name: maps: update to one that needs none" 0 "plain now" update pinned bpf/f obj maps_tail.o program plain
		[ ! -e bpf/f_maps ]
		result $? "$name: maps: it has none, from whichever failure"
		each_fails "$name: maps: update from none" update pinned bpf/f obj maps_tail.o program caller
		expect "$name: maps: detach" 0 "until it is unpinned" detach pinned bpf/f
		[ ! -e bpf/f_maps ]
		result $? "$name: maps: none is left"
		rm bpf/f
	fi
	expect_json "$name: maps: nothing is left" 0 "not [p for p in v if p['device'] and p['programs']]" show
}

live() {
	local id egress name=$1
	shift

	expect "$name: show nothing" 0 "^lo ingress revision 1 .*nothing attached" show lo
	expect "$name: several programs" 1 "several programs: one .*two .*'program NAME'" \
		attach lo ingress obj prog.o
	expect "$name: attach tcx/ingress" 0 "^lo ingress: attached program id [0-9]+ one, revision 2" \
		attach lo ingress obj prog.o section tcx/ingress
	expect "$name: attach before all" 0 "two" attach lo ingress obj prog.o program two --before
	expect "$name: attach after the first" 0 "three" \
		attach lo ingress obj prog.o program three --after=first
	expect_json "$name: order" 0 \
		"[p['name'] for p in v[0]['programs']] == ['two', 'three', 'one'] and v[0]['revision'] == 4" show lo
	id=$(python3 -c 'import json; print(json.load(open("out"))[0]["programs"][1]["id"])')
	expect "$name: replace by id" 0 "four, revision 5" \
		attach lo ingress obj prog.o program four --replace=id:"$id"
	expect_json "$name: replaced in place" 0 \
		"[p['name'] for p in v[0]['programs']] == ['two', 'four', 'one']" show lo
	expect "$name: the replaced program is gone" 1 "no program with id $id" \
		attach lo ingress id "$id"
	run --json show lo
	id=$(python3 -c 'import json; print(json.load(open("out"))[0]["programs"][0]["id"])')
	expect "$name: attached already" 1 "id $id is attached there already, at place 1" \
		attach lo ingress id "$id"
	expect "$name: by id in the other direction" 0 "^lo egress: attached program id $id" \
		attach lo egress id "$id"
	expect_json "$name: revision moved on" 1 \
		"v['errno'] == 'ESTALE' and 'its revision is 2, not 9' in v['error']" \
		detach lo egress id "$id" --expected-revision=9
	expect "$name: relative not attached" 1 "which the place was to be relative to" \
		attach lo egress obj prog.o program one --before=id:999999
	egress=$id
	run --json show lo
	id=$(python3 -c 'import json; print(json.load(open("out"))[0]["programs"][2]["id"])')
	expect "$name: relative attached elsewhere" 1 "id $id, which the place .* not attached there" \
		attach lo egress obj prog.o program one --before=id:"$id"
	expect "$name: replace what is elsewhere" 1 "id $id, which is to be replaced, is not attached" \
		attach lo egress obj prog.o program one --replace=id:"$id"
	expect "$name: ordering impossible" 1 "no place satisfies" \
		attach lo ingress obj prog.o program three --before --after
	expect "$name: detach by id" 0 "detached program id $egress" detach lo egress id "$egress"
	expect "$name: detach again" 1 "nothing is attached there" detach lo egress id "$egress"
	expect "$name: no first program" 1 "there is no last program" \
		attach lo egress obj prog.o program one --before=last
	expect "$name: unknown section" 1 "section \"somewhere\" does not say" \
		attach lo ingress obj prog.o program lost
	expect "$name: wrong type" 1 "type xdp, and only sched_cls" \
		attach lo ingress obj prog.o program xdp_prog
	expect "$name: no such program" 1 "no program with this name, but one" \
		attach lo ingress obj prog.o program none
	expect "$name: no such device" 1 "no device none0 in this network namespace" show none0
	for section in tcx/egress tc/ingress tc/egress tc classifier classifier/x netkit/primary netkit/peer; do
		expect "$name: section $section" 0 "attached" \
			attach lo egress obj sections.o section $section
	done
	expect_json "$name: show all" 0 "[len(p['programs']) for p in v if p['device']] == [3, 8]" show
	for ((i = 0; i < 8; i++)); do
		run detach lo egress last || break
	done
	expect_json "$name: detached all" 0 "len([p for p in v if p['device']]) == 1" show

	if [ -e bpf/three ]; then
		expect "$name: pinned" 0 "three" attach lo egress pinned bpf/three
		expect "$name: relative pinned" 0 "one" \
			attach lo egress obj prog.o program one --before=pinned:bpf/three
		expect "$name: pinned map" 1 "is a BPF map or link and not a program" \
			attach lo egress pinned bpf/map
		expect "$name: replace pinned" 0 "two" \
			attach lo egress obj prog.o program two --replace=pinned:bpf/three
		run attach lo egress pinned bpf/three
		expect "$name: detach pinned" 0 "detached program" detach lo egress pinned bpf/three
		run detach lo egress first
		run detach lo egress first
	else
		skip "$name: pinned" "no bpffs, or no bpftool"
	fi

	for ((i = 0; i < 63; i++)); do
		run attach lo egress obj prog.o program one || break
	done
	expect "$name: full" 1 "63 programs are attached there.*detach one first" \
		attach lo egress obj prog.o program one
	expect_json "$name: show a full point" 0 "len(v[1]['programs']) == 63" show lo
	for ((i = 0; i < 63; i++)); do
		run detach lo egress first || break
	done
	for ((i = 0; i < 3; i++)); do
		run detach lo ingress first
	done
	expect_json "$name: nothing is left" 0 "not [p for p in v if p['device']]" show
}

cat > prog.c <<'C'
#define SEC(name) __attribute__((section(name), used))
#define PROG(name, where, ret) SEC(where) int name(void *ctx) { return ret; }
PROG(one, "tcx/ingress", -1)
PROG(two, "tc", 0)
PROG(three, "tcx/egress", -1)
PROG(four, "classifier", -1)
PROG(lost, "somewhere", 0)
PROG(xdp_prog, "xdp", 2)
char _license[] SEC("license") = "Dual BSD/GPL";
C
cat > sections.c <<'C'
#define SEC(name) __attribute__((section(name), used))
#define PROG(name, where) SEC(where) int name(void *ctx) { return -1; }
PROG(a, "tcx/egress")
PROG(b, "tc/ingress")
PROG(c, "tc/egress")
PROG(d, "tc")
PROG(e, "classifier")
PROG(f, "classifier/x")
PROG(g, "netkit/primary")
PROG(h, "netkit/peer")
char _license[] SEC("license") = "Dual BSD/GPL";
C

# valgrind takes the probe's ifindex for an fd, and refuses it.
"$O/tcxctl" version > out
[ -z "${RUNNER-}" ] || export LIBTCX_BACKEND=native
if [ "$TCXCTL_TEST_INSIDE" = no ]; then
	skip "real attachments" "no namespaces can be made here"
elif ! grep -q "^backend *native" out; then
	skip "real attachments" "the host's kernel has no tcx of its own"
elif ! clang -O2 -target bpf -c prog.c 2> err || ! clang -O2 -target bpf -c sections.c 2> err; then
	skip "real attachments" "no clang for BPF"
else
	mkdir bpf
	if mount -t bpf none bpf 2> err; then
		run attach lo ingress obj prog.o program three --json
		id=$(python3 -c 'import json; print(json.load(open("out"))["program"]["id"])')
		bpftool prog pin id "$id" bpf/three 2> err
		bpftool map create bpf/map type array key 4 value 4 entries 1 name m 2> err
		run detach lo ingress first
	fi
	# shellcheck disable=SC2086 # CFLAGS is a list
	$CC ${CFLAGS-} -D_GNU_SOURCE -Wall -Wextra -I"$here/include" -I"$here/uapi" -o interop interop.c \
		"$O/libtcx.a" -lbpf 2> err
	result $? "interop: links"
	clang -O2 -g -target bpf -I"$here/uapi" -idirafter "/usr/include/$($CC -print-multiarch)" -c \
		-o maps_tail.o "$here/tests/vm/progs/maps_tail.bpf.c" 2> err
	result $? "maps: compiles"
	live native
	links native
	maps native
	if [ "$fake" ]; then
		with_module live module
		with_module links module
		with_module maps module
		FAKE_NO_LINKS=95 with_module expect_json "no links: attach" 1 \
			"v['errno'] == 'EOPNOTSUPP' and 'without a link works' in v['error']" \
			attach lo ingress obj prog.o program one --link
		FAKE_NO_LINKS=25 with_module expect_json "links unknown: attach" 1 \
			"v['errno'] == 'ENOTTY' and 'from before links' in v['error']" \
			attach lo ingress obj prog.o program one --link
	fi
fi

echo "1..$number"
[ "$skipped" = 0 ] || echo "# $skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
