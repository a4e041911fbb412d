/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics in both views: ours, with a stretch of the user's file, and Falco's, with code, words and context. */
#ifndef SKR_DIAG_H
#define SKR_DIAG_H

#include "map.h"
#include "text.h"

typedef enum skr_code { /* rows of diags.def */
#define SKR_DIAG(number, id, name, severity, falco, doc) SKR_D_##id,
#include "diags.def"
#undef SKR_DIAG
                        SKR_D_COUNT
} skr_code;

typedef struct skr_code_info {
    uint32_t number;
    saker_severity severity;
    const char *name, *falco, *doc;
} skr_code_info;

extern const skr_code_info skr_codes[];

/* What a location of Falco's context is about; rows of locations.def. */
typedef enum skr_loc_type {
#define SKR_LOC(id, text) SKR_LOC_##id,
#include "locations.def"
#undef SKR_LOC
    SKR_LOC_COUNT
} skr_loc_type;

const char *skr_loc_text(skr_loc_type t);

typedef struct skr_loc {
    skr_loc_type type;
    skr_str name;
    skr_place place;
} skr_loc;

/* Falco's "context": locations from outside in. The last may be a place in a condition text. */
typedef struct skr_context {
    skr_loc v[6];
    uint32_t count;
    bool in_text;
    bool at_line_start; /* the last place counts as column 0 */
    skr_str text;       /* the condition; once kept, only its start (`whole`: all of it) */
    bool whole;
    skr_str excerpt; /* kept: what stands around the place, at byte excerpt_at */
    size_t excerpt_at;
    skr_pos pos; /* line 0: none; then the place is that of the location before */
} skr_context;

enum { SKR_EXCERPT = 80, SKR_TEXT_NAME = 20 }; /* bytes that Falco shows to each side, and of a condition's start */
enum { SKR_LONGEST_NAME = 1024 };              /* of an item, in what is said about it: the rest is cut off */

typedef struct skr_position { /* from 0, as Falco counts */
    size_t line, column, offset;
} skr_position;

/* Of location `i` of the context. */
skr_position skr_context_position(const skr_context *c, size_t i);
/* Of the place in the condition: it adds to that of the location around it. */
skr_position skr_context_text_position(const skr_context *c);

skr_context skr_context_of(const skr_source *src);
skr_context skr_context_add(const skr_context *c, skr_loc_type type, skr_str name, skr_place place);
skr_context skr_context_text(const skr_context *c, skr_str text, skr_pos pos);

typedef struct skr_diag {
    skr_code code;
    saker_severity severity;
    skr_span span;
    skr_str item;
    const char *message, *hint;
    const char *falco_code, *falco; /* NULL: nothing of Falco's */
    const char *deprecated;         /* Falco's "deprecated_field" */
    const skr_context *context;     /* kept by skr_diags_add() */
    uint32_t serial;
    uint32_t next_note; /* index + 1 of the first note; of a note: of the next one */
    bool first;         /* the first error of a file: kept whatever the limit */
} skr_diag;

typedef struct skr_diags {
    skr_mem *mem;
    skr_arena *keep; /* of texts */
    SKR_VEC(skr_diag) v;
    skr_map seen; /* code and place -> index */
    size_t errors, max_errors, warnings;
    bool full, silent; /* no more errors, warnings */
    bool nomem;
} skr_diags;

void skr_diags_init(skr_diags *d, skr_mem *mem, skr_arena *keep, size_t max_errors);
void skr_diags_free(skr_diags *d);

/* Adds one; strings of `diag` must be in the arena or constant. What was said before about the same place is not said
 * again. Its index, or SIZE_MAX when there is no room for it (or no memory: d->nomem). *fresh (may be NULL): it is new.
 */
size_t skr_diags_add(skr_diags *d, const skr_diag *diag, bool *fresh);
void skr_diags_note(skr_diags *d, size_t index, const skr_diag *note);

/* Text in the arena; "" and d->nomem if memory ran out. */
const char *skr_say(skr_diags *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define SKR_S(s) (int)((s).len < 200 ? (s).len : 200), (s).ptr /* for %.*s */

#endif
