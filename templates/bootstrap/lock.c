#include "lock.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int lock_load(const char *path, json_t **out, struct error *err)
{
    json_error_t where;
    json_t *doc = json_load_file(path, JSON_REJECT_DUPLICATES, &where);

    if (!doc)
        return error_set(err, 500, "'%s' line %d: %s", path, where.line, where.text);
    if (!json_is_array(json_object_get(doc, "files"))) {
        json_decref(doc);
        return error_set(err, 500, "'%s' has no list of files", path);
    }
    *out = doc;
    return 0;
}

static int digest_stream(FILE *f, EVP_MD_CTX *ctx, const EVP_MD *kind, unsigned char out[EVP_MAX_MD_SIZE])
{
    static unsigned char piece[1 << 20];
    unsigned len = 0;
    size_t n;

    if (EVP_DigestInit_ex(ctx, kind, NULL) != 1)
        return -1;
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0) {
        if (EVP_DigestUpdate(ctx, piece, n) != 1)
            return -1;
    }
    return ferror(f) || EVP_DigestFinal_ex(ctx, out, &len) != 1 ? -1 : 0;
}

static int digest_file(const char *path, const EVP_MD *kind, char *out, struct error *err)
{
    FILE *f = fopen(path, "rb");
    unsigned char raw[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx;
    int rc;

    if (!f)
        return error_set(err, 500, "'%s' cannot be opened: %s", path, strerror(errno));
    ctx = EVP_MD_CTX_new();
    rc = ctx ? digest_stream(f, ctx, kind, raw) : -1;
    EVP_MD_CTX_free(ctx);
    fclose(f);
    if (rc < 0)
        return error_set(err, 500, "'%s' cannot be read", path);
    for (int i = 0; i < EVP_MD_get_size(kind); i++)
        snprintf(out + i * 2, 3, "%02x", raw[i]);
    return 0;
}

int file_sha256(const char *path, char out[SHA256_HEX], struct error *err)
{
    return digest_file(path, EVP_sha256(), out, err);
}

int file_sha1(const char *path, char out[SHA1_HEX], struct error *err)
{
    return digest_file(path, EVP_sha1(), out, err);
}

static int check_file(const char *dir, const char *path, int64_t size, const char *sha256, struct error *err)
{
    char full[4096], got[SHA256_HEX];
    struct stat st;

    snprintf(full, sizeof(full), "%s/%s", dir, path);
    if (stat(full, &st) < 0)
        return error_set(err, 500, "'%s' is in crdeploy.lock but not in the context", path);
    if (st.st_size != size)
        return error_set(err, 500, "'%s' has %" PRId64 " bytes, crdeploy.lock says %" PRId64, path, (int64_t)st.st_size,
                         size);
    if (file_sha256(full, got, err) < 0)
        return -1;
    if (strcmp(got, sha256) != 0)
        return error_set(err, 500, "'%s' has sha256 %s, crdeploy.lock says %.64s", path, got, sha256);
    return 0;
}

/* What nftw's callback has to know; it takes no argument. */
static const json_t *walked_lock;
static size_t walked_skip; /* of "DIR/" */
static char stranger[4096];

static int look(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)ftw;
    if (kind == FTW_D || lock_names(walked_lock, path + walked_skip))
        return 0;
    snprintf(stranger, sizeof(stranger), "%s", path + walked_skip);
    return 1;
}

/* A file that nobody pinned is no part of the model. */
static int check_strangers(const json_t *lock, const char *dir, struct error *err)
{
    walked_lock = lock;
    walked_skip = strlen(dir) + 1;
    switch (nftw(dir, look, 16, FTW_PHYS)) {
    case 0:
        return 0;
    case 1:
        return error_set(err, 500, "'%s' is in the context but not in crdeploy.lock", stranger);
    default:
        return error_set(err, 500, "'%s' cannot be read: %s", dir, strerror(errno));
    }
}

int lock_check(const json_t *lock, const char *dir, struct error *err)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(lock, "files"), i, row)
    {
        const char *path, *sha256;
        json_int_t size;

        if (json_unpack(row, "{s:s, s:I, s:s}", "path", &path, "size", &size, "sha256", &sha256) < 0)
            return error_set(err, 500, "crdeploy.lock: files[%zu] lacks path, size or sha256", i);
        if (check_file(dir, path, size, sha256, err) < 0)
            return -1;
    }
    return check_strangers(lock, dir, err);
}

int lock_names(const json_t *lock, const char *path)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(lock, "files"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "path"));

        if (name && !strcmp(name, path))
            return 1;
    }
    return 0;
}

int file_record(json_t *digests, const char *dir, const char *file, struct error *err)
{
    char path[8192], sha256[SHA256_HEX];

    snprintf(path, sizeof(path), "%s/%s", dir, file);
    if (file_sha256(path, sha256, err) < 0)
        return -1;
    json_object_set_new(digests, file, json_sprintf("sha256:%s", sha256));
    return 0;
}
