/*
 * How bytes come into Cloud Storage: media and multipart in one request, resumable in chunks.
 * Source: https://cloud.google.com/storage/docs/performing-resumable-uploads
 */
#include "local/api.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "local/object.h"
#include "local/range.h"
#include "local/schema.h"
#include "local/multipart.h"

#define GRANULE 262144 /* chunks but the last are multiples of this, and so is what survives a cut */

static void answer(struct local_reply *rp, enum local_object_fault fault, json_t *object, const struct cr_error *err)
{
    if (fault == LOCAL_OBJECT_OK)
        local_reply_json(rp, 200, object);
    else if (fault == LOCAL_OBJECT_CONDITION)
        local_refuse_storage(rp, 412, "conditionNotMet",
                             "At least one of the pre-conditions you specified did not hold.");
    else if (fault == LOCAL_OBJECT_CHECKSUM)
        local_refuse_storage(rp, 400, "invalid",
                             "Provided CRC32C or MD5 doesn't match the one calculated from the uploaded content.");
    else
        local_refuse_storage(rp, 500, "backendError", "%s", err->msg);
}

static int64_t if_generation(const struct local_request *rq)
{
    const char *text = local_query(rq, "ifGenerationMatch");

    return text ? strtoll(text, NULL, 10) : LOCAL_ANY_GENERATION;
}

static bool is_type(const struct local_request *rq, const char *type)
{
    const char *said = local_query(rq, "uploadType");

    return said && strcmp(said, type) == 0;
}

static int open_data(struct local *l, const char *file, int flags, struct cr_error *err)
{
    CR_AUTO_FREE char *path = local_data_path(l, file);
    int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0600);

    if (fd < 0)
        cr_fail(err, CR_E_IO, "cannot write '%s': %s", path, strerror(errno));
    return fd;
}

void local_upload_open(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    struct cr_error err = {0};

    if (!local_store_has(l->store, LOCAL_BUCKETS, rq->arg[0])) {
        local_refuse_storage(rp, 404, "notFound", "The specified bucket does not exist.");
        return;
    }
    if (is_type(rq, "resumable"))
        return; /* its first body is metadata, and small */
    if (!is_type(rq, "media") && !is_type(rq, "multipart")) {
        local_refuse_storage(rp, 400, "invalidParameter",
                             "Invalid value for uploadType: media, multipart or resumable");
        return;
    }
    rq->hold = local_data_name();
    rq->sink = open_data(l, rq->hold, O_CREAT, &err);
    if (rq->sink < 0)
        local_refuse_storage(rp, 500, "backendError", "%s", err.msg);
}

static void drop_data(struct local *l, const char *file)
{
    CR_AUTO_FREE char *path = local_data_path(l, file);

    unlink(path);
}

