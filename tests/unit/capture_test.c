/* SPDX-License-Identifier: Apache-2.0 */
/* lib/capture: the reader on damaged files, the writer. Captures are made here, byte by byte; that real ones are read
 * as they should be is tests/capture/compare-scapdump's task. */
#include "../pool.h"
#include "capture_bytes.h"
#include "reader.h"
#include "scap_write.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static skr_mem mem;

static void setup(void)
{
    skr_mem_init(&mem, NULL, 0);
}

static void teardown(void)
{
    ck_assert_uint_eq(mem.used, 0);
}

/* Metadata of several kinds, an event with its enter event of old, one of today. */
static void small_capture(out *o)
{
    o->len = 0;
    section(o);
    begin(o, 0x215);
    size_t entry = o->len;
    put_u32(o, 0);
    for (uint64_t i = 0; i < 5; i++)
        put_u64(o, 100 + i);
    put_str(o, "cat");
    put_str(o, "/bin/cat");
    put_str(o, "/bin/cat");
    put_str(o, "-v");
    put_str(o, "/tmp");
    put_u64(o, 1024);
    for (uint32_t i = 0; i < 6; i++)
        put_u32(o, i);
    put_u64(o, 1);
    put_u64(o, 2);
    put_str(o, "A=B");
    put_u64(o, 1);
    put_u64(o, 2);
    put_str(o, "cpu=/");
    put_str(o, "/");
    uint32_t len = (uint32_t)(o->len - entry);
    memcpy(o->at + entry, &len, 4);
    end(o);
    begin(o, 0x218);
    put_u64(o, 100);
    put_u32(o, 4 + 8 + 8 + 1 + 2 + 5);
    put_u64(o, 7);
    put_u64(o, 99);
    put_u8(o, 1);
    put_str(o, "/etc/");
    end(o);
    begin(o, 0x7777); /* unknown */
    put_u32(o, 1);
    end(o);
    event(o, SKR_E_SYSCALL_CLOSE_E, 100, (const arg[]){ { &fd7, 8 } }, 1);
    event(o, SKR_E_SYSCALL_CLOSE_X, 100, (const arg[]){ { &res5, 8 } }, 1);
    event(o, SKR_E_SYSCALL_CLOSE_X, 100, (const arg[]){ { &res5, 8 }, { &fd7, 8 } }, 2);
}

typedef struct seen {
    int procs, fds, sections, events, result;
    uint64_t unknown_blocks;
    char error[400];
    skr_evt last; /* its bytes are gone */
} seen;

static int on_section(void *ctx)
{
    ((seen *)ctx)->sections++;
    return 0;
}
static int on_proc(void *ctx, const skr_proc_entry *p)
{
    (void)p;
    ((seen *)ctx)->procs++;
    return 0;
}
static int on_fd(void *ctx, const skr_fd_entry *f)
{
    (void)f;
    ((seen *)ctx)->fds++;
    return 0;
}

static seen read_all(const void *p, size_t len)
{
    seen s;
    memset(&s, 0, sizeof s);
    skr_scap_handler h = { .ctx = &s, .section = on_section, .proc = on_proc, .fd = on_fd };
    skr_scap *r = skr_scap_open_bytes(&mem, p, len);
    ck_assert_ptr_nonnull(r);
    while ((s.result = skr_scap_next(r, &h, &s.last)) == 1)
        s.events++;
    ck_assert_int_eq(skr_scap_next(r, &h, &s.last), s.result); /* it stays that way */
    s.unknown_blocks = skr_scap_get_stats(r)->unknown_blocks;
    snprintf(s.error, sizeof s.error, "%s", skr_scap_error(r));
    skr_scap_close(r);
    return s;
}

/* ---- Reader ---- */

