#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The Debian packages: what they hold, and that they come out the same every time.
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1

. tests/lib/tap.sh
trap 'rm -rf "$tmp"' EXIT
version=$(cat VERSION)
multiarch=$(gcc -print-multiarch)

# holds PACKAGE MODE FILE: and it is root's.
holds() {
	dpkg-deb -c "$tmp/a/$1"_*.deb | awk -v mode="$2" -v file="./$3" '
		$6 == file { found = $1 == mode && $2 == "root/root" } END { exit !found }'
}

# The module's files: those that the Makefile gives to dkms.
same_sources() {
	mkdir -p "$tmp/unpacked" "$tmp/copied"
	dpkg-deb -x "$tmp"/a/tcx-backport-dkms_*.deb "$tmp/unpacked" &&
		make --no-print-directory -s dkms-copy DKMS_SRC="$tmp/copied/tcx-backport-$version" &&
		diff -r "$tmp/copied/tcx-backport-$version" "$tmp/unpacked/usr/src/tcx-backport-$version"
}

same_twice() {
	local deb
	for deb in "$tmp"/a/*.deb; do
		cmp "$deb" "$tmp/b/${deb##*/}" || return
	done
}

# postinst STATUS: what the package's script ends with, and says, where dkms's part of it ends with STATUS.
postinst() {
	[ -f "$tmp/control/postinst" ] || dpkg-deb -e "$tmp"/a/tcx-backport-dkms_*.deb "$tmp/control" || return
	printf '#!/bin/sh\nexit %s\n' "$1" >"$tmp/dkms" && chmod +x "$tmp/dkms" &&
		sed "s,/usr/lib/dkms/common.postinst,$tmp/dkms," "$tmp/control/postinst" >"$tmp/postinst" &&
		grep -qF "$tmp/dkms" "$tmp/postinst" || return
	sh "$tmp/postinst" configure >"$tmp/said" 2>&1
	echo "$?: $(head -n 1 "$tmp/said")"
}

# The script that debhelper wrote: enabled is what was so before (a first installation is not "debian-installed"), and what
# runs is started anew.
unit_waits() {
	mkdir -p "$tmp/tcxctl" && dpkg-deb -e "$tmp"/a/tcxctl_*.deb "$tmp/tcxctl" && cat "$tmp/tcxctl/postinst" &&
		grep -q "if deb-systemd-helper debian-installed 'tcx.service'" "$tmp/tcxctl/postinst" &&
		[ "$(grep deb-systemd-invoke "$tmp/tcxctl/postinst" | tr -s '\t ' ' ')" = \
			" deb-systemd-invoke try-restart 'tcx.service' >/dev/null || true" ]
}

old_changelog() {
	mkdir "$tmp/tree" && git ls-files -coz --exclude-standard | xargs -0 cp --parents -t "$tmp/tree" &&
		echo 9.9.9 >"$tmp/tree/VERSION" && git init -q "$tmp/tree" &&
		! "$tmp/tree/scripts/deb" "$tmp/c" >"$tmp/said" 2>&1 &&
		grep -q "debian/changelog is about $version, VERSION says 9.9.9" "$tmp/said"
}

ok "builds, and lintian has nothing to say" scripts/deb "$tmp/a"
mkdir -p "$tmp/elsewhere/deeper"
ok "builds elsewhere, under another umask and in another language" \
	bash -c 'umask 077; LC_ALL=C.UTF-8 TZ=Asia/Tokyo scripts/deb "$1"' - "$tmp/elsewhere/deeper"
mv "$tmp/elsewhere/deeper" "$tmp/b"
ok "the same bytes" same_twice
ok "the module's sources for dkms" same_sources
# needs_dkms VERSION: the package can be configured with it.
needs_dkms() {
	dpkg-deb -f "$tmp"/a/tcx-backport-dkms_*.deb Depends | tee "$tmp/depends"
	dpkg --compare-versions "$1" ge "$(sed -n 's/.*dkms (>= \([^)]*\)).*/\1/p' "$tmp/depends")"
}
ok "Debian 11's dkms is new enough" needs_dkms 2.8.4-3
ok "the rule for /dev/tcx" holds tcx-backport-dkms -rw-r--r-- lib/udev/rules.d/60-tcx_backport.rules
ok "an example for modprobe.d" holds tcx-backport-dkms -rw-r--r-- \
	usr/share/doc/tcx-backport-dkms/examples/modprobe.d/tcx_backport.conf
ok "an example for modules-load.d" holds tcx-backport-dkms -rw-r--r-- \
	usr/share/doc/tcx-backport-dkms/examples/modules-load.d/tcx_backport.conf
ok "a module that cannot be built does not keep apt from ending whole" \
	grep -qx "0: tcx-backport-dkms: the module was not built; .*" <(postinst 10)
ok "and what to do is said" grep -qx "Then build it with: dpkg-reconfigure tcx-backport-dkms" "$tmp/said"
ok "one that was built is nothing to talk about" test "$(postinst 0)" = "0: "
ok "any other failure of dkms's is one of apt's" test "$(postinst 3)" = "3: "
ok "the tool" holds tcxctl -rwxr-xr-x usr/sbin/tcxctl
ok "its manual" holds tcxctl -rw-r--r-- usr/share/man/man8/tcxctl.8.gz
ok "its completion" holds tcxctl -rw-r--r-- usr/share/bash-completion/completions/tcxctl
ok "what it points to" holds tcxctl -rw-r--r-- usr/share/doc/tcxctl/docs/install.md
ok "the unit" holds tcxctl -rw-r--r-- lib/systemd/system/tcx.service
ok "which is neither enabled nor started" unit_waits
ok "the library" holds libtcx1 -rw-r--r-- "usr/lib/$multiarch/libtcx.so.1.$version"
ok "its header" holds libtcx-dev -rw-r--r-- usr/include/libtcx.h
ok "the module's header" holds libtcx-dev -rw-r--r-- usr/include/linux/tcx_backport.h
ok "its examples" holds libtcx-dev -rw-r--r-- usr/share/doc/libtcx-dev/examples/libtcx/count.c
ok "pkg-config's file" holds libtcx-dev -rw-r--r-- "usr/lib/$multiarch/pkgconfig/libtcx.pc"
ok "and the library that this file names" grep -q "libbpf-dev (>= 1:1.0)" <(dpkg-deb -f "$tmp"/a/libtcx-dev_*.deb Depends)
ok "a changelog about another version is refused" old_changelog
echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
