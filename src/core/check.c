#include "core/check.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/body_build.h"
#include "core/check_parts.h"
#include "core/scaffold.h"

bool cr_name_ok(const char *name)
{
    size_t n = strlen(name);

    return n > 0 && n <= 49 && name[0] >= 'a' && name[0] <= 'z' && name[n - 1] != '-' &&
           !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

struct cr_problem *cr_check_fault(const struct cr_plan *plan, enum cr_key key, struct cr_problems *problems,
                                  const char *fmt, ...)
{
    CR_AUTO_FREE char *msg = NULL;
    const char *where = plan->value[key].where;
    va_list ap;

    if (!where || plan->value[key].origin == CR_FROM_DEFAULT)
        where = plan->manifest ? plan->manifest->path : "";
    va_start(ap, fmt);
    msg = cr_vformat(fmt, ap);
    va_end(ap);
    return cr_problems_add(problems, CR_E_CONFIG, where, "%s", msg);
}

/* A key the manifest or an option was given, but whose value could not be read, has its fault in the list already. */
static bool given(const struct cr_plan *plan, enum cr_key key)
{
    return cr_plan_has(plan, key) || (plan->manifest && plan->manifest->line[key]);
}

static void check_name(const struct cr_plan *plan, struct cr_problems *problems)
{
    const char *name = cr_plan_text(plan, CR_KEY_NAME);
    struct cr_problem *p;
    char better[50];

    if (!given(plan, CR_KEY_NAME)) {
        p = cr_check_fault(plan, CR_KEY_NAME, problems, "name is missing");
        cr_problem_hint(p, "add a line such as 'name: my-model'");
        return;
    }
    if (!cr_plan_has(plan, CR_KEY_NAME) || cr_name_ok(name))
        return;
    p = cr_check_fault(plan, CR_KEY_NAME, problems,
                       "name '%s' must start with a-z, go on with a-z, 0-9 and -, not end in -, and be 1 to 49 long",
                       name);
    cr_scaffold_name(name, better);
    cr_problem_hint(p, "write %s", better);
}

static size_t characters(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += (*s & 0xC0) != 0x80;
    return n;
}

/* Lower-case letters, digits, _ and -; letters outside ASCII are left to the service. */
static bool label_ok(const char *s, bool key)
{
    if (characters(s) > 63 || (key && !*s) || (key && !(*s >= 'a' && *s <= 'z') && !(*s & 0x80)))
        return false;
    for (; *s; s++)
        if (!(*s & 0x80) && !strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", *s))
            return false;
    return true;
}

static void check_labels(const struct cr_plan *plan, struct cr_problems *problems)
{
    const json_t *labels = plan->map[CR_KEY_LABELS];
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)labels, key, value)
    {
        const char *text = json_string_value(value);

        if (!label_ok(key, true))
            cr_problem_hint(cr_check_fault(plan, CR_KEY_LABELS, problems, "'%s' is no key of a label", key),
                            "start with a-z and go on with a-z, 0-9, _ and -, at most 63 of them");
        if (!label_ok(text, false))
            cr_problem_hint(
                cr_check_fault(plan, CR_KEY_LABELS, problems, "'%s' is no value of the label '%s'", text, key),
                "use a-z, 0-9, _ and - only, at most 63: v1-0-0 instead of v1.0.0");
    }
    if (json_object_size(labels) > 64)
        cr_check_fault(plan, CR_KEY_LABELS, problems, "%zu labels; Google Cloud takes 64 on most resources",
                       json_object_size(labels))
            ->warning = true;
}

static void check_env(const struct cr_plan *plan, struct cr_problems *problems)
{
    static const char *const set[] = {"K_SERVICE", "K_REVISION", "K_CONFIGURATION"};
    const json_t *env = plan->map[CR_KEY_ENV];
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)env, key, value)
    {
        if (strcmp(key, "PORT") == 0)
            cr_problem_hint(cr_check_fault(plan, CR_KEY_ENV, problems, "the platform sets PORT itself"),
                            "remove it, and use --port to choose the port");
        for (size_t i = 0; i < CR_LEN(set); i++)
            if (strcmp(key, set[i]) == 0) {
                struct cr_problem *p = cr_check_fault(plan, CR_KEY_ENV, problems, "the platform sets %s itself", key);

                cr_problem_hint(p, "remove it");
                p->warning = true;
            }
        if (!*key || strchr(key, '=') || strlen(key) > 32768 || strlen(json_string_value(value)) > 32768)
            cr_problem_hint(
                cr_check_fault(plan, CR_KEY_ENV, problems, "the variable '%.40s' is not one that fits", key),
                "a name without '=' and a value, each of at most 32768 bytes");
        else if (key[strcspn(key, " \t\n\"'")])
            cr_problem_hint(
                cr_check_fault(plan, CR_KEY_ENV, problems, "the variable '%s' has a blank in its name", key),
                "use letters, digits and _");
    }
    if (json_object_size(env) > 1000)
        cr_check_fault(plan, CR_KEY_ENV, problems, "%zu variables are more than the 1000 of a container",
                       json_object_size(env));
}

