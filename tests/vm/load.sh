#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# needs: ip insmod modprobe rmmod
#
# Loading the module: what is refused, what the log says then, and that it says nothing otherwise. On a kernel with
# native tcx it has to refuse: give the VM the module with -- --module build/6.12/tcx_backport.ko.
#
# It ends with status 0 only if nothing failed. The module is left as it was found, loaded or not.

# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/tap.sh"
name=tcx_backport
file=/lib/modules/$(uname -r)/updates/$name.ko
param=/sys/module/$name/parameters
ftrace=/proc/sys/kernel/ftrace_enabled
redirected=/sys/kernel/tracing/enabled_functions

if [ ! -e "$file" ]; then
	echo "1..1"
	echo "ok 1 - load # SKIP the guest has no module"
	exit 0
fi

cleanup() {
	echo 1 >$ftrace
	rmmod $name 2>/dev/null
	# shellcheck disable=SC2086 # one word per parameter
	[ -z "$TCX_MODULE" ] || modprobe $name $TCX_MODULE_ARGS
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

mark() {
	dmesg >"$tmp/before"
}

# What the kernel's log has got since the mark, but for what the kernel itself says of every module from outside.
lines() {
	dmesg | tail -n "+$(($(wc -l <"$tmp/before") + 1))" |
		grep -vE 'loading out-of-tree module|module verification failed|unknown parameter .* ignored|tcx-vm:' >"$tmp/new"
	cat "$tmp/new"
}

# said COUNT PATTERN: as many lines, and every one of them has the pattern.
said() {
	lines
	[ "$(wc -l <"$tmp/new")" -eq "$1" ] && [ "$(grep -cE "$2" "$tmp/new")" -eq "$1" ]
}

silent() { said 0 .; }

loaded() { [ -e /sys/module/$name ] && [ -e /dev/tcx ]; }

gone() { [ ! -e /sys/module/$name ] && [ ! -e /dev/tcx ]; }

# Nothing of ours among the functions that are redirected.
nothing_registered() { ! grep -q '_sys_bpf ' $redirected; }

registered() { grep -qE '__(x64|arm64)_sys_bpf .* I' $redirected; }

# insmod_says WORDS PARAMETER...: fails, and names that errno.
insmod_says() {
	words=$1
	shift
	not insmod "$file" "$@" 2>"$tmp/err" || return 1
	cat "$tmp/err"
	grep -q "$words" "$tmp/err"
}

# attempt WORDS PATTERN PARAMETER...: cannot be loaded, for that errno and with that sentence, and leaves nothing.
attempt() {
	words=$1 pattern=$2
	shift 2
	mark
	ok "$*: refused" insmod_says "$words" "$@"
	ok "$*: the log says why" said 1 "$pattern"
	ok "$*: nothing is left" gone
	ok "$*: nothing is redirected" nothing_registered
}

load() { insmod "$file" "$@"; }

unload() { rmmod $name && gone && nothing_registered; }

set_switch() { echo "$1" >$param/bpf_syscall; }

set_ftrace() { echo "$1" >$ftrace; }

switch_is() { [ "$(cat $param/bpf_syscall)" = "$1" ]; }

native() {
	attempt 'File exists' 'not loaded, and not needed'
	attempt 'File exists' 'not loaded, and not needed' bpf_syscall=1
	attempt 'File exists' 'not loaded, and not needed' hook=foo
	mark
	ok "modprobe takes that for success" modprobe $name
	ok "but says so in the log" said 1 'native tcx'
	ok "and nothing is loaded" gone
}

parameters() {
	attempt 'Invalid' 'hook=foo: no such hook; there are auto, netfilter and tc' hook=foo
	attempt 'Invalid' 'hook=: no such hook' hook=
	attempt 'Invalid' 'no such hook' hook=foo bpf_syscall=1
	mark
	ok "bpf_syscall=maybe: refused" insmod_says 'Invalid' bpf_syscall=maybe
	ok "bpf_syscall=maybe: the kernel says why" said 1 'maybe. invalid for parameter .bpf_syscall'
	for words in '' hook=auto hook=tc bpf_syscall=0 bpf_syscall=1 'bpf_syscall=1 hook=tc'; do
		mark
		# shellcheck disable=SC2086 # one word per parameter
		ok "'$words': loaded" load $words
		ok "'$words': silently" silent
		ok "'$words': is there" loaded
		case $words in
		*syscall=1*) ok "'$words': on" switch_is Y && ok "'$words': redirected" registered ;;
		*) ok "'$words': off" switch_is N && ok "'$words': not redirected" nothing_registered ;;
		esac
		mark
		ok "'$words': gone again" unload
		ok "'$words': silently" silent
	done
}

