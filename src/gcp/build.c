#include "gcp/build.h"

#include <string.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "gcp/build_failure.h"
#include "gcp/json.h"

enum { CREATE_TRIES = 4, FIRST_WAIT_MS = 1000 };

char *gcp_build_name(const json_t *build, const char *project, const char *location)
{
    return cr_format("projects/%s/locations/%s/builds/%s", project, location, gcp_text_at(build, "id"));
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
    json_array_foreach(json_object_get(list, "builds"), i, row) if (has_tag(row, tag) && *gcp_text_at(row, "id"))
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
    if (!*gcp_text_at(made, "id"))
        return cr_fail(err, CR_E_API, "cannot start the build: the reply names no build");
    *build = json_deep_copy(made);
    return 0;
}

/* Ctrl-C while the answer was on its way: the build may run. */
static int interrupted(struct gcp *g, const char *project, const char *location, const char *url, const char *tag,
                       struct cr_error *err)
{
    CR_AUTO_FREE char *name = NULL;
    json_auto_t *made = NULL;
    struct cr_error unknown = {0};

    cr_interrupt_clear();
    if (find_by_tag(g, url, tag, &made, &unknown) < 0 || !made)
        return -1;
    name = gcp_build_name(made, project, location);
    return gcp_build_interrupted(g, name, NULL, err);
}

static int not_found_again(const char *project, const char *location, const char *tag, struct cr_error *err)
{
    return cr_hint(err,
                   "it may have been started: gcloud builds list --filter=tags=%.100s --region=%.40s --project=%.60s",
                   tag, location, project);
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
        if (i && cr_interrupted()) {
            (void)!cr_interrupt_check(err);
            return interrupted(g, project, location, url, tag, err);
        }
        if (cr_interrupt_check(err) < 0)
            return -1;
        if (i && find_by_tag(g, url, tag, &made, err) < 0)
            return err->code == CR_E_INTERRUPT ? interrupted(g, project, location, url, tag, err)
                                               : not_found_again(project, location, tag, err);
        if (!made && create_once(g, url, tagged, &made, &why, err) < 0)
            return err->code == CR_E_INTERRUPT ? interrupted(g, project, location, url, tag, err)
                                               : gcp_build_refused(err);
        if (made) {
            *build = made;
            return 0;
        }
    }
    *err = why;
    return gcp_build_refused(err);
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

const char *gcp_build_digest(const json_t *build)
{
    const json_t *images = json_object_get(json_object_get(build, "results"), "images");

    return json_string_value(json_object_get(json_array_get(images, 0), "digest"));
}
