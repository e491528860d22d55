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

#define DOCKER(args) "{\"name\": \"gcr.io/cloud-builders/docker\", \"args\": [" args "]}"
/* The context that platform_image() staged. */
#define FROM_ONE "{\"source\": {\"storageSource\": {\"bucket\": \"sources\", \"object\": \"x.tgz\"}}, "

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
        &l, "{\"steps\": [{\"name\": \"gcr.io/cloud-builders/docker\", \"args\": [\"push\", \"never/built:1\"]}]}",
        "USER_BUILD_STEP", "does not exist locally with the tag: never/built:1");
    platform_image(&l, "one:v1", NULL);
    expect_failure(
        &l, FROM_ONE "\"steps\": [" DOCKER("\"build\", \"-t\", \"x:1\", \".\"") "], \"images\": [\"never/built:1\"]}",
        "PUSH_IMAGE_NOT_FOUND", "never/built:1");
    expect_failure(&l, FROM_ONE "\"steps\": [" DOCKER("\"build\", \"-f\", \"other/File\", \"-t\", \"x:1\", \".\"") "]}",
                   "USER_BUILD_STEP", "lstat /workspace/other/File: no such file");
    expect_failure(&l,
                   FROM_ONE "\"steps\": [{\"name\": \"gcr.io/kaniko-project/executor\", \"args\": [\"-d=x:1\", "
                            "\"--dockerfile=../../../../../../../../../../../../etc/hostname\"]}]}",
                   "USER_BUILD_STEP", "etc/hostname' leads out of the workspace");
    expect_failure(&l,
                   FROM_ONE "\"steps\": [{\"name\": \"gcr.io/k8s-skaffold/pack\", \"entrypoint\": \"pack\", \"args\": "
                            "[\"build\"]}]}",
                   "USER_BUILD_STEP", "cannot run the build step 'gcr.io/k8s-skaffold/pack' with the entrypoint pack");
    platform_stop(&l);
}

#define ONE "{\"steps\": [{\"name\": \"x\"}]"

