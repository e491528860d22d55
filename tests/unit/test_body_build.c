/* Builds as they are asked for: a model's against its golden file (`make golden` writes it anew), others by rule. */
#include "lib/test.h"

#include <stdio.h>

#include "base/auto.h"
#include "base/file.h"
#include "core/body_build.h"
#include "core/label.h"
#include "core/manifest.h"

static const char manifest_text[] = "name: distilbert\n"
                                    "model: {task: question-answering, source: ., files: {model: m.onnx}}\n"
                                    "build: {timeout: 10m}\n"
                                    "deploy: {project: my-proj, region: us-central1}\n";

struct made {
    struct cr_manifest manifest;
    struct cr_plan plan;
};

static void made_clear(struct made *m)
{
    cr_plan_clear(&m->plan);
    cr_manifest_clear(&m->manifest);
}

/* A plan of the manifest, or without it, with options: key, text, key, text, ending with -1. */
static void make(struct made *m, bool model, const int *keys, const char *const *texts)
{
    struct cr_layer layers[CR_ORIGIN_COUNT] = {0};
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    struct cr_error err = {0};

    *m = (struct made){0};
    layers[CR_FROM_GCLOUD].text[CR_KEY_PROJECT] = "my-proj";
    for (size_t i = 0; keys && keys[i] >= 0; i++)
        layers[CR_FROM_OPTION].text[keys[i]] = texts[i];
    if (model)
        assert_ok(cr_manifest_parse(manifest_text, strlen(manifest_text), "crdeploy.yaml", ".", &m->manifest, &problems,
                                    &err),
                  &err);
    assert_ok(cr_plan_make(model ? &m->manifest : NULL, layers, &m->plan, &problems, &err), &err);
    for (size_t i = 0; i < problems.len; i++)
        fail_msg("%s: %s", problems.row[i].place, problems.row[i].msg);
}

static char *dump(json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);

    json_decref(body);
    assert_non_null(text);
    return text;
}

static void golden(json_t *body, const char *name)
{
    const char *src = getenv("srcdir");
    CR_AUTO_FREE char *path = cr_format("%s/tests/data/golden/%s.json", src ? src : ".", name);
    CR_AUTO_FREE char *got = json_dumps(body, JSON_INDENT(2) | JSON_SORT_KEYS), *want = NULL;
    json_auto_t *expected = NULL;

    json_decref(body);
    if (getenv("GOLDEN")) {
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        fprintf(f, "%s\n", got);
        fclose(f);
        return;
    }
    expected = json_load_file(path, 0, NULL);
    want = json_dumps(expected, JSON_INDENT(2) | JSON_SORT_KEYS);
    assert_non_null(want);
    assert_string_equal(got, want);
}

#define DOCKER "\"name\":\"gcr.io/cloud-builders/docker\""

TEST(a_models_build_is_as_recorded)
{
    json_auto_t *source = cr_build_storage_source("my-proj_cloudbuild", "source/abc.tgz", "17");
    CR_AUTO(made_clear) struct made m;

    make(&m, true, NULL, NULL);
    golden(cr_body_build(&(struct cr_build_want){.plan = &m.plan,
                                                 .image = "us-central1-docker.pkg.dev/my-proj/crdeploy/distilbert:0123",
                                                 .source = source,
                                                 .own = true,
                                                 .measured = true}),
           "build");
}

TEST(a_label_is_made_of_what_was_measured_unless_nothing_was)
{
    static const int keys[] = {CR_KEY_BUILD_CACHE, -1};
    static const char *const texts[] = {"false"};
    struct cr_build_want want = {.image = "us-docker.pkg.dev/p/r/n:t", .own = true, .measured = true};
    CR_AUTO_FREE char *measured = NULL, *unmeasured = NULL;
    CR_AUTO(made_clear) struct made m;

    make(&m, true, keys, texts);
    want.plan = &m.plan;
    measured = dump(cr_body_build(&want));
    assert_non_null(
        strstr(measured, "\"steps\":[{\"args\":[\"build\",\"--network\",\"cloudbuild\",\"--no-cache\",\"--build-arg\","
                         "\"SOURCE_DATE_EPOCH=0\",\"-t\",\"us-docker.pkg.dev/p/r/n:t\",\".\"]," DOCKER "},"
                         "{\"args\":[\"build\",\"--build-arg\",\"IMAGE=us-docker.pkg.dev/p/r/n:t\",\"--file\","
                         "\"bootstrap/measured.Dockerfile\",\"--output\",\"type=local,dest=measured\",\"bootstrap\"],"
                         "\"env\":[\"DOCKER_BUILDKIT=1\"]," DOCKER "},"
                         "{\"args\":[\"build\",\"--build-arg\",\"IMAGE=us-docker.pkg.dev/p/r/n:t\",\"--build-arg\","
                         "\"SOURCE_DATE_EPOCH=0\",\"-t\",\"us-docker.pkg.dev/p/r/n:t\",\"measured\"],"
                         "\"env\":[\"DOCKER_BUILDKIT=1\"]," DOCKER "}]"));
    want.measured = false;
    unmeasured = dump(cr_body_build(&want));
    assert_null(strstr(unmeasured, "IMAGE="));
}

