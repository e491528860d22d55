#include "lib/test.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "qa.h"

/* A model behind model.h that says what a test scripted: each run gives the next rows of logits, and is recorded. */
enum { MOST_RUNS = 64, MOST_TOKENS = 512 };

struct model {
    struct model_io inputs[4], outputs[2];
    struct model_signature signature;
    size_t runs, length[MOST_RUNS];
    int64_t ids[MOST_RUNS][MOST_TOKENS], mask[MOST_RUNS][MOST_TOKENS], types[MOST_RUNS][MOST_TOKENS];
    /* Logits: 0 but for the places where input ids are these; a run without them is flat. */
    int64_t start_id, end_id;
    float high, everywhere;
    bool fails, refuses, short_output;
};

static struct model fake;

const struct model_signature *model_signature(const struct model *m)
{
    return &m->signature;
}

static void record(struct model *m, const struct tensor *t)
{
    int64_t *row = !strcmp(t->name, "input_ids")        ? m->ids[m->runs]
                   : !strcmp(t->name, "attention_mask") ? m->mask[m->runs]
                                                        : m->types[m->runs];

    assert_int_equal(t->rank, 2);
    assert_int_equal(t->shape[0], 1);
    m->length[m->runs] = t->count;
    for (size_t i = 0; i < t->count; i++)
        row[i] = t->type == TENSOR_INT64 ? ((int64_t *)t->data)[i] : ((int32_t *)t->data)[i];
}

int model_run(struct model *m, const struct tensor *inputs, size_t n_inputs, struct tensor *outputs, size_t n_outputs,
              struct error *err)
{
    assert_true(m->runs < MOST_RUNS);
    assert_int_equal(n_outputs, 2);
    if (m->fails)
        return error_set(err, m->refuses ? 400 : 500, "the graph broke");
    for (size_t i = 0; i < n_inputs; i++)
        record(m, &inputs[i]);
    for (size_t k = 0; k < 2; k++) {
        const int64_t shape[2] = {1, (int64_t)(m->length[m->runs] - m->short_output)};

        assert_ok(tensor_shape(&outputs[k], TENSOR_FP32, shape, 2, err), err);
        for (size_t i = 0; i < outputs[k].count; i++)
            ((float *)outputs[k].data)[i] =
                m->everywhere + (m->ids[m->runs][i] == (k ? m->end_id : m->start_id) ? m->high : 0);
    }
    m->runs++;
    return 0;
}

static void script(const char *const *inputs, size_t n, int64_t start_id, int64_t end_id)
{
    memset(&fake, 0, sizeof(fake));
    for (size_t i = 0; i < n; i++)
        fake.inputs[i] =
            (struct model_io){.name = (char *)inputs[i], .type = TENSOR_INT64, .rank = 2, .shape = {-1, -1}};
    fake.outputs[0] = (struct model_io){.name = (char *)"start_logits", .type = TENSOR_FP32, .rank = 2};
    fake.outputs[1] = (struct model_io){.name = (char *)"end_logits", .type = TENSOR_FP32, .rank = 2};
    fake.signature = (struct model_signature){fake.inputs, fake.outputs, n, 2, false};
    fake.start_id = start_id;
    fake.end_id = end_id;
    fake.high = 5;
}

static const char *const three[] = {"input_ids", "attention_mask", "token_type_ids"};

/* Of the tiny model's vocabulary. */
static char tokenizer[512], config[512];

static struct task_config settings(void)
{
    const char *src = getenv("srcdir") ? getenv("srcdir") : ".";

    snprintf(tokenizer, sizeof(tokenizer), "%s/examples/tiny-distilbert-qa/tokenizer.json", src);
    snprintf(config, sizeof(config), "%s/examples/tiny-distilbert-qa/config.json", src);
    return (struct task_config){.name = "t",
                                .tokenizer = tokenizer,
                                .config = config,
                                .max_length = 384,
                                .stride = 32,
                                .max_answer_tokens = 15};
}

static struct task *open_task(const struct task_config *c)
{
    struct error err = {0};
    struct task *t = NULL;

    assert_ok(qa_open(c, &fake, &t, &err), &err);
    return t;
}

/* Asks with context and question; the answer's JSON text, new. */
static char *ask(struct task *t, const char *context, const char *question)
{
    json_t *request = json_pack("{s:s, s:s}", "context", context, "question", question), *response = NULL;
    struct error err = {0};
    char *out;

    assert_ok(t->ops->answer(t, request, &response, &err), &err);
    out = json_dumps(response, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(4));
    json_decref(response);
    json_decref(request);
    return out;
}

static void expect(struct task *t, const char *context, const char *question, const char *answer)
{
    char *got = ask(t, context, question);

    assert_string_equal(got, answer);
    free(got);
}

