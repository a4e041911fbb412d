/* SPDX-License-Identifier: Apache-2.0 */
/* The back end of a capture that brings the events of the running kernel. */
#include "live.h"

#include "doctor.h"
#include "tables.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    NAP_FIRST_MS = 1, /* sleep between looks: doubles up to the longest while nothing comes */
    NAP_LONGEST_MS = 20,
    NAP_RING_BYTES = 1 << 18, /* of a ring for each ms of a nap: it would take 250 MB/s to fill it meanwhile */
    BATCH_BYTES = 1 << 17,    /* when more came during a nap the next is shorter, so that all is still in a cache */
    QUIET_MS = 100,           /* after this time without events the bell is to ring instead */
    PURGE_MS = 300000,        /* threads that did nothing for as long are looked for in /proc, */
    PURGE_THREADS = 200,      /* ... so many at a time, while events wait, */
    PURGE_PAUSE_MS = 50,      /* ... and again after this time */
};

int64_t skr_live_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int fail(skr_live *l, int status, const char *text)
{
    snprintf(l->error, sizeof l->error, "%s", text);
    return status;
}

/* ---- Waiting ---- */

/* The timer is there from the beginning: it lets a host that waits for our descriptor begin. */
static void open_timer(skr_live *l)
{
    struct epoll_event timer = { .events = EPOLLIN, .data.u32 = 1 };
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (l->timer >= 0)
        epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->timer, &timer);
}

static int open_waiting(skr_live *l)
{
    struct epoll_event bell = { .events = EPOLLIN, .data.u32 = 0 };
    if (l->timer < 0 || epoll_ctl(l->epoll, EPOLL_CTL_ADD, skr_probe_bell(l->probe), &bell) != 0) {
        snprintf(l->error, sizeof l->error, "cannot wait for the probe: %s", strerror(errno));
        return SAKER_EIO;
    }
    return 0;
}

static void set_timer(const skr_live *l, int ms)
{
    struct itimerspec t = { { 0, 0 }, { ms / 1000, (ms % 1000) * 1000000L } };
    timerfd_settime(l->timer, 0, &t, NULL);
}

/* Sleeps at most `ms` (-1: for ever) or until the bell rings. */
static void sleep_for(skr_live *l, int ms)
{
    struct epoll_event e;
    if (epoll_wait(l->epoll, &e, 1, ms) > 0 && e.data.u32 == 0)
        skr_probe_hear(l->probe);
}

/* Naps while the machine is busy: a wake-up costs as much as a hundred events, so these shall come in batches. */
static void choose_nap(skr_live *l, const skr_rings *r)
{
    const size_t most = r->size / NAP_RING_BYTES, came = skr_rings_bytes(r);
    if (came > BATCH_BYTES)
        l->nap /= 2;
    else if (came < BATCH_BYTES / 4)
        l->nap *= 2;
    if (l->nap > NAP_LONGEST_MS)
        l->nap = NAP_LONGEST_MS;
    if (l->nap > (int)most)
        l->nap = (int)most;
    if (l->nap < NAP_FIRST_MS)
        l->nap = NAP_FIRST_MS;
}

/* Looks until there is something to deliver. There are naps while the machine is busy, so that events come in batches;
 * when it is quiet the next event wakes us. */
static bool wait_for_events(skr_live *l, int timeout_ms)
{
    int64_t start = skr_live_now_ms(), end = timeout_ms < 0 ? INT64_MAX : start + timeout_ms;
    skr_rings *r = skr_probe_rings(l->probe);
    int nap = l->nap;
    bool slept = false;
    for (;;) {
        skr_rings_look(r);
        int64_t now = skr_live_now_ms();
        if (l->lookup) {
            skr_lookup_work(l->lookup, now);
            if (skr_lookup_ready(l->lookup))
                return true;
        }
        if (r->waiting)
            l->last_event = now;
        if (r->waiting && r->cpu[r->heap[0]].ts <= r->horizon) {
            if (slept)
                choose_nap(l, r);
            return true;
        }
        if (now >= end)
            return false;
        int64_t left = end - now;
        int lookup = l->lookup ? skr_lookup_next_ms(l->lookup, now) : -1;
        if (now - l->last_event < QUIET_MS || lookup >= 0) {
            sleep_for(l, (int)(left < nap ? left : nap));
            nap = nap * 2 < NAP_LONGEST_MS ? nap * 2 : NAP_LONGEST_MS;
            slept = true;
            continue;
        }
        skr_rings_sleep(r, true);
        if (!skr_rings_pending(r))
            sleep_for(l, left > INT32_MAX ? -1 : (int)left);
        skr_rings_sleep(r, false);
        nap = NAP_FIRST_MS;
    }
}

