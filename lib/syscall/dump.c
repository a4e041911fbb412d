/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings of a capture: the state at the first event, the events that the host selects, and, marked as such, those
 * that it does not select but that change state. Several recordings of one capture may run at a time. */
#include "capture.h"
#include "dump_state.h"

struct saker_dump {
    skr_mem mem;
    saker_capture *capture; /* NULL: gone before the recording was closed */
    saker_dump *next;
    skr_scap_writer *w;
    bool begun;                 /* the state of the section has been written */
    bool timed;                 /* so has an event that tells when it began */
    uint64_t sections;          /* of the state when that was done */
    uint64_t containers, users; /* counts of those that the recording knows of */
    uint64_t last;              /* number of the last event written */
    bool only_tree;             /* of one process tree */
    skr_dump_tree tree;
};

saker_dump *saker_dump_open(saker_capture *c, const char *path, bool gzip)
{
    skr_mem first;
    int status;
    if (!c || !path)
        return NULL;
    skr_mem_init(&first, &c->mem.hook, 0);
    saker_dump *d = skr_zalloc(&first, sizeof *d);
    if (!d)
        return NULL;
    skr_mem_init(&d->mem, &c->mem.hook, 0);
    d->w = skr_scap_create(&d->mem, path, gzip, &status);
    if (!d->w) {
        skr_free(&first, d, sizeof *d);
        return NULL;
    }
    d->capture = c;
    d->next = c->dumps;
    c->dumps = d;
    return d;
}

/* What the state now holds is in the recording. */
static void note(saker_dump *d)
{
    d->containers = skr_state_container_count(d->capture->state);
    d->users = skr_state_user_count(d->capture->state);
}

static const skr_dump_tree *tree_of(const saker_dump *d)
{
    return d->only_tree ? &d->tree : NULL;
}

static void begin(saker_dump *d, uint64_t ts)
{
    const skr_state *s = d->capture->state;
    if (d->only_tree)
        skr_dump_tree_begin(&d->tree, s);
    skr_dump_state(d->w, &d->mem, s, tree_of(d), ts);
    d->begun = true;
    d->timed = false;
    d->sections = skr_state_sections(s);
    note(d);
}

/* The first event of a new process: a reader that meets it takes what a list said of the process for stale. */
static bool is_birth(const skr_evt *e, int64_t tid)
{
    const bool clone = e->type == SKR_E_SYSCALL_CLONE_20_X || e->type == SKR_E_SYSCALL_CLONE3_X ||
                       e->type == SKR_E_SYSCALL_FORK_20_X || e->type == SKR_E_SYSCALL_VFORK_20_X;
    return clone && e->tid == tid && skr_param_i64(skr_evt_param(e, 0), -1) == 0;
}

/* Of a tree nothing is written before its root is there. */
static bool may_begin(const saker_dump *d)
{
    if (!d->only_tree)
        return true;
    const skr_thread *root = skr_state_find(d->capture->state, d->tree.pid);
    return root && root->group && !is_birth(&d->capture->event.evt, d->tree.pid);
}

/* What a running system says of containers and users is no event: it becomes one. */
static void catch_up(saker_dump *d, uint64_t ts)
{
    const skr_state *s = d->capture->state;
    uint64_t users = skr_state_user_count(s) - d->users, containers = skr_state_container_count(s) - d->containers;
    if (users || containers)
        skr_dump_added(d->w, &d->mem, s, tree_of(d), users, containers, ts);
    note(d);
}

void skr_dumps_before(saker_capture *c)
{
    uint64_t ts = c->event.evt.ts;
    for (saker_dump *d = c->dumps; d; d = d->next) {
        if (d->begun && d->sections == skr_state_sections(c->state)) {
            catch_up(d, ts);
            continue;
        }
        skr_state_settle(c->state);
        d->begun = d->begun && !d->only_tree; /* a new section: its processes are others */
        if (may_begin(d))
            begin(d, ts);
    }
}

/* Does the event itself say what it adds? */
static bool is_meta(const skr_sysevent *e)
{
    return e->evt.info->source & SKR_ES_METAEVENT;
}

/* ---- One process tree ---- */

/* Is the event of one of its processes? What is of no thread tells of containers and users: those that are referred to
 * are written when they are. */
static bool is_meant(const saker_dump *d, const skr_sysevent *e)
{
    if (!d->only_tree)
        return true;
    const skr_thread *t = e->thread ? e->thread : skr_state_find(e->state, e->evt.tid);
    return !is_meta(e) && skr_dump_tree_has(&d->tree, t);
}

