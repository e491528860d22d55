/* POST /token: the grants of oauth2.googleapis.com. Source: RFC 6749 sections 4.1.3 and 6, RFC 7636 section 4.6;
 * https://developers.google.com/identity/protocols/oauth2/native-app */
#include "local/api.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/json_text.h"
#include "local/seed.h"
#include "local/token_form.h"
#include "local/token_jwt.h"
#include "local/token_store.h"

/* A token for a user, with an identity token for the client when openid is among the scopes. refresh: the token it came
 * from; fresh: a refresh token to hand out, or NULL. */
static void give_user(struct local *l, const char *email, const char *scope, const char *client, const char *refresh,
                      const char *fresh, struct local_reply *rp)
{
    const struct local_grant grant = {.email = email, .scope = scope, .client = client, .refresh = refresh};
    CR_AUTO_FREE char *token = NULL, *identity = NULL;
    struct cr_error err = {0};
    int64_t lifetime;
    json_t *said;

    token = local_token_issue(l, &grant, &lifetime);
    said = json_pack("{s:s, s:I, s:s, s:s}", "access_token", token, "expires_in", (json_int_t)lifetime, "scope", scope,
                     "token_type", "Bearer");
    if (local_scope_has(scope, "openid")) {
        identity = local_identity_issue(l, email, client, client, true, &err);
        if (identity)
            json_object_set_new(said, "id_token", json_string(identity));
    }
    if (fresh)
        json_object_set_new(said, "refresh_token", json_string(fresh));
    local_reply_json(rp, 200, said);
}

static char *new_refresh(struct local *l, const char *client, const char *email, const char *scope, bool rotate,
                         struct cr_error *err)
{
    char secret[65];
    CR_AUTO_FREE char *token = NULL;
    json_t *seed;
    int rc;

    local_random(secret, 64);
    token = cr_format("1//0%s", secret);
    seed = json_pack("{s:[{s:s, s:s, s:s, s:s, s:b}]}", "refreshTokens", "token", token, "clientId", client, "email",
                     email, "scope", scope, "rotate", rotate);
    rc = local_seed_add(l, seed, err);
    json_decref(seed);
    return rc == 0 ? CR_STEAL(token) : NULL;
}

static void refresh_with(struct local *l, const char *client, const char *old, const json_t *row, const char *asked,
                         struct local_reply *rp)
{
    const char *granted = *local_text_at(row, "scope") ? local_text_at(row, "scope") : LOCAL_SCOPE_ALL " openid email";
    const char *scope = asked && *asked ? asked : granted, *email = local_text_at(row, "email");
    bool rotate = json_is_true(json_object_get(row, "rotate"));
    CR_AUTO_FREE char *fresh = NULL;
    struct cr_error err = {0};

    if (!local_scope_within(scope, granted)) {
        local_oauth_refuse(rp, 400, "invalid_scope", "Some requested scopes were invalid or were not granted: %s",
                           scope);
        return;
    }
    if (rotate) {
        fresh = new_refresh(l, client, email, granted, true, &err);
        if (!fresh || local_seed_row_drop(l, "refreshTokens", old, &err) < 0) {
            local_oauth_refuse(rp, 500, "internal_failure", "%s", err.msg);
            return;
        }
    }
    give_user(l, email, scope, client, rotate ? fresh : old, fresh, rp);
}

void local_token_refresh(struct local *l, const struct local_request *rq, const struct local_request *form,
                         struct local_reply *rp)
{
    const char *token = local_query(form, "refresh_token"), *error;
    CR_AUTO_FREE char *client = local_oauth_client(l, rq, form, rp);
    json_t *row;

    if (!client)
        return;
    row = local_seed_row(l, "refreshTokens", token);
    error = local_text_at(row, "error");
    if (!token || !*token)
        local_oauth_refuse(rp, 400, "invalid_request", "Missing required parameter: refresh_token");
    else if (!row || json_is_true(json_object_get(row, "revoked")))
        local_oauth_refuse(rp, 400, "invalid_grant", "Token has been expired or revoked.");
    else if (strcmp(local_text_at(row, "clientId"), client) != 0)
        local_oauth_refuse(rp, 401, "unauthorized_client", "Unauthorized");
    else if (*error && !local_query(form, "rapt")) {
        local_oauth_refuse(rp, 400, "invalid_grant", "reauth related error (%s)", error);
        json_object_set_new(rp->json, "error_subtype", json_string(error));
    } else
        refresh_with(l, client, token, row, local_query(form, "scope"), rp);
    json_decref(row);
}

