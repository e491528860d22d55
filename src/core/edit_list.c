/* Lists that are set, cleared, added to and taken from: audiences of identity tokens, Cloud SQL instances. */
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/edit_parts.h"

static bool has_text(const json_t *list, const json_t *text)
{
    json_t *one;
    size_t i;

    json_array_foreach((json_t *)list, i, one)
    {
        if (json_equal(one, text))
            return true;
    }
    return false;
}

static void remove_all(json_t *list, const json_t *said)
{
    for (size_t i = json_array_size(list); i-- > 0;)
        if (has_text(said, json_array_get(list, i)))
            json_array_remove(list, i);
}

static void add_new(json_t *list, const json_t *said)
{
    json_t *one;
    size_t i;

    json_array_foreach((json_t *)said, i, one)
    {
        if (!has_text(list, one))
            json_array_append(list, one);
    }
}

/* What --clear-, --set-, --remove- or --add- makes of a list. */
static void change(json_t *list, json_t *said, enum cr_flag flag)
{
    switch (flag) {
    case CR_FLAG_CLEAR_CUSTOM_AUDIENCES:
    case CR_FLAG_CLEAR_CLOUDSQL_INSTANCES:
        json_array_clear(list);
        break;
    case CR_FLAG_SET_CUSTOM_AUDIENCES:
    case CR_FLAG_SET_CLOUDSQL_INSTANCES:
        json_array_clear(list);
        json_array_extend(list, said);
        break;
    case CR_FLAG_REMOVE_CUSTOM_AUDIENCES:
    case CR_FLAG_REMOVE_CLOUDSQL_INSTANCES:
        remove_all(list, said);
        break;
    default:
        add_new(list, said);
    }
}

/* ---- audiences ---- */

int cr_edit_audiences(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_auto_t *said = NULL;
    json_t *list;

    if (e->flag != CR_FLAG_CLEAR_CUSTOM_AUDIENCES && cr_edit_list(e, &said, err) < 0)
        return -1;
    list = cr_edit_array(at->service, "customAudiences");
    change(list, said, e->flag);
    cr_edit_prune(at->service, "customAudiences");
    return 0;
}

/* ---- Cloud SQL: in v2 a volume, and a mount in every container ---- */

/* "PROJECT:REGION:NAME", or NAME alone. */
static int complete(const struct cr_edit_at *at, const struct cr_edit *e, const char *text, json_t *names,
                    struct cr_error *err)
{
    CR_AUTO_FREE char *name = NULL;
    size_t colons = 0;

    for (const char *p = text; *p; p++)
        colons += *p == ':';
    if (!*text || (colons != 0 && colons != 2)) {
        cr_edit_fail(e, err, "'%s' is no Cloud SQL instance", text);
        return cr_hint(err, "write NAME, or PROJECT:REGION:NAME");
    }
    name = colons ? cr_strdup(text) : cr_format("%s:%s:%s", at->where->project, at->where->region, text);
    json_array_append_new(names, json_string(name));
    return 0;
}

static int read_instances(const struct cr_edit_at *at, const struct cr_edit *e, json_t *names, struct cr_error *err)
{
    json_auto_t *list = NULL;
    json_t *one;
    size_t i;

    if (e->flag == CR_FLAG_CLEAR_CLOUDSQL_INSTANCES)
        return 0;
    if (cr_edit_list(e, &list, err) < 0)
        return -1;
    json_array_foreach(list, i, one)
    {
        if (complete(at, e, json_string_value(one), names, err) < 0)
            return -1;
    }
    return 0;
}

/* The volume that is the instances; new when there is none. Borrowed. */
static json_t *sql_volume(json_t *volumes)
{
    json_t *volume;
    size_t i;

    json_array_foreach(volumes, i, volume)
    {
        if (json_object_get(volume, "cloudSqlInstance"))
            return volume;
    }
    volume = json_pack("{s:s}", "name", "cloudsql");
    json_array_append_new(volumes, volume);
    return volume;
}

/* Removes every object of that name. */
static void remove_named(json_t *array, const char *name)
{
    for (size_t i = json_array_size(array); i-- > 0;)
        if (strcmp(cr_edit_text(json_array_get(array, i), "name"), name) == 0)
            json_array_remove(array, i);
}

static void unmount(json_t *containers, const char *volume)
{
    json_t *container;
    size_t i;

    json_array_foreach(containers, i, container)
    {
        remove_named(json_object_get(container, "volumeMounts"), volume);
        cr_edit_prune(container, "volumeMounts");
    }
}

static void mount(json_t *containers, const char *volume)
{
    json_t *container;
    size_t i;

    json_array_foreach(containers, i, container)
    {
        json_t *mounts = cr_edit_array(container, "volumeMounts");

        if (!cr_edit_find(mounts, "name", volume, NULL))
            json_array_append_new(mounts, json_pack("{s:s, s:s}", "name", volume, "mountPath", CR_EDIT_CLOUDSQL_PATH));
    }
}

int cr_edit_cloudsql(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_t *containers = json_object_get(at->template, "containers"), *volumes, *volume, *list;
    json_auto_t *names = json_array(), *label = NULL;

    if (read_instances(at, e, names, err) < 0)
        return -1;
    volumes = cr_edit_array(at->template, "volumes");
    volume = sql_volume(volumes);
    label = json_incref(json_object_get(volume, "name")); /* outlives the volume */
    list = cr_edit_array(cr_edit_object(volume, "cloudSqlInstance"), "instances");
    change(list, names, e->flag);
    if (json_array_size(list)) {
        mount(containers, json_string_value(label));
    } else {
        unmount(containers, json_string_value(label));
        remove_named(volumes, json_string_value(label));
    }
    cr_edit_prune(at->template, "volumes");
    return 0;
}
