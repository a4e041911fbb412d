/* SPDX-License-Identifier: Apache-2.0 */
/* The state engine on events made by hand: descriptors and sockets. */
#include "world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static world w;

static void setup(void)
{
    skr_proc_entry init = a_process(1, 1, 0, "init"), sh = a_process(100, 100, 1, "bash");
    world_open(&w, NULL, NULL);
    add_process(&w, &init);
    add_process(&w, &sh);
}

static void teardown(void)
{
    const char *wrong = world_wrong(&w);
    ck_assert_msg(!wrong, "%s", wrong);
    world_close(&w);
    ck_assert_uint_eq(w.mem.used, 0);
}

static const skr_fd *fd_of(int64_t tid, int64_t fd)
{
    return skr_thread_fd(skr_state_find(w.state, tid), fd);
}

#define same(text, literal) ck_assert_msg(skr_str_is((text), (literal)), "\"%.*s\"", (int)(text).len, (text).ptr)

/* ---- Files ---- */

START_TEST(open_and_close)
{
    ev_open(&w, 100, 3, "dir/../file", SKR_O_CLOEXEC | 1);
    ck_assert_ptr_nonnull(w.event.fd);
    ck_assert_uint_eq(w.event.fd->type, SKR_FD_FILE_V2);
    same(w.event.fd->name, "/home/ann/file");
    same(w.event.fd->name_raw, "dir/../file");
    ck_assert_uint_eq(w.event.fd->ino, 99);
    ck_assert_int_eq(w.event.thread->last_fd, 3);
    ck_assert(w.event.fd_name_changed);
    ev_close(&w, 100, 3);
    same(w.event.fd->name, "/home/ann/file"); /* still there on its own event */
    ck_assert(!w.event.fd_name_changed);
    ev_nothing(&w, 100);
    ck_assert_ptr_null(fd_of(100, 3));
}
END_TEST

START_TEST(failed_open)
{
    ev_open(&w, 100, -2, "/nope", 1);
    ck_assert_ptr_null(w.event.fd);
    ck_assert_int_eq(w.event.thread->last_fd, -1);
    ck_assert_uint_eq(skr_thread_fd_count(w.event.thread), 0);
}
END_TEST

START_TEST(directory_by_its_flag_and_as_a_base)
{
    ev_open(&w, 100, 3, "/var/log", SKR_O_DIRECTORY);
    ck_assert_uint_eq(w.event.fd->type, SKR_FD_DIRECTORY);
    ev(&w, SKR_E_SYSCALL_OPENAT_2_X, 100);
    ev_i64(&w, 4);
    ev_i64(&w, 3);
    ev_str(&w, "./x");
    ev_u32(&w, 1);
    ev_none(&w, 3);
    ev_run(&w);
    same(w.event.fd->name, "/var/log/x");
    ev(&w, SKR_E_SYSCALL_OPENAT_2_X, 100);
    ev_i64(&w, 5);
    ev_i64(&w, 99);
    ev_str(&w, "x");
    ev_u32(&w, 1);
    ev_none(&w, 3);
    ev_run(&w);
    same(w.event.fd->name, "<UNKNOWN>x");
}
END_TEST

START_TEST(enter_event_wins_over_a_racing_writer)
{
    ev(&w, SKR_E_SYSCALL_OPENAT_2_E, 100);
    ev_i64(&w, -100);
    ev_str(&w, "/etc/shadow");
    ev_u32(&w, 1);
    ev_u32(&w, 0);
    ev_run(&w);
    ck_assert(!w.shown);
    ev_open(&w, 100, 3, "/tmp/harmless", SKR_O_F_CREATED | 2);
    same(w.event.fd->name, "/etc/shadow");
    ck_assert_uint_eq(w.event.fd->open_flags, SKR_O_F_CREATED | 1);
    ev_open(&w, 100, 4, "/tmp/next", 2); /* the stored event is used once */
    same(w.event.fd->name, "/tmp/next");
}
END_TEST

