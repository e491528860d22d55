#include "local/load.h"

#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "core/service_v1.h"
#include "local/json_text.h"
#include "local/run_host.h"
#include "local/run_serve.h"
#include "local/run_spec.h"
#include "local/run_write.h"
#include "local/schema.h"

struct load {
    struct local *l;
    struct cr_v1_where where;
    json_t *service, *policy;
    json_t *revisions; /* full name to document */
    char *name;        /* of the service, full */
};

/* ---- reading ---- */

/* In the words of the API's own front end. */
static int check_schema(const char *message, const char *field, const json_t *body, struct cr_error *err)
{
    struct local_reply rp;
    int rc = 0;

    local_reply_init(&rp);
    if (!local_schema_check(message, field, body, &rp))
        rc = cr_fail(err, CR_E_USAGE, "%s", local_text_at(json_object_get(rp.json, "error"), "message"));
    local_reply_clear(&rp);
    return rc;
}

/* The last part of the name the document has; a name in the file may be short. */
static int rename_to(json_t *doc, const char *parent, const char *what, struct cr_error *err)
{
    const char *name = local_last_part(local_text_at(doc, "name"));

    if (!*name)
        return cr_fail(err, CR_E_USAGE, "the %s has no name", what);
    json_object_set_new(doc, "name", json_sprintf("%s/%s", parent, name));
    return 0;
}

/* "…/revisions/NAME" of a member becomes this service's. */
static void rebase(json_t *service, const char *key)
{
    const char *revision = local_last_part(local_text_at(service, key));

    if (*revision)
        json_object_set_new(service, key, json_sprintf("%s/revisions/%s", local_text_at(service, "name"), revision));
}

static int read_service(struct load *load, const json_t *given, struct cr_error *err)
{
    CR_AUTO_FREE char *parent = cr_format("projects/%s/locations/%s/services", load->where.project, load->where.region);
    const json_t *containers;

    if (!json_is_object(given))
        return cr_fail(err, CR_E_USAGE, "there is no service in it");
    load->service = cr_is_v1(given) ? cr_service_from_v1(given, &load->where, err) : json_deep_copy(given);
    if (!load->service || check_schema("Service", "service", load->service, err) < 0 ||
        rename_to(load->service, parent, "service", err) < 0)
        return -1;
    load->name = cr_strdup(local_text_at(load->service, "name"));
    if (!local_service_name_ok(local_last_part(load->name)))
        return cr_fail(err, CR_E_USAGE, "'%s' is not the name of a service", local_last_part(load->name));
    containers = json_object_get(json_object_get(load->service, "template"), "containers");
    if (json_array_size(containers) == 0)
        return cr_fail(err, CR_E_USAGE, "the service '%s' has no container", local_last_part(load->name));
    rebase(load->service, "latestReadyRevision");
    rebase(load->service, "latestCreatedRevision");
    return 0;
}

static json_t *read_revision(const struct load *load, const json_t *given, struct cr_error *err)
{
    const char *digest = local_text_at(json_object_get(given, "status"), "imageDigest");
    json_t *doc;

    if (!json_is_object(given)) {
        cr_fail(err, CR_E_USAGE, "a revision is an object");
        return NULL;
    }
    doc = cr_is_v1(given) ? cr_revision_from_v1(given, &load->where, err) : json_deep_copy(given);
    if (doc && *digest)
        json_object_set_new(doc, "localDigest", json_string(digest));
    return doc;
}

/* Containers and logs go by the names of revisions, and of two of one name the last would win in silence. */
static int check_revision(const struct load *load, const json_t *doc, struct cr_error *err)
{
    const char *full = local_text_at(doc, "name"), *name = local_last_part(full);
    const char *service = local_last_part(load->name), *owner = local_last_part(local_text_at(doc, "service"));
    json_auto_t *template = local_revision_template(doc);

    if (*owner && strcmp(owner, service) != 0)
        return cr_fail(err, CR_E_USAGE, "the revision '%s' belongs to the service '%s'", name, owner);
    if (!local_revision_name_ok(service, name))
        return cr_fail(err, CR_E_USAGE, "'%s' is not the name of a revision of '%s'", name, service);
    if (json_object_get(load->revisions, full))
        return cr_fail(err, CR_E_USAGE, "the revision '%s' stands there twice", name);
    if (json_array_size(json_object_get(template, "containers")) == 0)
        return cr_fail(err, CR_E_USAGE, "the revision '%s' has no container", name);
    return check_schema("RevisionTemplate", "revision", template, err);
}

