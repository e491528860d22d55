/*
 * How bytes come into Cloud Storage: media and multipart in one request, resumable in chunks (resumable.c).
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
#include "local/schema.h"
#include "local/seed.h"
#include "local/multipart.h"

void local_object_answer(struct local_reply *rp, enum local_object_fault fault, json_t *object,
                         const struct cr_error *err)
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

int local_open_data(struct local *l, const char *file, int flags, struct cr_error *err)
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
    rq->sink = local_open_data(l, rq->hold, O_CREAT, &err);
    if (rq->sink < 0)
        local_refuse_storage(rp, 500, "backendError", "%s", err.msg);
}

void local_drop_data(struct local *l, const char *file)
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

/* X-Goog-Hash: crc32c=..., md5=...: as good as the same in the metadata, which wins. */
void local_take_hashes(const struct local_request *rq, json_t *meta)
{
    static const char *const keys[][2] = {{"crc32c=", "crc32c"}, {"md5=", "md5Hash"}};
    const char *said = local_header(rq, "X-Goog-Hash");

    for (size_t i = 0; said && i < CR_LEN(keys); i++) {
        const char *p = strstr(said, keys[i][0]);

        if (p && !json_object_get(meta, keys[i][1]))
            json_object_set_new(meta, keys[i][1],
                                json_stringn(p + strlen(keys[i][0]), strcspn(p + strlen(keys[i][0]), ", ")));
    }
}

static void media(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *name = local_query(rq, "name"), *type = local_header(rq, "Content-Type");
    json_t *meta = json_pack("{s:s}", "contentType", type ? type : "application/octet-stream"), *object = NULL;
    enum local_object_fault fault;
    struct cr_error err = {0};

    if (!name_ok(name)) {
        local_drop_data(l, rq->hold);
        bad_name(rp, name);
    } else {
        local_take_hashes(rq, meta);
        fault = local_object_commit(l, rq->arg[0], name, rq->hold, meta, if_generation(rq), &object, &err);
        local_object_answer(rp, fault, object, &err);
    }
    json_decref(meta);
}

/* Copies bytes [from, to) of a file to a new one of data/. */
static int carve(struct local *l, int in, int64_t from, int64_t to, const char *file, struct cr_error *err)
{
    CR_AUTO_FD int out = local_open_data(l, file, O_CREAT | O_EXCL, err);
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
            local_object_answer(rp, fault, object, &err);
        }
    }
    json_decref(parts.meta);
    local_drop_data(l, rq->hold);
}

static void start(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *name = local_query(rq, "name"), *type = local_header(rq, "X-Upload-Content-Type");
    CR_AUTO_FREE char *file = local_data_name(), *url = local_url(l), *coded = NULL, *where = NULL;
    const char *announced = local_header(rq, "X-Upload-Content-Length");
    int64_t want = if_generation(rq), total = announced ? strtoll(announced, NULL, 10) : -1;
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
        local_object_answer(rp, LOCAL_OBJECT_CONDITION, NULL, &err);
        return;
    }
    if (type && !json_object_get(rq->body, "contentType"))
        json_object_set_new(rq->body, "contentType", json_string(type));
    local_random(id, 32);
    session = json_pack("{s:s, s:s, s:s, s:O, s:I, s:I, s:I, s:I, s:I}", "bucket", rq->arg[0], "name", name, "file",
                        file, "meta", rq->body, "ifGeneration", (json_int_t)want, "persisted", (json_int_t)0, "turn",
                        (json_int_t)0, "total", (json_int_t)total, "created", (json_int_t)local_seed_now_ms(l));
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
        local_drop_data(l, rq->hold); /* only a resumable upload keeps a part */
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
