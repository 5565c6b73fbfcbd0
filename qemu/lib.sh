# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the scripts of this folder share. Sourced, never run.

# depmod, ip and tc live in sbin, which is not on an ordinary user's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# A failure inside $(...) is a failure.
shopt -s inherit_errexit

PROG=${0##*/}
TCX_CACHE=${TCX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tcx_backport}

# Progress goes to stderr: stdout is for the answer (a folder, the guest's output).
say() {
	printf '%s: %s\n' "$PROG" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

usage_error() {
	say "$*"
	say "see the head of $0 for its usage"
	exit 2
}

# need TOOL PACKAGE: name the package now instead of failing halfway.
need() {
	command -v "$1" >/dev/null 2>&1 || die "$1 is missing: apt-get install $2"
}

# kernels COLUMN NAME: what KERNELS says.
kernels() {
	"$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../scripts/kernels" "$@"
}

# retry N COMMAND...: for transient download failures; waits 1, 2, 4 ... seconds.
retry() {
	local left=$1 wait=1
	shift
	until "$@"; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		say "failed, trying again in $wait s: $1"
		sleep "$wait"
		wait=$((wait * 2))
	done
}

# shell_quote WORD...: the words as one line any POSIX shell splits back unchanged.
shell_quote() {
	local word
	for word; do
		printf " '%s'" "${word//\'/\'\\\'\'}"
	done
}
