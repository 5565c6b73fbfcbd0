// SPDX-License-Identifier: GPL-2.0
/* Senders of every kind, and what they learn of their packets' fate. */
#include "scenario.h"

#include <netinet/tcp.h>
#include <sys/wait.h>

#include <bpf/bpf.h>

static const int types[] = { INGRESS, EGRESS };

/* A row of /proc/net/snmp or netstat: the value of a counter by its name. */
static long snmp(const char *path, const char *proto, const char *counter)
{
	char names[4096], values[4096], *name, *value, *p, *q;
	FILE *f = fopen(path, "r");
	long ret = -1;

	if (!f)
		fail("%s: %m", path);
	while (ret < 0 && fgets(names, sizeof(names), f) &&
	       fgets(values, sizeof(values), f)) {
		if (strncmp(names, proto, strlen(proto)))
			continue;
		name = strtok_r(names, "\n ", &p);
		value = strtok_r(values, "\n ", &q);
		while (name && value) {
			if (!strcmp(name, counter))
				ret = atol(value);
			name = strtok_r(NULL, "\n ", &p);
			value = strtok_r(NULL, "\n ", &q);
		}
	}
	fclose(f);
	return ret;
}

static void attach_pair(const struct prog *prog, int type, int here, int there)
{
	ns_enter(type == EGRESS ? here : there);
	attach(scene_dev(type), type, prog);
	ns_enter(here);
}

static int udp_client(const char *address)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(7),
		.sin_addr.s_addr = inet_addr(address),
	};
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = htons(8) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (void *)&from, sizeof(from)) ||
	    connect(fd, (void *)&addr, sizeof(addr)))
		fail("UDP client: %m");
	return fd;
}

static void udp(void)
{
	static const int codes[] = { -1, 0, 2, 7, 99 };
	unsigned int i, j, recverr;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct prog prog;
		int here, there;

		make_l3_hosts(&here, &there);
		prog = prog_view(0);
		prog.dp->proto = ETH_P_IP;
		attach_pair(&prog, types[i], here, there);
		ns_enter(types[i] == EGRESS ? here : there);
		watch("prog", &prog);
		ns_enter(here);
		for (j = 0; j < ARRAY_SIZE(codes); j++) {
			for (recverr = 0; recverr < 2; recverr++) {
				long before[2], bufs;
				int fd = udp_client("10.0.0.2"), on = 1, ret;
				char c;

				if (recverr)
					setsockopt(fd, SOL_IP, IP_RECVERR, &on,
						   sizeof(on));
				bufs = snmp("/proc/net/snmp", "Udp:",
					    "SndbufErrors");
				before[0] = snmp("/proc/net/snmp", "Udp:",
						 "OutDatagrams");
				before[1] = snmp("/proc/net/snmp", "Ip:",
						 "OutDiscards");
				step("%s,%d,%u", direction[types[i]], codes[j],
				     recverr);
				prog.dp->verdict = codes[j];
				ret = send(fd, "hello", 5, 0) < 0 ? -errno : 0;
				say("send", "%s", result(ret));
				observe();
				ret = recv(fd, &c, 1, MSG_DONTWAIT) < 0 ?
				      -errno : 0;
				say("answer", "%s", result(ret));
				say("snmp", "out=%ld discards=%ld sndbuf=%ld",
				    snmp("/proc/net/snmp", "Udp:",
					 "OutDatagrams") - before[0],
				    snmp("/proc/net/snmp", "Ip:",
					 "OutDiscards") - before[1],
				    snmp("/proc/net/snmp", "Udp:",
					 "SndbufErrors") - bufs);
				close(fd);
			}
		}
	}
}

