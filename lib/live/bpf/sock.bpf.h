/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets: addresses, tuples, options; and the data of reads and writes. */
#ifndef SKR_LIVE_SOCK_H
#define SKR_LIVE_SOCK_H

#include "file.bpf.h"

enum { F_UNIX = 1, F_INET = 2, F_INET6 = 10, UNIX_PATH = 108, EINPROGRESS_K = 115, IOV_MAX_K = 32 };

INLINE u16 swap16(u16 v)
{
    return __builtin_bswap16(v);
}

/* NULL: not a socket. */
INLINE struct sock *fd_sock(struct task_struct *t, s64 fd)
{
    struct file *f = fd_file(t, fd);
    if (!f || (KR(f, f_inode, i_mode) & 0170000) != 0140000)
        return NULL;
    struct socket *s = KR(f, private_data);
    return s ? KR(s, sk) : NULL; /* NULL private data: opened as a path only */
}

/* An address given by the caller, as the kernel would look at it. */
struct user_addr {
    u16 family;
    u16 port;
    u8 ip[16];
};
INLINE struct user_addr read_user_addr(u64 ptr)
{
    struct user_addr a = { 0 };
    struct {
        u16 family, port;
        u32 ip4;
        u8 ip6[16];
    } raw = { 0 };
    if (!ptr || bpf_probe_read_user(&raw, 8, (void *)ptr) != 0)
        return a;
    if (raw.family == F_INET6 && bpf_probe_read_user(&raw, sizeof raw, (void *)ptr) != 0)
        return a;
    a.family = raw.family;
    a.port = swap16(raw.port);
    if (raw.family == F_INET)
        __builtin_memcpy(a.ip, &raw.ip4, 4);
    else
        __builtin_memcpy(a.ip, raw.ip6, 16);
    return a;
}

/* Path of a unix address at `path` in user or kernel memory, with a NUL behind it; an abstract name loses its first
 * NUL. Returns the bytes written. */
INLINE u32 copy_unix_path(u8 *to, u64 path, bool user, u32 most)
{
    char first = 1;
    if (most > UNIX_PATH)
        most = UNIX_PATH;
    if (user)
        bpf_probe_read_user(&first, 1, (void *)path);
    else
        bpf_probe_read_kernel(&first, 1, (void *)path);
    if (first == 0 && most > 0)
        path++, most--;
    FENCE(most);
    if (most > UNIX_PATH)
        most = UNIX_PATH;
    long n = user ? bpf_probe_read_user_str(to, most + 1, (void *)path)
                  : bpf_probe_read_kernel_str(to, most + 1, (void *)path);
    if (n <= 0 || n > UNIX_PATH + 1) {
        *to = 0;
        n = 1;
    }
    return (u32)n;
}

INLINE void put_bytes4(struct event *e, u32 v)
{
    *(u32 *)e->at = v;
    e->at += 4;
}
INLINE void put_port(struct event *e, u16 v)
{
    *(u16 *)e->at = v;
    e->at += 2;
}
INLINE void put_bytes16(struct event *e, const u8 *v)
{
    *(u64 *)e->at = *(const u64 *)v;
    *(u64 *)(e->at + 8) = *(const u64 *)(v + 8);
    e->at += 16;
}

/* SOCKADDR of the caller's address. */
INLINE void put_sockaddr(struct event *e, u32 i, u64 ptr, u64 len)
{
    u8 *from = e->at;
    u16 family = 0;
    if (ptr && (u32)len >= 2)
        bpf_probe_read_user(&family, 2, (void *)ptr);
    if (family == F_INET || family == F_INET6) {
        struct user_addr a __attribute__((aligned(8))) = read_user_addr(ptr);
        if (a.family == family) {
            *e->at++ = (u8)family;
            if (family == F_INET)
                put_bytes4(e, *(u32 *)a.ip);
            else
                put_bytes16(e, a.ip);
            put_port(e, a.port);
        }
    } else if (family == F_UNIX) {
        *e->at++ = F_UNIX;
        u32 path = (u32)len - 2;
        e->at += copy_unix_path(e->at, ptr + 2, true, path);
    }
    put_len(e, i, (u16)(e->at - from));
}

struct ends {
    u8 ip[2][16]; /* local, remote */
    u16 port[2];
} __attribute__((aligned(8)));

INLINE void ends_inet(struct ends *x, struct sock *sk)
{
    struct inet_sock *inet = (void *)sk;
    *(u32 *)x->ip[0] = KR(inet, inet_saddr);
    *(u32 *)x->ip[1] = KR(sk, __sk_common.skc_daddr);
    x->port[0] = swap16(KR(inet, inet_sport));
    x->port[1] = swap16(KR(sk, __sk_common.skc_dport));
}
INLINE void ends_inet6(struct ends *x, struct sock *sk)
{
    struct inet_sock *inet = (void *)sk;
    struct ipv6_pinfo *info = KR(inet, pinet6);
    bpf_probe_read_kernel(x->ip[0], 16, (void *)info + bpf_core_field_offset(struct ipv6_pinfo, saddr));
    bpf_probe_read_kernel(x->ip[1], 16, (void *)sk + bpf_core_field_offset(struct sock, __sk_common.skc_v6_daddr));
    x->port[0] = swap16(KR(inet, inet_sport));
    x->port[1] = swap16(KR(sk, __sk_common.skc_dport));
}

