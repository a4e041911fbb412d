/* SPDX-License-Identifier: Apache-2.0 */
/* The few kernel structures that the probe looks into, with only the members that it uses. Loading relocates every
 * access to the layout of the running kernel (CO-RE); a name behind three underscores is a variant of an older or newer
 * kernel. */
#ifndef SKR_LIVE_KERNEL_H
#define SKR_LIVE_KERNEL_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u64 __u64;
typedef s8 __s8;
typedef s16 __s16;
typedef s32 __s32;
typedef s64 __s64;
typedef u16 __be16;
typedef u32 __be32;
typedef u64 __be64;
typedef u32 __wsum;
typedef _Bool bool;
enum { false = 0, true = 1 };
#define NULL ((void *)0)

enum bpf_map_type {
    BPF_MAP_TYPE_ARRAY = 2,
    BPF_MAP_TYPE_PROG_ARRAY = 3,
    BPF_MAP_TYPE_LRU_HASH = 9,
    BPF_MAP_TYPE_RINGBUF = 27
};
enum { BPF_F_MMAPABLE = 1 << 10, BPF_RB_FORCE_WAKEUP = 2, BPF_RB_NO_WAKEUP = 1 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
    unsigned long r10, r9, r8, bp, bx, ax, cx, dx, si, di, orig_ax, ip;
};
struct thread_info {
    u32 status;
};
struct thread_struct {
    unsigned long sp;
};
struct fork_frame {
    struct pt_regs regs;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
    u64 regs[31];
    u64 pc, pstate;
};
struct pt_regs {
    u64 regs[31];
    u64 pc, pstate;
    u64 orig_x0;
    s32 syscallno;
};
struct thread_info {
    unsigned long flags;
};
#else
#error "no system call registers known for this architecture"
#endif

struct list_head {
    struct list_head *next, *prev;
};

typedef struct {
    u32 val;
} kuid_t;
typedef struct {
    u32 val;
} kgid_t;
typedef struct {
    u64 val;
} kernel_cap_t;
struct kernel_cap_struct { /* until 6.2 */
    u32 cap[2];
};

struct uid_gid_extent {
    u32 first, lower_first, count;
};
struct uid_gid_map {
    u32 nr_extents;
    struct uid_gid_extent extent[5];
};
struct user_namespace {
    struct uid_gid_map uid_map, gid_map;
};
struct group_info {
    int ngroups;
    kgid_t gid[];
};
struct cred {
    kuid_t euid, fsuid;
    kgid_t egid, fsgid;
    kernel_cap_t cap_inheritable, cap_permitted, cap_effective;
    struct user_namespace *user_ns;
    struct group_info *group_info;
};

struct task_struct;
struct ns_common {
    u32 inum;
};
struct pid_namespace {
    struct task_struct *child_reaper;
    u32 level;
};
struct upid {
    int nr;
    struct pid_namespace *ns;
};
struct pid {
    u32 level;
    struct upid numbers[1];
};
struct nsproxy {
    struct pid_namespace *pid_ns_for_children;
};

struct rlimit {
    u64 rlim_cur, rlim_max;
};
struct tty_driver {
    int major, minor_start;
};
struct tty_struct {
    struct tty_driver *driver;
    int index;
};
enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID };
struct signal_struct {
    struct list_head thread_head;
    struct pid *pids[4];
    struct tty_struct *tty;
    struct rlimit rlim[16];
    u32 is_child_subreaper : 1;
    u32 has_child_subreaper : 1;
};

struct qstr {
    u32 len;
    const unsigned char *name;
};
struct super_block;
struct dentry;
struct timespec64 {
    s64 tv_sec;
    long tv_nsec;
};
struct inode {
    u16 i_mode;
    kuid_t i_uid;
    kgid_t i_gid;
    u32 i_flags;
    struct super_block *i_sb;
    unsigned long i_ino;
    s64 i_ctime_sec, i_mtime_sec; /* since 6.11 */
    u32 i_ctime_nsec, i_mtime_nsec;
};
struct inode___old { /* until 6.5, 6.6 */
    struct timespec64 i_ctime, i_mtime;
};
struct inode___mid { /* 6.6 to 6.10 */
    struct timespec64 __i_ctime, __i_mtime;
};
struct super_block {
    u32 s_dev;
    unsigned long s_flags, s_magic;
    struct dentry *s_root;
    struct user_namespace *s_user_ns;
};
struct dentry {
    struct dentry *d_parent;
    struct qstr d_name;
    struct inode *d_inode;
};
struct vfsmount {
    struct dentry *mnt_root;
    struct super_block *mnt_sb;
    int mnt_flags;
};
struct mount {
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
};
struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};
struct file {
    struct path f_path;
    struct inode *f_inode;
    u32 f_flags, f_mode;
    void *private_data;
};
struct fdtable {
    u32 max_fds;
    struct file **fd;
};
struct files_struct {
    struct fdtable *fdt;
};

