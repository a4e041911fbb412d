/* SPDX-License-Identifier: Apache-2.0 */
/* dump_test SHARED [-v]: records a part of each capture's events, replays the recording and compares every field of the
 * events that were selected. What was not selected must have kept the state right all the same. */
#include "lasting.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EVERY = 5 }; /* one event of so many is selected */

/* ---- Texts of events ---- */

typedef struct texts {
    char **v;
    size_t n, cap;
} texts;

static void add_text(texts *t, const char *s)
{
    if (t->n == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 1024;
        t->v = realloc(t->v, t->cap * sizeof *t->v);
    }
    t->v[t->n++] = strdup(s);
}

static void free_texts(texts *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->v[i]);
    free(t->v);
}

typedef struct run {
    saker_capture *c;
    saker_dump *dump; /* NULL: a replay, in which every event counts */
    saker_format *fields;
    texts texts;
    int failed;
} run;

static int on_event(void *ctx, const saker_event *event)
{
    run *r = ctx;
    const char *text;
    if (r->dump && (event->num * 2654435761u >> 16) % EVERY)
        return 0;
    if (saker_format_text(r->fields, event, &text, NULL) < 0)
        return r->failed = SAKER_ENOMEM;
    add_text(&r->texts, text);
    if (r->dump)
        r->failed = saker_dump_event(r->dump, event);
    return r->failed;
}

static bool poll_all(run *r, saker_event_fn *fn, void *ctx)
{
    int got;
    while ((got = saker_capture_poll(r->c, -1, fn, ctx)) >= 0)
        ;
    if (got != SAKER_EEND)
        fprintf(stderr, "%d: %s\n", got, saker_capture_error(r->c));
    return got == SAKER_EEND;
}

static bool record(run *r, const char *path, const char *to, bool gzip)
{
    r->c = saker_capture_open_file(path, NULL);
    r->dump = saker_dump_open(r->c, to, gzip);
    bool fine = r->dump && poll_all(r, on_event, r);
    fine = saker_dump_close(r->dump) == 0 && fine;
    saker_capture_free(r->c);
    return fine;
}

static bool replay(run *r, const char *path)
{
    r->c = saker_capture_open_file(path, NULL);
    bool fine = poll_all(r, on_event, r);
    saker_capture_free(r->c);
    return fine;
}

static void show_difference(const char *was, const char *is)
{
    while (*was && *is) {
        size_t a = strcspn(was, "\n"), b = strcspn(is, "\n");
        if (a != b || memcmp(was, is, a))
            printf("  was %.*s\n  is  %.*s\n", (int)a, was, (int)b, is);
        was += a + (was[a] != 0);
        is += b + (is[b] != 0);
    }
}

static bool compare(const char *name, const texts *was, const texts *is, bool verbose)
{
    size_t same = 0;
    for (size_t i = 0; i < was->n && i < is->n; i++) {
        bool equal = strcmp(was->v[i], is->v[i]) == 0;
        if (!equal && verbose)
            show_difference(was->v[i], is->v[i]);
        same += equal;
    }
    printf("score: dump of %s %zu of %zu\n", name, same, was->n > is->n ? was->n : is->n);
    return same == was->n && was->n == is->n;
}

static bool one_capture(const char *folder, const char *name, const char *made, saker_format *fields, bool verbose)
{
    char path[1024];
    run first = { .fields = fields }, second = { .fields = fields };
    snprintf(path, sizeof path, "%s/%s", folder, name);
    bool fine = record(&first, path, made, strlen(name) % 2) && replay(&second, made);
    fine = fine && compare(name, &first.texts, &second.texts, verbose);
    free_texts(&first.texts);
    free_texts(&second.texts);
    return fine;
}

/* ---- The calls' own rules ---- */

static int failures;

static void check(bool holds, const char *what)
{
    if (!holds) {
        printf("wrong: %s\n", what);
        failures++;
    }
}

typedef struct misuse {
    saker_capture *c;
    saker_dump *late, *stays;
    const char *made[2];
    unsigned seen;
} misuse;

/* Opens a recording while an event is being delivered and selects that event twice; closes it some events later. */
static int on_misuse(void *ctx, const saker_event *event)
{
    misuse *m = ctx;
    saker_event other = *event;
    m->seen++;
    if (m->seen == 10) {
        m->late = saker_dump_open(m->c, m->made[1], false);
        check(saker_dump_event(m->late, event) == 0, "the event of the call can be selected at once");
        check(saker_dump_event(m->late, event) == 0, "and again, which does nothing");
        other.data = m;
        check(saker_dump_event(m->late, &other) == SAKER_EINVAL, "another event cannot");
    }
    if (m->seen == 20)
        check(saker_dump_close(m->late) == 0, "a recording can be closed during a call");
    return 0;
}

static int count_event(void *ctx, const saker_event *event)
{
    (void)event;
    (*(unsigned *)ctx)++;
    return 0;
}

static unsigned count_events(const char *path)
{
    run r = { .c = saker_capture_open_file(path, NULL) };
    unsigned n = 0;
    check(poll_all(&r, count_event, &n), "a recording can be read");
    saker_capture_free(r.c);
    return n;
}

static void rules_of_calls(const char *capture, const char *made, const char *made_too)
{
    misuse m = { .c = saker_capture_open_file(capture, NULL), .made = { made, made_too } };
    run r = { .c = m.c };
    errno = 0;
    check(!saker_dump_open(m.c, "/no/such/folder/x.scap", false) && errno == ENOENT,
          "errno says why a file was not made");
    check(!saker_dump_open(NULL, made, false), "no capture, no recording");
    check(saker_dump_close(NULL) == 0, "closing nothing is fine");
    check(saker_dump_event(NULL, NULL) == SAKER_EINVAL, "nothing to record");
    m.stays = saker_dump_open(m.c, made, false);
    check(m.stays != NULL, "a recording opens");
    check(poll_all(&r, on_misuse, &m), "the capture is read to its end");
    saker_capture_free(m.c);
    check(saker_dump_event(m.stays, NULL) == SAKER_EINVAL, "the capture is gone");
    check(saker_dump_close(m.stays) == 0, "a recording outlives its capture");
    check(m.seen > 20, "the capture is long enough for this test");
    check(count_events(made) == 0, "nothing was selected");
    check(count_events(made_too) == 1, "one event was selected");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int main(int argc, char **argv)
{
    char folder[512], made[] = "/tmp/saker-dump-XXXXXX", made_too[] = "/tmp/saker-dump-XXXXXX", path[1024];
    struct dirent **names;
    if (argc < 2)
        return 2;
    snprintf(folder, sizeof folder, "%s/captures", argv[1]);
    int n = scandir(folder, &names, NULL, by_name), fd = mkstemp(made), fd_too = mkstemp(made_too);
    if (n < 0)
        return 77;
    size_t count = 0;
    bool fine = fd >= 0 && fd_too >= 0;
    saker_format *fields = lasting_fields(&count);
    check(fields && count > 200, "most fields can be printed");
    for (int i = 0; i < n && fields; i++) {
        if (strstr(names[i]->d_name, ".scap"))
            fine = one_capture(folder, names[i]->d_name, made, fields, argc > 2) && fine;
        free(names[i]);
    }
    free(names);
    saker_format_free(fields);
    snprintf(path, sizeof path, "%s/test_ipv6_client.scap", folder);
    rules_of_calls(path, made, made_too);
    close(fd);
    close(fd_too);
    unlink(made);
    unlink(made_too);
    return fine && !failures ? 0 : 1;
}
