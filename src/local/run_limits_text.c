/*
 * Names, labels, variables and probes as the service reads them. The sets of characters, lengths and words are rows of
 * core/limits; reading them is the platform's own.
 */
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/limits.h"
#include "local/run_spec.h"

static void refuse(json_t *violations, const char *field, const char *fmt, ...) CR_PRINTF(3, 4);
static void refuse(json_t *violations, const char *field, const char *fmt, ...)
{
    char *text;
    va_list ap;

    va_start(ap, fmt);
    text = cr_vformat(fmt, ap);
    va_end(ap);
    json_array_append_new(violations, json_pack("{s:s, s:s}", "field", field, "description", text));
    free(text);
}

/* Marks the characters of "a-z_" in a table. */
static void spread(const char *set, bool table[256])
{
    size_t len = strlen(set);

    memset(table, 0, 256);
    for (size_t i = 0; i < len; i++) {
        bool range = i + 2 < len && set[i + 1] == '-';
        unsigned char low = (unsigned char)set[i], high = (unsigned char)set[range ? i + 2 : i];

        for (unsigned c = low; c <= high; c++)
            table[c] = true;
        i += range ? 2 : 0;
    }
}

static bool all_in(const char *set, const char *text, size_t from, size_t to)
{
    bool table[256];

    if (!set)
        return true;
    spread(set, table);
    for (size_t i = from; i < to; i++)
        if (!table[(unsigned char)text[i]])
            return false;
    return true;
}

static bool form_holds(const struct cr_text_limit *row, const char *text)
{
    size_t len = strlen(text), points = 0, head = row->first && row->first[0];

    for (size_t i = 0; i < len; i++)
        points += (text[i] & 0xC0) != 0x80;
    if (row->max && points > (size_t)row->max)
        return false;
    if (len == 0)
        return !head;
    return (!head || all_in(row->first, text, 0, 1)) && all_in(row->rest, text, head, len) &&
           all_in(row->last, text, len - 1, len);
}

static bool words_hold(const struct cr_text_limit *row, const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; row->words && row->words[i]; i++) {
        const char *word = row->words[i];
        size_t n = strlen(word);

        if (row->rule == CR_TEXT_IS && strcmp(word, text) == 0)
            return true;
        if ((row->rule == CR_TEXT_IS_NOT && strcmp(word, text) == 0) ||
            (row->rule == CR_TEXT_STARTS && strncmp(word, text, n) == 0) ||
            (row->rule == CR_TEXT_HOLDS && strstr(text, word)) ||
            (row->rule == CR_TEXT_ENDS && len >= n && strcmp(text + len - n, word) == 0))
            return false;
    }
    return row->rule != CR_TEXT_IS;
}

static bool row_holds(const struct cr_text_limit *row, const char *text)
{
    if (row->rule == CR_TEXT_FORM)
        return form_holds(row, text);
    if (row->rule == CR_TEXT_BYTES)
        return strlen(text) <= (size_t)row->max;
    return row->rule == CR_TEXT_REFERENCE || words_hold(row, text); /* images: run_spec.c */
}

static void check(enum cr_limit_text what, const char *text, const char *field, json_t *violations)
{
    for (const struct cr_text_limit *row = cr_text_limits; text && *row->id; row++)
        if (row->text == what && !row->advice && (row->profiles & 1u << CR_PROFILE_CURRENT) && !row_holds(row, text)) {
            refuse(violations, field, "Invalid %s '%.80s'. Rule %s is not met.", cr_limit_text_names[what], text,
                   row->id);
            return;
        }
}

static const char *member(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && *text ? text : NULL;
}

/* Keys with a namespace are looked at by run_spec.c; Knative's own pass. */
static void check_labels(const json_t *labels, const char *field, json_t *violations)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)labels, key, value)
    {
        if (strstr(key, ".dev/") || strstr(key, "googleapis.com/"))
            continue;
        check(CR_TEXT_LABEL_KEY, key, field, violations);
        check(CR_TEXT_LABEL_VALUE, json_string_value(value), field, violations);
    }
}

struct bounds {
    enum cr_limit_field field;
    const char *key;
    json_int_t none;
};

