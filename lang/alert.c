/* SPDX-License-Identifier: Apache-2.0 */
#include "alert.h"
#include "clock.h"

/* The message is built in a buffer of its own: ev->text is for values on their way. */
typedef struct writer {
    saker_eval *ev;
    const skr_rule *rule;
    saker_alert_options o;
    skr_bytes_as bytes;
    skr_buf *b;
} writer;

static writer begin(saker_eval *ev, size_t i, const saker_alert_options *options)
{
    writer w = { .ev = ev, .rule = &ev->p->rules[ev->matches.v[i]], .b = &ev->line };
    if (options)
        memcpy(&w.o, options, options->size < sizeof w.o ? options->size : sizeof w.o);
    w.bytes = w.o.flags & SAKER_ALERT_BASE64 ? SKR_BYTES_BASE64 : SKR_BYTES_DOTS;
    skr_buf_clear(w.b);
    w.b->failed = ev->scratch.held > SKR_MOST_HELD;
    return w;
}

static const char *end(writer *w)
{
    const char *copy = w->b->failed ? NULL : skr_arena_dup(&w->ev->scratch, w->b->ptr, w->b->len);
    if (!copy)
        w->ev->stats.nomem++;
    return copy;
}

/* ---- Text ---- */

static void message(writer *w)
{
    skr_template_text(w->ev, w->b, w->rule->output, true, w->bytes);
}

static void alert_line(writer *w)
{
    char when[SKR_CLOCK_MAX];
    const uint64_t ns = w->ev->event->time;
    const bool iso = w->o.flags & SAKER_ALERT_ISO_TIME;
    size_t n = iso ? skr_clock_iso(when, ns, "+0000") : skr_clock_text(when, ns, w->ev->p->utc_offset);
    skr_buf_add(w->b, when, n);
    skr_buf_cstr(w->b, ": ");
    skr_buf_cstr(w->b, skr_priority_name(w->rule->pub.priority));
    skr_buf_char(w->b, ' ');
    message(w);
}

const char *skr_match_output(saker_eval *ev, size_t i)
{
    if (!ev->outputs)
        ev->outputs = skr_arena_array(&ev->scratch, ev->matches.n, sizeof *ev->outputs);
    if (!ev->outputs)
        return NULL;
    if (!ev->outputs[i]) {
        writer w = begin(ev, i, NULL);
        message(&w);
        ev->outputs[i] = end(&w);
    }
    return ev->outputs[i];
}

const char *skr_match_alert(saker_eval *ev, size_t i, const saker_alert_options *options)
{
    writer w = begin(ev, i, options);
    alert_line(&w);
    const char *line = end(&w);
    if (!line || !(w.o.flags & SAKER_ALERT_ESCAPE))
        return line;
    skr_str plain = { line, w.b->len };
    skr_buf_clear(w.b);
    skr_buf_json_inner(w.b, plain);
    return end(&w);
}

/* ---- JSON ---- */

static void json_key(writer *w, const char *name)
{
    if (w->b->ptr[w->b->len - 1] != '{')
        skr_buf_char(w->b, ',');
    skr_buf_printf(w->b, "\"%s\":", name);
}

/* What has been printed from `from` on becomes a JSON string. */
static void quote_from(writer *w, size_t from)
{
    skr_str made = { NULL, 0 };
    if (!w->b->failed)
        made = skr_str_dup(&w->ev->scratch, (skr_str){ w->b->ptr + from, w->b->len - from });
    if (!made.ptr) {
        w->b->failed = true;
        return;
    }
    w->b->len = from;
    skr_buf_json(w->b, made);
}

static void json_made(writer *w, void (*print)(writer *))
{
    const size_t from = w->b->len;
    print(w);
    quote_from(w, from);
}

static void extra_field(writer *w, const skr_extra *x)
{
    skr_buf_json(w->b, x->name);
    skr_buf_char(w->b, ':');
    const skr_piece *p = x->format->pieces;
    const size_t from = w->b->len;
    if (!x->raw) {
        skr_template_text(w->ev, w->b, x->format, true, w->bytes);
        quote_from(w, from);
    } else if (p->never) {
        skr_buf_cstr(w->b, "null");
    } else {
        skr_slot_json(w->ev, w->b, p->slot, w->bytes);
    }
}

/* The template's fields, the extra ones and the time, merged in order; of equal names the first in this sense wins:
 * extra, template, time. */
