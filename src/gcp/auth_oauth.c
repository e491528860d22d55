#include "gcp/auth_oauth.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <openssl/crypto.h>
#include <sys/random.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcp/api_error.h"
#include "gcp/http.h"
#include "gcp/json.h"

enum { TRIES = 3, FIRST_WAIT_MS = 1000, ANSWER_MS = 60000, MAX_FORM = 1 << 20, MAX_REPLY = 1 << 20, SKEW_S = 60 };

#define LOGIN "log in again: crdeploy auth login, or gcloud auth application-default login"

int64_t gcp_oauth_end_ms(const json_t *reply)
{
    const json_t *said = json_object_get(reply, "expires_in");
    double s = json_is_string(said) ? strtod(json_string_value(said), NULL) : json_number_value(said);

    if (!(s > 0 && s < 365 * 86400.0))
        s = 3600;
    return cr_wall_ms() + (int64_t)s * 1000;
}

int gcp_oauth_keep(const json_t *reply, const char *address, struct gcp_kept *kept, struct cr_error *err)
{
    const char *access = gcp_text_at(reply, "access_token");

    if (!*access)
        return cr_fail(err, CR_E_API, "the token service '%s' answered without an 'access_token'", address);
    if (gcp_token_check(access, "what the token service answered", err) < 0)
        return -1;
    gcp_kept_set(kept, access, NULL, gcp_oauth_end_ms(reply));
    return 0;
}

/* A form, urlencoded; spaces too are percent-encoded, which every server reads. The caller wipes it. */
static char *form_text(const struct gcp_form *form)
{
    char *all = cr_strdup("");

    for (const struct gcp_form *f = form; f->name; f++) {
        char *value = f->value ? gcp_url_escape(f->value) : NULL, *more;

        if (!value)
            continue;
        more = cr_format("%s%s%s=%s", all, *all ? "&" : "", f->name, value);
        gcp_secret_wipe(&value);
        gcp_secret_wipe(&all);
        all = more;
    }
    return all;
}

static char *base64(const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = strlen(text);
    char *out = cr_malloc((n + 2) / 3 * 4 + 1), *to = out;

    for (size_t i = 0; i < n; i += 3) {
        const unsigned char *in = (const unsigned char *)text + i;
        size_t left = n - i;
        unsigned v = (unsigned)in[0] << 16 | (left > 1 ? (unsigned)in[1] << 8 : 0) | (left > 2 ? in[2] : 0);

        *to++ = digits[v >> 18];
        *to++ = digits[(v >> 12) & 63];
        *to++ = left > 1 ? digits[(v >> 6) & 63] : '=';
        *to++ = left > 2 ? digits[v & 63] : '=';
    }
    *to = '\0';
    return out;
}

/* "Basic USER:PASSWORD", each form-encoded first, as RFC 6749 has it. The caller wipes it. */
static char *basic(const char *user, const char *password)
{
    char *u = gcp_url_escape(user), *p = gcp_url_escape(password ? password : "");
    char *pair = cr_format("%s:%s", u, p), *coded = base64(pair), *header = cr_format("Basic %s", coded);

    gcp_secret_wipe(&u);
    gcp_secret_wipe(&p);
    gcp_secret_wipe(&pair);
    gcp_secret_wipe(&coded);
    return header;
}

/* OAuth says "later" in words, under whatever status. */
static bool says_later(const json_t *doc)
{
    static const char *const words[] = {"internal_failure", "server_error", "temporarily_unavailable"};

    for (size_t i = 0; i < CR_LEN(words); i++)
        if (strcmp(gcp_text_at(doc, "error"), words[i]) == 0 ||
            strcmp(gcp_text_at(doc, "error_description"), words[i]) == 0)
            return true;
    return false;
}

static bool later(int status, const json_t *doc)
{
    return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504 ||
           (status >= 400 && says_later(doc));
}

/* A tenth more or less. */
static int64_t jitter(int64_t ms)
{
    uint32_t random = 0;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
        return ms;
    return ms - ms / 10 + (int64_t)(random % (uint64_t)(ms / 5 + 1));
}

