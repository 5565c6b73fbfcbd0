#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel takes signed modules only, as with Secure Boot, and does not know dkms's key, or there is none.
# shellcheck source=tests/packages/steps/lib.sh
. /run/vm/steps/lib.sh

mend='have dkms sign what it builds'
if dkms_has_key; then
	ok "the module is signed" test -n "$(modinfo -F signer tcx_backport)"
	mend='mokutil --import /var/lib/dkms/mok.pub'
fi
ok "it was not loaded at boot" test ! -e /sys/module/tcx_backport
ok "modprobe names the reason" sh -c 'modprobe tcx_backport 2>&1 | grep "Key was rejected by service"'
# shellcheck disable=SC2016 # the inner shell expands it
ok "doctor says how that is mended" sh -c 'tcxctl doctor >"$1" 2>&1; cat "$1"; grep "$2" "$1"' - "$tmp/doctor" "$mend"
