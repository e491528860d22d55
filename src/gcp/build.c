#include "gcp/build.h"

#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "gcp/api_error.h"
#include "gcp/build_log.h"

enum { CREATE_TRIES = 4, FIRST_WAIT_MS = 1000, POLL_MS = 1000, CANCEL_WAIT_MS = 60000 };

static const char *text_at(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s ? s : "";
}

char *gcp_build_name(const json_t *build, const char *project, const char *location)
{
    return cr_format("projects/%s/locations/%s/builds/%s", project, location, text_at(build, "id"));
}

static bool has_tag(const json_t *build, const char *tag)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(build, "tags"), i,
                       row) if (json_is_string(row) && strcmp(json_string_value(row), tag) == 0) return true;
    return false;
}

static json_t *with_tag(const json_t *body, const char *tag)
{
    json_t *copy = cr_oom_check(json_deep_copy(body)), *tags = json_object_get(copy, "tags");

    if (!json_is_array(tags)) {
        tags = json_array();
        json_object_set_new(copy, "tags", tags);
    }
    if (!has_tag(copy, tag))
        json_array_append_new(tags, json_string(tag));
    return copy;
}

/* The build that carries the tag, if the creation whose answer was lost did arrive. *build stays NULL if not. */
static int find_by_tag(struct gcp *g, const char *url, const char *tag, json_t **build, struct cr_error *err)
{
    CR_AUTO_FREE char *filter = cr_format("tags=\"%s\"", tag);
    CR_AUTO_FREE char *escaped = gcp_url_escape(filter);
    CR_AUTO_FREE char *query = cr_format("%s?filter=%s", url, escaped);
    json_auto_t *list = NULL;
    json_t *row;
    size_t i;

    if (gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = query}, NULL, &list,
                      "look for the build that may have been started", err) < 0)
        return -1;
    json_array_foreach(json_object_get(list, "builds"), i, row) if (has_tag(row, tag) && *text_at(row, "id"))
    {
        *build = json_incref(row);
        return 0;
    }
    return 0;
}

/* One creation. 0 with *build; or 0 without, when it is not known whether it arrived (*why says what happened). */
static int create_once(struct gcp *g, const char *url, const json_t *body, json_t **build, struct cr_error *why,
                       struct cr_error *err)
{
    json_auto_t *operation = NULL;
    const json_t *made;

    if (gcp_call_once(g, url, body, "start the build", &operation, why, err) < 0)
        return -1;
    if (!operation)
        return 0;
    made = json_object_get(json_object_get(operation, "metadata"), "build");
    if (!*text_at(made, "id"))
        return cr_fail(err, CR_E_API, "cannot start the build: the reply names no build");
    *build = json_deep_copy(made);
    return 0;
}

int gcp_build_create(struct gcp *g, const char *project, const char *location, const json_t *body, const char *tag,
                     json_t **build, struct cr_error *err)
{
    CR_AUTO_FREE char *p = gcp_url_escape(project), *l = gcp_url_escape(location);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_BUILD, "v1/projects/%s/locations/%s/builds", p, l);
    json_auto_t *tagged = with_tag(body, tag);
    struct cr_error why = {0};
    json_t *made = NULL;

    for (int i = 0; i < CREATE_TRIES; i++) {
        if (i)
            g->http->sleep_ms(g->http, FIRST_WAIT_MS << (i - 1));
        if (cr_interrupt_check(err) < 0)
            return -1;
        if (i && find_by_tag(g, url, tag, &made, err) < 0)
            return -1;
        if (!made && create_once(g, url, tagged, &made, &why, err) < 0)
            return -1;
        if (made) {
            *build = made;
            return 0;
        }
    }
    *err = why;
    return -1;
}

int gcp_build_get(struct gcp *g, const char *name, json_t **build, struct cr_error *err)
{
    CR_AUTO_FREE char *url = gcp_url(g, GCP_BUILD, "v1/%s", name);

    return gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url}, NULL, build, "read the build", err);
}

int gcp_build_cancel(struct gcp *g, const char *name, json_t **build, struct cr_error *err)
{
    CR_AUTO_FREE char *url = gcp_url(g, GCP_BUILD, "v1/%s:cancel", name);
    json_auto_t *empty = json_object();

    /* A build that has been cancelled is not cancelled any more by a second request. */
    return gcp_call_json(g, &(struct gcp_request){.method = "POST", .url = url, .repeat = GCP_REPEAT_SAFE}, empty,
                         build, "cancel the build", err);
}

static bool ended(const char *status)
{
    static const char *const all[] = {"SUCCESS", "FAILURE", "INTERNAL_ERROR", "TIMEOUT", "CANCELLED", "EXPIRED"};

    for (size_t i = 0; i < CR_LEN(all); i++)
        if (strcmp(status, all[i]) == 0)
            return true;
    return false;
}

