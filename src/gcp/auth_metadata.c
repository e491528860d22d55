#include "gcp/auth.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>
#include <openssl/crypto.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcp/auth_json.h"
#include "gcp/auth_jwt.h"
#include "gcp/auth_oauth.h"
#include "gcp/http.h"

enum { ANSWER_MS = 3000, PING_MS = 500, MARGIN_MS = 300000, TRIES = 5, PINGS = 3, PAUSE_MS = 1000 };

#define ACCOUNT "instance/service-accounts/default/"
static const struct gcp_header flavor_header[] = {{"Metadata-Flavor", "Google"}, {0}};

struct metadata {
    struct gcp_auth vtable; /* first */
    struct gcp_http *http;
    char *base;
    struct gcp_kept access, identity;
};

/* Any other web server that happens to be at the address is not it. */
static bool has_flavor(const struct gcp_reply *reply)
{
    const char *flavor = gcp_reply_header(reply, "Metadata-Flavor");

    return flavor && strcmp(flavor, "Google") == 0;
}

/* GET of a path, again while the server is busy. */
static int ask(struct gcp_http *http, const char *base, const char *path, struct gcp_reply *reply, struct cr_error *err)
{
    CR_AUTO_FREE char *url = cr_format("%s/computeMetadata/v1/%s", base, path);
    const struct gcp_request req = {
        .method = "GET", .url = url, .headers = flavor_header, .timeout_ms = ANSWER_MS, .direct = true};

    for (int i = 1;; i++) {
        struct cr_error why = {0};
        int rc;

        gcp_reply_reset(reply);
        rc = http->send(http, &req, reply, &why);
        cr_log("auth", "GET %s/%s: %d", base, path, rc < 0 ? 0 : reply->status);
        if (rc == 0 && ((reply->status < 500 && reply->status != 429) || i == TRIES))
            return 0;
        if (rc < 0 && (i == TRIES || reply->fault == GCP_FAULT_LOCAL ||
                       (reply->fault == GCP_FAULT_REFUSED && gcp_url_loopback(url)))) {
            *err = why;
            return err->code == CR_E_INTERRUPT ? -1 : cr_wrap(err, "cannot ask the metadata server '%s'", base);
        }
        http->sleep_ms(http, (int64_t)PAUSE_MS << (i - 1));
        if (cr_interrupt_check(err) < 0)
            return -1;
    }
}

/* The answer is the server's own and good. what: "token". */
static int check(const char *base, const struct gcp_reply *reply, const char *what, struct cr_error *err)
{
    if (reply->status == 200 && has_flavor(reply))
        return 0;
    if (!has_flavor(reply)) {
        cr_fail(err, CR_E_AUTH, "what answers at '%s' is no metadata server: it gave no %s", base, what);
        return cr_hint(err, "unset GCE_METADATA_HOST, or set NO_GCE_CHECK=true and log in: crdeploy auth login");
    }
    cr_fail(err, CR_E_AUTH, "the metadata server '%s' gave no %s: HTTP %d", base, what, reply->status);
    if (reply->status == 404)
        return cr_hint(err, "this machine runs without a service account: give it one, or set CRDEPLOY_ACCESS_TOKEN");
    return cr_hint(err, "set CRDEPLOY_ACCESS_TOKEN, or give this machine a service account");
}

static int metadata_token(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    struct metadata *m = (struct metadata *)self;
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(64 << 10);
    GCP_AUTO_SECRET_JSON json_t *doc = NULL;
    const char *access;

    if (fresh || !gcp_kept_good(&m->access, NULL, MARGIN_MS)) {
        if (ask(m->http, m->base, ACCOUNT "token", &reply, err) < 0 || check(m->base, &reply, "token", err) < 0)
            return -1;
        doc = json_loadb(reply.body.buf, reply.body.len, 0, NULL);
        OPENSSL_cleanse(reply.body.buf, reply.body.len);
        access = json_string_value(json_object_get(doc, "access_token"));
        if (!access || !*access)
            return cr_fail(err, CR_E_AUTH, "the metadata server '%s' answered without an access_token", m->base);
        if (gcp_token_check(access, "what the metadata server answered", err) < 0)
            return -1;
        gcp_kept_set(&m->access, access, NULL, gcp_oauth_end_ms(doc));
    }
    self->expires_ms = m->access.end_ms;
    *token = m->access.token;
    return 0;
}

