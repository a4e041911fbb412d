/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts to the system log, with the rule's priority: the eight are those of syslog. */
#include "output.h"

#include <stdlib.h>
#include <strings.h>
#include <syslog.h>

static const struct {
    const char *name;
    int value;
} facilities[] = {
    { "user", LOG_USER },     { "daemon", LOG_DAEMON }, { "auth", LOG_AUTH },     { "authpriv", LOG_AUTHPRIV },
    { "local0", LOG_LOCAL0 }, { "local1", LOG_LOCAL1 }, { "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 },
    { "local4", LOG_LOCAL4 }, { "local5", LOG_LOCAL5 }, { "local6", LOG_LOCAL6 }, { "local7", LOG_LOCAL7 },
};

static int syslog_emit(output *o, const alert_line *line)
{
    (void)o;
    const int level = line->priority >= SAKER_PRI_EMERGENCY && line->priority <= SAKER_PRI_DEBUG
                          ? LOG_EMERG + (int)(line->priority - SAKER_PRI_EMERGENCY)
                          : LOG_NOTICE;
    syslog(level, "%s", line->text);
    return 0;
}

static void syslog_close(output *o)
{
    closelog();
    free(o);
}

output *output_syslog_new(const char *ident, const char *facility)
{
    static const output_ops ops = { .emit = syslog_emit, .close = syslog_close };
    const size_t count = sizeof(facilities) / sizeof(facilities[0]);
    size_t i = 0;
    while (i < count && strcasecmp(facilities[i].name, facility) != 0)
        i++;
    if (i == count) {
        say("syslog_output: there is no facility '%s' here; known are user, daemon, auth, authpriv, local0 to local7",
            facility);
        return NULL;
    }
    output *o = calloc(1, sizeof(*o));
    if (!o) {
        no_memory();
        return NULL;
    }
    openlog(ident, LOG_PID, facilities[i].value);
    *o = (output){ .ops = &ops, .name = "syslog_output" };
    return o;
}
