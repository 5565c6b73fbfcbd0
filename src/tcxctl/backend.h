/* SPDX-License-Identifier: GPL-2.0 */
/* --backend and --best-effort: who is to carry out the requests. Returns an exit
 * code.
 */
#ifndef TCXCTL_BACKEND_H
#define TCXCTL_BACKEND_H

int backend_choose(void);

#endif /* TCXCTL_BACKEND_H */
