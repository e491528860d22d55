#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/glob.h"
#include "core/ignore_rule.h"

/* A text as components: part[i] starts it, n[i] is its length. "" is one empty component, "/a" is "" and "a". */
struct parts {
    const char **part;
    size_t *n, len;
};

static void parts_clear(struct parts *p)
{
    free(p->part);
    free(p->n);
}

static struct parts split(const char *text)
{
    struct parts p = {.len = 1};
    size_t at = 0;

    for (const char *c = text; *c; c++)
        p.len += *c == '/';
    p.part = cr_calloc(p.len, sizeof(*p.part));
    p.n = cr_calloc(p.len, sizeof(*p.n));
    for (; at < p.len; at++) {
        p.part[at] = text;
        p.n[at] = strcspn(text, "/");
        text += p.n[at] + 1;
    }
    return p;
}

/* A pattern against a path, from the right, as gcloud compares. The number of components left is the state: of the
 * pattern, and of the path, where 0 is the root "" and NONE is what is above it. */
struct matcher {
    const struct parts *pattern, *path;
    unsigned char *dead; /* states known to fail; keeps `**` from multiplying */
    size_t width;
};
#define NONE SIZE_MAX

static bool is(const struct parts *p, size_t i, const char *text)
{
    return p->n[i] == strlen(text) && !memcmp(p->part[i], text, p->n[i]);
}

static bool fits(const struct matcher *m, size_t pattern, size_t path, bool anchored);

/* Length in characters of the first `n` components, no more than 2. */
static size_t short_length(const struct parts *p, size_t n)
{
    size_t chars = 0;

    for (size_t i = 0; n && i < p->n[0] && chars < 2; i++)
        chars += ((unsigned char)p->part[0][i] & 0xC0) != 0x80;
    return n > 1 ? 2 : chars;
}

/* The pattern's last component, the path's last component, and then what is left of both. */
static bool compare(const struct matcher *m, size_t pattern, size_t path, bool anchored)
{
    const struct parts *pat = m->pattern;
    const char *text = path ? m->path->part[path - 1] : "";
    size_t n = path ? m->path->n[path - 1] : 0, rest = path ? path - 1 : NONE;

    if (!pattern) /* the empty component that anchors */
        return !n && fits(m, 0, rest, false);
    if (is(pat, pattern - 1, "**")) {
        bool rooted = pattern > 1 && !pat->n[0];

        for (size_t up = 0; up <= path; up++)
            if (fits(m, pattern - 1, up, anchored || !rooted))
                return true;
        return false;
    }
    /* gcloud asks whether what is left is longer than one character, not whether it has a component: x/q/bar is
     * matched by a star, slash, bar when x is one character. */
    if (pattern == 1 && !anchored && is(pat, 0, "*") && rest != NONE && short_length(m->path, rest) > 1)
        return false;
    return cr_glob_component(pat->part[pattern - 1], pat->n[pattern - 1], text, n) &&
           fits(m, pattern - 1, rest, anchored);
}

static bool fits(const struct matcher *m, size_t pattern, size_t path, bool anchored)
{
    size_t state = (pattern * m->width + path) * 2 + anchored;
    bool ok;

    if (!pattern && !anchored)
        return true;
    if (path == NONE || m->dead[state])
        return false;
    ok = compare(m, pattern, path, anchored);
    m->dead[state] = !ok;
    return ok;
}

static bool gcloud_matches(const struct rule *rule, const struct parts *path, size_t depth, bool is_dir)
{
    CR_AUTO(parts_clear) struct parts pattern = {0};
    CR_AUTO_FREE unsigned char *dead = NULL;
    struct matcher m = {.pattern = &pattern, .path = path, .width = path->len + 1};

    if (rule->only_dir && !is_dir)
        return false;
    pattern = split(rule->pattern);
    dead = cr_calloc((pattern.len + 1) * m.width * 2, 1);
    m.dead = dead;
    return fits(&m, pattern.len, depth, false);
}

/* Every directory on the way is asked first: below an ignored one nothing comes back. */
static const struct rule *gcloud_ignores(const struct cr_ignore *ig, const char *path, bool is_dir)
{
    CR_AUTO(parts_clear) struct parts parts = split(path);

    for (size_t depth = 1; depth <= parts.len; depth++) {
        const struct rule *last = NULL;

        for (size_t i = 0; i < ig->rules; i++)
            if (gcloud_matches(&ig->rule[i], &parts, depth, depth < parts.len || is_dir))
                last = &ig->rule[i];
        if (last && !last->negated)
            return last;
    }
    return NULL;
}

/* A rule speaks for a path when it matches it or a directory it is in. */
static bool docker_matches(const char *pattern, const char *path)
{
    CR_AUTO_FREE char *part = cr_strdup(path);

    for (;;) {
        char *slash;

        if (cr_glob_docker(pattern, part) == 1)
            return true;
        slash = strrchr(part, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
}

static const struct rule *docker_ignores(const struct cr_ignore *ig, const char *path)
{
    const struct rule *by = NULL;

    for (size_t i = 0; i < ig->rules; i++)
        if (ig->rule[i].negated == !!by && docker_matches(ig->rule[i].pattern, path))
            by = by ? NULL : &ig->rule[i];
    return by;
}

const struct cr_ignore_origin *cr_ignore_why(const struct cr_ignore *ig, const char *path, bool is_dir)
{
    const struct rule *by = ig->kind == CR_IGNORE_GCLOUD ? gcloud_ignores(ig, path, is_dir) : docker_ignores(ig, path);

    return by ? &by->from : NULL;
}

bool cr_ignore_match(const struct cr_ignore *ig, const char *path, bool is_dir)
{
    return cr_ignore_why(ig, path, is_dir) != NULL;
}

bool cr_ignore_prunes(const struct cr_ignore *ig)
{
    if (ig->kind == CR_IGNORE_GCLOUD)
        return true;
    for (size_t i = 0; i < ig->rules; i++)
        if (ig->rule[i].negated)
            return false;
    return true;
}
