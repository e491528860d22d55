#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "lib/local_call.h"
#include "lib/v1_form.h"

#define LOAD "/local/load?project=p&region=us-central1"
#define SERVICES "/v2/projects/p/locations/us-central1/services"
#define KNATIVE "/apis/serving.knative.dev/v1/namespaces/p"

static char *load_state(struct local *l, const json_t *all, const char *name)
{
    CR_AUTO_FREE char *body = json_dumps(json_object_get(all, name), 0);
    struct answer a = call(l, "POST", LOAD, body);
    char *revisions = cr_strdup(at(a.json, "revisions"));

    if (a.status != 200)
        fail_msg("%s: %s", name, at(a.json, "error.message"));
    answer_clear(&a);
    return revisions;
}

TEST(every_state_is_loaded_into_the_place_that_is_said_and_read_as_it_was)
{
    CR_AUTO_FREE char *path = oracle_path("states.jsonl");
    json_auto_t *all = lines_by_name(path);
    const char *name;
    struct local l;
    json_t *one;

    platform_start(&l);
    json_object_foreach(all, name, one)
    {
        CR_AUTO_FREE char *count = load_state(&l, all, name), *text = NULL;
        struct answer a = call(&l, "GET", KNATIVE "/services/scorer", NULL);
        struct answer r =
            call(&l, "GET", KNATIVE "/revisions?labelSelector=serving.knative.dev%2Fservice%3Dscorer", NULL);
        struct answer p = call(&l, "GET", SERVICES "/scorer:getIamPolicy", NULL);
        json_t *service = json_object_get(one, "service"), *revisions = json_object_get(one, "revisions"), *revision;
        json_auto_t *got = v1_form(a.json, NULL), *want = v1_form(service, NULL);
        size_t i;

        text = json_difference(got, want);
        if (*text)
            fail_msg("%s:\n%s", name, text);
        assert_string_equal(at(a.json, "metadata.namespace"), "p");
        assert_int_equal(strtoul(count, NULL, 10), json_array_size(revisions));
        assert_int_equal(json_array_size(json_object_get(r.json, "items")), json_array_size(revisions));
        json_array_foreach(revisions, i, revision)
        {
            const json_t *item = json_array_get(json_object_get(r.json, "items"), i);
            CR_AUTO_FREE char *digest = cr_strdup(at(revision, "status.imageDigest"));
            CR_AUTO_FREE char *ready = cr_strdup(at(revision, "status.conditions.0.status"));

            assert_string_equal(at(item, "status.imageDigest"), digest);
            assert_string_equal(at(item, "status.conditions.0.status"), ready);
        }
        assert_true(json_equal(json_object_get(one, "policy"), p.json));
        answer_clear(&a);
        answer_clear(&r);
        answer_clear(&p);
    }
    platform_stop(&l);
}

TEST(a_service_alone_is_ready_with_one_revision)
{
    static const char *const bodies[] = {
        "{\"name\": \"projects/x/locations/y/services/s\", \"template\": {\"containers\": [{\"image\": "
        "\"gcr.io/p/i\"}]}}",
        "{\"metadata\": {\"name\": \"s\"}, \"spec\": {\"template\": {\"spec\": {\"containers\": [{\"image\": "
        "\"gcr.io/p/i\"}]}}}}",
        "{\"service\": {\"name\": \"s\", \"template\": {\"revision\": \"s-v1\", \"containers\": [{\"image\": "
        "\"gcr.io/p/i@sha256:00\"}]}}}",
    };
    struct local l;

    platform_start(&l);
    for (size_t i = 0; i < CR_LEN(bodies); i++) {
        struct answer a = call(&l, "POST", LOAD, bodies[i]), b, c;

        assert_int_equal(a.status, 200);
        b = call(&l, "GET", SERVICES "/s", NULL);
        c = call(&l, "GET", SERVICES "/s/revisions", NULL);
        assert_string_equal(at(b.json, "terminalCondition.state"), "CONDITION_SUCCEEDED");
        assert_int_equal(json_array_size(json_object_get(c.json, "revisions")), 1);
        assert_string_equal(
            at(b.json, "latestReadyRevision"),
            json_string_value(json_object_get(json_array_get(json_object_get(c.json, "revisions"), 0), "name")));
        assert_string_equal(at(b.json, "trafficStatuses.0.percent"), "100");
        answer_clear(&a);
        answer_clear(&b);
        answer_clear(&c);
    }
    platform_stop(&l);
}

