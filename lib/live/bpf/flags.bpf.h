/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the kernel turned into those of the capture format: map_x(kernel value). The functions have the names that
 * the table of parameters uses. Kernel values are user-space ABI and cannot change; where they differ between
 * architectures the difference stands here. */
#ifndef SKR_LIVE_FLAGS_H
#define SKR_LIVE_FLAGS_H

#include "core.bpf.h"

/* Bit `from` becomes bit `to`; one and, one shift. */
#define BIT(v, from, to) ((v) & (from) ? (u32)(to) : 0)

/* ---- Opening ---- */
#if defined(__TARGET_ARCH_arm64)
enum { K_DIRECTORY = 040000, K_NOFOLLOW = 0100000, K_DIRECT = 0200000, K_LARGEFILE = 0400000 };
#else
enum { K_DIRECT = 040000, K_LARGEFILE = 0100000, K_DIRECTORY = 0200000, K_NOFOLLOW = 0400000 };
#endif
enum {
    K_WRONLY = 1,
    K_RDWR = 2,
    K_CREAT = 0100,
    K_EXCL = 0200,
    K_TRUNC = 01000,
    K_APPEND = 02000,
    K_NONBLOCK = 04000,
    K_DSYNC = 010000,
    K_CLOEXEC = 02000000,
    K_SYNC = 04000000 | K_DSYNC,
    K_TMPFILE = 020000000 | K_DIRECTORY
};
enum {
    C_CLOEXEC = 1 << 12,
    C_NONBLOCK = 1 << 6,
    C_DIRECT = 1 << 9,
    C_CREATED = 1 << 14,
    C_UPPER = 1 << 15,
    C_LOWER = 1 << 16
};

/* Composite masks (O_SYNC, O_TMPFILE) are tested with "any bit", as the format's other writers do. */
INLINE u32 map_open_flags(u64 k)
{
    u32 mode = k & 3;
    u32 c = mode == K_WRONLY ? 2 : mode == K_RDWR ? 3 : 1;
    return c | BIT(k, K_CREAT, 1 << 2) | BIT(k, K_APPEND, 1 << 3) | BIT(k, K_DSYNC, 1 << 4) | BIT(k, K_EXCL, 1 << 5) |
           BIT(k, K_NONBLOCK, C_NONBLOCK) | BIT(k, K_SYNC, 1 << 7) | BIT(k, K_TRUNC, 1 << 8) |
           BIT(k, K_DIRECT, C_DIRECT) | BIT(k, K_DIRECTORY, 1 << 10) | BIT(k, K_LARGEFILE, 1 << 11) |
           BIT(k, K_CLOEXEC, C_CLOEXEC) | BIT(k, K_TMPFILE, 1 << 13);
}
INLINE u32 map_chmod_mode(u64 k)
{
    return k & 07777;
}
INLINE u32 map_open_modes(u64 flags, u64 mode)
{
    return flags & (K_CREAT | K_TMPFILE) ? map_chmod_mode(mode) : 0;
}
INLINE u32 map_mknod_mode(u64 k)
{
    u32 type = k & 0170000;
    bool known = type == 0100000 || type == 020000 || type == 060000 || type == 010000 || type == 0140000;
    return map_chmod_mode(k) | (known ? type : 0);
}
INLINE u32 map_openat2_resolve(u64 k)
{
    return BIT(k, 1, 0x10) | BIT(k, 2, 4) | BIT(k, 4, 8) | BIT(k, 8, 1) | BIT(k, 0x10, 2) | BIT(k, 0x20, 0x20);
}

/* Flags of calls that make descriptors: only these bits mean something. */
INLINE u32 map_fd_flags(u64 k)
{
    return BIT(k, K_NONBLOCK, C_NONBLOCK) | BIT(k, K_CLOEXEC, C_CLOEXEC);
}
#define map_socket_flags map_fd_flags
#define map_eventfd2_flags map_fd_flags
#define map_inotify_init1_flags map_fd_flags
#define map_signalfd4_flags map_fd_flags
#define map_timerfd_create_flags map_fd_flags
INLINE u32 map_dup3_flags(u64 k)
{
    return BIT(k, K_CLOEXEC, C_CLOEXEC);
}
INLINE u32 map_pipe2_flags(u64 k)
{
    return map_fd_flags(k) | BIT(k, K_DIRECT, C_DIRECT);
}
INLINE u32 map_epoll_create1_flags(u64 k)
{
    return BIT(k, K_CLOEXEC, 1);
}
INLINE u32 map_pidfd_open_flags(u64 k)
{
    return BIT(k, K_NONBLOCK, 1);
}
INLINE u32 map_delete_module_flags(u64 k)
{
    return BIT(k, K_NONBLOCK, 2) | BIT(k, K_TRUNC, 1);
}