static void check_texts(const struct cr_plan *plan, struct cr_problems *problems)
{
    static const char *const taken[] = {"/", "/ready", "/live"};
    const char *path = cr_plan_text(plan, CR_KEY_SERVER_PATH);
    size_t n = strlen(path);

    if (characters(cr_plan_text(plan, CR_KEY_DESCRIPTION)) > 512)
        cr_check_fault(plan, CR_KEY_DESCRIPTION, problems, "description is longer than 512 characters");
    if (cr_plan_has(plan, CR_KEY_SERVER_PATH) && (*path != '/' || path[strcspn(path, " ?#%\\\"\t\n")]))
        cr_problem_hint(cr_check_fault(plan, CR_KEY_SERVER_PATH, problems, "'%s' is no path", path),
                        "start with a slash and leave out blanks, ?, # and %%: /predict");
    for (size_t i = 0; i < CR_LEN(taken); i++)
        if (strcmp(path, taken[i]) == 0)
            cr_problem_hint(cr_check_fault(plan, CR_KEY_SERVER_PATH, problems, "the server answers '%s' itself", path),
                            "choose another path, such as /predict");
    if (n > 1 && path[n - 1] == 'z') {
        struct cr_problem *p = cr_check_fault(plan, CR_KEY_SERVER_PATH, problems,
                                              "Google's front end keeps some paths that end in z for itself");

        cr_problem_hint(p, "choose another path, such as /predict");
        p->warning = true;
    }
}

static const enum cr_key target[] = {CR_KEY_PROJECT, CR_KEY_REGION};

/* Project and region become parts of addresses. */
static void check_target(const struct cr_plan *plan, struct cr_problems *problems)
{
    for (size_t i = 0; i < CR_LEN(target); i++) {
        const struct cr_key_row *row = &cr_keys[target[i]];
        const char *text = cr_plan_text(plan, target[i]);

        if (text[strcspn(text, " /?#%\t\n")])
            cr_problem_hint(cr_check_fault(plan, target[i], problems, "'%s' is no %s", text, row->config),
                            "give one such as --%s %s", row->option, row->example);
    }
}

/* The form of a reference; the registry says whether it is there. */
static void check_image(const struct cr_plan *plan, struct cr_problems *problems)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@";
    const char *text = cr_plan_text(plan, CR_KEY_IMAGE);

    if (cr_plan_has(plan, CR_KEY_IMAGE) && (!*text || text[strspn(text, allowed)]))
        cr_problem_hint(cr_check_fault(plan, CR_KEY_IMAGE, problems, "image '%s' is no name of an image", text),
                        "such as us-central1-docker.pkg.dev/PROJECT/REPOSITORY/NAME:TAG");
}

static void check_limits(const struct cr_plan *plan, enum cr_profile profile, struct cr_problems *problems)
{
    struct cr_limit_value values[CR_KEY_COUNT];

    for (int key = 0; key < CR_KEY_COUNT; key++) {
        const struct cr_value *v = &plan->value[key];

        values[key] = (struct cr_limit_value){.set = v->text != NULL,
                                              .number = plan->number[key],
                                              .place = v->where,
                                              .manifest = v->origin == CR_FROM_MANIFEST,
                                              .fallback = v->origin == CR_FROM_DEFAULT};
    }
    cr_limits_check(values, profile, problems);
}

int cr_check(const struct cr_plan *plan, enum cr_profile profile, bool files, struct cr_problems *problems,
             struct cr_error *err)
{
    (void)err;
    check_name(plan, problems);
    check_labels(plan, problems);
    check_env(plan, problems);
    check_texts(plan, problems);
    check_target(plan, problems);
    cr_check_build(plan, problems);
    check_image(plan, problems);
    if (plan->manifest) {
        if (!given(plan, CR_KEY_MODEL_TASK))
            cr_problem_hint(cr_check_fault(plan, CR_KEY_MODEL_TASK, problems, "model.task is missing"),
                            "add 'task: question-answering' or 'task: tensor' under model");
        cr_check_files(plan, files, problems);
        cr_check_samples(plan, problems);
    }
    check_limits(plan, profile, problems);
    return 0;
}

int cr_check_target(const struct cr_plan *plan, struct cr_error *err)
{
    for (size_t i = 0; i < CR_LEN(target); i++) {
        const struct cr_key_row *row = &cr_keys[target[i]];

        if (*cr_plan_text(plan, target[i]))
            continue;
        cr_fail(err, CR_E_CONFIG, "no %s is set", row->config);
        return cr_hint(err, "give --%s %s, or run 'crdeploy config set %s %s' once", row->option, row->arg, row->config,
                       row->arg);
    }
    return 0;
}
