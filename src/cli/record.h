/*
 * record.h - the digests of the last builds, so that an unchanged model is neither uploaded nor built again.
 *
 * File: $XDG_STATE_HOME/crdeploy/builds.json, {"PLATFORM/PROJECT/IMAGE/CONTEXT": {"digest", "model", "time"}}; the
 * newest 200 stay; "model" says that crdeploy's server is in it. It is a hint, never the truth:
 * whoever uses a digest asks the registry whether it is still there.
 */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include <stdbool.h>

#include "base/error.h"

struct cli_record_key {
    const char *platform, *project, *image, *context;
};

/* *digest is new; NULL when nothing is known. */
int cli_record_get(const struct cli_record_key *key, char **digest, struct cr_error *err) CR_CHECKED;
/* The newest image built for the project under the same name in another registry: what was built as us.gcr.io/P/NAME is
 * not gcr.io/P/NAME. *other is new, with its tag; NULL when there is none. */
int cli_record_elsewhere(const char *platform, const char *project, const char *image, char **other,
                         struct cr_error *err) CR_CHECKED;
int cli_record_put(const struct cli_record_key *key, const char *digest, bool model, struct cr_error *err) CR_CHECKED;
/* Whether this machine built the digest from a model, for whatever project. False when nothing is known. */
bool cli_record_is_model(const char *platform, const char *digest);

#endif
