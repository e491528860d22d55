#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "gcp/auth_external.h"
#include "gcp/auth_oauth.h"
#include "lib/fake_http.h"

#define POOL "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"
#define META "http://169.254.169.254/latest/"
#define ZONE META "meta-data/placement/availability-zone"
#define KEYS META "meta-data/iam/security-credentials"
#define SESSION META "api/token"
#define CRED(more)                                                                                         \
    "{\"type\":\"external_account\",\"audience\":\"" POOL "\",\"subject_token_type\":\"" GCP_SUBJECT_AWS   \
    "\",\"credential_source\":{\"environment_id\":\"aws1\",\"region_url\":\"" ZONE "\",\"url\":\"" KEYS    \
    "\",\"regional_cred_verification_url\":\"https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&" \
    "Version=2011-06-15\"" more "}}"
#define V2 ",\"imdsv2_session_token_url\":\"" SESSION "\""
#define GOT "{\"access_token\":\"ya29.d\",\"expires_in\":3599}"
#define ROLE                                                                \
    "{\"AccessKeyId\":\"AKIDEXAMPLE\",\"SecretAccessKey\":\"wJalrXUtnFEMI/" \
    "K7MDENG+bPxRfiCYEXAMPLEKEY\",\"Token\":\"S\"}"

/* Computed apart, with Python's hmac and hashlib over the canonical request that AWS documents. */
#define AWS_SIGNATURE "787d63eb54666648254837fe43b2f75009897fee020ce77bc1ff408845dc2569"

struct variable {
    const char *name, *value;
};

static const char *lookup(void *ud, const char *name)
{
    for (const struct variable *v = ud; v && v->name; v++)
        if (strcmp(v->name, name) == 0)
            return v->value;
    return NULL;
}

