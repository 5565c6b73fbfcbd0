// SPDX-License-Identifier: GPL-2.0
#include "bench.h"
#include "classic.h"
#include "sys.h"

int attach(int dev, bool ingress, int nth, int prog)
{
	if (!use_cls_bpf)
		return sys_prog_attach(dev, ingress ? BPF_TCX_INGRESS :
						      BPF_TCX_EGRESS,
				       prog, 0, 0, 0, 0);
	if (!nth) {
		int err = clsact_add(dev);

		if (err)
			return err;
	}
	return filter_add(dev, ingress, nth + 1, prog);
}

int detach(int dev, bool ingress, int nth, int prog)
{
	int err;

	if (!use_cls_bpf)
		return sys_prog_detach(dev, ingress ? BPF_TCX_INGRESS :
						      BPF_TCX_EGRESS,
				       prog, 0, 0, 0);
	err = filter_del(dev, ingress, nth + 1);
	if (err || nth)
		return err;
	return clsact_del(dev);
}
