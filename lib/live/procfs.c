/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of /proc. */
#include "procfs.h"
#include "num.h"

#include <saker/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

enum { FLAG_FILES = 1 << 0, FLAG_THREAD = 1 << 13, STATUS_MAX = 8192 }; /* flags: the capture's clone flags */

/* ---- Reading ---- */

skr_str skr_proc_read(skr_procfs *p, int dir, const char *path, size_t limit)
{
    skr_str none = { NULL, 0 };
    int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return none;
    char *text = skr_arena_raw(&p->arena, limit + 1, 1);
    size_t len = 0;
    while (text && len < limit) {
        ssize_t n = read(fd, text + len, limit - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && !len)
            text = NULL;
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    close(fd);
    p->work += 1 + len / 1024;
    if (!text)
        return none;
    text[len] = 0;
    return (skr_str){ text, len };
}

static uint64_t stat_ns(struct timespec t)
{
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

int64_t skr_proc_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)stat_ns(t);
}

void skr_proc_charge(skr_procfs *p, int64_t began_ns)
{
    enum { A_FILE_NS = 8000 }; /* to open and read one of /proc takes 4 to 10 µs */
    p->work += (uint64_t)(skr_proc_now_ns() - began_ns) / A_FILE_NS;
}

skr_str skr_proc_link(skr_procfs *p, int dir, const char *path)
{
    char *text = skr_arena_raw(&p->arena, SKR_PROC_TEXT + 1, 1);
    ssize_t n = text ? readlinkat(dir, path, text, SKR_PROC_TEXT) : -1;
    if (n < 0)
        return (skr_str){ NULL, 0 };
    text[n] = 0;
    return (skr_str){ text, (size_t)n };
}

bool skr_proc_stat(int dir, const char *path, int flags, struct stat *st)
{
    struct statx x;
    if (statx(dir, path, flags | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &x) != 0)
        return errno == ENOSYS && fstatat(dir, path, st, flags) == 0;
    memset(st, 0, sizeof *st);
    st->st_dev = makedev(x.stx_dev_major, x.stx_dev_minor);
    st->st_ino = x.stx_ino;
    st->st_mode = x.stx_mode;
    st->st_uid = x.stx_uid;
    st->st_gid = x.stx_gid;
    st->st_mtim = (struct timespec){ x.stx_mtime.tv_sec, x.stx_mtime.tv_nsec };
    st->st_ctim = (struct timespec){ x.stx_ctime.tv_sec, x.stx_ctime.tv_nsec };
    return true;
}

skr_str skr_proc_value(skr_str text, const char *key)
{
    size_t len = strlen(key);
    for (const char *at = text.ptr, *end = skr_str_end(text); at && at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        if ((size_t)(stop - at) > len && memcmp(at, key, len) == 0 && at[len] == ':')
            return skr_str_trim((skr_str){ at + len + 1, (size_t)(stop - at) - len - 1 }, " \t");
        at = stop + 1;
    }
    return (skr_str){ NULL, 0 };
}

/* The n-th number (from 0) of a line of numbers; `otherwise` when there are fewer. -1: the last one. */
static int64_t number_at(skr_str line, int n, int64_t otherwise)
{
    int64_t found = otherwise;
    for (const char *at = line.ptr, *end = skr_str_end(line); at && at < end;) {
        char *stop;
        int64_t v = strtoll(at, &stop, 10); /* there is a NUL behind every text that was read */
        if (stop == at)
            break;
        if (n == 0)
            return v;
        if (n < 0)
            found = v;
        else
            n--;
        at = stop;
    }
    return found;
}

static uint64_t hex(skr_str s)
{
    return s.ptr ? strtoull(s.ptr, NULL, 16) : 0;
}

/* ---- One thread ---- */

/* exe: the first string; args: the others, with a NUL behind the last. */
static void split_cmdline(skr_proc_entry *e, skr_str cmdline)
{
    size_t first = strnlen(cmdline.ptr, cmdline.len);
    e->exe = skr_str_cut(cmdline, 0, first);
    e->args = SKR_STR("");
    if (first + 1 < cmdline.len)
        e->args = skr_str_cut(cmdline, first + 1, cmdline.len);
}

