/* Cloud Storage JSON API v1: buckets and objects. Source: https://cloud.google.com/storage/docs/json_api/v1 */
#include "local/api.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/object.h"
#include "local/range.h"

static void no_bucket(struct local_reply *rp)
{
    local_refuse_storage(rp, 404, "notFound", "The specified bucket does not exist.");
}

void local_bucket_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *bucket = local_store_get(l->store, LOCAL_BUCKETS, rq->arg[0]);

    json_object_del(bucket, "localProject");
    if (bucket)
        local_reply_json(rp, 200, bucket);
    else
        no_bucket(rp);
}

/* Three to 63 of a-z 0-9 . _ -, first and last alphanumeric, nothing of Google's own.
 * Source: https://cloud.google.com/storage/docs/buckets#naming */
static bool bucket_name_ok(const char *name)
{
    size_t len = strlen(name);

    if (len < 3 || len > (strchr(name, '.') ? 222 : 63) ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != len)
        return false;
    return isalnum((unsigned char)name[0]) && isalnum((unsigned char)name[len - 1]) && strncmp(name, "goog", 4) != 0 &&
           !strstr(name, "google");
}

void local_bucket_insert(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *name = json_string_value(json_object_get(rq->body, "name")), *project = local_query(rq, "project");
    struct cr_error err = {0};
    json_t *old, *bucket = NULL;

    if (!project || !*project) {
        local_refuse_storage(rp, 400, "required", "Required parameter: project");
        return;
    }
    if (!name || !bucket_name_ok(name)) {
        local_refuse_storage(rp, 400, "invalid", "Invalid bucket name: '%s'", name ? name : "");
        return;
    }
    json_object_set_new(rq->body, "localProject", json_string(project));
    local_store_lock(l->store);
    old = local_store_get(l->store, LOCAL_BUCKETS, name);
    if (old && strcmp(json_string_value(json_object_get(old, "localProject")), project) == 0)
        local_refuse_storage(rp, 409, "conflict",
                             "Your previous request to create the named bucket succeeded and you already own it.");
    else if (old)
        local_refuse_storage(
            rp, 409, "conflict",
            "The requested bucket name is not available. The bucket namespace is shared by all users of "
            "the system. Please select a different name and try again.");
    else if (local_bucket_make(l, name, rq->body, &bucket, &err) < 0)
        local_refuse_storage(rp, 500, "backendError", "%s", err.msg);
    local_store_unlock(l->store);
    json_decref(old);
    if (bucket) {
        json_object_del(bucket, "localProject");
        local_reply_json(rp, 200, bucket);
    }
}

void local_bucket_list(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *prefix = local_query(rq, "prefix"), *project = local_query(rq, "project"), *key;
    json_t *all = local_store_list(l->store, LOCAL_BUCKETS, prefix ? prefix : ""), *items = json_array(), *bucket;

    json_object_foreach(all, key, bucket)
    {
        const char *owner = json_string_value(json_object_get(bucket, "localProject"));

        if (project && owner && strcmp(project, owner) != 0)
            continue;
        json_object_del(bucket, "localProject");
        json_array_append(items, bucket);
    }
    json_decref(all);
    local_reply_json(rp, 200, json_pack("{s:s, s:o}", "kind", "storage#buckets", "items", items));
}

/* Null takes a key away, as everywhere in JSON merge patches. */
void local_bucket_patch(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    static const char *const fixed[] = {"kind", "id", "name", "projectNumber", "location", "timeCreated"};
    struct cr_error err = {0};
    const char *key, *was;
    json_t *bucket, *value;

    local_store_lock(l->store);
    bucket = local_store_get(l->store, LOCAL_BUCKETS, rq->arg[0]);
    for (size_t i = 0; i < CR_LEN(fixed); i++)
        json_object_del(rq->body, fixed[i]);
    if (!bucket) {
        no_bucket(rp);
    } else if (local_preconditions(rq, bucket, rp)) {
        was = json_string_value(json_object_get(bucket, "metageneration"));
        json_object_foreach(rq->body, key, value)
        {
            if (json_is_null(value))
                json_object_del(bucket, key);
            else
                json_object_set(bucket, key, value);
        }
        json_object_set_new(bucket, "metageneration", json_sprintf("%lld", was ? strtoll(was, NULL, 10) + 1 : 1));
        if (local_store_put(l->store, LOCAL_BUCKETS, rq->arg[0], bucket, &err) < 0)
            local_refuse_storage(rp, 500, "backendError", "%s", err.msg);
        else
            local_reply_json(rp, 200, json_incref(bucket));
        json_object_del(rp->json, "localProject");
    }
    local_store_unlock(l->store);
    json_decref(bucket);
}