static bool name_ok(const char *name)
{
    size_t len = name ? strlen(name) : 0;

    return len >= 1 && len <= 1024 && !strpbrk(name, "\r\n") && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void bad_name(struct local_reply *rp, const char *name)
{
    if (!name || !*name)
        local_refuse_storage(rp, 400, "required", "Required parameter: name");
    else
        local_refuse_storage(rp, 400, "invalid", "Disallowed unicode characters present in object name '%s'", name);
}

static void media(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *name = local_query(rq, "name"), *type = local_header(rq, "Content-Type");
    json_t *meta = json_pack("{s:s}", "contentType", type ? type : "application/octet-stream"), *object = NULL;
    enum local_object_fault fault;
    struct cr_error err = {0};

    if (!name_ok(name)) {
        drop_data(l, rq->hold);
        bad_name(rp, name);
    } else {
        fault = local_object_commit(l, rq->arg[0], name, rq->hold, meta, if_generation(rq), &object, &err);
        answer(rp, fault, object, &err);
    }
    json_decref(meta);
}

/* Copies bytes [from, to) of a file to a new one of data/. */
static int carve(struct local *l, int in, int64_t from, int64_t to, const char *file, struct cr_error *err)
{
    CR_AUTO_FD int out = open_data(l, file, O_CREAT | O_EXCL, err);
    loff_t at = from;

    if (out < 0)
        return -1;
    while (at < to) {
        char part[65536];
        int64_t want = to - at < (int64_t)sizeof(part) ? to - at : (int64_t)sizeof(part);
        ssize_t n = pread(in, part, (size_t)want, at);

        if (n <= 0 || write(out, part, (size_t)n) != n)
            return cr_fail(err, CR_E_IO, "cannot write an object: %s", strerror(errno));
        at += n;
    }
    return 0;
}

static void multipart(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *file = local_data_name();
    struct local_multipart parts = {0};
    enum local_object_fault fault;
    struct cr_error err = {0};
    json_t *object = NULL;
    const char *name;

    if (local_multipart_read(rq->sink, rq->sunk, local_header(rq, "Content-Type"), &parts, &err) < 0) {
        local_refuse_storage(rp, 400, "badContent", "%s", err.msg);
    } else if (local_schema_check("Object", "", parts.meta, rp)) {
        name = json_string_value(json_object_get(parts.meta, "name"));
        if (!name)
            name = local_query(rq, "name");
        if (!json_object_get(parts.meta, "contentType"))
            json_object_set_new(parts.meta, "contentType", json_string(parts.type));
        if (!name_ok(name))
            bad_name(rp, name);
        else if (carve(l, rq->sink, parts.from, parts.to, file, &err) < 0)
            local_refuse_storage(rp, 500, "backendError", "%s", err.msg);
        else {
            fault = local_object_commit(l, rq->arg[0], name, file, parts.meta, if_generation(rq), &object, &err);
            answer(rp, fault, object, &err);
        }
    }
    json_decref(parts.meta);
    drop_data(l, rq->hold);
}

static void start(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *name = local_query(rq, "name"), *type = local_header(rq, "X-Upload-Content-Type");
    CR_AUTO_FREE char *file = local_data_name(), *url = local_url(l), *coded = NULL, *where = NULL;
    int64_t want = if_generation(rq);
    json_t *session;
    char id[33];
    struct cr_error err = {0};

    if (!name)
        name = json_string_value(json_object_get(rq->body, "name"));
    if (!name_ok(name)) {
        bad_name(rp, name);
        return;
    }
    if (want != LOCAL_ANY_GENERATION && local_object_generation(l, rq->arg[0], name) != want) {
        answer(rp, LOCAL_OBJECT_CONDITION, NULL, &err);
        return;
    }
    if (type && !json_object_get(rq->body, "contentType"))
        json_object_set_new(rq->body, "contentType", json_string(type));
    local_random(id, 32);
    session = json_pack("{s:s, s:s, s:s, s:O, s:I, s:I, s:I}", "bucket", rq->arg[0], "name", name, "file", file, "meta",
                        rq->body, "ifGeneration", (json_int_t)want, "persisted", (json_int_t)0, "turn", (json_int_t)0);
    coded = local_encode(name);
    where =
        cr_format("%s/upload/storage/v1/b/%s/o?uploadType=resumable&name=%s&upload_id=%s", url, rq->arg[0], coded, id);
    if (!session || local_store_put(l->store, LOCAL_UPLOADS, id, session, &err) < 0) {
        local_refuse_storage(rp, session ? 500 : 400, "backendError", "%s",
                             session ? err.msg : "the name is not UTF-8");
    } else {
        local_reply_empty(rp, 200);
        local_pairs_add(&rp->headers, "Location", where);
        local_pairs_add(&rp->headers, "X-GUploader-UploadID", id);
        local_pairs_add(&rp->headers, "X-Goog-Upload-Chunk-Granularity", "262144");
    }
    json_decref(session);
}

void local_upload_post(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    if (rq->cut && rq->hold) {
        drop_data(l, rq->hold); /* only a resumable upload keeps a part */
        local_reply_empty(rp, 400);
    } else if (rq->cut) {
        local_reply_empty(rp, 400);
    } else if (is_type(rq, "media")) {
        media(l, rq, rp);
    } else if (is_type(rq, "multipart")) {
        multipart(l, rq, rp);
    } else {
        size_t blank = rq->text ? strspn(rq->text, " \t\r\n") : 0;

        rq->body = rq->text && blank < rq->text_len ? json_loadb(rq->text, rq->text_len, 0, NULL) : json_object();
        if (!json_is_object(rq->body))
            local_refuse_storage(rp, 400, "parseError", "Parse Error");
        else if (local_schema_check("Object", "", rq->body, rp))
            start(l, rq, rp);
    }
}

/* ---- chunks ---- */

struct chunk {
    struct local_chunk range;
    int64_t at;   /* where its bytes go */
    int64_t turn; /* of the session when it was opened; a later PUT makes an earlier one that still hangs void */
};

static json_t *session_of(struct local *l, const struct local_request *rq)
{
    const char *id = local_query(rq, "upload_id");

    return id ? local_store_get(l->store, LOCAL_UPLOADS, id) : NULL;
}

static int64_t integer(const json_t *object, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(object, key));
}

