/* SPDX-License-Identifier: Apache-2.0 */
/* Things that are allowed and probably not meant (language.md 14, rules.md 2). */
#include "check.h"
#include "parse.h"

typedef struct watch {
    skr_checker *c;
    SKR_VEC(const saker_field *) deprecated; /* already named */
    bool unsafe_na;                          /* said once for a condition */
} watch;

/* ---- Deprecated fields ---- */

/* Those of which the reference warns. It has words for the first; other fields that a schema calls deprecated are ours.
 */
static const char *const falco_deprecated[] = { "evt.dir",        "evt.latency",       "evt.latency.s",
                                                "evt.latency.ns", "evt.latency.human", "evt.wait_latency" };
static const char about_dir[] = "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and "
                                "'evt.dir = >' always evaluates to false. The rule expression can be simplified by "
                                "removing the condition on 'evt.dir'";

static void say_deprecated(skr_checker *c, const saker_field *f, skr_pos pos, size_t len)
{
    bool is_falco = false;
    for (size_t i = 0; i < sizeof falco_deprecated / sizeof falco_deprecated[0]; i++)
        is_falco |= strcmp(f->name, falco_deprecated[i]) == 0;
    const bool is_dir = strcmp(f->name, "evt.dir") == 0;
    const char *message = skr_arena_printf(c->a, "field '%s' is deprecated", f->name);
    skr_check_warn(c, is_falco ? SKR_ISSUE_DEPRECATED_FIELD : SKR_ISSUE_OLD_FIELD, pos, len,
                   is_dir ? about_dir : message, message,
                   is_dir ? "events of system calls are exit events: the condition can do without it" : f->doc);
}

static bool is_new(watch *w, const saker_field *f)
{
    for (size_t i = 0; i < w->deprecated.n; i++)
        if (w->deprecated.v[i] == f)
            return false;
    if (!skr_vec_push(w->c->a->mem, &w->deprecated, f))
        w->c->status = SAKER_ENOMEM;
    return true;
}

static void warn_deprecated(watch *w, const skr_operand *o)
{
    saker_arg arg;
    const char *why;
    if (o->kind == SKR_FIELD &&
        skr_schema_find(w->c->s, w->c->a, o->text, o->has_arg, skr_operand_arg(o), false, &arg, &why) == SKR_RESOLVED &&
        (arg.field->flags & SAKER_DEPRECATED) && is_new(w, arg.field))
        say_deprecated(w->c, arg.field, o->pos, o->len);
    for (size_t i = 0; i < o->count; i++)
        warn_deprecated(w, o->items[i]);
}

static unsigned around(const char *dot)
{
    return ((unsigned char)dot[-1] * 33u ^ (unsigned char)dot[1]) % 1024;
}

static void add_dot(uint64_t *dots, const char *dot)
{
    dots[around(dot) / 64] |= (uint64_t)1 << around(dot) % 64;
}

static bool has_dot(const uint64_t *dots, const char *dot) /* of a field's name: there is one inside */
{
    return dots[around(dot) / 64] >> around(dot) % 64 & 1;
}

/* As the reference: the name anywhere in the text, so that evt.latency.ns is evt.latency, too. */
void skr_warn_output(skr_checker *c, skr_str output)
{
    uint64_t dots[16] = { 0 }; /* which bytes stand around dots, hashed: most fields can be ruled out */
    for (size_t i = 1; i + 1 < output.len; i++)
        if (output.ptr[i] == '.')
            add_dot(dots, output.ptr + i);
    for (size_t i = 0; i < c->s->deprecated.n; i++) {
        const saker_field *f = c->s->deprecated.v[i];
        size_t at;
        if (has_dot(dots, strchr(f->name, '.')) && skr_str_find(output, skr_str_of(f->name), &at))
            say_deprecated(c, f, skr_pos_at(output, at), strlen(f->name));
    }
}

/* ---- <NA> ---- */

static const char not_there[] = "<NA>";

static bool is_unsafe(const skr_checker *c, skr_str name)
{
    if (skr_str_starts(name, SKR_STR("ka.")) || skr_str_starts(name, SKR_STR("jevt.")))
        return true;
    size_t i = skr_map_get(&c->s->by_name, name);
    return i != SIZE_MAX && (c->s->fields.v[i]->flags & SAKER_UNSAFE_NA);
}

