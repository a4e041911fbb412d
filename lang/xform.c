/* SPDX-License-Identifier: Apache-2.0 */
/* Transformers at work (language.md 10.2, 10.3). Arguments have been taken and are all present. Values are fetched one
 * by one: adding to the result may move those of the arguments. */
#include "eval.h"

static uint32_t count_of(saker_eval *ev, uint32_t slot)
{
    return ev->held[slot].count;
}

static saker_value value_of(saker_eval *ev, uint32_t slot, uint32_t i)
{
    return skr_held_values(ev, &ev->held[slot])[i];
}

static void lose(saker_eval *ev)
{
    ev->out.failed = true;
}

static void *room(saker_eval *ev, size_t len)
{
    return ev->scratch.held > SKR_MOST_HELD ? NULL : skr_arena_raw(&ev->scratch, len + 1, 1);
}

/* ---- Text for text ---- */

static void fold_case(saker_eval *ev, const saker_value *v, bool upper)
{
    char *copy = room(ev, v->len);
    if (!copy) {
        lose(ev);
        return;
    }
    for (uint32_t i = 0; i < v->len; i++)
        copy[i] = upper ? skr_upper(v->as.s[i]) : skr_lower(v->as.s[i]);
    skr_out_text(&ev->out, copy, v->len, v->type);
}

static void basename_of(saker_eval *ev, const saker_value *v)
{
    uint32_t from = v->len;
    while (from > 0 && v->as.s[from - 1] != '/')
        from--;
    skr_out_text(&ev->out, v->as.s + from, v->len - from, v->type);
}

static int b64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (skr_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* false: it is not base64, and the result is missing. */
static bool decode(saker_eval *ev, const saker_value *v)
{
    uint32_t len = v->len, bits = 0, held = 0;
    size_t at = 0;
    for (int i = 0; i < 2 && len && v->as.s[len - 1] == '='; i++)
        len--;
    char *out = skr_arena_raw(&ev->scratch, (size_t)len / 4 * 3 + 4, 1);
    if (!out) {
        lose(ev);
        return true;
    }
    for (uint32_t i = 0; i < len; i++) {
        int digit = b64_digit(v->as.s[i]);
        if (digit < 0)
            return false;
        held = (held << 6 | (uint32_t)digit) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[at++] = (char)(held >> bits & 0xff);
        }
    }
    if (len % 4 == 1)
        return false;
    skr_out_text(&ev->out, out, at, v->type);
    return true;
}

static bool each_text(saker_eval *ev, const skr_slot *s)
{
    uint32_t slot = s->items[0], count = count_of(ev, slot);
    for (uint32_t i = 0; i < count; i++) {
        const saker_value v = value_of(ev, slot, i);
        switch ((skr_xform)s->xform) {
        case SKR_XFORM_BASENAME:
            basename_of(ev, &v);
            break;
        case SKR_XFORM_B64:
            if (!decode(ev, &v))
                return false;
            break;
        default:
            fold_case(ev, &v, s->xform == SKR_XFORM_TOUPPER);
        }
    }
    return true;
}

static void length_of(saker_eval *ev, const skr_slot *s)
{
    uint32_t slot = s->items[0];
    if (ev->p->slots.v[slot].is_list)
        skr_out_uint(&ev->out, count_of(ev, slot));
    else if (count_of(ev, slot))
        skr_out_uint(&ev->out, value_of(ev, slot, 0).len);
}

/* ---- Text of several ---- */

static void put_text(saker_eval *ev)
{
    skr_buf *b = &ev->text;
    char *copy = b->failed || b->len > SKR_LONGEST_TEXT ? NULL : room(ev, b->len);
    if (!copy) {
        lose(ev);
        return;
    }
    if (b->len)
        memcpy(copy, b->ptr, b->len);
    copy[b->len] = '\0';
    skr_out_text(&ev->out, copy, b->len, SAKER_STR);
}

static void concat(saker_eval *ev, const skr_slot *s)
{
    skr_buf_clear(&ev->text);
    for (uint32_t i = 0; i < s->count && ev->text.len <= SKR_LONGEST_TEXT; i++) {
        const saker_value v = value_of(ev, s->items[i], 0);
        skr_buf_add(&ev->text, v.as.s, v.len);
    }
    put_text(ev);
}

typedef struct joint {
    skr_str separator;
    bool first;
} joint;

static void join_values(saker_eval *ev, uint32_t slot, joint *j)
{
    const skr_slot *s = &ev->p->slots.v[slot];
    if (s->kind == SKR_EXPR_LIST) { /* item by item: how a value prints depends on its field */
        for (uint32_t i = 0; i < s->count && ev->text.len <= SKR_LONGEST_TEXT; i++)
            join_values(ev, s->items[i], j);
        return;
    }
    for (uint32_t i = 0; i < count_of(ev, slot) && ev->text.len <= SKR_LONGEST_TEXT; i++) {
        const saker_value v = value_of(ev, slot, i);
        if (!j->first)
            skr_buf_str(&ev->text, j->separator);
        j->first = false;
        if (v.type == SAKER_BYTES)
            skr_buf_add(&ev->text, v.as.s, v.len);
        else
            skr_value_text(&ev->text, &v, s->kind == SKR_EXPR_FIELD ? s->arg.field : NULL);
    }
}

