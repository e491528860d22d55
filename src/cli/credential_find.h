/*
 * credential_find.h - the search behind credential.h: the first source, in its order, that is there.
 *
 * Errors: CR_E_AUTH when a source is named and is not there: then none that comes later is taken in its place.
 */
#ifndef CLI_CREDENTIAL_FIND_H
#define CLI_CREDENTIAL_FIND_H

#include "cli/credential.h"

/* Fills kind, source, file and account. *token: new, an access token out of the environment, or NULL. */
int cli_credential_find(const struct cli_credential_args *args, const struct cli_gcloud *g,
                        const struct gcp_auth_env *env, char **token, struct cli_credential_info *info,
                        struct cr_error *err) CR_CHECKED;

/* The project the credential belongs to, for where none is said: project_id of the credential file, or of this machine
 * of Google's, which is asked over http (NULL: it is not). False when there is none; else *project and *where are new.
 */
bool cli_credential_project(const struct cli_gcloud *g, struct gcp_http *http, char **project, char **where);

#endif
