/* SPDX-License-Identifier: Apache-2.0 */
/* Events that no thread makes: containers, users, groups, and the kernel's accounts of a process (state.md 5, 8.3). */
#include "state_impl.h"

/* ---- Containers ---- */

static skr_container *read_container(skr_state *s, skr_param json)
{
    bool failed = s->mem->failed;
    s->mem->failed = false;
    skr_container *c = json.len ? skr_container_parse(s->mem, skr_state_array(json)) : NULL;
    if (s->mem->failed)
        s->stats.nomem++;
    else if (!c && json.len)
        s->stats.unread++;
    s->mem->failed |= failed;
    return c;
}

static void container_added(skr_state *s, skr_param json)
{
    skr_container *c = read_container(s, json);
    if (c && skr_state_add_container(s, c))
        s->out->container = c;
}

/* The event's fields speak of the container that it names. */
static void container_removed(skr_state *s, skr_param json)
{
    skr_container *c = read_container(s, json);
    if (!c)
        return;
    skr_state_remove_container(s, c->id);
    skr_state_forget_users(s, c->id);
    s->event_container = c;
    s->out->container = c;
}

void skr_parse_container(skr_state *s)
{
    container_added(s, skr_p(s, 0));
}

void skr_parse_async(skr_state *s)
{
    skr_str name = skr_param_text(skr_p(s, 1));
    if (skr_str_is(name, "container"))
        container_added(s, skr_p(s, 2));
    else if (skr_str_is(name, "container_removed"))
        container_removed(s, skr_p(s, 2));
}

/* ---- Users ---- */

static skr_str text_or_empty(skr_param p)
{
    return p.len ? skr_param_text(p) : SKR_STR("");
}

void skr_parse_user(skr_state *s)
{
    uint16_t code = s->e->type;
    bool group = code == SKR_E_GROUP_ADDED_E || code == SKR_E_GROUP_DELETED_E;
    unsigned name = group ? 1 : 2;
    if (!skr_p(s, 0).len)
        return;
    uint32_t id = skr_param_u32(skr_p(s, 0), 0);
    skr_str container_id = text_or_empty(skr_p(s, group ? 2 : 5));
    if (code == SKR_E_USER_DELETED_E || code == SKR_E_GROUP_DELETED_E) {
        skr_users_remove(s, group, container_id, id);
        return;
    }
    skr_user u = { id, group ? id : skr_param_u32(skr_p(s, 1), UINT32_MAX), skr_param_text(skr_p(s, name)),
                   group ? SKR_STR("") : skr_param_text(skr_p(s, 3)),
                   group ? SKR_STR("") : skr_param_text(skr_p(s, 4)) };
    skr_state_add_user(s, group, container_id, &u);
}

/* ---- Accounts ---- */

/* Time since the last such event of the thread, at most 100; nothing is known on the first one. */
static float share(uint64_t now, uint64_t before, bool first)
{
    if (first || now <= before)
        return 0;
    return now - before > 100 ? 100 : (float)(now - before);
}

void skr_parse_procinfo(skr_state *s)
{
    skr_thread_rec *r = s->t;
    if (!r)
        return;
    uint64_t usr = skr_param_u64(skr_p(s, 0), 0), sys = skr_param_u64(skr_p(s, 1), 0);
    r->t.cpu[0] = share(usr + sys, r->cpu_usr + r->cpu_sys, !r->cpu_known);
    r->t.cpu[1] = share(usr, r->cpu_usr, !r->cpu_known);
    r->t.cpu[2] = share(sys, r->cpu_sys, !r->cpu_known);
    r->cpu_usr = usr;
    r->cpu_sys = sys;
    r->cpu_known = true;
}
