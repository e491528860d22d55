/* A code changed into tokens, and what must be in them. */
#include "gcp/login.h"

#include <jansson.h>
#include <string.h>

#include "base/auto.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcp/auth_jwt.h"
#include "gcp/auth_oauth.h"

#define SCOPE_PLATFORM "https://www.googleapis.com/auth/cloud-platform"
#define GOOGLE_TOKEN "https://oauth2.googleapis.com/token"

void gcp_login_tokens_clear(struct gcp_login_tokens *tokens)
{
    gcp_secret_wipe(&tokens->access);
    gcp_secret_wipe(&tokens->refresh);
    gcp_secret_wipe(&tokens->email);
}

/* The bearer's address, by the id_token. That came over TLS from who made it, so its signature needs no check (OpenID
 * Connect Core section 3.1.3.7). NULL when it has none. New. */
static char *email_of(const char *id_token)
{
    json_auto_t *claims = id_token ? gcp_jwt_claims(id_token) : NULL;
    const char *email = json_string_value(json_object_get(claims, "email"));

    return email && *email ? cr_strdup(email) : NULL;
}

/* Whether a list parted by blanks has the word. */
static bool has_word(const char *list, const char *word)
{
    size_t want = strlen(word);

    for (size_t n; *list; list += n) {
        list += strspn(list, " ");
        n = strcspn(list, " ");
        if (n == want && memcmp(list, word, n) == 0)
            return true;
    }
    return false;
}

static int take(const json_t *doc, struct gcp_login_tokens *tokens, struct cr_error *err)
{
    const char *access = json_string_value(json_object_get(doc, "access_token"));
    const char *refresh = json_string_value(json_object_get(doc, "refresh_token"));
    const char *scope = json_string_value(json_object_get(doc, "scope"));
    CR_AUTO_FREE char *email = email_of(json_string_value(json_object_get(doc, "id_token")));

    if (!access || !*access || !refresh || !*refresh) {
        cr_fail(err, CR_E_AUTH, "the login gave no %s", access && *access ? "refresh token" : "access token");
        return cr_hint(err, "remove the client's access at myaccount.google.com/permissions, then log in again");
    }
    cr_log_secret(access);
    cr_log_secret(refresh);
    if (scope && !has_word(scope, SCOPE_PLATFORM)) { /* RFC 6749 section 5.1: absent means as asked for */
        cr_fail(err, CR_E_AUTH, "the login does not allow access to Google Cloud");
        return cr_hint(err, "log in again, and tick 'See, edit, configure, and delete your Google Cloud data'");
    }
    if (!email) {
        cr_fail(err, CR_E_AUTH, "the login does not say whose it is");
        return cr_hint(err, "log in again, and leave the box for the e-mail address ticked");
    }
    *tokens = (struct gcp_login_tokens){cr_strdup(access), cr_strdup(refresh), CR_STEAL(email)};
    return 0;
}

int gcp_login_finish(struct gcp *g, const struct gcp_login_client *client, const struct gcp_login *login,
                     const char *code, struct gcp_login_tokens *tokens, struct cr_error *err)
{
    const struct gcp_auth_env env = {.http = g->http};
    const struct gcp_form form[] = {{"grant_type", "authorization_code"},
                                    {"code", code},
                                    {"redirect_uri", login->redirect},
                                    {"client_id", client->id},
                                    {"code_verifier", login->verifier},
                                    /* A client without a secret sends none. */
                                    {"client_secret", *client->secret ? client->secret : NULL},
                                    {0}};
    bool google = strcmp(client->token_uri, GOOGLE_TOKEN) == 0;
    CR_AUTO_FREE char *url = google ? cr_format("%s/token", g->endpoint[GCP_OAUTH]) : cr_strdup(client->token_uri);
    const struct gcp_oauth_ask ask = {.url = url,
                                      .form = form,
                                      .what = "finish the login",
                                      .again = "a code is good once, and for minutes: run 'crdeploy auth login' again"};
    GCP_AUTO_SECRET_JSON json_t *reply = NULL;

    return gcp_oauth_exchange(&env, &ask, &reply, err) < 0 ? -1 : take(reply, tokens, err);
}

int gcp_login_revoke(struct gcp *g, const char *token, bool *was, struct cr_error *err)
{
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(64 << 10);
    CR_AUTO_FREE char *url = cr_format("%s/revoke", g->endpoint[GCP_OAUTH]);
    char *escaped = gcp_url_escape(token), *form = cr_format("token=%s", escaped);
    const struct gcp_request req = {.method = "POST",
                                    .url = url,
                                    .content_type = "application/x-www-form-urlencoded",
                                    .body = form,
                                    .body_len = strlen(form),
                                    .timeout_ms = 30000};
    int rc = g->http->send(g->http, &req, &reply, err);

    gcp_secret_wipe(&form);
    gcp_secret_wipe(&escaped);
    if (rc < 0)
        return cr_wrap(err, "cannot revoke the login");
    /* RFC 7009 section 2.2 answers 200 for an unknown token; Google 400 with invalid_token. */
    if (reply.status != 200 && !(reply.status == 400 && strstr(reply.body.buf, "\"invalid_token\""))) {
        cr_fail(err, reply.status >= 500 ? CR_E_NET : CR_E_AUTH, "the login was not revoked: HTTP %d", reply.status);
        return -1;
    }
    *was = reply.status == 200;
    return 0;
}
