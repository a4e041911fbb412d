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
 * The host itself does what this Falco plugin does (has a schema with its fields), so that `required_plugin_versions`
 * naming it are met. `version` is "x.y.z". The `container` plugin is known without this.
 */
SAKER_API int saker_compiler_add_plugin(saker_compiler *c, const char *name, const char *version);

/** Is `name` what the pattern of a selection means? `*` stands for any run of bytes. */
SAKER_API bool saker_rule_name_matches(const char *pattern, const char *name);

#ifdef __cplusplus
}
#endif
#endif
