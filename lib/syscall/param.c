/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of events as text (param_types.md 2 and 3). */
#include "fields.h"
#include "sockets.h"

#include <inttypes.h>
#include <stdio.h>

enum { CURRENT_DIR = -100, SIGNALS = 32 };

/* A value and how it prints: a parameter, or what stands inside of a DYN parameter. */
typedef struct value {
    const skr_param_info *info;
    skr_pt type;
    skr_pf format;
    const skr_flag *flags;
    skr_param p;
    bool bad; /* DYN with an unknown index */
} value;

static value value_of(const skr_sysevent *e, unsigned i)
{
    const skr_param_info *info = skr_event_params(e->evt.info) + i;
    value v = {
        info, (skr_pt)info->type, (skr_pf)info->format, skr_param_flags(info), skr_evt_param(&e->evt, i), false
    };
    if (v.type != SKR_PT_DYN || !v.p.len)
        return v;
    if (v.p.ptr[0] >= info->dyn_count) {
        v.bad = true;
        return v;
    }
    v.type = skr_param_dyn(info, v.p.ptr[0]);
    v.p.ptr++;
    v.p.len--;
    if (skr_pt_size(v.type) && skr_pt_size(v.type) != v.p.len)
        v.p.len = 0;
    return v;
}

static bool is_text(skr_pt type)
{
    return type == SKR_PT_CHARBUF || type == SKR_PT_FSPATH || type == SKR_PT_FSRELPATH;
}

/* The types whose empty value prints NULL and not <NA>. */
static bool is_nullable(skr_pt type)
{
    return type == SKR_PT_BYTEBUF || type == SKR_PT_SOCKTUPLE || type == SKR_PT_FDLIST || type == SKR_PT_DYN ||
           type == SKR_PT_CHARBUFARRAY || type == SKR_PT_CHARBUF_PAIR_ARRAY;
}

static uint64_t as_unsigned(skr_param p)
{
    switch (p.len) {
    case 1:
        return skr_param_u8(p, 0);
    case 2:
        return skr_param_u16(p, 0);
    case 4:
        return skr_param_u32(p, 0);
    default:
        return skr_param_u64(p, 0);
    }
}

static int64_t as_signed(skr_param p)
{
    uint64_t v = as_unsigned(p);
    switch (p.len) {
    case 1:
        return (int8_t)v;
    case 2:
        return (int16_t)v;
    case 4:
        return (int32_t)v;
    default:
        return (int64_t)v;
    }
}

/* ---- Plain text ---- */

/* Unsigned numbers of 32 and 64 bits go through a signed conversion in decimal, as the reference does. */
static void print_number(skr_buf *b, const value *v)
{
    bool is_small = v->type == SKR_PT_UINT8 || v->type == SKR_PT_UINT16;
    switch (v->format) {
    case SKR_PF_HEX:
        skr_buf_printf(b, "%" PRIX64, as_unsigned(v->p));
        break;
    case SKR_PF_OCT:
        skr_buf_printf(b, "%#" PRIo64, as_unsigned(v->p));
        break;
    case SKR_PF_10_PADDED_DEC:
        skr_buf_printf(b, "%09" PRId64, as_signed(v->p));
        break;
    default:
        if (is_small)
            skr_buf_u64(b, as_unsigned(v->p));
        else
            skr_buf_i64(b, as_signed(v->p));
    }
}

static void print_bytes(skr_buf *b, skr_param p)
{
    char *to = skr_buf_room(b, p.len);
    if (!to)
        return;
    for (uint32_t i = 0; i < p.len; i++)
        to[i] = p.ptr[i] >= 0x20 && p.ptr[i] <= 0x7e ? (char)p.ptr[i] : '.';
    b->len += p.len;
}

static void print_array(skr_buf *b, skr_param p)
{
    size_t start = b->len, len = p.len;
    if (len && !p.ptr[len - 1])
        len--;
    skr_buf_add(b, p.ptr, len);
    if (b->failed)
        return;
    for (size_t i = start; i < b->len; i++)
        if (!b->ptr[i])
            b->ptr[i] = '.';
}

static void print_signal_set(skr_buf *b, uint32_t set)
{
    size_t start = b->len;
    for (unsigned bit = 0; bit < SIGNALS; bit++) {
        const char *name = set >> bit & 1 ? skr_signal_name(bit + 1) : NULL;
        if (!name)
            continue;
        if (b->len > start)
            skr_buf_char(b, ' ');
        skr_buf_cstr(b, name);
    }
}

