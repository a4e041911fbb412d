/* SPDX-License-Identifier: Apache-2.0 */
/* live_test MODE [-v]: makes the calls of actions.c in a process of its own and checks that each shows up in a live
 * capture with the right parameters. MODE: "calls" (a tracepoint per call), "all" (one dispatcher), "old" (the
 * dispatcher for old kernels), "entries" (calls, and what they were given). Ends with 77 where BPF may not be used. */
#include "actions.h"
#include "fields.h"
#include "live.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINES = 20000 };
#define HOSTNAME "the.host"

typedef struct line {
    int64_t tid;
    const char *name;
    char *text; /* evt.args */
} line;

static line lines[LINES];
static unsigned line_count;
static bool verbose, entries;
static pid_t child, last; /* last: ends when all calls have been made */
static bool last_ended;
static char dir[] = "/tmp/saker-live-XXXXXX"; /* where the calls are made */

static int keep(void *ctx, const saker_event *event)
{
    const skr_sysevent *e = event->data;
    skr_buf *b = ctx;
    last_ended |= e->evt.tid == last && e->evt.type == SKR_E_PROCEXIT_1_E;
    bool ours = e->evt.tid == child || (e->thread && (e->thread->pid == child || e->thread->ptid == child));
    if (line_count == LINES || !ours)
        return 0;
    skr_buf_clear(b);
    skr_args_print(b, e);
    lines[line_count++] = (line){ e->evt.tid, skr_event_name(e->evt.type), strdup(b->len ? skr_buf_cstring(b) : "") };
    return 0;
}

/* Escapes what fnmatch takes for its own; only `*` is left. */
static bool matches(const char *pattern, const char *text)
{
    char escaped[8192];
    size_t n = 0;
    for (const char *at = pattern; *at && n + 2 < sizeof escaped; at++) {
        if (strchr("[]?\\", *at))
            escaped[n++] = '\\';
        escaped[n++] = *at;
    }
    escaped[n] = 0;
    return fnmatch(escaped, text, 0) == 0;
}

static unsigned check_actions(int64_t pid, bool gate)
{
    unsigned bad = 0, at = 0;
    for (unsigned i = 0; i < action_count; i++) {
        const action *a = &actions[i];
        if (strcmp(a->event, "CHILD") == 0)
            continue;
        unsigned from = at;
        bool optional = a->event[0] == '?' || (a->event[0] == '!' && !gate) || a->event[0] == (entries ? '-' : '+');
        const char *name = a->event + strspn(a->event, "?!+-");
        while (at < line_count &&
               (lines[at].tid != pid || strcmp(lines[at].name, name) != 0 || !matches(a->pattern, lines[at].text)))
            at++;
        if (at < line_count) {
            at++;
            continue;
        }
        at = from;
        if (optional)
            continue;
        bad++;
        printf("not seen: %s %s\n", a->event, a->pattern);
        for (unsigned k = from; verbose && k < line_count; k++)
            if (lines[k].tid == pid && strcmp(lines[k].name, name) == 0) {
                printf("  next is: %s\n", lines[k].text);
                break;
            }
    }
    return bad;
}

static unsigned check_children(void)
{
    unsigned bad = 0;
    for (unsigned i = 0; i < child_line_count; i++) {
        bool seen = false;
        for (unsigned k = 0; k < line_count && !seen; k++) {
            char text[8192];
            snprintf(text, sizeof text, "%s %s", lines[k].name, lines[k].text);
            seen = matches(child_lines[i], text);
        }
        bad += !seen;
        if (!seen)
            printf("not seen: %s\n", child_lines[i]);
        for (unsigned k = 0; verbose && !seen && k < line_count; k++)
            if (strncmp(lines[k].name, child_lines[i], strlen(lines[k].name)) == 0)
                printf("  there is: %s\n", lines[k].text);
    }
    return bad;
}

/* Waits for the go, then makes the calls in a folder of its own. */
static pid_t start_child(int go[2])
{
    pid_t pid = fork();
    if (pid)
        return pid;
    char c;
    if (chdir(dir) != 0 || read(go[0], &c, 1) != 1)
        _exit(2);
    close(go[0]);
    close(go[1]);
    actions_run();
    _exit(0);
}

