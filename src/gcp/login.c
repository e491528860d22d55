#include "gcp/login.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcp/api_error.h"
#include "gcp/auth_jwt.h"

#define SCOPE_PLATFORM "https://www.googleapis.com/auth/cloud-platform"
#define SCOPES "openid https://www.googleapis.com/auth/userinfo.email " SCOPE_PLATFORM
#define ACCOUNTS "https://accounts.google.com/"
#define TOKEN "https://oauth2.googleapis.com/token"

enum { VERIFIER_BYTES = 96, STATE_BYTES = 32, DIGEST_BYTES = 32 };

static int random_text(size_t n, char **text, struct cr_error *err)
{
    unsigned char bytes[VERIFIER_BYTES];

    /* Up to 256 bytes come whole, or not at all. */
    if (getrandom(bytes, n, 0) != (ssize_t)n)
        return cr_fail(err, CR_E_IO, "the kernel gave no random bytes: %s", strerror(errno));
    *text = gcp_base64url(bytes, n);
    explicit_bzero(bytes, sizeof(bytes));
    return 0;
}

char *gcp_login_challenge(const char *verifier)
{
    unsigned char digest[DIGEST_BYTES];
    char hex[CR_SHA256_HEX];

    cr_sha256(verifier, strlen(verifier), hex);
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        const char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};

        digest[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    return gcp_base64url(digest, DIGEST_BYTES);
}

int gcp_login_begin(const char *redirect, struct gcp_login *login, struct cr_error *err)
{
    struct gcp_login made = {0};

    if (random_text(VERIFIER_BYTES, &made.verifier, err) < 0 || random_text(STATE_BYTES, &made.state, err) < 0) {
        gcp_login_clear(&made);
        return -1;
    }
    made.challenge = gcp_login_challenge(made.verifier);
    made.redirect = cr_strdup(redirect);
    cr_log_secret(made.verifier);
    *login = made;
    return 0;
}

void gcp_login_clear(struct gcp_login *login)
{
    gcp_secret_wipe(&login->verifier);
    gcp_secret_wipe(&login->state);
    gcp_secret_wipe(&login->challenge);
    gcp_secret_wipe(&login->redirect);
}

void gcp_login_client_clear(struct gcp_login_client *client)
{
    gcp_secret_wipe(&client->id);
    gcp_secret_wipe(&client->secret);
    gcp_secret_wipe(&client->auth_uri);
    gcp_secret_wipe(&client->token_uri);
}

/* Nothing that ends a URL early, hides in it, or does something to a terminal. */
static bool clean(const char *uri)
{
    for (const char *p = uri; *p; p++)
        if (*p <= ' ' || *p > '~' || strchr("\"'<>?#@\\", *p))
            return false;
    return true;
}

/* An address out of a file: Google's, or another one over TLS (or on this machine) where that was allowed. */
static int check_uri(const char *uri, const char *key, const char *google, const char *from, bool allow_custom,
                     struct cr_error *err)
{
    bool tls = strncasecmp(uri, "https://", 8) == 0;

    if (strncmp(uri, google, strlen(google)) == 0 && clean(uri))
        return 0;
    if (!allow_custom) {
        cr_fail(err, CR_E_CONFIG, "'%.200s' in '%s' is '%.200s', which is not Google's", key, from, uri);
        return cr_hint(err, "whoever is there would get the login; if that is meant: --allow-custom-endpoints");
    }
    if (!clean(uri) || (!tls && !gcp_url_loopback(uri))) {
        cr_fail(err, CR_E_CONFIG, "'%.200s' in '%s' is no https address", key, from);
        return cr_hint(err, "Google's own is %s", google);
    }
    return 0;
}

/* Files made years ago have addresses of Google's that moved since. */
static const char *modern(const char *token_uri)
{
    static const char *const old[] = {ACCOUNTS "o/oauth2/token", "https://www.googleapis.com/oauth2/v3/token",
                                      "https://www.googleapis.com/oauth2/v4/token"};

    for (size_t i = 0; i < CR_LEN(old); i++)
        if (strcmp(token_uri, old[i]) == 0)
            return TOKEN;
    return token_uri;
}

