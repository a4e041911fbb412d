/* SPDX-License-Identifier: Apache-2.0 */
/* Captures: opened with the command's defaults, read to the end, and what was wrong with them said. */
#include "cmd.h"

#include <string.h>
#include <time.h>

int32_t utc_offset(void)
{
    const time_t now = time(NULL);
    struct tm here, utc;
    if (now == (time_t)-1 || !localtime_r(&now, &here) || !gmtime_r(&now, &utc))
        return 0;
    int days = here.tm_yday - utc.tm_yday;
    if (here.tm_year != utc.tm_year)
        days = here.tm_year > utc.tm_year ? 1 : -1;
    return ((days * 24 + here.tm_hour - utc.tm_hour) * 60 + here.tm_min - utc.tm_min) * 60 + here.tm_sec - utc.tm_sec;
}

int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

saker_capture *capture_open(const char *path)
{
    saker_capture_options options = SAKER_CAPTURE_OPTIONS_INIT;
    options.utc_offset = utc_offset();
    return saker_capture_open_file(path, &options);
}

static const char *shown_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Losses are no failure of the run, but its results may be incomplete. */
static void say_losses(const char *path, const saker_capture_stats *s)
{
    if (s->dropped)
        say("%s: %llu events were lost while it was recorded", path, (unsigned long long)s->dropped);
    if (s->invalid)
        say("%s: %llu blocks or events could not be decoded", path, (unsigned long long)s->invalid);
    if (s->evicted)
        say("%s: %llu processes or descriptors were forgotten because of limits", path, (unsigned long long)s->evicted);
    if (s->nomem)
        say("%s: %llu processes, descriptors or texts were lost for want of memory", path,
            (unsigned long long)s->nomem);
    if (s->cut)
        say("%s: of %llu lines of ancestors only the nearest 1024 or the first MiB of text counted", path,
            (unsigned long long)s->cut);
}

int capture_each(saker_capture *c, const char *path, progress *p, saker_event_fn *fn, void *ctx)
{
    progress own;
    saker_capture_stats stats = { .size = sizeof(stats) };
    if (!c)
        return no_memory();
    if (!p)
        p = &own;
    path = shown_name(path);
    progress_begin(p, path);
    int n;
    while ((n = saker_capture_poll(c, -1, fn, ctx)) >= 0 && !out_failed()) {
        if (p->on && saker_capture_get_stats(c, &stats) == 0)
            progress_show(p, &stats);
    }
    progress_clear(p);
    if (saker_capture_get_stats(c, &stats) == 0)
        say_losses(path, &stats);
    if (out_failed() || n == SAKER_EEND || n == CAPTURE_STOP)
        return CMD_OK;
    say("%s: %s", path, n == SAKER_ENOMEM ? saker_strerror(n) : saker_capture_error(c));
    return n == SAKER_ENOMEM ? CMD_OUTPUT : CMD_INPUT;
}