/* Events come in their order: what happened before the end of a process of our own came before it. */
static pid_t make_last(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    return pid;
}

static int collect(saker_capture *c, pid_t pid, const int go[2], skr_buf *b)
{
    int status = saker_capture_poll(c, 0, keep, b);
    if (status < 0)
        return status;
    line_count = 0;
    if (write(go[1], "x", 1) != 1)
        return -1;
    for (time_t end = time(NULL) + 60; time(NULL) < end && status >= 0 && !last_ended;) {
        status = saker_capture_poll(c, 20, keep, b);
        if (!last && waitpid(pid, NULL, WNOHANG) == pid)
            last = make_last();
    }
    return status;
}

static saker_capture *open_capture(const char *mode, saker_ruleset **rules)
{
    saker_live_options options = SAKER_LIVE_OPTIONS_INIT;
    options.flags = SAKER_LIVE_SKIP_SELF | SAKER_LIVE_ALL_IO | (entries ? SAKER_LIVE_ENTRIES : 0);
    bool per_call = entries || strcmp(mode, "calls") == 0;
    skr_buf b;
    skr_mem mem;
    skr_mem_init(&mem, NULL, 0);
    skr_buf_init(&b, &mem);
    skr_buf_cstr(&b, "evt.type in (signaldeliver, sched_yield");
    for (unsigned i = 0; i < action_count; i++)
        if (strcmp(actions[i].event, "CHILD") && strcmp(actions[i].event, "syscall"))
            skr_buf_printf(&b, ", %s", actions[i].event + strspn(actions[i].event, "?!+-"));
    skr_buf_char(&b, ')');
    char error[512];
    if (per_call &&
        saker_filter_compile(NULL, saker_syscall_schema(), b.ptr, b.len, NULL, rules, error, sizeof error) != 0) {
        printf("%s\n", error);
        exit(1);
    }
    skr_buf_free(&b);
    options.rules = *rules;
    options.capture.hostname = HOSTNAME;
    saker_capture *c = saker_capture_open_live(&options);
    skr_live_set_mode(c, per_call                   ? SKR_PROBE_PER_CALL
                         : strcmp(mode, "old") == 0 ? SKR_PROBE_DISPATCH_58
                                                    : SKR_PROBE_DISPATCH);
    return c;
}

static void remove_dir(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    if (system(command) != 0)
        printf("left behind: %s\n", dir);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "calls";
    verbose = argc > 2;
    entries = strcmp(mode, "entries") == 0;
    int go[2];
    skr_mem mem;
    skr_buf b;
    skr_mem_init(&mem, NULL, 0);
    skr_buf_init(&b, &mem);
    if (pipe(go) != 0 || !mkdtemp(dir))
        return 1;
    atexit(remove_dir);
    pid_t pid = child = start_child(go);
    if (pid < 0)
        return 1;
    saker_ruleset *rules = NULL;
    saker_capture *c = open_capture(mode, &rules);
    int status = collect(c, pid, go, &b);
    if (status < 0) {
        printf("skipped: %s\n", saker_capture_error(c));
        kill(pid, SIGKILL);
        saker_capture_free(c);
        return 77;
    }
    unsigned bad = check_actions(pid, !entries && strcmp(mode, "calls") != 0 && actions_have_gate()) + check_children();
    if (strcmp(skr_state_machine(c->state)->hostname, HOSTNAME) != 0) {
        printf("the name of the machine is not the one given\n");
        bad++;
    }
    saker_capture_stats stats = { .size = sizeof stats };
    saker_capture_get_stats(c, &stats);
    printf("%s: %u of %u expectations met, %" PRIu64 " events, %" PRIu64 " dropped\n", mode,
           action_count + child_line_count - bad, action_count + child_line_count, stats.events, stats.dropped);
    saker_capture_free(c);
    saker_ruleset_unref(rules);
    skr_buf_free(&b);
    if (argc > 3)
        for (unsigned i = 0; i < line_count; i++)
            printf("%lld %s %s\n", (long long)lines[i].tid, lines[i].name, lines[i].text);
    for (unsigned i = 0; i < line_count; i++)
        free(lines[i].text);
    return bad != 0;
}
