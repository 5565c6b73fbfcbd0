// SPDX-License-Identifier: GPL-2.0
/*
 * A client on libbpf 1.5 or newer, built with a newer suite's headers and library.
 *
 *   libbpf all OBJECT                attach with options, query, update, pin, detach, on lo
 *   libbpf hold OBJECT DEV FOLDER    attach and pin: FOLDER/in, out, runs, classic_in, classic_out
 *   libbpf runs FOLDER               what has run since
 *   libbpf netkit OBJECT DEV FOLDER  attach to both ends of a netkit pair, pin: FOLDER/primary, peer
 *   libbpf send DEV N                packets out of DEV
 *   libbpf calico OBJECT             as Calico's Felix attaches; wants ip and tc
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "say.h"

#define PINS "/sys/fs/bpf/"

static struct bpf_object *object;
static int lo;

static void load(const char *path)
{
	object = bpf_object__open_file(path, NULL);
	need(object != NULL);
	need(!bpf_object__load(object));
}

static struct bpf_program *prog(const char *name)
{
	return bpf_object__find_program_by_name(object, name);
}

static int prog_fd(const char *name)
{
	return bpf_program__fd(prog(name));
}

static __u32 fd_id(int fd)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	return bpf_prog_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

static __u32 link_id(int fd)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);

	return bpf_link_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

static const char *id_name(__u32 id)
{
	static char name[BPF_OBJ_NAME_LEN];
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd < 0 || bpf_prog_get_info_by_fd(fd, &info, &len))
		return "?";
	close(fd);
	return strcpy(name, info.name);
}

/* "in_a+link(0) in_b(0)": the names in order, how each is attached, its flags. */
static const char *attached(int ifindex, enum bpf_attach_type type)
{
	__u32 ids[8], flags[8], links[8], link_flags[8];
	static char text[512];
	LIBBPF_OPTS(bpf_prog_query_opts, query, .prog_ids = ids,
		    .prog_attach_flags = flags, .link_ids = links,
		    .link_attach_flags = link_flags, .count = 8);
	char *end = text;
	__u32 i;

	*end = 0;
	if (bpf_prog_query_opts(ifindex, type, &query))
		return "error";
	for (i = 0; i < query.count; i++)
		end += sprintf(end, "%s%s%s", i ? " " : "", id_name(ids[i]),
			       links[i] ? "+" : "");
	sprintf(end, " r%llu a%x", (unsigned long long)query.revision,
		query.attach_flags);
	return text;
}

static void now(const char *expected)
{
	const char *is = attached(lo, BPF_TCX_INGRESS);

	ok(!strcmp(is, expected), "attached: %s", is);
}

static struct bpf_link *attach(const char *name, __u32 flags, __u32 fd,
			       __u32 id, __u64 revision)
{
	LIBBPF_OPTS(bpf_tcx_opts, opts, .flags = flags, .relative_fd = fd,
		    .relative_id = id, .expected_revision = revision);

	return bpf_program__attach_tcx(prog(name), lo, &opts);
}

static void refused(int error, struct bpf_link *link, const char *why)
{
	int is = link ? 0 : errno;

	ok(is == error, "%s: %s", why, strerror(is));
	bpf_link__destroy(link);
}

static __u64 runs(int map, __u32 key)
{
	__u64 value = 0;

	bpf_map_lookup_elem(map, &key, &value);
	return value;
}

static void show_runs(int map)
{
	static const char *const names[] = { "in_a", "in_b", "in_c", "in_d",
		"out_a", "out_b", "classic_in", "classic_out" };
	__u64 value, zero = 0;
	__u32 key;

	printf("runs:");
	for (key = 0; key < 8; key++) {
		value = runs(map, key);
		bpf_map_update_elem(map, &key, &zero, 0);
		if (value)
			printf(" %s=%llu", names[key], (unsigned long long)value);
	}
	printf("\n");
	fflush(stdout);
}

static int obj_map(void)
{
	return bpf_object__find_map_fd_by_name(object, "runs");
}

