#include "local/store.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"

struct local_store {
    char *dir;
    json_t *kinds[LOCAL_KIND_COUNT]; /* key to document */
    pthread_mutex_t lock;
    int64_t stamp;
};

static const char *const names[LOCAL_KIND_COUNT] = {
    "services", "revisions", "policies",     "builds", "operations", "buckets",
    "objects",  "uploads",   "repositories", "images", "projects",   "auth",
};

/* Keys are resource names of up to a kilobyte with slashes in them: their digest names the file. */
static char *file_of(const struct local_store *s, enum local_kind kind, const char *key)
{
    char hex[CR_SHA256_HEX];

    cr_sha256(key, strlen(key), hex);
    return cr_format("%s/%s/%s.json", s->dir, names[kind], hex);
}

static int load_one(struct local_store *s, enum local_kind kind, const char *path, struct cr_error *err)
{
    CR_AUTO_FREE char *text = NULL;
    json_t *doc, *key, *value;
    size_t len;

    if (cr_file_read(path, 16 << 20, &text, &len, err) < 0)
        return -1;
    doc = json_loadb(text, len, JSON_DISABLE_EOF_CHECK, NULL);
    key = json_object_get(doc, "key");
    value = json_object_get(doc, "value");
    if (!json_is_string(key) || !json_is_object(value)) {
        json_decref(doc);
        cr_fail(err, CR_E_IO, "'%s' is damaged", path);
        return cr_hint(err, "remove that file, or the whole directory '%s' to start afresh", s->dir);
    }
    json_object_set(s->kinds[kind], json_string_value(key), value);
    json_decref(doc);
    return 0;
}

static int load_kind(struct local_store *s, enum local_kind kind, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = cr_format("%s/%s", s->dir, names[kind]);
    struct dirent *e;
    DIR *d;
    int rc = 0;

    s->kinds[kind] = json_object();
    if (cr_dir_make(dir, 0700, err) < 0)
        return -1;
    d = opendir(dir);
    if (!d)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", dir, strerror(errno));
    while (rc == 0 && (e = readdir(d))) {
        CR_AUTO_FREE char *path = cr_format("%s/%s", dir, e->d_name);
        const char *dot = strrchr(e->d_name, '.');

        if (e->d_name[0] == '.')
            continue;
        if (dot && strcmp(dot, ".json") == 0)
            rc = load_one(s, kind, path, err);
        else
            unlink(path); /* half of a write that a kill interrupted */
    }
    closedir(d);
    return rc;
}

int local_store_open(const char *dir, struct local_store **store, struct cr_error *err)
{
    struct local_store *s = cr_calloc(1, sizeof(*s));
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&s->lock, &attr);
    pthread_mutexattr_destroy(&attr);
    s->dir = cr_strdup(dir);
    for (int kind = 0; kind < LOCAL_KIND_COUNT; kind++) {
        if (load_kind(s, (enum local_kind)kind, err) < 0) {
            local_store_close(s);
            return -1;
        }
    }
    *store = s;
    return 0;
}

void local_store_close(struct local_store *s)
{
    if (!s)
        return;
    for (int kind = 0; kind < LOCAL_KIND_COUNT; kind++)
        json_decref(s->kinds[kind]);
    pthread_mutex_destroy(&s->lock);
    free(s->dir);
    free(s);
}

void local_store_lock(struct local_store *s)
{
    pthread_mutex_lock(&s->lock);
}

void local_store_unlock(struct local_store *s)
{
    pthread_mutex_unlock(&s->lock);
}

json_t *local_store_get(struct local_store *s, enum local_kind kind, const char *key)
{
    json_t *copy;

    local_store_lock(s);
    copy = json_deep_copy(json_object_get(s->kinds[kind], key));
    local_store_unlock(s);
    return copy;
}

bool local_store_has(struct local_store *s, enum local_kind kind, const char *key)
{
    bool has;

    local_store_lock(s);
    has = json_object_get(s->kinds[kind], key);
    local_store_unlock(s);
    return has;
}

int local_store_put(struct local_store *s, enum local_kind kind, const char *key, const json_t *value,
                    struct cr_error *err)
{
    CR_AUTO_FREE char *path = file_of(s, kind, key), *text = NULL;
    json_t *copy = json_deep_copy(value), *doc = json_pack("{s:s, s:O}", "key", key, "value", copy);
    int rc = -1;

    local_store_lock(s);
    text = doc ? json_dumps(doc, JSON_INDENT(1)) : NULL;
    if (!text)
        cr_fail(err, CR_E_IO, "the name '%s' is not UTF-8", key);
    else
        rc = cr_file_write(path, text, strlen(text), 0600, err);
    if (rc == 0)
        json_object_set(s->kinds[kind], key, copy);
    local_store_unlock(s);
    json_decref(copy);
    json_decref(doc);
    return rc;
}

int local_store_remove(struct local_store *s, enum local_kind kind, const char *key, struct cr_error *err)
{
    CR_AUTO_FREE char *path = file_of(s, kind, key);
    int rc = 0;

    local_store_lock(s);
    if (unlink(path) < 0 && errno != ENOENT)
        rc = cr_fail(err, CR_E_IO, "cannot remove '%s': %s", path, strerror(errno));
    else
        json_object_del(s->kinds[kind], key);
    local_store_unlock(s);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *local_store_list(struct local_store *s, enum local_kind kind, const char *prefix)
{
    json_t *out = json_object(), *value;
    const char *key, **keys;
    size_t n = 0;

    local_store_lock(s);
    keys = cr_malloc(json_object_size(s->kinds[kind]) * sizeof(*keys));
    json_object_foreach(s->kinds[kind], key, value) if (strncmp(key, prefix, strlen(prefix)) == 0) keys[n++] = key;
    qsort(keys, n, sizeof(*keys), by_name);
    for (size_t i = 0; i < n; i++)
        json_object_set_new(out, keys[i], json_deep_copy(json_object_get(s->kinds[kind], keys[i])));
    local_store_unlock(s);
    free(keys);
    return out;
}

int64_t local_store_stamp(struct local_store *s)
{
    int64_t now;

    local_store_lock(s);
    now = cr_wall_ms() * 1000;
    if (now <= s->stamp)
        now = s->stamp + 1;
    s->stamp = now;
    local_store_unlock(s);
    return now;
}