START_TEST(tables_of_parent_and_child_part)
{
    ev_open(&w, 100, 3, "/a", 1);
    ev_open(&w, 100, 4, "/b", 1);
    ev_fork(&w, 100, 200, "bash");
    ev_close(&w, 200, 3);
    ev_open(&w, 200, 5, "/c", 1);
    ev_open(&w, 100, 5, "/d", 1);
    ev_nothing(&w, 1);
    same(fd_of(100, 3)->name, "/a");
    ck_assert_ptr_null(fd_of(200, 3));
    same(fd_of(200, 4)->name, "/b");
    same(fd_of(200, 5)->name, "/c");
    same(fd_of(100, 5)->name, "/d");
    ev(&w, SKR_E_SYSCALL_FCNTL_X, 200);
    ev_i64(&w, 0);
    ev_i64(&w, 4);
    ev_u8(&w, 3);
    ev_i64(&w, 1);
    ev_run(&w);
    ck_assert_uint_ne(fd_of(200, 4)->open_flags & SKR_O_CLOEXEC, 0);
    ck_assert_uint_eq(fd_of(100, 4)->open_flags & SKR_O_CLOEXEC, 0);
}
END_TEST

START_TEST(exec_closes_what_is_marked)
{
    ev_open(&w, 100, 3, "/kept", 1);
    ev_open(&w, 100, 4, "/dropped", 1 | SKR_O_CLOEXEC);
    ev(&w, SKR_E_SYSCALL_EPOLL_CREATE1_X, 100);
    ev_i64(&w, 5);
    ev_u32(&w, 1);
    ev_run(&w);
    ck_assert_uint_eq(w.event.fd->type, SKR_FD_EVENTPOLL);
    ev(&w, SKR_E_SYSCALL_MEMFD_CREATE_X, 100);
    ev_i64(&w, 6);
    ev_str(&w, "code");
    ev_u32(&w, 1);
    ev_run(&w);
    same(w.event.fd->name, "code");
    ev_fork(&w, 100, 200, "bash");
    ev_exec(&w, 200, 200, 100, "/bin/x", "x", "", 0);
    ck_assert_uint_eq(skr_thread_fd_count(skr_state_find(w.state, 200)), 1);
    ck_assert_ptr_nonnull(fd_of(200, 3));
    ck_assert_uint_eq(skr_thread_fd_count(skr_state_find(w.state, 100)), 4);
}
END_TEST

static void close_range(int64_t tid, uint32_t first, uint32_t last, uint32_t flags)
{
    ev(&w, SKR_E_SYSCALL_CLOSE_RANGE_X, tid);
    ev_i64(&w, 0);
    ev_u32(&w, first);
    ev_u32(&w, last);
    ev_u32(&w, flags);
    ev_run(&w);
}

START_TEST(ranges)
{
    for (int fd = 3; fd < 40; fd++)
        ev_open(&w, 100, fd, "/x", 1);
    ev_open(&w, 100, 100000, "/far", 1);
    ev_fork(&w, 100, 200, "bash");
    close_range(200, 20, 30, 1 << 2);
    ck_assert_uint_ne(fd_of(200, 20)->open_flags & SKR_O_CLOEXEC, 0);
    ck_assert_uint_eq(fd_of(200, 31)->open_flags & SKR_O_CLOEXEC, 0);
    ck_assert_uint_eq(fd_of(100, 20)->open_flags & SKR_O_CLOEXEC, 0);
    close_range(200, 10, UINT32_MAX, 0);
    ck_assert_uint_eq(skr_thread_fd_count(skr_state_find(w.state, 200)), 7);
    ck_assert_uint_eq(skr_thread_fd_count(skr_state_find(w.state, 100)), 38);
    ck_assert_ptr_nonnull(fd_of(100, 100000));
}
END_TEST

