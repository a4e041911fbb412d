/* SPDX-License-Identifier: Apache-2.0 */
/* As much of HTTP/1.1 as it takes to answer GET: one request a connection, its head bounded in size and time, few
 * connections at once. Clients are strangers: one that dawdles makes room when another comes. */
#define _GNU_SOURCE /* accept4 */
#include "metrics.h"
#include "output_worker.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 16, REQUEST_BYTES = 4096, CLIENT_SECONDS = 5, BACKLOG = 16 };

typedef struct client {
    int fd; /* -1: free */
    uint64_t deadline;
    size_t got;
    char request[REQUEST_BYTES + 1];
    char *answer;
    size_t len, sent;
} client;

struct server {
    int fd;
    const char *healthz;
    client clients[CLIENTS];
};

/* ---- Answers -------------------------------------------------------------- */

static void answer(client *k, const char *status, const char *type, const char *text, size_t len, bool head)
{
    char top[256];
    const int n = snprintf(top, sizeof(top),
                           "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n%s\r\n",
                           status, type, len, strncmp(status, "405", 3) == 0 ? "Allow: GET, HEAD\r\n" : "");
    if (head)
        len = 0;
    k->answer = malloc((size_t)n + len + 1);
    if (!k->answer)
        return;
    memcpy(k->answer, top, (size_t)n);
    if (len)
        memcpy(k->answer + n, text, len);
    k->len = (size_t)n + len;
}

static void refuse(client *k, const char *status)
{
    answer(k, status, "text/plain; charset=utf-8", status, strlen(status), false);
}

/* The path of "GET /path?query HTTP/1.x": cut out in place. NULL: that is no request. */
static char *request_path(char *line)
{
    char *path = strchr(line, ' ');
    char *end = path ? strchr(path + 1, ' ') : NULL;
    if (!end || path == line || path[1] != '/' || strncmp(end + 1, "HTTP/1.", 7) != 0)
        return NULL;
    *path++ = *end = '\0';
    path[strcspn(path, "?#")] = '\0';
    return path;
}

static void respond(const server *s, client *k, const char *text, size_t len)
{
    static const char fine[] = "{\"status\": \"ok\"}";
    k->request[strcspn(k->request, "\r\n")] = '\0';
    const char *path = request_path(k->request);
    const bool head = strcmp(k->request, "HEAD") == 0;
    if (!path)
        refuse(k, "400 Bad Request");
    else if (!head && strcmp(k->request, "GET") != 0)
        refuse(k, "405 Method Not Allowed");
    else if (strcmp(path, s->healthz) == 0)
        answer(k, "200 OK", "application/json", fine, sizeof(fine) - 1, head);
    else if (strcmp(path, "/metrics") == 0 && text)
        answer(k, "200 OK", "text/plain; version=0.0.4; charset=utf-8", text, len, head);
    else
        refuse(k, "404 Not Found");
}

/* ---- Clients -------------------------------------------------------------- */

static void drop(client *k)
{
    if (k->fd >= 0)
        close(k->fd);
    free(k->answer);
    k->fd = -1;
    k->answer = NULL;
}

static void serve_write(client *k)
{
    const ssize_t n = send(k->fd, k->answer + k->sent, k->len - k->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0)
        k->sent += (size_t)n;
    const bool again = n < 0 && (errno == EAGAIN || errno == EINTR);
    if (k->sent == k->len) {
        shutdown(k->fd, SHUT_WR);
        drop(k);
    } else if (n <= 0 && !again) {
        drop(k);
    }
}

static bool complete(const client *k)
{
    return strstr(k->request, "\r\n\r\n") || strstr(k->request, "\n\n");
}

