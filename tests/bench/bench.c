// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's half of the benchmark; tests/bench/run starts it.
 *
 *   bench packet BACKEND	instructions per packet, by programs attached
 *   bench control BACKEND	microseconds to attach and to detach
 *   bench syscall tcx	instructions per bpf(2) that is not about tcx
 *
 * BACKEND is "tcx" (through the door that sys.h finds: /dev/tcx or bpf(2)) or
 * "cls_bpf" (direct-action filters under a clsact qdisc of ours).
 *
 * stdout has a line of tab-separated values per result:
 *
 *   packet	DIRECTION	CASE	INSTRUCTIONS
 *   control	DIRECTION	CASE	ATTACH	DETACH
 *   syscall	COMMAND	CASE	INSTRUCTIONS
 *   env	NAME	VALUE
 *
 * packet, under icount: pktgen sends packets into one side of a dummy device
 * and says how long that took; guest time is executed instructions. The scale
 * is taken from a loop of known length, so that the timer tick cancels out. INSTRUCTIONS are the whole path's; the cases to
 * subtract are "nothing" (no program on any device, static keys off) and
 * "other" (one on another device). Otherwise CASE is the number of programs.
 *
 * control, without icount: CASE says what is there already. "first": nothing
 * on any device, and with the module no static key switched on by it either;
 * "other": something on another device; "more": 8 programs on this device.
 *
 * syscall, under icount, with the module loaded: CASE says whether it makes
 * bpf(2) accept tcx, "off" or "on". COMMAND is "update", of a map's element,
 * which stands for all that the module leaves alone, or "query", of an attach
 * type that no kernel has: one of the four that it has a look at and hands on.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "sys.h"

#define DEVICE		"dummy0"
#define OTHER_DEVICE	"dummy1"

#define MAX_PROGS	32
#define PACKETS		100000
#define BURST		1000	/* ingress: packets per skb allocated */
#define RUNS		3	/* the least disturbed one counts */
#define SPREAD_MAX	2.0	/* instructions between those runs */

#define CALLS		50000	/* of bpf(2) */
#define SWITCH		"/sys/module/tcx_backport/parameters/bpf_syscall"

#define SAMPLES		51
#define SAMPLES_FIRST	7	/* each reloads the module */

static int progs[MAX_PROGS];
static int other_prog;
static int ifindex, other_ifindex;
static bool use_cls_bpf;

static __attribute__((noreturn, format(printf, 1, 2)))
void die(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, fmt);
	fputs("bench: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static void expect_ok(int err, const char *what)
{
	if (err < 0)
		die("%s: %s", what, strerror(-err));
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* r0 = -1 (TCX_NEXT, TC_ACT_UNSPEC); exit */
static int prog_load(void)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = (uintptr_t)insns,
		.insn_cnt = sizeof(insns) / sizeof(insns[0]),
		.license = (uintptr_t)"GPL",
	};
	int fd = sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));

	expect_ok(fd, "loading a program");
	return fd;
}

/* classic tc, through rtnetlink */

struct tc_request {
	struct nlmsghdr nlh;
	struct tcmsg tcm;
	char attrs[256];
};

static void tc_put(struct tc_request *req, struct rtattr **nest, int type,
		   const void *data, int len)
{
	struct rtattr *attr =
		(void *)((char *)req + NLMSG_ALIGN(req->nlh.nlmsg_len));

	attr->rta_type = type;
	attr->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(attr), data, len);
	req->nlh.nlmsg_len = NLMSG_ALIGN(req->nlh.nlmsg_len) +
			     RTA_ALIGN(attr->rta_len);
	if (nest)
		*nest = attr;
}

static void tc_put_end(struct tc_request *req, struct rtattr *nest)
{
	nest->rta_len = (char *)req + req->nlh.nlmsg_len - (char *)nest;
}

