#include "cli/sources.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/account_file.h"
#include "cli/accounts.h"
#include "cli/cmd.h"
#include "gcp/auth_oauth.h"

static void row_clear(struct cli_source *row)
{
    free(row->name);
    free(row->type);
    free(row->account);
    free(row->file);
    free(row->problem);
}

void cli_sources_clear(struct cli_sources *all)
{
    for (size_t i = 0; i < all->len; i++)
        row_clear(&all->row[i]);
    free(all->row);
    *all = (struct cli_sources){0};
}

static struct cli_source *add(struct cli_sources *all, const char *name)
{
    all->row = cr_realloc(all->row, (all->len + 1) * sizeof(*all->row));
    all->row[all->len] = (struct cli_source){.name = cr_strdup(name)};
    return &all->row[all->len++];
}

static char *or_null(const char *text)
{
    return text && *text ? cr_strdup(text) : NULL;
}

/* Text out of somebody's file, as it may be shown. */
static void tidy(char *text)
{
    for (; text && *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            *text = '?';
}

/* What a token's or key's file gives away by its mode. */
static void look_at_mode(struct cli_source *row)
{
    struct stat st;

    if (!row->problem && stat(row->file, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077))
        row->problem = cr_format("others can read it: chmod 600 '%s'", row->file);
}

static struct cli_source *add_file(struct cli_sources *all, const char *name, const char *path)
{
    struct cli_source *row = add(all, name);
    GCP_AUTO_SECRET_JSON json_t *doc = NULL;
    struct cr_error why = {0};

    row->file = cr_strdup(path);
    if (cli_account_read_file(path, &doc, &why) < 0) {
        row->problem = cr_strdup(why.msg);
        tidy(row->problem);
        return row;
    }
    row->type = or_null(json_string_value(json_object_get(doc, "type")));
    row->account = cli_account_in(doc);
    tidy(row->account);
    look_at_mode(row);
    return row;
}

static void add_token(struct cli_sources *all, const char *variable)
{
    const char *value = getenv(variable);
    CR_AUTO_FREE char *name = cr_format("$%s", variable);

    if (value && *value)
        add(all, name)->type = cr_strdup("access_token");
}

static void add_token_file(struct cli_sources *all, const char *name, const char *path)
{
    struct cli_source *row = add(all, name);

    row->type = cr_strdup("access_token");
    row->file = cr_strdup(path);
    if (!cr_file_exists(path))
        row->problem = cr_format("there is no file '%s'", path);
    look_at_mode(row);
}

/* A file that a variable names, or (with a slash) a property of gcloud's. */
static void add_named(struct cli_sources *all, const struct cli_gcloud *g, const char *name, bool is_token)
{
    CR_AUTO_FREE char *path = NULL, *where = NULL, *label = NULL;
    const char *value = getenv(name);

    if (strchr(name, '/')) {
        if (!cli_gcloud_get(g, name, &path, &where))
            return;
        label = *where == '$' ? cr_strdup(where) : cr_format("gcloud's %s", name);
    } else {
        path = or_null(value);
        label = cr_format("$%s", name);
    }
    if (path && is_token)
        add_token_file(all, label, path);
    else if (path)
        add_file(all, label, path)->standard = strcmp(name, "GOOGLE_APPLICATION_CREDENTIALS") == 0;
}

static void add_given(struct cli_sources *all, const struct cli_gcloud *g)
{
    add_token(all, "CRDEPLOY_ACCESS_TOKEN");
    add_token(all, "CLOUDSDK_AUTH_ACCESS_TOKEN");
    add_named(all, g, "CRDEPLOY_ACCESS_TOKEN_FILE", true);
    add_named(all, g, "auth/access_token_file", true);
    add_named(all, g, "CRDEPLOY_KEY_FILE", false);
    add_named(all, g, "auth/credential_file_override", false);
    add_named(all, g, "GOOGLE_APPLICATION_CREDENTIALS", false);
}

/* crdeploy's own, the active one first. */
static int add_own(struct cli_sources *all, struct cr_error *err)
{
    CLI_AUTO_ACCOUNTS struct cli_accounts own = {0};
    CR_AUTO_FREE char *active = NULL;

    if (cli_accounts_list(&own, err) < 0 || cli_account_active(&active, err) < 0)
        return -1;
    for (int others = 0; others < 2; others++)
        for (size_t i = 0; i < own.len; i++) {
            CR_AUTO_FREE char *path = NULL;
            struct cli_source *row;
            struct cr_error why = {0};

            if ((active && strcmp(own.name[i], active) == 0) == others ||
                cli_credential_path(own.name[i], &path, &why) < 0)
                continue;
            row = add_file(all, "crdeploy auth login", path);
            free(row->account);
            row->account = cr_strdup(own.name[i]);
        }
    return 0;
}

/* One account of gcloud's, by the file that needs no database. */
static void add_gcloud_account(struct cli_sources *all, const char *dir, const char *account)
{
    CR_AUTO_FREE char *path = cr_format("%s/legacy_credentials/%s/adc.json", dir, account);
    struct cli_source *row = add_file(all, "gcloud auth login", path);

    if (!row->account)
        row->account = cr_strdup(account);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void add_gcloud(struct cli_sources *all, const struct cli_gcloud *g)
{
    CR_AUTO_FREE char *dir = cli_gcloud_dir(), *adc = NULL, *accounts = NULL, *active = NULL, *where = NULL;
    struct dirent **entry = NULL;
    int n;

    if (!dir)
        return;
    adc = cr_path_join(dir, "application_default_credentials.json");
    if (cr_file_exists(adc))
        add_file(all, "gcloud auth application-default login", adc)->standard = true;
    if (cli_gcloud_get(g, "core/account", &active, &where))
        add_gcloud_account(all, dir, active);
    accounts = cr_path_join(dir, "legacy_credentials");
    n = scandir(accounts, &entry, visible, alphasort);
    for (int i = 0; i < n; i++) {
        if (!active || strcmp(entry[i]->d_name, active) != 0)
            add_gcloud_account(all, dir, entry[i]->d_name);
        free(entry[i]);
    }
    free(entry);
}

int cli_sources_find(struct cli_sources *all, struct cr_error *err)
{
    CLI_AUTO_GCLOUD struct cli_gcloud g = {0};
    const char *metadata = getenv("GCE_METADATA_HOST");

    if (cli_gcloud_load(&g, err) < 0)
        return -1;
    add_given(all, &g);
    if (add_own(all, err) < 0)
        return -1;
    add_gcloud(all, &g);
    if (metadata && *metadata) {
        struct cli_source *row = add(all, "$GCE_METADATA_HOST");

        row->type = cr_strdup("metadata");
        row->standard = true;
    }
    return 0;
}

static bool is(const struct cli_source *row, const struct cli_credential_info *info)
{
    if (row->file && info->file)
        return strcmp(row->file, info->file) == 0;
    if (info->kind == CLI_CREDENTIAL_METADATA)
        return row->type && strcmp(row->type, "metadata") == 0;
    return info->source && strcmp(row->name, info->source) == 0;
}

void cli_sources_mark(struct cli_sources *all, const struct cli_credential_info *info)
{
    struct cli_source made;

    if (info->kind == CLI_CREDENTIAL_NONE)
        return;
    for (size_t i = 0; i < all->len; i++)
        if (is(&all->row[i], info)) {
            all->row[i].active = true;
            return;
        }
    add(all, info->source ? info->source : "?");
    made = all->row[all->len - 1];
    made.type = or_null(info->type);
    made.account = or_null(info->account);
    made.file = or_null(info->file);
    made.active = true;
    made.standard = info->kind == CLI_CREDENTIAL_METADATA;
    if (info->kind == CLI_CREDENTIAL_METADATA) { /* the last resort */
        all->row[all->len - 1] = made;
        return;
    }
    memmove(&all->row[1], &all->row[0], (all->len - 1) * sizeof(made));
    all->row[0] = made;
}

static json_t *text(const char *value)
{
    return value ? cmd_text_json(value) : json_null();
}

json_t *cli_source_json(const struct cli_source *row)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:b, s:b, s:o}", "source", row->name, "type", text(row->type), "account",
                     text(row->account), "file", text(row->file), "active", row->active, "application_default",
                     row->standard, "problem", text(row->problem));
}
