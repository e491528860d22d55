/*
 * build_input.h - what a build is given, found without a network: which kind of source, its context, where it will be
 * staged, the name of the image, and the body that asks for it.
 *
 * Errors: CR_E_USAGE for options that do not go together; CR_E_CONFIG for values and files; every problem is shown
 * first.
 */
#ifndef CLI_BUILD_INPUT_H
#define CLI_BUILD_INPUT_H

#include "cli/image.h"

/* Fills kind, manifest, plan, config and pack; job->ask is set. */
int cli_build_load(struct cmd *c, const struct cr_layer *options, struct cli_job *job, struct cr_error *err) CR_CHECKED;

/* Fills context, sha256, location, bucket, object and image. What looks like a secret is a problem. check_secrets:
 * false leaves that to the caller. */
int cli_build_prepare(struct cmd *c, struct cli_job *job, bool check_secrets, struct cr_error *err) CR_CHECKED;

/* The body of the build; generation (NULL: not known yet) pins the staged source. New. */
json_t *cli_build_body(const struct cli_job *job, const char *generation);

#endif
