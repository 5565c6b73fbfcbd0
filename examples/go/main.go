// SPDX-License-Identifier: GPL-2.0

// Counts what comes in at a device, before all other programs there, until it gets SIGINT or SIGTERM: cilium/ebpf, over
// bpf(2).
//
//	count OBJECT DEV
package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: count OBJECT DEV")
	}
	dev, err := net.InterfaceByName(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	coll, err := ebpf.LoadCollection(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer coll.Close()

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	// The program goes when the link is closed or this process ends.
	tcx, err := link.AttachTCX(link.TCXOptions{
		Interface: dev.Index,
		Program:   coll.Programs["count"],
		Attach:    ebpf.AttachTCXIngress,
		Anchor:    link.Head(),
	})
	if errors.Is(err, ebpf.ErrNotSupported) {
		log.Fatal("attaching: ", err, "; 'modprobe tcx_backport bpf_syscall=1' teaches this kernel's bpf(2) tcx, after ",
			"'modprobe -r tcx_backport' if it is loaded already")
	} else if err != nil {
		log.Fatal("attaching: ", err)
	}
	defer tcx.Close()

	all, err := link.QueryPrograms(link.QueryOptions{Target: dev.Index, Attach: ebpf.AttachTCXIngress})
	if err != nil {
		log.Fatal("asking what is attached: ", err)
	}
	fmt.Printf("counting on %s, the first of %d programs\n", dev.Name, len(all.Programs))

	<-stop
	var packets, bytes uint64
	if err := coll.Variables["packets"].Get(&packets); err != nil {
		log.Fatal(err)
	}
	if err := coll.Variables["bytes"].Get(&bytes); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d packets, %d bytes\n", packets, bytes)
}