/* What prove writes, what is taken out of the image, and the label's name are the same on both sides. */
TEST(the_label_of_what_was_measured_is_the_one_that_is_read)
{
    static const struct {
        const char *file, *text;
    } rows[] = {
        {"templates/bootstrap/prove.c", "LABEL " CR_LABEL_PEAK "="},
        {"templates/bootstrap/prove.c", "%s/usr/share/crdeploy"},
        {"templates/bootstrap/measured.Dockerfile", "COPY --from=image " CR_BUILD_MEASURED " /"},
        {"templates/bootstrap/sbom.c", "LABEL " CR_LABEL_PACKAGES "="},
        {"templates/bootstrap/sbom.c", "\"" CR_LABEL_VERSION "\""},
        {"templates/bootstrap/sbom.c", "\"" CR_LABEL_BASE "\""},
        {"templates/bootstrap/sbom.c", "\"" CR_LABEL_REVISION "\""},
        {"templates/bootstrap/sbom.c", "\"" CR_LABEL_LICENSES "\""},
    };
    const char *src = getenv("srcdir");

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_FREE char *path = cr_format("%s/%s", src ? src : ".", rows[i].file), *text = NULL;
        struct cr_error err = {0};

        assert_ok(cr_file_read(path, 1 << 20, &text, NULL, &err), &err);
        if (!strstr(text, rows[i].text))
            fail_msg("'%s' is not in %s", rows[i].text, rows[i].file);
    }
}

/* The template's stages, read where they stand: a stage that is renamed there is found here. */
TEST(every_stage_that_is_kept_is_one_of_the_template)
{
    const char *src = getenv("srcdir");
    CR_AUTO_FREE char *path = cr_format("%s/templates/Dockerfile.mustache", src ? src : "."), *text = NULL;
    struct cr_error err = {0};
    const char *at;

    assert_ok(cr_file_read(path, 1 << 20, &text, NULL, &err), &err);
    at = text;
    for (const char *const *s = cr_build_stages; *s; s++) {
        CR_AUTO_FREE char *line = cr_format(" AS %s\n", *s);

        at = strstr(at, line);
        if (!at)
            fail_msg("no stage '%s', or not in this order", *s);
    }
}

TEST(another_directory_is_cached_beside_its_image_or_built_as_gcloud_builds_it)
{
    static const int keys[] = {CR_KEY_BUILD_CACHE, -1};
    static const char *const texts[] = {"false"};
    struct cr_build_want want = {.image = "gcr.io/my-proj/app:v1"};
    CR_AUTO_FREE char *cached = NULL, *plain = NULL;
    CR_AUTO(made_clear) struct made a, b;

    make(&a, false, NULL, NULL);
    make(&b, false, keys, texts);
    want.plan = &a.plan;
    cached = dump(cr_body_build(&want));
    assert_string_equal(
        cached, "{\"images\":[\"gcr.io/my-proj/app:v1\",\"gcr.io/my-proj/app:crdeploy-cache\"],\"steps\":[{\"args\":["
                "\"build\",\"--build-arg\",\"BUILDKIT_INLINE_CACHE=1\",\"--cache-from\",\"gcr.io/my-proj/"
                "app:crdeploy-cache\",\"-t\",\"gcr.io/my-proj/app:v1\",\"-t\",\"gcr.io/my-proj/app:crdeploy-cache\","
                "\".\"],\"env\":[\"DOCKER_BUILDKIT=1\"]," DOCKER "}]}");
    want.plan = &b.plan;
    plain = dump(cr_body_build(&want));
    assert_string_equal(plain, "{\"images\":[\"gcr.io/my-proj/app:v1\"],\"steps\":[{\"args\":[\"build\",\"--network\","
                               "\"cloudbuild\",\"--no-cache\",\"-t\",\"gcr.io/my-proj/app:v1\",\".\"]," DOCKER "}]}");
}

