#include "lib/test.h"

#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "gcp/auth_external.h"
#include "gcp/auth_oauth.h"
#include "lib/fake_http.h"

#define POOL "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"
#define HEAD \
    "{\"type\":\"external_account\",\"audience\":\"" POOL "\",\"token_url\":\"https://sts.googleapis.com/v1/token\","
#define JWT "\"subject_token_type\":\"urn:ietf:params:oauth:token-type:jwt\","

static const char *allow_of(void *ud, const char *name)
{
    return strcmp(name, "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES") == 0 ? ud : NULL;
}

static struct gcp_auth_env env_of(struct fake_http *f, const char *allow)
{
    return (struct gcp_auth_env){.http = &f->vtable, .getenv = allow_of, .ud = (void *)allow};
}

static int token_of(const struct gcp_auth_env *env, const char *cred, char got[64], struct cr_error *err)
{
    struct gcp_auth *auth = NULL;
    const char *token;
    int rc = gcp_auth_from_json(env, cred, "x.json", &auth, err);

    if (rc == 0)
        rc = auth->token(auth, false, &token, err);
    if (rc == 0)
        snprintf(got, 64, "%s", token);
    gcp_auth_free(auth);
    return rc;
}

#define AWS_SIGNATURE "787d63eb54666648254837fe43b2f75009897fee020ce77bc1ff408845dc2569"
#define GOT "{\"access_token\":\"ya29.d\",\"expires_in\":3599,\"token_type\":\"Bearer\"}"

TEST(a_file_a_field_and_a_program_vouch)
{
    static const struct fake_step steps[] = {
        {"POST", "https://sts.googleapis.com/v1/token", 200, GOT, .want_body = "&subject_token=foreign.jwt&"},
    };
    char dir[] = "/tmp/test_external.XXXXXX", got[64];
    struct cr_error err = {0};
    CR_AUTO_FREE char *plain = NULL, *json = NULL, *program = NULL;

    assert_non_null(mkdtemp(dir));
    plain = cr_path_join(dir, "plain");
    json = cr_path_join(dir, "json");
    program = cr_path_join(dir, "program");
    assert_ok(cr_file_write(plain, " foreign.jwt\n", 13, 0600, &err), &err);
    assert_ok(cr_file_write(json, "{\"t\":\"foreign.jwt\"}", 19, 0600, &err), &err);
    {
        static const char script[] = "#!/bin/sh\n[ \"$GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE\" = " POOL " ] || exit 3\n"
                                     "[ \"$1\" = 'a;b' ] || exit 4\necho '{\"version\":1,\"success\":true,"
                                     "\"token_type\":\"urn:ietf:params:oauth:token-type:jwt\",\"id_token\":"
                                     "\"foreign.jwt\"}'\n";

        assert_ok(cr_file_write(program, script, sizeof(script) - 1, 0700, &err), &err);
    }
    for (int kind = 0; kind < 3; kind++) {
        CR_AUTO_FREE char *cred =
            kind == 0 ? cr_format(HEAD JWT "\"credential_source\":{\"file\":\"%s\"}}", plain)
            : kind == 1
                ? cr_format(HEAD JWT "\"credential_source\":{\"file\":\"%s\",\"format\":{\"type\":\"json\","
                                     "\"subject_token_field_name\":\"t\"}}}",
                            json)
                : cr_format(HEAD JWT "\"credential_source\":{\"executable\":{\"command\":\"%s a;b\"}}}", program);
        struct fake_http f;
        struct gcp_auth_env env;

        FAKE_HTTP(&f, steps);
        env = env_of(&f, "1");
        assert_ok(token_of(&env, cred, got, &err), &err);
        assert_string_equal(got, "ya29.d");
        fake_http_end(&f);
    }
    assert_ok(cr_dir_remove(dir, &err), &err);
}

TEST(an_address_vouches_and_a_service_account_acts)
{
    static const struct fake_step steps[] = {
        {"GET", "http://127.0.0.1:9/token", 200, "foreign.jwt", .want_head = "Metadata: True"},
        {"POST", "https://sts.googleapis.com/v1/token", 200, GOT, .want_body = "subject_token=foreign.jwt"},
        {"POST", "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/t@p:generateAccessToken", 200,
         "{\"accessToken\":\"ya29.t\",\"expireTime\":\"2099-01-01T00:00:00Z\"}",
         .want_head = "Authorization: Bearer ya29.d"},
    };
    static const char cred[] =
        HEAD JWT "\"service_account_impersonation_url\":\"https://iamcredentials.googleapis.com/v1/projects/-/"
                 "serviceAccounts/t@p:generateAccessToken\",\"credential_source\":{\"url\":"
                 "\"http://127.0.0.1:9/token\",\"headers\":{\"Metadata\":\"True\"}}}";
    struct cr_error err = {0};
    struct gcp_auth_env env;
    struct fake_http f;
    char got[64];

    FAKE_HTTP(&f, steps);
    env = env_of(&f, NULL);
    assert_ok(token_of(&env, cred, got, &err), &err);
    assert_string_equal(got, "ya29.t");
    fake_http_end(&f);
}