static const char *client_text(const json_t *installed, const char *key, const char *absent)
{
    const char *value = json_string_value(json_object_get(installed, key));

    return value && *value ? value : absent;
}

static int client_fill(const json_t *installed, const char *from, bool allow_custom, struct gcp_login_client *client,
                       struct cr_error *err)
{
    const char *auth = client_text(installed, "auth_uri", ACCOUNTS "o/oauth2/auth");
    const char *token = modern(client_text(installed, "token_uri", TOKEN)),
               *id = client_text(installed, "client_id", NULL);

    if (!id) {
        cr_fail(err, CR_E_CONFIG, "the client file '%s' has no client_id", from);
        return cr_hint(err, "download it again: console.cloud.google.com/apis/credentials");
    }
    if (check_uri(auth, "auth_uri", ACCOUNTS, from, allow_custom, err) < 0 ||
        check_uri(token, "token_uri", TOKEN, from, allow_custom, err) < 0)
        return -1;
    *client = (struct gcp_login_client){
        .id = cr_strdup(id),
        .secret = cr_strdup(client_text(installed, "client_secret", "")),
        .auth_uri = cr_strdup(auth),
        .token_uri = cr_strdup(token),
        .is_custom = strncmp(auth, ACCOUNTS, strlen(ACCOUNTS)) != 0 || strcmp(token, TOKEN) != 0,
    };
    if (*client->secret)
        cr_log_secret(client->secret);
    return 0;
}

int gcp_login_client_read(const char *text, size_t len, const char *from, bool allow_custom,
                          struct gcp_login_client *client, struct cr_error *err)
{
    json_error_t at;
    json_auto_t *doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, &at);
    const json_t *installed = json_object_get(doc, "installed");
    const char *type = json_string_value(json_object_get(doc, "type"));

    if (installed)
        return client_fill(installed, from, allow_custom, client, err);
    if (!doc) {
        cr_fail(err, CR_E_CONFIG, "%s:%d:%d: the client file is no JSON: %s", from, at.line, at.column, at.text);
    } else if (json_object_get(doc, "web")) {
        cr_fail(err, CR_E_CONFIG, "the client in '%s' is for a web application", from);
        return cr_hint(err, "make one of type 'Desktop app': console.cloud.google.com/apis/credentials");
    } else if (type) {
        cr_fail(err, CR_E_CONFIG, "'%s' is a credential of type '%.60s', no OAuth client", from, type);
        return cr_hint(err, "a credential needs no browser: crdeploy auth login --cred-file %s", from);
    } else {
        cr_fail(err, CR_E_CONFIG, "'%s' is no OAuth client: it has no 'installed'", from);
    }
    return cr_hint(err,
                   "make one of type 'Desktop app' and download its JSON: console.cloud.google.com/apis/credentials");
}

/* "&name=VALUE", escaped, at the end of *url. */
static void add(char **url, const char *name, const char *value)
{
    CR_AUTO_FREE char *escaped = gcp_url_escape(value), *before = *url;
    size_t n = strlen(before);

    *url = cr_format("%s%s%s=%s", before, !n || before[n - 1] == '?' ? "" : "&", name, escaped);
    explicit_bzero(escaped, strlen(escaped)); /* forms are made of this too */
    explicit_bzero(before, n);
}

