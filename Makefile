# SPDX-License-Identifier: GPL-2.0
#
# How people drive this tree; `make help` lists the targets. What the module
# consists of is in Kbuild.

VERSION := $(shell cat VERSION)

# O: where everything that is built goes.
O ?= build
override O := $(abspath $(O))
export O
# The kernel's make has an O of its own.
MAKEOVERRIDES :=

# KERNEL: the kernel series to build and test for (see KERNELS); the module is
# built for the running kernel without it.
KERNEL ?=

# KERNELRELEASE, KERNELDIR: the installed kernel to build for without KERNEL.
KERNELRELEASE ?= $(shell uname -r)
KERNELDIR ?= /lib/modules/$(KERNELRELEASE)/build

TEST_KERNEL := $(or $(KERNEL),6.1)

# What kbuild and DKMS need of this tree.
KMOD_SOURCES := Kbuild VERSION $(sort $(shell find src/kmod uapi -type f))

all: module lib tool

# The compiler that a kernel of another release was built with may not be there:
# the host's serves for building its modules.
# Kbuild writes beside the sources, so each kernel gets a copy of them.
KMOD_DIR := $(O)/$(or $(KERNEL),$(KERNELRELEASE))
module:
	@mkdir -p $(KMOD_DIR)
	@cp -pu --parents $(KMOD_SOURCES) $(KMOD_DIR)
	@kdir=$(KERNELDIR); cc=; \
	if [ -n "$(KERNEL)" ]; then \
		kdir=$$(qemu/fetch $(KERNEL))/headers; cc=CC=gcc; \
	fi; \
	if [ ! -d "$$kdir" ]; then \
		echo "no kernel headers at $$kdir:" \
		     "apt install linux-headers-$(KERNELRELEASE)," \
		     "or name a kernel series: make module KERNEL=6.1" >&2; \
		exit 1; \
	fi; \
	$(MAKE) --no-print-directory -C "$$kdir" M=$(KMOD_DIR) \
		$$cc $(MODULE_FLAGS) modules



lib:
	@$(MAKE) --no-print-directory -C src/libtcx

tool: lib
	@$(MAKE) --no-print-directory -C src/tcxctl

# Debian packages that the targets below need.
deps:
	@scripts/deps

demo: deps
	@echo "== building the module for Linux $(TEST_KERNEL) and the tool"
	@$(MAKE) --no-print-directory -s module KERNEL=$(TEST_KERNEL)
	@$(MAKE) --no-print-directory -s tool
	@demo/run $(TEST_KERNEL)

# DEBUG: 1 for a kernel of our own that looks for wrong memory accesses, leaks,
# locking errors and more, kcsan for one that looks for data races.
DEBUG ?=
DEBUG_KERNEL := 6.1-$(if $(filter kcsan,$(DEBUG)),kcsan,kasan)
debug-kernel: deps
	@qemu/build-kernel $(DEBUG_KERNEL)

# The suites of tests/run.
ifeq ($(DEBUG),)
SUITES ?= unit qemu tool dkms vm:$(TEST_KERNEL) native:6.12
else ifeq ($(DEBUG),kcsan)
SUITES ?= vm:$(DEBUG_KERNEL) vm:$(DEBUG_KERNEL):hook=tc fuzz:$(DEBUG_KERNEL)
else
SUITES ?= vm:$(DEBUG_KERNEL) vm:$(DEBUG_KERNEL):hook=tc \
	  fault:$(DEBUG_KERNEL) fuzz:$(DEBUG_KERNEL)
endif
test: deps
	@tests/run $(SUITES)

# Transcripts of the data path, all kernels against native tcx.
parity: deps
	@tests/run parity

# Random operations, each answer compared with native tcx's. OPS: how many.
differential: deps
	@tests/run differential

lint: deps
	@scripts/lint

bench: deps
	@$(MAKE) --no-print-directory -s module KERNEL=$(TEST_KERNEL)
	@tests/bench/run --kernel $(TEST_KERNEL)

# A shell in the VM, with the module, the tool and the demo's programs at hand.
vm: deps
	@$(MAKE) --no-print-directory -s module KERNEL=$(TEST_KERNEL)
	@$(MAKE) --no-print-directory -s tool
	@qemu/boot --kernel $(TEST_KERNEL) --shell --prog ip --prog tc \
		--prog bpftool --prog $(O)/tcxctl \
		--module $(O)/$(TEST_KERNEL)/tcx_backport.ko

install: module
	$(MAKE) -C $(KERNELDIR) M=$(KMOD_DIR) modules_install

install-tool: lib tool
	@$(MAKE) --no-print-directory -C src/libtcx install
	@$(MAKE) --no-print-directory -C src/tcxctl install

clean:
	rm -rf $(O)

help:
	@echo "Try it:"
	@echo "  demo          tcx on Debian's own kernel, in a VM"
	@echo "  vm            a shell in that VM"
	@echo "Build and install:"
	@echo "  module        the module, for the running kernel"
	@echo "  tool, lib     tcxctl and libtcx"
	@echo "  dkms-install, dkms-remove"
	@echo "  install, install-tool"
	@echo "Check:"
	@echo "  test          all tests; DEBUG=1, DEBUG=kcsan: on a sanitiser kernel"
	@echo "  debug-kernel  builds that kernel"
	@echo "  parity        the data path of all kernels against native tcx"
	@echo "  differential  OPS=100000 random operations against native tcx"
	@echo "  lint          checkpatch, sparse, W=1, clang, shellcheck"
	@echo "  bench         instructions per packet"
	@echo "  clean"
	@echo "Variables: KERNEL=SERIES builds and tests for Debian's kernel of that"
	@echo "series (see KERNELS); O=DIR puts everything that is built there;"
	@echo "TCX_CACHE=DIR keeps downloaded kernels there."

DKMS_NAME := tcx-backport/$(VERSION)
DKMS_SRC ?= /usr/src/tcx-backport-$(VERSION)

dkms-copy:
	@mkdir -p $(DKMS_SRC)
	@cp -p --parents dkms.conf $(KMOD_SOURCES) $(DKMS_SRC)

dkms-install: dkms-copy
	dkms add -m $(DKMS_NAME)
	dkms build -m $(DKMS_NAME)
	dkms install -m $(DKMS_NAME)

# dkms itself leaves the sources behind.
dkms-remove:
	-dkms remove -m $(DKMS_NAME) --all
	rm -rf $(DKMS_SRC)

.PHONY: all module lib tool deps demo debug-kernel test parity differential lint bench vm install install-tool \
	clean help dkms-copy dkms-install dkms-remove
