#include "gcp/run.h"

#include <string.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "gcp/pages.h"

enum { CREATE_TRIES = 3, FIRST_WAIT_MS = 1000, PAGE = 100 };

int gcp_run_get(struct gcp *g, const char *name, json_t **service, struct cr_error *err)
{
    CR_AUTO_FREE char *url = gcp_url(g, GCP_RUN, "v2/%s", name);

    return gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url, .missing_ok = true}, NULL, service,
                         "read the service", err);
}

/* All pages of a collection below `parent`. */
static int list_all(struct gcp *g, const char *parent, const char *collection, json_t **list, struct cr_error *err)
{
    CR_AUTO_FREE char *what = cr_format("list the %s", collection);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_RUN, "v2/%s/%s?pageSize=%d", parent, collection, PAGE);

    return gcp_pages(g, url, collection, what, list, err);
}

int gcp_run_list(struct gcp *g, const char *parent, json_t **services, struct cr_error *err)
{
    return list_all(g, parent, "services", services, err);
}

int gcp_run_revisions(struct gcp *g, const char *name, json_t **revisions, struct cr_error *err)
{
    return list_all(g, name, "revisions", revisions, err);
}

int gcp_run_create(struct gcp *g, const char *parent, const char *id, const json_t *body, bool validate_only,
                   json_t **operation, struct cr_error *err)
{
    CR_AUTO_FREE char *escaped = gcp_url_escape(id);
    CR_AUTO_FREE char *name = cr_format("%s/services/%s", parent, id);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_RUN, "v2/%s/services?serviceId=%s%s", parent, escaped,
                                     validate_only ? "&validateOnly=true" : "");
    struct cr_error why = {0};
    json_t *made = NULL;

    for (int i = 0; i < CREATE_TRIES; i++) {
        json_auto_t *there = NULL;

        if (i)
            g->http->sleep_ms(g->http, FIRST_WAIT_MS << (i - 1));
        if (cr_interrupt_check(err) < 0 || (i && !validate_only && gcp_run_get(g, name, &there, err) < 0))
            return -1;
        if (there) {
            cr_fail(err, CR_E_NET, "the service '%s' was created, but the answer was lost", id);
            return cr_hint(err, "run the same command again: it goes on from there");
        }
        if (gcp_call_once(g, url, body, "create the service", &made, &why, err) < 0)
            return -1;
        if (made) {
            *operation = made;
            return 0;
        }
    }
    *err = why;
    return -1;
}

int gcp_run_patch(struct gcp *g, const char *name, const json_t *body, const struct gcp_run_patch *how,
                  json_t **operation, struct cr_error *err)
{
    CR_AUTO_FREE char *mask = gcp_url_escape(how->update_mask ? how->update_mask : "");
    CR_AUTO_FREE char *query =
        cr_format("%s%s%s%s", *mask ? "&updateMask=" : "", mask, how->allow_missing ? "&allowMissing=true" : "",
                  how->validate_only ? "&validateOnly=true" : "");
    CR_AUTO_FREE char *url = gcp_url(g, GCP_RUN, "v2/%s%s%s", name, *query ? "?" : "", *query ? query + 1 : "");
    const char *etag = json_string_value(json_object_get(body, "etag"));
    bool safe = how->validate_only || (etag && *etag);

    return gcp_call_json(
        g, &(struct gcp_request){.method = "PATCH", .url = url, .repeat = safe ? GCP_REPEAT_SAFE : GCP_REPEAT_NEVER},
        body, operation, how->validate_only ? "check the service" : "update the service", err);
}

int gcp_run_delete(struct gcp *g, const char *name, const char *etag, json_t **operation, struct cr_error *err)
{
    CR_AUTO_FREE char *escaped = gcp_url_escape(etag ? etag : "");
    CR_AUTO_FREE char *url = gcp_url(g, GCP_RUN, "v2/%s%s%s", name, *escaped ? "?etag=" : "", escaped);

    /* What is gone does not go twice: the repeat meets a 404, which is an answer. */
    return gcp_call_json(
        g, &(struct gcp_request){.method = "DELETE", .url = url, .missing_ok = true, .repeat = GCP_REPEAT_SAFE}, NULL,
        operation, "delete the service", err);
}

int gcp_run_wait(struct gcp *g, const json_t *operation, const char *what,
                 void (*on_tick)(void *ud, const json_t *operation), void *ud, json_t **service, struct cr_error *err)
{
    const struct gcp_operation_wait wait = {
        .api = GCP_RUN, .version = "v2", .how = GCP_OPERATION_WAIT, .what = what, .on_tick = on_tick, .ud = ud};

    return gcp_operation_wait(g, &wait, operation, service, err);
}
