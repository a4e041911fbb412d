/* SPDX-License-Identifier: Apache-2.0 */
/* Records of threads: birth, relations, end (state.md 1, 3.3 to 3.5). */
#include "state_impl.h"

enum { WALK_LIMIT = 4096, CROWD = 8192, KEEP_ENTER = 512, MAX_ENTER = 4096 };

/* ---- Look-up ---- */

skr_thread_rec *skr_thread_rec_find(skr_state *s, int64_t tid)
{
    if (SKR_LIKELY(s->last && s->last->t.tid == tid))
        return s->last;
    skr_thread_rec *r = skr_idtable_get(&s->threads, tid);
    if (r)
        s->last = r;
    return r;
}

static void ask_system(skr_state *s, int64_t tid)
{
    skr_scap_handler h;
    skr_state_handler(s, &h);
    s->os.thread(s->os.ctx, tid, &h);
}

skr_thread_rec *skr_thread_rec_get(skr_state *s, int64_t tid)
{
    skr_thread_rec *r = skr_thread_rec_find(s, tid);
    if (r)
        return r;
    if (s->os.thread && s->threads.n < s->max_threads) {
        ask_system(s, tid);
        r = skr_thread_rec_find(s, tid);
        if (r)
            return r;
    }
    r = skr_thread_rec_new(s, tid);
    if (!r)
        return NULL;
    r->t.comm = skr_text_share(s->na);
    r->t.exe = skr_text_share(s->na);
    return skr_thread_rec_add(s, r) ? r : NULL;
}

skr_thread_rec *skr_thread_rec_main(skr_thread_rec *r)
{
    if (skr_thread_is_main(&r->t))
        return r;
    skr_thread *first = r->t.group ? r->t.group->first : NULL;
    return first && skr_thread_is_main(first) ? skr_rec(first) : NULL;
}

/* ---- Birth and end ---- */

skr_thread_rec *skr_thread_rec_new(skr_state *s, int64_t tid)
{
    if (s->threads.n >= s->max_threads && !skr_idtable_get(&s->threads, tid)) {
        s->stats.full_threads++;
        return NULL;
    }
    skr_thread_rec *r = skr_slab_get(&s->thread_slab);
    if (!r) {
        s->stats.nomem++;
        return NULL;
    }
    static const skr_str none = { "", 0 };
    skr_thread *t = &r->t;
    t->tid = tid;
    t->pid = t->ptid = t->reaper_tid = t->sid = t->vpgid = t->pgid = t->vtid = t->vpid = t->fdlimit = t->last_fd = -1;
    t->uid = t->gid = t->loginuid = UINT32_MAX;
    t->comm = t->exe = t->exepath = t->cwd = t->root = t->args = t->env = t->cgroups = t->container_id = none;
    t->flags = SKR_CL_NAME_CHANGED;
    r->cmdline = none;
    r->last_type = UINT16_MAX;
    return r;
}

bool skr_thread_rec_add(skr_state *s, skr_thread_rec *r)
{
    skr_thread_rec *old = skr_idtable_get(&s->threads, r->t.tid);
    if (old == r)
        return true;
    if (old)
        skr_thread_rec_free(s, old);
    if (!skr_idtable_put(&s->threads, r->t.tid, r)) {
        s->stats.nomem++;
        skr_thread_rec_free(s, r);
        return false;
    }
    return true;
}

void skr_thread_rec_free(skr_state *s, skr_thread_rec *r)
{
    if (skr_idtable_get(&s->threads, r->t.tid) == r)
        skr_idtable_remove(&s->threads, r->t.tid);
    if (s->last == r)
        s->last = NULL;
    if (s->t == r)
        s->t = NULL;
    skr_thread_rec_unlink(s, r);
    skr_fds_release(s, r->fds);
    skr_cgroups_release(s, r->cgroups);
    skr_text_drop(&s->texts, r->cmdline);
    const skr_str *texts[] = { &r->t.comm, &r->t.exe,  &r->t.exepath, &r->t.cwd,
                               &r->t.root, &r->t.args, &r->t.env,     &r->t.container_id };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        skr_text_drop(&s->texts, *texts[i]);
    skr_free(s->mem, r->enter, r->enter_cap);
    skr_slab_put(&s->thread_slab, r);
}

void skr_thread_rec_clear(skr_state *s)
{
    for (size_t i = 0; i < s->threads.cap; i++) {
        skr_thread_rec *r = s->threads.slots[i].item;
        if (!r)
            continue;
        skr_thread_rec_free(s, r);
        i--; /* removal moves what follows into the gap */
    }
    skr_idtable_free(&s->threads); /* a large table would be walked again at the end of each small section */
}

/* ---- Relations ---- */

static void adopt(skr_thread_rec *parent, skr_thread_rec *child)
{
    child->parent = parent;
    child->prev_child = NULL;
    child->next_child = parent->children;
    if (parent->children)
        parent->children->prev_child = child;
    parent->children = child;
}

