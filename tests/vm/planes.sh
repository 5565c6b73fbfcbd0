# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# For scripts about classic tc and tcx on one device: what stands in each. After tap.sh.

# classic DEV DIRECTION PREF PROGRAM [WORD...]
classic() {
	device=$1 direction=$2 pref=$3 program=$4
	shift 4
	tc filter add dev "$device" "$direction" pref "$pref" bpf da pinned "$program" "$@"
}

# filters DEV DIRECTION: the names of the programs, in order, on a line
filters() { tc filter show dev "$1" "$2" | sed -n 's/.* name \([a-z_]*\).*/\1/p' | tr '\n' ' '; }
programs() { tcxctl show "$1" | sed -n "/^$1 $2/,/^$1 egress/s/^ *[0-9]*  id [0-9]* *\\([a-z_]*\\) .*/\\1/p" | tr '\n' ' '; }

# are DEV DIRECTION CLASSIC TCX: these are there and no others
are() {
	echo "classic: $(filters "$1" "$2"); tcx: $(programs "$1" "$2")"
	[ "$(filters "$1" "$2")" = "${3:+$3 }" ] && [ "$(programs "$1" "$2")" = "${4:+$4 }" ]
}
