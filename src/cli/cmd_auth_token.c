/* auth print-access-token, auth print-identity-token: for curl, docker and other programs. */
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cli/cmd.h"
#include "cli/platform.h"
#include "cli/settings.h"

struct token_args {
    struct cr_layer plan;
    struct cli_credential_args cred;
    const char *audience;
    bool include_email;
};

static const struct opt access_opts[] = {
    CLI_CREDENTIAL_OPTIONS(struct token_args, cred),
    OPT_PLAN(struct token_args, plan, CR_KEY_PLATFORM, "platform"),
    OPT_END,
};

static const struct opt identity_opts[] = {
    {0, "audiences", OPT_STR(struct token_args, audience), .arg = "URL",
     .help = "Whom the token is for: the address of the service, without a path"},
    {0, "include-email", OPT_FLAG(struct token_args, include_email),
     .help = "Have the account's address in the token; it always is, the option is for those used to gcloud"},
    CLI_CREDENTIAL_OPTIONS(struct token_args, cred),
    OPT_PLAN(struct token_args, plan, CR_KEY_PLATFORM, "platform"),
    OPT_END,
};

/* The account may be named as gcloud's users do, without an option. */
static int connect_to(struct cmd *c, struct cli_credential_args *cred, struct cli_connection *link,
                      struct cr_error *err)
{
    CR_AUTO_PLAN struct cr_plan plan = {0};
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    CR_AUTO_MANIFEST struct cr_manifest manifest = {0};
    const struct token_args *a = c->args;

    *cred = a->cred;
    if (c->npos && cred->account && strcmp(cred->account, c->pos[0]) != 0) {
        cr_fail(err, CR_E_USAGE, "'%s' and --account '%s' are two accounts", c->pos[0], cred->account);
        return cr_hint(err, "name one of them");
    }
    if (c->npos)
        cred->account = c->pos[0];
    if (cli_plan_load(NULL, &a->plan, false, &manifest, &plan, &problems, err) < 0)
        return -1;
    return cli_connect_url(&plan, cred, c->ui, link, err);
}

static int run_access(struct cmd *c, struct cr_error *err)
{
    CLI_AUTO_CONNECTION struct cli_connection link = {0};
    struct cli_credential_args cred;
    const char *token;
    json_t *doc;

    if (connect_to(c, &cred, &link, err) < 0 || link.auth->token(link.auth, false, &token, err) < 0)
        return -1;
    if (!c->json) {
        fprintf(c->out, "%s\n", token);
        return 0;
    }
    doc = json_pack("{s:s, s:s?}", "token", token, "account", link.info.target ? link.info.target : link.info.account);
    if (link.auth->expires_ms) {
        char end[32];

        cr_time_text(link.auth->expires_ms, end);
        json_object_set_new(doc, "expires", json_string(end));
    }
    return cmd_json(c, doc, err);
}

static int check_audience(const char *audience, struct cr_error *err)
{
    if (!audience || !*audience) {
        cr_fail(err, CR_E_USAGE, "whom the token is for is not said");
        return cr_hint(err, "pass the service's address: --audiences https://NAME-NUMBER.REGION.run.app");
    }
    if (strchr(audience, ',') || strpbrk(audience, " \t\r\n")) {
        cr_fail(err, CR_E_USAGE, "a token is for one audience, not for '%.200s'", audience);
        return cr_hint(err, "ask once for each");
    }
    return 0;
}

static int run_identity(struct cmd *c, struct cr_error *err)
{
    CLI_AUTO_CONNECTION struct cli_connection link = {0};
    const struct token_args *a = c->args;
    struct cli_credential_args cred;
    const char *token;

    if (check_audience(a->audience, err) < 0 || connect_to(c, &cred, &link, err) < 0 ||
        link.auth->identity(link.auth, a->audience, &token, err) < 0)
        return -1;
    if (c->json)
        return cmd_json(c, json_pack("{s:s, s:s}", "token", token, "audience", a->audience), err);
    fprintf(c->out, "%s\n", token);
    return 0;
}

const struct verb verb_auth_print_access_token = {
    .name = "auth print-access-token",
    .args = "[ACCOUNT]",
    .summary = "Print a token for Google's APIs",
    .about = "The token of the credential that the other verbs would use; it is good for an hour at most. Give it to "
             "other programs by a pipe or a variable, not as an argument, which everybody on the machine can see.",
    .examples = (const char *const[]){"crdeploy auth print-access-token",
                                      "crdeploy auth print-access-token --impersonate-service-account "
                                      "builder@my-project.iam.gserviceaccount.com",
                                      NULL},
    .max_args = 1,
    .opts = access_opts,
    .args_size = sizeof(struct token_args),
    .run = run_access,
};

const struct verb verb_auth_print_identity_token = {
    .name = "auth print-identity-token",
    .args = "[ACCOUNT]",
    .summary = "Print a token with which a private service is asked",
    .about = "A service that is not public takes it in the header Authorization: Bearer TOKEN, when the account has "
             "the role "
             "roles/run.invoker. Service accounts, the metadata server and impersonation give one for any address.",
    .examples =
        (const char *const[]){"crdeploy auth print-identity-token --audiences https://qa-123456.us-central1.run.app",
                              NULL},
    .max_args = 1,
    .opts = identity_opts,
    .args_size = sizeof(struct token_args),
    .run = run_identity,
};