TEST(requests_are_refused)
{
    static const struct {
        const char *body, *said;
    } cases[] = {
        {"{}", "no build steps"},
        {"{\"steps\": [{\"args\": [\"x\"]}]}", "build step 0 must specify a name"},
        {ONE ", \"serviceAccount\": \"projects/p/serviceAccounts/a@p.iam.gserviceaccount.com\"}", "build.logs_bucket"},
        {ONE
         ", \"serviceAccount\": \"projects/p/serviceAccounts/a@p.iam.gserviceaccount.com\", \"options\": {\"logging\": "
         "\"GCS_ONLY\"}}",
         "CLOUD_LOGGING_ONLY / NONE"},
        {ONE ", \"serviceAccount\": \"s\", \"options\": {\"logging\": \"NONE\"}}", "build.service_account"},
        {ONE ", \"substitutions\": {\"lower\": \"x\"}}", "key of a substitution must match"},
        {ONE ", \"substitutions\": {\"_X\": \"x\"}}", "\"_X\" is not matched in the template"},
        {"{\"steps\": [{\"name\": \"x\", \"args\": [\"$_X\"]}]}", "\"_X\" is not matched in the substitution data"},
        {"{\"steps\": [{\"name\": \"x\", \"env\": [\"A=${NO_SUCH}\"]}]}", "\"NO_SUCH\" is not a valid built-in"},
        {ONE ", \"logsBucket\": \"gs://nowhere\"}", "logs_bucket"},
        {ONE ", \"timeout\": \"86401s\"}", "maximum of 86400s"},
        {ONE ", \"timeout\": \"0s\"}", "must be positive"},
        {ONE ", \"timeout\": \"1h\"}", "build.timeout"},
        {ONE ", \"options\": {\"diskSizeGb\": \"4001\"}}", "4001 is not between 0 and 4000"},
        {ONE ", \"options\": {\"machineType\": \"HUGE\"}}", "machine_type"},
        {ONE ", \"options\": {\"env\": [\"NOTHING\"]}}", "not of the form KEY=VALUE"},
        {ONE ", \"options\": {\"pool\": {\"name\": \"projects/p/locations/us-west1/workerPools/w\"}}}",
         "in \"us-west1\" must be created there"},
        {ONE ", \"options\": {\"pool\": {\"name\": \"w\"}}}", "is not of the form projects/"},
        {ONE ", \"tags\": [\"a b\"]}", "tag \"a b\" must match"},
        {ONE ", \"images\": [\"a b\"]}", "invalid image name"},
        {ONE ", \"source\": {\"storageSource\": {\"bucket\": \"b\"}}}", "bucket and object"},
        {"{\"steps\": [{\"name\": \"x\", \"script\": \"ls\", \"args\": [\"a\"]}]}", "script cannot be used with"},
        {"{\"steps\": [{\"name\": \"x\", \"waitFor\": [\"y\"]}]}", "\"y\", which has not been defined"},
        {"{\"steps\": [{\"name\": \"x\", \"id\": \"i\"}, {\"name\": \"x\", \"id\": \"i\"}]}", "id \"i\" of an earlier"},
        {"{\"steps\": [{\"name\": \"x\", \"dir\": \"../up\"}]}", "leaves the workspace"},
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

/* Builds what platform_image() staged and shows the build at its end. */
static struct answer built(struct local *l, const char *rest)
{
    CR_AUTO_FREE char *body = cr_format(FROM_ONE "%s}", rest), *path = NULL;
    struct answer a = call(l, "POST", "/v1/projects/p/locations/us-west1/builds", body);

    if (a.status != 200)
        fail_msg("%s: %s", rest, at(a.json, "error.message"));
    path = cr_format("/v1/projects/p/locations/us-west1/builds/%s", at(a.json, "metadata.build.id"));
    answer_clear(&a);
    return call(l, "GET", path, NULL);
}

/* The log by Cloud Logging; and whether there is an object, by its status. */
static int logs_of(struct local *l, const struct answer *a, char *text, size_t size)
{
    CR_AUTO_FREE char *filter = cr_format("{\"resourceNames\": [\"projects/p\"], \"pageSize\": 1000, \"filter\": "
                                          "\"resource.labels.build_id=\\\"%s\\\"\"}",
                                          at(a->json, "id")),
                      *path = NULL;
    struct answer log = call(l, "POST", "/v2/entries:list", filter);
    json_t *entry;
    size_t i;

    *text = '\0';
    json_array_foreach(json_object_get(log.json, "entries"), i, entry)
        snprintf(text + strlen(text), size - strlen(text), "%s\n", at(entry, "textPayload"));
    answer_clear(&log);
    path = cr_format("/1.cloudbuild-logs.googleusercontent.com/log-%s.txt", at(a->json, "id"));
    return call_status(l, "GET", path, NULL);
}

TEST(the_log_is_where_the_options_say)
{
    static const struct {
        const char *options;
        int object;
        bool entries;
    } cases[] = {
        {"{}", 200, true},
        {"{\"logging\": \"LEGACY\"}", 200, true},
        {"{\"logging\": \"GCS_ONLY\"}", 200, false},
        {"{\"logging\": \"CLOUD_LOGGING_ONLY\"}", 404, true},
        {"{\"logging\": \"NONE\"}", 404, false},
    };
    char text[4000];
    struct local l;

    platform_start(&l);
    platform_image(&l, "one:v1", NULL);
    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_FREE char *rest = cr_format(
            "\"options\": %s, \"steps\": [" DOCKER("\"build\", \"-t\", \"x:1\", \".\"") "]", cases[i].options);
        struct answer a = built(&l, rest);

        assert_string_equal(at(a.json, "status"), "SUCCESS");
        assert_int_equal(logs_of(&l, &a, text, sizeof(text)), cases[i].object);
        assert_int_equal(strstr(text, "DONE\n") != NULL, cases[i].entries);
        assert_int_equal(json_object_get(a.json, "logsBucket") != NULL, cases[i].object == 200);
        answer_clear(&a);
    }
    platform_stop(&l);
}

TEST(several_steps)
{
    struct local l;
    struct answer a;
    char text[4000];

    platform_start(&l);
    platform_image(&l, "one:v1", NULL);
    a = built(
        &l,
        "\"substitutions\": {\"_TAG\": \"v2\"}, \"images\": [\"gcr.io/p/two:${_TAG}\", "
        "\"us-docker.pkg.dev/p/new/two\"], \"steps\": ["
        "{\"id\": \"first\", \"name\": \"gcr.io/cloud-builders/docker\", \"env\": [\"DOCKER_BUILDKIT=1\"], \"args\": "
        "[\"build\", \"--build-arg\", \"BUILDKIT_INLINE_CACHE=1\", \"--cache-from\", \"x:cache\", \"--target\", "
        "\"build\", \"-t\", \"gcr.io/$PROJECT_ID/two:$_TAG\", \".\"]}, "
        "{\"name\": \"gcr.io/cloud-builders/docker\", \"args\": [\"pull\", \"never:1\"], \"allowFailure\": true}, "
        "{\"name\": \"gcr.io/cloud-builders/docker\", \"waitFor\": [\"first\"], \"args\": [\"tag\", "
        "\"gcr.io/p/two:v2\", \"us-docker.pkg.dev/p/new/two:latest\"]}, " DOCKER("\"push\", \"gcr.io/p/two:v2\"") "]");
    assert_string_equal(at(a.json, "statusDetail"), "");
    assert_string_equal(at(a.json, "status"), "SUCCESS");
    assert_string_equal(at(a.json, "steps.1.status"), "FAILURE");
    assert_string_equal(at(a.json, "steps.1.exitCode"), "1");
    assert_non_null(strstr(at(a.json, "warnings.0.text"), "Step #1 failed"));
    assert_string_equal(at(a.json, "results.images.0.name"), "gcr.io/p/two:v2");
    assert_string_equal(at(a.json, "results.images.1.name"), "us-docker.pkg.dev/p/new/two");
    logs_of(&l, &a, text, sizeof(text));
    assert_non_null(strstr(text, "Starting Step #0 - \"first\"\nStep #0 - \"first\": Already have image (with digest): "
                                 "gcr.io/cloud-builders/docker\nStep #0 - \"first\": "));
    assert_non_null(strstr(text, "Step #0 - \"first\": built\n"));
    assert_non_null(strstr(text, "Finished Step #3\n"));
    answer_clear(&a);
    /* What was pushed is in the registry, the repositories with it, those of a gcr.io name too. */
    assert_int_equal(
        call_status(&l, "GET", "/v1/projects/p/locations/us/repositories/gcr.io/packages/two/tags/v2", NULL), 200);
    assert_int_equal(
        call_status(&l, "GET", "/v1/projects/p/locations/us/repositories/new/packages/two/tags/latest", NULL), 200);
    assert_int_equal(call_status(&l, "GET", "/v1/projects/p/locations/us/repositories/new", NULL), 200);
    a = call(&l, "GET", "/v1/projects/p/locations/us/repositories/gcr.io", NULL);
    assert_string_equal(at(a.json, "format"), "DOCKER");
    answer_clear(&a);
    platform_stop(&l);
}

TEST(kaniko_builds_and_pushes)
{
    struct local l;
    struct answer a;

    platform_start(&l);
    platform_image(&l, "one:v1", NULL);
    a = built(&l, "\"steps\": [{\"name\": \"gcr.io/kaniko-project/executor:latest\", \"args\": [\"--destination\", "
                  "\"us-docker.pkg.dev/p/r/k:1\", \"--cache\", \"--cache-ttl\", \"6h\", \"--cache-dir\", \"\"]}]");
    assert_string_equal(at(a.json, "status"), "SUCCESS");
    assert_null(json_array_get(json_object_get(json_object_get(a.json, "results"), "images"), 0));
    answer_clear(&a);
    assert_int_equal(call_status(&l, "GET", "/v1/projects/p/locations/us/repositories/r/packages/k/tags/1", NULL), 200);
    platform_stop(&l);
}

TEST(loose_and_dynamic_substitutions)
{
    struct local l;
    struct answer a;

    platform_start(&l);
    platform_image(&l, "one:v1", NULL);
    a = built(&l, "\"options\": {\"substitutionOption\": \"ALLOW_LOOSE\"}, \"substitutions\": {\"_UNUSED\": \"x\"}, "
                  "\"steps\": [" DOCKER("\"build\", \"-t\", \"x:a${_NONE}$$\", \".\"") "]");
    assert_string_equal(at(a.json, "steps.0.args.2"), "x:a$");
    answer_clear(&a);
    a = built(&l,
              "\"options\": {\"dynamicSubstitutions\": true}, \"substitutions\": {\"_IMAGE\": \"x/$LOCATION:${_TAG}\", "
              "\"_TAG\": \"t\"}, \"steps\": [" DOCKER("\"build\", \"-t\", \"$_IMAGE\", \".\"") "]");
    assert_string_equal(at(a.json, "steps.0.args.2"), "x/us-west1:t");
    answer_clear(&a);
    platform_stop(&l);
}

TEST(a_build_is_retried)
{
    struct local l;
    struct answer a, again;
    CR_AUTO_FREE char *path = NULL;

    platform_start(&l);
    platform_image(&l, "one:v1", NULL);
    a = newest(&l);
    path = cr_format("/v1/projects/p/builds/%s:retry", at(a.json, "builds.0.id"));
    again = call(&l, "POST", path, "{}");
    assert_int_equal(again.status, 200);
    assert_string_equal(at(again.json, "metadata.build.status"), "QUEUED");
    assert_null(strstr(path, at(again.json, "metadata.build.id")));
    answer_clear(&again);
    answer_clear(&a);
    a = newest(&l);
    assert_string_equal(at(a.json, "builds.0.status"), "SUCCESS");
    answer_clear(&a);
    a = call(&l, "GET", "/v1/projects/p/builds?filter=tags%3D%22a-test%22%20status!%3D%22FAILURE%22", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "builds")), 2);
    answer_clear(&a);
    assert_int_equal(call_status(&l, "POST", "/v1/projects/p/builds/none:retry", "{}"), 404);
    platform_stop(&l);
}

