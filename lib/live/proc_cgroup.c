/* SPDX-License-Identifier: Apache-2.0 */
/* Control groups of a thread: "name=path" pairs, as events carry them. */
#include "procfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DEPTH = 64 }; /* directories from a control group up to the root that are looked at */

/* Where version 2 is mounted, if it has controllers: seen through process 1, whose view is the host's. */
static void find_mount(skr_procfs *p)
{
    p->cgroup2_known = true;
    int fd = openat(p->dir, "1/mounts", O_RDONLY | O_CLOEXEC);
    FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
    char *line = NULL;
    size_t room = 0;
    while (f && p->cgroup2 < 0 && getline(&line, &room, f) > 0) {
        char place[512], type[32], path[600];
        if (sscanf(line, "%*s %511s %31s", place, type) != 2 || strcmp(type, "cgroup2") != 0)
            continue;
        snprintf(path, sizeof path, "1/root%s", place);
        int dir = openat(p->dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0)
            continue;
        skr_str has = skr_proc_read(p, dir, "cgroup.controllers", 512);
        if (has.ptr && skr_str_trim(has, " \n").len)
            p->cgroup2 = dir;
        else
            close(dir);
    }
    free(line); /* getline's */
    if (f)
        fclose(f);
    else if (fd >= 0)
        close(fd);
}

/* Without leading "/..": a path above our own control group namespace. */
static skr_str inside(skr_str path)
{
    while (skr_str_starts(path, SKR_STR("/../")) || skr_str_is(path, "/.."))
        path = skr_str_cut(path, 3, path.len);
    return path.len ? path : SKR_STR("/");
}

static bool listed(skr_str names, skr_str name)
{
    for (size_t at = 0; at < names.len;) {
        size_t stop = at;
        while (stop < names.len && names.ptr[stop] != ' ')
            stop++;
        if (skr_str_eq(skr_str_cut(names, at, stop), name))
            return true;
        at = stop + 1;
    }
    return false;
}

static void add_pair(skr_buf *b, skr_str name, skr_str path)
{
    if (b->len + name.len + path.len + 2 > SKR_PROC_TEXT)
        return;
    skr_buf_str(b, name);
    skr_buf_char(b, '=');
    skr_buf_str(b, path);
    skr_buf_char(b, 0);
}

/* Version 2: every controller with the deepest directory of the path where it is listed. */
static void add_unified(skr_procfs *p, skr_buf *b, skr_str path)
{
    skr_str seen = SKR_STR(""), at = inside(path);
    for (int depth = 0; depth < DEPTH && p->cgroup2 >= 0; depth++) {
        const char *file = skr_arena_printf(&p->arena, ".%.*s/cgroup.controllers", (int)at.len, at.ptr);
        skr_str names = file ? skr_proc_read(p, p->cgroup2, file, 512) : SKR_STR("");
        names = skr_str_trim(names, " \n");
        for (size_t from = 0; from < names.len;) {
            size_t stop = from;
            while (stop < names.len && names.ptr[stop] != ' ')
                stop++;
            skr_str name = skr_str_cut(names, from, stop);
            if (name.len && !listed(seen, name))
                add_pair(b, name, at);
            from = stop + 1;
        }
        if (names.len) { /* what is listed here is listed above too */
            const char *both =
                skr_arena_printf(&p->arena, "%.*s %.*s", (int)seen.len, seen.ptr, (int)names.len, names.ptr);
            seen = both ? skr_str_of(both) : seen;
        }
        if (at.len <= 1)
            return;
        while (at.len > 1 && at.ptr[at.len - 1] != '/')
            at.len--;
        if (at.len > 1)
            at.len--;
    }
}

/* Remembered: many threads have the same path, and every directory on it costs a file. */
static void add_unified_cached(skr_procfs *p, skr_buf *b, skr_str path)
{
    size_t known = skr_map_get(&p->cgroup_names, path);
    if (known != SIZE_MAX) {
        skr_buf_str(b, p->cgroup_texts.v[known]);
        return;
    }
    size_t start = b->len;
    add_unified(p, b, path);
    if (b->failed || p->cgroup_texts.n >= SKR_PROC_CGROUPS)
        return;
    skr_str key = skr_str_dup(&p->cgroup_arena, path);
    skr_str text = skr_str_dup(&p->cgroup_arena, (skr_str){ b->ptr + start, b->len - start });
    if (key.ptr && text.ptr && skr_vec_push(p->mem, &p->cgroup_texts, text))
        skr_map_put(&p->cgroup_names, key, p->cgroup_texts.n - 1);
}

/* A line "id:name,name:path" (version 1) or "0::path". */
static void add_line(skr_procfs *p, skr_buf *b, skr_str line)
{
    const char *end = line.ptr + line.len, *first = memchr(line.ptr, ':', line.len);
    const char *second = first ? memchr(first + 1, ':', (size_t)(end - first - 1)) : NULL;
    if (!second)
        return;
    skr_str path = { second + 1, (size_t)(end - second - 1) };
    if (second == first + 1) {
        add_unified_cached(p, b, path);
        return;
    }
    for (const char *at = first + 1; at < second;) {
        const char *stop = memchr(at, ',', (size_t)(second - at));
        stop = stop ? stop : second;
        add_pair(b, (skr_str){ at, (size_t)(stop - at) }, path);
        at = stop + 1;
    }
}

skr_str skr_proc_cgroups(skr_procfs *p, int dir)
{
    skr_str none = SKR_STR("");
    if (!p->cgroup2_known)
        find_mount(p);
    skr_str text = skr_proc_read(p, dir, "cgroup", SKR_PROC_TEXT * 2);
    skr_buf b;
    skr_buf_init(&b, p->mem);
    for (const char *at = text.ptr, *end = skr_str_end(text); at && at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        add_line(p, &b, (skr_str){ at, (size_t)(stop - at) });
        at = stop + 1;
    }
    skr_str pairs = b.failed ? none : skr_str_dup(&p->arena, (skr_str){ b.ptr, b.len });
    skr_buf_free(&b);
    return pairs.ptr ? pairs : none;
}
