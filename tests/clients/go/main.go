// SPDX-License-Identifier: GPL-2.0

// A client on cilium/ebpf, as Debian packages it.
//
//	go-client supported           does the library think the kernel has tcx?
//	go-client all OBJECT          anchors, queries, updates, pins, and what bpfman and netobserv rely on, on lo
//	go-client cilium OBJECT       as Cilium's loader attaches; wants ip and tc
//	go-client netkit OBJECT DEV   both ends of a netkit pair, of which DEV is the primary
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
)

const pins = "/sys/fs/bpf/"

var failures int

func ok(good bool, format string, args ...any) {
	word := "ok"
	if !good {
		word = "not ok"
		failures++
	}
	fmt.Printf(word+" - "+format+"\n", args...)
}

func need(err error) {
	if err != nil {
		ok(false, "%v", err)
		os.Exit(1)
	}
}

func must[T any](value T, err error) T {
	need(err)
	return value
}

func run(command string) {
	words := strings.Fields(command)
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil {
		need(fmt.Errorf("%s: %w: %s", command, err, out))
	}
}

var names = map[ebpf.ProgramID]string{}

func load(path string) *ebpf.Collection {
	spec := must(ebpf.LoadCollectionSpec(path))
	coll := must(ebpf.NewCollection(spec))
	for name, prog := range coll.Programs {
		names[id(prog)] = name
	}
	return coll
}

func id(prog *ebpf.Program) ebpf.ProgramID {
	info := must(prog.Info())
	id, _ := info.ID()
	return id
}

func linkID(l link.Link) link.ID {
	return must(l.Info()).ID
}

func attached(ifindex int, attach ebpf.AttachType) string {
	result, err := link.QueryPrograms(link.QueryOptions{Target: ifindex, Attach: attach})
	if err != nil {
		return err.Error()
	}
	var words []string
	for _, program := range result.Programs {
		word := names[program.ID]
		if _, linked := program.LinkID(); linked {
			word += "+"
		}
		words = append(words, word)
	}
	return fmt.Sprintf("%s r%d", strings.Join(words, " "), result.Revision)
}

func now(ifindex int, expected string) {
	is := attached(ifindex, ebpf.AttachTCXIngress)
	ok(is == expected, "attached: %s", is)
}

// soon gives it two seconds to become so.
func soon(ifindex int, expected string) {
	for range 100 {
		if attached(ifindex, ebpf.AttachTCXIngress) == expected {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	now(ifindex, expected)
}

func runs(coll *ebpf.Collection, key uint32) (value uint64) {
	need(coll.Maps["runs"].Lookup(key, &value))
	return value
}

// packets sends some over lo.
func packets(n int) {
	rx := must(net.ListenPacket("udp4", "127.0.0.1:0"))
	defer rx.Close()
	tx := must(net.Dial("udp4", rx.LocalAddr().String()))
	defer tx.Close()
	for range n {
		must(tx.Write([]byte{0}))
		_, _, err := rx.ReadFrom(make([]byte, 1))
		need(err)
	}
}

// supported provokes an error: it makes the library look whether the kernel knows tcx at all.
func supported() bool {
	prog := must(ebpf.NewProgram(&ebpf.ProgramSpec{
		Type:         ebpf.SchedCLS,
		License:      "MIT",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, -1), asm.Return()},
	}))
	defer prog.Close()
	_, err := link.AttachTCX(link.TCXOptions{
		Interface: 0x7fffffff, Program: prog, Attach: ebpf.AttachTCXIngress,
	})
	fmt.Println(err)
	return errors.Is(err, unix.ENODEV) && !errors.Is(err, ebpf.ErrNotSupported)
}

