#include "lib/test.h"

#include "lib/fake_http.h"

#include "gcp/object_copy.h"
#include "gcp/storage.h"

#define BUCKET "https://storage.test/storage/v1/b/p_cloudbuild"
#define CREATE "https://storage.test/storage/v1/b?project=p"
#define LIST "https://storage.test/storage/v1/b?project=p&prefix=p_cloudbuild"
#define OWNED "{\"items\":[{\"id\":\"p_cloudbuild\"},{\"id\":\"p_cloudbuild2\"}]}"

TEST(default_bucket)
{
    static const char *const rows[][2] = {
        {"my-proj", "my-proj_cloudbuild"},
        {"example.com:my-proj", "example_com_my-proj_cloudbuild"},
        {"google.com:googler", "elgoog_com_elgoogr_cloudbuild"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        char *name = gcp_bucket_default(rows[i][0]);

        assert_string_equal(name, rows[i][1]);
        free(name);
    }
}

TEST(ensures_a_bucket)
{
    static const struct {
        struct fake_step steps[5];
        size_t n;
        enum cr_code code;
        const char *says;
    } rows[] = {
        {{{"GET", BUCKET, .status = 200, .body = "{}"}, {"GET", LIST, .status = 200, .body = OWNED}}, 2, CR_OK, ""},
        {{{"GET", BUCKET, .status = 404},
          {"POST", CREATE, .status = 200, .body = "{}", .want_body = "\"publicAccessPrevention\":\"enforced\""},
          {"GET", LIST, .status = 200, .body = OWNED}},
         3,
         CR_OK,
         ""},
        {{{"GET", BUCKET, .status = 404},
          {"POST", CREATE, .status = 503}, /* made, and the answer lost */
          {"POST", CREATE, .status = 409},
          {"GET", BUCKET, .status = 200, .body = "{}"},
          {"GET", LIST, .status = 200, .body = OWNED}},
         5,
         CR_OK,
         ""},
        {{{"GET", BUCKET, .status = 404}, {"POST", CREATE, .status = 409}, {"GET", BUCKET, .status = 403}},
         3,
         CR_E_API,
         "belongs to another project"},
        {{{"GET", BUCKET, .status = 404}, {"POST", CREATE, .status = 409}, {"GET", BUCKET, .status = 404}},
         3,
         CR_E_API,
         "belongs to another project"},
        {{{"GET", BUCKET, .status = 200, .body = "{}"},
          {"GET", LIST, .status = 200, .body = "{\"items\":[{\"id\":\"p_cloudbuild2\"}]}"}},
         2,
         CR_E_API,
         "belongs to another project"},
        {{{"GET", BUCKET, .status = 200, .body = "{}"}, {"GET", LIST, .status = 200, .body = "{}"}},
         2,
         CR_E_API,
         "another project"},
        {{{"GET", BUCKET, .status = 403}}, 1, CR_E_AUTH, "cannot read the bucket: HTTP 403"},
        {{{"GET", BUCKET, .status = 404},
          {"POST", CREATE, .status = 400, .body = "{\"error\":{\"message\":\"Invalid bucket name\"}}"}},
         2,
         CR_E_API,
         "Invalid bucket name"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        struct fake_http f;
        int rc;

        fake_http_init(&f, rows[i].steps, rows[i].n);
        rc = gcp_bucket_ensure(&f.gcp, "p", "p_cloudbuild", NULL, true, &err);
        if (err.code != rows[i].code || (rc == 0) != (rows[i].code == CR_OK) || !strstr(err.msg, rows[i].says))
            fail_msg("row %zu: %d %s", i, err.code, err.msg);
        fake_http_end(&f);
    }
}

TEST(a_bucket_named_by_the_user_is_not_looked_up)
{
    static const struct fake_step steps[] = {
        {"GET", BUCKET, .status = 404}, {"POST", CREATE, .status = 200, .want_body = "\"location\":\"europe-west1\""}};
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_bucket_ensure(&f.gcp, "p", "p_cloudbuild", "europe-west1", false, &err), &err);
    fake_http_end(&f);
}

TEST(objects)
{
    static const struct fake_step steps[] = {
        {"GET", BUCKET "/o/source%2Fa.tgz", .status = 200, .body = "{\"size\":\"5\"}"},
        {"GET", BUCKET "/o/source%2Fa.tgz", .status = 404},
        {"DELETE", BUCKET "/o/source%2Fa.tgz?generation=7", .status = 503},
        {"DELETE", BUCKET "/o/source%2Fa.tgz?generation=7", .status = 404},
        {"DELETE", BUCKET "/o/source%2Fa.tgz", .status = 503}, /* the live one: not asked twice */
    };
    struct cr_error err = {0};
    json_t *meta = NULL;
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_object_get(&f.gcp, "p_cloudbuild", "source/a.tgz", &meta, &err), &err);
    assert_string_equal(json_string_value(json_object_get(meta, "size")), "5");
    json_decref(meta);
    assert_ok(gcp_object_get(&f.gcp, "p_cloudbuild", "source/a.tgz", &meta, &err), &err);
    assert_null(meta);
    assert_ok(gcp_object_delete(&f.gcp, "p_cloudbuild", "source/a.tgz", "7", &err), &err);
    assert_int_equal(gcp_object_delete(&f.gcp, "p_cloudbuild", "source/a.tgz", NULL, &err), -1);
    fake_http_end(&f);
}

/* A large copy takes many calls, each with the token of the one before it. */
TEST(a_copy_goes_on_until_it_is_done)
{
#define COPY "https://storage.test/storage/v1/b/from/o/d%2Fx.tgz/rewriteTo/b/to/o/y.tgz?sourceGeneration=7"
    static const struct fake_step steps[] = {
        {"POST", COPY, .status = 200, .body = "{\"done\":false,\"rewriteToken\":\"t/1\"}"},
        {"POST", COPY "&rewriteToken=t%2F1", .status = 503},
        {"POST", COPY "&rewriteToken=t%2F1", .status = 200,
         .body = "{\"done\":true,\"resource\":{\"generation\":\"9\"}}"},
    };
    json_auto_t *meta = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_object_copy(&f.gcp, "from", "d/x.tgz", "7", "to", "y.tgz", &meta, &err), &err);
    assert_string_equal(json_string_value(json_object_get(meta, "generation")), "9");
    fake_http_end(&f);
}

TEST_MAIN(cmocka_unit_test(default_bucket), cmocka_unit_test(ensures_a_bucket),
          cmocka_unit_test(a_bucket_named_by_the_user_is_not_looked_up), cmocka_unit_test(objects),
          cmocka_unit_test(a_copy_goes_on_until_it_is_done))
