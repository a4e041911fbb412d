/* SPDX-License-Identifier: Apache-2.0 */
/* lib/capture: tables, events, conversion of old ones. */
#include "capture_bytes.h"
#include "convert.h"

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

/* ---- Tables ---- */

START_TEST(table_of_events)
{
    const skr_event_info *e = &skr_events[SKR_E_SYSCALL_OPENAT_2_X];
    const skr_param_info *params = skr_event_params(e);
    ck_assert_uint_eq(skr_event_count, SKR_EVENT_CODES);
    ck_assert_str_eq(skr_name(e->name), "openat");
    ck_assert_uint_eq(e->nparams, 7);
    ck_assert_int_eq(skr_evt_param_index(e, SKR_STR("name")), 2);
    ck_assert_int_eq(skr_evt_param_index(e, SKR_STR("nam")), -1);
    ck_assert_int_eq(params[2].type, SKR_PT_FSRELPATH);
    ck_assert_int_eq(params[2].dirfd, 1);
    ck_assert_ptr_eq(skr_param_flags(&params[3]), skr_flag_table("file_flags"));
    ck_assert_uint_eq(skr_event_params(&skr_events[SKR_E_SOCKET_SETSOCKOPT_X])[4].dyn_count, 5);
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
    ck_assert_str_eq(skr_name(skr_syscalls[SKR_SC_READ].name), "read");
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

/* Threads are numbers that a file chooses. */
START_TEST(convert_finds_threads_with_a_seed)
{
    skr_converter c[2];
    skr_converter_init(&c[0], &mem);
    skr_converter_init(&c[1], &mem);
    ck_assert_uint_ne(c[0].seed, c[1].seed);
}
END_TEST

/* difference: stray-enter */
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
    Suite *s = suite_create("event");
    TCase *t;
    t = make_case(s, "tables");
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
    tcase_add_test(t, convert_finds_threads_with_a_seed);
    tcase_add_test(t, convert_counts_orphans);
    tcase_add_test(t, convert_composes_chains);
    tcase_add_test(t, convert_connect);
    tcase_add_test(t, convert_container);
    tcase_add_test(t, convert_is_bounded);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
