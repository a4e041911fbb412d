/* SPDX-License-Identifier: Apache-2.0 */
/* evt.*: time, kind, result, flags. Parameters are in fields_arg.c, paths in fields_path.c. */
#include "fields.h"

#include "num.h"

/* Event code; when compiling there is no event, only its kind. */
static unsigned code_of(const saker_out *out, const void *event)
{
    return event ? ((const skr_sysevent *)event)->evt.type : skr_kind_code(saker_out_event(out)->kind);
}

static const skr_event_info *info_of(const saker_out *out, const void *event)
{
    return &skr_events[code_of(out, event)];
}

/* ---- Time ---- */

void skr_get_evt_num(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    saker_put_uint(out, ((const skr_sysevent *)event)->num);
}

static void digits(char *p, int n, uint64_t v)
{
    for (; n > 0; v /= 10)
        p[--n] = (char)('0' + v % 10);
}

/* Days since 1970 to a date of the Gregorian calendar. */
static void date(int64_t days, char out[10])
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097, yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9, year = yoe + era * 400 + (month <= 2);
    digits(out, 4, (uint64_t)year);
    out[4] = out[7] = '-';
    digits(out + 5, 2, (uint64_t)month);
    digits(out + 8, 2, (uint64_t)(doy - (153 * mp + 2) / 5 + 1));
}

void skr_date_time(int64_t seconds, char out[SKR_DATE_TIME])
{
    int64_t days = (seconds >= 0 ? seconds : seconds - 86399) / 86400, rest = seconds - days * 86400;
    date(days, out);
    out[10] = ' ';
    digits(out + 11, 2, (uint64_t)(rest / 3600));
    digits(out + 14, 2, (uint64_t)(rest / 60 % 60));
    digits(out + 17, 2, (uint64_t)(rest % 60));
    out[13] = out[16] = ':';
}

void skr_get_evt_clock(saker_out *out, const void *event, const saker_arg *arg)
{
    uint64_t ts = ((const skr_sysevent *)event)->evt.ts;
    uintptr_t form = arg->field->at;
    bool with_date = form >= SKR_CLOCK_DATE, with_ns = form != SKR_CLOCK_TIME_S && form != SKR_CLOCK_DATE_S;
    char *start = saker_out_alloc(out, 40), *p = start;
    if (!p)
        return;
    skr_date_time((int64_t)(ts / 1000000000) + (form == SKR_CLOCK_ISO ? 0 : saker_out_utc_offset(out)), p);
    if (form == SKR_CLOCK_ISO)
        p[10] = 'T';
    if (!with_date)
        start += 11;
    p += SKR_DATE_TIME;
    if (with_ns) {
        *p = '.';
        digits(p + 1, 9, ts % 1000000000);
        p += 10;
    }
    if (form == SKR_CLOCK_ISO) {
        memcpy(p, "+0000", 5);
        p += 5;
    }
    saker_put_str(out, start, (size_t)(p - start));
}

static void put_part(saker_out *out, uint64_t ns, uintptr_t part)
{
    saker_put_uint(out, part == SKR_PART_ALL ? ns : part == SKR_PART_S ? ns / 1000000000 : ns % 1000000000);
}

void skr_get_evt_rawtime(saker_out *out, const void *event, const saker_arg *arg)
{
    put_part(out, ((const skr_sysevent *)event)->evt.ts, arg->field->at);
}

void skr_get_evt_reltime(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    put_part(out, e->evt.ts - e->first_ts, arg->field->at);
}

void skr_get_evt_deltatime(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    put_part(out, e->prev_ts ? e->evt.ts - e->prev_ts : 0, arg->field->at);
}

void skr_get_evt_latency_human(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event, (void)arg;
    saker_put_str(out, "0ns", 3);
}

/* evt.around[T] = D: the distance in milliseconds, rounded up so that it is not above D just when the event lies
 * within D. */
const char *skr_bind_evt_around(saker_arg *arg)
{
    int64_t t;
    if (!arg->key || !skr_parse_i64(skr_str_of(arg->key), &t) || t < 0)
        return "the argument must be a time in nanoseconds";
    arg->bound = (uintptr_t)t;
    return NULL;
}

void skr_get_evt_around(saker_out *out, const void *event, const saker_arg *arg)
{
    uint64_t ts = ((const skr_sysevent *)event)->evt.ts, t = arg->bound;
    uint64_t distance = ts > t ? ts - t : t - ts;
    saker_put_uint(out, distance / 1000000 + (distance % 1000000 != 0));
}

