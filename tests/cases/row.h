/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases of an attach point, in words: README.md tells the notation. They are
 * asked of src/kmod/core/mprog.c alone (tests/unit/mprog_cases.c), and of the
 * module and of native tcx through their interfaces (tests/vm/rows.h).
 */
#ifndef TESTS_CASES_ROW_H
#define TESTS_CASES_ROW_H

#include <stdbool.h>
#include <stdint.h>

/* Programs that have a letter. */
#define PROGS	6

/* As many programs as an attach point takes. */
#define SPARES	63

/* BPF_F_ALLOW_MULTI: a known flag, but not here. */
#define BADFLAG	(1U << 1)

/* What a request can name. Programs with a letter come first. */
enum object_kind {
	OBJ_LINK = PROGS,	/* the links that have one */
	OBJ_OTHER = OBJ_LINK + PROGS,
	OBJ_DEFUNCT,
	OBJ_XDP,
	OBJ_XDPLINK,
	OBJ_TPLINK,
	OBJ_MAP,
	OBJ_FILE,
	OBJ_CLOSED,
	OBJ_GONE,
	OBJ_NONE,
	OBJ_SPARE,		/* the numbered programs, which have no name */
	OBJECTS = OBJ_SPARE + SPARES,
};

struct row {
	const char *start;
	const char *request;
	int ret;
	const char *end;	/* where ret is 0 */
};

/* Of whom a table is asked. */
enum asked {
	ASK_ARRAY = 1 << 0,	/* of mprog.c alone */
	ASK_POINT = 1 << 1,	/* of a device that has no qdisc */
	ASK_KEPT = 1 << 2,	/* of one whose qdisc keeps an emptied point */
	ASK_REQUEST = ASK_POINT | ASK_KEPT,
	ASK_ALL = ASK_ARRAY | ASK_REQUEST,
};

struct table {
	const char *name;
	const struct row *rows;
	unsigned int count;
	unsigned int asked;
};

#define TABLE(rows, asked) \
	{ #rows, rows, sizeof(rows) / sizeof((rows)[0]), asked }

/* Each ends with a table without a name. */
extern const struct table attach_tables[];
extern const struct table detach_tables[];
extern const struct table link_tables[];
extern const struct table full_tables[];
extern const struct table array_tables[];

enum verb { CREATE, ATTACH, DETACH, UPDATE, CLOSE, VERBS };

enum when { WHEN_ANY, WHEN_NOW, WHEN_OLD, WHEN_NEXT, WHEN_HIGH };

/* A request. Objects are OBJ_NONE where none is named. */
struct request {
	enum verb verb;
	int subject;
	int prog;	/* of an update */
	int second;	/* replace_prog_fd or old_prog_fd */
	int relative;
	int by;		/* the link that asks */
	uint32_t flags;
	enum when revision;
	bool nodev, badtype, nomem;
};

/* A word that is none ends the test. */
struct request row_request(const struct row *row);

/* The revision that a request expects, where the present one is @now. */
uint64_t row_revision(enum when when, uint64_t now);

/* Reads what is attached into @objects, which has room for SPARES; returns how
 * many there are.
 */
int state_read(const char *state, int *objects);

/* The reverse, with '?' for what has no name in a state. */
#define STATE_SIZE	(SPARES + 1)
void state_write(const int *objects, int count, char *state);

/* The name of an object that has one. */
const char *object_name(int object);

#endif /* TESTS_CASES_ROW_H */
