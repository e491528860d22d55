#include "local/run_spec.h"

#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/schema.h"

bool local_service_name_ok(const char *name)
{
    size_t len = strlen(name);

    return len >= 1 && len <= 49 && islower((unsigned char)name[0]) && name[len - 1] != '-' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

const char *local_template_limit(const json_t *container, const char *name)
{
    return json_string_value(json_object_get(json_object_get(json_object_get(container, "resources"), "limits"), name));
}

static void add(json_t *violations, const char *field, const char *text)
{
    json_array_append_new(violations, json_pack("{s:s, s:s}", "field", field, "description", text));
}

/* v2 keeps these for itself; v1 used them as annotations. */
static void check_keys(const json_t *map, const char *field, json_t *violations)
{
    static const char *const reserved[] = {"run.googleapis.com", "cloud.googleapis.com", "serving.knative.dev",
                                           "autoscaling.knative.dev"};
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)map, key, value)
    {
        for (size_t i = 0; i < CR_LEN(reserved); i++) {
            size_t len = strlen(reserved[i]);

            if (strncmp(key, reserved[i], len) == 0 && (key[len] == '/' || !key[len])) {
                CR_AUTO_FREE char *text = cr_format("The key '%s' is in a reserved namespace.", key);

                add(violations, field, text);
            }
        }
    }
}

static void check_env(const json_t *container, const char *field, json_t *violations)
{
    static const char *const reserved[] = {"PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"};
    const json_t *env = json_object_get(container, "env");
    CR_AUTO_FREE char *at = cr_format("%s.env", field);

    for (size_t i = 0; i < json_array_size(env); i++) {
        const json_t *row = json_array_get(env, i);
        const char *name = json_string_value(json_object_get(row, "name"));

        if (!name || !*name || strchr(name, '='))
            add(violations, at, "Environment variable name must not be empty and must not contain '='.");
        for (size_t r = 0; name && r < CR_LEN(reserved); r++) {
            if (strcmp(name, reserved[r]) == 0) {
                CR_AUTO_FREE char *text =
                    cr_format("The following reserved env names were provided: %s. These values are "
                              "automatically set by the system.",
                              name);

                add(violations, at, text);
            }
        }
        if (json_object_get(row, "value") && json_object_get(row, "valueSource"))
            add(violations, at, "Only one of value and value_source may be set.");
    }
    if (json_array_size(env) > 1000)
        add(violations, at, "At most 1000 environment variables are supported.");
}

static void check_ports(const json_t *container, const char *field, json_t *violations)
{
    const json_t *ports = json_object_get(container, "ports");
    json_int_t port = json_integer_value(json_object_get(json_array_get(ports, 0), "containerPort"));
    const char *name = json_string_value(json_object_get(json_array_get(ports, 0), "name"));
    CR_AUTO_FREE char *at = cr_format("%s.ports", field);

    if (json_array_size(ports) > 1)
        add(violations, at, "Only one port may be specified.");
    if (ports && json_array_size(ports) && (port < 0 || port > 65535))
        add(violations, at, "container_port must be between 1 and 65535 inclusive.");
    if (name && strcmp(name, "http1") != 0 && strcmp(name, "h2c") != 0 && *name)
        add(violations, at, "Port name must be one of 'http1' and 'h2c'.");
}

static void check_probe(const json_t *probe, const char *field, json_t *violations)
{
    static const char *const handlers[] = {"httpGet", "tcpSocket", "grpc"};
    json_int_t period, timeout, threshold;
    size_t count = 0;
    const char *path;

    if (!probe)
        return;
    for (size_t i = 0; i < CR_LEN(handlers); i++)
        count += json_object_get(probe, handlers[i]) != NULL;
    period = json_integer_value(json_object_get(probe, "periodSeconds"));
    timeout = json_integer_value(json_object_get(probe, "timeoutSeconds"));
    threshold = json_integer_value(json_object_get(probe, "failureThreshold"));
    path = json_string_value(json_object_get(json_object_get(probe, "httpGet"), "path"));
    period = period ? period : 10;
    timeout = timeout ? timeout : 1;
    threshold = threshold ? threshold : 3;
    if (count > 1)
        add(violations, field, "Exactly one of http_get, tcp_socket and grpc must be set.");
    if (timeout > period)
        add(violations, field, "timeout_seconds must not be greater than period_seconds.");
    if (period < 1 || period > 240 || timeout < 1 || threshold < 1)
        add(violations, field,
            "period_seconds must be between 1 and 240; timeout_seconds and failure_threshold at least 1.");
    if (path && path[0] != '/')
        add(violations, field, "http_get.path must start with '/'.");
}

