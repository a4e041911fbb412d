/* SPDX-License-Identifier: Apache-2.0 */
/* Control groups of threads and the container ids that follow from them (state.md 1.1, 8.1). */
#include "state_impl.h"

static const struct rename {
    skr_str from, to;
} renames[] = {
    { { "perf", 4 }, { "perf_event", 10 } },
    { { "mem", 3 }, { "memory", 6 } },
    { { "io", 2 }, { "blkio", 5 } },
};

static void add_name(skr_buf *b, skr_str name)
{
    skr_str tag = SKR_STR("_cgroup");
    size_t at, start = b->len;
    if (skr_str_find(name, tag, &at)) {
        skr_buf_str(b, skr_str_cut(name, 0, at));
        skr_buf_str(b, skr_str_cut(name, at + tag.len, name.len));
    } else {
        skr_buf_str(b, name);
    }
    for (size_t i = 0; !b->failed && i < sizeof renames / sizeof renames[0]; i++)
        if (skr_str_eq((skr_str){ b->ptr + start, b->len - start }, renames[i].from)) {
            b->len = start;
            skr_buf_str(b, renames[i].to);
            return;
        }
}

/* Fills text and container id from raw. false: an entry is no pair, which makes all of it void. */
static bool parse(skr_state *s, skr_cgroups *c, skr_buf *b)
{
    for (const char *p = c->raw.ptr, *end = p + c->raw.len; p < end;) {
        const char *stop = memchr(p, 0, (size_t)(end - p));
        stop = stop ? stop : end;
        const char *equals = memchr(p, '=', (size_t)(stop - p));
        if (!equals)
            return false;
        skr_str path = { equals + 1, (size_t)(stop - equals - 1) };
        if (b->len)
            skr_buf_char(b, 0);
        add_name(b, (skr_str){ p, (size_t)(equals - p) });
        skr_buf_char(b, '=');
        skr_buf_str(b, path);
        skr_str id = c->container_id.len ? SKR_STR("") : skr_container_id(path);
        if (id.len) {
            c->container_id = skr_text_make(&s->texts, id);
            if (c->container_id.len) /* else the next one is tried */
                c->id_path = skr_text_make(&s->texts, path);
        }
        p = stop + 1;
    }
    return true;
}

void skr_cgroups_release(skr_state *s, skr_cgroups *c)
{
    if (!c || --c->refs)
        return;
    skr_text_drop(&s->texts, c->raw);
    skr_text_drop(&s->texts, c->text);
    skr_text_drop(&s->texts, c->container_id);
    skr_text_drop(&s->texts, c->id_path);
    skr_free(s->mem, c, sizeof *c);
}

static skr_cgroups *cgroups_new(skr_state *s, skr_str raw, uint32_t hash)
{
    skr_cgroups *c = skr_zalloc(s->mem, sizeof *c);
    if (!c) {
        s->stats.nomem++;
        return NULL;
    }
    c->refs = 1;
    c->hash = hash;
    c->container_id = c->id_path = c->text = SKR_STR("");
    c->raw = skr_text_make(&s->texts, raw);
    skr_buf b;
    skr_buf_init(&b, s->mem);
    bool good = parse(s, c, &b) && !b.failed;
    s->stats.nomem += b.failed;
    if (good)
        c->text = skr_text_make(&s->texts, (skr_str){ b.ptr, b.len });
    skr_buf_free(&b);
    if (good)
        return c;
    skr_cgroups_release(s, c);
    return NULL;
}

static skr_cgroups *cgroups_for(skr_state *s, skr_str raw)
{
    uint32_t hash = (uint32_t)skr_hash(raw.ptr, raw.len, s->seed);
    skr_cgroups **slot = &s->cgroup_cache[hash % SKR_CGROUP_CACHE], *c = *slot;
    if (!c || c->hash != hash || !skr_str_eq(c->raw, raw)) {
        c = cgroups_new(s, raw, hash);
        if (!c)
            return NULL;
        skr_cgroups_release(s, *slot);
        *slot = c;
    }
    c->refs++;
    return c;
}

static void take(skr_state *s, skr_thread_rec *r, skr_cgroups *c)
{
    skr_cgroups_release(s, r->cgroups);
    r->cgroups = c;
    r->t.cgroups = c ? c->text : SKR_STR("");
}

void skr_thread_set_cgroups(skr_state *s, skr_thread_rec *r, skr_str raw)
{
    if (r->cgroups ? skr_str_eq(r->cgroups->raw, raw) : !raw.len)
        return;
    skr_cgroups *c = raw.len ? cgroups_for(s, raw) : NULL;
    if (c || !raw.len)
        take(s, r, c);
}

void skr_thread_copy_cgroups(skr_state *s, skr_thread_rec *to, skr_cgroups *from)
{
    if (from)
        from->refs++;
    take(s, to, from);
}

void skr_thread_update_container(skr_state *s, skr_thread_rec *r)
{
    skr_str id = r->cgroups ? r->cgroups->container_id : SKR_STR("");
    if (skr_str_eq(id, r->t.container_id))
        return;
    skr_text_copy(&s->texts, &r->t.container_id, id);
    if (s->os.container && id.len && !skr_state_container(s, id))
        s->os.container(s->os.ctx, id, r->cgroups->id_path);
    skr_state_need_ids(s, r);
}
