/*
 * label.h - the labels of an image that crdeploy builds.
 *
 * All but the peak memory and the packages are known before the build and come from the Dockerfile; these two are found
 * in the build, by bootstrap/prove and bootstrap/sbom, and added by the build's last step (body_build.h). An image is
 * crdeploy's when it has CR_LABEL_VERSION.
 *
 * Ownership: JSON returned is new.
 * Source: github.com/opencontainers/image-spec, annotations.md, for the names that begin with org.opencontainers.
 */
#ifndef CR_LABEL_H
#define CR_LABEL_H

#include <jansson.h>

#include "core/lock.h"
#include "core/plan.h"

#define CR_LABEL_VERSION "io.crdeploy.version"   /* of crdeploy itself; every image of crdeploy has it */
#define CR_LABEL_TASK "io.crdeploy.task"         /* model.task */
#define CR_LABEL_SAMPLES "io.crdeploy.samples"   /* how many samples the build verified, a decimal number */
#define CR_LABEL_BASE "io.crdeploy.base"         /* image of the build stages, with its digest where it is locked */
#define CR_LABEL_PEAK "io.crdeploy.peak-memory"  /* most bytes resident with the samples, rounded up */
#define CR_LABEL_PACKAGES "io.crdeploy.packages" /* how many Debian packages the image has files of, a number */

#define CR_LABEL_TITLE "org.opencontainers.image.title"
#define CR_LABEL_CREATED "org.opencontainers.image.created"
#define CR_LABEL_SOURCE "org.opencontainers.image.source"
#define CR_LABEL_REVISION "org.opencontainers.image.revision"
#define CR_LABEL_MODEL_VERSION "org.opencontainers.image.version"
#define CR_LABEL_LICENSES "org.opencontainers.image.licenses"

/* [{"key": "io.crdeploy.task", "value": "tensor"}, …], what the Dockerfile's LABEL and labels.json list, sorted by
 * key; the last row has "last": true. Nothing depends on the day: `created` is build.snapshot, else the time 0 that the
 * image's files have too. `version` and `revision` are the lock's revision, else the digest of the locked files. */
json_t *cr_label_list(const struct cr_plan *plan, const struct cr_lock *lock, const char *base_image);

/* build.snapshot, "20261101T000000Z", as RFC 3339; without one the time 0. */
void cr_label_created(const struct cr_plan *plan, char out[21]);

#endif
