#include "cli/cmd.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"

/* One line per verb; the order is that of the help. */
/* clang-format off */
#define VERBS(X) \
    X(init) \
    X(check) \
    X(lock) \
    X(generate) \
    X(build) \
    X(builds_submit) \
    X(deploy) \
    X(diff) \
    X(destroy) \
    X(predict) \
    X(traffic) \
    X(rollback) \
    X(url) \
    X(open) \
    X(logs) \
    X(image_inspect) \
    X(services_list) \
    X(services_describe) \
    X(services_update) \
    X(services_delete) \
    X(services_update_traffic) \
    X(revisions_list) \
    X(revisions_describe) \
    X(revisions_delete) \
    X(doctor) \
    X(limits) \
    X(auth_login) \
    X(auth_list) \
    X(auth_print_access_token) \
    X(auth_print_identity_token) \
    X(auth_revoke) \
    X(auth_application_default) \
    X(local_up) \
    X(local_down) \
    X(local_status) \
    X(local_logs) \
    X(local_load) \
    X(config_get) \
    X(config_set) \
    X(config_unset) \
    X(config_list) \
    X(version) \
    X(help)
/* clang-format on */

#define DECLARE(name) extern const struct verb verb_##name;
VERBS(DECLARE)

#define LIST(name) &verb_##name,
const struct verb *const verbs[] = {VERBS(LIST) NULL};

enum { NAMES_MAX = 64 };

const struct verb *verb_find(const char *first, const char *second, int *used)
{
    for (const struct verb *const *v = verbs; *v; v++) {
        size_t n = strcspn((*v)->name, " ");
        bool group = (*v)->name[n];

        if (strlen(first) != n || memcmp(first, (*v)->name, n) != 0 ||
            (group && (!second || strcmp(second, (*v)->name + n + 1) != 0)))
            continue;
        *used = group ? 2 : 1;
        return *v;
    }
    return NULL;
}

int verb_prefix(char *const *words)
{
    int n = *words && (strcmp(*words, "beta") == 0 || strcmp(*words, "alpha") == 0);

    return words[0] && words[n] && strcmp(words[n], "run") == 0 && words[n + 1] && *words[n + 1] != '-' ? n + 1 : 0;
}

bool verb_in_group(const struct verb *v, const char *group)
{
    size_t n = strlen(group);

    return strncmp(v->name, group, n) == 0 && v->name[n] == ' ';
}

bool verb_is_group(const char *word)
{
    for (const struct verb *const *v = verbs; *v; v++)
        if (verb_in_group(*v, word))
            return true;
    return false;
}

static int unknown_in_group(const char *group, const char *word, struct cr_error *err)
{
    const char *names[NAMES_MAX] = {NULL}, *near;
    CR_AUTO_FREE char *all = cr_strdup("");
    size_t n = 0;

    for (const struct verb *const *v = verbs; *v && n < NAMES_MAX - 1; v++) {
        char *more;

        if (!verb_in_group(*v, group))
            continue;
        names[n++] = (*v)->name + strlen(group) + 1;
        more = cr_format("%s%s'%s'", all, *all ? ", " : "", (*v)->name);
        free(all);
        all = more;
    }
    near = word ? cr_nearest(word, names) : NULL;
    if (!word)
        cr_fail(err, CR_E_USAGE, "'%s' needs one of its verbs", group);
    else
        cr_fail(err, CR_E_USAGE, "there is no verb '%s %s'", group, word);
    return near ? cr_hint(err, "did you mean '%s %s'? It has %s", group, near, all) : cr_hint(err, "it has %s", all);
}

int verb_unknown(const char *first, const char *second, struct cr_error *err)
{
    const char *names[NAMES_MAX] = {NULL}, *near;
    size_t n = 0;

    if (verb_is_group(first))
        return unknown_in_group(first, second && *second != '-' ? second : NULL, err);
    if (*first == '-') {
        cr_fail(err, CR_E_USAGE, "'%s' stands where a verb should", first);
        return cr_hint(err, "options come behind the verb: crdeploy VERB %s; 'crdeploy help' lists the verbs", first);
    }
    for (const struct verb *const *v = verbs; *v && n < NAMES_MAX - 1; v++)
        names[n++] = (*v)->name;
    near = cr_nearest(first, names);
    cr_fail(err, CR_E_USAGE, "there is no verb '%s'", first);
    return near ? cr_hint(err, "did you mean '%s'?", near) : cr_hint(err, "'crdeploy help' lists the verbs");
}