char *gcp_login_url(const struct gcp *g, const struct gcp_login_client *client, const struct gcp_login *login,
                    const char *account)
{
    bool google = strncmp(client->auth_uri, ACCOUNTS, strlen(ACCOUNTS)) == 0;
    char *url = google ? cr_format("%s/%s?", g->endpoint[GCP_ACCOUNTS], client->auth_uri + strlen(ACCOUNTS))
                       : cr_format("%s?", client->auth_uri);

    add(&url, "response_type", "code");
    add(&url, "client_id", client->id);
    add(&url, "redirect_uri", login->redirect);
    add(&url, "scope", SCOPES);
    add(&url, "state", login->state);
    add(&url, "access_type", "offline"); /* a refresh token ... */
    add(&url, "prompt", "consent");      /* ... each time, not only the first */
    add(&url, "code_challenge", login->challenge);
    add(&url, "code_challenge_method", "S256");
    if (account)
        add(&url, "login_hint", account);
    return url;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A value of n bytes out of a query, decoded. New. */
static char *decode(const char *s, size_t n)
{
    char *text = cr_malloc(n + 1), *to = text;

    for (size_t i = 0; i < n; i++) {
        int high = i + 2 < n && s[i] == '%' ? hex(s[i + 1]) : -1, low = high >= 0 ? hex(s[i + 2]) : -1;

        if (low >= 0 && (high || low)) { /* %00 would end the text early: it stays as it is */
            *to++ = (char)(high << 4 | low);
            i += 2;
        } else {
            *to++ = (char)(s[i] == '+' ? ' ' : s[i]);
        }
    }
    *to = '\0';
    return text;
}

/* The first value of that name; NULL without one. New. */
static char *query_get(const char *query, const char *name)
{
    size_t want = strlen(name);

    while (*query) {
        size_t n = strcspn(query, "&#");

        if (n > want && query[want] == '=' && memcmp(query, name, want) == 0)
            return decode(query + want + 1, n - want - 1);
        if (query[n] != '&')
            return NULL;
        query += n + 1;
    }
    return NULL;
}

/* In a time that does not tell how much of it was right. */
static bool same(const char *a, const char *b)
{
    size_t n = strlen(a);
    unsigned diff = strlen(b) != n;

    for (size_t i = 0; i < n && b[i]; i++)
        diff |= (unsigned)(a[i] ^ b[i]);
    return !diff;
}

static int deny(const char *error, const char *text, struct cr_error *err)
{
    CR_AUTO_FREE char *both = cr_format("%.100s%s%.300s", error, text ? ": " : "", text ? text : "");

    if (strcmp(error, "access_denied") == 0) {
        cr_fail(err, CR_E_AUTH, "the login was denied in the browser");
        return cr_hint(err, "run it again and choose 'Allow'; an account that is no test user of an unpublished client "
                            "is denied too");
    }
    gcp_api_failed(CR_E_AUTH, both, err, "the login failed");
    return cr_hint(err, "see that the client file is of type 'Desktop app' and not deleted: "
                        "console.cloud.google.com/apis/credentials");
}

enum gcp_login_verdict gcp_login_answer(const struct gcp_login *login, const char *query, char **code,
                                        struct cr_error *err)
{
    const char *mark = strncmp(query, "http", 4) == 0 ? strchr(query, '?') : NULL; /* a value may have one too */
    CR_AUTO_FREE char *state = query_get(mark ? mark + 1 : query, "state");
    CR_AUTO_FREE char *error = query_get(mark ? mark + 1 : query, "error");
    CR_AUTO_FREE char *text = query_get(mark ? mark + 1 : query, "error_description");
    CR_AUTO_FREE char *found = query_get(mark ? mark + 1 : query, "code");

    if (!state || !same(login->state, state)) {
        cr_fail(err, CR_E_AUTH, "this is not the answer to this login: its state is %s", state ? "another" : "missing");
        cr_hint(err, "use the address that this run printed, not one of an earlier run");
        return GCP_LOGIN_STRANGER;
    }
    if (error) {
        deny(error, text, err);
        return GCP_LOGIN_DENIED;
    }
    if (!found || !*found) {
        cr_fail(err, CR_E_AUTH, "the browser came back without a code");
        cr_hint(err, "run it again");
        return GCP_LOGIN_DENIED;
    }
    cr_log_secret(found);
    *code = CR_STEAL(found);
    return GCP_LOGIN_GRANTED;
}