static void read_status(skr_proc_entry *e, skr_str s)
{
    e->pid = number_at(skr_proc_value(s, "Tgid"), 0, -1);
    e->ptid = number_at(skr_proc_value(s, "PPid"), 0, -1);
    e->uid = (uint32_t)number_at(skr_proc_value(s, "Uid"), 1, UINT32_MAX);
    e->gid = (uint32_t)number_at(skr_proc_value(s, "Gid"), 1, UINT32_MAX);
    e->cap_inheritable = hex(skr_proc_value(s, "CapInh"));
    e->cap_permitted = hex(skr_proc_value(s, "CapPrm"));
    e->cap_effective = hex(skr_proc_value(s, "CapEff"));
    e->vmsize = (uint32_t)number_at(skr_proc_value(s, "VmSize"), 0, 0);
    e->vmrss = (uint32_t)number_at(skr_proc_value(s, "VmRSS"), 0, 0);
    e->vmswap = (uint32_t)number_at(skr_proc_value(s, "VmSwap"), 0, 0);
    /* In a pid namespace of its own a thread has further numbers; the last is its own, as events tell it. */
    e->vtid = number_at(skr_proc_value(s, "NSpid"), -1, e->tid);
    e->vpid = number_at(skr_proc_value(s, "NStgid"), -1, e->pid);
    skr_str groups = skr_proc_value(s, "NSpgid");
    e->pgid = -1;
    if (number_at(groups, 1, INT64_MIN) != INT64_MIN) {
        e->pgid = number_at(groups, 0, -1);
        e->vpgid = number_at(groups, -1, -1);
    }
}

/* The fields behind the name, which may hold anything. */
static void read_stat(skr_proc_entry *e, skr_str s)
{
    while (s.len && s.ptr[s.len - 1] != ')')
        s.len--;
    const char *behind = s.ptr ? s.ptr + s.len : "";
    skr_str rest = skr_str_of(behind);
    if (rest.len < 3)
        return;
    rest = skr_str_cut(rest, 3, rest.len); /* " S " */
    if (e->pgid < 0)
        e->pgid = number_at(rest, 1, -1);
    e->sid = number_at(rest, 2, -1);
    e->tty = (uint32_t)number_at(rest, 3, 0);
    e->pfminor = (uint64_t)number_at(rest, 6, 0);
    e->pfmajor = (uint64_t)number_at(rest, 8, 0);
}

static bool in_groups(skr_str status, uint32_t gid)
{
    skr_str groups = skr_proc_value(status, "Groups");
    for (int n = 0; n < 65536; n++) {
        int64_t g = number_at(groups, 0, -1);
        if (g < 0)
            return false;
        if (g == gid)
            return true;
        char *next;
        strtoll(groups.ptr, &next, 10);
        groups.len -= (size_t)(next - groups.ptr);
        groups.ptr = next;
    }
    return false;
}

/* Could the process write the file that it runs? Answered from its ids and the file's mode, not by acting as the
 * process. */
static bool writable(skr_procfs *p, const skr_proc_entry *e, skr_str status, int dir, const struct stat *st)
{
    if (st->st_uid == e->uid)
        return true;
    if (!(e->cap_effective >> 1 & 1)) { /* CAP_DAC_OVERRIDE */
        bool group = st->st_gid == e->gid || in_groups(status, st->st_gid);
        if (!(st->st_mode & (group ? S_IWGRP : S_IWOTH)))
            return false;
    }
    int fd = openat(dir, "exe", O_PATH | O_CLOEXEC);
    bool read_only = fd >= 0 && skr_proc_is_read_only(p, dir, fd);
    if (fd >= 0)
        close(fd);
    return !read_only;
}

static void read_exe(skr_procfs *p, skr_proc_entry *e, skr_str status, int dir)
{
    struct stat st;
    if (!skr_proc_stat(dir, "exe", 0, &st))
        return;
    e->exe_ino = st.st_ino;
    e->exe_ino_ctime = stat_ns(st.st_ctim);
    e->exe_ino_mtime = stat_ns(st.st_mtim);
    e->exe_writable = writable(p, e, status, dir, &st);
    e->exe_memfd = skr_str_starts(e->exepath, SKR_STR("/memfd:"));
}

static int64_t descriptor_limit(int64_t tid)
{
    struct rlimit l;
    return prlimit((pid_t)tid, RLIMIT_NOFILE, NULL, &l) == 0 ? (int64_t)l.rlim_cur : -1;
}