TEST(a_loaded_service_goes_on_as_one_that_was_deployed)
{
    CR_AUTO_FREE char *path = oracle_path("states.jsonl");
    json_auto_t *all = lines_by_name(path);
    struct answer a;
    struct local l;

    platform_start(&l);
    free(load_state(&l, all, "rich"));
    a = call(&l, "PATCH", SERVICES "/scorer?updateMask=template&validateOnly=true",
             "{\"etag\": \"\\\"old\\\"\", \"template\": {\"containers\": [{\"image\": \"i\"}]}}");
    assert_int_equal(a.status, 409);
    answer_clear(&a);
    a = call(&l, "PATCH", SERVICES "/scorer?updateMask=template",
             "{\"template\": {\"containers\": [{\"image\": \"gcr.io/my-proj/not-here:1\"}]}}");
    assert_int_equal(a.status, 200);
    answer_clear(&a);
    a = call(&l, "GET", SERVICES "/scorer", NULL);
    assert_string_equal(at(a.json, "generation"), "4");
    assert_non_null(strstr(at(a.json, "latestCreatedRevision"), "/revisions/scorer-00004-"));
    assert_non_null(strstr(at(a.json, "latestReadyRevision"), "/revisions/scorer-00003-fuz"));
    answer_clear(&a);
    platform_stop(&l);
}

TEST(a_bad_file_is_told_and_changes_nothing)
{
    static const struct {
        const char *body, *says;
    } rows[] = {
        {"[]", "not a JSON object"},
        {"{", "not JSON"},
        {"{}", "no name"},
        {"{\"service\": 1}", "no service"},
        {"{\"name\": \"s\"}", "no container"},
        {"{\"name\": \"S\", \"template\": {\"containers\": [{}]}}", "'S'"},
        {"{\"name\": \"s\", \"templates\": {}}", "templates"},
        {"{\"name\": \"s\", \"template\": {\"timeout\": 5}}", "timeout"},
        {"{\"metadata\": {\"name\": \"s\", \"annotations\": {\"run.googleapis.com/ingress\": \"x\"}}, \"spec\": {}}",
         "'x'"},
        {"{\"service\": {\"name\": \"s\", \"template\": {\"containers\": [{\"image\": \"i\"}]}}, \"revisions\": {}}",
         "list"},
        {"{\"service\": {\"name\": \"s\", \"template\": {\"containers\": [{\"image\": \"i\"}]}}, \"revisions\": [{}]}",
         "revision"},
        {"{\"service\": {\"name\": \"s\", \"template\": {\"containers\": [{\"image\": \"i\"}]}}, \"revisions\": "
         "[{\"name\": "
         "\"s-1\", \"service\": \"other\"}]}",
         "'other'"},
        {"{\"service\": {\"name\": \"s\", \"template\": {\"containers\": [{\"image\": \"i\"}]}}, \"revisions\": "
         "[{\"name\": \"other-1\", \"containers\": [{\"image\": \"i\"}]}]}",
         "'other-1' is not the name"},
        {"{\"service\": {\"name\": \"s\", \"template\": {\"containers\": [{\"image\": \"i\"}]}}, \"revisions\": "
         "[{\"name\": \"s-1\", \"containers\": [{\"image\": \"i\"}]}, {\"name\": \"s-1\", \"containers\": [{\"image\": "
         "\"j\"}]}]}",
         "'s-1' stands there twice"},
        {"{\"service\": {\"name\": \"s\", \"template\": {\"containers\": [{\"image\": \"i\"}]}}, \"policy\": []}",
         "policy"},
        {"{\"service\": {\"name\": \"s\", \"template\": {\"containers\": [{\"image\": \"i\"}]}}, \"policy\": {\"x\": "
         "1}}",
         "x"},
    };
    CR_AUTO_FREE char *path = oracle_path("states.jsonl");
    json_auto_t *all = lines_by_name(path);
    struct answer before, after;
    struct local l;

    platform_start(&l);
    free(load_state(&l, all, "rich"));
    before = call(&l, "GET", SERVICES, NULL);
    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct answer a = call(&l, "POST", LOAD, rows[i].body);

        if (a.status != 400 || !strstr(at(a.json, "error.message"), rows[i].says))
            fail_msg("%s: %d %s", rows[i].body, a.status, at(a.json, "error.message"));
        answer_clear(&a);
    }
    assert_int_equal(call_status(&l, "POST", "/local/load?project=p", "{}"), 400);
    after = call(&l, "GET", SERVICES, NULL);
    assert_true(json_equal(before.json, after.json));
    answer_clear(&before);
    answer_clear(&after);
    platform_stop(&l);
}

