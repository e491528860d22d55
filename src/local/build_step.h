/*
 * build_step.h - what one step of a build asks for: the arguments of docker, as gcr.io/cloud-builders/docker takes
 * them, or those of kaniko's executor.
 *
 * Ownership: the step owns its texts. Errors: CR_E_API naming the option that is not understood.
 */
#ifndef LOCAL_BUILD_STEP_H
#define LOCAL_BUILD_STEP_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

enum local_step_kind {
    LOCAL_STEP_BUILD,
    LOCAL_STEP_TAG,            /* tags[0] gets the name tags[1] */
    LOCAL_STEP_PUSH,           /* each of tags */
    LOCAL_STEP_PULL,           /* each of tags */
    LOCAL_STEP_BUILD_AND_PUSH, /* kaniko */
};

struct local_step {
    enum local_step_kind kind;
    char **tags;                     /* NULL-terminated */
    char **build_args;               /* NULL-terminated; each has a value, the step's own environment filled in */
    char *dockerfile, *target, *dir; /* NULL when not said; dir is the context's */
    char *output;                    /* --output type=local,dest=: the name of a directory of the workspace; or NULL */
    bool no_cache;
};

int local_step_read(const json_t *step, struct local_step *out, struct cr_error *err) CR_CHECKED;
void local_step_clear(struct local_step *step);

/* $NAME and ${NAME} of Cloud Build in a text; $$ is a dollar sign. New text, or CR_E_API naming what is not defined.
 * Source: https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values */
int local_substitute(const char *text, const json_t *values, char **out, struct cr_error *err) CR_CHECKED;

#endif
