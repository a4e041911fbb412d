/* SPDX-License-Identifier: Apache-2.0 */
/* The live source: options, the check at the start, the loop, signals, losses. */
#define _GNU_SOURCE /* pipe2 */
#include "livefind.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK_MS = 100, /* longest time without a call of the hook */
    SETTLE_MS = 5, /* after a signal: until what happened before it can be read */
    PATIENCE_MS = 1000,
    CHECK_MS = 5000,        /* for the first event to come through */
    LOSS_EVERY_MS = 30000,  /* reports of losses: the first at once, the others not more often */
    LARGEST_BUFFER = 65536, /* MiB */
    MOST_TYPES = 5          /* named in a report of losses */
};

struct live {
    saker_capture *capture;
    live_args args;
    live_hooks hooks;
    const saker_ruleset *wants;  /* what is collected now; borrowed */
    saker_ruleset *most;         /* for "everything" without reads and writes */
    saker_eval *check, *checked; /* events of the check at the start; the one it waits for */
    bool seen;                   /* that one has come */
    bool ended;                  /* the hook has had enough */
    uint64_t told;               /* losses that have been reported */
    int64_t told_at, looked_at;  /* ms */
};

/* ---- Signals --------------------------------------------------------------- */

static volatile sig_atomic_t stop_asked, hangup_asked;

/* The first asks, and what ends a run may take a moment; whoever asks again a while later does not want to wait. (The
 * same signal often comes twice at once: to the process and to its group.) */
static void on_stop(int number)
{
    static int64_t first;
    const int64_t now = now_ms();
    if (!stop_asked)
        first = now;
    else if (now - first > PATIENCE_MS)
        _exit(128 + number);
    stop_asked = 1;
}

static void on_hangup(int number)
{
    (void)number;
    hangup_asked = 1;
}

static void catch_signals(bool hangup)
{
    /* SA_RESTART: a write of alerts goes on; waiting for events does not. */
    struct sigaction stop = { .sa_handler = on_stop, .sa_flags = SA_RESTART };
    struct sigaction again = { .sa_handler = on_hangup, .sa_flags = SA_RESTART };
    sigemptyset(&stop.sa_mask);
    sigemptyset(&again.sa_mask);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGHUP, hangup ? &again : &stop, NULL);
}

bool live_hangup(void)
{
    const bool asked = hangup_asked;
    hangup_asked = 0;
    return asked;
}

/* ---- Options ----------------------------------------------------------------- */

int live_args_take(live_args *a, const char *verb, int option, const char *value)
{
    uint64_t n = 0;
    int status = CMD_OK;
    switch (option) {
    case 'A':
        a->all_events = true;
        return CMD_OK;
    case OPT_BUFFER:
        return take_number(verb, "a number of MiB", value, LARGEST_BUFFER, &a->buffer_mib);
    case OPT_SNAPLEN:
        status = take_number(verb, "a number of bytes up to 65535", value, 65535, &n);
        a->snaplen = (uint32_t)n;
        return status;
    case OPT_HOST_ROOT:
        a->host_root = value;
        return CMD_OK;
    case OPT_COMPAT:
        a->compat = true;
        return CMD_OK;
    case OPT_ENTRIES:
        a->entries = true;
        return CMD_OK;
    default:
        return -1;
    }
}

const char *live_host_root(const live_args *a)
{
    const char *root = a->host_root ? a->host_root : getenv("HOST_ROOT");
    return root && strcmp(root, "/") != 0 ? root : "";
}

static void fill_options(saker_live_options *o, const live_args *a, const saker_ruleset *wants)
{
    const char *root = live_host_root(a);
    *o = (saker_live_options)SAKER_LIVE_OPTIONS_INIT;
    o->capture.utc_offset = utc_offset();
    o->capture.max_threads = a->max_threads;
    o->capture.host_root = *root ? root : NULL;
    o->rules = wants;
    o->buffer_bytes = (size_t)a->buffer_mib << 20;
    o->snaplen = a->snaplen;
    o->flags = SAKER_LIVE_SKIP_SELF | (a->all_events ? SAKER_LIVE_ALL_IO : 0) | (a->compat ? SAKER_LIVE_COMPAT : 0) |
               (a->entries ? SAKER_LIVE_ENTRIES : 0);
}

