/*
 * auth_jwt.h - JSON web tokens: signed with a service account's key (RS256), and read without being trusted.
 *
 * Ownership: keys and texts returned are new; gcp_key_free() ends a key.
 * Errors: CR_E_AUTH. Source: RFC 7515, RFC 7519; base64url without padding.
 */
#ifndef GCP_AUTH_JWT_H
#define GCP_AUTH_JWT_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

struct gcp_key;

/* An RSA key of at least 2048 bits, in PEM. from names it in errors: "the private_key in 'x.json'". Never prompts. */
int gcp_key_read(const char *pem, const char *from, struct gcp_key **key, struct cr_error *err) CR_CHECKED;
void gcp_key_free(struct gcp_key *key); /* NULL is fine */

/* Signs claims; kid may be NULL. The caller wipes the token. */
int gcp_jwt_sign(const struct gcp_key *key, const char *kid, const json_t *claims, char **jwt,
                 struct cr_error *err) CR_CHECKED;

/* The claims of a token whose signature is not looked at, or NULL. New. */
json_t *gcp_jwt_claims(const char *jwt);
/* When it ends, wall-clock milliseconds; 0 when it does not say. */
int64_t gcp_jwt_end_ms(const char *jwt);

/* base64url without padding. New. */
char *gcp_base64url(const void *bytes, size_t n);

#endif
