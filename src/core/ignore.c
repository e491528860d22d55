#include "core/ignore.h"

#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/glob.h"
#include "core/ignore_rule.h"

#define IGNORE_FILE_MAX (1 << 20)
#define GCLOUD_NAME ".gcloudignore"
#define STANDARD "gcloud's own rules" /* where there is no such file */

struct cr_ignore *cr_ignore_new(enum cr_ignore_kind kind)
{
    struct cr_ignore *ig = cr_calloc(1, sizeof(*ig));

    ig->kind = kind;
    return ig;
}

void cr_ignore_free(struct cr_ignore *ig)
{
    if (!ig)
        return;
    for (size_t i = 0; i < ig->rules; i++) {
        free(ig->rule[i].pattern);
        free(ig->rule[i].from.place);
        free(ig->rule[i].from.text);
    }
    free(ig->rule);
    free(ig);
}

/* Takes pattern. */
static void add(struct cr_ignore *ig, char *pattern, bool negated, bool only_dir)
{
    if (ig->rules == ig->cap) {
        ig->cap = ig->cap ? ig->cap * 2 : 16;
        ig->rule = cr_realloc(ig->rule, ig->cap * sizeof(*ig->rule));
    }
    ig->rule[ig->rules++] = (struct rule){pattern, negated, only_dir, {NULL, NULL}};
}

/* ---- .gcloudignore ---- */

/* Spaces at the end go, but for escaped ones; then "\ " is a space. In place. */
static void handle_spaces(char *line)
{
    size_t n = strlen(line), keep = 0, to = 0;

    for (size_t i = 0; i < n; i++) {
        size_t token = line[i] == '\\' && i + 1 < n;

        i += token;
        if (token || line[i] != ' ')
            keep = i + 1;
    }
    line[keep] = '\0';
    for (size_t i = 0; i < keep; i++)
        if (line[i] != '\\' || line[i + 1] != ' ')
            line[to++] = line[i];
    line[to] = '\0';
}

static void unescape(char *line)
{
    char *to = line;

    for (; *line; line++) {
        if (*line == '\\' && line[1])
            line++;
        *to++ = *line;
    }
    *to = '\0';
}

static void add_gcloud(struct cr_ignore *ig, const char *line)
{
    bool negated = *line == '!', only_dir;
    CR_AUTO_FREE char *pattern = cr_strdup(line + negated);
    size_t n = strlen(pattern), slashes = 0;

    only_dir = n && pattern[n - 1] == '/';
    if (only_dir)
        pattern[n - 1] = '\0';
    handle_spaces(pattern);
    for (n = strlen(pattern); slashes < n && pattern[n - 1 - slashes] == '\\';)
        slashes++;
    if (slashes % 2)
        return; /* as gcloud: such a line is no pattern */
    unescape(pattern);
    if (*pattern)
        add(ig, CR_STEAL(pattern), negated, only_dir);
}

struct source { /* where a text of patterns comes from */
    const char *name, *dir;
    bool included;
};

static int parse_lines(struct cr_ignore *ig, const char *text, size_t len, const struct source *from,
                       struct cr_error *err);

/* `#!include:NAME` puts the patterns of DIR/NAME here. Inside an included file it is a comment. */
static int include(struct cr_ignore *ig, const char *name, const struct source *from, size_t line, struct cr_error *err)
{
    CR_AUTO_FREE char *path = NULL, *text = NULL;
    struct source inner = {.name = name, .dir = from->dir, .included = true};
    size_t len;

    if (strchr(name, '/')) {
        cr_fail(err, CR_E_CONFIG, "%s:%zu: cannot include '%s'", from->name, line, name);
        return cr_hint(err, "only a file of the same directory can be included, as in #!include:.gitignore");
    }
    if (from->included)
        return 0;
    if (!from->dir)
        return cr_fail(err, CR_E_CONFIG, "%s:%zu: '%s' cannot be included here", from->name, line, name);
    path = cr_path_join(from->dir, name);
    if (cr_file_read(path, IGNORE_FILE_MAX, &text, &len, err) < 0) {
        err->code = CR_E_CONFIG;
        return cr_wrap(err, "%s:%zu", from->name, line);
    }
    return parse_lines(ig, text, len, &inner, err);
}

static int take_gcloud(struct cr_ignore *ig, const char *line, const struct source *from, size_t at,
                       struct cr_error *err)
{
    if (*line != '#') {
        add_gcloud(ig, line);
        return 0;
    }
    line += 1 + strspn(line + 1, " \t");
    return strncmp(line, "!include:", 9) ? 0 : include(ig, line + 9, from, at, err);
}

/* ---- .dockerignore ---- */

/* Go's path.Clean, in place: no empty component, no ".", ".." resolved where it can be. */
static void clean(char *path)
{
    CR_AUTO_FREE char *copy = cr_strdup(path);
    bool rooted = *path == '/';
    size_t len = rooted, base = rooted, n; /* base: what ".." may not take away */

    for (const char *part = copy; *part; part += n) {
        bool up;

        part += strspn(part, "/");
        n = strcspn(part, "/");
        up = n == 2 && !memcmp(part, "..", 2);
        if (!n || (n == 1 && *part == '.') || (up && rooted && len == 1))
            continue;
        if (up && len > base) {
            while (len > base && path[len - 1] != '/')
                len--;
            len -= len > base && len > rooted;
            continue;
        }
        if (len > rooted)
            path[len++] = '/';
        memcpy(path + len, part, n);
        len += n;
        if (up)
            base = len;
    }
    if (!len)
        path[len++] = '.';
    path[len] = '\0';
}

