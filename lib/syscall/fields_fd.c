/* SPDX-License-Identifier: Apache-2.0 */
/* fd.*: number, kind, name. Addresses are in fields_sock.c. */
#include "fields.h"

#include "pair.h"

/* ---- Number and kind ---- */

void skr_get_fd_num(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_thread *t = skr_field_fd_thread(event);
    if (t)
        saker_put_int(out, t->last_fd);
}

void skr_get_fd_type(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_fd *fd = skr_field_fd(event);
    if (fd)
        saker_put_cstr(out, skr_fd_type_name(fd->type));
}

/* Kind that the call would have made, had it made one. */
static const char *type_char_of(unsigned code)
{
    switch (code | 1) {
    case SKR_E_SYSCALL_OPENAT_X:
    case SKR_E_SYSCALL_OPENAT_2_X:
    case SKR_E_SYSCALL_OPENAT2_X:
    case SKR_E_SYSCALL_CREAT_X:
        return "f";
    case SKR_E_SOCKET_SOCKET_X:
    case SKR_E_SOCKET_ACCEPT_X:
    case SKR_E_SOCKET_ACCEPT_5_X:
    case SKR_E_SOCKET_ACCEPT4_X:
    case SKR_E_SOCKET_ACCEPT4_5_X:
    case SKR_E_SOCKET_ACCEPT4_6_X:
        return "4";
    case SKR_E_SYSCALL_PIPE_X:
    case SKR_E_SYSCALL_PIPE2_X:
        return "p";
    case SKR_E_SYSCALL_EVENTFD_X:
    case SKR_E_SYSCALL_EVENTFD2_X:
        return "e";
    case SKR_E_SYSCALL_SIGNALFD_X:
    case SKR_E_SYSCALL_SIGNALFD4_X:
        return "s";
    case SKR_E_SYSCALL_TIMERFD_CREATE_X:
        return "t";
    case SKR_E_SYSCALL_INOTIFY_INIT_X:
    case SKR_E_SYSCALL_INOTIFY_INIT1_X:
        return "i";
    default:
        return "o";
    }
}

void skr_get_fd_typechar(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    if (!skr_field_fd_thread(e))
        return;
    const skr_fd *fd = skr_field_fd(e);
    const char *c = fd ? skr_fd_type_char(fd->type) : type_char_of(e->evt.type);
    saker_put_str(out, c, 1);
}

typedef struct types_walk {
    saker_out *out;
    uint32_t seen; /* one bit a kind */
} types_walk;

/* Kinds that share a name are one: the first of them. */
static uint8_t first_alike(uint8_t type)
{
    const char *name = skr_fd_type_name(type);
    uint8_t first = 0;
    while (strcmp(skr_fd_type_name(first), name))
        first++;
    return first;
}

static bool put_type_once(void *ctx, const skr_fd *fd)
{
    types_walk *w = ctx;
    uint32_t bit = 1u << first_alike(fd->type);
    if (!(w->seen & bit))
        saker_put_cstr(w->out, skr_fd_type_name(fd->type));
    w->seen |= bit;
    return true;
}

void skr_get_fd_types(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_thread *t = skr_field_fd_thread(event);
    if (!t)
        return;
    if (arg->bound) {
        const skr_fd *fd = skr_thread_fd(t, (int64_t)arg->bound - 1);
        if (fd)
            saker_put_cstr(out, skr_fd_type_name(fd->type));
        return;
    }
    types_walk w = { out, 0 };
    saker_put_present(out);
    skr_thread_each_fd(t, put_type_once, &w);
}

/* ---- Names ---- */

/* Position of the path that a call without a descriptor was about; -1: none. */
static int name_param(unsigned code)
{
    switch (code) {
    case SKR_E_SYSCALL_OPEN_X:
    case SKR_E_SYSCALL_CREAT_X:
    case SKR_E_SOCKET_CONNECT_X:
    case SKR_E_SOCKET_ACCEPT_X:
    case SKR_E_SOCKET_ACCEPT_5_X:
    case SKR_E_SOCKET_ACCEPT4_X:
    case SKR_E_SOCKET_ACCEPT4_5_X:
    case SKR_E_SOCKET_ACCEPT4_6_X:
        return 1;
    case SKR_E_SYSCALL_OPENAT_2_X:
    case SKR_E_SYSCALL_OPENAT2_X:
        return 2;
    case SKR_E_SYSCALL_OPEN_BY_HANDLE_AT_X:
        return 3;
    default:
        return -1;
    }
}

