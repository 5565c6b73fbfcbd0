#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Kernels of one's own: packages in Debian's and in Ubuntu's split, rpms and a built tree, made of a kernel of the cache; what
# is missing is named; and what was brought is booted and built for by its folder's name.
set -u
here=$(dirname "$(realpath "$0")")
top=$(realpath "$here/../..")
cd "$top" || exit 1
export LC_ALL=C

kernel=$(qemu/fetch 6.1)
release=$(cat "$kernel/release")
# A path that make takes, whatever TMPDIR is.
TMPDIR=/tmp
. tests/lib/tap.sh
scratch=$tmp
cache=${TCX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tcx_backport}
trap 'rm -rf "$scratch"' EXIT
# A cache of its own, in which the kernels of the real one are.
export TCX_CACHE=$scratch/cache
mkdir -p "$TCX_CACHE/kernels"
for dir in "$cache"/kernels/[0-9]*; do
	ln -s "$dir" "$TCX_CACHE/kernels/"
done
# refuses TEXT FOLDER: and leaves nothing.
refuses() {
	! qemu/import "$2" >"$scratch/out" 2>&1 || return 1
	cat "$scratch/out"
	grep -qe "$1" "$scratch/out" && [ -z "$(find "$TCX_CACHE" -maxdepth 2 -name 'own-*' -o -maxdepth 1 -name '.tmp*')" ]
}

# deb FOLDER NAME PATH...: a package of these parts of $parts.
parts=$scratch/parts
deb() {
	local folder=$1 name=$2 root=$scratch/deb path
	shift 2
	rm -rf "$root"
	mkdir -p "$root/DEBIAN" "$folder"
	printf '%s\n' "Package: $name" 'Version: 1' 'Architecture: amd64' 'Maintainer: nobody <nobody@localhost>' \
		'Description: a test' >"$root/DEBIAN/control"
	for path; do
		mkdir -p "$root/$(dirname "$path")"
		cp -a "$parts/$path" "$root/$path"
	done
	dpkg-deb -Z"${deb_compression:-none}" -b "$root" "$folder/$name.deb"
}

# What a kernel consists of, where packages have it. Few modules: what a guest cannot do without, and as distributions
# compress them.
lib=lib/modules/$release
mkdir -p "$parts/boot" "$parts/$lib/kernel" "$parts/usr"
cp "$kernel/vmlinuz" "$parts/boot/vmlinuz-$release"
cp "$kernel/config" "$parts/boot/config-$release"
cp "$kernel/root/$lib"/modules.{builtin,builtin.modinfo} "$parts/$lib/"
# This one has what was built, be it in the packages or not: veth is not.
grep -E '/(virtio[^/]*|dummy|veth)\.ko$' "$kernel/root/$lib/modules.order" >"$parts/$lib/modules.order"
(cd "$kernel/root/$lib" && find . -name 'virtio*.ko' -exec cp --parents -t "$parts/$lib" {} +)
find "$parts/$lib" -name '*.ko' -exec xz {} +
mkdir "$parts/$lib/kernel/extra"
cp "$(find "$kernel/root/$lib" -name dummy.ko)" "$parts/$lib/kernel/extra/"
cp -a "$kernel/usr/src" "$kernel/usr/lib" "$parts/usr/"
common=$(cd "$parts/usr/src" && echo linux-headers-*-common)
kbuild=$(cd "$parts/usr/lib" && echo linux-kbuild-*)

# brought WHAT FOLDER: takes it, and it can be used.
brought() {
	local what=$1 folder=$2
	ok "$what: taken" qemu/import "$folder"
	ok "$what: known as own-$release" [ "$(qemu/import "$folder" 2>/dev/null)" = "own-$release" ]
	ok "$what: x86-64, of 6.1" [ "$(scripts/kernels arch "own-$release")/$(scripts/kernels series "own-$release")" = x86_64/6.1 ]
	ok "$what: modules are there, not compressed" modinfo "$TCX_CACHE/kernels/own-$release/root/$lib/kernel/extra/dummy.ko"
	ok "$what: a module is built for it" make -s module KERNEL="$folder" O="$scratch/build"
	ok "$what: for that kernel" grep -q "^$release " \
		<<<"$(modinfo -F vermagic "$scratch/build/own-$release/tcx_backport.ko")"
	ok "$what: it boots" [ "$(qemu/boot --kernel "$folder" --quiet --timeout 120 -- uname -r)" = "$release" ]
	rm -rf "$TCX_CACHE/kernels/own-$release" "$scratch/build"
}

