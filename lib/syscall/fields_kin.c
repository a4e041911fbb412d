/* SPDX-License-Identifier: Apache-2.0 */
/* proc.*: parents, ancestors, leaders of sessions and groups, environments.
 *
 * Two notions of a parent live side by side. The parent *process* goes through main threads (skr_thread_parent) and
 * is what proc.p* and an ancestor with a number are. The *named* parent is the thread that ptid names, whatever it is,
 * and is what all ancestors together are. */
#include "fields.h"

#include "num.h"

#define MEMBER(T, t, arg) (*(const T *)(const void *)((const char *)(t) + ((arg)->field->at & 0xffff)))

enum { MAX_ENV_ANCESTORS = 20 };

/* ---- Parent ---- */

static skr_thread *parent_of(const skr_sysevent *e)
{
    const skr_thread *t = skr_field_thread(e);
    return t ? skr_thread_parent(e->state, t) : NULL;
}

void skr_get_parent_str(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *p = parent_of(event);
    if (p)
        skr_put_text(out, MEMBER(skr_str, p, arg));
}

void skr_get_parent_cmdline(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    skr_thread *p = parent_of(event);
    if (p)
        skr_put_text(out, skr_thread_cmdline(((const skr_sysevent *)event)->state, p));
}

static void put_pid(saker_out *out, int64_t pid)
{
    if (pid >= -1 && pid <= UINT32_MAX)
        saker_put_int(out, pid);
}

void skr_get_parent_pid(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *p = parent_of(event);
    if (p)
        put_pid(out, MEMBER(int64_t, p, arg));
}

void skr_get_parent_duration(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    const skr_thread *p = parent_of(e);
    if (p && p->clone_ts)
        saker_put_uint(out, e->evt.ts - p->clone_ts);
}

static skr_thread *named_parent(const skr_sysevent *e, const skr_thread *t)
{
    return t && t->ptid >= 0 ? skr_state_find(e->state, t->ptid) : NULL;
}

void skr_get_creator_i64(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *p = named_parent(event, skr_field_thread(event));
    if (p)
        saker_put_int(out, MEMBER(int64_t, p, arg));
}

void skr_get_creator_u64(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *p = named_parent(event, skr_field_thread(event));
    if (p)
        saker_put_uint(out, MEMBER(uint64_t, p, arg));
}

/* ---- All ancestors ----
 * Chains are short and end; then one look at each is all it takes. One that is still going on after SHORT steps may be
 * a loop: it is walked again with a second pointer ahead, which moves two steps for one and ends the walk when they
 * meet or when a thread is its own parent. */

/* Whoever starts processes below processes without end must not make each event as dear as they are many. */
enum { SHORT = 64, MOST_ANCESTORS = 1024, LONGEST_JOINED = 1 << 20 };

typedef struct walk {
    const skr_sysevent *e;
    skr_thread *chain[SHORT];
    unsigned n, at;          /* of the chain, when it ends within it */
    skr_thread *slow, *fast; /* else */
    unsigned left;
    size_t len; /* of their texts, as far as who walks has added it up */
} walk;

static void walk_from(walk *w, const skr_sysevent *e, const skr_thread *t)
{
    skr_thread *first = named_parent(e, t), *p = first;
    w->e = e;
    w->at = 0;
    w->slow = NULL;
    w->len = 0;
    for (w->n = 0; p && w->n < SHORT; p = named_parent(e, p))
        w->chain[w->n++] = p;
    if (!p)
        return;
    w->n = 0;
    w->slow = first;
    w->fast = named_parent(e, first);
    w->left = MOST_ANCESTORS;
}

static skr_thread *walk_next(walk *w)
{
    skr_thread *now = w->at < w->n ? w->chain[w->at] : w->slow;
    if (!now)
        return NULL;
    if (w->len >= LONGEST_JOINED || (w->slow && !w->left--)) {
        skr_state_cut(w->e->state);
        w->n = 0;
        return w->slow = NULL;
    }
    if (w->at < w->n) {
        w->at++;
        return now;
    }
    w->slow = named_parent(w->e, now);
    for (int i = 0; i < 2 && w->slow; i++) {
        w->fast = named_parent(w->e, w->fast);
        if (w->fast == w->slow || w->slow->tid == w->slow->ptid)
            w->slow = NULL;
    }
    return now;
}

