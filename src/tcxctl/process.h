/* SPDX-License-Identifier: GPL-2.0 */
/* Processes of others, as they are named in what is printed */
#ifndef TCXCTL_PROCESS_H
#define TCXCTL_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "json.h"

#define PROCESS_COMMAND	17	/* the kernel's TASK_COMM_LEN, and more */

/* false: it has ended, or is a thread of the kernel */
bool process_command(pid_t pid, char *command);
json_t *process_json(pid_t pid, const char *command);

#endif /* TCXCTL_PROCESS_H */
