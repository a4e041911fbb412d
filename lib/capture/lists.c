/* SPDX-License-Identifier: Apache-2.0 */
/* The metadata blocks: machine, interfaces, users, processes, descriptors. They may be large, so entries are read one
 * by one from the window; nothing is held. */
#include "reader.h"

#include <stdio.h>

enum {
    LARGEST_ENTRY = 64 * 1024, /* what this reader knows of an entry fits in it */
    LONGEST_PATH = 1024,
    LONGEST_LIST = 4096, /* arguments, environment, control groups */
    LONGEST_USER_TEXT = 255,
    LONGEST_INTERFACE = 1023,
    OLD_TAIL = 29, /* bytes at the end of a process entry as written before libs 0.10 */
    MACHINE_SIZE = 180
};

/* ---- Cursor ---- */

const uint8_t *skr_cursor_bytes(skr_cursor *c, size_t n)
{
    if (c->bad || n > (size_t)(c->end - c->at)) {
        c->bad = true;
        return NULL;
    }
    const uint8_t *p = c->at;
    c->at += n;
    return p;
}

static void copy(skr_cursor *c, void *to, size_t n)
{
    const uint8_t *p = skr_cursor_bytes(c, n);
    if (p)
        memcpy(to, p, n);
    else
        memset(to, 0, n);
}

uint8_t skr_cursor_u8(skr_cursor *c)
{
    uint8_t v;
    copy(c, &v, sizeof v);
    return v;
}

uint16_t skr_cursor_u16(skr_cursor *c)
{
    uint16_t v;
    copy(c, &v, sizeof v);
    return v;
}

uint32_t skr_cursor_u32(skr_cursor *c)
{
    uint32_t v;
    copy(c, &v, sizeof v);
    return v;
}

uint64_t skr_cursor_u64(skr_cursor *c)
{
    uint64_t v;
    copy(c, &v, sizeof v);
    return v;
}

static int64_t i64(skr_cursor *c)
{
    return (int64_t)skr_cursor_u64(c);
}

static skr_str bytes(skr_cursor *c, size_t n, size_t longest)
{
    if (n > longest)
        c->bad = true;
    const uint8_t *p = skr_cursor_bytes(c, n);
    return (skr_str){ p ? (const char *)p : "", p ? n : 0 };
}

skr_str skr_cursor_str(skr_cursor *c, size_t longest)
{
    return bytes(c, skr_cursor_u16(c), longest);
}

/* Text that ends at a NUL, where a writer has let one in. */
static skr_str text(skr_cursor *c, size_t longest)
{
    const skr_str s = skr_cursor_str(c, longest);
    const char *nul = s.len ? memchr(s.ptr, '\0', s.len) : NULL;
    return nul ? skr_str_cut(s, 0, (size_t)(nul - s.ptr)) : s;
}

static bool has(const skr_cursor *c, size_t n)
{
    return !c->bad && (size_t)(c->end - c->at) >= n;
}

/* ---- Entries. Each is read from a cursor that ends where the entry does, or, in versions without lengths, where the
 * window or the block does. ---- */

typedef struct list {
    skr_scap *s;
    const skr_scap_handler *h;
    unsigned version;
    int64_t tid; /* of a descriptor list */
    bool end_known;
} list;

#define CALL(l, fn, ...) ((l)->h && (l)->h->fn ? (l)->h->fn((l)->h->ctx, __VA_ARGS__) : 0)

static int interface_entry(list *l, skr_cursor *c)
{
    skr_if_entry e;
    memset(&e, 0, sizeof e);
    unsigned type = skr_cursor_u16(c), name = skr_cursor_u16(c);
    if (type < 1 || type > 4) {
        c->bad = c->bad || !l->end_known;
        return 0; /* skipped where its length is known */
    }
    e.len = type == 1 || type == 3 ? 4 : 16;
    copy(c, e.addr, e.len);
    copy(c, e.mask, e.len);
    copy(c, e.bcast, e.len);
    if (type <= 2)
        e.speed = skr_cursor_u64(c);
    e.name = bytes(c, name, LONGEST_INTERFACE);
    return c->bad ? 0 : CALL(l, interface, &e);
}

static int user_entry(list *l, skr_cursor *c)
{
    skr_user_entry e;
    memset(&e, 0, sizeof e);
    e.group = skr_cursor_u8(c) != 0;
    if (!e.group)
        e.uid = skr_cursor_u32(c);
    e.gid = skr_cursor_u32(c);
    e.name = text(c, LONGEST_USER_TEXT);
    if (!e.group) {
        e.home = text(c, LONGEST_USER_TEXT);
        e.shell = text(c, LONGEST_USER_TEXT);
    } else {
        e.home = e.shell = SKR_STR("");
    }
    return c->bad ? 0 : CALL(l, user, &e);
}

