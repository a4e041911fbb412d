/* SPDX-License-Identifier: Apache-2.0 */
/* From the tree to the struct, by the tables config.def and config_ignored.def. */
#include "config.h"
#include "drops.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PATH_MAX_LEN = 128, FLAG, FLAG_OFF, NUMBER, REAL, TEXT, LIST };

typedef struct key {
    const char *path;
    int kind;
    size_t at;
} key;

static const key keys[] = {
#define KEY(path, kind, member, value, help) { path, kind, offsetof(config, member) },
#include "config.def"
#undef KEY
};

static const char *const ignored[] = {
#define IGNORED(path) path,
#include "config_ignored.def"
#undef IGNORED
};

static const char *const others[] = { "rules", "rules_files", "append_output", "config_files" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What the walk through the tree has found out. */
typedef struct reading {
    config *c;
    int status;
    bool without[COUNT(ignored)]; /* keys that were there and mean nothing */
} reading;

/* ---- Values --------------------------------------------------------------- */

int config_wrong(const cnode *n, const char *path, const char *expected)
{
    if (n->kind == CNODE_SCALAR)
        cnode_say(n, "%s: '%s' is not %s", path, n->text, expected);
    else
        cnode_say(n, "%s: expected %s, not %s", path, expected,
                  n->kind == CNODE_LIST  ? "a list"
                  : n->kind == CNODE_MAP ? "keys with values"
                                         : "nothing");
    return CMD_USAGE;
}

/* The end of "${NAME}", or NULL. */
static const char *variable(const char *p)
{
    const char *end = p[0] == '$' && p[1] == '{' ? strchr(p, '}') : NULL;
    return end ? end + 1 : NULL;
}

/* Appends to `out` (if that is not NULL) and counts. */
static size_t expand(const char *text, char *out)
{
    size_t len = 0;
    while (*text) {
        char name[PATH_MAX_LEN];
        const char *end = text[0] == '$' && text[1] == '$' ? variable(text + 1) : variable(text);
        const bool literal = end && text[1] == '$';
        const char *from = literal ? text + 1 : text;
        size_t n = end ? (size_t)(end - from) : 1;
        if (end && !literal && n - 3 < sizeof(name)) {
            memcpy(name, text + 2, n - 3);
            name[n - 3] = '\0';
            from = getenv(name);
            n = from ? strlen(from) : 0;
        }
        if (out && n)
            memcpy(out + len, from, n);
        len += n;
        text = end ? end : text + 1;
    }
    return len;
}

const char *config_text(config *c, const cnode *n)
{
    if (n->kind != CNODE_SCALAR && n->kind != CNODE_NULL)
        return NULL;
    const char *text = n->kind == CNODE_NULL || !n->text ? "" : n->text;
    if (!strstr(text, "${"))
        return text;
    char *out = ctree_alloc(&c->tree, expand(text, NULL) + 1);
    if (out)
        expand(text, out);
    return out;
}

static bool read_flag(const char *text, bool *value)
{
    static const char *const words[] = { "false", "no", "off", "n", "true", "yes", "on", "y" };
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcasecmp(words[i], text) == 0) {
            *value = i >= COUNT(words) / 2;
            return true;
        }
    }
    return false;
}

static bool read_number(const char *text, uint32_t *value)
{
    uint64_t n = 0;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9' || n > UINT32_MAX)
            return false;
        n = n * 10 + (uint64_t)(*p - '0');
    }
    *value = (uint32_t)n;
    return *text && n <= UINT32_MAX;
}

/* Digits, with a point among them or in front. */
static bool read_real(const char *text, double *value)
{
    const size_t whole = strspn(text, "0123456789"), point = text[whole] == '.';
    const size_t part = point ? strspn(text + whole + 1, "0123456789") : 0;
    if (whole + part == 0 || whole > 9 || part > 15 || text[whole + point + part])
        return false;
    double scale = 1;
    *value = 0;
    for (const char *p = text; *p; p++) {
        if (*p == '.')
            continue;
        *value = *value * 10 + (*p - '0');
        scale *= p > text + whole ? 10 : 1;
    }
    *value /= scale;
    return true;
}

static void set_key(reading *r, const key *k, const cnode *n)
{
    void *member = (char *)r->c + k->at;
    const char *text = config_text(r->c, n);
    bool flag;
    if (n->kind == CNODE_NULL)
        return; /* as if it were not there */
    if (k->kind == LIST)
        *(const cnode **)member = n;
    else if (k->kind == TEXT && text)
        *(const char **)member = text;
    else if (k->kind == TEXT)
        r->status = config_wrong(n, k->path, "a text");
    else if (k->kind == NUMBER && (!text || !read_number(text, member)))
        r->status = config_wrong(n, k->path, "a number from 0 to 4294967295");
    else if (k->kind == REAL && (!text || !read_real(text, member)))
        r->status = config_wrong(n, k->path, "a number");
    else if (k->kind <= FLAG_OFF && (!text || !read_flag(text, &flag)))
        r->status = config_wrong(n, k->path, "true or false");
    else if (k->kind == FLAG_OFF && flag)
        r->status = config_wrong(n, k->path, "false, and nothing else works here");
    else if (k->kind <= FLAG_OFF)
        *(bool *)member = flag;
}

/* ---- Unknown keys --------------------------------------------------------- */

