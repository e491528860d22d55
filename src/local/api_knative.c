/* Cloud Run Admin API v1, to be read: services and revisions in Knative's form. It has a host for each region at
 * Google; where the Host is none of those, every region is looked through and the first of that name is taken. Source:
 * the REST reference, namespaces.*; https://kubernetes.io/docs/concepts/overview/working-with-objects/labels
 * (selectors). */
#include "local/api.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/service_v1.h"
#include "local/json_text.h"
#include "local/knative.h"
#include "local/run_serve.h"

#define MOST 1000 /* of a page */

/* ---- errors, in Kubernetes' shape ---- */

static void refuse(struct local_reply *rp, int code, const char *reason, char *taken)
{
    local_reply_json(rp, code,
                     json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "apiVersion", "v1", "kind", "Status", "status",
                               "Failure", "reason", reason, "message", taken, "code", code));
    free(taken);
}

static void refuse_missing(struct local_reply *rp, const char *kind, const struct local_request *rq)
{
    refuse(rp, 404, "NotFound",
           cr_format("Resource '%s' of kind '%s' in project '%s' does not exist.", rq->arg[1], kind, rq->arg[0]));
}

/* ---- where ---- */

/* Google's host begins with the region: us-central1-run.googleapis.com. */
char *local_knative_place(const struct local_request *rq)
{
    const char *host = local_header(rq, "Host"), *end = host ? strstr(host, "-run.") : NULL;

    return end ? cr_format("projects/%s/locations/%.*s/", rq->arg[0], (int)(end - host), host)
               : cr_format("projects/%s/locations/", rq->arg[0]);
}

/* ---- the forms ---- */

json_t *local_knative_form(const json_t *service)
{
    json_t *v1 = cr_service_to_v1(service), *status = json_object_get(v1, "status");

    if (!status) {
        status = json_object();
        json_object_set_new(v1, "status", status);
    }
    if (!json_object_get(status, "conditions"))
        json_object_set_new(status, "conditions", json_pack("[{s:s, s:s}]", "type", "Ready", "status", "Unknown"));
    return v1;
}

json_t *local_knative_view(struct local *l, const json_t *doc)
{
    json_auto_t *view = local_service_view(l, json_deep_copy(doc));

    return local_knative_form(view);
}

static json_t *revision_v1(struct local *l, const json_t *doc)
{
    const char *digest = local_text_at(doc, "localDigest");
    const char *image = local_text_at(json_array_get(json_object_get(doc, "containers"), 0), "image");

    (void)l;
    if (!*digest)
        digest = strstr(image, "@sha256:") ? image : NULL;
    return cr_revision_to_v1(doc, digest);
}

typedef json_t *view_fn(struct local *l, const json_t *doc);

/* ---- selectors: "a=b,c!=d,e" ---- */

/* One requirement, `len` long. *fits is only said of a requirement that can be read. */
static bool read_requirement(const char *text, size_t len, const json_t *labels, bool *fits)
{
    size_t key = strcspn(text, "=!,");
    CR_AUTO_FREE char *name = cr_strndup(text, key < len ? key : len), *value = NULL;
    bool negated = text[key] == '!', bare = key >= len;
    const char *have = json_string_value(json_object_get(labels, name));

    if (!*name || (negated && text[key + 1] != '='))
        return false;
    if (bare) {
        *fits = have;
        return true;
    }
    key += negated || text[key + 1] == '=' ? 2 : 1;
    value = cr_strndup(text + key, len - key);
    *fits = (have && strcmp(have, value) == 0) != negated;
    return true;
}

/* False when the selector cannot be read. */
static bool selects(const char *selector, const json_t *labels, bool *fits)
{
    *fits = true;
    for (const char *p = selector ? selector : ""; *p && *fits;) {
        size_t len = strcspn(p, ",");

        if (!read_requirement(p, len, labels, fits))
            return false;
        p += len + (p[len] == ',');
    }
    return true;
}

/* ---- lists ---- */

/* Everything of the project whose labels fit; NULL after refusing. */
static json_t *collect(struct local *l, const struct local_request *rq, enum local_kind kind, view_fn *view,
                       struct local_reply *rp)
{
    CR_AUTO_FREE char *prefix = local_knative_place(rq);
    json_auto_t *all = local_store_list(l->store, kind, prefix), *out = json_array();
    const char *selector = local_query(rq, "labelSelector"), *key;
    json_t *doc;

    json_object_foreach(all, key, doc)
    {
        json_auto_t *v1 = view(l, doc);
        bool fits;

        if (!selects(selector, json_object_get(json_object_get(v1, "metadata"), "labels"), &fits)) {
            refuse(rp, 400, "BadRequest", cr_format("unable to parse requirement: '%s'", selector));
            return NULL;
        }
        if (fits)
            json_array_append(out, v1);
    }
    return json_incref(out);
}

static void reply_list(struct local *l, struct local_request *rq, enum local_kind kind, view_fn *view,
                       struct local_reply *rp)
{
    const char *limit = local_query(rq, "limit"), *token = local_query(rq, "continue");
    size_t size = limit && *limit != '-' ? strtoul(limit, NULL, 10) : 0, from = token ? strtoul(token, NULL, 10) : 0;
    json_auto_t *all = collect(l, rq, kind, view, rp);
    json_t *items, *meta;

    if (!all)
        return;
    items = json_array();
    meta = json_object();
    size = size && size < MOST ? size : MOST;
    for (size_t i = from; i < json_array_size(all) && i - from < size; i++)
        json_array_append(items, json_array_get(all, i));
    if (from < json_array_size(all) && json_array_size(all) - from > size)
        json_object_set_new(meta, "continue", json_sprintf("%zu", from + size));
    local_reply_json(rp, 200,
                     json_pack("{s:s, s:s, s:o, s:o}", "apiVersion", "serving.knative.dev/v1", "kind",
                               kind == LOCAL_SERVICES ? "ServiceList" : "RevisionList", "metadata", meta, "items",
                               items));
}

static void reply_one(struct local *l, struct local_request *rq, enum local_kind kind, view_fn *view,
                      struct local_reply *rp)
{
    CR_AUTO_FREE char *prefix = local_knative_place(rq);
    json_auto_t *all = local_store_list(l->store, kind, prefix);
    const char *key;
    json_t *doc;

    json_object_foreach(all, key, doc)
    {
        if (strcmp(local_last_part(key), rq->arg[1]) == 0) {
            local_reply_json(rp, 200, view(l, doc));
            return;
        }
    }
    refuse_missing(rp, kind == LOCAL_SERVICES ? "SERVICE" : "REVISION", rq);
}

void local_knative_services(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    reply_list(l, rq, LOCAL_SERVICES, local_knative_view, rp);
}

void local_knative_service(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    reply_one(l, rq, LOCAL_SERVICES, local_knative_view, rp);
}

void local_knative_revisions(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    reply_list(l, rq, LOCAL_REVISIONS, revision_v1, rp);
}

void local_knative_revision(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    reply_one(l, rq, LOCAL_REVISIONS, revision_v1, rp);
}
