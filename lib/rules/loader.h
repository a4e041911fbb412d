/* SPDX-License-Identifier: Apache-2.0 */
/* Rule files -> definitions -> rules ready for a builder. The loader keeps everything that was loaded; after each file
 * the whole collection is compiled anew, as Falco does (rules.md 1). */
#ifndef SKR_LOADER_H
#define SKR_LOADER_H

#include "diag.h"
#include "parse.h"
#include "program.h"

/* ---- Definitions (rules.md 4-8) ---- */

typedef SKR_VEC(uint32_t) skr_words;
typedef SKR_VEC(skr_part) skr_parts; /* joined with one blank: a definition and what was appended */

typedef struct skr_exval
    skr_exval; /* a text, or a sequence of them, as `fields`, `comps`, `values` of an exception have */
struct skr_exval {
    skr_part part;
    bool is_list;
    uint32_t count;
    skr_exval *items;
    skr_place place;
};

typedef struct skr_exception {
    skr_str name;
    skr_place place;
    bool has_fields, has_comps, has_values;
    bool broken; /* refused, and kept only to go on */
    skr_exval fields, comps;
    SKR_VEC(skr_exval) values;
} skr_exception;

typedef struct skr_exceptions {
    skr_exception *v;
    size_t n, cap;
    skr_map names; /* -> the first that is called so */
} skr_exceptions;

/* What lists, macros and rules have in common. */
typedef struct skr_head {
    skr_str name;
    uint32_t index;      /* order: that of the first definition      */
    uint32_t visibility; /* number of the last definition or append  */
    skr_place place;     /* of the last full definition: its item    */
    skr_span span;       /* ... and its name                         */
    bool broken;         /* something of it was refused: nothing is said about its users */
    bool used;
    uint8_t type; /* skr_loc_type: list, macro or rule */
    bool touched; /* defined, appended to or replaced since the last compilation */
} skr_head;

typedef struct skr_run { /* a stretch of a list's items as written */
    uint32_t list, from, count;
} skr_run;

/* Lists whose items are whole literals need not be put into texts: conditions share them (share.c). */
typedef struct skr_sharing {
    uint8_t own;            /* its items as written: 0: not looked at; 1: they are literals; 2: not all */
    uint8_t all;            /* with those of nested lists: 0: not looked at; 1: can be shared; 2: cannot */
    const skr_str *texts;   /* own: what they mean */
    SKR_VEC(skr_run) named; /* own: items that are names of lists themselves; `list`: those, `from`: the item */
    skr_shared *whole;      /* own */
    skr_shared **runs;      /* all */
    uint32_t run_count;
    const skr_ctext *gap; /* stands for them in a text */
} skr_sharing;

typedef struct skr_list {
    skr_head head;
    skr_parts items;
    SKR_VEC(skr_run) runs;    /* after flattening, if other lists are in it */
    SKR_VEC(uint32_t) nested; /* indexes of those                   */
    size_t flat_count;        /* items after flattening             */
    skr_words words;          /* hashes of the words in its items   */
    bool changed;             /* since the last compilation         */
    bool mentions;            /* the name of a list that changed    */
    skr_ctext *joined;
    skr_sharing sharing;
    bool odd;        /* its name has a delimiter inside                     */
    size_t next_odd; /* odd: index + 1 of the next list found by the same word */
    uint32_t queued; /* serial of the substitution that it takes part in    */
    uint32_t first_chunk, last_chunk;
    skr_span use; /* the first occurrence */
} skr_list;

typedef struct skr_ref { /* a macro's name in a tree */
    skr_node **slot;
    skr_node *node;
    size_t macro;   /* index; SIZE_MAX: undefined */
    uint32_t depth; /* of the name in its own tree   */
} skr_ref;

typedef struct skr_list_use {
    uint32_t list;
    skr_span span; /* where its name stood first; src NULL: unknown */
} skr_list_use;

/* What compilation makes of a macro or rule; of the last compilation. */
typedef struct skr_finding { /* index of a diagnostic, and when in Falco's order it comes */
    size_t diag;
    bool parsing; /* all macros are parsed before any is resolved */
} skr_finding;