/* Sends until there is an answer that is not "later". *doc is the reply's JSON, or NULL when it is none. */
static int exchange(const struct gcp_auth_env *env, const struct gcp_request *req, const char *what,
                    struct gcp_reply *reply, json_t **doc, struct cr_error *err)
{
    for (int i = 1;; i++) {
        struct cr_error why = {0};
        int rc;

        gcp_reply_reset(reply);
        rc = env->http->send(env->http, req, reply, &why);
        cr_log("auth", "POST %s: %d", req->url, rc < 0 ? 0 : reply->status);
        *doc = rc < 0 ? NULL : json_loadb(reply->body.buf, reply->body.len, 0, NULL);
        if (rc == 0 && (!later(reply->status, *doc) || i == TRIES))
            return 0;
        if (rc < 0 && (i == TRIES || reply->fault == GCP_FAULT_LOCAL ||
                       (reply->fault == GCP_FAULT_REFUSED && gcp_url_loopback(req->url)))) {
            *err = why;
            return err->code == CR_E_INTERRUPT ? -1 : cr_wrap(err, "cannot %s", what);
        }
        gcp_json_wipe(*doc);
        *doc = NULL;
        env->http->sleep_ms(env->http, jitter((int64_t)FIRST_WAIT_MS << (i - 1)));
        if (cr_interrupt_check(err) < 0)
            return -1;
    }
}

/* How far our clock is ahead of the server's, in seconds; false when the reply has no Date. */
static bool skew(const struct gcp_reply *reply, int64_t *ahead_s)
{
    const char *date = gcp_reply_header(reply, "Date");
    struct tm tm = {0};

    if (!date || !strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm))
        return false;
    *ahead_s = cr_wall_ms() / 1000 - (int64_t)timegm(&tm);
    return true;
}

/* A signed request from the future or the past. */
static int clock_is_off(const struct gcp_reply *reply, const char *what, const char *said, struct cr_error *err)
{
    int64_t ahead = 0, off;
    bool known = skew(reply, &ahead);

    if (known && llabs(ahead) < SKEW_S)
        return gcp_api_failed(CR_E_AUTH, said, err, "cannot %s", what);
    off = llabs(ahead);
    if (!known)
        gcp_api_failed(CR_E_AUTH, said, err, "cannot %s: perhaps this machine's clock is off", what);
    else if (off < 7200)
        cr_fail(err, CR_E_AUTH, "cannot %s: this machine's clock is %lld minute%s %s", what, (long long)(off + 30) / 60,
                (off + 30) / 60 == 1 ? "" : "s", ahead > 0 ? "fast" : "slow");
    else
        cr_fail(err, CR_E_AUTH, "cannot %s: this machine's clock is %lld hours %s", what,
                (long long)(off + 1800) / 3600, ahead > 0 ? "fast" : "slow");
    return cr_hint(err, "set the clock: sudo timedatectl set-ntp true");
}

static bool about_time(const char *said)
{
    return strcasestr(said, "iat and exp") || strcasestr(said, "short-lived") || strcasestr(said, "timeframe") ||
           strcasestr(said, "issued at") || strcasestr(said, "issued in the future");
}

static int grant_is_void(const struct gcp_oauth_ask *ask, const json_t *doc, const struct gcp_reply *reply,
                         struct cr_error *err)
{
    const char *said = gcp_text_at(doc, "error_description"), *subtype = gcp_text_at(doc, "error_subtype");

    if (strstr(subtype, "rapt") || strcasestr(said, "invalid_rapt") || strcasestr(said, "rapt_required")) {
        cr_fail(err, CR_E_AUTH, "cannot %s: your organisation wants you to log in anew (%s)", ask->what,
                strstr(subtype, "required") ? "rapt_required" : "invalid_rapt");
        return cr_hint(err, "%s", ask->again ? ask->again : LOGIN);
    }
    if (about_time(said))
        return clock_is_off(reply, ask->what, said, err);
    gcp_api_failed(CR_E_AUTH, *said ? said : "invalid_grant", err, "cannot %s", ask->what);
    return cr_hint(err, "%s", ask->again ? ask->again : LOGIN);
}

/* OAuth's error word, in ours. */
static int refused(const struct gcp_oauth_ask *ask, const json_t *doc, const struct gcp_reply *reply,
                   struct cr_error *err)
{
    const char *error = gcp_text_at(doc, "error"), *said = gcp_text_at(doc, "error_description");
    CR_AUTO_FREE char *both = cr_format("%s%s%s", error, *said ? ": " : "", said);