/* Would joining leave the path as it is? It often does. */
static bool is_clean(skr_str path)
{
    enum { LONGEST = 1000 };
    return path.len > 1 && path.len < LONGEST && path.ptr[0] == '/' && path.ptr[path.len - 1] != '/' &&
           !skr_has_pair(path, (skr_pair){ '/', '/', '.' });
}

/* openat, openat2: the path below the directory. */
static skr_str openat_name(saker_out *out, const skr_sysevent *e)
{
    skr_param dirfd = skr_evt_param(&e->evt, 1), name = skr_evt_param(&e->evt, 2);
    char base[1025], *path;
    skr_str text = skr_param_text(name);
    if (dirfd.len && name.len && is_clean(text))
        return text;
    if (!dirfd.len || !name.len || (path = saker_out_alloc(out, 1025)) == NULL)
        return (skr_str){ NULL, 0 };
    size_t n = skr_path_dirfd(e, skr_param_i64(dirfd, -1), text, base);
    n = skr_path_join((skr_str){ base, n }, text, path);
    return (skr_str){ path, n };
}

/* Names have no NUL (SAKER_NO_NUL); what is printed of a parameter may. */
static skr_str until_nul(skr_str s)
{
    const char *nul = s.len ? memchr(s.ptr, '\0', s.len) : NULL;
    return nul ? skr_str_cut(s, 0, (size_t)(nul - s.ptr)) : s;
}

/* fd.name; ptr NULL: missing. */
static skr_str fd_name(saker_out *out, const skr_sysevent *e)
{
    const skr_str missing = { NULL, 0 }, empty = { "", 0 };
    if (!skr_field_fd_thread(e))
        return missing;
    const skr_fd *fd = skr_field_fd(e);
    if (fd)
        return fd->name.ptr ? fd->name : empty;
    if (!SKR_IS_EXIT(e->evt.type))
        return missing;
    int i = name_param(e->evt.type);
    if (i == 2)
        return openat_name(out, e);
    if (i < 0)
        return empty;
    return (unsigned)i < e->evt.nparams ? until_nul(skr_field_param_text(out, e, (unsigned)i)) : missing;
}

void skr_get_fd_name(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    skr_str name = fd_name(out, event);
    if (name.ptr)
        skr_put_text(out, name);
}

/* Plain text of a parameter. */
static skr_str plain_text(saker_out *out, const skr_sysevent *e, unsigned i)
{
    const skr_param p = skr_evt_param(&e->evt, i);
    const uint8_t type = (uint8_t)skr_event_params(e->evt.info)[i].type;
    if (p.len && (type == SKR_PT_FSPATH || type == SKR_PT_FSRELPATH))
        return skr_param_text(p);
    skr_scratch s;
    skr_buf b;
    skr_scratch_init(&s, out);
    skr_buf_init(&b, &s.mem);
    skr_param_print(&b, e, i);
    return b.failed ? (skr_str){ NULL, 0 } : until_nul((skr_str){ b.ptr ? b.ptr : "", b.len });
}

static void put_collapsed(saker_out *out, skr_str name)
{
    skr_line text;
    if (!skr_has_pair(name, (skr_pair){ '/', '/', '/' })) {
        skr_put_text(out, name);
        return;
    }
    if (!skr_line_start(&text, out, name.len))
        return;
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] != '/' || !i || name.ptr[i - 1] != '/')
            skr_line_add(&text, name.ptr + i, 1);
    skr_line_put(out, &text);
}

