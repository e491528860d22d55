#include "lib/test.h"

#include "lib/fake_http.h"

#include <string.h>

#include "gcp/auth_json.h"

#define T "t@p.iam.gserviceaccount.com"
#define BASE "https://iam.test/v1/projects/-/serviceAccounts/" T
#define ACCESS BASE ":generateAccessToken"
/* header.{"exp":1767326645}.x */
#define ID_TOKEN "e30.eyJleHAiOjE3NjczMjY2NDV9.x"

/* A source that gives s0, then s1 ... whenever a fresh one is asked for. */
struct source {
    struct gcp_auth vtable;
    char token[8];
    int n, max;
};

static int give(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    struct source *s = (struct source *)self;

    if (fresh && s->n >= s->max)
        return cr_fail(err, CR_E_AUTH, "no other");
    s->n += fresh;
    snprintf(s->token, sizeof(s->token), "s%d", s->n);
    *token = s->token;
    return 0;
}

static void end(struct gcp_auth *self)
{
    free(self);
}

static struct gcp_auth *source_new(int max)
{
    struct source *s = cr_calloc(1, sizeof(*s));

    s->vtable = (struct gcp_auth){.token = give, .free = end};
    s->max = max;
    return &s->vtable;
}

static struct gcp_auth_env env_of(struct fake_http *f)
{
    return (struct gcp_auth_env){.http = &f->vtable, .oauth = "https://oauth.test", .iam = "https://iam.test"};
}

TEST(the_last_of_a_chain_is_the_target_and_the_others_are_delegates)
{
    static const struct {
        const char *chain, *body; /* body NULL: refused */
    } rows[] = {
        {T, "{\"delegates\":[],\"scope\":[\"" GCP_SCOPE "\"],\"lifetime\":\"3600s\"}"},
        {"a@x.y,b@x.y," T,
         "{\"delegates\":[\"projects/-/serviceAccounts/a@x.y\",\"projects/-/serviceAccounts/b@x.y\"],"},
        {"a@x.y, " T, "{\"delegates\":[\"projects/-/serviceAccounts/a@x.y\"],"},
        {"", NULL},
        {",", NULL},
        {T ",", NULL},
        {"," T, NULL},
        {"a@x.y/../b," T, NULL},
        {"a b", NULL},
        {"t@x.y:signJwt", NULL},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct fake_step step[1] = {{"POST", ACCESS, .status = 200, .want_head = "Authorization: Bearer s0",
                                     .body = "{\"accessToken\":\"i\",\"expireTime\":\"2026-01-02T04:04:05Z\"}"}};
        struct cr_error err = {0};
        struct gcp_auth *auth = NULL;
        struct gcp_auth_env env;
        const char *token = NULL;
        struct fake_http f;

        step[0].want_body = rows[i].body;
        fake_http_init(&f, step, rows[i].body ? 1 : 0);
        env = env_of(&f);
        if ((gcp_auth_impersonate(&env, source_new(0), NULL, rows[i].chain, &auth, &err) == 0) != !!rows[i].body)
            fail_msg("'%s': %s", rows[i].chain, err.msg);
        if (rows[i].body) {
            assert_ok(auth->token(auth, false, &token, &err), &err);
            assert_string_equal(token, "i");
            assert_true(auth->expires_ms == 1767326645000);
            assert_ok(auth->token(auth, false, &token, &err), &err); /* kept */
        } else {
            assert_int_equal(err.code, CR_E_AUTH);
            assert_true(*err.hint);
        }
        gcp_auth_free(auth);
        fake_http_end(&f);
    }
}

