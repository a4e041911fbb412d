/* SPDX-License-Identifier: Apache-2.0 */
/* Processes: what clone, fork, exec and exit events say of a task. */
#ifndef SKR_LIVE_TASK_H
#define SKR_LIVE_TASK_H

#include "sock.bpf.h"

enum { PAGE_KIB = 4, ARGS_MAX = 4096, ARGV_MAX = 16, CGROUP_PARTS = 6, PF_KTHREAD_K = 0x00200000, PF_EXITING_K = 4 };

/* ---- Numbers ---- */

INLINE u32 to_kib(s64 pages)
{
    return (u32)((u64)(pages > 0 ? pages : 0) * PAGE_KIB);
}
/* Computed by hand: an index that is no constant to the compiler would be scaled by the size of our own structure. */
INLINE s64 mm_counter(struct mm_struct *mm, u64 which)
{
    u64 at = bpf_core_type_exists(struct mm_rss_stat)
                 ? bpf_core_field_offset(struct mm_struct___old, rss_stat) + which * 8
                 : bpf_core_field_offset(struct mm_struct, rss_stat) +
                       which * bpf_core_type_size(struct percpu_counter) +
                       bpf_core_field_offset(struct percpu_counter, count);
    s64 pages = 0;
    bpf_probe_read_kernel(&pages, sizeof pages, (void *)mm + at);
    return pages;
}
INLINE u32 task_vm_size(struct task_struct *t)
{
    return to_kib((s64)TR(t, mm, total_vm));
}
INLINE u32 task_vm_rss(struct task_struct *t)
{
    struct mm_struct *mm = TR(t, mm);
    return to_kib(mm_counter(mm, MM_FILEPAGES) + mm_counter(mm, MM_ANONPAGES) + mm_counter(mm, MM_SHMEMPAGES));
}
INLINE u32 task_vm_swap(struct task_struct *t)
{
    return to_kib(mm_counter(TR(t, mm), MM_SWAPENTS));
}
INLINE u64 task_fdlimit(struct task_struct *t)
{
    return KR(t, signal, rlim[7].rlim_cur);
}
INLINE u32 task_tty(struct task_struct *t)
{
    struct tty_struct *tty = KR(t, signal, tty);
    if (!tty)
        return 0;
    struct tty_driver *d = KR(tty, driver);
    u32 major = (u32)KR(d, major), minor = (u32)(KR(d, minor_start) + KR(tty, index));
    return encode_dev(major << 20 | (minor & 0xfffff));
}
INLINE u32 task_loginuid(struct task_struct *t)
{
    return bpf_core_field_exists(t->loginuid) ? KR(t, loginuid.val) : (u32)-1;
}
/* kernel_cap_t has changed its members, not its bits. */
#define CAP(t, member)                                                                                                 \
    ({                                                                                                                 \
        u64 v_ = 0;                                                                                                    \
        bpf_probe_read_kernel(&v_, 8, (void *)TR(t, cred) + bpf_core_field_offset(struct cred, member));               \
        v_;                                                                                                            \
    })

/* ---- Identities ---- */

/* Number of the task's pid of a type in its own, or in the first, pid namespace. */
INLINE s64 pid_number(struct task_struct *t, enum pid_type type, bool own)
{
    struct pid *p;
    if (type == PIDTYPE_PID)
        p = KR(t, thread_pid);
    else
        p = KR(t, signal, pids[type]);
    u32 level = own ? KR(p, level) : 0;
    struct upid u;
    u64 at = bpf_core_field_offset(struct pid, numbers) + (u64)level * bpf_core_type_size(struct upid);
    int nr = 0;
    bpf_probe_read_kernel(&nr, sizeof nr, (void *)p + at + bpf_core_field_offset(struct upid, nr));
    (void)u;
    return nr;
}
INLINE struct pid_namespace *task_pidns(struct task_struct *t)
{
    struct pid *p = KR(t, thread_pid);
    u32 level = KR(p, level);
    struct pid_namespace *ns = NULL;
    u64 at = bpf_core_field_offset(struct pid, numbers) + (u64)level * bpf_core_type_size(struct upid);
    bpf_probe_read_kernel(&ns, sizeof ns, (void *)p + at + bpf_core_field_offset(struct upid, ns));
    return ns;
}
INLINE u64 pidns_init_start(struct task_struct *t)
{
    struct task_struct *init = KR(task_pidns(t), child_reaper);
    return KR(init, start_time);
}
INLINE u32 child_in_pidns(struct task_struct *t)
{
    struct pid_namespace *ns = task_pidns(t);
    return KR(ns, level) != 0 || KR(t, nsproxy, pid_ns_for_children) != ns ? C_CHILD_IN_PIDNS : 0;
}

