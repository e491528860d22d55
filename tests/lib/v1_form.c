#include "lib/v1_form.h"

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* ---- defaults ---- */

static bool is_empty(const json_t *v)
{
    return json_is_null(v) || json_is_false(v) || (json_is_string(v) && !*json_string_value(v)) ||
           (json_is_integer(v) && !json_integer_value(v)) || (json_is_array(v) && !json_array_size(v)) ||
           (json_is_object(v) && !json_object_size(v));
}

/* Labels may be empty; a handler of a probe may have every default. */
static bool may_be_empty(const char *parent, const char *key)
{
    return strcmp(parent, "labels") == 0 || strcmp(key, "httpGet") == 0 || strcmp(key, "tcpSocket") == 0 ||
           strcmp(key, "grpc") == 0;
}

static void prune(json_t *v, const char *name)
{
    const char *key;
    json_t *item;
    void *next;
    size_t i;

    if (json_is_array(v))
        json_array_foreach(v, i, item) prune(item, name);
    if (!json_is_object(v))
        return;
    json_object_foreach_safe(v, next, key, item)
    {
        prune(item, key);
        if (is_empty(item) && !may_be_empty(name, key))
            json_object_del(v, key);
    }
}

/* ---- annotations ---- */

static const char *const not_counted[] = {
    "run.googleapis.com/client-name",    "run.googleapis.com/client-version", "run.googleapis.com/operation-id",
    "run.googleapis.com/urls",           "serving.knative.dev/creator",       "serving.knative.dev/lastModifier",
    "run.googleapis.com/ingress-status", "run.googleapis.com/secrets",
};

static const struct {
    const char *annotation, *text;
} by_default[] = {
    {"run.googleapis.com/ingress", "all"},
    {"run.googleapis.com/launch-stage", "GA"},
    {"run.googleapis.com/cpu-throttling", "true"},
    {"run.googleapis.com/scalingMode", "automatic"},
    {"autoscaling.knative.dev/minScale", "0"},
    {"autoscaling.knative.dev/maxScale", "0"},
    {"run.googleapis.com/minScale", "0"},
    {"run.googleapis.com/maxScale", "0"},
    {"run.googleapis.com/startup-cpu-boost", "false"},
    {"run.googleapis.com/sessionAffinity", "false"},
    {"run.googleapis.com/health-check-disabled", "false"},
    {"run.googleapis.com/gpu-zonal-redundancy-disabled", "false"},
    {"run.googleapis.com/invoker-iam-disabled", "false"},
    {"run.googleapis.com/default-url-disabled", "false"},
    {"run.googleapis.com/iap-enabled", "false"},
};

/* A connector may be named shortly; "all" is the old word. */
static void network_form(json_t *annotations)
{
    static const char connector[] = "run.googleapis.com/vpc-access-connector",
                      egress[] = "run.googleapis.com/vpc-access-egress";
    const char *slash = strrchr(text_at(annotations, connector), '/');

    if (slash)
        json_object_set_new(annotations, connector, json_string(slash + 1));
    if (strcmp(text_at(annotations, egress), "all") == 0)
        json_object_set_new(annotations, egress, json_string("all-traffic"));
}

/* JSON in a text, without what says nothing ({"app": []}). */
static json_t *annotation_form(const char *text)
{
    json_t *inner = *text == '{' || *text == '[' ? json_loads(text, 0, NULL) : NULL;

    if (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0)
        return json_string(*text == 't' || *text == 'T' ? "true" : "false");
    if (!inner)
        return json_string(text);
    prune(inner, "");
    return inner;
}

static void annotations_form(json_t *meta)
{
    json_t *annotations = json_object_get(meta, "annotations"), *value;
    const char *key;
    void *next;

    json_object_foreach_safe(annotations, next, key, value)
        json_object_set_new(annotations, key, annotation_form(json_string_value(value)));
    for (size_t i = 0; i < CR_LEN(not_counted); i++)
        json_object_del(annotations, not_counted[i]);
    network_form(annotations);
    for (size_t i = 0; i < CR_LEN(by_default); i++)
        if (strcmp(text_at(annotations, by_default[i].annotation), by_default[i].text) == 0)
            json_object_del(annotations, by_default[i].annotation);
}