static int tc_request(struct tc_request *req)
{
	static int sock = -1;
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr err;
		char rest[512];
	} answer;

	if (sock < 0)
		sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			      NETLINK_ROUTE);
	if (sock < 0 || send(sock, req, req->nlh.nlmsg_len, 0) < 0 ||
	    recv(sock, &answer, sizeof(answer), 0) < 0)
		return -errno;
	return answer.nlh.nlmsg_type == NLMSG_ERROR ? answer.err.error :
						      -EPROTO;
}

static struct tc_request tc_request_init(int type, int flags, int dev)
{
	return (struct tc_request) {
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(struct tcmsg)),
		.nlh.nlmsg_type = type,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
		.tcm.tcm_ifindex = dev,
	};
}

static int clsact_add(int dev)
{
	struct tc_request req = tc_request_init(RTM_NEWQDISC,
						NLM_F_CREATE | NLM_F_EXCL, dev);

	req.tcm.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	req.tcm.tcm_parent = TC_H_CLSACT;
	tc_put(&req, NULL, TCA_KIND, "clsact", sizeof("clsact"));
	return tc_request(&req);
}

static int clsact_del(int dev)
{
	struct tc_request req = tc_request_init(RTM_DELQDISC, 0, dev);

	req.tcm.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	req.tcm.tcm_parent = TC_H_CLSACT;
	return tc_request(&req);
}

/* Each filter has a preference of its own, as those of different owners do. */
static struct tc_request filter_init(int type, int flags, int dev,
				     bool ingress, int pref)
{
	struct tc_request req = tc_request_init(type, flags, dev);

	req.tcm.tcm_parent = TC_H_MAKE(TC_H_CLSACT, ingress ? TC_H_MIN_INGRESS :
							      TC_H_MIN_EGRESS);
	req.tcm.tcm_handle = 1;
	req.tcm.tcm_info = TC_H_MAKE(pref << 16, htons(ETH_P_ALL));
	tc_put(&req, NULL, TCA_KIND, "bpf", sizeof("bpf"));
	return req;
}

static int filter_add(int dev, bool ingress, int pref, int prog)
{
	struct tc_request req = filter_init(RTM_NEWTFILTER,
					    NLM_F_CREATE | NLM_F_EXCL, dev,
					    ingress, pref);
	__u32 flags = TCA_BPF_FLAG_ACT_DIRECT;
	struct rtattr *options;

	tc_put(&req, &options, TCA_OPTIONS, NULL, 0);
	tc_put(&req, NULL, TCA_BPF_FD, &prog, sizeof(prog));
	tc_put(&req, NULL, TCA_BPF_NAME, "bench", sizeof("bench"));
	tc_put(&req, NULL, TCA_BPF_FLAGS, &flags, sizeof(flags));
	tc_put_end(&req, options);
	return tc_request(&req);
}

static int filter_del(int dev, bool ingress, int pref)
{
	struct tc_request req = filter_init(RTM_DELTFILTER, 0, dev, ingress,
					    pref);

	return tc_request(&req);
}

/* @nth: programs that the device has already, without this one. With cls_bpf
 * the first brings the qdisc along.
 */
static int attach(int dev, bool ingress, int nth, int prog)
{
	if (!use_cls_bpf)
		return sys_prog_attach(dev, ingress ? BPF_TCX_INGRESS :
						      BPF_TCX_EGRESS,
				       prog, 0, 0, 0, 0);
	if (!nth) {
		int err = clsact_add(dev);

		if (err)
			return err;
	}
	return filter_add(dev, ingress, nth + 1, prog);
}

static int detach(int dev, bool ingress, int nth, int prog)
{
	int err;

	if (!use_cls_bpf)
		return sys_prog_detach(dev, ingress ? BPF_TCX_INGRESS :
						      BPF_TCX_EGRESS,
				       prog, 0, 0, 0);
	err = filter_del(dev, ingress, nth + 1);
	if (err || nth)
		return err;
	return clsact_del(dev);
}