static bool wants_named(const saker_ruleset *rules, const char *name)
{
    const int kind = saker_syscall_kind(name);
    return kind >= 0 && saker_ruleset_wants(rules, saker_syscall_schema(), (uint32_t)kind);
}

void live_warn_io(const live_args *a, const saker_ruleset *rules)
{
    static const char *const io[] = { "read",   "readv",   "pread", "preadv", "write",   "writev",
                                      "pwrite", "pwritev", "recv",  "send",   "sendfile" };
    char list[256] = "";
    for (size_t i = 0; !a->all_events && i < sizeof(io) / sizeof(io[0]); i++)
        if (wants_named(rules, io[i]))
            snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", list[0] ? ", " : "", io[i]);
    if (list[0])
        say("the rules ask for %s: these are only collected with -A", list);
}

/* ---- Opening ------------------------------------------------------------------- */

/* Everything but reads and writes, and but what goes by thousands and tells nothing alone. */
static int want_most(live *l)
{
    static const char most[] = "not evt.type in (switch, page_fault)";
    char error[256] = "";
    const int r = saker_filter_compile(NULL, saker_syscall_schema(), most, sizeof(most) - 1, NULL, &l->most, error,
                                       sizeof(error));
    if (r == 0) {
        l->wants = l->most;
        return CMD_OK;
    }
    say("%s", error[0] ? error : saker_strerror(r));
    return CMD_OUTPUT;
}

int live_open(live **out, const live_args *a, const saker_ruleset *wants, const live_hooks *hooks)
{
    live *l = calloc(1, sizeof(*l));
    if (!l)
        return no_memory();
    l->args = *a;
    l->hooks = *hooks;
    l->wants = wants;
    int status = wants || a->all_events ? CMD_OK : want_most(l);
    if (status == CMD_OK) {
        saker_live_options o;
        fill_options(&o, a, l->wants);
        l->capture = saker_capture_open_live(&o);
        status = l->capture ? CMD_OK : no_memory();
    }
    if (status == CMD_OK)
        *out = l;
    else
        live_close(l);
    return status;
}

void live_close(live *l)
{
    if (!l)
        return;
    saker_capture_free(l->capture);
    saker_eval_free(l->check);
    saker_eval_free(l->checked);
    saker_ruleset_unref(l->most);
    free(l);
}

bool live_stats(live *l, saker_live_stats *s)
{
    return saker_live_get_stats(l->capture, -1, s) == 0;
}

saker_capture *live_capture(live *l)
{
    return l->capture;
}

/* ---- What is missing on this machine ------------------------------------------- */

static void say_finding(const saker_finding *f)
{
    say("%s%s%s: %s%s%s", term_on(stderr, finding_tone(f->state)), finding_word(f->state), term_off(stderr), f->text,
        f->hint ? "; " : "", f->hint ? f->hint : "");
}

static void tell_finding(void *ctx, const saker_finding *f)
{
    const live *l = ctx;
    /* What is fatal the capture itself will say when it does not start. */
    if (f->state == SAKER_FINDING_DEGRADED || (f->state == SAKER_FINDING_NOTE && l->args.verbose))
        say_finding(f);
}

static void tell_fatal(void *ctx, const saker_finding *f)
{
    bool *any = ctx;
    if (f->state == SAKER_FINDING_FATAL) {
        say_finding(f);
        *any = true;
    }
}

static int source_failed(const live *l, int r)
{
    if (r == SAKER_ENOMEM)
        return no_memory();
    say("the kernel cannot be watched: %s", saker_capture_error(l->capture));
    say("`saker doctor` tells more");
    return CMD_INPUT;
}

int live_examine(const live_args *a, bool trial, saker_finding_fn *fn, void *ctx)
{
    /* As with rules: what the state needs is attached, not everything. */
    static const char least[] = "evt.type = procexit";
    saker_live_options o;
    saker_ruleset *rules = NULL;
    if (!a->all_events &&
        saker_filter_compile(NULL, saker_syscall_schema(), least, sizeof(least) - 1, NULL, &rules, NULL, 0) != 0)
        return SAKER_ENOMEM;
    fill_options(&o, a, rules);
    const int worst = saker_live_doctor(&o, trial, fn, ctx);
    saker_ruleset_unref(rules);
    return worst;
}

/* ---- The check at the start ------------------------------------------------------ */

