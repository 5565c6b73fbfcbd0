// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* Nobody carries out requests: each fails for the reason that nobody does. */
#include "backend.h"

static int refuse(const struct tcx__backend *backend,
		  const struct tcx__request *req)
{
	(void)req;
	return backend->why;
}

static int refuse_query(const struct tcx__backend *backend,
			struct tcx__query *query)
{
	(void)query;
	return backend->why;
}

const struct tcx__backend_ops tcx__backend_absent = {
	.kind		= TCX_BACKEND_NONE,
	.attach		= refuse,
	.detach		= refuse,
	.link_create	= refuse,
	.query		= refuse_query,
};