/* What later writers appended to an entry: each field only if it is there whole. */
static void process_tail(skr_cursor *c, skr_proc_entry *e)
{
    if (has(c, OLD_TAIL + 1)) {
        e->pidns_init_start = skr_cursor_u64(c);
        e->tty = skr_cursor_u32(c);
    }
#define IF_THERE(field, size, read)                                                                                    \
    if (has(c, size))                                                                                                  \
        e->field = read;
    IF_THERE(loginuid, 4, skr_cursor_u32(c))
    IF_THERE(exe_writable, 1, skr_cursor_u8(c) != 0)
    IF_THERE(cap_inheritable, 8, skr_cursor_u64(c))
    IF_THERE(cap_permitted, 8, skr_cursor_u64(c))
    IF_THERE(cap_effective, 8, skr_cursor_u64(c))
    IF_THERE(exe_upper, 1, skr_cursor_u8(c) != 0)
    IF_THERE(exe_ino, 8, skr_cursor_u64(c))
    IF_THERE(exe_ino_ctime, 8, skr_cursor_u64(c))
    IF_THERE(exe_ino_mtime, 8, skr_cursor_u64(c))
    IF_THERE(exe_memfd, 1, skr_cursor_u8(c) != 0)
    IF_THERE(exe_lower, 1, skr_cursor_u8(c) != 0)
    IF_THERE(pgid, 8, i64(c))
#undef IF_THERE
}

static int process_entry(list *l, skr_cursor *c)
{
    skr_proc_entry e;
    memset(&e, 0, sizeof e);
    e.sid = e.vpgid = e.pgid = e.vtid = e.vpid = -1;
    e.loginuid = UINT32_MAX;
    e.exepath = e.env = e.cgroups = e.root = SKR_STR("");
    e.tid = i64(c);
    e.pid = i64(c);
    e.ptid = i64(c);
    if (l->version >= 6)
        e.sid = i64(c);
    if (l->version >= 8)
        e.vpgid = i64(c);
    e.comm = text(c, LONGEST_PATH);
    e.exe = text(c, LONGEST_PATH);
    if (l->version >= 7)
        e.exepath = text(c, LONGEST_PATH);
    e.args = skr_cursor_str(c, LONGEST_LIST);
    e.cwd = text(c, LONGEST_PATH);
    e.fdlimit = i64(c);
    e.flags = skr_cursor_u32(c);
    e.uid = skr_cursor_u32(c);
    e.gid = skr_cursor_u32(c);
    if (l->version >= 2) {
        e.vmsize = skr_cursor_u32(c);
        e.vmrss = skr_cursor_u32(c);
        e.vmswap = skr_cursor_u32(c);
        e.pfmajor = skr_cursor_u64(c);
        e.pfminor = skr_cursor_u64(c);
    }
    if (l->version >= 3)
        e.env = skr_cursor_str(c, LONGEST_LIST);
    if (l->version >= 4) {
        e.vtid = i64(c);
        e.vpid = i64(c);
        e.cgroups = skr_cursor_str(c, LONGEST_LIST);
    }
    if (l->version >= 5)
        e.root = text(c, LONGEST_PATH);
    if (l->end_known)
        process_tail(c, &e);
    return c->bad ? 0 : CALL(l, proc, &e);
}

static void socket_fields(skr_cursor *c, skr_fd_entry *e)
{
    size_t width = e->type == SKR_FDT_IPV4 || e->type == SKR_FDT_IPV4_SERVER ? 4 : 16;
    bool server = e->type == SKR_FDT_IPV4_SERVER || e->type == SKR_FDT_IPV6_SERVER;
    if (!server)
        copy(c, e->sip, width);
    copy(c, e->dip, width);
    if (!server)
        e->sport = skr_cursor_u16(c);
    e->dport = skr_cursor_u16(c);
    e->l4 = skr_cursor_u8(c);
}

static int fd_entry(list *l, skr_cursor *c)
{
    skr_fd_entry e;
    char unknown[32];
    memset(&e, 0, sizeof e);
    e.tid = l->tid;
    e.name = SKR_STR("");
    e.fd = i64(c);
    e.ino = skr_cursor_u64(c);
    e.type = skr_cursor_u8(c);
    if (e.type >= SKR_FDT_IPV4 && e.type <= SKR_FDT_IPV6_SERVER) {
        socket_fields(c, &e);
    } else if (e.type == SKR_FDT_UNIX) {
        e.source = skr_cursor_u64(c);
        e.destination = skr_cursor_u64(c);
        e.name = text(c, LONGEST_PATH);
    } else if (e.type == SKR_FDT_FILE_V2) {
        e.open_flags = skr_cursor_u32(c);
        e.name = text(c, LONGEST_PATH);
        if (l->end_known && has(c, 4))
            e.dev = skr_cursor_u32(c);
    } else if (e.type > SKR_FDT_LAST) {
        int n = snprintf(unknown, sizeof unknown, "unknown-type:[%u]", e.type);
        e.name = (skr_str){ unknown, (size_t)n };
        e.type = SKR_FDT_UNSUPPORTED;
    } else if (e.type != SKR_FDT_UNKNOWN) {
        e.name = text(c, LONGEST_PATH);
    }
    return c->bad ? 0 : CALL(l, fd, &e);
}

