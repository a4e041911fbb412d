/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of the "syscall" schema: rows in fields_*.def, extractors in fields_*.c, put together by schema.c.
 * An extractor reads a skr_sysevent through the questions of state.h, changes nothing and allocates nothing but scratch
 * of the evaluation. Rules with SAKER_BY_KIND are also run when compiling, with no data at all: they look at the kind
 * only. */
#ifndef SKR_FIELDS_H
#define SKR_FIELDS_H

#include "container.h"
#include "state.h"

/* What `at` of a row means to its extractor. */
#define SKR_T(member) offsetof(skr_thread, member)
#define SKR_C(member) offsetof(skr_container, member)
enum { SKR_CLOCK_TIME, SKR_CLOCK_TIME_S, SKR_CLOCK_DATE, SKR_CLOCK_DATE_S, SKR_CLOCK_ISO };

/* "2026-01-31 23:59:59" of a number of seconds since 1970. The C library's own way reads the environment (TZ), files
 * and takes memory that is not the host's. */
enum { SKR_DATE_TIME = 19 };
void skr_date_time(int64_t seconds, char out[SKR_DATE_TIME]);
enum { SKR_PART_ALL, SKR_PART_S, SKR_PART_NS };
enum { SKR_ERROR_ANY, SKR_ERROR_FILE, SKR_ERROR_NET, SKR_ERROR_MEMORY, SKR_ERROR_OTHER };
enum { SKR_BUFLEN_IN = 1, SKR_BUFLEN_OUT = 2, SKR_BUFLEN_FILE = 4, SKR_BUFLEN_NET = 8 };
enum { SKR_OPEN_READ, SKR_OPEN_WRITE, SKR_OPEN_EXEC, SKR_OPEN_CREATE };
enum { SKR_LEADER_SID = 0x10000, SKR_LEADER_VPGID = 0x20000, SKR_LEADER_PGID = 0x30000 }; /* or-ed with an offset */
enum { SKR_END_CLIENT, SKR_END_SERVER, SKR_END_LOCAL, SKR_END_REMOTE };
enum { SKR_FS_NAME, SKR_FS_SOURCE, SKR_FS_TARGET, SKR_FS_RAW = 4 };
enum { SKR_LIST_NUMS, SKR_LIST_NAMES, SKR_LIST_CIPS, SKR_LIST_SIPS, SKR_LIST_CPORTS, SKR_LIST_SPORTS };
enum { SKR_MOUNT_ALL, SKR_MOUNT_SOURCE, SKR_MOUNT_DEST, SKR_MOUNT_MODE, SKR_MOUNT_RDWR, SKR_MOUNT_PROPAGATION };
enum { SKR_LABEL_POD_NAME, SKR_LABEL_NAMESPACE, SKR_LABEL_POD_UID };

/* Flags of rows that share them. */
enum {
    SKR_ANCESTOR = SAKER_ARG_OPTIONAL | SAKER_ARG_INDEX | SAKER_ARG_KEY | SAKER_ANY | SAKER_NO_RHS | SAKER_OUTPUT_APART,
    SKR_ARG_MOUNT = SAKER_ARG_REQUIRED | SAKER_ARG_INDEX | SAKER_ARG_KEY
};

/* Rows of the .def files:
 * F(name, type, extractor, at, flags, doc): a field without argument, or whose argument needs no resolving;
 * B(name, type, extractor, at, flags, bind, doc): one with a saker_bind_fn;
 * GONE(name, type, flags, doc): a name that older rules use and that is an error today. */
#define F(name, type, get, at, flags, doc) void skr_get_##get(saker_out *, const void *, const saker_arg *);
#define B(name, type, get, at, flags, bind, doc)                                                                       \
    void skr_get_##get(saker_out *, const void *, const saker_arg *);                                                  \
    const char *skr_bind_##bind(saker_arg *);
#define GONE(name, type, flags, doc)
#include "fields_all.def"
#undef F
#undef B
#undef GONE