void local_bucket_delete(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *prefix = cr_format("%s/", rq->arg[0]);
    struct cr_error err = {0};
    json_t *inside;

    if (!local_store_has(l->store, LOCAL_BUCKETS, rq->arg[0])) {
        no_bucket(rp);
        return;
    }
    inside = local_store_list(l->store, LOCAL_OBJECTS, prefix);
    if (json_object_size(inside))
        local_refuse_storage(rp, 409, "conflict", "The bucket you tried to delete is not empty.");
    else if (local_store_remove(l->store, LOCAL_BUCKETS, rq->arg[0], &err) < 0)
        local_refuse_storage(rp, 500, "backendError", "%s", err.msg);
    else
        local_reply_empty(rp, 204);
    json_decref(inside);
}

void local_no_object(struct local_reply *rp, const char *bucket, const char *name)
{
    local_refuse_storage(rp, 404, "notFound", "No such object: %s/%s", bucket, name);
}

static void add_headers(struct local_reply *rp, const json_t *object)
{
    const char *crc = json_string_value(json_object_get(object, "crc32c"));
    const char *md5 = json_string_value(json_object_get(object, "md5Hash"));
    CR_AUTO_FREE char *crc_hash = crc ? cr_format("crc32c=%s", crc) : NULL;
    CR_AUTO_FREE char *md5_hash = md5 ? cr_format("md5=%s", md5) : NULL;

    /* One header each, as the service sends them. */
    if (crc_hash)
        local_pairs_add(&rp->headers, "x-goog-hash", crc_hash);
    if (md5_hash)
        local_pairs_add(&rp->headers, "x-goog-hash", md5_hash);
    local_pairs_add(&rp->headers, "x-goog-metageneration",
                    json_string_value(json_object_get(object, "metageneration")));
    local_pairs_add(&rp->headers, "x-goog-stored-content-length", json_string_value(json_object_get(object, "size")));
    local_pairs_add(&rp->headers, "x-goog-generation", json_string_value(json_object_get(object, "generation")));
    local_pairs_add(&rp->headers, "Accept-Ranges", "bytes");
}

/* The bytes, or the part that was asked for; a log may have grown since its object was looked up, so the file decides.
 */
static void send_bytes(struct local_request *rq, struct local_reply *rp, const json_t *object, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int64_t from = 0, size;
    struct stat st;
    enum local_range range;

    if (fd < 0 || fstat(fd, &st) < 0) {
        if (fd >= 0)
            close(fd);
        local_refuse_storage(rp, 500, "backendError", "cannot read '%s'", path);
        return;
    }
    size = st.st_size;
    range = local_range_parse(local_header(rq, "Range"), st.st_size, &from, &size);
    if (range == LOCAL_RANGE_NONE) {
        CR_AUTO_FREE char *all = cr_format("bytes */%" PRId64, (int64_t)st.st_size);

        close(fd);
        local_refuse_storage(rp, 416, "requestedRangeNotSatisfiable", "Request range not satisfiable");
        local_pairs_add(&rp->headers, "Content-Range", all);
        return;
    }
    rp->status = range == LOCAL_RANGE_PART ? 206 : 200;
    rp->fd = fd;
    rp->from = from;
    rp->size = size;
    rp->type = "application/octet-stream";
    add_headers(rp, object);
    if (range == LOCAL_RANGE_PART) {
        CR_AUTO_FREE char *part =
            cr_format("bytes %" PRId64 "-%" PRId64 "/%" PRId64, from, from + size - 1, (int64_t)st.st_size);

        local_pairs_add(&rp->headers, "Content-Range", part);
    }
}

bool local_generation_holds(const struct local_request *rq, const json_t *object)
{
    const char *want = local_query(rq, "generation");

    return !want || strcmp(want, json_string_value(json_object_get(object, "generation"))) == 0;
}

bool local_preconditions(const struct local_request *rq, const json_t *object, struct local_reply *rp)
{
    static const struct {
        const char *query, *key;
        bool equal;
    } rows[] = {
        {"ifGenerationMatch", "generation", true},
        {"ifGenerationNotMatch", "generation", false},
        {"ifMetagenerationMatch", "metageneration", true},
        {"ifMetagenerationNotMatch", "metageneration", false},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        const char *want = local_query(rq, rows[i].query);
        const char *is = json_string_value(json_object_get(object, rows[i].key));

        if (want && (strcmp(want, is ? is : "0") == 0) != rows[i].equal) {
            local_refuse_storage(rp, 412, "conditionNotMet",
                                 "At least one of the pre-conditions you specified did not hold.");
            return false;
        }
    }
    return true;
}

