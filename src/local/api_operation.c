/* Long-running operations of Cloud Run and Artifact Registry, and the locations of v1. */
#include "local/api.h"

#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "local/json_text.h"
#include "local/knative.h"
#include "local/page.h"
#include "local/run_serve.h"
#include "local/schema.h"

char *local_operation_make(struct local *l, const char *parent, const char *type, const json_t *metadata,
                           struct cr_error *err)
{
    json_t *meta = json_deep_copy(metadata), *op;
    char id[37], *name;

    local_uuid(id);
    name = cr_format("%s/operations/%s", parent, id);
    json_object_set_new(meta, "@type", json_sprintf("type.googleapis.com/%s", type));
    op = json_pack("{s:s, s:o}", "name", name, "metadata", meta);
    if (local_store_put(l->store, LOCAL_OPERATIONS, name, op, err) < 0) {
        free(name);
        name = NULL;
    }
    json_decref(op);
    return name;
}

void local_operation_end(struct local *l, const char *name, const char *type, const json_t *resource, int code,
                         const char *message)
{
    json_t *op, *response = resource ? json_deep_copy(resource) : json_object();
    struct cr_error ignored = {0}; /* a client that asks again sees it not done */

    json_object_set_new(response, "@type", json_sprintf("type.googleapis.com/%s", type));
    local_store_lock(l->store);
    op = local_store_get(l->store, LOCAL_OPERATIONS, name);
    if (op) {
        json_object_set_new(op, "done", json_true());
        json_object_set_new(op, "metadata", json_deep_copy(response));
        if (code)
            json_object_set_new(op, "error", json_pack("{s:i, s:s}", "code", code, "message", message ? message : ""));
        else
            json_object_set(op, "response", response);
        (void)!local_store_put(l->store, LOCAL_OPERATIONS, name, op, &ignored);
    }
    local_store_unlock(l->store);
    json_decref(op);
    json_decref(response);
}

static char *name_of(const struct local_request *rq)
{
    return cr_format("projects/%s/locations/%s/operations/%s", rq->arg[0], rq->arg[1], rq->arg[2]);
}

/* What a client of Cloud Run's first API is told: the same service in Knative's form. */
static void in_v1(json_t *op)
{
    static const char *const members[] = {"metadata", "response"};

    for (size_t i = 0; i < CR_LEN(members); i++) {
        json_t *service = json_object_get(op, members[i]), *v1;

        if (!strstr(local_text_at(service, "@type"), "google.cloud.run.v2.Service"))
            continue;
        v1 = local_knative_form(service);
        json_object_set_new(v1, "@type", json_string("type.googleapis.com/google.cloud.run.v1.Service"));
        json_object_set_new(op, members[i], v1);
    }
}

static void reply(struct local *l, const struct local_request *rq, const char *name, struct local_reply *rp)
{
    json_t *op = local_store_get(l->store, LOCAL_OPERATIONS, name);

    if (op && strncmp(rq->path, "/v1/", 4) == 0)
        in_v1(op);
    if (op)
        local_reply_json(rp, 200, op);
    else
        local_refuse(rp, "NOT_FOUND", "Operation '%s' does not exist.", name);
}

void local_operation_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *name = name_of(rq);

    reply(l, rq, name, rp);
}

void local_operation_wait(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *name = name_of(rq);
    double seconds = local_duration(json_object_get(rq->body, "timeout"), 30);
    int64_t end = cr_now_ms() + (int64_t)((seconds < 60 ? seconds : 60) * 1000);

    for (int64_t pause = 2;;) {
        json_t *op = local_store_get(l->store, LOCAL_OPERATIONS, name);
        bool done = !op || json_is_true(json_object_get(op, "done"));

        json_decref(op);
        if (done || cr_now_ms() >= end || local_stopping(l))
            break;
        cr_sleep_ms(pause);
        pause = pause < 50 ? 2 * pause : 50;
    }
    reply(l, rq, name, rp);
}

void local_operation_list(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *prefix = cr_format("projects/%s/locations/%s/operations/", rq->arg[0], rq->arg[1]);
    json_t *all = local_store_list(l->store, LOCAL_OPERATIONS, prefix), *items = json_array(), *doc;
    const char *key;

    json_object_foreach(all, key, doc) json_array_append(items, doc);
    json_decref(all);
    local_page(rq, rp, "operations", items);
}

/* A few of Cloud Run's regions, so that a client that checks its region finds it. */
static const struct {
    const char *id, *city;
} regions[] = {
    {"asia-northeast1", "Tokyo"},    {"asia-southeast1", "Singapore"},    {"australia-southeast1", "Sydney"},
    {"europe-north1", "Finland"},    {"europe-west1", "Belgium"},         {"europe-west3", "Frankfurt"},
    {"europe-west4", "Netherlands"}, {"southamerica-east1", "Sao Paulo"}, {"us-central1", "Iowa"},
    {"us-east1", "South Carolina"},  {"us-east4", "Northern Virginia"},   {"us-west1", "Oregon"},
};

void local_location_list(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *items = json_array();

    (void)l;
    for (size_t i = 0; i < CR_LEN(regions); i++)
        json_array_append_new(items, json_pack("{s:o, s:s, s:s}", "name",
                                               json_sprintf("projects/%s/locations/%s", rq->arg[0], regions[i].id),
                                               "locationId", regions[i].id, "displayName", regions[i].city));
    local_page(rq, rp, "locations", items);
}
