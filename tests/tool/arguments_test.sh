#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The command line, the standard files, files that are named.

set -u
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"

# The command line

expect "no command" 2 "no command given"
expect "unknown command" 2 "no command 'frob'\$" frob
expect "a letter is missing" 2 "no command 'atach'; did you mean 'attach'" atach
expect "two letters have changed places" 2 "no command 'shwo'; did you mean 'show'" shwo
expect "one more letter, and help for it" 2 "no command 'dettach'; did you mean 'detach'" help dettach
expect "too far from all" 2 "no command 'shot-down'\$" shot-down
expect "longer than all" 2 "no command 'attachattachattach'\$" attachattachattach
expect "where to read on" 2 "^Try 'tcxctl help', or 'tcxctl help COMMAND'" frob
expect "where to read on about a command" 2 "^Try 'tcxctl help migrate'" migrate
expect "unknown long option" 2 "no option --frob" show --frob
expect "unknown short option" 2 "no option -q" show -q
expect "option of another command" 2 "--before does not go with 'show'" show --before
expect "value missing" 2 "needs a value" attach lo ingress id 1 --replace
expect "bad direction" 2 "primary or peer, not 'up'" attach lo up id 1
expect "no program" 2 "no program is named" attach lo ingress
expect "bad program word" 2 "by obj, id or pinned, not by 'fd'" attach lo ingress fd 3
expect "bad id" 2 "'1x' is not an id" attach lo ingress id 1x
expect "id 0" 2 "'0' is not an id" attach lo ingress id 0
expect "id too large" 2 "is not an id" attach lo ingress id 4294967296
expect "too many words" 2 "'3' is one word too many" attach lo ingress id 1 3
expect "bad word after obj" 2 "not 'sec'" attach lo ingress obj x.o sec tc
expect "section without a name" 2 "'section' needs a name" attach lo ingress obj x.o section
expect "bad reference" 2 "id:N, link:N, pinned:PATH, first or last, not 'id 3'" attach lo ingress id 1 --before='id 3'
expect "two references" 2 "cannot both name" attach lo ingress id 1 --before=id:1 --after=id:2
expect "revision 0" 2 "number above 0, not '0'" detach lo ingress first --expected-revision 0
expect "revision in words" 2 "not 'three'" detach lo ingress first --expected-revision=three
expect "detach without a program" 2 "detach needs" detach lo ingress
expect "detach takes no object" 2 "not by 'obj'" detach lo ingress obj x.o
expect "pin without a link" 2 "--pin is for a link; add --link" attach lo ingress id 1 --pin /x
expect "timeout without a link" 2 "--timeout is for a link" attach lo ingress id 1 --timeout=3
expect "timeout 0" 2 "--timeout takes a number above 0, not '0'" attach lo ingress id 1 --link --timeout=0
expect "timeout in words" 2 "not '3s'" attach lo ingress id 1 --link --timeout 3s
expect "pin and timeout" 2 "stays until it is unpinned" attach lo ingress id 1 --link --pin /x --timeout 3
expect "pins of maps for what is loaded" 2 "for a program from an object file" attach lo ingress id 1 --pin-maps /x
expect "pins of maps of another command" 2 "--pin-maps does not go with 'detach'" detach link 3 --pin-maps=/x
expect "pins of maps nowhere" 2 "needs a value" update link 3 obj x.o --pin-maps
expect "a link replaces nothing" 2 "'tcxctl update' changes" attach lo ingress id 1 --link --replace=id:2
expect "replace a link" 2 "with 'tcxctl update link 4'" attach lo ingress id 1 --replace=link:4
expect "bad link reference" 2 "'x' is not an id" attach lo ingress id 1 --before=link:x
expect "link of another command" 2 "--link does not go with 'show'" show --link
expect "update without a link" 2 "named by link N or pinned PATH" update
expect "update of a program" 2 "not by 'id'" update id 3 id 4
expect "update without a number" 2 "'link' needs a value" update link
expect "update, bad id" 2 "'0' is not an id" update link 0 id 4
expect "old of another command" 2 "--old does not go with 'attach'" attach lo ingress id 1 --old=id:2
expect "detach: bad link id" 2 "'x' is not an id" detach link x
expect "detach: a link with a device" 2 "'detach link 3' is all" detach lo ingress link 3
expect "detach: a link and a revision" 2 "at any revision" detach link 3 --expected-revision 4
expect "detach: no such pinned link" 1 "there is no /none/pin" detach pinned /none/pin
expect "help for a command with two forms" 0 "tcxctl detach [{]link N" help detach
expect "help for a command with three" 0 "tcxctl detach --all-of=[{]PID" help detach
expect "help for update" 0 "--old=REF" help update
expect "two devices" 2 "not 'eth0' too" show lo eth0
expect "backend without a name" 2 "needs a value" show --backend
expect "no such backend" 2 "native, module, legacy or any, not 'tc'" show --backend=tc
expect "best effort of nobody" 2 "--best-effort is for --backend=legacy" show --best-effort
expect "best effort of tcx" 2 "--best-effort is for --backend=legacy" show --best-effort --backend=native
expect "help" 0 "tcxctl attach DEV" help
expect "--help" 0 "tcxctl attach DEV" --help
expect "help for a command" 0 "--expected-revision=N" help detach
expect "--help after a command" 0 "pinned PATH" attach --help
expect "help for no command" 2 "no command 'frob'" help frob
expect_json "usage as JSON" 2 "\"'frob'\" in v['error']" frob
expect_json "usage as JSON, bad option" 2 "'--frob' in v['error']" show --frob

# execve(2) with no argument at all, as kernels before 5.18 pass it on: what stands behind argv[0] is not ours.
compile empty.so
result $? "a program that starts others so"
# For the tool alone, not for what looks at its output.
RUNNER="env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=$tmp/empty.so" \
	expect "no argument at all" 2 "no command given"

for fds in 0 2 "0 2"; do
	without "$fds" version
	[ $? = 0 ] && grep -q "^tcxctl" out
	result $? "without $fds: version"
done
for fds in 1 "0 1" "1 2" "0 1 2"; do
	without "$fds" version
	[ $? != 0 ] && [ ! -s out ]
	result $? "without $fds: version cannot be written"
done

# Files

expect "no such object" 1 "no file none.o" attach lo ingress obj none.o
echo "not an object" > text.o
expect "not an object" 1 "text.o is not a BPF object" attach lo ingress obj text.o
expect "pin that is not there" 1 "there is no /none/pin" attach lo ingress pinned /none/pin
expect_json "failure as JSON" 1 "v['errno'] == 'ENOENT'" attach lo ingress obj none.o
run version > /dev/null
"$O/tcxctl" version > /dev/full 2> err
[ $? = 1 ] && grep -q "cannot write" err
result $? "output that cannot be written is a failure"

finish
