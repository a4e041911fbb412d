/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file rules.h
 * What tools for rule files want from a compiler beyond saker.h: Falco's own results, and the definitions as they are
 * after all appending and overriding. Same conventions as saker.h.
 */
#ifndef SAKER_RULES_H
#define SAKER_RULES_H

#include <saker/saker.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup tools Tools for rule files
 * @{
 */

/**
 * The host itself does what this Falco plugin does (has a schema with its fields), so that `required_plugin_versions`
 * naming it are met. `version` is "x.y.z". The `container` plugin is known without this.
 */
SAKER_API int saker_compiler_add_plugin(saker_compiler *c, const char *name, const char *version);

/** Is `name` what the pattern of a selection means? `*` stands for any run of bytes. */
SAKER_API bool saker_rule_name_matches(const char *pattern, const char *name);

/** Rules that take part, after selections and the least priority: what the ruleset of a build would hold. A tool that
 *  only checks calls saker_compiler_build(c, NULL), which makes no ruleset, and then this. */
SAKER_API size_t saker_compiler_active_rules(const saker_compiler *c);

/**
 * What `falco -V` prints for the files added so far, as one line of JSON:
 * {"falco_load_results":[one for each file], "saker_diagnostics":[all of ours]}. In a result stand the first error that
 * Falco would find in that file and the warnings before it, with its codes, messages, locations and snippets; the other
 * faults are among ours. Valid until the next call on `c`; NULL if memory ran out.
 */
SAKER_API const char *saker_compiler_falco_results(saker_compiler *c);

/** What saker_compiler_describe() makes is no longer than this, in bytes: what macros make of a few definitions can be
 *  more text than anybody reads. */
enum { SAKER_DESCRIBE_LONGEST = 64 << 20 };

/** `what` of saker_compiler_describe() */
enum {
    SAKER_DESCRIBE_RULES = 1u << 0,  /**< "rules"  */
    SAKER_DESCRIBE_MACROS = 1u << 1, /**< "macros" */
    SAKER_DESCRIBE_LISTS = 1u << 2   /**< "lists"  */
};

/**
 * The definitions in the shape of `falco -L`, as one line of JSON: {"required_engine_version",
 * "required_plugin_versions", "rules", "macros", "lists"}, the last three with what `what` names (0: all) and, if
 * `name` is not NULL, only the items of exactly this name. Besides Falco's keys each `info` has `origin`: file and line
 * of the definition and of what was appended to it. `enabled` is what saker_compiler_enable() and the least priority
 * make of it. Call it after a build. Valid until the next call on `c`; NULL if memory ran out or the text would be
 * longer than SAKER_DESCRIBE_LONGEST.
 */
SAKER_API const char *saker_compiler_describe(saker_compiler *c, unsigned what, const char *name);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
