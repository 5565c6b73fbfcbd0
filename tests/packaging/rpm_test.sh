#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The RPM packages: what they hold, what they do when they come and go, and that they come out the same every time.
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1

. tests/lib/tap.sh
trap 'rm -rf "$tmp"' EXIT
version=$(cat VERSION)
libdir=$(rpm --eval '%{_libdir}')

# file_of PACKAGE: not one whose name goes on.
file_of() {
	echo "$tmp/a/$1-$version"-*.rpm
}

# holds PACKAGE MODE FILE: and it is root's.
holds() {
	rpm -qp --qf '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILENAMES}\n]' "$(file_of "$1")" | grep -xF -e "$2 root root $3"
}

same_sources() {
	mkdir -p "$tmp/unpacked" "$tmp/copied"
	(cd "$tmp/unpacked" && rpm2cpio "$(file_of tcx-backport-dkms)" | cpio -idm --quiet) &&
		make --no-print-directory -s dkms-copy DKMS_SRC="$tmp/copied/tcx-backport-$version" &&
		diff -r "$tmp/copied/tcx-backport-$version" "$tmp/unpacked/usr/src/tcx-backport-$version"
}

same_twice() {
	local rpm count=0
	for rpm in "$tmp"/a/*.rpm; do
		cmp "$rpm" "$tmp/b/${rpm##*/}" || return
		count=$((count + 1))
	done
	[ $count = 4 ]
}

requires() { rpm -qp --requires "$(file_of "$1")" | grep -E -e "$2"; }

# other_root: a place to install to, where commands of the packages' scripts only say that they were called.
other_root() {
	mkdir -p "$tmp/root/bin" "$tmp/root/sbin" "$tmp/root/usr/sbin" "$tmp/root/dev"
	: >"$tmp/root/dev/null"
	cp /bin/busybox "$tmp/root/bin/sh"
	printf '#!/bin/sh\necho "dkms $*" >>/ran\n' >"$tmp/root/usr/sbin/dkms"
	printf '#!/bin/sh\necho "$*" >>/ran-systemctl\n' >"$tmp/root/usr/sbin/systemctl"
	printf '#!/bin/sh\n' >"$tmp/root/sbin/ldconfig"
	chmod +x "$tmp/root/usr/sbin/dkms" "$tmp/root/usr/sbin/systemctl" "$tmp/root/sbin/ldconfig"
}

in_root() {
	: >"$tmp/root/ran"
	: >"$tmp/root/ran-systemctl"
	rpm --root "$tmp/root" --nodeps "$@"
}

# ran COMMAND...: these, in this order, about this version, and nothing else.
ran() {
	cat "$tmp/root/ran"
	diff <(printf "%s -m tcx-backport -v $version\n" "$@") <(sed 's/ -q.*//' "$tmp/root/ran")
}

# systemctl_ran COMMAND...: that, in this order, and nothing else.
systemctl_ran() { diff <(printf '%s\n' "$@") "$tmp/root/ran-systemctl"; }

# As many files as these are in: nothing is left out that make installs, but the static library.
all_installed() {
	make --no-print-directory -s install-tool DESTDIR="$tmp/all" PREFIX=/usr LIBDIR="$libdir" SBINDIR=/usr/sbin MANDIR=/usr/share/man &&
		for package in tcxctl libtcx libtcx-devel; do
			rpm -qpl "$(file_of $package)"
		done | sed 's/\.8\.gz$/.8/' | grep -v '^/usr/share/\(doc\|licenses\|bash-completion\)\|tcx\.service$' | sort >"$tmp/packed" &&
		(cd "$tmp/all" && find . ! -type d -printf '/%P\n') | grep -v '\.a$' | sort | diff - "$tmp/packed"
}

ok "builds, and rpmlint has nothing to say" scripts/rpm "$tmp/a"
mkdir -p "$tmp/elsewhere/deeper"
ok "builds elsewhere, under another umask and in another language" \
	bash -c 'umask 077; LC_ALL=C.UTF-8 TZ=Asia/Tokyo scripts/rpm "$1"' - "$tmp/elsewhere/deeper"
mv "$tmp/elsewhere/deeper" "$tmp/b"
ok "the same bytes" same_twice
ok "the module's sources for dkms" same_sources
ok "all that make installs" all_installed
ok "the rule for /dev/tcx" holds tcx-backport-dkms -rw-r--r-- /usr/lib/udev/rules.d/60-tcx_backport.rules
if [ "$(id -u)" = 0 ]; then
	other_root
	ok "installed, below another root" in_root -i "$tmp"/a/*.rpm
	ok "dkms adds, builds and installs" ran "dkms add" "dkms build" "dkms install"
	ok "the unit is neither enabled nor started" systemctl_ran daemon-reload
	ok "it finds the sources" test -f "$tmp/root/usr/src/tcx-backport-$version/dkms.conf"
	ok "removed" in_root -e tcx-backport-dkms tcxctl libtcx libtcx-devel
	ok "dkms removes" ran "dkms remove"
	ok "the unit is stopped and disabled" systemctl_ran "--no-reload disable --now tcx.service" daemon-reload
	ok "nothing is left" not grep tcx <(find "$tmp/root/" -printf '%P\n')
else
	echo "ok $((n += 1)) - installing, which needs root # SKIP"
fi
ok "dkms is there then" requires tcx-backport-dkms '^dkms >= '
ok "the tool" holds tcxctl -rwxr-xr-x /usr/sbin/tcxctl
ok "its manual" holds tcxctl -rw-r--r-- /usr/share/man/man8/tcxctl.8.gz
ok "its completion" holds tcxctl -rw-r--r-- /usr/share/bash-completion/completions/tcxctl
ok "its unit" holds tcxctl -rw-r--r-- /usr/lib/systemd/system/tcx.service
ok "it needs no library of ours" not requires tcxctl libtcx
ok "the library" holds libtcx -rwxr-xr-x "$libdir/libtcx.so.1.$version"
ok "which brings libbpf" requires libtcx '^libbpf.so.1'
ok "its header" holds libtcx-devel -rw-r--r-- /usr/include/libtcx.h
ok "with the library of that version" requires libtcx-devel "^libtcx.* = $version-1"
echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
