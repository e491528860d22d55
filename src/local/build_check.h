/*
 * build_check.h - what Cloud Build refuses before it queues a build, and the names a build's texts refer to.
 *
 * Source: https://cloud.google.com/build/docs/build-config-file-schema and
 *   https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values
 */
#ifndef LOCAL_BUILD_CHECK_H
#define LOCAL_BUILD_CHECK_H

#include <jansson.h>

#include "local/local.h"

/* What is wrong with a build asked for in `location`, as Google words it; NULL when nothing is. New. The document has
 * passed the schema. */
char *local_build_wrong(struct local *l, const char *location, const json_t *build);

/* The lists and texts in which $NAME is replaced: fn gets each text; what it returns (new; NULL ends the walk) takes
 * its place, which is how both looking and replacing are done. -1 when the walk was ended. */
int local_build_texts(json_t *build, char *(*fn)(void *ud, const char *text), void *ud);

/* An object with a member for each $NAME and ${NAME} in those texts. New. */
json_t *local_build_names(const json_t *build);

#endif
