/* SPDX-License-Identifier: Apache-2.0 */
/* What the state engine asks of a running system. */
#include "live.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* At most so many look-ups of unknown threads a second, and so many files and KiB for them, for unknown descriptors and
 * for users of containers: a storm of them, or mounts and sockets by the thousand, must not stop the events. */
enum { LOOKUPS_PER_SECOND = 2000, WORK_PER_SECOND = 50000, USER_FILES = 1024 };

bool skr_live_may_look(skr_live *l, bool thread, int64_t second)
{
    if (second != l->lookup_second) {
        l->lookup_second = second;
        l->lookups = 0;
        l->lookup_work = l->procfs.work;
    }
    if (l->lookups >= LOOKUPS_PER_SECOND || l->procfs.work - l->lookup_work >= WORK_PER_SECOND) {
        l->lookups_refused++;
        return false;
    }
    l->lookups += thread;
    return true;
}

static bool on_thread(void *ctx, int64_t tid, const skr_scap_handler *h)
{
    skr_live *l = ctx;
    return skr_live_may_look(l, true, skr_live_now_ms() / 1000) && skr_procfs_thread(&l->procfs, tid, h);
}

static bool on_env(void *ctx, int64_t pid, skr_buf *b)
{
    skr_live *l = ctx;
    return skr_procfs_env(&l->procfs, pid, b);
}

static bool on_alive(void *ctx, const skr_thread *t)
{
    skr_live *l = ctx;
    return skr_procfs_alive(&l->procfs, t->pid, t->tid, t->comm);
}

static bool on_fd(void *ctx, int64_t pid, int64_t fd, const skr_scap_handler *h)
{
    skr_live *l = ctx;
    return skr_live_may_look(l, false, skr_live_now_ms() / 1000) && skr_procfs_fd(&l->procfs, pid, fd, h);
}

/* ---- Users ---- */

typedef struct adder {
    skr_live *live;
    skr_str container_id;
    uint32_t uid, gid;
    bool all; /* of a container: everybody, since its file is read once */
} adder;

static bool add_user(void *ctx, const skr_user_entry *u)
{
    const adder *a = ctx;
    skr_user user = { u->group ? u->gid : u->uid, u->gid, u->name, u->home, u->shell };
    if (!a->all && user.uid != (u->group ? a->gid : a->uid))
        return true;
    skr_state_add_user(a->live->state, u->group, a->container_id, &user);
    return a->all;
}

static void read_host_users(adder *a)
{
    char path[300];
    for (int group = 0; group < 2; group++) {
        snprintf(path, sizeof path, "%s/etc/%s", a->live->procfs.root, group ? "group" : "passwd");
        skr_passwd_read(&a->live->procfs, open(path, O_RDONLY | O_CLOEXEC), group != 0, add_user, a);
    }
}

static void read_users(adder *a, int64_t pid, int root)
{
    skr_procfs *p = &a->live->procfs;
    for (int group = 0; group < 2; group++)
        skr_passwd_read(p, skr_proc_open_etc(p, pid, root, group ? "group" : "passwd"), group != 0, add_user, a);
}

/* The host's root: that of process 1, or ours where even we may not look into that one. */
static bool stat_host_root(const skr_live *l, struct stat *st)
{
    return fstatat(l->procfs.dir, "1/root", st, 0) == 0 || (!l->procfs.root[0] && stat("/", st) == 0);
}

/* Root directory of a process, if it is not the host's; -1: none of its own. */
static int other_root(skr_live *l, int64_t pid)
{
    char path[64];
    struct stat host, own;
    snprintf(path, sizeof path, "%lld/root", (long long)pid);
    int fd = openat(l->procfs.dir, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (stat_host_root(l, &host) && skr_proc_stat(fd, "", AT_EMPTY_PATH, &own) &&
        (host.st_ino != own.st_ino || host.st_dev != own.st_dev))
        return fd;
    close(fd);
    return -1;
}

/* The host's file is read again when an id is unknown and the file has changed; a container's once. */
static bool host_users_changed(skr_live *l)
{
    char path[300];
    struct stat user = { 0 }, group = { 0 };
    snprintf(path, sizeof path, "%s/etc/passwd", l->procfs.root);
    stat(path, &user);
    snprintf(path, sizeof path, "%s/etc/group", l->procfs.root);
    stat(path, &group);
    int64_t stamp = (int64_t)user.st_mtim.tv_sec * 1000000007 + user.st_mtim.tv_nsec +
                    (int64_t)group.st_mtim.tv_sec * 31 + group.st_mtim.tv_nsec + (int64_t)user.st_ino +
                    (int64_t)group.st_ino;
    bool changed = stamp != l->users_stamp;
    l->users_stamp = stamp;
    return changed;
}

void skr_live_users_read(skr_live *l)
{
    host_users_changed(l);
}

static void on_ids(void *ctx, const skr_thread *t, uint32_t uid, uint32_t gid)
{
    skr_live *l = ctx;
    adder a = { l, t->container_id, uid, gid, true };
    if (!t->container_id.len) {
        if (l->started && host_users_changed(l))
            read_host_users(&a);
        return;
    }
    if (skr_map_get(&l->user_files, t->container_id) != SIZE_MAX)
        return;
    if (l->started && !skr_live_may_look(l, false, skr_live_now_ms() / 1000))
        return;
    int root = other_root(l, t->pid);
    if (root < 0)
        return; /* still the host's: the container's comes with a later exec */
    const skr_proc_server server = skr_proc_server_of(&l->procfs, t->pid, root);
    if (server == SKR_SERVER_KERNEL) /* to look into one that a program serves is to wait for it */
        read_users(&a, t->pid, root);
    close(root);
    if (server == SKR_SERVER_UNKNOWN)
        return;
    if (l->user_files.n >= USER_FILES) { /* start over; those in use are read again */
        skr_map_free(&l->user_files);
        skr_map_init(&l->user_files, l->mem);
        skr_arena_reset(&l->user_file_names);
    }
    skr_str name = skr_str_dup(&l->user_file_names, t->container_id);
    if (name.ptr)
        skr_map_put(&l->user_files, name, 1);
}

/* A thread that /proc told of is in a container. */
static void on_container(void *ctx, skr_str id, skr_str cgroup_path)
{
    skr_live *l = ctx;
    if (l->lookup)
        skr_lookup_want(l->lookup, id, cgroup_path, skr_live_now_ms());
}

void skr_live_set_os(skr_live *l)
{
    skr_state_os os = { l, on_thread, on_env, on_ids, on_alive, on_fd, on_container };
    skr_state_set_os(l->state, &os);
}
