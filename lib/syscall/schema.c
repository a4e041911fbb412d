/* SPDX-License-Identifier: Apache-2.0 */
/* The "syscall" schema: the field tables and the kinds of events, put together from the .def files. */
#include "fields.h"

#define SKR_GONE_SYSLOG                                                                                                \
    "gone with the syslog decoder; Falco 0.44 has it no more: use evt.is_syslog with evt.buffer instead"
#define SKR_GONE_TRACER "gone with tracers; Falco 0.44 has it no more, and nothing replaces it"
#define SKR_GONE_MESOS "gone with Mesos and Marathon; Falco 0.44 has it no more: use container.* or k8s.* instead"

/* ---- Fields ---- */

#define F(name, type, get, at, flags, doc) { name, SAKER_##type, skr_get_##get, doc, at, flags, NULL },
#define B(name, type, get, at, flags, bind, doc) { name, SAKER_##type, skr_get_##get, doc, at, flags, skr_bind_##bind },
#define GONE(name, type, flags, doc) { name, SAKER_##type, skr_get_nothing, doc, 0, SAKER_REMOVED | (flags), NULL },
static const saker_field fields[] = {
#include "fields_all.def"
};
#undef F
#undef B
#undef GONE

/* ---- Kinds ---- */

/* An asynchronous event has the name that it brings. */
#define EVENT(code, id, name, category, source, flags, nparams, params)                                                \
    [code] = (code) == SKR_E_ASYNCEVENT_E ? NULL : skr_all_names.n_##name,
#define EVENT0(code, id, name, category, source, flags) [code] = skr_all_names.n_##name,
#define SYSCALL(sc, name, x86_64, aarch64, generic, enter, exit, state)                                                \
    [SKR_KIND_SYSCALL0 + (sc)] = skr_all_names.n_##name,
static const char *const kinds[SKR_KIND_COUNT] = {
#include "tables/events.def"
#include "tables/syscalls.def"
    [SKR_KIND_CONTAINER] = "container",
    [SKR_KIND_CONTAINER_REMOVED] = "container_removed",
    [SKR_KIND_ASYNCEVENT] = "asyncevent",
};
#undef EVENT
#undef EVENT0
#undef SYSCALL

static const saker_schema schema = { .size = sizeof schema,
                                     .field_size = sizeof fields[0],
                                     .name = "syscall",
                                     .fields = fields,
                                     .field_count = sizeof fields / sizeof fields[0],
                                     .kinds = kinds,
                                     .kind_count = SKR_KIND_COUNT };

const saker_schema *saker_syscall_schema(void)
{
    return &schema;
}

static int code_by_name(const char *name)
{
    int found = -1; /* the last version that is not an old one */
    for (int code = 0; code < SKR_EVENT_CODES; code++) {
        const skr_event_info *info = &skr_events[code];
        if (strcmp(skr_name(info->name), name) || info->flags & SKR_EF_UNUSED)
            continue;
        bool better = found < 0 || !(info->flags & SKR_EF_OLD_VERSION) || skr_events[found].flags & SKR_EF_OLD_VERSION;
        if (better)
            found = code;
    }
    return found;
}

int saker_syscall_kind(const char *name)
{
    if (!name)
        return -1;
    int code = code_by_name(name);
    if (code >= 0 && code != SKR_E_GENERIC_X && code != SKR_E_ASYNCEVENT_E)
        return code;
    for (uint32_t kind = SKR_KIND_SYSCALL0; kind < SKR_KIND_COUNT; kind++)
        if (strcmp(kinds[kind], name) == 0)
            return (int)kind;
    return -1;
}

/* System call of a generic event: the code that the probe wrote, or, when it knew none and the event comes from a
 * file, the one that this machine's table has for the native number. */
static unsigned generic_syscall(const skr_sysevent *e)
{
    unsigned sc = skr_param_u16(skr_evt_param(&e->evt, 0), SKR_SC_UNKNOWN);
    skr_param native = skr_evt_param(&e->evt, 1);
    if (sc == SKR_SC_UNKNOWN && e->offline && native.len == 2) {
        int known = skr_syscall_by_x86_64(skr_param_u16(native, 0));
        sc = known >= 0 ? (unsigned)known : sc;
    }
    return sc < SKR_SYSCALL_CODES ? sc : SKR_SC_UNKNOWN;
}

uint32_t skr_sysevent_kind(const skr_sysevent *e)
{
    unsigned code = e->evt.type;
    if (code == SKR_E_GENERIC_E || code == SKR_E_GENERIC_X)
        return SKR_KIND_SYSCALL0 + generic_syscall(e);
    if (code == SKR_E_ASYNCEVENT_E) {
        skr_str name = skr_param_text(skr_evt_param(&e->evt, 1));
        bool ours = skr_param_u32(skr_evt_param(&e->evt, 0), 0) == 0; /* of no plugin: evt.source is decided too */
        for (uint32_t kind = SKR_KIND_ASYNC0; ours && kind < SKR_KIND_ASYNCEVENT; kind++)
            if (skr_str_is(name, kinds[kind]))
                return kind;
    }
    return code;
}

skr_str skr_sysevent_name(const skr_sysevent *e)
{
    const char *name = kinds[skr_sysevent_kind(e)];
    return name ? skr_str_of(name) : skr_param_text(skr_evt_param(&e->evt, 1));
}
