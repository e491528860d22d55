/*
 * build_follow.h - one build, from its creation to its end: the log as it grows, the digest, and the cause when it
 * fails.
 *
 * Errors: CR_E_BUILD for a build that failed; gcp/build.h for the rest.
 */
#ifndef CLI_BUILD_FOLLOW_H
#define CLI_BUILD_FOLLOW_H

#include "cli/image.h"
#include "gcp/registry.h"

/* Starts the build of `body` and, unless asked not to wait, follows it. Fills job->build, log_url, built, and the
 * digest where an image was made. image: job->image taken apart, empty when it is not in Artifact Registry. */
int cli_build_run(struct cmd *c, struct cli_job *job, const json_t *body, const struct gcp_image *image,
                  struct cr_error *err) CR_CHECKED;

#endif
