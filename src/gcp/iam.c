#include "gcp/iam.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"

static bool listed(const json_t *names, const char *name)
{
    const json_t *row;
    size_t i;

    json_array_foreach(names, i, row)
    {
        const char *text = json_string_value(row);

        if (text && strcmp(text, name) == 0)
            return true;
    }
    return false;
}

int gcp_iam_test(struct gcp *g, enum gcp_api api, const char *path, const char *const *name, size_t n, bool *granted,
                 struct cr_error *err)
{
    CR_AUTO_FREE char *url = gcp_url(g, api, "%s:testIamPermissions", path);
    json_auto_t *body = json_pack("{s:[]}", "permissions"), *reply = NULL;

    for (size_t i = 0; i < n; i++)
        json_array_append_new(json_object_get(body, "permissions"), json_string(name[i]));
    if (gcp_call_json(g, &(struct gcp_request){.method = "POST", .url = url, .repeat = GCP_REPEAT_SAFE}, body, &reply,
                      "ask for the permissions", err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        granted[i] = listed(json_object_get(reply, "permissions"), name[i]);
    return 0;
}

/* "v1/projects/P/serviceAccounts/EMAIL", escaped. An address at P.iam.gserviceaccount.com says itself where it is. New.
 */
static char *account_path(const char *project, const char *email)
{
    static const char tail[] = ".iam.gserviceaccount.com";
    const char *at = strchr(email, '@'), *end = at ? strstr(at, tail) : NULL;
    bool own = end && end > at + 1 && !end[sizeof(tail) - 1];
    CR_AUTO_FREE char *named = own ? cr_strndup(at + 1, (size_t)(end - at - 1)) : cr_strdup(project);
    CR_AUTO_FREE char *p = gcp_url_escape(named), *e = gcp_url_escape(email);

    return cr_format("v1/projects/%s/serviceAccounts/%s", p, e);
}

int gcp_account_get(struct gcp *g, const char *project, const char *email, json_t **account, struct cr_error *err)
{
    CR_AUTO_FREE char *path = account_path(project, email);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_IAM, "%s", path);

    return gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url, .missing_ok = true}, NULL, account,
                         "read the service account", err);
}

int gcp_account_may_act(struct gcp *g, const char *project, const char *email, bool *may, struct cr_error *err)
{
    static const char *const name[] = {"iam.serviceAccounts.actAs"};
    CR_AUTO_FREE char *path = account_path(project, email);

    return gcp_iam_test(g, GCP_IAM, path, name, 1, may, err);
}

int gcp_build_account(struct gcp *g, const char *project, const char *location, char **email, struct cr_error *err)
{
    CR_AUTO_FREE char *p = gcp_url_escape(project), *l = gcp_url_escape(location);
    CR_AUTO_FREE char *url = gcp_url(g, GCP_BUILD, "v1/projects/%s/locations/%s/defaultServiceAccount", p, l);
    json_auto_t *reply = NULL;
    const char *name, *slash;

    if (gcp_call_json(g, &(struct gcp_request){.method = "GET", .url = url, .missing_ok = true}, NULL, &reply,
                      "ask for the service account of builds", err) < 0)
        return -1;
    name = json_string_value(json_object_get(reply, "serviceAccountEmail"));
    slash = name ? strrchr(name, '/') : NULL; /* "projects/P/serviceAccounts/EMAIL" */
    *email = name && *name ? cr_strdup(slash ? slash + 1 : name) : NULL;
    return 0;
}