typedef struct skr_unit {
    skr_words words; /* hashes of the words of the text as written: skr_lists_substitute() */
    SKR_VEC(skr_finding) findings;
    skr_ctext *text; /* lists substituted */
    skr_node *tree;
    SKR_VEC(skr_ref) refs;
    SKR_VEC(skr_list_use) lists; /* substituted ones */
    uint64_t nodes;              /* expanded; saturates */
    uint64_t parts;              /* of them, those that are no literals: right where `nodes` is not too large */
    uint32_t depth;
    bool dirty;    /* to be compiled anew               */
    bool resolved; /* its macros are known                   */
    bool failed;
    bool joined;     /* the trees of its macros are in its own */
    bool on_path;    /* of the search at hand                  */
    bool doomed;     /* on the way to what failed, which has been said */
    uint32_t marked; /* number of the last search that came by */
} skr_unit;

typedef struct skr_macro {
    skr_head head;
    skr_parts condition;
    skr_place condition_place;
    skr_unit unit;
} skr_macro;

typedef struct skr_rule {
    skr_head head;
    skr_parts condition, output, desc;
    skr_place condition_place, output_place;
    skr_str source;
    SKR_VEC(skr_str) tags;
    saker_priority priority;
    uint32_t capture_duration;
    bool enabled, warn_evttypes, skip_unknown, capture;
    bool unknown_source;
    skr_exceptions exceptions;
    const skr_schema *schema; /* NULL: unknown source */
    skr_unit unit;
    skr_ctext *full_output;    /* with what append_output adds */
    const char *const *extras; /* pairs of append_output       */
    size_t extra_count;
    bool skipped, ready; /* compiled without fault */
} skr_rule;

typedef struct skr_version {
    uint32_t v[3];
} skr_version;

typedef struct skr_plugin {
    skr_str name;
    skr_version version;
    skr_span span;
} skr_plugin;

typedef struct skr_requirement {
    SKR_VEC(skr_plugin) alternatives;
    skr_context context;
    skr_span span;
} skr_requirement;

/* ---- The loader ---- */

/* What Falco would say of one file. Indexes into diags. */
typedef struct skr_result {
    const skr_source *src;
    size_t first_error; /* SIZE_MAX: none */
    SKR_VEC(size_t) warnings;
} skr_result;

typedef struct skr_loader {
    skr_mem *mem;
    const saker_options *options;
    skr_arena keep;  /* definitions, texts, diagnostics          */
    skr_arena trees; /* of the last compilation                  */
    skr_arena work;  /* for a moment                             */
    skr_diags diags;
    SKR_VEC(skr_source *) sources;
    SKR_VEC(skr_list) lists;
    SKR_VEC(skr_macro) macros;
    SKR_VEC(skr_rule) rules;
    skr_map list_names, macro_names, rule_names;
    skr_map broken_lists, broken_macros, broken_rules; /* names whose definition was refused */
    SKR_VEC(skr_requirement) requirements;
    SKR_VEC(skr_plugin) plugins; /* whose work the host does itself */
    skr_str engine_version;      /* the last one required */
    SKR_VEC(skr_schema *) schemas;
    skr_builder *checker; /* with the schemas, for checks only; made when first needed */
    uint32_t next_number;
    bool unsure; /* part of a file could not be read: missing definitions may stand there */
    /* the file at hand */
    SKR_VEC(skr_result) results;
    skr_result *result;  /* NULL: none wanted */
    bool failed_here;    /* an error while reading this file   */
    bool failed_compile; /* an error in the last compilation, or one that still stands */
    uint32_t serial;     /* of the compilation                 */
    bool compiling;
    skr_unit *unit; /* being compiled: what is found is its  */
    bool parsing;
    size_t compiled; /* units since the trees were begun anew */
    bool stale;      /* changed since the last compilation    */
    /* substitution */
    skr_map odd_words; /* first word of an odd name -> index + 1 of the first such list */
    size_t odd_lists;
    uint32_t subst_serial, search_serial;
    skr_textb scratch;
    skr_textb shown;      /* the last text with all its lists in */
    size_t shown_bytes;   /* of all these                        */
    size_t spliced, read; /* bytes of lists put into texts in the last compilation; bytes of all files */
    size_t copied;        /* items copied to share them          */
    uint64_t expanded;    /* parts of all conditions in the last compilation */
    size_t tries;         /* names of definitions compared with wrong ones */
} skr_loader;

