/* SPDX-License-Identifier: Apache-2.0 */
/* Files behind descriptors: device, inode, layers of overlayfs, paths. */
#ifndef SKR_LIVE_FILE_H
#define SKR_LIVE_FILE_H

#include "flags.bpf.h"

enum { OVERLAYFS_MAGIC = 0x794c7630, FMODE_CREATED = 0x100000, PATH_PARTS = 96 };

INLINE struct file *fd_file(struct task_struct *t, s64 fd)
{
    struct fdtable *table = TR(t, files, fdt);
    if (fd < 0 || (u32)fd >= TR(table, max_fds))
        return NULL;
    struct file **slots = TR(table, fd);
    struct file *f = NULL;
    bpf_probe_read_kernel(&f, sizeof f, slots + (u32)fd);
    return f;
}

/* 0: not on overlayfs, or C_UPPER, C_LOWER. The overlay's own inode record holds its upper dentry right behind the
 * inode. */
INLINE u32 inode_layer(struct inode *inode, struct super_block *sb)
{
    if (!inode || KR(sb, s_magic) != OVERLAYFS_MAGIC)
        return 0;
    struct dentry *upper = NULL;
    bpf_probe_read_kernel(&upper, sizeof upper, (void *)inode + bpf_core_type_size(struct inode));
    return upper && KR(upper, d_inode) ? C_UPPER : C_LOWER;
}

struct opened {
    u32 dev;
    u32 flags; /* C_CREATED, C_UPPER, C_LOWER */
    u64 ino;
};

/* What the format tells of a descriptor that a call has just opened. */
INLINE struct opened look_at_opened(const struct call *c)
{
    struct opened o = { 0 };
    if (c->ret <= 0) /* 0 too: so do the other writers of the format */
        return o;
    struct file *f = fd_file(c->task, c->ret);
    struct inode *inode = KR(f, f_inode);
    struct super_block *sb = KR(inode, i_sb);
    o.dev = encode_dev(KR(sb, s_dev));
    o.ino = KR(inode, i_ino);
    o.flags = (KR(f, f_mode) & FMODE_CREATED ? C_CREATED : 0) | inode_layer(inode, sb);
    return o;
}

INLINE u64 fd_ino(const struct call *c, s64 fd)
{
    struct file *f = fd_file(c->task, fd);
    return f ? KR(f, f_inode, i_ino) : 0;
}

/* ---- Paths, from the file up to the root of all mounts ---- */

INLINE u64 inode_time(struct inode *inode, bool change)
{
    struct inode___old *old = (void *)inode;
    struct inode___mid *mid = (void *)inode;
    struct timespec64 t = { 0 };
    if (bpf_core_field_exists(inode->i_ctime_sec)) {
        t.tv_sec = change ? KR(inode, i_ctime_sec) : KR(inode, i_mtime_sec);
        t.tv_nsec = change ? KR(inode, i_ctime_nsec) : KR(inode, i_mtime_nsec);
    } else {
        if (change && bpf_core_field_exists(mid->__i_ctime))
            t = KR(mid, __i_ctime);
        else if (change)
            t = KR(old, i_ctime);
        else if (bpf_core_field_exists(mid->__i_mtime))
            t = KR(mid, __i_mtime);
        else
            t = KR(old, i_mtime);
    }
    return (u64)t.tv_sec * 1000000000 + (u64)t.tv_nsec;
}

INLINE bool is_memfd(struct dentry *d)
{
    char name[8] = { 0 };
    if (!d || KR(d, d_parent) != d)
        return false;
    bpf_probe_read_kernel_str(name, 7, KR(d, d_name.name));
    return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' && name[5] == ':';
}

/* Writes the path into the scratch room and says where it starts. */
SEPARATE u32 path_text(u64 dentry, u64 vfsmount)
{
    struct dentry *d = (struct dentry *)dentry;
    struct mount *m = (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
    u8 *room = scratch();
    if (!room)
        return 0;
    struct back_text text;
    text_begin(&text, room);
#pragma clang loop unroll(disable)
    for (int n = 0; n < PATH_PARTS; n++) {
        struct dentry *up = KR(d, d_parent), *root = KR(m, mnt.mnt_root);
        bool top = d == root || d == up;
        u32 len = APART(top) ? 0 : KR(d, d_name.len);
        if (APART(top)) {
            struct mount *above = KR(m, mnt_parent);
            if (above == m)
                break;
            d = KR(m, mnt_mountpoint);
            m = APART(above);
        } else {
            if (APART(len) + 1 > APART(text.at) - (TEXT_MAX - 4096)) /* longer than a path may be: its end is kept */
                break;
            text_part(&text, KR(d, d_name.name), len);
            d = APART(up);
        }
        text.at = APART(text.at) & (TEXT_MAX - 1);
    }
    if (text.at == TEXT_MAX - 1)
        text_part(&text, NULL, 0);
    return text.at;
}

INLINE void put_path(struct event *e, u32 i, struct file *f)
{
    struct dentry *d = KR(f, f_path.dentry);
    if (!d)
        put_empty(e, i);
    else if (is_memfd(d))
        put_kstr(e, i, KR(d, d_name.name), 256);
    else
        put_text(e, i, path_text((u64)d, (u64)KR(f, f_path.mnt)), 4096);
}

#endif
