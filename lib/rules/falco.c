/* SPDX-License-Identifier: Apache-2.0 */
#include "falco.h"
#include "shape.h"

enum { SNIPPET = SKR_EXCERPT, PREFIX = 17, WHOLE = SKR_TEXT_NAME };

/* Falco's own words for what a code means. */
static const struct {
    const char *code, *text;
} code_texts[] = {
    { "LOAD_ERR_FILE_READ", "File read error" },
    { "LOAD_ERR_YAML_PARSE", "YAML parse error" },
    { "LOAD_ERR_YAML_VALIDATE", "Error validating internal structure of YAML file" },
    { "LOAD_ERR_COMPILE_CONDITION", "Error compiling condition" },
    { "LOAD_ERR_COMPILE_OUTPUT", "Error compiling output" },
    { "LOAD_ERR_VALIDATE", "Error validating rule/macro/list/exception objects" },
    { "LOAD_UNKNOWN_SOURCE",
      "A rule has a unknown event source. This can occur when reading rules content without having a corresponding "
      "plugin loaded, etc. The rule will be silently ignored." },
    { "LOAD_UNSAFE_NA_CHECK",
      "Comparing a field value with <NA> is unsafe and can lead to unpredictable behavior of the rule condition. If "
      "you "
      "need to check for the existence of a field, consider using the 'exists' operator instead." },
    { "LOAD_NO_EVTTYPE",
      "A rule condition matches too many evt.type values. This has a significant performance penalty. Make the "
      "condition more specific by adding an evt.type field or further restricting the number of evt.type values in the "
      "condition." },
    { "LOAD_UNKNOWN_FILTER",
      "A rule condition or output refers to a field or evt.type that does not exist. This is normally an error, but if "
      "a rule has a skip-if-unknown-filter property, the error is downgraded to a warning." },
    { "LOAD_UNUSED_MACRO", "A macro is defined in the rules content but is not used by any other macro or rule." },
    { "LOAD_UNUSED_LIST", "A list is defined in the rules content but is not used by any other list, macro, or rule." },
    { "LOAD_UNKNOWN_ITEM", "An unknown top-level object is in the rules content. It will be ignored." },
    { "LOAD_DEPRECATED_ITEM", "A deprecated item is employed by lists, macros, or rules." },
    { "LOAD_APPEND_NO_VALUES", "A rule exception is overriding/appending with no values" },
    { "LOAD_EXCEPTION_NAME_NOT_UNIQUE", "A rule is defining multiple exceptions with the same name" },
    { "LOAD_INVALID_MACRO_NAME", "A macro is defined with an invalid name" },
    { "LOAD_INVALID_LIST_NAME", "A list is defined with an invalid name" },
    { "LOAD_COMPILE_CONDITION", "A rule condition or output have been parsed with a warning" },
    { "LOAD_UNKNOWN_KEY",
      "An item in the rules content contains an unrecognized key. The key will be ignored. This may indicate a typo or "
      "a property placed on the wrong item type." },
};

static const char *code_text(const char *code)
{
    for (size_t i = 0; i < sizeof code_texts / sizeof *code_texts; i++)
        if (strcmp(code, code_texts[i].code) == 0)
            return code_texts[i].text;
    return "";
}

/* ---- Locations ---- */

static void put_location(skr_buf *b, skr_loc_type type, skr_str item, skr_str name, skr_position at)
{
    skr_buf_cstr(b, "{\"item_name\":");
    skr_buf_json(b, item);
    skr_buf_cstr(b, ",\"item_type\":");
    skr_buf_json(b, skr_str_of(skr_loc_text(type)));
    skr_buf_printf(b, ",\"position\":{\"column\":%zu,\"line\":%zu,\"name\":", at.column, at.line);
    skr_buf_json(b, name);
    skr_buf_printf(b, ",\"offset\":%zu}}", at.offset);
}

/* The condition's first bytes stand for a file name. */
static void put_text_location(skr_buf *b, const skr_context *c)
{
    char name[WHOLE + 8];
    size_t n = !c->whole ? PREFIX : c->text.len;
    name[0] = '"';
    for (size_t i = 0; i < n; i++)
        name[i + 1] = c->text.ptr[i] == '\n' || c->text.ptr[i] == '\r' ? ' ' : c->text.ptr[i];
    memcpy(name + 1 + n, "...\"", 4);
    if (c->whole)
        name[1 + n] = '"';
    put_location(b, SKR_LOC_CONDITION_EXPRESSION, SKR_STR(""), (skr_str){ name, n + (c->whole ? 2 : 5) },
                 skr_context_text_position(c));
}

