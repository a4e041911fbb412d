/* SPDX-License-Identifier: Apache-2.0 */
#include "scap_write.h"

#include "reader.h"
#include "sink.h"

#include <errno.h>

enum {
    PENDING = 256 * 1024, /* bytes gathered before they go to the file */
    LARGEST_LIST = 1 << 20,
    LONGEST_PATH = 1023, /* one less than the greatest length in use: readers differ in whether they take that */
    LONGEST_LIST = 4096,
    LONGEST_USER_TEXT = 255,
    HOSTNAME = 128,
    MACHINE_RESERVED = 24, /* flags and two numbers */
    LARGEST_NORMAL = 65536
};

enum {
    TYPE_SECTION = 0x0A0D0D0A,
    TYPE_MACHINE = 0x201,
    TYPE_PROCESSES = 0x215,
    TYPE_DESCRIPTORS = 0x218,
    TYPE_INTERFACES = 0x219,
    TYPE_USERS = 0x220,
    TYPE_EVENT = 0x216,
    TYPE_EVENT_FLAGS = 0x217,
    TYPE_LARGE = 0x221,
    TYPE_LARGE_FLAGS = 0x222
};

struct skr_scap_writer {
    skr_mem *mem;
    skr_sink sink;
    skr_buf pending; /* whole blocks, and one that is open */
    size_t open;     /* where that one begins */
    uint32_t type;   /* its type, 0: none is open */
    int64_t tid;     /* of an open list of descriptors */
};

skr_scap_writer *skr_scap_create(skr_mem *mem, const char *path, bool gzip, int *status)
{
    skr_scap_writer *w = skr_zalloc(mem, sizeof *w);
    *status = SAKER_ENOMEM;
    if (!w)
        return NULL;
    w->mem = mem;
    skr_buf_init(&w->pending, mem);
    if (skr_sink_open(&w->sink, mem, path, gzip)) {
        *status = 0;
        return w;
    }
    int err = w->sink.err;
    *status = w->sink.status;
    skr_sink_close(&w->sink);
    skr_free(mem, w, sizeof *w);
    errno = err;
    return NULL;
}

/* ---- Blocks ---- */

static void put16(skr_buf *b, uint16_t v)
{
    skr_buf_add(b, &v, sizeof v);
}

static void put32(skr_buf *b, uint32_t v)
{
    skr_buf_add(b, &v, sizeof v);
}

static void put64(skr_buf *b, uint64_t v)
{
    skr_buf_add(b, &v, sizeof v);
}

static void put_str(skr_buf *b, skr_str s, size_t longest)
{
    size_t n = s.len < longest ? s.len : longest;
    put16(b, (uint16_t)n);
    skr_buf_add(b, s.ptr, n);
}

static void patch32(skr_buf *b, size_t at, uint32_t v)
{
    if (!b->failed)
        memcpy(b->ptr + at, &v, sizeof v);
}

static int state_of(skr_scap_writer *w)
{
    if (w->pending.failed)
        return SAKER_ENOMEM;
    if (w->sink.status == SAKER_EIO)
        errno = w->sink.err;
    return w->sink.status;
}

static void begin(skr_scap_writer *w, uint32_t type)
{
    w->type = type;
    w->open = w->pending.len;
    put32(&w->pending, type);
    put32(&w->pending, 0);
}

/* Ends the open block, if there is one: pads it, writes its length at both ends. */
static int end(skr_scap_writer *w)
{
    skr_buf *b = &w->pending;
    if (w->type) {
        static const char zeros[4];
        skr_buf_add(b, zeros, (0 - (b->len - w->open)) & 3);
        uint32_t total = (uint32_t)(b->len - w->open + SKR_BLOCK_TAIL);
        put32(b, total);
        patch32(b, w->open + 4, total);
        w->type = 0;
    }
    if (b->len >= PENDING && !b->failed) {
        skr_sink_write(&w->sink, b->ptr, b->len);
        b->len = 0;
    }
    return state_of(w);
}

/* Goes on with an open list of that kind, or begins one. A list that may come in parts is not let grow without end. */
static void go_on(skr_scap_writer *w, uint32_t type)
{
    bool parts = type == TYPE_PROCESSES || type == TYPE_DESCRIPTORS;
    if (w->type == type && !(parts && w->pending.len - w->open > LARGEST_LIST))
        return;
    bool same = w->type == type;
    end(w);
    begin(w, type);
    if (same && type == TYPE_DESCRIPTORS)
        put64(&w->pending, (uint64_t)w->tid);
}

