/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters and calls that do not fit the generated pattern "one line a parameter". */
#ifndef SKR_LIVE_SPECIAL_H
#define SKR_LIVE_SPECIAL_H

#include "task.bpf.h"

#define ARG(n) arg(c, n)
#define CALL(name) INLINE int call_##name(const struct call *c)
#define BEGIN(code, nparams, room)                                                                                     \
    struct event e;                                                                                                    \
    if (!event_begin(&e, code, nparams, room))                                                                         \
    return 0
#define END()                                                                                                          \
    event_end(&e, TR(c->task, pid));                                                                                   \
    return 0

/* ---- Pieces that the generated calls use ---- */

INLINE u64 user_ns(u64 ptr)
{
    struct user_timespec t = USER(struct user_timespec, ptr);
    return (u64)t.sec * 1000000000 + (u64)t.nsec;
}
INLINE u32 mount_flags(u64 k)
{
    return (k & 0xffff0000) == 0xc0ed0000 ? k & 0xffff : (u32)k;
}
INLINE u8 queue_percent(struct sock *sk)
{
    u32 most = sk ? KR(sk, sk_max_ack_backlog) : 0;
    return most ? (u8)((u64)KR(sk, sk_ack_backlog) * 100 / most) : 0;
}
INLINE u64 pair_sock(const struct call *c, s32 fd, bool peer)
{
    struct sock *sk = c->ret == 0 ? fd_sock(c->task, fd) : NULL;
    if (!sk || !peer)
        return (u64)sk;
    struct unix_sock *u = (void *)sk;
    return KR(sk, __sk_common.skc_family) == F_UNIX ? (u64)KR(u, peer) : 0;
}

struct sembuf_pair {
    struct {
        u16 sem_num;
        s16 sem_op;
        u16 sem_flg;
    } one[2];
};
INLINE struct sembuf_pair read_sops(const struct call *c, u64 ptr, u64 count)
{
    struct sembuf_pair p = { 0 };
    if (count >= 2)
        bpf_probe_read_user(&p, 12, (void *)ptr);
    else if (count == 1)
        bpf_probe_read_user(&p, 6, (void *)ptr);
    return p;
}

enum { /* struct io_uring_params */
       URING_sq_entries = 0,
       URING_cq_entries = 4,
       URING_flags = 8,
       URING_sq_thread_cpu = 12,
       URING_sq_thread_idle = 16,
       URING_features = 20
};

/* ptrace: DYN of u64 or signal. */
INLINE void put_dyn_u64(struct event *e, u32 i, u64 v)
{
    *e->at = 0;
    *(u64 *)(e->at + 1) = v;
    e->at += 9;
    put_len(e, i, 9);
}
INLINE void put_ptrace_addr(struct event *e, u32 i, const struct call *c, u64 addr)
{
    put_dyn_u64(e, i, c->ret < 0 ? 0 : addr);
}
INLINE void put_ptrace_data(struct event *e, u32 i, const struct call *c, u64 request, u64 data)
{
    if (c->ret < 0) {
        put_dyn_u64(e, i, 0);
    } else if (request >= 1 && request <= 3) { /* PEEKTEXT, PEEKDATA, PEEKUSR */
        put_dyn_u64(e, i, USER(u64, data));
    } else if (request == 7 || request == 9 || request == 17 || request == 24) { /* CONT, SINGLESTEP, DETACH, SYSCALL */
        e->at[0] = 1;
        e->at[1] = (u8)data;
        e->at += 2;
        put_len(e, i, 2);
    } else {
        put_dyn_u64(e, i, data);
    }
}

/* ---- Messages ---- */

struct msg {
    u64 name, control, controllen;
    struct iov_list iov;
    bool ok;
};
INLINE struct msg to_msg(const struct user_msghdr *h)
{
    struct msg m = { .name = h->name, .control = h->control, .controllen = h->controllen };
    m.iov.base = h->iov;
    m.iov.count = h->iovlen;
    m.ok = true;
    return m;
}
INLINE struct msg read_msg(const struct call *c, u64 ptr)
{
    struct msg m = { 0 };
    if (is_compat(c)) {
        u32 h[7] = { 0 };
        if (bpf_probe_read_user(h, sizeof h, (void *)ptr) != 0)
            return m;
        m.name = h[0];
        m.iov.base = h[2];
        m.iov.count = h[3];
        m.iov.compat = true;
        m.control = h[4];
        m.controllen = h[5];
        m.ok = true;
        return m;
    }
    struct user_msghdr h = { 0 };
    if (bpf_probe_read_user(&h, sizeof h, (void *)ptr) != 0)
        return m;
    return to_msg(&h);
}

