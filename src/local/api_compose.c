/* Objects made of objects: compose, rewrite; and metadata changed in place.
 * Source: https://cloud.google.com/storage/docs/json_api/v1/objects */
#include "local/api.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/object.h"
#include "local/schema.h"

#define SOURCES_MAX 32

static int append(const char *from, int out, struct cr_error *err)
{
    CR_AUTO_FD int in = open(from, O_RDONLY | O_CLOEXEC);
    CR_AUTO_FREE char *part = cr_malloc(1 << 18);
    ssize_t n;

    if (in < 0)
        return cr_fail(err, CR_E_IO, "cannot read '%s': %s", from, strerror(errno));
    while ((n = read(in, part, 1 << 18)) > 0)
        if (write(out, part, (size_t)n) != n)
            return cr_fail(err, CR_E_IO, "cannot write an object: %s", strerror(errno));
    return n < 0 ? cr_fail(err, CR_E_IO, "cannot read '%s': %s", from, strerror(errno)) : 0;
}

/* Appends one source after its own conditions. False after refusing. *count grows by its components. */
static bool add_source(struct local *l, const char *bucket, const json_t *source, int out, json_int_t *count,
                       struct local_reply *rp)
{
    const char *name = json_string_value(json_object_get(source, "name"));
    const char *want = json_string_value(json_object_get(source, "generation")), *is;
    const char *match =
        json_string_value(json_object_get(json_object_get(source, "objectPreconditions"), "ifGenerationMatch"));
    CR_AUTO_FREE char *path = NULL;
    struct cr_error err = {0};
    json_t *object = name ? local_object_find(l, bucket, name, &path) : NULL;

    is = json_string_value(json_object_get(object, "generation"));
    if (!name)
        local_refuse_storage(rp, 400, "required", "Required parameter: sourceObjects[].name");
    else if (!object || (want && strcmp(want, is) != 0))
        local_no_object(rp, bucket, name);
    else if (match && strcmp(match, is) != 0)
        local_object_answer(rp, LOCAL_OBJECT_CONDITION, NULL, &err);
    else if (append(path, out, &err) < 0)
        local_object_answer(rp, LOCAL_OBJECT_IO, NULL, &err);
    if (json_object_get(object, "componentCount"))
        *count += json_integer_value(json_object_get(object, "componentCount"));
    else
        *count += 1;
    json_decref(object);
    return !rp->status;
}

static int64_t wanted(const struct local_request *rq)
{
    const char *text = local_query(rq, "ifGenerationMatch");

    return text ? strtoll(text, NULL, 10) : LOCAL_ANY_GENERATION;
}

void local_object_compose(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const json_t *sources = json_object_get(rq->body, "sourceObjects");
    json_t *given = json_object_get(rq->body, "destination"), *meta = given ? json_deep_copy(given) : json_object();
    CR_AUTO_FREE char *file = local_data_name();
    enum local_object_fault fault;
    struct cr_error err = {0};
    CR_AUTO_FD int out = -1;
    json_int_t count = 0;
    json_t *row, *object = NULL;
    size_t i;

    if (!local_store_has(l->store, LOCAL_BUCKETS, rq->arg[0]))
        local_refuse_storage(rp, 404, "notFound", "The specified bucket does not exist.");
    else if (json_array_size(sources) < 1 || json_array_size(sources) > SOURCES_MAX)
        local_refuse_storage(rp, 400, "invalid",
                             "The number of source components provided (%zu) is not between 1 and %d.",
                             json_array_size(sources), SOURCES_MAX);
    else if ((out = local_open_data(l, file, O_CREAT | O_EXCL, &err)) < 0)
        local_object_answer(rp, LOCAL_OBJECT_IO, NULL, &err);
    json_array_foreach(sources, i, row) if (!rp->status)(void) add_source(l, rq->arg[0], row, out, &count, rp);
    if (!rp->status) {
        json_object_set_new(meta, "componentCount", json_integer(count));
        fault = local_object_commit(l, rq->arg[0], rq->arg[1], file, meta, wanted(rq), &object, &err);
        local_object_answer(rp, fault, object, &err);
    } else {
        local_drop_data(l, file);
    }
    json_decref(meta);
}

/* Copies at once whatever the size, so that done is always true and no token is given. */
void local_object_rewrite(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *path = NULL, *file = local_data_name();
    const char *source_generation = local_query(rq, "sourceGeneration");
    json_t *source = local_object_find(l, rq->arg[0], rq->arg[1], &path), *meta, *object = NULL;
    enum local_object_fault fault;
    struct cr_error err = {0};
    CR_AUTO_FD int out = -1;

    if (!local_store_has(l->store, LOCAL_BUCKETS, rq->arg[2]))
        local_refuse_storage(rp, 404, "notFound", "The specified bucket does not exist.");
    else if (!source || (source_generation &&
                         strcmp(source_generation, json_string_value(json_object_get(source, "generation"))) != 0))
        local_no_object(rp, rq->arg[0], rq->arg[1]);
    else if ((out = local_open_data(l, file, O_CREAT | O_EXCL, &err)) < 0 || append(path, out, &err) < 0)
        local_object_answer(rp, LOCAL_OBJECT_IO, NULL, &err);
    if (rp->status) {
        local_drop_data(l, file);
    } else {
        meta = json_object_size(rq->body) ? json_incref(rq->body) : json_incref(source);
        fault = local_object_commit(l, rq->arg[2], rq->arg[3], file, meta, wanted(rq), &object, &err);
        local_object_answer(rp, fault, object, &err);
        json_decref(meta);
        if (rp->status == 200) {
            json_t *resource = json_incref(rp->json), *size = json_object_get(resource, "size");

            local_reply_json(rp, 200,
                             json_pack("{s:s, s:O, s:O, s:b, s:o}", "kind", "storage#rewriteResponse",
                                       "totalBytesRewritten", size, "objectSize", size, "done", true, "resource",
                                       resource));
        }
    }
    json_decref(source);
}

static void merge(json_t *object, const json_t *body)
{
    for (const char *const *key = local_object_keys; *key; key++) {
        json_t *value = json_object_get(body, *key);

        if (json_is_null(value))
            json_object_del(object, *key);
        else if (value && strcmp(*key, "metadata") == 0 && json_object_get(object, *key))
            json_object_update(json_object_get(object, *key), value);
        else if (value)
            json_object_set(object, *key, value);
    }
}

void local_object_patch(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    struct cr_error err = {0};
    json_t *object;

    local_store_lock(l->store);
    object = local_object_find(l, rq->arg[0], rq->arg[1], NULL);
    if (!object || !local_generation_holds(rq, object)) {
        local_no_object(rp, rq->arg[0], rq->arg[1]);
    } else if (local_preconditions(rq, object, rp)) {
        merge(object, rq->body);
        if (local_object_update(l, rq->arg[0], rq->arg[1], object, &err) < 0)
            local_object_answer(rp, LOCAL_OBJECT_IO, NULL, &err);
        else
            local_reply_json(rp, 200, json_incref(object));
    }
    local_store_unlock(l->store);
    json_decref(object);
}
