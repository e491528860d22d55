/* A revision's own: scaling, network, keys, and what is said once for all its containers. */
#include "core/service_v1_parts.h"

#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"

#define RUN "run.googleapis.com/"
#define SQL_VOLUME "cloudsql"

static const struct cr_v1_word generations[] = {
    {"gen1", "EXECUTION_ENVIRONMENT_GEN1"}, {"gen2", "EXECUTION_ENVIRONMENT_GEN2"}, {NULL, NULL}};
static const struct cr_v1_word egresses[] = {{"all-traffic", "ALL_TRAFFIC"},
                                             {"all", "ALL_TRAFFIC"},
                                             {"private-ranges-only", "PRIVATE_RANGES_ONLY"},
                                             {NULL, NULL}};
static const struct cr_v1_word revocations[] = {
    {"prevent-new", "PREVENT_NEW"}, {"shut-down", "SHUTDOWN"}, {NULL, NULL}};

static const struct cr_v1_row rows[] = {
    {"autoscaling.knative.dev/minScale", "scaling.minInstanceCount", CR_V1_WHOLE, NULL},
    {"autoscaling.knative.dev/maxScale", "scaling.maxInstanceCount", CR_V1_WHOLE, NULL},
    {RUN "execution-environment", "executionEnvironment", CR_V1_WORD, generations},
    {RUN "sessionAffinity", "sessionAffinity", CR_V1_BOOL, NULL},
    {RUN "health-check-disabled", "healthCheckDisabled", CR_V1_BOOL, NULL},
    {RUN "vpc-access-connector", "vpcAccess.connector", CR_V1_TEXT, NULL},
    {RUN "vpc-access-egress", "vpcAccess.egress", CR_V1_WORD, egresses},
    {RUN "network-interfaces", "vpcAccess.networkInterfaces", CR_V1_LIST, NULL},
    {RUN "encryption-key", "encryptionKey", CR_V1_TEXT, NULL},
    {RUN "post-key-revocation-action-type", "encryptionKeyRevocationAction", CR_V1_WORD, revocations},
    {RUN "encryption-key-shutdown-hours", "encryptionKeyShutdownDuration", CR_V1_HOURS, NULL},
    {RUN "gpu-zonal-redundancy-disabled", "gpuZonalRedundancyDisabled", CR_V1_BOOL, NULL},
    {RUN "mesh", "serviceMesh.mesh", CR_V1_TEXT, NULL},
    {NULL, NULL, CR_V1_TEXT, NULL},
};

/* ---- reading ---- */

static void complete_connector(const struct cr_v1_where *where, json_t *v2)
{
    json_t *vpc = json_object_get(v2, "vpcAccess");
    const char *connector = cr_v1_text(vpc, "connector");

    if (*connector && !strchr(connector, '/'))
        json_object_set_new(
            vpc, "connector",
            json_sprintf("projects/%s/locations/%s/connectors/%s", where->project, where->region, connector));
}

static json_t *read_depends(const json_t *annotations, struct cr_error *err)
{
    const char *text = cr_v1_text(annotations, RUN "container-dependencies");
    json_t *depends = *text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : json_object();

    if (json_is_object(depends))
        return depends;
    json_decref(depends);
    cr_fail(err, CR_E_USAGE, "annotation '" RUN "container-dependencies': '%s' is not a JSON object", text);
    return NULL;
}

/* v1 names the instances and mounts them unasked; v2 wants a volume, and a mount at /cloudsql. */
static void read_sql(const json_t *annotations, json_t *v2)
{
    CR_AUTO_FREE char *text = cr_strdup(cr_v1_text(annotations, RUN "cloudsql-instances"));
    json_t *volumes = json_object_get(v2, "volumes"), *instances;
    char *save = NULL;

    if (!*text)
        return;
    instances = json_array();
    for (char *name = strtok_r(text, ",", &save); name; name = strtok_r(NULL, ",", &save))
        json_array_append_new(instances, json_string(name));
    if (!volumes) {
        volumes = json_array();
        json_object_set_new(v2, "volumes", volumes);
    }
    json_array_append_new(volumes,
                          json_pack("{s:s, s:{s:o}}", "name", SQL_VOLUME, "cloudSqlInstance", "instances", instances));
}

