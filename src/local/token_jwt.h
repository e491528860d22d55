/*
 * token_jwt.h - JSON Web Tokens signed with RS256: taken apart, verified, made.
 *
 * Units: bytes. Ownership: what is returned is new; local_jwt_clear() frees a parsed token.
 * Errors: a token that cannot be read, or whose signature is another, is false.
 * Source: RFC 7515, RFC 7519, RFC 4648 section 5.
 */
#ifndef LOCAL_TOKEN_JWT_H
#define LOCAL_TOKEN_JWT_H

#include <jansson.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* base64url without padding, and back; NULL for text that is none. The result ends with a NUL that *len excludes. */
char *local_b64url(const void *bytes, size_t len);
unsigned char *local_b64url_bytes(const char *text, size_t text_len, size_t *len);
/* Ordinary base64, as API fields of type bytes are; the URL alphabet is read as well. */
char *local_b64(const void *bytes, size_t len);
unsigned char *local_b64_bytes(const char *text, size_t *len);

struct local_jwt {
    json_t *header, *claims; /* objects */
    char *text;              /* the token */
    size_t signed_len;       /* what the signature covers: text up to the second dot */
    unsigned char *signature;
    size_t signature_len;
};

#define LOCAL_AUTO_JWT __attribute__((cleanup(local_jwt_clear)))
bool local_jwt_parse(const char *token, struct local_jwt *jwt); /* fills *jwt only when true */
void local_jwt_clear(struct local_jwt *jwt);

/* Whether "alg" is RS256 and the signature is of that key: PEM, a public key or a certificate. */
bool local_jwt_verify(const struct local_jwt *jwt, const char *pem);
/* The text of a claim; "" when it is missing or no text. */
const char *local_jwt_text(const struct local_jwt *jwt, const char *claim);
/* The number of a claim; 0 when it is missing. */
int64_t local_jwt_number(const struct local_jwt *jwt, const char *claim);

char *local_jwt_sign(EVP_PKEY *key, const char *kid, const json_t *claims);
/* RSASSA-PKCS1-v1_5 over SHA-256. New. */
unsigned char *local_rs256(EVP_PKEY *key, const void *bytes, size_t len, size_t *signature_len);

/* The key pair in a PEM file of mode 0600, made (RSA, 2048 bits) when there is none yet. */
int local_key_open(const char *path, EVP_PKEY **key, struct cr_error *err) CR_CHECKED;
/* Whether the text is a key that local_jwt_verify() can use. */
bool local_key_ok(const char *pem);
/* Public half, PEM, new. */
char *local_key_pem(EVP_PKEY *key);

#endif
