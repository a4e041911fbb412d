/* SPDX-License-Identifier: Apache-2.0 */
/* The set of outputs: makes the text of an alert once for each form and hands it to all. */
#include "output_worker.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_OUTPUTS = 8, CAPACITY_DEFAULT = 10000, CAPACITY_MAX = 1000000 };

struct outputs {
    alert_form form;
    bool direct; /* standard output in the calling thread */
    size_t capacity;
    bool wait;
    output_stats direct_stats;
    worker *workers[MAX_OUTPUTS];
    bool json[MAX_OUTPUTS];
    size_t count;
};

outputs *outputs_new(const alert_form *form)
{
    outputs *set = calloc(1, sizeof(*set));
    if (!set)
        return NULL;
    set->form = *form;
    set->form.options.size = sizeof(set->form.options);
    set->direct = true;
    set->direct_stats.name = "stdout_output";
    set->capacity = CAPACITY_DEFAULT;
    set->wait = true;
    return set;
}

void outputs_stdout(outputs *set, bool on)
{
    set->direct = on;
}

int outputs_queue(outputs *set, size_t capacity, bool wait)
{
    set->capacity = capacity == 0 ? CAPACITY_DEFAULT : capacity < CAPACITY_MAX ? capacity : CAPACITY_MAX;
    set->wait = wait;
    if (wait || !set->direct || set->form.show)
        return CMD_OK;
    set->direct = false;
    return outputs_add(set, output_stdout_new());
}

int outputs_add(outputs *set, output *o)
{
    if (!o)
        return CMD_OUTPUT;
    worker *w = set->count < MAX_OUTPUTS ? worker_start(o, set->capacity, set->wait) : NULL;
    if (!w) {
        say("%s: its thread could not be started", o->name);
        o->ops->close(o);
        return CMD_OUTPUT;
    }
    set->json[set->count] = o->json;
    set->workers[set->count++] = w;
    return CMD_OK;
}

/* ---- Alerts --------------------------------------------------------------- */

/* "<time>: <Priority> <message>", the three parts in tones of their own, nothing in it that a terminal obeys. */
static void put_coloured(const alert_line *line)
{
    const char *priority = saker_priority_name(line->priority), *colon = strstr(line->text, ": ");
    const size_t len = priority ? strlen(priority) : 0;
    if (!colon || !priority || strncmp(colon + 2, priority, len) != 0) {
        put_shown(line->text, line->len);
        return;
    }
    put_cstr(term_on(stdout, TONE_DIM));
    put_shown(line->text, (size_t)(colon + 1 - line->text));
    put_cstr(term_off(stdout));
    printf(" %s%s%s", term_on(stdout, term_priority(line->priority)), priority, term_off(stdout));
    put_shown(colon + 2 + len, strlen(colon + 2 + len));
}

static void put_line(outputs *set, const alert_line *line)
{
    if (set->form.json)
        put_made_json(line->text, line->len);
    else if (set->form.show)
        put_coloured(line);
    else
        put(line->text, line->len);
    put("\n", 1);
    if (set->form.flush || set->form.show)
        out_flush();
    set->direct_stats.sent++;
}

static bool wanted(const outputs *set, bool json)
{
    bool some = set->direct && set->form.json == json;
    for (size_t k = 0; k < set->count; k++)
        some |= (set->json[k] || set->form.json) == json;
    return some;
}

static bool emit_form(outputs *set, saker_eval *ev, int i, bool json)
{
    const saker_alert_options *options = &set->form.options;
    alert_line line = { .text = json ? saker_match_json(ev, i, options) : saker_match_alert(ev, i, options) };
    if (!line.text)
        return false;
    line.len = strlen(line.text);
    line.priority = saker_match_rule(ev, i)->priority;
    if (set->direct && set->form.json == json)
        put_line(set, &line);
    bool done = true;
    for (size_t k = 0; k < set->count; k++)
        if ((set->json[k] || set->form.json) == json)
            done &= worker_put(set->workers[k], &line);
    return done;
}

int outputs_emit(outputs *set, saker_eval *ev, int i)
{
    bool done = true;
    for (int json = 0; json < 2; json++)
        if (wanted(set, json))
            done &= emit_form(set, ev, i, json);
    return done ? CMD_OK : CMD_OUTPUT;
}

void outputs_tell(outputs *set, const alert_line *text, const alert_line *json)
{
    if (set->direct)
        put_line(set, set->form.json ? json : text);
    for (size_t k = 0; k < set->count; k++)
        worker_put(set->workers[k], set->json[k] || set->form.json ? json : text);
}

/* ---- The rest ------------------------------------------------------------- */

void outputs_tick(outputs *set)
{
    for (size_t k = 0; k < set->count; k++)
        worker_report(set->workers[k]);
}

void outputs_reopen(outputs *set)
{
    for (size_t k = 0; k < set->count; k++)
        worker_reopen(set->workers[k]);
}

size_t outputs_count(const outputs *set)
{
    return set->direct + set->count;
}

void outputs_stats(const outputs *set, size_t i, output_stats *stats)
{
    if (set->direct && i == 0)
        *stats = set->direct_stats;
    else
        worker_stats(set->workers[i - set->direct], stats);
}

void outputs_drain(outputs *set, uint32_t timeout_ms)
{
    const uint64_t deadline = monotonic_ns() + (uint64_t)timeout_ms * 1000000u;
    for (size_t k = 0; set && k < set->count; k++)
        worker_drain(set->workers[k], deadline);
}

int outputs_close(outputs *set, uint32_t timeout_ms, int status)
{
    if (!set)
        return status;
    const uint64_t deadline = monotonic_ns() + (uint64_t)timeout_ms * 1000000u;
    uint64_t lost = 0;
    for (size_t k = 0; k < set->count; k++)
        lost += worker_stop(set->workers[k], deadline);
    free(set);
    return status == CMD_OK && lost ? CMD_OUTPUT : status;
}
