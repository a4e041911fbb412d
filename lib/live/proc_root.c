/* SPDX-License-Identifier: Apache-2.0 */
/* What lies below the root directory of a process. That may be on a file system which a program serves, by FUSE: to
 * look for a name there is to wait for that program, which may never answer. The kernel is asked only for what it
 * knows. */
#include "procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef STATX_MNT_ID /* Linux 5.8, newer than some headers */
#define STATX_MNT_ID 0x1000u
#endif
#ifndef RESOLVE_CACHED /* Linux 5.12 */
#define RESOLVE_CACHED 0x20
#endif

typedef struct place { /* what tells a directory, as a mount shows it, from all others */
    uint64_t ino;
    uint64_t mount;
} place;

static bool place_of(int dir, const char *path, int flags, place *p)
{
    struct statx x;
    if (statx(dir, path, flags | AT_STATX_DONT_SYNC, STATX_INO | STATX_MNT_ID, &x) != 0 || !(x.stx_mask & STATX_MNT_ID))
        return false;
    *p = (place){ x.stx_ino, x.stx_mnt_id };
    return true;
}

/* ---- Mounts ---- */

typedef struct mount {
    char type[32]; /* of the file system */
    bool read_only;
} mount;

static const char *words_on(const char *at, int n)
{
    for (; at && n; n--) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    return at;
}

static bool says_read_only(const char *options)
{
    return options && strncmp(options, "ro", 2) == 0 && strcspn(options, ", \n") == 2;
}

/* A line "id parent major:minor root mountpoint options [optional]... - type source options". */
static bool read_mount(const char *line, uint64_t id, mount *m)
{
    char *at;
    if (strtoull(line, &at, 10) != id || at == line)
        return false;
    const char *options = words_on(line, 5), *dash = options ? strstr(options, " - ") : NULL;
    const size_t n = dash ? strcspn(dash + 3, " \n") : 0;
    if (n == 0 || n >= sizeof m->type)
        return false;
    memcpy(m->type, dash + 3, n);
    m->type[n] = '\0';
    m->read_only = says_read_only(options) || says_read_only(words_on(dash + 3, 2));
    return true;
}

static bool mount_id(skr_procfs *p, int fd, uint64_t *id)
{
    char path[64];
    place here;
    if (place_of(fd, "", AT_EMPTY_PATH, &here)) {
        *id = here.mount;
        return true;
    }
    snprintf(path, sizeof path, "/proc/thread-self/fdinfo/%d", fd); /* before Linux 5.8 */
    skr_str text = skr_proc_value(skr_proc_read(p, AT_FDCWD, path, 1024), "mnt_id");
    *id = text.ptr ? strtoull(text.ptr, NULL, 10) : 0;
    return text.ptr;
}

/* The mount that `fd` lies on, from the list `mountinfo` below `dir`. false: not in it. */
static bool find_mount(skr_procfs *p, int dir, const char *mountinfo, int fd, mount *m)
{
    char line[2048];
    uint64_t id;
    const int64_t began = skr_proc_now_ns();
    bool found = false, at_start = true;
    int list = mount_id(p, fd, &id) ? openat(dir, mountinfo, O_RDONLY | O_CLOEXEC) : -1;
    FILE *f = list >= 0 ? fdopen(list, "r") : NULL;
    if (list >= 0 && !f)
        close(list);
    while (f && !found && fgets(line, sizeof line, f)) {
        found = at_start && read_mount(line, id, m);
        at_start = strchr(line, '\n') != NULL;
    }
    if (f)
        fclose(f);
    skr_proc_charge(p, began);
    return found;
}

bool skr_proc_is_read_only(skr_procfs *p, int dir, int fd)
{
    mount m;
    return (find_mount(p, dir, "mountinfo", fd, &m) || find_mount(p, p->dir, "1/mountinfo", fd, &m)) && m.read_only;
}

skr_proc_server skr_proc_server_of(skr_procfs *p, int64_t pid, int fd)
{
    char path[64];
    mount m;
    snprintf(path, sizeof path, "%lld/mountinfo", (long long)pid);
    if (!find_mount(p, p->dir, path, fd, &m))
        return SKR_SERVER_UNKNOWN;
    return strncmp(m.type, "fuse", 4) == 0 || strcmp(m.type, "autofs") == 0 ? SKR_SERVER_PROGRAM : SKR_SERVER_KERNEL;
}

/* ---- Files of a container ---- */

/* A name of a directory that no program serves; it may be the place of a mount that one does. */
static int enter(skr_procfs *p, int64_t pid, int dir, const char *name)
{
    int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || skr_proc_server_of(p, pid, fd) == SKR_SERVER_KERNEL)
        return fd;
    close(fd);
    return -1;
}

/* As a place only: links must not lead out of the root, nor to another mount. Where a mount lies on the way (often that
 * of the file itself) no links are followed. */
static int find_etc(skr_procfs *p, int64_t pid, int root, const char *name)
{
    const struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_XDEV };
    char path[64];
    snprintf(path, sizeof path, "etc/%s", name);
    int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how); /* Linux 5.6 */
    if (fd >= 0 || (errno != EXDEV && errno != ENOSYS && errno != EPERM))
        return fd;
    int etc = enter(p, pid, root, "etc");
    if (etc < 0)
        return -1;
    fd = enter(p, pid, etc, name);
    close(etc);
    return fd;
}

/* Whoever writes there may put anything there: what is no file is not opened, for to open a device may do something. */
int skr_proc_open_etc(skr_procfs *p, int64_t pid, int root, const char *name)
{
    char self[48];
    struct stat st;
    int found = find_etc(p, pid, root, name), fd = -1;
    if (found < 0)
        return -1;
    snprintf(self, sizeof self, "/proc/thread-self/fd/%d", found);
    if (fstat(found, &st) == 0 && S_ISREG(st.st_mode))
        fd = open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    close(found);
    return fd;
}

/* ---- The pid namespace ---- */

/* A name that is a place of a mount is remembered by the kernel as long as the mount is there. */
static int open_remembered(int dir, const char *name)
{
    enum { TRIES = 4 }; /* the kernel gives up where others move names at the moment */
    const struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
                                  .resolve = RESOLVE_CACHED | RESOLVE_NO_SYMLINKS };
    int fd = -1;
    errno = EAGAIN;
    for (int i = 0; i < TRIES && fd < 0 && errno == EAGAIN; i++)
        fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof how);
    if (fd >= 0 || (errno != EINVAL && errno != ENOSYS && errno != EPERM))
        return fd;
    return openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int64_t start_of_first(int proc)
{
    struct stat st;
    return fstatat(proc, "1/cmdline", &st, 0) == 0 ? (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec : 0;
}

uint64_t skr_proc_ns_start(skr_procfs *p, int dir)
{
    place own, host;
    mount m;
    int64_t start = 0;
    if (!place_of(dir, "root", 0, &own))
        return 0;
    if (place_of(p->dir, "1/root", 0, &host) && own.ino == host.ino && own.mount == host.mount)
        return (uint64_t)start_of_first(p->dir);
    int root = openat(dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int proc = root >= 0 ? open_remembered(root, "proc") : -1;
    if (proc >= 0 && find_mount(p, dir, "mountinfo", proc, &m) && strcmp(m.type, "proc") == 0)
        start = start_of_first(proc);
    if (proc >= 0)
        close(proc);
    if (root >= 0)
        close(root);
    return (uint64_t)start;
}
