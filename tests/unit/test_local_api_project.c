#include "lib/test.h"

#include <string.h>

#include "lib/local_call.h"

#define PROJECT "/v1/projects/p"
#define ACCOUNT PROJECT "/serviceAccounts/1-compute%40developer.gserviceaccount.com"

/* One call: its status, and the text at a path of its reply. */
static void expect(struct local *l, const char *method, const char *target, const char *body, int status,
                   const char *path, const char *want)
{
    struct answer a = call(l, method, target, body);

    if (a.status != status || (path && strcmp(at(a.json, path), want) != 0))
        fail_msg("%s %s: %d, %s is '%s'", method, target, a.status, path ? path : "", path ? at(a.json, path) : "");
    answer_clear(&a);
}

static void seed(struct local *l, const char *faults)
{
    expect(l, "POST", "/local/project", faults, 200, NULL, NULL);
}

TEST(nothing_is_wrong_unless_it_is_said)
{
    struct local l;

    platform_start(&l);
    expect(&l, "GET", PROJECT, NULL, 200, "lifecycleState", "ACTIVE");
    expect(&l, "GET", PROJECT, NULL, 200, "projectNumber", "1");
    expect(&l, "GET", "/v3/projects/p", NULL, 200, "state", "ACTIVE");
    expect(&l, "GET", PROJECT "/billingInfo", NULL, 200, "billingEnabled", "true");
    expect(&l, "GET", PROJECT "/services/run.googleapis.com", NULL, 200, "state", "ENABLED");
    expect(&l, "GET", ACCOUNT, NULL, 200, "email", "1-compute@developer.gserviceaccount.com");
    expect(&l, "GET", V1 "/defaultServiceAccount", NULL, 200, "serviceAccountEmail",
           "projects/p/serviceAccounts/1-compute@developer.gserviceaccount.com");
    expect(&l, "POST", PROJECT ":getIamPolicy", "{\"options\":{\"requestedPolicyVersion\":3}}", 200, "bindings.0.role",
           "roles/cloudbuild.builds.builder");
    expect(&l, "POST", PROJECT ":testIamPermissions", "{\"permissions\":[\"a.b.c\"]}", 200, "permissions.0", "a.b.c");
    platform_stop(&l);
}

TEST(what_is_said_is_checked)
{
    static const char *const bad[] = {
        "[]",
        "{",
        "",
        "{\"unknown\":1}",
        "{\"denied\":\"x\"}",
        "{\"denied\":[1]}",
        "{\"billing\":0}",
        "{\"state\":null}",
    };
    struct local l;

    platform_start(&l);
    for (size_t i = 0; i < CR_LEN(bad); i++)
        expect(&l, "POST", "/local/project", bad[i], 400, "error.status", "INVALID_ARGUMENT");
    seed(&l, "{\"state\":\"DELETE_REQUESTED\"}");
    expect(&l, "GET", "/local/project", NULL, 200, "state", "DELETE_REQUESTED");
    platform_again(&l);
    expect(&l, "GET", PROJECT, NULL, 200, "lifecycleState", "DELETE_REQUESTED");
    seed(&l, "{}");
    expect(&l, "GET", PROJECT, NULL, 200, "lifecycleState", "ACTIVE");
    platform_stop(&l);
}

/* Every API refuses in its own shape while it is disabled, and answers once it is enabled. */
TEST(a_disabled_api_refuses_until_it_is_enabled)
{
    static const struct {
        const char *api, *method, *target;
    } rows[] = {
        {"run.googleapis.com", "GET", P "/services"},
        {"run.googleapis.com", "GET", PROJECT "/locations"},
        {"cloudbuild.googleapis.com", "GET", V1 "/builds"},
        {"cloudbuild.googleapis.com", "GET", V1 "/defaultServiceAccount"},
        {"artifactregistry.googleapis.com", "GET", V1 "/repositories"},
        {"cloudresourcemanager.googleapis.com", "GET", PROJECT},
        {"cloudbilling.googleapis.com", "GET", PROJECT "/billingInfo"},
        {"iam.googleapis.com", "GET", ACCOUNT},
        {"storage.googleapis.com", "GET", "/storage/v1/b?project=p"},
    };
    struct local l;

    platform_start(&l);
    for (size_t i = 0; i < CR_LEN(rows); i++) {
        char *faults = cr_format("{\"disabledApis\":[\"%s\"]}", rows[i].api);
        char *one = cr_format(PROJECT "/services/%s", rows[i].api), *enable = cr_format("%s:enable", one);
        bool storage = strncmp(rows[i].api, "storage", 7) == 0;

        seed(&l, faults);
        expect(&l, rows[i].method, rows[i].target, NULL, 403,
               storage ? "error.errors.0.reason" : "error.details.0.reason",
               storage ? "accessNotConfigured" : "SERVICE_DISABLED");
        if (!storage)
            expect(&l, rows[i].method, rows[i].target, NULL, 403, "error.details.0.metadata.service", rows[i].api);
        expect(&l, "GET", one, NULL, 200, "state", "DISABLED");
        expect(&l, "POST", enable, "{}", 200, NULL, NULL);
        expect(&l, "GET", one, NULL, 200, "state", "ENABLED");
        expect(&l, rows[i].method, rows[i].target, NULL, 200, NULL, NULL);
        free(faults);
        free(one);
        free(enable);
    }
    platform_stop(&l);
}

