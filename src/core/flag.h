/*
 * flag.h - the flags of deploy and services update that change a service, one row each, with gcloud's names and forms.
 *
 * The rows drive parsing, help, man pages and completions (through cli/opt) and the change itself (core/edit). Order is
 * the order in which changes are applied, whatever their order on the command line: --clear-env-vars before
 * --update-env-vars, --image before what depends on it.
 *
 * Ownership: rows and the strings in them are static. Source: the behaviour of gcloud run deploy, release 528.
 */
#ifndef CR_FLAG_H
#define CR_FLAG_H

#include <stdbool.h>
#include <stddef.h>

#include "core/key.h"

enum cr_flag {
    /* Which containers there are. */
    CR_FLAG_REMOVE_CONTAINERS,
    CR_FLAG_CONTAINER, /* what follows on the command line is this container's */
    /* One container. */
    CR_FLAG_IMAGE,
    CR_FLAG_CPU,
    CR_FLAG_MEMORY,
    CR_FLAG_GPU,
    CR_FLAG_COMMAND,
    CR_FLAG_ARGS,
    CR_FLAG_CLEAR_ENV_VARS,
    CR_FLAG_ENV_VARS_FILE,
    CR_FLAG_SET_ENV_VARS,
    CR_FLAG_REMOVE_ENV_VARS,
    CR_FLAG_UPDATE_ENV_VARS,
    /* Volumes are the revision's, but go among the mounts: first away, then secrets, which are volumes too, then new.
     */
    CR_FLAG_CLEAR_VOLUME_MOUNTS,
    CR_FLAG_REMOVE_VOLUME_MOUNT,
    CR_FLAG_CLEAR_VOLUMES,
    CR_FLAG_REMOVE_VOLUME,
    CR_FLAG_CLEAR_SECRETS,
    CR_FLAG_SET_SECRETS,
    CR_FLAG_REMOVE_SECRETS,
    CR_FLAG_UPDATE_SECRETS,
    CR_FLAG_ADD_VOLUME,
    CR_FLAG_ADD_VOLUME_MOUNT,
    CR_FLAG_STARTUP_PROBE,
    CR_FLAG_LIVENESS_PROBE,
    CR_FLAG_READINESS_PROBE,
    CR_FLAG_PORT, /* after the probes: a TCP startup probe of the old port moves with it */
    CR_FLAG_USE_HTTP2,
    CR_FLAG_DEPENDS_ON,
    /* The revision. */
    CR_FLAG_CONCURRENCY,
    CR_FLAG_TIMEOUT,
    CR_FLAG_MIN_INSTANCES,
    CR_FLAG_MAX_INSTANCES,
    CR_FLAG_EXECUTION_ENVIRONMENT,
    CR_FLAG_CPU_THROTTLING,
    CR_FLAG_CPU_BOOST,
    CR_FLAG_GPU_TYPE,
    CR_FLAG_GPU_ZONAL_REDUNDANCY,
    CR_FLAG_SERVICE_ACCOUNT,
    CR_FLAG_SESSION_AFFINITY,
    CR_FLAG_CLEAR_CLOUDSQL_INSTANCES,
    CR_FLAG_SET_CLOUDSQL_INSTANCES,
    CR_FLAG_REMOVE_CLOUDSQL_INSTANCES,
    CR_FLAG_ADD_CLOUDSQL_INSTANCES,
    CR_FLAG_VPC_CONNECTOR,
    CR_FLAG_VPC_EGRESS,
    CR_FLAG_CLEAR_VPC_CONNECTOR, /* takes the egress with it */
    CR_FLAG_NETWORK,
    CR_FLAG_SUBNET,
    CR_FLAG_CLEAR_NETWORK_TAGS,
    CR_FLAG_NETWORK_TAGS,
    CR_FLAG_CLEAR_NETWORK, /* likewise */
    CR_FLAG_CLEAR_KEY,
    CR_FLAG_KEY,
    CR_FLAG_CLEAR_POST_KEY_REVOCATION,
    CR_FLAG_POST_KEY_REVOCATION,
    CR_FLAG_CLEAR_KEY_SHUTDOWN_HOURS,
    CR_FLAG_KEY_SHUTDOWN_HOURS,
    CR_FLAG_DEPLOY_HEALTH_CHECK,
    CR_FLAG_MESH,
    /* Service and revision. */
    CR_FLAG_CLEAR_LABELS,
    CR_FLAG_LABELS,
    CR_FLAG_REMOVE_LABELS,
    CR_FLAG_UPDATE_LABELS,
    /* The service. */
    CR_FLAG_DESCRIPTION,
    CR_FLAG_INGRESS,
    CR_FLAG_MIN,
    CR_FLAG_MAX,
    CR_FLAG_SCALING,
    CR_FLAG_DEFAULT_URL,
    CR_FLAG_INVOKER_IAM_CHECK,
    CR_FLAG_IAP,
    CR_FLAG_CLEAR_CUSTOM_AUDIENCES,
    CR_FLAG_SET_CUSTOM_AUDIENCES,
    CR_FLAG_REMOVE_CUSTOM_AUDIENCES,
    CR_FLAG_ADD_CUSTOM_AUDIENCES,
    CR_FLAG_CLEAR_BINARY_AUTHORIZATION,
    CR_FLAG_BINARY_AUTHORIZATION,
    CR_FLAG_BREAKGLASS,
    /* How the new revision comes in: read by core/rollout, not by core/edit. */
    CR_FLAG_REVISION_SUFFIX,
    CR_FLAG_TAG,
    CR_FLAG_TRAFFIC,               /* only as --no-traffic means anything */
    CR_FLAG_ALLOW_UNAUTHENTICATED, /* the policy, not the service */
    CR_FLAG_COUNT
};

enum cr_form {
    CR_FORM_TEXT,   /* --cpu=2 */
    CR_FORM_LIST,   /* --args=A,B; "^@^A@B" takes another delimiter */
    CR_FORM_DICT,   /* --set-env-vars=K=V,K=V; the same */
    CR_FORM_FILE,   /* --env-vars-file=FILE */
    CR_FORM_SWITCH, /* --clear-labels */
    CR_FORM_BOOL,   /* --cpu-boost and --no-cpu-boost */
};

/* What a flag changes. */
enum cr_scope { CR_SCOPE_CONTAINER, CR_SCOPE_REVISION, CR_SCOPE_BOTH, CR_SCOPE_SERVICE, CR_SCOPE_ROLLOUT };

struct cr_flag_row {
    const char *name; /* without dashes */
    enum cr_form form;
    enum cr_scope scope;
    /* Flags of one group exclude each other, within a container, except that those whose group ends in "+" go with one
     * another. A flag may be in two groups: "network+ tags". */
    const char *group;
    const char *arg;  /* metavar, or NULL */
    const char *help; /* capitalised, without a full stop */
    const char *const *choices;
    bool many;       /* may be repeated: each adds */
    enum cr_key key; /* the key of the manifest that says the same; 0 (CR_KEY_NAME) for none */
};

extern const struct cr_flag_row cr_flags[CR_FLAG_COUNT];

/* Whether the two cannot stand together for one container (or one service): --clear-env-vars with --set-env-vars;
 * --remove-X goes with --update-X. */
bool cr_flags_exclude(enum cr_flag a, enum cr_flag b);

#endif
