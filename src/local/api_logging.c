/* Cloud Logging v2, entries:list, over the logs of builds and containers.
 * Source: https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list */
#include "local/api.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "local/build_run.h"
#include "local/revision_log.h"
#include "local/log_filter.h"
#include "local/run_serve.h"

#define LINES_MAX 100000

struct found {
    const struct local_log_filter *f;
    const char *project;
    json_t *entries;
};

static bool is_severe(const struct local_log_filter *f, const char *severity)
{
    int n = local_log_severity(severity);

    return n >= f->severity_from && n <= f->severity_to;
}

/* A request's line is an entry's own fields: httpRequest and trace. Its severity is by the status. */
static void add_request(struct found *out, const char *time, const char *text, const char *log, json_t *resource,
                        size_t n)
{
    json_auto_t *line = json_loads(text, 0, NULL);
    json_t *http = json_object_get(line, "httpRequest");
    const char *trace = json_string_value(json_object_get(line, "trace"));
    json_int_t status = json_integer_value(json_object_get(http, "status"));
    const char *severity = status >= 500 ? "ERROR" : status >= 400 ? "WARNING" : "INFO";

    if (!http || !trace || !is_severe(out->f, severity))
        return;
    json_array_append_new(out->entries,
                          json_pack("{s:s, s:o, s:O, s:s, s:s, s:s, s:O, s:o}", "timestamp", time, "insertId",
                                    json_sprintf("r%08zx", n), "resource", resource, "logName", log, "receiveTimestamp",
                                    time, "severity", severity, "httpRequest", http, "trace",
                                    json_sprintf("projects/%s/traces/%s", out->project, trace)));
}

/* Of a line of the platform's own, as Cloud Run gives them. */
static const char *system_severity(const char *text)
{
    static const struct {
        const char *mark, *severity;
    } rows[] = {{"Memory limit of", "ERROR"},         {"probe failed", "ERROR"},
                {"Uncaught signal", "ERROR"},         {"failed to start", "ERROR"},
                {"Container called exit(0)", "INFO"}, {"Container called exit(", "WARNING"}};

    for (size_t i = 0; i < CR_LEN(rows); i++)
        if (strstr(text, rows[i].mark))
            return rows[i].severity;
    return "INFO";
}

/* The line as payload, and its severity. */
static void fill(json_t *entry, const char *text, const char *log)
{
    json_t *payload = text[0] == '{' ? json_loads(text, 0, NULL) : NULL, *plain;
    const char *severity = "DEFAULT", *said = json_string_value(json_object_get(payload, "severity"));

    if (json_is_object(payload)) {
        severity = said && local_log_severity(said) >= 0 ? said : severity;
        json_object_set(entry, "jsonPayload", payload);
    } else {
        plain = json_string(text);
        severity = strstr(log, "varlog%2Fsystem") ? system_severity(text) : severity;
        json_object_set_new(entry, "textPayload", plain ? plain : json_string("(not UTF-8)"));
    }
    json_object_set_new(entry, "severity", json_string(severity));
    json_decref(payload);
}

static void add(struct found *out, const char *time, const char *text, const char *log, json_t *resource, size_t n)
{
    const struct local_log_filter *f = out->f;
    int order = *f->since ? strcmp(time, f->since) : 1;
    json_t *entry;

    if (order < 0 || (order == 0 && f->after) || json_array_size(out->entries) >= LINES_MAX)
        return;
    if (strstr(log, "%2Frequests")) {
        add_request(out, time, text, log, resource, n);
        return;
    }
    entry = json_pack("{s:s, s:o, s:O, s:s, s:s}", "timestamp", time, "insertId", json_sprintf("%08zx", n), "resource",
                      resource, "logName", log, "receiveTimestamp", time);
    if (!entry)
        return;
    fill(entry, text, log);
    if (is_severe(f, json_string_value(json_object_get(entry, "severity"))))
        json_array_append(out->entries, entry);
    json_decref(entry);
}

/* A build's log has no times: a microsecond a line after its start keeps their order. */
static void line_time(const char *start, size_t n, char time[48])
{
    unsigned long micro = strlen(start) >= 27 ? strtoul(start + 20, NULL, 10) : 0;
    long total = (long)micro + (long)n;

    snprintf(time, 48, "%.20s%06ldZ", start, total > 999999 ? 999999 : total);
}

static void add_build(struct local *l, struct found *out, const json_t *build)
{
    CR_AUTO_FREE char *path = local_build_log_entries(l, build), *line = NULL, *log = NULL;
    const char *start = json_string_value(json_object_get(build, "startTime"));
    const char *id = json_string_value(json_object_get(build, "id"));
    CR_AUTO_FILE FILE *file = NULL;
    json_t *resource;
    size_t cap = 0, n = 0;
    ssize_t len;
    char time[48];

    file = path && start ? fopen(path, "re") : NULL;
    if (!file)
        return;
    log = cr_format("projects/%s/logs/cloudbuild", out->project);
    resource = json_pack("{s:s, s:{s:s, s:s}}", "type", "build", "labels", "build_id", id, "project_id", out->project);
    while ((len = getline(&line, &cap, file)) > 0) {
        if (line[len - 1] == '\n')
            line[len - 1] = '\0';
        else if (!json_object_get(build, "finishTime"))
            break; /* half a line, which would never be told whole */
        line_time(start, n, time);
        add(out, time, line, log, resource, n++);
    }
    json_decref(resource);
}

