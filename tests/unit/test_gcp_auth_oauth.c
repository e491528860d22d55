#include "lib/test.h"

#include "lib/fake_http.h"

#include <string.h>

#include "gcp/auth_oauth.h"

#define URL "https://oauth.test/token"

static const struct gcp_form form[] = {{"a", "1 &=+é"}, {"left_out", NULL}, {"b", "x"}, {0}};
static const struct gcp_oauth_ask plain = {.url = URL, .form = form, .what = "get a token"};

static int exchange(struct fake_http *f, const struct gcp_oauth_ask *ask, json_t **reply, struct cr_error *err)
{
    const struct gcp_auth_env env = {.http = &f->vtable};

    return gcp_oauth_exchange(&env, ask, reply, err);
}

TEST(a_form_is_escaped_and_a_client_names_itself_in_a_header)
{
    static const struct fake_step steps[] = {
        {"POST", URL, .status = 200, .body = "{\"x\":1}", .want_body = "a=1%20%26%3D%2B%C3%A9&b=x",
         .want_head = "Authorization: Basic aWQlM0E6cCUyRnc="}, /* "id%3A:p%2Fw" */
    };
    const struct gcp_oauth_ask ask = {.url = URL, .form = form, .what = "w", .user = "id:", .password = "p/w"};
    struct cr_error err = {0};
    json_t *reply = NULL;
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(exchange(&f, &ask, &reply, &err), &err);
    assert_int_equal(json_integer_value(json_object_get(reply, "x")), 1);
    gcp_json_wipe(reply);
    fake_http_end(&f);
}

TEST(later_is_tried_three_times_with_growing_waits)
{
    static const struct fake_step rows[][2] = {
        {{.status = 408}, {.status = 200, .body = "{}"}},
        {{.status = 429}, {.status = 200, .body = "{}"}},
        {{.status = 500}, {.status = 200, .body = "{}"}},
        {{.status = 503}, {.status = 200, .body = "{}"}},
        {{.status = 400, .body = "{\"error\":\"internal_failure\"}"}, {.status = 200, .body = "{}"}},
        {{.status = 400, .body = "{\"error\":\"server_error\"}"}, {.status = 200, .body = "{}"}},
        {{.status = 403, .body = "{\"error\":\"x\",\"error_description\":\"temporarily_unavailable\"}"},
         {.status = 200, .body = "{}"}},
        {{.fault = GCP_FAULT_BROKEN}, {.status = 200, .body = "{}"}},
    };
    static const struct fake_step thrice[] = {{.status = 503}, {.status = 503}, {.status = 503}};
    struct cr_error err = {0};
    json_t *reply = NULL;
    struct fake_http f;

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        FAKE_HTTP(&f, rows[i]);
        assert_ok(exchange(&f, &plain, &reply, &err), &err);
        assert_true(f.slept_ms >= 900 && f.slept_ms <= 1100);
        gcp_json_wipe(reply);
        fake_http_end(&f);
    }
    reply = NULL;
    FAKE_HTTP(&f, thrice);
    assert_int_equal(exchange(&f, &plain, &reply, &err), -1);
    assert_null(reply);
    assert_int_equal(err.code, CR_E_NET);
    assert_true(f.slept_ms >= 2700 && f.slept_ms <= 3300);
    fake_http_end(&f);
}

TEST(an_interrupt_ends_it)
{
    static const struct fake_step steps[] = {{.status = 503, .press = true}};
    struct cr_error err = {0};
    json_t *reply = NULL;
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_int_equal(exchange(&f, &plain, &reply, &err), -1);
    assert_int_equal(err.code, CR_E_INTERRUPT);
    fake_http_end(&f);
}

#define SHORT_LIVED                                                                                            \
    "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT: Token must be a short-lived token (60 " \
    "minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.\"}"

