/* auth list, auth application-default: which credentials are there, and which one is used. */
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/account_file.h"
#include "cli/cmd.h"
#include "cli/platform.h"
#include "cli/settings.h"
#include "cli/sources.h"
#include "gcp/auth_oauth.h"

struct list_args {
    struct cr_layer plan;
    struct cli_credential_args cred;
};

static const struct opt opts[] = {
    CLI_CREDENTIAL_OPTIONS(struct list_args, cred),
    OPT_PLAN(struct list_args, plan, CR_KEY_PLATFORM, "platform"),
    OPT_END,
};

/* Opens the platform as another verb would, without asking for a token; what is wrong with that is no failure here. */
static int survey(struct cmd *c, const struct list_args *a, struct cli_connection *link, struct cli_sources *all,
                  struct cr_error *why, struct cr_error *err)
{
    CR_AUTO_PLAN struct cr_plan plan = {0};
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    CR_AUTO_MANIFEST struct cr_manifest manifest = {0};

    if (cli_plan_load(NULL, &a->plan, false, &manifest, &plan, &problems, err) < 0 || cli_sources_find(all, err) < 0)
        return -1;
    if (cli_connect_url(&plan, &a->cred, c->ui, link, why) == 0)
        cli_sources_mark(all, &link->info);
    else if (why->code == CR_E_INTERRUPT || why->code == CR_E_USAGE) {
        *err = *why;
        return -1;
    }
    return 0;
}

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

static void show_row(FILE *out, const struct cli_source *row, const int width[3])
{
    fprintf(out, "%c %-*s  %-*s  %-*s  %s\n", row->active ? '*' : ' ', width[0], row->name, width[1],
            or_dash(row->type), width[2], or_dash(row->account), or_dash(row->file));
    if (row->problem)
        fprintf(out, "    %s\n", row->problem);
}

static void widen(int *width, const char *text)
{
    int n = (int)strlen(or_dash(text));

    if (n > *width)
        *width = n;
}

/* The list, or only what Google's client libraries look at. */
static void show(FILE *out, const struct cli_sources *all, bool only_standard)
{
    const struct cli_source title = {
        .name = (char[]){"SOURCE"}, .type = (char[]){"TYPE"}, .account = (char[]){"ACCOUNT"}, .file = (char[]){"FILE"}};
    int width[3] = {0};

    for (size_t i = 0; i <= all->len; i++) {
        const struct cli_source *row = i ? &all->row[i - 1] : &title;

        if (i && only_standard && !row->standard)
            continue;
        widen(&width[0], row->name);
        widen(&width[1], row->type);
        widen(&width[2], row->account);
    }
    show_row(out, &title, width);
    for (size_t i = 0; i < all->len; i++)
        if (!only_standard || all->row[i].standard)
            show_row(out, &all->row[i], width);
}

static json_t *rows_json(const struct cli_sources *all, bool only_standard)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < all->len; i++)
        if (!only_standard || all->row[i].standard)
            json_array_append_new(rows, cli_source_json(&all->row[i]));
    return rows;
}

static json_t *why_json(const struct cr_error *why)
{
    return why->code ? cmd_text_json(why->msg) : json_null();
}

static int run_list(struct cmd *c, struct cr_error *err)
{
    CLI_AUTO_SOURCES struct cli_sources all = {0};
    CLI_AUTO_CONNECTION struct cli_connection link = {0};
    const struct list_args *a = c->args;
    struct cr_error why = {0};

    if (survey(c, a, &link, &all, &why, err) < 0)
        return -1;
    if (c->json)
        return cmd_json(c,
                        json_pack("{s:o, s:s?, s:o}", "credentials", rows_json(&all, false), "impersonates",
                                  link.info.target, "problem", why_json(&why)),
                        err);
    if (all.len)
        show(c->out, &all, false);
    if (why.code)
        ui_warn(c->ui, "%s", why.msg);
    else if (link.info.target)
        ui_note(c->ui, "acts as %s", link.info.target);
    if (why.hint[0])
        ui_hint(c->ui, "%s", why.hint);
    else if (!all.len)
        ui_hint(c->ui, "there is no credential: crdeploy auth login, or gcloud auth application-default login");
    return 0;
}

/* auth application-default */

static const char *const actions[] = {"print-access-token", NULL};

/* What Google's client libraries would use: the first of them, good or bad. NULL without one. */
static const struct cli_source *standard(const struct cli_sources *all)
{
    for (size_t i = 0; i < all->len; i++)
        if (all->row[i].standard)
            return &all->row[i];
    return NULL;
}

