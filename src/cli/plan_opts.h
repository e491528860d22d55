/*
 * plan_opts.h - the options that change a plan, for the verbs that make one: deploy, check, generate. build has a
 * table of its own, where --region and --timeout are the build's, as gcloud has them; what a service is given stands
 * behind it in a manifest's plan all the same.
 *
 *     static const struct opt opts[] = {CLI_PLAN_OPTIONS(struct deploy_args, plan), ..., OPT_END};
 *
 * where `plan` is a struct cr_layer inside struct deploy_args. Help, metavar and choices come from core/key.c.
 */
#ifndef CLI_PLAN_OPTS_H
#define CLI_PLAN_OPTS_H

#include "cli/opt.h"

/* clang-format off */
#define CLI_BUILD_OPTIONS(S, layer)                                     \
    OPT_PLAN(S, layer, CR_KEY_NAME, "name"),                            \
    OPT_PLAN(S, layer, CR_KEY_PROJECT, "project"),                      \
    OPT_PLAN(S, layer, CR_KEY_REGION, "region"),                        \
    OPT_PLAN(S, layer, CR_KEY_PLATFORM, "platform"),                    \
    OPT_PLAN(S, layer, CR_KEY_BUILD_IMAGE, "tag"),                      \
    OPT_PLAN(S, layer, CR_KEY_BUILD_MACHINE_TYPE, "machine-type"),      \
    OPT_PLAN(S, layer, CR_KEY_BUILD_TIMEOUT, "build-timeout"),          \
    OPT_PLAN(S, layer, CR_KEY_BUILD_TEMPLATE_DIR, "template-dir")

#define CLI_SERVICE_OPTIONS(S, layer)                                   \
    OPT_PLAN(S, layer, CR_KEY_DESCRIPTION, "description"),              \
    OPT_PLAN(S, layer, CR_KEY_LABELS, "labels"),                        \
    OPT_PLAN(S, layer, CR_KEY_IMAGE, "image"),                          \
    OPT_PLAN(S, layer, CR_KEY_CPU, "cpu"),                              \
    OPT_PLAN(S, layer, CR_KEY_MEMORY, "memory"),                        \
    OPT_PLAN(S, layer, CR_KEY_CONCURRENCY, "concurrency"),              \
    OPT_PLAN(S, layer, CR_KEY_MIN_INSTANCES, "min-instances"),          \
    OPT_PLAN(S, layer, CR_KEY_MAX_INSTANCES, "max-instances"),          \
    OPT_PLAN(S, layer, CR_KEY_ENV, "env"),                              \
    OPT_PLAN(S, layer, CR_KEY_PORT, "port"),                            \
    OPT_PLAN(S, layer, CR_KEY_ALLOW_UNAUTHENTICATED, "allow-unauthenticated")

#define CLI_PLAN_OPTIONS(S, layer)                                      \
    CLI_BUILD_OPTIONS(S, layer),                                        \
    OPT_PLAN(S, layer, CR_KEY_TIMEOUT, "timeout"),                      \
    CLI_SERVICE_OPTIONS(S, layer)
/* clang-format on */

#endif