static void refer_id(saker_dump *d, const skr_sysevent *e, bool group, uint32_t id)
{
    if (!skr_dump_tree_refer_id(&d->tree, group, id))
        return;
    const skr_state *s = d->capture->state;
    skr_str host = SKR_STR("");
    skr_dump_user(d->w, &d->mem, group, group ? skr_state_group(s, host, id) : skr_state_user(s, host, id), e->evt.ts);
}

/* Users, groups and containers that the recording does not know yet. */
static void refer(saker_dump *d, const skr_sysevent *e)
{
    const skr_thread *t = e->thread ? e->thread : skr_state_find(e->state, e->evt.tid);
    refer_id(d, e, false, t->uid);
    refer_id(d, e, false, t->loginuid);
    refer_id(d, e, true, t->gid);
    for (unsigned i = 0; i < e->evt.nparams && i < e->evt.info->nparams; i++) {
        const uint8_t type = (uint8_t)skr_event_params(e->evt.info)[i].type;
        skr_param p = skr_evt_param(&e->evt, i);
        if ((type == SKR_PT_UID || type == SKR_PT_GID) && p.len == 4)
            refer_id(d, e, type == SKR_PT_GID, skr_param_u32(p, 0));
    }
    if (skr_dump_tree_refer_container(&d->tree, t->container_id))
        skr_dump_container(d->w, &d->mem, d->capture->state, t->container_id, e->evt.ts);
}

/* ---- Events ---- */

static int put(saker_dump *d, const skr_sysevent *e, uint32_t flags)
{
    if (!is_meta(e)) /* what was asked for its sake has to be there before it */
        catch_up(d, e->evt.ts);
    if (d->only_tree)
        refer(d, e);
    d->last = e->num;
    d->timed = d->timed || !is_meta(e);
    return skr_scap_write_event(d->w, &e->evt, flags);
}

void skr_dumps_after(saker_capture *c)
{
    const skr_sysevent *e = &c->event;
    for (saker_dump *d = c->dumps; d; d = d->next) {
        /* opened while this event was being delivered: it is part of the state that will be written */
        if (!d->begun)
            continue;
        if (d->last != e->num && (e->changes_state || !d->timed) && is_meant(d, e))
            put(d, e, e->evt.dump_flags | SKR_DUMP_STATE_ONLY);
        if (is_meta(e) && !d->only_tree)
            note(d);
    }
}

void skr_dumps_detach(saker_capture *c)
{
    while (c->dumps) {
        saker_dump *d = c->dumps;
        if (!d->begun)
            begin(d, 0);
        c->dumps = d->next;
        d->capture = NULL;
    }
}

int saker_dump_event(saker_dump *d, const saker_event *event)
{
    if (!d || !event || !d->capture || event->data != &d->capture->event)
        return SAKER_EINVAL;
    const skr_sysevent *e = event->data;
    if (!d->begun && !may_begin(d))
        return 1;
    if (!d->begun) /* opened during this very event, of which rules must still see all */
        begin(d, e->evt.ts);
    if (!is_meant(d, e))
        return 1;
    return d->last == e->num ? 0 : put(d, e, e->evt.dump_flags);
}

int saker_dump_only_tree(saker_dump *d, int64_t pid)
{
    if (!d || !d->capture || d->begun || d->only_tree || pid <= 0)
        return SAKER_EINVAL;
    uint32_t used = 0;
    for (const saker_dump *o = d->capture->dumps; o; o = o->next)
        used |= o->only_tree ? o->tree.bit : 0;
    if (used == UINT32_MAX)
        return SAKER_ELIMIT;
    skr_dump_tree_init(&d->tree, &d->mem, pid, ~used & (used + 1));
    d->only_tree = true;
    return 0;
}

int saker_dump_flush(saker_dump *d)
{
    return d ? skr_scap_write_flush(d->w) : SAKER_EINVAL;
}

int saker_dump_close(saker_dump *d)
{
    if (!d)
        return 0;
    skr_mem first;
    skr_mem_init(&first, &d->mem.hook, 0);
    first.used = sizeof *d;
    if (d->capture) {
        if (!d->begun)
            begin(d, 0);
        saker_dump **at = &d->capture->dumps;
        while (*at != d)
            at = &(*at)->next;
        *at = d->next;
    }
    int status = skr_scap_write_close(d->w);
    if (d->only_tree)
        skr_dump_tree_free(&d->tree);
    skr_free(&first, d, sizeof *d);
    return status;
}
