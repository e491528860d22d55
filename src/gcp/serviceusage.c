#include "gcp/serviceusage.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/operation.h"

static bool is_enabled(const json_t *services, const char *name)
{
    const json_t *row;
    size_t i;

    json_array_foreach(services, i, row)
    {
        const char *full = json_string_value(json_object_get(row, "name"));
        const char *state = json_string_value(json_object_get(row, "state")), *slash = full ? strrchr(full, '/') : NULL;

        if (slash && strcmp(slash + 1, name) == 0)
            return state && strcmp(state, "ENABLED") == 0;
    }
    return false;
}

/* "projects/123/services/…", whatever the project was called in the question. */
static char *number_of(const json_t *services)
{
    const char *full = json_string_value(json_object_get(json_array_get(services, 0), "name"));
    size_t n = full && strncmp(full, "projects/", 9) == 0 ? strspn(full + 9, "0123456789") : 0;

    return n && full[9 + n] == '/' ? cr_strndup(full + 9, n) : NULL;
}

int gcp_services_get(struct gcp *g, const char *project, const char *const *name, size_t n, bool *enabled,
                     char **number, struct cr_error *err)
{
    CR_AUTO_FREE char *p = gcp_url_escape(project);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_SERVICE_USAGE, "v1/projects/%s/services:batchGet", p);
    json_auto_t *reply = NULL;

    for (size_t i = 0; i < n; i++) {
        char *more = cr_format("%s%cnames=projects/%s/services/%s", url, i ? '&' : '?', p, name[i]);

        free(url);
        url = more;
    }
    if (gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url}, NULL, &reply, "see which APIs are enabled",
                      err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        enabled[i] = is_enabled(json_object_get(reply, "services"), name[i]);
    if (number)
        *number = number_of(json_object_get(reply, "services"));
    return 0;
}

int gcp_services_enable(struct gcp *g, const char *project, const char *const *name, size_t n, struct cr_error *err)
{
    const struct gcp_operation_wait wait = {
        .api = GCP_SERVICE_USAGE, .version = "v1", .how = GCP_OPERATION_GET, .what = "enable the APIs"};
    CR_AUTO_FREE char *p = gcp_url_escape(project);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_SERVICE_USAGE, "v1/projects/%s/services:batchEnable", p);
    json_auto_t *body = json_pack("{s:[]}", "serviceIds"), *operation = NULL, *response = NULL;

    for (size_t i = 0; i < n; i++)
        json_array_append_new(json_object_get(body, "serviceIds"), json_string(name[i]));
    /* Enabling twice is as good as once. */
    if (gcp_call_json(g, &(struct gcp_request){.method = "POST", .url = url, .repeat = GCP_REPEAT_SAFE}, body,
                      &operation, wait.what, err) < 0)
        return -1;
    return gcp_operation_wait(g, &wait, operation, &response, err);
}