debian=$scratch/debian ubuntu=$scratch/ubuntu
deb "$debian" "linux-image-$release" "boot/vmlinuz-$release" "boot/config-$release" "$lib" >/dev/null
deb "$debian" "linux-headers-$release" "usr/src/linux-headers-$release" >/dev/null
ok "without what the headers ask for: refused" refuses "missing: $common $kbuild\$" "$debian"
deb "$debian" "$kbuild" "usr/lib/$kbuild" >/dev/null
ok "without what their Makefile includes: refused" refuses "missing: $common\$" "$debian"
deb "$debian" "$common" "usr/src/$common" >/dev/null
brought "Debian's packages" "$debian"

# Ubuntu's split: a flavour's headers are links into those for all architectures, and a few files of its own. One link leads
# to a package that only modules in Rust need.
all=linux-headers-${release%-*}
ubuntu_parts() {
	local from=$parts/usr to=$scratch/ubuntu-parts dir=usr/src/linux-headers-$release path
	mkdir -p "$to/usr/src"
	cp -a "$parts/boot" "$parts/lib" "$to/"
	find "$to/lib" -name '*.ko.xz' -exec xz -d {} +
	find "$to/lib" -name '*.ko' -exec zstd -q --rm {} +
	cp -a "$from/src/$common" "$to/usr/src/$all"
	cp -a "$from/src/linux-headers-$release" "$to/usr/src/"
	rm "$to/usr/src/$all"/{scripts,tools} "$to/$dir"/{Makefile,scripts,tools}
	cp -a "$from/lib/$kbuild"/{scripts,tools} "$to/$dir/"
	for path in Makefile $(cd "$to/usr/src/$all" && echo include/* arch/x86/Makefile* arch/x86/include/*); do
		ln -s "$(sed 's,[^/]*/,../,g; s,[^/]*$,..,' <<<"$path")/$all/$path" "$to/$dir/$path"
	done
	ln -s "../linux-lib-rust-$release/rust" "$to/$dir/rust"
	parts=$to
	mv "$parts/$lib/kernel/extra" "$parts/extra"
	deb "$ubuntu/one" "linux-image-unsigned-$release" "boot/vmlinuz-$release"
	deb "$ubuntu/one" "linux-modules-$release" "boot/config-$release" "$lib"
	mv "$parts/extra" "$parts/$lib/kernel/extra"
	deb "$ubuntu/two" "linux-modules-extra-$release" "$lib/kernel/extra"
	deb "$ubuntu/two" "$all" "usr/src/$all"
	deb "$ubuntu/two" "linux-headers-$release" "$dir"
}
# without PACKAGE COMMAND...
without() {
	local file status=0
	file=$(find "$ubuntu" -name "$1.deb")
	shift
	mv "$file" "$scratch/away"
	"$@" || status=$?
	mv "$scratch/away" "$file"
	return $status
}
# tells TEXT FOLDER: and takes it.
tells() {
	qemu/import "$2" >"$scratch/out" 2>&1
	cat "$scratch/out"
	[ "$(tail -n 1 "$scratch/out")" = "own-$release" ] && grep -qe "$1" "$scratch/out"
}
ok "Ubuntu's packages are made" eval '(deb_compression=zstd ubuntu_parts)'
ok "without the image: refused" without "linux-image-unsigned-$release" refuses 'linux-image-... .* is missing' "$ubuntu"
ok "without modules: refused" without "linux-modules-$release" refuses "Ubuntu has .* in linux-modules-$release" "$ubuntu"
ok "without headers: refused" without "linux-headers-$release" refuses "the package linux-headers-$release .*is missing" "$ubuntu"
ok "without those of all architectures: refused" without "$all" refuses "which are missing: $all\$" "$ubuntu"
ok "without further modules: taken, and some are named" without "linux-modules-extra-$release" \
	tells " dummy .*linux-modules-extra-$release" "$ubuntu"
rm -r "$TCX_CACHE/kernels/own-$release"
brought "Ubuntu's packages, in folders" "$ubuntu"
ok "with them: not that one" not tells ' dummy ' "$ubuntu"
ok "but others, each time" tells ' veth .*linux-modules-extra' "$ubuntu"
rm -r "$TCX_CACHE/kernels/own-$release"

# A kernel's rpm as RHEL has it: the image beside the modules, headers in a folder that the modules' build links to.
spec=$scratch/kernel.spec
mkdir -p "$scratch/rpms"
cat >"$spec" <<-END
	%define __os_install_post %{nil}
	%define _build_id_links none
	%define debug_package %{nil}
	Name: kernel
	Version: 1
	Release: 1
	Summary: a test
	License: GPL-2.0
	AutoReqProv: no
	%description
	%package core
	Summary: a test
	AutoReqProv: no
	%description core
	%package devel
	Summary: a test
	AutoReqProv: no
	%description devel
	%install
	mkdir -p %{buildroot}/lib/modules %{buildroot}/usr/src/kernels %{buildroot}/usr/lib
	cp -a $parts/$lib %{buildroot}/lib/modules/
	cp $parts/boot/vmlinuz-$release %{buildroot}/$lib/vmlinuz
	cp $parts/boot/config-$release %{buildroot}/$lib/config
	ln -s /usr/src/kernels/$release %{buildroot}/$lib/build
	cp -a $parts/usr/src/linux-headers-$release %{buildroot}/usr/src/kernels/$release
	cp -a $parts/usr/src/$common %{buildroot}/usr/src/
	cp -a $parts/usr/lib/$kbuild %{buildroot}/usr/lib/
	# Debian's Makefile names its neighbour by a path that is relative to its own.
	sed -i 's,\.\./linux-headers,../../linux-headers,' %{buildroot}/usr/src/kernels/$release/Makefile
	for l in \$(find %{buildroot}/usr/src/kernels/$release -maxdepth 1 -type l); do
		ln -sfn "../\$(readlink \$l)" \$l
	done
	%files core
	/lib/modules
	%files devel
	/usr/src
	/usr/lib
END
rpms() {
	rpmbuild --quiet -bb --define "_topdir $scratch/rpmbuild" --define "_rpmdir $scratch/rpms" \
		--define '_binary_payload w0.gzdio' "$spec"
}
ok "rpms are made" rpms
brought "rpms" "$scratch/rpms"

# A tree as make leaves it, whose own Makefile says where the image is and installs the modules.
tree=$scratch/tree
mkdir -p "$tree/arch/x86/boot" "$tree/include/config"
cp "$kernel/config" "$tree/.config"
ok "a tree that was not built: refused" refuses 'was not built: run make there' "$tree"
echo "$release" >"$tree/include/config/kernel.release"
cat >"$tree/Makefile" <<-END
	.RECIPEPREFIX = >
	image_name:
	> @echo arch/x86/boot/bzImage
	modules_install:
	> mkdir -p \$(INSTALL_MOD_PATH)/$lib
	> cp -r $parts/$lib/. \$(INSTALL_MOD_PATH)/$lib/
	> find \$(INSTALL_MOD_PATH) -name '*.xz' -exec xz -d {} +
	> depmod -b \$(INSTALL_MOD_PATH) $release
	modules:
	> \$(MAKE) -C $kernel/headers M=\$(M) modules
END
ok "a tree without its image: refused" refuses 'there is no .*bzImage: run make there' "$tree"
cp "$kernel/vmlinuz" "$tree/arch/x86/boot/bzImage"
brought "a built tree" "$tree"

# What the module cannot be built for, a table says in a row, whatever it is that make says.
unbuilt() {
	local text=$1 line
	shift
	sed -i '/^modules:/,$d' "$tree/Makefile"
	printf '%s\n' modules: "$@" '> @false' >>"$tree/Makefile"
	line=$(tests/qualify/run "$tree" 2>&1 | tee "$scratch/out" | grep '^module builds ')
	cat "$scratch/out"
	# shellcheck disable=SC2053 # a pattern
	[[ $line == "module builds "*" NO: "$text ]]
}
ok "qualify names what modpost lacks" unbuilt 'modpost: "some_name" * undefined!' \
	'> @echo ERROR: modpost: \"some_name\" [x.ko] undefined!' "> @echo more"
ok "what is refused" unbuilt 'this kernel is odd' '> @echo "Kbuild:1: *** this kernel is odd.  Stop."'
ok "what a compiler says" unbuilt 'x.c:1: error: odd' '> @echo x.c:1: error: odd' '> @echo note'
ok "anything else" unbuilt 'it is odd' '> @echo note' '> @echo it is odd'
ok "and that there is nothing" unbuilt '*Error 2'
rm -rf "build/own-$release" "build/tests/qualify/own-$release"

# What tests use and the kernel does not have, for qualify to name where something fails.
named() {
	printf '%s\n' CONFIG_VETH=m '# CONFIG_NFT_COUNTER is not set' '# CONFIG_NET_VRF is not set' '# CONFIG_QRTR_TUN is not set' \
		'# CONFIG_NFT_COUNTERS is not set' CONFIG_NET_SCH_FQ=y >"$scratch/config"
	[ "$(. qemu/unpack.sh && built_without "$scratch/config" | tee "$scratch/out" | paste -sd ' ')" = 'CONFIG_NFT_COUNTER CONFIG_NET_VRF' ] || {
		cat "$scratch/out"
		return 1
	}
}
ok "options that are off are named, of modules that tests use" named

# --- what is none ---------------------------------------------------------------------------------------------------------

mkdir "$scratch/empty"
ok "an empty folder: refused" refuses 'no .deb, no .rpm and no .config' "$scratch/empty"
ok "none: refused" refuses 'is no folder' "$scratch/nowhere"
cp "$ubuntu/one/linux-image-unsigned-$release.deb" "$scratch/empty/"
mkdir "$parts/two"
mv "$parts/boot" "$parts/two/boot"
cp "$parts/two/boot/vmlinuz-$release" "$parts/two/boot/vmlinuz-6.1.0-1-other"
mkdir "$parts/boot"
mv "$parts/two/boot/vmlinuz-6.1.0-1-other" "$parts/boot/"
deb "$scratch/empty" linux-image-6.1.0-1-other boot/vmlinuz-6.1.0-1-other >/dev/null
ok "two kernels: refused" refuses 'images of several kernels' "$scratch/empty"
sed -i 's/^CONFIG_X86_64=y/CONFIG_RISCV=y/' "$tree/.config"
ok "another architecture: refused" refuses 'no kernel for x86-64 or arm64' "$tree"
ok "make says what KERNEL may be" grep -q 'or a folder with a kernel of your own' \
	<<<"$(make -s module KERNEL="$scratch/nowhere" 2>&1)"

# --- what the cache has ---------------------------------------------------------------------------------------------------

# cached NAME RELEASE
cached() {
	rm -rf "$scratch/old"
	mkdir -p "$scratch/old/kernels/$1"
	echo "$2" >"$scratch/old/kernels/$1/release"
	touch "$scratch/old/kernels/$1/packages"
	TCX_CACHE=$scratch/old qemu/fetch "$1"
}
ok "a reference in which an unprivileged user can detach is refused" \
	grep -q '^fetch: 6.12.113-1 cannot be the judge: before 6.12.114 .* qemu/fetch --refresh 6.12' \
	<<<"$(cached 6.12 6.12.113-1 2>&1)"
ok "with a status" not cached 6.12 6.12.9+bpo-cloud-amd64
ok "one in which he cannot is taken" cached 6.12 6.12.114+deb12-cloud-amd64
ok "others are not compared" cached 6.1 6.1.0-1-cloud-amd64

# What clients are made of is looked for once a day, and if apt cannot, what is there serves. newest AGE: asks.
mkdir -p "$scratch/bin" "$scratch/old/clients/trixie"
printf '%s\n' '#!/bin/sh' "echo >>$scratch/asked" 'exit 100' >"$scratch/bin/apt-get"
chmod +x "$scratch/bin/apt-get"
newest() {
	touch -d "$1" "$scratch/old/clients/trixie/packages"
	rm -f "$scratch/asked"
	[ "$(PATH=$scratch/bin:$PATH TCX_CACHE=$scratch/old tests/clients/fetch --newest trixie)" = \
		"$scratch/old/clients/trixie/root" ]
}
ok "clients of today are not looked for" newest now
ok "apt is not asked" [ ! -e "$scratch/asked" ]
ok "older ones serve where apt fails" newest '2 days ago'
ok "apt was asked" [ -e "$scratch/asked" ]
ok "not again" newest '2 days ago'
ok "apt was not" [ ! -e "$scratch/asked" ]

echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
