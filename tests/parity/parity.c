// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the transcript: parity tcx|cls [SCENARIO]... See parity.h.
 */
#include "parity.h"

#include <net/if.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define MAX_WATCHERS	24
#define TRACE		"/sys/kernel/tracing/instances/parity"
#define LIMIT_S		60	/* for one scenario */

const char *const direction[] = {
	[INGRESS] = "ingress",
	[EGRESS] = "egress",
};

static bool cls;		/* attach() means cls_bpf */
static const struct scenario *scenario;
static char step_name[64];

/* The transcript. */

void step(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(step_name, sizeof(step_name), fmt, ap);
	va_end(ap);
}

void say(const char *watcher, const char *fmt, ...)
{
	va_list ap;

	printf("%s %s/%s %s: ", cls ? "cls" : "tcx", scenario->name, step_name,
	       watcher);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

const char *result(int ret)
{
	static char text[16];

	if (ret < 0 && ret > -4096 && strerrorname_np(-ret))
		snprintf(text, sizeof(text), "-%s", strerrorname_np(-ret));
	else
		snprintf(text, sizeof(text), "%d", ret);
	return text;
}

/* Programs. */

static void *map_memory(struct bpf_object *obj, const char *section, size_t size)
{
	struct bpf_map *map;
	void *memory;

	bpf_object__for_each_map(map, obj) {
		const char *name = bpf_map__name(map);
		size_t len = strlen(name), want = strlen(section);

		if (len < want || strcmp(name + len - want, section))
			continue;
		memory = mmap(NULL, bpf_map__value_size(map),
			      PROT_READ | PROT_WRITE, MAP_SHARED,
			      bpf_map__fd(map), 0);
		if (memory == MAP_FAILED || bpf_map__value_size(map) < size)
			break;
		return memory;
	}
	fail("no memory %s: %m", section);
}

/* A program that this kernel cannot load has fd < 0, and watchers say so. */
struct prog prog_load(const char *name)
{
	static struct dp_data no_dp;
	static struct px_data no_px;
	struct prog prog = { .fd = -1 };
	struct bpf_program *pos;
	int err;

	prog.obj = bpf_object__open_file(path_beside("parity.bpf.o"), NULL);
	if (!prog.obj)
		fail("parity.bpf.o: %m");
	bpf_object__for_each_program(pos, prog.obj)
		bpf_program__set_autoload(pos, !strcmp(bpf_program__name(pos),
						       name));
	pos = bpf_object__find_program_by_name(prog.obj, name);
	if (!pos)
		fail("no program %s", name);
	err = bpf_object__load(prog.obj);
	if (err) {
		prog.fd = err;
		prog.dp = &no_dp;
		prog.px = &no_px;
		return prog;
	}
	prog.fd = bpf_program__fd(pos);
	prog.dp = map_memory(prog.obj, ".bss", sizeof(*prog.dp));
	prog.px = map_memory(prog.obj, ".data.px", sizeof(*prog.px));
	prog.dp->proto = DP_PROTO;
	prog.dp->verdict = TCX_NEXT;
	return prog;
}

struct prog prog_verdict(int verdict)
{
	struct prog prog = prog_load("step");

	prog.dp->verdict = verdict;
	return prog;
}

struct prog prog_view(int verdict)
{
	struct prog prog = prog_load("view");

	prog.dp->verdict = verdict;
	return prog;
}

void prog_free(struct prog *prog)
{
	bpf_object__close(prog->obj);
	prog->obj = NULL;
}

void forget(const struct prog *prog)
{
	size_t start = offsetof(struct dp_data, packets);

	memset((char *)prog->dp + start, 0, sizeof(*prog->dp) - start);
	start = offsetof(struct px_data, gso_segs);
	memset((char *)prog->px + start, 0, sizeof(*prog->px) - start);
}

/* Attachments. */

static struct {
	int	ifindex, type, fd, priority;
} attached[160];

void tc_hook(const char *dev)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = dev_index(dev),
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err = bpf_tc_hook_create(&hook);

	if (err && err != -EEXIST)
		fail("clsact on %s: %s", dev, strerror(-err));
}

