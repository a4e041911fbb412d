/* SPDX-License-Identifier: Apache-2.0 */
#include "wanted.h"
#include "tables.h"

#include <saker/live.h>

#include <string.h>

#if defined(__aarch64__)
#define NUMBER(x86, arm) arm
#else
#define NUMBER(x86, arm) x86
#endif

const skr_live_call skr_live_calls[] = {
#define CALL(name, point, sc, x86, arm) { #name, #point, sc, NUMBER(x86, arm), false },
#define GENERIC(name, point, sc, x86, arm) { #name, #point, sc, NUMBER(x86, arm), true },
#include "tables/calls.def"
};
const unsigned skr_live_call_count = sizeof skr_live_calls / sizeof skr_live_calls[0];
_Static_assert(sizeof skr_live_calls / sizeof skr_live_calls[0] <= SKR_LIVE_CALLS, "SKR_LIVE_CALLS is too small");

/* Reads and writes: too many to be collected unless asked for (bpf.md 9). */
static bool is_io(const char *name)
{
    static const char *const io[] = { "read",     "readv",   "pread64", "preadv", "write",    "writev",
                                      "pwrite64", "pwritev", "recv",    "send",   "sendfile", "sendfile64" };
    for (size_t i = 0; i < sizeof io / sizeof io[0]; i++)
        if (strcmp(name, io[i]) == 0)
            return true;
    return false;
}

static bool kind_wanted(const saker_ruleset *rules, int kind)
{
    return kind >= 0 && saker_ruleset_wants(rules, saker_syscall_schema(), (uint32_t)kind);
}

static bool call_wanted(const skr_live_call *c, const saker_ruleset *rules, uint32_t flags)
{
    if (skr_syscalls[c->sc].in_state || !rules)
        return true;
    if (is_io(c->name) && !(flags & SAKER_LIVE_ALL_IO))
        return false;
    /* The kind of an event is its code; of calls without one of their own it goes by their name. */
    return kind_wanted(rules, c->generic ? saker_syscall_kind(c->name) : skr_syscalls[c->sc].exit_event);
}

void skr_wanted_for(skr_wanted *w, const saker_ruleset *rules, uint32_t flags)
{
    memset(w, 0, sizeof *w);
    for (unsigned i = 0; i < skr_live_call_count; i++) {
        const skr_live_call *c = &skr_live_calls[i];
        w->call[i] = c->number >= 0 && call_wanted(c, rules, flags);
        w->calls += w->call[i];
    }
    w->point[SKR_POINT_EXEC] = w->point[SKR_POINT_EXIT] = w->point[SKR_POINT_FORK] = true;
    w->point[SKR_POINT_SIGNAL] = !rules || kind_wanted(rules, saker_syscall_kind("signaldeliver"));
    w->point[SKR_POINT_SWITCH] = rules && kind_wanted(rules, saker_syscall_kind("switch"));
    w->point[SKR_POINT_FAULT_USER] = w->point[SKR_POINT_FAULT_KERNEL] =
        rules && kind_wanted(rules, saker_syscall_kind("page_fault"));
    w->entries = (flags & SAKER_LIVE_ENTRIES) != 0;
}
