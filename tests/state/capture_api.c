/* SPDX-License-Identifier: Apache-2.0 */
/* The public captures (saker/syscall.h) on a file of the repository: batches, the end, errors, what callbacks may
 * answer, statistics, memory limits. Argument: a capture. */
#include "../pool.h"

#include <saker/syscall.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

static void check(bool ok, const char *what)
{
    if (!ok) {
        printf("failed: %s\n", what);
        failures++;
    }
}

typedef struct tally {
    uint64_t events, last_num, stop_at;
    bool rising, known_kinds;
    int answer;
} tally;

static int count(void *ctx, const saker_event *e)
{
    tally *t = ctx;
    t->rising &= e->num > t->last_num;
    t->known_kinds &= e->kind < e->schema->kind_count && e->time != 0 && e->data;
    t->last_num = e->num;
    t->events++;
    return t->events == t->stop_at ? t->answer : 0;
}

static tally fresh(void)
{
    return (tally){ .rising = true, .known_kinds = true };
}

/* The whole file; returns the last result. */
static int drain(saker_capture *c, tally *t)
{
    int got;
    while ((got = saker_capture_poll(c, 0, count, t)) >= 0)
        ;
    return got;
}

static void whole_file(const char *path, uint64_t *events)
{
    tally t = fresh();
    saker_capture *c = saker_capture_open_file(path, NULL);
    check(drain(c, &t) == SAKER_EEND, "a file ends with EEND");
    check(saker_capture_poll(c, 0, count, &t) == SAKER_EEND, "and stays ended");
    check(t.events > 100 && t.rising && t.known_kinds, "numbers rise and kinds are of the schema");
    saker_capture_stats s = { .size = sizeof s };
    check(saker_capture_get_stats(c, &s) == 0 && s.size == sizeof s, "stats");
    check(s.delivered == t.events && s.events >= s.delivered && s.events == t.last_num, "events are counted");
    check(s.threads && s.memory && !s.evicted && !s.nomem && s.bytes && s.file_size, "stats of the state and the file");
    check(s.file_offset == s.file_size, "all of the file was read");
    saker_capture_stats old;
    memset(&old, 0x5a, sizeof old);
    old.size = offsetof(saker_capture_stats, dropped); /* a host that knows only the first members */
    check(saker_capture_get_stats(c, &old) == 0 && old.events == s.events && old.nomem == 0x5a5a5a5a5a5a5a5a,
          "stats of an older host");
    check(saker_capture_fd(c) == -1, "nothing to wait on");
    *events = t.events;
    saker_capture_free(c);
}

static void answers(const char *path, uint64_t events)
{
    tally t = fresh();
    saker_capture *c = saker_capture_open_file(path, NULL);
    t.stop_at = 5;
    t.answer = 1;
    check(saker_capture_poll(c, 0, count, &t) == 5, "a positive answer ends the poll");
    t.stop_at = 8;
    t.answer = -77;
    check(saker_capture_poll(c, 0, count, &t) == -77, "a negative one is the result");
    t.stop_at = 0;
    check(drain(c, &t) == SAKER_EEND && t.events == events, "and no event is lost");
    saker_capture_free(c);
}

static void errors(const char *path)
{
    tally t = fresh();
    saker_capture *c = saker_capture_open_file("/nonexistent/file.scap", NULL);
    check(c != NULL, "opening does not fail");
    check(saker_capture_poll(c, 0, count, &t) == SAKER_EIO, "the first poll does");
    check(*saker_capture_error(c), "and says why");
    saker_capture_free(c);
    saker_capture_free(NULL);
    check(saker_capture_poll(NULL, 0, count, &t) == SAKER_ENOMEM, "no capture");
    check(*saker_capture_error(NULL), "no capture has an error too");
    c = saker_capture_open_file(NULL, NULL);
    check(saker_capture_poll(c, 0, count, &t) == SAKER_EIO && *saker_capture_error(c), "no path at all");
    saker_capture_free(c);
    check(saker_syscall_kind(NULL) == -1 && saker_syscall_kind("openat") >= 0, "kinds by name");

    c = saker_capture_open_file(path, NULL);
    check(saker_capture_poll(c, 0, NULL, NULL) == SAKER_EINVAL, "no callback");
    check(saker_capture_get_stats(c, NULL) == SAKER_EINVAL, "no stats");
    saker_capture_free(c);
}

static void limits(const char *path, uint64_t events)
{
    tally t = fresh();
    saker_capture_options o = SAKER_CAPTURE_OPTIONS_INIT;
    saker_capture_stats s = { .size = sizeof s };
    o.max_threads = 2;
    o.max_fds = 2;
    saker_capture *c = saker_capture_open_file(path, &o);
    check(drain(c, &t) == SAKER_EEND && t.events == events, "full tables lose no event");
    check(saker_capture_get_stats(c, &s) == 0 && s.evicted && s.threads <= 3, "but count");
    saker_capture_free(c);
}

/* However little memory there is: an answer, nothing else. */
static void memory(const char *path)
{
    for (size_t limit = 1000; limit < 4000000; limit = limit * 3 / 2) {
        tally t = fresh();
        saker_capture_options o = SAKER_CAPTURE_OPTIONS_INIT;
        o.max_memory = limit;
        saker_capture *c = saker_capture_open_file(path, &o);
        int got = c ? drain(c, &t) : SAKER_ENOMEM;
        check(got == SAKER_EEND || got == SAKER_ENOMEM, "little memory");
        check(got == SAKER_EEND || !c || strstr(saker_capture_error(c), "max_memory"), "the limit is named");
        saker_capture_stats s = { .size = sizeof s };
        check(!c || (saker_capture_get_stats(c, &s) == 0 && s.memory <= limit), "no more than allowed");
        saker_capture_free(c);
    }
}

static void allocator(const char *path)
{
    tally t = fresh();
    saker_capture_options o = SAKER_CAPTURE_OPTIONS_INIT;
    pool p = { 0 };
    o.alloc = pool_alloc(&p);
    saker_capture *c = saker_capture_open_file(path, &o);
    drain(c, &t);
    check(p.held > 0, "the host's allocator is used");
    saker_capture_free(c);
    check(pool_is_clean(&p), "and everything is given back");
}

int main(int argc, char **argv)
{
    uint64_t events = 0;
    if (argc != 2)
        return 2;
    whole_file(argv[1], &events);
    answers(argv[1], events);
    errors(argv[1]);
    limits(argv[1], events);
    memory(argv[1]);
    allocator(argv[1]);
    printf("%s\n", failures ? "captures: failed" : "captures: all as they should be");
    return failures != 0;
}
