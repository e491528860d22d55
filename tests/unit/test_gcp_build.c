#include "lib/test.h"

#include "lib/fake_http.h"

#include "base/interrupt.h"
#include "base/str.h"
#include "gcp/build.h"

#define NAME "projects/p/locations/global/builds/b1"
#define BUILDS "https://build.test/v1/projects/p/locations/global/builds"
#define BUILD "https://build.test/v1/" NAME
#define FIND BUILDS "?filter=tags%3D%22run-1%22"
#define LOG "https://storage.test/storage/v1/b/logs/o/d%2Flog-b1.txt?alt=media"
#define STATE(s) "{\"id\":\"b1\",\"status\":\"" s "\",\"logsBucket\":\"gs://logs/d\"}"
#define NO_LOG(s) "{\"id\":\"b1\",\"status\":\"" s "\",\"options\":{\"logging\":\"NONE\"}}"
#define MADE "{\"name\":\"operations/x\",\"metadata\":{\"build\":{\"id\":\"b1\",\"status\":\"QUEUED\"}}}"

TEST(creates_once_whatever_happens)
{
    static const struct {
        struct fake_step steps[8];
        size_t n;
        enum cr_code code;
        int posts;
    } rows[] = {
        {{{"POST", BUILDS, .status = 200, .body = MADE, .want_body = "\"tags\":[\"crdeploy\",\"run-1\"]"}},
         1,
         CR_OK,
         1},
        {{{"POST", BUILDS, .fault = GCP_FAULT_BROKEN}, /* it arrived */
          {"GET", FIND, .status = 200, .body = "{\"builds\":[{\"id\":\"b1\",\"tags\":[\"run-1\"]}]}"}},
         2,
         CR_OK,
         1},
        {{{"POST", BUILDS, .status = 503}, /* it did not; what the list shows instead is not ours */
          {"GET", FIND, .status = 200, .body = "{\"builds\":[{\"id\":\"b0\",\"tags\":[\"run-0\"]}]}"},
          {"POST", BUILDS, .status = 200, .body = MADE}},
         3,
         CR_OK,
         2},
        {{{"POST", BUILDS, .fault = GCP_FAULT_TIMEOUT}, {"GET", FIND, .status = 403}}, 2, CR_E_AUTH, 1},
        {{{"POST", BUILDS, .status = 400}}, 1, CR_E_API, 1},
        {{{"POST", BUILDS, .status = 403}}, 1, CR_E_AUTH, 1},
        {{{"POST", BUILDS, .status = 200, .body = "{}"}}, 1, CR_E_API, 1},
        {{{"POST", BUILDS, .status = 503},
          {"GET", FIND, .status = 200},
          {"POST", BUILDS, .status = 503},
          {"GET", FIND, .status = 200},
          {"POST", BUILDS, .status = 503},
          {"GET", FIND, .status = 200},
          {"POST", BUILDS, .status = 503}},
         7,
         CR_E_NET,
         4},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *body = json_pack("{s:[s]}", "tags", "crdeploy"), *build = NULL;
        struct cr_error err = {0};
        struct fake_http f;
        int posts = 0;

        fake_http_init(&f, rows[i].steps, rows[i].n);
        if ((gcp_build_create(&f.gcp, "p", "global", body, "run-1", &build, &err) == 0) != (rows[i].code == CR_OK) ||
            err.code != rows[i].code)
            fail_msg("row %zu: %d %s", i, err.code, err.msg);
        for (int k = 0; k < f.nsent; k++)
            posts += strcmp(f.sent[k].method, "POST") == 0;
        assert_int_equal(posts, rows[i].posts);
        if (build) {
            char *name = gcp_build_name(build, "p", "global");

            assert_string_equal(name, NAME);
            free(name);
        }
        assert_int_equal(json_array_size(json_object_get(body, "tags")), 1); /* the caller's stays as it was */
        fake_http_end(&f);
    }
}

struct seen {
    struct cr_str log, status;
};

static void on_log(void *ud, const char *bytes, size_t n)
{
    struct cr_error err = {0};

    assert_ok(cr_str_add(&((struct seen *)ud)->log, bytes, n, &err), &err);
}

static void on_status(void *ud, const char *status)
{
    struct cr_error err = {0};

    assert_ok(cr_str_addf(&((struct seen *)ud)->status, &err, "%s ", status), &err);
}

