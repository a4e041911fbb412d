/* SPDX-License-Identifier: Apache-2.0 */
/* What the extractors share: text in scratch memory, kinds of descriptors, arguments that are numbers. */
#include "fields.h"

#include "num.h"

/* Fields that never have a value here. */
void skr_get_nothing(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)out, (void)event, (void)arg;
}

void skr_get_zero_uint(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event, (void)arg;
    saker_put_uint(out, 0);
}

bool skr_line_start(skr_line *t, saker_out *out, size_t cap)
{
    *t = (skr_line){ saker_out_alloc(out, cap ? cap : 1), 0, cap };
    if (!t->ptr)
        t->cap = 0;
    return t->ptr != NULL;
}

void skr_line_add(skr_line *t, const char *s, size_t len)
{
    len = len < t->cap - t->len ? len : t->cap - t->len;
    if (len)
        memcpy(t->ptr + t->len, s, len);
    t->len += len;
}

void skr_line_i64(skr_line *t, int64_t v)
{
    char digits[24], *p = digits + sizeof digits;
    uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
    do
        *--p = (char)('0' + u % 10);
    while ((u /= 10) != 0);
    if (v < 0)
        *--p = '-';
    skr_line_add(t, p, (size_t)(digits + sizeof digits - p));
}

void skr_line_put(saker_out *out, const skr_line *t)
{
    if (t->ptr)
        saker_put_str(out, t->ptr, t->len);
}

void skr_put_joined(saker_out *out, skr_str items)
{
    char *copy = items.len ? saker_out_alloc(out, items.len) : NULL;
    if (!copy) {
        if (!items.len)
            saker_put_str(out, "", 0);
        return;
    }
    for (size_t i = 0; i < items.len; i++)
        copy[i] = items.ptr[i] ? items.ptr[i] : ' ';
    saker_put_str(out, copy, items.len);
}

/* Scratch is given back all at once, so freeing does nothing and growing copies. */
static void *scratch_alloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    if (new_size <= old_size)
        return new_size ? ptr : NULL;
    void *p = saker_out_alloc((saker_out *)ctx, new_size);
    if (p && old_size)
        memcpy(p, ptr, old_size);
    return p;
}

void skr_scratch_init(skr_scratch *s, saker_out *out)
{
    saker_alloc hook = { scratch_alloc, out };
    skr_mem_init(&s->mem, &hook, 0);
    s->out = out;
}

typedef struct fd_type_row {
    const char *name;
    char c;
} fd_type_row;

static const fd_type_row fd_types[] = {
    [SKR_FD_UNKNOWN] = { "<NA>", 'o' },
    [SKR_FD_FILE] = { "file", 'f' },
    [SKR_FD_DIRECTORY] = { "directory", 'd' },
    [SKR_FD_IPV4_SOCK] = { "ipv4", '4' },
    [SKR_FD_IPV6_SOCK] = { "ipv6", '6' },
    [SKR_FD_IPV4_SERVSOCK] = { "ipv4", '4' },
    [SKR_FD_IPV6_SERVSOCK] = { "ipv6", '6' },
    [SKR_FD_FIFO] = { "pipe", 'p' },
    [SKR_FD_UNIX_SOCK] = { "unix", 'u' },
    [SKR_FD_EVENT] = { "event", 'e' },
    [SKR_FD_UNSUPPORTED] = { "<NA>", 'X' },
    [SKR_FD_SIGNALFD] = { "signalfd", 's' },
    [SKR_FD_EVENTPOLL] = { "eventpoll", 'l' },
    [SKR_FD_INOTIFY] = { "inotify", 'i' },
    [SKR_FD_TIMERFD] = { "timerfd", 't' },
    [SKR_FD_NETLINK] = { "netlink", 'n' },
    [SKR_FD_FILE_V2] = { "file", 'f' },
    [SKR_FD_BPF] = { "bpf", 'b' },
    [SKR_FD_USERFAULTFD] = { "userfaultfd", 'u' },
    [SKR_FD_IOURING] = { "io_uring", 'r' },
    [SKR_FD_MEMFD] = { "memfd", 'm' },
    [SKR_FD_PIDFD] = { "pidfd", 'P' },
};

const char *skr_fd_type_name(uint8_t type)
{
    return type < sizeof fd_types / sizeof fd_types[0] ? fd_types[type].name : "<NA>";
}

const char *skr_fd_type_char(uint8_t type)
{
    return type < sizeof fd_types / sizeof fd_types[0] ? &fd_types[type].c : "?";
}

/* proc.aname[2]: bound is the number plus one; -1 is as good as no argument, and what is no number leaves the field
 * unknown. */
const char *skr_bind_level(saker_arg *arg)
{
    int64_t n;
    arg->bound = 0;
    if (!arg->key)
        return NULL;
    if (!skr_parse_i64(skr_str_of(arg->key), &n) || n < -1 || n > INT32_MAX)
        return "";
    if (n == -1)
        arg->key = NULL;
    arg->index = n;
    arg->bound = (uintptr_t)(n + 1);
    return NULL;
}