/* Changes of letters that make one of the other (swapped neighbours are two); not exact above 63 letters. */
static size_t distance(const char *a, const char *b)
{
    size_t row[64];
    const size_t m = strlen(a), n = strlen(b);
    if (m >= COUNT(row) || n >= COUNT(row))
        return COUNT(row);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            const size_t change = corner + (a[i - 1] != b[j - 1]);
            const size_t step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            corner = row[j];
            row[j] = change < step ? change : step;
        }
    }
    return row[n];
}

static void nearer(const char *path, const char *candidate, size_t *best, const char **found)
{
    const size_t d = distance(path, candidate);
    if (d < *best) {
        *best = d;
        *found = candidate;
    }
}

static void unknown(reading *r, const cnode *n, const char *path)
{
    const char *found = NULL;
    size_t best = strlen(path) / 3 + 1;
    for (size_t i = 0; i < COUNT(keys); i++)
        nearer(path, keys[i].path, &best, &found);
    for (size_t i = 0; i < COUNT(others); i++)
        nearer(path, others[i], &best, &found);
    if (found)
        cnode_say(n, "there is no key '%s'; did you mean '%s'?", path, found);
    else
        cnode_say(n, "there is no key '%s'", path);
    if (!n->line) /* on the command line it is a mistake; a file may be for a newer version */
        r->status = CMD_USAGE;
}

/* ---- The walk ------------------------------------------------------------- */

/* Is `path` a section of the key `of`, that is, does "path." begin it? */
static bool is_section(const char *path, const char *of)
{
    const size_t len = strlen(path);
    return strncmp(path, of, len) == 0 && of[len] == '.';
}

static bool take_ignored(reading *r, const char *path)
{
    for (size_t i = 0; i < COUNT(ignored); i++) {
        if (strcmp(path, ignored[i]) == 0 || is_section(ignored[i], path)) {
            r->without[i] = true;
            return true;
        }
    }
    return false;
}

static void read_map(reading *r, const cnode *map, const char *prefix);

static void read_section(reading *r, const cnode *n, const char *path)
{
    if (n->kind == CNODE_MAP)
        read_map(r, n, path);
    else if (n->kind != CNODE_NULL)
        r->status = config_wrong(n, path, "a section of keys");
}

static void read_node(reading *r, const cnode *n, const char *path)
{
    bool section = false;
    for (size_t i = 0; i < COUNT(keys); i++) {
        if (strcmp(path, keys[i].path) == 0) {
            set_key(r, &keys[i], n);
            return;
        }
        section |= is_section(path, keys[i].path);
    }
    if (section)
        read_section(r, n, path);
    else if (!take_ignored(r, path))
        unknown(r, n, path);
}

static void read_map(reading *r, const cnode *map, const char *prefix)
{
    for (const cnode *n = map->first; n; n = n->next) {
        char path[PATH_MAX_LEN];
        const int len = snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", n->key);
        if (len < 0 || (size_t)len >= sizeof(path))
            unknown(r, n, n->key);
        else if (*prefix || (strcmp(path, "config_files") != 0 && !config_rules_key(r->c, n, &r->status)))
            read_node(r, n, path);
    }
}

static void say_ignored(const reading *r)
{
    char text[1024] = "";
    size_t len = 0;
    for (size_t i = 0; i < COUNT(ignored); i++)
        if (r->without[i] && len < sizeof(text))
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len ? ", " : "", ignored[i]);
    if (len)
        say("keys of Falco that mean nothing here: %s", text);
}

/* ---- What keys say together ----------------------------------------------- */

static int need(bool on, const char *value, const char *section, const char *path)
{
    if (!on || *value)
        return CMD_OK;
    say("%s is enabled, but %s is empty", section, path);
    return CMD_USAGE;
}

static int one_of(const char *path, const char *value, const char *a, const char *b)
{
    if (strcasecmp(value, a) == 0 || strcasecmp(value, b) == 0)
        return CMD_OK;
    say("%s is '%s', but must be '%s' or '%s'", path, value, a, b);
    return CMD_USAGE;
}

static int check(const config *c)
{
    int status = need(c->file_on, c->file_name, "file_output", "file_output.filename");
    unsigned actions;
    status |= drops_actions(c->drops_actions, &actions);
    if (c->drops_threshold > 1) {
        say("syscall_event_drops.threshold is %g, but must be from 0 to 1", c->drops_threshold);
        status = CMD_USAGE;
    }
    status |= need(c->program_on, c->program, "program_output", "program_output.program");
    status |= need(c->http_on, c->http_url, "http_output", "http_output.url");
    status |= one_of("rule_matching", c->rule_matching, "first", "all");
    status |= *c->queue_full ? one_of("outputs_queue.when_full", c->queue_full, "drop", "wait") : CMD_OK;
    if (!priority_named(c->priority)) {
        say("priority: '%s' is not a priority", c->priority);
        status = CMD_USAGE;
    }
    if (c->web_port > 65535) {
        say("webserver.listen_port is %lu, but ports end at 65535", (unsigned long)c->web_port);
        status = CMD_USAGE;
    }
    if (c->buffer_preset > 10) {
        say("engine.modern_ebpf.buf_size_preset is %lu, but must be from 0 to 10", (unsigned long)c->buffer_preset);
        status = CMD_USAGE;
    }
    return status;
}

void config_defaults(config *c)
{
#define KEY(path, kind, member, value, help) c->member = value;
#include "config.def"
#undef KEY
}

int config_keys(config *c)
{
    reading r = { .c = c };
    read_map(&r, c->tree.root, "");
    say_ignored(&r);
    if (c->tree.no_memory)
        return no_memory();
    return r.status == CMD_OK ? check(c) : r.status;
}
