# SPDX-License-Identifier: GPL-2.0
#
# How people drive this tree; `make help` lists the targets. What the module
# consists of is in Kbuild.

VERSION := $(shell cat VERSION)

# O: where everything that is built goes.
O ?= build
export O := $(abspath $(O))

# KERNEL: the kernel series to build and test for (see KERNELS); the module is
# built for the running kernel without it.
KERNEL ?=

# KERNELRELEASE, KERNELDIR: the installed kernel to build for without KERNEL.
KERNELRELEASE ?= $(shell uname -r)
KERNELDIR ?= /lib/modules/$(KERNELRELEASE)/build

TEST_KERNEL := $(or $(KERNEL),6.1)

# What kbuild and DKMS need of this tree.
KMOD_SOURCES := Kbuild VERSION $(sort $(shell find src/kmod uapi -type f))

all: module

# Kbuild writes beside the sources, so each kernel gets a copy of them.
KMOD_DIR := $(O)/$(or $(KERNEL),$(KERNELRELEASE))
module:
	@mkdir -p $(KMOD_DIR)
	@cp -pu --parents $(KMOD_SOURCES) $(KMOD_DIR)
	@kdir=$(KERNELDIR); \
	if [ -n "$(KERNEL)" ]; then kdir=$$(qemu/fetch $(KERNEL))/headers; fi; \
	if [ ! -d "$$kdir" ]; then \
		echo "no kernel headers at $$kdir:" \
		     "apt install linux-headers-$(KERNELRELEASE)," \
		     "or name a kernel series: make module KERNEL=6.1" >&2; \
		exit 1; \
	fi; \
	$(MAKE) --no-print-directory -C "$$kdir" M=$(KMOD_DIR) \
		$(MODULE_FLAGS) modules



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

.PHONY: all module dkms-copy dkms-install dkms-remove
