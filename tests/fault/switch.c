// SPDX-License-Identifier: GPL-2.0
/* The switch: bpf(2) accepts tcx, or no longer. */
#include "fault.h"

int redirected(void)
{
	FILE *file = fopen("/sys/kernel/tracing/enabled_functions", "r");
	char line[512];
	int count = 0;

	while (file && fgets(line, sizeof(line), file))
		count += !strncmp(line, "mini_qdisc_pair_swap ", 21) ||
			 !strncmp(line, "__x64_sys_bpf ", 14) ||
			 !strncmp(line, "__ia32_sys_bpf ", 15);
	if (file)
		fclose(file);
	return count;
}

int switch_run(bool by_nth)
{
	int idle = redirected(), ret, on;
	struct hit hit = { .hit = true };
	unsigned int nth;

	if (by_nth && !nth_available())
		problem("no fail-nth");
	ret = file_write(SWITCH, "1");
	on = redirected();
	if (ret || on <= idle || file_write(SWITCH, "0"))
		problem("cannot be switched: %d", ret);
	for (nth = 1; hit.hit && nth < NTH_MAX && !problems; nth++) {
		ret = by_nth ? nth_arm(nth) : call_arm(nth, INJECTED, 1, "");
		ret = file_write(SWITCH, "1");
		hit = by_nth ? nth_disarm() : call_disarm();
		if (hit.want)
			printf("# %u: %s from %s: %s\n", nth, hit.function,
			       hit.caller, strerror(-ret));
		if (hit.want && ret != -hit.want)
			problem("answers %d, not %d", ret, -hit.want);
		if (redirected() != (ret ? idle : on))
			problem("%u: %s: answered %d, %d functions are redirected",
				nth, hit.function, ret, redirected());
		if (ret && file_write(SWITCH, "1"))
			problem("%u: the next try fails", nth);
		if (redirected() != on)
			problem("%u: the next try redirects %d functions", nth,
				redirected());
		if (by_nth)
			nth_arm(nth);
		if (file_write(SWITCH, "0") && !by_nth)
			problem("%u: cannot be switched off", nth);
		if (by_nth) {
			nth_disarm();
			file_write(SWITCH, "0");
		}
		if (redirected() != idle)
			problem("%u: switched off, %d functions are redirected",
				nth, redirected());
	}
	if (!problems)
		printf("# %u failures\n", nth - 2);

	/* While others change what is traced: tried again. */
	if (!by_nth && !problems) {
		call_arm(1, EAGAIN, 3, "register_ftrace_function");
		ret = file_write(SWITCH, "1");
		if (!call_disarm().hit || ret || file_write(SWITCH, "0"))
			problem("not tried again after EAGAIN: %d", ret);
	}
	fflush(stdout);
	return !!problems;
}

/* Off: ftrace refuses to take a redirection away. Then the switch stays on, with
 * both entries redirected, and the next try succeeds.
 */
int switch_off_run(void)
{
	int idle = redirected(), on, ret;
	unsigned int nth;

	if (file_write(SWITCH, "1"))
		problem("cannot be switched on");
	on = redirected();
	for (nth = 1; nth <= (unsigned int)(on - idle) && !problems; nth++) {
		call_arm(nth, INJECTED, 1, "unregister_ftrace_function");
		ret = file_write(SWITCH, "0");
		if (!call_disarm().hit || ret != -INJECTED)
			problem("%u: answers %d", nth, ret);
		if (redirected() != on || file_read_char(SWITCH) != 'Y')
			problem("%u: refused, but %d functions of %d are redirected",
				nth, redirected(), on);
		if (file_write(SWITCH, "0") || redirected() != idle)
			problem("%u: cannot be switched off", nth);
		if (file_write(SWITCH, "1") || redirected() != on)
			problem("%u: cannot be switched on", nth);
	}
	if (file_write(SWITCH, "0") || redirected() != idle)
		problem("cannot be switched off");
	fflush(stdout);
	return !!problems;
}
