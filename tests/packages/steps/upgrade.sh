#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The machine was rebooted. The packages are upgraded while programs are attached; then the kernel.
# shellcheck source=tests/packages/steps/lib.sh
. /run/vm/steps/lib.sh

# dropped: a program of somebody else's, whose link is pinned, goes on dropping what d0 sends.
dropped() {
	local before
	before=$(cat /sys/class/net/d0/statistics/tx_packets)
	echo >/dev/udp/192.0.2.2/9
	[ "$(cat /sys/class/net/d0/statistics/tx_packets)" = "$before" ]
}

ok "Debian has started" started
ok "the module was loaded at boot" test -e /sys/module/tcx_backport
device
ok "the declared program is there again, when its device is" declared
ok "somebody attaches another by a pinned link" tcxctl attach d0 egress obj /run/vm/drop.bpf.o --link --pin /sys/fs/bpf/drop
ok "which drops" dropped
before=$(version_of_loaded)
links=$(tcxctl show d0)

ok "apt upgrades the packages" install /run/vm/current
ok "apt is whole" whole
ok "dkms has built what is new" built "$kernel"
ok "another version than that which is loaded" test "$(modinfo -F version tcx_backport)" != "$before"
ok "which is loaded still" test "$(version_of_loaded)" = "$before"
ok "nothing was detached behind anyone's back" attached count
ok "nor what is somebody else's" dropped
ok "ids and order are as before" test "$(tcxctl show d0)" = "$links"
# shellcheck disable=SC2016 # the inner shell expands it
ok "doctor says that the new version waits for a reload" \
	sh -c 'tcxctl doctor | tee /dev/stderr | grep -q "the module that is loaded has version $1, tcxctl"' - "$before"
ok "the module cannot be unloaded while programs are attached" not modprobe -r tcx_backport

ok "the kernel is upgraded within its series" env INITRD=No dpkg -i /srv/newer/*.deb
newer=$(linux-version list | grep -F "${kernel%%.0-*}.0-" | linux-version sort | tail -n 1)
ok "to another one" test "$newer" != "$kernel"
ok "and dkms has built the modules for it" built "$newer"
