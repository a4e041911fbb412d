/* SPDX-License-Identifier: Apache-2.0 */
/* The event table and its companions, generated from the specification's .tsv files by scripts/gen-tables into
 * lib/capture/tables/. Includes only base. */
#ifndef SKR_TABLES_H
#define SKR_TABLES_H

#include "str.h"

typedef enum skr_pt { /* parameter types; numbers as in param_types.md 2 */
                      SKR_PT_NONE = 0,
                      SKR_PT_INT8,
                      SKR_PT_INT16,
                      SKR_PT_INT32,
                      SKR_PT_INT64,
                      SKR_PT_UINT8,
                      SKR_PT_UINT16,
                      SKR_PT_UINT32,
                      SKR_PT_UINT64,
                      SKR_PT_CHARBUF,
                      SKR_PT_BYTEBUF,
                      SKR_PT_ERRNO,
                      SKR_PT_SOCKADDR,
                      SKR_PT_SOCKTUPLE,
                      SKR_PT_FD,
                      SKR_PT_PID,
                      SKR_PT_FDLIST,
                      SKR_PT_FSPATH,
                      SKR_PT_SYSCALLID,
                      SKR_PT_SIGTYPE,
                      SKR_PT_RELTIME,
                      SKR_PT_ABSTIME,
                      SKR_PT_PORT,
                      SKR_PT_IPV4ADDR = 26,
                      SKR_PT_DYN,
                      SKR_PT_FLAGS8,
                      SKR_PT_FLAGS16,
                      SKR_PT_FLAGS32,
                      SKR_PT_UID,
                      SKR_PT_GID,
                      SKR_PT_SIGSET = 34,
                      SKR_PT_CHARBUFARRAY,
                      SKR_PT_CHARBUF_PAIR_ARRAY,
                      SKR_PT_IPV6ADDR = 38,
                      SKR_PT_MODE = 42,
                      SKR_PT_FSRELPATH,
                      SKR_PT_ENUMFLAGS8,
                      SKR_PT_ENUMFLAGS16,
                      SKR_PT_ENUMFLAGS32,
                      SKR_PT_FD32,
                      SKR_PT_PID32,
                      SKR_PT_COUNT
} skr_pt;

unsigned skr_pt_size(skr_pt type);    /* fixed size in bytes, 0: variable */
const char *skr_pt_name(skr_pt type); /* "CHARBUF" */

typedef enum skr_pf {
    SKR_PF_NA,
    SKR_PF_DEC,
    SKR_PF_HEX,
    SKR_PF_OCT,
    SKR_PF_10_PADDED_DEC,
    SKR_PF_ID,
    SKR_PF_DIR
} skr_pf;

/* The names of all tables, one behind the other. Tables have the place of a name in here and not a pointer to it, which
 * would take eight bytes and have to be set when the library is loaded. */
typedef struct skr_names {
    char nothing[1];
#define NAME(text) char n_##text[sizeof #text];
#include "tables/names.def"
#undef NAME
} skr_names;

extern const skr_names skr_all_names; /* not shared: pointers to it would name it, 24 bytes each */
_Static_assert(sizeof(skr_names) <= UINT16_MAX, "places of names");

static inline const char *skr_name(uint16_t at)
{
    return (const char *)&skr_all_names + at;
}

typedef struct skr_flag {
    uint32_t low;
    int16_t high;
    uint16_t name;
} skr_flag; /* tables end with name 0 */

static inline uint64_t skr_flag_value(const skr_flag *f)
{
    return (uint64_t)(int64_t)f->high << 32 | f->low;
}

typedef struct skr_param_info {
    uint16_t name;
    uint8_t type;           /* skr_pt */
    uint8_t format;         /* skr_pf */
    uint8_t flags;          /* skr_param_flags() */
    int8_t dirfd;           /* FSRELPATH: parameter that holds the base; -1 */
    uint8_t dyn, dyn_count; /* DYN: skr_param_dyn() */
} skr_param_info;

/* Names of FLAGS, ENUMFLAGS, MODE; or NULL. */
const skr_flag *skr_param_flags(const skr_param_info *p);
/* The type of a DYN parameter's alternative `i` < dyn_count. */
skr_pt skr_param_dyn(const skr_param_info *p, unsigned i);

