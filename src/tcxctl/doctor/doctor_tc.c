// SPDX-License-Identifier: GPL-2.0
/* Classic tc and tcx on the same devices. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include "doctor.h"
#include "info.h"
#include "print.h"
#include "verdicts.h"

/* Whether classic filters run after tcx, as natively: where tcx decides, they do
 * not run.
 */
static bool tcx_is_first(const struct doctor *doctor)
{
	return doctor->backend == TCX_BACKEND_NATIVE ||
	       (doctor->backend == TCX_BACKEND_MODULE &&
		doctor->module.hook == TCX_BACKPORT_HOOK_TC);
}

static bool can_migrate(const struct plane *plane)
{
	size_t i;

	for (i = 0; i < plane->classic.count; i++)
		if (!plane->classic.all[i].direct)
			return false;
	return true;
}

static char *why_together(const struct doctor *doctor, const struct plane *plane)
{
	if (tcx_is_first(doctor))
		return text_format("they run after the tcx programs: packets for which one of these returns TCX_PASS, TCX_DROP or TCX_REDIRECT never reach them");
	if (plane->direction == TC_INGRESS)
		return text_format("with hook=netfilter they run before the tcx programs, which do not see what a filter drops, steals or redirects");
	return text_format("with hook=netfilter they run after the tcx programs, also for packets for which one of these returns TCX_PASS");
}

/* Filters that stood in for tcx before it was there */
static void look_for_fallback(struct doctor *doctor, const struct plane *plane)
{
	size_t i, n = 0;

	for (i = 0; i < plane->classic.count; i++)
		n += plane->classic.all[i].handle == TCX_LEGACY_HANDLE;
	if (!n || (doctor->backend != TCX_BACKEND_NATIVE &&
		   doctor->backend != TCX_BACKEND_MODULE))
		return;
	doctor_find_at(doctor, FINDING_WARNING, plane->device,
		       text_format("%s %s has %zu filters that were attached when there was no tcx (--backend=any or legacy)",
				   plane->device,
				   tc_direction(plane->direction), n),
		       text_format("they go on, and neither 'tcxctl show' nor 'tcxctl detach' sees them now that there is tcx"),
		       text_format("'tcxctl show %s --backend=legacy' shows them, 'tcxctl detach' with --backend=legacy removes them; attach anew what is to stay",
				   plane->device));
}

void doctor_classic_filters(struct doctor *doctor)
{
	const struct planes *planes = doctor_planes(doctor);
	size_t i;

	for (i = 0; planes && i < planes->count; i++) {
		const struct plane *plane = planes->all[i];

		look_for_fallback(doctor, plane);
		if (!plane->tcx.count || !plane->classic.count)
			continue;
		doctor_find_at(doctor, FINDING_NOTE, plane->device,
			       text_format("%s %s has %u tcx programs and, of others, %zu filters of classic tc",
					   plane->device,
					   tc_direction(plane->direction),
					   plane->tcx.count,
					   plane->classic.count),
			       why_together(doctor, plane),
			       tcx_is_first(doctor) && can_migrate(plane) ?
			       text_format("nothing, if that is meant; else tcxctl migrate %s --dry-run",
					   plane->device) :
			       text_format("nothing, if that is meant; 'tc filter show dev %s %s' shows them",
					   plane->device,
					   tc_direction(plane->direction)));
	}
}

/* What ends every packet's way through a list: a program, or matchall's action */
enum ends { ENDS_NEVER, ENDS_SURELY, ENDS_UNKNOWN };

static enum ends program_ends(__u32 id, __u32 verdicts)
{
	__u32 set;

	if (verdicts_of(id, &set) || set & VERDICT_ANY)
		return ENDS_UNKNOWN;
	return verdicts_only(set, verdicts) ? ENDS_SURELY : ENDS_NEVER;
}

/* A filter for one protocol lets the others pass. */
static enum ends filter_ends(const struct tc_filter *filter)
{
	if (filter->chain || filter->protocol != ETH_P_ALL ||
	    !filter->direct || filter->flags & TCA_CLS_FLAGS_SKIP_SW)
		return ENDS_NEVER;
	return program_ends(filter->prog_id, VERDICTS_END_CLASSIC);
}

static char *unreached_why(void)
{
	return text_format("what they are there for does not happen, whatever they contain");
}

/* Behind which tcx program nothing comes: its place, or count */
static __u32 last_reached(const struct plane *plane, bool *unknown)
{
	__u32 i;

	*unknown = false;
	for (i = 0; i < plane->tcx.count; i++) {
		switch (program_ends(plane->tcx.prog_ids[i],
				     VERDICTS_END_TCX)) {
		case ENDS_SURELY:
			return i;
		case ENDS_UNKNOWN:
			*unknown = true;
			break;
		default:
			break;
		}
	}
	return i;
}

