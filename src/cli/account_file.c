#include "cli/account_file.h"

#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/accounts.h"
#include "gcp/auth_oauth.h"

enum { MAX_BYTES = 256 << 10 };

static const char *const types[] = {"service_account",
                                    "authorized_user",
                                    "external_account",
                                    "external_account_authorized_user",
                                    "impersonated_service_account",
                                    NULL};

static int check(const json_t *doc, const json_error_t *at, const char *path, struct cr_error *err)
{
    const char *type = json_string_value(json_object_get(doc, "type"));

    if (!doc) {
        cr_fail(err, CR_E_CONFIG, "%s:%d:%d: the credential is no JSON: %s", path, at->line, at->column, at->text);
    } else if (json_object_get(doc, "installed")) {
        cr_fail(err, CR_E_CONFIG, "'%s' is an OAuth client, no credential", path);
        return cr_hint(err, "a login starts with it: crdeploy auth login --client-file %s", path);
    } else if (!type) {
        cr_fail(err, CR_E_CONFIG, "the credential file '%s' has no type", path);
    } else {
        for (size_t i = 0; types[i]; i++)
            if (strcmp(type, types[i]) == 0)
                return 0;
        cr_fail(err, CR_E_CONFIG, "the credential file '%s' is of type '%.60s', which is not known", path, type);
    }
    return cr_hint(err, "it is a file whose 'type' is service_account, authorized_user, external_account, "
                        "external_account_authorized_user or impersonated_service_account");
}

int cli_account_read_file(const char *path, json_t **credential, struct cr_error *err)
{
    char *text = NULL;
    json_error_t at;
    json_t *doc;
    size_t len;

    if (cr_file_read(path, MAX_BYTES, &text, &len, err) < 0)
        return -1;
    doc = json_loadb(text, len, 0, &at);
    explicit_bzero(text, len);
    free(text);
    if (check(doc, &at, path, err) < 0) {
        gcp_json_wipe(doc);
        return -1;
    }
    *credential = doc;
    return 0;
}

char *cli_account_in(const json_t *credential)
{
    static const char *const keys[] = {"account", "client_email"};
    const char *url = json_string_value(json_object_get(credential, "service_account_impersonation_url"));
    const char *slash = url ? strrchr(url, '/') : NULL;

    for (size_t i = 0; i < CR_LEN(keys); i++) {
        const char *value = json_string_value(json_object_get(credential, keys[i]));

        if (value && *value)
            return cr_strdup(value);
    }
    return slash && slash[1] && slash[1] != ':' ? cr_strndup(slash + 1, strcspn(slash + 1, ":")) : NULL;
}

int cli_account_name_of(const json_t *credential, const char *path, const char *wanted, char **account,
                        struct cr_error *err)
{
    CR_AUTO_FREE char *name = wanted ? cr_strdup(wanted) : cli_account_in(credential);

    if (!name) {
        cr_fail(err, CR_E_USAGE, "the credential file '%s' does not say whose it is", path);
        return cr_hint(err, "name it: crdeploy auth login NAME --cred-file %s", path);
    }
    if (cli_account_check(name, err) < 0)
        return -1;
    *account = CR_STEAL(name);
    return 0;
}

void cli_account_env(const struct cli_connection *link, bool allow_custom, struct gcp_auth_env *env)
{
    *env = (struct gcp_auth_env){.http = link->http,
                                 .oauth = link->gcp.endpoint[GCP_OAUTH],
                                 .sts = link->gcp.endpoint[GCP_STS],
                                 .iam = link->gcp.endpoint[GCP_IAM_CREDENTIALS],
                                 .allow_custom = allow_custom,
                                 .getenv = link->env.getenv,
                                 .ud = link->env.ud};
}

int cli_account_try(struct cli_connection *link, const json_t *credential, const char *path, bool allow_custom,
                    struct cr_error *err)
{
    struct gcp_auth *auth = NULL;
    struct gcp_auth_env env;
    const char *token;
    int rc;

    cli_account_env(link, allow_custom, &env);
    if (gcp_auth_from_object(&env, credential, path, &auth, err) < 0)
        return -1;
    rc = auth->token(auth, false, &token, err);
    gcp_auth_free(auth);
    return rc;
}
