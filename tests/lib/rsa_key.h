/*
 * rsa_key.h - a service account made for one test: a fresh RSA key, its file, and the check of what it signed.
 *
 * Ownership: RSA_KEY_END frees it.
 */
#ifndef RSA_KEY_H
#define RSA_KEY_H

#include <jansson.h>
#include <openssl/evp.h>

struct rsa_key {
    EVP_PKEY *pkey;
    char *pem;  /* PKCS#8 */
    char *file; /* a service account's credential file with it */
};

#define RSA_KEY_EMAIL "svc@p.iam.gserviceaccount.com"
#define RSA_KEY_ID "key-id-1"

/* token_uri as the file will say it. One key is made for each program: it takes a while. */
void rsa_key_new(struct rsa_key *k, const char *token_uri);
void rsa_key_end(struct rsa_key *k);
/* Asserts that the token is RS256, names the key and is signed by it. Its claims; new. */
json_t *rsa_key_check(const struct rsa_key *k, const char *jwt);

#endif
