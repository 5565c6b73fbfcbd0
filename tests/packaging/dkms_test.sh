#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# `make dkms-install` and `make dkms-remove`, by root, in scratch trees and for a
# kernel that is not the running one, from the checkout of somebody else.
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C
# What an outer make was called with is not meant for these.
unset MAKEFLAGS MFLAGS MAKELEVEL O

version=$(cat VERSION)
module=tcx-backport/$version
# A path that make takes, whatever TMPDIR is.
scratch=$(mktemp -d /tmp/tcx-dkms-test.XXXXXX)
chmod 755 "$scratch"
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

check() {
	local what=$1

	shift
	if "$@" >"$scratch/log" 2>&1; then
		echo "ok $((++passed + failed)) - $what"
	else
		sed 's/^/# /' "$scratch/log"
		echo "not ok $((passed + ++failed)) - $what"
	fi
}

# fails_with STATUS TEXT COMMAND...: also says so.
fails_with() {
	local status=$1 text=$2

	shift 2
	"$@" >"$scratch/out" 2>&1
	set -- "$status" "$?"
	cat "$scratch/out"
	echo "status $2, expected $1; should say: $text"
	[ "$1" = "$2" ] && grep -q "$text" "$scratch/out"
}

# says TEXT COMMAND...: and succeeds.
says() {
	local text=$1

	shift
	fails_with 0 "$text" "$@"
}

# nothing COMMAND...: prints nothing.
nothing() {
	local out

	out=$("$@")
	[ -z "$out" ] || { echo "$out" && false; }
}

dir=$(qemu/fetch 6.1)
release=$(cat "$dir/release")
source=$scratch/src/tcx-backport-$version
mkdir "$scratch/dkms" "$scratch/src" "$scratch/bin"
mkdir -p "$scratch/lib/modules"
cp -r "$dir/root/lib/modules/$release" "$scratch/lib/modules/"

# dkms as make finds it: with the scratch trees. Its depmod would look at the
# host's modules.
cat >"$scratch/bin/dkms" <<-END
	#!/bin/sh
	exec $(command -v dkms) "\$@" --no-depmod --dkmstree $scratch/dkms \\
		--sourcetree $scratch/src --installtree $scratch/lib/modules
END
chmod 755 "$scratch/bin/dkms"
PATH=$scratch/bin:$PATH

# Somebody's checkout, whatever it is that runs the tests.
checkout() {
	rm -rf "$scratch/checkout"
	mkdir "$scratch/checkout"
	cp -R Makefile Kbuild KERNELS VERSION dkms.conf scripts src uapi "$scratch/checkout/"
	chown -R 1000:1000 "$scratch/checkout"
	chmod -R "$1" "$scratch/checkout"
}

make_dkms() {
	local target=$1

	shift
	make -C "$scratch/checkout" "$target" DKMS_SRC="$source" DKMS_TREE="$scratch/dkms" \
		KERNELRELEASE="$release" "$@"
}

installed() {
	find "$scratch/lib/modules" -name '*_backport.ko*' 2>/dev/null
}

traces() {
	find "$scratch/dkms" "$scratch/src" -mindepth 1
	installed
}

# What root will build from is root's, readable by all, and nobody's to write.
foreign() {
	find "$source" \( ! -user root -o ! -group root \) -printf '%u:%g %p\n'
	find "$source" -type d ! -perm 0755 -printf '%m %p\n'
	find "$source" -type f ! -perm 0644 -printf '%m %p\n'
	find "$source" ! -type d ! -type f
}

# --- the sources -----------------------------------------------------------------

# umask, and what somebody's umask has made of the modes.
while read -r mask modes; do
	checkout "$modes"
	rm -rf "$source"
	mkdir -p "$source/src/kmod"
	echo stale | tee "$source/src/kmod/stale.c" "$source/dkms.conf" >/dev/null
	chown -R 1000:1000 "$source"
	chmod -R a+rwX "$source"
	touch "$scratch/checkout/src/kmod/old name (copy).c" "$scratch/checkout/src/kmod/main.o"
	umask "$mask"
	check "umask $mask: the sources are copied" make_dkms dkms-copy
	umask 022
	check "umask $mask: they are root's, with modes 644 and 755" nothing foreign
	check "umask $mask: what was there before is not" test ! -e "$source/src/kmod/stale.c"
	check "umask $mask: dkms.conf is the new one" cmp dkms.conf "$source/dkms.conf"
	check "umask $mask: all sources are there" \
		diff <(find src/kmod uapi -type f | sort) \
		<(cd "$source" && find src uapi -type f | sort)
done <<-END
	077 u=rwX,go=
	000 a=rwX
	022 u=rwX,go=rX
END

