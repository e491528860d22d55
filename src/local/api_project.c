/* The project around the services: Service Usage v1, Resource Manager v1 and v3, Cloud Billing v1, IAM v1, and the
 * account that builds run as. Source: the REST references of those APIs. */
#include "local/api.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/project_faults.h"
#include "local/run_serve.h"

/* What POST /local/project knows, and of which type. */
static const struct {
    const char *name;
    json_type type;
} known[] = {
    {"disabledApis", JSON_ARRAY},     {"denied", JSON_ARRAY},         {"missingAccounts", JSON_ARRAY},
    {"disabledAccounts", JSON_ARRAY}, {"foreignBuckets", JSON_ARRAY}, {"buildAccount", JSON_STRING},
    {"state", JSON_STRING},           {"enableLag", JSON_INTEGER},    {"clockSkewSeconds", JSON_INTEGER},
    {"billing", JSON_TRUE},           {"missing", JSON_TRUE},         {"bareAccounts", JSON_TRUE},
};

static bool type_fits(const json_t *value, json_type type)
{
    const json_t *row;
    size_t i;

    if (type == JSON_TRUE)
        return json_is_boolean(value);
    json_array_foreach(value, i, row) if (!json_is_string(row)) return false;
    return json_typeof(value) == type;
}

static bool seed_ok(const json_t *doc, struct local_reply *rp)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)doc, key, value)
    {
        size_t i = 0;

        while (i < CR_LEN(known) && strcmp(known[i].name, key) != 0)
            i++;
        if (i == CR_LEN(known) || !type_fits(value, known[i].type)) {
            local_refuse(rp, "INVALID_ARGUMENT", "'%s' is not known, or of another type", key);
            return false;
        }
    }
    return true;
}

static int take_buckets(struct local *l, const json_t *names, struct cr_error *err)
{
    const json_t *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        const char *text = json_string_value(name);
        json_t *bucket = json_pack("{s:s, s:s, s:s, s:s}", "kind", "storage#bucket", "id", text, "name", text,
                                   "localProject", "somebody-else");
        int rc = local_store_put(l->store, LOCAL_BUCKETS, text, bucket, err);

        json_decref(bucket);
        if (rc < 0)
            return -1;
    }
    return 0;
}

void local_project_seed(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *doc = rq->text ? json_loadb(rq->text, rq->text_len, 0, NULL) : NULL;
    struct cr_error err = {0};

    if (!json_is_object(doc))
        local_refuse(rp, "INVALID_ARGUMENT", "what is wrong with the project is a JSON object");
    else if (seed_ok(doc, rp)) {
        if (take_buckets(l, json_object_get(doc, "foreignBuckets"), &err) < 0 || local_project_set(l, doc, &err) < 0)
            local_refuse(rp, "INTERNAL", "%s", err.msg);
        else
            local_reply_json(rp, 200, json_incref(doc));
    }
    json_decref(doc);
}

void local_project_show(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    (void)rq;
    local_reply_json(rp, 200, local_project_faults(l));
}

/* Service Usage */

static json_t *service_view(const json_t *faults, const char *name)
{
    bool off = local_names(json_object_get(faults, "disabledApis"), name);

    return json_pack("{s:o, s:s, s:s, s:{s:s}}", "name",
                     json_sprintf("projects/" LOCAL_PROJECT_NUMBER "/services/%s", name), "parent",
                     "projects/" LOCAL_PROJECT_NUMBER, "state", off ? "DISABLED" : "ENABLED", "config", "name", name);
}

void local_api_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *faults = local_project_faults(l);

    local_reply_json(rp, 200, service_view(faults, rq->arg[1]));
    json_decref(faults);
}

