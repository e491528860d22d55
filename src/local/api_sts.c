/* Security Token Service: tokens of other identity providers exchanged for Google's.
 * Source: https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token; RFC 8693 */
#include "local/api.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/aws_verify.h"
#include "local/json_text.h"
#include "local/seed.h"
#include "local/token_form.h"
#include "local/token_jwt.h"
#include "local/token_store.h"

#define URN "urn:ietf:params:oauth:"
#define ACCESS URN "token-type:access_token"

/* A registered pool's provider; any at all under iam.googleapis.com where none is registered. */
static bool audience_ok(struct local *l, const char *audience)
{
    json_t *pools = local_seed_get(l, "pools"), *row = local_seed_row(l, "pools", audience);
    bool ok = row || (json_array_size(pools) == 0 && strncmp(audience, "//iam.googleapis.com/", 21) == 0 &&
                      strstr(audience, "/providers/"));

    json_decref(row);
    json_decref(pools);
    return ok;
}

/* The token may be meant for the provider by its full name, or by that with https: before it. */
static bool meant_for(const struct local_jwt *jwt, const char *audience)
{
    const json_t *aud = json_object_get(jwt->claims, "aud");
    CR_AUTO_FREE char *https = cr_format("https:%s", audience);
    json_t *row;
    size_t i;

    if (json_is_string(aud))
        return strcmp(json_string_value(aud), audience) == 0 || strcmp(json_string_value(aud), https) == 0;
    json_array_foreach(aud, i, row)
    {
        const char *one = json_string_value(row);

        if (one && (strcmp(one, audience) == 0 || strcmp(one, https) == 0))
            return true;
    }
    return false;
}

/* False after refusing. */
static bool jwt_ok(struct local *l, const struct local_jwt *jwt, const char *audience, struct local_reply *rp)
{
    const char *iss = local_jwt_text(jwt, "iss"), *want;
    json_t *pool = local_seed_row(l, "pools", audience), *issuer = local_seed_row(l, "issuers", iss);

    want = *local_text_at(pool, "issuer") ? local_text_at(pool, "issuer") : iss;
    if (!issuer || strcmp(iss, want) != 0)
        local_oauth_refuse(rp, 400, "invalid_grant", "The issuer in ID Token %s does not match the expected ones.",
                           iss);
    else if (!local_jwt_verify(jwt, local_text_at(issuer, "publicKeyPem")))
        local_oauth_refuse(rp, 400, "invalid_grant", "Invalid ID Token signature.");
    else if (!meant_for(jwt, audience))
        local_oauth_refuse(rp, 400, "invalid_grant",
                           "The audience in ID Token does not match the expected audience https:%s.", audience);
    else if (local_jwt_number(jwt, "exp") * 1000 <= local_seed_now_ms(l))
        local_oauth_refuse(rp, 400, "invalid_grant", "ID Token issued at %lld is stale to sign-in.",
                           (long long)local_jwt_number(jwt, "iat"));
    else if (!*local_jwt_text(jwt, "sub"))
        local_oauth_refuse(rp, 400, "invalid_grant", "The subject in ID Token is missing.");
    json_decref(pool);
    json_decref(issuer);
    return !rp->status;
}

/* Who the subject token is of; new. NULL after refusing. */
static char *subject(struct local *l, const char *type, const char *token, const char *audience, struct local_reply *rp)
{
    LOCAL_AUTO_JWT struct local_jwt jwt = {0};
    bool is_jwt = strcmp(type, URN "token-type:jwt") == 0, is_id = strcmp(type, URN "token-type:id_token") == 0;
    struct cr_error err = {0};
    char *who = NULL;

    if (strcmp(type, "urn:ietf:params:aws:token-type:aws4_request") == 0) {
        if (local_aws_verify(l, token, audience, &who, &err) < 0)
            local_oauth_refuse(rp, 400, "invalid_grant", "Received invalid AWS response: %s", err.msg);
        return who;
    }
    if (strcmp(type, URN "token-type:saml2") == 0)
        return cr_strdup("saml"); /* assertions are not looked into */
    if (!is_jwt && !is_id) {
        local_oauth_refuse(rp, 400, "invalid_request", "Invalid value for \"subject_token_type\".");
        return NULL;
    }
    if (!local_jwt_parse(token, &jwt)) {
        local_oauth_refuse(rp, 400, "invalid_request", "Unable to parse the ID Token.");
        return NULL;
    }
    return jwt_ok(l, &jwt, audience, rp) ? cr_strdup(local_jwt_text(&jwt, "sub")) : NULL;
}