START_TEST(read_small_capture)
{
    out o;
    small_capture(&o);
    seen s = read_all(o.at, o.len);
    ck_assert_int_eq(s.result, 0);
    ck_assert_int_eq(s.sections, 1);
    ck_assert_int_eq(s.procs, 1);
    ck_assert_int_eq(s.fds, 1);
    ck_assert_int_eq(s.events, 2);
    ck_assert_int_eq(s.last.cpu, 3);
}
END_TEST

/* difference: unknown-block */
START_TEST(unknown_blocks_behind_events)
{
    out o;
    small_capture(&o);
    begin(&o, 0x7777);
    end(&o);
    event(&o, SKR_E_SYSCALL_CLOSE_X, 100, (const arg[]){ { &res5, 8 }, { &fd7, 8 } }, 2);
    seen s = read_all(o.at, o.len);
    ck_assert_int_eq(s.result, 0);
    ck_assert_int_eq(s.events, 3);
    ck_assert_uint_eq(s.unknown_blocks, 2);
}
END_TEST

/* ---- Names with a NUL in them ---- */

#define put_cut(o, text) (put_u16(o, sizeof(text) - 1), put(o, text, sizeof(text) - 1))
#define same(text, literal) ck_assert_msg(skr_str_is((text), (literal)), "\"%.*s\"", (int)(text).len, (text).ptr)

static void named_process(out *o)
{
    begin(o, 0x214); /* the last version whose entries have no length */
    for (uint64_t i = 0; i < 5; i++)
        put_u64(o, 100);
    put_cut(o, "comm\0x");
    put_cut(o, "exe\0x");
    put_cut(o, "\0path");
    put_cut(o, "-a\0-b\0");
    put_cut(o, "/cwd\0/x");
    put_u64(o, 1024);
    for (uint32_t i = 0; i < 6; i++)
        put_u32(o, i);
    put_u64(o, 1);
    put_u64(o, 2);
    put_cut(o, "A=1\0B=2\0");
    put_u64(o, 100);
    put_u64(o, 100);
    put_cut(o, "cpu=/\0io=/\0");
    put_cut(o, "/root\0");
    end(o);
}

static int check_user(void *ctx, const skr_user_entry *u)
{
    same(u->name, u->group ? "staff" : "ann");
    same(u->home, u->group ? "" : "/home");
    same(u->shell, u->group ? "" : "/bin/sh");
    ((seen *)ctx)->procs++;
    return 0;
}

static int check_proc(void *ctx, const skr_proc_entry *p)
{
    same(p->comm, "comm");
    same(p->exe, "exe");
    same(p->exepath, "");
    same(p->cwd, "/cwd");
    same(p->root, "/root");
    ck_assert_uint_eq(p->args.len, 6); /* lists keep theirs */
    ck_assert_uint_eq(p->env.len, 8);
    ck_assert_uint_eq(p->cgroups.len, 11);
    ((seen *)ctx)->procs++;
    return 0;
}

static int check_fd(void *ctx, const skr_fd_entry *f)
{
    same(f->name, "/name");
    ((seen *)ctx)->fds++;
    return 0;
}

START_TEST(names_end_at_a_nul)
{
    static const uint8_t kinds[] = { SKR_FDT_FILE_V2, SKR_FDT_UNIX, 1, 2, 20 };
    out o = { .len = 0 };
    section(&o);
    begin(&o, 0x206);
    put_u8(&o, 0);
    put_u32(&o, 1000);
    put_u32(&o, 1000);
    put_cut(&o, "ann\0e");
    put_cut(&o, "/home\0\0");
    put_cut(&o, "/bin/sh\0");
    put_u8(&o, 1);
    put_u32(&o, 50);
    put_cut(&o, "staff\0");
    end(&o);
    named_process(&o);
    begin(&o, 0x203);
    put_u64(&o, 100);
    for (size_t i = 0; i < sizeof kinds; i++) {
        put_u64(&o, i);
        put_u64(&o, 1);
        put_u8(&o, kinds[i]);
        put(&o, "0123456789abcdef", kinds[i] == SKR_FDT_UNIX ? 16 : kinds[i] == SKR_FDT_FILE_V2 ? 4 : 0);
        put_cut(&o, "/name\0/more");
    }
    end(&o);
    seen s;
    memset(&s, 0, sizeof s);
    skr_scap_handler h = { .ctx = &s, .proc = check_proc, .fd = check_fd, .user = check_user };
    skr_scap *r = skr_scap_open_bytes(&mem, o.at, o.len);
    ck_assert_int_eq(skr_scap_next(r, &h, &s.last), 0);
    skr_scap_close(r);
    ck_assert_int_eq(s.procs, 3);
    ck_assert_uint_eq((size_t)s.fds, sizeof kinds);
}
END_TEST