func all(coll *ebpf.Collection) {
	lo := must(net.InterfaceByName("lo")).Index
	progs := coll.Programs
	a, b, c, d := progs["in_a"], progs["in_b"], progs["in_c"], progs["in_d"]
	attach := func(prog *ebpf.Program, anchor link.Anchor, revision uint64) (link.Link, error) {
		return link.AttachTCX(link.TCXOptions{Interface: lo, Program: prog, Attach: ebpf.AttachTCXIngress,
			Anchor: anchor, ExpectedRevision: revision})
	}
	refused := func(want error, prog *ebpf.Program, anchor link.Anchor, revision uint64, why string) {
		l, err := attach(prog, anchor, revision)
		ok(errors.Is(err, want), "%s: %v", why, err)
		if err == nil {
			l.Close()
		}
	}

	ok(supported(), "a device that is not there: ENODEV, not 'not supported'")
	now(lo, " r1")
	linkA := must(attach(a, nil, 0))
	now(lo, "in_a+ r2")
	for _, anchor := range []struct {
		what   string
		anchor link.Anchor
		want   string
	}{
		{"Head", link.Head(), "in_b+ in_a+"},
		{"Tail", link.Tail(), "in_a+ in_b+"},
		{"BeforeProgram", link.BeforeProgram(a), "in_b+ in_a+"},
		{"AfterProgram", link.AfterProgram(a), "in_a+ in_b+"},
		{"BeforeProgramByID", link.BeforeProgramByID(id(a)), "in_b+ in_a+"},
		{"AfterProgramByID", link.AfterProgramByID(id(a)), "in_a+ in_b+"},
		{"BeforeLink", link.BeforeLink(linkA), "in_b+ in_a+"},
		{"AfterLink", link.AfterLink(linkA), "in_a+ in_b+"},
		{"BeforeLinkByID", link.BeforeLinkByID(linkID(linkA)), "in_b+ in_a+"},
		{"AfterLinkByID", link.AfterLinkByID(linkID(linkA)), "in_a+ in_b+"},
	} {
		linkB, err := attach(b, anchor.anchor, 0)
		is := attached(lo, ebpf.AttachTCXIngress)
		ok(err == nil && strings.HasPrefix(is, anchor.want+" r"), "%s: %s %v", anchor.what, is, err)
		if err == nil {
			linkB.Close()
		}
	}
	refused(unix.ESTALE, b, nil, 1<<64-1, "a revision that never was")
	refused(unix.ENOENT, b, link.AfterProgram(c), 0, "an anchor that is not attached")
	refused(unix.ENOENT, b, link.AfterProgramByID(0x7fffffff), 0, "an anchor that does not exist")
	refused(unix.ENOENT, b, link.ReplaceProgram(a), 0, "a link that replaces")
	refused(unix.EEXIST, a, nil, 0, "the same program again")

	// On EEXIST netobserv asks who has it, and opens the link by its id.
	result := must(link.QueryPrograms(link.QueryOptions{Target: lo, Attach: ebpf.AttachTCXIngress}))
	ok(len(result.Programs) == 1 && result.HaveLinkInfo() && result.Programs[0].ID == id(a), "query finds it")
	found, _ := result.Programs[0].LinkID()
	byID := must(link.NewFromID(found))
	tcx := must(byID.Info()).TCX()
	ok(tcx != nil && int(tcx.Ifindex) == lo && ebpf.AttachType(tcx.AttachType) == ebpf.AttachTCXIngress,
		"the link by its id is a %T of attach type %d", byID, tcx.AttachType)
	need(byID.Close())

	packets(2)
	ok(runs(coll, 0) == 2, "in_a ran %d times", runs(coll, 0))
	ok(linkA.Update(c) == nil, "update to in_c")
	packets(3)
	ok(runs(coll, 0) == 2 && runs(coll, 2) == 3, "in_c ran %d times", runs(coll, 2))
	now(lo, fmt.Sprintf("in_c+ r%d", result.Revision+1))

	os.Remove(pins + "go")
	need(linkA.Pin(pins + "go"))
	need(linkA.Close())
	packets(1)
	ok(runs(coll, 2) == 4, "the pinned link stays")
	pinned := must(link.LoadPinnedLink(pins+"go", nil))
	ok(must(pinned.Info()).Program == id(c), "load pinned: a %T", pinned)
	linkB := must(attach(b, link.BeforeLink(pinned), 0))
	now(lo, fmt.Sprintf("in_b+ in_c+ r%d", result.Revision+2))
	ok(pinned.Update(d) == nil, "update the loaded one")
	found2, err := link.NewFromID(linkID(pinned))
	need(err)
	need(found2.Close())
	need(pinned.Unpin())
	need(pinned.Close())
	// 5.10 itself lets go of what was unpinned a grace period later (bpf_free_inode), of links of any kind.
	soon(lo, fmt.Sprintf("in_b+ r%d", result.Revision+4))

	// bpfman: what a dead process left pinned is detached by LINK_DETACH.
	raw := linkB.(interface{ Detach() error })
	ok(raw.Detach() == nil, "detach")
	ok(must(linkB.Info()).TCX().Ifindex == 0, "a detached link has no device")
	ok(errors.Is(linkB.Update(a), unix.ENOLINK), "update of a detached link: %v", linkB.Update(a))
	need(linkB.Close())
	now(lo, " r1")

	// programs without links
	raws := link.RawAttachProgramOptions{Target: lo, Program: a, Attach: ebpf.AttachTCXIngress}
	need(link.RawAttachProgram(raws))
	raws.Program, raws.Anchor = b, link.Head()
	need(link.RawAttachProgram(raws))
	raws.Program, raws.Anchor = c, link.ReplaceProgram(a)
	ok(link.RawAttachProgram(raws) == nil, "replace a program")
	now(lo, "in_b in_c r4")
	for _, prog := range []*ebpf.Program{b, c} {
		need(link.RawDetachProgram(link.RawDetachProgramOptions{Target: lo, Program: prog,
			Attach: ebpf.AttachTCXIngress}))
	}
	now(lo, " r1")
	result, err = link.QueryPrograms(link.QueryOptions{Target: 0x7fffffff, Attach: ebpf.AttachTCXIngress})
	ok(errors.Is(err, unix.ENODEV), "query without a device: %v", err)
}

