#include "local/token_form.h"

#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/seed.h"
#include "local/token_jwt.h"

void local_form_read(const struct local_request *rq, struct local_request *form)
{
    CR_AUTO_FREE char *target = cr_format("/?%s", rq->text ? rq->text : "");

    local_request_init(form, "POST", target);
    for (size_t i = 0; i < rq->query.len; i++)
        if (!local_query(form, rq->query.row[i].name))
            local_pairs_add(&form->query, rq->query.row[i].name, rq->query.row[i].value);
}

void local_oauth_refuse(struct local_reply *rp, int status, const char *error, const char *fmt, ...)
{
    va_list ap;
    char *text;
    json_t *said;

    va_start(ap, fmt);
    text = cr_vformat(fmt, ap);
    va_end(ap);
    said = json_string(text);
    local_reply_json(rp, status,
                     json_pack("{s:s, s:o}", "error", error, "error_description", said ? said : json_string("")));
    free(text);
}

bool local_oauth_basic(const struct local_request *rq)
{
    const char *auth = local_header(rq, "Authorization");

    return auth && strncasecmp(auth, "Basic ", 6) == 0;
}

/* RFC 6749: id and secret are form-encoded before they are joined; clients that do not bother are understood too. */
static bool basic(const struct local_request *rq, char **id, char **secret)
{
    const char *auth = local_header(rq, "Authorization") + 6;
    size_t len = 0;
    CR_AUTO_FREE unsigned char *pair = local_b64_bytes(auth, &len);
    const char *text = (const char *)pair, *colon = text ? strchr(text, ':') : NULL;

    if (!colon || strlen(text) != len)
        return false;
    *id = local_decode(text, (size_t)(colon - text), true);
    *secret = local_decode(colon + 1, strlen(colon + 1), true);
    return *id && *secret;
}

char *local_oauth_client(struct local *l, const struct local_request *rq, const struct local_request *form,
                         struct local_reply *rp)
{
    CR_AUTO_FREE char *id = NULL, *secret = NULL;
    const char *want;
    json_t *row;

    if (local_oauth_basic(rq)) {
        if (!basic(rq, &id, &secret)) {
            local_oauth_refuse(rp, 401, "invalid_client", "The OAuth client was not found.");
            return NULL;
        }
    } else {
        id = local_query(form, "client_id") ? cr_strdup(local_query(form, "client_id")) : NULL;
        secret = local_query(form, "client_secret") ? cr_strdup(local_query(form, "client_secret")) : NULL;
    }
    if (!id || !*id) {
        local_oauth_refuse(rp, 400, "invalid_request", "Could not determine client ID from request.");
        return NULL;
    }
    row = local_seed_row(l, "clients", id);
    want = json_string_value(json_object_get(row, "clientSecret"));
    if (!row)
        local_oauth_refuse(rp, 401, "invalid_client", "The OAuth client was not found.");
    else if (want && !secret)
        local_oauth_refuse(rp, 400, "invalid_request", "client_secret is missing.");
    else if (want && strcmp(want, secret) != 0)
        local_oauth_refuse(rp, 401, "invalid_client", "The provided client secret is invalid.");
    json_decref(row);
    return rp->status ? NULL : CR_STEAL(id);
}

bool local_scope_has(const char *scopes, const char *scope)
{
    size_t len = strlen(scope);

    for (const char *p = scopes; *p;) {
        size_t n = strcspn(p, " ,");

        if (n == len && strncmp(p, scope, n) == 0)
            return true;
        p += n + (p[n] != '\0');
    }
    return false;
}

bool local_scope_within(const char *asked, const char *granted)
{
    for (const char *p = asked; *p;) {
        size_t n = strcspn(p, " ");
        CR_AUTO_FREE char *one = cr_strndup(p, n);

        if (n && !local_scope_has(granted, one))
            return false;
        p += n + (p[n] != '\0');
    }
    return true;
}
