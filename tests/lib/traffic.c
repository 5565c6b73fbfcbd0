// SPDX-License-Identifier: GPL-2.0
#include "module.h"
#include "traffic.h"

const unsigned char traffic_frame[ETH_ZLEN] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5,
};

int traffic_send(int fd, int ifindex)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(0x88b5),	/* for local experiments */
		.sll_ifindex = ifindex,
		.sll_halen = ETH_ALEN,
		.sll_addr = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	};

	return sendto(fd, traffic_frame, sizeof(traffic_frame), MSG_DONTWAIT,
		      (void *)&to, sizeof(to)) < 0 ? -errno : 0;
}

/* A device may be away or down: then there is no packet. */
static void *traffic_loop(void *arg)
{
	struct traffic *t = arg;
	int i;

	while (!t->stop) {
		for (i = 0; i < TRAFFIC_DEVICES; i++)
			if (t->ifindex[i] &&
			    !traffic_send(t->fd, t->ifindex[i]))
				t->sent++;
		if (t->pause_us)
			usleep(t->pause_us);
	}
	return NULL;
}

int traffic_start(struct traffic *t)
{
	int ret;

	t->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return -errno;
	ret = pthread_create(&t->thread, NULL, traffic_loop, t);
	return -ret;
}

void traffic_stop(struct traffic *t)
{
	t->stop = true;
	pthread_join(t->thread, NULL);
	close(t->fd);
}

int native_keys_hold(int ifindex)
{
	int prog, ret;

	if (!is_native())
		return 0;
	prog = cls_load();
	ret = sys_prog_attach(ifindex, BPF_TCX_INGRESS, prog, 0, 0, 0, 0) ?:
	      sys_prog_attach(ifindex, BPF_TCX_EGRESS, prog, 0, 0, 0, 0);
	close(prog);
	return ret;
}
