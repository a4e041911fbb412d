/* SPDX-License-Identifier: Apache-2.0 */
/* print_live SECONDS [PID-or-0 [FLAGS [CONDITION]]]: prints the live events of a process (0: all), to look at and for
 * tests by script. With a condition only the calls that it and the state need are collected. */
#include "fields.h"

#include <saker/live.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct printer {
    skr_buf text;
    int64_t pid;
    uint64_t count;
} printer;

static int print(void *ctx, const saker_event *event)
{
    printer *p = ctx;
    const skr_sysevent *e = event->data;
    p->count++;
    if (p->pid && e->evt.tid != p->pid && !(e->thread && e->thread->pid == p->pid))
        return 0;
    skr_buf_clear(&p->text);
    skr_args_print(&p->text, e);
    const char *args = skr_buf_cstring(&p->text);
    printf("%" PRIu64 " %" PRIu64 " cpu=%u tid=%" PRId64 " %s %s\n", e->num, e->evt.ts, e->evt.cpu, e->evt.tid,
           skr_event_name(e->evt.type), args ? args : "");
    return 0;
}

static void print_finding(void *ctx, const saker_finding *f)
{
    static const char *const states[] = { "ok", "note", "degraded", "fatal" };
    (void)ctx;
    printf("%-9s %-14s %s%s%s\n", states[f->state], f->name, f->text, f->hint ? "\n                         -> " : "",
           f->hint ? f->hint : "");
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "doctor") == 0)
        return saker_live_doctor(NULL, true, print_finding, NULL) == SAKER_FINDING_FATAL;
    int seconds = argc > 1 ? atoi(argv[1]) : 1;
    saker_live_options options = SAKER_LIVE_OPTIONS_INIT;
    options.flags = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 0) : SAKER_LIVE_SKIP_SELF;
    saker_ruleset *rules = NULL;
    char error[256];
    if (argc > 4 && saker_filter_compile(NULL, saker_syscall_schema(), argv[4], strlen(argv[4]), NULL, &rules, error,
                                         sizeof error) != 0) {
        fprintf(stderr, "%s\n", error);
        return 2;
    }
    options.rules = rules;
    saker_capture *c = saker_capture_open_live(&options);
    printer p = { .pid = argc > 2 ? atoll(argv[2]) : 0 };
    skr_mem mem;
    skr_mem_init(&mem, NULL, 0);
    skr_buf_init(&p.text, &mem);
    int status = 0;
    for (time_t end = time(NULL) + seconds; status >= 0 && time(NULL) < end;) {
        status = saker_capture_poll(c, 200, print, &p);
        fflush(stdout);
    }
    saker_capture_stats stats = { .size = sizeof stats };
    saker_capture_get_stats(c, &stats);
    fprintf(stderr, "status %d (%s), %" PRIu64 " events, %" PRIu64 " dropped, %" PRIu64 " invalid\n", status,
            status < 0 ? saker_capture_error(c) : "", stats.events, stats.dropped, stats.invalid);
    skr_buf_free(&p.text);
    saker_capture_free(c);
    saker_ruleset_unref(rules);
    return status < 0;
}
