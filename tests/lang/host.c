/* SPDX-License-Identifier: Apache-2.0 */
/* The library as a host sees it: its own schema, outputs and alerts of matches, switches, counters. */
#include <saker/saker.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct login {
    const char *user;
    char host[8];
    uint8_t from[4];
    uint16_t port;
    int32_t tries;
    int64_t balance;
    uint64_t at;
    bool ok;
};

static void get_groups(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    (void)arg;
    saker_put_cstr(out, "wheel");
    saker_put_cstr(out, "dev\"s");
}

static void get_blob(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    (void)arg;
    saker_put_bytes(out, "a\0\xff", 3);
}

static void get_share(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    (void)arg;
    saker_put_float(out, 2.25);
}

static void get_none(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)out;
    (void)event;
    (void)arg;
}

static void get_many(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    (void)arg;
    for (int i = 0; i < 100000; i++)
        saker_put_cstr(out, "x");
}

/* Said to be text, but an address if it is called so. */
static void get_any(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    if (strcmp(arg->key, "ip") == 0)
        saker_put_ip(out, "AAAABBBBCCCCDDDD", 16);
    else
        saker_put_cstr(out, arg->key);
}

static const char *bind_text(saker_arg *arg)
{
    arg->type = SAKER_STR;
    return NULL;
}

static const saker_field fields[] = {
    SAKER_MEMBER("login.user", SAKER_STR, saker_get_cstr, struct login, user, "Who"),
    SAKER_MEMBER("login.host", SAKER_STR, saker_get_chars, struct login, host, "Where"),
    SAKER_MEMBER("login.from", SAKER_IP, saker_get_ip4, struct login, from, "From where"),
    SAKER_MEMBER("login.port", SAKER_PORT, saker_get_u16, struct login, port, NULL),
    SAKER_MEMBER("login.tries", SAKER_INT32, saker_get_i32, struct login, tries, NULL),
    SAKER_MEMBER("login.balance", SAKER_INT, saker_get_i64, struct login, balance, NULL),
    SAKER_MEMBER("login.at", SAKER_TIME, saker_get_u64, struct login, at, NULL),
    SAKER_MEMBER("login.ok", SAKER_BOOL, saker_get_bool, struct login, ok, "Let in"),
    { "login.code", SAKER_UINT16, saker_get_u16, NULL, offsetof(struct login, port), SAKER_HEX, NULL },
    { "login.mode", SAKER_UINT16, saker_get_u16, NULL, offsetof(struct login, port), SAKER_OCT, NULL },
    { "login.part", SAKER_UINT16, saker_get_u16, NULL, offsetof(struct login, port), SAKER_DEC9, NULL },
    { "login.groups", SAKER_STR, get_groups, NULL, 0, SAKER_LIST, NULL },
    { "login.blob", SAKER_BYTES, get_blob, NULL, 0, 0, NULL },
    { "login.share", SAKER_FLOAT, get_share, NULL, 0, 0, NULL },
    { "login.none", SAKER_STR, get_none, NULL, 0, 0, NULL },
    { "login.many", SAKER_STR, get_many, NULL, 0, SAKER_LIST, NULL },
    { "login.any", SAKER_DYN, get_any, NULL, 0, SAKER_ARG_REQUIRED | SAKER_ARG_KEY, bind_text },
    { "login.secret", SAKER_STR, saker_get_cstr, NULL, offsetof(struct login, user), SAKER_FILTER_ONLY, NULL },
};
static const char *const kinds[] = { "enter", "leave" };
static const saker_schema schema = SAKER_SCHEMA_KINDS("login", fields, kinds);

static const struct login eve = { "eve", "home", { 127, 0, 0, 1 }, 511, -3, 1LL << 40, 5, false };
static const saker_event at_noon = { &schema, &eve, 1795500336623762055, 7, 0 };

/* ---- Helpers ---- */

static saker_eval *eval_of(const char *condition, const char *output, uint32_t flags)
{
    char error[256] = "";
    saker_options options = SAKER_OPTIONS_INIT;
    saker_ruleset *rules = NULL;
    options.flags = flags;
    options.utc_offset = 3600;
    int err =
        saker_filter_compile(&options, &schema, condition, strlen(condition), output, &rules, error, sizeof error);
    ck_assert_msg(!err, "%s: %s", condition, error);
    saker_eval *ev = saker_eval_new(rules);
    saker_ruleset_unref(rules);
    ck_assert_ptr_nonnull(ev);
    return ev;
}

