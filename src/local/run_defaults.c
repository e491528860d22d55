/* What Cloud Run fills in. Source: field comments of google/cloud/run/v2; https://cloud.google.com/run/docs/configuring
 */
#include "local/run_spec.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/quantity.h"

static void text_default(json_t *o, const char *key, const char *text)
{
    if (!json_object_get(o, key))
        json_object_set_new(o, key, json_string(text));
}

static void int_default(json_t *o, const char *key, int n)
{
    if (!json_object_get(o, key))
        json_object_set_new(o, key, json_integer(n));
}

static json_t *child(json_t *o, const char *key)
{
    json_t *value = json_object_get(o, key);

    if (!value) {
        value = json_object();
        json_object_set_new(o, key, value);
    }
    return value;
}

/* JSON of a proto never shows false, 0 or ""; but texts of maps and the value of a variable are content. */
static void prune(json_t *value, const char *name)
{
    const char *key;
    json_t *item;
    void *next;
    size_t i;

    if (strcmp(name, "labels") == 0 || strcmp(name, "annotations") == 0 || strcmp(name, "limits") == 0)
        return;
    if (json_is_array(value))
        json_array_foreach(value, i, item) prune(item, "");
    if (!json_is_object(value))
        return;
    json_object_foreach_safe(value, next, key, item)
    {
        bool empty = json_is_false(item) || json_is_null(item) ||
                     (json_is_integer(item) && json_integer_value(item) == 0) ||
                     (json_is_string(item) && !*json_string_value(item) && strcmp(key, "value") != 0) ||
                     (json_is_array(item) && json_array_size(item) == 0);

        if (empty)
            json_object_del(value, key);
        else
            prune(item, key);
    }
}

static void probe_defaults(json_t *container, int port)
{
    json_t *probe = json_object_get(container, "startupProbe"), *handler;

    if (!probe) {
        json_object_set_new(container, "startupProbe",
                            json_pack("{s:i, s:i, s:i, s:{s:i}}", "timeoutSeconds", 240, "periodSeconds", 240,
                                      "failureThreshold", 1, "tcpSocket", "port", port));
        return;
    }
    int_default(probe, "timeoutSeconds", 1);
    int_default(probe, "periodSeconds", 10);
    int_default(probe, "failureThreshold", 3);
    handler = json_object_get(probe, "httpGet");
    if (handler)
        text_default(handler, "path", "/");
    if (!handler)
        handler = json_object_get(probe, "grpc");
    if (!handler)
        handler = child(probe, "tcpSocket");
    int_default(handler, "port", port);
}

static void container_defaults(json_t *container, bool front)
{
    bool bare = !json_object_get(container, "resources");
    json_t *resources = child(container, "resources"), *limits = child(resources, "limits"), *ports, *port;

    text_default(limits, "cpu", "1000m");
    text_default(limits, "memory", "512Mi");
    if (bare) /* only without any resources is the CPU throttled by default */
        json_object_set_new(resources, "cpuIdle", json_true());
    if (!front)
        return;
    ports = json_object_get(container, "ports");
    if (!ports) {
        ports = json_pack("[{}]");
        json_object_set_new(container, "ports", ports);
    }
    port = json_array_get(ports, 0);
    text_default(port, "name", "http1");
    int_default(port, "containerPort", 8080);
    probe_defaults(container, (int)json_integer_value(json_object_get(port, "containerPort")));
}

static int default_concurrency(const json_t *containers)
{
    int64_t total = 0, milli = 0;
    struct cr_error ignored = {0};

    for (size_t i = 0; i < json_array_size(containers); i++) {
        const char *cpu = local_template_limit(json_array_get(containers, i), "cpu");

        if (cpu && cr_cpu_parse(cpu, &milli, &ignored) == 0)
            total += milli;
    }
    return total && total < 1000 ? 1 : 80;
}

void local_service_defaults(json_t *service)
{
    json_t *template = json_object_get(service, "template"), *containers, *container;
    size_t i;

    prune(service, "");
    text_default(service, "ingress", "INGRESS_TRAFFIC_ALL");
    text_default(service, "launchStage", "GA");
    if (!json_object_get(service, "traffic"))
        json_object_set_new(service, "traffic",
                            json_pack("[{s:s, s:i}]", "type", "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent", 100));
    containers = json_object_get(template, "containers");
    json_array_foreach(containers, i, container) container_defaults(container, i == 0);
    text_default(template, "timeout", "300s");
    text_default(template, "serviceAccount", "1-compute@developer.gserviceaccount.com");
    int_default(child(template, "scaling"), "maxInstanceCount", 100);
    int_default(template, "maxInstanceRequestConcurrency", default_concurrency(containers));
}
