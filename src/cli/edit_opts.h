/*
 * edit_opts.h - the options that change a service, for deploy, services update and diff: all of core/flag.h.
 *
 *     static const struct opt opts[] = {CLI_EDIT_OPTIONS(struct deploy_args, edits), ..., OPT_END};
 *
 * where `edits` is a struct cr_edits inside struct deploy_args. The order is that of the help: what is said most often
 * first, then what belongs together.
 */
#ifndef CLI_EDIT_OPTS_H
#define CLI_EDIT_OPTS_H

#include "cli/opt.h"

/* clang-format off */
#define CLI_CONTAINER_EDITS(S, field)                           \
    OPT_EDIT(S, field, CR_FLAG_IMAGE),                          \
    OPT_EDIT(S, field, CR_FLAG_CPU),                            \
    OPT_EDIT(S, field, CR_FLAG_MEMORY),                         \
    OPT_EDIT(S, field, CR_FLAG_GPU),                            \
    OPT_EDIT(S, field, CR_FLAG_PORT),                           \
    OPT_EDIT(S, field, CR_FLAG_USE_HTTP2),                      \
    OPT_EDIT(S, field, CR_FLAG_COMMAND),                        \
    OPT_EDIT(S, field, CR_FLAG_ARGS),                           \
    OPT_EDIT(S, field, CR_FLAG_SET_ENV_VARS),                   \
    OPT_EDIT(S, field, CR_FLAG_UPDATE_ENV_VARS),                \
    OPT_EDIT(S, field, CR_FLAG_REMOVE_ENV_VARS),                \
    OPT_EDIT(S, field, CR_FLAG_CLEAR_ENV_VARS),                 \
    OPT_EDIT(S, field, CR_FLAG_ENV_VARS_FILE),                  \
    OPT_EDIT(S, field, CR_FLAG_SET_SECRETS),                    \
    OPT_EDIT(S, field, CR_FLAG_UPDATE_SECRETS),                 \
    OPT_EDIT(S, field, CR_FLAG_REMOVE_SECRETS),                 \
    OPT_EDIT(S, field, CR_FLAG_CLEAR_SECRETS),                  \
    OPT_EDIT(S, field, CR_FLAG_STARTUP_PROBE),                  \
    OPT_EDIT(S, field, CR_FLAG_LIVENESS_PROBE),                 \
    OPT_EDIT(S, field, CR_FLAG_READINESS_PROBE),                \
    OPT_EDIT(S, field, CR_FLAG_ADD_VOLUME),                     \
    OPT_EDIT(S, field, CR_FLAG_REMOVE_VOLUME),                  \
    OPT_EDIT(S, field, CR_FLAG_CLEAR_VOLUMES),                  \
    OPT_EDIT(S, field, CR_FLAG_ADD_VOLUME_MOUNT),               \
    OPT_EDIT(S, field, CR_FLAG_REMOVE_VOLUME_MOUNT),            \
    OPT_EDIT(S, field, CR_FLAG_CLEAR_VOLUME_MOUNTS),            \
    OPT_EDIT(S, field, CR_FLAG_CONTAINER),                      \
    OPT_EDIT(S, field, CR_FLAG_DEPENDS_ON),                     \
    OPT_EDIT(S, field, CR_FLAG_REMOVE_CONTAINERS)