/* The first segments are dropped: TCP sends them again. */
static void tcp(void)
{
	static const struct {
		const char *name;
		bool syn;	/* the handshake's, or data */
		int drop;
	} rows[] = { { "syn", true, 1 }, { "data", false, 1 }, { "none", false, 0 } };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			struct sockaddr_in addr = {
				.sin_family = AF_INET,
				.sin_port = htons(7),
				.sin_addr.s_addr = inet_addr("10.0.0.2"),
			};
			struct tcp_info info = {};
			socklen_t len = sizeof(info);
			struct prog prog;
			int here, there, listener, fd, server, n;
			char text[8] = "";

			make_l3_hosts(&here, &there);
			prog = prog_verdict(TCX_NEXT);
			prog.dp->proto = ETH_P_IP;
			attach_pair(&prog, types[i], here, there);
			ns_enter(there);
			listener = socket(AF_INET, SOCK_STREAM, 0);
			if (bind(listener, (void *)&addr, sizeof(addr)) ||
			    listen(listener, 1))
				fail("TCP server: %m");
			ns_enter(here);
			fd = socket(AF_INET, SOCK_STREAM, 0);
			step("%s,%s", direction[types[i]], rows[j].name);
			if (rows[j].syn) {
				prog.dp->limit = rows[j].drop;
				prog.dp->verdict = TCX_DROP;
			}
			say("connect", "%s", result(connect(fd, (void *)&addr,
							    sizeof(addr)) ?
						    -errno : 0));
			server = accept(listener, NULL, NULL);
			settle();
			if (!rows[j].syn && rows[j].drop) {
				prog.dp->packets = 0;
				prog.dp->limit = rows[j].drop;
				prog.dp->verdict = TCX_DROP;
			}
			say("send", "%s", result(send(fd, "hello", 5, 0) == 5 ?
						 0 : -errno));
			n = recv(server, text, sizeof(text), 0);
			say("received", "%d %s", n, text);
			settle();
			getsockopt(fd, SOL_TCP, TCP_INFO, &info, &len);
			say("info", "total_retrans=%u lost=%u unacked=%u",
			    info.tcpi_total_retrans, info.tcpi_lost,
			    info.tcpi_unacked);
			close(fd);
			close(server);
			close(listener);
		}
	}
}

/* Each way that pktgen has. */
static void pktgen(void)
{
	static const struct {
		const char *mode, *dev;
	} rows[] = {
		{ "start_xmit", "a" }, { "queue_xmit", "a" },
		{ "netif_receive", "b" },
	};
	static const int codes[] = { -1, 2, 7 };
	unsigned int i, j;

	run_with("modprobe pktgen", "");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct prog out, in;

		scene_pair();
		if (access("/proc/net/pktgen/kpktgend_0", F_OK)) {
			step("%s", rows[i].mode);
			say("pktgen", "not in a new namespace");
			continue;
		}
		out = prog_view(TCX_NEXT);
		out.dp->proto = ETH_P_IP;
		in = prog_view(TCX_NEXT);
		in.dp->proto = ETH_P_IP;
		attach("a", EGRESS, &out);
		attach("b", INGRESS, &in);
		watch("a:egress", &out);
		watch("b:ingress", &in);
		for (j = 0; j < ARRAY_SIZE(codes); j++) {
			static const char *const lines[] = {
				"count 10", "pkt_size 60", "delay 0",
				"dst 10.0.0.2", "src_min 10.0.0.1",
				"dst_mac 02:00:00:00:00:62",
				"src_mac 02:00:00:00:00:61",
			};
			char path[64], text[64], result_text[4096] = "";
			unsigned int k;
			FILE *f;

			/* It tries again for ever, natively too. */
			if (codes[j] == TCX_DROP &&
			    !strcmp(rows[i].mode, "queue_xmit"))
				continue;
			step("%s,%d", rows[i].mode, codes[j]);
			out.dp->verdict = codes[j];
			in.dp->verdict = codes[j];
			write_file("/proc/net/pktgen/kpktgend_0",
				   "rem_device_all");
			snprintf(text, sizeof(text), "add_device %s",
				 rows[i].dev);
			write_file("/proc/net/pktgen/kpktgend_0", text);
			snprintf(path, sizeof(path), "/proc/net/pktgen/%s",
				 rows[i].dev);
			for (k = 0; k < ARRAY_SIZE(lines); k++)
				write_file(path, lines[k]);
			snprintf(text, sizeof(text), "xmit_mode %s",
				 rows[i].mode);
			write_file(path, text);
			write_file("/proc/net/pktgen/pgctrl", "start\n");
			observe();
			f = fopen(path, "r");
			if (f) {
				char *errors;

				result_text[fread(result_text, 1,
						  sizeof(result_text) - 1, f)] = 0;
				fclose(f);
				errors = strstr(result_text, "errors:");
				say("pktgen", "%.*s", errors ?
				    (int)strcspn(errors, "\n") : 2,
				    errors ?: "no");
			}
		}
		write_file("/proc/net/pktgen/kpktgend_0", "rem_device_all");
	}
}

