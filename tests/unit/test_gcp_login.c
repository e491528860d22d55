#include "lib/test.h"

#include "lib/fake_http.h"

#include <string.h>

#include "base/auto.h"
#include "gcp/login.h"

#define CLIENT(fields) "{\"installed\":{\"client_id\":\"me.apps\",\"client_secret\":\"~s3cret~\"" fields "}}"
#define PLATFORM "https://www.googleapis.com/auth/cloud-platform"
/* {"email":"ada@example.com"}, and {} */
#define ADA "e30.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSJ9.c2ln"
#define NOBODY "e30.e30.c2ln"

static struct gcp_login_client client_of(const char *text)
{
    struct gcp_login_client client = {0};
    struct cr_error err = {0};

    assert_ok(gcp_login_client_read(text, strlen(text), "c.json", false, &client, &err), &err);
    return client;
}

TEST(client_files)
{
    static const struct {
        const char *text;
        bool custom;      /* --allow-custom-endpoints */
        const char *want; /* in the message; NULL: good */
    } rows[] = {
        {CLIENT(""), false, NULL},
        {CLIENT(",\"auth_uri\":\"https://accounts.google.com/o/oauth2/v2/auth\""), false, NULL},
        {CLIENT(",\"token_uri\":\"https://accounts.google.com/o/oauth2/token\""), false, NULL},
        {"{\"installed\":{\"client_id\":\"me.apps\"}}", false, NULL}, /* a client without a secret */
        {CLIENT(",\"auth_uri\":\"https://accounts.google.com.evil.test/x\""), false, "not Google's"},
        {CLIENT(",\"auth_uri\":\"https://evil.test/auth\""), false, "not Google's"},
        {CLIENT(",\"auth_uri\":\"https://accounts.google.com/\\\"evil\""), false, "not Google's"},
        {CLIENT(",\"token_uri\":\"https://evil.test/token\""), false, "not Google's"},
        {CLIENT(",\"token_uri\":\"https://login.test/token\""), true, NULL},
        {CLIENT(",\"token_uri\":\"http://127.0.0.1:80/token\""), true, NULL},
        {CLIENT(",\"token_uri\":\"http://login.test/token\""), true, "no https address"},
        {CLIENT(",\"auth_uri\":\"https://login.test/auth?x=1\""), true, "no https address"},
        {"{\"installed\":{\"client_secret\":\"s\"}}", false, "no client_id"},
        {"{\"web\":{\"client_id\":\"a\"}}", false, "web application"},
        {"{\"type\":\"service_account\"}", false, "of type 'service_account'"},
        {"{}", false, "no OAuth client"},
        {"[]", false, "no OAuth client"},
        {"{\"installed\"", false, "c.json:1:"},
        {"", false, "no JSON"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct gcp_login_client client = {0};
        struct cr_error err = {0};
        int rc = gcp_login_client_read(rows[i].text, strlen(rows[i].text), "c.json", rows[i].custom, &client, &err);

        if (rc == 0 && !rows[i].want)
            assert_string_equal(client.id, "me.apps");
        else if (rc == 0 || !rows[i].want || !strstr(err.msg, rows[i].want))
            fail_msg("row %zu: %d %s", i, rc, err.msg);
        if (rc < 0) {
            assert_int_equal(err.code, CR_E_CONFIG);
            assert_true(*err.hint);
            assert_null(client.id);
        }
        gcp_login_client_clear(&client);
    }
}

TEST(every_attempt_has_secrets_of_its_own)
{
    struct gcp_login a = {0}, b = {0};
    struct cr_error err = {0};

    assert_ok(gcp_login_begin("http://127.0.0.1:1/", &a, &err), &err);
    assert_ok(gcp_login_begin("http://127.0.0.1:1/", &b, &err), &err);
    assert_string_not_equal(a.verifier, b.verifier);
    assert_string_not_equal(a.state, b.state);
    assert_int_equal(strlen(a.verifier), 128); /* RFC 7636: 43 to 128 */
    assert_int_equal(strspn(a.verifier, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"), 128);
    assert_int_equal(strlen(a.state), 43);     /* 32 bytes: 256 bit */
    assert_int_equal(strlen(a.challenge), 43); /* a digest */
    gcp_login_clear(&a);
    gcp_login_clear(&b);
}

TEST(the_address_asks_for_everything)
{
    static const char *const parts[] = {
        "https://accounts.google.com/o/oauth2/auth?response_type=code&client_id=me.apps&",
        "&redirect_uri=http%3A%2F%2F127.0.0.1%3A8085%2F&",
        "&scope=openid%20https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fuserinfo.email%20",
        "%20https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform&",
        "&access_type=offline&prompt=consent&",
        "&code_challenge_method=S256",
        "&login_hint=ada%40example.com",
    };
    struct gcp_login_client client = client_of(CLIENT(""));
    struct gcp_login login = {0};
    struct cr_error err = {0};
    CR_AUTO_FREE char *url = NULL, *pkce = NULL, *mark = NULL;
    struct gcp g;

    gcp_init(&g, NULL, NULL, NULL);
    assert_ok(gcp_login_begin("http://127.0.0.1:8085/", &login, &err), &err);
    url = gcp_login_url(&g, &client, &login, "ada@example.com");
    pkce = cr_format("&code_challenge=%s&", login.challenge);
    mark = cr_format("&state=%s&", login.state);
    for (size_t i = 0; i < CR_LEN(parts); i++)
        if (!strstr(url, parts[i]))
            fail_msg("no %s in %s", parts[i], url);
    assert_non_null(strstr(url, pkce));
    assert_non_null(strstr(url, mark));
    assert_null(strstr(url, login.verifier)); /* it goes only to the token endpoint */
    assert_null(strstr(url, "~s3cret~"));     /* as does the client's secret */
    gcp_login_clear(&login);
    gcp_login_client_clear(&client);
    gcp_clear(&g);
}

TEST(answers_are_judged)
{
    static const struct {
        const char *query;
        enum gcp_login_verdict want;
        const char *code, *words;
    } rows[] = {
        {"state=abc&code=4%2F0AX-y", GCP_LOGIN_GRANTED, "4/0AX-y", NULL},
        {"code=4%2f0AX&scope=a+b&state=abc#x", GCP_LOGIN_GRANTED, "4/0AX", NULL},
        {"http://localhost:8085/?state=abc&code=c", GCP_LOGIN_GRANTED, "c", NULL},
        {"state=abc&code=a?state=abc&error=x", GCP_LOGIN_DENIED, NULL, "failed: x"},
        {"state=abc&code=a?b", GCP_LOGIN_GRANTED, "a?b", NULL},
        {"state=abc&error=access_denied", GCP_LOGIN_DENIED, NULL, "denied in the browser"},
        {"state=abc&error=access_denied&code=c", GCP_LOGIN_DENIED, NULL, "denied in the browser"},
        {"state=abc&error=invalid_request&error_description=Bad+thing", GCP_LOGIN_DENIED, NULL,
         "invalid_request: Bad thing"},
        {"state=abc", GCP_LOGIN_DENIED, NULL, "without a code"},
        {"state=abc&code=", GCP_LOGIN_DENIED, NULL, "without a code"},
        {"state=abd&code=c", GCP_LOGIN_STRANGER, NULL, "another"},
        {"state=abcd&code=c", GCP_LOGIN_STRANGER, NULL, "another"},
        {"state=ab&code=c", GCP_LOGIN_STRANGER, NULL, "another"},
        {"state=abc%00&code=c", GCP_LOGIN_STRANGER, NULL, "another"},
        {"state=&code=c", GCP_LOGIN_STRANGER, NULL, "another"},
        {"error=access_denied", GCP_LOGIN_STRANGER, NULL, "missing"}, /* any web page could send that */
        {"xstate=abc&code=c", GCP_LOGIN_STRANGER, NULL, "missing"},
        {"#state=abc&code=c", GCP_LOGIN_STRANGER, NULL, "missing"},
        {"", GCP_LOGIN_STRANGER, NULL, "missing"},
        {"%", GCP_LOGIN_STRANGER, NULL, "missing"},
    };
    char mark[] = "abc";
    const struct gcp_login login = {.state = mark};

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_FREE char *code = NULL;
        struct cr_error err = {0};
        enum gcp_login_verdict got = gcp_login_answer(&login, rows[i].query, &code, &err);

        if (got != rows[i].want || (rows[i].words && !strstr(err.msg, rows[i].words)))
            fail_msg("'%s': %d %s", rows[i].query, got, err.msg);
        if (rows[i].code)
            assert_string_equal(code, rows[i].code);
        else
            assert_null(code);
        assert_int_equal(err.code, rows[i].code ? CR_OK : CR_E_AUTH);
    }
}

#define REPLY(refresh, scope, id)                                                                                    \
    "{\"access_token\":\"ya29.x\",\"expires_in\":3599,\"token_type\":\"Bearer\"" refresh scope ",\"id_token\":\"" id \
    "\"}"
#define REFRESH ",\"refresh_token\":\"1//r\""

TEST(codes_become_tokens)
{
    static const struct {
        struct fake_step step[1];
        const char *words; /* of the error; NULL: it goes well */
    } rows[] = {
        {{{"POST", "https://oauth.test/token", .status = 200,
           .body = REPLY(REFRESH, ",\"scope\":\"openid " PLATFORM "\"", ADA),
           .want_head = "Content-Type: application/x-www-form-urlencoded",
           .want_body = "grant_type=authorization_code&code=4%2F0&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F&"
                        "client_id=me.apps&code_verifier="}},
         NULL},
        {{{"POST", NULL, .status = 200, .body = REPLY(REFRESH, "", ADA), .want_body = "&client_secret=~s3cret~"}},
         NULL},
        {{{"POST", NULL, .status = 200, .body = REPLY(REFRESH, ",\"scope\":\"openid\"", ADA)}},
         "does not allow access to Google Cloud"},
        {{{"POST", NULL, .status = 200, .body = REPLY(REFRESH, ",\"scope\":\"" PLATFORM ".read-only\"", ADA)}},
         "does not allow access to Google Cloud"},
        {{{"POST", NULL, .status = 200, .body = REPLY("", "", ADA)}}, "no refresh token"},
        {{{"POST", NULL, .status = 200, .body = REPLY(REFRESH, "", NOBODY)}}, "whose it is"},
        {{{"POST", NULL, .status = 200, .body = REPLY(REFRESH, "", "garbage")}}, "whose it is"},
        {{{"POST", NULL, .status = 200, .body = REPLY(REFRESH, "", "a.*.b")}}, "whose it is"},
        {{{"POST", NULL, .status = 200, .body = "{}"}}, "no access token"},
        {{{"POST", NULL, .status = 200, .body = "<html>"}}, "no JSON object"},
        {{{"POST", NULL, .status = 400, .body = "{\"error\":\"invalid_grant\",\"error_description\":\"Bad Request\"}"}},
         "cannot finish the login: Bad Request"},
        {{{"POST", NULL, .status = 401, .body = "{\"error\":\"invalid_client\"}"}}, "invalid_client"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct gcp_login_client client = client_of(CLIENT(""));
        struct gcp_login_tokens tokens = {0};
        struct gcp_login login = {0};
        struct cr_error err = {0};
        struct fake_http f;
        int rc;

        FAKE_HTTP(&f, rows[i].step);
        assert_ok(gcp_login_begin("http://127.0.0.1:1/", &login, &err), &err);
        rc = gcp_login_finish(&f.gcp, &client, &login, "4/0", &tokens, &err);
        if ((rc == 0) != !rows[i].words || (rows[i].words && !strstr(err.msg, rows[i].words)))
            fail_msg("row %zu: %d %s", i, rc, err.msg);
        if (rc == 0) {
            assert_string_equal(tokens.access, "ya29.x");
            assert_string_equal(tokens.refresh, "1//r");
            assert_string_equal(tokens.email, "ada@example.com");
            assert_non_null(strstr(f.sent[0].body, login.verifier));
        } else {
            assert_null(tokens.access);
        }
        gcp_login_tokens_clear(&tokens);
        gcp_login_clear(&login);
        gcp_login_client_clear(&client);
        fake_http_end(&f);
    }
}

TEST(a_token_server_that_is_down_is_said_to_be)
{
    static const struct fake_step steps[] = {{"POST", NULL, .status = 503},
                                             {"POST", NULL, .status = 503},
                                             {"POST", NULL, .status = 0, .fault = GCP_FAULT_BROKEN}};
    struct gcp_login_client client = client_of(CLIENT(""));
    struct gcp_login_tokens tokens = {0};
    struct gcp_login login = {0};
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(gcp_login_begin("http://127.0.0.1:1/", &login, &err), &err);
    assert_int_equal(gcp_login_finish(&f.gcp, &client, &login, "4/0", &tokens, &err), -1);
    assert_int_equal(err.code, CR_E_NET);
    assert_non_null(strstr(err.msg, "cannot finish the login"));
    gcp_login_clear(&login);
    gcp_login_client_clear(&client);
    fake_http_end(&f);
}

TEST(a_login_is_revoked)
{
    static const struct {
        struct fake_step step[1];
        int rc;
        bool was;
    } rows[] = {
        {{{"POST", "https://oauth.test/revoke", .status = 200, .body = "{}", .want_body = "token=1%2F%2Fr"}}, 0, true},
        {{{"POST", NULL, .status = 400, .body = "{\"error\":\"invalid_token\"}"}}, 0, false},
        {{{"POST", NULL, .status = 400, .body = "{\"error\":\"invalid_request\"}"}}, -1, true},
        {{{"POST", NULL, .status = 503}}, -1, true},
        {{{"POST", NULL, .status = 0}}, -1, true},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        struct fake_http f;
        bool was = true;

        FAKE_HTTP(&f, rows[i].step);
        assert_int_equal(gcp_login_revoke(&f.gcp, "1//r", &was, &err), rows[i].rc);
        assert_int_equal(was, rows[i].was);
        fake_http_end(&f);
    }
}

/* The example of RFC 7636, appendix B. */
TEST(a_challenge_is_the_digest_of_its_verifier)
{
    struct gcp_login login = {0};
    struct cr_error err = {0};
    char *want;

    assert_ok(gcp_login_begin("http://127.0.0.1:1/", &login, &err), &err);
    want = gcp_login_challenge(login.verifier);
    assert_string_equal(login.challenge, want);
    free(want);
    want = gcp_login_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_string_equal(want, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    free(want);
    gcp_login_clear(&login);
}

TEST_MAIN(cmocka_unit_test(client_files), cmocka_unit_test(every_attempt_has_secrets_of_its_own),
          cmocka_unit_test(the_address_asks_for_everything), cmocka_unit_test(answers_are_judged),
          cmocka_unit_test(codes_become_tokens), cmocka_unit_test(a_challenge_is_the_digest_of_its_verifier),
          cmocka_unit_test(a_token_server_that_is_down_is_said_to_be), cmocka_unit_test(a_login_is_revoked))