/* ---- Texts ---- */

/* exe and args of a running task: its first string, and what follows. */
INLINE void put_exe_args(struct event *e, u32 i, struct task_struct *t)
{
    u64 start = TR(t, mm, arg_start), end = TR(t, mm, arg_end);
    long exe = bpf_probe_read_user_str(e->at, ARGS_MAX, (void *)start);
    if (exe < 0 || exe > ARGS_MAX)
        exe = 0;
    put_len(e, i, (u16)exe);
    e->at += exe;
    u64 len = end - start - (u64)exe;
    u64 most = ARGS_MAX - (u64)exe;
    if (exe == 0 || end < start + (u64)exe)
        len = 0;
    if (len > most)
        len = most;
    FENCE(len);
    if (len == 0 || len > ARGS_MAX || bpf_probe_read_user(e->at, (u32)len, (void *)(start + (u64)exe)) != 0) {
        put_empty(e, i + 1);
        return;
    }
    put_len(e, i + 1, (u16)len);
    e->at += len;
    *(e->at - 1) = 0;
}

INLINE void put_env(struct event *e, u32 i, struct task_struct *t)
{
    u64 start = TR(t, mm, env_start), end = TR(t, mm, env_end);
    u64 len = end > start ? end - start : 0;
    if (len > ARGS_MAX)
        len = ARGS_MAX;
    FENCE(len);
    if (len == 0 || len > ARGS_MAX || bpf_probe_read_user(e->at, (u32)len, (void *)start) != 0) {
        put_empty(e, i);
        return;
    }
    put_len(e, i, (u16)len);
    e->at += len;
    *(e->at - 1) = 0;
}

/* Copies the strings `first` to `last` - 1 of a user pointer array to an offset of the ring, at most ARGS_MAX bytes. */
SEPARATE u32 argv_copy(u64 offset, u64 array, u32 first, u32 last, u32 compat)
{
    u8 *to = place_at(offset);
    u32 done = 0;
    if (!to)
        return 0;
#pragma clang loop unroll(disable)
    for (u32 n = 0; n < ARGV_MAX; n++) {
        u64 text = 0;
        if (n < first)
            continue;
        if (n >= last || done >= ARGS_MAX)
            break;
        bpf_probe_read_user(&text, compat ? 4 : 8, (void *)(array + (compat ? 4 : 8) * n));
        u32 room = ARGS_MAX - done;
        FENCE(room);
        if (!text || room > ARGS_MAX)
            break;
        long len = bpf_probe_read_user_str(to + (done & (ARGS_MAX - 1)), room, (void *)text);
        if (len <= 0)
            break;
        done += (u32)len;
        done &= 2 * ARGS_MAX - 1;
        FENCE(done);
    }
    return done;
}

INLINE void put_argv(struct event *e, u32 i, const struct call *c, u64 array, u32 first, u32 last)
{
    u32 len = argv_copy(event_offset(e), array, first, last, is_compat(c));
    if (len > ARGS_MAX)
        len = ARGS_MAX;
    put_len(e, i, (u16)len);
    e->at += len;
}

