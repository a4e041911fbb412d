/* SPDX-License-Identifier: Apache-2.0 */
/* lib/capture: tables, events, conversion of old ones, the reader on damaged files. Captures are made here, byte by
 * byte; that real ones are read as they should be is tests/capture/compare-scapdump's task. */
#include "convert.h"
#include "reader.h"
#include "scap.h"

#include <check.h>
#include <stdlib.h>

static skr_mem mem;

static void setup(void)
{
    skr_mem_init(&mem, NULL, 0);
}

static void teardown(void)
{
    ck_assert_uint_eq(mem.used, 0);
}

/* ---- Making captures ---- */

typedef struct out {
    uint8_t at[8192];
    size_t len, open; /* open: where the block begun last starts */
} out;

static void put(out *o, const void *p, size_t len)
{
    if (o->len + len > sizeof o->at)
        ck_abort_msg("the capture is too large for this test");
    memcpy(o->at + o->len, p, len);
    o->len += len;
}

static void put_u8(out *o, uint8_t v)
{
    put(o, &v, sizeof v);
}
static void put_u16(out *o, uint16_t v)
{
    put(o, &v, sizeof v);
}
static void put_u32(out *o, uint32_t v)
{
    put(o, &v, sizeof v);
}
static void put_u64(out *o, uint64_t v)
{
    put(o, &v, sizeof v);
}
static void put_str(out *o, const char *s)
{
    put_u16(o, (uint16_t)strlen(s));
    put(o, s, strlen(s));
}

static void begin(out *o, uint32_t type)
{
    o->open = o->len;
    put_u32(o, type);
    put_u32(o, 0);
}

static void end(out *o)
{
    while (o->len % 4)
        put_u8(o, 0);
    uint32_t total = (uint32_t)(o->len - o->open + 4);
    put_u32(o, total);
    memcpy(o->at + o->open + 4, &total, 4);
}

static void section(out *o)
{
    begin(o, 0x0A0D0D0A);
    put_u32(o, 0x1A2B3C4D);
    put_u16(o, 1);
    put_u16(o, 2);
    put_u64(o, UINT64_MAX);
    end(o);
}

typedef struct arg {
    const void *p;
    uint32_t len;
} arg;

static void event_bytes(out *o, uint16_t code, int64_t tid, const arg *args, uint32_t n)
{
    unsigned width = skr_events[code].flags & SKR_EF_LARGE_PAYLOAD ? 4 : 2;
    uint32_t len = SKR_EVT_HEADER + n * width;
    for (uint32_t i = 0; i < n; i++)
        len += args[i].len;
    put_u64(o, 1000);
    put_u64(o, (uint64_t)tid);
    put_u32(o, len);
    put_u16(o, code);
    put_u32(o, n);
    for (uint32_t i = 0; i < n; i++)
        put(o, &args[i].len, width);
    for (uint32_t i = 0; i < n; i++)
        put(o, args[i].p, args[i].len);
}

static void event(out *o, uint16_t code, int64_t tid, const arg *args, uint32_t n)
{
    begin(o, 0x216);
    put_u16(o, 3); /* cpu */
    event_bytes(o, code, tid, args, n);
    end(o);
}

static const int64_t fd7 = 7, res5 = 5;

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
    snprintf(s.error, sizeof s.error, "%s", skr_scap_error(r));
    skr_scap_close(r);
    return s;
}

/* ---- Tables ---- */

START_TEST(table_of_events)
{
    const skr_event_info *e = &skr_events[SKR_E_SYSCALL_OPENAT_2_X];
    ck_assert_uint_eq(skr_event_count, SKR_EVENT_CODES);
    ck_assert_str_eq(e->name, "openat");
    ck_assert_str_eq(e->id, "SYSCALL_OPENAT_2_X");
    ck_assert_uint_eq(e->nparams, 7);
    ck_assert_int_eq(skr_evt_param_index(e, SKR_STR("name")), 2);
    ck_assert_int_eq(skr_evt_param_index(e, SKR_STR("nam")), -1);
    ck_assert_int_eq(e->params[2].type, SKR_PT_FSRELPATH);
    ck_assert_int_eq(e->params[2].dirfd, 1);
    ck_assert_ptr_eq(e->params[3].flags, skr_flag_table("file_flags"));
    ck_assert_uint_eq(skr_events[SKR_E_SOCKET_SETSOCKOPT_X].params[4].dyn_count, 5);
    for (unsigned i = 0; i < skr_event_count; i++)
        ck_assert_uint_le(skr_events[i].nparams, SKR_MAX_PARAMS);
}
END_TEST

