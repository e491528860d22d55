#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "lib/local_call.h"
#include "local/build_filter.h"
#include "local/build_run.h"
#include "local/build_step.h"

static struct answer newest(struct local *l)
{
    return call(l, "GET", "/v1/projects/p/locations/global/builds?pageSize=1", NULL);
}

TEST(a_build_ends_with_a_digest_and_a_log)
{
    struct local l;
    struct answer a, log, op;
    CR_AUTO_FREE char *path = NULL, *filter = NULL;

    platform_start(&l);
    platform_image(&l, "one:v1", NULL);
    a = newest(&l);
    assert_string_equal(at(a.json, "builds.0.status"), "SUCCESS");
    assert_string_equal(at(a.json, "builds.0.steps.0.status"), "SUCCESS");
    assert_memory_equal(at(a.json, "builds.0.results.images.0.digest"), "sha256:", 7);
    path = cr_format("/1.cloudbuild-logs.googleusercontent.com/log-%s.txt", at(a.json, "builds.0.id"));
    log = call(&l, "GET", path, NULL);
    assert_int_equal(log.status, 200);
    assert_non_null(strstr(log.text, "built"));
    assert_non_null(strstr(log.text, "DONE"));
    answer_clear(&log);
    filter = cr_format("{\"resourceNames\": [\"projects/p\"], \"filter\": \"resource.type=\\\"build\\\" AND "
                       "resource.labels.build_id=\\\"%s\\\"\", \"pageSize\": 2}",
                       at(a.json, "builds.0.id"));
    log = call(&l, "POST", "/v2/entries:list", filter);
    assert_int_equal(log.status, 200);
    assert_memory_equal(at(log.json, "entries.0.textPayload"), "starting build", 14);
    assert_string_equal(at(log.json, "nextPageToken"), "2");
    answer_clear(&log);
    answer_clear(&a);
    op = call(&l, "GET", "/v1/projects/p/locations/us-central1/repositories/r/packages/one/tags/v1", NULL);
    assert_int_equal(op.status, 200);
    assert_non_null(strstr(at(op.json, "version"), "/versions/sha256:"));
    answer_clear(&op);
    op = call(&l, "GET", "/v1/projects/p/locations/us-central1/repositories/r/dockerImages", NULL);
    assert_string_equal(at(op.json, "dockerImages.0.tags.0"), "v1");
    answer_clear(&op);
    platform_stop(&l);
}

static void expect_failure(struct local *l, const char *body, const char *type, const char *detail)
{
    struct answer a = call(l, "POST", "/v1/projects/p/locations/global/builds", body);
    CR_AUTO_FREE char *path = NULL;

    assert_int_equal(a.status, 200);
    assert_string_equal(at(a.json, "metadata.build.status"), "QUEUED");
    path = cr_format("/v1/projects/p/builds/%s", at(a.json, "metadata.build.id"));
    answer_clear(&a);
    a = call(l, "GET", path, NULL);
    assert_string_equal(at(a.json, "status"), "FAILURE");
    assert_string_equal(at(a.json, "failureInfo.type"), type);
    if (!strstr(at(a.json, "failureInfo.detail"), detail))
        fail_msg("'%s' does not say '%s'", at(a.json, "failureInfo.detail"), detail);
    answer_clear(&a);
}

TEST(failures_say_why)
{
    struct local l;

    platform_start(&l);
    expect_failure(&l,
                   "{\"source\": {\"storageSource\": {\"bucket\": \"no\", \"object\": \"no\"}}, \"steps\": [{\"name\": "
                   "\"gcr.io/cloud-builders/docker\", \"args\": [\"build\", \".\"]}]}",
                   "FETCH_SOURCE_FAILED", "gs://no/no");
    expect_failure(&l, "{\"steps\": [{\"name\": \"ubuntu\", \"args\": [\"ls\"]}]}", "USER_BUILD_STEP", "'ubuntu'");
    expect_failure(
        &l, "{\"steps\": [{\"name\": \"gcr.io/cloud-builders/docker\", \"args\": [\"build\", \"--magic\", \".\"]}]}",
        "USER_BUILD_STEP", "unknown flag: --magic");
    expect_failure(
        &l,
        "{\"steps\": [{\"name\": \"gcr.io/cloud-builders/docker\", \"args\": [\"push\", \"x\"]}], \"images\": "
        "[\"never/built:1\"]}",
        "PUSH_IMAGE_NOT_FOUND", "never/built:1");
    expect_failure(
        &l,
        "{\"steps\": [{\"name\": \"gcr.io/cloud-builders/docker\", \"args\": [\"build\", \"-t\", \"$_NO\", \".\"]}]}",
        "USER_BUILD_STEP", "_NO");
    platform_stop(&l);
}