START_TEST(read_sections)
{
    out o, twice;
    small_capture(&o);
    twice.len = 0;
    put(&twice, o.at, o.len);
    put(&twice, o.at, o.len);
    seen s = read_all(twice.at, twice.len);
    ck_assert_int_eq(s.result, 0);
    ck_assert_int_eq(s.sections, 2);
    ck_assert_int_eq(s.procs, 2);
    ck_assert_int_eq(s.events, 4);
}
END_TEST

/* Cut anywhere but between blocks: what came before is delivered, then one error that names the place. */
START_TEST(cut_anywhere)
{
    out o;
    small_capture(&o);
    seen before = read_all(o.at, 0);
    ck_assert_int_eq(before.result, SAKER_EIO);
    int boundaries = 0;
    for (size_t len = 1; len < o.len; len++) {
        seen s = read_all(o.at, len);
        ck_assert_int_ge(s.events, before.events);
        ck_assert_int_ge(s.procs, before.procs);
        if (s.result == 0) {
            boundaries++;
        } else {
            ck_assert_int_eq(s.result, SAKER_EIO);
            ck_assert_ptr_nonnull(strstr(s.error, "at byte "));
        }
        before = s;
    }
    ck_assert_int_eq(boundaries, 6);
}
END_TEST

START_TEST(flip_anything)
{
    out o;
    uint32_t random = 12345;
    for (int round = 0; round < 2000; round++) {
        small_capture(&o);
        for (int flips = 1 + round % 3; flips > 0; flips--) {
            random = random * 1664525 + 1013904223;
            o.at[(random >> 8) % o.len] ^= (uint8_t)(1u << (random >> 4) % 8);
        }
        seen s = read_all(o.at, o.len);
        ck_assert(s.result == 0 || (s.result == SAKER_EIO && strstr(s.error, "at byte ")));
        ck_assert_int_le(s.events, 3);
    }
    ck_assert_uint_lt(mem.peak, 1u << 20);
}
END_TEST

/* A length in a header costs nothing before the data is there. */
START_TEST(long_blocks_cost_nothing)
{
    static const uint32_t types[] = { 0x216, 0x221, 0x215, 0x218, 0x219, 0x220, 0x201, 0x7777 };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        out o = { .len = 0 };
        section(&o);
        put_u32(&o, types[i]);
        put_u32(&o, 300u << 20);
        for (int n = 0; n < 100; n++)
            put_u32(&o, 0);
        seen s = read_all(o.at, o.len);
        ck_assert_int_eq(s.result, SAKER_EIO);
        ck_assert_ptr_nonnull(strstr(s.error, "at byte "));
    }
    ck_assert_uint_lt(mem.peak, 1u << 20);
}
END_TEST

START_TEST(refuse_what_is_no_capture)
{
    out o;
    ck_assert_ptr_nonnull(strstr(read_all("hello, world, this is text", 26).error, "no capture"));
    small_capture(&o);
    uint32_t swapped = 0x4D3C2B1A;
    memcpy(o.at + 8, &swapped, 4);
    ck_assert_ptr_nonnull(strstr(read_all(o.at, o.len).error, "byte order"));
    small_capture(&o);
    o.at[12] = 2; /* major version */
    ck_assert_ptr_nonnull(strstr(read_all(o.at, o.len).error, "newer"));
    small_capture(&o);
    o.at[24] ^= 4; /* the trailer of the section header */
    ck_assert_ptr_nonnull(strstr(read_all(o.at, o.len).error, "wrong block total length"));
    skr_scap *s = skr_scap_open(&mem, "/no/such/file");
    skr_evt e;
    ck_assert_int_eq(skr_scap_next(s, NULL, &e), SAKER_EIO);
    ck_assert_ptr_nonnull(strstr(skr_scap_error(s), "cannot open"));
    skr_scap_close(s);
}
END_TEST

