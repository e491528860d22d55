#include "local/object.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"

char *local_object_key(const char *bucket, const char *name)
{
    return cr_format("%s/%s", bucket, name);
}

char *local_data_path(struct local *l, const char *file)
{
    return cr_format("%s/data/%s", l->state, file);
}

char *local_data_name(void)
{
    char id[33];

    local_random(id, 32);
    return cr_strdup(id);
}

struct sums {
    int64_t size;
    char crc32c[9], md5[32];
};

/* One pass for both; the page cache still holds what was just received. */
static int sum_file(const char *path, struct sums *sums, struct cr_error *err)
{
    CR_AUTO_FILE FILE *f = fopen(path, "rbe");
    CR_AUTO_FREE unsigned char *part = cr_malloc(1 << 18);
    unsigned char md5[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx;
    uint32_t crc = 0;
    size_t n;

    if (!f)
        return cr_fail(err, CR_E_IO, "cannot open '%s': %s", path, strerror(errno));
    ctx = cr_oom_check(EVP_MD_CTX_new());
    EVP_DigestInit_ex(ctx, EVP_md5(), NULL);
    sums->size = 0;
    while ((n = fread(part, 1, 1 << 18, f)) > 0) {
        crc = cr_crc32c(crc, part, n);
        EVP_DigestUpdate(ctx, part, n);
        sums->size += (int64_t)n;
    }
    EVP_DigestFinal_ex(ctx, md5, NULL);
    EVP_MD_CTX_free(ctx);
    if (ferror(f))
        return cr_fail(err, CR_E_IO, "cannot read '%s'", path);
    cr_crc32c_base64(crc, sums->crc32c);
    EVP_EncodeBlock((unsigned char *)sums->md5, md5, 16);
    return 0;
}

static json_t *number_text(int64_t n)
{
    CR_AUTO_FREE char *text = cr_format("%" PRId64, n);

    return json_string(text);
}

static void set_sums(json_t *object, const struct sums *sums)
{
    json_object_set_new(object, "size", number_text(sums->size));
    json_object_set_new(object, "crc32c", json_string(sums->crc32c));
    json_object_set_new(object, "md5Hash", json_string(sums->md5));
}

const char *const local_object_keys[] = {"contentType",     "contentEncoding", "cacheControl", "contentDisposition",
                                         "contentLanguage", "customTime",      "metadata",     NULL};

static json_t *describe(struct local *l, const char *bucket, const char *name, const json_t *meta)
{
    CR_AUTO_FREE char *url = local_url(l), *coded = local_encode(name), *generation = NULL, *self = NULL, *media = NULL;
    int64_t stamp = local_store_stamp(l->store);
    json_t *o = json_object();
    char now[32];

    cr_time_text(cr_wall_ms(), now);
    generation = cr_format("%" PRId64, stamp);
    self = cr_format("%s/storage/v1/b/%s/o/%s", url, bucket, coded);
    media = cr_format("%s/download/storage/v1/b/%s/o/%s?generation=%s&alt=media", url, bucket, coded, generation);
    json_object_set_new(o, "kind", json_string("storage#object"));
    json_object_set_new(o, "id", json_sprintf("%s/%s/%s", bucket, name, generation));
    json_object_set_new(o, "selfLink", json_string(self));
    json_object_set_new(o, "mediaLink", json_string(media));
    json_object_set_new(o, "name", json_string(name));
    json_object_set_new(o, "bucket", json_string(bucket));
    json_object_set_new(o, "generation", json_string(generation));
    json_object_set_new(o, "metageneration", json_string("1"));
    json_object_set_new(o, "storageClass", json_string("STANDARD"));
    json_object_set_new(o, "contentType", json_string("application/octet-stream"));
    for (const char *const *key = local_object_keys; *key; key++)
        if (json_object_get(meta, *key))
            json_object_set(o, *key, json_object_get(meta, *key));
    json_object_set_new(o, "timeCreated", json_string(now));
    json_object_set_new(o, "updated", json_string(now));
    json_object_set_new(o, "etag", json_sprintf("C%s", generation));
    return o;
}

static bool sums_agree(const json_t *meta, const struct sums *sums)
{
    const char *crc = json_string_value(json_object_get(meta, "crc32c"));
    const char *md5 = json_string_value(json_object_get(meta, "md5Hash"));

    return (!crc || strcmp(crc, sums->crc32c) == 0) && (!md5 || strcmp(md5, sums->md5) == 0);
}

int64_t local_object_generation(struct local *l, const char *bucket, const char *name)
{
    CR_AUTO_FREE char *key = local_object_key(bucket, name);
    json_t *record = local_store_get(l->store, LOCAL_OBJECTS, key);
    const char *text = json_string_value(json_object_get(json_object_get(record, "object"), "generation"));
    int64_t generation = text ? strtoll(text, NULL, 10) : 0;

    json_decref(record);
    return generation;
}

/* Replaces the record; the file of the one before goes. */
static int put(struct local *l, const char *bucket, const char *name, const char *file, const json_t *object, bool live,
               struct cr_error *err)
{
    CR_AUTO_FREE char *key = local_object_key(bucket, name), *old_path = NULL;
    json_t *old = local_store_get(l->store, LOCAL_OBJECTS, key);
    const char *old_file = json_string_value(json_object_get(old, "file"));
    json_t *record = json_pack("{s:s, s:O, s:b}", "file", file, "object", object, "live", live);
    int rc = local_store_put(l->store, LOCAL_OBJECTS, key, record, err);

    if (rc == 0 && old_file && strcmp(old_file, file) != 0) {
        old_path = local_data_path(l, old_file);
        unlink(old_path);
    }
    json_decref(record);
    json_decref(old);
    return rc;
}

enum local_object_fault local_object_commit(struct local *l, const char *bucket, const char *name, const char *file,
                                            const json_t *meta, int64_t if_generation, json_t **object,
                                            struct cr_error *err)
{
    CR_AUTO_FREE char *path = local_data_path(l, file);
    enum local_object_fault fault = LOCAL_OBJECT_OK;
    struct sums sums;
    json_t *made = NULL;

    if (sum_file(path, &sums, err) < 0)
        fault = LOCAL_OBJECT_IO;
    else if (!sums_agree(meta, &sums))
        fault = LOCAL_OBJECT_CHECKSUM;
    local_store_lock(l->store); /* nobody comes between the condition and the write */
    if (fault == LOCAL_OBJECT_OK && if_generation != LOCAL_ANY_GENERATION &&
        local_object_generation(l, bucket, name) != if_generation)
        fault = LOCAL_OBJECT_CONDITION;
    if (fault == LOCAL_OBJECT_OK) {
        made = describe(l, bucket, name, meta);
        set_sums(made, &sums);
        if (json_object_get(meta, "componentCount")) { /* what was composed has no MD5 */
            json_object_set(made, "componentCount", json_object_get(meta, "componentCount"));
            json_object_del(made, "md5Hash");
        }
        if (put(l, bucket, name, file, made, false, err) < 0)
            fault = LOCAL_OBJECT_IO;
    }
    local_store_unlock(l->store);
    if (fault == LOCAL_OBJECT_OK) {
        *object = made;
    } else {
        json_decref(made);
        unlink(path);
    }
    return fault;
}

json_t *local_object_find(struct local *l, const char *bucket, const char *name, char **path)
{
    CR_AUTO_FREE char *key = local_object_key(bucket, name), *file = NULL;
    json_t *record = local_store_get(l->store, LOCAL_OBJECTS, key), *object;
    struct stat st;

    if (!record)
        return NULL;
    file = local_data_path(l, json_string_value(json_object_get(record, "file")));
    object = json_incref(json_object_get(record, "object"));
    if (json_is_true(json_object_get(record, "live")) && stat(file, &st) == 0)
        json_object_set_new(object, "size", number_text(st.st_size));
    json_decref(record);
    if (path)
        *path = CR_STEAL(file);
    return object;
}

int local_object_update(struct local *l, const char *bucket, const char *name, json_t *object, struct cr_error *err)
{
    CR_AUTO_FREE char *key = local_object_key(bucket, name);
    json_t *record = local_store_get(l->store, LOCAL_OBJECTS, key);
    const char *file = json_string_value(json_object_get(record, "file"));
    const char *was = json_string_value(json_object_get(object, "metageneration"));
    char now[32];
    int rc;

    cr_time_text(cr_wall_ms(), now);
    json_object_set_new(object, "updated", json_string(now));
    json_object_set_new(object, "metageneration", number_text(was ? strtoll(was, NULL, 10) + 1 : 1));
    rc = file ? put(l, bucket, name, file, object, json_is_true(json_object_get(record, "live")), err)
              : cr_fail(err, CR_E_IO, "the object '%s' is gone", name);
    json_decref(record);
    return rc;
}

int local_object_log(struct local *l, const char *bucket, const char *name, int *fd, struct cr_error *err)
{
    CR_AUTO_FREE char *file = local_data_name(), *path = local_data_path(l, file);
    json_t *meta = json_pack("{s:s}", "contentType", "text/plain; charset=utf-8"), *object;
    int out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), rc;

    if (out < 0) {
        json_decref(meta);
        return cr_fail(err, CR_E_IO, "cannot write '%s': %s", path, strerror(errno));
    }
    object = describe(l, bucket, name, meta);
    rc = put(l, bucket, name, file, object, true, err);
    json_decref(object);
    json_decref(meta);
    if (rc < 0)
        close(out);
    else
        *fd = out;
    return rc;
}

