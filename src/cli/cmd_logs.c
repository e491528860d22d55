#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "cli/log_tail.h"
#include "cli/service.h"
#include "core/log_entry.h"
#include "core/log_query.h"
#include "gcp/logging.h"

enum { LIMIT = 100, LIMIT_MOST = 10000, TAIL_BEFORE = 10, LOOK_MS = 2000 };

struct logs_args {
    struct cli_service_args on;
    bool tail;
    const char *severity, *revision, *since;
    int64_t limit;
};

static const struct opt opts[] = {
    {'t', "tail", OPT_FLAG(struct logs_args, tail), .help = "Go on showing what comes, until Ctrl-C"},
    {0, "severity", OPT_STR(struct logs_args, severity), .arg = "SEVERITY",
     .help = "Only entries of this severity and of worse ones: debug, info, notice, warning, error, critical"},
    {0, "revision", OPT_STR(struct logs_args, revision), .arg = "REVISION", .help = "Only entries of this revision"},
    {0, "limit", OPT_INT(struct logs_args, limit), .arg = "N",
     .help = "Entries at most, the newest (default: 100; with --tail, 10 before those that come)"},
    {0, "since", OPT_STR(struct logs_args, since), .arg = "TIME",
     .help = "Only entries since then: 10m, 2h, 3d, or 2026-01-02T03:04:05Z (default: 1d)"},
    CLI_TARGET_OPTIONS(struct logs_args, on),
    OPT_END,
};

/* What the options ask for, from `since` on; severity and since are filled. */
static int read_query(const struct logs_args *a, struct cr_log_query *q, char since[32], struct cr_error *err)
{
    if (a->limit < 0 || a->limit > LIMIT_MOST)
        return cr_fail(err, CR_E_USAGE, "'--limit' must be from 1 to %d", LIMIT_MOST);
    if (a->severity && !(q->severity = cr_log_severity(a->severity))) {
        cr_fail(err, CR_E_USAGE, "'--severity' is none that there is: '%s'", a->severity);
        return cr_hint(err, "debug, info, notice, warning, error, critical, alert or emergency");
    }
    q->revision = a->revision;
    q->since = since;
    return cr_log_since(a->since ? a->since : "1d", cr_wall_ms(), since, err);
}

static int list(struct cli_service *s, const struct cr_log_query *q, int max, bool newest, json_t **entries,
                struct cr_error *err)
{
    CR_AUTO_FREE char *filter = cr_log_query_filter(q);
    const struct gcp_logging_query query = {
        .project = cr_plan_text(&s->plan, CR_KEY_PROJECT), .filter = filter, .max = max, .newest_first = newest};

    return gcp_logging_list(&s->link.gcp, &query, entries, err);
}

/* The newest ones, oldest first. */
static int list_last(struct cli_service *s, const struct cr_log_query *q, int64_t limit, json_t **entries,
                     struct cr_error *err)
{
    json_auto_t *found = NULL;

    if (list(s, q, (int)limit, true, &found, err) < 0)
        return -1;
    *entries = json_array();
    for (size_t i = json_array_size(found); i-- > 0;)
        json_array_append(*entries, json_array_get(found, i));
    return 0;
}

static void show(struct cmd *c, const json_t *entry)
{
    CR_AUTO_FREE char *line = c->json ? json_dumps(entry, JSON_COMPACT) : cr_log_entry_line(entry, c->color);

    FILE *out = c->color && !c->json ? cmd_raw(c) : c->out; /* only its colours are not cleaned */

    fprintf(out, "%s\n", line ? line : "");
    if (out != c->out)
        fflush(out);
}

static void show_new(struct cmd *c, struct cli_log_tail *t, const json_t *entries)
{
    json_t *entry;
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        if (cli_log_tail_take(t, entry))
            show(c, entry);
    }
    fflush(c->out);
}

/* Looks again and again. Ctrl-C is how it ends, and no failure. */
static int follow(struct cmd *c, struct cli_service *s, struct cr_log_query *q, struct cli_log_tail *t,
                  struct cr_error *err)
{
    struct gcp_http *http = s->link.gcp.http;
    char since[32];

    q->since = since;
    while (!cr_interrupted() && !ferror(c->out)) {
        json_auto_t *entries = NULL;

        http->sleep_ms(http, LOOK_MS);
        cli_log_tail_since(t, since);
        if (cr_interrupted())
            break;
        if (list(s, q, LIMIT_MOST, false, &entries, err) < 0) {
            if (err->code != CR_E_INTERRUPT)
                return -1;
            *err = (struct cr_error){0};
            break;
        }
        show_new(c, t, entries);
    }
    return 0;
}

static int tail(struct cmd *c, struct cli_service *s, struct cr_log_query *q, int64_t limit, struct cr_error *err)
{
    CLI_AUTO_LOG_TAIL struct cli_log_tail t;
    json_auto_t *entries = NULL;

    cli_log_tail_init(&t, q->since);
    if (list_last(s, q, limit ? limit : TAIL_BEFORE, &entries, err) < 0)
        return -1;
    c->answered = c->json; /* a line for each entry, in place of one document */
    show_new(c, &t, entries);
    return follow(c, s, q, &t, err);
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct logs_args *a = c->args;
    CLI_AUTO_SERVICE struct cli_service s = {0};
    struct cr_log_query q = {0};
    json_auto_t *entries = NULL;
    json_t *entry;
    char since[32];
    size_t i;

    if (read_query(a, &q, since, err) < 0 || cli_service_open(c, c->pos[0], true, &a->on, &s, err) < 0)
        return -1;
    q.service = cr_plan_text(&s.plan, CR_KEY_NAME);
    q.location = cr_plan_text(&s.plan, CR_KEY_REGION);
    if (a->tail)
        return tail(c, &s, &q, a->limit, err);
    if (list_last(&s, &q, a->limit ? a->limit : LIMIT, &entries, err) < 0)
        return -1;
    if (c->json)
        return cmd_json(c, json_pack("{s:O}", "entries", entries), err);
    if (!json_array_size(entries))
        ui_note(c->ui, "the log of '%s' has nothing of this since %s", q.service, q.since);
    json_array_foreach(entries, i, entry) show(c, entry);
    return 0;
}

const struct verb verb_logs = {
    .name = "logs",
    .args = "[NAME]",
    .summary = "Show what a service printed, and what the platform said about it",
    .about = "Reads Cloud Logging: what containers print, requests, and what Cloud Run says of starts and ends. With "
             "--tail it asks again every two seconds; an entry that arrives more than half a minute late is then left "
             "out. With --json, one document, or with --tail one line for each entry.",
    .examples = (const char *const[]){"crdeploy logs scorer --tail",
                                      "crdeploy logs scorer --severity warning --since 2h", NULL},
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct logs_args),
    .run = run,
};
