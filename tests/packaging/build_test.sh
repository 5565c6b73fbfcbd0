#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The Makefiles: what reaches kbuild and the compilers, what is refused, and what
# the installing targets leave, run by root in the checkout of somebody else.
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C
# What an outer make was called with is not meant for these.
unset MAKEFLAGS MFLAGS MAKELEVEL O SUITES KERNEL DEBUG

# A path that make takes, whatever TMPDIR is.
scratch=$(mktemp -d /tmp/tcx-build-test.XXXXXX)
chmod 755 "$scratch"
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0 skipped=0

check() {
	local what=$1

	shift
	if "$@" >"$scratch/log" 2>&1; then
		echo "ok $((++passed + failed)) - $what"
	else
		tail -n 30 "$scratch/log" | sed 's/^/# /'
		echo "not ok $((passed + ++failed)) - $what"
	fi
}

# says TEXT COMMAND...: succeeds, and says so. refuses TEXT COMMAND...: fails.
says() {
	local text=$1

	shift
	"$@" >"$scratch/out" 2>&1 || { cat "$scratch/out" && return 1; }
	cat "$scratch/out"
	grep -q -e "$text" "$scratch/out"
}

refuses() {
	local text=$1

	shift
	! "$@" >"$scratch/out" 2>&1 || { cat "$scratch/out" && return 1; }
	cat "$scratch/out"
	grep -q -e "$text" "$scratch/out"
}

says_not() {
	local text=$1

	shift
	"$@" >"$scratch/out" 2>&1 || { cat "$scratch/out" && return 1; }
	cat "$scratch/out"
	! grep -q -e "$text" "$scratch/out"
}

# nothing COMMAND...: prints nothing.
nothing() {
	local out

	out=$("$@" 2>&1)
	[ -z "$out" ] || { echo "$out" && false; }
}

# A checkout of somebody's, whatever it is that runs the tests.
tree=$scratch/checkout
mkdir "$tree"
cp -R Makefile Kbuild KERNELS VERSION dkms.conf scripts qemu src include uapi "$tree/"

# A kernel's folder that tells what has reached it, each variable with where it
# came from, and sees whether two makes are there at once.
kernel=$scratch/kernel
mkdir -p "$kernel/include/generated"
echo '#define UTS_RELEASE "6.1.0-told"' >"$kernel/include/generated/utsrelease.h"
cat >"$kernel/Makefile" <<'END'
names := CC LD AR V W C CHECK KCFLAGS LLVM O KERNEL VERSION DEBUG SUITES M CONFIG_X86_64
modules:
	@mkdir $(M)/busy || { echo "two at once"; exit 1; }
	@$(foreach n,$(names),echo '$n: $(origin $n): [$($n)]';)
	@echo 'flags: $(MAKEFLAGS)'
	@echo module | tee $(M)/tcx_backport.ko >$(M)/netkit_backport.ko
	@sleep $(or $(SLEEP),0); rmdir $(M)/busy
modules_install:
	@mkdir -p $(INSTALL_MOD_PATH)/lib/modules/6.1.0-told/updates
	@cp $(M)/tcx_backport.ko $(M)/netkit_backport.ko $(INSTALL_MOD_PATH)/lib/modules/6.1.0-told/updates/
END

kmake() {
	make -C "$tree" module KERNELDIR="$kernel" "$@"
}

# --- what reaches kbuild -----------------------------------------------------------

while IFS='|' read -r argument told; do
	check "kbuild gets $argument" says "$told" kmake "$argument"
done <<'END'
CC=gcc|^CC: command line: \[gcc\]
CC=ccache gcc -m64|^CC: command line: \[ccache gcc -m64\]
LD=ld.bfd|^LD: command line: \[ld.bfd\]
AR=llvm-ar|^AR: command line: \[llvm-ar\]
V=1|^V: command line: \[1\]
W=1|^W: command line: \[1\]
C=2|^C: command line: \[2\]
CHECK=sparse -Wall O=1|^CHECK: command line: \[sparse -Wall O=1\]
LLVM=1|^LLVM: command line: \[1\]
KCFLAGS=-g  -DX='a b'|^KCFLAGS: command line: \[-g  -DX=a b\]
CONFIG_X86_64=|^CONFIG_X86_64: command line: \[\]
MODULE_FLAGS=W=1 C=2|^C: command line: \[2\]
END
for name in O KERNEL VERSION DEBUG SUITES; do
	value=own
	[ "$name" != O ] || value=$scratch/own
	# KERNEL goes where the headers are downloaded; from there on it is the same.
	[ "$name" != KERNEL ] || value=
	check "kbuild does not get $name" says_not "^$name: command line" \
		kmake "$name=$value" W=1
