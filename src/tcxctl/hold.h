/* SPDX-License-Identifier: GPL-2.0 */
/* Keeping a link while others can do with it what they like */
#ifndef TCXCTL_HOLD_H
#define TCXCTL_HOLD_H

int hold_check_pin(const char *path);
void hold_prepare(void);
void hold(unsigned int seconds);	/* 0: no limit */

#endif /* TCXCTL_HOLD_H */
