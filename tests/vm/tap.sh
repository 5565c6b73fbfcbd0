# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# For test scripts, which source it: results in TAP, how many there were (n) and how many failed, and a folder for
# files (tmp), which the script removes when it ends.

tmp=$(mktemp -d)
n=0 failed=0

# ok DESCRIPTION COMMAND...: it has to succeed. What it prints is shown only if it does not.
ok() {
	n=$((n + 1))
	description=$1
	shift
	if "$@" >"$tmp/log" 2>&1; then
		echo "ok $n - $description"
	else
		echo "not ok $n - $description"
		failed=$((failed + 1))
		sed 's/^/# /' "$tmp/log"
	fi
}

not() { ! "$@"; }