/* Packets that BPF_PROG_TEST_RUN makes. */
static void test_run(void)
{
	static const char *const programs[] = {
		"step", "redirect", "redirect_peer", "clone_redirect",
	};
	unsigned int i, ingress;

	scene_pair();
	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		for (ingress = 0; ingress < 2; ingress++) {
			struct prog prog = prog_load(programs[i]);
			struct prog out = prog_view(TCX_NEXT);
			struct prog in = prog_view(TCX_NEXT);
			struct prog own = prog_view(TCX_NEXT);
			struct frame frame = test_frame("b", "a");
			struct bpf_test_run_opts opts = {
				.sz = sizeof(opts),
				.data_in = frame.bytes,
				.data_size_in = frame.len,
				.repeat = 1,
			};
			int verdict;

			prog.dp->ifindex = dev_index("a");
			prog.dp->flags = ingress ? BPF_F_INGRESS : 0;
			attach("a", EGRESS, &out);
			attach("a", INGRESS, &own);
			attach("b", INGRESS, &in);
			watch("prog", &prog);
			watch("a:egress", &out);
			watch("a:ingress", &own);
			watch("b:ingress", &in);
			place("a", DP_PROTO);
			place("b", DP_PROTO);
			drops(DP_PROTO);
			for (verdict = -1; verdict <= 2; verdict += 3) {
				step("%s,%u,%d", programs[i], ingress, verdict);
				out.dp->verdict = verdict;
				own.dp->verdict = verdict;
				say("run", "%s",
				    result(bpf_prog_test_run_opts(prog.fd,
								  &opts)));
				say("retval", "%d", (int)opts.retval);
				observe();
			}
			watch_reset();
			detach("a", EGRESS, &out);
			detach("a", INGRESS, &own);
			detach("b", INGRESS, &in);
			prog_free(&prog);
			prog_free(&out);
			prog_free(&in);
			prog_free(&own);
		}
	}
}

/* To the socket of another port, which only a program at ingress may do. */
static void socket_assigned(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct sockaddr_in addr = {
			.sin_family = AF_INET,
			.sin_port = htons(99),
		};
		int here, there, fd, server, ret;
		struct prog prog;
		char c;

		make_l3_hosts(&here, &there);
		prog = prog_load("sk_assign");
		prog.dp->proto = ETH_P_IP;
		prog.dp->verdict = TCX_PASS;
		prog.px->port = 99;
		ns_enter(types[i] == EGRESS ? here : there);
		server = socket(AF_INET, SOCK_DGRAM, 0);
		if (bind(server, (void *)&addr, sizeof(addr)))
			fail("bind: %m");
		attach_pair(&prog, types[i], here, there);
		ns_enter(types[i] == EGRESS ? here : there);
		watch("prog", &prog);
		ns_enter(here);
		fd = udp_client("10.0.0.2");
		step("%s", direction[types[i]]);
		say("send", "%s", result(send(fd, "hello", 5, 0) < 0 ? -errno :
					 0));
		observe();
		ret = recv(server, &c, 1, MSG_DONTWAIT) < 0 ? -errno : 0;
		say("server", "%s", result(ret));
		ret = recv(fd, &c, 1, MSG_DONTWAIT) < 0 ? -errno : 0;
		say("client", "%s", result(ret));
		close(fd);
		close(server);
	}
}

const struct scenario sender_scenarios[] = {
	{ "udp", udp },
	{ "tcp", tcp },
	{ "pktgen", pktgen },
	{ "test_run", test_run },
	{ "socket_assigned", socket_assigned },
	{}
};
