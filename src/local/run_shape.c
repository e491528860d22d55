/* How the parts of a template must fit together: containers with one another, mounts with volumes, networks with
 * themselves. Source: google/cloud/run/v2/k8s.min.proto and vendor_settings.proto;
 * https://cloud.google.com/run/docs/deploying#multicontainer */
#include "local/run_spec.h"

#include <stdarg.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/mem.h"
#include "local/json_text.h"

static void add(json_t *violations, const char *field, const char *fmt, ...) CR_PRINTF(3, 4);
static void add(json_t *violations, const char *field, const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = cr_vformat(fmt, ap);
    va_end(ap);
    json_array_append_new(violations, json_pack("{s:s, s:s}", "field", field, "description", text));
    free(text);
}

static bool has_name(const json_t *rows, const char *name)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (strcmp(local_text_at(json_array_get(rows, i), "name"), name) == 0)
            return true;
    return false;
}

/* Whether an earlier row has the same name. */
static bool is_second(const json_t *rows, size_t at)
{
    const char *name = local_text_at(json_array_get(rows, at), "name");

    for (size_t i = 0; i < at; i++)
        if (*name && strcmp(local_text_at(json_array_get(rows, i), "name"), name) == 0)
            return true;
    return false;
}

static void check_container(const json_t *template, size_t i, json_t *violations)
{
    const json_t *containers = json_object_get(template, "containers"), *c = json_array_get(containers, i), *row;
    CR_AUTO_FREE char *field = cr_format("template.containers[%zu]", i);
    const char *name = local_text_at(c, "name");
    size_t k;

    if (json_array_size(containers) > 1 && !*name)
        add(violations, field, "Container name is required when there are several containers.");
    if (is_second(containers, i))
        add(violations, field, "Container name '%s' is not unique.", name);
    json_array_foreach(json_object_get(c, "dependsOn"), k, row)
    {
        const char *other = json_string_value(row);

        if (!other || !has_name(containers, other) || strcmp(other, name) == 0)
            add(violations, field, "depends_on names no other container: '%s'.", other ? other : "");
    }
    json_array_foreach(json_object_get(c, "volumeMounts"), k, row)
    {
        const char *volume = local_text_at(row, "name"), *path = local_text_at(row, "mountPath");

        if (!has_name(json_object_get(template, "volumes"), volume))
            add(violations, field, "volume_mounts names no volume of the template: '%s'.", volume);
        if (*path != '/' || strchr(path, ':'))
            add(violations, field, "mount_path '%s' must be absolute and without ':'.", path);
    }
}

static void check_ports(const json_t *containers, json_t *violations)
{
    size_t count = json_array_size(containers), open = 0;

    for (size_t i = 0; i < count; i++)
        open += json_array_size(json_object_get(json_array_get(containers, i), "ports")) > 0;
    if (count > 1 && open != 1)
        add(violations, "template.containers",
            "Revision template should contain exactly one container with an exposed port.");
}

static void check_volume(const json_t *volumes, size_t i, json_t *violations)
{
    static const char *const sources[] = {"secret", "cloudSqlInstance", "emptyDir", "nfs", "gcs"};
    const json_t *volume = json_array_get(volumes, i);
    CR_AUTO_FREE char *field = cr_format("template.volumes[%zu]", i);
    size_t count = 0;

    for (size_t s = 0; s < CR_LEN(sources); s++)
        count += json_object_get(volume, sources[s]) != NULL;
    if (count != 1)
        add(violations, field, "Exactly one source of a volume must be set.");
    if (!*local_text_at(volume, "name") || is_second(volumes, i))
        add(violations, field, "Volume name '%s' must be set and unique.", local_text_at(volume, "name"));
}

void local_shape_check(const json_t *template, json_t *violations)
{
    const json_t *containers = json_object_get(template, "containers"), *volumes = json_object_get(template, "volumes");
    const json_t *vpc = json_object_get(template, "vpcAccess");
    size_t interfaces = json_array_size(json_object_get(vpc, "networkInterfaces"));

    for (size_t i = 0; i < json_array_size(containers); i++)
        check_container(template, i, violations);
    check_ports(containers, violations);
    for (size_t i = 0; i < json_array_size(volumes); i++)
        check_volume(volumes, i, violations);
    if (*local_text_at(vpc, "connector") && interfaces)
        add(violations, "template.vpc_access", "Only one of connector and network_interfaces may be set.");
    if (interfaces > 1)
        add(violations, "template.vpc_access.network_interfaces", "Only one network interface may be specified.");
}