/* ---- Kind ---- */

static void put_name(saker_out *out, const void *event)
{
    if (event)
        skr_put_text(out, skr_sysevent_name(event));
    else
        saker_put_cstr(out, saker_syscall_schema()->kinds[saker_out_event(out)->kind]);
}

void skr_get_evt_type(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    put_name(out, event);
}

void skr_get_syscall_type(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    if (info_of(out, event)->source & SKR_ES_SYSCALL)
        put_name(out, event);
}

/* An asynchronous event of a plugin that is not here has an unknown source. */
void skr_get_evt_source(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    unsigned code = code_of(out, event);
    bool foreign = skr_events[code].source & SKR_ES_PLUGIN;
    if (event && code == SKR_E_ASYNCEVENT_E)
        foreign = skr_param_u32(skr_evt_param(&((const skr_sysevent *)event)->evt, 0), 0) != 0;
    if (!foreign)
        saker_put_str(out, "syscall", 7);
}

void skr_get_evt_is_async(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    saker_put_bool(out, info_of(out, event)->source & SKR_ES_METAEVENT);
}

void skr_get_evt_asynctype(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    if (info_of(out, event)->source & SKR_ES_METAEVENT)
        put_name(out, event);
}

void skr_get_evt_dir(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    saker_put_str(out, SKR_IS_EXIT(code_of(out, event)) ? "<" : ">", 1);
}

/* evt.type.is.NAME: bound is twice the first code of that name, plus one; evt.type.is.CODE: twice the code. */
const char *skr_bind_evt_type_is(saker_arg *arg)
{
    int64_t code;
    if (!arg->key || !arg->dotted)
        return "";
    if (skr_parse_index(skr_str_of(arg->key), &code)) {
        arg->bound = (uintptr_t)code * 2;
        return code < SKR_EVENT_CODES ? NULL : "unknown event type ";
    }
    for (unsigned i = 0; i < SKR_EVENT_CODES; i++)
        if (strcmp(skr_name(skr_events[i].name), arg->key) == 0) {
            arg->bound = i * 2 + 1;
            return NULL;
        }
    return "unknown event type ";
}

void skr_get_evt_type_is(saker_out *out, const void *event, const saker_arg *arg)
{
    unsigned code = code_of(out, event), wanted = (unsigned)(arg->bound / 2);
    saker_put_uint(out, code == wanted || (arg->bound % 2 && code == wanted + 1));
}

static const char *const category_names[] = {
    [SKR_EC_UNKNOWN] = "unknown",
    [SKR_EC_OTHER] = "other",
    [SKR_EC_FILE] = "file",
    [SKR_EC_NET] = "net",
    [SKR_EC_IPC] = "IPC",
    [SKR_EC_MEMORY] = "memory",
    [SKR_EC_PROCESS] = "process",
    [SKR_EC_SLEEP] = "sleep",
    [SKR_EC_SYSTEM] = "system",
    [SKR_EC_SIGNAL] = "signal",
    [SKR_EC_USER] = "user",
    [SKR_EC_TIME] = "time",
    [SKR_EC_PROCESSING] = "processing",
    [SKR_EC_WAIT] = "wait",
    [SKR_EC_SCHEDULER] = "scheduler",
    [SKR_EC_INTERNAL] = "internal",
};

static bool is_io(const skr_event_info *info)
{
    return info->category == SKR_EC_IO_READ || info->category == SKR_EC_IO_WRITE || info->category == SKR_EC_IO_OTHER;
}

static const char *io_category(const skr_fd *fd)
{
    switch (fd ? fd->type : SKR_FD_UNKNOWN) {
    case SKR_FD_FILE:
    case SKR_FD_FILE_V2:
    case SKR_FD_DIRECTORY:
        return "file";
    case SKR_FD_IPV4_SOCK:
    case SKR_FD_IPV6_SOCK:
    case SKR_FD_IPV4_SERVSOCK:
    case SKR_FD_IPV6_SERVSOCK:
        return "net";
    case SKR_FD_FIFO:
    case SKR_FD_UNIX_SOCK:
    case SKR_FD_EVENT:
    case SKR_FD_SIGNALFD:
    case SKR_FD_INOTIFY:
    case SKR_FD_USERFAULTFD:
        return "ipc";
    default:
        return "unknown";
    }
}