enum { /* skr_event_info.flags */
       SKR_EF_CREATES_FD = 1 << 0,
       SKR_EF_DESTROYS_FD = 1 << 1,
       SKR_EF_USES_FD = 1 << 2,
       SKR_EF_READS_FROM_FD = 1 << 3,
       SKR_EF_WRITES_TO_FD = 1 << 4,
       SKR_EF_MODIFIES_STATE = 1 << 5,
       SKR_EF_UNUSED = 1 << 6,
       SKR_EF_WAITS = 1 << 7,
       SKR_EF_SKIPPARSERESET = 1 << 8,
       SKR_EF_OLD_VERSION = 1 << 9,
       SKR_EF_LARGE_PAYLOAD = 1 << 10,
       SKR_EF_CONVERTER_MANAGED = 1 << 11
};

typedef enum skr_category { /* low part of the category */
                            SKR_EC_UNKNOWN,
                            SKR_EC_OTHER,
                            SKR_EC_FILE,
                            SKR_EC_NET,
                            SKR_EC_IPC,
                            SKR_EC_MEMORY,
                            SKR_EC_PROCESS,
                            SKR_EC_SLEEP,
                            SKR_EC_SYSTEM,
                            SKR_EC_SIGNAL,
                            SKR_EC_USER,
                            SKR_EC_TIME,
                            SKR_EC_PROCESSING,
                            SKR_EC_IO_READ,
                            SKR_EC_IO_WRITE,
                            SKR_EC_IO_OTHER,
                            SKR_EC_WAIT,
                            SKR_EC_SCHEDULER,
                            SKR_EC_INTERNAL
} skr_category;

enum { /* high part */
       SKR_ES_SYSCALL = 1,
       SKR_ES_TRACEPOINT = 2,
       SKR_ES_PLUGIN = 4,
       SKR_ES_METAEVENT = 8,
       SKR_ES_ITER = 16
};

typedef struct skr_event_info {
    uint16_t name;   /* "openat" */
    uint16_t flags;  /* SKR_EF_* */
    uint16_t params; /* skr_event_params() */
    uint8_t nparams;
    uint8_t category; /* skr_category */
    uint8_t source;   /* SKR_ES_* */
} skr_event_info;

enum { SKR_MAX_PARAMS = 32 };

const skr_param_info *skr_event_params(const skr_event_info *e);

extern SKR_SHARED const skr_event_info skr_events[]; /* by event code, dense */
extern SKR_SHARED const unsigned skr_event_count;
SKR_SHARED const char *skr_event_name(unsigned code);
#define SKR_IS_EXIT(code) (((code)&1) != 0)

/* Codes that code has to name: SKR_E_<enum without its prefix> e.g. SKR_E_SYSCALL_OPENAT_2_X, and Falco's system call
 * codes, SKR_SC_OPENAT. */
#include "tables/codes.h"

typedef struct skr_syscall_info {
    uint16_t name;      /* "openat" */
    int16_t exit_event; /* the generic one: it has none of its own */
    bool in_state;      /* member of the state set */
} skr_syscall_info;

extern SKR_SHARED const skr_syscall_info skr_syscalls[]; /* by Falco's syscall code */
extern const unsigned skr_syscall_count;
int skr_syscall_by_x86_64(unsigned number); /* Falco's code or -1 */
int skr_syscall_of_event(unsigned code);    /* Falco's code; -1: a generic event, or no system call */

const char *skr_errno_name(int64_t err);   /* of 2 or -2: "ENOENT"; NULL: unknown */
const char *skr_signal_name(unsigned sig); /* "SIGKILL"; NULL */
const skr_flag *skr_flag_table(const char *name);

/* Names of flags as param_types.md / flags.tsv print them, appended to `b`. */
void skr_flags_print(skr_buf *b, const skr_flag *table, uint64_t value);
void skr_enumflags_print(skr_buf *b, const skr_flag *table, uint64_t value);
void skr_mode_print(skr_buf *b, const skr_flag *table, uint64_t value);

#endif
