/* SPDX-License-Identifier: Apache-2.0 */
/* Output templates: compiled, and filled in (language.md 12.1). */
#include "build.h"
#include "format.h"
#include "parse.h"

#include <stdlib.h>

enum { MAX_NAME = 1024, MAX_ARG = 1024, MAX_WIDTH = 65535, MAX_FAULTS = 16 };

typedef struct compiler {
    skr_builder *b;
    skr_checker *c;
    skr_str text;
    size_t at;
    SKR_VEC(skr_piece) pieces;
    SKR_VEC(skr_key) keys;
    bool keep;
} compiler;

/* ---- Faults ---- */

static int bad(compiler *f, size_t from, size_t len, const char *falco, const char *message, const char *hint)
{
    return skr_check_fail(f->c, SKR_ISSUE_BAD_FORMAT, skr_pos_at(f->text, from), len, falco, message, hint);
}

/* Length of the longest beginning that could be a field's name: words that begin with a letter, dots between. */
static size_t name_run(skr_str s)
{
    size_t n = 0;
    bool start = true;
    for (; n < s.len && n < MAX_NAME; n++) {
        const char c = s.ptr[n];
        if (!skr_is_alpha(c) && (start || (!skr_is_digit(c) && c != '_' && c != '.')))
            break;
        start = c == '.';
    }
    return n;
}

/* As the reference: what it says last is about the first byte alone. */
static int no_token(compiler *f, size_t percent)
{
    static const char falco[] = "unknown filter: unexpected token after '";
    skr_arena *a = f->c->a;
    const skr_str rest = skr_str_cut(f->text, f->at, f->text.len);
    const size_t n = name_run(rest);
    const skr_str name = skr_str_cut(rest, 0, n);
    const char *near = NULL, *message = "a field must follow '%'", *hint = "a '%' cannot be escaped";
    if (n && memchr(name.ptr, '.', n)) {
        near = skr_schema_near(f->c->s, name);
        const bool known = near && skr_str_is(name, near);
        const bool has_arg = n < rest.len && rest.ptr[n] == '[';
        const char *form = !known    ? "unknown field '%.*s'"
                           : has_arg ? "field '%.*s' does not take this argument"
                                     : "field '%.*s' needs an argument in brackets";
        message = skr_arena_printf(a, form, (int)n, name.ptr);
        hint = near && !known ? skr_arena_printf(a, "did you mean '%s'?", near) : NULL;
    } else if (n < rest.len && rest.ptr[n] == '(' && n) {
        message = skr_arena_printf(a, "'%.*s(' does not begin a transformer with its arguments", (int)n, name.ptr);
        hint = NULL;
    }
    return bad(f, percent, n + (f->at - percent), falco, message, hint);
}

/* ---- Tokens ---- */

typedef struct token {
    size_t len;
    const skr_operand *operand;
    const skr_expr *expr;
} token;

/* Does the text as a whole name something? */
static bool resolve(compiler *f, skr_str text, token *t)
{
    skr_checker *c = f->c;
    const skr_operand *o = skr_parse_operand(c->a, text, SKR_DEFAULT_DEPTH);
    const bool was_quiet = c->quiet;
    const int was = c->status;
    skr_expr *e = NULL;
    if (o) {
        c->quiet = true;
        e = skr_check_operand(c, o);
        c->quiet = was_quiet;
    }
    if (c->status != SAKER_ENOMEM)
        c->status = c->a->mem->failed && !e ? SAKER_ENOMEM : was;
    *t = (token){ text.len, o, e };
    return e != NULL;
}

/* Past the quoted string that begins at `at`; the length of the text if it does not end. */
static size_t skip_quoted(skr_str s, size_t at)
{
    const char quote = s.ptr[at++];
    while (at < s.len && (s.ptr[at] != quote || s.ptr[at - 1] == '\\'))
        at++;
    return at < s.len ? at + 1 : s.len;
}

/* Past the bracket that closes the one at `at`; 0: none does. */
static size_t skip_brackets(skr_str s, size_t at)
{
    if (s.len > at + MAX_ARG)
        s.len = at + MAX_ARG;
    at++;
    if (at < s.len && (s.ptr[at] == '"' || s.ptr[at] == '\''))
        at = skip_quoted(s, at);
    while (at < s.len && s.ptr[at] != ']')
        at++;
    return at < s.len ? at + 1 : 0;
}

