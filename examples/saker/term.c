/* SPDX-License-Identifier: Apache-2.0 */
/* Colours and the progress line. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool terminal[2], colours[2]; /* of standard output, standard error */

void term_open(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    const bool plain = (no && no[0]) || (term && strcmp(term, "dumb") == 0);
    for (int i = 0; i < 2; i++) {
        terminal[i] = isatty(i ? STDERR_FILENO : STDOUT_FILENO) == 1;
        colours[i] = terminal[i] && !plain;
    }
}

bool term_is(FILE *stream)
{
    return terminal[stream == stderr];
}

bool term_colours(FILE *stream)
{
    return colours[stream == stderr];
}

const char *term_on(FILE *stream, tone t)
{
    static const char *const codes[] = { "",         "\033[2m",  "\033[1m",  "\033[1;31m",
                                         "\033[33m", "\033[32m", "\033[34m", "\033[36m" };
    return term_colours(stream) ? codes[t] : "";
}

const char *term_off(FILE *stream)
{
    return term_colours(stream) ? "\033[0m" : "";
}

tone term_priority(saker_priority priority)
{
    if (priority <= SAKER_PRI_ERROR)
        return TONE_RED;
    if (priority == SAKER_PRI_WARNING)
        return TONE_YELLOW;
    return priority == SAKER_PRI_NOTICE ? TONE_CYAN : TONE_GREEN;
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

enum { FIRST_MS = 500, EVERY_MS = 100 };

void progress_begin(progress *p, const char *what)
{
    const char *slash = strrchr(what, '/');
    *p = (progress){ .what = slash ? slash + 1 : what, .on = term_is(stderr) };
    p->begun = now_ns();
    p->next = p->begun + FIRST_MS * 1000000u;
}

static void progress_draw(progress *p, const saker_capture_stats *stats, uint64_t now)
{
    const double seconds = (double)(now - p->begun) / 1e9;
    fprintf(stderr, "\r%s: ", p->what);
    if (stats->file_size)
        fprintf(stderr, "%3.0f %%, ", 100.0 * (double)stats->file_offset / (double)stats->file_size);
    fprintf(stderr, "%llu events, %.1f million per second\033[K", (unsigned long long)stats->events,
            (double)stats->events / seconds / 1e6);
    fflush(stderr);
}

void progress_show(progress *p, const saker_capture_stats *stats)
{
    if (!p->on)
        return;
    const uint64_t now = now_ns();
    if (now < p->next)
        return;
    progress_draw(p, stats, now);
    p->shown = true;
    p->next = now + EVERY_MS * 1000000u;
}

void progress_clear(progress *p)
{
    if (!p->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    p->shown = false;
}
