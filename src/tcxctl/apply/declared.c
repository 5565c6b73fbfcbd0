// SPDX-License-Identifier: GPL-2.0
/* All declarations of a file or a folder: what holds between them, their order,
 * and what their programs are made of.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "declared.h"
#include "info.h"
#include "pin.h"
#include "refuse.h"

static struct declared *find(const struct declarations *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (!strcmp(all->all[i].name, name))
			return &all->all[i];
	return NULL;
}

static int check_names(const struct declarations *all, const struct declared *d,
		       const struct declared_list *list, const char *key)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (find(all, list->texts[i]))
			continue;
		refuse_errno(ENOENT);
		return refuse("%s:%d: '%s' names '%s', and no attachment has this name",
			      d->file, list->lines[i], key, list->texts[i]);
	}
	return EXIT_DONE;
}

static int check(const struct declarations *all)
{
	const struct declared *d, *other;
	int code = EXIT_DONE;
	size_t i;

	for (i = 0; !code && i < all->count; i++) {
		d = &all->all[i];
		other = find(all, d->name);
		if (other != d) {
			refuse_errno(EEXIST);
			return refuse("%s:%d: the name '%s' is taken already, at %s:%d; choose another",
				      d->file, d->line, d->name, other->file,
				      other->line);
		}
		code = check_names(all, d, &d->before, "before");
		if (!code)
			code = check_names(all, d, &d->after, "after");
	}
	return code;
}

static bool names(const struct declared_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!strcmp(list->texts[i], name))
			return true;
	return false;
}

static bool is_before(const struct declared *a, const struct declared *b)
{
	return names(&b->after, a->name) || names(&a->before, b->name);
}

/* What runs before one that is first is so as well. */
static void spread_first(struct declarations *all)
{
	struct declared *a, *b, *end = all->all + all->count;
	bool again = true;

	while (again) {
		again = false;
		for (b = all->all; b < end; b++)
			for (a = all->all; b->first && a < end; a++)
				if (!a->first && is_before(a, b))
					again = a->first = true;
	}
}

/* Does one that has no place yet have to come before it? */
static bool has_to_wait(const struct declarations *all,
			const struct declared *d)
{
	const struct declared *other;
	size_t i;

	for (i = 0; i < all->count; i++) {
		other = &all->all[i];
		if (!other->placed && is_before(other, d))
			return true;
	}
	return false;
}

/* The next in the order; NULL: those that are left wait for each other. */
static struct declared *choose_next(const struct declarations *all)
{
	struct declared *d, *next = NULL;

	for (d = all->all; d < all->all + all->count; d++) {
		if (d->placed || (next && !d->first) || has_to_wait(all, d))
			continue;
		next = d;
		if (d->first)
			break;
	}
	return next;
}

static int refuse_circle(const struct declarations *all)
{
	const struct declared *stuck = all->all;

	while (stuck->placed)
		stuck++;
	refuse_errno(EINVAL);
	return refuse("%s:%d: 'before' and 'after' of '%s' and others go round in a circle; take one of them away",
		      stuck->file, stuck->line, stuck->name);
}

/* What is not said is as it stands in the files. */
static int sort(struct declarations *all)
{
	struct declared *sorted, *d;
	size_t n;

	spread_first(all);
	sorted = calloc(all->count + 1, sizeof(*sorted));
	if (!sorted)
		return refuse("out of memory");
	for (n = 0; n < all->count; n++) {
		d = choose_next(all);
		if (!d) {
			free(sorted);
			return refuse_circle(all);
		}
		d->placed = true;
		sorted[n] = *d;
	}
	free(all->all);
	all->all = sorted;
	return EXIT_DONE;
}

/* FNV-1a tells versions of a file apart; nobody is to be kept from forging. */
static json_t *digest(const char *path)
{
	unsigned long long hash = 0xcbf29ce484222325;
	FILE *f = fopen(path, "re");
	char text[20];
	int c;

	if (!f)
		return NULL;
	while ((c = getc(f)) != EOF)
		hash = (hash ^ c) * 0x100000001b3;
	c = ferror(f);
	fclose(f);
	if (c)
		return NULL;
	snprintf(text, sizeof(text), "%016llx", hash);
	return text_json(text);
}

static json_t *pinned_source(const char *path)
{
	int fd = bpf_obj_get(path);
	json_t *source = NULL;

	if (fd >= 0 && pin_kind_of(fd) == PIN_PROG)
		source = json_pack("{s:s, s:I}", "pinned", path, "id",
				   (json_int_t)prog_id_of(fd));
	if (fd >= 0)
		close(fd);
	return source;
}

/* Whether something has to be replaced is found out by comparing these. What
 * cannot be read is reported where it is needed.
 */
static void find_source(struct declared *d)
{
	json_t *hash = d->object ? digest(d->object) : NULL;

	if (d->pinned)
		d->source = pinned_source(d->pinned);
	else if (hash)
		d->source = json_pack("{s:s, s:o, s:s*, s:s*}", "object",
				      d->object, "digest", hash, "program",
				      d->program, "section", d->section);
	if (d->source && d->first)
		put_member(d->source, "place", text_json("first"));
}

static int is_declaration(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return *entry->d_name != '.' && dot &&
	       (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
}

static int read_folder(struct declarations *all, const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_declaration, alphasort), i;
	int code = EXIT_DONE;
	char *file;

	if (n < 0) {
		refuse_errno(errno);
		return refuse("%s cannot be read: %s", path, strerror(errno));
	}
	/* As little as an empty file does a wrong folder mean that all goes. */
	if (!n) {
		free(entries);
		return refuse("no file in %s ends in .yaml or .yml; a file with 'attachments: []' declares that there is nothing",
			      path);
	}
	for (i = 0; i < n; i++) {
		if (code) {
			free(entries[i]);
			continue;
		}
		if (asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0) {
			code = refuse("out of memory");
		} else {
			code = declared_parse(all, file);
			free(file);
		}
		free(entries[i]);
	}
	free(entries);
	return code;
}

int declarations_read(struct declarations *all, const char *path)
{
	struct stat st;
	size_t i;
	int code;

	memset(all, 0, sizeof(*all));
	if (stat(path, &st)) {
		refuse_errno(errno);
		return refuse("%s cannot be read: %s", path, strerror(errno));
	}
	code = S_ISDIR(st.st_mode) ? read_folder(all, path) :
				     declared_parse(all, path);
	if (!code)
		code = check(all);
	if (!code)
		code = sort(all);
	for (i = 0; !code && i < all->count; i++)
		find_source(&all->all[i]);
	if (code)
		declarations_free(all);
	return code;
}

static void free_list(struct declared_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->texts[i]);
	free(list->texts);
	free(list->lines);
}

void declarations_free(struct declarations *all)
{
	struct declared *d;
	size_t i;

	for (i = 0; i < all->count; i++) {
		d = &all->all[i];
		free(d->file);
		free(d->name);
		free(d->object);
		free(d->program);
		free(d->section);
		free(d->pinned);
		free_list(&d->devices);
		free_list(&d->before);
		free_list(&d->after);
		json_decref(d->source);
	}
	free(all->all);
	memset(all, 0, sizeof(*all));
}