static void add_builds(struct local *l, struct found *out)
{
    CR_AUTO_FREE char *prefix = cr_format("projects/%s/locations/", out->project);
    json_t *all = local_store_list(l->store, LOCAL_BUILDS, prefix), *doc;
    const char *key;

    json_object_foreach(all, key, doc) if (!*out->f->build_id ||
                                           strcmp(out->f->build_id, json_string_value(json_object_get(doc, "id"))) == 0)
        add_build(l, out, doc);
    json_decref(all);
}

/* One file of a revision's, when there is one. */
static void add_file(struct found *out, const char *path, json_t *resource)
{
    CR_AUTO_FILE FILE *file = fopen(path, "re");
    CR_AUTO_FREE char *line = NULL;
    size_t cap = 0, n = 0;

    if (!file)
        return;
    while (getline(&line, &cap, file) > 0) {
        CR_AUTO_FREE char *log = NULL;
        struct local_log_line row;
        char time[32];

        line[strcspn(line, "\n")] = '\0';
        if (!local_log_split(line, &row))
            continue;
        local_log_time(row.time, time);
        log = cr_format("projects/%s/logs/run.googleapis.com%%2F%s", out->project,
                        strcmp(row.stream, "system") == 0 ? "varlog%2Fsystem" : row.stream);
        if (!*out->f->log_name || strcmp(out->f->log_name, log) == 0)
            add(out, time, row.text, log, resource, n++);
    }
}

static void add_revision(struct local *l, struct found *out, const json_t *revision)
{
    const char *service = json_string_value(json_object_get(revision, "service"));
    const char *full = json_string_value(json_object_get(revision, "name")), *name = local_last_part(full);
    const char *place = strstr(full, "/locations/") + strlen("/locations/");
    CR_AUTO_FREE char *printed = local_log_path(l->state, full);
    CR_AUTO_FREE char *requests = local_log_requests_path(l->state, full);
    json_t *resource = json_pack("{s:s, s:{s:s, s:s, s:s, s:s, s:o}}", "type", "cloud_run_revision", "labels",
                                 "service_name", service, "revision_name", name, "configuration_name", service,
                                 "project_id", out->project, "location", json_stringn(place, strcspn(place, "/")));

    add_file(out, printed, resource);
    add_file(out, requests, resource);
    json_decref(resource);
}

static void add_revisions(struct local *l, struct found *out)
{
    const struct local_log_filter *f = out->f;
    CR_AUTO_FREE char *prefix =
        cr_format("projects/%s/locations/%s%s", out->project, f->location, *f->location ? "/" : "");
    json_t *all = local_store_list(l->store, LOCAL_REVISIONS, prefix), *doc;
    const char *key;

    json_object_foreach(all, key, doc)
    {
        const char *service = json_string_value(json_object_get(doc, "service"));

        if ((!*f->service || strcmp(f->service, service) == 0) &&
            (!*f->revision || strcmp(f->revision, local_last_part(key)) == 0))
            add_revision(l, out, doc);
    }
    json_decref(all);
}

static int by_time(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    int order =
        strcmp(json_string_value(json_object_get(x, "timestamp")), json_string_value(json_object_get(y, "timestamp")));

    return order ? order
                 : strcmp(json_string_value(json_object_get(x, "insertId")),
                          json_string_value(json_object_get(y, "insertId")));
}

static void send_page(const struct local_request *rq, json_t *entries, struct local_reply *rp)
{
    const char *order = json_string_value(json_object_get(rq->body, "orderBy"));
    const char *token = json_string_value(json_object_get(rq->body, "pageToken"));
    bool down = order && strstr(order, "desc");
    size_t count = json_array_size(entries), from = token ? strtoul(token, NULL, 10) : 0;
    size_t size = (size_t)json_integer_value(json_object_get(rq->body, "pageSize"));
    json_t **row = cr_malloc(count * sizeof(*row)), *page = json_array(), *reply = json_object();

    if (size == 0 || size > 1000)
        size = size ? 1000 : 50;
    for (size_t i = 0; i < count; i++)
        row[i] = json_array_get(entries, i);
    qsort(row, count, sizeof(*row), by_time);
    for (size_t i = from; i < count && i - from < size; i++)
        json_array_append(page, row[down ? count - 1 - i : i]);
    if (json_array_size(page))
        json_object_set(reply, "entries", page);
    if (from < count && count - from > size)
        json_object_set_new(reply, "nextPageToken", json_sprintf("%zu", from + size));
    json_decref(page);
    free(row);
    local_reply_json(rp, 200, reply);
}

void local_entries_list(struct local *l, struct local_request *rq, struct local_reply *rp)
{
    const char *where = json_string_value(json_array_get(json_object_get(rq->body, "resourceNames"), 0));
    const char *filter = json_string_value(json_object_get(rq->body, "filter"));
    struct local_log_filter f;
    struct found found = {.f = &f};
    struct cr_error err = {0};

    if (!where || strncmp(where, "projects/", 9) != 0 || !where[9] || strchr(where + 9, '/')) {
        local_refuse(rp, "INVALID_ARGUMENT", "resource_names must name a project: 'projects/PROJECT'");
        return;
    }
    if (local_log_filter_read(filter, &f, &err) < 0) {
        local_refuse(rp, "INVALID_ARGUMENT", "%s", err.msg);
        return;
    }
    found.project = where + 9;
    found.entries = json_array();
    if (!*f.type || strcmp(f.type, "build") == 0)
        add_builds(l, &found);
    if (!*f.type || strcmp(f.type, "cloud_run_revision") == 0)
        add_revisions(l, &found);
    send_page(rq, found.entries, rp);
    json_decref(found.entries);
}