INLINE void put_unix_tuple(struct event *e, struct sock *sk, bool outbound, u64 user)
{
    struct unix_sock *own = (void *)sk;
    struct sock *peer = KR(own, peer);
    struct unix_sock *named = outbound ? (struct unix_sock *)peer : own;
    *e->at = F_UNIX;
    *(u64 *)(e->at + 1) = (u64)(outbound ? peer : sk);
    *(u64 *)(e->at + 9) = (u64)(outbound ? sk : peer);
    e->at += 17;
    if (named) {
        struct unix_address *a = KR(named, addr);
        u32 len = a ? (u32)KR(a, len) : 0;
        u64 path = (u64)a + bpf_core_field_offset(struct unix_address, name) + 2;
        if (len > 2) {
            e->at += copy_unix_path(e->at, path, false, len - 2);
            return;
        }
    } else if (outbound && user) {
        e->at += copy_unix_path(e->at, user + 2, true, UNIX_PATH);
        return;
    }
    *e->at++ = 0;
}

/* SOCKTUPLE: the client's end first. `user`: address that the call was given, for sockets that are not connected. */
INLINE void put_tuple(struct event *e, u32 i, const struct call *c, s64 fd, bool outbound, u64 user)
{
    u8 *from = e->at;
    struct sock *sk = fd_sock(c->task, (s32)fd);
    u16 family = sk ? KR(sk, __sk_common.skc_family) : 0;
    if (family == F_UNIX) {
        put_unix_tuple(e, sk, outbound, user);
    } else if (family == F_INET || family == F_INET6) {
        struct ends x = { 0 };
        if (family == F_INET)
            ends_inet(&x, sk);
        else
            ends_inet6(&x, sk);
        if (x.port[1] == 0 && user) {
            struct user_addr a __attribute__((aligned(8))) = read_user_addr(user);
            if (a.family == family) {
                __builtin_memcpy(x.ip[1], a.ip, 16);
                x.port[1] = a.port;
            }
        }
        *e->at++ = (u8)family;
        u8 *first = outbound ? x.ip[0] : x.ip[1], *second = outbound ? x.ip[1] : x.ip[0];
        if (family == F_INET)
            put_bytes4(e, *(u32 *)first);
        else
            put_bytes16(e, first);
        put_port(e, outbound ? x.port[0] : x.port[1]);
        if (family == F_INET)
            put_bytes4(e, *(u32 *)second);
        else
            put_bytes16(e, second);
        put_port(e, outbound ? x.port[1] : x.port[0]);
    }
    put_len(e, i, (u16)(e->at - from));
}

/* ---- Data ---- */

/* Bytes to keep of a read or write: the snap length, then what the call moved, or, if it failed, was asked to. */
INLINE u64 data_length(s64 moved, u64 asked)
{
    u64 n = moved > 0 ? (u64)moved : asked;
    return n < config.snaplen ? n : config.snaplen;
}
INLINE void put_data(struct event *e, u32 i, u64 ptr, s64 moved, u64 asked)
{
    put_ubytes(e, i, ptr, data_length(moved, asked), config.snaplen);
}

struct iov_list {
    u64 base;
    u64 count;
    bool compat;
};

INLINE struct user_iovec iov_at(const struct iov_list *l, u32 n)
{
    struct user_iovec v = { 0 };
    if (l->compat) {
        u32 pair[2] = { 0 };
        bpf_probe_read_user(pair, 8, (void *)(l->base + 8 * n));
        v.base = pair[0];
        v.len = pair[1];
    } else {
        bpf_probe_read_user(&v, 16, (void *)(l->base + 16 * n));
    }
    return v;
}

SEPARATE u32 iov_sum(u64 base, u64 count, u32 compat)
{
    struct iov_list l = { base, count, compat };
    u64 sum = 0;
#pragma clang loop unroll(disable)
    for (u32 n = 0; n < IOV_MAX_K; n++) {
        if (n >= count)
            break;
        sum += iov_at(&l, n).len;
    }
    return (u32)sum;
}

