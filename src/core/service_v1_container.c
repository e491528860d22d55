/* A container in both forms: most of it has the same names. */
#include "core/service_v1_parts.h"

#include <string.h>

#include "base/mem.h"

static json_t *copy_handler(const json_t *handler)
{
    static const char *const kept[] = {"path", "port", "service", "httpHeaders"};
    json_t *out = json_object();

    for (size_t i = 0; i < CR_LEN(kept); i++)
        cr_v1_copy(out, kept[i], handler, kept[i]);
    return out;
}

static json_t *copy_probe(const json_t *probe)
{
    static const char *const numbers[] = {"initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold",
                                          "successThreshold"};
    static const char *const handlers[] = {"httpGet", "tcpSocket", "grpc"};
    json_t *out = json_object();

    for (size_t i = 0; i < CR_LEN(numbers); i++)
        cr_v1_copy(out, numbers[i], probe, numbers[i]);
    for (size_t i = 0; i < CR_LEN(handlers); i++)
        if (json_is_object(json_object_get(probe, handlers[i]))) /* {} is a handler with every default */
            json_object_set_new(out, handlers[i], copy_handler(json_object_get(probe, handlers[i])));
    return out;
}

static void copy_same(const json_t *from, json_t *to, const char *sql)
{
    static const char *const kept[] = {"name", "image", "command", "args", "workingDir", "ports"};
    static const char *const probes[] = {"startupProbe", "livenessProbe", "readinessProbe"};
    const json_t *mounts = json_object_get(from, "volumeMounts");
    json_t *list = json_array(), *mount;
    size_t i;

    for (i = 0; i < CR_LEN(kept); i++)
        cr_v1_copy(to, kept[i], from, kept[i]);
    for (i = 0; i < CR_LEN(probes); i++)
        if (json_is_object(json_object_get(from, probes[i])))
            cr_v1_set(to, probes[i], copy_probe(json_object_get(from, probes[i])));
    json_array_foreach(mounts, i, mount) if (!sql || strcmp(cr_v1_text(mount, "name"), sql) != 0)
        json_array_append_new(list, json_deep_copy(mount));
    cr_v1_set(to, "volumeMounts", list);
}

json_t *cr_v1_container_read(const json_t *v1, const struct cr_v1_revision *around)
{
    const json_t *env = json_object_get(v1, "env"), *depends;
    json_t *out = json_object(), *list = json_array(), *row, *mounts;
    json_t *resources = cr_v1_child(out, "resources");
    size_t i;

    copy_same(v1, out, NULL);
    json_array_foreach(env, i, row)
    {
        const json_t *ref = json_object_get(json_object_get(row, "valueFrom"), "secretKeyRef");
        json_t *to = json_object();

        json_object_set_new(to, "name", json_string(cr_v1_text(row, "name")));
        if (ref)
            json_object_set_new(to, "valueSource",
                                json_pack("{s:{s:s, s:s}}", "secretKeyRef", "secret",
                                          cr_v1_secret_read(around, cr_v1_text(ref, "name")), "version",
                                          cr_v1_text(ref, "key")));
        else
            cr_v1_copy(to, "value", row, "value");
        json_array_append_new(list, to);
    }
    cr_v1_set(out, "env", list);
    cr_v1_copy(resources, "limits", json_object_get(v1, "resources"), "limits");
    cr_v1_set(resources, "cpuIdle", json_boolean(around->idle));
    cr_v1_set(resources, "startupCpuBoost", json_boolean(around->boost));
    depends = json_object_get(around->depends, cr_v1_text(v1, "name"));
    cr_v1_set(out, "dependsOn", json_deep_copy(depends));
    if (around->sql) {
        mounts = json_object_get(out, "volumeMounts");
        if (!mounts)
            json_object_set_new(out, "volumeMounts", mounts = json_array());
        json_array_append_new(mounts, json_pack("{s:s, s:s}", "name", around->sql, "mountPath", "/cloudsql"));
    }
    return out;
}

json_t *cr_v1_container_write(const json_t *v2, const struct cr_v1_revision *around)
{
    const json_t *env = json_object_get(v2, "env");
    json_t *out = json_object(), *list = json_array(), *row;
    size_t i;

    copy_same(v2, out, around->sql);
    json_array_foreach(env, i, row)
    {
        const json_t *ref = json_object_get(json_object_get(row, "valueSource"), "secretKeyRef");
        json_t *to = json_object();

        json_object_set_new(to, "name", json_string(cr_v1_text(row, "name")));
        if (ref)
            json_object_set_new(to, "valueFrom",
                                json_pack("{s:{s:s, s:s}}", "secretKeyRef", "name",
                                          cr_v1_secret_write(around, cr_v1_text(ref, "secret")), "key",
                                          cr_v1_text(ref, "version")));
        else
            json_object_set_new(to, "value", json_string(cr_v1_text(row, "value")));
        json_array_append_new(list, to);
    }
    cr_v1_set(out, "env", list);
    if (json_object_size(json_object_get(json_object_get(v2, "resources"), "limits")))
        cr_v1_copy(cr_v1_child(out, "resources"), "limits", json_object_get(v2, "resources"), "limits");
    return out;
}