START_TEST(table_of_types)
{
    ck_assert_uint_eq(skr_pt_size(SKR_PT_FD), 8);
    ck_assert_uint_eq(skr_pt_size(SKR_PT_SIGSET), 4);
    ck_assert_uint_eq(skr_pt_size(SKR_PT_FSPATH), 0);
    ck_assert_uint_eq(skr_pt_size((skr_pt)1000), 0);
    ck_assert_str_eq(skr_pt_name(SKR_PT_ENUMFLAGS16), "ENUMFLAGS16");
    ck_assert_int_eq(SKR_PT_SIGSET, 34);
    ck_assert_int_eq(SKR_PT_PID32, 48);
}
END_TEST

START_TEST(table_of_syscalls)
{
    ck_assert_int_eq(skr_syscall_by_x86_64(0), SKR_SC_READ);
    ck_assert_int_eq(skr_syscall_by_x86_64(257), SKR_SC_OPENAT);
    ck_assert_int_eq(skr_syscall_by_x86_64(100000), -1);
    ck_assert_int_eq(skr_syscall_of_event(SKR_E_SYSCALL_OPENAT_2_X), SKR_SC_OPENAT);
    ck_assert_int_eq(skr_syscall_of_event(SKR_E_GENERIC_X), -1);
    ck_assert_str_eq(skr_syscalls[SKR_SC_READ].name, "read");
    ck_assert_int_eq(skr_syscalls[SKR_SC_READ].exit_event, SKR_E_SYSCALL_READ_X);
    ck_assert_str_eq(skr_errno_name(-2), "ENOENT");
    ck_assert_str_eq(skr_errno_name(2), "ENOENT");
    ck_assert_ptr_null(skr_errno_name(100000));
    ck_assert_str_eq(skr_signal_name(9), "SIGKILL");
    ck_assert_ptr_null(skr_signal_name(32));
    ck_assert_ptr_null(skr_flag_table("no_such_table"));
}
END_TEST

typedef void printer(skr_buf *, const skr_flag *, uint64_t);

static void expect_flags(printer *print, const char *table, uint64_t value, const char *text)
{
    skr_buf b;
    skr_buf_init(&b, &mem);
    skr_buf_cstr(&b, "x"); /* what stands before is left alone */
    print(&b, skr_flag_table(table), value);
    ck_assert_str_eq(skr_buf_cstring(&b) + 1, text);
    skr_buf_free(&b);
}

START_TEST(names_of_flags)
{
    expect_flags(skr_flags_print, "file_flags", 0x107, "O_TRUNC|O_CREAT|O_RDWR");
    expect_flags(skr_flags_print, "prot_flags", 0, "PROT_NONE");
    expect_flags(skr_flags_print, "prot_flags", 3, "PROT_READ|PROT_WRITE");
    expect_flags(skr_flags_print, "splice_flags", 0x4000, ""); /* unknown bits */
    expect_flags(skr_enumflags_print, "socket_families", 1, "AF_LOCAL|AF_UNIX");
    expect_flags(skr_enumflags_print, "socket_families", 99, "");
    expect_flags(skr_mode_print, "chmod_mode", 0x100, "S_IRUSR");
    expect_flags(skr_mode_print, "chmod_mode", 0x104, "S_IROTH|S_IRUSR");
}
END_TEST

/* ---- Events ---- */

START_TEST(decode_event)
{
    out o = { .len = 0 };
    skr_evt e;
    event_bytes(&o, SKR_E_SYSCALL_CLOSE_X, -1, (const arg[]){ { &res5, 8 }, { &fd7, 8 } }, 2);
    ck_assert_ptr_null(skr_evt_decode(o.at, o.len, &e));
    ck_assert_uint_eq(e.nparams, 2);
    ck_assert_int_eq(e.tid, -1);
    ck_assert_int_eq(skr_param_i64(skr_evt_param(&e, 1), 0), 7);
    ck_assert_int_eq(skr_param_i64(skr_evt_param(&e, 2), -3), -3);
    int64_t result;
    ck_assert(skr_evt_result(&e, &result));
    ck_assert_int_eq(result, 5);
    ck_assert(skr_evt_decode_current(o.at, o.len, &e));
    ck_assert_int_eq(skr_param_i64(skr_evt_param(&e, 0), 0), 5);
    for (size_t len = 0; len < o.len; len++)
        ck_assert_ptr_nonnull(skr_evt_decode(o.at, len, &e));
}
END_TEST