static saker_eval *thread_filter(const char *more, long tid)
{
    char text[96];
    saker_ruleset *rules = NULL;
    snprintf(text, sizeof(text), "%sthread.tid = %ld", more, tid);
    if (saker_filter_compile(NULL, saker_syscall_schema(), text, strlen(text), NULL, &rules, NULL, 0) != 0)
        return NULL;
    saker_eval *eval = saker_eval_new(rules);
    saker_ruleset_unref(rules);
    return eval;
}

static int on_event(void *ctx, const saker_event *event)
{
    live *l = ctx;
    if (l->ended)
        return CAPTURE_STOP;
    if (l->check && saker_eval_run(l->check, event) > 0) {
        l->seen |= saker_eval_run(l->checked, event) > 0;
        return 0; /* our own: nobody else's business */
    }
    const int r = l->hooks.event(l->hooks.ctx, event);
    l->ended = r == CAPTURE_STOP;
    return r;
}

static int no_event_came(live *l)
{
    bool any = false;
    saker_live_options o;
    fill_options(&o, &l->args, l->wants);
    saker_live_doctor(&o, true, tell_fatal, &any);
    if (!any)
        say("fatal: the probe is attached, but a process of our own brought no event");
    return CMD_INPUT;
}

/* What the child of the check does: tells how the host's /proc numbers it, which is not what fork() returned where we
 * are in a pid namespace. */
static void tell_number(int out, const char *self)
{
    char text[32];
    const ssize_t n = readlink(self, text, sizeof(text));
    _exit(write(out, text, n > 0 ? (size_t)n : 0) < 0);
}

/* A process that ends at once. Returns its number; -1: there is none. */
static long run_child(const live *l)
{
    int ends[2];
    char self[300], text[32];
    snprintf(self, sizeof(self), "%s/proc/self", live_host_root(&l->args));
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0)
        tell_number(ends[1], self);
    close(ends[1]);
    const ssize_t n = pid > 0 ? read(ends[0], text, sizeof(text) - 1) : -1;
    close(ends[0]);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    text[n > 0 ? n : 0] = '\0';
    return n > 0 ? atol(text) : (long)pid;
}

/* The end of a process of our own has to be seen. */
static int check(live *l)
{
    const long pid = run_child(l);
    if (pid < 0) {
        say("fork: %s", strerror(errno));
        return CMD_INPUT;
    }
    l->check = thread_filter("", pid);
    l->checked = thread_filter("evt.type = procexit and ", pid);
    if (!l->check || !l->checked)
        return no_memory();
    int r = 0;
    for (const int64_t end = now_ms() + CHECK_MS; r >= 0 && !l->seen && !stop_asked && now_ms() < end;)
        r = saker_capture_poll(l->capture, TICK_MS, on_event, l);
    saker_eval_free(l->check);
    l->check = NULL;
    if (r == CAPTURE_STOP || stop_asked)
        return CMD_OK;
    if (r < 0)
        return source_failed(l, r);
    return l->seen ? CMD_OK : no_event_came(l);
}

int live_start(live *l)
{
    saker_live_options o;
    fill_options(&o, &l->args, l->wants);
    saker_live_doctor(&o, false, tell_finding, l);
    catch_signals(l->hooks.hangup);
    const int r = saker_capture_poll(l->capture, 0, on_event, l);
    l->looked_at = now_ms();
    if (l->ended)
        return CMD_OK;
    return r < 0 ? source_failed(l, r) : check(l);
}

/* ---- Losses ------------------------------------------------------------------------ */

uint64_t live_lost(const live *l)
{
    saker_capture_stats s = { .size = sizeof(s) };
    return saker_capture_get_stats(l->capture, &s) == 0 ? s.dropped : 0;
}

typedef struct loss {
    const char *type;
    uint64_t lost;
} loss;

typedef struct losses {
    loss most[MOST_TYPES]; /* the greatest first */
    unsigned types;
} losses;

static void note_loss(void *ctx, const char *type, uint64_t lost)
{
    losses *all = ctx;
    unsigned at = all->types++ < MOST_TYPES ? all->types - 1 : MOST_TYPES;
    for (; at > 0 && all->most[at - 1].lost < lost; at--)
        if (at < MOST_TYPES)
            all->most[at] = all->most[at - 1];
    if (at < MOST_TYPES)
        all->most[at] = (loss){ type, lost };
}

static void put_count(const char *what, uint64_t n)
{
    if (n)
        fprintf(stderr, ", %llu %s", (unsigned long long)n, what);
}

