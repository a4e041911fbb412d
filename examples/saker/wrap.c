/* SPDX-License-Identifier: Apache-2.0 */
#include "wrap.h"

#include <string.h>

enum { WIDTH = 100 };

wrap wrap_begin(int indent)
{
    return (wrap){ indent, 0 };
}

/* Room for `len` more: a blank, a new line, or the indent of the first. */
static void advance(wrap *w, size_t len)
{
    if (w->column && w->column + 1 + (int)len <= WIDTH) {
        put(" ", 1);
        w->column++;
        return;
    }
    printf("%s%*s", w->column ? "\n" : "", w->indent, "");
    w->column = w->indent;
}

static void put_part(wrap *w, const char *text, size_t len)
{
    put_shown(text, len);
    w->column += (int)len;
}

void wrap_text(wrap *w, const char *text)
{
    static const char blanks[] = " \t\r\n";
    for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
        const size_t len = strcspn(text, blanks);
        advance(w, len);
        put_part(w, text, len);
        text += len;
    }
}

void wrap_word(wrap *w, const char *word, const char *after)
{
    advance(w, strlen(word) + strlen(after));
    put_part(w, word, strlen(word));
    put_part(w, after, strlen(after));
}

void wrap_end(wrap *w)
{
    if (w->column)
        put("\n", 1);
}
