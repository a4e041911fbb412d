/* SPDX-License-Identifier: Apache-2.0 */
#include "shape.h"

#include <stdio.h>

/* ---- What fits ---- */

typedef enum kind { ANY, TEXT, FLAG, COUNT, WORD, LIST, MAP } kind;

typedef struct shape shape;

typedef struct key {
    const char *name;
    const shape *value;
} key;

struct shape {
    kind kind;
    const char *const *words; /* of WORD                           */
    const shape *item;        /* of LIST                           */
    const key *keys;          /* of MAP: the end is NULL           */
    unsigned least;           /* of MAP: pairs                     */
};

static const shape any = { .kind = ANY }, text = { .kind = TEXT }, flag = { .kind = FLAG }, count = { .kind = COUNT };
static const shape texts = { .kind = LIST, .item = &text };

static const char *const priority_words[] = { "ALERT", "CRITICAL",      "DEBUG",  "EMERGENCY", "ERROR",
                                              "INFO",  "INFORMATIONAL", "NOTICE", "WARNING",   NULL };
static const shape priority = { .kind = WORD, .words = priority_words };

static const char *const operation_words[] = { "append", "replace", NULL };
static const shape operation = { .kind = WORD, .words = operation_words };

static const key override_keys[] = {
#define SKR_OKEY(id, name, append) { name, &operation },
#include "okeys.def"
#undef SKR_OKEY
    { NULL, NULL },
};
static const shape override = { .kind = MAP, .keys = override_keys, .least = 1 };

static const key exception_keys[] = {
    { "comps", &any }, { "fields", &any }, { "name", &text }, { "values", &any }, { NULL, NULL },
};
static const shape exception = { .kind = MAP, .keys = exception_keys };
static const shape exceptions = { .kind = LIST, .item = &exception };

static const key alternative_keys[] = { { "name", &text }, { "version", &text }, { NULL, NULL } };
static const shape alternative = { .kind = MAP, .keys = alternative_keys };
static const shape alternatives = { .kind = LIST, .item = &alternative };
static const key plugin_keys[] = {
    { "alternatives", &alternatives },
    { "name", &text },
    { "version", &text },
    { NULL, NULL },
};
static const shape plugin = { .kind = MAP, .keys = plugin_keys };
static const shape plugins = { .kind = LIST, .item = &plugin };

static const key item_keys[] = {
    { "append", &flag },
    { "capture", &flag },
    { "capture_duration", &count },
    { "condition", &text },
    { "desc", &text },
    { "enabled", &flag },
    { "exceptions", &exceptions },
    { "items", &texts },
    { "list", &text },
    { "macro", &text },
    { "output", &text },
    { "override", &override },
    { "priority", &priority },
    { "required_engine_version", &text },
    { "required_plugin_versions", &plugins },
    { "rule", &text },
    { "skip-if-unknown-filter", &flag },
    { "source", &text },
    { "tags", &texts },
    { "warn_evttypes", &flag },
    { NULL, NULL },
};
static const shape item = { .kind = MAP, .keys = item_keys };
static const shape document = { .kind = LIST, .item = &item };

/* ---- What does not ---- */

typedef struct walk {
    skr_buf *out;  /* messages, as elements of an array */
    skr_buf *path; /* of the node at hand               */
    bool told;     /* one message at least              */
} walk;

/* failed for PATH: BEFORE NAME AFTER. Always false. */
static bool wrong_name(walk *w, const char *before, skr_str name, const char *after)
{
    skr_buf_cstr(w->out, w->told ? ",\"failed for " : "\"failed for ");
    skr_buf_json_inner(w->out, (skr_str){ w->path->ptr, w->path->len });
    skr_buf_cstr(w->out, ": ");
    skr_buf_cstr(w->out, before);
    skr_buf_json_inner(w->out, name);
    skr_buf_cstr(w->out, after);
    skr_buf_char(w->out, '"');
    w->told = true;
    return false;
}

static bool wrong(walk *w, const char *what)
{
    return wrong_name(w, what, SKR_STR(""), "");
}

static bool wrong_type(walk *w)
{
    return wrong(w, "Value type not permitted by 'type' constraint.");
}

static bool fits(walk *w, const skr_ynode *n, const shape *s);

static bool is_count(skr_str t)
{
    for (size_t i = 0; i < t.len; i++)
        if (!skr_is_digit(t.ptr[i]))
            return false;
    return t.len != 0;
}

static bool is_word(const char *const *words, skr_str t)
{
    while (*words && !skr_str_is(t, *words))
        words++;
    return *words != NULL;
}

