/* The bodies that are sent, against golden files in tests/data/golden; `make golden` writes those anew. */
#include "lib/test.h"

#include "base/auto.h"
#include "core/body.h"

static const char manifest_text[] = "name: distilbert\n"
                                    "description: answers questions\n"
                                    "labels: {team: search}\n"
                                    "model: {task: question-answering, source: ., files: {model: m.onnx}}\n"
                                    "build: {timeout: 10m}\n"
                                    "deploy:\n"
                                    "  project: my-proj\n"
                                    "  region: us-central1\n"
                                    "  cpu: 2\n"
                                    "  memory: 3G\n"
                                    "  concurrency: 1\n"
                                    "  env: {LOG_LEVEL: info}\n";

struct made {
    struct cr_manifest manifest;
    struct cr_plan plan;
};

static void make(struct made *m)
{
    static const struct cr_layer none[CR_ORIGIN_COUNT];
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    struct cr_error err = {0};

    *m = (struct made){0};
    assert_ok(
        cr_manifest_parse(manifest_text, strlen(manifest_text), "crdeploy.yaml", ".", &m->manifest, &problems, &err),
        &err);
    assert_ok(cr_plan_make(&m->manifest, none, &m->plan, &problems, &err), &err);
    for (size_t i = 0; i < problems.len; i++)
        fail_msg("%s: %s", problems.row[i].place, problems.row[i].msg);
}

static void clear(struct made *m)
{
    cr_plan_clear(&m->plan);
    cr_manifest_clear(&m->manifest);
}

/* Compares with tests/data/golden/NAME.json, or writes it when GOLDEN is set. Takes body. */
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

static const char digest_image[] = "us-central1-docker.pkg.dev/my-proj/crdeploy/distilbert@sha256:"
                                   "0000000000000000000000000000000000000000000000000000000000000000";

TEST(the_image_is_named_by_its_context)
{
    struct made m;
    CR_AUTO_FREE char *image = NULL;

    make(&m);
    image = cr_body_image(&m.plan, "0123456789abcdef");
    assert_string_equal(image, "us-central1-docker.pkg.dev/my-proj/crdeploy/distilbert:0123456789ab");
    clear(&m);
}

TEST(a_new_service_is_as_recorded)
{
    struct made m;

    make(&m);
    golden(cr_body_service(&m.plan, digest_image, NULL), "service-new");
    clear(&m);
}

/* What somebody set elsewhere stays: a secret in the template, always-on CPU, a sidecar, the traffic. */
TEST(a_patch_keeps_what_is_not_ours)
{
    json_auto_t *live = json_pack(
        "{s:s, s:{s:s}, s:{s:s, s:s, s:[{s:s, s:{s:{s:s}}, s:[{s:s, s:s}]}, {s:s}]}, s:[{s:s}], s:s, s:s}", "etag",
        "\"e1\"", "labels", "owner", "ops", "template", "revision", "distilbert-00003-abc", "serviceAccount", "sa@p",
        "containers", "image", "old", "resources", "limits", "cpu", "1", "volumeMounts", "name", "v", "mountPath", "/v",
        "image", "sidecar", "traffic", "revision", "distilbert-00001-abc", "uri", "https://x", "generation", "7");
    struct made m;

    make(&m);
    golden(cr_body_service(&m.plan, digest_image, live), "service-patch");
    clear(&m);
}

TEST_MAIN(cmocka_unit_test(the_image_is_named_by_its_context), cmocka_unit_test(a_new_service_is_as_recorded),
          cmocka_unit_test(a_patch_keeps_what_is_not_ours))
