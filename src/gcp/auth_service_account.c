/* A service account's own key: it signs a request for a token, or the token itself. RFC 7523; AIP-4111, AIP-4112. */
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcp/auth_json.h"
#include "gcp/auth_jwt.h"
#include "gcp/auth_oauth.h"

enum { LIFE_S = 3600 };

/* The audience of the signed request, whatever the file's token_uri is: the file must not say whom the signature is
 * for. */
#define AUDIENCE "https://oauth2.googleapis.com/token"
#define GRANT "urn:ietf:params:oauth:grant-type:jwt-bearer"

struct account {
    struct gcp_auth vtable; /* first */
    const struct gcp_auth_env *env;
    struct gcp_key *key;
    char *email, *key_id, *address, *name;
    struct gcp_kept access, identity;
};

/* Claims every token of ours has; what it is for comes on top. */
static json_t *claims_of(const struct account *a)
{
    int64_t now = cr_wall_ms() / 1000;

    return json_pack("{s:s, s:I, s:I}", "iss", a->email, "iat", (json_int_t)now, "exp", (json_int_t)(now + LIFE_S));
}

/* Sends a signed request for the claim; *reply is new. */
static int redeem(struct account *a, const char *claim, const char *value, json_t **reply, struct cr_error *err)
{
    json_auto_t *claims = claims_of(a);
    CR_AUTO_FREE char *what = cr_format("get a token for '%s' with the key in '%s'", a->email, a->name);
    CR_AUTO_FREE char *again = cr_format("the key may be deleted or disabled; make another: gcloud iam "
                                         "service-accounts keys create FILE --iam-account=%s",
                                         a->email);
    char *assertion = NULL;
    int rc;

    json_object_set_new(claims, claim, json_string(value));
    json_object_set_new(claims, "aud", json_string(AUDIENCE));
    if (gcp_jwt_sign(a->key, a->key_id, claims, &assertion, err) < 0)
        return -1;
    rc = gcp_oauth_exchange(
        a->env,
        &(struct gcp_oauth_ask){.url = a->address,
                                .form = (const struct gcp_form[]){{"grant_type", GRANT}, {"assertion", assertion}, {0}},
                                .what = what,
                                .again = again},
        reply, err);
    gcp_secret_wipe(&assertion);
    return rc;
}

/* A token nobody was asked for: signed here, taken by Google's APIs as it is. */
static int sign_own(struct account *a, struct cr_error *err)
{
    json_auto_t *claims = claims_of(a);
    char *jwt = NULL;

    json_object_set_new(claims, "sub", json_string(a->email));
    json_object_set_new(claims, "scope", json_string(GCP_SCOPE));
    if (gcp_jwt_sign(a->key, a->key_id, claims, &jwt, err) < 0)
        return -1;
    gcp_kept_set(&a->access, jwt, NULL, cr_wall_ms() + LIFE_S * 1000LL);
    gcp_secret_wipe(&jwt);
    return 0;
}

/* A reply's token, checked. */
static int token_of(const struct account *a, const json_t *reply, const char *key, const char **token,
                    struct cr_error *err)
{
    const char *text = json_string_value(json_object_get(reply, key));

    if (!text || !*text)
        return cr_fail(err, CR_E_API, "the token service '%s' answered without an '%s'", a->address, key);
    *token = text;
    return gcp_token_check(text, "what the token service answered", err);
}

static int account_token(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    struct account *a = (struct account *)self;
    GCP_AUTO_SECRET_JSON json_t *reply = NULL;
    const char *text = NULL;

    if (fresh || !gcp_kept_good(&a->access, NULL, GCP_AUTH_MARGIN_MS)) {
        if (a->env->self_signed) {
            if (sign_own(a, err) < 0)
                return -1;
        } else {
            if (redeem(a, "scope", GCP_SCOPE, &reply, err) < 0 || token_of(a, reply, "access_token", &text, err) < 0)
                return -1;
            gcp_kept_set(&a->access, text, NULL, gcp_oauth_end_ms(reply));
        }
    }
    self->expires_ms = a->access.end_ms;
    *token = a->access.token;
    return 0;
}

static int account_identity(struct gcp_auth *self, const char *audience, const char **token, struct cr_error *err)
{
    struct account *a = (struct account *)self;
    GCP_AUTO_SECRET_JSON json_t *reply = NULL;
    const char *text = NULL;

    if (!gcp_kept_good(&a->identity, audience, GCP_AUTH_MARGIN_MS)) {
        if (redeem(a, "target_audience", audience, &reply, err) < 0 || token_of(a, reply, "id_token", &text, err) < 0)
            return -1;
        gcp_kept_set(&a->identity, text, audience, gcp_jwt_end_ms(text));
    }
    *token = a->identity.token;
    return 0;
}

static void account_free(struct gcp_auth *self)
{
    struct account *a = (struct account *)self;

    gcp_key_free(a->key);
    gcp_kept_clear(&a->access);
    gcp_kept_clear(&a->identity);
    free(a->email);
    free(a->key_id);
    free(a->address);
    free(a->name);
    free(a);
}

int gcp_auth_service_account(const struct gcp_auth_env *env, const json_t *cred, const char *name,
                             struct gcp_auth **auth, struct cr_error *err)
{
    CR_AUTO_FREE char *address = NULL, *from = cr_format("the private_key in '%s'", name), *principal = NULL;
    const char *email, *pem, *uri, *id = json_string_value(json_object_get(cred, "private_key_id"));
    struct gcp_key *key = NULL;
    struct account *a;

    if (gcp_auth_need(cred, "client_email", name, &email, err) < 0 ||
        gcp_auth_need(cred, "private_key", name, &pem, err) < 0 ||
        gcp_auth_need(cred, "token_uri", name, &uri, err) < 0 ||
        gcp_auth_address(env, uri, "token_uri", name, &address, err) < 0 || gcp_key_read(pem, from, &key, err) < 0)
        return -1;
    a = cr_calloc(1, sizeof(*a));
    a->vtable = (struct gcp_auth){.token = account_token, .identity = account_identity, .free = account_free};
    a->env = env;
    a->key = key;
    a->email = cr_strdup(email);
    a->key_id = id && *id ? cr_strdup(id) : NULL;
    a->address = CR_STEAL(address);
    a->name = cr_strdup(name);
    principal = cr_format("%s %s %s", a->email, a->key_id ? a->key_id : "", a->address);
    *auth = env->self_signed ? &a->vtable : gcp_auth_keep(env, &a->vtable, "service_account", principal, NULL);
    return 0;
}
