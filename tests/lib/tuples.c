#include "lib/tuples.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "lib/test.h"

static void fill(struct tuple *t, char *line, size_t number)
{
    const char **column[] = {&t->profile, &t->cpu,     &t->memory, &t->concurrency, &t->generation, &t->billing,
                             &t->gpu,     &t->timeout, &t->min,    &t->max,         &t->verdict};

    for (size_t i = 0; i < CR_LEN(column); i++) {
        *column[i] = line;
        line += strcspn(line, "\t");
        if (!*line != (i == CR_LEN(column) - 1))
            fail_msg("line %zu has not %zu columns", number, CR_LEN(column));
        if (*line)
            *line++ = '\0';
    }
}

void tuples_load(struct tuples *table)
{
    CR_AUTO_FREE char *path = cr_format("%s/tests/data/limits/tuples.tsv", getenv("srcdir") ? getenv("srcdir") : ".");
    struct cr_error err = {0};
    size_t size, number = 0;
    char *line, *end;

    *table = (struct tuples){0};
    assert_ok(cr_file_read(path, 1 << 20, &table->text, &size, &err), &err);
    for (line = table->text; *line; line = end) {
        end = line + strcspn(line, "\n");
        if (*end)
            *end++ = '\0';
        number++;
        if (*line == '#' || !*line)
            continue;
        assert_true(table->len < TUPLES_MAX);
        fill(&table->row[table->len++], line, number);
    }
    assert_true(table->len >= 300);
}

void tuples_clear(struct tuples *table)
{
    free(table->text);
}

enum cr_profile tuple_profile(const struct tuple *t)
{
    struct cr_error err = {0};
    enum cr_profile profile = CR_PROFILE_CURRENT;

    assert_ok(cr_profile_parse(t->profile, &profile, &err), &err);
    return profile;
}

bool tuple_legal(const struct tuple *t)
{
    return strcmp(t->verdict, "ok") == 0 || (*t->verdict == '~' && !strchr(t->verdict, ' '));
}

static bool said(const char *text)
{
    return strcmp(text, "-") != 0;
}

static json_t *object_at(json_t *parent, const char *key)
{
    json_t *child = json_object_get(parent, key);

    if (!child) {
        child = json_object();
        json_object_set_new(parent, key, child);
    }
    return child;
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (said(text))
        json_object_set_new(object, key, json_string(text));
}

static void set_number(json_t *object, const char *key, const char *text)
{
    if (said(text))
        json_object_set_new(object, key, json_integer(strtoll(text, NULL, 10)));
}

static json_t *container_of(json_t *service)
{
    return json_array_get(json_object_get(json_object_get(service, "template"), "containers"), 0);
}

json_t *tuple_service(const struct tuple *t)
{
    json_t *service = json_pack("{s:{s:[{s:s}]}}", "template", "containers", "image", "gcr.io/my-proj/scorer:v1");
    json_t *template = json_object_get(service, "template"), *scaling = object_at(template, "scaling");
    json_t *resources = object_at(container_of(service), "resources"), *limits = object_at(resources, "limits");
    const char *type = strchr(t->gpu, ':');
    CR_AUTO_FREE char *count = cr_strndup(t->gpu, strcspn(t->gpu, ":"));

    set_text(limits, "cpu", t->cpu);
    set_text(limits, "memory", t->memory);
    set_text(limits, "nvidia.com/gpu", count);
    if (type)
        json_object_set_new(object_at(template, "nodeSelector"), "accelerator", json_string(type + 1));
    json_object_set_new(resources, "cpuIdle", json_boolean(strcmp(t->billing, "always") != 0));
    set_number(template, "maxInstanceRequestConcurrency", t->concurrency);
    set_text(template, "timeout", t->timeout);
    if (said(t->generation))
        json_object_set_new(template, "executionEnvironment",
                            json_string(strcmp(t->generation, "gen1") == 0 ? "EXECUTION_ENVIRONMENT_GEN1"
                                                                           : "EXECUTION_ENVIRONMENT_GEN2"));
    set_number(scaling, "minInstanceCount", t->min);
    set_number(scaling, "maxInstanceCount", t->max);
    return service;
}

static void change_limit(json_t *service, const char *key, const char *text)
{
    json_object_set_new(object_at(object_at(container_of(service), "resources"), "limits"), key, json_string(text));
}

static void change_generation(json_t *template, int64_t number)
{
    json_object_del(template, "executionEnvironment");
    if (number)
        json_object_set_new(template, "executionEnvironment",
                            json_string(number == 1 ? "EXECUTION_ENVIRONMENT_GEN1" : "EXECUTION_ENVIRONMENT_GEN2"));
}

void tuple_change(json_t *service, enum cr_limit_field field, int64_t number)
{
    json_t *template = json_object_get(service, "template"), *scaling = object_at(template, "scaling");
    char text[32];

    cr_limit_number(field, number, text);
    if (field == CR_LIMIT_CPU || field == CR_LIMIT_MEMORY || field == CR_LIMIT_GPU)
        change_limit(service, field == CR_LIMIT_GPU ? "nvidia.com/gpu" : cr_limit_fields[field].name, text);
    else if (field == CR_LIMIT_CONCURRENCY)
        json_object_set_new(template, "maxInstanceRequestConcurrency", json_integer(number));
    else if (field == CR_LIMIT_TIMEOUT)
        json_object_set_new(template, "timeout", json_string(text));
    else if (field == CR_LIMIT_GENERATION)
        change_generation(template, number);
    else if (field == CR_LIMIT_BILLING)
        json_object_set_new(object_at(container_of(service), "resources"), "cpuIdle", json_boolean(!number));
    else if (field == CR_LIMIT_GPU_TYPE)
        json_object_set_new(template, "nodeSelector", number ? json_pack("{s:s}", "accelerator", text) : json_object());
    else if (field == CR_LIMIT_MIN_INSTANCES)
        json_object_set_new(scaling, "minInstanceCount", json_integer(number));
    else if (field == CR_LIMIT_MAX_INSTANCES)
        json_object_set_new(scaling, "maxInstanceCount", json_integer(number));
    else
        fail_msg("no tuple has a field %d", field);
}
