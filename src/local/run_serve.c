#include "local/run_serve.h"

#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "local/json_text.h"
#include "local/revision_log.h"
#include "local/run_host.h"
#include "local/run_outcome.h"
#include "local/run_spec.h"
#include "local/schema.h"

const char *local_last_part(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? slash + 1 : name;
}

/* ---- routes ---- */

static bool is_open(struct local *l, const json_t *service)
{
    json_t *policy = local_store_get(l->store, LOCAL_POLICIES, local_text_at(service, "name"));
    const json_t *bindings = json_object_get(policy, "bindings");
    bool open = json_is_true(json_object_get(service, "invokerIamDisabled"));

    for (size_t i = 0; i < json_array_size(bindings); i++) {
        const json_t *row = json_array_get(bindings, i), *members = json_object_get(row, "members");

        if (strcmp(local_text_at(row, "role"), "roles/run.invoker") != 0)
            continue;
        for (size_t m = 0; m < json_array_size(members); m++)
            if (strcmp(json_string_value(json_array_get(members, m)), "allUsers") == 0)
                open = true;
    }
    json_decref(policy);
    return open;
}

/* The share of one target; its revision's numbers are read from its document, which stays referenced in `held`. */
static bool fill_target(struct local *l, const json_t *service, const json_t *row, struct local_target *t, json_t *held)
{
    const char *revision = local_text_at(row, "revision");
    const char *latest = local_last_part(local_text_at(service, "latestReadyRevision"));
    CR_AUTO_FREE char *key = NULL;
    json_t *doc;

    if (!*revision)
        revision = latest;
    if (!*revision)
        return false;
    key = cr_format("%s/revisions/%s", local_text_at(service, "name"), revision);
    doc = local_store_get(l->store, LOCAL_REVISIONS, key);
    if (!doc)
        return false;
    json_array_append_new(held, doc);
    *t = (struct local_target){
        .revision = local_text_at(doc, "name"),
        .tag = json_string_value(json_object_get(row, "tag")),
        .percent = (int)json_integer_value(json_object_get(row, "percent")),
        .concurrency = (int)json_integer_value(json_object_get(doc, "maxInstanceRequestConcurrency")),
        .timeout_ms = (int64_t)(local_duration(json_object_get(doc, "timeout"), 300) * 1000),
    };
    if (t->concurrency < 1)
        t->concurrency = 80;
    return true;
}

/* Lock held. Those with a share of the traffic; a tag alone keeps nothing running. */
static void tell_instances(struct local *l, const char *name, const struct local_target *t, size_t n)
{
    const char **revisions = cr_calloc(n + 1, sizeof(*revisions));
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        if (t[i].percent > 0)
            revisions[count++] = t[i].revision;
    local_instances_serve(l->inst, name, revisions, count);
    free(revisions);
}

void local_serve_route(struct local *l, const char *name)
{
    json_t *service, *held = json_array();
    const json_t *rows;
    struct local_target *t;
    struct cr_error err = {0};
    size_t n = 0;
    const char *host;
    bool open;

    local_store_lock(l->store); /* or one that read earlier could set its routes later */
    service = local_store_get(l->store, LOCAL_SERVICES, name);
    rows = json_object_get(service, "trafficStatuses");
    t = cr_calloc(json_array_size(rows) + 1, sizeof(*t));
    host = local_host_of(service);
    open = is_open(l, service);
    for (size_t i = 0; i < json_array_size(rows); i++)
        n += fill_target(l, service, json_array_get(rows, i), &t[n], held);
    pthread_mutex_lock(&l->lock);
    if (l->in && n && local_ingress_route(l->in, host, open, t, n, &err) < 0)
        local_ingress_forget(l->in, host);
    if (l->inst)
        tell_instances(l, name, t, n);
    pthread_mutex_unlock(&l->lock);
    local_store_unlock(l->store);
    free(t);
    json_decref(held);
    json_decref(service);
}

static int add_instance(struct local *l, const json_t *revision, struct cr_error *err)
{
    const char *name = local_text_at(revision, "name"), *end = strstr(name, "/revisions/");
    CR_AUTO_FREE char *service = cr_strndup(name, end ? (size_t)(end - name) : strlen(name));

    return local_instances_add(l->inst, service, name, json_object_get(revision, "localTemplate"), err);
}

