/* The service itself: its labels, and Binary Authorization; and which function does which flag. */
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "core/edit_parts.h"

#define NONCE "client.knative.dev/nonce" /* what makes a revision of the same template a new one */

/* ---- labels ---- */

static const enum cr_flag label_flags[] = {CR_FLAG_CLEAR_LABELS, CR_FLAG_LABELS, CR_FLAG_REMOVE_LABELS,
                                           CR_FLAG_UPDATE_LABELS};
static const struct cr_edit_group labels_group = {label_flags, CR_LEN(label_flags)};

static bool adds_labels(const struct cr_edit *e)
{
    return e->flag == CR_FLAG_LABELS || e->flag == CR_FLAG_UPDATE_LABELS;
}

static int remove_labels(const struct cr_edit *e, json_t *labels, struct cr_error *err)
{
    json_auto_t *list = NULL;
    json_t *name;
    size_t i;

    if (cr_edit_list(e, &list, err) < 0)
        return -1;
    json_array_foreach(list, i, name)
    {
        json_object_del(labels, json_string_value(name));
    }
    return 0;
}

/* First all go, then some come, then some go: of --update-labels and --remove-labels the latter wins. */
static int change_labels(struct cr_edit_at *at, const struct cr_edit *first, json_t *labels, struct cr_error *err)
{
    for (const struct cr_edit *e = first; e; e = cr_edit_next(at, first, labels_group, e))
        if (e->flag == CR_FLAG_CLEAR_LABELS)
            json_object_clear(labels);
    for (const struct cr_edit *e = first; e; e = cr_edit_next(at, first, labels_group, e)) {
        json_auto_t *dict = NULL;

        if (!adds_labels(e))
            continue;
        if (cr_edit_dict(e, &dict, err) < 0)
            return -1;
        json_object_update(labels, dict);
    }
    for (const struct cr_edit *e = first; e; e = cr_edit_next(at, first, labels_group, e))
        if (e->flag == CR_FLAG_REMOVE_LABELS && remove_labels(e, labels, err) < 0)
            return -1;
    return 0;
}

/* The template has what the service has, and keeps its nonce. */
static int edit_labels(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_t *had = json_object_get(at->service, "labels"), *nonce;
    json_auto_t *labels = had ? json_deep_copy(had) : json_object(), *template = NULL;

    if (cr_edit_next(at, e, labels_group, NULL) != e)
        return 0;
    if (change_labels(at, e, labels, err) < 0)
        return -1;
    if (had ? json_equal(had, labels) : !json_object_size(labels))
        return 0;
    nonce = json_object_get(json_object_get(at->template, "labels"), NONCE);
    template = json_deep_copy(labels);
    if (nonce)
        json_object_set(template, NONCE, nonce);
    json_object_set(at->service, "labels", labels);
    json_object_set(at->template, "labels", template);
    cr_edit_prune(at->service, "labels");
    cr_edit_prune(at->template, "labels");
    return 0;
}

/* ---- Binary Authorization ---- */

static int edit_policy(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    json_t *policy = cr_edit_object(at->service, "binaryAuthorization");

    (void)err;
    json_object_del(policy, "useDefault");
    json_object_del(policy, "policy");
    if (e->flag == CR_FLAG_BINARY_AUTHORIZATION && strcmp(e->text, "default") == 0)
        json_object_set_new(policy, "useDefault", json_true());
    else if (e->flag == CR_FLAG_BINARY_AUTHORIZATION && *e->text)
        json_object_set_new(policy, "policy", json_string(e->text));
    cr_edit_prune(at->service, "binaryAuthorization");
    return 0;
}

static int edit_breakglass(struct cr_edit_at *at, const struct cr_edit *e, struct cr_error *err)
{
    (void)err;
    if (*e->text)
        json_object_set_new(cr_edit_object(at->service, "binaryAuthorization"), "breakglassJustification",
                            json_string(e->text));
    return 0;
}

/* ---- which function does which flag ---- */