// cilium is what Cilium's loader does, step by step: look for tcx in a namespace of its own, attach and pin, remove
// what the old way left, and after a restart update by the pin.
func cilium(path string) {
	probed := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread goes with its namespace
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			err = probe()
		}
		probed <- err
	}()
	err := <-probed
	ok(err == nil, "the probe says tcx is there: %v", err)

	coll := load(path)
	progs := coll.Programs
	run("ip link add lxc0 type veth peer name peer0")
	run("tc qdisc add dev lxc0 clsact")
	for _, side := range []string{"ingress", "egress"} {
		pin := pins + "classic_" + side
		os.Remove(pin)
		need(progs[map[string]string{"ingress": "classic_in", "egress": "classic_out"}[side]].Pin(pin))
		run("tc filter add dev lxc0 " + side + " prio 1 handle 1 bpf da object-pinned " + pin)
	}
	run("ip link set lxc0 up")
	run("ip link set peer0 up")
	run("sleep 1")
	lxc := must(net.InterfaceByName("lxc0")).Index
	attach := func(prog string, attach ebpf.AttachType) link.Link {
		l := must(link.AttachTCX(link.TCXOptions{Interface: lxc, Program: progs[prog], Attach: attach,
			Anchor: link.Tail()}))
		os.Remove(pins + prog)
		need(l.Pin(pins + prog))
		need(l.Close())
		return l
	}
	attach("in_a", ebpf.AttachTCXIngress)
	attach("out_a", ebpf.AttachTCXEgress)
	send := func(in, out string) {
		run(self("send", "peer0", in))
		run(self("send", "lxc0", out))
	}
	count := func(what string, want ...uint64) {
		got := []uint64{runs(coll, 0), runs(coll, 4), runs(coll, 6), runs(coll, 7)}
		ok(fmt.Sprint(got) == fmt.Sprint(want), "%s: in, out, classic in, classic out: %v", what, got)
	}
	send("2", "3")
	count("beside classic filters", 2, 3, 2, 3)
	run("tc filter del dev lxc0 ingress")
	run("tc filter del dev lxc0 egress")
	send("2", "3")
	count("their filters deleted", 4, 6, 2, 3)
	run("tc qdisc del dev lxc0 clsact")
	send("2", "3")
	count("the qdisc deleted", 6, 9, 2, 3)
	now(lxc, "in_a+ r2")

	pinned := must(link.LoadPinnedLink(pins+"in_a", nil))
	ok(pinned.Update(progs["in_b"]) == nil, "after a restart: update by the pin")
	send("2", "3")
	ok(runs(coll, 1) == 2, "the new program ran %d times", runs(coll, 1))
	run("ip link del lxc0")
	err = pinned.Update(progs["in_a"])
	ok(errors.Is(err, unix.ENOLINK), "the device is gone: %v", err)
	need(pinned.Unpin())
	need(pinned.Close())
	for _, name := range []string{"out_a", "classic_ingress", "classic_egress"} {
		need(os.Remove(pins + name))
	}
}

