/* SPDX-License-Identifier: Apache-2.0 */
#include "reports.h"

#include <string.h>

static const char *diag_name(const saker_diag *d)
{
    return d->name ? d->name : "rules";
}

/* ---- GitHub ----------------------------------------------------------------- */

/* Text of a workflow command; in a property, `:` and `,` are escaped too. */
static void put_command_text(const char *text, bool property)
{
    for (; *text; text++) {
        const char c = *text;
        if (c == '%' || c == '\n' || c == '\r' || (property && (c == ':' || c == ',')))
            printf("%%%02X", (unsigned)c);
        else
            putchar(c);
    }
}

static void put_annotation(const saker_diag *d)
{
    static const char *const levels[] = { "error", "warning", "notice" };
    printf("::%s ", levels[d->severity]);
    if (d->file) {
        put_cstr("file=");
        put_command_text(d->file, true);
        put_cstr(",");
    }
    if (d->line)
        printf("line=%u,col=%u,endColumn=%u,", d->line, d->column, d->column + d->length);
    put_cstr("title=");
    put_command_text(diag_name(d), true);
    put_cstr("::");
    put_command_text(d->message, false);
    if (d->hint) {
        put_cstr("; ");
        put_command_text(d->hint, false);
    }
    put_cstr("\n");
}

void report_github(const saker_compiler *c)
{
    for (size_t i = 0; i < saker_compiler_diag_count(c); i++)
        put_annotation(saker_compiler_diag(c, i));
}

/* ---- SARIF ------------------------------------------------------------------ */

/* A path as a URI reference. */
static void put_uri(const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    put_cstr(path[0] == '/' ? "\"file://" : "\"");
    for (; *path; path++) {
        if (strchr(plain, *path))
            putchar(*path);
        else
            printf("%%%02X", (unsigned)(unsigned char)*path);
    }
    put_cstr("\"");
}

static void put_location(const saker_diag *d)
{
    put_cstr("{\"physicalLocation\": {\"artifactLocation\": {\"uri\": ");
    put_uri(d->file);
    put_cstr("}");
    if (d->line) {
        printf(", \"region\": {\"startLine\": %u, \"startColumn\": %u, \"endColumn\": %u", d->line, d->column,
               d->column + d->length);
        if (d->snippet) {
            put_cstr(", \"snippet\": {\"text\": ");
            put_json_cstr(d->snippet);
            put_cstr("}");
        }
        put_cstr("}");
    }
    put_cstr("}");
}

static void put_message(const saker_diag *d)
{
    put_cstr("\"message\": {\"text\": \"");
    put_json_part(d->message, strlen(d->message));
    if (d->hint) {
        put_cstr("; ");
        put_json_part(d->hint, strlen(d->hint));
    }
    put_cstr("\"}");
}

/* The notes that follow diagnostic `i`, as locations related to it. */
static void put_notes(const saker_compiler *c, size_t i)
{
    const char *before = ", \"relatedLocations\": [";
    const char *after = "";
    for (i++; i < saker_compiler_diag_count(c); i++) {
        const saker_diag *d = saker_compiler_diag(c, i);
        if (d->severity != SAKER_DIAG_NOTE)
            break;
        if (!d->file)
            continue;
        put_cstr(before);
        put_location(d);
        put_cstr(", ");
        put_message(d);
        put_cstr("}");
        before = ", ";
        after = "]";
    }
    put_cstr(after);
}

static void put_sarif_result(const saker_compiler *c, size_t i)
{
    const saker_diag *d = saker_compiler_diag(c, i);
    put_cstr("{\"ruleId\": ");
    put_json_cstr(diag_name(d));
    printf(", \"level\": \"%s\", ", d->severity == SAKER_DIAG_ERROR ? "error" : "warning");
    put_message(d);
    if (d->file) {
        put_cstr(", \"locations\": [");
        put_location(d);
        put_cstr("}]");
    }
    put_notes(c, i);
    put_cstr("}");
}

void report_sarif(const saker_compiler *c)
{
    put_cstr("{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\", \"version\": \"2.1.0\", \"runs\": [\n");
    printf("{\"tool\": {\"driver\": {\"name\": \"Saker\", \"version\": \"%s\"}}, ", saker_version());
    put_cstr("\"columnKind\": \"unicodeCodePoints\", \"results\": [");
    const char *before = "\n";
    for (size_t i = 0; i < saker_compiler_diag_count(c); i++) {
        if (saker_compiler_diag(c, i)->severity == SAKER_DIAG_NOTE)
            continue;
        put_cstr(before);
        put_sarif_result(c, i);
        before = ",\n";
    }
    put_cstr("\n]}]}\n");
}
