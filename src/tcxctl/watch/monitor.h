/* SPDX-License-Identifier: GPL-2.0 */
/* Changes of what is attached, as they happen: `tcxctl monitor` */
#ifndef TCXCTL_MONITOR_H
#define TCXCTL_MONITOR_H

/* ifindex 0: of all devices. Each returns an exit code, having said what is
 * wrong.
 */
int monitor_events(int ifindex);	/* the module tells */
int monitor_looks(int ifindex);		/* nobody does */

#endif /* TCXCTL_MONITOR_H */
