/* SPDX-License-Identifier: Apache-2.0 */
/* The state engine on events made by hand: paths, threads, directories. */
#include "world.h"

#include <check.h>
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

/* ---- Paths ---- */

START_TEST(path_join)
{
    static const char *const rows[][3] = {
        { "/a/b/", "../c", "/a/c" },
        { "/", "..", "/" },
        { "", "/x//y/./z/", "/x/y/z" },
        { "foo/", "../a", "a" },
        { "/a/", "b", "/a/b" },
        { "/a/", "/b", "/b" },
        { "/a/", "", "" },
        { "/a/", ".", "/a" },
        { "/a/", "./b", "/a/b" },
        { "/a/", "b/..", "/a" },
        { "/a/", "b/../..", "/" },
        { "/a/", "../../../../etc/passwd", "/etc/passwd" },
        { "/", "a//b///c", "/a/b/c" },
        { "/a", "b", "/ab" },
        { "/a", "../b", "/a../b" }, /* a base without its slash takes the text as it comes */
        { "/a/", "..b/.c/...", "/a/..b/.c/..." },
        { "<UNKNOWN>", "x", "<UNKNOWN>x" },
        { ".", "/abs/", "/abs" },
        { "/", "/", "/" },
        { "a/", "../b", "b" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[1025];
        size_t len = skr_path_join(skr_str_of(rows[i][0]), skr_str_of(rows[i][1]), out);
        ck_assert_msg(skr_str_is((skr_str){ out, len }, rows[i][2]), "%s + %s: %.*s", rows[i][0], rows[i][1], (int)len,
                      out);
    }
}
END_TEST

START_TEST(path_too_long)
{
    char text[1024], out[1025];
    memset(text, 'x', sizeof text);
    ck_assert_uint_eq(skr_path_join(SKR_STR("/"), (skr_str){ text, 1022 }, out), 1023);
    size_t len = skr_path_join(SKR_STR("/"), (skr_str){ text, 1023 }, out);
    same(((skr_str){ out, len }), "/DIR_TOO_LONG/FILENAME_TOO_LONG");
}
END_TEST

/* ---- Clone ---- */

START_TEST(fork_parent_first)
{
    shell();
    ev_open(&w, 100, 3, "notes", 1);
    ev_clone(&w, (clone_args){ .res = 200, .tid = 100, .pid = 100, .ptid = 1, .comm = "bash" });
    ck_assert_ptr_eq(w.event.thread, thread(100));
    skr_thread *child = thread(200);
    ck_assert_ptr_nonnull(child);
    ck_assert_int_eq(child->pid, 200);
    ck_assert_int_eq(child->ptid, 100);
    ck_assert_int_eq(child->vtid, 200);
    ck_assert_uint_eq(child->uid, 1000);
    same(child->cwd, "/home/ann/");
    ck_assert_uint_eq(skr_thread_fd_count(child), 1);
    uint64_t born = child->clone_ts;
    ev_clone(&w, (clone_args){ .res = 0, .tid = 200, .pid = 200, .ptid = 100, .comm = "other" });
    ck_assert_ptr_eq(w.event.thread, child);
    ck_assert_uint_eq(child->clone_ts, born);
    same(child->comm, "bash"); /* the second event changed nothing */
    ck_assert_ptr_eq(skr_thread_parent(w.state, child), thread(100));
}
END_TEST

START_TEST(fork_child_first)
{
    shell();
    ev_open(&w, 100, 3, "notes", 1);
    ev_clone(&w, (clone_args){ .res = 0, .tid = 200, .pid = 200, .ptid = 100, .comm = "child" });
    skr_thread *child = thread(200);
    ck_assert_ptr_eq(w.event.thread, child);
    ck_assert_uint_eq(skr_thread_fd_count(child), 1);
    ev_clone(&w, (clone_args){ .res = 200, .tid = 100, .pid = 100, .ptid = 1, .comm = "bash" });
    ck_assert_ptr_eq(thread(200), child);
    same(child->comm, "child");
}
END_TEST

START_TEST(clone_of_a_thread)
{
    enum { FLAGS = SKR_CL_THREAD };
    shell();
    ev_open(&w, 100, 3, "/x", 1);
    ev_clone(&w, (clone_args){ .res = 101, .tid = 100, .pid = 100, .ptid = 1, .flags = FLAGS });
    skr_thread *t = thread(101);
    ck_assert_int_eq(t->pid, 100);
    ck_assert_int_eq(t->ptid, 1);
    ck_assert(!skr_thread_is_main(t));
    ck_assert_ptr_eq(skr_thread_main(t), thread(100));
    ck_assert_uint_eq(skr_thread_live_count(t), 2);
    ck_assert_uint_eq(t->cwd.len, 0); /* lives in the main thread */
    same(skr_thread_cwd(w.state, t), "/home/ann/");
    ev_open(&w, 101, 4, "rel", 1); /* one table for both */
    ck_assert_ptr_nonnull(skr_thread_fd(thread(100), 4));
    same(w.event.fd->name, "/home/ann/rel");
}
END_TEST

START_TEST(vfork_and_namespaces_are_left_to_the_child)
{
    shell();
    ev_clone(&w, (clone_args){ .res = 200, .tid = 100, .pid = 100, .ptid = 1, .code = SKR_E_SYSCALL_VFORK_20_X });
    ck_assert_ptr_null(thread(200));
    ev_clone(&w, (clone_args){ .res = 201, .tid = 100, .pid = 100, .ptid = 1, .flags = SKR_CL_VFORK });
    ev_clone(&w, (clone_args){ .res = 202, .tid = 100, .pid = 100, .ptid = 1, .flags = SKR_CL_NEWPID });
    ev_clone(&w, (clone_args){ .res = 203, .tid = 100, .pid = 100, .ptid = 1, .flags = SKR_CL_CHILD_IN_PIDNS });
    ev_clone(&w, (clone_args){ .res = 204, .tid = 100, .pid = 100, .ptid = 1, .flags = SKR_CL_PARENT });
    for (int64_t tid = 201; tid <= 204; tid++)
        ck_assert_ptr_null(thread(tid));
    ev_clone(&w, (clone_args){ .res = 0,
                               .tid = 202,
                               .pid = 202,
                               .ptid = 100,
                               .vtid = 1,
                               .vpid = 1,
                               .flags = SKR_CL_NEWPID | SKR_CL_CHILD_IN_PIDNS });
    ck_assert(skr_thread_in_pidns(thread(202)));
    ck_assert(thread(202)->group->reaper);
}
END_TEST

START_TEST(child_that_is_gone_before_its_parent_returns)
{
    shell();
    ev_clone(&w, (clone_args){ .res = 0, .tid = 200, .pid = 200, .ptid = 100 });
    ev_exit(&w, 200, 1);
    ck_assert_ptr_nonnull(w.event.thread); /* still there on its own event */
    ev_clone(&w, (clone_args){ .res = 200, .tid = 100, .pid = 100, .ptid = 1 });
    ck_assert_ptr_null(thread(200));
    w.ts += 2000000000; /* two seconds later the number may belong to another */
    ev_clone(&w, (clone_args){ .res = 200, .tid = 100, .pid = 100, .ptid = 1 });
    ck_assert_ptr_nonnull(thread(200));
}
END_TEST

static void short_life(int64_t tid)
{
    ev_clone(&w, (clone_args){ .res = 0, .tid = tid, .pid = tid, .ptid = 100 });
    ev_exit(&w, tid, 1);
}

START_TEST(the_last_8192_exits_are_known)
{
    shell();
    for (int i = 0; i < 3; i++)
        short_life(200);
    for (int64_t tid = 1000; tid < 1000 + 8191; tid++)
        short_life(tid);
    const clone_args late = { .res = 200, .tid = 100, .pid = 100, .ptid = 1 };
    ev_clone(&w, late);
    ck_assert_ptr_null(thread(200));
    short_life(300);
    ev_clone(&w, late);
    ck_assert_ptr_nonnull(thread(200));
}
END_TEST

START_TEST(stale_thread_is_replaced)
{
    shell();
    ev_fork(&w, 100, 200, "first");
    w.ts += 3000000000;
    ev_clone(&w, (clone_args){ .res = 0, .tid = 200, .pid = 200, .ptid = 100, .comm = "second" });
    same(thread(200)->comm, "second");
    ck_assert_uint_eq(skr_thread_live_count(thread(200)), 1);
}
END_TEST

/* The list was made while the call returned. */
START_TEST(listed_thread_is_replaced_but_not_orphaned)
{
    shell();
    skr_proc_entry listed = a_process(200, 200, 100, "old"), below = a_process(300, 300, 200, "below");
    add_process(&w, &listed);
    add_process(&w, &below);
    ev_clone(&w, (clone_args){ .res = 0, .tid = 200, .pid = 200, .ptid = 100, .comm = "new" });
    same(thread(200)->comm, "new");
    ck_assert_uint_eq(skr_thread_live_count(thread(200)), 1);
    ck_assert_int_eq(thread(300)->ptid, 200);
    ck_assert_ptr_eq(skr_thread_parent(w.state, thread(300)), thread(200));
}
END_TEST

START_TEST(unknown_caller_learns_from_the_event)
{
    ev_clone(&w, (clone_args){ .res = 200, .tid = 100, .pid = 100, .ptid = 7, .comm = "mystery" });
    skr_thread *caller = thread(100);
    ck_assert(!skr_thread_is_placeholder(caller));
    ck_assert_int_eq(caller->ptid, 0); /* 7 is not known */
    same(caller->comm, "mystery");
    ck_assert_int_eq(thread(200)->ptid, 100);
    ck_assert_uint_eq(thread(200)->cwd.len, 0);
}
END_TEST

START_TEST(placeholder)
{
    ev_nothing(&w, 55);
    skr_thread *t = w.event.thread;
    ck_assert(skr_thread_is_placeholder(t));
    same(t->comm, "<NA>");
    same(skr_thread_cmdline(w.state, t), "<NA>");
    same(skr_thread_cwd(w.state, t), "./");
    ck_assert_int_eq(t->pid, -1);
    ck_assert_uint_eq(t->uid, UINT32_MAX);
    ck_assert_uint_eq(skr_thread_live_count(t), 0);
    ev_exec(&w, 55, 55, 1, "/bin/ls", "ls", "-l", 3);
    ck_assert(!skr_thread_is_placeholder(t));
    same(skr_thread_cmdline(w.state, t), "ls -l");
}
END_TEST

/* ---- Exec ---- */

START_TEST(exec_changes_what_it_says)
{
    static const char args[] = "-c\0a  b\0";
    shell();
    ev_fork(&w, 100, 200, "bash");
    ev_exec(&w, 200, 200, 100, "/usr/bin/python3 (deleted)", "python3", args, sizeof args - 1);
    skr_thread *t = thread(200);
    same(t->exepath, "/usr/bin/python3");
    same(skr_thread_cmdline(w.state, t), "python3 -c a  b");
    same(skr_thread_args_text(w.state, t), "-c a  b");
    ck_assert_uint_eq(t->args_count, 2);
    ck_assert_int_eq(t->fdlimit, 2048);
    ck_assert_int_eq(t->pgid, 77);
    ck_assert_uint_eq(skr_thread_env(t).len, 7);
    same(t->cgroups, "cpu=/user.slice");
    same(t->cwd, "/home/ann/");
    ck_assert_uint_eq(t->lastexec_ts, w.event.evt.ts);
}
END_TEST

START_TEST(failed_exec_changes_nothing)
{
    shell();
    ev(&w, SKR_E_SYSCALL_EXECVE_19_X, 100);
    ev_i64(&w, -2);
    ev_str(&w, "nope");
    ev_none(&w, 12);
    ev_run(&w);
    same(thread(100)->comm, "bash");
}
END_TEST

START_TEST(exec_ends_the_other_threads)
{
    shell();
    for (int64_t tid = 101; tid < 105; tid++)
        ev_clone(&w, (clone_args){ .res = tid, .tid = 100, .pid = 100, .ptid = 1, .flags = SKR_CL_THREAD });
    ck_assert_uint_eq(skr_thread_live_count(thread(100)), 5);
    ev_exec(&w, 100, 100, 1, "/bin/ls", "ls", "", 1);
    ck_assert_uint_eq(skr_thread_live_count(thread(100)), 1);
    ck_assert_ptr_null(thread(103));
    ck_assert_uint_eq(thread(100)->args_count, 0); /* a lone NUL is no argument */
}
END_TEST

START_TEST(exec_takes_the_path_of_its_enter_event)
{
    shell();
    ev(&w, SKR_E_SYSCALL_EXECVE_19_E, 100);
    ev_str(&w, "bin/../tool");
    ev_run(&w);
    ck_assert(!w.shown);
    ev(&w, SKR_E_SCHEDSWITCH_6_E, 100); /* a switch comes in between */
    ev_i64(&w, 5);
    ev_run(&w);
    ev_exec(&w, 100, 100, 1, "", "tool", "", 0);
    same(thread(100)->exepath, "");
    ev(&w, SKR_E_SYSCALL_EXECVE_19_E, 100);
    ev_str(&w, "bin/../tool");
    ev_run(&w);
    ev(&w, SKR_E_SYSCALL_EXECVE_19_X, 100);
    ev_i64(&w, 0);
    ev_str(&w, "tool");
    ev_none(&w, 28);
    ev_run(&w);
    same(thread(100)->exepath, "/home/ann/tool");
}
END_TEST

/* ---- The end ---- */

START_TEST(exit_takes_effect_at_the_next_event)
{
    shell();
    ev_fork(&w, 100, 200, "bash");
    ev_exit(&w, 200, 1);
    ck_assert_ptr_eq(w.event.thread, thread(200));
    ck_assert_uint_eq(skr_thread_live_count(thread(200)), 0);
    ev_nothing(&w, 100);
    ck_assert_ptr_null(thread(200));
}
END_TEST

START_TEST(dead_leader_stays_while_threads_live)
{
    shell();
    ev_open(&w, 100, 3, "/x", 1);
    ev_clone(&w, (clone_args){ .res = 101, .tid = 100, .pid = 100, .ptid = 1, .flags = SKR_CL_THREAD });
    ev_exit(&w, 100, 0);
    ev_nothing(&w, 101);
    ck_assert_ptr_nonnull(thread(100));
    ck_assert(!skr_thread_leader_alive(thread(101)));
    ck_assert_ptr_nonnull(skr_thread_fd(thread(101), 3));
    same(skr_thread_cwd(w.state, thread(101)), "/home/ann/");
    ev_exit(&w, 101, 0);
    ev_nothing(&w, 1);
    ck_assert_ptr_null(thread(100));
    ck_assert_ptr_null(thread(101));
}
END_TEST

START_TEST(orphans_go_to_the_named_reaper)
{
    shell();
    ev_fork(&w, 100, 200, "middle");
    ev_fork(&w, 200, 300, "orphan");
    ev_exit(&w, 200, 100);
    ev_nothing(&w, 1);
    ck_assert_int_eq(thread(300)->ptid, 100);
    ck_assert(thread(100)->group->reaper);
}
END_TEST

START_TEST(orphans_go_to_a_sibling_thread_or_up)
{
    shell();
    ev_fork(&w, 100, 200, "middle");
    ev_clone(&w, (clone_args){ .res = 201, .tid = 200, .pid = 200, .ptid = 100, .flags = SKR_CL_THREAD });
    ev_clone(&w, (clone_args){ .res = 300, .tid = 201, .pid = 200, .ptid = 100, .comm = "orphan" });
    ck_assert_int_eq(thread(300)->ptid, 201);
    ev_exit(&w, 201, 0);
    ev_nothing(&w, 1);
    ck_assert_int_eq(thread(300)->ptid, 200);
    ev_exit(&w, 200, 0); /* nobody left but init, which takes in orphans */
    ev_nothing(&w, 1);
    ck_assert_int_eq(thread(300)->ptid, 1);
}
END_TEST

START_TEST(subreaper)
{
    shell();
    ev(&w, SKR_E_SYSCALL_PRCTL_X, 100);
    ev_i64(&w, 0);
    ev_u32(&w, 36);
    ev_none(&w, 1);
    ev_i64(&w, 1);
    ev_run(&w);
    ev_fork(&w, 100, 200, "a");
    ev_fork(&w, 200, 300, "b");
    ev_exit(&w, 200, 0);
    ev_nothing(&w, 1);
    ck_assert_int_eq(thread(300)->ptid, 100);
}
END_TEST

START_TEST(ancestors_that_bite_their_tail)
{
    skr_proc_entry a = a_process(10, 10, 11, "a"), b = a_process(11, 11, 10, "b"), c = a_process(12, 12, 12, "c");
    add_process(&w, &a);
    add_process(&w, &b);
    add_process(&w, &c);
    ev_fork(&w, 10, 20, "child");
    ev_exit(&w, 20, 0);
    ev_exit(&w, 10, 0);
    ev_exit(&w, 12, 0);
    ev_exit(&w, 11, 0);
    ev_nothing(&w, 1);
    ck_assert_ptr_null(thread(10));
    ck_assert_ptr_null(thread(11));
    ck_assert_ptr_null(thread(12));
}
END_TEST

/* ---- Ids and directories ---- */

START_TEST(user_ids)
{
    shell();
    ev(&w, SKR_E_SYSCALL_SETUID_X, 100);
    ev_i64(&w, 0);
    ev_u32(&w, 33);
    ev_run(&w);
    ck_assert_uint_eq(thread(100)->uid, 33);
    ev(&w, SKR_E_SYSCALL_SETRESUID_X, 100);
    ev_i64(&w, 0);
    ev_u32(&w, 1);
    ev_u32(&w, UINT32_MAX);
    ev_u32(&w, 3);
    ev_run(&w);
    ck_assert_uint_eq(thread(100)->uid, UINT32_MAX); /* as Falco */
    ev(&w, SKR_E_SYSCALL_SETGID_X, 100);
    ev_i64(&w, -1);
    ev_u32(&w, 5);
    ev_run(&w);
    ck_assert_uint_eq(thread(100)->gid, 0);
}
END_TEST

static void chdir_to(int64_t tid, const char *path)
{
    ev(&w, SKR_E_SYSCALL_CHDIR_X, tid);
    ev_i64(&w, 0);
    ev_str(&w, path);
    ev_run(&w);
}

START_TEST(directories)
{
    shell();
    chdir_to(100, "../bob");
    same(skr_thread_cwd(w.state, thread(100)), "/home/bob/");
    chdir_to(100, "/");
    same(skr_thread_cwd(w.state, thread(100)), "/");
    chdir_to(100, "/srv/");
    ev_clone(&w, (clone_args){ .res = 101, .tid = 100, .pid = 100, .ptid = 1, .flags = SKR_CL_THREAD });
    chdir_to(101, "sub"); /* a thread has no base of its own, as in Falco */
    same(skr_thread_cwd(w.state, thread(100)), "sub/");
    ev_open(&w, 100, 3, "/data/", SKR_O_DIRECTORY);
    ev(&w, SKR_E_SYSCALL_FCHDIR_X, 100);
    ev_i64(&w, 0);
    ev_i64(&w, 3);
    ev_run(&w);
    same(skr_thread_cwd(w.state, thread(100)), "/data/");
    ev(&w, SKR_E_SYSCALL_CHROOT_X, 100);
    ev_i64(&w, 0);
    ev_str(&w, "jail");
    ev_run(&w);
    same(thread(100)->root, "/data/jail");
}
END_TEST

START_TEST(limits_of_the_process)
{
    shell();
    ev(&w, SKR_E_SYSCALL_PRLIMIT_X, 1);
    ev_i64(&w, 0);
    ev_i64(&w, 500);
    ev_i64(&w, 500);
    ev_none(&w, 2);
    ev_i64(&w, 100);
    ev_u8(&w, 7);
    ev_run(&w);
    ck_assert_int_eq(thread(100)->fdlimit, 500);
    ck_assert_int_eq(thread(1)->fdlimit, 1024);
}
END_TEST

START_TEST(capabilities)
{
    shell();
    ev(&w, SKR_E_SYSCALL_UNSHARE_X, 100);
    ev_i64(&w, 0);
    ev_u32(&w, SKR_CL_NEWUSER);
    ev_run(&w);
    ck_assert_uint_eq(thread(100)->cap_effective, 0x1ffffffffffu);
    ev(&w, SKR_E_SYSCALL_CAPSET_X, 100);
    ev_i64(&w, 0);
    ev_i64(&w, 1);
    ev_i64(&w, 2);
    ev_i64(&w, 3);
    ev_run(&w);
    ck_assert_uint_eq(thread(100)->cap_inheritable, 1);
    ck_assert_uint_eq(thread(100)->cap_permitted, 2);
    ck_assert_uint_eq(thread(100)->cap_effective, 3);
}
END_TEST

static Suite *state_suite(void)
{
    const TTest *const tests[] = {
        path_join,
        path_too_long,
        fork_parent_first,
        fork_child_first,
        clone_of_a_thread,
        vfork_and_namespaces_are_left_to_the_child,
        child_that_is_gone_before_its_parent_returns,
        the_last_8192_exits_are_known,
        stale_thread_is_replaced,
        listed_thread_is_replaced_but_not_orphaned,
        unknown_caller_learns_from_the_event,
        placeholder,
        exec_changes_what_it_says,
        failed_exec_changes_nothing,
        exec_ends_the_other_threads,
        exec_takes_the_path_of_its_enter_event,
        exit_takes_effect_at_the_next_event,
        dead_leader_stays_while_threads_live,
        orphans_go_to_the_named_reaper,
        orphans_go_to_a_sibling_thread_or_up,
        subreaper,
        ancestors_that_bite_their_tail,
        user_ids,
        directories,
        limits_of_the_process,
        capabilities,
    };
    Suite *suite = suite_create("state");
    TCase *all = tcase_create("threads");
    tcase_set_timeout(all, 120);
    tcase_add_checked_fixture(all, setup, teardown);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(all, tests[i]);
    suite_add_tcase(suite, all);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(state_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
