#include "lib/test.h"

#include "lib/fake_http.h"

#include "base/clock.h"
#include "gcp/call.h"
#include "gcp/endpoints.h"
#include "gcp/fetch.h"

#define URL "https://run.test/v2/x"

static int get(struct fake_http *f, struct gcp_request *req, struct gcp_reply *reply, struct cr_error *err)
{
    if (!req->method)
        req->method = "GET";
    if (!req->url)
        req->url = URL;
    return gcp_call(&f->gcp, req, reply, "read the thing", err);
}

/* Statuses in a row, the request's rule, and what must come of it. */
TEST(repeats_only_what_is_safe)
{
    static const struct {
        const char *method, *url;
        enum gcp_repeat repeat;
        int first;
        enum gcp_fault fault;
        bool again;
    } rows[] = {
        {"GET", URL, GCP_REPEAT_BY_METHOD, 503, 0, true},
        {"HEAD", URL, GCP_REPEAT_BY_METHOD, 500, 0, true},
        {"GET", URL, GCP_REPEAT_BY_METHOD, 408, 0, true},
        {"GET", URL, GCP_REPEAT_BY_METHOD, 429, 0, true},
        {"GET", URL, GCP_REPEAT_BY_METHOD, 400, 0, false},
        {"GET", URL, GCP_REPEAT_BY_METHOD, 403, 0, false},
        {"GET", URL, GCP_REPEAT_BY_METHOD, 409, 0, false},
        {"GET", URL, GCP_REPEAT_NEVER, 503, 0, false},
        {"POST", URL, GCP_REPEAT_BY_METHOD, 503, 0, false},
        {"POST", URL, GCP_REPEAT_SAFE, 503, 0, true},
        {"PUT", URL, GCP_REPEAT_BY_METHOD, 503, 0, false},
        {"DELETE", URL, GCP_REPEAT_IF_PRECONDITION, 503, 0, false},
        {"DELETE", URL "?etag=a", GCP_REPEAT_IF_PRECONDITION, 503, 0, true},
        {"POST", URL "?ifGenerationMatch=0", GCP_REPEAT_IF_PRECONDITION, 503, 0, true},
        {"GET", URL, GCP_REPEAT_BY_METHOD, 0, GCP_FAULT_BROKEN, true},
        {"GET", URL, GCP_REPEAT_BY_METHOD, 0, GCP_FAULT_TIMEOUT, true},
        {"POST", URL, GCP_REPEAT_BY_METHOD, 0, GCP_FAULT_BROKEN, false},
        {"POST", URL, GCP_REPEAT_BY_METHOD, 0, GCP_FAULT_NOT_SENT, true}, /* it never left */
        {"POST", URL, GCP_REPEAT_NEVER, 0, GCP_FAULT_REFUSED, true},
        {"GET", "http://127.0.0.1:1/x", GCP_REPEAT_BY_METHOD, 0, GCP_FAULT_REFUSED,
         false}, /* nobody will start there */
        {"GET", URL, GCP_REPEAT_BY_METHOD, 0, GCP_FAULT_LOCAL, false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct fake_step steps[] = {
            {.method = rows[i].method, .url = rows[i].url, .status = rows[i].first, .fault = rows[i].fault},
            {.method = rows[i].method, .url = rows[i].url, .status = 200},
        };
        GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
        struct cr_error err = {0};
        struct fake_http f;
        int rc;

        fake_http_init(&f, steps, rows[i].again ? 2 : 1);
        rc = get(&f, &(struct gcp_request){.method = rows[i].method, .url = rows[i].url, .repeat = rows[i].repeat},
                 &reply, &err);
        if ((rc == 0) != rows[i].again)
            fail_msg("row %zu: %s", i, err.msg);
        assert_int_equal(f.sleeps, rows[i].again ? 1 : 0);
        fake_http_end(&f);
    }
}

TEST(waits_double_with_jitter_and_end)
{
    static const struct fake_step steps[8] = {{.status = 503}, {.status = 503}, {.status = 503}, {.status = 503},
                                              {.status = 503}, {.status = 503}, {.status = 503}, {.status = 503}};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_int_equal(get(&f, &(struct gcp_request){0}, &reply, &err), -1);
    assert_int_equal(err.code, CR_E_NET);
    assert_string_equal(err.msg, "after 8 tries: cannot read the thing: HTTP 503");
    assert_int_equal(f.sleeps, 7); /* 0.5 + 1 + 2 + 4 + 8 + 16 + 32 seconds, a quarter more or less */
    assert_in_range(f.slept_ms, 63500 * 3 / 4, 63500 * 5 / 4);
    fake_http_end(&f);
}

TEST(no_network_ends_soon)
{
    static const struct fake_step steps[4] = {{.fault = GCP_FAULT_NOT_SENT},
                                              {.fault = GCP_FAULT_NOT_SENT},
                                              {.fault = GCP_FAULT_NOT_SENT},
                                              {.fault = GCP_FAULT_NOT_SENT}};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_int_equal(get(&f, &(struct gcp_request){0}, &reply, &err), -1);
    assert_int_equal(err.code, CR_E_NET);
    assert_string_equal(err.msg, "cannot read the thing (4 tries): no answer from 'fake'");
    assert_in_range(f.slept_ms, 2000, 5000);
    fake_http_end(&f);
}

TEST(retry_after_is_honoured)
{
    static const struct {
        const char *head;
        int64_t low, high;
    } rows[] = {
        {"Retry-After: 7", 7000, 7000},
        {"retry-after: 120", 120000, 120000},
        {"Retry-After: soon", 375, 625},
        {"Retry-After: -3", 375, 625},
        {"Retry-After: Fri, 02 Jan 2026 03:04:05 GMT", 375, 625},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct fake_step steps[] = {{.status = 429, .head = rows[i].head}, {.status = 200}};
        GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
        struct cr_error err = {0};
        struct fake_http f;

        FAKE_HTTP(&f, steps);
        assert_ok(get(&f, &(struct gcp_request){0}, &reply, &err), &err);
        assert_in_range(f.slept_ms, rows[i].low, rows[i].high);
        fake_http_end(&f);
    }
}

TEST(a_retry_delay_in_the_error_is_honoured)
{
    static const struct {
        const char *delay, *head;
        int64_t low, high;
    } rows[] = {
        {"\"30s\"", NULL, 30000, 30000},
        {"\"1.5s\"", NULL, 1500, 1500},
        {"\"soon\"", NULL, 375, 625},
        {"\"-3s\"", NULL, 375, 625},
        {"\"1e300s\"", NULL, 375, 625},
        {"7", NULL, 375, 625},
        {"\"30s\"", "Retry-After: 7", 7000, 7000},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        char *body = cr_format("{\"error\":{\"code\":429,\"details\":[{\"reason\":\"RATE_LIMIT_EXCEEDED\"},"
                               "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":%s}]}}",
                               rows[i].delay);
        const struct fake_step steps[] = {{.status = 429, .head = rows[i].head, .body = body}, {.status = 200}};
        GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
        struct cr_error err = {0};
        struct fake_http f;

        FAKE_HTTP(&f, steps);
        assert_ok(get(&f, &(struct gcp_request){0}, &reply, &err), &err);
        assert_in_range(f.slept_ms, rows[i].low, rows[i].high);
        fake_http_end(&f);
        free(body);
    }
}