int skr_loader_init(skr_loader *l, skr_mem *mem, const saker_options *options);
void skr_loader_free(skr_loader *l);
int skr_loader_add_schema(skr_loader *l, const saker_schema *schema);

/* Reads and compiles one file. `text` was allocated with l->mem, text.len + 1 bytes, and is taken over. SAKER_ERULES:
 * errors were found. */
int skr_loader_add_text(skr_loader *l, const char *name, skr_str text);
/* A file that could not be read. */
int skr_loader_add_failure(skr_loader *l, const char *name, const char *message);
int skr_loader_add_list(skr_loader *l, const char *name, const char *const *items, size_t count);
int skr_loader_add_macro(skr_loader *l, const char *name, const char *condition);
int skr_loader_add_rule(skr_loader *l, const saker_rule *rule);
/* Compiles what is new, checks what can only be known at the end. SAKER_ERULES: there is an error, now or from before.
 */
int skr_loader_finish(skr_loader *l);

/* A plugin whose work the host does. SAKER_EINVAL: `version` is none. */
int skr_loader_add_plugin(skr_loader *l, const char *name, const char *version);
/* The public form of a compiled rule, and what a builder wants; until the next call. false: out of memory. */
bool skr_loader_program_rule(skr_loader *l, const skr_rule *r, saker_rule *pub, skr_program_rule *x);

/* ---- Inside lib/rules ---- */

/* Falco's context of a definition. */
skr_context skr_head_context(const skr_head *h);

/* Texts mostly have one part, so they begin with room for one. false: out of memory (remembered). */
bool skr_parts_push(skr_loader *l, skr_parts *v, skr_part p);

/* Gives back what a vector has too much. */
#define skr_vec_fit(m, a) skr_fit((m), (void **)&(a)->v, (a)->n, &(a)->cap, sizeof *(a)->v)
void skr_fit(skr_mem *m, void **v, size_t n, size_t *cap, size_t item);

const char *skr_loader_name(skr_loader *l, skr_str s); /* copy with NUL; NULL: no memory (l->diags.nomem) */

/* Reports. `d->falco` set: for Falco, too, with d->context; d->falco_code NULL: the code's own. */
void skr_loader_report(skr_loader *l, skr_diag *d);
/* The same, and returns its index for notes; SIZE_MAX: not kept, or said before. */
size_t skr_loader_report_noted(skr_loader *l, skr_diag *d);

/* A finding of a unit still stands. */
void skr_loader_repeat(skr_loader *l, size_t index);

static inline bool skr_loader_nomem(const skr_loader *l)
{
    return l->diags.nomem;
}
static inline bool skr_loader_lost(skr_loader *l) /* "memory ran out", as a value to return */
{
    l->diags.nomem = true;
    return false;
}

/* read.c: the items of one document tree. */
void skr_read_document(skr_loader *l, const skr_source *src, const skr_ynode *root);

/* collect.c: what definitions do to the collection. Each takes over what `x` holds. */
typedef struct skr_rule_update { /* an append or override: what is given */
    skr_rule rule;               /* values of the keys that are given */
    bool condition, output, desc, tags, exceptions, priority, capture, capture_duration, enabled, warn_evttypes,
        skip_unknown, source;
} skr_rule_update;

void skr_collect_list(skr_loader *l, skr_list *x, bool append);
void skr_collect_macro(skr_loader *l, skr_macro *x, bool append);
void skr_collect_rule(skr_loader *l, skr_rule *x);
void skr_collect_enable(skr_loader *l, const skr_rule_update *u);
bool skr_collect_append(skr_loader *l, skr_rule_update *u);
bool skr_collect_replace(skr_loader *l, skr_rule_update *u);
void skr_list_free(skr_loader *l, skr_list *x);
void skr_macro_free(skr_loader *l, skr_macro *x);
void skr_rule_free(skr_loader *l, skr_rule *x);
const skr_schema *skr_loader_schema(const skr_loader *l, skr_str source);

/* except.c */
bool skr_read_exceptions(skr_loader *l, const skr_source *src, const skr_ynode *item, const skr_context *c, bool append,
                         skr_exceptions *out, bool *given);