TEST(requests_are_refused)
{
    static const struct {
        const char *body, *said;
    } cases[] = {
        {"{}", "no build steps"},
        {"{\"steps\": [{\"name\": \"x\"}], \"serviceAccount\": \"s\"}", "build.logs_bucket"},
        {"{\"steps\": [{\"name\": \"x\"}], \"substitutions\": {\"lower\": \"x\"}}", "substitution"},
        {"{\"steps\": [{\"name\": \"x\"}], \"logsBucket\": \"gs://nowhere\"}", "logs_bucket"},
        {"{\"steps\": [{\"name\": \"x\", \"argz\": []}]}", "at 'build.steps[0]'"},
        {"[1]", "Root element"},
        {"{", "Invalid JSON payload"},
    };
    struct local l;

    platform_start(&l);
    for (size_t i = 0; i < CR_LEN(cases); i++) {
        struct answer a = call(&l, "POST", "/v1/projects/p/builds", cases[i].body);

        assert_int_equal(a.status, 400);
        if (!strstr(at(a.json, "error.message"), cases[i].said))
            fail_msg("%s: %s", cases[i].body, at(a.json, "error.message"));
        answer_clear(&a);
    }
    assert_int_equal(call_status(&l, "GET", "/v1/projects/p/builds/none", NULL), 404);
    assert_int_equal(call_status(&l, "POST", "/v1/projects/p/builds/none:cancel", "{}"), 404);
    platform_stop(&l);
}

TEST(an_unfinished_build_ends_at_the_next_start)
{
    struct local l;
    struct answer a;
    struct cr_error err = {0};
    json_t *build;

    platform_start(&l);
    platform_image(&l, "one:v1", NULL);
    a = newest(&l);
    build = json_deep_copy(json_array_get(json_object_get(a.json, "builds"), 0));
    answer_clear(&a);
    json_object_set_new(build, "status", json_string("WORKING"));
    assert_ok(local_store_put(l.store, LOCAL_BUILDS, at(build, "name"), build, &err), &err);
    json_decref(build);
    platform_again(&l);
    a = newest(&l);
    assert_string_equal(at(a.json, "builds.0.status"), "INTERNAL_ERROR");
    assert_non_null(strstr(at(a.json, "builds.0.statusDetail"), "submit it again"));
    answer_clear(&a);
    platform_stop(&l);
}

TEST(steps)
{
    json_t *step = json_pack("{s:s, s:s, s:[s, s, s, s, s, s, s, s, s, s]}", "name", "gcr.io/cloud-builders/docker",
                             "dir", "sub", "args", "build", "--network", "cloudbuild", "--tag=a:1", "-t", "b:2",
                             "--no-cache", "--build-arg", "K=V", "ctx");
    struct local_step s;
    struct cr_error err = {0};

    assert_ok(local_step_read(step, &s, &err), &err);
    assert_string_equal(s.tags[0], "a:1");
    assert_string_equal(s.tags[1], "b:2");
    assert_null(s.tags[2]);
    assert_string_equal(s.build_args[0], "K=V");
    assert_string_equal(s.dir, "sub/ctx");
    assert_true(s.no_cache);
    local_step_clear(&s);
    json_object_set_new(step, "dir", json_string("../out"));
    assert_int_equal(local_step_read(step, &s, &err), -1);
    json_object_set_new(step, "dir", json_string("in"));
    json_object_set_new(step, "args", json_pack("[s, s]", "build", "/etc"));
    assert_int_equal(local_step_read(step, &s, &err), -1);
    json_object_set_new(step, "args", json_pack("[s, s, s]", "build", ".", "-t"));
    assert_int_equal(local_step_read(step, &s, &err), -1);
    json_decref(step);
}

TEST(substitutions)
{
    json_t *values = json_pack("{s:s, s:s}", "PROJECT_ID", "p", "_X", "y");
    static const struct {
        const char *text, *want; /* NULL: refused */
    } cases[] = {
        {"plain", "plain"}, {"$PROJECT_ID/z", "p/z"}, {"${_X}1", "y1"}, {"$$_X", "$_X"},
        {"a$", "a$"},       {"$lower", "$lower"},     {"$_Y", NULL},    {"${_Y}", NULL},
        {"${_X", "${_X"},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_FREE char *out = NULL;
        struct cr_error err = {0};

        if (local_substitute(cases[i].text, values, &out, &err) < 0)
            assert_null(cases[i].want);
        else
            assert_string_equal(out, cases[i].want);
    }
    json_decref(values);
}

TEST(filters)
{
    json_t *build = json_pack("{s:s, s:s, s:[s, s]}", "id", "i", "status", "SUCCESS", "tags", "x", "y");
    static const struct {
        const char *filter;
        int match;
    } cases[] = {
        {NULL, 1},
        {"", 1},
        {"tags=\"x\"", 1},
        {"tags = x", 1},
        {"tags=\"z\"", 0},
        {"tags=\"x\" AND tags=\"y\"", 1},
        {"tags=\"x\" status=\"FAILURE\"", 0},
        {"build_id=\"i\"", 1},
        {"color=\"red\"", -1},
        {"tags", -1},
        {"\"x\"", -1},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        struct cr_error err = {0};

        assert_int_equal(local_build_match(cases[i].filter, build, &err), cases[i].match);
    }
    json_decref(build);
}

TEST_MAIN(cmocka_unit_test(a_build_ends_with_a_digest_and_a_log), cmocka_unit_test(failures_say_why),
          cmocka_unit_test(requests_are_refused), cmocka_unit_test(an_unfinished_build_ends_at_the_next_start),
          cmocka_unit_test(steps), cmocka_unit_test(substitutions), cmocka_unit_test(filters))
