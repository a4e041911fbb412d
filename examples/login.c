/* SPDX-License-Identifier: Apache-2.0 */
#include <saker/saker.h>
#include <string.h>

struct login {
    const char *user;
    uint32_t from;
    bool ok;
};

static void get_domain(saker_out *out, const void *event, const saker_arg *arg)
{
    const char *at = strchr(((const struct login *)event)->user, '@');
    (void)arg;
    if (at)
        saker_put_cstr(out, at + 1);
}

static const saker_field fields[] = {
    SAKER_MEMBER("login.user", SAKER_STR, saker_get_cstr, struct login, user, "Who"),
    SAKER_MEMBER("login.from", SAKER_IP, saker_get_ip4, struct login, from, "From where"),
    SAKER_MEMBER("login.ok", SAKER_BOOL, saker_get_bool, struct login, ok, "Let in or not"),
    SAKER_FIELD("login.domain", SAKER_STR, get_domain, "Part of the user after @"),
};
static const saker_schema schema = SAKER_SCHEMA("login", fields);

int main(void)
{
    const saker_rule rule = SAKER_RULE("Refused", "login.ok = false and login.domain = example.com",
                                       "refused %login.user from %login.from");
    saker_compiler *c = saker_compiler_new(NULL);
    saker_ruleset *rules;
    saker_compiler_add_schema(c, &schema);
    saker_compiler_add_rule(c, &rule);
    if (saker_compiler_build(c, &rules) < 0) {
        saker_compiler_print_diags(c, stderr);
        return 1;
    }
    saker_compiler_free(c);

    saker_eval *eval = saker_eval_new(rules);
    struct login l = { "eve@example.com", 0x0100007f, false };
    saker_event event = { &schema, &l, 0, 1, 0 };
    if (saker_eval_run(eval, &event) > 0)
        puts(saker_match_output(eval, 0));
    saker_eval_free(eval);
    saker_ruleset_unref(rules);
    return 0;
}
