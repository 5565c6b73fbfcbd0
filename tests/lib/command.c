// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "# cannot set up the test: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(1);
}

void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail("writing '%s' to %s: %m", text, path);
	close(fd);
}

void run_with(const char *command, const char *input)
{
	FILE *pipe;

	fflush(NULL);
	pipe = popen(command, "w");
	if (!pipe)
		fail("popen: %m");
	fputs(input, pipe);
	if (pclose(pipe))
		fail("'%s' refused:\n%s", command, input);
}

long number_from(const char *command, const char *key)
{
	char text[4096] = "";
	FILE *pipe;
	char *pos;

	fflush(NULL);
	pipe = popen(command, "r");
	if (!pipe)
		fail("popen: %m");
	text[fread(text, 1, sizeof(text) - 1, pipe)] = '\0';
	pos = strstr(text, key);
	if (pclose(pipe) || !pos)
		fail("'%s' does not tell %s:\n%s", command, key, text);
	return strtol(pos + strlen(key), NULL, 0);
}

static void run_lines(const char *command, const char *fmt, va_list ap)
{
	char lines[2048];

	vsnprintf(lines, sizeof(lines), fmt, ap);
	run_with(command, lines);
}

void ip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	run_lines("ip -batch -", fmt, ap);
	va_end(ap);
}

void tc(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	run_lines("tc -batch -", fmt, ap);
	va_end(ap);
}

bool nft_has_egress(void)
{
	bool has = !system("nft 'table netdev p { chain c { type filter hook egress device lo priority 0; }; }' 2>/dev/null");

	run_with("nft -f -", "flush ruleset");
	return has;
}

void nft_chain(const char *dev, const char *hook, int priority)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "flush ruleset\n"
		 "table netdev t {\n"
		 "counter n { }\n"
		 "chain c { type filter hook %s device \"%s\" priority %d;\n"
		 "ether type 0x88b5 counter name n\n"
		 "meta mark 1 drop\n"
		 "}\n"
		 "}\n", hook, dev, priority);
	run_with("nft -f -", text);
}

int nft_count(void)
{
	return number_from("nft list counter netdev t n", "packets ");
}

char *path_beside(const char *file)
{
	static char path[256];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 64);
	char *slash;

	if (len < 0)
		fail("/proc/self/exe: %m");
	path[len] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, file);
	return path;
}
