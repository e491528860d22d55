#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "lib/local_call.h"
#include "local/run_serve.h"
#include "local/run_spec.h"

#define IMAGE "us-central1-docker.pkg.dev/p/r/"
#define SVC P "/services/svc"

static char *template_of(const char *image, const char *more)
{
    return cr_format("{\"template\": {\"containers\": [{\"image\": \"" IMAGE "%s\"}]%s}}", image, more);
}

/* Sends, and gives what the operation ended with. */
static struct answer change(struct local *l, const char *method, const char *target, const char *body)
{
    struct answer a = call(l, method, target, body);
    CR_AUTO_FREE char *path = NULL;

    if (a.status != 200)
        return a;
    path = cr_format("/v2/%s", at(a.json, "name"));
    answer_clear(&a);
    a = call(l, "GET", path, NULL);
    assert_string_equal(at(a.json, "done"), "true");
    return a;
}

static void create(struct local *l)
{
    CR_AUTO_FREE char *body = template_of("one:v1", "");
    struct answer a;

    platform_image(l, "one:v1", NULL);
    a = change(l, "POST", P "/services?serviceId=svc", body);
    if (a.status != 200 || json_object_get(a.json, "error"))
        fail_msg("create: %d %s %s", a.status, at(a.json, "error.message"), at(a.json, "error.status"));
    answer_clear(&a);
}

TEST(a_service_comes_up)
{
    struct local l;
    struct answer a;

    platform_start(&l);
    create(&l);
    a = call(&l, "GET", SVC, NULL);
    assert_string_equal(at(a.json, "terminalCondition.state"), "CONDITION_SUCCEEDED");
    assert_string_equal(at(a.json, "generation"), "1");
    assert_string_equal(at(a.json, "observedGeneration"), "1");
    assert_non_null(strstr(at(a.json, "latestReadyRevision"), "/revisions/svc-00001-"));
    assert_string_equal(at(a.json, "trafficStatuses.0.percent"), "100");
    assert_memory_equal(at(a.json, "uri"), "http://svc.localhost:", 21);
    assert_string_equal(at(a.json, "template.timeout"), "300s");
    assert_string_equal(at(a.json, "template.maxInstanceRequestConcurrency"), "80");
    assert_string_equal(at(a.json, "template.containers.0.resources.cpuIdle"), "true");
    assert_string_equal(at(a.json, "template.containers.0.ports.0.containerPort"), "8080");
    assert_null(json_object_get(a.json, "localCounter"));
    assert_null(json_object_get(a.json, "reconciling"));
    answer_clear(&a);
    a = call(&l, "GET", SVC "/revisions", NULL);
    assert_non_null(strstr(at(a.json, "revisions.0.containers.0.image"), "/one@sha256:"));
    assert_string_equal(at(a.json, "revisions.0.conditions.0.state"), "CONDITION_SUCCEEDED");
    assert_null(json_object_get(json_array_get(json_object_get(a.json, "revisions"), 0), "localTemplate"));
    answer_clear(&a);
    assert_int_equal(
        call_status(&l, "POST", P "/services?serviceId=svc", "{\"template\": {\"containers\": [{\"image\": \"x\"}]}}"),
        409);
    platform_again(&l);
    a = call(&l, "GET", SVC, NULL);
    assert_string_equal(at(a.json, "terminalCondition.state"), "CONDITION_SUCCEEDED");
    answer_clear(&a);
    a = change(&l, "DELETE", SVC, NULL);
    assert_non_null(json_object_get(json_object_get(a.json, "response"), "deleteTime"));
    answer_clear(&a);
    assert_int_equal(call_status(&l, "GET", SVC, NULL), 404);
    a = call(&l, "GET", SVC "/revisions", NULL);
    assert_null(json_object_get(a.json, "revisions"));
    answer_clear(&a);
    platform_stop(&l);
}

static size_t revisions(struct local *l)
{
    struct answer a = call(l, "GET", SVC "/revisions", NULL);
    size_t n = json_array_size(json_object_get(a.json, "revisions"));

    answer_clear(&a);
    return n;
}

TEST(an_unchanged_template_makes_no_revision)
{
    struct local l;
    struct answer a;
    CR_AUTO_FREE char *same = template_of("one:v1", ", \"sessionAffinity\": false"), *other = NULL;

    platform_start(&l);
    create(&l);
    a = change(&l, "PATCH", SVC, same);
    assert_int_equal(a.status, 200);
    answer_clear(&a);
    assert_int_equal(revisions(&l), 1);
    other = template_of("one:v1", ", \"labels\": {\"a\": \"b\"}");
    a = change(&l, "PATCH", SVC, other);
    answer_clear(&a);
    assert_int_equal(revisions(&l), 2);
    a = call(&l, "GET", SVC, NULL);
    assert_string_equal(at(a.json, "generation"), "3");
    assert_non_null(strstr(at(a.json, "latestReadyRevision"), "svc-00002-"));
    answer_clear(&a);
    platform_stop(&l);
}