/* A number of a probe inside its row; 0 is the default. */
static void check_probe(const json_t *probe, const char *at, const struct bounds *bounds, size_t len,
                        json_t *violations)
{
    for (size_t i = 0; json_is_object(probe) && i < len; i++) {
        json_int_t n = json_integer_value(json_object_get(probe, bounds[i].key));

        n = n ? n : bounds[i].none;
        for (const struct cr_limit *row = cr_limits; *row->id; row++)
            if (row->field == bounds[i].field && !row->advice && !row->when[0].field &&
                (row->profiles & 1u << CR_PROFILE_CURRENT) && (n < row->min || n > row->max))
                refuse(violations, at, "%s must be between %lld and %lld inclusive.", bounds[i].key,
                       (long long)row->min, (long long)row->max);
    }
    if (json_is_object(json_object_get(probe, "grpc")) &&
        !json_integer_value(json_object_get(json_object_get(probe, "grpc"), "port")))
        refuse(violations, at, "grpc.port is required.");
}

static void check_container(const json_t *c, json_t *violations)
{
    static const struct bounds startup[] = {{CR_LIMIT_STARTUP_DELAY, "initialDelaySeconds", 0},
                                            {CR_LIMIT_STARTUP_TIMEOUT, "timeoutSeconds", 1},
                                            {CR_LIMIT_STARTUP_PERIOD, "periodSeconds", 10},
                                            {CR_LIMIT_STARTUP_FAILURES, "failureThreshold", 3}};
    static const struct bounds liveness[] = {{CR_LIMIT_LIVENESS_DELAY, "initialDelaySeconds", 0},
                                             {CR_LIMIT_LIVENESS_TIMEOUT, "timeoutSeconds", 1},
                                             {CR_LIMIT_LIVENESS_PERIOD, "periodSeconds", 10},
                                             {CR_LIMIT_LIVENESS_FAILURES, "failureThreshold", 3}};
    const json_t *env = json_object_get(c, "env"), *mounts = json_object_get(c, "volumeMounts");

    check(CR_TEXT_CONTAINER, member(c, "name"), "template.containers.name", violations);
    for (size_t i = 0; i < json_array_size(env); i++) {
        const char *name = member(json_array_get(env, i), "name");

        if (name && strncmp(name, "K_", 2) != 0 && strcmp(name, "PORT") != 0) /* those: run_spec.c */
            check(CR_TEXT_ENV_NAME, name, "template.containers.env", violations);
        check(CR_TEXT_ENV_VALUE, member(json_array_get(env, i), "value"), "template.containers.env", violations);
    }
    for (size_t i = 0; i < json_array_size(mounts); i++)
        check(CR_TEXT_MOUNT, member(json_array_get(mounts, i), "mountPath"), "template.containers.volume_mounts",
              violations);
    if (json_array_size(json_object_get(c, "args")) > 1000)
        refuse(violations, "template.containers.args", "At most 1000 arguments are supported.");
    check_probe(json_object_get(c, "startupProbe"), "template.containers.startup_probe", startup, CR_LEN(startup),
                violations);
    check_probe(json_object_get(c, "livenessProbe"), "template.containers.liveness_probe", liveness, CR_LEN(liveness),
                violations);
}

static void check_network(const json_t *vpc, json_t *violations)
{
    if (member(vpc, "egress") && !json_array_size(json_object_get(vpc, "networkInterfaces")) &&
        !member(vpc, "connector"))
        refuse(violations, "template.vpc_access.egress",
               "VPC egress can only be set with a VPC connector or network interfaces.");
}

void local_limits_texts(const json_t *service, json_t *violations)
{
    const json_t *template = json_object_get(service, "template"),
                 *containers = json_object_get(template, "containers");
    const json_t *traffic = json_object_get(service, "traffic");
    const char *accelerator = member(json_object_get(template, "nodeSelector"), "accelerator");

    check_labels(json_object_get(service, "labels"), "labels", violations);
    check_labels(json_object_get(template, "labels"), "template.labels", violations);
    for (size_t i = 0; i < json_array_size(containers); i++)
        check_container(json_array_get(containers, i), violations);
    for (size_t i = 0; i < json_array_size(traffic); i++)
        check(CR_TEXT_TAG, member(json_array_get(traffic, i), "tag"), "traffic.tag", violations);
    check(CR_TEXT_GPU_TYPE, accelerator, "template.node_selector.accelerator", violations);
    check_network(json_object_get(template, "vpcAccess"), violations);
}
