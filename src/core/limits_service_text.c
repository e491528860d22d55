/* The texts of a service, each against the rows that are about it. */
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/limits_read.h"

#define FLAGS(...) ((const enum cr_flag[]){__VA_ARGS__, CR_FLAG_COUNT})

struct texts {
    const struct cr_limits_subject *s;
    struct cr_problems *problems;
};

bool cr_limits_system_label(const char *key)
{
    static const char *const domains[] = {"cloud.googleapis.com/", "run.googleapis.com/", "serving.knative.dev/",
                                          "autoscaling.knative.dev/", "client.knative.dev/"};

    for (size_t i = 0; i < CR_LEN(domains); i++)
        if (strncmp(key, domains[i], strlen(domains[i])) == 0)
            return true;
    return false;
}

static void check(const struct texts *t, enum cr_limit_text what, const char *text, const enum cr_flag *flags)
{
    if (text)
        cr_limits_check_text(what, text, NULL, cr_limits_place(t->s, flags, *text ? text : NULL), t->s->profile,
                             t->problems);
}

static const char *member(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* The platform's own labels stay as they are, unless somebody wrote them. */
static void check_labels(const struct texts *t, const json_t *labels)
{
    const enum cr_flag *flags = FLAGS(CR_FLAG_LABELS, CR_FLAG_UPDATE_LABELS);
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)labels, key, value)
    {
        const char *place = cr_limits_place(t->s, flags, key);

        if (cr_limits_system_label(key) && !place)
            continue;
        if (!cr_limits_check_text(CR_TEXT_LABEL_KEY, key, NULL, place, t->s->profile, t->problems))
            continue;
        cr_limits_check_text(CR_TEXT_LABEL_VALUE, json_string_value(value), NULL, place, t->s->profile, t->problems);
    }
}

static void check_env(const struct texts *t, const json_t *container)
{
    const enum cr_flag *flags = FLAGS(CR_FLAG_SET_ENV_VARS, CR_FLAG_UPDATE_ENV_VARS, CR_FLAG_ENV_VARS_FILE,
                                      CR_FLAG_SET_SECRETS, CR_FLAG_UPDATE_SECRETS);
    const json_t *env = json_object_get(container, "env");

    for (size_t i = 0; i < json_array_size(env); i++) {
        const json_t *row = json_array_get(env, i);
        const char *name = member(row, "name"), *value = member(row, "value");
        const char *place = name ? cr_limits_place(t->s, flags, name) : NULL;

        if (!place)
            place = cr_limits_place(t->s, FLAGS(CR_FLAG_ENV_VARS_FILE), NULL);
        if (name)
            cr_limits_check_text(CR_TEXT_ENV_NAME, name, NULL, place, t->s->profile, t->problems);
        if (name && value)
            cr_limits_check_text(CR_TEXT_ENV_VALUE, value, name, place, t->s->profile, t->problems);
    }
}

static void check_probe(const struct texts *t, const json_t *probe, enum cr_flag flag)
{
    const json_t *http = json_object_get(probe, "httpGet"), *headers = json_object_get(http, "httpHeaders");

    if (member(http, "path") && *member(http, "path"))
        check(t, CR_TEXT_PROBE_PATH, member(http, "path"), FLAGS(flag));
    for (size_t i = 0; i < json_array_size(headers); i++) {
        check(t, CR_TEXT_HEADER_NAME, member(json_array_get(headers, i), "name"), FLAGS(flag));
        check(t, CR_TEXT_HEADER_VALUE, member(json_array_get(headers, i), "value"), FLAGS(flag));
    }
}

