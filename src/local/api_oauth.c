/* What a browser and its user do at accounts.google.com, and the endpoints that look at tokens or revoke them.
 * Source: https://developers.google.com/identity/protocols/oauth2/native-app; RFC 6749 section 4.1.1, RFC 7636 4.3 */
#include "local/api.h"

#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/seed.h"
#include "local/token_form.h"
#include "local/token_jwt.h"
#include "local/token_store.h"

#define USER "user@crdeploy.invalid" /* who logs in, unless the owner says who */

/* A page, as the user would see it: nothing is sent back to a client that is not known to be one. */
static void page(struct local_reply *rp, const char *error, const char *text)
{
    CR_AUTO_FREE char *html = cr_format("<!doctype html><title>Error</title><h1>Access blocked: authorization error"
                                        "</h1><p>Error 400: %s</p><p>%s</p>\n",
                                        error, text);

    local_reply_text(rp, 400, "text/html; charset=utf-8", html);
}

/* http on this machine, any port: what desktop clients may use. */
static bool redirect_ok(const char *uri)
{
    static const char *const hosts[] = {"http://localhost", "http://127.0.0.1", "http://[::1]"};

    for (size_t i = 0; i < CR_LEN(hosts); i++) {
        size_t n = strlen(hosts[i]);

        if (strncmp(uri, hosts[i], n) == 0 && (!uri[n] || strchr(":/?", uri[n])) && !strpbrk(uri, "#\r\n "))
            return true;
    }
    return false;
}

static bool challenge_ok(const struct local_request *rq)
{
    const char *challenge = local_query(rq, "code_challenge"), *method = local_query(rq, "code_challenge_method");
    size_t len = challenge ? strlen(challenge) : 0;

    if (!challenge)
        return !method;
    if (method && strcmp(method, "S256") != 0 && strcmp(method, "plain") != 0)
        return false;
    return len >= 43 && len <= 128 &&
           strspn(challenge, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") == len;
}

/* False after showing what is wrong with the request. */
static bool asked_well(struct local *l, const struct local_request *rq, struct local_reply *rp)
{
    const char *client = local_query(rq, "client_id"), *redirect = local_query(rq, "redirect_uri");
    const char *type = local_query(rq, "response_type"), *scope = local_query(rq, "scope");
    json_t *row = local_seed_row(l, "clients", client);

    json_decref(row);
    if (!client || !row)
        page(rp, "invalid_client", "The OAuth client was not found.");
    else if (!type)
        page(rp, "invalid_request", "Required parameter is missing: response_type");
    else if (strcmp(type, "code") != 0)
        page(rp, "unsupported_response_type", "Only the response type code is for installed applications.");
    else if (!redirect)
        page(rp, "invalid_request", "Missing required parameter: redirect_uri");
    else if (strncmp(redirect, "urn:ietf:wg:oauth:2.0:oob", 25) == 0)
        page(rp, "invalid_request", "The out-of-band (OOB) flow has been blocked.");
    else if (!redirect_ok(redirect))
        page(rp, "redirect_uri_mismatch", "The redirect URI in the request did not match a registered redirect URI.");
    else if (!scope || !*scope)
        page(rp, "invalid_request", "Missing required parameter: scope");
    else if (!challenge_ok(rq))
        page(rp, "invalid_request", "Invalid code_challenge or code_challenge_method.");
    return !rp->status;
}

static void add_param(char **url, const char *name, const char *value)
{
    CR_AUTO_FREE char *coded = local_encode(value), *old = *url;

    *url = cr_format("%s%c%s=%s", old, strchr(old, '?') ? '&' : '?', name, coded);
}

static json_t *kept(const struct local_request *rq, const char *email, const char *scope)
{
    const char *challenge = local_query(rq, "code_challenge"), *method = local_query(rq, "code_challenge_method");
    const char *access = local_query(rq, "access_type");

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "client", local_query(rq, "client_id"), "redirect",
                     local_query(rq, "redirect_uri"), "email", email, "scope", scope, "challenge",
                     challenge ? challenge : "", "method", method ? method : "plain", "offline",
                     access && strcmp(access, "offline") == 0);
}

