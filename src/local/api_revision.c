/* Cloud Run Admin API v2: revisions. */
#include "local/api.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/json_text.h"
#include "local/page.h"
#include "local/run_serve.h"

static char *name_of(const struct local_request *rq)
{
    return cr_format("projects/%s/locations/%s/services/%s/revisions/%s", rq->arg[0], rq->arg[1], rq->arg[2],
                     rq->arg[3]);
}

static void no_revision(struct local_reply *rp, const char *name)
{
    local_refuse(rp, "NOT_FOUND", "Resource '%s' of kind 'REVISION' in region '' does not exist.", name);
}

void local_revision_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *name = name_of(rq);
    json_t *revision = local_store_get(l->store, LOCAL_REVISIONS, name);

    if (revision)
        local_reply_json(rp, 200, local_revision_view(revision));
    else
        no_revision(rp, rq->arg[3]);
}

void local_revision_list(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    bool every = strcmp(rq->arg[2], "-") == 0;
    CR_AUTO_FREE char *prefix = cr_format("projects/%s/locations/%s/services/%s%s", rq->arg[0], rq->arg[1],
                                          every ? "" : rq->arg[2], every ? "" : "/revisions/");
    json_t *all = local_store_list(l->store, LOCAL_REVISIONS, prefix), *items = json_array(), *doc;
    const char *key;

    json_object_foreach(all, key, doc) json_array_append_new(items, local_revision_view(json_deep_copy(doc)));
    json_decref(all);
    local_page(rq, rp, "revisions", items);
}

/* Whether requests may reach it, or it is the newest. */
static bool in_use(const json_t *service, const char *full, const char *id)
{
    static const char *const lists[] = {"traffic", "trafficStatuses"};
    static const char *const names[] = {"latestReadyRevision", "latestCreatedRevision"};

    for (size_t i = 0; i < CR_LEN(names); i++) {
        const char *name = json_string_value(json_object_get(service, names[i]));

        if (name && strcmp(name, full) == 0)
            return true;
    }
    for (size_t i = 0; i < CR_LEN(lists); i++) {
        const json_t *rows = json_object_get(service, lists[i]);

        for (size_t r = 0; r < json_array_size(rows); r++) {
            const char *name = json_string_value(json_object_get(json_array_get(rows, r), "revision"));

            if (name && strcmp(name, id) == 0)
                return true;
        }
    }
    return false;
}

static void drop(struct local *l, struct local_request *rq, const json_t *service, json_t *revision,
                 struct local_reply *rp)
{
    CR_AUTO_FREE char *parent = cr_format("projects/%s/locations/%s", rq->arg[0], rq->arg[1]), *operation = NULL;
    const char *name = local_text_at(revision, "name");
    struct cr_error err = {0};

    local_revision_view(revision);
    if (local_store_remove(l->store, LOCAL_REVISIONS, name, &err) == 0)
        operation = local_operation_make(l, parent, "google.cloud.run.v2.Revision", revision, &err);
    if (!operation) {
        local_refuse(rp, "INTERNAL", "%s", err.msg);
        return;
    }
    local_reply_json(rp, 200, local_store_get(l->store, LOCAL_OPERATIONS, operation));
    local_serve_forget(l, service, name);
    local_operation_end(l, operation, "google.cloud.run.v2.Revision", revision, 0, NULL);
}

static void reply_validated(const struct local_request *rq, json_t *revision, struct local_reply *rp)
{
    char id[37];

    local_uuid(id);
    local_revision_view(revision);
    json_object_set_new(revision, "@type", json_string("type.googleapis.com/google.cloud.run.v2.Revision"));
    local_reply_json(rp, 200,
                     json_pack("{s:o, s:O, s:b, s:O}", "name",
                               json_sprintf("projects/%s/locations/%s/operations/%s", rq->arg[0], rq->arg[1], id),
                               "metadata", revision, "done", 1, "response", revision));
}

void local_revision_delete(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *name = name_of(rq);
    CR_AUTO_FREE char *owner = cr_format("projects/%s/locations/%s/services/%s", rq->arg[0], rq->arg[1], rq->arg[2]);
    const char *tag = local_query(rq, "etag");
    json_t *revision = local_store_get(l->store, LOCAL_REVISIONS, name);
    json_t *service = local_store_get(l->store, LOCAL_SERVICES, owner);

    if (!revision)
        no_revision(rp, rq->arg[3]);
    else if (tag && *tag && strcmp(tag, local_text_at(revision, "etag")) != 0)
        local_refuse(rp, "ABORTED",
                     "Conflict for resource '%s': version '%s' was specified but current version is '%s'.", rq->arg[3],
                     tag, local_text_at(revision, "etag"));
    else if (in_use(service, name, rq->arg[3]))
        local_refuse(rp, "FAILED_PRECONDITION",
                     "Revision '%s' cannot be deleted: it serves traffic, has a tag, or is the "
                     "latest of its service.",
                     rq->arg[3]);
    else if (local_query_true(rq, "validateOnly"))
        reply_validated(rq, revision, rp);
    else
        drop(l, rq, service, revision, rp);
    json_decref(service);
    json_decref(revision);
}
