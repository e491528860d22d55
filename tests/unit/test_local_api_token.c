#include "lib/test.h"

#include "lib/token_fixture.h"

TEST(an_assertion_is_verified)
{
    static const char aud[] = "https://oauth2.googleapis.com/token";
    static const struct {
        const char *iss, *aud;
        int iat, exp; /* from now */
        const char *name, *value, *error, *text;
    } cases[] = {
        {"a@p", aud, 0, 3600, "scope", CLOUD, NULL, NULL},
        {"z@p", aud, 0, 3600, "scope", CLOUD, "invalid_grant", "account not found"},
        {"a@p", "https://example.com/", 0, 3600, "scope", CLOUD, "invalid_grant", "audience check"},
        {"a@p", aud, 0, 3601, "scope", CLOUD, "invalid_grant", "short-lived token (60 minutes)"},
        {"a@p", aud, -7200, -3600, "scope", CLOUD, "invalid_grant", "reasonable timeframe"},
        {"a@p", aud, 1800, 5400, "scope", CLOUD, "invalid_grant", "reasonable timeframe"},
        {"a@p", aud, 0, 3600, "other", CLOUD, "invalid_scope", "scope or ID token audience"},
    };
    struct local l;
    EVP_PKEY *key = setup(&l), *other;
    CR_AUTO_FREE char *path = cr_format("%s/other.pem", l.state);
    struct cr_error err = {0};
    struct answer a;

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        a = assertion(&l, key,
                      claims(cases[i].iss, cases[i].aud, now_s() + cases[i].iat, now_s() + cases[i].exp, cases[i].name,
                             cases[i].value));
        assert_int_equal(a.status, cases[i].error ? 400 : 200);
        assert_string_equal(at(a.json, "error"), cases[i].error ? cases[i].error : "");
        if (cases[i].text && !strstr(at(a.json, "error_description"), cases[i].text))
            fail_msg("case %zu says: %s", i, at(a.json, "error_description"));
        answer_clear(&a);
    }
    assert_ok(local_key_open(path, &other, &err), &err);
    a = assertion(&l, other, claims("a@p", aud, now_s(), now_s() + 3600, "scope", CLOUD));
    assert_string_equal(at(a.json, "error_description"), "Invalid JWT Signature.");
    answer_clear(&a);
    EVP_PKEY_free(other);
    a = assertion(&l, key, claims("a@p", aud, now_s(), now_s() + 3600, "target_audience", "https://s"));
    assert_true(local_identity_valid(&l, at(a.json, "id_token"), "https://s"));
    assert_false(local_identity_valid(&l, at(a.json, "id_token"), "https://t"));
    answer_clear(&a);
    teardown(&l, key);
}

TEST(a_token_expires_and_its_scope_counts)
{
    static const char aud[] = "https://oauth2.googleapis.com/token";
    struct local l;
    EVP_PKEY *key = setup(&l);
    CR_AUTO_FREE char *token = NULL, *narrow = NULL;
    struct answer a;

    a = assertion(&l, key, claims("a@p", aud, now_s(), now_s() + 3600, "scope", CLOUD));
    token = token_of(&a);
    a = assertion(
        &l, key,
        claims("a@p", aud, now_s(), now_s() + 3600, "scope", "https://www.googleapis.com/auth/devstorage.read_write"));
    narrow = token_of(&a);
    assert_int_equal(status_as(&l, token, "GET", P "/services", NULL), 200);
    assert_int_equal(status_as(&l, narrow, "GET", P "/services", NULL), 403);
    assert_int_equal(status_as(&l, narrow, "GET", "/storage/v1/b?project=p", NULL), 200);
    assert_int_equal(status_as(&l, token, "POST", "/local/auth", "{}"), 401);
    assert_int_equal(call_status(&l, "POST", "/local/auth", "{\"clockSkew\": 3700}"), 200);
    {
        CR_AUTO_FREE char *header = cr_format("Authorization: Bearer %s", token);

        a = call_full(&l, "GET", P "/services", header, NULL, 0, -1);
        assert_int_equal(a.status, 401);
        assert_string_equal(at(a.json, "error.details.0.reason"), "ACCESS_TOKEN_EXPIRED");
        answer_clear(&a);
    }
    assert_int_equal(call_status(&l, "GET", P "/services", NULL), 200); /* the platform's own never does */
    teardown(&l, key);
}

