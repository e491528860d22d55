/* Volumes, and the two ways to name a secret. v1 says in an annotation which full name an alias stands for. */
#include "core/service_v1_parts.h"

#include <string.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/mem.h"

#define GCS_DRIVER "gcsfuse.run.googleapis.com"

/* ---- secrets ---- */

json_t *cr_v1_aliases_read(const char *annotation)
{
    CR_AUTO_FREE char *text = cr_strdup(annotation);
    json_t *aliases = json_object();
    char *save = NULL;

    for (char *row = strtok_r(text, ",", &save); row; row = strtok_r(NULL, ",", &save)) {
        char *colon = strchr(row, ':');

        row += strspn(row, " ");
        if (!colon || colon <= row || strchr(colon + 1, ':'))
            continue;
        *colon = '\0';
        json_object_set_new(aliases, row, json_string(colon + 1));
    }
    return aliases;
}

const char *cr_v1_secret_read(const struct cr_v1_revision *around, const char *name)
{
    const char *full = json_string_value(json_object_get(around->aliases, name));

    return full ? full : name;
}

/* An alias has to be the same every time, and another for every secret: it takes its letters from the full name. */
const char *cr_v1_secret_write(const struct cr_v1_revision *around, const char *secret)
{
    const char *known = json_string_value(json_object_get(around->aliases, secret));
    char hex[CR_SHA256_HEX];

    if (!strchr(secret, '/') || known)
        return known ? known : secret;
    cr_sha256(secret, strlen(secret), hex);
    json_object_set_new(
        around->aliases, secret,
        json_sprintf("%s-%.8s-%.4s-%.4s-%.4s-%.12s", cr_v1_last(secret), hex, hex + 8, hex + 12, hex + 16, hex + 20));
    return json_string_value(json_object_get(around->aliases, secret));
}

/* ---- volumes ---- */

/* `key` and `version` change places; paths and modes are the same. */
static json_t *secret_items(const json_t *items, const char *from, const char *to)
{
    json_t *out = json_array(), *item;
    size_t i;

    json_array_foreach(items, i, item)
    {
        json_t *row = json_object();

        cr_v1_copy(row, "path", item, "path");
        cr_v1_copy(row, to, item, from);
        cr_v1_copy(row, "mode", item, "mode");
        json_array_append_new(out, row);
    }
    return out;
}

static json_t *read_secret(const json_t *v1, const struct cr_v1_revision *around)
{
    json_t *out = json_object();

    json_object_set_new(out, "secret", json_string(cr_v1_secret_read(around, cr_v1_text(v1, "secretName"))));
    cr_v1_set(out, "items", secret_items(json_object_get(v1, "items"), "key", "version"));
    cr_v1_copy(out, "defaultMode", v1, "defaultMode");
    return out;
}

static json_t *read_gcs(const json_t *csi)
{
    const json_t *attributes = json_object_get(csi, "volumeAttributes");
    CR_AUTO_FREE char *options = cr_strdup(cr_v1_text(attributes, "mountOptions"));
    json_t *out = json_object(), *list = json_array();
    char *save = NULL;

    cr_v1_copy(out, "bucket", attributes, "bucketName");
    cr_v1_copy(out, "readOnly", csi, "readOnly");
    for (char *option = strtok_r(options, ",", &save); option; option = strtok_r(NULL, ",", &save))
        json_array_append_new(list, json_string(option));
    cr_v1_set(out, "mountOptions", list);
    return out;
}

static json_t *copy_nfs(const json_t *nfs)
{
    json_t *out = json_object();

    cr_v1_copy(out, "server", nfs, "server");
    cr_v1_copy(out, "path", nfs, "path");
    cr_v1_copy(out, "readOnly", nfs, "readOnly");
    return out;
}

static json_t *copy_memory(const json_t *empty, const char *from, const char *to)
{
    const char *medium = cr_v1_text(empty, "medium");
    json_t *out = json_object();

    cr_v1_set(out, "medium", json_string(strcmp(medium, from) == 0 ? to : medium));
    cr_v1_copy(out, "sizeLimit", empty, "sizeLimit");
    return out;
}

