#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The library's own checks, and the escaped form of every character.

set -u
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"

for kind in so.1 a; do
	if compile library-$kind; then
		: > out
		# shellcheck disable=SC2086 # RUNNER is a command and its arguments
		answers "libtcx.$kind" ${RUNNER-} ./library-$kind
	else
		result 1 "libtcx.$kind: links"
	fi
done

# The escaped form

for kind in so.1 a; do
	compile escape-$kind
	result $? "libtcx.$kind: links"
	answers "libtcx.$kind" ./escape-$kind
done

./escape-a list > shown
cat > judge.py <<'P'
# What is shown as it is does nothing but be seen, and the width is right.
import sys, unicodedata as u
bad, seen = [], set()
for line in open("shown"):
    code, width = map(int, line.split())
    c = chr(code)
    seen.add(code)
    if code < 0x80:
        good = 0x20 <= code < 0x7f and c != "\\" and width == 1
    else:
        good = (u.category(c)[0] in "LNPS" and u.combining(c) == 0 and
                u.bidirectional(c) not in ("R", "AL", "AN", "NSM", "BN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI",
                                           "FSI", "PDI") and
                # fillers: letters that are not to be seen
                code not in (0x115f, 0x1160, 0x2800, 0x3164, 0xffa0) and
                width == (2 if u.east_asian_width(c) in "WF" else 1))
    if not good:
        bad.append(f"U+{code:04X} {u.name(c, '?')} width {width}")
wanted = set(range(0x20, 0x7f)) - {0x5c} | set(map(ord, "äöüßéñçøåžłőşČαωΔжяЖ日本語かなカナー한글"))
bad += [f"U+{code:04X} is not shown" for code in wanted - seen]
print("\n".join(bad))
sys.exit(bool(bad))
P
python3 judge.py > out 2> err
result $? "all characters: what is shown is harmless, and as wide as it is said to be"

finish
