/* The few things about a Dockerfile that must be known before it is built: which images it starts from. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/baseimage.h"

#define MOST 64 /* stages, and ARGs before the first FROM */

struct scan {
    const char *const *given; /* --build-arg */
    char *arg[MOST], *stage[MOST];
    size_t args, stages;
    bool from_seen;
};

static const char *lookup(const struct scan *s, const char *name, size_t n)
{
    for (const char *const *g = s->given; g && *g; g++)
        if (strncmp(*g, name, n) == 0 && (*g)[n] == '=')
            return *g + n + 1;
    for (size_t i = s->args; i-- > 0;)
        if (strncmp(s->arg[i], name, n) == 0 && s->arg[i][n] == '=')
            return s->arg[i] + n + 1;
    return NULL;
}

/* $NAME, ${NAME} and ${NAME:-default}. */
static int expand(const struct scan *s, const char *text, struct cr_str *out, struct cr_error *err)
{
    while (*text) {
        const char *name = text + 1, *value, *rest;
        size_t n;

        if (*text != '$') {
            if (cr_str_add(out, text++, 1, err) < 0)
                return -1;
            continue;
        }
        name += *name == '{';
        for (n = 0; isalnum((unsigned char)name[n]) || name[n] == '_'; n++)
            ;
        value = lookup(s, name, n);
        rest = name + n;
        if (text[1] == '{') {
            size_t m = strcspn(rest, "}");

            if ((!value || !*value) && m > 2 && strncmp(rest, ":-", 2) == 0 &&
                cr_str_add(out, rest + 2, m - 2, err) < 0)
                return -1;
            rest += m + (rest[m] == '}');
        }
        if (value && cr_str_addf(out, err, "%s", value) < 0)
            return -1;
        text = rest;
    }
    return 0;
}

static bool is_stage(const struct scan *s, const char *name)
{
    for (size_t i = 0; i < s->stages; i++)
        if (strcasecmp(s->stage[i], name) == 0)
            return true;
    return name[strspn(name, "0123456789")] == '\0'; /* COPY --from=0 */
}

static bool has_line(const char *list, const char *line)
{
    size_t n = strlen(line);

    for (; *list; list += strcspn(list, "\n") + 1)
        if (strncmp(list, line, n) == 0 && list[n] == '\n')
            return true;
    return false;
}

static int found(struct scan *s, const char *word, struct cr_str *out, struct cr_error *err)
{
    CR_AUTO_STR struct cr_str image = CR_STR_INIT(4096);

    if (expand(s, word, &image, err) < 0)
        return -1;
    if (!image.len || is_stage(s, image.buf) || strcmp(image.buf, "scratch") == 0 || has_line(out->buf, image.buf))
        return 0;
    return cr_str_addf(out, err, "%s\n", image.buf);
}

static char *next_word(char **rest)
{
    char *word;

    while ((word = strsep(rest, " \t\r")) && !*word)
        ;
    return word;
}

static int take_from(struct scan *s, char *rest, struct cr_str *out, struct cr_error *err)
{
    char *word = next_word(&rest), *as;

    while (word && strncmp(word, "--", 2) == 0)
        word = next_word(&rest);
    s->from_seen = true;
    if (!word)
        return 0;
    if (found(s, word, out, err) < 0)
        return -1;
    as = next_word(&rest);
    word = as && strcasecmp(as, "as") == 0 ? next_word(&rest) : NULL;
    if (word && s->stages < MOST)
        s->stage[s->stages++] = cr_strdup(word);
    return 0;
}

static int take_line(struct scan *s, char *line, struct cr_str *out, struct cr_error *err)
{
    char *rest = line, *word = next_word(&rest);

    if (!word)
        return 0;
    if (strcasecmp(word, "FROM") == 0)
        return take_from(s, rest, out, err);
    if (strcasecmp(word, "ARG") == 0 && !s->from_seen) {
        word = next_word(&rest);
        if (word && strchr(word, '=') && s->args < MOST)
            s->arg[s->args++] = cr_strdup(word);
        return 0;
    }
    if (strcasecmp(word, "COPY") != 0)
        return 0;
    while ((word = next_word(&rest)) && strncmp(word, "--", 2) == 0)
        if (strncmp(word, "--from=", 7) == 0)
            return found(s, word + 7, out, err);
    return 0;
}

int local_baseimage_froms(const char *dockerfile, const char *const *build_args, struct cr_str *out,
                          struct cr_error *err)
{
    CR_AUTO_FREE char *text = cr_strdup(dockerfile);
    struct scan s = {.given = build_args};
    char *rest, *line;
    int rc = 0;

    for (char *p = text; (p = strstr(p, "\\\n"));)
        p[0] = p[1] = ' '; /* a line that goes on */
    rest = text;
    while (rc == 0 && (line = strsep(&rest, "\n")))
        rc = take_line(&s, line, out, err);
    for (size_t i = 0; i < s.args; i++)
        free(s.arg[i]);
    for (size_t i = 0; i < s.stages; i++)
        free(s.stage[i]);
    return rc;
}
