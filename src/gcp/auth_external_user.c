/* A person of a workforce pool: a refresh token of Google's token exchange, as gcloud auth login --login-config
 * leaves it. */
#include <string.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/mem.h"
#include "gcp/auth_oauth.h"

#define STS "https://sts.googleapis.com/v1/oauthtoken"

struct workforce {
    struct gcp_auth vtable; /* first */
    const struct gcp_auth_env *env;
    char *client_id, *client_secret, *refresh_token, *address, *name;
    struct gcp_kept access;
};

static int renew(struct workforce *w, struct cr_error *err)
{
    const struct gcp_form form[] = {{"grant_type", "refresh_token"}, {"refresh_token", w->refresh_token}, {0}};
    CR_AUTO_FREE char *what = cr_format("renew the login in '%s'", w->name);
    GCP_AUTO_SECRET_JSON json_t *reply = NULL;
    const char *rotated;

    if (gcp_oauth_exchange(w->env,
                           &(struct gcp_oauth_ask){.url = w->address,
                                                   .form = form,
                                                   .user = w->client_id,
                                                   .password = w->client_secret,
                                                   .what = what,
                                                   .again = "log in again: gcloud auth application-default login "
                                                            "--login-config FILE"},
                           &reply, err) < 0)
        return -1;
    if (gcp_oauth_keep(reply, w->address, &w->access, err) < 0)
        return -1;
    rotated = json_string_value(json_object_get(reply, "refresh_token"));
    if (rotated && *rotated && strcmp(rotated, w->refresh_token) != 0)
        gcp_secret_set(&w->refresh_token, rotated);
    return 0;
}

static int workforce_token(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    struct workforce *w = (struct workforce *)self;

    if ((fresh || !gcp_kept_good(&w->access, NULL, GCP_AUTH_MARGIN_MS)) && renew(w, err) < 0)
        return -1;
    self->expires_ms = w->access.end_ms;
    *token = w->access.token;
    return 0;
}

static int workforce_identity(struct gcp_auth *self, const char *audience, const char **token, struct cr_error *err)
{
    (void)token;
    cr_fail(err, CR_E_AUTH, "the login in '%s' gives no identity token for '%.200s'", ((struct workforce *)self)->name,
            audience);
    return cr_hint(err, "act as a service account that may invoke it: --impersonate-service-account EMAIL");
}

static void workforce_free(struct gcp_auth *self)
{
    struct workforce *w = (struct workforce *)self;

    gcp_kept_clear(&w->access);
    gcp_secret_wipe(&w->client_secret);
    gcp_secret_wipe(&w->refresh_token);
    free(w->client_id);
    free(w->address);
    free(w->name);
    free(w);
}

int gcp_auth_external_user(const struct gcp_auth_env *env, const json_t *cred, const char *name, struct gcp_auth **auth,
                           struct cr_error *err)
{
    const char *id, *secret, *refresh, *url = json_string_value(json_object_get(cred, "token_url"));
    CR_AUTO_FREE char *address = NULL, *principal = NULL;
    char digest[CR_SHA256_HEX];
    struct workforce *w;

    if (gcp_auth_need(cred, "client_id", name, &id, err) < 0 ||
        gcp_auth_need(cred, "client_secret", name, &secret, err) < 0 ||
        gcp_auth_need(cred, "refresh_token", name, &refresh, err) < 0 ||
        gcp_auth_address(env, url ? url : STS, "token_url", name, &address, err) < 0)
        return -1;
    w = cr_calloc(1, sizeof(*w));
    w->vtable = (struct gcp_auth){.token = workforce_token, .identity = workforce_identity, .free = workforce_free};
    w->env = env;
    w->client_id = cr_strdup(id);
    gcp_secret_set(&w->client_secret, secret);
    gcp_secret_set(&w->refresh_token, refresh);
    w->address = CR_STEAL(address);
    w->name = cr_strdup(name);
    cr_sha256(refresh, strlen(refresh), digest);
    principal = cr_format("%s %s", id, digest);
    *auth = gcp_auth_keep(env, &w->vtable, "external_account_authorized_user", principal, NULL);
    return 0;
}
