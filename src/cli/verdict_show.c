#include "cli/verdict_show.h"

#include <string.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/service.h"
#include "core/log_entry.h"
#include "core/verdict.h"
#include "gcp/json.h"
#include "gcp/logging.h"
#include "gcp/run.h"

/* Cloud Logging has a line some seconds after it was written. */
enum { TRIES = 5, PAUSE_MS = 2000, ENTRIES = 500, LINES = 12 };

/* "projects/P/locations/L/services/S" of the operation's metadata, or NULL: it is about something else. */
static const char *service_of(const json_t *operation)
{
    const char *name = gcp_text_at(json_object_get(operation, "metadata"), "name");
    const char *service = strstr(name, "/services/");

    return service && !strchr(service + strlen("/services/"), '/') && strncmp(name, "projects/", 9) == 0 ? name : NULL;
}

/* The newest revision of the service, if that is what failed; *message is the service's own. NULL otherwise. */
static json_t *failed_revision(struct gcp *g, const char *service, char **message)
{
    json_auto_t *now = NULL, *revision = NULL;
    struct cr_error ignored = {0}; /* the failure that is told is the deploy's */
    const char *latest;

    if (gcp_run_get(g, service, &now, &ignored) < 0 || !now)
        return NULL;
    latest = gcp_text_at(now, "latestCreatedRevision");
    if (!strstr(latest, "/revisions/") || strncmp(latest, service, strlen(service)) != 0 ||
        strcmp(latest, gcp_text_at(now, "latestReadyRevision")) == 0 ||
        gcp_run_get(g, latest, &revision, &ignored) < 0 || !revision || cli_is_ready(revision))
        return NULL;
    *message = cr_strdup(gcp_text_at(json_object_get(now, "terminalCondition"), "message"));
    return CR_STEAL(revision);
}

/* The filter for all that is known of this revision, by the parts of its full name; new. */
static char *filter_for(const char *name, const char *since)
{
    const char *place = strstr(name, "/locations/"), *service = strstr(name, "/services/");
    const char *id = strstr(name, "/revisions/");

    if (!place || !service || !id)
        return NULL;
    place += strlen("/locations/");
    service += strlen("/services/");
    return cr_format("resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"%.*s\" AND "
                     "resource.labels.revision_name=\"%s\" AND resource.labels.location=\"%.*s\" AND timestamp>=\"%s\"",
                     (int)strcspn(service, "/"), service, id + strlen("/revisions/"), (int)strcspn(place, "/"), place,
                     *since ? since : "1970-01-01T00:00:00Z");
}

/* The end of its log, oldest first; new. */
static json_t *read_log(struct gcp *g, const json_t *revision, struct cr_error *err)
{
    const char *name = gcp_text_at(revision, "name");
    CR_AUTO_FREE char *project = NULL, *filter = filter_for(name, gcp_text_at(revision, "createTime"));
    json_auto_t *entries = NULL;
    json_t *ordered = json_array();

    if (filter) {
        project = cr_strndup(name + strlen("projects/"), strcspn(name + strlen("projects/"), "/"));
        if (gcp_logging_list(g, &(struct gcp_logging_query){project, filter, ENTRIES, true}, &entries, err) < 0) {
            json_decref(ordered);
            return NULL;
        }
    }
    for (size_t i = json_array_size(entries); i-- > 0;)
        json_array_append(ordered, json_array_get(entries, i));
    return ordered;
}

/* The log as soon as it has the platform's last word; what there is of it when that does not come. */
static json_t *await_log(struct ui *ui, struct gcp *g, struct cr_evidence *e)
{
    json_t *entries = NULL, *next;
    struct cr_error refused = {0};

    for (int i = 0; i < TRIES && !cr_interrupted() && (i == 0 || !cr_verdict_complete(e)); i++) {
        ui_progress(ui, "reading the log of the revision", 0, 0, false);
        if (i)
            g->http->sleep_ms(g->http, PAUSE_MS);
        next = read_log(g, e->revision, &refused);
        if (!next) {
            ui_warn(ui, "the log of the revision cannot be read: %s", refused.msg);
            break;
        }
        json_decref(entries);
        e->entries = entries = next;
    }
    return entries;
}

/* What the container said last, without the platform's lines and requests, each {"time", "log", "text"}; new. */
static json_t *last_lines(const json_t *entries)
{
    json_t *lines = json_array();

    for (size_t i = json_array_size(entries); i-- > 0 && json_array_size(lines) < LINES;) {
        const json_t *entry = json_array_get(entries, i);
        const char *log = cr_log_entry_log(entry);
        CR_AUTO_FREE char *text = NULL;

        if (strcmp(log, "stdout") != 0 && strcmp(log, "stderr") != 0 && strcmp(log, "system") != 0)
            continue;
        text = cr_log_entry_text(entry);
        json_array_insert_new(
            lines, 0, json_pack("{s:s, s:s, s:s}", "time", gcp_text_at(entry, "timestamp"), "log", log, "text", text));
    }
    return lines;
}

static void show_lines(struct ui *ui, const char *revision, const json_t *lines)
{
    json_t *line;
    size_t i;

    if (!json_array_size(lines))
        return;
    ui_done(ui, "the log of '%s' ends with:", revision);
    json_array_foreach(lines, i, line)
    {
        CR_AUTO_FREE char *text = cr_format("    %s\n", gcp_text_at(line, "text"));

        ui_text(ui, text, strlen(text));
    }
}

int cli_verdict(struct ui *ui, struct gcp *g, const json_t *operation, struct cr_error *err)
{
    const char *service = service_of(operation), *name;
    json_auto_t *revision = NULL, *entries = NULL;
    CR_AUTO_FREE char *message = NULL;
    struct cr_evidence e = {.message = err->msg};
    struct cr_verdict verdict;
    json_t *lines;

    if (!service || (err->code != CR_E_BUILD && err->code != CR_E_AUTH))
        return -1;
    revision = failed_revision(g, service, &message);
    if (!revision)
        return -1;
    e = (struct cr_evidence){.revision = revision, .message = message};
    entries = await_log(ui, g, &e);
    cr_verdict_find(&e, &verdict);
    name = cli_short_name(gcp_text_at(revision, "name"));
    lines = last_lines(entries);
    show_lines(ui, name, lines);
    ui_keep(ui, json_pack("{s:s, s:s, s:o}", "cause", cr_cause_name(verdict.cause), "revision", name, "log", lines));
    *err = (struct cr_error){0};
    cr_fail(err, CR_E_BUILD, "revision '%s' did not start: %s", name, verdict.message);
    return cr_hint(err, "%s", verdict.hint);
}

int cli_verdict_refused(struct ui *ui, struct cr_error *err)
{
    enum cr_code code = err->code;
    struct cr_verdict verdict;

    if ((code != CR_E_API && code != CR_E_AUTH) || !cr_verdict_refusal(err->msg, &verdict))
        return -1;
    ui_keep(ui, json_pack("{s:s}", "cause", cr_cause_name(verdict.cause)));
    *err = (struct cr_error){0};
    cr_fail(err, code, "the service was refused: %s", verdict.message);
    return cr_hint(err, "%s", verdict.hint);
}
