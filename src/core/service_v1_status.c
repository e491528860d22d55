/* What the service says about itself: conditions, latest revisions, addresses, traffic. */
#include "core/service_v1_parts.h"

#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"

#define LATEST "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
#define REVISION "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"

/* ---- traffic ---- */

json_t *cr_v1_traffic_read(const json_t *v1)
{
    json_t *out = json_array(), *row;
    size_t i;

    json_array_foreach(v1, i, row)
    {
        bool latest = json_is_true(json_object_get(row, "latestRevision"));
        json_t *to = json_object();

        json_object_set_new(to, "type", json_string(latest ? LATEST : REVISION));
        if (!latest)
            cr_v1_copy(to, "revision", row, "revisionName");
        cr_v1_copy(to, "percent", row, "percent");
        cr_v1_copy(to, "tag", row, "tag");
        cr_v1_copy(to, "uri", row, "url");
        json_array_append_new(out, to);
    }
    return out;
}

json_t *cr_v1_traffic_write(const json_t *v2, const char *latest)
{
    json_t *out = json_array(), *row;
    size_t i;

    json_array_foreach(v2, i, row)
    {
        json_t *to = json_object();

        if (*cr_v1_text(row, "revision")) {
            cr_v1_copy(to, "revisionName", row, "revision");
        } else {
            json_object_set_new(to, "latestRevision", json_true());
            cr_v1_set(to, "revisionName", json_string(latest ? latest : ""));
        }
        cr_v1_copy(to, "percent", row, "percent");
        cr_v1_copy(to, "tag", row, "tag");
        cr_v1_copy(to, "url", row, "uri");
        json_array_append_new(out, to);
    }
    return out;
}

/* ---- conditions ---- */

/* Source: google.cloud.run.v2.Condition. v1 writes the same names as HealthCheckContainerError. */
static const char *const reasons[] = {
    "REVISION_FAILED",
    "PROGRESS_DEADLINE_EXCEEDED",
    "CONTAINER_MISSING",
    "CONTAINER_PERMISSION_DENIED",
    "CONTAINER_IMAGE_UNAUTHORIZED",
    "CONTAINER_IMAGE_AUTHORIZATION_CHECK_FAILED",
    "ENCRYPTION_KEY_PERMISSION_DENIED",
    "ENCRYPTION_KEY_CHECK_FAILED",
    "SECRETS_ACCESS_CHECK_FAILED",
    "WAITING_FOR_OPERATION",
    "IMMEDIATE_RETRY",
    "POSTPONED_RETRY",
    "INTERNAL",
    "VPC_NETWORK_NOT_FOUND",
};
static const char *const revision_reasons[] = {
    "PENDING",
    "RESERVE",
    "RETIRED",
    "RETIRING",
    "RECREATING",
    "HEALTH_CHECK_CONTAINER_ERROR",
    "CUSTOMIZED_PATH_RESPONSE_PENDING",
    "MIN_INSTANCES_NOT_PROVISIONED",
    "ACTIVE_REVISION_LIMIT_REACHED",
    "NO_DEPLOYMENT",
    "HEALTH_CHECK_SKIPPED",
    "MIN_INSTANCES_WARMING",
};

/* CONTAINER_MISSING as ContainerMissing. New. */
static char *camel(const char *name)
{
    char *out = cr_strdup(name), *to = out;
    bool first = true;

    for (const char *p = name; *p; p++) {
        if (*p == '_') {
            first = true;
            continue;
        }
        *to++ = first ? *p : (char)tolower((unsigned char)*p);
        first = false;
    }
    *to = '\0';
    return out;
}

static const char *reason_among(const char *const *names, size_t count, const char *reason)
{
    for (size_t i = 0; i < count; i++) {
        CR_AUTO_FREE char *word = camel(names[i]);

        if (strcmp(word, reason) == 0)
            return names[i];
    }
    return NULL;
}

static json_t *read_condition(const json_t *v1)
{
    const char *status = cr_v1_text(v1, "status"), *severity = cr_v1_text(v1, "severity"), *name;
    const char *reason = cr_v1_text(v1, "reason");
    json_t *out = json_object();

    cr_v1_copy(out, "type", v1, "type");
    json_object_set_new(out, "state",
                        json_string(strcmp(status, "True") == 0    ? "CONDITION_SUCCEEDED"
                                    : strcmp(status, "False") == 0 ? "CONDITION_FAILED"
                                                                   : "CONDITION_RECONCILING"));
    cr_v1_copy(out, "message", v1, "message");
    cr_v1_copy(out, "lastTransitionTime", v1, "lastTransitionTime");
    if (strcmp(severity, "Warning") == 0 || strcmp(severity, "Info") == 0)
        json_object_set_new(out, "severity", json_string(*severity == 'W' ? "WARNING" : "INFO"));
    if ((name = reason_among(reasons, CR_LEN(reasons), reason)))
        json_object_set_new(out, "reason", json_string(name));
    else if ((name = reason_among(revision_reasons, CR_LEN(revision_reasons), reason)))
        json_object_set_new(out, "revisionReason", json_string(name));
    return out;
}

static json_t *write_condition(const json_t *v2)
{
    const char *state = cr_v1_text(v2, "state"), *severity = cr_v1_text(v2, "severity");
    const char *reason = cr_v1_text(v2, "reason");
    CR_AUTO_FREE char *word = camel(*reason ? reason : cr_v1_text(v2, "revisionReason"));
    json_t *out = json_object();

    cr_v1_copy(out, "type", v2, "type");
    json_object_set_new(out, "status",
                        json_string(strcmp(state, "CONDITION_SUCCEEDED") == 0 ? "True"
                                    : strcmp(state, "CONDITION_FAILED") == 0  ? "False"
                                                                              : "Unknown"));
    cr_v1_set(out, "reason", json_string(word));
    cr_v1_copy(out, "message", v2, "message");
    cr_v1_copy(out, "lastTransitionTime", v2, "lastTransitionTime");
    if (strcmp(severity, "WARNING") == 0 || strcmp(severity, "INFO") == 0)
        json_object_set_new(out, "severity", json_string(*severity == 'W' ? "Warning" : "Info"));
    return out;
}

static json_t *write_conditions(const json_t *v2)
{
    const json_t *terminal = json_object_get(v2, "terminalCondition"), *rest = json_object_get(v2, "conditions");
    json_t *out = json_array(), *row;
    size_t i;

    if (terminal)
        json_array_append_new(out, write_condition(terminal));
    json_array_foreach(rest, i, row) json_array_append_new(out, write_condition(row));
    return out;
}

static void read_observed(const json_t *status, json_t *v2)
{
    const json_t *observed = json_object_get(status, "observedGeneration");

    if (json_is_integer(observed))
        json_object_set_new(v2, "observedGeneration", json_sprintf("%lld", (long long)json_integer_value(observed)));
}

/* ---- services ---- */

static void read_latest(const json_t *status, const char *from, const char *service, const char *to, json_t *v2)
{
    const char *name = cr_v1_text(status, from);

    if (*name)
        json_object_set_new(v2, to, json_sprintf("%s/revisions/%s", service, name));
}

/* Ready stands apart from the others in v2. */
static void read_conditions(const json_t *status, json_t *v2)
{
    const json_t *conditions = json_object_get(status, "conditions");
    json_t *rest = json_array(), *row;
    size_t i;

    json_array_foreach(conditions, i, row)
    {
        json_t *read = read_condition(row);

        if (strcmp(cr_v1_text(row, "type"), "Ready") != 0) {
            json_array_append_new(rest, read);
            continue;
        }
        if (strcmp(cr_v1_text(read, "state"), "CONDITION_RECONCILING") == 0)
            json_object_set_new(v2, "reconciling", json_true());
        json_object_set_new(v2, "terminalCondition", read);
    }
    cr_v1_set(v2, "conditions", rest);
}

void cr_v1_service_status_read(const json_t *v1, const char *name, json_t *v2)
{
    const json_t *status = json_object_get(v1, "status");

    read_observed(status, v2);
    read_latest(status, "latestCreatedRevisionName", name, "latestCreatedRevision", v2);
    read_latest(status, "latestReadyRevisionName", name, "latestReadyRevision", v2);
    read_conditions(status, v2);
    cr_v1_copy(v2, "uri", status, "url");
    cr_v1_set(v2, "trafficStatuses", cr_v1_traffic_read(json_object_get(status, "traffic")));
}

json_t *cr_v1_service_status_write(const json_t *v2)
{
    const char *ready = cr_v1_last(cr_v1_text(v2, "latestReadyRevision"));
    json_t *out = json_object();

    cr_v1_set(out, "observedGeneration", json_integer(strtoll(cr_v1_text(v2, "observedGeneration"), NULL, 10)));
    cr_v1_set(out, "latestCreatedRevisionName", json_string(cr_v1_last(cr_v1_text(v2, "latestCreatedRevision"))));
    cr_v1_set(out, "latestReadyRevisionName", json_string(ready));
    cr_v1_set(out, "conditions", write_conditions(v2));
    cr_v1_copy(out, "url", v2, "uri");
    if (*cr_v1_text(v2, "uri"))
        cr_v1_copy(cr_v1_child(out, "address"), "url", v2, "uri");
    cr_v1_set(out, "traffic", cr_v1_traffic_write(json_object_get(v2, "trafficStatuses"), ready));
    return out;
}

/* ---- revisions, whose Ready is one condition among others ---- */

void cr_v1_revision_status_read(const json_t *v1, json_t *v2)
{
    const json_t *status = json_object_get(v1, "status"), *conditions = json_object_get(status, "conditions");
    json_t *out = json_array(), *row;
    size_t i;

    read_observed(status, v2);
    json_array_foreach(conditions, i, row) json_array_append_new(out, read_condition(row));
    cr_v1_set(v2, "conditions", out);
    cr_v1_copy(v2, "logUri", status, "logUrl");
}

json_t *cr_v1_revision_status_write(const json_t *v2, const char *digest)
{
    json_t *out = json_object();

    cr_v1_set(out, "observedGeneration", json_integer(strtoll(cr_v1_text(v2, "observedGeneration"), NULL, 10)));
    cr_v1_set(out, "conditions", write_conditions(v2));
    cr_v1_set(out, "imageDigest", json_string(digest ? digest : ""));
    cr_v1_copy(out, "logUrl", v2, "logUri");
    return out;
}
