/* SPDX-License-Identifier: Apache-2.0 */
/* The options that say how alerts look: those of `replay` and `watch`. */
#ifndef SAKER_ALERTARGS_H
#define SAKER_ALERTARGS_H

#include "output.h"

enum {
    OPT_ALERT_JSON = 3000,
    OPT_ALERT_ISO,
    OPT_ALERT_ESCAPE,
    OPT_ALERT_NO_OUTPUT,
    OPT_ALERT_NO_FIELDS,
    OPT_ALERT_NO_TAGS,
    OPT_ALERT_MESSAGE,
    OPT_ALERT_BASE64,
    OPT_ALERT_HOSTNAME
};

/* Rows of a getopt_long table. */
#define ALERT_OPTIONS                                                                                                  \
    { "json", no_argument, NULL, OPT_ALERT_JSON }, { "iso-time", no_argument, NULL, OPT_ALERT_ISO },                   \
        { "escape", no_argument, NULL, OPT_ALERT_ESCAPE }, { "no-output", no_argument, NULL, OPT_ALERT_NO_OUTPUT },    \
        { "no-output-fields", no_argument, NULL, OPT_ALERT_NO_FIELDS },                                                \
        { "no-tags", no_argument, NULL, OPT_ALERT_NO_TAGS }, { "message", no_argument, NULL, OPT_ALERT_MESSAGE },      \
        { "base64", no_argument, NULL, OPT_ALERT_BASE64 },                                                             \
    {                                                                                                                  \
        "hostname", required_argument, NULL, OPT_ALERT_HOSTNAME                                                        \
    }

#define ALERT_HELP                                                                                                     \
    "      --json             one JSON object per line instead of text\n"                                              \
    "      --iso-time         times as 2026-01-02T03:04:05.000000006+0000\n"                                           \
    "      --escape           escape the text as JSON does, as releases after 0.44.1 do\n"                             \
    "      --base64           binary data in base64\n"                                                                 \
    "      --no-output, --no-output-fields, --no-tags\n"                                                               \
    "                         leave out these keys of the JSON object\n"                                               \
    "      --message          add the key \"message\": the output without time and priority\n"                         \
    "      --hostname NAME    add the key \"hostname\"\n"

void alert_form_init(alert_form *form);
/* Takes a row of ALERT_OPTIONS. Returns -1 for an option that is none of them, else a status. */
int alert_form_take(alert_form *form, int option, const char *value);

#endif
