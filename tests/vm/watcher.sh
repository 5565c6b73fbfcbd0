# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# For scripts about commands of the tool that go on until they are interrupted; after tap.sh.
#
#   tmp       comes from tap.sh
#   watcher   the process, once it has begun
#   time      a pattern of what its lines begin with

tmp=${tmp:?comes from tap.sh}
watcher=
# shellcheck disable=SC2034 # of those who source this
time='20[0-9-]+T[0-9:]+\.[0-9]{6}[+-][0-9]{4}'

tracefs_mount() { [ -d /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing; }

# begins ARGUMENT...: watching, in the background, once the kernel tells it.
begins() {
	# What the one before said is not to be taken for it.
	: >"$tmp/watched"
	: >"$tmp/watched.err"
	# A shell has what it starts in the background ignore SIGINT: SIGTERM ends it as well.
	tcxctl "$@" >"$tmp/watched" 2>"$tmp/watched.err" &
	watcher=$!
	within 100 begun
}
begun() {
	# Without the module it looks, and has said so once it has.
	if [ ! -e /dev/tcx ]; then
		grep -q 'this kernel tells nobody' "$tmp/watched.err"
		return
	fi
	for fd in "/proc/$watcher/fd"/*; do
		case $(readlink "$fd") in
		*perf_event*) return 0 ;;
		esac
	done
	return 1
}

# ends: with status 0; shows what it printed.
ends() {
	kill -TERM "$watcher"
	wait "$watcher"
	ended=$?
	watcher=
	cat "$tmp/watched" "$tmp/watched.err"
	[ "$ended" = 0 ]
}

# told REGEX: a line like this is in what it prints.
told() {
	within 100 grep -qE -e "$1" "$tmp/watched"
	found=$?
	[ "$found" = 0 ] || cat "$tmp/watched" "$tmp/watched.err"
	return "$found"
}
told_not() { ! grep -E -e "$1" "$tmp/watched"; }

# told_by_end N REGEX: it ends by itself, with so many lines, all like this.
told_by_end() {
	wait "$watcher"
	ended=$?
	watcher=
	cat "$tmp/watched" "$tmp/watched.err"
	[ "$ended" = 0 ] && [ "$(wc -l <"$tmp/watched")" = "$1" ] && [ "$(grep -c "$2" "$tmp/watched")" = "$1" ]
}

# lost WHAT: it has said that some came too fast.
lost() { grep -qE "[0-9]+ ($1 came faster than they could be told of|more $1 came and went)" "$tmp/watched.err"; }