static void links(void)
{
	LIBBPF_OPTS(bpf_tcx_opts, none);
	struct bpf_link *a, *b, *c, *d, *out, *pinned;
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	int fd;

	ok(bpf_program__expected_attach_type(prog("in_a")) == BPF_TCX_INGRESS,
	   "SEC(tcx/ingress) means BPF_TCX_INGRESS");
	now(" r1 a0");
	need(a = bpf_program__attach_tcx(prog("in_a"), lo, &none));
	now("in_a+ r2 a0");
	need(b = attach("in_b", BPF_F_BEFORE, prog_fd("in_a"), 0, 0));
	need(c = attach("in_c", BPF_F_AFTER | BPF_F_ID, 0, fd_id(prog_fd("in_b")), 0));
	now("in_b+ in_c+ in_a+ r4 a0");
	refused(ESTALE, attach("in_d", 0, 0, 0, 3), "an old revision");
	need(d = attach("in_d", BPF_F_BEFORE | BPF_F_LINK, bpf_link__fd(c), 0, 4));
	now("in_b+ in_d+ in_c+ in_a+ r5 a0");
	refused(EEXIST, attach("in_d", 0, 0, 0, 0), "the same program again");
	refused(ENOENT, attach("out_a", BPF_F_AFTER, prog_fd("out_b"), 0, 0),
		"an anchor that is not attached");
	refused(ENODEV, bpf_program__attach_tcx(prog("out_a"), 0x7fffffff, &none),
		"no such device");

	show_runs(obj_map());
	need(out = bpf_program__attach_tcx(prog("out_a"), lo, &none));
	lo_packets(3);
	show_runs(obj_map());

	ok(!bpf_link__destroy(d), "destroy in_d");
	now("in_b+ in_c+ in_a+ r6 a0");
	ok(!bpf_link__update_program(c, prog("in_d")), "in_c becomes in_d");
	now("in_b+ in_d+ in_a+ r7 a0");
	ok(bpf_link__update_program(c, prog("in_a")) == -EEXIST,
	   "a program that is attached: %m");
	lo_packets(1);
	show_runs(obj_map());

	unlink(PINS "lib");
	ok(!bpf_link__pin(a, PINS "lib"), "pin in_a");
	ok(!bpf_link__destroy(b), "destroy in_b");
	now("in_d+ in_a+ r8 a0");
	ok(!bpf_link__destroy(a), "the pinned one is closed");
	now("in_d+ in_a+ r8 a0");
	need(pinned = bpf_link__open(PINS "lib"));
	fd = bpf_link__fd(pinned);
	need(!bpf_link_get_info_by_fd(fd, &info, &len));
	ok(info.type == BPF_LINK_TYPE_TCX && info.tcx.ifindex == (__u32)lo &&
	   info.tcx.attach_type == BPF_TCX_INGRESS &&
	   info.prog_id == fd_id(prog_fd("in_a")), "link info: type %u attach_type %u",
	   info.type, info.tcx.attach_type);
	need(b = attach("in_b", BPF_F_BEFORE | BPF_F_LINK | BPF_F_ID, 0, link_id(fd), 0));
	now("in_d+ in_b+ in_a+ r9 a0");
	ok(!bpf_link__detach(pinned), "detach the pinned link");
	now("in_d+ in_b+ r10 a0");
	need(!bpf_link_get_info_by_fd(fd, &info, &len));
	ok(!info.tcx.ifindex, "its link info names no device");
	ok(bpf_link__update_program(pinned, prog("out_b")) == -ENOLINK,
	   "update: %m");
	ok(!bpf_link__unpin(pinned), "unpin");
	ok(!bpf_link__destroy(pinned) && !bpf_link__destroy(b) && !bpf_link__destroy(c) &&
	   !bpf_link__destroy(out), "destroy all");
	now(" r1 a0");
}

static int attach_prog(const char *name, __u32 flags, int fd, __u64 revision)
{
	LIBBPF_OPTS(bpf_prog_attach_opts, opts, .flags = flags,
		    .relative_fd = fd, .expected_revision = revision);

	return bpf_prog_attach_opts(prog_fd(name), lo, BPF_TCX_INGRESS, &opts);
}

