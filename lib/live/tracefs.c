/* SPDX-License-Identifier: Apache-2.0 */
#include "tracefs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* fsopen, fsconfig and fsmount (Linux 5.2); glibc has had the wrappers only since 2.36. */
static int open_detached(void)
{
#if defined(SYS_fsopen) && defined(SYS_fsconfig) && defined(SYS_fsmount)
    enum { FLAG_CLOEXEC = 1, CMD_CREATE = 6 };
    int fs = (int)syscall(SYS_fsopen, "tracefs", FLAG_CLOEXEC);
    if (fs < 0)
        return -1;
    int fd = -1;
    if (syscall(SYS_fsconfig, fs, CMD_CREATE, NULL, NULL, 0) == 0)
        fd = (int)syscall(SYS_fsmount, fs, FLAG_CLOEXEC, 0);
    close(fs);
    return fd;
#else
    return -1;
#endif
}

int skr_tracefs_open(void)
{
    static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        int fd = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0 && faccessat(fd, "events", F_OK, 0) == 0)
            return fd;
        if (fd >= 0)
            close(fd);
    }
    return open_detached();
}

int skr_tracefs_id(int tracefs, const char *group, const char *name)
{
    char path[128], text[32];
    if ((size_t)snprintf(path, sizeof path, "events/%s/%s/id", group, name) >= sizeof path)
        return -1;
    int fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return -1;
    text[n] = 0;
    return atoi(text);
}
