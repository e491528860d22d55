#include "core/service_v1.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/service_v1_parts.h"

static const struct cr_v1_word ingresses[] = {
    {"all", "INGRESS_TRAFFIC_ALL"},
    {"internal", "INGRESS_TRAFFIC_INTERNAL_ONLY"},
    {"internal-and-cloud-load-balancing", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"},
    {NULL, NULL},
};
static const struct cr_v1_word scalings[] = {{"automatic", "AUTOMATIC"}, {"manual", "MANUAL"}, {NULL, NULL}};

static const struct cr_v1_row rows[] = {
    {"run.googleapis.com/description", "description", CR_V1_TEXT, NULL},
    {"run.googleapis.com/client-name", "client", CR_V1_TEXT, NULL},
    {"run.googleapis.com/client-version", "clientVersion", CR_V1_TEXT, NULL},
    {"run.googleapis.com/launch-stage", "launchStage", CR_V1_TEXT, NULL},
    {"run.googleapis.com/ingress", "ingress", CR_V1_WORD, ingresses},
    {"run.googleapis.com/minScale", "scaling.minInstanceCount", CR_V1_WHOLE, NULL},
    {"run.googleapis.com/maxScale", "scaling.maxInstanceCount", CR_V1_WHOLE, NULL},
    {"run.googleapis.com/scalingMode", "scaling.scalingMode", CR_V1_WORD, scalings},
    {"run.googleapis.com/manualInstanceCount", "scaling.manualInstanceCount", CR_V1_COUNT, NULL},
    {"run.googleapis.com/invoker-iam-disabled", "invokerIamDisabled", CR_V1_BOOL, NULL},
    {"run.googleapis.com/default-url-disabled", "defaultUriDisabled", CR_V1_BOOL, NULL},
    {"run.googleapis.com/iap-enabled", "iapEnabled", CR_V1_BOOL, NULL},
    {"run.googleapis.com/custom-audiences", "customAudiences", CR_V1_LIST, NULL},
    {"run.googleapis.com/binary-authorization", "binaryAuthorization.policy", CR_V1_TEXT, NULL},
    {"run.googleapis.com/binary-authorization-breakglass", "binaryAuthorization.breakglassJustification", CR_V1_TEXT,
     NULL},
    {"run.googleapis.com/urls", "urls", CR_V1_LIST, NULL},
    {"serving.knative.dev/creator", "creator", CR_V1_TEXT, NULL},
    {"serving.knative.dev/lastModifier", "lastModifier", CR_V1_TEXT, NULL},
    {NULL, NULL, CR_V1_TEXT, NULL},
};

bool cr_is_v1(const json_t *document)
{
    return json_is_object(json_object_get(document, "spec"));
}

/* ---- metadata, which services and revisions have alike ---- */

static void read_metadata(const json_t *v1, json_t *v2)
{
    const json_t *meta = json_object_get(v1, "metadata"), *generation = json_object_get(meta, "generation");

    cr_v1_set(v2, "labels", cr_v1_keys(json_object_get(meta, "labels")));
    cr_v1_set(v2, "annotations", cr_v1_keys(json_object_get(meta, "annotations")));
    cr_v1_copy(v2, "uid", meta, "uid");
    if (json_is_integer(generation))
        json_object_set_new(v2, "generation", json_sprintf("%lld", (long long)json_integer_value(generation)));
    cr_v1_copy(v2, "createTime", meta, "creationTimestamp");
    cr_v1_copy(v2, "deleteTime", meta, "deletionTimestamp");
    if (*cr_v1_text(meta, "resourceVersion")) /* an etag is quoted text in v2 */
        json_object_set_new(v2, "etag", json_sprintf("\"%s\"", cr_v1_text(meta, "resourceVersion")));
}

/* Part `n` of a name: 1 is the project, 3 the region. */
static json_t *name_part(const char *name, int n)
{
    for (; n > 0 && *name; n--)
        name += strcspn(name, "/") + (name[strcspn(name, "/")] == '/');
    return json_stringn(name, strcspn(name, "/"));
}

static json_t *write_metadata(const json_t *v2, const char *kind)
{
    const char *name = cr_v1_text(v2, "name"), *etag = cr_v1_text(v2, "etag");
    json_t *meta = json_object(), *labels, *annotations;

    cr_v1_set(meta, "name", json_string(cr_v1_last(name)));
    cr_v1_set(meta, "namespace", name_part(name, 1));
    labels = json_deep_copy(json_object_get(v2, "labels"));
    annotations = json_deep_copy(json_object_get(v2, "annotations"));
    json_object_set_new(meta, "labels", labels ? labels : json_object());
    json_object_set_new(meta, "annotations", annotations ? annotations : json_object());
    cr_v1_set(cr_v1_child(meta, "labels"), "cloud.googleapis.com/location", name_part(name, 3));
    cr_v1_set(meta, "generation", json_integer(strtoll(cr_v1_text(v2, "generation"), NULL, 10)));
    cr_v1_copy(meta, "uid", v2, "uid");
    cr_v1_copy(meta, "creationTimestamp", v2, "createTime");
    cr_v1_copy(meta, "deletionTimestamp", v2, "deleteTime");
    etag += *etag == '"';
    cr_v1_set(meta, "resourceVersion", json_stringn(etag, strcspn(etag, "\"")));
    json_object_set_new(meta, "selfLink",
                        json_sprintf("/apis/serving.knative.dev/v1/namespaces/%s/%s/%s", cr_v1_text(meta, "namespace"),
                                     kind, cr_v1_text(meta, "name")));
    return meta;
}

/* ---- services ---- */

/* "default" is the project's own policy, which v2 says by a flag. */
static void read_authorization(json_t *v2)
{
    json_t *authorization = json_object_get(v2, "binaryAuthorization");

    if (strcmp(cr_v1_text(authorization, "policy"), "default") == 0) {
        json_object_del(authorization, "policy");
        json_object_set_new(authorization, "useDefault", json_true());
    }
}

static int fill_service(const json_t *v1, const struct cr_v1_where *where, json_t *v2, struct cr_error *err)
{
    const json_t *meta = json_object_get(v1, "metadata"), *spec = json_object_get(v1, "spec");
    json_t *template = json_object();

    json_object_set_new(v2, "template", template);
    read_metadata(v1, v2);
    if (cr_v1_rows_read(rows, json_object_get(meta, "annotations"), v2, err) < 0 ||
        cr_v1_template_read(json_object_get(spec, "template"), where, template, err) < 0)
        return -1;
    read_authorization(v2);
    cr_v1_copy(template, "revision", json_object_get(json_object_get(spec, "template"), "metadata"), "name");
    cr_v1_set(v2, "traffic", cr_v1_traffic_read(json_object_get(spec, "traffic")));
    cr_v1_service_status_read(v1, cr_v1_text(v2, "name"), v2);
    return 0;
}

json_t *cr_service_from_v1(const json_t *v1, const struct cr_v1_where *where, struct cr_error *err)
{
    const char *name = cr_v1_text(json_object_get(v1, "metadata"), "name");
    json_auto_t *v2 = json_object();

    if (!*name || !cr_is_v1(v1)) {
        cr_fail(err, CR_E_USAGE, "a service has metadata.name and spec");
        return NULL;
    }
    json_object_set_new(v2, "name",
                        json_sprintf("projects/%s/locations/%s/services/%s", where->project, where->region, name));
    return fill_service(v1, where, v2, err) < 0 ? NULL : json_incref(v2);
}

static void write_ingress_status(json_t *annotations)
{
    if (json_object_get(annotations, "run.googleapis.com/ingress"))
        json_object_set(annotations, "run.googleapis.com/ingress-status",
                        json_object_get(annotations, "run.googleapis.com/ingress"));
}

json_t *cr_service_to_v1(const json_t *v2)
{
    json_t *meta = write_metadata(v2, "services"), *template = json_object(), *spec = json_object(), *out;
    json_t *annotations = json_object_get(meta, "annotations");
    const char *revision = cr_v1_text(json_object_get(v2, "template"), "revision");

    cr_v1_rows_write(rows, v2, annotations);
    if (json_is_true(json_object_get(json_object_get(v2, "binaryAuthorization"), "useDefault")))
        json_object_set_new(annotations, "run.googleapis.com/binary-authorization", json_string("default"));
    cr_v1_template_write(json_object_get(v2, "template"), template);
    cr_v1_set(cr_v1_child(template, "metadata"), "name", json_string(revision));
    json_object_set_new(spec, "template", template);
    cr_v1_set(spec, "traffic", cr_v1_traffic_write(json_object_get(v2, "traffic"), NULL));
    out = json_pack("{s:s, s:s, s:o, s:o}", "apiVersion", "serving.knative.dev/v1", "kind", "Service", "metadata", meta,
                    "spec", spec);
    cr_v1_set(out, "status", cr_v1_service_status_write(v2));
    if (json_object_get(out, "status"))
        write_ingress_status(annotations);
    return out;
}

/* ---- revisions ---- */

json_t *cr_revision_from_v1(const json_t *v1, const struct cr_v1_where *where, struct cr_error *err)
{
    const json_t *meta = json_object_get(v1, "metadata");
    const char *name = cr_v1_text(meta, "name");
    const char *service = cr_v1_text(json_object_get(meta, "labels"), "serving.knative.dev/service");
    json_auto_t *v2 = json_object();

    if (!*name || !*service || !cr_is_v1(v1)) {
        cr_fail(err, CR_E_USAGE, "a revision has metadata.name, label serving.knative.dev/service, and spec");
        return NULL;
    }
    json_object_set_new(v2, "name",
                        json_sprintf("projects/%s/locations/%s/services/%s/revisions/%s", where->project, where->region,
                                     service, name));
    json_object_set_new(v2, "service", json_string(service));
    read_metadata(v1, v2);
    if (cr_v1_template_read(v1, where, v2, err) < 0)
        return NULL;
    cr_v1_revision_status_read(v1, v2);
    return json_incref(v2);
}

json_t *cr_revision_to_v1(const json_t *v2, const char *digest)
{
    json_t *meta = write_metadata(v2, "revisions"), *out = json_object(), *own, *labels;
    const char *service = cr_v1_last(cr_v1_text(v2, "service"));

    cr_v1_template_write(v2, out);
    own = json_incref(json_object_get(out, "metadata"));
    json_object_update(json_object_get(meta, "annotations"), json_object_get(own, "annotations"));
    json_decref(own);
    labels = json_object_get(meta, "labels");
    cr_v1_set(labels, "serving.knative.dev/service", json_string(service));
    cr_v1_set(labels, "serving.knative.dev/configuration", json_string(service));
    json_object_set_new(out, "metadata", meta);
    json_object_set_new(out, "apiVersion", json_string("serving.knative.dev/v1"));
    json_object_set_new(out, "kind", json_string("Revision"));
    cr_v1_set(out, "status", cr_v1_revision_status_write(v2, digest));
    return out;
}
