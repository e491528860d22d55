/*
 * image.h - from a directory to an image that can be deployed: load, check, render, upload, build.
 *
 * Shared by build and deploy. Ownership: a job owns everything in it; CLI_AUTO_JOB frees it.
 */
#ifndef CLI_IMAGE_H
#define CLI_IMAGE_H

#include "cli/cmd.h"
#include "cli/platform.h"
#include "core/context.h"
#include "core/lock.h"

struct cli_job {
    struct cr_manifest manifest;
    struct cr_plan plan;
    struct cli_connection link;
    struct cr_context context;
    struct cr_lock lock; /* of the model's files in it */
    char *image;         /* "HOST/PROJECT/REPOSITORY/NAME:TAG" */
    char *digest;        /* "sha256:…" */
    char *pinned;        /* "HOST/PROJECT/REPOSITORY/NAME@sha256:…" */
    int64_t sent;        /* bytes uploaded */
    bool uploaded;       /* the context was not there yet */
    bool built;          /* a build ran */
};

#define CLI_AUTO_JOB __attribute__((cleanup(cli_job_clear)))
void cli_job_clear(struct cli_job *job);

/* Loads the manifest of `dir`, merges, and checks; every problem is shown, then one error says how many. */
int cli_job_load(struct cmd *c, const char *dir, const struct cr_layer *options, struct cli_job *job,
                 struct cr_error *err) CR_CHECKED;

/* Renders the context and gives it its name; digests of unchanged weights come from the cache. */
int cli_image_render(struct cmd *c, struct cli_job *job, struct cr_error *err) CR_CHECKED;

/* The image of the job's context: the recorded one when nothing has changed and the registry still has it (unless
 * `again`), otherwise uploaded, where needed, and built. */
int cli_image_ensure(struct cmd *c, struct cli_job *job, bool again, struct cr_error *err) CR_CHECKED;

#endif
