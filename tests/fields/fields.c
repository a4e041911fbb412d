/* SPDX-License-Identifier: Apache-2.0 */
/* Replays captures and compares the text of every field, on every sampled event, with the recorded answers
 * (conformance/fields/). Corrections for defects of the reference (defects-fields.tsv.gz) are applied to the answers
 * first. Arguments: the shared folder, then optionally -v and the names of captures.
 *
 * Three things are compared loosely, because the recording cannot say more: the text "<NA>" is the same as a missing
 * value; where the answer has U+FFFD the release has printed one for each control character or bad sequence; and
 * fd.types is a set.
 *
 * Deliberately different: of a buffer that is empty, or is no plain buffer (ptrace), the release prints evt.buffer with
 * whatever its memory held before. Expected is what the same release prints for it in evt.args. */
#include <saker/syscall.h>

#include "recorded.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NAMES = 1024, MAX_SHOWN = 3 };

typedef enum cause { SAME, ABSENT, UNDUE, OTHER } cause;
static const char *const cause_names[] = { "same", "missing", "not expected", "different" };

typedef struct checked { /* one field, with its argument */
    char name[64];
    saker_format *format;
    unsigned failed[4];
} checked;

typedef struct run {
    recorded rec;
    checked names[MAX_NAMES];
    size_t name_count, passed, total;
    bool verbose;
} run;

/* ---- Comparing ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "(b,a)" as "a,b". */
static void as_set(const char *text, char *out, size_t size)
{
    char copy[1024], *items[64], *save = NULL;
    size_t n = 0;
    snprintf(copy, sizeof copy, "%s", text + (*text == '('));
    for (char *p = strtok_r(copy, ",)", &save); p && n < 64; p = strtok_r(NULL, ",)", &save))
        items[n++] = p;
    qsort(items, n, sizeof items[0], by_text);
    *out = 0;
    for (size_t i = 0; i < n; i++)
        snprintf(out + strlen(out), size - strlen(out), "%s,", items[i]);
}

static bool same_text(const char *field, const char *want, const char *got)
{
    char a[1024], b[1024];
    if (strcmp(want, got) == 0)
        return true;
    if (strcmp(field, "fd.types") == 0) {
        as_set(want, a, sizeof a);
        as_set(got, b, sizeof b);
        return strcmp(a, b) == 0;
    }
    if (!strstr(want, "\xef\xbf\xbd"))
        return false;
    char *shown = recorded_as_shown(got);
    bool same = strcmp(shown, want) == 0;
    free(shown);
    return same;
}

static cause compare(const char *field, const char *want, const char *got)
{
    if (got && strcmp(got, "<NA>") == 0)
        got = NULL;
    if (want && strcmp(want, "<NA>") == 0)
        want = NULL;
    if (!want || !got)
        return want ? ABSENT : got ? UNDUE : SAME;
    return same_text(field, want, got) ? SAME : OTHER;
}

/* evt.buffer as evt.args has it, where that is needed. */
static const char *buffer_text(const cJSON *row, const char *want, char *room, size_t size)
{
    const cJSON *args = cJSON_GetObjectItemCaseSensitive(row, "evt.args");
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(row, "evt.type");
    const char *data = cJSON_IsString(args) ? strstr(args->valuestring, "data=") : NULL;
    if (!data || (strncmp(data, "data=NULL", 9) && strcmp(type->valuestring, "ptrace")))
        return want;
    snprintf(room, size, "%.*s", (int)strcspn(data + 5, " "), data + 5);
    return room;
}

/* ---- One event ---- */

static void show(const run *r, const checked *c, const saker_event *event, cause why, const char *want, const char *got)
{
    if (r->verbose && c->failed[why] <= MAX_SHOWN)
        printf("  %s on %llu: %s: %s, expected %s\n", c->name, (unsigned long long)event->num, cause_names[why],
               got ? got : "nothing", want ? want : "nothing");
}

