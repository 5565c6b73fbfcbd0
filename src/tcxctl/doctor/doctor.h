/* SPDX-License-Identifier: GPL-2.0 */
/* What the command doctor looks for. A check is a function, in doctor_*.c by
 * subject, that adds what it finds; none is nothing. What could not be looked at
 * is a finding too.
 */
#ifndef TCXCTL_DOCTOR_H
#define TCXCTL_DOCTOR_H

#include <stddef.h>

#include "libtcx.h"
#include "planes.h"

enum finding_level {
	FINDING_NOTE,		/* good to know, nothing is wrong */
	FINDING_UNKNOWN,	/* it could not be found out */
	FINDING_WARNING,	/* something will surprise somebody */
	FINDING_PROBLEM,	/* something does not work, or is open to others */
	FINDING_LEVELS,
};

/* Texts are in the escaped form. */
struct finding {
	enum finding_level level;
	const char *check;
	size_t order;		/* in which it was found */
	char *device;		/* or NULL */
	char *what;
	char *why;		/* it matters */
	char *mend;		/* a command, or what to do */
};

struct doctor {
	int backend;		/* or a negative errno */
	struct tcx_module_info module;	/* valid if it carries out requests */
	struct planes planes;	/* see doctor_planes() */
	int planes_err;		/* a negative errno; 1: not looked yet */
	const char *check;	/* the one that is looking */
	struct finding *findings;
	size_t count;
};

struct doctor_check {
	const char *name;
	void (*look)(struct doctor *doctor);
};

extern const struct doctor_check doctor_checks[];	/* ended by no name */

/* The present check has found something. Takes the texts, which come from
 * text_format(): one that is NULL could not be made.
 */
void doctor_find(struct doctor *doctor, enum finding_level level, char *what,
		 char *why, char *mend);
void doctor_find_at(struct doctor *doctor, enum finding_level level,
		    const char *device, char *what, char *why, char *mend);
/* It could not look at that. */
void doctor_blind(struct doctor *doctor, const char *where, int err);

/* Of all devices; NULL, having said so, if they cannot be looked at */
const struct planes *doctor_planes(struct doctor *doctor);

void doctor_module(struct doctor *doctor);
void doctor_signature(struct doctor *doctor);
void doctor_other_kernels(struct doctor *doctor);
void doctor_hook(struct doctor *doctor);
void doctor_bpf_syscall(struct doctor *doctor);
void doctor_nfqueue(struct doctor *doctor);
void doctor_redirected(struct doctor *doctor);
void doctor_native_detach(struct doctor *doctor);
void doctor_classic_filters(struct doctor *doctor);
void doctor_unreached(struct doctor *doctor);
void doctor_two_planes(struct doctor *doctor);
void doctor_half_moved(struct doctor *doctor);
void doctor_dead_pins(struct doctor *doctor);
void doctor_ownerless_pins(struct doctor *doctor);
void doctor_map_pins(struct doctor *doctor);

#endif /* TCXCTL_DOCTOR_H */
