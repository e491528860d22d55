#include "lib/test.h"

#include "lib/fake_http.h"

#include "gcp/billing.h"
#include "gcp/iam.h"
#include "gcp/permission.h"
#include "gcp/project.h"
#include "gcp/registry.h"
#include "gcp/serviceusage.h"
#include "gcp/storage.h"

#define PROJECT "https://project.test/v1/projects/p"
#define USAGE "https://service.test/v1/"
#define BUCKETS "https://storage.test/storage/v1/b"
#define COMPUTE "12-compute@developer.gserviceaccount.com"

TEST(a_project_has_number_and_state)
{
    static const struct fake_step steps[] = {
        {"GET", PROJECT, 200,
         .body = "{\"projectId\":\"p\",\"projectNumber\":\"12\",\"lifecycleState\":\"ACTIVE\",\"name\":\"P\"}"},
        {"GET", PROJECT, 403, .body = "{}"},
        {"GET", "https://project.test/v1/projects/example.com%3Ap", 200, .body = "{}"},
    };
    GCP_AUTO_PROJECT struct gcp_project p = {0}, none = {0}, bare = {0};
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_project_get(&f.gcp, "p", &p, &err), &err);
    assert_string_equal(p.number, "12");
    assert_string_equal(p.state, "ACTIVE");
    assert_int_equal(gcp_project_get(&f.gcp, "p", &none, &err), -1);
    assert_int_equal(err.code, CR_E_AUTH);
    assert_null(none.id);
    assert_ok(gcp_project_get(&f.gcp, "example.com:p", &bare, &err), &err);
    assert_string_equal(bare.number, "");
    fake_http_end(&f);
}

TEST(permissions_are_asked_for_at_once)
{
    static const char *const name[] = {"run.services.create", "run.services.get", "storage.buckets.get"};
    static const struct fake_step steps[] = {
        {"POST", PROJECT ":testIamPermissions", .status = 503},
        {"POST", PROJECT ":testIamPermissions", 200,
         .want_body = "{\"permissions\":[\"run.services.create\",\"run.services.get\",\"storage.buckets.get\"]}",
         .body = "{\"permissions\":[\"storage.buckets.get\",\"run.services.create\"]}"},
        {"POST", PROJECT ":testIamPermissions", 200, .body = "{}"},
    };
    bool granted[3] = {false};
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_project_test(&f.gcp, "p", name, 3, granted, &err), &err);
    assert_true(granted[0] && !granted[1] && granted[2]);
    assert_ok(gcp_project_test(&f.gcp, "p", name, 3, granted, &err), &err);
    assert_true(!granted[0] && !granted[1] && !granted[2]);
    fake_http_end(&f);
}

TEST(who_has_a_role)
{
    static const struct {
        const char *policy;
        bool granted;
    } rows[] = {
        {"{}", false},
        {"{\"bindings\":[{\"role\":\"roles/r\",\"members\":[\"user:a\",\"serviceAccount:s\"]}]}", true},
        {"{\"bindings\":[{\"role\":\"roles/r\",\"members\":[\"user:a\"]}]}", false},
        {"{\"bindings\":[{\"role\":\"roles/q\",\"members\":[\"serviceAccount:s\"]}]}", false},
        {"{\"bindings\":[{\"role\":\"roles/r\",\"members\":[\"serviceAccount:s\"],\"condition\":{\"expression\":\"x\"}}"
         "]}",
         false},
        {"{\"bindings\":[{\"role\":1},{\"members\":[2]},3,{\"role\":\"roles/r\",\"members\":[4]}]}", false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_t *policy = json_loads(rows[i].policy, 0, NULL);

        assert_non_null(policy);
        if (gcp_policy_grants(policy, "roles/r", "serviceAccount:s") != rows[i].granted)
            fail_msg("%s", rows[i].policy);
        json_decref(policy);
    }
}

TEST(regions_of_all_pages)
{
    static const struct fake_step steps[] = {
        {"GET", "https://run.test/v1/projects/p/locations?pageSize=100", 200,
         .body = "{\"locations\":[{\"locationId\":\"us-east1\"},{}],\"nextPageToken\":\"a/b\"}"},
        {"GET", "https://run.test/v1/projects/p/locations?pageSize=100&pageToken=a%2Fb", 200,
         .body = "{\"locations\":[{\"locationId\":\"us-west1\"}]}"},
    };
    struct cr_error err = {0};
    json_t *regions = NULL;
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_project_regions(&f.gcp, "p", &regions, &err), &err);
    assert_int_equal(json_array_size(regions), 2);
    assert_string_equal(json_string_value(json_array_get(regions, 1)), "us-west1");
    json_decref(regions);
    fake_http_end(&f);
}