/* "cpuset=/a/b\0cpu=/\0...": the path is put together from the names upwards, at most CGROUP_PARTS of them. */
INLINE struct kernfs_node *kernfs_parent(struct kernfs_node *k)
{
    struct kernfs_node___old *old = (void *)k;
    return bpf_core_field_exists(k->__parent) ? KR(k, __parent) : KR(old, parent);
}

/* Writes the path of a kernfs node into the scratch room and says where it starts. */
SEPARATE u32 cgroup_path(u64 node)
{
    struct kernfs_node *k = (struct kernfs_node *)node;
    u8 *room = scratch();
    if (!room)
        return 0;
    struct back_text text;
    text_begin(&text, room);
#pragma clang loop unroll(disable)
    for (u32 n = 0; n < CGROUP_PARTS; n++) {
        struct kernfs_node *up = k ? kernfs_parent(k) : NULL;
        if (!up) /* the root has no name of its own */
            break;
        /* The length is not stored: the name is read once to learn it. */
        const char *part = KR(k, name);
        long len = bpf_probe_read_kernel_str(room, 256, part);
        text_part(&text, part, len > 0 ? (u32)len - 1 : 0);
        text.at = APART(text.at) & (TEXT_MAX - 1);
        k = APART(up);
    }
    if (text.at == TEXT_MAX - 1)
        text_part(&text, NULL, 0);
    return text.at;
}

struct cgroup_text {
    u8 *scratch; /* the pairs go behind PAIRS_AT */
    u32 at;
    struct css_set *set;
};

INLINE void add_cgroup(struct cgroup_text *b, u32 id, const char *name, u32 name_len)
{
    struct cgroup_subsys_state *css = NULL;
    bpf_probe_read_kernel(&css, sizeof css,
                          (void *)b->set + bpf_core_field_offset(struct css_set, subsys) + (u64)id * sizeof css);
    if (!css || APART(b->at) > ARGS_MAX)
        return;
    u32 path = cgroup_path((u64)KR(css, cgroup, kn)) & (TEXT_MAX - 1);
    u32 at = b->at & (TEXT_MAX - 1);
    bpf_probe_read_kernel(b->scratch + PAIRS_AT + at, name_len, name);
    at = (at + name_len) & (TEXT_MAX - 1);
    long n = bpf_probe_read_kernel_str(b->scratch + PAIRS_AT + at, CGROUP_PARTS * 256, b->scratch + path);
    b->at = APART((u32)(at + (n > 0 ? (u32)n : 0))) & (TEXT_MAX - 1);
}

#define CGROUP(b, which, text)                                                                                         \
    if (bpf_core_enum_value_exists(enum cgroup_subsys_id, which)) {                                                    \
        static const char name_[] = text;                                                                              \
        add_cgroup(b, bpf_core_enum_value(enum cgroup_subsys_id, which), name_, sizeof name_ - 1);                     \
    }

/* Writes the pairs of a css_set into the scratch room, behind the paths, and returns their length. */
SEPARATE u32 cgroup_pairs(u64 css_set)
{
    struct cgroup_text b = { .scratch = scratch(), .set = (struct css_set *)css_set };
    if (!b.scratch)
        return 0;
    CGROUP(&b, cpuset_cgrp_id, "cpuset=");
    CGROUP(&b, cpu_cgrp_id, "cpu=");
    CGROUP(&b, cpuacct_cgrp_id, "cpuacct=");
    CGROUP(&b, io_cgrp_id, "io=");
    CGROUP(&b, memory_cgrp_id, "memory=");
    return b.at;
}

INLINE void put_cgroups(struct event *e, u32 i, struct task_struct *t)
{
    u32 len = cgroup_pairs((u64)KR(t, cgroups));
    if (len > ARGS_MAX)
        len = ARGS_MAX;
    FENCE(len);
    if (len > ARGS_MAX || bpf_probe_read_kernel(e->at, len, e->ring->scratch + PAIRS_AT) != 0)
        len = 0;
    put_len(e, i, (u16)len);
    e->at += len;
}

