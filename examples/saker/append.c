/* SPDX-License-Identifier: Apache-2.0 */
/* The options that add to the outputs of rules, as `append_output` does in the configuration of Falco. Restrictions
 * given in a row describe one group of rules; the additions that follow are for that group. */
#include "cmd.h"

#include <string.h>

static saker_append *start(rule_args *a)
{
    saker_append *e = &a->extra[a->extra_count++];
    *e = (saker_append){ .size = sizeof(*e) };
    return e;
}

static saker_append *last(rule_args *a)
{
    return a->extra_count > a->given_extra ? &a->extra[a->extra_count - 1] : NULL;
}

/* The tags of a group, and then its fields, lie in a row in a->strings: additions after a restriction, never between.
 */
static void push(rule_args *a, const char *const **list, size_t *count, const char *s)
{
    if (*count == 0)
        *list = a->strings + a->string_count;
    a->strings[a->string_count++] = s;
    (*count)++;
}

static int restrict_to(rule_args *a, const char *verb, const char *value)
{
    saker_append *e = last(a);
    if (!e || e->output || e->field_count)
        e = start(a);
    if (strncmp(value, "rule=", 5) == 0)
        e->rule = value + 5;
    else if (strncmp(value, "source=", 7) == 0)
        e->source = value + 7;
    else if (strncmp(value, "tag=", 4) == 0)
        push(a, &e->tags, &e->tag_count, value + 4);
    else
        return usage_error(verb, "--append-to takes rule=NAME, tag=TAG or source=NAME, not '%s'", value);
    return CMD_OK;
}

static int add_output(rule_args *a, const char *text)
{
    saker_append *e = last(a);
    if (!e || e->output)
        e = start(a);
    e->output = text;
    return CMD_OK;
}

/* NAME, the value of a field, or NAME=FORMAT, a text. Cuts `value` in two in place: it is an argument of main(). */
static int add_field(rule_args *a, char *value)
{
    saker_append *e = last(a);
    if (!e)
        e = start(a);
    char *equals = strchr(value, '=');
    if (equals)
        *equals = '\0';
    size_t strings = 2 * e->field_count;
    push(a, &e->fields, &strings, value);
    push(a, &e->fields, &strings, equals ? equals + 1 : NULL);
    e->field_count++;
    return CMD_OK;
}

int append_take(rule_args *a, const char *verb, int option, char *value)
{
    switch (option) {
    case OPT_APPEND_TO:
        return restrict_to(a, verb, value);
    case OPT_APPEND_OUTPUT:
        return add_output(a, value);
    case OPT_APPEND_FIELD:
        return add_field(a, value);
    default:
        return -1;
    }
}