void tc_unhook(const char *dev)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = dev_index(dev),
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err = bpf_tc_hook_destroy(&hook);

	if (err)
		fail("deleting clsact of %s: %s", dev, strerror(-err));
}

static void filter_add(const char *dev, int type, const struct prog *prog,
		       int priority)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = dev_index(dev),
		    .attach_point = type == EGRESS ? BPF_TC_EGRESS :
						     BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog->fd, .handle = 1,
		    .priority = priority);
	int err = bpf_tc_attach(&hook, &opts);

	if (err)
		fail("filter on %s: %s", dev, strerror(-err));
}

void tc_filter(const char *dev, int type, const struct prog *prog)
{
	filter_add(dev, type, prog, 1);
}

void attach(const char *dev, int type, const struct prog *prog)
{
	static int priority;
	unsigned int i;
	int err;

	if (prog->fd < 0)
		return;
	if (!cls) {
		err = sys_prog_attach(dev_index(dev), type, prog->fd, 0, 0, 0,
				      0);
		if (err)
			fail("attaching to %s: %s", dev, strerror(-err));
		return;
	}
	tc_hook(dev);
	for (i = 0; attached[i].fd; i++)
		if (i == ARRAY_SIZE(attached) - 1)
			fail("too many programs");
	attached[i].ifindex = dev_index(dev);
	attached[i].type = type;
	attached[i].fd = prog->fd;
	attached[i].priority = ++priority;
	filter_add(dev, type, prog, priority);
}

void detach(const char *dev, int type, const struct prog *prog)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = dev_index(dev),
		    .attach_point = type == EGRESS ? BPF_TC_EGRESS :
						     BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1);
	unsigned int i;
	int err;

	if (prog->fd < 0)
		return;
	if (!cls) {
		err = sys_prog_detach(dev_index(dev), type, prog->fd, 0, 0, 0);
		if (err)
			fail("detaching from %s: %s", dev, strerror(-err));
		return;
	}
	for (i = 0; i < ARRAY_SIZE(attached); i++) {
		if (attached[i].ifindex != hook.ifindex ||
		    attached[i].type != type || attached[i].fd != prog->fd)
			continue;
		opts.priority = attached[i].priority;
		err = bpf_tc_detach(&hook, &opts);
		if (err)
			fail("filter of %s: %s", dev, strerror(-err));
		attached[i].fd = 0;
		return;
	}
	fail("not attached to %s", dev);
}

/* Watchers. */

static struct watcher {
	enum { PROGRAM, PLACE, COUNTERS } kind;
	char			name[16];
	int			ns;
	const struct prog	*prog;
	int			fd;	/* of a place */
	bool			l3;	/* no Ethernet header there */
	unsigned long		old[4];
} watchers[MAX_WATCHERS];
static int n_watchers;
static bool tracing;

static struct watcher *watcher_new(const char *name)
{
	struct watcher *w = &watchers[n_watchers++];

	if (n_watchers == MAX_WATCHERS)
		fail("too many watchers");
	memset(w, 0, sizeof(*w));
	snprintf(w->name, sizeof(w->name), "%s", name);
	w->ns = ns_open();
	return w;
}

void watch(const char *name, const struct prog *prog)
{
	struct watcher *w = watcher_new(name);

	w->kind = PROGRAM;
	w->prog = prog;
}

void place_fd(const char *name, int fd, bool l3)
{
	struct watcher *w = watcher_new(name);

	w->kind = PLACE;
	w->fd = fd;
	w->l3 = l3;
}

void place_named(const char *name, const char *dev, int proto)
{
	place_fd(name, packet_socket(dev, proto), false);
}

void place(const char *dev, int proto)
{
	place_named(dev, dev, proto);
}

static void read_counters(const char *dev, unsigned long *now)
{
	unsigned long v[16] = {};
	char line[512], name[32];
	FILE *f = fopen("/proc/net/dev", "r");

	if (!f)
		fail("/proc/net/dev: %m");
	while (fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = ' ';
		if (sscanf(line, "%31s %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu",
			   name, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
			   &v[6], &v[7], &v[8], &v[9], &v[10], &v[11]) < 13 ||
		    strcmp(name, dev))
			continue;
		now[0] = v[1];
		now[1] = v[3];
		now[2] = v[9];
		now[3] = v[11];
	}
	fclose(f);
}

