/*
 * The limits as the service words them. The numbers are the rows of core/limits, the code is the platform's own: client
 * and platform agree through Google's pages, not through a shared function.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/limits.h"
#include "core/quantity.h"
#include "local/run_spec.h"
#include "local/schema.h"

#define MI ((int64_t)1 << 20)
#define GPU "nvidia.com/gpu"

struct wish {
    int64_t n[CR_LIMIT_FIELD_COUNT];
    bool set[CR_LIMIT_FIELD_COUNT];
    bool bad[CR_LIMIT_FIELD_COUNT]; /* refused by itself: nothing that joins it to others is said */
    size_t containers;
    json_t *violations;
};

/* Fields whose place in a request, or name in a message, is not that of their row. */
static const struct {
    enum cr_limit_field field;
    const char *name, *path;
} names[] = {
    {CR_LIMIT_CPU, "cpu", "template.containers.resources.limits.cpu"},
    {CR_LIMIT_MEMORY, "memory", "template.containers.resources.limits.memory"},
    {CR_LIMIT_GPU, GPU, "template.containers.resources.limits." GPU},
    {CR_LIMIT_CONCURRENCY, "max_instance_request_concurrency", "template.max_instance_request_concurrency"},
    {CR_LIMIT_TIMEOUT, "timeout", "template.timeout"},
    {CR_LIMIT_MIN_INSTANCES, "min_instance_count", "template.scaling.min_instance_count"},
    {CR_LIMIT_MAX_INSTANCES, "max_instance_count", "template.scaling.max_instance_count"},
    {CR_LIMIT_SERVICE_MIN, "min_instance_count", "scaling.min_instance_count"},
    {CR_LIMIT_SERVICE_MAX, "max_instance_count", "scaling.max_instance_count"},
    {CR_LIMIT_MANUAL, "manual_instance_count", "scaling.manual_instance_count"},
    {CR_LIMIT_PORT, "container_port", "template.containers.ports.container_port"},
};

static void refuse(struct wish *w, enum cr_limit_field field, const char *fmt, ...) CR_PRINTF(3, 4);
static void refuse(struct wish *w, enum cr_limit_field field, const char *fmt, ...)
{
    const char *name = cr_limit_fields[field].name, *path = cr_limit_fields[field].path;
    char *said, *text;
    va_list ap;

    for (size_t i = 0; i < CR_LEN(names); i++)
        if (names[i].field == field) {
            name = names[i].name;
            path = names[i].path;
        }
    va_start(ap, fmt);
    said = cr_vformat(fmt, ap);
    va_end(ap);
    text = cr_format("Invalid value specified for %s%s", name, said);
    json_array_append_new(w->violations, json_pack("{s:s, s:s}", "field", path, "description", text));
    free(said);
    free(text);
}

static void set(struct wish *w, enum cr_limit_field field, int64_t n)
{
    w->set[field] = true;
    if (__builtin_add_overflow(w->n[field], n, &w->n[field]))
        w->n[field] = INT64_MAX;
}

/* ---- reading a template ---- */

static void read_quantity(struct wish *w, enum cr_limit_field field, const char *text, int64_t none,
                          int (*parse)(const char *, int64_t *, struct cr_error *))
{
    struct cr_error err = {0};
    int64_t n = none;

    if (text && parse(text, &n, &err) < 0) {
        refuse(w, field, ". '%s' is not a quantity: must match ^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$.", text);
        w->bad[field] = true;
        return;
    }
    set(w, field, n);
}

static void read_container(struct wish *w, const json_t *c)
{
    const json_t *resources = json_object_get(c, "resources");
    const char *gpus = local_template_limit(c, GPU);
    char *end = NULL;

    read_quantity(w, CR_LIMIT_CPU, local_template_limit(c, "cpu"), 1000, cr_cpu_parse);
    read_quantity(w, CR_LIMIT_MEMORY, local_template_limit(c, "memory"), 512 * MI, cr_bytes_parse);
    set(w, CR_LIMIT_GPU, gpus ? strtoll(gpus, &end, 10) : 0);
    if (gpus && (end == gpus || *end)) {
        refuse(w, CR_LIMIT_GPU, ". '%s' is not a whole number.", gpus);
        w->bad[CR_LIMIT_GPU] = true;
    }
    if (resources && !json_is_true(json_object_get(resources, "cpuIdle")))
        w->n[CR_LIMIT_BILLING] = 1;
}

static int64_t generation_of(const json_t *template)
{
    const char *gen = json_string_value(json_object_get(template, "executionEnvironment"));

    if (gen && strcmp(gen, "EXECUTION_ENVIRONMENT_GEN1") == 0)
        return 1;
    return gen && strcmp(gen, "EXECUTION_ENVIRONMENT_GEN2") == 0 ? 2 : 0;
}

static int64_t accelerator_of(const json_t *template)
{
    const char *type = json_string_value(json_object_get(json_object_get(template, "nodeSelector"), "accelerator"));

    for (int64_t i = 1; type && cr_limit_fields[CR_LIMIT_GPU_TYPE].words[i]; i++)
        if (strcmp(cr_limit_fields[CR_LIMIT_GPU_TYPE].words[i], type) == 0)
            return i;
    return 0;
}

