/*
 * Secrets as files of a container. A directory is a volume of one secret, its files are versions.
 *
 * One thing is as gcloud has it, though nobody would invent it: what a container without a name mounts in a live
 * service counts as mounted by another container as well. So its volumes are never changed or removed, but copied under
 * a new name and left behind.
 */
#include <string.h>

#include "base/auto.h"
#include "base/hash.h"
#include "base/mem.h"
#include "core/edit_parts.h"

/* The volumes of the revision, the mounts of the container, and the volumes others mount. */
struct files {
    json_t *volumes, *mounts, *external;
};

/* The source of a volume that is a secret, or NULL. */
static json_t *source_of(const struct files *f, const char *volume)
{
    return json_object_get(cr_edit_find(f->volumes, "name", volume, NULL), "secret");
}

static json_t *mount_at(const struct files *f, const char *path)
{
    return cr_edit_find(f->mounts, "mountPath", path, NULL);
}

/* The volume mounted at a directory, when it is a secret; "" when it is not. */
static const char *mounted(const struct files *f, const char *dir)
{
    const char *name = cr_edit_text(mount_at(f, dir), "name");

    return source_of(f, name) ? name : "";
}

static bool mounted_twice(const struct files *f, const char *volume)
{
    json_t *mount;
    size_t i, n = 0;

    json_array_foreach(f->mounts, i, mount)
    {
        n += strcmp(cr_edit_text(mount, "name"), volume) == 0;
    }
    return n > 1 || json_object_get(f->external, volume);
}

/* SECRET-abc-def-ghi as gcloud has it, made from what it stands for, so that the same command says the same. New. */
static char *volume_name(const struct files *f, const char *secret, const char *dir)
{
    static const char first[] = "bdfgklmnprstvwz", vowel[] = "aeiou", last[] = "bdlmnrvz";
    const char *slash = strrchr(secret, '/');
    char *name = NULL;

    for (int round = 0; !name || cr_edit_find(f->volumes, "name", name, NULL); round++) {
        CR_AUTO_FREE char *seed = cr_format("%d %s %s", round, secret, dir);
        char hex[CR_SHA256_HEX], word[3][4] = {{0}};

        cr_sha256(seed, strlen(seed), hex);
        for (int i = 0; i < 3; i++) {
            unsigned bits = 0;

            (void)!sscanf(hex + i * 7, "%7x", &bits);
            word[i][0] = first[bits % strlen(first)];
            word[i][1] = vowel[bits / 16 % strlen(vowel)];
            word[i][2] = last[bits / 256 % strlen(last)];
        }
        free(name);
        name = cr_format("%s-%s-%s-%s", slash ? slash + 1 : secret, word[0], word[1], word[2]);
    }
    return name;
}

/* Items of `from` whose paths `to` does not have go behind its own. */
static void merge_items(json_t *to, const json_t *from)
{
    json_t *items = cr_edit_array(to, "items"), *item;
    size_t i;

    json_array_foreach(json_object_get(from, "items"), i, item)
    {
        if (!cr_edit_find(items, "path", cr_edit_text(item, "path"), NULL))
            json_array_append_new(items, json_deep_copy(item));
    }
}

/* A new volume with this source, mounted at the directory; what is mounted there from another kind of volume stays. */
static int mount_new(const struct files *f, const struct cr_edit *e, const char *dir, json_t *source,
                     struct cr_error *err)
{
    CR_AUTO_FREE char *name = volume_name(f, cr_edit_text(source, "secret"), dir);
    json_t *mount = mount_at(f, dir);

    if (mount && !*mounted(f, dir)) {
        cr_edit_fail(e, err, "'%s' is the mount of a volume that is no secret", dir);
        return cr_hint(err, "take another directory, or first --remove-volume-mount %s", dir);
    }
    if (mount)
        json_object_set_new(mount, "name", json_string(name));
    else
        json_array_append_new(f->mounts, json_pack("{s:s, s:s}", "name", name, "mountPath", dir));
    json_array_append_new(f->volumes, json_pack("{s:s, s:O}", "name", name, "secret", source));
    return 0;
}

static int mount_copy(const struct files *f, const struct cr_edit *e, const char *dir, json_t *source,
                      struct cr_error *err)
{
    merge_items(source, source_of(f, mounted(f, dir)));
    return mount_new(f, e, dir, source, err);
}

static int remove_file(const struct files *f, const struct cr_edit *e, const char *path, struct cr_error *err)
{
    size_t n = (size_t)(strrchr(path, '/') - path), index;
    CR_AUTO_FREE char *dir = cr_strndup(path, n);
    json_t *source, *items, *mount;

    if (!*mounted(f, dir))
        return 0;
    if (json_object_get(f->external, mounted(f, dir))) {
        json_auto_t *copy = json_deep_copy(source_of(f, mounted(f, dir)));

        if (mount_copy(f, e, dir, copy, err) < 0)
            return -1;
    }
    source = source_of(f, mounted(f, dir));
    items = json_object_get(source, "items");
    while (cr_edit_find(items, "path", path + n + 1, &index))
        json_array_remove(items, index);
    mount = mount_at(f, dir);
    for (size_t i = json_array_size(f->mounts); !json_array_size(items) && i-- > 0;)
        if (json_array_get(f->mounts, i) == mount)
            json_array_remove(f->mounts, i);
    return 0;
}