TEST(revision_names)
{
    struct local l;
    struct answer a;
    CR_AUTO_FREE char *first = template_of("one:v1", ", \"revision\": \"svc-blue\", \"labels\": {\"v\": \"1\"}");
    CR_AUTO_FREE char *second = template_of("one:v1", ", \"revision\": \"svc-blue\", \"labels\": {\"v\": \"2\"}");
    CR_AUTO_FREE char *foreign = template_of("one:v1", ", \"revision\": \"other-blue\"");

    platform_start(&l);
    create(&l);
    a = change(&l, "PATCH", SVC, first);
    assert_int_equal(a.status, 200);
    answer_clear(&a);
    assert_int_equal(call_status(&l, "GET", SVC "/revisions/svc-blue", NULL), 200);
    a = call(&l, "PATCH", SVC, second);
    assert_int_equal(a.status, 409);
    assert_string_equal(at(a.json, "error.status"), "ALREADY_EXISTS");
    assert_string_equal(at(a.json, "error.message"),
                        "Revision named 'svc-blue' with different configuration already exists.");
    answer_clear(&a);
    assert_int_equal(call_status(&l, "PATCH", SVC, foreign), 400);
    assert_int_equal(call_status(&l, "DELETE", SVC "/revisions/svc-blue", NULL), 400);
    platform_stop(&l);
}

TEST(a_failing_revision_leaves_the_old_one_serving)
{
    struct local l;
    struct answer a;
    CR_AUTO_FREE char *bad = template_of("bad:v1", ""), *missing = template_of("missing:v1", ""), *ready = NULL;

    platform_start(&l);
    create(&l);
    a = call(&l, "GET", SVC, NULL);
    ready = cr_strdup(at(a.json, "latestReadyRevision"));
    answer_clear(&a);
    platform_image(&l, "bad:v1", "crash");
    a = change(&l, "PATCH", SVC, bad);
    assert_string_equal(at(a.json, "error.code"), "9");
    assert_non_null(strstr(at(a.json, "error.message"), "is not ready and cannot serve traffic"));
    answer_clear(&a);
    a = call(&l, "GET", SVC, NULL);
    assert_string_equal(at(a.json, "latestReadyRevision"), ready);
    assert_string_not_equal(at(a.json, "latestCreatedRevision"), ready);
    assert_string_equal(at(a.json, "terminalCondition.state"), "CONDITION_FAILED");
    answer_clear(&a);
    a = change(&l, "PATCH", SVC, missing);
    assert_string_equal(at(a.json, "error.code"), "5");
    assert_non_null(strstr(at(a.json, "error.message"), "not found"));
    answer_clear(&a);
    platform_stop(&l);
}

TEST(etags_masks_and_validation)
{
    struct local l;
    struct answer a;
    CR_AUTO_FREE char *body = template_of("two:v1", ", \"labels\": {\"a\": \"b\"}");

    platform_start(&l);
    create(&l);
    a = call(&l, "PATCH", SVC "?updateMask=labels", "{\"labels\": {\"a\": \"b\"}, \"etag\": \"\\\"old\\\"\"}");
    assert_int_equal(a.status, 409);
    assert_string_equal(at(a.json, "error.status"), "ABORTED");
    answer_clear(&a);
    a = change(&l, "PATCH", SVC "?updateMask=labels,description", "{\"labels\": {\"a\": \"b\"}, \"client\": \"no\"}");
    assert_int_equal(a.status, 200);
    answer_clear(&a);
    a = call(&l, "GET", SVC, NULL);
    assert_string_equal(at(a.json, "labels.a"), "b");
    assert_string_equal(at(a.json, "client"), "");
    assert_memory_equal(at(a.json, "template.containers.0.image"), IMAGE, strlen(IMAGE));
    answer_clear(&a);
    assert_int_equal(revisions(&l), 1);
    assert_int_equal(call_status(&l, "PATCH", SVC "?updateMask=labels,tmplate", "{}"), 400);
    a = call(&l, "PATCH", SVC "?validateOnly=true", body);
    assert_int_equal(a.status, 200);
    assert_string_equal(at(a.json, "done"), "true");
    assert_string_equal(at(a.json, "response.template.labels.a"), "b");
    answer_clear(&a);
    assert_int_equal(revisions(&l), 1);
    assert_int_equal(call_status(&l, "POST", P "/services?serviceId=dry&validateOnly=true", body), 200);
    assert_int_equal(call_status(&l, "GET", P "/services/dry", NULL), 404);
    assert_int_equal(call_status(&l, "PATCH", P "/services/dry", body), 404);
    assert_int_equal(call_status(&l, "PATCH", P "/services/dry?allowMissing=true", body), 200);
    assert_int_equal(call_status(&l, "GET", P "/services/dry", NULL), 200);
    platform_stop(&l);
}

