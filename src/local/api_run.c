/* Cloud Run Admin API v2: services. Source:
 * https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services */
#include "local/api.h"

#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "local/json_text.h"
#include "local/page.h"
#include "local/run_serve.h"
#include "local/run_spec.h"
#include "local/run_write.h"

static char *parent_of(const struct local_request *rq)
{
    return cr_format("projects/%s/locations/%s", rq->arg[0], rq->arg[1]);
}

static char *name_of(const struct local_request *rq, const char *service)
{
    return cr_format("projects/%s/locations/%s/services/%s", rq->arg[0], rq->arg[1], service);
}

static void no_service(struct local_reply *rp, const char *name)
{
    local_refuse(rp, "NOT_FOUND", "Resource '%s' of kind 'SERVICE' in region '' does not exist.",
                 local_last_part(name));
}

static void refuse_all(struct local_reply *rp, json_t *violations)
{
    CR_AUTO_STR struct cr_str text = CR_STR_INIT(1 << 16);
    struct cr_error full = {0};
    json_t *row;
    size_t i;

    json_array_foreach(violations, i, row)(void) !cr_str_addf(
        &text, &full, "%s%s: %s", i ? "\n" : "", local_text_at(row, "field"), local_text_at(row, "description"));
    local_refuse_fields(rp, text.buf, violations);
}

/* ---- what is refused after the body is understood ---- */

static bool check_targets(struct local *l, const char *name, const json_t *service, struct local_reply *rp)
{
    const json_t *traffic = json_object_get(service, "traffic");
    const char *coming = local_text_at(json_object_get(service, "template"), "revision");

    for (size_t i = 0; i < json_array_size(traffic); i++) {
        const char *revision = local_text_at(json_array_get(traffic, i), "revision");
        CR_AUTO_FREE char *key = cr_format("%s/revisions/%s", name, revision);

        if (*revision && strcmp(revision, coming) != 0 && !local_store_has(l->store, LOCAL_REVISIONS, key)) {
            CR_AUTO_FREE char *at = cr_format("traffic[%zu].revision", i);
            CR_AUTO_FREE char *text = cr_format("Revision '%s' does not exist.", revision);

            refuse_all(rp, json_pack("[{s:s, s:s}]", "field", at, "description", text));
            return false;
        }
    }
    return true;
}

static bool check(struct local *l, const char *name, const json_t *service, struct local_reply *rp)
{
    json_t *violations = json_array();

    local_service_check(local_last_part(name), service, violations);
    if (json_array_size(violations)) {
        refuse_all(rp, violations);
        return false;
    }
    json_decref(violations);
    return check_targets(l, name, service, rp);
}

static void reply_operation(struct local *l, const char *operation, struct local_reply *rp)
{
    json_t *op = local_store_get(l->store, LOCAL_OPERATIONS, operation);

    local_reply_json(rp, 200, op);
}

/* Writes a checked service and sets it going. Holds the store's lock but for the start. */
static void apply(struct local *l, struct local_request *rq, json_t *service, const char *revision,
                  struct local_reply *rp)
{
    CR_AUTO_FREE char *operation = NULL;
    struct cr_error err = {0};

    if (local_service_write(l, service, revision, &operation, &err) < 0) {
        local_refuse(rp, "INTERNAL", "%s", err.msg);
        return;
    }
    reply_operation(l, operation, rp);
    local_store_unlock(l->store); /* the work may be done before this returns, and takes the lock itself */
    local_serve_start(l, local_text_at(service, "name"), revision, operation, rq->fail);
    local_store_lock(l->store);
}

static void reply_validated(struct local *l, struct local_request *rq, json_t *service, struct local_reply *rp)
{
    CR_AUTO_FREE char *parent = parent_of(rq);
    json_t *view = local_service_view(l, json_deep_copy(service)), *response = json_deep_copy(view);
    char id[37];

    local_uuid(id);
    json_object_set_new(response, "@type", json_string("type.googleapis.com/" LOCAL_SERVICE_TYPE));
    local_reply_json(rp, 200,
                     json_pack("{s:o, s:o, s:b, s:o}", "name", json_sprintf("%s/operations/%s", parent, id), "metadata",
                               json_deep_copy(response), "done", 1, "response", response));
    json_decref(view);
}

/* The end of every write of a checked service; `old` is NULL when it is new. */
static void write_or_validate(struct local *l, struct local_request *rq, json_t *old, json_t *service,
                              struct local_reply *rp)
{
    CR_AUTO_FREE char *revision = NULL;

    if (!local_revision_plan(l, old, service, &revision, rp))
        return;
    if (local_query_true(rq, "validateOnly"))
        reply_validated(l, rq, service, rp);
    else
        apply(l, rq, service, revision, rp);
}

static json_t *new_service(struct local_request *rq, const char *name)
{
    json_t *blank = json_pack("{s:s, s:s}", "name", name, "generation", "1"), *service;
    const char *bad = NULL;
    char now[32], uid[37];

    cr_time_text(cr_wall_ms(), now);
    local_uuid(uid);
    json_object_set_new(blank, "uid", json_string(uid));
    json_object_set_new(blank, "createTime", json_string(now));
    json_object_set_new(blank, "creator", json_string("local@crdeploy.invalid"));
    json_object_set_new(blank, "lastModifier", json_string("local@crdeploy.invalid"));
    service = local_service_merge(blank, rq->body, NULL, &bad);
    json_decref(blank);
    return service;
}

