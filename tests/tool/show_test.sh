#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What show makes of real attachments: how wide it is, what may not be looked into, how often programs run.

set -u
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/tool/live.sh
. "$here/tests/tool/live.sh"

expect "stats: not a number" 2 "a number of seconds from 1 to 3600, not 'x'" show --stats=x
expect "stats: too long" 2 "not '3601'" show --stats=3601
expect "stats of another command" 2 "--stats does not go with 'version'" version --stats

# On a terminal of so many columns; the last number is the length of the longest line.
on_terminal() { # COLUMNS ARGUMENTS...
	/usr/bin/python3 - "$@" > out 2> err <<-'END'
	import fcntl, os, pty, struct, sys, termios
	columns, argv = int(sys.argv[1]), sys.argv[2:]
	pid, fd = pty.fork()
	if not pid:
	    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
	    os.execvp(argv[0], argv)
	text = b""
	try:
	    while True:
	        part = os.read(fd, 65536)
	        if not part:
	            break
	        text += part
	except OSError:
	    pass
	_, status = os.waitpid(pid, 0)
	lines = text.decode().splitlines()
	print("\n".join(lines))
	print("widest", max(map(len, lines)))
	sys.exit(os.waitstatus_to_exitcode(status))
	END
}

fits() { # NAME COLUMNS HAS HAS-NOT
	on_terminal "$2" "$O/tcxctl" show lo
	[ $? = 0 ] && [ "$(sed -n 's/^widest //p' out)" -le "$2" ] && grep -q "$3" out && ! grep -q "$4" out
	result $? "$1"
}

# without_right CAPABILITY ARGUMENTS...
without_right() {
	local right=$1
	shift
	setpriv --bounding-set="-$right" --inh-caps="-$right" "$O/tcxctl" "$@" > out 2> err
}

widths() {
	local i

	mkdir bpf && mount -t bpf none bpf || return
	run attach lo ingress obj prog.o program one --link --pin "bpf/l"
	for ((i = 0; i < 6; i++)); do
		ln "bpf/l" "bpf/l$i"
	done
	on_terminal 300 "$O/tcxctl" show lo
	[ $? = 0 ] && grep -q "loaded 2" out && grep -q " tag " out && [ "$(grep -c /bpf/l out)" = 1 ]
	result $? "a wide terminal: everything, in one line"
	fits "a narrower one: not when it was loaded" 70 "tag " "loaded"
	fits "one narrower still: no tag" 44 "link [0-9]" "tag "
	[ "$(grep -c /bpf/l out)" -gt 1 ]
	result $? "names are continued below"
	expect "no terminal: everything" 0 " tag .* loaded 2" show lo
	on_terminal 300 env COLUMNS=44 "$O/tcxctl" show lo
	[ $? = 0 ] && ! grep -q "tag" out
	result $? "COLUMNS counts"
	rm -f bpf/l*
	umount bpf
}

rights() {
	run attach lo ingress obj prog.o program one
	without_right sys_admin show lo --stats
	[ $? = 1 ] && [ ! -s out ] && grep -q "BPF statistics are off and cannot be switched on.*CAP_SYS_ADMIN" err
	result $? "statistics without the right to switch them on"
	unshare -n sleep 600 &
	local other=$!
	sleep 0.2
	without_right sys_admin show --all-netns
	[ $? = 0 ] && grep -q "^  cannot be looked into: Operation not permitted" out && grep -q "^lo ingress" out
	result $? "other namespaces without the right to enter them"
	expect_json "with it, as JSON" 0 \
		"[n['netns'] for n in v][0] == $(stat -L -c %i /proc/self/ns/net) and v[0]['own'] and any({'pid': $other, 'command': 'sleep'} in n['processes'] and not n['points'] for n in v[1:] if n['netns'])" \
		show --all-netns
	kill $other
	expect_json "statistics as JSON" 0 \
		"1 <= v[0]['programs'][0]['stats']['seconds'] < 30 and v[0]['programs'][0]['stats']['run_cnt'] == 0" show lo --stats
	run detach lo ingress first
}

if can_attach; then
	widths
	rights
fi
finish