TEST(apis_that_are_enabled)
{
    static const char *const name[] = {"run.googleapis.com", "storage.googleapis.com"};
    static const struct fake_step steps[] = {
        {"GET",
         USAGE "projects/p/services:batchGet?names=projects/p/services/run.googleapis.com&names=projects/p/services/"
               "storage.googleapis.com",
         200,
         .body = "{\"services\":[{\"name\":\"projects/12/services/storage.googleapis.com\",\"state\":\"ENABLED\"},"
                 "{\"name\":\"projects/12/services/run.googleapis.com\",\"state\":\"DISABLED\"}]}"},
        {"GET", NULL, 200, .body = "{}"},
    };
    bool enabled[2] = {false};
    struct cr_error err = {0};
    char *number = NULL;
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_services_get(&f.gcp, "p", name, 2, enabled, &number, &err), &err);
    assert_true(!enabled[0] && enabled[1]);
    assert_string_equal(number, "12");
    free(number);
    assert_ok(gcp_services_get(&f.gcp, "p", name, 2, enabled, &number, &err), &err);
    assert_true(!enabled[0] && !enabled[1]);
    assert_null(number);
    fake_http_end(&f);
}

TEST(apis_are_enabled_and_waited_for)
{
    static const char *const name[] = {"run.googleapis.com"};
    static const struct {
        struct fake_step steps[3];
        size_t n;
        enum cr_code code;
    } rows[] = {
        {{{"POST", USAGE "projects/p/services:batchEnable", 200,
           .want_body = "{\"serviceIds\":[\"run.googleapis.com\"]}", .body = "{\"name\":\"operations/acat.p2-12-x\"}"},
          {"GET", USAGE "operations/acat.p2-12-x", 200, .body = "{\"name\":\"operations/acat.p2-12-x\"}"},
          {"GET", USAGE "operations/acat.p2-12-x", 200, .body = "{\"done\":true,\"response\":{}}"}},
         3,
         CR_OK},
        {{{"POST", NULL, 200, .body = "{\"name\":\"operations/noop.DONE_OPERATION\",\"done\":true,\"response\":{}}"}},
         1,
         CR_OK},
        {{{"POST", NULL, 200, .body = "{\"name\":\"operations/x\"}"},
          {"GET", NULL, 200, .body = "{\"done\":true,\"error\":{\"code\":7,\"message\":\"billing must be enabled\"}}"}},
         2,
         CR_E_AUTH},
        {{{"POST", NULL, .status = 403}}, 1, CR_E_AUTH},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        struct fake_http f;

        fake_http_init(&f, rows[i].steps, rows[i].n);
        if ((gcp_services_enable(&f.gcp, "p", name, 1, &err) == 0) != (rows[i].code == CR_OK))
            fail_msg("row %zu: %s", i, err.msg);
        assert_int_equal(err.code, rows[i].code);
        fake_http_end(&f);
    }
}

TEST(billing_is_on_or_off)
{
    static const struct {
        const char *body, *account;
        bool enabled;
    } rows[] = {
        {"{\"billingEnabled\":true,\"billingAccountName\":\"billingAccounts/A-1\"}", "billingAccounts/A-1", true},
        {"{\"billingAccountName\":\"billingAccounts/A-1\"}", "billingAccounts/A-1", false},
        {"{\"billingAccountName\":\"\"}", NULL, false},
        {"{}", NULL, false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct fake_step steps[] = {
            {"GET", "https://billing.test/v1/projects/p/billingInfo", 200, .body = rows[i].body}};
        struct cr_error err = {0};
        char *account = NULL;
        struct fake_http f;
        bool enabled;

        FAKE_HTTP(&f, steps);
        assert_ok(gcp_billing_get(&f.gcp, "p", &enabled, &account, &err), &err);
        assert_int_equal(enabled, rows[i].enabled);
        assert_int_equal(account != NULL, rows[i].account != NULL);
        if (account)
            assert_string_equal(account, rows[i].account);
        free(account);
        fake_http_end(&f);
    }
}

/* An account whose address names its project is looked for there. */
TEST(service_accounts_where_they_live)
{
    static const struct fake_step steps[] = {
        {"GET", "https://iam-admin.test/v1/projects/p/serviceAccounts/12-compute%40developer.gserviceaccount.com",
         .status = 404},
        {"GET", "https://iam-admin.test/v1/projects/q/serviceAccounts/b%40q.iam.gserviceaccount.com", 200,
         .body = "{\"disabled\":true}"},
        {"POST",
         "https://iam-admin.test/v1/projects/p/serviceAccounts/12-compute%40developer.gserviceaccount.com:"
         "testIamPermissions",
         200, .want_body = "iam.serviceAccounts.actAs", .body = "{\"permissions\":[\"iam.serviceAccounts.actAs\"]}"},
        {"GET", "https://iam-admin.test/v1/projects/p/serviceAccounts/x%40a.iam.gserviceaccount.com.evil",
         .status = 404},
    };
    struct cr_error err = {0};
    json_t *account = NULL;
    struct fake_http f;
    bool may = false;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_account_get(&f.gcp, "p", COMPUTE, &account, &err), &err);
    assert_null(account);
    assert_ok(gcp_account_get(&f.gcp, "p", "b@q.iam.gserviceaccount.com", &account, &err), &err);
    assert_true(json_is_true(json_object_get(account, "disabled")));
    json_decref(account);
    assert_ok(gcp_account_may_act(&f.gcp, "p", COMPUTE, &may, &err), &err);
    assert_true(may);
    assert_ok(gcp_account_get(&f.gcp, "p", "x@a.iam.gserviceaccount.com.evil", &account, &err), &err);
    assert_null(account);
    fake_http_end(&f);
}