/* Why, where and what. */
static void tell_losses(const live *l)
{
    saker_live_stats s = { .size = sizeof(s) }, cpu = { .size = sizeof(cpu) };
    losses all = { .types = 0 };
    if (saker_live_get_stats(l->capture, -1, &s) != 0)
        return;
    fprintf(stderr, "       of %llu that happened", (unsigned long long)s.attempts);
    put_count("because the buffer was full", s.full);
    put_count("larger than 64 KiB", s.too_big);
    put_count("while another was being written", s.nested);
    put_count("on a CPU that came after the start", s.unmapped);
    fputs("\n       by CPU:", stderr);
    for (int i = 0; (uint32_t)i < s.cpus; i++)
        if (saker_live_get_stats(l->capture, i, &cpu) == 0 && cpu.full + cpu.too_big + cpu.nested)
            fprintf(stderr, " %d: %llu", i, (unsigned long long)(cpu.full + cpu.too_big + cpu.nested));
    saker_live_each_loss(l->capture, note_loss, &all);
    fputs("\n       by type:", stderr);
    for (unsigned i = 0; i < all.types && i < MOST_TYPES; i++)
        fprintf(stderr, " %s: %llu", all.most[i].type, (unsigned long long)all.most[i].lost);
    fputs(all.types > MOST_TYPES ? " ...\n" : "\n", stderr);
}

/* Looks a few times a second, tells at once and then not too often. */
static void watch_losses(live *l)
{
    const int64_t now = now_ms();
    if (l->args.silent_losses || now - l->looked_at < TICK_MS || (l->told_at && now - l->told_at < LOSS_EVERY_MS))
        return;
    l->looked_at = now;
    const uint64_t lost = live_lost(l);
    if (lost == l->told)
        return;
    say("%s%llu events were lost%s (%llu since the start)", term_on(stderr, TONE_RED),
        (unsigned long long)(lost - l->told), term_off(stderr), (unsigned long long)lost);
    tell_losses(l);
    l->told = lost;
    l->told_at = now;
}

void live_summary(live *l)
{
    saker_capture_stats s = { .size = sizeof(s) };
    saker_live_stats probe = { .size = sizeof(probe) };
    if (saker_capture_get_stats(l->capture, &s) != 0 || saker_live_get_stats(l->capture, -1, &probe) != 0)
        return;
    if (s.dropped) {
        say("%llu events were lost", (unsigned long long)s.dropped);
        tell_losses(l);
    }
    if (s.invalid)
        say("%llu events could not be decoded", (unsigned long long)s.invalid);
    if (s.evicted)
        say("%llu processes or descriptors were forgotten because of limits", (unsigned long long)s.evicted);
    if (s.cut)
        say("of %llu lines of ancestors only the nearest 1024 or the first MiB of text counted",
            (unsigned long long)s.cut);
    if (s.nomem)
        say("%llu processes, descriptors or texts were lost for want of memory", (unsigned long long)s.nomem);
    if (probe.lookups_refused)
        say("%llu unknown threads, descriptors or users were not looked up: it was too much at a time",
            (unsigned long long)probe.lookups_refused);
}

/* ---- The loop ------------------------------------------------------------------------ */

/* What happened before the signal is still delivered. */
static int drain(live *l)
{
    const struct timespec pause = { 0, SETTLE_MS * 1000000L };
    nanosleep(&pause, NULL);
    return saker_capture_poll(l->capture, 0, on_event, l);
}

int live_run(live *l)
{
    int r = 0, hook = 0;
    while (r >= 0 && hook == 0 && !l->ended && !stop_asked && !out_failed()) {
        r = saker_capture_poll(l->capture, TICK_MS, on_event, l);
        watch_losses(l);
        if (l->hooks.between)
            hook = l->hooks.between(l->hooks.ctx);
    }
    if (stop_asked && !l->ended && r >= 0 && hook == 0)
        r = drain(l);
    return r < 0 && r != CAPTURE_STOP ? source_failed(l, r) : CMD_OK;
}

int live_change(live *l, const saker_ruleset *wants)
{
    const int r = saker_capture_set_rules(l->capture, wants);
    if (r == 0) {
        l->wants = wants;
        return CMD_OK;
    }
    say("what is collected could not be changed: %s", saker_capture_error(l->capture));
    saker_capture_set_rules(l->capture, l->wants);
    return CMD_INPUT;
}
