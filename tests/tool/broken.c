// SPDX-License-Identifier: GPL-2.0
/* Preloaded: call number BROKEN of jansson fails. */
#include <dlfcn.h>
#include <stdlib.h>
#include <jansson.h>

/* Whether this call, counted over all functions, is the one that fails. */
static int fails(void)
{
	static int calls;
	const char *which = getenv("BROKEN");

	return which && ++calls == atoi(which);
}

#define BREAK(type, name, declared, given) \
type name declared \
{ \
	type (*real) declared = dlsym(RTLD_NEXT, #name); \
	return fails() ? (type)0 : real given; \
}

BREAK(json_t *, json_string, (const char *s), (s))
BREAK(json_t *, json_integer, (json_int_t n), (n))
BREAK(json_t *, json_array, (void), ())
BREAK(json_t *, json_object, (void), ())
BREAK(char *, json_dumps, (const json_t *j, size_t f), (j, f))

int json_object_set_new(json_t *o, const char *k, json_t *v)
{
	int (*real)(json_t *object, const char *key, json_t *value) = dlsym(RTLD_NEXT, "json_object_set_new");

	return fails() ? -1 : real(o, k, v);
}

int json_array_append_new(json_t *a, json_t *v)
{
	int (*real)(json_t *array, json_t *value) = dlsym(RTLD_NEXT, "json_array_append_new");

	return fails() ? -1 : real(a, v);
}