TEST(a_regional_bucket_of_the_users_own)
{
    struct local l;
    struct answer a;

    platform_start(&l);
    platform_image(&l, "one:v1", NULL);
    a = built(&l, "\"serviceAccount\": \"projects/p/serviceAccounts/a@p.iam.gserviceaccount.com\", \"options\": "
                  "{\"defaultLogsBucketBehavior\": \"REGIONAL_USER_OWNED_BUCKET\"}, \"steps\": [" DOCKER(
                      "\"build\", \"-t\", \"x:1\", \".\"") "]");
    assert_string_equal(at(a.json, "status"), "SUCCESS");
    assert_string_equal(at(a.json, "logsBucket"), "gs://p_us-west1_cloudbuild");
    assert_int_equal(call_status(&l, "GET", "/storage/v1/b/p_us-west1_cloudbuild", NULL), 200);
    answer_clear(&a);
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
    static const char *const outputs[] = {"type=local,dest=/etc",
                                          "type=local,dest=../x",
                                          "type=local,dest=a/b",
                                          "type=local,dest=.",
                                          "type=local,dest=",
                                          "type=tar,dest=x",
                                          "made",
                                          "type=local,dest=a,b"};
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
    json_object_set_new(step, "args",
                        json_pack("[s,s,s,s,s,s,s]", "build", "-f", "docker/File", "--build-arg",
                                  "BUILDKIT_INLINE_CACHE=1", "--cache-from=x:c", "a/b"));
    assert_ok(local_step_read(step, &s, &err), &err);
    assert_string_equal(s.dockerfile, "../../docker/File"); /* from where docker runs, told from the context */
    assert_null(s.build_args);
    local_step_clear(&s);
    json_object_set_new(step, "args",
                        json_pack("[s,s,s,s,s,s]", "build", "--build-arg", "SOURCE_DATE_EPOCH=0", "--output",
                                  "type=local,dest=made", "."));
    assert_ok(local_step_read(step, &s, &err), &err);
    assert_string_equal(s.output, "made");
    assert_null(s.build_args);
    local_step_clear(&s);
    for (size_t i = 0; i < CR_LEN(outputs); i++) {
        json_object_set_new(step, "args", json_pack("[s,s,s,s]", "build", "--output", outputs[i], "."));
        assert_int_equal(local_step_read(step, &s, &err), -1);
        assert_non_null(strstr(err.msg, "cannot write the output"));
    }
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
    json_t *build = json_pack("{s:s, s:s, s:[s, s], s:s}", "id", "i", "status", "SUCCESS", "tags", "x", "y",
                              "createTime", "2026-01-02T03:04:05.500000Z");
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
        {"status!=\"SUCCESS\"", 0},
        {"tags!=\"z\"", 1},
        {"create_time>=\"2026-01-02T03:04:05Z\"", 1},
        {"create_time>\"2026-01-02T03:04:05Z\"", 0},
        {"create_time < \"2027-01-01T00:00:00+00:00\"", 1},
        {"finish_time>\"2026-01-02T03:04:05Z\"", 0},
        {"status>\"A\"", -1},
        {"tags==\"x\"", -1},
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
          cmocka_unit_test(the_log_is_where_the_options_say), cmocka_unit_test(several_steps),
          cmocka_unit_test(kaniko_builds_and_pushes), cmocka_unit_test(loose_and_dynamic_substitutions),
          cmocka_unit_test(a_build_is_retried), cmocka_unit_test(a_regional_bucket_of_the_users_own),
          cmocka_unit_test(steps), cmocka_unit_test(substitutions), cmocka_unit_test(filters))