TEST(follows_to_the_end)
{
    static const struct fake_step steps[] = {
        {"GET", BUILD, .status = 200, .body = "{\"id\":\"b1\",\"status\":\"QUEUED\"}"}, /* no bucket known yet */
        {"GET", BUILD, .status = 200, .body = STATE("QUEUED")},
        {"GET", LOG, .status = 404},
        {"GET", BUILD, .status = 200, .body = STATE("WORKING")},
        {"GET", LOG, .status = 206, .body = "step 1\n", .want_head = "Range: bytes=0-1048575"},
        {"GET", BUILD, .status = 200, .body = STATE("WORKING")},
        {"GET", LOG, .status = 416, .want_head = "Range: bytes=7-1048582"},
        {"GET", BUILD, .status = 200, .body = STATE("WORKING")},
        {"GET", LOG, .status = 503},
        {"GET", BUILD, .status = 200, .body = STATE("WORKING")},
        {"GET", LOG, .fault = GCP_FAULT_BROKEN},
        {"GET", BUILD, .status = 200, .body = STATE("WORKING")},
        {"GET", LOG, .status = 200, .body = "step 1\nstep 2\n"}, /* no ranges: only what is new is shown */
        {"GET", BUILD, .status = 200,
         .body = "{\"id\":\"b1\",\"status\":\"SUCCESS\",\"logsBucket\":\"gs://logs/d\",\"results\":{\"images\":"
                 "[{\"name\":\"n\",\"digest\":\"sha256:abc\"}]}}"},
        {"GET", LOG, .status = 206, .body = "done\n", .want_head = "Range: bytes=14-1048589"},
    };
    struct seen seen = {CR_STR_INIT(1000), CR_STR_INIT(1000)};
    json_auto_t *build = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_build_wait(&f.gcp, NAME,
                             &(struct gcp_build_wait){.on_log = on_log, .on_status = on_status, .ud = &seen}, &build,
                             &err),
              &err);
    assert_string_equal(seen.log.buf, "step 1\nstep 2\ndone\n");
    assert_string_equal(seen.status.buf, "QUEUED WORKING SUCCESS ");
    assert_string_equal(gcp_build_digest(build), "sha256:abc");
    assert_int_equal(f.slept_ms, 7 * 1000);
    cr_str_free(&seen.log);
    cr_str_free(&seen.status);
    fake_http_end(&f);
}

TEST(a_log_that_is_forbidden_is_given_up)
{
    static const struct fake_step steps[] = {
        {"GET", BUILD, .status = 200, .body = STATE("WORKING")},
        {"GET", LOG, .status = 403},
        {"GET", BUILD, .status = 200, .body = STATE("WORKING")},
        {"GET", BUILD, .status = 200, .body = STATE("SUCCESS")},
    };
    struct seen seen = {CR_STR_INIT(1000), CR_STR_INIT(1000)};
    json_auto_t *build = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_build_wait(&f.gcp, NAME, &(struct gcp_build_wait){.on_log = on_log, .ud = &seen}, &build, &err),
              &err);
    assert_null(gcp_build_digest(build));
    fake_http_end(&f);
}

#define CLOUD(s)                                                                   \
    "{\"id\":\"b1\",\"status\":\"" s "\",\"createTime\":\"2026-01-02T03:04:05Z\"," \
    "\"options\":{\"logging\":\"CLOUD_LOGGING_ONLY\"}}"
#define ENTRY(t, id, text) \
    "{\"timestamp\":\"2026-01-02T03:04:" t "Z\",\"insertId\":\"" id "\",\"textPayload\":\"" text "\"}"

TEST(a_log_in_cloud_logging)
{
    static const struct fake_step steps[] = {
        {"GET", BUILD, .status = 200, .body = CLOUD("WORKING")},
        {"POST", "https://logging.test/v2/entries:list", .status = 200,
         .body = "{\"entries\":[" ENTRY("06", "a", "one") "," ENTRY("06.5", "b", "two") "]}",
         .want_body = "timestamp>=\\\"2026-01-02T03:04:05Z\\\""},
        {"GET", BUILD, .status = 200, .body = CLOUD("WORKING")}, /* its quota is small: not asked each second */
        {"GET", BUILD, .status = 200, .body = CLOUD("WORKING")},
        {"GET", BUILD, .status = 200, .body = CLOUD("SUCCESS")},
        {"POST", "https://logging.test/v2/entries:list", .status = 200,
         .body = "{\"entries\":[" ENTRY("06.5", "b", "two") "," ENTRY("06.50", "c", "three") "," ENTRY("07", "a",
                                                                                                       "four") "]}",
         .want_body = "timestamp>=\\\"2026-01-02T03:04:06.5Z\\\""},
    };
    struct seen seen = {CR_STR_INIT(1000), CR_STR_INIT(1000)};
    json_auto_t *build = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_build_wait(&f.gcp, NAME, &(struct gcp_build_wait){.on_log = on_log, .ud = &seen}, &build, &err),
              &err);
    assert_string_equal(seen.log.buf, "one\ntwo\nthree\nfour\n");
    cr_str_free(&seen.log);
    fake_http_end(&f);
}