cr_edit_fn *const cr_edit_service[CR_FLAG_COUNT] = {
    [CR_FLAG_CONCURRENCY] = cr_edit_concurrency,
    [CR_FLAG_TIMEOUT] = cr_edit_timeout,
    [CR_FLAG_MIN_INSTANCES] = cr_edit_instances,
    [CR_FLAG_MAX_INSTANCES] = cr_edit_instances,
    [CR_FLAG_EXECUTION_ENVIRONMENT] = cr_edit_field,
    [CR_FLAG_CPU_THROTTLING] = cr_edit_throttling,
    [CR_FLAG_CPU_BOOST] = cr_edit_boost,
    [CR_FLAG_GPU_TYPE] = cr_edit_gpu_type,
    [CR_FLAG_GPU_ZONAL_REDUNDANCY] = cr_edit_field,
    [CR_FLAG_SERVICE_ACCOUNT] = cr_edit_field,
    [CR_FLAG_SESSION_AFFINITY] = cr_edit_field,
    [CR_FLAG_CLEAR_CLOUDSQL_INSTANCES] = cr_edit_cloudsql,
    [CR_FLAG_SET_CLOUDSQL_INSTANCES] = cr_edit_cloudsql,
    [CR_FLAG_REMOVE_CLOUDSQL_INSTANCES] = cr_edit_cloudsql,
    [CR_FLAG_ADD_CLOUDSQL_INSTANCES] = cr_edit_cloudsql,
    [CR_FLAG_VPC_CONNECTOR] = cr_edit_connector,
    [CR_FLAG_VPC_EGRESS] = cr_edit_egress,
    [CR_FLAG_CLEAR_VPC_CONNECTOR] = cr_edit_connector_clear,
    [CR_FLAG_NETWORK] = cr_edit_network,
    [CR_FLAG_SUBNET] = cr_edit_network,
    [CR_FLAG_CLEAR_NETWORK_TAGS] = cr_edit_network,
    [CR_FLAG_NETWORK_TAGS] = cr_edit_network,
    [CR_FLAG_CLEAR_NETWORK] = cr_edit_network_clear,
    [CR_FLAG_CLEAR_KEY] = cr_edit_key_clear,
    [CR_FLAG_KEY] = cr_edit_field,
    [CR_FLAG_CLEAR_POST_KEY_REVOCATION] = cr_edit_key_clear,
    [CR_FLAG_POST_KEY_REVOCATION] = cr_edit_field,
    [CR_FLAG_CLEAR_KEY_SHUTDOWN_HOURS] = cr_edit_key_clear,
    [CR_FLAG_KEY_SHUTDOWN_HOURS] = cr_edit_shutdown,
    [CR_FLAG_DEPLOY_HEALTH_CHECK] = cr_edit_field,
    [CR_FLAG_MESH] = cr_edit_mesh,
    [CR_FLAG_CLEAR_LABELS] = edit_labels,
    [CR_FLAG_LABELS] = edit_labels,
    [CR_FLAG_REMOVE_LABELS] = edit_labels,
    [CR_FLAG_UPDATE_LABELS] = edit_labels,
    [CR_FLAG_DESCRIPTION] = cr_edit_field,
    [CR_FLAG_INGRESS] = cr_edit_field,
    [CR_FLAG_MIN] = cr_edit_instances,
    [CR_FLAG_MAX] = cr_edit_instances,
    [CR_FLAG_SCALING] = cr_edit_scaling,
    [CR_FLAG_DEFAULT_URL] = cr_edit_field,
    [CR_FLAG_INVOKER_IAM_CHECK] = cr_edit_field,
    [CR_FLAG_IAP] = cr_edit_field,
    [CR_FLAG_CLEAR_CUSTOM_AUDIENCES] = cr_edit_audiences,
    [CR_FLAG_SET_CUSTOM_AUDIENCES] = cr_edit_audiences,
    [CR_FLAG_REMOVE_CUSTOM_AUDIENCES] = cr_edit_audiences,
    [CR_FLAG_ADD_CUSTOM_AUDIENCES] = cr_edit_audiences,
    [CR_FLAG_CLEAR_BINARY_AUTHORIZATION] = edit_policy,
    [CR_FLAG_BINARY_AUTHORIZATION] = edit_policy,
    [CR_FLAG_BREAKGLASS] = edit_breakglass,
};
