/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file saker.h
 * libsaker: compile Falco rules once, evaluate them on any event.
 *
 *      saker_schema ---+
 *      rules (YAML) ---+--> saker_compiler --> saker_ruleset --> saker_eval
 *                           one thread         immutable,        scratch,
 *                           collects errors    any thread        one thread
 *
 * Conventions.
 *   - Functions returning `int` give 0 (or a count) on success and a negative
 *     saker_status on failure. Functions returning a pointer give NULL only
 *     when memory ran out, unless they say otherwise.
 *   - Out-parameters come last and are written on success only.
 *   - Strings are UTF-8. Where a length is taken, NUL bytes are data.
 *   - A `const` pointer that is returned belongs to the object it came from.
 *   - Passing NULL to a _free or _unref function does nothing. Every other
 *     function takes a NULL compiler, ruleset or eval for "memory ran out
 *     earlier" and answers SAKER_ENOMEM, 0 or NULL; so a host may leave the
 *     results of the _new functions unchecked.
 *   - Structs that begin with `size` may grow at the end; zero always means
 *     "the default". Set `size` with sizeof (or use the *_INIT macro).
 *
 * Threads. The library has no global state and needs no initialisation.
 * A compiler and an eval belong to one thread at a time. A ruleset never
 * changes after it is built and may be used by any number of threads.
 */
#ifndef SAKER_SAKER_H
#define SAKER_SAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <saker/version.h>