void local_serve_all(struct local *l)
{
    json_t *all = local_store_list(l->store, LOCAL_REVISIONS, ""), *doc;
    struct cr_error ignored = {0}; /* such a revision fails when it is asked */
    const char *key;

    json_object_foreach(all, key, doc) if (json_object_get(doc, "localTemplate"))(void) !add_instance(l, doc, &ignored);
    json_decref(all);
    all = local_store_list(l->store, LOCAL_SERVICES, "");
    json_object_foreach(all, key, doc) local_serve_route(l, key);
    json_decref(all);
}

void local_serve_again(struct local *l, const char *name)
{
    CR_AUTO_FREE char *prefix = cr_format("%s/revisions/", name);
    json_t *all = local_store_list(l->store, LOCAL_REVISIONS, prefix), *doc;
    json_auto_t *service = local_store_get(l->store, LOCAL_SERVICES, name);
    struct cr_error ignored = {0}; /* such a revision fails when it is asked */
    struct local_instances *inst;
    const char *key;

    pthread_mutex_lock(&l->lock);
    inst = l->inst;
    if (l->in)
        local_ingress_forget(l->in, local_host_of(service));
    pthread_mutex_unlock(&l->lock);
    if (inst) {
        local_instances_remove(inst, name, NULL);
        json_object_foreach(all, key, doc)(void) !add_instance(l, doc, &ignored);
    }
    json_decref(all);
    local_serve_route(l, name);
}

struct gone {
    char *service, *revision;
};

static void stop_gone(struct local *l, void *arg)
{
    struct gone *gone = arg;

    local_instances_remove(l->inst, gone->service, gone->revision);
    free(gone->service);
    free(gone->revision);
    free(gone);
}

void local_serve_forget(struct local *l, const json_t *service, const char *revision)
{
    struct gone *gone = cr_malloc(sizeof(*gone));
    struct local_instances *inst;

    pthread_mutex_lock(&l->lock);
    inst = l->inst;
    if (l->in && !revision)
        local_ingress_forget(l->in, local_host_of(service));
    pthread_mutex_unlock(&l->lock);
    *gone = (struct gone){cr_strdup(local_text_at(service, "name")), revision ? cr_strdup(revision) : NULL};
    if (inst) {
        local_job(l, stop_gone, gone); /* a container may take its ten seconds to end */
    } else {
        free(gone->service);
        free(gone->revision);
        free(gone);
    }
}

/* ---- views ---- */

json_t *local_service_view(struct local *l, json_t *service)
{
    CR_AUTO_FREE char *host = cr_strdup(local_host_of(service));
    int port = local_ingress_number(l);
    json_t *row, *uri;
    size_t i;

    json_object_del(service, "localCounter");
    json_object_del(service, "localHost");
    if (!*local_text_at(service, "latestReadyRevision"))
        return service;
    uri = json_sprintf("http://%s.localhost:%d", host, port);
    json_object_set_new(service, "urls", json_pack("[O]", uri));
    json_object_set_new(service, "uri", uri);
    json_array_foreach(json_object_get(service, "trafficStatuses"), i, row) if (*local_text_at(row, "tag"))
        json_object_set_new(row, "uri",
                            json_sprintf("http://%s---%s.localhost:%d", local_text_at(row, "tag"), host, port));
    return service;
}

json_t *local_revision_view(json_t *revision)
{
    json_object_del(revision, "localTemplate");
    json_object_del(revision, "localDigest");
    return revision;
}

/* ---- bringing a service about ---- */

struct serve {
    char *service, *revision, *operation, *fail;
};

static void conclude_revision(struct local *l, const char *name, json_t *revision, const struct local_outcome *o)
{
    struct cr_error ignored = {0};

    json_object_set_new(revision, "conditions", local_outcome_conditions(o));
    json_object_del(revision, "reconciling");
    json_object_set_new(revision, "observedGeneration", json_string("1"));
    (void)!local_store_put(l->store, LOCAL_REVISIONS, name, revision, &ignored);
}

