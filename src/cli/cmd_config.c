/* config get, set, unset, list: defaults of this user, below the manifest. */
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/accounts.h"
#include "cli/cmd.h"
#include "cli/settings.h"

static const struct opt opts[] = {OPT_END};

#define ACCOUNT "account"

/* Also what the shells complete; a test holds it against the rows. */
static const char *const names[] = {"machine_type", "disk_size", "build_region", "build_timeout", "template_dir",
                                    "project",      "region",    "platform",     ACCOUNT,         NULL};

/* A setting that is no key of the manifest stands behind them all. */
#define KEY_ACCOUNT CR_KEY_COUNT

static const char *metavar(enum cr_key key)
{
    return key == KEY_ACCOUNT ? "ACCOUNT" : cr_keys[key].arg;
}

/* The key behind a name of the configuration. */
static int find_key(const char *name, enum cr_key *key, struct cr_error *err)
{
    const char *near = cr_nearest(name, names);

    for (int i = 0; i < CR_KEY_COUNT; i++)
        if (cr_keys[i].config && strcmp(cr_keys[i].config, name) == 0) {
            *key = i;
            return 0;
        }
    if (strcmp(name, ACCOUNT) == 0) {
        *key = KEY_ACCOUNT;
        return 0;
    }
    cr_fail(err, CR_E_USAGE, "there is no setting '%s'", name);
    if (near)
        return cr_hint(err, "did you mean '%s'?", near);
    return cr_hint(err, "the settings are machine_type, disk_size, build_region, build_timeout, template_dir, project, "
                        "region, platform, account");
}

static int run_get(struct cmd *c, struct cr_error *err)
{
    CR_AUTO_FREE char *value = NULL;
    enum cr_key key;

    if (find_key(c->pos[0], &key, err) < 0 || cli_config_get(c->pos[0], &value, err) < 0)
        return -1;
    if (c->json)
        return cmd_json(c, json_pack("{s:s, s:s?}", "name", c->pos[0], "value", value), err);
    if (!value) {
        cr_fail(err, CR_E_CONFIG, "'%s' is not set", c->pos[0]);
        return cr_hint(err, "set it: crdeploy config set %s %s", c->pos[0], metavar(key));
    }
    fprintf(c->out, "%s\n", value);
    return 0;
}

/* A value that could not be read later is refused now. */
static int check_value(enum cr_key key, const char *value, struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    CR_AUTO_PLAN struct cr_plan plan = {0};
    struct cr_layer layers[CR_ORIGIN_COUNT] = {0};

    if (key == KEY_ACCOUNT)
        return cli_account_check(value, err);
    if (!*value || strpbrk(value, "\r\n") || value[0] == ' ' || value[strlen(value) - 1] == ' ') {
        cr_fail(err, CR_E_USAGE, "'%s' is empty, or has a line break or a blank at an end", cr_key_name(key));
        return cr_hint(err, "to remove a setting: crdeploy config unset %s", cr_keys[key].config);
    }
    layers[CR_FROM_CONFIG].text[key] = value;
    if (cr_plan_make(NULL, layers, &plan, &problems, err) < 0)
        return -1;
    return cr_problems_fail(&problems, cr_keys[key].config, err);
}

static int run_set(struct cmd *c, struct cr_error *err)
{
    enum cr_key key;

    if (find_key(c->pos[0], &key, err) < 0 || check_value(key, c->pos[1], err) < 0 ||
        cli_config_set(c->pos[0], c->pos[1], err) < 0)
        return -1;
    return c->json ? cmd_json(c, json_pack("{s:s, s:s}", "name", c->pos[0], "value", c->pos[1]), err) : 0;
}

static int run_unset(struct cmd *c, struct cr_error *err)
{
    enum cr_key key;

    if (find_key(c->pos[0], &key, err) < 0 || cli_config_set(c->pos[0], NULL, err) < 0)
        return -1;
    return c->json ? cmd_json(c, json_pack("{s:s, s:n}", "name", c->pos[0], "value"), err) : 0;
}

static int run_list(struct cmd *c, struct cr_error *err)
{
    json_auto_t *all = json_object();

    for (const char *const *name = names; *name; name++) {
        CR_AUTO_FREE char *value = NULL;

        if (cli_config_get(*name, &value, err) < 0)
            return -1;
        if (value)
            json_object_set_new(all, *name, json_string(value));
        if (value && !c->json)
            fprintf(c->out, "%s = %s\n", *name, value);
    }
    return c->json ? cmd_json(c, json_incref(all), err) : 0;
}

#define ABOUT                                                                                                   \
    "The settings are machine_type, disk_size, build_region, build_timeout, template_dir, project, region and " \
    "platform. They are kept in "                                                                               \
    "$XDG_CONFIG_HOME/crdeploy/config and stand below the manifest: see PRECEDENCE in crdeploy(1)."

const struct verb verb_config_get = {
    .name = "config get",
    .args = "NAME",
    .summary = "Print one setting of yours",
    .about = ABOUT,
    .examples = (const char *const[]){"crdeploy config get project", NULL},
    .min_args = 1,
    .max_args = 1,
    .arg_choices = names,
    .opts = opts,
    .args_size = 1,
    .run = run_get,
};

const struct verb verb_config_set = {
    .name = "config set",
    .args = "NAME VALUE",
    .summary = "Keep a setting for all models of yours",
    .about = ABOUT,
    .examples = (const char *const[]){"crdeploy config set project my-project",
                                      "crdeploy config set region europe-west1", NULL},
    .min_args = 2,
    .max_args = 2,
    .arg_choices = names,
    .opts = opts,
    .args_size = 1,
    .run = run_set,
};

const struct verb verb_config_unset = {
    .name = "config unset",
    .args = "NAME",
    .summary = "Forget one setting of yours",
    .about = ABOUT,
    .examples = (const char *const[]){"crdeploy config unset platform", NULL},
    .min_args = 1,
    .max_args = 1,
    .arg_choices = names,
    .opts = opts,
    .args_size = 1,
    .run = run_unset,
};

const struct verb verb_config_list = {
    .name = "config list",
    .args = "",
    .summary = "Print every setting of yours",
    .about = ABOUT,
    .examples = (const char *const[]){"crdeploy config list", NULL},
    .opts = opts,
    .args_size = 1,
    .run = run_list,
};
