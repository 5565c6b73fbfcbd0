// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes both interfaces of the module, and what bpf(2) does with its links, from
 * several threads at once, while devices come, go and move, packets pass, and the
 * second interface is switched on and off.
 *
 *   fuzz [option]...
 *
 *   --seconds N     for how long (60)
 *   --threads N     that fuzz (3)
 *   --seed S        all sequences follow from it (1)
 *   --corpus FILE   instead of kcov: the corpus of an earlier run, as it was
 *                   printed ("corpus THREAD INDEX HEX")
 *   --replay T:FROM:TO  only the sequences FROM to TO of thread T, one after the
 *                   other, and nothing beside them
 *   --print         with --replay: also print each
 *   --places        print the places in the module's code that were reached, as
 *                   offsets in its text section ("place HEX")
 *
 * What reproduces: the content of every sequence, from the seed, with the corpus of
 * the run if it had kcov. What does not: how the threads interleave, and with it
 * what the world was like at a sequence. A bug that needs no race comes again with
 * --replay of the indexes before the splat (the kernel's log has "fuzz: THREAD
 * INDEX" every 128 sequences), one that needs a race with the whole run, perhaps.
 */
#include <getopt.h>
#include <stdarg.h>

#include "kcov.h"
#include "link.h"
#include "ops.h"
#include "world.h"

#define THREADS_MAX	8
#define LOG_EVERY	128
#define STUCK_SECONDS	120

struct thread {
	pthread_t thread;
	unsigned int nth;
	_Atomic uint64_t index;
	struct corpus corpus;
	/* of an earlier run: at which index the entry came */
	uint64_t given_at[CORPUS_MAX];
	struct corpus given;
};

static struct thread threads[THREADS_MAX];
static _Atomic bool stop;
static uint64_t seed = 1;
static bool print, given, with_kcov;
static int kmsg = -1;

static void file_put(const char *path, const char *text)
{
	int ret = file_write(path, text);

	if (ret)
		fprintf(stderr, "%s: %s\n", path, strerror(-ret));
}

static void kmsg_say(unsigned int thread, uint64_t index)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "fuzz: %u %llu\n", thread,
			   (unsigned long long)index);

	if (write(kmsg, line, len) != len)
		return;
}

static void corpus_add(struct thread *t, const struct sequence *s)
{
	char text[2 * sizeof(s->ops) + 1] = "";

	if (t->corpus.count == CORPUS_MAX)
		return;
	t->corpus.sequences[t->corpus.count++] = *s;
	sequence_print(s, text);
	printf("corpus %u %llu %s\n", t->nth, (unsigned long long)t->index,
	       text);
}

/* What the earlier run knew when it made this sequence. */
static void corpus_follow(struct thread *t)
{
	while (t->corpus.count < t->given.count &&
	       t->given_at[t->corpus.count] < t->index) {
		t->corpus.sequences[t->corpus.count] =
			t->given.sequences[t->corpus.count];
		t->corpus.count++;
	}
}

static void sequence_do(struct thread *t, struct kcov *kcov)
{
	char text[2 * OPS_MAX * sizeof(struct op) + 1] = "";
	struct sequence s;
	unsigned int i;

	if (given)
		corpus_follow(t);
	s = sequence_make(seed, t->nth, t->index, &t->corpus);
	if (print) {
		sequence_print(&s, text);
		printf("# %llu:", (unsigned long long)t->index);
		for (i = 0; i < s.count; i++)
			printf(" %s,", kind_names[s.ops[i].kind]);
		printf(" %s\n", text);
	}
	kcov_begin(kcov);
	for (i = 0; i < s.count; i++)
		op_do(&s.ops[i]);
	if (kcov_end(kcov) && !given)
		corpus_add(t, &s);
}

static void *fuzz_thread(void *arg)
{
	struct thread *t = arg;
	struct kcov kcov;

	kcov_open(&kcov);
	with_kcov |= !!kcov.area;
	netns_enter(world.netns[0]);
	while (!stop) {
		if (!(t->index % LOG_EVERY))
			kmsg_say(t->nth, t->index);
		sequence_do(t, &kcov);
		t->index++;
	}
	return NULL;
}

