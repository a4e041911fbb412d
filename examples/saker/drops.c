/* SPDX-License-Identifier: Apache-2.0 */
#include "drops.h"

#include <string.h>
#include <time.h>

enum { ROOM = 1024, NAME_ROOM = 512 };

/* Of the alert and its text: those who receive Falco's alerts look for it by name. */
#define RULE "Falco internal: syscall event drop"

int drops_actions(const cnode *list, unsigned *actions)
{
    static const struct {
        const char *name;
        unsigned bit;
    } known[] = { { "ignore", 0 }, { "log", DROPS_LOG }, { "alert", DROPS_ALERT }, { "exit", DROPS_EXIT } };
    static const char path[] = "syscall_event_drops.actions";
    bool ignore = false;
    *actions = list ? 0 : DROPS_LOG | DROPS_ALERT;
    const bool one = list && list->kind == CNODE_SCALAR;
    if (list && !one && list->kind != CNODE_LIST && list->kind != CNODE_NULL)
        return config_wrong(list, path, "a list");
    for (const cnode *i = !list ? NULL : one ? list : list->first; i; i = one ? NULL : i->next) {
        size_t k = 0;
        while (k < 4 && (i->kind != CNODE_SCALAR || strcmp(i->text, known[k].name) != 0))
            k++;
        if (k == 4)
            return config_wrong(i, path, "'ignore', 'log', 'alert' or 'exit'");
        ignore |= k == 0;
        *actions |= known[k].bit;
    }
    if (ignore && *actions) {
        cnode_say(list, "%s: 'ignore' stands alone", path);
        return CMD_USAGE;
    }
    return CMD_OK;
}

void drops_init(drops *d, const config *c)
{
    *d = (drops){ .threshold = c->drops_threshold, .rate = c->drops_rate, .burst = c->drops_burst };
    d->tokens = d->burst;
    d->refilled = now_ms();
    drops_actions(c->drops_actions, &d->actions);
}

/* One token of the bucket, if there is one. */
static bool may_act(drops *d)
{
    const int64_t now = now_ms();
    d->tokens += (double)(now - d->refilled) / 1000 * d->rate;
    d->refilled = now;
    if (d->tokens > d->burst)
        d->tokens = d->burst;
    if (d->tokens < 1)
        return false;
    d->tokens -= 1;
    return true;
}

/* ---- The alert ------------------------------------------------------------------ */

typedef struct figures {
    unsigned long long happened, lost, full, too_big;
} figures;

/* "03:04:05.000000006", here; or the day too, in UTC, followed by `zone`. */
static void time_text(char *to, size_t size, const char *zone)
{
    struct timespec now;
    struct tm t;
    clock_gettime(CLOCK_REALTIME, &now);
    const time_t seconds = now.tv_sec + (zone ? 0 : utc_offset());
    gmtime_r(&seconds, &t);
    const size_t len = strftime(to, size, zone ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S", &t);
    snprintf(to + len, size - len, ".%09ld%s", now.tv_nsec, zone ? zone : "");
}

/* A name as JSON has it; what does not fit is left out. */
static void json_name(char *to, size_t size, const char *name)
{
    size_t at = 0;
    for (; *name && at + 7 < size; name++) {
        const unsigned char c = (unsigned char)*name;
        if (c < ' ')
            at += (size_t)snprintf(to + at, size - at, "\\u%04x", c);
        else
            at += (size_t)snprintf(to + at, size - at, "%s%c", c == '"' || c == '\\' ? "\\" : "", c);
    }
    to[at] = '\0';
}

static int put_text(char *to, const figures *f, const alert_form *form)
{
    char when[64];
    time_text(when, sizeof(when), form->options.flags & SAKER_ALERT_ISO_TIME ? "+0000" : NULL);
    return snprintf(to, ROOM,
                    "%s: Debug " RULE ". %llu system calls dropped in last second. "
                    "(n_drops=%llu n_drops_buffer_total=%llu n_drops_scratch_map=%llu n_evts=%llu)",
                    when, f->lost, f->lost, f->full, f->too_big, f->happened);
}

/* Keys in the order of the alphabet, figures as text: so has Falco them. */
static int put_object(char *to, const figures *f, const alert_form *form)
{
    const uint32_t flags = form->options.flags;
    char when[64], host[NAME_ROOM] = "", said[160] = "", fields[256] = "";
    time_text(when, sizeof(when), "Z");
    json_name(host, sizeof(host), form->options.hostname ? form->options.hostname : "");
    if (!(flags & SAKER_ALERT_NO_OUTPUT))
        snprintf(said, sizeof(said), "\"output\":\"" RULE ". %llu system calls dropped in last second.\",", f->lost);
    if (!(flags & SAKER_ALERT_NO_FIELDS))
        snprintf(fields, sizeof(fields),
                 "\"output_fields\":{\"n_drops\":\"%llu\",\"n_drops_buffer_total\":\"%llu\",\"n_drops_scratch_map\":"
                 "\"%llu\",\"n_evts\":\"%llu\"},",
                 f->lost, f->full, f->too_big, f->happened);
    return snprintf(to, ROOM,
                    "{\"hostname\":\"%s\",%s%s\"priority\":\"Debug\",\"rule\":\"" RULE
                    "\",\"source\":\"internal\",\"time\":\"%s\"}",
                    host, said, fields, when);
}

static void alert(outputs *set, const alert_form *form, const figures *f)
{
    char text[ROOM], object[ROOM];
    const int text_len = put_text(text, f, form), object_len = put_object(object, f, form);
    const alert_line as_text = { .text = text, .len = (size_t)text_len, .priority = SAKER_PRI_DEBUG };
    const alert_line as_json = { .text = object, .len = (size_t)object_len, .priority = SAKER_PRI_DEBUG };
    outputs_tell(set, &as_text, &as_json);
}

bool drops_check(drops *d, const saker_live_stats *s, outputs *set, const alert_form *form)
{
    if (!(d->actions & (DROPS_ALERT | DROPS_EXIT)))
        return false;
    const uint64_t lost = s->full + s->too_big + s->nested + s->unmapped;
    const figures f = { .happened = s->attempts - d->happened,
                        .lost = lost - d->lost,
                        .full = s->full - d->full,
                        .too_big = s->too_big - d->too_big };
    d->happened = s->attempts;
    d->lost = lost;
    d->full = s->full;
    d->too_big = s->too_big;
    if (f.lost == 0 || f.happened == 0 || (double)f.lost / (double)f.happened <= d->threshold || !may_act(d))
        return false;
    if (d->actions & DROPS_ALERT)
        alert(set, form, &f);
    if (!(d->actions & DROPS_EXIT))
        return false;
    say("%llu events were lost: syscall_event_drops.actions says to end", f.lost);
    return true;
}
