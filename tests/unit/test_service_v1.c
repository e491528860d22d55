#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "core/service_v1.h"
#include "lib/v1_form.h"

static const struct cr_v1_where where = {"my-proj", "us-central1"};

static json_t *parse(const char *text)
{
    json_error_t e;
    json_t *json = json_loads(text, 0, &e);

    if (!json)
        fail_msg("%s: %s", e.text, text);
    return json;
}

static json_t *from_v1(json_t *v1)
{
    struct cr_error err = {0};
    json_t *v2 = cr_service_from_v1(v1, &where, &err);

    if (!v2)
        fail_msg("%s", err.msg);
    return v2;
}

/* A service with one more annotation, on itself or on its template. */
static json_t *annotated(bool on_template, const char *annotation, const char *text)
{
    json_t *v1 = parse("{\"metadata\": {\"name\": \"s\", \"annotations\": {}}, \"spec\": {\"template\": {\"metadata\": "
                       "{\"annotations\": {}}, \"spec\": {\"containers\": [{\"name\": \"a\", \"image\": \"i\"}]}}}}");
    json_t *holder = on_template ? json_object_get(json_object_get(v1, "spec"), "template") : v1;

    json_object_set_new(json_object_get(json_object_get(holder, "metadata"), "annotations"), annotation,
                        json_string(text));
    return v1;
}

static const char *annotation_of(const json_t *v1, bool on_template, const char *annotation)
{
    const json_t *holder = on_template ? json_object_get(json_object_get(v1, "spec"), "template") : v1;

    return json_string_value(
        json_object_get(json_object_get(json_object_get(holder, "metadata"), "annotations"), annotation));
}

#define RUN "run.googleapis.com/"
#define CONTAINER "\"containers\": [{\"name\": \"a\", \"image\": \"i\", \"resources\": {\"cpuIdle\": true}}]"

