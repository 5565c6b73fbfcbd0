#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# packaging/tcx.service as systemd reads it, beside systemd's own units. What it does is shown by unit_boot_test.sh.
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1
. tests/lib/tap.sh
trap 'rm -rf "$tmp"' EXIT
root=$tmp/root
units=$root/usr/lib/systemd/system

# A machine with systemd's units, the commands that the unit names, and something that configures the network before
# sysinit.target, as cloud-init does.
mkdir -p "$units" "$root/etc/systemd/system/sysinit.target.wants" "$root/usr/sbin" "$root/usr/bin"
cp -r /usr/lib/systemd/system/. "$units/"
install -m 755 /dev/null "$root/usr/sbin/tcxctl"
install -m 755 /dev/null "$root/usr/bin/kill"
printf '[Unit]\nDefaultDependencies=no\nAfter=network-pre.target\nBefore=sysinit.target\n[Service]\nExecStart=kill\n' \
	>"$units/early.service"
ln -s "$units/early.service" "$root/etc/systemd/system/sysinit.target.wants/"

# verify [SED]: systemd has nothing to say about the unit, changed by that
verify() {
	sed "${1-}" packaging/tcx.service >"$units/tcx.service"
	ln -sf "$units/tcx.service" "$root/etc/systemd/system/sysinit.target.wants/"
	systemd-analyze verify --root="$root" --man=no --recursive-errors=yes tcx.service sysinit.target >"$tmp/said" 2>&1
	grep -E 'tcx|early|cycle' "$tmp/said"
	! grep -qE 'tcx|early|cycle' "$tmp/said"
}

# The manual, which also says how it is enabled
names_it() { grep -q "systemctl enable --now tcx" docs/apply.md; }

ok "systemd takes the unit" verify
ok "it would see a key that it does not know" not verify 's/^NoNewPrivileges/NoNewPrivilege/'
ok "and a circle: the default dependencies would make one" not verify '/^DefaultDependencies/d'
ok "and a command that is not there" not verify 's/^ExecStart=tcxctl/ExecStart=tcxct/'
ok "nothing that takes /dev/tcx or bpffs away" \
	not grep -E '^(PrivateDevices|DevicePolicy|DeviceAllow|ProtectClock|ProtectKernelTunables|PrivateUsers)=' packaging/tcx.service
ok "docs/apply.md tells how it is enabled" names_it
echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
