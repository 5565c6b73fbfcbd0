// SPDX-License-Identifier: GPL-2.0
#include <limits.h>
#include <string.h>

#include "letters.h"

#define WORD_MOST 16

static int least(int a, int b)
{
	return a < b ? a : b;
}

int letters_apart(const char *a, const char *b)
{
	/* Of the first i letters of one and the first j of the other */
	int apart[WORD_MOST + 1][WORD_MOST + 1];
	size_t n = strlen(a), m = strlen(b), i, j;

	if (n > WORD_MOST || m > WORD_MOST)
		return INT_MAX;
	for (i = 0; i <= n; i++)
		apart[i][0] = i;
	for (j = 0; j <= m; j++)
		apart[0][j] = j;
	for (i = 1; i <= n; i++) {
		for (j = 1; j <= m; j++) {
			apart[i][j] = least(apart[i - 1][j], apart[i][j - 1]) + 1;
			apart[i][j] = least(apart[i][j], apart[i - 1][j - 1] +
							 (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				apart[i][j] = least(apart[i][j],
						    apart[i - 2][j - 2] + 1);
		}
	}
	return apart[n][m];
}
