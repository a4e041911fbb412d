/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts as POST requests, one JSON object each, as falcosidekick takes them. One connection is kept. */
#include "output.h"

#include <stdlib.h>
#include <string.h>

#if CMD_HAVE_CURL
#include "curl.h"

typedef struct http_output {
    output base;
    const curl_functions *lib;
    CURL *curl;
    struct curl_slist *headers;
    http_settings settings;
    uint32_t tries;  /* of this line, that the server took part in */
    char shown[128]; /* the URL without name and password */
} http_output;

static size_t ignore(char *data, size_t size, size_t count, void *ctx)
{
    (void)data;
    (void)ctx;
    return size * count;
}

/* An answer to be shown; the terminal shall not obey the server. */
static size_t echo(char *data, size_t size, size_t count, void *ctx)
{
    (void)ctx;
    if (term_is(stdout))
        put_safe(data, size * count);
    else
        put(data, size * count);
    return size * count;
}

/* Not 0: give up the request. */
static int look_for_end(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return output_ending(ctx);
}

/* A server that is away is waited for: nothing is wrong with the line. One that answers with a failure of its own, or
 * not at all, has the line perhaps and stumbles over it: it gets some more tries. Any other answer is final. */
static int http_emit(output *o, const alert_line *line)
{
    http_output *h = (http_output *)o;
    long answer = 0;
    h->lib->easy_setopt(h->curl, CURLOPT_POSTFIELDS, line->text);
    h->lib->easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)line->len);
    const CURLcode e = h->lib->easy_perform(h->curl);
    if (e == CURLE_OK)
        h->lib->easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &answer);
    if (answer >= 200 && answer < 300) {
        h->tries = 0;
        return 0;
    }
    if (e == CURLE_ABORTED_BY_CALLBACK)
        return -1;
    if (e != CURLE_OK)
        output_fault(o, "%s: %s", h->shown, h->lib->easy_strerror(e));
    else
        output_fault(o, "%s: the answer was %ld", h->shown, answer);
    if (e == CURLE_COULDNT_CONNECT || e == CURLE_COULDNT_RESOLVE_HOST || e == CURLE_COULDNT_RESOLVE_PROXY)
        return OUTPUT_RETRY;
    const bool passing = e != CURLE_OK || answer >= 500 || answer == 408 || answer == 429;
    if (passing && h->tries++ < h->settings.max_timeouts)
        return OUTPUT_RETRY;
    h->tries = 0;
    return -1;
}

static void http_close(output *o)
{
    http_output *h = (http_output *)o;
    h->lib->easy_cleanup(h->curl);
    h->lib->slist_free_all(h->headers);
    free(h);
}

static int set_up_tls(http_output *h)
{
    CURL *c = h->curl;
    const http_settings *s = &h->settings;
    int e = CURLE_OK;
    if (s->insecure) {
        e |= h->lib->easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
        e |= h->lib->easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (s->mtls) {
        e |= h->lib->easy_setopt(c, CURLOPT_SSLCERT, s->client_cert);
        e |= h->lib->easy_setopt(c, CURLOPT_SSLKEY, s->client_key);
    }
    if (s->ca_cert[0] || s->ca_bundle[0])
        e |= h->lib->easy_setopt(c, CURLOPT_CAINFO, s->ca_cert[0] ? s->ca_cert : s->ca_bundle);
    else if (s->ca_path[0])
        e |= h->lib->easy_setopt(c, CURLOPT_CAPATH, s->ca_path);
    return e;
}

static int set_up(http_output *h)
{
    const http_settings *s = &h->settings;
    CURL *c = h->curl;
    int e = h->lib->easy_setopt(c, CURLOPT_URL, s->url);
#if LIBCURL_VERSION_NUM >= 0x075500
    e |= h->lib->easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    e |= h->lib->easy_setopt(c, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    e |= h->lib->easy_setopt(c, CURLOPT_HTTPHEADER, h->headers);
    e |= h->lib->easy_setopt(c, CURLOPT_USERAGENT, s->user_agent);
    e |= h->lib->easy_setopt(c, CURLOPT_POST, 1L);
    e |= h->lib->easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    e |= h->lib->easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms);
    e |= h->lib->easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    e |= h->lib->easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look_for_end);
    e |= h->lib->easy_setopt(c, CURLOPT_XFERINFODATA, &h->base);
    e |= h->lib->easy_setopt(c, CURLOPT_WRITEFUNCTION, s->echo ? echo : ignore);
    if (s->compress)
        e |= h->lib->easy_setopt(c, CURLOPT_TRANSFER_ENCODING, 1L);
    if (s->keep_alive)
        e |= h->lib->easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
    return e | set_up_tls(h);
}

static void show_url(http_output *h)
{
    const char *scheme = strstr(h->settings.url, "://");
    const char *host = scheme ? scheme + 3 : h->settings.url;
    const char *name = host + strcspn(host, "/?#"), *at = name;
    while (at > host && at[-1] != '@')
        at--;
    snprintf(h->shown, sizeof(h->shown), "%.*s%s", (int)(host - h->settings.url), h->settings.url,
             at > host ? at : host);
}

output *output_http_new(const http_settings *s)
{
    static const output_ops ops = { .emit = http_emit, .close = http_close };
    http_output *h = calloc(1, sizeof(*h));
    const curl_functions *lib = curl_load();
    if (!h || !lib) {
        free(h);
        if (lib)
            no_memory();
        return NULL;
    }
    *h = (http_output){ .base = { .ops = &ops, .name = "http_output", .json = true }, .lib = lib, .settings = *s };
    show_url(h);
    h->curl = h->lib->easy_init();
    h->headers = h->lib->slist_append(NULL, "Content-Type: application/json");
    if (h->curl && h->headers && set_up(h) == CURLE_OK)
        return &h->base;
    say("http_output: libcurl does not take these settings");
    http_close(&h->base);
    return NULL;
}

#else

output *output_http_new(const http_settings *s)
{
    (void)s;
    say("http_output: this build has none, it was made without libcurl");
    return NULL;
}

#endif
