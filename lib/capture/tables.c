/* SPDX-License-Identifier: Apache-2.0 */
#include "tables.h"

/* Places of names are written out in the macros below: one that is a macro's argument, like EPERM, would be expanded.
 */
const skr_names skr_all_names = {
    "",
#define NAME(text) #text,
#include "tables/names.def"
#undef NAME
};

/* ---- Parameter types ---- */

typedef struct type_info {
    const char *name;
    uint8_t size;
} type_info;

static const type_info types[SKR_PT_COUNT] = {
#define TYPE(name, size) [SKR_PT_##name] = { #name, size },
#include "types.def"
#undef TYPE
};

unsigned skr_pt_size(skr_pt type)
{
    return (unsigned)type < SKR_PT_COUNT ? types[type].size : 0;
}

const char *skr_pt_name(skr_pt type)
{
    return (unsigned)type < SKR_PT_COUNT && types[type].name ? types[type].name : "NONE";
}

/* ---- Names of flags ---- */

/* Rows of all tables, one behind the other. */
static const struct all_flags {
#define FLAG(name, value) +1
#define FLAG_TABLE(name, rows) skr_flag t_##name[1 rows];
#include "tables/flags.def"
#undef FLAG
#undef FLAG_TABLE
} all_flags = {
#define FLAG(name, value) { (uint32_t)(value), (int16_t)((value) >> 16 >> 16), offsetof(skr_names, n_##name) },
#define FLAG_TABLE(name, rows) { rows{ 0, 0, 0 } },
#include "tables/flags.def"
#undef FLAG
#undef FLAG_TABLE
};

enum {
#define FLAG_TABLE(name, rows) FLAGS_##name,
#include "tables/flags.def"
#undef FLAG_TABLE
    FLAG_TABLES
};
_Static_assert(FLAG_TABLES < UINT8_MAX, "skr_param_info.flags");

static const struct {
    uint16_t name;
    uint16_t at; /* in all_flags */
} flag_tables[] = {
#define FLAG_TABLE(name, rows) { offsetof(skr_names, n_##name), offsetof(struct all_flags, t_##name) },
#include "tables/flags.def"
#undef FLAG_TABLE
};
_Static_assert(sizeof all_flags <= UINT16_MAX, "flag_tables.at");

static const skr_flag *flags_at(size_t i)
{
    return (const skr_flag *)(const void *)((const char *)&all_flags + flag_tables[i].at);
}

const skr_flag *skr_flag_table(const char *name)
{
    for (size_t i = 0; i < FLAG_TABLES; i++)
        if (strcmp(skr_name(flag_tables[i].name), name) == 0)
            return flags_at(i);
    return NULL;
}

static const char *name_of(const skr_flag *table, uint64_t value)
{
    for (; table->name; table++)
        if (skr_flag_value(table) == value)
            return skr_name(table->name);
    return NULL;
}

const char *skr_errno_name(int64_t err)
{
    return name_of(all_flags.t_errno, err < 0 ? 0 - (uint64_t)err : (uint64_t)err);
}

const char *skr_signal_name(unsigned sig)
{
    return name_of(all_flags.t_signal, sig);
}

static void add_name(skr_buf *b, size_t start, const char *name)
{
    if (b->len > start)
        skr_buf_char(b, '|');
    skr_buf_cstr(b, name);
}

static bool flag_matches(const skr_flag *row, uint64_t value, uint64_t rest)
{
    const uint64_t bits = skr_flag_value(row);
    return bits ? (rest & bits) == bits : value == 0;
}

void skr_flags_print(skr_buf *b, const skr_flag *table, uint64_t value)
{
    size_t start = b->len;
    uint64_t rest = value;
    for (; table->name && (rest || !value); table++) {
        if (!flag_matches(table, value, rest))
            continue;
        add_name(b, start, skr_name(table->name));
        if (skr_flag_value(table) == value)
            return;
        rest &= ~skr_flag_value(table);
    }
}

void skr_enumflags_print(skr_buf *b, const skr_flag *table, uint64_t value)
{
    size_t start = b->len;
    for (; table->name; table++)
        if (skr_flag_value(table) == value)
            add_name(b, start, skr_name(table->name));
}

void skr_mode_print(skr_buf *b, const skr_flag *table, uint64_t value)
{
    size_t start = b->len;
    uint64_t rest = value;
    for (; table->name && skr_flag_value(table) != value; table++) {
        if (!flag_matches(table, value, rest))
            continue;
        add_name(b, start, skr_name(table->name));
        rest &= ~skr_flag_value(table);
    }
    if (table->name)
        add_name(b, start, skr_name(table->name));
}

/* ---- Events ---- */

