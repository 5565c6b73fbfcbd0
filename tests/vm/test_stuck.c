// SPDX-License-Identifier: GPL-2.0
/*
 * A user without privileges whose bpf(2) never returns, since its attributes lie
 * in memory that nobody provides: a page of a FUSE file, or one that userfaultfd
 * watches. He holds the module while he is inside, and nobody up: the switch moves,
 * it says that he is there, unloading is refused at once, and all is as it was
 * when he has gone.
 *
 * None of this may wait; where it does, the case ends by its own time limit.
 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>

#include <linux/userfaultfd.h>

#include "kselftest_harness.h"

#include "bpf_interface.h"
#include "credentials.h"
#include "fuse.h"

#define GATE	"/proc/sys/kernel/unprivileged_bpf_disabled"
#define UFFD	"/proc/sys/vm/unprivileged_userfaultfd"

/* Much longer than any of it takes, however slow the machine. */
#define PATIENCE_MS	20000

/* Where the caller's attributes begin to be missing. */
enum missing {
	ALL,		/* where the module learns what the request is about */
	TAIL,		/* after that: the module copies it */
	TAIL_OTHER,	/* the same of another attach type: the kernel does */
	MISSINGS
};

static const char *const missing_names[] = {
	"all", "the tail", "the tail, of another attach type",
};

FIXTURE(stuck) {
	struct point point;
	int prog;
	struct fuse fuse;
	bool native;
};

FIXTURE_SETUP(stuck)
{
	self->native = is_native();
	if (self->native)
		return;
	ASSERT_GE(point_new(&self->point), 0);
	self->prog = cls_load();
	ASSERT_GT(self->prog, 0);
	ASSERT_EQ(0, file_write(GATE, "0"));
	ASSERT_EQ('Y', file_read_char(SWITCH));
	ASSERT_EQ(0, fuse_new(&self->fuse));
}

FIXTURE_TEARDOWN(stuck)
{
	if (self->native)
		return;
	fuse_free(&self->fuse);
	if (module_loaded())
		switch_to(true);
}

static int load_again(void)
{
	return module_load_with(getenv("TCX_MODULE_ARGS") ?: "bpf_syscall=1");
}

/* Whether it becomes true in time. */
#define soon(condition) ({						\
	long __end = now_ms() + PATIENCE_MS;				\
	bool __is;							\
									\
	while (!(__is = (condition)) && now_ms() < __end)		\
		sleep_ms(10);						\
	__is;								\
})

/* The exit status of a child, which is killed if it does not end in time. */
static int child_status(pid_t pid)
{
	int status = -1;

	if (!soon(waitpid(pid, &status, WNOHANG) == pid))
		return -ETIMEDOUT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Does something in a child, which may never come back: the parent goes on. */
#define in_time(what) ({						\
	pid_t __child;							\
									\
	fflush(NULL);							\
	__child = fork();						\
	if (!__child)							\
		_exit(-(what) & 0xff);					\
	-child_status(__child);						\
})

