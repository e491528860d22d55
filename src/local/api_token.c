/* Where tokens come from: the OAuth token endpoint, the metadata server, IAM credentials. All give the daemon's own. */
#include "local/api.h"

#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"

#define EMAIL "local@crdeploy.invalid"
#define LIFETIME 3600

static json_t *token_reply(const struct local *l)
{
    return json_pack("{s:s, s:i, s:s}", "access_token", l->token, "expires_in", LIFETIME, "token_type", "Bearer");
}

/* OAuth's own shape of errors: RFC 6749 section 5.2. */
static void refuse(struct local_reply *rp, const char *error, const char *text)
{
    local_reply_json(rp, 400, json_pack("{s:s, s:s}", "error", error, "error_description", text));
}

void local_token_post(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    static const char *const grants[] = {"refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer",
                                         "urn:ietf:params:oauth:grant-type:token-exchange"};
    CR_AUTO_FREE char *target = cr_format("/?%s", rq->text ? rq->text : "");
    struct local_request form;
    const char *grant;
    bool known = false;

    local_request_init(&form, "POST", target);
    grant = local_query(&form, "grant_type");
    for (size_t i = 0; grant && i < CR_LEN(grants); i++)
        known |= strcmp(grant, grants[i]) == 0;
    if (!grant)
        refuse(rp, "invalid_request", "Required parameter is missing: grant_type");
    else if (!known)
        refuse(rp, "unsupported_grant_type", "Invalid grant_type");
    else
        local_reply_json(rp, 200, token_reply(l));
    local_request_clear(&form);
}

static void text(struct local_reply *rp, const char *value)
{
    local_reply_text(rp, 200, "application/text", value);
}

static void metadata(struct local *l, const char *path, struct local_reply *rp)
{
    const char *account = "instance/service-accounts/default/";
    size_t len = strlen(account);

    if (strcmp(path, "project/project-id") == 0)
        text(rp, "local");
    else if (strcmp(path, "project/numeric-project-id") == 0)
        text(rp, "1");
    else if (strcmp(path, "instance/region") == 0)
        text(rp, "projects/1/regions/us-central1");
    else if (strcmp(path, "instance/zone") == 0)
        text(rp, "projects/1/zones/us-central1-1");
    else if (strncmp(path, account, len) != 0)
        local_reply_text(rp, 404, "text/plain", "not found\n");
    else if (strcmp(path + len, "") == 0)
        local_reply_json(rp, 200,
                         json_pack("{s:[s], s:s, s:[s]}", "aliases", "default", "email", EMAIL, "scopes",
                                   "https://www.googleapis.com/auth/cloud-platform"));
    else if (strcmp(path + len, "email") == 0)
        text(rp, EMAIL);
    else if (strcmp(path + len, "token") == 0)
        local_reply_json(rp, 200, token_reply(l));
    else if (strcmp(path + len, "identity") == 0)
        text(rp, l->token);
    else
        local_reply_text(rp, 404, "text/plain", "not found\n");
}

void local_metadata_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *flavor = local_header(rq, "Metadata-Flavor");

    /* The header keeps out web pages: a browser does not send it for them. */
    if (!flavor || strcmp(flavor, "Google") != 0)
        local_reply_text(rp, 403, "text/plain", "Missing required header \"Metadata-Flavor\": \"Google\"\n");
    else
        metadata(l, rq->arg[0], rp);
    local_pairs_add(&rp->headers, "Metadata-Flavor", "Google");
}

void local_access_token(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    char end[32];

    (void)rq;
    cr_time_text(cr_wall_ms() + LIFETIME * 1000, end);
    local_reply_json(rp, 200, json_pack("{s:s, s:s}", "accessToken", l->token, "expireTime", end));
}

void local_id_token(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *audience = json_string_value(json_object_get(rq->body, "audience"));

    if (!audience || !*audience)
        local_refuse(rp, "INVALID_ARGUMENT", "audience is required");
    else
        local_reply_json(rp, 200, json_pack("{s:s}", "token", l->token));
}