START_TEST(decode_odd_sizes)
{
    out o = { .len = 0 };
    skr_evt e;
    const arg args[] = { { &res5, 4 }, { &fd7, 8 }, { &fd7, 3 } }; /* the first is no ERRNO, the third unknown */
    event_bytes(&o, SKR_E_SYSCALL_CLOSE_X, 1, args, 3);
    ck_assert_ptr_null(skr_evt_decode(o.at, o.len, &e));
    ck_assert_uint_eq(e.nparams, 2);
    ck_assert_uint_eq(skr_evt_param(&e, 0).len, 0);
    ck_assert_int_eq(skr_param_i64(skr_evt_param(&e, 1), 0), 7);
    uint32_t many = UINT32_MAX;
    memcpy(o.at + 22, &many, 4);
    ck_assert_ptr_nonnull(skr_evt_decode(o.at, o.len, &e));
    ck_assert(!skr_evt_decode_current(o.at, o.len, &e));
    memset(o.at + 20, 0xff, 2);
    ck_assert_ptr_nonnull(skr_evt_decode(o.at, o.len, &e));
}
END_TEST

START_TEST(decode_large_lengths)
{
    out o = { .len = 0 };
    skr_evt e;
    const uint32_t id = 3;
    event_bytes(&o, SKR_E_PLUGINEVENT_E, -1, (const arg[]){ { &id, 4 }, { "payload", 7 } }, 2);
    ck_assert_ptr_null(skr_evt_decode(o.at, o.len, &e));
    ck_assert_uint_eq(skr_param_u32(skr_evt_param(&e, 0), 0), 3);
    ck_assert_uint_eq(skr_evt_param(&e, 1).len, 7);
    ck_assert_ptr_nonnull(skr_evt_decode(o.at, o.len - 1, &e));
    uint32_t huge = UINT32_MAX - 2;
    memcpy(o.at + 26, &huge, 4);
    ck_assert_ptr_nonnull(skr_evt_decode(o.at, o.len, &e));
}
END_TEST

static skr_str text_of(const char *s, uint32_t len)
{
    return skr_param_text((skr_param){ (const uint8_t *)s, len });
}

START_TEST(text_of_parameters)
{
    ck_assert(skr_str_is(text_of("/etc", 5), "/etc"));
    ck_assert(skr_str_is(text_of("/etc", 4), "/etc")); /* no NUL */
    ck_assert(skr_str_is(text_of("", 1), ""));
    ck_assert(skr_str_is(text_of("", 0), "<NA>"));
    ck_assert(skr_str_is(text_of("(NULL)", 7), "<NA>"));
    ck_assert(skr_str_is(text_of("(NULL)", 6), "(NULL)"));
}
END_TEST

/* ---- Conversion ---- */

static skr_verdict convert(skr_converter *c, out *o, skr_evt *e)
{
    const char *why = NULL;
    ck_assert_ptr_null(skr_evt_header(o->at, o->len, e));
    skr_verdict v = skr_convert_is_current(e) ? SKR_CV_PASS : skr_convert(c, e, &why);
    if (v == SKR_CV_PASS)
        ck_assert_ptr_null(skr_evt_params(e));
    ck_assert(v != SKR_CV_ERROR || why);
    return v;
}

static skr_verdict feed(skr_converter *c, out *o, uint16_t code, int64_t tid, const arg *args, uint32_t n, skr_evt *e)
{
    o->len = 0;
    event_bytes(o, code, tid, args, n);
    return convert(c, o, e);
}

