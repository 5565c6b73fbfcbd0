# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# What the steps share. They run as root in a Debian that has just started; what they need is in /run/vm.

# shellcheck source=tests/lib/tap.sh
. /run/vm/tap.sh
trap 'rm -rf "$tmp"; echo "$((n - failed)) passed, $failed failed"; [ "$failed" = 0 ]' EXIT
# shellcheck disable=SC2034 # the steps use it
kernel=$(uname -r)
export DEBIAN_FRONTEND=noninteractive

# Where the tool's package is not for this Debian, it is the one that was built, with its libraries.
if [ -d /run/vm/tool ]; then
	printf '#!/bin/sh\nexec /run/vm/tool/ld.so --library-path /run/vm/tool /run/vm/tool/tcxctl "$@"\n' >/usr/local/sbin/tcxctl
	chmod +x /usr/local/sbin/tcxctl
fi

# What /etc/tcx.d declares a program for. It is gone with each reboot.
device() {
	ip link add d0 type dummy && ip link set d0 up && ip addr add 192.0.2.1/24 dev d0 &&
		ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev d0
}

attached() { tcxctl show d0 | grep -w "$1"; }

# declared: the unit has put the declared program in place; where there is no unit, somebody does it.
unit=/lib/systemd/system/tcx.service
declared() {
	if [ -e $unit ]; then
		within 100 attached count
	else
		tcxctl attach d0 ingress obj /usr/lib/bpf/count.bpf.o
	fi
}

# built KERNEL: for that kernel both modules are where modprobe finds them.
built() {
	modinfo -k "$1" tcx_backport && modinfo -k "$1" netkit_backport && dkms status -m tcx-backport -k "$1" | grep -w installed
}

# Debian 11's dkms has no key of its own, and signs only if it is told to.
dkms_has_key() { dpkg --compare-versions "$(dpkg-query -Wf '${Version}' dkms)" ge 3; }

version_of_loaded() { cat /sys/module/tcx_backport/version; }

# install FOLDER: as a person does it, without a network.
install() { apt-get install -y --no-install-recommends --allow-downgrades "$1"/*.deb; }

started() { grep -qx running /run/vm/state || { cat /run/vm/state && systemctl --failed && return 1; }; }

# whole: apt and dpkg have nothing left to do.
whole() { [ -z "$(dpkg --audit)" ] && apt-get check; }
