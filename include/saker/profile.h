/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file profile.h
 * What the rules of an eval cost on the events that it is run on, rule by rule and comparison by comparison. Same
 * conventions as saker.h.
 */
#ifndef SAKER_PROFILE_H
#define SAKER_PROFILE_H

#include <saker/saker.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup profile What rules cost
 * @{
 */

/** A clock: nanoseconds since some point in time. */
typedef uint64_t saker_clock_fn(void *ctx);

/**
 * From now on `ev` counts what each rule and each comparison costs; what was counted before is forgotten. Counts are
 * exact. Some events, chosen by chance, are timed with `clock` (NULL: none are). Evaluating takes longer then; an eval
 * on which this was never called takes no longer than it did. SAKER_EINVAL: the ruleset is a naive one.
 */
SAKER_API int saker_eval_profile(saker_eval *ev, saker_clock_fn *clock, void *ctx);

/** All rules together. */
typedef struct saker_profile_total {
    size_t size;       /**< sizeof(saker_profile_total)                                   */
    uint64_t events;   /**< of kinds that some rule is about                              */
    uint64_t timed;    /**< of them                                                       */
    uint64_t index_ns; /**< finding the rules that are worth a look; times are for all events, from those timed */
    uint64_t rules_ns; /**< looking at them                                             */
    size_t checks;     /**< comparisons that the rules consist of, each counted once    */
} saker_profile_total;

/** One rule. */
typedef struct saker_profile_rule {
    size_t size;         /**< sizeof(saker_profile_rule)                       */
    uint64_t candidates; /**< times that the rule was looked at in full        */
    uint64_t checks;     /**< comparisons made for that                        */
    uint64_t matches;    /**< times that it held                               */
    uint64_t ns;         /**< that all of it took, estimated from the events timed */
} saker_profile_rule;

/** One comparison. */
typedef struct saker_profile_check {
    size_t size;    /**< sizeof(saker_profile_check)                                                    */
    uint64_t asked; /**< times that some rule wanted to know, those that were answered already included */
    uint64_t runs;  /**< times that it was made: once for an event at most                              */
    uint64_t yes;   /**< ... and was true                                                               */
    uint64_t ns;    /**< that all runs took, estimated from the events timed                            */
    size_t rules;   /**< that have it                     */
    size_t rule;    /**< index in the ruleset of the first */
} saker_profile_check;

/** Fills what it is given, of which `size` must be set. SAKER_EINVAL: it is not, no profile is being taken, or there is
 *  no such rule (by its index in the ruleset) or comparison (below saker_profile_total.checks). */
SAKER_API int saker_eval_profile_total(const saker_eval *ev, saker_profile_total *total);
/** As saker_eval_profile_total(). */
SAKER_API int saker_eval_profile_rule(const saker_eval *ev, size_t rule, saker_profile_rule *out);
/** As saker_eval_profile_total(). */
SAKER_API int saker_eval_profile_check(const saker_eval *ev, size_t check, saker_profile_check *out);

/** Prints the comparison as rules write it (of long lists the start). */
SAKER_API int saker_eval_profile_print(const saker_eval *ev, size_t check, FILE *stream);

/** @} */

#ifdef __cplusplus
}
#endif

#endif
