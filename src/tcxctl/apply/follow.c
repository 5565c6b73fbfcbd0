// SPDX-License-Identifier: GPL-2.0
/*
 * Devices come and go: rtnetlink tells. What a message says is not looked at, it
 * only says that it is time to look; so one that was lost (ENOBUFS) is one like
 * any other. The socket listens before the first look.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "apply.h"
#include "print.h"
#include "refuse.h"

/* systemd's protocol is one datagram, see sd_notify(3). */
static void tell_ready(void)
{
	const char *name = getenv("NOTIFY_SOCKET"), text[] = "READY=1";
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = name ? strlen(name) : 0;
	int fd;

	if (!len || len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, name, len);
	if (*name == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (void *)&to,
		   offsetof(struct sockaddr_un, sun_path) + len) < 0)
		complain("systemd cannot be told: %s", strerror(errno));
	close(fd);
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* All that is there: what comes later asks for another look. */
static int drain(struct mnl_socket *nl)
{
	char buf[32768];
	int fd = mnl_socket_get_fd(nl);

	for (;;) {
		if (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) >= 0 ||
		    errno == ENOBUFS || errno == EINTR)
			continue;
		return errno == EAGAIN ? 0 : -errno;
	}
}

/* What cannot be read changes nothing: the declarations from before hold. */
static void read_again(struct declarations *all, const char *path)
{
	struct declarations now;

	if (declarations_read(&now, path)) {
		complain("%s is not applied; what was read before holds", path);
		return;
	}
	declarations_free(all);
	*all = now;
}

static int follow(struct declarations *all, const char *path,
		  struct mnl_socket *nl, int signals)
{
	struct pollfd fds[] = {
		{ .fd = mnl_socket_get_fd(nl), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	struct applied applied;
	bool ready = false;
	int err;

	for (;;) {
		apply(all, false, &applied);
		if (!output_flush())
			return EXIT_UNTOLD;
		if (!ready)
			tell_ready();
		ready = true;
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return refuse("events cannot be waited for: %s",
				      strerror(errno));
		if (fds[1].revents) {
			if (read(signals, &info, sizeof(info)) != sizeof(info) ||
			    info.ssi_signo != SIGHUP)
				return EXIT_DONE;
			read_again(all, path);
		}
		err = drain(nl);
		if (err) {
			refuse_errno(err);
			return refuse("changes of devices cannot be received: %s",
				      strerror(-err));
		}
	}
}

int apply_follow(const char *path)
{
	struct declarations all;
	struct mnl_socket *nl;
	int signals, code;

	code = declarations_read(&all, path);
	if (code)
		return code;
	signals = open_signals();
	nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (signals < 0 || !nl ||
	    mnl_socket_bind(nl, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0) {
		refuse_errno(errno);
		code = refuse("changes of devices cannot be listened to: %s",
			      strerror(errno));
	} else {
		code = follow(&all, path, nl, signals);
	}
	if (nl)
		mnl_socket_close(nl);
	if (signals >= 0)
		close(signals);
	declarations_free(&all);
	return code;
}
