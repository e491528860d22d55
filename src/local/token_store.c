#include "local/token_store.h"

#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/mem.h"
#include "local/seed.h"
#include "local/token_jwt.h"

#define LIFETIME 3599
#define CODE_MS (10 * 60 * 1000)
#define ISSUED_MAX 4096 /* then those that expired are forgotten */
#define ISSUER "https://accounts.google.com"

struct local_tokens {
    pthread_mutex_t lock;
    json_t *issued, *codes; /* by their text */
    EVP_PKEY *key;          /* NULL until it is needed: making one takes a tenth of a second */
};

struct local_tokens *local_tokens_new(void)
{
    struct local_tokens *t = cr_calloc(1, sizeof(*t));

    pthread_mutex_init(&t->lock, NULL);
    t->issued = json_object();
    t->codes = json_object();
    return t;
}

void local_tokens_free(struct local_tokens *t)
{
    if (!t)
        return;
    json_decref(t->issued);
    json_decref(t->codes);
    EVP_PKEY_free(t->key);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static int64_t number(const json_t *row, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(row, key));
}

static json_t *text_or_empty(const char *text)
{
    return json_string(text ? text : "");
}

static void forget_expired(json_t *rows, int64_t now_ms)
{
    const char *key;
    void *next;
    json_t *row;

    json_object_foreach_safe(rows, next, key, row) if (number(row, "exp") < now_ms) json_object_del(rows, key);
}

char *local_token_issue(struct local *l, const struct local_grant *grant, int64_t *lifetime_s)
{
    int64_t now = local_seed_now_ms(l);
    char secret[65], *token;
    json_t *row;

    *lifetime_s = local_seed_number(l, "tokenLifetime", LIFETIME);
    if (grant->lifetime_s)
        *lifetime_s = grant->lifetime_s;
    row =
        json_pack("{s:o, s:o, s:o, s:o, s:I, s:I}", "email", text_or_empty(grant->email), "scope",
                  text_or_empty(grant->scope), "clientId", text_or_empty(grant->client), "refresh",
                  text_or_empty(grant->refresh), "iat", (json_int_t)now, "exp", (json_int_t)(now + *lifetime_s * 1000));
    local_random(secret, 64);
    token = cr_format("ya29.c.%s", secret);
    pthread_mutex_lock(&l->tokens->lock);
    if (json_object_size(l->tokens->issued) > ISSUED_MAX)
        forget_expired(l->tokens->issued, now);
    json_object_set_new(l->tokens->issued, token, row);
    pthread_mutex_unlock(&l->tokens->lock);
    return token;
}

enum local_token_state local_token_look(struct local *l, const char *token, json_t **row)
{
    int64_t now = local_seed_now_ms(l);
    enum local_token_state state = LOCAL_TOKEN_UNKNOWN;
    json_t *found;

    pthread_mutex_lock(&l->tokens->lock);
    found = json_deep_copy(json_object_get(l->tokens->issued, token));
    pthread_mutex_unlock(&l->tokens->lock);
    if (found)
        state = number(found, "exp") > now ? LOCAL_TOKEN_VALID : LOCAL_TOKEN_EXPIRED;
    if (row)
        *row = found;
    else
        json_decref(found);
    return state;
}

void local_token_expire(struct local *l, const char *token)
{
    pthread_mutex_lock(&l->tokens->lock);
    json_object_set_new(json_object_get(l->tokens->issued, token), "exp", json_integer(0));
    pthread_mutex_unlock(&l->tokens->lock);
}

bool local_token_revoke(struct local *l, const char *token)
{
    const char *key;
    void *next;
    json_t *row;
    bool known;

    pthread_mutex_lock(&l->tokens->lock);
    known = json_object_del(l->tokens->issued, token) == 0;
    json_object_foreach_safe(l->tokens->issued, next, key, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "refresh")), token) != 0)
            continue;
        json_object_del(l->tokens->issued, key);
        known = true;
    }
    pthread_mutex_unlock(&l->tokens->lock);
    return known;
}

