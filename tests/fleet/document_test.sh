#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What docs/fleets.md shows, as far as it can be tried without machines; image_test.sh runs its command that builds the image.
set -u
cd "$(dirname "$(realpath "$0")")/../.." || exit 1
. tests/lib/tap.sh
trap 'rm -rf "$tmp"' EXIT
export HOME=$tmp LC_ALL=C.UTF-8 ANSIBLE_LOCALHOST_WARNING=false
PATH=/usr/bin:$PATH
sed -n '/^    # inventory.yml$/,/^[^ ]/ s/^    //p' docs/fleets.md >"$tmp/inventory.yml"

# shown BEGINNING: the commands that begin so
shown() { sed -n "s/^    \\($1.*\\)/\\1/p" docs/fleets.md | sed 's/  *#.*//'; }

# Each has its variables, and each variable is one of the role's.
variables() {
	ansible-inventory -i "$tmp/inventory.yml" --list >"$tmp/inventory.json" &&
		/usr/bin/python3 - "$tmp/inventory.json" <<-'EOF'
			import json, sys, jsonschema, yaml
			hosts = json.load(open(sys.argv[1]))['_meta']['hostvars']
			assert len(hosts) == 2, hosts
			known = yaml.safe_load(open('packaging/ansible/roles/tcx_backport/defaults/main.yml'))
			for host in hosts.values():
			    assert set(host) - {'deb'} <= set(known), set(host) - set(known)
			    jsonschema.validate({'attachments': host['tcx_backport_attachments']}, json.load(open('docs/apply.schema.json')))
		EOF
}

# Its packages, where make deb leaves them, are found by the names that they have.
debs() {
	mkdir -p "$tmp/packaging/ansible" "$tmp/build/deb" &&
		touch "$tmp/build/deb/tcxctl_9_x.deb" "$tmp/build/deb/tcxctl-dbgsym_9_x.deb" "$tmp/build/deb/tcx-backport-dkms_9_all.deb" &&
		ansible -i "$tmp/inventory.yml" --playbook-dir "$tmp/packaging/ansible" -m debug -a var=tcx_backport_debs router2 >"$tmp/debs" &&
		cat "$tmp/debs" && [ "$(grep -cE '/(tcxctl_9_x|tcx-backport-dkms_9_all)\.deb' "$tmp/debs")" = 2 ] && ! grep dbgsym "$tmp/debs"
}

plays() {
	local command count=0
	while read -r command; do
		(cp -r packaging "$tmp/" && cd "$tmp" && $command --syntax-check) || return
		count=$((count + 1))
	done < <(shown ansible-playbook)
	[ $count = 2 ]
}

manifests() {
	local file count=0
	while read -r file; do
		grep -q '^apiVersion: ' "$file" || return
		count=$((count + 1))
	done < <(shown 'kubectl apply -f' | sed 's/.* //')
	[ $count = 2 ]
}

# What is started anew is there.
restarted() { [ "$(shown 'kubectl -n tcx')" = "kubectl -n tcx rollout restart daemonset tcx" ] && grep -qx '  namespace: tcx' packaging/kubernetes/daemonset.yaml; }

builds() { [ "$(shown 'buildah build' | wc -l)" = 1 ]; }

ok "the inventory is one, with variables of the role and declarations that are right" variables
ok "the packages are found" debs
ok "the playbooks" plays
ok "the manifests" manifests
ok "and the restart" restarted
ok "one command builds the image" builds
echo "1..$n"
echo "$((n - failed)) passed, $failed failed"
[ "$failed" = 0 ]
