#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "core/rollout.h"
#include "lib/edit_rows.h"

#define LATEST(more) "{'type':'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST'" more "}"
#define REVISION(name, more) "{'type':'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION','revision':'" name "'" more "}"
#define OLD "'labels':{'app':'a','client.knative.dev/nonce':'aaaaaaaaaa'}"
#define NEW "'labels':{'app':'a','client.knative.dev/nonce':'bbbbbbbbbb'}"
#define BARE "'labels':{'app':'a'}"
#define ALL LATEST(",'percent':100")

#define READY "'latestReadyRevision':'projects/p/locations/r/services/s/revisions/s-00003-fuz'"
#define SERVICE(template, traffic) "{'template':{" template "},'traffic':[" traffic "]}"
#define LIVE(template, traffic)                                                                                      \
    "{'generation':'3'," READY ",'latestCreatedRevision':'projects/p/locations/r/services/s/revisions/s-00003-fuz'," \
    "'template':{" template "},'traffic':[" traffic "]}"

struct row {
    const char *live, *flags;
    const char *after; /* {template, traffic}; or "!" and what is said */
    bool force;
};

static void check(const struct row *row, size_t i)
{
    static const char *const fields[] = {"template", "traffic"};
    json_auto_t *live = row->live ? edit_rows_json(row->live) : NULL, *want = NULL, *got = json_object();
    json_auto_t *service = live ? json_deep_copy(live) : json_object();
    struct cr_rollout rollout = {
        .name = "s", .live = live, .force = row->force, .nonce = "bbbbbbbbbb", .random = "bix"};
    static struct cr_edits edits;
    CR_AUTO_FREE char *keep = NULL, *text = NULL, *said = NULL;
    struct cr_error err = {0};
    int rc;

    edit_rows_flags(row->flags, &edits, &keep);
    rc = cr_rollout_apply(&rollout, &edits, service, &err);
    for (size_t k = 0; k < CR_LEN(fields); k++)
        if (json_object_get(service, fields[k]))
            json_object_set(got, fields[k], json_object_get(service, fields[k]));
    want = *row->after == '!' ? NULL : edit_rows_json(row->after);
    text = json_dumps(got, JSON_COMPACT);
    said = cr_format("%s | %s", err.msg, err.hint);
    if (want ? rc < 0 || !json_equal(got, want) : rc == 0 || !strstr(said, row->after + 1))
        fail_msg("row %zu, %s: %s %s", i, row->flags, text, said);
}

static void check_all(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check(&rows[i], i);
}

TEST(a_nonce_or_a_name_makes_a_revision_never_both)
{
    static const struct row rows[] = {
        {NULL, "--image=i", "{'template':{'labels':{'client.knative.dev/nonce':'bbbbbbbbbb'}}}", false},
        {NULL, "--image=i --revision-suffix=v1", "{'template':{'revision':'s-v1'}}", false},
        {LIVE(OLD, ALL), "--update-env-vars=A=1", SERVICE(NEW, ALL), false},
        {LIVE(OLD, ALL), "--set-env-vars=", SERVICE(NEW, ALL), false},
        {LIVE(OLD, ALL), "", SERVICE(NEW, ALL), true},
        {LIVE(OLD, ALL), "--revision-suffix=v9", SERVICE(BARE ",'revision':'s-v9'", ALL), false},
        {LIVE(OLD, ALL), "--revision-suffix=", SERVICE(BARE, ALL), false},
        {LIVE(BARE ",'revision':'s-00002-vip'", ALL), "--cpu=2", SERVICE(NEW, ALL), false},
        {LIVE(BARE ",'revision':'s-00002-vip'", ALL), "--cpu=2 --revision-suffix=v9",
         SERVICE(BARE ",'revision':'s-v9'", ALL), false},
        {LIVE("'labels':{'client.knative.dev/nonce':'aaaaaaaaaa'}", ALL), "--revision-suffix=v9",
         SERVICE("'revision':'s-v9'", ALL), false},
    };

    check_all(rows, CR_LEN(rows));
}

