#include "gcp/registry.h"

#include <string.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/mem.h"
#include "gcp/operation.h"

static const char pkg_dev[] = "-docker.pkg.dev";

void gcp_image_clear(struct gcp_image *image)
{
    free(image->host);
    free(image->project);
    free(image->repository);
    free(image->package);
    free(image->tag);
    free(image->digest);
    free(image->location);
    *image = (struct gcp_image){0};
}

static int no_image(const char *ref, const char *why, struct cr_error *err)
{
    cr_fail(err, CR_E_CONFIG, "image '%.300s' %s", ref, why);
    return cr_hint(err, "such as us-central1-docker.pkg.dev/PROJECT/REPOSITORY/NAME:TAG");
}

/* Where a registry host keeps its repositories; NULL when it is none of Google's. New. */
static char *location_of(const char *host)
{
    static const char *const gcr[][2] = {
        {"gcr.io", "us"}, {"us.gcr.io", "us"}, {"eu.gcr.io", "europe"}, {"asia.gcr.io", "asia"}};
    size_t n = strlen(host), t = sizeof(pkg_dev) - 1;

    for (size_t i = 0; i < CR_LEN(gcr); i++)
        if (strcmp(host, gcr[i][0]) == 0)
            return cr_strdup(gcr[i][1]);
    if (n <= t || strcmp(host + n - t, pkg_dev) != 0)
        return NULL;
    /* Nothing else, such as '?' or '#': the host becomes part of an address that is sent the token. */
    return strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-") >= n - t ? cr_strndup(host, n - t) : NULL;
}

/* Cuts "@digest" and ":tag" off a copy of the reference. The tag's colon is the last one behind the last slash. */
static void cut_tail(char *text, struct gcp_image *image)
{
    char *at = strchr(text, '@'), *slash, *colon;

    if (at) {
        *at = '\0';
        image->digest = cr_strdup(at + 1);
    }
    slash = strrchr(text, '/');
    colon = slash ? strrchr(slash, ':') : NULL;
    if (colon) {
        *colon = '\0';
        image->tag = cr_strdup(colon + 1);
    }
}

static bool good_path(const char *text)
{
    return *text && !strstr(text, "//") && text[strlen(text) - 1] != '/' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-/") == strlen(text);
}

static bool good_tag(const char *text)
{
    size_t n = strlen(text);

    return n && n <= 128 && *text != '.' && *text != '-' &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") == n;
}

/* A gcr.io host is itself the name of the repository; a pkg.dev path has it as its second part. */
static int split_path(const char *ref, char *path, struct gcp_image *image, struct cr_error *err)
{
    bool gcr = strstr(image->host, "gcr.io") != NULL;
    char *rest = strchr(path, '/'), *package;

    /* example.com/project: a project that belongs to a domain has a slash in its path. */
    if (rest && memchr(path, '.', (size_t)(rest - path)))
        rest = strchr(rest + 1, '/');
    if (!rest)
        return no_image(ref, gcr ? "has no name behind the project" : "has no repository", err);
    package = gcr ? rest : strchr(rest + 1, '/');
    if (!package)
        return no_image(ref, "has no name behind the repository", err);
    image->project = cr_strndup(path, (size_t)(rest - path));
    image->repository = gcr ? cr_strdup(image->host) : cr_strndup(rest + 1, (size_t)(package - rest - 1));
    image->package = cr_strdup(package + 1);
    return 0;
}

int gcp_image_parse(const char *ref, struct gcp_image *out, struct cr_error *err)
{
    GCP_AUTO_IMAGE struct gcp_image image = {0};
    CR_AUTO_FREE char *text = cr_strdup(ref);
    char *slash = strchr(text, '/');

    if (!slash)
        return no_image(ref, "names no registry", err);
    cut_tail(text, &image);
    image.host = cr_strndup(text, (size_t)(slash - text));
    image.location = location_of(image.host);
    if (!image.location)
        return no_image(ref, "is not in Artifact Registry", err);
    if (!good_path(slash + 1))
        return no_image(ref, "has a path with characters other than a-z 0-9 . _ - /", err);
    if (image.tag && !good_tag(image.tag))
        return no_image(ref, "has a tag that is none", err);
    if (image.digest && !cr_digest_valid(image.digest))
        return no_image(ref, "has a digest that is not sha256: and 64 hexadecimal digits", err);
    if (split_path(ref, slash + 1, &image, err) < 0)
        return -1;
    *out = image;
    image = (struct gcp_image){0};
    return 0;
}

