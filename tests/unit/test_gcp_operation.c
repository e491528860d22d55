#include "lib/test.h"

#include "lib/fake_http.h"

#include "gcp/operation.h"

#define OP "projects/1/locations/l/operations/o"
#define GET_URL "https://run.test/v2/" OP
#define WAIT_URL GET_URL ":wait"
#define PENDING "{\"name\":\"" OP "\",\"done\":false}"
#define DONE "{\"name\":\"" OP "\",\"done\":true,\"response\":{\"uri\":\"u\"}}"

static int wait(struct fake_http *f, enum gcp_operation_poll how, const char *operation, json_t **response,
                struct cr_error *err)
{
    json_auto_t *op = json_loads(operation, 0, NULL);

    return gcp_operation_wait(
        &f->gcp,
        &(struct gcp_operation_wait){.api = GCP_RUN, .version = "v2", .how = how, .what = "deploy the service"}, op,
        response, err);
}

TEST(waits_until_done)
{
    static const struct {
        enum gcp_operation_poll how;
        const char *operation;
        struct fake_step steps[5];
        size_t n;
        int64_t slept_ms;
    } rows[] = {
        {GCP_OPERATION_GET, DONE, {{0}}, 0, 0}, /* done at once: nothing is asked */
        {GCP_OPERATION_GET, PENDING, {{"GET", GET_URL, .status = 200, .body = DONE}}, 1, 1000},
        {GCP_OPERATION_GET,
         PENDING,
         {{"GET", GET_URL, .status = 200, .body = PENDING},
          {"GET", GET_URL, .status = 200, .body = PENDING},
          {"GET", GET_URL, .status = 200, .body = DONE}},
         3,
         1000 + 1500 + 2250},
        {GCP_OPERATION_WAIT,
         PENDING,
         {{"POST", WAIT_URL, .status = 200, .body = DONE, .want_body = "\"timeout\""}},
         1,
         0},
        {GCP_OPERATION_WAIT,
         PENDING,
         {{"POST", WAIT_URL, .status = 200, .body = PENDING}, {"POST", WAIT_URL, .status = 200, .body = DONE}},
         2,
         1000}, /* one that does not wait is not asked in a busy loop */
        {GCP_OPERATION_WAIT,
         PENDING,
         {{"POST", WAIT_URL, .status = 404},
          {"GET", GET_URL, .status = 200, .body = PENDING},
          {"GET", GET_URL, .status = 200, .body = DONE}},
         3,
         1500},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_auto_t *response = NULL;
        struct cr_error err = {0};
        struct fake_http f;

        fake_http_init(&f, rows[i].steps, rows[i].n);
        assert_ok(wait(&f, rows[i].how, rows[i].operation, &response, &err), &err);
        assert_string_equal(json_string_value(json_object_get(response, "uri")), "u");
        if (f.slept_ms != rows[i].slept_ms)
            fail_msg("row %zu slept %lld", i, (long long)f.slept_ms);
        fake_http_end(&f);
    }
}

TEST(errors_of_an_operation)
{
    static const struct {
        const char *error;
        enum cr_code code;
        const char *says, *hint;
    } rows[] = {
        {"{\"code\":9,\"message\":\"Revision 's-1' is not ready and cannot serve traffic. The user-provided container "
         "failed to start and listen on the port defined provided by the PORT=8080 environment variable within the "
         "allocated timeout.\"}",
         CR_E_BUILD, "cannot deploy the service: Revision 's-1' is not ready", "$PORT"},
        {"{\"code\":9,\"message\":\"The user-provided container failed the configured startup probe checks.\"}",
         CR_E_BUILD, "startup probe", "/ready"},
        {"{\"code\":9,\"message\":\"Permission denied on secret: projects/1/secrets/s\"}", CR_E_BUILD, "secret",
         "secretAccessor"},
        {"{\"code\":7,\"message\":\"no\"}", CR_E_AUTH, "cannot deploy the service: no", ""},
        {"{\"code\":13}", CR_E_BUILD, "gave no reason", "run it again"},
        {"{\"code\":13,\"message\":\"\\u001b[2Jx\\ny\"}", CR_E_BUILD, "cannot deploy the service: [2Jx y", ""},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        char *operation = cr_format("{\"name\":\"" OP "\",\"done\":true,\"error\":%s}", rows[i].error);
        json_t *response = NULL;
        struct cr_error err = {0};
        struct fake_http f;

        fake_http_init(&f, NULL, 0);
        assert_int_equal(wait(&f, GCP_OPERATION_GET, operation, &response, &err), -1);
        if (err.code != rows[i].code || !strstr(err.msg, rows[i].says) || !strstr(err.hint, rows[i].hint))
            fail_msg("row %zu: %d %s | %s", i, err.code, err.msg, err.hint);
        assert_null(response);
        free(operation);
        fake_http_end(&f);
    }
}