static int holds(const char *condition)
{
    saker_eval *ev = eval_of(condition, NULL, 0);
    int n = saker_eval_run(ev, &at_noon);
    saker_eval_free(ev);
    return n;
}

static char *error_of(const char *condition, const char *output)
{
    static char error[512];
    saker_ruleset *rules = NULL;
    int err = saker_filter_compile(NULL, &schema, condition, strlen(condition), output, &rules, error, sizeof error);
    ck_assert_int_eq(err, SAKER_ERULES);
    ck_assert_ptr_null(rules);
    return error;
}

static void check_text(const char *format, const char *want)
{
    char error[256] = "";
    saker_format *f = NULL;
    const char *text = NULL;
    size_t len = 0;
    ck_assert_msg(!saker_format_compile(NULL, &schema, format, strlen(format), &f, error, sizeof error), "%s", error);
    ck_assert_int_eq(saker_format_text(f, &at_noon, &text, &len), 1);
    ck_assert_str_eq(text, want);
    ck_assert_uint_eq(len, strlen(want));
    saker_format_free(f);
}

/* ---- Members ---- */

START_TEST(members_compare)
{
    ck_assert_int_eq(holds("login.user = eve and login.host = home and login.from = 127.0.0.1"), 1);
    ck_assert_int_eq(holds("login.port = 511 and login.tries < -2 and login.balance > 1099511627775"), 1);
    ck_assert_int_eq(holds("login.at = 5 and login.ok = false and login.share > 2"), 1);
    ck_assert_int_eq(holds("login.at > -18446744073709551615 and login.at < -18446744073709551616"), 1); /* 1, 2^64-1 */
    ck_assert_int_eq(holds("login.none != x or login.none exists"), 0);
    ck_assert_int_eq(holds("not login.none = x"), 1);
    ck_assert_int_eq(holds("login.blob bcontains 00ff"), 1);
    ck_assert_int_eq(holds("login.port = val(login.port) and login.user = val(login.user)"), 1);
}
END_TEST

START_TEST(other_than_text)
{
    ck_assert_int_eq(holds("tolower(login.any[AB]) = ab and concat(login.any[a], \"b\") = ab"), 1);
    ck_assert_int_eq(holds("toupper(login.any[ip]) exists or b64(login.any[ip]) exists"), 0);
    ck_assert_int_eq(holds("basename(login.any[ip]) exists or concat(\"a\", login.any[ip]) exists"), 0);
    ck_assert_int_eq(holds("getopt((\"-a\", login.any[ip]), \"a\")[a] exists"), 0);
    ck_assert_int_eq(holds("getopt((\"-a\", \"b\"), login.any[ip])[a] exists"), 0);
    ck_assert_int_eq(holds("login.any[ip] contains A or login.any[ip] = val(login.user)"), 0);
    ck_assert_int_eq(holds("len(login.any[ip]) = 16 and join(\"-\", (login.any[ip], \"b\")) endswith -b"), 1);
}
END_TEST

START_TEST(envelope)
{
    ck_assert_int_eq(holds("evt.type = enter and evt.num = 7 and evt.source = login"), 1);
    ck_assert_int_eq(holds("evt.type = leave"), 0);
    ck_assert_int_eq(holds("evt.time = 06:05:36.623762055"), 0); /* 07:05 at this offset */
    ck_assert_int_eq(holds("evt.time = 07:05:36.623762055"), 1);
    ck_assert_str_eq(error_of("evt.type = enterx", NULL), "unknown event type enterx");
}
END_TEST

/* ---- Outputs ---- */

START_TEST(text_of_values)
{
    check_text("%login.user %login.from:%login.port", "eve 127.0.0.1:511");
    check_text("%login.code %login.mode %login.part", "1FF 0777 000000511");
    check_text("%login.groups %login.blob %login.share", "(wheel,dev\"s) a.. 2.2");
    check_text("%login.ok|%login.balance|%login.tries", "false|1099511627776|-3");
    check_text("*%login.none %login.secret", "<NA> <NA>");
    check_text("%2login.user|%5login.user|", "ev|eve  |");
    check_text("100", "100");
}
END_TEST