static int repository_create(struct gcp *g, const char *parent, const char *repository, json_t **operation,
                             struct cr_error *err)
{
    static const int answers[] = {409, 0};
    static const char body[] = "{\"format\":\"DOCKER\",\"description\":\"images built by crdeploy\","
                               "\"labels\":{\"managed-by\":\"crdeploy\"}}";
    GCP_AUTO_REPLY struct gcp_reply reply = GCP_REPLY_INIT;
    CR_AUTO_FREE char *id = gcp_url_escape(repository);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_REGISTRY, "v1/%s/repositories?repositoryId=%s", parent, id);

    /* The second of two creations is answered 409, which is as good. */
    if (gcp_call_answers(g,
                         &(struct gcp_request){.method = "POST",
                                               .url = url,
                                               .content_type = "application/json",
                                               .body = body,
                                               .body_len = strlen(body),
                                               .repeat = GCP_REPEAT_SAFE},
                         answers, &reply, "make the repository", err) < 0)
        return -1;
    if (reply.status == 409)
        return 0;
    *operation = json_loadb(reply.body.buf, reply.body.len, 0, NULL);
    if (!*operation)
        return cr_fail(err, CR_E_API, "cannot make the repository: the reply is not JSON");
    return 0;
}

int gcp_registry_format(struct gcp *g, const char *project, const char *location, const char *repository, char **format,
                        struct cr_error *err)
{
    CR_AUTO_FREE char *p = gcp_url_escape(project), *l = gcp_url_escape(location), *r = gcp_url_escape(repository);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_REGISTRY, "v1/projects/%s/locations/%s/repositories/%s", p, l, r);
    json_auto_t *found = NULL;
    const char *text;

    if (gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url, .missing_ok = true}, NULL, &found,
                      "read the repository", err) < 0)
        return -1;
    text = json_string_value(json_object_get(found, "format"));
    *format = found ? cr_strdup(text ? text : "DOCKER") : NULL;
    return 0;
}

int gcp_registry_ensure(struct gcp *g, const char *project, const char *location, const char *repository, bool *made,
                        struct cr_error *err)
{
    CR_AUTO_FREE char *p = gcp_url_escape(project), *l = gcp_url_escape(location), *format = NULL;
    CR_AUTO_FREE char *parent = cr_format("projects/%s/locations/%s", p, l);
    const struct gcp_operation_wait wait = {
        .api = GCP_REGISTRY, .version = "v1", .how = GCP_OPERATION_GET, .what = "make the repository"};
    json_auto_t *operation = NULL, *response = NULL;

    if (gcp_registry_format(g, project, location, repository, &format, err) < 0)
        return -1;
    if (format && strcmp(format, "DOCKER") != 0) {
        cr_fail(err, CR_E_CONFIG, "the repository '%s' is of format %s, and cannot hold images", repository, format);
        return cr_hint(err, "name another with build.image, such as %s-docker.pkg.dev/%s/crdeploy/NAME", location,
                       project);
    }
    if (!format) {
        if (repository_create(g, parent, repository, &operation, err) < 0 ||
            (operation && gcp_operation_wait(g, &wait, operation, &response, err) < 0))
            return -1;
    }
    if (made)
        *made = operation != NULL;
    return 0;
}

int gcp_registry_digest(struct gcp *g, const struct gcp_image *image, char **digest, struct cr_error *err)
{
    CR_AUTO_FREE char *p = gcp_url_escape(image->project), *l = gcp_url_escape(image->location);
    CR_AUTO_FREE char *r = gcp_url_escape(image->repository), *k = gcp_url_escape(image->package);
    CR_AUTO_FREE char *t = gcp_url_escape(image->tag ? image->tag : "latest");
    CR_AUTO_FREE char *url =
        gcp_url(g, GCP_REGISTRY, "v1/projects/%s/locations/%s/repositories/%s/packages/%s/tags/%s", p, l, r, k, t);
    json_auto_t *tag = NULL;
    const char *version, *at;

    if (gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url, .missing_ok = true}, NULL, &tag,
                      "look up the image's tag", err) < 0)
        return -1;
    version = json_string_value(json_object_get(tag, "version"));
    at = version ? strrchr(version, '/') : NULL;
    if (tag && (!at || !cr_digest_valid(at + 1)))
        return cr_fail(err, CR_E_API, "cannot look up the image's tag: the reply names no digest");
    *digest = tag ? cr_strdup(at + 1) : NULL;
    return 0;
}
