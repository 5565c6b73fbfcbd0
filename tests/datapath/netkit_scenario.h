/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What scenarios about netkit devices share. They are native's against ours too
 * where no packet is sent: requests, and what the kernel says of them.
 */
#ifndef TESTS_DATAPATH_NETKIT_SCENARIO_H
#define TESTS_DATAPATH_NETKIT_SCENARIO_H

#include "netkit.h"
#include "scenario.h"

extern const struct scenario netkit_device_scenarios[];
extern const struct scenario netkit_attach_scenarios[];
extern const struct scenario netkit_packet_scenarios[];
extern const struct scenario netkit_redirect_scenarios[];
extern const struct scenario netkit_stack_scenarios[];
extern const struct scenario netkit_create_scenarios[];

/* "primary" or "peer", by attach type. */
const char *nk_end_name(int type);

/* Two ends "p" and "q", up, without addresses (L3) or with those of their names
 * (L2). @peer_ns: where "q" is, or 0. @attrs may be NULL.
 */
void nk_scene(int mode, int peer_ns, const struct nk_attr *attrs);

/* Waits until the stack has noticed what the carrier of a device is: operstate. */
void nk_wait_state(const char *dev, const char *state);

/* A line about what the last request of rtnetlink came to. */
void say_request(const char *watcher, int ret);

/* Lines about what a device shows of itself. */
void say_device(const char *dev);

/* A line about its attributes that are newer than Linux 6.12. */
void say_newer_attrs(const char *dev);

/* Attaches a program to an end of the pair whose primary is @dev, here. */
void nk_attach(const char *dev, int type, const struct prog *prog);
void nk_detach(const char *dev, int type, const struct prog *prog);

/* The largest packet that is segmented later, of a device of whatever kind. */
void say_gso_max(const char *dev);
int set_gso_max(const char *dev, __u32 size);

#endif /* TESTS_DATAPATH_NETKIT_SCENARIO_H */