enum { MMSG_MAX = 16, ROOM_MMSG = 512 };

/* false: there is no such message to be read. One that is lost is counted, and not the last. */
INLINE bool sent_one(const struct call *c, u64 vector, u32 n)
{
    struct user_mmsghdr h = { 0 };
    if (bpf_probe_read_user(&h, sizeof h, (void *)(vector + sizeof h * n)) != 0)
        return false;
    struct msg m = to_msg(&h.hdr);
    struct event e;
    if (!event_begin(&e, 51, 5, ROOM_MMSG + config.snaplen))
        return true;
    put_s64(&e, 0, h.len);
    put_s64(&e, 1, (s32)ARG(0));
    put_u32(&e, 2, (u32)iov_size(&m.iov));
    put_iov_data(&e, 3, &m.iov, h.len);
    put_tuple(&e, 4, c, (s32)ARG(0), true, m.name);
    event_end(&e, TR(c->task, pid));
    return true;
}

INLINE bool received_one(const struct call *c, u64 vector, u32 n)
{
    struct user_mmsghdr h = { 0 };
    if (bpf_probe_read_user(&h, sizeof h, (void *)(vector + sizeof h * n)) != 0)
        return false;
    struct msg m = to_msg(&h.hdr);
    struct event e;
    if (!event_begin(&e, 55, 6, ROOM_MMSG + 65536 + config.snaplen))
        return true;
    put_s64(&e, 0, h.len);
    put_s64(&e, 1, (s32)ARG(0));
    put_u32(&e, 2, h.len);
    put_iov_data(&e, 3, &m.iov, h.len);
    put_tuple(&e, 4, c, (s32)ARG(0), false, m.name);
    put_ubytes(&e, 5, m.control, m.control ? m.controllen : 0, 65535);
    event_end(&e, TR(c->task, pid));
    return true;
}

/* One event a message, or one that says why there is none; also when the caller has taken the messages' memory away
 * meanwhile: that the call was made shall be seen. 32-bit callers: only the latter's parameters. */
CALL(sendmmsg)
{
    if (c->ret > 0 && !is_compat(c)) {
        u64 vector = ARG(1);
        u32 n = 0;
#pragma clang loop unroll(disable)
        for (; n < MMSG_MAX; n++)
            if (n >= c->ret || !sent_one(c, vector, n))
                break;
        if (n)
            return 0;
    }
    BEGIN(51, 5, 128);
    put_s64(&e, 0, c->ret);
    put_s64(&e, 1, (s32)ARG(0));
    put_u32(&e, 2, 0);
    put_empty(&e, 3);
    put_empty(&e, 4);
    END();
}

CALL(recvmmsg)
{
    if (c->ret > 0 && !is_compat(c)) {
        u64 vector = ARG(1);
        u32 n = 0;
#pragma clang loop unroll(disable)
        for (; n < MMSG_MAX; n++)
            if (n >= c->ret || !received_one(c, vector, n))
                break;
        if (n)
            return 0;
    }
    BEGIN(55, 6, 128);
    put_s64(&e, 0, c->ret);
    put_s64(&e, 1, (s32)ARG(0));
    put_u32(&e, 2, 0);
    put_empty(&e, 3);
    put_empty(&e, 4);
    put_empty(&e, 5);
    END();
}

/* ---- Processes ---- */

CALL(clone)
{
    return clone_event(c, 223, map_clone_flags(ARG(0)));
}
CALL(clone3)
{
    u32 tid = (u32)TR(c->task, pid);
    u32 *known = c->ret == 0 ? bpf_map_lookup_elem(&born, &tid) : NULL;
    return clone_event(c, 335, known ? *known : map_clone_flags(USER(u64, ARG(0))));
}
CALL(fork)
{
    return clone_event(c, 225, 0);
}
CALL(vfork)
{
    return clone_event(c, 227, 0);
}
CALL(execve)
{
    return exec_failed(c, 293, 31, ARG(0), ARG(1), ARG(2));
}
CALL(execveat)
{
    return exec_failed(c, 331, 30, 0, ARG(2), ARG(3));
}