START_TEST(json_of_values)
{
    char error[256];
    saker_format *f = NULL;
    const char *text = NULL;
    const char *format =
        "*%login.share %login.code %login.groups %login.ok %login.none %evt.time %login.at %login.part "
        "%login.secret %toupper(login.user) %login.blob";
    ck_assert_int_eq(saker_format_compile(NULL, &schema, format, strlen(format), &f, error, sizeof error), 0);
    ck_assert_int_eq(saker_format_json(f, &at_noon, &text, NULL), 1);
    ck_assert_str_eq(text, "{\"evt.time\":1795500336623762055,\"login.at\":5,\"login.blob\":\"a..\","
                           "\"login.code\":\"1FF\",\"login.groups\":[\"wheel\",\"dev\\\"s\"],\"login.none\":null,"
                           "\"login.ok\":false,\"login.part\":\"000000511\",\"login.secret\":null,\"login.share\":2.2,"
                           "\"login.user\":\"eve\",\"toupper(login.user)\":\"EVE\"}");
    saker_format_free(f);
}
END_TEST

START_TEST(incomplete_text)
{
    char error[256];
    saker_format *f = NULL;
    const char *text = NULL;
    ck_assert_int_eq(saker_format_compile(NULL, &schema, "a %login.none b", 15, &f, error, sizeof error), 0);
    ck_assert_int_eq(saker_format_text(f, &at_noon, &text, NULL), 0);
    ck_assert_str_eq(text, "a ");
    saker_format_free(f);
    ck_assert_int_eq(saker_format_compile(NULL, &schema, "", 0, &f, error, sizeof error), SAKER_ERULES);
    ck_assert_str_eq(error, "empty formatting token");
    ck_assert_int_eq(saker_format_compile(NULL, &schema, "a %", 3, &f, error, sizeof error), SAKER_ERULES);
    ck_assert_str_eq(error, "invalid formatting syntax: formatting cannot end with a %");
    ck_assert_int_eq(saker_format_compile(NULL, &schema, "a %12", 5, &f, error, sizeof error), SAKER_ERULES);
    ck_assert_str_eq(error, "invalid formatting syntax: formatting cannot end with a number");
}
END_TEST

/* What is lost for one event is there for the next. */
START_TEST(too_much_for_one_event)
{
    enum { LONG = 12 << 20 };
    static char condition[1000] = "tolower(login.user) = eve";
    char *user = malloc(LONG);
    ck_assert_ptr_nonnull(user);
    memset(user, 'a', LONG);
    user[LONG - 1] = '\0';
    for (int i = 0; i < 15; i++)
        snprintf(condition + strlen(condition), 50, " or concat(login.user, \"%d\") = x", i);
    struct login other = eve;
    other.user = user;
    saker_event event = at_noon;
    event.data = &other;
    saker_eval *ev = eval_of(condition, NULL, 0);
    saker_eval_stats stats = { .size = sizeof stats };
    ck_assert_int_eq(saker_eval_run(ev, &event), 0);
    ck_assert_int_eq(saker_eval_get_stats(ev, &stats), 0);
    ck_assert_uint_gt(stats.nomem, 0);
    ck_assert_int_eq(saker_eval_run(ev, &at_noon), 1);
    saker_eval_free(ev);
    free(user);
}
END_TEST

START_TEST(too_many_values)
{
    static char condition[2000] = "len((login.many";
    for (int i = 0; i < 60; i++)
        strcat(condition, ",login.many");
    strcat(condition, ")) exists");
    saker_eval *ev = eval_of(condition, NULL, 0);
    saker_eval_stats stats = { .size = sizeof stats };
    ck_assert_int_eq(saker_eval_run(ev, &at_noon), 0);
    ck_assert_int_eq(saker_eval_get_stats(ev, &stats), 0);
    ck_assert_uint_eq(stats.nomem, 1);
    saker_eval_free(ev);
    ck_assert_int_eq(holds("len((login.many, login.many)) = 200000"), 1);
}
END_TEST

/* Widths, or fields said again and again, make much of little text. */
START_TEST(too_long_text)
{
    enum { TIMES = 300 };
    static char output[TIMES * 17 + 1];
    saker_eval_stats stats = { .size = sizeof stats };
    for (size_t i = 0; i < TIMES; i++)
        memcpy(output + i * 17, "%65535login.user ", 18);
    saker_eval *ev = eval_of("login.port = 511", output, 0);
    ck_assert_int_eq(saker_eval_run(ev, &at_noon), 1);
    ck_assert_ptr_null(saker_match_output(ev, 0));
    ck_assert_ptr_null(saker_match_json(ev, 0, NULL));
    ck_assert_int_eq(saker_eval_get_stats(ev, &stats), 0);
    ck_assert_uint_eq(stats.nomem, 2);
    saker_eval_free(ev);
}
END_TEST

