/*
 * Volumes of the revision and where a container mounts them.
 *
 * Cloud SQL instances have flags of their own (edit_service.c). In v2 they too are a volume and a mount, but what users
 * say of volumes is not about them.
 */
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/edit_parts.h"

enum { FIELDS = 3 };

static int memory(const struct cr_edit *e, const json_t *said, json_t *volume, struct cr_error *err);
static int nfs(const struct cr_edit *e, const json_t *said, json_t *volume, struct cr_error *err);
static int bucket(const struct cr_edit *e, const json_t *said, json_t *volume, struct cr_error *err);
static int secret(const struct cr_edit *e, const json_t *said, json_t *volume, struct cr_error *err);

/* Beside name and type. */
static const struct type {
    const char *name;
    const char *required[FIELDS + 1], *optional[FIELDS + 1];
    int (*fill)(const struct cr_edit *e, const json_t *said, json_t *volume, struct cr_error *err);
    const char *example;
} types[] = {
    {"cloud-storage",
     {"bucket"},
     {"readonly", "mount-options"},
     bucket,
     "name=models,type=cloud-storage,bucket=BUCKET,readonly=true"},
    {"in-memory", {NULL}, {"size-limit"}, memory, "name=scratch,type=in-memory,size-limit=256Mi"},
    {"nfs", {"location"}, {"readonly"}, nfs, "name=data,type=nfs,location=10.0.0.2:/DIR"},
    {"secret",
     {"secret", "version", "path"},
     {NULL},
     secret,
     "name=cert,type=secret,secret=SECRET,version=latest,path=FILE"},
};

/* ---- one volume ---- */

static bool readonly(const json_t *said)
{
    return strcasecmp(cr_edit_text(said, "readonly"), "true") == 0;
}

static int memory(const struct cr_edit *e, const json_t *said, json_t *volume, struct cr_error *err)
{
    json_t *source = json_pack("{s:s}", "medium", "MEMORY");

    (void)e, (void)err;
    if (json_object_get(said, "size-limit"))
        json_object_set(source, "sizeLimit", json_object_get(said, "size-limit"));
    json_object_set_new(volume, "emptyDir", source);
    return 0;
}

static int nfs(const struct cr_edit *e, const json_t *said, json_t *volume, struct cr_error *err)
{
    const char *location = cr_edit_text(said, "location"), *colon = strstr(location, ":/");
    json_t *source;

    if (!colon) {
        cr_edit_fail(e, err, "volume '%s': '%s' is no location", cr_edit_text(said, "name"), location);
        return cr_hint(err, "write location=IP_ADDRESS:/DIRECTORY, such as location=10.0.0.2:/export");
    }
    source = json_pack("{s:s%, s:s}", "server", location, (size_t)(colon - location), "path", colon + 1);
    if (readonly(said))
        json_object_set_new(source, "readOnly", json_true());
    json_object_set_new(volume, "nfs", source);
    return 0;
}

/* "implicit-dirs;uid=5", as gcloud's beta has them. New; NULL for none. */
static json_t *mount_options(const char *text)
{
    json_t *list = *text ? json_array() : NULL;

    for (size_t n; *text; text += n + (text[n] == ';')) {
        n = strcspn(text, ";");
        json_array_append_new(list, json_stringn(text, n));
    }
    return list;
}

static int bucket(const struct cr_edit *e, const json_t *said, json_t *volume, struct cr_error *err)
{
    json_t *source = json_pack("{s:O}", "bucket", json_object_get(said, "bucket")), *options;

    (void)e, (void)err;
    options = mount_options(cr_edit_text(said, "mount-options"));
    if (options)
        json_object_set_new(source, "mountOptions", options);
    if (readonly(said))
        json_object_set_new(source, "readOnly", json_true());
    json_object_set_new(volume, "gcs", source);
    return 0;
}

static int secret(const struct cr_edit *e, const json_t *said, json_t *volume, struct cr_error *err)
{
    (void)e, (void)err;
    json_object_set_new(volume, "secret",
                        json_pack("{s:O, s:[{s:O, s:O}]}", "secret", json_object_get(said, "secret"), "items", "path",
                                  json_object_get(said, "path"), "version", json_object_get(said, "version")));
    return 0;
}

/* ---- --add-volume ---- */

