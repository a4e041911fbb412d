/* SPDX-License-Identifier: Apache-2.0 */
/* The worst captures of up to a megabyte that come to mind, packed or not, with rules and an output on every event: an
 * answer, at most 256 MB, no more calls of the allocator than the input gives reason for, and nothing left behind.
 * Metadata of containers comes in events. With a name: only that case.
 *
 *      captures [NAME] */
#include "fields.h"
#include "scap_write.h"
#include "worst.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <zlib.h>

enum { LARGEST = 1 << 20, MOST_REQUESTS = 2000000 };

/* ---- Bytes ---- */

static const uint32_t section[] = { 0x0A0D0D0A, 28, 0x1A2B3C4D, 2 << 16 | 1, UINT32_MAX, UINT32_MAX, 28 };
enum { EVENT_BLOCK = 0x216, LARGE_BLOCK = 0x221 };

static void zeros(gzFile f, size_t n)
{
    static const uint8_t none[65536];
    for (size_t k; n; n -= k) {
        k = n < sizeof none ? n : sizeof none;
        gzwrite(f, none, (unsigned)k);
    }
}

static void begin(gzFile f, uint32_t type, uint32_t total)
{
    const uint32_t head[] = { type, total };
    gzwrite(f, head, sizeof head);
}

/* Header and lengths of an event with one parameter of `len` bytes, which follow. */
static void event_head(gzFile f, uint16_t code, int64_t tid, uint32_t len, unsigned width, uint32_t nparams)
{
    uint8_t head[2 + SKR_EVT_HEADER + 4] = { 0 };
    const uint32_t size = SKR_EVT_HEADER + (nparams ? width + len : 0);
    const uint64_t ts = 1000000000;
    memcpy(head + 2, &ts, 8);
    memcpy(head + 10, &tid, 8);
    memcpy(head + 18, &size, 4);
    memcpy(head + 22, &code, 2);
    memcpy(head + 24, &nparams, 4);
    memcpy(head + 28, &len, 4);
    gzwrite(f, head, (unsigned)(2 + SKR_EVT_HEADER + (nparams ? width : 0)));
}

static void whole_event(gzFile f, uint16_t code, int64_t tid, const void *p, uint32_t len, unsigned width)
{
    const uint32_t size = 2 + SKR_EVT_HEADER + width + len, pad = (4 - size % 4) % 4, total = 12 + size + pad;
    begin(f, total > 65536 ? LARGE_BLOCK : EVENT_BLOCK, total);
    event_head(f, code, tid, len, width, 1);
    gzwrite(f, p, len);
    zeros(f, pad);
    gzwrite(f, &total, 4);
}

typedef struct value { /* a parameter; the others are empty */
    unsigned at;
    const void *ptr;
    uint16_t len;
} value;

#define NUMBER(at, n)                                                                                                  \
    {                                                                                                                  \
        (at), &(const int64_t){ (n) }, 8                                                                               \
    }
#define CALL(f, code, tid, ...)                                                                                        \
    call(f, code, tid, (const value[]){ __VA_ARGS__ }, sizeof((const value[]){ __VA_ARGS__ }) / sizeof(value))

/* An event as today's drivers write it. */
static void call(gzFile f, uint16_t code, int64_t tid, const value *v, size_t n)
{
    const uint32_t nparams = skr_events[code].nparams;
    uint16_t lengths[SKR_MAX_PARAMS] = { 0 };
    uint32_t size = SKR_EVT_HEADER + 2 * nparams, total;
    uint8_t head[2 + SKR_EVT_HEADER] = { 0 };
    const uint64_t ts = 1000000000;
    for (size_t i = 0; i < n; i++) {
        lengths[v[i].at] = v[i].len;
        size += v[i].len;
    }
    memcpy(head + 2, &ts, 8);
    memcpy(head + 10, &tid, 8);
    memcpy(head + 18, &size, 4);
    memcpy(head + 22, &code, 2);
    memcpy(head + 24, &nparams, 4);
    total = 12 + (2 + size + 3) / 4 * 4;
    begin(f, EVENT_BLOCK, total);
    gzwrite(f, head, sizeof head);
    gzwrite(f, lengths, 2 * nparams);
    for (size_t i = 0; i < n; i++)
        gzwrite(f, v[i].ptr, v[i].len);
    zeros(f, total - 12 - 2 - size);
    gzwrite(f, &total, 4);
}