static void dup_event(uint16_t code, int64_t res, int64_t from, uint32_t flags)
{
    ev(&w, code, 100);
    ev_i64(&w, res);
    ev_i64(&w, from);
    if (code != SKR_E_SYSCALL_DUP_1_X)
        ev_i64(&w, res);
    if (code == SKR_E_SYSCALL_DUP3_X)
        ev_u32(&w, flags);
    ev_run(&w);
}

START_TEST(dup_family)
{
    ev_open(&w, 100, 3, "/x", 1 | SKR_O_CLOEXEC);
    ev_open(&w, 100, 1, "/out", 2);
    dup_event(SKR_E_SYSCALL_DUP2_X, 1, 3, 0);
    ck_assert_int_eq(w.event.fd->fd, 1);
    ck_assert_int_eq(w.event.thread->last_fd, 1);
    same(w.event.fd->name, "/x");
    ck_assert_uint_eq(w.event.fd->open_flags, 1);
    ck_assert(!w.event.fd_name_changed);
    ck_assert_uint_ne(w.event.thread->flags & SKR_CL_PIPE_SRC, 0);
    dup_event(SKR_E_SYSCALL_DUP3_X, 7, 1, SKR_O_CLOEXEC);
    ck_assert_uint_eq(w.event.fd->open_flags, 1 | SKR_O_CLOEXEC);
    dup_event(SKR_E_SYSCALL_DUP_1_X, 8, 50, 0); /* nobody knows 50 */
    ck_assert_ptr_null(w.event.fd);
    ck_assert_int_eq(w.event.thread->last_fd, 50);
    dup_event(SKR_E_SYSCALL_DUP2_X, 3, 3, 0); /* onto itself */
    ck_assert_int_eq(w.event.fd->fd, 3);
    ev(&w, SKR_E_SYSCALL_FCNTL_X, 100);
    ev_i64(&w, 20);
    ev_i64(&w, 3);
    ev_u8(&w, 26);
    ev_i64(&w, 10);
    ev_run(&w);
    ck_assert_int_eq(w.event.fd->fd, 20);
    ck_assert_uint_ne(w.event.fd->open_flags & SKR_O_CLOEXEC, 0);
}
END_TEST

START_TEST(pairs)
{
    ev(&w, SKR_E_SYSCALL_PIPE2_X, 100);
    ev_i64(&w, 0);
    ev_i64(&w, 3);
    ev_i64(&w, 4);
    ev_i64(&w, 777);
    ev_u32(&w, SKR_O_CLOEXEC);
    ev_run(&w);
    ck_assert_int_eq(w.event.fd->fd, 4);
    ck_assert_uint_eq(fd_of(100, 3)->type, SKR_FD_FIFO);
    ck_assert_uint_eq(fd_of(100, 3)->ino, 777);
    ev(&w, SKR_E_SOCKET_SOCKETPAIR_X, 100);
    ev_i64(&w, 0);
    ev_i64(&w, 5);
    ev_i64(&w, 6);
    ev_i64(&w, 0xaa);
    ev_i64(&w, 0xbb);
    ev_none(&w, 3);
    ev_run(&w);
    ck_assert_uint_eq(fd_of(100, 5)->type, SKR_FD_UNIX_SOCK);
    ck_assert_uint_eq(fd_of(100, 6)->destination, 0xbb);
}
END_TEST

/* The quirk of the reference: what failed has an entry for its own event, and is counted. */
START_TEST(memfd_that_failed)
{
    size_t before = skr_thread_fd_count(skr_state_find(w.state, 100));
    for (int i = 0; i < 2; i++) {
        ev(&w, SKR_E_SYSCALL_MEMFD_CREATE_X, 100);
        ev_i64(&w, -22);
        ev_str(&w, "secret");
        ev_u32(&w, 1);
        ev_run(&w);
        ck_assert_ptr_nonnull(w.event.fd);
        same(w.event.fd->name, "secret");
        ck_assert_int_eq(w.event.thread->last_fd, -22);
        ck_assert(w.event.fd_name_changed);
    }
    ck_assert_uint_eq(skr_thread_fd_count(skr_state_find(w.state, 100)), before + 1);
    ck_assert_ptr_null(skr_thread_fd(skr_state_find(w.state, 100), -22));
    ev_close(&w, 100, -22);
    ck_assert_ptr_null(w.event.fd);
}
END_TEST