/* `dir`: /proc/PID/task/TID or /proc/PID. false: gone, a kernel thread, or not ours to read. */
static bool read_thread(skr_procfs *p, int dir, int64_t tid, skr_proc_entry *e)
{
    struct stat st;
    memset(e, 0, sizeof *e);
    e->tid = tid;
    skr_str cmdline = skr_proc_read(p, dir, "cmdline", SKR_PROC_TEXT);
    skr_str exepath = skr_proc_link(p, dir, "exe");
    if (!cmdline.ptr || (!cmdline.len && !exepath.ptr))
        return false;
    skr_str comm = skr_proc_read(p, dir, "comm", 64), env = skr_proc_read(p, dir, "environ", SKR_PROC_TEXT);
    skr_str cwd = skr_proc_link(p, dir, "cwd"), root = skr_proc_link(p, dir, "root");
    skr_str status = skr_proc_read(p, dir, "status", STATUS_MAX);
    if (!comm.ptr || !env.ptr || !cwd.ptr || !root.ptr || !status.ptr)
        return false;
    split_cmdline(e, cmdline);
    e->exepath = exepath.ptr ? exepath : SKR_STR("");
    e->comm = skr_str_trim(comm, "\n");
    e->env = env;
    e->cwd = cwd;
    e->root = root;
    read_status(e, status);
    read_stat(e, skr_proc_read(p, dir, "stat", 1024));
    e->cgroups = skr_proc_cgroups(p, dir);
    e->fdlimit = descriptor_limit(tid);
    skr_str loginuid = skr_proc_read(p, dir, "loginuid", 16);
    e->loginuid = loginuid.ptr ? (uint32_t)strtoul(loginuid.ptr, NULL, 10) : UINT32_MAX;
    if (fstatat(dir, "cmdline", &st, 0) == 0)
        e->clone_ts = stat_ns(st.st_ctim);
    e->pidns_init_start = skr_proc_ns_start(p, dir);
    read_exe(p, e, status, dir);
    e->flags = e->tid != e->pid ? FLAG_THREAD | FLAG_FILES : 0;
    return e->pid > 0;
}