static void look_behind_tcx(struct doctor *doctor, const struct plane *plane)
{
	const char *direction = tc_direction(plane->direction);
	bool unknown;
	__u32 last = last_reached(plane, &unknown), after;

	after = last < plane->tcx.count ? plane->tcx.count - last - 1 : 0;
	if (after)
		doctor_find_at(doctor, FINDING_WARNING, plane->device,
			       text_format("the last %u tcx programs of %s %s never see a packet: program id %u before them always returns TCX_PASS, TCX_DROP or TCX_REDIRECT",
					   after, plane->device, direction,
					   plane->tcx.prog_ids[last]),
			       unreached_why(),
			       text_format("attach them before it, or detach it: tcxctl show %s",
					   plane->device));
	if (!plane->classic.count || !tcx_is_first(doctor))
		return;
	if (last < plane->tcx.count)
		doctor_find_at(doctor, FINDING_WARNING, plane->device,
			       text_format("the %zu classic filters of %s %s never see a packet: the tcx program id %u always returns TCX_PASS, TCX_DROP or TCX_REDIRECT",
					   plane->classic.count, plane->device,
					   direction,
					   plane->tcx.prog_ids[last]),
			       unreached_why(),
			       text_format("tc filter del dev %s %s, or tcxctl detach %s %s id %u",
					   plane->device, direction,
					   plane->device, direction,
					   plane->tcx.prog_ids[last]));
	else if (unknown)
		doctor_find_at(doctor, FINDING_UNKNOWN, plane->device,
			       text_format("whether packets get as far as the classic filters of %s %s cannot be told from the tcx programs there",
					   plane->device, direction),
			       text_format("a packet for which one of those returns TCX_PASS, TCX_DROP or TCX_REDIRECT does not"),
			       text_format("watch the filters' counts: tc -s filter show dev %s %s",
					   plane->device, direction));
}

static void look_within_classic(struct doctor *doctor, const struct plane *plane)
{
	const struct tc_filters *filters = &plane->classic;
	size_t i;

	for (i = 0; i + 1 < filters->count; i++) {
		if (filter_ends(&filters->all[i]) != ENDS_SURELY)
			continue;
		doctor_find_at(doctor, FINDING_WARNING, plane->device,
			       text_format("the last %zu classic filters of %s %s never see a packet: the BPF filter with pref %u before them decides about all",
					   filters->count - i - 1,
					   plane->device,
					   tc_direction(plane->direction),
					   filters->all[i].prio),
			       unreached_why(),
			       text_format("give them a lower pref, or remove that one: tc filter del dev %s %s pref %u",
					   plane->device,
					   tc_direction(plane->direction),
					   filters->all[i].prio));
		return;
	}
}

void doctor_unreached(struct doctor *doctor)
{
	const struct planes *planes = doctor_planes(doctor);
	size_t i;

	for (i = 0; planes && i < planes->count; i++) {
		look_behind_tcx(doctor, planes->all[i]);
		look_within_classic(doctor, planes->all[i]);
	}
}

/* One agent's, as far as that can be told: the same program, name or, which small
 * programs of several can have in common, instructions.
 */
static const char *same_agent(const struct prog_details *a,
			      const struct prog_details *b, __u32 a_id,
			      __u32 b_id, enum finding_level *level)
{
	*level = FINDING_WARNING;
	if (a_id == b_id)
		return "the same program";
	if (!a->known || !b->known)
		return NULL;
	if (a->name[0] && !strcmp(a->name, b->name))
		return "the same name";
	*level = FINDING_NOTE;
	return strcmp(a->tag, b->tag) ? NULL : "the same instructions";
}

/* What a link owns only its owner can detach; or whoever may do all. */
static char *detach_command(const struct plane *plane, __u32 k)
{
	if (plane->tcx.link_ids[k])
		return text_format("tcxctl detach link %u",
				   plane->tcx.link_ids[k]);
	return text_format("tcxctl detach %s %s id %u", plane->device,
			   tc_direction(plane->direction),
			   plane->tcx.prog_ids[k]);
}

static char *mend_two(const struct plane *plane, const struct tc_filter *filter,
		      __u32 k)
{
	char *detach = detach_command(plane, k), *mend;

	if (!detach)
		return NULL;
	mend = text_format("whichever was left behind: tc filter del dev %s %s pref %u, or %s",
			   plane->device, tc_direction(plane->direction),
			   filter->prio, detach);
	free(detach);
	return mend;
}

static void compare(struct doctor *doctor, const struct plane *plane,
		    const struct tc_filter *filter, __u32 k)
{
	const char *direction = tc_direction(plane->direction), *same;
	__u32 id = plane->tcx.prog_ids[k];
	struct prog_details classic, tcx;
	enum finding_level level;

	prog_describe_id(filter->prog_id, &classic);
	prog_describe_id(id, &tcx);
	same = same_agent(&classic, &tcx, filter->prog_id, id, &level);
	if (!same)
		return;
	doctor_find_at(doctor, level, plane->device,
		       text_format("%s %s has %s in classic tc (program id %u %s, loaded %s, pref %u) and in tcx (id %u %s, loaded %s)",
				   plane->device, direction, same,
				   filter->prog_id, prog_name(&classic),
				   classic.loaded_at, filter->prio, id,
				   prog_name(&tcx), tcx.loaded_at),
		       text_format("an agent that has moved from one to the other may have left the old one behind: packets are handled twice then, or by an outdated program"),
		       mend_two(plane, filter, k));
}

void doctor_two_planes(struct doctor *doctor)
{
	const struct planes *planes = doctor_planes(doctor);
	size_t i, j;
	__u32 k;

	for (i = 0; planes && i < planes->count; i++) {
		const struct plane *plane = planes->all[i];

		for (j = 0; j < plane->classic.count; j++)
			for (k = 0; plane->classic.all[j].prog_id &&
			     k < plane->tcx.count; k++)
				compare(doctor, plane, &plane->classic.all[j],
					k);
	}
}
