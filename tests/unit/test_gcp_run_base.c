/* Which digest runs, read from Cloud Run's first API; and the door that changes nothing. */
#include "lib/test.h"

#include "lib/fake_http.h"

#include "base/auto.h"
#include "gcp/endpoints.h"
#include "gcp/rehearse.h"
#include "gcp/run.h"

#define NAME "projects/p/locations/l/services/s"
#define REVISIONS "/apis/serving.knative.dev/v1/namespaces/p/revisions"
#define V1 "https://run.test" REVISIONS
#define BY_NONCE V1 "?labelSelector=client.knative.dev%2Fnonce%3Dabc"
#define ONE "{\"status\":{\"imageDigest\":\"i@sha256:1\"}}"
#define NONCE "\"labels\":{\"client.knative.dev/nonce\":\"abc\"}"
#define LAST "\"latestCreatedRevision\":\"" NAME "/revisions/s-2\""

TEST(the_base_is_found_as_gcloud_finds_it)
{
    static const struct {
        const char *live;
        struct fake_step steps[2];
        size_t n;
        const char *image;
    } rows[] = {
        {"{\"template\":{\"revision\":\"s-1\"," NONCE "}," LAST "}",
         {{"GET", V1 "/s-1", .status = 200, .body = ONE}},
         1,
         "i@sha256:1"},
        {"{\"template\":{" NONCE "}," LAST "}",
         {{"GET", BY_NONCE, .status = 200, .body = "{\"items\":[" ONE "]}"}},
         1,
         "i@sha256:1"},
        {"{\"template\":{" NONCE "}," LAST "}",
         {{"GET", BY_NONCE, .status = 200, .body = "{}"}, {"GET", V1 "/s-2", .status = 200, .body = ONE}},
         2,
         "i@sha256:1"},
        {"{\"template\":{" NONCE "}," LAST "}", /* two of them: it says nothing */
         {{"GET", BY_NONCE, .status = 200, .body = "{\"items\":[" ONE "," ONE "]}"},
          {"GET", V1 "/s-2", .status = 200, .body = ONE}},
         2,
         "i@sha256:1"},
        {"{" LAST "}", {{"GET", V1 "/s-2", .status = 404}}, 1, NULL},
        {"{" LAST "}", {{"GET", V1 "/s-2", .status = 200, .body = "{\"status\":{}}"}}, 1, NULL},
        {"{}", {{0}}, 0, NULL},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *live = json_loads(rows[i].live, 0, NULL);
        CR_AUTO_FREE char *image = NULL;
        struct cr_error err = {0};
        struct fake_http f;

        fake_http_init(&f, rows[i].steps, rows[i].n);
        assert_ok(gcp_run_base_image(&f.gcp, NAME, live, &image, &err), &err);
        if (!image != !rows[i].image || (image && strcmp(image, rows[i].image) != 0))
            fail_msg("row %zu: %s", i, image ? image : "(none)");
        fake_http_end(&f);
    }
}

TEST(google_has_a_host_for_each_region)
{
    static const struct fake_step steps[] = {
        {"GET", "https://l-run.googleapis.com" REVISIONS "/s-2", .status = 200, .body = ONE}};
    json_auto_t *live = json_loads("{" LAST "}", 0, NULL);
    CR_AUTO_FREE char *image = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    free(f.gcp.endpoint[GCP_RUN]);
    f.gcp.endpoint[GCP_RUN] = cr_strdup(gcp_endpoint_rows[GCP_RUN].address);
    assert_ok(gcp_run_base_image(&f.gcp, NAME, live, &image, &err), &err);
    assert_string_equal(image, "i@sha256:1");
    fake_http_end(&f);
}

TEST(a_rehearsal_reads_and_changes_nothing)
{
    static const struct fake_step steps[] = {{"GET", "https://run.test/v2/" NAME, .status = 503},
                                             {"GET", "https://run.test/v2/" NAME, .status = 200, .body = "{\"a\":1}"}};
    json_auto_t *live = NULL, *operation = NULL, *body = json_pack("{s:s}", "etag", "e"), *want = NULL;
    const struct gcp_run_patch how = {"template", false, false};
    struct gcp_rehearsal r;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    gcp_rehearsal_init(&r, &f.vtable);
    f.gcp.http = &r.door;
    assert_ok(gcp_run_get(&f.gcp, NAME, &live, &err), &err);
    assert_ok(gcp_run_patch(&f.gcp, NAME, body, &how, &operation, &err), &err);
    assert_int_equal(json_object_size(operation), 0);
    want =
        json_pack("[{s:s, s:s, s:n}, {s:s, s:s, s:{s:s}}]", "method", "GET", "url", "https://run.test/v2/" NAME, "body",
                  "method", "PATCH", "url", "https://run.test/v2/" NAME "?updateMask=template", "body", "etag", "e");
    assert_true(json_equal(r.requests, want));
    gcp_rehearsal_clear(&r);
    f.gcp.http = &f.vtable;
    fake_http_end(&f);
}

TEST_MAIN(cmocka_unit_test(the_base_is_found_as_gcloud_finds_it), cmocka_unit_test(google_has_a_host_for_each_region),
          cmocka_unit_test(a_rehearsal_reads_and_changes_nothing))