/* A number that is only there when it is not 0, as protobuf has it. */
static void read_count(struct wish *w, enum cr_limit_field field, const json_t *object, const char *key)
{
    json_int_t n = json_integer_value(json_object_get(object, key));

    if (n)
        set(w, field, n);
}

static void read_wish(struct wish *w, const json_t *service)
{
    const json_t *template = json_object_get(service, "template"),
                 *containers = json_object_get(template, "containers");
    const json_t *revision = json_object_get(template, "scaling"), *scaling = json_object_get(service, "scaling");

    w->containers = json_array_size(containers);
    for (size_t i = 0; i < w->containers; i++)
        read_container(w, json_array_get(containers, i));
    w->set[CR_LIMIT_BILLING] = w->set[CR_LIMIT_GENERATION] = true;
    w->n[CR_LIMIT_GENERATION] = generation_of(template);
    w->n[CR_LIMIT_GPU_TYPE] = accelerator_of(template);
    read_count(w, CR_LIMIT_CONCURRENCY, template, "maxInstanceRequestConcurrency");
    if (json_object_get(template, "timeout"))
        set(w, CR_LIMIT_TIMEOUT, (int64_t)local_duration(json_object_get(template, "timeout"), 0));
    read_count(w, CR_LIMIT_MIN_INSTANCES, revision, "minInstanceCount");
    set(w, CR_LIMIT_MAX_INSTANCES, json_integer_value(json_object_get(revision, "maxInstanceCount")));
    if (!w->n[CR_LIMIT_MAX_INSTANCES])
        w->n[CR_LIMIT_MAX_INSTANCES] = 100;
    read_count(w, CR_LIMIT_SERVICE_MIN, scaling, "minInstanceCount");
    read_count(w, CR_LIMIT_SERVICE_MAX, scaling, "maxInstanceCount");
    read_count(w, CR_LIMIT_MANUAL, scaling, "manualInstanceCount");
}

/* ---- judging it ---- */

static bool in_row(const struct cr_limit *row, int64_t n, bool added_up)
{
    int64_t top = row->max;

    if (row->min <= row->max && n >= row->min && n <= row->max)
        return true;
    for (size_t i = 0; i < CR_LIMIT_SET_MAX && row->set[i]; i++) {
        if (row->set[i] == n)
            return true;
        top = row->set[i] > top ? row->set[i] : top;
    }
    return added_up && row->set[0] && n >= row->min && n <= top;
}

static bool concerns(const struct wish *w, const struct cr_limit *row)
{
    if (row->advice || !(row->profiles & 1u << CR_PROFILE_CURRENT) || !w->set[row->field])
        return false;
    for (const struct cr_limit_when *when = row->when; when < row->when + CR_LIMIT_WHEN_MAX && when->field; when++)
        if (w->n[when->field] < when->min || w->n[when->field] > when->max)
            return false;
    return true;
}

static void number_text(enum cr_limit_field field, int64_t n, char text[CR_QUANTITY_TEXT])
{
    if (field == CR_LIMIT_MEMORY)
        cr_bytes_text(n, text);
    else if (field == CR_LIMIT_CPU)
        cr_cpu_text(n, text);
    else
        snprintf(text, CR_QUANTITY_TEXT, "%" PRId64, n);
}

static void refuse_alone(struct wish *w, const struct cr_limit *row)
{
    char low[CR_QUANTITY_TEXT], high[CR_QUANTITY_TEXT];

    number_text(row->field, row->min, low);
    number_text(row->field, row->max, high);
    if (row->field == CR_LIMIT_CPU)
        refuse(w, row->field, ". Total cpu must be one of 0.08 to 1, 1, 2, 4, 6, 8.");
    else if (row->field == CR_LIMIT_GPU)
        refuse(w, row->field, ". Only 1 GPU is supported per instance.");
    else if (row->field == CR_LIMIT_MEMORY)
        refuse(w, row->field, ". memory must be between %s and %s inclusive.", low, high);
    else
        refuse(w, row->field, ". It must be between %s and %s inclusive.", low, high);
}

/* What there is besides a number: " with gen2 execution environment", " with cpu always allocated (unthrottled)". */
static const char *modes(const struct wish *w)
{
    static const char *const texts[2][2] = {
        {"", " with cpu always allocated (unthrottled)"},
        {" with gen2 execution environment",
         " with gen2 execution environment with cpu always allocated (unthrottled)"},
    };

    return texts[w->n[CR_LIMIT_GENERATION] == 2][w->n[CR_LIMIT_BILLING] == 1];
}

