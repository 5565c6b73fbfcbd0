// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rcupdate.h>
#include <linux/slab.h>

struct shim_object {
	struct shim_object	*next;
	unsigned char		*mem;
	size_t			size;
	unsigned char		*copy;	/* as published; NULL: never was */
	void			*slot;	/* the pointer that published it */
	size_t			head;	/* where the rcu_head is */
	bool			retired;	/* by kfree_rcu() */
};

static struct shim_object *objects;
static const char *complaint;
static unsigned int fail_nth;

static void complain(const char *what)
{
	if (!complaint)
		complaint = what;
}

static struct shim_object *object_of(const void *p)
{
	struct shim_object *obj;

	for (obj = objects; obj; obj = obj->next)
		if (obj->mem == p)
			return obj;
	return NULL;
}

static void object_free(struct shim_object *obj)
{
	struct shim_object **at = &objects;

	while (*at != obj)
		at = &(*at)->next;
	*at = obj->next;
	free(obj->copy);
	free(obj->mem);
	free(obj);
}

static void *must_alloc(size_t size)
{
	void *p = malloc(size);

	if (!p) {
		perror("malloc");
		abort();
	}
	return p;
}

void *shim_alloc(size_t size, gfp_t gfp)
{
	struct shim_object *obj;

	if (!(gfp & __GFP_NOFAIL) && fail_nth && !--fail_nth)
		return NULL;
	obj = must_alloc(sizeof(*obj));
	memset(obj, 0, sizeof(*obj));
	obj->mem = must_alloc(size);
	memset(obj->mem, gfp & __GFP_ZERO ? 0 : 0x5a, size);
	obj->size = size;
	obj->next = objects;
	objects = obj;
	return obj->mem;
}

void shim_free(const void *p)
{
	struct shim_object *obj = object_of(p);

	if (!p)
		return;
	if (!obj)
		complain("kfree() of what is not allocated");
	else if (obj->retired)
		complain("kfree() after kfree_rcu()");
	else if (obj->copy)
		complain("kfree() of what readers may see, without a grace period");
	else
		object_free(obj);
}

void shim_published(void *slot, const void *p)
{
	struct shim_object *obj = object_of(p);

	if ((unsigned long)p < SHIM_MEMORY)
		return;
	if (!obj) {
		complain("published what is not allocated");
		return;
	}
	if (obj->retired)
		complain("published after kfree_rcu()");
	if (!obj->copy) {
		obj->copy = must_alloc(obj->size);
		memcpy(obj->copy, obj->mem, obj->size);
	}
	obj->slot = slot;
}

void shim_free_rcu(void *p, size_t head)
{
	struct shim_object *obj = object_of(p);

	if (!p)
		return;
	if (!obj) {
		complain("kfree_rcu() of what is not allocated");
		return;
	}
	if (obj->retired)
		complain("kfree_rcu() twice");
	if (obj->slot && !memcmp(obj->slot, &p, sizeof(p)))
		complain("kfree_rcu() of what new readers still find");
	obj->retired = true;
	obj->head = head;
	/* As the kernel does: the head is in use from now on. */
	memset(obj->mem + head, 0xa5, sizeof(struct rcu_head));
}

void shim_fail_alloc(unsigned int nth)
{
	fail_nth = nth;
}

void shim_grace_period(void)
{
	struct shim_object *obj, *next;

	for (obj = objects; obj; obj = next) {
		next = obj->next;
		if (obj->retired)
			object_free(obj);
	}
}

unsigned int shim_live(void)
{
	struct shim_object *obj;
	unsigned int n = 0;

	for (obj = objects; obj; obj = obj->next)
		n += !obj->retired;
	return n;
}

static bool object_changed(const struct shim_object *obj)
{
	size_t after = obj->head + sizeof(struct rcu_head);

	if (!obj->copy)
		return false;
	if (!obj->retired)
		return memcmp(obj->mem, obj->copy, obj->size);
	return memcmp(obj->mem, obj->copy, obj->head) ||
	       memcmp(obj->mem + after, obj->copy + after,
		      obj->size - after);
}

const char *shim_check(void)
{
	struct shim_object *obj;

	for (obj = objects; obj; obj = obj->next)
		if (object_changed(obj))
			complain("changed what had been published");
	return complaint;
}

void shim_reset(void)
{
	while (objects)
		object_free(objects);
	complaint = NULL;
	fail_nth = 0;
}