/* ---- Same bits on both sides: what the format does not know is cut off ---- */
#define SAME(name, mask)                                                                                               \
    INLINE u32 name(u64 k)                                                                                             \
    {                                                                                                                  \
        return k & (mask);                                                                                             \
    }
SAME(map_access_flags, 7)
SAME(map_close_range_flags, 6)
SAME(map_finit_module_flags, 7)
SAME(map_flock_flags, 0xf)
SAME(map_io_uring_enter_flags, 0xf)
SAME(map_io_uring_setup_feats, 0x7ff)
SAME(map_linkat_flags, 0x1400)
SAME(map_memfd_create_flags, 7)
SAME(map_mlock2_flags, 1)
SAME(map_mlockall_flags, 7)
SAME(map_newfstatat_flags, 0x1900)
SAME(map_splice_flags, 0xf)
SAME(map_umount2_flags, 0xf)
SAME(map_unlinkat_flags, 0x200)
/* Numbers of commands, equal on both sides. */
#define map_bpf_cmd(k) ((u32)(k))
#define map_fsconfig_cmds(k) ((u32)(k))
#define map_io_uring_register_opcodes(k) ((u32)(k))
#define map_keyctl_operation(k) ((u32)(k))
#define map_prctl_options(k) ((u32)(k))

INLINE u32 map_fchownat_flags(u64 k)
{
    return BIT(k, 0x100, 0x400) | (k & 0x1000);
}
INLINE u32 map_lseek_whence(u64 k)
{
    return (u32)k <= 2 ? (u32)k : 0;
}
INLINE u32 map_shutdown_how(u64 k)
{
    return (u32)k <= 2 ? (u32)k : 0xff;
}
INLINE u32 map_rlimit_resource(u64 k)
{
    return (u32)k <= 15 ? (u32)k : 0xff;
}

/* ---- Memory ---- */
INLINE u32 map_prot_flags(u64 k)
{
    return (k & 0xf) | BIT(k, 0x01000000, 0x10) | BIT(k, 0x02000000, 0x20);
}
INLINE u32 map_mmap_flags(u64 k)
{
    return (k & 3) | BIT(k, 0x10, 4) | BIT(k, 0x20, 8) |
#if defined(__TARGET_ARCH_x86)
           BIT(k, 0x40, 0x10) |
#endif
           BIT(k, 0x4000, 0x40) | BIT(k, 0x8000, 0x80) | BIT(k, 0x10000, 0x100) | BIT(k, 0x100, 0x200) |
           BIT(k, 0x800, 0x400) | BIT(k, 0x1000, 0x800) | BIT(k, 0x2000, 0x4000);
}
INLINE u32 map_pf_flags(u64 k)
{
    return (k & 1 ? 1 : 2) | (k & 2 ? 4 : 8) | (k & 4 ? 0x10 : 0x20) | BIT(k, 8, 0x40) | BIT(k, 0x10, 0x80);
}

/* ---- Processes ---- */
INLINE u32 map_clone_flags(u64 k)
{
    return BIT(k, 0x400, 1) | BIT(k, 0x200, 1 << 1) | BIT(k, 0x80000000, 1 << 2) | BIT(k, 0x08000000, 1 << 3) |
           BIT(k, 0x40000000, 1 << 4) | BIT(k, 0x20000, 1 << 5) | BIT(k, 0x20000000, 1 << 6) |
           BIT(k, 0x04000000, 1 << 7) | BIT(k, 0x8000, 1 << 8) | BIT(k, 0x100000, 1 << 9) | BIT(k, 0x2000, 1 << 10) |
           BIT(k, 0x800, 1 << 11) | BIT(k, 0x40000, 1 << 12) | BIT(k, 0x10000, 1 << 13) | BIT(k, 0x800000, 1 << 14) |
           BIT(k, 0x100, 1 << 15) | BIT(k, 0x10000000, 1 << 20) | BIT(k, 0x200000, 1 << 23) |
           BIT(k, 0x01000000, 1 << 24) | BIT(k, 0x80000, 1 << 25) | BIT(k, 0x4000, 1 << 27) |
           BIT(k, 0x02000000, 1 << 28);
}
enum {
    C_FILES = 1,
    C_FS = 1 << 1,
    C_SIGHAND = 1 << 11,
    C_THREAD = 1 << 13,
    C_VM = 1 << 15,
    C_CHILD_IN_PIDNS = 1 << 29
};

