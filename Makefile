# SPDX-License-Identifier: GPL-2.0
#
# How people drive this tree; `make help` lists the targets. What the module
# consists of is in Kbuild.

ifeq ($(wildcard scripts/paths.mk),)
$(error run make in the folder of this Makefile, or with -C)
endif
include scripts/paths.mk

override VERSION := $(shell cat VERSION)

# O: where everything that is built goes.
O ?= build
$(call check-paths,O)
override O := $(abspath $(or $(O),build))
export O

# KERNEL: the kernel to build and test for, one of the file KERNELS or a folder
# (there is a slash in it) with a kernel of your own: see qemu/import. Without it
# the module is built for the running kernel. DEBUG: see debug-kernel.
# On the command line only: other tools use these names in the environment.
ifneq ($(origin KERNEL),command line)
override KERNEL :=
endif
ifneq ($(origin DEBUG),command line)
override DEBUG :=
endif
$(foreach v,HERE QUICK DOCS,$(if $(filter-out command line,$(origin $v)),\
	$(eval override undefine $v)))
$(call check-paths,KERNEL)
ifneq ($(findstring /,$(KERNEL)),)
kernel-folder := $(KERNEL)
override KERNEL := $(shell scripts/kernels --name $(kernel-folder))
$(if $(KERNEL),,$(error KERNEL is '$(kernel-folder)': it is to name a kernel of \
	the file KERNELS, or a folder with a kernel of your own. For a folder \
	with headers alone there is KERNELDIR))
endif

# KERNELRELEASE, KERNELDIR: the installed kernel to build for without KERNEL,
# or its headers.
$(call check-paths,KERNELRELEASE KERNELDIR)
ifeq ($(origin KERNELDIR),command line)
KERNELRELEASE ?= $(or $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KERNELDIR)/include/generated/utsrelease.h 2>/dev/null),unknown)
else
KERNELRELEASE ?= $(shell uname -r)
endif
KERNELDIR ?= /lib/modules/$(KERNELRELEASE)/build

# Everything else on the command line is passed on: CC, W, C, V, LLVM and what
# else kbuild knows. Not these, which have another meaning there (O, VERSION) or
# are meant for this file only. MAKEOVERRIDES has a word for each variable, with
# '\ ' for a space.
own-variables := O VERSION KERNEL DEBUG SUITES HERE QUICK DOCS
escaped-space := \$(tcx-space)
MAKEOVERRIDES := $(subst <space>,$(escaped-space),$(filter-out \
	$(foreach v,$(own-variables),$v=% $v:=%),$(subst \
	$(escaped-space),<space>,$(MAKEOVERRIDES))))

TEST_KERNEL := $(or $(KERNEL),6.1)

# What kbuild and DKMS need of this tree.
KMOD_SOURCES := Kbuild VERSION $(sort $(shell LC_ALL=C find src/kmod uapi -type f \
	\( -name '*.[ch]' -o -name 'Kbuild*' \) ! -name '*[!A-Za-z0-9_.-]*'))

all: module lib tool

# $$kdir: the headers of the kernel to build for; $$cc: with which compiler, for
# which architecture.
define find-kernel
kdir=$(KERNELDIR); cc=; \
if [ -n "$(KERNEL)" ]; then \
	kdir=$$(qemu/fetch $(KERNEL))/headers || { \
		echo "KERNEL=$(KERNEL): no headers. Supported series:" \
		     "$$(scripts/kernels supported | paste -sd ' ');" \
		     "a kernel of your own: KERNEL=./FOLDER; an installed one: KERNELRELEASE=..." >&2; \
		exit 1; \
	}; \
	cc="$$(scripts/kernels --kbuild $(KERNEL)$(if \
		$(LLVM)$(filter command line,$(origin CC)), | \
		sed 's/\(CC\|LLVM\)=[^ ]*$$//'))"; \
fi; \
if [ ! -d "$$kdir" ]; then \
	echo "no kernel headers at $$kdir:" \
	     "apt install linux-headers-$(KERNELRELEASE)," \
	     "or name a kernel series: make module KERNEL=6.1" >&2; \
	exit 1; \
