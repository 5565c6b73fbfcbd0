#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel takes signed modules only, as with Secure Boot, and does not know dkms's key.
# shellcheck source=tests/packages/steps/lib.sh
. /run/vm/steps/lib.sh

ok "the module is signed" test -n "$(modinfo -F signer tcx_backport)"
ok "it was not loaded at boot" test ! -e /sys/module/tcx_backport
ok "modprobe names the reason" sh -c 'modprobe tcx_backport 2>&1 | grep "Key was rejected by service"'
# shellcheck disable=SC2016 # the inner shell expands it
ok "doctor says which command enrols the key" sh -c 'tcxctl doctor >"$1" 2>&1; cat "$1"
	grep "mokutil --import /var/lib/dkms/mok.pub" "$1"' - "$tmp/doctor"
