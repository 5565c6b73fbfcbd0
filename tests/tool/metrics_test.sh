#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# show --openmetrics, as promtool and the reader of OpenMetrics of Prometheus's client understand it.

set -u
# Before lib.sh takes the network away; afterwards they are there.
tools=$("$(dirname "$0")/../../scripts/metrics-tools") || tools=
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/tool/live.sh
. "$here/tests/tool/live.sh"

expect_json "not with --json" 2 "'--openmetrics does not go with --json' in v['error']" show --openmetrics
expect "not with --stats" 2 "--openmetrics does not go with --stats" show --openmetrics --stats
expect "of another command" 2 "--openmetrics does not go with 'version'" version --openmetrics

# valid NAME: both formats are what is in the file out; promtool's word for anything questionable is a failure as well.
valid() {
	"$tools/usr/bin/promtool" check metrics < out > said 2>&1
	result $? "$1: promtool"
	[ ! -s said ]
	result $? "$1: promtool has nothing to say of it"
	reads "$1: OpenMetrics" "families"
}

# reads NAME EXPRESSION: on the families that are in the file out, and value(NAME, LABEL=VALUE...)
reads() {
	PYTHONPATH=$tools/usr/lib/python3/dist-packages /usr/bin/python3 - "$2" 2> err <<-'END'
	import sys
	from prometheus_client.openmetrics.parser import text_string_to_metric_families
	families = list(text_string_to_metric_families(open("out").read()))
	def value(metric, **labels):
	    found = [s.value for f in families for s in f.samples
	             if s.name == metric and all(s.labels.get(k) == v for k, v in labels.items())]
	    return found[0] if len(found) == 1 else found
	sys.exit(not eval(sys.argv[1]))
	END
	result $? "$1"
}

metrics() {
	local id

	run show --openmetrics
	valid "nothing attached"
	reads "who carries out requests" "value('tcx_backend_info', backend='native', module='') == 1 and value('tcx_defunct_links') == 0"
	run attach lo ingress obj prog.o program one
	run attach lo ingress obj prog.o program two --before
	id=$("$O/tcxctl" --json show lo | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["programs"][0]["id"])')
	run show --openmetrics
	valid "two programs"
	reads "how many there are" "value('tcx_programs', device='lo', direction='ingress') == 2 and value('tcx_programs', direction='egress') == []"
	reads "the revision" "value('tcx_revision', device='lo', direction='ingress') == 3"
	reads "which" "value('tcx_program_info', id='$id', place='1', name='two', link='0', device='lo') == 1"
	reads "no counts without statistics" "value('tcx_program_runs_total', id='$id') == 0 and value('tcx_program_run_seconds_total', id='$id') == 0"
	ip link set lo up
	"$O/tcxctl" show --stats=1 > /dev/null &
	local sampling=$!
	sleep 0.4
	# A datagram for nobody
	echo > /dev/udp/127.0.0.1/9
	wait $sampling
	run show --openmetrics
	reads "what was counted while they were on" \
		"value('tcx_program_runs_total', id='$id') >= 1 and 0 < value('tcx_program_run_seconds_total', id='$id') < 1"
	ip link set lo down
	# shellcheck disable=SC1003 # the name ends in a backslash
	ip link set lo name 'we"ir\d\'
	run show --openmetrics --all-netns
	valid "all namespaces, and an odd name"
	reads "the name is what it is elsewhere" \
		"value('tcx_programs', device='we\"ir\\\\x5cd\\\\x5c', direction='ingress', netns='$(stat -L -c %i /proc/self/ns/net)') == 2"
	reads "whose namespace" "value('tcx_netns_info', netns='$(stat -L -c %i /proc/self/ns/net)', command='metrics_test.sh') == 1"
}

[ "$tools" ]
result $? "promtool can be had"
if [ "$tools" ] && can_attach; then
	metrics
fi
finish
