/* SPDX-License-Identifier: GPL-2.0 */
/* Messages of libbpf and libtcx. What they warn about is kept, to be shown below
 * the sentence that reports the failure.
 */
#ifndef TCXCTL_LOG_H
#define TCXCTL_LOG_H

void log_setup(void);
const char *log_text(void);
void log_drop(void);

#endif /* TCXCTL_LOG_H */
