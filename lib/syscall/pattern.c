/* SPDX-License-Identifier: Apache-2.0 */
/* Backtracking over the text of the pattern. Sequences of single characters run in a loop; only groups and what may
 * repeat recurse, to a bounded depth. */
#include "pattern.h"

enum { MAX_DEPTH = 200, MAX_STEPS = 20000, NO_MAX = 1 << 30 };

typedef struct atom { /* one element of a sequence with how often it stands */
    const char *p, *end;
    unsigned min, max;
} atom;

typedef struct cont { /* what is to match behind a group */
    const struct cont *next;
    const char *p, *end; /* the rest of the sequence */
    const atom *group;   /* that may be repeated; NULL: no */
    unsigned count;
    size_t at; /* where this turn of the group began */
} cont;

typedef struct search {
    skr_str text;
    unsigned steps, depth;
} search;

/* ---- Reading the pattern ---- */

static const char *class_end(const char *p, const char *end) /* p behind '[' */
{
    if (p < end && *p == '^')
        p++;
    if (p < end && *p == ']')
        p++;
    while (p < end && *p != ']')
        p += *p == '\\' && p + 1 < end ? 2 : 1;
    return p < end ? p + 1 : NULL;
}

static const char *group_end(const char *p, const char *end) /* p behind '('; gives what is behind ')' */
{
    for (unsigned open = 1; p < end;) {
        if (*p == '\\') {
            p += 2;
        } else if (*p == '[') {
            if ((p = class_end(p + 1, end)) == NULL)
                return NULL;
        } else {
            open += *p == '(';
            open -= *p == ')';
            p++;
            if (!open)
                return p;
        }
    }
    return NULL;
}

static const char *number(const char *p, const char *end, unsigned *n)
{
    const char *start = p;
    for (*n = 0; p < end && skr_is_digit(*p) && *n < 1000; p++)
        *n = *n * 10 + (unsigned)(*p - '0');
    return p > start ? p : NULL;
}

static const char *bounds(const char *p, const char *end, atom *a) /* p behind '{' */
{
    if ((p = number(p, end, &a->min)) == NULL)
        return NULL;
    a->max = a->min;
    if (p < end && *p == ',') {
        const char *q = number(++p, end, &a->max);
        if (!q)
            a->max = NO_MAX;
        p = q ? q : p;
    }
    return p < end && *p == '}' && a->min <= a->max ? p + 1 : NULL;
}

/* The element at p; gives what is behind it, NULL: no such element. */
static const char *next_atom(const char *p, const char *end, atom *a)
{
    *a = (atom){ p, NULL, 1, 1 };
    const char *q = *p == '\\'  ? (p + 1 < end ? p + 2 : NULL)
                    : *p == '[' ? class_end(p + 1, end)
                    : *p == '(' ? group_end(p + 1, end)
                                : p + 1;
    if (!q || strchr("*+?{)", *p))
        return NULL;
    a->end = q;
    if (q == end || !strchr("*+?{", *q))
        return q;
    a->min = *q == '+';
    a->max = *q == '?' ? 1 : NO_MAX;
    return *q == '{' ? bounds(q + 1, end, a) : q + 1;
}

static const char *branch_end(const char *p, const char *end)
{
    while (p < end && *p != '|')
        p = *p == '\\' ? p + 2 : *p == '[' ? class_end(p + 1, end) : *p == '(' ? group_end(p + 1, end) : p + 1;
    return p < end ? p : end;
}

static bool valid(const char *p, const char *end, unsigned depth)
{
    atom a;
    while (p < end) {
        if (*p == '|') {
            p++;
            continue;
        }
        if (depth > MAX_DEPTH || (p = next_atom(p, end, &a)) == NULL)
            return false;
        if (*a.p == '(' && !valid(a.p + 1, a.end - 1, depth + 1))
            return false;
    }
    return true;
}

bool skr_pattern_valid(skr_str pattern)
{
    return !memchr(pattern.ptr, 0, pattern.len) && valid(pattern.ptr, pattern.ptr + pattern.len, 0);
}

/* ---- Matching ---- */