/* ---- Captures ---- */

static void long_string(gzFile f)
{
    begin(f, LARGE_BLOCK, 300 << 20);
    event_head(f, SKR_E_CONTAINER_JSON_2_E, 1, (300 << 20) - 48, 4, 1);
    zeros(f, 900000);
}

static void allowed_string(gzFile f)
{
    begin(f, LARGE_BLOCK, 120 << 20);
    event_head(f, SKR_E_CONTAINER_JSON_2_E, 1, (120 << 20) - 64, 4, 1);
    zeros(f, 900000);
}

static void longest_block(gzFile f)
{
    begin(f, 0x999, UINT32_MAX - 3);
    zeros(f, 900000);
}

static void bomb_skipped(gzFile f)
{
    begin(f, 0x999, 200u << 20);
    zeros(f, 200u << 20);
}

static void bomb_large(gzFile f)
{
    const uint32_t total = 120 << 20;
    for (int i = 0; i < 2; i++) {
        begin(f, LARGE_BLOCK, total);
        event_head(f, SKR_E_CONTAINER_JSON_2_E, 1, total - 64, 4, 1);
        zeros(f, total - 12 - 2 - SKR_EVT_HEADER - 4);
        gzwrite(f, &total, 4);
    }
}

static void bomb_events(gzFile f)
{
    for (int i = 0; i < 3200000; i++)
        whole_event(f, SKR_E_SYSCALL_GETUID_X, 7, "", 0, 2);
}

static void blocks(gzFile f)
{
    const uint32_t empty[] = { 0x999, 12, 12 };
    for (int i = 0; i < 80000; i++)
        gzwrite(f, empty, sizeof empty);
}

static void sections(gzFile f)
{
    for (int i = 0; i < 35000; i++)
        gzwrite(f, section, sizeof section);
}

/* ---- Threads ---- */

/* Processes from `first` on in an old list, which has the shortest entries. */
static void old_processes(gzFile f, int64_t first, uint32_t n, int64_t ptid)
{
    enum { ENTRY = 52 };
    const uint32_t total = 12 + n * ENTRY;
    begin(f, 0x202, total);
    for (int64_t tid = first; tid < first + n; tid++) {
        const int64_t ids[] = { tid, tid, ptid };
        gzwrite(f, ids, sizeof ids);
        zeros(f, ENTRY - sizeof ids);
    }
    gzwrite(f, &total, 4);
}

static void exits(gzFile f, int64_t tid)
{
    CALL(f, SKR_E_PROCEXIT_1_E, tid, NUMBER(4, 0));
}

/* A process of dead threads, each the parent of the one before, takes in what lies below the first. */
static void dead_threads(gzFile f)
{
    enum { THREADS = 3500, PROCESSES = 3300, FIRST = 10000 };
    const uint32_t flags = SKR_CL_THREAD | SKR_CL_CLOSED;
    old_processes(f, 1, 2, 1);
    for (int64_t tid = FIRST; tid < FIRST + 2 * PROCESSES; tid += 2) {
        old_processes(f, tid, 1, 2);
        old_processes(f, tid + 1, 1, tid);
    }
    for (int64_t tid = THREADS + 1; tid >= 2; tid--)
        CALL(f, SKR_E_SYSCALL_CLONE_20_X, tid, NUMBER(0, 0), NUMBER(4, 1), NUMBER(5, tid + 1), { 15, &flags, 4 });
    exits(f, 1);
    for (int64_t tid = FIRST; tid < FIRST + 2 * PROCESSES; tid += 2)
        exits(f, tid);
}

/* The same one again and again. */
static void many_exits(gzFile f)
{
    for (int i = 0; i < 600000; i++) {
        whole_event(f, SKR_E_SYSCALL_GETUID_X, 7, "", 0, 2);
        exits(f, 7);
    }
}

static void sections_behind_many(gzFile f)
{
    old_processes(f, 1, 140000, 1);
    for (int i = 0; i < 1500000; i++)
        gzwrite(f, section, sizeof section);
}