START_TEST(pidfds)
{
    ev_fork(&w, 100, 200, "bash");
    ev_open(&w, 200, 9, "/theirs", 1);
    ev(&w, SKR_E_SYSCALL_PIDFD_OPEN_X, 100);
    ev_i64(&w, 3);
    ev_i64(&w, 200);
    ev_u32(&w, 0);
    ev_run(&w);
    same(w.event.fd->name, "/proc/200");
    ev(&w, SKR_E_SYSCALL_PIDFD_GETFD_X, 100);
    ev_i64(&w, 4);
    ev_i64(&w, 3);
    ev_i64(&w, 9);
    ev_u32(&w, 0);
    ev_run(&w);
    same(w.event.fd->name, "/theirs");
    ck_assert_int_eq(w.event.fd->fd, 4);
    ck_assert_uint_ne(w.event.fd->open_flags & SKR_O_CLOEXEC, 0);
}
END_TEST

START_TEST(a_million_descriptors_never_closed)
{
    skr_state_stats stats;
    char path[32];
    for (int64_t fd = 0; fd < 1000000; fd++) {
        snprintf(path, sizeof path, "/tmp/%lld", (long long)fd);
        ev_open(&w, 100, fd * 7919 % 1000003, path, 1);
    }
    skr_state_get_stats(w.state, &stats);
    ck_assert_uint_eq(stats.fds, 4096);
    ck_assert_uint_eq(stats.full_fds, 1000000 - 4096);
    ck_assert_int_ne(w.event.thread->last_fd, -1); /* fd.num is right even so */
    ev_open(&w, 100, 0, "/again", 1);
    same(fd_of(100, 0)->name, "/again"); /* a known number is replaced */
}
END_TEST

START_TEST(a_million_opened_and_closed)
{
    size_t peak = 0;
    for (int i = 0; i < 1000000; i++) {
        ev_open(&w, 100, 3, i & 1 ? "/tmp/one" : "/tmp/other", 1);
        ev_close(&w, 100, 3);
        if (i == 100)
            peak = w.mem.peak;
    }
    ck_assert_uint_eq(w.mem.peak, peak);
}
END_TEST

/* ---- Sockets ---- */

static void socket_event(int64_t fd, uint32_t domain, uint32_t type, uint32_t protocol)
{
    ev(&w, SKR_E_SOCKET_SOCKET_X, 100);
    ev_i64(&w, fd);
    ev_u32(&w, domain);
    ev_u32(&w, type);
    ev_u32(&w, protocol);
    ev_u32(&w, 0);
    ev_run(&w);
}

typedef struct bytes {
    uint8_t at[64];
    size_t len;
} bytes;

static void add(bytes *b, const void *p, size_t len)
{
    memcpy(b->at + b->len, p, len);
    b->len += len;
}

static bytes tuple4(const uint8_t sip[4], uint16_t sport, const uint8_t dip[4], uint16_t dport)
{
    bytes b = { { 2 }, 1 };
    add(&b, sip, 4);
    add(&b, &sport, 2);
    add(&b, dip, 4);
    add(&b, &dport, 2);
    return b;
}

static bytes tuple6(const uint8_t sip[16], uint16_t sport, const uint8_t dip[16], uint16_t dport)
{
    bytes b = { { 10 }, 1 };
    add(&b, sip, 16);
    add(&b, &sport, 2);
    add(&b, dip, 16);
    add(&b, &dport, 2);
    return b;
}