TEST(enabling_is_an_operation_that_can_fail)
{
    struct answer a;
    struct local l;
    char *name;

    platform_start(&l);
    seed(&l, "{\"disabledApis\":[\"run.googleapis.com\",\"storage.googleapis.com\"]}");
    a = call(&l, "POST", PROJECT "/services:batchEnable", "{\"serviceIds\":[\"run.googleapis.com\"]}");
    assert_int_equal(a.status, 200);
    assert_string_equal(at(a.json, "done"), "");
    name = cr_format("/v1/%s", at(a.json, "name"));
    answer_clear(&a);
    expect(&l, "GET", name, NULL, 200, "done", "true");
    expect(&l, "GET", name, NULL, 200, "response.services.0.state", "ENABLED");
    free(name);
    expect(&l, "GET", "/v1/operations/none", NULL, 404, "error.status", "NOT_FOUND");
    expect(&l, "GET",
           PROJECT "/services:batchGet?names=projects/p/services/run.googleapis.com&names=projects/p/services/"
                   "storage.googleapis.com",
           NULL, 200, "services.0.state", "ENABLED");
    expect(&l, "GET", PROJECT "/services:batchGet?names=projects/p/services/storage.googleapis.com", NULL, 200,
           "services.0.state", "DISABLED");
    expect(&l, "GET", PROJECT "/services:batchGet?names=projects/q/services/x", NULL, 400, NULL, NULL);
    expect(&l, "GET", PROJECT "/services:batchGet", NULL, 400, NULL, NULL);
    expect(&l, "POST", PROJECT "/services:batchEnable", "{}", 400, NULL, NULL);

    seed(&l, "{\"disabledApis\":[\"run.googleapis.com\"],\"billing\":false}");
    a = call(&l, "POST", PROJECT "/services/run.googleapis.com:enable", "{}");
    name = cr_format("/v1/%s", at(a.json, "name"));
    answer_clear(&a);
    expect(&l, "GET", name, NULL, 200, "error.code", "9");
    free(name);
    expect(&l, "GET", PROJECT "/services/run.googleapis.com", NULL, 200, "state", "DISABLED");
    platform_stop(&l);
}

TEST(an_enabled_api_may_take_a_while)
{
    struct local l;

    platform_start(&l);
    seed(&l, "{\"disabledApis\":[\"run.googleapis.com\"],\"enableLag\":2}");
    expect(&l, "POST", PROJECT "/services/run.googleapis.com:enable", "{}", 200, NULL, NULL);
    expect(&l, "GET", PROJECT "/services/run.googleapis.com", NULL, 200, "state", "ENABLED");
    expect(&l, "GET", P "/services", NULL, 403, "error.details.0.reason", "SERVICE_DISABLED");
    expect(&l, "GET", V1 "/repositories", NULL, 200, NULL, NULL);
    expect(&l, "GET", P "/services", NULL, 403, NULL, NULL);
    expect(&l, "GET", P "/services", NULL, 200, NULL, NULL);
    platform_stop(&l);
}

TEST(a_permission_that_is_missing_is_told_and_refused)
{
    struct local l;

    platform_start(&l);
    seed(&l, "{\"denied\":[\"run.services.list\",\"storage.buckets.list\",\"iam.serviceAccounts.actAs\"]}");
    expect(&l, "POST", PROJECT ":testIamPermissions", "{\"permissions\":[\"run.services.list\",\"run.services.get\"]}",
           200, "permissions.0", "run.services.get");
    expect(&l, "POST", ACCOUNT ":testIamPermissions", "{\"permissions\":[\"iam.serviceAccounts.actAs\"]}", 200,
           "permissions.0", "");
    expect(&l, "GET", P "/services", NULL, 403, "error.details.0.metadata.permission", "run.services.list");
    expect(&l, "GET", P "/services/x", NULL, 404, NULL, NULL);
    expect(&l, "GET", "/storage/v1/b?project=p", NULL, 403, "error.errors.0.reason", "forbidden");
    platform_stop(&l);
}

TEST(accounts_buckets_and_billing)
{
    struct local l;

    platform_start(&l);
    seed(&l, "{\"missingAccounts\":[\"1-compute@developer.gserviceaccount.com\"],\"buildAccount\":\"\",\"billing\":"
             "false,\"bareAccounts\":true,\"foreignBuckets\":[\"p_cloudbuild\"],\"disabledAccounts\":[\"a@b\"]}");
    expect(&l, "GET", ACCOUNT, NULL, 404, NULL, NULL);
    expect(&l, "GET", PROJECT "/serviceAccounts/a%40b", NULL, 200, "disabled", "true");
    expect(&l, "GET", V1 "/defaultServiceAccount", NULL, 200, "serviceAccountEmail", "");
    expect(&l, "GET", PROJECT "/billingInfo", NULL, 200, "billingEnabled", "");
    expect(&l, "POST", PROJECT ":getIamPolicy", "{}", 200, "bindings", "");
    expect(&l, "GET", "/storage/v1/b?project=p&prefix=p_cloudbuild", NULL, 200, "items.0.id", "");
    expect(&l, "POST", "/storage/v1/b?project=p", "{\"name\":\"p_cloudbuild\"}", 409, NULL, NULL);
    seed(&l, "{\"missing\":true}");
    expect(&l, "GET", PROJECT, NULL, 403, "error.status", "PERMISSION_DENIED");
    platform_stop(&l);
}

TEST_MAIN(cmocka_unit_test(nothing_is_wrong_unless_it_is_said), cmocka_unit_test(what_is_said_is_checked),
          cmocka_unit_test(a_disabled_api_refuses_until_it_is_enabled),
          cmocka_unit_test(enabling_is_an_operation_that_can_fail), cmocka_unit_test(an_enabled_api_may_take_a_while),
          cmocka_unit_test(a_permission_that_is_missing_is_told_and_refused),
          cmocka_unit_test(accounts_buckets_and_billing))
