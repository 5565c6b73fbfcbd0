// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "internal.h"

const char *tcx_version(void)
{
	return LIBTCX_VERSION;	/* from the Makefile */
}