static void check_container(const json_t *container, size_t i, json_t *violations)
{
    CR_AUTO_FREE char *field = cr_format("template.containers[%zu]", i), *image_at = cr_format("%s.image", field);
    CR_AUTO_FREE char *probe = cr_format("%s.startup_probe", field);
    const char *image = json_string_value(json_object_get(container, "image")), *key;
    json_t *value;

    if (!image || !*image)
        add(violations, image_at, "Image is required.");
    else if (strpbrk(image, " \t\n") || strstr(image, "//"))
        add(violations, image_at, "Expected an image path like [host/]repo-path[:tag and/or @digest].");
    json_object_foreach(json_object_get(json_object_get(container, "resources"), "limits"), key, value)
    {
        CR_AUTO_FREE char *at = cr_format("%s.resources.limits.%s", field, key);

        if (strcmp(key, "cpu") != 0 && strcmp(key, "memory") != 0 && strcmp(key, "nvidia.com/gpu") != 0)
            add(violations, at, "Only 'cpu', 'memory' and 'nvidia.com/gpu' may be limited.");
    }
    check_env(container, field, violations);
    check_ports(container, field, violations);
    check_probe(json_object_get(container, "startupProbe"), probe, violations);
}

bool local_revision_name_ok(const char *service, const char *name)
{
    size_t len = strlen(service), all = strlen(name);

    return strncmp(name, service, len) == 0 && name[len] == '-' && all <= 63 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == all && name[all - 1] != '-';
}

static void check_revision_name(const char *service, const char *name, json_t *violations)
{
    if (!local_revision_name_ok(service, name)) {
        CR_AUTO_FREE char *text =
            cr_format("Revision name '%s' must start with '%s-', hold only lower-case letters, digits "
                      "and '-', and have at most 63 characters.",
                      name, service);

        add(violations, "template.revision", text);
    }
}

/* A tag is a part of a host's name, and there is one revision behind it. */
static void check_tag(const json_t *traffic, size_t at, json_t *violations)
{
    const char *tag = json_string_value(json_object_get(json_array_get(traffic, at), "tag"));
    CR_AUTO_FREE char *field = cr_format("traffic[%zu].tag", at);
    size_t n = tag ? strlen(tag) : 0;

    if (!n)
        return;
    if (strspn(tag, "abcdefghijklmnopqrstuvwxyz0123456789-") != n || n > 63 || *tag < 'a' || tag[n - 1] == '-')
        add(violations, field,
            "A tag must start with a letter, hold only lower-case letters, digits and '-', and not end with '-'.");
    for (size_t i = 0; i < at; i++) {
        const char *other = json_string_value(json_object_get(json_array_get(traffic, i), "tag"));

        if (other && strcmp(other, tag) == 0)
            add(violations, field, "A tag must not stand twice.");
    }
}

static void check_traffic(const json_t *traffic, json_t *violations)
{
    json_int_t sum = 0;
    bool any = json_array_size(traffic) > 0;

    for (size_t i = 0; i < json_array_size(traffic); i++) {
        const json_t *row = json_array_get(traffic, i);
        const char *type = json_string_value(json_object_get(row, "type"));
        const char *revision = json_string_value(json_object_get(row, "revision"));
        json_int_t percent = json_integer_value(json_object_get(row, "percent"));
        bool named = type && strcmp(type, "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION") == 0;
        CR_AUTO_FREE char *at = cr_format("traffic[%zu]", i);

        if (percent < 0 || percent > 100)
            add(violations, at, "Traffic percent must be between 0 and 100.");
        if (named && (!revision || !*revision))
            add(violations, at, "Revision is required for a target of type REVISION.");
        if (!named && revision && *revision)
            add(violations, at, "Revision must not be set for a target of type LATEST.");
        check_tag(traffic, i, violations);
        sum += percent;
    }
    if (any && sum != 100) {
        CR_AUTO_FREE char *text = cr_format("The sum of all traffic percents must be 100, not %d.", (int)sum);

        add(violations, "traffic", text);
    }
}