void local_object_log_end(struct local *l, const char *bucket, const char *name)
{
    CR_AUTO_FREE char *path = NULL;
    json_t *object = local_object_find(l, bucket, name, &path);
    struct cr_error ignored = {0};
    struct sums sums;

    if (object && sum_file(path, &sums, &ignored) == 0) {
        set_sums(object, &sums);
        (void)!put(l, bucket, name, strrchr(path, '/') + 1, object, false, &ignored);
    }
    json_decref(object);
}

int local_object_drop(struct local *l, const char *bucket, const char *name, struct cr_error *err)
{
    CR_AUTO_FREE char *key = local_object_key(bucket, name), *path = NULL;
    json_t *object = local_object_find(l, bucket, name, &path);

    if (local_store_remove(l->store, LOCAL_OBJECTS, key, err) < 0) {
        json_decref(object);
        return -1;
    }
    if (path)
        unlink(path);
    json_decref(object);
    return 0;
}

int local_bucket_make(struct local *l, const char *name, const json_t *wish, json_t **bucket, struct cr_error *err)
{
    json_t *b = wish ? json_deep_copy(wish) : json_object();
    const char *location = json_string_value(json_object_get(b, "location"));
    char now[32];

    cr_time_text(cr_wall_ms(), now);
    json_object_set_new(b, "kind", json_string("storage#bucket"));
    json_object_set_new(b, "id", json_string(name));
    json_object_set_new(b, "name", json_string(name));
    json_object_set_new(b, "projectNumber", json_string("1"));
    json_object_set_new(b, "location", json_string(location ? location : "US"));
    json_object_set_new(b, "locationType", json_string(location && strchr(location, '-') ? "region" : "multi-region"));
    if (!json_object_get(b, "storageClass"))
        json_object_set_new(b, "storageClass", json_string("STANDARD"));
    json_object_set_new(b, "timeCreated", json_string(now));
    json_object_set_new(b, "updated", json_string(now));
    json_object_set_new(b, "metageneration", json_string("1"));
    json_object_set_new(b, "etag", json_string("CAE="));
    if (local_store_put(l->store, LOCAL_BUCKETS, name, b, err) < 0) {
        json_decref(b);
        return -1;
    }
    if (bucket)
        *bucket = b;
    else
        json_decref(b);
    return 0;
}
