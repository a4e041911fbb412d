/* SPDX-License-Identifier: Apache-2.0 */
#include "views.h"

#include <stdlib.h>
#include <string.h>

typedef struct column {
    char *name;
    saker_format *format;
    tone tone;
} column;

typedef enum form { FORM_TEXT, FORM_LINE, FORM_ALL, FORM_JSON, FORM_JSON_FORMAT } form;

struct view {
    form form;
    column *columns;
    size_t count, room;
    size_t line;   /* FORM_ALL: so many columns make the first line */
    bool terminal; /* escape what a terminal would obey             */
    const char *name_on, *name_off;
    size_t name_width;
};

static view *view_new(form f)
{
    view *v = calloc(1, sizeof(*v));
    if (!v)
        return NULL;
    v->form = f;
    v->terminal = term_is(stdout);
    v->name_on = term_on(stdout, TONE_DIM);
    v->name_off = term_off(stdout);
    return v;
}

void view_free(view *v)
{
    for (size_t i = 0; v && i < v->count; i++) {
        free(v->columns[i].name);
        saker_format_free(v->columns[i].format);
    }
    if (v)
        free(v->columns);
    free(v);
}

static column *new_column(view *v)
{
    if (v->count == v->room) {
        const size_t room = v->room ? 2 * v->room : 16;
        column *more = realloc(v->columns, room * sizeof(*more));
        if (!more)
            return NULL;
        v->columns = more;
        v->room = room;
    }
    v->columns[v->count] = (column){ .name = NULL };
    return &v->columns[v->count++];
}

/* A column of the text `format`, called `name`. */
static int add_column(view *v, const char *name, size_t name_len, const char *format, tone t)
{
    char error[1024] = "";
    column *c = v ? new_column(v) : NULL;
    if (!c || !(c->name = malloc(name_len + 1)))
        return no_memory();
    memcpy(c->name, name, name_len);
    c->name[name_len] = '\0';
    c->tone = t;
    saker_options options = SAKER_OPTIONS_INIT;
    options.utc_offset = utc_offset();
    const int r = saker_format_compile(&options, saker_syscall_schema(), format, strlen(format), &c->format, error,
                                       sizeof(error));
    if (r == SAKER_ENOMEM)
        return no_memory();
    if (r < 0) {
        say("format '%s': %s", format, error[0] ? error : saker_strerror(r));
        return CMD_RULES;
    }
    if (name_len > v->name_width)
        v->name_width = name_len;
    return CMD_OK;
}

/* The column of one field. */
static int add_field(view *v, const char *name, size_t len)
{
    char *format = malloc(len + 2);
    if (!format)
        return no_memory();
    format[0] = '%';
    memcpy(format + 1, name, len);
    format[len + 1] = '\0';
    const int status = add_column(v, name, len, format, TONE_NONE);
    free(format);
    return status;
}

/* ---- Making views ------------------------------------------------------------- */

static int finish(view *made, int status, view **v)
{
    if (status == CMD_OK)
        *v = made;
    else
        view_free(made);
    return status;
}

/* What the line shows. The name is for JSON. */
static const struct {
    const char *name, *format;
    tone tone;
} line_columns[] = {
    { "evt.num", "*%evt.num", TONE_DIM },         { "evt.time", "*%evt.time", TONE_DIM },
    { "evt.cpu", "*%evt.cpu", TONE_DIM },         { "proc.name", "*%proc.name", TONE_GREEN },
    { "thread.tid", "*(%thread.tid)", TONE_DIM }, { "evt.dir", "*%evt.dir", TONE_NONE },
    { "evt.type", "*%evt.type", TONE_CYAN },      { "evt.args", "*%evt.args", TONE_NONE },
};

enum { LINE_COLUMNS = sizeof(line_columns) / sizeof(line_columns[0]) };

static int add_line(view *v)
{
    int status = CMD_OK;
    for (size_t i = 0; i < LINE_COLUMNS && status == CMD_OK; i++)
        status = add_column(v, line_columns[i].name, strlen(line_columns[i].name), line_columns[i].format,
                            line_columns[i].tone);
    if (v)
        v->line = v->count;
    return status;
}

int view_line(view **v)
{
    view *made = view_new(FORM_LINE);
    return finish(made, add_line(made), v);
}

/* Every field that can be printed and needs no argument. The arguments of the event are in evt.args. */
static int add_all(view *v)
{
    const saker_schema *s = saker_syscall_schema();
    const uint32_t unfit = SAKER_ARG_REQUIRED | SAKER_FILTER_ONLY | SAKER_HIDDEN | SAKER_REMOVED | SAKER_DEPRECATED;
    int status = CMD_OK;
    for (size_t i = 0; i < s->field_count && status == CMD_OK; i++)
        if (!(s->fields[i].flags & unfit))
            status = add_field(v, s->fields[i].name, strlen(s->fields[i].name));
    return status;
}