static int on_event(void *ctx, const saker_event *event)
{
    run *r = ctx;
    char room[256];
    const cJSON *row = recorded_row(&r->rec, event->num);
    if (!row)
        return 0;
    for (size_t i = 0; i < r->name_count; i++) {
        checked *c = &r->names[i];
        const char *want = recorded_value(&r->rec, row, event->num, c->name), *text = NULL;
        if (!c->format)
            continue;
        if (strcmp(c->name, "evt.buffer") == 0)
            want = buffer_text(row, want, room, sizeof room);
        bool there = saker_format_text(c->format, event, &text, NULL) == 1;
        cause why = compare(c->name, want, there ? text : NULL);
        r->total++;
        r->passed += why == SAME;
        if (why == SAME)
            continue;
        c->failed[why]++;
        show(r, c, event, why, want, there ? text : NULL);
    }
    r->rec.met++;
    return 0;
}

/* ---- Names: those recorded anywhere, and the fields that need no argument ---- */

static void add_name(run *r, const char *name)
{
    for (size_t i = 0; i < r->name_count; i++)
        if (strcmp(r->names[i].name, name) == 0)
            return;
    if (r->name_count == MAX_NAMES || strlen(name) >= sizeof r->names[0].name)
        return;
    checked *c = &r->names[r->name_count++];
    char text[80], error[256] = "";
    strcpy(c->name, name);
    snprintf(text, sizeof text, "%%%s", name);
    if (saker_format_compile(NULL, saker_syscall_schema(), text, strlen(text), &c->format, error, sizeof error) == 0)
        return;
    c->format = NULL;
    r->total++; /* a name that does not compile is a failure of its own */
    printf("  %s: %s\n", name, error);
}

static void add_recorded_name(void *ctx, const char *name)
{
    add_name(ctx, name);
}

static void add_schema_names(run *r)
{
    const saker_schema *s = saker_syscall_schema();
    for (size_t i = 0; i < s->field_count; i++) {
        const saker_field *f = &s->fields[i];
        if (!(f->flags & (SAKER_ARG_REQUIRED | SAKER_REMOVED | SAKER_FILTER_ONLY)) && strncmp(f->name, "k8smeta.", 8))
            add_name(r, f->name);
    }
}

static void report(const run *r)
{
    for (size_t i = 0; i < r->name_count; i++) {
        const checked *c = &r->names[i];
        for (int why = ABSENT; why <= OTHER; why++)
            if (c->failed[why])
                printf("  %-40s %-12s %u\n", c->name, cause_names[why], c->failed[why]);
    }
}

/* ---- One capture ---- */

static bool replay(run *r, const char *shared)
{
    char path[1024];
    recorded_capture_path(shared, r->rec.name, path, sizeof path);
    saker_capture *c = saker_capture_open_file(path, NULL);
    if (!c)
        return false;
    int status;
    do
        status = saker_capture_poll(c, 0, on_event, r);
    while (status >= 0);
    if (status != SAKER_EEND)
        printf("  %s: %s\n", path, saker_capture_error(c));
    saker_capture_free(c);
    return status == SAKER_EEND;
}

static bool check(const char *shared, const char *name, bool verbose)
{
    run *r = calloc(1, sizeof *r);
    if (!r || !recorded_load(&r->rec, shared, name))
        return free(r), false;
    r->verbose = verbose;
    add_schema_names(r);
    recorded_each_name(shared, add_recorded_name, r);
    bool read = replay(r, shared);
    if (r->rec.met < r->rec.row_count)
        printf("  %zu of the sampled events of %s never came\n", r->rec.row_count - r->rec.met, name);
    bool good = read && r->rec.met == r->rec.row_count && r->total > 0 && r->passed == r->total;
    if (verbose)
        report(r);
    printf("score: fields/%s %zu of %zu\n", name, r->passed, r->total);
    for (size_t i = 0; i < r->name_count; i++)
        saker_format_free(r->names[i].format);
    recorded_free(&r->rec);
    free(r);
    return good;
}

int main(int argc, char **argv)
{
    bool verbose = false, good = true;
    int chosen = 0;
    if (argc < 2)
        return 2;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0) {
            verbose = true;
        } else {
            good = check(argv[1], argv[i], verbose) && good;
            chosen++;
        }
    }
    if (chosen)
        return good ? 0 : 1;
    char **names = recorded_captures(argv[1]);
    if (!names)
        return 77;
    for (char **n = names; *n; n++) {
        good = check(argv[1], *n, verbose) && good;
        free(*n);
    }
    free(names);
    return good ? 0 : 1;
}
