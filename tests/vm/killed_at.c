// SPDX-License-Identifier: GPL-2.0
/* For scripts: `killed_at N COMMAND...` kills the command when it makes its Nth
 * request of the kernel, before that takes place: bpf(2), ioctl(2), or a message by
 * a socket. Status 0: killed; 1: it ended before; 2: it could not be watched.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

static bool is_request(pid_t child)
{
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) < 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	switch (info.entry.nr) {
	case __NR_bpf:
	case __NR_ioctl:
	case __NR_sendto:
	case __NR_sendmsg:
		return true;
	default:
		return false;
	}
}

/* Returns when it has ended, or stands before its nth request. */
static int follow(pid_t child, long n)
{
	int status, sig = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, child, 0, sig) ||
		    waitpid(child, &status, 0) != child)
			return -1;
		if (!WIFSTOPPED(status))
			return 1;
		sig = WSTOPSIG(status);
		if (sig != (SIGTRAP | 0x80))
			continue;
		sig = 0;
		if (is_request(child) && !--n)
			return 0;
	}
}

static pid_t start(char **command)
{
	pid_t child = fork();

	if (child)
		return child;
	raise(SIGSTOP);
	execvp(command[0], command);
	_exit(127);
}

int main(int argc, char **argv)
{
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
	int status, result = -1;
	pid_t child;

	if (argc < 3)
		return 2;
	child = start(argv + 2);
	if (child < 0 || waitpid(child, &status, WUNTRACED) != child)
		return 2;
	if (!ptrace(PTRACE_SEIZE, child, 0, options) && !kill(child, SIGCONT))
		result = follow(child, atol(argv[1]));
	if (result < 0)
		perror("killed_at");
	if (result <= 0) {
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	return result < 0 ? 2 : result;
}