TEST(a_wait_beyond_the_deadline_is_not_begun)
{
    static const struct fake_step steps[] = {{.status = 503, .head = "Retry-After: 601"}};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_int_equal(get(&f, &(struct gcp_request){0}, &reply, &err), -1);
    assert_int_equal(f.slept_ms, 0);
    fake_http_end(&f);
}

TEST(a_401_renews_the_token_once)
{
    static const struct fake_step once[] = {{.status = 401, .want_head = "Authorization: Bearer token-0"},
                                            {.status = 200, .want_head = "Authorization: Bearer token-1"}};
    static const struct fake_step twice[] = {{.status = 401}, {.status = 401}};
    static const struct fake_step none[] = {{.status = 401}};
    static const struct {
        const struct fake_step *steps;
        size_t n;
        int max_fresh, rc;
        const char *hint;
    } rows[] = {
        {once, 2, 9, 0, ""},
        {twice, 2, 9, -1, "gcloud auth print-access-token"},
        {none, 1, 0, -1, "log in"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
        struct cr_error err = {0};
        struct fake_http f;

        fake_http_init(&f, rows[i].steps, rows[i].n);
        f.max_fresh = rows[i].max_fresh;
        assert_int_equal(get(&f, &(struct gcp_request){.method = "POST"}, &reply, &err), rows[i].rc);
        assert_int_equal(err.code, rows[i].rc ? CR_E_AUTH : CR_OK);
        assert_non_null(strstr(err.hint, rows[i].hint));
        assert_int_equal(f.slept_ms, 0);
        fake_http_end(&f);
    }
}

TEST(a_token_never_travels_in_the_clear)
{
    static const struct {
        const char *url;
        bool ok;
    } rows[] = {
        {"http://127.0.0.1:8085/x", true},
        {"http://127.9.9.9/x", true},
        {"http://[::1]:8085/x", true},
        {"http://localhost:1/x", true},
        {"http://a.localhost/x", true},
        {"http://example.com/x", false},
        {"http://127.example.com/", false},
        {"http://localhost.example.com/", false},
        {"http://notlocalhost/", false},
        {"http://127.0.0.1@example.com/", false},
        {"http://10.0.0.1/", false},
        {"http://[::1]x.example.com/", false},
        {"ftp://example.com/", false},
        {"https://example.com/", true},
        {"http://localhost\\@example.com/", false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        static const struct fake_step steps[] = {{.status = 200}};
        GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
        struct cr_error err = {0};
        struct fake_http f;
        int rc;

        fake_http_init(&f, steps, rows[i].ok ? 1 : 0);
        rc = get(&f, &(struct gcp_request){.url = rows[i].url}, &reply, &err);
        if ((rc == 0) != rows[i].ok)
            fail_msg("%s", rows[i].url);
        assert_int_equal(err.code, rows[i].ok ? CR_OK : CR_E_USAGE);
        fake_http_end(&f);
    }
}

TEST(a_308_is_an_answer_where_it_is_expected_and_missing_too)
{
    static const struct fake_step steps[] = {
        {.status = 308, .head = "Range: bytes=0-9\nLocation: https://elsewhere.test/"},
        {.status = 404, .body = "{}"},
    };
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_call_answers(&f.gcp, &(struct gcp_request){.method = "PUT", .url = URL}, (const int[]){308, 0},
                               &reply, "upload", &err),
              &err);
    assert_int_equal(reply.status, 308);
    assert_string_equal(gcp_reply_header(&reply, "rANGE"), "bytes=0-9");
    assert_null(gcp_reply_header(&reply, "Rang"));
    assert_null(gcp_reply_header(&reply, "bytes=0-9"));
    assert_ok(get(&f, &(struct gcp_request){.missing_ok = true}, &reply, &err), &err);
    assert_int_equal(reply.status, 404);
    assert_null(gcp_reply_header(&reply, "Range")); /* of the earlier reply */
    fake_http_end(&f);
}

static int rewinds;

static ssize_t pull(void *ud, char *buf, size_t max, struct cr_error *err)
{
    int *left = ud;

    (void)err;
    if (!*left || !max)
        return 0;
    --*left;
    *buf = 'x';
    return 1;
}

static int rewind_pull(void *ud, struct cr_error *err)
{
    (void)err;
    *(int *)ud = 5;
    rewinds++;
    return 0;
}

TEST(a_streamed_body_is_rewound_for_a_repeat)
{
    static const struct fake_step steps[] = {{.status = 503, .want_body = "xxxxx"},
                                             {.status = 200, .want_body = "xxxxx"}};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    int left = 5;
    const struct gcp_source source = {.pull = pull, .rewind = rewind_pull, .ud = &left, .len = 5};
    struct cr_error err = {0};
    struct fake_http f;

    rewinds = 0;
    FAKE_HTTP(&f, steps);
    assert_ok(
        get(&f, &(struct gcp_request){.method = "PUT", .source = &source, .repeat = GCP_REPEAT_SAFE}, &reply, &err),
        &err);
    assert_int_equal(rewinds, 1);
    fake_http_end(&f);
}

TEST(a_body_that_cannot_be_rewound_is_sent_once)
{
    static const int statuses[] = {503, 401};

    for (size_t i = 0; i < CR_LEN(statuses); i++) {
        const struct fake_step steps[] = {{.status = statuses[i]}};
        GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
        int left = 5;
        const struct gcp_source source = {.pull = pull, .ud = &left, .len = 5};
        struct cr_error err = {0};
        struct fake_http f;

        FAKE_HTTP(&f, steps);
        f.max_fresh = 9;
        assert_int_equal(
            get(&f, &(struct gcp_request){.method = "PUT", .source = &source, .repeat = GCP_REPEAT_SAFE}, &reply, &err),
            -1);
        fake_http_end(&f);
    }
}

TEST(ctrl_c_ends_the_waiting)
{
    static const struct fake_step steps[] = {{.status = 503, .press = true}};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_int_equal(get(&f, &(struct gcp_request){0}, &reply, &err), -1);
    assert_int_equal(err.code, CR_E_INTERRUPT);
    fake_http_end(&f);
}

TEST(json_replies)
{
    static const struct {
        int status;
        const char *body;
        bool ok, null;
    } rows[] = {
        {200, "{\"a\":1}", true, false}, {200, "", true, false},        {204, "", true, false},
        {200, "[1]", false, false},      {200, "<html>", false, false}, {200, "{\"a\":1} x", false, false},
        {404, "nothing", true, true},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct fake_step steps[] = {{.status = rows[i].status, .body = rows[i].body}};
        json_auto_t *json = NULL;
        struct cr_error err = {0};
        struct fake_http f;
        int rc;

        FAKE_HTTP(&f, steps);
        rc = gcp_call_json(&f.gcp, &(struct gcp_request){.method = "GET", .url = URL, .missing_ok = true}, NULL, &json,
                           "read the thing", &err);
        assert_int_equal(rc == 0, rows[i].ok);
        assert_int_equal(err.code, rows[i].ok ? CR_OK : CR_E_API);
        assert_int_equal(json == NULL, rows[i].null || !rows[i].ok);
        fake_http_end(&f);
    }
}

TEST(the_quota_project_goes_with_the_token)
{
    static const struct fake_step steps[] = {{.status = 200, .want_head = "x-goog-user-project: payer"},
                                             {.status = 200}};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    f.gcp.quota_project = cr_strdup("payer");
    assert_ok(get(&f, &(struct gcp_request){0}, &reply, &err), &err);
    assert_ok(get(&f, &(struct gcp_request){.no_auth = true}, &reply, &err), &err);
    assert_null(strstr(f.sent[1].head, "payer"));
    assert_null(strstr(f.sent[1].head, "Bearer"));
    fake_http_end(&f);
}

#define DENIED "{\"error\":{\"code\":403,\"details\":[{\"reason\":\"USER_PROJECT_DENIED\"}]}}"

TEST(a_quota_project_nobody_asked_for_is_left_out_when_it_is_refused)
{
    static const struct fake_step guessed[] = {
        {.status = 403, .body = DENIED, .want_head = "x-goog-user-project: p"}, {.status = 200}, {.status = 200}};
    static const struct fake_step asked[] = {{.status = 403, .body = DENIED}};
    static const struct fake_step other[] = {{.status = 403, .body = "{\"error\":{\"code\":403}}"}};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, guessed);
    f.gcp.quota_project = cr_strdup("p");
    f.gcp.quota_guess = true;
    for (int i = 0; i < 2; i++)
        assert_ok(get(&f, &(struct gcp_request){0}, &reply, &err), &err);
    assert_null(strstr(f.sent[1].head, "x-goog-user-project"));
    assert_null(strstr(f.sent[2].head, "x-goog-user-project")); /* nor ever again */
    assert_int_equal(f.slept_ms, 0);
    fake_http_end(&f);

    FAKE_HTTP(&f, asked); /* what the user said is not silently dropped */
    f.gcp.quota_project = cr_strdup("p");
    assert_int_equal(get(&f, &(struct gcp_request){0}, &reply, &err), -1);
    assert_int_equal(err.code, CR_E_AUTH);
    fake_http_end(&f);

    FAKE_HTTP(&f, other);
    f.gcp.quota_project = cr_strdup("p");
    f.gcp.quota_guess = true;
    assert_int_equal(get(&f, &(struct gcp_request){0}, &reply, &err), -1);
    fake_http_end(&f);
}