static void create(struct local *l, struct local_request *rq, const char *id, struct local_reply *rp)
{
    CR_AUTO_FREE char *name = name_of(rq, id);
    json_t *service = new_service(rq, name);

    local_store_lock(l->store);
    if (local_store_has(l->store, LOCAL_SERVICES, name)) {
        local_refuse(rp, "ALREADY_EXISTS", "Resource '%s' already exists.", id);
    } else if (check(l, name, service, rp)) {
        local_service_defaults(service);
        write_or_validate(l, rq, NULL, service, rp);
    }
    local_store_unlock(l->store);
    json_decref(service);
}

void local_service_create(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *id = local_query(rq, "serviceId");

    if (!id || !local_service_name_ok(id)) {
        CR_AUTO_FREE char *text = cr_format("Invalid service_id '%s': must start with a lower-case letter, hold only "
                                            "lower-case letters, digits and '-', not end in '-', and have less than 50 "
                                            "characters.",
                                            id ? id : "");

        local_refuse_fields(rp, text, json_pack("[{s:s, s:s}]", "field", "service_id", "description", text));
        return;
    }
    create(l, rq, id, rp);
}

static void update(struct local *l, struct local_request *rq, json_t *old, struct local_reply *rp)
{
    const char *mask = local_query(rq, "updateMask"), *bad = NULL, *tag = local_text_at(rq->body, "etag");
    const char *name = local_text_at(old, "name");
    json_t *service;

    if (*tag && strcmp(tag, local_text_at(old, "etag")) != 0) {
        local_refuse(rp, "ABORTED",
                     "Conflict for resource '%s': version '%s' was specified but current version is '%s'.",
                     local_last_part(name), tag, local_text_at(old, "etag"));
        return;
    }
    if (*local_text_at(old, "deleteTime")) {
        local_refuse(rp, "FAILED_PRECONDITION", "Resource '%s' is being deleted.", local_last_part(name));
        return;
    }
    service = local_service_merge(old, rq->body, mask, &bad);
    if (!service) {
        CR_AUTO_FREE char *text =
            cr_format("Invalid field mask: '%.*s' is not a field of Service.", (int)strcspn(bad, ","), bad);

        local_refuse_fields(rp, text, json_pack("[{s:s, s:s}]", "field", "update_mask", "description", text));
        return;
    }
    if (check(l, name, service, rp)) {
        long long generation = strtoll(local_text_at(old, "generation"), NULL, 10);

        local_service_defaults(service);
        json_object_set_new(service, "generation", json_sprintf("%lld", generation + 1));
        write_or_validate(l, rq, old, service, rp);
    }
    json_decref(service);
}

void local_service_patch(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *name = name_of(rq, rq->arg[2]);
    json_t *old;

    local_store_lock(l->store);
    old = local_store_get(l->store, LOCAL_SERVICES, name);
    if (old)
        update(l, rq, old, rp);
    else if (!local_query_true(rq, "allowMissing"))
        no_service(rp, name);
    else if (!local_service_name_ok(rq->arg[2]))
        local_refuse(rp, "INVALID_ARGUMENT", "Invalid service name '%s'.", rq->arg[2]);
    else
        create(l, rq, rq->arg[2], rp);
    local_store_unlock(l->store);
    json_decref(old);
}

void local_service_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *name = name_of(rq, rq->arg[2]);
    json_t *service = local_store_get(l->store, LOCAL_SERVICES, name);

    if (service)
        local_reply_json(rp, 200, local_service_view(l, service));
    else
        no_service(rp, name);
}

void local_service_list(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *prefix = name_of(rq, "");
    json_t *all, *items = json_array(), *doc;
    const char *key;

    if (strcmp(rq->arg[1], "-") == 0) {
        json_decref(items);
        local_refuse(rp, "INVALID_ARGUMENT", "Wildcard location is not supported.");
        return;
    }
    all = local_store_list(l->store, LOCAL_SERVICES, prefix);
    json_object_foreach(all, key, doc) json_array_append_new(items, local_service_view(l, json_deep_copy(doc)));
    json_decref(all);
    local_page(rq, rp, "services", items);
}

/* Store's lock held. */
static void drop(struct local *l, const char *parent, const char *name, json_t *service, struct local_reply *rp)
{
    CR_AUTO_FREE char *operation = NULL;
    struct cr_error err = {0};
    char now[32];
    json_t *view;

    if (local_service_remove(l, name, &err) < 0) {
        local_refuse(rp, "INTERNAL", "%s", err.msg);
        return;
    }
    cr_time_text(cr_wall_ms(), now);
    view = local_service_view(l, json_deep_copy(service));
    json_object_set_new(view, "deleteTime", json_string(now));
    operation = local_operation_make(l, parent, LOCAL_SERVICE_TYPE, view, &err);
    if (operation) {
        reply_operation(l, operation, rp);
        local_serve_forget(l, service, NULL);
        local_operation_end(l, operation, LOCAL_SERVICE_TYPE, view, 0, NULL);
    } else {
        local_refuse(rp, "INTERNAL", "%s", err.msg);
    }
    json_decref(view);
}

void local_service_delete(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *name = name_of(rq, rq->arg[2]), *parent = parent_of(rq);
    const char *tag = local_query(rq, "etag");
    json_t *service;

    local_store_lock(l->store);
    service = local_store_get(l->store, LOCAL_SERVICES, name);
    if (!service)
        no_service(rp, name);
    else if (tag && *tag && strcmp(tag, local_text_at(service, "etag")) != 0)
        local_refuse(rp, "ABORTED",
                     "Conflict for resource '%s': version '%s' was specified but current version is '%s'.", rq->arg[2],
                     tag, local_text_at(service, "etag"));
    else if (local_query_true(rq, "validateOnly"))
        reply_validated(l, rq, service, rp);
    else
        drop(l, parent, name, service, rp);
    local_store_unlock(l->store);
    json_decref(service);
}