/* Past the parenthesis that closes the one at `at`; 0: none does. */
static size_t skip_parens(skr_str s, size_t at)
{
    size_t open = 0;
    while (at < s.len) {
        char c = s.ptr[at];
        if (c == '"' || c == '\'') {
            at = skip_quoted(s, at);
            continue;
        }
        at++;
        open += c == '(';
        if (c == ')' && --open == 0)
            return at;
    }
    return 0;
}

static bool try_with_arg(compiler *f, skr_str rest, size_t n, token *t)
{
    size_t end = n < rest.len && rest.ptr[n] == '[' ? skip_brackets(rest, n) : 0;
    return end && resolve(f, skr_str_cut(rest, 0, end), t);
}

static bool is_xform(skr_str name)
{
    for (unsigned x = 0; x < SKR_XFORM_COUNT; x++)
        if (x != SKR_XFORM_VAL && skr_str_is(name, skr_xform_name((skr_xform)x)))
            return true;
    return false;
}

/* The longest beginning of `name` that is a field without brackets. */
static bool find_field(compiler *f, skr_str name, token *t)
{
    const char *dot = name.len ? memchr(name.ptr, '.', name.len) : NULL;
    const size_t least = dot ? (size_t)(dot - name.ptr) + 2 : SIZE_MAX;
    for (size_t k = name.len; k >= least && f->c->status != SAKER_ENOMEM; k--) {
        saker_arg arg;
        const char *why;
        const skr_str part = skr_str_cut(name, 0, k);
        if (part.ptr[k - 1] != '.' &&
            skr_schema_find(f->c->s, f->c->a, part, false, SKR_STR(""), true, &arg, &why) == SKR_RESOLVED &&
            resolve(f, part, t))
            return true;
    }
    return false;
}

/* The longest beginning of `rest` that names a field or is a transformer's call. */
static bool find_token(compiler *f, skr_str rest, token *t)
{
    const size_t n = name_run(rest);
    if (n < rest.len && rest.ptr[n] == '(' && is_xform(skr_str_cut(rest, 0, n))) {
        size_t end = skip_parens(rest, n);
        if (end && (try_with_arg(f, rest, end, t) || resolve(f, skr_str_cut(rest, 0, end), t)))
            return true;
    }
    return try_with_arg(f, rest, n, t) || find_field(f, skr_str_cut(rest, 0, n), t);
}

/* ---- Keys ---- */

static bool never(const skr_expr *e)
{
    return e->kind == SKR_EXPR_FIELD && (e->arg.field->flags & SAKER_FILTER_ONLY);
}

static bool add_key(compiler *f, const skr_operand *o, const skr_expr *e, uint32_t slot)
{
    skr_buf *text = &f->b->key;
    skr_buf_clear(text);
    skr_operand_print(text, o);
    skr_key k = { { NULL, 0 }, slot, never(e), e->kind == SKR_EXPR_FIELD };
    if (!text->failed)
        k.name = skr_str_dup(&f->b->p->arena, (skr_str){ text->ptr, text->len });
    return k.name.ptr && skr_vec_push(f->b->mem, &f->keys, k);
}

/* A key for the token, and one for each plain field inside. */
static bool add_keys(compiler *f, const skr_operand *o, const skr_expr *e)
{
    if (e->kind == SKR_EXPR_TEXT)
        return true;
    if (e->kind != SKR_EXPR_LIST) {
        uint32_t slot = skr_build_slot(f->b, e);
        if (slot == SKR_NO_ID || !add_key(f, o, e, slot))
            return false;
    }
    for (size_t i = 0; i < e->count; i++)
        if (!add_keys(f, o->items[i], e->items[i]))
            return false;
    return true;
}

static int compare_keys(const void *x, const void *y)
{
    const skr_key *a = x, *b = y;
    return skr_str_cmp(a->name, b->name);
}

/* ---- Compilation ---- */

