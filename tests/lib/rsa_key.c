#include "lib/test.h"

#include "lib/rsa_key.h"

#include <string.h>
#include <openssl/bio.h>
#include <openssl/pem.h>

static EVP_PKEY *kept;

void rsa_key_new(struct rsa_key *k, const char *token_uri)
{
    json_t *file;
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long n;

    if (!kept)
        kept = EVP_RSA_gen(2048);
    assert_non_null(kept);
    EVP_PKEY_up_ref(kept);
    k->pkey = kept;
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, kept, NULL, NULL, 0, NULL, NULL), 1);
    n = BIO_get_mem_data(bio, &text);
    k->pem = cr_strndup(text, (size_t)n);
    BIO_free(bio);
    file = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", "service_account", "project_id", "p", "private_key_id",
                     RSA_KEY_ID, "private_key", k->pem, "client_email", RSA_KEY_EMAIL, "token_uri", token_uri);
    k->file = json_dumps(file, 0);
    assert_non_null(k->file);
    json_decref(file);
}

void rsa_key_end(struct rsa_key *k)
{
    EVP_PKEY_free(k->pkey);
    free(k->pem);
    free(k->file);
}

/* base64url by OpenSSL's own decoder, so that ours is not judged by itself. */
static size_t decode(const char *text, size_t n, unsigned char *out)
{
    char padded[4096];
    size_t pad = (4 - n % 4) % 4;

    assert_true(n + pad < sizeof(padded));
    assert_null(memchr(text, '=', n));
    for (size_t i = 0; i < n; i++)
        padded[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    memset(padded + n, '=', pad);
    assert_true(EVP_DecodeBlock(out, (unsigned char *)padded, (int)(n + pad)) >= 0);
    return (n + pad) / 4 * 3 - pad;
}

json_t *rsa_key_check(const struct rsa_key *k, const char *jwt)
{
    const char *dot = strchr(jwt, '.'), *last = strrchr(jwt, '.');
    unsigned char head[4096], claims[4096], signature[4096];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    json_t *header, *payload;
    size_t n;

    assert_true(dot && last > dot);
    n = decode(last + 1, strlen(last + 1), signature);
    assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, k->pkey), 1);
    assert_int_equal(EVP_DigestVerify(ctx, signature, n, (const unsigned char *)jwt, (size_t)(last - jwt)), 1);
    EVP_MD_CTX_free(ctx);
    n = decode(jwt, (size_t)(dot - jwt), head);
    header = json_loadb((char *)head, n, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(header, "alg")), "RS256");
    assert_string_equal(json_string_value(json_object_get(header, "typ")), "JWT");
    assert_string_equal(json_string_value(json_object_get(header, "kid")), RSA_KEY_ID);
    json_decref(header);
    n = decode(dot + 1, (size_t)(last - dot - 1), claims);
    payload = json_loadb((char *)claims, n, 0, NULL);
    assert_non_null(payload);
    return payload;
}