static bytes tuple_unix(uint64_t source, uint64_t destination, const char *path)
{
    bytes b = { { 1 }, 1 };
    add(&b, &source, 8);
    add(&b, &destination, 8);
    add(&b, path, strlen(path) + 1);
    return b;
}

static bytes address6(const uint8_t ip[16], uint16_t port)
{
    bytes b = { { 10 }, 1 };
    add(&b, ip, 16);
    add(&b, &port, 2);
    return b;
}

static const uint8_t LOCAL[4] = { 127, 0, 0, 1 }, HERE[4] = { 10, 0, 2, 15 }, FAR[4] = { 8, 8, 8, 8 },
                     OTHER[4] = { 9, 9, 9, 9 }, NONE[16] = { 0 };

static void interfaces(void)
{
    skr_if_entry lo = { .addr = { 127, 0, 0, 1 }, .mask = { 255 }, .len = 4, .name = SKR_STR("lo") };
    skr_if_entry eth = { .addr = { 10, 0, 2, 15 }, .mask = { 255, 255, 255 }, .len = 4, .name = SKR_STR("eth0") };
    w.lists.interface(w.lists.ctx, &lo);
    w.lists.interface(w.lists.ctx, &eth);
}

static void connect_event(int64_t res, int64_t fd, bytes tuple)
{
    ev(&w, SKR_E_SOCKET_CONNECT_X, 100);
    ev_i64(&w, res);
    ev_bytes(&w, tuple.at, tuple.len);
    ev_i64(&w, fd);
    ev_none(&w, 1);
    ev_run(&w);
}

static void sendto_event(int64_t fd, bytes tuple)
{
    ev(&w, SKR_E_SOCKET_SENDTO_X, 100);
    ev_i64(&w, 1);
    ev_bytes(&w, "x", 1);
    ev_i64(&w, fd);
    ev_u32(&w, 1);
    ev_bytes(&w, tuple.at, tuple.len);
    ev_run(&w);
}

static void recvfrom_event(int64_t fd, bytes tuple)
{
    ev(&w, SKR_E_SOCKET_RECVFROM_X, 100);
    ev_i64(&w, 1);
    ev_bytes(&w, "x", 1);
    ev_bytes(&w, tuple.at, tuple.len);
    ev_i64(&w, fd);
    ev_u32(&w, 1);
    ev_run(&w);
}