/* The image's digest replaces its tag for good, as Cloud Run does when a revision is made. */
static int pin_image(struct local *l, json_t *revision, struct cr_error *err)
{
    json_t *containers = json_object_get(json_object_get(revision, "localTemplate"), "containers"), *container;
    size_t i;

    json_array_foreach(containers, i, container)
    {
        const char *image = local_text_at(container, "image"), *at = strchr(image, '@');
        const char *colon = strrchr(image, ':');
        size_t len = at ? (size_t)(at - image) : colon && !strchr(colon, '/') ? (size_t)(colon - image) : strlen(image);
        char digest[LOCAL_DIGEST];

        if (l->rt->resolve(l->rt, image, digest, err) < 0)
            return -1;
        json_object_set_new(container, "image", json_sprintf("%.*s@%s", (int)len, image, digest));
    }
    json_object_set_new(revision, "containers", json_deep_copy(containers));
    return 0;
}

/* "p" of "projects/p/locations/..."; new. */
static char *project_of(const char *name)
{
    const char *at = strncmp(name, "projects/", 9) == 0 ? name + 9 : name;

    return cr_strndup(at, strcspn(at, "/"));
}

/* A line of the platform's in the revision's log. */
static void tell(struct local *l, const json_t *revision, const char *text)
{
    CR_AUTO_FREE char *path = local_log_path(l->state, local_text_at(revision, "name"));

    local_log_add(path, "%s", text);
}

/* What refuses it, with its text in err. */
static enum local_refusal prove(struct local *l, json_t *revision, struct cr_error *err)
{
    const char *name = local_text_at(revision, "name");
    CR_AUTO_FREE char *project = project_of(name);
    int port;

    if (local_outcome_secrets(json_object_get(revision, "localTemplate"), project, err) < 0) {
        tell(l, revision, "The local platform keeps no secrets; --update-env-vars gives a value to try with.");
        return LOCAL_REFUSED_SECRET;
    }
    if (local_containers(l, err) < 0)
        return LOCAL_REFUSED_MACHINE;
    if (pin_image(l, revision, err) < 0)
        return err->code == CR_E_API ? LOCAL_REFUSED_IMAGE : LOCAL_REFUSED_MACHINE;
    if (add_instance(l, revision, err) < 0)
        return LOCAL_REFUSED_MACHINE;
    if (local_instances_ensure(l->inst, name, &port, NULL, err) < 0)
        return err->code == CR_E_BUILD || err->code == CR_E_API ? LOCAL_REFUSED_HEALTH : LOCAL_REFUSED_MACHINE;
    return LOCAL_REFUSED_NOTHING;
}

/* A revision that did not start gets no traffic. */
static int check_targets(struct local *l, const char *service, struct cr_error *err)
{
    json_t *doc = local_store_get(l->store, LOCAL_SERVICES, service);
    const json_t *rows = json_object_get(doc, "traffic");
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++) {
        const char *name = local_text_at(json_array_get(rows, i), "revision");
        CR_AUTO_FREE char *key = cr_format("%s/revisions/%s", service, name);
        json_t *revision = *name ? local_store_get(l->store, LOCAL_REVISIONS, key) : NULL;
        const json_t *ready = json_array_get(json_object_get(revision, "conditions"), 0);

        if (strcmp(local_text_at(ready, "state"), "CONDITION_FAILED") == 0)
            rc = cr_fail(err, CR_E_BUILD, "Revision '%s' is not ready and cannot serve traffic. %s", name,
                         local_text_at(ready, "message"));
        json_decref(revision);
    }
    json_decref(doc);
    return rc;
}

/* How the newest revision ended; where it failed, so does the service, until another one is ready. */
static void newest_outcome(struct local *l, const json_t *service, struct local_outcome *o)
{
    const char *name = local_text_at(service, "latestCreatedRevision");
    json_auto_t *revision = local_store_get(l->store, LOCAL_REVISIONS, name);
    const json_t *ready = json_array_get(json_object_get(revision, "conditions"), 0);
    const char *message = local_text_at(ready, "message");
    struct cr_error err = {0};

    if (strcmp(local_text_at(ready, "state"), "CONDITION_FAILED") != 0) {
        local_outcome_make(o, LOCAL_REFUSED_NOTHING, NULL, NULL);
        return;
    }
    cr_fail(&err, CR_E_BUILD, "%s", message);
    local_outcome_make(o, local_outcome_kind(message), local_last_part(name), &err);
}

