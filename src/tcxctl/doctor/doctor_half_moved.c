// SPDX-License-Identifier: GPL-2.0
/* What 'tcxctl migrate' has left where it was killed. */
#include "bpf_users.h"
#include "doctor.h"
#include "migrate/half_moved.h"
#include "print.h"

/* One that is at work has its programs open. */
static bool at_work(const struct plane *plane, const struct half_moved *left,
		    const struct bpf_users *users)
{
	__u32 place = left->gate ? left->gate : left->end;

	return bpf_users_has(users, BPF_KIND_PROG,
			     plane->tcx.prog_ids[place - 1]);
}

static void look(struct doctor *doctor, const struct plane *plane,
		 const struct bpf_users *users)
{
	struct half_moved left;

	if (!half_moved_find(plane, &left) || at_work(plane, &left, users))
		return;
	doctor_find_at(doctor, FINDING_WARNING, plane->device,
		       text_format("a 'tcxctl migrate' that was killed has left the program %s in tcx on %s %s",
				   left.gate ? GATE_NAME : END_NAME,
				   plane->device,
				   tc_direction(plane->direction)),
		       left.gate ?
		       text_format("packets meet each program once, as they should, but nothing behind %s runs in tcx, whoever attaches it",
				   GATE_NAME) :
		       text_format("packets meet each program once, as they should, but none gets as far as classic tc, whoever adds a filter"),
		       half_moved_mend(plane, &left));
}

void doctor_half_moved(struct doctor *doctor)
{
	const struct planes *planes = doctor_planes(doctor);
	struct bpf_users users;
	size_t i;
	int err = bpf_users_find(&users);

	if (err)
		doctor_blind(doctor, "/proc", err);
	for (i = 0; !err && planes && i < planes->count; i++)
		look(doctor, planes->all[i], &users);
	bpf_users_free(&users);
}