/* ---- One ancestor: 0 is the main thread itself ---- */

static skr_thread *ancestor(const skr_sysevent *e, uintptr_t level)
{
    const skr_thread *t = skr_field_thread(e);
    skr_thread *now = t && level <= MOST_ANCESTORS ? skr_thread_main(t) : NULL, *mark = NULL;
    for (uintptr_t step = 1, next_mark = 16; now && level > 0; level--, step++) {
        if (step == next_mark) { /* a loop passes its mark again before the next one is set */
            mark = now;
            next_mark *= 2;
        }
        now = skr_thread_parent(e->state, now);
        if (now == mark)
            return NULL;
    }
    return now;
}

typedef skr_str ancestor_text_fn(const skr_sysevent *e, skr_thread *t, const saker_arg *arg);

static skr_str member_text(const skr_sysevent *e, skr_thread *t, const saker_arg *arg)
{
    (void)e;
    return MEMBER(skr_str, t, arg);
}

static skr_str cmdline_text(const skr_sysevent *e, skr_thread *t, const saker_arg *arg)
{
    (void)arg;
    return skr_thread_cmdline(e->state, t);
}

static skr_str args_text(const skr_sysevent *e, skr_thread *t, const saker_arg *arg)
{
    (void)arg;
    return skr_thread_args_text(e->state, t);
}

static skr_thread *main_of(const skr_sysevent *e)
{
    const skr_thread *t = skr_field_thread(e);
    return t ? skr_thread_main(t) : NULL;
}

/* Texts of all ancestors, nearest first. A blank goes before each that has something in front of it, so leading empty
 * ones leave no trace; nothing at all is no value. */
static void put_joined_ancestors(saker_out *out, const skr_sysevent *e, const saker_arg *arg, ancestor_text_fn *fn)
{
    const skr_thread *m = main_of(e);
    size_t count = 0;
    skr_line text;
    walk w;
    walk_from(&w, e, m);
    for (skr_thread *t; (t = walk_next(&w)) != NULL; count++)
        w.len += fn(e, t, arg).len + 1;
    if (!w.len || !skr_line_start(&text, out, w.len))
        return;
    walk_from(&w, e, m);
    for (skr_thread *t; count && (t = walk_next(&w)) != NULL; count--) {
        skr_line_add(&text, " ", text.len > 0);
        skr_line_str(&text, fn(e, t, arg));
    }
    if (text.len)
        skr_line_put(out, &text);
}

static void put_ancestor(saker_out *out, const skr_sysevent *e, const saker_arg *arg, ancestor_text_fn *fn)
{
    if (arg->bound) {
        skr_thread *t = ancestor(e, arg->bound - 1);
        if (t)
            skr_put_text(out, fn(e, t, arg));
        return;
    }
    if (arg->output) {
        put_joined_ancestors(out, e, arg, fn);
        return;
    }
    walk w;
    walk_from(&w, e, main_of(e));
    for (skr_thread *t; (t = walk_next(&w)) != NULL;) {
        skr_str text = fn(e, t, arg);
        skr_put_text(out, text);
        w.len += text.len + 1;
    }
}

void skr_get_ancestor_str(saker_out *out, const void *event, const saker_arg *arg)
{
    put_ancestor(out, event, arg, member_text);
}

void skr_get_ancestor_cmdline(saker_out *out, const void *event, const saker_arg *arg)
{
    put_ancestor(out, event, arg, cmdline_text);
}

/* Not one of the fields that hold for any ancestor: the joined text is compared too. */
void skr_get_ancestor_args(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    skr_thread *t = arg->bound ? ancestor(e, arg->bound - 1) : NULL;
    if (t)
        skr_put_text(out, args_text(e, t, arg));
    else if (!arg->bound)
        put_joined_ancestors(out, e, arg, args_text);
}

void skr_get_ancestor_pid(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    if (arg->bound || arg->output) { /* without a number an output shows the process itself */
        const skr_thread *t = ancestor(e, arg->bound ? arg->bound - 1 : 0);
        if (t)
            put_pid(out, t->pid);
        return;
    }
    walk w;
    walk_from(&w, e, main_of(e));
    for (const skr_thread *t; (t = walk_next(&w)) != NULL;)
        put_pid(out, t->pid);
}