static void leave_parent(skr_thread_rec *r)
{
    if (!r->parent)
        return;
    if (r->prev_child)
        r->prev_child->next_child = r->next_child;
    else
        r->parent->children = r->next_child;
    if (r->next_child)
        r->next_child->prev_child = r->prev_child;
    r->parent = r->next_child = r->prev_child = NULL;
}

static skr_group *group_of(skr_state *s, const skr_thread *t)
{
    skr_group *g = skr_idtable_get(&s->groups, t->pid);
    if (g)
        return g;
    g = skr_slab_get(&s->group_slab);
    if (!g || !skr_idtable_put(&s->groups, t->pid, g)) {
        if (g)
            skr_slab_put(&s->group_slab, g);
        s->stats.nomem++;
        return NULL;
    }
    g->pid = t->pid;
    g->reaper = t->pid == 1 || t->vpid == 1;
    g->listed = true;
    return g;
}

/* The main thread comes first, the others in the order of their coming. The first one's `prev_member` is the last. */
static void join(skr_group *g, skr_thread_rec *r)
{
    skr_thread_rec *first = g->first ? skr_rec(g->first) : NULL;
    r->t.group = g;
    g->live += !(r->t.flags & SKR_CL_CLOSED); /* a list may hold a leader that died before its threads */
    g->members++;
    r->next_member = NULL;
    if (!first) {
        r->prev_member = r;
        g->first = &r->t;
    } else if (skr_thread_is_main(&r->t)) {
        r->next_member = first;
        r->prev_member = first->prev_member;
        first->prev_member = r;
        g->first = &r->t;
    } else {
        r->prev_member = first->prev_member;
        r->prev_member->next_member = r;
        first->prev_member = r;
    }
}

static void leave_group(skr_state *s, skr_thread_rec *r)
{
    skr_group *g = r->t.group;
    if (!g)
        return;
    skr_thread_rec *first = skr_rec(g->first);
    if (first == r) {
        g->first = r->next_member ? &r->next_member->t : NULL;
        if (r->next_member)
            r->next_member->prev_member = r->prev_member;
    } else {
        r->prev_member->next_member = r->next_member;
        if (r->next_member)
            r->next_member->prev_member = r->prev_member;
        else
            first->prev_member = r->prev_member;
    }
    r->t.group = NULL;
    r->next_member = r->prev_member = NULL;
    if (!(r->t.flags & SKR_CL_CLOSED) && g->live)
        g->live--;
    if (--g->members)
        return;
    if (g->listed)
        skr_idtable_remove(&s->groups, g->pid);
    skr_slab_put(&s->group_slab, g);
}

void skr_thread_rec_link(skr_state *s, skr_thread_rec *r)
{
    if (skr_thread_is_placeholder(&r->t) || r->t.group)
        return;
    skr_group *g = group_of(s, &r->t);
    if (!g)
        return;
    const bool born = g->members == 0;
    join(g, r);
    if (r->t.pid == 1)
        return;
    skr_thread_rec *parent = skr_idtable_get(&s->threads, r->t.ptid);
    if (born && parent && parent->t.group)
        g->trees = parent->t.group->trees;
    if (!parent || skr_thread_is_placeholder(&parent->t))
        r->t.ptid = 0;
    else if (parent != r)
        adopt(parent, r);
}

void skr_thread_rec_set_pid(skr_state *s, skr_thread_rec *r, int64_t pid)
{
    if (r->t.pid == pid)
        return;
    leave_group(s, r);
    leave_parent(r);
    r->t.pid = pid;
}

void skr_thread_rec_unlink(skr_state *s, skr_thread_rec *r)
{
    leave_group(s, r);
    leave_parent(r);
    while (r->children)
        leave_parent(r->children);
}

/* ---- State.md 3.4 ---- */

static bool alive(const skr_thread *t)
{
    return !(t->flags & SKR_CL_CLOSED);
}

/* Records of the dead can be many, and this is asked for each ancestor: where nobody lives none is looked at. */
static skr_thread_rec *other_live(const skr_group *g, const skr_thread_rec *than)
{
    if (!g->live)
        return NULL;
    for (skr_thread_rec *m = g->first ? skr_rec(g->first) : NULL; m; m = m->next_member)
        if (m != than && alive(&m->t))
            return m;
    return NULL;
}

/* The next ancestor process that takes in orphans: two walkers, one twice as fast, find loops. */
static skr_thread_rec *reaper_above(skr_state *s, const skr_thread_rec *r)
{
    bool in_ns = skr_thread_in_pidns(&r->t);
    const skr_thread_rec *slow = r;
    skr_thread_rec *at = skr_idtable_get(&s->threads, r->t.ptid);
    for (unsigned steps = 0; at && at != slow && steps < WALK_LIMIT; steps++) {
        if (skr_thread_in_pidns(&at->t) != in_ns)
            return NULL;
        skr_thread_rec *live = at->t.group && at->t.group->reaper ? other_live(at->t.group, NULL) : NULL;
        if (live)
            return live;
        at = skr_idtable_get(&s->threads, at->t.ptid);
        if (steps & 1)
            slow = skr_idtable_get(&s->threads, slow->t.ptid);
    }
    return NULL;
}

