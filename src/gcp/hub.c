#include "gcp/hub.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/mem.h"
#include "gcp/fetch.h"

enum { ATTEMPT_MS = 5000 };

static const char accept[] = "application/vnd.oci.image.index.v1+json, "
                             "application/vnd.docker.distribution.manifest.list.v2+json, "
                             "application/vnd.oci.image.manifest.v1+json, "
                             "application/vnd.docker.distribution.manifest.v2+json";

static int get(struct gcp_http *http, const char *url, const char *token, struct gcp_reply *reply, struct cr_error *err)
{
    const struct gcp_header headers[] = {{"Accept", accept}, {NULL, NULL}};

    gcp_reply_reset(reply);
    return gcp_fetch(
        http,
        &(struct gcp_fetch){.method = "GET", .url = url, .token = token, .headers = headers, .timeout_ms = ATTEMPT_MS},
        reply, err);
}

/* The value of NAME="…" in a WWW-Authenticate header; new, or NULL. */
static char *parameter(const char *header, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = header; (p = strcasestr(p, name)); p += n)
        if ((p == header || strchr(" ,", p[-1])) && strncmp(p + n, "=\"", 2) == 0)
            return cr_strndup(p + n + 2, strcspn(p + n + 2, "\""));
    return NULL;
}

static int refused(const char *image, int status, struct cr_error *err)
{
    bool later = status == 429 || status >= 500;

    return cr_fail(err, later ? CR_E_NET : CR_E_API, "the registry answers HTTP %d for '%s'%s", status, image,
                   status == 429 ? ": too many requests" : "");
}

/* Where a token for anybody is given, out of a 401; new. */
static int token_url(const char *image, const struct gcp_reply *reply, char **url, struct cr_error *err)
{
    const char *header = gcp_reply_header(reply, "WWW-Authenticate");
    CR_AUTO_FREE char *realm = NULL, *service = NULL, *scope = NULL, *s = NULL, *c = NULL;

    if (!header || strncasecmp(header, "Bearer ", 7) != 0 || !(realm = parameter(header + 7, "realm")))
        return refused(image, reply->status, err);
    if (strncasecmp(realm, "https://", 8) != 0 && !gcp_url_loopback(realm))
        return cr_fail(err, CR_E_API, "the registry of '%s' gives tokens at '%.200s', which is not https", image,
                       realm);
    service = parameter(header + 7, "service");
    scope = parameter(header + 7, "scope");
    s = gcp_url_escape(service ? service : "");
    c = gcp_url_escape(scope ? scope : "");
    *url = cr_format("%s%sservice=%s&scope=%s", realm, strchr(realm, '?') ? "&" : "?", s, c);
    return 0;
}

static int get_token(struct gcp_http *http, const char *image, const struct gcp_reply *unauthorized, char **token,
                     struct cr_error *err)
{
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(1 << 20);
    CR_AUTO_FREE char *url = NULL;
    json_auto_t *doc = NULL;
    const char *text;

    if (token_url(image, unauthorized, &url, err) < 0 || get(http, url, NULL, &reply, err) < 0)
        return -1;
    if (reply.status != 200)
        return refused(image, reply.status, err);
    doc = json_loadb(reply.body.buf, reply.body.len, 0, NULL);
    text = json_string_value(json_object_get(doc, "token"));
    if (!text)
        text = json_string_value(json_object_get(doc, "access_token"));
    if (!text)
        return cr_fail(err, CR_E_API, "the registry of '%s' gives no token", image);
    *token = cr_strdup(text);
    return 0;
}

/* The digest of the bytes, which must be what the registry says it is, of what must be a manifest. */
static int read_digest(const char *image, const struct gcp_reply *reply, char digest[GCP_HUB_DIGEST],
                       struct cr_error *err)
{
    const char *said = gcp_reply_header(reply, "Docker-Content-Digest");
    json_auto_t *doc = json_loadb(reply->body.buf, reply->body.len, 0, NULL);
    char hex[CR_SHA256_HEX];

    if (!json_is_integer(json_object_get(doc, "schemaVersion")))
        return cr_fail(err, CR_E_API, "the registry's reply for '%s' is not a valid manifest", image);
    cr_sha256(reply->body.buf, reply->body.len, hex);
    snprintf(digest, GCP_HUB_DIGEST, "sha256:%s", hex);
    if (said && strcmp(said, digest) != 0)
        return cr_fail(err, CR_E_API, "the registry says that '%s' is '%.100s', and sends '%s'", image, said, digest);
    return 0;
}

/* "ENDPOINT/v2/library/debian/manifests/trixie-slim"; new. */
static int manifest_url(const char *endpoint, const char *image, char **url, struct cr_error *err)
{
    static const char host[] = "docker.io/";
    const char *name = image + strlen(host), *tag = strrchr(image, ':');

    if (strncmp(image, host, strlen(host)) != 0 || !tag || strchr(tag, '/'))
        return cr_fail(err, CR_E_CONFIG, "'%s' is not the name of an image on Docker Hub with its tag", image);
    *url = cr_format("%s/v2/%.*s/manifests/%s", endpoint, (int)(tag - name), name, tag + 1);
    return 0;
}

int gcp_hub_digest(struct gcp_http *http, const char *endpoint, const char *image, char digest[GCP_HUB_DIGEST],
                   struct cr_error *err)
{
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_MAX(4 << 20);
    CR_AUTO_FREE char *url = NULL, *token = NULL;

    if (manifest_url(endpoint, image, &url, err) < 0 || get(http, url, NULL, &reply, err) < 0)
        return -1;
    if (reply.status == 401 &&
        (get_token(http, image, &reply, &token, err) < 0 || get(http, url, token, &reply, err) < 0))
        return -1;
    if (reply.status != 200)
        return refused(image, reply.status, err);
    return read_digest(image, &reply, digest, err);
}