static bool in_named(char name, char c)
{
    bool word = skr_is_alpha(c) || skr_is_digit(c) || c == '_';
    switch (name) {
    case 'd':
        return skr_is_digit(c);
    case 'D':
        return !skr_is_digit(c);
    case 'w':
        return word;
    case 'W':
        return !word;
    case 's':
        return skr_is_space(c);
    case 'S':
        return !skr_is_space(c);
    default:
        return name == c;
    }
}

static bool in_class(const char *p, const char *end, char c) /* between the brackets */
{
    bool negated = p < end && *p == '^', found = false;
    for (p += negated; p < end; p++) {
        if (*p == '\\' && p + 1 < end) {
            found = found || in_named(*++p, c);
        } else if (p + 2 < end && p[1] == '-') {
            found = found || ((unsigned char)c >= (unsigned char)p[0] && (unsigned char)c <= (unsigned char)p[2]);
            p += 2;
        } else {
            found = found || *p == c;
        }
    }
    return found != negated;
}

static bool one(const search *s, const atom *a, size_t at)
{
    if (at >= s->text.len)
        return false;
    char c = s->text.ptr[at];
    return *a->p == '.'    ? c != '\n'
           : *a->p == '\\' ? in_named(a->p[1], c)
           : *a->p == '['  ? in_class(a->p + 1, a->end - 1, c)
                           : c == *a->p;
}

static bool sequence(search *s, const char *p, const char *end, size_t at, const cont *k);

static bool branches(search *s, const char *p, const char *end, size_t at, const cont *k)
{
    for (;;) {
        const char *q = branch_end(p, end);
        if (sequence(s, p, q, at, k))
            return true;
        if (q == end)
            return false;
        p = q + 1;
    }
}

/* `count` turns of the group are done: another, or on with the rest. */
static bool turn(search *s, const cont *rest, const atom *group, unsigned count, size_t at, bool moved)
{
    cont k = { rest, NULL, NULL, group, count + 1, at };
    if (count < group->max && (count < group->min || moved) && branches(s, group->p + 1, group->end - 1, at, &k))
        return true;
    return count >= group->min && sequence(s, rest->p, rest->end, at, rest->next);
}

static bool resume(search *s, const cont *k, size_t at)
{
    if (!k)
        return true;
    return turn(s, k->next, k->group, k->count, at, at != k->at);
}

static bool repeat_one(search *s, const atom *a, const char *p, const char *end, size_t at, const cont *k)
{
    size_t n = 0;
    while (n < a->max && one(s, a, at + n))
        n++;
    for (; n >= a->min; n--) {
        if (sequence(s, p, end, at + n, k))
            return true;
        if (n == 0)
            break;
    }
    return false;
}

static bool step(search *s, const char *p, const char *end, size_t at, const cont *k)
{
    atom a;
    while (p < end) {
        p = next_atom(p, end, &a);
        if (!p || ++s->steps > MAX_STEPS)
            return false;
        if (*a.p == '(') {
            cont rest = { k, p, end, NULL, 0, 0 };
            return turn(s, &rest, &a, 0, at, true);
        }
        if (*a.p == '^' || *a.p == '$') {
            if (at != (*a.p == '^' ? 0 : s->text.len))
                return false;
        } else if (a.min == 1 && a.max == 1) {
            if (!one(s, &a, at++))
                return false;
        } else {
            return repeat_one(s, &a, p, end, at, k);
        }
    }
    return resume(s, k, at);
}

static bool sequence(search *s, const char *p, const char *end, size_t at, const cont *k)
{
    if (s->depth >= MAX_DEPTH || ++s->steps > MAX_STEPS)
        return false;
    s->depth++;
    bool found = step(s, p, end, at, k);
    s->depth--;
    return found;
}

bool skr_pattern_found(skr_str pattern, skr_str text)
{
    search s = { text, 0, 0 };
    for (size_t at = 0; at <= text.len && s.steps <= MAX_STEPS; at++)
        if (branches(&s, pattern.ptr, pattern.ptr + pattern.len, at, NULL))
            return true;
    return false;
}
