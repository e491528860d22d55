#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "core/check.h"
#include "core/forecast.h"

#define MI ((int64_t)1 << 20)
#define QA "name: x\nmodel: {task: question-answering, files: {tokenizer: tokenizer.json}}\n"
#define TENSOR "name: x\nmodel: {task: tensor}\n"

struct loaded {
    struct cr_manifest m;
    struct cr_plan plan;
    struct cr_problems problems;
};

static void load(struct loaded *l, const char *yaml, const char *dir, const char *cpu)
{
    struct cr_layer layers[CR_ORIGIN_COUNT] = {0};
    struct cr_error err = {0};

    layers[CR_FROM_OPTION].text[CR_KEY_CPU] = cpu;
    layers[CR_FROM_OPTION].where[CR_KEY_CPU] = "--cpu";
    assert_ok(cr_manifest_parse(yaml, strlen(yaml), "m.yaml", dir, &l->m, &l->problems, &err), &err);
    assert_ok(cr_plan_make(&l->m, layers, &l->plan, &l->problems, &err), &err);
}

static void unload(struct loaded *l)
{
    cr_problems_clear(&l->problems);
    cr_plan_clear(&l->plan);
    cr_manifest_clear(&l->m);
}

/* 1612224 bytes of weights; 479616 live with 96 tokens (test_onnx.c), four times that is the arena; one body of 1Mi is
 * held and read into four times as much. */
TEST(a_forecast_is_the_sum_of_its_parts)
{
    struct loaded l = {0};
    struct cr_error err = {0};
    struct cr_forecast f;

    load(&l, QA "server: {max_length: 96, stride: 32}\n", CR_SRCDIR "/examples/tiny-distilbert-qa", NULL);
    assert_ok(cr_forecast_make(&l.plan, &f, &err), &err);
    assert_int_equal(f.weights, 1612224);
    assert_int_equal(f.activations, 4 * 479616);
    assert_int_equal(f.requests, 5 * MI);
    assert_int_equal(f.total, 34 * MI + 1612224 + 4 * 479616 + 5 * MI);
    assert_int_equal(f.guessed, 0);
    unload(&l);
}

TEST(bodies_are_counted_as_often_as_requests_are_let_in)
{
    static const struct {
        const char *yaml;
        int64_t mi;
    } rows[] = {
        {TENSOR "deploy: {concurrency: 1}\n", 1 + 28},
        {TENSOR "deploy: {concurrency: 10}\n", 10 + 28},
        {TENSOR "deploy: {concurrency: 80}\n", 17 + 28}, /* 16 wait and one runs; the others are refused */
        {TENSOR "deploy: {concurrency: 80}\nserver: {queue: 3, max_body: 2Mi}\n", 2 * (4 + 28)},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct loaded l = {0};
        struct cr_error err = {0};
        struct cr_forecast f;

        load(&l, rows[i].yaml, CR_SRCDIR "/examples/tensor-linear", NULL);
        assert_ok(cr_forecast_make(&l.plan, &f, &err), &err);
        assert_int_equal(f.requests, rows[i].mi * MI);
        unload(&l);
    }
}