static void expect_error(struct task *t, const char *request, int status, const char *says)
{
    json_t *doc = json_loads(request, JSON_DECODE_ANY, NULL), *response = NULL;
    struct error err = {0};

    assert_non_null(doc);
    assert_int_equal(t->ops->answer(t, doc, &response, &err), -1);
    assert_null(response);
    assert_int_equal(err.status, status);
    if (!strstr(err.msg, says))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, says);
    json_decref(doc);
}

/* Ids of the tiny vocabulary that the tests below point at. */
static int64_t id_of(const char *piece)
{
    json_t *doc = json_load_file(tokenizer, 0, NULL);
    int64_t id = json_integer_value(json_object_get(json_object_get(json_object_get(doc, "model"), "vocab"), piece));

    json_decref(doc);
    return id;
}

TEST(answers_are_tokens_joined_by_spaces)
{
    struct task_config c = settings();

    script(three, 3, id_of("sugar"), id_of("you"));
    struct task *t = open_task(&c);
    expect(t, "Roses are red, Violets are blue, Sugar is sweet, And so are you.", "What am I?",
           "\"sugar is sweet , and so are you\"");
    assert_int_equal(fake.runs, 1);
    assert_int_equal(fake.ids[0][0], 2);
    assert_int_equal(fake.types[0][5], 0); /* [SEP] behind "What am I?" */
    assert_int_equal(fake.types[0][6], 1);
    assert_int_equal(fake.ids[0][fake.length[0] - 1], 3);
    for (size_t i = 0; i < fake.length[0]; i++)
        assert_int_equal(fake.mask[0][i], 1);
    t->ops->close(t);
}

TEST(full_answers_are_as_written_with_code_point_offsets)
{
    struct task_config c = settings();

    c.full = true;
    script(three, 2, id_of("sugar"), id_of("sweet"));
    struct task *t = open_task(&c);
    expect(t, "Ünïted 😀 Sugar  is SWEET.", "What?",
           "{\"answer\": \"Sugar  is SWEET\", \"end\": 24, \"score\": 0.8889, \"start\": 9}");
    t->ops->close(t);
}

TEST(the_question_is_never_the_answer)
{
    struct task_config c = settings();

    script(three, 3, id_of("sugar"), id_of("sugar"));
    struct task *t = open_task(&c);
    expect(t, "Roses are red.", "sugar sugar sugar", "\"roses\"");
    t->ops->close(t);
}

TEST(the_span_is_never_reversed_nor_too_long)
{
    struct task_config c = settings();

    c.max_answer_tokens = 2;
    script(three, 3, id_of("sweet"), id_of("sugar"));
    struct task *t = open_task(&c);
    expect(t, "sugar is sweet", "what", "\"sugar\"");
    fake.start_id = id_of("roses");
    fake.end_id = id_of("sweet");
    fake.runs = 0;
    expect(t, "roses and sugar is sweet", "what", "\"roses\"");
    t->ops->close(t);
}

TEST(a_word_is_answered_whole)
{
    struct task_config c = settings();

    script(three, 3, id_of("##84"), id_of("##84"));
    struct task *t = open_task(&c);
    expect(t, "John bought a guitar in June 1984.", "When?", "\"1984\"");
    t->ops->close(t);
}

TEST(the_best_window_wins_wherever_it_stands)
{
    struct task_config c = settings();
    char context[4096] = "";

    for (int i = 0; i < 60; i++)
        snprintf(context + strlen(context), sizeof(context) - strlen(context), "%s are red. ",
                 i == 51 ? "Violets" : "Roses");
    script(three, 3, id_of("violets"), id_of("violets"));
    struct task *t = open_task(&c);
    expect(t, context, "What?", "\"violets\"");
    assert_true(fake.runs > 3);
    for (size_t k = 0; k < fake.runs; k++)
        assert_true(fake.length[k] <= 96); /* max_position_embeddings, not max_length */
    t->ops->close(t);
}

TEST(what_cannot_be_read_in_time_is_given_up_between_windows)
{
    struct task_config c = settings();
    const char *request = "{\"context\":\"roses are red\",\"question\":\"what\"}";

    script(three, 3, 0, 0);
    struct task *t = open_task(&c);
    t->deadline_us = 1;
    expect_error(t, request, 503, "too long to be read in time: 0 of its 3 tokens");
    assert_int_equal(fake.runs, 0);
    t->deadline_us = INT64_MAX;
    expect(t, "roses are red", "what", "\"roses\"");
    t->ops->close(t);
}

TEST(text_without_a_word_is_answered_as_well)
{
    static const char *const texts[] = {"?!...", "\xf0\x9f\x98\x80\xf0\x9f\x98\x80", "\xe4\xbd\xa0", "a\xcc\x81"};
    struct task_config c = settings();

    script(three, 3, 0, 0);
    struct task *t = open_task(&c);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
            char *text = ask(t, texts[i], texts[k]);

            assert_non_null(text);
            free(text);
            fake.runs = 0;
        }
    }
    t->ops->close(t);
}

