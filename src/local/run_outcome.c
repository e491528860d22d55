#include "local/run_outcome.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "local/json_text.h"
#include "local/project_faults.h"

static const struct {
    int code;
    const char *reason;
    const char *failed; /* the condition that failed, beside Ready */
    bool named;         /* "Revision '…' is not ready …" stands before the message */
} rows[] = {
    [LOCAL_REFUSED_NOTHING] = {0, NULL, NULL, false},
    [LOCAL_REFUSED_HEALTH] = {9, "HEALTH_CHECK_CONTAINER_ERROR", "ContainerHealthy", true},
    [LOCAL_REFUSED_SECRET] = {9, "SECRETS_ACCESS_CHECK_FAILED", "ResourcesAvailable", true},
    [LOCAL_REFUSED_IMAGE] = {5, "CONTAINER_MISSING", "ContainerReady", false},
    [LOCAL_REFUSED_READING] = {7, "CONTAINER_PERMISSION_DENIED", "ContainerReady", true},
    [LOCAL_REFUSED_MACHINE] = {13, "INTERNAL", "ResourcesAvailable", false},
    [LOCAL_REFUSED_TRAFFIC] = {9, NULL, NULL, false},
};

void local_outcome_make(struct local_outcome *o, enum local_refusal kind, const char *revision,
                        const struct cr_error *err)
{
    bool machine = kind == LOCAL_REFUSED_MACHINE && err && *err->hint; /* what to install is all that helps */

    *o = (struct local_outcome){.kind = kind, .code = rows[kind].code};
    if (kind == LOCAL_REFUSED_NOTHING)
        return;
    o->message = machine ? cr_format("%s: %s", err->msg, err->hint) : cr_strdup(err->msg);
    o->told = revision && rows[kind].named
                  ? cr_format("Revision '%s' is not ready and cannot serve traffic. %s", revision, o->message)
                  : cr_strdup(o->message);
}

enum local_refusal local_outcome_kind(const char *said)
{
    if (strstr(said, "permission to read the image"))
        return LOCAL_REFUSED_READING;
    if (strstr(said, "Permission denied on secret"))
        return LOCAL_REFUSED_SECRET;
    return strncmp(said, "Image '", 7) == 0 && strstr(said, "not found") ? LOCAL_REFUSED_IMAGE : LOCAL_REFUSED_HEALTH;
}

void local_outcome_clear(struct local_outcome *o)
{
    free(o->message);
    free(o->told);
    *o = (struct local_outcome){0};
}

static json_t *condition(const char *type, const char *message, const char *reason)
{
    json_t *c = json_pack("{s:s, s:s}", "type", type, "state", message ? "CONDITION_FAILED" : "CONDITION_SUCCEEDED");
    char now[32];

    cr_time_text(cr_wall_ms(), now);
    json_object_set_new(c, "lastTransitionTime", json_string(now));
    if (message)
        json_object_set_new(c, "message", json_string(message));
    if (message && reason)
        json_object_set_new(c, strcmp(reason, "HEALTH_CHECK_CONTAINER_ERROR") == 0 ? "revisionReason" : "reason",
                            json_string(reason));
    return c;
}

json_t *local_outcome_condition(const struct local_outcome *o, const char *type)
{
    return condition(type, o->told, "REVISION_FAILED");
}

json_t *local_outcome_ready(const char *type)
{
    return condition(type, NULL, NULL);
}

json_t *local_outcome_conditions(const struct local_outcome *o)
{
    static const char *const types[] = {"ResourcesAvailable", "ContainerReady", "ContainerHealthy"};
    const char *failed = rows[o->kind].failed, *reason = rows[o->kind].reason;
    json_t *all = json_pack("[o]", condition("Ready", o->message, reason));

    for (size_t i = 0; i < CR_LEN(types); i++) {
        bool here = failed && strcmp(types[i], failed) == 0;

        json_array_append_new(all, condition(types[i], here ? o->message : NULL, reason));
        if (here)
            break; /* what comes after it was never tried */
    }
    return all;
}

static int deny(const json_t *template, const char *project, const char *secret, const char *version,
                struct cr_error *err)
{
    const char *account = local_text_at(template, "serviceAccount");
    bool full = strncmp(secret, "projects/", 9) == 0;

    return cr_fail(
        err, CR_E_CONFIG,
        "Permission denied on secret: %s%s%s%s/versions/%s for Revision service account %s. The service account "
        "used must be granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) "
        "at the secret, project or higher level.",
        full ? "" : "projects/", full ? "" : project, full ? "" : "/secrets/", secret, *version ? version : "latest",
        *account ? account : LOCAL_COMPUTE_ACCOUNT);
}

int local_outcome_secrets(const json_t *template, const char *project, struct cr_error *err)
{
    json_t *container, *row;
    size_t i, k;

    json_array_foreach(json_object_get(template, "containers"), i, container)
    {
        json_array_foreach(json_object_get(container, "env"), k, row)
        {
            const json_t *ref = json_object_get(json_object_get(row, "valueSource"), "secretKeyRef");

            if (ref)
                return deny(template, project, local_text_at(ref, "secret"), local_text_at(ref, "version"), err);
        }
    }
    json_array_foreach(json_object_get(template, "volumes"), i, row)
    {
        const json_t *volume = json_object_get(row, "secret");
        const json_t *item = json_array_get(json_object_get(volume, "items"), 0);

        if (volume)
            return deny(template, project, local_text_at(volume, "secret"), local_text_at(item, "version"), err);
    }
    return 0;
}
