/* SPDX-License-Identifier: GPL-2.0 */
/* Standard output. In what is printed and put together here, as in sentences of
 * refuse() and usage(), every %s and %c is escaped as tcx_escape() does it; so
 * nothing is escaped by whoever calls. What is escaped already goes through
 * print_as_is(). The conversions are those of libtcx/text.h.
 */
#ifndef TCXCTL_PRINT_H
#define TCXCTL_PRINT_H

#include <stdarg.h>
#include <stdbool.h>

__attribute__((format(printf, 1, 2)))
void print(const char *format, ...);
void print_as_is(const char *text);
void print_name(const char *name);	/* one of several in a line */
__attribute__((format(printf, 1, 2)))
char *text_format(const char *format, ...);	/* to be freed; NULL: no memory */
__attribute__((format(printf, 1, 0)))
char *text_vformat(const char *format, va_list args);
int text_width(const char *text);
int name_width(const char *name);
int output_columns(void);	/* of the terminal; 0: it is none */
void output_open(void);
void output_changed(void);	/* before a change is reported */
void output_failed(const char *why);
bool output_flush(void);	/* false: nobody can have read it */
int output_close(int code);

#endif /* TCXCTL_PRINT_H */