TEST(account_that_builds_run_as)
{
    static const struct fake_step steps[] = {
        {"GET", "https://build.test/v1/projects/p/locations/global/defaultServiceAccount", 200,
         .body = "{\"serviceAccountEmail\":\"projects/p/serviceAccounts/" COMPUTE "\"}"},
        {NULL, NULL, 200, .body = "{\"serviceAccountEmail\":\"\"}"},
        {NULL, NULL, .status = 404},
    };
    struct cr_error err = {0};
    struct fake_http f;
    char *email = NULL;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_build_account(&f.gcp, "p", "global", &email, &err), &err);
    assert_string_equal(email, COMPUTE);
    free(email);
    assert_ok(gcp_build_account(&f.gcp, "p", "global", &email, &err), &err);
    assert_null(email);
    assert_ok(gcp_build_account(&f.gcp, "p", "global", &email, &err), &err);
    assert_null(email);
    fake_http_end(&f);
}

TEST(whose_bucket_it_is)
{
    static const struct {
        const char *list;
        int status; /* of reading the bucket; 0: not asked */
        enum gcp_bucket_owner owner;
    } rows[] = {
        {"{\"items\":[{\"id\":\"b_x\"},{\"id\":\"b\"}]}", 0, GCP_BUCKET_OURS},
        {"{\"items\":[{\"id\":\"b_x\"}]}", 200, GCP_BUCKET_FOREIGN},
        {"{}", 403, GCP_BUCKET_FOREIGN},
        {"{}", 404, GCP_BUCKET_MISSING},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct fake_step steps[] = {
            {"GET", BUCKETS "?project=p&prefix=b", 200, .body = rows[i].list},
            {"GET", BUCKETS "/b", rows[i].status, .body = "{}"},
        };
        struct cr_error err = {0};
        enum gcp_bucket_owner owner;
        struct fake_http f;

        fake_http_init(&f, steps, rows[i].status ? 2 : 1);
        assert_ok(gcp_bucket_owner(&f.gcp, "p", "b", &owner, &err), &err);
        assert_int_equal(owner, rows[i].owner);
        fake_http_end(&f);
    }
}

TEST(what_is_needed_is_granted_by_a_role)
{
    assert_true(gcp_permission_count > 10 && gcp_permission_count <= GCP_IAM_TEST_MAX);
    for (const struct gcp_permission *p = gcp_permissions; p->name; p++) {
        assert_ptr_equal(gcp_permission_find(p->name), p); /* no name twice */
        assert_int_equal(strncmp(p->role, "roles/", 6), 0);
    }
    assert_null(gcp_permission_find("run.services.fly"));
    assert_true(gcp_service_is_needed("run.googleapis.com"));
    assert_false(gcp_service_is_needed("vision.googleapis.com"));
}

TEST_MAIN(cmocka_unit_test(a_project_has_number_and_state), cmocka_unit_test(permissions_are_asked_for_at_once),
          cmocka_unit_test(who_has_a_role), cmocka_unit_test(regions_of_all_pages),
          cmocka_unit_test(apis_that_are_enabled), cmocka_unit_test(apis_are_enabled_and_waited_for),
          cmocka_unit_test(billing_is_on_or_off), cmocka_unit_test(service_accounts_where_they_live),
          cmocka_unit_test(account_that_builds_run_as), cmocka_unit_test(whose_bucket_it_is),
          cmocka_unit_test(what_is_needed_is_granted_by_a_role))
