/* SPDX-License-Identifier: Apache-2.0 */
/* formats.tsv: output templates on one event, the exit of getcwd in process init. */
#include "alert.h"
#include "table.h"

#include <stdio.h>

static const char *bind_level(saker_arg *arg)
{
    return arg->index < 0 ? "" : NULL;
}

static void get_name(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    if (!arg->key && arg->field->flags & SAKER_ANY)
        return; /* init has no ancestors */
    if (arg->index <= 0)
        saker_put_cstr(out, "init");
}

static void get_id(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    if (arg->index <= 0 && (arg->key || !(arg->field->flags & SAKER_ANY)))
        saker_put_int(out, 1);
}

static void get_num(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    (void)arg;
    saker_put_uint(out, 1);
}

static void get_path(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    if (arg->index == 1 || (arg->dotted && strcmp(arg->key, "path") == 0))
        saker_put_cstr(out, "/test/dir");
}

static const char *bind_param(saker_arg *arg)
{
    return arg->dotted && strcmp(arg->key, "path") != 0 && strcmp(arg->key, "res") != 0 ? "" : NULL;
}

static void get_nothing(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)out;
    (void)event;
    (void)arg;
}

enum { KIN = SAKER_ARG_OPTIONAL | SAKER_ARG_INDEX | SAKER_ANY | SAKER_NO_RHS };
static const saker_field fields[] = {
    { "proc.name", SAKER_STR, get_name, NULL, 0, 0, NULL },
    { "proc.aname", SAKER_STR, get_name, NULL, 0, KIN, bind_level },
    { "proc.apid", SAKER_INT, get_id, NULL, 0, KIN, bind_level },
    { "thread.tid", SAKER_INT, get_id, NULL, 0, 0, NULL },
    { "evt.num", SAKER_UINT, get_num, NULL, 0, 0, NULL },
    { "evt.arg", SAKER_STR, get_path, NULL, 0, SAKER_ARG_REQUIRED | SAKER_ARG_INDEX | SAKER_ARG_KEY | SAKER_ARG_DOT,
      bind_param },
    { "evt.asynctype", SAKER_STR, get_nothing, NULL, 0, 0, NULL },
};
static const saker_schema schema = SAKER_SCHEMA("syscall", fields);

/* JSON as alerts have it: without the transformers' own keys. */
static const char *json_of_match(const char *output, char *room, size_t size)
{
    saker_ruleset *rules = NULL;
    const saker_event event = { &schema, &schema, 0, 1, 0 };
    const char *json = NULL, *from, *end;
    if (saker_filter_compile(NULL, &schema, "evt.num > 0", 11, output, &rules, room, size))
        return room;
    saker_eval *ev = saker_eval_new(rules);
    if (saker_eval_run(ev, &event) == 1)
        json = saker_match_json(ev, 0, NULL);
    from = json ? strstr(json, "\"output_fields\":{\"evt.time\":0,") : NULL;
    end = from ? strstr(from, "},\"priority\"") : NULL;
    if (end)
        snprintf(room, size, "{%.*s}", (int)(end - from - 30), from + 30);
    else
        snprintf(room, size, "no output_fields: %s", json ? json : "nothing");
    saker_eval_free(ev);
    saker_ruleset_unref(rules);
    return room;
}

static const char *fill(const row *r, char *room, size_t size, const char **verdict)
{
    saker_format *f = NULL;
    const saker_event event = { &schema, &schema, 0, 1, 0 };
    const char *text = "";
    size_t len = 0;
    const skr_str format = r->column[0], mode = r->column[2];
    *verdict = "error";
    if (saker_format_compile(NULL, &schema, format.ptr, format.len, &f, room, size))
        return "";
    const bool json = skr_str_starts(mode, SKR_STR("json"));
    int got = json ? saker_format_json(f, &event, &text, &len) : saker_format_text(f, &event, &text, &len);
    *verdict = got == 1 ? "ok" : got == 0 ? "incomplete" : "failed";
    snprintf(room, size, "%.*s", (int)len, text);
    saker_format_free(f);
    if (skr_str_is(mode, "json,no-transformed-keys"))
        json_of_match(format.ptr, room, size);
    return room;
}

int main(int argc, char **argv)
{
    table t;
    score s = { "formats.tsv", 0, 0, argc > 2 };
    char room[1024], both[1200];
    if (argc < 2 || !table_read(&t, argv[1], s.name))
        return 77;
    for (size_t i = 0; i < t.rows.n; i++) {
        const row *r = &t.rows.v[i];
        const char *verdict, *text = fill(r, room, sizeof room, &verdict);
        const bool asked = r->column[2].len != 0;
        snprintf(both, sizeof both, "%s: %s", verdict, text);
        score_row(&s, r, skr_str_is(r->column[1], verdict) && (!asked || skr_str_is(r->column[3], text)),
                  asked ? r->column[3].ptr : r->column[1].ptr, both);
    }
    table_free(&t);
    return score_end(&s);
}
