/* SPDX-License-Identifier: Apache-2.0 */
/* The state engine on events made by hand: users, containers, sections, hidden events, limits, memory. */
#include "dump_state.h"
#include "../pool.h"
#include "world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static world w;

static void setup(void)
{
    world_open(&w, NULL, NULL);
}

static void teardown(void)
{
    const char *wrong = world_wrong(&w);
    ck_assert_msg(!wrong, "%s", wrong);
    world_close(&w);
    ck_assert_uint_eq(w.mem.used, 0);
}

static skr_thread *thread(int64_t tid)
{
    return skr_state_find(w.state, tid);
}

#define same(text, literal) ck_assert_msg(skr_str_is((text), (literal)), "\"%.*s\"", (int)(text).len, (text).ptr)

/* An ordinary session: init, a shell under it. */
static void shell(void)
{
    skr_proc_entry init = a_process(1, 1, 0, "init"), sh = a_process(100, 100, 1, "bash");
    add_process(&w, &init);
    add_process(&w, &sh);
}

/* ---- Users and sections ---- */

static void user_event(uint16_t code, uint32_t uid, const char *name, const char *container)
{
    ev(&w, code, -1);
    ev_u32(&w, uid);
    ev_u32(&w, uid + 1);
    ev_str(&w, name);
    ev_str(&w, "/h");
    ev_str(&w, "/bin/sh");
    ev_str(&w, container);
    ev_run(&w);
}

START_TEST(users)
{
    user_event(SKR_E_USER_ADDED_E, 7, "ann", "");
    user_event(SKR_E_USER_ADDED_E, 7, "bob", "0123456789ab");
    ck_assert_ptr_null(w.event.thread);
    same(skr_state_user(w.state, SKR_STR(""), 7)->name, "ann");
    same(skr_state_user(w.state, SKR_STR("0123456789ab"), 7)->name, "bob");
    ck_assert_ptr_null(skr_state_user(w.state, SKR_STR("ffffffffffff"), 7));
    user_event(SKR_E_USER_DELETED_E, 7, "ann", "");
    ck_assert_ptr_null(skr_state_user(w.state, SKR_STR(""), 7));
    ck_assert_ptr_nonnull(skr_state_user(w.state, SKR_STR("0123456789ab"), 7));
    for (uint32_t i = 0; i < 70000; i++)
        user_event(SKR_E_USER_ADDED_E, i, "many", "");
    skr_state_stats stats;
    skr_state_get_stats(w.state, &stats);
    ck_assert_uint_le(stats.users, 65536);
    ck_assert_uint_gt(stats.full_lists, 0);
}
END_TEST

/* What containers say of their users costs neither the machine's names nor those of another container.
 * difference: container-users */
START_TEST(users_of_containers)
{
    skr_state_stats stats;
    user_event(SKR_E_USER_ADDED_E, 7, "ann", "");
    user_event(SKR_E_USER_ADDED_E, 7, "bob", "0123456789ab");
    for (uint32_t i = 0; i < 3000; i++)
        user_event(SKR_E_USER_ADDED_E, i, "many", "ffffffffffff");
    same(skr_state_user(w.state, SKR_STR("0123456789ab"), 7)->name, "bob");
    same(skr_state_user(w.state, SKR_STR("ffffffffffff"), 0)->name, "many");
    ck_assert_ptr_null(skr_state_user(w.state, SKR_STR("ffffffffffff"), 2999));
    skr_state_get_stats(w.state, &stats);
    ck_assert_uint_le(stats.users, 5000);
    ck_assert_uint_gt(stats.full_lists, 900);
    for (uint32_t i = 0; i < 64000; i++) {
        char id[16];
        snprintf(id, sizeof id, "%012x", i / 1000);
        user_event(SKR_E_USER_ADDED_E, i, "many", id);
    }
    skr_state_get_stats(w.state, &stats);
    ck_assert_uint_le(stats.users, 65536);
    ck_assert_ptr_null(skr_state_user(w.state, SKR_STR("0123456789ab"), 7));
    same(skr_state_user(w.state, SKR_STR(""), 7)->name, "ann");
}
END_TEST

/* ---- Containers ---- */

