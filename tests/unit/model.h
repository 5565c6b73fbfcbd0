/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What native tcx does with a request, as plainly as it can be said: a list,
 * and the rules of the kernel's bpf_mprog in the order in which it applies
 * them. Shares nothing with src/kmod/core/mprog.c. Programs and links are numbers
 * here, 0 is none.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdint.h>

#define MODEL_MAX	63

struct model_entry {
	int	prog;
	int	link;
};

struct model {
	struct model_entry	list[MODEL_MAX];
	int			count;
	uint64_t		revision;
};

struct model_req {
	int		prog;		/* detach: 0 names none */
	int		link;
	int		replace;
	int		rel_prog;	/* of the relative; its program if a link */
	int		rel_link;
	int		rel_err;	/* the relative could not be found */
	uint32_t	flags;
	uint64_t	revision;
};

/* Return 0 or a negative errno; on error the model is as before. */
int model_attach(struct model *m, const struct model_req *req);
int model_detach(struct model *m, const struct model_req *req,
		 struct model_entry *gone);

#endif
