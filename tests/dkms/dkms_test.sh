#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# dkms add, build, install and remove, in scratch trees and for a kernel that
# is not the running one, with the files that `make dkms-install` would copy.
set -u
cd "$(dirname "$0")/../.." || exit 1

version=$(cat VERSION)
module=tcx-backport/$version
scratch=$(mktemp -d)
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

mkdir "$scratch/dkms" "$scratch/src"

# dkms SUBCOMMAND ARGS..., for the kernel in $dir. Its depmod would look at the
# host's modules, not at --installtree.
run_dkms() {
	local options=()

	case $1 in
	install | remove) options=(--no-depmod) ;;
	esac
	dkms "$@" "${options[@]}" --dkmstree "$scratch/dkms" --sourcetree "$scratch/src" \
		--installtree "$scratch/lib/modules" \
		-k "$(cat "$dir/release")" --kernelsourcedir "$dir/headers"
}

installed() {
	find "$scratch/lib/modules" -name 'tcx_backport.ko*' 2>/dev/null
}

dir=$(qemu/fetch 6.1)
release=$(cat "$dir/release")
mkdir -p "$scratch/lib/modules"
cp -r "$dir/root/lib/modules/$release" "$scratch/lib/modules/"

check "the sources are copied" \
	make dkms-copy DKMS_SRC="$scratch/src/tcx-backport-$version"
check "dkms add" run_dkms add -m "$module"
check "dkms build for $release, which is not the running kernel" \
	run_dkms build -m "$module"
check "dkms install" run_dkms install -m "$module"
check "the module lies where modprobe finds it" test -n "$(installed)"
# shellcheck disable=SC2046
check "its version is $version" \
	test "$(modinfo -F version $(installed))" = "$version"
# shellcheck disable=SC2046
check "it was built for $release" \
	grep -q "^$release " <<<"$(modinfo -F vermagic $(installed))"
depmod -b "$scratch" "$release"
check "modprobe would load it" \
	grep -q '^insmod .*/tcx_backport\.ko' <<<"$(modprobe -d "$scratch" -S "$release" -n -v tcx_backport 2>&1)"
check "dkms status says installed" \
	grep -q installed <<<"$(run_dkms status -m "$module")"
check "dkms remove" run_dkms remove -m "$module"
check "nothing is left of the module" test "$(installed)" = ""

# A kernel with native tcx is declined, and the automatic build passes it by.
# Debian 12's dkms reads the file two functions deep, with the target in a
# global variable that a local one of the outer function hides.
autoinstall() {
	bash -c 'read_conf() { local kernelver=installed; safe_source; }
		 safe_source() { . ./dkms.conf; echo "$AUTOINSTALL"; }
		 kernelver=$1; read_conf' - "$1"
}

regex=$(bash -c '. ./dkms.conf; echo "$BUILD_EXCLUSIVE_KERNEL"')
for kernel in "$release" 6.1.0-18-amd64 6.1.192 6.1 5.10.0-46-cloud-amd64 5.10.262; do
	check "$kernel is taken" grep -qE "$regex" <<<"$kernel"
	check "$kernel is built automatically" test "$(autoinstall "$kernel")" = yes
done
for kernel in 6.12.117+deb12-cloud-amd64 6.10.3 6.11.0 5.15.0-1 5.4.0-1 4.19.0-27-amd64; do
	check "$kernel is declined" test -z "$(grep -E "$regex" <<<"$kernel")"
	check "$kernel is not built automatically" \
		test "$(autoinstall "$kernel")" = ""
done

echo "1..$((passed + failed))"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
