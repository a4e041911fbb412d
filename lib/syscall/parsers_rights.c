/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that arrive over a unix socket (state.md 4.2). What they are, only the running system can say. */
#include "state_impl.h"

typedef struct message { /* cmsghdr of a 64-bit kernel */
    uint64_t len;
    int32_t level, type;
} message;

enum { SOL_SOCKET_LEVEL = 1, SCM_RIGHTS_TYPE = 1, MOST_PASSED = 253 };

static void read_passed(skr_state *s, const uint8_t *fds, size_t bytes)
{
    skr_scap_handler h;
    skr_state_handler(s, &h);
    for (size_t at = 0, n = 0; at + sizeof(int32_t) <= bytes && n < MOST_PASSED; at += sizeof(int32_t), n++) {
        int32_t fd;
        memcpy(&fd, fds + at, sizeof fd);
        if (fd >= 0)
            s->os.fd(s->os.ctx, s->t->t.pid, fd, &h);
    }
}

void skr_parse_rights(skr_state *s, skr_param control)
{
    message m;
    int64_t event_fd = s->fd->f.fd;
    if (!s->os.fd)
        return;
    for (size_t at = 0; control.len - at >= sizeof m;) {
        memcpy(&m, control.ptr + at, sizeof m);
        if (m.len < sizeof m || m.len > control.len - at)
            break;
        if (m.level == SOL_SOCKET_LEVEL && m.type == SCM_RIGHTS_TYPE)
            read_passed(s, control.ptr + at + sizeof m, (size_t)m.len - sizeof m);
        size_t step = ((size_t)m.len + 7) & ~(size_t)7;
        if (step > control.len - at)
            break;
        at += step;
    }
    skr_fd_table **t = skr_fds_of(s->t); /* entries may have been replaced */
    s->fd = t ? skr_fds_get(*t, event_fd) : NULL;
}