/* `back` is what v1 says again: NULL for nothing, "" for the same text. */
TEST(every_annotation_is_a_field_and_comes_back)
{
    static const struct {
        bool on_template;
        const char *annotation, *text, *v2, *back;
    } rows[] = {
        {true, "autoscaling.knative.dev/minScale", "1", "{\"scaling\": {\"minInstanceCount\": 1}, " CONTAINER "}", ""},
        {true, "autoscaling.knative.dev/maxScale", "20", "{\"scaling\": {\"maxInstanceCount\": 20}, " CONTAINER "}",
         ""},
        {true, "autoscaling.knative.dev/maxScale", "0", "{" CONTAINER "}", NULL},
        {true, RUN "cpu-throttling", "False",
         "{\"containers\": [{\"name\": \"a\", \"image\": \"i\", \"resources\": {}}]}", "false"},
        {true, RUN "cpu-throttling", "True", "{" CONTAINER "}", NULL},
        {true, RUN "startup-cpu-boost", "True",
         "{\"containers\": [{\"name\": \"a\", \"image\": \"i\", \"resources\": {\"cpuIdle\": true, "
         "\"startupCpuBoost\": "
         "true}}]}",
         "true"},
        {true, RUN "startup-cpu-boost", "False", "{" CONTAINER "}", NULL},
        {true, RUN "execution-environment", "gen1",
         "{\"executionEnvironment\": \"EXECUTION_ENVIRONMENT_GEN1\", " CONTAINER "}", ""},
        {true, RUN "execution-environment", "gen2",
         "{\"executionEnvironment\": \"EXECUTION_ENVIRONMENT_GEN2\", " CONTAINER "}", ""},
        {true, RUN "sessionAffinity", "true", "{\"sessionAffinity\": true, " CONTAINER "}", ""},
        {true, RUN "health-check-disabled", "True", "{\"healthCheckDisabled\": true, " CONTAINER "}", "true"},
        {true, RUN "vpc-access-connector", "c1",
         "{\"vpcAccess\": {\"connector\": \"projects/my-proj/locations/us-central1/connectors/c1\"}, " CONTAINER "}",
         "projects/my-proj/locations/us-central1/connectors/c1"},
        {true, RUN "vpc-access-egress", "all-traffic", "{\"vpcAccess\": {\"egress\": \"ALL_TRAFFIC\"}, " CONTAINER "}",
         ""},
        {true, RUN "vpc-access-egress", "all", "{\"vpcAccess\": {\"egress\": \"ALL_TRAFFIC\"}, " CONTAINER "}",
         "all-traffic"},
        {true, RUN "vpc-access-egress", "private-ranges-only",
         "{\"vpcAccess\": {\"egress\": \"PRIVATE_RANGES_ONLY\"}, " CONTAINER "}", ""},
        {true, RUN "network-interfaces", "[{\"network\": \"default\", \"tags\": [\"ml\"]}]",
         "{\"vpcAccess\": {\"networkInterfaces\": [{\"network\": \"default\", \"tags\": [\"ml\"]}]}, " CONTAINER "}",
         ""},
        {true, RUN "cloudsql-instances", "p:r:a,p:r:b",
         "{\"volumes\": [{\"name\": \"cloudsql\", \"cloudSqlInstance\": {\"instances\": [\"p:r:a\", \"p:r:b\"]}}], "
         "\"containers\": [{\"name\": \"a\", \"image\": \"i\", \"resources\": {\"cpuIdle\": true}, \"volumeMounts\": "
         "[{\"name\": \"cloudsql\", \"mountPath\": \"/cloudsql\"}]}]}",
         ""},
        {true, RUN "encryption-key", "projects/p/locations/l/keyRings/r/cryptoKeys/k",
         "{\"encryptionKey\": \"projects/p/locations/l/keyRings/r/cryptoKeys/k\", " CONTAINER "}", ""},
        {true, RUN "post-key-revocation-action-type", "prevent-new",
         "{\"encryptionKeyRevocationAction\": \"PREVENT_NEW\", " CONTAINER "}", ""},
        {true, RUN "post-key-revocation-action-type", "shut-down",
         "{\"encryptionKeyRevocationAction\": \"SHUTDOWN\", " CONTAINER "}", ""},
        {true, RUN "encryption-key-shutdown-hours", "2",
         "{\"encryptionKeyShutdownDuration\": \"7200s\", " CONTAINER "}", ""},
        {true, RUN "container-dependencies", "{\"a\": [\"b\"]}",
         "{\"containers\": [{\"name\": \"a\", \"image\": \"i\", \"resources\": {\"cpuIdle\": true}, \"dependsOn\": "
         "[\"b\"]}]}",
         ""},
        {true, RUN "container-dependencies", "{\"a\": []}", "{" CONTAINER "}", NULL},
        {true, RUN "gpu-zonal-redundancy-disabled", "True", "{\"gpuZonalRedundancyDisabled\": true, " CONTAINER "}",
         "true"},
        {true, RUN "client-name", "gcloud", "{" CONTAINER "}", NULL},
        {true, "example.com/mine", "x", "{\"annotations\": {\"example.com/mine\": \"x\"}, " CONTAINER "}", ""},
        {false, RUN "minScale", "2", "{\"scaling\": {\"minInstanceCount\": 2}}", ""},
        {false, RUN "maxScale", "9", "{\"scaling\": {\"maxInstanceCount\": 9}}", ""},
        {false, RUN "minScale", "0", "{}", NULL},
        {false, RUN "scalingMode", "manual", "{\"scaling\": {\"scalingMode\": \"MANUAL\"}}", ""},
        {false, RUN "scalingMode", "automatic", "{\"scaling\": {\"scalingMode\": \"AUTOMATIC\"}}", ""},
        {false, RUN "manualInstanceCount", "0", "{\"scaling\": {\"manualInstanceCount\": 0}}", ""},
        {false, RUN "ingress", "all", "{\"ingress\": \"INGRESS_TRAFFIC_ALL\"}", ""},
        {false, RUN "ingress", "internal", "{\"ingress\": \"INGRESS_TRAFFIC_INTERNAL_ONLY\"}", ""},
        {false, RUN "ingress", "internal-and-cloud-load-balancing",
         "{\"ingress\": \"INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER\"}", ""},
        {false, RUN "invoker-iam-disabled", "True", "{\"invokerIamDisabled\": true}", "true"},
        {false, RUN "default-url-disabled", "True", "{\"defaultUriDisabled\": true}", "true"},
        {false, RUN "iap-enabled", "true", "{\"iapEnabled\": true}", ""},
        {false, RUN "custom-audiences", "[\"https://a.example\", \"b\"]",
         "{\"customAudiences\": [\"https://a.example\", "
         "\"b\"]}",
         ""},
        {false, RUN "binary-authorization", "default", "{\"binaryAuthorization\": {\"useDefault\": true}}", ""},
        {false, RUN "binary-authorization", "projects/p/platforms/cloudRun/policies/x",
         "{\"binaryAuthorization\": {\"policy\": \"projects/p/platforms/cloudRun/policies/x\"}}", ""},
        {false, RUN "binary-authorization-breakglass", "fire",
         "{\"binaryAuthorization\": {\"breakglassJustification\": \"fire\"}}", ""},
        {false, RUN "description", "a, \"b\"", "{\"description\": \"a, \\\"b\\\"\"}", ""},
        {false, RUN "launch-stage", "BETA", "{\"launchStage\": \"BETA\"}", ""},
        {false, RUN "client-name", "gcloud", "{\"client\": \"gcloud\"}", ""},
        {false, RUN "client-version", "528.0.0", "{\"clientVersion\": \"528.0.0\"}", ""},
        {false, "serving.knative.dev/creator", "a@example.com", "{\"creator\": \"a@example.com\"}", ""},
        {false, RUN "operation-id", "x", "{}", NULL},
        {false, "example.com/mine", "x", "{\"annotations\": {\"example.com/mine\": \"x\"}}", ""},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *v1 = annotated(rows[i].on_template, rows[i].annotation, rows[i].text), *v2 = from_v1(v1);
        json_auto_t *want = parse(rows[i].v2), *again = cr_service_to_v1(v2);
        CR_AUTO_FREE char *text = NULL;
        const char *back = annotation_of(again, rows[i].on_template, rows[i].annotation);
        const char *wanted = rows[i].back && !*rows[i].back ? rows[i].text : rows[i].back;

        if (!rows[i].on_template) {
            json_object_del(v2, "name");
            json_object_del(v2, "template");
        }
        text = json_difference(rows[i].on_template ? json_object_get(v2, "template") : v2, want);
        if (*text)
            fail_msg("%s %s:\n%s", rows[i].annotation, rows[i].text, text);
        if (!back != !wanted || (back && strcmp(back, wanted) != 0))
            fail_msg("%s: back as %s, not %s", rows[i].annotation, back ? back : "nothing",
                     wanted ? wanted : "nothing");
    }
}

