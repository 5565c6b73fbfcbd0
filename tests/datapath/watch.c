// SPDX-License-Identifier: GPL-2.0
/* Who watches, and what they say of it. */
#include "scenario.h"

#include <net/if.h>
#include <sys/stat.h>

#define MAX_WATCHERS	24
#define TRACE		"/sys/kernel/tracing/instances/datapath"

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

void drops_stack(int proto)
{
	write_file(TRACE "/options/stacktrace", "1");
	drops(proto);
}

bool dropped_through(const char *function)
{
	FILE *f = fopen(TRACE "/trace", "r");
	bool dropped = false, through = false;
	char line[1024], want[64];

	if (!f)
		fail(TRACE "/trace: %m");
	snprintf(want, sizeof(want), " => %s\n", function);
	while (fgets(line, sizeof(line), f)) {
		dropped |= strstr(line, "kfree_skb: ") != NULL;
		through |= dropped && !strcmp(line, want);
	}
	fclose(f);
	if (!dropped)
		fail("no drop was seen");
	return through;
}

void queues(int proto)
{
	trace_event("net/net_dev_start_xmit", proto);
}

void trace_begin(void)
{
	rmdir(TRACE);
	if (mkdir(TRACE, 0700))
		fail(TRACE ": %m");
}

void trace_end(void)
{
	if (rmdir(TRACE))
		fail(TRACE ": %m");
}

void trace_off(void)
{
	write_file(TRACE "/events/enable", "0");
	write_file(TRACE "/options/stacktrace", "0");
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

/* Of the bytes, but for those that the kernel may choose. They may end within
 * an IP header.
 */
static unsigned int frame_hash(unsigned char *bytes, int len, bool l3)
{
	unsigned char *ip = bytes + (l3 ? 0 : ETH_HLEN);
	unsigned int hash = 2166136261u;
	int i;

	if (ip + 12 <= bytes + len && ip[0] == 0x45 &&
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

/* No MAC address of ours begins as an IPv4 header does. */
static unsigned int head_hash(volatile struct dp_data *dp)
{
	unsigned char head[DP_HEAD];

	memcpy(head, (void *)dp->head, sizeof(head));
	return frame_hash(head, sizeof(head), head[0] == 0x45);
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
	if (dp->linear != dp->len)
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
	    "saw %llu len=%u head=#%04x proto=%04x/%04x on=%s in=%s type=%u mark=%x prio=%x tc_index=%s classid=%s queue=%u ret=%s%s",
	    dp->packets, dp->len, head_hash(dp), dp->protocol, dp->eth_type,
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