/* A child, as its own event tells. */
static void child(gzFile f, int64_t tid, int64_t ptid)
{
    CALL(f, SKR_E_SYSCALL_CLONE_20_X, tid, NUMBER(0, 0), NUMBER(4, tid), NUMBER(5, ptid));
}

/* Each child changes what it shared with its parent. difference: state-memory */
static void own_tables(gzFile f)
{
    enum { FDS = 4096, ENTRY = 23 };
    const uint32_t total = 12 + 8 + FDS * ENTRY;
    const int64_t parent = 1;
    old_processes(f, parent, 1, 1);
    begin(f, 0x218, total);
    gzwrite(f, &parent, 8);
    for (int64_t fd = 0; fd < FDS; fd++) {
        const uint32_t size = ENTRY;
        gzwrite(f, &size, 4);
        gzwrite(f, &fd, 8);
        zeros(f, 8);
        gzputc(f, SKR_FD_FIFO);
        zeros(f, 2);
    }
    gzwrite(f, &total, 4);
    for (int64_t tid = 2; tid < 5400; tid++) {
        child(f, tid, parent);
        CALL(f, SKR_E_SYSCALL_CLOSE_X, tid, NUMBER(0, 0), NUMBER(1, 5));
    }
}

/* A long environment, a thousand children one below the other that have it from there, and events of the last. */
static void inherited(gzFile f)
{
    static char env[60000];
    memset(env, 'x', sizeof env);
    env[1] = '=';
    old_processes(f, 1, 1, 1);
    CALL(f, SKR_E_SYSCALL_EXECVE_19_X, 1, NUMBER(0, 0), NUMBER(4, 1), NUMBER(5, 1), { 15, env, sizeof env });
    for (int64_t tid = 2; tid < 1100; tid++)
        child(f, tid, tid - 1);
    for (int i = 0; i < 18000; i++)
        whole_event(f, SKR_E_SYSCALL_GETUID_X, 1099, "", 0, 2);
}

/* A long environment of very many short variables, of which rules ask for one that is not there. */
static void variables(gzFile f)
{
    static char env[60000];
    for (size_t i = 0; i < sizeof env; i += 2)
        env[i] = 'x';
    old_processes(f, 1, 1, 1);
    CALL(f, SKR_E_SYSCALL_EXECVE_19_X, 1, NUMBER(0, 0), NUMBER(4, 1), NUMBER(5, 1), { 15, env, sizeof env });
    for (int i = 0; i < 18000; i++)
        whole_event(f, SKR_E_SYSCALL_GETUID_X, 1, "", 0, 2);
}

static void empty_events(gzFile f)
{
    for (int64_t i = 0; i < 20000; i++)
        whole_event(f, SKR_E_SYSCALL_GETUID_X, i * 7919, "", 0, 2);
}

/* ---- Metadata ---- */

static void container(gzFile f, const char *text, size_t len)
{
    whole_event(f, SKR_E_CONTAINER_JSON_2_E, 1, text, (uint32_t)len, 4);
}

static void repeat(FILE *f, const char *text, size_t n)
{
    while (n--)
        fputs(text, f);
}

static void metadata(gzFile f, const char *before, const char *again, size_t times, const char *after)
{
    char *text = NULL;
    size_t len = 0;
    FILE *m = open_memstream(&text, &len);
    if (!m)
        exit(1);
    fputs(before, m);
    repeat(m, again, times);
    fputs(after, m);
    fputc('\0', m);
    fclose(m);
    container(f, text, len);
    free(text);
}

#define WEB "{\"container\":{\"id\":\"697956520d89\",\"type\":0,\"name\":\"web\","

static void deep_json(gzFile f)
{
    metadata(f, WEB "\"labels\":", "[", 60000, "");
}

static void long_json(gzFile f)
{
    metadata(f, WEB "\"image\":\"", "\\u00e9", 10000, "\"}}");
}

static void many_labels(gzFile f)
{
    for (int i = 0; i < 15; i++)
        metadata(f, WEB "\"labels\":{", "\"a\":\"\",", 8000, "\"b\":\"\"}}}");
}

