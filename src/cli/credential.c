#include "cli/credential.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "cli/credential_find.h"
#include "gcp/auth_oauth.h"

enum { MAX_FILE = 1 << 20 };

void cli_credential_info_clear(struct cli_credential_info *info)
{
    free(info->type);
    free(info->source);
    free(info->file);
    free(info->account);
    free(info->target);
    free(info->project);
    free(info->quota_project);
    *info = (struct cli_credential_info){0};
}

char *cli_credential_text(const struct cli_credential_info *info)
{
    switch (info->kind) {
    case CLI_CREDENTIAL_NONE:
        return cr_strdup("no credential");
    case CLI_CREDENTIAL_METADATA:
        return cr_format("the metadata server (%s)", info->source);
    case CLI_CREDENTIAL_TOKEN:
        return info->file ? cr_format("the token file '%s' (%s)", info->file, info->source)
                          : cr_format("the access token in %s", info->source);
    default:
        return cr_format("the credential file '%s' (%s)", info->file, info->source);
    }
}

/* A text of the file, new, or NULL. */
static char *copy_of(const json_t *cred, const char *key)
{
    const char *text = json_string_value(json_object_get(cred, key));

    return text && *text ? cr_strdup(text) : NULL;
}

/* What a file says about itself; what is wrong with it, the source says later. */
static void describe(const json_t *cred, struct cli_credential_info *info)
{
    const char *url = json_string_value(json_object_get(cred, "service_account_impersonation_url"));
    const char *slash = url ? strrchr(url, '/') : NULL;

    info->type = copy_of(cred, "type");
    if (!info->type)
        info->type = cr_strdup("unknown");
    info->project = copy_of(cred, "project_id");
    info->quota_project = copy_of(cred, "quota_project_id");
    if (!info->account)
        info->account = copy_of(cred, "client_email");
    if (!info->account)
        info->account = copy_of(cred, "account");
    if (slash)
        info->target = cr_strndup(slash + 1, strcspn(slash + 1, ":"));
    info->user = strcmp(info->type, "authorized_user") == 0 ||
                 (strcmp(info->type, "external_account_authorized_user") == 0 && !slash);
}

/* *principal tells this credential from others without saying it. New. */
static int open_file(const struct gcp_auth_env *env, struct cli_credential_info *info, struct gcp_auth **auth,
                     char **principal, struct cr_error *err)
{
    GCP_AUTO_SECRET_JSON json_t *cred = NULL;
    char digest[CR_SHA256_HEX], *text = NULL;
    size_t n;
    int rc;

    if (cr_file_read(info->file, MAX_FILE, &text, &n, err) < 0)
        return cr_wrap(err, "%s", info->source);
    cr_sha256(text, n, digest);
    cred = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    describe(cred, info);
    rc = gcp_auth_from_json(env, text, info->file, auth, err);
    gcp_secret_wipe(&text);
    if (rc < 0)
        return cr_wrap(err, "%s", info->source);
    *principal = cr_strdup(digest);
    return 0;
}

static int open_source(const struct gcp_auth_env *env, struct cli_credential_info *info, const char *token,
                       struct gcp_auth **auth, char **principal, struct cr_error *err)
{
    CR_AUTO_FREE char *base = NULL;

    switch (info->kind) {
    case CLI_CREDENTIAL_FILE:
        return open_file(env, info, auth, principal, err);
    case CLI_CREDENTIAL_METADATA:
        base = gcp_metadata_base(env);
        info->type = cr_strdup("metadata");
        *auth = gcp_auth_metadata(env->http, base);
        return 0;
    case CLI_CREDENTIAL_TOKEN:
        info->type = cr_strdup("access_token");
        *auth = info->file ? gcp_auth_file(info->file, NULL) : gcp_auth_fixed(token, NULL);
        return 0;
    default:
        info->type = cr_strdup("none");
        *auth = gcp_auth_fixed(NULL, NULL);
        return 0;
    }
}

/* Whose quota is used where the user says so, over what the file says. Words instead of an id leave it to the kind of
 * the credential. */
static int choose_quota(const struct cli_credential_args *args, const struct cli_gcloud *g,
                        struct cli_credential_info *info, struct cr_error *err)
{
    CR_AUTO_FREE char *value = NULL, *where = NULL;
    const char *env = getenv("GOOGLE_CLOUD_QUOTA_PROJECT");
    char *said = NULL;

    if (args->billing_project)
        said = cr_strdup(args->billing_project);
    else if (env && *env)
        said = cr_strdup(env);
    else if (cli_gcloud_get(g, "billing/quota_project", &value, &where) && strncmp(value, "CURRENT_PROJECT", 15) != 0) {
        if (strcmp(value, "LEGACY") == 0)
            info->user = false;
        else
            said = CR_STEAL(value);
    }
    if (said) {
        free(info->quota_project);
        info->quota_project = said;
    }
    said = info->quota_project;
    if (!said || (*said && !said[strspn(said, "abcdefghijklmnopqrstuvwxyz0123456789-.:")]))
        return 0;
    cr_fail(err, CR_E_USAGE, "'%.100s' is no project, so its quota cannot be used", said);
    return cr_hint(err, "give the project's id, such as --billing-project my-project");
}

/* The account that is acted as, where one is asked for. */
static char *chain_of(const struct cli_credential_args *args, const struct cli_gcloud *g)
{
    const char *env = getenv("CRDEPLOY_IMPERSONATE_SERVICE_ACCOUNT");
    char *value = NULL, *where = NULL;

    if (args->impersonate)
        return cr_strdup(args->impersonate);
    if (env && *env)
        return cr_strdup(env);
    if (cli_gcloud_get(g, "auth/impersonate_service_account", &value, &where))
        free(where);
    return value;
}

/* Takes *auth and gives another. */
static int impersonate(const struct gcp_auth_env *env, const char *chain, const char *principal, struct gcp_auth **auth,
                       struct cli_credential_info *info, struct cr_error *err)
{
    const char *comma = strrchr(chain, ',');
    struct gcp_auth *source = CR_STEAL(*auth);

    if (gcp_auth_impersonate(env, source, principal, chain, auth, err) < 0)
        return -1;
    free(info->target);
    info->target = cr_strdup(comma ? comma + 1 + strspn(comma + 1, " ") : chain);
    info->user = false;
    return 0;
}

int cli_credential_open(const struct cli_credential_args *args, const struct cli_gcloud *g,
                        const struct gcp_auth_env *env, struct gcp_auth **auth, struct cli_credential_info *info,
                        struct cr_error *err)
{
    static const struct cli_credential_args none = {0};
    CLI_AUTO_CREDENTIAL_INFO struct cli_credential_info found = {0};
    CR_AUTO_FREE char *chain = NULL, *principal = NULL, *token = NULL;
    const char *identity = getenv("CRDEPLOY_IDENTITY_TOKEN");
    struct gcp_auth *source = NULL;
    int rc;

    args = args ? args : &none;
    chain = chain_of(args, g);
    rc = cli_credential_find(args, g, env, &token, &found, err);
    if (rc == 0)
        rc = open_source(env, &found, token, &source, &principal, err);
    if (token)
        gcp_secret_wipe(&token);
    if (rc == 0 && chain)
        rc = impersonate(env, chain, principal, &source, &found, err);
    if (rc < 0)
        return -1;
    if (choose_quota(args, g, &found, err) < 0) {
        gcp_auth_free(source);
        return -1;
    }
    *auth = identity && *identity ? gcp_auth_with_identity(source, identity) : source;
    if (info) {
        *info = found;
        found = (struct cli_credential_info){0};
    }
    return 0;
}
