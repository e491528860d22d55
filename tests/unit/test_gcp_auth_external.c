#include "lib/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "gcp/auth_external.h"
#include "gcp/auth_oauth.h"
#include "lib/fake_http.h"

#define POOL "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"
#define HEAD \
    "{\"type\":\"external_account\",\"audience\":\"" POOL "\",\"token_url\":\"https://sts.googleapis.com/v1/token\","
#define JWT "\"subject_token_type\":\"urn:ietf:params:oauth:token-type:jwt\","

#define ACT_AS                                                                                     \
    "\"service_account_impersonation_url\":\"https://iamcredentials.googleapis.com/v1/projects/-/" \
    "serviceAccounts/t@p:generateAccessToken\","

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

#define GOT "{\"access_token\":\"ya29.d\",\"expires_in\":3599,\"token_type\":\"Bearer\"}"

TEST(a_file_a_field_and_a_program_vouch)
{
    static const struct fake_step steps[] = {
        {"POST", "https://sts.googleapis.com/v1/token", .status = 200, .body = GOT,
         .want_body = "&subject_token=foreign.jwt&"},
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
        {"GET", "http://127.0.0.1:9/token", .status = 200, .body = "foreign.jwt", .want_head = "Metadata: True"},
        {"POST", "https://sts.googleapis.com/v1/token", .status = 200, .body = GOT,
         .want_body = "subject_token=foreign.jwt"},
        {"POST", "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/t@p:generateAccessToken",
         .status = 200, .body = "{\"accessToken\":\"ya29.t\",\"expireTime\":\"2099-01-01T00:00:00Z\"}",
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
        {"{\"version\":1,\"success\":true,\"id_token\":\"i\"}", NULL},
        {"{\"version\":1,\"success\":true,\"token_type\":\"urn:ietf:params:oauth:token-type:jwt\",\"id_token\":\"i\","
         "\"expiration_time\":10}",
         NULL},
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

#define OK_ANSWER \
    "{\"version\":1,\"success\":true,\"token_type\":\"urn:ietf:params:oauth:token-type:jwt\",\"id_token\":"

/* A program in a directory of its own, and the credential file that names it. */
struct program {
    char dir[32];
    char *path, *output, *cred;
};

static void program_begin(struct program *p, const char *script)
{
    struct cr_error err = {0};

    snprintf(p->dir, sizeof(p->dir), "/tmp/test_program.XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    p->path = cr_path_join(p->dir, "program");
    p->output = cr_path_join(p->dir, "answer.json");
    p->cred = cr_format(HEAD JWT "\"credential_source\":{\"executable\":{\"command\":\"%s\",\"output_file\":\"%s\","
                                 "\"timeout_millis\":5000}}}",
                        p->path, p->output);
    assert_ok(cr_file_write(p->path, script, strlen(script), 0700, &err), &err);
}

static void program_end(struct program *p)
{
    struct cr_error err = {0};

    assert_ok(cr_dir_remove(p->dir, &err), &err);
    free(p->path);
    free(p->output);
    free(p->cred);
}

TEST(an_earlier_answer_is_used_until_it_ends)
{
    static const struct fake_step steps[] = {
        {"POST", NULL, .status = 200, .body = GOT, .want_body = "subject_token=run&"},
        {"POST", NULL, .status = 200, .body = GOT, .want_body = "subject_token=kept&"},
        {"POST", NULL, .status = 200, .body = GOT, .want_body = "subject_token=run&"},
        {"POST", NULL, .status = 200, .body = GOT, .want_body = "subject_token=run&"},
    };
    static const char *const kept[] = {"", OK_ANSWER "\"kept\",\"expiration_time\":1767323046}",
                                       OK_ANSWER "\"kept\",\"expiration_time\":1767323045}", OK_ANSWER "\"kept\"}"};
    struct cr_error err = {0};
    struct gcp_auth_env env;
    struct program p;
    struct fake_http f;
    char got[64];

    program_begin(&p, "#!/bin/sh\ncat <<.\n" OK_ANSWER "\"run\"}\n.\n");
    FAKE_HTTP(&f, steps);
    env = env_of(&f, "1");
    for (size_t i = 0; i < CR_LEN(kept); i++) {
        assert_ok(cr_file_write(p.output, kept[i], strlen(kept[i]), 0600, &err), &err);
        assert_ok(token_of(&env, p.cred, got, &err), &err);
    }
    fake_http_end(&f);
    program_end(&p);
}

TEST(a_program_is_told_what_is_wanted)
{
    static const struct fake_step steps[] = {
        {"POST", NULL, .status = 200, .body = GOT, .want_body = "subject_token=ok&"},
        {"POST", NULL, .status = 200, .body = "{\"accessToken\":\"ya29.t\",\"expireTime\":\"2099-01-01T00:00:00Z\"}",
         .want_body = "\"lifetime\":\"1200s\""},
    };
    static const char script[] =
        "#!/bin/sh\nset -e\n[ $GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE = urn:ietf:params:oauth:token-type:jwt ]\n"
        "[ $GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL = t@p ]\n[ $GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE = 0 ]\n"
        "[ $GOOGLE_EXTERNAL_ACCOUNT_REVOKE = 0 ]\n[ $GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE = /nowhere/x ]\n"
        "[ $GOOGLE_EXTERNAL_ACCOUNT_ID = t@p ]\n"
        "cat <<.\n" OK_ANSWER "\"ok\"}\n.\n";
    CR_AUTO_FREE char *cred = NULL;
    struct cr_error err = {0};
    struct gcp_auth_env env;
    struct program p;
    struct fake_http f;
    char got[64];

    program_begin(&p, script);
    cred = cr_format(HEAD JWT ACT_AS "\"service_account_impersonation\":{\"token_lifetime_seconds\":1200},"
                                     "\"credential_source\":{\"executable\":{\"command\":\"%s\",\"output_file\":"
                                     "\"/nowhere/x\"}}}",
                     p.path);
    FAKE_HTTP(&f, steps);
    env = env_of(&f, "1");
    assert_ok(token_of(&env, cred, got, &err), &err);
    assert_string_equal(got, "ya29.t");
    fake_http_end(&f);
    program_end(&p);
}

static void six_seconds_pass(int signal)
{
    (void)signal;
    cr_clock_fake(1006000, 1767323051000);
}

TEST(a_program_that_does_not_end_is_ended)
{
    for (int pressed = 0; pressed < 2; pressed++) {
        struct cr_error err = {0};
        struct gcp_auth_env env;
        struct program p;
        struct fake_http f;
        char got[64];

        program_begin(&p, pressed ? "#!/bin/sh\nsleep 600\n" : "#!/bin/sh\nexec >&-\nsleep 600\n");
        fake_http_init(&f, NULL, 0);
        env = env_of(&f, "1");
        if (pressed) {
            raise(SIGINT);
        } else {
            signal(SIGALRM, six_seconds_pass);
            setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 100000}, NULL);
        }
        assert_int_equal(token_of(&env, p.cred, got, &err), -1);
        assert_int_equal(err.code, pressed ? CR_E_INTERRUPT : CR_E_AUTH);
        if (!pressed)
            assert_non_null(strstr(err.msg, "did not end within 5 s"));
        fake_http_end(&f);
        program_end(&p);
    }
}

/* What the token exchange is told beside the token. */
TEST(the_exchange_names_client_or_project)
{
    static const struct {
        const char *more, *audience, *body, *head; /* body NULL: refused */
    } rows[] = {
        {"\"workforce_pool_user_project\":\"123\",",
         "//iam.googleapis.com/locations/global/workforcePools/p/providers/q",
         "&options=%257B%2522userProject%2522%253A%2522123%2522%257D", NULL},
        {"\"workforce_pool_user_project\":\"123\",", POOL, NULL, NULL},
        {"\"client_id\":\"id\",\"client_secret\":\"se:cret\",", POOL,
         "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type"
         "%3Atoken-exchange&audience=%2F%2Fiam.googleapis.com%2Fprojects",
         "Authorization: Basic aWQ6c2UlM0FjcmV0"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct fake_step steps[] = {
            {"GET", "https://idp.test/t", .status = 200, .body = "{\"a\":\"foreign.jwt\"}"},
            {"POST", "https://sts.googleapis.com/v1/token", .status = 200, .body = GOT, .want_body = rows[i].body,
             .want_head = rows[i].head},
        };
        CR_AUTO_FREE char *cred =
            cr_format("{\"type\":\"external_account\",\"audience\":\"%s\",%s" JWT
                      "\"credential_source\":{\"url\":\"https://idp.test/t\",\"format\":{\"type\":"
                      "\"json\",\"subject_token_field_name\":\"a\"}}}",
                      rows[i].audience, rows[i].more);
        struct cr_error err = {0};
        struct gcp_auth_env env;
        struct fake_http f;
        char got[64];
        int rc;

        fake_http_init(&f, steps, rows[i].body ? 2 : 0);
        env = env_of(&f, NULL);
        rc = token_of(&env, cred, got, &err);
        if (rows[i].body) {
            assert_ok(rc, &err);
            assert_null(strstr(f.sent[1].url, "foreign"));
        } else {
            assert_int_equal(rc, -1);
            assert_non_null(strstr(err.msg, "no workforce pool"));
        }
        fake_http_end(&f);
    }
}

TEST(identity_tokens_need_a_service_account)
{
    static const struct fake_step steps[] = {
        {"GET", "https://idp.test/t", .status = 200, .body = "foreign.jwt\n"},
        {"POST", "https://sts.googleapis.com/v1/token", .status = 200, .body = GOT},
        {"POST", "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/t@p:generateIdToken",
         .status = 200, .body = "{\"token\":\"ey.a.b\"}", .want_body = "\"audience\":\"https://s\""},
    };
    static const char source[] = "\"credential_source\":{\"url\":\"https://idp.test/t\"}}";

    for (int acts = 0; acts < 2; acts++) {
        CR_AUTO_FREE char *cred = cr_format(HEAD JWT "%s%s", acts ? ACT_AS : "", source);
        struct gcp_auth *auth = NULL;
        struct cr_error err = {0};
        struct gcp_auth_env env;
        const char *token = NULL;
        struct fake_http f;

        fake_http_init(&f, steps, acts ? CR_LEN(steps) : 0);
        env = env_of(&f, NULL);
        assert_ok(gcp_auth_from_json(&env, cred, "x.json", &auth, &err), &err);
        if (acts) {
            assert_ok(auth->identity(auth, "https://s", &token, &err), &err);
            assert_string_equal(token, "ey.a.b");
        } else {
            assert_int_equal(auth->identity(auth, "https://s", &token, &err), -1);
            assert_non_null(strstr(err.hint, "--impersonate-service-account"));
        }
        gcp_auth_free(auth);
        fake_http_end(&f);
    }
}

TEST(what_a_file_says_does_not_steer_the_terminal)
{
    static const char *const rows[] = {
        "{\"file\":\"/no\\u001b[2Jwhere\"}",
        "{\"url\":\"http://h/\\u001b[2J\"}",
        "{\"url\":\"file:///etc/passwd\"}",
        "{\"url\":\"gopher://h/\\n\"}",
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_FREE char *cred = cr_format(HEAD JWT "\"credential_source\":%s}", rows[i]);
        struct cr_error err = {0};
        struct gcp_auth_env env;
        struct fake_http f;
        char got[64];

        fake_http_init(&f, NULL, 0);
        env = env_of(&f, NULL);
        assert_int_equal(token_of(&env, cred, got, &err), -1);
        assert_int_equal(err.code, CR_E_AUTH);
        for (const char *p = err.msg; *p; p++)
            assert_true(*p >= ' ');
        fake_http_end(&f);
    }
}

TEST_MAIN(cmocka_unit_test(a_file_a_field_and_a_program_vouch),
          cmocka_unit_test(an_address_vouches_and_a_service_account_acts), cmocka_unit_test(what_cannot_vouch_says_why),
          cmocka_unit_test(a_program_is_read_strictly), cmocka_unit_test(an_earlier_answer_is_used_until_it_ends),
          cmocka_unit_test(a_program_is_told_what_is_wanted), cmocka_unit_test(a_program_that_does_not_end_is_ended),
          cmocka_unit_test(the_exchange_names_client_or_project),
          cmocka_unit_test(identity_tokens_need_a_service_account),
          cmocka_unit_test(what_a_file_says_does_not_steer_the_terminal))
