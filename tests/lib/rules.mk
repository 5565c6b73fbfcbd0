# SPDX-License-Identifier: GPL-2.0
# What the Makefiles of the suites share; each sets `here`, its folder, first.
#
#   OUT        where to build
#   ARCH       what to build for, as uname -m says, on the command line: kernel builds use this name in the environment;
#              of another than the host's with Debian's compiler for it
#   libtests   the library of this folder, which is compiled once for all
#   link       links a static program: the guest needs no libraries

top := $(abspath $(here)/../..)
host_arch := $(shell uname -m)
ifneq ($(origin ARCH),command line)
override ARCH := $(host_arch)
endif
for_arch := $(ARCH:$(host_arch)%=%)
suffix := $(for_arch:%=-%)
OUT ?= $(top)/build/tests/$(notdir $(here))$(suffix)
CLANG ?= clang

CFLAGS ?= -O2 -g -Wall -Wextra
# The harness needs the last two: it leaves fields out, and its tests need not use what each gets.
cflags = $(CFLAGS) -D_GNU_SOURCE -Wno-missing-field-initializers -Wno-unused-parameter
includes = -I$(here) -I$(top)/tests/lib -I$(top)/uapi
bpf_flags = -O2 -g -Wall -target bpf $(includes) -idirafter /usr/include/$(shell gcc -print-multiarch)
link = $(CC) $(cflags) -static

ifneq ($(for_arch),)
CC := $(ARCH)-linux-gnu-gcc --sysroot=$(shell $(top)/qemu/fetch --userland $(ARCH))
AR := $(ARCH)-linux-gnu-ar
endif

all:

libtests := $(top)/build/tests/lib$(suffix)/libtests.a

# Several suites may be built at a time.
ifneq ($(notdir $(here)),lib)
$(libtests): FORCE
	@mkdir -p $(@D)
	@flock $(@D)/.lock $(MAKE) --no-print-directory -s -C $(top)/tests/lib OUT=$(@D) ARCH=$(ARCH)
endif

$(OUT)/%.o: $(here)/%.c | $(OUT)
	$(CC) $(cflags) -MMD -MP $(includes) -c -o $@ $<

$(OUT)/%.bpf.o: $(here)/%.bpf.c | $(OUT)
	$(CLANG) $(bpf_flags) -MMD -MP -c -o $@ $<

$(OUT):
	mkdir -p $@

clean:
	rm -rf $(OUT)

-include $(wildcard $(OUT)/*.d)

FORCE:
.PHONY: all clean FORCE
.SECONDARY:
