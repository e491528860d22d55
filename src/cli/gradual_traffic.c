/* Traffic moved in steps, and put back; never over what somebody else did meanwhile. */
#include <string.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/gradual_parts.h"
#include "cli/record_served.h"
#include "cli/service.h"
#include "core/traffic.h"
#include "gcp/json.h"
#include "gcp/run.h"

/* ---- lists ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The list as one text, whatever order the service gives its rows; `shares` alone leaves out the others. New. */
static char *list_text(const json_t *traffic, bool shares)
{
    CR_AUTO_STR struct cr_str all = CR_STR_INIT(1 << 20);
    size_t n = 0, rows = json_array_size(traffic);
    char **row = cr_calloc(rows + 1, sizeof(*row));
    struct cr_error full = {0};

    for (size_t i = 0; i < rows; i++) {
        const json_t *target = json_array_get(traffic, i);

        if (!shares || json_integer_value(json_object_get(target, "percent")))
            row[n++] = cr_traffic_text(target);
    }
    qsort(row, n, sizeof(*row), by_text);
    for (size_t i = 0; i < n; i++) {
        (void)!cr_str_addf(&all, &full, "%s%s", i ? ", " : "", row[i]);
        free(row[i]);
    }
    free(row);
    return all.buf ? cr_str_take(&all) : cr_strdup("");
}

static void remember(struct gradual *r, const json_t *traffic)
{
    CR_AUTO_FREE char *text = list_text(traffic, false);

    json_array_append_new(r->ours, json_string(text));
}

/* The service is as this run left it, or may have left it: its traffic is ours, and so is its newest revision. */
static bool is_ours(const struct gradual *r, const json_t *service)
{
    CR_AUTO_FREE char *text = list_text(json_object_get(service, "traffic"), false);

    if (strcmp(cli_short_name(gcp_text_at(service, "latestCreatedRevision")), r->g->revision) != 0)
        return false;
    for (size_t i = 0; i < json_array_size(r->ours); i++)
        if (strcmp(json_string_value(json_array_get(r->ours, i)), text) == 0)
            return true;
    return false;
}

static int64_t share_of(const json_t *traffic, const char *revision)
{
    int64_t sum = 0;
    json_t *target;
    size_t i;

    json_array_foreach((json_t *)traffic, i, target)
    {
        const char *name = json_string_value(json_object_get(target, "revision"));

        if (revision ? name && strcmp(name, revision) == 0 : !name)
            sum += json_integer_value(json_object_get(target, "percent"));
    }
    return sum;
}

/* ---- reading and writing ---- */

static int read_service(struct gradual *r, json_t **service, struct cr_error *err)
{
    if (gcp_run_get(&r->g->link->gcp, r->g->service, service, err) < 0)
        return -1;
    return *service ? 0 : cr_fail(err, CR_E_API, "the service '%s' is gone", cli_short_name(r->g->service));
}

static int not_ours(const struct gradual *r, struct cr_error *err)
{
    return cr_fail(err, CR_E_API, "somebody else changed the service '%s' meanwhile", cli_short_name(r->g->service));
}

static void take_service(struct gradual *r, json_t *service)
{
    json_decref(r->service);
    r->service = service;
}

/* Once more when only something else of the service was written since it was read. */
static int put(struct gradual *r, json_t *traffic, struct cr_error *err)
{
    struct gcp *g = &r->g->link->gcp;
    json_t *service = NULL;

    remember(r, traffic);
    if (cli_traffic_write(r->g->ui, g, r->g->service, r->service, traffic, &service, err) < 0) {
        if (err->code != CR_E_API || !strstr(err->msg, "HTTP 409"))
            return -1;
        *err = (struct cr_error){0};
        if (read_service(r, &service, err) < 0)
            return -1;
        take_service(r, service);
        if (!is_ours(r, r->service))
            return not_ours(r, err);
        service = NULL;
        if (cli_traffic_write(r->g->ui, g, r->g->service, r->service, traffic, &service, err) < 0)
            return -1;
    }
    take_service(r, service);
    return 0;
}

static int edit(const struct gradual *r, const struct cr_traffic_change *change, json_t **list, struct cr_error *err)
{
    return cr_traffic_edit(r->start, change, list, err);
}

/* ---- the steps ---- */

int gradual_start(struct gradual *r, bool *fresh, struct cr_error *err)
{
    const struct cli_gradual *g = r->g;
    const struct cr_traffic_change untag = {.remove_tags = g->tag};
    const json_t *template, *before = json_object_get(g->before, "traffic");
    json_t *service = NULL;
    int64_t at_once;

    if (read_service(r, &service, err) < 0)
        return -1;
    take_service(r, service);
    r->start = json_incref(json_object_get(service, "traffic"));
    r->follows = !json_array_size(before) || share_of(before, NULL) > 0;
    template = json_object_get(service, "template");
    at_once = json_integer_value(json_object_get(template, "maxInstanceRequestConcurrency"));
    r->at_once = at_once > 0 && at_once < 80 ? (int)at_once : 80;
    remember(r, r->start);
    if (!is_ours(r, service))
        return not_ours(r, err);
    *fresh = !share_of(r->start, NULL) && !share_of(r->start, g->revision);
    if (!*fresh)
        return 0;
    if (!*cli_tag_uri(service, g->tag) || !*gcp_text_at(service, "uri"))
        return cr_fail(err, CR_E_API, "the new revision '%s' has no address: the tag '%s' is not served", g->revision,
                       g->tag);
    r->tag_url = cr_strdup(cli_tag_uri(service, g->tag));
    r->url = cr_strdup(gcp_text_at(service, "uri"));
    if (g->keep_tag) {
        r->back = json_incref(r->start);
        return 0;
    }
    return edit(r, &untag, &r->back, err);
}