/* packets */

static void pktgen_write(const char *file, const char *fmt, ...)
{
	char path[64], command[64];
	va_list args;
	int fd, len;

	va_start(args, fmt);
	len = vsnprintf(command, sizeof(command) - 1, fmt, args);
	va_end(args);
	command[len++] = '\n';
	snprintf(path, sizeof(path), "/proc/net/pktgen/%s", file);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, command, len) != len)
		die("%s: '%.*s': %s", path, len - 1, command, strerror(errno));
	close(fd);
}

/* The destination address stays 0: on ingress the packets are another host's,
 * and IP drops them at once, which pktgen counts as errors; on egress the dummy
 * device frees them.
 */
static void pktgen_init(bool ingress)
{
	pktgen_write("kpktgend_0", "rem_device_all");
	pktgen_write("kpktgend_0", "add_device %s", DEVICE);
	pktgen_write(DEVICE, "count %d", PACKETS);
	pktgen_write(DEVICE, "delay 0");
	pktgen_write(DEVICE, "pkt_size 60");
	if (ingress) {
		pktgen_write(DEVICE, "xmit_mode netif_receive");
		pktgen_write(DEVICE, "burst %d", BURST);
	} else {
		pktgen_write(DEVICE, "xmit_mode queue_xmit");
		pktgen_write(DEVICE, "clone_skb %d", PACKETS);
	}
}

/* Microseconds of work, without what pktgen slept. */
static uint64_t pktgen_run(bool ingress)
{
	uint64_t usec = 0, sent = 0, errors = ~0ull;
	char line[256], *p;
	FILE *f;

	pktgen_write("pgctrl", "start");
	f = fopen("/proc/net/pktgen/" DEVICE, "r");
	if (!f)
		die("no result of pktgen");
	while (fgets(line, sizeof(line), f)) {
		p = strstr(line, "errors: ");
		if (p)
			sscanf(p, "errors: %" SCNu64, &errors);
		p = strstr(line, "(c");
		if (p)
			sscanf(p, "(c%" SCNu64 "+d%*u) usec, %" SCNu64, &usec,
			       &sent);
	}
	fclose(f);
	if (sent != PACKETS || errors != (ingress ? PACKETS : 0))
		die("pktgen sent %" PRIu64 " packets, %" PRIu64 " errors",
		    sent, errors);
	return usec;
}

/* Nanoseconds of guest time per instruction: 1 but for the tick. The least of
 * several, in between which the kernel may finish what it still has to do after
 * booting.
 */
static double ns_per_instruction(void)
{
	const uint64_t rounds = 25000000;
	double least = 1e9;

	for (int i = 0; i < 10; i++) {
		uint64_t left = rounds, start = now_ns();
		double ns;

		asm volatile("1: dec %0; jnz 1b" : "+r"(left) : : "cc");
		ns = (now_ns() - start) / (2.0 * rounds);
		least = ns < least ? ns : least;
		usleep(200000);
	}
	if (least < 0.99 || least > 1.01)
		die("%.3f ns per instruction: not under icount shift=0", least);
	return least;
}

static double scale;

static void measure(bool ingress, const char *name)
{
	uint64_t min = ~0ull, max = 0;
	double unit = 1000 / scale / PACKETS;

	for (int i = 0; i < RUNS; i++) {
		uint64_t usec = pktgen_run(ingress);

		min = usec < min ? usec : min;
		max = usec > max ? usec : max;
	}
	if ((max - min) * unit > SPREAD_MAX)
		fprintf(stderr, "bench: %s: %.1f to %.1f, not stable\n", name,
			min * unit, max * unit);
	printf("packet\t%s\t%s\t%.2f\n", ingress ? "ingress" : "egress", name,
	       min * unit);
}

