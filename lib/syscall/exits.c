/* SPDX-License-Identifier: Apache-2.0 */
/* Who exited lately, of which parent: a clone event of the parent that comes after the child's end must not bring the
 * child to life again (state.md 3.1). A ring of the last exits with an index by thread id. */
#include "state_impl.h"

enum { RING = 8192, WINDOW_NS = 2000000000 };

struct skr_exit_ring {
    uint32_t next_place;
    uint16_t heads[RING]; /* place + 1 of the newest in the bucket, 0: none */
    struct exit {
        int64_t ptid, tid;
        uint64_t ts;
        uint16_t next; /* older one of the bucket */
        bool used;
    } ring[RING];
};

static uint32_t bucket(const skr_state *s, int64_t tid)
{
    return (uint32_t)skr_hash_u64((uint64_t)tid ^ s->seed) % RING;
}

static void forget(skr_state *s, struct skr_exit_ring *x, uint32_t place)
{
    uint16_t *link = &x->heads[bucket(s, x->ring[place].tid)];
    while (*link && *link - 1u != place)
        link = &x->ring[*link - 1u].next;
    if (*link)
        *link = x->ring[place].next;
}

void skr_exits_add(skr_state *s, int64_t ptid, int64_t tid, uint64_t ts)
{
    if (!s->exits)
        s->exits = skr_zalloc(s->mem, sizeof *s->exits);
    struct skr_exit_ring *x = s->exits;
    if (!x) {
        s->stats.nomem++;
        return;
    }
    uint32_t place = x->next_place;
    x->next_place = (place + 1) % RING;
    if (x->ring[place].used)
        forget(s, x, place);
    uint16_t *head = &x->heads[bucket(s, tid)];
    x->ring[place] = (struct exit){ ptid, tid, ts, *head, true };
    *head = (uint16_t)(place + 1);
}

bool skr_exits_recent(const skr_state *s, int64_t ptid, int64_t tid, uint64_t now)
{
    const struct skr_exit_ring *x = s->exits;
    if (!x)
        return false;
    for (uint16_t at = x->heads[bucket(s, tid)]; at; at = x->ring[at - 1u].next) {
        const struct exit *e = &x->ring[at - 1u];
        if (e->tid == tid && e->ptid == ptid && (now <= e->ts || now - e->ts < WINDOW_NS))
            return true;
    }
    return false;
}

void skr_exits_free(skr_state *s)
{
    skr_free(s->mem, s->exits, s->exits ? sizeof *s->exits : 0);
    s->exits = NULL;
}
