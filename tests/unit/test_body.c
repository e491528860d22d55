/* What crdeploy adds to a service besides what was asked for, and how it names an image. */
#include "lib/test.h"

#include "base/auto.h"
#include "core/body.h"

static const char manifest_text[] = "name: distilbert\n"
                                    "model: {task: question-answering, source: ., files: {model: m.onnx}}\n"
                                    "deploy: {project: my-proj, region: us-central1}\n";

TEST(the_image_is_named_by_its_context)
{
    static const struct cr_layer none[CR_ORIGIN_COUNT];
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    CR_AUTO_FREE char *image = NULL;
    struct cr_manifest manifest = {0};
    struct cr_error err = {0};

    assert_ok(cr_manifest_parse(manifest_text, strlen(manifest_text), "crdeploy.yaml", ".", &manifest, &problems, &err),
              &err);
    assert_ok(cr_plan_make(&manifest, none, &plan, &problems, &err), &err);
    assert_int_equal(problems.len, 0);
    image = cr_body_image(&plan, "0123456789abcdef");
    assert_string_equal(image, "us-central1-docker.pkg.dev/my-proj/crdeploy/distilbert:0123456789ab");
    cr_manifest_clear(&manifest);
}

/* Each function on a service, and what comes of it; written with ' for ". */
static json_t *service_of(const char *text)
{
    CR_AUTO_FREE char *json = cr_strdup(text);
    json_t *service;

    for (char *p = json; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    service = json_loads(json, 0, NULL);
    assert_non_null(service);
    return service;
}

static void probe(json_t *service)
{
    cr_body_ready_probe(cr_body_ingress(service));
}

TEST(what_is_added_leaves_the_rest)
{
#define LATEST "'traffic':[{'type':'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST','percent':100}]"
#define READY(port)                                                                                     \
    "'startupProbe':{'httpGet':{'path':'/ready','port':" port "},'periodSeconds':1,'timeoutSeconds':1," \
    "'failureThreshold':240}"
    static const struct {
        void (*add)(json_t *service);
        const char *before, *after;
    } rows[] = {
        {cr_body_mark, "{}", "{'labels':{'managed-by':'crdeploy'},'template':{'labels':{'managed-by':'crdeploy'}}}"},
        {cr_body_mark, "{'labels':{'a':'b'},'template':{'timeout':'3s'}}",
         "{'labels':{'a':'b','managed-by':'crdeploy'},'template':{'timeout':'3s','labels':{'managed-by':'crdeploy'}}}"},
        {probe, "{'template':{'containers':[{'image':'i'}]}}",
         "{'template':{'containers':[{'image':'i'," READY("8080") "}]}}"},
        {probe, "{'template':{'containers':[{'name':'side'},{'ports':[{'containerPort':9}]}]}}",
         "{'template':{'containers':[{'name':'side'},{'ports':[{'containerPort':9}]," READY("9") "}]}}"},
        {cr_body_new_traffic, "{}", "{" LATEST "}"},
        {cr_body_new_traffic, "{'traffic':[]}", "{'traffic':[]}"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *service = service_of(rows[i].before), *want = service_of(rows[i].after);

        rows[i].add(service);
        if (!json_equal(service, want)) {
            CR_AUTO_FREE char *got = json_dumps(service, 0);

            fail_msg("row %zu: %s", i, got);
        }
    }
}

TEST(the_same_number_stays_as_it_is_spelled)
{
#define LIMITS(cpu, memory) \
    "{'template':{'containers':[{'resources':{'limits':{'cpu':'" cpu "','memory':'" memory "'}}}]}}"
    static const struct {
        const char *live, *edited, *after;
    } rows[] = {
        {LIMITS("1000m", "512Mi"), LIMITS("1", "512Mi"), LIMITS("1000m", "512Mi")},
        {LIMITS("1000m", "1024Mi"), LIMITS("2", "1Gi"), LIMITS("2", "1024Mi")},
        {LIMITS("1", "3G"), LIMITS("1", "3Gi"), LIMITS("1", "3Gi")},
        {LIMITS("1", "one"), LIMITS("1", "3Gi"), LIMITS("1", "3Gi")},
        {"{}", LIMITS("1", "3Gi"), LIMITS("1", "3Gi")},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *live = service_of(rows[i].live), *service = service_of(rows[i].edited);
        json_auto_t *want = service_of(rows[i].after);

        cr_body_keep_spelling(live, service);
        if (!json_equal(service, want))
            fail_msg("row %zu", i);
    }
}

TEST_MAIN(cmocka_unit_test(the_same_number_stays_as_it_is_spelled), cmocka_unit_test(the_image_is_named_by_its_context),
          cmocka_unit_test(what_is_added_leaves_the_rest))