/* The configuration is as its newest revision is, the routes are as the traffic is, and Ready is both. */
static void set_conditions(struct local *l, const struct serve *s, const struct local_outcome *o, json_t *doc)
{
    struct local_outcome newest = {0};
    const struct local_outcome *configuration = o;

    if (!s->revision) {
        newest_outcome(l, doc, &newest);
        configuration = &newest;
    }
    json_object_set_new(doc, "terminalCondition", local_outcome_condition(o->code ? o : configuration, "Ready"));
    json_object_set_new(
        doc, "conditions",
        json_pack("[o, o]",
                  s->revision ? local_outcome_ready("RoutesReady") : local_outcome_condition(o, "RoutesReady"),
                  local_outcome_condition(configuration, "ConfigurationsReady")));
    local_outcome_clear(&newest);
}

static void conclude_service(struct local *l, const struct serve *s, const struct local_outcome *o)
{
    json_t *doc = local_store_get(l->store, LOCAL_SERVICES, s->service);
    bool superseded = s->revision && strcmp(local_text_at(doc, "latestCreatedRevision"), s->revision) != 0;
    struct cr_error ignored = {0};

    if (!doc)
        return; /* deleted meanwhile */
    if (s->revision && !o->code)
        json_object_set_new(doc, "latestReadyRevision", json_string(s->revision));
    if (!o->code)
        json_object_set_new(doc, "trafficStatuses", json_deep_copy(json_object_get(doc, "traffic")));
    if (!superseded) {
        json_object_del(doc, "reconciling");
        json_object_set(doc, "observedGeneration", json_object_get(doc, "generation"));
        set_conditions(l, s, o, doc);
    }
    (void)!local_store_put(l->store, LOCAL_SERVICES, s->service, doc, &ignored);
    json_decref(doc);
}

static void judge(struct local *l, const struct serve *s, json_t *revision, struct local_outcome *o)
{
    enum local_refusal kind = LOCAL_REFUSED_NOTHING;
    struct cr_error err = {0};

    if (s->fail) {
        kind = local_outcome_kind(s->fail);
        cr_fail(&err, CR_E_BUILD, "%s", s->fail);
    } else if (revision) {
        kind = prove(l, revision, &err);
    } else if (check_targets(l, s->service, &err) < 0) {
        kind = LOCAL_REFUSED_TRAFFIC;
    }
    local_outcome_make(o, kind, revision ? local_last_part(s->revision) : NULL, &err);
}

static void serve(struct local *l, void *arg)
{
    struct serve *s = arg;
    json_t *revision = s->revision ? local_store_get(l->store, LOCAL_REVISIONS, s->revision) : NULL, *view;
    struct local_outcome o;

    judge(l, s, revision, &o);
    local_store_lock(l->store);
    if (revision)
        conclude_revision(l, s->revision, revision, &o);
    conclude_service(l, s, &o);
    local_store_unlock(l->store);
    local_serve_route(l, s->service);
    view = local_store_get(l->store, LOCAL_SERVICES, s->service);
    if (view)
        view = local_service_view(l, view);
    local_operation_end(l, s->operation, "google.cloud.run.v2.Service", view, o.code, o.told);
    local_outcome_clear(&o);
    json_decref(view);
    json_decref(revision);
    free(s->service);
    free(s->revision);
    free(s->operation);
    free(s->fail);
    free(s);
}

void local_serve_start(struct local *l, const char *service, const char *revision, const char *operation,
                       const char *fail)
{
    struct serve *s = cr_malloc(sizeof(*s));

    *s = (struct serve){cr_strdup(service), revision ? cr_strdup(revision) : NULL, cr_strdup(operation),
                        fail ? cr_strdup(fail) : NULL};
    local_job(l, serve, s);
}
