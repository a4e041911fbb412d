/* SPDX-License-Identifier: Apache-2.0 */
/* Where rules come from: files and texts, and places in them. Includes only base. */
#ifndef SKR_SOURCE_H
#define SKR_SOURCE_H

#include "yaml.h"

typedef struct skr_source {
    const char *name; /* path or name given; NULL: an argument of a call */
    skr_str text;     /* UTF-8, NUL behind it                          */
    uint32_t number;  /* in the order of loading                       */
    uint32_t *lines;  /* byte where each line starts                   */
    size_t line_count;
    bool owned;     /* `text` is to be freed, text.len + 1 bytes */
    uint32_t shift; /* bytes of the byte order mark, which Falco does not count */
} skr_source;

typedef struct skr_place { /* src NULL: nowhere */
    const skr_source *src;
    uint32_t at;
} skr_place;

typedef struct skr_span {
    const skr_source *src;
    uint32_t at, end;
} skr_span;

/* A text out of a file: bytes [from, to) of a scalar's value, or, without scalar, of the file itself. src NULL: of no
 * file, but a constant. */
typedef struct skr_part {
    const skr_source *src;
    const skr_scalar *scalar;
    uint32_t from, to;
} skr_part;

static inline skr_str skr_part_text(skr_part p)
{
    return skr_str_cut(p.scalar ? p.scalar->text : p.src->text, p.from, p.to);
}

/* `text` (with a NUL behind it) must live as long as the source, which lives in `a`. NULL: out of memory. */
skr_source *skr_source_new(skr_arena *a, const char *name, skr_str text, uint32_t number);

/* Line (from 0) of byte `at`, and where that line starts. */
size_t skr_source_line(const skr_source *s, uint32_t at, uint32_t *start);
/* The line's text without its end. */
skr_str skr_source_line_text(const skr_source *s, size_t line);
/* Characters in a text: bad bytes count one each. */
size_t skr_count_chars(skr_str s);

skr_part skr_part_of(const skr_scalar *s, const skr_source *src);
skr_part skr_part_trim(skr_part p, const char *bytes);
skr_span skr_part_span(skr_part p);

#endif
