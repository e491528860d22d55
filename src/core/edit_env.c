/* Environment variables with literal values. Those from secrets stay what they are: cr_edit_secrets(). */
#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/mem.h"
#include "core/edit_parts.h"
#include "core/yaml.h"

static const enum cr_flag flags[] = {CR_FLAG_CLEAR_ENV_VARS, CR_FLAG_ENV_VARS_FILE, CR_FLAG_SET_ENV_VARS,
                                     CR_FLAG_REMOVE_ENV_VARS, CR_FLAG_UPDATE_ENV_VARS};
static const struct cr_edit_group group = {flags, CR_LEN(flags)};

static bool is_literal(const json_t *variable)
{
    return !json_object_get(variable, "valueSource");
}

static int check_name(const struct cr_edit *e, const char *name, struct cr_error *err)
{
    if (strncmp(name, "X_GOOGLE_", 9) == 0) {
        cr_edit_fail(e, err, "'%s' begins with X_GOOGLE_, which is reserved for Google's tools", name);
        return cr_hint(err, "take another name, such as %s", name + 2);
    }
    if (!*name || strchr(name, '=')) {
        cr_edit_fail(e, err, "'%s' is no name of a variable", name);
        return cr_hint(err, "write letters, digits and underscores, such as LOG_LEVEL");
    }
    return 0;
}

/* ---- --env-vars-file ---- */

/* 1_000, and 12:30, which is so many sixties. */
static bool is_old_number(const char *text)
{
    size_t n;

    text += *text == '-' || *text == '+';
    n = strspn(text, "0123456789_");
    if (!n || *text == '_')
        return false;
    while (text[n] == ':') {
        size_t digits = strspn(text + n + 1, "0123456789");

        if (digits < 1 || digits > 2 || (digits == 2 && text[n + 1] > '5'))
            return false;
        n += digits + 1;
    }
    return !text[n];
}

static bool is_date(const char *text)
{
    for (int i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : !isdigit((unsigned char)text[i]))
            return false;
    return true;
}

/* What YAML 1.1 takes for something else than text, though 1.2 does not: readers of other tools would refuse it. */
static bool is_ambiguous(const yaml_node_t *node)
{
    static const char *const words[] = {"y",  "Y",  "yes", "Yes", "YES", "n",   "N",   "no",
                                        "No", "NO", "on",  "On",  "ON",  "off", "Off", "OFF"};
    const char *text = (const char *)node->data.scalar.value;

    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    for (size_t i = 0; i < CR_LEN(words); i++)
        if (strcmp(words[i], text) == 0)
            return true;
    return is_date(text) || is_old_number(text);
}

static int read_variable(struct cr_yaml *y, const yaml_node_t *mapping, const yaml_node_pair_t *pair, json_t *dict)
{
    const yaml_node_t *node = cr_yaml_node(y, pair->value);
    const char *name = cr_yaml_text(y, cr_yaml_node(y, pair->key), "the name of a variable");
    json_t *value = name ? cr_yaml_json(y, pair->value, name) : NULL;

    if (!value || cr_yaml_repeated(y, mapping, pair, name)) {
        json_decref(value);
        return -1;
    }
    if (!json_is_string(value) || is_ambiguous(node)) {
        cr_problem_hint(cr_yaml_fault(y, node, "%s: the value of a variable must be text", name),
                        "put it in quotes, such as %s: \"1\"", name);
        json_decref(value);
        return -1;
    }
    json_object_set_new(dict, name, value);
    return 0;
}