# A folder that passes on its group, and its set-group-ID bit.
chgrp 50 "$scratch/src"
chmod 2775 "$scratch/src"
check "the sources are copied into a folder of the group staff" make_dkms dkms-copy
check "they are root's all the same" nothing foreign
chgrp 0 "$scratch/src"
chmod 00755 "$scratch/src"

mkdir "$scratch/victim"
echo mine >"$scratch/victim/VERSION"
chown -R 1000:1000 "$scratch/victim"
rm -rf "$source"
ln -s "$scratch/victim" "$source"
chown -h 1000:1000 "$source"
check "the sources are copied where a symbolic link was" make_dkms dkms-copy
check "the link is gone" test ! -L "$source"
check "nothing was written through it" \
	test "$(cd "$scratch/victim" && grep -r .)" = VERSION:mine

ln -sf /etc/shadow "$scratch/checkout/Kbuild"
check "a link in the checkout is refused" \
	fails_with 2 'Kbuild is neither a file nor a folder' make_dkms dkms-copy
check "a DKMS_SRC of another name is refused" \
	fails_with 2 "must be a path that ends in tcx-backport-$version" \
	make_dkms dkms-copy DKMS_SRC="$scratch/victim"
check "nothing is left in the making" nothing find "$scratch/src" -name '.*'

# --- a first build that fails ----------------------------------------------------

rm -rf "$source"
checkout u=rwX,go=rX
check "nothing is installed: make dkms-remove succeeds" \
	says 'nothing to remove' make_dkms dkms-remove

mkdir -p "$scratch/broken/include"
printf 'all clean:\n\t@echo does not compile; false\n' >"$scratch/broken/Makefile"
check "a build that fails: make dkms-install fails" \
	fails_with 2 'The module was not built.*make dkms-remove' \
	make_dkms dkms-install KERNELDIR="$scratch/broken"
check "dkms has it as added" says 'added' dkms status -m "$module"
check "make dkms-remove succeeds" make_dkms dkms-remove
check "nothing is left" nothing traces

# dkms was killed when it had begun to keep what it built: for dkms that is
# built (it refuses to build) and not built (it does not remove it) at once.
half_built() {
	make_dkms dkms-copy && dkms add -m "$module" &&
		mkdir -p "$scratch/dkms/tcx-backport/$version/$release/x86_64/log"
}

check "half built" half_built
check "dkms cannot build it any more" fails_with 3 'already been built' \
	dkms build -m "$module" -k "$release" --kernelsourcedir "$scratch/broken"
check "make dkms-remove succeeds" make_dkms dkms-remove
check "nothing is left" nothing traces

lost_sources() {
	half_built && rm -rf "$source"
}

check "half built, and the sources are lost" lost_sources
check "make dkms-remove succeeds" make_dkms dkms-remove
check "nothing is left" nothing traces

# --- install and remove ----------------------------------------------------------

# Over a build that failed before.
check "half built" half_built
checkout u=rwX,go=
umask 077
check "make dkms-install for $release, which is not the running kernel" \
	make_dkms dkms-install KERNELDIR="$dir/headers" CC=/nonexistent -j2
umask 022
check "the sources are root's" nothing foreign
check "what dkms has is root's" nothing find "$scratch/dkms" "$scratch/lib" \
	\( ! -user root -o -perm /022 \) ! -type l
