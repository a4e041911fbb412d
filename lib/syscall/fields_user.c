/* SPDX-License-Identifier: Apache-2.0 */
/* user.*, group.*: from the user lists of the host or of the thread's container. */
#include "fields.h"

static void put_or_na(saker_out *out, const skr_user *u, skr_str name, skr_str root, bool is_root)
{
    if (u)
        skr_put_text(out, name);
    else if (is_root && root.len)
        skr_put_text(out, root);
    else
        saker_put_str(out, "<NA>", 4);
}

static const skr_user *user_of(const skr_sysevent *e, const skr_thread *t)
{
    return skr_state_user(e->state, t->container_id, t->uid);
}

/* The event that brings a container has the user whom the container runs as. */
void skr_get_user_name(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    if (e->container && e->container->user.len && skr_sysevent_kind(e) != SKR_KIND_CONTAINER_REMOVED) {
        skr_put_text(out, e->container->user);
        return;
    }
    const skr_thread *t = skr_field_thread(e);
    if (!t)
        return;
    const skr_user *u = user_of(e, t);
    put_or_na(out, u, u ? u->name : (skr_str){ NULL, 0 }, SKR_STR("root"), t->uid == 0);
}

void skr_get_user_home(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    const skr_thread *t = skr_field_thread(e);
    if (!t)
        return;
    const skr_user *u = user_of(e, t);
    put_or_na(out, u, u ? u->home : (skr_str){ NULL, 0 }, SKR_STR("/root"), t->uid == 0);
}

void skr_get_user_shell(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    const skr_thread *t = skr_field_thread(e);
    if (!t)
        return;
    const skr_user *u = user_of(e, t);
    put_or_na(out, u, u ? u->shell : (skr_str){ NULL, 0 }, (skr_str){ NULL, 0 }, false);
}

void skr_get_user_loginuid(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_thread *t = skr_field_thread(event);
    if (t)
        saker_put_int(out, t->loginuid == UINT32_MAX ? -1 : (int64_t)t->loginuid);
}

void skr_get_user_loginname(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    const skr_thread *t = skr_field_thread(e);
    if (!t)
        return;
    const skr_user *u = skr_state_user(e->state, t->container_id, t->loginuid);
    put_or_na(out, u, u ? u->name : (skr_str){ NULL, 0 }, SKR_STR("root"), t->loginuid == 0);
}

void skr_get_group_name(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    const skr_thread *t = skr_field_thread(e);
    if (!t)
        return;
    const skr_user *g = skr_state_group(e->state, t->container_id, t->gid);
    put_or_na(out, g, g ? g->name : (skr_str){ NULL, 0 }, SKR_STR("root"), t->gid == 0);
}