int view_all(view **v)
{
    view *made = view_new(FORM_ALL);
    int status = add_line(made);
    if (status == CMD_OK) {
        made->name_width = 0;
        status = add_all(made);
    }
    return finish(made, status, v);
}

int view_format(view **v, const char *format)
{
    view *made = view_new(FORM_TEXT);
    return finish(made, add_column(made, "", 0, format, TONE_NONE), v);
}

int view_json_format(view **v, const char *format)
{
    view *made = view_new(FORM_JSON_FORMAT);
    return finish(made, add_column(made, "", 0, format, TONE_NONE), v);
}

/* The end of the field that begins at `s`: a comma that is in no bracket, parenthesis or quotes. */
static const char *field_end(const char *s)
{
    int depth = 0;
    char quote = 0;
    for (; *s && (*s != ',' || depth > 0 || quote); s++) {
        if (quote)
            quote = *s == quote ? 0 : quote;
        else if (*s == '"' || *s == '\'')
            quote = *s;
        else if (*s == '[' || *s == '(')
            depth++;
        else if (*s == ']' || *s == ')')
            depth--;
    }
    return s;
}

int view_json_fields(view **v, const char *names)
{
    view *made = view_new(FORM_JSON);
    int status = made ? add_field(made, "evt.num", 7) : no_memory();
    while (status == CMD_OK && *names) {
        const char *end = field_end(names);
        const size_t len = (size_t)(end - names);
        if (len == 0)
            status = usage_error("print", "an empty name in --fields");
        else if (len != 7 || strncmp(names, "evt.num", 7) != 0)
            status = add_field(made, names, len);
        names = *end ? end + 1 : end;
    }
    return finish(made, status, v);
}

int view_json_all(view **v, bool all)
{
    view *made = view_new(FORM_JSON);
    int status = made ? CMD_OK : no_memory();
    if (status == CMD_OK && all)
        status = add_all(made);
    for (size_t i = 0; !all && i < LINE_COLUMNS && status == CMD_OK; i++)
        status = add_field(made, line_columns[i].name, strlen(line_columns[i].name));
    return finish(made, status, v);
}

/* ---- Showing events ------------------------------------------------------------ */

static int put_line(const view *v, const saker_event *event)
{
    for (size_t i = 0; i < v->line; i++) {
        const column *c = &v->columns[i];
        const char *text;
        size_t len;
        const int r = saker_format_text(c->format, event, &text, &len);
        if (r < 0)
            return r;
        if (i && len)
            put(" ", 1);
        put_cstr(term_on(stdout, c->tone));
        put_shown(text, len);
        put_cstr(term_off(stdout));
    }
    put("\n", 1);
    return 1;
}

static int put_all(const view *v, const saker_event *event)
{
    int r = put_line(v, event);
    for (size_t i = v->line; i < v->count && r >= 0; i++) {
        const char *text;
        size_t len;
        r = saker_format_text(v->columns[i].format, event, &text, &len);
        if (r <= 0)
            continue;
        printf("    %s%-*s%s  ", v->name_on, (int)v->name_width, v->columns[i].name, v->name_off);
        put_shown(text, len);
        put("\n", 1);
    }
    return r < 0 ? r : 1;
}

static int put_text(const view *v, const saker_event *event)
{
    const char *text;
    size_t len;
    const int r = saker_format_text(v->columns[0].format, event, &text, &len);
    if (r <= 0)
        return r;
    if (v->terminal)
        put_safe(text, len);
    else
        put(text, len);
    put("\n", 1);
    return 1;
}

static int put_object(const view *v, const saker_event *event)
{
    bool first = true;
    put("{", 1);
    for (size_t i = 0; i < v->count; i++) {
        const char *text;
        size_t len;
        const int r = saker_format_text(v->columns[i].format, event, &text, &len);
        if (r < 0)
            return r;
        if (r == 0)
            continue;
        put_cstr(first ? "" : ", ");
        put_json_cstr(v->columns[i].name);
        put(": ", 2);
        put_json(text, len);
        first = false;
    }
    put("}\n", 2);
    return 1;
}

static int put_json_format(const view *v, const saker_event *event)
{
    const char *text;
    size_t len;
    const int r = saker_format_json(v->columns[0].format, event, &text, &len);
    if (r <= 0)
        return r;
    put_made_json(text, len);
    put("\n", 1);
    return 1;
}

int view_put(view *v, const saker_event *event)
{
    switch (v->form) {
    case FORM_TEXT:
        return put_text(v, event);
    case FORM_LINE:
        return put_line(v, event);
    case FORM_ALL:
        return put_all(v, event);
    case FORM_JSON:
        return put_object(v, event);
    case FORM_JSON_FORMAT:
        return put_json_format(v, event);
    }
    return SAKER_EINVAL;
}