START_TEST(too_many_texts)
{
    enum { LONG = 12 << 20, FIT = 11 };
    char *user = malloc(LONG);
    ck_assert_ptr_nonnull(user);
    memset(user, 'a', LONG);
    user[LONG - 1] = '\0';
    struct login other = eve;
    other.user = user;
    saker_event event = at_noon;
    event.data = &other;
    saker_eval *ev = eval_of("login.port = 511", "%login.user", 0);
    for (int run = 0; run < 2; run++) {
        ck_assert_int_eq(saker_eval_run(ev, &event), 1);
        for (int i = 0; i < FIT; i++)
            ck_assert_ptr_nonnull(saker_match_alert(ev, 0, NULL));
        ck_assert_ptr_null(saker_match_alert(ev, 0, NULL));
    }
    saker_eval_free(ev);
    free(user);
}
END_TEST

/* ---- Alerts ---- */

START_TEST(alert_text)
{
    saker_eval *ev = eval_of("login.ok = false", "\"%login.user\" of %login.none", 0);
    saker_alert_options o = { sizeof o, SAKER_ALERT_ISO_TIME | SAKER_ALERT_ESCAPE, NULL };
    ck_assert_int_eq(saker_eval_run(ev, &at_noon), 1);
    ck_assert_str_eq(saker_match_output(ev, 0), "\"eve\" of <NA>");
    ck_assert_str_eq(saker_match_alert(ev, 0, NULL), "07:05:36.623762055: Notice \"eve\" of <NA>");
    ck_assert_str_eq(saker_match_alert(ev, 0, &o), "2026-11-24T06:05:36.623762055+0000: Notice \\\"eve\\\" of <NA>");
    ck_assert_str_eq(saker_match_output(ev, 0), "\"eve\" of <NA>");
    ck_assert_ptr_null(saker_match_output(ev, 1));
    ck_assert_ptr_null(saker_match_output(ev, -1));
    saker_eval_free(ev);
}
END_TEST

START_TEST(alert_json)
{
    saker_eval *ev = eval_of("login.ok = false", "%login.user %login.none %toupper(login.host)", 0);
    saker_alert_options o = { sizeof o, SAKER_ALERT_MESSAGE | SAKER_ALERT_ISO_TIME, "h1" };
    ck_assert_int_eq(saker_eval_run(ev, &at_noon), 1);
    ck_assert_str_eq(saker_match_json(ev, 0, NULL),
                     "{\"output\":\"07:05:36.623762055: Notice eve <NA> HOME\",\"output_fields\":{"
                     "\"evt.time\":1795500336623762055,\"login.host\":\"home\",\"login.none\":null,"
                     "\"login.user\":\"eve\"},\"priority\":\"Notice\",\"rule\":\"filter\",\"source\":\"login\","
                     "\"tags\":[],\"time\":\"2026-11-24T06:05:36.623762055Z\"}");
    ck_assert_str_eq(
        saker_match_json(ev, 0, &o),
        "{\"hostname\":\"h1\",\"message\":\"eve <NA> HOME\",\"output\":\"2026-11-24T06:05:36.623762055+0000: "
        "Notice eve <NA> HOME\",\"output_fields\":{\"evt.time.iso8601\":1795500336623762055,"
        "\"login.host\":\"home\",\"login.none\":null,\"login.user\":\"eve\"},\"priority\":\"Notice\","
        "\"rule\":\"filter\",\"source\":\"login\",\"tags\":[],\"time\":\"2026-11-24T06:05:36.623762055Z\"}");
    o.flags = SAKER_ALERT_NO_OUTPUT | SAKER_ALERT_NO_FIELDS | SAKER_ALERT_NO_TAGS;
    o.hostname = NULL;
    ck_assert_str_eq(saker_match_json(ev, 0, &o), "{\"priority\":\"Notice\",\"rule\":\"filter\",\"source\":\"login\","
                                                  "\"time\":\"2026-11-24T06:05:36.623762055Z\"}");
    saker_eval_free(ev);
}
END_TEST

