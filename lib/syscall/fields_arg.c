/* SPDX-License-Identifier: Apache-2.0 */
/* evt.args, evt.arg, evt.rawarg, evt.buffer: parameters of the event as text and as values. */
#include "fields.h"

#include "num.h"

skr_str skr_field_param_text(saker_out *out, const skr_sysevent *e, unsigned i)
{
    skr_scratch s;
    skr_buf b;
    skr_scratch_init(&s, out);
    skr_buf_init(&b, &s.mem);
    skr_buf_room(&b, 120); /* enough for most: growing copies */
    skr_param_print_resolved(&b, e, i);
    if (!b.len && !b.failed)
        skr_param_print(&b, e, i);
    return b.failed ? (skr_str){ NULL, 0 } : (skr_str){ b.ptr ? b.ptr : "", b.len };
}

void skr_get_evt_args(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    skr_scratch s;
    skr_buf b;
    skr_scratch_init(&s, out);
    skr_buf_init(&b, &s.mem);
    skr_args_print(&b, event);
    if (!b.failed)
        saker_put_str(out, b.ptr ? b.ptr : "", b.len);
}

/* ---- Names of parameters ---- */

/* The first parameter, over all events, with the longest name that the text begins with. */
static const skr_param_info *longest_param(const char *text)
{
    const skr_param_info *best = NULL;
    size_t best_len = 0;
    for (unsigned code = 0; code < SKR_EVENT_CODES; code++) {
        const skr_event_info *e = &skr_events[code];
        for (unsigned i = 0; i < e->nparams; i++) {
            const skr_param_info *p = skr_event_params(e) + i;
            const char *name = skr_name(p->name);
            size_t len = name[0] == text[0];
            while (len && name[len] && name[len] == text[len])
                len++;
            if (len > best_len && !name[len]) {
                best = p;
                best_len = len;
                if (!text[len]) /* none is longer */
                    return best;
            }
        }
    }
    return best;
}

static const char *bind_name(saker_arg *arg, const skr_param_info **param)
{
    *param = longest_param(arg->key);
    if (!*param)
        return "unknown event argument ";
    return strcmp(skr_name((*param)->name), arg->key) ? "" : NULL;
}

static int param_of(const skr_evt *e, const char *name)
{
    const skr_param_info *p = skr_event_params(e->info);
    for (unsigned i = 0; i < e->nparams; i++)
        if (strcmp(skr_name(p[i].name), name) == 0)
            return (int)i;
    return -1;
}

/* ---- evt.arg ---- */

static bool is_text(skr_pt type)
{
    return type == SKR_PT_CHARBUF || type == SKR_PT_FSPATH || type == SKR_PT_FSRELPATH;
}

/* bound: the position plus one; 0: by name, which is the key. */
const char *skr_bind_evt_arg(saker_arg *arg)
{
    const skr_param_info *param;
    int64_t i;
    arg->bound = 0;
    if (!arg->key)
        return "";
    if (arg->dotted)
        return bind_name(arg, &param);
    if (!skr_parse_index(skr_str_of(arg->key), &i) || i > INT32_MAX)
        return "the argument must be a position or, behind a dot, a name";
    arg->bound = (uintptr_t)(i + 1);
    return NULL;
}

void skr_get_evt_arg(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    int64_t i = arg->bound ? (int64_t)arg->bound - 1 : param_of(&e->evt, arg->key);
    if (i < 0 || i >= e->evt.nparams)
        return;
    skr_param p = e->evt.params[i];
    if (skr_event_params(e->evt.info)[i].type == SKR_PT_CHARBUF) { /* nothing to resolve or to compose */
        skr_put_text(out, skr_param_text(p));
        return;
    }
    skr_str text = skr_field_param_text(out, e, (unsigned)i);
    if (text.ptr)
        skr_put_text(out, text);
}

/* ---- evt.rawarg ---- */

static const uint8_t value_types[SKR_PT_COUNT] = {
    [SKR_PT_INT8] = SAKER_INT8,
    [SKR_PT_INT16] = SAKER_INT16,
    [SKR_PT_INT32] = SAKER_INT32,
    [SKR_PT_INT64] = SAKER_INT,
    [SKR_PT_UINT8] = SAKER_UINT8,
    [SKR_PT_UINT16] = SAKER_UINT16,
    [SKR_PT_UINT32] = SAKER_UINT32,
    [SKR_PT_UINT64] = SAKER_UINT,
    [SKR_PT_CHARBUF] = SAKER_STR,
    [SKR_PT_BYTEBUF] = SAKER_BYTES,
    [SKR_PT_ERRNO] = SAKER_ERRNO,
    [SKR_PT_SOCKADDR] = SAKER_SOCKADDR,
    [SKR_PT_SOCKTUPLE] = SAKER_SOCKTUPLE,
    [SKR_PT_FD] = SAKER_FD,
    [SKR_PT_PID] = SAKER_PID,
    [SKR_PT_FDLIST] = SAKER_FDLIST,
    [SKR_PT_FSPATH] = SAKER_PATH,
    [SKR_PT_SYSCALLID] = SAKER_SYSCALLID,
    [SKR_PT_SIGTYPE] = SAKER_SIGTYPE,
    [SKR_PT_RELTIME] = SAKER_SPAN,
    [SKR_PT_ABSTIME] = SAKER_TIME,
    [SKR_PT_PORT] = SAKER_PORT,
    [SKR_PT_IPV4ADDR] = SAKER_IP4,
    [SKR_PT_DYN] = SAKER_FDLIST, /* only `exists` */
    [SKR_PT_FLAGS8] = SAKER_FLAGS8,
    [SKR_PT_FLAGS16] = SAKER_FLAGS16,
    [SKR_PT_FLAGS32] = SAKER_FLAGS32,
    [SKR_PT_UID] = SAKER_UID,
    [SKR_PT_GID] = SAKER_GID,
    [SKR_PT_SIGSET] = SAKER_SIGSET,
    [SKR_PT_CHARBUFARRAY] = SAKER_FDLIST,
    [SKR_PT_CHARBUF_PAIR_ARRAY] = SAKER_FDLIST,
    [SKR_PT_IPV6ADDR] = SAKER_IP6,
    [SKR_PT_MODE] = SAKER_MODE,
    [SKR_PT_FSRELPATH] = SAKER_RELPATH,
    [SKR_PT_ENUMFLAGS8] = SAKER_ENUMFLAGS8,
    [SKR_PT_ENUMFLAGS16] = SAKER_ENUMFLAGS16,
    [SKR_PT_ENUMFLAGS32] = SAKER_ENUMFLAGS32,
    [SKR_PT_FD32] = SAKER_FD,
    [SKR_PT_PID32] = SAKER_PID,
};

