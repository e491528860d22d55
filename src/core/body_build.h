/*
 * body_build.h - what Cloud Build is asked for: the Build resource, exactly as it is sent.
 *
 * Steps come from the name of an image (docker, or kaniko), from a configuration file (build_config.h), or from a
 * buildpack; everything else from the plan. With docker, layers are kept in the registry beside the image: its own
 * under the tag `crdeploy-cache`, and those of crdeploy's own Dockerfile stage by stage, because BuildKit writes the
 * layers of an image into that image alone. Without a cache the step is gcloud's.
 *
 * What is only known once an image of crdeploy's is built, the memory that its samples took, becomes a label in two
 * steps more: a Dockerfile of three lines is taken out of the image, and built on top of it. Nothing of the context is
 * read for that, so weights are not hashed again. kaniko runs one step, and its images lack that label.
 *
 * Ownership: JSON and texts returned are new. Errors: CR_E_CONFIG naming the value.
 * Sources: Cloud Build API v1 (Build); docs.docker.com/build/cache/backends/inline.
 */
#ifndef CR_BODY_BUILD_H
#define CR_BODY_BUILD_H

#include <jansson.h>

#include "core/plan.h"

#define CR_BUILD_CACHE_TAG "crdeploy-cache"

/* Where bootstrap/prove leaves the Dockerfile that labels the image with the memory measured. */
#define CR_BUILD_MEASURED "/usr/share/crdeploy/Dockerfile"

/* Stages of templates/Dockerfile.mustache that are worth keeping: an edit of code finds the compiler and the prepared
 * weights there. Those behind them run again with every edit, and hold the weights a second time. NULL-terminated. */
extern const char *const cr_build_stages[];

/* --pack; the texts are owned. */
struct cr_pack {
    char *image, *builder, *env;
};
void cr_pack_clear(struct cr_pack *pack);
/* "image=IMAGE,builder=BUILDER,env=K=V"; only the image must be there. CR_E_USAGE. */
int cr_pack_parse(const char *text, struct cr_pack *pack, struct cr_error *err) CR_CHECKED;

struct cr_build_want {
    const struct cr_plan *plan;
    const char *image;          /* built by docker or kaniko; NULL when the steps come from one of the next two */
    const json_t *config;       /* a Build; borrowed */
    const struct cr_pack *pack; /* its image is set */
    const json_t *source;       /* a Source, borrowed; NULL: the build has none */
    bool own;                   /* crdeploy's own context, with its stages; else any that has a Dockerfile */
    bool measured;              /* its image has CR_BUILD_MEASURED: the last steps make a label of it */
};
json_t *cr_body_build(const struct cr_build_want *want);

/* {"storageSource": {…}}; generation may be NULL. A `.json` is a list of sources. */
json_t *cr_build_storage_source(const char *bucket, const char *object, const char *generation);

/* Region of Cloud Build: build.region, else that of the worker pool, else "global". A region that is not the pool's is
 * an error. config may be NULL. */
int cr_build_location(const struct cr_plan *plan, const json_t *config, char **location,
                      struct cr_error *err) CR_CHECKED;

/* The first image of a body, without tag and digest: what its digest is appended to. NULL when it names none. */
const char *cr_build_image(const json_t *body);
/* "REPOSITORY/NAME" of a reference. */
char *cr_image_path(const char *image);

/* 100GB, 100 and 1TB in GB, as gcloud counts: a TB is 1024 of them. */
int cr_disk_parse(const char *text, int64_t *gb, struct cr_error *err) CR_CHECKED;

/* The values of `build:` that the rows of key.c cannot tell: name of the image, disk, pool, directories, substitutions.
 * Every fault goes to `problems`, with the place it came from. */
void cr_check_build(const struct cr_plan *plan, struct cr_problems *problems);

#endif
