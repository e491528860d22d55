/* Cloud Run Admin API v1, to be written: a service in Knative's form becomes a v2 one and goes the same way from there.
 * Source: the REST reference, namespaces.services. */
#include "local/api.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/service_v1.h"
#include "local/json_text.h"
#include "local/knative.h"
#include "local/run_serve.h"
#include "local/schema.h"

#define OTHERWISE "us-central1" /* where a new service stands when the host does not say */

/* Where the service of that name stands already, or is to stand. New. */
static char *place_of(struct local *l, const struct local_request *rq, const char *name)
{
    CR_AUTO_FREE char *prefix = local_knative_place(rq), *place = cr_format("projects/%s/locations/", rq->arg[0]);
    json_auto_t *all = local_store_list(l->store, LOCAL_SERVICES, prefix);
    const char *key;
    json_t *doc;

    json_object_foreach(all, key, doc)
    {
        const char *region = key + strlen(place);

        if (strcmp(local_last_part(key), name) == 0)
            return cr_strndup(region, strcspn(region, "/"));
    }
    if (strlen(prefix) > strlen(place))
        return cr_strndup(prefix + strlen(place), strcspn(prefix + strlen(place), "/"));
    return cr_strdup(OTHERWISE);
}

/* What was only validated is nowhere but in the answer. */
static void reply_service(struct local *l, const char *name, const json_t *operation, struct local_reply *rp)
{
    const json_t *validated = json_object_get(operation, "response");
    json_auto_t *doc = validated ? NULL : local_store_get(l->store, LOCAL_SERVICES, name);
    json_t *v1 = validated ? local_knative_form(validated) : local_knative_view(l, doc);

    json_object_set_new(json_object_get(json_object_get(v1, "metadata"), "annotations"),
                        "run.googleapis.com/operation-id",
                        json_string(local_last_part(local_text_at(operation, "name"))));
    local_reply_json(rp, 200, v1);
}

/* Asks the second API's handler; `target` has its query. */
static void hand_on(struct local *l, const struct local_request *rq, const struct cr_v1_where *where, const char *name,
                    const char *target, local_handler *handler, struct local_reply *rp)
{
    CR_AUTO_FREE char *full = cr_format("projects/%s/locations/%s/services/%s", where->project, where->region, name);
    struct local_request inner;
    struct local_reply said;
    struct cr_error err = {0};
    json_t *v2 = cr_service_from_v1(rq->body, where, &err);

    if (!v2) {
        local_refuse(rp, "INVALID_ARGUMENT", "%s", err.msg);
        return;
    }
    local_request_init(&inner, rq->method, target);
    local_reply_init(&said);
    inner.arg[0] = cr_strdup(where->project);
    inner.arg[1] = cr_strdup(where->region);
    inner.arg[2] = cr_strdup(name);
    inner.body = v2;
    if (local_schema_check("Service", "service", v2, rp)) {
        handler(l, &inner, &said);
        if (said.status == 200)
            reply_service(l, full, said.json, rp);
        else
            local_reply_json(rp, said.status, json_incref(said.json));
    }
    local_request_clear(&inner);
    local_reply_clear(&said);
}

static void write_service(struct local *l, struct local_request *rq, const char *name, local_handler *handler,
                          struct local_reply *rp)
{
    CR_AUTO_FREE char *region = place_of(l, rq, name), *id = local_encode(name);
    CR_AUTO_FREE char *target = cr_format(
        "/v2?serviceId=%s%s", id, strcmp(local_query(rq, "dryRun") ?: "", "all") == 0 ? "&validateOnly=true" : "");

    hand_on(l, rq, &(struct cr_v1_where){rq->arg[0], region}, name, target, handler, rp);
}

void local_knative_create(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    write_service(l, rq, local_text_at(json_object_get(rq->body, "metadata"), "name"), local_service_create, rp);
}

void local_knative_replace(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    write_service(l, rq, rq->arg[1], local_service_patch, rp);
}