static const char *switch_says(void)
{
	static char text[64];
	int fd = open(SWITCH, O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[len > 0 ? len : 0] = '\0';
	return text;
}

/* Two pages side by side, of which the second is missing. */
static char *fuse_pages(const struct fuse *f)
{
	char *pages = mmap(NULL, 2 * FUSE_PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open(f->file, O_RDWR | O_CLOEXEC);

	if (fd < 0 || pages == MAP_FAILED ||
	    mmap(pages + FUSE_PAGE, FUSE_PAGE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
		return NULL;
	return pages;
}

static char *uffd_pages(void)
{
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC);
	char *pages = mmap(NULL, 2 * FUSE_PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (fd < 0 || pages == MAP_FAILED || ioctl(fd, UFFDIO_API, &api))
		return NULL;
	reg.range.start = (uintptr_t)pages + FUSE_PAGE;
	reg.range.len = FUSE_PAGE;
	return ioctl(fd, UFFDIO_REGISTER, &reg) ? NULL : pages;
}

/* A child of nobody's that issues one request and, if it ever gets an answer,
 * ends with it.
 */
static pid_t stuck_start(FIXTURE_DATA(stuck) *self, enum request request,
			 enum missing missing, bool uffd)
{
	struct point other = { self->point.ifindex, BPF_CGROUP_INET_INGRESS };
	union sys_attr attr = attr_of(request, missing == TAIL_OTHER ?
					       &other : &self->point,
				      self->prog);
	unsigned int least = missing == ALL ? 0 : requests[request].least;
	char *pages, *at;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid)
		return pid;
	if (become_nobody())
		_exit(101);
	pages = uffd ? uffd_pages() : fuse_pages(&self->fuse);
	if (!pages)
		_exit(102);
	at = pages + FUSE_PAGE - least;
	memcpy(at, &attr, least);
	_exit(-sys_bpf(requests[request].cmd, at, sizeof(attr)));
}

static void stuck_one(struct __test_metadata *_metadata,
		      FIXTURE_DATA(stuck) *self, enum request request,
		      enum missing missing, bool uffd, bool killed)
{
	struct point *p = &self->point;
	long start, off, refused;
	int reads = *self->fuse.reads, status;
	pid_t pid;

	EXPECT_EQ(0, module_references_settle());
	pid = stuck_start(self, request, missing, uffd);
	ASSERT_GT(pid, 0);
	ASSERT_TRUE(soon(module_references() == 1)) {
		TH_LOG("%s, %s: not inside: status %d", requests[request].name,
		       missing_names[missing], child_status(pid));
	}
	if (!uffd)
		EXPECT_TRUE(soon(*self->fuse.reads > reads));
	/* Still there, and not on his way through. */
	sleep_ms(50);
	EXPECT_EQ(1, module_references());
	EXPECT_STREQ("Y\n", switch_says());
	EXPECT_EQ(0, attr_issue(QUERY, p, 0));

	start = now_ms();
	EXPECT_EQ(-EWOULDBLOCK, in_time(module_try_unload()));
	refused = now_ms() - start;
	start = now_ms();
	EXPECT_EQ(0, in_time(switch_to(false)));
	off = now_ms() - start;
	EXPECT_STREQ("N (1 call still inside)\n", switch_says());
	EXPECT_EQ(-EINVAL, attr_issue(QUERY, p, 0));
	EXPECT_EQ(-EWOULDBLOCK, in_time(module_try_unload()));

	/* On and off again, while he is inside. */
	EXPECT_EQ(0, in_time(switch_to(true)));
	EXPECT_STREQ("Y\n", switch_says());
	EXPECT_EQ(0, attr_issue(QUERY, p, 0));
	EXPECT_EQ(0, in_time(switch_to(false)));
	EXPECT_STREQ("N (1 call still inside)\n", switch_says());

	/* FUSE lets nobody go whose request the server has read. */
	if (killed)
		kill(pid, SIGKILL);
	if (!uffd)
		fuse_abort(&self->fuse);
	status = child_status(pid);
	EXPECT_EQ(killed ? -SIGKILL : EFAULT, status);
	EXPECT_EQ(0, module_references_settle());
	EXPECT_STREQ("N\n", switch_says());
	EXPECT_EQ(0, in_time(module_try_unload()));
	ASSERT_EQ(0, load_again());
	EXPECT_EQ(0, attr_issue(QUERY, p, 0));
	if (off > 1000 || refused > 1000)
		TH_LOG("%s: off after %ld ms, unloading refused after %ld ms",
		       requests[request].name, off, refused);
	if (!uffd) {
		fuse_free(&self->fuse);
		ASSERT_EQ(0, fuse_new(&self->fuse));
	}
}

static void stuck_all(struct __test_metadata *_metadata,
		      FIXTURE_DATA(stuck) *self, bool uffd, bool killed)
{
	enum missing missing;
	int i;

	for (missing = 0; missing < MISSINGS; missing++)
		for_each_request(i)
			stuck_one(_metadata, self, i, missing, uffd, killed);
}

#define need_module() do {						\
	if (self->native)						\
		SKIP(return, "nothing could be unloaded or switched");	\
} while (0)

TEST_F_TIMEOUT(stuck, fuse_killed, 120)
{
	need_module();
	stuck_all(_metadata, self, false, true);
}

TEST_F_TIMEOUT(stuck, fuse_aborted, 120)
{
	need_module();
	stuck_all(_metadata, self, false, false);
}

/* What 5.10 allows by default, and administrators may. */
TEST_F_TIMEOUT(stuck, userfaultfd, 120)
{
	int before;

	need_module();
	before = file_read_char(UFFD);
	ASSERT_EQ(0, file_write(UFFD, "1"));
	stuck_all(_metadata, self, true, true);
	ASSERT_EQ(0, file_write(UFFD, before == '1' ? "1" : "0"));
}

/* Many at once, who come while the switch is moved. */
TEST_F_TIMEOUT(stuck, crowd, 120)
{
	pid_t pids[40];
	int i, n, first;

	need_module();
	for (n = 0; n < 40; n++) {
		pids[n] = stuck_start(self, n % REQUESTS, n % MISSINGS, false);
		if (n % 10 == 5)
			EXPECT_EQ(0, in_time(switch_to(false)));
		if (n % 10 == 7)
			EXPECT_EQ(0, in_time(switch_to(true)));
	}
	ASSERT_TRUE(soon(module_references() > 5)) {
		TH_LOG("%d inside; the first: %d", module_references(),
		       child_status(pids[0]));
	}
	sleep_ms(200);
	EXPECT_EQ(0, in_time(switch_to(false)));
	/* Whoever comes now is the kernel's own affair. */
	EXPECT_EQ(1, sscanf(switch_says(), "N (%d calls still inside)\n",
			    &first));
	EXPECT_EQ(first, module_references());
	TH_LOG("%d of %d are inside", first, n);
	EXPECT_EQ(-EWOULDBLOCK, in_time(module_try_unload()));
	for (i = 0; i < n; i++)
		kill(pids[i], SIGKILL);
	fuse_abort(&self->fuse);
	for (i = 0; i < n; i++)
		EXPECT_EQ(-SIGKILL, child_status(pids[i]));
	EXPECT_EQ(0, module_references_settle());
	EXPECT_STREQ("N\n", switch_says());
	EXPECT_EQ(0, in_time(module_try_unload()));
	ASSERT_EQ(0, load_again());
}

TEST_HARNESS_MAIN