done
check "O is ours" test -f "$scratch/own/6.1.0-told/src/kmod/main.c"
check "kbuild's M is below O" says "^M: command line: \[$scratch/own/6.1.0-told\]" \
	kmake O="$scratch/own"
check "O in the environment is ours too" says "^M: command line: \[$scratch/env/" \
	env O="$scratch/env" make -C "$tree" module KERNELDIR="$kernel"
check "an empty O is the default" says "^M: command line: \[$tree/build/" kmake O=
check "the jobserver reaches kbuild" says '^flags:.*-j2.*--jobserver' kmake -j2
check "and is there" says_not 'jobserver unavailable' kmake -j2
check "make -k reaches kbuild" says '^flags: k' kmake -k

user_make() {
	make -C "$tree" tool O="$scratch/user" -n -W "$tree/VERSION" "$@"
}

check "tool, lib: CC reaches them" says '^clang .*-o .*tcxctl/' user_make CC=clang
check "tool, lib: CFLAGS reach them" says 'gcc .* -O1 -DX=1 ' user_make CC=gcc CFLAGS='-O1 -DX=1'
check "tool, lib: the jobserver" says_not 'jobserver unavailable' user_make -j2
check "tool, lib: VERSION of the environment does not" says_not '9\.9\.9' \
	env VERSION=9.9.9 make -C "$tree" tool O="$scratch/user" -n

# --- what is refused ---------------------------------------------------------------

cannot="kbuild and make cannot use a path with spaces"
for name in O KERNELDIR KERNELRELEASE DESTDIR INSTALL_MOD_PATH DKMS_SRC DKMS_TREE; do
	# shellcheck disable=SC2088 # make is to see it as it is
	for value in "$scratch/a b" "$scratch/a " "$scratch/o'b" "$scratch/a:b" '~/a' "/a	b"; do
		check "$name='$value' is refused" refuses "$name is '.*$cannot" \
			make -C "$tree" clean "$name=$value"
	done
done
for name in PREFIX LIBDIR INCLUDEDIR DESTDIR; do
	check "libtcx: $name with a space is refused" refuses "$name is '.*$cannot" \
		make -C "$tree/src/libtcx" -n "$name=/a b"
done
for name in PREFIX SBINDIR MANDIR DESTDIR; do
	check "tcxctl: $name with a space is refused" refuses "$name is '.*$cannot" \
		make -C "$tree/src/tcxctl" -n "$name=/a b"
done
mkdir "$scratch/with space"
cp -R "$tree/." "$scratch/with space/"
for dir in . src/libtcx src/tcxctl; do
	check "a checkout whose path has a space is refused: $dir" \
		refuses "CURDIR is '.*$cannot" make -C "$scratch/with space/$dir"
done
for value in "$scratch/jürgen" "$scratch/6.1~rc1+b_2,c=d@e"; do
	check "O=$value is not" kmake O="$value"
done
check "make -f from elsewhere is refused" refuses 'in the folder of this Makefile' \
	make -C "$scratch" -f "$tree/Makefile"

check "KERNEL in the environment is not a series" \
	says "^M: command line: \[$tree/build/6.1.0-told\]" \
	env KERNEL=linux make -C "$tree" module KERNELDIR="$kernel"
check "nor for make -e" says "^M: command line: \[$tree/build/6.1.0-told\]" \
	env KERNEL=linux make -e -C "$tree" module KERNELDIR="$kernel"
check "DEBUG in the environment does not choose the suites" says_not kasan \
	env DEBUG=1 make -C "$tree" -n test
check "DEBUG on the command line does" says kasan make -C "$tree" -n test DEBUG=1
check "an unknown series is refused" refuses 'KERNEL=xyz: no headers. Supported series: 5.10 6.1' \
	make -C "$tree" module KERNEL=xyz
check "nothing is made for it" test ! -e "$tree/build/xyz"
check "a folder without a kernel is refused" refuses 'or a folder with a kernel of your own' \
	make -C "$tree" module KERNEL=../xyz
check "headers that are not there are" refuses 'no kernel headers at /nonexistent' \
	make -C "$tree" module KERNELDIR=/nonexistent
