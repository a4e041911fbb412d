/* SPDX-License-Identifier: Apache-2.0 */
/* Condition and output texts put together from parts of files (appends, exceptions, lists), each byte of which can be
 * traced to where its author wrote it. */
#ifndef SKR_RULE_TEXT_H
#define SKR_RULE_TEXT_H

#include "ast.h"
#include "source.h"

/* From byte `text` on, to the next segment:
 *   src, of NULL       the source's bytes from `from` on
 *   src, of a scalar   its bytes from `from` on
 *   src, of skr_glue   something added for the sake of byte `from` of the source (src NULL: of nothing)
 *   no src             bytes of another text (of), from `from` on */
typedef struct skr_seg {
    uint32_t text, from;
    const skr_source *src;
    const void *of;
} skr_seg;

extern const char skr_glue[];

typedef struct skr_ctext {
    skr_text base; /* base.map is the ctext itself */
    const skr_seg *segs;
    size_t seg_count;
    uint32_t list; /* these are the items of a list: its index + 1; 0: not */
    bool gap;      /* they are left out: the text is a byte that stands for them */
} skr_ctext;

/* A text under construction. */
typedef struct skr_textb {
    skr_mem *mem;
    skr_buf buf;
    SKR_VEC(skr_seg) segs;
    bool failed;
} skr_textb;

void skr_textb_init(skr_textb *b, skr_mem *mem);
void skr_textb_free(skr_textb *b);
void skr_textb_clear(skr_textb *b);
void skr_textb_part(skr_textb *b, skr_part p);
/* Bytes that no file has, put there because of `at`. */
void skr_textb_glue(skr_textb *b, const char *s, skr_place at);
/* Bytes that no file has; their place is that of what stands before them. */
void skr_textb_pad(skr_textb *b, const char *s);
/* Bytes [from, to) of another text, which must live as long. */
void skr_textb_copy(skr_textb *b, const skr_ctext *t, size_t from, size_t to);
void skr_textb_cut(skr_textb *b, size_t len); /* back to this length */
/* Copies the text into `a`; a text that is one part is not copied. NULL: out of memory. */
skr_ctext *skr_textb_done(skr_textb *b, skr_arena *a, skr_str item, bool is_macro);

/* The place of byte `idx` of a text (idx up to its length: the end of what it is made of). */
skr_place skr_ctext_place(const skr_ctext *t, size_t idx);
/* The list (index + 1) that byte `idx` was put in for; 0: none. */
uint32_t skr_ctext_list(const skr_ctext *t, size_t idx);
/* Where `name` stands that byte `idx` was put in for, if a file's text stands before it; src NULL: unknown. */
skr_span skr_ctext_name(const skr_ctext *t, size_t idx, skr_str name);
/* The stretch of file for [idx, idx + len), as far as it lies on one piece of it; one byte at least. */
skr_span skr_ctext_span(const skr_ctext *t, size_t idx, size_t len);

#endif