// probe is Cilium's HaveTCX.
func probe() error {
	prog := must(ebpf.NewProgram(&ebpf.ProgramSpec{
		Type:         ebpf.SchedCLS,
		License:      "Apache-2.0",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	}))
	defer prog.Close()
	l, err := link.AttachTCX(link.TCXOptions{Program: prog, Attach: ebpf.AttachTCXIngress, Interface: 1,
		Anchor: link.Tail()})
	if err != nil {
		return err
	}
	return l.Close()
}

// self is the command that sends packets: our libbpf client's.
func self(args ...string) string {
	return os.Getenv("SENDER") + " " + strings.Join(args, " ")
}

// netkit attaches to both ends, and leaves a link at each, pinned.
func netkit(coll *ebpf.Collection, dev string) {
	primary := must(net.InterfaceByName(dev)).Index
	for _, attach := range []ebpf.AttachType{ebpf.AttachNetkitPrimary, ebpf.AttachNetkitPeer} {
		options := link.NetkitOptions{Interface: primary, Program: coll.Programs["in_a"], Attach: attach}
		first := must(link.AttachNetkit(options))
		_, err := link.AttachNetkit(options)
		ok(errors.Is(err, unix.EEXIST), "%v: twice: %v", attach, err)
		options.Program = coll.Programs["in_b"]
		options.Anchor = link.BeforeLink(first)
		second := must(link.AttachNetkit(options))
		ok(true, "%v: %s", attach, attached(primary, attach))
		need(first.Update(coll.Programs["in_c"]))
		ok(true, "%v: updated: %s", attach, attached(primary, attach))
		info := must(second.Info())
		end := must(net.InterfaceByIndex(int(info.Netkit().Ifindex)))
		ok(info.Type == link.NetkitType && end != nil, "%v: a link of type %v on %s", attach, info.Type, end.Name)
		need(second.Close())
		ok(true, "%v: closed: %s", attach, attached(primary, attach))
		need(first.Close())
	}
	_, err := link.AttachNetkit(link.NetkitOptions{
		Interface: must(net.InterfaceByName("lo")).Index, Program: coll.Programs["in_a"], Attach: ebpf.AttachNetkitPrimary})
	ok(errors.Is(err, unix.ENXIO), "lo: %v", err)
}

func main() {
	what := append(os.Args, "")[1]
	switch {
	case what == "supported":
		fmt.Println(map[bool]string{true: "supported", false: "not supported"}[supported()])
	case what == "all" && len(os.Args) == 3:
		all(load(os.Args[2]))
	case what == "cilium" && len(os.Args) == 3:
		cilium(os.Args[2])
	case what == "netkit" && len(os.Args) == 4:
		netkit(load(os.Args[2]), os.Args[3])
	default:
		os.Exit(2)
	}
	if failures > 0 {
		os.Exit(1)
	}
}
