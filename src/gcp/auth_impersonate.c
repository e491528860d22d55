/* Acting as a service account: a source's token asks the IAM credentials API for one of the target's. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcp/auth_json.h"
#include "gcp/auth_jwt.h"
#include "gcp/auth_oauth.h"
#include "gcp/endpoints.h"

enum { LIFE_S = 3600, MAX_LIFE_S = 43200 };

#define ACTION ":generateAccessToken"

struct actor {
    struct gcp_auth vtable; /* first */
    const struct gcp_auth_env *env;
    struct gcp_auth *source;
    char *base, *target; /* ".../serviceAccounts/TARGET" without the action, and TARGET */
    json_t *delegates;   /* "projects/-/serviceAccounts/EMAIL"... */
    int64_t life_s;
    struct gcp_kept access, identity;
};

/* "2026-01-01T00:00:00Z", with or without a fraction; 0: not that. */
static int64_t time_ms(const char *text)
{
    struct tm tm = {0};
    const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;

    return end && (*end == 'Z' || *end == '.') ? (int64_t)timegm(&tm) * 1000 : 0;
}

/* What the target's owner must grant, where the API only says no. */
static int advise(const struct actor *a, struct cr_error *err)
{
    if (err->code != CR_E_AUTH || strncmp(err->hint, "gcloud services enable", 22) == 0)
        return -1;
    if (strstr(err->msg, "HTTP 403") || strstr(err->msg, "HTTP 404"))
        return cr_hint(err,
                       "if the account exists, grant it: gcloud iam service-accounts add-iam-policy-binding %s "
                       "--role=roles/iam.serviceAccountTokenCreator --member=user:YOU",
                       a->target);
    return -1;
}

/* One call as the source; a token that is refused is renewed once. */
static int call(struct actor *a, const char *action, const json_t *body, json_t **reply, struct cr_error *err)
{
    CR_AUTO_FREE char *url = cr_format("%s%s", a->base, action);
    CR_AUTO_FREE char *what = cr_format("act as '%s'", a->target);
    struct cr_error why = {0};
    const char *token;

    if (a->source->token(a->source, false, &token, err) < 0)
        return cr_wrap(err, "cannot act as '%s'", a->target);
    if (gcp_oauth_call(a->env, url, token, body, what, reply, &why) == 0)
        return 0;
    if (strstr(why.msg, "HTTP 401")) {
        struct cr_error none = {0};

        if (a->source->token(a->source, true, &token, &none) == 0) {
            why = (struct cr_error){0};
            if (gcp_oauth_call(a->env, url, token, body, what, reply, &why) == 0)
                return 0;
        }
    }
    *err = why;
    return advise(a, err);
}

static int take(struct gcp_kept *kept, const json_t *reply, const char *key, const char *audience, int64_t end_ms,
                struct cr_error *err)
{
    const char *token = json_string_value(json_object_get(reply, key));

    if (!token || !*token)
        return cr_fail(err, CR_E_API, "the IAM credentials API answered without '%s'", key);
    if (gcp_token_check(token, "what the IAM credentials API answered", err) < 0)
        return -1;
    gcp_kept_set(kept, token, audience, end_ms ? end_ms : gcp_jwt_end_ms(token));
    return 0;
}

static int actor_token(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    struct actor *a = (struct actor *)self;
    GCP_AUTO_SECRET_JSON json_t *reply = NULL;

    if (fresh || !gcp_kept_good(&a->access, NULL, GCP_AUTH_MARGIN_MS)) {
        CR_AUTO_FREE char *life = cr_format("%llds", (long long)a->life_s);
        json_auto_t *body =
            json_pack("{s:O, s:[s], s:s}", "delegates", a->delegates, "scope", GCP_SCOPE, "lifetime", life);
        int64_t end_ms;

        if (call(a, ACTION, body, &reply, err) < 0)
            return -1;
        end_ms = time_ms(json_string_value(json_object_get(reply, "expireTime")));
        if (take(&a->access, reply, "accessToken", NULL, end_ms ? end_ms : cr_wall_ms() + a->life_s * 1000, err) < 0)
            return -1;
    }
    self->expires_ms = a->access.end_ms;
    *token = a->access.token;
    return 0;
}

