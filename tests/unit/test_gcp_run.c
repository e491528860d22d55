#include "lib/test.h"

#include "lib/fake_http.h"

#include "gcp/run.h"

#define PARENT "projects/p/locations/l"
#define NAME PARENT "/services/s"
#define URL "https://run.test/v2/" NAME
#define CREATE "https://run.test/v2/" PARENT "/services?serviceId=s"
#define POLICY URL ":getIamPolicy?options.requestedPolicyVersion=3"
#define SET URL ":setIamPolicy"

TEST(get_and_list)
{
    static const struct fake_step steps[] = {
        {"GET", URL, .status = 503},
        {"GET", URL, .status = 200, .body = "{\"uri\":\"u\"}"},
        {"GET", URL, .status = 404},
        {"GET", "https://run.test/v2/" PARENT "/services?pageSize=100", .status = 200,
         .body = "{\"services\":[{\"name\":\"a\"}],\"nextPageToken\":\"x/y\"}"},
        {"GET", "https://run.test/v2/" PARENT "/services?pageSize=100&pageToken=x%2Fy", .status = 200,
         .body = "{\"services\":[{\"name\":\"b\"}]}"},
    };
    json_t *service = NULL, *list = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_run_get(&f.gcp, NAME, &service, &err), &err);
    assert_string_equal(json_string_value(json_object_get(service, "uri")), "u");
    json_decref(service);
    assert_ok(gcp_run_get(&f.gcp, NAME, &service, &err), &err);
    assert_null(service);
    assert_ok(gcp_run_list(&f.gcp, PARENT, &list, &err), &err);
    assert_int_equal(json_array_size(list), 2);
    json_decref(list);
    fake_http_end(&f);
}

TEST(creates_once)
{
    static const struct {
        struct fake_step steps[5];
        size_t n;
        bool validate;
        enum cr_code code;
    } rows[] = {
        {{{"POST", CREATE, .status = 200, .body = "{\"name\":\"o\"}", .want_body = "{\"template\":{}}"}},
         1,
         false,
         CR_OK},
        {{{"POST", CREATE "&validateOnly=true", .status = 200, .body = "{\"name\":\"o\"}"}}, 1, true, CR_OK},
        {{{"POST", CREATE "&validateOnly=true", .status = 503},
          {"POST", CREATE "&validateOnly=true", .status = 200, .body = "{}"}},
         2,
         true,
         CR_OK},
        {{{"POST", CREATE, .status = 503},
          {"GET", URL, .status = 404},
          {"POST", CREATE, .status = 200, .body = "{\"name\":\"o\"}"}},
         3,
         false,
         CR_OK},
        {{{"POST", CREATE, .fault = GCP_FAULT_BROKEN}, {"GET", URL, .status = 200, .body = "{}"}}, 2, false, CR_E_NET},
        {{{"POST", CREATE, .status = 409}}, 1, false, CR_E_API},
        {{{"POST", CREATE, .status = 400}}, 1, false, CR_E_API},
        {{{"POST", CREATE, .status = 429},
          {"GET", URL, .status = 404},
          {"POST", CREATE, .status = 429},
          {"GET", URL, .status = 404},
          {"POST", CREATE, .status = 429}},
         5,
         false,
         CR_E_NET},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *body = json_pack("{s:{}}", "template"), *operation = NULL;
        struct cr_error err = {0};
        struct fake_http f;

        fake_http_init(&f, rows[i].steps, rows[i].n);
        if ((gcp_run_create(&f.gcp, PARENT, "s", body, rows[i].validate, &operation, &err) == 0) !=
                (rows[i].code == CR_OK) ||
            err.code != rows[i].code)
            fail_msg("row %zu: %s", i, err.msg);
        assert_int_equal(operation != NULL, rows[i].code == CR_OK);
        fake_http_end(&f);
    }
}

TEST(patches)
{
    static const struct {
        const char *url, *body;
        struct gcp_run_patch how;
        int first;
        bool ok;
    } rows[] = {
        {URL, "{}", {0}, 200, true},
        {URL "?updateMask=template%2Ctraffic", "{}", {"template,traffic", false, false}, 200, true},
        {URL "?allowMissing=true&validateOnly=true", "{}", {NULL, true, true}, 200, true},
        {URL "?updateMask=traffic&validateOnly=true", "{}", {"traffic", false, true}, 503, true}, /* changes nothing */
        {URL, "{\"etag\":\"e\"}", {0}, 503, true}, /* the etag makes the second one harmless */
        {URL, "{}", {0}, 503, false},
        {URL, "{\"etag\":\"e\"}", {0}, 409, false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct fake_step steps[] = {
            {"PATCH", rows[i].url, rows[i].first, .body = "{}"},
            {"PATCH", rows[i].url, .status = 200, .body = "{}", .want_body = rows[i].body}};
        json_auto_t *body = json_loads(rows[i].body, 0, NULL), *operation = NULL;
        struct cr_error err = {0};
        struct fake_http f;
        int rc;

        fake_http_init(&f, steps, rows[i].ok && rows[i].first != 200 ? 2 : 1);
        rc = gcp_run_patch(&f.gcp, NAME, body, &rows[i].how, &operation, &err);
        if ((rc == 0) != rows[i].ok)
            fail_msg("row %zu: %s", i, err.msg);
        fake_http_end(&f);
    }
}

TEST(deletes)
{
    static const struct fake_step steps[] = {{"DELETE", URL "?etag=%22e%22", .status = 503},
                                             {"DELETE", URL "?etag=%22e%22", .status = 404}};
    json_t *operation = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_run_delete(&f.gcp, NAME, "\"e\"", &operation, &err), &err);
    assert_null(operation);
    fake_http_end(&f);
}

