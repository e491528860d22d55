/* The chunks of a resumable upload: what is held, what is asked, the end of it.
 * Source: https://cloud.google.com/storage/docs/performing-resumable-uploads */
#include "local/api.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/object.h"
#include "local/range.h"
#include "local/seed.h"

#define GRANULE 262144 /* chunks but the last are multiples of this, and so is what survives a cut */
#define WEEK_MS (7 * 86400 * INT64_C(1000)) /* how long a session holds */

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

static bool chunk_ok(const struct local_request *rq, const struct local_chunk *r, int64_t persisted, int64_t total,
                     struct local_reply *rp)
{
    int64_t size = r->first < 0 ? 0 : r->last - r->first + 1, length = length_of(rq);

    if (length >= 0 && length != size)
        local_refuse_storage(rp, 400, "badRequest",
                             "Invalid request. There were %" PRId64
                             " byte(s) in the request body. There should have been "
                             "%" PRId64 " byte(s) according to the Content-Range header.",
                             length, size);
    else if (total >= 0 && ((r->total >= 0 && r->total != total) || r->last >= total))
        local_refuse_storage(rp, 400, "badRequest",
                             "Invalid request. The total size of the upload was said to be %" PRId64 " byte(s).",
                             total);
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

/* Takes the bytes that are not here yet: those that are stay as they are, whatever is sent in their place. */
static bool open_chunk(struct local *l, struct local_request *rq, json_t *session, struct chunk *chunk,
                       struct cr_error *err)
{
    int64_t persisted = integer(session, "persisted");

    chunk->at = chunk->range.first;
    chunk->turn = integer(session, "turn") + 1;
    rq->skip = persisted - chunk->at;
    json_object_set_new(session, "turn", json_integer(chunk->turn));
    if (chunk->range.total >= 0)
        json_object_set_new(session, "total", json_integer(chunk->range.total));
    rq->sink = local_open_data(l, json_string_value(json_object_get(session, "file")), O_CREAT, err);
    return rq->sink >= 0 && ftruncate(rq->sink, persisted) == 0 && lseek(rq->sink, persisted, SEEK_SET) >= 0 &&
           local_store_put(l->store, LOCAL_UPLOADS, local_query(rq, "upload_id"), session, err) == 0;
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
    else if (local_seed_now_ms(l) - integer(session, "created") > WEEK_MS)
        local_refuse_storage(rp, 410, "gone", "The upload session has expired.");
    else if (!read_range(rq, &chunk.range))
        local_refuse_storage(rp, 400, "badRequest", "Failed to parse Content-Range header.");
    else if (!json_object_get(session, "object") &&
             chunk_ok(rq, &chunk.range, integer(session, "persisted"), integer(session, "total"), rp) &&
             chunk.range.first >= 0 && !open_chunk(l, rq, session, &chunk, &err))
        local_refuse_storage(rp, 500, "backendError", "%s", err.code ? err.msg : strerror(errno));
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

    fd = local_open_data(l, file, O_CREAT, &err); /* an empty object never had a chunk that made its file */
    if (fd < 0) {
        local_object_answer(rp, LOCAL_OBJECT_IO, NULL, &err);
        return;
    }
    local_take_hashes(rq, json_object_get(session, "meta"));
    fault = local_object_commit(l, bucket, name, file, json_object_get(session, "meta"),
                                integer(session, "ifGeneration"), &object, &err);
    if (fault == LOCAL_OBJECT_OK) {
        json_object_set(session, "object", object);
        if (local_store_put(l->store, LOCAL_UPLOADS, id, session, &err) < 0)
            fault = LOCAL_OBJECT_IO;
    } else {
        (void)!local_store_remove(l->store, LOCAL_UPLOADS, id, &err);
    }
    local_object_answer(rp, fault, object, &err);
    if (fault != LOCAL_OBJECT_OK)
        json_decref(object);
}

/* What of the bytes that came is kept: all, or what a command or a cut leaves. */
static int64_t kept(const struct local_request *rq, const struct chunk *chunk)
{
    int64_t end = chunk->at + rq->sunk, before = chunk->at + rq->skip;

    if (rq->cut && end != chunk->range.last + 1)
        end -= end % GRANULE;
    return end > before ? end : before;
}

void local_chunk_put(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    struct chunk *chunk = rq->hold;
    json_t *session, *object;
    struct cr_error err = {0};
    int64_t persisted;

    pthread_mutex_lock(&l->lock);
    l->uploaded += rq->received;
    pthread_mutex_unlock(&l->lock);
    local_store_lock(l->store);
    session = session_of(l, rq);
    object = json_object_get(session, "object");
    persisted = integer(session, "persisted");
    if (session && rq->sink >= 0 && chunk->turn == integer(session, "turn")) {
        persisted = kept(rq, chunk);
        if (ftruncate(rq->sink, persisted) < 0)
            persisted = chunk->at + rq->skip;
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
        local_drop_data(l, json_string_value(json_object_get(session, "file")));
    if (local_store_remove(l->store, LOCAL_UPLOADS, local_query(rq, "upload_id"), &err) < 0)
        local_refuse_storage(rp, 500, "backendError", "%s", err.msg);
    else
        local_reply_empty(rp, 499);
    json_decref(session);
}
