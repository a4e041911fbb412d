/* SPDX-License-Identifier: Apache-2.0 */
/* saker doctor: what this kernel and these privileges allow. */
#include "cmd.h"
#include "livefind.h"

#include <string.h>

enum { OPT_JSON = OPT_OWN, OPT_NO_TRIAL };

static const struct option long_options[] = {
    { "json", no_argument, NULL, OPT_JSON },
    { "no-trial", no_argument, NULL, OPT_NO_TRIAL },
    LIVE_OPTIONS,
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const char help_text[] =
    "usage: saker doctor [OPTION]...\n\n"
    "Says whether events of the running kernel can be had on this machine and with these privileges, what of them\n"
    "would be missing, and how to mend it. `watch`, `record` and `print --live` use the same words.\n\n"
    "      --json             one JSON object: \"result\" and \"findings\", each with state, name, text and hint\n"
    "      --no-trial         look only; do not attach the probe for a moment\n"
    "  -h, --help             this text\n\n"
    "What to look at (as given to the other verbs):\n" LIVE_HELP "\n"
    "States: ok, note (good to know), degraded (events come, but something is missing), fatal (none can come).\n"
    "Exit status: 0 nothing is wrong, 2 wrong usage, 3 events cannot be had here, 5 something will be missing.\n";

typedef struct doctor {
    live_args live;
    bool json, look_only;
    unsigned count;
} doctor;

static int take_option(doctor *d, int option)
{
    const int status = live_args_take(&d->live, "doctor", option, optarg);
    if (status >= 0)
        return status;
    switch (option) {
    case OPT_JSON:
        d->json = true;
        return CMD_OK;
    case OPT_NO_TRIAL:
        d->look_only = true;
        return CMD_OK;
    default:
        return usage_hint("doctor");
    }
}

const char *finding_word(saker_finding_state state)
{
    static const char *const words[] = { "ok", "note", "degraded", "fatal" };
    return state <= SAKER_FINDING_FATAL ? words[state] : "?";
}

tone finding_tone(saker_finding_state state)
{
    static const tone tones[] = { TONE_GREEN, TONE_DIM, TONE_YELLOW, TONE_RED };
    return state <= SAKER_FINDING_FATAL ? tones[state] : TONE_NONE;
}

static void print_finding(void *ctx, const saker_finding *f)
{
    doctor *d = ctx;
    const char *state = finding_word(f->state);
    d->count++;
    printf("%s%-9s%s %-14s ", term_on(stdout, finding_tone(f->state)), state, term_off(stdout), f->name);
    put_shown(f->text, strlen(f->text));
    if (f->hint) {
        printf("\n%26s-> ", "");
        put_shown(f->hint, strlen(f->hint));
    }
    put("\n", 1);
}

static void json_finding(void *ctx, const saker_finding *f)
{
    doctor *d = ctx;
    printf("%s{\"state\": \"%s\", \"name\": ", d->count++ ? ", " : "", finding_word(f->state));
    put_json_cstr(f->name);
    put_cstr(", \"text\": ");
    put_json_cstr(f->text);
    put_cstr(", \"hint\": ");
    if (f->hint)
        put_json_cstr(f->hint);
    else
        put_cstr("null");
    put_cstr("}");
}

static int examine(doctor *d)
{
    static const char *const verdicts[] = {
        "events of the kernel can be had here",
        "events of the kernel can be had here",
        "events of the kernel can be had here, but something will be missing",
        "events of the kernel cannot be had here",
    };
    if (d->json)
        put_cstr("{\"findings\": [");
    const int worst = live_examine(&d->live, !d->look_only, d->json ? json_finding : print_finding, d);
    if (worst < 0 || worst > SAKER_FINDING_FATAL) {
        say("%s", saker_strerror(worst));
        return CMD_OUTPUT;
    }
    if (d->json)
        printf("], \"result\": \"%s\"}\n",
               worst <= SAKER_FINDING_NOTE ? "ok" : finding_word((saker_finding_state)worst));
    else
        printf("\n%s\n", verdicts[worst]);
    return worst == SAKER_FINDING_FATAL ? CMD_INPUT : worst == SAKER_FINDING_DEGRADED ? CMD_DEGRADED : CMD_OK;
}

int verb_doctor(int argc, char **argv)
{
    doctor d = { .json = false };
    int option, status = CMD_OK;
    while (status == CMD_OK && (option = getopt_long(argc, argv, "Ah", long_options, NULL)) != -1) {
        if (option == 'h') {
            put_cstr(help_text);
            return CMD_OK;
        }
        status = take_option(&d, option);
    }
    if (status == CMD_OK && optind < argc)
        status = usage_error("doctor", "there is nothing to name: '%s'", argv[optind]);
    return status == CMD_OK ? examine(&d) : status;
}
