/* SPDX-License-Identifier: Apache-2.0 */
/* saker record: events of the running kernel into a capture file, with the state at the start. */
#include "livesrc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPT_ALL = OPT_OWN, OPT_PID };
enum { FLUSH_MS = 1000 };

static const struct option long_options[] = {
    RULE_OPTIONS,
    LIVE_OPTIONS,
    { "output", required_argument, NULL, 'o' },
    { "all", no_argument, NULL, OPT_ALL },
    { "pid", required_argument, NULL, OPT_PID },
    { "count", required_argument, NULL, 'c' },
    { "verbose", no_argument, NULL, 'v' },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const char help_text[] =
    "usage: saker record -o FILE [OPTION]... [CONDITION]\n\n"
    "Records events of the running kernel until SIGINT or SIGTERM: a capture (.scap) that `saker replay` and other "
    "tools\n"
    "read. It begins with the state (processes, descriptors, users, containers), and can be read even if the "
    "recording\n"
    "is killed.\n\n"
    "  -o, --output FILE      the file (gzip if the name ends in .gz; - is standard output)\n"
    "      --pid PID          only this process, its descendants, now and later, and nothing of the rest of the "
    "machine\n"
    "  -c, --count N          stop after N events\n\n"
    "What is recorded: with a condition, events that it matches; with rules, all events of the kinds that they look\n"
    "at; with both, of these what the condition matches; and always what the state needs. With neither, every event\n"
    "but reads and writes.\n" RULE_HELP
    "      --all              every event, reads and writes too; not with rules\n" LIVE_HELP "\n"
    "Other:\n"
    "  -v, --verbose          print warnings about the rules, and notes about this machine\n"
    "  -q, --quiet            nothing said when all is well\n"
    "  -h, --help             this text\n\n"
    "Exit status: 0 ended by a signal or after N events, 1 the rules or the condition are at fault, 2 wrong usage,\n"
    "3 the kernel cannot be watched (`saker doctor` tells why), 4 the file could not be written.\n";

typedef struct record {
    rule_args rules;
    live_args live_args;
    const char *path;
    int64_t pid;
    uint64_t limit, written; /* limit 0: none */
    bool quiet, all;
    saker_ruleset *wants; /* of the rules, or the condition; NULL: everything */
    saker_eval *eval;     /* of the condition; NULL: every event */
    live *live;
    saker_dump *dump;
    int64_t next_flush;
    int failed; /* of the dump or the condition */
    int why;    /* its errno */
} record;

static int take_option(record *r, int option)
{
    int status = rule_args_take(&r->rules, "record", option, optarg);
    if (status < 0)
        status = live_args_take(&r->live_args, "record", option, optarg);
    if (status >= 0)
        return status;
    uint64_t n = 0;
    switch (option) {
    case 'o':
        r->path = optarg;
        return CMD_OK;
    case OPT_ALL:
        r->all = r->live_args.all_events = true;
        return CMD_OK;
    case OPT_PID:
        status = take_number("record", "a process", optarg, INT32_MAX, &n);
        r->pid = (int64_t)n;
        return status;
    case 'c':
        return take_number("record", "a number of events", optarg, UINT64_MAX, &r->limit);
    case 'v':
        r->rules.verbose = r->live_args.verbose = true;
        return CMD_OK;
    case 'q':
        r->quiet = true;
        return CMD_OK;
    default:
        return usage_hint("record");
    }
}

/* ---- Events -------------------------------------------------------------------- */

static int failed(record *r, int status)
{
    r->failed = status;
    r->why = errno;
    return CAPTURE_STOP;
}

static int on_event(void *ctx, const saker_event *event)
{
    record *r = ctx;
    int n = r->eval ? saker_eval_run(r->eval, event) : 1;
    if (n == 0)
        return 0;
    if (n > 0) {
        errno = 0;
        n = saker_dump_event(r->dump, event);
    }
    if (n < 0)
        return failed(r, n);
    r->written += n == 0;
    return n == 0 && r->written == r->limit ? CAPTURE_STOP : 0;
}

/* What has come is in the file soon, should we be killed. */
static int between(void *ctx)
{
    record *r = ctx;
    const int64_t now = now_ms();
    if (now < r->next_flush)
        return 0;
    r->next_flush = now + FLUSH_MS;
    errno = 0;
    const int n = saker_dump_flush(r->dump);
    return n < 0 ? failed(r, n) : 0;
}

/* ---- The run --------------------------------------------------------------------- */

static int set_condition(record *r, char **words, int count)
{
    saker_ruleset *set = NULL;
    if (count == 0)
        return CMD_OK;
    const int status = condition_join(words, count, false, &set);
    if (status != CMD_OK)
        return status;
    r->eval = saker_eval_new(set);
    if (r->wants || r->live_args.all_events) {
        saker_ruleset_unref(set);
    } else {
        r->wants = set; /* it says what it wants: reads and writes, too */
        r->live_args.all_events = true;
    }
    return r->eval ? CMD_OK : no_memory();
}

static int set_wants(record *r, char **words, int count)
{
    int status = CMD_OK;
    if (r->rules.file_count)
        status = rules_build(&r->rules, &r->wants);
    if (status == CMD_OK && r->wants)
        live_warn_io(&r->live_args, r->wants);
    return status == CMD_OK ? set_condition(r, words, count) : status;
}

static int say_dump(const record *r, int status, int why)
{
    say("%s: %s", r->path, status == SAKER_EIO && why ? strerror(why) : saker_strerror(status));
    return CMD_OUTPUT;
}

static int open_dump(record *r)
{
    const size_t len = strlen(r->path);
    const bool gzip = len > 3 && strcmp(r->path + len - 3, ".gz") == 0;
    errno = 0;
    r->dump = saker_dump_open(live_capture(r->live), r->path, gzip);
    if (!r->dump)
        return say_dump(r, errno ? SAKER_EIO : SAKER_ENOMEM, errno);
    const int status = r->pid ? saker_dump_only_tree(r->dump, r->pid) : 0;
    return status < 0 ? say_dump(r, status, 0) : CMD_OK;
}

static int close_dump(record *r, int status)
{
    if (!r->dump)
        return status;
    errno = 0;
    const int n = saker_dump_close(r->dump);
    if (n < 0 && !r->failed) {
        r->failed = n;
        r->why = errno;
    }
    if (r->failed)
        return say_dump(r, r->failed, r->why);
    if (!r->quiet && status == CMD_OK)
        say("%s: %llu event%s", r->path, (unsigned long long)r->written, r->written == 1 ? "" : "s");
    return status;
}

static int run(record *r)
{
    const live_hooks hooks = { on_event, between, r, false };
    char path[300];
    const int n = snprintf(path, sizeof(path), "%s/proc/%lld", live_host_root(&r->live_args), (long long)r->pid);
    if (r->pid && n < (int)sizeof(path) && access(path, F_OK) != 0 && errno == ENOENT)
        return usage_error("record", "there is no process %lld", (long long)r->pid);
    int status = live_open(&r->live, &r->live_args, r->wants, &hooks);
    if (status != CMD_OK)
        return status;
    status = open_dump(r);
    if (status == CMD_OK)
        status = live_start(r->live);
    if (status == CMD_OK) {
        if (!r->quiet)
            say("recording to %s", r->path);
        status = live_run(r->live);
    }
    status = close_dump(r, status);
    if (!r->quiet && status == CMD_OK)
        live_summary(r->live);
    live_close(r->live);
    return status;
}

static int check_usage(const record *r)
{
    if (!r->path)
        return usage_error("record", "no file named: -o FILE");
    if (r->rules.file_count && r->all)
        return usage_error("record", "-r and --all: what rules need, or everything?");
    return CMD_OK;
}

int verb_record(int argc, char **argv)
{
    record r = { .path = NULL };
    int option, status = rule_args_init(&r.rules, argc);
    while (status == CMD_OK && (option = getopt_long(argc, argv, "r:o:c:Avqh", long_options, NULL)) != -1) {
        if (option == 'h') {
            put_cstr(help_text);
            rule_args_free(&r.rules);
            return CMD_OK;
        }
        status = take_option(&r, option);
    }
    if (status == CMD_OK)
        status = check_usage(&r);
    if (status == CMD_OK)
        status = set_wants(&r, argv + optind, argc - optind);
    if (status == CMD_OK)
        status = run(&r);
    saker_eval_free(r.eval);
    saker_ruleset_unref(r.wants);
    rule_args_free(&r.rules);
    return status;
}