/* ---- The events ---- */

/* Parameters tid .. comm: 3 to 13 in the clone events, 3 to 13 in the exec events too. */
INLINE void put_task(struct event *e, u32 i, struct task_struct *t, struct task_struct *faults)
{
    put_s64(e, i, TR(t, pid));
    put_s64(e, i + 1, TR(t, tgid));
    put_s64(e, i + 2, KR(t, real_parent, pid));
    put_empty(e, i + 3);
    put_u64(e, i + 4, task_fdlimit(t));
    put_u64(e, i + 5, TR(faults, maj_flt));
    put_u64(e, i + 6, TR(faults, min_flt));
    put_u32(e, i + 7, task_vm_size(t));
    put_u32(e, i + 8, task_vm_rss(t));
    put_u32(e, i + 9, task_vm_swap(t));
    put_kstr(e, i + 10, &t->comm, 16);
}

enum { ROOM_TASK = 2 * ARGS_MAX + 5 * (CGROUP_PARTS * 256 + 16) + 512, ROOM_EXEC = ROOM_TASK + 3 * 4096 };

/* Flags of the children of clone3 by thread, from their making until others need the room. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 8192);
    __uint(key_size, 4);
    __uint(value_size, 4);
} born SEC(".maps");

INLINE int clone_event(const struct call *c, u16 code, u32 flags)
{
    struct event e;
    struct task_struct *t = c->task;
    if (!event_begin(&e, code, 21, ROOM_TASK))
        return 0;
    put_s64(&e, 0, c->ret);
    if (c->ret >= 0) {
        put_exe_args(&e, 1, t);
    } else {
        put_empty(&e, 1);
        put_empty(&e, 2);
    }
    put_task(&e, 3, t, t);
    put_cgroups(&e, 14, t);
    put_u32(&e, 15, flags | child_in_pidns(t));
    put_u32(&e, 16, KR(t, cred, euid.val));
    put_u32(&e, 17, KR(t, cred, egid.val));
    put_s64(&e, 18, pid_number(t, PIDTYPE_PID, true));
    put_s64(&e, 19, pid_number(t, PIDTYPE_TGID, true));
    put_u64(&e, 20, c->ret == 0 ? pidns_init_start(t) : 0);
    event_end(&e, TR(t, pid));
    return 0;
}

/* ---- Exec ---- */

enum { EXE_WRITABLE = 1, EXE_UPPER = 2, EXE_MEMFD = 4, EXE_LOWER = 8 };
enum { SB_RDONLY_K = 1, S_IMMUTABLE_K = 8, CAP_DAC_OVERRIDE_K = 1, CAP_FOWNER_K = 3, GROUPS_MAX_K = 32 };

INLINE bool id_mapped(struct user_namespace *ns, u64 map_at, u32 id)
{
    struct uid_gid_map map = { 0 };
    bpf_probe_read_kernel(&map.nr_extents, 4,
                          (void *)ns + map_at + bpf_core_field_offset(struct uid_gid_map, nr_extents));
    bpf_probe_read_kernel(map.extent, sizeof map.extent,
                          (void *)ns + map_at + bpf_core_field_offset(struct uid_gid_map, extent));
#pragma clang loop unroll(full)
    for (u32 n = 0; n < 5; n++)
        if (n < map.nr_extents && id >= map.extent[n].lower_first &&
            id - map.extent[n].lower_first < map.extent[n].count)
            return true;
    return false;
}

INLINE bool in_groups(const struct cred *cred, u32 gid)
{
    if (KR(cred, fsgid.val) == gid)
        return true;
    struct group_info *g = KR(cred, group_info);
    u32 count = (u32)KR(g, ngroups);
#pragma clang loop unroll(disable)
    for (u32 n = 0; n < GROUPS_MAX_K; n++) {
        if (n >= count)
            break;
        u32 one = 0;
        bpf_probe_read_kernel(&one, 4, (void *)g + bpf_core_field_offset(struct group_info, gid) + 4 * n);
        if (one == gid)
            return true;
    }
    return false;
}

