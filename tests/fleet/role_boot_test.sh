#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The role of packaging/ansible on two machines that boot, by ssh: a check changes nothing, a run does what variables say, the
# next one changes nothing more, what changes is put in place, and what is wrong is noticed. The machines have the module already:
# dkms would build it, which takes a long time where each instruction is emulated.
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1
. tests/lib/tap.sh
machines=()
cleanup() {
	[ ${#machines[@]} = 0 ] || kill "${machines[@]}" 2>/dev/null
	wait
	rm -rf "$tmp"
}
trap cleanup EXIT
export HOME=$tmp ANSIBLE_HOST_KEY_CHECKING=false ANSIBLE_PIPELINING=true ANSIBLE_TIMEOUT=60 ANSIBLE_NOCOLOR=1 LC_ALL=C.UTF-8
export ANSIBLE_SSH_ARGS="-o ControlMaster=auto -o ControlPersist=600 -o UserKnownHostsFile=/dev/null"
export TCX_CACHE=${TCX_CACHE:-$(getent passwd "$(id -u)" | cut -d: -f6)/.cache/tcx_backport}
PATH=/usr/bin:$PATH
declare -A port

build() {
	local archive dir release root=$tmp/root

	archive=$(tests/fleet/rootfs host) && dir=$(qemu/fetch 6.1) && release=$(cat "$dir/release") || return
	mkdir -p "$root" && tar -C "$root" -xf "$archive" --exclude='./dev/*' || return
	mkdir -p "$root/usr/lib/modules/$release/updates" "$root/root/.ssh" || return
	# The network card's, with what they depend on
	(cd "$dir/root/lib/modules/$release" && cp -r --parents kernel/drivers/net kernel/drivers/virtio kernel/net/core modules.* \
		"$root/usr/lib/modules/$release/") &&
		cp build/6.1/*_backport.ko "$root/usr/lib/modules/$release/updates/" && depmod -b "$root/usr" "$release" || return
	printf '[Match]\nType=ether\n[Network]\nDHCP=ipv4\n' >"$root/etc/systemd/network/all.network"
	ssh-keygen -q -t ed25519 -N '' -f "$tmp/key" && cp "$tmp/key.pub" "$root/root/.ssh/authorized_keys" &&
		systemctl --root="$root" enable systemd-networkd.service && systemctl --root="$root" set-default multi-user.target &&
		clang -O2 -g -target bpf -Iuapi "-I/usr/include/$(gcc -print-multiarch)" -c tests/vm/progs/traffic.bpf.c \
			-o "$tmp/traffic.o"
}

free_port() { /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

begin() {
	port[$1]=$(free_port)
	tests/fleet/machine --ssh "${port[$1]}" --minutes 30 6.1 "$tmp/root" /lib/systemd/systemd >"$tmp/$1.log" 2>&1 &
	machines+=($!)
}

# inventory PROGRAM: one and two, of which two has metrics
inventory() {
	cat >"$tmp/inventory.yml" <<-END
		tcx:
		  hosts:
		    one: {ansible_port: ${port[one]}}
		    two: {ansible_port: ${port[two]}, tcx_backport_metrics: true, tcx_backport_metrics_interval: 2s}
		  vars:
		    ansible_host: 127.0.0.1
		    ansible_user: root
		    ansible_ssh_private_key_file: $tmp/key
		    ansible_python_interpreter: /usr/bin/python3
		    tcx_backport_module: false
		    tcx_backport_debs: "{{ query('fileglob', playbook_dir ~ '/../../build/deb/tcxctl_*.deb') }}"
		    tcx_backport_parameters: {bpf_syscall: 1}
		    tcx_backport_objects: [$tmp/traffic.o]
		    tcx_backport_attachments:
		      - {name: guard, object: /usr/lib/bpf/traffic.o, program: $1, devices: [lo, "late*"], directions: ingress}
	END
}

play() {
	timeout 900 ansible-playbook -i "$tmp/inventory.yml" "$@" packaging/ansible/site.yml >"$tmp/played" 2>&1
	local status=$?
	cat "$tmp/played"
	return $status
}

# recap HOST TEXT
recap() {
	sed -n '/^PLAY RECAP/,$p' "$tmp/played"
	sed -n '/^PLAY RECAP/,$p' "$tmp/played" | grep -E "^$1 .* $2 "
}

on() {
	timeout 120 ssh -q -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=60 \
		-i "$tmp/key" -p "${port[$1]}" root@127.0.0.1 "${@:2}"
}

answers() { within 60 eval "sleep 4; on $1 true"; }
has() { on "$1" tcxctl show lo | grep -E "^ *1 .* $2 "; }

ok "a Debian, with the module" build
# Both boot at once, from the same files.
begin one
begin two
inventory drop_udp
for host in one two; do
	ok "$host answers" answers $host
done
ok "a check, before anything is there" play --check
for host in one two; do
	ok "$host: it would change things" recap $host 'changed=[1-9][0-9]*'
	ok "$host: and has not" on $host '[ ! -e /etc/tcx.d ] && [ ! -e /etc/modprobe.d/tcx_backport.conf ] && ! command -v tcxctl'
done
ok "a run" play
for host in one two; do
	ok "$host: what is declared is attached" has $host drop_udp
	ok "$host: at every boot" on $host 'systemctl is-enabled tcx && systemctl is-active tcx'
	ok "$host: with the parameters" on $host 'grep [1Y] /sys/module/tcx_backport/parameters/bpf_syscall'
done
ok "two: metrics" within 5 on two "sleep 2; grep 'tcx_programs{device=\"lo\",direction=\"ingress\"} 1' /var/lib/prometheus/node-exporter/tcx.prom"
ok "one: none" on one '[ ! -e /var/lib/prometheus ]'
ok "once more" play
for host in one two; do
	ok "$host: changes nothing" recap $host 'changed=0'
done
inventory drop_icmp
ok "another program is declared" play
for host in one two; do
	ok "$host: it is attached" has $host drop_icmp
	ok "$host: nothing else was changed" recap $host 'changed=2'
done
inventory no_such_program
ok "what cannot be put in place is noticed" not play
for host in one two; do
	ok "$host: what was there stays" has $host drop_icmp
done
for host in one two; do
	on $host poweroff >/dev/null 2>&1
done
for machine in "${machines[@]}"; do
	ok "it goes off, and the kernel has nothing to complain of" wait "$machine"
done
machines=()
cat "$tmp"/*.log | sed 's/^/# /'
echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
