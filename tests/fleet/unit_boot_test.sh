#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# packaging/tcx.service on a Debian that boots, with its kernel and the module: unit_inside is what is asked there.
#
#   tests/fleet/unit_boot_test.sh [--kernel NAME]
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1
kernel=6.1
[ "${1-}" != --kernel ] || kernel=$2
tmp=$(mktemp -d "${TMPDIR:-/tmp}/tcx-unit-boot.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

build() {
	local archive dir release root=$tmp/root

	archive=$(tests/fleet/rootfs host) && dir=$(qemu/fetch "$kernel") && release=$(cat "$dir/release") || return
	mkdir -p "$root" && tar -C "$root" -xf "$archive" --exclude='./dev/*' || return
	mkdir -p "$root/usr/lib/modules/$release/updates" "$root/etc/tcx.d" "$root/test" || return
	cp -r "$dir/root/lib/modules/$release/kernel/drivers/net" "$dir/root/lib/modules/$release"/modules.* \
		"$root/usr/lib/modules/$release/" &&
		cp "build/$kernel/tcx_backport.ko" "$root/usr/lib/modules/$release/updates/" &&
		depmod -b "$root/usr" "$release" || return
	cp build/tcxctl "$root/usr/sbin/" && cp packaging/tcx.service "$root/usr/lib/systemd/system/" &&
		cp tests/lib/tap.sh tests/fleet/unit_inside "$root/test/" &&
		clang -O2 -g -target bpf -Iuapi "-I/usr/include/$(gcc -print-multiarch)" -c tests/vm/progs/traffic.bpf.c \
			-o "$root/test/traffic.o" || return
	printf 'attachments:\n- name: guard\n  object: /test/traffic.o\n  program: drop_udp\n  devices: [lo, "late*"]\n  directions: ingress\n' \
		>"$root/etc/tcx.d/test.yaml"
	# As cloud-init does it: what is done about the network comes before sysinit.target.
	cat >"$root/etc/systemd/system/early.service" <<-END
		[Unit]
		DefaultDependencies=no
		After=network-pre.target
		Before=sysinit.target
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=true
	END
	cat >"$root/etc/systemd/system/inside.service" <<-END
		[Unit]
		After=multi-user.target
		FailureAction=poweroff-force
		SuccessAction=poweroff-force
		[Service]
		Type=oneshot
		ExecStart=/test/unit_inside
		StandardOutput=file:/dev/ttyS1
		StandardError=file:/dev/ttyS1
	END
	mkdir -p "$root/etc/systemd/system/sysinit.target.wants" "$root/etc/systemd/system/multi-user.target.wants" &&
		ln -s ../early.service "$root/etc/systemd/system/sysinit.target.wants/" &&
		ln -s ../inside.service "$root/etc/systemd/system/multi-user.target.wants/" &&
		systemctl --root="$root" enable tcx.service &&
		systemctl --root="$root" mask ssh.service &&
		systemctl --root="$root" set-default multi-user.target
}

build >"$tmp/log" 2>&1 || {
	sed 's/^/# /' "$tmp/log"
	echo "Bail out! no machine to boot"
	exit 1
}
tests/fleet/machine "$kernel" "$tmp/root" /lib/systemd/systemd >"$tmp/said" 2>"$tmp/errors"
status=$?
cat "$tmp/said"
sed 's/^/# /' "$tmp/errors"
[ $status = 0 ] && tail -n 1 "$tmp/said" | grep -qE '^[0-9]+ passed, 0 failed$'
