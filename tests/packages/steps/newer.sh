#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The newer kernel runs. The module is built anew where there is no compiler, and where there are no headers.
# shellcheck source=tests/packages/steps/lib.sh
. /run/vm/steps/lib.sh

# fails_whole SENTENCE: to configure the package again ends well, says that, and leaves nothing half done.
fails_whole() {
	dpkg-reconfigure tcx-backport-dkms >"$tmp/said" 2>&1 || { cat "$tmp/said" && return 1; }
	cat "$tmp/said"
	whole && grep -F "$1" "$tmp/said"
}

# without FILE COMMAND...
without() {
	local file=$1 status=0
	shift
	mv "$file" "$file.away" && "$@" || status=1
	mv "$file.away" "$file" && return $status
}

ok "Debian has started" started
ok "the newer kernel runs" test "$kernel" = "$(cat /run/vm/newer)"
ok "the new version of the module was loaded at boot" test "$(version_of_loaded)" = "$(modinfo -F version tcx_backport)"
device
ok "the declared program is there" declared
ok "without a compiler apt ends whole, and says what to do" \
	without "$(readlink -f /usr/bin/gcc)" fails_whole "apt install gcc make linux-headers-$kernel"
ok "without headers, too" \
	without "/lib/modules/$kernel/build" fails_whole "headers"
ok "what runs goes on" attached count
ok "the command that it named builds it" dpkg-reconfigure tcx-backport-dkms
ok "and it is there" built "$kernel"