#define CLI_REVISION_EDITS(S, field)                            \
    OPT_EDIT(S, field, CR_FLAG_CONCURRENCY),                    \
    OPT_EDIT(S, field, CR_FLAG_TIMEOUT),                        \
    OPT_EDIT(S, field, CR_FLAG_MIN_INSTANCES),                  \
    OPT_EDIT(S, field, CR_FLAG_MAX_INSTANCES),                  \
    OPT_EDIT(S, field, CR_FLAG_EXECUTION_ENVIRONMENT),          \
    OPT_EDIT(S, field, CR_FLAG_CPU_THROTTLING),                 \
    OPT_EDIT(S, field, CR_FLAG_CPU_BOOST),                      \
    OPT_EDIT(S, field, CR_FLAG_GPU_TYPE),                       \
    OPT_EDIT(S, field, CR_FLAG_GPU_ZONAL_REDUNDANCY),           \
    OPT_EDIT(S, field, CR_FLAG_SESSION_AFFINITY),               \
    OPT_EDIT(S, field, CR_FLAG_DEPLOY_HEALTH_CHECK),            \
    OPT_EDIT(S, field, CR_FLAG_SERVICE_ACCOUNT),                \
    OPT_EDIT(S, field, CR_FLAG_SET_CLOUDSQL_INSTANCES),         \
    OPT_EDIT(S, field, CR_FLAG_ADD_CLOUDSQL_INSTANCES),         \
    OPT_EDIT(S, field, CR_FLAG_REMOVE_CLOUDSQL_INSTANCES),      \
    OPT_EDIT(S, field, CR_FLAG_CLEAR_CLOUDSQL_INSTANCES),       \
    OPT_EDIT(S, field, CR_FLAG_VPC_CONNECTOR),                  \
    OPT_EDIT(S, field, CR_FLAG_CLEAR_VPC_CONNECTOR),            \
    OPT_EDIT(S, field, CR_FLAG_NETWORK),                        \
    OPT_EDIT(S, field, CR_FLAG_SUBNET),                         \
    OPT_EDIT(S, field, CR_FLAG_CLEAR_NETWORK),                  \
    OPT_EDIT(S, field, CR_FLAG_NETWORK_TAGS),                   \
    OPT_EDIT(S, field, CR_FLAG_CLEAR_NETWORK_TAGS),             \
    OPT_EDIT(S, field, CR_FLAG_VPC_EGRESS),                     \
    OPT_EDIT(S, field, CR_FLAG_MESH),                           \
    OPT_EDIT(S, field, CR_FLAG_KEY),                            \
    OPT_EDIT(S, field, CR_FLAG_CLEAR_KEY),                      \
    OPT_EDIT(S, field, CR_FLAG_POST_KEY_REVOCATION),            \
    OPT_EDIT(S, field, CR_FLAG_CLEAR_POST_KEY_REVOCATION),      \
    OPT_EDIT(S, field, CR_FLAG_KEY_SHUTDOWN_HOURS),             \
    OPT_EDIT(S, field, CR_FLAG_CLEAR_KEY_SHUTDOWN_HOURS)

#define CLI_SERVICE_EDITS(S, field)                             \
    OPT_EDIT(S, field, CR_FLAG_DESCRIPTION),                    \
    OPT_EDIT(S, field, CR_FLAG_LABELS),                         \
    OPT_EDIT(S, field, CR_FLAG_UPDATE_LABELS),                  \
    OPT_EDIT(S, field, CR_FLAG_REMOVE_LABELS),                  \
    OPT_EDIT(S, field, CR_FLAG_CLEAR_LABELS),                   \
    OPT_EDIT(S, field, CR_FLAG_MIN),                            \
    OPT_EDIT(S, field, CR_FLAG_MAX),                            \
    OPT_EDIT(S, field, CR_FLAG_SCALING),                        \
    OPT_EDIT(S, field, CR_FLAG_INGRESS),                        \
    OPT_EDIT(S, field, CR_FLAG_DEFAULT_URL),                    \
    OPT_EDIT(S, field, CR_FLAG_INVOKER_IAM_CHECK),              \
    OPT_EDIT(S, field, CR_FLAG_IAP),                            \
    OPT_EDIT(S, field, CR_FLAG_SET_CUSTOM_AUDIENCES),           \
    OPT_EDIT(S, field, CR_FLAG_ADD_CUSTOM_AUDIENCES),           \
    OPT_EDIT(S, field, CR_FLAG_REMOVE_CUSTOM_AUDIENCES),        \
    OPT_EDIT(S, field, CR_FLAG_CLEAR_CUSTOM_AUDIENCES),         \
    OPT_EDIT(S, field, CR_FLAG_BINARY_AUTHORIZATION),           \
    OPT_EDIT(S, field, CR_FLAG_CLEAR_BINARY_AUTHORIZATION),     \
    OPT_EDIT(S, field, CR_FLAG_BREAKGLASS),                     \
    OPT_EDIT(S, field, CR_FLAG_REVISION_SUFFIX),                \
    OPT_EDIT(S, field, CR_FLAG_TAG),                            \
    OPT_EDIT(S, field, CR_FLAG_TRAFFIC),                        \
    OPT_EDIT(S, field, CR_FLAG_ALLOW_UNAUTHENTICATED)

#define CLI_EDIT_OPTIONS(S, field)                              \
    CLI_CONTAINER_EDITS(S, field),                              \
    CLI_REVISION_EDITS(S, field),                               \
    CLI_SERVICE_EDITS(S, field)
/* clang-format on */

#endif
