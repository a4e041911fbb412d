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
        uint16_t next, prev; /* older and newer one of the bucket, as heads */
        bool used;
    } ring[RING];
};

/* By both: a child of one thread may come and go as often as it likes. */
static uint16_t *bucket(const skr_state *s, struct skr_exit_ring *x, int64_t ptid, int64_t tid)
{
    return &x->heads[skr_hash_u64(skr_hash_u64((uint64_t)ptid ^ s->seed) ^ (uint64_t)tid) % RING];
}

static struct exit *find(const skr_state *s, struct skr_exit_ring *x, int64_t ptid, int64_t tid)
{
    uint16_t at = *bucket(s, x, ptid, tid);
    while (at && (x->ring[at - 1u].tid != tid || x->ring[at - 1u].ptid != ptid))
        at = x->ring[at - 1u].next;
    return at ? &x->ring[at - 1u] : NULL;
}

static void forget(const skr_state *s, struct skr_exit_ring *x, struct exit *e)
{
    *(e->prev ? &x->ring[e->prev - 1u].next : bucket(s, x, e->ptid, e->tid)) = e->next;
    if (e->next)
        x->ring[e->next - 1u].prev = e->prev;
    e->used = false;
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
    struct exit *same = find(s, x, ptid, tid);
    if (same) { /* one of a pair is enough, and chains stay short: the later one */
        ts = same->ts > ts ? same->ts : ts;
        forget(s, x, same);
    }
    uint32_t place = x->next_place;
    x->next_place = (place + 1) % RING;
    if (x->ring[place].used)
        forget(s, x, &x->ring[place]);
    uint16_t *head = bucket(s, x, ptid, tid);
    x->ring[place] = (struct exit){ ptid, tid, ts, *head, 0, true };
    if (*head)
        x->ring[*head - 1u].prev = (uint16_t)(place + 1);
    *head = (uint16_t)(place + 1);
}

bool skr_exits_recent(const skr_state *s, int64_t ptid, int64_t tid, uint64_t now)
{
    const struct exit *e = s->exits ? find(s, s->exits, ptid, tid) : NULL;
    return e && (now <= e->ts || now - e->ts < WINDOW_NS);
}

void skr_exits_free(skr_state *s)
{
    skr_free(s->mem, s->exits, s->exits ? sizeof *s->exits : 0);
    s->exits = NULL;
}
