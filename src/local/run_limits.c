/*
 * The limits as the service words them. The numbers are the rows of core/limits, the code is the platform's own: client
 * and platform agree through Google's pages, not through a shared function.
 */
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/limits.h"
#include "core/quantity.h"
#include "local/run_spec.h"
#include "local/schema.h"

#define MI ((int64_t)1 << 20)

struct wish {
    bool set[CR_KEY_COUNT];
    int64_t n[CR_KEY_COUNT];
    bool always; /* CPU also between requests */
    bool gen2;
    json_t *violations;
};

static const struct {
    enum cr_key key;
    const char *name, *field;
} fields[] = {
    {CR_KEY_CPU, "cpu", "template.containers.resources.limits.cpu"},
    {CR_KEY_MEMORY, "memory", "template.containers.resources.limits.memory"},
    {CR_KEY_CONCURRENCY, "max_instance_request_concurrency", "template.max_instance_request_concurrency"},
    {CR_KEY_TIMEOUT, "timeout", "template.timeout"},
    {CR_KEY_MIN_INSTANCES, "min_instance_count", "template.scaling.min_instance_count"},
    {CR_KEY_MAX_INSTANCES, "max_instance_count", "template.scaling.max_instance_count"},
    {CR_KEY_PORT, "container_port", "template.containers.ports.container_port"},
};

static size_t field_of(enum cr_key key)
{
    for (size_t i = 0; i < CR_LEN(fields); i++)
        if (fields[i].key == key)
            return i;
    return 0;
}

static void refuse(struct wish *w, enum cr_key key, const char *fmt, ...) CR_PRINTF(3, 4);
static void refuse(struct wish *w, enum cr_key key, const char *fmt, ...)
{
    size_t i = field_of(key);
    char *said, *text;
    va_list ap;

    va_start(ap, fmt);
    said = cr_vformat(fmt, ap);
    va_end(ap);
    text = cr_format("Invalid value specified for %s. %s", fields[i].name, said);
    json_array_append_new(w->violations, json_pack("{s:s, s:s}", "field", fields[i].field, "description", text));
    free(said);
    free(text);
}

static void set(struct wish *w, enum cr_key key, int64_t n)
{
    w->set[key] = true;
    w->n[key] += n;
}

static void read_quantity(struct wish *w, enum cr_key key, const char *text,
                          int (*parse)(const char *, int64_t *, struct cr_error *))
{
    struct cr_error err = {0};
    int64_t n;

    if (!text)
        return;
    if (parse(text, &n, &err) < 0)
        refuse(w, key, "'%s' is not a quantity: must match ^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$.", text);
    else
        set(w, key, n);
}

static void read_wish(const json_t *template, struct wish *w)
{
    const json_t *containers = json_object_get(template, "containers"), *scaling = json_object_get(template, "scaling");
    const char *gen = json_string_value(json_object_get(template, "executionEnvironment"));
    const json_t *n;

    for (size_t i = 0; i < json_array_size(containers); i++) {
        const json_t *c = json_array_get(containers, i), *resources = json_object_get(c, "resources");

        read_quantity(w, CR_KEY_CPU, local_template_limit(c, "cpu"), cr_cpu_parse);
        read_quantity(w, CR_KEY_MEMORY, local_template_limit(c, "memory"), cr_bytes_parse);
        if (resources && !json_is_true(json_object_get(resources, "cpuIdle")))
            w->always = true;
    }
    w->gen2 = gen && strcmp(gen, "EXECUTION_ENVIRONMENT_GEN2") == 0;
    if ((n = json_object_get(template, "maxInstanceRequestConcurrency")) && json_integer_value(n))
        set(w, CR_KEY_CONCURRENCY, json_integer_value(n));
    if (json_object_get(template, "timeout"))
        set(w, CR_KEY_TIMEOUT, (int64_t)local_duration(json_object_get(template, "timeout"), 0));
    if ((n = json_object_get(scaling, "minInstanceCount")))
        set(w, CR_KEY_MIN_INSTANCES, json_integer_value(n));
    if ((n = json_object_get(scaling, "maxInstanceCount")) && json_integer_value(n))
        set(w, CR_KEY_MAX_INSTANCES, json_integer_value(n));
}