static void packet_direction(bool ingress)
{
	static const int counts[] = { 1, 2, 8, MAX_PROGS };
	int attached = 0;
	char name[16];

	pktgen_init(ingress);
	expect_ok(attach(other_ifindex, ingress, 0, other_prog), "attach");
	measure(ingress, "other");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		for (; attached < counts[i]; attached++)
			expect_ok(attach(ifindex, ingress, attached,
					 progs[attached]), "attach");
		snprintf(name, sizeof(name), "%d", attached);
		measure(ingress, name);
	}
	while (attached--)
		expect_ok(detach(ifindex, ingress, attached, progs[attached]),
			  "detach");
	expect_ok(detach(other_ifindex, ingress, 0, other_prog), "detach");
}

static void packet(void)
{
	scale = ns_per_instruction();
	printf("env\tns per instruction\t%.5f\n", scale);
	pktgen_init(true);
	pktgen_run(true);	/* warms up */
	measure(true, "nothing");
	pktgen_init(false);
	measure(false, "nothing");
	packet_direction(true);
	packet_direction(false);
}

/* bpf(2) */

static int map_create(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
	};
	int fd = sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));

	expect_ok(fd, "creating a map");
	return fd;
}

static void switch_to(const char *on)
{
	int fd = open(SWITCH, O_WRONLY);

	if (fd < 0 || write(fd, on, strlen(on)) < 0)
		die("%s: '%s': %s", SWITCH, on, strerror(errno));
	close(fd);
}

static void calls(int cmd, void *attr, unsigned int size, int want,
		  const char *command, const char *name)
{
	uint64_t least = ~0ull;

	for (int i = 0; i < RUNS; i++) {
		uint64_t start = now_ns(), ns;

		for (int k = 0; k < CALLS; k++)
			if (sys_bpf(cmd, attr, size) != want)
				die("%s: not %d", command, want);
		ns = now_ns() - start;
		least = ns < least ? ns : least;
	}
	printf("syscall\t%s\t%s\t%.2f\n", command, name,
	       least / scale / CALLS);
}

static void syscalls(void)
{
	__u32 key = 0, value = 1;
	union bpf_attr update = {
		.map_fd = map_create(),
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&value,
	};
	union bpf_attr query = { .query.attach_type = ~0u };

	scale = ns_per_instruction();
	for (int on = 0; on <= 1; on++) {
		switch_to(on ? "1" : "0");
		/* Others finish what the switch has left to them. */
		sleep(1);
		calls(BPF_MAP_UPDATE_ELEM, &update, 32, 0, "update",
		      on ? "on" : "off");
		calls(BPF_PROG_QUERY, &query, 32, -EINVAL, "query",
		      on ? "on" : "off");
	}
}

/* control path */

struct times {
	double attach, detach;	/* microseconds */
};

static struct times time_once(bool ingress, int nth, int prog)
{
	uint64_t start = now_ns(), attached, end;

	expect_ok(attach(ifindex, ingress, nth, prog), "attach");
	attached = now_ns();
	expect_ok(detach(ifindex, ingress, nth, prog), "detach");
	end = now_ns();
	return (struct times) {
		.attach = (attached - start) / 1000.0,
		.detach = (end - attached) / 1000.0,
	};
}

/* In a process of its own, which holds no file of the module's afterwards. */
static struct times time_first(bool ingress)
{
	struct times t;
	int fds[2], status;
	pid_t pid;

