#include "gcp/project.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "gcp/iam.h"

enum { PAGES_MAX = 20 };

void gcp_project_clear(struct gcp_project *p)
{
    free(p->id);
    free(p->number);
    free(p->state);
    *p = (struct gcp_project){0};
}

static char *text_of(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return cr_strdup(s ? s : "");
}

int gcp_project_get(struct gcp *g, const char *project, struct gcp_project *p, struct cr_error *err)
{
    CR_AUTO_FREE char *part = gcp_url_escape(project);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_RESOURCE_MANAGER, "v1/projects/%s", part);
    json_auto_t *reply = NULL;

    if (gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url}, NULL, &reply, "read the project", err) < 0)
        return -1;
    *p = (struct gcp_project){text_of(reply, "projectId"), text_of(reply, "projectNumber"),
                              text_of(reply, "lifecycleState")};
    return 0;
}

int gcp_project_test(struct gcp *g, const char *project, const char *const *name, size_t n, bool *granted,
                     struct cr_error *err)
{
    CR_AUTO_FREE char *part = gcp_url_escape(project);
    CR_AUTO_FREE char *path = cr_format("v1/projects/%s", part);

    return gcp_iam_test(g, GCP_RESOURCE_MANAGER, path, name, n, granted, err);
}

int gcp_project_policy(struct gcp *g, const char *project, json_t **policy, struct cr_error *err)
{
    CR_AUTO_FREE char *part = gcp_url_escape(project);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_RESOURCE_MANAGER, "v1/projects/%s:getIamPolicy", part);
    json_auto_t *body = json_pack("{s:{s:i}}", "options", "requestedPolicyVersion", 3);

    return gcp_call_json(g, &(struct gcp_request){.method = "POST", .url = url, .repeat = GCP_REPEAT_SAFE}, body,
                         policy, "read the project's policy", err);
}

bool gcp_policy_grants(const json_t *policy, const char *role, const char *member)
{
    const json_t *row, *who;
    size_t i, m;

    json_array_foreach(json_object_get(policy, "bindings"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "role"));

        if (!name || strcmp(name, role) != 0 || json_object_get(row, "condition"))
            continue;
        json_array_foreach(json_object_get(row, "members"), m, who)
        {
            const char *text = json_string_value(who);

            if (text && strcmp(text, member) == 0)
                return true;
        }
    }
    return false;
}

int gcp_project_regions(struct gcp *g, const char *project, json_t **regions, struct cr_error *err)
{
    CR_AUTO_FREE char *part = gcp_url_escape(project), *token = cr_strdup("");
    json_auto_t *all = json_array();

    for (int page = 0; page < PAGES_MAX; page++) {
        CR_AUTO_FREE char *t = gcp_url_escape(token);
        CR_AUTO_FREE char *url =
            gcp_url(g, GCP_RUN, "v1/projects/%s/locations?pageSize=100%s%s", part, *t ? "&pageToken=" : "", t);
        json_auto_t *reply = NULL;
        const json_t *row;
        size_t i;

        if (gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url}, NULL, &reply, "list the regions",
                          err) < 0)
            return -1;
        json_array_foreach(json_object_get(reply, "locations"), i,
                           row) if (json_is_string(json_object_get(row, "locationId")))
            json_array_append(all, json_object_get(row, "locationId"));
        free(token);
        token = text_of(reply, "nextPageToken");
        if (!*token)
            break;
    }
    *regions = json_incref(all);
    return 0;
}
