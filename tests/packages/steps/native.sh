#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A kernel with tcx of its own: the module steps aside, the same commands go on. Then everything is removed.
# shellcheck source=tests/packages/steps/lib.sh
. /run/vm/steps/lib.sh

# left: what removing should have taken.
left() {
	find /usr/src /var/lib/dkms /lib/modules /etc /usr/lib /usr/share /var/lib/dpkg/info \
		\( -name '*tcx*' -o -name '*netkit_backport*' \) ! -path '/etc/tcx.d*' ! -path /etc/modules-load.d/tcx_backport.conf \
		! -path '*/systemd/*/tcx.service' ! -path '*/usr/lib/*/libbpf*' ! -path '*/kernel/*' | grep .
}

ok "Debian has started" started
ok "the kernel has tcx" sh -c "grep -w tcx_prog_attach /proc/kallsyms"
ok "the module is not loaded" test ! -e /sys/module/tcx_backport
ok "and is not built for this kernel" not modinfo tcx_backport
device
ok "the declared program is there, by the kernel's own tcx" within 100 attached count
ok "which the tool says" sh -c 'tcxctl version | tee /dev/stderr | grep -i native'
ok "the same command attaches" tcxctl attach d0 egress obj /run/vm/count.bpf.o
ok "apt purges the packages" apt-get purge -y tcx-backport-dkms tcxctl
ok "apt is whole" whole
ok "nothing is left but what was configured" not left