/* Copies the first `most` bytes, and not more than the snap length, to an offset of the ring. */
SEPARATE u32 iov_copy(u64 offset, u64 base, u64 count, u64 most, u32 compat)
{
    struct iov_list l = { base, count, compat };
    u8 *to = place_at(offset);
    u32 limit = most < config.snaplen ? (u32)most : config.snaplen;
    u32 done = 0;
    if (!to)
        return 0;
#pragma clang loop unroll(disable)
    for (u32 n = 0; n < IOV_MAX_K; n++) {
        if (n >= count || done >= limit)
            break;
        struct user_iovec v = iov_at(&l, n);
        u32 left = limit - done, len = v.len < left ? (u32)v.len : left;
        FENCE(len);
        if (len > config.snaplen)
            break;
        if (bpf_probe_read_user(to + (done & 0xffff), len, (void *)v.base) != 0)
            break;
        done = (done + len) & 0xffff;
        FENCE(done);
    }
    return done;
}

INLINE u32 iov_size(const struct iov_list *l)
{
    return iov_sum(l->base, l->count, l->compat);
}

INLINE void put_iov_data(struct event *e, u32 i, const struct iov_list *l, u64 most)
{
    u32 len = iov_copy(event_offset(e), l->base, l->count, most, l->compat);
    if (len > config.snaplen)
        len = 0;
    put_len(e, i, (u16)len);
    e->at += len;
}

/* ---- Options: DYN with the alternatives bytes, errno, u32, u64, ns ---- */

enum { DYN_BYTES, DYN_ERRNO, DYN_U32, DYN_U64, DYN_NS, SO_ERROR_K = 4, SO_COOKIE_K = 57 };

INLINE bool sockopt_is_int(u32 name)
{
    /* The options of SOL_SOCKET whose value is an int: a bit each. */
    const u64 ints = 1ULL << 1 | 1ULL << 2 | 1ULL << 3 | 1ULL << 5 | 1ULL << 6 | 1ULL << 7 | 1ULL << 8 | 1ULL << 9 |
                     1ULL << 10 | 1ULL << 11 | 1ULL << 12 | 1ULL << 14 | 1ULL << 15 | 1ULL << 16 | 1ULL << 18 |
                     1ULL << 19 | 1ULL << 29 | 1ULL << 30 | 1ULL << 32 | 1ULL << 33 | 1ULL << 34 | 1ULL << 35 |
                     1ULL << 36 | 1ULL << 37 | 1ULL << 38 | 1ULL << 39 | 1ULL << 40 | 1ULL << 41 | 1ULL << 42 |
                     1ULL << 43 | 1ULL << 44 | 1ULL << 45 | 1ULL << 46 | 1ULL << 47 | 1ULL << 48 | 1ULL << 49;
    return name < 64 && (ints >> name & 1);
}

INLINE void put_sockopt(struct event *e, u32 i, u64 level, u64 name, u64 ptr, u64 len)
{
    u8 *from = e->at;
    u32 opt = (u32)name;
    bool socket = (u32)level == 1;
    if (socket && opt == SO_ERROR_K) {
        *e->at = DYN_ERRNO;
        *(s64 *)(e->at + 1) = -(s64)USER(s32, ptr);
        e->at += 9;
    } else if (socket && (opt == 20 || opt == 21 || opt == 66 || opt == 67)) {
        struct user_timespec t = USER(struct user_timespec, ptr);
        *e->at = DYN_NS;
        *(u64 *)(e->at + 1) = (u64)t.sec * 1000000000 + (u64)t.nsec * 1000; /* a timeval */
        e->at += 9;
    } else if (socket && opt == SO_COOKIE_K) {
        *e->at = DYN_U64;
        *(u64 *)(e->at + 1) = USER(u64, ptr);
        e->at += 9;
    } else if (socket && sockopt_is_int(opt)) {
        *e->at = DYN_U32;
        *(u32 *)(e->at + 1) = USER(u32, ptr);
        e->at += 5;
    } else {
        *e->at++ = DYN_BYTES;
        u32 n = (u32)len < 4096 ? (u32)len : 4096;
        n = n < config.snaplen ? n : config.snaplen;
        FENCE(n);
        if (n > 4096)
            n = 4096;
        if (bpf_probe_read_user(e->at, n, (void *)ptr) == 0)
            e->at += n;
    }
    put_len(e, i, (u16)(e->at - from));
}

/* poll: count, then each descriptor with its returned events. */
INLINE void put_fdlist(struct event *e, u32 i, u64 ptr, u64 count)
{
    u8 *from = e->at;
    u16 found = 0;
    e->at += 2;
#pragma clang loop unroll(disable)
    for (u32 n = 0; n < 16; n++) {
        struct user_pollfd p;
        if (n >= (u32)count || bpf_probe_read_user(&p, 8, (void *)(ptr + 8 * n)) != 0)
            break;
        *(s64 *)e->at = p.fd;
        *(u16 *)(e->at + 8) = (u16)map_poll_events((u16)p.revents);
        e->at += 10;
        found++;
    }
    *(u16 *)from = found;
    put_len(e, i, (u16)(e->at - from));
}

#endif
