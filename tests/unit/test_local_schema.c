#include "lib/test.h"

#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "lib/local_call.h"
#include "local/schema.h"

/* Example bodies as Google's references show them, and those that crdeploy itself sends (@FILE of tests/data/golden).
 * Every key of each, misspelt, must be refused by its place. */
static const struct {
    const char *message, *field, *body;
} examples[] = {
    {"Service", "service",
     "{\"description\":\"d\",\"labels\":{\"app\":\"s\"},\"client\":\"c\",\"clientVersion\":\"1\",\"ingress\":\"INGRESS_"
     "TRAFFIC_ALL\","
     "\"launchStage\":\"GA\",\"invokerIamDisabled\":false,\"scaling\":{\"minInstanceCount\":0},\"template\":{"
     "\"revision\":"
     "\"s-00001-bix\",\"annotations\":{\"a\":\"b\"},\"scaling\":{\"minInstanceCount\":0,\"maxInstanceCount\":10},"
     "\"timeout\":"
     "\"300s\",\"serviceAccount\":\"a@b\",\"executionEnvironment\":\"EXECUTION_ENVIRONMENT_GEN2\","
     "\"maxInstanceRequestConcurrency\":8,\"sessionAffinity\":false,\"containers\":[{\"name\":\"app\",\"image\":\"i\","
     "\"command\":[\"c\"],\"args\":[\"a\"],\"env\":[{\"name\":\"A\",\"value\":\"v\"},{\"name\":\"T\",\"valueSource\":"
     "{\"secretKeyRef\":{\"secret\":\"t\",\"version\":\"latest\"}}}],\"ports\":[{\"name\":\"http1\",\"containerPort\":"
     "8080}],"
     "\"resources\":{\"limits\":{\"cpu\":\"2\"},\"cpuIdle\":true,\"startupCpuBoost\":true},\"startupProbe\":{"
     "\"httpGet\":"
     "{\"path\":\"/r\",\"port\":8080},\"initialDelaySeconds\":0,\"timeoutSeconds\":5,\"periodSeconds\":10,"
     "\"failureThreshold\":24},\"volumeMounts\":[{\"name\":\"m\",\"mountPath\":\"/m\"}]}],\"volumes\":[{\"name\":\"m\","
     "\"gcs\":{\"bucket\":\"b\",\"readOnly\":true}}],\"vpcAccess\":{\"egress\":\"PRIVATE_RANGES_ONLY\","
     "\"networkInterfaces\":"
     "[{\"network\":\"n\",\"subnetwork\":\"s\",\"tags\":[\"t\"]}]}},\"traffic\":[{\"type\":"
     "\"TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST\",\"percent\":100}]}"},
    {"Build", "build",
     "{\"source\":{\"storageSource\":{\"bucket\":\"b\",\"object\":\"o\",\"generation\":\"1\"}},\"steps\":[{\"name\":"
     "\"n\","
     "\"args\":[\"build\"]}],\"images\":[\"i\"],\"timeout\":\"1200s\",\"tags\":[\"t\"],\"options\":{\"logging\":"
     "\"CLOUD_LOGGING_ONLY\",\"machineType\":\"E2_HIGHCPU_8\",\"diskSizeGb\":\"100\"},\"serviceAccount\":\"s\","
     "\"logsBucket\":"
     "\"gs://l\"}"},
    {"Bucket", "",
     "{\"name\":\"b\",\"location\":\"US\",\"storageClass\":\"STANDARD\",\"iamConfiguration\":{"
     "\"uniformBucketLevelAccess\":"
     "{\"enabled\":true},\"publicAccessPrevention\":\"enforced\"},\"softDeletePolicy\":{\"retentionDurationSeconds\":"
     "\"0\"},"
     "\"lifecycle\":{\"rule\":[{\"action\":{\"type\":\"Delete\"},\"condition\":{\"age\":30}}]}}"},
    {"SetIamPolicyRequest", "",
     "{\"policy\":{\"version\":1,\"etag\":\"B\",\"bindings\":[{\"role\":\"roles/"
     "run.invoker\",\"members\":[\"allUsers\"]}]},"
     "\"updateMask\":\"bindings\"}"},
    {"Repository", "repository", "{\"format\":\"DOCKER\",\"description\":\"d\",\"labels\":{}}"},
    {"ListLogEntriesRequest", "", "{\"resourceNames\":[\"p\"],\"filter\":\"f\",\"orderBy\":\"o\",\"pageSize\":3}"},
    {"WaitOperationRequest", "", "{\"timeout\":\"30s\"}"},
    {"GenerateIdTokenRequest", "", "{\"audience\":\"a\",\"includeEmail\":true}"},
    {"Build", "build", "@build.json"},
};

