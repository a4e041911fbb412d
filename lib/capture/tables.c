/* SPDX-License-Identifier: Apache-2.0 */
#include "tables.h"

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

#define FLAG(name, value) { name, value },
#define FLAG_TABLE(name, rows) static const skr_flag flags_##name[] = { rows{ NULL, 0 } };
#include "tables/flags.def"
#undef FLAG_TABLE

enum {
#define FLAG_TABLE(name, rows) FLAGS_##name,
#include "tables/flags.def"
#undef FLAG_TABLE
    FLAG_TABLES
};
_Static_assert(FLAG_TABLES < UINT8_MAX, "skr_param_info.flags");

static const struct {
    const char *name;
    const skr_flag *rows;
} flag_tables[] = {
#define FLAG_TABLE(name, rows) { #name, flags_##name },
#include "tables/flags.def"
#undef FLAG_TABLE
#undef FLAG
};

const skr_flag *skr_flag_table(const char *name)
{
    for (size_t i = 0; i < sizeof flag_tables / sizeof *flag_tables; i++)
        if (strcmp(flag_tables[i].name, name) == 0)
            return flag_tables[i].rows;
    return NULL;
}

static const char *name_of(const skr_flag *table, uint64_t value)
{
    for (; table->name; table++)
        if (table->value == value)
            return table->name;
    return NULL;
}

const char *skr_errno_name(int64_t err)
{
    return name_of(flags_errno, err < 0 ? 0 - (uint64_t)err : (uint64_t)err);
}

const char *skr_signal_name(unsigned sig)
{
    return name_of(flags_signal, sig);
}

static void add_name(skr_buf *b, size_t start, const char *name)
{
    if (b->len > start)
        skr_buf_char(b, '|');
    skr_buf_cstr(b, name);
}

static bool flag_matches(const skr_flag *row, uint64_t value, uint64_t rest)
{
    return row->value ? (rest & row->value) == row->value : value == 0;
}

void skr_flags_print(skr_buf *b, const skr_flag *table, uint64_t value)
{
    size_t start = b->len;
    uint64_t rest = value;
    for (; table->name; table++) {
        if (!flag_matches(table, value, rest))
            continue;
        add_name(b, start, table->name);
        if (table->value == value)
            return;
        rest &= ~table->value;
    }
}

void skr_enumflags_print(skr_buf *b, const skr_flag *table, uint64_t value)
{
    size_t start = b->len;
    for (; table->name; table++)
        if (table->value == value)
            add_name(b, start, table->name);
}

void skr_mode_print(skr_buf *b, const skr_flag *table, uint64_t value)
{
    size_t start = b->len;
    uint64_t rest = value;
    for (; table->name && table->value != value; table++) {
        if (!flag_matches(table, value, rest))
            continue;
        add_name(b, start, table->name);
        rest &= ~table->value;
    }
    if (table->name)
        add_name(b, start, table->name);
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
    return p->flags ? flag_tables[p->flags - 1].rows : NULL;
}

#define EVENT0(code, id, name, category, source, flags)
#define EVENT(code, id, name, category, source, flags, nparams, params)                                                \
    static const skr_param_info params_##id[nparams] = { params };
#define P(name, type, format) { name, SKR_PT_##type, SKR_PF_##format, 0, -1, 0, 0 },
#define FLAGS(name, type, format, table) { name, SKR_PT_##type, SKR_PF_##format, FLAGS_##table + 1, -1, 0, 0 },
#define PATH(name, type, format, dirfd) { name, SKR_PT_##type, SKR_PF_##format, 0, dirfd, 0, 0 },
#define DYN(name, type, format, table, entries) { name, SKR_PT_##type, SKR_PF_##format, 0, -1, DYN_##table, entries },
#include "tables/events.def"
#undef EVENT0
#undef EVENT

const skr_event_info skr_events[] = {
#define EVENT0(code, id, name, category, source, flags) { name, #id, category, source, flags, 0, NULL },
#define EVENT(code, id, name, category, source, flags, nparams, params)                                                \
    { name, #id, category, source, flags, nparams, params_##id },
#include "tables/events.def"
#undef EVENT0
#undef EVENT
};
const unsigned skr_event_count = sizeof skr_events / sizeof *skr_events;
_Static_assert(sizeof skr_events / sizeof *skr_events == SKR_EVENT_CODES, "codes.h and events.def differ");

/* ---- System calls ---- */

const skr_syscall_info skr_syscalls[] = {
#define SYSCALL(sc, name, x86_64, aarch64, generic, enter, exit, state)                                                \
    { name, x86_64, aarch64, generic, enter, exit, state },
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
