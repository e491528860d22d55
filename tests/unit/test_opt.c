#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/cmd.h"
#include "cli/edit_opts.h"
#include "cli/plan_opts.h"

struct args {
    struct cr_layer plan;
    const char *name;
    int64_t count;
    bool fast;
    struct opt_list tags;
};

static const struct opt opts[] = {
    CLI_PLAN_OPTIONS(struct args, plan),
    {'N', "note", OPT_STR(struct args, name), .arg = "TEXT", .env = "TEST_OPT_NOTE", .help = "A note"},
    {0, "count", OPT_INT(struct args, count), .arg = "N", .help = "A number"},
    {0, "fast", OPT_FLAG(struct args, fast), .help = "A flag", .negatable = true},
    {0, "mark", OPT_LIST(struct args, tags), .arg = "TAG", .help = "A list"},
    OPT_END,
};

static const struct verb verb = {.name = "test", .args = "", .summary = "Test", .opts = opts};

struct edit_args {
    struct cr_edits edits;
};

static const struct opt edit_opts[] = {CLI_EDIT_OPTIONS(struct edit_args, edits), OPT_END};
static const struct verb edit_verb = {.name = "edit", .args = "", .summary = "Edit", .opts = edit_opts};

static int parse(const char **argv, struct args *a, int *count, struct cr_error *err)
{
    struct opt_shared shared = {0};

    return opt_parse(&verb, argv, count, a, &shared, err);
}

TEST(options_and_positionals_are_told_apart)
{
    const char *argv[] = {"one", "--count", "7", "--note=x=y", "two", "--no-fast", "--", "--three", NULL};
    struct args a = {.fast = true};
    struct cr_error err = {0};
    int n = 0;

    assert_ok(parse(argv, &a, &n, &err), &err);
    assert_int_equal(n, 3);
    assert_string_equal(argv[2], "--three");
    assert_null(argv[3]);
    assert_int_equal(a.count, 7);
    assert_string_equal(a.name, "x=y");
    assert_false(a.fast);
}

TEST(options_of_the_plan_land_in_their_keys)
{
    const char *argv[] = {"--cpu", "2", "--memory=3G", "--allow-unauthenticated", "--env", "A=1", "--env=B=2", NULL};
    struct args a = {0};
    struct cr_error err = {0};
    int n = 0;

    assert_ok(parse(argv, &a, &n, &err), &err);
    assert_string_equal(a.plan.text[CR_KEY_CPU], "2");
    assert_string_equal(a.plan.text[CR_KEY_MEMORY], "3G");
    assert_string_equal(a.plan.text[CR_KEY_ALLOW_UNAUTHENTICATED], "true");
    assert_string_equal(a.plan.text[CR_KEY_ENV], "A=1,B=2");
    assert_string_equal(a.plan.where[CR_KEY_CPU], "--cpu");
    assert_null(a.plan.text[CR_KEY_REGION]);
    opt_release();
}

TEST(a_flag_can_be_refused)
{
    const char *argv[] = {"--no-allow-unauthenticated", NULL};
    struct args a = {0};
    struct cr_error err = {0};
    int n = 0;

    assert_ok(parse(argv, &a, &n, &err), &err);
    assert_string_equal(a.plan.text[CR_KEY_ALLOW_UNAUTHENTICATED], "false");
}

TEST(the_environment_is_weaker_than_the_option)
{
    const char *none[] = {NULL}, *argv[] = {"--note", "option", NULL};
    struct args a = {0};
    struct cr_error err = {0};
    int n = 0;

    setenv("TEST_OPT_NOTE", "environment", 1);
    assert_ok(parse(none, &a, &n, &err), &err);
    assert_string_equal(a.name, "environment");
    assert_ok(parse(argv, &a, &n, &err), &err);
    assert_string_equal(a.name, "option");
    unsetenv("TEST_OPT_NOTE");
}

TEST(a_list_keeps_its_order)
{
    const char *argv[] = {"--mark", "b", "--mark=a", NULL};
    struct args a = {0};
    struct cr_error err = {0};
    int n = 0;

    assert_ok(parse(argv, &a, &n, &err), &err);
    assert_int_equal(a.tags.len, 2);
    assert_string_equal(a.tags.item[0], "b");
    assert_string_equal(a.tags.item[1], "a");
}