static size_t pack(const void *p, size_t len, uint8_t *to, size_t room)
{
    z_stream z;
    memset(&z, 0, sizeof z);
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    uint8_t in[8192];
    memcpy(in, p, len);
    z.next_in = in;
    z.avail_in = (unsigned)len;
    z.next_out = to;
    z.avail_out = (unsigned)room;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t n = z.total_out;
    deflateEnd(&z);
    return n;
}

START_TEST(read_compressed)
{
    out o;
    uint8_t packed[8192];
    small_capture(&o);
    size_t half = o.len / 2, n = pack(o.at, half, packed, sizeof packed);
    n += pack(o.at + half, o.len - half, packed + n, sizeof packed - n); /* two members are one stream */
    seen s = read_all(packed, n);
    ck_assert_int_eq(s.result, 0);
    ck_assert_int_eq(s.events, 2);
    packed[n] = packed[n + 1] = 0; /* padding behind the last member is ignored */
    ck_assert_int_eq(read_all(packed, n + 2).result, 0);
    for (size_t len = 1; len < n; len++) {
        s = read_all(packed, len);
        ck_assert(s.result == SAKER_EIO && *s.error);
    }
    packed[n - 6] ^= 1; /* the checksum */
    ck_assert_ptr_nonnull(strstr(read_all(packed, n).error, "damaged"));
}
END_TEST

/* Entries of lists are asked for with 64 KiB behind them: a window of that size would move for each. */
START_TEST(small_packed_files_have_a_wide_window)
{
    out o;
    uint8_t packed[8192];
    skr_evt e;
    small_capture(&o);
    skr_scap *s = skr_scap_open_bytes(&mem, packed, pack(o.at, o.len, packed, sizeof packed));
    ck_assert_int_eq(skr_scap_next(s, NULL, &e), 1);
    ck_assert_uint_ge(s->in.cap, 256 * 1024);
    skr_scap_close(s);
}
END_TEST

/* ---- Memory ---- */

START_TEST(every_allocation_may_fail)
{
    out o;
    uint8_t packed[8192];
    small_capture(&o);
    size_t n = pack(o.at, o.len, packed, sizeof packed);
    int failures = 0;
    for (size_t allowed = 0; allowed < 100; allowed++) {
        pool p = pool_of(allowed);
        saker_alloc hook = pool_alloc(&p);
        skr_evt e;
        int r = SAKER_ENOMEM;
        skr_mem small;
        skr_mem_init(&small, &hook, 0);
        skr_scap *s = skr_scap_open_bytes(&small, packed, n);
        while (s && (r = skr_scap_next(s, NULL, &e)) == 1)
            ;
        skr_scap_close(s);
        ck_assert_uint_eq(small.used, 0);
        ck_assert(r == 0 || r == SAKER_ENOMEM);
        failures += r == SAKER_ENOMEM;
    }
    ck_assert_int_gt(failures, 3);
    ck_assert_int_lt(failures, 100);
}
END_TEST

/* ---- Writer ---- */

static int write_something(skr_scap_writer *w)
{
    out o = { .len = 0 };
    skr_evt e;
    const skr_proc_entry p = { .tid = 1, .comm = SKR_STR("cat"), .exe = SKR_STR("") };
    const skr_fd_entry f = { .tid = 1, .fd = 3, .type = 1, .name = SKR_STR("/etc/passwd") };
    event_bytes(&o, SKR_E_SYSCALL_CLOSE_X, 1, (const arg[]){ { &res5, 8 }, { &fd7, 8 } }, 2);
    ck_assert_ptr_null(skr_evt_decode(o.at, o.len, &e));
    skr_scap_write_section(w);
    skr_scap_write_proc(w, &p);
    skr_scap_write_fd(w, &f);
    return skr_scap_write_event(w, &e, 0);
}

