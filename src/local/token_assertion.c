/* JWTs that service accounts sign themselves: as an assertion for a token, and in place of one (AIP-4111).
 * Source: https://developers.google.com/identity/protocols/oauth2/service-account */
#include "local/token_form.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/seed.h"
#include "local/token_jwt.h"
#include "local/token_store.h"

#define AUDIENCE "https://oauth2.googleapis.com/token"
#define AUDIENCE_OLD "https://www.googleapis.com/oauth2/v4/token"
#define SKEW_S 300 /* how far Google lets clocks differ is not said; some minutes are seen to pass */

/* The account's own key, or ours: signJwt signs for it with a key that Google keeps. */
static bool signed_by(struct local *l, const json_t *account, const struct local_jwt *jwt)
{
    struct cr_error none = {0};
    CR_AUTO_FREE char *ours = NULL;
    EVP_PKEY *key;

    if (local_jwt_verify(jwt, json_string_value(json_object_get(account, "publicKeyPem"))))
        return true;
    key = local_signing_key(l, &none);
    ours = key ? local_key_pem(key) : NULL;
    return ours && local_jwt_verify(jwt, ours);
}

/* An hour at most, around now. */
static bool times_ok(struct local *l, const struct local_jwt *jwt)
{
    int64_t now = local_seed_now_ms(l) / 1000, iat = local_jwt_number(jwt, "iat"), exp = local_jwt_number(jwt, "exp");

    return iat > 0 && exp > iat && exp - iat <= 3600 && iat <= now + SKEW_S && exp > now;
}

static void give(struct local *l, const struct local_jwt *jwt, struct local_reply *rp)
{
    const char *email = local_jwt_text(jwt, "iss"), *scope = local_jwt_text(jwt, "scope");
    const char *target = local_jwt_text(jwt, "target_audience");
    CR_AUTO_FREE char *token = NULL;
    struct cr_error err = {0};
    int64_t lifetime;

    if (*target) {
        token = local_identity_issue(l, email, target, NULL, true, &err);
        if (token)
            local_reply_json(rp, 200, json_pack("{s:s}", "id_token", token));
        else
            local_oauth_refuse(rp, 500, "internal_failure", "%s", err.msg);
        return;
    }
    token = local_token_issue(l, &(struct local_grant){.email = email, .scope = scope}, &lifetime);
    local_reply_json(rp, 200,
                     json_pack("{s:s, s:I, s:s}", "access_token", token, "expires_in", (json_int_t)lifetime,
                               "token_type", "Bearer"));
}

static void check(struct local *l, const struct local_jwt *jwt, struct local_reply *rp)
{
    const char *aud = local_jwt_text(jwt, "aud"), *sub = local_jwt_text(jwt, "sub");
    const char *scope = local_jwt_text(jwt, "scope"), *target = local_jwt_text(jwt, "target_audience");
    json_t *account = local_seed_row(l, "serviceAccounts", local_jwt_text(jwt, "iss"));

    if (!account || json_is_true(json_object_get(account, "disabled")))
        local_oauth_refuse(rp, 400, "invalid_grant", "Invalid grant: account not found");
    else if (!signed_by(l, account, jwt))
        local_oauth_refuse(rp, 400, "invalid_grant", "Invalid JWT Signature.");
    else if (strcmp(aud, AUDIENCE) != 0 && strcmp(aud, AUDIENCE_OLD) != 0)
        local_oauth_refuse(rp, 400, "invalid_grant", "Invalid JWT: Failed audience check.");
    else if (!times_ok(l, jwt))
        local_oauth_refuse(rp, 400, "invalid_grant",
                           "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
                           "timeframe. Check your iat and exp values in the JWT claim.");
    else if (*sub && strcmp(sub, local_jwt_text(jwt, "iss")) != 0)
        local_oauth_refuse(rp, 401, "unauthorized_client",
                           "Client is unauthorized to retrieve access tokens using this method, or client not "
                           "authorized for any of the scopes requested.");
    else if ((!*scope && !*target) || (*scope && *target))
        local_oauth_refuse(rp, 400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
    else
        give(l, jwt, rp);
    json_decref(account);
}

void local_token_assertion(struct local *l, const struct local_request *form, struct local_reply *rp)
{
    LOCAL_AUTO_JWT struct local_jwt jwt = {0};
    const char *assertion = local_query(form, "assertion");

    if (!assertion)
        local_oauth_refuse(rp, 400, "invalid_request", "Missing required parameter: assertion");
    else if (!local_jwt_parse(assertion, &jwt))
        local_oauth_refuse(rp, 400, "invalid_grant", "Bad Request");
    else
        check(l, &jwt, rp);
}

enum local_self_signed local_self_signed(struct local *l, const char *token, const char *service, char **email,
                                         char **scope)
{
    LOCAL_AUTO_JWT struct local_jwt jwt = {0};
    CR_AUTO_FREE char *want = cr_format("https://%s.googleapis.com/", service);
    enum local_self_signed verdict = LOCAL_SELF_NONE;
    const char *said, *iss, *aud;
    json_t *account;

    if (!local_jwt_parse(token, &jwt))
        return LOCAL_SELF_NONE;
    iss = local_jwt_text(&jwt, "iss");
    said = local_jwt_text(&jwt, "scope");
    aud = local_jwt_text(&jwt, "aud");
    account = local_seed_row(l, "serviceAccounts", iss);
    if (account && !json_is_true(json_object_get(account, "disabled")) && signed_by(l, account, &jwt) &&
        strcmp(local_jwt_text(&jwt, "sub"), iss) == 0 && (*said ? !*aud : strcmp(aud, want) == 0))
        verdict = times_ok(l, &jwt) ? LOCAL_SELF_OK : LOCAL_SELF_EXPIRED;
    if (verdict == LOCAL_SELF_OK) {
        *email = cr_strdup(iss);
        *scope = cr_strdup(*said ? said : LOCAL_SCOPE_ALL);
    }
    json_decref(account);
    return verdict;
}