void counters(const char *dev)
{
	struct watcher *w = watcher_new(dev);

	w->kind = COUNTERS;
	read_counters(dev, w->old);
}

void watch_reset(void)
{
	while (n_watchers > 0) {
		struct watcher *w = &watchers[--n_watchers];

		close(w->ns);
		if (w->kind == PLACE)
			close(w->fd);
	}
}

static void trace_event(const char *event, int proto)
{
	char path[128], text[64];

	snprintf(path, sizeof(path), TRACE "/events/%s/filter", event);
	snprintf(text, sizeof(text), "protocol == %d", proto);
	write_file(path, text);
	snprintf(path, sizeof(path), TRACE "/events/%s/enable", event);
	write_file(path, "1");
	tracing = true;
}

void drops(int proto)
{
	trace_event("skb/kfree_skb", proto);
}

void queues(int proto)
{
	trace_event("net/net_dev_start_xmit", proto);
}

static void trace_begin(void)
{
	rmdir(TRACE);
	if (mkdir(TRACE, 0700))
		fail(TRACE ": %m");
}

static void trace_end(void)
{
	if (rmdir(TRACE))
		fail(TRACE ": %m");
}

static void trace_off(void)
{
	write_file(TRACE "/events/enable", "0");
	write_file(TRACE "/trace", "\n");
	tracing = false;
}

