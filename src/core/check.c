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
    CR_AUTO_PROBLEMS struct cr_problems ignored = {0};

    return cr_limits_check_text(CR_TEXT_SERVICE, name, NULL, NULL, CR_PROFILE_CURRENT, &ignored);
}

/* Where a fault of a key stands: at its value, else in the manifest. */
static const char *place_of(const struct cr_plan *plan, enum cr_key key)
{
    const char *where = plan->value[key].where;

    if (where && plan->value[key].origin != CR_FROM_DEFAULT)
        return where;
    return plan->manifest ? plan->manifest->path : "";
}

struct cr_problem *cr_check_fault(const struct cr_plan *plan, enum cr_key key, struct cr_problems *problems,
                                  const char *fmt, ...)
{
    CR_AUTO_FREE char *msg = NULL;
    va_list ap;

    va_start(ap, fmt);
    msg = cr_vformat(fmt, ap);
    va_end(ap);
    return cr_problems_add(problems, CR_E_CONFIG, place_of(plan, key), "%s", msg);
}

/* A key the manifest or an option was given, but whose value could not be read, has its fault in the list already. */
static bool given(const struct cr_plan *plan, enum cr_key key)
{
    return cr_plan_has(plan, key) || (plan->manifest && plan->manifest->line[key]);
}

/* The rules about texts, as core/limits has them. */
struct texts {
    const struct cr_plan *plan;
    enum cr_profile profile;
    struct cr_problems *problems;
};

static bool check_text(const struct texts *t, enum cr_key key, enum cr_limit_text what, const char *text)
{
    return cr_limits_check_text(what, text, NULL, place_of(t->plan, key), t->profile, t->problems);
}

static void check_name(const struct texts *t)
{
    if (!given(t->plan, CR_KEY_NAME))
        cr_problem_hint(cr_check_fault(t->plan, CR_KEY_NAME, t->problems, "name is missing"),
                        "add a line such as 'name: my-model'");
    else if (cr_plan_has(t->plan, CR_KEY_NAME))
        check_text(t, CR_KEY_NAME, CR_TEXT_SERVICE, cr_plan_text(t->plan, CR_KEY_NAME));
}

static void check_maps(const struct texts *t)
{
    const char *key;
    json_t *value;

    json_object_foreach(t->plan->map[CR_KEY_LABELS], key, value)
    {
        if (check_text(t, CR_KEY_LABELS, CR_TEXT_LABEL_KEY, key))
            check_text(t, CR_KEY_LABELS, CR_TEXT_LABEL_VALUE, json_string_value(value));
    }
    json_object_foreach(t->plan->map[CR_KEY_ENV], key, value)
    {
        if (check_text(t, CR_KEY_ENV, CR_TEXT_ENV_NAME, key))
            cr_limits_check_text(CR_TEXT_ENV_VALUE, json_string_value(value), key, place_of(t->plan, CR_KEY_ENV),
                                 t->profile, t->problems);
    }
}

static void check_texts(const struct texts *t)
{
    static const struct {
        enum cr_key key;
        enum cr_limit_text what;
    } rows[] = {
        {CR_KEY_DESCRIPTION, CR_TEXT_DESCRIPTION},
        {CR_KEY_SERVER_PATH, CR_TEXT_SERVER_PATH},
        {CR_KEY_IMAGE, CR_TEXT_IMAGE},
        {CR_KEY_GPU_TYPE, CR_TEXT_GPU_TYPE},
    };

    check_name(t);
    check_maps(t);
    for (size_t i = 0; i < CR_LEN(rows); i++)
        if (cr_plan_has(t->plan, rows[i].key))
            check_text(t, rows[i].key, rows[i].what, cr_plan_text(t->plan, rows[i].key));
}

static const enum cr_key target[] = {CR_KEY_PROJECT, CR_KEY_REGION};

/* Project and region become parts of addresses. */
static void check_target(const struct texts *t)
{
    for (size_t i = 0; i < CR_LEN(target); i++) {
        const struct cr_key_row *row = &cr_keys[target[i]];
        const char *text = cr_plan_text(t->plan, target[i]);

        if (text[strcspn(text, " /?#%\t\n")])
            cr_problem_hint(cr_check_fault(t->plan, target[i], t->problems, "'%s' is no %s", text, row->config),
                            "give one such as --%s %s", row->option, row->example);
        else if (target[i] == CR_KEY_REGION && *text)
            check_text(t, CR_KEY_REGION, CR_TEXT_REGION, text);
    }
}

