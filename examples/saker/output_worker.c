/* SPDX-License-Identifier: Apache-2.0 */
/* One thread per output. The queue is bounded by lines and by bytes: an output that stands still costs a fixed amount
 * of memory and nothing else. */
#include "output_worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    QUEUE_BYTES = 16 << 20,
    PAUSE_FIRST_MS = 100, /* between tries, doubled each time */
    PAUSE_LAST_MS = 30000,
    REPORT_EVERY_S = 10,
    PARTING_MS = 2000 /* for the last try to notice that it must end */
};

typedef struct slot {
    char *text;
    alert_line line;
} slot;

struct worker {
    output *o;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t more, room, end; /* a line came, or the end; one went; the thread is done */
    slot *ring;
    size_t capacity, first, count, bytes;
    bool wait;              /* for room, instead of dropping           */
    bool closing, finished; /* no more lines come; the thread has ended */
    atomic_bool ending;     /* give up what is under way                */
    atomic_uint reopen_asked;
    unsigned reopen_done;
    output_stats stats;
    char fault[256];
    uint64_t faults, said_dropped, said_failed, said_at;
};

uint64_t monotonic_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static struct timespec as_timespec(uint64_t ns)
{
    return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u) };
}

void output_fault(output *o, const char *format, ...)
{
    worker *w = o->worker;
    va_list args;
    va_start(args, format);
    pthread_mutex_lock(&w->lock);
    vsnprintf(w->fault, sizeof(w->fault), format, args);
    w->faults++;
    pthread_mutex_unlock(&w->lock);
    va_end(args);
}

bool output_ending(const output *o)
{
    return !o->worker || atomic_load(&o->worker->ending);
}

/* ---- The thread ----------------------------------------------------------- */

/* Holds the lock. Until `ms` have passed or the output is to end. */
static void pause_ms(worker *w, uint64_t ms)
{
    const struct timespec until = as_timespec(monotonic_ns() + ms * 1000000u);
    while (!atomic_load(&w->ending))
        if (pthread_cond_timedwait(&w->more, &w->lock, &until) != 0)
            return;
}

/* Holds the lock but while the output works. True if the line was written. */
static bool deliver(worker *w, const alert_line *line)
{
    for (uint64_t pause = PAUSE_FIRST_MS;; pause = pause * 2 < PAUSE_LAST_MS ? pause * 2 : PAUSE_LAST_MS) {
        const unsigned asked = atomic_load(&w->reopen_asked);
        pthread_mutex_unlock(&w->lock);
        if (asked != w->reopen_done && w->o->ops->reopen)
            w->o->ops->reopen(w->o);
        w->reopen_done = asked;
        const int r = w->o->ops->emit(w->o, line);
        pthread_mutex_lock(&w->lock);
        if (r != OUTPUT_RETRY)
            return r == 0;
        if (atomic_load(&w->ending))
            return false;
        w->stats.retries++;
        pause_ms(w, pause);
    }
}

static void next_line(worker *w)
{
    slot *s = &w->ring[w->first];
    const bool sent = deliver(w, &s->line); /* the slot stays where it is: only this thread takes any away */
    w->stats.sent += sent;
    w->stats.failed += !sent;
    free(s->text);
    w->bytes -= s->line.len;
    w->first = (w->first + 1) % w->capacity;
    w->count--;
    pthread_cond_signal(&w->room);
}

static void *run(void *ctx)
{
    worker *w = ctx;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (w->count == 0 && !w->closing)
            pthread_cond_wait(&w->more, &w->lock);
        if (w->count == 0 || atomic_load(&w->ending))
            break;
        next_line(w);
    }
    pthread_mutex_unlock(&w->lock);
    w->o->ops->close(w->o);
    pthread_mutex_lock(&w->lock);
    w->finished = true;
    pthread_cond_signal(&w->end);
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* ---- Start and end -------------------------------------------------------- */

static void free_worker(worker *w)
{
    for (; w->count; w->count--, w->first = (w->first + 1) % w->capacity)
        free(w->ring[w->first].text);
    pthread_cond_destroy(&w->more);
    pthread_cond_destroy(&w->room);
    pthread_cond_destroy(&w->end);
    pthread_mutex_destroy(&w->lock);
    free(w->ring);
    free(w);
}

static void init_conditions(worker *w)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->more, &attr);
    pthread_cond_init(&w->room, &attr);
    pthread_cond_init(&w->end, &attr);
    pthread_condattr_destroy(&attr);
}

