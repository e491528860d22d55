/*
 * build_config.h - cloudbuild.yaml, or the same as JSON: a Build written by hand, read strictly.
 *
 * Unknown fields, wrong types and repeated keys are faults with file:line:column and the nearest known field. Fields
 * may be written camelCase or snake_case, as gcloud reads them; values are typed by their field, never by YAML: `1.10`
 * in a list of arguments is text. What gcloud refuses is refused: a source, no steps, a substitution without an
 * underscore.
 *
 * Ownership: the Build is new. Errors: CR_E_IO when the file cannot be read, CR_E_CONFIG when it is no YAML; faults
 * inside go to `problems`. Source: Cloud Build API v1, google/devtools/cloudbuild/v1/cloudbuild.proto.
 */
#ifndef CR_BUILD_CONFIG_H
#define CR_BUILD_CONFIG_H

#include <jansson.h>

#include "base/error.h"
#include "base/problems.h"

int cr_build_config_read(const char *path, json_t **build, struct cr_problems *problems,
                         struct cr_error *err) CR_CHECKED;
/* The same from memory; `path` is what messages show. *build is NULL where there are faults. */
int cr_build_config_parse(const char *text, size_t len, const char *path, json_t **build, struct cr_problems *problems,
                          struct cr_error *err) CR_CHECKED;

#endif
