/* Edits, and how they are applied: in the order of the table, each to the container it was written for. */
#include "core/edit.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/edit_parts.h"
#include "core/front.h"

int cr_edits_add(struct cr_edits *edits, enum cr_flag flag, const char *text, const char *place, struct cr_error *err)
{
    json_auto_t *utf8 = text ? json_string(text) : NULL;

    if (text && !utf8) {
        cr_fail(err, CR_E_USAGE, "%s: the value is not UTF-8", place);
        return cr_hint(err, "write it in a terminal whose encoding is UTF-8");
    }
    if (edits->len == CR_EDITS_MAX) {
        cr_fail(err, CR_E_USAGE, "%s: more than %d changes of a service are asked for", place, CR_EDITS_MAX);
        return cr_hint(err, "say them with two commands, or put them into crdeploy.yaml");
    }
    edits->row[edits->len++] = (struct cr_edit){.flag = flag, .text = text, .place = place};
    return 0;
}

bool cr_edits_have(const struct cr_edits *edits, enum cr_flag flag)
{
    for (size_t i = 0; i < edits->len; i++)
        if (edits->row[i].flag == flag)
            return true;
    return false;
}

/* ---- what an edit comes to ---- */

/* An empty value is silently nothing, as gcloud has it, but where it takes away what there is. */
static bool is_nothing(const struct cr_edit *e)
{
    switch (e->flag) {
    case CR_FLAG_CONTAINER:
        return true;
    case CR_FLAG_CPU:
    case CR_FLAG_MEMORY:
    case CR_FLAG_GPU:
    case CR_FLAG_SERVICE_ACCOUNT:
    case CR_FLAG_VPC_CONNECTOR:
    case CR_FLAG_GPU_TYPE:
    case CR_FLAG_TAG:
    case CR_FLAG_REMOVE_VOLUME:
    case CR_FLAG_REMOVE_VOLUME_MOUNT:
    case CR_FLAG_LABELS:
    case CR_FLAG_UPDATE_LABELS:
    case CR_FLAG_REMOVE_LABELS:
        return !*e->text;
    default:
        return false;
    }
}

bool cr_edits_empty(const struct cr_edits *edits)
{
    for (size_t i = 0; i < edits->len; i++)
        if (!is_nothing(&edits->row[i]))
            return false;
    return true;
}

/* Custom audiences are the service's, but gcloud has a new revision made for them. */
static bool makes_revision(enum cr_flag flag)
{
    switch (flag) {
    case CR_FLAG_REVISION_SUFFIX:
    case CR_FLAG_CLEAR_CUSTOM_AUDIENCES:
    case CR_FLAG_SET_CUSTOM_AUDIENCES:
    case CR_FLAG_REMOVE_CUSTOM_AUDIENCES:
    case CR_FLAG_ADD_CUSTOM_AUDIENCES:
        return true;
    default:
        return cr_flags[flag].scope != CR_SCOPE_SERVICE && cr_flags[flag].scope != CR_SCOPE_ROLLOUT;
    }
}

bool cr_edits_revision(const struct cr_edits *edits)
{
    for (size_t i = 0; i < edits->len; i++)
        if (!is_nothing(&edits->row[i]) && makes_revision(edits->row[i].flag))
            return true;
    return false;
}

/* ---- containers ---- */

/* What is the revision's in v1 is each container's in v2: a container that joins others is as they are. */
static void join(const struct cr_edit_at *at, json_t *container, const json_t *first)
{
    const json_t *has = json_object_get(first, "resources"), *mount;
    json_t *resources;
    size_t i;

    if (!first && !at->where->fresh)
        return;
    if (!first || has) {
        resources = cr_edit_object(container, "resources");
        if (!first || json_is_true(json_object_get(has, "cpuIdle")))
            json_object_set_new(resources, "cpuIdle", json_true());
        if (!first || json_is_true(json_object_get(has, "startupCpuBoost")))
            json_object_set_new(resources, "startupCpuBoost", json_true());
    }
    json_array_foreach(json_object_get(first, "volumeMounts"), i, mount)
    {
        if (strcmp(cr_edit_text(mount, "mountPath"), CR_EDIT_CLOUDSQL_PATH) == 0)
            json_array_append_new(cr_edit_array(container, "volumeMounts"), json_deep_copy(mount));
    }
}

/* A new service has a CPU only while it answers, and more of it while it starts, unless it is said otherwise. */
static json_t *add_container(const struct cr_edit_at *at, const char *name)
{
    json_t *containers = cr_edit_array(at->template, "containers"), *container = json_object();
    const json_t *first = cr_front(containers);

    if (name)
        json_object_set_new(container, "name", json_string(name));
    join(at, container, first ? first : json_array_get(containers, 0));
    json_array_append_new(containers, container);
    return container;
}

/* The one that these edits will give the port; NULL where they give none. Borrowed. */
static json_t *ingress_to_be(const struct cr_edit_at *at, const json_t *containers)
{
    for (size_t i = 0; i < at->edits->len; i++) {
        const struct cr_edit *e = &at->edits->row[i];
        const char *owner = cr_edit_owner(at->edits, e);

        if (owner && (e->flag == CR_FLAG_PORT || e->flag == CR_FLAG_USE_HTTP2))
            return cr_edit_find(containers, "name", owner, NULL);
    }
    return NULL;
}