static void many_values(gzFile f)
{
    for (int i = 0; i < 15; i++)
        metadata(f, WEB "\"Mounts\":[", "{},", 20000, "0]}}");
}

static void many_containers(gzFile f)
{
    char text[128];
    for (int i = 0; i < 7000; i++) {
        int n = snprintf(text, sizeof text,
                         "{\"container\":{\"id\":\"%012x\",\"type\":0,\"name\":\"web\",\"env\":[1]}}", i);
        container(f, text, (size_t)n + 1);
    }
}

#define FULL_ID "697956520d890123456789abcdef0123456789abcdef0123456789abcdef0123"

static void contained(gzFile f, int64_t tid)
{
    static const char cgroups[] = "cpu=/docker/" FULL_ID;
    old_processes(f, 1, 1, 1);
    CALL(f, SKR_E_SYSCALL_CLONE_20_X, tid, NUMBER(0, 0), NUMBER(4, tid), NUMBER(5, 1), { 14, cgroups, sizeof cgroups });
}

static void many_mounts(gzFile f)
{
    contained(f, 2);
    metadata(f, WEB "\"Mounts\":[", "{\"Source\":\"/aaaaaaaaaaaaaa\"},", 14000, "0]}}");
    for (int i = 0; i < 10000; i++)
        whole_event(f, SKR_E_SYSCALL_GETUID_X, 2, "", 0, 2);
}

static void long_mounts(gzFile f)
{
    char mount[10100] = "{\"Source\":\"";
    memset(mount + 11, '/', 10000);
    strcpy(mount + 10011, "\"},");
    contained(f, 2);
    metadata(f, WEB "\"Mounts\":[", mount, 16, "0]}}");
    for (int i = 0; i < 18000; i++)
        whole_event(f, SKR_E_SYSCALL_GETUID_X, 2, "", 0, 2);
}

/* Nothing is known of the container at hand: its address may be that of any. */
static void many_addresses(gzFile f)
{
    static const uint8_t tuple[] = { 2, 9, 9, 9, 9, 1, 0, 8, 8, 8, 8, 2, 0 };
    char text[128];
    contained(f, 2);
    for (int i = 0; i < 4096; i++) {
        int n = snprintf(text, sizeof text, "{\"container\":{\"id\":\"%x\",\"ip\":\"1.2.%d.%d\"}}", i, i >> 8, i & 255);
        container(f, text, (size_t)n + 1);
    }
    for (int i = 0; i < 6500; i++)
        CALL(f, SKR_E_SOCKET_SENDTO_X, 2, NUMBER(0, 1), NUMBER(2, 5), { 4, tuple, sizeof tuple });
}

/* ---- Lists: with the writer of the library ---- */

static skr_proc_entry a_process(int64_t tid, int64_t ptid)
{
    skr_proc_entry p;
    memset(&p, 0, sizeof p);
    p.tid = p.pid = p.vtid = p.vpid = tid;
    p.ptid = ptid;
    p.comm = p.exe = p.exepath = p.args = p.cwd = p.env = p.cgroups = p.root = SKR_STR("");
    return p;
}

static void threads(skr_scap_writer *w)
{
    for (int64_t tid = 1; tid < 120000; tid++) {
        const skr_proc_entry p = a_process(tid, 1);
        if (skr_scap_write_proc(w, &p))
            exit(1);
    }
}

/* Each the child of the one before it, and then events of the youngest. */
static void generations(skr_scap_writer *w)
{
    uint8_t raw[SKR_EVT_HEADER] = { 0 };
    const uint32_t len = sizeof raw;
    const uint16_t code = SKR_E_SYSCALL_GETUID_X;
    int64_t tid = 1;
    for (; tid < 100000; tid++) {
        const skr_proc_entry p = a_process(tid, tid - 1);
        if (skr_scap_write_proc(w, &p))
            exit(1);
    }
    tid--;
    memcpy(raw + 8, &tid, 8);
    memcpy(raw + 16, &len, 4);
    memcpy(raw + 20, &code, 2);
    for (uint64_t i = 0; i < 4000; i++) {
        skr_evt e;
        memcpy(raw, &i, 8);
        if (skr_evt_decode(raw, len, &e) || skr_scap_write_event(w, &e, 0))
            exit(1);
    }
}