TEST(bad_command_lines_say_what_would_work)
{
    static const struct {
        const char *argv[3], *msg, *hint;
    } cases[] = {
        {{"--cuont", "1"}, "there is no option '--cuont'", "did you mean '--count'?"},
        {{"--zzzzzzzzzzzz"}, "there is no option '--zzzzzzzzzzzz'", "'crdeploy test --help' lists the options"},
        {{"--count", "x"}, "--count wants a whole number, not 'x'", "write digits only: --count=10"},
        {{"--count"}, "--count needs a value", "write --count=N"},
        {{"--note", "--fast"}, "--note needs a value", "write --note=--fast if '--fast' is the value"},
        {{"-N", "--fast"}, "--note needs a value", "write --note=--fast if '--fast' is the value"},
        {{"--note", "-N"}, "--note needs a value", "write --note=-N if '-N' is the value"},
        {{"--note", "-q"}, "--note needs a value", "write --note=-q if '-q' is the value"},
        {{"--note", "--unknown"}, "--note needs a value", "write --note=--unknown if '--unknown' is the value"},
        {{"--note", "--"}, "--note needs a value", "write --note=-- if '--' is the value"},
        {{"--fast=maybe"}, "--fast takes no value", "write --fast, or --no-fast"},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        const char *argv[4] = {cases[i].argv[0], cases[i].argv[1], NULL};
        struct args a = {0};
        struct cr_error err = {0};
        int n = 0;

        assert_int_equal(parse(argv, &a, &n, &err), -1);
        assert_int_equal(err.code, CR_E_USAGE);
        assert_string_equal(err.msg, cases[i].msg);
        assert_string_equal(err.hint, cases[i].hint);
    }
}

TEST(a_value_may_begin_with_one_dash_or_follow_an_equals_sign)
{
    static const char *const lines[][3] = {
        {"--note", "-1"}, {"--note", "-"}, {"--note", "-x"}, {"-N", "-m,http.server"}, {"--note=--fast"}, {"--note=-q"},
    };

    for (size_t i = 0; i < CR_LEN(lines); i++) {
        const char *argv[3] = {lines[i][0], lines[i][1], NULL};
        const char *want = lines[i][1] ? lines[i][1] : strchr(lines[i][0], '=') + 1;
        struct args a = {0};
        struct cr_error err = {0};
        int n = 0;

        assert_ok(parse(argv, &a, &n, &err), &err);
        assert_string_equal(a.name, want);
        assert_int_equal(n, 0);
    }
}

static void parse_as(const struct verb *v, const char *word, const char *next, struct cr_error *err)
{
    CR_AUTO_FREE void *into = cr_calloc(1, v->args_size);
    const char *argv[] = {word, next, NULL};
    struct opt_shared shared = {0};
    int n = 0;

    *err = (struct cr_error){0};
    (void)!opt_parse(v, argv, &n, into, &shared, err);
    opt_release();
}

static void keeps_the_next_option(const struct verb *v, const struct opt *o)
{
    static const char *const next[] = {"--json", "--no-such-option", "--", "-q", "--color=never"};
    CR_AUTO_FREE char *name = cr_format("--%s", opt_name(o)), *want = cr_format("--%s needs a value", opt_name(o));
    const char letter[] = {'-', o->letter, '\0'};
    struct cr_error err;

    for (size_t i = 0; i < CR_LEN(next); i++) {
        CR_AUTO_FREE char *joined = cr_format("%s=%s", name, next[i]);

        for (int is_short = 0; is_short <= (o->letter != 0); is_short++) {
            parse_as(v, is_short ? letter : name, next[i], &err);
            if (err.code != CR_E_USAGE || strcmp(err.msg, want) != 0)
                fail_msg("%s %s %s: %s", v->name, is_short ? letter : name, next[i], err.code ? err.msg : "accepted");
        }
        parse_as(v, joined, NULL, &err);
        if (err.code && strstr(err.msg, "needs a value"))
            fail_msg("%s %s: %s", v->name, joined, err.msg);
    }
    parse_as(v, name, o->type == OPT_T_INT ? "-1" : "-", &err);
    if (err.code && !opt_choices(o))
        fail_msg("%s %s -: %s", v->name, name, err.msg);
}

TEST(no_option_of_any_command_swallows_the_next_option)
{
    const struct opt *tables[2] = {NULL, opt_common};
    size_t tried = 0;

    for (const struct verb *const *v = verbs; *v; v++) {
        tables[0] = (*v)->opts;
        for (size_t t = 0; t < CR_LEN(tables); t++)
            for (const struct opt *o = tables[t]; o->type; o++)
                if (!opt_is_flag(o)) {
                    keeps_the_next_option(*v, o);
                    tried++;
                }
    }
    assert_true(tried > 300);
}

