/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void skr_http_init(skr_http *h, skr_mem *mem, size_t limit)
{
    memset(h, 0, sizeof *h);
    h->fd = -1;
    h->limit = limit;
    skr_buf_init(&h->request, mem);
    skr_buf_init(&h->answer, mem);
}

static void disconnect(skr_http *h)
{
    if (h->fd >= 0)
        close(h->fd);
    h->fd = -1;
}

void skr_http_free(skr_http *h)
{
    disconnect(h);
    skr_buf_free(&h->request);
    skr_buf_free(&h->answer);
}

/* HTTP/1.0: the answer ends with the connection, and comes in one piece. */
bool skr_http_get(skr_http *h, const char *socket_path, const char *target)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    disconnect(h);
    h->state = SKR_HTTP_FAILED;
    h->sent = 0;
    skr_buf_clear(&h->request);
    skr_buf_clear(&h->answer);
    if (strlen(socket_path) >= sizeof a.sun_path)
        return false;
    memcpy(a.sun_path, socket_path, strlen(socket_path) + 1);
    skr_buf_printf(&h->request, "GET %s HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n", target);
    h->fd = h->request.failed ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (h->fd < 0)
        return false;
    if (connect(h->fd, (const struct sockaddr *)&a, sizeof a) != 0) {
        disconnect(h);
        return false;
    }
    h->state = SKR_HTTP_SENDING;
    return true;
}

static skr_http_state fail(skr_http *h)
{
    disconnect(h);
    return h->state = SKR_HTTP_FAILED;
}

static void send_some(skr_http *h)
{
    while (h->sent < h->request.len) {
        ssize_t n = send(h->fd, h->request.ptr + h->sent, h->request.len - h->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            fail(h);
            return;
        }
        h->sent += (size_t)n;
    }
    h->state = SKR_HTTP_READING;
}

/* "name: value" among the header's lines; ptr NULL: not there. */
static skr_str header(skr_str head, const char *name)
{
    size_t len = strlen(name);
    for (size_t at = 0; at < head.len;) {
        const char *stop = memchr(head.ptr + at, '\n', head.len - at);
        size_t end = stop ? (size_t)(stop - head.ptr) : head.len;
        if (end - at > len && strncasecmp(head.ptr + at, name, len) == 0 && head.ptr[at + len] == ':')
            return skr_str_trim(skr_str_cut(head, at + len + 1, end), " \t\r");
        at = end + 1;
    }
    return (skr_str){ NULL, 0 };
}

/* A server may send chunks even so: they are joined in place. */
static bool join_chunks(skr_buf *b, size_t body)
{
    size_t to = body;
    for (size_t at = body; at < b->len;) {
        char *end;
        unsigned long n = strtoul(b->ptr + at, &end, 16); /* there is a NUL behind the text */
        size_t line = (size_t)(end - b->ptr);
        while (line < b->len && b->ptr[line] != '\n')
            line++;
        line++;
        if (end == b->ptr + at || line > b->len || n > b->len - line)
            return false;
        if (n == 0) {
            b->len = to;
            return true;
        }
        memmove(b->ptr + to, b->ptr + line, n);
        to += n;
        at = line + n + 2;
    }
    return false;
}

static skr_http_state finish(skr_http *h)
{
    size_t at;
    disconnect(h);
    skr_str all = { skr_buf_cstring(&h->answer), h->answer.len };
    if (!all.ptr || !skr_str_starts(all, SKR_STR("HTTP/1.")) || !skr_str_find(all, SKR_STR("\r\n\r\n"), &at))
        return fail(h);
    skr_str head = skr_str_cut(all, 0, at + 2);
    h->body = at + 4;
    h->status = all.len > 12 ? atoi(all.ptr + 9) : 0;
    skr_str coding = header(head, "Transfer-Encoding"), length = header(head, "Content-Length");
    if (coding.ptr && skr_str_find(coding, SKR_STR("chunked"), &at) && !join_chunks(&h->answer, h->body))
        return fail(h);
    if (!coding.ptr && length.ptr && strtoull(length.ptr, NULL, 10) != h->answer.len - h->body)
        return fail(h);
    return h->state = SKR_HTTP_DONE;
}

skr_http_state skr_http_step(skr_http *h)
{
    if (h->state == SKR_HTTP_SENDING)
        send_some(h);
    while (h->state == SKR_HTTP_READING) {
        char *room = skr_buf_room(&h->answer, 16384);
        ssize_t n = room ? recv(h->fd, room, 16384, 0) : -1;
        if (n < 0 && room && errno == EAGAIN)
            break;
        if (n < 0 || h->answer.len > h->limit)
            return fail(h);
        if (n == 0)
            return finish(h);
        h->answer.len += (size_t)n;
    }
    return h->state;
}

skr_str skr_http_body(skr_http *h)
{
    return (skr_str){ h->answer.ptr + h->body, h->answer.len - h->body };
}
