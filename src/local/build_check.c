#include "local/build_check.h"

#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/build_run.h"
#include "local/json_text.h"
#include "local/schema.h"

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define DAY 86400.0
enum { STEPS_MAX = 300, IMAGES_MAX = 100, TAGS_MAX = 64, SUBSTITUTIONS_MAX = 200, DISK_MAX = 4000 };

/* Known to every build; those of triggers are empty in a build that was sent by hand. */
static const char *const builtin[] = {"PROJECT_ID",
                                      "PROJECT_NUMBER",
                                      "BUILD_ID",
                                      "LOCATION",
                                      "TRIGGER_NAME",
                                      "COMMIT_SHA",
                                      "REVISION_ID",
                                      "SHORT_SHA",
                                      "REPO_NAME",
                                      "REPO_FULL_NAME",
                                      "BRANCH_NAME",
                                      "TAG_NAME",
                                      "REF_NAME",
                                      "_HEAD_REPO",
                                      "TRIGGER_BUILD_CONFIG_PATH",
                                      "_HEAD_BRANCH",
                                      "SERVICE_ACCOUNT_EMAIL",
                                      "SERVICE_ACCOUNT",
                                      "_BASE_BRANCH"};

/* ---- the texts of a build ---- */

static int replace_in(json_t *object, const char *key, char *(*fn)(void *ud, const char *text), void *ud)
{
    json_t *value = json_object_get(object, key);
    size_t i;
    json_t *row;

    if (json_is_string(value)) {
        CR_AUTO_FREE char *text = fn(ud, json_string_value(value));

        if (!text)
            return -1;
        json_object_set_new(object, key, json_string(text));
        return 0;
    }
    json_array_foreach(value, i, row)
    {
        CR_AUTO_FREE char *text = fn(ud, json_string_value(row));

        if (!text)
            return -1;
        json_array_set_new(value, i, json_string(text));
    }
    return 0;
}

int local_build_texts(json_t *build, char *(*fn)(void *ud, const char *text), void *ud)
{
    static const char *const of_build[] = {"images", "tags", "logsBucket"};
    static const char *const of_step[] = {"name", "args", "env", "dir", "entrypoint"};
    json_t *step, *options = json_object_get(build, "options");
    size_t i;

    for (size_t k = 0; k < CR_LEN(of_build); k++)
        if (replace_in(build, of_build[k], fn, ud) < 0)
            return -1;
    json_array_foreach(json_object_get(build, "steps"), i,
                       step) for (size_t k = 0; k < CR_LEN(of_step);
                                  k++) if (replace_in(step, of_step[k], fn, ud) < 0) return -1;
    return replace_in(options, "env", fn, ud);
}

static char *note_names(void *ud, const char *text)
{
    for (const char *p = text; (p = strchr(p, '$'));) {
        bool braces = p[1] == '{';
        size_t n = strspn(p + 1 + braces, UPPER);

        if (p[1] == '$') {
            p += 2;
            continue;
        }
        if (n && (!braces || p[2 + n] == '}')) {
            CR_AUTO_FREE char *name = cr_strndup(p + 1 + braces, n);

            json_object_set_new(ud, name, json_true());
        }
        p++;
    }
    return cr_strdup(text);
}

json_t *local_build_names(const json_t *build)
{
    json_auto_t *copy = json_deep_copy(build);
    json_t *names = json_object(), *value;
    const char *key;

    (void)!local_build_texts(copy, note_names, names);
    if (json_is_true(json_object_get(json_object_get(build, "options"), "dynamicSubstitutions")))
        json_object_foreach(json_object_get(build, "substitutions"), key, value)
            free(note_names(names, json_string_value(value)));
    return names;
}

/* ---- what is wrong ---- */

static bool is_builtin(const char *name)
{
    for (size_t i = 0; i < CR_LEN(builtin); i++)
        if (strcmp(builtin[i], name) == 0)
            return true;
    return false;
}

static char *wrong_substitutions(const json_t *build)
{
    const json_t *given = json_object_get(build, "substitutions"), *options = json_object_get(build, "options");
    bool loose = strcmp(local_text_at(options, "substitutionOption"), "ALLOW_LOOSE") == 0;
    json_auto_t *names = local_build_names(build);
    const char *key;
    json_t *value;

    if (json_object_size(given) > SUBSTITUTIONS_MAX)
        return cr_format("invalid value for 'build.substitutions': more than %d", SUBSTITUTIONS_MAX);
    json_object_foreach((json_t *)given, key, value)
    {
        if (key[0] != '_' || strspn(key, UPPER) != strlen(key))
            return cr_format("invalid value for 'build.substitutions': the key of a substitution must match "
                             "^_[A-Z0-9_]+$, and \"%s\" does not",
                             key);
        if (!loose && !json_object_get(names, key))
            return cr_format("invalid value for 'build.substitutions': key in the substitution data \"%s\" is not "
                             "matched in the template",
                             key);
    }
    json_object_foreach(names, key, value)
    {
        if (json_object_get(given, key) || is_builtin(key) || (loose && key[0] == '_'))
            continue;
        return key[0] == '_' ? cr_format("invalid value for 'build.substitutions': key in the template \"%s\" is not "
                                         "matched in the substitution data",
                                         key)
                             : cr_format("invalid value for 'build.substitutions': key in the template \"%s\" is not "
                                         "a valid built-in substitution",
                                         key);
    }
    return NULL;
}

