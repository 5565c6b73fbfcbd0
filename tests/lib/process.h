/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests of all kinds need of the process that they are: a parameter, a
 * child that does something, time, files. Functions return 0 (or what they are
 * asked for) or a negative errno.
 */
#ifndef TESTS_LIB_PROCESS_H
#define TESTS_LIB_PROCESS_H

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* A parameter of a test: a variable of the environment. */
long env_number(const char *name, long otherwise);

/* Sleeps for so many milliseconds. */
void sleep_ms(int ms);

/* The time, by a clock that nobody sets. */
long now_ms(void);

/* How many fds this process has open. */
int fds_count(void);

/* Writes @text into a file that is there. */
int file_write(const char *path, const char *text);

/* The first character of a file; 0 if it is empty. */
int file_read_char(const char *path);

/* For what is not yet to be seen in this process: the exit status of @what,
 * run in a child. A child also gives its fd of the device back.
 */
#define in_child(what) ({						\
	pid_t __pid;							\
	int __status = -1;						\
									\
	fflush(NULL);							\
	__pid = fork();							\
	if (!__pid)							\
		_exit((what) & 0xff);					\
	waitpid(__pid, &__status, 0);					\
	WIFEXITED(__status) ? WEXITSTATUS(__status) : -1;		\
})

#endif /* TESTS_LIB_PROCESS_H */
