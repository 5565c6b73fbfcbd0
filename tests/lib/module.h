/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module as a test handles it: loaded and unloaded, with the parameters of
 * the run, what holds it, its switch, and the kernel's log. Where a test
 * unloads it, requests have to come from children (in_child()): whoever has
 * issued one keeps the device open.
 */
#ifndef TESTS_LIB_MODULE_H
#define TESTS_LIB_MODULE_H

#include <limits.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "bpf_progs.h"

#define MODULE	"tcx_backport"
#define SWITCH	"/sys/module/" MODULE "/parameters/bpf_syscall"

/* There is no module: what tcx there is, is the kernel's own. */
bool is_native(void);

/* The netfilter hook differs from native tcx where classic tc and nftables are
 * concerned (docs/differences.md): a test that meets such a difference has an
 * expectation for either. Through bpf(2) the module has the tc hook.
 */
bool hook_is_netfilter(void);

/* The parameters that the run has given it. */
const char *module_args(void);

/* 6 of Linux 6.1: for what cannot be probed. */
int kernel_major(void);

/* Has kallsyms this symbol? With its type before it ("T name"), one of that type. */
bool kernel_has(const char *symbol);

/* Loads a module that the run has brought along. */
int module_load_named(const char *name, const char *args);

/* Loads ours with these parameters. */
int module_load_with(const char *args);

/* Loads it with those of the run. */
int module_load(void);

/* Only if nothing holds it just now. */
int module_try_unload(void);

/* What holds the module may be on its way out: namespaces that die, say. */
int module_unload(void);

/* Is it there? */
bool module_loaded(void);

/* How many hold a module, or ours; -1 where there is none. */
int module_references_named(const char *name);
int module_references(void);

/* What dies in a worker of the kernel's may take a while. */
int module_references_settle(void);

/* Whether bpf(2) accepts tcx. */
int switch_to(bool on);

/* From the end of the kernel's log on. */
int log_open(void);

/* Has a line come since then that has @text in it? */
bool log_has(int fd, const char *text);

#endif /* TESTS_LIB_MODULE_H */
