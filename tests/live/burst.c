/* SPDX-License-Identifier: Apache-2.0 */
/* burst opens N FILE: opens and closes a file N times; burst paced N FILE: ten times each millisecond.
 * burst forks N: N processes that end at once, one after the other.
 * A load for tests and measurements of the command. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EACH_US = 1000, AT_ONCE = 10 };

static int opens(long times, const char *file, bool paced)
{
    for (long i = 0; i < times; i++) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDONLY, 0);
        if (fd < 0)
            return 1;
        syscall(SYS_close, fd);
        if (paced && i % AT_ONCE == 0)
            usleep(EACH_US);
    }
    return 0;
}

/* vfork: many times as many in a second, because nothing of the parent is copied. */
static __attribute__((noinline)) bool brief(void)
{
    pid_t pid = vfork();
    if (pid == 0)
        _exit(0);
    return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

static int forks(long times)
{
    for (long i = 0; i < times; i++)
        if (!brief())
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    const bool paced = strcmp(what, "paced") == 0;
    if ((paced || strcmp(what, "opens") == 0) && argc > 3)
        return opens(atol(argv[2]), argv[3], paced);
    return strcmp(what, "forks") == 0 ? forks(atol(argv[2])) : 2;
}