static void print_fd_list(skr_buf *b, const skr_sysevent *e, skr_param p)
{
    enum { HEAD = 2, EACH = 10 };
    const skr_thread *t = skr_sysevent_thread(e);
    if (!t || p.len < HEAD)
        return;
    uint16_t count;
    memcpy(&count, p.ptr, sizeof count);
    const uint8_t *at = p.ptr + HEAD;
    for (unsigned i = 0; i < count && (size_t)(p.ptr + p.len - at) >= EACH; i++, at += EACH) {
        int64_t fd;
        uint16_t events;
        memcpy(&fd, at, sizeof fd);
        memcpy(&events, at + sizeof fd, sizeof events);
        const skr_fd *f = skr_thread_fd(t, fd);
        skr_buf_printf(b, "%s%" PRId64 ":%c%x", i ? " " : "", fd, f ? *skr_fd_type_char(f->type) : '?', events);
    }
}

/* What is no address: too short for its family, without a NUL, or of a family that carries none. */
static void print_no_address(skr_buf *b, uint8_t family)
{
    enum { UNIX = 1, INET = 2, INET6 = 10 };
    if (family == UNIX || family == INET || family == INET6)
        skr_buf_cstr(b, family == UNIX ? "INVALID PATH" : family == INET ? "INVALID IPv4" : "INVALID IPv6");
    else
        skr_buf_printf(b, "family %u", family);
}

static void print_address(skr_buf *b, skr_param p)
{
    char out[SKR_SOCKET_NAME];
    skr_address a;
    if (!skr_read_address(p, &a))
        print_no_address(b, p.ptr[0]);
    else if (a.family == SKR_FAMILY_UNIX)
        skr_buf_str(b, a.path);
    else
        skr_buf_add(b, out, skr_print_address(a.ip, a.family == SKR_FAMILY_INET ? 4 : 16, a.port, out));
}

static void print_tuple(skr_buf *b, skr_param p)
{
    char out[SKR_SOCKET_NAME];
    skr_tuple t;
    if (!skr_read_tuple(p, &t)) {
        print_no_address(b, p.ptr[0]);
    } else if (t.family == SKR_FAMILY_UNIX) {
        skr_buf_printf(b, "%" PRIx64 "->%" PRIx64 " ", t.source, t.destination);
        skr_buf_str(b, t.path);
    } else {
        skr_buf_add(b, out, skr_print_tuple(&t, out));
    }
}

static void print_time(skr_buf *b, const skr_sysevent *e, uint64_t ns)
{
    char out[SKR_DATE_TIME];
    skr_date_time((int64_t)(ns / 1000000000u) + skr_state_utc_offset(e->state), out);
    skr_buf_add(b, out, sizeof out);
    skr_buf_printf(b, ".%09u", (unsigned)(ns % 1000000000u));
}

static void print_sc(skr_buf *b, uint16_t sc)
{
    if (sc < skr_syscall_count)
        skr_buf_u64(b, sc);
    else
        skr_buf_cstr(b, "<unknown syscall>");
}

static void print_id(skr_buf *b, uint32_t id)
{
    if (id == UINT32_MAX)
        skr_buf_cstr(b, "-1");
    else
        skr_buf_u64(b, id);
}

