/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that serves the counters, and the text that the loop over events hands to it. */
#define _GNU_SOURCE /* pipe2 */
#include "metrics.h"
#include "output_worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_EVERY_MS = 1000, FILE_EVERY_MS = 5000, ROUND_MS = 500 };

struct metrics {
    metrics_text text;
    char *files;
    uint64_t made_at;
    server *server;
    const char *file;
    char *file_new; /* written first, then renamed to `file` */
    pthread_t thread;
    atomic_bool ending;
    int wake[2];
    pthread_mutex_t lock; /* of what follows */
    char *latest;
    size_t len;
    int file_error;
    bool file_said;
};

/* ---- The thread ----------------------------------------------------------- */

/* A copy, so that nothing waits for a client while the lock is held. */
static char *latest(metrics *m, size_t *len)
{
    pthread_mutex_lock(&m->lock);
    char *copy = m->latest ? malloc(m->len + 1) : NULL;
    if (copy)
        memcpy(copy, m->latest, m->len + 1);
    *len = m->len;
    pthread_mutex_unlock(&m->lock);
    return copy;
}

/* A file that was not there: its folder may be somebody else's, who puts a link to another file in its place. */
static FILE *new_file(const char *path)
{
    unlink(path);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!f && fd >= 0)
        close(fd);
    return f;
}

/* Readers see the old file or the new one, whole. 0 or an errno. */
static int replace_file(const char *temporary, const char *path, const char *text, size_t len)
{
    FILE *f = new_file(temporary);
    if (!f)
        return errno;
    errno = EIO;
    bool good = fwrite(text, 1, len, f) == len;
    good = fclose(f) == 0 && good;
    if (good && rename(temporary, path) == 0)
        return 0;
    const int why = errno;
    unlink(temporary);
    return why;
}

static void write_file(metrics *m)
{
    size_t len = 0;
    char *text = m->file ? latest(m, &len) : NULL;
    if (!text)
        return;
    const int error = replace_file(m->file_new, m->file, text, len);
    free(text);
    pthread_mutex_lock(&m->lock);
    m->file_error = error;
    pthread_mutex_unlock(&m->lock);
}

static void *run(void *ctx)
{
    metrics *m = ctx;
    uint64_t next_file = 0;
    while (!atomic_load(&m->ending)) {
        size_t len = 0;
        char *text = m->server && m->text.c->web_metrics && m->text.c->metrics_on ? latest(m, &len) : NULL;
        server_round(m->server, m->wake[0], ROUND_MS, text, len);
        free(text);
        if (monotonic_ns() >= next_file) {
            write_file(m);
            next_file = monotonic_ns() + FILE_EVERY_MS * 1000000ull;
        }
    }
    return NULL;
}

/* ---- Opening and closing -------------------------------------------------- */

static void free_metrics(metrics *m)
{
    server_close(m->server);
    for (int i = 0; i < 2; i++)
        if (m->wake[i] >= 0)
            close(m->wake[i]);
    pthread_mutex_destroy(&m->lock);
    free(m->latest);
    free(m->files);
    free(m->file_new);
    free(m);
}

static int open_server(metrics *m, const config *c)
{
    uint32_t port = c->web_port;
    m->server = server_open(c->web_address, &port, c->web_healthz);
    if (!m->server)
        return CMD_OUTPUT;
    if (c->web_port == 0)
        say("webserver: listening at %s port %lu", c->web_address, (unsigned long)port);
    return CMD_OK;
}

static int open_file(metrics *m, const char *path)
{
    const size_t len = strlen(path) + 32;
    m->file = path;
    m->file_new = malloc(len);
    if (!m->file_new)
        return no_memory();
    /* Does not end in ".prom", which the exporter would read. */
    snprintf(m->file_new, len, "%s.%ld.new", path, (long)getpid());
    const int e = replace_file(m->file_new, path, "", 0);
    if (!e)
        return CMD_OK;
    say("metrics.textfile: %s: %s", path, strerror(e));
    return CMD_OUTPUT;
}

static int start(metrics *m)
{
    sigset_t all, before;
    if (pipe2(m->wake, O_CLOEXEC | O_NONBLOCK) != 0)
        return no_memory();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool running = pthread_create(&m->thread, NULL, run, m) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return running ? CMD_OK : no_memory();
}

