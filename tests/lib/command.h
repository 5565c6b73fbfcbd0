/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests set up by commands (ip, tc, nft) and by files. What cannot be set
 * up ends the test's process: the harness counts that as a failure.
 */
#ifndef TESTS_LIB_COMMAND_H
#define TESTS_LIB_COMMAND_H

#include <stdbool.h>

/* Ends the process, saying why the test cannot be set up. */
__attribute__((format(printf, 1, 2), noreturn))
void fail(const char *fmt, ...);

/* Writes @text into a file. */
void write_file(const char *path, const char *text);

/* Gives a shell command @input; fails unless it succeeds. */
void run_with(const char *command, const char *input);

/* The first number after @key in what a shell command prints. */
long number_from(const char *command, const char *key);

/* Lines of arguments for ip(8). */
__attribute__((format(printf, 1, 2)))
void ip(const char *fmt, ...);

/* The same for tc(8). */
__attribute__((format(printf, 1, 2)))
void tc(const char *fmt, ...);

/* Whether there are chains on egress. */
bool nft_has_egress(void);

/* The only chain there is: it counts what it sees, and drops what has mark 1.
 * @hook is "ingress" or "egress".
 */
void nft_chain(const char *dev, const char *hook, int priority);

/* How many packets it has seen. */
int nft_count(void);

/* The path of a file that lies beside the program. */
char *path_beside(const char *file);

#endif /* TESTS_LIB_COMMAND_H */