static json_t *example_body(const char *text)
{
    const char *src = getenv("srcdir");
    CR_AUTO_FREE char *path = *text == '@' ? cr_format("%s/tests/data/golden/%s", src ? src : ".", text + 1) : NULL;

    return path ? json_load_file(path, 0, NULL) : json_loads(text, 0, NULL);
}

static bool passes(const char *message, const char *field, const json_t *body, char *said, size_t size)
{
    struct local_reply rp;
    bool ok;

    local_reply_init(&rp);
    ok = local_schema_check(message, field, body, &rp);
    snprintf(said, size, "%s", at(rp.json, "error.message"));
    assert_true(ok == (rp.status == 0));
    local_reply_clear(&rp);
    return ok;
}

/* fooBar after `path` as Google writes it: path.foo_bar. New. */
static char *below(const char *path, const char *name)
{
    size_t len = strlen(path);
    char *out = cr_malloc(len + 2 * strlen(name) + 2), *o = out + len;

    memcpy(out, path, len);
    if (len)
        *o++ = '.';
    for (const char *p = name; *p; p++) {
        if (isupper((unsigned char)*p))
            *o++ = '_';
        *o++ = (char)tolower((unsigned char)*p);
    }
    *o = '\0';
    return out;
}

static void misspell_one(size_t example, json_t *whole, json_t *here, const char *path, const char *name)
{
    CR_AUTO_FREE char *wrong = cr_format("%sx", name), *want = NULL;
    json_t *value = json_incref(json_object_get(here, name));
    char said[4096];

    json_object_del(here, name);
    json_object_set(here, wrong, value);
    if (passes(examples[example].message, examples[example].field, whole, said, sizeof(said)))
        fail_msg("'%s' at '%s' of %s was accepted", wrong, path, examples[example].message);
    want = *path ? cr_format("Unknown name \"%s\" at '%s': Cannot find field.", wrong, path)
                 : cr_format("Unknown name \"%s\": Cannot find field.", wrong);
    if (!strstr(said, want))
        fail_msg("'%s' does not say: %s", said, want);
    json_object_del(here, wrong);
    json_object_set_new(here, name, value);
}

/* Every key of every object but maps of texts, one at a time. `whole` is what is checked. */
static size_t misspell(size_t example, json_t *whole, json_t *here, const char *path)
{
    json_t *names = json_object(), *item;
    size_t tried = 0, i;
    const char *name;

    if (json_is_array(here)) {
        json_array_foreach(here, i, item)
        {
            CR_AUTO_FREE char *inner = cr_format("%s[%zu]", path, i);

            tried += misspell(example, whole, item, inner);
        }
    } else if (json_is_object(here)) {
        json_object_update(names, here); /* of its own, since keys move while they are misspelt */
    }
    json_object_foreach(names, name, item)
    {
        CR_AUTO_FREE char *inner = below(path, name);

        misspell_one(example, whole, here, path, name);
        tried++;
        if (strcmp(name, "labels") != 0 && strcmp(name, "annotations") != 0 && strcmp(name, "limits") != 0)
            tried += misspell(example, whole, item, inner);
    }
    json_decref(names);
    return tried;
}

TEST(every_misspelt_key_is_refused_by_its_place)
{
    for (size_t i = 0; i < CR_LEN(examples); i++) {
        json_t *body = example_body(examples[i].body);
        char said[4096];

        assert_non_null(body);
        if (!passes(examples[i].message, examples[i].field, body, said, sizeof(said)))
            fail_msg("example %s: %s", examples[i].message, said);
        assert_true(misspell(i, body, body, examples[i].field) > 0);
        json_decref(body);
    }
}