/* The container the edit was written for; it is made when it is not there. */
static int find_container(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_t *containers = cr_edit_array(at->template, "containers");
    const char *owner = cr_edit_owner(at->edits, e);

    at->container = owner ? cr_edit_find(containers, "name", owner, NULL) : cr_front(containers);
    if (!at->container && !owner)
        at->container = ingress_to_be(at, containers);
    if (at->container)
        return 0;
    if (!owner && json_array_size(containers)) {
        cr_edit_fail(e, err, "none of the %zu containers has a port, so none is the one that takes requests",
                     json_array_size(containers));
        return cr_hint(err, "say which one is meant: --container NAME before --%s", cr_flags[e->flag].name);
    }
    at->container = add_container(at, owner);
    return 0;
}

/* What waited for a container that is gone waits no more. */
static void forget_missing(const json_t *containers)
{
    json_t *container;
    size_t i;

    json_array_foreach((json_t *)containers, i, container)
    {
        json_t *names = json_object_get(container, "dependsOn");

        for (size_t k = json_array_size(names); k-- > 0;)
            if (!cr_edit_find(containers, "name", json_string_value(json_array_get(names, k)), NULL))
                json_array_remove(names, k);
        cr_edit_prune(container, "dependsOn");
    }
}

static int remove_containers(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_t *containers = cr_edit_array(at->template, "containers"), *name;
    json_auto_t *names = NULL;
    size_t i, index;

    if (cr_edit_list(e, &names, err) < 0)
        return -1;
    json_array_foreach(names, i, name)
    {
        if (cr_edit_find(containers, "name", json_string_value(name), &index))
            json_array_remove(containers, index);
    }
    forget_missing(containers);
    return 0;
}

/* ---- all of them ---- */

int cr_edit_lists(const struct cr_edit_at *at, const struct cr_edit *e, json_t **list, struct cr_error *err)
{
    const struct cr_edit_group group = {&e->flag, 1};
    json_auto_t *all = json_array();

    *list = NULL;
    if (cr_edit_next(at, e, group, NULL) != e)
        return 0;
    for (const struct cr_edit *row = e; row; row = cr_edit_next(at, e, group, row)) {
        json_auto_t *more = NULL;

        if (cr_edit_list(row, &more, err) < 0)
            return -1;
        json_array_extend(all, more);
    }
    *list = CR_STEAL(all);
    return 0;
}

int cr_edit_one(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    if (e->flag == CR_FLAG_REMOVE_CONTAINERS)
        return remove_containers(at, e, err);
    if (e->flag == CR_FLAG_CONTAINER) {
        at->container = cr_edit_find(cr_edit_array(at->template, "containers"), "name", e->text, NULL);
        if (!at->container)
            add_container(at, e->text);
        return 0;
    }
    if (cr_edit_container[e->flag]) {
        if (cr_flags[e->flag].scope == CR_SCOPE_CONTAINER && find_container(at, e, err) < 0)
            return -1;
        return cr_edit_container[e->flag](at, e, err);
    }
    return cr_edit_service[e->flag] ? cr_edit_service[e->flag](at, e, err) : 0;
}

/* An exception from Binary Authorization is for one deploy. */
static void end_breakglass(json_t *service)
{
    json_object_del(json_object_get(service, "binaryAuthorization"), "breakglassJustification");
    cr_edit_prune(service, "binaryAuthorization");
}

/* Of what is said again, and does not add, the last counts. */
static bool is_overruled(const struct cr_edits *edits, const struct cr_edit *e)
{
    const char *owner = cr_edit_owner(edits, e);

    if (cr_flags[e->flag].many)
        return false;
    for (const struct cr_edit *row = e + 1; row < edits->row + edits->len; row++) {
        const char *other = cr_edit_owner(edits, row);

        if (row->flag == e->flag && (owner && other ? strcmp(owner, other) == 0 : owner == other))
            return true;
    }
    return false;
}

/* Those of the flags in this range, in the order of the table. */
static int apply(struct cr_edit_at *at, size_t from, size_t to, bool typed, struct cr_error *err)
{
    const struct cr_edits *edits = at->edits;

    for (size_t flag = from; flag < to; flag++)
        for (size_t i = 0; i < edits->len; i++)
            if (edits->row[i].flag == flag && cr_edit_typed(&edits->row[i]) == typed &&
                !is_overruled(edits, &edits->row[i]) && cr_edit_one(at, &edits->row[i], err) < 0)
                return -1;
    return 0;
}

/* First which containers there are. Then what the manifest says, all of it, so that --clear-env-vars clears that too.
 */
int cr_edits_apply(const struct cr_edits *edits, const struct cr_edit_where *where, json_t *service,
                   struct cr_error *err)
{
    struct cr_edit_at at = {where, service, cr_edit_object(service, "template"), NULL, edits};

    end_breakglass(service);
    if (apply(&at, 0, CR_FLAG_CONTAINER + 1, true, err) < 0 || apply(&at, 0, CR_FLAG_COUNT, false, err) < 0)
        return -1;
    return apply(&at, CR_FLAG_CONTAINER + 1, CR_FLAG_COUNT, true, err);
}
