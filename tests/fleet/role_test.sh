#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# packaging/ansible as Ansible reads it, and as ansible-lint judges it. What it does is shown by role_boot_test.sh.
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1
. tests/lib/tap.sh
trap 'rm -rf "$tmp"' EXIT
# It leaves files there.
export HOME=$tmp ANSIBLE_LOCALHOST_WARNING=false LC_ALL=C.UTF-8
# Debian's, which may not be the first.
PATH=/usr/bin:$PATH
cp -r packaging/ansible "$tmp/ansible"
cd "$tmp/ansible" || exit 1

syntax() { ansible-playbook --syntax-check -i tcx, site.yml; }
lint() { ansible-lint --offline --nocolor -q --profile production site.yml roles/tcx_backport; }

# What the defaults say of each variable is all that there is: none is used that stands nowhere
no_other_variable() {
	diff <(grep -rhoE '\btcx_backport_[a-z_]+' roles/*/tasks roles/*/templates | grep -vx tcx_backport_diff | sort -u) \
		<(sed -n 's/^\(tcx_backport_[a-z_]*\):.*/\1/p' roles/tcx_backport/defaults/main.yml | sort)
}

ok "Ansible takes the playbook and the role" syntax
ok "ansible-lint has nothing to say" lint
ok "each variable has a default, and each default is used" no_other_variable
sed -i 's/ansible.builtin.template:/ansible.builtin.templates:/' roles/tcx_backport/tasks/main.yml
ok "a module that is not there would be seen" not syntax
cp -r "$OLDPWD/packaging/ansible/." .
sed -i 's/mode: "0644"/mode: 0644/' roles/tcx_backport/tasks/*.yml
ok "and a mode that is a number" not lint
echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
