/* SPDX-License-Identifier: Apache-2.0 */
#include "alertargs.h"

void alert_form_init(alert_form *form)
{
    *form = (alert_form){ .options = { .size = sizeof(form->options) } };
}

int alert_form_take(alert_form *form, int option, const char *value)
{
    static const struct {
        int option;
        uint32_t flag;
    } flags[] = {
        { OPT_ALERT_ISO, SAKER_ALERT_ISO_TIME },        { OPT_ALERT_ESCAPE, SAKER_ALERT_ESCAPE },
        { OPT_ALERT_NO_OUTPUT, SAKER_ALERT_NO_OUTPUT }, { OPT_ALERT_NO_FIELDS, SAKER_ALERT_NO_FIELDS },
        { OPT_ALERT_NO_TAGS, SAKER_ALERT_NO_TAGS },     { OPT_ALERT_MESSAGE, SAKER_ALERT_MESSAGE },
        { OPT_ALERT_BASE64, SAKER_ALERT_BASE64 },
    };
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (flags[i].option == option) {
            form->options.flags |= flags[i].flag;
            return CMD_OK;
        }
    }
    if (option == OPT_ALERT_JSON)
        form->json = true;
    else if (option == OPT_ALERT_HOSTNAME)
        form->options.hostname = value;
    else
        return -1;
    return CMD_OK;
}
