// SPDX-License-Identifier: GPL-2.0
/*
 * Results as JSON. A member that cannot be made must not be missing from what
 * is printed: whoever reads it would not know. So the whole of it fails then.
 */
#include <stdlib.h>

#include "json.h"
#include "options.h"
#include "print.h"

static bool incomplete;

/* The text of somebody else, escaped as everywhere. */
json_t *text_json(const char *text)
{
	char *shown = text_format("%s", text);
	json_t *value = shown ? json_string(shown) : NULL;

	free(shown);
	return value;
}

/* What is named by its id alone */
json_t *id_json(json_int_t id)
{
	return json_pack("{s:I}", "id", id);
}

void put_member(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		incomplete = true;
}

void put_element(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		incomplete = true;
}

/* Takes the value, which may be NULL: it could not be made. */
bool print_json(json_t *value)
{
	size_t flags = JSON_PRESERVE_ORDER | JSON_ENCODE_ANY;
	char *text = NULL;
	bool ok;

	flags |= options.pretty ? JSON_INDENT(2) : JSON_COMPACT;
	if (value && !incomplete)
		text = json_dumps(value, flags);
	ok = text;
	if (ok) {
		print_as_is(text);
		print_as_is("\n");
	} else {
		output_failed("no JSON can be made of it");
	}
	free(text);
	json_decref(value);
	return ok;
}