void skr_get_evt_category(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    const skr_event_info *info = e->evt.info;
    saker_put_cstr(out, is_io(info) ? io_category(e->fd) : category_names[info->category]);
}

void skr_get_evt_flag(saker_out *out, const void *event, const saker_arg *arg)
{
    saker_put_bool(out, info_of(out, event)->flags & arg->field->at);
}

void skr_get_evt_io_dir(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    uint16_t flags = info_of(out, event)->flags;
    if (flags & SKR_EF_WRITES_TO_FD)
        saker_put_str(out, "write", 5);
    else if (flags & SKR_EF_READS_FROM_FD)
        saker_put_str(out, "read", 4);
}

void skr_get_evt_one(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event, (void)arg;
    saker_put_uint(out, 1);
}

void skr_get_evt_count_exit(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    if (SKR_IS_EXIT(code_of(out, event)))
        saker_put_uint(out, 1);
}

void skr_get_evt_count_threadinfo(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    saker_put_uint(out, code_of(out, event) == SKR_E_PROCINFO_E);
}

void skr_get_evt_count_procinfo(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    const skr_thread *t = e->evt.type == SKR_E_PROCINFO_E ? skr_field_thread(e) : NULL;
    saker_put_uint(out, t && skr_thread_is_main(t));
}

/* ---- Where from ---- */

void skr_get_evt_cpu(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    saker_put_int(out, (int16_t)((const skr_sysevent *)event)->evt.cpu);
}

void skr_get_evt_hostname(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_machine *m = skr_state_machine(((const skr_sysevent *)event)->state);
    if (m)
        saker_put_cstr(out, m->hostname);
}

/* ---- Result ---- */

void skr_get_evt_rawres(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    int64_t result;
    if (skr_evt_result(&((const skr_sysevent *)event)->evt, &result))
        saker_put_int(out, result);
}

void skr_get_evt_failed(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    int64_t result;
    if (skr_evt_result(&((const skr_sysevent *)event)->evt, &result))
        saker_put_bool(out, result < 0);
}

void skr_get_evt_res(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    int64_t result;
    if (!skr_evt_result(&e->evt, &result))
        return;
    skr_str text = result >= 0 ? SKR_STR("SUCCESS") : skr_field_param_text(out, e, 0);
    if (text.ptr)
        skr_put_text(out, text);
}

/* Group of evt.count.error.* that the event belongs to: by its descriptor, else by what it would have made. */
static int error_group(const skr_sysevent *e)
{
    if (e->fd)
        return skr_is_file_like(e->fd->type) || e->fd->type == SKR_FD_DIRECTORY ? SKR_ERROR_FILE
               : skr_is_inet(e->fd->type) || e->fd->type == SKR_FD_UNIX_SOCK    ? SKR_ERROR_NET
                                                                                : SKR_ERROR_OTHER;
    switch (e->evt.type) {
    case SKR_E_SYSCALL_OPEN_X:
    case SKR_E_SYSCALL_CREAT_X:
    case SKR_E_SYSCALL_OPENAT_X:
    case SKR_E_SYSCALL_OPENAT_2_X:
    case SKR_E_SYSCALL_OPENAT2_X:
    case SKR_E_SYSCALL_OPEN_BY_HANDLE_AT_X:
        return SKR_ERROR_FILE;
    case SKR_E_SOCKET_ACCEPT_X:
    case SKR_E_SOCKET_ACCEPT_5_X:
    case SKR_E_SOCKET_ACCEPT4_X:
    case SKR_E_SOCKET_ACCEPT4_5_X:
    case SKR_E_SOCKET_ACCEPT4_6_X:
    case SKR_E_SOCKET_CONNECT_X:
        return SKR_ERROR_NET;
    default:
        return e->evt.info->category == SKR_EC_MEMORY ? SKR_ERROR_MEMORY : SKR_ERROR_OTHER;
    }
}

void skr_get_evt_error(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    int64_t result;
    if (!skr_evt_result(&e->evt, &result))
        return;
    int group = (int)arg->field->at;
    bool here = group == SKR_ERROR_ANY      ? true
                : group == SKR_ERROR_MEMORY ? e->evt.info->category == SKR_EC_MEMORY
                                            : error_group(e) == group;
    if (here)
        saker_put_uint(out, result < 0);
}

