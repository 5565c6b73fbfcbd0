// SPDX-License-Identifier: GPL-2.0
/* JSON as YAML for people: libyaml knows what has to be quoted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "save.h"

struct writer {
	yaml_emitter_t emitter;
	FILE *to;
	int failed;
};

static int write_text(void *ctx, unsigned char *text, size_t size)
{
	struct writer *w = ctx;

	return fwrite(text, 1, size, w->to) == size;
}

/* Takes the event, whatever comes of it. */
static void emit(struct writer *w, yaml_event_t *event, int made)
{
	w->failed |= !made || !yaml_emitter_emit(&w->emitter, event);
}

static void write_scalar(struct writer *w, const char *text)
{
	yaml_event_t event;

	emit(w, &event,
	     yaml_scalar_event_initialize(&event, NULL, NULL,
					  (yaml_char_t *)text, strlen(text),
					  1, 1, YAML_ANY_SCALAR_STYLE));
}

static void write_value(struct writer *w, const json_t *value);

/* A list of texts on one line, one of attachments on a line each */
static void write_list(struct writer *w, const json_t *list)
{
	bool texts = json_is_string(json_array_get(list, 0));
	yaml_event_t event;
	size_t i;

	emit(w, &event,
	     yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
						  texts || !json_array_size(list) ?
						  YAML_FLOW_SEQUENCE_STYLE :
						  YAML_BLOCK_SEQUENCE_STYLE));
	for (i = 0; i < json_array_size(list); i++)
		write_value(w, json_array_get(list, i));
	emit(w, &event, yaml_sequence_end_event_initialize(&event));
}

static void write_object(struct writer *w, const json_t *object)
{
	yaml_event_t event;
	const char *key;
	json_t *value;

	emit(w, &event,
	     yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
						 YAML_BLOCK_MAPPING_STYLE));
	json_object_foreach((json_t *)object, key, value) {
		write_scalar(w, key);
		write_value(w, value);
	}
	emit(w, &event, yaml_mapping_end_event_initialize(&event));
}

static void write_value(struct writer *w, const json_t *value)
{
	if (json_is_object(value))
		write_object(w, value);
	else if (json_is_array(value))
		write_list(w, value);
	else
		write_scalar(w, json_string_value(value));
}

static void write_document(struct writer *w, const json_t *value)
{
	yaml_event_t event;

	emit(w, &event,
	     yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	emit(w, &event,
	     yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
	write_value(w, value);
	emit(w, &event, yaml_document_end_event_initialize(&event, 1));
	emit(w, &event, yaml_stream_end_event_initialize(&event));
}

char *save_yaml(const json_t *declarations)
{
	struct writer w = {};
	char *text = NULL;
	size_t size;

	if (!yaml_emitter_initialize(&w.emitter))
		return NULL;
	w.to = open_memstream(&text, &size);
	if (w.to) {
		yaml_emitter_set_output(&w.emitter, write_text, &w);
		yaml_emitter_set_unicode(&w.emitter, 1);
		yaml_emitter_set_width(&w.emitter, -1);
		write_document(&w, declarations);
		w.failed |= fclose(w.to);
	}
	yaml_emitter_delete(&w.emitter);
	if (w.to && !w.failed)
		return text;
	free(text);
	return NULL;
}