TEST(what_is_the_services_makes_no_revision)
{
    static const struct row rows[] = {
        {LIVE(OLD, ALL), "--ingress=internal", SERVICE(OLD, ALL), false},
        {LIVE(OLD ",'revision':'s-x'", ALL), "--min=2 --description=d", SERVICE(OLD ",'revision':'s-x'", ALL), false},
        {LIVE(OLD, ALL), "--no-invoker-iam-check", SERVICE(OLD, ALL), false},
        {LIVE(OLD, ALL), "--cpu= --memory=", SERVICE(OLD, ALL), false},
        {LIVE(OLD, ALL), "--set-custom-audiences=https://a.example", SERVICE(NEW, ALL), false}, /* but this does */
        {LIVE(OLD, ALL), "--no-traffic", SERVICE(OLD, REVISION("s-00003-fuz", ",'percent':100")), false},
    };

    check_all(rows, CR_LEN(rows));
}

TEST(a_tag_names_the_revision_and_moves)
{
#define TAGGED(name) REVISION(name, ",'tag':'canary'")
    static const struct row rows[] = {
        {NULL, "--image=i --tag=canary", SERVICE("'revision':'s-00001-bix'", ALL "," TAGGED("s-00001-bix")), false},
        {NULL, "--image=i --tag=canary --revision-suffix=v1", SERVICE("'revision':'s-v1'", ALL "," TAGGED("s-v1")),
         false},
        {NULL, "--image=i --tag=Canary",
         SERVICE("'revision':'s-00001-bix'", ALL "," REVISION("s-00001-bix", ",'tag':'Canary'")), false},
        {LIVE(OLD, ALL), "--image=i --tag=canary",
         SERVICE(BARE ",'revision':'s-00004-bix'", ALL "," TAGGED("s-00004-bix")), false},
        {LIVE(OLD, ALL "," REVISION("s-1", ",'tag':'blue'") "," LATEST(",'tag':'canary'")), "--image=i --tag=canary",
         SERVICE(BARE ",'revision':'s-00004-bix'", ALL "," REVISION("s-1", ",'tag':'blue'") "," TAGGED("s-00004-bix")),
         false},
        {LIVE(OLD, REVISION("s-1", ",'percent':30,'tag':'canary'") "," LATEST(",'percent':70")),
         "--image=i --tag=canary",
         SERVICE(BARE ",'revision':'s-00004-bix'",
                 REVISION("s-1", ",'percent':30") "," LATEST(",'percent':70") "," TAGGED("s-00004-bix")),
         false},
        {LIVE(OLD, ALL), "--tag=canary", SERVICE(OLD, ALL "," TAGGED("s-00003-fuz")), false},
        {LIVE(OLD, ALL), "--image=i --tag=", SERVICE(BARE ",'revision':'s-00004-bix'", ALL), false},
    };

    check_all(rows, CR_LEN(rows));
}