TEST(types)
{
    static const struct {
        const char *message, *body, *said; /* NULL: fine */
    } cases[] = {
        {"RevisionTemplate", "{\"timeout\": \"300s\"}", NULL},
        {"RevisionTemplate", "{\"timeout\": \"1.5s\"}", NULL},
        {"RevisionTemplate", "{\"timeout\": \"300\"}", "Duration"},
        {"RevisionTemplate", "{\"timeout\": \"5m\"}", "Duration"},
        {"RevisionTemplate", "{\"timeout\": 300}", "Duration"},
        {"RevisionTemplate", "{\"timeout\": null}", NULL},
        {"RevisionTemplate", "{\"sessionAffinity\": \"true\"}", "TYPE_BOOL"},
        {"RevisionTemplate", "{\"labels\": {\"a\": 1}}", "'labels.a' (TYPE_STRING)"},
        {"RevisionTemplate", "{\"labels\": [\"a\"]}", "'labels'"},
        {"RevisionTemplate", "{\"containers\": {}}", "'containers'"},
        {"RevisionTemplate", "{\"containers\": [1]}", "'containers[0]'"},
        {"RevisionTemplate", "{\"maxInstanceRequestConcurrency\": \"80\"}", NULL},
        {"RevisionTemplate", "{\"maxInstanceRequestConcurrency\": \"80x\"}", "TYPE_INT32"},
        {"RevisionTemplate", "{\"maxInstanceRequestConcurrency\": 3000000000}", "TYPE_INT32"},
        {"RevisionTemplate", "{\"maxInstanceRequestConcurrency\": 1.5}", "TYPE_INT32"},
        {"RevisionTemplate", "{\"executionEnvironment\": \"GEN2\"}", "TYPE_ENUM"},
        {"RevisionTemplate", "{\"executionEnvironment\": \"EXECUTION_ENVIRONMENT_GEN\"}", "TYPE_ENUM"},
        {"Build", "{\"options\": {\"diskSizeGb\": 100}}", NULL},
        {"Build", "{\"options\": {\"diskSizeGb\": \"lots\"}}", "'options.disk_size_gb' (TYPE_INT64)"},
        {"Build", "{\"createTime\": \"2026-01-02T03:04:05.678901Z\"}", NULL},
        {"Build", "{\"createTime\": \"yesterday\"}", "Timestamp"},
        {"Build", "{\"steps\": [{\"args\": [1]}]}", "'steps[0].args[0]' (TYPE_STRING)"},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        json_t *body = json_loads(cases[i].body, 0, NULL);
        char said[4096];
        bool ok = passes(cases[i].message, "", body, said, sizeof(said));

        if (ok != !cases[i].said || (cases[i].said && !strstr(said, cases[i].said)))
            fail_msg("%s: %s", cases[i].body, ok ? "accepted" : said);
        json_decref(body);
    }
}

TEST(all_faults_at_once)
{
    json_t *body = json_loads("{\"a\": 1, \"template\": {\"b\": 2, \"timeout\": \"x\"}}", 0, NULL);
    struct local_reply rp;

    local_reply_init(&rp);
    assert_false(local_schema_check("Service", "service", body, &rp));
    assert_int_equal(
        json_array_size(json_object_get(
            json_array_get(json_object_get(json_object_get(rp.json, "error"), "details"), 0), "fieldViolations")),
        3);
    local_reply_clear(&rp);
    json_decref(body);
}

TEST(update_masks)
{
    static const char *const good[] = {"traffic",    "template",         "template.scaling", "template.scaling.max",
                                       "labels.app", "template.labels.a"};
    static const bool fine[] = {true, true, true, false, true, true};

    for (size_t i = 0; i < CR_LEN(good); i++)
        assert_int_equal(local_schema_path("Service", good[i]), fine[i]);
    assert_false(local_schema_path("Service", "labels."));
    assert_false(local_schema_path("Service", ""));
    assert_false(local_schema_path("Service", ".template"));
    assert_false(local_schema_path("Service", "traffic.percentx"));
}

/* Whatever a message names as the type of a field must be defined. */
TEST(definitions_are_closed)
{
    static const struct local_schema *const books[] = {&local_schema_run, &local_schema_build, &local_schema_more};
    static const char *const plain[] = {"string", "bool",      "int32", "int64", "double", "duration",
                                        "bytes",  "timestamp", "map",   "any",   NULL};

    for (size_t b = 0; b < CR_LEN(books); b++) {
        for (size_t i = 0; i < books[b]->count; i++) {
            CR_AUTO_FREE char *type = cr_strdup(books[b]->row[i].type);
            size_t len = strlen(type);
            bool known = strncmp(type, "enum:", 5) == 0;

            if (len > 2 && strcmp(type + len - 2, "[]") == 0)
                type[len - 2] = '\0';
            for (const char *const *p = plain; *p; p++)
                known |= strcmp(type, *p) == 0;
            if (!known && !local_schema_message(type))
                fail_msg("%s.%s is a '%s'", books[b]->row[i].message, books[b]->row[i].name, type);
        }
    }
    for (size_t i = 0; i < CR_LEN(examples); i++)
        assert_non_null(local_schema_message(examples[i].message));
}

TEST_MAIN(cmocka_unit_test(every_misspelt_key_is_refused_by_its_place), cmocka_unit_test(types),
          cmocka_unit_test(all_faults_at_once), cmocka_unit_test(update_masks),
          cmocka_unit_test(definitions_are_closed))
