/* The metadata server of a Google machine. Source: https://cloud.google.com/compute/docs/metadata/overview */
#include "local/api.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/seed.h"
#include "local/token_store.h"

#define ACCOUNTS "instance/service-accounts/"

static void text(struct local_reply *rp, const char *value)
{
    local_reply_text(rp, 200, "application/text", value);
}

static void missing(struct local_reply *rp)
{
    local_reply_text(rp, 404, "text/html; charset=UTF-8", "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>\n");
}

static void access_token(struct local *l, const struct local_request *rq, const char *email, struct local_reply *rp)
{
    const char *asked = local_query(rq, "scopes");
    CR_AUTO_FREE char *scope = cr_strdup(asked && *asked ? asked : LOCAL_SCOPE_ALL), *token = NULL;
    int64_t lifetime;

    for (char *p = scope; *p; p++)
        *p = (char)(*p == ',' ? ' ' : *p);
    token = local_token_issue(l, &(struct local_grant){.email = email, .scope = scope}, &lifetime);
    local_reply_json(rp, 200,
                     json_pack("{s:s, s:I, s:s}", "access_token", token, "expires_in", (json_int_t)lifetime,
                               "token_type", "Bearer"));
}

static void identity(struct local *l, const struct local_request *rq, const char *email, struct local_reply *rp)
{
    const char *audience = local_query(rq, "audience"), *format = local_query(rq, "format");
    struct cr_error err = {0};
    CR_AUTO_FREE char *token = NULL;

    if (!audience || !*audience) {
        local_reply_text(rp, 400, "text/plain", "non-empty audience parameter required\n");
        return;
    }
    token = local_identity_issue(l, email, audience, NULL, format && strcmp(format, "full") == 0, &err);
    if (token)
        text(rp, token);
    else
        local_reply_text(rp, 500, "text/plain", err.msg);
}

/* What lies under one account: "", "email", "token" and so on. */
static void account(struct local *l, const struct local_request *rq, const char *what, const char *email,
                    struct local_reply *rp)
{
    json_t *whole = json_pack("{s:[s], s:s, s:[s]}", "aliases", "default", "email", email, "scopes", LOCAL_SCOPE_ALL);

    if (!*what && local_query_true(rq, "recursive"))
        local_reply_json(rp, 200, json_incref(whole));
    else if (!*what)
        text(rp, "aliases\nemail\nidentity\nscopes\ntoken\n");
    else if (strcmp(what, "email") == 0)
        text(rp, email);
    else if (strcmp(what, "aliases") == 0)
        text(rp, "default\n");
    else if (strcmp(what, "scopes") == 0)
        text(rp, LOCAL_SCOPE_ALL "\n");
    else if (strcmp(what, "token") == 0)
        access_token(l, rq, email, rp);
    else if (strcmp(what, "identity") == 0)
        identity(l, rq, email, rp);
    else
        missing(rp);
    json_decref(whole);
}

static void accounts(struct local *l, const struct local_request *rq, const char *rest, const char *email,
                     struct local_reply *rp)
{
    const char *slash = strchr(rest, '/');
    CR_AUTO_FREE char *list = cr_format("default/\n%s/\n", email);
    CR_AUTO_FREE char *name = slash ? cr_strndup(rest, (size_t)(slash - rest)) : cr_strdup(rest);

    if (!*rest && local_query_true(rq, "recursive")) {
        struct local_reply one;

        local_reply_init(&one);
        account(l, rq, "", email, &one);
        local_reply_json(rp, 200, json_pack("{s:O, s:O}", "default", one.json, email, one.json));
        local_reply_clear(&one);
    } else if (!*rest) {
        text(rp, list);
    } else if (slash && (strcmp(name, "default") == 0 || strcmp(name, email) == 0)) {
        account(l, rq, slash + 1, email, rp);
    } else {
        missing(rp);
    }
}

/* The plain values: path, what the owner calls it, and what it is otherwise. */
static const struct {
    const char *path, *key, *value;
    const char *form; /* how the value stands in the answer; NULL: alone */
} values[] = {
    {"project/project-id", "project", "local", NULL},
    {"project/numeric-project-id", "projectNumber", "1", NULL},
    {"instance/region", "region", "us-central1", "regions"},
    {"instance/zone", "zone", "us-central1-1", "zones"},
    {"universe/universe-domain", "universe", "googleapis.com", NULL},
};

static const char *set_or(const json_t *set, const char *key, const char *otherwise)
{
    const char *value = json_string_value(json_object_get(set, key));

    return value ? value : otherwise;
}

static bool is_absent(const json_t *set, const char *path)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(set, "absent"), i, row)
    {
        if (json_is_string(row) && strcmp(json_string_value(row), path) == 0)
            return true;
    }
    return false;
}

static void metadata(struct local *l, const struct local_request *rq, struct local_reply *rp)
{
    json_t *set = local_seed_get(l, "metadata");
    const char *path = rq->arg[0], *email = set_or(set, "email", LOCAL_OWNER);
    CR_AUTO_FREE char *whole = NULL;

    if (is_absent(set, path)) {
        missing(rp);
    } else if (strncmp(path, ACCOUNTS, strlen(ACCOUNTS)) == 0) {
        accounts(l, rq, path + strlen(ACCOUNTS), email, rp);
    } else {
        for (size_t i = 0; i < CR_LEN(values) && !rp->status; i++) {
            const char *value = set_or(set, values[i].key, values[i].value);

            if (strcmp(path, values[i].path) != 0)
                continue;
            if (values[i].form)
                whole = cr_format("projects/%s/%s/%s", set_or(set, "projectNumber", "1"), values[i].form, value);
            text(rp, whole ? whole : value);
        }
        if (!rp->status)
            missing(rp);
    }
    json_decref(set);
}

void local_metadata_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *flavor = local_header(rq, "Metadata-Flavor");

    /* The header keeps out web pages: a browser does not send it for them. Nor does a proxy leave it alone. */
    if (!flavor || strcmp(flavor, "Google") != 0 || local_header(rq, "X-Forwarded-For"))
        local_reply_text(rp, 403, "text/plain", "Missing required header \"Metadata-Flavor\": \"Google\"\n");
    else
        metadata(l, rq, rp);
    local_pairs_add(&rp->headers, "Metadata-Flavor", "Google");
}
