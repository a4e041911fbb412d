/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of the state engine on real captures: whatever process entry is missing, however a few events are out of
 * order, wherever the capture begins or ends, every record still agrees with every other. Arguments: the shared folder,
 * then optionally names of captures. Ends with 77 when there are no captures. The order of events comes from a fixed
 * seed. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct recorded_event {
    uint8_t *raw;
    uint32_t len, flags;
} recorded_event;

typedef struct recording {
    skr_mem mem;
    skr_arena arena;
    SKR_VEC(recorded_event) events;
    SKR_VEC(skr_proc_entry) procs;
    SKR_VEC(skr_fd_entry) fds;
    SKR_VEC(skr_if_entry) interfaces;
    SKR_VEC(skr_user_entry) users;
} recording;

static uint64_t seed = 20260101;

static size_t pick(size_t below)
{
    seed = skr_hash_u64(seed);
    return below ? (size_t)(seed >> 20) % below : 0;
}

static void need(bool ok)
{
    if (ok)
        return;
    fputs("props: out of memory\n", stderr);
    exit(2);
}

/* ---- Recording ---- */

static void keep(recording *r, skr_str *s)
{
    *s = skr_str_dup(&r->arena, *s);
    need(s->ptr != NULL);
}

static int keep_proc(void *ctx, const skr_proc_entry *p)
{
    recording *r = ctx;
    skr_proc_entry mine = *p;
    skr_str *texts[] = { &mine.comm, &mine.exe, &mine.exepath, &mine.args,
                         &mine.cwd,  &mine.env, &mine.cgroups, &mine.root };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        keep(r, texts[i]);
    need(skr_vec_push(&r->mem, &r->procs, mine));
    return 0;
}

static int keep_fd(void *ctx, const skr_fd_entry *f)
{
    recording *r = ctx;
    skr_fd_entry mine = *f;
    keep(r, &mine.name);
    need(skr_vec_push(&r->mem, &r->fds, mine));
    return 0;
}

static int keep_interface(void *ctx, const skr_if_entry *i)
{
    recording *r = ctx;
    skr_if_entry mine = *i;
    keep(r, &mine.name);
    need(skr_vec_push(&r->mem, &r->interfaces, mine));
    return 0;
}

static int keep_user(void *ctx, const skr_user_entry *u)
{
    recording *r = ctx;
    skr_user_entry mine = *u;
    keep(r, &mine.name);
    keep(r, &mine.home);
    keep(r, &mine.shell);
    need(skr_vec_push(&r->mem, &r->users, mine));
    return 0;
}

static bool record(recording *r, const char *path)
{
    static skr_evt e;
    memset(r, 0, sizeof *r);
    skr_mem_init(&r->mem, NULL, 0);
    skr_arena_init(&r->arena, &r->mem);
    skr_scap_handler h = { .ctx = r, .proc = keep_proc, .fd = keep_fd, .interface = keep_interface, .user = keep_user };
    skr_scap *scap = skr_scap_open(&r->mem, path);
    need(scap != NULL);
    int got;
    while ((got = skr_scap_next(scap, &h, &e)) == 1) {
        recorded_event mine = { (uint8_t *)skr_arena_dup(&r->arena, e.raw, e.len), e.len, e.dump_flags };
        need(mine.raw && skr_vec_push(&r->mem, &r->events, mine));
    }
    skr_scap_close(scap);
    return got == 0;
}

static void forget(recording *r)
{
    skr_vec_free(&r->mem, &r->events);
    skr_vec_free(&r->mem, &r->procs);
    skr_vec_free(&r->mem, &r->fds);
    skr_vec_free(&r->mem, &r->interfaces);
    skr_vec_free(&r->mem, &r->users);
    skr_arena_free(&r->arena);
}

/* ---- Replaying ---- */

