/* The revision: how many requests and instances, how long, with which CPU, and the key that encrypts its image. */
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/edit_parts.h"
#include "core/limits.h"
#include "core/edit_time.h"

static bool is_default(const struct cr_edit *e)
{
    return strcmp(e->text, "default") == 0;
}

int cr_edit_concurrency(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    int64_t n;

    if (is_default(e)) {
        json_object_del(at->template, "maxInstanceRequestConcurrency");
        return 0;
    }
    if (cr_edit_whole(e, 1, INT32_MAX, &n, err) < 0)
        return cr_hint(err, "give a whole number from 1 up, or 'default'");
    json_object_set_new(at->template, "maxInstanceRequestConcurrency", json_integer(n));
    return 0;
}

int cr_edit_timeout(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    CR_AUTO_FREE char *text = NULL;
    int64_t seconds;

    if (cr_edit_seconds(e, &seconds, err) < 0)
        return -1;
    text = cr_format("%" PRId64 "s", seconds);
    json_object_set_new(at->template, "timeout", json_string(text));
    return 0;
}

/* ---- instances ---- */

/* v2 reads a bound of 0 as one that is not set: no minimum is what it starts from, no instance at all cannot be sent.
 */
int cr_edit_instances(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    bool revision = e->flag == CR_FLAG_MIN_INSTANCES || e->flag == CR_FLAG_MAX_INSTANCES;
    bool least = e->flag == CR_FLAG_MIN_INSTANCES || e->flag == CR_FLAG_MIN;
    const char *field = least ? "minInstanceCount" : "maxInstanceCount";
    json_t *object = revision ? at->template : at->service, *scaling;
    int64_t n = 0;

    if (!is_default(e) && cr_edit_whole(e, 0, INT32_MAX, &n, err) < 0)
        return cr_hint(err, "give a whole number from %d up, or 'default'", least ? 0 : 1);
    if (!least && !n && !is_default(e)) {
        cr_edit_fail(e, err, CR_NO_MAX_0);
        return cr_hint(err, CR_NO_MAX_0_HINT);
    }
    scaling = cr_edit_object(object, "scaling");
    if (n)
        json_object_set_new(scaling, field, json_integer(n));
    else
        json_object_del(scaling, field);
    cr_edit_prune(object, "scaling");
    return 0;
}

/* A fixed number of instances has no bounds. */
int cr_edit_scaling(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_t *scaling;
    int64_t n;

    if (strcmp(e->text, "auto") == 0) {
        scaling = cr_edit_object(at->service, "scaling");
        json_object_del(scaling, "manualInstanceCount");
        json_object_set_new(scaling, "scalingMode", json_string("AUTOMATIC"));
        return 0;
    }
    if (cr_edit_whole(e, 0, INT32_MAX, &n, err) < 0)
        return cr_hint(err, "give the number of instances, or 'auto'");
    scaling = cr_edit_object(at->service, "scaling");
    json_object_del(scaling, "minInstanceCount");
    json_object_del(scaling, "maxInstanceCount");
    json_object_set_new(scaling, "scalingMode", json_string("MANUAL"));
    json_object_set_new(scaling, "manualInstanceCount", json_integer(n));
    return 0;
}

/* ---- CPU: in v2 of each container ---- */

int cr_edit_throttling(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_t *container, *resources;
    size_t i;

    (void)err;
    json_array_foreach(json_object_get(at->template, "containers"), i, container)
    {
        resources = cr_edit_object(container, "resources"); /* there without cpuIdle: the CPU is there all the time */
        if (strcmp(e->text, "true") == 0)
            json_object_set_new(resources, "cpuIdle", json_true());
        else
            json_object_del(resources, "cpuIdle");
    }
    return 0;
}

int cr_edit_boost(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_t *container, *resources;
    size_t i;

    (void)err;
    json_array_foreach(json_object_get(at->template, "containers"), i, container)
    {
        resources = json_object_get(container, "resources");
        if (strcmp(e->text, "true") != 0) {
            json_object_del(resources, "startupCpuBoost");
            continue;
        }
        if (!resources) /* none at all means a CPU while requests are answered, and it stays so */
            json_object_set_new(resources = cr_edit_object(container, "resources"), "cpuIdle", json_true());
        json_object_set_new(resources, "startupCpuBoost", json_true());
    }
    return 0;
}

int cr_edit_gpu_type(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    (void)err;
    if (*e->text)
        json_object_set_new(cr_edit_object(at->template, "nodeSelector"), "accelerator", json_string(e->text));
    return 0;
}

/* ---- encryption ---- */

/* What depends on what is taken away goes with it: the action on the key, the hours on the action. */
int cr_edit_key_clear(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    (void)err;
    if (e->flag == CR_FLAG_CLEAR_KEY)
        json_object_del(at->template, "encryptionKey");
    if (e->flag != CR_FLAG_CLEAR_KEY_SHUTDOWN_HOURS)
        json_object_del(at->template, "encryptionKeyRevocationAction");
    json_object_del(at->template, "encryptionKeyShutdownDuration");
    return 0;
}

/* Hours, or a time with units. */
int cr_edit_shutdown(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    CR_AUTO_FREE char *text = NULL;
    bool bare = strspn(e->text, "0123456789") == strlen(e->text);
    int64_t time;

    if ((bare ? cr_edit_whole(e, 0, INT32_MAX, &time, err) : cr_edit_seconds(e, &time, err)) < 0)
        return cr_hint(err, "write hours, such as 24");
    text = cr_format("%" PRId64 "s", bare ? time * 3600 : time);
    json_object_set_new(at->template, "encryptionKeyShutdownDuration", json_string(text));
    return 0;
}

/* ---- mesh ---- */

int cr_edit_mesh(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    CR_AUTO_FREE char *name = NULL;

    (void)err;
    if (!*e->text) {
        json_object_del(at->template, "serviceMesh");
        return 0;
    }
    name = strchr(e->text, '/') ? cr_strdup(e->text)
                                : cr_format("projects/%s/locations/global/meshes/%s", at->where->project, e->text);
    json_object_set_new(at->template, "serviceMesh", json_pack("{s:s}", "mesh", name));
    return 0;
}