/* Beside the threads: what happens to devices, by itself. */
static void *churn_thread(void *arg)
{
	uint64_t rng = seed ^ 0xc4;
	struct kcov kcov;

	kcov_open(&kcov);
	while (!stop) {
		kcov_begin(&kcov);
		const struct op op = {
			.dev = rng_next(&rng),
			.extra = rng_next(&rng),
		};

		netns_enter(world.netns[rng_next(&rng) & 1]);
		if (rng_below(&rng, 3))
			op_device(&op);
		else
			op_qdisc(&op);
		kcov_end(&kcov);
		usleep(5000 + rng_below(&rng, 20000));
	}
	return NULL;
}

static void *packet_thread(void *arg)
{
	int fd, nth = 0, i;

	while (!stop) {
		netns_enter(world.netns[++nth & 1]);
		fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
		for (i = 0; i < 200 && fd >= 0 && !stop; i++) {
			traffic_send(fd, FIRST_IFINDEX + i % DEVICES);
			if (!(i % 10))
				usleep(2000);
		}
		close(fd);
	}
	return NULL;
}

static void *switch_thread(void *arg)
{
	uint64_t rng = seed ^ 0x5c;
	struct kcov kcov;
	int fd, on = 1;

	kcov_open(&kcov);
	fd = open(SWITCH, O_WRONLY | O_CLOEXEC);
	while (!stop && fd >= 0) {
		usleep(1500000 * (1 + on) + rng_below(&rng, 500000));
		on = !on;
		/* Programs count their time or not: two ways to run them. */
		file_put("/proc/sys/kernel/bpf_stats_enabled", on ? "1" : "0");
		kcov_begin(&kcov);
		if (pwrite(fd, on ? "1" : "0", 1, 0) != 1)
			surprise("switch: %s", strerror(errno));
		kcov_end(&kcov);
	}
	close(fd);
	return NULL;
}

static bool corpus_read(const char *name)
{
	FILE *file = fopen(name, "r");
	unsigned long long index;
	char text[512];
	unsigned int nth;
	struct thread *t;

	while (file && fscanf(file, " corpus %u %llu %511s", &nth, &index,
			      text) == 3) {
		t = &threads[nth % THREADS_MAX];
		if (t->given.count == CORPUS_MAX ||
		    sequence_parse(&t->given.sequences[t->given.count], text))
			return false;
		t->given_at[t->given.count++] = index;
	}
	if (file)
		fclose(file);
	given = true;
	return !!file;
}

static int replay(const char *range)
{
	unsigned long long from, to;
	struct kcov kcov = {};
	unsigned int nth;
	struct thread *t;

	if (sscanf(range, "%u:%llu:%llu", &nth, &from, &to) != 3 ||
	    nth >= THREADS_MAX)
		return 2;
	t = &threads[nth];
	t->nth = nth;
	for (t->index = from; t->index <= to; t->index++) {
		kmsg_say(nth, t->index);
		sequence_do(t, &kcov);
	}
	return 0;
}

static unsigned int results, failures;

static void __attribute__((format(printf, 2, 3))) result(bool ok,
							 const char *fmt, ...)
{
	va_list args;

	printf("%s %u - ", ok ? "ok" : "not ok", ++results);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	failures += !ok;
}

/* A task that hangs in the kernel is found here: the log gets to show where. */
static void watch(unsigned int seconds, unsigned int count)
{
	uint64_t last[THREADS_MAX] = {};
	unsigned int same[THREADS_MAX] = {}, i, s;

	for (s = 0; s < seconds; s++) {
		sleep(1);
		for (i = 0; i < count; i++) {
			same[i] = threads[i].index == last[i] ? same[i] + 1 : 0;
			last[i] = threads[i].index;
			if (same[i] < STUCK_SECONDS)
				continue;
			printf("not ok - thread %u hangs at %llu\n", i,
			       (unsigned long long)last[i]);
			file_put("/proc/sysrq-trigger", "w");
			sleep(5);
			exit(1);
		}
	}
}