static size_t size_of_map(const struct cr_plan *plan, enum cr_key key)
{
    return json_object_size(plan->map[key]);
}

/* A choice is the place of its word; the limits count CPU that is always there, the manifest says when it is not. */
static int64_t number_of(const struct cr_plan *plan, enum cr_limit_field field)
{
    const struct cr_limit_field_row *row = &cr_limit_fields[field];
    enum cr_type type = cr_keys[row->key].type;

    if (field == CR_LIMIT_BILLING)
        return !plan->number[row->key];
    for (int64_t i = 0; (type == CR_T_CHOICE || type == CR_T_TEXT) && row->words && row->words[i]; i++)
        if (strcmp(row->words[i], cr_plan_text(plan, row->key)) == 0)
            return i;
    return plan->number[row->key];
}

static bool is_default_of_service(const struct cr_plan *plan, enum cr_key key)
{
    return plan->value[key].origin == CR_FROM_DEFAULT && strncmp(cr_keys[key].path, "deploy.", 7) == 0;
}

static bool is_no_maximum(const struct cr_plan *plan, enum cr_key key)
{
    return (key == CR_KEY_MAX_INSTANCES || key == CR_KEY_MAX) && cr_plan_has(plan, key) && !plan->number[key];
}

static void check_maximum(const struct cr_plan *plan, enum cr_key key, struct cr_problems *problems)
{
    if (is_no_maximum(plan, key))
        cr_problem_hint(cr_check_fault(plan, key, problems, CR_NO_MAX_0), CR_NO_MAX_0_HINT);
}

/* The numbers of the plan, and of what it has maps of. */
void cr_check_limits(const struct cr_plan *plan, enum cr_profile profile, bool said, struct cr_problems *problems)
{
    struct cr_limit_value values[CR_LIMIT_FIELD_COUNT] = {0};

    for (int field = 1; field < CR_LIMIT_FIELD_COUNT; field++) {
        enum cr_key key = cr_limit_fields[field].key;
        const struct cr_value *v = key == CR_KEY_COUNT ? NULL : &plan->value[key];

        if (v && v->text && !is_no_maximum(plan, key) && !(said && is_default_of_service(plan, key)))
            values[field] = (struct cr_limit_value){.set = true,
                                                    .number = number_of(plan, field),
                                                    .place = v->where,
                                                    .manifest = v->origin == CR_FROM_MANIFEST,
                                                    .fallback = v->origin == CR_FROM_DEFAULT};
    }
    values[CR_LIMIT_LABELS] = (struct cr_limit_value){
        .set = true, .number = (int64_t)size_of_map(plan, CR_KEY_LABELS), .place = place_of(plan, CR_KEY_LABELS)};
    values[CR_LIMIT_ENV] = (struct cr_limit_value){
        .set = true, .number = (int64_t)size_of_map(plan, CR_KEY_ENV), .place = place_of(plan, CR_KEY_ENV)};
    cr_limits_check(values, profile, problems);
}

/* What the manifest says of the model; its graph is read once its files are there. */
static void check_model(const struct cr_plan *plan, enum cr_profile profile, bool files, struct cr_problems *problems)
{
    size_t before = problems->len;

    if (!given(plan, CR_KEY_MODEL_TASK))
        cr_problem_hint(cr_check_fault(plan, CR_KEY_MODEL_TASK, problems, "model.task is missing"),
                        "add 'task: question-answering' or 'task: tensor' under model");
    cr_check_files(plan, files, problems);
    if (files && problems->len == before)
        cr_check_memory(plan, profile, problems);
    cr_check_samples(plan, problems);
}

int cr_check(const struct cr_plan *plan, enum cr_profile profile, bool files, bool said, struct cr_problems *problems,
             struct cr_error *err)
{
    const struct texts texts = {plan, profile, problems};

    (void)err;
    check_texts(&texts);
    check_target(&texts);
    cr_check_build(plan, problems);
    if (plan->manifest)
        check_model(plan, profile, files, problems);
    check_maximum(plan, CR_KEY_MAX_INSTANCES, problems);
    check_maximum(plan, CR_KEY_MAX, problems);
    cr_check_limits(plan, profile, said, problems);
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
