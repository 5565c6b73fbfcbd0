// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>

#include "fault.h"

int problems;

void problem(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("# FAULT: ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	problems++;
}
