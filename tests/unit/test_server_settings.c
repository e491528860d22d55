#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "settings.h"

/* The environment of one test: NAME=value, ended by NULL. */
static const char *const *variables;

static char *get(const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; variables && variables[i]; i++) {
        if (!strncmp(variables[i], name, n) && variables[i][n] == '=')
            return (char *)(uintptr_t)(variables[i] + n + 1);
    }
    return NULL;
}

static char dir[64];
static char dir_variable[80];

static void write_document(const char *name, const char *text)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/test_server_settings.XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(dir_variable, sizeof(dir_variable), "MODEL_DIR=%s", dir);
    return 0;
}

static int teardown(void **state)
{
    char path[128];

    (void)state;
    snprintf(path, sizeof(path), "%s/model.json", dir);
    unlink(path);
    snprintf(path, sizeof(path), "%s/crdeploy.json", dir);
    unlink(path);
    return rmdir(dir);
}

TEST(the_environment_wins_over_the_document_and_both_over_defaults)
{
    const char *const env[] = {dir_variable, "PORT=9001", "CRDEPLOY_QUEUE=3", "CRDEPLOY_PACK_MB=0", NULL};
    struct settings s = {0};
    struct error err = {0};

    variables = env;
    write_document("model.json", "{\"name\":\"n\",\"task\":\"tensor\",\"files\":{\"model\":\"m.onnx\",\"vocab\":null},"
                                 "\"server\":{\"path\":\"/p\",\"queue\":5,\"max_body\":10,\"output\":\"full\"},"
                                 "\"revision\":null}");
    assert_ok(settings_load(&s, get, &err), &err);
    assert_int_equal(s.port, 9001);
    assert_int_equal(s.queue, 3);
    assert_int_equal(s.max_body, 10);
    assert_int_equal(s.pack_mb, 0);
    assert_int_equal(settings_model(&s).pack_mb, 0);
    assert_string_equal(settings_model(&s).path, s.model);
    assert_int_equal(s.max_length, 384);
    assert_string_equal(s.path, "/p");
    assert_string_equal(s.listen, "0.0.0.0");
    assert_true(s.full);
    assert_null(s.version);
    assert_null(s.vocab);
    assert_null(s.project);
    assert_string_equal(s.model + strlen(dir), "/m.onnx");
    settings_clear(&s);
}

TEST(an_unpacked_context_will_do)
{
    const char *const env[] = {dir_variable, "LISTEN_ADDR=127.0.0.1", "PORT=", NULL};
    struct settings s = {0};
    struct error err = {0};

    variables = env;
    write_document("crdeploy.json", "{\"name\":\"n\",\"task\":\"tensor\",\"files\":{\"model\":\"model/m.onnx\"},"
                                    "\"server\":{},\"samples\":[]}");
    assert_ok(settings_load(&s, get, &err), &err);
    assert_int_equal(s.port, 8080);
    assert_int_equal(s.pack_mb, 32);
    assert_true(s.threads >= 1); /* as many as the container has */
    assert_string_equal(s.path, "/predict");
    assert_string_equal(s.listen, "127.0.0.1");
    assert_string_equal(s.model + strlen(dir), "/model/m.onnx");
    settings_clear(&s);
}

TEST(memory_for_requests_is_a_quarter_of_the_containers_and_holds_the_largest_body)
{
    const char *env[] = {dir_variable, NULL, NULL};
    struct settings s = {0};
    struct error err = {0};

    variables = env;
    write_document("model.json", "{\"name\":\"n\",\"task\":\"tensor\",\"files\":{\"model\":\"m.onnx\"},\"server\":{}}");
    assert_ok(settings_load(&s, get, &err), &err);
    assert_int_equal(s.request_mb, (memory_available() / 4 + (1 << 20) - 1) >> 20);
    assert_int_equal(settings_request_bytes(&s), (size_t)s.request_mb << 19);
    assert_true(s.connections >= 10000);
    assert_int_equal(s.body_s, 60);
    settings_clear(&s);
    env[1] = "CRDEPLOY_REQUEST_MB=1";
    assert_ok(settings_load(&s, get, &err), &err);
    assert_int_equal(settings_request_bytes(&s), 1048576);
    settings_clear(&s);
}

#define GOOD "{\"name\":\"n\",\"task\":\"t\",\"files\":{\"model\":\"m\"}"

TEST(what_is_wrong_is_named)
{
    static const struct {
        const char *document, *variable, *says;
    } cases[] = {
        {GOOD "}", "PORT=70000", "'PORT' is 70000: it must be from 0 to 65535"},
        {GOOD "}", "PORT=80a", "PORT is '80a': a whole number is wanted"},
        {GOOD "}", "PORT=99999999999999999999", "PORT is '99999999999999999999'"},
        {GOOD ",\"server\":{\"threads\":-1}}", NULL, "'threads' is -1"},
        {GOOD ",\"server\":{\"threads\":\"2\"}}", NULL, "'threads' is not a whole number"},
        {GOOD ",\"server\":{\"path\":\"predict\"}}", NULL, "server.path 'predict' does not start with '/'"},
        {GOOD ",\"server\":{\"path\":\"/ready\"}}", NULL, "server.path '/ready' is where the platform asks"},
        {GOOD "}", "CRDEPLOY_PACK_MB=-1", "'CRDEPLOY_PACK_MB' is -1: it must be from 0 to 1048576"},
        {GOOD ",\"server\":{\"path\":\"/\"}}", NULL, "or is '/' itself"},
        {"{\"task\":\"t\"}", NULL, "name or task is missing"},
        {"{\"name\":\"n\",\"task\":\"t\"}", NULL, "files.model is missing"},
        {"{", NULL, "line 1"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *const env[] = {dir_variable, cases[i].variable, NULL};
        struct settings s = {0};
        struct error err = {0};

        variables = env;
        write_document("model.json", cases[i].document);
        assert_int_equal(settings_load(&s, get, &err), -1);
        if (!strstr(err.msg, cases[i].says))
            fail_msg("says '%s', not '%s'", err.msg, cases[i].says);
        settings_clear(&s);
    }
}

TEST(a_directory_without_a_document_is_refused)
{
    const char *const env[] = {dir_variable, NULL};
    struct settings s = {0};
    struct error err = {0};

    variables = env;
    assert_int_equal(settings_load(&s, get, &err), -1);
    assert_non_null(strstr(err.msg, "neither model.json nor crdeploy.json"));
}

#define IN_DIRECTORY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
TEST_MAIN(IN_DIRECTORY(the_environment_wins_over_the_document_and_both_over_defaults),
          IN_DIRECTORY(an_unpacked_context_will_do),
          IN_DIRECTORY(memory_for_requests_is_a_quarter_of_the_containers_and_holds_the_largest_body),
          IN_DIRECTORY(what_is_wrong_is_named), IN_DIRECTORY(a_directory_without_a_document_is_refused))
