/* SPDX-License-Identifier: Apache-2.0 */
#include "recorded.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { MAX_LINE = 1 << 22 };

/* ---- Lines of compressed files ---- */

static bool each_line(const char *path, bool (*fn)(void *ctx, char *line), void *ctx)
{
    gzFile f = gzopen(path, "rb");
    char *line = malloc(MAX_LINE);
    bool good = f && line;
    while (good && gzgets(f, line, MAX_LINE)) {
        line[strcspn(line, "\n")] = 0;
        good = fn(ctx, line);
    }
    if (f)
        gzclose(f);
    free(line);
    return good;
}

static void *more(void *v, size_t n, size_t item)
{
    return n & (n - 1) ? v : realloc(v, (n ? 2 * n : 1) * item); /* room for one more when n is a power of two or 0 */
}

/* ---- Rows ---- */

static bool add_row(void *ctx, char *line)
{
    recorded *r = ctx;
    cJSON *row = cJSON_Parse(line);
    const cJSON *num = cJSON_GetObjectItemCaseSensitive(row, "evt.num");
    cJSON **rows = more(r->rows, r->row_count, sizeof *rows);
    uint64_t *nums = more(r->nums, r->row_count, sizeof *nums);
    r->rows = rows ? rows : r->rows;
    r->nums = nums ? nums : r->nums;
    if (!rows || !nums || !cJSON_IsString(num)) {
        cJSON_Delete(row);
        return false;
    }
    r->nums[r->row_count] = strtoull(num->valuestring, NULL, 10);
    r->rows[r->row_count++] = row;
    return true;
}

static bool add_correction(void *ctx, char *line)
{
    recorded *r = ctx;
    char *part[5], *p = line;
    if (*line == '#')
        return true;
    for (int i = 0; i < 5; i++) {
        part[i] = p;
        if ((p = p ? strchr(p, '\t') : NULL) != NULL)
            *p++ = 0;
    }
    if (strcmp(part[0], r->name) || !part[3])
        return true;
    correction *v = more(r->corrections, r->correction_count, sizeof *v);
    if (!v)
        return false;
    r->corrections = v;
    v[r->correction_count++] = (correction){ strtoull(part[1], NULL, 10), strdup(part[2]), strdup(part[3]) };
    return true;
}

static int by_num_and_field(const void *a, const void *b)
{
    const correction *x = a, *y = b;
    return x->num != y->num ? (x->num < y->num ? -1 : 1) : strcmp(x->field, y->field);
}

static void answers_path(const char *shared, const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/conformance/fields/%s.jsonl.gz", shared, name);
}

bool recorded_load(recorded *r, const char *shared, const char *name)
{
    char path[1024];
    memset(r, 0, sizeof *r);
    snprintf(r->name, sizeof r->name, "%s", name);
    answers_path(shared, name, path, sizeof path);
    bool good = each_line(path, add_row, r);
    snprintf(path, sizeof path, "%s/conformance/defects-fields.tsv.gz", shared);
    good = good && each_line(path, add_correction, r);
    if (!good) {
        printf("  %s: cannot be read\n", path);
        recorded_free(r);
        return false;
    }
    if (r->correction_count)
        qsort(r->corrections, r->correction_count, sizeof *r->corrections, by_num_and_field);
    return true;
}

void recorded_free(recorded *r)
{
    for (size_t i = 0; i < r->row_count; i++)
        cJSON_Delete(r->rows[i]);
    for (size_t i = 0; i < r->correction_count; i++) {
        free(r->corrections[i].field);
        free(r->corrections[i].text);
    }
    free(r->rows);
    free(r->nums);
    free(r->corrections);
}

const cJSON *recorded_row(const recorded *r, uint64_t num)
{
    for (size_t i = 0; i < r->row_count; i++)
        if (r->nums[i] == num)
            return r->rows[i];
    return NULL;
}

static const char *corrected(const recorded *r, uint64_t num, const char *field)
{
    union {
        const char *in;
        char *out;
    } name = { field };
    correction key = { num, name.out, NULL };
    const correction *c =
        r->correction_count ? bsearch(&key, r->corrections, r->correction_count, sizeof key, by_num_and_field) : NULL;
    return c ? c->text : NULL;
}

const char *recorded_value(const recorded *r, const cJSON *row, uint64_t num, const char *field)
{
    const char *text = corrected(r, num, field);
    if (!text)
        text = corrected(r, 0, field);
    if (text)
        return strcmp(text, "-") ? text : NULL;
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(row, field);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

/* ---- Which captures there are ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **recorded_captures(const char *shared)
{
    char path[1024], **names = NULL;
    size_t n = 0;
    snprintf(path, sizeof path, "%s/conformance/fields", shared);
    DIR *d = opendir(path);
    if (!d)
        return NULL;
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        const char *end = strstr(e->d_name, ".jsonl.gz");
        char **v = end ? more(names, n, sizeof *v) : NULL;
        if (!v)
            continue;
        names = v;
        names[n++] = strndup(e->d_name, (size_t)(end - e->d_name));
    }
    closedir(d);
    if (names)
        qsort(names, n, sizeof *names, by_text);
    char **v = realloc(names, (n + 1) * sizeof *v);
    if (v)
        v[n] = NULL;
    return v;
}

void recorded_capture_path(const char *shared, const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/captures/%s.scap.gz", shared, name);
    if (access(out, R_OK))
        snprintf(out, size, "%s/captures/%s.scap", shared, name);
}

/* ---- Names ---- */

typedef struct names {
    void (*fn)(void *ctx, const char *name);
    void *ctx;
} names;

static bool tell_names(void *ctx, char *line)
{
    const names *n = ctx;
    cJSON *row = cJSON_Parse(line);
    const cJSON *item;
    cJSON_ArrayForEach(item, row) n->fn(n->ctx, item->string);
    cJSON_Delete(row);
    return true;
}

void recorded_each_name(const char *shared, void (*fn)(void *ctx, const char *name), void *ctx)
{
    names n = { fn, ctx };
    char **captures = recorded_captures(shared);
    for (char **c = captures; c && *c; c++) {
        char path[1024];
        answers_path(shared, *c, path, sizeof path);
        each_line(path, tell_names, &n);
        free(*c);
    }
    free(captures);
}

/* ---- U+FFFD ---- */

static size_t sequence(const unsigned char *p) /* length of the UTF-8 sequence at p; 0: none */
{
    size_t n = *p < 0x80                  ? 1
               : *p >= 0xc2 && *p <= 0xdf ? 2
               : *p >= 0xe0 && *p <= 0xef ? 3
               : *p >= 0xf0 && *p <= 0xf4 ? 4
                                          : 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) ||
        (*p == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

char *recorded_as_shown(const char *text)
{
    char *out = malloc(3 * strlen(text) + 1), *o = out;
    if (!out)
        return NULL;
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        size_t n = sequence(p);
        if (n == 0 || *p < 0x20 || *p == 0x7f) {
            memcpy(o, "\xef\xbf\xbd", 3);
            o += 3;
            p++;
        } else {
            memcpy(o, p, n);
            o += n;
            p += n;
        }
    }
    *o = 0;
    return out;
}
