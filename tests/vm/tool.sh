# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# For scripts about the tool, which source it after tap.sh: what tcxctl says, and what it shows of a device d.
#
#   side   ingress or egress: whose programs shows and becomes are about; ingress by default

side=ingress
tmp=${tmp:?comes from tap.sh}

# says STATUS REGEX ARGUMENT...: the tool ends with this status and prints a line like this.
says() {
	want=$1 regex=$2
	shift 2
	got=0
	timeout 60 tcxctl "$@" >"$tmp/out" 2>&1 || got=$?
	cat "$tmp/out"
	[ "$got" = "$want" ] && grep -qE -e "$regex" "$tmp/out"
}

# shows NAME...: these programs are attached to that side of d, in this order, and no others.
shows() {
	tcxctl show d >"$tmp/show" || return 1
	cat "$tmp/show"
	# Ingress comes first; what begins at the egress goes on to the end.
	seen=$(sed -n "/^d $side/,/^d egress/s/^ *[0-9]*  id [0-9]* *\\([a-z_]*\\) .*/\\1/p" "$tmp/show" | tr '\n' ' ')
	[ "$seen" = "${*:+$* }" ]
}

# sleepers N: so many processes that do nothing. The script has the list children, and ends those in it.
sleepers() {
	i=0
	while [ "$i" -lt "$1" ]; do
		sleep 600 &
		children="$children $!"
		i=$((i + 1))
	done
}

# The same, but given time: a link that nobody holds is let go by a worker.
becomes() {
	within 100 shows "$@" >/dev/null
	shows "$@"
}