void local_api_batch_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *prefix = cr_format("projects/%s/services/", rq->arg[0]);
    json_t *faults = local_project_faults(l), *out = json_array();

    for (size_t i = 0; i < rq->query.len && !rp->status; i++) {
        const char *value = rq->query.row[i].value;

        if (strcmp(rq->query.row[i].name, "names") != 0)
            continue;
        if (strncmp(value, prefix, strlen(prefix)) != 0)
            local_refuse(rp, "INVALID_ARGUMENT", "The name '%s' is not below the parent 'projects/%s'.", value,
                         rq->arg[0]);
        else
            json_array_append_new(out, service_view(faults, value + strlen(prefix)));
    }
    if (!rp->status && (!json_array_size(out) || json_array_size(out) > 30))
        local_refuse(rp, "INVALID_ARGUMENT", "A batch has 1 to 30 names.");
    if (!rp->status)
        local_reply_json(rp, 200, json_pack("{s:O}", "services", out));
    json_decref(out);
    json_decref(faults);
}

/* Answers with an operation that is not done, and is when it is next looked at. */
static void enable(struct local *l, struct local_request *rq, const json_t *ids, struct local_reply *rp)
{
    json_t *faults = local_project_faults(l), *services = json_array(), *operation, *id;
    bool unpaid = json_is_false(json_object_get(faults, "billing"));
    struct cr_error err = {0};
    char uuid[37];
    size_t i;

    local_uuid(uuid);
    operation = json_pack("{s:o}", "name", json_sprintf("operations/acat.p2-" LOCAL_PROJECT_NUMBER "-%s", uuid));
    local_reply_json(rp, 200, json_deep_copy(operation));
    json_object_set_new(operation, "done", json_true());
    json_array_foreach(ids, i, id)
    {
        if (!unpaid && !rq->fail)
            (void)!local_project_enable(l, json_string_value(id), &err);
        json_array_append_new(services, service_view(NULL, json_string_value(id)));
    }
    if (unpaid || rq->fail)
        json_object_set_new(
            operation, "error",
            json_pack("{s:i, s:s}", "code", 9, "message",
                      rq->fail ? rq->fail
                               : "Billing must be enabled for activation of service in project '" LOCAL_PROJECT_NUMBER
                                 "' to proceed."));
    else
        json_object_set_new(operation, "response", json_pack("{s:O}", "services", services));
    if (err.code || local_store_put(l->store, LOCAL_OPERATIONS, json_string_value(json_object_get(operation, "name")),
                                    operation, &err) < 0)
        local_refuse(rp, "INTERNAL", "%s", err.msg);
    json_decref(operation);
    json_decref(services);
    json_decref(faults);
}

void local_api_enable(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *ids = json_pack("[s]", rq->arg[1]);

    enable(l, rq, ids, rp);
    json_decref(ids);
}

void local_api_batch_enable(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const json_t *ids = json_object_get(rq->body, "serviceIds");

    if (!json_array_size(ids) || json_array_size(ids) > 20)
        local_refuse(rp, "INVALID_ARGUMENT", "A batch has 1 to 20 services.");
    else
        enable(l, rq, ids, rp);
}

void local_api_operation(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *name = cr_format("operations/%s", rq->arg[0]);
    json_t *operation = local_store_get(l->store, LOCAL_OPERATIONS, name);

    if (operation)
        local_reply_json(rp, 200, operation);
    else
        local_refuse(rp, "NOT_FOUND", "Operation '%s' does not exist.", name);
}

/* Resource Manager and Cloud Billing */

/* A project that is not there looks like one that may not be seen. */
static bool project_there(struct local_reply *rp, const json_t *faults, const char *project)
{
    if (!json_is_true(json_object_get(faults, "missing")))
        return true;
    local_refuse(rp, "PERMISSION_DENIED", "The caller does not have permission on project '%s' (or it may not exist)",
                 project);
    return false;
}

void local_project_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *faults = local_project_faults(l);
    const char *state = json_string_value(json_object_get(faults, "state"));
    bool v3 = strncmp(rq->path, "/v3/", 4) == 0;

    if (!state)
        state = "ACTIVE";
    if (!project_there(rp, faults, rq->arg[0]))
        ;
    else if (v3)
        local_reply_json(rp, 200,
                         json_pack("{s:s, s:s, s:s, s:s}", "name", "projects/" LOCAL_PROJECT_NUMBER, "projectId",
                                   rq->arg[0], "state", state, "displayName", rq->arg[0]));
    else
        local_reply_json(rp, 200,
                         json_pack("{s:s, s:s, s:s, s:s}", "projectNumber", LOCAL_PROJECT_NUMBER, "projectId",
                                   rq->arg[0], "lifecycleState", state, "name", rq->arg[0]));
    json_decref(faults);
}