/* The literal is read as the first parameter of that name would be; the value is that of the event's own. */
const char *skr_bind_evt_rawarg(saker_arg *arg)
{
    const skr_param_info *param;
    if (!arg->key)
        return "";
    if (!arg->dotted)
        return "evt.arg fields must be expressed explicitly";
    const char *why = bind_name(arg, &param);
    if (!why)
        arg->type = value_types[param->type];
    return why;
}

static bool is_signed(skr_pt type)
{
    switch (type) {
    case SKR_PT_INT8:
    case SKR_PT_INT16:
    case SKR_PT_INT32:
    case SKR_PT_INT64:
    case SKR_PT_ERRNO:
    case SKR_PT_FD:
    case SKR_PT_PID:
    case SKR_PT_FD32:
    case SKR_PT_PID32:
        return true;
    default:
        return false;
    }
}

static uint64_t read_number(skr_param p, bool sign)
{
    switch (p.len) {
    case 1:
        return sign ? (uint64_t)(int8_t)skr_param_u8(p, 0) : skr_param_u8(p, 0);
    case 2:
        return sign ? (uint64_t)(int16_t)skr_param_u16(p, 0) : skr_param_u16(p, 0);
    case 4:
        return sign ? (uint64_t)(int32_t)skr_param_u32(p, 0) : skr_param_u32(p, 0);
    default:
        return skr_param_u64(p, 0);
    }
}

/* Numbers that do not print in decimal, for an output. */
static void put_printed(saker_out *out, uint64_t v, bool octal)
{
    char digits[24], *p = digits + sizeof digits, *copy;
    do {
        *--p = "0123456789ABCDEF"[octal ? v & 7 : v & 15];
        v >>= octal ? 3 : 4;
    } while (v);
    size_t len = (size_t)(digits + sizeof digits - p);
    if ((copy = saker_out_alloc(out, len)) != NULL)
        saker_put_str(out, memcpy(copy, p, len), len);
}

static void put_number(saker_out *out, const skr_param_info *info, skr_param p, bool output)
{
    if (!p.len && !output)
        return;
    bool sign = is_signed(info->type);
    uint64_t v = read_number(p, sign);
    if (output && p.len && (info->format == SKR_PF_HEX || info->format == SKR_PF_OCT))
        put_printed(out, p.len < 8 ? v & ((1ULL << (8 * p.len)) - 1) : v, info->format == SKR_PF_OCT);
    else if (sign)
        saker_put_int(out, (int64_t)v);
    else
        saker_put_uint(out, v);
}

void skr_get_evt_rawarg(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    int i = param_of(&e->evt, arg->key);
    if (i < 0)
        return;
    const skr_param_info *info = skr_event_params(e->evt.info) + i;
    skr_param p = e->evt.params[i];
    if (is_text(info->type))
        skr_put_text(out, skr_param_text(p));
    else if (skr_pt_size(info->type) && info->type != SKR_PT_IPV4ADDR && info->type != SKR_PT_IPV6ADDR)
        put_number(out, info, p, arg->output);
    else if (p.len && (info->type == SKR_PT_IPV4ADDR || info->type == SKR_PT_IPV6ADDR))
        saker_put_ip(out, p.ptr, p.len);
    else if (p.len || arg->output)
        saker_put_bytes(out, p.ptr, p.len);
}

/* ---- evt.buffer ---- */

void skr_get_evt_buffer(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    int i = param_of(&e->evt, "data");
    if (i < 0)
        return;
    skr_param p = e->evt.params[i];
    skr_str text = { (const char *)p.ptr, p.len };
    bool printed = arg->output && (!p.len || skr_event_params(e->evt.info)[i].type != SKR_PT_BYTEBUF);
    if (printed)
        text = skr_field_param_text(out, e, (unsigned)i);
    if (text.ptr || !printed)
        saker_put_bytes(out, text.ptr, text.len);
}
