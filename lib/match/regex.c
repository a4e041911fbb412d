/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "regex.h"

#include "regex_syntax.h"

#include <pcre2.h>

enum {
    MATCH_LIMIT = 500000, /* steps of backtracking: some milliseconds */
    SHORT_LIMIT = 5000,   /* ... which nearly all matches stay below */
    MOST_LONG = 64,       /* matches of an event that may take more */
    DEPTH_LIMIT = 20000,
    HEAP_LIMIT_KIB = 4096,
    PARENS_LIMIT = 1000,
    JIT_STACK_FIRST = 32 * 1024,
    JIT_STACK_MOST = 256 * 1024,
    LONGEST_PATTERN = 64 * 1024
};

struct skr_regex {
    skr_mem *mem;
    pcre2_code *code;
    skr_buf prefix;
};

struct skr_regex_scratch {
    skr_mem *mem;
    pcre2_general_context *general;
    pcre2_match_context *context;
    pcre2_match_data *data;
    pcre2_jit_stack *jit_stack; /* NULL: no JIT in this PCRE2 */
    skr_buf repaired;           /* a value with U+FFFD for what was no UTF-8 */
    uint32_t event, long_left;  /* the event at hand, and what is left of MOST_LONG */
};

/* ---- Memory: PCRE2 does not tell the size of what it frees, so it stands before each block ---- */

typedef union header {
    size_t size;
    max_align_t align;
} header;

static void *hook_alloc(size_t size, void *ctx)
{
    size_t total;
    header *h = skr_add(size, sizeof *h, &total) ? skr_alloc(ctx, total) : NULL;
    if (!h)
        return NULL;
    h->size = total;
    return h + 1;
}

static void hook_free(void *p, void *ctx)
{
    header *h = p;
    if (h)
        skr_free(ctx, h - 1, h[-1].size);
}

/* ---- Compiling ---- */

static pcre2_code *compile_with(pcre2_general_context *general, skr_str text, int *error)
{
    const uint32_t options = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_MULTILINE | PCRE2_ALT_CIRCUMFLEX | PCRE2_ANCHORED |
                             PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UCP;
    PCRE2_SIZE offset;
    pcre2_compile_context *context = pcre2_compile_context_create(general);
    *error = PCRE2_ERROR_NOMEMORY;
    if (!context)
        return NULL;
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_set_parens_nest_limit(context, PARENS_LIMIT);
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text.ptr, text.len, options, error, &offset, context);
    pcre2_compile_context_free(context);
    if (code)
        (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without it matching is only slower */
    return code;
}

static int compile(skr_regex *r, skr_arena *a, skr_str text, const char **error)
{
    int code = PCRE2_ERROR_NOMEMORY;
    pcre2_general_context *general = pcre2_general_context_create(hook_alloc, hook_free, r->mem);
    if (!general)
        return SAKER_ENOMEM;
    r->code = compile_with(general, text, &code);
    pcre2_general_context_free(general);
    if (r->code)
        return SAKER_OK;
    if (code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED)
        return SAKER_ENOMEM;
    /* The grammar is checked: what is left are limits of size and nesting. */
    *error = skr_arena_printf(a, "pattern too large - compile failed");
    return *error ? SAKER_ERULES : SAKER_ENOMEM;
}

int skr_regex_new(skr_mem *mem, skr_arena *a, skr_str pattern, skr_regex **regex, const char **error)
{
    if (pattern.len > LONGEST_PATTERN) {
        *error = "pattern too large - compile failed";
        return SAKER_ERULES;
    }
    skr_regex *r = skr_zalloc(mem, sizeof *r);
    if (!r)
        return SAKER_ENOMEM;
    skr_buf text;
    r->mem = mem;
    skr_buf_init(&r->prefix, mem);
    skr_buf_init(&text, mem);
    int status = skr_regex_translate(a, pattern, &text, &r->prefix, error);
    if (status == SAKER_OK)
        status = compile(r, a, (skr_str){ text.ptr ? text.ptr : "", text.len }, error);
    skr_buf_free(&text);
    if (status == SAKER_OK)
        *regex = r;
    else
        skr_regex_free(r);
    return status;
}

void skr_regex_free(skr_regex *r)
{
    if (!r)
        return;
    pcre2_code_free(r->code);
    skr_buf_free(&r->prefix);
    skr_free(r->mem, r, sizeof *r);
}

skr_str skr_regex_prefix(const skr_regex *r)
{
    return (skr_str){ r->prefix.ptr ? r->prefix.ptr : "", r->prefix.len };
}

