/* SPDX-License-Identifier: GPL-2.0 */
/* Failures, and the codes to exit with */
#ifndef TCXCTL_REFUSE_H
#define TCXCTL_REFUSE_H

#include "libtcx.h"

enum {
	EXIT_DONE,
	EXIT_REFUSED,
	EXIT_USAGE,
	EXIT_UNTOLD,		/* done, but what was done cannot be written */
};

/* Each of these two returns the exit code that it stands for. */
__attribute__((format(printf, 1, 2)))
int refuse(const char *format, ...);
__attribute__((format(printf, 1, 2)))
int usage(const char *format, ...);
/* Of something that did not go well beside what was asked for, which was done. */
__attribute__((format(printf, 1, 2)))
void complain(const char *format, ...);
int refuse_request(int err, const struct tcx_explain_opts *request);
void refuse_errno(int err);	/* for the JSON of the next refusal */

#endif /* TCXCTL_REFUSE_H */
