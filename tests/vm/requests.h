/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cases of tests/cases in a test of this suite. After every row the array,
 * the revision, the number of links on the host and of open fds are compared:
 * what was refused has changed and left nothing.
 *
 * Include it after kselftest_harness.h: the expectations report through the
 * harness.
 */
#ifndef TESTS_VM_REQUESTS_H
#define TESTS_VM_REQUESTS_H

#include "rows.h"

/* A case of many rows needs longer than the harness's 30 s. */
#define LONG	120

static inline void scene_setup(struct __test_metadata *_metadata,
			       struct scene *scene, int type)
{
	ASSERT_STREQ("", scene_make(scene, type));
}

static inline void expect_row(struct __test_metadata *_metadata,
			      struct scene *scene, const struct row *row)
{
	struct row_result result;

	ASSERT_STREQ("", row_arrange(scene, row)) {
		TH_LOG("\"%s\": %s", row->start, row->request);
	}
	result = row_issue(scene, row);
	EXPECT_EQ(row->ret, result.ret) {
		TH_LOG("\"%s\": %s", row->start, row->request);
	}
	EXPECT_STREQ(result.want.order, result.order) {
		TH_LOG("\"%s\": %s", row->start, row->request);
	}
	EXPECT_EQ(result.want.revision, result.revision) {
		TH_LOG("\"%s\": %s", row->start, row->request);
	}
	EXPECT_EQ(result.want.links, result.links) {
		TH_LOG("\"%s\": %s", row->start, row->request);
	}
	EXPECT_EQ(result.want.fds, result.fds) {
		TH_LOG("\"%s\": %s", row->start, row->request);
	}
}

static inline void expect_tables(struct __test_metadata *_metadata,
				 struct scene *scene,
				 const struct table *table)
{
	unsigned int asked = scene->keeps_revision ? ASK_KEPT : ASK_POINT, i;

	for (; table->name; table++)
		for (i = 0; table->asked & asked && i < table->count; i++)
			expect_row(_metadata, scene, &table->rows[i]);
}

#endif /* TESTS_VM_REQUESTS_H */