/* The example that the tests with containers ask the real model. */
TEST(the_long_example_is_answered_beyond_the_first_window)
{
    struct task_config c = settings();
    static char path[512];
    struct error err = {0};
    json_t *doc, *response = NULL;

    snprintf(path, sizeof(path), "%s/tests/data/qa/long.json", getenv("srcdir") ? getenv("srcdir") : ".");
    doc = json_load_file(path, 0, NULL);
    assert_non_null(doc);
    script(three, 2, id_of("june"), id_of("##84"));
    struct task *t = open_task(&c);
    assert_ok(t->ops->answer(t, json_object_get(doc, "request"), &response, &err), &err);
    assert_true(json_equal(response, json_object_get(doc, "response")));
    json_decref(response);
    response = NULL;
    assert_int_equal(fake.runs, 2);
    for (size_t i = 0; i < fake.length[0]; i++)
        assert_int_not_equal(fake.ids[0][i], fake.start_id);
    t->ops->close(t);

    c.full = true;
    script(three, 2, id_of("june"), id_of("##84"));
    t = open_task(&c);
    assert_ok(t->ops->answer(t, json_object_get(doc, "request"), &response, &err), &err);
    json_object_del(response, "score"); /* the real model's own is in the file */
    json_object_del(json_object_get(doc, "full"), "score");
    assert_true(json_equal(response, json_object_get(doc, "full")));
    json_decref(response);
    json_decref(doc);
    t->ops->close(t);
}

/* The ids of every window of 40 pairs, as Hugging Face truncates with a stride. */
TEST(windows_equal_hugging_face)
{
    struct task_config c = settings();
    static char path[512], pieces[512];
    char *line = NULL;
    size_t cap = 0, count = 0;
    FILE *f;

    snprintf(path, sizeof(path), "%s/tests/data/tokenizer/pairs.jsonl", getenv("srcdir") ? getenv("srcdir") : ".");
    snprintf(pieces, sizeof(pieces), "%s/tests/data/tokenizer/uncased.json", getenv("srcdir") ? getenv("srcdir") : ".");
    f = fopen(path, "r");
    assert_non_null(f);
    for (; getline(&line, &cap, f) > 0; count++) {
        json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL), *windows = json_array_get(row, 4), *response = NULL;
        json_t *request =
            json_pack("{s:O, s:O}", "question", json_array_get(row, 0), "context", json_array_get(row, 1));
        struct error err = {0};

        script(three, 3, -1, -1);
        c.tokenizer = pieces;
        c.max_length = (int)json_integer_value(json_array_get(row, 2));
        c.stride = (int)json_integer_value(json_array_get(row, 3));
        struct task *t = open_task(&c);
        assert_ok(t->ops->answer(t, request, &response, &err), &err);
        assert_int_equal(fake.runs, json_array_size(windows));
        for (size_t k = 0; k < fake.runs; k++) {
            json_t *ids = json_array_get(windows, k);

            assert_int_equal(fake.length[k], json_array_size(ids));
            for (size_t i = 0; i < fake.length[k]; i++)
                assert_int_equal(fake.ids[k][i], json_integer_value(json_array_get(ids, i)));
        }
        t->ops->close(t);
        json_decref(response);
        json_decref(request);
        json_decref(row);
    }
    assert_true(count >= 30);
    free(line);
    fclose(f);
}

TEST(requests_that_are_wrong_name_the_field)
{
    static const struct {
        const char *request, *says;
    } cases[] = {
        {"[]", "not an object"},
        {"\"x\"", "not an object"},
        {"{}", "'context' is missing"},
        {"{\"context\":\"a\"}", "'question' is missing"},
        {"{\"question\":\"a\"}", "'context' is missing"},
        {"{\"context\":1,\"question\":\"a\"}", "'context' is not a string"},
        {"{\"context\":\"a\",\"question\":null}", "'question' is not a string"},
        {"{\"context\":\"\",\"question\":\"a\"}", "'context' is empty"},
        {"{\"context\":\" \\u200b\",\"question\":\"a\"}", "'context' is empty"},
        {"{\"context\":\"a\",\"question\":\"\"}", "'question' is empty"},
        {"{\"context\":\"a\",\"question\":\"b\",\"top_k\":3}", "unknown field 'top_k'"},
    };
    struct task_config c = settings();

    script(three, 3, 0, 0);
    struct task *t = open_task(&c);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_error(t, cases[i].request, 400, cases[i].says);
    assert_int_equal(fake.runs, 0);
    t->ops->close(t);
}

