#include "core/body.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "core/front.h"
#include "core/quantity.h"

char *cr_body_image(const struct cr_plan *plan, const char *context_sha256)
{
    if (cr_plan_has(plan, CR_KEY_BUILD_IMAGE))
        return cr_strdup(cr_plan_text(plan, CR_KEY_BUILD_IMAGE));
    return cr_format("%s-docker.pkg.dev/%s/crdeploy/%s:%.12s", cr_plan_text(plan, CR_KEY_REGION),
                     cr_plan_text(plan, CR_KEY_PROJECT), cr_plan_text(plan, CR_KEY_NAME), context_sha256);
}

static json_t *containers_of(const json_t *service)
{
    return json_object_get(json_object_get(service, "template"), "containers");
}

json_t *cr_body_ingress(const json_t *service)
{
    return cr_front_or_first(containers_of(service));
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

void cr_body_mark(json_t *service)
{
    json_t *objects[] = {service, object_at(service, "template")};

    for (size_t i = 0; i < CR_LEN(objects); i++)
        json_object_set_new(object_at(objects[i], "labels"), "managed-by", json_string("crdeploy"));
}

/* Asked each second for four minutes, the most that is allowed. */
void cr_body_ready_probe(json_t *container)
{
    const json_t *port = json_object_get(json_array_get(json_object_get(container, "ports"), 0), "containerPort");

    json_object_set_new(container, "startupProbe",
                        json_pack("{s:{s:s, s:I}, s:i, s:i, s:i}", "httpGet", "path", "/ready", "port",
                                  port ? json_integer_value(port) : (json_int_t)8080, "periodSeconds", 1,
                                  "timeoutSeconds", 1, "failureThreshold", 240));
}

static bool same_quantity(const char *key, const char *a, const char *b)
{
    bool cpu = strcmp(key, "cpu") == 0;
    struct cr_error unread = {0};
    int64_t x, y;

    return (cpu ? cr_cpu_parse(a, &x, &unread) : cr_bytes_parse(a, &x, &unread)) == 0 &&
           (cpu ? cr_cpu_parse(b, &y, &unread) : cr_bytes_parse(b, &y, &unread)) == 0 && x == y;
}

static json_t *limits_at(const json_t *service, size_t i)
{
    return json_object_get(json_object_get(json_array_get(containers_of(service), i), "resources"), "limits");
}

void cr_body_keep_spelling(const json_t *live, json_t *service)
{
    static const char *const keys[] = {"cpu", "memory"};

    for (size_t i = 0; i < json_array_size(containers_of(service)); i++)
        for (size_t k = 0; k < CR_LEN(keys); k++) {
            json_t *limits = limits_at(service, i), *was = json_object_get(limits_at(live, i), keys[k]);
            const char *now = json_string_value(json_object_get(limits, keys[k])), *before = json_string_value(was);

            if (now && before && same_quantity(keys[k], now, before))
                json_object_set(limits, keys[k], was);
        }
}

void cr_body_new_traffic(json_t *service)
{
    if (!json_object_get(service, "traffic"))
        json_object_set_new(service, "traffic",
                            json_pack("[{s:s, s:i}]", "type", "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent", 100));
}
