/* A code changed into tokens, and what must be in them. */
#include "gcp/login.h"

#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "base/log.h"
#include "base/mem.h"

#define SCOPE_PLATFORM "https://www.googleapis.com/auth/cloud-platform"
#define GOOGLE_TOKEN "https://oauth2.googleapis.com/token"

static void wipe(char **secret)
{
    if (*secret)
        explicit_bzero(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

void gcp_login_tokens_clear(struct gcp_login_tokens *tokens)
{
    wipe(&tokens->access);
    wipe(&tokens->refresh);
    wipe(&tokens->email);
}

/* What stands in an id_token as its bearer's address. It came over TLS from who made it, so its signature needs no
 * check (OpenID Connect Core section 3.1.3.7). NULL when it has none. New. */
static char *email_of(const char *id_token)
{
    CR_AUTO_FREE char *bytes = NULL;
    json_auto_t *claims = NULL;
    const char *part = id_token ? strchr(id_token, '.') : NULL, *email;
    uint32_t bits = 0;
    int have = 0;
    size_t n = 0;

    if (!part)
        return NULL;
    bytes = cr_malloc(strlen(part));
    for (part++; *part && *part != '.' && *part != '='; part++) {
        const char c = *part;
        int digit = c >= 'A' && c <= 'Z'   ? c - 'A'
                    : c >= 'a' && c <= 'z' ? c - 'a' + 26
                    : c >= '0' && c <= '9' ? c - '0' + 52
                    : c == '-'             ? 62
                    : c == '_'             ? 63
                                           : -1;

        if (digit < 0)
            return NULL;
        bits = bits << 6 | (uint32_t)digit;
        if ((have += 6) >= 8)
            bytes[n++] = (char)(bits >> (have -= 8) & 0xff);
    }
    claims = json_loadb(bytes, n, 0, NULL);
    email = json_string_value(json_object_get(claims, "email"));
    return email && *email ? cr_strdup(email) : NULL;
}

/* "NAME=VALUE&..." of pairs, escaped. New; a secret. */
static char *form_of(const char *const *pair)
{
    char *form = cr_strdup("");

    for (; *pair; pair += 2) {
        CR_AUTO_FREE char *value = gcp_url_escape(pair[1]);
        char *more = cr_format("%s%s%s=%s", form, *form ? "&" : "", pair[0], value);

        explicit_bzero(value, strlen(value));
        wipe(&form);
        form = more;
    }
    return form;
}

/* A code can be used once: sent once, never repeated. */
static int exchange(struct gcp *g, const char *url, const char *form, json_t **doc, struct cr_error *err)
{
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(64 << 10);
    const struct gcp_request req = {.method = "POST",
                                    .url = url,
                                    .content_type = "application/x-www-form-urlencoded",
                                    .body = form,
                                    .body_len = strlen(form),
                                    .timeout_ms = 30000};
    json_auto_t *got = NULL;
    const char *error, *text;

    if (g->http->send(g->http, &req, &reply, err) < 0)
        return cr_wrap(err, "cannot change the code into tokens");
    got = json_loadb(reply.body.buf, reply.body.len, JSON_REJECT_DUPLICATES, NULL);
    if (reply.body.len)
        explicit_bzero(reply.body.buf, reply.body.len);
    if (reply.status == 200 && json_is_object(got)) {
        *doc = json_incref(got);
        return 0;
    }
    error = json_string_value(json_object_get(got, "error"));
    text = json_string_value(json_object_get(got, "error_description"));
    cr_fail(err, CR_E_AUTH, "the login was not accepted: HTTP %d%s%.100s%s%.300s", reply.status, error ? ": " : "",
            error ? error : "", text ? ": " : "", text ? text : "");
    if (error && (strcmp(error, "invalid_client") == 0 || strcmp(error, "unauthorized_client") == 0))
        return cr_hint(err, "the client file is of a client that was deleted or changed; download it again: "
                            "console.cloud.google.com/apis/credentials");
    return cr_hint(err, "a code is good once and for minutes: run 'crdeploy auth login' again");
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
    const char *const pair[] = {"grant_type", "authorization_code", "code", code, "redirect_uri", login->redirect,
                                "client_id", client->id, "code_verifier", login->verifier,
                                /* A client without a secret sends none. */
                                *client->secret ? "client_secret" : NULL, client->secret, NULL};
    bool google = strcmp(client->token_uri, GOOGLE_TOKEN) == 0;
    CR_AUTO_FREE char *url = google ? cr_format("%s/token", g->endpoint[GCP_OAUTH]) : cr_strdup(client->token_uri);
    char *form = form_of(pair);
    json_t *doc = NULL;
    int rc = exchange(g, url, form, &doc, err);

    wipe(&form);
    if (rc == 0)
        rc = take(doc, tokens, err);
    json_decref(doc);
    return rc;
}