void skr_get_thread_loginshell(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    const skr_thread *t = main_of(e), *shell = NULL;
    walk w;
    walk_from(&w, e, t);
    for (; t; t = walk_next(&w))
        if (t->comm.len >= 2 && skr_str_ends(t->comm, SKR_STR("sh")))
            shell = t;
    if (shell)
        saker_put_int(out, shell->pid);
}

/* ---- Leaders ---- */

static int64_t group_id(const skr_thread *t, uintptr_t which)
{
    return which == SKR_LEADER_SID ? t->sid : which == SKR_LEADER_VPGID ? t->vpgid : t->pgid;
}

/* By its id where that is an id of the host, else the last of the ancestors in a row that share it. */
static const skr_thread *leader(const skr_sysevent *e, const skr_thread *t, uintptr_t which)
{
    int64_t id = group_id(t, which);
    const skr_thread *found = NULL;
    if (id == -1)
        return NULL;
    if (which == SKR_LEADER_PGID || !skr_thread_in_pidns(t))
        found = skr_state_find(e->state, id);
    if (found)
        return found;
    walk w;
    walk_from(&w, e, t);
    for (const skr_thread *p; (p = walk_next(&w)) != NULL && group_id(p, which) == id;)
        found = p;
    return found;
}

void skr_get_leader_str(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    const skr_thread *t = skr_field_thread(e);
    if (!t)
        return;
    const skr_thread *l = leader(e, t, arg->field->at & ~(uintptr_t)0xffff);
    skr_put_text(out, l ? MEMBER(skr_str, l, arg) : (skr_str){ "", 0 });
}

/* ---- Environment ---- */

static bool is_level(const char *key)
{
    return key[0] && !key[strspn(key, "0123456789")];
}

/* bound: length of the name; 0: the whole environment. Digits are a level, which means nothing here. */
const char *skr_bind_env(saker_arg *arg)
{
    arg->bound = !arg->key || is_level(arg->key) ? 0 : strlen(arg->key);
    return NULL;
}

static skr_str variable(const skr_sysevent *e, const skr_thread *t, const saker_arg *arg)
{
    return skr_thread_env_value(e->state, t, (skr_str){ arg->key, arg->bound });
}

void skr_get_thread_env(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    const skr_thread *t = skr_field_thread(e);
    if (!t)
        return;
    if (arg->bound)
        skr_put_text(out, variable(e, t, arg));
    else
        skr_put_joined(out, skr_thread_env(t));
}

/* bound: 0 without a name; index is then the level of an output, -1 without one. A condition knows no levels. */
const char *skr_bind_aenv(saker_arg *arg)
{
    int64_t level = 0;
    arg->bound = 0;
    if (!arg->key)
        return NULL;
    if (!is_level(arg->key) || !skr_parse_i64(skr_str_of(arg->key), &level)) {
        arg->bound = strlen(arg->key);
        return NULL;
    }
    arg->index = arg->output ? level : -1;
    if (!arg->output)
        arg->key = NULL;
    return NULL;
}

static skr_str inherited_variable(const skr_sysevent *e, const saker_arg *arg)
{
    skr_str value = { "", 0 };
    walk w;
    walk_from(&w, e, main_of(e));
    const skr_thread *t;
    for (int i = 0; i < MAX_ENV_ANCESTORS && !value.len && (t = walk_next(&w)) != NULL; i++)
        value = variable(e, t, arg);
    return value;
}

void skr_get_ancestor_env(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    const skr_thread *t = skr_field_thread(e), *m = t ? skr_thread_main(t) : NULL;
    if (!t)
        return;
    if (arg->bound) {
        skr_put_text(out, inherited_variable(e, arg));
    } else if (arg->output) {
        walk w;
        walk_from(&w, e, m);
        const skr_thread *p = m;
        for (int64_t level = arg->index; p && level > 0; level--)
            p = walk_next(&w);
        if (!m)
            saker_put_str(out, "", 0);
        else if (p)
            skr_put_joined(out, skr_thread_env(p));
    } else {
        walk w;
        skr_str last = { NULL, 0 };
        walk_from(&w, e, m);
        while ((t = walk_next(&w)) != NULL) {
            skr_str env = skr_thread_env(t);
            if (env.ptr == last.ptr && env.len == last.len) /* inherited: nothing new */
                continue;
            skr_put_joined(out, env);
            w.len += env.len + 1;
            last = env;
        }
    }
}