static int read_volume(const json_t *v1, const struct cr_v1_revision *around, json_t *v2, struct cr_error *err)
{
    const json_t *csi = json_object_get(v1, "csi"), *secret = json_object_get(v1, "secret");
    const json_t *nfs = json_object_get(v1, "nfs"), *memory = json_object_get(v1, "emptyDir");

    cr_v1_copy(v2, "name", v1, "name");
    if (secret)
        json_object_set_new(v2, "secret", read_secret(secret, around));
    if (csi && strcmp(cr_v1_text(csi, "driver"), GCS_DRIVER) != 0)
        return cr_fail(err, CR_E_USAGE, "volume '%s': there is no driver '%s'", cr_v1_text(v1, "name"),
                       cr_v1_text(csi, "driver"));
    if (csi)
        json_object_set_new(v2, "gcs", read_gcs(csi));
    if (nfs)
        json_object_set_new(v2, "nfs", copy_nfs(nfs));
    if (memory)
        json_object_set_new(v2, "emptyDir", copy_memory(memory, "Memory", "MEMORY"));
    return 0;
}

int cr_v1_volumes_read(const json_t *v1, const struct cr_v1_revision *around, json_t *v2, struct cr_error *err)
{
    json_t *list = json_array(), *volume;
    size_t i;

    json_array_foreach(v1, i, volume)
    {
        json_t *to = json_object();

        json_array_append_new(list, to);
        if (read_volume(volume, around, to, err) < 0) {
            json_decref(list);
            return -1;
        }
    }
    cr_v1_set(v2, "volumes", list);
    return 0;
}

static json_t *write_secret(const json_t *v2, const struct cr_v1_revision *around)
{
    json_t *out = json_object();

    json_object_set_new(out, "secretName", json_string(cr_v1_secret_write(around, cr_v1_text(v2, "secret"))));
    cr_v1_set(out, "items", secret_items(json_object_get(v2, "items"), "version", "key"));
    cr_v1_copy(out, "defaultMode", v2, "defaultMode");
    return out;
}

static json_t *write_gcs(const json_t *gcs)
{
    const json_t *options = json_object_get(gcs, "mountOptions");
    json_t *out = json_object(), *attributes = json_object(), *option;
    CR_AUTO_FREE char *text = cr_strdup("");
    size_t i;

    json_array_foreach(options, i, option)
    {
        char *more = cr_format("%s%s%s", text, *text ? "," : "", json_string_value(option));

        free(text);
        text = more;
    }
    cr_v1_copy(attributes, "bucketName", gcs, "bucket");
    cr_v1_set(attributes, "mountOptions", json_string(text));
    json_object_set_new(out, "driver", json_string(GCS_DRIVER));
    cr_v1_copy(out, "readOnly", gcs, "readOnly");
    json_object_set_new(out, "volumeAttributes", attributes);
    return out;
}

json_t *cr_v1_volumes_write(const json_t *v2, const struct cr_v1_revision *around)
{
    json_t *list = json_array(), *volume;
    size_t i;

    json_array_foreach(v2, i, volume)
    {
        json_t *to = json_object();

        if (json_object_get(volume, "cloudSqlInstance")) { /* an annotation */
            json_decref(to);
            continue;
        }
        cr_v1_copy(to, "name", volume, "name");
        if (json_object_get(volume, "secret"))
            json_object_set_new(to, "secret", write_secret(json_object_get(volume, "secret"), around));
        if (json_object_get(volume, "gcs"))
            json_object_set_new(to, "csi", write_gcs(json_object_get(volume, "gcs")));
        if (json_object_get(volume, "nfs"))
            json_object_set_new(to, "nfs", copy_nfs(json_object_get(volume, "nfs")));
        if (json_object_get(volume, "emptyDir"))
            json_object_set_new(to, "emptyDir", copy_memory(json_object_get(volume, "emptyDir"), "MEMORY", "Memory"));
        json_array_append_new(list, to);
    }
    return list;
}