static void print_plain(skr_buf *b, const skr_sysevent *e, const value *v)
{
    switch (v->type) {
    case SKR_PT_CHARBUF:
    case SKR_PT_FSPATH:
    case SKR_PT_FSRELPATH:
        skr_buf_str(b, skr_param_text(v->p));
        break;
    case SKR_PT_BYTEBUF:
        print_bytes(b, v->p);
        break;
    case SKR_PT_SOCKADDR:
        print_address(b, v->p);
        break;
    case SKR_PT_SOCKTUPLE:
        print_tuple(b, v->p);
        break;
    case SKR_PT_FDLIST:
        print_fd_list(b, e, v->p);
        break;
    case SKR_PT_CHARBUFARRAY:
        print_array(b, v->p);
        break;
    case SKR_PT_SIGSET:
        print_signal_set(b, skr_param_u32(v->p, 0));
        break;
    case SKR_PT_SYSCALLID:
        print_sc(b, skr_param_u16(v->p, 0));
        break;
    case SKR_PT_ERRNO:
    case SKR_PT_FD:
    case SKR_PT_PID:
        skr_buf_i64(b, as_signed(v->p));
        break;
    case SKR_PT_UID:
    case SKR_PT_GID:
        print_id(b, skr_param_u32(v->p, 0));
        break;
    case SKR_PT_RELTIME:
        if (skr_param_u64(v->p, 0) == UINT64_MAX)
            skr_buf_cstr(b, "none");
        else
            skr_buf_u64(b, skr_param_u64(v->p, 0));
        break;
    case SKR_PT_ABSTIME:
        print_time(b, e, skr_param_u64(v->p, 0));
        break;
    case SKR_PT_SIGTYPE:
    case SKR_PT_FLAGS8:
    case SKR_PT_FLAGS16:
    case SKR_PT_FLAGS32:
    case SKR_PT_ENUMFLAGS8:
    case SKR_PT_ENUMFLAGS16:
    case SKR_PT_ENUMFLAGS32:
        skr_buf_u64(b, as_unsigned(v->p));
        break;
    case SKR_PT_PORT:
    case SKR_PT_IPV4ADDR:
    case SKR_PT_IPV6ADDR:
    case SKR_PT_FD32:
    case SKR_PT_PID32:
        skr_buf_cstr(b, "(n.a.)");
        break;
    case SKR_PT_CHARBUF_PAIR_ARRAY: /* an address of the recorded machine: nothing to show */
        break;
    default:
        print_number(b, v);
    }
}

void skr_param_print(skr_buf *b, const skr_sysevent *e, unsigned i)
{
    if (i >= e->evt.nparams)
        return;
    value v = value_of(e, i);
    if (v.bad)
        skr_buf_cstr(b, "INVALID DYNAMIC PARAMETER");
    else if (!v.p.len && !is_text(v.type))
        skr_buf_cstr(b, is_nullable(v.type) ? "NULL" : "<NA>");
    else
        print_plain(b, e, &v);
}

/* ---- Resolved text ---- */

static void print_name(skr_buf *b, const char *name)
{
    if (name)
        skr_buf_cstr(b, name);
}

static void resolve_fd(skr_buf *b, const skr_sysevent *e, int64_t fd)
{
    static const char protocols[] = { [SKR_L4_TCP] = 't', [SKR_L4_UDP] = 'u', [SKR_L4_ICMP] = 'i', [SKR_L4_RAW] = 'r' };
    if (fd < 0) {
        print_name(b, fd == CURRENT_DIR ? "AT_FDCWD" : skr_errno_name(fd));
        return;
    }
    const skr_thread *t = skr_sysevent_thread(e);
    const skr_fd *f = t ? skr_thread_fd(t, fd) : NULL;
    if (!f)
        return;
    skr_buf_char(b, '<');
    skr_buf_char(b, *skr_fd_type_char(f->type));
    /* as fd.l4proto: a socket that has not talked yet has none */
    bool talks = f->l4 == SKR_L4_RAW || f->marks & (SKR_FDM_CLIENT | SKR_FDM_SERVER);
    if (talks && skr_is_inet(f->type) && f->l4 < sizeof protocols && protocols[f->l4])
        skr_buf_char(b, protocols[f->l4]);
    skr_buf_char(b, '>');
    skr_buf_str(b, f->name);
}

static void resolve_pid(skr_buf *b, const skr_sysevent *e, int64_t pid)
{
    const skr_thread *t = skr_state_find(e->state, pid);
    if (t)
        skr_buf_str(b, t->comm);
}

static void resolve_id(skr_buf *b, const skr_sysevent *e, const value *v)
{
    uint32_t id = skr_param_u32(v->p, 0);
    if (id == UINT32_MAX) {
        skr_buf_cstr(b, "<NONE>");
        return;
    }
    const skr_thread *t = skr_sysevent_thread(e);
    skr_str container = t ? t->container_id : SKR_STR("");
    const skr_user *u =
        v->type == SKR_PT_UID ? skr_state_user(e->state, container, id) : skr_state_group(e->state, container, id);
    if (u)
        skr_buf_str(b, u->name);
    else
        skr_buf_cstr(b, "<NA>");
}

