/* SPDX-License-Identifier: Apache-2.0 */
/* A container as the JSON of its event, the reverse of container.c. */
#include "container.h"
#include "dump_state.h"

static void key(skr_buf *b, const char *name)
{
    if (b->len && b->ptr[b->len - 1] != '{')
        skr_buf_char(b, ',');
    skr_buf_json(b, skr_str_of(name));
    skr_buf_char(b, ':');
}

static void text(skr_buf *b, const char *name, skr_str value)
{
    if (!value.len)
        return;
    key(b, name);
    skr_buf_json(b, value);
}

static void number(skr_buf *b, const char *name, int64_t value)
{
    key(b, name);
    skr_buf_i64(b, value);
}

static void truth(skr_buf *b, const char *name, bool value)
{
    key(b, name);
    skr_buf_cstr(b, value ? "true" : "false");
}

static void labels(skr_buf *b, const char *name, const skr_label *list, size_t n)
{
    if (!n)
        return;
    key(b, name);
    skr_buf_char(b, '{');
    for (size_t i = 0; i < n; i++) {
        if (i)
            skr_buf_char(b, ',');
        skr_buf_json(b, list[i].key);
        skr_buf_char(b, ':');
        skr_buf_json(b, list[i].value);
    }
    skr_buf_char(b, '}');
}

static void mounts(skr_buf *b, const skr_container *c)
{
    if (!c->mount_count)
        return;
    key(b, "Mounts");
    for (size_t i = 0; i < c->mount_count; i++) {
        const skr_mount *m = &c->mounts[i];
        skr_buf_cstr(b, i ? ",{" : "[{");
        truth(b, "RW", m->rdwr);
        text(b, "Source", m->source);
        text(b, "Destination", m->destination);
        text(b, "Mode", m->mode);
        text(b, "Propagation", m->propagation);
        skr_buf_char(b, '}');
    }
    skr_buf_char(b, ']');
}

static void ports(skr_buf *b, const skr_container *c)
{
    if (!c->port_count)
        return;
    key(b, "port_mappings");
    for (size_t i = 0; i < c->port_count; i++) {
        const skr_port *p = &c->ports[i];
        skr_buf_cstr(b, i ? ",{" : "[{");
        number(b, "HostPort", p->host_port);
        number(b, "ContainerPort", p->container_port);
        text(b, "HostIp", p->host_ip);
        skr_buf_char(b, '}');
    }
    skr_buf_char(b, ']');
}

static void env(skr_buf *b, const skr_container *c)
{
    if (!c->env_count)
        return;
    key(b, "env");
    for (size_t i = 0; i < c->env_count; i++) {
        skr_buf_char(b, i ? ',' : '[');
        skr_buf_json(b, c->env[i]);
    }
    skr_buf_char(b, ']');
}

void skr_container_print(skr_buf *b, const skr_container *c)
{
    skr_buf_cstr(b, "{\"container\":{");
    if (c->type >= 0)
        number(b, "type", c->type);
#define SKR_CONTAINER_TEXT(member, name) text(b, name, c->member);
#define SKR_CONTAINER_BOOL(member, name) truth(b, name, c->member);
#define SKR_CONTAINER_INT(member, name)                                                                                \
    if (c->member)                                                                                                     \
        number(b, name, c->member);
#include "container_keys.def"
#undef SKR_CONTAINER_TEXT
#undef SKR_CONTAINER_BOOL
#undef SKR_CONTAINER_INT
    labels(b, "labels", c->labels, c->label_count);
    labels(b, "pod_sandbox_labels", c->sandbox_labels, c->sandbox_label_count);
    mounts(b, c);
    ports(b, c);
    env(b, c);
    skr_buf_cstr(b, "}}");
}