/* Alternatives of DYN parameters (param_types.md 4.4). They print with the outer parameter's format. */
enum { DYN_NONE, DYN_sockopt_dynamic_param, DYN_ptrace_dynamic_param, DYN_bpf_dynamic_param, DYN_keyctl_dynamic_param };

static const uint8_t dyn_types[][5] = {
    [DYN_sockopt_dynamic_param] = { SKR_PT_BYTEBUF, SKR_PT_ERRNO, SKR_PT_UINT32, SKR_PT_UINT64, SKR_PT_RELTIME },
    [DYN_ptrace_dynamic_param] = { SKR_PT_UINT64, SKR_PT_SIGTYPE },
    [DYN_bpf_dynamic_param] = { SKR_PT_FD, SKR_PT_ERRNO },
    [DYN_keyctl_dynamic_param] = { SKR_PT_INT64, SKR_PT_CHARBUF },
};

skr_pt skr_param_dyn(const skr_param_info *p, unsigned i)
{
    return (skr_pt)dyn_types[p->dyn][i];
}

const skr_flag *skr_param_flags(const skr_param_info *p)
{
    return p->flags ? flags_at(p->flags - 1u) : NULL;
}

/* Parameters of all events, one behind the other. */
#define EVENT0(code, id, name, category, source, flags)
static const struct all_params {
#define EVENT(code, id, name, category, source, flags, nparams, params) skr_param_info id[nparams];
#include "tables/events.def"
#undef EVENT
} all_params = {
#define EVENT(code, id, name, category, source, flags, nparams, params) { params },
#define P(name, type, format) { offsetof(skr_names, n_##name), SKR_PT_##type, SKR_PF_##format, 0, -1, 0, 0 },
#define FLAGS(name, type, format, table)                                                                               \
    { offsetof(skr_names, n_##name), SKR_PT_##type, SKR_PF_##format, FLAGS_##table + 1, -1, 0, 0 },
#define PATH(name, type, format, dirfd)                                                                                \
    { offsetof(skr_names, n_##name), SKR_PT_##type, SKR_PF_##format, 0, dirfd, 0, 0 },
#define DYN(name, type, format, table, entries)                                                                        \
    { offsetof(skr_names, n_##name), SKR_PT_##type, SKR_PF_##format, 0, -1, DYN_##table, entries },
#include "tables/events.def"
#undef EVENT0
#undef EVENT
};

const skr_event_info skr_events[] = {
#define EVENT0(code, id, name, category, source, flags)                                                                \
    { offsetof(skr_names, n_##name), flags, 0, 0, category, source },
#define EVENT(code, id, name, category, source, flags, nparams, params)                                                \
    { offsetof(skr_names, n_##name),                                                                                   \
      flags,                                                                                                           \
      offsetof(struct all_params, id) / sizeof(skr_param_info),                                                        \
      nparams,                                                                                                         \
      category,                                                                                                        \
      source },
#include "tables/events.def"
#undef EVENT0
#undef EVENT
};
const unsigned skr_event_count = sizeof skr_events / sizeof *skr_events;
_Static_assert(sizeof skr_events / sizeof *skr_events == SKR_EVENT_CODES, "codes.h and events.def differ");

const char *skr_event_name(unsigned code)
{
    return skr_name(skr_events[code].name);
}

const skr_param_info *skr_event_params(const skr_event_info *e)
{
    return (const skr_param_info *)(const void *)&all_params + e->params;
}

/* ---- System calls ---- */

const skr_syscall_info skr_syscalls[] = {
#define SYSCALL(sc, name, x86_64, aarch64, generic, enter, exit, state) { offsetof(skr_names, n_##name), exit, state },
#include "tables/syscalls.def"
#undef SYSCALL
};
const unsigned skr_syscall_count = sizeof skr_syscalls / sizeof *skr_syscalls;
_Static_assert(sizeof skr_syscalls / sizeof *skr_syscalls == SKR_SYSCALL_CODES, "codes.h and syscalls.def differ");

int skr_syscall_by_x86_64(unsigned number)
{
    static const uint16_t by_number[] = {
#define NATIVE(number, sc) [number] = sc,
#include "tables/native.def"
#undef NATIVE
    };
    if (number >= sizeof by_number / sizeof *by_number || !by_number[number])
        return -1;
    return by_number[number];
}

int skr_syscall_of_event(unsigned code)
{
    static const uint16_t by_event[SKR_EVENT_CODES] = {
#define EVENT_SYSCALL(code, sc) [code] = sc,
#include "tables/event_syscall.def"
#undef EVENT_SYSCALL
    };
    return code < SKR_EVENT_CODES && by_event[code] ? by_event[code] : -1;
}
