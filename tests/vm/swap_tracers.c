// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "process.h"
#include "swap_tracers.h"

#define FUNCTION	"mini_qdisc_pair_swap"
/* Where what ftrace patches ends, without and with a landing pad before it. */
#if defined(__aarch64__)
#define INSIDE		"+8"
#define INSIDE_IBT	"+12"
#else
#define INSIDE		"+5"
#define INSIDE_IBT	"+9"
#endif
#define TRACING		"/sys/kernel/tracing/"

bool file_has(const char *path, const char *text)
{
	static char content[1 << 16];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t part;

	if (fd < 0)
		return false;
	while (len < sizeof(content) - 1 &&
	       (part = read(fd, content + len, sizeof(content) - 1 - len)) > 0)
		len += part;
	content[len] = '\0';
	close(fd);
	return strstr(content, text);
}

const struct tracer tracers[TRACERS] = {
	{ "kprobe",
	  { { TRACING "kprobe_events", "p:tcx/swap " FUNCTION "\n" },
	    { TRACING "events/tcx/swap/enable", "1" } },
	  { { TRACING "events/tcx/swap/enable", "0" },
	    { TRACING "kprobe_events", "-:tcx/swap\n" } } },
	{ "kretprobe",
	  { { TRACING "kprobe_events", "r:tcx/swap " FUNCTION "\n" },
	    { TRACING "events/tcx/swap/enable", "1" } },
	  { { TRACING "events/tcx/swap/enable", "0" },
	    { TRACING "kprobe_events", "-:tcx/swap\n" } } },
	{ "kprobe after the entry",
	  { { TRACING "kprobe_events", "p:tcx/swap " FUNCTION INSIDE "\n" },
	    { TRACING "events/tcx/swap/enable", "1" } },
	  { { TRACING "events/tcx/swap/enable", "0" },
	    { TRACING "kprobe_events", "-:tcx/swap\n" } },
	  .inside = true },
	{ "kprobe after the entry with IBT",
	  { { TRACING "kprobe_events", "p:tcx/swap " FUNCTION INSIDE_IBT "\n" },
	    { TRACING "events/tcx/swap/enable", "1" } },
	  { { TRACING "events/tcx/swap/enable", "0" },
	    { TRACING "kprobe_events", "-:tcx/swap\n" } },
	  .inside = true },
	{ "function",
	  { { TRACING "set_ftrace_filter", FUNCTION "\n" },
	    { TRACING "current_tracer", "function" } },
	  { { TRACING "current_tracer", "nop" },
	    { TRACING "set_ftrace_filter", "!" FUNCTION "\n" } } },
	{ "function_graph",
	  { { TRACING "set_ftrace_filter", FUNCTION "\n" },
	    { TRACING "current_tracer", "function_graph" } },
	  { { TRACING "current_tracer", "nop" },
	    { TRACING "set_ftrace_filter", "!" FUNCTION "\n" } },
	  .graph = true },
};

int tracer_set(const struct tracer *t, bool on)
{
	unsigned int i;
	int ret;

	for (i = 0; i < sizeof(t->on) / sizeof(t->on[0]); i++) {
		if (!(on ? t->on[i].path : t->off[i].path))
			break;
		ret = on ? file_write(t->on[i].path, t->on[i].text) :
			   file_write(t->off[i].path, t->off[i].text);
		if (ret)
			return ret;
	}
	return 0;
}

bool tracer_sees(void)
{
	bool sees = file_has(TRACING "trace", "swap");
	int fd = open(TRACING "trace", O_WRONLY | O_TRUNC);

	close(fd);
	return sees;
}