static bool says(const json_t *annotations, const char *key, bool otherwise)
{
    const char *text = cr_v1_text(annotations, key);

    return *text ? strcasecmp(text, "true") == 0 : otherwise;
}

static void read_containers(const json_t *spec, const struct cr_v1_revision *around, json_t *v2)
{
    const json_t *containers = json_object_get(spec, "containers");
    json_t *out = json_array(), *c;
    size_t i;

    json_array_foreach(containers, i, c) json_array_append_new(out, cr_v1_container_read(c, around));
    json_object_set_new(v2, "containers", out);
}

static void read_spec(const json_t *spec, json_t *v2)
{
    json_int_t seconds = json_integer_value(json_object_get(spec, "timeoutSeconds"));

    cr_v1_copy(v2, "maxInstanceRequestConcurrency", spec, "containerConcurrency");
    if (seconds)
        json_object_set_new(v2, "timeout", json_sprintf("%llds", (long long)seconds));
    cr_v1_copy(v2, "serviceAccount", spec, "serviceAccountName");
    if (*cr_v1_text(json_object_get(spec, "nodeSelector"), RUN "accelerator"))
        cr_v1_copy(cr_v1_child(v2, "nodeSelector"), "accelerator", json_object_get(spec, "nodeSelector"),
                   RUN "accelerator");
}

int cr_v1_template_read(const json_t *v1, const struct cr_v1_where *where, json_t *v2, struct cr_error *err)
{
    const json_t *meta = json_object_get(v1, "metadata"), *spec = json_object_get(v1, "spec");
    const json_t *annotations = json_object_get(meta, "annotations");
    json_auto_t *aliases = cr_v1_aliases_read(cr_v1_text(annotations, RUN "secrets"));
    json_auto_t *depends = read_depends(annotations, err);
    struct cr_v1_revision around = {
        .aliases = aliases,
        .depends = depends,
        .idle = says(annotations, RUN "cpu-throttling", true),
        .boost = says(annotations, RUN "startup-cpu-boost", false),
        .sql = *cr_v1_text(annotations, RUN "cloudsql-instances") ? SQL_VOLUME : NULL,
    };

    if (!depends || cr_v1_rows_read(rows, annotations, v2, err) < 0 ||
        cr_v1_volumes_read(json_object_get(spec, "volumes"), &around, v2, err) < 0)
        return -1;
    cr_v1_set(v2, "labels", cr_v1_keys(json_object_get(meta, "labels")));
    cr_v1_set(v2, "annotations", cr_v1_keys(json_object_get(meta, "annotations")));
    complete_connector(where, v2);
    read_spec(spec, v2);
    read_sql(annotations, v2);
    read_containers(spec, &around, v2);
    return 0;
}

/* ---- writing ---- */

/* The text of every alias that a secret of another project needs, "ALIAS:projects/P/secrets/S". */
static void write_aliases(const json_t *aliases, json_t *annotations)
{
    CR_AUTO_FREE char *text = cr_strdup("");
    const char *secret;
    json_t *alias;

    json_object_foreach((json_t *)aliases, secret, alias)
    {
        char *more = cr_format("%s%s%s:%s", text, *text ? "," : "", json_string_value(alias), secret);

        free(text);
        text = more;
    }
    cr_v1_set(annotations, RUN "secrets", json_string(text));
}