/* Policies before and after; NULL: nothing to change. */
TEST(edits_a_policy)
{
#define INVOKER "\"role\":\"roles/run.invoker\""
    static const struct {
        const char *before;
        bool is_public;
        const char *after;
    } rows[] = {
        {"{\"etag\":\"ACAB\"}", true, "{\"etag\":\"ACAB\",\"bindings\":[{" INVOKER ",\"members\":[\"allUsers\"]}]}"},
        {"{\"bindings\":[{" INVOKER ",\"members\":[\"user:a\"]}]}", true,
         "{\"bindings\":[{" INVOKER ",\"members\":[\"user:a\",\"allUsers\"]}]}"},
        {"{\"bindings\":[{" INVOKER ",\"members\":[\"allUsers\"]}]}", true, NULL},
        {"{\"bindings\":[{" INVOKER ",\"members\":[\"allUsers\"],\"condition\":{\"expression\":\"x\"}}]}", true,
         "{\"bindings\":[{" INVOKER ",\"members\":[\"allUsers\"],\"condition\":{\"expression\":\"x\"}},"
         "{" INVOKER ",\"members\":[\"allUsers\"]}]}"},
        {"{\"bindings\":[{\"role\":\"roles/x\",\"members\":[\"allUsers\"]},{" INVOKER ",\"members\":[\"allUsers\"]}]}",
         false, "{\"bindings\":[{\"role\":\"roles/x\",\"members\":[\"allUsers\"]}]}"},
        {"{\"bindings\":[{" INVOKER ",\"members\":[\"user:a\",\"allUsers\",\"user:b\"]}],\"version\":3}", false,
         "{\"bindings\":[{" INVOKER ",\"members\":[\"user:a\",\"user:b\"]}],\"version\":3}"},
        {"{\"bindings\":[{" INVOKER ",\"members\":[\"allUsers\",\"allUsers\"]}]}", false, "{\"bindings\":[]}"},
        {"{}", false, NULL},
        {"{\"bindings\":[{" INVOKER ",\"members\":[\"allAuthenticatedUsers\"]}]}", false, NULL},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *policy = json_loads(rows[i].before, 0, NULL);
        json_auto_t *want = json_loads(rows[i].after ? rows[i].after : rows[i].before, 0, NULL);

        assert_non_null(policy);
        assert_non_null(want);
        if (gcp_run_policy_edit(policy, &(struct gcp_invoker){GCP_EVERYONE, rows[i].is_public}, 1) !=
                (rows[i].after != NULL) ||
            !json_equal(policy, want))
            fail_msg("row %zu", i);
        assert_int_equal(gcp_run_policy_public(policy), rows[i].is_public);
    }
}

TEST(sets_public)
{
    static const struct {
        struct fake_step steps[4];
        size_t n;
        bool ok, changed;
    } rows[] = {
        {{{"GET", POLICY, .status = 200, .body = "{\"etag\":\"A\"}"},
          {"POST", SET, .status = 200, .body = "{}", .want_body = "\"etag\":\"A\""}},
         2,
         true,
         true},
        {{{"GET", POLICY, .status = 200, .body = "{\"bindings\":[{" INVOKER ",\"members\":[\"allUsers\"]}]}"}},
         1,
         true,
         false},
        {{{"GET", POLICY, .status = 200, .body = "{\"etag\":\"A\"}"},
          {"POST", SET, .status = 409},
          {"GET", POLICY, .status = 200, .body = "{\"etag\":\"B\"}"},
          {"POST", SET, .status = 200, .body = "{}", .want_body = "\"etag\":\"B\""}},
         4,
         true,
         true},
        {{{"GET", POLICY, .status = 200, .body = "{}"}, {"POST", SET, .status = 503}},
         2,
         false,
         false}, /* no etag: once */
        {{{"GET", POLICY, .status = 200, .body = "{\"etag\":\"A\"}"},
          {"POST", SET, .status = 400,
           .body = "{\"error\":{\"message\":\"One or more users named in the policy do not belong to "
                   "a permitted customer.\"}}"}},
         2,
         false,
         false},
    };

    const struct gcp_invoker everyone = {GCP_EVERYONE, true};

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        bool changed = false;
        struct fake_http f;

        fake_http_init(&f, rows[i].steps, rows[i].n);
        assert_int_equal(gcp_run_set_invokers(&f.gcp, NAME, &everyone, 1, &changed, &err) == 0, rows[i].ok);
        assert_int_equal(changed, rows[i].changed);
        if (i == 4)
            assert_non_null(strstr(err.hint, "allUsers"));
        fake_http_end(&f);
    }
}

TEST(several_members_are_changed_at_once)
{
    static const struct gcp_invoker both[] = {{GCP_EVERYONE, false}, {"serviceAccount:a@b", true}};
    json_auto_t *policy =
        json_loads("{\"bindings\":[{\"role\":\"roles/run.invoker\",\"members\":[\"allUsers\"]}]}", 0, NULL);
    json_auto_t *want =
        json_loads("{\"bindings\":[{\"role\":\"roles/run.invoker\",\"members\":[\"serviceAccount:a@b\"]}]}", 0, NULL);

    assert_true(gcp_run_policy_edit(policy, both, 2));
    assert_true(json_equal(policy, want));
    assert_false(gcp_run_policy_edit(policy, both, 2));
}

TEST_MAIN(cmocka_unit_test(several_members_are_changed_at_once), cmocka_unit_test(get_and_list),
          cmocka_unit_test(creates_once), cmocka_unit_test(patches), cmocka_unit_test(deletes),
          cmocka_unit_test(edits_a_policy), cmocka_unit_test(sets_public))
