/* SPDX-License-Identifier: GPL-2.0 */
/* Changes of what is attached, as they happen: `tcxctl monitor` */
#ifndef TCXCTL_MONITOR_H
#define TCXCTL_MONITOR_H

/* ifindex 0: of all devices. Returns an exit code, having said what is wrong. */
int monitor(int ifindex);

#endif /* TCXCTL_MONITOR_H */
