#include "local/run_write.h"

#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "local/json_text.h"
#include "local/run_host.h"
#include "local/run_serve.h"
#include "local/run_spec.h"

json_t *local_etag(struct local *l)
{
    return json_sprintf("\"C%" PRIx64 "\"", local_store_stamp(l->store));
}

/* svc-00007-bix: counted, and three letters that can be said. */
static char *revision_name(const char *service, int counter)
{
    static const char consonants[] = "bcdfghjklmnpqrstvwxz", vowels[] = "aeiou";
    char hex[7], word[4];

    local_random(hex, 6);
    word[0] = consonants[strtoul((char[]){hex[0], hex[1], 0}, NULL, 16) % 20];
    word[1] = vowels[strtoul((char[]){hex[2], hex[3], 0}, NULL, 16) % 5];
    word[2] = consonants[strtoul((char[]){hex[4], hex[5], 0}, NULL, 16) % 20];
    word[3] = '\0';
    return cr_format("%.*s-%05d-%s", 63 - 10, service, counter, word);
}

json_t *local_revision_template(const json_t *from)
{
    static const char *const kept[] = {
        "labels",
        "annotations",
        "scaling",
        "vpcAccess",
        "timeout",
        "serviceAccount",
        "containers",
        "volumes",
        "executionEnvironment",
        "encryptionKey",
        "encryptionKeyRevocationAction",
        "encryptionKeyShutdownDuration",
        "maxInstanceRequestConcurrency",
        "sessionAffinity",
        "nodeSelector",
        "healthCheckDisabled",
        "gpuZonalRedundancyDisabled",
        "serviceMesh",
    };
    json_t *out = json_object();

    for (size_t i = 0; i < CR_LEN(kept); i++)
        if (json_object_get(from, kept[i]))
            json_object_set_new(out, kept[i], json_deep_copy(json_object_get(from, kept[i])));
    return out;
}

static json_t *make_revision(struct local *l, const json_t *service, const char *name, const char *now)
{
    json_t *template = json_object_get(service, "template");
    json_auto_t *kept = local_revision_template(template);
    json_t *r =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:O}", "name", name, "generation", "1", "createTime", now,
                  "updateTime", now, "service", local_last_part(local_text_at(service, "name")), "reconciling", 1,
                  "localTemplate", json_deep_copy(template), "launchStage", json_object_get(service, "launchStage"));
    char uid[37];

    local_uuid(uid);
    json_object_set_new(r, "uid", json_string(uid));
    json_object_set_new(r, "etag", local_etag(l));
    json_object_update(r, kept);
    return r;
}

bool local_revision_plan(struct local *l, const json_t *old, const json_t *service, char **name, struct local_reply *rp)
{
    const json_t *template = json_object_get(service, "template");
    const char *wish = local_text_at(template, "revision"), *owner = local_text_at(service, "name");
    bool same = old && local_template_same(json_object_get(old, "template"), template);
    int counter = (int)json_integer_value(json_object_get(service, "localCounter")) + 1;
    CR_AUTO_FREE char *key = cr_format("%s/revisions/%s", owner, wish), *made = NULL;

    if (same && (!*wish || strcmp(wish, local_text_at(json_object_get(old, "template"), "revision")) == 0))
        return true;
    if (*wish && local_store_has(l->store, LOCAL_REVISIONS, key)) {
        if (same)
            return true;
        local_refuse(rp, "ALREADY_EXISTS", "Revision named '%s' with different configuration already exists.", wish);
        return false;
    }
    made = *wish ? cr_strdup(wish) : revision_name(local_last_part(owner), counter);
    *name = cr_format("%s/revisions/%s", owner, made);
    return true;
}

int local_service_write(struct local *l, json_t *service, const char *revision, char **operation, struct cr_error *err)
{
    const char *name = local_text_at(service, "name");
    CR_AUTO_FREE char *parent = cr_strndup(name, (size_t)(strstr(name, "/services/") - name));
    json_t *view, *doc;
    char now[32];
    int rc = 0;

    cr_time_text(cr_wall_ms(), now);
    if (revision) {
        doc = make_revision(l, service, revision, now);
        rc = local_store_put(l->store, LOCAL_REVISIONS, revision, doc, err);
        json_decref(doc);
        json_object_set_new(service, "latestCreatedRevision", json_string(revision));
        json_object_set_new(service, "localCounter",
                            json_integer(json_integer_value(json_object_get(service, "localCounter")) + 1));
    }
    local_host_give(l, service);
    json_object_set_new(service, "updateTime", json_string(now));
    json_object_set_new(service, "reconciling", json_true());
    json_object_set_new(service, "etag", local_etag(l));
    json_object_set_new(
        service, "terminalCondition",
        json_pack("{s:s, s:s, s:s}", "type", "Ready", "state", "CONDITION_RECONCILING", "lastTransitionTime", now));
    if (rc == 0)
        rc = local_store_put(l->store, LOCAL_SERVICES, name, service, err);
    if (rc < 0)
        return -1;
    view = local_service_view(l, json_deep_copy(service));
    *operation = local_operation_make(l, parent, LOCAL_SERVICE_TYPE, view, err);
    json_decref(view);
    return *operation ? 0 : -1;
}

int local_service_remove(struct local *l, const char *name, struct cr_error *err)
{
    CR_AUTO_FREE char *prefix = cr_format("%s/revisions/", name);
    json_t *all = local_store_list(l->store, LOCAL_REVISIONS, prefix), *doc;
    const char *key;
    int rc = 0;

    json_object_foreach(all, key, doc) if (rc == 0) rc = local_store_remove(l->store, LOCAL_REVISIONS, key, err);
    json_decref(all);
    if (rc == 0)
        rc = local_store_remove(l->store, LOCAL_POLICIES, name, err);
    return rc == 0 ? local_store_remove(l->store, LOCAL_SERVICES, name, err) : rc;
}
