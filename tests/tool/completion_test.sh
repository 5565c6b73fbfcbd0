#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What bash offers after "tcxctl ...".
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1
PATH=$PWD/build:$PATH
. packaging/bash-completion/tcxctl
. tests/lib/tap.sh
trap 'rm -rf "$tmp"' EXIT

# offers EXPECTED WORD...: the last word is the one being typed.
offers() {
	local want=$1
	shift
	COMP_WORDS=(tcxctl "$@")
	COMP_CWORD=$#
	_tcxctl 2>/dev/null
	ok "tcxctl $*" same "$want" "${COMPREPLY[*]}"
}

same() {
	echo "'$2', not '$1'"
	[ "$1" = "$2" ]
}

offers "apply attach detach diff doctor help migrate monitor save show trace update version" ""
offers "apply attach" a
offers "lo" attach l
offers "lo" migrate l
offers "any" trace an
offers "lo" monitor l
offers "--drops" trace any --dr
offers "--follow" apply --fo
offers "--dry-run" migrate lo --dr
offers "ingress egress primary peer" attach lo ""
offers "obj id pinned" attach lo ingress ""
offers "program section" attach lo ingress obj f.o ""
offers "--before" attach lo ingress --bef
offers "native module legacy any" show --backend = ""
offers "legacy" show --backend = l
offers "--pin= --pin-maps=" attach --pin
offers "--json" show --js
offers "--all-netns" show --al
offers "--stats" show eth0 --st
offers "link" detach li
offers "" detach link 5
offers "" detach link ""
offers "--all-of=" detach --al
offers "VERSION" detach --all-of = VERSIO
offers "VERSION" attach lo ingress id 1 --link --pin = VERSIO
offers "first" detach lo egress f
offers "link pinned" update ""
offers "obj id pinned" update link 5 ""
offers "save show" help s
offers "two-planes" doctor tw
offers "dead-pins" doctor hook de
offers "VERSION" attach lo ingress obj VERSIO

# What is attached, as a tool says that stands in for it
mkdir "$tmp/bin"
cat >"$tmp/bin/tcxctl" <<'END'
#!/bin/sh
echo 'eth0 ingress revision 3'
echo '   1  id 42  count  tag 3b185187f1855c4c  link 7  loaded 2026-11-21T11:14:54+0000'
echo '   2  id 37  drop   tag a04f5eef06a7f555  link -  loaded 2026-11-21T11:14:50+0000'
END
chmod +x "$tmp/bin/tcxctl"
PATH=$tmp/bin:$PATH
offers "37 42" detach eth0 ingress id ""
offers "7" detach link ""

echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
