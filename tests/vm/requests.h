/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests in words, for tests that are tables. A row holds what is attached
 * before, a request, its answer, and what is attached afterwards if it
 * succeeds. A capital letter is a program that is attached by itself, a small
 * letter the same program owned by a link: "aB" is A with a link, then B, in
 * the order in which they run.
 *
 *   create X, attach X, detach X, detach   link or program
 *   update x Y                       the link x gets the program Y
 *   old Y, junk Y                    old_prog_fd, with and without the flag
 *   replace, replace X, junk X       BPF_F_REPLACE, and X in replace_prog_fd
 *   before, after, id, link          set BPF_F_BEFORE and so on
 *   rel X                            the relative: X's id after "id", else fd
 *   rev now|old|next                 expected_revision
 *   nodev, badtype, badflag          no such device, attach type, flag
 *
 * Objects: programs A to F and their links a to f; other, a link on another
 * attach point; defunct, one that was detached; xdp, a program of another
 * type; xdplink and tplink, links of other types; map and file; closed, an fd
 * that is not open; gone, an id that nobody has; none, 0.
 *
 * After every row the array, the revision, the number of links on the host and
 * of open fds are compared: what was refused has changed and left nothing.
 *
 * Include it after kselftest_harness.h: the expectations report through the
 * harness.
 */
#ifndef TESTS_VM_REQUESTS_H
#define TESTS_VM_REQUESTS_H

#include "rows.h"

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

#define expect_rows(rows) do {						\
	size_t __i;							\
									\
	for (__i = 0; __i < ARRAY_SIZE(rows); __i++)			\
		expect_row(_metadata, &self->scene, &(rows)[__i]);	\
} while (0)

#endif /* TESTS_VM_REQUESTS_H */
