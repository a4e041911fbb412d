/* SPDX-License-Identifier: Apache-2.0 */
#include "data.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

void count(score *s, bool passed, const char *row, const char *format, ...)
{
    s->total++;
    s->passed += passed;
    if (passed || !s->verbose)
        return;
    va_list ap;
    va_start(ap, format);
    printf("%s: %s: ", s->name, row);
    vprintf(format, ap);
    printf("\n");
    va_end(ap);
}

bool print_score(const score *s)
{
    printf("score: %s %d of %d\n", s->name, s->passed, s->total);
    return s->passed == s->total;
}

/* gzread reads plain files, too. */
static char *read_any(const char *path, size_t *length)
{
    gzFile f = gzopen(path, "rb");
    size_t len = 0, cap = 1 << 16;
    char *text = f ? malloc(cap + 1) : NULL;
    for (int n; text && (n = gzread(f, text + len, (unsigned)(cap - len))) > 0;) {
        len += (size_t)n;
        if (len == cap) {
            char *more = realloc(text, 2 * cap + 1);
            if (!more)
                abort();
            text = more;
            cap *= 2;
        }
    }
    if (f)
        gzclose(f);
    if (text)
        text[len] = '\0';
    if (length)
        *length = len;
    return text;
}

char *read_file(const char *path, size_t *len)
{
    return read_any(path, len);
}

char *read_gzip(const char *path)
{
    return read_any(path, NULL);
}

cJSON *read_json(const char *path)
{
    char *text = read_any(path, NULL);
    cJSON *json = text ? cJSON_Parse(text) : NULL;
    free(text);
    return json;
}

static int compare(const void *x, const void *y)
{
    return strcmp(*(char *const *)x, *(char *const *)y);
}

char **list_dir(const char *path)
{
    DIR *d = opendir(path);
    size_t n = 0, cap = 16;
    char **names = d ? malloc((cap + 1) * sizeof *names) : NULL;
    for (struct dirent *e; names && (e = readdir(d)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        if (n == cap) {
            cap *= 2;
            char **more = realloc(names, (cap + 1) * sizeof *names);
            if (!more)
                abort();
            names = more;
        }
        size_t len = strlen(e->d_name) + 1;
        names[n] = malloc(len);
        if (!names[n])
            abort();
        memcpy(names[n++], e->d_name, len);
    }
    if (d)
        closedir(d);
    if (names) {
        names[n] = NULL;
        qsort(names, n, sizeof *names, compare);
    }
    return names;
}

void free_names(char **names)
{
    for (size_t i = 0; names && names[i]; i++)
        free(names[i]);
    free(names);
}

const cJSON *get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *text_of(const cJSON *object, const char *key)
{
    const char *s = cJSON_GetStringValue(get(object, key));
    return s ? s : "";
}

bool is_listed(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = list; line && *line; line = strchr(line, '\n'), line += line != NULL)
        if (*line != '#' && strncmp(line, name, len) == 0 && (line[len] == '\t' || line[len] == '\n'))
            return true;
    return false;
}