static char *trimmed(const char *s)
{
    size_t n;

    s += strspn(s, " \t\r\n\v\f");
    n = strlen(s);
    while (n && strchr(" \t\r\n\v\f", s[n - 1]))
        n--;
    return cr_strndup(s, n);
}

static int take_docker(struct cr_ignore *ig, const char *line, const struct source *from, size_t at,
                       struct cr_error *err)
{
    CR_AUTO_FREE char *whole = trimmed(line), *pattern = NULL;
    bool negated = *whole == '!';

    if (*line == '#' || !*whole)
        return 0;
    pattern = trimmed(whole + negated);
    if (!*pattern)
        return cr_fail(err, CR_E_CONFIG, "%s:%zu: '!' has no pattern", from->name, at);
    clean(pattern);
    if (pattern[0] == '/' && pattern[1])
        memmove(pattern, pattern + 1, strlen(pattern));
    if (cr_glob_docker(pattern, ".") < 0)
        return cr_fail(err, CR_E_CONFIG, "%s:%zu: the pattern '%s' is malformed", from->name, at, pattern);
    if (*pattern)
        add(ig, CR_STEAL(pattern), negated, false);
    return 0;
}

/* ---- both ---- */

static int parse_lines(struct cr_ignore *ig, const char *text, size_t len, const struct source *from,
                       struct cr_error *err)
{
    const char *ends = ig->kind == CR_IGNORE_GCLOUD ? "\n\r\v\f\x1c\x1d\x1e" : "\n";
    size_t at = 1;

    if (memchr(text, '\0', len))
        return cr_fail(err, CR_E_CONFIG, "%s: a NUL byte has no place here", from->name);
    if (len >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3) && ig->kind == CR_IGNORE_DOCKER) {
        text += 3;
        len -= 3;
    }
    for (size_t i = 0; i < len; at++) {
        size_t n = 0, rules = ig->rules;
        CR_AUTO_FREE char *line = NULL;
        int rc;

        while (i + n < len && !strchr(ends, text[i + n]))
            n++;
        line = cr_strndup(text + i, n);
        i += n + (i + n + 1 < len && text[i + n] == '\r' && text[i + n + 1] == '\n') + 1;
        rc = ig->kind == CR_IGNORE_GCLOUD ? take_gcloud(ig, line, from, at, err) : take_docker(ig, line, from, at, err);
        if (rc < 0)
            return -1;
        if (ig->rules == rules + 1 && !ig->rule[rules].from.place) /* else an included file has said where */
            ig->rule[rules].from =
                (struct cr_ignore_origin){cr_format("%s:%zu", from->name, at), cr_strndup(line, strcspn(line, "\r"))};
    }
    return 0;
}

int cr_ignore_parse(struct cr_ignore *ig, const char *text, size_t len, const char *name, const char *dir,
                    struct cr_error *err)
{
    struct source from = {.name = name, .dir = dir};

    return parse_lines(ig, text, len, &from, err);
}

static int load(enum cr_ignore_kind kind, const char *dir, const char *name, struct cr_ignore **out,
                struct cr_error *err)
{
    CR_AUTO_IGNORE struct cr_ignore *ig = cr_ignore_new(kind);
    CR_AUTO_FREE char *path = cr_path_join(dir, name), *text = NULL;
    size_t len;

    if (cr_file_read(path, IGNORE_FILE_MAX, &text, &len, err) < 0 || cr_ignore_parse(ig, text, len, path, dir, err) < 0)
        return -1;
    *out = CR_STEAL(ig);
    return 0;
}

static bool has(const char *dir, const char *name)
{
    CR_AUTO_FREE char *path = cr_path_join(dir, name);

    return cr_file_exists(path);
}

int cr_ignore_gcloud(const char *dir, const char *file, struct cr_ignore **out, struct cr_error *err)
{
    static const char standard[] = ".gcloudignore\n.git\n.gitignore\n", with_git[] = "#!include:.gitignore\n";
    CR_AUTO_IGNORE struct cr_ignore *ig = NULL;

    if (file || has(dir, GCLOUD_NAME))
        return load(CR_IGNORE_GCLOUD, dir, file ? file : GCLOUD_NAME, out, err);
    ig = cr_ignore_new(CR_IGNORE_GCLOUD);
    if ((has(dir, ".git") || has(dir, ".gitignore")) &&
        cr_ignore_parse(ig, standard, strlen(standard), STANDARD, dir, err) < 0)
        return -1;
    if (has(dir, ".gitignore") && cr_ignore_parse(ig, with_git, strlen(with_git), GCLOUD_NAME, dir, err) < 0)
        return -1;
    *out = CR_STEAL(ig);
    return 0;
}

int cr_ignore_docker(const char *dir, struct cr_ignore **out, struct cr_error *err)
{
    if (has(dir, ".dockerignore"))
        return load(CR_IGNORE_DOCKER, dir, ".dockerignore", out, err);
    *out = cr_ignore_new(CR_IGNORE_DOCKER);
    return 0;
}