/* Ctrl-C: stops the build too, and says whether it did. */
static int cancel_and_wait(struct gcp *g, const char *name, struct cr_error *err)
{
    const char *id = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
    int64_t end_ms = cr_now_ms() + CANCEL_WAIT_MS;
    struct cr_error why = {0};
    json_t *build = NULL;
    bool stopped = false;

    cr_interrupt_clear(); /* or the cancellation itself would be cut short; a second Ctrl-C still ends it */
    if (gcp_build_cancel(g, name, &build, &why) == 0)
        stopped = ended(text_at(build, "status"));
    json_decref(build);
    while (!stopped && cr_now_ms() < end_ms && why.code != CR_E_INTERRUPT) {
        build = NULL;
        why = (struct cr_error){0};
        if (gcp_build_get(g, name, &build, &why) == 0)
            stopped = ended(text_at(build, "status"));
        json_decref(build);
        if (!stopped)
            g->http->sleep_ms(g->http, POLL_MS);
        if (cr_interrupted())
            break;
    }
    cr_fail(err, CR_E_INTERRUPT,
            stopped ? "interrupted; the build '%s' was cancelled" : "interrupted; the build '%s' may still be running",
            id);
    return stopped ? -1 : cr_hint(err, "cancel it: gcloud builds cancel %.80s", id);
}

/* A build that ended: 0 when it succeeded. */
static int outcome(const json_t *build, struct cr_error *err)
{
    const char *status = text_at(build, "status"), *id = text_at(build, "id");
    const char *detail = text_at(json_object_get(build, "failureInfo"), "detail");
    const char *type = text_at(json_object_get(build, "failureInfo"), "type");

    if (strcmp(status, "SUCCESS") == 0)
        return 0;
    if (!*detail)
        detail = text_at(build, "statusDetail");
    gcp_api_failed(CR_E_BUILD, detail, err, "the build '%s' ended with %s", id, status);
    if (*err->hint)
        return -1;
    if (strcmp(status, "TIMEOUT") == 0)
        return cr_hint(err, "give it more time with build.timeout in crdeploy.yaml, such as 3600s");
    if (strcmp(status, "INTERNAL_ERROR") == 0 || strcmp(status, "EXPIRED") == 0)
        return cr_hint(err, "not the fault of what was built: run it again");
    if (strcmp(type, "PUSH_NOT_AUTHORIZED") == 0)
        return cr_hint(err, "grant roles/artifactregistry.writer to the build's service account");
    if (strcmp(type, "FETCH_SOURCE_FAILED") == 0)
        return cr_hint(err, "grant roles/cloudbuild.builds.builder to the build's service account");
    return *text_at(build, "logUrl") ? cr_hint(err, "its log: %.400s", text_at(build, "logUrl")) : -1;
}

/* One look: state, log, end. *done says that the build has ended; the end is told after the last of the log. */
static int look(struct gcp *g, const char *name, const struct gcp_build_wait *w, struct gcp_build_log *log,
                json_t **build, bool *done, struct cr_error *err)
{
    json_t *now = NULL;
    bool changed;

    if (gcp_build_get(g, name, &now, err) < 0)
        return -1;
    changed = strcmp(text_at(now, "status"), text_at(*build, "status")) != 0;
    json_decref(*build);
    *build = now;
    *done = ended(text_at(now, "status"));
    if (changed && !*done && w->on_status)
        w->on_status(w->ud, text_at(now, "status"));
    if (w->on_log && gcp_build_log_read(g, log, now, name, *done, err) < 0)
        return -1;
    if (changed && *done && w->on_status)
        w->on_status(w->ud, text_at(now, "status"));
    return 0;
}

int gcp_build_wait(struct gcp *g, const char *name, const struct gcp_build_wait *w, json_t **build,
                   struct cr_error *err)
{
    struct gcp_build_log log = {.on_log = w->on_log, .ud = w->ud};
    int64_t end_ms = cr_now_ms() + w->deadline_ms;
    json_auto_t *now = NULL;
    bool done = false;
    int rc = 0;

    while (rc == 0 && !done && !cr_interrupted()) {
        rc = look(g, name, w, &log, &now, &done, err);
        if (rc < 0 || done)
            break;
        if (w->deadline_ms && cr_now_ms() >= end_ms) {
            cr_fail(err, CR_E_NET, "the build '%s' did not end in time", text_at(now, "id"));
            rc = cr_hint(err, "it goes on without us; its log: %.300s", text_at(now, "logUrl"));
            break;
        }
        g->http->sleep_ms(g->http, w->poll_ms ? w->poll_ms : POLL_MS);
    }
    gcp_build_log_clear(&log);
    if (!done && (cr_interrupted() || (rc < 0 && err->code == CR_E_INTERRUPT)))
        return cancel_and_wait(g, name, err);
    if (rc < 0 || outcome(now, err) < 0)
        return -1;
    *build = CR_STEAL(now);
    return 0;
}

const char *gcp_build_digest(const json_t *build)
{
    const json_t *images = json_object_get(json_object_get(build, "results"), "images");

    return json_string_value(json_object_get(json_array_get(images, 0), "digest"));
}