TEST(failures_in_words)
{
    static const struct {
        const char *build, *says, *hint;
    } rows[] = {
        {"{\"id\":\"b1\",\"status\":\"FAILURE\",\"failureInfo\":{\"type\":\"USER_BUILD_STEP\",\"detail\":"
         "\"Build step 0 failed.\"},\"logUrl\":\"https://console/b1\"}",
         "the build 'b1' ended with FAILURE: Build step 0 failed", "its log: https://console/b1"},
        {"{\"id\":\"b1\",\"status\":\"FAILURE\",\"failureInfo\":{\"type\":\"PUSH_NOT_AUTHORIZED\",\"detail\":\"no\"}}",
         "FAILURE: no", "roles/artifactregistry.writer"},
        {"{\"id\":\"b1\",\"status\":\"FAILURE\",\"failureInfo\":{\"type\":\"FETCH_SOURCE_FAILED\",\"detail\":"
         "\"1-compute@developer.gserviceaccount.com does not have storage.objects.get access to the object\"}}",
         "does not have storage.objects.get", "roles/cloudbuild.builds.builder"},
        {"{\"id\":\"b1\",\"status\":\"TIMEOUT\"}", "the build 'b1' ended with TIMEOUT", "build.timeout"},
        {"{\"id\":\"b1\",\"status\":\"EXPIRED\"}", "EXPIRED", "run it again"},
        {"{\"id\":\"b1\",\"status\":\"INTERNAL_ERROR\",\"statusDetail\":\"oops\"}", "INTERNAL_ERROR: oops",
         "run it again"},
        {"{\"id\":\"b1\",\"status\":\"CANCELLED\"}", "CANCELLED", ""},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct fake_step steps[] = {{"GET", BUILD, .status = 200, .body = rows[i].build}};
        json_t *build = NULL;
        struct cr_error err = {0};
        struct fake_http f;

        FAKE_HTTP(&f, steps);
        assert_int_equal(gcp_build_wait(&f.gcp, NAME, &(struct gcp_build_wait){0}, &build, &err), -1);
        assert_int_equal(err.code, CR_E_BUILD);
        if (!strstr(err.msg, rows[i].says) || !strstr(err.hint, rows[i].hint))
            fail_msg("row %zu: %s | %s", i, err.msg, err.hint);
        assert_null(build);
        fake_http_end(&f);
    }
}

TEST(ctrl_c_cancels)
{
    static const struct fake_step steps[] = {
        {"GET", BUILD, .status = 200, .body = NO_LOG("WORKING"), .press = true},
        {"POST", BUILD ":cancel", .status = 503},
        {"POST", BUILD ":cancel", .status = 200, .body = NO_LOG("WORKING"), .want_body = "{}"},
        {"GET", BUILD, .status = 200, .body = NO_LOG("WORKING")},
        {"GET", BUILD, .status = 200, .body = NO_LOG("CANCELLED")},
    };
    static const struct fake_step inside[] = {
        {"GET", BUILD, .fault = GCP_FAULT_LOCAL}, /* in the middle of a transfer */
        {"POST", BUILD ":cancel", .status = 200, .body = NO_LOG("CANCELLED")},
    };
    json_t *build = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_int_equal(gcp_build_wait(&f.gcp, NAME, &(struct gcp_build_wait){0}, &build, &err), -1);
    assert_int_equal(err.code, CR_E_INTERRUPT);
    assert_string_equal(err.msg, "interrupted; the build 'b1' was cancelled");
    fake_http_end(&f);
    FAKE_HTTP(&f, inside);
    assert_int_equal(gcp_build_wait(&f.gcp, NAME, &(struct gcp_build_wait){0}, &build, &err), -1);
    assert_string_equal(err.msg, "interrupted; the build 'b1' was cancelled");
    fake_http_end(&f);
}

TEST(a_deadline_leaves_it_running)
{
    static const struct fake_step steps[] = {
        {"GET", BUILD, .status = 200, .body = NO_LOG("WORKING")},
        {"GET", BUILD, .status = 200, .body = NO_LOG("WORKING")},
        {"GET", BUILD, .status = 200, .body = NO_LOG("WORKING")},
    };
    json_t *build = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_int_equal(
        gcp_build_wait(&f.gcp, NAME, &(struct gcp_build_wait){.poll_ms = 500, .deadline_ms = 1000}, &build, &err), -1);
    assert_int_equal(err.code, CR_E_NET);
    fake_http_end(&f);
}

TEST_MAIN(cmocka_unit_test(creates_once_whatever_happens), cmocka_unit_test(follows_to_the_end),
          cmocka_unit_test(a_log_that_is_forbidden_is_given_up), cmocka_unit_test(a_log_in_cloud_logging),
          cmocka_unit_test(failures_in_words), cmocka_unit_test(ctrl_c_cancels),
          cmocka_unit_test(a_deadline_leaves_it_running))