TEST(escapes_all_but_the_unreserved)
{
    char *text = gcp_url_escape("a/b c?%\xc3\xa9~-._Z9");

    assert_string_equal(text, "a%2Fb%20c%3F%25%C3%A9~-._Z9");
    free(text);
}

TEST(fetch_is_plain)
{
    static const struct fake_step steps[] = {
        {"POST", "http://m.localhost:9/predict", 503, .body = "busy", .want_head = "X: y", .want_body = "{}"}};
    const struct gcp_header more[] = {{"X", "y"}, {0}};
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_fetch(&f.vtable,
                        &(struct gcp_fetch){.method = "POST",
                                            .url = "http://m.localhost:9/predict",
                                            .body = "{}",
                                            .body_len = 2,
                                            .token = "secret",
                                            .headers = more},
                        &reply, &err),
              &err);
    assert_int_equal(reply.status, 503); /* an answer, and asked for once */
    assert_string_equal(reply.body.buf, "busy");
    assert_true(fake_http_sent_header(&f, 0, "Authorization: Bearer secret"));
    assert_int_equal(gcp_fetch(&f.vtable,
                               &(struct gcp_fetch){.method = "GET", .url = "http://m.example.com/", .token = "secret"},
                               &reply, &err),
                     -1);
    assert_int_equal(err.code, CR_E_USAGE);
    fake_http_end(&f);
}

TEST_MAIN(cmocka_unit_test(repeats_only_what_is_safe), cmocka_unit_test(waits_double_with_jitter_and_end),
          cmocka_unit_test(no_network_ends_soon), cmocka_unit_test(retry_after_is_honoured),
          cmocka_unit_test(a_retry_delay_in_the_error_is_honoured),
          cmocka_unit_test(a_quota_project_nobody_asked_for_is_left_out_when_it_is_refused),
          cmocka_unit_test(a_wait_beyond_the_deadline_is_not_begun), cmocka_unit_test(a_401_renews_the_token_once),
          cmocka_unit_test(a_token_never_travels_in_the_clear),
          cmocka_unit_test(a_308_is_an_answer_where_it_is_expected_and_missing_too),
          cmocka_unit_test(a_streamed_body_is_rewound_for_a_repeat),
          cmocka_unit_test(a_body_that_cannot_be_rewound_is_sent_once), cmocka_unit_test(ctrl_c_ends_the_waiting),
          cmocka_unit_test(json_replies), cmocka_unit_test(the_quota_project_goes_with_the_token),
          cmocka_unit_test(escapes_all_but_the_unreserved), cmocka_unit_test(fetch_is_plain))
