/* SPDX-License-Identifier: Apache-2.0 */
#include "lookup.h"

#include "file.h"
#include "http.h"

#include <cjson/cJSON.h>

#include <stdio.h>
#include <stdlib.h>

enum { MOST_VALUES = 100000, LABEL_MAX = 100, ASK_MS = 500 };

/* Waits for its files to appear, or for the answer of a socket. */
typedef struct pending {
    skr_wanted_container w;
    int64_t at; /* when to go on */
    unsigned tries;
    unsigned round;  /* how often it was given up before */
    unsigned socket; /* which one is asked */
    bool found;
    skr_http http;
} pending;

struct skr_lookup {
    skr_mem *mem;
    char root[256];
    saker_container_fn *fn;
    void *ctx;
    skr_map known; /* ids that were met: LOOKED_UP, FORGOTTEN or given up until a time */
    bool given_up; /* some were */
    skr_arena names;
    uint64_t seen[SKR_LOOKUP_SEEN]; /* hashes of control groups met lately */
    pending *waiting[SKR_LOOKUP_PENDING];
    unsigned waiting_count;
    SKR_VEC(skr_str) found; /* JSON, owned */
    size_t taken;
    skr_str last;
};

/* States of a known id. Others are a time in s, shifted, and the rounds that were given up: a map's values have 32
 * bits, which is enough for eight years. */
enum { FORGOTTEN, LOOKED_UP, GIVEN_UP = 2, ROUND_BITS = 4, LAST_ROUND = 6, ROUND_MS = 1000 };

static const char *const sockets[] = { "/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock" };
enum { SOCKETS = sizeof sockets / sizeof sockets[0] };

/* ---- JSON ---- */

/* cJSON allocates by itself, some 64 bytes for a value of two bytes of text: both are bounded before it sees the text.
 */
cJSON *skr_lookup_parse(const char *text, size_t len)
{
    size_t values = 0;
    for (size_t i = 0; i < len; i++)
        values += text[i] == ',' || text[i] == '[' || text[i] == '{';
    return len && len <= SKR_LOOKUP_FILE && values <= MOST_VALUES ? cJSON_ParseWithLength(text, len) : NULL;
}

cJSON *skr_lookup_read(skr_mem *mem, const char *path)
{
    skr_str text;
    if (skr_file_read_regular(mem, path, SKR_LOOKUP_FILE, &text) != 0)
        return NULL;
    cJSON *doc = skr_lookup_parse(text.ptr, text.len);
    skr_free(mem, (void *)(uintptr_t)text.ptr, text.len + 1);
    return doc;
}