/* ---- Kinds (saker_event.kind): event codes, then one for each system call of the generic event, then names that
 * asynchronous events may have ---- */

enum {
    SKR_KIND_SYSCALL0 = SKR_EVENT_CODES,
    SKR_KIND_ASYNC0 = SKR_EVENT_CODES + SKR_SYSCALL_CODES,
    SKR_KIND_CONTAINER = SKR_KIND_ASYNC0,
    SKR_KIND_CONTAINER_REMOVED,
    SKR_KIND_ASYNCEVENT, /* the name in the event table, which no event has */
    SKR_KIND_COUNT
};

/* Event code that a kind belongs to. */
static inline unsigned skr_kind_code(uint32_t kind)
{
    return kind < SKR_KIND_SYSCALL0 ? kind : kind < SKR_KIND_ASYNC0 ? SKR_E_GENERIC_X : SKR_E_ASYNCEVENT_E;
}

/* Kind of an event as it goes into its saker_event. */
uint32_t skr_sysevent_kind(const skr_sysevent *e);

/* evt.type of an event; empty when unknown. Borrowed from the event. */
skr_str skr_sysevent_name(const skr_sysevent *e);

/* ---- Shared by the extractors ---- */

/* Thread that proc.*, user.* ... speak of; NULL: none. */
static inline skr_thread *skr_field_thread(const skr_sysevent *e)
{
    return e->thread ? e->thread : skr_sysevent_thread(e);
}

/* Does fd.* apply to the event? Then its thread. */
static inline skr_thread *skr_field_fd_thread(const skr_sysevent *e)
{
    return e->evt.info->flags & (SKR_EF_CREATES_FD | SKR_EF_USES_FD | SKR_EF_DESTROYS_FD) ? e->thread : NULL;
}

/* Entry that fd.* speak of; NULL: none. */
static inline const skr_fd *skr_field_fd(const skr_sysevent *e)
{
    const skr_thread *t = skr_field_fd_thread(e);
    if (!t || e->fd)
        return t ? e->fd : NULL;
    return t->last_fd >= 0 ? skr_thread_fd(t, t->last_fd) : NULL;
}

static inline bool skr_is_file_like(uint8_t type)
{
    return type == SKR_FD_FILE || type == SKR_FD_FILE_V2;
}
static inline bool skr_is_inet(uint8_t type)
{
    return type >= SKR_FD_IPV4_SOCK && type <= SKR_FD_IPV6_SERVSOCK;
}

/* "file", "ipv4" ...; "<NA>". And its one-character form. */
const char *skr_fd_type_name(uint8_t type);
const char *skr_fd_type_char(uint8_t type);

static inline void skr_put_text(saker_out *out, skr_str s)
{
    saker_put_str(out, s.ptr, s.len);
}

/* A line of text in scratch memory, to be written and put; NULL ptr: out of memory. */
typedef struct skr_line {
    char *ptr;
    size_t len, cap;
} skr_line;

bool skr_line_start(skr_line *t, saker_out *out, size_t cap);
void skr_line_add(skr_line *t, const char *s, size_t len);
static inline void skr_line_str(skr_line *t, skr_str s)
{
    skr_line_add(t, s.ptr, s.len);
}
void skr_line_i64(skr_line *t, int64_t v);
void skr_line_put(saker_out *out, const skr_line *t);

/* Elements of NUL-separated text, put as one text with blanks between them. */
void skr_put_joined(saker_out *out, skr_str items);

/* An allocator whose memory is scratch of `out`: for code below that builds in a skr_buf or an arena. */
typedef struct skr_scratch {
    skr_mem mem;
    saker_out *out;
} skr_scratch;
void skr_scratch_init(skr_scratch *s, saker_out *out);

/* Text of parameter `i` as evt.arg shows it: the resolved form, else the plain one. ptr NULL: out of memory. */
skr_str skr_field_param_text(saker_out *out, const skr_sysevent *e, unsigned i);

#endif
