/* SPDX-License-Identifier: GPL-2.0 */
/* What is attached, as declarations: `tcxctl save` */
#ifndef TCXCTL_SAVE_H
#define TCXCTL_SAVE_H

#include "json.h"

/* Returns an exit code, having said what is wrong. */
int save(void);

/* The same as YAML, or NULL: no memory; to be freed */
char *save_yaml(const json_t *declarations);

#endif /* TCXCTL_SAVE_H */
