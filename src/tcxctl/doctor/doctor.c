// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "print.h"

/* In the order in which they look; cmd/doctor.c says what at. */
const struct doctor_check doctor_checks[] = {
	{ "module", doctor_module },
	{ "signature", doctor_signature },
	{ "other-kernels", doctor_other_kernels },
	{ "native-detach", doctor_native_detach },
	{ "hook", doctor_hook },
	{ "bpf-syscall", doctor_bpf_syscall },
	{ "nfqueue", doctor_nfqueue },
	{ "redirected", doctor_redirected },
	{ "classic-filters", doctor_classic_filters },
	{ "unreached", doctor_unreached },
	{ "two-planes", doctor_two_planes },
	{ "half-moved", doctor_half_moved },
	{ "dead-pins", doctor_dead_pins },
	{ "ownerless-pins", doctor_ownerless_pins },
	{ "map-pins", doctor_map_pins },
	{}
};

void doctor_find_at(struct doctor *doctor, enum finding_level level,
		    const char *device, char *what, char *why, char *mend)
{
	struct finding *findings;
	size_t size = (doctor->count + 1) * sizeof(*findings);

	findings = realloc(doctor->findings, size);
	if (!findings || !what || !why || !mend) {
		output_failed(strerror(ENOMEM));
		free(what);
		free(why);
		free(mend);
		doctor->findings = findings ? findings : doctor->findings;
		return;
	}
	doctor->findings = findings;
	findings[doctor->count] = (struct finding){
		.level = level,
		.check = doctor->check,
		.order = doctor->count,
		.device = device ? text_format("%s", device) : NULL,
		.what = what,
		.why = why,
		.mend = mend,
	};
	doctor->count++;
}

void doctor_find(struct doctor *doctor, enum finding_level level, char *what,
		 char *why, char *mend)
{
	doctor_find_at(doctor, level, NULL, what, why, mend);
}

void doctor_blind(struct doctor *doctor, const char *where, int err)
{
	bool denied = err == -EPERM || err == -EACCES;

	doctor_find(doctor, FINDING_UNKNOWN,
		    text_format("%s cannot be looked at: %s", where,
				strerror(-err)),
		    text_format("whether something is wrong there is not known"),
		    denied ? text_format("run 'tcxctl doctor %s' as root on the host",
					 doctor->check) :
			     text_format("see why, and run 'tcxctl doctor %s' again",
					 doctor->check));
}

const struct planes *doctor_planes(struct doctor *doctor)
{
	if (doctor->planes_err > 0)
		doctor->planes_err = planes_find(&doctor->planes, NULL);
	if (!doctor->planes_err)
		return &doctor->planes;
	doctor_blind(doctor, "the devices of this network namespace",
		     doctor->planes_err);
	return NULL;
}