check "dkms-install refuses a series" refuses 'dkms builds for installed kernels' \
	make -C "$tree" dkms-install KERNEL=6.1
check "clean does not remove the checkout" refuses 'holds this checkout' \
	make -C "$tree" clean O="$scratch"
check "nor as O=." refuses 'holds this checkout' make -C "$tree" clean O=.
check "help names the series" says '(5.10 6.1)' make -s -C "$tree" help
for target in $(sed -n '/^\.PHONY/,/[^\\]$/p' Makefile | tr -d '\\' | sed 's/.PHONY://'); do
	case $target in
	all | deps | help | dkms-copy) continue ;;
	esac
	check "help tells of $target" says "\b$target\b" make -s -C "$tree" help
done

# --- the copy of the sources -------------------------------------------------------

copy=$scratch/own/6.1.0-told
own() {
	kmake O="$scratch/own"
}

check "a copy of the sources" own
echo half >"$copy/src/kmod/main.c"
echo half >"$copy/src/kmod/tcx.c.new"
touch "$copy/src/kmod/main.o"
check "make after one that was interrupted" own
check "what that had half copied is whole" cmp "$tree/src/kmod/main.c" "$copy/src/kmod/main.c"
check "its temporary file is gone" test ! -e "$copy/src/kmod/tcx.c.new"
check "what was built is not" test -e "$copy/src/kmod/main.o"
cp "$tree/src/kmod/main.c" "$scratch/main.c"
echo '/* older */' >"$tree/src/kmod/main.c"
touch -d 2001-01-01 "$tree/src/kmod/main.c"
check "make after an older file came" own
check "it is in the copy" grep -q older "$copy/src/kmod/main.c"
check "as something to be built" test "$copy/src/kmod/main.c" -nt "$copy/src/kmod/main.o"
cp "$scratch/main.c" "$tree/src/kmod/main.c"
touch "$copy/src/kmod/gone.c"
check "make after a file went" own
check "it went from the copy" test ! -e "$copy/src/kmod/gone.c"

two() {
	kmake O="$scratch/own" SLEEP=2 >"$scratch/first" 2>&1 &
	kmake O="$scratch/own" && wait $!
}

check "two makes at once wait for each other" two

# --- a real build ------------------------------------------------------------------

dir=$(qemu/fetch 6.1)
release=$(cat "$dir/release")
real() {
	make -C "$tree" "$1" KERNELDIR="$dir/headers" CC=gcc W=1 V=1 -j2 "${@:2}" \
		>"$scratch/real" 2>&1 || { tail -n 30 "$scratch/real" && false; }
}

check "make module KERNELDIR=... CC=gcc W=1 C=2 V=1 -j2" real module C=2
check "with that compiler" grep -qE '^ *gcc .*src/kmod/main\.c' "$scratch/real"
check "with W=1" grep -qE '^ *gcc .*-Wmissing-format-attribute.*src/kmod/main\.c' "$scratch/real"
check "through sparse" grep -qE '^ *sparse .*src/kmod/main\.c' "$scratch/real"
check "for that kernel" grep -q "^$release " \
	<<<"$(modinfo -F vermagic "$tree/build/$release/tcx_backport.ko")"

check "another architecture is refused" refuses 'tcx_backport supports x86-64 and arm64' \
	make -C "$tree" module O="$scratch/arch" KERNELDIR="$dir/headers" CC=gcc CONFIG_X86_64=