TEST(edits_keep_the_order_of_the_command_line)
{
    const char *argv[] = {"--container=app",
                          "--image",
                          "i",
                          "--cpu=2",
                          "--set-env-vars=A=1,B=2",
                          "--clear-secrets",
                          "--no-cpu-boost",
                          "--args=--model=/m,-v",
                          "--concurrency=-1",
                          "--cpu-throttling",
                          "--set-env-vars",
                          "C=3",
                          NULL};
    static const struct cr_edit want[] = {
        {.flag = CR_FLAG_CONTAINER, .text = "app", .place = "--container"},
        {.flag = CR_FLAG_IMAGE, .text = "i", .place = "--image"},
        {.flag = CR_FLAG_CPU, .text = "2", .place = "--cpu"},
        {.flag = CR_FLAG_SET_ENV_VARS, .text = "A=1,B=2", .place = "--set-env-vars"},
        {.flag = CR_FLAG_CLEAR_SECRETS, .text = NULL, .place = "--clear-secrets"},
        {.flag = CR_FLAG_CPU_BOOST, .text = "false", .place = "--no-cpu-boost"},
        {.flag = CR_FLAG_ARGS, .text = "--model=/m,-v", .place = "--args"},
        {.flag = CR_FLAG_CONCURRENCY, .text = "-1", .place = "--concurrency"},
        {.flag = CR_FLAG_CPU_THROTTLING, .text = "true", .place = "--cpu-throttling"},
        {.flag = CR_FLAG_SET_ENV_VARS, .text = "C=3", .place = "--set-env-vars"},
    };
    struct opt_shared shared = {0};
    struct cr_error err = {0};
    struct edit_args a = {0};
    int n = 0;

    assert_ok(opt_parse(&edit_verb, argv, &n, &a, &shared, &err), &err);
    assert_int_equal(a.edits.len, CR_LEN(want));
    for (size_t i = 0; i < CR_LEN(want); i++) {
        assert_int_equal(a.edits.row[i].flag, want[i].flag);
        assert_string_equal(a.edits.row[i].text ? a.edits.row[i].text : "-", want[i].text ? want[i].text : "-");
        assert_string_equal(a.edits.row[i].place, want[i].place);
    }
    opt_release();
}

TEST(edits_that_no_row_takes_say_what_would_work)
{
    static const struct {
        const char *word, *msg, *hint;
    } cases[] = {
        {"--gpus=1", "there is no option '--gpus=1'", "did you mean '--gpu'?"},
        {"--execution-environment=gen3", "--execution-environment does not take 'gen3'",
         "did you mean 'gen1'? It takes gen1, gen2"},
        {"--ingress=public", "--ingress does not take 'public'",
         "it takes all, internal, internal-and-cloud-load-balancing"},
        {"--clear-labels=true", "--clear-labels takes no value", "write --clear-labels"},
        {"--no-clear-labels", "there is no option '--no-clear-labels'", "did you mean '--clear-labels'?"},
        {"--session-affinity=true", "--session-affinity takes no value",
         "write --session-affinity, or --no-session-affinity"},
        {"--memory", "--memory needs a value", "write --memory=SIZE"},
    };

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        const char *argv[] = {cases[i].word, NULL};
        struct opt_shared shared = {0};
        struct cr_error err = {0};
        struct edit_args a = {0};
        int n = 0;

        assert_int_equal(opt_parse(&edit_verb, argv, &n, &a, &shared, &err), -1);
        assert_int_equal(err.code, CR_E_USAGE);
        assert_string_equal(err.msg, cases[i].msg);
        assert_string_equal(err.hint, cases[i].hint);
        assert_int_equal(a.edits.len, 0);
    }
}

TEST(every_flag_is_an_option_once)
{
    for (size_t flag = 0; flag < CR_FLAG_COUNT; flag++) {
        int seen = 0;

        for (const struct opt *o = edit_opts; o->type; o++)
            seen += o->edit == (int)flag + 1;
        if (seen != 1)
            fail_msg("--%s is there %d times", cr_flags[flag].name, seen);
    }
}

/* What the compiler cannot check of the tables that ship. */
TEST(every_row_of_every_verb_is_whole)
{
    for (const struct verb *const *v = verbs; *v; v++) {
        assert_non_null((*v)->args);
        assert_non_null((*v)->summary);
        assert_true((*v)->summary[0] >= 'A' && (*v)->summary[0] <= 'Z');
        assert_true((*v)->summary[strlen((*v)->summary) - 1] != '.');
        assert_non_null((*v)->examples);
        assert_true((*v)->args_size > 0);
        for (const struct opt *o = (*v)->opts; o->type; o++) {
            const char *help = opt_help_text(o);

            if (!help || help[strlen(help) - 1] == '.')
                fail_msg("%s --%s: %s", (*v)->name, opt_name(o),
                         help ? "its help ends in a full stop" : "it has no help");
            for (const struct opt *other = (*v)->opts; other != o; other++)
                assert_true(strcmp(opt_name(o), opt_name(other)) != 0 && (!o->letter || o->letter != other->letter));
            for (const struct opt *other = opt_common; other->type; other++)
                assert_true(strcmp(opt_name(o), opt_name(other)) != 0);
        }
    }
}

TEST_MAIN(cmocka_unit_test(options_and_positionals_are_told_apart),
          cmocka_unit_test(options_of_the_plan_land_in_their_keys), cmocka_unit_test(a_flag_can_be_refused),
          cmocka_unit_test(the_environment_is_weaker_than_the_option), cmocka_unit_test(a_list_keeps_its_order),
          cmocka_unit_test(a_value_may_begin_with_one_dash_or_follow_an_equals_sign),
          cmocka_unit_test(no_option_of_any_command_swallows_the_next_option),
          cmocka_unit_test(bad_command_lines_say_what_would_work), cmocka_unit_test(every_row_of_every_verb_is_whole),
          cmocka_unit_test(edits_keep_the_order_of_the_command_line),
          cmocka_unit_test(edits_that_no_row_takes_say_what_would_work), cmocka_unit_test(every_flag_is_an_option_once))
