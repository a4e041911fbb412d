/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long the file says it is; 0: it does not, as pipes do. */
static size_t size_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size : 0;
}

/* What is expected fits into the buffer as it is, with a byte to see that nothing follows. */
static int read_all(int fd, size_t limit, skr_buf *b)
{
    enum { STEP = 65536 };
    for (;;) {
        const size_t left = b->cap > b->len + 1 ? b->cap - b->len - 1 : STEP;
        char *room = skr_buf_room(b, left);
        if (!room)
            return SAKER_ENOMEM;
        ssize_t n = read(fd, room, left);
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
}

static int read_open(skr_mem *mem, int fd, size_t limit, skr_buf *b)
{
    const size_t size = size_of(fd);
    size_t cap;
    if (limit && size > limit)
        return SAKER_ELIMIT;
    if (size && !(skr_add(size, 2, &cap) && (b->ptr = skr_alloc(mem, cap))))
        return SAKER_ENOMEM;
    b->cap = size ? cap : 0;
    return read_all(fd, limit, b);
}

/* Takes over `fd`. */
static int read_whole(skr_mem *mem, int fd, size_t limit, skr_str *text)
{
    if (fd < 0)
        return SAKER_EIO;
    skr_buf b;
    skr_buf_init(&b, mem);
    int status = read_open(mem, fd, limit, &b);
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

int skr_file_read(skr_mem *mem, const char *path, size_t limit, skr_str *text)
{
    return read_whole(mem, open(path, O_RDONLY | O_CLOEXEC), limit, text);
}

int skr_file_read_regular(skr_mem *mem, const char *path, size_t limit, skr_str *text)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        errno = EINVAL;
        fd = -1;
    }
    return read_whole(mem, fd, limit, text);
}

static bool ends_in(const char *name, const char *const *endings)
{
    for (; *endings; endings++)
        if (skr_str_ends(skr_str_of(name), skr_str_of(*endings)))
            return true;
    return false;
}

static int compare_paths(const void *x, const void *y)
{
    const char *const *a = x, *const *b = y;
    return strcmp(*a, *b);
}

typedef SKR_VEC(const char *) path_list;

static int read_entries(skr_arena *a, DIR *d, const char *dir, const char *const *endings, path_list *found)
{
    const char *slash = skr_str_ends(skr_str_of(dir), SKR_STR("/")) ? "" : "/";
    for (;;) {
        struct stat st;
        errno = 0;
        const struct dirent *e = readdir(d);
        if (!e)
            return errno ? SAKER_EIO : SAKER_OK;
        if (!ends_in(e->d_name, endings))
            continue;
        const char *path = skr_arena_printf(a, "%s%s%s", dir, slash, e->d_name);
        if (!path)
            return SAKER_ENOMEM;
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && !skr_vec_push(a->mem, found, path))
            return SAKER_ENOMEM;
    }
}

int skr_file_list(skr_arena *a, const char *dir, const char *const *endings, const char *const **paths, size_t *count)
{
    path_list found = { 0 };
    DIR *d = opendir(dir);
    if (!d)
        return SAKER_EIO;
    int status = read_entries(a, d, dir, endings, &found);
    const int saved = errno;
    closedir(d);
    const char **all = status ? NULL : skr_arena_array(a, found.n + 1, sizeof *all);
    if (all) {
        if (found.n)
            memcpy(all, found.v, found.n * sizeof *all);
        qsort(all, found.n, sizeof *all, compare_paths);
        *paths = all;
        *count = found.n;
    } else if (!status) {
        status = SAKER_ENOMEM;
    }
    skr_vec_free(a->mem, &found);
    errno = saved;
    return status;
}

bool skr_file_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}
