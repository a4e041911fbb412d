/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of a network namespace, by inode: the tables of /proc/PID/net, read once and kept while a scan lasts. */
#include "procfs.h"
#include "state.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct sock_entry {
    uint64_t ino;
    uint8_t family; /* 1 unix, 2, 10, 16 netlink */
    uint8_t l4;
    uint16_t sport, dport;
    uint8_t sip[16], dip[16];
    uint64_t pointer;
    skr_str path;
} sock_entry;

struct skr_sock_table {
    uint64_t netns;
    sock_entry *v;
    size_t n, cap;
    uint32_t *slots; /* index + 1 by inode */
    size_t slot_count;
    skr_arena arena;
};

/* ---- Reading ---- */

static bool add(skr_procfs *p, skr_sock_table *t, const sock_entry *s)
{
    if (!s->ino || t->n >= SKR_PROC_SOCKETS)
        return t->n < SKR_PROC_SOCKETS;
    if (t->n + 1 > t->cap && !skr_grow(p->mem, (void **)&t->v, &t->cap, t->n + 1, sizeof *t->v))
        return false;
    t->v[t->n++] = *s;
    return true;
}

/* Addresses are hexadecimal 32-bit words in this machine's order, holding bytes in network order. */
static bool parse_ip(const char *hex, unsigned words, uint8_t *ip)
{
    for (unsigned i = 0; i < words; i++) {
        char word[9] = { 0 };
        char *end;
        memcpy(word, hex + 8 * i, 8);
        uint32_t v = (uint32_t)strtoul(word, &end, 16);
        if (end != word + 8)
            return false;
        memcpy(ip + 4 * i, &v, 4);
    }
    return true;
}

/* "  0: 0100007F:1F90 00000000:0000 0A ... uid timeout inode ..." */
static void parse_inet(const char *line, sock_entry *s, unsigned words)
{
    char local[40], remote[40];
    unsigned sport, dport;
    unsigned long long ino;
    const char *format = words == 1 ? " %*d: %8[0-9A-Fa-f]:%X %8[0-9A-Fa-f]:%X %*X %*X:%*X %*X:%*X %*X %*d %*d %llu"
                                    : " %*d: %32[0-9A-Fa-f]:%X %32[0-9A-Fa-f]:%X %*X %*X:%*X %*X:%*X %*X %*d %*d %llu";
    s->ino = 0;
    if (sscanf(line, format, local, &sport, remote, &dport, &ino) != 5 || strlen(local) != 8 * words ||
        strlen(remote) != 8 * words || !parse_ip(local, words, s->sip) || !parse_ip(remote, words, s->dip))
        return;
    s->sport = (uint16_t)sport;
    s->dport = (uint16_t)dport;
    s->ino = ino;
}

/* "0000000000000000: 00000002 00000000 00010000 0001 01 12345 /path". The name is printed as it is: with newlines in it
 * it makes lines of its own. */
static void parse_unix(skr_sock_table *t, char *line, sock_entry *s)
{
    unsigned long long pointer, ino;
    int path = 0;
    s->ino = 0;
    if (sscanf(line, "%llx: %*x %*x %*x %*x %*x %llu%n", &pointer, &ino, &path) != 2 || !path)
        return;
    s->ino = ino;
    s->pointer = pointer;
    skr_str rest = skr_str_trim(skr_str_of(line + path), "\n");
    if (rest.len > 1)
        s->path = skr_str_dup(&t->arena, skr_str_cut(rest, 1, rest.len));
}

/* "0000000000000000 0 1234 00000000 0 0 0 2 0 12345" */
static void parse_netlink(const char *line, sock_entry *s)
{
    unsigned long long pointer, ino;
    s->ino = 0;
    if (sscanf(line, "%llx %*d %*d %*x %*d %*d %*d %*d %*d %llu", &pointer, &ino) == 2)
        s->ino = ino;
}

static void read_table(skr_procfs *p, skr_sock_table *t, int dir, const char *name, uint8_t family, uint8_t l4)
{
    char path[32];
    snprintf(path, sizeof path, "net/%s", name);
    int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
    FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
    char *line = NULL;
    size_t room = 0, bytes = 0;
    ssize_t len;
    bool first = true, more = f != NULL;
    while (more && (len = getline(&line, &room, f)) > 0) {
        bytes += (size_t)len;
        sock_entry s = { .family = family, .l4 = l4, .path = SKR_STR("") };
        if (first) { /* the names of the columns */
            first = false;
            continue;
        }
        if (family == 1)
            parse_unix(t, line, &s);
        else if (family == 16)
            parse_netlink(line, &s);
        else
            parse_inet(line, &s, family == 2 ? 1 : 4);
        more = s.path.ptr && add(p, t, &s);
    }
    p->work += 1 + bytes / 1024;
    free(line); /* getline's */
    if (f)
        fclose(f);
    else if (fd >= 0)
        close(fd);
}