static int token_of(struct fake_http *f, const struct variable *environment, const char *cred, struct cr_error *err)
{
    const struct gcp_auth_env env = {.http = &f->vtable, .getenv = lookup, .ud = (void *)(uintptr_t)environment};
    struct gcp_auth *auth = NULL;
    const char *token;
    int rc = gcp_auth_from_json(&env, cred, "x.json", &auth, err);

    if (rc == 0)
        rc = auth->token(auth, false, &token, err);
    if (rc == 0)
        assert_string_equal(token, "ya29.d");
    gcp_auth_free(auth);
    return rc;
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

static const struct variable keys[] = {{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                                       {"AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
                                       {"AWS_DEFAULT_REGION", "eu-west-1"},
                                       {0}};

TEST(keys_of_the_environment_need_no_metadata)
{
    static const struct fake_step steps[] = {
        /* Encoded once as the token, and once more as a field of the form. */
        {"POST", "https://sts.googleapis.com/v1/token", .status = 200, .body = GOT,
         .want_body = "subject_token=%257B%2522headers%2522"},
    };
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, steps);
    assert_ok(token_of(&f, keys, CRED(V2), &err), &err);
    assert_non_null(strstr(f.sent[0].body, "sts.eu-west-1.amazonaws.com"));
    assert_null(strstr(f.sent[0].body, "wJalrXUtnFEMI"));
    assert_null(strstr(f.sent[0].body, "security-token"));
    fake_http_end(&f);
}

TEST(a_machine_has_a_role)
{
    static const struct fake_step v1[] = {
        {"GET", ZONE, .status = 200, .body = "us-east-2b"},
        {"GET", KEYS, .status = 200, .body = "role\n"},
        {"GET", KEYS "/role", .status = 200, .body = ROLE},
        {"POST", NULL, .status = 200, .body = GOT, .want_body = "sts.us-east-2.amazonaws.com"},
    };
    static const struct fake_step v2[] = {
        {"PUT", SESSION, .status = 200, .body = "imds", .want_head = "X-aws-ec2-metadata-token-ttl-seconds: 300"},
        {"GET", ZONE, .status = 200, .body = "us-east-2b", .want_head = "X-aws-ec2-metadata-token: imds"},
        {"GET", KEYS, .status = 200, .body = "role", .want_head = "X-aws-ec2-metadata-token: imds"},
        {"GET", KEYS "/role", .status = 200, .body = ROLE, .want_head = "X-aws-ec2-metadata-token: imds"},
        {"POST", NULL, .status = 200, .body = GOT, .want_body = "x-amz-security-token"},
    };
    struct cr_error err = {0};
    struct fake_http f;

    FAKE_HTTP(&f, v1);
    assert_ok(token_of(&f, NULL, CRED(""), &err), &err);
    fake_http_end(&f);
    FAKE_HTTP(&f, v2);
    assert_ok(token_of(&f, NULL, CRED(V2), &err), &err);
    fake_http_end(&f);
}

TEST(odd_answers_are_refused_before_anything_is_signed)
{
    static const struct {
        struct fake_step steps[3];
        size_t n;
        const char *msg;
    } rows[] = {
        {{{"GET", ZONE, .status = 404}}, 1, "HTTP 404"},
        {{{"GET", ZONE, .status = 200, .body = ""}}, 1, "AWS region"},
        {{{"GET", ZONE, .status = 200, .body = "evil.test/?"}}, 1, "AWS region"},
        {{{"GET", ZONE, .status = 200,
           .body = "a\xff"
                   "bc"}},
         1,
         "AWS region"},
        {{{"GET", ZONE, .status = 200, .body = "us-east-2b"}, {"GET", KEYS, .status = 200, .body = ""}}, 2, "no role"},
        {{{"GET", ZONE, .status = 200, .body = "us-east-2b"}, {"GET", KEYS, .status = 200, .body = "../x?"}},
         2,
         "no role"},
        {{{"GET", ZONE, .status = 200, .body = "us-east-2b"},
          {"GET", KEYS, .status = 200, .body = "r"},
          {"GET", KEYS "/r", .status = 200, .body = "{}"}},
         3,
         "gives no keys"},
        {{{"GET", ZONE, .status = 200, .body = "us-east-2b"},
          {"GET", KEYS, .status = 200, .body = "r"},
          {"GET", KEYS "/r", .status = 200, .body = "{\"AccessKeyId\":\"a\\nb\",\"SecretAccessKey\":\"c\"}"}},
         3,
         "characters"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        struct cr_error err = {0};
        struct fake_http f;

        fake_http_init(&f, rows[i].steps, rows[i].n);
        assert_int_equal(token_of(&f, NULL, CRED(""), &err), -1);
        if (!strstr(err.msg, rows[i].msg))
            fail_msg("row %zu: %s", i, err.msg);
        assert_int_equal(err.code, CR_E_AUTH);
        fake_http_end(&f);
    }
}

TEST(metadata_elsewhere_and_other_versions_are_refused)
{
    static const struct {
        const char *key, *value, *msg;
    } rows[] = {
        {"region_url", "http://169.254.169.254.evil.test/z", "not AWS's metadata"},
        {"region_url", "http://169.254.169.254@evil.test/z", "not AWS's metadata"},
        {"region_url", "https://evil.test/z", "not AWS's metadata"},
        {"imdsv2_session_token_url", "http://10.0.0.1/", "not AWS's metadata"},
        {"environment_id", "aws2", "aws1 is what is known"},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        json_t *cred = json_loads(CRED(V2), 0, NULL);
        struct cr_error err = {0};
        struct fake_http f;
        char *text;

        json_object_set_new(json_object_get(cred, "credential_source"), rows[i].key, json_string(rows[i].value));
        text = json_dumps(cred, 0);
        fake_http_init(&f, NULL, 0);
        assert_int_equal(token_of(&f, NULL, text, &err), -1);
        if (!strstr(err.msg, rows[i].msg))
            fail_msg("row %zu: %s", i, err.msg);
        fake_http_end(&f);
        free(text);
        json_decref(cred);
    }
}

TEST_MAIN(cmocka_unit_test(aws_is_signed_as_aws_documents), cmocka_unit_test(keys_of_the_environment_need_no_metadata),
          cmocka_unit_test(a_machine_has_a_role), cmocka_unit_test(odd_answers_are_refused_before_anything_is_signed),
          cmocka_unit_test(metadata_elsewhere_and_other_versions_are_refused))