static void descriptors(skr_scap_writer *w)
{
    skr_fd_entry f;
    memset(&f, 0, sizeof f);
    f.type = SKR_FD_FILE_V2;
    f.name = SKR_STR("/x");
    for (int64_t tid = 1; tid < 110; tid++) {
        const skr_proc_entry p = a_process(tid, 1);
        skr_scap_write_proc(w, &p);
    }
    for (f.tid = 1; f.tid < 110; f.tid++)
        for (f.fd = 0; f.fd < 4096; f.fd++)
            if (skr_scap_write_fd(w, &f))
                exit(1);
}

/* Each with texts of its own, which pack well. */
static void long_texts(skr_scap_writer *w)
{
    static char text[4000];
    for (int64_t tid = 1; tid < 11000; tid++) {
        skr_proc_entry p = a_process(tid, 1);
        memcpy(text, &tid, 3);
        p.env = p.args = p.exepath = p.cwd = (skr_str){ text, sizeof text };
        if (skr_scap_write_proc(w, &p))
            exit(1);
    }
}

static void users(skr_scap_writer *w)
{
    skr_user_entry u;
    memset(&u, 0, sizeof u);
    u.name = u.home = u.shell = SKR_STR("u");
    for (uint32_t i = 0; i < 100000; i++) {
        u.uid = i;
        if (skr_scap_write_user(w, &u))
            exit(1);
    }
}

/* ---- */

typedef struct test {
    const char *name;
    void (*bytes)(gzFile f);
    void (*lists)(skr_scap_writer *w);
    bool packed;
    int status;
    unsigned steps; /* millions at most: half as many again as there are */
    bool no_file;   /* comes by standard input */
} test;

static const test tests[] = {
    { "long string", long_string, NULL, false, SAKER_EIO, 10, false },
    { "allowed string", allowed_string, NULL, false, SAKER_EIO, 10, false },
    { "longest block", longest_block, NULL, false, SAKER_EIO, 10, false },
    { "bomb skipped", bomb_skipped, NULL, true, SAKER_EIO, 10, false },
    { "bomb large", bomb_large, NULL, true, SAKER_EIO, 10, false },
    { "bomb events", bomb_events, NULL, true, SAKER_EIO, 4900, false },
    { "blocks", blocks, NULL, false, SAKER_EEND, 10, false },
    { "sections", sections, NULL, false, SAKER_EEND, 15, false },
    { "events", empty_events, NULL, false, SAKER_EEND, 35, false },
    { "deep json", deep_json, NULL, false, SAKER_EEND, 10, false },
    { "long json", long_json, NULL, false, SAKER_EEND, 10, false },
    { "many labels", many_labels, NULL, false, SAKER_EEND, 17, false },
    { "many values", many_values, NULL, false, SAKER_EEND, 11, false },
    { "many containers", many_containers, NULL, false, SAKER_EEND, 10, false },
    { "many mounts", many_mounts, NULL, false, SAKER_EEND, 180, false },
    { "long mounts", long_mounts, NULL, false, SAKER_EEND, 180, false },
    { "many addresses", many_addresses, NULL, false, SAKER_EEND, 150, false },
    { "dead threads", dead_threads, NULL, false, SAKER_EEND, 1300, false },
    { "many exits", many_exits, NULL, true, SAKER_EEND, 2400, false },
    { "sections behind", sections_behind_many, NULL, true, SAKER_EEND, 700, false },
    { "own tables", own_tables, NULL, false, SAKER_EEND, 420, false },
    { "tables, no file", own_tables, NULL, false, SAKER_EEND, 420, true },
    { "variables", variables, NULL, false, SAKER_EEND, 3400, false },
    { "inherited", inherited, NULL, false, SAKER_EEND, 7500, false },
    { "threads", NULL, threads, true, SAKER_EEND, 120, false },
    { "generations", NULL, generations, true, SAKER_EEND, 1000, false },
    { "descriptors", NULL, descriptors, true, SAKER_EEND, 120, false },
    { "long texts", NULL, long_texts, true, SAKER_EEND, 150, false },
    { "users", NULL, users, true, SAKER_EEND, 41, false },
};

