/* Artifact Registry v1. Source: https://cloud.google.com/artifact-registry/docs/reference/rest */
#include "local/api.h"

#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "local/page.h"
#include "local/pushed.h"
#include "local/run_serve.h"

#define TYPE "google.devtools.artifactregistry.v1.Repository"

static char *repository_name(const struct local_request *rq, const char *id)
{
    return cr_format("projects/%s/locations/%s/repositories/%s", rq->arg[0], rq->arg[1], id);
}

void local_repository_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *name = repository_name(rq, rq->arg[2]);
    json_t *repository = local_store_get(l->store, LOCAL_REPOSITORIES, name);

    if (repository)
        local_reply_json(rp, 200, repository);
    else
        local_refuse(rp, "NOT_FOUND", "Requested entity was not found.");
}

void local_repository_list(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *prefix = repository_name(rq, "");
    json_t *all = local_store_list(l->store, LOCAL_REPOSITORIES, prefix), *items = json_array(), *doc;
    const char *key;

    json_object_foreach(all, key, doc) json_array_append(items, doc);
    json_decref(all);
    local_page(rq, rp, "repositories", items);
}

static bool id_ok(const char *id)
{
    size_t len = id ? strlen(id) : 0;

    return len >= 1 && len <= 63 && islower((unsigned char)id[0]) && isalnum((unsigned char)id[len - 1]) &&
           strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-.") == len;
}

static void make(struct local *l, struct local_request *rq, const char *id, const char *name, struct local_reply *rp)
{
    CR_AUTO_FREE char *parent = cr_format("projects/%s/locations/%s", rq->arg[0], rq->arg[1]), *operation = NULL;
    json_auto_t *known = NULL;
    json_t *r = rq->body;
    struct cr_error err = {0};
    char now[32];

    cr_time_text(cr_wall_ms(), now);
    known = local_repository_document(rq->arg[0], rq->arg[1], id, now);
    json_object_set(known, "format", json_object_get(r, "format"));
    json_object_update(r, known);
    if (local_store_put(l->store, LOCAL_REPOSITORIES, name, r, &err) == 0)
        operation = local_operation_make(l, parent, TYPE, r, &err);
    if (!operation) {
        local_refuse(rp, "INTERNAL", "%s", err.msg);
        return;
    }
    local_reply_json(rp, 200, local_store_get(l->store, LOCAL_OPERATIONS, operation));
    local_operation_end(l, operation, TYPE, r, rq->fail ? 13 : 0, rq->fail);
}

void local_repository_create(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *id = local_query(rq, "repositoryId"), *format = json_string_value(json_object_get(rq->body, "format"));
    CR_AUTO_FREE char *name = repository_name(rq, id ? id : "");

    local_store_lock(l->store);
    if (!id_ok(id))
        local_refuse(rp, "INVALID_ARGUMENT", "invalid repository id '%s'", id ? id : "");
    else if (!format || strcmp(format, "FORMAT_UNSPECIFIED") == 0)
        local_refuse(rp, "INVALID_ARGUMENT", "the repository format must be specified");
    else if (local_store_has(l->store, LOCAL_REPOSITORIES, name))
        local_refuse(rp, "ALREADY_EXISTS", "the repository already exists");
    else
        make(l, rq, id, name, rp);
    local_store_unlock(l->store);
}

/* What builds pushed is known by its reference. */
static char *reference(const struct local_request *rq, const char *rest)
{
    CR_AUTO_FREE char *prefix = local_repository_prefix(rq->arg[0], rq->arg[1], rq->arg[2]);

    return cr_format("%s%s", prefix, rest);
}

void local_tag_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *rest = cr_format("%s:%s", rq->arg[3], rq->arg[4]), *image = reference(rq, rest);
    CR_AUTO_FREE char *coded = local_encode(rq->arg[3]);
    json_t *record = local_store_get(l->store, LOCAL_IMAGES, image);
    CR_AUTO_FREE char *package =
        cr_format("projects/%s/locations/%s/repositories/%s/packages/%s", rq->arg[0], rq->arg[1], rq->arg[2], coded);

    if (record)
        local_reply_json(
            rp, 200,
            json_pack("{s:o, s:o}", "name", json_sprintf("%s/tags/%s", package, rq->arg[4]), "version",
                      json_sprintf("%s/versions/%s", package, json_string_value(json_object_get(record, "digest")))));
    else
        local_refuse(rp, "NOT_FOUND", "Requested entity was not found.");
    json_decref(record);
}

/* Tags of one digest are gathered in one image. */
static void gather(json_t *by_uri, const struct local_request *rq, const json_t *record)
{
    const char *name = json_string_value(json_object_get(record, "name"));
    const char *digest = json_string_value(json_object_get(record, "digest")), *tag = strrchr(name, ':');
    size_t len = tag && !strchr(tag, '/') ? (size_t)(tag - name) : strlen(name);
    CR_AUTO_FREE char *uri = cr_format("%.*s@%s", (int)len, name, digest);
    json_t *image = json_object_get(by_uri, uri);

    if (!image) {
        image = json_pack("{s:o, s:s, s:[], s:O, s:s}", "name",
                          json_sprintf("projects/%s/locations/%s/repositories/%s/dockerImages/%s", rq->arg[0],
                                       rq->arg[1], rq->arg[2], strrchr(uri, '/') + 1),
                          "uri", uri, "tags", "uploadTime", json_object_get(record, "uploadTime"), "mediaType",
                          "application/vnd.oci.image.manifest.v1+json");
        json_object_set(image, "imageSizeBytes", json_object_get(record, "imageSizeBytes"));
        json_object_set_new(by_uri, uri, image);
    }
    if (len < strlen(name))
        json_array_append_new(json_object_get(image, "tags"), json_string(name + len + 1));
}

void local_images_list(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *prefix = reference(rq, "");
    json_t *all = local_store_list(l->store, LOCAL_IMAGES, prefix), *by_uri = json_object(), *items = json_array(),
           *doc;
    const char *key;

    json_object_foreach(all, key, doc) gather(by_uri, rq, doc);
    json_object_foreach(by_uri, key, doc) json_array_append(items, doc);
    json_decref(by_uri);
    json_decref(all);
    local_page(rq, rp, "dockerImages", items);
}

/* Images stay with the builder, as layers of the next build; what is forgotten here is that they were pushed. */
void local_package_delete(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *parent = cr_format("projects/%s/locations/%s", rq->arg[0], rq->arg[1]), *operation = NULL;
    CR_AUTO_FREE char *package = reference(rq, rq->arg[3]);
    json_auto_t *all = NULL, *empty = json_object();
    struct cr_error err = {0};
    const char *key;
    size_t gone = 0;
    json_t *doc;

    local_store_lock(l->store);
    all = local_store_list(l->store, LOCAL_IMAGES, package);
    json_object_foreach(all, key, doc) if (local_image_in_package(key, package)) gone +=
        local_store_remove(l->store, LOCAL_IMAGES, key, &err) == 0;
    local_store_unlock(l->store);
    if (!gone && !err.code) {
        local_refuse(rp, "NOT_FOUND", "Requested entity was not found.");
        return;
    }
    operation = err.code ? NULL : local_operation_make(l, parent, "google.protobuf.Empty", empty, &err);
    if (!operation) {
        local_refuse(rp, "INTERNAL", "%s", err.msg);
        return;
    }
    local_reply_json(rp, 200, local_store_get(l->store, LOCAL_OPERATIONS, operation));
    local_operation_end(l, operation, "google.protobuf.Empty", empty, rq->fail ? 13 : 0, rq->fail);
}