# A kernel that keeps from modules what none of its own uses, with and without what is needed in its builder's list.
trimmed=$scratch/trimmed
mkdir "$trimmed"
ln -s "$dir/headers"/* "$dir/headers"/.[!.]* "$trimmed/"
trim() {
	# A script that such a kernel runs, by its shell, is not in the headers of another.
	make -C "$tree" module O="$scratch/trim" KERNELDIR="$trimmed" CC=gcc CONFIG_TRIM_UNUSED_KSYMS=y CONFIG_SHELL=true
}

check "a trimmed kernel that has what is needed is taken" trim
rm "$trimmed/Module.symvers"
grep -vw check_zeroed_user "$dir/headers/Module.symvers" >"$trimmed/Module.symvers"
check "one that has not is refused" refuses 'is built with CONFIG_TRIM_UNUSED_KSYMS, .* Nothing was built' trim
check "and what it lacks is named" grep -qx check_zeroed_user "$scratch/out"

# --- what is installed -------------------------------------------------------------

# Of what lies in $1: what is not root's, or has another mode than it should.
foreign() {
	find "$1" \( ! -user root -o ! -group root \) -printf '%u:%g %p\n'
	find "$1" -type d ! -perm 0755 -printf '%m %p\n'
	find "$1" -type f ! -name tcxctl ! -perm 0644 -printf '%m %p\n'
	find "$1" -type f -name tcxctl ! -perm 0755 -printf '%m %p\n'
	find "$1" -name '.*' -printf 'left: %p\n'
}

victim() {
	rm -rf "$scratch/victim"
	mkdir "$scratch/victim"
	echo untouched >"$scratch/victim/file"
	chown -R 1000:1000 "$scratch/victim"
}

untouched() {
	test "$(cd "$scratch/victim" && grep -r .)" = file:untouched
}

install_all() {
	make -C "$tree" install install-tool KERNELDIR="$kernel" DESTDIR="$1" -j2
}

# Below a folder that passes its group on, with a umask and the modes that
# somebody's umask has left in the checkout.
installed=(
	lib/modules/6.1.0-told/updates/tcx_backport.ko lib/modules/6.1.0-told/updates/netkit_backport.ko
	usr/local/sbin/tcxctl usr/local/share/man/man8/tcxctl.8
	usr/local/lib/libtcx.so usr/local/lib/libtcx.so.1 usr/local/lib/libtcx.a
	usr/local/lib/pkgconfig/libtcx.pc
	usr/local/include/libtcx.h usr/local/include/linux/tcx_backport.h
	usr/local/include/linux/netkit_backport.h
)
if [ "$(id -u)" != 0 ]; then
	echo "# installing as root from somebody's checkout: skip, this is not root"
	skipped=1
else
mkdir "$scratch/real-root"
check "make install by kbuild" real install DESTDIR="$scratch/real-root"
for name in tcx_backport netkit_backport; do
	check "$name is there" test "$(find "$scratch/real-root/lib/modules/$release" -name "$name.ko*")" != ""
done
check "all is root's, with its mode" nothing foreign "$scratch/real-root"
check "make tool" make -s -C "$tree" tool
while read -r mask modes; do
	root=$scratch/root-$mask
	chown -R 1000:1000 "$tree"
	chmod -R "$modes" "$tree"
	mkdir "$root"
	chgrp 50 "$root"
	chmod 2775 "$root"
	umask "$mask"
	check "umask $mask: make install install-tool" install_all "$root"
	umask 022
	for file in "${installed[@]}"; do
		check "umask $mask: $file" test -s "$root/$file"
	done
	chown root:root "$root"
	chmod 00755 "$root"
	check "umask $mask: all is root's, with its mode" nothing foreign "$root"
done <<-END
	077 u=rwX,go=
	000 a=rwX
END

# Over what is there: somebody's links and files in the places of ours.
victim
root=$scratch/root-077
for file in "${installed[@]}"; do
	ln -sfT "$scratch/victim/file" "$root/$file"
	chown -h 1000:1000 "$root/$file"
done
touch "$root/${installed[0]}.xz"
check "make install, install-tool over symbolic links" install_all "$root"
check "nothing was written through them" untouched
check "all is root's, with its mode" nothing foreign "$root"
check "they are gone" nothing find "$root" -lname "$scratch/victim/*"
check "a module compressed in another way is" test ! -e "$root/${installed[0]}.xz"

for folder in usr usr/local/lib usr/local/share/man/man8; do
	rm -rf "$root"
	mkdir -p "$root/$(dirname "$folder")"
	ln -s "$scratch/victim" "$root/$folder"
	chown -h 1000:1000 "$root/$folder"
	check "somebody's link in the place of $folder is refused" \
		refuses 'is a symbolic link of .*not followed' \
		make -C "$tree" install-tool DESTDIR="$root"
	check "nothing was written through it" untouched
done
rm -rf "$root"
mkdir -p "$root/usr/local" "$root/elsewhere"
ln -s ../../elsewhere "$root/usr/local/lib"
check "root's own link is followed" make -C "$tree" install-tool DESTDIR="$root"
check "to where it leads" test -f "$root/elsewhere/libtcx.a"

check "make install-tool PREFIX=/usr" make -C "$tree" install-tool DESTDIR="$root" PREFIX=/usr
check "libtcx.pc has that prefix" grep -qx 'prefix=/usr' "$root/usr/lib/pkgconfig/libtcx.pc"
fi

echo "1..$((passed + failed))"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