/* Are there more ancestors than are looked at? */
static bool is_deep(const test *t)
{
    return t->lists == generations || t->bytes == dead_threads || t->bytes == inherited;
}

static void write_capture(const test *t, const char *path)
{
    skr_mem mem;
    int status;
    if (t->bytes) {
        gzFile f = gzopen(path, t->packed ? "wb9" : "wbT");
        if (!f)
            exit(1);
        gzwrite(f, section, sizeof section);
        t->bytes(f);
        gzclose(f);
        return;
    }
    skr_mem_init(&mem, NULL, 0);
    skr_scap_writer *w = skr_scap_create(&mem, path, t->packed, &status);
    if (!w || skr_scap_write_section(w))
        exit(1);
    t->lists(w);
    if (skr_scap_write_close(w))
        exit(1);
}

typedef struct player {
    saker_eval *eval;
    saker_format *format;
} player;

static int on_event(void *ctx, const saker_event *e)
{
    player *p = ctx;
    const char *text;
    return saker_eval_run(p->eval, e) < 0 || saker_format_text(p->format, e, &text, NULL) < 0 ? SAKER_EINVAL : 0;
}

static player a_player(const saker_alloc *alloc)
{
    static const char condition[] = "proc.aname = nobody or fd.name startswith /nowhere or container.name = no or "
                                    "proc.aenv contains nowhere or proc.aenv[LD_PRELOAD] = x or fd.lip = 1.1.1.1 or "
                                    "container.mount[/proc*] = no or "
                                    "container.mount[/etc*] = no or container.mount[/var/run/docker.sock] = no or "
                                    "container.mount.source[/proc*] = no or container.mount[/dev*] = no";
    static const char format[] =
        "*%evt.args %proc.cmdline %proc.aname[5] %fd.name %container.image %container.mounts %user.name";
    saker_options o = SAKER_OPTIONS_INIT;
    saker_ruleset *rules;
    player p;
    o.alloc = *alloc;
    if (saker_filter_compile(&o, saker_syscall_schema(), condition, sizeof condition - 1, NULL, &rules, NULL, 0) ||
        saker_format_compile(&o, saker_syscall_schema(), format, sizeof format - 1, &p.format, NULL, 0))
        exit(1);
    p.eval = saker_eval_new(rules);
    saker_ruleset_unref(rules);
    return p;
}

static int run(const test *t, const char *path)
{
    meter m;
    struct stat st;
    saker_capture_options o = SAKER_CAPTURE_OPTIONS_INIT;
    saker_capture_stats stats = { .size = sizeof stats };
    int n;
    write_capture(t, path);
    if (stat(path, &st))
        return 1;
    o.alloc = worst_alloc(&m);
    player one = a_player(&o.alloc);
    if (t->no_file && !freopen(path, "rb", stdin))
        return 1;
    saker_capture *c = saker_capture_open_file(t->no_file ? "-" : path, &o);
    do
        n = saker_capture_poll(c, 0, on_event, &one);
    while (n >= 0);
    saker_capture_get_stats(c, &stats);
    char why[128];
    snprintf(why, sizeof why, "%s", n == SAKER_EIO ? saker_capture_error(c) : saker_strerror(n));
    saker_capture_free(c);
    saker_format_free(one.format);
    saker_eval_free(one.eval);
    const bool ok = (stats.cut != 0) == is_deep(t) && n == t->status && m.memory.requests <= MOST_REQUESTS &&
                    st.st_size <= LARGEST && worst_is_fine(&m, t->steps);
    printf("%-16s %7lld bytes, %3zu MB, %7zu requests, %4u million steps, %7llu events: %s%s\n", t->name,
           (long long)st.st_size, m.memory.peak >> 20, m.memory.requests, worst_steps(&m),
           (unsigned long long)stats.events, why, ok ? "" : " (wrong)");
    return !ok;
}

int main(int argc, char **argv)
{
    char path[] = "worst-XXXXXX";
    int wrong = mkstemp(path) < 0, tried = 0;
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        if (argc < 2 || strcmp(argv[1], tests[i].name) == 0) {
            wrong += run(&tests[i], path);
            tried++;
        }
    remove(path);
    return wrong || !tried;
}