/* A host waits on our descriptor: it shall become readable when there is something to deliver. */
static void arm(skr_live *l)
{
    skr_rings *r = skr_probe_rings(l->probe);
    uint64_t expired;
    if (read(l->timer, &expired, sizeof expired) < 0)
        expired = 0;
    skr_probe_hear(l->probe);
    if (skr_live_now_ms() - l->last_event < QUIET_MS || (l->lookup && skr_lookup_next_ms(l->lookup, 0) >= 0)) {
        set_timer(l, l->nap);
        return;
    }
    skr_rings_sleep(r, true);
    set_timer(l, skr_rings_pending(r) ? NAP_FIRST_MS : 0);
}

/* ---- The back end ---- */

/* The probe first, then the state that it found: what happens meanwhile waits in the rings. */
static int start(skr_live *l, const skr_scap_handler *h)
{
    if (l->procfs.root_too_long)
        return fail(l, SAKER_EIO, "the path of the host is longer than 255 bytes");
    int status = skr_probe_start(l->probe, &l->wanted);
    if (status) {
        fail(l, status, skr_probe_error(l->probe));
        saker_live_options o = SAKER_LIVE_OPTIONS_INIT;
        char text[sizeof l->error];
        o.capture.host_root = l->procfs.root;
        o.flags = l->flags;
        if (status != SAKER_ENOMEM && skr_doctor_complaint(&o, text, sizeof text))
            fail(l, status, text);
        return status;
    }
    status = open_waiting(l);
    if (status == 0)
        status = skr_host_lists(&l->procfs, l->hostname, h);
    if (status == 0)
        status = skr_procfs_scan(&l->procfs, h);
    if (status == SAKER_EIO)
        fail(l, status, "there is no /proc to read");
    skr_live_users_read(l);
    l->started = status == 0;
    l->nap = NAP_FIRST_MS;
    l->last_event = skr_live_now_ms();
    l->last_ts = skr_rings_now(skr_probe_rings(l->probe));
    l->next_purge = l->last_event + PURGE_MS;
    return status;
}

/* Between batches. */
static void tidy(skr_live *l)
{
    if (l->untidy)
        l->untidy = skr_probe_tidy(l->probe);
}

/* Now and then, between batches. */
static void purge(skr_live *l)
{
    int64_t now = skr_live_now_ms();
    if (now < l->next_purge)
        return;
    const uint64_t before = skr_probe_rings(l->probe)->horizon - (uint64_t)PURGE_MS * 1000000;
    l->next_purge = now + (skr_state_purge_some(l->state, before, PURGE_THREADS) ? PURGE_MS : PURGE_PAUSE_MS);
}

/* ---- Containers ---- */

/* An async event "container": u32 plugin (0), name, JSON; its lengths have 32 bits. */
static bool make_container_event(skr_live *l, skr_str json, skr_evt *e)
{
    static const char name[] = "container";
    const uint32_t no_plugin = 0, nparams = 3, lens[3] = { 4, sizeof name, (uint32_t)json.len + 1 };
    const uint16_t code = SKR_E_ASYNCEVENT_E;
    const int64_t no_thread = -1;
    const uint32_t total = SKR_EVT_HEADER + (uint32_t)sizeof lens + lens[0] + lens[1] + lens[2];
    skr_buf *b = &l->made;
    skr_buf_clear(b);
    skr_buf_add(b, &l->last_ts, 8);
    skr_buf_add(b, &no_thread, 8);
    skr_buf_add(b, &total, 4);
    skr_buf_add(b, &code, 2);
    skr_buf_add(b, &nparams, 4);
    skr_buf_add(b, lens, sizeof lens);
    skr_buf_add(b, &no_plugin, 4);
    skr_buf_add(b, name, sizeof name);
    skr_buf_str(b, json);
    skr_buf_char(b, 0);
    return !b->failed && skr_evt_decode((const uint8_t *)b->ptr, b->len, e) == NULL;
}

static bool take_container(skr_live *l, skr_evt *e)
{
    skr_str json;
    while (l->lookup && skr_lookup_take(l->lookup, &json))
        if (make_container_event(l, json, e))
            return true;
    return false;
}

