/* SPDX-License-Identifier: Apache-2.0 */
/* One thread's scratch: what is known of the event at hand, and its matches. Inside lang and api. */
#ifndef SKR_EVAL_H
#define SKR_EVAL_H

#include "out.h"

/* A condition or an output of many parts must not make much of a long value: text that becomes longer, or where an eval
 * holds more of it for one event, is lost, as if memory had run out. */
enum { SKR_LONGEST_TEXT = 16 << 20, SKR_MOST_HELD = 128 << 20 };

struct saker_eval {
    skr_mem mem;
    skr_program *p;
    const saker_event *event;
    const skr_space *space; /* of the event before; NULL: none yet */
    saker_out out;
    skr_arena scratch; /* text computed for the event; reset at the next one */
    uint32_t epoch;    /* number of the event, 31 bits; 0: none yet          */
    skr_held *held;    /* by slot                                            */
    uint32_t *known;   /* by check: epoch << 1 | answer                      */
    skr_regex_scratch *regex;
    /* what an index found (index_run.c) */
    uint32_t *seen;       /* by entry: epoch of the event that it was last found for */
    uint32_t *candidates; /* entries                  */
    uint32_t *found;      /* postings of one look-up  */
    uint32_t *sub_seen;   /* as `seen`, by index that follows from another */
    uint32_t *subs;       /* those to be asked        */
    bool *off;            /* by rule */
    uint64_t *hits;       /* by rule */
    SKR_VEC(uint32_t) matches;
    const char **outputs; /* by match, in scratch; NULL: none made yet */
    skr_buf text;         /* of a value on its way  */
    skr_buf line;         /* of an output or alert */
    saker_eval_stats stats;
    struct skr_profile *profile; /* NULL: none is taken (profile.h) */
};

saker_eval *skr_eval_new(skr_program *p);
void skr_eval_free(saker_eval *ev);
int skr_eval_run(saker_eval *ev, const saker_event *event);

/* A rule has matched the event at hand. false: out of memory. */
bool skr_eval_add_match(saker_eval *ev, uint32_t rule);

/* Makes `event` the one at hand: nothing is known of it yet. */
void skr_eval_begin(saker_eval *ev, const saker_event *event);

/* Forgets what is known of the event at hand. */
void skr_eval_forget(saker_eval *ev);

/* Values of a slot on the event at hand, taken from it when first asked for. */
const skr_held *skr_slot_take(saker_eval *ev, uint32_t slot);
static inline const skr_held *skr_slot_get(saker_eval *ev, uint32_t slot)
{
    const skr_held *h = &ev->held[slot];
    return h->epoch == ev->epoch ? h : skr_slot_take(ev, slot);
}
/* The same for a slot that is known to be a field: without a call but to its extractor. */
const skr_held *skr_slot_lose(saker_eval *ev, skr_held *h); /* memory ran out */
static inline const skr_held *skr_slot_get_field(saker_eval *ev, uint32_t slot)
{
    skr_held *h = &ev->held[slot];
    if (h->epoch == ev->epoch)
        return h;
    const skr_slot *s = &ev->p->slots.v[slot];
    saker_out *out = &ev->out;
    h->epoch = ev->epoch;
    h->count = 0;
    h->present = false;
    out->held = h;
    out->form = s->form;
    s->get(out, out->event->data, &s->arg);
    return SKR_LIKELY(!out->failed) ? h : skr_slot_lose(ev, h);
}
/* Valid until another slot is taken. */
static inline const saker_value *skr_held_values(const saker_eval *ev, const skr_held *h)
{
    return h->count > 1 ? ev->out.values.v + h->first : &h->one;
}

/* Answers a check, at most once per event; a code is run over such answers. */
bool skr_eval_answer(saker_eval *ev, uint32_t check); /* one that is not known yet */
static inline bool skr_eval_ask(saker_eval *ev, uint32_t check)
{
    const uint32_t known = ev->known[check];
    return known >> 1 == ev->epoch ? known & 1 : skr_eval_answer(ev, check);
}
bool skr_eval_ask_code(saker_eval *ev, const skr_code *code);

/* A check in readable form (dump.c). */
int skr_check_print(FILE *f, const skr_program *p, uint32_t check);

/* Answers a check anew. */
bool skr_check_run(saker_eval *ev, const skr_check *c);

/* The bytes by which a value is found in a set; `room` holds them where the value does not. */
skr_str skr_set_key(const saker_value *v, uint64_t *room);

/* A transformer's values into `ev->out`, whose slot is set; those of its arguments are there. */
void skr_xform_run(saker_eval *ev, const skr_slot *s);

/* a op b for two values of any kinds; of different kinds only numbers are comparable. Operators on literals only
 * (regex, pmatch, lists) are not for it. */
bool skr_compare(saker_eval *ev, skr_op op, const saker_value *a, const saker_value *b);

/* A value as an output prints it (format_value.c). `field` may be NULL. */
void skr_value_text(skr_buf *b, const saker_value *v, const saker_field *field);

/* Is the tree true? Without anything that is known or folded. */
bool skr_naive_run(saker_eval *ev, const skr_plain *tree);

#endif
