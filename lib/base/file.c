/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(skr_mem *mem, int fd, size_t limit, skr_buf *b)
{
    for (;;) {
        char *room = skr_buf_room(b, 65536);
        if (!room)
            return SAKER_ENOMEM;
        ssize_t n = read(fd, room, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return SAKER_EIO;
        if (n == 0)
            return SAKER_OK;
        b->len += (size_t)n;
        if (limit && b->len > limit)
            return SAKER_ELIMIT;
    }
    (void)mem;
}

int skr_file_read(skr_mem *mem, const char *path, size_t limit, skr_str *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return SAKER_EIO;
    skr_buf b;
    skr_buf_init(&b, mem);
    int status = read_all(mem, fd, limit, &b);
    int saved = errno;
    close(fd);
    errno = saved;
    if (status == SAKER_OK) {
        char *exact = skr_realloc(mem, b.ptr, b.cap, b.len + 1);
        if (exact) {
            exact[b.len] = '\0';
            *text = (skr_str){ exact, b.len };
            return SAKER_OK;
        }
        status = SAKER_ENOMEM;
    }
    skr_buf_free(&b);
    return status;
}

bool skr_file_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}