static int open_dir(int at, const char *path)
{
    return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int tell_thread(skr_procfs *p, int dir, int64_t tid, const skr_scap_handler *h)
{
    skr_proc_entry e;
    int status = 0;
    skr_arena_reset(&p->arena);
    p->mounts_read = false;
    if (read_thread(p, dir, tid, &e)) {
        status = h->proc ? h->proc(h->ctx, &e) : 0;
        if (status >= 0 && e.tid == e.pid)
            status = skr_proc_fds(p, dir, e.pid, h);
    }
    return status < 0 ? status : 0;
}

/* ---- All threads ---- */

static int64_t number_name(const char *name)
{
    int64_t v;
    return skr_parse_index(skr_str_of(name), &v) && v > 0 && v <= INT32_MAX ? v : -1;
}

/* Calls tell_thread for the numeric entries of a directory, without `but`. Takes over `dir`. */
static int tell_entries(skr_procfs *p, int dir, int64_t but, const skr_scap_handler *h);

static int tell_process(skr_procfs *p, int all, const char *name, int64_t pid, const skr_scap_handler *h)
{
    int dir = open_dir(all, name);
    if (dir < 0)
        return 0;
    int status = tell_thread(p, dir, pid, h);
    int tasks = status ? -1 : open_dir(dir, "task");
    close(dir);
    return tasks >= 0 ? tell_entries(p, tasks, pid, h) : status;
}

static int tell_entries(skr_procfs *p, int dir, int64_t but, const skr_scap_handler *h)
{
    int status = 0;
    DIR *d = fdopendir(dir);
    if (!d) {
        close(dir);
        return 0;
    }
    for (const struct dirent *e; status == 0 && (e = readdir(d));) {
        int64_t id = number_name(e->d_name);
        if (id < 0 || id == but)
            continue;
        if (but == 0) {
            status = tell_process(p, dirfd(d), e->d_name, id, h);
            continue;
        }
        int thread = open_dir(dirfd(d), e->d_name);
        if (thread >= 0) {
            status = tell_thread(p, thread, id, h);
            close(thread);
        }
    }
    closedir(d);
    return status;
}

int skr_procfs_scan(skr_procfs *p, const skr_scap_handler *h)
{
    int dir = p->dir >= 0 ? open_dir(p->dir, ".") : -1;
    if (dir < 0)
        return SAKER_EIO;
    int status = tell_entries(p, dir, 0, h);
    skr_proc_forget_sockets(p);
    return status ? status : p->mem->failed ? SAKER_ENOMEM : 0;
}

/* Threads that are no main threads have no entry of their own in a listing of /proc, but can be opened by their number.
 */
bool skr_procfs_thread(skr_procfs *p, int64_t tid, const skr_scap_handler *h)
{
    char name[32];
    skr_proc_entry e;
    snprintf(name, sizeof name, "%lld", (long long)tid);
    int dir = tid > 0 ? open_dir(p->dir, name) : -1;
    if (dir < 0)
        return false;
    skr_arena_reset(&p->arena);
    p->mounts_read = false;
    bool there = read_thread(p, dir, tid, &e);
    if (there && h->proc && h->proc(h->ctx, &e) >= 0 && e.tid == e.pid)
        skr_proc_fds(p, dir, e.pid, h);
    close(dir);
    skr_proc_forget_sockets(p);
    return there;
}

bool skr_procfs_env(skr_procfs *p, int64_t pid, skr_buf *b)
{
    char name[48], part[4096];
    snprintf(name, sizeof name, "%lld/environ", (long long)pid);
    int fd = openat(p->dir, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    for (ssize_t n; b->len < 1 << 20 && (n = read(fd, part, sizeof part)) > 0;)
        skr_buf_add(b, part, (size_t)n);
    close(fd);
    return !b->failed;
}

bool skr_procfs_alive(skr_procfs *p, int64_t pid, int64_t tid, skr_str comm)
{
    char name[64];
    snprintf(name, sizeof name, "%lld/task/%lld/comm", (long long)pid, (long long)tid);
    skr_arena_reset(&p->arena);
    skr_str now = skr_proc_read(p, p->dir, name, 64);
    return now.ptr && skr_str_starts(now, comm);
}

bool skr_procfs_fd(skr_procfs *p, int64_t pid, int64_t fd, const skr_scap_handler *h)
{
    char name[32];
    snprintf(name, sizeof name, "%lld", (long long)pid);
    int dir = open_dir(p->dir, name);
    if (dir < 0)
        return false;
    snprintf(name, sizeof name, "%lld", (long long)fd);
    skr_arena_reset(&p->arena);
    p->mounts_read = false;
    int status = skr_proc_one_fd(p, dir, pid, name, h);
    close(dir);
    skr_proc_forget_sockets(p);
    return status == 0;
}

/* "PID/task/TID" */
void skr_procfs_self(int proc, int64_t *pid, int64_t *tid)
{
    char text[64];
    const ssize_t n = readlinkat(proc, "thread-self", text, sizeof text - 1);
    long long p, t;
    text[n > 0 ? n : 0] = 0;
    const bool known = sscanf(text, "%lld/task/%lld", &p, &t) == 2;
    *pid = known ? p : getpid();
    *tid = known ? t : gettid();
}

void skr_procfs_open(skr_procfs *p, skr_mem *mem, const char *root, uint32_t max_fds)
{
    char path[300];
    memset(p, 0, sizeof *p);
    p->mem = mem;
    p->max_fds = max_fds ? max_fds : 4096;
    p->cgroup2 = -1;
    skr_arena_init(&p->arena, mem);
    skr_arena_init(&p->cgroup_arena, mem);
    skr_map_init(&p->cgroup_names, mem);
    p->root_too_long = root && strlen(root) >= sizeof p->root;
    snprintf(p->root, sizeof p->root, "%s", p->root_too_long || !root ? "" : root);
    snprintf(path, sizeof path, "%s/proc", p->root);
    p->dir = open_dir(AT_FDCWD, path);
}

void skr_procfs_close(skr_procfs *p)
{
    if (!p->mem)
        return;
    skr_proc_forget_sockets(p);
    skr_vec_free(p->mem, &p->mounts);
    skr_vec_free(p->mem, &p->cgroup_texts);
    skr_map_free(&p->cgroup_names);
    skr_arena_free(&p->cgroup_arena);
    skr_arena_free(&p->arena);
    if (p->cgroup2 >= 0)
        close(p->cgroup2);
    if (p->dir >= 0)
        close(p->dir);
    p->mem = NULL;
}
