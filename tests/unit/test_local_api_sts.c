#include "lib/test.h"

#include "lib/token_fixture.h"

static struct answer exchange(struct local *l, const char *audience, const char *type, const char *token)
{
    CR_AUTO_FREE char *aud = local_encode(audience), *kind = local_encode(type), *subject = local_encode(token);
    CR_AUTO_FREE char *text =
        cr_format("grant_type=urn:ietf:params:oauth:grant-type:token-exchange&audience=%s&scope=" CLOUD
                  "&requested_token_type=urn:ietf:params:oauth:token-type:access_token&subject_token=%s"
                  "&subject_token_type=%s",
                  aud, subject, kind);

    return form(l, "/v1/token", text);
}

TEST(foreign_tokens_are_exchanged_when_their_issuer_is_known)
{
    static const char jwt[] = "urn:ietf:params:oauth:token-type:jwt";
    static const struct {
        const char *iss, *aud;
        int exp;
        const char *error;
    } cases[] = {
        {"https://issuer", POOL, 600, ""},
        {"https://issuer", "https:" POOL, 600, ""},
        {"https://issuer", "https://example.com", 600, "invalid_grant"},
        {"https://other", POOL, 600, "invalid_grant"},
        {"https://issuer", POOL, -1, "invalid_grant"},
    };
    struct local l;
    EVP_PKEY *key = setup(&l);
    CR_AUTO_FREE char *token = NULL, *query = NULL;
    struct answer a;

    for (size_t i = 0; i < CR_LEN(cases); i++) {
        json_t *said = claims(cases[i].iss, cases[i].aud, now_s() - 60, now_s() + cases[i].exp, "sub", "me");
        CR_AUTO_FREE char *subject = local_jwt_sign(key, "k", said);

        json_decref(said);
        a = exchange(&l, POOL, jwt, subject);
        if (strcmp(at(a.json, "error"), cases[i].error) != 0)
            fail_msg("case %zu: %d %s", i, a.status, at(a.json, "error_description"));
        if (i == 0) {
            token = token_of(&a);
            a = exchange(&l, "//example.com/providers/x", jwt, subject);
            assert_string_equal(at(a.json, "error"), "invalid_target");
        }
        answer_clear(&a);
    }
    query = cr_format("/tokeninfo?access_token=%s", token);
    a = call(&l, "GET", query, NULL);
    assert_string_equal(
        at(a.json, "email"),
        "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/me");
    answer_clear(&a);
    a = exchange(&l, POOL, "urn:ietf:params:oauth:token-type:id_token", "not a token");
    assert_string_equal(at(a.json, "error"), "invalid_request");
    answer_clear(&a);
    teardown(&l, key);
}

static void hex_hmac(const char *secret, const char *const *texts, size_t count, char hex[65])
{
    unsigned char sum[32];
    unsigned int n = 32;
    size_t len = strlen(secret);

    for (size_t i = 0; i < count; i++, len = 32)
        HMAC(EVP_sha256(), i ? (void *)sum : secret, (int)len, (const unsigned char *)texts[i], strlen(texts[i]), sum,
             &n);
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
}

/* The subject token of a workload on AWS with that secret, signed when `age` seconds ago; percent-encoded, new. */
static char *aws_token(const char *secret, const char *resource, int age)
{
    time_t when = (time_t)now_s() - age;
    char stamp[32], day[16], sum[CR_SHA256_HEX], hex[65];
    CR_AUTO_FREE char *text = NULL, *to_sign = NULL, *first = cr_format("AWS4%s", secret), *json = NULL;
    struct tm tm;

    gmtime_r(&when, &tm);
    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
    strftime(day, sizeof(day), "%Y%m%d", &tm);
    cr_sha256("", 0, sum);
    text = cr_format("POST\n/\nAction=GetCallerIdentity&Version=2011-06-15\nhost:sts.eu-west-1.amazonaws.com\n"
                     "x-amz-date:%s\n\nhost;x-amz-date\n%s",
                     stamp, sum);
    cr_sha256(text, strlen(text), sum);
    to_sign = cr_format("AWS4-HMAC-SHA256\n%s\n%s/eu-west-1/sts/aws4_request\n%s", stamp, day, sum);
    hex_hmac(first, (const char *const[]){day, "eu-west-1", "sts", "aws4_request", to_sign}, 5, hex);
    json = cr_format("{\"headers\":[{\"key\":\"Authorization\",\"value\":\"AWS4-HMAC-SHA256 Credential=AK/%s/eu-west-1/"
                     "sts/aws4_request, SignedHeaders=host;x-amz-date, Signature=%s\"},{\"key\":\"host\",\"value\":"
                     "\"sts.eu-west-1.amazonaws.com\"},{\"key\":\"x-amz-date\",\"value\":\"%s\"},{\"key\":"
                     "\"x-goog-cloud-target-resource\",\"value\":\"%s\"}],\"method\":\"POST\",\"url\":"
                     "\"https://sts.eu-west-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15\"}",
                     day, hex, stamp, resource);
    return local_encode(json);
}

TEST(an_aws_request_is_verified)
{
    static const struct {
        const char *secret, *resource;
        int age;
        const char *error;
    } cases[] = {
        {"s3cret", POOL, 0, ""},
        {"s3crex", POOL, 0, "invalid_grant"},
        {"s3cret", "//other", 0, "invalid_grant"},
        {"s3cret", POOL, 1000, "invalid_grant"},
    };
    struct local l;
    EVP_PKEY *key = setup(&l);

    assert_int_equal(call_status(&l, "POST", "/local/auth",
                                 "{\"awsKeys\": [{\"accessKeyId\": \"AK\", \"secretAccessKey\": \"s3cret\"}]}"),
                     200);
    for (size_t i = 0; i < CR_LEN(cases); i++) {
        CR_AUTO_FREE char *token = aws_token(cases[i].secret, cases[i].resource, cases[i].age);
        struct answer a = exchange(&l, POOL, "urn:ietf:params:aws:token-type:aws4_request", token);

        if (strcmp(at(a.json, "error"), cases[i].error) != 0)
            fail_msg("case %zu: %d %s", i, a.status, at(a.json, "error_description"));
        answer_clear(&a);
    }
    teardown(&l, key);
}

TEST(a_workforce_token_is_refreshed_with_basic)
{
    struct local l;
    EVP_PKEY *key = setup(&l);
    static const char text[] = "grant_type=refresh_token&refresh_token=r";
    struct answer a;

    assert_int_equal(call_status(&l, "POST", "/local/auth",
                                 "{\"refreshTokens\": [{\"token\": \"r\", \"clientId\": \"id\", \"email\": \"u@x\"}]}"),
                     200);
    a = form(&l, "/v1/oauthtoken", text);
    assert_int_equal(a.status, 401);
    answer_clear(&a);
    /* id:se:cret and id:wrong */
    a = call_full(&l, "POST", "/v1/oauthtoken", "Authorization: Basic aWQ6c2U6Y3JldA==", text, strlen(text), -1);
    assert_int_equal(a.status, 200);
    answer_clear(&a);
    a = call_full(&l, "POST", "/v1/oauthtoken", "Authorization: Basic aWQ6d3Jvbmc=", text, strlen(text), -1);
    assert_int_equal(a.status, 401);
    answer_clear(&a);
    teardown(&l, key);
}

TEST_MAIN(cmocka_unit_test(foreign_tokens_are_exchanged_when_their_issuer_is_known),
          cmocka_unit_test(an_aws_request_is_verified), cmocka_unit_test(a_workforce_token_is_refreshed_with_basic))