check "both modules lie where modprobe finds them" test "$(installed | wc -l)" = 2
for file in $(installed); do
	name=${file##*/} name=${name%%.*}
	check "all may read $name" test "$(stat -c %a "$file")" = 644
	check "the version of $name is $version" test "$(modinfo -F version "$file")" = "$version"
	check "$name was built for $release" grep -q "^$release " <<<"$(modinfo -F vermagic "$file")"
done
depmod -b "$scratch" "$release"
would_load() {
	modprobe -d "$scratch" -S "$release" -n -v "$1" 2>&1
}
check "modprobe would load it" grep -q '^insmod .*/tcx_backport\.ko' <<<"$(would_load tcx_backport)"
check "and both for whoever asks for a netkit device" \
	test "$(would_load rtnl-link-netkit | grep -cE '^insmod .*/(tcx|netkit)_backport\.ko')" = 2
check "dkms status says installed" says installed dkms status -m "$module"

# --- what is declined ------------------------------------------------------------

# Headers of a kernel as dkms and dkms.conf look at them; make would fail.
headers() {
	mkdir -p "$scratch/lib/modules/$1"
	ln -sfT "$scratch/headers-$1" "$scratch/lib/modules/$1/build"
	mkdir -p "$scratch/headers-$1/include"
	printf 'all clean:\n\t@echo built all the same; false\n' >"$scratch/headers-$1/Makefile"
	printf '%s\n' "${@:2}" >"$scratch/headers-$1/.config"
}

# declined KERNEL ARCH: dkms says so. passed_by: its automatic build, which runs
# when a kernel is installed and must not fail then, says nothing.
declined() {
	fails_with 77 'BUILD_EXCLUSIVE directive' dkms build -m "$module" -k "$1" -a "$2" \
		--kernelsourcedir "$scratch/headers-$1"
}

passed_by() {
	nothing dkms autoinstall -k "$1" -a "$2" --kernelsourcedir "$scratch/headers-$1"
}

automatic() {
	fails_with 11 'make.log' dkms autoinstall -k "$1" -a "$2" \
		--kernelsourcedir "$scratch/headers-$1"
}

headers 6.1.0-1-amd64 CONFIG_64BIT=y
headers 6.1.0-1-686-pae CONFIG_X86_32=y
headers 6.1.0-1-arm64 CONFIG_64BIT=y
headers 6.1.0-1-riscv64 CONFIG_64BIT=y
headers 6.1.0-1-tcx CONFIG_64BIT=y CONFIG_NET_XGRESS=y
headers 5.14.0-427.13.1.el9_4.x86_64 CONFIG_64BIT=y CONFIG_NET_XGRESS=y
headers 5.14.0-362.24.1.el9_3.x86_64 CONFIG_64BIT=y
headers 5.15.0-185-generic CONFIG_64BIT=y
headers 6.12.0-1-amd64 CONFIG_64BIT=y

# 6.1.0-1-686-pae: user space of 32 bits and the kernel for it, while one of 64
# bits runs.
for installed in yes no; do
	while read -r kernel arch; do
		check "$kernel on $arch is declined" declined "$kernel" "$arch"
		check "$kernel on $arch is not built automatically" passed_by "$kernel" "$arch"
	done <<-END
		6.1.0-1-amd64 i686
		6.1.0-1-riscv64 riscv64
		6.1.0-1-arm64 armv7l
		6.1.0-1-686-pae x86_64
		5.14.0-427.13.1.el9_4.x86_64 x86_64
		6.1.0-1-tcx x86_64
		6.12.0-1-amd64 x86_64
	END
	while read -r kernel arch; do
		check "$kernel on $arch is built automatically" automatic "$kernel" "$arch"
	done <<-END
		6.1.0-1-amd64 x86_64
		6.1.0-1-arm64 aarch64
		5.15.0-185-generic x86_64
		5.14.0-362.24.1.el9_3.x86_64 x86_64
	END
	[ $installed = yes ] || break
	# The same while the module is registered for no kernel at all.
	check "make dkms-remove" make_dkms dkms-remove
	check "nothing is left" nothing traces
	make_dkms dkms-copy && dkms add -m "$module" >/dev/null
done >"$scratch/declined"
cat "$scratch/declined"
check "dkms declines to install on another architecture" \
	fails_with 2 'The module is not for this kernel or architecture' \
	make_dkms dkms-install KERNELRELEASE=6.1.0-1-686-pae \
	KERNELDIR="$scratch/headers-6.1.0-1-686-pae"
check "make dkms-remove" make_dkms dkms-remove
check "nothing is left" nothing traces

# A kernel with native tcx is declined, and the automatic build passes it by.
# Debian 12's dkms reads the file two functions deep, with the target in global
# variables that local ones of the outer function hide.
autoinstall() {
	bash -c 'read_conf() { local kernelver=installed arch=other; safe_source; }
		 safe_source() { . ./dkms.conf; echo "$AUTOINSTALL"; }
		 kernelver=$1 arch=(x86_64); read_conf' - "$1"
}

regex=$(bash -c '. ./dkms.conf; echo "$BUILD_EXCLUSIVE_KERNEL"')
for kernel in "$release" 6.1.0-18-amd64 6.1.192 6.1 5.10.0-46-cloud-amd64 5.10.262 \
	5.15.0-185-generic 5.15.0-1074-azure 5.14.0-362.24.1.el9_3.x86_64 6.2.0-39-generic 6.5.0-14-generic; do
	check "$kernel is taken" grep -qE "$regex" <<<"$kernel"
	check "$kernel is built automatically" test "$(autoinstall "$kernel")" = yes
done
for kernel in 6.12.117+deb12-cloud-amd64 6.10.3 6.11.0 6.6.1 6.0.0-1 5.16.0-1 5.4.0-1 4.19.0-27-amd64; do
	check "$kernel is declined" test -z "$(grep -E "$regex" <<<"$kernel")"
	check "$kernel is not built automatically" \
		test "$(autoinstall "$kernel")" = ""
done

echo "1..$((passed + failed))"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
