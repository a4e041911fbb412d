/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SKR_OVERRIDE_H
#define SKR_OVERRIDE_H

#include "item.h"

/* Keys that can be overridden, in the order in which they are looked at (rules.md 5.5). */
typedef enum skr_okey {
#define SKR_OKEY(id, text, append) SKR_O_##id,
#include "okeys.def"
#undef SKR_OKEY
    SKR_O_COUNT
} skr_okey;

/* Sets of skr_okey, as bits. */
typedef struct skr_overrides {
    uint32_t append, replace;
    uint32_t left; /* overridable keys of the item that no operation has claimed yet */
} skr_overrides;

const char *skr_okey_text(skr_okey k);

/* Reads `override` of an item that may override the keys of `allowed` (bits). */
bool skr_overrides_read(skr_item *it, uint32_t allowed, skr_overrides *o);
/* Is this operation asked for? Reports it if the key is not in the item. */
bool skr_overrides_take(skr_item *it, skr_overrides *o, bool replace, skr_okey k);
/* Reports keys that are in the item but under no operation. */
bool skr_overrides_rest(skr_item *it, const skr_overrides *o);

#endif
