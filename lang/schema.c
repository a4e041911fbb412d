/* SPDX-License-Identifier: Apache-2.0 */
#include "schema.h"
#include "num.h"

enum { MAX_NAME = 255 };

/* letters, digits and underscores in words that begin with a letter, joined by dots; at least two words */
static bool is_field_name(const char *name)
{
    size_t len = 0, words = 0;
    bool start = true;
    for (; name[len] && len <= MAX_NAME; len++) {
        char c = name[len];
        if (start && !skr_is_alpha(c))
            return false;
        if (c == '.') {
            words++;
            start = true;
            continue;
        }
        if (!skr_is_alpha(c) && !skr_is_digit(c) && c != '_')
            return false;
        start = false;
    }
    return !start && words > 0 && len <= MAX_NAME;
}

static bool is_known_type(saker_type t)
{
    return skr_type(t)->store != 0;
}

static int add_field(skr_schema *s, const saker_field *f, bool builtin)
{
    if (!f->name || !is_field_name(f->name) || !is_known_type(f->type) || (!f->get && !(f->flags & SAKER_REMOVED)))
        return SAKER_EINVAL;
    skr_str name = skr_str_of(f->name);
    size_t index = s->fields.n, got = skr_map_add(&s->by_name, name, index);
    if (got == SIZE_MAX)
        return SAKER_ENOMEM;
    if (got != index)
        return builtin ? 0 : SAKER_EINVAL; /* a schema's own field replaces a built-in one */
    if (name.len > s->longest)
        s->longest = name.len;
    if ((f->flags & SAKER_DEPRECATED) && !skr_vec_push(s->by_name.mem, &s->deprecated, f))
        return SAKER_ENOMEM;
    return skr_vec_push(s->by_name.mem, &s->fields, f) ? 0 : SAKER_ENOMEM;
}

static void set_bit(uint64_t *bits, size_t i, bool on)
{
    const uint64_t bit = (uint64_t)1 << i % 64;
    bits[i / 64] = on ? bits[i / 64] | bit : bits[i / 64] & ~bit;
}

/* Kinds of one name are versions of an event, and one that stands for events that have only the name: of several, all
 * but one are counted. */
static int add_kinds(skr_schema *s)
{
    const saker_schema *pub = s->pub;
    s->counted = skr_arena_array(&s->arena, (pub->kind_count + 63) / 64, sizeof *s->counted);
    s->next_kind = skr_arena_array(&s->arena, pub->kind_count, sizeof *s->next_kind);
    if ((!s->counted || !s->next_kind) && pub->kind_count)
        return SAKER_ENOMEM;
    for (size_t i = pub->kinds ? pub->kind_count : 0; i-- > 0;) {
        s->next_kind[i] = UINT32_MAX;
        if (!pub->kinds[i])
            continue;
        const skr_str name = skr_str_of(pub->kinds[i]);
        const size_t next = skr_map_get(&s->kinds, name);
        if (!skr_map_put(&s->kinds, name, i))
            return SAKER_ENOMEM;
        set_bit(s->counted, i, next == SIZE_MAX);
        if (next == SIZE_MAX)
            continue;
        s->next_kind[i] = (uint32_t)next;
        set_bit(s->counted, next, true);
    }
    return 0;
}

static int fill(skr_schema *s)
{
    const saker_schema *pub = s->pub;
    if (!skr_map_reserve(&s->by_name, pub->field_count + skr_builtin_count) ||
        !skr_map_reserve(&s->kinds, pub->kinds ? pub->kind_count : 0))
        return SAKER_ENOMEM;
    for (size_t i = 0; i < pub->field_count; i++) {
        const void *row = (const char *)pub->fields + i * pub->field_size;
        int err = add_field(s, row, false);
        if (err)
            return err;
    }
    for (size_t i = 0; i < skr_builtin_count; i++) {
        int err = add_field(s, &skr_builtin_fields[i], true);
        if (err)
            return err;
    }
    return add_kinds(s);
}

int skr_schema_init(skr_schema *s, skr_mem *mem, const saker_schema *pub)
{
    memset(s, 0, sizeof *s);
    if (!pub || pub->size < sizeof *pub || !pub->name || (pub->field_count && !pub->fields) ||
        pub->field_size < sizeof(saker_field) || pub->field_size % _Alignof(saker_field) ||
        pub->kind_count > UINT32_MAX)
        return SAKER_EINVAL;
    s->pub = pub;
    skr_map_init(&s->by_name, mem);
    skr_map_init(&s->kinds, mem);
    skr_arena_init(&s->arena, mem);
    int err = fill(s);
    if (err)
        skr_schema_free(s);
    return err;
}