static void join(saker_eval *ev, const skr_slot *s)
{
    skr_slot first = ev->p->slots.v[s->items[0]];
    const saker_value sep = value_of(ev, s->items[0], 0);
    joint j = { { sep.as.s, sep.len }, true };
    if (sep.type != SAKER_STR && sep.type != SAKER_BYTES) {
        skr_buf_clear(&ev->text);
        skr_value_text(&ev->text, &sep, first.kind == SKR_EXPR_FIELD ? first.arg.field : NULL);
        char *copy = ev->text.failed ? NULL : skr_arena_dup(&ev->scratch, ev->text.ptr, ev->text.len);
        if (!copy) {
            lose(ev);
            return;
        }
        j.separator = (skr_str){ copy, ev->text.len };
    }
    skr_buf_clear(&ev->text);
    join_values(ev, s->items[1], &j);
    put_text(ev);
}

/* ---- getopt ---- */

typedef struct options {
    saker_eval *ev;
    uint32_t args, count, next;
    skr_str letters;
    int wanted; /* of getopt()[c], or -1 */
    bool found;
    saker_value last;
} options;

typedef enum takes { UNKNOWN, FLAG, VALUE } takes;

static takes kind_of(const options *o, char letter)
{
    skr_str all = o->letters;
    for (size_t i = 0; letter != ':' && i < all.len; i++)
        if (all.ptr[i] == letter)
            return i + 1 < all.len && all.ptr[i + 1] == ':' ? VALUE : FLAG;
    return UNKNOWN;
}

static void found(options *o, const char *s, size_t len)
{
    if (o->wanted < 0)
        skr_out_text(&o->ev->out, s, len, SAKER_STR);
}

static void remember(options *o, char letter, const char *s, size_t len)
{
    if (o->wanted != (unsigned char)letter)
        return;
    o->found = true;
    o->last = (saker_value){ .type = SAKER_STR, .len = (uint32_t)len, .as.s = s };
}

/* An option with a value: the rest of the argument, or else the next one. */
static void with_value(options *o, const char *letter, const char *rest, size_t len)
{
    if (!len && o->next < o->count) {
        const saker_value v = value_of(o->ev, o->args, o->next++);
        rest = v.as.s;
        len = v.len;
    } else if (!len) {
        found(o, "", 0);
        remember(o, *letter, "", 0);
        return;
    }
    found(o, letter, 1);
    found(o, rest, len);
    remember(o, *letter, rest, len);
}

static void one_argument(options *o, const saker_value *v)
{
    for (uint32_t i = 1; i < v->len; i++) {
        const char *letter = v->as.s + i;
        switch (kind_of(o, *letter)) {
        case UNKNOWN:
            found(o, "?", 1);
            break;
        case FLAG:
            found(o, letter, 1);
            remember(o, *letter, letter, 1);
            break;
        case VALUE:
            with_value(o, letter, letter + 1, v->len - i - 1);
            return;
        }
    }
}

/* false: no option of the wanted letter. */
static bool getopt_of(saker_eval *ev, const skr_slot *s)
{
    const saker_value letters = value_of(ev, s->items[1], 0);
    options o = {
        ev, s->items[0], count_of(ev, s->items[0]), 0, { letters.as.s, letters.len }, s->letter, false, { 0 }
    };
    while (o.next < o.count) {
        const saker_value v = value_of(ev, o.args, o.next++);
        skr_str arg = { v.as.s, v.len };
        if (arg.len < 2 || arg.ptr[0] != '-' || skr_str_is(arg, "--"))
            break;
        if (arg.ptr[1] != '-')
            one_argument(&o, &v);
    }
    if (o.wanted >= 0 && o.found)
        skr_out_add(&ev->out, &o.last);
    return o.wanted < 0 || o.found;
}

/* ---- All ---- */

static bool lists(saker_eval *ev, const skr_slot *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        for (uint32_t k = 0; k < count_of(ev, s->items[i]); k++) {
            const saker_value v = value_of(ev, s->items[i], k);
            skr_out_add(&ev->out, &v);
        }
    return true;
}

/* What an event holds for a field of type SAKER_DYN need not be text, even if the field's argument says that it is. */
static bool are_texts(saker_eval *ev, const skr_slot *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        const uint32_t slot = s->items[i], count = ev->p->slots.v[slot].store == SAKER_DYN ? count_of(ev, slot) : 0;
        for (uint32_t k = 0; k < count; k++) {
            const uint8_t type = value_of(ev, slot, k).type;
            if (type != SAKER_STR && type != SAKER_BYTES)
                return false;
        }
    }
    return true;
}

static bool run(saker_eval *ev, const skr_slot *s)
{
    if (s->kind == SKR_EXPR_LIST)
        return lists(ev, s);
    if (s->xform == SKR_XFORM_LEN) {
        length_of(ev, s);
        return true;
    }
    if (s->xform == SKR_XFORM_JOIN) {
        join(ev, s);
        return true;
    }
    if (!are_texts(ev, s))
        return false;
    switch ((skr_xform)s->xform) {
    case SKR_XFORM_CONCAT:
        concat(ev, s);
        return true;
    case SKR_XFORM_GETOPT:
        return getopt_of(ev, s);
    default:
        return each_text(ev, s);
    }
}

void skr_xform_run(saker_eval *ev, const skr_slot *s)
{
    skr_held *h = ev->out.held;
    if (!run(ev, s)) {
        h->count = 0;
        h->present = false;
    } else if (s->is_list) {
        h->present = true;
    }
}