/* Control groups come with new processes and programs; the end of a container's first process ends it. */
static void look_at_event(skr_live *l, const skr_evt *e)
{
    enum { CGROUPS = 14 };
    switch (e->type) {
    case SKR_E_SYSCALL_CLONE_20_X:
    case SKR_E_SYSCALL_CLONE3_X:
    case SKR_E_SYSCALL_FORK_20_X:
    case SKR_E_SYSCALL_VFORK_20_X:
    case SKR_E_SYSCALL_EXECVE_19_X: {
        skr_param p = skr_evt_param(e, CGROUPS);
        skr_lookup_see(l->lookup, (skr_str){ (const char *)p.ptr, p.len }, l->last_event);
        break;
    }
    case SKR_E_PROCEXIT_1_E: {
        const skr_thread *t = skr_state_find(l->state, e->tid);
        if (t && t->vpid == 1 && t->vtid == 1 && t->container_id.len)
            skr_lookup_forget(l->lookup, t->container_id);
        break;
    }
    default:
        break;
    }
}

/* ---- Events ---- */

/* The next event of the probe, complete and in order. */
static bool next_raw(skr_live *l, skr_ring_event *raw, skr_evt *e)
{
    skr_rings *r = skr_probe_rings(l->probe);
    while (skr_rings_next(r, raw)) {
        if (skr_evt_decode(raw->raw, raw->len, e) == NULL) {
            e->cpu = raw->cpu;
            l->last_ts = e->ts;
            return true;
        }
        r->invalid++;
    }
    return false;
}

/* 1: an event is in *e; 0: this batch is over. */
static int read_event(skr_live *l, skr_evt *e)
{
    if (take_container(l, e))
        return 1;
    if (l->held) { /* what was told before it is through */
        l->held = false;
        skr_evt_decode(l->held_raw.raw, l->held_raw.len, e); /* as before */
        e->cpu = l->held_raw.cpu;
        return 1;
    }
    skr_ring_event raw;
    if (!next_raw(l, &raw, e))
        return 0;
    if (l->lookup) {
        look_at_event(l, e);
        skr_evt container;
        if (take_container(l, &container)) {
            l->held = true;
            l->held_raw = raw;
            *e = container;
        }
    }
    return 1;
}

static int live_next(void *self, int timeout_ms, const skr_scap_handler *h, skr_evt *e)
{
    skr_live *l = self;
    if (!l->started) {
        int status = start(l, h);
        if (status)
            return status;
    }
    while (!read_event(l, e)) {
        /* A batch ends here once; otherwise a poll on a busy machine would never return. */
        bool again = !l->in_batch && wait_for_events(l, timeout_ms);
        l->in_batch = false;
        purge(l);
        tidy(l);
        if (!again) {
            if (l->host_waits)
                arm(l);
            return 0;
        }
    }
    l->in_batch = true;
    return 1;
}

static int live_fd(const void *self)
{
    const skr_live *l = self;
    if (!l->started && l->timer >= 0)
        set_timer(l, 1); /* the first poll has something to do */
    ((skr_live *)(uintptr_t)l)->host_waits = true;
    return l->epoll;
}

static const char *live_error(const void *self)
{
    return ((const skr_live *)self)->error;
}

static void live_stats(const void *self, saker_capture_stats *s)
{
    const skr_live *l = self;
    skr_rings *r = skr_probe_rings(l->probe);
    if (!l->started)
        return;
    skr_rings_counts c;
    skr_rings_count(r, &c);
    s->bytes = r->bytes;
    s->dropped = c.full + c.too_big + c.nested + skr_probe_left_out(l->probe) + skr_probe_unmapped(l->probe);
    s->invalid = r->invalid;
}

static void live_close(void *self)
{
    skr_live *l = self;
    skr_probe_free(l->probe);
    skr_lookup_free(l->lookup);
    skr_buf_free(&l->made);
    skr_procfs_close(&l->procfs);
    skr_map_free(&l->user_files);
    skr_arena_free(&l->user_file_names);
    if (l->timer >= 0)
        close(l->timer);
    if (l->epoll >= 0)
        close(l->epoll);
    skr_free(l->mem, l, sizeof *l);
}

static const skr_backend backend = { live_next, live_fd, live_error, live_stats, live_close, false };

static skr_probe *new_probe(skr_live *l, const saker_live_options *o)
{
    int64_t pid, tid;
    skr_procfs_self(l->procfs.dir, &pid, &tid);
    const skr_probe_options options = { .buffer_bytes = o->buffer_bytes,
                                        .snaplen = o->snaplen,
                                        .skip = o->flags & SAKER_LIVE_SKIP_SELF ? pid : 0,
                                        .compat = o->flags & SAKER_LIVE_COMPAT };
    return skr_probe_new(l->mem, &options);
}

