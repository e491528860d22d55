#include "lib/test.h"

#include "lib/fake_http.h"

#include "base/auto.h"
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

#define GCS_ONLY(s) \
    "{\"id\":\"b1\",\"status\":\"" s "\",\"logsBucket\":\"gs://logs/d\",\"options\":{\"logging\":\"GCS_ONLY\"}}"
#define ENTRIES "https://logging.test/v2/entries:list"
#define ENTRY(t, id, text) \
    "{\"timestamp\":\"2026-01-02T03:04:" t "Z\",\"insertId\":\"" id "\",\"textPayload\":\"" text "\"}"

static char noted[2000], tail[2000];

static void on_note(void *ud, const char *text)
{
    (void)ud;
    snprintf(noted + strlen(noted), sizeof(noted) - strlen(noted), "%s\n", text);
}

static void on_tail(void *ud, const char *lines)
{
    (void)ud;
    snprintf(tail, sizeof(tail), "%s", lines);
}

/* Plays a build that ends well and compares what was shown; `status` "" does not ask for it. */
static void follow(const struct fake_step *steps, size_t n, const char *log, const char *status)
{
    struct seen seen = {CR_STR_INIT(1000), CR_STR_INIT(1000)};
    json_auto_t *build = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    *noted = '\0';
    fake_http_init(&f, steps, n);
    assert_ok(
        gcp_build_wait(&f.gcp, NAME,
                       &(struct gcp_build_wait){
                           .on_log = on_log, .on_status = *status ? on_status : NULL, .on_note = on_note, .ud = &seen},
                       &build, &err),
        &err);
    assert_string_equal(seen.log.buf, log);
    assert_string_equal(seen.status.buf, status);
    cr_str_free(&seen.log);
    cr_str_free(&seen.status);
    fake_http_end(&f);
}

TEST(a_log_that_is_forbidden_is_given_up)
{
    static const struct fake_step steps[] = {
        {"GET", BUILD, .status = 200, .body = GCS_ONLY("WORKING")},
        {"GET", LOG, .status = 403},
        {"GET", BUILD, .status = 200, .body = GCS_ONLY("WORKING")},
        {"GET", BUILD, .status = 200, .body = GCS_ONLY("SUCCESS")},
    };
    static const struct fake_step begun[] = {
        {"GET", BUILD, .status = 200, .body = STATE("WORKING")},
        {"GET", LOG, .status = 206, .body = "some\n"},
        {"GET", BUILD, .status = 200, .body = STATE("WORKING")},
        {"GET", LOG, .status = 403}, /* the other place would begin again */
        {"GET", BUILD, .status = 200, .body = STATE("SUCCESS")},
    };

    follow(steps, CR_LEN(steps), "", "");
    assert_non_null(strstr(noted, "cannot be read"));
    assert_null(strchr(strchr(noted, '\n') + 1, '\n')); /* once */
    follow(begun, CR_LEN(begun), "some\n", "");
}

TEST(the_default_is_in_cloud_logging_too)
{
    static const struct fake_step steps[] = {
        {"GET", BUILD, .status = 200, .body = STATE("WORKING")},
        {"GET", LOG, .status = 403},
        {"POST", ENTRIES, .status = 200, .body = "{\"entries\":[" ENTRY("06", "a", "one") "]}"},
        {"GET", BUILD, .status = 200, .body = STATE("SUCCESS")},
        {"POST", ENTRIES, .status = 200, .body = "{\"entries\":[" ENTRY("07", "b", "DONE") "]}"},
    };
    static const struct fake_step neither[] = {
        {"GET", BUILD, .status = 200, .body = STATE("WORKING")},
        {"GET", LOG, .status = 403},
        {"POST", ENTRIES, .status = 403},
        {"GET", BUILD, .status = 200, .body = STATE("SUCCESS")},
    };

    follow(steps, CR_LEN(steps), "one\nDONE\n", "");
    assert_string_equal(noted, "");
    follow(neither, CR_LEN(neither), "", "");
    assert_non_null(strstr(noted, "cannot be read"));
}

