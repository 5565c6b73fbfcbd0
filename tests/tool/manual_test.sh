#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The manual page has what --help has, and nothing else: commands, and the options of each.
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1
. tests/lib/tap.sh
trap 'rm -rf "$tmp"' EXIT
page=src/tcxctl/tcxctl.8

# synopsis COMMAND: the lines of its forms.
synopsis() {
	awk -v command="$1" '/^\.Sh DESCRIPTION/ { exit }
		/^\.Nm/ { mine = 0 }
		$1 == ".Cm" && last == ".Nm" { mine = $2 == command }
		mine
		{ last = $1 }' "$page"
}

options_of_page() { grep -oE ' -[a-z-]+' | sed 's/ -/--/' | sort -u; }
options_of_help() { sed -nE '/^Options/,/^$/s/^ *(-[a-zA-Z], )?(--[a-z-]+).*/\2/p' | sort -u; }

same() { diff "$1" "$2"; }

build/tcxctl help | sed -n 's/^  tcxctl \([a-z]*\).*/\1/p' | sort -u >"$tmp/commands"
sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$page" | grep -A 1 '^\.Nm' | sed -n 's/^\.Cm //p' | sort -u >"$tmp/of-page"
ok "there are commands" [ "$(wc -l <"$tmp/commands")" -ge 10 ]
ok "the page has the same" same "$tmp/commands" "$tmp/of-page"
build/tcxctl help | options_of_help >"$tmp/everywhere"
cp "$tmp/everywhere" "$tmp/all"
while read -r command; do
	build/tcxctl help "$command" | options_of_help | tee -a "$tmp/all" | comm -23 - "$tmp/everywhere" >"$tmp/help"
	synopsis "$command" | options_of_page >"$tmp/page"
	ok "options of $command" same "$tmp/help" "$tmp/page"
	# Each has its section.
	grep -qE "^\.It Cm $command\b" "$page"
	ok "$command is described" [ $? = 0 ]
done <"$tmp/commands"
sort -u "$tmp/all" >"$tmp/help"
sed -n '/^\.Sh COMMANDS/,/^\.Sh JSON/p' "$page" | grep '^\.It Fl' | options_of_page >"$tmp/page"
ok "each option is explained" same "$tmp/help" "$tmp/page"
echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