const char *skr_lookup_text(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

skr_str skr_lookup_dup(skr_container *c, const char *text)
{
    skr_str s = skr_str_dup(&c->arena, skr_str_of(text));
    return s.ptr ? s : SKR_STR("");
}

static bool room_for_label(skr_container *c)
{
    if (c->label_count & (c->label_count - 1) && c->label_count)
        return true;
    size_t room = c->label_count ? 2 * c->label_count : 1; /* the old ones stay in the arena: they are few */
    skr_label *more = skr_arena_array(&c->arena, room, sizeof *more);
    if (more && c->label_count)
        memcpy(more, c->labels, c->label_count * sizeof *more);
    c->labels = more ? more : c->labels;
    return more != NULL;
}

void skr_lookup_label(skr_container *c, const char *key, const char *value)
{
    if (!value[0] || strlen(value) > LABEL_MAX)
        return;
    for (size_t i = 0; i < c->label_count; i++)
        if (skr_str_is(c->labels[i].key, key))
            return;
    if (room_for_label(c))
        c->labels[c->label_count++] = (skr_label){ skr_lookup_dup(c, key), skr_lookup_dup(c, value) };
}

void skr_lookup_labels(skr_container *c, const cJSON *object)
{
    const cJSON *m;
    if (!cJSON_IsObject(object))
        return;
    size_t most = 1000;
    cJSON_ArrayForEach(m, object)
    {
        if (cJSON_IsString(m) && m->string && most-- > 0)
            skr_lookup_label(c, m->string, m->valuestring);
    }
}

void skr_lookup_image(skr_container *c, const char *image)
{
    c->image = skr_lookup_dup(c, image);
    skr_image parts = skr_image_split(c->image);
    c->image_repo = parts.repository;
    c->image_tag = parts.tag;
    if (parts.digest.len)
        c->image_digest = parts.digest;
}

/* ---- Names ---- */

static bool name_char(char ch)
{
    return skr_is_alpha(ch) || skr_is_digit(ch) || ch == '_' || ch == '.' || ch == '-';
}

/* The runtime's whole id, of which the state keeps the first characters: it stands in the control group's path. */
static bool whole_name(skr_wanted_container *w, skr_str id, skr_str path)
{
    size_t at, from = path.len;
    skr_str rest = path;
    while (skr_str_find(rest, id, &at)) { /* the last one at which a name can start */
        at += (size_t)(rest.ptr - path.ptr);
        if (at == 0 || strchr("/-:", path.ptr[at - 1]))
            from = at;
        rest = skr_str_cut(path, at + 1, path.len);
    }
    if (from == path.len || id.len >= sizeof w->id || !id.len)
        return false;
    size_t to = from;
    while (to < path.len && name_char(path.ptr[to]))
        to++;
    skr_str name = skr_str_cut(path, from, to);
    if (skr_str_ends(name, SKR_STR(".scope")))
        name.len -= 6;
    if (name.len < id.len || name.len >= sizeof w->name || name.ptr[0] == '.')
        return false;
    memset(w, 0, sizeof *w);
    memcpy(w->id, id.ptr, id.len);
    memcpy(w->name, name.ptr, name.len);
    memcpy(w->path, path.ptr, path.len < sizeof w->path ? path.len : sizeof w->path - 1);
    return true;
}

/* Kubernetes writes the pod's uid into the path: "pod", then 8-4-4-4-12 characters joined by - or _. */
static bool pod_uid(const char *path, char out[40])
{
    static const unsigned parts[] = { 8, 4, 4, 4, 12 };
    for (const char *at = strstr(path, "pod"); at; at = strstr(at + 3, "pod")) {
        const char *p = at + 3;
        char *to = out;
        bool good = true;
        for (unsigned i = 0; i < 5 && good; i++) {
            for (unsigned k = 0; k < parts[i] && good; k++) {
                good = skr_is_digit(*p) || (*p >= 'a' && *p <= 'z');
                *to++ = good ? *p++ : 0;
            }
            if (good && i < 4) {
                good = *p == '-' || *p == '_';
                p += good;
                *to++ = '-';
            }
        }
        *to = 0;
        if (good)
            return true;
    }
    return false;
}

/* ---- Results ---- */

static void tell(skr_lookup *l, const skr_wanted_container *w, skr_container *c)
{
    char uid[40];
    skr_buf b;
    c->id = skr_str_of(w->id);
    if (pod_uid(w->path, uid))
        skr_lookup_label(c, "io.kubernetes.pod.uid", uid);
    skr_buf_init(&b, l->mem);
    skr_container_print(&b, c);
    skr_str json = { b.ptr, b.len };
    char *exact = b.failed ? NULL : skr_realloc(l->mem, b.ptr, b.cap, b.len);
    json.ptr = exact;
    if (!exact)
        skr_buf_free(&b);
    else if (!skr_vec_push(l->mem, &l->found, json))
        skr_free(l->mem, exact, json.len);
}

/* The host's own look-up. */
static bool ask_host(skr_lookup *l, const skr_wanted_container *w, skr_container *c)
{
    saker_container out = { .size = sizeof out };
    if (!l->fn(l->ctx, w->id, w->path, &out))
        return false;
    c->type = SKR_CONTAINER_UNKNOWN;
    c->full_id = skr_str_of(out.id && out.id[0] ? out.id : w->name);
    c->name = skr_str_of(out.name);
    skr_lookup_image(c, out.image ? out.image : "");
    if (out.image_digest)
        c->image_digest = skr_str_of(out.image_digest);
    c->privileged = out.privileged;
    skr_lookup_label(c, "io.kubernetes.pod.name", out.pod_name ? out.pod_name : "");
    skr_lookup_label(c, "io.kubernetes.pod.namespace", out.namespace_name ? out.namespace_name : "");
    skr_lookup_label(c, "io.kubernetes.pod.uid", out.pod_uid ? out.pod_uid : "");
    return true;
}

/* Looks where an answer comes at once. */
static bool ask_files(skr_lookup *l, const skr_wanted_container *w)
{
    skr_container c = { 0 };
    skr_arena_init(&c.arena, l->mem);
    bool found = l->fn ? ask_host(l, w, &c)
                       : skr_lookup_docker_files(l->mem, l->root, w, &c) || skr_lookup_bundle(l->mem, l->root, w, &c);
    if (found)
        tell(l, w, &c);
    skr_arena_free(&c.arena);
    return found;
}

/* ---- What waits ---- */

static void drop(skr_lookup *l, unsigned i)
{
    skr_http_free(&l->waiting[i]->http);
    skr_free(l->mem, l->waiting[i], sizeof *l->waiting[i]);
    l->waiting[i] = l->waiting[--l->waiting_count];
}

/* Not for ever: a busy machine may start a container slower than that. Each round pauses twice as long. */
static void give_up(skr_lookup *l, const skr_wanted_container *w, unsigned round, int64_t now_ms)
{
    round = round < LAST_ROUND ? round + 1 : LAST_ROUND;
    size_t until = (size_t)(now_ms + ((int64_t)ROUND_MS << round)) / 1000;
    skr_map_put(&l->known, skr_str_of(w->id), (until << ROUND_BITS | round) + GIVEN_UP);
    l->given_up = true;
}

static void wait_for(skr_lookup *l, const skr_wanted_container *w, unsigned round, int64_t now_ms)
{
    pending *p = l->waiting_count < SKR_LOOKUP_PENDING ? skr_zalloc(l->mem, sizeof *p) : NULL;
    if (!p) {
        give_up(l, w, round, now_ms);
        return;
    }
    p->w = *w;
    p->at = now_ms;
    p->round = round;
    skr_http_init(&p->http, l->mem, SKR_LOOKUP_FILE);
    l->waiting[l->waiting_count++] = p;
}

/* Asks the next socket that somebody listens on. false: there is no more. */
static bool ask_socket(skr_lookup *l, pending *p, int64_t now_ms)
{
    char path[300], target[200];
    snprintf(target, sizeof target, "/containers/%s/json", p->w.name);
    while (p->socket < SOCKETS && !l->fn) {
        snprintf(path, sizeof path, "%s%s", l->root, sockets[p->socket++]);
        if (skr_http_get(&p->http, path, target)) {
            p->at = now_ms + ASK_MS;
            return true;
        }
    }
    return false;
}

/* true: an answer was told. */
static bool take_answer(skr_lookup *l, pending *p)
{
    if (p->http.status != 200)
        return false;
    skr_container c = { 0 };
    skr_arena_init(&c.arena, l->mem);
    skr_str body = skr_http_body(&p->http);
    bool good = skr_lookup_docker_json(body.ptr, body.len, &p->w, &c);
    if (good && p->socket == SOCKETS)
        c.type = 11; /* podman's */
    if (good)
        tell(l, &p->w, &c);
    skr_arena_free(&c.arena);
    return good;
}

/* false: over, one way or the other. */
static bool step(skr_lookup *l, pending *p, int64_t now_ms)
{
    if (p->http.state == SKR_HTTP_SENDING || p->http.state == SKR_HTTP_READING) {
        skr_http_state state = skr_http_step(&p->http);
        if (state == SKR_HTTP_DONE && take_answer(l, p)) {
            p->found = true;
            return false;
        }
        if (state != SKR_HTTP_DONE && state != SKR_HTTP_FAILED && now_ms < p->at)
            return true;
        if (ask_socket(l, p, now_ms))
            return true;
        p->at = now_ms + (SKR_LOOKUP_PAUSE_MS << p->tries);
        p->http.state = SKR_HTTP_IDLE;
        return ++p->tries < SKR_LOOKUP_TRIES;
    }
    if (now_ms < p->at)
        return true;
    if (p->tries && ask_files(l, &p->w)) {
        p->found = true;
        return false;
    }
    p->socket = 0;
    if (ask_socket(l, p, now_ms))
        return true;
    p->at = now_ms + (SKR_LOOKUP_PAUSE_MS << p->tries);
    return ++p->tries < SKR_LOOKUP_TRIES;
}

void skr_lookup_work(skr_lookup *l, int64_t now_ms)
{
    for (unsigned i = 0; i < l->waiting_count;) {
        pending *p = l->waiting[i];
        if (step(l, p, now_ms)) {
            i++;
            continue;
        }
        if (!p->found)
            give_up(l, &p->w, p->round, now_ms);
        drop(l, i);
    }
}

int skr_lookup_next_ms(const skr_lookup *l, int64_t now_ms)
{
    int64_t next = INT64_MAX;
    for (unsigned i = 0; i < l->waiting_count; i++) {
        const pending *p = l->waiting[i];
        int64_t at = p->http.fd >= 0 ? now_ms + 5 : p->at;
        next = at < next ? at : next;
    }
    const int64_t ms = next - now_ms; /* from 0, where only whether anything waits is asked */
    return next == INT64_MAX ? -1 : ms <= 0 ? 0 : ms < INT32_MAX ? (int)ms : INT32_MAX;
}

/* ---- From outside ---- */

static bool remember(skr_lookup *l, skr_str id)
{
    if (l->known.n >= SKR_LOOKUP_KNOWN) {
        skr_map_free(&l->known);
        skr_map_init(&l->known, l->mem);
        skr_arena_reset(&l->names);
        memset(l->seen, 0, sizeof l->seen);
        l->given_up = false;
    }
    skr_str name = skr_str_dup(&l->names, id);
    return name.ptr && skr_map_put(&l->known, name, LOOKED_UP);
}

/* A container that waits is met again: by now its files may be there. */
static void ask_again(skr_lookup *l, skr_str id)
{
    for (unsigned i = 0; i < l->waiting_count; i++) {
        if (!skr_str_is(id, l->waiting[i]->w.id))
            continue;
        if (ask_files(l, &l->waiting[i]->w))
            drop(l, i);
        return;
    }
}

void skr_lookup_want(skr_lookup *l, skr_str id, skr_str cgroup_path, int64_t now_ms)
{
    skr_wanted_container w;
    size_t state = skr_map_get(&l->known, id);
    unsigned round = 0;
    if (state == LOOKED_UP)
        ask_again(l, id);
    if (state == LOOKED_UP || !whole_name(&w, id, cgroup_path))
        return;
    if (state == SIZE_MAX && !remember(l, id))
        return;
    if (state >= GIVEN_UP && state != SIZE_MAX) {
        round = (state - GIVEN_UP) & ((1u << ROUND_BITS) - 1);
        if (now_ms / 1000 < (int64_t)((state - GIVEN_UP) >> ROUND_BITS))
            return;
    }
    if (state != SIZE_MAX)
        skr_map_put(&l->known, id, LOOKED_UP);
    if (!ask_files(l, &w))
        wait_for(l, &w, round, now_ms);
}

void skr_lookup_see(skr_lookup *l, skr_str pairs, int64_t now_ms)
{
    uint64_t hash = skr_hash(pairs.ptr, pairs.len, 1) | 1;
    uint64_t *slot = &l->seen[hash % SKR_LOOKUP_SEEN];
    if (*slot == hash && !l->waiting_count && !l->given_up)
        return;
    *slot = hash;
    for (const char *at = pairs.ptr, *end = skr_str_end(pairs); at < end;) {
        const char *stop = memchr(at, 0, (size_t)(end - at));
        stop = stop ? stop : end;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        if (equals) {
            skr_str path = { equals + 1, (size_t)(stop - equals - 1) }, id = skr_container_id(path);
            if (id.len) { /* the first path that has one decides */
                skr_lookup_want(l, id, path, now_ms);
                return;
            }
        }
        at = stop + 1;
    }
}

bool skr_lookup_take(skr_lookup *l, skr_str *json)
{
    if (l->last.ptr)
        skr_free(l->mem, (void *)(uintptr_t)l->last.ptr, l->last.len);
    l->last = (skr_str){ NULL, 0 };
    if (l->taken == l->found.n) {
        l->taken = l->found.n = 0;
        return false;
    }
    *json = l->last = l->found.v[l->taken++];
    return true;
}

bool skr_lookup_ready(const skr_lookup *l)
{
    return l->taken < l->found.n;
}

void skr_lookup_forget(skr_lookup *l, skr_str id)
{
    if (skr_map_get(&l->known, id) != SIZE_MAX) {
        skr_map_put(&l->known, id, FORGOTTEN);
        memset(l->seen, 0, sizeof l->seen);
    }
}

skr_lookup *skr_lookup_new(skr_mem *mem, const char *root, saker_container_fn *fn, void *ctx)
{
    skr_lookup *l = skr_zalloc(mem, sizeof *l);
    if (!l)
        return NULL;
    l->mem = mem;
    l->fn = fn;
    l->ctx = ctx;
    snprintf(l->root, sizeof l->root, "%s", root ? root : "");
    skr_map_init(&l->known, mem);
    skr_arena_init(&l->names, mem);
    return l;
}

void skr_lookup_free(skr_lookup *l)
{
    skr_str json;
    if (!l)
        return;
    while (l->waiting_count)
        drop(l, 0);
    while (skr_lookup_take(l, &json))
        ;
    skr_vec_free(l->mem, &l->found);
    skr_map_free(&l->known);
    skr_arena_free(&l->names);
    skr_free(l->mem, l, sizeof *l);
}