static void places_print(void)
{
	FILE *file = fopen("/sys/module/" MODULE "/sections/.text", "r");
	unsigned long long base = 0;
	unsigned int i;

	if (!file || fscanf(file, "%llx", &base) != 1)
		perror("sections/.text");
	if (file)
		fclose(file);
	for (i = 0; i < 1 << PLACES_BITS; i++)
		if (places[i])
			printf("place %llx\n", places[i] - base);
}

/* A fuzzer that does not get anywhere finds nothing. */
static void outcome_judge(const struct outcome *outcome, const char *of,
			  const char *kind, unsigned int seconds)
{
	printf("# %s%-14s %8lu, %8lu succeeded\n", of, kind, outcome->done,
	       outcome->succeeded);
	if (!outcome->succeeded && (seconds >= 60 || outcome->done > 200))
		result(false, "no %s%s has succeeded", of, kind);
}

static void report(unsigned int count, unsigned int seconds)
{
	unsigned long long sequences = 0, ops = 0;
	unsigned int i, corpus = 0;

	for (i = 0; i < KINDS; i++) {
		ops += outcomes[i].done;
		outcome_judge(&outcomes[i], "", kind_names[i], seconds);
	}
	for (i = 0; i < NETKIT_KINDS; i++)
		outcome_judge(&netkit_outcomes[i], "netkit's ", kind_names[i],
			      seconds);
	for (i = 0; i < count; i++) {
		sequences += threads[i].index;
		corpus += threads[i].corpus.count;
	}
	printf("# seed %llu: %llu sequences, %llu operations in %u s\n",
	       (unsigned long long)seed, sequences, ops, seconds);
	if (with_kcov)
		printf("# kcov: %u places, %u sequences in the corpus\n",
		       places_count, corpus);
	for (i = 0; i <= LINK_DETACH; i++)
		if (i != INFO && outcomes[i].done == outcomes[i].succeeded)
			result(false, "no %s has failed", kind_names[i]);
	result(!surprises, "%u surprising answers", surprises);
}

static int fuzz(unsigned int seconds, unsigned int count)
{
	void *(*const around[])(void *) = {
		churn_thread, packet_thread, switch_thread,
	};
	pthread_t around_threads[3];
	unsigned int i;

	for (i = 0; i < 3; i++)
		pthread_create(&around_threads[i], NULL, around[i], NULL);
	for (i = 0; i < count; i++) {
		threads[i].nth = i;
		pthread_create(&threads[i].thread, NULL, fuzz_thread,
			       &threads[i]);
	}
	watch(seconds, count);
	stop = true;
	for (i = 0; i < count; i++)
		pthread_join(threads[i].thread, NULL);
	for (i = 0; i < 3; i++)
		pthread_join(around_threads[i], NULL);
	report(count, seconds);
	return !!failures;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", 1, NULL, 's' }, { "threads", 1, NULL, 't' },
		{ "seed", 1, NULL, 'S' }, { "corpus", 1, NULL, 'c' },
		{ "replay", 1, NULL, 'r' }, { "print", 0, NULL, 'p' },
		{ "places", 0, NULL, 'P' }, {}
	};
	const char *range = NULL;
	bool want_places = false;
	unsigned int seconds = 60, count = 3;
	int c, ret;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			seconds = atoi(optarg);
			break;
		case 't':
			count = atoi(optarg);
			break;
		case 'S':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'c':
			if (!corpus_read(optarg))
				return 2;
			break;
		case 'r':
			range = optarg;
			break;
		case 'p':
			print = true;
			break;
		case 'P':
			want_places = true;
			break;
		default:
			return 2;
		}
	}
	if (!count || count > THREADS_MAX)
		return 2;
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (!world_make()) {
		printf("not ok - there is no world to fuzz in: %s\n",
		       strerror(errno));
		return 1;
	}
	ret = range ? replay(range) : fuzz(seconds, count);
	world_unpin();
	if (want_places)
		places_print();
	return ret;
}
