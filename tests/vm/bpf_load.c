// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "bpf_interface.h"
#include "bpf_load.h"
#include "netns.h"

static void worker_expect(struct load_worker *w, const char *what, int ret,
			  int other)
{
	if (ret == -EINVAL) {
		w->refused++;
	} else if (ret >= 0 || ret == other) {
		w->served++;
	} else {
		w->complaint = what;
		w->ret = ret;
	}
}

static void *worker_run(void *arg)
{
	struct load_worker *w = arg;
	struct point nowhere = { IFINDEX_NONE, w->point.type };
	int turn = w->nth;

	while (!*w->stop && !w->complaint) {
		switch (turn++ % 5) {
		case 0:
			worker_expect(w, "query",
				      attr_issue(QUERY, &w->point, 0), 0);
			break;
		case 1:
			worker_expect(w, "attach",
				      attr_issue(ATTACH, &w->point, w->prog),
				      -EEXIST);
			break;
		case 2:
			worker_expect(w, "detach",
				      attr_issue(DETACH, &w->point, w->prog),
				      -ENOENT);
			break;
		case 3:
			worker_expect(w, "link", link_and_close(&w->point,
								w->prog),
				      -EEXIST);
			break;
		default:
			worker_expect(w, "nowhere",
				      attr_issue(LINK_CREATE, &nowhere,
						 w->prog), -ENODEV);
		}
		usleep(w->pause_us);
	}
	return NULL;
}

static void *disturber_run(void *arg)
{
	struct disturber *d = arg;

	for (; !*d->stop; d->rounds++) {
		int ifindex = dummy_add("busy");

		if (ifindex > 0)
			link_del(ifindex);
	}
	return NULL;
}

int load_start(struct load *l, const struct point points[2], const int *progs,
	       int count, int pause_us)
{
	int i, ret;

	l->count = count;
	l->disturber.stop = &l->stop;
	ret = pthread_create(&l->disturber.thread, NULL, disturber_run,
			     &l->disturber);
	for (i = 0; i < count && !ret; i++) {
		l->workers[i] = (struct load_worker){
			.point = points[i & 1],
			.prog = progs[i],
			.nth = i,
			.pause_us = pause_us,
			.stop = &l->stop,
		};
		ret = pthread_create(&l->workers[i].thread, NULL, worker_run,
				     &l->workers[i]);
	}
	return ret;
}

void load_stop(struct load *l)
{
	int i;

	l->stop = true;
	pthread_join(l->disturber.thread, NULL);
	for (i = 0; i < l->count; i++) {
		struct load_worker *w = &l->workers[i];

		pthread_join(w->thread, NULL);
		attr_issue(DETACH, &w->point, w->prog);
	}
}
