/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCXCTL_H
#define TCXCTL_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "libtcx.h"

/* Exit codes */
enum {
	EXIT_DONE,
	EXIT_REFUSED,
	EXIT_USAGE,
};

/* main.c, options.c: what stands on the command line */
struct options {
	bool json;
	bool pretty;
	bool debug;
	bool help;
	bool version;
	bool before;
	bool after;
	const char *before_ref;		/* NULL: the very beginning */
	const char *after_ref;		/* NULL: the very end */
	const char *replace_ref;
	__u64 expected_revision;
	bool link;			/* attach: by a link */
	const char *pin;		/* where to pin the link */
	__u32 timeout;			/* seconds to hold the link; 0: no limit */
	const char *old_ref;		/* update: only if this is the present one */
	char **words;			/* the command and what follows it */
	int n_words;
};

struct command {
	const char *name;
	const char *arguments;		/* for the usage line */
	const char *summary;
	unsigned int options;		/* COMMAND_* bits of those it takes */
	int (*run)(char **words, int n);
};

#define COMMAND_PLACE		(1U << 0)	/* --before, --after, --replace */
#define COMMAND_REVISION	(1U << 1)	/* --expected-revision */
#define COMMAND_LINK		(1U << 2)	/* --link, --pin, --timeout */
#define COMMAND_OLD		(1U << 3)	/* --old */

extern struct options options;
extern const struct command commands[];

int options_parse(int argc, char **argv);
bool options_fit(const struct command *command);
void options_help(const struct command *command);
const struct command *command_find(const char *word);

int do_attach(char **words, int n);
int do_detach(char **words, int n);
int do_update(char **words, int n);
int do_show(char **words, int n);
int do_version(char **words, int n);
int do_help(char **words, int n);

/* output.c: sentences and JSON. Each of the first two returns the exit code
 * that it stands for.
 */
__attribute__((format(printf, 1, 2)))
int refuse(const char *format, ...);
__attribute__((format(printf, 1, 2)))
int usage(const char *format, ...);
int refuse_request(int err, const struct tcx_explain_opts *request);
void refuse_errno(int err);	/* for the JSON of the next refusal */
void print_json(json_t *value);
int output_close(int code);

/* log.c: messages of libbpf and libtcx. What they warn about is kept, to be
 * shown below the sentence that reports the failure.
 */
void log_setup(void);
const char *log_text(void);
void log_drop(void);

/* point.c: an attach point as named on the command line, and its contents */
struct point {
	const char *device;
	int ifindex;
	__u32 attach_type;
};

struct listing {
	__u32 count;
	__u64 revision;
	__u32 *prog_ids;
	__u32 *link_ids;
};

int point_parse(struct point *point, const char *direction);
int point_device(struct point *point, const char *device);
const char *point_direction(const struct point *point);
int point_of_link(struct point *point, const struct tcx_link_info *info,
		  char *name);
int point_list(const struct point *point, struct listing *listing);
int listing_add(struct listing *listing, __u32 prog_id, __u32 link_id);
void listing_free(struct listing *listing);
void point_explain(const struct point *point, __u32 op,
		   struct tcx_explain_opts *opts);

/* ref.c: programs that are attached, as --before and its kin name them */
enum ref_kind { REF_ID, REF_LINK, REF_PINNED, REF_FIRST, REF_LAST };

struct ref {
	enum ref_kind kind;
	__u32 id;
	const char *path;
};

int ref_parse(struct ref *ref, const char *text, const char *option);
int ref_id_parse(__u32 *id, const char *text);

/* place.c: --before, --after, --replace, --expected-revision, made into the
 * options of a request. Returns an exit code; EXIT_DONE goes on.
 */
struct place {
	struct tcx_attach_opts opts;
	int relative_fd;	/* or -1 */
	int replace_fd;		/* or -1 */
	bool own_revision;	/* expected_revision is not the user's */
};

int place_check(void);
int place_find(struct place *place, const struct point *point);
void place_release(struct place *place);

/* source.c: program fds. Each returns an fd, or minus an exit code after
 * having said why not.
 */
int prog_by_id(__u32 id);
int prog_by_path(const char *path);
int prog_from_words(char **words, int n);

/* what a path in bpffs names, opened; -1 or an exit code as above */
enum pin_kind { PIN_PROG, PIN_LINK, PIN_OTHER };

int pin_open(const char *path, enum pin_kind *kind);
enum pin_kind pin_kind_of(int fd);

/* object.c */
int prog_from_object(char **words, int n);

/* info.c: what the kernel knows of a program */
struct prog_details {
	bool known;		/* false: only the id is */
	char name[BPF_OBJ_NAME_LEN + 1];
	char tag[2 * BPF_TAG_SIZE + 1];
	const char *type;
	char loaded_at[32];
	__u32 uid;
	__u64 runs;		/* 0 unless kernel.bpf_stats_enabled is on */
	__u64 run_time_ns;
};

__u32 prog_id_of(int fd);
void prog_describe(int fd, struct prog_details *details);
void prog_describe_id(__u32 id, struct prog_details *details);
const char *prog_name(const struct prog_details *details);
json_t *prog_json(__u32 id, const struct prog_details *details);

/* link.c: links, named as "link N" or "pinned PATH" */
int link_by_id(__u32 id);
int link_from_words(char **words, int n);
int link_check(int fd, struct tcx_link_info *info);
int link_refuse(int err, __u32 op, int fd);

/* detach_link.c */
int detach_link(int fd, const struct point *point);
int detach_link_words(char **words, int n);

/* hold.c: keeping a link while others can do with it what they like */
int hold_check_pin(const char *path);
void hold_prepare(void);
void hold(void);

/* owners.c: who keeps links alive, but for this process */
struct holder {
	__u32 pid;
	char command[17];
};

struct owner {
	__u32 link_id;
	struct holder *holders;
	size_t n_holders;
	char **pins;
	size_t n_pins;
};

struct owners {
	struct owner *links;	/* sorted by id */
	size_t count;
};

int owners_add(struct owners *owners, __u32 link_id);
void owners_find(struct owners *owners);
const struct owner *owners_of(const struct owners *owners, __u32 link_id);
void owners_free(struct owners *owners);
void owner_print(const struct owner *owner, const char *indent);
json_t *owner_json(const struct owner *owner);

#endif /* TCXCTL_H */
