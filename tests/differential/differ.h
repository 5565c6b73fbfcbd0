/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The same random operations on two kernels: what the parts share.
 *
 * An operation (struct op) names things by what they are called here: program
 * p3, link l2, device dev1. It has a text form, one line, which can be read
 * back. Executing it (execute.c) appends what came of it, again in these names,
 * and that line is what two kernels must agree on. Operations come in worlds,
 * which start from new devices and share nothing but the programs.
 *
 * The generator (generate.c) sees the world as earlier answers showed it. They
 * agree between kernels, or the world counts as different anyway.
 */
#ifndef TESTS_DIFFERENTIAL_DIFFER_H
#define TESTS_DIFFERENTIAL_DIFFER_H

#include "link.h"

#define DEVS		6	/* veth pairs: 0 and 1, 2 and 3; netkit: 4 and 5 */
#define NETKIT		4	/* its primary end */
#define PROGS		72
#define LINK_PROGS	60	/* those after are never given to a link */
#define LINKS		72
#define MAX_PROGS	TCX_BACKPORT_MAX_PROGS
#define CAPACITY	72	/* of a query's arrays; more than can be needed */

#define IFINDEX(dev)	(101 + (dev))
#define IFINDEX_NONE	0x7ffffff0
#define FD_CLOSED	900
#define ID_NONE		0x7ffffff0

#define LINE_MAX_LEN	4096

enum kind {
	ATTACH, DETACH, QUERY, CREATE,	/* requests about an attach point */
	UPDATE, LINK_DETACH, CLOSE, PIN, UNPIN, GET, REOPEN, INFO, /* links */
	PROG_CLOSE, PROG_REOPEN,
	DEV_DEL, DEV_ADD, DEV_MOVE, QDISC_ADD, QDISC_DEL,
	PACKET,
	KINDS
};

/* What a request names by fd or id. */
enum ref {
	REF_NONE,	/* 0 */
	REF_CLOSED,	/* a number that is no fd, or no id */
	REF_MINUS,	/* -1 */
	REF_DEVNULL,	/* a file that has nothing to do with BPF */
	REF_MAP,
	REF_XDP,	/* a program of another type */
	REF_XDPLINK,	/* a link with such a program */
	REF_P,		/* p0 and so on */
	REF_L = REF_P + PROGS,
	REFS = REF_L + LINKS,
};

/* expected_revision; REV_LAST: what follows the last one that was seen with
 * something attached, which a query of an emptied netkit point does not tell.
 */
enum rev {
	REV_ANY, REV_NOW, REV_NEXT, REV_PREV, REV_ONE, REV_HUGE, REV_LAST, REVS
};

/* tcx's are those of every device, netkit's those of its primary end. */
enum type { IN, OUT, PRIMARY, PEER, TYPE_BAD, TYPES };

/* The arrays of a query. */
#define WANT_IDS	(1 << 0)
#define WANT_FLAGS	(1 << 1)
#define WANT_LINKS	(1 << 2)
#define WANT_LINK_FLAGS	(1 << 3)
#define WANT_BAD_PTR	(1 << 4)	/* the ids' pointer leads nowhere */

struct op {
	enum kind kind;
	int dev;	/* DEVS: one that does not exist */
	enum type type;
	enum ref prog;
	enum ref rel;
	enum ref old;	/* to be replaced */
	enum ref link;	/* the subject of an operation on links */
	__u32 flags;
	enum rev rev;
	int cap;	/* of a query */
	__u32 want;
	__u32 query_flags;
	bool clsact;	/* or ingress */
	bool user;	/* without capabilities */
	bool far;	/* from the other namespace */
	bool look;	/* ask afterwards what the attach point looks like */
};

/* op.c */
extern const char * const kind_names[KINDS];
void op_print(const struct op *op, char *text, size_t size);
bool op_parse(struct op *op, const char *text);

/* An attach point as it was when somebody last looked. */
struct seen {
	__u32 count;
	__u64 revision;
	__u64 last;	/* revision when something was attached */
	__u8 prog[CAPACITY];
	__u8 link[CAPACITY];	/* LINKS: none */
};

struct prog {
	int fd;		/* -1: given away */
	__u32 id;
};

struct link {
	int fd;		/* -1: closed */
	__u32 id;	/* stays when the link has gone */
	int dev;
	enum type type;
	int prog;
	bool attached;
	bool pinned;
};

struct device {
	bool there;
	bool far;	/* in the other namespace */
	bool ready;	/* packets have passed */
	bool qdisc;
};

struct world {
	struct device dev[DEVS];
	struct link link[LINKS];
	struct seen seen[DEVS][TYPE_BAD];
};

/* Programs outlive worlds. */
extern struct prog progs[PROGS];

/* How many programs a look has ever found; at netkit points. */
extern __u32 deepest, deepest_netkit;

/* world.c */
int tools_make(void);
int world_begin(struct world *w);
void world_end(struct world *w);
int dev_make(struct world *w, int dev);
int dev_remove(struct world *w, int dev);
int dev_move(struct world *w, int dev);
void space_enter(bool far);
int ref_fd(const struct world *w, enum ref ref);
__u32 ref_id(const struct world *w, enum ref ref);
int prog_number(__u32 id);
int link_number(const struct world *w, __u32 id);
int look(struct world *w, int dev, enum type type, struct seen *seen);
int type_value(enum type type);
int prog_renew(int number);

/* packet.c */
int packets_open(void);
int trace_open(void);
int trace_prog_load(int number);
void packet_run(struct world *w, int dev, char *text, size_t size);

/* documented.c */
int create(int ifindex, int type, int prog_fd, __u32 flags, __u32 relative,
	   __u64 revision, bool *undocumented);

/* execute.c */
int execute(struct world *w, const struct op *op, char *text, size_t size);

/* dice.c, generate.c */
struct dice {
	__u64 state;
	int deep;	/* how many programs a point may come to have */
	int focus_dev;
	enum type focus_type;
	int packet_next;
};

void dice_seed(struct dice *d, __u64 seed, __u64 world);
void generate(struct dice *d, const struct world *w, struct op *op);

static inline bool type_is_netkit(enum type type)
{
	return type == PRIMARY || type == PEER;
}

/* The other end of the pair. */
static inline int dev_peer(int dev)
{
	return dev ^ 1;
}

#endif /* TESTS_DIFFERENTIAL_DIFFER_H */
