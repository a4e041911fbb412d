/* SPDX-License-Identifier: Apache-2.0 */
/* Standard output and messages. All writing goes through stdio with one large buffer; errors are looked at when a
 * verb asks and at the end. */
#include "cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

enum { BUFFER_SIZE = 1 << 16 };

static atomic_int why_failed; /* errno of the first flush that failed */

void out_flush(void)
{
    int none = 0;
    if (fflush(stdout) != 0)
        atomic_compare_exchange_strong(&why_failed, &none, errno);
}

static void say_args(const char *format, va_list args)
{
    out_flush();
    fputs("saker: ", stderr);
    vfprintf(stderr, format, args);
}

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_args(format, args);
    va_end(args);
    fputc('\n', stderr);
}

int usage_error(const char *verb, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_args(format, args);
    va_end(args);
    fputc('\n', stderr);
    return usage_hint(verb);
}

int usage_hint(const char *verb)
{
    fprintf(stderr, "Try 'saker %s --help'.\n", verb);
    return CMD_USAGE;
}

int no_memory(void)
{
    say("%s", saker_strerror(SAKER_ENOMEM));
    return CMD_OUTPUT;
}

void out_open(void)
{
    static char buffer[BUFFER_SIZE];
    setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    signal(SIGPIPE, SIG_IGN);
}

static atomic_bool failed_elsewhere;

bool out_failed(void)
{
    return ferror(stdout) != 0 || atomic_load(&failed_elsewhere);
}

void out_fail(void)
{
    atomic_store(&failed_elsewhere, true);
}

int out_close(int status)
{
    out_flush();
    const int why = atomic_load(&why_failed);
    if (!ferror(stdout) || why == EPIPE)
        return status;
    say("standard output: %s", why ? strerror(why) : "a write failed");
    return CMD_OUTPUT;
}

void put(const char *text, size_t len)
{
    fwrite(text, 1, len, stdout);
}

void put_cstr(const char *text)
{
    fputs(text, stdout);
}

/* Length of the UTF-8 sequence at `s`, 0 if there is none: no surrogates, nothing overlong, nothing above U+10FFFF. */
static size_t utf8_length(const unsigned char *s, size_t len)
{
    const unsigned char c = s[0];
    if (c < 0x80)
        return 1;
    const size_t need = c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
    if (need == 0 || len < need)
        return 0;
    const unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < need; i++)
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    return need;
}

/* C1 controls are two bytes, c2 80 to c2 9f: terminals obey them too. */
static bool is_c1(const unsigned char *s, size_t n)
{
    return n == 2 && s[0] == 0xc2 && s[1] < 0xa0;
}

static void put_json_escape(unsigned char c)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *at = strchr(from, c);
    if (c && at) {
        putchar('\\');
        putchar(to[at - from]);
    } else {
        printf("\\u%04x", c);
    }
}

void put_json_part(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    for (size_t i = 0; i < len;) {
        const size_t n = utf8_length(s + i, len - i);
        if (n == 0)
            put_cstr("\\ufffd");
        else if (n == 1 && (s[i] < 0x20 || s[i] == '"' || s[i] == '\\' || s[i] == 0x7f))
            put_json_escape(s[i]);
        else if (is_c1(s + i, n))
            put_json_escape(s[i + 1]);
        else
            put(text + i, n);
        i += n ? n : 1;
    }
}

void put_json(const char *text, size_t len)
{
    putchar('"');
    put_json_part(text, len);
    putchar('"');
}

void put_json_cstr(const char *text)
{
    put_json(text, strlen(text));
}

static void put_escaped(FILE *stream, const char *text, size_t len, bool keep_blanks)
{
    const unsigned char *s = (const unsigned char *)text;
    for (size_t i = 0; i < len;) {
        const size_t n = utf8_length(s + i, len - i);
        const bool blank = s[i] == '\n' || s[i] == '\t';
        const bool control = n == 0 || s[i] < 0x20 || s[i] == 0x7f || is_c1(s + i, n);
        if (!control || (blank && keep_blanks))
            fwrite(text + i, 1, n, stream);
        else if (blank || s[i] == '\r')
            fprintf(stream, "\\%c", s[i] == '\n' ? 'n' : s[i] == '\t' ? 't' : 'r');
        else
            for (size_t k = 0; k < (n ? n : 1); k++)
                fprintf(stream, "\\x%02x", s[i + k]);
        i += n ? n : 1;
    }
}

void put_shown(const char *text, size_t len)
{
    put_escaped(stdout, text, len, false);
}

void put_safe(const char *text, size_t len)
{
    put_escaped(stdout, text, len, true);
}

void put_shown_to(FILE *stream, const char *text)
{
    put_escaped(stream, text, strlen(text), false);
}

void put_made_json(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    if (!term_is(stdout)) {
        put(text, len);
        return;
    }
    for (size_t i = 0; i < len;) {
        const size_t n = utf8_length(s + i, len - i);
        if (s[i] == '\n' || (n && s[i] >= 0x20 && s[i] != 0x7f && !is_c1(s + i, n)))
            put(text + i, n);
        else
            printf("\\u%04x", n == 0 ? 0xfffd : n == 2 ? s[i + 1] : s[i]);
        i += n ? n : 1;
    }
}