/* ---- secrets: an alias stands for a full name ---- */

static const char *alias_of(const char *list, const char *alias, char full[256])
{
    size_t len = strlen(alias);

    for (const char *p = list; *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ',')) {
        if (strncmp(p, alias, len) == 0 && p[len] == ':') {
            snprintf(full, 256, "%.*s", (int)strcspn(p + len + 1, ","), p + len + 1);
            return full;
        }
    }
    return NULL;
}

static void resolve(json_t *holder, const char *key, const char *list)
{
    char full[256];

    if (alias_of(list, text_at(holder, key), full))
        json_object_set_new(holder, key, json_string(full));
}

static void secrets_form(json_t *template)
{
    CR_AUTO_FREE char *list = cr_strdup(
        text_at(json_object_get(json_object_get(template, "metadata"), "annotations"), "run.googleapis.com/secrets"));
    json_t *spec = json_object_get(template, "spec"), *row, *env;
    size_t i, e;

    json_array_foreach(json_object_get(spec, "volumes"), i, row)
        resolve(json_object_get(row, "secret"), "secretName", list);
    json_array_foreach(json_object_get(spec, "containers"), i, row)
        json_array_foreach(json_object_get(row, "env"), e, env)
            resolve(json_object_get(json_object_get(env, "valueFrom"), "secretKeyRef"), "name", list);
}

/* ---- names that are made up: "cert-kobvipfuz" of a volume, "scorer-00004-kob" of a revision ---- */

/* Where the pattern begins in the text; -1: nowhere. */
static int match_at(const char *text, const char *pattern)
{
    regex_t r;
    regmatch_t at;
    bool found = regcomp(&r, pattern, REG_EXTENDED) == 0 && regexec(&r, text, 1, &at, 0) == 0;

    regfree(&r);
    return found ? (int)at.rm_so : -1;
}

#define SYLLABLE "[b-df-hj-np-tv-z][aeiou][b-df-hj-np-tv-z]"

#define MADE "-(<RAND[0-9]*>|" SYLLABLE "-" SYLLABLE "-" SYLLABLE ")$"
#define ALIAS "-(<UUID>|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"

/* "cert-kob-vip-fuz" is of the secret "cert", whose name may be an alias: what follows says nothing. */
static void volumes_form(json_t *spec)
{
    json_t *volumes = json_object_get(spec, "volumes"), *volume, *container, *mount;
    size_t v, c, m;

    json_array_foreach(volumes, v, volume)
    {
        CR_AUTO_FREE char *old = cr_strdup(text_at(volume, "name")), *made = NULL;
        int alias = match_at(old, ALIAS MADE), at = alias >= 0 ? alias : match_at(old, MADE);

        if (at < 0)
            continue;
        made = cr_format("%.*s-<RAND>", at, old);
        json_object_set_new(volume, "name", json_string(made));
        json_array_foreach(json_object_get(spec, "containers"), c, container) json_array_foreach(
            json_object_get(container, "volumeMounts"), m, mount) if (strcmp(text_at(mount, "name"), old) == 0)
            json_object_set_new(mount, "name", json_string(made));
    }
}

static void revision_form(json_t *spec, const json_t *live)
{
    json_t *meta = json_object_get(json_object_get(spec, "template"), "metadata"), *row;
    CR_AUTO_FREE char *name = cr_strdup(text_at(meta, "name"));
    const char *before =
        text_at(json_object_get(json_object_get(json_object_get(live, "spec"), "template"), "metadata"), "name");
    size_t i;

    if (match_at(name, "-[0-9]{5}-(<RAND>|" SYLLABLE ")$") < 0 || strcmp(name, before) == 0)
        return;
    json_object_del(meta, "name");
    json_array_foreach(json_object_get(spec, "traffic"), i, row) if (strcmp(text_at(row, "revisionName"), name) == 0)
        json_object_set_new(row, "revisionName", json_string("<NEW>"));
}

static void labels_form(json_t *meta)
{
    json_object_del(json_object_get(meta, "labels"), "cloud.googleapis.com/location");
    json_object_del(json_object_get(meta, "labels"), "client.knative.dev/nonce");
}