void skr_get_evt_buflen(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    const skr_event_info *info = e->evt.info;
    uintptr_t only = arg->field->at;
    int64_t result;
    if (!e->fd || !is_io(info) || !SKR_IS_EXIT(e->evt.type) || !skr_evt_result(&e->evt, &result) || result < 0)
        return;
    if ((only & SKR_BUFLEN_IN && info->category != SKR_EC_IO_READ) ||
        (only & SKR_BUFLEN_OUT && info->category != SKR_EC_IO_WRITE) ||
        (only & SKR_BUFLEN_FILE && !skr_is_file_like(e->fd->type)) ||
        (only & SKR_BUFLEN_NET && !skr_is_inet(e->fd->type)))
        return;
    saker_put_uint(out, (uint64_t)result);
}

void skr_get_evt_is_syslog(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    size_t at;
    saker_put_bool(out, e->evt.info->flags & SKR_EF_WRITES_TO_FD && e->fd &&
                            skr_str_find(e->fd->name, SKR_STR("/dev/log"), &at));
}

/* ---- Opens ---- */

enum { FLAG_READ = 1 << 0, FLAG_WRITE = 1 << 1, FLAG_CREAT = 1 << 2, FLAG_TMPFILE = 1 << 13, FLAG_CREATED = 1 << 14 };

/* Positions of the flags and the mode; mode 0: none. */
static bool open_params(unsigned code, unsigned *flags, unsigned *mode)
{
    switch (code) {
    case SKR_E_SYSCALL_OPENAT_2_X:
    case SKR_E_SYSCALL_OPENAT2_X:
        *flags = 3, *mode = 4;
        return true;
    case SKR_E_SYSCALL_OPEN_X:
        *flags = 2, *mode = 3;
        return true;
    case SKR_E_SYSCALL_OPEN_BY_HANDLE_AT_X:
        *flags = 2, *mode = 0;
        return true;
    default:
        return false;
    }
}

static bool is_open(const skr_evt *e, uintptr_t how)
{
    unsigned at_flags, at_mode;
    int64_t result;
    if (e->type == SKR_E_SYSCALL_CREAT_X)
        return how == SKR_OPEN_EXEC && skr_param_u32(skr_evt_param(e, 2), 0) & 0111;
    if (!open_params(e->type, &at_flags, &at_mode))
        return false;
    uint32_t flags = skr_param_u32(skr_evt_param(e, at_flags), 0);
    switch (how) {
    case SKR_OPEN_READ:
        return flags & FLAG_READ;
    case SKR_OPEN_WRITE:
        return flags & FLAG_WRITE;
    case SKR_OPEN_EXEC:
        return flags & (FLAG_TMPFILE | FLAG_CREAT) && at_mode && skr_param_u32(skr_evt_param(e, at_mode), 0) & 0111;
    default:
        return flags & FLAG_CREATED || (flags & FLAG_TMPFILE && skr_evt_result(e, &result) && result >= 0);
    }
}

void skr_get_evt_is_open(saker_out *out, const void *event, const saker_arg *arg)
{
    saker_put_bool(out, is_open(&((const skr_sysevent *)event)->evt, arg->field->at));
}

/* ---- Infrastructure events of old captures: "Event:start;ID:...;name:...;Image:..." ---- */

void skr_get_evt_infra(saker_out *out, const void *event, const saker_arg *arg)
{
    static const char *const keys[] = { "event", "id", "name", "image" };
    const skr_sysevent *e = event;
    const char *key = keys[arg->field->at];
    if (e->evt.type != SKR_E_INFRASTRUCTURE_EVENT_E)
        return;
    skr_str rest = skr_param_text(skr_evt_param(&e->evt, 2));
    while (rest.len) {
        const char *end = memchr(rest.ptr, ';', rest.len);
        skr_str item = { rest.ptr, end ? (size_t)(end - rest.ptr) : rest.len };
        rest = end ? skr_str_cut(rest, item.len + 1, rest.len) : (skr_str){ NULL, 0 };
        item = skr_str_trim(item, " \t\r\n");
        size_t n = 0;
        while (n < item.len && key[n] && skr_lower(item.ptr[n]) == key[n])
            n++;
        if (key[n] || n >= item.len || item.ptr[n] != ':')
            continue;
        skr_str value = skr_str_trim(skr_str_cut(item, n + 1, item.len), " \t\r\n");
        saker_put_str(out, value.ptr, arg->field->at == 1 && value.len > 12 ? 12 : value.len);
        return;
    }
}

/* ---- util.cnt ---- */

void skr_get_util_cnt(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    saker_put_uint(out, ((const skr_sysevent *)event)->seen);
}