/* The user says yes at once, or what the owner has set says no. */
void local_authorize(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *login = local_seed_get(l, "login"), *asked;
    const char *email = json_string_value(json_object_get(login, "email"));
    const char *error = json_string_value(json_object_get(login, "error"));
    const char *granted = json_string_value(json_object_get(login, "scope")), *state = local_query(rq, "state");
    CR_AUTO_FREE char *url = NULL, *code = NULL;

    if (asked_well(l, rq, rp)) {
        granted = granted ? granted : local_query(rq, "scope");
        url = cr_strdup(local_query(rq, "redirect_uri"));
        if (error)
            add_param(&url, "error", error);
        if (state)
            add_param(&url, "state", state);
        if (!error) {
            asked = kept(rq, email ? email : USER, granted);
            code = local_code_put(l, asked);
            json_decref(asked);
            add_param(&url, "code", code);
            add_param(&url, "scope", granted);
        }
        local_reply_empty(rp, 302);
        local_pairs_add(&rp->headers, "Location", url);
    }
    json_decref(login);
}

void local_revoke(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    struct local_request form;
    struct cr_error err = {0};
    const char *token;
    json_t *row = NULL, *issued = NULL;

    local_form_read(rq, &form);
    token = local_query(&form, "token");
    if (token) {
        const char *refresh;

        /* An access token takes the refresh token it came from along. */
        (void)local_token_look(l, token, &issued);
        refresh = json_string_value(json_object_get(issued, "refresh"));
        token = refresh && *refresh ? refresh : token;
        row = local_seed_row(l, "refreshTokens", token);
    }
    if (!token || (!local_token_revoke(l, token) && !row))
        local_oauth_refuse(rp, 400, "invalid_token", "Token expired or revoked");
    else if (row && local_seed_row_drop(l, "refreshTokens", token, &err) < 0)
        local_oauth_refuse(rp, 500, "internal_failure", "%s", err.msg);
    else
        local_reply_json(rp, 200, json_object());
    json_decref(row);
    json_decref(issued);
    local_request_clear(&form);
}

static void describe_access(struct local *l, const char *token, struct local_reply *rp)
{
    json_t *row = NULL;
    int64_t exp;

    if (local_token_look(l, token, &row) == LOCAL_TOKEN_VALID) {
        const char *client = json_string_value(json_object_get(row, "clientId"));
        const char *email = json_string_value(json_object_get(row, "email"));
        const char *who = *client ? client : email;

        exp = (int64_t)json_integer_value(json_object_get(row, "exp")) / 1000;
        local_reply_json(rp, 200,
                         json_pack("{s:s, s:s, s:O, s:o, s:o, s:s, s:s, s:s}", "azp", who, "aud", who, "scope",
                                   json_object_get(row, "scope"), "exp", json_sprintf("%" PRId64, exp), "expires_in",
                                   json_sprintf("%" PRId64, exp - local_seed_now_ms(l) / 1000), "email", email,
                                   "email_verified", "true", "access_type", *client ? "offline" : "online"));
    } else {
        local_oauth_refuse(rp, 400, "invalid_token", "Invalid Value");
    }
    json_decref(row);
}

void local_tokeninfo(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    struct local_request form;
    const char *access, *identity;

    local_form_read(rq, &form);
    access = local_query(&form, "access_token");
    identity = local_query(&form, "id_token");
    if (access) {
        describe_access(l, access, rp);
    } else if (identity && local_identity_valid(l, identity, NULL)) {
        struct local_jwt jwt;

        if (local_jwt_parse(identity, &jwt)) {
            local_reply_json(rp, 200, json_incref(jwt.claims));
            local_jwt_clear(&jwt);
        }
    } else {
        local_oauth_refuse(rp, 400, identity ? "invalid_token" : "invalid_request",
                           identity ? "Invalid Value" : "either access_token, id_token, or token_handle required");
    }
    local_request_clear(&form);
}
