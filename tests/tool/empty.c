// SPDX-License-Identifier: GPL-2.0
/* Preloaded: starts the program without any argument, as execve(2) can. */
#include <dlfcn.h>
#include <stddef.h>

static int (*real_main)(int, char **, char **);

static int empty_main(int argc, char **argv, char **envp)
{
	static char *none[2];

	(void)argc;
	(void)argv;
	return real_main(0, none, envp);
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv,
		      int (*init)(int, char **, char **), void (*fini)(void),
		      void (*rtld_fini)(void), void *end)
{
	int (*real)(int (*main)(int argc, char **argv, char **envp), int argc, char **argv,
		    int (*init)(int argc, char **argv, char **envp), void (*fini)(void),
		    void (*rtld_fini)(void), void *end) = dlsym(RTLD_NEXT, "__libc_start_main");

	real_main = main;
	return real(empty_main, argc, argv, init, fini, rtld_fini, end);
}
