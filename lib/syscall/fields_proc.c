/* SPDX-License-Identifier: Apache-2.0 */
/* proc.* and thread.* of the thread itself. Its relatives are in fields_kin.c, users in fields_user.c. */
#include "fields.h"

#define MEMBER(T, t, arg) (*(const T *)(const void *)((const char *)(t) + (arg)->field->at))

/* ---- Members as they are ---- */

void skr_get_thread_str(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    if (t)
        skr_put_text(out, MEMBER(skr_str, t, arg));
}

void skr_get_thread_u32(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    if (t)
        saker_put_uint(out, MEMBER(uint32_t, t, arg));
}

void skr_get_thread_u64(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    if (t)
        saker_put_uint(out, MEMBER(uint64_t, t, arg));
}

void skr_get_thread_i64(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    if (t)
        saker_put_int(out, MEMBER(int64_t, t, arg));
}

void skr_get_thread_bool(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    if (t)
        saker_put_bool(out, MEMBER(bool, t, arg));
}

void skr_get_thread_kb(saker_out *out, const void *event, const saker_arg *arg)
{
    skr_get_thread_u32(out, event, arg);
}

/* 0 is "not known". */
void skr_get_thread_set_u64(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    if (t && MEMBER(uint64_t, t, arg))
        saker_put_uint(out, MEMBER(uint64_t, t, arg));
}

void skr_get_thread_set_i64(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    if (t && MEMBER(uint64_t, t, arg))
        saker_put_int(out, (int64_t)MEMBER(uint64_t, t, arg));
}

/* ---- Ids ---- */

static bool is_id(int64_t id)
{
    return id >= -1 && id <= UINT32_MAX;
}

void skr_get_thread_pid(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    if (t && is_id(MEMBER(int64_t, t, arg)))
        saker_put_int(out, MEMBER(int64_t, t, arg));
}

void skr_get_thread_vid(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    if (t && MEMBER(int64_t, t, arg) != -1)
        saker_put_int(out, MEMBER(int64_t, t, arg));
}

/* The event has it in its header, known thread or not. */
void skr_get_thread_tid(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    int64_t tid = ((const skr_sysevent *)event)->evt.tid;
    if (is_id(tid))
        saker_put_int(out, tid);
}

void skr_get_thread_ismain(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_thread *t = skr_field_thread(event);
    if (t)
        saker_put_bool(out, skr_thread_is_main(t));
}

void skr_get_thread_nametid(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_thread *t = skr_field_thread(event);
    skr_line text;
    if (!t || !skr_line_start(&text, out, t->comm.len + 24))
        return;
    skr_line_str(&text, t->comm);
    skr_line_i64(&text, ((const skr_sysevent *)event)->evt.tid);
    skr_line_put(out, &text);
}

void skr_get_thread_is_leader(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    if (!t)
        return;
    switch (arg->field->at) {
    case SKR_LEADER_SID:
        saker_put_bool(out, t->sid == t->vpid);
        break;
    case SKR_LEADER_VPGID:
        saker_put_bool(out, t->vpgid == t->vpid);
        break;
    default:
        saker_put_bool(out, t->pgid == t->pid);
    }
}

/* ---- Command line ---- */

void skr_get_thread_cmdline(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    skr_thread *t = skr_field_thread(e);
    if (t)
        skr_put_text(out, skr_thread_cmdline(e->state, t));
}

/* proc.args[i]: "" beyond the last. */
static skr_str argument(const skr_thread *t, uintptr_t i)
{
    skr_str rest = t->args, item = { "", 0 };
    if (i >= t->args_count)
        return item;
    while (skr_next_item(&rest, &item))
        if (i-- == 0)
            return item;
    return (skr_str){ "", 0 };
}

void skr_get_thread_args(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    skr_thread *t = skr_field_thread(e);
    if (t)
        skr_put_text(out, arg->bound ? argument(t, arg->bound - 1) : skr_thread_args_text(e->state, t));
}

void skr_get_thread_nargs(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_thread *t = skr_field_thread(event);
    if (t)
        saker_put_uint(out, t->args_count);
}

void skr_get_thread_lenargs(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_thread *t = skr_field_thread(event);
    if (t) /* all but the NULs between them */
        saker_put_uint(out, t->args_count ? t->args.len - (t->args_count - 1) : 0);
}

void skr_get_thread_exeline(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    skr_thread *t = skr_field_thread(e);
    skr_line text;
    if (!t)
        return;
    skr_str args = skr_thread_args_text(e->state, t);
    if (!skr_line_start(&text, out, t->exe.len + 1 + args.len))
        return;
    skr_line_str(&text, t->exe);
    skr_line_add(&text, " ", 1);
    skr_line_str(&text, args);
    skr_line_put(out, &text);
}

