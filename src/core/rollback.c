#include "core/rollback.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

enum { KEEP = 20 };

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static const char *short_name(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? slash + 1 : name;
}

/* ---- what serves ---- */

static const char *revision_of(const json_t *service, const json_t *target)
{
    const char *name = short_name(text_at(target, "revision"));

    return *name ? name : short_name(text_at(service, "latestReadyRevision"));
}

static json_int_t share_of(const json_t *service, const json_t *traffic, const char *revision)
{
    json_int_t sum = 0;
    json_t *target;
    size_t i;

    json_array_foreach((json_t *)traffic, i, target)
    {
        if (strcmp(revision_of(service, target), revision) == 0)
            sum += json_integer_value(json_object_get(target, "percent"));
    }
    return sum;
}

const char *cr_rollback_serving(const json_t *service)
{
    const json_t *traffic = json_object_get(service, "trafficStatuses");
    const char *most = "";
    json_int_t share = 0;
    json_t *target;
    size_t i;

    if (!json_array_size(traffic))
        traffic = json_object_get(service, "traffic");
    if (!json_array_size(traffic)) /* no list is all to the newest */
        return short_name(text_at(service, "latestReadyRevision"));
    json_array_foreach((json_t *)traffic, i, target)
    {
        const char *name = revision_of(service, target);
        json_int_t its = share_of(service, traffic, name);

        if (its > share || (its && its == share && strcmp(name, most) > 0)) {
            most = name;
            share = its;
        }
    }
    return most;
}

/* ---- revisions ---- */

static const json_t *find(const json_t *revisions, const char *name)
{
    json_t *one;
    size_t i;

    json_array_foreach((json_t *)revisions, i, one)
    {
        if (strcmp(short_name(text_at(one, "name")), name) == 0)
            return one;
    }
    return NULL;
}

static bool is_ready(const json_t *revision)
{
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(revision, "conditions"), i, one)
    {
        if (strcmp(text_at(one, "type"), "Ready") == 0)
            return strcmp(text_at(one, "state"), "CONDITION_SUCCEEDED") == 0;
    }
    return false;
}

/* Two times in RFC 3339, both in UTC, as the API has them: with any number of digits after the second. */
static bool is_before(const char *a, const char *b)
{
    int order = strncmp(a, b, 19);

    if (order || strlen(a) < 19 || strlen(b) < 19)
        return order < 0;
    a += 19 + (a[19] == '.');
    b += 19 + (b[19] == '.');
    while (isdigit((unsigned char)*a) || isdigit((unsigned char)*b)) {
        char x = '0', y = '0';

        if (isdigit((unsigned char)*a))
            x = *a++;
        if (isdigit((unsigned char)*b))
            y = *b++;
        if (x != y)
            return x < y;
    }
    return false;
}

static bool is_older(const json_t *one, const json_t *other)
{
    return is_before(text_at(one, "createTime"), text_at(other, "createTime"));
}

/* ---- the choice ---- */

static const char *served_before(const json_t *revisions, const json_t *served, const json_t *current)
{
    size_t n = json_array_size(served);

    if (!n || strcmp(json_string_value(json_array_get(served, n - 1)), short_name(text_at(current, "name"))) != 0)
        return NULL;
    while (n-- > 0) {
        const json_t *one = find(revisions, json_string_value(json_array_get(served, n)));

        if (one && is_ready(one) && is_older(one, current))
            return short_name(text_at(one, "name"));
    }
    return NULL;
}

static const char *newest_older(const json_t *revisions, const json_t *current)
{
    const json_t *best = NULL;
    json_t *one;
    size_t i;

    json_array_foreach((json_t *)revisions, i, one)
    {
        if (is_ready(one) && is_older(one, current) && (!best || is_older(best, one)))
            best = one;
    }
    return best ? short_name(text_at(best, "name")) : NULL;
}

/* Traffic to a revision that cannot serve would be an outage. */
static int check_named(const json_t *revisions, const char *named, struct cr_error *err)
{
    const json_t *one = find(revisions, named);

    if (one && is_ready(one))
        return 0;
    if (!one) {
        cr_fail(err, CR_E_API, "there is no revision '%s'", named);
        return cr_hint(err, "'crdeploy revisions list' names those that are there");
    }
    cr_fail(err, CR_E_API, "the revision '%s' is not ready and cannot serve", named);
    return cr_hint(err, "choose one that 'crdeploy revisions list' calls ready");
}

int cr_rollback_choose(const json_t *service, const json_t *revisions, const json_t *served, const char *named,
                       struct cr_rollback *choice, struct cr_error *err)
{
    const json_t *current;

    *choice = (struct cr_rollback){.from = cr_rollback_serving(service), .to = named, .reason = CR_ROLLBACK_NAMED};
    if (named)
        return check_named(revisions, named, err);
    current = find(revisions, choice->from);
    if (!current) {
        cr_fail(err, CR_E_API, "no revision serves, so there is none to go back from");
        return cr_hint(err, "name the one that is to serve: crdeploy rollback REVISION");
    }
    choice->to = served_before(revisions, served, current);
    choice->reason = choice->to ? CR_ROLLBACK_SERVED : CR_ROLLBACK_OLDER;
    if (!choice->to)
        choice->to = newest_older(revisions, current);
    if (choice->to)
        return 0;
    cr_fail(err, CR_E_API, "no ready revision is older than '%s', which serves most of the traffic", choice->from);
    return cr_hint(err, "'crdeploy revisions list' shows the others; 'crdeploy rollback REVISION' goes to a newer one");
}

json_t *cr_rollback_record(const json_t *served, const char *revision)
{
    json_t *list = served ? json_copy((json_t *)served) : json_array();
    size_t n = json_array_size(list);

    if (!*revision || (n && strcmp(json_string_value(json_array_get(list, n - 1)), revision) == 0))
        return list;
    while (json_array_size(list) >= KEEP)
        json_array_remove(list, 0);
    json_array_append_new(list, json_string(revision));
    return list;
}

const char *cr_rollback_reason_name(enum cr_rollback_reason reason)
{
    static const char *const names[] = {
        [CR_ROLLBACK_NAMED] = "named", [CR_ROLLBACK_SERVED] = "served-before", [CR_ROLLBACK_OLDER] = "newest-older"};

    return names[reason];
}

char *cr_rollback_why(const struct cr_rollback *choice)
{
    switch (choice->reason) {
    case CR_ROLLBACK_SERVED:
        return cr_format("'%s' served before '%s'", choice->to, choice->from);
    case CR_ROLLBACK_OLDER:
        return cr_format("no record says what served before '%s'; '%s' is the newest ready revision that is older",
                         choice->from, choice->to);
    case CR_ROLLBACK_NAMED:
        break;
    }
    return cr_strdup("it was named");
}
