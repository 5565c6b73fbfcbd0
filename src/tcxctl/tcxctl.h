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
	EXIT_UNTOLD,		/* done, but what was done cannot be written */
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
	const char *pin_maps;		/* a folder for maps that need it */
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
#define COMMAND_MAPS		(1U << 4)	/* --pin-maps */

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

/* print.c: standard output. In what is printed and put together here, as in
 * sentences of refuse() and usage(), every %s and %c is escaped as tcx_escape()
 * does it; so nothing is escaped by whoever calls. What is escaped already goes
 * through print_as_is(). The conversions are those of libtcx/text.h.
 */
__attribute__((format(printf, 1, 2)))
void print(const char *format, ...);
void print_as_is(const char *text);
void print_name(const char *name);	/* one of several in a line */
__attribute__((format(printf, 1, 2)))
char *text_format(const char *format, ...);	/* to be freed; NULL: no memory */
__attribute__((format(printf, 1, 0)))
char *text_vformat(const char *format, va_list args);
int text_width(const char *text);
void output_open(void);
void output_changed(void);	/* before a change is reported */
void output_failed(const char *why);
bool output_flush(void);	/* false: nobody can have read it */
int output_close(int code);

/* json.c. Whatever cannot be made is found out by print_json(). */
json_t *text_json(const char *text);
void put_member(json_t *object, const char *key, json_t *value);
void put_element(json_t *array, json_t *value);
bool print_json(json_t *value);

/* output.c: failures. Each of the first two returns the exit code that it
 * stands for.
 */
__attribute__((format(printf, 1, 2)))
int refuse(const char *format, ...);
__attribute__((format(printf, 1, 2)))
int usage(const char *format, ...);
/* Of something that did not go well beside what was asked for, which was done. */
__attribute__((format(printf, 1, 2)))
void complain(const char *format, ...);
int refuse_request(int err, const struct tcx_explain_opts *request);
void refuse_errno(int err);	/* for the JSON of the next refusal */

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

/* device.c */
int device_index(const char *name);

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

/* maps.c: the object that a program came from, open for as long as its maps
 * need it, and which of them do: the kernel empties them, or cancels their
 * timers, when they are neither open nor pinned anywhere.
 */
struct bpf_object;

struct needed_map {
	const char *name;
	const char *kind;	/* what makes it one of these */
	char *pin;		/* its name in bpffs */
	int fd;			/* the object's */
};

struct maps {
	struct bpf_object *obj;	/* NULL: others have loaded the program */
	struct needed_map *needed;
	size_t count;
};

int maps_find(struct maps *maps, struct bpf_object *obj, int prog_fd);
void maps_close(struct maps *maps);
char *maps_text(const struct maps *maps);

/* map_folder.c: the folder beside a pinned link. dir is its fd, locked. Functions
 * return 0, an fd or true, or a negative errno.
 */
char *map_folder_beside(const char *pin);
bool map_folder_belongs(const char *pin, __u32 link_id);
int map_folder_make(const char *path);
int map_folder_mark(int dir, __u32 link_id);
int map_folder_open(const char *path, __u32 link_id);
int map_folder_clear(int dir, const struct maps *keep);
int map_folder_remove(int dir, const char *path);
int map_folder_remove_stale(const char *path);

/* map_pins.c: where those maps are pinned. What takes maps does nothing if none
 * of them needs it. Functions that return an exit code have said what is wrong
 * and have left nothing behind; the others return a negative errno.
 */
struct map_pins {
	const struct maps *maps;
	char *dir;		/* the folder; NULL: nothing is pinned */
	char *stage;		/* a folder in it for an update, or NULL */
	bool fresh;		/* the folder was made for this */
	size_t made;		/* how many are pinned */
	int lock;		/* dir, if it is beside a link; or -1 */
};

int map_pins_in(struct map_pins *pins, const struct maps *maps,
		const char *folder);
int map_pins_beside(struct map_pins *pins, const struct maps *maps,
		    const char *pin);
int map_pins_mark(struct map_pins *pins, __u32 link_id);
int map_pins_stage(struct map_pins *pins, const struct maps *maps,
		   const char *pin, __u32 link_id);
int map_pins_swap(struct map_pins *pins);
int map_pins_drop(const char *pin, __u32 link_id);
void map_pins_undo(struct map_pins *pins);
void map_pins_release(struct map_pins *pins);
char *map_pins_find(__u32 link_id, const char *named);
void map_pins_print(const struct map_pins *pins);
void map_pins_json(const struct map_pins *pins, json_t *object);
void map_pins_problem(int err, json_t *object);
void maps_settle(const struct maps *maps);

/* source.c: program fds. Each returns an fd, or minus an exit code after
 * having said why not.
 */
int prog_by_id(__u32 id);
int prog_by_path(const char *path);
int prog_from_words(char **words, int n, struct maps *maps);

/* what a path in bpffs names, opened; -1 or an exit code as above */
enum pin_kind { PIN_PROG, PIN_LINK, PIN_OTHER };

int pin_open(const char *path, enum pin_kind *kind);
enum pin_kind pin_kind_of(int fd);

/* object.c */
int prog_from_object(char **words, int n, struct maps *maps);

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

/* bpffs.c: where pins can be, and be seen */
#define BPFFS "/sys/fs/bpf"

bool bpffs_at(const char *dir);
const char *bpffs_hint(void);
bool bpffs_forbids(const char *path);
int bpffs_refuse_name(const char *path);

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