TEST(without_traffic_the_ready_revision_keeps_it)
{
    static const struct row rows[] = {
        {NULL, "--image=i --no-traffic", "!new service", false},
        {LIVE(OLD, ALL), "--image=i --traffic", SERVICE(NEW, ALL), false},
        {LIVE(OLD, ALL), "--image=i --no-traffic", SERVICE(NEW, REVISION("s-00003-fuz", ",'percent':100")), false},
        {LIVE(OLD, ""), "--image=i --no-traffic", SERVICE(NEW, REVISION("s-00003-fuz", ",'percent':100")), false},
        {LIVE(OLD, REVISION("s-1", ",'percent':30") "," LATEST(",'percent':70")), "--image=i --no-traffic",
         SERVICE(NEW, REVISION("s-00003-fuz", ",'percent':70") "," REVISION("s-1", ",'percent':30")), false},
        {LIVE(OLD, REVISION("s-00003-fuz", ",'percent':30") "," LATEST(",'percent':70")), "--image=i --no-traffic",
         SERVICE(NEW, REVISION("s-00003-fuz", ",'percent':100")), false},
        {LIVE(OLD, REVISION("s-1", ",'percent':100")), "--image=i --no-traffic",
         SERVICE(NEW, REVISION("s-1", ",'percent':100")), false},
        {LIVE(OLD, REVISION("s-1", ",'percent':10,'tag':'blue'") "," LATEST(",'percent':90,'tag':'new'")),
         "--image=i --no-traffic",
         SERVICE(NEW, REVISION("s-00003-fuz", ",'percent':90") "," REVISION("s-1", ",'percent':10") "," REVISION(
                          "s-1", ",'tag':'blue'") "," LATEST(",'tag':'new'")),
         false},
        {LIVE(OLD, ALL), "--image=i --no-traffic --tag=canary",
         SERVICE(BARE ",'revision':'s-00004-bix'", REVISION("s-00003-fuz", ",'percent':100") "," TAGGED("s-00004-bix")),
         false},
        {"{'generation':'1','template':{}}", "--image=i --no-traffic", "!no revision of 's' is ready", false},
        {"{'deleteTime':'2026-01-01T00:00:00Z','template':{}}", "--image=i", "!'s' is being deleted", false},
    };

    check_all(rows, CR_LEN(rows));
}

TEST(a_name_fits_into_63_characters)
{
    json_auto_t *service = json_object();
    struct cr_rollout rollout = {.name = "a23456789-b23456789-c23456789-d23456789-e23456789-f23456789-abc",
                                 .nonce = "bbbbbbbbbb",
                                 .random = "bix"};
    static struct cr_edits edits;
    CR_AUTO_FREE char *keep = NULL;
    struct cr_error err = {0};

    edit_rows_flags("--revision-suffix=candidate", &edits, &keep);
    assert_ok(cr_rollout_apply(&rollout, &edits, service, &err), &err);
    assert_string_equal(json_string_value(json_object_get(json_object_get(service, "template"), "revision")),
                        "a23456789-b23456789-c23456789-d23456789-e23456789-f23-candidate");
}

TEST(the_mask_has_what_a_client_changed)
{
    static const struct {
        const char *live, *service, *mask;
    } rows[] = {
        {"{'template':{'a':1},'traffic':[1],'etag':'x','generation':'3'}", "{'template':{'a':1},'traffic':[1]}", ""},
        {"{'template':{'a':1},'labels':{'a':'b'}}", "{'template':{'a':2},'labels':{'a':'c'},'traffic':[1]}",
         "labels,template,traffic"},
        {"{'labels':{'a':'b'},'description':'d'}", "{}", "description,labels"},
        {"{'labels':{},'customAudiences':[],'invokerIamDisabled':false}", "{}", ""},
        {"{}", "{'ingress':'INGRESS_TRAFFIC_ALL','invokerIamDisabled':true}", "ingress,invokerIamDisabled"},
        {"{'uri':'a','conditions':[1]}", "{'uri':'b','conditions':[2]}", ""},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *live = edit_rows_json(rows[i].live), *service = edit_rows_json(rows[i].service);
        CR_AUTO_FREE char *mask = cr_rollout_mask(live, service);

        assert_string_equal(mask, rows[i].mask);
    }
}

TEST_MAIN(cmocka_unit_test(a_nonce_or_a_name_makes_a_revision_never_both),
          cmocka_unit_test(what_is_the_services_makes_no_revision),
          cmocka_unit_test(a_tag_names_the_revision_and_moves),
          cmocka_unit_test(without_traffic_the_ready_revision_keeps_it),
          cmocka_unit_test(a_name_fits_into_63_characters), cmocka_unit_test(the_mask_has_what_a_client_changed))
