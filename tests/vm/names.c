// SPDX-License-Identifier: GPL-2.0
/*
 * For tcxctl_device_names.sh and its like: makes what has an odd name, and reads what the tool
 * makes of it. It decodes \xNN by itself, so that the tool is not its own
 * judge.
 *
 *   names hold NAME PIN	a process of that name holds the link at PIN
 *   names load NAME PIN	pins a program of that name
 *   names map PIN		pins a map
 *   names unread COMMAND...	runs it, with a standard output that nobody reads
 *   names says NAME FILE...	these are lines of UTF-8 with nothing in them that a
 *				terminal obeys, and NAME is in them, once decoded
 *   names tells NAME FILE	the same, it is JSON, and a string in it is NAME
 *   names mentions NAME FILE	the same, and NAME is in a string
 *
 * NAME may be empty: whatever is in it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>

#include <bpf/bpf.h>
#include <jansson.h>

#include "sys.h"

/* A log gets no odd names from here either. */
static int fail(const char *what, const char *of)
{
	printf("%s: ", what);
	for (; *of; of++)
		putchar(*of < ' ' || *of > '~' ? '?' : *of);
	putchar('\n');
	return 1;
}

static char *slurp(const char *path, size_t *size)
{
	FILE *f = fopen(path, "re");
	char *text = calloc(1, 1 << 20);

	*size = f && text ? fread(text, 1, (1 << 20) - 1, f) : 0;
	if (f)
		fclose(f);
	return text;
}

/* In place; returns the length, since a \x00 would end it. */
static size_t decode(char *text, size_t size)
{
	size_t from, to = 0;
	unsigned int byte;

	for (from = 0; from < size; to++) {
		if (size - from >= 4 &&
		    sscanf(text + from, "\\x%2x", &byte) == 1) {
			text[to] = byte;
			from += 4;
		} else {
			text[to] = text[from++];
		}
	}
	text[to] = '\0';
	return to;
}

static bool is_name(const json_t *value, const char *name, bool inside)
{
	char *copy = strdup(json_string_value(value));
	size_t size = decode(copy, strlen(copy));
	bool is;

	is = inside ? memmem(copy, size, name, strlen(name)) != NULL :
	     size == strlen(name) && !memcmp(copy, name, size);
	free(copy);
	return is;
}

static bool has(json_t *value, const char *name, bool inside)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_string(value))
		return is_name(value, name, inside);
	json_array_foreach(value, i, member)
		if (has(member, name, inside))
			return true;
	json_object_foreach(value, key, member)
		if (has(member, name, inside))
			return true;
	return false;
}

/* What no terminal may get: controls, what is invisible or changes direction.
 * Not a copy of the tool's table: what is fatal, and a few of the tricks.
 */
static bool harmful(unsigned int code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0xa0) || code == 0xad ||
	       code == 0x61c || (code >= 0x590 && code <= 0x8ff) ||
	       (code >= 0x2000 && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202f) ||
	       (code >= 0x205f && code <= 0x206f) ||
	       (code >= 0x300 && code <= 0x36f) || code == 0xfeff ||
	       (code >= 0xd800 && code <= 0xf8ff) || code > 0xffff;
}

/* Returns the length of a character, and 0 if it is none or harmful. */
static int character(const unsigned char *at)
{
	int len = *at < 0x80 ? 1 : *at < 0xc2 ? 0 : *at < 0xe0 ? 2 :
		  *at < 0xf0 ? 3 : 0;
	unsigned int code = len == 1 ? *at : *at & (0x7f >> len);
	int i;

	for (i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	return (len == 3 && code < 0x800) || harmful(code) ? 0 : len;
}

static int clean(const char *path, const char *all, size_t size)
{
	size_t at, line = 1;
	int len;

	for (at = 0; at < size; at += len) {
		len = all[at] == '\n' ? 1 :
		      character((const unsigned char *)all + at);
		if (!len) {
			printf("%s, line %zu: byte %02x\n", path, line,
			       (unsigned char)all[at]);
			return 1;
		}
		line += all[at] == '\n';
	}
	return size && all[size - 1] != '\n' ? fail("no line end", path) : 0;
}

static int says(const char *name, char **paths)
{
	bool found = !*name;
	size_t size;
	char *all;

	for (; *paths; paths++) {
		all = slurp(*paths, &size);
		if (clean(*paths, all, size))
			return 1;
		size = decode(all, size);
		found |= !!memmem(all, size, name, strlen(name));
	}
	return found ? 0 : fail("is not said", name);
}

static int tells(const char *name, const char *path, bool inside)
{
	json_error_t error;
	json_t *value;
	size_t size;
	char *all = slurp(path, &size);

	if (clean(path, all, size))
		return 1;
	value = json_loads(all, 0, &error);
	if (!value)
		return fail("no JSON", error.text);
	return !*name || has(value, name, inside) ? 0 :
	       fail("no string is", name);
}

static int unread(char **words)
{
	int fds[2];

	if (pipe(fds) || dup2(fds[1], STDOUT_FILENO) < 0)
		return fail("no pipe", words[0]);
	close(fds[0]);
	close(fds[1]);
	execvp(words[0], words);
	return 127;
}

static int hold(const char *name, const char *pin)
{
	int fd = bpf_obj_get(pin);

	if (fd < 0 || prctl(PR_SET_NAME, name))
		return fail("cannot hold", pin);
	printf("ready\n");
	fflush(stdout);
	for (;;)
		pause();
}

static int load(const char *name, const char *pin)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insn_cnt = 2,
		.insns = (uintptr_t)insns,
		.license = (uintptr_t)"GPL",
	};
	int fd;

	strncpy(attr.prog_name, name, sizeof(attr.prog_name) - 1);
	fd = sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	return fd < 0 || bpf_obj_pin(fd, pin) ? fail("cannot load", pin) : 0;
}

static int map(const char *pin)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "names", 4, 4, 1, NULL);

	return fd < 0 || bpf_obj_pin(fd, pin) ? fail("no map", pin) : 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	if (!strcmp(what, "unread"))
		return unread(argv + 2);
	if (!strcmp(what, "map"))
		return map(argv[2]);
	if (argc > 3 && !strcmp(what, "hold"))
		return hold(argv[2], argv[3]);
	if (argc > 3 && !strcmp(what, "load"))
		return load(argv[2], argv[3]);
	if (argc > 3 && !strcmp(what, "says"))
		return says(argv[2], argv + 3);
	if (argc > 3 && !strcmp(what, "tells"))
		return tells(argv[2], argv[3], false);
	if (argc > 3 && !strcmp(what, "mentions"))
		return tells(argv[2], argv[3], true);
	return fail("names does not know", what);
}
