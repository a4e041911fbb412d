/* SPDX-License-Identifier: Apache-2.0 */
/* Values of slots, taken from an event at most once. */
#include "compat.h"
#include "eval.h"

void skr_out_next(saker_out *out, const saker_value *v)
{
    const size_t most = SKR_MOST_HELD / sizeof *v; /* a list of lists can be far longer than they are */
    skr_held *h = out->held;
    if (!out->form.many)
        return;
    if (h->count == 1) { /* values of one slot stand side by side */
        h->first = (uint32_t)out->values.n;
        if (out->values.n >= most || !skr_vec_push(out->mem, &out->values, h->one)) {
            out->failed = true;
            return;
        }
    }
    if (out->values.n >= most || !skr_vec_push(out->mem, &out->values, *v))
        out->failed = true;
    else
        h->count++;
}

/* Takes the arguments of a transformer. false: one is missing. */
static bool take_items(saker_eval *ev, const skr_slot *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        const skr_held *h = skr_slot_get(ev, s->items[i]);
        if (!h->present || (h->count == 0 && !ev->p->slots.v[s->items[i]].is_list))
            return false;
    }
    return true;
}

const skr_held *skr_slot_lose(saker_eval *ev, skr_held *h)
{
    ev->stats.nomem++;
    ev->out.failed = false;
    h->count = 0;
    h->present = false;
    return h;
}

/* A slot that is no field. */
static SKR_APART const skr_held *take_other(saker_eval *ev, uint32_t slot)
{
    const skr_slot *s = &ev->p->slots.v[slot];
    skr_held *h = &ev->held[slot];
    saker_out *out = &ev->out;
    h->epoch = ev->epoch;
    h->count = 0;
    h->present = false;
    if (s->kind != SKR_EXPR_TEXT && !take_items(ev, s))
        return h;
    out->held = h;
    out->form = s->form;
    if (s->kind == SKR_EXPR_TEXT)
        skr_out_add(out, &s->value);
    else
        skr_xform_run(ev, s);
    if (SKR_UNLIKELY(out->failed))
        return skr_slot_lose(ev, h);
    return h;
}

const skr_held *skr_slot_take(saker_eval *ev, uint32_t slot)
{
    return SKR_LIKELY(ev->p->slots.v[slot].get != NULL) ? skr_slot_get_field(ev, slot) : take_other(ev, slot);
}