static skr_thread_rec *find_reaper(skr_state *s, skr_thread_rec *r)
{
    if (r->t.reaper_tid > 0) {
        skr_thread_rec *named = skr_thread_rec_get(s, r->t.reaper_tid);
        if (named && named != r && !skr_thread_is_placeholder(&named->t))
            return named;
    }
    skr_thread_rec *sibling = other_live(r->t.group, r);
    return sibling ? sibling : reaper_above(s, r);
}

/* No more than so many at a time: whoever makes a crowd of children and then lets one reaper after the other die must
 * not make each of these deaths cost the whole crowd. The rest is nobody's child from then on. */
static void give_children_away(skr_state *s, skr_thread_rec *r)
{
    skr_thread_rec *reaper = find_reaper(s, r);
    if (reaper && reaper->t.group && reaper->t.group != r->t.group)
        reaper->t.group->reaper = true;
    for (unsigned n = 0; r->children; n++) {
        skr_thread_rec *child = r->children;
        if (n == CROWD)
            reaper = NULL;
        leave_parent(child);
        child->t.ptid = reaper ? reaper->t.tid : 0;
        if (reaper && reaper != child)
            adopt(reaper, child);
    }
}

void skr_thread_rec_remove(skr_state *s, int64_t tid)
{
    skr_thread_rec *r = skr_thread_rec_find(s, tid);
    if (!r)
        return;
    if (skr_thread_is_placeholder(&r->t) || !r->t.group) {
        skr_thread_rec_free(s, r);
        return;
    }
    skr_group *g = r->t.group;
    if (alive(&r->t)) {
        g->live -= g->live > 0;
        r->t.flags |= SKR_CL_CLOSED;
    }
    if (r->children)
        give_children_away(s, r);
    if (g->live == 0) {
        skr_thread_rec *main = skr_idtable_get(&s->threads, g->pid);
        if (g->listed)
            skr_idtable_remove(&s->groups, g->pid);
        g->listed = false;
        if (main && main != r && main->t.group == g)
            skr_thread_rec_free(s, main);
        skr_thread_rec_free(s, r);
    } else if (!skr_thread_is_main(&r->t) || g->first != &r->t) {
        skr_thread_rec_free(s, r);
    }
}

/* ---- Values ---- */

skr_str skr_state_array(skr_param p)
{
    size_t len = p.len;
    if (len && !p.ptr[len - 1])
        len--;
    return (skr_str){ (const char *)p.ptr, len };
}

static void forget_cmdline(skr_state *s, skr_thread_rec *r)
{
    skr_text_drop(&s->texts, r->cmdline);
    r->cmdline = SKR_STR("");
}

void skr_thread_set_args(skr_state *s, skr_thread_rec *r, skr_str raw)
{
    skr_state_text(s, &r->t.args, raw);
    uint32_t n = r->t.args.len != 0;
    for (const char *p = r->t.args.ptr, *end = p + r->t.args.len; p < end; p++) {
        p = memchr(p, 0, (size_t)(end - p));
        if (!p)
            break;
        n++;
    }
    r->t.args_count = n;
    forget_cmdline(s, r);
}

void skr_thread_set_comm(skr_state *s, skr_thread_rec *r, skr_str comm)
{
    skr_state_text(s, &r->t.comm, comm);
    forget_cmdline(s, r);
}

void skr_thread_set_exepath(skr_state *s, skr_thread_rec *r, skr_str path)
{
    skr_str deleted = SKR_STR(" (deleted)");
    if (skr_str_ends(path, deleted))
        path.len -= deleted.len;
    skr_state_text(s, &r->t.exepath, path);
}

void skr_thread_set_cwd(skr_state *s, skr_thread_rec *r, skr_str path)
{
    char slashed[4097];
    if (path.len && path.ptr[path.len - 1] != '/' && path.len < sizeof slashed) {
        memcpy(slashed, path.ptr, path.len);
        slashed[path.len] = '/';
        path = (skr_str){ slashed, path.len + 1 };
    }
    skr_state_text(s, &r->t.cwd, path);
}

void skr_thread_drop_enter(skr_state *s, skr_thread_rec *r)
{
    r->enter_len = 0;
    if (r->enter_cap <= KEEP_ENTER)
        return;
    skr_free(s->mem, r->enter, r->enter_cap);
    r->enter = NULL;
    r->enter_cap = 0;
}

void skr_thread_store_enter(skr_state *s, skr_thread_rec *r, const skr_evt *e)
{
    skr_thread_drop_enter(s, r);
    if (e->len > MAX_ENTER)
        return;
    if (e->len > r->enter_cap) {
        uint32_t cap = (e->len + 127) / 128 * 128;
        uint8_t *room = skr_alloc(s->mem, cap);
        if (!room) {
            s->stats.nomem++;
            return;
        }
        skr_free(s->mem, r->enter, r->enter_cap);
        r->enter = room;
        r->enter_cap = cap;
    }
    memcpy(r->enter, e->raw, e->len);
    r->enter_len = e->len;
}