TEST(a_self_signed_jwt_is_a_token_for_its_service)
{
    struct local l;
    EVP_PKEY *key = setup(&l);
    json_t *run = json_pack("{s:s, s:s, s:s, s:I, s:I}", "iss", "a@p", "sub", "a@p", "aud",
                            "https://run.googleapis.com/", "iat", now_s(), "exp", now_s() + 3600);
    json_t *all = json_pack("{s:s, s:s, s:s, s:I, s:I}", "iss", "a@p", "sub", "a@p", "scope", CLOUD, "iat", now_s(),
                            "exp", now_s() + 3600);
    json_t *old = json_pack("{s:s, s:s, s:s, s:I, s:I}", "iss", "a@p", "sub", "a@p", "scope", CLOUD, "iat",
                            now_s() - 7200, "exp", now_s() - 3600);
    CR_AUTO_FREE char *for_run = local_jwt_sign(key, "k", run), *for_all = local_jwt_sign(key, "k", all);
    CR_AUTO_FREE char *past = local_jwt_sign(key, "k", old), *broken = cr_strdup(for_all);

    broken[strlen(broken) - 20] ^= 1;
    assert_int_equal(status_as(&l, for_run, "GET", P "/services", NULL), 200);
    assert_int_equal(status_as(&l, for_run, "GET", "/storage/v1/b?project=p", NULL), 401);
    assert_int_equal(status_as(&l, for_all, "GET", "/storage/v1/b?project=p", NULL), 200);
    assert_int_equal(status_as(&l, past, "GET", P "/services", NULL), 401);
    assert_int_equal(status_as(&l, broken, "GET", P "/services", NULL), 401);
    json_decref(run);
    json_decref(all);
    json_decref(old);
    teardown(&l, key);
}

#define CLIENT "client_id=id&client_secret=se%3Acret"
#define REFRESH "grant_type=refresh_token&" CLIENT "&refresh_token="

TEST(refresh_tokens)
{
    static const struct {
        const char *form;
        int status;
        const char *error;
    } cases[] = {
        {REFRESH "good", 200, ""},
        {REFRESH "good&scope=email", 200, ""},
        {REFRESH "good&scope=other", 400, "invalid_scope"},
        {REFRESH "unknown", 400, "invalid_grant"},
        {REFRESH "revoked", 400, "invalid_grant"},
        {REFRESH "rapt", 400, "invalid_grant"},
        {REFRESH "elsewhere", 401, "unauthorized_client"},
        {REFRESH, 400, "invalid_request"},
        {"grant_type=refresh_token&client_id=id&client_secret=x&refresh_token=good", 401, "invalid_client"},
        {"grant_type=refresh_token&client_id=no&client_secret=x&refresh_token=good", 401, "invalid_client"},
        {"grant_type=refresh_token&client_id=id&refresh_token=good", 400, "invalid_request"},
        {"grant_type=refresh_token&refresh_token=good", 400, "invalid_request"},
        {"grant_type=password", 400, "unsupported_grant_type"},
        {"", 400, "invalid_request"},
    };
    static const char seed[] =
        "{\"refreshTokens\": [{\"token\": \"good\", \"clientId\": \"id\", \"email\": \"u@x\", \"scope\": \"openid "
        "email\"},"
        "{\"token\": \"revoked\", \"clientId\": \"id\", \"email\": \"u@x\", \"revoked\": true},"
        "{\"token\": \"rapt\", \"clientId\": \"id\", \"email\": \"u@x\", \"error\": \"rapt_required\"},"
        "{\"token\": \"turns\", \"clientId\": \"id\", \"email\": \"u@x\", \"rotate\": true},"
        "{\"token\": \"elsewhere\", \"clientId\": \"other\", \"email\": \"u@x\"}]}";
    struct local l;
    EVP_PKEY *key = setup(&l);
    CR_AUTO_FREE char *token = NULL, *next = NULL;
    struct answer a;

    assert_int_equal(call_status(&l, "POST", "/local/auth", seed), 200);
    for (size_t i = 0; i < CR_LEN(cases); i++) {
        a = form(&l, "/token", cases[i].form);
        if (a.status != cases[i].status || strcmp(at(a.json, "error"), cases[i].error) != 0)
            fail_msg("case %zu: %d %s", i, a.status, at(a.json, "error"));
        answer_clear(&a);
    }
    a = form(&l, "/token", REFRESH "rapt");
    assert_string_equal(at(a.json, "error_subtype"), "rapt_required");
    answer_clear(&a);
    a = form(&l, "/token", REFRESH "good");
    assert_true(local_identity_valid(&l, at(a.json, "id_token"), "id"));
    answer_clear(&a);
    a = form(&l, "/token", REFRESH "turns");
    next = cr_format("%s%s", REFRESH, at(a.json, "refresh_token"));
    assert_true(strlen(next) > strlen(REFRESH) + 20);
    token = token_of(&a);
    a = form(&l, "/token", REFRESH "turns");
    assert_string_equal(at(a.json, "error"), "invalid_grant");
    answer_clear(&a);
    platform_again(&l); /* what was registered outlives the daemon, tokens do not */
    assert_int_equal(status_as(&l, token, "GET", P "/services", NULL), 401);
    a = form(&l, "/token", next);
    assert_int_equal(a.status, 200);
    answer_clear(&a);
    teardown(&l, key);
}

