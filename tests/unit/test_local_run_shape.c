#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "lib/local_call.h"

#define SERVICES P "/services"
#define SVC SERVICES "/svc"
#define LOAD "/local/load?project=p&region=us-central1"
#define TWO \
    "{\"name\": \"a\", \"image\": \"i\", \"ports\": [{\"containerPort\": 1}]}, {\"name\": \"b\", \"image\": \"i\""

/* The template of a request to make a service, and what is said of it; "" for nothing. */
TEST(parts_of_a_template_must_fit_together)
{
    static const struct {
        const char *template, *said;
    } rows[] = {
        {"{\"containers\": [" TWO "}]}", ""},
        {"{\"containers\": [" TWO ", \"ports\": [{\"containerPort\": 2}]}]}",
         "exactly one container with an exposed port"},
        {"{\"containers\": [{\"name\": \"a\", \"image\": \"i\"}, {\"name\": \"b\", \"image\": \"i\"}]}",
         "exactly one container with an exposed port"},
        {"{\"containers\": [{\"image\": \"i\", \"ports\": [{\"containerPort\": 1}]}, {\"name\": \"b\", \"image\": "
         "\"i\"}]}",
         "name is required"},
        {"{\"containers\": [{\"name\": \"b\", \"image\": \"i\", \"ports\": [{\"containerPort\": 1}]}, {\"name\": "
         "\"b\", "
         "\"image\": \"i\"}]}",
         "'b' is not unique"},
        {"{\"containers\": [" TWO ", \"dependsOn\": [\"a\"]}]}", ""},
        {"{\"containers\": [" TWO ", \"dependsOn\": [\"c\"]}]}", "'c'"},
        {"{\"containers\": [" TWO ", \"dependsOn\": [\"b\"]}]}", "'b'"},
        {"{\"containers\": [{\"image\": \"i\", \"volumeMounts\": [{\"name\": \"v\", \"mountPath\": \"/v\"}]}]}", "'v'"},
        {"{\"containers\": [{\"image\": \"i\", \"volumeMounts\": [{\"name\": \"v\", \"mountPath\": \"v\"}]}], "
         "\"volumes\": "
         "[{\"name\": \"v\", \"emptyDir\": {}}]}",
         "absolute"},
        {"{\"containers\": [{\"image\": \"i\", \"volumeMounts\": [{\"name\": \"v\", \"mountPath\": \"/v\"}]}], "
         "\"volumes\": [{\"name\": \"v\", \"emptyDir\": {}}]}",
         ""},
        {"{\"containers\": [{\"image\": \"i\"}], \"volumes\": [{\"name\": \"v\"}]}", "Exactly one source"},
        {"{\"containers\": [{\"image\": \"i\"}], \"volumes\": [{\"name\": \"v\", \"emptyDir\": {}, \"nfs\": "
         "{\"server\": "
         "\"s\"}}]}",
         "Exactly one source"},
        {"{\"containers\": [{\"image\": \"i\"}], \"volumes\": [{\"name\": \"v\", \"emptyDir\": {}}, {\"name\": \"v\", "
         "\"emptyDir\": {}}]}",
         "unique"},
        {"{\"containers\": [{\"image\": \"i\"}], \"vpcAccess\": {\"connector\": \"c\", \"networkInterfaces\": "
         "[{\"network\": \"n\"}]}}",
         "Only one of connector"},
        {"{\"containers\": [{\"image\": \"i\"}], \"vpcAccess\": {\"networkInterfaces\": [{\"network\": \"n\"}, "
         "{\"network\": \"m\"}]}}",
         "Only one network interface"},
    };
    struct local l;

    platform_start(&l);
    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_FREE char *body = cr_format("{\"template\": %s}", rows[i].template);
        struct answer a = call(&l, "POST", SERVICES "?serviceId=svc&validateOnly=true", body);
        const char *said = at(a.json, "error.message");

        if (a.status != (*rows[i].said ? 400 : 200) || !strstr(said, rows[i].said))
            fail_msg("row %zu: %d %s", i, a.status, said);
        answer_clear(&a);
    }
    platform_stop(&l);
}

