/* Cloud Build v1. Source: https://cloud.google.com/build/docs/api/reference/rest/v1/projects.builds */
#include "local/api.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "local/build_check.h"
#include "local/build_filter.h"
#include "local/build_run.h"
#include "local/object.h"
#include "local/page.h"

#define PROJECT_NUMBER "1"
#define LOGS PROJECT_NUMBER ".cloudbuild-logs.googleusercontent.com"

/* Fields of a build that the service writes. */
static const char *const written[] = {"id",      "name",       "projectId",   "status",          "statusDetail",
                                      "results", "createTime", "startTime",   "finishTime",      "logUrl",
                                      "timing",  "warnings",   "failureInfo", "sourceProvenance"};

static char *key_of(const struct local_request *rq, const char *location, const char *id)
{
    return cr_format("projects/%s/locations/%s/builds/%s", rq->arg[0], location, id);
}

static json_t *operation_of(const json_t *build)
{
    const char *id = json_string_value(json_object_get(build, "id"));
    const char *status = json_string_value(json_object_get(build, "status"));
    bool done = strcmp(status, "QUEUED") != 0 && strcmp(status, "WORKING") != 0;
    char coded[64];
    json_t *op;

    EVP_EncodeBlock((unsigned char *)coded, (const unsigned char *)id, (int)strlen(id));
    op =
        json_pack("{s:o, s:{s:s, s:O}}", "name",
                  json_sprintf("operations/build/%s/%s", json_string_value(json_object_get(build, "projectId")), coded),
                  "metadata", "@type", "type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata",
                  "build", build);
    if (!done)
        return op;
    json_object_set_new(op, "done", json_true());
    if (strcmp(status, "SUCCESS") == 0) {
        json_t *response = json_deep_copy(build);

        json_object_set_new(response, "@type", json_string("type.googleapis.com/google.devtools.cloudbuild.v1.Build"));
        json_object_set_new(op, "response", response);
    } else {
        const char *detail = json_string_value(json_object_get(build, "statusDetail"));
        int code = strcmp(status, "CANCELLED") == 0 ? 1 : strcmp(status, "TIMEOUT") == 0 ? 4 : 2;

        json_object_set_new(op, "error", json_pack("{s:i, s:s}", "code", code, "message", detail ? detail : status));
    }
    return op;
}

/* A bucket of the user's own for the logs of a region: that of the region's sources. New. */
static char *regional_bucket(const char *project, const char *location)
{
    char *name = strcmp(location, "global") == 0 ? cr_format("%s_cloudbuild", project)
                                                 : cr_format("%s_%s_cloudbuild", project, location);

    for (char *p = name; *p; p++)
        if (*p == ':' || *p == '.')
            *p = '_';
    return name;
}

/* Where the log will be, unless the request says it: nowhere in storage when it is for Cloud Logging alone. */
static void fill_logs(struct local *l, json_t *build, const char *project, const char *location)
{
    const json_t *options = json_object_get(build, "options");
    const char *logging = json_string_value(json_object_get(options, "logging"));
    const char *behavior = json_string_value(json_object_get(options, "defaultLogsBucketBehavior"));
    bool regional = behavior && strcmp(behavior, "REGIONAL_USER_OWNED_BUCKET") == 0;
    CR_AUTO_FREE char *bucket = regional ? regional_bucket(project, location) : cr_strdup(LOGS);
    struct cr_error err = {0};

    if (json_object_get(build, "logsBucket") ||
        (logging && (strcmp(logging, "CLOUD_LOGGING_ONLY") == 0 || strcmp(logging, "NONE") == 0)))
        return;
    json_object_set_new(build, "logsBucket", json_sprintf("gs://%s", bucket));
    local_store_lock(l->store);
    if (!local_store_has(l->store, LOCAL_BUCKETS, bucket))
        (void)!local_bucket_make(l, bucket, NULL, NULL, &err);
    local_store_unlock(l->store);
}

static void fill(struct local *l, json_t *build, const char *project, const char *location)
{
    CR_AUTO_FREE char *url = local_url(l);
    json_t *values = json_object_get(build, "substitutions");
    char id[37], now[32];

    local_uuid(id);
    cr_time_text(cr_wall_ms(), now);
    json_object_set_new(build, "id", json_string(id));
    json_object_set_new(build, "name", json_sprintf("projects/%s/locations/%s/builds/%s", project, location, id));
    json_object_set_new(build, "projectId", json_string(project));
    json_object_set_new(build, "status", json_string("QUEUED"));
    json_object_set_new(build, "createTime", json_string(now));
    json_object_set_new(build, "logUrl", json_sprintf("%s/local/status?build=%s", url, id));
    fill_logs(l, build, project, location);
    if (!json_object_get(build, "timeout"))
        json_object_set_new(build, "timeout", json_string("3600s"));
    if (!json_object_get(build, "queueTtl"))
        json_object_set_new(build, "queueTtl", json_string("3600s"));
    if (!values) {
        values = json_object();
        json_object_set_new(build, "substitutions", values);
    }
    json_object_set_new(values, "PROJECT_ID", json_string(project));
    json_object_set_new(values, "PROJECT_NUMBER", json_string(PROJECT_NUMBER));
    json_object_set_new(values, "BUILD_ID", json_string(id));
    json_object_set_new(values, "LOCATION", json_string(location));
}

/* Queues a build that is in order. */
static void start(struct local *l, struct local_request *rq, struct local_reply *rp, const char *location,
                  json_t *build)
{
    CR_AUTO_FREE char *key = NULL;
    struct cr_error err = {0};

    fill(l, build, rq->arg[0], location);
    key = key_of(rq, location, json_string_value(json_object_get(build, "id")));
    if (local_store_put(l->store, LOCAL_BUILDS, key, build, &err) < 0) {
        local_refuse(rp, "INTERNAL", "%s", err.msg);
        return;
    }
    local_reply_json(rp, 200, operation_of(build)); /* as it is now: queued */
    local_build_start(l, key, rq->fail);
}

