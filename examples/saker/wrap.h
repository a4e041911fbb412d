/* SPDX-License-Identifier: Apache-2.0 */
/* Text for people on standard output, indented and broken between words. */
#ifndef SAKER_WRAP_H
#define SAKER_WRAP_H

#include "cmd.h"

typedef struct wrap {
    int indent, column;
} wrap;

wrap wrap_begin(int indent);
/* All words of a text; blanks and newlines separate them. */
void wrap_text(wrap *w, const char *text);
/* One word, whatever is in it, and what follows it without a blank. */
void wrap_word(wrap *w, const char *word, const char *after);
/* Ends the line, if anything was written. */
void wrap_end(wrap *w);

#endif