static bool add_text(compiler *f, size_t from, size_t to)
{
    if (from == to || !f->keep)
        return true;
    skr_piece p = { skr_str_dup(&f->b->p->arena, skr_str_cut(f->text, from, to)), SKR_NO_ID, 0, false };
    return p.text.ptr && skr_vec_push(f->b->mem, &f->pieces, p);
}

static bool add_token(compiler *f, const token *t, uint32_t width)
{
    if (!f->keep)
        return true;
    const size_t key = f->keys.n;
    if (!add_keys(f, t->operand, t->expr))
        return false;
    skr_piece p = { f->keys.v[key].name, f->keys.v[key].slot, width, f->keys.v[key].never };
    return skr_vec_push(f->b->mem, &f->pieces, p);
}

static int read_width(compiler *f, size_t percent, uint32_t *width)
{
    *width = 0;
    while (f->at < f->text.len && skr_is_digit(f->text.ptr[f->at])) {
        *width = *width * 10 + (uint32_t)(f->text.ptr[f->at++] - '0');
        if (*width > MAX_WIDTH)
            return bad(f, percent, f->at - percent, "invalid formatting syntax: the width is too large",
                       skr_arena_printf(f->c->a, "the width is above %d", MAX_WIDTH), NULL);
    }
    if (f->at < f->text.len)
        return 0;
    if (f->at == percent + 1)
        return bad(f, percent, 1, "invalid formatting syntax: formatting cannot end with a %",
                   "the output ends with a '%'", "a '%' cannot be escaped");
    return bad(f, percent, f->at - percent, "invalid formatting syntax: formatting cannot end with a number",
               "the output ends before the field that the width is for", NULL);
}

/* What was found out about the text `name` that stands for a field in some output before; NULL: nothing. */
static const skr_token *known_token(compiler *f, skr_str name)
{
    skr_builder *b = f->b;
    if (b->tokens_of != f->c->s) {
        skr_map_free(&b->token_ids);
        b->tokens.n = 0;
        b->tokens_of = f->c->s;
    }
    const size_t i = skr_map_get(&b->token_ids, name);
    return i == SIZE_MAX || (f->keep && !b->tokens.v[i].key.name.ptr) ? NULL : &b->tokens.v[i];
}

static bool add_known(compiler *f, const skr_token *t, uint32_t width)
{
    const skr_piece p = { t->key.name, t->key.slot, width, t->key.never };
    return !f->keep || (skr_vec_push(f->b->mem, &f->keys, t->key) && skr_vec_push(f->b->mem, &f->pieces, p));
}

static bool remember(compiler *f, skr_str name, const token *t)
{
    skr_builder *b = f->b;
    const skr_str key = skr_str_dup(&b->keep, name);
    const skr_token x = { t->len,
                          f->keep ? f->keys.v[f->keys.n - 1] : (skr_key){ { NULL, 0 }, SKR_NO_ID, false, false } };
    return key.ptr && skr_vec_push(b->mem, &b->tokens, x) && skr_map_put(&b->token_ids, key, b->tokens.n - 1);
}

static int compile_token(compiler *f)
{
    const size_t percent = f->at++;
    uint32_t width;
    token t;
    int err = read_width(f, percent, &width);
    if (err)
        return err;
    const skr_str rest = skr_str_cut(f->text, f->at, f->text.len), name = skr_str_cut(rest, 0, name_run(rest));
    const bool plain = name.len && (name.len == rest.len || !memchr("[(", rest.ptr[name.len], 2));
    const skr_token *known = plain ? known_token(f, name) : NULL;
    if (known) {
        f->at += known->len;
        return add_known(f, known, width) ? 0 : SAKER_ENOMEM;
    }
    if (!find_token(f, rest, &t))
        return f->c->status == SAKER_ENOMEM ? SAKER_ENOMEM : no_token(f, percent);
    f->at += t.len;
    return add_token(f, &t, width) && (!plain || remember(f, name, &t)) ? 0 : SAKER_ENOMEM;
}

static int compile(compiler *f)
{
    int worst = 0, faults = 0;
    while (f->at < f->text.len && faults < MAX_FAULTS) {
        const char *percent = memchr(f->text.ptr + f->at, '%', f->text.len - f->at);
        const size_t to = percent ? (size_t)(percent - f->text.ptr) : f->text.len;
        if (!add_text(f, f->at, to))
            return SAKER_ENOMEM;
        f->at = to;
        int err = percent ? compile_token(f) : 0;
        if (err == SAKER_ENOMEM)
            return err;
        if (err) {
            worst = err; /* on behind it: all faults are reported, up to a limit */
            faults++;
        }
    }
    return worst;
}

