/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

enum { NS = 1000000000, DAY = 86400 };

size_t skr_clock_text(char out[SKR_CLOCK_MAX], uint64_t ns, int32_t utc_offset)
{
    int64_t s = ((int64_t)(ns / NS) + utc_offset) % DAY;
    s = s < 0 ? s + DAY : s;
    unsigned of_day = (unsigned)s;
    int n = snprintf(out, SKR_CLOCK_MAX, "%02u:%02u:%02u.%09u", of_day / 3600, of_day / 60 % 60, of_day % 60,
                     (unsigned)(ns % NS));
    return (size_t)n;
}

/* Days since 1970-01-01 -> date of the Gregorian calendar, counted in years that begin in March. */
static void date_of(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    const uint64_t z = days + 719468; /* since 0000-03-01 */
    const unsigned of_era = (unsigned)(z % 146097);
    const unsigned y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const unsigned of_year = of_era - (365 * y + y / 4 - y / 100);
    const unsigned m = (5 * of_year + 2) / 153; /* from March */
    *day = of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = (unsigned)(z / 146097) * 400 + y + (*month <= 2);
}

size_t skr_clock_iso(char out[SKR_CLOCK_MAX], uint64_t ns, const char *zone)
{
    const uint64_t s = ns / NS;
    const unsigned of_day = (unsigned)(s % DAY);
    unsigned year, month, day;
    date_of(s / DAY, &year, &month, &day);
    int n = snprintf(out, SKR_CLOCK_MAX, "%04u-%02u-%02uT%02u:%02u:%02u.%09u%.8s", year, month, day, of_day / 3600,
                     of_day / 60 % 60, of_day % 60, (unsigned)(ns % NS), zone);
    return (size_t)n;
}