START_TEST(socket_kinds)
{
    static const struct {
        uint32_t domain, type, protocol;
        uint8_t fd_type, l4;
    } rows[] = {
        { 2, 1, 0, SKR_FD_IPV4_SOCK, SKR_L4_TCP },       { 2, 2, 0, SKR_FD_IPV4_SOCK, SKR_L4_UDP },
        { 2, 3, 0, SKR_FD_IPV4_SOCK, SKR_L4_UNKNOWN },   { 10, 1, 6, SKR_FD_IPV6_SOCK, SKR_L4_TCP },
        { 10, 2, 17, SKR_FD_IPV6_SOCK, SKR_L4_UDP },     { 2, 3, 1, SKR_FD_IPV4_SOCK, SKR_L4_RAW },
        { 2, 2, 1, SKR_FD_IPV4_SOCK, SKR_L4_ICMP },      { 2, 3, 255, SKR_FD_IPV4_SOCK, SKR_L4_RAW },
        { 2, 5, 132, SKR_FD_IPV4_SOCK, SKR_L4_UNKNOWN }, { 2, 0x80001, 0, SKR_FD_IPV4_SOCK, SKR_L4_TCP },
        { 1, 1, 0, SKR_FD_UNIX_SOCK, SKR_L4_UNKNOWN },   { 16, 3, 0, SKR_FD_NETLINK, SKR_L4_UNKNOWN },
        { 17, 3, 0, SKR_FD_UNKNOWN, SKR_L4_UNKNOWN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        socket_event(3, rows[i].domain, rows[i].type, rows[i].protocol);
        ck_assert_uint_eq(w.event.fd->type, rows[i].fd_type);
        ck_assert_uint_eq(w.event.fd->l4, rows[i].l4);
        ck_assert_uint_eq(w.event.fd->name.len, 0);
    }
}
END_TEST

START_TEST(connect_makes_a_client)
{
    socket_event(3, 2, 1, 0);
    connect_event(-111, 3, tuple4(LOCAL, 40000, LOCAL, 80));
    ck_assert_uint_eq(w.event.fd->marks, 0);
    connect_event(-115, 3, tuple4(LOCAL, 40000, LOCAL, 80)); /* EINPROGRESS counts */
    ck_assert_uint_eq(w.event.fd->marks, SKR_FDM_CLIENT | SKR_FDM_CONNECTED);
    same(w.event.fd->name, "127.0.0.1:40000->127.0.0.1:80");
    ck_assert(w.event.fd_name_changed);
    ck_assert_uint_eq(w.event.fd->sport, 80);
}
END_TEST

START_TEST(connect_of_unix_and_mapped)
{
    static const uint8_t mapped_here[16] = { [10] = 0xff, 0xff, 10, 0, 2, 15 },
                         mapped_far[16] = { [10] = 0xff, 0xff, 8, 8, 8, 8 };
    socket_event(3, 1, 1, 0);
    connect_event(0, 3, tuple_unix(0xabc, 0xdef, "/run/x"));
    same(w.event.fd->name, "abc->def /run/x");
    socket_event(4, 10, 1, 0);
    connect_event(0, 4, tuple6(mapped_here, 1, mapped_far, 2));
    ck_assert_uint_eq(w.event.fd->type, SKR_FD_IPV4_SOCK);
    ck_assert_mem_eq(w.event.fd->sip, FAR, 4);
    same(w.event.fd->name, "10.0.2.15:1->8.8.8.8:2");
}
END_TEST

START_TEST(connect_trusts_the_enter_address)
{
    const uint16_t real = 443;
    bytes asked = { { 2 }, 1 }, shown = { { 2 }, 1 }, tuple = tuple4(HERE, 5, OTHER, 80);
    add(&asked, FAR, 4);
    add(&asked, &real, 2);
    add(&shown, OTHER, 4);
    add(&shown, (const uint16_t[]){ 80 }, 2);
    socket_event(3, 2, 1, 0);
    ev(&w, SKR_E_SOCKET_CONNECT_E, 100);
    ev_i64(&w, 3);
    ev_bytes(&w, asked.at, asked.len);
    ev_run(&w);
    ev(&w, SKR_E_SOCKET_CONNECT_X, 100);
    ev_i64(&w, 0);
    ev_bytes(&w, tuple.at, tuple.len);
    ev_i64(&w, 3);
    ev_bytes(&w, shown.at, shown.len);
    ev_run(&w);
    ck_assert_mem_eq(w.event.fd->sip, FAR, 4);
    ck_assert_uint_eq(w.event.fd->sport, 443);
}
END_TEST

START_TEST(bind_listen_accept)
{
    bytes any = address6(NONE, 8080), peer = tuple4(FAR, 5555, HERE, 8080);
    socket_event(3, 10, 1, 0);
    ev(&w, SKR_E_SOCKET_BIND_X, 100);
    ev_i64(&w, 0);
    ev_bytes(&w, any.at, any.len);
    ev_i64(&w, 3);
    ev_run(&w);
    ck_assert_uint_eq(w.event.fd->type, SKR_FD_IPV4_SERVSOCK); /* "::" is taken for v4-mapped, as in Falco */
    same(w.event.fd->name, ":::8080");
    ck_assert_uint_eq(w.event.fd->marks, SKR_FDM_SERVER);
    ck_assert_uint_eq(w.event.fd->sport, 8080);
    ev(&w, SKR_E_SOCKET_ACCEPT4_6_X, 100);
    ev_i64(&w, 4);
    ev_bytes(&w, peer.at, peer.len);
    ev_none(&w, 3);
    ev_u32(&w, SKR_O_CLOEXEC);
    ev_run(&w);
    ck_assert_int_eq(w.event.fd->fd, 4);
    same(w.event.fd->name, "8.8.8.8:5555->10.0.2.15:8080");
    ck_assert_uint_eq(w.event.fd->marks, SKR_FDM_SERVER | SKR_FDM_CONNECTED);
    ck_assert_uint_eq(w.event.fd->l4, SKR_L4_TCP);
}
END_TEST

START_TEST(bind_to_port_zero)
{
    bytes zero = { { 2 }, 1 };
    add(&zero, LOCAL, 4);
    add(&zero, (const uint16_t[]){ 0 }, 2);
    socket_event(3, 2, 2, 0);
    ev(&w, SKR_E_SOCKET_BIND_X, 100);
    ev_i64(&w, 0);
    ev_bytes(&w, zero.at, zero.len);
    ev_i64(&w, 3);
    ev_run(&w);
    same(w.event.fd->name, "127.0.0.1:0");
    ck_assert_uint_eq(w.event.fd->type, SKR_FD_IPV4_SOCK);
    ck_assert_uint_eq(w.event.fd->marks, 0);
}
END_TEST

START_TEST(datagrams_take_the_address_of_the_last)
{
    interfaces();
    socket_event(3, 2, 2, 0);
    sendto_event(3, tuple4(NONE, 5, FAR, 53));
    same(w.event.fd->name, "10.0.2.15:5->8.8.8.8:53");
    ck_assert_uint_eq(w.event.fd->marks, SKR_FDM_CLIENT | SKR_FDM_CONNECTED);
    recvfrom_event(3, tuple4(FAR, 53, HERE, 5)); /* the answer: the same ends, exchanged */
    same(w.event.fd->name, "10.0.2.15:5->8.8.8.8:53");
    sendto_event(3, tuple4(NONE, 5, LOCAL, 53));
    same(w.event.fd->name, "127.0.0.1:5->127.0.0.1:53");
    recvfrom_event(3, tuple4(OTHER, 53, HERE, 5)); /* a client's source stays on this side */
    same(w.event.fd->name, "10.0.2.15:5->9.9.9.9:53");
}
END_TEST

START_TEST(datagram_server)
{
    interfaces();
    socket_event(3, 2, 2, 0);
    recvfrom_event(3, tuple4(FAR, 999, HERE, 53));
    ck_assert_uint_eq(w.event.fd->marks, SKR_FDM_SERVER | SKR_FDM_CONNECTED);
    same(w.event.fd->name, "8.8.8.8:999->10.0.2.15:53");
    sendto_event(3, tuple4(HERE, 53, OTHER, 998));
    same(w.event.fd->name, "9.9.9.9:998->10.0.2.15:53");
}
END_TEST

START_TEST(filling_never_makes_both_ends_equal)
{
    interfaces();
    socket_event(3, 2, 2, 0);
    sendto_event(3, tuple4(NONE, 53, LOCAL, 53));
    same(w.event.fd->name, "0.0.0.0:53->127.0.0.1:53");
}
END_TEST

START_TEST(unseen_socket_that_sends)
{
    sendto_event(9, tuple4(HERE, 5, FAR, 53));
    ck_assert_ptr_nonnull(w.event.fd);
    ck_assert_uint_eq(w.event.fd->l4, SKR_L4_UDP);
    same(w.event.fd->name, "10.0.2.15:5->8.8.8.8:53");
}
END_TEST

START_TEST(tcp_with_a_name_keeps_it)
{
    socket_event(3, 2, 1, 0);
    connect_event(0, 3, tuple4(HERE, 5, FAR, 80));
    sendto_event(3, tuple4(HERE, 5, OTHER, 81));
    same(w.event.fd->name, "10.0.2.15:5->8.8.8.8:80");
}
END_TEST

START_TEST(unix_tuple_over_a_stale_file)
{
    ev_open(&w, 100, 3, "/stale", 1);
    sendto_event(3, tuple_unix(1, 2, ""));
    ck_assert_uint_eq(w.event.fd->type, SKR_FD_UNIX_SOCK);
    same(w.event.fd->name, "1->2 ");
}
END_TEST

/* ---- Sockets of the lists ---- */

START_TEST(imported_roles)
{
    skr_fd_entry server = {
        .tid = 1, .fd = 3, .type = SKR_FD_IPV6_SERVSOCK, .dport = 22, .l4 = SKR_L4_TCP, .name = { "", 0 }
    };
    skr_fd_entry accepted = { .tid = 100,
                              .fd = 4,
                              .type = SKR_FD_IPV4_SOCK,
                              .l4 = SKR_L4_TCP,
                              .sport = 22,
                              .dport = 5000,
                              .sip = { 10, 0, 2, 15 },
                              .dip = { 8, 8, 8, 8 },
                              .name = { "", 0 } };
    skr_fd_entry client = accepted,
                 local = { .tid = 100, .fd = 6, .type = SKR_FD_UNIX_SOCK, .name = SKR_STR("/run/s") };
    client.fd = 5;
    client.sport = 6000;
    add_fd(&w, &server);
    add_fd(&w, &accepted);
    add_fd(&w, &client);
    add_fd(&w, &local);
    ev_nothing(&w, 100);
    same(fd_of(100, 4)->name, "8.8.8.8:5000->10.0.2.15:22");
    ck_assert_uint_ne(fd_of(100, 4)->marks & SKR_FDM_SERVER, 0);
    ck_assert_uint_ne(fd_of(100, 4)->marks & SKR_FDM_CONNECTED, 0);
    same(fd_of(100, 5)->name, "10.0.2.15:6000->8.8.8.8:5000");
    ck_assert_uint_ne(fd_of(100, 5)->marks & SKR_FDM_CLIENT, 0);
    same(fd_of(100, 6)->name, "/run/s");
    ck_assert_uint_ne(fd_of(100, 6)->marks & SKR_FDM_SERVER, 0);
    same(fd_of(1, 3)->name, ":::22");
}
END_TEST

START_TEST(local_addresses)
{
    interfaces();
    skr_thread *t = skr_state_find(w.state, 100);
    ck_assert(skr_state_is_local_ip(w.state, t, HERE, 4));
    ck_assert(skr_state_is_local_ip(w.state, t, LOCAL, 4));
    ck_assert(!skr_state_is_local_ip(w.state, t, FAR, 4));
    ck_assert(!skr_state_is_local_ip(w.state, t, NONE, 16));
}
END_TEST

static Suite *fd_suite(void)
{
    const TTest *const tests[] = {
        open_and_close,
        failed_open,
        directory_by_its_flag_and_as_a_base,
        enter_event_wins_over_a_racing_writer,
        tables_of_parent_and_child_part,
        exec_closes_what_is_marked,
        ranges,
        dup_family,
        pairs,
        memfd_that_failed,
        pidfds,
        a_million_descriptors_never_closed,
        a_million_opened_and_closed,
        socket_kinds,
        connect_makes_a_client,
        connect_of_unix_and_mapped,
        connect_trusts_the_enter_address,
        bind_listen_accept,
        bind_to_port_zero,
        datagrams_take_the_address_of_the_last,
        datagram_server,
        filling_never_makes_both_ends_equal,
        unseen_socket_that_sends,
        tcp_with_a_name_keeps_it,
        unix_tuple_over_a_stale_file,
        imported_roles,
        local_addresses,
    };
    Suite *suite = suite_create("state-fd");
    TCase *all = tcase_create("descriptors");
    tcase_set_timeout(all, 120);
    tcase_add_checked_fixture(all, setup, teardown);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(all, tests[i]);
    suite_add_tcase(suite, all);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(fd_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