static int replace_prog(const char *name, const char *old)
{
	LIBBPF_OPTS(bpf_prog_attach_opts, opts, .flags = BPF_F_REPLACE,
		    .replace_prog_fd = prog_fd(old));

	return bpf_prog_attach_opts(prog_fd(name), lo, BPF_TCX_INGRESS, &opts);
}

static int detach_prog(int fd, __u32 flags, __u64 revision)
{
	LIBBPF_OPTS(bpf_prog_detach_opts, opts, .flags = flags,
		    .expected_revision = revision);

	return bpf_prog_detach_opts(fd, lo, BPF_TCX_INGRESS, &opts);
}

static void programs(void)
{
	__u32 ids[2];
	LIBBPF_OPTS(bpf_prog_query_opts, small, .prog_ids = ids, .count = 2);
	struct bpf_link *link;

	ok(!attach_prog("in_a", 0, 0, 0), "attach in_a");
	ok(!attach_prog("in_b", BPF_F_BEFORE, 0, 0), "in_b to the front");
	ok(!attach_prog("in_c", BPF_F_AFTER, prog_fd("in_b"), 3), "in_c after in_b");
	now("in_b in_c in_a r4 a0");
	ok(attach_prog("in_d", 0, 0, 9) == -ESTALE, "an old revision");
	ok(attach_prog("in_a", 0, 0, 0) == -EEXIST, "the same program again");
	ok(!replace_prog("in_d", "in_c"), "in_d for in_c");
	now("in_b in_d in_a r5 a0");
	ok(bpf_prog_query_opts(lo, BPF_TCX_INGRESS, &small) == -ENOSPC &&
	   small.count == 3, "query with room for 2: ENOSPC, count %u", small.count);
	need(link = attach("in_c", 0, 0, 0, 0));
	ok(detach_prog(prog_fd("in_c"), 0, 0) == -EBUSY, "a link's program: EBUSY");
	bpf_link__destroy(link);
	ok(!detach_prog(prog_fd("in_d"), 0, 0), "detach in_d");
	now("in_b in_a r8 a0");
	ok(!detach_prog(0, BPF_F_BEFORE, 8), "detach the first");
	now("in_a r9 a0");
	ok(detach_prog(prog_fd("in_b"), 0, 0) == -ENOENT, "detach what is not there");
	ok(!bpf_prog_detach2(prog_fd("in_a"), lo, BPF_TCX_INGRESS), "bpf_prog_detach2");
	now(" r1 a0");
}

static void hold(const char *dev, const char *folder)
{
	static const char *const classic[] = { "classic_in", "classic_out" };
	LIBBPF_OPTS(bpf_tcx_opts, none);
	int index = if_nametoindex(dev);
	struct bpf_link *in, *out;
	char path[256];
	size_t i;

	need(in = bpf_program__attach_tcx(prog("in_a"), index, &none));
	need(out = bpf_program__attach_tcx(prog("out_a"), index, &none));
	snprintf(path, sizeof(path), "%s/in", folder);
	need(!bpf_link__pin(in, path));
	snprintf(path, sizeof(path), "%s/out", folder);
	need(!bpf_link__pin(out, path));
	snprintf(path, sizeof(path), "%s/runs", folder);
	need(!bpf_obj_pin(obj_map(), path));
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, classic[i]);
		need(!bpf_obj_pin(prog_fd(classic[i]), path));
	}
}

static void netkit_link(const char *name, int index, enum bpf_attach_type type,
			const char *folder, const char *pin)
{
	int fd = bpf_link_create(prog_fd(name), index, type, NULL);
	char path[256];

	need(fd >= 0);
	snprintf(path, sizeof(path), "%s/%s", folder, pin);
	need(!bpf_obj_pin(fd, path));
	close(fd);
}