START_TEST(convert_takes_from_the_enter_event)
{
    skr_converter c;
    skr_evt e;
    out o;
    const arg fd = { &fd7, 8 }, res = { &res5, 8 };
    skr_converter_init(&c, &mem);
    ck_assert_int_eq(feed(&c, &o, SKR_E_SYSCALL_CLOSE_E, 1, &fd, 1, &e), SKR_CV_DROP);
    ck_assert_int_eq(feed(&c, &o, SKR_E_SYSCALL_CLOSE_X, 2, &res, 1, &e), SKR_CV_PASS); /* another thread */
    ck_assert_int_eq(skr_param_i64(skr_evt_param(&e, 1), -1), 0);                       /* the default   */
    ck_assert_int_eq(feed(&c, &o, SKR_E_SYSCALL_CLOSE_X, 1, &res, 1, &e), SKR_CV_PASS);
    ck_assert_int_eq(skr_param_i64(skr_evt_param(&e, 0), -1), 5);
    ck_assert_int_eq(skr_param_i64(skr_evt_param(&e, 1), -1), 7);
    ck_assert_int_eq(feed(&c, &o, SKR_E_SYSCALL_CLOSE_X, 1, &res, 1, &e), SKR_CV_PASS); /* used up */
    ck_assert_int_eq(skr_param_i64(skr_evt_param(&e, 1), -1), 0);
    ck_assert_uint_eq(c.orphans, 0);
    ck_assert_int_eq(feed(&c, &o, SKR_E_SYSCALL_CLOSE_X, 1, &res, 0, &e), SKR_CV_ERROR);
    skr_converter_free(&c);
}
END_TEST

START_TEST(convert_counts_orphans)
{
    skr_converter c;
    skr_evt e;
    out o;
    const arg res = { &res5, 8 };
    skr_converter_init(&c, &mem);
    ck_assert_int_eq(feed(&c, &o, SKR_E_SYSCALL_DUP_E, 1, &(arg){ &fd7, 8 }, 1, &e), SKR_CV_DROP);
    ck_assert_int_eq(feed(&c, &o, SKR_E_SYSCALL_CLOSE_X, 1, &res, 1, &e), SKR_CV_PASS);
    ck_assert_uint_eq(c.orphans, 1);
    ck_assert_int_eq(feed(&c, &o, SKR_E_SYSCALL_DUP_X, 1, &res, 1, &e), SKR_CV_PASS); /* is still there */
    ck_assert_int_eq(e.type, SKR_E_SYSCALL_DUP_1_X);
    ck_assert_int_eq(skr_param_i64(skr_evt_param(&e, 1), -1), 7);
    skr_converter_free(&c);
}
END_TEST

START_TEST(convert_composes_chains)
{
    skr_converter c;
    skr_evt e;
    out o;
    arg exec[8];
    skr_converter_init(&c, &mem);
    ck_assert_int_eq(feed(&c, &o, SKR_E_SYSCALL_EXECVE_18_E, 1, &(arg){ "/bin/cat", 9 }, 1, &e), SKR_CV_PASS);
    ck_assert_int_eq(e.type, SKR_E_SYSCALL_EXECVE_19_E);
    for (int i = 0; i < 8; i++)
        exec[i] = (arg){ &res5, 8 };
    ck_assert_int_eq(feed(&c, &o, SKR_E_SYSCALL_EXECVE_8_X, 1, exec, 8, &e), SKR_CV_PASS);
    ck_assert_int_eq(e.type, SKR_E_SYSCALL_EXECVE_19_X);
    ck_assert_uint_eq(e.nparams, 31);
    ck_assert(skr_str_is(skr_param_text(skr_evt_param(&e, 30)), "/bin/cat"));
    ck_assert_uint_eq(skr_evt_param(&e, 14).len, 0);
    skr_converter_free(&c);
}
END_TEST

/* The first of two steps uses up the enter event, so that the second finds none: as the reference. */
START_TEST(convert_connect)
{
    skr_converter c;
    skr_evt e;
    out o;
    const arg enter[] = { { &fd7, 8 }, { "\2abcd\1\1", 7 } }, res[] = { { &res5, 8 }, { "", 0 }, { &fd7, 8 } };
    skr_converter_init(&c, &mem);
    ck_assert_int_eq(feed(&c, &o, SKR_E_SOCKET_CONNECT_E, 1, enter, 2, &e), SKR_CV_PASS);
    ck_assert_int_eq(feed(&c, &o, SKR_E_SOCKET_CONNECT_X, 1, res, 2, &e), SKR_CV_PASS);
    ck_assert_int_eq(skr_param_i64(skr_evt_param(&e, 2), -1), 7);
    ck_assert_uint_eq(skr_evt_param(&e, 3).len, 0);
    ck_assert_int_eq(feed(&c, &o, SKR_E_SOCKET_CONNECT_E, 1, enter, 2, &e), SKR_CV_PASS);
    ck_assert_int_eq(feed(&c, &o, SKR_E_SOCKET_CONNECT_X, 1, res, 3, &e), SKR_CV_PASS);
    ck_assert_uint_eq(skr_evt_param(&e, 3).len, 7);
    skr_converter_free(&c);
}
END_TEST