static const char ID[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void container_event(const char *what)
{
    char json[200];
    snprintf(json, sizeof json, "{\"container\":{\"type\":0,\"id\":\"%.12s\",\"name\":\"web\",\"ip\":\"10.1.1.1\"}}",
             ID);
    ev(&w, SKR_E_ASYNCEVENT_E, -1);
    ev_u32(&w, 0);
    ev_str(&w, what);
    ev_str(&w, json);
    ev_run(&w);
}

/* A process of a container, its first one there. */
static void containerise(int64_t tid)
{
    char cgroups[200];
    int n = snprintf(cgroups, sizeof cgroups, "cpuset_cgroup=/%ccpu=/docker/%s", 0, ID);
    ev(&w, SKR_E_SYSCALL_CLONE_20_X, tid);
    ev_i64(&w, 0);
    ev_str(&w, "init");
    ev_none(&w, 1);
    ev_i64(&w, tid);
    ev_i64(&w, tid);
    ev_i64(&w, 100);
    ev_none(&w, 8);
    ev_bytes(&w, cgroups, (size_t)n + 1);
    ev_u32(&w, SKR_CL_NEWPID | SKR_CL_CHILD_IN_PIDNS);
    ev_u32(&w, 0);
    ev_u32(&w, 0);
    ev_i64(&w, 1);
    ev_i64(&w, 1);
    ev_none(&w, 1);
    ev_run(&w);
}

START_TEST(container_by_control_group)
{
    shell();
    containerise(500);
    same(thread(500)->container_id, "0123456789ab");
    ck_assert_mem_eq(thread(500)->cgroups.ptr, "cpuset=/\0cpu=/docker/", 21);
    ck_assert_uint_eq(thread(100)->container_id.len, 0);
    ck_assert_ptr_null(skr_state_container(w.state, thread(500)->container_id));
    ck_assert_ptr_nonnull(skr_state_container(w.state, SKR_STR("")));
    ev_clone(&w, (clone_args){ .res = 0, .tid = 501, .pid = 501, .ptid = 500, .vtid = 2, .vpid = 2 });
    ck_assert_uint_eq(thread(501)->container_id.len, 0); /* its event told of no control groups */
}
END_TEST

static void named_container_event(const char *what, const char *id)
{
    char json[200];
    snprintf(json, sizeof json, "{\"container\":{\"id\":\"%s\",\"ip\":\"10.1.1.1\"}}", id);
    ev(&w, SKR_E_ASYNCEVENT_E, -1);
    ev_u32(&w, 0);
    ev_str(&w, what);
    ev_str(&w, json);
    ev_run(&w);
}

/* Where nothing is known of a container, its address may be that of any. */
START_TEST(addresses_of_containers)
{
    const uint8_t ip[] = { 10, 1, 1, 1 };
    shell();
    containerise(500);
    ck_assert(!skr_state_is_local_ip(w.state, thread(500), ip, 4));
    named_container_event("container", "one");
    named_container_event("container", "two");
    named_container_event("container", "two");
    ck_assert(skr_state_is_local_ip(w.state, thread(500), ip, 4));
    ck_assert(!skr_state_is_local_ip(w.state, thread(500), (const uint8_t[4]){ 0 }, 4));
    named_container_event("container_removed", "two");
    ck_assert(skr_state_is_local_ip(w.state, thread(500), ip, 4));
    named_container_event("container_removed", "one");
    ck_assert(!skr_state_is_local_ip(w.state, thread(500), ip, 4));
}
END_TEST

START_TEST(container_metadata)
{
    shell();
    ev_nothing(&w, 100);
    containerise(500);
    container_event("container");
    const skr_container *c = skr_state_container(w.state, SKR_STR("0123456789ab"));
    ck_assert_ptr_nonnull(c);
    ck_assert_ptr_eq(w.event.container, c);
    same(c->name, "web");
    ck_assert(skr_state_is_local_ip(w.state, thread(500), (const uint8_t[]){ 10, 1, 1, 1 }, 4));
    ck_assert(!skr_state_is_local_ip(w.state, thread(500), (const uint8_t[]){ 10, 1, 1, 2 }, 4));
    container_event("container_removed");
    ck_assert_ptr_nonnull(w.event.container); /* the event still speaks of it */
    ck_assert_ptr_null(skr_state_container(w.state, SKR_STR("0123456789ab")));
    ev_nothing(&w, 100);
    ck_assert_ptr_null(w.event.container);
}
END_TEST

START_TEST(container_goes_with_its_first_process)
{
    shell();
    ev_nothing(&w, 100);
    containerise(500);
    container_event("container");
    user_event(SKR_E_USER_ADDED_E, 7, "bob", "0123456789ab");
    ev_exit(&w, 500, 0);
    ck_assert_ptr_nonnull(skr_state_container(w.state, SKR_STR("0123456789ab")));
    ev_nothing(&w, 100);
    ck_assert_ptr_null(skr_state_container(w.state, SKR_STR("0123456789ab")));
    ck_assert_ptr_null(skr_state_user(w.state, SKR_STR("0123456789ab"), 7));
}
END_TEST

START_TEST(new_section)
{
    shell();
    ev_nothing(&w, 100);
    uint64_t num = w.event.num;
    w.lists.section(w.lists.ctx);
    ck_assert_ptr_null(thread(100));
    shell();
    ev_nothing(&w, 100);
    ck_assert_uint_eq(w.event.num, num + 1);
    same(w.event.thread->comm, "bash");
}
END_TEST

START_TEST(hidden_events)
{
    shell();
    ev_nothing(&w, 100);
    ck_assert_uint_eq(w.event.seen, 1);
    uint64_t shown_ts = w.event.evt.ts;
    ev(&w, SKR_E_SYSCALL_OPEN_E, 100);
    ev_str(&w, "/etc/passwd");
    ev_u32(&w, 1);
    ev_u32(&w, 0);
    ev_run(&w);
    ck_assert(!w.shown);
    ck_assert_uint_eq(w.event.num, 2);
    ev_nothing(&w, 100);
    ck_assert_uint_eq(w.event.num, 3);
    ck_assert_uint_eq(w.event.seen, 2);
    ck_assert_uint_eq(w.event.prev_ts, shown_ts);
}
END_TEST

START_TEST(events_without_a_thread)
{
    shell();
    ev(&w, SKR_E_PAGE_FAULT_E, 100);
    ev_none(&w, 3);
    ev_run(&w);
    ck_assert_ptr_null(w.event.thread);
    ck_assert_ptr_eq(skr_sysevent_thread(&w.event), thread(100));
    ev(&w, SKR_E_PAGE_FAULT_E, 999);
    ev_none(&w, 3);
    ev_run(&w);
    ck_assert_ptr_null(skr_sysevent_thread(&w.event)); /* and none is made up */
}
END_TEST

/* ---- Purge ---- */

static bool only_init_lives(void *ctx, const skr_thread *t)
{
    (void)ctx;
    return t->tid == 1;
}

START_TEST(purge)
{
    skr_state_os os = { .alive = only_init_lives };
    shell();
    ev_nothing(&w, 55);
    ev_nothing(&w, 100);
    uint64_t before = w.ts - 1500; /* 100 was seen since, the others were not */
    skr_state_set_os(w.state, &os);
    skr_state_purge(w.state, before);
    ck_assert_ptr_null(thread(55));
    ck_assert_ptr_nonnull(thread(1));
    ck_assert_ptr_nonnull(thread(100));
    skr_state_purge(w.state, UINT64_MAX);
    ck_assert_ptr_null(thread(100));
}
END_TEST

static unsigned asked;
static bool all_live(void *ctx, const skr_thread *t)
{
    (void)ctx;
    asked += t->tid != 0;
    return true;
}

START_TEST(purge_in_parts)
{
    skr_state_os os = { .alive = all_live };
    for (int64_t tid = 1; tid <= 100; tid++) {
        skr_proc_entry p = a_process(tid, tid, 0, "many");
        add_process(&w, &p);
    }
    skr_state_set_os(w.state, &os);
    for (int round = 0; round < 2; round++) {
        unsigned parts = 1;
        for (asked = 0; !skr_state_purge_some(w.state, UINT64_MAX, 7); parts++)
            ck_assert_uint_eq(asked, 7 * parts);
        ck_assert_uint_eq(asked, 100);
        ck_assert_uint_ge(parts, 15);
    }
}
END_TEST

START_TEST(metadata_that_cannot_be_read_is_counted)
{
    skr_state_stats stats;
    shell();
    const char *const bad[] = { "", "{", "{\"container\":{\"id\":\"\"}}", "{\"container\":1}" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ev(&w, SKR_E_ASYNCEVENT_E, -1);
        ev_u32(&w, 0);
        ev_str(&w, "container");
        ev_str(&w, bad[i]);
        ev_run(&w);
    }
    container_event("container");
    skr_state_get_stats(w.state, &stats);
    ck_assert_uint_eq(stats.unread, sizeof bad / sizeof *bad);
    ck_assert_uint_eq(stats.containers, 1);
}
END_TEST

/* ---- Recording ---- */

START_TEST(what_cannot_be_recorded_is_told)
{
    int refused = 0;
    shell();
    containerise(500);
    container_event("container");
    for (size_t until = 0; until < 40; until++) {
        pool p = pool_of(until);
        const saker_alloc hook = pool_alloc(&p);
        skr_mem small;
        int status;
        skr_mem_init(&small, &hook, 0);
        skr_scap_writer *writer = skr_scap_create(&w.mem, "/dev/null", false, &status);
        ck_assert_ptr_nonnull(writer);
        skr_dump_state(writer, &small, w.state, NULL, 1);
        ck_assert_int_eq(skr_scap_write_close(writer), small.failed ? SAKER_ENOMEM : 0);
        ck_assert_uint_eq(small.used, 0);
        refused += small.failed;
    }
    ck_assert_int_gt(refused, 3);
    ck_assert_int_lt(refused, 40);
}
END_TEST

/* ---- Limits ---- */

START_TEST(full_table_drops_new_threads)
{
    saker_capture_options small = SAKER_CAPTURE_OPTIONS_INIT;
    skr_state_stats stats;
    world_close(&w);
    small.max_threads = 10;
    world_open(&w, &small, NULL);
    shell();
    for (int64_t tid = 1000; tid < 1100; tid++)
        ev_nothing(&w, tid);
    ck_assert_ptr_null(w.event.thread);
    skr_state_get_stats(w.state, &stats);
    ck_assert_uint_eq(stats.threads, 10);
    ck_assert_uint_eq(stats.full_threads, 92);
    ev_nothing(&w, 100);
    same(w.event.thread->comm, "bash");
}
END_TEST

START_TEST(a_million_short_lives)
{
    skr_state_stats stats;
    shell();
    ev_nothing(&w, 100);
    size_t peak = 0;
    for (int64_t tid = 1000; tid < 1001000; tid++) {
        ev_clone(&w, (clone_args){ .res = tid, .tid = 100, .pid = 100, .ptid = 1 });
        ev_exit(&w, tid, 1);
        if (tid == 20000)
            peak = w.mem.peak; /* everything is warm: the exit ring is full */
    }
    skr_state_get_stats(w.state, &stats);
    ck_assert_uint_le(stats.threads, 3);
    ck_assert_uint_eq(w.mem.peak, peak);
}
END_TEST

START_TEST(a_million_threads_that_stay)
{
    saker_capture_options options = SAKER_CAPTURE_OPTIONS_INIT;
    skr_state_stats stats;
    world_close(&w);
    options.max_threads = 20000;
    world_open(&w, &options, NULL);
    shell();
    for (int64_t tid = 1000; tid < 1001000; tid++)
        ev_clone(&w, (clone_args){ .res = 0, .tid = tid, .pid = tid, .ptid = 100 });
    skr_state_get_stats(w.state, &stats);
    ck_assert_uint_eq(stats.threads, 20000);
    ck_assert_uint_eq(stats.full_threads, 1000000 - 19998);
}
END_TEST

/* ---- Memory ---- */

static void some_life(void)
{
    shell();
    ev_open(&w, 100, 3, "/etc/some/file", 1);
    ev_fork(&w, 100, 200, "bash");
    ev_exec(&w, 200, 200, 100, "/bin/tool", "tool", "-a\0-b", 6);
    ev_open(&w, 200, 20, "data", 1);
    ev_close(&w, 200, 3);
    user_event(SKR_E_USER_ADDED_E, 1, "ann", "");
    ev_clone(&w, (clone_args){ .res = 201, .tid = 200, .pid = 200, .ptid = 100, .flags = SKR_CL_THREAD });
    ev(&w, SKR_E_SYSCALL_OPEN_E, 200);
    ev_str(&w, "/entered");
    ev_u32(&w, 1);
    ev_u32(&w, 0);
    ev_run(&w);
    world_look(&w);
    ev_exit(&w, 200, 0);
    ev_exit(&w, 201, 0);
    ev_nothing(&w, 100);
    world_look(&w);
}

START_TEST(every_allocation_fails_in_turn)
{
    unsigned n = 0;
    world_close(&w);
    for (bool enough = false; !enough; n++) {
        pool p = pool_of(n);
        saker_alloc alloc = pool_alloc(&p);
        world_open(&w, NULL, &alloc);
        if (w.state) {
            some_life();
            const char *wrong = world_wrong(&w);
            ck_assert_msg(!wrong, "allocation %u: %s", n, wrong);
        }
        enough = w.state && !pool_has_refused(&p);
        world_close(&w);
        ck_assert_uint_eq(w.mem.used, 0);
        ck_assert(pool_is_clean(&p));
    }
    world_open(&w, NULL, NULL);
    ck_assert_uint_gt(n, 20);
}
END_TEST

START_TEST(small_memory_degrades)
{
    saker_capture_options options = SAKER_CAPTURE_OPTIONS_INIT;
    skr_state_stats stats;
    world_close(&w);
    options.max_memory = 600000;
    world_open(&w, &options, NULL);
    shell();
    for (int64_t tid = 1000; tid < 20000; tid++) {
        ev_clone(&w, (clone_args){ .res = 0, .tid = tid, .pid = tid, .ptid = 100 });
        ev_open(&w, tid, 3, "a/file", 1);
    }
    skr_state_get_stats(w.state, &stats);
    ck_assert_uint_gt(stats.nomem, 0);
    ck_assert_uint_le(w.mem.peak, 600000);
    ev_nothing(&w, 100);
    same(w.event.thread->comm, "bash");
}
END_TEST

/* Two control groups with a container each, and no memory for one thing or another. */
START_TEST(control_groups_without_memory)
{
    static const char groups[] = "cpu=/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\0"
                                 "memory=/docker/fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";
    pool small = { 0 };
    const saker_alloc alloc = pool_alloc(&small);
    for (size_t n = 1; n < 40; n++) {
        skr_proc_entry p = a_process(7, 7, 1, "sh");
        p.cgroups = (skr_str){ groups, sizeof groups };
        world_close(&w);
        ck_assert_uint_eq(w.mem.used, 0);
        world_open(&w, NULL, &alloc);
        small.from = small.requests + n;
        small.until = small.from + 1;
        add_process(&w, &p);
        small.until = 0;
    }
    world_close(&w);
    ck_assert(pool_is_clean(&small));
    world_open(&w, NULL, NULL);
}
END_TEST

static Suite *lists_suite(void)
{
    const TTest *const tests[] = {
        users,
        users_of_containers,
        container_by_control_group,
        addresses_of_containers,
        container_metadata,
        container_goes_with_its_first_process,
        new_section,
        hidden_events,
        events_without_a_thread,
        purge,
        purge_in_parts,
        metadata_that_cannot_be_read_is_counted,
        what_cannot_be_recorded_is_told,
        full_table_drops_new_threads,
        a_million_short_lives,
        a_million_threads_that_stay,
        every_allocation_fails_in_turn,
        small_memory_degrades,
        control_groups_without_memory,
    };
    Suite *suite = suite_create("state-lists");
    TCase *all = tcase_create("lists");
    tcase_set_timeout(all, 120);
    tcase_add_checked_fixture(all, setup, teardown);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(all, tests[i]);
    suite_add_tcase(suite, all);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(lists_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
