/* Secrets of a container: how they are written, and those that are environment variables. */
#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/edit_parts.h"

static const enum cr_flag flags[] = {CR_FLAG_CLEAR_SECRETS, CR_FLAG_SET_SECRETS, CR_FLAG_REMOVE_SECRETS,
                                     CR_FLAG_UPDATE_SECRETS};
static const struct cr_edit_group group = {flags, CR_LEN(flags)};

/* ---- values ---- */

bool cr_edit_is_file(const char *key)
{
    return *key == '/';
}

static bool secret_name(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '-' && text[i] != '_')
            return false;
    return n >= 1 && n <= 255;
}

/* projects/NUMBER/secrets/NAME, then ":VERSION", "/versions/VERSION" or nothing: the newest. NULL for other texts. */
static json_t *foreign(const char *text)
{
    static const char projects[] = "projects/", secrets[] = "/secrets/", versions[] = "/versions/";
    const char *name, *rest, *version = NULL;
    size_t n;

    if (strncmp(text, projects, strlen(projects)) != 0)
        return NULL;
    rest = text + strlen(projects);
    n = strspn(rest, "0123456789");
    if (n < 1 || n > 19 || strncmp(rest + n, secrets, strlen(secrets)) != 0)
        return NULL;
    name = rest + n + strlen(secrets);
    n = strcspn(name, ":/");
    rest = name + n;
    if (!*rest)
        version = "latest";
    else if (*rest == ':')
        version = rest + 1;
    else if (strncmp(rest, versions, strlen(versions)) == 0)
        version = rest + strlen(versions);
    if (!secret_name(name, n) || !version || !*version)
        return NULL;
    return json_pack("{s:s%, s:s}", "secret", text, (size_t)(rest - text), "version", version);
}

/* SECRET:VERSION. */
static int read_value(const struct cr_edit *e, const char *key, const char *text, json_t **value, struct cr_error *err)
{
    const char *colon = strchr(text, ':');
    size_t n = strcspn(text, ":");

    *value = foreign(text);
    if (*value)
        return 0;
    if (!colon) {
        cr_edit_fail(e, err, "'%s' does not say which version of secret '%s'", key, text);
        return cr_hint(err, "write %s=%s:latest", key, text);
    }
    if (strchr(colon + 1, ':')) {
        cr_edit_fail(e, err, "'%s' has more than a secret and a version", text);
        return cr_hint(err, "write %s=%.*s:latest", key, (int)n, text);
    }
    if (!secret_name(text, n)) {
        cr_edit_fail(e, err, "'%.*s' is no name of a secret", (int)n, text);
        return cr_hint(err, "names have letters, digits, dashes and underscores; in another project write "
                            "projects/NUMBER/secrets/NAME:VERSION");
    }
    *value = json_pack("{s:s%, s:s}", "secret", text, n, "version", colon + 1);
    return 0;
}

/* /DIR/FILE: two parts at least, none of them empty or a dot. */
static int check_path(const struct cr_edit *e, const char *path, struct cr_error *err)
{
    int parts = 0;
    bool bad = false;

    for (const char *at = path; *at; parts++) {
        size_t n = strcspn(++at, "/");

        bad = bad || !n || (n == 1 && *at == '.') || (n == 2 && at[0] == '.' && at[1] == '.');
        at += n;
    }
    if (!bad && parts >= 2)
        return 0;
    cr_edit_fail(e, err, "'%s' is no path of a file", path);
    return cr_hint(err, "write /DIR/FILE, such as /etc/cert/tls.pem");
}

static int take_updates(const struct cr_edit *e, struct cr_edit_secrets *change, struct cr_error *err)
{
    json_auto_t *dict = NULL;
    const char *name;
    json_t *text;

    if (cr_edit_dict(e, &dict, err) < 0)
        return -1;
    json_object_foreach(dict, name, text)
    {
        CR_AUTO_FREE char *key = cr_edit_trim(name);
        json_t *value;

        if ((cr_edit_is_file(key) && check_path(e, key, err) < 0) ||
            read_value(e, key, json_string_value(text), &value, err) < 0)
            return -1;
        json_object_set_new(change->updates, key, value);
    }
    if (e->flag == CR_FLAG_SET_SECRETS && json_object_size(dict))
        change->clear = true;
    return 0;
}

static int take(const struct cr_edit *e, struct cr_edit_secrets *change, struct cr_error *err)
{
    json_auto_t *list = NULL;
    json_t *name;
    size_t i;

    if (e->flag == CR_FLAG_CLEAR_SECRETS)
        change->clear = true;
    else if (e->flag != CR_FLAG_REMOVE_SECRETS)
        return take_updates(e, change, err);
    else if (cr_edit_list(e, &list, err) < 0)
        return -1;
    json_array_foreach(list, i, name)
    {
        CR_AUTO_FREE char *key = cr_edit_trim(json_string_value(name));

        json_object_set_new(change->removes, key, json_true());
    }
    return 0;
}

/* ---- variables ---- */

static bool is_secret(const json_t *variable)
{
    return json_object_get(json_object_get(variable, "valueSource"), "secretKeyRef");
}

static int edit_variables(json_t *container, const struct cr_edit *e, const struct cr_edit_secrets *change,
                          struct cr_error *err)
{
    json_t *env = cr_edit_array(container, "env"), *value;
    const char *key;

    for (size_t i = json_array_size(env); i-- > 0;) {
        const json_t *variable = json_array_get(env, i);

        if (is_secret(variable) && (change->clear || json_object_get(change->removes, cr_edit_text(variable, "name"))))
            json_array_remove(env, i);
    }
    json_object_foreach(change->updates, key, value)
    {
        json_t *has = cr_edit_find(env, "name", key, NULL);

        if (cr_edit_is_file(key))
            continue;
        if (has && !is_secret(has)) {
            cr_edit_fail(e, err, "'%s' is set to a text, not from a secret", key);
            return cr_hint(err, "first take the text away: --remove-env-vars %s", key);
        }
        if (!has) {
            has = json_pack("{s:s}", "name", key);
            json_array_append_new(env, has);
        }
        json_object_set_new(has, "valueSource", json_pack("{s:O}", "secretKeyRef", value));
    }
    cr_edit_prune(container, "env");
    return 0;
}

/* ---- the change ---- */

int cr_edit_secrets(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_auto_t *updates = json_object(), *removes = json_object();
    struct cr_edit_secrets change = {.updates = updates, .removes = removes};

    if (cr_edit_next(at, e, group, NULL) != e)
        return 0;
    for (const struct cr_edit *row = e; row; row = cr_edit_next(at, e, group, row))
        if (take(row, &change, err) < 0)
            return -1;
    if (edit_variables(at->container, e, &change, err) < 0)
        return -1;
    return cr_edit_secret_files(at, e, &change, err);
}