/* The range that all rows about memory leave for these CPUs, in the words for it. */
static void refuse_memory(struct wish *w)
{
    int64_t least = 128 * MI, most = INT64_MAX;
    char cpu[CR_QUANTITY_TEXT], low[CR_QUANTITY_TEXT], high[CR_QUANTITY_TEXT];

    for (const struct cr_limit *row = cr_limits; *row->id; row++)
        if (row->field == CR_LIMIT_MEMORY && concerns(w, row)) {
            least = row->min > least ? row->min : least;
            most = row->max < most ? row->max : most;
        }
    if (w->n[CR_LIMIT_CPU] % 1000)
        cr_cpu_text(w->n[CR_LIMIT_CPU], cpu);
    else
        snprintf(cpu, sizeof(cpu), "%" PRId64 ".0", w->n[CR_LIMIT_CPU] / 1000);
    cr_bytes_text(least, low);
    cr_bytes_text(most, high);
    if (w->n[CR_LIMIT_GPU])
        refuse(w, CR_LIMIT_MEMORY, " with GPU. For %s CPU, memory must be at least %s.", cpu, low);
    else if (w->n[CR_LIMIT_MEMORY] < 512 * MI && w->n[CR_LIMIT_BILLING])
        refuse(w, CR_LIMIT_MEMORY, ". Total memory < 512 Mi is not supported%s.", modes(w));
    else
        refuse(w, CR_LIMIT_MEMORY, "%s. For %s CPU, memory must be between %s and %s inclusive.",
               w->n[CR_LIMIT_GENERATION] == 2 ? " with gen2 execution environment" : "", cpu, low, high);
}

/* Rules that join fields, each said as the service says it. */
static void refuse_joined(struct wish *w, const struct cr_limit *row, bool *memory_said)
{
    char bound[CR_QUANTITY_TEXT];

    number_text(row->field, row->min, bound);
    switch (row->field) {
    case CR_LIMIT_CONCURRENCY:
        refuse(w, CR_LIMIT_CPU, ". Total cpu < 1 is not supported with concurrency > 1.");
        break;
    case CR_LIMIT_BILLING:
        if (w->n[CR_LIMIT_GPU])
            refuse(w, CR_LIMIT_GPU, ". GPU is only supported with cpu always allocated (unthrottled).");
        else
            refuse(w, CR_LIMIT_CPU, ". Total cpu < 1 is not supported%s.", modes(w));
        break;
    case CR_LIMIT_GENERATION:
        if (!w->n[CR_LIMIT_BILLING]) /* else said already */
            refuse(w, CR_LIMIT_CPU, ". Total cpu < 1 is not supported%s.", modes(w));
        break;
    case CR_LIMIT_MEMORY:
        if (!*memory_said)
            refuse_memory(w);
        *memory_said = true;
        break;
    default:
        refuse(w, row->field, " with GPU. It must be at least %s.", bound);
    }
}

static void check_numbers(struct wish *w)
{
    bool memory_said = false;

    for (const struct cr_limit *row = cr_limits; *row->id; row++)
        if (row->alone && concerns(w, row) && !w->bad[row->field] &&
            !in_row(row, w->n[row->field], w->containers > 1)) {
            refuse_alone(w, row);
            w->bad[row->field] = true;
        }
    for (const struct cr_limit *row = cr_limits; *row->id; row++) {
        bool known = !w->bad[row->field];

        for (size_t i = 0; i < CR_LIMIT_WHEN_MAX && row->when[i].field; i++)
            known = known && !w->bad[row->when[i].field];
        if (!row->alone && known && concerns(w, row) && !in_row(row, w->n[row->field], false))
            refuse_joined(w, row, &memory_said);
    }
}

static void check_orders(struct wish *w)
{
    if (w->set[CR_LIMIT_MIN_INSTANCES] && w->n[CR_LIMIT_MIN_INSTANCES] > w->n[CR_LIMIT_MAX_INSTANCES])
        refuse(w, CR_LIMIT_MIN_INSTANCES, ". min_instance_count must not be greater than max_instance_count.");
    if (w->set[CR_LIMIT_SERVICE_MIN] && w->set[CR_LIMIT_SERVICE_MAX] &&
        w->n[CR_LIMIT_SERVICE_MIN] > w->n[CR_LIMIT_SERVICE_MAX])
        refuse(w, CR_LIMIT_SERVICE_MIN, ". min_instance_count must not be greater than max_instance_count.");
}

/* Of several containers each has a number of CPUs that one alone could have. */
static void check_each_cpu(struct wish *w, const json_t *containers)
{
    for (size_t i = 0; i < w->containers && w->containers > 1; i++) {
        const char *text = local_template_limit(json_array_get(containers, i), "cpu");
        struct wish one = {.violations = w->violations};
        struct cr_error ignored = {0};
        int64_t milli;

        if (!text || cr_cpu_parse(text, &milli, &ignored) < 0 || w->n[CR_LIMIT_GPU])
            continue;
        set(&one, CR_LIMIT_CPU, milli);
        check_numbers(&one);
    }
}

void local_limits_check(const json_t *service, json_t *violations)
{
    struct wish w = {.violations = violations};

    read_wish(&w, service);
    check_numbers(&w);
    check_orders(&w);
    check_each_cpu(&w, json_object_get(json_object_get(service, "template"), "containers"));
    local_limits_texts(service, violations);
}
