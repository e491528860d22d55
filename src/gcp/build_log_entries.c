/* A build's log in Cloud Logging. */
#include "gcp/build_log.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/json.h"
#include "gcp/logging.h"

/* Orders "2026-01-02T03:04:05.678Z" texts whose fractions differ in length: to the second, then digit by digit. */
static int compare_times(const char *a, const char *b)
{
    int c = strncmp(a, b, 19);
    const char *x = strlen(a) > 20 && a[19] == '.' ? a + 20 : "", *y = strlen(b) > 20 && b[19] == '.' ? b + 20 : "";

    while (!c && ((*x >= '0' && *x <= '9') || (*y >= '0' && *y <= '9'))) {
        int dx = *x >= '0' && *x <= '9' ? *x++ : '0', dy = *y >= '0' && *y <= '9' ? *y++ : '0';

        c = dx - dy;
    }
    return c;
}

/* Whether an entry was not shown yet; it is remembered as shown. Of the newest time every id counts: entries of one
 * time come in any order. */
static bool take(struct gcp_build_log *log, const json_t *entry)
{
    const char *time = gcp_text_at(entry, "timestamp"), *id = gcp_text_at(entry, "insertId");
    int c = log->seen ? compare_times(time, log->seen) : 1;

    if (c < 0 || (c == 0 && json_object_get(log->ids, id)))
        return false;
    if (c > 0) {
        free(log->seen);
        log->seen = cr_strdup(time);
        json_decref(log->ids);
        log->ids = json_object();
    }
    json_object_set_new(log->ids, id, json_true());
    return true;
}

static void show(struct gcp_build_log *log, const json_t *entry)
{
    const char *text = gcp_text_at(entry, "textPayload");
    size_t n = strlen(text);

    log->on_log(log->ud, text, n);
    if (!n || text[n - 1] != '\n')
        log->on_log(log->ud, "\n", 1);
    log->complete = strcmp(text, "DONE") == 0 || strncmp(text, "ERROR", 5) == 0;
}

/* The build's entries since `from`. */
static int fetch(struct gcp *g, const json_t *build, const char *name, const char *from, int newest, json_t **entries,
                 struct cr_error *err)
{
    const char *project = strncmp(name, "projects/", 9) == 0 ? name + 9 : name;
    CR_AUTO_FREE char *p = cr_strndup(project, strcspn(project, "/"));
    CR_AUTO_FREE char *filter = cr_format("logName=\"projects/%s/logs/cloudbuild\" AND resource.type=\"build\" AND "
                                          "resource.labels.build_id=\"%s\" AND timestamp>=\"%s\"",
                                          p, gcp_text_at(build, "id"), from);

    return gcp_logging_list(
        g,
        &(struct gcp_logging_query){
            .project = p, .filter = filter, .max = newest ? newest : 50000, .newest_first = newest > 0},
        entries, err);
}

int gcp_build_log_entries(struct gcp *g, struct gcp_build_log *log, const json_t *build, const char *name,
                          bool *refused, struct cr_error *err)
{
    const char *from = log->seen ? log->seen : gcp_text_at(build, "createTime");
    json_auto_t *entries = NULL;
    json_t *entry;
    size_t i;

    if (fetch(g, build, name, from, 0, &entries, err) < 0) {
        *refused = err->code != CR_E_NET;
        return -1;
    }
    json_array_foreach(entries, i, entry)
    {
        if (take(log, entry))
            show(log, entry);
    }
    return 0;
}

int gcp_build_log_last_entries(struct gcp *g, struct gcp_build_log *log, const json_t *build, const char *name,
                               int count, struct cr_error *err)
{
    json_auto_t *entries = NULL;
    struct cr_error why = {0};

    if (fetch(g, build, name, gcp_text_at(build, "createTime"), count, &entries, &why) < 0) {
        if (why.code != CR_E_INTERRUPT)
            return 0;
        *err = why;
        return -1;
    }
    for (size_t i = json_array_size(entries); i-- > 0;)
        show(log, json_array_get(entries, i));
    return 0;
}
