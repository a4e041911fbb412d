/* SPDX-License-Identifier: Apache-2.0 */
/* container.*, k8s.*: what is known of the container of the event's thread, or of the one that the event brings. */
#include "fields.h"

#include "pattern.h"

#define MEMBER(T, c, arg) (*(const T *)(const void *)((const char *)(c) + (arg)->field->at))

enum { SHORT_ID = 12 };

static void put(saker_out *out, skr_str s)
{
    saker_put_str(out, s.ptr ? s.ptr : "", s.len);
}

static const skr_container *container_of(const skr_sysevent *e)
{
    if (e->container)
        return e->container;
    const skr_thread *t = skr_field_thread(e);
    return t ? skr_state_container(e->state, t->container_id) : NULL;
}

/* What was found in a container is remembered with it, though it is not the fields' to change. */
static skr_container *remembering(const skr_container *c)
{
    return (skr_container *)(uintptr_t)c;
}

/* Known without metadata. */
void skr_get_container_id(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    const skr_thread *t = e->container ? NULL : skr_field_thread(e);
    if (!e->container && !t)
        return;
    skr_str id = e->container ? e->container->id : t->container_id;
    if (id.len)
        put(out, id);
    else
        saker_put_str(out, "host", 4);
}

void skr_get_container_str(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_container *c = container_of(event);
    if (c)
        put(out, MEMBER(skr_str, c, arg));
}

void skr_get_container_bool(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_container *c = container_of(event);
    if (c)
        saker_put_bool(out, MEMBER(bool, c, arg));
}

void skr_get_container_type(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_container *c = container_of(event);
    if (c)
        saker_put_cstr(out, skr_container_type_name(c->type));
}

/* ---- Mounts ---- */

static void print_mount(skr_buf *b, const skr_mount *m)
{
    skr_buf_str(b, m->source);
    skr_buf_char(b, ':');
    skr_buf_str(b, m->destination);
    skr_buf_char(b, ':');
    skr_buf_str(b, m->mode);
    skr_buf_cstr(b, m->rdwr ? ":true:" : ":false:");
    skr_buf_str(b, m->propagation);
}

static void put_buf(saker_out *out, const skr_buf *b)
{
    if (!b->failed)
        saker_put_str(out, b->ptr ? b->ptr : "", b->len);
}

/* Of hundreds of mounts the text is long, and rules have it in their outputs: it is made once. */
void skr_get_container_mounts(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    skr_container *c = remembering(container_of(event));
    skr_scratch s;
    skr_buf b;
    if (!c)
        return;
    if (c->mounts_text.ptr || !c->mount_count) {
        put(out, c->mounts_text);
        return;
    }
    skr_scratch_init(&s, out);
    skr_buf_init(&b, &s.mem);
    for (size_t i = 0; i < c->mount_count; i++) {
        if (i)
            skr_buf_char(&b, ',');
        print_mount(&b, &c->mounts[i]);
    }
    if (!b.failed)
        c->mounts_text = skr_str_dup(&c->arena, (skr_str){ b.ptr, b.len });
    put_buf(out, &b);
}

/* A position, or a pattern that is searched for in the source (for the source itself: in the destination). */
const char *skr_bind_mount(saker_arg *arg)
{
    return arg->index >= 0 || skr_pattern_valid(skr_str_of(arg->key)) ? NULL : "bad pattern";
}

/* Place + 2 of the first mount that the pattern is found in, 1: there is none. */
static uint32_t search_mounts(const skr_container *c, skr_str pattern, bool in_source)
{
    for (size_t i = 0; i < c->mount_count; i++)
        if (skr_pattern_found(pattern, in_source ? c->mounts[i].source : c->mounts[i].destination))
            return (uint32_t)i + 2;
    return 1;
}

static skr_finds *finds_of(skr_container *c)
{
    enum { PATTERNS = 64 };
    if (!c->found && c->mount_count && (c->found = skr_arena_alloc(&c->arena, skr_finds_size(PATTERNS))) != NULL)
        c->found->room = PATTERNS;
    return c->found;
}

static const skr_mount *find_mount(const skr_container *c, const saker_arg *arg)
{
    if (arg->index >= 0)
        return (uint64_t)arg->index < c->mount_count ? &c->mounts[arg->index] : NULL;
    const skr_str pattern = skr_str_of(arg->key);
    const bool in_source = arg->field->at != SKR_MOUNT_SOURCE;
    skr_found *f = skr_finds_get(finds_of(remembering(c)), pattern, in_source ? 's' : 'd');
    const uint32_t place = f && f->place ? f->place : search_mounts(c, pattern, in_source);
    if (f)
        f->place = place;
    return place > 1 ? &c->mounts[place - 2] : NULL;
}