static bool in_row(const struct cr_limit *row, int64_t n)
{
    if (row->min <= row->max && n >= row->min && n <= row->max)
        return true;
    for (size_t i = 0; i < CR_LIMIT_SET_MAX && row->set[i]; i++)
        if (row->set[i] == n)
            return true;
    return false;
}

static void quantity_text(enum cr_key key, int64_t n, char text[CR_QUANTITY_TEXT])
{
    if (key == CR_KEY_MEMORY)
        cr_bytes_text(n, text);
    else if (key == CR_KEY_CPU)
        cr_cpu_text(n, text);
    else
        snprintf(text, CR_QUANTITY_TEXT, "%" PRId64, n);
}

static void check_alone(struct wish *w)
{
    char low[CR_QUANTITY_TEXT], high[CR_QUANTITY_TEXT];

    for (const struct cr_limit *row = cr_limits; row->id && *row->id; row++) {
        if (row->advice || !(row->profiles & 1u << CR_PROFILE_CURRENT) || !w->set[row->key] ||
            in_row(row, w->n[row->key]))
            continue;
        if (row->key == CR_KEY_CPU) {
            refuse(w, CR_KEY_CPU, "Total cpu must be one of 0.08 to 1, 1, 2, 4, 6, 8.");
            continue;
        }
        quantity_text(row->key, row->min, low);
        quantity_text(row->key, row->max, high);
        refuse(w, row->key, "%s must be between %s and %s inclusive.", fields[field_of(row->key)].name, low, high);
    }
}

static void check_together(struct wish *w)
{
    char cpu[CR_QUANTITY_TEXT], low[CR_QUANTITY_TEXT], high[CR_QUANTITY_TEXT];

    for (const struct cr_cross_limit *row = cr_cross_limits; row->id && *row->id; row++) {
        if (row->advice || !(row->profiles & 1u << CR_PROFILE_CURRENT) || !w->set[row->when] || !w->set[row->then] ||
            w->n[row->when] < row->when_min || w->n[row->when] > row->when_max ||
            (w->n[row->then] >= row->min && w->n[row->then] <= row->max))
            continue;
        if (row->then == CR_KEY_CONCURRENCY) {
            refuse(w, CR_KEY_CPU, "Total cpu < 1 is not supported with concurrency > 1.");
            continue;
        }
        snprintf(cpu, sizeof(cpu), "%.3g", (double)w->n[CR_KEY_CPU] / 1000);
        quantity_text(CR_KEY_MEMORY, row->min > 128 * MI ? row->min : 128 * MI, low);
        quantity_text(CR_KEY_MEMORY, row->max, high);
        refuse(w, CR_KEY_MEMORY, "For %s CPU, memory must be between %s and %s inclusive.", cpu, low, high);
    }
}

/* What depends on more than numbers: generation and billing. Source: https://cloud.google.com/run/docs/configuring/cpu
 */
static void check_modes(struct wish *w)
{
    bool small = w->set[CR_KEY_CPU] && w->n[CR_KEY_CPU] < 1000;
    bool thin = w->set[CR_KEY_MEMORY] && w->n[CR_KEY_MEMORY] < 512 * MI;

    if (small && w->always)
        refuse(w, CR_KEY_CPU, "Total cpu < 1 is not supported with cpu always allocated (unthrottled).");
    if (small && w->gen2)
        refuse(w, CR_KEY_CPU, "Total cpu < 1 is not supported with gen2 execution environment.");
    if (thin && w->always)
        refuse(w, CR_KEY_MEMORY, "Total memory < 512 Mi is not supported with cpu always allocated (unthrottled).");
    if (thin && w->gen2)
        refuse(w, CR_KEY_MEMORY, "Total memory < 512 Mi is not supported with gen2 execution environment.");
    if (w->set[CR_KEY_MIN_INSTANCES] && w->set[CR_KEY_MAX_INSTANCES] &&
        w->n[CR_KEY_MIN_INSTANCES] > w->n[CR_KEY_MAX_INSTANCES])
        refuse(w, CR_KEY_MIN_INSTANCES, "min_instance_count must not be greater than max_instance_count.");
}

void local_limits_check(const json_t *template, json_t *violations)
{
    struct wish w = {.violations = violations};

    read_wish(template, &w);
    check_alone(&w);
    check_together(&w);
    check_modes(&w);
}
