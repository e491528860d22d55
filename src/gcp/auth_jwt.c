#include "gcp/auth_jwt.h"

#include <stdbool.h>
#include <string.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/auto.h"
#include "base/mem.h"

enum { MIN_BITS = 2048 };

struct gcp_key {
    EVP_PKEY *pkey;
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *gcp_base64url(const void *bytes, size_t n)
{
    const unsigned char *in = bytes;
    char *out = cr_malloc((n + 2) / 3 * 4 + 1), *to = out;
    unsigned bits = 0, held = 0;

    for (size_t i = 0; i < n; i++) {
        held = (held << 8) | in[i];
        for (bits += 8; bits >= 6; bits -= 6)
            *to++ = alphabet[(held >> (bits - 6)) & 63];
    }
    if (bits)
        *to++ = alphabet[(held << (6 - bits)) & 63];
    *to = '\0';
    return out;
}

/* n characters to text; NULL when one is not of the alphabet. New, *len bytes. */
static char *decode(const char *text, size_t n, size_t *len)
{
    char *out = cr_malloc(n + 1), *to = out;
    unsigned bits = 0, held = 0;

    for (size_t i = 0; i < n; i++) {
        const char *at = text[i] ? strchr(alphabet, text[i]) : NULL;

        if (!at) {
            free(out);
            return NULL;
        }
        held = (held << 6) | (unsigned)(at - alphabet);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *to++ = (char)((held >> bits) & 255);
        }
    }
    *len = (size_t)(to - out);
    return out;
}

json_t *gcp_jwt_claims(const char *jwt)
{
    const char *payload = strchr(jwt, '.');
    CR_AUTO_FREE char *text = NULL;
    json_t *claims;
    size_t n;

    if (!payload || !strchr(payload + 1, '.'))
        return NULL;
    payload++;
    text = decode(payload, strcspn(payload, "."), &n);
    claims = text ? json_loadb(text, n, 0, NULL) : NULL;
    if (json_is_object(claims))
        return claims;
    json_decref(claims);
    return NULL;
}

int64_t gcp_jwt_end_ms(const char *jwt)
{
    json_auto_t *claims = gcp_jwt_claims(jwt);
    json_int_t exp = json_integer_value(json_object_get(claims, "exp"));

    return exp > 0 && exp < INT64_MAX / 1000 ? exp * 1000 : 0;
}

/* A key that asks for a passphrase is refused: nobody is there to type it. */
static int no_passphrase(char *buf, int size, int writing, void *ud)
{
    (void)buf, (void)size, (void)writing, (void)ud;
    return -1;
}

int gcp_key_read(const char *pem, const char *from, struct gcp_key **key, struct cr_error *err)
{
    BIO *bio = cr_oom_check(BIO_new_mem_buf(pem, -1));
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);

    BIO_free(bio);
    ERR_clear_error();
    if (!pkey || EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA || EVP_PKEY_get_bits(pkey) < MIN_BITS) {
        cr_fail(err, CR_E_AUTH, "%s is no RSA key in PEM of %d bits or more", from, MIN_BITS);
        EVP_PKEY_free(pkey);
        return cr_hint(err, "the file may be cut or edited: download the key again, or make a new one");
    }
    *key = cr_calloc(1, sizeof(**key));
    (*key)->pkey = pkey;
    return 0;
}

void gcp_key_free(struct gcp_key *key)
{
    if (key)
        EVP_PKEY_free(key->pkey);
    free(key);
}

/* RSASSA-PKCS1-v1_5 with SHA-256 over the text, as base64url; NULL when OpenSSL refuses. */
static char *sign(const struct gcp_key *key, const char *text)
{
    EVP_MD_CTX *ctx = cr_oom_check(EVP_MD_CTX_new());
    size_t n = (size_t)EVP_PKEY_get_size(key->pkey);
    CR_AUTO_FREE unsigned char *signature = cr_malloc(n);
    bool done = EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
                EVP_DigestSign(ctx, signature, &n, (const unsigned char *)text, strlen(text)) == 1;

    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return done ? gcp_base64url(signature, n) : NULL;
}

int gcp_jwt_sign(const struct gcp_key *key, const char *kid, const json_t *claims, char **jwt, struct cr_error *err)
{
    json_auto_t *head = json_pack("{s:s, s:s, s:s*}", "typ", "JWT", "alg", "RS256", "kid", kid);
    CR_AUTO_FREE char *head_text = cr_oom_check(json_dumps(head, JSON_COMPACT));
    CR_AUTO_FREE char *claims_text = cr_oom_check(json_dumps(claims, JSON_COMPACT));
    CR_AUTO_FREE char *first = gcp_base64url(head_text, strlen(head_text));
    CR_AUTO_FREE char *second = gcp_base64url(claims_text, strlen(claims_text));
    CR_AUTO_FREE char *both = cr_format("%s.%s", first, second);
    CR_AUTO_FREE char *third = sign(key, both);

    if (!third)
        return cr_fail(err, CR_E_AUTH, "cannot sign with the service account's key");
    *jwt = cr_format("%s.%s", both, third);
    return 0;
}