/* A part of spec.template.spec, the part of template it becomes, and what v1 says again where that differs. */
TEST(every_field_of_the_spec_comes_and_goes)
{
    static const struct {
        const char *v1, *v2;
    } rows[] = {
        {"{\"containerConcurrency\": 8}", "{\"maxInstanceRequestConcurrency\": 8}"},
        {"{\"timeoutSeconds\": 300}", "{\"timeout\": \"300s\"}"},
        {"{\"serviceAccountName\": \"a@b\"}", "{\"serviceAccount\": \"a@b\"}"},
        {"{\"nodeSelector\": {\"run.googleapis.com/accelerator\": \"nvidia-l4\"}}",
         "{\"nodeSelector\": {\"accelerator\": \"nvidia-l4\"}}"},
        {"{\"volumes\": [{\"name\": \"v\", \"secret\": {\"secretName\": \"s\", \"defaultMode\": 292, \"items\": "
         "[{\"key\": "
         "\"3\", \"path\": \"p\", \"mode\": 256}]}}]}",
         "{\"volumes\": [{\"name\": \"v\", \"secret\": {\"secret\": \"s\", \"defaultMode\": 292, \"items\": "
         "[{\"version\": "
         "\"3\", \"path\": \"p\", \"mode\": 256}]}}]}"},
        {"{\"volumes\": [{\"name\": \"v\", \"csi\": {\"driver\": \"gcsfuse.run.googleapis.com\", \"readOnly\": true, "
         "\"volumeAttributes\": {\"bucketName\": \"b\", \"mountOptions\": \"a=1,b\"}}}]}",
         "{\"volumes\": [{\"name\": \"v\", \"gcs\": {\"bucket\": \"b\", \"readOnly\": true, \"mountOptions\": "
         "[\"a=1\", "
         "\"b\"]}}]}"},
        {"{\"volumes\": [{\"name\": \"v\", \"emptyDir\": {\"medium\": \"Memory\", \"sizeLimit\": \"256Mi\"}}]}",
         "{\"volumes\": [{\"name\": \"v\", \"emptyDir\": {\"medium\": \"MEMORY\", \"sizeLimit\": \"256Mi\"}}]}"},
        {"{\"volumes\": [{\"name\": \"v\", \"nfs\": {\"server\": \"10.0.0.2\", \"path\": \"/x\", \"readOnly\": "
         "true}}]}",
         "{\"volumes\": [{\"name\": \"v\", \"nfs\": {\"server\": \"10.0.0.2\", \"path\": \"/x\", \"readOnly\": "
         "true}}]}"},
        {"{\"containers\": [{\"image\": \"i\", \"command\": [\"a\"], \"args\": [\"b\", \"\"], \"workingDir\": \"/w\", "
         "\"ports\": [{\"name\": \"h2c\", \"containerPort\": 9}], \"resources\": {\"limits\": {\"cpu\": \"2\", "
         "\"nvidia.com/gpu\": \"1\"}}, \"volumeMounts\": [{\"name\": \"v\", \"mountPath\": \"/m\"}]}]}",
         "{\"containers\": [{\"image\": \"i\", \"command\": [\"a\"], \"args\": [\"b\", \"\"], \"workingDir\": \"/w\", "
         "\"ports\": [{\"name\": \"h2c\", \"containerPort\": 9}], \"resources\": {\"cpuIdle\": true, \"limits\": "
         "{\"cpu\": "
         "\"2\", \"nvidia.com/gpu\": \"1\"}}, \"volumeMounts\": [{\"name\": \"v\", \"mountPath\": \"/m\"}]}]}"},
        {"{\"containers\": [{\"image\": \"i\", \"env\": [{\"name\": \"A\", \"value\": \"1\"}, {\"name\": \"T\", "
         "\"valueFrom\": {\"secretKeyRef\": {\"name\": \"tok\", \"key\": \"latest\"}}}]}]}",
         "{\"containers\": [{\"image\": \"i\", \"resources\": {\"cpuIdle\": true}, \"env\": [{\"name\": \"A\", "
         "\"value\": "
         "\"1\"}, {\"name\": \"T\", \"valueSource\": {\"secretKeyRef\": {\"secret\": \"tok\", \"version\": "
         "\"latest\"}}}]}]}"},
        {"{\"containers\": [{\"image\": \"i\", \"startupProbe\": {\"tcpSocket\": {\"port\": 8080}, \"timeoutSeconds\": "
         "240}, \"livenessProbe\": {\"httpGet\": {\"path\": \"/l\", \"httpHeaders\": [{\"name\": \"H\", \"value\": "
         "\"x\"}]}, \"periodSeconds\": 3}, \"readinessProbe\": {\"grpc\": {\"port\": 1, \"service\": \"s\"}}}]}",
         "{\"containers\": [{\"image\": \"i\", \"resources\": {\"cpuIdle\": true}, \"startupProbe\": {\"tcpSocket\": "
         "{\"port\": 8080}, \"timeoutSeconds\": 240}, \"livenessProbe\": {\"httpGet\": {\"path\": \"/l\", "
         "\"httpHeaders\": [{\"name\": \"H\", \"value\": \"x\"}]}, \"periodSeconds\": 3}, \"readinessProbe\": "
         "{\"grpc\": "
         "{\"port\": 1, \"service\": \"s\"}}}]}"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *spec = parse(rows[i].v1), *want = parse(rows[i].v2);
        json_auto_t *v1 =
            json_pack("{s:{s:s}, s:{s:{s:O}}}", "metadata", "name", "s", "spec", "template", "spec", spec);
        json_auto_t *v2 = from_v1(v1), *again = cr_service_to_v1(v2);
        json_t *template = json_object_get(v2, "template");
        json_t *back = json_object_get(json_object_get(json_object_get(again, "spec"), "template"), "spec");
        CR_AUTO_FREE char *text = NULL, *more = NULL;

        if (!json_object_get(want, "containers"))
            json_object_del(template, "containers");
        if (!json_object_get(spec, "containers"))
            json_object_del(back, "containers");
        text = json_difference(template, want);
        more = json_difference(back, spec);
        if (*text || *more)
            fail_msg("row %zu:\n%sback:\n%s", i, text, more);
    }
}

TEST(every_state_of_the_recordings_survives_the_way_there_and_back)
{
    CR_AUTO_FREE char *path = oracle_path("states.jsonl");
    json_auto_t *all = lines_by_name(path);
    const char *name;
    json_t *one, *revision;
    size_t i, n = 0;

    json_object_foreach(all, name, one)
    {
        json_t *v1 = json_object_get(one, "service");
        json_auto_t *v2 = from_v1(v1), *back = cr_service_to_v1(v2);
        json_auto_t *got = v1_form(back, NULL), *want = v1_form(v1, NULL);
        CR_AUTO_FREE char *text = json_difference(got, want);
        CR_AUTO_FREE char *status = json_difference(json_object_get(back, "status"), json_object_get(v1, "status"));

        if (*text || *status)
            fail_msg("%s:\n%s%s", name, text, status);
        json_array_foreach(json_object_get(one, "revisions"), i, revision)
        {
            struct cr_error err = {0};
            json_auto_t *r2 = cr_revision_from_v1(revision, &where, &err);
            const char *digest = json_string_value(json_object_get(json_object_get(revision, "status"), "imageDigest"));
            json_auto_t *r1 = cr_revision_to_v1(r2, digest);
            json_auto_t *a = v1_form(r1, NULL), *b = v1_form(revision, NULL);
            CR_AUTO_FREE char *what = NULL, *is = NULL;

            json_object_del(json_object_get(json_object_get(b, "metadata"), "labels"),
                            "serving.knative.dev/configurationGeneration");
            what = json_difference(a, b);
            is = json_difference(json_object_get(r1, "status"), json_object_get(revision, "status"));
            if (*what || *is)
                fail_msg("%s, revision %zu:\n%s%s", name, i, what, is);
            n++;
        }
    }
    assert_int_equal(json_object_size(all), 20);
    assert_int_equal(n, 38);
}

TEST(every_service_gcloud_made_survives_the_way_there_and_back)
{
    CR_AUTO_FREE char *path = oracle_path("deploy.jsonl");
    json_auto_t *all = lines_by_name(path);
    const char *name;
    json_t *row;

    json_object_foreach(all, name, row)
    {
        json_t *v1 = json_object_get(row, "service");
        json_auto_t *v2 = v1 ? from_v1(v1) : NULL, *back = v1 ? cr_service_to_v1(v2) : NULL;
        json_auto_t *got = v1_form(back, NULL), *want = v1_form(v1, NULL);
        CR_AUTO_FREE char *text = v1 ? json_difference(got, want) : cr_strdup("");

        if (*text)
            fail_msg("%s:\n%s", name, text);
    }
    assert_true(json_object_size(all) >= 100);
}

TEST(a_secret_of_another_project_has_an_alias_that_stays)
{
    json_auto_t *v1 = annotated(true, RUN "secrets", "x:projects/9/secrets/tok");
    json_t *container = json_array_get(
        json_object_get(json_object_get(json_object_get(json_object_get(v1, "spec"), "template"), "spec"),
                        "containers"),
        0);
    json_auto_t *v2 = NULL, *back = NULL, *again = NULL, *third = NULL;
    const char *alias;

    json_object_set_new(
        container, "env",
        parse("[{\"name\": \"T\", \"valueFrom\": {\"secretKeyRef\": {\"name\": \"x\", \"key\": \"7\"}}}]"));
    v2 = from_v1(v1);
    back = cr_service_to_v1(v2);
    alias = annotation_of(back, true, RUN "secrets");
    assert_non_null(alias);
    assert_true(strncmp(alias, "tok-", 4) == 0 && strstr(alias, ":projects/9/secrets/tok"));
    again = from_v1(back);
    assert_true(json_equal(json_object_get(v2, "template"), json_object_get(again, "template")));
    third = cr_service_to_v1(again);
    assert_string_equal(annotation_of(third, true, RUN "secrets"), alias);
}

TEST(what_v1_cannot_mean_is_refused_by_name)
{
    static const struct {
        bool on_template;
        const char *annotation, *text;
    } rows[] = {
        {true, "autoscaling.knative.dev/minScale", "few"},
        {true, "autoscaling.knative.dev/maxScale", "-1"},
        {true, RUN "execution-environment", "gen3"},
        {true, RUN "sessionAffinity", "yes"},
        {true, RUN "network-interfaces", "{}"},
        {true, RUN "container-dependencies", "["},
        {true, RUN "encryption-key-shutdown-hours", "h"},
        {false, RUN "ingress", "public"},
        {false, RUN "custom-audiences", "a"},
        {false, RUN "scalingMode", "x"},
    };
    struct cr_error err = {0};
    json_auto_t *bare = parse("{\"metadata\": {\"name\": \"s\"}}"), *unnamed = parse("{\"spec\": {}}");

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *v1 = annotated(rows[i].on_template, rows[i].annotation, rows[i].text);
        struct cr_error said = {0};

        if (cr_service_from_v1(v1, &where, &said) || said.code != CR_E_USAGE || !strstr(said.msg, rows[i].annotation) ||
            !strstr(said.msg, rows[i].text))
            fail_msg("%s: %s", rows[i].annotation, said.msg);
    }
    assert_null(cr_service_from_v1(bare, &where, &err));
    assert_null(cr_service_from_v1(unnamed, &where, &err));
    assert_null(cr_revision_from_v1(bare, &where, &err));
}