twice() {
	load bpf_syscall=1
	mark
	ok "loaded twice: refused" insmod_says 'File exists' bpf_syscall=1
	ok "loaded twice: modprobe finds it there" modprobe $name
	ok "loaded twice: silently" silent
	ok "loaded twice: the first is as it was" switch_is Y
	ok "loaded twice: one removal suffices" unload
}

# With hook=auto the hook follows from what is asked for at load.
hooks() {
	if ! modprobe -q $name hook=netfilter; then
		attempt 'Invalid' 'hook=netfilter: this kernel has no netfilter egress hook' hook=netfilter
		attempt 'Invalid' 'hook=netfilter: this kernel has no netfilter egress hook' hook=netfilter bpf_syscall=1
		load
		mark
		ok "auto is tc here: may be switched on" set_switch 1
		ok "auto is tc here: silently" silent
		ok "auto is tc here: off" set_switch 0
		unload
		return
	fi
	mark
	ok "explicit netfilter: may be switched on" set_switch 1
	ok "explicit netfilter: is on" switch_is Y
	ok "explicit netfilter: off again" set_switch 0
	unload
	mark
	ok "netfilter and bpf_syscall" load hook=netfilter bpf_syscall=1
	ok "netfilter and bpf_syscall: the log tells the difference" said 1 'classic tc runs before tcx'
	unload

	load
	mark
	ok "auto became netfilter: cannot be switched on" not set_switch 1
	ok "auto became netfilter: the log says why" said 1 'load the module with bpf_syscall=1 or hook=tc'
	ok "auto became netfilter: it is still off" switch_is N
	ok "auto became netfilter: nothing is redirected" nothing_registered
	mark
	ok "auto became netfilter: off is no request" set_switch 0
	ok "auto became netfilter: silently" silent
	unload

	load hook=tc
	mark
	ok "hook=tc: may be switched on" set_switch 1
	ok "hook=tc: silently" silent
	ok "hook=tc: unloaded while on" unload
}

# The tc hook redirects a function as well; with netfilter's, bpf(2) is all that is redirected.
ftrace_off() {
	set_ftrace 0
	attempt 'busy' 'cannot redirect .*ftrace_enabled is 0' bpf_syscall=1
	attempt 'busy' 'cannot redirect .*ftrace_enabled is 0' hook=tc
	if modprobe -q $name hook=netfilter; then
		mark
		ok "ftrace is off: cannot be switched on" not set_switch 1
		ok "ftrace is off: the log says why" said 1 'cannot redirect __[a-z0-9]*_sys_bpf.*ftrace_enabled is 0'
		ok "ftrace is off: still off" switch_is N
		set_ftrace 1
		ok "ftrace is back: can be switched on" set_switch 1
		ok "on: ftrace cannot be switched off" not set_ftrace 0
		ok "on: ftrace is on" grep -q 1 $ftrace
		ok "off" set_switch 0
		ok "off: ftrace can be switched off" set_ftrace 0
		set_ftrace 1
		unload
	fi
	set_ftrace 1
	ok "ftrace is back: loaded" load bpf_syscall=1
	ok "loaded: ftrace cannot be switched off" not set_ftrace 0
	ok "loaded: ftrace is on" grep -q 1 $ftrace
	ok "loaded: it works" switch_is Y
	ok "loaded: gone again" unload
	ok "gone: ftrace can be switched off" set_ftrace 0
	set_ftrace 1
}

count_only() {
	echo "1..$n"
	[ "$failed" -eq 0 ]
}

if [ -z "$TCX_MODULE" ]; then
	native
	count_only
	exit
fi
rmmod $name || exit
parameters
twice
hooks
ftrace_off
count_only
