/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCXCTL_LETTERS_H
#define TCXCTL_LETTERS_H

/* By how many letters two words differ: by one that is left out, added or another,
 * or by two neighbours that have changed places. INT_MAX for words that are too
 * long to be compared.
 */
int letters_apart(const char *a, const char *b);

#endif /* TCXCTL_LETTERS_H */