static int metadata_identity(struct gcp_auth *self, const char *audience, const char **token, struct cr_error *err)
{
    struct metadata *m = (struct metadata *)self;
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(64 << 10);
    CR_AUTO_FREE char *escaped = gcp_url_escape(audience);
    CR_AUTO_FREE char *path = cr_format(ACCOUNT "identity?audience=%s&format=full", escaped);

    if (!gcp_kept_good(&m->identity, audience, MARGIN_MS)) {
        if (ask(m->http, m->base, path, &reply, err) < 0 || check(m->base, &reply, "identity token", err) < 0)
            return -1;
        if (!reply.body.len || strcspn(reply.body.buf, " \t\r\n") != reply.body.len)
            return cr_fail(err, CR_E_AUTH, "the metadata server '%s' answered without an identity token", m->base);
        if (gcp_token_check(reply.body.buf, "what the metadata server answered", err) < 0)
            return -1;
        gcp_kept_set(&m->identity, reply.body.buf, audience, gcp_jwt_end_ms(reply.body.buf));
        OPENSSL_cleanse(reply.body.buf, reply.body.len);
    }
    *token = m->identity.token;
    return 0;
}

static void metadata_free(struct gcp_auth *self)
{
    struct metadata *m = (struct metadata *)self;

    gcp_kept_clear(&m->access);
    gcp_kept_clear(&m->identity);
    free(m->base);
    free(m);
}

struct gcp_auth *gcp_auth_metadata(struct gcp_http *http, const char *base)
{
    struct metadata *m = cr_calloc(1, sizeof(*m));

    m->vtable = (struct gcp_auth){.token = metadata_token, .identity = metadata_identity, .free = metadata_free};
    m->http = http;
    m->base = cr_strdup(base);
    return &m->vtable;
}

int gcp_metadata_get(struct gcp_http *http, const char *base, const char *path, char **value, struct cr_error *err)
{
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(64 << 10);

    if (ask(http, base, path, &reply, err) < 0 || check(base, &reply, path, err) < 0)
        return -1;
    *value = cr_strndup(reply.body.buf, strcspn(reply.body.buf, "\r\n"));
    return 0;
}

/* A variable that is set and not empty, or NULL. */
static const char *variable(const struct gcp_auth_env *env, const char *name)
{
    const char *value = env->getenv ? env->getenv(env->ud, name) : NULL;

    return value && *value ? value : NULL;
}

char *gcp_metadata_base(const struct gcp_auth_env *env)
{
    const char *host = variable(env, "GCE_METADATA_HOST");

    if (!host)
        host = variable(env, "GCE_METADATA_ROOT");
    return cr_format("http://%s", host ? host : "metadata.google.internal");
}

/* The firmware of Google's machines has its maker's name. */
static bool firmware_says(const char *dmi)
{
    CR_AUTO_FREE char *name = NULL;
    struct cr_error ignored = {0};

    return cr_file_exists(dmi) && cr_file_read(dmi, 4096, &name, NULL, &ignored) == 0 &&
           strncmp(name, "Google", strlen("Google")) == 0;
}

/* $GCE_METADATA_TIMEOUT, in seconds, or ours. */
static int64_t timeout(const struct gcp_auth_env *env, int64_t ms)
{
    const char *text = variable(env, "GCE_METADATA_TIMEOUT");
    double s = text ? strtod(text, NULL) : 0;

    return s >= 0.001 && s <= 60 ? (int64_t)(s * 1000) : ms;
}

static bool pinged(const struct gcp_auth_env *env)
{
    const char *ip = variable(env, "GCE_METADATA_IP");
    CR_AUTO_FREE char *url = cr_format("http://%s", ip ? ip : "169.254.169.254");
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(64 << 10);
    const struct gcp_request req = {
        .method = "GET", .url = url, .headers = flavor_header, .timeout_ms = timeout(env, PING_MS), .direct = true};

    for (int i = 0; i < PINGS && !cr_interrupted(); i++) {
        struct cr_error ignored = {0};

        gcp_reply_reset(&reply);
        if (env->http->send(env->http, &req, &reply, &ignored) == 0)
            return has_flavor(&reply);
        if (reply.fault != GCP_FAULT_TIMEOUT && reply.fault != GCP_FAULT_BROKEN)
            return false; /* no way there, or nobody: asking again changes nothing */
    }
    return false;
}

static bool is_named(const struct gcp_auth_env *env)
{
    return variable(env, "GCE_METADATA_HOST") || variable(env, "GCE_METADATA_ROOT");
}

static bool is_off(const struct gcp_auth_env *env)
{
    const char *no = variable(env, "NO_GCE_CHECK");

    return no && (strcasecmp(no, "true") == 0 || strcmp(no, "1") == 0);
}

bool gcp_metadata_known(const struct gcp_auth_env *env, const char *dmi)
{
    if (is_named(env))
        return true;
    if (is_off(env))
        return false;
    return variable(env, "K_SERVICE") || variable(env, "CLOUD_RUN_JOB") || variable(env, "BUILDER_OUTPUT") ||
           firmware_says(dmi ? dmi : "/sys/class/dmi/id/product_name"); /* Cloud Run, its jobs, Cloud Build, a VM */
}

bool gcp_metadata_present(const struct gcp_auth_env *env, const char *dmi)
{
    return gcp_metadata_known(env, dmi) || (!is_off(env) && pinged(env));
}