/* "principal://iam.googleapis.com/.../workloadIdentityPools/POOL/subject/SUB" */
static char *principal(const char *audience, const char *who)
{
    const char *provider = strstr(audience, "/providers/");

    return cr_format("principal:%.*s/subject/%s", provider ? (int)(provider - audience) : (int)strlen(audience),
                     audience, who);
}

static const char *missing(const struct local_request *form)
{
    static const char *const needed[] = {"grant_type",    "audience",           "requested_token_type",
                                         "subject_token", "subject_token_type", "scope"};

    for (size_t i = 0; i < CR_LEN(needed); i++)
        if (!local_query(form, needed[i]) || !*local_query(form, needed[i]))
            return needed[i];
    return NULL;
}

/* False after refusing. */
static bool form_ok(struct local *l, const struct local_request *rq, const struct local_request *form,
                    struct local_reply *rp)
{
    const char *gone = missing(form), *options = local_query(form, "options"),
               *audience = local_query(form, "audience");
    CR_AUTO_FREE char *client = NULL, *text = NULL;
    json_t *parsed = NULL;

    if (options) {
        text = local_decode(options, strlen(options), false);
        parsed = text ? json_loads(text, 0, NULL) : NULL;
    }
    if (gone)
        local_oauth_refuse(rp, 400, "invalid_request", "Missing required parameter: \"%s\".", gone);
    else if (strcmp(local_query(form, "grant_type"), URN "grant-type:token-exchange") != 0)
        local_oauth_refuse(rp, 400, "unsupported_grant_type", "Invalid value for \"grant_type\".");
    else if (strcmp(local_query(form, "requested_token_type"), ACCESS) != 0)
        local_oauth_refuse(rp, 400, "invalid_request", "Invalid value for \"requested_token_type\".");
    else if (!audience_ok(l, audience))
        local_oauth_refuse(rp, 400, "invalid_target",
                           "The target service indicated by the \"audience\" parameters is invalid. This might either "
                           "be because the pool or provider is disabled or deleted or because it doesn't exist.");
    else if (options && !json_is_string(json_object_get(parsed, "userProject")))
        local_oauth_refuse(rp, 400, "invalid_request", "Invalid value for \"options\".");
    else if (options && !strstr(audience, "/workforcePools/"))
        local_oauth_refuse(rp, 400, "invalid_request", "\"userProject\" is only for workforce pools.");
    else if (local_oauth_basic(rq))
        client = local_oauth_client(l, rq, form, rp);
    json_decref(parsed);
    return !rp->status;
}

void local_exchange(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *who = NULL, *name = NULL, *token = NULL;
    struct local_request form;
    const char *audience;
    int64_t lifetime;

    local_form_read(rq, &form);
    audience = local_query(&form, "audience");
    if (form_ok(l, rq, &form, rp))
        who = subject(l, local_query(&form, "subject_token_type"), local_query(&form, "subject_token"), audience, rp);
    if (who) {
        name = principal(audience, who);
        token =
            local_token_issue(l, &(struct local_grant){.email = name, .scope = local_query(&form, "scope")}, &lifetime);
        local_reply_json(rp, 200,
                         json_pack("{s:s, s:s, s:s, s:I}", "access_token", token, "issued_token_type", ACCESS,
                                   "token_type", "Bearer", "expires_in", (json_int_t)lifetime));
    }
    local_request_clear(&form);
}

/* Of people who signed in through a workforce pool: a refresh token, and HTTP Basic for the client. */
void local_exchange_refresh(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    struct local_request form;
    const char *grant;

    local_form_read(rq, &form);
    grant = local_query(&form, "grant_type");
    if (!grant || strcmp(grant, "refresh_token") != 0)
        local_oauth_refuse(rp, 400, "unsupported_grant_type", "Invalid value for \"grant_type\".");
    else if (!local_oauth_basic(rq))
        local_oauth_refuse(rp, 401, "invalid_client", "The client must authenticate by HTTP Basic.");
    else
        local_token_refresh(l, rq, &form, rp);
    local_request_clear(&form);
}

void local_introspect(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *client = NULL;
    struct local_request form;
    json_t *row = NULL;
    const char *token;

    local_form_read(rq, &form);
    token = local_query(&form, "token");
    client = local_oauth_client(l, rq, &form, rp);
    if (client && token && local_token_look(l, token, &row) == LOCAL_TOKEN_VALID)
        local_reply_json(rp, 200,
                         json_pack("{s:b, s:s, s:s, s:I, s:O}", "active", true, "client_id", client, "username",
                                   local_text_at(row, "email"), "exp",
                                   (json_int_t)(json_integer_value(json_object_get(row, "exp")) / 1000), "scope",
                                   json_object_get(row, "scope")));
    else if (client)
        local_reply_json(rp, 200, json_pack("{s:b}", "active", false));
    json_decref(row);
    local_request_clear(&form);
}
