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
	[ -f "$kernel/config" ] || die "there is no configuration of $release (boot/config-$release): Ubuntu has it in linux-modules-$release"
	lib=$kernel/root/lib/modules/$release
	# Not all of Ubuntu's packages of modules have this one.
	[ -f "$lib/modules.builtin" ] ||
		die "there are no modules of $release (lib/modules/$release/modules.builtin): Ubuntu has them in linux-modules-$release, rpms in kernel-modules-core"
	rm -f "$lib/build" "$lib/source"
	find "$lib" -name '*.ko.xz' -exec xz -d {} +
	find "$lib" -name '*.ko.zst' -exec zstd -q -d --rm {} +
	find "$lib" -name '*.ko.gz' -exec gzip -d {} +
	depmod -b "$kernel/root" "$release"
}

# modules_of FILE: the names of the modules in a list of depmod's or kbuild's, a line each.
modules_of() {
	sed 's/:.*//; s,.*/,,; s/\.ko.*//' "$1" | tr - _ | sort -u
}

# lacking LIB: modules of modules.list that were built for this kernel, as modules.order has all of them, but are in none
# of the packages that lib/modules/RELEASE came from.
lacking() {
	[ -f "$1/modules.order" ] || return 0
	comm -12 <(sed 's/#.*//' "$(dirname "${BASH_SOURCE[0]}")/modules.list" | tr -s ' ' '\n' | sort -u) \
		<(comm -23 <(modules_of "$1/modules.order") <(modules_of "$1/modules.dep"))
}

# built_without CONFIG: options, one a line, that a kernel of this configuration has off, and that would build a module of
# modules.list.
built_without() {
	sed 's/#.*//' "$(dirname "${BASH_SOURCE[0]}")/modules.list" | tr -s ' ' '\n' | grep . |
		sed 's/.*/^# CONFIG_(NET_|NETFILTER_|IPV6_)?\U&\E is not set$/' | grep -xE -f - "$1" | grep -oE 'CONFIG_[A-Z0-9_]+'
}

# asked_for KERNEL HEADERS: packages, which call their folders as themselves, whose files a link leads to, or a Makefile
# includes, and that are not there. What is for modules in Rust is not needed.
asked_for() {
	local name
	{
		find "$1/usr" -xtype l -lname '*linux-*' ! -name rust -printf '%l\n'
		for name in $(sed -n 's,^include .*/\(linux-[^/]*\)/Makefile$,\1,p' "$2/Makefile" 2>/dev/null); do
			[ -e "$1/usr/src/$name" ] || echo "$name"
		done
	} | awk -F/ '{ for (i = 1; i < NF && $i !~ /^linux-/; i++); print $i }' | sort -u
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
		[ ! -d "$dir" ] || ln -s "${dir#"$kernel/"}" "$kernel/headers"
	done
	[ -d "$kernel/headers" ] ||
		die "there are no headers of $release (usr/src/linux-headers-$release or usr/src/kernels/$release): the package linux-headers-$release (rpm: kernel-devel) is missing"
	dir=$(realpath "$kernel/headers")
	left=$(asked_for "$kernel" "$dir" | paste -sd ' ')
	[ -z "$left" ] || die "the headers of $release lead to other packages' files, which are missing: $left"
	[ -f "$dir/Makefile" ] || die "the headers of $release have no Makefile"
	# shellcheck disable=SC2016 # make expands it
	sed -i 's,/usr/src/\(linux-headers-[^ ]*\),$(dir $(realpath $(lastword $(MAKEFILE_LIST))))../\1,' "$dir/Makefile"
	left=$(grep -ls '/usr/src/' "$dir/Makefile" "$dir/.kernelvariables") || true
	[ -z "$left" ] || die "absolute paths are left in $left: the layout of these headers is not known"
}