static int read_file(const struct cr_edit *e, json_t **dict, struct cr_error *err)
{
    CR_AUTO_PROBLEMS struct cr_problems problems = {0};
    CR_AUTO_YAML struct cr_yaml y = {0};
    CR_AUTO_FREE char *text = NULL;
    json_auto_t *made = json_object();
    size_t len;

    if (cr_file_read(e->text, CR_YAML_MAX, &text, &len, err) < 0)
        return cr_wrap(err, "%s", e->place);
    if (cr_yaml_parse(text, len, e->text, &problems, &y, err) < 0)
        return -1;
    if (!y.root || y.root->type != YAML_MAPPING_NODE) {
        cr_edit_fail(e, err, "'%s' is no mapping of names to values", e->text);
        return cr_hint(err, "write a line for each variable, such as LOG_LEVEL: info");
    }
    for (const yaml_node_pair_t *p = y.root->data.mapping.pairs.start; p < y.root->data.mapping.pairs.top; p++)
        if (read_variable(&y, y.root, p, made) < 0 && !problems.len)
            return cr_edit_fail(e, err, "'%s' cannot be read", e->text);
    if (cr_problems_fail(&problems, e->text, err) < 0)
        return -1;
    *dict = json_incref(made);
    return 0;
}

/* ---- the change ---- */

/* What all edits of the group say together. */
struct change {
    json_t *updates, *removes;
    bool clear;
};

/* Names lose the blanks around them: "A=1, B=2" means B. */
static int take_updates(const struct cr_edit *e, const json_t *dict, json_t *updates, struct cr_error *err)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)dict, name, value)
    {
        CR_AUTO_FREE char *trimmed = cr_edit_trim(name);

        if (check_name(e, trimmed, err) < 0)
            return -1;
        json_object_set(updates, trimmed, value);
    }
    return 0;
}

static int take_removes(const struct cr_edit *e, json_t *removes, struct cr_error *err)
{
    json_auto_t *list = NULL;
    json_t *name;
    size_t i;

    if (cr_edit_list(e, &list, err) < 0)
        return -1;
    json_array_foreach(list, i, name)
    {
        CR_AUTO_FREE char *trimmed = cr_edit_trim(json_string_value(name));

        if (check_name(e, trimmed, err) < 0)
            return -1;
        json_object_set_new(removes, trimmed, json_true());
    }
    return 0;
}

/* --set-env-vars= with nothing in it changes nothing. */
static int take(const struct cr_edit *e, struct change *change, struct cr_error *err)
{
    json_auto_t *dict = NULL;

    if (e->flag == CR_FLAG_CLEAR_ENV_VARS) {
        change->clear = true;
        return 0;
    }
    if (e->flag == CR_FLAG_REMOVE_ENV_VARS)
        return take_removes(e, change->removes, err);
    if ((e->flag == CR_FLAG_ENV_VARS_FILE ? read_file(e, &dict, err) : cr_edit_dict(e, &dict, err)) < 0)
        return -1;
    if (e->flag != CR_FLAG_UPDATE_ENV_VARS && json_object_size(dict))
        change->clear = true;
    return take_updates(e, dict, change->updates, err);
}

static void remove_literals(json_t *env, const struct change *change)
{
    for (size_t i = json_array_size(env); i-- > 0;) {
        const json_t *variable = json_array_get(env, i);

        if (is_literal(variable) && (change->clear || json_object_get(change->removes, cr_edit_text(variable, "name"))))
            json_array_remove(env, i);
    }
}

static int set_literals(const struct cr_edit *e, json_t *env, const json_t *updates, struct cr_error *err)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)updates, name, value)
    {
        json_t *has = cr_edit_find(env, "name", name, NULL);

        if (has && !is_literal(has)) {
            cr_edit_fail(e, err, "'%s' is set from a secret", name);
            return cr_hint(err, "first take the secret away: --remove-secrets %s", name);
        }
        if (has)
            json_object_set(has, "value", value);
        else
            json_array_append_new(env, json_pack("{s:s, s:O}", "name", name, "value", value));
    }
    return 0;
}

int cr_edit_env(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_auto_t *updates = json_object(), *removes = json_object();
    struct change change = {.updates = updates, .removes = removes};
    json_t *env;

    if (cr_edit_next(at, e, group, NULL) != e)
        return 0;
    for (const struct cr_edit *row = e; row; row = cr_edit_next(at, e, group, row))
        if (take(row, &change, err) < 0)
            return -1;
    env = cr_edit_array(at->container, "env");
    remove_literals(env, &change);
    if (set_literals(e, env, updates, err) < 0)
        return -1;
    cr_edit_prune(at->container, "env");
    return 0;
}
