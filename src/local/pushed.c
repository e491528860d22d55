#include "local/pushed.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"

static const char *const gcr[][2] = {
    {"gcr.io", "us"}, {"us.gcr.io", "us"}, {"eu.gcr.io", "europe"}, {"asia.gcr.io", "asia"}};

static const char *gcr_location(const char *host, size_t n)
{
    for (size_t i = 0; i < CR_LEN(gcr); i++)
        if (strlen(gcr[i][0]) == n && strncmp(gcr[i][0], host, n) == 0)
            return gcr[i][1];
    return NULL;
}

char *local_repository_prefix(const char *project, const char *location, const char *repository)
{
    const char *there = gcr_location(repository, strlen(repository));

    return there && strcmp(there, location) == 0 ? cr_format("%s/%s/", repository, project)
                                                 : cr_format("%s-docker.pkg.dev/%s/%s/", location, project, repository);
}

json_t *local_repository_document(const char *project, const char *location, const char *id, const char *now)
{
    CR_AUTO_FREE char *prefix = local_repository_prefix(project, location, id);

    prefix[strlen(prefix) - 1] = '\0';
    return json_pack("{s:o, s:s, s:s, s:s, s:s, s:s}", "name",
                     json_sprintf("projects/%s/locations/%s/repositories/%s", project, location, id), "format",
                     "DOCKER", "mode", "STANDARD_REPOSITORY", "createTime", now, "updateTime", now, "registryUri",
                     prefix);
}

/* Project, location and repository of a reference; false when it is not one of Artifact Registry's. All new. */
static bool take_apart(const char *image, char **project, char **location, char **repository)
{
    static const char tail[] = "-docker.pkg.dev";
    size_t host = strcspn(image, "/"), n;
    const char *rest = image + host + (image[host] == '/'), *there = gcr_location(image, host);

    n = strcspn(rest, "/");
    if (memchr(rest, '.', n) && rest[n] == '/') /* example.com/project */
        n += 1 + strcspn(rest + n + 1, "/");
    if (!n || rest[n] != '/')
        return false;
    if (there) {
        *location = cr_strdup(there);
        *repository = cr_strndup(image, host);
    } else if (host >= sizeof(tail) && strncmp(image + host - (sizeof(tail) - 1), tail, sizeof(tail) - 1) == 0) {
        const char *id = rest + n + 1;

        if (!strchr(id, '/'))
            return false;
        *location = cr_strndup(image, host - (sizeof(tail) - 1));
        *repository = cr_strndup(id, strcspn(id, "/"));
    } else {
        return false;
    }
    *project = cr_strndup(rest, n);
    return true;
}

static int make_repository(struct local *l, const char *image, const char *now, struct cr_error *err)
{
    CR_AUTO_FREE char *project = NULL, *location = NULL, *repository = NULL, *key = NULL;
    json_auto_t *doc = NULL;
    int rc = 0;

    if (!take_apart(image, &project, &location, &repository))
        return 0;
    key = cr_format("projects/%s/locations/%s/repositories/%s", project, location, repository);
    local_store_lock(l->store);
    if (!local_store_has(l->store, LOCAL_REPOSITORIES, key)) {
        doc = local_repository_document(project, location, repository, now);
        rc = local_store_put(l->store, LOCAL_REPOSITORIES, key, doc, err);
    }
    local_store_unlock(l->store);
    return rc;
}

char *local_image_tagged(const char *image)
{
    const char *slash = strrchr(image, '/');

    return strchr(slash ? slash : image, ':') || strchr(image, '@') ? cr_strdup(image) : cr_format("%s:latest", image);
}

bool local_image_in_package(const char *reference, const char *package)
{
    size_t n = strlen(package);

    return strncmp(reference, package, n) == 0 && strchr(":@", reference[n]);
}

int local_image_pushed(struct local *l, const char *image, const struct local_pushed *pushed, struct cr_error *err)
{
    CR_AUTO_FREE char *key = local_image_tagged(image);
    json_auto_t *record =
        json_pack("{s:s, s:s, s:s}", "name", key, "digest", pushed->digest, "uploadTime", pushed->now);

    if (pushed->bytes)
        json_object_set_new(record, "imageSizeBytes", json_sprintf("%lld", (long long)pushed->bytes));
    if (pushed->config)
        json_object_set(record, "config", pushed->config);
    if (make_repository(l, image, pushed->now, err) < 0)
        return -1;
    return local_store_put(l->store, LOCAL_IMAGES, key, record, err);
}