static void load_service(struct local *l, const char *more)
{
    CR_AUTO_FREE char *body = cr_format(
        "{\"name\": \"svc\", \"template\": {\"revision\": \"svc-one\", \"labels\": {\"v\": \"1\"}, \"containers\": "
        "[{\"image\": \"i\"}]}%s}",
        more);

    assert_int_equal(call_status(l, "POST", LOAD, body), 200);
}

TEST(a_validation_sees_what_the_change_would_meet)
{
    struct answer a, before, after;
    struct local l;

    platform_start(&l);
    load_service(&l, "");
    before = call(&l, "GET", SVC, NULL);
    a = call(&l, "PATCH", SVC "?validateOnly=true&updateMask=template",
             "{\"template\": {\"revision\": \"svc-one\", \"labels\": {\"v\": \"2\"}, \"containers\": [{\"image\": "
             "\"i\"}]}}");
    assert_int_equal(a.status, 409);
    assert_string_equal(at(a.json, "error.message"),
                        "Revision named 'svc-one' with different configuration already exists.");
    answer_clear(&a);
    a = call(&l, "PATCH", SVC "?validateOnly=true&updateMask=template",
             "{\"template\": {\"labels\": {\"v\": \"2\"}, \"containers\": [{\"image\": \"i\"}]}}");
    assert_string_equal(at(a.json, "response.template.labels.v"), "2");
    answer_clear(&a);
    after = call(&l, "GET", SVC, NULL);
    assert_true(json_equal(before.json, after.json));
    answer_clear(&before);
    answer_clear(&after);
    platform_stop(&l);
}

TEST(a_service_that_is_being_deleted_takes_no_change)
{
    struct answer a;
    struct local l;

    platform_start(&l);
    load_service(&l, ", \"deleteTime\": \"2026-01-02T03:04:05Z\"");
    a = call(&l, "PATCH", SVC "?updateMask=labels", "{\"labels\": {\"a\": \"b\"}}");
    assert_string_equal(at(a.json, "error.status"), "FAILED_PRECONDITION");
    answer_clear(&a);
    platform_stop(&l);
}

TEST(a_revision_is_deleted_only_as_it_was_read_and_not_to_see_whether_it_could_be)
{
    static const char body[] =
        "{\"service\": {\"name\": \"svc\", \"latestCreatedRevision\": \"svc-two\", \"template\": {\"containers\": "
        "[{\"image\": \"i\"}]}}, \"revisions\": [{\"name\": \"svc-one\", \"etag\": \"\\\"e\\\"\", \"containers\": "
        "[{\"image\": \"i\"}]}, {\"name\": \"svc-two\", \"containers\": [{\"image\": \"i\"}]}]}";
    struct local l;

    platform_start(&l);
    assert_int_equal(call_status(&l, "POST", LOAD, body), 200);
    assert_int_equal(call_status(&l, "DELETE", SVC "/revisions/svc-two", NULL), 400);
    assert_int_equal(call_status(&l, "DELETE", SVC "/revisions/svc-one?etag=%22old%22", NULL), 409);
    assert_int_equal(call_status(&l, "DELETE", SVC "/revisions/svc-one?validateOnly=true", NULL), 200);
    assert_int_equal(call_status(&l, "GET", SVC "/revisions/svc-one", NULL), 200);
    assert_int_equal(call_status(&l, "DELETE", SVC "/revisions/svc-one?etag=%22e%22", NULL), 200);
    assert_int_equal(call_status(&l, "GET", SVC "/revisions/svc-one", NULL), 404);
    platform_stop(&l);
}

TEST_MAIN(cmocka_unit_test(parts_of_a_template_must_fit_together),
          cmocka_unit_test(a_validation_sees_what_the_change_would_meet),
          cmocka_unit_test(a_service_that_is_being_deleted_takes_no_change),
          cmocka_unit_test(a_revision_is_deleted_only_as_it_was_read_and_not_to_see_whether_it_could_be))