/* Could this task write the file that it runs? */
INLINE bool exe_writable(const struct cred *cred, struct inode *inode, struct super_block *sb)
{
    u32 mode = KR(inode, i_mode), uid = KR(inode, i_uid.val), gid = KR(inode, i_gid.val);
    if ((KR(sb, s_flags) & SB_RDONLY_K) || (KR(inode, i_flags) & S_IMMUTABLE_K) || uid == (u32)-1 || gid == (u32)-1)
        return false;
    if (KR(cred, fsuid.val) == uid)
        return true;
    if (in_groups(cred, gid) ? mode & 020 : mode & 02)
        return true;
    u64 caps = 0;
    bpf_probe_read_kernel(&caps, 8, (void *)cred + bpf_core_field_offset(struct cred, cap_effective));
    struct user_namespace *ns = KR(cred, user_ns);
    bool uid_ok = id_mapped(ns, bpf_core_field_offset(struct user_namespace, uid_map), uid);
    bool gid_ok = id_mapped(ns, bpf_core_field_offset(struct user_namespace, gid_map), gid);
    return (caps >> CAP_DAC_OVERRIDE_K & 1 && uid_ok && gid_ok) || (caps >> CAP_FOWNER_K & 1 && uid_ok);
}

SEPARATE u32 exe_flags(u64 cred, u64 file)
{
    struct file *f = (struct file *)file;
    struct inode *inode = KR(f, f_inode);
    struct super_block *sb = KR(inode, i_sb);
    if (!inode)
        return 0;
    u32 layer = inode_layer(inode, sb);
    return (exe_writable((const struct cred *)cred, inode, sb) ? EXE_WRITABLE : 0) |
           (layer == C_UPPER ? EXE_UPPER : 0) | (layer == C_LOWER ? EXE_LOWER : 0) |
           (is_memfd(KR(f, f_path.dentry)) ? EXE_MEMFD : 0);
}

/* Parameters tty .. gid (16 to 29) of the exec events. */
INLINE void put_exec(struct event *e, struct task_struct *t)
{
    struct file *f = KR(t, mm, exe_file);
    struct inode *inode = KR(f, f_inode);
    put_u32(e, 16, task_tty(t));
    put_s64(e, 17, pid_number(t, PIDTYPE_PGID, true));
    put_u32(e, 18, task_loginuid(t));
    put_u32(e, 19, exe_flags((u64)KR(t, cred), (u64)f));
    put_u64(e, 20, CAP(t, cap_inheritable));
    put_u64(e, 21, CAP(t, cap_permitted));
    put_u64(e, 22, CAP(t, cap_effective));
    put_u64(e, 23, KR(inode, i_ino));
    put_u64(e, 24, inode_time(inode, true));
    put_u64(e, 25, inode_time(inode, false));
    put_u32(e, 26, KR(t, cred, euid.val));
    put_path(e, 27, f);
    put_s64(e, 28, pid_number(t, PIDTYPE_PGID, false));
    put_u32(e, 29, KR(t, cred, egid.val));
}

/* A failed execve (31 parameters) or execveat (30): what the caller asked for. */
INLINE int exec_failed(const struct call *c, u16 code, u32 nparams, u64 name, u64 argv, u64 envp)
{
    struct event e;
    struct task_struct *t = c->task;
    if (c->ret == 0 || !event_begin(&e, code, nparams, ROOM_EXEC))
        return 0;
    put_s64(&e, 0, c->ret);
    put_argv(&e, 1, c, argv, 0, 1);
    put_argv(&e, 2, c, argv, 1, ARGV_MAX);
    put_task(&e, 3, t, t);
    put_cgroups(&e, 14, t);
    put_argv(&e, 15, c, envp, 0, ARGV_MAX);
    put_exec(&e, t);
    if (nparams > 30)
        put_ustr(&e, 30, name, 4096);
    event_end(&e, TR(t, pid));
    return 0;
}