TEST(the_first_api_selects_pages_and_refuses_in_its_own_shape)
{
    static const struct {
        const char *query;
        size_t found;
    } rows[] = {
        {"", 3},
        {"?labelSelector=serving.knative.dev/service=scorer", 3},
        {"?labelSelector=serving.knative.dev/service=other", 0},
        {"?labelSelector=serving.knative.dev/service=scorer,client.knative.dev/nonce=bbbbbbbbbb", 1},
        {"?labelSelector=client.knative.dev/nonce==bbbbbbbbbb", 1},
        {"?labelSelector=client.knative.dev/nonce!=bbbbbbbbbb", 2},
        {"?labelSelector=team", 1},
        {"?limit=2", 2},
        {"?limit=2&continue=2", 1},
    };
    CR_AUTO_FREE char *path = oracle_path("states.jsonl");
    json_auto_t *all = lines_by_name(path);
    struct answer a;
    struct local l;

    platform_start(&l);
    free(load_state(&l, all, "rich"));
    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_FREE char *target = cr_format(KNATIVE "/revisions%s", rows[i].query);

        a = call(&l, "GET", target, NULL);
        if (a.status != 200 || json_array_size(json_object_get(a.json, "items")) != rows[i].found)
            fail_msg("%s: %d, %zu", target, a.status, json_array_size(json_object_get(a.json, "items")));
        answer_clear(&a);
    }
    a = call(&l, "GET", KNATIVE "/revisions?labelSelector=%3Dx", NULL);
    assert_int_equal(a.status, 400);
    assert_string_equal(at(a.json, "reason"), "BadRequest");
    answer_clear(&a);
    a = call(&l, "GET", KNATIVE "/services/other", NULL);
    assert_int_equal(a.status, 404);
    assert_string_equal(at(a.json, "kind"), "Status");
    assert_string_equal(at(a.json, "code"), "404");
    assert_string_equal(at(a.json, "reason"), "NotFound");
    answer_clear(&a);
    platform_stop(&l);
}

TEST(a_revision_made_here_says_what_its_image_was_resolved_to)
{
    struct answer a;
    struct local l;

    platform_start(&l);
    platform_image(&l, "s:v1", NULL);
    assert_int_equal(call_status(&l, "POST", SERVICES "?serviceId=s",
                                 "{\"template\": {\"containers\": [{\"image\": "
                                 "\"us-central1-docker.pkg.dev/p/r/s:v1\"}]}}"),
                     200);
    a = call(&l, "GET", KNATIVE "/revisions", NULL);
    assert_non_null(strstr(at(a.json, "items.0.status.imageDigest"), "us-central1-docker.pkg.dev/p/r/s@sha256:"));
    answer_clear(&a);
    platform_stop(&l);
}

TEST_MAIN(cmocka_unit_test(every_state_is_loaded_into_the_place_that_is_said_and_read_as_it_was),
          cmocka_unit_test(a_service_alone_is_ready_with_one_revision),
          cmocka_unit_test(a_loaded_service_goes_on_as_one_that_was_deployed),
          cmocka_unit_test(a_bad_file_is_told_and_changes_nothing),
          cmocka_unit_test(the_first_api_selects_pages_and_refuses_in_its_own_shape),
          cmocka_unit_test(a_revision_made_here_says_what_its_image_was_resolved_to))