static char *wrong_duration(const json_t *object, const char *key, const char *where)
{
    const char *text = local_text_at(object, key);
    double seconds = local_duration(json_object_get(object, key), 1);

    if (!*text)
        return NULL;
    if (seconds <= 0)
        return cr_format("invalid value for '%s': it must be positive, and %s is not", where, text);
    return seconds > DAY ? cr_format("invalid value for '%s': %s is more than the maximum of 86400s", where, text)
                         : NULL;
}

static char *wrong_env(const json_t *list, const char *where)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));

        if (!strchr(text, '=') || *text == '=')
            return cr_format("invalid value for '%s': \"%.100s\" is not of the form KEY=VALUE", where, text);
    }
    return NULL;
}

static bool has_step(const json_t *steps, size_t before, const char *id)
{
    for (size_t i = 0; i < before; i++)
        if (strcmp(local_text_at(json_array_get(steps, i), "id"), id) == 0)
            return true;
    return false;
}

static char *wrong_step(const json_t *steps, size_t n)
{
    const json_t *step = json_array_get(steps, n), *row;
    CR_AUTO_FREE char *timeout = cr_format("build.steps[%zu].timeout", n), *env = cr_format("build.steps[%zu].env", n);
    const char *id = local_text_at(step, "id"), *dir = local_text_at(step, "dir");
    char *wrong;
    size_t i;

    if (!*local_text_at(step, "name"))
        return cr_format("invalid build: build step %zu must specify a name", n);
    if (*local_text_at(step, "script") &&
        (json_array_size(json_object_get(step, "args")) || *local_text_at(step, "entrypoint")))
        return cr_format("invalid build: build step %zu: script cannot be used with args or entrypoint", n);
    if (*id && has_step(steps, n, id))
        return cr_format("invalid build: build step %zu has the id \"%s\" of an earlier one", n, id);
    json_array_foreach(json_object_get(step, "waitFor"), i, row)
    {
        const char *other = json_string_value(row);

        if (strcmp(other, "-") != 0 && !has_step(steps, n, other))
            return cr_format("invalid build: build step %zu depends on \"%s\", which has not been defined", n, other);
    }
    if (strncmp(dir, "../", 3) == 0 || strstr(dir, "/../") || strcmp(dir, "..") == 0)
        return cr_format("invalid build: the dir of build step %zu leaves the workspace", n);
    wrong = wrong_duration(step, "timeout", timeout);
    return wrong ? wrong : wrong_env(json_object_get(step, "env"), env);
}

static char *wrong_steps(const json_t *build)
{
    const json_t *steps = json_object_get(build, "steps");
    char *wrong = NULL;

    if (json_array_size(steps) == 0)
        return cr_strdup("invalid build: no build steps are specified");
    if (json_array_size(steps) > STEPS_MAX)
        return cr_format("invalid build: more than %d build steps", STEPS_MAX);
    for (size_t i = 0; !wrong && i < json_array_size(steps); i++)
        wrong = wrong_step(steps, i);
    return wrong;
}

static bool good_tag(const char *tag)
{
    size_t n = strlen(tag);

    return n && n <= 128 && *tag != '.' && *tag != '-' && strspn(tag, UPPER "abcdefghijklmnopqrstuvwxyz.-") == n;
}

static char *wrong_lists(const json_t *build)
{
    const json_t *images = json_object_get(build, "images"), *tags = json_object_get(build, "tags");

    if (json_array_size(images) > IMAGES_MAX)
        return cr_format("invalid build: more than %d images", IMAGES_MAX);
    if (json_array_size(tags) > TAGS_MAX)
        return cr_format("invalid build: more than %d tags", TAGS_MAX);
    for (size_t i = 0; i < json_array_size(images); i++) {
        const char *name = json_string_value(json_array_get(images, i));

        if (!*name || strpbrk(name, " \t\n") || strchr(name, '@'))
            return cr_format("invalid build: invalid image name \"%.200s\"", name);
    }
    for (size_t i = 0; i < json_array_size(tags); i++) {
        const char *tag = json_string_value(json_array_get(tags, i));

        if (!strchr(tag, '$') && !good_tag(tag))
            return cr_format("invalid build: tag \"%.200s\" must match format ^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$",
                             tag);
    }
    return NULL;
}