static void get(struct local *l, struct local_request *rq, struct local_reply *rp, bool media)
{
    CR_AUTO_FREE char *path = NULL;
    json_t *object = local_object_find(l, rq->arg[0], rq->arg[1], &path);

    if (!local_store_has(l->store, LOCAL_BUCKETS, rq->arg[0]))
        no_bucket(rp);
    else if (!object || !local_generation_holds(rq, object))
        local_no_object(rp, rq->arg[0], rq->arg[1]);
    else if (local_preconditions(rq, object, rp) && media)
        send_bytes(rq, rp, object, path);
    else if (!rp->status)
        local_reply_json(rp, 200, json_incref(object));
    json_decref(object);
}

void local_object_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *alt = local_query(rq, "alt");

    get(l, rq, rp, (alt && strcmp(alt, "media") == 0) || strncmp(rq->path, "/download/", 10) == 0);
}

void local_object_xml(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    get(l, rq, rp, true);
}

struct page {
    json_t *items, *prefixes;
    size_t room; /* rows that still fit */
    const char *from;
};

/* One key of the listing, or the common prefix it is under. False when the page is full: the next one begins there. */
static bool list_one(struct page *page, const char *name, const char *prefix, const char *delimiter, json_t *record)
{
    const char *cut = delimiter && *delimiter ? strstr(name + strlen(prefix), delimiter) : NULL;
    CR_AUTO_FREE char *common = cut ? cr_strndup(name, (size_t)(cut - name) + strlen(delimiter)) : NULL;
    const char *row = common ? common : name;
    const char *last = json_string_value(json_array_get(page->prefixes, json_array_size(page->prefixes) - 1));

    if (strcmp(row, page->from) < 0 || (common && last && strcmp(last, common) == 0))
        return true;
    if (page->room == 0)
        return false;
    page->room--;
    if (common)
        json_array_append_new(page->prefixes, json_string(common));
    else
        json_array_append(page->items, json_object_get(record, "object"));
    return true;
}

/* The row that the next page begins with: what would have been the first beyond this one. New. */
static char *row_of(const char *name, const char *prefix, const char *delimiter)
{
    const char *cut = delimiter && *delimiter ? strstr(name + strlen(prefix), delimiter) : NULL;

    return cut ? cr_strndup(name, (size_t)(cut - name) + strlen(delimiter)) : cr_strdup(name);
}

static size_t page_size(const struct local_request *rq)
{
    const char *text = local_query(rq, "maxResults");
    size_t n = text && *text != '-' ? strtoul(text, NULL, 10) : 0;

    return n == 0 || n > 1000 ? 1000 : n;
}

/* Splits what lies under a prefix into items and, with a delimiter, common prefixes; both count for maxResults. */
static json_t *listing(const struct local_request *rq, const json_t *all, size_t bucket_len, const char *prefix)
{
    const char *delimiter = local_query(rq, "delimiter"), *token = local_query(rq, "pageToken"), *key;
    const char *start = local_query(rq, "startOffset");
    struct page page = {.items = json_array(), .prefixes = json_array(), .room = page_size(rq)};
    CR_AUTO_FREE char *next = NULL;
    json_t *record, *reply = json_pack("{s:s}", "kind", "storage#objects");

    page.from = token ? token : start ? start : "";
    json_object_foreach((json_t *)all, key, record)
    {
        if (list_one(&page, key + bucket_len, prefix, delimiter, record))
            continue;
        next = row_of(key + bucket_len, prefix, delimiter);
        break;
    }
    if (json_array_size(page.items))
        json_object_set(reply, "items", page.items);
    if (json_array_size(page.prefixes))
        json_object_set(reply, "prefixes", page.prefixes);
    if (next)
        json_object_set_new(reply, "nextPageToken", json_string(next));
    json_decref(page.items);
    json_decref(page.prefixes);
    return reply;
}

void local_object_list(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *prefix = local_query(rq, "prefix") ? local_query(rq, "prefix") : "";
    CR_AUTO_FREE char *under = local_object_key(rq->arg[0], prefix);
    json_t *all;

    if (!local_store_has(l->store, LOCAL_BUCKETS, rq->arg[0])) {
        no_bucket(rp);
        return;
    }
    all = local_store_list(l->store, LOCAL_OBJECTS, under);
    local_reply_json(rp, 200, listing(rq, all, strlen(rq->arg[0]) + 1, prefix));
    json_decref(all);
}

void local_object_delete(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *object = local_object_find(l, rq->arg[0], rq->arg[1], NULL);
    struct cr_error err = {0};

    if (!object || !local_generation_holds(rq, object))
        local_no_object(rp, rq->arg[0], rq->arg[1]);
    else if (local_preconditions(rq, object, rp) && local_object_drop(l, rq->arg[0], rq->arg[1], &err) < 0)
        local_refuse_storage(rp, 500, "backendError", "%s", err.msg);
    else if (!rp->status)
        local_reply_empty(rp, 204);
    json_decref(object);
}