void skr_get_container_mount(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_container *c = container_of(event);
    const skr_mount *m = c ? find_mount(c, arg) : NULL;
    skr_scratch s;
    skr_buf b;
    if (!m)
        return;
    switch (arg->field->at) {
    case SKR_MOUNT_SOURCE:
        put(out, m->source);
        break;
    case SKR_MOUNT_DEST:
        put(out, m->destination);
        break;
    case SKR_MOUNT_MODE:
        put(out, m->mode);
        break;
    case SKR_MOUNT_RDWR:
        saker_put_cstr(out, m->rdwr ? "true" : "false");
        break;
    case SKR_MOUNT_PROPAGATION:
        put(out, m->propagation);
        break;
    default:
        skr_scratch_init(&s, out);
        skr_buf_init(&b, &s.mem);
        print_mount(&b, m);
        put_buf(out, &b);
    }
}

/* ---- Labels ---- */

static const skr_label *find_label(const skr_label *labels, size_t count, skr_str key)
{
    while (count > 0) { /* sorted by key */
        int order = skr_str_cmp(key, labels[count / 2].key);
        if (order == 0)
            return &labels[count / 2];
        if (order > 0) {
            labels += count / 2 + 1;
            count -= count / 2 + 1;
        } else {
            count /= 2;
        }
    }
    return NULL;
}

static void put_label(saker_out *out, const skr_label *labels, size_t count, skr_str key)
{
    const skr_label *l = find_label(labels, count, key);
    if (l)
        put(out, l->value);
}

static void put_labels(saker_out *out, const skr_label *labels, size_t count)
{
    skr_scratch s;
    skr_buf b;
    skr_scratch_init(&s, out);
    skr_buf_init(&b, &s.mem);
    for (size_t i = 0; i < count; i++) {
        if (skr_str_starts(labels[i].key, SKR_STR("annotation.")) ||
            skr_str_starts(labels[i].key, SKR_STR("io.kubernetes.")))
            continue;
        if (b.len)
            skr_buf_cstr(&b, ", ");
        skr_buf_str(&b, labels[i].key);
        if (labels[i].value.len) {
            skr_buf_char(&b, ':');
            skr_buf_str(&b, labels[i].value);
        }
    }
    put_buf(out, &b);
}

void skr_get_container_label(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_container *c = container_of(event);
    if (c)
        put_label(out, c->labels, c->label_count, skr_str_of(arg->key));
}

void skr_get_container_labels(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_container *c = container_of(event);
    if (c)
        put_labels(out, c->labels, c->label_count);
}

/* ---- The pod ---- */

void skr_get_label_field(saker_out *out, const void *event, const saker_arg *arg)
{
    static const char *const keys[] = { [SKR_LABEL_POD_NAME] = "io.kubernetes.pod.name",
                                        [SKR_LABEL_NAMESPACE] = "io.kubernetes.pod.namespace",
                                        [SKR_LABEL_POD_UID] = "io.kubernetes.pod.uid" };
    const skr_container *c = container_of(event);
    if (c)
        put_label(out, c->labels, c->label_count, skr_str_of(keys[arg->field->at]));
}

/* at: how many characters */
void skr_get_container_sandbox(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_container *c = container_of(event);
    if (c)
        put(out, skr_str_cut(c->pod_sandbox_id, 0,
                             c->pod_sandbox_id.len < arg->field->at ? c->pod_sandbox_id.len : arg->field->at));
}

/* Entry that knows the pod: the container's own when it has the network's answer, else its sandbox's. */
static const skr_container *pod_of(const skr_sysevent *e)
{
    const skr_container *c = container_of(e);
    if (!c || c->cni_json.len)
        return c;
    skr_str id = c->pod_sandbox_id;
    id.len = id.len < SHORT_ID ? id.len : SHORT_ID;
    return skr_state_container(e->state, id);
}

void skr_get_pod_str(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_container *p = pod_of(event);
    if (p)
        put(out, MEMBER(skr_str, p, arg));
}

/* A sandbox's own labels are those of the pod. */
static bool pod_labels(const skr_sysevent *e, const skr_label **labels, size_t *count)
{
    const skr_container *p = pod_of(e);
    if (!p)
        return false;
    bool own = p->is_pod_sandbox && !p->sandbox_label_count;
    *labels = own ? p->labels : p->sandbox_labels;
    *count = own ? p->label_count : p->sandbox_label_count;
    return true;
}

void skr_get_pod_label(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_label *labels;
    size_t count;
    if (pod_labels(event, &labels, &count))
        put_label(out, labels, count, skr_str_of(arg->key));
}

void skr_get_pod_labels(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_label *labels;
    size_t count;
    if (pod_labels(event, &labels, &count))
        put_labels(out, labels, count);
}
