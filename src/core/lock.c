#include "core/lock.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"

#define LOCK_MAX (16 << 20)

void cr_lock_clear(struct cr_lock *lock)
{
    for (size_t i = 0; i < lock->files; i++)
        free(lock->file[i].path);
    free(lock->file);
    free(lock->source);
    free(lock->revision);
    free(lock->base_image);
    free(lock->base_digest);
    *lock = (struct cr_lock){0};
}

void cr_lock_add(struct cr_lock *lock, const char *path, int64_t size, const char *sha256)
{
    struct cr_lock_file *row;

    lock->file = cr_realloc(lock->file, (lock->files + 1) * sizeof(*lock->file));
    row = &lock->file[lock->files++];
    row->path = cr_strdup(path);
    row->size = size;
    snprintf(row->sha256, sizeof(row->sha256), "%s", sha256);
}

void cr_lock_base(struct cr_lock *lock, const char *image, const char *digest)
{
    free(lock->base_image);
    free(lock->base_digest);
    lock->base_image = digest ? cr_strdup(image) : NULL;
    lock->base_digest = digest ? cr_strdup(digest) : NULL;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct cr_lock_file *)a)->path, ((const struct cr_lock_file *)b)->path);
}

static bool stays_inside(const char *path)
{
    if (!*path || *path == '/')
        return false;
    for (const char *part = path; *part; part += *part == '/') {
        size_t n = strcspn(part, "/");

        if (!n || (n == 1 && *part == '.') || (n == 2 && !memcmp(part, "..", 2)))
            return false;
        part += n;
    }
    return path[strlen(path) - 1] != '/';
}

static int parse_row(const json_t *row, size_t i, const char *name, struct cr_lock *lock, struct cr_error *err)
{
    const char *path, *sha256;
    json_int_t size;
    json_error_t why;

    if (json_unpack_ex((json_t *)row, &why, JSON_STRICT, "{s:s, s:I, s:s}", "path", &path, "size", &size, "sha256",
                       &sha256) < 0)
        return cr_fail(err, CR_E_CONFIG, "%s: files[%zu]: %s", name, i, why.text);
    if (!stays_inside(path))
        return cr_fail(err, CR_E_CONFIG, "%s: files[%zu]: '%s' is no path inside the source", name, i, path);
    if (size < 0)
        return cr_fail(err, CR_E_CONFIG, "%s: files[%zu]: the size of '%s' is negative", name, i, path);
    if (strlen(sha256) != CR_SHA256_HEX - 1 || strspn(sha256, "0123456789abcdef") != CR_SHA256_HEX - 1)
        return cr_fail(err, CR_E_CONFIG, "%s: files[%zu]: the sha256 of '%s' is not 64 lower-case hex digits", name, i,
                       path);
    cr_lock_add(lock, path, size, sha256);
    return 0;
}

static int parse_base(json_t *base, const char *name, struct cr_lock *lock, struct cr_error *err)
{
    const char *image, *digest;
    json_error_t why;

    if (!base)
        return 0;
    if (json_unpack_ex(base, &why, JSON_STRICT, "{s:s, s:s}", "image", &image, "digest", &digest) < 0)
        return cr_fail(err, CR_E_CONFIG, "%s: base: %s", name, why.text);
    if (!*image || !cr_digest_valid(digest))
        return cr_fail(err, CR_E_CONFIG, "%s: base: the digest is not sha256: and 64 lower-case hex digits", name);
    cr_lock_base(lock, image, digest);
    return 0;
}

static int parse_doc(json_t *doc, const char *name, struct cr_lock *lock, struct cr_error *err)
{
    json_t *source, *revision, *files, *base = NULL, *row;
    json_error_t why;
    size_t i;

    if (json_unpack_ex(doc, &why, JSON_STRICT, "{s:o, s:o, s:o, s?o}", "source", &source, "revision", &revision,
                       "files", &files, "base", &base) < 0)
        return cr_fail(err, CR_E_CONFIG, "%s: %s", name, why.text);
    if (!json_is_string(source) || !json_is_array(files) || !(json_is_string(revision) || json_is_null(revision)))
        return cr_fail(err, CR_E_CONFIG, "%s: source is a string, revision a string or null, files a list", name);
    lock->source = cr_strdup(json_string_value(source));
    lock->revision = json_is_string(revision) ? cr_strdup(json_string_value(revision)) : NULL;
    json_array_foreach(files, i, row) if (parse_row(row, i, name, lock, err) < 0) return -1;
    if (parse_base(base, name, lock, err) < 0)
        return -1;
    if (lock->files)
        qsort(lock->file, lock->files, sizeof(*lock->file), by_path);
    for (i = 1; i < lock->files; i++)
        if (!strcmp(lock->file[i - 1].path, lock->file[i].path))
            return cr_fail(err, CR_E_CONFIG, "%s: '%s' has two rows", name, lock->file[i].path);
    return 0;
}

