/* SPDX-License-Identifier: Apache-2.0 */
/* The fields that every schema has, from the event's envelope. */
#include "out.h"
#include "clock.h"

static void get_type(saker_out *out, const void *event, const saker_arg *arg)
{
    const saker_event *e = out->event;
    (void)event;
    (void)arg;
    if (!e->schema->kinds || e->kind >= e->schema->kind_count || !e->schema->kinds[e->kind])
        return;
    const char *name = e->schema->kinds[e->kind];
    skr_out_text(out, name, strlen(name), SAKER_STR);
}

static void get_time(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    (void)arg;
    char *text = out->event->time ? skr_arena_raw(out->arena, SKR_CLOCK_MAX, 1) : NULL;
    if (text)
        skr_out_text(out, text, skr_clock_text(text, out->event->time, out->utc_offset), SAKER_STR);
    else if (out->event->time)
        out->failed = true;
}

static void get_num(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    (void)arg;
    if (out->event->num)
        skr_out_uint(out, out->event->num);
}

static void get_source(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    (void)arg;
    const char *name = out->event->schema->name;
    skr_out_text(out, name, strlen(name), SAKER_STR);
}

const saker_field skr_builtin_fields[] = {
    { "evt.type", SAKER_STR, get_type, "Name of the kind of event.", 0, SAKER_BY_KIND | SAKER_KNOWN_KINDS, NULL },
    { "evt.time", SAKER_STR, get_time, "Time of day of the event, HH:MM:SS.nnnnnnnnn.", 0, SAKER_JSON_TIME, NULL },
    { "evt.num", SAKER_UINT, get_num, "Sequence number of the event, from 1.", 0, 0, NULL },
    { "evt.source", SAKER_STR, get_source, "Name of the schema, which rules call their source.", 0, SAKER_BY_KIND,
      NULL },
};
const size_t skr_builtin_count = sizeof skr_builtin_fields / sizeof skr_builtin_fields[0];