TEST(who_a_build_runs_as_decides_where_its_log_goes)
{
    static const struct {
        int keys[3];
        const char *texts[2], *want;
    } rows[] = {
        {{CR_KEY_BUILD_SERVICE_ACCOUNT, -1},
         {"b@p-1.iam.gserviceaccount.com"},
         "{\"options\":{\"logging\":\"CLOUD_LOGGING_ONLY\"},\"serviceAccount\":\"projects/p-1/serviceAccounts/"
         "b@p-1.iam.gserviceaccount.com\"}"},
        {{CR_KEY_BUILD_SERVICE_ACCOUNT, -1},
         {"9-compute@developer.gserviceaccount.com"},
         "{\"options\":{\"logging\":\"CLOUD_LOGGING_ONLY\"},\"serviceAccount\":\"projects/my-proj/serviceAccounts/"
         "9-compute@developer.gserviceaccount.com\"}"},
        {{CR_KEY_BUILD_SERVICE_ACCOUNT, CR_KEY_BUILD_LOG_DIR, -1},
         {"projects/p/serviceAccounts/1234", "gs://logs"},
         "{\"logsBucket\":\"gs://logs\",\"serviceAccount\":\"projects/p/serviceAccounts/1234\"}"},
        {{CR_KEY_BUILD_SERVICE_ACCOUNT, CR_KEY_BUILD_BUCKETS, -1},
         {"projects/p/serviceAccounts/1234", "REGIONAL_USER_OWNED_BUCKET"},
         "{\"options\":{\"defaultLogsBucketBehavior\":\"REGIONAL_USER_OWNED_BUCKET\"},\"serviceAccount\":\"projects/p/"
         "serviceAccounts/1234\"}"},
        {{CR_KEY_BUILD_MACHINE_TYPE, CR_KEY_BUILD_DISK_SIZE, -1},
         {"e2-highcpu-8", "1TB"},
         "{\"options\":{\"diskSizeGb\":\"1024\",\"machineType\":\"E2_HIGHCPU_8\"}}"},
        {{CR_KEY_BUILD_TIMEOUT, CR_KEY_BUILD_SUBSTITUTIONS, -1},
         {"20m", "_A=1,_B=x y"},
         "{\"substitutions\":{\"_A\":\"1\",\"_B\":\"x y\"},\"timeout\":\"1200s\"}"},
        {{CR_KEY_BUILD_WORKER_POOL, CR_KEY_BUILD_REGION, -1},
         {"p1", "us-west1"},
         "{\"options\":{\"pool\":{\"name\":\"projects/my-proj/locations/us-west1/workerPools/p1\"}}}"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO(made_clear) struct made m;
        json_auto_t *empty = json_object();
        CR_AUTO_FREE char *got = NULL;

        make(&m, false, rows[i].keys, rows[i].texts);
        got = dump(cr_body_build(&(struct cr_build_want){.plan = &m.plan, .config = empty}));
        assert_string_equal(got, rows[i].want);
    }
}

TEST(a_build_runs_where_its_pool_is)
{
    static const struct {
        const char *pool, *region, *want; /* NULL: an error */
    } rows[] = {
        {"", "", "global"},
        {"", "us-west1", "us-west1"},
        {"projects/p/locations/us-west1/workerPools/w", "", "us-west1"},
        {"projects/p/locations/us-west1/workerPools/w", "us-west1", "us-west1"},
        {"projects/p/locations/us-west1/workerPools/w", "us-east1", NULL},
        {"w", "us-east1", "us-east1"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        int keys[3] = {-1, -1, -1};
        const char *texts[2] = {NULL};
        CR_AUTO(made_clear) struct made m;
        CR_AUTO_FREE char *got = NULL;
        struct cr_error err = {0};
        size_t n = 0;
        int rc;

        if (*rows[i].pool) {
            keys[n] = CR_KEY_BUILD_WORKER_POOL;
            texts[n++] = rows[i].pool;
        }
        if (*rows[i].region) {
            keys[n] = CR_KEY_BUILD_REGION;
            texts[n++] = rows[i].region;
        }
        make(&m, false, keys, texts);
        rc = cr_build_location(&m.plan, NULL, &got, &err);
        assert_int_equal(rc, rows[i].want ? 0 : -1);
        if (rows[i].want)
            assert_string_equal(got, rows[i].want);
    }
}

TEST(disks_are_counted_as_gcloud_counts)
{
    static const struct {
        const char *text;
        int64_t gb; /* 0: an error */
    } rows[] = {{"100", 100},
                {"100GB", 100},
                {"1TB", 1024},
                {"1TiB", 1024},
                {"200gb", 200},
                {"200G", 200},
                {"102400M", 100},
                {"102401M", 0},
                {"99", 0},
                {"1025", 0},
                {"2TB", 0},
                {"", 0},
                {"GB", 0},
                {"100XB", 0},
                {"-1", 0},
                {"100 GB", 0},
                {"1.5TB", 0},
                {"99999999999999999999", 0},
                {"999999999999999999P", 0}};

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        int64_t gb = 0;
        int rc = cr_disk_parse(rows[i].text, &gb, &err);

        if ((rc == 0) != (rows[i].gb != 0) || gb != rows[i].gb)
            fail_msg("'%s' is %lld", rows[i].text, (long long)gb);
        if (rc < 0)
            assert_non_null(strstr(err.msg, rows[i].text));
    }
}

TEST(a_buildpack_is_named_whole)
{
    static const char *const bad[] = {"", "builder=b", "image=", "image=a,colour=red", "image"};
    CR_AUTO(cr_pack_clear) struct cr_pack p = {0};
    CR_AUTO(made_clear) struct made m;
    CR_AUTO_FREE char *got = NULL;
    struct cr_error err = {0};

    for (size_t i = 0; i < CR_LEN(bad); i++) {
        assert_int_equal(cr_pack_parse(bad[i], &p, &(struct cr_error){0}), -1);
        assert_null(p.image);
    }
    assert_ok(cr_pack_parse("image=gcr.io/p/a,env=A=1", &p, &err), &err);
    make(&m, false, NULL, NULL);
    got = dump(cr_body_build(&(struct cr_build_want){.plan = &m.plan, .pack = &p}));
    assert_string_equal(got, "{\"images\":[\"gcr.io/p/a\"],\"steps\":[{\"args\":[\"config\",\"default-builder\","
                             "\"gcr.io/buildpacks/builder:latest\"],\"entrypoint\":\"pack\",\"name\":\"gcr.io/"
                             "k8s-skaffold/pack\"},{\"args\":[\"build\",\"gcr.io/p/a\",\"--network\",\"cloudbuild\","
                             "\"--env\",\"A=1\"],\"entrypoint\":\"pack\",\"name\":\"gcr.io/k8s-skaffold/pack\"}],"
                             "\"tags\":[\"gcp-runtimes-builder-default-gcloudsubmits\",\"gcp-runtimes-builder-latest-"
                             "gcloudsubmits\"]}");
}

TEST(an_image_has_a_path)
{
    static const char *const rows[][2] = {{"gcr.io/p/a", "gcr.io/p/a"},
                                          {"gcr.io/p/a:v1", "gcr.io/p/a"},
                                          {"localhost:5000/a", "localhost:5000/a"},
                                          {"localhost:5000/a:b", "localhost:5000/a"},
                                          {"gcr.io/p/a@sha256:12", "gcr.io/p/a"},
                                          {"gcr.io/p/a:v@sha256:12", "gcr.io/p/a"}};

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_FREE char *path = cr_image_path(rows[i][0]);

        assert_string_equal(path, rows[i][1]);
    }
}

TEST_MAIN(cmocka_unit_test(a_models_build_is_as_recorded),
          cmocka_unit_test(a_label_is_made_of_what_was_measured_unless_nothing_was),
          cmocka_unit_test(the_label_of_what_was_measured_is_the_one_that_is_read),
          cmocka_unit_test(every_stage_that_is_kept_is_one_of_the_template),
          cmocka_unit_test(another_directory_is_cached_beside_its_image_or_built_as_gcloud_builds_it),
          cmocka_unit_test(who_a_build_runs_as_decides_where_its_log_goes),
          cmocka_unit_test(a_build_runs_where_its_pool_is), cmocka_unit_test(disks_are_counted_as_gcloud_counts),
          cmocka_unit_test(a_buildpack_is_named_whole), cmocka_unit_test(an_image_has_a_path))
