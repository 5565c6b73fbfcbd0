#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the library makes of each way in which /dev/tcx can be missing or wrong.

set -u
# shellcheck source=tests/tool/lib.sh
. "$(dirname "$0")/lib.sh"

# Without a module

export LIBTCX_BACKEND=none
expect "no backend: show" 1 "backend none was chosen \(LIBTCX_BACKEND, .*--backend\)" show lo
expect "no backend: version" 0 "^backend +none" version
expect "no backend: version says why" 0 "^problem .*backend none was chosen" version
expect_json "no backend: version as JSON" 0 \
	"v['backend'] == 'none' and v['module']['loaded'] == False and 'problem' in v" version
expect_json "no backend: error as JSON" 1 "v['errno'] == 'EOPNOTSUPP'" show
export LIBTCX_BACKEND=module LIBTCX_DEVICE=/none/tcx
expect "device missing" 1 "not loaded" show lo
export LIBTCX_DEVICE=/dev
expect "a folder" 1 "/dev is not the device of tcx_backport" show lo
export LIBTCX_DEVICE=/dev/null
expect "another device" 1 "/dev/null is not the device of tcx_backport" show lo
expect "another device: version" 0 "^problem .*not the device" version
unset LIBTCX_BACKEND
chmod 755 "$tmp"
: > locked
chmod 600 locked
export LIBTCX_DEVICE=$tmp/locked
if [ "$(id -u)" = 0 ] && RUNNER="setpriv --reuid 65534 --clear-groups" run version; then
	RUNNER="setpriv --reuid 65534 --clear-groups" \
		expect "device may not be opened" 1 "may not be opened; run this as root, .* 60-tcx_backport.rules" show lo
	unset LIBTCX_DEVICE
	if [ ! -e /dev/tcx ] && [ "$(cat /proc/sys/kernel/unprivileged_bpf_disabled)" != 0 ]; then
		RUNNER="setpriv --reuid 65534 --clear-groups" \
			expect "no module, may not ask" 1 "a query takes CAP_NET_ADMIN in the initial user namespace: run this as root" show lo
	fi
else
	skip "device may not be opened" "needs root"
fi
unset LIBTCX_DEVICE
LIBTCX_BACKEND=quick run version
grep -q "^tcxctl" out
result $? "a backend that does not exist is ignored"

# A stand-in for the module

if have_module; then
	with_module expect "module: version" 0 "^module +9.8.7, ABI 1" version
	with_module expect "module: backend" 0 "^backend +module" version
	with_module expect "module: hook" 0 "^hook +netfilter" version
	with_module expect_json "module: version as JSON" 0 \
		"v['module']['features'] == ['ingress', 'egress', 'link'] and v['links'] == True and v['backend'] == 'module'" version
	with_module expect_json "module: version as JSON, all of it" 0 \
		"(v.keys() == {'tcxctl', 'libtcx', 'libbpf', 'kernel', 'abi', 'backend', 'module', 'links', 'lifetime', 'order'} and
		v['module'].keys() == {'loaded', 'version', 'abi', 'hook', 'features', 'max_progs', 'progs'} and
		v['module']['loaded'] == True and v['module']['version'] == '9.8.7' and v['module']['hook'] == 'netfilter')" version
	FAKE_NO_LINKS=95 with_module expect "module without links" 0 \
		"^links +not available: this kernel lacks a function" version
	FAKE_NO_LINKS=95 with_module expect_json "module without links, as JSON" 0 \
		"v['links'] == False and 'link' not in v['module']['features']" version
	FAKE_ABI=2 LIBTCX_BACKEND=module LIBTCX_DEVICE=/dev/null LD_PRELOAD=$fake \
		expect "module newer than the library" 1 "ABI version 2 and .* has 1; upgrade libtcx" show lo
	FAKE_ABI=0 LIBTCX_BACKEND=module LIBTCX_DEVICE=/dev/null LD_PRELOAD=$fake \
		expect "module older than the library" 1 "upgrade the module" show lo
	FAKE_ABI=2 LIBTCX_BACKEND=module LIBTCX_DEVICE=/dev/null LD_PRELOAD=$fake \
		expect_json "ABI mismatch in version" 0 \
		"v['module']['abi'] == 2 and 'problem' in v" version
else
	skip "module" "the stand-in does not compile"
fi

finish
