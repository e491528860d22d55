/*
 * credential.h - which credential is used: the one function that knows the order of the sources.
 *
 * Order: $CRDEPLOY_ACCESS_TOKEN, a token file, --key-file, $CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE,
 *   $GOOGLE_APPLICATION_CREDENTIALS, crdeploy's own login, gcloud's application default credentials, gcloud's active
 *   account, the metadata server. Options come before the environment. Over that lies impersonation, where asked for.
 * Ownership: the texts of struct cli_credential_info are its own; cli_credential_info_clear() frees them.
 * Errors: CR_E_AUTH or CR_E_IO that names source and file, with what to do. Nothing is sent here, but a question to the
 *   metadata server whether it is there.
 */
#ifndef CLI_CREDENTIAL_H
#define CLI_CREDENTIAL_H

#include "cli/gcloud.h"
#include "cli/opt.h"
#include "gcp/auth_json.h"

/* What the options say; zeroed means nothing was said. */
struct cli_credential_args {
    const char *token_file, *key_file, *impersonate, *billing_project, *account;
    bool allow_custom;
};

/* The options of the struct's fields, for every verb that speaks to Google:
 *     struct build_args { ...; struct cli_credential_args cred; };
 *     CLI_CREDENTIAL_OPTIONS(struct build_args, cred),  */
/* clang-format off */
#define CLI_CREDENTIAL_OPTIONS(S, cred)                                                                              \
    {0, "access-token-file", OPT_STR(S, cred.token_file), .arg = "FILE", .complete = OPT_C_FILE,                     \
     .help = "File with the OAuth access token to use"},                                                             \
    {0, "key-file", OPT_STR(S, cred.key_file), .arg = "FILE", .complete = OPT_C_FILE,                                \
     .help = "Credential file to use: a service account's key, or another that gcloud writes"},                      \
    {0, "account", OPT_STR(S, cred.account), .arg = "ACCOUNT",                                                       \
     .help = "Which of the accounts that are logged in to use, crdeploy's or gcloud's"},                             \
    {0, "impersonate-service-account", OPT_STR(S, cred.impersonate), .arg = "EMAIL[,EMAIL...]",                      \
     .help = "Act as this service account; of several, the last, through the others in their order"},                \
    {0, "billing-project", OPT_STR(S, cred.billing_project), .arg = "PROJECT",                                       \
     .help = "Project whose quota the API calls use; default: gcloud's billing/quota_project"},                      \
    {0, "allow-custom-endpoints", OPT_FLAG(S, cred.allow_custom),                                                    \
     .help = "Trust a credential file that gets its tokens outside googleapis.com"}
/* clang-format on */

enum cli_credential_kind {
    CLI_CREDENTIAL_NONE,     /* none was found: asking for a token fails and says how to get one */
    CLI_CREDENTIAL_TOKEN,    /* a token that was given, in the environment or a file */
    CLI_CREDENTIAL_FILE,     /* a credential file; `type` says which */
    CLI_CREDENTIAL_METADATA, /* the metadata server */
};

struct cli_credential_info {
    enum cli_credential_kind kind;
    char *type;          /* authorized_user, service_account ...; "access_token", "metadata" or "none" for the others */
    char *source;        /* what chose it: "--key-file", "$GOOGLE_APPLICATION_CREDENTIALS", "crdeploy auth login" ... */
    char *file;          /* or NULL */
    char *account;       /* e-mail address, where it is known without asking; or NULL */
    char *target;        /* service account that is impersonated, or NULL */
    char *project;       /* project_id in a key file, or NULL */
    char *quota_project; /* to be sent as x-goog-user-project whatever the kind is, or NULL */
    bool user;           /* a person's login: calls carry a quota project even where none is said */
};

#define CLI_AUTO_CREDENTIAL_INFO __attribute__((cleanup(cli_credential_info_clear)))
void cli_credential_info_clear(struct cli_credential_info *info);

/* args may be NULL. g is gcloud's configuration, loaded. info may be NULL. env is borrowed for the life of *auth. */
int cli_credential_open(const struct cli_credential_args *args, const struct cli_gcloud *g,
                        const struct gcp_auth_env *env, struct gcp_auth **auth, struct cli_credential_info *info,
                        struct cr_error *err) CR_CHECKED;

/* "the credential file 'x' ($GOOGLE_APPLICATION_CREDENTIALS)": for notes and errors. New. */
char *cli_credential_text(const struct cli_credential_info *info);

/* $XDG_CONFIG_HOME/crdeploy/credentials/ACCOUNT.json, whether it is there or not; the account is checked to be no path.
 * New. */
int cli_credential_path(const char *account, char **path, struct cr_error *err) CR_CHECKED;

#endif