/* ---- Blocks ---- */

typedef struct kind_info {
    int (*entry)(list *l, skr_cursor *c);
    unsigned lengths_since; /* version whose entries begin with their length ... */
    bool length_counts_itself;
    const char *what;
} kind_info;

static const kind_info *info_of(unsigned kind)
{
    static const kind_info interfaces = { interface_entry, 2, false, "interface list" },
                           users = { user_entry, 2, true, "user list" },
                           processes = { process_entry, 9, true, "process list" },
                           descriptors = { fd_entry, 2, true, "descriptor list" };
    return kind == SKR_B_INTERFACES  ? &interfaces
           : kind == SKR_B_USERS     ? &users
           : kind == SKR_B_PROCESSES ? &processes
                                     : &descriptors;
}

static int bad_entry(list *l, const kind_info *k, uint64_t at)
{
    return skr_scap_fail(l->s, at, "a %s holds an entry that does not fit", k->what);
}

/* One entry; *left is what the block still has. */
static int read_entry(list *l, const kind_info *k, const skr_block *b, uint64_t *left)
{
    skr_input *in = &l->s->in;
    uint64_t at = skr_input_offset(in), size = 0;
    size_t want = *left < LARGEST_ENTRY ? (size_t)*left : LARGEST_ENTRY;
    const uint8_t *p = skr_input_need(in, want);
    if (!p)
        return skr_scap_short(l->s, b->offset);
    skr_cursor c = { p, p + want, false };
    l->end_known = l->version >= k->lengths_since;
    if (l->end_known) {
        size = skr_cursor_u32(&c);
        size += k->length_counts_itself ? 0 : 4;
        if (size < 4 || size > *left)
            return bad_entry(l, k, at);
        if (size < want)
            c.end = p + size;
    }
    int r = k->entry(l, &c);
    if (c.bad)
        return bad_entry(l, k, at);
    if (!l->end_known)
        size = (uint64_t)(c.at - p);
    *left -= size;
    if (!skr_input_skip(in, size))
        return skr_scap_short(l->s, b->offset);
    return r;
}

static int read_machine(skr_scap *s, const skr_scap_handler *h, const skr_block *b, uint64_t left)
{
    if (left < MACHINE_SIZE)
        return skr_scap_fail(s, b->offset, "the machine block is too short");
    const uint8_t *p = skr_input_need(&s->in, MACHINE_SIZE);
    if (!p)
        return skr_scap_short(s, b->offset);
    skr_cursor c = { p, p + MACHINE_SIZE, false };
    skr_machine m;
    m.num_cpus = skr_cursor_u32(&c);
    m.memory = skr_cursor_u64(&c);
    m.max_pid = skr_cursor_u64(&c);
    copy(&c, m.hostname, sizeof m.hostname - 1);
    m.hostname[sizeof m.hostname - 1] = '\0';
    m.boot_ts = skr_cursor_u64(&c);
    int r = h && h->machine ? h->machine(h->ctx, &m) : 0;
    return r < 0 ? r : skr_input_skip(&s->in, left) ? 0 : skr_scap_short(s, b->offset);
}

static int begin(list *l, const skr_block *b)
{
    const skr_scap_handler *h = l->h;
    if (b->kind == SKR_B_INTERFACES && h && h->interfaces_begin)
        return h->interfaces_begin(h->ctx);
    if (b->kind == SKR_B_USERS && h && h->users_begin)
        return h->users_begin(h->ctx);
    return 0;
}

int skr_scap_list(skr_scap *s, const skr_scap_handler *h, const skr_block *b)
{
    uint64_t left = b->total - SKR_BLOCK_MIN;
    if (b->kind == SKR_B_MACHINE)
        return read_machine(s, h, b, left);
    list l = { s, h, b->version, -1, false };
    if (b->kind == SKR_B_DESCRIPTORS) {
        const uint8_t *p = left < 8 ? NULL : skr_input_need(&s->in, 8);
        if (!p)
            return left < 8 ? skr_scap_fail(s, b->offset, "a descriptor list is too short")
                            : skr_scap_short(s, b->offset);
        memcpy(&l.tid, p, 8);
        s->in.at += 8;
        left -= 8;
    }
    int r = begin(&l, b);
    while (r >= 0 && left >= 4)
        r = read_entry(&l, info_of(b->kind), b, &left);
    if (r < 0)
        return r;
    return skr_input_skip(&s->in, left) ? 0 : skr_scap_short(s, b->offset);
}
