/* SPDX-License-Identifier: Apache-2.0 */
/* The id of a container from a path of a control group (state.md 8.2), with the quirks that recorded answers show. */
#include "container.h"

enum { FULL_ID = 64, SHORT_ID = 12 };

static bool find_last(skr_str text, skr_str part, size_t *at)
{
    for (size_t i = text.len - part.len + 1; text.len >= part.len && i > 0; i--) {
        if (skr_str_starts(skr_str_cut(text, i - 1, text.len), part)) {
            *at = i - 1;
            return true;
        }
    }
    return false;
}

static const skr_str none = { "", 0 };

static skr_str shortened(skr_str id)
{
    return id.len > SHORT_ID ? skr_str_cut(id, 0, SHORT_ID) : id;
}

/* ---- 64 hexadecimal digits between two marks ---- */

static const struct {
    skr_str prefix, suffix;
} marks[] = {
#define SKR_CONTAINER_ID(prefix, suffix) { { prefix, sizeof(prefix) - 1 }, { suffix, sizeof(suffix) - 1 } },
#include "container_ids.def"
#undef SKR_CONTAINER_ID
};

/* As in the reference: a byte that is no digit is one only if it stands within the first 64 of the path. */
static bool has_digits(skr_str path, size_t start)
{
    for (size_t i = start; i < path.len && i < FULL_ID; i++)
        if (skr_hex_digit(path.ptr[i]) < 0)
            return false;
    return true;
}

static skr_str strict_id(skr_str path, skr_str prefix, skr_str suffix)
{
    size_t start, end;
    if (!find_last(path, prefix, &start) || !find_last(path, suffix, &end))
        return none;
    start += prefix.len;
    if (end < start || end - start != FULL_ID || !has_digits(path, start))
        return none;
    return shortened(skr_str_cut(path, start, end));
}

/* ---- containerd: /NAME/ID with almost any id ---- */

static bool is_name_byte(char c)
{
    return skr_is_alpha(c) || skr_is_digit(c);
}

/* Letters and digits, with single '.', '_' or '-' between. */
static bool is_name(skr_str s)
{
    bool joint = true; /* a joint may not follow */
    for (size_t i = 0; i < s.len; i++) {
        bool plain = is_name_byte(s.ptr[i]);
        if (!plain && (joint || !strchr("._-", s.ptr[i]) || !s.ptr[i]))
            return false;
        joint = !plain;
    }
    return s.len && !joint;
}

/* The first "/NAME/" in the path. */
static bool find_name(skr_str path, skr_str *name)
{
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] != '/')
            continue;
        const char *slash = memchr(path.ptr + i + 1, '/', path.len - i - 1);
        if (!slash)
            return false;
        size_t end = (size_t)(slash - path.ptr);
        if (is_name(skr_str_cut(path, i + 1, end))) {
            *name = skr_str_cut(path, i, end + 1);
            return true;
        }
    }
    return false;
}

static skr_str loose_id(skr_str path)
{
    skr_str name;
    size_t at;
    if (skr_str_ends(path, SKR_STR(".service")) || skr_str_ends(path, SKR_STR(".slice")) ||
        skr_str_ends(path, SKR_STR(".scope")) || !find_name(path, &name) || !find_last(path, name, &at))
        return none;
    skr_str id = skr_str_cut(path, at + name.len, path.len);
    return id.len <= FULL_ID ? shortened(id) : none;
}

/* ---- LXC, libvirt, BPM: the id is a name ---- */

static skr_str lxc_id(skr_str path)
{
    static const char *const prefixes[] = { "/lxc/", "/lxc.payload/", "/lxc.payload." };
    for (size_t i = 0; i < 3; i++) {
        size_t at;
        if (!skr_str_find(path, skr_str_of(prefixes[i]), &at))
            continue;
        skr_str id = skr_str_cut(path, at + strlen(prefixes[i]), path.len);
        const char *slash = memchr(id.ptr, '/', id.len);
        if (slash)
            id.len = (size_t)(slash - id.ptr);
        return id;
    }
    return none;
}

static skr_str libvirt_id(skr_str path)
{
    const skr_str unit = SKR_STR(".libvirt-lxc"), machine = SKR_STR("-lxc\\x2"), folder = SKR_STR("/libvirt/lxc/");
    size_t at, slash;
    if (skr_str_ends(path, unit) && find_last(path, SKR_STR("/"), &slash))
        return skr_str_cut(path, slash + 1, path.len - unit.len);
    if (skr_str_find(path, machine, &at)) {
        size_t start = at + machine.len + 1; /* behind the second digit of \x2d */
        static const char *const ends[] = { ".scope", ".scope/libvirt" };
        for (size_t i = 0; i < 2; i++) {
            size_t len = strlen(ends[i]);
            if (skr_str_ends(path, skr_str_of(ends[i])) && path.len - len > start)
                return skr_str_cut(path, start, path.len - len);
        }
    }
    if (skr_str_find(path, folder, &at))
        return skr_str_cut(path, at + folder.len, path.len);
    return none;
}

static skr_str bpm_id(skr_str path)
{
    const skr_str prefix = SKR_STR("bpm-");
    size_t start, end = path.len;
    if (!find_last(path, prefix, &start))
        return none;
    start += prefix.len;
    if (skr_str_ends(path, SKR_STR(".scope")))
        end -= 6;
    for (size_t i = start; i < end; i++)
        if (!is_name_byte(path.ptr[i]) && (!path.ptr[i] || !strchr("._-", path.ptr[i])))
            return none;
    return start < end ? skr_str_cut(path, start, end) : none;
}

skr_str skr_container_id(skr_str path)
{
    static skr_str (*const others[])(skr_str path) = { loose_id, lxc_id, libvirt_id, bpm_id };
    skr_str id = none;
    for (size_t i = 0; !id.len && i < sizeof marks / sizeof *marks; i++)
        id = strict_id(path, marks[i].prefix, marks[i].suffix);
    for (size_t i = 0; !id.len && i < sizeof others / sizeof *others; i++)
        id = others[i](path);
    return id;
}

/* ---- Names of images ---- */

skr_image skr_image_split(skr_str image)
{
    skr_image parts = { .repository = image, .tag = SKR_STR(""), .digest = SKR_STR("") };
    const char *at = memchr(image.ptr, '@', image.len);
    size_t colon, slash;
    if (at) {
        size_t i = (size_t)(at - image.ptr);
        parts.repository = skr_str_cut(image, 0, i);
        parts.digest = skr_str_cut(image, i + 1, image.len);
    }
    skr_str name = parts.repository;
    if (!find_last(name, SKR_STR(":"), &colon))
        return parts;
    if (find_last(name, SKR_STR("/"), &slash) && slash > colon) /* the colon is of a port */
        return parts;
    parts.repository = skr_str_cut(name, 0, colon);
    parts.tag = skr_str_cut(name, colon + 1, name.len);
    return parts;
}
