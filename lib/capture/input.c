/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Captures pack to a tenth. What unpacks to more than MOST_GROWTH times its size is made to cost time and memory,
 * unless it is small in the end. */
enum { FREE_GROWTH = 128 << 20, MOST_GROWTH = 128 };
enum { MEMORY_OF_A_BYTE = 64 }; /* what in->state may hold for each byte of the file, packed as it is */
enum { WINDOW = 256 * 1024, SMALLEST_WINDOW = 4096, PACKED = 64 * 1024, MAGIC_0 = 0x1f, MAGIC_1 = 0x8b };

bool skr_input_init(skr_input *in, skr_mem *mem, const char *path)
{
    memset(in, 0, sizeof *in);
    in->mem = mem;
    in->fd = -1;
    size_t n = strlen(path) + 1;
    in->path = skr_alloc(mem, n);
    if (in->path)
        memcpy(in->path, path, n);
    return in->path != NULL;
}

void skr_input_init_bytes(skr_input *in, skr_mem *mem, const void *p, size_t len)
{
    memset(in, 0, sizeof *in);
    in->mem = mem;
    in->fd = -1;
    in->bytes = p;
    in->file_size = len;
}

void skr_input_free(skr_input *in)
{
    if (in->fd > 0)
        close(in->fd);
    if (in->gzip)
        inflateEnd(&in->z);
    skr_free(in->mem, in->buf, in->cap);
    skr_free(in->mem, in->packed, PACKED);
    if (in->path)
        skr_free(in->mem, in->path, strlen(in->path) + 1);
    memset(in, 0, sizeof *in);
    in->fd = -1;
}

/* Ends the input: what is in the window can still be read. */
static bool stop(skr_input *in, int status, const char *why, int err)
{
    in->at_end = true;
    in->status = status;
    in->why = why;
    in->err = err;
    return false;
}

static size_t read_bytes(skr_input *in, uint8_t *to, size_t room)
{
    size_t left = (size_t)(in->file_size - in->file_read), n = left < room ? left : room;
    if (n)
        memcpy(to, in->bytes + in->file_read, n);
    in->file_read += n;
    return n;
}

/* Up to `room` bytes of the file; 0: end of file or failure (then stop() was called). */
static size_t read_file(skr_input *in, uint8_t *to, size_t room)
{
    if (!in->path)
        return read_bytes(in, to, room);
    ssize_t n;
    do
        n = read(in->fd, to, room);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        stop(in, SAKER_EIO, "cannot read the file", errno);
        return 0;
    }
    in->file_read += (uint64_t)n;
    if (in->state && (size_t)n < (SIZE_MAX - in->state->limit) / MEMORY_OF_A_BYTE)
        in->state->limit += (size_t)n * MEMORY_OF_A_BYTE;
    return (size_t)n;
}

/* ---- gzip ---- */

/* The first bytes of the file are in the window: moves them to where packed bytes lie. */
static bool start_gzip(skr_input *in)
{
    in->packed = skr_alloc(in->mem, PACKED);
    skr_zmem_use(&in->z, in->mem);
    if (!in->packed || inflateInit2(&in->z, 15 + 16) != Z_OK)
        return stop(in, SAKER_ENOMEM, NULL, 0);
    memcpy(in->packed, in->buf, in->end);
    in->z.next_in = in->packed;
    in->z.avail_in = (unsigned)in->end;
    in->end = 0;
    in->gzip = in->member = true;
    /* The size of the file says nothing of what is in it: in a window that is hardly larger than what is asked for,
     * all of it would move for every few bytes. */
    return skr_grow(in->mem, (void **)&in->buf, &in->cap, WINDOW, 1) || stop(in, SAKER_ENOMEM, NULL, 0);
}

/* At least `n` packed bytes, if the file has them. */
static bool more_packed(skr_input *in, unsigned n)
{
    while (in->z.avail_in < n) {
        memmove(in->packed, in->z.next_in, in->z.avail_in);
        in->z.next_in = in->packed;
        size_t got = read_file(in, in->packed + in->z.avail_in, PACKED - in->z.avail_in);
        if (!got)
            return false;
        in->z.avail_in += (unsigned)got;
    }
    return true;
}

/* Between members: the next one begins with the magic number. Anything else behind a member is ignored, as gzip does.
 */
