/* SPDX-License-Identifier: Apache-2.0 */
/* Values as outputs print them (language.md 12.2, 12.3). */
#include "format.h"
#include "num.h"

#include <inttypes.h>

enum { MAX_LIST = 1023, MAX_BYTES = 1022 };

/* ---- Numbers ---- */

static uint64_t cut_to_type(uint64_t v, const saker_field *field)
{
    unsigned bits = field ? skr_type(field->type)->bits : 64;
    return bits == 0 || bits >= 64 ? v : v & (((uint64_t)1 << bits) - 1);
}

static void print_integer(skr_buf *b, const saker_value *v, const saker_field *field)
{
    const uint32_t flags = field ? field->flags : 0;
    if (flags & SAKER_HEX)
        skr_buf_printf(b, "%" PRIX64, cut_to_type(v->as.u, field));
    else if (flags & SAKER_OCT)
        skr_buf_printf(b, "%#" PRIo64, cut_to_type(v->as.u, field));
    else if (flags & SAKER_DEC9)
        skr_buf_printf(b, "%09" PRIu64, v->as.u);
    else if (v->type == SAKER_INT)
        skr_buf_i64(b, v->as.i);
    else
        skr_buf_u64(b, v->as.u);
}

/* One decimal, with a point whatever the locale is. */
static void print_double(skr_buf *b, double d)
{
    char text[400];
    int n = snprintf(text, sizeof text, "%.1f", d);
    if (n < 3 || (size_t)n >= sizeof text || !skr_is_digit(text[n - 1])) {
        skr_buf_cstr(b, d != d ? "nan" : d > 0 ? "inf" : "-inf");
        return;
    }
    int end = n - 2;
    while (end > 0 && !skr_is_digit(text[end - 1])) /* the mark may be several bytes */
        end--;
    skr_buf_add(b, text, (size_t)end);
    skr_buf_char(b, '.');
    skr_buf_char(b, text[n - 1]);
}

/* ---- Bytes ---- */

static void print_base64(skr_buf *b, const char *s, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        const size_t n = len - i < 3 ? len - i : 3;
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < n ? (uint8_t)s[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            skr_buf_char(b, k <= n ? digits[bits >> (18 - 6 * k) & 63] : '=');
    }
}

static void print_bytes(skr_buf *b, const saker_value *v, skr_bytes_as as)
{
    if (as == SKR_BYTES_BASE64) {
        print_base64(b, v->as.s, v->len);
        return;
    }
    for (uint32_t i = 0; i < v->len && i < MAX_BYTES; i++) {
        char c = v->as.s[i];
        skr_buf_char(b, c >= ' ' && c <= '~' ? c : '.');
    }
}

/* ---- Any value ---- */

void skr_value_print_as(skr_buf *b, const saker_value *v, const saker_field *field, skr_bytes_as bytes)
{
    char ip[48];
    switch (v->type) {
    case SAKER_BOOL:
        skr_buf_cstr(b, v->as.b ? "true" : "false");
        break;
    case SAKER_FLOAT:
        print_double(b, v->as.f);
        break;
    case SAKER_STR:
        skr_buf_add(b, v->as.s, v->len);
        break;
    case SAKER_BYTES:
        print_bytes(b, v, bytes);
        break;
    case SAKER_IP:
        skr_buf_add(b, ip, skr_print_ip(v->as.ip, v->len, ip));
        break;
    case SAKER_NET:
        skr_buf_cstr(b, "<IPNET>");
        break;
    default:
        print_integer(b, v, field);
    }
}

void skr_value_text(skr_buf *b, const saker_value *v, const saker_field *field)
{
    skr_value_print_as(b, v, field, SKR_BYTES_DOTS);
}

/* ---- The values of a slot ---- */

static const saker_field *field_of(const skr_slot *s)
{
    return s->kind == SKR_EXPR_FIELD ? s->arg.field : NULL;
}

