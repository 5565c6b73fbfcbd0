# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# For test scripts, which source it: results in TAP, how many there were (n) and how many failed, and a folder for
# files (tmp), which the script removes when it ends.

tmp=$(mktemp -d "${TMPDIR:-/tmp}/tcx-test.XXXXXX")
n=0 failed=0

# ok DESCRIPTION COMMAND...: it has to succeed. What it prints is shown only if it does not.
ok() {
	n=$((n + 1))
	description=$1
	shift
	if "$@" >"$tmp/output" 2>&1; then
		echo "ok $n - $description"
	else
		echo "not ok $n - $description"
		failed=$((failed + 1))
		sed 's/^/# /' "$tmp/output"
	fi
}

not() { ! "$@"; }

# within N COMMAND...: it succeeds within so many tenths of a second.
within() {
	left=$1
	shift
	until "$@"; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 0.1
	done
}