static int read_revisions(struct load *load, const json_t *list, struct cr_error *err)
{
    CR_AUTO_FREE char *parent = cr_format("%s/revisions", load->name);
    json_t *given;
    size_t i;

    if (list && !json_is_array(list))
        return cr_fail(err, CR_E_USAGE, "'revisions' must be a list");
    json_array_foreach((json_t *)list, i, given)
    {
        json_auto_t *doc = read_revision(load, given, err);

        if (!doc)
            return cr_wrap(err, "revision %zu", i + 1);
        if (rename_to(doc, parent, "revision", err) < 0 || check_revision(load, doc, err) < 0)
            return -1;
        json_object_set(load->revisions, local_text_at(doc, "name"), doc);
    }
    return 0;
}

static int read_policy(struct load *load, const json_t *policy, struct cr_error *err)
{
    if (!policy)
        return 0;
    if (!json_is_object(policy))
        return cr_fail(err, CR_E_USAGE, "'policy' must be an object");
    if (check_schema("Policy", "policy", policy, err) < 0)
        return -1;
    load->policy = json_deep_copy(policy);
    return 0;
}

/* ---- filling in ---- */

static void text_default(json_t *doc, const char *key, const char *text)
{
    if (!*local_text_at(doc, key))
        json_object_set_new(doc, key, json_string(text));
}

static json_t *succeeded(const char *type, const char *now)
{
    return json_pack("{s:s, s:s, s:s}", "type", type, "state", "CONDITION_SUCCEEDED", "lastTransitionTime", now);
}

/* What the server says of both kinds of document. */
static void fill_output(struct load *load, json_t *doc, const char *now)
{
    json_t *etag = local_etag(load->l);
    char uid[37];

    local_uuid(uid);
    text_default(doc, "uid", uid);
    text_default(doc, "generation", "1");
    text_default(doc, "createTime", now);
    text_default(doc, "updateTime", local_text_at(doc, "createTime"));
    text_default(doc, "etag", json_string_value(etag));
    text_default(doc, "observedGeneration", local_text_at(doc, "generation"));
    json_decref(etag);
}

/* "scorer-00007-kob" is the seventh. */
static int counted(const char *service, const char *revision)
{
    size_t len = strlen(service);

    return strncmp(revision, service, len) == 0 && revision[len] == '-' ? (int)strtol(revision + len + 1, NULL, 10) : 0;
}

static int count_revisions(const struct load *load)
{
    int most = (int)strtol(local_text_at(load->service, "generation"), NULL, 10);
    const char *key;
    json_t *doc;

    json_object_foreach(load->revisions, key, doc)
    {
        int n = counted(local_last_part(load->name), local_last_part(key));

        most = n > most ? n : most;
    }
    return most;
}

/* The service's newest revision, where the file has none of that name: its template says what it is. */
static void add_newest(struct load *load)
{
    const json_t *template = json_object_get(load->service, "template");
    const char *wish = local_text_at(template, "revision"), *id = local_last_part(load->name);
    const char *given = local_text_at(load->service, "latestCreatedRevision");
    CR_AUTO_FREE char *name = NULL;
    json_t *doc;

    if (!*given)
        given = local_text_at(load->service, "latestReadyRevision");
    name = *given  ? cr_strdup(given)
           : *wish ? cr_format("%s/revisions/%s", load->name, wish)
                   : cr_format("%s/revisions/%s-%05d-lod", load->name, id, count_revisions(load));
    text_default(load->service, "latestCreatedRevision", name);
    if (json_object_get(load->revisions, name))
        return;
    doc = local_revision_template(template);
    json_object_set_new(doc, "name", json_string(name));
    json_object_set_new(load->revisions, name, doc);
}