size_t skr_regex_size(const skr_regex *r)
{
    size_t size = 0, jit = 0;
    pcre2_pattern_info(r->code, PCRE2_INFO_SIZE, &size);
    pcre2_pattern_info(r->code, PCRE2_INFO_JITSIZE, &jit);
    return size + jit;
}

/* ---- Scratch ---- */

skr_regex_scratch *skr_regex_scratch_new(skr_mem *mem)
{
    skr_regex_scratch *s = skr_zalloc(mem, sizeof *s);
    if (!s)
        return NULL;
    s->mem = mem;
    skr_buf_init(&s->repaired, mem);
    s->general = pcre2_general_context_create(hook_alloc, hook_free, mem);
    s->context = s->general ? pcre2_match_context_create(s->general) : NULL;
    s->data = s->general ? pcre2_match_data_create(1, s->general) : NULL;
    if (!s->context || !s->data) {
        skr_regex_scratch_free(s);
        return NULL;
    }
    s->long_left = MOST_LONG;
    pcre2_set_match_limit(s->context, SHORT_LIMIT);
    pcre2_set_depth_limit(s->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(s->context, HEAP_LIMIT_KIB);
    s->jit_stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MOST, s->general);
    if (s->jit_stack)
        pcre2_jit_stack_assign(s->context, NULL, s->jit_stack);
    return s;
}

void skr_regex_scratch_free(skr_regex_scratch *s)
{
    if (!s)
        return;
    pcre2_jit_stack_free(s->jit_stack);
    pcre2_match_data_free(s->data);
    pcre2_match_context_free(s->context);
    pcre2_general_context_free(s->general);
    skr_buf_free(&s->repaired);
    skr_free(s->mem, s, sizeof *s);
}

/* ---- Values ---- */

static size_t ascii_len(skr_str s)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        uint64_t word;
        memcpy(&word, s.ptr + i, 8);
        if (word & high)
            break;
    }
    while (i < s.len && !(s.ptr[i] & 0x80))
        i++;
    return i;
}

/* A value that is not valid UTF-8 is matched as a copy in which U+FFFD stands for each maximal invalid sequence, and,
 * as in the reference, for each control character: a newline is then no newline to `.`. false: out of memory. */
static bool as_utf8(skr_regex_scratch *s, skr_str *value)
{
    size_t from = ascii_len(*value), bad;
    if (skr_utf8_valid(skr_str_cut(*value, from, value->len)))
        return true;
    skr_buf_clear(&s->repaired);
    for (size_t i = 0; i < value->len;) {
        const unsigned char c = (unsigned char)value->ptr[i];
        size_t n = skr_utf8_next(value->ptr + i, value->len - i, &bad);
        if (n && c >= 0x20 && c != 0x7F)
            skr_buf_add(&s->repaired, value->ptr + i, n);
        else
            skr_buf_cstr(&s->repaired, "\xEF\xBF\xBD");
        i += n ? n : bad;
    }
    *value = (skr_str){ s->repaired.ptr, s->repaired.len };
    return !s->repaired.failed;
}

/* ---- Matching ---- */

void skr_regex_event(skr_regex_scratch *s, uint32_t event)
{
    if (s->event != event)
        s->long_left = MOST_LONG;
    s->event = event;
}

static int match(const skr_regex *r, skr_regex_scratch *s, skr_str value)
{
    return pcre2_match(r->code, (PCRE2_SPTR)value.ptr, value.len, 0, PCRE2_NO_UTF_CHECK, s->data, s->context);
}

skr_regex_result skr_regex_match(const skr_regex *r, skr_regex_scratch *s, skr_str value)
{
    if (!skr_str_starts(value, skr_regex_prefix(r)))
        return SKR_REGEX_NO;
    if (!value.ptr)
        value = SKR_STR("");
    if (!as_utf8(s, &value))
        return SKR_REGEX_LIMIT;
    int rc = match(r, s, value);
    if (rc == PCRE2_ERROR_MATCHLIMIT && s->long_left) {
        s->long_left -= s->event != 0;
        pcre2_set_match_limit(s->context, MATCH_LIMIT);
        rc = match(r, s, value);
        pcre2_set_match_limit(s->context, SHORT_LIMIT);
    }
    if (rc >= 0)
        return SKR_REGEX_YES;
    return rc == PCRE2_ERROR_NOMATCH ? SKR_REGEX_NO : SKR_REGEX_LIMIT;
}
