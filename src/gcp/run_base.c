/* Which digest a revision runs: only Cloud Run's first API says so, in the revision's status. Source: the behaviour of
 * gcloud run services update, release 528. */
#include "gcp/run.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/endpoints.h"
#include "gcp/json.h"

static const char nonce_label[] = "client.knative.dev/nonce";

/* "projects/P/locations/L/..." into P and L; borrowed with their lengths. */
struct place {
    const char *project, *region;
    int project_len, region_len;
};

static struct place place_of(const char *name)
{
    const char *project = name + strlen("projects/"), *region = strstr(name, "/locations/") + strlen("/locations/");

    return (struct place){project, region, (int)strcspn(project, "/"), (int)strcspn(region, "/")};
}

/* This API has a host for each region, where Google's own address is used. New. */
static char *revisions_url(const struct gcp *g, const char *name, const char *tail)
{
    struct place p = place_of(name);
    const char *endpoint = g->endpoint[GCP_RUN], *host = strstr(endpoint, "://") + 3;
    bool own = strcmp(endpoint, gcp_endpoint_rows[GCP_RUN].address) == 0;
    CR_AUTO_FREE char *at = own ? cr_format("https://%.*s-%s", p.region_len, p.region, host) : cr_strdup(endpoint);

    return cr_format("%s/apis/serving.knative.dev/v1/namespaces/%.*s/revisions%s", at, p.project_len, p.project, tail);
}

static int get(struct gcp *g, const char *name, const char *tail, json_t **json, struct cr_error *err)
{
    CR_AUTO_FREE char *url = revisions_url(g, name, tail);

    return gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url, .missing_ok = true}, NULL, json,
                         "read which image runs", err);
}

static int by_name(struct gcp *g, const char *name, const char *revision, json_t **found, struct cr_error *err)
{
    const char *slash = strrchr(revision, '/');
    CR_AUTO_FREE char *escaped = gcp_url_escape(slash ? slash + 1 : revision);
    CR_AUTO_FREE char *tail = cr_format("/%s", escaped);

    return get(g, name, tail, found, err);
}

/* The only revision with this nonce; *found stays NULL when there is none, or more than one. */
static int by_nonce(struct gcp *g, const char *name, const char *nonce, json_t **found, struct cr_error *err)
{
    CR_AUTO_FREE char *selector = cr_format("%s=%s", nonce_label, nonce), *escaped = gcp_url_escape(selector);
    CR_AUTO_FREE char *tail = cr_format("?labelSelector=%s", escaped);
    json_auto_t *list = NULL;
    json_t *items;

    if (get(g, name, tail, &list, err) < 0)
        return -1;
    items = json_object_get(list, "items");
    if (json_array_size(items) == 1)
        *found = json_incref(json_array_get(items, 0));
    return 0;
}

int gcp_run_base_image(struct gcp *g, const char *name, const json_t *live, char **image, struct cr_error *err)
{
    const json_t *template = json_object_get(live, "template");
    const char *revision = gcp_text_at(template, "revision"), *last = gcp_text_at(live, "latestCreatedRevision");
    const char *nonce = gcp_text_at(json_object_get(template, "labels"), nonce_label), *digest;
    json_auto_t *base = NULL;

    *image = NULL;
    if (*revision && by_name(g, name, revision, &base, err) < 0)
        return -1;
    if (!*revision && *nonce && by_nonce(g, name, nonce, &base, err) < 0)
        return -1;
    if (!base && !*revision && *last && by_name(g, name, last, &base, err) < 0)
        return -1;
    digest = gcp_text_at(json_object_get(base, "status"), "imageDigest");
    if (*digest)
        *image = cr_strdup(digest);
    return 0;
}