static bool scalar_fits(walk *w, const skr_ynode *n, const shape *s)
{
    const skr_str t = skr_yscalar(n) ? skr_ytext(n) : SKR_STR("");
    if (!skr_yscalar(n) || (s->kind == FLAG && !skr_str_is(t, "true") && !skr_str_is(t, "false")) ||
        (s->kind == COUNT && !is_count(t)))
        return wrong_type(w);
    return s->kind != WORD || is_word(s->words, t) || wrong(w, "Failed to match against any enum values.");
}

static bool list_fits(walk *w, const skr_ynode *n, const shape *s)
{
    char number[16];
    const size_t here = w->path->len;
    if (n->kind != SKR_YSEQ)
        return wrong_type(w);
    for (uint32_t i = 0; i < n->count; i++) {
        skr_buf_printf(w->path, "[%u]", (unsigned)i);
        const bool good = fits(w, n->as.items[i], s->item);
        w->path->len = here;
        if (!good) {
            snprintf(number, sizeof number, "%u", (unsigned)i);
            return wrong_name(w, "Failed to validate item #", skr_str_of(number), " in array.");
        }
    }
    return true;
}

static bool is_key(const shape *s, const skr_ynode *n)
{
    const key *k = s->keys;
    while (k->name && !(skr_yscalar(n) && skr_str_is(skr_ytext(n), k->name)))
        k++;
    return k->name != NULL;
}

static const char unknown_key[] = "Object contains a property that could not be validated using 'properties' or "
                                  "'additionalProperties' constraints: '";

static bool keys_known(walk *w, const skr_ynode *n, const shape *s)
{
    for (uint32_t i = 0; i < n->count; i++) {
        const skr_ynode *name = n->as.items[2 * i];
        if (is_key(s, name))
            continue;
        return wrong_name(w, unknown_key, skr_yscalar(name) ? skr_ytext(name) : SKR_STR(""), "'.");
    }
    return true;
}

static bool map_fits(walk *w, const skr_ynode *n, const shape *s)
{
    const size_t here = w->path->len;
    if (n->kind != SKR_YMAP)
        return wrong_type(w);
    if (n->count < s->least)
        return wrong(w, "Object should have no fewer than 1 properties.");
    for (const key *k = s->keys; k->name; k++) {
        const skr_ynode *value = skr_yget(n, skr_str_of(k->name));
        if (!value)
            continue;
        skr_buf_printf(w->path, "[%s]", k->name);
        const bool good = fits(w, value, k->value);
        w->path->len = here;
        if (!good)
            return wrong_name(w, "Failed to validate against schema associated with property name '",
                              skr_str_of(k->name), "'.");
    }
    return keys_known(w, n, s);
}

/* As deep as shapes are, whatever the document. */
static bool fits(walk *w, const skr_ynode *n, const shape *s)
{
    switch (s->kind) {
    case ANY:
        return true;
    case LIST:
        return list_fits(w, n, s);
    case MAP:
        return map_fits(w, n, s);
    default:
        return scalar_fits(w, n, s);
    }
}

/* ---- Files ---- */

static void put_documents(skr_buf *b, skr_buf *path, skr_ynode *const *docs, size_t count_of_docs)
{
    walk w = { b, path, false };
    bool valid = true, empty = true;
    const size_t before = b->len;
    skr_buf_cstr(b, "\"schema_valid\":false,\"schema_warnings\":[");
    for (size_t i = 0; i < count_of_docs && valid; i++) {
        if (!docs[i] || docs[i]->kind == SKR_YNULL)
            continue;
        empty = false;
        skr_buf_cstr(path, "<root>");
        valid = fits(&w, docs[i], &document);
        skr_buf_clear(path);
    }
    if (valid)
        b->len = before;
    if (valid && !empty)
        skr_buf_cstr(b, "\"schema_valid\":true,\"schema_warnings\":[");
    if (!empty)
        skr_buf_cstr(b, "],");
}

int skr_shape_put(skr_buf *b, skr_mem *mem, const skr_source *src)
{
    skr_arena nodes, scalars;
    skr_buf path;
    skr_arena_init(&nodes, mem);
    skr_arena_init(&scalars, mem);
    skr_buf_init(&path, mem);
    skr_yaml y = { .mem = mem, .nodes = &nodes, .texts = &scalars, .source = src->text };
    int status = skr_yaml_read(&y, 0);
    if (status == SAKER_OK)
        put_documents(b, &path, y.docs.v, y.docs.n);
    if (path.failed)
        status = SAKER_ENOMEM;
    skr_buf_free(&path);
    skr_vec_free(mem, &y.docs);
    skr_arena_free(&scalars);
    skr_arena_free(&nodes);
    return status == SAKER_ENOMEM ? status : SAKER_OK;
}
