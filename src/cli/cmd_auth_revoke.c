/* auth revoke: an account of `auth login` is given back to Google and forgotten. */
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/accounts.h"
#include "cli/cmd.h"
#include "cli/platform.h"
#include "cli/settings.h"
#include "cli/sources.h"
#include "gcp/auth_oauth.h"
#include "gcp/login.h"
#include "gcp/token_cache.h"

struct revoke_args {
    struct cr_layer plan;
    bool local;
};

static const struct opt opts[] = {
    {0, "local", OPT_FLAG(struct revoke_args, local),
     .help = "Only forget it on this machine; at Google the login stays good"},
    OPT_PLAN(struct revoke_args, plan, CR_KEY_PLATFORM, "platform"),
    OPT_END,
};

/* Why there is nothing to revoke: gcloud has it, or nobody. */
static int missing(const char *account, struct cr_error *err)
{
    CLI_AUTO_SOURCES struct cli_sources all = {0};

    if (cli_sources_find(&all, err) < 0)
        return -1;
    for (size_t i = 0; i < all.len; i++)
        if (all.row[i].account && strcmp(all.row[i].account, account) == 0 &&
            strncmp(all.row[i].name, "gcloud", 6) == 0) {
            cr_fail(err, CR_E_AUTH, "'%s' is an account of gcloud's, which crdeploy only reads", account);
            return cr_hint(err, "%s",
                           all.row[i].standard ? "gcloud auth application-default revoke" : "gcloud auth revoke");
        }
    cr_fail(err, CR_E_AUTH, "there is no account '%s'", account);
    return cr_hint(err, "'crdeploy auth list' shows those that there are");
}

static int which(struct cmd *c, char **account, struct cr_error *err)
{
    if (c->npos) {
        *account = cr_strdup(c->pos[0]);
        return 0;
    }
    if (cli_account_active(account, err) < 0)
        return -1;
    if (*account)
        return 0;
    cr_fail(err, CR_E_USAGE, "no account is active, and none is named");
    return cr_hint(err, "name one that 'crdeploy auth list' shows: crdeploy auth revoke ACCOUNT");
}

/* A login is given back; a key cannot be. */
static int give_back(struct cmd *c, const json_t *credential, struct cr_error *err)
{
    const struct revoke_args *a = c->args;
    const char *refresh = json_string_value(json_object_get(credential, "refresh_token"));
    const char *key = json_string_value(json_object_get(credential, "private_key_id"));
    const char *email = json_string_value(json_object_get(credential, "client_email"));
    CR_AUTO_PLAN struct cr_plan plan = {0};
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    CR_AUTO_MANIFEST struct cr_manifest manifest = {0};
    CLI_AUTO_CONNECTION struct cli_connection link = {0};
    bool was;

    if (key && email)
        ui_warn(c->ui, "the key itself stays good: gcloud iam service-accounts keys delete %s --iam-account %s", key,
                email);
    if (!refresh)
        return 0;
    if (cli_plan_load(NULL, &a->plan, false, &manifest, &plan, &problems, err) < 0 ||
        cli_connect_bare(&plan, c->ui, &link, err) < 0)
        return -1;
    if (gcp_login_revoke(&link.gcp, refresh, &was, err) < 0)
        return cr_hint(err, "to forget it here all the same: crdeploy auth revoke --local");
    if (!was)
        ui_note(c->ui, "the login was no longer good");
    return 0;
}

/* Which tokens came of it is not written beside them, so all are dropped: each costs one request to get again. */
static void forget_tokens(void)
{
    struct gcp_token_cache *cache = cli_token_cache(false);

    gcp_token_cache_drop(cache);
    gcp_token_cache_close(cache);
}

static int run(struct cmd *c, struct cr_error *err)
{
    const struct revoke_args *a = c->args;
    GCP_AUTO_SECRET_JSON json_t *credential = NULL;
    CR_AUTO_FREE char *account = NULL;
    struct cr_error why = {0};

    if (which(c, &account, err) < 0)
        return -1;
    if (cli_account_load(account, &credential, &why) < 0) {
        if (why.code != CR_E_CONFIG || !a->local) { /* a broken file can still be forgotten */
            *err = why;
            return -1;
        }
    } else if (!credential) {
        return missing(account, err);
    }
    if ((!a->local && give_back(c, credential, err) < 0) || cli_account_remove(account, err) < 0)
        return -1;
    forget_tokens();
    ui_note(c->ui, a->local ? "forgot %s" : "revoked %s", account);
    return c->json ? cmd_json(c, json_pack("{s:s, s:b}", "account", account, "revoked", !a->local), err) : 0;
}

const struct verb verb_auth_revoke = {
    .name = "auth revoke",
    .args = "[ACCOUNT]",
    .summary = "Give back a login and forget it",
    .about =
        "Without ACCOUNT, the active one. Google is asked to void the login, then the file and the tokens that were "
        "kept of it are removed. Accounts of gcloud's are gcloud's to revoke.",
    .examples = (const char *const[]){"crdeploy auth revoke", "crdeploy auth revoke ada@example.com", NULL},
    .max_args = 1,
    .opts = opts,
    .args_size = sizeof(struct revoke_args),
    .run = run,
};