void local_service_check(const char *name, const json_t *service, json_t *violations)
{
    const json_t *template = json_object_get(service, "template");
    const json_t *containers = json_object_get(template, "containers");
    const char *revision = json_string_value(json_object_get(template, "revision"));
    const char *description = json_string_value(json_object_get(service, "description"));

    if (description && strlen(description) > 512)
        add(violations, "description", "Description must have at most 512 characters.");
    if (!template)
        add(violations, "template", "Template is required.");
    else if (json_array_size(containers) == 0)
        add(violations, "template.containers", "At least one container is required.");
    else if (json_array_size(containers) > 10)
        add(violations, "template.containers", "At most 10 containers are supported.");
    for (size_t i = 0; i < json_array_size(containers); i++)
        check_container(json_array_get(containers, i), i, violations);
    if (revision && *revision)
        check_revision_name(name, revision, violations);
    check_keys(json_object_get(service, "labels"), "labels", violations);
    check_keys(json_object_get(service, "annotations"), "annotations", violations);
    check_keys(json_object_get(template, "labels"), "template.labels", violations);
    check_keys(json_object_get(template, "annotations"), "template.annotations", violations);
    check_traffic(json_object_get(service, "traffic"), violations);
    if (template) {
        local_shape_check(template, violations);
        local_limits_check(service, violations);
    }
}

bool local_template_same(const json_t *a, const json_t *b)
{
    json_t *x = json_copy((json_t *)a), *y = json_copy((json_t *)b);
    bool same;

    json_object_del(x, "revision");
    json_object_del(y, "revision");
    same = json_equal(x, y);
    json_decref(x);
    json_decref(y);
    return same;
}

/* ---- update masks ---- */

static const char *const mutable_fields[] = {
    "description",
    "labels",
    "annotations",
    "client",
    "clientVersion",
    "ingress",
    "launchStage",
    "template",
    "traffic",
    "scaling",
    "buildConfig",
    "iapEnabled",
    "invokerIamDisabled",
    "defaultUriDisabled",
    "customAudiences",
    "multiRegionSettings",
    "binaryAuthorization",
    "threatDetectionEnabled",
};

static bool is_mutable(const char *path)
{
    size_t len = strcspn(path, ".");

    for (size_t i = 0; i < CR_LEN(mutable_fields); i++)
        if (strlen(mutable_fields[i]) == len && strncmp(path, mutable_fields[i], len) == 0)
            return true;
    return false;
}

/* Copies one path; what `from` does not have goes from `to`, too. */
static void copy_path(json_t *to, const json_t *from, const char *path)
{
    size_t len = strcspn(path, ".");
    CR_AUTO_FREE char *key = cr_strndup(path, len);
    json_t *value = json_object_get(from, key), *inner;

    if (!path[len] && value) {
        json_object_set_new(to, key, json_deep_copy(value));
    } else if (!path[len]) {
        json_object_del(to, key);
    } else {
        inner = json_object_get(to, key);
        if (!json_is_object(inner)) {
            inner = json_object();
            json_object_set_new(to, key, inner);
        }
        copy_path(inner, value, path + len + 1);
    }
}

json_t *local_service_merge(const json_t *old, const json_t *body, const char *mask, const char **bad)
{
    json_t *out = json_deep_copy(old);

    if (!mask || !*mask || strcmp(mask, "*") == 0) {
        for (size_t i = 0; i < CR_LEN(mutable_fields); i++)
            copy_path(out, body, mutable_fields[i]);
        return out;
    }
    for (const char *p = mask; *p;) {
        size_t len = strcspn(p, ",");
        CR_AUTO_FREE char *path = cr_strndup(p, len);

        if (!local_schema_path("Service", path)) {
            *bad = p;
            json_decref(out);
            return NULL;
        }
        if (is_mutable(path))
            copy_path(out, body, path);
        p += len + (p[len] == ',');
    }
    return out;
}
