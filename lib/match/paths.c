/* SPDX-License-Identifier: Apache-2.0 */
#include "paths.h"

#include "glob.h"

#include <stdlib.h>

/* A node stands for the components on the way to it from the root. Children are sorted: exact ones by name first, then
 * globs, so that an exact child is found by binary search. */
typedef struct node node;
struct node {
    skr_str name;
    bool is_glob;
    bool is_end; /* a prefix ends here: any path that gets so far matches */
    const node *parent;
    node *children;
    uint32_t exact, count; /* of the children: exact ones, all */
};

struct skr_paths {
    node root;
};

bool skr_path_next(skr_str path, size_t *at, skr_str *component)
{
    size_t from = *at;
    while (from < path.len && path.ptr[from] == '/')
        from++;
    if (from == path.len)
        return false;
    const char *slash = memchr(path.ptr + from, '/', path.len - from);
    size_t to = slash ? (size_t)(slash - path.ptr) : path.len;
    *component = skr_str_cut(path, from, to);
    *at = to;
    return true;
}

/* ---- Building: the prefixes are sorted by components, then each run with a common component becomes a child ---- */

static int compare_component(skr_str a, skr_str b)
{
    bool glob_a = skr_glob_special(a), glob_b = skr_glob_special(b);
    return glob_a != glob_b ? (glob_a ? 1 : -1) : skr_str_cmp(a, b);
}

static int compare_paths(const void *left, const void *right)
{
    skr_str a = *(const skr_str *)left, b = *(const skr_str *)right, x, y;
    size_t i = 0, j = 0;
    for (;;) {
        bool more_a = skr_path_next(a, &i, &x), more_b = skr_path_next(b, &j, &y);
        if (!more_a || !more_b)
            return more_a - more_b;
        int c = compare_component(x, y);
        if (c)
            return c;
    }
}

/* A run of sorted prefixes that share the components of `node`; each text begins behind these. */
typedef struct run {
    node *node;
    skr_str *texts;
    size_t count;
} run;

static skr_str head(skr_str text)
{
    skr_str component = { text.ptr, 0 };
    size_t at = 0;
    skr_path_next(text, &at, &component);
    return component;
}

static size_t same_head(const skr_str *texts, size_t count)
{
    size_t n = 1;
    while (n < count && skr_str_eq(head(texts[n]), head(texts[0])))
        n++;
    return n;
}

static skr_str behind_head(skr_str text)
{
    skr_str component;
    size_t at = 0;
    skr_path_next(text, &at, &component);
    return skr_str_cut(text, at, text.len);
}

typedef SKR_VEC(run) runs;

/* Makes the children of one node and puts their runs up for the same. */
static bool split(skr_arena *a, run r, runs *todo)
{
    size_t at;
    if (r.count == 0 || head(r.texts[0]).len == 0) { /* the shortest is first */
        r.node->is_end = r.count > 0;
        return true; /* longer ones add nothing */
    }
    for (at = 0; at < r.count; at += same_head(r.texts + at, r.count - at))
        r.node->count++;
    r.node->children = skr_arena_array(a, r.node->count, sizeof(node));
    if (!r.node->children)
        return false;
    node *child = r.node->children;
    for (at = 0; at < r.count; child++) {
        size_t n = same_head(r.texts + at, r.count - at);
        *child = (node){ .name = head(r.texts[at]), .parent = r.node };
        child->is_glob = skr_glob_special(child->name);
        r.node->exact += !child->is_glob;
        for (size_t i = at; i < at + n; i++)
            r.texts[i] = behind_head(r.texts[i]);
        if (!skr_vec_push(a->mem, todo, ((run){ child, r.texts + at, n })))
            return false;
        at += n;
    }
    return true;
}

const skr_paths *skr_paths_new(skr_arena *a, const skr_str *prefixes, size_t count)
{
    runs todo = { 0 };
    skr_paths *p = skr_arena_alloc(a, sizeof *p);
    skr_str *texts = count < UINT32_MAX ? skr_arena_array(a, count, sizeof *texts) : NULL;
    if (!p || !texts)
        return NULL;
    if (count) {
        memcpy(texts, prefixes, count * sizeof *texts);
        qsort(texts, count, sizeof *texts, compare_paths);
    }
    bool ok = skr_vec_push(a->mem, &todo, ((run){ &p->root, texts, count }));
    while (ok && todo.n)
        ok = split(a, todo.v[--todo.n], &todo);
    skr_vec_free(a->mem, &todo);
    return ok ? p : NULL;
}

/* ---- Matching: depth first without recursion; a node is entered at most once, its place in the path being its depth
 * ---- */

static const node *find_exact(const node *n, skr_str name)
{
    size_t low = 0, high = n->exact;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = skr_str_cmp(name, n->children[mid].name);
        if (c == 0)
            return &n->children[mid];
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

/* The first glob child from `i` on that takes the component. */
static const node *find_glob(const node *n, size_t i, skr_str name)
{
    for (; i < n->count; i++)
        if (skr_glob(n->children[i].name, name, false))
            return &n->children[i];
    return NULL;
}

/* Back from the component that ends before `at`: where it begins. */
static size_t step_back(skr_str path, size_t at)
{
    while (at && path.ptr[at - 1] == '/')
        at--;
    while (at && path.ptr[at - 1] != '/')
        at--;
    return at;
}

bool skr_paths_match(const skr_paths *p, skr_str path)
{
    const node *n = &p->root;
    size_t at = 0;
    for (;;) {
        skr_str name;
        size_t next = at;
        if (n->is_end)
            return true;
        const node *down = NULL;
        if (n->count && skr_path_next(path, &next, &name)) {
            down = find_exact(n, name);
            if (!down)
                down = find_glob(n, n->exact, name);
        }
        while (!down) { /* nothing here: the next glob beside this node, or beside one above */
            if (!n->parent)
                return false;
            const node *up = n->parent;
            size_t tried = (size_t)(n - up->children) + 1;
            at = step_back(path, at);
            next = at;
            if (!skr_path_next(path, &next, &name))
                return false;
            down = find_glob(up, tried < up->exact ? up->exact : tried, name);
            n = up;
        }
        n = down;
        at = next;
    }
}