/* RFC 7636 section 4.6: what was promised when the code was asked for, and what is shown now. */
static bool verifier_ok(const json_t *asked, const char *verifier, struct local_reply *rp)
{
    const char *challenge = local_text_at(asked, "challenge");
    CR_AUTO_FREE char *digest = NULL;
    unsigned char sum[EVP_MAX_MD_SIZE];

    if (!*challenge && !verifier)
        return true;
    if (!*challenge || !verifier) {
        local_oauth_refuse(rp, 400, "invalid_grant",
                           *challenge ? "Missing code verifier." : "A code verifier was not expected.");
        return false;
    }
    if (strcmp(local_text_at(asked, "method"), "S256") == 0 &&
        EVP_Digest(verifier, strlen(verifier), sum, NULL, EVP_sha256(), NULL) == 1)
        digest = local_b64url(sum, 32);
    if (strcmp(digest ? digest : verifier, challenge) == 0)
        return true;
    local_oauth_refuse(rp, 400, "invalid_grant", "Invalid code verifier.");
    return false;
}

static void code_with(struct local *l, const struct local_request *form, const char *client, const json_t *asked,
                      struct local_reply *rp)
{
    const char *redirect = local_query(form, "redirect_uri");
    CR_AUTO_FREE char *fresh = NULL;
    struct cr_error err = {0};

    if (strcmp(local_text_at(asked, "client"), client) != 0) {
        local_oauth_refuse(rp, 401, "unauthorized_client", "Unauthorized");
    } else if (!redirect || strcmp(local_text_at(asked, "redirect"), redirect) != 0) {
        local_oauth_refuse(rp, 400, "redirect_uri_mismatch", "Bad Request");
    } else if (verifier_ok(asked, local_query(form, "code_verifier"), rp)) {
        if (json_is_true(json_object_get(asked, "offline"))) {
            fresh = new_refresh(l, client, local_text_at(asked, "email"), local_text_at(asked, "scope"), false, &err);
            if (!fresh) {
                local_oauth_refuse(rp, 500, "internal_failure", "%s", err.msg);
                return;
            }
        }
        give_user(l, local_text_at(asked, "email"), local_text_at(asked, "scope"), client, fresh, fresh, rp);
    }
}

static void from_code(struct local *l, const struct local_request *rq, const struct local_request *form,
                      struct local_reply *rp)
{
    CR_AUTO_FREE char *client = local_oauth_client(l, rq, form, rp);
    const char *code = local_query(form, "code");
    json_t *asked;

    if (!client)
        return;
    asked = code ? local_code_take(l, code) : NULL; /* once, even when the rest is wrong */
    if (!code)
        local_oauth_refuse(rp, 400, "invalid_request", "Missing required parameter: code");
    else if (!asked)
        local_oauth_refuse(rp, 400, "invalid_grant", "Malformed auth code.");
    else
        code_with(l, form, client, asked, rp);
    json_decref(asked);
}

void local_token_post(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    struct local_request form;
    const char *grant;

    local_form_read(rq, &form);
    grant = local_query(&form, "grant_type");
    if (!grant)
        local_oauth_refuse(rp, 400, "invalid_request", "Required parameter is missing: grant_type");
    else if (strcmp(grant, "refresh_token") == 0)
        local_token_refresh(l, rq, &form, rp);
    else if (strcmp(grant, "authorization_code") == 0)
        from_code(l, rq, &form, rp);
    else if (strcmp(grant, "urn:ietf:params:oauth:grant-type:jwt-bearer") == 0)
        local_token_assertion(l, &form, rp);
    else
        local_oauth_refuse(rp, 400, "unsupported_grant_type", "Invalid grant_type: %s", grant);
    local_request_clear(&form);
}