START_TEST(bytes_in_base64)
{
    saker_eval *ev = eval_of("login.ok = false", "%login.blob", 0);
    const saker_alert_options o = { sizeof o, SAKER_ALERT_BASE64, NULL };
    ck_assert_int_eq(saker_eval_run(ev, &at_noon), 1);
    ck_assert_str_eq(saker_match_alert(ev, 0, &o), "07:05:36.623762055: Notice YQD/");
    ck_assert_ptr_nonnull(strstr(saker_match_json(ev, 0, &o), "\"login.blob\":\"YQD/\""));
    ck_assert_str_eq(saker_match_output(ev, 0), "a..");
    saker_eval_free(ev);
}
END_TEST

START_TEST(fields_of_a_match)
{
    saker_eval *ev = eval_of("login.ok = false", "%login.user %login.groups %login.none %login.secret", 0);
    size_t count = 0;
    ck_assert_int_eq(saker_eval_run(ev, &at_noon), 1);
    const saker_named *n = saker_match_fields(ev, 0, &count);
    ck_assert_uint_eq(count, 4);
    ck_assert_str_eq(n[0].name, "login.user");
    ck_assert_uint_eq(n[0].count, 1);
    ck_assert_uint_eq(n[0].values->type, SAKER_STR);
    ck_assert_uint_eq(n[0].values->len, 3);
    ck_assert_str_eq(n[1].name, "login.groups");
    ck_assert_uint_eq(n[1].count, 2);
    ck_assert_int_eq(memcmp(n[1].values[1].as.s, "dev\"s", 5), 0);
    ck_assert_uint_eq(n[2].count, 0);
    ck_assert_uint_eq(n[3].count, 0);
    saker_eval_free(ev);
}
END_TEST

/* ---- Evals ---- */

START_TEST(switches_and_counters)
{
    saker_eval *ev = eval_of("login.user in (eve, mallory) and evt.type = enter", NULL, 0);
    saker_eval_stats s = { .size = sizeof s };
    const saker_schema other = SAKER_SCHEMA("other", fields);
    const saker_event stranger = { &other, &eve, 0, 1, 0 };
    saker_event leaving = at_noon;
    leaving.kind = 1;
    ck_assert_int_eq(saker_eval_run(ev, &at_noon), 1);
    ck_assert_uint_eq(saker_match_index(ev, 0), 0);
    ck_assert_str_eq(saker_match_rule(ev, 0)->name, "filter");
    ck_assert_str_eq(saker_match_rule(ev, 0)->compiled, "(login.user in (eve, mallory) and evt.type = enter)");
    ck_assert_int_eq(saker_eval_run(ev, &leaving), 0);
    ck_assert_ptr_null(saker_match_rule(ev, 0));
    ck_assert_int_eq(saker_eval_enable(ev, 0, false), 0);
    ck_assert_int_eq(saker_eval_run(ev, &at_noon), 0);
    ck_assert_int_eq(saker_eval_enable(ev, 0, true), 0);
    ck_assert_int_eq(saker_eval_run(ev, &at_noon), 1);
    ck_assert_int_eq(saker_eval_enable(ev, 1, true), SAKER_EINVAL);
    ck_assert_int_eq(saker_eval_run(ev, &stranger), SAKER_EINVAL);
    ck_assert_int_eq(saker_eval_get_stats(ev, &s), 0);
    ck_assert_uint_eq(s.events, 4);
    ck_assert_uint_eq(s.matches, 2);
    ck_assert_uint_eq(saker_eval_rule_matches(ev, 0), 2);
    saker_eval_free(ev);
}
END_TEST

START_TEST(null_objects)
{
    const saker_event e = at_noon;
    ck_assert_ptr_null(saker_eval_new(NULL));
    ck_assert_int_eq(saker_eval_run(NULL, &e), SAKER_ENOMEM);
    ck_assert_uint_eq(saker_ruleset_count(NULL), 0);
    ck_assert_ptr_null(saker_ruleset_ref(NULL));
    ck_assert(!saker_ruleset_wants(NULL, &schema, 0));
    ck_assert_ptr_null(saker_match_json(NULL, 0, NULL));
    saker_eval_free(NULL);
    saker_ruleset_unref(NULL);
    saker_format_free(NULL);
}
END_TEST

START_TEST(kinds_that_rules_want)
{
    saker_ruleset *rules = NULL;
    const char *condition = "evt.type = leave and login.ok = true";
    ck_assert_int_eq(saker_filter_compile(NULL, &schema, condition, strlen(condition), NULL, &rules, NULL, 0), 0);
    ck_assert(!saker_ruleset_wants(rules, &schema, 0));
    ck_assert(saker_ruleset_wants(rules, &schema, 1));
    ck_assert_uint_eq(saker_ruleset_count(rules), 1);
    ck_assert_ptr_eq(saker_ruleset_ref(rules), rules);
    saker_ruleset_unref(rules);
    saker_ruleset_unref(rules);
}
END_TEST

