/* Service account credentials: tokens and signatures for whoever may act as an account, hop by hop.
 * Source: https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts */
#include "local/api.h"

#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "local/schema.h"
#include "local/seed.h"
#include "local/token_jwt.h"
#include "local/token_store.h"

#define ACCOUNTS "projects/-/serviceAccounts/"

static void denied(struct local_reply *rp, const char *permission)
{
    CR_AUTO_FREE char *full = cr_format("iam.serviceAccounts.%s", permission);

    local_refuse(rp, "PERMISSION_DENIED", "Permission '%s' denied on resource (or it may not exist).", full);
    json_object_set_new(json_object_get(rp->json, "error"), "details",
                        json_pack("[{s:s, s:s, s:s, s:{s:s}}]", "@type", "type.googleapis.com/google.rpc.ErrorInfo",
                                  "reason", "IAM_PERMISSION_DENIED", "domain", "iam.googleapis.com", "metadata",
                                  "permission", full));
}

/* One step of the chain. Whoever owns the platform may take the first one, wherever it leads. */
static bool step(struct local *l, const char *from, const char *to, const char *permission)
{
    return strcmp(from, LOCAL_OWNER) == 0 || local_seed_may(l, from, to, permission);
}

/* caller -> delegates in order -> target. False after refusing. */
static bool may_act(struct local *l, const struct local_request *rq, const char *permission, struct local_reply *rp)
{
    const json_t *delegates = json_object_get(rq->body, "delegates");
    const char *from = rq->caller ? rq->caller : "";
    json_t *row;
    size_t i;

    json_array_foreach(delegates, i, row)
    {
        const char *name = json_string_value(row), *to;

        if (strncmp(name, ACCOUNTS, strlen(ACCOUNTS)) != 0) {
            local_refuse(rp, "INVALID_ARGUMENT", "Request contains an invalid argument.");
            return false;
        }
        to = name + strlen(ACCOUNTS);
        if (!step(l, from, to, "implicitDelegation")) {
            denied(rp, permission);
            return false;
        }
        from = to;
    }
    if (step(l, from, rq->arg[0], permission))
        return true;
    denied(rp, permission);
    return false;
}

static char *scopes_of(const json_t *list)
{
    char *all = cr_strdup("");
    json_t *row;
    size_t i;

    json_array_foreach(list, i, row)
    {
        CR_AUTO_FREE char *old = all;

        all = cr_format("%s%s%s", old, *old ? " " : "", json_string_value(row));
    }
    return all;
}

void local_access_token(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const json_t *asked = json_object_get(rq->body, "lifetime");
    double lifetime = local_duration(asked, 3600);
    CR_AUTO_FREE char *scope = scopes_of(json_object_get(rq->body, "scope")), *token = NULL;
    struct local_grant grant = {.email = rq->arg[0], .scope = scope};
    int64_t said;
    char end[32];

    if (!*scope || lifetime < 1) {
        local_refuse(rp, "INVALID_ARGUMENT", "Request contains an invalid argument.");
    } else if (lifetime > 3600) {
        local_refuse(rp, "INVALID_ARGUMENT",
                     "The access token lifetime cannot exceed 3600 seconds. To request a longer lifetime, add the "
                     "service account to constraints/iam.allowServiceAccountCredentialLifetimeExtension.");
    } else if (may_act(l, rq, "getAccessToken", rp)) {
        if (asked)
            grant.lifetime_s = (int64_t)lifetime;
        token = local_token_issue(l, &grant, &said);
        cr_time_text(local_seed_now_ms(l) / 1000 * 1000 + said * 1000, end);
        if (end[19] == '.')
            memcpy(end + 19, "Z", 2); /* whole seconds are written without a fraction */
        local_reply_json(rp, 200, json_pack("{s:s, s:s}", "accessToken", token, "expireTime", end));
    }
}

void local_id_token(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *audience = json_string_value(json_object_get(rq->body, "audience"));
    bool with_email = json_is_true(json_object_get(rq->body, "includeEmail"));
    CR_AUTO_FREE char *token = NULL;
    struct cr_error err = {0};

    if (!audience || !*audience) {
        local_refuse(rp, "INVALID_ARGUMENT", "audience is required");
    } else if (may_act(l, rq, "getOpenIdToken", rp)) {
        token = local_identity_issue(l, rq->arg[0], audience, NULL, with_email, &err);
        if (token)
            local_reply_json(rp, 200, json_pack("{s:s}", "token", token));
        else
            local_refuse(rp, "INTERNAL", "%s", err.msg);
    }
}

/* The payload is a JSON object in a text; a token that would hold for more than twelve hours is not signed. */
void local_sign_jwt(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *text = json_string_value(json_object_get(rq->body, "payload"));
    json_t *claims = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    int64_t exp = (int64_t)json_number_value(json_object_get(claims, "exp")), now = local_seed_now_ms(l) / 1000;
    CR_AUTO_FREE char *kid = NULL, *token = NULL;
    struct cr_error err = {0};
    EVP_PKEY *key;

    if (!json_is_object(claims) || (json_object_get(claims, "exp") && (exp <= now || exp > now + 43200))) {
        local_refuse(rp, "INVALID_ARGUMENT", "Request contains an invalid argument.");
    } else if (may_act(l, rq, "signJwt", rp)) {
        key = local_signing_key(l, &err);
        if (!key) {
            local_refuse(rp, "INTERNAL", "%s", err.msg);
        } else {
            kid = local_signing_kid(key);
            token = local_jwt_sign(key, kid, claims);
            local_reply_json(rp, 200, json_pack("{s:s, s:s}", "keyId", kid, "signedJwt", token));
        }
    }
    json_decref(claims);
}

void local_sign_blob(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *text = json_string_value(json_object_get(rq->body, "payload"));
    size_t len = 0, signature_len = 0;
    CR_AUTO_FREE unsigned char *bytes = text ? local_b64_bytes(text, &len) : NULL, *signature = NULL;
    CR_AUTO_FREE char *kid = NULL, *coded = NULL;
    struct cr_error err = {0};
    EVP_PKEY *key;

    if (!bytes) {
        local_refuse(rp, "INVALID_ARGUMENT", "Request contains an invalid argument.");
    } else if (may_act(l, rq, "signBlob", rp)) {
        key = local_signing_key(l, &err);
        if (!key) {
            local_refuse(rp, "INTERNAL", "%s", err.msg);
            return;
        }
        kid = local_signing_kid(key);
        signature = local_rs256(key, bytes, len, &signature_len);
        coded = local_b64(signature, signature_len);
        local_reply_json(rp, 200, json_pack("{s:s, s:s}", "keyId", kid, "signedBlob", coded));
    }
}
