/* Annotations that are fields of v2, by rows that are read both ways. */
#include "core/service_v1_parts.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"

/* ---- JSON ---- */

const char *cr_v1_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static bool is_empty(const json_t *v)
{
    if (json_is_string(v))
        return !*json_string_value(v);
    if (json_is_integer(v))
        return json_integer_value(v) == 0;
    if (json_is_array(v))
        return json_array_size(v) == 0;
    if (json_is_object(v))
        return json_object_size(v) == 0;
    return !v || json_is_false(v) || json_is_null(v);
}

void cr_v1_set(json_t *to, const char *key, json_t *taken)
{
    if (is_empty(taken))
        json_decref(taken);
    else
        json_object_set_new(to, key, taken);
}

void cr_v1_copy(json_t *to, const char *to_key, const json_t *from, const char *key)
{
    cr_v1_set(to, to_key, json_deep_copy(json_object_get(from, key)));
}

json_t *cr_v1_child(json_t *object, const char *key)
{
    json_t *child = json_object_get(object, key);

    if (!json_is_object(child)) {
        child = json_object();
        json_object_set_new(object, key, child);
    }
    return child;
}

const char *cr_v1_last(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? slash + 1 : name;
}

json_int_t cr_v1_seconds(const char *duration)
{
    char *end;
    double seconds = strtod(duration, &end);
    json_int_t whole;

    if (end == duration || strcmp(end, "s") != 0 || !(seconds > 0 && seconds < 1e9))
        return 0;
    whole = (json_int_t)seconds;
    return (double)whole < seconds ? whole + 1 : whole;
}

/* v2 refuses these as labels and annotations of its own. Source: google.cloud.run.v2.Service.labels */
static bool is_reserved(const char *key)
{
    static const char *const spaces[] = {"run.googleapis.com", "cloud.googleapis.com", "serving.knative.dev",
                                         "autoscaling.knative.dev"};

    for (size_t i = 0; i < CR_LEN(spaces); i++) {
        size_t len = strlen(spaces[i]);

        if (strncmp(key, spaces[i], len) == 0 && (key[len] == '/' || !key[len]))
            return true;
    }
    return false;
}

json_t *cr_v1_keys(const json_t *map)
{
    json_t *out = json_object(), *value;
    const char *key;

    json_object_foreach((json_t *)map, key, value) if (!is_reserved(key)) json_object_set(out, key, value);
    if (json_object_size(out) == 0) {
        json_decref(out);
        return NULL;
    }
    return out;
}

/* ---- reading ---- */

static int bad(const struct cr_v1_row *row, const char *text, const char *what, struct cr_error *err)
{
    return cr_fail(err, CR_E_USAGE, "annotation '%s': '%s' is not %s", row->annotation, text, what);
}

static int read_number(const struct cr_v1_row *row, const char *text, json_t **value, struct cr_error *err)
{
    char *end;
    long n;

    errno = 0;
    n = strtol(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || errno || n > INT32_MAX)
        return bad(row, text, "a whole number", err);
    if (row->kind == CR_V1_HOURS)
        *value = n ? json_sprintf("%lds", n * 3600) : NULL;
    else
        *value = n || row->kind == CR_V1_COUNT ? json_integer(n) : NULL;
    return 0;
}

static int read_word(const struct cr_v1_row *row, const char *text, json_t **value, struct cr_error *err)
{
    for (const struct cr_v1_word *w = row->words; w->v1; w++) {
        if (strcmp(w->v1, text) == 0) {
            *value = json_string(w->v2);
            return 0;
        }
    }
    return bad(row, text, "one of its words", err);
}

/* *value stays NULL for what v2 says by silence. */
static int read_value(const struct cr_v1_row *row, const char *text, json_t **value, struct cr_error *err)
{
    switch (row->kind) {
    case CR_V1_TEXT:
        *value = json_string(text);
        return 0;
    case CR_V1_BOOL:
        if (strcasecmp(text, "true") == 0)
            *value = json_true();
        else if (strcasecmp(text, "false") != 0)
            return bad(row, text, "'true' or 'false'", err);
        return 0;
    case CR_V1_WORD:
        return read_word(row, text, value, err);
    case CR_V1_LIST:
        *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        return json_is_array(*value) ? 0 : bad(row, text, "a JSON array", err);
    case CR_V1_WHOLE:
    case CR_V1_COUNT:
    case CR_V1_HOURS:
        break;
    }
    return read_number(row, text, value, err);
}

static void set_path(json_t *v2, const char *path, json_t *taken)
{
    const char *dot = strchr(path, '.');
    CR_AUTO_FREE char *parent = cr_strndup(path, dot ? (size_t)(dot - path) : 0);

    json_object_set_new(dot ? cr_v1_child(v2, parent) : v2, dot ? dot + 1 : path, taken);
}

int cr_v1_rows_read(const struct cr_v1_row *rows, const json_t *annotations, json_t *v2, struct cr_error *err)
{
    for (const struct cr_v1_row *row = rows; row->annotation; row++) {
        const char *text = cr_v1_text(annotations, row->annotation);
        json_t *value = NULL;

        if (!*text)
            continue;
        if (read_value(row, text, &value, err) < 0) {
            json_decref(value);
            return -1;
        }
        if (value)
            set_path(v2, row->path, value);
    }
    return 0;
}

/* ---- writing ---- */

static const json_t *get_path(const json_t *v2, const char *path)
{
    const char *dot = strchr(path, '.');
    CR_AUTO_FREE char *parent = cr_strndup(path, dot ? (size_t)(dot - path) : 0);

    return dot ? json_object_get(json_object_get(v2, parent), dot + 1) : json_object_get(v2, path);
}

static json_t *write_value(const struct cr_v1_row *row, const json_t *value)
{
    const char *text = json_string_value(value);
    char *list;
    json_t *out;

    switch (row->kind) {
    case CR_V1_BOOL:
        return json_is_true(value) ? json_string("true") : NULL;
    case CR_V1_WHOLE:
    case CR_V1_COUNT:
        if (!json_is_integer(value) || (row->kind == CR_V1_WHOLE && json_integer_value(value) == 0))
            return NULL;
        return json_sprintf("%lld", (long long)json_integer_value(value));
    case CR_V1_LIST:
        list = json_array_size(value) ? json_dumps(value, 0) : NULL;
        out = list ? json_string(list) : NULL;
        free(list);
        return out;
    case CR_V1_HOURS:
        return text && cr_v1_seconds(text) ? json_sprintf("%lld", (long long)(cr_v1_seconds(text) + 3599) / 3600)
                                           : NULL;
    case CR_V1_WORD:
        for (const struct cr_v1_word *w = row->words; text && w->v1; w++)
            if (strcmp(w->v2, text) == 0)
                return json_string(w->v1);
        return NULL;
    case CR_V1_TEXT:
        break;
    }
    return text && *text ? json_string(text) : NULL;
}

void cr_v1_rows_write(const struct cr_v1_row *rows, const json_t *v2, json_t *annotations)
{
    for (const struct cr_v1_row *row = rows; row->annotation; row++)
        cr_v1_set(annotations, row->annotation, write_value(row, get_path(v2, row->path)));
}