static int actor_identity(struct gcp_auth *self, const char *audience, const char **token, struct cr_error *err)
{
    struct actor *a = (struct actor *)self;
    GCP_AUTO_SECRET_JSON json_t *reply = NULL;

    if (!gcp_kept_good(&a->identity, audience, GCP_AUTH_MARGIN_MS)) {
        json_auto_t *body =
            json_pack("{s:O, s:s, s:b}", "delegates", a->delegates, "audience", audience, "includeEmail", 1);

        if (!body)
            return cr_fail(err, CR_E_USAGE, "the audience is not UTF-8");
        if (call(a, ":generateIdToken", body, &reply, err) < 0 ||
            take(&a->identity, reply, "token", audience, 0, err) < 0)
            return -1;
    }
    *token = a->identity.token;
    return 0;
}

static void actor_free(struct gcp_auth *self)
{
    struct actor *a = (struct actor *)self;

    gcp_auth_free(a->source);
    gcp_kept_clear(&a->access);
    gcp_kept_clear(&a->identity);
    json_decref(a->delegates);
    free(a->base);
    free(a->target);
    free(a);
}

/* An e-mail address or a unique number: nothing that could lead to another path. */
static bool account_ok(const char *text, size_t n)
{
    return n && n < 256 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@.-_") >= n;
}

static int bad_account(const char *text, size_t n, struct cr_error *err)
{
    cr_fail(err, CR_E_AUTH, "'%.*s' is no service account's address", (int)n, text);
    return cr_hint(err, "such as deployer@PROJECT.iam.gserviceaccount.com");
}

static json_t *delegate(const char *text, size_t n)
{
    CR_AUTO_FREE char *full = cr_format("projects/-/serviceAccounts/%.*s", (int)n, text);

    return json_string(full);
}

/* Takes source, base, target and delegates. */
static struct gcp_auth *actor_new(const struct gcp_auth_env *env, struct gcp_auth *source, const char *principal,
                                  char *base, char *target, json_t *delegates, int64_t life_s)
{
    CR_AUTO_FREE char *path = cr_oom_check(json_dumps(delegates, JSON_COMPACT)), *from = NULL;
    struct actor *a = cr_calloc(1, sizeof(*a));

    a->vtable = (struct gcp_auth){.token = actor_token, .identity = actor_identity, .free = actor_free};
    a->env = env;
    a->source = source;
    a->base = base;
    a->target = target;
    a->delegates = delegates;
    a->life_s = life_s > 0 && life_s <= MAX_LIFE_S ? life_s : LIFE_S;
    if (!principal)
        return &a->vtable;
    from = cr_format("%s %s %s", principal, path, base);
    return gcp_auth_keep(env, &a->vtable, "impersonated", from, target);
}

/* "SA1,SA2,TARGET" into the delegates and the last one. */
static int split(const char *chain, json_t *delegates, char **target, struct cr_error *err)
{
    for (const char *at = chain;; at++) {
        size_t n;

        at += strspn(at, " ");
        n = strcspn(at, ", ");
        if (!account_ok(at, n))
            return bad_account(at, n, err);
        if (!at[n + strspn(at + n, " ")]) {
            *target = cr_strndup(at, n);
            return 0;
        }
        json_array_append_new(delegates, delegate(at, n));
        at += n + strspn(at + n, " ");
        if (*at != ',')
            return bad_account(at, strcspn(at, ","), err);
    }
}

int gcp_auth_impersonate(const struct gcp_auth_env *env, struct gcp_auth *source, const char *principal,
                         const char *chain, struct gcp_auth **auth, struct cr_error *err)
{
    const char *iam = env->iam ? env->iam : gcp_endpoint_rows[GCP_IAM_CREDENTIALS].address;
    json_t *delegates = json_array();
    char *target = NULL;

    if (split(chain, delegates, &target, err) < 0) {
        json_decref(delegates);
        gcp_auth_free(source);
        return -1;
    }
    *auth = actor_new(env, source, principal, cr_format("%s/v1/projects/-/serviceAccounts/%s", iam, target), target,
                      delegates, 0);
    return 0;
}