static bool listed(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static const struct type *find_type(const struct cr_edit *e, const json_t *said, struct cr_error *err)
{
    const char *words[CR_LEN(types) + 1] = {NULL}, *name = cr_edit_text(said, "type"), *near;

    for (size_t i = 0; i < CR_LEN(types); i++) {
        words[i] = types[i].name;
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    }
    cr_edit_fail(e, err, "there is no volume of type '%s'", name);
    near = cr_nearest(name, words);
    if (near)
        cr_hint(err, "did you mean '%s'?", near);
    else if (strncmp(name, "cloudsql", 8) == 0)
        cr_hint(err, "use --add-cloudsql-instances");
    else
        cr_hint(err, "types are cloud-storage, in-memory, nfs and secret");
    return NULL;
}

static int check_fields(const struct cr_edit *e, const struct type *type, const json_t *said, struct cr_error *err)
{
    const char *key, *name = cr_edit_text(said, "name");
    json_t *value;

    json_object_foreach((json_t *)said, key, value)
    {
        bool early = strcmp(key, "mount-options") == 0 && !e->beta;

        if (strcmp(key, "name") == 0 || strcmp(key, "type") == 0 || listed(type->required, key) ||
            (listed(type->optional, key) && !early))
            continue;
        cr_edit_fail(e, err, "volume '%s' of type %s has no '%s'", name, type->name, key);
        return early && listed(type->optional, key) ? cr_hint(err, "it is beta: crdeploy beta run deploy ...")
                                                    : cr_hint(err, "write %s", type->example);
    }
    for (const char *const *need = type->required; *need; need++)
        if (!json_object_get(said, *need)) {
            cr_edit_fail(e, err, "volume '%s' of type %s needs '%s'", name, type->name, *need);
            return cr_hint(err, "write %s", type->example);
        }
    return 0;
}

static int need(const struct cr_edit *e, const json_t *said, const char *key, const char *example, struct cr_error *err)
{
    if (json_object_get(said, key))
        return 0;
    cr_edit_fail(e, err, "'%s' is missing in '%s'", key, e->text);
    return cr_hint(err, "write %s", example);
}

int cr_edit_volumes_add(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_auto_t *said = NULL, *volume = json_object();
    const struct type *type;
    json_t *volumes;
    size_t index;

    if (cr_edit_dict(e, &said, err) < 0 || need(e, said, "name", types[0].example, err) < 0 ||
        need(e, said, "type", types[0].example, err) < 0)
        return -1;
    type = find_type(e, said, err);
    json_object_set(volume, "name", json_object_get(said, "name"));
    if (!type || check_fields(e, type, said, err) < 0 || type->fill(e, said, volume, err) < 0)
        return -1;
    volumes = cr_edit_array(at->template, "volumes");
    if (cr_edit_find(volumes, "name", cr_edit_text(said, "name"), &index))
        json_array_set(volumes, index, volume);
    else
        json_array_append(volumes, volume);
    return 0;
}

/* ---- taking away ---- */

static bool is_cloudsql(const json_t *volume)
{
    return json_object_get(volume, "cloudSqlInstance");
}

/* All of them where `names` is NULL. */
static void remove_volumes(json_t *template, const json_t *names)
{
    json_t *volumes = json_object_get(template, "volumes");

    for (size_t i = json_array_size(volumes); i-- > 0;) {
        const json_t *volume = json_array_get(volumes, i);

        if (!is_cloudsql(volume) && (!names || json_object_get(names, cr_edit_text(volume, "name"))))
            json_array_remove(volumes, i);
    }
    cr_edit_prune(template, "volumes");
}

static void remove_mounts(const struct cr_edit_at *at, const json_t *paths)
{
    json_t *mounts = json_object_get(at->container, "volumeMounts");
    const json_t *volumes = json_object_get(at->template, "volumes");

    for (size_t i = json_array_size(mounts); i-- > 0;) {
        const json_t *mount = json_array_get(mounts, i);

        if (!is_cloudsql(cr_edit_find(volumes, "name", cr_edit_text(mount, "name"), NULL)) &&
            (!paths || json_object_get(paths, cr_edit_text(mount, "mountPath"))))
            json_array_remove(mounts, i);
    }
    cr_edit_prune(at->container, "volumeMounts");
}

/* A list as the keys of an object. */
static int name_set(const struct cr_edit *e, json_t *set, struct cr_error *err)
{
    json_auto_t *list = NULL;
    json_t *name;
    size_t i;

    if (cr_edit_list(e, &list, err) < 0)
        return -1;
    json_array_foreach(list, i, name)
    {
        json_object_set_new(set, json_string_value(name), json_true());
    }
    return 0;
}

int cr_edit_volumes_clear(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    (void)e, (void)err;
    remove_volumes(at->template, NULL);
    return 0;
}

int cr_edit_volumes_remove(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_auto_t *names = json_object();

    if (name_set(e, names, err) < 0)
        return -1;
    remove_volumes(at->template, names);
    return 0;
}

int cr_edit_mounts_clear(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    (void)e, (void)err;
    remove_mounts(at, NULL);
    return 0;
}

int cr_edit_mounts_remove(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_auto_t *paths = json_object();

    if (name_set(e, paths, err) < 0)
        return -1;
    remove_mounts(at, paths);
    return 0;
}

/* ---- --add-volume-mount ---- */

int cr_edit_mounts_add(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    static const char *const keys[] = {"volume", "mount-path", NULL};
    static const char example[] = "volume=NAME,mount-path=/DIR";
    json_auto_t *said = NULL;
    json_t *mounts, *has, *value;
    const char *key;

    if (cr_edit_dict(e, &said, err) < 0)
        return -1;
    json_object_foreach(said, key, value)
    {
        if (listed(keys, key))
            continue;
        cr_edit_fail(e, err, "a mount has no '%s'", key);
        return cr_hint(err, "write %s", example);
    }
    if (need(e, said, "volume", example, err) < 0 || need(e, said, "mount-path", example, err) < 0)
        return -1;
    mounts = cr_edit_array(at->container, "volumeMounts");
    has = cr_edit_find(mounts, "mountPath", cr_edit_text(said, "mount-path"), NULL);
    if (has)
        json_object_set(has, "name", json_object_get(said, "volume"));
    else
        json_array_append_new(mounts, json_pack("{s:O, s:O}", "name", json_object_get(said, "volume"), "mountPath",
                                                json_object_get(said, "mount-path")));
    return 0;
}