static void begin(world *w, const recording *r, size_t without, const saker_capture_options *options)
{
    world_open(w, options, NULL);
    need(w->state != NULL);
    for (size_t i = 0; i < r->interfaces.n; i++)
        w->lists.interface(w->lists.ctx, &r->interfaces.v[i]);
    for (size_t i = 0; i < r->users.n; i++)
        w->lists.user(w->lists.ctx, &r->users.v[i]);
    for (size_t i = 0; i < r->procs.n; i++)
        if (i != without)
            add_process(w, &r->procs.v[i]);
    for (size_t i = 0; i < r->fds.n; i++)
        add_fd(w, &r->fds.v[i]);
}

static void step(world *w, const recorded_event *e, bool look)
{
    need(skr_evt_decode(e->raw, e->len, &w->event.evt) == NULL);
    w->event.evt.dump_flags = e->flags;
    skr_state_event(w->state, &w->event.evt, &w->event);
    if (look)
        world_look(w);
}

static bool end(world *w, const char *what, const char *capture)
{
    const char *wrong = world_wrong(w);
    world_close(w);
    if (!wrong && w->mem.used)
        wrong = "memory is left over";
    if (wrong)
        printf("%s: %s: %s\n", capture, what, wrong);
    return !wrong;
}

static bool drop_entries(const recording *r, const char *name)
{
    enum { MOST = 40 };
    static world w;
    bool good = true;
    size_t stride = r->procs.n / MOST + 1;
    for (size_t k = 0; k < r->procs.n; k += stride) {
        begin(&w, r, k, NULL);
        for (size_t i = 0; i < r->events.n && i < 3000; i++)
            step(&w, &r->events.v[i], i % 31 == 0);
        good &= end(&w, "a process entry dropped", name);
    }
    return good;
}

static bool shuffle(recording *r, const char *name)
{
    enum { ROUNDS = 10, MOVED = 10 };
    static world w;
    bool good = true;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < MOVED; i++) {
            size_t a = pick(r->events.n), b = pick(r->events.n);
            recorded_event swap = r->events.v[a];
            r->events.v[a] = r->events.v[b];
            r->events.v[b] = swap;
        }
        begin(&w, r, SIZE_MAX, NULL);
        for (size_t i = 0; i < r->events.n && i < 10000; i++)
            step(&w, &r->events.v[i], i % 31 == 0);
        good &= end(&w, "events shuffled", name);
    }
    return good;
}

static bool cut(const recording *r, const char *name)
{
    enum { ROUNDS = 20 };
    static world w;
    bool good = true;
    saker_capture_options small = SAKER_CAPTURE_OPTIONS_INIT;
    small.max_threads = 8;
    small.max_fds = 5;
    for (int round = 0; round < ROUNDS; round++) {
        size_t from = pick(r->events.n), to = from + pick(r->events.n - from) + 1;
        begin(&w, r, SIZE_MAX, round & 1 ? &small : NULL); /* every other time everything is full soon */
        for (size_t i = from; i < to && i < from + 5000; i++)
            step(&w, &r->events.v[i], i % 31 == 0);
        good &= end(&w, "a part of the capture", name);
    }
    return good;
}

int main(int argc, char **argv)
{
    static const char *const usual[] = { "zoo.scap.gz",     "threads.scap.gz",    "container-attack.scap.gz",
                                         "servers.scap.gz", "everything.scap.gz", "falco_run_as_user_0_container.scap",
                                         "curl_google.scap" };
    if (argc < 2)
        return 2;
    bool good = true;
    size_t n = argc > 2 ? (size_t)argc - 2 : sizeof usual / sizeof usual[0], found = 0;
    for (size_t i = 0; i < n; i++) {
        char path[1024];
        recording r;
        const char *name = argc > 2 ? argv[i + 2] : usual[i];
        snprintf(path, sizeof path, "%s/captures/%s", argv[1], name);
        if (!record(&r, path)) {
            forget(&r);
            continue;
        }
        found++;
        good &= drop_entries(&r, name);
        good &= cut(&r, name);
        good &= shuffle(&r, name);
        forget(&r);
    }
    if (!found) {
        puts("skipped: no captures there");
        return 77;
    }
    printf("%zu captures: %s\n", found, good ? "all records agree" : "failed");
    return !good;
}
