/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCXCTL_GRACE_H
#define TCXCTL_GRACE_H

/* Returns when each packet that was on its way through programs and filters has
 * left them.
 */
void grace_wait(void);

#endif /* TCXCTL_GRACE_H */