static void output_fields(writer *w)
{
    const skr_template *t = w->rule->output;
    const char *time_name = w->o.flags & SAKER_ALERT_ISO_TIME ? "evt.time.iso8601" : "evt.time";
    skr_str time = skr_str_of(time_name), last = { NULL, 0 };
    size_t key = 0, extra = 0;
    bool time_due = true, first = true;
    skr_buf_char(w->b, '{');
    for (;;) {
        while (key < t->key_count && !t->keys[key].plain)
            key++;
        const skr_extra *x = extra < w->rule->extra_count ? &w->rule->extra[extra] : NULL;
        const skr_key *k = key < t->key_count ? &t->keys[key] : NULL;
        skr_str name = time_due ? time : (skr_str){ NULL, 0 };
        if (k && (!name.ptr || skr_str_cmp(k->name, name) <= 0))
            name = k->name;
        if (x && (!name.ptr || skr_str_cmp(x->name, name) <= 0))
            name = x->name;
        if (!name.ptr)
            break;
        const bool is_extra = x && skr_str_eq(name, x->name), is_key = k && skr_str_eq(name, k->name);
        if (!last.ptr || !skr_str_eq(name, last)) {
            if (!first)
                skr_buf_char(w->b, ',');
            first = false;
            if (is_extra)
                extra_field(w, x);
            else if (is_key)
                skr_key_json(w->ev, w->b, k, w->bytes);
            else
                skr_buf_printf(w->b, "\"%s\":%llu", time_name, (unsigned long long)w->ev->event->time);
        }
        last = name;
        extra += is_extra;
        key += is_key;
        time_due = time_due && !skr_str_eq(name, time);
    }
    skr_buf_char(w->b, '}');
}

static void tags(writer *w)
{
    const saker_rule *r = &w->rule->pub;
    skr_buf_char(w->b, '[');
    for (size_t i = 0; i < r->tag_count; i++) {
        const char *tag = w->rule->tags[i];
        if (i && strcmp(tag, w->rule->tags[i - 1]) == 0)
            continue;
        if (i)
            skr_buf_char(w->b, ',');
        skr_buf_json(w->b, skr_str_of(tag));
    }
    skr_buf_char(w->b, ']');
}

static void json_cstr(writer *w, const char *key, const char *value)
{
    json_key(w, key);
    skr_buf_json(w->b, skr_str_of(value));
}

const char *skr_match_json(saker_eval *ev, size_t i, const saker_alert_options *options)
{
    writer w = begin(ev, i, options);
    char when[SKR_CLOCK_MAX];
    const saker_rule *r = &w.rule->pub;
    const uint32_t flags = w.o.flags;
    skr_buf_char(w.b, '{');
    if (w.b->failed)
        return end(&w);
    if (w.o.hostname)
        json_cstr(&w, "hostname", w.o.hostname);
    if (flags & SAKER_ALERT_MESSAGE) {
        json_key(&w, "message");
        json_made(&w, message);
    }
    if (!(flags & SAKER_ALERT_NO_OUTPUT)) {
        json_key(&w, "output");
        json_made(&w, alert_line);
    }
    if (!(flags & SAKER_ALERT_NO_FIELDS)) {
        json_key(&w, "output_fields");
        output_fields(&w);
    }
    json_cstr(&w, "priority", skr_priority_name(r->priority));
    json_cstr(&w, "rule", r->name);
    json_cstr(&w, "source", r->source);
    if (!(flags & SAKER_ALERT_NO_TAGS)) {
        json_key(&w, "tags");
        tags(&w);
    }
    skr_clock_iso(when, ev->event->time, "Z");
    json_cstr(&w, "time", when);
    skr_buf_char(w.b, '}');
    return end(&w);
}

/* ---- Fields ---- */

static bool name_values(saker_eval *ev, const skr_piece *p, saker_named *named)
{
    named->name = p->text.ptr;
    if (p->never)
        return true;
    const skr_held *h = &ev->held[p->slot];
    const saker_value *v = skr_held_values(ev, h);
    named->count = h->present ? h->count : 0;
    named->values = v;
    if (h->count < 2)
        return true;
    saker_value *copy = skr_arena_array(&ev->scratch, h->count, sizeof *copy); /* those of the eval may move */
    if (copy)
        memcpy(copy, v, h->count * sizeof *copy);
    named->values = copy;
    return copy != NULL;
}

const saker_named *skr_match_fields(saker_eval *ev, size_t i, size_t *count)
{
    const skr_template *t = ev->p->rules[ev->matches.v[i]].output;
    saker_named *named = skr_arena_array(&ev->scratch, t->count + 1, sizeof *named);
    size_t n = 0;
    if (!named)
        return NULL;
    for (size_t k = 0; k < t->count; k++)
        if (t->pieces[k].slot != SKR_NO_ID && !t->pieces[k].never)
            skr_slot_get(ev, t->pieces[k].slot);
    for (size_t k = 0; k < t->count; k++)
        if (t->pieces[k].slot != SKR_NO_ID && !name_values(ev, &t->pieces[k], &named[n++]))
            return NULL;
    *count = n;
    return named;
}
