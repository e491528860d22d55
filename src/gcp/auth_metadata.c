#include "gcp/auth.h"

#include <jansson.h>
#include <string.h>
#include <openssl/crypto.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcp/http.h"

enum { ANSWER_MS = 3000, MARGIN_MS = 300000, TRIES = 3, PAUSE_MS = 1000 };

struct metadata {
    struct gcp_auth vtable; /* first */
    struct gcp_http *http;
    char *base, *access, *identity;
    int64_t access_end_ms;
};

static void wipe(char **secret)
{
    if (*secret)
        OPENSSL_cleanse(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

/* GET of a path under the default service account. The answer must carry the server's own flavour: any other web server
 * that happens to be at the address is not it. */
static int ask(struct metadata *m, const char *path, struct gcp_reply *reply, struct cr_error *err)
{
    const struct gcp_header headers[] = {{"Metadata-Flavor", "Google"}, {0}};
    CR_AUTO_FREE char *url = cr_format("%s/computeMetadata/v1/instance/service-accounts/default/%s", m->base, path);
    const struct gcp_request req = {.method = "GET", .url = url, .headers = headers, .timeout_ms = ANSWER_MS};
    const char *flavor;
    int rc = -1;

    for (int i = 0; i < TRIES; i++) {
        if (i)
            m->http->sleep_ms(m->http, PAUSE_MS << (i - 1));
        gcp_reply_reset(reply);
        rc = m->http->send(m->http, &req, reply, err);
        if ((rc < 0 && reply->fault == GCP_FAULT_LOCAL) || (rc == 0 && reply->status < 500 && reply->status != 429))
            break;
    }
    if (rc < 0)
        return cr_wrap(err, "cannot ask the metadata server '%s'", m->base);
    flavor = gcp_reply_header(reply, "Metadata-Flavor");
    if (reply->status == 200 && flavor && strcmp(flavor, "Google") == 0)
        return 0;
    cr_fail(err, CR_E_AUTH, "the metadata server '%s' gave no token: HTTP %d", m->base, reply->status);
    return cr_hint(err, "set CRDEPLOY_ACCESS_TOKEN, or give this machine a service account");
}

static int metadata_token(struct gcp_auth *self, bool fresh, const char **token, struct cr_error *err)
{
    struct metadata *m = (struct metadata *)self;
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(64 << 10);
    json_auto_t *doc = NULL;
    const char *access;

    if (fresh || !m->access || cr_now_ms() > m->access_end_ms) {
        if (ask(m, "token", &reply, err) < 0)
            return -1;
        doc = json_loadb(reply.body.buf, reply.body.len, 0, NULL);
        OPENSSL_cleanse(reply.body.buf, reply.body.len);
        access = json_string_value(json_object_get(doc, "access_token"));
        if (!access || !*access)
            return cr_fail(err, CR_E_AUTH, "the metadata server '%s' answered without an access_token", m->base);
        wipe(&m->access);
        m->access = cr_strdup(access);
        cr_log_secret(m->access);
        m->access_end_ms = cr_now_ms() + json_integer_value(json_object_get(doc, "expires_in")) * 1000 - MARGIN_MS;
    }
    *token = m->access;
    return 0;
}

static int metadata_identity(struct gcp_auth *self, const char *audience, const char **token, struct cr_error *err)
{
    struct metadata *m = (struct metadata *)self;
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(64 << 10);
    CR_AUTO_FREE char *escaped = gcp_url_escape(audience);
    CR_AUTO_FREE char *path = cr_format("identity?audience=%s&format=full", escaped);

    if (ask(m, path, &reply, err) < 0)
        return -1;
    if (!reply.body.len || strcspn(reply.body.buf, " \t\r\n") != reply.body.len)
        return cr_fail(err, CR_E_AUTH, "the metadata server '%s' answered without an identity token", m->base);
    wipe(&m->identity);
    m->identity = cr_strdup(reply.body.buf);
    OPENSSL_cleanse(reply.body.buf, reply.body.len);
    cr_log_secret(m->identity);
    *token = m->identity;
    return 0;
}

static void metadata_free(struct gcp_auth *self)
{
    struct metadata *m = (struct metadata *)self;

    wipe(&m->access);
    wipe(&m->identity);
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
