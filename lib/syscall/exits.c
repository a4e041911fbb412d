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
        uint16_t next; /* older one of the bucket, as heads */
        bool used;
    } ring[RING];
};

/* What leads to the exit of the pair, of which there is one at most, or to nothing: 0. By both: a child of one thread
 * may come and go as often as it likes. */
static uint16_t *link_to(const skr_state *s, int64_t ptid, int64_t tid)
{
    struct skr_exit_ring *x = s->exits;
    uint16_t *at = &x->heads[skr_hash_u64(skr_hash_u64((uint64_t)ptid ^ s->seed) ^ (uint64_t)tid) % RING];
    while (*at && (x->ring[*at - 1u].tid != tid || x->ring[*at - 1u].ptid != ptid))
        at = &x->ring[*at - 1u].next;
    return at;
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
    struct exit *e = &x->ring[place];
    x->next_place = (place + 1) % RING;
    if (e->used)
        *link_to(s, e->ptid, e->tid) = e->next;
    uint16_t *at = link_to(s, ptid, tid);
    if (*at) { /* of the two the later one is kept */
        struct exit *same = &x->ring[*at - 1u];
        ts = same->ts > ts ? same->ts : ts;
        same->used = false;
        *at = same->next;
        at = link_to(s, ptid, tid);
    }
    *e = (struct exit){ ptid, tid, ts, 0, true };
    *at = (uint16_t)(place + 1);
}

bool skr_exits_recent(const skr_state *s, int64_t ptid, int64_t tid, uint64_t now)
{
    const uint16_t at = s->exits ? *link_to(s, ptid, tid) : 0;
    const struct exit *e = at ? &s->exits->ring[at - 1u] : NULL;
    return e && (now <= e->ts || now - e->ts < WINDOW_NS);
}

void skr_exits_free(skr_state *s)
{
    skr_free(s->mem, s->exits, s->exits ? sizeof *s->exits : 0);
    s->exits = NULL;
}
