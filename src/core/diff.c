#include "core/diff.h"

#include <stdbool.h>
#include <string.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/mem.h"

enum { DIGEST_SHOWN = 16 };

/* What somebody sets. Source: google.cloud.run.v2.Service without its output-only fields, client and launch stage. */
static const char *const fields[] = {
    "description",        "labels",     "annotations",     "ingress", "invokerIamDisabled",
    "defaultUriDisabled", "iapEnabled", "customAudiences", "scaling", "binaryAuthorization",
    "template",           "traffic",
};

static bool is_empty(const json_t *v)
{
    if (!v || json_is_null(v) || json_is_false(v))
        return true;
    if (json_is_string(v))
        return json_string_length(v) == 0;
    if (json_is_integer(v))
        return json_integer_value(v) == 0;
    return (json_is_object(v) && json_object_size(v) == 0) || (json_is_array(v) && json_array_size(v) == 0);
}

static void add(json_t *rows, const char *path, const json_t *from, const json_t *to)
{
    json_array_append_new(rows, cr_oom_check(json_pack("{s:s, s:O?, s:O?}", "field", path, "from",
                                                       is_empty(from) ? NULL : from, "to", is_empty(to) ? NULL : to)));
}

static const char *name_of(const json_t *row)
{
    return json_string_value(json_object_get(row, "name"));
}

static json_t *named(const json_t *list, const char *name)
{
    json_t *row;
    size_t i;

    json_array_foreach((json_t *)list, i, row)
    {
        if (name_of(row) && strcmp(name_of(row), name) == 0)
            return row;
    }
    return NULL;
}

/* Every row has a name, and no two the same. */
static bool has_names(const json_t *list)
{
    json_t *row;
    size_t i;

    json_array_foreach((json_t *)list, i, row)
    {
        if (!name_of(row) || named(list, name_of(row)) != row)
            return false;
    }
    return true;
}

static void compare(json_t *rows, const char *path, const json_t *from, const json_t *to);

/* Takes path. */
static void compare_at(json_t *rows, char *path, const json_t *from, const json_t *to)
{
    CR_AUTO_FREE char *owned = path;

    compare(rows, owned, from, to);
}

static void compare_objects(json_t *rows, const char *path, const json_t *from, const json_t *to)
{
    const char *dot = *path ? "." : "", *key;
    json_t *value;

    json_object_foreach((json_t *)from, key, value)
        compare_at(rows, cr_format("%s%s%s", path, dot, key), value, json_object_get(to, key));
    json_object_foreach((json_t *)to, key, value) if (!json_object_get(from, key))
        compare_at(rows, cr_format("%s%s%s", path, dot, key), NULL, value);
}

static json_t *without_name(const json_t *row)
{
    json_t *rest = row ? json_copy((json_t *)row) : NULL;

    json_object_del(rest, "name");
    return rest;
}

/* Two rows of one name, which the path says already. Takes path. */
static void compare_named(json_t *rows, char *path, const json_t *from, const json_t *to)
{
    json_auto_t *a = without_name(from), *b = without_name(to);

    if ((!from || !to) && is_empty(a) && is_empty(b))
        add(rows, path, from, to);
    else
        compare_objects(rows, path, a, b);
    free(path);
}

static void compare_lists(json_t *rows, const char *path, const json_t *from, const json_t *to)
{
    size_t n = json_array_size(from) > json_array_size(to) ? json_array_size(from) : json_array_size(to), i;
    json_t *row;

    if (!has_names(from) || !has_names(to)) {
        for (i = 0; i < n; i++)
            compare_at(rows, cr_format("%s[%zu]", path, i), json_array_get(from, i), json_array_get(to, i));
        return;
    }
    json_array_foreach((json_t *)from, i, row)
        compare_named(rows, cr_format("%s[%s]", path, name_of(row)), row, named(to, name_of(row)));
    json_array_foreach((json_t *)to, i, row) if (!named(from, name_of(row)))
        compare_named(rows, cr_format("%s[%s]", path, name_of(row)), NULL, row);
}

static void compare(json_t *rows, const char *path, const json_t *from, const json_t *to)
{
    const json_t *some = is_empty(from) ? to : from;

    if ((is_empty(from) && is_empty(to)) || (from && to && json_equal(from, to)))
        return;
    if (from && to && json_typeof(from) != json_typeof(to))
        add(rows, path, from, to);
    else if (json_is_object(some))
        compare_objects(rows, path, from, to);
    else if (json_is_array(some) && json_is_object(json_array_get(some, 0)))
        compare_lists(rows, path, from, to);
    else
        add(rows, path, from, to);
}

/* Without what only makes a revision new. */
static void drop_marks(json_t *service)
{
    static const char mark[] = "client.knative.dev/";
    json_t *template = json_object_get(service, "template"), *labels = json_object_get(template, "labels"), *value;
    const char *key;
    void *next;

    json_object_del(template, "revision");
    json_object_foreach_safe(labels, next, key, value) if (strncmp(key, mark, strlen(mark)) == 0)
        json_object_del(labels, key);
}

/* What is compared of a service. New. */
static json_t *chosen(const json_t *service)
{
    json_t *all = json_object();

    for (size_t i = 0; i < CR_LEN(fields); i++) {
        json_t *value = json_object_get(service, fields[i]);

        if (value)
            json_object_set_new(all, fields[i], json_deep_copy(value));
    }
    drop_marks(all);
    return all;
}

json_t *cr_diff_service(const json_t *from, const json_t *to)
{
    json_auto_t *a = chosen(from), *b = chosen(to);
    json_t *rows = json_array();

    compare(rows, "", a, b);
    return rows;
}

char *cr_diff_text(const json_t *row)
{
    const json_t *from = json_object_get(row, "from"), *to = json_object_get(row, "to");
    CR_AUTO_FREE char *a = json_is_null(from) ? cr_strdup("(none)") : json_dumps(from, JSON_ENCODE_ANY);
    CR_AUTO_FREE char *b = json_is_null(to) ? cr_strdup("(none)") : json_dumps(to, JSON_ENCODE_ANY);

    return cr_format("%s: %s -> %s", json_string_value(json_object_get(row, "field")), a, b);
}

static void digest_value(json_t *variable)
{
    json_t *value = json_object_get(variable, "value");
    char sha256[CR_SHA256_HEX];

    if (!json_is_string(value))
        return;
    cr_sha256(json_string_value(value), json_string_length(value), sha256);
    json_object_set_new(variable, "value", json_sprintf("sha256:%.*s", DIGEST_SHOWN, sha256));
}

json_t *cr_diff_keep(const json_t *service)
{
    json_t *kept = chosen(service), *container, *variable;
    size_t i, j;

    json_array_foreach(json_object_get(json_object_get(kept, "template"), "containers"), i, container)
    {
        json_array_foreach(json_object_get(container, "env"), j, variable) digest_value(variable);
    }
    return kept;
}
