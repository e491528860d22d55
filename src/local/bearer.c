#include "local/bearer.h"

#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/token_form.h"
#include "local/token_store.h"

#define AUTH "https://www.googleapis.com/auth/"

/* The first part that stands in the path decides. */
static const struct {
    const char *part, *service;
} services[] = {
    {"/storage/v1/", "storage"},
    {":generate", "iamcredentials"},
    {":sign", "iamcredentials"},
    {"/serviceAccounts/", "iam"},
    {"/builds", "cloudbuild"},
    {"/operations/build/", "cloudbuild"},
    {"/defaultServiceAccount", "cloudbuild"},
    {"/repositories", "artifactregistry"},
    {"/entries:", "logging"},
    {"/billingInfo", "cloudbilling"},
    {"/v3/projects/", "cloudresourcemanager"},
    {"/v2/projects/", "run"},
    {"/locations/", "run"},
    {"/v1/operations/", "serviceusage"},
    {"/v1/projects/", "serviceusage"},
    {"/apis/", "run"},
    {"/local/", ""},
    {"/", "storage"},
};

const char *local_service_of(const char *path)
{
    for (size_t i = 0; i < CR_LEN(services); i++)
        if (strstr(path, services[i].part))
            return services[i].service;
    return "";
}

/* Takes as long for a wrong token as for the right one. */
static bool same_text(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    unsigned char diff = n != m;

    for (size_t i = 0; i < n; i++)
        diff |= (unsigned char)(a[i] ^ b[m ? i % m : 0]);
    return diff == 0;
}

static const char *bearer(const struct local_request *rq)
{
    const char *auth = local_header(rq, "Authorization");

    return auth && strncasecmp(auth, "Bearer ", 7) == 0 ? auth + 7 : NULL;
}

/* Source: the scopes each method of the APIs lists. */
static bool scope_reaches(const char *scope, const char *service)
{
    static const struct {
        const char *service, *scope;
    } narrow[] = {
        {"storage", AUTH "devstorage.full_control"},
        {"storage", AUTH "devstorage.read_write"},
        {"iamcredentials", AUTH "iam"},
        {"logging", AUTH "logging.read"},
        {"logging", AUTH "logging.admin"},
    };

    if (local_scope_has(scope, LOCAL_SCOPE_ALL))
        return true;
    for (size_t i = 0; i < CR_LEN(narrow); i++)
        if (strcmp(service, narrow[i].service) == 0 && local_scope_has(scope, narrow[i].scope))
            return true;
    return false;
}

static enum local_bearer issued(struct local *l, struct local_request *rq, const char *token)
{
    const char *service = local_service_of(rq->path);
    CR_AUTO_FREE char *email = NULL, *scope = NULL;
    enum local_token_state state;
    json_t *row = NULL;

    state = local_token_look(l, token, &row);
    if (state == LOCAL_TOKEN_VALID) {
        email = cr_strdup(json_string_value(json_object_get(row, "email")));
        scope = cr_strdup(json_string_value(json_object_get(row, "scope")));
    }
    json_decref(row);
    if (state == LOCAL_TOKEN_UNKNOWN) {
        enum local_self_signed self = local_self_signed(l, token, service, &email, &scope);

        if (self == LOCAL_SELF_NONE)
            return LOCAL_BEARER_WRONG;
        state = self == LOCAL_SELF_EXPIRED ? LOCAL_TOKEN_EXPIRED : LOCAL_TOKEN_VALID;
    }
    if (state == LOCAL_TOKEN_EXPIRED)
        return LOCAL_BEARER_EXPIRED;
    free(rq->caller);
    rq->caller = CR_STEAL(email);
    return scope_reaches(scope, service) ? LOCAL_BEARER_OK : LOCAL_BEARER_SCOPE;
}

enum local_bearer local_bearer_look(struct local *l, struct local_request *rq)
{
    const char *token = bearer(rq);

    if (!local_header(rq, "Authorization"))
        return LOCAL_BEARER_MISSING;
    if (!token || !*token)
        return LOCAL_BEARER_WRONG;
    if (l->token[0] && same_text(token, l->token)) {
        free(rq->caller);
        rq->caller = cr_strdup(LOCAL_OWNER);
        return LOCAL_BEARER_OWNER;
    }
    return issued(l, rq, token);
}

void local_bearer_expire(struct local *l, const struct local_request *rq)
{
    const char *token = bearer(rq);

    if (token)
        local_token_expire(l, token);
}

static void say(const char *reason, const struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *service = cr_format("%s.googleapis.com", local_service_of(rq->path));

    json_object_set_new(json_object_get(rp->json, "error"), "details",
                        json_pack("[{s:s, s:s, s:s, s:{s:s}}]", "@type", "type.googleapis.com/google.rpc.ErrorInfo",
                                  "reason", reason, "domain", "googleapis.com", "metadata", "service", service));
}

/* Source: what Google's front end answers to a call without a usable token. */
void local_bearer_refuse(enum local_bearer verdict, const struct local_request *rq, struct local_reply *rp)
{
    if (verdict == LOCAL_BEARER_SCOPE) {
        local_refuse(rp, "PERMISSION_DENIED", "Request had insufficient authentication scopes.");
        say("ACCESS_TOKEN_SCOPE_INSUFFICIENT", rq, rp);
        local_pairs_add(&rp->headers, "WWW-Authenticate",
                        "Bearer realm=\"https://accounts.google.com/\", error=\"insufficient_scope\"");
        return;
    }
    local_refuse(rp, "UNAUTHENTICATED",
                 verdict == LOCAL_BEARER_MISSING
                     ? "Request is missing required authentication credential. Expected OAuth 2 access token, login "
                       "cookie or other valid authentication credential. See "
                       "https://developers.google.com/identity/sign-in/web/devconsole-project."
                     : "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie "
                       "or other valid authentication credential. See "
                       "https://developers.google.com/identity/sign-in/web/devconsole-project.");
    say(verdict == LOCAL_BEARER_MISSING   ? "CREDENTIALS_MISSING"
        : verdict == LOCAL_BEARER_EXPIRED ? "ACCESS_TOKEN_EXPIRED"
                                          : "ACCESS_TOKEN_TYPE_UNSUPPORTED",
        rq, rp);
    local_pairs_add(&rp->headers, "WWW-Authenticate",
                    verdict == LOCAL_BEARER_MISSING
                        ? "Bearer realm=\"https://accounts.google.com/\""
                        : "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"");
}