TEST(identity_tokens_by_audience)
{
    static const struct fake_step steps[] = {
        {"POST", BASE ":generateIdToken", .status = 200, .body = "{\"token\":\"" ID_TOKEN "\"}",
         .want_body =
             "{\"delegates\":[\"projects/-/serviceAccounts/d@x\"],\"audience\":\"https://a\",\"includeEmail\":true}"},
        {"POST", BASE ":generateIdToken", .status = 200, .body = "{\"token\":\"" ID_TOKEN "2\"}"},
        {"POST", BASE ":generateIdToken", .status = 200, .body = "{}"},
    };
    struct cr_error err = {0};
    struct gcp_auth *auth = NULL;
    struct gcp_auth_env env;
    const char *token = NULL;
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    env = env_of(&f);
    assert_ok(gcp_auth_impersonate(&env, source_new(0), NULL, "d@x," T, &auth, &err), &err);
    assert_ok(auth->identity(auth, "https://a", &token, &err), &err);
    assert_ok(auth->identity(auth, "https://a", &token, &err), &err);
    assert_string_equal(token, ID_TOKEN);
    assert_ok(auth->identity(auth, "https://b", &token, &err), &err);
    assert_string_equal(token, ID_TOKEN "2");
    assert_int_equal(auth->identity(auth, "https://c", &token, &err), -1);
    assert_int_equal(auth->identity(auth, "\xff", &token, &err), -1); /* no UTF-8: not sent */
    gcp_auth_free(auth);
    fake_http_end(&f);
}

TEST(a_source_whose_token_is_refused_gives_another_once)
{
    static const struct fake_step good[] = {
        {"POST", ACCESS, .status = 401, .want_head = "Authorization: Bearer s0"},
        {"POST", ACCESS, .status = 200, .want_head = "Authorization: Bearer s1", .body = "{\"accessToken\":\"i\"}"},
    };
    static const struct fake_step bad[] = {{"POST", ACCESS, .status = 401}, {"POST", ACCESS, .status = 401}};
    struct cr_error err = {0};
    struct gcp_auth *auth = NULL;
    struct gcp_auth_env env;
    const char *token = NULL;
    struct fake_http f;

    FAKE_HTTP(&f, good);
    env = env_of(&f);
    assert_ok(gcp_auth_impersonate(&env, source_new(9), NULL, T, &auth, &err), &err);
    assert_ok(auth->token(auth, false, &token, &err), &err);
    assert_true(auth->expires_ms == 1767323045000 + 3600000); /* no expireTime: the lifetime that was asked for */
    gcp_auth_free(auth);
    fake_http_end(&f);
    FAKE_HTTP(&f, bad);
    assert_ok(gcp_auth_impersonate(&env, source_new(9), NULL, T, &auth, &err), &err);
    assert_int_equal(auth->token(auth, false, &token, &err), -1);
    assert_int_equal(err.code, CR_E_AUTH);
    gcp_auth_free(auth);
    fake_http_end(&f);
}

TEST(refusals_say_what_to_grant)
{
    static const struct {
        struct fake_step step[1];
        const char *msg, *hint;
    } rows[] = {
        {{{.status = 403,
           .body = "{\"error\":{\"code\":403,\"message\":\"Permission 'iam.serviceAccounts.getAccessToken' "
                   "denied on resource (or it may not exist).\"}}"}},
         "cannot act as '" T "'",
         "add-iam-policy-binding " T " --role=roles/iam.serviceAccountTokenCreator"},
        {{{.status = 403,
           .body = "{\"error\":{\"code\":403,\"message\":\"disabled\",\"details\":[{\"reason\":\"SERVICE_DISABLED\","
                   "\"metadata\":{\"service\":\"iamcredentials.googleapis.com\",\"consumer\":\"projects/1\"}}]}}"}},
         "disabled",
         "services enable iamcredentials.googleapis.com"},
        {{{.status = 200, .body = "{}"}}, "accessToken", ""},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        struct gcp_auth *auth = NULL;
        struct gcp_auth_env env;
        const char *token = NULL;
        struct fake_http f;

        FAKE_HTTP(&f, rows[i].step);
        env = env_of(&f);
        assert_ok(gcp_auth_impersonate(&env, source_new(0), NULL, T, &auth, &err), &err);
        assert_int_equal(auth->token(auth, false, &token, &err), -1);
        if (!strstr(err.msg, rows[i].msg) || !strstr(err.hint, rows[i].hint))
            fail_msg("row %zu: %s\nhint: %s", i, err.msg, err.hint);
        gcp_auth_free(auth);
        fake_http_end(&f);
    }
}

