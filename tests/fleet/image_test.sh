#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# packaging/container/Containerfile: the image is built, of a Debian that mmdebstrap makes, looked at, and booted.
#
#   tests/fleet/image_test.sh
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1
. tests/lib/tap.sh
[ "$(id -u)" = 0 ] || { echo "Bail out! an image is built by root here"; exit 1; }
store() { buildah --storage-driver vfs --root "$tmp/store" --runroot "$tmp/run" "$@"; }
cleanup() {
	store unmount --all >/dev/null 2>&1
	rm -rf "$tmp"
}
trap cleanup EXIT
release=$(cat "$(qemu/fetch 6.1)/release")

base() {
	local archive work
	archive=$(tests/fleet/rootfs base) && work=$(store from scratch) && store add -q "$work" "$archive" / &&
		store commit -q --rm "$work" tcx-fleet-base
}

# Of that base: no image is looked for elsewhere.
build_with() {
	store build --isolation chroot --layers=false --pull-never --build-arg BASE=localhost/tcx-fleet-base "$@"
}

refused() {
	build_with -f packaging/container/Containerfile . >"$tmp/said" 2>&1
	cat "$tmp/said"
	grep -q 'KERNEL_FULL_VERSION: is to be given' "$tmp/said"
}

# build RELEASE: by the command that docs/fleets.md shows
build() {
	local command
	command=$(sed -n 's/^    buildah build //p' docs/fleets.md)
	[ -n "$command" ] || return
	KERNEL_RELEASE=$1 eval "build_with $command"
}

unpack() {
	work=$(store from --pull-never "localhost/tcx-backport:$release") && root=$(store mount "$work")
}

# would_load MODULE: as KMM calls modprobe
would_load() { chroot "$root" modprobe --dirname=/opt -S "$release" -n -v "$1" | grep -E "^insmod /opt/lib/modules/$release/.*$1\.ko"; }
for_kernel() { modinfo -F vermagic "$(find "$root/opt/lib/modules/$release" -name "$1.ko*")" | grep "^$release "; }
small() {
	dpkg-query --admindir="$root/var/lib/dpkg" -Wf '${Package}\n' | grep -E '^(gcc|make|linux-headers.*|.*-dev)$'
	[ -z "$(dpkg-query --admindir="$root/var/lib/dpkg" -Wf '${Package}\n' | grep -E '^(gcc|make|linux-headers.*|.*-dev)$')" ]
}

boot() {
	clang -O2 -g -target bpf -Iuapi "-I/usr/include/$(gcc -print-multiarch)" -c tests/vm/progs/traffic.bpf.c -o "$root/object.o" &&
		cp tests/fleet/image_inside "$root/" &&
		tests/fleet/machine 6.1 "$root" /image_inside >"$tmp/said" 2>"$tmp/errors" || cat "$tmp/said" "$tmp/errors"
	[ -s "$tmp/said" ]
}

said() {
	cat "$tmp/said"
	grep -qxE "$1" "$tmp/said"
}

ok "a Debian to begin with" base
ok "without a kernel's version it is refused" refused
ok "the image" build "$release"
ok "is there" unpack
[ -n "${root-}" ] || { echo "Bail out! no image"; exit 1; }
ok "tcx_backport lies where KMM looks for it" would_load tcx_backport
ok "and netkit_backport" would_load netkit_backport
ok "for that kernel" for_kernel tcx_backport
ok "KMM copies it with cp" test -x "$root/bin/cp"
ok "there is no firmware" test ! -e "$root/firmware"
ok "tcxctl runs" chroot "$root" tcxctl help
ok "and reads filters of tcpdump's language" test -e "$(echo "$root"/usr/lib/*/libpcap.so.0.8)"
ok "no compiler and no headers are left" small
ok "on that kernel" boot
ok "tcx-load loads it" said "tcx-load: 0"
ok "with parameters" said "bpf_syscall: [1Y]"
ok "and the second, when that is wanted; one that is loaded stays" said "tcx-load again: 0"
ok "which is there" said netkit_backport
ok "tcxctl attaches" said "lo ingress: attached guard, .*"
ok "tcx-metrics" said "tcx-metrics: 0"
ok "tells of it" said 'tcx_programs\{device="lo",direction="ingress"\} 1'
ok "into a file that the collector reads, and no other" said "another name: 2"
ok "on another kernel tcx-load says what is missing" \
	said "tcx-load: this image is for 6\.1\.0-other, the node runs $release: build one for that"
ok "and fails" said "another kernel: 1"
echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
