#include "local/build_step.h"

#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "local/beneath.h"
#include "local/pushed.h"

static void append(char ***list, const char *text)
{
    size_t n = 0;

    while (*list && (*list)[n])
        n++;
    *list = cr_realloc(*list, (n + 2) * sizeof(**list));
    (*list)[n] = cr_strdup(text);
    (*list)[n + 1] = NULL;
}

/* Names of images that say no tag mean `latest`, to docker everywhere. */
static void append_image(char ***list, const char *image)
{
    CR_AUTO_FREE char *tagged = local_image_tagged(image);

    append(list, tagged);
}

static void set(char **field, const char *text)
{
    free(*field);
    *field = cr_strdup(text);
}

enum option { TAG, FILE_NAME, BUILD_ARG, TARGET, OUTPUT, NO_CACHE, IGNORED_FLAG, IGNORED };

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
    {"-o", OUTPUT},
    {"--output", OUTPUT},
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
    {"--load", IGNORED_FLAG},
    {"--push", IGNORED_FLAG},
    {"--cache-to", IGNORED},
    {"--provenance", IGNORED},
    {"--memory", IGNORED},
    {"--shm-size", IGNORED},
};

/* The files of the result go to a new directory at the workspace's top, whose name cannot lead anywhere else. */
static int set_output(struct local_step *s, const char *value, struct cr_error *err)
{
    static const char form[] = "type=local,dest=";
    const char *name = value + strlen(form);

    if (strncmp(value, form, strlen(form)) == 0 && *name && *name != '.' &&
        !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")]) {
        set(&s->output, name);
        return 0;
    }
    cr_fail(err, CR_E_API, "the local platform cannot write the output '%s'", value);
    return cr_hint(err, "it takes type=local,dest=NAME, a directory of the workspace");
}

/* Those are for BuildKit itself, and no arguments of the Dockerfile; the builder here has its own way. */
static bool for_buildkit(const char *arg)
{
    return strncmp(arg, "BUILDKIT_INLINE_CACHE=", 22) == 0 || strncmp(arg, "SOURCE_DATE_EPOCH=", 18) == 0;
}

static int apply(struct local_step *s, enum option what, const char *value, struct cr_error *err)
{
    switch (what) {
    case TAG:
        append_image(&s->tags, value);
        break;
    case FILE_NAME:
        set(&s->dockerfile, value);
        break;
    case OUTPUT:
        return set_output(s, value, err);
    case BUILD_ARG:
        if (!for_buildkit(value))
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
                return apply(s, options[o].what, NULL, err);
            return 0;
        }
        value = eq ? eq + 1 : json_string_value(json_array_get(args, ++*i));
        if (!value)
            return cr_fail(err, CR_E_API, "flag needs an argument: %s", word);
        return apply(s, options[o].what, value, err);
    }
    return cr_fail(err, CR_E_API, "unknown flag: %.*s", (int)len, word);
}