static void warn_na(watch *w, const skr_node *n, skr_str text, const skr_operand *value)
{
    const uint32_t ops = 1u << SKR_OP_EQ | 1u << SKR_OP_EQ2 | 1u << SKR_OP_NE | 1u << SKR_OP_IN |
                         1u << SKR_OP_INTERSECTS | 1u << SKR_OP_PMATCH;
    if (w->unsafe_na || !(ops >> n->op & 1) || !skr_str_is(text, not_there) || n->left->kind != SKR_FIELD ||
        !is_unsafe(w->c, n->left->text))
        return;
    w->unsafe_na = true;
    skr_check_warn(w->c, SKR_ISSUE_UNSAFE_NA, value->pos, value->len, NULL,
                   "a missing value is not the text '<NA>': the comparison is false", "ask for presence with 'exists'");
}

/* ---- Fields and transformers as text ---- */

static skr_str without_blanks(skr_checker *c, skr_str s)
{
    size_t n = 0;
    if (!memchr(s.ptr, ' ', s.len) && !memchr(s.ptr, '\t', s.len))
        return s;
    char *out = skr_arena_raw(c->a, s.len + 1, 1);
    for (size_t i = 0; out && i < s.len; i++)
        if (!skr_is_space(s.ptr[i]))
            out[n++] = s.ptr[i];
    return (skr_str){ out ? out : "", n };
}

static bool names_field(skr_checker *c, skr_str s)
{
    saker_arg arg;
    const char *why;
    if (!s.len || !skr_is_alpha(s.ptr[0]) || !memchr(s.ptr, '.', s.len))
        return false;
    if (s.ptr[s.len - 1] != ']')
        return skr_schema_find(c->s, c->a, s, false, SKR_STR(""), false, &arg, &why) == SKR_RESOLVED;
    const skr_operand *o = skr_parse_operand(c->a, s, SKR_DEFAULT_DEPTH);
    return o && o->kind == SKR_FIELD &&
           skr_schema_find(c->s, c->a, o->text, o->has_arg, skr_operand_arg(o), false, &arg, &why) == SKR_RESOLVED;
}

static bool looks_like_xform(skr_str s)
{
    if (!s.len || s.ptr[s.len - 1] != ')')
        return false;
    for (unsigned x = 0; x < SKR_XFORM_COUNT; x++) {
        skr_str name = skr_str_of(skr_xform_name((skr_xform)x));
        if (skr_str_starts(s, name) && s.ptr[name.len] == '(') /* it ends in ')', so there is a byte */
            return true;
    }
    return false;
}

static void warn_text(watch *w, skr_str written, const skr_operand *value)
{
    skr_checker *c = w->c;
    const skr_str text = without_blanks(c, written);
    const int len = (int)(written.len < 512 ? written.len : 512);
    if (names_field(c, text)) {
        skr_check_warn(c, SKR_ISSUE_FIELD_AS_TEXT, value->pos, value->len,
                       skr_arena_printf(c->a, "'%.*s' may be a valid field misused as a const string value", len,
                                        written.ptr),
                       skr_arena_printf(c->a, "'%.*s' is compared as text although it is the name of a field", len,
                                        written.ptr),
                       skr_arena_printf(c->a, "val(%.*s) is the field's value", len, written.ptr));
    } else if (looks_like_xform(text)) {
        skr_check_warn(c, SKR_ISSUE_TRANSFORMER_AS_TEXT, value->pos, value->len,
                       skr_arena_printf(c->a, "'%.*s' may be a valid field transformer misused as a const string value",
                                        len, written.ptr),
                       skr_arena_printf(c->a, "'%.*s' is compared as text although it looks like a transformer", len,
                                        written.ptr),
                       "a transformer is written without quotes");
    }
}

/* ---- Regular expressions ---- */

static bool is_wild(skr_str s, size_t at)
{
    return at + 1 < s.len && s.ptr[at] == '.' && memchr("+*?", s.ptr[at + 1], 3);
}

/* Nothing special but what `startswith`, `contains` and the like could say. */
static bool is_plain_regex(skr_str s)
{
    static const char special[] = ".+*?^$()[]{}|\\";
    if (s.len && s.ptr[0] == '^')
        s = skr_str_cut(s, 1, s.len);
    if (s.len && s.ptr[s.len - 1] == '$')
        s.len--;
    if (is_wild(s, 0))
        s = skr_str_cut(s, 2, s.len);
    if (s.len >= 2 && is_wild(s, s.len - 2))
        s.len -= 2;
    for (size_t i = 0; i < s.len; i++)
        if (memchr(special, s.ptr[i], sizeof special - 1))
            return false;
    return true;
}

