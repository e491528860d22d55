#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "task.h"
#include "task_tensor.h"

static int differs(const char *want, const char *got, double tolerance, char text[512])
{
    json_auto_t *a = json_loads(want, JSON_DECODE_ANY, NULL), *b = json_loads(got, JSON_DECODE_ANY, NULL);
    struct error err = {0};
    int rc = task_compare(a, b, tolerance, &err);

    snprintf(text, 512, "%s", err.msg);
    return rc;
}

TEST(a_sample_is_compared_as_its_reader_would)
{
    static const struct {
        const char *want, *got, *says; /* NULL: equal */
    } cases[] = {
        {"\"a\"", "\"a\"", NULL},
        {"\"x\"", "\"y\"", "expected \"x\", got \"y\""},
        {"1", "1.0005", NULL},
        {"1", "1.1", "expected 1, got 1.1"},
        {"1000", "1000.5", NULL}, /* relative above 1 */
        {"{\"a\":1}", "{\"a\":1,\"score\":2}", NULL},
        {"{\"a\":1}", "{}", "a: expected a number, got nothing"},
        {"[1,2]", "[1]", "expected 2 elements, got 1"},
        {"{\"outputs\":[{\"data\":[1,2]}]}", "{\"outputs\":[{\"data\":[1,3]}]}",
         "outputs[0].data[1]: expected 2, got 3"},
        {"true", "false", "expected true, got false"},
        {"null", "null", NULL},
        {"\"1\"", "1", "expected a string, got a number"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];
        int rc = differs(cases[i].want, cases[i].got, 1e-3, text);

        assert_int_equal(rc, cases[i].says ? -1 : 0);
        if (cases[i].says && strncmp(text, cases[i].says, strlen(cases[i].says)) != 0)
            fail_msg("says '%s', not '%s'", text, cases[i].says);
    }
}

/* A strict echo: x FP32 [-1,2] and n INT64 [1]. */
struct fixture {
    struct model *model;
    struct task *task;
};

static void open_fixture(struct fixture *f, const char *name, const char *signature)
{
    char path[] = "/tmp/test_server_task.XXXXXX";
    int fd = mkstemp(path);
    struct model_options options = {.path = path, .task = name, .threads = 1};
    struct task_config config = {.name = "m", .version = "7"};
    struct error err = {0};

    assert_true(fd >= 0);
    assert_int_equal(write(fd, signature, strlen(signature)), (ssize_t)strlen(signature));
    close(fd);
    assert_ok(model_open(&options, &f->model, &err), &err);
    unlink(path);
    assert_ok(task_open(name, &config, f->model, &f->task, &err), &err);
    assert_ok(f->task->ops->warm(f->task, &err), &err);
}

static void close_fixture(struct fixture *f)
{
    task_close(f->task);
    model_close(f->model);
}

static const char strict[] = "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[-1,2]},"
                             "{\"name\":\"n\",\"datatype\":\"INT64\",\"shape\":[1]}]}";

#define X "{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,2]}"
#define N "{\"name\":\"n\",\"datatype\":\"INT64\",\"shape\":[1],\"data\":[3]}"

static int ask(struct fixture *f, const char *request, char text[512])
{
    json_auto_t *in = json_loads(request, 0, NULL);
    struct error err = {0};
    json_t *out;
    char *dump;

    assert_non_null(in);
    if (f->task->ops->answer(f->task, in, &out, &err) < 0) {
        snprintf(text, 512, "%s", err.msg);
        return err.status;
    }
    dump = json_dumps(out, JSON_COMPACT | JSON_SORT_KEYS);
    snprintf(text, 512, "%s", dump);
    free(dump);
    json_decref(out);
    return 200;
}

TEST(a_tensor_request_is_held_to_the_graph)
{
    static const struct {
        const char *request;
        int status;
        const char *says;
    } cases[] = {
        {"{\"inputs\":[" X "," N "]}", 200, "\"name\":\"x\",\"shape\":[1,2]}"},
        {"{\"inputs\":[" N "," X "],\"id\":\"q\",\"outputs\":[{\"name\":\"n\"}]}", 200,
         "{\"id\":\"q\",\"model_name\":\"m\",\"model_version\":\"7\",\"outputs\":[{\"data\":[3],\"datatype\":\"INT64\","
         "\"name\":\"n\",\"shape\":[1]}]}"},
        {"{\"inputs\":[" X "]}", 400, "input 'n' is missing"},
        {"{\"inputs\":[" X "," X "]}", 400, "input 'x' is there twice"},
        {"{\"inputs\":[" X "," N ",{\"name\":\"z\"}]}", 400, "the model has no input 'z'"},
        {"{\"inputs\":[{\"datatype\":\"FP32\"}]}", 400, "inputs[0] has no name"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP64\",\"shape\":[1,2],\"data\":[1,2]}]}", 400,
         "input 'x' is FP64, the model takes FP32"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[2],\"data\":[1,2]}]}", 400,
         "input 'x' has 1 dimensions, the model takes 2"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[1]}]}", 400,
         "input 'x' has 1 at dimension 1, the model takes 2"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,\"a\"]}]}", 400,
         "input 'x': data[1] is not a number"},
        {"{\"inputs\":[" X "," N "],\"outputs\":[{\"name\":\"y\"}]}", 400, "the model has no output 'y'"},
        {"{\"inputs\":[" X "," N "],\"outputs\":[{\"name\":\"x\"},{\"name\":\"x\"}]}", 400, "asked for twice"},
        {"{\"inputs\":[" X "," N "],\"outputs\":7}", 400, "outputs is not an array"},
        {"{\"inputs\":[" X "," N "],\"id\":7}", 400, "id is not a string"},
        {"{\"inputs\":[]}", 400, "inputs is missing"},
        {"{}", 400, "inputs is missing"},
        {"[]", 400, "not a JSON object"},
    };
    struct fixture f;

    open_fixture(&f, "tensor", strict);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];

        assert_int_equal(ask(&f, cases[i].request, text), cases[i].status);
        if (!strstr(text, cases[i].says))
            fail_msg("%s: says '%s', not '%s'", cases[i].request, text, cases[i].says);
    }
    close_fixture(&f);
}

TEST(an_echo_without_a_signature_takes_anything)
{
    struct fixture f;
    char text[512];

    open_fixture(&f, "tensor", "not JSON");
    assert_int_equal(ask(&f, "{\"inputs\":[" N "]}", text), 200);
    assert_non_null(strstr(text, "\"data\":[3]"));
    assert_int_equal(
        ask(&f, "{\"inputs\":[{\"name\":\"fail\",\"datatype\":\"BOOL\",\"shape\":[0],\"data\":[]}]}", text), 500);
    close_fixture(&f);
}

TEST(an_unknown_task_lists_the_known_ones)
{
    struct error err = {0};
    struct task *task = NULL;

    assert_int_equal(task_open("poetry", NULL, NULL, &task, &err), -1);
    assert_string_equal(err.msg, "unknown task 'poetry'; there are question-answering and tensor");
    assert_null(task);
}

TEST_MAIN(cmocka_unit_test(a_sample_is_compared_as_its_reader_would),
          cmocka_unit_test(a_tensor_request_is_held_to_the_graph),
          cmocka_unit_test(an_echo_without_a_signature_takes_anything),
          cmocka_unit_test(an_unknown_task_lists_the_known_ones))
