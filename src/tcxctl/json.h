/* SPDX-License-Identifier: GPL-2.0 */
/* Results as JSON. Whatever cannot be made is found out by print_json(). */
#ifndef TCXCTL_JSON_H
#define TCXCTL_JSON_H

#include <stdbool.h>

#include <jansson.h>

json_t *text_json(const char *text);
json_t *id_json(json_int_t id);
void put_member(json_t *object, const char *key, json_t *value);
void put_element(json_t *array, json_t *value);
bool print_json(json_t *value);

#endif /* TCXCTL_JSON_H */
