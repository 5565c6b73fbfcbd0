#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tool understands each command line that the documents show. What it does is
# tested elsewhere: here there is no backend, no device and no pin.

set -u
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"
export LIBTCX_BACKEND=none

# commands FILE: the command lines of tcxctl in the blocks of code of a document,
# as LINE COMMAND. What a shell does with them afterwards is left out, and so is
# what stands beside them: a comment, or a sentence after two blanks.
commands() {
	awk '/^ *```/ { fenced = !fenced; next }
		!fenced && !sub(/^(    |\t)/, "") { next }
		{
			sub(/^ *([$#] )?/, "")
			sub(/ [ #].*|\t.*/, "")
			n = split($0, parts, / *(&&|\|\||[;|]) */)
			for (i = 1; i <= n; i++) {
				sub(/ *[0-9]*[<>].*/, "", parts[i])
				if (parts[i] ~ /^tcxctl /)
					print FNR, parts[i]
			}
		}' "$1"
}

# understood WORD...: not a usage error. Status 2 alone may be diff's.
understood() {
	# shellcheck disable=SC2086 # RUNNER is a command and its arguments
	timeout -s KILL 60 ${RUNNER-} "$O/tcxctl" "$@" < /dev/null > out 2> err
	[ $? != 2 ] || ! grep -q "^Try 'tcxctl help" err
}

cat > sample.md <<'SAMPLE'
tcxctl in prose
* tcxctl in a list

    tcxctl one --pin=a
    $ tcxctl two a       with a sentence
    # tcxctl three	b
    tcxctl four >file && mv file other && tcxctl five # and why
    tcxctl six; echo $?
    tcxctl seven 2>/dev/null | grep x
    held by 3 (tcxctl)
    mend: tcxctl not this
    tcxctl: what it says

```
tcxctl eight 'a b' || exit
```
tcxctl after it
SAMPLE
commands sample.md > out
diff - out > err <<'SAMPLE'
4 tcxctl one --pin=a
5 tcxctl two a
6 tcxctl three
7 tcxctl four
7 tcxctl five
8 tcxctl six
9 tcxctl seven
15 tcxctl eight 'a b'
SAMPLE
result $? "command lines of a document are found"

# What is pinned on the host is not this test's: detach needs no backend for it.
if [ "$TCXCTL_TEST_INSIDE" = no ] && [ "$(id -u)" = 0 ] ||
	[ "$TCXCTL_TEST_INSIDE" != no ] && ! mount -t tmpfs none /sys/fs/bpf 2> err; then
	skip "command lines of the documents" "no namespaces can be made here"
	finish
	exit
fi

! understood show dev nk0
result $? "a wrong one is noticed"

while read -r file; do
	while read -r line command; do
		eval "understood ${command#tcxctl }"
		result $? "${file#"$here/"}:$line: $command"
	done < <(commands "$file")
done < <(find "$here/README.md" "$here/docs" -name '*.md' | sort)

finish
