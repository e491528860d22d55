#include "routes.h"

#include <stdio.h>
#include <string.h>

static bool ready(const struct service *s)
{
    return atomic_load(&((struct service *)(uintptr_t)s)->state) == SERVICE_READY;
}

static void get_root(const struct service *s, struct reply *reply)
{
    const struct settings *set = s->settings;
    json_t *doc = json_pack("{s:s, s:s, s:s, s:s*, s:s, s:b, s:O*}", "name", set->name, "task", set->task, "path",
                            set->path, "version", set->version, "runtime", model_runtime(), "ready", ready(s), "files",
                            json_object_get(set->doc, "files"));
    json_t *digests = json_object_get(set->doc, "digests");

    if (digests)
        json_object_set(doc, "digests", digests);
    reply_json(reply, 200, doc);
}

static void reply_ready(const struct service *s, const char *word, struct reply *reply)
{
    if (ready(s)) {
        reply_json(reply, 200, json_pack("{s:b}", word, 1));
        return;
    }
    reply_error(reply, 503, "the model is being loaded");
    reply->retry_after_s = 1;
}

static void get_ready(const struct service *s, struct reply *reply)
{
    reply_ready(s, "ready", reply);
}

static void get_live(const struct service *s, struct reply *reply)
{
    (void)s;
    reply_json(reply, 200, json_pack("{s:b}", "live", 1));
}

static void get_v2(const struct service *s, struct reply *reply)
{
    (void)s;
    reply_json(reply, 200, json_pack("{s:s, s:s, s:[]}", "name", "crdeploy", "version", model_runtime(), "extensions"));
}

static json_t *render_ios(const struct model_io *list, size_t n)
{
    json_t *out = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *shape = json_array();

        for (size_t d = 0; d < list[i].rank; d++)
            json_array_append_new(shape, json_integer(list[i].shape[d]));
        json_array_append_new(out, json_pack("{s:s, s:s, s:o}", "name", list[i].name, "datatype",
                                             tensor_type_name(list[i].type), "shape", shape));
    }
    return out;
}

static void get_model(const struct service *s, struct reply *reply)
{
    const struct model_signature *sig;

    if (!ready(s)) {
        reply_ready(s, "ready", reply);
        return;
    }
    sig = model_signature(s->model);
    reply_json(reply, 200,
               json_pack("{s:s, s:[s*], s:s, s:o, s:o}", "name", s->settings->name, "versions", s->settings->version,
                         "platform", "onnx", "inputs", render_ios(sig->inputs, sig->n_inputs), "outputs",
                         render_ios(sig->outputs, sig->n_outputs)));
}

static void get_model_ready(const struct service *s, struct reply *reply)
{
    reply_ready(s, "ready", reply);
}

static void add(struct routes *r, void (*get)(const struct service *, struct reply *), bool probe, const char *fmt,
                const char *name)
{
    struct route *route = &r->list[r->n++];

    snprintf(route->path, sizeof(route->path), fmt, name);
    route->get = get;
    route->probe = probe;
}

void routes_make(struct routes *r, const struct settings *settings)
{
    memset(r, 0, sizeof(*r));
    add(r, NULL, false, "%s", settings->path);
    add(r, get_root, false, "%s", "/");
    add(r, get_ready, true, "%s", "/ready");
    add(r, get_live, true, "%s", "/live");
    if (strcmp(settings->task, "tensor") != 0)
        return;
    add(r, NULL, false, "/v2/models/%s/infer", settings->name);
    add(r, get_v2, false, "%s", "/v2");
    add(r, get_ready, true, "%s", "/v2/health/ready");
    add(r, get_live, true, "%s", "/v2/health/live");
    add(r, get_model, false, "/v2/models/%s", settings->name);
    add(r, get_model_ready, true, "/v2/models/%s/ready", settings->name);
}

const struct route *routes_find(const struct routes *r, const char *method, const char *path, struct reply *reply)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct route *route = &r->list[i];
        bool fits;

        if (strcmp(route->path, path) != 0)
            continue;
        fits = route->get ? !strcmp(method, "GET") || !strcmp(method, "HEAD") : !strcmp(method, "POST");
        if (fits)
            return route;
        reply_error(reply, 405, "%.16s is not a method of '%s'", method, route->path);
        reply->allow = route->get ? "GET, HEAD" : "POST";
        return NULL;
    }
    reply_error(reply, 404, "there is no '%.200s'; POST to '%s', or GET '/'", path, r->list[0].path);
    return NULL;
}