/* external: 9 MiB of weights; the length makes the rest. */
TEST(too_little_memory_is_warned_of_with_what_is_enough)
{
    static const struct {
        const char *yaml, *cpu, *msg, *hint;
    } rows[] = {
        {"deploy: {memory: 1Gi}\n", NULL, NULL, NULL},
        {"deploy: {memory: 128Mi}\nserver: {max_body: 4Mi}\n", NULL, "9Mi of weights", "write memory: 256Mi"},
        {"server: {max_body: 32Mi}\n", "0.5", NULL, NULL},
        {"server: {max_body: 30Mi, max_length: 8192}\n", NULL, "memory 1Gi is less than", "use --memory 1536Mi"},
        {"server: {max_body: 30Mi, max_length: 8192}\n", "0.5", "memory 1Gi is less than",
         "use --memory 1536Mi --cpu 1"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_FREE char *yaml =
            cr_format("name: x\nmodel: {task: tensor, files: {model: external}}\n%s", rows[i].yaml);
        struct loaded l = {0};
        struct cr_error err = {0};
        const struct cr_problem *p;

        load(&l, yaml, CR_SRCDIR "/tests/fuzz/corpus/onnx", rows[i].cpu);
        assert_ok(cr_check(&l.plan, CR_PROFILE_CURRENT, true, false, &l.problems, &err), &err);
        assert_int_equal(l.problems.len, rows[i].msg != NULL);
        if (rows[i].msg) {
            p = &l.problems.row[0];
            if (!strstr(p->msg, rows[i].msg) || strcmp(p->hint, rows[i].hint) != 0)
                fail_msg("row %zu: %s; %s", i, p->msg, p->hint);
            assert_string_equal(p->rule, "memory.forecast");
            assert_true(p->warning);
        }
        unload(&l);
    }
}

TEST(what_cannot_be_read_is_a_warning)
{
    struct loaded l = {0};
    struct cr_error err = {0};

    load(&l, "name: x\nmodel: {task: tensor, files: {model: pointer}}\n", CR_SRCDIR "/tests/fuzz/corpus/onnx", NULL);
    assert_ok(cr_check(&l.plan, CR_PROFILE_CURRENT, true, false, &l.problems, &err), &err);
    assert_int_equal(l.problems.len, 1);
    assert_true(l.problems.row[0].warning);
    assert_non_null(strstr(l.problems.row[0].msg, "is no ONNX graph"));
    unload(&l);
}

TEST(concurrency_is_derived_where_nobody_says_it)
{
    static const struct {
        const char *model, *deploy, *cpu;
        int64_t want;
        const char *where;
    } rows[] = {
        {"linear", "", "1", 1, "default for cpu 1"},
        {"linear", "", "4", 4, "default for cpu 4"},
        {"image", "", "4", 1, "default for cpu 4 and 4 rows at a time"},
        {"image", "", "8", 2, "default for cpu 8 and 4 rows at a time"},
        {"linear", "deploy: {concurrency: 7}\n", "4", 7, "m.yaml:3:23"},
        {"pointer", "", "4", 1, "default"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_FREE char *yaml =
            cr_format("name: x\nmodel: {task: tensor, files: {model: %s}}\n%s", rows[i].model, rows[i].deploy);
        struct loaded l = {0};

        load(&l, yaml, CR_SRCDIR "/tests/fuzz/corpus/onnx", rows[i].cpu);
        cr_forecast_concurrency(&l.plan);
        assert_int_equal(l.plan.number[CR_KEY_CONCURRENCY], rows[i].want);
        assert_string_equal(l.plan.value[CR_KEY_CONCURRENCY].where, rows[i].where);
        unload(&l);
    }
}

TEST(amounts_are_rounded_up_to_what_one_writes)
{
    static const struct {
        int64_t mi, want;
    } rows[] = {{1, 128}, {128, 128}, {129, 256}, {1000, 1024}, {1025, 1536}, {1537, 2048}, {4097, 5120}};

    for (size_t i = 0; i < CR_LEN(rows); i++)
        assert_int_equal(cr_forecast_round(rows[i].mi * MI), rows[i].want * MI);
}

TEST_MAIN(cmocka_unit_test(a_forecast_is_the_sum_of_its_parts),
          cmocka_unit_test(bodies_are_counted_as_often_as_requests_are_let_in),
          cmocka_unit_test(too_little_memory_is_warned_of_with_what_is_enough),
          cmocka_unit_test(what_cannot_be_read_is_a_warning),
          cmocka_unit_test(concurrency_is_derived_where_nobody_says_it),
          cmocka_unit_test(amounts_are_rounded_up_to_what_one_writes))
