/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SAKER_VERSION_H
#define SAKER_VERSION_H

#define SAKER_VERSION_MAJOR 0
#define SAKER_VERSION_MINOR 1
#define SAKER_VERSION_PATCH 0
#define SAKER_VERSION "0.1.0"

/** Comparable form: 0.1.0 is 100, 1.2.3 is 10203. */
#define SAKER_VERSION_NUMBER (SAKER_VERSION_MAJOR * 10000 + SAKER_VERSION_MINOR * 100 + SAKER_VERSION_PATCH)

/** The Falco engine version whose rules this release accepts; what a
 *  `required_engine_version:` item is checked against. */
#define SAKER_ENGINE_VERSION "0.63.0"

#endif