static void create(struct local *l, struct local_request *rq, struct local_reply *rp, const char *location)
{
    CR_AUTO_FREE char *wrong = NULL;

    /* What only the service writes is not taken from a request. */
    for (size_t i = 0; i < CR_LEN(written); i++)
        json_object_del(rq->body, written[i]);
    wrong = local_build_wrong(l, location, rq->body);
    if (wrong)
        local_refuse(rp, "INVALID_ARGUMENT", "%s", wrong);
    else
        start(l, rq, rp, location, rq->body);
}

static void no_build(struct local_reply *rp)
{
    local_refuse(rp, "NOT_FOUND", "Requested entity was not found.");
}

static void get(struct local *l, struct local_request *rq, struct local_reply *rp, const char *location, const char *id)
{
    CR_AUTO_FREE char *key = key_of(rq, location, id);
    json_t *build = local_store_get(l->store, LOCAL_BUILDS, key);

    if (build)
        local_reply_json(rp, 200, build);
    else
        no_build(rp);
}

static void cancel(struct local *l, struct local_request *rq, struct local_reply *rp, const char *location,
                   const char *id)
{
    CR_AUTO_FREE char *key = key_of(rq, location, id);
    json_t *build = local_store_get(l->store, LOCAL_BUILDS, key);

    if (!build) {
        no_build(rp);
    } else if (!local_build_stop(l, key)) {
        json_decref(build);
        build = local_store_get(l->store, LOCAL_BUILDS, key);
        local_refuse(rp, "FAILED_PRECONDITION", "cannot cancel build in state %s",
                     json_string_value(json_object_get(build, "status")));
        json_decref(build);
    } else {
        local_reply_json(rp, 200, build);
    }
}

/* Asks for the same again. */
static void retry(struct local *l, struct local_request *rq, struct local_reply *rp, const char *location,
                  const char *id)
{
    static const char *const of_step[] = {"status", "timing", "exitCode", "pullTiming"};
    static const char *const given[] = {"PROJECT_ID", "PROJECT_NUMBER", "BUILD_ID", "LOCATION"};
    CR_AUTO_FREE char *key = key_of(rq, location, id);
    json_auto_t *build = local_store_get(l->store, LOCAL_BUILDS, key);
    json_t *step;
    size_t i;

    if (!build) {
        no_build(rp);
        return;
    }
    if (!json_object_get(build, "finishTime")) {
        local_refuse(rp, "FAILED_PRECONDITION", "cannot retry build in state %s",
                     json_string_value(json_object_get(build, "status")));
        return;
    }
    for (size_t k = 0; k < CR_LEN(written); k++)
        json_object_del(build, written[k]);
    for (size_t k = 0; k < CR_LEN(given); k++)
        json_object_del(json_object_get(build, "substitutions"), given[k]);
    json_array_foreach(json_object_get(build, "steps"), i, step) for (size_t k = 0; k < CR_LEN(of_step); k++)
        json_object_del(step, of_step[k]);
    start(l, rq, rp, location, build);
}

static void list(struct local *l, struct local_request *rq, struct local_reply *rp, const char *location)
{
    CR_AUTO_FREE char *prefix = cr_format("projects/%s/locations/%s/builds/", rq->arg[0], location);
    json_t *all = local_store_list(l->store, LOCAL_BUILDS, prefix), *build, *found = json_array();
    const char *key, *filter = local_query(rq, "filter");
    struct cr_error err = {0};
    int match = 1;

    json_object_foreach(all, key, build)
    {
        match = local_build_match(filter, build, &err);
        if (match < 0)
            break;
        if (match)
            json_array_append(found, build);
    }
    json_decref(all);
    if (match < 0) {
        json_decref(found);
        local_refuse(rp, "INVALID_ARGUMENT", "%s", err.msg);
        return;
    }
    local_page(rq, rp, "builds", found);
}

void local_build_create(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    create(l, rq, rp, rq->arg[1]);
}

void local_build_create_global(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    create(l, rq, rp, "global");
}

void local_build_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    get(l, rq, rp, rq->arg[1], rq->arg[2]);
}

void local_build_get_global(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    get(l, rq, rp, "global", rq->arg[1]);
}

void local_build_cancel(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    cancel(l, rq, rp, rq->arg[1], rq->arg[2]);
}

void local_build_cancel_global(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    cancel(l, rq, rp, "global", rq->arg[1]);
}

void local_build_retry(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    retry(l, rq, rp, rq->arg[1], rq->arg[2]);
}

void local_build_retry_global(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    retry(l, rq, rp, "global", rq->arg[1]);
}

void local_build_list(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    list(l, rq, rp, rq->arg[1]);
}

void local_build_list_global(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    list(l, rq, rp, "global");
}

/* The name holds the build's id in base64, and not where the build is. */
void local_build_operation(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *prefix = cr_format("projects/%s/locations/", rq->arg[0]);
    json_t *all = local_store_list(l->store, LOCAL_BUILDS, prefix), *build;
    const char *key;

    json_object_foreach(all, key, build)
    {
        json_t *op = operation_of(build);
        const char *name = json_string_value(json_object_get(op, "name"));

        if (!rp->status && strcmp(strrchr(name, '/') + 1, rq->arg[1]) == 0)
            local_reply_json(rp, 200, json_incref(op));
        json_decref(op);
    }
    json_decref(all);
    if (!rp->status)
        no_build(rp);
}
