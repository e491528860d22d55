#include "gcp/registry_image.h"

#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/mem.h"
#include "gcp/endpoints.h"
#include "gcp/json.h"

enum { REDIRECTS_MAX = 3 };

static const char what[] = "read the image's configuration";
static const char accepted[] = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, "
                               "application/vnd.docker.distribution.manifest.v2+json, "
                               "application/vnd.docker.distribution.manifest.list.v2+json";

/* The address of a manifest or blob: at the image's own host, unless the endpoint is overridden. New. */
static char *url_of(const struct gcp *g, const struct gcp_image *image, const char *kind, const char *ref)
{
    bool gcr = strcmp(image->repository, image->host) == 0;
    CR_AUTO_FREE char *path = cr_format("v2/%s/%s%s%s/%s/%s", image->project, gcr ? "" : image->repository,
                                        gcr ? "" : "/", image->package, kind, ref);

    if (strcmp(g->endpoint[GCP_DOCKER], gcp_endpoint_rows[GCP_DOCKER].address) == 0)
        return cr_format("https://%s/%s", image->host, path);
    return gcp_url(g, GCP_DOCKER, "%s?ns=%s", path, image->host);
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* The address that a redirect of `url` leads to. *next is new. */
static int redirected(const struct gcp_reply *reply, const char *url, char **next, struct cr_error *err)
{
    const char *to = gcp_reply_header(reply, "Location"), *path = strstr(url, "://");
    size_t origin = path ? strlen(url) - strlen(path) + 3 + strcspn(path + 3, "/?#") : 0;

    if (to && to[0] == '/' && to[1] != '/')
        *next = cr_format("%.*s%s", (int)origin, url, to);
    else if (to && (strncasecmp(to, "https://", 8) == 0 || gcp_url_loopback(to)))
        *next = cr_strdup(to);
    else
        return cr_fail(err, CR_E_API, "cannot %s: the registry redirects to '%.200s'", what, to ? to : "");
    return 0;
}

/* Follows redirects, without the token: what they lead to is signed. 404 is left in reply->status. */
static int fetch(struct gcp *g, const char *url, struct gcp_reply *reply, struct cr_error *err)
{
    static const int moved[] = {301, 302, 303, 307, 308, 0};
    const struct gcp_header accept[] = {{"Accept", accepted}, {NULL, NULL}};
    CR_AUTO_FREE char *at = cr_strdup(url);

    for (int hop = 0; hop <= REDIRECTS_MAX; hop++) {
        char *next = NULL;

        if (gcp_call_answers(g,
                             &(struct gcp_request){.method = "GET",
                                                   .url = at,
                                                   .headers = accept,
                                                   .missing_ok = true,
                                                   .no_auth = hop > 0,
                                                   .secret_url = hop > 0},
                             moved, reply, what, err) < 0)
            return -1;
        if (!is_redirect(reply->status))
            return 0;
        if (redirected(reply, at, &next, err) < 0)
            return -1;
        free(at);
        at = next;
    }
    return cr_fail(err, CR_E_API, "cannot %s: the registry redirects again and again", what);
}

/* *json stays NULL when it is missing. `digest`, where it is not NULL, is what the bytes must have. */
static int get(struct gcp *g, const struct gcp_image *image, const char *kind, const char *ref, const char *digest,
               json_t **json, struct cr_error *err)
{
    CR_AUTO_FREE char *url = url_of(g, image, kind, ref);
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    char hex[CR_SHA256_HEX];

    *json = NULL;
    if (fetch(g, url, &reply, err) < 0)
        return -1;
    if (reply.status == 404)
        return 0;
    cr_sha256(reply.body.buf, reply.body.len, hex);
    if (digest && strcmp(digest + strlen("sha256:"), hex) != 0)
        return cr_fail(err, CR_E_API, "cannot %s: the registry sent other bytes than '%s'", what, digest);
    *json = json_loadb(reply.body.buf, reply.body.len, 0, NULL);
    if (json_is_object(*json))
        return 0;
    json_decref(*json);
    *json = NULL;
    return cr_fail(err, CR_E_API, "cannot %s: the reply is not a JSON object", what);
}

static const char *digest_in(const json_t *descriptor)
{
    const char *digest = gcp_text_at(descriptor, "digest");

    return cr_digest_valid(digest) ? digest : NULL;
}

/* Of an index, the image that Cloud Run takes; NULL where there is none. */
static const char *pick(const json_t *index)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(index, "manifests"), i, row)
    {
        const json_t *platform = json_object_get(row, "platform");

        if (strcmp(gcp_text_at(platform, "os"), "linux") == 0 &&
            strcmp(gcp_text_at(platform, "architecture"), "amd64") == 0)
            return digest_in(row);
    }
    return NULL;
}

/* The manifest of one image. */
static int get_manifest(struct gcp *g, const struct gcp_image *image, json_t **manifest, struct cr_error *err)
{
    const char *ref = image->digest ? image->digest : image->tag ? image->tag : "latest", *one;
    json_auto_t *index = NULL;

    if (get(g, image, "manifests", ref, NULL, manifest, err) < 0)
        return -1;
    if (!json_object_get(*manifest, "manifests"))
        return 0;
    index = *manifest;
    *manifest = NULL;
    one = pick(index);
    if (!one)
        return cr_fail(err, CR_E_API, "cannot %s: the image is not built for linux/amd64", what);
    return get(g, image, "manifests", one, NULL, manifest, err);
}

int gcp_image_config(struct gcp *g, const struct gcp_image *image, json_t **config, struct cr_error *err)
{
    json_auto_t *manifest = NULL;
    const char *digest;

    *config = NULL;
    if (get_manifest(g, image, &manifest, err) < 0)
        return -1;
    if (!manifest)
        return 0;
    digest = digest_in(json_object_get(manifest, "config"));
    if (!digest)
        return cr_fail(err, CR_E_API, "cannot %s: the manifest names no configuration", what);
    if (get(g, image, "blobs", digest, digest, config, err) < 0)
        return -1;
    return *config ? 0 : cr_fail(err, CR_E_API, "cannot %s: the registry does not have it", what);
}

const json_t *gcp_image_labels(const json_t *config)
{
    return json_object_get(json_object_get(config, "config"), "Labels");
}