static void serve_read(const server *s, client *k, const char *text, size_t len)
{
    const ssize_t n = recv(k->fd, k->request + k->got, REQUEST_BYTES - k->got, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        drop(k);
        return;
    }
    k->got += (size_t)n;
    k->request[k->got] = '\0';
    if (complete(k))
        respond(s, k, text, len);
    else if (k->got == REQUEST_BYTES)
        refuse(k, "431 Request Header Fields Too Large");
    else
        return;
    if (k->answer)
        serve_write(k);
    else
        drop(k); /* no memory */
}

/* A free place, or that of the client who came first. */
static client *place(server *s)
{
    client *oldest = &s->clients[0];
    for (size_t i = 0; i < CLIENTS; i++) {
        if (s->clients[i].fd < 0)
            return &s->clients[i];
        if (s->clients[i].deadline < oldest->deadline)
            oldest = &s->clients[i];
    }
    drop(oldest);
    return oldest;
}

static void serve_accept(server *s)
{
    const int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            drop(place(s)); /* else poll would report the client again and again */
        return;
    }
    client *k = place(s);
    k->fd = fd;
    k->deadline = monotonic_ns() + CLIENT_SECONDS * 1000000000ull;
    k->got = k->len = k->sent = 0;
}

static void drop_late(server *s)
{
    const uint64_t now = monotonic_ns();
    for (size_t i = 0; i < CLIENTS; i++)
        if (s->clients[i].fd >= 0 && s->clients[i].deadline < now)
            drop(&s->clients[i]);
}

void server_round(server *s, int wake, int timeout_ms, const char *text, size_t len)
{
    struct pollfd polled[CLIENTS + 2] = { { .fd = wake, .events = POLLIN }, { .fd = -1 } };
    nfds_t count = 2;
    if (s)
        polled[1] = (struct pollfd){ .fd = s->fd, .events = POLLIN };
    for (size_t i = 0; s && i < CLIENTS; i++) /* poll passes over those with fd -1 */
        polled[count++] = (struct pollfd){ .fd = s->clients[i].fd, .events = s->clients[i].answer ? POLLOUT : POLLIN };
    if (poll(polled, count, timeout_ms) <= 0 || !s) {
        if (s)
            drop_late(s);
        return;
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        client *k = &s->clients[i];
        if (polled[i + 2].revents && k->answer)
            serve_write(k);
        else if (polled[i + 2].revents)
            serve_read(s, k, text, len);
    }
    drop_late(s);
    if (polled[1].revents)
        serve_accept(s);
}

/* ---- Opening -------------------------------------------------------------- */

static int listen_at(const struct addrinfo *a)
{
    const int on = 1, fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    const int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static uint32_t port_of(int fd)
{
    struct sockaddr_storage where;
    socklen_t len = sizeof(where);
    char port[16] = "0";
    if (getsockname(fd, (struct sockaddr *)&where, &len) == 0)
        getnameinfo((struct sockaddr *)&where, len, NULL, 0, port, sizeof(port), NI_NUMERICSERV);
    return (uint32_t)strtoul(port, NULL, 10);
}

server *server_open(const char *address, uint32_t *port, const char *healthz)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    char number[16];
    snprintf(number, sizeof(number), "%lu", (unsigned long)*port);
    const int e = getaddrinfo(address, number, &hints, &found);
    if (e) {
        say("webserver: %s: %s", address, gai_strerror(e));
        return NULL;
    }
    server *s = calloc(1, sizeof(*s));
    const int fd = s ? listen_at(found) : -1;
    if (fd < 0)
        say("webserver: %s port %s: %s", address, number, s ? strerror(errno) : saker_strerror(SAKER_ENOMEM));
    freeaddrinfo(found);
    if (fd < 0) {
        free(s);
        return NULL;
    }
    s->fd = fd;
    s->healthz = healthz;
    for (size_t i = 0; i < CLIENTS; i++)
        s->clients[i].fd = -1;
    *port = port_of(fd);
    return s;
}

void server_close(server *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < CLIENTS; i++)
        drop(&s->clients[i]);
    close(s->fd);
    free(s);
}