START_TEST(write_and_read_back)
{
    char path[] = "/tmp/saker-capture-XXXXXX";
    int fd = mkstemp(path), status;
    ck_assert_int_ge(fd, 0);
    for (int gzip = 0; gzip < 2; gzip++) {
        skr_scap_writer *w = skr_scap_create(&mem, path, gzip, &status);
        ck_assert_ptr_nonnull(w);
        ck_assert_int_eq(write_something(w), 0);
        ck_assert_int_eq(skr_scap_write_close(w), 0);
        uint8_t bytes[8192];
        ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
        ssize_t n = read(fd, bytes, sizeof bytes);
        ck_assert_int_gt(n, 0);
        seen s = read_all(bytes, (size_t)n);
        ck_assert_int_eq(s.result, 0);
        ck_assert_int_eq(s.procs, 1);
        ck_assert_int_eq(s.fds, 1);
        ck_assert_int_eq(s.events, 1);
    }
    close(fd);
    unlink(path);
}
END_TEST

START_TEST(write_where_nothing_can_be_written)
{
    int status;
    errno = 0;
    ck_assert_ptr_null(skr_scap_create(&mem, "/no/such/folder/x.scap", true, &status));
    ck_assert_int_eq(status, SAKER_EIO);
    ck_assert_int_eq(errno, ENOENT);
    skr_scap_writer *w = access("/dev/full", W_OK) ? NULL : skr_scap_create(&mem, "/dev/full", false, &status);
    if (!w)
        return;
    write_something(w);
    errno = 0;
    ck_assert_int_eq(skr_scap_write_close(w), SAKER_EIO);
    ck_assert_int_eq(errno, ENOSPC);
}
END_TEST

START_TEST(writing_survives_lack_of_memory)
{
    int failures = 0;
    for (size_t allowed = 0; allowed < 60; allowed++) {
        pool p = pool_of(allowed);
        saker_alloc hook = pool_alloc(&p);
        skr_mem small;
        int status;
        skr_mem_init(&small, &hook, 0);
        skr_scap_writer *w = skr_scap_create(&small, "/dev/null", true, &status);
        if (w) {
            write_something(w);
            status = skr_scap_write_close(w);
        }
        ck_assert_uint_eq(small.used, 0);
        ck_assert(status == 0 || status == SAKER_ENOMEM);
        failures += status == SAKER_ENOMEM;
    }
    ck_assert_int_gt(failures, 3);
    ck_assert_int_lt(failures, 60);
}
END_TEST

static TCase *make_case(Suite *s, const char *name)
{
    TCase *t = tcase_create(name);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    return t;
}

int main(void)
{
    Suite *s = suite_create("capture");
    TCase *t;
    t = make_case(s, "reader");
    tcase_add_test(t, read_small_capture);
    tcase_add_test(t, unknown_blocks_behind_events);
    tcase_add_test(t, names_end_at_a_nul);
    tcase_add_test(t, read_sections);
    tcase_add_test(t, cut_anywhere);
    tcase_add_test(t, flip_anything);
    tcase_add_test(t, long_blocks_cost_nothing);
    tcase_add_test(t, refuse_what_is_no_capture);
    tcase_add_test(t, read_compressed);
    tcase_add_test(t, small_packed_files_have_a_wide_window);
    tcase_add_test(t, every_allocation_may_fail);
    t = make_case(s, "writer");
    tcase_add_test(t, write_and_read_back);
    tcase_add_test(t, write_where_nothing_can_be_written);
    tcase_add_test(t, writing_survives_lack_of_memory);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
