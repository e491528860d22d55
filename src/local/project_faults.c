#include "local/project_faults.h"

#include <fnmatch.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "local/route.h"

#define KEY "faults"
#define RUN "run.googleapis.com"
#define BUILD "cloudbuild.googleapis.com"
#define REGISTRY "artifactregistry.googleapis.com"
#define STORAGE "storage.googleapis.com"
#define MANAGER "cloudresourcemanager.googleapis.com"
#define USAGE "serviceusage.googleapis.com"

/* Globs over "METHOD PATTERN" of a row; the first that fits says whose call it is and what it needs. [*] is a star of
 * the pattern. Source: the permissions listed with each method of the APIs' references. */
static const struct {
    const char *glob, *api, *permission;
} calls[] = {
    {"* /local/*", NULL, NULL},
    {"POST /v2/entries:list", "logging.googleapis.com", "logging.logEntries.list"},
    {"POST /v2/*/services", RUN, "run.services.create"},
    {"GET /v2/*/services", RUN, "run.services.list"},
    {"GET /v2/*/services/[*]", RUN, "run.services.get"},
    {"PATCH /v2/*/services/[*]", RUN, "run.services.update"},
    {"DELETE /v2/*/services/[*]", RUN, "run.services.delete"},
    {"GET /v2/*/operations/[*]", RUN, "run.operations.get"},
    {"* */services/[*]:setIamPolicy", RUN, "run.services.setIamPolicy"},
    {"* */services/[*]:getIamPolicy", RUN, "run.services.getIamPolicy"},
    {"* /v2/*", RUN, NULL},
    {"* /v1/*/locations/[*]/services*", RUN, NULL},
    {"* */serving.knative.dev/*", RUN, NULL},
    {"GET /v1/projects/[*]/locations", RUN, "run.locations.list"},
    {"POST */builds", BUILD, "cloudbuild.builds.create"},
    {"GET */builds", BUILD, "cloudbuild.builds.list"},
    {"GET */builds/[*]", BUILD, "cloudbuild.builds.get"},
    {"POST */builds/[*]:cancel", BUILD, "cloudbuild.builds.update"},
    {"* */operations/build/*", BUILD, NULL},
    {"* */defaultServiceAccount", BUILD, NULL},
    {"POST */repositories", REGISTRY, "artifactregistry.repositories.create"},
    {"GET */repositories/[*]", REGISTRY, "artifactregistry.repositories.get"},
    {"GET */tags/[*]", REGISTRY, "artifactregistry.tags.get"},
    {"* */repositories*", REGISTRY, NULL},
    {"GET /storage/v1/b", STORAGE, "storage.buckets.list"},
    {"POST /storage/v1/b", STORAGE, "storage.buckets.create"},
    {"GET /storage/v1/b/[*]", STORAGE, "storage.buckets.get"},
    {"POST *upload/storage/v1/b/*", STORAGE, "storage.objects.create"},
    {"GET */storage/v1/b/[*]/o/[*]", STORAGE, "storage.objects.get"},
    {"* */storage/v1/b*", STORAGE, NULL},
    {"* *:generate*Token", "iamcredentials.googleapis.com", NULL},
    {"GET /v[13]/projects/[*]", MANAGER, "resourcemanager.projects.get"},
    {"POST /v[13]/projects/[*]:getIamPolicy", MANAGER, "resourcemanager.projects.getIamPolicy"},
    {"POST /v[13]/projects/[*]:*", MANAGER, NULL},
    {"GET */billingInfo", "cloudbilling.googleapis.com", NULL},
    {"GET */serviceAccounts/[*]", "iam.googleapis.com", "iam.serviceAccounts.get"},
    {"POST */serviceAccounts/[*]:testIamPermissions", "iam.googleapis.com", NULL},
    {"GET /v1/projects/[*]/services*", USAGE, "serviceusage.services.list"},
    {"POST /v1/projects/[*]/services*", USAGE, "serviceusage.services.enable"},
};

json_t *local_project_faults(struct local *l)
{
    json_t *faults = local_store_get(l->store, LOCAL_PROJECTS, KEY);

    return faults ? faults : json_object();
}

int local_project_set(struct local *l, const json_t *faults, struct cr_error *err)
{
    return local_store_put(l->store, LOCAL_PROJECTS, KEY, faults, err);
}

bool local_names(const json_t *list, const char *name)
{
    const json_t *row;
    size_t i;

    json_array_foreach(list, i, row)
    {
        const char *text = json_string_value(row);

        if (text && strcmp(text, name) == 0)
            return true;
    }
    return false;
}

static void drop_name(json_t *list, const char *name)
{
    for (size_t i = json_array_size(list); i-- > 0;)
        if (strcmp(json_string_value(json_array_get(list, i)), name) == 0)
            json_array_remove(list, i);
}

