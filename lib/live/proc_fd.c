/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors of a process. */
#include "procfs.h"
#include "state.h" /* numbers of descriptor types */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* O_* as the capture numbers them; the probe does the same (bpf/flags.bpf.h). */
static uint32_t capture_flags(unsigned long k)
{
    static const struct {
        unsigned long kernel;
        uint32_t capture;
    } bits[] = {
        { O_CREAT, 1 << 2 },      { O_APPEND, 1 << 3 }, { O_DSYNC, 1 << 4 },    { O_EXCL, 1 << 5 },
        { O_NONBLOCK, 1 << 6 },   { O_SYNC, 1 << 7 },   { O_TRUNC, 1 << 8 },    { O_DIRECT, 1 << 9 },
        { O_DIRECTORY, 1 << 10 }, { 0100000, 1 << 11 }, { O_CLOEXEC, 1 << 12 }, { O_TMPFILE, 1 << 13 },
    };
    unsigned long mode = k & O_ACCMODE;
    uint32_t c = mode == O_WRONLY ? 2 : mode == O_RDWR ? 3 : 1;
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        if (k & bits[i].kernel)
            c |= bits[i].capture;
    return c;
}

static uint32_t capture_dev(unsigned maj, unsigned min)
{
    return (min & 0xff) | (maj << 8) | ((min & ~0xffu) << 12);
}

/* "36 35 98:0 /mnt ...": id, parent and device. Not by sscanf(), which measures all the text behind. */
static bool parse_mount(const char *line, struct skr_mount_dev *m)
{
    char *at;
    m->id = (uint32_t)strtoul(line, &at, 10);
    if (at == line || *at != ' ')
        return false;
    strtoul(at, &at, 10);
    unsigned maj = (unsigned)strtoul(at, &at, 10), min = *at == ':' ? (unsigned)strtoul(at + 1, &at, 10) : 0;
    m->dev = capture_dev(maj, min);
    return *at == ' ';
}

/* Device of a mount, from the process's list of mounts, which is read once for all its descriptors. */
static void read_mounts(skr_procfs *p, int dir)
{
    p->mounts_read = true;
    p->mounts.n = 0;
    const int64_t began = skr_proc_now_ns();
    skr_str text = skr_proc_read(p, dir, "mountinfo", 1 << 20);
    for (const char *at = text.ptr, *end = skr_str_end(text); at && at < end;) {
        struct skr_mount_dev m;
        if (parse_mount(at, &m) && !skr_vec_push(p->mem, &p->mounts, m))
            return;
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        at = stop ? stop + 1 : end;
    }
    skr_proc_charge(p, began);
}

static uint32_t mount_dev(skr_procfs *p, int dir, uint32_t id)
{
    if (!p->mounts_read)
        read_mounts(p, dir);
    for (size_t i = 0; i < p->mounts.n; i++)
        if (p->mounts.v[i].id == id)
            return p->mounts.v[i].dev;
    return 0;
}

static void read_fdinfo(skr_procfs *p, int dir, const char *fd, skr_fd_entry *f)
{
    char path[64];
    snprintf(path, sizeof path, "fdinfo/%s", fd);
    skr_str info = skr_proc_read(p, dir, path, 1024);
    skr_str flags = skr_proc_value(info, "flags"), mount = skr_proc_value(info, "mnt_id"),
            pid = skr_proc_value(info, "Pid");
    if (flags.ptr)
        f->open_flags = capture_flags(strtoul(flags.ptr, NULL, 8));
    if (mount.ptr && f->type != SKR_FD_PIDFD)
        f->dev = mount_dev(p, dir, (uint32_t)strtoul(mount.ptr, NULL, 10));
    if (pid.ptr && f->type == SKR_FD_PIDFD)
        f->pid = strtoll(pid.ptr, NULL, 10);
}