TEST(the_end_of_a_log_is_asked_for_again_when_busy)
{
    static const struct fake_step steps[] = {
        {"GET", BUILD, .status = 200, .body = STATE("SUCCESS")},
        {"GET", LOG, .status = 503},
        {"GET", LOG, .fault = GCP_FAULT_BROKEN},
        {"GET", LOG, .status = 206, .body = "all\n"},
    };
    static const struct fake_step never[] = {
        {"GET", BUILD, .status = 200, .body = STATE("SUCCESS")},
        {"GET", LOG, .status = 503},
        {"GET", LOG, .status = 429},
        {"GET", LOG, .status = 500}, /* green all the same */
    };

    follow(steps, CR_LEN(steps), "all\n", "");
    follow(never, CR_LEN(never), "", "");
}

TEST(warnings_are_told_once)
{
    static const struct fake_step steps[] = {
        {"GET", BUILD, .status = 200,
         .body = "{\"id\":\"b1\",\"status\":\"PENDING\",\"options\":{\"logging\":\"NONE\"},"
                 "\"warnings\":[{\"text\":\"first\",\"priority\":\"INFO\"}]}"},
        {"GET", BUILD, .status = 200,
         .body = "{\"id\":\"b1\",\"status\":\"SUCCESS\",\"options\":{\"logging\":\"NONE\"},"
                 "\"warnings\":[{\"text\":\"first\"},{\"text\":\"second\"}]}"},
    };

    follow(steps, CR_LEN(steps), "", "PENDING SUCCESS ");
    assert_string_equal(noted, "first\nsecond\n");
}

#define CLOUD(s)                                                                   \
    "{\"id\":\"b1\",\"status\":\"" s "\",\"createTime\":\"2026-01-02T03:04:05Z\"," \
    "\"options\":{\"logging\":\"CLOUD_LOGGING_ONLY\"}}"
TEST(a_log_in_cloud_logging)
{
    static const struct fake_step steps[] = {
        {"GET", BUILD, .status = 200, .body = CLOUD("WORKING")},
        {"POST", ENTRIES, .status = 200,
         .body = "{\"entries\":[" ENTRY("06", "a", "one") "," ENTRY("06.5", "b", "two") "]}",
         .want_body = "timestamp>=\\\"2026-01-02T03:04:05Z\\\""},
        {"GET", BUILD, .status = 200, .body = CLOUD("WORKING")}, /* its quota is small: not asked each second */
        {"GET", BUILD, .status = 200, .body = CLOUD("WORKING")},
        {"GET", BUILD, .status = 200, .body = CLOUD("SUCCESS")},
        {"POST", ENTRIES, .status = 200, /* of one time, in another order than that of their ids */
         .body = "{\"entries\":[" ENTRY("06.5", "b", "two") "," ENTRY("06.50", "a0", "three") "]}",
         .want_body = "timestamp>=\\\"2026-01-02T03:04:06.5Z\\\""},
        {"POST", ENTRIES, .status = 429}, /* the last lines come late */
        {"POST", ENTRIES, .status = 200,
         .body = "{\"entries\":[" ENTRY("06.50", "a0", "three") "," ENTRY("07", "a", "DONE") "]}"},
    };

    follow(steps, CR_LEN(steps), "one\ntwo\nthree\nDONE\n", "");
}