/* ---- keyctl: which arguments an operation takes, and which of them are text ---- */

enum { KEY_JOIN = 1, KEY_SEARCH = 10, KEY_PKEY_QUERY = 24, KEY_RESTRICT = 29 };
/* Number of arguments after the operation, by operation. */
const u8 keyctl_args[33] = { 2, 1, 3, 1, 3, 2, 3, 1, 2, 2, 4, 3, 4, 3, 1, 2, 1,
                             3, 0, 4, 4, 1, 2, 4, 4, 4, 4, 4, 4, 3, 4, 2, 3 };

INLINE void put_keyctl(struct event *e, u32 i, const struct call *c, u32 op, u32 n)
{
    u64 v = ARG(n);
    bool text = (op == KEY_JOIN && n == 1) || ((op == KEY_SEARCH || op == KEY_RESTRICT) && (n == 2 || n == 3)) ||
                (op == KEY_PKEY_QUERY && n == 3);
    if (!text) {
        put_dyn_u64(e, i, op < sizeof keyctl_args && n <= keyctl_args[op] ? v : 0);
        return;
    }
    *e->at = 1;
    long len = bpf_probe_read_user_str(e->at + 1, 4096, (void *)v);
    if (len < 0 || len > 4096)
        len = 0;
    e->at += 1 + len;
    put_len(e, i, (u16)(1 + len));
}

CALL(keyctl)
{
    u32 op = (u32)ARG(0);
    BEGIN(453, 6, 4 * 4200);
    put_s64(&e, 0, c->ret);
    put_u32(&e, 1, map_keyctl_operation(op));
    put_keyctl(&e, 2, c, op, 1);
    put_keyctl(&e, 3, c, op, 2);
    put_keyctl(&e, 4, c, op, 3);
    put_keyctl(&e, 5, c, op, 4);
    END();
}

/* ---- quotactl: the address is one of three structures ---- */

enum {
    Q_ON = 1,
    Q_GETFMT = 4,
    Q_GETINFO = 8,
    Q_SETINFO = 0x10,
    Q_GETQUOTA = 0x20,
    Q_SETQUOTA = 0x40,
    Q_XGET = 0x400,
    Q_XSET = 0x800
};

CALL(quotactl)
{
    u32 cmd = map_quotactl_cmd(ARG(0));
    u64 addr = ARG(3);
    u64 quota[8] = { 0 }; /* struct dqblk */
    struct {
        u64 bgrace, igrace;
        u32 flags, valid;
    } info = { 0 };
    u32 fmt = 0;
    if (cmd & (Q_GETQUOTA | Q_SETQUOTA))
        bpf_probe_read_user(quota, sizeof quota, (void *)addr);
    if (cmd & (Q_GETINFO | Q_SETINFO))
        bpf_probe_read_user(&info, sizeof info, (void *)addr);
    if (cmd & Q_GETFMT)
        bpf_probe_read_user(&fmt, sizeof fmt, (void *)addr);
    BEGIN(191, 18, 2 * 4096 + 192);
    put_s64(&e, 0, c->ret);
    put_ustr(&e, 1, ARG(1), 4096);
    if (cmd == Q_ON)
        put_ustr(&e, 2, addr, 4096);
    else
        put_empty(&e, 2);
    put_u64(&e, 3, quota[0]);
    put_u64(&e, 4, quota[1]);
    put_u64(&e, 5, quota[2]);
    put_u64(&e, 6, quota[3]);
    put_u64(&e, 7, quota[4]);
    put_u64(&e, 8, quota[6]);
    put_u64(&e, 9, quota[7]);
    put_u64(&e, 10, info.bgrace);
    put_u64(&e, 11, info.igrace);
    put_u8(&e, 12, info.flags & 1 ? 2 : cmd & (Q_GETINFO | Q_SETINFO) ? 1 : 0);
    put_u8(&e, 13, (u8)map_quotactl_fmt(fmt));
    put_u16(&e, 14, (u16)cmd);
    put_u8(&e, 15, (u8)map_quotactl_type(ARG(0)));
    put_u32(&e, 16, cmd & (Q_GETQUOTA | Q_SETQUOTA | Q_XGET | Q_XSET) ? (u32)ARG(2) : 0);
    put_u8(&e, 17, (u8)map_quotactl_fmt(cmd == Q_ON ? ARG(2) : 0));
    END();
}

#endif