void skr_schema_free(skr_schema *s)
{
    if (!s->pub)
        return;
    skr_vec_free(s->by_name.mem, &s->fields);
    skr_vec_free(s->by_name.mem, &s->deprecated);
    skr_map_free(&s->by_name);
    skr_map_free(&s->kinds);
    skr_arena_free(&s->arena);
    s->pub = NULL;
}

bool skr_schema_knows_kind(const skr_schema *s, skr_str name)
{
    return skr_map_get(&s->kinds, name) != SIZE_MAX;
}

static const saker_field *by_name(const skr_schema *s, skr_str name)
{
    size_t i = name.len > s->longest ? SIZE_MAX : skr_map_get(&s->by_name, name);
    return i == SIZE_MAX ? NULL : s->fields.v[i];
}

/* "evt.arg.flags": the longest name that ends before a dot and takes what follows as its argument. */
static const saker_field *by_dotted(const skr_schema *s, skr_str name, skr_str *key)
{
    size_t at = name.len > s->longest ? s->longest + 1 : name.len;
    while (at-- > 0) {
        if (name.ptr[at] != '.')
            continue;
        const saker_field *f = by_name(s, skr_str_cut(name, 0, at));
        if (f && (f->flags & SAKER_ARG_DOT)) {
            *key = skr_str_cut(name, at + 1, name.len);
            return f;
        }
    }
    return NULL;
}

static skr_resolve bind(skr_arena *a, saker_arg *arg, const char **why)
{
    const char *text = arg->field->bind(arg);
    if (!text)
        return SKR_RESOLVED;
    size_t len = strlen(text);
    if (!len)
        return SKR_NO_FIELD;
    *why = text[len - 1] == ' ' ? skr_arena_printf(a, "%s%s", text, arg->key) : text;
    return SKR_ARG_BAD;
}

static skr_resolve resolve_arg(skr_arena *a, saker_arg *arg, skr_str key, const char **why)
{
    const uint32_t flags = arg->field->flags;
    if (!(flags & (SAKER_ARG_OPTIONAL | SAKER_ARG_REQUIRED)) || memchr(key.ptr, '\0', key.len))
        return SKR_NO_FIELD;
    if ((flags & SAKER_ARG_INDEX) && !skr_parse_index(key, &arg->index)) {
        arg->index = -1;
        if (!(flags & SAKER_ARG_KEY))
            return SKR_NO_FIELD;
    }
    arg->key = skr_arena_dup(a, key.ptr, key.len);
    if (!arg->key) /* the arena remembers that memory ran out */
        return SKR_NO_FIELD;
    return arg->field->bind ? bind(a, arg, why) : SKR_RESOLVED;
}

skr_resolve skr_schema_find(const skr_schema *s, skr_arena *a, skr_str name, bool has_arg, skr_str key, bool output,
                            saker_arg *arg, const char **why)
{
    bool dotted = false;
    const saker_field *f = by_name(s, name);
    if (!f) {
        f = has_arg ? NULL : by_dotted(s, name, &key);
        has_arg = dotted = f != NULL;
    }
    if (!f)
        return SKR_NO_FIELD;
    *why = NULL;
    *arg = (saker_arg){ f, NULL, -1, 0, (uint8_t)f->type, false, dotted };
    arg->output = output && (f->flags & SAKER_OUTPUT_APART);
    if (f->flags & SAKER_REMOVED) {
        *why = f->doc;
        return SKR_FIELD_REMOVED;
    }
    if (has_arg)
        return resolve_arg(a, arg, key, why);
    if (!(f->flags & SAKER_ARG_REQUIRED))
        return SKR_RESOLVED;
    *why = skr_arena_printf(a, "filter '%s' requires an argument but none provided", f->name);
    return SKR_ARG_BAD;
}

/* Keeps the nearest of the names it is shown. */
typedef struct nearest {
    skr_str name;
    const char *found;
    size_t distance; /* of what is found, or what is too far */
} nearest;

static void look_at(nearest *n, const char *name)
{
    if (!n->distance)
        return;
    const size_t d = skr_str_distance(n->name, skr_str_of(name), n->distance - 1);
    if (d < n->distance) {
        n->distance = d;
        n->found = name;
    }
}

const char *skr_schema_near(const skr_schema *s, skr_str name)
{
    nearest n = { name, NULL, name.len / 3 + 1 };
    for (size_t i = 0; name.len <= MAX_NAME && i < s->fields.n; i++)
        if (!(s->fields.v[i]->flags & (SAKER_HIDDEN | SAKER_REMOVED)))
            look_at(&n, s->fields.v[i]->name);
    return n.found;
}

const char *skr_schema_near_kind(const skr_schema *s, skr_str name)
{
    nearest n = { name, NULL, name.len / 3 + 1 };
    for (size_t i = 0; name.len <= MAX_NAME && s->pub->kinds && i < s->pub->kind_count; i++)
        if (s->pub->kinds[i])
            look_at(&n, s->pub->kinds[i]);
    return n.found;
}