json_t *v1_form(const json_t *v1, const json_t *live)
{
    const json_t *meta = json_object_get(v1, "metadata");
    json_t *out = json_pack("{s:{s:O*, s:O*, s:O*}, s:O*}", "metadata", "name", json_object_get(meta, "name"), "labels",
                            json_object_get(meta, "labels"), "annotations", json_object_get(meta, "annotations"),
                            "spec", json_object_get(v1, "spec"));
    json_t *copy = json_deep_copy(out), *spec = json_object_get(copy, "spec");
    json_t *template = json_object_get(spec, "template");

    json_decref(out);
    secrets_form(template);
    annotations_form(json_object_get(copy, "metadata"));
    annotations_form(json_object_get(template, "metadata"));
    labels_form(json_object_get(copy, "metadata"));
    labels_form(json_object_get(template, "metadata"));
    volumes_form(json_object_get(template, "spec"));
    revision_form(spec, live);
    prune(copy, "");
    if (!json_object_get(spec, "traffic"))
        json_object_set_new(spec, "traffic", json_pack("[{s:b, s:i}]", "latestRevision", 1, "percent", 100));
    return copy;
}

json_t *v1_form_patch(const json_t *form, const json_t *patch)
{
    json_t *out = merge_patch(form, patch);

    prune(out, "");
    return out;
}

json_t *merge_patch(const json_t *target, const json_t *patch)
{
    json_t *out, *value;
    const char *key;

    if (!json_is_object(patch))
        return json_deep_copy(patch);
    out = json_is_object(target) ? json_deep_copy(target) : json_object();
    json_object_foreach((json_t *)patch, key, value)
    {
        if (json_is_null(value))
            json_object_del(out, key);
        else
            json_object_set_new(out, key, merge_patch(json_object_get(out, key), value));
    }
    return out;
}

/* ---- files ---- */

char *oracle_path(const char *file)
{
    const char *src = getenv("srcdir");

    return cr_format("%s/tests/data/gcloud/%s", src ? src : ".", file);
}

json_t *lines_by_name(const char *path)
{
    CR_AUTO_FILE FILE *f = fopen(path, "r");
    json_t *all = json_object();
    CR_AUTO_FREE char *line = NULL;
    size_t cap = 0;

    if (!f) {
        perror(path);
        abort();
    }
    while (getline(&line, &cap, f) > 0) {
        json_t *row = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

        if (!row || json_object_set_new(all, text_at(row, "name"), row) < 0) {
            fprintf(stderr, "%s: not JSON: %.60s\n", path, line);
            abort();
        }
    }
    return all;
}

/* ---- what differs ---- */

static char *grown(char *text, char *more)
{
    char *both = cr_format("%s%s", text, more);

    free(text);
    free(more);
    return both;
}

static char *dump(const json_t *v)
{
    return v ? json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : cr_strdup("nothing");
}

static char *differences(const char *at, const json_t *got, const json_t *want)
{
    char *text = cr_strdup("");
    json_t *value;
    const char *key;
    size_t i;

    if (json_equal(got, want))
        return text;
    if (json_is_object(got) && json_is_object(want)) {
        json_object_foreach((json_t *)got, key, value)
        {
            CR_AUTO_FREE char *below = cr_format("%s/%s", at, key);

            text = grown(text, differences(below, value, json_object_get(want, key)));
        }
        json_object_foreach((json_t *)want, key, value) if (!json_object_get(got, key))
        {
            CR_AUTO_FREE char *below = cr_format("%s/%s", at, key);

            text = grown(text, differences(below, NULL, value));
        }
        return text;
    }
    if (json_is_array(got) && json_is_array(want) && json_array_size(got) == json_array_size(want)) {
        json_array_foreach((json_t *)got, i, value)
        {
            CR_AUTO_FREE char *below = cr_format("%s/%zu", at, i);

            text = grown(text, differences(below, value, json_array_get(want, i)));
        }
        return text;
    }
    CR_AUTO_FREE char *g = dump(got), *w = dump(want);

    return grown(text, cr_format("  %s: %s, not %s\n", at, g, w));
}

char *json_difference(const json_t *got, const json_t *want)
{
    return differences("", got, want);
}
