/*
 * image.h - from a source to an image that can be deployed: load, check, prepare, upload, build.
 *
 * Shared by build, deploy and generate. The source is a model (a directory with crdeploy.yaml) or anything else that
 * Cloud Build takes (core/source.h). Ownership: a job owns everything in it but what its `ask` points to; CLI_AUTO_JOB
 * frees it.
 */
#ifndef CLI_IMAGE_H
#define CLI_IMAGE_H

#include "cli/cmd.h"
#include "cli/platform.h"
#include "core/body_build.h"
#include "core/context.h"
#include "core/limits.h"
#include "core/lock.h"
#include "core/source.h"

/* What build is asked besides the plan; all zero is what deploy wants. */
struct cli_build_ask {
    const char *source;        /* NULL: the working directory */
    const char *config, *pack; /* --config, --pack */
    const char *ignore_file;
    const char *revision, *dir;         /* of a connected repository */
    const char *git_revision, *git_dir; /* of a URL */
    bool no_source, async, mute, allow_secrets;
    bool again;      /* also when nothing has changed */
    bool count;      /* what ignore rules leave behind, too */
    int64_t poll_ms; /* 0: a second */
};

/* Where the digest of a model's base image comes from; see cli/lock_file.h. */
enum cli_base {
    CLI_BASE_LOCKED, /* the lock: nothing is sent */
    CLI_BASE_FIND,   /* the lock, else the registry, else none */
    CLI_BASE_MOVE,   /* the registry */
};

struct cli_job {
    struct cli_build_ask ask;
    enum cr_source_kind kind;
    struct cr_manifest manifest; /* of a model */
    struct cr_plan plan;
    enum cr_profile limits; /* what the plan is checked against */
    bool live;              /* what nobody says of the service is judged by what is live, later, and not by defaults */
    struct cli_connection link;
    json_t *config;      /* the Build of --config, or NULL */
    struct cr_pack pack; /* of --pack; image NULL without one */
    struct cr_context context;
    struct cr_lock lock;   /* of the model's files in it, and of the base image */
    struct cr_lock locked; /* as it is beside the manifest; source NULL: there is none */
    enum cli_base base;
    struct cr_drops drops;
    char sha256[CR_SHA256_HEX]; /* of what is uploaded: the context's name, the archive's bytes; empty for others */
    char *location;             /* "global", or a region */
    char *bucket, *object;      /* where the source is staged; NULL when it is not */
    bool own_bucket;            /* the default one: that it is the project's is verified */
    bool regional;              /* and stands in the build's region */
    char *image;                /* "HOST/PROJECT/REPOSITORY/NAME:TAG"; NULL when a configuration names none */
    char *digest;               /* "sha256:…" */
    char *pinned;               /* "HOST/PROJECT/REPOSITORY/NAME@sha256:…" */
    char *build, *log_url;      /* "projects/P/locations/L/builds/ID" of the build that ran */
    int64_t sent;               /* bytes uploaded */
    bool uploaded;              /* the source was not there yet */
    bool built;                 /* a build ran */
};

#define CLI_AUTO_JOB __attribute__((cleanup(cli_job_clear)))
void cli_job_clear(struct cli_job *job);

/* Loads the manifest of `dir`, merges, and checks; every problem is shown, then one error says how many. */
int cli_job_load(struct cmd *c, const char *dir, const struct cr_layer *options, struct cli_job *job,
                 struct cr_error *err) CR_CHECKED;

/* Renders the context of a model and gives it its name; digests of unchanged weights come from the cache. */
int cli_image_render(struct cmd *c, struct cli_job *job, struct cr_error *err) CR_CHECKED;
/* Hashes and names job->context, through the same cache. */
int cli_context_name(struct cmd *c, struct cli_job *job, struct cr_error *err) CR_CHECKED;

/* The image of the job: of a model the recorded one when nothing has changed and the registry still has it (unless
 * asked to build again), otherwise uploaded, where needed, and built. Prepares what is not prepared yet. */
int cli_image_ensure(struct cmd *c, struct cli_job *job, struct cr_error *err) CR_CHECKED;

/* Without a build: whether the image of the model as it is now is recorded and still there, as for cli_image_ensure();
 * then it is pinned. Otherwise job->image is the name it would get. */
int cli_image_known(struct cmd *c, struct cli_job *job, bool *known, struct cr_error *err) CR_CHECKED;

/* Sets digest and pinned. */
void cli_job_pin(struct cli_job *job, const char *image, const char *digest);

#endif
