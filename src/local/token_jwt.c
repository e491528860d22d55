#include "local/token_jwt.h"

#include <ctype.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"

#define TOKEN_MAX (256 << 10)

char *local_b64(const void *bytes, size_t len)
{
    char *text = cr_malloc((len + 2) / 3 * 4 + 1);

    EVP_EncodeBlock((unsigned char *)text, bytes, (int)len);
    return text;
}

char *local_b64url(const void *bytes, size_t len)
{
    char *text = local_b64(bytes, len);

    for (char *p = text; *p; p++)
        *p = (char)(*p == '+' ? '-' : *p == '/' ? '_' : *p);
    text[strcspn(text, "=")] = '\0';
    return text;
}

unsigned char *local_b64url_bytes(const char *text, size_t text_len, size_t *len)
{
    CR_AUTO_FREE char *padded = cr_malloc(text_len + 4);
    unsigned char *bytes;
    size_t n = text_len;

    if (text_len % 4 == 1 || text_len > TOKEN_MAX)
        return NULL;
    for (size_t i = 0; i < text_len; i++) {
        char c = text[i];

        if (!isalnum((unsigned char)c) && c != '-' && c != '_')
            return NULL;
        padded[i] = (char)(c == '-' ? '+' : c == '_' ? '/' : c);
    }
    while (n % 4)
        padded[n++] = '=';
    bytes = cr_calloc(n / 4 * 3 + 1, 1);
    if (n && EVP_DecodeBlock(bytes, (const unsigned char *)padded, (int)n) < 0) {
        free(bytes);
        return NULL;
    }
    *len = n / 4 * 3 - (n - text_len);
    bytes[*len] = '\0';
    return bytes;
}

unsigned char *local_b64_bytes(const char *text, size_t *len)
{
    size_t n = strlen(text);
    CR_AUTO_FREE char *url = cr_strdup(text);

    while (n && url[n - 1] == '=')
        n--;
    for (size_t i = 0; i < n; i++)
        url[i] = (char)(url[i] == '+' ? '-' : url[i] == '/' ? '_' : url[i]);
    return local_b64url_bytes(url, n, len);
}

static json_t *part(const char *text, size_t text_len)
{
    size_t len = 0;
    CR_AUTO_FREE unsigned char *bytes = local_b64url_bytes(text, text_len, &len);
    json_t *json = bytes ? json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, NULL) : NULL;

    if (json_is_object(json))
        return json;
    json_decref(json);
    return NULL;
}

bool local_jwt_parse(const char *token, struct local_jwt *jwt)
{
    const char *dot = token ? strchr(token, '.') : NULL, *second = dot ? strchr(dot + 1, '.') : NULL;
    struct local_jwt t = {0};

    if (!second || strchr(second + 1, '.') || strlen(token) > TOKEN_MAX)
        return false;
    t.header = part(token, (size_t)(dot - token));
    t.claims = part(dot + 1, (size_t)(second - dot - 1));
    t.signature = local_b64url_bytes(second + 1, strlen(second + 1), &t.signature_len);
    t.text = cr_strdup(token);
    t.signed_len = (size_t)(second - token);
    if (!t.header || !t.claims || !t.signature) {
        local_jwt_clear(&t);
        return false;
    }
    *jwt = t;
    return true;
}

void local_jwt_clear(struct local_jwt *jwt)
{
    json_decref(jwt->header);
    json_decref(jwt->claims);
    free(jwt->text);
    free(jwt->signature);
    *jwt = (struct local_jwt){0};
}

const char *local_jwt_text(const struct local_jwt *jwt, const char *claim)
{
    const char *text = json_string_value(json_object_get(jwt->claims, claim));

    return text ? text : "";
}

int64_t local_jwt_number(const struct local_jwt *jwt, const char *claim)
{
    return (int64_t)json_number_value(json_object_get(jwt->claims, claim));
}

