#include "lib/test.h"

#include "lib/fake_http.h"

#include <string.h>

#include "gcp/auth_json.h"

#define SENT "https://oauth.test/token"
#define FILE_TEXT                                                                                             \
    "{\"type\":\"authorized_user\",\"client_id\":\"id\",\"client_secret\":\"cs\",\"refresh_token\":\"1//r\"," \
    "\"token_uri\":\"https://evil.example/token\"}"
#define FORM "grant_type=refresh_token&client_id=id&client_secret=cs&refresh_token="
/* header.{"exp":1767326645}.x */
#define ID_TOKEN "e30.eyJleHAiOjE3NjczMjY2NDV9.x"

static struct gcp_auth *open_user(struct fake_http *f, struct gcp_auth_env *env)
{
    struct gcp_auth *auth = NULL;
    struct cr_error err = {0};

    *env = (struct gcp_auth_env){.http = &f->vtable, .oauth = "https://oauth.test"};
    assert_ok(gcp_auth_from_json(env, FILE_TEXT, "adc.json", &auth, &err), &err);
    return auth;
}

TEST(a_login_is_renewed_at_google_and_a_new_refresh_token_is_used_from_then_on)
{
    static const struct fake_step steps[] = {
        {"POST", SENT, .status = 200, .want_body = FORM "1%2F%2Fr",
         .body = "{\"access_token\":\"a1\",\"expires_in\":3599,\"refresh_token\":\"r2\"}"},
        {"POST", SENT, .status = 200, .want_body = FORM "r2", .body = "{\"access_token\":\"a2\",\"expires_in\":3599}"},
        {"POST", SENT, .status = 200, .want_body = FORM "r2", .body = "{\"access_token\":\"a3\",\"expires_in\":1}"},
        {"POST", SENT, .status = 200, .want_body = FORM "r2", .body = "{\"access_token\":\"a4\"}"},
    };
    struct cr_error err = {0};
    struct gcp_auth_env env;
    struct gcp_auth *auth;
    const char *token;
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    auth = open_user(&f, &env);
    for (int i = 0; i < 2; i++) {
        assert_ok(auth->token(auth, false, &token, &err), &err);
        assert_string_equal(token, "a1");
    }
    assert_true(auth->expires_ms == 1767323045000 + 3599000);
    assert_ok(auth->token(auth, true, &token, &err), &err);
    assert_string_equal(token, "a2");
    f.vtable.sleep_ms(&f.vtable, 3599000);
    assert_ok(auth->token(auth, false, &token, &err), &err);
    assert_string_equal(token, "a3"); /* given although it is short: the next call asks again */
    assert_ok(auth->token(auth, false, &token, &err), &err);
    assert_string_equal(token, "a4");
    gcp_auth_free(auth);
    fake_http_end(&f);
}

TEST(an_identity_token_comes_with_the_renewal_or_not_at_all)
{
    static const struct fake_step steps[] = {
        {"POST", SENT, .status = 200, .body = "{\"access_token\":\"a1\"}"},
        {"POST", SENT, .status = 200, .body = "{\"access_token\":\"a2\",\"id_token\":\"" ID_TOKEN "\"}"},
    };
    struct cr_error err = {0};
    struct gcp_auth_env env;
    struct gcp_auth *auth;
    const char *token = "unset";
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    auth = open_user(&f, &env);
    assert_int_equal(auth->identity(auth, "https://s", &token, &err), -1);
    assert_string_equal(token, "unset");
    assert_non_null(strstr(err.hint, "--impersonate-service-account"));
    assert_ok(auth->identity(auth, "https://s", &token, &err), &err);
    assert_string_equal(token, ID_TOKEN);
    assert_ok(auth->identity(auth, "https://other", &token, &err), &err); /* it is for the client, whoever is asked */
    assert_ok(auth->token(auth, false, &token, &err), &err);
    assert_string_equal(token, "a2");
    gcp_auth_free(auth);
    fake_http_end(&f);
}

TEST(a_login_that_is_over_says_how_to_log_in)
{
    static const struct {
        struct fake_step step[1];
        const char *msg;
    } rows[] = {
        {{{.status = 400,
           .body = "{\"error\":\"invalid_grant\",\"error_description\":\"Token has been expired or revoked.\"}"}},
         "expired or revoked"},
        {{{.status = 400, .body = "{\"error\":\"invalid_grant\",\"error_subtype\":\"invalid_rapt\"}"}}, "invalid_rapt"},
        {{{.status = 401, .body = "{\"error\":\"deleted_client\"}"}}, "deleted_client"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        struct gcp_auth_env env;
        struct gcp_auth *auth;
        const char *token;
        struct fake_http f;

        FAKE_HTTP(&f, rows[i].step);
        auth = open_user(&f, &env);
        assert_int_equal(auth->token(auth, false, &token, &err), -1);
        assert_int_equal(err.code, CR_E_AUTH);
        if (!strstr(err.msg, rows[i].msg) || !strstr(err.msg, "adc.json") || !strstr(err.hint, "crdeploy auth login"))
            fail_msg("row %zu: %s\nhint: %s", i, err.msg, err.hint);
        gcp_auth_free(auth);
        fake_http_end(&f);
    }
}

TEST(a_refusal_that_repeats_the_secret_is_not_shown_whole)
{
    static const struct fake_step steps[] = {
        {.status = 400, .body = "{\"error\":\"invalid_grant\",\"error_description\":\"bad 1//r, bad\"}"}};
    struct cr_error err = {0};
    struct gcp_auth_env env;
    struct gcp_auth *auth;
    const char *token;
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    auth = open_user(&f, &env);
    assert_int_equal(auth->token(auth, false, &token, &err), -1);
    assert_non_null(strstr(err.msg, "bad ****, bad"));
    gcp_auth_free(auth);
    fake_http_end(&f);
}

TEST(replies_that_are_no_token)
{
    static const struct fake_step rows[][1] = {
        {{.status = 200, .body = "{}"}},
        {{.status = 200, .body = "{\"access_token\":\"\"}"}},
        {{.status = 200, .body = "{\"access_token\":5}"}},
        {{.status = 200, .body = "{\"access_token\":\"a\\r\\nX: y\"}"}},
        {{.status = 200, .body = "{\"access_token\":\"a\",\"id_token\":\"b c\"}"}},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        struct gcp_auth_env env;
        struct gcp_auth *auth;
        const char *token = NULL;
        struct fake_http f;

        FAKE_HTTP(&f, rows[i]);
        auth = open_user(&f, &env);
        assert_int_equal(auth->token(auth, false, &token, &err), -1);
        assert_null(token);
        assert_null(strstr(err.msg, "X: y"));
        gcp_auth_free(auth);
        fake_http_end(&f);
    }
}

TEST_MAIN(cmocka_unit_test(a_login_is_renewed_at_google_and_a_new_refresh_token_is_used_from_then_on),
          cmocka_unit_test(an_identity_token_comes_with_the_renewal_or_not_at_all),
          cmocka_unit_test(a_login_that_is_over_says_how_to_log_in),
          cmocka_unit_test(a_refusal_that_repeats_the_secret_is_not_shown_whole),
          cmocka_unit_test(replies_that_are_no_token))
