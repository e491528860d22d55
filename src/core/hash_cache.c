#include "core/hash_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#define CACHE_MAX (32 << 20)
#define ROWS_MAX 60000
#define RACY_NS 2000000000LL
#define HEAD "crdeploy hashes 2\n"

/* The file: HEAD, then rows of "SHA256 SIZE MTIME_NS INODE PATH", each with a NUL at its end, in the order of their
 * paths. A build of many small files looks for each: so no JSON, and nothing is made of a row before it is asked for.
 */
struct row {
    const char *text, *path; /* path stands at the end of text */
};

struct cr_hash_cache {
    char *path, *text;
    char *cwd;         /* where relative paths begin; NULL when it has no name */
    struct row *known; /* in text, sorted */
    size_t known_len;
    char **learnt; /* rows of the same form */
    size_t learnt_len, learnt_cap;
    pthread_mutex_t lock; /* of what was learnt */
    int64_t opened_ns;    /* by the file system's own clock */
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

/* Where the path of a row begins; NULL when it is no row. */
static const char *path_in(const char *row)
{
    const char *at = strchr(row, ' ');

    if (!at || at - row != CR_SHA256_HEX - 1)
        return NULL;
    for (int i = 0; i < 3 && at; i++)
        at = strchr(at + 1, ' ');
    return at && at[1] ? at + 1 : NULL;
}

static void add_row(struct row **rows, size_t *len, size_t *cap, const char *text)
{
    const char *path = path_in(text);

    if (!path)
        return;
    if (*len == *cap) {
        *cap = *cap ? *cap * 2 : 256;
        *rows = cr_realloc(*rows, *cap * sizeof(**rows));
    }
    (*rows)[(*len)++] = (struct row){text, path};
}

static void read_rows(struct cr_hash_cache *cache)
{
    size_t len, cap = 0;
    struct cr_error ignored;

    if (cr_file_read(cache->path, CACHE_MAX, &cache->text, &len, &ignored) < 0 ||
        strncmp(cache->text, HEAD, strlen(HEAD)) != 0)
        return;
    for (size_t at = strlen(HEAD); at < len; at += strlen(cache->text + at) + 1)
        add_row(&cache->known, &cache->known_len, &cap, cache->text + at);
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
    cache->cwd = getcwd(NULL, 0);
    pthread_mutex_init(&cache->lock, NULL);
    read_rows(cache);
    *out = cache;
    return 0;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->path, ((const struct row *)b)->path);
}

static bool recall(const struct cr_hash_cache *cache, const char *path, const struct stat *st, char hex[CR_SHA256_HEX])
{
    const struct row key = {.path = path}, *row = NULL;
    long long size, mtime;
    unsigned long long inode;

    if (cache->known_len)
        row = bsearch(&key, cache->known, cache->known_len, sizeof(key), by_path);
    if (!row || sscanf(row->text + CR_SHA256_HEX, "%lld %lld %llu ", &size, &mtime, &inode) != 3 ||
        size != st->st_size || mtime != mtime_ns(st) || inode != (unsigned long long)st->st_ino ||
        strspn(row->text, "0123456789abcdef") != CR_SHA256_HEX - 1)
        return false;
    memcpy(hex, row->text, CR_SHA256_HEX - 1);
    hex[CR_SHA256_HEX - 1] = '\0';
    return true;
}

static void remember(struct cr_hash_cache *cache, const char *path, const struct stat *st, const char *hex)
{
    if (mtime_ns(st) > cache->opened_ns - RACY_NS)
        return;
    pthread_mutex_lock(&cache->lock);
    if (cache->learnt_len == cache->learnt_cap) {
        cache->learnt_cap = cache->learnt_cap ? cache->learnt_cap * 2 : 256;
        cache->learnt = cr_realloc(cache->learnt, cache->learnt_cap * sizeof(*cache->learnt));
    }
    cache->learnt[cache->learnt_len++] = cr_format("%s %lld %lld %llu %s", hex, (long long)st->st_size,
                                                   (long long)mtime_ns(st), (unsigned long long)st->st_ino, path);
    pthread_mutex_unlock(&cache->lock);
}

/* A path from the root. Links stay as they are: the inode tells what they lead to. New; NULL when nobody knows. */
static char *key_of(const struct cr_hash_cache *cache, const char *path)
{
    if (*path == '/')
        return cr_strdup(path);
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    return cache->cwd ? cr_format("%s/%s", cache->cwd, path) : NULL;
}

int cr_hash_cache_file(struct cr_hash_cache *cache, const char *path, char hex[CR_SHA256_HEX], struct stat *out,
                       struct cr_error *err)
{
    CR_AUTO_FREE char *key = cache ? key_of(cache, path) : NULL;
    struct stat before, after;
    char digest[CR_SHA256_HEX];
    int64_t size;

    if (stat(path, &before) < 0)
        return cr_fail(err, CR_E_IO, "cannot open '%s': %s", path, strerror(errno));
    if (!key || !recall(cache, key, &before, digest)) {
        if (cr_sha256_file(path, digest, &size, err) < 0)
            return -1;
        if (stat(path, &after) < 0 || size != before.st_size || mtime_ns(&before) != mtime_ns(&after))
            return cr_fail(err, CR_E_IO, "'%s' changed while it was read", path);
        if (key)
            remember(cache, key, &before, digest);
    }
    memcpy(hex, digest, sizeof(digest));
    if (out)
        *out = before;
    return 0;
}

static int write_rows(const struct cr_hash_cache *cache, const struct row *rows, size_t len, struct cr_error *err)
{
    CR_AUTO_STR struct cr_str text = CR_STR_INIT(CACHE_MAX);

    if (cr_str_add(&text, HEAD, strlen(HEAD), err) < 0)
        return -1;
    for (size_t i = 0; i < len; i++)
        if (cr_str_add(&text, rows[i].text, strlen(rows[i].text) + 1, err) < 0)
            return -1;
    return cr_file_write(cache->path, text.buf, text.len, 0600, err);
}

/* What was learnt goes in place of what was known of the same paths; what is too much is only what was learnt. */
static int write_cache(struct cr_hash_cache *cache, struct cr_error *err)
{
    struct row *rows = NULL;
    size_t len = 0, cap = 0, own, kept = 0;
    int rc;

    for (size_t i = 0; i < cache->learnt_len && len < ROWS_MAX; i++)
        add_row(&rows, &len, &cap, cache->learnt[i]);
    if (!len)
        return 0;
    qsort(rows, len, sizeof(*rows), by_path);
    own = len;
    for (size_t i = 0; i < cache->known_len && own + cache->known_len <= ROWS_MAX; i++)
        if (!bsearch(&cache->known[i], rows, own, sizeof(*rows), by_path))
            add_row(&rows, &len, &cap, cache->known[i].text);
    qsort(rows, len, sizeof(*rows), by_path);
    for (size_t i = 1; i < len; i++) /* a file that was named twice was learnt twice */
        if (by_path(&rows[kept], &rows[i]) != 0)
            rows[++kept] = rows[i];
    rc = write_rows(cache, rows, kept + 1, err);
    free(rows);
    return rc;
}

int cr_hash_cache_close(struct cr_hash_cache *cache, struct cr_error *err)
{
    int rc;

    if (!cache)
        return 0;
    rc = write_cache(cache, err);
    for (size_t i = 0; i < cache->learnt_len; i++)
        free(cache->learnt[i]);
    free(cache->learnt);
    free(cache->known);
    free(cache->text);
    free(cache->path);
    free(cache->cwd);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
    return rc;
}
