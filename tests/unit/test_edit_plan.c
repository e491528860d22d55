#include "lib/test.h"

#include <string.h>

#include "base/auto.h"
#include "core/edit_plan.h"

static const struct cr_edit *find(const struct cr_edits *edits, enum cr_flag flag)
{
    for (size_t i = 0; i < edits->len; i++)
        if (edits->row[i].flag == flag)
            return &edits->row[i];
    return NULL;
}

static void plan_of(const struct cr_layer *environment, const struct cr_layer *options, struct cr_plan *plan)
{
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    struct cr_layer layers[CR_ORIGIN_COUNT] = {0};
    struct cr_error err = {0};

    layers[CR_FROM_ENV] = *environment;
    layers[CR_FROM_OPTION] = *options;
    assert_ok(cr_plan_make(NULL, layers, plan, &problems, &err), &err);
    assert_int_equal(problems.len, 0);
}

TEST(what_is_said_becomes_an_edit_with_its_place)
{
    static const struct cr_layer environment = {
        .text = {[CR_KEY_CPU] = "2", [CR_KEY_SESSION_AFFINITY] = "true", [CR_KEY_ENV] = "A=1\\,2,B=3"},
        .where = {[CR_KEY_CPU] = "$CRDEPLOY_CPU", [CR_KEY_ENV] = "$CRDEPLOY_ENV"},
    };
    static const struct cr_layer options = {.text = {[CR_KEY_ENV] = "C=4", [CR_KEY_MEMORY] = "3G"}};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    static struct cr_edits edits;
    struct cr_error err = {0};
    json_auto_t *dict = NULL;

    plan_of(&environment, &options, &plan);
    assert_ok(cr_edits_of_plan(&plan, NULL, false, &edits, &err), &err);
    assert_int_equal(edits.len, 4);
    assert_string_equal(find(&edits, CR_FLAG_CPU)->text, "2");
    assert_string_equal(find(&edits, CR_FLAG_CPU)->place, "$CRDEPLOY_CPU");
    assert_string_equal(find(&edits, CR_FLAG_MEMORY)->text, "3G");
    assert_false(cr_edit_typed(find(&edits, CR_FLAG_MEMORY)));
    assert_string_equal(find(&edits, CR_FLAG_SESSION_AFFINITY)->text, "true");
    assert_ok(cr_edit_dict(find(&edits, CR_FLAG_UPDATE_ENV_VARS), &dict, &err), &err);
    assert_int_equal(json_object_size(dict), 3);
    assert_string_equal(json_string_value(json_object_get(dict, "A")), "1,2");
    assert_string_equal(json_string_value(json_object_get(dict, "C")), "4");
}

TEST(defaults_are_said_of_a_new_service_only)
{
    static const struct cr_layer none = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    static struct cr_edits live, fresh;
    struct cr_error err = {0};

    plan_of(&none, &none, &plan);
    live.len = fresh.len = 0;
    assert_ok(cr_edits_of_plan(&plan, NULL, false, &live, &err), &err);
    assert_ok(cr_edits_of_plan(&plan, NULL, true, &fresh, &err), &err);
    assert_int_equal(live.len, 0);
    assert_string_equal(find(&fresh, CR_FLAG_MEMORY)->text, "1Gi");
    assert_string_equal(find(&fresh, CR_FLAG_PORT)->place, "default");
    assert_null(find(&fresh, CR_FLAG_INGRESS));
}

TEST(the_image_that_runs_is_in_place_of_the_one_that_is_named)
{
    static const struct cr_layer none = {0}, options = {.text = {[CR_KEY_IMAGE] = "host/a:v1"}};
    CR_AUTO_PLAN struct cr_plan with = {0}, without = {0};
    static struct cr_edits edits;
    struct cr_error err = {0};

    plan_of(&none, &options, &with);
    plan_of(&none, &none, &without);
    edits.len = 0;
    assert_ok(cr_edits_of_plan(&with, NULL, false, &edits, &err), &err);
    assert_string_equal(find(&edits, CR_FLAG_IMAGE)->text, "host/a:v1");
    edits.len = 0;
    assert_ok(cr_edits_of_plan(&with, "host/a@sha256:0", false, &edits, &err), &err);
    assert_string_equal(find(&edits, CR_FLAG_IMAGE)->text, "host/a@sha256:0");
    edits.len = 0;
    assert_ok(cr_edits_of_plan(&without, "host/a@sha256:0", false, &edits, &err), &err);
    assert_string_equal(find(&edits, CR_FLAG_IMAGE)->place, "deploy.image");
}

/* A key stands for one flag, under the flag's own choices and as something that the flag takes. */
TEST(keys_and_flags_agree)
{
    bool seen[CR_KEY_COUNT] = {false};

    for (size_t flag = 0; flag < CR_FLAG_COUNT; flag++) {
        enum cr_key key = cr_flags[flag].key;

        if (!key)
            continue;
        if (seen[key])
            fail_msg("two flags for %s", cr_keys[key].path);
        seen[key] = true;
        if (cr_flags[flag].choices != cr_keys[key].choices)
            fail_msg("--%s and %s take different words", cr_flags[flag].name, cr_keys[key].path);
        assert_int_equal(cr_flags[flag].form == CR_FORM_BOOL, cr_keys[key].type == CR_T_BOOL);
        assert_int_equal(cr_flags[flag].form == CR_FORM_DICT, cr_keys[key].type == CR_T_MAP);
    }
}

TEST_MAIN(cmocka_unit_test(what_is_said_becomes_an_edit_with_its_place),
          cmocka_unit_test(defaults_are_said_of_a_new_service_only),
          cmocka_unit_test(the_image_that_runs_is_in_place_of_the_one_that_is_named),
          cmocka_unit_test(keys_and_flags_agree))
