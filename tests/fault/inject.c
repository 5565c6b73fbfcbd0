// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "inject.h"
#include "kmod/calls.h"

static int call_errno(const char *function, bool *alloc)
{
#define CALL(fn, how, gfp, err, where) { #fn, err },
	static const struct {
		const char *name;
		int err;
	} calls[] = { FAIL_CALLS };
#undef CALL
	unsigned int i;

	*alloc = false;
	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (strcmp(function, calls[i].name))
			continue;
		*alloc = calls[i].err == ENOMEM;
		return calls[i].err ? calls[i].err : INJECTED;
	}
	return 0;
}

int call_arm(unsigned int nth, int err, unsigned int times, const char *only)
{
	int fd = open(FAIL_CALL_DIR "arm", O_WRONLY | O_CLOEXEC), ret;
	char text[128];

	if (fd < 0)
		return -errno;
	snprintf(text, sizeof(text), "%u %d %u %s", nth, err, times, only);
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

struct hit call_disarm(void)
{
	struct hit hit = {};
	unsigned int failed = 0;
	FILE *file = fopen(FAIL_CALL_DIR "arm", "r");

	if (!file || fscanf(file, "%u %u %63s %255s", &hit.calls, &failed,
			    hit.function, hit.caller) != 4)
		strcpy(hit.function, "nothing: there is no fail_call");
	if (file)
		fclose(file);
	hit.hit = failed;
	hit.want = call_errno(hit.function, &hit.alloc);
	call_arm(0, INJECTED, 0, "");
	return hit;
}

/* fail-nth */

static int nth_fd = -1;

void nth_setting(const char *what, const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", what, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, value, 1) != 1)
		perror(path);
	close(fd);
}

/* Allocations that may sleep count too, and failures are not logged: a trace in
 * the log is what a splat looks like.
 */
bool nth_available(void)
{
	static const char *const what[] = {
		"failslab", "fail_page_alloc", "fail_usercopy",
	};
	unsigned int i;

	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		return false;
	for (i = 0; i < 3; i++) {
		nth_setting(what[i], "verbose", "0");
		nth_setting(what[i], "ignore-gfp-wait", "N");
	}
	return true;
}

int nth_arm(unsigned int nth)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", nth);
	return pwrite(nth_fd, text, strlen(text), 0) < 0 ? -errno : 0;
}

unsigned int nth_left(void)
{
	char text[16] = {};

	return pread(nth_fd, text, sizeof(text) - 1, 0) > 0 ? atoi(text) : 0;
}

/* Reading and writing the file copies to and from us, which counts as well: what
 * fails here has not failed in the request.
 */
struct hit nth_disarm(void)
{
	struct hit hit = { .function = "fail-nth", .caller = "-" };
	char text[16] = {};

	hit.hit = pread(nth_fd, text, sizeof(text) - 1, 0) > 0 && !atoi(text);
	while (nth_arm(0))
		;
	return hit;
}
