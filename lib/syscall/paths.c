/* SPDX-License-Identifier: Apache-2.0 */
#include "state_impl.h"

enum { PATH_ROOM = 1025, PATH_LIMIT = 1024 };

/* Drops the last component that was written; the first byte is never given up. */
static char *parent(char *out, char *to)
{
    if (to <= out + 1)
        return to;
    to--;
    while (to > out && to[-1] != '/')
        to--;
    return to;
}

/* Writes `path` behind `to`, which lies `to - out` bytes into a text that is taken as it is. */
static char *append_clean(char *out, char *to, skr_str path)
{
    bool had_base = to != out;
    for (const char *p = path.ptr, *end = p + path.len; p < end;) {
        if (*p == '/') {
            if (to > out ? to[-1] != '/' : !had_base)
                *to++ = '/';
            p++;
            continue;
        }
        const char *slash = memchr(p, '/', (size_t)(end - p));
        size_t len = (size_t)((slash ? slash : end) - p);
        bool fresh = to == out || to[-1] == '/';
        if (fresh && len <= 2 && p[0] == '.' && p[len - 1] == '.') {
            if (len == 2)
                to = parent(out, to);
            p += len + (slash != NULL);
            continue;
        }
        memcpy(to, p, len);
        to += len;
        p += len;
    }
    return to;
}

size_t skr_path_join(skr_str base, skr_str path, char out[PATH_ROOM])
{
    static const char too_long[] = "/DIR_TOO_LONG/FILENAME_TOO_LONG";
    if (base.len > PATH_LIMIT || path.len > PATH_LIMIT || base.len + path.len + 1 > PATH_LIMIT) {
        memcpy(out, too_long, sizeof too_long);
        return sizeof too_long - 1;
    }
    if (!path.len || path.ptr[0] == '/')
        base.len = 0;
    if (base.len)
        memcpy(out, base.ptr, base.len);
    char *to = append_clean(out, out + base.len, path);
    if (to > out + 1 && to[-1] == '/')
        to--;
    *to = 0;
    return (size_t)(to - out);
}

skr_str skr_dirfd_base(skr_state *s, skr_thread_rec *r, int64_t dirfd, skr_str path, char out[PATH_ROOM])
{
    if (path.len && path.ptr[0] == '/')
        return SKR_STR(".");
    if (!r)
        return SKR_STR("<UNKNOWN>");
    if (dirfd == SKR_AT_FDCWD)
        return skr_thread_cwd(s, &r->t);
    const skr_fd *f = skr_thread_fd(&r->t, dirfd);
    if (!f || f->name.len >= PATH_LIMIT)
        return SKR_STR("<UNKNOWN>");
    if (!f->name.len || f->name.ptr[f->name.len - 1] == '/')
        return f->name;
    memcpy(out, f->name.ptr, f->name.len);
    out[f->name.len] = '/';
    return (skr_str){ out, f->name.len + 1 };
}

size_t skr_path_dirfd(const skr_sysevent *e, int64_t dirfd, skr_str path, char out[PATH_ROOM])
{
    skr_thread *t = skr_sysevent_thread(e);
    skr_str base = skr_dirfd_base(e->state, t ? skr_rec(t) : NULL, dirfd, path, out);
    if (base.len > PATH_LIMIT)
        base = SKR_STR("<UNKNOWN>");
    if (base.ptr != out && base.len)
        memcpy(out, base.ptr, base.len);
    out[base.len] = 0;
    return base.len;
}