TEST(policies)
{
    struct local l;
    struct answer a;

    platform_start(&l);
    create(&l);
    a = call(&l, "GET", V1 "/services/svc:getIamPolicy?options.requestedPolicyVersion=3", NULL);
    assert_string_equal(at(a.json, "etag"), "ACAB");
    answer_clear(&a);
    a = call(&l, "POST", SVC ":setIamPolicy",
             "{\"policy\": {\"etag\": \"ACAB\", \"bindings\": [{\"role\": \"roles/run.invoker\", \"members\": "
             "[\"allUsers\"]}]}}");
    assert_int_equal(a.status, 200);
    answer_clear(&a);
    a = call(&l, "POST", V1 "/services/svc:setIamPolicy", "{\"policy\": {\"etag\": \"ACAB\"}}");
    assert_int_equal(a.status, 409);
    answer_clear(&a);
    a = call(&l, "POST", SVC ":setIamPolicy",
             "{\"policy\": {\"bindings\": [{\"role\": \"roles/run.invoker\", \"members\": [\"everybody\"]}]}}");
    assert_int_equal(a.status, 400);
    answer_clear(&a);
    a = call(&l, "GET", SVC ":getIamPolicy", NULL);
    assert_string_equal(at(a.json, "bindings.0.members.0"), "allUsers");
    answer_clear(&a);
    a = call(&l, "POST", SVC ":testIamPermissions", "{\"permissions\": [\"run.services.setIamPolicy\"]}");
    assert_string_equal(at(a.json, "permissions.0"), "run.services.setIamPolicy");
    answer_clear(&a);
    assert_int_equal(call_status(&l, "GET", P "/services/no:getIamPolicy", NULL), 404);
    platform_stop(&l);
}

/* Texts as Cloud Run writes them; the numbers are those of core/limits. */
TEST(limits)
{
    static const struct {
        const char *resources, *more, *said; /* NULL: fine */
    } cases[] = {
        {"{\"cpu\": \"2\", \"memory\": \"3G\"}", "", NULL},
        {"{\"cpu\": \"1000m\", \"memory\": \"512Mi\"}", "", NULL},
        {"{\"cpu\": \"8\", \"memory\": \"32Gi\"}", "", NULL},
        {"{\"cpu\": \"3\"}", "", "specified for cpu"},
        {"{\"memory\": \"3GB\"}", "", "'3GB' is not a quantity"},
        {"{\"memory\": \"64Mi\"}", "", "memory must be between 128Mi and 32Gi inclusive"},
        {"{\"cpu\": \"4\", \"memory\": \"1Gi\"}", "", "For 4.0 CPU, memory must be between 2Gi and 16Gi inclusive"},
        {"{\"cpu\": \"1\", \"memory\": \"5Gi\"}", "", "For 1.0 CPU, memory must be between 128Mi and 4Gi inclusive"},
        {"{\"cpu\": \"0.5\", \"memory\": \"512Mi\"}", ", \"maxInstanceRequestConcurrency\": 2",
         "Total cpu < 1 is not supported with concurrency > 1."},
        {"{\"cpu\": \"0.5\", \"memory\": \"512Mi\"}", ", \"executionEnvironment\": \"EXECUTION_ENVIRONMENT_GEN2\"",
         "not supported with gen2"},
        {"{\"cpu\": \"1\", \"memory\": \"512M\"}", ", \"executionEnvironment\": \"EXECUTION_ENVIRONMENT_GEN2\"",
         "with gen2 execution environment. For 1.0 CPU, memory must be between 512Mi and 4Gi inclusive."},
        {"{\"cpu\": \"1\"}", ", \"maxInstanceRequestConcurrency\": 1001", "between 1 and 1000 inclusive"},
        {"{\"cpu\": \"1\"}", ", \"timeout\": \"3601s\"", "between 1 and 3600 inclusive"},
        {"{\"cpu\": \"1\"}", ", \"scaling\": {\"minInstanceCount\": 5, \"maxInstanceCount\": 2}", "min_instance_count"},
        {"{\"disk\": \"1\"}", "", "resources.limits.disk: Only 'cpu', 'memory' and 'nvidia.com/gpu' may be limited"},
    };
    struct local l;

    platform_start(&l);
    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_FREE char *body =
            cr_format("{\"template\": {\"containers\": [{\"image\": \"a/b\", \"resources\": {\"limits\": %s, "
                      "\"cpuIdle\": true}}]%s}}",
                      cases[i].resources, cases[i].more);
        struct answer a = call(&l, "POST", P "/services?serviceId=lim&validateOnly=true", body);

        if (a.status != (cases[i].said ? 400 : 200) ||
            (cases[i].said && !strstr(at(a.json, "error.message"), cases[i].said)))
            fail_msg("%s: %d %s", body, a.status, at(a.json, "error.message"));
        answer_clear(&a);
    }
    platform_stop(&l);
}