/* An entry that begins with its length: where that stands, to be given to close_entry. */
static size_t open_entry(skr_scap_writer *w, uint32_t type)
{
    go_on(w, type);
    put32(&w->pending, 0);
    return w->pending.len - 4;
}

static int close_entry(skr_scap_writer *w, size_t at, bool counts_itself)
{
    patch32(&w->pending, at, (uint32_t)(w->pending.len - at - (counts_itself ? 0 : 4)));
    return state_of(w);
}

/* ---- Metadata ---- */

int skr_scap_write_section(skr_scap_writer *w)
{
    skr_buf *b = &w->pending;
    end(w);
    begin(w, TYPE_SECTION);
    put32(b, 0x1A2B3C4D);
    put16(b, 1);
    put16(b, 2);
    put64(b, UINT64_MAX); /* length of the section: unknown */
    return end(w);
}

int skr_scap_write_machine(skr_scap_writer *w, const skr_machine *m)
{
    static const char zeros[HOSTNAME];
    skr_buf *b = &w->pending;
    size_t n = strnlen(m->hostname, HOSTNAME);
    end(w);
    begin(w, TYPE_MACHINE);
    put32(b, m->num_cpus);
    put64(b, m->memory);
    put64(b, m->max_pid);
    skr_buf_add(b, m->hostname, n);
    skr_buf_add(b, zeros, HOSTNAME - n);
    put64(b, m->boot_ts);
    skr_buf_add(b, zeros, MACHINE_RESERVED);
    return end(w);
}

int skr_scap_write_interface(skr_scap_writer *w, const skr_if_entry *i)
{
    skr_buf *b = &w->pending;
    size_t at = open_entry(w, TYPE_INTERFACES), name = i->name.len < LONGEST_PATH ? i->name.len : LONGEST_PATH;
    put16(b, i->len == 4 ? 1 : 2);
    put16(b, (uint16_t)name);
    skr_buf_add(b, i->addr, i->len);
    skr_buf_add(b, i->mask, i->len);
    skr_buf_add(b, i->bcast, i->len);
    put64(b, i->speed);
    skr_buf_add(b, i->name.ptr, name);
    return close_entry(w, at, false);
}

int skr_scap_write_user(skr_scap_writer *w, const skr_user_entry *u)
{
    skr_buf *b = &w->pending;
    size_t at = open_entry(w, TYPE_USERS);
    skr_buf_char(b, u->group);
    if (!u->group)
        put32(b, u->uid);
    put32(b, u->gid);
    put_str(b, u->name, LONGEST_USER_TEXT);
    if (!u->group) {
        put_str(b, u->home, LONGEST_USER_TEXT);
        put_str(b, u->shell, LONGEST_USER_TEXT);
    }
    return close_entry(w, at, true);
}

static void put_tail(skr_buf *b, const skr_proc_entry *p)
{
    put64(b, p->pidns_init_start);
    put32(b, p->tty);
    put32(b, p->loginuid);
    skr_buf_char(b, p->exe_writable);
    put64(b, p->cap_inheritable);
    put64(b, p->cap_permitted);
    put64(b, p->cap_effective);
    skr_buf_char(b, p->exe_upper);
    put64(b, p->exe_ino);
    put64(b, p->exe_ino_ctime);
    put64(b, p->exe_ino_mtime);
    skr_buf_char(b, p->exe_memfd);
    skr_buf_char(b, p->exe_lower);
    put64(b, (uint64_t)p->pgid);
}

int skr_scap_write_proc(skr_scap_writer *w, const skr_proc_entry *p)
{
    skr_buf *b = &w->pending;
    size_t at = open_entry(w, TYPE_PROCESSES);
    put64(b, (uint64_t)p->tid);
    put64(b, (uint64_t)p->pid);
    put64(b, (uint64_t)p->ptid);
    put64(b, (uint64_t)p->sid);
    put64(b, (uint64_t)p->vpgid);
    put_str(b, p->comm, LONGEST_PATH);
    put_str(b, p->exe, LONGEST_PATH);
    put_str(b, p->exepath, LONGEST_PATH);
    put_str(b, p->args, LONGEST_LIST);
    put_str(b, p->cwd, LONGEST_PATH);
    put64(b, (uint64_t)p->fdlimit);
    put32(b, p->flags);
    put32(b, p->uid);
    put32(b, p->gid);
    put32(b, p->vmsize);
    put32(b, p->vmrss);
    put32(b, p->vmswap);
    put64(b, p->pfmajor);
    put64(b, p->pfminor);
    put_str(b, p->env, LONGEST_LIST);
    put64(b, (uint64_t)p->vtid);
    put64(b, (uint64_t)p->vpid);
    put_str(b, p->cgroups, LONGEST_LIST);
    put_str(b, p->root, LONGEST_PATH);
    put_tail(b, p);
    return close_entry(w, at, true);
}

