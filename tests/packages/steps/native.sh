#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A kernel with tcx of its own: the module steps aside, the same commands go on.
# shellcheck source=tests/packages/steps/lib.sh
. /run/vm/steps/lib.sh

ok "Debian has started" started
ok "the kernel has tcx" sh -c "grep -w tcx_prog_attach /proc/kallsyms"
ok "the module is not loaded" test ! -e /sys/module/tcx_backport
ok "and is not built for this kernel" not modinfo tcx_backport
device
ok "the declared program is there, by the kernel's own tcx" declared
ok "which the tool says" sh -c 'tcxctl version | tee /dev/stderr | grep -i native'
ok "the same command attaches" tcxctl attach d0 egress obj /run/vm/count.bpf.o
