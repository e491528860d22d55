/* One container: its image, resources, port, command and what it waits for. */
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/edit_parts.h"
#include "core/plan.h"

#define GPU "nvidia.com/gpu"
enum { PORT = 8080 }; /* what a container listens on where nothing else is said */

/* ---- what the files share ---- */

const char *cr_edit_owner(const struct cr_edits *edits, const struct cr_edit *e)
{
    const char *owner = NULL;

    for (size_t i = 0; i < edits->len && &edits->row[i] != e; i++)
        if (edits->row[i].flag == CR_FLAG_CONTAINER)
            owner = edits->row[i].text;
    return owner;
}

static bool same_owner(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

const struct cr_edit *cr_edit_next(const struct cr_edit_at *at, const struct cr_edit *e, struct cr_edit_group group,
                                   const struct cr_edit *last)
{
    const char *owner = cr_edit_owner(at->edits, e), *now = NULL;
    const struct cr_edit *next = NULL;

    for (size_t i = 0; i < at->edits->len; i++) {
        const struct cr_edit *row = &at->edits->row[i];
        bool member = false;

        if (row->flag == CR_FLAG_CONTAINER)
            now = row->text;
        for (size_t k = 0; k < group.len; k++)
            member = member || row->flag == group.flags[k];
        if (!member || !same_owner(now, owner) || cr_edit_typed(row) != cr_edit_typed(e))
            continue;
        if (last && (row->flag < last->flag || (row->flag == last->flag && row <= last)))
            continue;
        if (!next || row->flag < next->flag)
            next = row;
    }
    return next;
}

json_t *cr_edit_find(const json_t *array, const char *key, const char *text, size_t *index)
{
    json_t *object;
    size_t i;

    json_array_foreach((json_t *)array, i, object)
    {
        if (strcmp(cr_edit_text(object, key), text) != 0)
            continue;
        if (index)
            *index = i;
        return object;
    }
    return NULL;
}

const char *cr_edit_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

char *cr_edit_trim(const char *text)
{
    size_t n;

    text += strspn(text, " \t\r\n");
    n = strlen(text);
    while (n && strchr(" \t\r\n", text[n - 1]))
        n--;
    return cr_strndup(text, n);
}

void cr_edit_prune(json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if ((json_is_array(value) && !json_array_size(value)) || (json_is_object(value) && !json_object_size(value)))
        json_object_del(object, key);
}

/* ---- image and resources ---- */

static int image(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    (void)err;
    json_object_set_new(at->container, "image", json_string(e->text));
    return 0;
}

/* In v2 resources that do not say cpuIdle mean CPU all the time, and the bill for it. Containers of one revision say
 * the same. */
static json_t *limits(struct cr_edit_at *at)
{
    json_t *resources = json_object_get(at->container, "resources"), *other;
    bool idle = true;
    size_t i;

    if (!resources) {
        json_array_foreach(json_object_get(at->template, "containers"), i, other)
        {
            const json_t *has = json_object_get(other, "resources");

            idle = idle && (!has || json_is_true(json_object_get(has, "cpuIdle")));
        }
        resources = cr_edit_object(at->container, "resources");
        if (idle)
            json_object_set_new(resources, "cpuIdle", json_true());
    }
    return cr_edit_object(resources, "limits");
}

/* As typed: what is legal is for the limits to say. Nothing changes nothing. */
static int resource(struct cr_edit_at *at, const struct cr_edit *e, const char *name)
{
    if (*e->text)
        json_object_set_new(limits(at), name, json_string(e->text));
    return 0;
}

static int cpu(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    (void)err;
    return resource(at, e, "cpu");
}

static int memory(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    (void)err;
    return resource(at, e, "memory");
}

static int gpu(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_t *resources = json_object_get(at->container, "resources");

    (void)err;
    if (strcmp(e->text, "0") != 0)
        return resource(at, e, GPU);
    json_object_del(json_object_get(resources, "limits"), GPU);
    cr_edit_prune(resources, "limits");
    if (!cr_edit_owner(at->edits, e)) { /* the kind of GPU is the revision's */
        json_object_del(json_object_get(at->template, "nodeSelector"), "accelerator");
        cr_edit_prune(at->template, "nodeSelector");
    }
    return 0;
}

/* ---- port ---- */

/* A TCP startup probe that looked at the old port looks at the new one; without one, at the default. */
static void move_probe(json_t *container, json_int_t old, json_int_t port)
{
    json_t *tcp = json_object_get(json_object_get(container, "startupProbe"), "tcpSocket");

    if (!tcp || json_integer_value(json_object_get(tcp, "port")) != old)
        return;
    if (port)
        json_object_set_new(tcp, "port", json_integer(port));
    else
        json_object_del(tcp, "port");
}

/* Changes the number (-1: leaves it; 0: none) and the name ("": none; NULL: leaves it) of the one port. */
static void set_port(json_t *container, json_int_t number, const char *name)
{
    const json_t *had = json_array_get(json_object_get(container, "ports"), 0);
    json_auto_t *port = had ? json_deep_copy(had) : json_object();
    json_int_t old = json_integer_value(json_object_get(port, "containerPort"));

    if (number > 0)
        json_object_set_new(port, "containerPort", json_integer(number));
    else if (number == 0)
        json_object_del(port, "containerPort");
    if (name && *name)
        json_object_set_new(port, "name", json_string(name));
    else if (name)
        json_object_del(port, "name");
    if (*cr_edit_text(port, "name") && !json_object_get(port, "containerPort"))
        json_object_set_new(port, "containerPort", json_integer(PORT));
    number = json_integer_value(json_object_get(port, "containerPort"));
    if (number)
        json_object_set_new(container, "ports", json_pack("[O]", port));
    else
        json_object_del(container, "ports");
    move_probe(container, old ? old : PORT, number);
}

static int port(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    struct cr_error bad = {0};
    int64_t number = 0;

    if (strcmp(e->text, "default") != 0 && (cr_int_parse(e->text, &number, &bad) < 0 || number < 1 || number > 65535)) {
        cr_edit_fail(e, err, "'%s' is no port", e->text);
        return cr_hint(err, "give a whole number from 1 to 65535, or 'default'");
    }
    set_port(at->container, number, NULL);
    return 0;
}

static int use_http2(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    (void)err;
    set_port(at->container, -1, strcmp(e->text, "true") == 0 ? "h2c" : "");
    return 0;
}

/* ---- command and order of start ---- */

static int words(struct cr_edit_at *at, const struct cr_edit *e, const char *key, struct cr_error *err)
{
    json_auto_t *list = NULL;

    if (cr_edit_lists(at, e, &list, err) < 0)
        return -1;
    if (!list)
        return 0;
    json_object_set(at->container, key, list);
    cr_edit_prune(at->container, key);
    return 0;
}

static int command(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    return words(at, e, "command", err);
}

static int args(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    return words(at, e, "args", err);
}

/* Those of the service, and those this command line brings in. */
static bool known_container(const struct cr_edit_at *at, const char *name)
{
    for (size_t i = 0; i < at->edits->len; i++)
        if (at->edits->row[i].flag == CR_FLAG_CONTAINER && strcmp(at->edits->row[i].text, name) == 0)
            return true;
    return cr_edit_find(json_object_get(at->template, "containers"), "name", name, NULL);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int depends_on(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_auto_t *list = NULL, *sorted = json_array();
    CR_AUTO_FREE const char **names = NULL;
    size_t n;

    if (cr_edit_lists(at, e, &list, err) < 0)
        return -1;
    if (!list)
        return 0;
    n = json_array_size(list);
    names = cr_calloc(n, sizeof(*names));
    for (size_t i = 0; i < n; i++) {
        names[i] = json_string_value(json_array_get(list, i));
        if (!known_container(at, names[i])) {
            cr_edit_fail(e, err, "there is no container '%s'", names[i]);
            return cr_hint(err, "name one of the service's containers, or add it: --container %s --image ...",
                           names[i]);
        }
    }
    qsort(names, n, sizeof(*names), by_text);
    for (size_t i = 0; i < n; i++)
        if (!i || strcmp(names[i], names[i - 1]) != 0)
            json_array_append_new(sorted, json_string(names[i]));
    json_object_set(at->container, "dependsOn", sorted);
    cr_edit_prune(at->container, "dependsOn");
    return 0;
}

cr_edit_fn *const cr_edit_container[CR_FLAG_COUNT] = {
    [CR_FLAG_IMAGE] = image,
    [CR_FLAG_CPU] = cpu,
    [CR_FLAG_MEMORY] = memory,
    [CR_FLAG_GPU] = gpu,
    [CR_FLAG_PORT] = port,
    [CR_FLAG_USE_HTTP2] = use_http2,
    [CR_FLAG_COMMAND] = command,
    [CR_FLAG_ARGS] = args,
    [CR_FLAG_DEPENDS_ON] = depends_on,
    [CR_FLAG_CLEAR_ENV_VARS] = cr_edit_env,
    [CR_FLAG_ENV_VARS_FILE] = cr_edit_env,
    [CR_FLAG_SET_ENV_VARS] = cr_edit_env,
    [CR_FLAG_REMOVE_ENV_VARS] = cr_edit_env,
    [CR_FLAG_UPDATE_ENV_VARS] = cr_edit_env,
    [CR_FLAG_CLEAR_SECRETS] = cr_edit_secrets,
    [CR_FLAG_SET_SECRETS] = cr_edit_secrets,
    [CR_FLAG_REMOVE_SECRETS] = cr_edit_secrets,
    [CR_FLAG_UPDATE_SECRETS] = cr_edit_secrets,
    [CR_FLAG_CLEAR_VOLUME_MOUNTS] = cr_edit_mounts_clear,
    [CR_FLAG_REMOVE_VOLUME_MOUNT] = cr_edit_mounts_remove,
    [CR_FLAG_ADD_VOLUME_MOUNT] = cr_edit_mounts_add,
    [CR_FLAG_CLEAR_VOLUMES] = cr_edit_volumes_clear,
    [CR_FLAG_REMOVE_VOLUME] = cr_edit_volumes_remove,
    [CR_FLAG_ADD_VOLUME] = cr_edit_volumes_add,
    [CR_FLAG_STARTUP_PROBE] = cr_edit_startup,
    [CR_FLAG_LIVENESS_PROBE] = cr_edit_liveness,
    [CR_FLAG_READINESS_PROBE] = cr_edit_readiness,
};