START_TEST(convert_container)
{
    skr_converter c;
    skr_evt e;
    out o;
    const uint32_t type = 7;
    const arg args[] = { { "abc", 4 }, { &type, 4 }, { "n", 2 }, { "img", 4 } };
    skr_converter_init(&c, &mem);
    ck_assert_int_eq(feed(&c, &o, SKR_E_CONTAINER_E, -1, args, 4, &e), SKR_CV_PASS);
    ck_assert_int_eq(e.type, SKR_E_CONTAINER_JSON_2_E);
    ck_assert(skr_str_is(skr_param_text(skr_evt_param(&e, 0)),
                         "{\"id\":\"abc\",\"type\":7,\"name\":\"n\",\"image\":\"img\"}"));
    skr_converter_free(&c);
}
END_TEST

START_TEST(convert_is_bounded)
{
    skr_converter c;
    skr_evt e;
    out o;
    skr_converter_init(&c, &mem);
    o.len = 0;
    event_bytes(&o, SKR_E_SYSCALL_CLOSE_E, 0, &(arg){ &fd7, 8 }, 1);
    int dropped = 0;
    const char *why;
    for (int64_t tid = 0; tid < 200000; tid++) {
        memcpy(o.at + 8, &tid, 8);
        dropped += !skr_evt_header(o.at, o.len, &e) && skr_convert(&c, &e, &why) == SKR_CV_DROP;
    }
    ck_assert_int_eq(dropped, 200000);
    ck_assert_uint_lt(mem.peak, 32u << 20);
    ck_assert_int_eq(feed(&c, &o, SKR_E_SYSCALL_CLOSE_X, 199999, &(arg){ &res5, 8 }, 1, &e), SKR_CV_PASS);
    ck_assert_int_eq(skr_param_i64(skr_evt_param(&e, 1), -1), 7);
    skr_converter_free(&c);
}
END_TEST

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

/* ---- Memory ---- */

typedef struct budget {
    int left;
} budget;

static void *limited(void *ctx, void *p, size_t old_size, size_t new_size)
{
    budget *b = ctx;
    (void)old_size;
    if (!new_size) {
        free(p);
        return NULL;
    }
    return b->left-- > 0 ? realloc(p, new_size) : NULL;
}

START_TEST(every_allocation_may_fail)
{
    out o;
    uint8_t packed[8192];
    small_capture(&o);
    size_t n = pack(o.at, o.len, packed, sizeof packed);
    int failures = 0;
    for (int allowed = 0; allowed < 100; allowed++) {
        budget b = { allowed };
        saker_alloc hook = { limited, &b };
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
    TCase *t = make_case(s, "tables");
    tcase_add_test(t, table_of_events);
    tcase_add_test(t, table_of_types);
    tcase_add_test(t, table_of_syscalls);
    tcase_add_test(t, names_of_flags);
    t = make_case(s, "events");
    tcase_add_test(t, decode_event);
    tcase_add_test(t, decode_odd_sizes);
    tcase_add_test(t, decode_large_lengths);
    tcase_add_test(t, text_of_parameters);
    t = make_case(s, "conversion");
    tcase_add_test(t, convert_takes_from_the_enter_event);
    tcase_add_test(t, convert_counts_orphans);
    tcase_add_test(t, convert_composes_chains);
    tcase_add_test(t, convert_connect);
    tcase_add_test(t, convert_container);
    tcase_add_test(t, convert_is_bounded);
    t = make_case(s, "reader");
    tcase_add_test(t, read_small_capture);
    tcase_add_test(t, read_sections);
    tcase_add_test(t, cut_anywhere);
    tcase_add_test(t, flip_anything);
    tcase_add_test(t, long_blocks_cost_nothing);
    tcase_add_test(t, refuse_what_is_no_capture);
    tcase_add_test(t, read_compressed);
    tcase_add_test(t, every_allocation_may_fail);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
