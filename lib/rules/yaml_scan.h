/* SPDX-License-Identifier: Apache-2.0 */
/* The scanner under yaml.c: source bytes -> tokens. */
#ifndef SKR_YAML_SCAN_H
#define SKR_YAML_SCAN_H

#include "yaml.h"

typedef enum skr_ytok_kind {
    SKR_YT_DIRECTIVE,
    SKR_YT_DOC_START,
    SKR_YT_DOC_END,
    SKR_YT_SEQ_START, /* block */
    SKR_YT_MAP_START,
    SKR_YT_SEQ_END,
    SKR_YT_MAP_END,
    SKR_YT_ENTRY,          /* '-'       */
    SKR_YT_FLOW_SEQ_START, /* '['       */
    SKR_YT_FLOW_MAP_START,
    SKR_YT_FLOW_SEQ_END,
    SKR_YT_FLOW_MAP_END,
    SKR_YT_FLOW_ENTRY, /* ','       */
    SKR_YT_KEY,        /* '?', or put before what turns out to be a key */
    SKR_YT_VALUE,      /* ':'       */
    SKR_YT_ANCHOR,
    SKR_YT_ALIAS,
    SKR_YT_TAG,
    SKR_YT_PLAIN,
    SKR_YT_QUOTED /* or a block scalar */
} skr_ytok_kind;

/* A key is known only at its ':'. Until then the tokens put before it are in doubt. */
typedef enum skr_ytok_state { SKR_YT_SURE, SKR_YT_OFF, SKR_YT_DOUBT } skr_ytok_state;

typedef struct skr_ytok {
    uint8_t kind, state;
    uint32_t at, end;
    const skr_scalar *scalar; /* PLAIN, QUOTED */
    skr_str name;             /* ANCHOR, ALIAS, TAG, DIRECTIVE (the whole line) */
} skr_ytok;

typedef struct skr_yindent {
    int64_t column;
    bool is_seq, is_map;
    uint8_t state;
    size_t start; /* number of its start token */
} skr_yindent;

typedef struct skr_ykey { /* a possible key */
    uint32_t at;
    size_t line, level;
    size_t indent;         /* index into indents + 1; 0: none was pushed  */
    size_t map_start, key; /* token numbers + 1; 0: none */
} skr_ykey;

typedef struct skr_yscan {
    skr_yaml *y;
    size_t pos, line, line_start;
    SKR_VEC(skr_ytok) tokens; /* a queue: from `head` on */
    size_t head, popped;      /* popped: number of tokens[0] */
    SKR_VEC(skr_yindent) indents;
    SKR_VEC(skr_ykey) keys;
    SKR_VEC(char) flows; /* '[' and '{' */
    bool patient;        /* never give up a possible key before its end */
    bool gave_up;        /* it was done: an error may be another one than the reference's */
    bool ended;
    bool key_allowed, scalar_allowed, json_value;
    bool nomem;
    skr_buf out; /* value under construction */
    SKR_VEC(skr_piece) pieces;
} skr_yscan;

void skr_yscan_init(skr_yscan *s, skr_yaml *y, size_t from);
void skr_yscan_free(skr_yscan *s);
/* The next token, or NULL at the end or after an error (y->error, s->nomem). Valid until the next call. */
skr_ytok *skr_yscan_peek(skr_yscan *s);
void skr_yscan_pop(skr_yscan *s);
/* Records the first error. Always false. */
bool skr_yscan_fail(skr_yscan *s, size_t at, const char *error);

/* ---- For yaml_scalar.c ---- */

static inline bool skr_y_at_end(const skr_yscan *s)
{
    return s->pos >= s->y->source.len;
}
static inline char skr_y_char(const skr_yscan *s, size_t ahead) /* '\0' beyond the end */
{
    return s->pos + ahead < s->y->source.len ? s->y->source.ptr[s->pos + ahead] : '\0';
}
static inline size_t skr_y_column(const skr_yscan *s)
{
    return s->pos - s->line_start;
}
static inline bool skr_y_blank(char c)
{
    return c == ' ' || c == '\t';
}
/* Bytes of the line break at `ahead`, 0: none. */
size_t skr_y_break(const skr_yscan *s, size_t ahead);
/* Blank, break or end, for which yaml-cpp takes a byte 0x04, too, where it looks behind something. */
bool skr_y_gap(const skr_yscan *s, size_t ahead);
bool skr_y_gap_not_end(const skr_yscan *s, size_t ahead);
void skr_y_eat(skr_yscan *s, size_t n);
/* To the end of the line, before the break. */
void skr_y_skip_line(skr_yscan *s);
/* "---" or "..." at the start of a line. */
bool skr_y_doc_mark(const skr_yscan *s);

bool skr_y_scan_plain(skr_yscan *s, skr_ytok *t, int64_t indent, bool *ended_line);
bool skr_y_scan_quoted(skr_yscan *s, skr_ytok *t);
bool skr_y_scan_block(skr_yscan *s, skr_ytok *t);
int64_t skr_y_indent(const skr_yscan *s); /* column of the innermost block collection; -1 outside */

#endif
