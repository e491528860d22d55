/* One step of a gradual deploy: what the log of requests says of the new revision and of the others since it began, and
 * own requests where it says too little. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "cli/gradual_parts.h"
#include "cli/service.h"
#include "gcp/json.h"
#include "gcp/logging.h"

/* entries.list may be called 60 times a minute by a whole project; a look takes up to two calls. */
enum { LOOK_LEAST_MS = 500, LOOK_MOST_MS = 15000, ENTRIES = 2000 };

struct window {
    char *filter, *project;
    struct cr_canary_side fresh, others;
};

/* From when the traffic was set, by the clock of the service, which is the log's. */
static void open_window(const struct gradual *r, struct window *w)
{
    const char *name = r->g->service, *project = strchr(name, '/') + 1, *place = strstr(name, "/locations/") + 11;
    char now[32];

    cr_time_text(cr_wall_ms(), now);
    *w = (struct window){.project = cr_strndup(project, strcspn(project, "/"))};
    w->filter = cr_format("resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"%s\" AND "
                          "resource.labels.location=\"%.*s\" AND logName=\"projects/%s/logs/"
                          "run.googleapis.com%%2Frequests\" AND timestamp>=\"%s\"",
                          cli_short_name(name), (int)strcspn(place, "/"), place, w->project,
                          *gcp_text_at(r->service, "updateTime") ? gcp_text_at(r->service, "updateTime") : now);
}

static void close_window(struct window *w)
{
    free(w->filter);
    free(w->project);
    cr_canary_clear(&w->fresh);
    cr_canary_clear(&w->others);
}

/* What we asked ourselves went to the tag's address. */
static bool is_own(const struct gradual *r, const json_t *http)
{
    const char *url = gcp_text_at(http, "requestUrl"), *host = strstr(url, "://");
    size_t n = strlen(r->g->tag);

    return host && strncmp(host + 3, r->g->tag, n) == 0 && strncmp(host + 3 + n, "---", 3) == 0;
}

static void count(const struct gradual *r, struct window *w, const json_t *entry)
{
    const json_t *http = json_object_get(entry, "httpRequest");
    const json_t *labels = json_object_get(json_object_get(entry, "resource"), "labels");
    const char *revision = gcp_text_at(labels, "revision_name");
    int64_t latency = (int64_t)(strtod(gcp_text_at(http, "latency"), NULL) * 1000);
    int status = (int)json_integer_value(json_object_get(http, "status"));

    if (!http || !*revision || is_own(r, http))
        return;
    cr_canary_add(strcmp(revision, r->g->revision) == 0 ? &w->fresh : &w->others, status ? status : 500, latency);
}

static int look(struct gradual *r, struct window *w, struct cr_error *err)
{
    struct cr_error why = {0};
    json_auto_t *entries = NULL;
    json_t *entry;
    size_t i;

    if (r->blind)
        return 0;
    if (gcp_logging_list(&r->g->link->gcp,
                         &(struct gcp_logging_query){w->project, w->filter, .max = ENTRIES, .newest_first = true},
                         &entries, &why) < 0) {
        if (why.code != CR_E_AUTH && why.code != CR_E_API) {
            *err = why;
            return -1;
        }
        ui_warn(r->g->ui, "the log of requests cannot be read, so that own requests must do: %s", why.msg);
        if (*why.hint)
            ui_hint(r->g->ui, "%s", why.hint);
        r->blind = true;
        return 0;
    }
    cr_canary_clear(&w->fresh);
    cr_canary_clear(&w->others);
    json_array_foreach(entries, i, entry) count(r, w, entry);
    return 0;
}

/* Where the others have next to nothing any more, they are those of the steps before. */
static struct cr_canary_side *others_of(struct gradual *r, struct window *w)
{
    return w->others.requests < CR_CANARY_FEW && r->seen.requests > w->others.requests ? &r->seen : &w->others;
}