/* The parameter of the URL the browser is sent to; new. */
static char *param(const char *url, const char *name)
{
    struct local_request rq;
    char *value;

    assert_non_null(url);
    local_request_init(&rq, "GET", strchr(url, '?') ? strchr(url, '?') : "?");
    value = cr_strdup(local_query(&rq, name) ? local_query(&rq, name) : "");
    local_request_clear(&rq);
    return value;
}

#define ASK         \
    "/o/oauth2/v2/" \
    "auth?response_type=code&client_id=id&access_type=offline&scope=openid+email&state=s%26t&redirect_uri="
#define BACK "http%3A%2F%2F127.0.0.1%3A9%2F"
/* Source: RFC 7636 appendix B. */
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

TEST(a_code_is_good_once_with_its_verifier)
{
    static const struct {
        const char *rest, *error;
    } cases[] = {
        {"&redirect_uri=" BACK "&code_verifier=" VERIFIER, ""},
        {"&redirect_uri=" BACK "&code_verifier=x" VERIFIER, "invalid_grant"},
        {"&redirect_uri=" BACK, "invalid_grant"},
        {"&redirect_uri=http%3A%2F%2F127.0.0.1%3A8%2F&code_verifier=" VERIFIER, "redirect_uri_mismatch"},
    };
    struct local l;
    EVP_PKEY *key = setup(&l);
    struct answer a;

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_FREE char *back = NULL, *code = NULL, *text = NULL;

        a = call(&l, "GET", ASK BACK CHALLENGE, NULL);
        assert_int_equal(a.status, 302);
        back = param(a.location, "state");
        code = param(a.location, "code");
        assert_string_equal(back, "s&t");
        answer_clear(&a);
        text = cr_format("grant_type=authorization_code&%s&code=%s%s", CLIENT, code, cases[i].rest);
        a = form(&l, "/token", text);
        assert_string_equal(at(a.json, "error"), cases[i].error);
        if (!*cases[i].error) {
            assert_string_equal(at(a.json, "scope"), "openid email");
            assert_true(*at(a.json, "refresh_token"));
        }
        answer_clear(&a);
        a = form(&l, "/token", text);
        assert_string_equal(at(a.json, "error"), "invalid_grant");
        answer_clear(&a);
    }
    teardown(&l, key);
}

TEST(a_login_is_refused_where_it_must_be)
{
    static const char *const wrong[] = {
        "/o/oauth2/auth?response_type=code&client_id=no&scope=x&redirect_uri=" BACK,
        "/o/oauth2/auth?response_type=token&client_id=id&scope=x&redirect_uri=" BACK,
        "/o/oauth2/auth?response_type=code&client_id=id&redirect_uri=" BACK,
        "/o/oauth2/auth?response_type=code&client_id=id&scope=x",
        "/o/oauth2/auth?response_type=code&client_id=id&scope=x&redirect_uri=https%3A%2F%2Fexample.com%2F",
        "/o/oauth2/auth?response_type=code&client_id=id&scope=x&redirect_uri=http%3A%2F%2Flocalhost.example.com%2F",
        "/o/oauth2/auth?response_type=code&client_id=id&scope=x&redirect_uri=urn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob",
        ASK BACK "&code_challenge_method=S256&code_challenge=short",
        ASK BACK "&code_challenge_method=S512&code_challenge=" VERIFIER,
    };
    struct local l;
    EVP_PKEY *key = setup(&l);
    CR_AUTO_FREE char *error = NULL, *back = NULL;
    struct answer a;

    for (size_t i = 0; i < CR_LEN(wrong); i++)
        if (call_status(&l, "GET", wrong[i], NULL) != 400)
            fail_msg("%s was not refused", wrong[i]);
    assert_int_equal(call_status(&l, "POST", "/local/auth", "{\"login\": {\"error\": \"access_denied\"}}"), 200);
    a = call(&l, "GET", ASK BACK, NULL);
    error = param(a.location, "error");
    back = param(a.location, "state");
    assert_string_equal(error, "access_denied");
    assert_string_equal(back, "s&t");
    answer_clear(&a);
    teardown(&l, key);
}

