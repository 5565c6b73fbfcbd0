#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The first day: installed, loaded, attached, and to be there after a reboot.
# shellcheck source=tests/packages/steps/lib.sh
. /run/vm/steps/lib.sh

ok "Debian has started" started
ok "apt installs the packages" install /run/vm/previous
ok "apt is whole" whole
ok "dkms has built both modules for the kernel that runs" built "$kernel"
if dkms_has_key; then
	ok "they are signed by dkms" test -n "$(modinfo -F signer tcx_backport)"
else
	ok "they are not signed by this dkms" test -z "$(modinfo -F signer tcx_backport)"
fi
ok "no module is loaded yet" test ! -e /sys/module/tcx_backport
ok "modprobe" modprobe tcx_backport
ok "/dev/tcx is there, for root alone" test "$(stat -c '%a %U' /dev/tcx)" = "600 root"
# What autopkgtest runs where Debian tests its packages.
ok "debian/tests/attach" env TCX_OBJECT=/run/vm/count.bpf.o sh /run/vm/attach
device

mkdir -p /etc/tcx.d /usr/lib/bpf
cp /run/vm/count.bpf.o /usr/lib/bpf/
cat >/etc/tcx.d/count.yaml <<'END'
attachments:
  - name: count
    object: /usr/lib/bpf/count.bpf.o
    devices: d0
    directions: ingress
END
cp /usr/share/doc/tcx-backport-dkms/examples/modules-load.d/tcx_backport.conf /etc/modules-load.d/
[ ! -e $unit ] || ok "the unit that puts declared state in place is enabled" systemctl enable --now tcx.service
ok "and it is in place" declared