/* What Google shows of a key is its certificate, what openssl makes is a public key: either will do. */
static EVP_PKEY *public_key(const char *pem)
{
    BIO *bio = cr_oom_check(BIO_new_mem_buf(pem, -1));
    EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    X509 *cert;

    BIO_free(bio);
    if (key)
        return key;
    bio = cr_oom_check(BIO_new_mem_buf(pem, -1));
    cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    key = cert ? X509_get_pubkey(cert) : NULL;
    X509_free(cert);
    return key;
}

bool local_key_ok(const char *pem)
{
    EVP_PKEY *key = public_key(pem);
    bool ok = key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;

    EVP_PKEY_free(key);
    return ok;
}

bool local_jwt_verify(const struct local_jwt *jwt, const char *pem)
{
    const char *alg = json_string_value(json_object_get(jwt->header, "alg"));
    EVP_PKEY *key = pem && alg && strcmp(alg, "RS256") == 0 ? public_key(pem) : NULL;
    EVP_MD_CTX *ctx;
    bool good;

    if (!key)
        return false;
    ctx = cr_oom_check(EVP_MD_CTX_new());
    good = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
           EVP_DigestVerify(ctx, jwt->signature, jwt->signature_len, (const unsigned char *)jwt->text,
                            jwt->signed_len) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return good;
}

unsigned char *local_rs256(EVP_PKEY *key, const void *bytes, size_t len, size_t *signature_len)
{
    EVP_MD_CTX *ctx = cr_oom_check(EVP_MD_CTX_new());
    unsigned char *signature;

    *signature_len = (size_t)EVP_PKEY_get_size(key);
    signature = cr_malloc(*signature_len);
    if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(ctx, signature, signature_len, bytes, len) != 1)
        *signature_len = 0; /* nobody will take it for a signature */
    EVP_MD_CTX_free(ctx);
    return signature;
}

static char *encode(const json_t *json)
{
    CR_AUTO_FREE char *text = cr_oom_check(json_dumps(json, JSON_COMPACT));

    return local_b64url(text, strlen(text));
}

char *local_jwt_sign(EVP_PKEY *key, const char *kid, const json_t *claims)
{
    json_t *header = json_pack("{s:s, s:s, s:s}", "alg", "RS256", "kid", kid, "typ", "JWT");
    CR_AUTO_FREE char *head = encode(header), *body = encode(claims), *text = cr_format("%s.%s", head, body);
    size_t len = 0;
    CR_AUTO_FREE unsigned char *signature = local_rs256(key, text, strlen(text), &len);
    CR_AUTO_FREE char *coded = local_b64url(signature, len);

    json_decref(header);
    return cr_format("%s.%s", text, coded);
}

static char *bio_text(BIO *bio)
{
    char *data = NULL;
    long n = BIO_get_mem_data(bio, &data);

    return cr_strndup(data ? data : "", n > 0 ? (size_t)n : 0);
}

char *local_key_pem(EVP_PKEY *key)
{
    BIO *bio = cr_oom_check(BIO_new(BIO_s_mem()));
    char *text;

    PEM_write_bio_PUBKEY(bio, key);
    text = bio_text(bio);
    BIO_free(bio);
    return text;
}

int local_key_open(const char *path, EVP_PKEY **key, struct cr_error *err)
{
    CR_AUTO_FREE char *text = NULL;
    struct cr_error missing = {0};
    EVP_PKEY *made = NULL;
    size_t len = 0;
    BIO *bio;

    if (cr_file_read(path, 64 << 10, &text, &len, &missing) == 0) {
        bio = cr_oom_check(BIO_new_mem_buf(text, (int)len));
        made = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
        BIO_free(bio);
    }
    if (!made) {
        CR_AUTO_FREE char *pem = NULL;

        made = cr_oom_check(EVP_RSA_gen(2048));
        bio = cr_oom_check(BIO_new(BIO_s_mem()));
        PEM_write_bio_PrivateKey(bio, made, NULL, NULL, 0, NULL, NULL);
        pem = bio_text(bio);
        BIO_free(bio);
        if (cr_file_write(path, pem, strlen(pem), 0600, err) < 0) {
            EVP_PKEY_free(made);
            return -1;
        }
    }
    *key = made;
    return 0;
}
