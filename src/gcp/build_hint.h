/*
 * build_hint.h - what to do about a build's failure, where its cause is a known one.
 *
 * Both write only the hint; commands in it name the build's own project, account and repository.
 * Source: the texts of Cloud Build, Artifact Registry, docker, BuildKit, buildah and apt.
 */
#ifndef GCP_BUILD_HINT_H
#define GCP_BUILD_HINT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

/* Looks for known causes in `n` bytes of text; false when there is none. */
bool gcp_build_hint(const json_t *build, const char *text, size_t n, struct cr_error *err);
/* By failureInfo.type; the log's address when that says nothing either. */
void gcp_build_hint_by_type(const json_t *build, const char *type, struct cr_error *err);

#endif
