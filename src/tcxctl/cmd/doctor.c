// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "doctor/doctor.h"
#include "json.h"
#include "options.h"
#include "print.h"
#include "refuse.h"

static const char * const levels[FINDING_LEVELS] = {
	[FINDING_NOTE]		= "note",
	[FINDING_UNKNOWN]	= "unknown",
	[FINDING_WARNING]	= "warning",
	[FINDING_PROBLEM]	= "problem",
};

/* For monitoring; the worst finding counts. 1 to 3 have their meaning for every
 * command.
 */
static const int statuses[FINDING_LEVELS] = {
	[FINDING_NOTE]		= EXIT_DONE,
	[FINDING_UNKNOWN]	= 4,
	[FINDING_WARNING]	= 5,
	[FINDING_PROBLEM]	= 6,
};

static const struct doctor_check *find_check(const char *name)
{
	const struct doctor_check *check;

	for (check = doctor_checks; check->name; check++)
		if (!strcmp(check->name, name))
			return check;
	return NULL;
}

static void look(struct doctor *doctor, const struct doctor_check *check)
{
	doctor->check = check->name;
	check->look(doctor);
}

/* Those that are named, or all. */
static void look_at(struct doctor *doctor, char **words, int n)
{
	const struct doctor_check *check;
	int i;

	for (i = 0; i < n; i++)
		look(doctor, find_check(words[i]));
	for (check = doctor_checks; !n && check->name; check++)
		look(doctor, check);
}

static json_t *finding_json(const struct finding *finding)
{
	json_t *object = json_object();

	put_member(object, "level", json_string(levels[finding->level]));
	put_member(object, "check", json_string(finding->check));
	if (finding->device)
		put_member(object, "device", json_string(finding->device));
	put_member(object, "what", json_string(finding->what));
	put_member(object, "why", json_string(finding->why));
	put_member(object, "mend", json_string(finding->mend));
	return object;
}

static void print_findings_json(const struct doctor *doctor, char **words, int n)
{
	json_t *findings = json_array(), *checks = json_array();
	const struct doctor_check *check;
	size_t i;
	int j;

	for (i = 0; i < doctor->count; i++)
		put_element(findings, finding_json(&doctor->findings[i]));
	for (j = 0; j < n; j++)
		put_element(checks, text_json(words[j]));
	for (check = doctor_checks; !n && check->name; check++)
		put_element(checks, text_json(check->name));
	print_json(json_pack("{s:o, s:o}", "checks", checks,
			     "findings", findings));
}

static void print_finding(const struct finding *finding)
{
	print("%s: %s: ", levels[finding->level], finding->check);
	print_as_is(finding->what);
	print("\n  why:  ");
	print_as_is(finding->why);
	print("\n  mend: ");
	print_as_is(finding->mend);
	print("\n");
}

static void print_findings(const struct doctor *doctor)
{
	unsigned int counts[FINDING_LEVELS] = {};
	size_t i;

	for (i = 0; i < doctor->count; i++)
		counts[doctor->findings[i].level]++;
	for (i = 0; i < doctor->count; i++)
		print_finding(&doctor->findings[i]);
	print("%u problems, %u warnings, %u unknown, %u notes\n",
	      counts[FINDING_PROBLEM], counts[FINDING_WARNING],
	      counts[FINDING_UNKNOWN], counts[FINDING_NOTE]);
}

/* What matters most comes first, else the order is that of the checks. */
static int by_level(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->level != y->level)
		return x->level > y->level ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int status(const struct doctor *doctor)
{
	return doctor->count ? statuses[doctor->findings[0].level] : EXIT_DONE;
}

static void release(struct doctor *doctor)
{
	size_t i;

	for (i = 0; i < doctor->count; i++) {
		free(doctor->findings[i].device);
		free(doctor->findings[i].what);
		free(doctor->findings[i].why);
		free(doctor->findings[i].mend);
	}
	free(doctor->findings);
	planes_free(&doctor->planes);
}

static int run(char **words, int n)
{
	TCX_OPTS(tcx_module_info, info);
	struct doctor doctor = { .planes_err = 1 };
	int i;

	for (i = 0; i < n; i++)
		if (!find_check(words[i]))
			return usage("there is no check '%s'; 'tcxctl help doctor' lists them",
				     words[i]);
	doctor.backend = tcx_backend();
	if (!tcx_module_info(&info))
		doctor.module = info;
	look_at(&doctor, words, n);
	if (doctor.count)
		qsort(doctor.findings, doctor.count, sizeof(*doctor.findings),
		      by_level);
	if (options.json)
		print_findings_json(&doctor, words, n);
	else
		print_findings(&doctor);
	i = status(&doctor);
	release(&doctor);
	return i;
}

static const char doctor_help[] =
"\n"
"CHECK is one of\n"
"  module           whether there is tcx, and of which version\n"
"  signature        whether the module is signed, and has to be\n"
"  other-kernels    installed kernels that lack the module\n"
"  native-detach    a kernel with tcx of its own on which anybody may detach\n"
"  hook             what hook=netfilter means here\n"
"  bpf-syscall      whether bpf(2) accepts tcx\n"
"  nfqueue          NFQUEUE in use with hook=netfilter\n"
"  redirected       others at the functions that are redirected\n"
"  classic-filters  classic filters where tcx is used\n"
"  unreached        filters and programs that no packet reaches\n"
"  two-planes       one agent's programs in classic tc and in tcx\n"
"  half-moved       what a migrate that was killed has left\n"
"  dead-pins        pins of links that are defunct\n"
"  ownerless-pins   pins of links that no process has to do with\n"
"  map-pins         pins of maps whose link is gone\n"
"Without CHECK, all of them.\n";

const struct command command_doctor = {
	.name = "doctor",
	.forms = { { "[CHECK...]", "look for what is wrong, or will surprise" } },
	.arguments_help = doctor_help,
	.run = run,
};
