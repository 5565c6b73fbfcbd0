/* SPDX-License-Identifier: GPL-2.0 */
/* What the C clients share: cases, packets, what is attached. */
#ifndef SAY_H
#define SAY_H

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How many cases have failed. */
extern int failures;

/* One case. Arguments may be evaluated before the condition: for its errno use %m. */
__attribute__((format(printf, 2, 3)))
int ok(int good, const char *format, ...);

/* What one cannot go on without: a case only when it fails. */
#define need(what) do { if (!(what)) { ok(0, "%s", #what); exit(1); } } while (0)

/* n packets over lo: each passes its egress and its ingress once. */
void lo_packets(int n);

/* n packets out of a device, of a protocol that nobody takes. */
void raw_packets(const char *dev, int n);

#endif
