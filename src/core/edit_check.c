/* What can be said of edits before a live service is read. Rules of the command line are for what was typed: what
 * manifest and environment say is all of one container, and goes with everything. */
#include <string.h>

#include "base/mem.h"
#include "core/edit_parts.h"

enum { CONTAINERS_MAX = 10 }; /* of one service */

static const char *flag_name(const struct cr_edit *e)
{
    return cr_flags[e->flag].name;
}

static bool same_owner(const struct cr_edits *edits, const struct cr_edit *a, const struct cr_edit *b)
{
    const char *one = cr_edit_owner(edits, a), *other = cr_edit_owner(edits, b);

    return one && other ? strcmp(one, other) == 0 : one == other;
}

/* ---- --container ---- */

/* A DNS label, or several with dots: what a container may be called. */
static int check_name(const struct cr_edit *e, const char *name, struct cr_error *err)
{
    static const char ends[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t n = strlen(name);

    if (n && n < 64 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == n && strchr(ends, name[0]) &&
        strchr(ends, name[n - 1]))
        return 0;
    cr_edit_fail(e, err, "'%s' is no name of a container", name);
    return cr_hint(err, "write at most 63 lower-case letters, digits, dashes and dots, such as proxy-1");
}

static int check_names(const struct cr_edit *e, struct cr_error *err)
{
    json_auto_t *list = NULL;
    json_t *name;
    size_t i;

    if (cr_edit_list(e, &list, err) < 0)
        return -1;
    json_array_foreach(list, i, name)
    {
        if (check_name(e, json_string_value(name), err) < 0)
            return -1;
    }
    return 0;
}

/* What is one container's stands behind --container NAME, what is the service's before the first one. */
static int check_place(const struct cr_edits *edits, const struct cr_edit *e, struct cr_error *err)
{
    bool owned = cr_edit_owner(edits, e), of_container = cr_flags[e->flag].scope == CR_SCOPE_CONTAINER;

    if (!cr_edit_typed(e) || e->flag == CR_FLAG_CONTAINER || !cr_edits_have(edits, CR_FLAG_CONTAINER) ||
        owned == of_container)
        return 0;
    if (owned) {
        cr_edit_fail(e, err, "this is said of the service, and stands behind --container");
        return cr_hint(err, "write --%s before the first --container", flag_name(e));
    }
    cr_edit_fail(e, err, "it is not said of which container");
    return cr_hint(err, "with --container, write --%s behind the name: --container NAME --%s ...", flag_name(e),
                   flag_name(e));
}

/* ---- several edits ---- */

static int check_pair(const struct cr_edits *edits, const struct cr_edit *a, const struct cr_edit *b,
                      struct cr_error *err)
{
    if (!cr_flags_exclude(a->flag, b->flag) || !cr_edit_typed(a) || !cr_edit_typed(b) || !same_owner(edits, a, b))
        return 0;
    cr_edit_fail(b, err, "it does not go with --%s", flag_name(a));
    return cr_hint(err, "say one of them: --%s, or --%s", flag_name(a), flag_name(b));
}

/* Repeated, a flag adds: a key that stands in two of them has no one value. */
static int check_again(const struct cr_edits *edits, const struct cr_edit *a, const struct cr_edit *b,
                       struct cr_error *err)
{
    json_auto_t *one = NULL, *other = NULL;
    const char *key;
    json_t *value;

    if (a->flag != b->flag || cr_flags[a->flag].form != CR_FORM_DICT || !cr_flags[a->flag].many ||
        a->flag == CR_FLAG_ADD_VOLUME || a->flag == CR_FLAG_ADD_VOLUME_MOUNT || !cr_edit_typed(a) ||
        !cr_edit_typed(b) || !same_owner(edits, a, b))
        return 0;
    if (cr_edit_dict(a, &one, err) < 0 || cr_edit_dict(b, &other, err) < 0)
        return -1;
    json_object_foreach(other, key, value)
    {
        if (!json_object_get(one, key))
            continue;
        cr_edit_fail(b, err, "'%s' is given twice", key);
        return cr_hint(err, "leave one of the two out");
    }
    return 0;
}

static int check_scaling(const struct cr_edits *edits, const struct cr_edit *e, struct cr_error *err)
{
    if (e->flag != CR_FLAG_MAX)
        return 0;
    for (size_t i = 0; i < edits->len; i++)
        if (edits->row[i].flag == CR_FLAG_SCALING && strcmp(edits->row[i].text, "auto") != 0) {
            cr_edit_fail(e, err, "there is no maximum where --scaling fixes the number of instances");
            return cr_hint(err, "leave --max out, or write --scaling auto");
        }
    return 0;
}

/* ---- one edit ---- */

static int check_choice(const struct cr_edit *e, struct cr_error *err)
{
    const char *const *choice = cr_flags[e->flag].choices;

    while (choice && *choice && strcmp(*choice, e->text) != 0)
        choice++;
    if (!choice || *choice)
        return 0;
    cr_edit_fail(e, err, "it does not take '%s'", e->text);
    return cr_hint(err, "'crdeploy deploy --help' lists what --%s takes", flag_name(e));
}

/* Values are read where they are used, so they are tried on a new service that is thrown away. A file may be one that
 * can be read only once. */
static int check_value(const struct cr_edits *edits, const struct cr_edit *e, struct cr_error *err)
{
    static const struct cr_edit_where where = {"project", "region", true};
    json_auto_t *service = json_pack("{s:{s:[{}]}}", "template", "containers");
    struct cr_edit_at at = {&where, service, json_object_get(service, "template"), NULL, edits};

    switch (e->flag) {
    case CR_FLAG_ENV_VARS_FILE:
        return 0;
    case CR_FLAG_CONTAINER: /* what it may be called, the limits know */
        return *e->text ? 0 : check_name(e, e->text, err);
    case CR_FLAG_REMOVE_CONTAINERS:
    case CR_FLAG_DEPENDS_ON:
        return check_names(e, err);
    default:
        return check_choice(e, err) < 0 ? -1 : cr_edit_one(&at, e, err);
    }
}

int cr_edits_check(const struct cr_edits *edits, struct cr_error *err)
{
    for (size_t i = 0; i < edits->len; i++) {
        const struct cr_edit *e = &edits->row[i];

        if (check_place(edits, e, err) < 0)
            return -1;
        for (size_t k = 0; k < i; k++)
            if (check_pair(edits, &edits->row[k], e, err) < 0 || check_again(edits, &edits->row[k], e, err) < 0)
                return -1;
        if (check_scaling(edits, e, err) < 0 || check_value(edits, e, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- a service whose containers are all on the command line ---- */

static bool owner_has(const struct cr_edits *edits, const struct cr_edit *container, enum cr_flag flag)
{
    for (size_t i = 0; i < edits->len; i++) {
        const char *owner = cr_edit_owner(edits, &edits->row[i]);

        if (edits->row[i].flag == flag && owner && strcmp(owner, container->text) == 0)
            return true;
    }
    return false;
}

/* Whether it is the first --container of this name. */
static bool is_first(const struct cr_edits *edits, const struct cr_edit *e)
{
    for (const struct cr_edit *row = edits->row; row < e; row++)
        if (row->flag == CR_FLAG_CONTAINER && strcmp(row->text, e->text) == 0)
            return false;
    return e->flag == CR_FLAG_CONTAINER;
}

int cr_edits_check_containers(const struct cr_edits *edits, struct cr_error *err)
{
    const struct cr_edit *last = NULL;
    size_t n = 0, ports = 0;

    for (size_t i = 0; i < edits->len; i++) {
        const struct cr_edit *e = &edits->row[i];

        if (!is_first(edits, e))
            continue;
        last = e;
        n++;
        ports += owner_has(edits, e, CR_FLAG_PORT) || owner_has(edits, e, CR_FLAG_USE_HTTP2);
        if (!owner_has(edits, e, CR_FLAG_IMAGE)) {
            cr_edit_fail(e, err, "container '%s' has no image", e->text);
            return cr_hint(err, "write --container %s --image IMAGE", e->text);
        }
    }
    if (n > 1 && ports != 1) {
        cr_edit_fail(last, err, "of %zu containers %zu have --port or --use-http2, not one", n, ports);
        return cr_hint(err, "give --port to the one that takes requests, and to no other");
    }
    if (n > CONTAINERS_MAX) {
        cr_edit_fail(last, err, "a service has at most %d containers, not %zu", CONTAINERS_MAX, n);
        return cr_hint(err, "leave some of them out");
    }
    return 0;
}
