#include "lib/test.h"

#include "base/auto.h"
#include "core/build_config.h"

static json_t *parse(const char *text, struct cr_problems *problems)
{
    struct cr_error err = {0};
    json_t *build = NULL;

    assert_ok(cr_build_config_parse(text, strlen(text), "cb.yaml", &build, problems, &err), &err);
    return build;
}

TEST(values_are_typed_by_their_field)
{
    static const char *const rows[][2] = {
        {"steps: [{name: ubuntu, args: [sleep, 30, 1.10, yes]}]",
         "{\"steps\":[{\"args\":[\"sleep\",\"30\",\"1.10\",\"yes\"],\"name\":\"ubuntu\"}]}"},
        {"steps: [{name: a}]\ntimeout: 1800s\nqueueTtl: 10m\noptions: {diskSizeGb: 150, machineType: E2_MEDIUM}",
         "{\"options\":{\"diskSizeGb\":\"150\",\"machineType\":\"E2_MEDIUM\"},\"queueTtl\":\"600s\",\"steps\":[{"
         "\"name\":\"a\"}],\"timeout\":\"1800s\"}"},
        {"steps: [{name: a, wait_for: ['-'], allow_failure: true, allow_exit_codes: [3], timeout: 1.5s}]",
         "{\"steps\":[{\"allowExitCodes\":[3],\"allowFailure\":true,\"name\":\"a\",\"timeout\":\"1.5s\",\"waitFor\":["
         "\"-\"]}]}"},
        {"steps: [{name: a}]\nsubstitutions: {_my_KEY: 1}", NULL},
        {"steps: [{name: a}]\nsubstitutions: {_MY_KEY: 1}",
         "{\"steps\":[{\"name\":\"a\"}],\"substitutions\":{\"_MY_KEY\":\"1\"}}"},
        {"{\"steps\": [{\"name\": \"a\"}], \"tags\": [\"one\"], \"images\": null}",
         "{\"steps\":[{\"name\":\"a\"}],\"tags\":[\"one\"]}"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_PROBLEMS struct cr_problems problems = {0};
        json_auto_t *build = parse(rows[i][0], &problems);
        CR_AUTO_FREE char *got = build ? json_dumps(build, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

        if (!rows[i][1])
            assert_null(build);
        else if (!got || strcmp(got, rows[i][1]) != 0)
            fail_msg("%s: %s (%s)", rows[i][0], got ? got : "", problems.len ? problems.row[0].msg : "");
    }
}

TEST(what_is_wrong_is_named_with_its_place)
{
    static const struct {
        const char *text, *place, *says, *hint;
    } rows[] = {
        {"steps: [{name: a}]\ncolour: red", "cb.yaml:2:1", "no field 'colour'", "fields"},
        {"steps: [{name: a, argz: [b]}]", "cb.yaml:1:19", "steps[0] has no field 'argz'", "'args'"},
        {"step: [{name: a}]", "cb.yaml:1:1", "no field 'step'", "'steps'"},
        {"steps: {name: a}", "cb.yaml:1:8", "steps must be a list", "- VALUE"},
        {"steps: [a]", "cb.yaml:1:9", "steps[0] must be a mapping", ""},
        {"steps: []", "cb.yaml:1:1", "no steps", "ubuntu"},
        {"images: [a]", "cb.yaml:1:1", "no steps", "ubuntu"},
        {"steps: [{name: a}]\nsteps: [{name: b}]", "cb.yaml:2:1", "a second time", "line 1"},
        {"steps: [{name: a}]\ntimeout: soon", "cb.yaml:2:10", "timeout", "1200s"},
        {"steps: [{name: a}]\noptions: {logging: LOUD}", "cb.yaml:2:20", "cannot be 'LOUD'", "CLOUD_LOGGING_ONLY"},
        {"steps: [{name: a}]\noptions: {diskSizeGb: big}", "cb.yaml:2:23", "options.diskSizeGb", "digits"},
        {"steps: [{name: a, allowFailure: 3}]", "cb.yaml:1:33", "neither true nor false", "true or false"},
        {"steps: [{name: a}]\nsource: {storageSource: {bucket: b}}", "cb.yaml:2:1", "source", "remove it"},
        {"steps: [{name: a}]\nsubstitutions: {TAG: v1}", "cb.yaml:2:1", "'TAG'", "_TAG"},
        {"just text", "cb.yaml", "no build", "steps"},
        {"", "cb.yaml", "no build", "steps"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_PROBLEMS struct cr_problems problems = {0};

        assert_null(parse(rows[i].text, &problems));
        assert_int_not_equal(problems.len, 0);
        if (strcmp(problems.row[0].place, rows[i].place) != 0 || !strstr(problems.row[0].msg, rows[i].says) ||
            !strstr(problems.row[0].hint, rows[i].hint))
            fail_msg("'%s': %s: %s (%s)", rows[i].text, problems.row[0].place, problems.row[0].msg,
                     problems.row[0].hint);
    }
}

TEST_MAIN(cmocka_unit_test(values_are_typed_by_their_field), cmocka_unit_test(what_is_wrong_is_named_with_its_place))