/* What the state may hold where the host sets no limit: several times what as many threads as are known need, and not
 * what anybody who may start processes can make of tables of descriptors, which cost the kernel less. */
enum { STATE_MEMORY = 1 << 30 };

saker_capture *saker_capture_open_live(const saker_live_options *options)
{
    saker_live_options o = SAKER_LIVE_OPTIONS_INIT;
    if (options) /* an older host knows fewer members */
        memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    saker_capture *c = skr_capture_new(&o.capture, false);
    skr_live *l = c ? skr_zalloc(&c->mem, sizeof *l) : NULL;
    if (!l) {
        saker_capture_free(c);
        return NULL;
    }
    l->mem = &c->mem;
    l->state = c->state;
    if (!c->state_mem.limit)
        c->state_mem.limit = STATE_MEMORY;
    skr_map_init(&l->user_files, l->mem);
    skr_arena_init(&l->user_file_names, l->mem);
    skr_procfs_open(&l->procfs, l->mem, o.capture.host_root, o.capture.max_fds);
    snprintf(l->hostname, sizeof l->hostname, "%s", o.capture.hostname ? o.capture.hostname : "");
    skr_live_set_os(l);
    skr_wanted_for(&l->wanted, o.rules, o.flags);
    l->flags = o.flags;
    open_timer(l);
    l->probe = new_probe(l, &o);
    l->lookup = skr_lookup_new(&c->mem, o.capture.host_root, o.capture.container, o.capture.container_ctx);
    skr_buf_init(&l->made, l->mem);
    c->ops = &backend;
    c->self = l;
    if (!l->probe || !l->lookup) {
        saker_capture_free(c);
        return NULL;
    }
    return c;
}

/* ---- Counts ---- */

static const skr_live *live_of(const saker_capture *c)
{
    return c && c->ops == &backend ? c->self : NULL;
}

int saker_live_get_stats(const saker_capture *c, int cpu, saker_live_stats *stats)
{
    const skr_live *l = live_of(c);
    if (!l || !stats || !stats->size)
        return SAKER_EINVAL;
    saker_live_stats now = { .size = sizeof now, .lookups_refused = l->lookups_refused };
    if (l->started) {
        skr_rings *r = skr_probe_rings(l->probe);
        skr_rings_counts n;
        if (cpu >= 0 && (unsigned)cpu >= r->cpus)
            return SAKER_EINVAL;
        if (cpu < 0)
            skr_rings_count(r, &n);
        else
            skr_rings_count_cpu(r, (unsigned)cpu, &n);
        now.unmapped = cpu < 0 ? skr_probe_unmapped(l->probe) : 0;
        const uint64_t left_out = cpu < 0 ? skr_probe_left_out(l->probe) : 0;
        now.attempts = n.attempts + left_out + now.unmapped;
        now.full = n.full;
        now.too_big = n.too_big;
        now.nested = n.nested + left_out;
        now.cpus = r->cpus;
        now.per_call = skr_probe_get_mode(l->probe) == SKR_PROBE_PER_CALL;
    }
    size_t size = stats->size;
    memcpy(stats, &now, size < sizeof now ? size : sizeof now);
    stats->size = size;
    return 0;
}

int saker_live_each_loss(const saker_capture *c, saker_live_loss_fn *fn, void *ctx)
{
    const skr_live *l = live_of(c);
    if (!l || !fn)
        return SAKER_EINVAL;
    for (unsigned code = 0; l->started && code < skr_event_count; code++) {
        uint64_t lost = skr_rings_lost(skr_probe_rings(l->probe), code);
        if (lost)
            fn(ctx, skr_event_name(code), lost);
    }
    return 0;
}

void skr_live_set_mode(saker_capture *c, skr_probe_mode mode)
{
    skr_live *l = c->self;
    skr_probe_set_mode(l->probe, mode);
}

int saker_capture_set_rules(saker_capture *c, const saker_ruleset *rules)
{
    if (!c)
        return SAKER_ENOMEM;
    if (c->ops != &backend)
        return SAKER_EINVAL;
    skr_live *l = c->self;
    skr_wanted_for(&l->wanted, rules, l->flags);
    if (!l->started)
        return 0;
    int status = skr_probe_attach(l->probe, &l->wanted);
    l->untidy = true;
    return status ? fail(l, status, skr_probe_error(l->probe)) : 0;
}