/* The files of the change by directory: {"/etc/cert": {secret, items: [{path, version}]}}. */
static int by_directory(const struct cr_edit *e, const struct cr_edit_secrets *change, json_t *dirs,
                        struct cr_error *err)
{
    const char *key;
    json_t *value;

    json_object_foreach(change->updates, key, value)
    {
        const char *slash = strrchr(key, '/');
        CR_AUTO_FREE char *dir = cr_edit_is_file(key) ? cr_strndup(key, (size_t)(slash - key)) : NULL;
        json_t *source = dir ? cr_edit_object(dirs, dir) : NULL;

        if (!dir)
            continue;
        if (json_object_size(source) && strcmp(cr_edit_text(source, "secret"), cr_edit_text(value, "secret")) != 0) {
            cr_edit_fail(e, err, "'%s' is of another secret than the file beside it", key);
            return cr_hint(err, "a directory holds versions of one secret: take another directory");
        }
        json_object_set(source, "secret", json_object_get(value, "secret"));
        json_array_append_new(cr_edit_array(source, "items"),
                              json_pack("{s:s, s:O}", "path", slash + 1, "version", json_object_get(value, "version")));
    }
    return 0;
}

/* Another secret may only take a directory whole. */
static int check_whole(const struct cr_edit *e, const char *dir, const json_t *source, const json_t *had,
                       struct cr_error *err)
{
    json_t *item;
    size_t i;

    json_array_foreach(json_object_get(had, "items"), i, item)
    {
        const char *path = cr_edit_text(item, "path");

        if (cr_edit_find(json_object_get(source, "items"), "path", path, NULL))
            continue;
        cr_edit_fail(e, err, "'%s' has '%s' of secret '%s'", dir, path, cr_edit_text(had, "secret"));
        return cr_hint(err,
                       "a directory holds versions of one secret: take another directory, or first "
                       "--remove-secrets %s/%s",
                       dir, path);
    }
    return 0;
}

static int set_directory(const struct files *f, const struct cr_edit *e, const char *dir, json_t *source,
                         struct cr_error *err)
{
    const char *volume = mounted(f, dir);
    json_t *had = source_of(f, volume);

    if (!had)
        return mount_new(f, e, dir, source, err);
    if (mounted_twice(f, volume))
        return mount_copy(f, e, dir, source, err);
    if (strcmp(cr_edit_text(had, "secret"), cr_edit_text(source, "secret")) == 0)
        merge_items(source, had);
    else if (check_whole(e, dir, source, had, err) < 0)
        return -1;
    json_object_set(cr_edit_find(f->volumes, "name", volume, NULL), "secret", source);
    return 0;
}

static void remove_all(const struct files *f)
{
    for (size_t i = json_array_size(f->mounts); i-- > 0;)
        if (source_of(f, cr_edit_text(json_array_get(f->mounts, i), "name")))
            json_array_remove(f->mounts, i);
}

/* Secrets that nobody mounts any more go. */
static void prune_volumes(const struct files *f)
{
    for (size_t i = json_array_size(f->volumes); i-- > 0;) {
        const char *name = cr_edit_text(json_array_get(f->volumes, i), "name");

        if (source_of(f, name) && !json_object_get(f->external, name) && !cr_edit_find(f->mounts, "name", name, NULL))
            json_array_remove(f->volumes, i);
    }
}

static void find_external(const struct cr_edit_at *at, json_t *external)
{
    bool nameless = !json_object_get(at->container, "name") && !at->where->fresh;
    json_t *container, *mount;
    size_t i, k;

    json_array_foreach(json_object_get(at->template, "containers"), i, container)
    {
        if (container == at->container && !nameless)
            continue;
        json_array_foreach(json_object_get(container, "volumeMounts"), k, mount)
        {
            json_object_set_new(external, cr_edit_text(mount, "name"), json_true());
        }
    }
}

static int edit_files(const struct files *f, const struct cr_edit *e, const struct cr_edit_secrets *change,
                      const json_t *dirs, struct cr_error *err)
{
    const char *key;
    json_t *value;

    if (change->clear)
        remove_all(f);
    json_object_foreach(change->removes, key, value)
    {
        if (cr_edit_is_file(key) && remove_file(f, e, key, err) < 0)
            return -1;
    }
    json_object_foreach((json_t *)dirs, key, value)
    {
        if (set_directory(f, e, key, value, err) < 0)
            return -1;
    }
    prune_volumes(f);
    return 0;
}

static bool has_file(json_t *said)
{
    const char *key;
    json_t *value;

    json_object_foreach(said, key, value)
    {
        if (cr_edit_is_file(key))
            return true;
    }
    return false;
}

int cr_edit_secret_files(struct cr_edit_at *at, const struct cr_edit *e, const struct cr_edit_secrets *change,
                         struct cr_error *err)
{
    json_auto_t *external = json_object(), *dirs = json_object();
    struct files f = {.external = external};

    if (!change->clear && !has_file(change->removes) && !has_file(change->updates))
        return 0;
    find_external(at, external);
    f.volumes = cr_edit_array(at->template, "volumes");
    f.mounts = cr_edit_array(at->container, "volumeMounts");
    if (by_directory(e, change, dirs, err) < 0 || edit_files(&f, e, change, dirs, err) < 0)
        return -1;
    cr_edit_prune(at->template, "volumes");
    cr_edit_prune(at->container, "volumeMounts");
    return 0;
}
