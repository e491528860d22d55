#include "cli/credential_find.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/settings.h"
#include "gcp/auth_oauth.h"

enum { MAX_FILE = 1 << 20 };

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

/* Takes what the text of source and file are. */
static void found(struct cli_credential_info *info, enum cli_credential_kind kind, char *source, char *file)
{
    info->kind = kind;
    info->source = source;
    info->file = file;
}

/* A file that is named must be there: another credential in its place would be a surprise. Takes source. */
static int named(struct cli_credential_info *info, enum cli_credential_kind kind, char *source, const char *file,
                 struct cr_error *err)
{
    found(info, kind, source, cr_strdup(file));
    if (kind == CLI_CREDENTIAL_TOKEN || cr_file_exists(file))
        return 0;
    cr_fail(err, CR_E_AUTH, "%s names the credential file '%s', which is not there", source, file);
    return *source == '-' ? cr_hint(err, "check the path, or leave %s out", source)
                          : cr_hint(err, "correct the path, or unset it: no other credential is taken in its place");
}

/* The account becomes part of a path. */
static bool account_ok(const char *account)
{
    return *account && *account != '.' && *account != '-' && !strpbrk(account, "/\\\n") && strlen(account) < 200;
}

int cli_credential_path(const char *account, char **path, struct cr_error *err)
{
    CR_AUTO_FREE char *dir = NULL;

    if (!account_ok(account)) {
        cr_fail(err, CR_E_USAGE, "'%.100s' is no account", account);
        return cr_hint(err, "it is an e-mail address: crdeploy auth list shows those that are logged in");
    }
    if (cr_xdg_path(CR_XDG_CONFIG, "credentials", &dir, err) < 0)
        return -1;
    *path = cr_format("%s/%s.json", dir, account);
    return 0;
}

/* gcloud's own file of an account; NULL when there is none. New. */
static char *gcloud_file(const char *account)
{
    CR_AUTO_FREE char *dir = cli_gcloud_dir(), *name = cr_strdup(account), *path = NULL;
    char *to = name;

    if (!dir || !account_ok(account))
        return NULL;
    for (const char *from = account; *from; from++) /* as gcloud names the directory */
        if (*from != ':')
            *to++ = *from;
    *to = '\0';
    path = cr_format("%s/legacy_credentials/%s/adc.json", dir, name);
    return cr_file_exists(path) ? CR_STEAL(path) : NULL;
}

/* An account that is asked for by name. */
static int by_account(const char *account, const char *source, struct cli_credential_info *info, struct cr_error *err)
{
    CR_AUTO_FREE char *ours = NULL, *theirs = NULL;

    if (cli_credential_path(account, &ours, err) < 0)
        return -1;
    info->account = cr_strdup(account);
    if (cr_file_exists(ours)) {
        found(info, CLI_CREDENTIAL_FILE, cr_strdup(source), CR_STEAL(ours));
        return 0;
    }
    theirs = gcloud_file(account);
    if (theirs) {
        found(info, CLI_CREDENTIAL_FILE, cr_format("%s, in gcloud's files", source), CR_STEAL(theirs));
        return 0;
    }
    cr_fail(err, CR_E_AUTH, "the account '%s' (%s) is not logged in", account, source);
    return cr_hint(err, "log in: crdeploy auth login %s", account);
}

/* What the command line says, if anything. */
static int by_option(const struct cli_credential_args *args, struct cli_credential_info *info, struct cr_error *err)
{
    if (args->token_file)
        return named(info, CLI_CREDENTIAL_TOKEN, cr_strdup("--access-token-file"), args->token_file, err);
    if (args->key_file)
        return named(info, CLI_CREDENTIAL_FILE, cr_strdup("--key-file"), args->key_file, err);
    return args->account ? by_account(args->account, "--account", info, err) : 0;
}

static bool by_token(char **token, struct cli_credential_info *info)
{
    static const char *const names[] = {"CRDEPLOY_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN"};

    for (size_t i = 0; i < CR_LEN(names); i++)
        if (variable(names[i])) {
            *token = cr_strdup(variable(names[i]));
            found(info, CLI_CREDENTIAL_TOKEN, cr_format("$%s", names[i]), NULL);
            return true;
        }
    return false;
}