/* Seconds as %g writes them in the C locale. */
static void resolve_time(skr_buf *b, uint64_t ns)
{
    char text[40];
    if (ns == UINT64_MAX)
        return;
    int n = snprintf(text, sizeof text, "%g", (double)ns / 1e9);
    bool pointed = false;
    for (int i = 0; i < n; i++) {
        bool plain = skr_is_digit(text[i]) || text[i] == 'e' || text[i] == '+' || text[i] == '-';
        if (plain || !pointed)
            skr_buf_char(b, plain ? text[i] : '.');
        pointed = pointed || !plain;
    }
    skr_buf_char(b, 's');
}

/* The descriptor that a path is relative to: the parameter that the table names, if it is one. */
static int64_t base_of(const skr_sysevent *e, const value *v)
{
    int i = v->info->dirfd;
    if (v->type != SKR_PT_FSRELPATH || i < 0 || i >= e->evt.info->nparams ||
        skr_event_params(e->evt.info)[i].type != SKR_PT_FD)
        return CURRENT_DIR;
    return skr_param_i64(skr_evt_param(&e->evt, (unsigned)i), CURRENT_DIR);
}

static void resolve_path(skr_buf *b, const skr_sysevent *e, const value *v)
{
    char base[1025], out[1025];
    skr_str path = skr_param_text(v->p);
    if (!path.len || path.ptr[0] == '/' || skr_str_is(path, "<NA>") || !skr_sysevent_thread(e))
        return;
    size_t n = skr_path_dirfd(e, base_of(e, v), path, base);
    skr_buf_add(b, out, skr_path_join((skr_str){ base, n }, path, out));
}

static void resolve(skr_buf *b, const skr_sysevent *e, const value *v)
{
    switch (v->type) {
    case SKR_PT_ERRNO:
        if (as_signed(v->p) < 0)
            print_name(b, skr_errno_name(as_signed(v->p)));
        break;
    case SKR_PT_FD:
        resolve_fd(b, e, as_signed(v->p));
        break;
    case SKR_PT_PID:
        resolve_pid(b, e, as_signed(v->p));
        break;
    case SKR_PT_SYSCALLID:
        if (skr_param_u16(v->p, 0) < skr_syscall_count)
            print_name(b, skr_name(skr_syscalls[skr_param_u16(v->p, 0)].name));
        break;
    case SKR_PT_SIGTYPE:
        print_name(b, skr_signal_name(skr_param_u8(v->p, 0)));
        break;
    case SKR_PT_RELTIME:
        resolve_time(b, skr_param_u64(v->p, 0));
        break;
    case SKR_PT_FSPATH:
    case SKR_PT_FSRELPATH:
        resolve_path(b, e, v);
        break;
    case SKR_PT_UID:
    case SKR_PT_GID:
        resolve_id(b, e, v);
        break;
    case SKR_PT_FLAGS8:
    case SKR_PT_FLAGS16:
    case SKR_PT_FLAGS32:
        if (v->flags)
            skr_flags_print(b, v->flags, as_unsigned(v->p));
        break;
    case SKR_PT_ENUMFLAGS8:
    case SKR_PT_ENUMFLAGS16:
    case SKR_PT_ENUMFLAGS32:
        if (v->flags)
            skr_enumflags_print(b, v->flags, as_unsigned(v->p));
        break;
    case SKR_PT_MODE:
        if (v->flags)
            skr_mode_print(b, v->flags, as_unsigned(v->p));
        break;
    default:
        break;
    }
}

void skr_param_print_resolved(skr_buf *b, const skr_sysevent *e, unsigned i)
{
    if (i >= e->evt.nparams)
        return;
    value v = value_of(e, i);
    if (!v.bad && v.p.len)
        resolve(b, e, &v);
}

void skr_args_print(skr_buf *b, const skr_sysevent *e)
{
    if (e->evt.type == SKR_E_GENERIC_X)
        return;
    for (unsigned i = 0; i < e->evt.nparams; i++) {
        if (i)
            skr_buf_char(b, ' ');
        skr_buf_cstr(b, skr_name(skr_event_params(e->evt.info)[i].name));
        skr_buf_char(b, '=');
        skr_param_print(b, e, i);
        size_t open = b->len;
        skr_buf_char(b, '(');
        skr_param_print_resolved(b, e, i);
        if (b->len > open + 1)
            skr_buf_char(b, ')');
        else
            b->len = open;
    }
}