static void resume(struct local_reply *rp, int64_t persisted)
{
    CR_AUTO_FREE char *range = cr_format("bytes=0-%" PRId64, persisted - 1);

    local_reply_empty(rp, 308);
    if (persisted > 0)
        local_pairs_add(&rp->headers, "Range", range);
}

static int64_t length_of(const struct local_request *rq)
{
    const char *text = local_header(rq, "Content-Length");

    return text ? strtoll(text, NULL, 10) : -1;
}

/* A PUT without Content-Range is the whole object. */
static bool read_range(const struct local_request *rq, struct local_chunk *range)
{
    const char *text = local_header(rq, "Content-Range");
    int64_t length = length_of(rq);

    if (text)
        return local_chunk_parse(text, range);
    if (length < 0)
        return false;
    *range = (struct local_chunk){length ? 0 : -1, length - 1, length};
    return true;
}

static bool chunk_ok(const struct local_request *rq, const struct local_chunk *r, int64_t persisted,
                     struct local_reply *rp)
{
    int64_t size = r->first < 0 ? 0 : r->last - r->first + 1, length = length_of(rq);

    if (length >= 0 && length != size)
        local_refuse_storage(rp, 400, "badRequest",
                             "Invalid request. There were %" PRId64
                             " byte(s) in the request body. There should have been "
                             "%" PRId64 " byte(s) according to the Content-Range header.",
                             length, size);
    else if (r->first > persisted)
        local_refuse_storage(rp, 503, "backendError",
                             "Invalid request. According to the Content-Range header, the upload offset is %" PRId64
                             " byte(s), which exceeds already uploaded size of %" PRId64 " byte(s).",
                             r->first, persisted);
    else if (r->first >= 0 && size % GRANULE && r->total != r->last + 1)
        local_refuse_storage(
            rp, 400, "badRequest",
            "Invalid request. The number of bytes in a chunk that is not the last must be a multiple of "
            "262144.");
    return !rp->status;
}

void local_chunk_open(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    struct chunk chunk = {0};
    struct cr_error err = {0};
    json_t *session;

    local_store_lock(l->store);
    session = session_of(l, rq);
    if (!session)
        local_refuse_storage(rp, 404, "notFound", "Not Found");
    else if (!read_range(rq, &chunk.range))
        local_refuse_storage(rp, 400, "badRequest", "Failed to parse Content-Range header.");
    else if (!json_object_get(session, "object") && chunk_ok(rq, &chunk.range, integer(session, "persisted"), rp) &&
             chunk.range.first >= 0) {
        chunk.at = chunk.range.first;
        chunk.turn = integer(session, "turn") + 1;
        json_object_set_new(session, "turn", json_integer(chunk.turn));
        json_object_set_new(session, "persisted", json_integer(chunk.at));
        rq->sink = open_data(l, json_string_value(json_object_get(session, "file")), O_CREAT, &err);
        if (rq->sink < 0 || ftruncate(rq->sink, chunk.at) < 0 || lseek(rq->sink, chunk.at, SEEK_SET) < 0 ||
            local_store_put(l->store, LOCAL_UPLOADS, local_query(rq, "upload_id"), session, &err) < 0)
            local_refuse_storage(rp, 500, "backendError", "%s", err.code ? err.msg : strerror(errno));
    }
    local_store_unlock(l->store);
    json_decref(session);
    rq->hold = cr_malloc(sizeof(chunk));
    memcpy(rq->hold, &chunk, sizeof(chunk));
}