fi
endef

# $(call locked,FILE,COMMANDS): one make at a time, which nothing that it leaves
# running, such as a compiler's cache, can hold up.
locked = mkdir -p $(dir $1) && exec 9>$1 && flock 9 && { { $2; } 9>&-; exit $$?; }

# Kbuild writes beside the sources, so each kernel gets a copy of them.
KMOD_DIR := $(O)/$(or $(KERNEL),$(KERNELRELEASE))
module:
	@$(find-kernel); \
	$(call locked,$(KMOD_DIR)/.lock,\
		scripts/copy-sources $(KMOD_DIR) $(KMOD_SOURCES) && \
		$(MAKE) --no-print-directory -C "$$kdir" M=$(KMOD_DIR) \
			$$cc $(MODULE_FLAGS) modules)

lib:
	@$(call locked,$(O)/.lock-user,\
		$(MAKE) --no-print-directory -C src/libtcx)

tool: lib
	@$(call locked,$(O)/.lock-user,\
		$(MAKE) --no-print-directory -C src/tcxctl)

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
DEBUG_KERNEL := 6.1-$(if $(filter kcsan,$(DEBUG)),kcsan,kasan)
debug-kernel: deps
	@qemu/build-kernel $(DEBUG_KERNEL)

# What to run: suites of tests/run, or a run of tests/matrix.
SUITES ?= @$(if $(DEBUG),$(DEBUG_KERNEL:6.1-%=%),test)
test: deps
	@KERNEL=$(TEST_KERNEL) tests/run $(SUITES)

# Everything, on every kernel: hours. docs/testing.md gets each suite's result.
test-all: deps
	@for kernel in $$(scripts/kernels sanitiser); do \
		qemu/build-kernel $$kernel || exit; \
	done
	@tests/run --record @full

# The packages, in a Debian 12 and a Debian 11 that boot. Hours; as root.
test-packages: deps
	@tests/run packages:bookworm packages:bullseye

# Whether it works on a kernel of your own, in a table and one sentence.
qualify: deps
	@KERNEL=$(TEST_KERNEL) tests/run qualify

# Transcripts of the data path, all kernels against native tcx.
datapath: deps
	@tests/run datapath

# Random operations, each answer compared with native tcx's. OPS: how many.
differential: deps
	@tests/run differential

lint: deps
	@scripts/lint

# What tcx costs, beside native tcx and cls_bpf, in VMs. QUICK=1: less of it.
# DOCS=1: writes docs/performance.md's tables and pictures. HERE=1: no VM, the
# running kernel, as root.
bench:
ifdef HERE
	@tests/bench/run --here
else
	@scripts/deps bench
	@for kernel in $$(scripts/kernels supported); do \
		$(MAKE) --no-print-directory -s module KERNEL=$$kernel || exit; \
	done
	@$(MAKE) --no-print-directory -s tool
	@tests/bench/run $(if $(QUICK),--quick) $(if $(DOCS),--docs)
endif

# A shell in the VM, with the module, the tool and the demo's programs at hand, and FILES of one's own.
vm: deps
	@$(MAKE) --no-print-directory -s module KERNEL=$(TEST_KERNEL)
	@$(MAKE) --no-print-directory -s tool
	@O=$(O) demo/run --shell $(TEST_KERNEL) $(FILES)

# DESTDIR: below which everything is installed.
$(call check-paths,DESTDIR INSTALL_MOD_PATH)
INSTALL_MOD_PATH ?= $(DESTDIR)

install: module
	@$(find-kernel); \
	MAKE="$(MAKE)" scripts/install-module "$$kdir" $(KMOD_DIR) $(INSTALL_MOD_PATH)

install-tool: lib tool
	@$(call locked,$(O)/.lock-user,\
		$(MAKE) --no-print-directory -C src/libtcx install && \
		$(MAKE) --no-print-directory -C src/tcxctl install)

