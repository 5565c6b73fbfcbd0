#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Everything is removed.
# shellcheck source=tests/packages/steps/lib.sh
. /run/vm/steps/lib.sh

# shellcheck disable=SC2046 # a word a package
purge() { apt-get purge -y $(dpkg-query -Wf '${Package}\n' 'tcx*' | sort -u); }

# left: what removing should have taken.
left() {
	find /usr/src /var/lib/dkms /lib/modules /etc /usr/lib /usr/share /var/lib/dpkg/info \
		\( -name '*tcx*' -o -name '*netkit_backport*' \) ! -path '/etc/tcx.d*' ! -path /etc/modules-load.d/tcx_backport.conf \
		! -path '*/usr/lib/*/libbpf*' ! -path '*/kernel/*' ! -path '/usr/src/linux-*' | grep .
}

ok "apt purges the packages" purge
ok "apt is whole" whole
ok "nothing is left but what was configured" not left