TEST(conditions_say_why_in_both_forms)
{
    json_auto_t *v1 =
        parse("{\"metadata\": {\"name\": \"s-1\", \"labels\": {\"serving.knative.dev/service\": \"s\"}}, \"spec\": {}, "
              "\"status\": {\"conditions\": [{\"type\": \"Ready\", \"status\": \"False\", \"reason\": "
              "\"HealthCheckContainerError\", \"message\": \"m\"}, {\"type\": \"Active\", \"status\": \"Unknown\", "
              "\"reason\": "
              "\"ContainerMissing\", \"severity\": \"Info\"}]}}");
    struct cr_error err = {0};
    json_auto_t *v2 = cr_revision_from_v1(v1, &where, &err), *back = cr_revision_to_v1(v2, NULL);
    json_auto_t *want =
        parse("[{\"type\": \"Ready\", \"state\": \"CONDITION_FAILED\", \"revisionReason\": "
              "\"HEALTH_CHECK_CONTAINER_ERROR\", \"message\": \"m\"}, {\"type\": \"Active\", \"state\": "
              "\"CONDITION_RECONCILING\", \"reason\": \"CONTAINER_MISSING\", \"severity\": \"INFO\"}]");
    CR_AUTO_FREE char *text = json_difference(json_object_get(v2, "conditions"), want);
    CR_AUTO_FREE char *more = json_difference(json_object_get(back, "status"), json_object_get(v1, "status"));

    assert_string_equal(text, "");
    assert_string_equal(more, "");
}

TEST_MAIN(cmocka_unit_test(every_annotation_is_a_field_and_comes_back),
          cmocka_unit_test(every_field_of_the_spec_comes_and_goes),
          cmocka_unit_test(every_state_of_the_recordings_survives_the_way_there_and_back),
          cmocka_unit_test(every_service_gcloud_made_survives_the_way_there_and_back),
          cmocka_unit_test(a_secret_of_another_project_has_an_alias_that_stays),
          cmocka_unit_test(what_v1_cannot_mean_is_refused_by_name), cmocka_unit_test(conditions_say_why_in_both_forms))