TEST(failures_in_words)
{
    static const struct {
        const char *build, *says, *hint;
    } rows[] = {
        {"{\"id\":\"b1\",\"status\":\"FAILURE\",\"failureInfo\":{\"type\":\"USER_BUILD_STEP\",\"detail\":"
         "\"Build step 0 failed.\"},\"logUrl\":\"https://console/b1\"}",
         "the build 'b1' failed: Build step 0 failed", "the whole log: https://console/b1"},
        {"{\"id\":\"b1\",\"status\":\"FAILURE\",\"failureInfo\":{\"type\":\"PUSH_NOT_AUTHORIZED\",\"detail\":\"no\"}}",
         "failed: no", "roles/artifactregistry.writer"},
        {"{\"id\":\"b1\",\"status\":\"FAILURE\",\"projectId\":\"p\",\"failureInfo\":{\"type\":\"FETCH_SOURCE_FAILED\","
         "\"detail\":\"1-compute@developer.gserviceaccount.com does not have storage.objects.get access to the "
         "object\"}}",
         "does not have storage.objects.get",
         "gcloud projects add-iam-policy-binding p --role=roles/cloudbuild.builds.builder "
         "--member=serviceAccount:1-compute@developer.gserviceaccount.com"},
        {"{\"id\":\"b1\",\"status\":\"TIMEOUT\",\"timeout\":\"600s\"}",
         "the build 'b1' was stopped by its timeout of 600s", "--timeout=1200s"},
        {"{\"id\":\"b1\",\"status\":\"EXPIRED\",\"queueTtl\":\"60s\"}", "in the queue for longer than 60s", "later"},
        {"{\"id\":\"b1\",\"status\":\"INTERNAL_ERROR\",\"statusDetail\":\"oops\"}",
         "the build service failed on the "
         "build 'b1': oops",
         "run it again"},
        {"{\"id\":\"b1\",\"status\":\"CANCELLED\"}", "was cancelled", "run it again"},
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

TEST(a_failed_build_ends_with_its_cause)
{
    static const char log[] =
        "starting build\\nStep #0: fine\\nStep #1: + apt-get install nothing\\nStep #1: E: Unable to "
        "locate package nothing\\nStep #1: The command returned a non-zero code: 100\\nFinished "
        "Step #1\\nERROR\\nERROR: build step 1 failed\\n";
    static const char build[] =
        "{\"id\":\"b1\",\"status\":\"FAILURE\",\"logsBucket\":\"gs://logs/d\",\"steps\":[{\"name\":\"x/"
        "docker\",\"status\":"
        "\"SUCCESS\"},{\"name\":\"x/docker\",\"status\":\"FAILURE\",\"args\":[\"build\"]}],\"failureInfo\":{\"type\":"
        "\"USER_BUILD_STEP\",\"detail\":\"Build step failure: build step 1 failed\"}}";
    CR_AUTO_FREE char *text = cr_strdup(log);
    struct seen seen = {CR_STR_INIT(1000), CR_STR_INIT(1000)};

    for (char *p = text; (p = strstr(p, "\\n"));) /* as the log has it */
        memmove(p, p + 1, strlen(p)), *p++ = '\n';
    for (int suppressed = 0; suppressed < 2; suppressed++) {
        const struct fake_step steps[] = {
            {"GET", BUILD, .status = 200, .body = build},
            {"GET", LOG, .status = 206, .body = text,
             .want_head = suppressed ? "Range: bytes=-65536" : "Range: bytes=0-1048575"},
        };
        json_t *done = NULL;
        struct cr_error err = {0};
        struct fake_http f;

        *tail = '\0';
        cr_str_cut(&seen.log, 0);
        FAKE_HTTP(&f, steps);
        assert_int_equal(
            gcp_build_wait(&f.gcp, NAME,
                           &(struct gcp_build_wait){
                               .on_log = on_log, .on_tail = on_tail, .ud = &seen, .suppress_logs = suppressed},
                           &done, &err),
            -1);
        assert_string_equal(err.msg,
                            "the build 'b1' failed in step 2 of 2, 'docker build': E: Unable to locate package "
                            "nothing");
        assert_non_null(strstr(err.hint, "apt-get update"));
        assert_string_equal(tail, "+ apt-get install nothing\nE: Unable to locate package nothing\nThe command "
                                  "returned a non-zero code: 100\n");
        assert_int_equal(seen.log.len, suppressed ? 0 : strlen(text));
        fake_http_end(&f);
    }
    cr_str_free(&seen.log);
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

TEST(a_second_ctrl_c_leaves_it)
{
    static const struct fake_step steps[] = {
        {"GET", BUILD, .status = 200, .body = NO_LOG("WORKING"), .press = true},
        {"POST", BUILD ":cancel", .status = 200, .body = NO_LOG("WORKING"), .press = true},
    };
    static const struct fake_step over[] = {
        {"GET", BUILD, .status = 200, .body = NO_LOG("WORKING"), .press = true},
        {"POST", BUILD ":cancel", .status = 400}, /* it ended meanwhile */
        {"GET", BUILD, .status = 200, .body = NO_LOG("SUCCESS")},
    };
    json_t *build = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_int_equal(gcp_build_wait(&f.gcp, NAME, &(struct gcp_build_wait){0}, &build, &err), -1);
    assert_string_equal(err.msg, "interrupted; the build 'b1' may still be running");
    assert_string_equal(err.hint,
                        "cancel it: printf 'Authorization: Bearer %s' \"$(crdeploy auth print-access-token)\" | "
                        "curl -X POST -H @- https://build.test/v1/" NAME ":cancel");
    cr_interrupt_catch(); /* presses are counted from here */
    cr_interrupt_clear();
    free(f.gcp.endpoint[GCP_BUILD]);
    f.gcp.endpoint[GCP_BUILD] = cr_strdup("https://cloudbuild.googleapis.com");
    f.step = &(const struct fake_step){"POST", NULL, .status = 200, .body = NO_LOG("WORKING"), .press = true};
    f.left = 1;
    assert_int_equal(gcp_build_interrupted(&f.gcp, "projects/p/locations/us-west1/builds/b1", NULL, &err), -1);
    assert_string_equal(err.hint, "cancel it: gcloud builds cancel b1 --region=us-west1 --project=p");
    cr_interrupt_clear();
    fake_http_end(&f);
    FAKE_HTTP(&f, over);
    assert_int_equal(gcp_build_wait(&f.gcp, NAME, &(struct gcp_build_wait){0}, &build, &err), -1);
    assert_string_equal(err.msg, "interrupted; the build 'b1' had ended already, with SUCCESS");
    fake_http_end(&f);
}

/* Whenever it is pressed, from the request on. */
TEST(ctrl_c_leaves_no_build_behind)
{
    static const struct fake_step in_answer[] = {
        {"POST", BUILDS, .fault = GCP_FAULT_LOCAL, .press = true},
        {"GET", FIND, .status = 200, .body = "{\"builds\":[{\"id\":\"b1\",\"tags\":[\"run-1\"]}]}"},
        {"POST", BUILD ":cancel", .status = 200, .body = NO_LOG("CANCELLED")},
    };
    static const struct fake_step never_came[] = {
        {"POST", BUILDS, .status = 503, .press = true},
        {"GET", FIND, .status = 200, .body = "{}"},
    };
    json_auto_t *body = json_object(), *build = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, in_answer);
    assert_int_equal(gcp_build_create(&f.gcp, "p", "global", body, "run-1", &build, &err), -1);
    assert_int_equal(err.code, CR_E_INTERRUPT);
    assert_string_equal(err.msg, "interrupted; the build 'b1' was cancelled");
    fake_http_end(&f);
    FAKE_HTTP(&f, never_came);
    assert_int_equal(gcp_build_create(&f.gcp, "p", "global", body, "run-1", &build, &err), -1);
    assert_int_equal(err.code, CR_E_INTERRUPT);
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
          cmocka_unit_test(the_default_is_in_cloud_logging_too), cmocka_unit_test(warnings_are_told_once),
          cmocka_unit_test(the_end_of_a_log_is_asked_for_again_when_busy),
          cmocka_unit_test(a_failed_build_ends_with_its_cause), cmocka_unit_test(ctrl_c_leaves_no_build_behind),
          cmocka_unit_test(a_second_ctrl_c_leaves_it), cmocka_unit_test(failures_in_words),
          cmocka_unit_test(ctrl_c_cancels), cmocka_unit_test(a_deadline_leaves_it_running))
