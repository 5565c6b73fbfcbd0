#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# scripts/release, in a scratch repository: what it refuses, and what a release consists of.
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1

. tests/lib/tap.sh
trap 'rm -rf "$tmp"' EXIT
version=9.8.7
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@tcx-backport.example GIT_COMMITTER_NAME=test \
	GIT_COMMITTER_EMAIL=test@tcx-backport.example GIT_CONFIG_GLOBAL=/dev/null
repo=$tmp/repo out=$tmp/repo/build/release/$version

here() { git -C "$repo" "$@"; }

state() { here rev-parse HEAD && here tag && here status --porcelain && ls -A "$repo/build" 2>/dev/null; }

# refuses REGEX ARGUMENT...: says so, and changes nothing.
refuses() {
	local want=$1 before after
	shift
	before=$(state)
	! "$repo/scripts/release" "$@" >"$tmp/said" 2>&1 || return
	cat "$tmp/said"
	after=$(state)
	grep -qE -e "$want" "$tmp/said" && [ "$before" = "$after" ]
}

# count FOLDER PATTERN: files of such a name.
count() { find "$1" -name "$2" | wc -l; }

releases() { "$repo/scripts/release" "$version" "$tmp/notes"; }

mkdir "$repo" && git ls-files -coz --exclude-standard | xargs -0 cp --parents -t "$repo"
here init -q && here add -A && here commit -q -m before
printf 'What is new, in a line that is so long that it does not fit in the width of a changelog of Debian\n- And more\n' >"$tmp/notes"
: >"$tmp/empty"

ok "no version" refuses "usage" "$version"
ok "a version of another form" refuses "'1.2' is not of the form" 1.2 "$tmp/notes"
ok "a version below" refuses "is below the present version" 0.0.1 "$tmp/notes"
ok "nothing new" refuses "says nothing" "$version" "$tmp/empty"
echo >>"$repo/README.md"
ok "changes that are not committed" refuses "not committed" "$version" "$tmp/notes"
here checkout -q README.md
sed -i '/tcx_escape;/d' "$repo/src/libtcx/libtcx.map"
here commit -q -a -m "another ABI"
ok "another ABI" refuses "not the ABI of the last release" "$version" "$tmp/notes"
here reset -q --hard HEAD~1

ok "a release" releases
ok "a tag with the notes" grep -q 'What is new' <(here cat-file tag "v$version")
ok "on a commit of the branch" [ "$(here rev-parse "v$version^{commit}")" = "$(here rev-parse HEAD)" ]
ok "the version" [ "$(cat "$repo/VERSION")" = "$version" ]
ok "the same everywhere" "$repo/scripts/lint" releases
ok "the changelog's newest entry" [ "$(dpkg-parsechangelog -l "$repo/debian/changelog" -S Version)" = "$version" ]
ok "which has the notes" grep -qx ' *\* And more' <(dpkg-parsechangelog -l "$repo/debian/changelog" -S Changes)
ok "and those before" grep -q '^tcx-backport (0' "$repo/debian/changelog"
ok "nothing is left uncommitted" [ -z "$(here status --porcelain)" ]
ok "the packages of Debian, of that version" [ "$(count "$out" "*_${version}_*.deb")" -ge 4 ]
ok "and of RPM" [ "$(count "$out" "*-$version-1*.rpm")" = 4 ]
ok "the tarball is the tag's" cmp "$out/tcx-backport-$version.tar.gz" \
	<(here archive --prefix="tcx-backport-$version/" "v$version" | gzip -n)
ok "checksums of all of it" bash -c 'cd "$1" && sha256sum --quiet -c SHA256SUMS && [ "$(wc -l <SHA256SUMS)" = "$(($(ls | wc -l) - 1))" ]' - "$out"
mkdir "$tmp/unpacked" && tar -C "$tmp/unpacked" -xzf "$out/tcx-backport-$version.tar.gz"
ok "the SBOM: every file and package, and what SPDX demands" tests/packaging/sbom_check "$out" "$tmp/unpacked/tcx-backport-$version"
# VERSION is one that nobody has tagged.
here checkout -q -b untagged HEAD~1
ok "the present version, as long as it has no tag" "$repo/scripts/release" "$(cat "$repo/VERSION")" "$tmp/notes" "$tmp/present"
ok "whose entry in the changelog becomes another one" [ "$(grep -c '^tcx-backport (' "$repo/debian/changelog")" = \
	"$(here show HEAD~1:debian/changelog | grep -c '^tcx-backport (')" ]
ok "with the notes" grep -q 'And more' "$repo/debian/changelog"
ok "and the packages are in the folder named" [ "$(count "$tmp/present" "*.deb")" -ge 4 ]
here checkout -q -
ok "the same release again" refuses "there is a tag v$version" "$version" "$tmp/notes"
echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