static int text_cmp(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Reasons are sorted: which of two packets goes first is up to softirqs. */
static void say_trace(void)
{
	char line[1024], freed[512] = "", sent[512] = "", reasons[12][40];
	unsigned int n = 0, i;
	FILE *f = fopen(TRACE "/trace", "r");
	bool told = false;
	int fd;

	if (!f)
		fail(TRACE "/trace: %m");
	while (fgets(line, sizeof(line), f)) {
		char *reason = strstr(line, "reason: ");
		char *queue = strstr(line, "queue_mapping=");
		char *dev = strstr(line, "dev=");

		line[strcspn(line, "\n")] = '\0';
		if (strstr(line, "kfree_skb: ")) {
			told |= reason != NULL;
			if (n < ARRAY_SIZE(reasons))
				snprintf(reasons[n++], sizeof(reasons[0]), "%s",
					 reason ? reason + 8 : "?");
		} else if (queue && dev) {
			snprintf(sent + strlen(sent),
				 sizeof(sent) - strlen(sent), " %.*s:%d",
				 (int)strcspn(dev + 4, " "), dev + 4,
				 atoi(queue + 14));
		}
	}
	fclose(f);
	fd = open(TRACE "/trace", O_WRONLY | O_TRUNC);
	close(fd);
	qsort(reasons, n, sizeof(reasons[0]), text_cmp);
	for (i = 0; i < n; i++)
		snprintf(freed + strlen(freed), sizeof(freed) - strlen(freed),
			 " %s", reasons[i]);
	say("drops", "%u", n);
	/* 5.10 has none. */
	say("reasons", "%s", !n ? "-" : told ? freed + 1 : "not told");
	if (sent[0])
		say("queues", "%s", sent + 1);
}

/* 02:00:00:00:00:61 is "a". */
static char *mac_text(char *text, const unsigned char *mac)
{
	static const unsigned char ours[] = { 2, 0, 0, 0, 0 };

	if (!memcmp(mac, ours, sizeof(ours)) && mac[5] > ' ' && mac[5] < 127)
		sprintf(text, "%c", mac[5]);
	else
		sprintf(text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
			mac[2], mac[3], mac[4], mac[5]);
	return text;
}

/* Of the bytes, but for those that the kernel may choose. */
static unsigned int frame_hash(unsigned char *bytes, int len, bool l3)
{
	unsigned char *ip = bytes + (l3 ? 0 : ETH_HLEN);
	unsigned int hash = 2166136261u;
	int i;

	if (ip + 20 <= bytes + len && ip[0] == 0x45 &&
	    (l3 || (bytes[12] == 8 && bytes[13] == 0))) {
		memset(ip + 4, 0, 2);	/* identification, checksum */
		memset(ip + 10, 0, 2);
	}
	for (i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 16777619;
	return (hash ^ hash >> 16) & 0xffff;
}

static void say_place(struct watcher *w)
{
	static unsigned char bytes[70000];
	char text[1024] = "", dst[24], src[24];
	int n = 0;

	for (;;) {
		char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
		struct iovec iov = { bytes, sizeof(bytes) };
		struct sockaddr_ll from = {};
		struct msghdr msg = {
			.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		struct tpacket_auxdata *aux;
		char vlan[24] = "";
		struct cmsghdr *cmsg;
		int at, len;

		/* A tun device's wire is no socket. */
		len = recvmsg(w->fd, &msg, MSG_DONTWAIT | MSG_TRUNC);
		if (len < 0 && errno == ENOTSOCK)
			len = read(w->fd, bytes, sizeof(bytes));
		if (len <= 0)
			break;
		/* IPv6's own multicasts come when the kernel likes. */
		if (!w->l3 && bytes[0] == 0x33 && bytes[1] == 0x33)
			continue;
		if (++n > 4)
			continue;
		cmsg = msg.msg_controllen ? CMSG_FIRSTHDR(&msg) : NULL;
		aux = cmsg ? (void *)CMSG_DATA(cmsg) : NULL;
		if (aux && cmsg->cmsg_level == SOL_PACKET &&
		    aux->tp_status & TP_STATUS_VLAN_VALID)
			sprintf(vlan, " vlan=%d", aux->tp_vlan_tci);
		at = strlen(text);
		if (w->l3)
			snprintf(text + at, sizeof(text) - at,
				 " [ip%d %d #%04x]", bytes[0] >> 4, len,
				 frame_hash(bytes, len, true));
		else
			snprintf(text + at, sizeof(text) - at,
				 " [%s%s>%s %02x%02x %d%s #%04x]",
				 from.sll_pkttype == PACKET_OUTGOING ? "out " :
				 "", mac_text(src, bytes + ETH_ALEN),
				 mac_text(dst, bytes), bytes[12], bytes[13],
				 len, vlan, frame_hash(bytes, len, false));
	}
	say(w->name, "got %d%s", n, text);
}

static const char *if_text(char *text, int ifindex)
{
	if (!ifindex)
		return "-";
	return if_indextoname(ifindex, text) ?: "?";
}

/* Nobody initialises tc_classid: it is what the layers before left in skb->cb,
 * a piece of a pointer in case of a bridge or 0; PASS hands it on as tc_index.
 * Only what a scenario has set can be compared.
 */
static const char *class_text(char *text, __u32 id)
{
	static const __u32 ours[] = { 5, 0x1111, 0x1234, 0x4321, 0x4455 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ours); i++)
		if (id == ours[i]) {
			sprintf(text, "%x", id);
			return text;
		}
	return "-";
}

static void say_prog(struct watcher *w)
{
	char tc_index[12], classid[12];
	volatile struct dp_data *dp = w->prog->dp;
	volatile struct px_data *px = w->prog->px;
	char dev[IF_NAMESIZE], in[IF_NAMESIZE], extra[128] = "";

	if (w->prog->fd < 0) {
		say(w->name, "not loaded");
		return;
	}
	if (!dp->packets) {
		say(w->name, "saw 0");
		return;
	}
	if (px->gso_segs > 1 || px->gso_size)
		sprintf(extra + strlen(extra), " gso=%ux%u", px->gso_segs,
			px->gso_size);
	if (dp->linear < dp->len)
		sprintf(extra + strlen(extra), " linear=%u", dp->linear);
	if (dp->vlan_present)
		sprintf(extra + strlen(extra), " vlan=%u", dp->vlan_tci);
	if (dp->meta)
		sprintf(extra + strlen(extra), " meta=%u:%x", dp->meta,
			dp->meta_value);
	if (px->tstamp_set || px->tstamp_type)
		sprintf(extra + strlen(extra), " tstamp=%u:%u", px->tstamp_set,
			px->tstamp_type);
	if (px->ret2)
		sprintf(extra + strlen(extra), " ret2=%u", px->ret2);
	say(w->name,
	    "saw %llu len=%u proto=%04x/%04x on=%s in=%s type=%u mark=%x prio=%x tc_index=%s classid=%s queue=%u ret=%s%s",
	    dp->packets, dp->len, dp->protocol, dp->eth_type,
	    if_text(dev, dp->ifindex_seen), if_text(in, dp->ingress_ifindex),
	    dp->pkt_type, dp->mark, dp->priority,
	    class_text(tc_index, dp->tc_index),
	    class_text(classid, dp->tc_classid), dp->queue_mapping, result(dp->ret), extra);
	forget(w->prog);
}

static void say_counters(struct watcher *w)
{
	unsigned long now[4] = {};
	char name[24];

	read_counters(w->name, now);
	snprintf(name, sizeof(name), "%s:count", w->name);
	say(name, "rx=%lu rxdrop=%lu tx=%lu txdrop=%lu", now[0] - w->old[0],
	    now[1] - w->old[1], now[2] - w->old[2], now[3] - w->old[3]);
	memcpy(w->old, now, sizeof(now));
}

/* There is one CPU (see `run`): what a packet needs to arrive, a softirq or its
 * thread, comes before our timer's end.
 */
void settle(void)
{
	int i;

	for (i = 0; i < 3; i++)
		usleep(4000);
}

void observe(void)
{
	int here = ns_open(), i;

	settle();
	for (i = 0; i < n_watchers; i++) {
		struct watcher *w = &watchers[i];

		ns_enter(w->ns);
		if (w->kind == PROGRAM)
			say_prog(w);
		else if (w->kind == PLACE)
			say_place(w);
		else
			say_counters(w);
	}
	ns_enter(here);
	close(here);
	if (tracing)
		say_trace();
}

/* Packets and scenes. */

struct frame test_frame(const char *dst, const char *src)
{
	struct frame frame;

	frame_eth(&frame, dst, src, DP_PROTO);
	frame_fill(&frame, 100);
	return frame;
}

int send_test(const char *dst, const char *src)
{
	struct frame frame = test_frame(dst, src);

	return packet_send(src, &frame);
}

void frame_observe(const char *dev, const struct frame *frame)
{
	say("send", "%s", result(packet_send(dev, frame)));
	observe();
}

void send_observe(const char *dst, const char *src)
{
	struct frame frame = test_frame(dst, src);

	frame_observe(src, &frame);
}

void scene_pair(void)
{
	watch_reset();
	ns_new();
	dev_pair("a", "b", -1);
}

const char *scene_dev(int type)
{
	return type == EGRESS ? "a" : "b";
}

/* 10.0.0.1 on "a" here, 10.0.0.2 on "b" there; they know each other. */
void make_l3_hosts(int *here, int *there)
{
	watch_reset();
	*there = ns_new();
	*here = ns_new();
	dev_pair("a", "b", *there);
	ip("addr add 10.0.0.1/24 dev a\n"
	   "neigh add 10.0.0.2 lladdr 02:00:00:00:00:62 dev a\n");
	ns_enter(*there);
	ip("addr add 10.0.0.2/24 dev b\n"
	   "neigh add 10.0.0.1 lladdr 02:00:00:00:00:61 dev b\n");
	ns_enter(*here);
}

static int run_scenario(void)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		alarm(LIMIT_S);
		one_cpu();
		ns_new();
		scenario->run();
		exit(0);
	}
	waitpid(pid, &status, 0);
	trace_off();
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	printf("broken %s status %x\n", scenario->name, status);
	return 1;
}

static bool wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 2; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc <= 2;
}

static int no_message(enum libbpf_print_level level, const char *fmt,
		      va_list ap)
{
	return 0;
}

int main(int argc, char **argv)
{
	static const struct scenario *const tables[] = {
		order_scenarios, redirect_scenarios, device_scenarios,
		packet_scenarios, sender_scenarios,
	};
	int broken = 0;
	unsigned int i;

	if (argc < 2)
		return 2;
	cls = !strcmp(argv[1], "cls");
	/* What a kernel cannot load is an observation. */
	libbpf_set_print(no_message);
	trace_begin();
	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		for (scenario = tables[i]; scenario->name; scenario++) {
			if ((cls && scenario->tcx_only) ||
			    !wanted(scenario->name, argc, argv))
				continue;
			broken += run_scenario();
		}
	}
	trace_end();
	printf("end %s\n", argv[1]);
	return !!broken;
}