INLINE int exec_done(struct task_struct *t, struct linux_binprm *bprm)
{
    struct event e;
    if (TR(t, flags) & PF_KTHREAD_K || !event_begin(&e, 293, 31, ROOM_EXEC))
        return 0;
    put_s64(&e, 0, 0);
    put_exe_args(&e, 1, t);
    put_task(&e, 3, t, t);
    put_cgroups(&e, 14, t);
    put_env(&e, 15, t);
    put_exec(&e, t);
    put_kstr(&e, 30, KR(bprm, filename), 4096);
    event_end(&e, TR(t, pid));
    return 0;
}

/* ---- Exit ---- */

enum { THREADS_LOOKED_AT = 30, ANCESTORS_LOOKED_AT = 60 };

/* A thread of the task's group, other than it, that is not about to end; 0: none, -1: too many to look at. */
SEPARATE s64 live_thread(u64 task, u64 but)
{
    struct task_struct *of = (struct task_struct *)task;
    u64 node_at = bpf_core_field_offset(struct task_struct, thread_node);
    struct signal_struct *sig = KR(of, signal);
    struct list_head *head = (void *)sig + bpf_core_field_offset(struct signal_struct, thread_head);
    struct list_head *at = KR(head, next);
#pragma clang loop unroll(disable)
    for (int n = 0; n < THREADS_LOOKED_AT; n++) {
        if (!at || at == head)
            return 0;
        struct task_struct *t = (void *)at - node_at;
        if ((u64)t != but && !(KR(t, flags) & PF_EXITING_K))
            return KR(t, pid);
        at = KR(at, next);
    }
    return -1;
}

/* Who inherits the children, as the kernel will decide; 0: there are none, or the namespace ends; -1: not known. */
SEPARATE s64 find_reaper(u64 task)
{
    struct task_struct *t = (struct task_struct *)task;
    struct list_head *children = (void *)t + bpf_core_field_offset(struct task_struct, children);
    if (KR(children, next) == children)
        return 0;
    s64 tid = live_thread(task, task);
    if (tid != 0)
        return tid;
    struct pid_namespace *ns = task_pidns(t);
    struct task_struct *init = KR(ns, child_reaper);
    if (init == t)
        return 0;
    u32 level = KR(ns, level);
    struct signal_struct *sig = KR(t, signal);
    if (!BPF_CORE_READ_BITFIELD_PROBED(sig, has_child_subreaper))
        return KR(init, pid);
    struct task_struct *up = KR(t, real_parent);
#pragma clang loop unroll(disable)
    for (int n = 0; n < ANCESTORS_LOOKED_AT; n++) {
        if (!up || up == init || KR(up, pid) == 0 || KR(up, thread_pid, level) != level)
            return KR(init, pid);
        sig = KR(up, signal);
        if (BPF_CORE_READ_BITFIELD_PROBED(sig, is_child_subreaper)) {
            tid = live_thread((u64)up, 0);
            if (tid != 0)
                return tid;
        }
        up = KR(up, real_parent);
    }
    return -1;
}

INLINE int exit_event(struct task_struct *t)
{
    struct event e;
    if (!event_begin(&e, 186, 5, 128))
        return 0;
    s64 code = TR(t, exit_code);
    u8 sig = code & 0x7f;
    put_s64(&e, 0, code);
    put_s64(&e, 1, (code >> 8) & 0xff);
    put_u8(&e, 2, sig);
    put_u8(&e, 3, (code & 0x80) != 0);
    put_s64(&e, 4, find_reaper(bpf_get_current_task())); /* the same task, as a number */
    event_end(&e, TR(t, pid));
    return 0;
}

#endif