/* A link at each end, and at the primary a program that no link owns. */
static void netkit(const char *dev, const char *folder)
{
	LIBBPF_OPTS(bpf_prog_attach_opts, first, .flags = BPF_F_BEFORE);
	int index = if_nametoindex(dev);

	netkit_link("in_a", index, BPF_NETKIT_PRIMARY, folder, "primary");
	netkit_link("in_b", index, BPF_NETKIT_PEER, folder, "peer");
	ok(!bpf_prog_attach_opts(prog_fd("in_c"), index, BPF_NETKIT_PRIMARY,
				 &first), "in_c before in_a");
	ok(1, "primary: %s", attached(index, BPF_NETKIT_PRIMARY));
	ok(1, "peer: %s", attached(index, BPF_NETKIT_PEER));
}

static int held_runs(const char *folder)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/runs", folder);
	return bpf_obj_get(path);
}

/* A test device first; then a workload's, over a restart, with the old way's qdisc going away. */
static void calico(const char *path)
{
	LIBBPF_OPTS(bpf_tcx_opts, none);
	struct bpf_link *probe, *in, *out;
	int map;

	need(!system("ip link add testTcx type veth peer name testTcxPeer"));
	need(probe = bpf_program__attach_tcx(prog("in_c"), if_nametoindex("testTcx"), &none));
	need(!system("ip link del testTcx"));
	ok(bpf_link__update_program(probe, prog("in_d")) == -ENOLINK,
	   "update with the device gone: %m");
	ok(!bpf_link__destroy(probe), "close the link of the device that is gone");

	need(!system("ip link add cali0 type veth peer name peer0 && "
		     "ip link set cali0 up && ip link set peer0 up && sleep 1"));
	need(!system("tc qdisc add dev cali0 clsact"));
	lo = if_nametoindex("cali0");
	need(in = bpf_program__attach_tcx(prog("in_a"), lo, &none));
	need(out = bpf_program__attach_tcx(prog("out_a"), lo, &none));
	unlink(PINS "cali_in");
	unlink(PINS "cali_out");
	need(!bpf_link__pin(in, PINS "cali_in"));
	need(!bpf_link__pin(out, PINS "cali_out"));
	bpf_link__destroy(in);
	bpf_link__destroy(out);
	need(!system("tc qdisc del dev cali0 clsact"));
	map = obj_map();
	show_runs(map);
	raw_packets("peer0", 2);
	raw_packets("cali0", 3);
	ok(runs(map, 0) == 2 && runs(map, 4) == 3, "both run without the qdisc");
	show_runs(map);

	bpf_object__close(object);
	load(path);
	need(in = bpf_link__open(PINS "cali_in"));
	ok(!bpf_link__update_program(in, prog("in_b")), "after a restart: update by the pin");
	raw_packets("peer0", 2);
	ok(runs(obj_map(), 1) == 2, "the new program runs");
	show_runs(obj_map());
	now("in_b+ r3 a0");
	need(!system("ip link del cali0"));
	ok(bpf_link__update_program(in, prog("in_a")) == -ENOLINK,
	   "the workload is gone, update: %m");
	ok(!bpf_link__detach(in), "detach all the same");
	bpf_link__destroy(in);
	unlink(PINS "cali_in");
	unlink(PINS "cali_out");
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	lo = if_nametoindex("lo");
	libbpf_set_print(quiet);
	if (!strcmp(what, "runs")) {
		show_runs(held_runs(argv[2]));
		return 0;
	}
	if (!strcmp(what, "send") && argc == 4) {
		raw_packets(argv[2], atoi(argv[3]));
		return failures;
	}
	printf("libbpf %s\n", libbpf_version_string());
	load(argv[2]);
	if (!strcmp(what, "all")) {
		links();
		programs();
	} else if (!strcmp(what, "hold") && argc == 5) {
		hold(argv[3], argv[4]);
	} else if (!strcmp(what, "netkit") && argc == 5) {
		netkit(argv[3], argv[4]);
	} else if (!strcmp(what, "calico")) {
		calico(argv[2]);
	} else {
		return 2;
	}
	return failures > 0;
}