int local_project_enable(struct local *l, const char *api, struct cr_error *err)
{
    json_t *faults, *lagging;
    int rc = 0;

    local_store_lock(l->store);
    faults = local_project_faults(l);
    if (local_names(json_object_get(faults, "disabledApis"), api)) {
        drop_name(json_object_get(faults, "disabledApis"), api);
        if (json_integer_value(json_object_get(faults, "enableLag")) > 0) {
            lagging = json_object_get(faults, "lagging");
            if (!lagging)
                json_object_set_new(faults, "lagging", lagging = json_object());
            json_object_set(lagging, api, json_object_get(faults, "enableLag"));
        }
        rc = local_project_set(l, faults, err);
    }
    local_store_unlock(l->store);
    json_decref(faults);
    return rc;
}

/* An API that was enabled a moment ago, and does not know it yet: counts down. */
static bool lags(struct local *l, const char *api)
{
    struct cr_error ignored = {0};
    json_t *faults, *lagging;
    json_int_t left;

    local_store_lock(l->store);
    faults = local_project_faults(l);
    lagging = json_object_get(faults, "lagging");
    left = json_integer_value(json_object_get(lagging, api));
    if (left > 0) {
        json_object_set_new(lagging, api, json_integer(left - 1));
        (void)!local_project_set(l, faults, &ignored);
    }
    local_store_unlock(l->store);
    json_decref(faults);
    return left > 0;
}

/* google.rpc.ErrorInfo beside the message; Cloud Storage has a shape of its own. */
static void refuse(const struct local_row *row, const char *reason, const char *domain, json_t *metadata,
                   const char *message, struct local_reply *rp)
{
    if (row->flags & LOCAL_GCS) {
        local_refuse_storage(rp, 403, strcmp(reason, "SERVICE_DISABLED") == 0 ? "accessNotConfigured" : "forbidden",
                             "%s", message);
        json_decref(metadata);
        return;
    }
    local_refuse(rp, "PERMISSION_DENIED", "%s", message);
    json_object_set_new(json_object_get(rp->json, "error"), "details",
                        json_pack("[{s:s, s:s, s:s, s:o}]", "@type", "type.googleapis.com/google.rpc.ErrorInfo",
                                  "reason", reason, "domain", domain, "metadata", metadata));
}

static void refuse_disabled(const struct local_row *row, const char *api, struct local_reply *rp)
{
    CR_AUTO_FREE char *message =
        cr_format("%s has not been used in project " LOCAL_PROJECT_NUMBER " before or it is disabled. Enable it by "
                  "visiting https://console.developers.google.com/apis/api/%s/overview?project=" LOCAL_PROJECT_NUMBER
                  " then retry. If you enabled this API recently, wait a few minutes for the action to propagate to "
                  "our systems and retry.",
                  api, api);

    refuse(row, "SERVICE_DISABLED", "googleapis.com",
           json_pack("{s:s, s:s}", "service", api, "consumer", "projects/" LOCAL_PROJECT_NUMBER), message, rp);
}

static void refuse_denied(const struct local_row *row, const struct local_request *rq, const char *permission,
                          struct local_reply *rp)
{
    const char *resource = strstr(rq->path, "projects/");
    CR_AUTO_FREE char *message = cr_format("Permission '%s' denied on resource '%s' (or it may not exist).", permission,
                                           resource ? resource : rq->path);

    refuse(row, "IAM_PERMISSION_DENIED", "iam.googleapis.com",
           json_pack("{s:s, s:s}", "permission", permission, "resource", resource ? resource : rq->path), message, rp);
}

bool local_project_admits(struct local *l, const struct local_row *row, const struct local_request *rq,
                          struct local_reply *rp)
{
    json_t *faults = local_store_get(l->store, LOCAL_PROJECTS, KEY);
    CR_AUTO_FREE char *call = NULL;

    if (!faults)
        return true;
    call = cr_format("%s %s", row->method, row->pattern);
    for (size_t i = 0; i < CR_LEN(calls); i++) {
        const char *api = calls[i].api, *permission = calls[i].permission;

        if (fnmatch(calls[i].glob, call, 0) != 0)
            continue;
        if (api && (local_names(json_object_get(faults, "disabledApis"), api) || lags(l, api)))
            refuse_disabled(row, api, rp);
        else if (permission && local_names(json_object_get(faults, "denied"), permission))
            refuse_denied(row, rq, permission, rp);
        break;
    }
    json_decref(faults);
    return !rp->status;
}

void local_project_date(struct local *l, struct local_reply *rp)
{
    json_t *faults = local_store_get(l->store, LOCAL_PROJECTS, KEY);
    json_int_t skew = json_integer_value(json_object_get(faults, "clockSkewSeconds"));
    time_t when = (time_t)(cr_wall_ms() / 1000 + skew);
    char text[64];
    struct tm tm;

    json_decref(faults);
    if (!skew || !gmtime_r(&when, &tm) || !strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm))
        return;
    local_pairs_add(&rp->headers, "Date", text);
}