static void warn_regex(watch *w, const skr_node *n, const skr_operand *value)
{
    const int len = (int)(value->text.len < 512 ? value->text.len : 512);
    if (n->op != SKR_OP_REGEX || !is_plain_regex(value->text))
        return;
    skr_check_warn(w->c, SKR_ISSUE_PLAIN_REGEX, value->pos, value->len,
                   skr_arena_printf(w->c->a,
                                    "regex check with '%.*s' may be optimized with simpler operators such as '=', "
                                    "'contains', 'startswith', 'endswith'",
                                    len, value->text.ptr),
                   "the regular expression has no special characters",
                   "use '=', 'contains', 'startswith' or 'endswith'");
}

/* ---- Trees ---- */

/* ---- Literals that are shared ---- */

/* Those that something may be said of, whatever they are compared with. */
typedef struct skr_suspects {
    const skr_schema *schema;
    uint32_t count;
    uint32_t items[64];
} skr_suspects;

static bool is_suspect(skr_checker *c, skr_str written)
{
    const skr_str text = without_blanks(c, written);
    return skr_str_is(written, not_there) || names_field(c, text) || looks_like_xform(text);
}

static const skr_suspects *suspects_of(skr_checker *c, skr_shared *s)
{
    skr_suspects found = { .schema = c->s };
    if (s->suspects && s->suspects->schema == c->s)
        return s->suspects;
    for (uint32_t i = 0; i < s->count && found.count < sizeof found.items / sizeof *found.items; i++)
        if (is_suspect(c, s->texts[i]))
            found.items[found.count++] = i;
    s->suspects = skr_arena_raw(s->arena, offsetof(skr_suspects, items) + found.count * sizeof *found.items,
                                _Alignof(skr_suspects));
    if (s->suspects)
        memcpy(s->suspects, &found, offsetof(skr_suspects, items) + found.count * sizeof *found.items);
    else
        c->status = SAKER_ENOMEM;
    return s->suspects;
}

static void warn_shared(watch *w, const skr_node *n, const skr_operand *o)
{
    const skr_suspects *found = suspects_of(w->c, o->shared);
    for (uint32_t i = 0; found && i < found->count; i++) {
        w->c->shared = o->shared;
        w->c->shared_item = found->items[i];
        warn_na(w, n, o->shared->texts[found->items[i]], o);
        warn_text(w, o->shared->texts[found->items[i]], o);
    }
    w->c->shared = NULL;
}

static void warn_comparison(watch *w, const skr_node *n)
{
    w->c->node = n;
    w->c->origin = n->origin;
    if (w->c->deprecated)
        warn_deprecated(w, n->left);
    const skr_operand *r = n->kind == SKR_CMP ? n->right : NULL;
    if (!r || r->kind == SKR_FIELD || r->kind == SKR_XFORM)
        return;
    const bool many = r->kind == SKR_LIST_OF;
    for (size_t i = 0; i < (many ? r->count : 1); i++) {
        const skr_operand *value = many ? r->items[i] : r;
        if (value->kind == SKR_STRETCH) { /* no list of regular expressions is */
            warn_shared(w, n, value);
            continue;
        }
        warn_na(w, n, value->text, value);
        warn_text(w, value->text, value);
        warn_regex(w, n, value);
    }
}

/* What is said but once in a condition may be said in another. */
static void warn_unless_fine(watch *w, const skr_node *n, uint8_t *fine)
{
    const uint8_t mark = w->c->mark;
    const size_t said = w->c->said;
    if (mark && *fine == (mark | SKR_FINE))
        return;
    warn_comparison(w, n);
    if (mark && *fine == (mark | SKR_FINE_CHECKED) && w->c->said == said && !w->unsafe_na && !w->c->status)
        *fine = mark | SKR_FINE;
}

static void walk(watch *w, const skr_node *n, uint8_t *fine, unsigned depth)
{
    if (depth == SKR_MAX_DEPTH)
        return;
    for (size_t i = 0; i < n->count; i++)
        walk(w, n->items[i], &n->items[i]->fine, depth + 1);
    if (n->kind == SKR_CMP || n->kind == SKR_EXISTS)
        warn_unless_fine(w, n, fine);
}

void skr_warn_tree(skr_checker *c, const skr_node *tree)
{
    watch w = { .c = c };
    uint8_t fine = 0;
    walk(&w, tree, &fine, 0);
    skr_vec_free(c->a->mem, &w.deprecated);
}