TEST(requests_are_refused)
{
    static const struct {
        const char *body, *said;
    } cases[] = {
        {"{}", "Template is required"},
        {"{\"template\": {}}", "At least one container"},
        {"{\"template\": {\"containers\": [{}]}}", "Image is required"},
        {"{\"template\": {\"containers\": [{\"image\": \"a\", \"env\": [{\"name\": \"PORT\", \"value\": \"1\"}]}]}}",
         "The following reserved env names were provided: PORT."},
        {"{\"template\": {\"containers\": [{\"image\": \"a\"}], \"annotations\": {\"run.googleapis.com/x\": \"1\"}}}",
         "reserved"},
        {"{\"template\": {\"containers\": [{\"image\": \"a\"}]}, \"traffic\": [{\"percent\": 40}]}", "must be 100"},
        {"{\"template\": {\"containers\": [{\"image\": \"a\"}]}, \"traffic\": [{\"type\": "
         "\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\", \"revision\": \"svc-no\", \"percent\": 100}]}",
         "does not exist"},
        {"{\"template\": {\"containers\": [{\"image\": \"a\", \"startupProbe\": {\"timeoutSeconds\": 20}}]}}",
         "period_seconds"},
    };
    static const char *const names[] = {"Upper", "9x", "end-",
                                        "a_b",   "",   "a123456789012345678901234567890123456789012345678x"};
    struct local l;

    platform_start(&l);
    for (size_t i = 0; i < CR_LEN(cases); i++) {
        struct answer a = call(&l, "POST", P "/services?serviceId=svc", cases[i].body);

        if (a.status != 400 || !strstr(at(a.json, "error.message"), cases[i].said))
            fail_msg("%s: %d %s", cases[i].body, a.status, at(a.json, "error.message"));
        answer_clear(&a);
    }
    for (size_t i = 0; i < CR_LEN(names); i++) {
        CR_AUTO_FREE char *target = cr_format(P "/services?serviceId=%s", names[i]);

        assert_int_equal(call_status(&l, "POST", target, "{\"template\": {\"containers\": [{\"image\": \"a\"}]}}"),
                         400);
    }
    assert_int_equal(call_status(&l, "GET", "/v2/projects/p/locations/-/services", NULL), 400);
    platform_stop(&l);
}

TEST(an_operation_that_fails_on_command)
{
    struct local l;
    struct cr_error err = {0};
    CR_AUTO_FREE char *name = NULL;
    json_t *doc, *meta = json_object();

    platform_start(&l);
    create(&l);
    name = local_operation_make(&l, "projects/p/locations/us-central1", "google.cloud.run.v2.Service", meta, &err);
    json_decref(meta);
    local_serve_start(&l, "projects/p/locations/us-central1/services/svc", NULL, name, "as you wish");
    doc = local_store_get(l.store, LOCAL_OPERATIONS, name);
    assert_string_equal(at(doc, "error.message"), "as you wish");
    json_decref(doc);
    platform_stop(&l);
}

TEST_MAIN(cmocka_unit_test(a_service_comes_up), cmocka_unit_test(an_unchanged_template_makes_no_revision),
          cmocka_unit_test(revision_names), cmocka_unit_test(a_failing_revision_leaves_the_old_one_serving),
          cmocka_unit_test(etags_masks_and_validation), cmocka_unit_test(policies), cmocka_unit_test(limits),
          cmocka_unit_test(requests_are_refused), cmocka_unit_test(an_operation_that_fails_on_command))