static uint8_t anon_type(skr_str link)
{
    static const struct {
        const char *name;
        uint8_t type;
    } types[] = {
        { "[eventfd]", SKR_FD_EVENT },
        { "[eventpoll]", SKR_FD_EVENTPOLL },
        { "inotify", SKR_FD_INOTIFY },
        { "[signalfd]", SKR_FD_SIGNALFD },
        { "[timerfd]", SKR_FD_TIMERFD },
        { "[io_uring]", SKR_FD_IOURING },
        { "[userfaultfd]", SKR_FD_USERFAULTFD },
        { "[pidfd]", SKR_FD_PIDFD },
        { "bpf-map", SKR_FD_BPF },
        { "bpf-prog", SKR_FD_BPF },
        { "bpf-link", SKR_FD_BPF },
        { "bpf_link", SKR_FD_BPF },
        { "bpf_iter", SKR_FD_BPF },
    };
    skr_str prefix = SKR_STR("anon_inode:");
    if (!skr_str_starts(link, prefix))
        return SKR_FD_UNSUPPORTED;
    link = skr_str_cut(link, prefix.len, link.len);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (skr_str_is(link, types[i].name))
            return types[i].type;
    return SKR_FD_UNSUPPORTED;
}

/* "socket:[123]" */
static bool socket_inode(skr_str link, uint64_t *inode)
{
    skr_str prefix = SKR_STR("socket:[");
    if (!skr_str_starts(link, prefix))
        return false;
    *inode = strtoull(link.ptr + prefix.len, NULL, 10);
    return true;
}

static bool classify(skr_procfs *p, int dir, const struct stat *st, skr_str link, skr_fd_entry *f)
{
    f->name = link;
    f->ino = st->st_ino;
    if (S_ISFIFO(st->st_mode)) {
        f->type = SKR_FD_FIFO;
    } else if (S_ISDIR(st->st_mode)) {
        f->type = SKR_FD_DIRECTORY;
    } else if (S_ISSOCK(st->st_mode)) {
        f->name = SKR_STR("");
        if (socket_inode(link, &f->ino))
            return skr_proc_socket(p, dir, f->ino, f);
        f->type = SKR_FD_UNSUPPORTED;
    } else if (S_ISREG(st->st_mode) || S_ISBLK(st->st_mode) || S_ISCHR(st->st_mode) || S_ISLNK(st->st_mode)) {
        f->type = skr_str_starts(link, SKR_STR("/memfd:")) ? SKR_FD_MEMFD : SKR_FD_FILE_V2;
        /* pidfds are files of their own kind since 6.9 */
        if (skr_str_is(link, "anon_inode:[pidfd]") || skr_str_starts(link, SKR_STR("pidfd:")))
            f->type = SKR_FD_PIDFD;
    } else {
        f->type = anon_type(link);
        f->name = SKR_STR("");
    }
    return true;
}

int skr_proc_one_fd(skr_procfs *p, int dir, int64_t pid, const char *fd, const skr_scap_handler *h)
{
    char path[64];
    struct stat st;
    skr_fd_entry f = { .tid = pid, .fd = strtoll(fd, NULL, 10) };
    snprintf(path, sizeof path, "fd/%s", fd);
    p->work++;
    if (!h->fd || !skr_proc_stat(dir, path, 0, &st))
        return 1;
    skr_str link = skr_proc_link(p, dir, path);
    if (!link.ptr || !classify(p, dir, &st, link, &f))
        return 1;
    if (f.type == SKR_FD_FILE_V2 || f.type == SKR_FD_DIRECTORY || f.type == SKR_FD_MEMFD || f.type == SKR_FD_PIDFD)
        read_fdinfo(p, dir, fd, &f);
    if (f.type == SKR_FD_PIDFD) {
        const char *name = skr_arena_printf(&p->arena, "%s/proc/%lld", p->root, (long long)f.pid);
        f.name = skr_str_of(name);
    }
    int status = h->fd(h->ctx, &f);
    return status < 0 ? status : 0;
}

int skr_proc_fds(skr_procfs *p, int dir, int64_t pid, const skr_scap_handler *h)
{
    int status = 0, list = openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = list >= 0 ? fdopendir(list) : NULL;
    if (!d) {
        if (list >= 0)
            close(list);
        return 0;
    }
    uint32_t count = 0;
    for (const struct dirent *e; status >= 0 && count < p->max_fds && (e = readdir(d));) {
        if (!skr_is_digit(e->d_name[0]) || strlen(e->d_name) > 12)
            continue;
        status = skr_proc_one_fd(p, dir, pid, e->d_name, h);
        count++;
    }
    closedir(d);
    return status < 0 ? status : 0;
}
