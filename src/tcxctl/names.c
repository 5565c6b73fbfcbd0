// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "print.h"

#define MOST_SHOWN 8

void names_begin(struct names *names, const char *indent, const char *label)
{
	memset(names, 0, sizeof(*names));
	names->indent = indent;
	names->label = label;
}

/* Before a name that takes so many columns */
static void make_room(struct names *names, int width)
{
	int label = strlen(names->indent) + strlen(names->label) + 1;
	int most = output_columns();

	if (!names->count) {
		print("%s%s ", names->indent, names->label);
		names->column = label;
	} else if (most && names->column + width + 3 > most) {
		/* With the blank before it and a comma on either side */
		print(",\n%*s", label, "");
		names->column = label;
	} else {
		print(", ");
		names->column += 2;
	}
	names->column += width;
}

void names_add(struct names *names, const char *name)
{
	if (names->count < MOST_SHOWN) {
		make_room(names, name_width(name));
		print_name(name);
	}
	names->count++;
}

void names_add_process(struct names *names, pid_t pid, const char *command)
{
	if (names->count < MOST_SHOWN) {
		make_room(names, snprintf(NULL, 0, "%d ()", pid) +
			  name_width(command));
		print("%d (", pid);
		print_name(command);
		print(")");
	}
	names->count++;
}

void names_end(struct names *names)
{
	if (names->count > MOST_SHOWN)
		print(" and %zu more", names->count - MOST_SHOWN);
	if (names->count)
		print("\n");
}
