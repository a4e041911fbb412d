/* SPDX-License-Identifier: Apache-2.0 */
/* saker print: the events of a capture, all or those that a condition selects, as lines, as JSON, or as a capture. */
#include "livesrc.h"
#include "views.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_JSON = OPT_OWN, OPT_FIELDS, OPT_NAIVE_PRINT, OPT_LIVE, OPT_PID };

static const struct option long_options[] = {
    { "format", required_argument, NULL, 'p' },
    { "json", no_argument, NULL, OPT_JSON },
    { "fields", required_argument, NULL, OPT_FIELDS },
    { "verbose", no_argument, NULL, 'v' },
    { "write", required_argument, NULL, 'w' },
    { "count", required_argument, NULL, 'c' },
    { "naive", no_argument, NULL, OPT_NAIVE_PRINT },
    { "live", no_argument, NULL, OPT_LIVE },
    { "pid", required_argument, NULL, OPT_PID },
    LIVE_OPTIONS,
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const char help_text[] =
    "usage: saker print [OPTION]... CAPTURE [CONDITION]\n"
    "       saker print [OPTION]... --live [CONDITION]\n\n"
    "Shows the events of a capture (a .scap file, gzip or not; - is standard input), or those that a condition "
    "selects:\n"
    "  saker print x.scap 'evt.type = openat and proc.name = bash'\n\n"
    "A line holds the event's number, time, CPU, process (thread), direction (< is what most have: the end of a "
    "call),\n"
    "type and arguments.\n\n"
    "  -p, --format FORMAT    a line as this says: text with %fields. An event that lacks one is left out, unless the\n"
    "                         format begins with * (then <NA> stands for the value)\n"
    "      --json             one JSON object per event; with -p it holds the fields of the format with their types\n"
    "      --fields A,B,...   of these fields, as text, evt.num first; a field without a value is left out\n"
    "  -v, --verbose          all fields that have a value\n"
    "  -w, --write FILE       write the events to a capture that can be read again, with the state they need\n"
    "                         (gzip if the name ends in .gz)\n"
    "      --pid PID          with -w: only this process, its descendants, and nothing of the rest of the machine\n"
    "  -c, --count N          stop after N events\n"
    "  -h, --help             this text\n\n"
    "The running kernel:\n"
    "      --live             events as they happen, until SIGINT or SIGTERM; without a condition all but reads and\n"
    "                         writes. Only with it:\n" LIVE_HELP "\n"
    "Exit status: 0 fine, 1 the condition or the format is at fault, 2 wrong usage, 3 the capture could not be read\n"
    "(to its end; what came before is shown), or the kernel not be watched.\n";

typedef struct print {
    const char *format, *fields, *write_to;
    bool json, all, naive, live;
    live_args live_args;
    saker_ruleset *wants;  /* of the condition; NULL: everything */
    uint64_t limit, shown; /* limit 0: none */
    uint64_t pid;          /* of the root of a process tree; 0: everything */
    view *view;
    saker_dump *dump;
    saker_eval *eval; /* NULL: every event */
    progress progress;
    int failed; /* what stopped the run */
} print;

static int take_option(print *p, int option)
{
    const int status = live_args_take(&p->live_args, "print", option, optarg);
    if (status >= 0)
        return status;
    switch (option) {
    case 'p':
        p->format = optarg;
        return CMD_OK;
    case OPT_JSON:
        p->json = true;
        return CMD_OK;
    case OPT_FIELDS:
        p->fields = optarg;
        return CMD_OK;
    case 'v':
        p->all = true;
        return CMD_OK;
    case 'w':
        p->write_to = optarg;
        return CMD_OK;
    case 'c':
        return take_number("print", "a number of events", optarg, UINT64_MAX, &p->limit);
    case OPT_NAIVE_PRINT:
        p->naive = true;
        return CMD_OK;
    case OPT_PID:
        return take_number("print", "a process", optarg, INT64_MAX, &p->pid);
    case OPT_LIVE:
        p->live = true;
        return CMD_OK;
    default:
        return usage_hint("print");
    }
}

/* Does the condition want it? Negative: a failure. */
static int selected(print *p, const saker_event *event)
{
    return p->eval ? saker_eval_run(p->eval, event) : 1;
}

static int show(print *p, const saker_event *event)
{
    progress_clear(&p->progress);
    if (!p->dump)
        return view_put(p->view, event);
    const int r = saker_dump_event(p->dump, event);
    return r < 0 ? r : r == 0;
}

static int on_event(void *ctx, const saker_event *event)
{
    print *p = ctx;
    int r = selected(p, event);
    if (r > 0)
        r = show(p, event);
    if (r > 0)
        p->shown++;
    if (r < 0)
        p->failed = r;
    const bool enough = r > 0 && p->shown == p->limit;
    return p->failed || enough || out_failed() ? CAPTURE_STOP : 0;
}

/* ---- Setting up -------------------------------------------------------------- */

static int set_condition(print *p, char **words, int count)
{
    if (count == 0)
        return CMD_OK;
    const int status = condition_join(words, count, p->naive, &p->wants);
    if (status != CMD_OK)
        return status;
    p->eval = saker_eval_new(p->wants);
    return p->eval ? CMD_OK : no_memory();
}

static int set_view(print *p)
{
    if (p->write_to)
        return CMD_OK;
    if (p->format)
        return p->json ? view_json_format(&p->view, p->format) : view_format(&p->view, p->format);
    if (p->json)
        return p->fields ? view_json_fields(&p->view, p->fields) : view_json_all(&p->view, p->all);
    return p->all ? view_all(&p->view) : view_line(&p->view);
}

static int set_dump(print *p, saker_capture *c)
{
    if (!p->write_to)
        return CMD_OK;
    const size_t len = strlen(p->write_to);
    const bool gzip = len > 3 && strcmp(p->write_to + len - 3, ".gz") == 0;
    errno = 0;
    p->dump = saker_dump_open(c, p->write_to, gzip);
    if (p->dump && p->pid)
        saker_dump_only_tree(p->dump, (int64_t)p->pid);
    if (p->dump)
        return CMD_OK;
    say("%s: %s", p->write_to, errno ? strerror(errno) : saker_strerror(SAKER_ENOMEM));
    return CMD_OUTPUT;
}

static int close_dump(print *p, int status)
{
    if (!p->dump)
        return status;
    errno = 0;
    const int r = saker_dump_close(p->dump);
    if (r == 0) {
        say("%s: %llu event%s", p->write_to, (unsigned long long)p->shown, p->shown == 1 ? "" : "s");
        return status;
    }
    say("%s: %s", p->write_to, errno ? strerror(errno) : saker_strerror(r));
    p->failed = 0; /* it has been said */
    return CMD_OUTPUT;
}

static int say_failure(const print *p, int status)
{
    if (!p->failed)
        return status;
    say("%s", saker_strerror(p->failed));
    return CMD_OUTPUT;
}

static int run(print *p, const char *path)
{
    saker_capture *c = capture_open(path);
    int status = c ? set_dump(p, c) : no_memory();
    if (status == CMD_OK) {
        status = capture_each(c, path, &p->progress, on_event, p);
        status = close_dump(p, status);
    }
    saker_capture_free(c);
    return say_failure(p, status);
}

static int between(void *ctx)
{
    (void)ctx;
    out_flush();
    return 0;
}

static int run_live(print *p)
{
    const live_hooks hooks = { on_event, between, p, false };
    live *l;
    const saker_ruleset *wants = p->live_args.all_events ? NULL : p->wants;
    p->live_args.all_events |= wants != NULL; /* a condition says what it wants: reads and writes, too */
    int status = live_open(&l, &p->live_args, wants, &hooks);
    if (status != CMD_OK)
        return status;
    status = set_dump(p, live_capture(l));
    if (status == CMD_OK)
        status = live_start(l);
    if (status == CMD_OK) {
        say("printing; SIGINT ends it");
        status = live_run(l);
    }
    status = close_dump(p, status);
    if (status == CMD_OK && !out_failed())
        live_summary(l);
    live_close(l);
    return say_failure(p, status);
}

static int check_usage(const print *p, int arguments)
{
    if (arguments == 0 && !p->live)
        return usage_error("print", "no capture given");
    if (p->fields && !p->json)
        return usage_error("print", "--fields goes with --json; -p '%%a %%b' prints fields as text");
    if (p->fields && (p->format || p->all))
        return usage_error("print", "--fields does not go with -p or -v");
    if (p->pid && !p->write_to)
        return usage_error("print", "--pid goes with -w; 'proc.pid = %llu or proc.apid = %llu' selects events to show",
                           (unsigned long long)p->pid, (unsigned long long)p->pid);
    if (p->write_to && (p->format || p->all || p->json))
        return usage_error("print", "-w writes events as they are: it does not go with -p, -v or --json");
    return CMD_OK;
}

int verb_print(int argc, char **argv)
{
    print p = { .format = NULL };
    int option, status = CMD_OK;
    while (status == CMD_OK && (option = getopt_long(argc, argv, "p:vw:c:Ah", long_options, NULL)) != -1) {
        if (option == 'h') {
            put_cstr(help_text);
            return CMD_OK;
        }
        status = take_option(&p, option);
    }
    if (status == CMD_OK)
        status = check_usage(&p, argc - optind);
    if (status == CMD_OK)
        status = p.live ? set_condition(&p, argv + optind, argc - optind)
                        : set_condition(&p, argv + optind + 1, argc - optind - 1);
    if (status == CMD_OK)
        status = set_view(&p);
    if (status == CMD_OK)
        status = p.live ? run_live(&p) : run(&p, argv[optind]);
    view_free(p.view);
    saker_eval_free(p.eval);
    saker_ruleset_unref(p.wants);
    return status;
}