static void fill_revisions(struct load *load, const char *now)
{
    const char *key;
    json_t *doc;

    json_object_foreach(load->revisions, key, doc)
    {
        json_object_set_new(doc, "service", json_string(local_last_part(load->name)));
        json_object_set_new(doc, "localTemplate", local_revision_template(doc));
        fill_output(load, doc, now);
        if (!json_object_get(doc, "conditions"))
            json_object_set_new(doc, "conditions", json_pack("[o]", succeeded("Ready", now)));
    }
}

static void fill_service(struct load *load, const char *now)
{
    json_t *service = load->service;

    local_service_defaults(service);
    fill_output(load, service, now);
    text_default(service, "creator", "local@crdeploy.invalid");
    text_default(service, "lastModifier", local_text_at(service, "creator"));
    json_object_del(service, "uri");
    json_object_del(service, "urls");
    json_object_set_new(service, "localCounter", json_integer(count_revisions(load)));
    if (json_object_get(service, "terminalCondition"))
        return;
    json_object_set_new(service, "terminalCondition", succeeded("Ready", now));
    json_object_set_new(service, "conditions",
                        json_pack("[o, o]", succeeded("ConfigurationsReady", now), succeeded("RoutesReady", now)));
    text_default(service, "latestReadyRevision", local_text_at(service, "latestCreatedRevision"));
    if (!json_object_get(service, "trafficStatuses"))
        json_object_set_new(service, "trafficStatuses", json_deep_copy(json_object_get(service, "traffic")));
}

/* ---- writing ---- */

/* Store's lock held. */
static int put_all(const struct load *load, struct cr_error *err)
{
    struct local_store *store = load->l->store;
    const char *key;
    json_t *doc;

    if (local_service_remove(load->l, load->name, err) < 0)
        return -1;
    json_object_foreach(load->revisions, key,
                        doc) if (local_store_put(store, LOCAL_REVISIONS, key, doc, err) < 0) return -1;
    if (load->policy && local_store_put(store, LOCAL_POLICIES, load->name, load->policy, err) < 0)
        return -1;
    return local_store_put(store, LOCAL_SERVICES, load->name, load->service, err);
}

static int write_all(struct load *load, struct cr_error *err)
{
    int rc;

    local_store_lock(load->l->store);
    local_host_give(load->l, load->service); /* before the one of that name, which may have one, is gone */
    rc = put_all(load, err);
    local_store_unlock(load->l->store);
    if (rc == 0)
        local_serve_again(load->l, load->name);
    return rc;
}

static int load_document(struct load *load, const json_t *document, struct cr_error *err)
{
    const json_t *inner = json_object_get(document, "service");
    char now[32];

    if (!json_is_object(document))
        return cr_fail(err, CR_E_USAGE, "it is not a JSON object");
    if (read_service(load, inner ? inner : document, err) < 0 ||
        read_revisions(load, inner ? json_object_get(document, "revisions") : NULL, err) < 0 ||
        read_policy(load, inner ? json_object_get(document, "policy") : NULL, err) < 0)
        return -1;
    cr_time_text(cr_wall_ms(), now);
    add_newest(load);
    fill_service(load, now);
    fill_revisions(load, now);
    return write_all(load, err);
}

int local_load(struct local *l, const json_t *document, const char *project, const char *region, char **name,
               size_t *revisions, struct cr_error *err)
{
    struct load load = {.l = l, .where = {project, region}, .revisions = json_object()};
    int rc = load_document(&load, document, err);

    if (rc == 0) {
        *name = CR_STEAL(load.name);
        *revisions = json_object_size(load.revisions);
    }
    json_decref(load.service);
    json_decref(load.policy);
    json_decref(load.revisions);
    free(load.name);
    return rc;
}