/* Files that variables and gcloud's properties name, in their order. */
static int by_name(const struct cli_gcloud *g, struct cli_credential_info *info, struct cr_error *err)
{
    static const struct {
        const char *name; /* a variable, or a property where it has a slash */
        enum cli_credential_kind kind;
    } rows[] = {
        {"CRDEPLOY_ACCESS_TOKEN_FILE", CLI_CREDENTIAL_TOKEN},
        {"auth/access_token_file", CLI_CREDENTIAL_TOKEN},
        {"CRDEPLOY_KEY_FILE", CLI_CREDENTIAL_FILE},
        {"auth/credential_file_override", CLI_CREDENTIAL_FILE},
        {"GOOGLE_APPLICATION_CREDENTIALS", CLI_CREDENTIAL_FILE},
    };

    for (size_t i = 0; i < CR_LEN(rows); i++) {
        CR_AUTO_FREE char *value = NULL, *where = NULL;

        if (!strchr(rows[i].name, '/')) {
            if (!variable(rows[i].name))
                continue;
            return named(info, rows[i].kind, cr_format("$%s", rows[i].name), variable(rows[i].name), err);
        }
        if (!cli_gcloud_get(g, rows[i].name, &value, &where))
            continue;
        return named(info, rows[i].kind, *where == '$' ? CR_STEAL(where) : cr_format("%s in '%s'", rows[i].name, where),
                     value, err);
    }
    return 0;
}

/* crdeploy's own login: $CRDEPLOY_ACCOUNT, or the account that was made the active one. */
static int by_login(struct cli_credential_info *info, struct cr_error *err)
{
    CR_AUTO_FREE char *account = NULL;

    if (variable("CRDEPLOY_ACCOUNT"))
        return by_account(variable("CRDEPLOY_ACCOUNT"), "$CRDEPLOY_ACCOUNT", info, err);
    if (cli_config_get("account", &account, err) < 0)
        return -1;
    return account ? by_account(account, "crdeploy auth login", info, err) : 0;
}

/* What gcloud leaves behind: the application default credentials, then the login of its active account. */
static void by_gcloud(const struct cli_gcloud *g, struct cli_credential_info *info)
{
    CR_AUTO_FREE char *dir = cli_gcloud_dir(), *adc = NULL, *account = NULL, *where = NULL, *file = NULL;

    if (!dir)
        return;
    adc = cr_format("%s/application_default_credentials.json", dir);
    if (cr_file_exists(adc)) {
        found(info, CLI_CREDENTIAL_FILE, cr_strdup("gcloud auth application-default login"), CR_STEAL(adc));
        return;
    }
    if (!cli_gcloud_get(g, "core/account", &account, &where) || !(file = gcloud_file(account)))
        return;
    found(info, CLI_CREDENTIAL_FILE, cr_strdup("gcloud auth login"), CR_STEAL(file));
    info->account = CR_STEAL(account);
}

int cli_credential_find(const struct cli_credential_args *args, const struct cli_gcloud *g,
                        const struct gcp_auth_env *env, char **token, struct cli_credential_info *info,
                        struct cr_error *err)
{
    if (by_option(args, info, err) < 0)
        return -1;
    if (info->kind || by_token(token, info))
        return 0;
    if (by_name(g, info, err) < 0 || (!info->kind && by_login(info, err) < 0))
        return -1;
    if (!info->kind)
        by_gcloud(g, info);
    if (!info->kind && env->http && gcp_metadata_present(env, NULL))
        found(info, CLI_CREDENTIAL_METADATA, gcp_metadata_base(env), NULL);
    return 0;
}

static const char *lookup(void *ud, const char *name)
{
    (void)ud;
    return getenv(name);
}

/* project_id of a credential file. New, or NULL. */
static char *project_in(const char *file)
{
    GCP_AUTO_SECRET_JSON json_t *cred = NULL;
    struct cr_error ignored = {0};
    char *text = NULL;
    const char *id;

    if (cr_file_read(file, MAX_FILE, &text, NULL, &ignored) < 0)
        return NULL;
    cred = json_loads(text, 0, NULL);
    gcp_secret_wipe(&text);
    id = json_string_value(json_object_get(cred, "project_id"));
    return id && *id ? cr_strdup(id) : NULL;
}

bool cli_credential_project(const struct cli_gcloud *g, struct gcp_http *http, char **project, char **where)
{
    static const struct cli_credential_args none = {0};
    CLI_AUTO_CREDENTIAL_INFO struct cli_credential_info info = {0};
    const struct gcp_auth_env env = {.getenv = lookup};
    CR_AUTO_FREE char *base = gcp_metadata_base(&env);
    struct cr_error ignored = {0};
    char *token = NULL, *id = NULL;

    if (cli_credential_find(&none, g, &env, &token, &info, &ignored) < 0)
        return false; /* the verb that needs the credential says what is wrong with it */
    gcp_secret_wipe(&token);
    if (info.kind == CLI_CREDENTIAL_FILE)
        id = project_in(info.file);
    /* The network is not searched for a metadata server here: verbs that need no credential must not wait for it. */
    else if (info.kind == CLI_CREDENTIAL_NONE && http && gcp_metadata_known(&env, NULL) &&
             gcp_metadata_get(http, base, "project/project-id", &id, &ignored) < 0)
        id = NULL;
    if (!id)
        return false;
    *project = id;
    *where = info.file ? cr_format("project_id in '%s'", info.file) : cr_format("the metadata server '%s'", base);
    return true;
}
