/* SPDX-License-Identifier: GPL-2.0 */
/* What a path in bpffs names, opened; minus an exit code if it cannot be */
#ifndef TCXCTL_PIN_H
#define TCXCTL_PIN_H

enum pin_kind { PIN_PROG, PIN_LINK, PIN_OTHER };

int pin_open(const char *path, enum pin_kind *kind);
enum pin_kind pin_kind_of(int fd);

#endif /* TCXCTL_PIN_H */