int skr_scap_write_fds_of(skr_scap_writer *w, int64_t tid)
{
    end(w);
    begin(w, TYPE_DESCRIPTORS);
    put64(&w->pending, (uint64_t)tid);
    w->tid = tid;
    return state_of(w);
}

static void put_socket(skr_buf *b, const skr_fd_entry *f, size_t width, bool server)
{
    if (!server)
        skr_buf_add(b, f->sip, width);
    skr_buf_add(b, f->dip, width);
    if (!server)
        put16(b, f->sport);
    put16(b, f->dport);
    skr_buf_char(b, (char)f->l4);
}

static void put_fd(skr_buf *b, const skr_fd_entry *f)
{
    switch (f->type) {
    case SKR_FDT_IPV4:
    case SKR_FDT_IPV4_SERVER:
        put_socket(b, f, 4, f->type == SKR_FDT_IPV4_SERVER);
        break;
    case SKR_FDT_IPV6:
    case SKR_FDT_IPV6_SERVER:
        put_socket(b, f, 16, f->type == SKR_FDT_IPV6_SERVER);
        break;
    case SKR_FDT_UNIX:
        put64(b, f->source);
        put64(b, f->destination);
        put_str(b, f->name, LONGEST_PATH);
        break;
    case SKR_FDT_FILE_V2:
        put32(b, f->open_flags);
        put_str(b, f->name, LONGEST_PATH);
        put32(b, f->dev);
        break;
    case SKR_FDT_UNKNOWN:
        break; /* nothing follows */
    default:
        put_str(b, f->name, LONGEST_PATH);
    }
}

int skr_scap_write_fd(skr_scap_writer *w, const skr_fd_entry *f)
{
    if (f->type > SKR_FDT_LAST)
        return state_of(w); /* no layout is known for these */
    if (w->type != TYPE_DESCRIPTORS || w->tid != f->tid)
        skr_scap_write_fds_of(w, f->tid);
    size_t at = open_entry(w, TYPE_DESCRIPTORS);
    put64(&w->pending, (uint64_t)f->fd);
    put64(&w->pending, f->ino);
    skr_buf_char(&w->pending, (char)f->type);
    put_fd(&w->pending, f);
    return close_entry(w, at, true);
}

/* ---- Events ---- */

int skr_scap_write_event(skr_scap_writer *w, const skr_evt *e, uint32_t dump_flags)
{
    end(w);
    size_t total = SKR_BLOCK_MIN + 2 + (dump_flags ? 4 : 0) + e->len;
    bool large = total > LARGEST_NORMAL;
    begin(w, dump_flags ? large ? TYPE_LARGE_FLAGS : TYPE_EVENT_FLAGS : large ? TYPE_LARGE : TYPE_EVENT);
    put16(&w->pending, e->cpu);
    if (dump_flags)
        put32(&w->pending, dump_flags);
    skr_buf_add(&w->pending, e->raw, e->len);
    return end(w);
}

void skr_scap_write_nomem(skr_scap_writer *w)
{
    w->pending.failed = true;
}

int skr_scap_write_flush(skr_scap_writer *w)
{
    end(w);
    if (!w->pending.failed) {
        skr_sink_write(&w->sink, w->pending.ptr, w->pending.len);
        skr_sink_flush(&w->sink);
        w->pending.len = 0;
    }
    return state_of(w);
}

int skr_scap_write_close(skr_scap_writer *w)
{
    end(w);
    if (!w->pending.failed)
        skr_sink_write(&w->sink, w->pending.ptr, w->pending.len);
    int status = skr_sink_close(&w->sink), err = w->sink.err;
    if (w->pending.failed)
        status = SAKER_ENOMEM;
    skr_buf_free(&w->pending);
    skr_free(w->mem, w, sizeof *w);
    errno = err;
    return status;
}
