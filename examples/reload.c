/* SPDX-License-Identifier: Apache-2.0 */
/* Rules swapped while events are evaluated. The old ruleset goes away by itself when the last eval lets go of it:
 * nobody waits, and no event is lost or seen by half of each. */
#include <saker/saker.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

struct reading {
    int64_t degrees;
};

static const saker_field fields[] = {
    { "sensor.degrees", SAKER_INT, saker_get_i64, "Temperature", offsetof(struct reading, degrees), 0, NULL },
};
static const saker_schema schema = SAKER_SCHEMA("sensor", fields);

/* The current rules, and how to take a reference to them. A host with many threads that must never wait would use
 * an atomic pointer and a grace period; a mutex held for one increment does for most. */
static struct {
    pthread_mutex_t lock;
    saker_ruleset *rules;
    atomic_uint generation;
} current = { .lock = PTHREAD_MUTEX_INITIALIZER };

static saker_ruleset *take_rules(unsigned *generation)
{
    pthread_mutex_lock(&current.lock);
    saker_ruleset *rules = saker_ruleset_ref(current.rules);
    *generation = atomic_load(&current.generation);
    pthread_mutex_unlock(&current.lock);
    return rules;
}

static void set_rules(saker_ruleset *rules)
{
    pthread_mutex_lock(&current.lock);
    saker_ruleset *old = current.rules;
    current.rules = rules;
    atomic_fetch_add(&current.generation, 1);
    pthread_mutex_unlock(&current.lock);
    saker_ruleset_unref(old);
}

static saker_ruleset *compile(const char *condition)
{
    const saker_rule rule = SAKER_RULE("Temperature", condition, "%sensor.degrees degrees");
    saker_compiler *c = saker_compiler_new(NULL);
    saker_ruleset *rules = NULL;
    saker_compiler_add_schema(c, &schema);
    saker_compiler_add_rule(c, &rule);
    if (saker_compiler_build(c, &rules) < 0)
        saker_compiler_print_diags(c, stderr);
    saker_compiler_free(c);
    return rules;
}

static atomic_bool stop;

struct reader {
    unsigned long events, matches, swaps;
    bool failed;
};

static void *read_sensor(void *arg)
{
    struct reader *r = arg;
    unsigned generation;
    saker_ruleset *rules = take_rules(&generation);
    saker_eval *eval = saker_eval_new(rules);
    saker_ruleset_unref(rules); /* the eval holds its own reference */
    while (!atomic_load(&stop)) {
        if (generation != atomic_load(&current.generation)) {
            saker_eval_free(eval);
            rules = take_rules(&generation);
            eval = saker_eval_new(rules);
            saker_ruleset_unref(rules);
            r->swaps++;
        }
        struct reading reading = { 25 };
        saker_event event = { &schema, &reading, 0, ++r->events, 0 };
        int n = saker_eval_run(eval, &event);
        if (n < 0) {
            r->failed = true;
            break;
        }
        r->matches += (unsigned long)n;
    }
    saker_eval_free(eval);
    return NULL;
}

int main(void)
{
    saker_ruleset *first = compile("sensor.degrees > 20");
    if (!first)
        return 1;
    set_rules(first);
    struct reader reader = { 0 };
    pthread_t thread;
    if (pthread_create(&thread, NULL, read_sensor, &reader) != 0)
        return 1;
    for (int i = 0; i < 50; i++) {
        saker_ruleset *next = compile(i % 2 ? "sensor.degrees > 20" : "sensor.degrees > 30");
        if (next)
            set_rules(next);
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    set_rules(NULL);
    printf("%s: %u reloads while events were evaluated\n", reader.failed ? "failed" : "fine",
           atomic_load(&current.generation) - 2);
    return reader.failed ? 1 : 0;
}
