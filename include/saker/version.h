/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file version.h
 * Versions of these headers, to compare with when compiling; saker_version() tells the library's.
 */
#ifndef SAKER_VERSION_H
#define SAKER_VERSION_H

#define SAKER_VERSION_MAJOR 0 /**< "0" of 0.1.0; meanings as in semantic versioning, from 1.0 on */
#define SAKER_VERSION_MINOR 1 /**< "1" of 0.1.0 */
#define SAKER_VERSION_PATCH 0 /**< the last "0" of 0.1.0 */
#define SAKER_VERSION "0.1.0" /**< the three as text */

/** Comparable form: 0.1.0 is 100, 1.2.3 is 10203. */
#define SAKER_VERSION_NUMBER (SAKER_VERSION_MAJOR * 10000 + SAKER_VERSION_MINOR * 100 + SAKER_VERSION_PATCH)

/** The Falco engine version whose rules this release accepts; what a
 *  `required_engine_version:` item is checked against. */
#define SAKER_ENGINE_VERSION "0.63.0"

#endif