    if (!*error)
        return gcp_api_refused(reply, ask->what, err);
    if (later(reply->status, doc)) {
        gcp_api_failed(CR_E_NET, both, err, "cannot %s: HTTP %d after %d tries", ask->what, reply->status, TRIES);
        return cr_hint(err, "the token service is in trouble: run it again in a minute");
    }
    if (strcmp(error, "invalid_grant") == 0)
        return grant_is_void(ask, doc, reply, err);
    gcp_api_failed(CR_E_AUTH, both, err, "cannot %s", ask->what);
    if (strcmp(error, "invalid_client") == 0 || strcmp(error, "deleted_client") == 0 ||
        strcmp(error, "unauthorized_client") == 0)
        return cr_hint(err, "the OAuth client was deleted, or its secret is not the right one: %s",
                       ask->again ? ask->again : LOGIN);
    if (strcmp(error, "invalid_target") == 0)
        return cr_hint(err, "check that the pool and the provider named in 'audience' exist and are enabled");
    if (ask->again)
        cr_hint(err, "%s", ask->again);
    return -1;
}

static void mask(const char *secret, char *text)
{
    size_t n = secret ? strlen(secret) : 0;

    for (; n && (text = strstr(text, secret)); text += n)
        memset(text, '*', n);
}

/* A service that repeats in its refusal what it was sent: not onto the screen. */
static void hide(const struct gcp_oauth_ask *ask, struct cr_error *err)
{
    static const char *const secret[] = {"refresh_token", "client_secret", "assertion",
                                         "subject_token", "code",          "code_verifier"};

    mask(ask->password, err->msg);
    for (const struct gcp_form *f = ask->form; f->name; f++)
        for (size_t i = 0; i < CR_LEN(secret); i++)
            if (strcmp(f->name, secret[i]) == 0)
                mask(f->value, err->msg);
}

static int give(const struct gcp_reply *reply, json_t **doc, const char *what, json_t **out, struct cr_error *err)
{
    if (!json_is_object(*doc)) {
        cr_fail(err, CR_E_API, "cannot %s: HTTP %d, and the reply is no JSON object", what, reply->status);
        return cr_hint(err, "a proxy may have answered in the token service's place: check HTTPS_PROXY");
    }
    *out = CR_STEAL(*doc);
    return 0;
}

int gcp_oauth_exchange(const struct gcp_auth_env *env, const struct gcp_oauth_ask *ask, json_t **reply,
                       struct cr_error *err)
{
    char *form = form_text(ask->form), *client = ask->user ? basic(ask->user, ask->password) : NULL;
    const struct gcp_header headers[] = {{client ? "Authorization" : NULL, client}, {0}};
    const struct gcp_request req = {.method = "POST",
                                    .url = ask->url,
                                    .headers = headers,
                                    .content_type = "application/x-www-form-urlencoded",
                                    .body = form,
                                    .body_len = strlen(form),
                                    .timeout_ms = ANSWER_MS};
    GCP_AUTO_REPLY struct gcp_reply got = GCP_REPLY_MAX(MAX_REPLY);
    GCP_AUTO_SECRET_JSON json_t *doc = NULL;
    int rc = exchange(env, &req, ask->what, &got, &doc, err);

    gcp_secret_wipe(&form);
    gcp_secret_wipe(&client);
    if (rc == 0)
        rc = got.status == 200 ? give(&got, &doc, ask->what, reply, err) : refused(ask, doc, &got, err);
    if (rc < 0)
        hide(ask, err);
    OPENSSL_cleanse(got.body.buf, got.body.len);
    return rc;
}

int gcp_oauth_call(const struct gcp_auth_env *env, const char *url, const char *bearer, const json_t *body,
                   const char *what, json_t **reply, struct cr_error *err)
{
    char *text = cr_oom_check(json_dumps(body, JSON_COMPACT)), *token = bearer ? cr_format("Bearer %s", bearer) : NULL;
    const struct gcp_header headers[] = {{token ? "Authorization" : NULL, token}, {0}};
    const struct gcp_request req = {.method = "POST",
                                    .url = url,
                                    .headers = headers,
                                    .content_type = "application/json",
                                    .body = text,
                                    .body_len = strlen(text),
                                    .timeout_ms = ANSWER_MS};
    GCP_AUTO_REPLY struct gcp_reply got = GCP_REPLY_MAX(MAX_REPLY);
    GCP_AUTO_SECRET_JSON json_t *doc = NULL;
    int rc = exchange(env, &req, what, &got, &doc, err);

    gcp_secret_wipe(&text);
    gcp_secret_wipe(&token);
    if (rc == 0)
        rc = got.status == 200 ? give(&got, &doc, what, reply, err) : gcp_api_refused(&got, what, err);
    OPENSSL_cleanse(got.body.buf, got.body.len);
    return rc;
}
