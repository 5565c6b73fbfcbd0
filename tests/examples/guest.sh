# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: runs a tutorial's commands in one shell, which sources this.

cd / || exit 1
log=/tmp/output
: >"$log"

# step LINES COMMAND: prints what has been printed since the last one. LINES are waited for: what runs in the background
# may say them late.
step() {
	echo "=== step"
	from=$(wc -l <"$log")
	eval "$2" >>"$log" 2>&1
	tries=100
	while [ $(($(wc -l <"$log") - from)) -lt "$1" ] && [ "$tries" -gt 0 ]; do
		sleep 0.1
		tries=$((tries - 1))
	done
	tail -n "+$((from + 1))" "$log"
}
