/* The daemon about itself: health, status, stopping, failures on command, principals for tests. */
#include "local/api.h"

#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/run_serve.h"
#include "local/seed.h"
#include "local/token_store.h"

void local_health(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    (void)l;
    (void)rq;
    local_reply_json(rp, 200, json_pack("{s:s, s:s}", "status", "ok", "version", CR_VERSION));
}

static json_t *services(struct local *l)
{
    json_t *all = local_store_list(l->store, LOCAL_SERVICES, ""), *out = json_array(), *doc;
    const char *key;

    json_object_foreach(all, key, doc)
    {
        json_t *view = local_service_view(l, json_deep_copy(doc)), *row = json_pack("{s:s}", "name", key);
        const json_t *uri = json_object_get(view, "uri"), *condition = json_object_get(view, "terminalCondition");

        if (uri)
            json_object_set(row, "uri", (json_t *)uri);
        json_object_set(row, "state", json_object_get(condition, "state"));
        if (json_object_get(condition, "message"))
            json_object_set(row, "message", json_object_get(condition, "message"));
        json_object_set(row, "latestReadyRevision", json_object_get(view, "latestReadyRevision"));
        json_array_append_new(out, row);
        json_decref(view);
    }
    json_decref(all);
    return out;
}

static json_t *builds(struct local *l)
{
    static const char *const kept[] = {"name", "status", "createTime", "finishTime", "images", "statusDetail"};
    json_t *all = local_store_list(l->store, LOCAL_BUILDS, ""), *out = json_array(), *doc;
    const char *key;

    json_object_foreach(all, key, doc)
    {
        json_t *row = json_object();

        for (size_t i = 0; i < CR_LEN(kept); i++)
            if (json_object_get(doc, kept[i]))
                json_object_set(row, kept[i], json_object_get(doc, kept[i]));
        json_array_append_new(out, row);
    }
    json_decref(all);
    return out;
}

void local_status(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    struct local_instances *inst;
    struct local_runtime *rt;
    CR_AUTO_FREE char *url = local_url(l);
    int64_t uploaded;
    json_t *status;

    (void)rq;
    pthread_mutex_lock(&l->lock);
    inst = l->inst;
    rt = l->rt;
    uploaded = l->uploaded;
    pthread_mutex_unlock(&l->lock);
    status = json_pack("{s:i, s:s, s:i, s:s, s:s, s:o, s:o, s:o}", "pid", (int)getpid(), "url", url, "ingress_port",
                       local_ingress_number(l), "state", l->state, "version", CR_VERSION, "services", services(l),
                       "builds", builds(l), "instances", inst ? local_instances_list(inst) : json_array());
    json_object_set_new(status, "upload_bytes", json_integer(uploaded));
    json_object_set_new(status, "runtime", rt ? json_string(rt->name) : json_null());
    if (rt && rt->note)
        json_object_set_new(status, "note", json_string(rt->note));
    local_reply_json(rp, 200, status);
}

void local_stop(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    (void)rq;
    local_stop_ask(l);
    local_reply_json(rp, 200, json_pack("{s:s}", "status", "stopping"));
}

void local_fault_add(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *row = rq->text ? json_loadb(rq->text, rq->text_len, 0, NULL) : NULL;
    struct cr_error err = {0};

    if (!json_is_object(row))
        local_refuse(rp, "INVALID_ARGUMENT", "a fault is a JSON object");
    else if (local_faults_add(&l->faults, row, &err) < 0)
        local_refuse(rp, "INVALID_ARGUMENT", "%s", err.msg);
    else
        local_reply_json(rp, 200, json_incref(row));
    json_decref(row);
}

void local_fault_list(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    (void)rq;
    local_reply_json(rp, 200, json_pack("{s:o}", "faults", local_faults_list(&l->faults)));
}

void local_fault_drop(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    (void)rq;
    local_faults_drop(&l->faults);
    local_reply_json(rp, 200, json_object());
}

void local_auth_add(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *seed = rq->text ? json_loadb(rq->text, rq->text_len, JSON_REJECT_DUPLICATES, NULL) : NULL;
    struct cr_error err = {0};

    if (!json_is_object(seed))
        local_refuse(rp, "INVALID_ARGUMENT", "what is registered is a JSON object");
    else if (local_seed_add(l, seed, &err) < 0)
        local_refuse(rp, err.code == CR_E_USAGE ? "INVALID_ARGUMENT" : "INTERNAL", "%s", err.msg);
    else
        local_reply_json(rp, 200, local_seed_view(l));
    json_decref(seed);
}

void local_auth_view(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    (void)rq;
    local_reply_json(rp, 200, local_seed_view(l));
}

void local_auth_drop(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    struct cr_error err = {0};

    (void)rq;
    local_tokens_drop(l);
    if (local_seed_drop(l, &err) < 0)
        local_refuse(rp, "INTERNAL", "%s", err.msg);
    else
        local_reply_json(rp, 200, json_object());
}