static void check_container(const struct texts *t, const json_t *c)
{
    const json_t *ports = json_object_get(c, "ports"), *mounts = json_object_get(c, "volumeMounts");
    const char *name = member(c, "name"), *image = member(c, "image");

    if (name && *name)
        check(t, CR_TEXT_CONTAINER, name, FLAGS(CR_FLAG_CONTAINER));
    if (image)
        check(t, CR_TEXT_IMAGE, image, FLAGS(CR_FLAG_IMAGE));
    for (size_t i = 0; i < json_array_size(ports); i++) {
        const char *port = member(json_array_get(ports, i), "name");

        if (port && *port)
            check(t, CR_TEXT_PORT_NAME, port, FLAGS(CR_FLAG_USE_HTTP2));
    }
    for (size_t i = 0; i < json_array_size(mounts); i++)
        check(t, CR_TEXT_MOUNT, member(json_array_get(mounts, i), "mountPath"),
              FLAGS(CR_FLAG_ADD_VOLUME_MOUNT, CR_FLAG_SET_SECRETS, CR_FLAG_UPDATE_SECRETS));
    check_env(t, c);
    check_probe(t, json_object_get(c, "startupProbe"), CR_FLAG_STARTUP_PROBE);
    check_probe(t, json_object_get(c, "livenessProbe"), CR_FLAG_LIVENESS_PROBE);
    check_probe(t, json_object_get(c, "readinessProbe"), CR_FLAG_READINESS_PROBE);
}

static void check_traffic(const struct texts *t)
{
    const json_t *traffic = json_object_get(t->s->service, "traffic");

    for (size_t i = 0; i < json_array_size(traffic); i++) {
        const char *tag = member(json_array_get(traffic, i), "tag");
        CR_AUTO_FREE char *host = tag && t->s->name ? cr_format("%s---%s", tag, t->s->name) : NULL;

        if (!tag || !*tag)
            continue;
        check(t, CR_TEXT_TAG, tag, FLAGS(CR_FLAG_TAG));
        if (host)
            cr_limits_check_text(CR_TEXT_TAG_HOST, host, NULL, cr_limits_place(t->s, FLAGS(CR_FLAG_TAG), tag),
                                 t->s->profile, t->problems);
    }
}

static void check_gpu(const struct texts *t, const json_t *template)
{
    const char *type = member(json_object_get(template, "nodeSelector"), "accelerator");
    CR_AUTO_FREE char *where = type && t->s->region ? cr_format("%s@%s", type, t->s->region) : NULL;
    const char *place = cr_limits_place(t->s, FLAGS(CR_FLAG_GPU_TYPE), NULL);

    if (!type || !*type)
        return;
    if (cr_limits_check_text(CR_TEXT_GPU_TYPE, type, NULL, place, t->s->profile, t->problems) && where)
        cr_limits_check_text(CR_TEXT_GPU_REGION, where, NULL, place, t->s->profile, t->problems);
}

void cr_limits_check_texts(const struct cr_limits_subject *s, struct cr_problems *problems)
{
    const struct texts t = {s, problems};
    const json_t *template = json_object_get(s->service, "template"), *containers = cr_limits_containers(s);
    const char *revision = member(template, "revision");

    if (s->name)
        cr_limits_check_text(CR_TEXT_SERVICE, s->name, NULL, NULL, s->profile, problems);
    if (s->region)
        cr_limits_check_text(CR_TEXT_REGION, s->region, NULL, NULL, s->profile, problems);
    if (revision && *revision)
        cr_limits_check_text(CR_TEXT_REVISION, strrchr(revision, '/') ? strrchr(revision, '/') + 1 : revision, NULL,
                             cr_limits_place(s, FLAGS(CR_FLAG_REVISION_SUFFIX), NULL), s->profile, problems);
    check(&t, CR_TEXT_DESCRIPTION, member(s->service, "description"), FLAGS(CR_FLAG_DESCRIPTION));
    check_labels(&t, json_object_get(s->service, "labels"));
    check_labels(&t, json_object_get(template, "labels"));
    check_traffic(&t);
    check_gpu(&t, template);
    for (size_t i = 0; i < json_array_size(containers); i++)
        check_container(&t, json_array_get(containers, i));
}
