#include "core/hash_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"

#define CACHE_MAX (16 << 20)
#define ROWS_MAX 20000
#define RACY_NS 2000000000LL
#define CACHE_VERSION 1

struct cr_hash_cache {
    char *path;
    json_t *rows;      /* {path: [size, mtime in ns, inode, sha256]} */
    int64_t opened_ns; /* by the file system's own clock */
    bool changed;
};

static int64_t mtime_ns(const struct stat *st)
{
    return st->st_mtim.tv_sec * 1000000000LL + st->st_mtim.tv_nsec;
}

/* Touching the cache's file tells the time as the file system sees it. */
static int touch(const char *path, int64_t *now_ns, struct cr_error *err)
{
    CR_AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    struct stat st;

    if (fd < 0 || futimens(fd, NULL) < 0 || fstat(fd, &st) < 0)
        return cr_fail(err, CR_E_IO, "cannot open the cache '%s': %s", path, strerror(errno));
    *now_ns = mtime_ns(&st);
    return 0;
}

static json_t *read_rows(const char *path)
{
    CR_AUTO_FREE char *text = NULL;
    struct cr_error ignored;
    json_auto_t *doc = NULL;
    json_t *rows;
    size_t len;

    if (cr_file_read(path, CACHE_MAX, &text, &len, &ignored) < 0)
        return json_object();
    doc = json_loadb(text, len, 0, NULL);
    rows = json_object_get(doc, "files");
    if (json_integer_value(json_object_get(doc, "version")) != CACHE_VERSION || !json_is_object(rows) ||
        json_object_size(rows) > ROWS_MAX)
        return json_object();
    return json_incref(rows);
}

int cr_hash_cache_open(const char *path, struct cr_hash_cache **out, struct cr_error *err)
{
    int64_t now_ns = 0;
    struct cr_hash_cache *cache;

    if (touch(path, &now_ns, err) < 0)
        return -1;
    cache = cr_calloc(1, sizeof(*cache));
    cache->path = cr_strdup(path);
    cache->opened_ns = now_ns;
    cache->rows = read_rows(path);
    *out = cache;
    return 0;
}

static bool recall(const struct cr_hash_cache *cache, const char *path, const struct stat *st, char hex[CR_SHA256_HEX])
{
    const json_t *row = json_object_get(cache->rows, path);
    const char *known = json_string_value(json_array_get(row, 3));

    if (!known || strlen(known) != CR_SHA256_HEX - 1 ||
        json_integer_value(json_array_get(row, 0)) != (json_int_t)st->st_size ||
        json_integer_value(json_array_get(row, 1)) != (json_int_t)mtime_ns(st) ||
        json_integer_value(json_array_get(row, 2)) != (json_int_t)st->st_ino)
        return false;
    memcpy(hex, known, CR_SHA256_HEX);
    return true;
}

static void remember(struct cr_hash_cache *cache, const char *path, const struct stat *st, const char *hex)
{
    if (mtime_ns(st) > cache->opened_ns - RACY_NS)
        return;
    /* a path that is not UTF-8 packs to NULL: not remembered, only slower */
    if (json_object_set_new(cache->rows, path,
                            json_pack("[I,I,I,s]", (json_int_t)st->st_size, (json_int_t)mtime_ns(st),
                                      (json_int_t)st->st_ino, hex)) == 0)
        cache->changed = true;
}

int cr_hash_cache_file(struct cr_hash_cache *cache, const char *path, char hex[CR_SHA256_HEX], struct stat *out,
                       struct cr_error *err)
{
    CR_AUTO_FREE char *real = cache ? realpath(path, NULL) : NULL;
    struct stat before, after;
    char digest[CR_SHA256_HEX];
    int64_t size;

    if (stat(path, &before) < 0)
        return cr_fail(err, CR_E_IO, "cannot open '%s': %s", path, strerror(errno));
    if (!real || !recall(cache, real, &before, digest)) {
        if (cr_sha256_file(path, digest, &size, err) < 0)
            return -1;
        if (stat(path, &after) < 0 || size != before.st_size || mtime_ns(&before) != mtime_ns(&after))
            return cr_fail(err, CR_E_IO, "'%s' changed while it was read", path);
        if (real)
            remember(cache, real, &before, digest);
    }
    memcpy(hex, digest, sizeof(digest));
    if (out)
        *out = before;
    return 0;
}

int cr_hash_cache_close(struct cr_hash_cache *cache, struct cr_error *err)
{
    CR_AUTO_FREE char *text = NULL;
    int rc = 0;

    if (!cache)
        return 0;
    if (cache->changed) {
        json_auto_t *doc = json_pack("{s:i, s:O}", "version", CACHE_VERSION, "files", cache->rows);

        if (json_object_size(cache->rows) > ROWS_MAX) /* start again rather than grow for ever */
            json_object_clear(cache->rows);
        text = cr_oom_check(json_dumps(doc, JSON_COMPACT | JSON_SORT_KEYS));
        rc = cr_file_write(cache->path, text, strlen(text), 0600, err);
    }
    json_decref(cache->rows);
    free(cache->path);
    free(cache);
    return rc;
}