START_TEST(program_in_readable_form)
{
    saker_ruleset *rules = NULL;
    char *text = NULL;
    size_t len = 0;
    const char *condition = "evt.type = leave and (login.user in (a, b) or not login.port > 3)";
    ck_assert_int_eq(saker_filter_compile(NULL, &schema, condition, strlen(condition), NULL, &rules, NULL, 0), 0);
    FILE *f = open_memstream(&text, &len);
    ck_assert_int_eq(saker_ruleset_dump(rules, 0, f), 0);
    ck_assert_int_eq(saker_ruleset_dump(rules, 1, f), SAKER_EINVAL);
    fclose(f);
    ck_assert_ptr_nonnull(strstr(text, "on leave\n"));
    ck_assert_ptr_nonnull(strstr(text, "    0  login.port > 3 ? 1 : match\n"));
    ck_assert_ptr_nonnull(strstr(text, "    1  login.user in (a, b) ? match : no match\n"));
    free(text);
    saker_ruleset_unref(rules);
}
END_TEST

START_TEST(faults)
{
    ck_assert_str_eq(error_of("login.usr = a", NULL), "filter_check called with nonexistent field login.usr");
    ck_assert_str_eq(error_of("login.user = ", NULL),
                     "filter error at index 13, line 1, column 14: expected a string value or a field with a valid "
                     "transformer: 'val', 'tolower', 'toupper', 'b64', 'basename', 'len', 'join', 'concat', 'getopt'");
    ck_assert_str_eq(error_of("login.user = a", "%login.usr"), "unknown filter: unexpected token after '");
    ck_assert_str_eq(error_of("some_macro", NULL), "filter error: unexpected identifier 'some_macro'");
}
END_TEST

/* ---- Schemas ---- */

START_TEST(bad_schemas)
{
    static const saker_field twice[] = { SAKER_FIELD("a.b", SAKER_STR, get_none, NULL),
                                         SAKER_FIELD("a.b", SAKER_STR, get_none, NULL) };
    static const saker_field no_dot[] = { SAKER_FIELD("ab", SAKER_STR, get_none, NULL) };
    static const saker_field digit[] = { SAKER_FIELD("a.1b", SAKER_STR, get_none, NULL) };
    static const saker_field no_type[] = { SAKER_FIELD("a.b", (saker_type)11, get_none, NULL) };
    static const saker_field no_get[] = { SAKER_FIELD("a.b", SAKER_STR, NULL, NULL) };
    const saker_schema bad[] = { SAKER_SCHEMA("x", twice),   SAKER_SCHEMA("x", no_dot), SAKER_SCHEMA("x", digit),
                                 SAKER_SCHEMA("x", no_type), SAKER_SCHEMA("x", no_get), SAKER_SCHEMA(NULL, fields) };
    saker_ruleset *rules = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(saker_filter_compile(NULL, &bad[i], "a.b = x", 7, NULL, &rules, NULL, 0), SAKER_EINVAL);
    saker_schema old = schema;
    old.size = 8;
    ck_assert_int_eq(saker_filter_compile(NULL, &old, "a.b = x", 7, NULL, &rules, NULL, 0), SAKER_EINVAL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("host");
    TCase *t = tcase_create("host");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, members_compare);
    tcase_add_test(t, other_than_text);
    tcase_add_test(t, envelope);
    tcase_add_test(t, text_of_values);
    tcase_add_test(t, json_of_values);
    tcase_add_test(t, incomplete_text);
    tcase_add_test(t, too_long_text);
    tcase_add_test(t, too_many_texts);
    tcase_add_test(t, too_many_values);
    tcase_add_test(t, too_much_for_one_event);
    tcase_add_test(t, alert_text);
    tcase_add_test(t, alert_json);
    tcase_add_test(t, bytes_in_base64);
    tcase_add_test(t, fields_of_a_match);
    tcase_add_test(t, switches_and_counters);
    tcase_add_test(t, null_objects);
    tcase_add_test(t, kinds_that_rules_want);
    tcase_add_test(t, program_in_readable_form);
    tcase_add_test(t, faults);
    tcase_add_test(t, bad_schemas);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
