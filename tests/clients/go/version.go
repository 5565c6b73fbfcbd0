// SPDX-License-Identifier: GPL-2.0

//go:build linux

// Takes the place of cilium/ebpf's internal/linux/version.go when its own tests are built (go test -overlay): they
// skip by the kernel's version, and what is under test is a kernel that has more than its version says. 6.7 is the
// first version with tcx and netkit.
package linux

import "github.com/cilium/ebpf/internal"

func KernelVersion() (internal.Version, error) {
	return internal.Version{6, 7, 0}, nil
}

func KernelRelease() (string, error) {
	return "6.7.0", nil
}
