/* SPDX-License-Identifier: Apache-2.0 */
/* saker_capture: pulls events from a back end through the state engine and hands them to the host. */
#include "capture.h"
#include "compat.h"
#include "fields.h"

enum {
    BATCH = 4096,           /* events that one poll looks at when the back end is always ready */
    READER_MEMORY = 4 << 20 /* what the program that watches a kernel is unpacked into, and more */
};

/* The state gets seven eighths of the memory: when it has used them up it gives entries away, but reading goes on. Of
 * little it gets half, for without the other half there may be nothing to read. */
static void share_memory(saker_capture *c, const saker_capture_options *o)
{
    size_t limit = o ? o->max_memory : 0, reader = limit / 8;
    if (reader < READER_MEMORY)
        reader = limit / 2 < READER_MEMORY ? limit / 2 : READER_MEMORY;
    skr_mem_init(&c->mem, o ? &o->alloc : NULL, limit ? reader + !reader : 0);
    skr_mem_init(&c->state_mem, o ? &o->alloc : NULL, limit ? limit - reader : 0);
}

saker_capture *skr_capture_new(const saker_capture_options *options, bool offline)
{
    skr_mem first;
    saker_capture_options known = SAKER_CAPTURE_OPTIONS_INIT;
    if (options) /* an older host knows fewer members */
        memcpy(&known, options, options->size < sizeof known ? options->size : sizeof known);
    skr_mem_init(&first, &known.alloc, 0);
    saker_capture *c = skr_zalloc(&first, sizeof *c);
    if (!c)
        return NULL;
    share_memory(c, &known);
    c->count_only = known.flags & SAKER_CAPTURE_COUNT;
    c->state = skr_state_new(&c->state_mem, &known, offline);
    if (!c->state) {
        skr_free(&first, c, sizeof *c);
        return NULL;
    }
    skr_state_handler(c->state, &c->handler);
    return c;
}

void saker_capture_free(saker_capture *c)
{
    if (!c)
        return;
    skr_dumps_detach(c);
    if (c->ops)
        c->ops->close(c->self);
    skr_state_free(c->state);
    skr_mem first;
    saker_alloc hook = c->mem.hook;
    skr_mem_init(&first, &hook, 0);
    first.used = sizeof *c;
    skr_free(&first, c, sizeof *c);
}

const char *saker_capture_error(const saker_capture *c)
{
    if (!c)
        return saker_strerror(SAKER_ENOMEM);
    if (c->ended == SAKER_ENOMEM)
        return c->mem.limited ? "it needs more memory than its max_memory" : saker_strerror(SAKER_ENOMEM);
    return c->ops->error(c->self);
}

int saker_capture_fd(const saker_capture *c)
{
    return c && c->ops->fd ? c->ops->fd(c->self) : -1;
}

static int deliver(saker_capture *c, saker_event_fn *fn, void *ctx)
{
    const saker_event event = { saker_syscall_schema(), &c->event, c->event.evt.ts, c->event.num,
                                skr_sysevent_kind(&c->event) };
    c->delivered++;
    return fn(ctx, &event);
}

int saker_capture_poll(saker_capture *c, int timeout_ms, saker_event_fn *fn, void *ctx)
{
    if (!c)
        return SAKER_ENOMEM;
    if (!fn)
        return SAKER_EINVAL;
    if (c->ended)
        return c->ended;
    int delivered = 0;
    for (int n = 0; !c->ops->always_ready || n < BATCH; n++) {
        int got = c->ops->next(c->self, n ? 0 : timeout_ms, &c->handler, &c->event.evt);
        if (got <= 0) {
            c->ended = got;
            /* what was delivered is told first, the end at the next poll */
            return delivered || !got ? delivered : got;
        }
        c->events++;
        if (SKR_UNLIKELY(c->count_only))
            continue;
        if (SKR_UNLIKELY(c->dumps != NULL))
            skr_dumps_before(c);
        bool visible = skr_state_event(c->state, &c->event.evt, &c->event);
        int answer = visible ? deliver(c, fn, ctx) : 0;
        if (SKR_UNLIKELY(c->dumps != NULL))
            skr_dumps_after(c);
        delivered += visible;
        if (answer)
            return answer < 0 ? answer : delivered;
    }
    return delivered;
}

int saker_capture_get_stats(const saker_capture *c, saker_capture_stats *stats)
{
    if (!c)
        return SAKER_ENOMEM;
    saker_capture_stats now;
    skr_state_stats state;
    memset(&now, 0, sizeof now);
    now.size = sizeof now;
    if (!stats || !stats->size)
        return SAKER_EINVAL;
    c->ops->stats(c->self, &now);
    skr_state_get_stats(c->state, &state);
    now.events = c->events;
    now.delivered = c->delivered;
    now.threads = state.threads;
    now.fds = state.fds;
    now.evicted = state.full_threads + state.full_fds + state.full_lists;
    now.nomem = state.nomem;
    now.cut = state.cut;
    now.invalid += state.unread;
    now.memory = c->mem.used + c->state_mem.used;
    size_t size = stats->size;
    memcpy(stats, &now, size < sizeof now ? size : sizeof now);
    stats->size = size;
    return 0;
}