static void print_list(saker_eval *ev, skr_buf *b, const skr_slot *s, const skr_held *h, skr_bytes_as bytes)
{
    const size_t from = b->len;
    skr_buf_char(b, '(');
    for (uint32_t i = 0; i < h->count && b->len - from <= MAX_LIST; i++) {
        if (i)
            skr_buf_char(b, ',');
        skr_value_print_as(b, &skr_held_values(ev, h)[i], field_of(s), bytes);
    }
    skr_buf_char(b, ')');
    if (b->len - from > MAX_LIST)
        b->len = from + MAX_LIST;
}

bool skr_slot_text(saker_eval *ev, skr_buf *b, uint32_t slot, skr_bytes_as bytes)
{
    const skr_slot *s = &ev->p->slots.v[slot];
    const skr_held *h = skr_slot_get(ev, slot);
    if (!h->present || (h->count == 0 && !s->is_list))
        return false;
    if (s->is_list) {
        print_list(ev, b, s, h, bytes);
        return true;
    }
    for (uint32_t i = 0; i < h->count; i++) { /* more than one: any ancestor, and the like */
        if (i)
            skr_buf_char(b, ' ');
        skr_value_print_as(b, &skr_held_values(ev, h)[i], field_of(s), bytes);
    }
    return true;
}

/* ---- JSON ---- */

static void json_text(saker_eval *ev, skr_buf *b, const saker_value *v, const saker_field *field, skr_bytes_as bytes)
{
    if (v->type == SAKER_STR) {
        skr_buf_json(b, (skr_str){ v->as.s, v->len });
        return;
    }
    skr_buf_clear(&ev->text);
    skr_value_print_as(&ev->text, v, field, bytes);
    skr_buf_json(b, (skr_str){ ev->text.ptr, ev->text.len });
    b->failed |= ev->text.failed;
}

static void json_value(saker_eval *ev, skr_buf *b, const saker_value *v, const saker_field *field, skr_bytes_as bytes)
{
    const uint32_t flags = field ? field->flags : 0;
    switch (v->type) {
    case SAKER_BOOL:
        skr_buf_cstr(b, v->as.b ? "true" : "false");
        return;
    case SAKER_TIME:
    case SAKER_SPAN:
        skr_buf_u64(b, v->as.u);
        return;
    case SAKER_FLOAT:
        if (v->as.f - v->as.f != 0) /* not finite */
            skr_buf_cstr(b, "null");
        else
            print_double(b, v->as.f);
        return;
    case SAKER_INT:
    case SAKER_UINT:
        if (!(flags & (SAKER_HEX | SAKER_OCT | SAKER_DEC9))) {
            print_integer(b, v, field);
            return;
        }
        break;
    default:
        break;
    }
    json_text(ev, b, v, field, bytes);
}

static void json_joined(saker_eval *ev, skr_buf *b, uint32_t slot, skr_bytes_as bytes)
{
    skr_buf_clear(&ev->text);
    skr_slot_text(ev, &ev->text, slot, bytes);
    skr_buf_json(b, (skr_str){ ev->text.ptr, ev->text.len });
    b->failed |= ev->text.failed;
}

void skr_slot_json(saker_eval *ev, skr_buf *b, uint32_t slot, skr_bytes_as bytes)
{
    const skr_slot *s = &ev->p->slots.v[slot];
    const skr_held *h = skr_slot_get(ev, slot);
    const saker_field *field = field_of(s);
    if (!h->present || (h->count == 0 && !s->is_list)) {
        skr_buf_cstr(b, "null");
    } else if (field && (field->flags & SAKER_JSON_TIME)) {
        skr_buf_u64(b, ev->event->time);
    } else if (s->is_list) {
        skr_buf_char(b, '[');
        for (uint32_t i = 0; i < h->count; i++) {
            if (i)
                skr_buf_char(b, ',');
            json_value(ev, b, &skr_held_values(ev, h)[i], field, bytes);
        }
        skr_buf_char(b, ']');
    } else if (h->count > 1) {
        json_joined(ev, b, slot, bytes);
    } else {
        json_value(ev, b, skr_held_values(ev, h), field, bytes);
    }
}