/* The target between the last slash and the action; *base is the address before the action. New both. */
static int target_of(const struct gcp_auth_env *env, const char *url, const char *name, char **base, char **target,
                     struct cr_error *err)
{
    CR_AUTO_FREE char *address = NULL;
    const char *slash, *end;

    if (gcp_auth_address(env, url, "service_account_impersonation_url", name, &address, err) < 0)
        return -1;
    slash = strrchr(address, '/');
    end = slash ? strstr(slash, ACTION) : NULL;
    if (!end || end[strlen(ACTION)] || !account_ok(slash + 1, (size_t)(end - slash - 1))) {
        cr_fail(err, CR_E_AUTH, "'service_account_impersonation_url' in '%s' names no service account", name);
        return cr_hint(err, "it ends in /serviceAccounts/EMAIL%s", ACTION);
    }
    *target = cr_strndup(slash + 1, (size_t)(end - slash - 1));
    *base = cr_strndup(address, (size_t)(end - address));
    return 0;
}

/* A file's delegates, whether they are plain addresses or full names. */
static int read_delegates(const json_t *given, json_t *delegates, struct cr_error *err)
{
    static const char head[] = "projects/-/serviceAccounts/";
    json_t *row;
    size_t i;

    json_array_foreach(given, i, row)
    {
        const char *text = json_string_value(row);

        if (!text)
            text = "";
        if (strncmp(text, head, strlen(head)) == 0)
            text += strlen(head);
        if (!account_ok(text, strlen(text)))
            return bad_account(text, strnlen(text, 200), err);
        json_array_append_new(delegates, delegate(text, strlen(text)));
    }
    return 0;
}

int gcp_auth_impersonate_url(const struct gcp_auth_env *env, struct gcp_auth *source, const char *principal,
                             const char *url, const json_t *given, int64_t lifetime_s, const char *name,
                             struct gcp_auth **auth, struct cr_error *err)
{
    char *base = NULL, *target = NULL;
    json_t *delegates = json_array();

    if (read_delegates(given, delegates, err) < 0 || target_of(env, url, name, &base, &target, err) < 0) {
        json_decref(delegates);
        gcp_auth_free(source);
        return -1;
    }
    *auth = actor_new(env, source, principal, base, target, delegates, lifetime_s);
    return 0;
}

int gcp_auth_impersonated(const struct gcp_auth_env *env, const json_t *cred, const char *name, struct gcp_auth **auth,
                          struct cr_error *err)
{
    const json_t *inner = json_object_get(cred, "source_credentials");
    const char *url, *type = json_string_value(json_object_get(inner, "type"));
    char digest[CR_SHA256_HEX], *text;
    struct gcp_auth *source = NULL;

    if (gcp_auth_need(cred, "service_account_impersonation_url", name, &url, err) < 0)
        return -1;
    if (!json_is_object(inner)) {
        cr_fail(err, CR_E_AUTH, "the credential file '%s' has no 'source_credentials'", name);
        return cr_hint(err,
                       "write it again: gcloud auth application-default login --impersonate-service-account EMAIL");
    }
    if (type && strcmp(type, "impersonated_service_account") == 0) /* one inside another has no end */
        return cr_fail(err, CR_E_AUTH, "'source_credentials' in '%s' impersonates once more: use 'delegates'", name);
    if (gcp_auth_from_object(env, inner, name, &source, err) < 0)
        return -1;
    text = cr_oom_check(json_dumps(inner, JSON_COMPACT | JSON_SORT_KEYS));
    cr_sha256(text, strlen(text), digest); /* who it is, without saying it */
    gcp_secret_wipe(&text);
    return gcp_auth_impersonate_url(env, source, digest, url, json_object_get(cred, "delegates"), 0, name, auth, err);
}
