# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Makes of unpacked packages what the cache has of a kernel: see the head of fetch. Sourced after lib.sh.

# put_image KERNEL RELEASE STAGE: image, configuration and modules, of packages unpacked in STAGE, which loses them. Says
# what is missing.
put_image() {
	local kernel=$1 release=$2 stage=$3 file lib
	for file in "$stage/boot/vmlinuz-$release" "$stage"/{usr/,}lib/modules/"$release/vmlinuz"; do
		[ ! -f "$file" ] || cp "$file" "$kernel/vmlinuz"
	done
	for file in "$stage/boot/config-$release" "$stage"/{usr/,}lib/modules/"$release/config" \
		"$stage"/usr/src/{linux-headers-,kernels/}"$release/.config"; do
		[ -f "$kernel/config" ] || [ ! -f "$file" ] || cp "$file" "$kernel/config"
	done
	mkdir -p "$kernel/root/lib/modules"
	for lib in "$stage"/{usr/,}lib/modules/"$release"; do
		[ ! -d "$lib/kernel" ] || mv "$lib" "$kernel/root/lib/modules/"
	done
	[ -f "$kernel/vmlinuz" ] || die "there is no image of $release (boot/vmlinuz-$release)"
	[ -f "$kernel/config" ] || die "there is no configuration of $release (boot/config-$release)"
	lib=$kernel/root/lib/modules/$release
	[ -d "$lib" ] || die "there are no modules of $release (lib/modules/$release)"
	rm -f "$lib/build" "$lib/source"
	find "$lib" -name '*.ko.xz' -exec xz -d {} +
	find "$lib" -name '*.ko.zst' -exec zstd -q -d --rm {} +
	find "$lib" -name '*.ko.gz' -exec gzip -d {} +
	depmod -b "$kernel/root" "$release"
}

# put_headers KERNEL RELEASE STAGE: what modules are built against, of packages unpacked in STAGE, which loses it.
#
# Packages link to each other by relative paths, /usr/src and /usr/lib; side by side these hold. What is absolute is the
# line that includes Debian's common Makefile: it is made relative to the Makefile it stands in.
put_headers() {
	local kernel=$1 release=$2 stage=$3 dir left
	mkdir -p "$kernel/usr"
	for dir in src lib; do
		[ ! -d "$stage/usr/$dir" ] || mv "$stage/usr/$dir" "$kernel/usr/"
	done
	rm -rf "$kernel/usr/lib/modules"
	for dir in "$kernel"/usr/src/{linux-headers-,kernels/}"$release"; do
		[ ! -f "$dir/Makefile" ] || ln -s "${dir#"$kernel/"}" "$kernel/headers"
	done
	[ -e "$kernel/headers/Makefile" ] ||
		die "there are no headers of $release (usr/src/linux-headers-$release or usr/src/kernels/$release)"
	dir=$(realpath "$kernel/headers")
	# shellcheck disable=SC2016 # make expands it
	sed -i 's,/usr/src/\(linux-headers-[^ ]*\),$(dir $(realpath $(lastword $(MAKEFILE_LIST))))../\1,' "$dir/Makefile"
	left=$(grep -ls '/usr/src/' "$dir/Makefile" "$dir/.kernelvariables") || true
	[ -z "$left" ] || die "absolute paths are left in $left: the layout of these headers is not known"
	left=$(find "$kernel/usr" -xtype l -lname '*linux-*' | head -n 3)
	[ -z "$left" ] || die "links lead nowhere in the unpacked headers, so packages are missing: $left"
}
