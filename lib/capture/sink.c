/* SPDX-License-Identifier: Apache-2.0 */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PACKED = 64 * 1024 };

static bool fail(skr_sink *s, int status, int err)
{
    if (!s->status) {
        s->status = status;
        s->err = err;
    }
    return false;
}

bool skr_sink_open(skr_sink *s, skr_mem *mem, const char *path, bool gzip)
{
    memset(s, 0, sizeof *s);
    s->mem = mem;
    s->fd = -1;
    if (gzip) {
        s->packed = skr_alloc(mem, PACKED);
        skr_zmem_use(&s->z, mem);
        if (!s->packed || deflateInit2(&s->z, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            return fail(s, SAKER_ENOMEM, 0);
        s->gzip = true;
    }
    s->fd = strcmp(path, "-") == 0 ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return s->fd >= 0 || fail(s, SAKER_EIO, errno);
}

static bool write_file(skr_sink *s, const uint8_t *p, size_t len)
{
    while (len) {
        ssize_t n = write(s->fd, p, len);
        if (n < 0 && errno != EINTR)
            return fail(s, SAKER_EIO, errno);
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
    return true;
}

/* Packs what z.next_in holds; with Z_FINISH until the stream is complete. */
static bool pack(skr_sink *s, int flush)
{
    int r;
    do {
        s->z.next_out = s->packed;
        s->z.avail_out = PACKED;
        r = deflate(&s->z, flush);
        if (!write_file(s, s->packed, PACKED - s->z.avail_out))
            return false;
    } while (s->z.avail_out == 0 || (flush == Z_FINISH && r == Z_OK));
    return true;
}

bool skr_sink_write(skr_sink *s, const void *p, size_t len)
{
    if (s->status)
        return false;
    s->written += len;
    if (!s->gzip)
        return write_file(s, p, len);
    enum { PIECE = 1 << 20 };
    for (const uint8_t *at = p; len;) {
        size_t n = len < PIECE ? len : PIECE;
        s->z.next_in = at;
        s->z.avail_in = (unsigned)n;
        if (!pack(s, Z_NO_FLUSH))
            return false;
        at += n;
        len -= n;
    }
    return true;
}

bool skr_sink_flush(skr_sink *s)
{
    if (s->status || !s->gzip)
        return !s->status;
    s->z.next_in = NULL;
    s->z.avail_in = 0;
    return pack(s, Z_SYNC_FLUSH);
}

int skr_sink_close(skr_sink *s)
{
    if (s->gzip) {
        s->z.next_in = NULL;
        s->z.avail_in = 0;
        if (!s->status)
            pack(s, Z_FINISH);
        deflateEnd(&s->z);
    }
    skr_free(s->mem, s->packed, PACKED);
    s->packed = NULL;
    s->gzip = false;
    if (s->fd > STDERR_FILENO && close(s->fd) != 0)
        fail(s, SAKER_EIO, errno);
    s->fd = -1;
    return s->status;
}
