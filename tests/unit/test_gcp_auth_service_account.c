#include "lib/test.h"

#include "lib/fake_http.h"
#include "lib/rsa_key.h"

#include <string.h>

#include "gcp/auth_json.h"

#define TOKEN "https://oauth2.googleapis.com/token"
#define SENT "https://oauth.test/token"
#define NOW 1767323045 /* of the fake clock, in seconds */

static struct gcp_auth_env env_of(struct fake_http *f)
{
    return (struct gcp_auth_env){.http = &f->vtable, .oauth = "https://oauth.test", .iam = "https://iam.test"};
}

static const char *text_at(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

/* The signed request inside the form that was sent as number i. */
static json_t *assertion_of(const struct fake_http *f, int i, const struct rsa_key *k)
{
    static const char head[] = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";

    assert_memory_equal(f->sent[i].body, head, strlen(head));
    assert_true(fake_http_sent_header(f, i, "Content-Type: application/x-www-form-urlencoded"));
    return rsa_key_check(k, f->sent[i].body + strlen(head));
}

TEST(a_key_signs_a_request_for_a_token)
{
    static const struct fake_step steps[] = {
        {"POST", SENT, .status = 200, .body = "{\"access_token\":\"ya29.one\",\"expires_in\":3599}"},
        {"POST", SENT, .status = 200, .body = "{\"access_token\":\"ya29.two\",\"expires_in\":\"3599\"}"},
        {"POST", SENT, .status = 200, .body = "{\"access_token\":\"ya29.three\"}"},
    };
    struct cr_error err = {0};
    struct gcp_auth *auth = NULL;
    struct gcp_auth_env env;
    const char *token = NULL;
    struct fake_http f;
    struct rsa_key k;
    json_t *claims;

    FAKE_HTTP(&f, steps);
    env = env_of(&f);
    rsa_key_new(&k, TOKEN);
    assert_ok(gcp_auth_from_json(&env, k.file, "key.json", &auth, &err), &err);
    assert_int_equal(f.nsent, 0);
    assert_ok(auth->token(auth, false, &token, &err), &err);
    assert_string_equal(token, "ya29.one");
    assert_true(auth->expires_ms == (NOW + 3599) * 1000LL);
    claims = assertion_of(&f, 0, &k);
    assert_string_equal(text_at(claims, "iss"), RSA_KEY_EMAIL);
    assert_string_equal(text_at(claims, "aud"), TOKEN);
    assert_string_equal(text_at(claims, "scope"), GCP_SCOPE);
    assert_int_equal(json_integer_value(json_object_get(claims, "iat")), NOW);
    assert_int_equal(json_integer_value(json_object_get(claims, "exp")), NOW + 3600);
    json_decref(claims);
    f.vtable.sleep_ms(&f.vtable, 3370 * 1000); /* a moment before the margin */
    assert_ok(auth->token(auth, false, &token, &err), &err);
    assert_string_equal(token, "ya29.one");
    f.vtable.sleep_ms(&f.vtable, 10 * 1000);
    assert_ok(auth->token(auth, false, &token, &err), &err);
    assert_string_equal(token, "ya29.two");
    assert_true(auth->expires_ms == (NOW + 3380 + 3599) * 1000LL);
    assert_ok(auth->token(auth, true, &token, &err), &err);
    assert_string_equal(token, "ya29.three");
    gcp_auth_free(auth);
    rsa_key_end(&k);
    fake_http_end(&f);
}

TEST(the_audience_is_googles_wherever_the_file_sends_the_request)
{
    static const struct fake_step steps[] = {
        {"POST", "https://tokens.example.com/t", .status = 200, .body = "{\"access_token\":\"a\"}"},
    };
    struct cr_error err = {0};
    struct gcp_auth *auth = NULL;
    struct gcp_auth_env env;
    const char *token = NULL;
    struct fake_http f;
    struct rsa_key k;
    json_t *claims;

    FAKE_HTTP(&f, steps);
    env = env_of(&f);
    rsa_key_new(&k, "https://tokens.example.com/t");
    assert_int_equal(gcp_auth_from_json(&env, k.file, "key.json", &auth, &err), -1);
    assert_int_equal(err.code, CR_E_AUTH);
    assert_non_null(strstr(err.msg, "tokens.example.com"));
    assert_non_null(strstr(err.hint, "--allow-custom-endpoints"));
    env.allow_custom = true;
    err = (struct cr_error){0};
    assert_ok(gcp_auth_from_json(&env, k.file, "key.json", &auth, &err), &err);
    assert_ok(auth->token(auth, false, &token, &err), &err);
    claims = assertion_of(&f, 0, &k);
    assert_string_equal(text_at(claims, "aud"), TOKEN);
    json_decref(claims);
    gcp_auth_free(auth);
    rsa_key_end(&k);
    fake_http_end(&f);
}

TEST(a_self_signed_token_asks_nobody)
{
    static const struct fake_step none[1] = {{.method = "GET"}};
    struct cr_error err = {0};
    struct gcp_auth *auth = NULL;
    struct gcp_auth_env env;
    const char *token = NULL;
    struct fake_http f;
    struct rsa_key k;
    json_t *claims;
    char *first;

    fake_http_init(&f, none, 0);
    env = env_of(&f);
    env.self_signed = true;
    rsa_key_new(&k, TOKEN);
    assert_ok(gcp_auth_from_json(&env, k.file, "key.json", &auth, &err), &err);
    assert_ok(auth->token(auth, false, &token, &err), &err);
    claims = rsa_key_check(&k, token);
    assert_string_equal(text_at(claims, "iss"), RSA_KEY_EMAIL);
    assert_string_equal(text_at(claims, "sub"), RSA_KEY_EMAIL);
    assert_string_equal(text_at(claims, "scope"), GCP_SCOPE);
    assert_null(json_object_get(claims, "aud")); /* either scope or aud */
    json_decref(claims);
    first = cr_strdup(token);
    f.vtable.sleep_ms(&f.vtable, 3500 * 1000);
    assert_ok(auth->token(auth, false, &token, &err), &err);
    assert_string_not_equal(token, first);
    free(first);
    gcp_auth_free(auth);
    rsa_key_end(&k);
    fake_http_end(&f);
}

/* header.{"exp":1767326645}.x */
#define ID_TOKEN "e30.eyJleHAiOjE3NjczMjY2NDV9.x"

TEST(an_identity_token_is_kept_for_its_audience)
{
    static const struct fake_step steps[] = {
        {"POST", SENT, .status = 200, .body = "{\"id_token\":\"" ID_TOKEN "\"}"},
        {"POST", SENT, .status = 200, .body = "{\"id_token\":\"" ID_TOKEN "2\"}"},
        {"POST", SENT, .status = 200, .body = "{\"access_token\":\"x\"}"},
    };
    struct cr_error err = {0};
    struct gcp_auth *auth = NULL;
    struct gcp_auth_env env;
    const char *token = NULL;
    struct fake_http f;
    struct rsa_key k;
    json_t *claims;

    FAKE_HTTP(&f, steps);
    env = env_of(&f);
    rsa_key_new(&k, TOKEN);
    assert_ok(gcp_auth_from_json(&env, k.file, "key.json", &auth, &err), &err);
    assert_ok(auth->identity(auth, "https://a.run.app", &token, &err), &err);
    assert_string_equal(token, ID_TOKEN);
    claims = assertion_of(&f, 0, &k);
    assert_string_equal(text_at(claims, "target_audience"), "https://a.run.app");
    assert_null(json_object_get(claims, "scope"));
    json_decref(claims);
    assert_ok(auth->identity(auth, "https://a.run.app", &token, &err), &err);
    assert_ok(auth->identity(auth, "https://b.run.app", &token, &err), &err);
    assert_string_equal(token, ID_TOKEN "2");
    token = "unset";
    assert_int_equal(auth->identity(auth, "https://c.run.app", &token, &err), -1);
    assert_string_equal(token, "unset");
    assert_non_null(strstr(err.msg, "id_token"));
    gcp_auth_free(auth);
    rsa_key_end(&k);
    fake_http_end(&f);
}

TEST(a_refused_key_is_told_in_words)
{
    static const struct {
        struct fake_step step[3];
        int n;
        enum cr_code code;
        const char *msg, *hint;
    } rows[] = {
        {{{.status = 400, .body = "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT Signature.\"}"}},
         1,
         CR_E_AUTH,
         "key.json",
         "gcloud iam service-accounts keys create FILE --iam-account=" RSA_KEY_EMAIL},
        {{{.status = 401, .body = "{\"error\":\"invalid_client\"}"}}, 1, CR_E_AUTH, "invalid_client", "OAuth client"},
        {{{.status = 200, .body = "{}"}}, 1, CR_E_API, "access_token", ""},
        {{{.status = 200, .body = "<html>"}}, 1, CR_E_API, "no JSON", "proxy"},
        {{{.status = 200, .body = "{\"access_token\":\"a\\nb\"}"}}, 1, CR_E_AUTH, "no token", ""},
        {{{.status = 503}, {.status = 503}, {.status = 503, .body = "{\"error\":\"temporarily_unavailable\"}"}},
         3,
         CR_E_NET,
         "after 3 tries",
         "again"},
        {{{.fault = GCP_FAULT_BROKEN}, {.fault = GCP_FAULT_TIMEOUT}, {.fault = GCP_FAULT_NOT_SENT}},
         3,
         CR_E_NET,
         "no answer",
         ""},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        struct gcp_auth *auth = NULL;
        struct gcp_auth_env env;
        const char *token = NULL;
        struct fake_http f;
        struct rsa_key k;

        fake_http_init(&f, rows[i].step, (size_t)rows[i].n);
        env = env_of(&f);
        rsa_key_new(&k, TOKEN);
        assert_ok(gcp_auth_from_json(&env, k.file, "key.json", &auth, &err), &err);
        assert_int_equal(auth->token(auth, false, &token, &err), -1);
        assert_null(token);
        assert_int_equal(err.code, rows[i].code);
        if (!strstr(err.msg, rows[i].msg) || !strstr(err.hint, rows[i].hint))
            fail_msg("row %zu: %s\nhint: %s", i, err.msg, err.hint);
        gcp_auth_free(auth);
        rsa_key_end(&k);
        fake_http_end(&f);
    }
}

TEST(a_key_that_is_none_is_refused_before_anything_is_sent)
{
    static const struct {
        const char *key;
        const char *value; /* NULL: taken away */
        const char *msg;
    } rows[] = {
        {"client_email", NULL, "no 'client_email'"},
        {"private_key", NULL, "no 'private_key'"},
        {"token_uri", NULL, "no 'token_uri'"},
        {"private_key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no RSA key"},
        {"private_key", "", "no 'private_key'"},
        {"token_uri", "http://oauth2.googleapis.com/token", "no https address"},
        {"token_uri", "https://oauth2.googleapis.com.evil.example/token", "not Google's"},
        {"token_uri", "https://oauth2.googleapis.com@evil.example/token", "no https address"},
        {"token_uri", "https://evil.example/.googleapis.com", "not Google's"},
        {"token_uri", "https://evilgoogleapis.com/token", "not Google's"},
        {"token_uri", "http://127.0.0.1:9/token", "not Google's"},
        {"universe_domain", "example.goog", "universe 'example.goog'"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        static const struct fake_step none[1] = {{.method = "GET"}};
        struct cr_error err = {0};
        struct gcp_auth *auth = NULL;
        struct gcp_auth_env env;
        struct fake_http f;
        struct rsa_key k;
        json_t *file;
        char *text;

        fake_http_init(&f, none, 0);
        env = env_of(&f);
        rsa_key_new(&k, TOKEN);
        file = json_loads(k.file, 0, NULL);
        if (rows[i].value)
            json_object_set_new(file, rows[i].key, json_string(rows[i].value));
        else
            json_object_del(file, rows[i].key);
        text = json_dumps(file, 0);
        assert_int_equal(gcp_auth_from_json(&env, text, "key.json", &auth, &err), -1);
        assert_null(auth);
        assert_int_equal(err.code, CR_E_AUTH);
        if (!strstr(err.msg, rows[i].msg) || !strstr(err.msg, "key.json"))
            fail_msg("row %zu: %s", i, err.msg);
        assert_true(*err.hint);
        free(text);
        json_decref(file);
        rsa_key_end(&k);
        fake_http_end(&f);
    }
}

TEST_MAIN(cmocka_unit_test(a_key_signs_a_request_for_a_token),
          cmocka_unit_test(the_audience_is_googles_wherever_the_file_sends_the_request),
          cmocka_unit_test(a_self_signed_token_asks_nobody),
          cmocka_unit_test(an_identity_token_is_kept_for_its_audience),
          cmocka_unit_test(a_refused_key_is_told_in_words),
          cmocka_unit_test(a_key_that_is_none_is_refused_before_anything_is_sent))