#ifndef SAKER_API
#if defined(__GNUC__)
#define SAKER_API __attribute__((visibility("default")))
#else
#define SAKER_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup basics Basics
 * @{
 */

/** What functions that return `int` fail with. saker_strerror() has the words. */
typedef enum saker_status {
    SAKER_OK = 0,       /**< done                                              */
    SAKER_ENOMEM = -1,  /**< the allocator returned NULL, or the memory limit of the object is reached */
    SAKER_EINVAL = -2,  /**< the call itself was wrong (see the function)      */
    SAKER_ERULES = -3,  /**< the rules are at fault: read the diagnostics      */
    SAKER_EIO = -4,     /**< a file or a source could not be read              */
    SAKER_ELIMIT = -5,  /**< a limit of the options was reached                */
    SAKER_ENOTSUP = -6, /**< not in this build, or not on this kernel          */
    SAKER_EEND = -7     /**< a source has no more events                       */
} saker_status;

/** A short constant text for a status; never NULL. */
SAKER_API const char *saker_strerror(int status);

/** Version of the library that is running, which may be newer than the headers: "0.1.0". */
SAKER_API const char *saker_version(void);
/** The same to compare with: of the form of SAKER_VERSION_NUMBER. */
SAKER_API unsigned saker_version_number(void);

/**
 * Where the library gets its memory. One function, as in Lua:
 * `ptr == NULL` allocates, `new_size == 0` frees (and returns NULL), anything
 * else resizes. `old_size` is exact. It must be callable from every thread
 * that uses an object made with it. `fn == NULL` stands for malloc and free.
 *
 * Only this does not come from it, nor is counted against a `max_memory`:
 *   - What cJSON takes for metadata of containers while it reads them. Its
 *     hooks belong to the whole process and are left alone; its input is at most
 *     1 MiB with 100,000 values, of which it makes some megabytes.
 *   - Machine code that PCRE2 makes of regular expressions. It is mapped, writable
 *     and executable; where that is forbidden, they match without it, slower.
 *   - What qsort() and opendir() of the C library take during a call.
 *   - In libsaker-live: what libbpf and stdio take, the ring buffers, and what
 *     saker_live_doctor() tries.
 */
typedef struct saker_alloc {
    void *(*fn)(void *ctx, void *ptr, size_t old_size, size_t new_size); /**< NULL: out of memory */
    void *ctx;                                                           /**< given to `fn` as it is */
} saker_alloc;

/** @} */

/**
 * @defgroup values Values
 * @{
 */

/**
 * Type of a field. The first ten are all that a host's own schema needs, and the only ones that
 * a saker_value has. The others refine one of them (after the colon) in what a literal in a rule may
 * look like, which operators exist and what two fields may be compared with each other.
 */
typedef enum saker_type {
    SAKER_BOOL = 1,  /**< bool                                */
    SAKER_INT = 2,   /**< int64_t                             */
    SAKER_UINT = 3,  /**< uint64_t                            */
    SAKER_FLOAT = 4, /**< double                              */
    SAKER_STR = 5,   /**< text, any bytes                     */
    SAKER_BYTES = 6, /**< binary                              */
    SAKER_IP = 7,    /**< IPv4 or IPv6 address                */
    SAKER_NET = 8,   /**< address and prefix length; an output prints `<IPNET>` */
    SAKER_TIME = 9,  /**< nanoseconds since the epoch, uint64_t */
    SAKER_SPAN = 10, /**< nanoseconds, uint64_t               */

    SAKER_INT8 = 16,   /**< : INT                              */
    SAKER_INT16,       /**< : INT                              */
    SAKER_INT32,       /**< : INT                              */
    SAKER_FD,          /**< : INT, a file descriptor           */
    SAKER_PID,         /**< : INT, a process or thread         */
    SAKER_ERRNO,       /**< : INT, negative: an error          */
    SAKER_UINT8,       /**< : UINT                             */
    SAKER_UINT16,      /**< : UINT                             */
    SAKER_UINT32,      /**< : UINT                             */
    SAKER_FLAGS8,      /**< : UINT                             */
    SAKER_FLAGS16,     /**< : UINT                             */
    SAKER_FLAGS32,     /**< : UINT                             */
    SAKER_ENUMFLAGS8,  /**< : UINT                             */
    SAKER_ENUMFLAGS16, /**< : UINT                             */
    SAKER_ENUMFLAGS32, /**< : UINT                             */
    SAKER_MODE,        /**< : UINT, mode of a file             */
    SAKER_PORT,        /**< : UINT, a number or a service name */
    SAKER_UID,         /**< : UINT, only `exists`              */
    SAKER_GID,         /**< : UINT, only `exists`              */
    SAKER_SIGTYPE,     /**< : UINT, no literal exists          */
    SAKER_SYSCALLID,   /**< : UINT, no literal exists          */
    SAKER_PATH,        /**< : STR, a path                      */
    SAKER_RELPATH,     /**< : STR, a path below a directory    */
    SAKER_IP4,         /**< : IP                               */
    SAKER_IP6,         /**< : IP                               */
    SAKER_NET4,        /**< : NET                              */
    SAKER_NET6,        /**< : NET                              */
    SAKER_SOCKADDR,    /**< : BYTES, only `exists`             */
    SAKER_SOCKTUPLE,   /**< : BYTES, only `exists`             */
    SAKER_FDLIST,      /**< : BYTES, only `exists`             */
    SAKER_SIGSET,      /**< : UINT, only `exists`              */
    SAKER_DYN          /**< : whatever the event holds         */
} saker_type;

/** One value of a field. Texts and bytes in it are borrowed, and last as long as what it was got from says. */
typedef struct saker_value {
    uint8_t type;    /**< a saker_type, one of the first ten */
    uint8_t prefix;  /**< NET: bits                          */
    uint16_t unused; /**< 0 */
    uint32_t len;    /**< STR, BYTES: bytes. IP, NET: 4 or 16 */
    /** The member that `type` says. */
    union {
        bool b;         /**< BOOL */
        int64_t i;      /**< INT */
        uint64_t u;     /**< UINT, TIME, SPAN                 */
        double f;       /**< FLOAT */
        const char *s;  /**< STR, BYTES; not NUL-terminated   */
        uint8_t ip[16]; /**< IP, NET: the first `len` bytes, in network order */
    } as;               /**< the value itself */
} saker_value;

/** @} */

/**
 * @defgroup schemas Schemas: what an event is and which fields rules may use
 * @{
 */

typedef struct saker_field saker_field;
/** Where an extractor puts what it finds. Valid during the call of the extractor only. */
typedef struct saker_out saker_out;
typedef struct saker_event saker_event;

/** The part in brackets of `proc.aname[2]` or `evt.arg[flags]`, as resolved
 *  when the rule was compiled. */
typedef struct saker_arg {
    const saker_field *field; /**< the row of the table */
    const char *key;          /**< NUL-terminated; NULL when there is none     */
    int64_t index;            /**< -1 when there is none or it is not a number */
    uintptr_t bound;          /**< what the field's `bind` stored              */
    uint8_t type;             /**< saker_type; `bind` may narrow a field of type SAKER_DYN */
    bool output;              /**< the field stands in an output, not in a condition */
    bool dotted;              /**< the argument came behind a dot, not in brackets */
} saker_arg;

/**
 * An extractor: reads `event` and puts the field's value with saker_put_*.
 * Putting nothing means the event has no such value; a list field puts as many
 * as it has (and saker_put_present() where it has none but is there). Runs at most once
 * per event for each distinct field and argument, whatever the number of rules that use it, and
 * must not change what another extractor gives. What it puts is borrowed until
 * the next saker_eval_run() on the same eval; it must not call that itself.
 */
typedef void saker_get_fn(saker_out *out, const void *event, const saker_arg *arg);

/**
 * Accepts and resolves the argument of a field; optional. Called when a rule is compiled.
 * May set `arg->bound`. Returns NULL, or a constant text saying what is wrong;
 * the text becomes a diagnostic that points at the argument; a text that ends in a blank is followed by the argument.
 * "" refuses as if the field did not exist.
 */
typedef const char *saker_bind_fn(saker_arg *arg);

/** saker_field.flags */
enum {
    SAKER_LIST = 1u << 0,          /**< may hold several values                    */
    SAKER_ARG_OPTIONAL = 1u << 1,  /**< name or name[arg]                          */
    SAKER_ARG_REQUIRED = 1u << 2,  /**< name[arg] only                             */
    SAKER_ARG_INDEX = 1u << 3,     /**< the argument may be a number               */
    SAKER_ARG_KEY = 1u << 4,       /**< the argument may be a string               */
    SAKER_ARG_DOT = 1u << 5,       /**< the argument may also follow a dot: evt.arg.flags. Whether it did is in
                                        saker_arg.dotted, for `bind` to refuse the other form */
    SAKER_ANY = 1u << 6,           /**< without an argument: a comparison holds if it does for any value */
    SAKER_PAIR = 1u << 7,          /**< two ends: as ANY, but `!=` must hold for both */
    SAKER_NO_RHS = 1u << 8,        /**< not as val(field), not below a transformer */
    SAKER_FILTER_ONLY = 1u << 9,   /**< for conditions; has no value in an output  */
    SAKER_HIDDEN = 1u << 10,       /**< works, but is not listed                   */
    SAKER_DEPRECATED = 1u << 11,   /**< using it is a warning                      */
    SAKER_REMOVED = 1u << 12,      /**< no longer there: an error, `doc` says what to use */
    SAKER_BY_KIND = 1u << 13,      /**< depends on saker_event.kind alone: decided when compiling */
    SAKER_HEX = 1u << 14,          /**< prints in upper-case hexadecimal           */
    SAKER_OCT = 1u << 15,          /**< prints in octal                            */
    SAKER_DEC9 = 1u << 16,         /**< prints with nine digits                    */
    SAKER_JSON_TIME = 1u << 17,    /**< text of the event's time: JSON has its nanoseconds */
    SAKER_WITHIN = 1u << 18,       /**< `=` asks for a value not above the literal; no other operator */
    SAKER_KNOWN_KINDS = 1u << 19,  /**< every literal must name a kind of the schema (evt.type) */
    SAKER_OUTPUT_APART = 1u << 20, /**< the extractor looks at arg->output         */
    SAKER_UNSAFE_NA = 1u << 21,    /**< comparing with "<NA>" is a warning         */
    SAKER_NO_VAL = 1u << 22,       /**< no field on the right, and not as val(field); transformers are allowed */
    SAKER_DIRECTORY = 1u << 23,    /**< text of the field in the row above as far as its last '/', or all of that text,
                                        or nothing; or "/" */
    SAKER_NO_NUL = 1u << 24        /**< its texts have no NUL byte: they need not be searched for one, where they end */
};

/** A field that rules may use: a row of a table. See SAKER_FIELD and SAKER_MEMBER. */
struct saker_field {
    const char *name;    /**< "login.user": words joined by dots, at least one dot */
    saker_type type;     /**< what `get` puts, and what rules may do with it */
    saker_get_fn *get;   /**< reads it from an event */
    const char *doc;     /**< one sentence, for listings; may be NULL              */
    uintptr_t at;        /**< offset for the saker_get_* below; otherwise yours    */
    uint32_t flags;      /**< SAKER_LIST ... */
    saker_bind_fn *bind; /**< resolves the argument; NULL: none, or taken as it is */
};

/** A row of a field table with an extractor of your own. Rows that need flags or `bind` are written out. */
#define SAKER_FIELD(name, type, get, doc)                                                                              \
    {                                                                                                                  \
        (name), (type), (get), (doc), 0, 0, NULL                                                                       \
    }
/** A row for a member of a struct, with one of the ready-made extractors. */
#define SAKER_MEMBER(name, type, get, structure, member, doc)                                                          \
    {                                                                                                                  \
        (name), (type), (get), (doc), offsetof(structure, member), 0, NULL                                             \
    }

/**
 * A sort of events. Meant to be `static const`: it is not copied and must
 * outlive every ruleset compiled with it. Every schema also has the fields
 * evt.type, evt.time, evt.num and evt.source, which come from saker_event, unless it
 * has fields of these names itself.
 */
typedef struct saker_schema {
    size_t size;               /**< sizeof(saker_schema) */
    size_t field_size;         /**< sizeof(saker_field)  */
    const char *name;          /**< what a rule's `source:` names */
    const saker_field *fields; /**< rows, `field_size` bytes each */
    size_t field_count;        /**< their number                  */
    const char *const *kinds;  /**< values of evt.type by saker_event.kind; or NULL. Several kinds may share a name.
                                    A NULL entry: evt.type varies by event, so no SAKER_BY_KIND field is decided for
                                    this kind when compiling. All entries are known literals of a SAKER_KNOWN_KINDS
                                    field */
    size_t kind_count;         /**< number of `kinds`; 0: none */
} saker_schema;

/** Initializer of a saker_schema: `fields` is an array. */
#define SAKER_SCHEMA(name, fields)                                                                                     \
    {                                                                                                                  \
        sizeof(saker_schema), sizeof(saker_field), (name), (fields), sizeof(fields) / sizeof((fields)[0]), NULL, 0     \
    }
/** The same with an array of `kinds`. */
#define SAKER_SCHEMA_KINDS(name, fields, kinds)                                                                        \
    {                                                                                                                  \
        sizeof(saker_schema), sizeof(saker_field), (name), (fields), sizeof(fields) / sizeof((fields)[0]), (kinds),    \
            sizeof(kinds) / sizeof((kinds)[0])                                                                         \
    }

/**
 * @name What extractors call
 * @{
 */
/**
 * Puts a value. `put_uint` is also for TIME and SPAN, `put_str` and `put_bytes` each for STR and BYTES, and `put_ip`
 * also for NET (a network of one address). `put_cstr` puts nothing for NULL. Addresses are in network order, `len` is 4
 * or 16 and `prefix` counts bits; anything else is dropped. So is a value whose kind of storage is not the field's
 * (which asserts in a debug build); a field of type SAKER_DYN takes any. Texts and bytes are not copied.
 */
SAKER_API void saker_put_bool(saker_out *out, bool v);
SAKER_API void saker_put_int(saker_out *out, int64_t v);
SAKER_API void saker_put_uint(saker_out *out, uint64_t v);
SAKER_API void saker_put_float(saker_out *out, double v);
SAKER_API void saker_put_str(saker_out *out, const char *s, size_t len);
SAKER_API void saker_put_cstr(saker_out *out, const char *s);
SAKER_API void saker_put_ip(saker_out *out, const void *addr, size_t len);
SAKER_API void saker_put_net(saker_out *out, const void *addr, size_t len, unsigned prefix);
SAKER_API void saker_put_bytes(saker_out *out, const void *p, size_t len);
/** @} */

/** The field is there though it has no value: an empty list, `exists` of a pair. */
SAKER_API void saker_put_present(saker_out *out);

/** Scratch for computed text; lives as long as what is put. NULL if out of memory. */
SAKER_API void *saker_out_alloc(saker_out *out, size_t size);
/** The event's envelope: kind, time, number. */
SAKER_API const saker_event *saker_out_event(const saker_out *out);
/** Seconds east of UTC for printed times (saker_options.utc_offset). */
SAKER_API int32_t saker_out_utc_offset(const saker_out *out);

/**
 * @name Ready-made extractors
 * @{
 */
/**
 * A ready-made extractor, for SAKER_MEMBER. The name says what the member is: `chars` a NUL-terminated array, `cstr` a
 * pointer to such text (NULL: no value), `ip4` 4 and `ip6` 16 bytes in network order, the others the type of that name.
 * Numbers may be given to fields of either sign. The struct may be packed. An event whose `data` is NULL has no values.
 */
SAKER_API void saker_get_chars(saker_out *out, const void *event, const saker_arg *arg);
SAKER_API void saker_get_cstr(saker_out *out, const void *event, const saker_arg *arg);
SAKER_API void saker_get_bool(saker_out *out, const void *event, const saker_arg *arg);
SAKER_API void saker_get_i32(saker_out *out, const void *event, const saker_arg *arg);
SAKER_API void saker_get_i64(saker_out *out, const void *event, const saker_arg *arg);
SAKER_API void saker_get_u16(saker_out *out, const void *event, const saker_arg *arg);
SAKER_API void saker_get_u32(saker_out *out, const void *event, const saker_arg *arg);
SAKER_API void saker_get_u64(saker_out *out, const void *event, const saker_arg *arg);
SAKER_API void saker_get_ip4(saker_out *out, const void *event, const saker_arg *arg);
SAKER_API void saker_get_ip6(saker_out *out, const void *event, const saker_arg *arg);
/** @} */

/** @} */

/**
 * @defgroup rules Rules
 * @{
 */

/** How urgent a rule is; the least number is the most urgent. 0: not given. */
typedef enum saker_priority {
    SAKER_PRI_EMERGENCY = 1, /**< "Emergency" */
    SAKER_PRI_ALERT,         /**< "Alert" */
    SAKER_PRI_CRITICAL,      /**< "Critical" */
    SAKER_PRI_ERROR,         /**< "Error" */
    SAKER_PRI_WARNING,       /**< "Warning" */
    SAKER_PRI_NOTICE,        /**< "Notice" */
    SAKER_PRI_INFO,          /**< "Informational" */
    SAKER_PRI_DEBUG          /**< "Debug" */
} saker_priority;

/** The name that alerts have for it. NULL if out of range. */
SAKER_API const char *saker_priority_name(saker_priority p);

/** One rule: what saker_compiler_add_rule() takes (it copies everything) and
 *  what a ruleset shows. */
typedef struct saker_rule {
    size_t size;             /**< sizeof(saker_rule) */
    const char *name;        /**< a rule that has the name of an earlier one takes its place */
    const char *condition;   /**< as written: with the names of lists and macros */
    const char *output;      /**< template with %fields; NULL: the rule's name */
    const char *desc;        /**< for people; may be NULL */
    const char *source;      /**< schema name; NULL: the first schema added */
    const char *const *tags; /**< for selections and alerts */
    size_t tag_count;        /**< number of `tags` */
    saker_priority priority; /**< 0: SAKER_PRI_NOTICE */
    bool disabled;           /**< off, unless saker_compiler_enable() switches it on */
    /* What follows is only read from a ruleset. */
    const char *compiled; /**< canonical text of the condition, lists and macros expanded (of long lists, and of texts
                               that are too long together, the start) */
    const char *file;     /**< where it was defined; or NULL */
    uint32_t line;        /**< from 1; 0: no file */
    bool capture;         /**< the rule asks for a recording when it matches: the host's business */
    uint32_t capture_duration; /**< of that recording, ms; 0: default */
} saker_rule;

/** Initializer of a saker_rule. */
#define SAKER_RULE(name, condition, output)                                                                            \
    {                                                                                                                  \
        sizeof(saker_rule), (name), (condition), (output), NULL, NULL, NULL, 0, SAKER_PRI_NOTICE, false, NULL, NULL,   \
            0, false, 0                                                                                                \
    }

/** @} */

/**
 * @defgroup compiler Compiler: collects rules and diagnostics, makes rulesets
 * @{
 */

/** What rules are added to. For one thread at a time. */
typedef struct saker_compiler saker_compiler;
/** Compiled rules: never changes, counts references, is shared by threads. */
typedef struct saker_ruleset saker_ruleset;

/** saker_options.flags */
enum {
    SAKER_FIRST_MATCH = 1u << 0,  /**< report only the first rule that matches     */
    SAKER_WARN_IS_ERR = 1u << 1,  /**< warnings fail the build                     */
    SAKER_SKIP_UNKNOWN = 1u << 2, /**< skip rules with unknown fields, and say so  */
    SAKER_NAIVE = 1u << 3         /**< evaluate every rule's tree as written: slow, for comparison */
};

/** Text and fields added to the outputs of rules that match (Falco's `append_output`). */
typedef struct saker_append {
    size_t size;               /**< sizeof(saker_append)               */
    const char *source;        /**< only rules of this schema; NULL: any */
    const char *rule;          /**< only the rule of exactly this name; NULL: any */
    const char *const *tags;   /**< only rules with all of them        */
    size_t tag_count;          /**< number of `tags`                   */
    const char *output;        /**< appended to the output after a blank; or NULL */
    const char *const *fields; /**< pairs: name, format; a NULL format: the field itself */
    size_t field_count;        /**< number of pairs                    */
} saker_append;

/** Settings of a compiler, and of the rulesets and evals that come from it. Begin with SAKER_OPTIONS_INIT. Copied by
 *  the call that takes it. */
typedef struct saker_options {
    size_t size;                 /**< sizeof(saker_options)                   */
    saker_alloc alloc;           /**< all zero: malloc and free               */
    uint32_t flags;              /**< SAKER_FIRST_MATCH ...                   */
    uint32_t max_depth;          /**< nesting of a condition, as Falco counts it; default 1000 */
    uint32_t max_nodes;          /**< of a condition, expanded; default 1048576 */
    uint32_t max_regex;          /**< bytes of one compiled regex; default 1 MiB; of all, 32 times that */
    uint32_t max_diags;          /**< errors that are kept, beside the first of each file; default 256 */
    saker_priority min_priority; /**< drop rules less urgent; default: none   */
    int32_t utc_offset;          /**< seconds east of UTC for printed local times; default UTC */
    size_t max_memory;          /**< bytes that a compiler, each ruleset that it makes, each eval and a format may hold,
                                 *   every one of them as many; default: no limit */
    const saker_append *append; /**< added to outputs; several may fit one rule */
    size_t append_count;        /**< number of `append` */
} saker_options;

/** All defaults. */
#define SAKER_OPTIONS_INIT                                                                                             \
    {                                                                                                                  \
        sizeof(saker_options), { NULL, NULL }, 0, 0, 0, 0, 0, (saker_priority)0, 0, 0, NULL, 0                         \
    }

/** A compiler without schemas and rules. `options` may be NULL: defaults. */
SAKER_API saker_compiler *saker_compiler_new(const saker_options *options);
/** Frees it with its diagnostics; rulesets that it built stay. Without an allocator of the host's, and with glibc,
 * memory that the heap of the process has free is given back to the system (malloc_trim). */
SAKER_API void saker_compiler_free(saker_compiler *c);

/**
 * @name What a compiler is given
 * Failures are remembered: you may ignore what these return and look only at
 * saker_compiler_build(). Later items override and append to earlier ones, in
 * the order of the calls, as the rule language defines. All but schemas is copied.
 * @{
 */

/** A sort of events, before the rules for it. SAKER_EINVAL: not a sound schema, or there is one of this name. */
SAKER_API int saker_compiler_add_schema(saker_compiler *c, const saker_schema *schema);
/**
 * A rule file, or the files of a directory that end in .yaml or .yml, in the order of their names. It is UTF-8, UTF-16
 * or UTF-32, as its first bytes tell; places in diagnostics are those of the text in UTF-8. SAKER_ERULES: see the
 * diagnostics; SAKER_EIO: it cannot be read, which is a diagnostic, too. SAKER_ELIMIT: larger than 512 MiB.
 * SAKER_ENOTSUP: this build reads no rule files.
 */
SAKER_API int saker_compiler_add_file(saker_compiler *c, const char *path);
/** The text of a rule file. Diagnostics call it `name`. Results as of a file. */
SAKER_API int saker_compiler_add_yaml(saker_compiler *c, const char *name, const char *text, size_t len);
/** A list, a macro or a rule as if defined in a file. SAKER_EINVAL: a name or a text is missing, or there is no such
 *  priority. */
SAKER_API int saker_compiler_add_list(saker_compiler *c, const char *name, const char *const *items, size_t count);
/** As saker_compiler_add_list(). */
SAKER_API int saker_compiler_add_macro(saker_compiler *c, const char *name, const char *condition);
/** As saker_compiler_add_list(). */
SAKER_API int saker_compiler_add_rule(saker_compiler *c, const saker_rule *rule);
/** @} */

/** How saker_compiler_enable() finds rules. */
typedef enum saker_select {
    SAKER_BY_NAME,     /**< pattern with `*`     */
    SAKER_BY_TAG,      /**< exact                */
    SAKER_BY_SUBSTRING /**< of the name          */
} saker_select;

/** Switch rules on or off, whatever the files say; applied at the build, in the order of the calls. */
SAKER_API int saker_compiler_enable(saker_compiler *c, saker_select by, const char *pattern, bool enabled);

/**
 * Resolve and compile everything added so far. On success `*ruleset` holds one
 * reference for the caller and does not depend on the compiler, which can be
 * freed, or kept to read its warnings or to add more and build again.
 * SAKER_ERULES: at least one diagnostic is an error. With `ruleset` NULL everything is checked, but nothing made.
 */
SAKER_API int saker_compiler_build(saker_compiler *c, saker_ruleset **ruleset);

/**
 * Just a filter, as with libpcap: one condition, no lists or macros, becomes a ruleset of one rule (named "filter",
 * output `output` or, if NULL, its name). SAKER_ERULES: `error` holds the first fault as one line, in the
 * reference's words. `options` and `error` may be NULL.
 */
SAKER_API int saker_filter_compile(const saker_options *options, const saker_schema *schema, const char *condition,
                                   size_t len, const char *output, saker_ruleset **ruleset, char *error, size_t size);

/** @} */

/**
 * @defgroup diagnostics Diagnostics
 * @{
 */

/** How grave a diagnostic is. */
typedef enum saker_severity {
    SAKER_DIAG_ERROR,   /**< no ruleset is made */
    SAKER_DIAG_WARNING, /**< a ruleset is made, but rules may not do what was meant */
    SAKER_DIAG_NOTE     /**< more about the one before, with a place of its own */
} saker_severity;

/** Something said about the rules. Made by the library only; may grow at the end. A note belongs to the
 *  error or warning before it. */
typedef struct saker_diag {
    saker_severity severity;   /**< error, warning or note                          */
    uint32_t code;             /**< stable number, listed in doc/diagnostics.md     */
    const char *file;          /**< path, or the name given to add_yaml; or NULL    */
    uint32_t line;             /**< from 1; 0 when there is no position             */
    uint32_t column;           /**< from 1, in characters                           */
    uint32_t length;           /**< characters to underline, at least 1             */
    const char *item;          /**< the rule, macro or list concerned, or NULL; at most 1024 bytes of its name */
    const char *message;       /**< "unknown field 'proc.nam'"                      */
    const char *hint;          /**< "did you mean 'proc.name'?", or NULL            */
    const char *snippet;       /**< the line of source, without its newline; or NULL, also when the lines shown so far
                                    are 16 MiB together */
    const char *name;          /**< short name of the code: "unknown-field"         */
    const char *falco_code;    /**< "LOAD_ERR_VALIDATE" ...; NULL where Falco has none */
    const char *falco_message; /**< Falco's words for it, or NULL             */
} saker_diag;

/** Diagnostics of everything added so far; after a build, of the whole. In the order of the files and their lines. */
SAKER_API size_t saker_compiler_diag_count(const saker_compiler *c);
/** The i-th, valid until something is added or built. NULL if out of range. */
SAKER_API const saker_diag *saker_compiler_diag(const saker_compiler *c, size_t i);

/** As a compiler prints it: file:line:column, message, line, caret, hint.
 *  Like snprintf: returns the length needed, writes at most `size` bytes. */
SAKER_API size_t saker_diag_format(const saker_diag *d, char *buf, size_t size);

/** All of them to a stream. */
SAKER_API void saker_compiler_print_diags(const saker_compiler *c, FILE *stream);

/** @} */

/**
 * @defgroup ruleset Ruleset: immutable, shared
 * Every function here may be called from any thread.
 * @{
 */

/** One more reference; returns `rs`. */
SAKER_API saker_ruleset *saker_ruleset_ref(saker_ruleset *rs);
/** One reference less; the last one frees it. */
SAKER_API void saker_ruleset_unref(saker_ruleset *rs);

/** Rules that take part (enabled, known source, urgent enough), in the order of matches. */
SAKER_API size_t saker_ruleset_count(const saker_ruleset *rs);
/** The i-th of them; NULL if out of range. */
SAKER_API const saker_rule *saker_ruleset_rule(const saker_ruleset *rs, size_t i);

/** Can any rule match events of this kind? A source uses it to stay silent. */
SAKER_API bool saker_ruleset_wants(const saker_ruleset *rs, const saker_schema *schema, uint32_t kind);

/** The program of one rule in readable form, for tests and for the curious. */
SAKER_API int saker_ruleset_dump(const saker_ruleset *rs, size_t i, FILE *stream);

/** @} */

/**
 * @defgroup eval Eval: one thread's scratch
 * @{
 */

/** Runs a ruleset on events, one at a time, and holds what matched. For one thread at a time. */
typedef struct saker_eval saker_eval;

/** An event: an envelope the host fills, around data only extractors look into. */
struct saker_event {
    const saker_schema *schema; /**< what sort of event it is */
    const void *data;           /**< what extractors are given */
    uint64_t time;              /**< nanoseconds since the epoch; 0: unknown */
    uint64_t num;               /**< your sequence number                    */
    uint32_t kind;              /**< index into schema->kinds                */
};

/** An eval of these rules. It takes a reference of its own. */
SAKER_API saker_eval *saker_eval_new(saker_ruleset *rs);
/** Frees it, and all that its matches have shown. */
SAKER_API void saker_eval_free(saker_eval *ev);

/**
 * Evaluate every rule that could match. Returns how many did; saker_match_*
 * show them, in the order of the rules, until the next run. Keep the event and
 * its data unchanged until then too: output is made only when asked for. Does
 * not allocate once its scratch has grown to fit. SAKER_EINVAL: the ruleset does
 * not know the schema.
 */
SAKER_API int saker_eval_run(saker_eval *ev, const saker_event *event);

/** Switch one rule (by its index in the ruleset) off or on again in this eval only. SAKER_EINVAL: no such rule. */
SAKER_API int saker_eval_enable(saker_eval *ev, size_t rule, bool enabled);

/** What an eval has counted since it was made. */
typedef struct saker_eval_stats {
    size_t size;         /**< sizeof(saker_eval_stats)                     */
    uint64_t events;     /**< runs                                         */
    uint64_t matches;    /**< of all rules                             */
    uint64_t candidates; /**< rules looked at in full                      */
    uint64_t checks;     /**< comparisons made                             */
    uint64_t probes;     /**< index look-ups                               */
    uint64_t limits;     /**< comparisons given up (regex limits): counted as no match */
    uint64_t nomem;      /**< values lost because memory ran out           */
    uint64_t gates;      /**< comparisons that decide which rules can match at all; not in `checks` */
} saker_eval_stats;

/** Fills `stats`, of which `size` must be set. SAKER_EINVAL: it is not. */
SAKER_API int saker_eval_get_stats(const saker_eval *ev, saker_eval_stats *stats);
/** Matches of one rule so far. */
SAKER_API uint64_t saker_eval_rule_matches(const saker_eval *ev, size_t rule);

/** The rule of the i-th match of the last run. NULL if there is no such match; so do the others below. */
SAKER_API const saker_rule *saker_match_rule(const saker_eval *ev, int i);
/** Index of the rule in the ruleset: stable, for a host's own data per rule. */
SAKER_API size_t saker_match_index(const saker_eval *ev, int i);

/** The rule's `output:` with its fields filled in, NUL-terminated. Made when
 *  first asked for. NULL if memory ran out, or if it is longer than 16 MiB, or
 *  all texts of the event are longer than 128 MiB. */
SAKER_API const char *saker_match_output(saker_eval *ev, int i);

/** saker_alert_options.flags: settings of falco.yaml. */
enum {
    SAKER_ALERT_ISO_TIME = 1u << 0,  /**< time_format_iso_8601                   */
    SAKER_ALERT_ESCAPE = 1u << 1,    /**< text JSON-escaped, as Falco after 0.44.1 */
    SAKER_ALERT_NO_OUTPUT = 1u << 2, /**< json_include_output_property: false    */
    SAKER_ALERT_NO_FIELDS = 1u << 3, /**< json_include_output_fields_property: false */
    SAKER_ALERT_NO_TAGS = 1u << 4,   /**< json_include_tags_property: false      */
    SAKER_ALERT_MESSAGE = 1u << 5,   /**< json_include_message_property: true    */
    SAKER_ALERT_BASE64 = 1u << 6     /**< buffer_format_base64                   */
};

/** How alerts look. */
typedef struct saker_alert_options {
    size_t size;          /**< sizeof(saker_alert_options) */
    uint32_t flags;       /**< SAKER_ALERT_* */
    const char *hostname; /**< NULL: no such key */
} saker_alert_options;

/** Falco's alert line: time, priority, message. `options` may be NULL. NULL if memory ran out. */
SAKER_API const char *saker_match_alert(saker_eval *ev, int i, const saker_alert_options *options);

/** The same as one line of JSON: rule, priority, source, tags, time, output, output_fields. */
SAKER_API const char *saker_match_json(saker_eval *ev, int i, const saker_alert_options *options);

/** A field of `output:` with its values; none when the event has no such value. */
typedef struct saker_named {
    const char *name;          /**< as in the output, with its argument */
    const saker_value *values; /**< until the next run on the eval */
    size_t count;              /**< number of `values` */
} saker_named;

/** The fields of `output:`, in order. NULL if memory ran out. */
SAKER_API const saker_named *saker_match_fields(saker_eval *ev, int i, size_t *count);

/** @} */

/**
 * @defgroup formats Formats: text of any event, with or without a match
 * @{
 */

/** A compiled output template. For one thread at a time. */
typedef struct saker_format saker_format;

/** Compile an output template ("%proc.name of %evt.type"). A leading `*` prints missing values as `<NA>`.
 *  SAKER_ERULES: `error` says why. */
SAKER_API int saker_format_compile(const saker_options *options, const saker_schema *schema, const char *text,
                                   size_t len, saker_format **format, char *error, size_t size);
/** Frees it, and the text that it gave. */
SAKER_API void saker_format_free(saker_format *f);

/** Text for `event`, valid until the next call on `f`; `*length` (may be NULL) counts bytes. Returns 1, or 0 when a
 * value is missing and the template has no `*` (then `*text` is what could be printed). One thread at a time. */
SAKER_API int saker_format_text(saker_format *f, const saker_event *event, const char **text, size_t *length);

/** The same as a JSON object of the template's fields. */
SAKER_API int saker_format_json(saker_format *f, const saker_event *event, const char **text, size_t *length);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* SAKER_SAKER_H */