static void put_snippet(skr_buf *b, skr_str text, size_t pos)
{
    if (!text.len) {
        skr_buf_json(b, SKR_STR("<No context available>\n"));
        return;
    }
    if (pos >= text.len)
        pos = text.len - 1;
    while (pos > 0 && text.ptr[pos] == '\n')
        pos--;
    size_t from = pos, to = pos;
    while (from > 0 && text.ptr[from - 1] != '\n' && pos - from < SNIPPET)
        from--;
    while (to < text.len && text.ptr[to] != '\n' && to - pos < SNIPPET)
        to++;
    bool cut_left = from > 0 && text.ptr[from - 1] != '\n', cut_right = to < text.len && text.ptr[to] != '\n';
    skr_buf_char(b, '"');
    skr_str line = skr_str_cut(text, from, to);
    if (cut_left && line.len > 3) {
        skr_buf_cstr(b, "...");
        line = skr_str_cut(line, 3, line.len);
    }
    if (cut_right && line.len > 3)
        line.len -= 3;
    skr_buf_json_inner(b, line);
    skr_buf_cstr(b, cut_right ? "...\\n" : "\\n");
    for (size_t i = from; i < pos; i++)
        skr_buf_char(b, ' ');
    skr_buf_cstr(b, "^\\n\"");
}

static void put_context(skr_buf *b, const skr_context *c)
{
    skr_buf_cstr(b, "{\"locations\":[");
    for (size_t i = 0; i < c->count; i++) {
        const skr_source *src = c->v[i].place.src;
        if (i)
            skr_buf_char(b, ',');
        put_location(b, c->v[i].type, c->v[i].name, skr_str_of(src->name), skr_context_position(c, i));
    }
    if (c->in_text) {
        skr_buf_char(b, ',');
        put_text_location(b, c);
    }
    skr_buf_cstr(b, "],\"snippet\":");
    const skr_place *last = &c->v[c->count - 1].place;
    if (c->in_text)
        put_snippet(b, c->excerpt, c->excerpt_at);
    else
        put_snippet(b, skr_str_cut(last->src->text, last->src->shift, last->src->text.len),
                    c->count == 1 ? 0 : last->at - last->src->shift);
    skr_buf_char(b, '}');
}

/* ---- Results ---- */

static void put_finding(skr_buf *b, const skr_diag *d)
{
    skr_buf_cstr(b, "{\"code\":");
    skr_buf_json(b, skr_str_of(d->falco_code));
    skr_buf_cstr(b, ",\"codedesc\":");
    skr_buf_json(b, skr_str_of(code_text(d->falco_code)));
    skr_buf_cstr(b, ",\"context\":");
    put_context(b, d->context);
    if (d->deprecated && d->falco_code && strcmp(d->falco_code, "LOAD_DEPRECATED_ITEM") == 0) {
        skr_buf_cstr(b, ",\"deprecated_field\":");
        skr_buf_json(b, skr_str_of(d->deprecated));
    }
    skr_buf_cstr(b, ",\"message\":");
    skr_buf_json(b, skr_str_of(d->falco));
    skr_buf_char(b, '}');
}

static void put_result(skr_buf *b, const skr_loader *l, const skr_result *r)
{
    skr_buf_cstr(b, "{\"errors\":[");
    if (r->first_error != SIZE_MAX)
        put_finding(b, &l->diags.v.v[r->first_error]);
    skr_buf_cstr(b, "],\"name\":");
    skr_buf_json(b, skr_str_of(r->src->name));
    skr_buf_char(b, ',');
    if (skr_shape_put(b, l->mem, r->src) != SAKER_OK)
        b->failed = true;
    skr_buf_printf(b, "\"successful\":%s,\"warnings\":[", r->first_error == SIZE_MAX ? "true" : "false");
    for (size_t i = 0; i < r->warnings.n; i++) {
        if (i)
            skr_buf_char(b, ',');
        put_finding(b, &l->diags.v.v[r->warnings.v[i]]);
    }
    skr_buf_cstr(b, "]}");
}

void skr_falco_results(skr_buf *b, const skr_loader *l)
{
    skr_buf_char(b, '[');
    for (size_t i = 0; i < l->results.n; i++) {
        if (i)
            skr_buf_char(b, ',');
        put_result(b, l, &l->results.v[i]);
    }
    skr_buf_char(b, ']');
}

/* ---- Our own diagnostics ---- */

static void put_text(skr_buf *b, const char *key, const char *text)
{
    if (!text)
        return;
    skr_buf_printf(b, ",\"%s\":", key);
    skr_buf_json(b, skr_str_of(text));
}

void skr_json_diag(skr_buf *b, const saker_diag *d)
{
    static const char *const severities[] = { "error", "warning", "note" };
    skr_buf_printf(b, "{\"severity\":\"%s\",\"code\":%u", severities[d->severity], (unsigned)d->code);
    put_text(b, "name", d->name);
    put_text(b, "file", d->file);
    if (d->line)
        skr_buf_printf(b, ",\"line\":%u,\"column\":%u,\"length\":%u", (unsigned)d->line, (unsigned)d->column,
                       (unsigned)d->length);
    put_text(b, "item", d->item);
    put_text(b, "message", d->message ? d->message : "");
    put_text(b, "hint", d->hint);
    put_text(b, "snippet", d->snippet);
    put_text(b, "falco_code", d->falco_code);
    put_text(b, "falco_message", d->falco_message);
    skr_buf_char(b, '}');
}