TEST(tokens_are_looked_at_and_revoked)
{
    struct local l;
    EVP_PKEY *key = setup(&l);
    CR_AUTO_FREE char *token = NULL, *query = NULL, *revoke = NULL;
    struct answer a;

    assert_int_equal(call_status(&l, "POST", "/local/auth",
                                 "{\"refreshTokens\": [{\"token\": \"r\", \"clientId\": \"id\", \"email\": \"u@x\"}]}"),
                     200);
    a = form(&l, "/token", REFRESH "r");
    token = token_of(&a);
    query = cr_format("/tokeninfo?access_token=%s", token);
    a = call(&l, "GET", query, NULL);
    assert_string_equal(at(a.json, "email"), "u@x");
    assert_string_equal(at(a.json, "azp"), "id");
    answer_clear(&a);
    revoke = cr_format("token=%s", token); /* takes the refresh token along */
    a = form(&l, "/revoke", revoke);
    assert_int_equal(a.status, 200);
    answer_clear(&a);
    assert_int_equal(call_status(&l, "GET", query, NULL), 400);
    a = form(&l, "/token", REFRESH "r");
    assert_string_equal(at(a.json, "error"), "invalid_grant");
    answer_clear(&a);
    a = form(&l, "/revoke", revoke);
    assert_string_equal(at(a.json, "error"), "invalid_token");
    answer_clear(&a);
    teardown(&l, key);
}

TEST(delegates_are_checked_hop_by_hop)
{
    static const char aud[] = "https://oauth2.googleapis.com/token", scope[] = "\"scope\": [\"" CLOUD "\"]";
    static const struct {
        const char *target, *delegates, *more;
        int status;
    } cases[] = {
        {"b@p", "", scope, 200},
        {"c@p", "", scope, 403},
        {"c@p", "\"projects/-/serviceAccounts/b@p\"", scope, 200},
        {"b@p", "\"projects/-/serviceAccounts/c@p\"", scope, 403},
        {"c@p", "\"b@p\"", scope, 400},
        {"b@p", "", "\"scope\": []", 400},
        {"b@p", "", "\"scope\": [\"x\"], \"lifetime\": \"3601s\"", 400},
        {"b@p", "", "\"scope\": [\"x\"], \"lifetime\": \"60s\"", 200},
    };
    struct local l;
    EVP_PKEY *key = setup(&l);
    CR_AUTO_FREE char *token = NULL;
    struct answer a;

    a = assertion(&l, key, claims("a@p", aud, now_s(), now_s() + 3600, "scope", CLOUD));
    token = token_of(&a);
    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_FREE char *path = cr_format(ACCOUNT "%s:generateAccessToken", cases[i].target);
        CR_AUTO_FREE char *body = cr_format("{\"delegates\": [%s], %s}", cases[i].delegates, cases[i].more);
        CR_AUTO_FREE char *header = cr_format("Authorization: Bearer %s", token);

        a = call_full(&l, "POST", path, header, body, strlen(body), -1);
        if (a.status != cases[i].status)
            fail_msg("case %zu: %d %s", i, a.status, at(a.json, "error.message"));
        if (a.status == 403)
            assert_string_equal(at(a.json, "error.message"),
                                "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not "
                                "exist).");
        if (a.status == 200)
            assert_int_equal(status_as(&l, at(a.json, "accessToken"), "GET", P "/services", NULL),
                             strstr(cases[i].more, "auth/") ? 200 : 403);
        answer_clear(&a);
    }
    teardown(&l, key);
}

TEST(what_google_signs_for_an_account_is_taken_from_it)
{
    struct local l;
    EVP_PKEY *key = setup(&l);
    CR_AUTO_FREE char *payload = cr_format(
        "{\"payload\": \"{\\\"iss\\\":\\\"b@p\\\",\\\"sub\\\":\\\"b@p\\\",\\\"aud\\\":\\\"https://run.googleapis.com/"
        "\\\",\\\"iat\\\":%lld,\\\"exp\\\":%lld}\"}",
        (long long)now_s(), (long long)now_s() + 600);
    struct answer a = call(&l, "POST", ACCOUNT "b@p:signJwt", payload);

    assert_int_equal(status_as(&l, at(a.json, "signedJwt"), "GET", P "/services", NULL), 200);
    answer_clear(&a);
    a = call(&l, "POST", ACCOUNT "b@p:signBlob", "{\"payload\": \"aGVsbG8=\"}");
    assert_int_equal(a.status, 200);
    assert_int_equal(strlen(at(a.json, "signedBlob")), 344); /* 256 bytes */
    answer_clear(&a);
    a = call(&l, "POST", ACCOUNT "b@p:generateIdToken", "{\"audience\": \"https://s\", \"includeEmail\": true}");
    assert_true(local_identity_valid(&l, at(a.json, "token"), "https://s"));
    answer_clear(&a);
    teardown(&l, key);
}

