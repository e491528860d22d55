/* IAM policies of services. Source: https://cloud.google.com/iam/docs/reference/rest/v1/Policy */
#include "local/api.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "local/run_serve.h"

static char *service_of(struct local *l, const struct local_request *rq, struct local_reply *rp)
{
    char *name = cr_format("projects/%s/locations/%s/services/%s", rq->arg[0], rq->arg[1], rq->arg[2]);

    if (local_store_has(l->store, LOCAL_SERVICES, name))
        return name;
    local_refuse(rp, "NOT_FOUND", "Resource '%s' of kind 'SERVICE' in region '%s' in project '%s' does not exist.",
                 rq->arg[2], rq->arg[1], rq->arg[0]);
    free(name);
    return NULL;
}

static json_t *policy_of(struct local *l, const char *name)
{
    json_t *policy = local_store_get(l->store, LOCAL_POLICIES, name);

    return policy ? policy : json_pack("{s:s}", "etag", "ACAB");
}

void local_policy_get(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *name = service_of(l, rq, rp);

    if (name)
        local_reply_json(rp, 200, policy_of(l, name));
}

static bool members_ok(const json_t *policy, struct local_reply *rp)
{
    const json_t *bindings = json_object_get(policy, "bindings");

    for (size_t i = 0; i < json_array_size(bindings); i++) {
        const json_t *row = json_array_get(bindings, i), *members = json_object_get(row, "members");
        const char *role = json_string_value(json_object_get(row, "role"));

        if (!role || (strncmp(role, "roles/", 6) != 0 && !strstr(role, "/roles/"))) {
            local_refuse(rp, "INVALID_ARGUMENT", "Role %s is not supported for this resource.", role ? role : "");
            return false;
        }
        for (size_t m = 0; m < json_array_size(members); m++) {
            const char *who = json_string_value(json_array_get(members, m));

            if (strcmp(who, "allUsers") != 0 && strcmp(who, "allAuthenticatedUsers") != 0 && !strchr(who, ':')) {
                local_refuse(rp, "INVALID_ARGUMENT", "Invalid member: %s", who);
                return false;
            }
        }
    }
    return true;
}

static json_t *new_etag(struct local *l)
{
    int64_t stamp = local_store_stamp(l->store);
    char coded[16];

    EVP_EncodeBlock((unsigned char *)coded, (const unsigned char *)&stamp, 6);
    return json_string(coded);
}

static void set(struct local *l, struct local_request *rq, const char *name, struct local_reply *rp)
{
    json_t *old = policy_of(l, name), *policy = json_object_get(rq->body, "policy");
    const char *given = json_string_value(json_object_get(policy, "etag"));
    struct cr_error err = {0};

    if (!policy) {
        local_refuse(rp, "INVALID_ARGUMENT", "Policy is required.");
    } else if (given && *given && strcmp(given, json_string_value(json_object_get(old, "etag"))) != 0) {
        local_refuse(rp, "ABORTED",
                     "There were concurrent policy changes. Please retry the whole read-modify-write with "
                     "exponential backoff.");
    } else if (members_ok(policy, rp)) {
        json_object_set_new(policy, "etag", new_etag(l));
        if (!json_object_get(policy, "version"))
            json_object_set_new(policy, "version", json_integer(1));
        if (local_store_put(l->store, LOCAL_POLICIES, name, policy, &err) < 0)
            local_refuse(rp, "INTERNAL", "%s", err.msg);
        else
            local_reply_json(rp, 200, json_incref(policy));
    }
    json_decref(old);
}

void local_policy_set(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    CR_AUTO_FREE char *name = service_of(l, rq, rp);

    if (!name)
        return;
    local_store_lock(l->store);
    set(l, rq, name, rp);
    local_store_unlock(l->store);
    if (rp->status == 200)
        local_serve_route(l, name); /* who may call it may have changed */
}

/* There is one caller here, and it may do everything. */
void local_policy_test(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    json_t *asked = json_object_get(rq->body, "permissions");

    (void)l;
    local_reply_json(rp, 200, asked ? json_pack("{s:O}", "permissions", asked) : json_object());
}
