#include "gcp/registry_images.h"

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/operation.h"
#include "gcp/pages.h"

/* "v1/projects/P/locations/L/repositories/R", escaped. New. */
static char *path_of(const struct gcp_repository *r)
{
    CR_AUTO_FREE char *p = gcp_url_escape(r->project), *l = gcp_url_escape(r->location), *n = gcp_url_escape(r->name);

    return cr_format("v1/projects/%s/locations/%s/repositories/%s", p, l, n);
}

int gcp_repository_get(struct gcp *g, const struct gcp_repository *r, json_t **repository, struct cr_error *err)
{
    CR_AUTO_FREE char *path = path_of(r), *url = gcp_url(g, GCP_REGISTRY, "%s", path);

    return gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url, .missing_ok = true}, NULL, repository,
                         "read the repository", err);
}

int gcp_repository_images(struct gcp *g, const struct gcp_repository *r, json_t **images, struct cr_error *err)
{
    CR_AUTO_FREE char *path = path_of(r), *url = gcp_url(g, GCP_REGISTRY, "%s/dockerImages", path);

    return gcp_pages(g, url, "dockerImages", "list the images", images, err);
}

int gcp_package_delete(struct gcp *g, const struct gcp_repository *r, const char *package, struct cr_error *err)
{
    CR_AUTO_FREE char *path = path_of(r), *k = gcp_url_escape(package);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_REGISTRY, "%s/packages/%s", path, k);
    const struct gcp_operation_wait wait = {
        .api = GCP_REGISTRY, .version = "v1", .how = GCP_OPERATION_GET, .what = "delete the images"};
    json_auto_t *operation = NULL, *response = NULL;

    if (gcp_call_json(
            g, &(struct gcp_request){.method = "DELETE", .url = url, .missing_ok = true, .repeat = GCP_REPEAT_SAFE},
            NULL, &operation, "delete the images", err) < 0)
        return -1;
    return operation ? gcp_operation_wait(g, &wait, operation, &response, err) : 0;
}
