#include "core/glob.h"

#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"

struct glob {
    const char *p, *s;
    size_t pn, sn;
    unsigned char
        *dead; /* a bit for each (pattern, text) offset that is known not to match: keeps stars from multiplying */
    bool docker;
};

/* The character at s; *n is its length in bytes. */
static uint32_t character(const char *s, size_t left, size_t *n)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t want = u[0] < 0x80             ? 1
                  : (u[0] & 0xE0) == 0xC0 ? 2
                  : (u[0] & 0xF0) == 0xE0 ? 3
                  : (u[0] & 0xF8) == 0xF0 ? 4
                                          : 0;
    uint32_t c = want > 1 ? u[0] & (0x7FU >> want) : u[0];

    *n = 1;
    if (!want || want > left)
        return 0x110000U + u[0];
    for (size_t i = 1; i < want; i++) {
        if ((u[i] & 0xC0) != 0x80)
            return 0x110000U + u[0];
        c = c << 6 | (u[i] & 0x3F);
    }
    *n = want;
    return c;
}

/* Python's [seq] at p, behind the bracket: where it ends (behind its bracket), or 0 when it does not, and is a literal.
 */
static size_t python_class_end(const char *p, size_t n)
{
    size_t i = 0;

    if (i < n && p[i] == '!')
        i++;
    if (i < n && p[i] == ']')
        i++;
    while (i < n && p[i] != ']')
        i++;
    return i < n ? i + 1 : 0;
}

static bool python_class(const char *p, size_t n, uint32_t c)
{
    bool negated = *p == '!', found = false;
    size_t i = negated, w;

    while (i < n) {
        uint32_t low = character(p + i, n - i, &w), high = low;

        i += w;
        if (i + 1 < n && p[i] == '-') {
            high = character(p + i + 1, n - i - 1, &w);
            i += 1 + w;
        }
        found |= low <= c && c <= high;
    }
    return found != negated;
}

/* One end of a range in Go's class. */
static int go_class_end(const char *p, size_t n, size_t *i, uint32_t *c)
{
    size_t w;

    if (*i < n && p[*i] == '\\')
        (*i)++;
    else if (*i < n && (p[*i] == '-' || p[*i] == ']'))
        return -1;
    if (*i >= n)
        return -1;
    *c = character(p + *i, n - *i, &w);
    *i += w;
    return *i < n ? 0 : -1; /* a bracket must follow */
}

/* Go's class at p, behind the bracket. *end is behind its closing bracket. 1, 0, or -1: malformed. */
static int go_class(const char *p, size_t n, uint32_t c, size_t *end)
{
    bool negated = n && *p == '^', found = false;
    size_t i = negated, first = i;

    while (i < n && (p[i] != ']' || i == first)) {
        uint32_t low, high;

        if (go_class_end(p, n, &i, &low) < 0)
            return -1;
        high = low;
        if (p[i] == '-') {
            i++;
            if (go_class_end(p, n, &i, &high) < 0 || high < low)
                return -1;
        }
        found |= low <= c && c <= high;
    }
    if (i >= n)
        return -1;
    *end = i + 1;
    return found != negated;
}

static bool match(struct glob *g, size_t p, size_t s);

/* `**`, with the slash behind it: nothing, or everything up to and with some slash. At the end: everything. */
static bool match_double_star(struct glob *g, size_t p, size_t s)
{
    p += 2;
    if (p < g->pn && g->p[p] == '/')
        p++;
    if (p == g->pn || match(g, p, s))
        return true;
    for (; s < g->sn; s++)
        if (g->s[s] == '/' && match(g, p, s + 1))
            return true;
    return false;
}

static bool match_star(struct glob *g, size_t p, size_t s)
{
    for (;; s++) {
        if (match(g, p + 1, s))
            return true;
        if (s == g->sn || (g->docker && g->s[s] == '/'))
            return false;
    }
}

/* Whether the one character at s fits the pattern's element at *p, which is then behind it. */
static bool match_one(const struct glob *g, size_t *p, uint32_t c)
{
    size_t n = g->pn - *p, w, end;
    bool ok;

    if (g->p[*p] == '?') {
        (*p)++;
        return !g->docker || c != '/';
    }
    if (g->p[*p] == '[') {
        if (g->docker) {
            ok = go_class(g->p + *p + 1, n - 1, c, &end) == 1;
            *p += 1 + end;
            return ok;
        }
        end = python_class_end(g->p + *p + 1, n - 1);
        if (end) {
            ok = python_class(g->p + *p + 1, end - 1, c);
            *p += 1 + end;
            return ok;
        }
    }
    if (g->docker && g->p[*p] == '\\')
        (*p)++;
    ok = character(g->p + *p, g->pn - *p, &w) == c;
    *p += w;
    return ok;
}

static bool match(struct glob *g, size_t p, size_t s)
{
    size_t start_p = p, start_s = s, bit = p * (g->sn + 1) + s, w;
    bool ok = true;

    if (g->dead[bit / 8] & 1U << bit % 8)
        return false;
    while (p < g->pn && g->p[p] != '*') {
        uint32_t c;

        ok = s < g->sn;
        if (!ok)
            break;
        c = character(g->s + s, g->sn - s, &w);
        ok = match_one(g, &p, c);
        if (!ok)
            break;
        s += w;
    }
    if (ok && p == g->pn)
        ok = s == g->sn;
    else if (ok)
        ok = g->docker && p + 1 < g->pn && g->p[p + 1] == '*' ? match_double_star(g, p, s) : match_star(g, p, s);
    bit = start_p * (g->sn + 1) + start_s;
    if (!ok)
        g->dead[bit / 8] |= (unsigned char)(1U << bit % 8);
    return ok;
}

static bool run(struct glob *g)
{
    CR_AUTO_FREE unsigned char *dead = cr_calloc((g->pn + 1) * (g->sn + 1) / 8 + 1, 1);

    g->dead = dead;
    return match(g, 0, 0);
}

bool cr_glob_component(const char *pattern, size_t pattern_len, const char *text, size_t text_len)
{
    struct glob g = {.p = pattern, .pn = pattern_len, .s = text, .sn = text_len};

    if (!memchr(pattern, '*', pattern_len) && !memchr(pattern, '?', pattern_len) && !memchr(pattern, '[', pattern_len))
        return pattern_len == text_len && !memcmp(pattern, text, text_len);
    return run(&g);
}

/* Go looks at the whole pattern before it matches: an unclosed class, an empty one, a backslash at the end. */
static bool well_formed(const char *p, size_t n)
{
    size_t end;

    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\\') {
            if (++i == n)
                return false;
        } else if (p[i] == '[') {
            if (go_class(p + i + 1, n - i - 1, 0, &end) < 0)
                return false;
            i += end;
        }
    }
    return true;
}

int cr_glob_docker(const char *pattern, const char *path)
{
    struct glob g = {.p = pattern, .pn = strlen(pattern), .s = path, .sn = strlen(path), .docker = true};
    const char *tail = pattern + 2;

    if (!well_formed(pattern, g.pn))
        return -1;
    /* Docker takes `**` before plain text for "ends with": `**.c` and `**foo` see no directories. */
    if (!strncmp(pattern, "**", 2) && !strpbrk(tail, "*?[]\\")) {
        size_t n = strlen(tail);

        if (n <= g.sn && !memcmp(path + g.sn - n, tail, n))
            return 1;
        return *tail == '/' && !strcmp(path, tail + 1);
    }
    return run(&g);
}
