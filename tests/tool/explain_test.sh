#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What requests to a kernel with tcx return when they fail, and what the library
# says of that.

set -u
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/tool/live.sh
. "$here/tests/tool/live.sh"

explains() {
	# shellcheck disable=SC2086 # RUNNER is a command and its arguments
	answers "$1" ${RUNNER-} ./explain
}

if can_attach; then
	have_module
	if compile explain; then
		both_ways explains
	else
		result 1 "explain.c compiles"
	fi
fi
finish
