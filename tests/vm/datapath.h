/* SPDX-License-Identifier: GPL-2.0 */
/* What every data path test starts with: the harness, and datapath_progs.h. */
#ifndef TESTS_VM_DATAPATH_H
#define TESTS_VM_DATAPATH_H

#include "datapath_progs.h"

#include "kselftest_harness.h"

/* Around the checks of one row of a table: names the row if one of them fails.
 * As the harness's macros are several statements, they need braces after if.
 */
static inline int row_begin(struct __test_metadata *_metadata)
{
	int before = _metadata->passed;

	_metadata->passed = 1;
	return before;
}

#define row_end(metadata, before, fmt, ...)			\
do {								\
	if (!(metadata)->passed)				\
		TH_LOG("in row: " fmt, ##__VA_ARGS__);		\
	(metadata)->passed &= (before);				\
} while (0)

#endif /* TESTS_VM_DATAPATH_H */
