# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# For scripts that need hook=tc whatever the module was loaded with; after tap.sh, and nothing may be attached.

reloaded=

# The hook in use: netfilter or tc; nothing with native tcx.
hook() { tcxctl version | sed -n 's/^hook *//p'; }

hook_is_tc() {
	rmmod tcx_backport && reloaded=yes && modprobe tcx_backport hook=tc
}

# When the script ends: the module is loaded as it was before.
hook_restore() {
	[ -n "$reloaded" ] || return 0
	# What died just now may be on its way out.
	within 100 rmmod tcx_backport 2>/dev/null
	# shellcheck disable=SC2086 # one word per parameter
	modprobe tcx_backport $TCX_MODULE_ARGS
}
