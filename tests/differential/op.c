// SPDX-License-Identifier: GPL-2.0
/* The text form of an operation: its name, then what is not as usual. */
#include <stdio.h>

#include "differ.h"

#define COUNT(array)	((int)(sizeof(array) / sizeof((array)[0])))

const char * const kind_names[KINDS] = {
	"attach", "detach", "query", "create", "update", "link-detach", "close",
	"pin", "unpin", "get", "reopen", "info", "prog-close", "prog-reopen",
	"dev-del", "dev-add", "dev-move", "qdisc-add", "qdisc-del", "packet",
};

static const char * const ref_names[REF_P] = {
	"none", "closed", "-1", "devnull", "map", "xdp", "xdplink",
};

static const char * const rev_names[REVS] = {
	"any", "now", "next", "previous", "1", "huge", "last+1",
};

static const char * const type_names[TYPES] = {
	"in", "out", "primary", "peer", "bad",
};

static const struct {
	__u32 bit;
	const char *name;
} flag_names[] = {
	{ BPF_F_REPLACE, "replace" }, { BPF_F_BEFORE, "before" },
	{ BPF_F_AFTER, "after" }, { BPF_F_ID, "id" }, { BPF_F_LINK, "link" },
};

static void ref_print(char *text, enum ref ref)
{
	if (ref >= REF_L)
		sprintf(text, "l%d", ref - REF_L);
	else if (ref >= REF_P)
		sprintf(text, "p%d", ref - REF_P);
	else
		strcpy(text, ref_names[ref]);
}

static int find(const char * const *names, int count, const char *text)
{
	int i;

	for (i = 0; i < count; i++)
		if (!strcmp(names[i], text))
			return i;
	return -1;
}

static bool ref_parse(enum ref *ref, const char *text)
{
	int i = find(ref_names, REF_P, text);
	char letter;

	if (i >= 0) {
		*ref = i;
		return true;
	}
	if (sscanf(text, "%c%d", &letter, &i) != 2 || i < 0)
		return false;
	if (letter == 'p' && i < PROGS)
		*ref = REF_P + i;
	else if (letter == 'l' && i < LINKS)
		*ref = REF_L + i;
	else
		return false;
	return true;
}

static void flags_print(char *text, __u32 flags)
{
	const char *between = "";
	int i;

	for (i = 0; i < COUNT(flag_names); i++) {
		if (!(flags & flag_names[i].bit))
			continue;
		text += sprintf(text, "%s%s", between, flag_names[i].name);
		between = "|";
		flags &= ~flag_names[i].bit;
	}
	if (flags)
		sprintf(text, "%s%#x", between, flags);
}

static bool flags_parse(__u32 *flags, char *text)
{
	char *word, *rest, *end;
	int i;

	*flags = 0;
	for (word = strtok_r(text, "|", &rest); word;
	     word = strtok_r(NULL, "|", &rest)) {
		for (i = 0; i < COUNT(flag_names); i++)
			if (!strcmp(word, flag_names[i].name))
				break;
		if (i < COUNT(flag_names)) {
			*flags |= flag_names[i].bit;
			continue;
		}
		*flags |= strtoul(word, &end, 0);
		if (*end)
			return false;
	}
	return true;
}

void op_print(const struct op *op, char *text, size_t size)
{
	char value[80];
	int n;

	n = snprintf(text, size, "%s", kind_names[op->kind]);
#define SAY(...)	(n += snprintf(text + n, size - n, __VA_ARGS__))
#define SAY_REF(field) do {						\
	if (op->field) {						\
		ref_print(value, op->field);				\
		SAY(" " #field "=%s", value);				\
	}								\
} while (0)
	if (op->dev >= 0)
		SAY(" dev%d", op->dev);
	if (op->type != TYPES)
		SAY(" %s", type_names[op->type]);
	SAY_REF(link);
	SAY_REF(prog);
	if (op->flags) {
		flags_print(value, op->flags);
		SAY(" flags=%s", value);
	}
	SAY_REF(rel);
	SAY_REF(old);
	if (op->rev)
		SAY(" rev=%s", rev_names[op->rev]);
	if (op->kind == QUERY)
		SAY(" cap=%d want=%#x", op->cap, op->want);
	if (op->query_flags)
		SAY(" query_flags=%#x", op->query_flags);
	if (op->clsact)
		SAY(" clsact");
	if (op->user)
		SAY(" user");
	if (op->far)
		SAY(" far");
	if (op->look)
		SAY(" look");
#undef SAY_REF
#undef SAY
}

static bool word_parse(struct op *op, char *word)
{
	char *value = strchr(word, '=');
	int i = find(type_names, TYPES, word);

	if (i >= 0) {
		op->type = i;
		return true;
	}
	if (sscanf(word, "dev%d", &op->dev) == 1)
		return op->dev >= 0 && op->dev <= DEVS;
	if (!strcmp(word, "clsact"))
		return op->clsact = true;
	if (!strcmp(word, "user"))
		return op->user = true;
	if (!strcmp(word, "far"))
		return op->far = true;
	if (!strcmp(word, "look"))
		return op->look = true;
	if (!value)
		return false;
	*value++ = '\0';
	if (!strcmp(word, "link"))
		return ref_parse(&op->link, value);
	if (!strcmp(word, "prog"))
		return ref_parse(&op->prog, value);
	if (!strcmp(word, "rel"))
		return ref_parse(&op->rel, value);
	if (!strcmp(word, "old"))
		return ref_parse(&op->old, value);
	if (!strcmp(word, "flags"))
		return flags_parse(&op->flags, value);
	if (!strcmp(word, "rev")) {
		i = find(rev_names, REVS, value);
		op->rev = i;
		return i >= 0;
	}
	if (!strcmp(word, "cap"))
		return sscanf(value, "%d", &op->cap) == 1 &&
		       op->cap >= 0 && op->cap <= CAPACITY;
	if (!strcmp(word, "want"))
		return sscanf(value, "%i", (int *)&op->want) == 1;
	if (!strcmp(word, "query_flags"))
		return sscanf(value, "%i", (int *)&op->query_flags) == 1;
	return false;
}

bool op_parse(struct op *op, const char *text)
{
	char copy[LINE_MAX_LEN];
	char *word, *rest;
	int i;

	snprintf(copy, sizeof(copy), "%s", text);
	word = strtok_r(copy, " \n", &rest);
	i = word ? find(kind_names, KINDS, word) : -1;
	if (i < 0)
		return false;
	*op = (struct op){ .kind = i, .dev = -1, .type = TYPES };
	while ((word = strtok_r(NULL, " \n", &rest)))
		if (!word_parse(op, word))
			return false;
	return true;
}