int cr_lock_parse(const char *text, size_t len, const char *name, struct cr_lock *lock, struct cr_error *err)
{
    CR_AUTO_LOCK struct cr_lock read = {0};
    json_error_t why;
    json_auto_t *doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);

    if (!doc) {
        cr_fail(err, CR_E_CONFIG, "%s:%d:%d: %s", name, why.line, why.column, why.text);
        return cr_hint(err, "remove '%s' and run 'crdeploy lock' to write it anew", name);
    }
    if (parse_doc(doc, name, &read, err) < 0)
        return -1;
    *lock = read;
    read = (struct cr_lock){0};
    return 0;
}

int cr_lock_read(const char *path, struct cr_lock *lock, struct cr_error *err)
{
    CR_AUTO_FREE char *text = NULL;
    size_t len;

    return cr_file_read(path, LOCK_MAX, &text, &len, err) < 0 ? -1 : cr_lock_parse(text, len, path, lock, err);
}

static json_t *files_json(const struct cr_lock *lock)
{
    CR_AUTO_FREE struct cr_lock_file *sorted = cr_calloc(lock->files, sizeof(*sorted));
    json_t *files = json_array();

    if (lock->files) {
        memcpy(sorted, lock->file, lock->files * sizeof(*sorted));
        qsort(sorted, lock->files, sizeof(*sorted), by_path);
    }
    for (size_t i = 0; i < lock->files; i++)
        json_array_append_new(files, json_pack("{s:s, s:I, s:s}", "path", sorted[i].path, "size",
                                               (json_int_t)sorted[i].size, "sha256", sorted[i].sha256));
    return files;
}

void cr_lock_digest(const struct cr_lock *lock, char sha256[CR_SHA256_HEX])
{
    json_auto_t *files = files_json(lock);
    CR_AUTO_FREE char *text = cr_oom_check(json_dumps(files, JSON_COMPACT | JSON_SORT_KEYS));

    cr_sha256(text, strlen(text), sha256);
}

char *cr_lock_text(const struct cr_lock *lock)
{
    CR_AUTO_FREE char *text = NULL;
    json_auto_t *doc = NULL;
    json_t *files = files_json(lock);

    doc = json_pack("{s:s, s:s?, s:o}", "source", lock->source ? lock->source : "", "revision", lock->revision, "files",
                    files);
    if (lock->base_digest)
        json_object_set_new(doc, "base",
                            json_pack("{s:s, s:s}", "image", lock->base_image, "digest", lock->base_digest));
    text = cr_oom_check(json_dumps(doc, JSON_INDENT(1) | JSON_SORT_KEYS));
    return cr_format("%s\n", text);
}

int cr_lock_write(const char *path, const struct cr_lock *lock, struct cr_error *err)
{
    CR_AUTO_FREE char *text = cr_lock_text(lock);

    return cr_file_write(path, text, strlen(text), 0644, err);
}

static const struct cr_lock_file *find(const struct cr_lock *lock, const char *path)
{
    for (size_t i = 0; i < lock->files; i++)
        if (!strcmp(lock->file[i].path, path))
            return &lock->file[i];
    return NULL;
}

static const char *or_none(const char *s)
{
    return s ? s : "none";
}

static void compare_base(const struct cr_lock *want, const struct cr_lock *have, const char *place,
                         struct cr_problems *problems)
{
    if (strcmp(or_none(want->base_digest), or_none(have->base_digest)) == 0 &&
        strcmp(or_none(want->base_image), or_none(have->base_image)) == 0)
        return;
    if (!want->base_digest)
        cr_problems_add(problems, CR_E_CONFIG, place, "the base image is '%s@%s', and none is locked", have->base_image,
                        have->base_digest);
    else
        cr_problems_add(problems, CR_E_CONFIG, place, "the base image is '%s%s%s', locked is '%s@%s'",
                        or_none(have->base_image), have->base_digest ? "@" : "",
                        have->base_digest ? have->base_digest : "", want->base_image, want->base_digest);
}

void cr_lock_compare(const struct cr_lock *want, const struct cr_lock *have, const char *place,
                     struct cr_problems *problems)
{
    if (strcmp(or_none(want->source), or_none(have->source)) != 0)
        cr_problems_add(problems, CR_E_CONFIG, place, "the source is '%s', locked is '%s'", or_none(have->source),
                        or_none(want->source));
    if (strcmp(or_none(want->revision), or_none(have->revision)) != 0)
        cr_problems_add(problems, CR_E_CONFIG, place, "the revision is '%s', locked is '%s'", or_none(have->revision),
                        or_none(want->revision));
    compare_base(want, have, place, problems);
    for (size_t i = 0; i < want->files; i++) {
        const struct cr_lock_file *w = &want->file[i], *h = find(have, w->path);

        if (!h)
            cr_problems_add(problems, CR_E_CONFIG, place, "'%s' is locked but not there", w->path);
        else if (h->size != w->size)
            cr_problems_add(problems, CR_E_CONFIG, place, "'%s' has %lld bytes, locked are %lld", w->path,
                            (long long)h->size, (long long)w->size);
        else if (strcmp(h->sha256, w->sha256) != 0)
            cr_problems_add(problems, CR_E_CONFIG, place, "'%s' has sha256 %s, locked is %s", w->path, h->sha256,
                            w->sha256);
    }
    for (size_t i = 0; i < have->files; i++)
        if (!find(want, have->file[i].path))
            cr_problems_add(problems, CR_E_CONFIG, place, "'%s' is not in the lock", have->file[i].path);
}
