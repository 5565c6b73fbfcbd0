// SPDX-License-Identifier: GPL-2.0
/*
 * In the guest: carries out operations and prints what came of each, a line
 * "OPERATION = ANSWER"; after each world a line "world N DIGEST".
 *
 *   differ SEED OPS              that many random operations, and the counts of
 *                                all answers
 *   differ --print FILE          the operations in FILE, a line each, in one
 *                                world
 *   differ --replay FILE KEEP    the same with parts left out: each line of KEEP
 *                                lists the lines of FILE that make one world;
 *                                prints the digests only
 *
 * TCX_INTERFACE says which interface.
 */
#include <stdio.h>

#include "differ.h"

#define OPS_PER_WORLD	400
#define BATCH		25	/* then packets */

#define ERRNOS		1024
#define HASH		0xcbf29ce484222325ULL

struct digest {
	__u64 hash;
	bool print;
};

/* The second ones are of netkit's attach points and links. */
static unsigned int counts[2][KINDS][ERRNOS];

static void die(const char *what, int ret)
{
	printf("differ: %s: %s\n", what, strerror(-ret));
	exit(1);
}

static bool is_netkit(const struct world *w, const struct op *op)
{
	if (op->link >= REF_L && op->kind != CREATE)
		return type_is_netkit(w->link[op->link - REF_L].type);
	return type_is_netkit(op->type);
}

static void run_op(struct world *w, const struct op *op, struct digest *digest)
{
	char line[LINE_MAX_LEN];
	const char *c;
	int n, ret;

	op_print(op, line, sizeof(line));
	n = strlen(line);
	ret = execute(w, op, line + n, sizeof(line) - n);
	counts[is_netkit(w, op)][op->kind][ret < 0 ? -ret : 0]++;
	for (c = line; *c; c++)
		digest->hash = (digest->hash ^ (__u8)*c) * 0x100000001b3ULL;
	if (digest->print)
		printf("%s\n", line);
}

static void ask_all(struct world *w, struct digest *digest)
{
	struct op op = {
		.kind = QUERY, .cap = CAPACITY, .want = WANT_IDS | WANT_LINKS,
	};
	enum type last;

	for (op.dev = 0; op.dev < DEVS; op.dev++) {
		last = op.dev < NETKIT ? OUT : PEER;
		for (op.type = IN; op.type <= last; op.type++) {
			op.far = w->dev[op.dev].far;
			run_op(w, &op, digest);
		}
	}
}

static void begin(struct world *w)
{
	int ret = world_begin(w);

	if (ret)
		die("world", ret);
}

static void world_random(__u64 seed, __u64 number, int ops,
			 struct digest *digest)
{
	struct op packet = { .kind = PACKET, .type = TYPES };
	struct world w;
	struct dice d;
	struct op op;
	int i;

	dice_seed(&d, seed, number);
	begin(&w);
	for (i = 0; i < ops; i++) {
		generate(&d, &w, &op);
		run_op(&w, &op, digest);
		if (i % BATCH != BATCH - 1)
			continue;
		for (packet.dev = 0; packet.dev < DEVS; packet.dev++)
			run_op(&w, &packet, digest);
	}
	ask_all(&w, digest);
	world_end(&w);
}

static void counts_print(const unsigned int of[KINDS][ERRNOS],
			 const char *prefix)
{
	int kind, i;

	for (kind = 0; kind < KINDS; kind++)
		for (i = 0; i < ERRNOS; i++)
			if (of[kind][i])
				printf("count %s%s %s %u\n", prefix,
				       kind_names[kind],
				       i ? strerrorname_np(i) ?: "?" : "0",
				       of[kind][i]);
}

static void random_worlds(__u64 seed, long ops)
{
	long number, left, now;

	for (number = 0, left = ops; left > 0; number++, left -= now) {
		struct digest digest = { .hash = HASH, .print = true };

		now = left < OPS_PER_WORLD ? left : OPS_PER_WORLD;
		world_random(seed, number, now, &digest);
		printf("world %ld %016llx\n", number, digest.hash);
		fflush(stdout);
	}
	counts_print(counts[0], "");
	counts_print(counts[1], "netkit-");
	printf("count deepest %u 1\n", deepest);
	printf("count netkit-deepest %u 1\n", deepest_netkit);
}

static struct op *ops_read(const char *path, int *count)
{
	FILE *file = fopen(path, "r");
	char line[LINE_MAX_LEN];
	struct op *ops = NULL;

	if (!file)
		die(path, -errno);
	for (*count = 0; fgets(line, sizeof(line), file); ++*count) {
		ops = realloc(ops, (*count + 1) * sizeof(*ops));
		if (!op_parse(&ops[*count], line)) {
			printf("differ: not an operation: %s", line);
			exit(1);
		}
	}
	fclose(file);
	return ops;
}

static void world_replay(const struct op *ops, const bool *keep, int count,
			 struct digest *digest)
{
	struct world w;
	int i;

	begin(&w);
	for (i = 0; i < count; i++)
		if (keep[i])
			run_op(&w, &ops[i], digest);
	ask_all(&w, digest);
	world_end(&w);
}

static void keep_parse(char *line, bool *keep, int count)
{
	char *word, *rest;
	int from, to;

	memset(keep, 0, count * sizeof(*keep));
	for (word = strtok_r(line, " \n", &rest); word;
	     word = strtok_r(NULL, " \n", &rest)) {
		to = 0;
		if (sscanf(word, "%d-%d", &from, &to) < 1)
			die(word, -EINVAL);
		if (!to)
			to = from;
		for (; from > 0 && from <= to && from <= count; from++)
			keep[from - 1] = true;
	}
}

static void replay(const char *path, const char *keeps)
{
	size_t size = 0;
	char *line = NULL;
	struct op *ops;
	FILE *file;
	bool *keep;
	int count;
	long i;

	ops = ops_read(path, &count);
	keep = calloc(count + 1, sizeof(*keep));
	file = fopen(keeps, "r");
	if (!file)
		die(keeps, -errno);
	for (i = 0; getline(&line, &size, file) > 0; i++) {
		struct digest digest = { .hash = HASH };

		keep_parse(line, keep, count);
		world_replay(ops, keep, count, &digest);
		printf("world %ld %016llx\n", i, digest.hash);
	}
	fclose(file);
}

static void replay_print(const char *path)
{
	struct digest digest = { .hash = HASH, .print = true };
	struct op *ops;
	bool *keep;
	int count;

	ops = ops_read(path, &count);
	keep = malloc(count * sizeof(*keep));
	memset(keep, true, count);
	world_replay(ops, keep, count, &digest);
	printf("world 0 %016llx\n", digest.hash);
}

int main(int argc, char **argv)
{
	int ret;

	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	ret = tools_make();
	if (ret)
		die("programs and devices", ret);
	if (argc == 3 && argv[1][0] != '-')
		random_worlds(strtoull(argv[1], NULL, 0),
			      strtol(argv[2], NULL, 0));
	else if (argc == 4 && !strcmp(argv[1], "--replay"))
		replay(argv[2], argv[3]);
	else if (argc == 3 && !strcmp(argv[1], "--print"))
		replay_print(argv[2]);
	else
		die("usage", -EINVAL);
	return 0;
}
