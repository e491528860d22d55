/*
 * token_fixture.h - what tests of tokens share: a platform with one service account, forms, assertions.
 *
 * Ownership: setup() to teardown(); answers and texts returned are the caller's. Errors: they fail the test.
 */
#ifndef TOKEN_FIXTURE_H
#define TOKEN_FIXTURE_H

#include "lib/test.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/auto.h"
#include "base/clock.h"
#include "base/hash.h"
#include "lib/local_call.h"
#include "local/message.h"
#include "local/token_jwt.h"
#include "local/token_store.h"

#define ACCOUNT "/v1/projects/-/serviceAccounts/"
#define CLOUD "https://www.googleapis.com/auth/cloud-platform"
#define POOL "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x"

/* A platform with the accounts a and b of one key, an OAuth client, an issuer of that same key, and who may act as
 * whom: a as b, b as c. */
static inline EVP_PKEY *setup(struct local *l)
{
    CR_AUTO_FREE char *path = NULL, *pem = NULL, *text = NULL;
    struct cr_error err = {0};
    EVP_PKEY *key = NULL;
    json_t *seed;

    platform_start(l);
    path = cr_format("%s/test.pem", l->state);
    assert_ok(local_key_open(path, &key, &err), &err);
    pem = local_key_pem(key);
    seed = json_pack("{s:[{s:s, s:s}, {s:s, s:s}], s:[{s:s, s:s}], s:[{s:s, s:s}], s:[{s:s, s:s}, {s:s, s:s}]}",
                     "serviceAccounts", "email", "a@p", "publicKeyPem", pem, "email", "b@p", "publicKeyPem", pem,
                     "clients", "clientId", "id", "clientSecret", "se:cret", "issuers", "issuer", "https://issuer",
                     "publicKeyPem", pem, "impersonation", "caller", "a@p", "target", "b@p", "caller", "b@p", "target",
                     "c@p");
    text = json_dumps(seed, 0);
    json_decref(seed);
    assert_int_equal(call_status(l, "POST", "/local/auth", text), 200);
    return key;
}

static inline void teardown(struct local *l, EVP_PKEY *key)
{
    EVP_PKEY_free(key);
    platform_stop(l);
}

static inline json_int_t now_s(void)
{
    return (json_int_t)(cr_wall_ms() / 1000);
}

static inline struct answer form(struct local *l, const char *path, const char *text)
{
    return call_full(l, "POST", path, "Content-Type: application/x-www-form-urlencoded", text, strlen(text), -1);
}

/* What /token says to an assertion of these claims. */
static inline struct answer assertion(struct local *l, EVP_PKEY *key, json_t *claims)
{
    CR_AUTO_FREE char *jwt = local_jwt_sign(key, "k", claims);
    CR_AUTO_FREE char *text =
        cr_format("grant_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3Agrant-type%%3Ajwt-bearer&assertion=%s", jwt);

    json_decref(claims);
    return form(l, "/token", text);
}

static inline json_t *claims(const char *iss, const char *aud, json_int_t iat, json_int_t exp, const char *name,
                             const char *value)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:s}", "iss", iss, "aud", aud, "iat", iat, "exp", exp, name, value);
}

static inline int status_as(struct local *l, const char *token, const char *method, const char *target,
                            const char *body)
{
    CR_AUTO_FREE char *header = cr_format("Authorization: Bearer %s", token);
    struct answer a = call_full(l, method, target, header, body, body ? strlen(body) : 0, -1);
    int status = a.status;

    answer_clear(&a);
    return status;
}

static inline char *token_of(struct answer *a)
{
    char *token = cr_strdup(at(a->json, "access_token"));

    assert_int_equal(a->status, 200);
    assert_true(*token);
    answer_clear(a);
    return token;
}

#endif