static bool settle(compiler *f, skr_template *t)
{
    skr_arena *a = &f->b->p->arena;
    if (f->keys.n)
        qsort(f->keys.v, f->keys.n, sizeof *f->keys.v, compare_keys);
    t->pieces = skr_arena_array(a, f->pieces.n, sizeof *t->pieces);
    t->keys = skr_arena_array(a, f->keys.n, sizeof *t->keys);
    if ((!t->pieces && f->pieces.n) || (!t->keys && f->keys.n))
        return false;
    if (f->pieces.n)
        memcpy(t->pieces, f->pieces.v, f->pieces.n * sizeof *t->pieces);
    t->count = f->pieces.n;
    for (size_t i = 0; i < f->keys.n; i++)
        if (i == 0 || !skr_str_eq(f->keys.v[i].name, f->keys.v[i - 1].name))
            t->keys[t->key_count++] = f->keys.v[i];
    return true;
}

int skr_build_template(skr_builder *b, skr_checker *c, skr_str text, const skr_template **t, bool keep)
{
    compiler f = { .b = b, .c = c, .text = text, .keep = keep };
    skr_template *made = keep ? skr_arena_alloc(&b->p->arena, sizeof *made) : NULL;
    const bool was_output = c->output;
    c->output = true;
    int err = keep && !made ? SAKER_ENOMEM : compile(&f);
    c->output = was_output;
    if (!err && keep && !settle(&f, made))
        err = SAKER_ENOMEM;
    skr_vec_free(b->mem, &f.pieces);
    skr_vec_free(b->mem, &f.keys);
    if (!err)
        *t = made;
    return err;
}

/* ---- Filling in ---- */

static void fit(skr_buf *b, size_t from, uint32_t width)
{
    const size_t len = b->len - from;
    if (len > width)
        b->len = from + width;
    for (size_t i = len; i < width; i++)
        skr_buf_char(b, ' ');
}

bool skr_template_text(saker_eval *ev, skr_buf *b, const skr_template *t, bool star, skr_bytes_as bytes)
{
    for (size_t i = 0; i < t->count; i++) {
        const skr_piece *p = &t->pieces[i];
        const size_t from = b->len;
        if (from > SKR_LONGEST_TEXT)
            b->failed = true;
        if (b->failed)
            return false;
        if (p->slot == SKR_NO_ID) {
            skr_buf_str(b, p->text);
            continue;
        }
        if (p->never || !skr_slot_text(ev, b, p->slot, bytes)) {
            if (!star)
                return false;
            skr_buf_cstr(b, "<NA>");
        }
        if (p->width && !b->failed)
            fit(b, from, p->width);
    }
    return true;
}

void skr_key_json(saker_eval *ev, skr_buf *b, const skr_key *k, skr_bytes_as bytes)
{
    skr_buf_json(b, k->name);
    skr_buf_char(b, ':');
    if (k->never)
        skr_buf_cstr(b, "null");
    else
        skr_slot_json(ev, b, k->slot, bytes);
}

bool skr_template_json(saker_eval *ev, skr_buf *b, const skr_template *t, bool xforms, bool star)
{
    bool complete = true, first = true;
    if (t->key_count == 0) {
        skr_buf_cstr(b, "null");
        return true;
    }
    skr_buf_char(b, '{');
    for (size_t i = 0; i < t->key_count; i++) {
        const skr_key *k = &t->keys[i];
        if (!xforms && !k->plain)
            continue;
        const skr_held *h = skr_slot_get(ev, k->slot);
        const bool missing = k->never || !h->present || (!h->count && !ev->p->slots.v[k->slot].is_list);
        complete &= !missing;
        if (missing && !star)
            continue;
        if (!first)
            skr_buf_char(b, ',');
        first = false;
        skr_key_json(ev, b, k, SKR_BYTES_DOTS);
    }
    skr_buf_char(b, '}');
    return complete || star;
}