int gradual_undo(struct gradual *r, struct cr_error *err)
{
    CR_AUTO_FREE char *tag = cr_format("%s=%s", r->g->tag, r->g->revision);
    const struct cr_traffic_change change = {.update_tags = r->g->keep_tag ? tag : NULL};
    json_auto_t *list = NULL;

    return cr_traffic_edit(json_object_get(r->g->before, "traffic"), &change, &list, err) < 0 ? -1 : put(r, list, err);
}

int gradual_move(struct gradual *r, int percent, struct cr_error *err)
{
    CR_AUTO_FREE char *share = cr_format("%s=%d", r->g->revision, percent);
    const struct cr_traffic_change change = {.to_revisions = share};
    json_auto_t *list = NULL;

    if (edit(r, &change, &list, err) < 0)
        return -1;
    r->percent = percent; /* from here on it may have it */
    return put(r, list, err);
}

int gradual_finish(struct gradual *r, struct cr_error *err)
{
    int last = r->plan->step[r->plan->steps - 1];
    CR_AUTO_FREE char *share = cr_format("%s=%d", r->g->revision, last);
    bool newest = r->follows && last == 100;
    const struct cr_traffic_change change = {
        .to_latest = newest, .to_revisions = newest ? NULL : share, .remove_tags = r->g->keep_tag ? NULL : r->g->tag};
    json_auto_t *list = NULL;

    if (edit(r, &change, &list, err) < 0 || put(r, list, err) < 0)
        return -1;
    cli_record_served_put(r->g->link->platform->name, r->g->service, r->g->before, r->service);
    if (newest)
        ui_done(r->g->ui, "all traffic goes to the newest revision, '%s'", r->g->revision);
    else
        ui_done(r->g->ui, "'%s' has %d%% of the traffic, by its name: later deploys get none until '--to-latest'",
                r->g->revision, last);
    return 0;
}

/* ---- back ---- */

static int put_back(struct gradual *r, bool *theirs, struct cr_error *err)
{
    CR_AUTO_FREE char *want = list_text(r->back, false), *have = NULL;
    json_t *service = NULL;

    if (read_service(r, &service, err) < 0)
        return -1;
    take_service(r, service);
    have = list_text(json_object_get(service, "traffic"), false);
    *theirs = !is_ours(r, service);
    if (*theirs || strcmp(want, have) == 0)
        return 0;
    return put(r, r->back, err);
}

int gradual_back(struct gradual *r, char where[GRADUAL_WHY])
{
    CR_AUTO_FREE char *shares = list_text(r->back ? r->back : r->start, true);
    struct cr_error err = {0};
    bool theirs = false;
    int rc;

    cr_interrupt_clear(); /* or putting it back would itself be cut short; another Ctrl-C does that */
    if (!r->back) {       /* nothing was read, so nothing was moved */
        snprintf(where, GRADUAL_WHY, "no traffic was moved");
        return 0;
    }
    rc = put_back(r, &theirs, &err);
    if (rc < 0 && err.code == CR_E_API && strstr(err.msg, "somebody else"))
        theirs = true;
    if (theirs)
        snprintf(where, GRADUAL_WHY, "somebody else changed the service meanwhile, and it stays as they left it");
    else if (rc < 0)
        snprintf(where, GRADUAL_WHY, "traffic could not be put back (%.200s): the new revision may keep %d%%", err.msg,
                 r->percent);
    else
        snprintf(where, GRADUAL_WHY, "traffic is %s %.300s", r->percent ? "back on" : "as it was, on", shares);
    return rc < 0 || theirs ? -1 : 0;
}

/* ---- after a deploy that failed ---- */

static bool has_tag(const json_t *traffic, const char *tag)
{
    json_t *row;
    size_t i;

    json_array_foreach((json_t *)traffic, i, row) if (strcmp(gcp_text_at(row, "tag"), tag) == 0) return true;
    return false;
}

/* The revision that was asked for has failed for good: LATEST is still the one before it. */
static bool has_failed(const json_t *service)
{
    const char *state = gcp_text_at(json_object_get(service, "terminalCondition"), "state");

    return strcmp(state, "CONDITION_FAILED") == 0 &&
           strcmp(gcp_text_at(service, "latestCreatedRevision"), gcp_text_at(service, "latestReadyRevision")) != 0;
}

bool gradual_withdraw(struct gradual *r, char where[GRADUAL_WHY])
{
    json_t *before = json_object_get(r->g->before, "traffic"), *service = NULL, *after = NULL;
    CR_AUTO_FREE char *shares = list_text(before, true);
    struct cr_error err = {0};

    cr_interrupt_clear();
    if (read_service(r, &service, &err) < 0)
        return false;
    take_service(r, service);
    if (!has_tag(json_object_get(service, "traffic"), r->g->tag) || has_tag(before, r->g->tag))
        return false;
    if (!has_failed(service))
        snprintf(where, GRADUAL_WHY, "its revision gets no traffic: the one that serves is named now");
    else if (cli_traffic_write(r->g->ui, &r->g->link->gcp, r->g->service, service, before, &after, &err) < 0)
        snprintf(where, GRADUAL_WHY, "traffic is where it was, but by name, and the tag '%s' stays: %.200s", r->g->tag,
                 err.msg);
    else
        snprintf(where, GRADUAL_WHY, "traffic is as it was, %.300s", shares);
    json_decref(after);
    return true;
}
