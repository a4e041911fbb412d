/* SPDX-License-Identifier: Apache-2.0 */
/* YAML text -> nodes that know their place in the text, to the byte. A reader of our own rather than libyaml: rule
 * files are accepted or refused by Falco's parser (yaml-cpp), which takes much that YAML 1.1 does not (a document may
 * begin without `---`, a last line may lack its colon, a quote may stay open at the end ...) and libyaml refuses; and
 * every byte of a folded or quoted scalar must be traceable to the file for the carets. Includes only base. */
#ifndef SKR_YAML_H
#define SKR_YAML_H

#include "str.h"

typedef enum skr_ykind { SKR_YNULL, SKR_YSCALAR, SKR_YSEQ, SKR_YMAP } skr_ykind;

/* From `text` on, bytes of the scalar's value stand at `file` on in the source, until the next piece. */
typedef struct skr_piece {
    uint32_t text, file;
} skr_piece;

/* The value of a scalar (or part of it): its bytes and where they come from. One piece at least. */
typedef struct skr_scalar {
    skr_str text;
    const skr_piece *pieces; /* NULL: contiguous, from `at` on */
    uint32_t piece_count;
    uint32_t at; /* of the first byte of the value in the source (behind a quote) */
} skr_scalar;

typedef struct skr_ynode skr_ynode;
struct skr_ynode {
    uint8_t kind;
    bool plain;       /* scalar without quotes or block indicator                 */
    bool open;        /* being read: an alias to it would be a cycle               */
    uint32_t at, end; /* bytes of the source: the whole node; of a collection only its start */
    uint32_t count;   /* sequence: items; mapping: pairs                           */
    union {
        const skr_scalar *scalar;
        skr_ynode **items; /* mapping: key, value, key, value ... */
    } as;
};

enum { SKR_YAML_DEPTH = 500, SKR_YAML_MAX = 1 << 30 };

typedef struct skr_yaml {
    /* set by the caller */
    skr_mem *mem;
    skr_arena *nodes; /* the tree with its scalars                          */
    skr_arena *texts; /* bytes of values and pieces, which outlive the tree    */
    skr_str source;   /* at most SKR_YAML_MAX bytes                           */
    /* result */
    SKR_VEC(skr_ynode *) docs; /* with an error: what was complete before it, the last one cut short */
    const char *error;         /* Falco's words without position; NULL: none   */
    const char *hint;          /* ours; or NULL                                */
    uint32_t error_at;
    char open; /* with an error: '[', '{' or the quote that was never closed; '\0': none */
    uint32_t open_at;
    bool limit;  /* the error is a limit of ours: depth or alias budget    */
    bool alias;  /* the error is an alias without an anchor before it      */
    bool at_end; /* the error was found when all was read: Falco gives it column 1 */
} skr_yaml;

/* Reads the documents from byte `from` on. SAKER_ERULES: see y->error. May be called again with a later `from` to
 * go on behind an error: `docs` grows. Free docs with skr_vec_free. */
int skr_yaml_read(skr_yaml *y, size_t from);

static inline bool skr_yscalar(const skr_ynode *n)
{
    return n && n->kind == SKR_YSCALAR;
}
static inline skr_str skr_ytext(const skr_ynode *n)
{
    return n->as.scalar->text;
}
/* The first pair with this key, or NULL. */
const skr_ynode *skr_yget(const skr_ynode *map, skr_str key);

/* The byte of the source that byte `i` of a value stands for (i up to the value's length). */
uint32_t skr_scalar_at(const skr_scalar *s, size_t i);

#endif