static int print_token(struct cmd *c, struct cli_connection *link, const struct cli_source *row, struct cr_error *err)
{
    GCP_AUTO_SECRET_JSON json_t *credential = NULL;
    const struct list_args *a = c->args;
    struct gcp_auth *auth = NULL;
    struct gcp_auth_env env;
    const char *token;
    int rc;

    if (row->file) {
        cli_account_env(link, a->cred.allow_custom || link->env.allow_custom, &env);
        if (cli_account_read_file(row->file, &credential, err) < 0 ||
            gcp_auth_from_object(&env, credential, row->file, &auth, err) < 0)
            return -1;
    } else if (!row->active) {
        cr_fail(err, CR_E_AUTH, "the metadata server is not what is used: %s is", or_dash(link->info.source));
        return cr_hint(err, "the token in use: crdeploy auth print-access-token");
    }
    rc = auth ? auth->token(auth, false, &token, err) : link->auth->token(link->auth, false, &token, err);
    if (rc == 0 && c->json)
        rc = cmd_json(c, json_pack("{s:s}", "token", token), err);
    else if (rc == 0)
        fprintf(c->out, "%s\n", token);
    gcp_auth_free(auth);
    return rc;
}

static int none(struct cr_error *err)
{
    cr_fail(err, CR_E_AUTH, "there are no application default credentials");
    return cr_hint(err,
                   "gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to a credential file");
}

static int run_default(struct cmd *c, struct cr_error *err)
{
    CLI_AUTO_SOURCES struct cli_sources all = {0};
    CLI_AUTO_CONNECTION struct cli_connection link = {0};
    const struct list_args *a = c->args;
    const struct cli_source *first;
    struct cr_error why = {0};

    if (c->npos && strcmp(c->pos[0], actions[0]) != 0) {
        cr_fail(err, CR_E_USAGE, "'auth application-default' does not know '%s'", c->pos[0]);
        return cr_hint(err, "it takes print-access-token; a login is gcloud's: gcloud auth application-default login");
    }
    if (survey(c, a, &link, &all, &why, err) < 0)
        return -1;
    first = standard(&all);
    if (c->npos)
        return first ? print_token(c, &link, first, err) : none(err);
    if (c->json)
        return cmd_json(c,
                        json_pack("{s:o, s:o, s:b}", "credentials", rows_json(&all, true), "problem", why_json(&why),
                                  "used_by_crdeploy", first && first->active),
                        err);
    if (!first)
        return none(err);
    show(c->out, &all, true);
    if (first->active)
        ui_note(c->ui, "Google's client libraries use the first, and so does crdeploy");
    else
        ui_note(c->ui, "Google's client libraries use the first; crdeploy %s%s",
                link.info.source ? "uses another, which comes before: " : "has none that can be used",
                link.info.source ? link.info.source : "");
    if (why.code)
        ui_warn(c->ui, "%s", why.msg);
    return 0;
}

const struct verb verb_auth_list = {
    .name = "auth list",
    .args = "",
    .summary = "Show the credentials that are there, and which one is used",
    .about =
        "One line for each credential of this machine, in the order in which they are tried; the one that is used is "
        "marked *. What is wrong with one stands below it. Nothing is sent, and no secret is shown.\n\n"
        "The order: an access token in the environment or a file; --key-file; GOOGLE_APPLICATION_CREDENTIALS; the "
        "account of 'crdeploy auth login' that is active; gcloud's application default credentials; gcloud's active "
        "account; the metadata server.",
    .examples = (const char *const[]){"crdeploy auth list", "crdeploy auth list --json", NULL},
    .opts = opts,
    .args_size = sizeof(struct list_args),
    .run = run_list,
};

const struct verb verb_auth_application_default = {
    .name = "auth application-default",
    .args = "[print-access-token]",
    .summary = "Show the application default credentials, or print a token of theirs",
    .about =
        "The credentials that Google's client libraries find without being told: the file named by "
        "GOOGLE_APPLICATION_CREDENTIALS, the one that 'gcloud auth application-default login' writes, or the metadata "
        "server. They are read, never written.",
    .examples = (const char *const[]){"crdeploy auth application-default",
                                      "crdeploy auth application-default print-access-token", NULL},
    .max_args = 1,
    .arg_choices = actions,
    .opts = opts,
    .args_size = sizeof(struct list_args),
    .run = run_default,
};