void skr_get_thread_cwd(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    const skr_thread *t = skr_field_thread(e);
    if (t)
        skr_put_text(out, skr_thread_cwd(e->state, t));
}

/* ---- Times and resources ---- */

void skr_get_thread_duration(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    const skr_thread *t = skr_field_thread(e);
    if (t && t->clone_ts)
        saker_put_uint(out, e->evt.ts - t->clone_ts);
}

void skr_get_container_duration(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    const skr_thread *t = skr_field_thread(e);
    if (t && t->pidns_init_start)
        saker_put_uint(out, e->evt.ts - t->pidns_init_start);
}

void skr_get_thread_totexectime(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    if (skr_field_thread(event))
        saker_put_uint(out, 0);
}

static const skr_thread *main_of(const void *event)
{
    const skr_thread *t = skr_field_thread(event);
    return t ? skr_thread_main(t) : NULL;
}

void skr_get_thread_fdcount(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_thread *m = main_of(event);
    if (m || skr_field_thread(event))
        saker_put_uint(out, m ? skr_thread_fd_count(m) : 0);
}

void skr_get_thread_fdlimit(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_thread *m = main_of(event);
    if (m || skr_field_thread(event))
        saker_put_int(out, m ? m->fdlimit : 0);
}

void skr_get_thread_fdusage(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_thread *m = main_of(event);
    if (!m && !skr_field_thread(event))
        return;
    double usage = m && m->fdlimit > 0 ? 100.0 * (double)skr_thread_fd_count(m) / (double)m->fdlimit : 0;
    saker_put_float(out, usage < 100 ? usage : 100);
}

void skr_get_thread_main_kb(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    if (t)
        saker_put_uint(out, skr_thread_is_main(t) ? MEMBER(uint32_t, t, arg) : 0);
}

void skr_get_thread_main_bytes(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    if (t)
        saker_put_uint(out, skr_thread_is_main(t) ? (uint64_t)MEMBER(uint32_t, t, arg) * 1024 : 0);
}

/* Threads of the process; with at 1 those besides the first. */
void skr_get_thread_nthreads(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    if (!t)
        return;
    uint64_t n = skr_thread_live_count(t);
    if (arg->field->at && n && skr_thread_leader_alive(t))
        n--;
    saker_put_uint(out, n);
}

void skr_get_thread_cpu(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    const skr_thread *t = e->evt.type == SKR_E_PROCINFO_E ? skr_field_thread(e) : NULL;
    if (t)
        saker_put_float(out, (double)t->cpu[arg->field->at]);
}

/* ---- Capabilities and control groups ---- */

void skr_get_thread_caps(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    skr_line text;
    if (!t)
        return;
    uint64_t caps = MEMBER(uint64_t, t, arg);
    if (!skr_line_start(&text, out, caps ? 1024 : 0))
        return;
    for (const skr_flag *cap = skr_flag_table("capability"); cap->name; cap++)
        if (caps & skr_flag_value(cap)) {
            skr_line_add(&text, " ", text.len > 0);
            skr_line_str(&text, skr_str_of(skr_name(cap->name)));
        }
    skr_line_put(out, &text);
}

void skr_get_thread_cgroups(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_thread *t = skr_field_thread(event);
    if (t && t->cgroups.len)
        skr_put_joined(out, t->cgroups);
}

/* Behind the dot: letters and `_`. bound is the length of the name. */
const char *skr_bind_cgroup(saker_arg *arg)
{
    if (!arg->key || !arg->dotted)
        return "";
    for (const char *p = arg->key; *p; p++)
        if (!skr_is_alpha(*p) && *p != '_')
            return "";
    arg->bound = strlen(arg->key);
    return NULL;
}

void skr_get_thread_cgroup(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    if (!t || !t->cgroups.len)
        return;
    skr_str rest = t->cgroups, item;
    while (skr_next_item(&rest, &item))
        if (item.len > arg->bound && item.ptr[arg->bound] == '=' && memcmp(item.ptr, arg->key, arg->bound) == 0) {
            skr_put_text(out, skr_str_cut(item, arg->bound + 1, item.len));
            return;
        }
}

/* ---- Standard descriptors ---- */

static const skr_fd *std_fd(const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_thread(event);
    return t ? skr_thread_fd(t, (int64_t)arg->field->at) : NULL;
}

void skr_get_std_type(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_fd *fd = std_fd(event, arg);
    if (fd)
        saker_put_cstr(out, skr_fd_type_name(fd->type));
}

void skr_get_std_name(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_fd *fd = std_fd(event, arg);
    if (fd)
        skr_put_text(out, fd->name);
}