int metrics_open(metrics **out, const config *c, bool always)
{
    const bool file = c->metrics_on && *c->metrics_file;
    const bool web = c->web_on && (always || (c->web_metrics && c->metrics_on));
    if (!file && !web)
        return CMD_OK;
    metrics *m = calloc(1, sizeof(*m));
    if (!m)
        return no_memory();
    m->wake[0] = m->wake[1] = -1;
    pthread_mutex_init(&m->lock, NULL);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    m->text = (metrics_text){ .c = c, .started_at = monotonic_ns(), .files = "" };
    m->text.started = m->text.reloaded = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    int status = web ? open_server(m, c) : CMD_OK;
    if (status == CMD_OK && file)
        status = open_file(m, c->metrics_file);
    if (status == CMD_OK)
        status = start(m);
    if (status == CMD_OK)
        *out = m;
    else
        free_metrics(m);
    return status;
}

int metrics_close(metrics *m, const metrics_facts *facts, int status)
{
    if (!m)
        return status;
    m->made_at = 0;
    metrics_update(m, facts);
    atomic_store(&m->ending, true);
    const ssize_t woken = write(m->wake[1], "", 1); /* if not, the round ends by itself */
    (void)woken;
    pthread_join(m->thread, NULL);
    write_file(m);
    if (m->file_error)
        say("metrics.textfile: %s: %s", m->file, strerror(m->file_error));
    if (m->file_error && status == CMD_OK)
        status = CMD_OUTPUT;
    free_metrics(m);
    return status;
}

/* ---- What there is to tell ------------------------------------------------ */

static const char rules_family[] = "falcosecurity_falco_sha256_rules_files_info";
static const char config_family[] = "falcosecurity_falco_sha256_config_files_info";

static void folder_rows(FILE *f, char *const *so_far, const char *path)
{
    struct dirent **found = NULL;
    const int n = scandir(path, &found, config_is_yaml, alphasort);
    for (int i = 0; i < n; i++) {
        char whole[4096];
        const int len = snprintf(whole, sizeof(whole), "%s/%s", path, found[i]->d_name);
        if (len > 0 && (size_t)len < sizeof(whole))
            metrics_file_row(f, so_far, rules_family, whole);
        free(found[i]);
    }
    free(found);
}

static void files_rows(FILE *f, char *const *so_far, const config *c, const rule_args *a)
{
    fprintf(f, "# HELP %s Rule files that were read\n# TYPE %s gauge\n", rules_family, rules_family);
    for (size_t i = 0; i < a->file_count; i++) {
        struct stat s;
        if (stat(a->files[i], &s) == 0 && S_ISDIR(s.st_mode))
            folder_rows(f, so_far, a->files[i]);
        else
            metrics_file_row(f, so_far, rules_family, a->files[i]);
    }
    fprintf(f, "# HELP %s Configuration files that were read\n# TYPE %s gauge\n", config_family, config_family);
    for (size_t i = 0; i < c->file_count; i++)
        metrics_file_row(f, so_far, config_family, c->files[i]);
}

void metrics_rules(metrics *m, const rule_args *a)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = m ? open_memstream(&text, &len) : NULL;
    if (!f)
        return;
    files_rows(f, &text, m->text.c, a);
    if (fclose(f) == 0) {
        free(m->files);
        m->text.files = m->files = text;
    } else {
        free(text);
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    m->text.reloaded = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void say_fault(metrics *m)
{
    pthread_mutex_lock(&m->lock);
    const int error = m->file_said ? 0 : m->file_error;
    m->file_said |= error != 0;
    pthread_mutex_unlock(&m->lock);
    if (error)
        say("metrics.textfile: %s: %s", m->file, strerror(error));
}

void metrics_update(metrics *m, const metrics_facts *facts)
{
    size_t len = 0;
    if (!m || !m->text.c->metrics_on)
        return;
    const uint64_t now = monotonic_ns();
    if (m->made_at && now - m->made_at < TEXT_EVERY_MS * 1000000ull)
        return;
    m->made_at = now;
    m->text.facts = facts;
    char *text = metrics_write(&m->text, &len);
    if (!text)
        return;
    pthread_mutex_lock(&m->lock);
    free(m->latest);
    m->latest = text;
    m->len = len;
    pthread_mutex_unlock(&m->lock);
    say_fault(m);
}