/* docker takes -f from where it runs, the builder here from the context. */
static int place_dockerfile(struct local_step *s, const char *context, struct cr_error *err)
{
    const char *file = s->dockerfile;
    CR_AUTO_FREE char *up = cr_strdup(""), *both = NULL;

    if (!file)
        return 0;
    if (strncmp(file, "/workspace/", 11) == 0)
        file += 11;
    if (!local_beneath_text(file, 0))
        return cr_fail(err, CR_E_API, "the Dockerfile '%s' is outside of the workspace", file);
    for (const char *p = context; *p; p += strcspn(p, "/"), p += strspn(p, "/"))
        if (strcmp(p, "..") == 0 || strncmp(p, "../", 3) == 0) {
            memmove(up, up + 3, strlen(up + 3) + 1); /* never above the workspace, so there is one to take away */
        } else if (strcmp(p, ".") != 0 && strncmp(p, "./", 2) != 0) {
            char *more = cr_format("../%s", up);

            free(up);
            up = more;
        }
    both = cr_format("%s%s", up, file);
    set(&s->dockerfile, both);
    return 0;
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
    if (strncmp(context, "/workspace", 10) == 0 && (!context[10] || context[10] == '/'))
        memmove(context, context + 10 + (context[10] == '/'), strlen(context + 10 + (context[10] == '/')) + 1);
    if (!*context)
        set(&context, ".");
    if (!local_beneath_text(context, 0)) {
        cr_fail(err, CR_E_API, "the context '%s' is outside of the workspace", context);
        goto out;
    }
    if (place_dockerfile(s, context, err) < 0)
        goto out;
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

static int read_names(const json_t *args, struct local_step *s, struct cr_error *err)
{
    for (size_t i = 1; i < json_array_size(args); i++) {
        const char *word = json_string_value(json_array_get(args, i));

        if (word[0] != '-')
            append_image(&s->tags, word);
        else if (strcmp(word, "-q") != 0 && strcmp(word, "--quiet") != 0)
            return cr_fail(err, CR_E_API, "unknown flag: %s", word);
    }
    if (!s->tags)
        return cr_fail(err, CR_E_API, "\"docker %s\" requires exactly 1 argument",
                       json_string_value(json_array_get(args, 0)));
    return 0;
}

static int read_docker(const json_t *args, struct local_step *s, struct cr_error *err)
{
    const char *verb = json_string_value(json_array_get(args, 0));

    if (verb && strcmp(verb, "buildx") == 0 && json_array_size(args) > 1) {
        json_auto_t *rest = json_copy((json_t *)(uintptr_t)args);

        json_array_remove(rest, 0);
        return read_docker(rest, s, err);
    }
    if (verb && strcmp(verb, "build") == 0)
        return read_build(args, s, err);
    if (verb && (strcmp(verb, "push") == 0 || strcmp(verb, "pull") == 0)) {
        s->kind = verb[2] == 's' ? LOCAL_STEP_PUSH : LOCAL_STEP_PULL;
        return read_names(args, s, err);
    }
    if (verb && strcmp(verb, "tag") == 0 && json_array_size(args) == 3) {
        s->kind = LOCAL_STEP_TAG;
        return read_names(args, s, err);
    }
    cr_fail(err, CR_E_API, "docker: '%s' is not a docker command of the local platform", verb ? verb : "");
    return cr_hint(err, "it knows build, tag, push and pull");
}

/* kaniko's options, each with its value behind '=' or as the next word; what only tunes it is passed over. */
static int read_kaniko(const json_t *args, struct local_step *s, struct cr_error *err)
{
    CR_AUTO_FREE char *context = NULL;
    bool cache = false;

    s->kind = LOCAL_STEP_BUILD_AND_PUSH;
    for (size_t i = 0; i < json_array_size(args); i++) {
        const char *word = json_string_value(json_array_get(args, i)), *eq = strchr(word, '='), *value;
        const char *next = json_string_value(json_array_get(args, i + 1));
        CR_AUTO_FREE char *name = cr_strndup(word, eq ? (size_t)(eq - word) : strlen(word));

        if (strncmp(word, "-", 1) != 0)
            return cr_fail(err, CR_E_API, "unknown command \"%s\" for \"executor\"", word);
        if (strcmp(name, "--cache") == 0) {
            cache = !eq || strcmp(eq, "=true") == 0;
            continue;
        }
        value = eq ? eq + 1 : next && *next != '-' ? next : NULL;
        i += !eq && value;
        if (strcmp(name, "--destination") == 0 || strcmp(name, "-d") == 0)
            append_image(&s->tags, value ? value : "");
        else if (strcmp(name, "--dockerfile") == 0 || strcmp(name, "-f") == 0)
            set(&s->dockerfile, value ? value : "");
        else if (strcmp(name, "--build-arg") == 0)
            append(&s->build_args, value ? value : "");
        else if (strcmp(name, "--target") == 0)
            set(&s->target, value ? value : "");
        else if (strcmp(name, "--context") == 0 || strcmp(name, "-c") == 0)
            set(&context, value ? value : "");
    }
    if (!s->tags)
        return cr_fail(err, CR_E_API, "you must provide --destination, or use --no-push");
    s->no_cache = !cache;
    if (context && strncmp(context, "dir:///workspace", 16) == 0)
        memmove(context, context + 16, strlen(context + 16) + 1);
    if (context && (strstr(context, "://") || !local_beneath_text(context + strspn(context, "/"), 0)))
        return cr_fail(err, CR_E_API, "the context '%s' is outside of the workspace", context);
    if (context && context[strspn(context, "/")])
        set(&s->dir, context + strspn(context, "/"));
    return 0;
}

static bool is_image(const char *name, const char *image)
{
    size_t n = strlen(image);

    return strncmp(name, image, n) == 0 && (!name[n] || name[n] == ':' || name[n] == '@');
}

static bool is_docker(const char *name)
{
    static const char *const names[] = {"gcr.io/cloud-builders/docker", "docker", "docker.io/library/docker"};

    for (size_t i = 0; i < CR_LEN(names); i++)
        if (is_image(name, names[i]))
            return true;
    return false;
}

static int not_here(const char *name, const char *entry, const json_t *step, struct cr_error *err)
{
    cr_fail(err, CR_E_API, "the local platform cannot run the build step '%s'%s%s%s", name,
            json_object_get(step, "script") ? " with a script" : "", entry ? " with the entrypoint " : "",
            entry ? entry : "");
    return cr_hint(err,
                   "it runs gcr.io/cloud-builders/docker (build, tag, push, pull) and gcr.io/kaniko-project/executor; "
                   "others need the real Cloud Build: --platform managed");
}

/* The value of a variable of the step's environment, or NULL. */
static const char *step_variable(const json_t *env, const char *name)
{
    size_t n = strlen(name), i;
    const json_t *row;

    json_array_foreach(env, i, row)
    {
        const char *text = json_string_value(row);

        if (text && strncmp(text, name, n) == 0 && text[n] == '=')
            return text + n + 1;
    }
    return NULL;
}

/* An argument without a value has that of the builder's environment, which in Cloud Build is the step's, and is not set
 * where that has none. Never ours: the engine, given the name alone, would look there. */
static void resolve_build_args(struct local_step *s, const json_t *env)
{
    size_t n = 0;

    for (size_t i = 0; s->build_args && s->build_args[i]; i++) {
        CR_AUTO_FREE char *arg = s->build_args[i];
        const char *value = step_variable(env, arg);

        if (strchr(arg, '='))
            s->build_args[n++] = CR_STEAL(arg);
        else if (value)
            s->build_args[n++] = cr_format("%s=%s", arg, value);
    }
    if (s->build_args)
        s->build_args[n] = NULL;
}

int local_step_read(const json_t *step, struct local_step *out, struct cr_error *err)
{
    const char *name = json_string_value(json_object_get(step, "name"));
    const char *entry = json_string_value(json_object_get(step, "entrypoint"));
    const char *dir = json_string_value(json_object_get(step, "dir"));
    bool docker = name && is_docker(name), kaniko = name && is_image(name, "gcr.io/kaniko-project/executor");
    struct local_step s = {0};
    int rc;

    if (entry && (!*entry || (docker && strcmp(entry, "docker") == 0)))
        entry = NULL;
    if ((!docker && !kaniko) || entry || json_object_get(step, "script"))
        return not_here(name ? name : "", entry, step, err);
    if (dir && strncmp(dir, "/workspace", 10) == 0 && (!dir[10] || dir[10] == '/'))
        dir += dir[10] ? 11 : 10;
    if (dir && !local_beneath_text(dir, 0))
        return cr_fail(err, CR_E_API, "the directory '%s' is outside of the workspace", dir);
    s.dir = dir && *dir ? cr_strdup(dir) : NULL;
    rc = docker ? read_docker(json_object_get(step, "args"), &s, err)
                : read_kaniko(json_object_get(step, "args"), &s, err);
    if (rc < 0) {
        local_step_clear(&s);
        return -1;
    }
    resolve_build_args(&s, json_object_get(step, "env"));
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
    free(step->output);
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