# Debian packages, in $(O)/deb.
deb: deps
	@scripts/deb $(O)/deb

# RPM packages, in $(O)/rpm.
rpm: deps
	@scripts/deps rpm
	@scripts/rpm $(O)/rpm

clean:
ifneq ($(filter $(O)/%,$(CURDIR)/),)
	@echo "O=$(O) holds this checkout: not removed" >&2; exit 1
else
	rm -rf $(O)
endif

help: series := $(shell scripts/kernels supported)
help:
	@echo "Try it:"
	@echo "  demo          tcx on Debian's own kernel, in a VM"
	@echo "  vm            a shell in that VM; FILES=\"...\" go along"
	@echo "Build, as an ordinary user:"
	@echo "  module        the module, for the running kernel"
	@echo "  tool, lib     tcxctl and libtcx"
	@echo "Install, as root:"
	@echo "  dkms-install  the module by dkms, which rebuilds it for new kernels"
	@echo "  dkms-remove   takes it away, whatever state it is in"
	@echo "  install       the module that was built, for its kernel only"
	@echo "  install-tool  tcxctl, libtcx, headers, man page"
	@echo "  deb, rpm      packages of all that, to build and install elsewhere"
	@echo "Check:"
	@echo "  test          all tests; DEBUG=1, DEBUG=kcsan: on a sanitiser kernel"
	@echo "  debug-kernel  builds that kernel"
	@echo "  test-all      everything, on every kernel; takes hours"
	@echo "  test-packages the packages, in a Debian that boots; hours, as root"
	@echo "  qualify       KERNEL=./FOLDER whether it works on that kernel, in a table"
	@echo "  datapath      the data path of all kernels against native tcx"
	@echo "  differential  OPS=100000 random operations against native tcx"
	@echo "  lint          checkpatch, sparse, W=1, clang, shellcheck"
	@echo "  bench         what it costs, beside native tcx and cls_bpf; QUICK=1: in 3 minutes"
	@echo "                HERE=1: on the running kernel, as root"
	@echo "  clean"
	@echo "Variables, on the command line:"
	@echo "  KERNEL=SERIES     build and test for Debian's kernel of that series ($(series))"
	@echo "  KERNEL=./FOLDER   or for your own, of which the .debs, .rpms or the built tree lie there"
	@echo "  KERNELRELEASE=R   build for that installed kernel, KERNELDIR=DIR: with these headers"
	@echo "  CC, LLVM=1, W=1, C=2, V=1 and what else kbuild knows are passed on to it"
	@echo "  O=DIR             puts everything that is built there"
	@echo "  DESTDIR=DIR       install, install-tool: below DIR; PREFIX=/usr/local"
	@echo "TCX_CACHE=DIR, in the environment, keeps downloaded kernels there."

# The sources as dkms wants them, in DKMS_SRC; DKMS_TREE: dkms's own files.
# KERNELRELEASE and KERNELDIR count here if they were asked for.
DKMS_SRC ?= /usr/src/tcx-backport-$(VERSION)
$(call check-paths,DKMS_SRC DKMS_TREE)
asked-for = $(if $(filter command line,$(origin $1)),$($1))
dkms = DKMS_SRC=$(DKMS_SRC) DKMS_TREE=$(DKMS_TREE) \
	DKMS_KERNEL=$(call asked-for,KERNELRELEASE) \
	DKMS_HEADERS=$(call asked-for,KERNELDIR) \
	scripts/dkms $1 dkms.conf $(KMOD_SOURCES)

dkms-copy:
	@$(call dkms,copy)

dkms-install:
	@$(if $(KERNEL),echo "dkms builds for installed kernels: KERNELRELEASE=..." >&2; exit 1)
	@$(call dkms,install)

dkms-remove:
	@$(call dkms,remove)

.PHONY: all module lib tool deps demo debug-kernel test test-all test-packages qualify datapath differential lint \
	bench vm install install-tool deb rpm clean help dkms-copy dkms-install dkms-remove