static size_t slot_of(const skr_sock_table *t, uint64_t ino)
{
    size_t at = skr_hash_u64(ino) & (t->slot_count - 1);
    while (t->slots[at] && t->v[t->slots[at] - 1].ino != ino)
        at = (at + 1) & (t->slot_count - 1);
    return at;
}

static bool index_table(skr_procfs *p, skr_sock_table *t)
{
    t->slot_count = 16;
    while (t->slot_count < 2 * t->n)
        t->slot_count *= 2;
    t->slots = skr_zalloc(p->mem, t->slot_count * sizeof *t->slots);
    if (!t->slots) {
        t->slot_count = 0;
        return false;
    }
    for (size_t i = 0; i < t->n; i++) {
        uint32_t *slot = &t->slots[slot_of(t, t->v[i].ino)];
        *slot = *slot ? *slot : (uint32_t)i + 1;
    }
    return true;
}

static void free_table(skr_procfs *p, skr_sock_table *t)
{
    skr_free(p->mem, t->v, t->cap * sizeof *t->v);
    skr_free(p->mem, t->slots, t->slot_count * sizeof *t->slots);
    skr_arena_free(&t->arena);
    skr_free(p->mem, t, sizeof *t);
}

static skr_sock_table *table_for(skr_procfs *p, int dir)
{
    static const struct {
        const char *name;
        uint8_t family, l4;
    } files[] = {
        { "tcp", 2, SKR_L4_TCP },     { "udp", 2, SKR_L4_UDP },   { "raw", 2, SKR_L4_RAW },
        { "tcp6", 10, SKR_L4_TCP },   { "udp6", 10, SKR_L4_UDP }, { "raw6", 10, SKR_L4_RAW },
        { "netlink", 16, SKR_L4_NA }, { "unix", 1, SKR_L4_NA }, /* the last: what it says of others does not count */
    };
    struct stat ns;
    uint64_t netns = fstatat(dir, "ns/net", &ns, 0) == 0 ? ns.st_ino : 0;
    for (unsigned i = 0; i < p->table_count; i++)
        if (p->tables[i]->netns == netns)
            return p->tables[i];
    if (p->table_count == SKR_PROC_TABLES)
        free_table(p, p->tables[--p->table_count]);
    skr_sock_table *t = skr_zalloc(p->mem, sizeof *t);
    if (!t)
        return NULL;
    t->netns = netns;
    skr_arena_init(&t->arena, p->mem);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        read_table(p, t, dir, files[i].name, files[i].family, files[i].l4);
    if (!index_table(p, t)) {
        free_table(p, t);
        return NULL;
    }
    return p->tables[p->table_count++] = t;
}

void skr_proc_forget_sockets(skr_procfs *p)
{
    while (p->table_count)
        free_table(p, p->tables[--p->table_count]);
}

/* ---- Asking ---- */

static void fill_inet(const sock_entry *s, skr_fd_entry *f)
{
    static const uint8_t zero[16];
    unsigned len = s->family == 2 ? 4 : 16;
    bool server = memcmp(s->dip, zero, len) == 0;
    f->type = s->family == 2 ? (server ? SKR_FD_IPV4_SERVSOCK : SKR_FD_IPV4_SOCK)
                             : (server ? SKR_FD_IPV6_SERVSOCK : SKR_FD_IPV6_SOCK);
    f->l4 = s->l4;
    memcpy(server ? f->dip : f->sip, s->sip, len);
    if (server) {
        f->dport = s->sport;
        return;
    }
    memcpy(f->dip, s->dip, len);
    f->sport = s->sport;
    f->dport = s->dport;
}

bool skr_proc_socket(skr_procfs *p, int dir, uint64_t inode, skr_fd_entry *f)
{
    skr_sock_table *t = table_for(p, dir);
    size_t at = t ? slot_of(t, inode) : 0;
    if (!t || !t->slots[at])
        return false;
    const sock_entry *s = &t->v[t->slots[at] - 1];
    if (s->family == 1) {
        f->type = SKR_FD_UNIX_SOCK;
        f->source = s->pointer;
        f->name = s->path;
    } else if (s->family == 16) {
        f->type = SKR_FD_NETLINK;
    } else {
        fill_inet(s, f);
    }
    return true;
}
