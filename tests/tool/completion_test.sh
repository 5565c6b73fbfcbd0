#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What bash offers after "tcxctl ...".
set -u
# What is pinned is the test's own, where that can be.
if [ -z "${TCXCTL_TEST_INSIDE-}" ] && unshare -m mount -t tmpfs none /sys/fs/bpf 2>/dev/null; then
	TCXCTL_TEST_INSIDE=1 exec unshare -m sh -c 'mount -t tmpfs none /sys/fs/bpf && mkdir /sys/fs/bpf/agent /sys/fs/bpf/one && exec "$0"' "$0"
fi
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
offers "id: link: pinned: first last" attach lo ingress id 4 --before =
offers "first" attach lo ingress id 4 --after = f
offers "link:" attach lo ingress id 4 --replace li
offers "id: pinned:" update link 5 id 4 --old = ""
offers "--link" attach lo ingress id 4 --before --li
offers "obj id pinned" attach lo ingress --before = id : 4 ""

# Pins are not files of this folder.
mapfile -t pins < <(compgen -f /sys/fs/bpf/)
offers "${pins[*]}" attach lo ingress pinned ""
offers "${pins[*]}" detach pinned ""
offers "${pins[*]}" attach lo ingress id 1 --link --pin = ""
offers "${pins[*]}" update link 5 id 4 --old = pinned :

# What an object file holds
make -s -C tests/tool O="$PWD/build" OUT="$tmp" "$tmp/sections.o"
offers "a b c d e f g h" attach lo ingress obj "$tmp/sections.o" program ""
offers "tc/egress tc/ingress" attach lo ingress obj "$tmp/sections.o" section tc/
offers "c" update link 5 obj "$tmp/sections.o" program c
offers "" attach lo ingress obj VERSION program ""

# What is attached, as a tool says that stands in for it
mkdir "$tmp/bin"
cat >"$tmp/bin/tcxctl" <<'END'
#!/bin/sh
cat <<-SHOWN
	eth0 ingress revision 3
	   1  id 42  count  tag 3b185187f1855c4c  link 7  loaded 2026-11-21T11:14:54+0000
	        pinned /sys/fs/bpf/agent/count, held by 2 (x)
	        held by 131 (tcxctl), 117 (a\x20b)
	   2  id 37  drop   tag a04f5eef06a7f555  link -  loaded 2026-11-21T11:14:50+0000
	eth0 egress revision 2
	   1  id 51  pass   tag a04f5eef06a7f555  link 9  loaded 2026-11-21T11:14:50+0000
SHOWN
[ "$2" = eth0 ] || cat <<-SHOWN
	eth1 ingress revision 2
	   1  id 60  pass   tag a04f5eef06a7f555  link 12  loaded 2026-11-21T11:14:50+0000
SHOWN
END
cat >"$tmp/bin/ip" <<'END'
#!/bin/sh
echo '2: eth0: <BROADCAST> mtu 1500'
echo '    altname zz-uplink'
echo '    altname zz-$(touch${IFS}ran)'
END
chmod +x "$tmp/bin/tcxctl" "$tmp/bin/ip"
PATH=$tmp/bin:$PATH
offers "37 42" detach eth0 ingress id ""
offers "51" detach eth0 egress id ""
offers "37 42 51 60" attach eth0 ingress id ""
offers "7 9 12" detach link ""
offers "37 42" attach eth0 ingress id 60 --before = id : ""
offers "42" attach eth0 ingress id 60 --replace id : 4
offers "9" attach eth0 egress id 60 --after = link :
offers "42" update link 7 id 60 --old = id : 42
offers "117 131" detach --all-of 1
pins+=(117 131)
offers "${pins[*]}" detach --all-of = ""
offers "zz-uplink" show zz-u
offers "zz-uplink zz-\\$\(touch\\$\{IFS\}ran\)" detach zz
ok "a name is not run" [ ! -e ran ]
echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