static void write_sql(const json_t *v2, json_t *annotations)
{
    const json_t *volumes = json_object_get(v2, "volumes");
    CR_AUTO_FREE char *text = cr_strdup("");

    for (size_t i = 0; i < json_array_size(volumes); i++) {
        const json_t *list =
            json_object_get(json_object_get(json_array_get(volumes, i), "cloudSqlInstance"), "instances");

        for (size_t n = 0; n < json_array_size(list); n++) {
            const char *name = json_string_value(json_array_get(list, n));
            char *more = cr_format("%s%s%s", text, *text ? "," : "", name ? name : "");

            free(text);
            text = more;
        }
    }
    cr_v1_set(annotations, RUN "cloudsql-instances", json_string(text));
}

/* What v2 says of each container, v1 says once. */
static void write_shared(const json_t *containers, json_t *annotations)
{
    bool always = false, boost = false;
    json_auto_t *depends = json_object();
    CR_AUTO_FREE char *text = NULL;

    for (size_t i = 0; i < json_array_size(containers); i++) {
        const json_t *c = json_array_get(containers, i), *resources = json_object_get(c, "resources");

        always = always || (resources && !json_is_true(json_object_get(resources, "cpuIdle")));
        boost = boost || json_is_true(json_object_get(resources, "startupCpuBoost"));
        if (json_array_size(json_object_get(c, "dependsOn")))
            json_object_set(depends, cr_v1_text(c, "name"), json_object_get(c, "dependsOn"));
    }
    if (always)
        json_object_set_new(annotations, RUN "cpu-throttling", json_string("false"));
    if (boost)
        json_object_set_new(annotations, RUN "startup-cpu-boost", json_string("true"));
    text = json_object_size(depends) ? json_dumps(depends, 0) : NULL;
    if (text)
        json_object_set_new(annotations, RUN "container-dependencies", json_string(text));
}

static json_t *write_spec(const json_t *v2, const struct cr_v1_revision *around)
{
    const json_t *containers = json_object_get(v2, "containers"), *node = json_object_get(v2, "nodeSelector");
    json_t *spec = json_object(), *list = json_array(), *c;
    size_t i;

    cr_v1_copy(spec, "containerConcurrency", v2, "maxInstanceRequestConcurrency");
    cr_v1_set(spec, "timeoutSeconds", json_integer(cr_v1_seconds(cr_v1_text(v2, "timeout"))));
    cr_v1_copy(spec, "serviceAccountName", v2, "serviceAccount");
    json_array_foreach(containers, i, c) json_array_append_new(list, cr_v1_container_write(c, around));
    json_object_set_new(spec, "containers", list);
    cr_v1_set(spec, "volumes", cr_v1_volumes_write(json_object_get(v2, "volumes"), around));
    if (*cr_v1_text(node, "accelerator"))
        cr_v1_copy(cr_v1_child(spec, "nodeSelector"), RUN "accelerator", node, "accelerator");
    return spec;
}

/* Mounts of it are v1's own affair; only one volume of this kind is allowed. */
static const char *sql_volume(const json_t *volumes)
{
    for (size_t i = 0; i < json_array_size(volumes); i++)
        if (json_object_get(json_array_get(volumes, i), "cloudSqlInstance"))
            return cr_v1_text(json_array_get(volumes, i), "name");
    return NULL;
}

void cr_v1_template_write(const json_t *v2, json_t *v1)
{
    json_t *meta = json_object(), *annotations, *labels = json_deep_copy(json_object_get(v2, "labels"));
    json_auto_t *aliases = json_object();
    struct cr_v1_revision around = {.aliases = aliases, .sql = sql_volume(json_object_get(v2, "volumes"))};

    annotations = json_deep_copy(json_object_get(v2, "annotations"));
    annotations = annotations ? annotations : json_object();
    json_object_set_new(v1, "metadata", meta);
    cr_v1_set(meta, "labels", labels);
    cr_v1_rows_write(rows, v2, annotations);
    write_shared(json_object_get(v2, "containers"), annotations);
    write_sql(v2, annotations);
    json_object_set_new(v1, "spec", write_spec(v2, &around));
    write_aliases(aliases, annotations);
    cr_v1_set(meta, "annotations", annotations);
}
