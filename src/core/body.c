#include "core/body.h"

#include <inttypes.h>

#include "base/mem.h"

const char cr_body_service_mask[] = "client,clientVersion,description,labels,template";

char *cr_body_image(const struct cr_plan *plan, const char *context_sha256)
{
    if (cr_plan_has(plan, CR_KEY_BUILD_IMAGE))
        return cr_strdup(cr_plan_text(plan, CR_KEY_BUILD_IMAGE));
    return cr_format("%s-docker.pkg.dev/%s/crdeploy/%s:%.12s", cr_plan_text(plan, CR_KEY_REGION),
                     cr_plan_text(plan, CR_KEY_PROJECT), cr_plan_text(plan, CR_KEY_NAME), context_sha256);
}

static json_t *duration(int64_t seconds)
{
    return json_sprintf("%" PRId64 "s", seconds);
}

/* The member `key` of `object`, made when missing; borrowed. */
static json_t *object_at(json_t *object, const char *key)
{
    json_t *at = json_object_get(object, key);

    if (!json_is_object(at)) {
        at = json_object();
        json_object_set_new(object, key, at);
    }
    return at;
}

static json_t *env_list(const json_t *map)
{
    json_t *list = json_array(), *value;
    const char *name;

    json_object_foreach((json_t *)map, name, value)
        json_array_append_new(list, json_pack("{s:s, s:O}", "name", name, "value", value));
    return list;
}

static void labels(json_t *object, const json_t *map)
{
    json_t *all = object_at(object, "labels");

    if (map)
        json_object_update(all, (json_t *)map);
    json_object_set_new(all, "managed-by", json_string("crdeploy"));
}

/* Ready is what the server says of itself after its warm-up; asked each second for four minutes, the most that is
 * allowed. */
static json_t *startup_probe(int64_t port)
{
    return json_pack("{s:{s:s, s:I}, s:i, s:i, s:i}", "httpGet", "path", "/ready", "port", (json_int_t)port,
                     "periodSeconds", 1, "timeoutSeconds", 1, "failureThreshold", 240);
}

static void container(json_t *c, const struct cr_plan *plan, const char *image, bool fresh)
{
    int64_t port = plan->number[CR_KEY_PORT];
    json_t *resources = object_at(c, "resources"), *limits = object_at(resources, "limits");

    json_object_set_new(c, "image", json_string(image));
    json_object_set_new(limits, "cpu", json_string(cr_plan_text(plan, CR_KEY_CPU)));
    json_object_set_new(limits, "memory", json_string(cr_plan_text(plan, CR_KEY_MEMORY)));
    if (!json_object_get(resources, "cpuIdle"))
        json_object_set_new(resources, "cpuIdle", fresh ? json_true() : json_false());
    if (fresh)
        json_object_set_new(resources, "startupCpuBoost", json_true());
    json_object_set_new(c, "ports", json_pack("[{s:s, s:I}]", "name", "http1", "containerPort", (json_int_t)port));
    json_object_set_new(c, "startupProbe", startup_probe(port));
    if (plan->map[CR_KEY_ENV])
        json_object_set_new(c, "env", env_list(plan->map[CR_KEY_ENV]));
}

static void template(json_t *t, const struct cr_plan *plan, const char *image, bool fresh)
{
    json_t *containers = json_object_get(t, "containers"), *scaling = object_at(t, "scaling");

    json_object_del(t, "revision");
    if (!json_array_size(containers)) {
        json_object_set_new(t, "containers", json_pack("[{}]"));
        containers = json_object_get(t, "containers");
    }
    container(json_array_get(containers, 0), plan, image, fresh);
    labels(t, plan->map[CR_KEY_LABELS]);
    json_object_set_new(t, "maxInstanceRequestConcurrency", json_integer(plan->number[CR_KEY_CONCURRENCY]));
    json_object_set_new(t, "timeout", duration(plan->number[CR_KEY_TIMEOUT]));
    if (cr_plan_has(plan, CR_KEY_MIN_INSTANCES))
        json_object_set_new(scaling, "minInstanceCount", json_integer(plan->number[CR_KEY_MIN_INSTANCES]));
    if (cr_plan_has(plan, CR_KEY_MAX_INSTANCES))
        json_object_set_new(scaling, "maxInstanceCount", json_integer(plan->number[CR_KEY_MAX_INSTANCES]));
}

json_t *cr_body_service(const struct cr_plan *plan, const char *image, const json_t *live)
{
    static const char *const kept[] = {"labels", "template", "description", "etag"};
    json_t *body = json_object();

    for (size_t i = 0; live && i < CR_LEN(kept); i++) {
        json_t *value = json_object_get(live, kept[i]);

        if (value)
            json_object_set_new(body, kept[i], json_deep_copy(value));
    }
    labels(body, plan->map[CR_KEY_LABELS]);
    if (cr_plan_has(plan, CR_KEY_DESCRIPTION))
        json_object_set_new(body, "description", json_string(cr_plan_text(plan, CR_KEY_DESCRIPTION)));
    json_object_set_new(body, "client", json_string("crdeploy"));
    json_object_set_new(body, "clientVersion", json_string(CR_VERSION));
    template(object_at(body, "template"), plan, image, !live);
    if (!live)
        json_object_set_new(body, "traffic",
                            json_pack("[{s:s, s:i}]", "type", "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent", 100));
    return body;
}