static void test(struct local *l, const struct local_request *rq, struct local_reply *rp)
{
    json_t *faults = local_project_faults(l), *out = json_array(), *name;
    size_t i;

    json_array_foreach(json_object_get(rq->body, "permissions"), i,
                       name) if (!local_names(json_object_get(faults, "denied"), json_string_value(name)))
        json_array_append(out, name);
    local_reply_json(rp, 200, json_array_size(out) ? json_pack("{s:O}", "permissions", out) : json_object());
    json_decref(out);
    json_decref(faults);
}

void local_project_test(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    if (json_array_size(json_object_get(rq->body, "permissions")) > 100)
        local_refuse(rp, "INVALID_ARGUMENT", "At most 100 permissions can be tested at once.");
    else
        test(l, rq, rp);
}

void local_project_policy(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *faults = local_project_faults(l);
    bool bare = json_is_true(json_object_get(faults, "bareAccounts"));

    if (project_there(rp, faults, rq->arg[0]))
        local_reply_json(rp, 200,
                         bare ? json_pack("{s:i, s:s}", "version", 1, "etag", "ACAB")
                              : json_pack("{s:i, s:s, s:[{s:s, s:[s]}]}", "version", 1, "etag", "ACAB", "bindings",
                                          "role", "roles/cloudbuild.builds.builder", "members",
                                          "serviceAccount:" LOCAL_COMPUTE_ACCOUNT));
    json_decref(faults);
}

void local_billing_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *faults = local_project_faults(l);
    bool paid = !json_is_false(json_object_get(faults, "billing"));
    json_t *info =
        json_pack("{s:o, s:s, s:s}", "name", json_sprintf("projects/%s/billingInfo", rq->arg[0]), "projectId",
                  rq->arg[0], "billingAccountName", paid ? "billingAccounts/000000-000000-000000" : "");

    if (paid)
        json_object_set_new(info, "billingEnabled", json_true());
    local_reply_json(rp, 200, info);
    json_decref(faults);
}

/* IAM */

static bool account_there(struct local_reply *rp, const json_t *faults, const char *email)
{
    if (strchr(email, '@') && !local_names(json_object_get(faults, "missingAccounts"), email))
        return true;
    local_refuse(rp, "NOT_FOUND", "Unknown service account");
    return false;
}

void local_account_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *faults = local_project_faults(l), *account;

    if (account_there(rp, faults, rq->arg[1])) {
        account =
            json_pack("{s:o, s:s, s:s}", "name", json_sprintf("projects/%s/serviceAccounts/%s", rq->arg[0], rq->arg[1]),
                      "projectId", rq->arg[0], "email", rq->arg[1]);
        if (local_names(json_object_get(faults, "disabledAccounts"), rq->arg[1]))
            json_object_set_new(account, "disabled", json_true());
        local_reply_json(rp, 200, account);
    }
    json_decref(faults);
}

void local_account_test(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *faults = local_project_faults(l);

    if (account_there(rp, faults, rq->arg[1]))
        test(l, rq, rp);
    json_decref(faults);
}

void local_build_account(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *faults = local_project_faults(l);
    const char *email = json_string_value(json_object_get(faults, "buildAccount"));
    json_t *reply = json_pack("{s:o}", "name",
                              json_sprintf("projects/%s/locations/%s/defaultServiceAccount", rq->arg[0], rq->arg[1]));

    if (!email)
        email = LOCAL_COMPUTE_ACCOUNT;
    if (*email)
        json_object_set_new(reply, "serviceAccountEmail",
                            json_sprintf("projects/%s/serviceAccounts/%s", rq->arg[0], email));
    local_reply_json(rp, 200, reply);
    json_decref(faults);
}
