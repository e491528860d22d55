#include "lib/test.h"

#include "lib/fake_http.h"

#include <string.h>

#include "gcp/auth_json.h"

TEST(addresses_lead_to_google_or_are_refused)
{
    static const struct {
        const char *url, *want; /* NULL: refused */
        bool custom;
    } rows[] = {
        {"https://oauth2.googleapis.com/token", "http://127.0.0.1:9/token", false},
        {"https://OAuth2.GoogleAPIs.com/token", "http://127.0.0.1:9/token", false},
        {"https://oauth2.googleapis.com:443/token", "http://127.0.0.1:9/token", false},
        {"https://accounts.google.com/o/oauth2/token", "http://127.0.0.1:9/token", false},
        {"https://www.googleapis.com/oauth2/v4/token", "http://127.0.0.1:9/token", false},
        {"https://sts.googleapis.com/v1/token", "https://sts.test/v1/token", false},
        {"https://iamcredentials.googleapis.com/v1/x", "https://iamcredentials.googleapis.com/v1/x", false},
        {"https://sts.us-east1.rep.googleapis.com/v1/token", "https://sts.us-east1.rep.googleapis.com/v1/token", false},
        {"https://accounts.google.com/elsewhere", NULL, false},
        {"http://127.0.0.1:9/token", "http://127.0.0.1:9/token", false}, /* where our own override leads */
        {"http://127.0.0.1:99/token", NULL, false},
        {"http://127.0.0.1:99/token", "http://127.0.0.1:99/token", true},
        {"https://googleapis.com/token", NULL, false},
        {"https://evil-googleapis.com/token", NULL, false},
        {"https://oauth2.googleapis.com.evil.example/token", NULL, false},
        {"https://evil.example/token", NULL, false},
        {"https://evil.example/token", "https://evil.example/token", true},
        {"https://evil.example#.googleapis.com/", NULL, false},
        {"https://evil.example\\.googleapis.com/", NULL, true},
        {"https://user@oauth2.googleapis.com/token", NULL, true},
        {"https://oauth2.googleapis.com:8443/token", NULL, false},
        {"https://", NULL, true},
        {"http://evil.example/token", NULL, true},
        {"ftp://oauth2.googleapis.com/token", NULL, true},
        {"https://tokens.example/a b", NULL, true},
        {"", NULL, true},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct gcp_auth_env env = {
            .oauth = "http://127.0.0.1:9", .sts = "https://sts.test", .allow_custom = rows[i].custom};
        struct cr_error err = {0};
        char *address = NULL;

        if ((gcp_auth_address(&env, rows[i].url, "token_uri", "f.json", &address, &err) == 0) != !!rows[i].want)
            fail_msg("'%s': %s", rows[i].url, err.msg);
        if (rows[i].want) {
            assert_string_equal(address, rows[i].want);
        } else {
            assert_null(address);
            assert_int_equal(err.code, CR_E_AUTH);
            assert_non_null(strstr(err.msg, "f.json"));
            assert_true(*err.hint);
        }
        free(address);
    }
}

TEST(files_that_are_no_credential)
{
    static const struct {
        const char *text, *msg, *hint;
    } rows[] = {
        {"", "no JSON object", "again"},
        {"[]", "no JSON object", ""},
        {"{\"type\": ", "line 1, column", ""},
        {"ya29.secret", "no JSON object", "--access-token-file"},
        {"-----BEGIN PRIVATE KEY-----\n", "no JSON object", "make one in JSON"},
        {"{\"type\":\"service_account\",\"type\":\"x\"}", "no JSON object", ""},
        {"{}", "no 'type'", "authorized_user"},
        {"{\"type\":1}", "no 'type'", "authorized_user"},
        {"{\"installed\":{\"client_id\":\"x\"}}", "an OAuth client", "crdeploy auth login"},
        {"{\"web\":{\"client_id\":\"x\"}}", "an OAuth client", "crdeploy auth login"},
        {"{\"type\":\"gdch_service_account\"}", "Google Distributed Cloud", "service_account"},
        {"{\"type\":\"service-account\"}", "'service-account', which nobody knows", "external_account"},
        {"{\"type\":\"authorized_user\",\"client_secret\":\"s\",\"refresh_token\":\"r\"}", "no 'client_id'", ""},
        {"{\"type\":\"authorized_user\",\"client_id\":\"i\",\"refresh_token\":\"r\"}", "no 'client_secret'", ""},
        {"{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":\"s\"}", "no 'refresh_token'", ""},
        {"{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":\"s\",\"refresh_token\":[1]}",
         "no 'refresh_token'", ""},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct gcp_auth_env env = {0};
        struct gcp_auth *auth = NULL;
        struct cr_error err = {0};

        assert_int_equal(gcp_auth_from_json(&env, rows[i].text, "f.json", &auth, &err), -1);
        assert_null(auth);
        assert_int_equal(err.code, CR_E_AUTH);
        if (!strstr(err.msg, rows[i].msg) || !strstr(err.hint, rows[i].hint) || !strstr(err.msg, "f.json"))
            fail_msg("row %zu: %s\nhint: %s", i, err.msg, err.hint);
        assert_null(strstr(err.msg, "secret-")); /* content is never quoted */
        assert_null(strstr(err.msg, "ya29"));
    }
}

TEST_MAIN(cmocka_unit_test(addresses_lead_to_google_or_are_refused), cmocka_unit_test(files_that_are_no_credential))
