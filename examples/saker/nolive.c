/* SPDX-License-Identifier: Apache-2.0 */
/* In place of livesrc.c where there is no libsaker-live: the verbs are there and say what is missing. */
#include "livefind.h"

static const char text[] = "this build knows nothing of the running kernel";
static const char hint[] = "build with libbpf, cJSON and clang (-Dlive=enabled)";

static int missing(void)
{
    say("fatal: %s; %s", text, hint);
    return CMD_INPUT;
}

int live_examine(const live_args *a, bool trial, saker_finding_fn *fn, void *ctx)
{
    const saker_finding finding = { SAKER_FINDING_FATAL, "build", text, hint };
    (void)a;
    (void)trial;
    fn(ctx, &finding);
    return SAKER_FINDING_FATAL;
}

int live_args_take(live_args *a, const char *verb, int option, const char *value)
{
    (void)a;
    (void)verb;
    (void)value;
    return option == 'A' || (option >= OPT_BUFFER && option <= OPT_ENTRIES) ? CMD_OK : -1;
}

const char *live_host_root(const live_args *a)
{
    (void)a;
    return "";
}

int live_open(live **l, const live_args *a, const saker_ruleset *wants, const live_hooks *hooks)
{
    (void)l;
    (void)a;
    (void)wants;
    (void)hooks;
    return missing();
}

/* Nothing below is reached: there is no `live` without live_open(). */

saker_capture *live_capture(live *l)
{
    (void)l;
    return NULL;
}

int live_start(live *l)
{
    (void)l;
    return missing();
}

int live_run(live *l)
{
    (void)l;
    return missing();
}

int live_change(live *l, const saker_ruleset *wants)
{
    (void)l;
    (void)wants;
    return missing();
}

bool live_stats(live *l, saker_live_stats *s)
{
    (void)l;
    (void)s;
    return false;
}

bool live_hangup(void)
{
    return false;
}

void live_summary(live *l)
{
    (void)l;
}

uint64_t live_lost(const live *l)
{
    (void)l;
    return 0;
}

void live_close(live *l)
{
    (void)l;
}

void live_warn_io(const live_args *a, const saker_ruleset *rules)
{
    (void)a;
    (void)rules;
}