/* Our clock says Fri, 02 Jan 2026 03:04:05 GMT. */
TEST(refusals_in_words)
{
    static const struct {
        struct fake_step step[1];
        const char *msg, *hint;
    } rows[] = {
        {{{.status = 400, .body = SHORT_LIVED, .head = "Date: Fri, 02 Jan 2026 02:44:05 GMT"}},
         "this machine's clock is 20 minutes fast",
         "timedatectl set-ntp true"},
        {{{.status = 400, .body = SHORT_LIVED, .head = "Date: Fri, 02 Jan 2026 03:05:35 GMT"}},
         "this machine's clock is 2 minutes slow",
         "timedatectl set-ntp true"},
        {{{.status = 400, .body = SHORT_LIVED, .head = "Date: Sat, 03 Jan 2026 03:04:05 GMT"}},
         "this machine's clock is 24 hours slow",
         "timedatectl set-ntp true"},
        {{{.status = 400, .body = SHORT_LIVED, .head = "Date: Fri, 02 Jan 2026 03:04:25 GMT"}}, "short-lived", ""},
        {{{.status = 400, .body = SHORT_LIVED}}, "perhaps this machine's clock is off", "timedatectl"},
        {{{.status = 400, .body = SHORT_LIVED, .head = "Date: yesterday"}}, "perhaps", "timedatectl"},
        {{{.status = 400,
           .body = "{\"error\":\"invalid_grant\",\"error_description\":\"Token has been expired or revoked.\"}"}},
         "Token has been expired or revoked",
         "crdeploy auth login"},
        {{{.status = 400, .body = "{\"error\":\"invalid_grant\"}"}}, "invalid_grant", "log in"},
        {{{.status = 400,
           .body = "{\"error\":\"invalid_grant\",\"error_subtype\":\"invalid_rapt\","
                   "\"error_description\":\"reauth related error (invalid_rapt)\"}"}},
         "your organisation wants you to log in anew",
         "log in"},
        {{{.status = 400, .body = "{\"error\":\"invalid_grant\",\"error_subtype\":\"rapt_required\"}"}},
         "rapt_required",
         "log in"},
        {{{.status = 400, .body = "{\"error\":\"invalid_target\",\"error_description\":\"The target is bad\"}"}},
         "invalid_target: The target is bad",
         "'audience'"},
        {{{.status = 401, .body = "{\"error\":\"unauthorized_client\"}"}}, "unauthorized_client", "OAuth client"},
        {{{.status = 400, .body = "{\"error\":\"invalid_scope\",\"error_description\":\"no\\nscope\\u0007\"}"}},
         "invalid_scope: no scope",
         ""},
        {{{.status = 403, .body = "{\"error\":{\"code\":403,\"message\":\"Permission denied\"}}"}},
         "HTTP 403: Permission denied",
         ""},
        {{{.status = 404, .body = "<html><title>Not Found</title></html>"}}, "HTTP 404: Not Found", ""},
        {{{.status = 200, .body = "[]"}}, "no JSON object", "HTTPS_PROXY"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        json_t *reply = NULL;
        struct fake_http f;

        FAKE_HTTP(&f, rows[i].step);
        assert_int_equal(exchange(&f, &plain, &reply, &err), -1);
        assert_null(reply);
        if (!strstr(err.msg, rows[i].msg) || !strstr(err.hint, rows[i].hint) || !strstr(err.msg, "cannot get a token"))
            fail_msg("row %zu: %s\nhint: %s", i, err.msg, err.hint);
        fake_http_end(&f);
    }
}

TEST(a_lifetime_is_a_number_or_a_text)
{
    static const struct {
        const char *reply;
        int64_t s;
    } rows[] = {
        {"{\"expires_in\":10}", 10},         {"{\"expires_in\":\"11\"}", 11},
        {"{\"expires_in\":12.9}", 12},       {"{}", 3600},
        {"{\"expires_in\":null}", 3600},     {"{\"expires_in\":-5}", 3600},
        {"{\"expires_in\":\"many\"}", 3600}, {"{\"expires_in\":1e300}", 3600},
    };
    struct fake_http f;

    fake_http_init(&f, (const struct fake_step[1]){{.method = "GET"}}, 0);
    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_t *reply = json_loads(rows[i].reply, 0, NULL);

        assert_non_null(reply);
        assert_int_equal((gcp_oauth_end_ms(reply) - 1767323045000) / 1000, rows[i].s);
        json_decref(reply);
    }
    fake_http_end(&f);
}

TEST(secrets_are_overwritten)
{
    json_t *doc = json_pack("{s:[s], s:{s:s}}", "a", "secret-1", "b", "c", "secret-2");
    json_t *first = json_incref(json_array_get(json_object_get(doc, "a"), 0));
    json_t *second = json_incref(json_object_get(json_object_get(doc, "b"), "c"));

    gcp_json_wipe(doc);
    assert_null(strstr(json_string_value(first), "secret"));
    assert_null(strstr(json_string_value(second), "secret"));
    json_decref(first);
    json_decref(second);
    gcp_json_wipe(NULL);
}

TEST_MAIN(cmocka_unit_test(a_form_is_escaped_and_a_client_names_itself_in_a_header),
          cmocka_unit_test(later_is_tried_three_times_with_growing_waits), cmocka_unit_test(an_interrupt_ends_it),
          cmocka_unit_test(refusals_in_words), cmocka_unit_test(a_lifetime_is_a_number_or_a_text),
          cmocka_unit_test(secrets_are_overwritten))