static char *wrong_account(const json_t *build)
{
    const json_t *options = json_object_get(build, "options");
    const char *account = local_text_at(build, "serviceAccount"), *logging = local_text_at(options, "logging");
    const char *behavior = local_text_at(options, "defaultLogsBucketBehavior");

    if (!*account)
        return NULL;
    if (!*local_text_at(build, "logsBucket") && strcmp(logging, "CLOUD_LOGGING_ONLY") != 0 &&
        strcmp(logging, "NONE") != 0 && strcmp(behavior, "REGIONAL_USER_OWNED_BUCKET") != 0)
        return cr_strdup(
            "if 'build.service_account' is specified, the build must either (a) specify "
            "'build.logs_bucket', (b) use the REGIONAL_USER_OWNED_BUCKET "
            "build.options.default_logs_bucket_behavior option, or (c) use either CLOUD_LOGGING_ONLY / NONE "
            "logging options");
    if (!strchr(account, '@') && (strncmp(account, "projects/", 9) != 0 || !strstr(account, "/serviceAccounts/")))
        return cr_format("invalid value for 'build.service_account': \"%.200s\" is not of the form "
                         "projects/PROJECT/serviceAccounts/ACCOUNT",
                         account);
    return NULL;
}

static char *wrong_options(const char *location, const json_t *build)
{
    const json_t *options = json_object_get(build, "options"), *disk = json_object_get(options, "diskSizeGb");
    const char *pool = local_text_at(json_object_get(options, "pool"), "name"), *at;
    CR_AUTO_FREE char *there = NULL;
    int64_t gb = json_is_string(disk) ? strtoll(json_string_value(disk), NULL, 10) : json_integer_value(disk);

    if (gb < 0 || gb > DISK_MAX)
        return cr_format("invalid value for 'build.options.disk_size_gb': %" PRId64 " is not between 0 and %d", gb,
                         DISK_MAX);
    if (!*pool)
        pool = local_text_at(options, "workerPool");
    at = strstr(pool, "/locations/");
    if (*pool && (!at || strncmp(pool, "projects/", 9) != 0 || !strstr(at, "/workerPools/")))
        return cr_format("invalid value for 'build.options.pool.name': \"%.200s\" is not of the form "
                         "projects/PROJECT/locations/LOCATION/workerPools/POOL",
                         pool);
    if (at) {
        at += strlen("/locations/");
        there = cr_strndup(at, strcspn(at, "/"));
        if (strcmp(there, location) != 0)
            return cr_format("invalid build: a build that uses a worker pool in \"%s\" must be created there, not in "
                             "\"%s\"",
                             there, location);
    }
    return wrong_env(json_object_get(options, "env"), "build.options.env");
}

static char *wrong_places(struct local *l, const json_t *build)
{
    const json_t *source = json_object_get(build, "source"), *storage = json_object_get(source, "storageSource");
    CR_AUTO_FREE char *bucket = NULL, *object = NULL;
    const char *logs = local_text_at(build, "logsBucket");

    if (source && json_object_size(source) > 1)
        return cr_strdup("invalid build: more than one source is specified");
    if (storage && (!*local_text_at(storage, "bucket") || !*local_text_at(storage, "object")))
        return cr_strdup("invalid build: storage source must specify bucket and object");
    if (*logs && !strchr(logs, '$')) {
        local_build_log_place(build, &bucket, &object);
        if (!local_store_has(l->store, LOCAL_BUCKETS, bucket))
            return cr_strdup("invalid bucket in 'build.logs_bucket': the specified bucket does not exist");
    }
    return NULL;
}

/* "us-central1", "northamerica-northeast1", "global". */
static bool is_location(const char *text)
{
    size_t n = strlen(text), letters = strspn(text, "abcdefghijklmnopqrstuvwxyz-");

    return strcmp(text, "global") == 0 ||
           (letters > 2 && letters < n && strchr(text, '-') && letters + strspn(text + letters, "0123456789") == n);
}

char *local_build_wrong(struct local *l, const char *location, const json_t *build)
{
    char *wrong = NULL;

    if (!is_location(location))
        return cr_format("invalid value for 'parent': there is no location \"%.100s\"", location);
    if ((wrong = wrong_steps(build)) || (wrong = wrong_lists(build)) || (wrong = wrong_account(build)) ||
        (wrong = wrong_duration(build, "timeout", "build.timeout")) ||
        (wrong = wrong_duration(build, "queueTtl", "build.queue_ttl")) || (wrong = wrong_options(location, build)) ||
        (wrong = wrong_substitutions(build)))
        return wrong;
    return wrong_places(l, build);
}