void skr_get_fd_nameraw(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    if (!skr_field_fd_thread(e))
        return;
    const skr_fd *fd = skr_field_fd(e);
    int i = fd ? -1 : name_param(e->evt.type);
    skr_str name = { "", 0 };
    if (fd)
        name = fd->name_raw;
    else if (i >= 0)
        name = (unsigned)i < e->evt.nparams ? plain_text(out, e, (unsigned)i) : (skr_str){ NULL, 0 };
    else if (!SKR_IS_EXIT(e->evt.type))
        return;
    if (name.ptr && fd && name.ptr == fd->name.ptr) /* what joining left as it was */
        skr_put_text(out, name);
    else if (name.ptr)
        put_collapsed(out, name);
    else if (fd)
        saker_put_str(out, "", 0);
}

static bool last_slash(skr_str s, size_t *at)
{
    for (*at = s.len; *at > 0; --*at)
        if (s.ptr[*at - 1] == '/') {
            --*at;
            return true;
        }
    return false;
}

/* Directory of a path: "/a/b" gives "/a", "/a" and "x" give "/", "x/" stays. */
static skr_str directory_of(skr_str path)
{
    size_t at;
    if (!last_slash(path, &at) || at == 0)
        return SKR_STR("/");
    return at == path.len - 1 ? path : skr_str_cut(path, 0, at);
}

static skr_str fd_directory(saker_out *out, const skr_sysevent *e)
{
    const skr_fd *fd = skr_field_fd(e);
    if (fd && !skr_is_file_like(fd->type) && fd->type != SKR_FD_DIRECTORY)
        return (skr_str){ NULL, 0 };
    skr_str name = fd_name(out, e);
    return !name.ptr || (fd && fd->type == SKR_FD_DIRECTORY) ? name : directory_of(name);
}

void skr_get_fd_directory(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    skr_str name = fd_directory(out, event);
    if (name.ptr)
        skr_put_text(out, name);
}

void skr_get_fd_filename(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_fd *fd = skr_field_fd(event);
    size_t at;
    if (!fd || !skr_is_file_like(fd->type))
        return;
    if (!last_slash(fd->name, &at))
        saker_put_str(out, "/", 1);
    else
        skr_put_text(out, at == fd->name.len - 1 ? fd->name : skr_str_cut(fd->name, at + 1, fd->name.len));
}

static void put_with_container(saker_out *out, const skr_sysevent *e, skr_str name)
{
    skr_line text;
    if (!name.ptr || !e->thread || !skr_line_start(&text, out, e->thread->container_id.len + 1 + name.len))
        return;
    skr_line_str(&text, e->thread->container_id);
    skr_line_add(&text, ":", 1);
    skr_line_str(&text, name);
    skr_line_put(out, &text);
}

void skr_get_fd_containername(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    put_with_container(out, event, fd_name(out, event));
}

void skr_get_fd_containerdirectory(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    put_with_container(out, event, fd_directory(out, event));
}

void skr_get_fd_uid(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_thread *t = skr_field_fd_thread(event);
    skr_line text;
    if (!t || !skr_line_start(&text, out, 48))
        return;
    skr_line_i64(&text, t->tid);
    skr_line_i64(&text, t->last_fd);
    skr_line_put(out, &text);
}

/* ---- Marks and numbers of the entry ---- */

void skr_get_fd_name_changed(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    if (skr_field_fd(e))
        saker_put_bool(out, e->fd_name_changed);
}

void skr_get_fd_connected(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_fd *fd = skr_field_fd(event);
    if (fd)
        saker_put_bool(out, fd->marks & SKR_FDM_CONNECTED);
}

void skr_get_fd_dev(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_fd *fd = skr_field_fd(event);
    if (!fd)
        return;
    uint32_t dev = fd->dev, major = (dev & 0xfff00) >> 8, minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
    saker_put_int(out, (int32_t)(arg->field->at == 0 ? dev : arg->field->at == 1 ? major : minor));
}

void skr_get_fd_ino(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_fd *fd = skr_field_fd(event);
    if (fd)
        saker_put_int(out, (int64_t)fd->ino);
}

/* at: bit of the open flags; creat has flags of its own. */
void skr_get_fd_layer(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_fd *fd = skr_field_fd(event);
    if (fd)
        saker_put_bool(out, fd->open_flags >> arg->field->at & 1);
}