/* Tables from a small kernel number to a small one; 0 where the format has no name. */
#define LOOKUP(table, k) ((u64)(k) < sizeof(table) ? (table)[(k)] : 0)
const u8 ptrace_low[34] = { 1,  2,  3,  4, 5,  6, 7, 8,  9,  10, 0, 0, 26, 27, 28, 29, 11,
                            12, 30, 31, 0, 32, 0, 0, 13, 33, 34, 0, 0, 0,  35, 36, 37, 38 };
INLINE u32 map_ptrace_requests(u64 k)
{
    if (k >= 0x4200 && k <= 0x420b)
        return 14 + (u32)(k - 0x4200);
    return LOOKUP(ptrace_low, k);
}

const u8 fcntl_low[39] = { 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 15, 17, 18, 19, 21, 22, 0,  0, 0,
                           0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  0,  0,  0,  0,  0,  30, 31, 32 };
const u8 fcntl_high[9] = { 23, 24, 27, 0, 0, 25, 26, 28, 29 };
INLINE u32 map_fcntl_cmd(u64 k)
{
    k = (u32)k;
    return k >= 1024 ? LOOKUP(fcntl_high, k - 1024) : LOOKUP(fcntl_low, k);
}

const u8 semctl_low[4] = { 4 /* IPC_RMID */, 2, 1, 8 };
const u16 semctl_high[9] = { 0x100, 0x200, 0x40, 0x80, 0x400, 0x1000, 0x800, 0x20, 0x10 }; /* 11 GETPID ... */
INLINE u32 map_semctl_cmd(u64 k)
{
    k = (u32)k & ~0x100u; /* IPC_64 */
    if (k < 4)
        return semctl_low[k];
    k -= 11;
    return k < 9 ? semctl_high[k] : 0;
}
INLINE u32 map_semget_flags(u64 k)
{
    return BIT(k, 01000, 0x2000) | BIT(k, 02000, 0x4000);
}
INLINE u32 map_semop_flags(u64 k)
{
    return BIT(k, 04000, 1) | BIT(k, 0x1000, 2);
}
INLINE u32 map_futex_op(u64 k)
{
    u32 op = k & 127;
    return (op <= 12 ? op : 0) | (k & 0x180);
}

/* ---- Quota ---- */
const u8 quotactl_low[8] = { 0x80 /* Q_SYNC */, 1, 2, 4, 8, 0x10, 0x20, 0x40 }; /* 0x800001 ... */
INLINE u32 map_quotactl_cmd(u64 k)
{
    u32 cmd = (u32)k >> 8;
    if (cmd > 0x800000 && cmd <= 0x800008)
        return quotactl_low[(cmd - 0x800001) & 7];
    if (cmd > 0x5800 && cmd <= 0x5807)
        return 0x100u << (cmd - 0x5801);
    return 0;
}
INLINE u32 map_quotactl_type(u64 k)
{
    u32 type = k & 0xff;
    return type == 0 ? 1 : type == 1 ? 2 : 0;
}
INLINE u32 map_quotactl_fmt(u64 k)
{
    return k == 1 ? 2 : k == 2 ? 4 : k == 4 ? 8 : 1;
}

/* ---- io_uring ---- */
INLINE u32 map_io_uring_setup_flags(u64 k)
{
    return (k & 3) | BIT(k, 4, 8) | BIT(k, 8, 0x10) | BIT(k, 0x10, 0x20) | BIT(k, 0x20, 0x40) | BIT(k, 0x40, 0x80);
}

/* ---- Sockets ---- */
INLINE u32 map_socket_family(u64 k)
{
    return (u32)k <= 39 && (u32)k != 27 && (u32)k != 28 ? (u32)k : 0;
}
INLINE u32 map_sockopt_level(u64 k)
{
    return (u32)k == 1 ? 1 : (u32)k == 6 ? 2 : 0;
}
const u8 sockopt_low[68] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
                             23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45,
                             46, 47, 48, 49, 50, 0,  0,  0,  0,  52, 0,  53, 0,  51, 0,  0,  0,  29, 35, 37, 20, 21 };
INLINE u32 map_sockopt_optname(u64 level, u64 k)
{
    k = (u32)k;
    return (u32)level == 1 ? LOOKUP(sockopt_low, k) : 0;
}
INLINE u32 map_poll_events(u32 k)
{
    return (k & 7) | BIT(k, 0x2000, 8) | BIT(k, 8, 0x10) | BIT(k, 0x10, 0x20) | BIT(k, 0x20, 0x40) |
           BIT(k, 0x40, 0x80) | BIT(k, 0x80, 0x100) | BIT(k, 0x100, 0x200) | BIT(k, 0x200, 0x400);
}

/* ---- Devices: the kernel's 12:20 split to that of stat(2) ---- */
INLINE u32 encode_dev(u32 dev)
{
    u32 major = dev >> 20, minor = dev & 0xfffff;
    return (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
}

#endif