TEST(what_cannot_vouch_says_why)
{
    static const struct {
        const char *cred, *allow, *msg;
    } rows[] = {
        {HEAD JWT "\"x\":1}", NULL, "credential_source"},
        {HEAD JWT "\"credential_source\":{}}", NULL, "either a file or a url"},
        {HEAD JWT "\"credential_source\":{\"file\":\"/nowhere/t\"}}", NULL, "/nowhere/t"},
        {HEAD JWT "\"credential_source\":{\"executable\":{\"command\":\"/bin/true\"}}}", NULL, "not allowed"},
        {HEAD JWT "\"credential_source\":{\"executable\":{\"command\":\"/bin/true\"}}}", "1", "no answer"},
        {HEAD JWT "\"credential_source\":{\"executable\":{\"command\":\"/bin/false\"}}}", "1", "status 1"},
        {HEAD JWT "\"credential_source\":{\"certificate\":{}}}", NULL, "certificate"},
        {HEAD "\"subject_token_type\":\"" GCP_SUBJECT_AWS "\",\"credential_source\":{\"environment_id\":\"aws1\","
              "\"region_url\":\"http://10.0.0.1/z\"}}",
         NULL, "not AWS's metadata"},
        {"{\"type\":\"external_account\",\"audience\":\"a\",\"token_url\":\"https://evil.test/t\"," JWT
         "\"credential_source\":{\"file\":\"x\"}}",
         NULL, "not Google's"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        struct gcp_auth_env env;
        struct fake_http f;
        char got[64];

        fake_http_init(&f, NULL, 0);
        env = env_of(&f, rows[i].allow);
        assert_int_equal(token_of(&env, rows[i].cred, got, &err), -1);
        if (!strstr(err.msg, rows[i].msg))
            fail_msg("row %zu: %s", i, err.msg);
        assert_int_equal(err.code, CR_E_AUTH);
        fake_http_end(&f);
    }
}

TEST(a_program_is_read_strictly)
{
    static const struct {
        const char *text, *token; /* NULL: refused */
    } rows[] = {
        {"{\"version\":1,\"success\":true,\"token_type\":\"urn:ietf:params:oauth:token-type:saml2\","
         "\"saml_response\":\"s\",\"expiration_time\":11}",
         "s"},
        {"{\"version\":1,\"success\":true,\"id_token\":\"i\",\"expiration_time\":10}", NULL},
        {"{\"version\":2,\"success\":true,\"id_token\":\"i\"}", NULL},
        {"{\"version\":1,\"success\":false,\"code\":\"401\",\"message\":\"no\"}", NULL},
        {"{\"version\":1,\"success\":true}", NULL},
        {"[]", NULL},
        {"", NULL},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        char *token = NULL;
        int rc = gcp_exec_reply(rows[i].text, strlen(rows[i].text), "x", 10000, &token, &err);

        assert_int_equal(rc, rows[i].token ? 0 : -1);
        if (rows[i].token)
            assert_string_equal(token, rows[i].token);
        free(token);
    }
}

/* The signature was computed apart, with Python's hmac over the canonical request that AWS documents. */
TEST(aws_is_signed_as_aws_documents)
{
    const struct gcp_aws aws = {.key_id = "AKIDEXAMPLE",
                                .secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                .session = "S",
                                .region = "us-east-2",
                                .audience = POOL,
                                .date = "20260102T030405Z",
                                .url =
                                    "https://sts.us-east-2.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"};
    CR_AUTO_FREE char *token = gcp_aws_token(&aws);

    assert_non_null(strstr(token, "Signature%3D" AWS_SIGNATURE));
    assert_non_null(strstr(token, "%7B%22headers%22%3A%5B%7B%22key%22%3A%22Authorization%22"));
    assert_null(strchr(token, '{'));
}

TEST_MAIN(cmocka_unit_test(a_file_a_field_and_a_program_vouch),
          cmocka_unit_test(an_address_vouches_and_a_service_account_acts), cmocka_unit_test(what_cannot_vouch_says_why),
          cmocka_unit_test(a_program_is_read_strictly), cmocka_unit_test(aws_is_signed_as_aws_documents))
