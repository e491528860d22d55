/*
 * schema.h - request bodies against Google's message definitions: a field that is not there, a wrong type and an
 * unknown enum value are refused in the words of Google's own JSON front end, all at once.
 *
 * The definitions are rows, one a field, in schema_*.c; the type is a word:
 *   string bool int32 int64 double duration timestamp bytes map any, enum:A|B|C, or the name of another message; a
 * suffix
 *   [] repeats it.
 * Source: google/cloud/run/v2, google/devtools/cloudbuild/v1 and google/devtools/artifactregistry/v1 protos, and the
 *   storage, iam and logging API references.
 */
#ifndef LOCAL_SCHEMA_H
#define LOCAL_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "local/message.h"

struct local_field {
    const char *message, *name, *type;
};

struct local_schema {
    const struct local_field *row;
    size_t count;
};

/* NULL when there is no such message. Sorted by nothing: a message's rows stand together. */
const struct local_field *local_schema_message(const char *message);
extern const struct local_schema local_schema_run, local_schema_build, local_schema_more;

/* False after refusing. `field` is how paths begin: "service", or "". */
bool local_schema_check(const char *message, const char *field, const json_t *body, struct local_reply *rp);

bool local_is_duration(const char *text);                    /* "1.5s" */
double local_duration(const json_t *text, double otherwise); /* seconds */
/* Whether `path` ("template.scaling", "traffic") names a field of the message; for update masks. */
bool local_schema_path(const char *message, const char *path);

#endif
