#include "gcp/logging.h"

#include "base/auto.h"
#include "base/mem.h"

enum { PAGE = 1000, MAX_PAGES = 50 };

/* One page of at most `left` entries is appended to `all`; *token is the next page's, or NULL. */
static int page(struct gcp *g, const struct gcp_logging_query *q, int left, char **token, json_t *all,
                struct cr_error *err)
{
    CR_AUTO_FREE char *url = gcp_url(g, GCP_LOGGING, "v2/entries:list");
    CR_AUTO_FREE char *resource = cr_format("projects/%s", q->project);
    json_auto_t *body = NULL, *reply = NULL;
    const char *next;

    body = cr_oom_check(json_pack("{s:[s], s:s, s:s, s:i}", "resourceNames", resource, "filter", q->filter, "orderBy",
                                  q->newest_first ? "timestamp desc" : "timestamp asc", "pageSize",
                                  left < PAGE ? left : PAGE));
    if (*token)
        json_object_set_new(body, "pageToken", json_string(*token));
    /* A search changes nothing, though it is a POST. */
    if (gcp_call_json(g, &(struct gcp_request){.method = "POST", .url = url, .repeat = GCP_REPEAT_SAFE}, body, &reply,
                      "read the log", err) < 0)
        return -1;
    json_array_extend(all, json_object_get(reply, "entries"));
    next = json_string_value(json_object_get(reply, "nextPageToken"));
    free(*token);
    *token = next && *next ? cr_strdup(next) : NULL;
    return 0;
}

int gcp_logging_list(struct gcp *g, const struct gcp_logging_query *q, json_t **entries, struct cr_error *err)
{
    json_auto_t *all = json_array();
    CR_AUTO_FREE char *token = NULL;
    int max = q->max > 0 ? q->max : PAGE;

    for (int i = 0; i < MAX_PAGES; i++) {
        int left = max - (int)json_array_size(all);

        if (page(g, q, left, &token, all, err) < 0)
            return -1;
        if (!token || (int)json_array_size(all) >= max)
            break;
    }
    *entries = CR_STEAL(all);
    return 0;
}