/* Looks until the time is over, or it is plain that the revision is worse. */
static int follow(struct gradual *r, struct window *w, char worse[200], struct cr_error *err)
{
    const struct cr_canary_rule rule = {r->plan->errors, r->plan->latency};
    int64_t start = cr_now_ms(), wait = r->plan->wait_ms, each = wait / 8, left;

    each = each < LOOK_LEAST_MS ? LOOK_LEAST_MS : each > LOOK_MOST_MS ? LOOK_MOST_MS : each;
    do {
        left = start + wait - cr_now_ms();
        ui_progress(r->g->ui, "watching", w->fresh.requests, 0, false);
        cr_sleep_ms(left < each ? left > 0 ? left : 0 : each);
        if (cr_interrupt_check(err) < 0 || look(r, w, err) < 0)
            return -1;
        if (cr_canary_judge(&rule, &w->fresh, others_of(r, w), worse) == CR_CANARY_BAD)
            return 0;
    } while (cr_now_ms() < start + wait);
    return 0;
}

static json_t *row_of(const struct gradual *r, const char *by, struct cr_canary_side *fresh,
                      struct cr_canary_side *others)
{
    return json_pack("{s:i, s:s, s:I, s:I, s:I, s:{s:I, s:I, s:I}}", "percent", r->percent, "judgedBy", by, "requests",
                     (json_int_t)fresh->requests, "failed", (json_int_t)fresh->failed, "latencyMs",
                     (json_int_t)cr_canary_latency(fresh, 50), "others", "requests", (json_int_t)others->requests,
                     "failed", (json_int_t)others->failed, "latencyMs", (json_int_t)cr_canary_latency(others, 50));
}

static void say(const struct gradual *r, const char *what, struct cr_canary_side *fresh, struct cr_canary_side *others)
{
    ui_done(r->g->ui,
            "%d%%: %" PRId64 " %s, %" PRId64 " failed, a median of %" PRId64 " ms; of the others %" PRId64 ", %" PRId64
            " failed, %" PRId64 " ms",
            r->percent, fresh->requests, what, fresh->failed, cr_canary_latency(fresh, 50), others->requests,
            others->failed, cr_canary_latency(others, 50));
}

/* Too few requests to tell: own ones are asked and judged, beside what the others answered before the first step. */
static int stand_in(struct gradual *r, int64_t came, char worse[200], json_t **row, struct cr_error *err)
{
    const struct cr_canary_rule rule = {r->plan->errors, r->plan->latency};
    CR_AUTO_CANARY struct cr_canary_side own = {0};

    if (gradual_probe(r, CR_CANARY_FEW, &own, err) < 0)
        return -1;
    (void)cr_canary_judge(&rule, &own, &r->asked, worse);
    *row = row_of(r, "probes", &own, &r->asked);
    if (r->blind)
        ui_done(r->g->ui, "%d%%: the log of requests cannot be read; judged by own requests", r->percent);
    else
        ui_done(r->g->ui, "%d%%: %" PRId64 " requests of clients are too few to tell; judged by own requests",
                r->percent, came);
    say(r, "of our own", &own, &r->asked);
    return 0;
}

int gradual_watch(struct gradual *r, char why[GRADUAL_WHY], json_t **row, struct cr_error *err)
{
    char worse[200] = "";
    const char *by = "of clients";
    struct window w;
    int rc;

    open_window(r, &w);
    rc = follow(r, &w, worse, err);
    if (rc == 0 && !*worse && w.fresh.requests < CR_CANARY_FEW) {
        by = "of our own";
        rc = stand_in(r, w.fresh.requests, worse, row, err);
    } else if (rc == 0) {
        struct cr_canary_side *others = others_of(r, &w);

        *row = row_of(r, "requests", &w.fresh, others);
        say(r, "requests", &w.fresh, others);
    }
    if (rc == 0 && *worse)
        snprintf(why, GRADUAL_WHY, "at %d%% of the traffic, by requests %s, %s", r->percent, by, worse);
    cr_canary_join(&r->seen, &w.others);
    close_window(&w);
    return rc;
}