bool skr_exception_check(skr_loader *l, const skr_rule *r, const skr_context *rule, skr_exception *e);
bool skr_exceptions_merge(skr_loader *l, skr_rule *r, const skr_context *rule, skr_exceptions *more);
void skr_exceptions_free(skr_loader *l, skr_exceptions *x);
/* The rule's condition with its exceptions. false: reported. */
bool skr_exceptions_text(skr_loader *l, const skr_rule *r, skr_textb *b);

/* version.c */
bool skr_version_parse(skr_str s, skr_version *v); /* "x.y.z", trailing text tolerated */
int skr_version_cmp(skr_version a, skr_version b);
void skr_read_engine_version(skr_loader *l, const skr_source *src, const skr_ynode *item);
void skr_read_plugin_versions(skr_loader *l, const skr_source *src, const skr_ynode *item);
void skr_check_requirements(skr_loader *l);

/* substitute.c */
/* Flattens the lists that changed; `all`: all of them. */
bool skr_lists_prepare(skr_loader *l, bool all);
extern const bool skr_list_delimiters[256];
static inline bool skr_is_list_delimiter(char c)
{
    return skr_list_delimiters[(unsigned char)c];
}
/* The next word of a text at or behind *at: what could be a list's name. *at is then behind it. */
static inline bool skr_next_word(skr_str text, size_t *at, skr_str *word)
{
    size_t from = *at, to;
    while (from < text.len && skr_is_list_delimiter(text.ptr[from]))
        from++;
    if (from >= text.len)
        return false;
    for (to = from + 1; to < text.len && !skr_is_list_delimiter(text.ptr[to]);)
        to++;
    *at = to;
    *word = skr_str_cut(text, from, to);
    return true;
}
/* By which words are remembered, and names of lists found. */
static inline uint32_t skr_hash_word(const skr_loader *l, skr_str word)
{
    return skr_map_hash(&l->list_names, word);
}
/* Takes the text in `b`, the words of which are remembered, and puts the lists in; with `gaps`, those that can be
 * shared are left out where they are elements of a list. NULL: too large (reported for `head`), or out of memory. */
skr_ctext *skr_lists_substitute(skr_loader *l, skr_textb *b, const skr_head *head, bool is_macro, skr_unit *unit,
                                bool gaps);
/* Have lists (or the fields of exceptions) been put into so many texts that no more should be? */
bool skr_lists_are_many(const skr_loader *l);
/* A list's item as it is put into a text. */
void skr_put_item(skr_textb *b, skr_part p);

/* share.c */
/* The items of a list in order, with those of nested ones. */
typedef struct skr_item_walk {
    const skr_loader *l;
    const skr_list *list;
    size_t run, at;
} skr_item_walk;
bool skr_next_item(skr_item_walk *w, skr_part *p);
/* Can the list be left out of texts? Then its `sharing` is complete. */
bool skr_list_share(skr_loader *l, skr_list *x);
void skr_list_forget(skr_loader *l, skr_list *x);
/* Falco's context of a place in the text of `unit`; the place may be one in another's. In both the lists that were left
 * out are put in. */
skr_context skr_context_full(skr_loader *l, const skr_context *c, const skr_ctext *text, const skr_ctext *origin,
                             const skr_issue *at);

/* changes.c */
/* Marks what has to be compiled anew (unit.dirty, list.changed). */
bool skr_find_changes(skr_loader *l);
/* Adds the hashes of the words of a text, as lists are found. */
bool skr_put_words(skr_loader *l, skr_str text, skr_words *words);

/* compile.c */
bool skr_compile(skr_loader *l);

/* select.c */
bool skr_glob_name(skr_str pattern, skr_str name); /* '*': any run */

/* near.c */
typedef struct skr_near { /* the best of several candidates for "did you mean" */
    skr_str wrong, best;
    size_t distance;
} skr_near;
skr_near skr_near_init(skr_str wrong);
void skr_near_try(skr_near *n, skr_str candidate);
/* May one more definition be tried? Not for errors that are not kept, and not without end. */
bool skr_near_more(skr_loader *l);
const char *skr_near_hint(skr_loader *l, const skr_near *n); /* "did you mean 'x'?" or NULL */

#endif