TEST(names_that_are_none)
{
    static const char *const rows[] = {"{}",
                                       "{\"name\":\"\"}",
                                       "{\"name\":\"a/../b\"}",
                                       "{\"name\":\"a?b\"}",
                                       "{\"name\":\"/a\"}",
                                       "{\"name\":\"a b\"}"};

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_t *response = NULL;
        struct cr_error err = {0};
        struct fake_http f;

        fake_http_init(&f, NULL, 0);
        assert_int_equal(wait(&f, GCP_OPERATION_GET, rows[i], &response, &err), -1);
        assert_int_equal(err.code, CR_E_API);
        fake_http_end(&f);
    }
}

TEST(a_deadline_and_ctrl_c)
{
    static const struct fake_step late[] = {{"GET", GET_URL, .status = 200, .body = PENDING},
                                            {"GET", GET_URL, .status = 200, .body = PENDING}};
    static const struct fake_step pressed[] = {{"GET", GET_URL, .status = 200, .body = PENDING, .press = true}};
    json_auto_t *op = json_loads(PENDING, 0, NULL);
    struct gcp_operation_wait w = {.api = GCP_RUN, .version = "v2", .what = "deploy the service", .deadline_ms = 2000};
    json_t *response = NULL;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, late);
    assert_int_equal(gcp_operation_wait(&f.gcp, &w, op, &response, &err), -1);
    assert_int_equal(err.code, CR_E_NET);
    assert_non_null(strstr(err.hint, OP));
    fake_http_end(&f);
    FAKE_HTTP(&f, pressed);
    assert_int_equal(gcp_operation_wait(&f.gcp, &w, op, &response, &err), -1);
    assert_int_equal(err.code, CR_E_INTERRUPT);
    assert_non_null(strstr(err.hint, OP));
    fake_http_end(&f);
}

#define OP2 "projects/1/locations/m/operations/o"

static void count_rounds(void *ud, const json_t *operation)
{
    (void)operation;
    ++*(int *)ud;
}

TEST(several_are_waited_for_side_by_side)
{
    static const struct fake_step steps[] = {
        {"GET", GET_URL, .status = 200, .body = PENDING},
        {"GET", "https://run.test/v2/" OP2, .status = 200,
         .body = "{\"done\":true,\"error\":{\"code\":9,\"message\":\"not ready\"}}"},
        {"GET", GET_URL, .status = 200, .body = DONE},
    };
    struct gcp_operation_one list[3] = {{json_loads(PENDING, 0, NULL), NULL, {0}, false},
                                        {json_loads("{\"name\":\"" OP2 "\"}", 0, NULL), NULL, {0}, false},
                                        {json_loads(DONE, 0, NULL), NULL, {0}, false}};
    struct gcp_operation_wait w = {.api = GCP_RUN, .version = "v2", .what = "deploy the service"};
    struct cr_error err = {0};
    struct fake_http f;
    int rounds = 0;

    w.on_tick = count_rounds;
    w.ud = &rounds;
    FAKE_HTTP(&f, steps);
    assert_ok(gcp_operations_wait(&f.gcp, &w, list, CR_LEN(list), &err), &err);
    assert_int_equal(rounds, 2);
    assert_string_equal(json_string_value(json_object_get(list[0].response, "uri")), "u");
    assert_null(list[1].response);
    assert_int_equal(list[1].err.code, CR_E_BUILD);
    assert_non_null(strstr(list[1].err.msg, "not ready"));
    assert_non_null(list[2].response);
    for (size_t i = 0; i < CR_LEN(list); i++) {
        json_decref(list[i].now);
        json_decref(list[i].response);
    }
    fake_http_end(&f);
}

/* Of what was not looked at any more nothing is known: it is not late. */
TEST(ctrl_c_ends_the_wait_for_several)
{
    static const struct fake_step pressed[] = {{"GET", GET_URL, .status = 200, .body = DONE, .press = true}};
    struct gcp_operation_one list[2] = {{json_loads(PENDING, 0, NULL), NULL, {0}, false},
                                        {json_loads("{\"name\":\"" OP2 "\"}", 0, NULL), NULL, {0}, false}};
    struct gcp_operation_wait w = {.api = GCP_RUN, .version = "v2", .what = "deploy the service"};
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, pressed);
    assert_int_equal(gcp_operations_wait(&f.gcp, &w, list, CR_LEN(list), &err), -1);
    assert_int_equal(err.code, CR_E_INTERRUPT);
    assert_non_null(list[0].response);
    assert_int_equal(list[1].err.code, CR_OK);
    for (size_t i = 0; i < CR_LEN(list); i++) {
        json_decref(list[i].now);
        json_decref(list[i].response);
    }
    fake_http_end(&f);
}

TEST_MAIN(cmocka_unit_test(ctrl_c_ends_the_wait_for_several), cmocka_unit_test(waits_until_done),
          cmocka_unit_test(several_are_waited_for_side_by_side), cmocka_unit_test(errors_of_an_operation),
          cmocka_unit_test(names_that_are_none), cmocka_unit_test(a_deadline_and_ctrl_c))