void local_tokens_drop(struct local *l)
{
    pthread_mutex_lock(&l->tokens->lock);
    json_object_clear(l->tokens->issued);
    json_object_clear(l->tokens->codes);
    pthread_mutex_unlock(&l->tokens->lock);
}

char *local_code_put(struct local *l, json_t *asked)
{
    char secret[49], *code;

    local_random(secret, 48);
    code = cr_format("4/0A%s", secret);
    json_object_set_new(asked, "exp", json_integer(local_seed_now_ms(l) + CODE_MS));
    pthread_mutex_lock(&l->tokens->lock);
    json_object_set(l->tokens->codes, code, asked);
    pthread_mutex_unlock(&l->tokens->lock);
    return code;
}

json_t *local_code_take(struct local *l, const char *code)
{
    int64_t now = local_seed_now_ms(l);
    json_t *asked;

    pthread_mutex_lock(&l->tokens->lock);
    forget_expired(l->tokens->codes, now);
    asked = json_deep_copy(json_object_get(l->tokens->codes, code));
    json_object_del(l->tokens->codes, code);
    pthread_mutex_unlock(&l->tokens->lock);
    return asked;
}

EVP_PKEY *local_signing_key(struct local *l, struct cr_error *err)
{
    CR_AUTO_FREE char *path = cr_format("%s/signing.pem", l->state);
    EVP_PKEY *key;

    pthread_mutex_lock(&l->tokens->lock);
    if (!l->tokens->key && local_key_open(path, &l->tokens->key, err) < 0)
        l->tokens->key = NULL;
    key = l->tokens->key;
    pthread_mutex_unlock(&l->tokens->lock);
    return key;
}

char *local_signing_kid(EVP_PKEY *key)
{
    CR_AUTO_FREE char *pem = local_key_pem(key);
    char hex[CR_SHA256_HEX];

    cr_sha256(pem, strlen(pem), hex);
    return cr_strndup(hex, 40);
}

char *local_identity_issue(struct local *l, const char *email, const char *audience, const char *azp, bool with_email,
                           struct cr_error *err)
{
    EVP_PKEY *key = local_signing_key(l, err);
    CR_AUTO_FREE char *kid = NULL;
    int64_t now = local_seed_now_ms(l) / 1000;
    char subject[CR_SHA256_HEX], *token;
    json_t *claims;

    if (!key)
        return NULL;
    kid = local_signing_kid(key);
    cr_sha256(email, strlen(email), subject); /* Google's subjects are 21 digits; these are as stable */
    for (int i = 0; i < 21; i++)
        subject[i] = (char)('0' + (subject[i] & 7));
    subject[21] = '\0';
    claims = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "iss", ISSUER, "aud", audience, "azp", azp ? azp : subject,
                       "sub", subject, "iat", (json_int_t)now, "exp", (json_int_t)(now + 3600));
    if (with_email) {
        json_object_set_new(claims, "email", json_string(email));
        json_object_set_new(claims, "email_verified", json_true());
    }
    token = local_jwt_sign(key, kid, claims);
    json_decref(claims);
    return token;
}

bool local_identity_valid(struct local *l, const char *token, const char *audience)
{
    LOCAL_AUTO_JWT struct local_jwt jwt = {0};
    struct cr_error none = {0};
    CR_AUTO_FREE char *pem = NULL;
    EVP_PKEY *key;

    if (!local_jwt_parse(token, &jwt) || !(key = local_signing_key(l, &none)))
        return false;
    pem = local_key_pem(key);
    return local_jwt_verify(&jwt, pem) && strcmp(local_jwt_text(&jwt, "iss"), ISSUER) == 0 &&
           local_jwt_number(&jwt, "exp") * 1000 > local_seed_now_ms(l) &&
           (!audience || strcmp(local_jwt_text(&jwt, "aud"), audience) == 0);
}
