/* A person's login: a refresh token gives access tokens. RFC 6749 section 6. */
#include <string.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcp/auth_json.h"
#include "gcp/auth_jwt.h"
#include "gcp/auth_oauth.h"

/* Whatever token_uri the file names: a login of Google's is renewed at Google's. */
#define TOKEN_URI "https://oauth2.googleapis.com/token"

struct login {
    struct gcp_auth vtable; /* first */
    const struct gcp_auth_env *env;
    char *client_id, *client_secret, *refresh_token, *address, *name;
    struct gcp_kept access, identity;
};

static int renew(struct login *l, struct cr_error *err)
{
    const struct gcp_form form[] = {{"grant_type", "refresh_token"},
                                    {"client_id", l->client_id},
                                    {"client_secret", l->client_secret},
                                    {"refresh_token", l->refresh_token},
                                    {0}};
    CR_AUTO_FREE char *what = cr_format("renew the login in '%s'", l->name);
    GCP_AUTO_SECRET_JSON json_t *reply = NULL;
    const char *rotated, *identity;

    if (gcp_oauth_exchange(l->env, &(struct gcp_oauth_ask){.url = l->address, .form = form, .what = what}, &reply,
                           err) < 0)
        return -1;
    if (gcp_oauth_keep(reply, l->address, &l->access, err) < 0)
        return -1;
    identity = json_string_value(json_object_get(reply, "id_token"));
    if (identity && gcp_token_check(identity, "what the token service answered", err) < 0)
        return -1;
    if (identity && *identity)
        gcp_kept_set(&l->identity, identity, NULL, gcp_jwt_end_ms(identity));
    rotated = json_string_value(json_object_get(reply, "refresh_token"));
    if (rotated && *rotated && strcmp(rotated, l->refresh_token) != 0) /* the one in the file still counts: files of
                                                                        * others are not written */
        gcp_secret_set(&l->refresh_token, rotated);
    return 0;
}

static int login_token(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    struct login *l = (struct login *)self;

    if ((fresh || !gcp_kept_good(&l->access, NULL, GCP_AUTH_MARGIN_MS)) && renew(l, err) < 0)
        return -1;
    self->expires_ms = l->access.end_ms;
    *token = l->access.token;
    return 0;
}

/* A person's identity token is for the OAuth client, whatever audience is wanted; Cloud Run takes those of gcloud's
 * client. */
static int login_identity(struct gcp_auth *self, const char *audience, const char **token, struct cr_error *err)
{
    struct login *l = (struct login *)self;

    if (!gcp_kept_good(&l->identity, NULL, GCP_AUTH_MARGIN_MS) && renew(l, err) < 0)
        return -1;
    if (!gcp_kept_good(&l->identity, NULL, 0)) {
        cr_fail(err, CR_E_AUTH, "the login in '%s' gives no identity token for '%.200s'", l->name, audience);
        return cr_hint(err, "act as a service account that may invoke it: --impersonate-service-account EMAIL");
    }
    *token = l->identity.token;
    return 0;
}

static void login_free(struct gcp_auth *self)
{
    struct login *l = (struct login *)self;

    gcp_secret_wipe(&l->client_secret);
    gcp_secret_wipe(&l->refresh_token);
    gcp_kept_clear(&l->access);
    gcp_kept_clear(&l->identity);
    free(l->client_id);
    free(l->address);
    free(l->name);
    free(l);
}

int gcp_auth_user(const struct gcp_auth_env *env, const json_t *cred, const char *name, struct gcp_auth **auth,
                  struct cr_error *err)
{
    CR_AUTO_FREE char *address = NULL, *principal = NULL;
    const char *id, *secret, *refresh;
    char digest[CR_SHA256_HEX];
    struct login *l;

    if (gcp_auth_need(cred, "client_id", name, &id, err) < 0 ||
        gcp_auth_need(cred, "client_secret", name, &secret, err) < 0 ||
        gcp_auth_need(cred, "refresh_token", name, &refresh, err) < 0 ||
        gcp_auth_address(env, TOKEN_URI, "token_uri", name, &address, err) < 0)
        return -1;
    l = cr_calloc(1, sizeof(*l));
    l->vtable = (struct gcp_auth){.token = login_token, .identity = login_identity, .free = login_free};
    l->env = env;
    l->client_id = cr_strdup(id);
    gcp_secret_set(&l->client_secret, secret);
    gcp_secret_set(&l->refresh_token, refresh);
    l->address = CR_STEAL(address);
    l->name = cr_strdup(name);
    cr_sha256(refresh, strlen(refresh), digest); /* who logged in, without saying it */
    principal = cr_format("%s %s %s", id, digest, l->address);
    *auth = gcp_auth_keep(env, &l->vtable, "authorized_user", principal, NULL);
    return 0;
}