TEST(a_question_may_fill_half_a_window)
{
    struct task_config c = settings();
    char question[512] = "", request[1024];

    script(three, 3, id_of("sugar"), id_of("sugar"));
    struct task *t = open_task(&c);
    for (size_t i = 0; i < 48; i++)
        snprintf(question + 5 * i, sizeof(question) - 5 * i, "what ");
    expect(t, "sugar is sweet", question, "\"sugar\"");
    assert_int_equal(fake.length[0], 48 + 3 + 3);
    snprintf(request, sizeof(request), "{\"context\":\"sugar is sweet\",\"question\":\"%swhat\"}", question);
    expect_error(t, request, 400, "'question' has 49 tokens, and the model takes at most 48");
    t->ops->close(t);
}

TEST(faults_of_the_model_are_the_servers)
{
    struct task_config c = settings();
    const char *request = "{\"context\":\"a\",\"question\":\"b\"}";

    script(three, 3, 0, 0);
    struct task *t = open_task(&c);
    fake.fails = true;
    expect_error(t, request, 500, "the graph broke");
    fake.refuses = true;
    expect_error(t, request, 500, "the graph broke");
    fake.fails = fake.refuses = false;
    fake.short_output = true;
    expect_error(t, request, 500, "'start_logits' has 4 values for 5 tokens");
    fake.short_output = false;
    fake.everywhere = NAN;
    expect_error(t, request, 500, "not numbers");
    t->ops->close(t);
}

static void expect_refused(const struct task_config *c, const char *says)
{
    struct task *t = NULL;
    struct error err = {0};

    assert_int_equal(qa_open(c, &fake, &t, &err), -1);
    assert_null(t);
    if (!strstr(err.msg, says))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, says);
}

TEST(graphs_and_settings_that_do_not_fit_are_named)
{
    static const char *const no_ids[] = {"attention_mask"}, *const pixels[] = {"input_ids", "pixel_values"};
    struct task_config c = settings();

    script(no_ids, 1, 0, 0);
    expect_refused(&c, "no input 'input_ids'");
    script(pixels, 2, 0, 0);
    expect_refused(&c, "'pixel_values'");
    script(three, 3, 0, 0);
    fake.inputs[1].type = TENSOR_FP32;
    expect_refused(&c, "'attention_mask' is FP32");
    script(three, 3, 0, 0);
    fake.inputs[0].rank = 3;
    expect_refused(&c, "[batch, sequence]");
    script(three, 3, 0, 0);
    fake.outputs[1].name = (char *)"logits";
    expect_refused(&c, "no output 'end_logits'");
    script(three, 3, 0, 0);
    c.max_length = 15;
    expect_refused(&c, "15 tokens is too short");
    c = settings();
    c.tokenizer = NULL;
    expect_refused(&c, "tokenizer.json or vocab.txt");
    c = settings();
    c.config = "/nonexistent/config.json";
    expect_refused(&c, "/nonexistent/config.json");
}

TEST(a_graph_of_fixed_length_is_padded_and_masked)
{
    struct task_config c = settings();

    script(three, 3, id_of("sugar"), id_of("sugar"));
    for (size_t i = 0; i < 3; i++) {
        fake.inputs[i].shape[0] = 1;
        fake.inputs[i].shape[1] = 32;
        fake.inputs[i].type = TENSOR_INT32;
    }
    struct task *t = open_task(&c);
    struct error err = {0};
    expect(t, "is sugar sweet", "what", "\"sugar\"");
    assert_int_equal(fake.length[0], 32);
    assert_int_equal(fake.mask[0][6], 1);
    assert_int_equal(fake.mask[0][7], 0);
    assert_int_equal(fake.ids[0][7], 0);
    assert_ok(t->ops->warm(t, &err), &err);
    assert_int_equal(fake.length[1], 32);
    t->ops->close(t);
}

TEST_MAIN(cmocka_unit_test(answers_are_tokens_joined_by_spaces),
          cmocka_unit_test(full_answers_are_as_written_with_code_point_offsets),
          cmocka_unit_test(the_question_is_never_the_answer), cmocka_unit_test(the_span_is_never_reversed_nor_too_long),
          cmocka_unit_test(a_word_is_answered_whole), cmocka_unit_test(the_best_window_wins_wherever_it_stands),
          cmocka_unit_test(what_cannot_be_read_in_time_is_given_up_between_windows),
          cmocka_unit_test(text_without_a_word_is_answered_as_well),
          cmocka_unit_test(the_long_example_is_answered_beyond_the_first_window),
          cmocka_unit_test(windows_equal_hugging_face), cmocka_unit_test(requests_that_are_wrong_name_the_field),
          cmocka_unit_test(a_question_may_fill_half_a_window), cmocka_unit_test(faults_of_the_model_are_the_servers),
          cmocka_unit_test(graphs_and_settings_that_do_not_fit_are_named),
          cmocka_unit_test(a_graph_of_fixed_length_is_padded_and_masked))
