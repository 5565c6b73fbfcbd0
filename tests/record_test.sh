#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What tests/record makes of a table.
here=$(dirname "$(realpath "$0")")
# shellcheck source=tests/lib/tap.sh
. "$here/lib/tap.sh"

doc=$tmp/doc.md
record() { "$here/record" "$@" "$doc"; }
rows() { grep -c '^| `' "$doc"; }
today=$(date +%F)

printf 'before\n<!-- results: tests/record -->\n<!-- end of results -->\nafter\n' >"$doc"
ok "a first result" record vm:6.1 "7 passed, 0 failed, 0 skipped" 12
ok "it says which suite, how it ended, when" \
	grep -q "^| \`vm:6.1\` | 7 passed, 0 failed | 12 | $today | [0-9a-f.]*+* |\$" "$doc"
ok "what stands around the table stays" sh -c 'head -n 1 "$1" | grep -qx before && tail -n 1 "$1" | grep -qx after' - "$doc"
ok "a second suite" record bpf:6.1 "1 passed, 2 failed, 3 skipped" 4
ok "skips are told" grep -q '^| `bpf:6.1` | 1 passed, 2 failed, 3 skipped | 4 ' "$doc"
ok "two rows" [ "$(rows)" = 2 ]
ok "rows are sorted" sh -c 'grep "^| .[bv]" "$1" | sort -c' - "$doc"
ok "the same suite again" record vm:6.1 "8 passed, 0 failed, 0 skipped" 13
ok "replaces its row" [ "$(rows)/$(grep -c '8 passed' "$doc")" = 2/1 ]
tests=$(sed -n 's/^@abuse\t//p' "$here/matrix")
ok "a group of tests" record "bpf:6.1:$tests" "9 passed, 0 failed, 0 skipped" 1
ok "has its name" grep -q '^| `bpf:6.1:@abuse` |' "$doc"
echo 'no table' >"$doc"
ok "no table: refused" not record vm:6.1 "7 passed, 0 failed, 0 skipped" 12
ok "and nothing changed" [ "$(cat "$doc")" = 'no table' ]

echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