worker *worker_start(output *o, size_t capacity, bool wait)
{
    worker *w = calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    w->o = o;
    w->wait = wait;
    w->capacity = capacity;
    w->stats = (output_stats){ .name = o->name, .capacity = capacity };
    init_conditions(w);
    w->ring = calloc(capacity, sizeof(*w->ring));
    o->worker = w;
    /* Signals are for the main thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int failed = w->ring ? pthread_create(&w->thread, NULL, run, w) : -1;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed)
        return w;
    o->worker = NULL;
    free_worker(w);
    return NULL;
}

void worker_drain(worker *w, uint64_t deadline)
{
    const struct timespec until = as_timespec(deadline);
    pthread_mutex_lock(&w->lock);
    while (w->count && pthread_cond_timedwait(&w->room, &w->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&w->lock);
}

uint64_t worker_stop(worker *w, uint64_t deadline)
{
    const struct timespec until = as_timespec(deadline);
    pthread_mutex_lock(&w->lock);
    w->closing = true;
    pthread_cond_signal(&w->more);
    while (!w->finished && pthread_cond_timedwait(&w->end, &w->lock, &until) == 0)
        ;
    if (!w->finished) {
        const struct timespec parting = as_timespec(monotonic_ns() + PARTING_MS * 1000000ull);
        atomic_store(&w->ending, true);
        pthread_cond_signal(&w->more);
        while (!w->finished && pthread_cond_timedwait(&w->end, &w->lock, &parting) == 0)
            ;
    }
    const bool finished = w->finished;
    w->stats.dropped += w->count;
    const uint64_t lost = w->stats.dropped + w->stats.failed;
    pthread_mutex_unlock(&w->lock);
    worker_report(w);
    if (finished) {
        pthread_join(w->thread, NULL);
        free_worker(w);
    } else { /* in a call that does not end (a dead file server): it ends with the process */
        pthread_detach(w->thread);
    }
    return lost;
}

/* ---- The queue ------------------------------------------------------------ */

/* Holds the lock. */
static bool fits(const worker *w, size_t len)
{
    return w->count == 0 || (w->count < w->capacity && len <= QUEUE_BYTES && w->bytes <= QUEUE_BYTES - len);
}

bool worker_put(worker *w, const alert_line *line)
{
    pthread_mutex_lock(&w->lock);
    while (w->wait && !fits(w, line->len))
        pthread_cond_wait(&w->room, &w->lock);
    bool done = true;
    if (!fits(w, line->len)) {
        w->stats.dropped++;
    } else {
        slot *s = &w->ring[(w->first + w->count) % w->capacity];
        s->text = malloc(line->len + 1);
        done = s->text != NULL;
        if (done) {
            memcpy(s->text, line->text, line->len);
            s->text[line->len] = '\0';
            s->line = *line;
            s->line.text = s->text;
            w->bytes += line->len;
            w->count++;
            pthread_cond_signal(&w->more);
        }
    }
    pthread_mutex_unlock(&w->lock);
    return done;
}

void worker_reopen(worker *w)
{
    atomic_fetch_add(&w->reopen_asked, 1);
}

void worker_stats(worker *w, output_stats *stats)
{
    pthread_mutex_lock(&w->lock);
    *stats = w->stats;
    stats->queued = w->count;
    pthread_mutex_unlock(&w->lock);
}

/* ---- What is said about it ------------------------------------------------ */

void worker_report(worker *w)
{
    char fault[sizeof(w->fault)];
    const uint64_t now = monotonic_ns();
    pthread_mutex_lock(&w->lock);
    const bool due = w->said_at == 0 || now - w->said_at >= REPORT_EVERY_S * 1000000000ull || w->closing;
    const uint64_t faults = due ? w->faults : 0;
    const uint64_t dropped = due ? w->stats.dropped - w->said_dropped : 0;
    const uint64_t failed = due ? w->stats.failed - w->said_failed : 0;
    memcpy(fault, w->fault, sizeof(fault));
    w->said_dropped += dropped;
    w->said_failed += failed;
    w->faults -= faults;
    if (faults || dropped || failed)
        w->said_at = now;
    pthread_mutex_unlock(&w->lock);
    if (faults > 1)
        say("%s: %s (and %llu times before)", w->stats.name, fault, (unsigned long long)faults - 1);
    else if (faults)
        say("%s: %s", w->stats.name, fault);
    if (dropped || failed)
        say("%s: %llu alert%s lost", w->stats.name, (unsigned long long)(dropped + failed),
            dropped + failed == 1 ? "" : "s");
}