static bool next_member(skr_input *in)
{
    if (!more_packed(in, 2) || in->z.next_in[0] != MAGIC_0 || in->z.next_in[1] != MAGIC_1) {
        in->at_end = true;
        return false;
    }
    if (inflateReset(&in->z) != Z_OK)
        return stop(in, SAKER_EIO, "cannot unpack the file", 0);
    in->member = true;
    return true;
}

static bool unpack(skr_input *in)
{
    if (!in->member && !next_member(in))
        return false;
    if (!in->z.avail_in && !more_packed(in, 1))
        return in->status ? false : stop(in, SAKER_EIO, "the compressed data ends early", 0);
    size_t room = in->cap - in->end;
    in->z.next_out = in->buf + in->end;
    in->z.avail_out = (unsigned)(room < UINT32_MAX ? room : UINT32_MAX);
    unsigned before = in->z.avail_out;
    int r = inflate(&in->z, Z_NO_FLUSH);
    in->end += before - in->z.avail_out;
    if (in->base + in->end > FREE_GROWTH && (in->base + in->end) / MOST_GROWTH > in->file_read)
        return stop(in, SAKER_EIO, "the compressed data grows to more than 128 times its size (gunzip would do it)", 0);
    if (r == Z_STREAM_END)
        in->member = false;
    else if (r == Z_MEM_ERROR)
        return stop(in, SAKER_ENOMEM, NULL, 0);
    else if (r != Z_OK && r != Z_BUF_ERROR)
        return stop(in, SAKER_EIO, "the compressed data is damaged", 0);
    return true;
}

/* ---- The window ---- */

static bool open_file(skr_input *in)
{
    in->fd = strcmp(in->path, "-") == 0 ? STDIN_FILENO : open(in->path, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0)
        return stop(in, SAKER_EIO, "cannot open the file", errno);
    struct stat st;
    if (fstat(in->fd, &st) == 0 && S_ISREG(st.st_mode))
        in->file_size = (uint64_t)st.st_size;
    return true;
}

static bool start(skr_input *in)
{
    in->started = true;
    if (in->path && !open_file(in))
        return false;
    size_t cap = in->file_size && in->file_size < WINDOW ? (size_t)in->file_size : WINDOW;
    cap = cap < SMALLEST_WINDOW ? SMALLEST_WINDOW : cap;
    in->buf = skr_alloc(in->mem, cap);
    if (!in->buf)
        return stop(in, SAKER_ENOMEM, NULL, 0);
    in->cap = cap;
    while (in->end < 2) {
        size_t got = read_file(in, in->buf + in->end, (cap < PACKED ? cap : PACKED) - in->end);
        if (!got) {
            in->at_end = true;
            return in->status == 0;
        }
        in->end += got;
    }
    return in->buf[0] != MAGIC_0 || in->buf[1] != MAGIC_1 || start_gzip(in);
}

/* Some more bytes into the window, which has room. */
static bool more(skr_input *in)
{
    if (in->gzip)
        return unpack(in);
    size_t got = read_file(in, in->buf + in->end, in->cap - in->end);
    in->end += got;
    if (!got)
        in->at_end = true;
    return got > 0;
}

static bool make_room(skr_input *in)
{
    if (in->at) {
        memmove(in->buf, in->buf + in->at, in->end - in->at);
        in->base += in->at;
        in->end -= in->at;
        in->at = 0;
    }
    if (in->end < in->cap)
        return true;
    if (!skr_grow(in->mem, (void **)&in->buf, &in->cap, in->cap + 1, 1))
        return stop(in, SAKER_ENOMEM, NULL, 0);
    return true;
}

const uint8_t *skr_input_fill(skr_input *in, size_t n)
{
    if (!in->started && !start(in))
        return NULL;
    while (in->end - in->at < n) {
        if (in->at_end || !make_room(in) || !more(in))
            return NULL;
    }
    return in->buf + in->at;
}

bool skr_input_skip(skr_input *in, uint64_t n)
{
    while (n > in->end - in->at) {
        n -= in->end - in->at;
        in->at = in->end;
        if (!skr_input_fill(in, 1))
            return false;
    }
    in->at += (size_t)n;
    return true;
}

uint64_t skr_input_file_offset(const skr_input *in, uint64_t *size)
{
    if (size)
        *size = in->file_size;
    uint64_t waiting = in->gzip ? in->z.avail_in : in->end - in->at;
    return in->file_read - waiting;
}