enum { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES, NR_MM_COUNTERS };
struct percpu_counter {
    s64 count;
};
typedef struct {
    s64 counter;
} atomic_long_t;
struct mm_rss_stat { /* until 6.1 */
    atomic_long_t count[NR_MM_COUNTERS];
};
struct mm_struct {
    unsigned long total_vm, arg_start, arg_end, env_start, env_end;
    struct percpu_counter rss_stat[NR_MM_COUNTERS];
    struct file *exe_file;
};
struct mm_struct___old {
    struct mm_rss_stat rss_stat;
};

struct kernfs_node {
    const char *name;
    struct kernfs_node *__parent; /* since 6.14 */
};
struct kernfs_node___old {
    struct kernfs_node *parent;
};
struct cgroup {
    struct kernfs_node *kn;
};
struct cgroup_subsys_state {
    struct cgroup *cgroup;
};
enum cgroup_subsys_id { cpuset_cgrp_id, cpu_cgrp_id, cpuacct_cgrp_id, io_cgrp_id, memory_cgrp_id };
struct css_set {
    struct cgroup_subsys_state *subsys[16];
};

struct task_struct {
    struct thread_info thread_info;
    u32 flags;
    struct mm_struct *mm;
    int exit_code;
    int pid, tgid;
    struct task_struct *real_parent, *group_leader;
    struct list_head children, thread_node;
    struct pid *thread_pid;
    unsigned long maj_flt, min_flt;
    u64 start_time, start_boottime;
    const struct cred *cred;
    char comm[16];
    struct files_struct *files;
    struct nsproxy *nsproxy;
    struct signal_struct *signal;
    kuid_t loginuid;
    struct css_set *cgroups;
#if defined(__TARGET_ARCH_x86)
    struct fs_struct *fs;
    struct sighand_struct *sighand;
    struct thread_struct thread;
#endif
};

struct linux_binprm {
    const char *filename;
};

/* ---- Sockets ---- */
struct in6_addr {
    union {
        u8 u6_addr8[16];
    } in6_u;
};
struct sock_common {
    u32 skc_daddr, skc_rcv_saddr;
    u16 skc_dport, skc_num;
    u16 skc_family;
    struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};
struct sock {
    struct sock_common __sk_common;
    u32 sk_ack_backlog, sk_max_ack_backlog;
};
struct ipv6_pinfo {
    struct in6_addr saddr;
};
struct inet_sock {
    struct ipv6_pinfo *pinet6;
    u32 inet_saddr;
    u16 inet_sport;
};
struct sockaddr_un {
    u16 sun_family;
    char sun_path[108];
};
struct unix_address {
    int len;
    struct sockaddr_un name[1];
};
struct unix_sock {
    struct unix_address *addr;
    struct sock *peer;
};
struct socket {
    struct sock *sk;
};

/* ---- Signals ---- */
union sigval {
    int sival_int;
};
struct kernel_siginfo {
    int si_signo, si_errno, si_code;
    union {
        struct {
            int _pid;
        } _kill, _rt, _sigchld;
    } _sifields;
};
struct k_sigaction {
    char unused;
};

#pragma clang attribute pop

/* ---- Structures of user space: fixed, not relocated. The members are those of 64-bit programs. ---- */
struct user_iovec {
    u64 base, len;
};
struct user_msghdr {
    u64 name;
    int namelen, pad;
    u64 iov, iovlen, control, controllen;
    int flags, pad2;
};
struct user_mmsghdr {
    struct user_msghdr hdr;
    u32 len, pad;
};
struct user_timespec {
    s64 sec, nsec;
};
struct user_pollfd {
    s32 fd;
    s16 events, revents;
};
struct user_open_how {
    u64 flags, mode, resolve;
};

#endif
