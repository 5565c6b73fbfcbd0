/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every kernel function that src/kmod calls and that may fail, what its failure
 * looks like, and what the request or the load that needed it must answer.
 * tests/fault/imports checks that none is missing.
 *
 *   CALL(function, failure, gfp, errno, where)
 *
 *   failure  NULLPTR, ERRNO, ERRPTR, ZERO, or REST (bytes that were not copied)
 *   gfp      which argument holds the flags, for allocations
 *   errno    what is answered; 0: the errno with which the function failed
 *   where    in src/kmod
 */
#define FAIL_CALLS							\
	/* allocations; the first two are one function of two ages */	\
	CALL(kmalloc_trace, NULLPTR, 2, ENOMEM,				\
	     "tcx.c entry, link.c link, hook_netfilter.c probe")	\
	CALL(kmem_cache_alloc_trace, NULLPTR, 2, ENOMEM,		\
	     "as kmalloc_trace(), before 6.1")				\
	CALL(__kmalloc, NULLPTR, 2, ENOMEM, "mprog.c array")		\
	CALL(__alloc_percpu, NULLPTR, 0, ENOMEM, "hook_tc.c counters")	\
	/* registrations */						\
	CALL(register_kprobe, ERRNO, 0, EOPNOTSUPP, "ksym.c")		\
	CALL(ftrace_location, ZERO, 0, EOPNOTSUPP, "redirect_fn.c")	\
	CALL(ftrace_set_filter_ip, ERRNO, 0, 0, "redirect_fn.c")	\
	CALL(register_ftrace_function, ERRNO, 0, 0, "redirect_fn.c")	\
	CALL(unregister_ftrace_function, ERRNO, 0, 0, "redirect_fn.c")	\
	CALL(register_netdevice_notifier, ERRNO, 0, 0, "tcx.c")		\
	CALL(nf_register_net_hook, ERRNO, 0, 0, "hook_netfilter.c")	\
	CALL(misc_register, ERRNO, 0, 0, "chardev.c")			\
	CALL(bpf_link_prime, ERRNO, 0, 0, "link.c")			\
	/* netkit's: rtnetlink, devices, their statistics before 6.1.120 */ \
	CALL(__alloc_percpu_gfp, NULLPTR, 3, ENOMEM, "netkit/device.c")	\
	CALL(rtnl_link_register, ERRNO, 0, 0, "netkit/link.c")		\
	CALL(rtnl_link_get_net, ERRPTR, 0, 0, "netkit/link.c")		\
	CALL(rtnl_nla_parse_ifinfomsg, ERRNO, 0, 0, "netkit/link.c")	\
	CALL(rtnl_create_link, ERRPTR, 0, 0, "netkit/link.c")		\
	CALL(rtnl_configure_link, ERRNO, 0, 0, "netkit/link.c")		\
	CALL(register_netdevice, ERRNO, 0, 0, "netkit/link.c")		\
	/* references */						\
	CALL(try_module_get, ZERO, 0, EINVAL, "redirect_fn.c; netkit/device.c: EOPNOTSUPP") \
	CALL(bpf_prog_get_type_dev, ERRPTR, 0, 0, "request.c")		\
	CALL(bpf_prog_get, ERRPTR, 0, 0, "request.c relative")	\
	CALL(bpf_prog_by_id, ERRPTR, 0, 0, "request.c relative")	\
	CALL(bpf_link_get_from_fd, ERRPTR, 0, 0, "request.c relative")\
	CALL(bpf_link_by_id, ERRPTR, 0, 0, "request.c relative")	\
	/* the caller's memory, and the security modules */		\
	CALL(_copy_from_user, REST, 0, EFAULT, "chardev.c, bpf_syscall.c") \
	CALL(_copy_to_user, REST, 0, EFAULT, "chardev.c, bpf_syscall.c, request.c") \
	CALL(security_bpf, ERRNO, 0, 0, "bpf_attr.c")