TEST(what_is_registered_is_checked)
{
    static const char *const wrong[] = {
        "[]",
        "{\"client\": []}",
        "{\"clients\": {}}",
        "{\"clients\": [{}]}",
        "{\"clients\": [{\"clientId\": 1}]}",
        "{\"clients\": [{\"clientId\": \"a\", \"secret\": \"b\"}]}",
        "{\"serviceAccounts\": [{\"email\": \"a\"}]}",
        "{\"serviceAccounts\": [{\"email\": \"a\", \"publicKeyPem\": \"x\"}]}",
        "{\"login\": {\"mail\": \"a\"}}",
        "{\"tokenLifetime\": \"60\"}",
    };
    struct local l;
    struct answer a;

    platform_start(&l);
    for (size_t i = 0; i < CR_LEN(wrong); i++)
        if (call_status(&l, "POST", "/local/auth", wrong[i]) != 400)
            fail_msg("%s was taken", wrong[i]);
    assert_int_equal(call_status(&l, "POST", "/local/auth",
                                 "{\"clients\": [{\"clientId\": \"a\", \"clientSecret\": "
                                 "\"old\"}]}"),
                     200);
    a = call(&l, "POST", "/local/auth", "{\"clients\": [{\"clientId\": \"a\", \"clientSecret\": \"new\"}]}");
    assert_string_equal(at(a.json, "clients.0.clientId"), "a");
    assert_string_equal(at(a.json, "clients.0.clientSecret"), "");
    assert_string_equal(at(a.json, "clients.1.clientId"), "");
    answer_clear(&a);
    platform_stop(&l);
}

TEST(metadata_speaks_of_the_account)
{
    static const char base[] = "/computeMetadata/v1/instance/service-accounts/default/";
    CR_AUTO_FREE char *identity = cr_format("%sidentity?audience=https%%3A%%2F%%2Fs&format=full", base);
    CR_AUTO_FREE char *token = cr_format("%stoken?scopes=email,openid", base),
                      *whole = cr_format("%s?recursive=true", base);
    struct local l;
    struct answer a;

    platform_start(&l);
    assert_int_equal(call_status(&l, "POST", "/local/auth",
                                 "{\"metadata\": {\"email\": \"m@p\", \"absent\": [\"universe/universe-domain\"]}}"),
                     200);
    a = call_full(&l, "GET", whole, "Metadata-Flavor: Google", NULL, 0, -1);
    assert_string_equal(at(a.json, "email"), "m@p");
    answer_clear(&a);
    a = call_full(&l, "GET", identity, "Metadata-Flavor: Google", NULL, 0, -1);
    assert_true(local_identity_valid(&l, a.text, "https://s"));
    answer_clear(&a);
    a = call_full(&l, "GET", token, "Metadata-Flavor: Google", NULL, 0, -1);
    assert_int_equal(status_as(&l, at(a.json, "access_token"), "GET", P "/services", NULL), 403);
    answer_clear(&a);
    a = call_full(&l, "GET", "/computeMetadata/v1/universe/universe-domain", "Metadata-Flavor: Google", NULL, 0, -1);
    assert_int_equal(a.status, 404);
    answer_clear(&a);
    platform_stop(&l);
}

TEST_MAIN(cmocka_unit_test(an_assertion_is_verified), cmocka_unit_test(a_token_expires_and_its_scope_counts),
          cmocka_unit_test(a_self_signed_jwt_is_a_token_for_its_service), cmocka_unit_test(refresh_tokens),
          cmocka_unit_test(a_code_is_good_once_with_its_verifier),
          cmocka_unit_test(a_login_is_refused_where_it_must_be), cmocka_unit_test(tokens_are_looked_at_and_revoked),
          cmocka_unit_test(delegates_are_checked_hop_by_hop),
          cmocka_unit_test(what_google_signs_for_an_account_is_taken_from_it),
          cmocka_unit_test(what_is_registered_is_checked), cmocka_unit_test(metadata_speaks_of_the_account))
