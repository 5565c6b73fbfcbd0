# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# For scripts that look whether each packet meets each program once while these change: numbered packets from a device a to
# its peer b (numbered.c). After tap.sh.
#
#   here, bpf   the script's own: the folder that it stands in, and one of bpffs, in which loads puts egress and ingress
#   sender      the process, while it sends; the script kills it when it ends

tmp=${tmp:?comes from tap.sh} here=${here:?the folder of the script} bpf=${bpf:?a folder of bpffs}
sender=

# loads OBJECT FOLDER: its programs, and its maps beside
loads() { bpftool prog loadall "$here/progs/$1.bpf.o" "$2" type classifier pinmaps "$2/maps"; }

sends() {
	: >"$tmp/sent"
	"$here/numbered" a "$bpf/egress/maps" "$bpf/ingress/maps" >"$tmp/sent" 2>&1 &
	sender=$!
	within 100 grep -q sending "$tmp/sent"
}

# Ends with what the sender has found.
stops() {
	kill -TERM "$sender"
	status=0
	wait "$sender" || status=$?
	sender=
	cat "$tmp/sent"
	return $status
}