	if (!use_cls_bpf && sys_door_is_ioctl() &&
	    system("rmmod tcx_backport && modprobe tcx_backport $MODULE_ARGS"))
		die("cannot reload the module");
	if (pipe(fds))
		die("pipe: %s", strerror(errno));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (!use_cls_bpf && sys_door_is_ioctl()) {
			struct sys_query q = {};

			sys_prog_query(ifindex, BPF_TCX_INGRESS, &q); /* opens */
		}
		t = time_once(ingress, 0, progs[0]);
		_exit(write(fds[1], &t, sizeof(t)) != sizeof(t));
	}
	if (waitpid(pid, &status, 0) != pid || status ||
	    read(fds[0], &t, sizeof(t)) != sizeof(t))
		die("the first attachment failed");
	close(fds[0]);
	close(fds[1]);
	return t;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void report(bool ingress, const char *name, const struct times *t, int n)
{
	double attach[SAMPLES], detach[SAMPLES];

	for (int i = 0; i < n; i++) {
		attach[i] = t[i].attach;
		detach[i] = t[i].detach;
	}
	qsort(attach, n, sizeof(*attach), compare);
	qsort(detach, n, sizeof(*detach), compare);
	printf("control\t%s\t%s\t%.1f\t%.1f\n", ingress ? "ingress" : "egress",
	       name, attach[n / 2], detach[n / 2]);
}

static void control_first(bool ingress)
{
	struct times t[SAMPLES_FIRST];

	for (int i = 0; i < SAMPLES_FIRST; i++)
		t[i] = time_first(ingress);
	report(ingress, "first", t, SAMPLES_FIRST);
}

static void control_more(bool ingress)
{
	struct times t[SAMPLES];
	int attached = 0;

	expect_ok(attach(other_ifindex, ingress, 0, other_prog), "attach");
	for (int i = 0; i < SAMPLES; i++)
		t[i] = time_once(ingress, 0, progs[0]);
	report(ingress, "other", t, SAMPLES);
	for (; attached < 8; attached++)
		expect_ok(attach(ifindex, ingress, attached, progs[attached]),
			  "attach");
	for (int i = 0; i < SAMPLES; i++)
		t[i] = time_once(ingress, attached, progs[attached]);
	report(ingress, "more", t, SAMPLES);
	while (attached--)
		expect_ok(detach(ifindex, ingress, attached, progs[attached]),
			  "detach");
	expect_ok(detach(other_ifindex, ingress, 0, other_prog), "detach");
}

static void control(void)
{
	control_first(true);
	control_first(false);
	control_more(true);
	control_more(false);
}

static void env(const char *name, const char *path)
{
	char line[512] = "?";
	FILE *f = fopen(path, "r");

	if (f && fgets(line, sizeof(line), f))
		line[strcspn(line, "\n")] = 0;
	if (f)
		fclose(f);
	printf("env\t%s\t%s\n", name, line);
}

int main(int argc, char **argv)
{
	bool is_packet = argc == 3 && !strcmp(argv[1], "packet");
	bool is_syscall = argc == 3 && !strcmp(argv[1], "syscall");

	if (!is_packet && !is_syscall &&
	    !(argc == 3 && !strcmp(argv[1], "control"))) {
		fputs("usage: bench {packet|control|syscall} {tcx|cls_bpf}\n",
		      stderr);
		return 2;
	}
	use_cls_bpf = !strcmp(argv[2], "cls_bpf");
	setvbuf(stdout, NULL, _IOLBF, 0);

	env("release", "/proc/sys/kernel/osrelease");
	env("spectre_v2", "/sys/devices/system/cpu/vulnerabilities/spectre_v2");
	env("bpf_jit_enable", "/proc/sys/net/core/bpf_jit_enable");
	env("bpf_stats_enabled", "/proc/sys/kernel/bpf_stats_enabled");
	env("clocksource",
	    "/sys/devices/system/clocksource/clocksource0/current_clocksource");

	ifindex = if_nametoindex(DEVICE);
	other_ifindex = if_nametoindex(OTHER_DEVICE);
	if (!ifindex || !other_ifindex)
		die("no %s or no %s", DEVICE, OTHER_DEVICE);
	for (int i = 0; i < MAX_PROGS; i++)
		progs[i] = prog_load();
	other_prog = prog_load();

	if (is_packet)
		packet();
	else if (is_syscall)
		syscalls();
	else
		control();
	return 0;
}
