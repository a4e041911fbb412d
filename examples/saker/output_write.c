/* SPDX-License-Identifier: Apache-2.0 */
#include "output_write.h"

#include <errno.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LOOK_MS = 100 }; /* how often a wait looks whether the command ends */

/* 0: try again. */
static int wait_for_room(const output *o, int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    while (!output_ending(o)) {
        const int n = poll(&p, 1, LOOK_MS);
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return -1;
    }
    errno = ETIMEDOUT;
    return -1;
}

int write_line(const output *o, int fd, const alert_line *line, size_t *done)
{
    static char newline[] = "\n";
    while (*done <= line->len) {
        const struct iovec parts[] = { { .iov_base = (char *)(uintptr_t)line->text + *done,
                                         .iov_len = line->len - *done },
                                       { .iov_base = newline, .iov_len = 1 } };
        const ssize_t n = writev(fd, parts, 2);
        if (n >= 0)
            *done += (size_t)n;
        else if (errno == EAGAIN && wait_for_room(o, fd) != 0)
            return -1;
        else if (errno != EINTR && errno != EAGAIN)
            return -1;
    }
    *done = 0;
    return 0;
}