#define INNER "{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":\"s\",\"refresh_token\":\"r\"}"
#define HEAD "{\"type\":\"impersonated_service_account\",\"source_credentials\":" INNER ","
#define URL_OF(host)                                                                                                   \
    "\"service_account_impersonation_url\":\"https://" host "/v1/projects/-/serviceAccounts/" T ":generateAccessToken" \
    "\""

TEST(a_file_that_impersonates)
{
    static const struct fake_step steps[] = {
        {"POST", "https://oauth.test/token", .status = 200, .body = "{\"access_token\":\"person\"}"},
        {"POST", ACCESS, .status = 200, .want_head = "Authorization: Bearer person",
         .want_body = "{\"delegates\":[\"projects/-/serviceAccounts/a@x\",\"projects/-/serviceAccounts/b@x\"]",
         .body = "{\"accessToken\":\"i\",\"expireTime\":\"2026-01-02T04:04:05.123Z\"}"},
    };
    struct cr_error err = {0};
    struct gcp_auth *auth = NULL;
    struct gcp_auth_env env;
    const char *token = NULL;
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    env = env_of(&f);
    assert_ok(gcp_auth_from_json(&env,
                                 HEAD "\"delegates\":[\"a@x\",\"projects/-/serviceAccounts/b@x\"]," URL_OF(
                                     "iamcredentials.googleapis.com") "}",
                                 "f.json", &auth, &err),
              &err);
    assert_ok(auth->token(auth, false, &token, &err), &err);
    assert_string_equal(token, "i");
    gcp_auth_free(auth);
    fake_http_end(&f);
}

TEST(a_file_that_cannot_impersonate)
{
    static const struct {
        const char *text, *msg;
    } rows[] = {
        {HEAD URL_OF("evil.example") "}", "not Google's"},
        {HEAD "\"x\":1}", "no 'service_account_impersonation_url'"},
        {HEAD "\"service_account_impersonation_url\":\"https://iamcredentials.googleapis.com/v1/t:signJwt\"}",
         "names no service account"},
        {HEAD "\"delegates\":[\"a/b\"]," URL_OF("iamcredentials.googleapis.com") "}", "'a/b' is no service account"},
        {HEAD "\"delegates\":[1]," URL_OF("iamcredentials.googleapis.com") "}", "no service account"},
        {"{\"type\":\"impersonated_service_account\"," URL_OF("iamcredentials.googleapis.com") "}",
         "no 'source_credentials'"},
        {"{\"type\":\"impersonated_service_account\",\"source_credentials\":{\"type\":\"impersonated_service_account\"}"
         "," URL_OF("iamcredentials.googleapis.com") "}",
         "once more"},
        {"{\"type\":\"impersonated_service_account\",\"source_credentials\":{}," URL_OF(
             "iamcredentials.googleapis.com") "}",
         "no 'type'"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const struct gcp_auth_env env = {0};
        struct gcp_auth *auth = NULL;
        struct cr_error err = {0};

        assert_int_equal(gcp_auth_from_json(&env, rows[i].text, "f.json", &auth, &err), -1);
        assert_int_equal(err.code, CR_E_AUTH);
        if (!strstr(err.msg, rows[i].msg))
            fail_msg("row %zu: %s", i, err.msg);
    }
}

TEST_MAIN(cmocka_unit_test(the_last_of_a_chain_is_the_target_and_the_others_are_delegates),
          cmocka_unit_test(identity_tokens_by_audience),
          cmocka_unit_test(a_source_whose_token_is_refused_gives_another_once),
          cmocka_unit_test(refusals_say_what_to_grant), cmocka_unit_test(a_file_that_impersonates),
          cmocka_unit_test(a_file_that_cannot_impersonate))