/* All bytes are here. The session remembers its object, so that a client that missed this answer gets it again. */
static void finish(struct local *l, struct local_request *rq, struct local_reply *rp, json_t *session)
{
    const char *bucket = json_string_value(json_object_get(session, "bucket"));
    const char *name = json_string_value(json_object_get(session, "name"));
    const char *file = json_string_value(json_object_get(session, "file"));
    const char *id = local_query(rq, "upload_id");
    CR_AUTO_FD int fd = -1;
    struct cr_error err = {0};
    json_t *object = NULL;
    enum local_object_fault fault;

    fd = open_data(l, file, O_CREAT, &err); /* an empty object never had a chunk that made its file */
    if (fd < 0) {
        answer(rp, LOCAL_OBJECT_IO, NULL, &err);
        return;
    }
    fault = local_object_commit(l, bucket, name, file, json_object_get(session, "meta"),
                                integer(session, "ifGeneration"), &object, &err);
    if (fault == LOCAL_OBJECT_OK) {
        json_object_set(session, "object", object);
        if (local_store_put(l->store, LOCAL_UPLOADS, id, session, &err) < 0)
            fault = LOCAL_OBJECT_IO;
    } else {
        (void)!local_store_remove(l->store, LOCAL_UPLOADS, id, &err);
    }
    answer(rp, fault, object, &err);
    if (fault != LOCAL_OBJECT_OK)
        json_decref(object);
}

/* What of the bytes that came is kept: all, or what a command or a cut leaves. */
static int64_t kept(const struct local_request *rq, const struct chunk *chunk)
{
    int64_t end = chunk->at + rq->sunk;

    if (!rq->cut || end == chunk->range.last + 1)
        return end;
    end -= end % GRANULE;
    return end > chunk->at ? end : chunk->at;
}

void local_chunk_put(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    struct chunk *chunk = rq->hold;
    json_t *session, *object;
    struct cr_error err = {0};
    int64_t persisted;

    local_store_lock(l->store);
    session = session_of(l, rq);
    object = json_object_get(session, "object");
    persisted = integer(session, "persisted");
    if (session && rq->sink >= 0 && chunk->turn == integer(session, "turn")) {
        persisted = kept(rq, chunk);
        if (ftruncate(rq->sink, persisted) < 0)
            persisted = chunk->at;
        json_object_set_new(session, "persisted", json_integer(persisted));
        if (local_store_put(l->store, LOCAL_UPLOADS, local_query(rq, "upload_id"), session, &err) < 0)
            local_refuse_storage(rp, 500, "backendError", "%s", err.msg);
    }
    local_store_unlock(l->store);
    if (!session)
        local_refuse_storage(rp, 404, "notFound", "Not Found");
    else if (object)
        local_reply_json(rp, 200, json_incref(object));
    else if (!rp->status && chunk->range.total >= 0 && persisted == chunk->range.total)
        finish(l, rq, rp, session);
    else if (!rp->status)
        resume(rp, persisted);
    json_decref(session);
}

void local_upload_cancel(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *session = session_of(l, rq);
    struct cr_error err = {0};

    if (!session) {
        local_refuse_storage(rp, 404, "notFound", "Not Found");
        return;
    }
    if (!json_object_get(session, "object"))
        drop_data(l, json_string_value(json_object_get(session, "file")));
    if (local_store_remove(l->store, LOCAL_UPLOADS, local_query(rq, "upload_id"), &err) < 0)
        local_refuse_storage(rp, 500, "backendError", "%s", err.msg);
    else
        local_reply_empty(rp, 499);
    json_decref(session);
}
