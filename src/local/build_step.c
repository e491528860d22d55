#include "local/build_step.h"

#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

static void append(char ***list, const char *text)
{
    size_t n = 0;

    while (*list && (*list)[n])
        n++;
    *list = cr_realloc(*list, (n + 2) * sizeof(**list));
    (*list)[n] = cr_strdup(text);
    (*list)[n + 1] = NULL;
}

static void set(char **field, const char *text)
{
    free(*field);
    *field = cr_strdup(text);
}

enum option { TAG, FILE_NAME, BUILD_ARG, TARGET, NO_CACHE, IGNORED_FLAG, IGNORED };

/* Options with a value take it as the next word or after '='. What only tunes Google's builders is accepted and
 * ignored. */
static const struct {
    const char *name;
    enum option what;
} options[] = {
    {"-t", TAG},
    {"--tag", TAG},
    {"-f", FILE_NAME},
    {"--file", FILE_NAME},
    {"--target", TARGET},
    {"--no-cache", NO_CACHE},
    {"--build-arg", BUILD_ARG},
    {"--network", IGNORED},
    {"--cache-from", IGNORED},
    {"--label", IGNORED},
    {"--platform", IGNORED},
    {"--progress", IGNORED},
    {"--pull", IGNORED_FLAG},
    {"-q", IGNORED_FLAG},
    {"--quiet", IGNORED_FLAG},
    {"--rm", IGNORED_FLAG},
};

static int apply(struct local_step *s, enum option what, const char *value)
{
    switch (what) {
    case TAG:
        append(&s->tags, value);
        break;
    case FILE_NAME:
        set(&s->dockerfile, value);
        break;
    case BUILD_ARG:
        append(&s->build_args, value);
        break;
    case TARGET:
        set(&s->target, value);
        break;
    case NO_CACHE:
        s->no_cache = true;
        break;
    case IGNORED:
    case IGNORED_FLAG:
        break;
    }
    return 0;
}

static int read_option(const json_t *args, size_t *i, struct local_step *s, struct cr_error *err)
{
    const char *word = json_string_value(json_array_get(args, *i)), *eq = strchr(word, '='), *value;
    size_t len = eq ? (size_t)(eq - word) : strlen(word);

    for (size_t o = 0; o < CR_LEN(options); o++) {
        if (strlen(options[o].name) != len || strncmp(options[o].name, word, len) != 0)
            continue;
        if (options[o].what == NO_CACHE || options[o].what == IGNORED_FLAG) {
            if (!eq || strcmp(eq, "=true") == 0)
                apply(s, options[o].what, NULL);
            return 0;
        }
        value = eq ? eq + 1 : json_string_value(json_array_get(args, ++*i));
        if (!value)
            return cr_fail(err, CR_E_API, "flag needs an argument: %s", word);
        return apply(s, options[o].what, value);
    }
    return cr_fail(err, CR_E_API, "unknown flag: %.*s", (int)len, word);
}

static int read_build(const json_t *args, struct local_step *s, struct cr_error *err)
{
    char *context = NULL;

    for (size_t i = 1; i < json_array_size(args); i++) {
        const char *word = json_string_value(json_array_get(args, i));

        if (word[0] == '-' && word[1]) {
            if (read_option(args, &i, s, err) < 0)
                goto out;
        } else if (context) {
            cr_fail(err, CR_E_API, "\"docker build\" requires exactly 1 argument");
            goto out;
        } else {
            context = cr_strdup(word);
        }
    }
    if (!context)
        return cr_fail(err, CR_E_API, "\"docker build\" requires exactly 1 argument");
    if (context[0] == '/' || strstr(context, "..")) {
        cr_fail(err, CR_E_API, "the context '%s' is outside of the workspace", context);
        goto out;
    }
    if (s->dir) {
        CR_AUTO_FREE char *both = cr_format("%s/%s", s->dir, context);

        set(&s->dir, both);
    } else {
        set(&s->dir, context);
    }
    free(context);
    return 0;
out:
    free(context);
    return -1;
}

static int read_args(const json_t *args, struct local_step *s, struct cr_error *err)
{
    const char *verb = json_string_value(json_array_get(args, 0));

    if (verb && strcmp(verb, "build") == 0)
        return read_build(args, s, err);
    if (verb && strcmp(verb, "push") == 0) {
        s->kind = LOCAL_STEP_PUSH;
        return 0;
    }
    if (verb && strcmp(verb, "tag") == 0 && json_array_size(args) == 3) {
        s->kind = LOCAL_STEP_TAG;
        append(&s->tags, json_string_value(json_array_get(args, 1)));
        append(&s->tags, json_string_value(json_array_get(args, 2)));
        return 0;
    }
    cr_fail(err, CR_E_API, "docker: '%s' is not a docker command of the local platform", verb ? verb : "");
    return cr_hint(err, "it knows build, tag and push");
}

int local_step_read(const json_t *step, struct local_step *out, struct cr_error *err)
{
    const char *name = json_string_value(json_object_get(step, "name"));
    const char *entry = json_string_value(json_object_get(step, "entrypoint"));
    const char *dir = json_string_value(json_object_get(step, "dir"));
    struct local_step s = {0};

    if (!name || (strncmp(name, "gcr.io/cloud-builders/docker", 28) != 0 && strcmp(name, "docker") != 0) ||
        (entry && strcmp(entry, "docker") != 0) || json_object_get(step, "script")) {
        cr_fail(err, CR_E_API, "the local platform cannot run the build step '%s'", name ? name : "");
        return cr_hint(err, "steps of 'gcr.io/cloud-builders/docker' without entrypoint or script are what it runs");
    }
    if (dir && (dir[0] == '/' || strstr(dir, "..")))
        return cr_fail(err, CR_E_API, "the directory '%s' is outside of the workspace", dir);
    s.dir = dir ? cr_strdup(dir) : NULL;
    if (read_args(json_object_get(step, "args"), &s, err) < 0) {
        local_step_clear(&s);
        return -1;
    }
    *out = s;
    return 0;
}

static void free_list(char **list)
{
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}

void local_step_clear(struct local_step *step)
{
    free_list(step->tags);
    free_list(step->build_args);
    free(step->dockerfile);
    free(step->target);
    free(step->dir);
    *step = (struct local_step){0};
}

int local_substitute(const char *text, const json_t *values, char **out, struct cr_error *err)
{
    CR_AUTO_STR struct cr_str s = CR_STR_INIT(1 << 20);
    const char *p = text;

    while (*p) {
        size_t plain = strcspn(p, "$"), len;
        bool braces;
        const char *value;

        if (cr_str_add(&s, p, plain, err) < 0)
            return -1;
        p += plain;
        if (!*p)
            break;
        braces = p[1] == '{';
        len = strspn(p + 1 + braces, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
        if (p[1] == '$' || len == 0 || (braces && p[2 + len] != '}')) { /* $$, or a dollar that names nothing */
            if (cr_str_add(&s, "$", 1, err) < 0)
                return -1;
            p += 1 + (p[1] == '$');
            continue;
        }
        {
            CR_AUTO_FREE char *name = cr_strndup(p + 1 + braces, len);

            value = json_string_value(json_object_get(values, name));
            if (!value)
                return cr_fail(err, CR_E_API, "key in the template \"%s\" is not a valid built-in substitution", name);
        }
        if (cr_str_add(&s, value, strlen(value), err) < 0)
            return -1;
        p += 1 + len + (braces ? 2 : 0);
    }
    *out = cr_str_take(&s);
    return 0;
}
