/* SPDX-License-Identifier: Apache-2.0 */
/* The text of the counters, in Prometheus' format 0.0.4. Families are whole: what belongs to one name stands together.
 */
#include "metrics.h"
#include "output_worker.h"
#include "sha256.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#if CMD_HAVE_LIVE
#include <saker/live.h>
#endif

typedef unsigned long long ull;

static void family(FILE *f, const char *name, const char *type, const char *help)
{
    fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(FILE *f, const char *name, const char *type, const char *help, uint64_t value)
{
    family(f, name, type, help);
    fprintf(f, "%s %llu\n", name, (ull)value);
}

/* The value of a label, in quotes. */
static void put_label(FILE *f, const char *text)
{
    putc('"', f);
    for (; *text; text++) {
        if (*text == '\n')
            fputs("\\n", f);
        else if (*text == '"' || *text == '\\')
            fprintf(f, "\\%c", *text);
        else
            putc(*text, f);
    }
    putc('"', f);
}

static void info(FILE *f, const char *name, const char *help, const char *label, const char *value)
{
    family(f, name, "gauge", help);
    fprintf(f, "%s{%s=", name, label);
    put_label(f, value);
    fputs("} 1\n", f);
}

/* ---- The program and the machine ------------------------------------------ */

static bool digest(const char *path, char digits[65])
{
    char buffer[16384];
    FILE *f = fopen(path, "re");
    sha256 s;
    size_t n;
    if (!f)
        return false;
    sha256_begin(&s);
    while ((n = fread(buffer, 1, sizeof(buffer), f)) > 0)
        sha256_add(&s, buffer, n);
    const bool good = !ferror(f);
    fclose(f);
    sha256_end(&s, digits);
    return good;
}

void metrics_file_row(FILE *out, char *const *so_far, const char *name, const char *path)
{
    const char *slash = strrchr(path, '/');
    char digits[65], *row = NULL;
    size_t len = 0;
    FILE *f = digest(path, digits) ? open_memstream(&row, &len) : NULL;
    if (!f)
        return;
    fprintf(f, "%s{file_name=", name);
    put_label(f, slash ? slash + 1 : path);
    fprintf(f, ",sha256=\"%s\"} 1\n", digits);
    if (fclose(f) == 0 && fflush(out) == 0 && !strstr(*so_far, row))
        fputs(row, out);
    free(row);
}

static uint64_t clock_ns(clockid_t id)
{
    struct timespec t;
    return clock_gettime(id, &t) == 0 ? (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec : 0;
}

static void about(FILE *f, const metrics_text *t)
{
    struct utsname u;
    info(f, "falcosecurity_falco_version_info", "Version of the program", "version", saker_version());
    fputs(t->files, f);
    family(f, "falcosecurity_scap_engine_name_info", "gauge", "Where events come from");
    fprintf(f, "falcosecurity_scap_engine_name_info{engine_name=\"%s\",evt_source=\"syscall\"} 1\n",
            t->facts->live ? "modern_bpf" : "savefile");
    if (uname(&u) == 0) {
        info(f, "falcosecurity_falco_kernel_release_info", "Kernel that is running", "kernel_release", u.release);
        info(f, "falcosecurity_evt_hostname_info", "Name of this machine", "hostname", u.nodename);
    }
    one(f, "falcosecurity_falco_start_timestamp_nanoseconds", "gauge", "When the program started", t->started);
    one(f, "falcosecurity_falco_reload_timestamp_nanoseconds", "gauge", "When rules were read last", t->reloaded);
    one(f, "falcosecurity_falco_duration_seconds_total", "counter", "Seconds since the start",
        (monotonic_ns() - t->started_at) / 1000000000u);
    one(f, "falcosecurity_falco_host_boot_timestamp_nanoseconds", "gauge", "When this machine started",
        clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME));
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    one(f, "falcosecurity_falco_host_num_cpus_total", "gauge", "Processors", cpus > 0 ? (uint64_t)cpus : 0);
}

static void resources(FILE *f, const metrics_text *t)
{
    struct rusage u;
    const uint64_t lived = monotonic_ns() - t->started_at;
    if (getrusage(RUSAGE_SELF, &u) == 0 && lived) {
        const double used =
            (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
        family(f, "falcosecurity_falco_cpu_usage_ratio", "gauge", "Processors in use, over all the time");
        fprintf(f, "falcosecurity_falco_cpu_usage_ratio %.6f\n", used / ((double)lived / 1e9));
    }
    ull size = 0, resident = 0;
    FILE *m = fopen("/proc/self/statm", "re");
    const bool read = m && fscanf(m, "%llu %llu", &size, &resident) == 2;
    if (m)
        fclose(m);
    if (!read)
        return;
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    one(f, "falcosecurity_falco_memory_rss_bytes", "gauge", "Memory that is resident", resident * page);
    one(f, "falcosecurity_falco_memory_vsz_bytes", "gauge", "Memory that is mapped", size * page);
}

/* ---- Rules ---------------------------------------------------------------- */

/* Names of labels are letters, digits and '_'. */
static void put_tag(FILE *f, const char *tag)
{
    fputs(",tag_", f);
    for (; *tag; tag++)
        putc(isalnum((unsigned char)*tag) ? *tag : '_', f);
    fputs("=\"true\"", f);
}

static uint64_t past_count(const tally *past, const char *name)
{
    for (size_t i = 0; past && i < past->count; i++)
        if (strcmp(past->rows[i].name, name) == 0)
            return past->rows[i].count;
    return 0;
}

/* Two tags that look the same as labels count once. */
static bool tag_again(const saker_rule *rule, size_t tag)
{
    for (size_t k = 0; k < tag; k++) {
        const char *a = rule->tags[k], *b = rule->tags[tag];
        while (*a && (*a == *b || (!isalnum((unsigned char)*a) && !isalnum((unsigned char)*b) && *b))) {
            a++;
            b++;
        }
        if (!*a && !*b)
            return true;
    }
    return false;
}

/* Like the reference, rules that have not matched are left out. */
static void rule_rows(FILE *f, const metrics_facts *facts)
{
    static const char name[] = "falcosecurity_falco_rules_matches_total";
    family(f, name, "counter", "Alerts of a rule");
    for (size_t i = 0; facts->rules && i < saker_ruleset_count(facts->rules); i++) {
        const saker_rule *rule = saker_ruleset_rule(facts->rules, i);
        const uint64_t now = facts->counts ? facts->counts[i] : 0;
        const uint64_t count = now + past_count(facts->past, rule->name);
        if (!count)
            continue;
        fprintf(f, "%s{priority=\"%d\",rule_name=", name, (int)rule->priority - SAKER_PRI_EMERGENCY);
        put_label(f, rule->name);
        fputs(",source=", f);
        put_label(f, rule->source ? rule->source : "syscall");
        for (size_t k = 0; k < rule->tag_count; k++)
            if (!tag_again(rule, k))
                put_tag(f, rule->tags[k]);
        fprintf(f, "} %llu\n", (ull)count);
    }
}

/* ---- Events --------------------------------------------------------------- */

#if CMD_HAVE_LIVE

/* The reference tells losses by these groups. */
static const struct {
    const char *name, *types;
} groups[] = {
    { "clone_fork", " clone clone3 fork vfork " },
    { "execve", " execve execveat " },
    { "connect", " connect " },
    { "open", " open openat openat2 open_by_handle_at creat " },
    { "dir_file", " mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat chdir "
                  "fchdir chmod fchmod fchmodat " },
    { "close", " close " },
    { "proc", " procexit exit exit_group " },
    { "other_interest", "" },
};

enum { GROUPS = sizeof(groups) / sizeof(groups[0]) };

static void count_loss(void *ctx, const char *type, uint64_t lost)
{
    uint64_t *counts = ctx;
    char padded[64];
    snprintf(padded, sizeof(padded), " %s ", type);
    size_t i = 0;
    while (i < GROUPS - 1 && !strstr(groups[i].types, padded))
        i++;
    counts[i] += lost;
}

static void losses_by_type(FILE *f, const saker_capture *c)
{
    static const char name[] = "falcosecurity_scap_n_drops_buffer_total";
    uint64_t counts[GROUPS] = { 0 };
    saker_live_each_loss(c, count_loss, counts);
    family(f, name, "counter", "Events that were lost, by what they are about");
    for (size_t i = 0; i < GROUPS; i++)
        fprintf(f, "%s{dir=\"exit\",drop=\"%s\"} %llu\n", name, groups[i].name, (ull)counts[i]);
}

static uint64_t lost(const saker_live_stats *s)
{
    return s->full + s->too_big + s->nested + s->unmapped;
}

static void per_cpu(FILE *f, const saker_capture *c, uint32_t cpus)
{
    static const char *const names[] = { "falcosecurity_scap_n_evts_cpu_total",
                                         "falcosecurity_scap_n_drops_cpu_total" };
    static const char *const help[] = { "Events of a processor", "Events of a processor that were lost" };
    for (int which = 0; which < 2; which++) {
        family(f, names[which], "counter", help[which]);
        for (uint32_t cpu = 0; cpu < cpus; cpu++) {
            saker_live_stats s = { .size = sizeof(s) };
            if (saker_live_get_stats(c, (int)cpu, &s) == 0)
                fprintf(f, "%s{cpu=\"%lu\"} %llu\n", names[which], (unsigned long)cpu,
                        (ull)(which ? lost(&s) : s.attempts));
        }
    }
}

static void live_rows(FILE *f, const metrics_text *t, uint64_t *events, uint64_t *dropped)
{
    saker_live_stats s = { .size = sizeof(s) };
    if (saker_live_get_stats(t->facts->capture, -1, &s) != 0)
        return;
    *events = s.attempts;
    *dropped = lost(&s);
    losses_by_type(f, t->facts->capture);
    one(f, "falcosecurity_scap_n_drops_scratch_map_total", "counter", "Events that were lost because of their size",
        s.too_big);
    if (t->c->metrics_cpus)
        per_cpu(f, t->facts->capture, s.cpus);
}

#else

static void live_rows(FILE *f, const metrics_text *t, uint64_t *events, uint64_t *dropped)
{
    (void)f;
    (void)t;
    (void)events;
    (void)dropped;
}

#endif

static void event_rows(FILE *f, const metrics_text *t, const saker_capture_stats *stats)
{
    uint64_t events = stats->events, dropped = stats->dropped;
    if (t->facts->live && t->facts->capture)
        live_rows(f, t, &events, &dropped);
    one(f, "falcosecurity_scap_n_evts_total", "counter", "Events that happened", events);
    one(f, "falcosecurity_scap_n_drops_total", "counter", "Events that were lost", dropped);
    one(f, "saker_events_invalid_total", "counter", "Events or blocks that could not be decoded", stats->invalid);
}

static void state_rows(FILE *f, const saker_capture_stats *stats)
{
    one(f, "falcosecurity_scap_n_threads_total", "gauge", "Threads that are known", stats->threads);
    one(f, "falcosecurity_scap_n_fds_total", "gauge", "Descriptors that are known", stats->fds);
    one(f, "falcosecurity_scap_n_drops_full_threadtable_total", "counter",
        "Threads and descriptors that were forgotten because of limits", stats->evicted);
    one(f, "saker_ancestors_cut_total", "counter", "Times that not all ancestors were looked at", stats->cut);
    one(f, "saker_state_memory_bytes", "gauge", "Memory of the state", stats->memory);
}

/* ---- Outputs -------------------------------------------------------------- */

static void output_rows(FILE *f, const outputs *set)
{
    static const char alerts[] = "saker_output_alerts_total", queue[] = "saker_output_queue_length";
    static const char retries[] = "saker_output_retries_total";
    output_stats s;
    uint64_t dropped = 0;
    const size_t count = set ? outputs_count(set) : 0;
    family(f, alerts, "counter", "Alerts by output: sent, given up by it, or dropped because its queue was full");
    for (size_t i = 0; i < count; i++) {
        outputs_stats(set, i, &s);
        dropped += s.dropped;
        const uint64_t values[] = { s.sent, s.failed, s.dropped };
        static const char *const results[] = { "sent", "failed", "dropped" };
        for (size_t k = 0; k < 3; k++)
            fprintf(f, "%s{output=\"%s\",result=\"%s\"} %llu\n", alerts, s.name, results[k], (ull)values[k]);
    }
    family(f, retries, "counter", "Tries of an output after the first that an alert needed");
    for (size_t i = 0; i < count; i++) {
        outputs_stats(set, i, &s);
        fprintf(f, "%s{output=\"%s\"} %llu\n", retries, s.name, (ull)s.retries);
    }
    family(f, queue, "gauge", "Alerts that wait for an output");
    for (size_t i = 0; i < count; i++) {
        outputs_stats(set, i, &s);
        fprintf(f, "%s{output=\"%s\"} %zu\n", queue, s.name, s.queued);
    }
    one(f, "falcosecurity_falco_outputs_queue_num_drops_total", "counter", "Alerts dropped because a queue was full",
        dropped);
}

static void add(saker_capture_stats *sum, const saker_capture_stats *more)
{
    sum->events += more->events;
    sum->dropped += more->dropped;
    sum->invalid += more->invalid;
    sum->evicted += more->evicted;
    sum->cut += more->cut;
    sum->threads = more->threads;
    sum->fds = more->fds;
    sum->memory = more->memory;
}

void metrics_capture_ends(metrics_facts *facts, const saker_capture_stats *stats)
{
    add(&facts->before, stats);
    facts->capture = NULL;
}

char *metrics_write(const metrics_text *t, size_t *len)
{
    saker_capture_stats stats = t->facts->before, now = { .size = sizeof(now) };
    char *text = NULL;
    FILE *f = open_memstream(&text, len);
    if (!f)
        return NULL;
    if (t->facts->capture && saker_capture_get_stats(t->facts->capture, &now) == 0)
        add(&stats, &now);
    about(f, t);
    if (t->c->metrics_rules)
        rule_rows(f, t->facts);
    output_rows(f, t->facts->outputs);
    if (t->c->metrics_kernel)
        event_rows(f, t, &stats);
    if (t->c->metrics_state)
        state_rows(f, &stats);
    if (t->c->metrics_resources)
        resources(f, t);
    const bool failed = ferror(f) != 0;
    if (fclose(f) == 0 && !failed)
        return text;
    free(text);
    return NULL;
}
