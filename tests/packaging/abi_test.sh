#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# libtcx has the ABI of the last release; and whoever changes it is told.
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1

. tests/lib/tap.sh
trap 'rm -rf "$tmp"' EXIT

# changed FILE SED [FILE SED]...: the library's sources, with that done to a file; fails if one of these changes nothing.
changed() {
	rm -rf "$tmp/tree"
	mkdir "$tmp/tree"
	cp -r --parents VERSION scripts/paths.mk include uapi src/libtcx "$tmp/tree" || return
	while [ $# -gt 0 ]; do
		sed -i -E "$2" "$tmp/tree/$1"
		! cmp -s "$1" "$tmp/tree/$1" || return
		shift 2
	done
}

# refused WHAT FILE SED...: and what is said names it.
refused() {
	local what=$1
	shift
	changed "$@" && ! scripts/abi check "$tmp/tree" >"$tmp/said" 2>&1 && cat "$tmp/said" && grep -qE "$what" "$tmp/said"
}

accepted() {
	changed "$@" && scripts/abi check "$tmp/tree"
}

header=include/libtcx.h map=src/libtcx/libtcx.map
ok "the ABI of the last release" scripts/abi check
ok "a function that is gone" refused 'tcx_escape' $map '/tcx_escape;/d'
ok "a function that takes something else" refused 'tcx_version' src/libtcx/version.c 's/tcx_version\(void\)/tcx_version(int what)/' \
	$header 's/tcx_version\(void\)/tcx_version(int what)/'
ok "a function of another version" refused 'tcx_escape' $map 's/^LIBTCX_0.1.0/LIBTCX_9/'
ok "a member that comes before others" refused 'tcx_link_info' $header 's/^struct tcx_link_info \{$/& __u32 first;/'
ok "a member of another size" refused 'tcx_attach_opts' $header 's/^\t__u32 replace_prog_fd;(.* with BPF_F_REPLACE)/\t__u64 replace_prog_fd;\1/'
ok "another value of an enumerator" refused 'TCX_BACKEND_MODULE' $header 's/^\tTCX_BACKEND_NONE,/& TCX_BACKEND_NEW,/'
ok "a new function is none of these" accepted $header 's/^LIBTCX_API const char \*tcx_version.*/&\nLIBTCX_API int tcx_new(void);/' \
	src/libtcx/version.c '$ a int tcx_new(void) { return 0; }' $map 's/tcx_version;/&\n\t\ttcx_new;/'
ok "nor is a member at the end of what tells its size" accepted $header 's/^\tconst char \*order;$/&\n\t__u64 more;/'
ok "nor one more enumerator" accepted $header 's/^\tTCX_BACKEND_LEGACY,.*/&\n\tTCX_BACKEND_NEW,/'
echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
